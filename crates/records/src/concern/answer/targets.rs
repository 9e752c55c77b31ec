//! Until when a concern is to be answered and decided, and what it waits for: pure functions of how it stands, the school's
//! calendar and its settings.

use super::{Standing, Telling};
use crate::{
    Fault,
    calendar::{self, Calendar},
    file::Severity,
    id,
    settings::{define::incidents, in_force},
    store::Transaction,
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

/// What the school's clocks run by.
#[derive(Debug, Clone)]
pub struct Targets {
    /// The calendar, where there is one.
    pub calendar: Option<Calendar>,
    /// The school's time zone.
    pub zone: TimeZone,
    /// What “immediately” means, in minutes.
    pub immediate_minutes: u32,
    /// Within how many school days a concern has a decision.
    pub triage_days: u32,
}

/// What a concern waits for, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waiting {
    /// Somebody to say that they have it.
    Answer,
    /// A first decision.
    Decision,
    /// Something that is due to be done.
    Action,
    /// A parent or carer: to be told, or a decision to be looked at again.
    Parents,
    /// Nothing is due today.
    Nothing,
}

impl Waiting {
    /// Each of them.
    pub const ALL: &[Self] = &[Self::Answer, Self::Decision, Self::Action, Self::Parents, Self::Nothing];

    /// Its neutral code in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Decision => "decision",
            Self::Action => "action",
            Self::Parents => "parents",
            Self::Nothing => "nothing",
        }
    }
}

/// Until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A moment.
    By(Timestamp),
    /// A day, which counts.
    On(Date),
}

/// What comes next with a concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// What it waits for.
    pub waiting: Waiting,
    /// Until when; of what is not due yet, the next day on which something is.
    pub due: Option<Due>,
    /// Whether that is past.
    pub is_late: bool,
}

impl Targets {
    /// As they are in force now.
    pub(crate) async fn of(t: &mut Transaction, school: id::School, now: Timestamp) -> Result<Self, Fault> {
        let settings = in_force(t, school).await?;
        let version = calendar::calendar_at(t, school, now).await?;
        Ok(Self {
            calendar: version.map(|version| version.calendar),
            zone: calendar::zone(t, school).await?,
            immediate_minutes: settings.of(&incidents::IMMEDIATE_MINUTES),
            triage_days: settings.of(&incidents::TRIAGE_SCHOOL_DAYS),
        })
    }

