//! Until when a concern is to be answered and decided, and what it waits for: pure functions of how it stands, the school's
//! calendar and its settings.

use super::{Course, Decided, Extent, Standing, Telling};
use crate::{
    Fault,
    access::FileKind,
    calendar::{self, Calendar, next_working_day},
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
    /// A call to an agency: it was decided that it goes there, and nobody has rung yet.
    Call,
    /// A decision: the first, or the day has come on which it is looked at again.
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
    pub const ALL: &[Self] = &[Self::Answer, Self::Call, Self::Decision, Self::Action, Self::Parents, Self::Nothing];

    /// Its neutral code in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Call => "call",
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
    /// The first day, past by now, of something else that is due in it: what it waits for first hides nothing that is late.
    pub also_late: Option<Date>,
}

impl Next {
    /// Whether anything that is due in it is late.
    pub fn has_late(&self) -> bool {
        self.is_late || self.also_late.is_some()
    }
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

    /// What comes next with a concern of this kind that stands so. What is to be answered and a call that is to be made each have their
    /// time: the sooner comes first, so that a new report hides no referral and no referral a report.
    pub fn next(&self, standing: &Standing, kind: FileKind, now: Timestamp) -> Next {
        if !standing.is_open {
            return NOTHING;
        }
        let today = self.day_of(now);
        let also_late = days(standing, today).into_iter().flatten().filter(|day| *day < today).min();
        let by = |(waiting, by)| Next { waiting, due: Some(Due::By(by)), is_late: by < now, also_late };
        match (self.call_by(standing, kind), self.answer_or_decide_by(standing, now)) {
            (Some(call), Some((_, answer))) if call <= answer => by((Waiting::Call, call)),
            (_, Some(answer)) => by(answer),
            (Some(call), None) => by((Waiting::Call, call)),
            (None, None) => by_day(standing, today),
        }
    }

    fn answer_or_decide_by(&self, standing: &Standing, now: Timestamp) -> Option<(Waiting, Timestamp)> {
        let reported_at = standing.reported_at.unwrap_or(now);
        match (standing.acknowledged, standing.decision) {
            (None, _) => Some((Waiting::Answer, self.answer_by(standing.severity, reported_at))),
            (_, None) => Some((Waiting::Decision, self.decide_by(standing.severity, reported_at))),
            // Something was reported since: what was decided says nothing of that.
            _ => standing.outdated().map(|_| (Waiting::Decision, self.decide_by(standing.severity, reported_at))),
        }
    }

    /// Until when an agency is to be rung, where it was decided that it goes to one and nobody has rung since. A child’s goes at once, by
    /// the clock on the wall; of an adult the designated officer hears within one working day of the report, also where something other
    /// than a note was decided and no call is written down since the report. A call about what was reported before is none about this.
    fn call_by(&self, standing: &Standing, kind: FileKind) -> Option<Timestamp> {
        let at_once = |since: Timestamp| {
            since.saturating_add(SignedDuration::from_mins(i64::from(self.immediate_minutes))).unwrap_or(Timestamp::MAX)
        };
        // Whatever was decided: whether something is a crime is asked at once (PR-0).
        let about_crime = standing.crime_unheard.map(at_once);
        let as_decided = standing.decision.and_then(|decided| match kind {
            FileKind::Child => standing.to_ring.map(at_once),
            FileKind::StaffConcern => self.officer_by(standing, decided),
        });
        [about_crime, as_decided].into_iter().flatten().min()
    }

    fn officer_by(&self, standing: &Standing, decided: Decided) -> Option<Timestamp> {
        let is_unheard = decided.extent != Extent::Note && !standing.is_heard;
        let unheard = is_unheard.then(|| standing.unheard_since.unwrap_or(decided.at));
        let from = match standing.to_ring {
            Some(since) => standing.unheard_since.map_or(since, |unheard| unheard.min(since)),
            None => unheard?,
        };
        Some(match &self.calendar {
            Some(calendar) => calendar.next_working_day(from),
            None => next_working_day(from, &self.zone, &[]),
        })
    }

