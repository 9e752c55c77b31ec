//! What the calendar answers: pure functions of it, the day and the moment.

use super::{Calendar, Closure, Days, KNOWN_FROM, KNOWN_UNTIL, Span, Term, Week};
use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use std::fmt;

/// An answer that may be lacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The calendar does not say. Whoever asked must tell that, not guess.
    Unknown,
}

/// Why something cannot be reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKnown {
    /// The calendar says nothing about this day.
    Day(Date),
    /// No watched hours are declared.
    Hours,
}

impl fmt::Display for NotKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "The school's calendar does not say whether {day} is a school day."),
            Self::Hours => f.write_str("The school has not declared its watched hours."),
        }
    }
}

/// Whether the calendar must be looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    Missing,
    /// It begins only then.
    BeginsLater(Date),
    /// It says nothing after this day, which is past.
    Ended(Date),
    /// It says nothing after this day, which is near.
    EndsSoon(Date),
    /// It reaches until this day.
    Good(Date),
}

impl Standing {
    /// Whether somebody must be told.
    pub fn is_alarming(self) -> bool {
        !matches!(self, Self::Good(_))
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next = "Clocks on school days cannot run; set a calendar with `holdfast calendar set FILE`.";
        match self {
            Self::Missing => write!(f, "There is no calendar. {next}"),
            Self::BeginsLater(day) => write!(f, "The calendar begins only on {day}. {next}"),
            Self::Ended(day) => write!(f, "The calendar ended on {day}. {next}"),
            Self::EndsSoon(day) => write!(f, "The calendar ends on {day}. Set the next one before then."),
            Self::Good(day) => write!(f, "The calendar reaches until {day}."),
        }
    }
}

/// The same time on the next day that is neither a Saturday nor a Sunday nor one of these.
pub(crate) fn next_working_day(moment: Timestamp, zone: &TimeZone, holidays: &[(Date, &str)]) -> Timestamp {
    let local = moment.to_zoned(zone.clone()).datetime();
    let is_free = |day: Date| {
        matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            || holidays.iter().any(|(holiday, _)| *holiday == day)
    };
    let mut day = local.date().saturating_add(1.day());
    while is_free(day) && day < Date::MAX {
        day = day.saturating_add(1.day());
    }
    day.to_datetime(local.time()).to_zoned(zone.clone()).map_or(moment, |local| local.timestamp())
}

impl Calendar {
    /// The school's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Its terms, earliest first.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Its own closures.
    pub fn closures(&self) -> &[Closure] {
        &self.closures
    }

    /// The days about which it says something.
    pub fn range(&self) -> Days {
        self.range
    }

    /// The hours of a week in which somebody watches; `None` while they are not declared.
    pub fn watched(&self) -> Option<&Week> {
        self.watched.as_ref()
    }

