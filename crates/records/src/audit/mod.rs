//! The audit log: one hash chain for each school. An entry comes before what it tells of, in the same transaction.

mod chain;
pub(crate) mod statements;

pub use chain::{Detail, Outcome};
pub(crate) use chain::{Entry, Ticket, enter};
