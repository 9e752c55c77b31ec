//! Where to get help: for everybody, whatever else is closed.

use super::{Access, Answer, Route};
use crate::pages;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/help",
        access: Access::Anybody,
        purpose: "Where to get help.",
        answer: Answer::Help(|visit| Box::pin(pages::help::page(visit))),
    },
    Route {
        path: "/help/children",
        access: Access::Anybody,
        purpose: "Where to get help, in short words for children.",
        answer: Answer::Help(|visit| Box::pin(pages::help::for_children(visit))),
    },
];
