//! The last verdicts, a line each, for the terminal.

use holdfast_activity::recent::Verdict;
use holdfast_core::event::Outcome;
use jiff::{Timestamp, tz::TimeZone};

/// One verdict as a line.
pub fn verdict_line(verdict: &Verdict) -> String {
    let time = Timestamp::from_microsecond(verdict.at_micros).unwrap_or_default().to_zoned(TimeZone::system());
    let outcome = match verdict.outcome {
        Outcome::Allowed => "allowed",
        Outcome::Blocked | Outcome::Sealed => "BLOCKED",
        Outcome::Redirected => "sent on",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    };
    let group = verdict.group.as_ref().map_or("unknown", |group| group.as_str());
    let why = verdict
        .category
        .as_ref()
        .map_or_else(|| verdict.layer.to_string(), |category| format!("{} {category}", verdict.layer));
    let host = verdict.host.as_deref().unwrap_or("(not shown)");
    format!("  {}  {outcome:<8} {group:<8} {host:<28} {why}", time.strftime("%H:%M:%S"))
}
