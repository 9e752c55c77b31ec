//! What everybody has who signed in: what needs them, and their own account.

use super::{Access, Answer, Route};
use crate::pages;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/today",
        access: Access::SignedIn,
        purpose: "What needs whoever asks.",
        answer: Answer::Signed { get: handler!(pages::today::page), post: None, confirmed: false },
    },
    Route {
        path: "/today/notices/{notice}/away",
        access: Access::SignedIn,
        purpose: "Putting one of one's own notices away.",
        answer: Answer::Signed { get: None, post: form!(pages::today::put_away), confirmed: false },
    },
    Route {
        path: "/account",
        access: Access::SignedIn,
        purpose: "One's own account: where one is signed in, and one's password.",
        answer: Answer::Signed { get: handler!(pages::account::page), post: None, confirmed: false },
    },
    Route {
        path: "/account/confirm",
        access: Access::Arriving,
        purpose: "Showing that it is really them, before something that matters.",
        answer: Answer::Signed {
            get: handler!(pages::second_step::prove::confirm_page),
            post: form!(pages::second_step::prove::confirm),
            confirmed: false,
        },
    },
    Route {
        path: "/account/confirm/passkey",
        access: Access::Arriving,
        purpose: "The same with a passkey, which unlocks as well.",
        answer: Answer::Signed { get: None, post: form!(pages::second_step::prove::by_passkey), confirmed: false },
    },
    Route {
        path: "/account/unlock",
        access: Access::Arriving,
        purpose: "Unlocking what is sealed for oneself, after signing in without one's password.",
        answer: Answer::Signed {
            get: handler!(pages::second_step::prove::unlock_page),
            post: form!(pages::second_step::prove::unlock),
            confirmed: false,
        },
    },
    Route {
        path: "/account/stay",
        access: Access::Arriving,
        purpose: "Putting off that one's sign-in ends by itself.",
        answer: Answer::Signed { get: None, post: form!(pages::account::stay), confirmed: false },
    },
    Route {
        path: "/account/sign-ins/{number}/end",
        access: Access::SignedIn,
        purpose: "Ending one of one's own sign-ins.",
        answer: Answer::Signed { get: None, post: form!(pages::account::end), confirmed: false },
    },
];
