//! Hours of a week as a school declares them: “mon-thu 08:00-16:30, fri 08:00-15:00”.

use jiff::civil::{Time, Weekday};
use std::{collections::BTreeMap, fmt};

/// The days of a week in their order, with the words for them.
pub const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Hours of a week, in local time. They never overlap and never touch, so that two of them are equal when they mean the
/// same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Week(BTreeMap<u8, Vec<Span>>);

/// From a minute of the day until before another; 1440 is midnight at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first minute, 0 to 1439.
    pub from: u16,
    /// The minute after the last, 1 to 1440.
    pub until: u16,
}

impl Week {
    /// Reads hours as somebody wrote them; nothing at all means no hours. Told what is wrong in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut week = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = || format!("“{part}” is not a day and hours such as “mon-fri 08:00-16:30”.");
            let (days, hours) = part.split_once(' ').ok_or_else(wrong)?;
            let span = Span::parse(hours.trim()).ok_or_else(wrong)?;
            let (first, last) = days.split_once('-').unwrap_or((days, days));
            let (first, last) = (day(first).ok_or_else(wrong)?, day(last).ok_or_else(wrong)?);
            if last < first {
                return Err(format!("“{days}” runs backwards; write the earlier day first."));
            }
            (first..=last).for_each(|day| week.add(day, span));
        }
        Ok(week)
    }

    /// The hours of a weekday, earliest first.
    pub fn of(&self, weekday: Weekday) -> &[Span] {
        self.0.get(&number(weekday)).map_or(&[], Vec::as_slice)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every minute of this is one of the other too.
    pub fn is_within(&self, other: &Self) -> bool {
        self.shared(other) == *self
    }

    /// The minutes that are in both.
    pub fn shared(&self, other: &Self) -> Self {
        let mut shared = Self::default();
        for (day, spans) in &self.0 {
            let theirs = other.0.get(day).map_or(&[][..], Vec::as_slice);
            for (mine, their) in spans.iter().flat_map(|mine| theirs.iter().map(move |their| (mine, their))) {
                let span = Span { from: mine.from.max(their.from), until: mine.until.min(their.until) };
                if span.from < span.until {
                    shared.add(*day, span);
                }
            }
        }
        shared
    }

    fn add(&mut self, day: u8, span: Span) {
        let spans = self.0.entry(day).or_default();
        spans.push(span);
        spans.sort_unstable();
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans.drain(..) {
            match joined.last_mut() {
                Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
                _ => joined.push(span),
            }
        }
        *spans = joined;
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_first = true;
        for (day, word) in (1..).zip(DAYS.map(|(_, word)| word)) {
            for span in self.0.get(&day).into_iter().flatten() {
                write!(f, "{}{word} {span}", if is_first { "" } else { ", " })?;
                is_first = false;
            }
        }
        Ok(())
    }
}

impl Span {
    /// Reads “08:00-16:30”.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let span = Self { from: minute(from.trim())?, until: minute(until.trim())? };
        (span.from < span.until).then_some(span)
    }

    /// When it begins.
    pub fn start(self) -> Time {
        clock_time(self.from)
    }

    /// When it ends; `None` for midnight at the end of the day.
    pub fn end(self) -> Option<Time> {
        (self.until < DAY).then(|| clock_time(self.until))
    }

    /// Whether this time of day is in it.
    pub fn holds(self, time: Time) -> bool {
        time >= self.start() && self.end().is_none_or(|end| time < end)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

/// The weekday with this word.
pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    DAYS.iter().find(|(_, known)| *known == word.trim()).map(|(weekday, _)| *weekday)
}

fn day(word: &str) -> Option<u8> {
    weekday(word).map(number)
}

fn number(weekday: Weekday) -> u8 {
    weekday.to_monday_one_offset().unsigned_abs()
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let is_plain = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain(hour) || !is_plain(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY).then_some(minutes)
}

fn clock_time(minutes: u16) -> Time {
    let part = |number: u16| i8::try_from(number).unwrap_or_default();
    Time::new(part(minutes / 60), part(minutes % 60), 0, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_touch_or_overlap_become_one() {
        let week = Week::parse("mon 08:00-12:00, mon 12:00-16:00, mon-tue 15:00-16:30").unwrap();
        assert_eq!(week.to_string(), "mon 08:00-16:30, tue 15:00-16:30");
        assert_eq!(Week::parse(&week.to_string()).unwrap(), week);
    }

    #[test]
    fn what_is_no_hours_is_refused_with_what_was_written() {
        for wrong in
            ["mon", "mon 8:00-9:00", "mon 09:00-08:00", "mon 08:60-09:00", "moon 08:00-09:00", "mon 08:00-24:01"]
        {
            assert!(Week::parse(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
        assert!(Week::parse("fri-mon 08:00-09:00").unwrap_err().contains("backwards"));
    }

    #[test]
    fn one_week_is_within_another_minute_by_minute() {
        let narrow = Week::parse("mon 10:30-10:50").unwrap();
        let wide = Week::parse("mon-fri 10:00-11:00").unwrap();
        assert!(narrow.is_within(&wide) && !wide.is_within(&narrow));
        assert!(Week::default().is_within(&narrow));
        assert_eq!(narrow.shared(&Week::parse("mon 10:40-12:00").unwrap()).to_string(), "mon 10:40-10:50");
    }

    #[test]
    fn midnight_at_the_end_of_a_day_belongs_to_it() {
        let span = Span::parse("22:00-24:00").unwrap();
        assert!(span.end().is_none() && span.holds(Time::new(23, 59, 59, 0).unwrap()));
        assert!(!span.holds(Time::new(21, 59, 59, 999_999_999).unwrap()));
    }
}
