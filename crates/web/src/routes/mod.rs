//! The one table of routes, a part for each area. The router is built from it, so no page can be reached that does not stand
//! here with its access word (house invariant 7).

/// A handler as the table holds it.
macro_rules! handler {
    ($handler:path) => {
        Some(|visit| Box::pin($handler(visit)))
    };
}

/// The same for a form.
macro_rules! form {
    ($handler:path) => {
        Some(|visit, fields| Box::pin($handler(visit, fields)))
    };
}

mod demonstration;
mod door;
mod open;
mod own;
mod passwords;
mod second_step;

use crate::visit::{Answered, DoorVisit, SignedVisit, Visit};
use crate::{fields::Fields, glance::Seen};
use axum::response::Response;
use holdfast_records::access::Capability;
use std::pin::Pin;

/// Who may ask for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody who reaches us; what it shows ties nothing to a person.
    Anybody,
    /// Anybody, and each sees what belongs to their own connection only.
    OwnConnection,
    /// Anybody sees in one word whether it works. What is amiss, what is missing and the figures are shown only at this
    /// computer itself, to a loopback peer, and in the demo view (practice 14: no live holes in public).
    AnybodyInBrief,
    /// Programs at this computer itself and in the networks of [`crate::Settings::metrics_from`]. To everybody else it
    /// is as if the page were not there.
    Monitors,
    /// Whoever sits at this computer while it shows the demonstration. To everybody else, and at a school, it is as if the page
    /// were not there.
    Demonstration,
    /// Anybody whose password was right, also while they have not set up the second step that they must have. What is needed to
    /// set it up, and nothing else.
    Arriving,
    /// Anybody who signed in.
    SignedIn,
    /// Whoever signed in and has this capability. To everybody else who signed in it is as if the page were not there; what
    /// they may do to whom is decided by the verbs.
    May(Capability),
}

/// A route. GET and HEAD read it; POST does the one thing that its form is for.
#[derive(Debug)]
pub struct Route {
    /// The path, with places in braces.
    pub path: &'static str,
    /// Who may ask for it.
    pub access: Access,
    /// What it is for, one sentence.
    pub purpose: &'static str,
    pub(crate) answer: Answer,
}

impl Route {
    /// Whether it can be read.
    pub fn reads(&self) -> bool {
        match self.answer {
            Answer::Page(_) | Answer::WithHealth(_) => true,
            Answer::Door { get, .. } => get.is_some(),
            Answer::Signed { get, .. } => get.is_some(),
        }
    }

    /// Whether something can be sent to it.
    pub fn acts(&self) -> bool {
        match self.answer {
            Answer::Page(_) | Answer::WithHealth(_) => false,
            Answer::Door { post, .. } => post.is_some(),
            Answer::Signed { post, .. } => post.is_some(),
        }
    }

    /// Whether whoever asks must have shown a moment ago that it is really them (ASVS 5.0 §7.5.3).
    pub fn needs_confirmation(&self) -> bool {
        matches!(self.answer, Answer::Signed { confirmed: true, .. })
    }
}

/// An answer that is being made.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// How a route answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// A function from one visit to one answer, without waiting for anything.
    Page(fn(&Visit<'_>) -> Response),
    /// Needs to know how the program is doing, which is looked up first.
    WithHealth(fn(&Visit<'_>, Option<&Seen>) -> Response),
    /// Needs the records, and nobody signed in: the way in.
    Door { get: Option<fn(DoorVisit) -> Answering>, post: Option<fn(DoorVisit, Fields) -> Answering> },
    /// Needs somebody signed in.
    Signed {
        get: Option<fn(SignedVisit) -> Answering>,
        post: Option<fn(SignedVisit, Fields) -> Answering>,
        /// Whether they must have shown a moment ago that it is really them.
        confirmed: bool,
    },
}

/// The table.
static AREAS: &[&[Route]] =
    &[open::ROUTES, door::ROUTES, demonstration::ROUTES, own::ROUTES, passwords::ROUTES, second_step::ROUTES];

/// Every route.
pub fn all() -> impl Iterator<Item = &'static Route> {
    AREAS.iter().copied().flatten()
}
