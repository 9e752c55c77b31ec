//! Looking back: how many concerns about children there were in a period, by kind, year, place and more, with small numbers withheld
//! ([`suppress`]); and what the safeguarding team found in that (catalogue C-08, C-39, C-44; practice 11, 14).
//!
//! Concerns about adults who work here, whistleblowing, and every concern that somebody who works here is kept out of are in no
//! count, whoever looks: so two readers never see two numbers, and nobody finds by a difference that there is one about them.
//! `docs/trends.md` says it in words, `docs/decisions/0029-looking-back.md` why.

mod finding;
mod gather;
mod look;
mod period;
pub(crate) mod statements;
mod suppress;
mod topic;

pub use finding::{Finding, FindingCourse, NewFinding};
pub use look::{Asked, PeriodTotal, Row, Table, Trends, View};
pub use period::{Part, Period};
pub use topic::{Answer, Reporter, Topic};
