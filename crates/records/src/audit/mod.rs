//! The audit log: one hash chain for each school. An entry comes before what it tells of, in the same transaction.
//!
//! [`Detail`] is what an entry may say; [`tally`] keeps anybody from flooding the log; [`sign`] signs where the log
//! stands, so that a copy of that outside the machine can witness it; [`verify`] says what is proven and what is not;
//! [`read`] shows it to those who may know. `docs/audit.md` and `docs/decisions/0013-audit-chain.md` say why.

mod about;
mod asked;
mod chain;
mod checkpoint;
mod copies;
mod detail;
mod encode;
mod export;
mod key;
mod line;
mod machine;
mod memory;
mod noted;
mod read;
mod report;
mod revoked;
mod sign;
pub(crate) mod statements;
mod tally;
mod travel;
mod verify;
mod walk;
mod witness;

#[cfg(test)]
mod tests;

pub(crate) use about::{copies, forget, readers, readers_of};
pub use asked::{Found, Standing, Witnessed};
pub use chain::Outcome;
pub(crate) use chain::{Entry, Ticket, actor_word, enter};
pub use detail::Detail;
pub use export::Export;
pub(crate) use key::{cannot, secrets_folder, sync_folder, write_secret};
pub(crate) use line::Line;
pub(crate) use machine::MachineKey;
pub(crate) use memory::{is_known, set_memory_aside};
#[cfg(test)]
pub(crate) use noted::forge;
pub(crate) use noted::{
    Note, Noted, adopt, duties_given, has_entries, is_any_ours, note, note_as, noted, noted_among, noted_on, schools,
    settle_begun,
};
pub use read::{Bookmark, Page, Question, Shown};
pub use report::{Chain, Proof, Range, Verified};
pub(crate) use revoked::{Memory, Revoked, Seen, remember_all};
pub(crate) use sign::newest_line;
pub use sign::{KeyChange, Signed};
pub use travel::Foreign;
pub(crate) use travel::{Checked, LogKey, Newest, adopt_checked, holds_together, mark_for_travel, newest_remembered};
pub use verify::Extent;
