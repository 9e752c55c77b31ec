//! Letting in who is entitled to what one can open, and saying whose a new key is.

use super::{Access, Answer, Route};
use crate::pages::admissions;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/admissions",
        access: Access::May(Capability::ManageFile),
        purpose: "Who waits to be let in to what one can open.",
        answer: Answer::Signed { get: handler!(admissions::list), post: None, confirmed: false },
    },
    Route {
        path: "/admissions/{person}",
        access: Access::May(Capability::ManageFile),
        purpose: "Letting somebody in, once their key was compared with them.",
        answer: Answer::Signed { get: handler!(admissions::page), post: form!(admissions::admit), confirmed: true },
    },
];
