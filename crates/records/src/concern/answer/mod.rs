//! Answering a concern: somebody has it, decides what it is, says who sees to it, what is to be done until when, and who of the
//! parents is told; rings an agency; and closes it when all of that is answered (catalogue PR-0, C-01, C-23 to C-26).
//!
//! All of it is facts that are added and never changed; how a concern stands is computed from them by one pure function
//! ([`standing()`]). What waits for somebody is read for all that they may know at once ([`queue`](queue)). `docs/answering.md` says
//! it in words.

mod aside;
mod case;
mod child;
mod close;
mod facts;
mod find;
pub(crate) mod further;
mod harm;
mod kinds;
mod queue;
mod standing;
pub(crate) mod statements;
mod targets;
mod write;
mod yours;

pub use case::{ActionView, CallView, Case, DecisionView, DoneView, LinkView, ParentView, Reader, ReportView};
pub use child::{Chronology, Line, LineKind};
pub use close::Unanswered;
pub use find::{FoundConcerns, Sought};
pub use further::{
    AdviceView, ClassView, Considered, ConsideredView, Crime, DebriefDue, DebriefView, Finding, ForFamily, Ground,
    IncidentType, Lesson, NewAdvice, NewClass, NewConsidered, NewDebrief, NewThreshold, NewUnsure, OffSite, Sanction,
    Support, ThresholdLevel, ThresholdView,
};
pub use harm::HarmView;
pub use kinds::{Agency, Course, Extent, Telling};
pub use queue::{AllConcerns, Counts, Queue, Queued, Wanted};
pub use standing::{Decided, Done, Fact, ParentStanding, Standing, ToDo, standing};
pub use targets::{Due, Next, Targets, Waiting};
pub use write::{NewAction, NewCall, NewDecision, NewTelling};
pub use yours::Yours;

pub(crate) use close::refuse_unanswered;
pub(crate) use facts::{done_about, facts_of, files_of, known, names};
pub(crate) use further::keep_considered;
pub(crate) use harm::go_along as harm_goes_along;
pub(crate) use yours::own_work;