    /// The order of the morning screen: level 5 and 4 without an answer, a call or a decision; a call that is to be made; what is of
    /// today and that nobody has answered or decided; what is late; then by what it waits for. Within each the more severe first, then
    /// what is due first. What is only late never stands before what may be harm.
    pub(crate) fn urgency(&self, standing: &Standing, next: &Next) -> (u8, i64, Timestamp) {
        let severity = standing.severity.map_or(3, Severity::number);
        let is_undecided = matches!(next.waiting, Waiting::Answer | Waiting::Call | Waiting::Decision);
        let rank = match next.waiting {
            _ if severity >= 4 && is_undecided => 0,
            Waiting::Call => 1,
            _ if severity == 3 && is_undecided => 2,
            _ if next.has_late() => 3,
            Waiting::Answer => 4,
            Waiting::Decision => 5,
            Waiting::Action => 6,
            Waiting::Parents => 7,
            Waiting::Nothing => 8,
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

const NOTHING: Next = Next { waiting: Waiting::Nothing, due: None, is_late: false, also_late: None };

/// The days on which it is decided again, something is to be done, and a parent or carer is looked at again: of each the first.
fn days(standing: &Standing, today: Date) -> [Option<Date>; 3] {
    let again = standing.decision.and_then(|decided| match decided.course {
        Course::Watch => Some(decided.review.unwrap_or(today)),
        _ => decided.review,
    });
    let action = standing.actions.first().map(|action| action.due);
    let review = standing.parents.iter().filter_map(|parent| parent.review).min();
    [again, action, review]
}

/// What comes next of that which has a day. What is only watched and has none is due now.
fn by_day(standing: &Standing, today: Date) -> Next {
    let [again, action, review] = days(standing, today);
    let also_late = |than: Waiting| {
        let others = [(Waiting::Decision, again), (Waiting::Action, action), (Waiting::Parents, review)];
        let late = others.into_iter().filter(|(waiting, _)| *waiting != than).filter_map(|(_, day)| day);
        late.filter(|day| *day < today).min()
    };
    let on =
        |waiting, day| Next { waiting, due: Some(Due::On(day)), is_late: day < today, also_late: also_late(waiting) };
    match (again, action, review) {
        (Some(day), ..) if day <= today => on(Waiting::Decision, day),
        (_, Some(day), _) if day <= today => on(Waiting::Action, day),
        (.., Some(day)) if day <= today => on(Waiting::Parents, day),
        _ if standing.parents.iter().any(|parent| parent.course == Telling::Tell && !parent.is_told) => {
            Next { waiting: Waiting::Parents, ..NOTHING }
        }
        _ => Next { due: [again, action, review].into_iter().flatten().min().map(Due::On), ..NOTHING },
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Done, Fact, standing},
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
        let opened = moment("2026-11-23T09:00:00Z");
        let next = |facts: &[Fact]| targets().next(&standing(opened, facts), FileKind::Child, now);
        let later = |done| Fact { moment: moment("2026-11-23T09:10:00Z"), done };
        let mut facts = vec![reported(5)];
        assert_eq!((next(&facts).waiting, next(&facts).is_late), (Waiting::Answer, true));
        facts.push(later(Done::Acknowledged(lead)));
        assert_eq!((next(&facts).waiting, next(&facts).is_late), (Waiting::Decision, false));
        facts.push(later(Done::Decided(lead, Extent::Case, Course::Refer, None)));
        facts.push(later(Done::Called));
        assert_eq!(next(&facts).waiting, Waiting::Nothing);
        let row = id::Row::parse("00000000-0000-7000-9000-000000000001").unwrap();
        facts.push(later(Done::Action(row, lead, jiff::civil::date(2026, 11, 22))));
        assert_eq!((next(&facts).waiting, next(&facts).is_late), (Waiting::Action, true));
        facts.push(later(Done::File(What::Closed)));
        assert_eq!(next(&facts), NOTHING);
    }

    /// A concern of this severity that was decided so at 9:10, asked at this moment, with these facts after it.
    fn decided(kind: FileKind, severity: i64, done: Done, more: &[(&str, Done)], now: &str) -> Next {
        let mut facts = vec![reported(severity), Fact { moment: moment("2026-11-23T09:10:00Z"), done }];
        facts.extend(more.iter().map(|(at, done)| Fact { moment: moment(at), done: *done }));
        targets().next(&standing(moment("2026-11-23T09:00:00Z"), &facts), kind, moment(now))
    }

    fn lead() -> id::Person {
        id::Person::parse("00000000-0000-7000-8000-000000000001").unwrap()
    }

    #[test]
    fn a_referral_that_nobody_rang_waits_for_the_call() {
        let refer = Done::Decided(lead(), Extent::Case, Course::Refer, None);
        let of = |more: &[(&str, Done)], now| decided(FileKind::Child, 2, refer, more, now);
        let due = Some(Due::By(moment("2026-11-23T09:25:00Z")));
        assert_eq!(of(&[], "2026-11-23T09:11:00Z"), Next { waiting: Waiting::Call, due, ..NOTHING });
        assert_eq!(of(&[], "2026-11-23T09:26:00Z"), Next { waiting: Waiting::Call, due, is_late: true, ..NOTHING });
        let rung = [("2026-11-23T09:20:00Z", Done::Called)];
        assert_eq!(of(&rung, "2026-11-23T09:26:00Z").waiting, Waiting::Nothing);
        // A new report that has days hides no call, and one that has minutes comes first.
        let again = |severity| Done::File(What::Entry(EntryKind::Seen, Severity::new(severity)));
        let [mild, grave] =
            [2, 5].map(|severity| of(&[("2026-11-23T09:09:00Z", again(severity))], "2026-11-23T09:11:00Z"));
        assert_eq!((mild.waiting, grave.waiting), (Waiting::Call, Waiting::Call));
        assert_eq!(of(&[("2026-11-23T09:11:00Z", again(2))], "2026-11-23T09:12:00Z").waiting, Waiting::Call);
        let early = Done::Decided(lead(), Extent::Case, Course::Refer, None);
        let facts = [reported(5), Fact { moment: moment("2026-11-23T09:00:00Z"), done: early }];
        let standing = standing(moment("2026-11-23T08:00:00Z"), &facts);
        let rank = |next: &Next| targets().urgency(&standing, next).0;
        let [call, watched] = [Waiting::Call, Waiting::Nothing].map(|waiting| Next { waiting, ..NOTHING });
        assert!(rank(&call) == 0 && rank(&watched) > 0);
    }

    #[test]
    fn the_designated_officer_hears_within_a_working_day() {
        let of = |extent, course, more: &[(&str, Done)]| {
            let done = Done::Decided(lead(), extent, course, None);
            decided(FileKind::StaffConcern, 3, done, more, "2026-11-23T10:00:00Z")
        };
        let due = Some(Due::By(moment("2026-11-24T09:00:00Z")));
        let waits = Next { waiting: Waiting::Call, due, ..NOTHING };
        assert_eq!(of(Extent::Note, Course::Refer, &[]), waits);
        assert_eq!(of(Extent::Case, Course::Act, &[]), waits, "whatever was decided, if it is more than a note");
        assert_eq!(of(Extent::Note, Course::Act, &[]).waiting, Waiting::Nothing);
        let rung = [("2026-11-23T09:30:00Z", Done::Called)];
        assert_eq!(of(Extent::Case, Course::Act, &rung).waiting, Waiting::Nothing);
        // What is reported later has a working day of its own, and the first call does not answer it.
        let again = Done::File(What::Entry(EntryKind::Seen, Severity::new(1)));
        let had = |at| (at, Done::Acknowledged(lead()));
        let later =
            of(Extent::Case, Course::Act, &[rung[0], ("2026-11-23T09:40:00Z", again), had("2026-11-23T09:45:00Z")]);
        assert_eq!((later.waiting, later.due), (Waiting::Decision, Some(Due::By(moment("2026-11-24T00:00:00Z")))));
        let decided_again = ("2026-11-23T09:50:00Z", Done::Decided(lead(), Extent::Case, Course::Act, None));
        let later = of(Extent::Case, Course::Act, &[rung[0], ("2026-11-23T09:40:00Z", again), decided_again]);
        assert_eq!((later.waiting, later.due), (Waiting::Call, Some(Due::By(moment("2026-11-24T09:40:00Z")))));
        let friday =
            next_working_day(moment("2026-12-24T09:00:00Z"), &TimeZone::UTC, &[(jiff::civil::date(2026, 12, 25), "")]);
        assert_eq!(friday, moment("2026-12-28T09:00:00Z"), "no weekend and no bank holiday");
    }

    #[test]
    fn a_report_after_the_decision_waits_for_a_decision_again_by_its_severity() {
        let act = Done::Decided(lead(), Extent::Incident, Course::Act, None);
        let again =
            |severity| ("2026-11-23T09:30:00Z", Done::File(What::Entry(EntryKind::Words, Severity::new(severity))));
        let had = ("2026-11-23T09:35:00Z", Done::Acknowledged(lead()));
        let of = |more: &[(&str, Done)]| decided(FileKind::Child, 1, act, more, "2026-11-23T10:00:00Z");
        assert_eq!(of(&[]).waiting, Waiting::Nothing);
        assert_eq!(of(&[again(1)]).waiting, Waiting::Answer);
        let by = |at| Some(Due::By(moment(at)));
        let next = of(&[again(1), had]);
        assert_eq!((next.waiting, next.due), (Waiting::Decision, by("2026-11-25T00:00:00Z")));
        let next = of(&[again(4), had]);
        assert_eq!((next.waiting, next.due), (Waiting::Decision, by("2026-11-24T00:00:00Z")));
        let anew = ("2026-11-23T09:40:00Z", act);
        assert_eq!(of(&[again(4), had, anew]).waiting, Waiting::Nothing);
    }

    #[test]
    fn what_is_late_is_hidden_by_nothing_and_stands_before_no_harm() {
        let act = Done::Decided(lead(), Extent::Incident, Course::Act, None);
        let row = id::Row::parse("00000000-0000-7000-9000-000000000001").unwrap();
        let day = jiff::civil::date(2026, 11, 24);
        let action = ("2026-11-23T09:20:00Z", Done::Action(row, lead(), day));
        let again = ("2026-11-26T09:00:00Z", Done::File(What::Entry(EntryKind::Seen, Severity::new(1))));
        let next = decided(FileKind::Child, 1, act, &[action, again], "2026-11-26T09:10:00Z");
        assert_eq!((next.waiting, next.is_late, next.also_late), (Waiting::Answer, false, Some(day)));
        assert!(next.has_late());
        let of = |severity: i64| standing(moment("2026-11-23T09:00:00Z"), &[reported(severity)]);
        let rank = |severity, next: &Next| targets().urgency(&of(severity), next);
        let late_note = Next { waiting: Waiting::Action, is_late: true, ..NOTHING };
        let new_today = Next { waiting: Waiting::Answer, ..NOTHING };
        let call = Next { waiting: Waiting::Call, ..NOTHING };
        assert!(rank(3, &call) < rank(3, &new_today) && rank(3, &new_today) < rank(1, &late_note));
        assert!(rank(1, &late_note) < rank(1, &new_today) && rank(4, &new_today) < rank(3, &call));
    }

    #[test]
    fn what_is_only_watched_comes_back_on_its_day() {
        let day = |day| jiff::civil::date(2026, 11, day);
        let of = |course, review, now| {
            decided(FileKind::Child, 2, Done::Decided(lead(), Extent::Note, course, review), &[], now)
        };
        let monday = "2026-11-23T10:00:00Z";
        let next = of(Course::Watch, Some(day(30)), monday);
        assert_eq!(next, Next { due: Some(Due::On(day(30))), ..NOTHING });
        let next = of(Course::Watch, Some(day(30)), "2026-11-30T08:00:00Z");
        assert_eq!(next, Next { waiting: Waiting::Decision, due: Some(Due::On(day(30))), ..NOTHING });
        assert!(of(Course::Watch, Some(day(30)), "2026-12-01T08:00:00Z").is_late);
        let old = of(Course::Watch, None, monday);
        assert_eq!(old, Next { waiting: Waiting::Decision, due: Some(Due::On(day(23))), ..NOTHING });
        assert_eq!(of(Course::Act, Some(day(23)), monday).waiting, Waiting::Decision);
        assert_eq!(of(Course::Act, None, monday).waiting, Waiting::Nothing);
    }
}
