//! Opening secure pages to check them, as the status page shows it: how the authority stands, and what should perhaps be
//! left unopened.

use crate::{
    sources::{InspectionHealth, State},
    words::{self, Number},
};
use holdfast_activity::suggestions::Suggestion;
use holdfast_core::ruleset::Ruleset;
use jiff::{Timestamp, tz::TimeZone};

/// How many suggestions the page shows; the command line has all.
const MOST_SHOWN: usize = 25;

#[derive(Debug)]
pub(super) struct Inspection {
    pub(super) state: State,
    pub(super) words: &'static str,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) fingerprint: Option<String>,
    pub(super) suggestions: Vec<Suggested>,
    /// How many more there are.
    pub(super) more: usize,
}

/// A host that should perhaps be left unopened.
#[derive(Debug)]
pub(super) struct Suggested {
    pub(super) host: String,
    pub(super) is_of_one_device: bool,
    pub(super) evidence: String,
    pub(super) against: Option<String>,
    pub(super) alerts: Vec<(String, String)>,
    pub(super) groups: String,
    pub(super) seen: String,
    /// For whom the lines would be.
    pub(super) for_whom: String,
    pub(super) policy_text: String,
}

pub(super) fn shown(health: &InspectionHealth, ruleset: &Ruleset, now: Timestamp, zone: &TimeZone) -> Inspection {
    let (state, words) = match (&health.current, health.opens) {
        (Some(_), true) => (State::Working, "Secure pages are opened where the policy says so."),
        (Some(_), false) => (
            State::Stopped,
            "Nothing is opened now, because the authority cannot be used. What the policy wants opened is refused.",
        ),
        (None, _) => {
            (State::Stopped, "There is no authority, so nothing is opened. What the policy wants opened is refused.")
        }
    };
    let day = |at: Timestamp| words::day(at, zone);
    let mut facts = Vec::new();
    if let Some(current) = &health.current {
        facts.push(("Authority", current.name.clone()));
        let left = current.expires.duration_since(now);
        let left = if left.is_positive() { format!("in {}", words::length(left)) } else { "over".to_owned() };
        facts.push(("Holds until", format!("{}, {left}", day(current.expires))));
    }
    if let Some(next) = &health.next {
        let takes_over = health.switches.map_or_else(
            || "It takes over when somebody rolls over".to_owned(),
            |at| format!("It takes over on {}", day(at)),
        );
        let text = format!("{takes_over}, and holds until {}. Give it to every device before that.", day(next.expires));
        facts.push(("Next authority", text));
    }
    if let Some(until) = health.before_until {
        facts.push(("Authority before", format!("Devices that have only that one are led on until {}", day(until))));
    }
    let waiting = health.suggestions.iter().filter(|suggestion| suggestion.is_waiting(ruleset));
    let mut suggestions: Vec<_> = waiting.map(|suggestion| suggested(suggestion, zone)).collect();
    let more = suggestions.len().saturating_sub(MOST_SHOWN);
    suggestions.truncate(MOST_SHOWN);
    let fingerprint = health.current.as_ref().map(|current| current.fingerprint.clone());
    Inspection { state, words, facts, fingerprint, suggestions, more }
}

/// Days and no times, and no small numbers but that of devices, on which the decision rests: how often and when something
/// happened would tell of single people (practice 14).
fn suggested(suggestion: &Suggestion, zone: &TimeZone) -> Suggested {
    let day =
        |micros| Timestamp::from_microsecond(micros).map_or_else(|_fault| String::new(), |at| words::day(at, zone));
    let against = (suggestion.worked > 0).then(|| {
        format!(
            "Against it: opened pages of this host worked {} times meanwhile, on {} {}. Perhaps those that complain only lack \
             the school’s certificate.",
            words::count(suggestion.worked),
            Number(suggestion.worked_clients),
            if suggestion.worked_clients == 1 { "device" } else { "devices" },
        )
    });
    Suggested {
        host: suggestion.host.to_string(),
        is_of_one_device: suggestion.is_of_one_device(),
        evidence: format!(
            "Could not be opened on {}, {} times.",
            suggestion.devices(),
            words::count(suggestion.times())
        ),
        against,
        alerts: suggestion.alerts.iter().map(|(alert, count)| (alert_words(alert), words::count(*count))).collect(),
        groups: suggestion.groups.iter().cloned().collect::<Vec<_>>().join(", "),
        seen: format!("First on {}, last on {}", day(suggestion.first_micros), day(suggestion.last_micros)),
        for_whom: suggestion.for_whom(),
        policy_text: suggestion.policy_text(),
    }
}

fn alert_words(alert: &str) -> String {
    if alert == "client-certificate" {
        "the site asks the program for a certificate of its own".to_owned()
    } else {
        format!("the program does not trust our certificate (TLS alert {alert})")
    }
}
