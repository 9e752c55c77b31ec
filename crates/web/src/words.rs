//! Times and numbers in words.

use holdfast_activity::visibility::FEWEST_TOLD;
use jiff::{SignedDuration, Timestamp, Unit, tz::TimeZone};
use std::fmt::{self, Write};

/// "Tuesday 3 November 2026, 10:46".
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%A %-d %B %Y, %H:%M").to_string()
}

/// "22 November 2026".
pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
}

/// "10:46:05".
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// "10:46".
pub(crate) fn hour(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// "today at 10:46", "yesterday at 16:02", "on Tuesday 3 November at 09:00".
pub(crate) fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let time = at.strftime("%H:%M");
    match at.date().until((Unit::Day, now.date())).map(|span| span.get_days()) {
        Ok(0) => format!("today at {time}"),
        Ok(1) => format!("yesterday at {time}"),
        _ => format!("on {} at {time}", at.strftime("%A %-d %B")),
    }
}

/// The same of what is to come: "today at 16:00", "tomorrow at 08:30", "Tuesday 3 November at 08:30".
pub(crate) fn when_next(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let time = at.strftime("%H:%M");
    match now.date().until((Unit::Day, at.date())).map(|span| span.get_days()) {
        Ok(0) => format!("today at {time}"),
        Ok(1) => format!("tomorrow at {time}"),
        _ => format!("{} at {time}", at.strftime("%A %-d %B")),
    }
}

/// "a moment ago", "3 minutes ago", "2 days ago".
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let passed = now.duration_since(at);
    if passed.as_secs() < 60 { "a moment ago".to_owned() } else { format!("{} ago", length(passed)) }
}

/// "45 seconds", "3 minutes", "2 days".
pub(crate) fn length(of: SignedDuration) -> String {
    let seconds = of.as_secs();
    let (count, unit) = match seconds {
        ..=59 => (seconds, "second"),
        60..=3_599 => (seconds / 60, "minute"),
        3_600..=86_399 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// "34 %" for 34 of 100; "under 1 %" and "over 99 %" where rounding would tell none or all.
pub(crate) fn part_of(part: u64, whole: u64) -> String {
    let rounded = (u128::from(part) * 200 + u128::from(whole)) / (u128::from(whole) * 2).max(1);
    match rounded {
        0 if part > 0 => "under 1 %".to_owned(),
        100 if part < whole => "over 99 %".to_owned(),
        rounded => format!("{rounded} %"),
    }
}

/// Bytes as people read them: "4 KB", "21.4 MB", "3.0 GB".
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", Number(bytes / unit), bytes % unit / (unit / 10)),
        None => format!("{} KB", Number(bytes.div_ceil(1_000))),
    }
}

/// A number as people read it: "1,035,804".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// A number of which single people could be told: "1,035,804", "fewer than 20" (practice 14).
pub(crate) fn count(of: u64) -> String {
    if of < FEWEST_TOLD { format!("fewer than {FEWEST_TOLD}") } else { Number(of).to_string() }
}

/// With a capital letter first.
pub(crate) fn capital(words: &str) -> String {
    let mut signs = words.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_read_well() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now: Timestamp = "2026-11-22T10:46:05Z".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(moment(now, &zone), "Sunday 22 November 2026, 10:46");
        assert_eq!(when(at("2026-11-22T00:05:00Z"), now, &zone), "today at 00:05");
        assert_eq!(when(at("2026-11-21T23:59:00Z"), now, &zone), "yesterday at 23:59");
        assert_eq!(when(at("2026-07-01T23:30:00Z"), now, &zone), "on Thursday 2 July at 00:30");
        assert_eq!(when_next(at("2026-11-22T16:00:00Z"), now, &zone), "today at 16:00");
        assert_eq!(when_next(at("2026-11-23T08:30:00Z"), now, &zone), "tomorrow at 08:30");
        assert_eq!(when_next(at("2026-11-24T08:30:00Z"), now, &zone), "Tuesday 24 November at 08:30");
        assert_eq!(ago(at("2026-11-22T10:45:30Z"), now), "a moment ago");
        assert_eq!(ago(at("2026-11-22T10:45:00Z"), now), "1 minute ago");
        assert_eq!(ago(at("2026-11-20T10:45:00Z"), now), "2 days ago");
        assert_eq!(day(now, &zone), "22 November 2026");
        let parts =
            [(0, 9), (1, 1_000), (1, 3), (999, 1_000), (9, 9), (0, 0)].map(|(part, whole)| part_of(part, whole));
        assert_eq!(parts, ["0 %", "under 1 %", "33 %", "over 99 %", "100 %", "0 %"]);
        let sizes = [0, 1, 999_999, 21_460_000, 3_000_000_000].map(size);
        assert_eq!(sizes, ["0 KB", "1 KB", "1,000 KB", "21.4 MB", "3.0 GB"]);
        let shown = [0, 999, 1_000, 1_035_804].map(|number| Number(number).to_string());
        assert_eq!(shown, ["0", "999", "1,000", "1,035,804"]);
        assert_eq!([19, 20, 1_000].map(count), ["fewer than 20", "20", "1,000"]);
    }
}
