//! How lines that a hold kept of the filter's log look on a terminal.

use crate::file::HeldLog;
use holdfast_core::{
    event::{Outcome, RequestEvent},
    subject::Confidence,
};
use jiff::{Timestamp, civil::Date};
use std::fmt::Write as _;

/// The lines of a day; without one, of which days there are some.
pub(super) fn held_log(log: &HeldLog, day: Option<Date>) -> String {
    if log.days.is_empty() && log.altered.is_empty() {
        return "Nothing is kept yet. What the log itself still has is not moved before its days have passed."
            .to_owned();
    }
    let mut text = String::new();
    match day {
        None => {
            let _infallible = writeln!(text, "Lines about {} are kept of these days (--day shows one):", log.person);
            for day in &log.days {
                let _infallible = writeln!(text, "{day}");
            }
        }
        Some(day) if log.lines.is_empty() && log.altered.is_empty() => {
            let _infallible =
                writeln!(text, "Nothing is kept of {day}. Without --day it is shown which days there are.");
        }
        Some(_) if log.lines.is_empty() => {}
        Some(_) => {
            let _infallible = writeln!(
                text,
                "Each line tells first how sure the filter was who it was. Ask who else used the device before anything follows."
            );
            log.lines.iter().for_each(|line| text.push_str(&shown(line)));
        }
    }
    for altered in &log.altered {
        let _infallible = writeln!(
            text,
            "Stretch {} of {} is not as it was written, and nothing of it is shown: the store was altered. Tell the designated \
             safeguarding lead, verify the audit log (holdfast audit verify), and look for it in a backup.",
            altered.number, altered.day_file
        );
    }
    text.trim_end().to_owned()
}

/// One line in words; one that this program does not know is shown as it stood.
fn shown(line: &str) -> String {
    let Ok(event) = serde_json::from_str::<RequestEvent>(line) else { return format!("{line}\n") };
    let at = Timestamp::from_microsecond(event.at_micros).map_or_else(|_never| "?".to_owned(), |at| format!("{at:.0}"));
    let sure = match event.subject.confidence {
        Confidence::None => "not sure at all",
        Confidence::Shared => "a shared device or network",
        Confidence::Likely => "likely",
        Confidence::Proven => "signed in",
    };
    let outcome = match event.outcome {
        Outcome::Allowed => "allowed",
        Outcome::Blocked | Outcome::Sealed => "blocked",
        Outcome::Redirected => "redirected",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    };
    let host = event.host.as_deref().unwrap_or("(an address that is not kept)");
    let path = event.path.as_deref().unwrap_or_default();
    let device = event.subject.device.as_ref().map_or_else(String::new, |device| format!("  on {}", device.as_str()));
    let words = if event.words.is_empty() { String::new() } else { format!("  {}", event.words) };
    format!("{at}  {sure}  {outcome}  {} {host}{path}{device}{words}\n", event.scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{file::AlteredStretch, id};
    use zeroize::Zeroizing;

    #[test]
    fn a_line_is_told_in_words_and_one_that_is_not_understood_as_it_stands() {
        let line = r#"{"kind":"request","reference":"7Q4K","at_micros":0,"ruleset":"r1","subject":{"person":"p1",
            "device":"d7","source":"sign-in","confidence":"proven"},"listener":"main","method":"GET","scheme":"http",
            "host":"rivers.example","path":"/delta","visibility":"whole","outcome":"blocked","layer":"group",
            "words":"Not in lessons.","duration_micros":1}"#;
        let person = id::Person::new(Timestamp::UNIX_EPOCH).unwrap();
        let lines = vec![Zeroizing::new(line.to_owned()), Zeroizing::new("{}".to_owned())];
        let day: Date = "1970-01-01".parse().unwrap();
        let log = HeldLog { person, days: vec![day], lines, altered: Vec::new() };
        let text = held_log(&log, Some(day));
        let told = "1970-01-01T00:00:00Z  signed in  blocked  http rivers.example/delta  on d7  Not in lessons.\n{}";
        assert!(text.ends_with(told), "{text}");
        assert!(held_log(&log, None).ends_with("\n1970-01-01"));
        let altered = vec![AlteredStretch { day_file: "1970-01-01.0001".to_owned(), number: 2 }];
        let log = HeldLog { lines: Vec::new(), altered, ..log };
        assert!(held_log(&log, Some(day)).starts_with("Stretch 2 of 1970-01-01.0001 is not as it was written"));
    }
}
