//! What one shows beside one's password: setting it up, and taking it away.

use super::{Access, Answer, Route};
use crate::pages::second_step::{app, codes, own, passkeys};

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/account/second-step",
        access: Access::Arriving,
        purpose: "What one has to show beside one's password.",
        answer: Answer::Signed { get: handler!(own::page), post: None, confirmed: false },
    },
    Route {
        path: "/account/second-step/app",
        access: Access::Arriving,
        purpose: "Setting up an authenticator app, or another in its place.",
        answer: Answer::Signed { get: handler!(app::page), post: form!(app::add), confirmed: true },
    },
    Route {
        path: "/account/second-step/app/remove",
        access: Access::SignedIn,
        purpose: "Removing one's authenticator app.",
        answer: Answer::Signed { get: handler!(app::remove_page), post: form!(app::remove), confirmed: true },
    },
    Route {
        path: "/account/second-step/passkeys/add",
        access: Access::Arriving,
        purpose: "Setting up a passkey.",
        answer: Answer::Signed { get: handler!(passkeys::add_page), post: form!(passkeys::add), confirmed: true },
    },
    Route {
        path: "/account/second-step/passkeys/{passkey}/remove",
        access: Access::SignedIn,
        purpose: "Removing one of one's own passkeys.",
        answer: Answer::Signed { get: handler!(passkeys::remove_page), post: form!(passkeys::remove), confirmed: true },
    },
    Route {
        path: "/account/second-step/codes",
        access: Access::SignedIn,
        purpose: "One's new spare codes, shown once; making new ones.",
        answer: Answer::Signed { get: handler!(codes::page), post: form!(codes::renew), confirmed: true },
    },
    Route {
        path: "/account/second-step/codes/kept",
        access: Access::SignedIn,
        purpose: "Saying that one has kept one's spare codes, so that they are shown no more.",
        answer: Answer::Signed { get: None, post: form!(codes::kept), confirmed: false },
    },
];
