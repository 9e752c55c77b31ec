//! The way in and out.

use super::{Access, Answer, Route};
use crate::pages;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/sign-in",
        access: Access::Anybody,
        purpose: "Signing in.",
        answer: Answer::Door { get: handler!(pages::sign_in::page), post: form!(pages::sign_in::sign_in) },
    },
    Route {
        path: "/sign-in/first-password",
        access: Access::Anybody,
        purpose: "Choosing a password of one's own, after the passphrase made for the first sign-in.",
        answer: Answer::Door { get: handler!(pages::sign_in::first_page), post: form!(pages::sign_in::choose_first) },
    },
    Route {
        path: "/sign-in/second-step",
        access: Access::Anybody,
        purpose: "Showing a code beside the password that was just right.",
        answer: Answer::Door {
            get: handler!(pages::second_step::door::page),
            post: form!(pages::second_step::door::show_code),
        },
    },
    Route {
        path: "/sign-in/passkey",
        access: Access::Anybody,
        purpose: "Signing in with a passkey: alone, or beside the password that was just right.",
        answer: Answer::Door {
            get: handler!(pages::second_step::door::passkey_page),
            post: form!(pages::second_step::door::show_passkey),
        },
    },
    Route {
        path: "/sign-out",
        access: Access::Arriving,
        purpose: "Signing out.",
        answer: Answer::Signed { get: None, post: form!(pages::account::sign_out), confirmed: false },
    },
];
