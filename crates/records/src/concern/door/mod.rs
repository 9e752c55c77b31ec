//! The doors for whoever signs in nowhere: a parent or carer, a visitor, anybody, a pupil who cannot sign in; complaints (C-15, C-16);
//! whistleblowing (C-14). `docs/reporting.md` says it in words.
//!
//! What comes is sealed at once to those who are entitled by the ladder of its door, without whoever it is about ([`arrive`](arrive)). It
//! waits until one of them places it in a file or answers it otherwise ([`wait`](wait), [`place`](place)); nothing closes by itself.
//! Whoever asked for a receipt can see with a phrase whether it was read ([`receipt`](receipt)).

mod arrive;
mod expire;
mod lanes;
mod place;
mod receipt;
mod rungs;
pub(crate) mod statements;
mod told;
mod wait;
mod way;

pub(crate) use arrive::Brought;
pub(super) use arrive::kept_from;
pub use arrive::{Arrived, NewReport};
pub(crate) use expire::expire;
pub(crate) use lanes::Lanes;
pub use place::{Placed, Placing};
pub use receipt::Receipt;
pub(crate) use rungs::{due as due_reports, is_anybodys, is_news, tell_due};
pub(super) use told::spelt;
pub use told::{MOST_IN_A_LINE, MOST_TOLD, Told};
pub(crate) use wait::waiting_seen;
pub use wait::{Ended, Opened, Seen, Stage, Waits, WhichReports};
pub use way::{Concerned, Course, Door, Outcome, StageOf, Writer};
