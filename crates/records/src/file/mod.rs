//! Confidential files: a child's, and the confidential staff-concerns file of an adult who works here.
//!
//! Whoever may raise writes and never reads ([`raise`](raise)); who is entitled reads ([`read`](read)), and never a subject.
//! Facts are added and never changed; how a file stands is computed from them ([`status()`]). What was about the wrong child
//! is moved ([`mend`](mend)); what may go is erased by two people ([`erase`]); a hold stops both expiry and erasing
//! ([`hold`](hold)), also of the gate's log ([`held_log`](held_log)). `docs/files.md` says it in words.

mod close;
pub mod erase;
mod ground;
mod held_log;
mod hold;
mod holders;
mod kinds;
pub mod marks;
mod mend;
mod raise;
mod read;
mod reference;
pub(crate) mod statements;
mod status;
mod tasks;
mod words;

pub use close::Closing;
pub use held_log::{AlteredStretch, HeldLog, STRETCH_BYTES, Stretch};
pub use hold::{Held, Hold};
pub use kinds::{EntryKind, EraseRule, HoldReason, TaskKind};
pub use marks::{Applied, Mark};
pub use mend::{Mended, Wrong};
pub use raise::{NewEntry, NewFile, NewPair, OwnReport, Raised};
pub use read::{Altered, EntryView, FileView, Found, Listed, Listing, Turn, Which};
pub use status::{Fact, Severity, Status, What, status};
pub use tasks::Task;
pub use words::{MOST_WORDS, Words};
