//! What an incident or a case must hold before it closes, and after (catalogue PR-0, C-18 to C-23, C-25, C-26, C-29, C-32, C-43, C-44, C-47): its
//! level by the local thresholds, what kind of thing it is and whether a crime is suspected, on which ground the school acts on what happened elsewhere, that sanction and support were considered,
//! what was asked of whom by somebody unsure, and what was learned from it. A note is asked none of it (practice 28).

mod class;
mod considered;
mod debrief;
mod kinds;
mod merge;
pub(crate) mod statements;
mod threshold;
mod unsure;

pub use class::{ClassView, NewClass};
pub use considered::{Considered, ConsideredView, NewConsidered};
pub use debrief::{DebriefDue, DebriefView, NewDebrief};
pub use kinds::{Crime, Finding, ForFamily, Ground, IncidentType, Lesson, Sanction, Support, ThresholdLevel};
pub use threshold::{NewThreshold, OffSite, ThresholdView};
pub use unsure::{AdviceView, NewAdvice, NewUnsure};

pub(super) use class::{unanswered as unclassed, views as classes};
pub(crate) use considered::keep as keep_considered;
pub(super) use considered::{asks_support_first, problems, views as considered};
pub(super) use debrief::debrief_by;
pub(super) use merge::whole_and_parts;
pub(super) use threshold::{outside_and_harmed, unanswered, views as thresholds};
pub(super) use unsure::{is_waiting, views as advice};
