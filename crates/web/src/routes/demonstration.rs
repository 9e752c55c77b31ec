//! What the demonstration has and a school has not.

use super::{Access, Answer, Route};
use crate::pages::demonstration;

pub(super) static ROUTES: &[Route] = &[Route {
    path: "/demonstration",
    access: Access::Demonstration,
    purpose: "Being one of the fictional people, with one press.",
    answer: Answer::Door { get: handler!(demonstration::page), post: form!(demonstration::be) },
}];
