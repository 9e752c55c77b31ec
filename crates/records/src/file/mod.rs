//! Confidential files: a child's, and the confidential staff-concerns file of an adult who works here.
//!
//! Whoever may raise writes and never reads ([`raise`](raise)); who is entitled reads ([`read`](read)), and never a subject.
//! Facts are added and never changed; how a file stands is computed from them ([`status()`]). What was about the wrong child
//! is moved ([`mend`](mend)); what may go is erased by two people ([`erase`]); a hold stops both expiry and erasing
//! ([`hold`](hold)), also of the gate's log ([`held_log`](held_log)). `docs/files.md` says it in words.

mod called;
mod carry;
mod close;
pub mod erase;
mod from_outside;
pub(crate) mod ground;
mod held_log;
pub(crate) mod hold;
mod holders;
mod kinds;
pub mod marks;
mod mend;
mod open;
pub(crate) mod raise;
pub(crate) mod read;
mod reference;
mod reroute;
pub(crate) mod statements;
mod status;
mod tasks;
mod twin;
mod words;

pub use called::Called;
pub(crate) use called::called;
pub use close::Closing;
pub(crate) use close::{check_read, write_closing};
pub(crate) use from_outside::{FromOutside, open_from_outside};
pub(crate) use ground::file_of as file_and_author;
pub(crate) use ground::person as person_named;
pub(crate) use ground::{Spot, asking_person, open_words, seal_words, unlocked};
pub use held_log::{AlteredStretch, HeldLog, STRETCH_BYTES, Stretch};
pub use hold::{Held, Hold};
pub(crate) use holders::{name_adult, step_aside};
pub use kinds::{EntryKind, EraseRule, HoldReason, TaskKind};
pub use marks::{Applied, Mark};
pub use mend::{Mended, Wrong};
pub(crate) use open::look_over;
pub use raise::{NewEntry, NewFile, NewPair, OwnReport, Raised};
pub use read::{Altered, EntryView, FileView, Found, Listed, Listing, Turn, Which};
pub use reroute::Rerouted;
pub use status::{Fact, Severity, Status, What, status};
pub use tasks::Task;
pub(crate) use tasks::seen as tasks_seen;
pub use words::{MOST_WORDS, Words};

pub(crate) use ground::{asker, file_of, subjects};
pub(crate) use raise::{Start, add as add_report, begin, check_first, masked, names_masked, pair};
pub(crate) use reference::new as new_reference;
pub(crate) use twin::{add_to_twins, twins};