    /// The day at the school at a moment.
    pub fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned(self.zone.clone()).date()
    }

    /// Whether pupils are at school on a day.
    pub fn is_school_day(&self, day: Date) -> Answer {
        if !self.range.hold(day) {
            return Answer::Unknown;
        }
        let is_term = self
            .terms
            .iter()
            .any(|term| term.days.hold(day) && !term.half_term.is_some_and(|half_term| half_term.hold(day)));
        let is_shut = self.insets.contains(&day) || self.closures.iter().any(|closure| closure.days.hold(day));
        if !is_term || is_shut || !self.school_days.contains(&day.weekday()) {
            return Answer::No;
        }
        if !(KNOWN_FROM..=KNOWN_UNTIL).contains(&day) {
            return Answer::Unknown;
        }
        let is_bank_holiday = self.nation.bank_holidays().iter().any(|(holiday, _)| *holiday == day);
        if is_bank_holiday { Answer::No } else { Answer::Yes }
    }

    /// The first school day after a day.
    pub fn next_school_day(&self, day: Date) -> Result<Date, NotKnown> {
        let mut next = day;
        loop {
            next = next.tomorrow().map_err(|_end_of_time| NotKnown::Day(next))?;
            match self.is_school_day(next) {
                Answer::Yes => return Ok(next),
                Answer::No => {}
                Answer::Unknown => return Err(NotKnown::Day(next)),
            }
        }
    }

    /// The school day so many school days after a day. None after: the day itself, or the first school day after it.
    pub fn school_day_after(&self, day: Date, count: u32) -> Result<Date, NotKnown> {
        if count == 0 {
            return match self.is_school_day(day) {
                Answer::Yes => Ok(day),
                Answer::No => self.next_school_day(day),
                Answer::Unknown => Err(NotKnown::Day(day)),
            };
        }
        (0..count).try_fold(day, |day, _| self.next_school_day(day))
    }

    /// How many school days lie after the first day, up to the second and with it.
    pub fn school_days_between(&self, after: Date, until: Date) -> Result<u32, NotKnown> {
        let mut day = after;
        let mut count = 0;
        while day < until {
            day = day.tomorrow().map_err(|_end_of_time| NotKnown::Day(day))?;
            match self.is_school_day(day) {
                Answer::Yes => count += 1,
                Answer::No => {}
                Answer::Unknown => return Err(NotKnown::Day(day)),
            }
        }
        Ok(count)
    }

    /// The same time on the next working day: those of offices outside the school, which have no school holidays. A weekday that is
    /// no bank holiday, as far as those are known.
    pub fn next_working_day(&self, moment: Timestamp) -> Timestamp {
        next_working_day(moment, &self.zone, self.nation.bank_holidays())
    }

    /// The moment so many school days later: the same time of that day by the school's clock. None later is “the same
    /// school day”: the end of its watched hours, or of the next school day's once those are over.
    pub fn add_school_days(&self, moment: Timestamp, count: u32) -> Result<Timestamp, NotKnown> {
        let local = moment.to_zoned(self.zone.clone()).datetime();
        if count == 0 {
            return self.end_of_school_day(moment, local.date());
        }
        let day = self.school_day_after(local.date(), count)?;
        self.moment_of(day.to_datetime(local.time()), day)
    }

    fn end_of_school_day(&self, moment: Timestamp, from: Date) -> Result<Timestamp, NotKnown> {
        let mut day = self.school_day_after(from, 0)?;
        if self.watched.is_none() {
            return Err(NotKnown::Hours);
        }
        loop {
            // The last of the day's hours; a school day may have none that are watched.
            match self.watched_on(day)?.last() {
                Some((_, end)) if moment < *end => return Ok(*end),
                _ => day = self.next_school_day(day)?,
            }
        }
    }

    /// Whether somebody watches at a moment (practice 27): in the declared hours of a school day, or of a day that was
    /// declared by itself.
    pub fn is_watched(&self, moment: Timestamp) -> Answer {
        let day = self.day_of(moment);
        match self.watched_on(day) {
            Ok(hours) if hours.iter().any(|(start, end)| (*start..*end).contains(&moment)) => Answer::Yes,
            Ok(_) => Answer::No,
            Err(_) => Answer::Unknown,
        }
    }

    /// The moment at which so much watched time has passed. For clocks in hours of school: they stand still while nobody
    /// watches.
    pub fn add_watched_time(&self, moment: Timestamp, time: SignedDuration) -> Result<Timestamp, NotKnown> {
        let mut left = time;
        let mut day = self.day_of(moment);
        loop {
            for (start, end) in self.watched_on(day)? {
                let from = start.max(moment);
                if from >= end {
                    continue;
                }
                let passes = end.duration_since(from);
                if left <= passes {
                    return from.checked_add(left).map_err(|_end_of_time| NotKnown::Day(day));
                }
                left -= passes;
            }
            day = day.tomorrow().map_err(|_end_of_time| NotKnown::Day(day))?;
        }
    }

    /// Until when the calendar knows about every day, and whether that is in less than so many weeks.
    pub fn standing(&self, moment: Timestamp, weeks: u32) -> Standing {
        let today = self.day_of(moment);
        let teaches_after_bank_holidays = self.terms.iter().any(|term| term.days.last > KNOWN_UNTIL);
        let end = if teaches_after_bank_holidays { self.range.last.min(KNOWN_UNTIL) } else { self.range.last };
        let begin = self.range.first.max(if self.terms.iter().any(|term| term.days.first < KNOWN_FROM) {
            KNOWN_FROM
        } else {
            self.range.first
        });
        let soon = today.saturating_add(i64::from(weeks).weeks());
        match () {
            () if today < begin => Standing::BeginsLater(begin),
            () if today > end => Standing::Ended(end),
            () if soon > end => Standing::EndsSoon(end),
            () => Standing::Good(end),
        }
    }

    /// The watched hours of a day as moments, earliest first. Around a change of the clocks they are as long as they
    /// really are; where an hour comes twice, its first coming counts.
    fn watched_on(&self, day: Date) -> Result<Vec<(Timestamp, Timestamp)>, NotKnown> {
        if !self.range.hold(day) {
            return Err(NotKnown::Day(day));
        }
        let spans = match (self.watched_days.get(&day), &self.watched) {
            (Some(spans), _) => spans.as_slice(),
            (None, None) => return Err(NotKnown::Hours),
            (None, Some(week)) => match (week.of(day.weekday()), self.is_school_day(day)) {
                ([], _) | (_, Answer::No) => &[],
                (_, Answer::Unknown) => return Err(NotKnown::Day(day)),
                (spans, Answer::Yes) => spans,
            },
        };
        spans.iter().map(|span| self.moments(day, *span)).collect()
    }

    fn moments(&self, day: Date, span: Span) -> Result<(Timestamp, Timestamp), NotKnown> {
        let end = match span.end() {
            Some(time) => day.to_datetime(time),
            None => day.tomorrow().map_err(|_end_of_time| NotKnown::Day(day))?.into(),
        };
        Ok((self.moment_of(day.to_datetime(span.start()), day)?, self.moment_of(end, day)?))
    }

    fn moment_of(&self, local: jiff::civil::DateTime, day: Date) -> Result<Timestamp, NotKnown> {
        self.zone.to_timestamp(local).map_err(|_end_of_time| NotKnown::Day(day))
    }
}
