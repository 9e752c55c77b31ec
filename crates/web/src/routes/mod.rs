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

mod accounts;
mod admissions;
mod audit;
mod concerns;
mod contacts;
mod demonstration;
mod door;
mod duties;
mod filter;
mod help;
mod kept;
mod mail;
mod open;
mod own;
mod passwords;
mod people;
mod pupil;
mod raise;
mod report;
mod sealed;
mod second_step;
mod set_up;
mod settings;
mod sign_on;

use crate::visit::{Answered, DoorVisit, HelpVisit, SignedVisit, Visit};
use crate::{fields::Fields, glance::Seen, house::Lost};
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
    /// Whoever typed the one-time token that the machine's console shows, while no school is set up and until they have handed over
    /// what was made for it. To everybody else it is as if the page were not there, or they are led to where the token is typed.
    FirstRun,
    /// Whoever used a sealed code from the school's safe, while that lasts.
    SealedSignIn,
    /// A pupil who signed in, by whichever way. To everybody else who signed in it is as if the page were not there; a pupil in a class
    /// that an adult opened reaches nothing else behind the door.
    Pupil,
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
            Answer::File(_) | Answer::Page(_) | Answer::WithHealth(_) | Answer::Help(_) => true,
            Answer::Door { get, .. } => get.is_some(),
            Answer::Signed { get, .. } | Answer::Upload { get, .. } | Answer::Words { get, .. } => get.is_some(),
        }
    }

    /// Whether something can be sent to it.
    pub fn acts(&self) -> bool {
        match self.answer {
            Answer::File(_) | Answer::Page(_) | Answer::WithHealth(_) | Answer::Help(_) => false,
            Answer::Door { post, .. } => post.is_some(),
            Answer::Signed { post, .. } | Answer::Upload { post, .. } | Answer::Words { post, .. } => post.is_some(),
        }
    }

    /// Whether whoever asks must have shown a moment ago that it is really them (ASVS 5.0 §7.5.3).
    pub fn needs_confirmation(&self) -> bool {
        matches!(self.answer, Answer::Signed { confirmed: true, .. } | Answer::Words { confirmed: true, .. })
    }
}

/// An answer that is being made.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// How a route answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// The same bytes for everybody: no page, and nobody's.
    File(fn(&Visit<'_>) -> Response),
    /// A function from one visit to one answer, without waiting for anything.
    Page(fn(&Visit<'_>) -> Response),
    /// Needs to know how the program is doing, which is looked up first.
    WithHealth(fn(&Visit<'_>, Option<&Seen>) -> Response),
    /// Needs nobody signed in and no records, and shows what they add where they answer at once.
    Help(fn(HelpVisit) -> Answering),
    /// Needs the records, and nobody signed in: the way in.
    Door { get: Option<fn(DoorVisit) -> Answering>, post: Option<fn(DoorVisit, Fields) -> Answering> },
    /// Needs somebody signed in.
    Signed {
        get: Option<fn(SignedVisit) -> Answering>,
        post: Option<fn(SignedVisit, Fields) -> Answering>,
        /// Whether they must have shown a moment ago that it is really them.
        confirmed: bool,
    },
    /// The same for a form with words that must not be lost: where it cannot be taken, `again` makes a page that has them.
    Words {
        get: Option<fn(SignedVisit) -> Answering>,
        post: Option<fn(SignedVisit, Fields) -> Answering>,
        again: fn(&Lost<'_>) -> Response,
        /// Whether they must have shown a moment ago that it is really them.
        confirmed: bool,
    },
    /// The same for a form with a file in it: of `most` bytes. Nothing of it is read before somebody is signed in.
    Upload {
        get: Option<fn(SignedVisit) -> Answering>,
        post: Option<fn(SignedVisit, Fields) -> Answering>,
        most: usize,
    },
}

/// The table.
static AREAS: &[&[Route]] = &[
    open::ROUTES,
    help::ROUTES,
    report::ROUTES,
    door::ROUTES,
    demonstration::ROUTES,
    own::ROUTES,
    passwords::ROUTES,
    second_step::ROUTES,
    raise::ROUTES,
    people::ROUTES,
    pupil::ROUTES,
    duties::ROUTES,
    accounts::ROUTES,
    concerns::ROUTES,
    admissions::ROUTES,
    contacts::ROUTES,
    mail::ROUTES,
    filter::ROUTES,
    settings::ROUTES,
    audit::ROUTES,
    set_up::ROUTES,
    sealed::ROUTES,
    kept::ROUTES,
    sign_on::ROUTES,
];

/// Every route.
pub fn all() -> impl Iterator<Item = &'static Route> {
    AREAS.iter().copied().flatten()
}