    /// The day at the school.
    pub fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned(self.zone.clone()).date()
    }

    /// Until when somebody must have a concern of this severity that was reported then: 5 and 4 within minutes of watched time,
    /// 3 on the same school day, 2 and 1 within the target for a decision (practice 7, 27). Of what nobody has rated it is as of 3.
    ///
    /// Where the calendar does not say, clocks do not stand still: they run by the clock on the wall.
    pub fn answer_by(&self, severity: Option<Severity>, reported_at: Timestamp) -> Timestamp {
        if severity.is_some_and(|severity| severity.number() >= 4) {
            return self.watched_minutes_after(reported_at, i64::from(self.immediate_minutes));
        }
        self.decide_by(severity, reported_at)
    }

    /// An hour of watched time after a moment.
    pub(crate) fn an_hour_after(&self, moment: Timestamp) -> Timestamp {
        self.watched_minutes_after(moment, 60)
    }

    fn watched_minutes_after(&self, moment: Timestamp, minutes: i64) -> Timestamp {
        let minutes = SignedDuration::from_mins(minutes);
        let known = self.calendar.as_ref().and_then(|all| all.add_watched_time(moment, minutes).ok());
        known.unwrap_or_else(|| moment.saturating_add(minutes).unwrap_or(Timestamp::MAX))
    }

    /// Until when it must have a first decision: 3 and above on the same school day, the others within the school's target (C-01).
    pub fn decide_by(&self, severity: Option<Severity>, reported_at: Timestamp) -> Timestamp {
        let is_lesser = severity.is_some_and(|severity| severity.number() <= 2);
        self.school_days_after(reported_at, if is_lesser { self.triage_days } else { 0 })
    }

    /// So many school days after a moment; none is the end of the same school day.
    pub(crate) fn school_days_after(&self, moment: Timestamp, days: u32) -> Timestamp {
        let known = self.calendar.as_ref().and_then(|all| all.add_school_days(moment, days).ok());
        known.unwrap_or_else(|| self.end_of_day(moment, days))
    }

    fn end_of_day(&self, moment: Timestamp, days: u32) -> Timestamp {
        let day = self.day_of(moment).saturating_add((i64::from(days) + 1).days());
        day.to_zoned(self.zone.clone()).map_or(moment, |midnight| midnight.timestamp())
    }

    /// What comes next with a concern at this moment.
    pub fn next(&self, standing: &Standing, now: Timestamp) -> Next {
        let today = self.day_of(now);
        let nothing = Next { waiting: Waiting::Nothing, due: None, is_late: false };
        if !standing.is_open {
            return nothing;
        }
        let by = |waiting, by| Next { waiting, due: Some(Due::By(by)), is_late: by < now };
        let on = |waiting, day| Next { waiting, due: Some(Due::On(day)), is_late: day < today };
        let reported_at = standing.reported_at.unwrap_or(now);
        if standing.acknowledged.is_none() {
            return by(Waiting::Answer, self.answer_by(standing.severity, reported_at));
        }
        if standing.decision.is_none() {
            return by(Waiting::Decision, self.decide_by(standing.severity, reported_at));
        }
        let action = standing.actions.first().map(|action| action.due);
        let review = standing.parents.iter().filter_map(|parent| parent.review).min();
        match (action, review) {
            (Some(day), _) if day <= today => on(Waiting::Action, day),
            (_, Some(day)) if day <= today => on(Waiting::Parents, day),
            _ if standing.parents.iter().any(|parent| parent.course == Telling::Tell && !parent.is_told) => {
                Next { waiting: Waiting::Parents, ..nothing }
            }
            (action, review) => Next { due: action.into_iter().chain(review).min().map(Due::On), ..nothing },
        }
    }

    /// The order of the morning screen: level 5 and 4 without an answer or a decision; what is late; then by what it waits for. Within
    /// each the more severe first, then what is due first.
    pub(crate) fn urgency(&self, standing: &Standing, next: &Next) -> (u8, i64, Timestamp) {
        let severity = standing.severity.map_or(3, Severity::number);
        let is_undecided = matches!(next.waiting, Waiting::Answer | Waiting::Decision);
        let rank = match next.waiting {
            _ if severity >= 4 && is_undecided => 0,
            _ if next.is_late => 1,
            Waiting::Answer => 2,
            Waiting::Decision => 3,
            Waiting::Action => 4,
            Waiting::Parents => 5,
            Waiting::Nothing => 6,
        };
        let due = match next.due {
            Some(Due::By(moment)) => moment,
            Some(Due::On(day)) => self.end_of_midnight(day),
            None => standing.reported_at.unwrap_or(Timestamp::MAX),
        };
        (rank, -severity, due)
    }

    fn end_of_midnight(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Course, Done, Extent, Fact, standing},
        *,
    };
    use crate::file::{EntryKind, What};

    fn targets() -> Targets {
        let zone = TimeZone::get("Europe/London").unwrap();
        Targets { calendar: None, zone, immediate_minutes: 15, triage_days: 1 }
    }

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn reported(severity: i64) -> Fact {
        let done = Done::File(What::Entry(EntryKind::Seen, Severity::new(severity)));
        Fact { moment: moment("2026-11-23T09:00:00Z"), done }
    }

    #[test]
    fn the_more_severe_is_due_sooner_and_no_clock_stands_still_without_a_calendar() {
        let by = |severity| targets().answer_by(Severity::new(severity), moment("2026-11-23T09:00:00Z"));
        assert_eq!(by(5), moment("2026-11-23T09:15:00Z"));
        assert_eq!(by(4), by(5));
        assert_eq!(by(3), moment("2026-11-24T00:00:00Z"));
        assert_eq!(by(2), moment("2026-11-25T00:00:00Z"));
        assert_eq!(by(1), by(2));
        assert_eq!(targets().answer_by(None, moment("2026-11-23T09:00:00Z")), by(3));
    }

    #[test]
    fn each_step_waits_for_the_next_and_a_closed_one_for_nothing() {
        let lead = id::Person::parse("00000000-0000-7000-8000-000000000001").unwrap();
        let now = moment("2026-11-23T09:20:00Z");
        let next = |facts: &[Fact]| targets().next(&standing(moment("2026-11-23T09:00:00Z"), facts), now);
        let later = |done| Fact { moment: moment("2026-11-23T09:10:00Z"), done };
        let mut facts = vec![reported(5)];
        assert_eq!((next(&facts).waiting, next(&facts).is_late), (Waiting::Answer, true));
        facts.push(later(Done::Acknowledged(lead)));
        assert_eq!((next(&facts).waiting, next(&facts).is_late), (Waiting::Decision, false));
        facts.push(later(Done::Decided(lead, Extent::Case, Course::Refer)));
        assert_eq!(next(&facts).waiting, Waiting::Nothing);
        let row = id::Row::parse("00000000-0000-7000-9000-000000000001").unwrap();
        facts.push(later(Done::Action(row, lead, jiff::civil::date(2026, 11, 22))));
        assert_eq!((next(&facts).waiting, next(&facts).is_late), (Waiting::Action, true));
        facts.push(later(Done::File(What::Closed)));
        assert_eq!(next(&facts), Next { waiting: Waiting::Nothing, due: None, is_late: false });
    }
}
