//! Backup: our own logical, sealed export of one school, the same on both engines (`docs/store.md` describes the form).
//!
//! [`export`] reads every row of the school in one snapshot, tables in the manifest's order; [`chunks`] seals the compressed
//! lines under a key of the backup's own; [`header`] is what can be read without it, with that key sealed to every pair of
//! recovery custodians. What is sealed in the store stays sealed in the backup. [`restore()`] needs two custodians' codes and
//! nothing else, and puts the rows into either engine. [`shelf`] is the folder that backups lie in.

mod chunks;
mod export;
mod header;
mod import;
mod make;
mod proof;
mod restore;
mod shelf;
pub(crate) mod statements;

pub(crate) use export::owner;
pub use header::{Chain, Header};
pub use make::Made;
pub use proof::LogProof;
pub use restore::{Choices, Restored, Unproven, count_rows, read_lines, restore, write_lines};
pub use shelf::{Backup, check, list};
