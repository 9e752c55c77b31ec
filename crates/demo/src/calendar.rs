//! Rivermead's calendar, reckoned from today, so that whoever tries the demonstration always finds the school in term.

use holdfast_records::{Fault, Records, Session};
use jiff::{ToSpan as _, civil::Date};
use std::fmt::Write as _;

/// When the school is watched (practice 27).
const WATCHED: &str = "mon-fri 08:00-17:00";

/// Puts the calendar in force that holds on this day.
pub(crate) async fn set(records: &Records, session: &Session, today: Date) -> Result<(), Fault> {
    records.set_calendar(session, "calendar.toml", &document(today), "The school’s year").await.map(drop)
}

/// Three terms: one that began before the school kept its records here, and two to come.
fn document(today: Date) -> String {
    let day = |weeks: i32| today.saturating_add(weeks.weeks());
    let mut text =
        format!("nation = \"england-and-wales\"\nfrom = {}\nuntil = {}\nwatched = \"{WATCHED}\"\n", day(-20), day(60));
    for (name, first, last) in [("This", -18, 6), ("Next", 8, 22), ("Last", 24, 38)] {
        let written =
            writeln!(text, "\n[[term]]\nname = \"{name} term\"\nfirst = {}\nlast = {}", day(first), day(last));
        debug_assert!(written.is_ok(), "a String takes everything");
    }
    text
}
