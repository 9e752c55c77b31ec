//! When somebody answers: in the words people read, and whether they do now.

use crate::calendar::{Span, Week};
use jiff::{
    Timestamp, ToSpan as _, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

/// Hours that never end.
const ALWAYS: &str = "always";
const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Monday"),
    (Weekday::Tuesday, "Tuesday"),
    (Weekday::Wednesday, "Wednesday"),
    (Weekday::Thursday, "Thursday"),
    (Weekday::Friday, "Friday"),
    (Weekday::Saturday, "Saturday"),
    (Weekday::Sunday, "Sunday"),
];

/// Whether somebody answers now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Openness {
    /// At any time.
    Always,
    /// Now, until then.
    Open(Zoned),
    /// Not now; again from then.
    Closed(Zoned),
    /// Nobody has told us.
    NotKnown,
}

impl Openness {
    /// Whether a call would be answered, as far as is known.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Always | Self::Open(_))
    }

    /// In words, as seen at that moment: “Open now, until 16:00”, “Opens tomorrow at 08:30”.
    pub fn words(&self, now: Timestamp) -> String {
        match self {
            Self::Always => "Open now, at any time".to_owned(),
            Self::Open(until) => {
                let today = now.to_zoned(until.time_zone().clone()).date();
                let is_today = until.date() == today;
                // Midnight at the end of today is the first moment of tomorrow.
                let is_midnight =
                    until.time() == Time::midnight() && today.tomorrow().is_ok_and(|next| until.date() == next);
                match (is_today, is_midnight) {
                    (true, _) => format!("Open now, until {}", until.strftime("%H:%M")),
                    (_, true) => "Open now, until midnight".to_owned(),
                    _ => format!("Open now, until {} at {}", day(until, today, ""), until.strftime("%H:%M")),
                }
            }
            Self::Closed(opens) => {
                let today = now.to_zoned(opens.time_zone().clone()).date();
                format!("Closed now. Opens {} at {}", day(opens, today, "on "), opens.strftime("%H:%M"))
            }
            Self::NotKnown => "Ask them when they answer".to_owned(),
        }
    }
}

fn day(at: &Zoned, today: Date, before_a_name: &str) -> String {
    match today.until(at.date()).map(|span| span.get_days()) {
        Ok(0) => "today".to_owned(),
        Ok(1) => "tomorrow".to_owned(),
        _ => format!("{before_a_name}{}", at.strftime("%A")),
    }
}

/// Checks hours as somebody wrote them and gives them in their one form: `always`, hours of a week, or nothing where nobody knows.
///
/// # Errors
/// What is wrong, in one sentence.
pub fn check_hours(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    if text.is_empty() || text == ALWAYS {
        return Ok(text);
    }
    // Hours over midnight are two stretches to us, and one to whoever writes them.
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let written = parts.map(over_midnight).collect::<Vec<_>>().join(", ");
    let week = Week::parse(&written)?;
    let text = week.to_string();
    if week == whole_week() { Ok(ALWAYS.to_owned()) } else { Ok(text) }
}

/// “mon-fri 17:00-08:30” as the evenings of these days and the mornings after them.
fn over_midnight(part: &str) -> String {
    let split = || {
        let (days, hours) = part.split_once(' ')?;
        let (from, until) = hours.trim().split_once('-')?;
        if Span::parse(hours.trim()).is_some() || Span::parse(&format!("{until}-{from}")).is_none() {
            return None;
        }
        let short = |day: &str| SHORT.iter().position(|known| *known == day.trim());
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (first, last) = (short(first)?, short(last)?);
        let mut parts = Vec::new();
        for place in first..=last {
            let (day, next) = (SHORT.get(place)?, SHORT.get((place + 1) % 7)?);
            parts.push(format!("{day} {from}-24:00"));
            if until != "00:00" {
                parts.push(format!("{next} 00:00-{until}"));
            }
        }
        Some(parts.join(", "))
    };
    split().unwrap_or_else(|| part.to_owned())
}

const SHORT: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn whole_week() -> Week {
    Week::parse("mon-sun 00:00-24:00").unwrap_or_default()
}

/// Hours in words: “Monday to Friday, 10:00 to 16:00”. Of what is no hours, nothing.
pub fn hours_words(hours: &str) -> String {
    if hours == ALWAYS {
        return "Any time".to_owned();
    }
    let Ok(week) = Week::parse(hours) else { return String::new() };
    let days: Vec<(&str, &[Span])> = DAYS.iter().map(|(weekday, name)| (*name, week.of(*weekday))).collect();
    let runs = days.chunk_by(|one, other| one.1 == other.1).filter_map(|run| {
        let ((first, spans), (last, _)) = (run.first()?, run.last()?);
        let times = spans.iter().map(|span| span_words(*span)).collect::<Vec<_>>().join(" and ");
        let names = match run.len() {
            7 => "Every day".to_owned(),
            1 => (*first).to_owned(),
            2 => format!("{first} and {last}"),
            _ => format!("{first} to {last}"),
        };
        (!spans.is_empty()).then(|| format!("{names}, {times}"))
    });
    runs.collect::<Vec<_>>().join("; ")
}

fn span_words(span: Span) -> String {
    let end = span.end();
    if span.start() == Time::midnight() && end.is_none() {
        return "all day".to_owned();
    }
    let end = end.map_or_else(|| "midnight".to_owned(), |end| end.strftime("%H:%M").to_string());
    format!("{} to {end}", span.start().strftime("%H:%M"))
}

