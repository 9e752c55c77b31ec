//! The sealed emergency sign-ins: using one, and looking after them.

use super::{Access, Answer, Route};
use crate::pages::sealed;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/sign-in/emergency",
        access: Access::Anybody,
        purpose: "Signing in with a sealed code from the school's safe.",
        answer: Answer::Door { get: handler!(sealed::page), post: form!(sealed::sign_in) },
    },
    Route {
        path: "/sign-in/emergency/accounts",
        access: Access::SealedSignIn,
        purpose: "Who has an account, and what may be done about it.",
        answer: Answer::Door { get: handler!(sealed::accounts), post: None },
    },
    Route {
        path: "/sign-in/emergency/reset",
        access: Access::SealedSignIn,
        purpose: "Making somebody a passphrase for the next sign-in.",
        answer: Answer::Door { get: None, post: form!(sealed::reset) },
    },
    Route {
        path: "/sign-in/emergency/second-step",
        access: Access::SealedSignIn,
        purpose: "Taking away what somebody lost that they show beside their password.",
        answer: Answer::Door { get: None, post: form!(sealed::second_step) },
    },
    Route {
        path: "/sign-in/emergency/technician",
        access: Access::SealedSignIn,
        purpose: "Naming somebody who looks after accounts from now on.",
        answer: Answer::Door { get: None, post: form!(sealed::technician) },
    },
    Route {
        path: "/sign-in/emergency/end",
        access: Access::SealedSignIn,
        purpose: "Ending it before its time.",
        answer: Answer::Door { get: None, post: form!(sealed::end) },
    },
    Route {
        path: "/emergency-sign-ins",
        access: Access::May(Capability::KeepSealedSignIns),
        purpose: "The codes in the safe, and how they were used.",
        answer: Answer::Signed { get: handler!(sealed::list), post: None, confirmed: false },
    },
    Route {
        path: "/emergency-sign-ins/new",
        access: Access::May(Capability::KeepSealedSignIns),
        purpose: "Making a code for the safe.",
        answer: Answer::Signed { get: handler!(sealed::new), post: form!(sealed::make), confirmed: true },
    },
    Route {
        path: "/emergency-sign-ins/{code}/end",
        access: Access::May(Capability::KeepSealedSignIns),
        purpose: "Ending a code that is lost or was seen.",
        answer: Answer::Signed { get: None, post: form!(sealed::end_code), confirmed: false },
    },
    Route {
        path: "/emergency-sign-ins/{code}/review",
        access: Access::May(Capability::KeepSealedSignIns),
        purpose: "Saying whether a use of one was right.",
        answer: Answer::Signed { get: None, post: form!(sealed::review), confirmed: false },
    },
];
