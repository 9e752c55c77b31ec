//! Single sign-on: going to a provider and coming back, one's own accounts there, and the school's providers.

use super::{Access, Answer, Route};
use crate::pages::sign_on::{account, door, settings};
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/sign-in/with/{provider}",
        access: Access::Anybody,
        purpose: "Going to a provider of single sign-on.",
        answer: Answer::Door { get: handler!(door::start), post: None },
    },
    Route {
        path: "/sign-in/with/{provider}/back",
        access: Access::Anybody,
        purpose: "Coming back from one.",
        answer: Answer::Door { get: handler!(door::back), post: None },
    },
    Route {
        path: "/account/confirm/with/{provider}",
        access: Access::SignedIn,
        purpose: "Showing with a provider that it is really them.",
        answer: Answer::Signed { get: handler!(account::confirm), post: None, confirmed: false },
    },
    Route {
        path: "/account/sign-on",
        access: Access::SignedIn,
        purpose: "One's own accounts at providers.",
        answer: Answer::Signed { get: handler!(account::page), post: None, confirmed: false },
    },
    Route {
        path: "/account/sign-on/add/{provider}",
        access: Access::SignedIn,
        purpose: "Showing an account at a provider, to add it.",
        answer: Answer::Signed { get: handler!(account::add), post: None, confirmed: true },
    },
    Route {
        path: "/account/sign-on/found",
        access: Access::SignedIn,
        purpose: "Saying that the account shown is one's own.",
        answer: Answer::Signed { get: handler!(account::found_page), post: form!(account::bind), confirmed: true },
    },
    Route {
        path: "/account/sign-on/{binding}/remove",
        access: Access::SignedIn,
        purpose: "Taking back that an account is one's own.",
        answer: Answer::Signed { get: None, post: form!(account::remove), confirmed: true },
    },
    Route {
        path: "/settings/sign-in",
        access: Access::May(Capability::ManageSignOn),
        purpose: "The providers that the school's people sign in with.",
        answer: Answer::Signed { get: handler!(settings::list), post: None, confirmed: false },
    },
    Route {
        path: "/settings/sign-in/new/{kind}",
        access: Access::May(Capability::ManageSignOn),
        purpose: "Adding a provider.",
        answer: Answer::Signed { get: handler!(settings::new), post: form!(settings::add), confirmed: true },
    },
    Route {
        path: "/settings/sign-in/{provider}",
        access: Access::May(Capability::ManageSignOn),
        purpose: "One provider.",
        answer: Answer::Signed { get: handler!(settings::page), post: None, confirmed: true },
    },
    Route {
        path: "/settings/sign-in/{provider}/test",
        access: Access::May(Capability::ManageSignOn),
        purpose: "Asking a provider now what it says of itself.",
        answer: Answer::Signed { get: None, post: form!(settings::test), confirmed: true },
    },
    Route {
        path: "/settings/sign-in/{provider}/secret",
        access: Access::May(Capability::ManageSignOn),
        purpose: "A new secret for a provider.",
        answer: Answer::Signed { get: None, post: form!(settings::replace_secret), confirmed: true },
    },
    Route {
        path: "/settings/sign-in/{provider}/second-step",
        access: Access::May(Capability::ManageSignOn),
        purpose: "Whether a second step at a provider counts.",
        answer: Answer::Signed { get: None, post: form!(settings::set_second_step), confirmed: true },
    },
    Route {
        path: "/settings/sign-in/{provider}/remove",
        access: Access::May(Capability::ManageSignOn),
        purpose: "Removing a provider.",
        answer: Answer::Signed { get: None, post: form!(settings::remove), confirmed: true },
    },
];
