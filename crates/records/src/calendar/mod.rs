//! The school's calendar: terms, half-terms, inset days, bank holidays, closures and watched hours.
//!
//! Everything is data with an end. Beyond it the answer is “unknown”, which is told and never guessed: a clock that runs
//! on school days says that it cannot run. [`Calendar`] is pure; the moment and the zone are passed in.

mod bank_holidays;
mod document;
mod draft;
mod reckon;
pub(crate) mod statements;
mod verbs;
mod week;

pub use bank_holidays::{KNOWN_FROM, KNOWN_UNTIL, Nation};
pub use document::{Closure, Days, EXAMPLE, Term};
pub use draft::{Draft, DraftTerm, Written};
pub(crate) use reckon::next_working_day;
pub use reckon::{Answer, NotKnown, Standing};
pub use verbs::CalendarVersion;
pub(crate) use verbs::{calendar_at, zone};
pub use week::{Span, Week};

use jiff::{
    civil::{Date, Weekday},
    tz::TimeZone,
};
use std::collections::BTreeMap;

/// A school's calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    nation: Nation,
    range: Days,
    school_days: Vec<Weekday>,
    watched: Option<Week>,
    terms: Vec<Term>,
    insets: Vec<Date>,
    closures: Vec<Closure>,
    watched_days: BTreeMap<Date, Vec<Span>>,
}

#[cfg(test)]
mod tests;