/// Whether somebody answers at a moment, by these hours in this time zone. What is no hours is not known, never open.
pub fn openness(hours: &str, now: Timestamp, zone: &TimeZone) -> Openness {
    if hours == ALWAYS {
        return Openness::Always;
    }
    let Ok(week) = Week::parse(hours) else { return Openness::NotKnown };
    let local = now.to_zoned(zone.clone());
    let here = week.of(local.weekday()).iter().find(|span| span.holds(local.time()));
    let found = match here {
        Some(span) => end_of(&week, *span, &local).map(Openness::Open),
        None => next_start(&week, &local).map(Openness::Closed),
    };
    found.unwrap_or(Openness::NotKnown)
}

/// When the hours that run now end: over midnight, where they go on there.
fn end_of(week: &Week, span: Span, local: &Zoned) -> Option<Zoned> {
    let (mut date, mut span) = (local.date(), span);
    for _ in 0..8 {
        if let Some(end) = span.end() {
            return date.to_datetime(end).to_zoned(local.time_zone().clone()).ok();
        }
        date = date.tomorrow().ok()?;
        match week.of(date.weekday()).first().filter(|next| next.start() == Time::midnight()) {
            Some(next) => span = *next,
            None => return date.to_zoned(local.time_zone().clone()).ok(),
        }
    }
    None
}

fn next_start(week: &Week, local: &Zoned) -> Option<Zoned> {
    (0_i32..8).find_map(|days| {
        let date = local.date().checked_add(days.days()).ok()?;
        let spans = week.of(date.weekday()).iter();
        let span = spans.into_iter().find(|span| days > 0 || span.start() > local.time())?;
        date.to_datetime(span.start()).to_zoned(local.time_zone().clone()).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::wording::national_contacts;

    fn said(hours: &str, now: &str) -> String {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now = now.parse().unwrap();
        openness(hours, now, &zone).words(now)
    }

    #[test]
    fn a_line_is_open_by_the_schools_own_clock() {
        let hours = "mon-fri 10:00-16:00";
        // Monday 23 November 2026, in winter time.
        assert_eq!(said(hours, "2026-11-23T09:59:00Z"), "Closed now. Opens today at 10:00");
        assert_eq!(said(hours, "2026-11-23T10:00:00Z"), "Open now, until 16:00");
        assert_eq!(said(hours, "2026-11-23T16:00:00Z"), "Closed now. Opens tomorrow at 10:00");
        assert_eq!(said(hours, "2026-11-27T17:00:00Z"), "Closed now. Opens on Monday at 10:00");
        // In summer the same clock is an hour ahead.
        assert_eq!(said(hours, "2026-06-09T09:30:00Z"), "Open now, until 16:00");
        assert_eq!(said("always", "2026-11-23T03:00:00Z"), "Open now, at any time");
        assert_eq!(said("", "2026-11-23T10:00:00Z"), "Ask them when they answer");
        assert_eq!(said("when we like", "2026-11-23T10:00:00Z"), "Ask them when they answer");
    }

    #[test]
    fn an_out_of_hours_line_runs_over_midnight_and_the_weekend() {
        let hours = check_hours("Mon-Sun 17:00-08:30, Sat-Sun 08:30-17:00").unwrap();
        assert_eq!(said(&hours, "2026-11-23T08:00:00Z"), "Open now, until 08:30");
        assert_eq!(said(&hours, "2026-11-23T16:59:00Z"), "Closed now. Opens today at 17:00");
        assert_eq!(said(&hours, "2026-11-23T17:00:00Z"), "Open now, until tomorrow at 08:30");
        assert_eq!(said(&hours, "2026-11-24T01:00:00Z"), "Open now, until 08:30");
        // From Friday's evening to Monday's morning it never closes.
        assert_eq!(said(&hours, "2026-11-28T12:00:00Z"), "Open now, until Monday at 08:30");
        assert_eq!(said("sat 09:00-24:00", "2026-11-28T12:00:00Z"), "Open now, until midnight");
    }

    #[test]
    fn hours_are_told_as_people_say_them() {
        assert_eq!(hours_words("mon-fri 10:00-16:00"), "Monday to Friday, 10:00 to 16:00");
        assert_eq!(
            hours_words("mon 08:00-24:00, tue 00:00-08:00, sat-sun 09:00-17:00"),
            "Monday, 08:00 to midnight; Tuesday, 00:00 to 08:00; Saturday and Sunday, 09:00 to 17:00"
        );
        assert_eq!(hours_words("mon-sun 09:00-17:00"), "Every day, 09:00 to 17:00");
        assert_eq!(hours_words("always"), "Any time");
        assert_eq!(hours_words(""), "");
        assert_eq!(check_hours("mon-sun 00:00-24:00"), Ok("always".to_owned()));
        assert_eq!(check_hours(" "), Ok(String::new()));
        assert!(check_hours("weekdays").is_err());
        assert!(check_hours("mon 25:00-08:00").is_err());
    }

    #[test]
    fn what_is_shipped_of_hours_can_be_read() {
        for national in national_contacts() {
            let key = national.key;
            assert!(check_hours(national.open).is_ok(), "{key}");
            match national.open {
                "" => assert_eq!(national.contact.hours, "", "{key}"),
                "always" => assert!(national.contact.hours.to_lowercase().contains("any time"), "{key}"),
                open => assert_eq!(national.contact.hours, hours_words(open), "{key}"),
            }
        }
    }
}
