//! The climb of one concern, as a pure function of facts (practice 7, 10, 12, 27): who is asked when, and until when somebody must
//! have answered before the next is asked.
//!
//! Times run from the report, whether this program ran or not: after it was down everybody whose time has come is told at once, in
//! their turn, nobody is passed over, and whoever reported is told when they would have been.

use super::Rung;
use crate::{
    calendar::{Answer, Calendar},
    file::{EntryKind, Severity},
    id,
};
use jiff::{SignedDuration, Timestamp};

/// How long until somebody must have answered a concern that needs a decision today, where no calendar says when the day ends.
const REST_OF_A_DAY: SignedDuration = SignedDuration::from_hours(6);

/// Something that starts, hastens or ends a climb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// When.
    pub moment: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Something was written into the file, by whom, with the severity it gives.
    Entry(EntryKind, Option<Severity>, Option<id::Person>),
    /// “I have it.” Since when it counts no more, where whoever said it may not read the concern any longer.
    Taken {
        /// Since when.
        lapsed_at: Option<Timestamp>,
    },
    /// Somebody entitled decided. That stays, whoever it was and whatever becomes of them.
    Answered,
    /// Somebody entitled closed it.
    Closed,
    /// Somebody entitled opened it again.
    Reopened,
}

/// A concern that nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// From when the present climb runs: the first report that nobody answered, or the one that made it more urgent.
    pub since: Timestamp,
    /// When something was last reported.
    pub reported_at: Timestamp,
    /// How severe it is. A report of which nobody said it counts as 3, which needs a decision today.
    pub severity: Severity,
    /// Who reported what is unanswered; nobody, where that is not known.
    pub reporters: Vec<id::Person>,
}

/// How soon a concern of a severity must be answered (practice 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pace {
    /// 1 and 2.
    Days,
    /// 3.
    Today,
    /// 4 and 5.
    Minutes,
}

fn pace(severity: Severity) -> Pace {
    match severity.number() {
        4.. => Pace::Minutes,
        3 => Pace::Today,
        _ => Pace::Days,
    }
}

/// What is unanswered after these facts, in whatever order they come.
///
/// A file that was opened later than its entries were written was moved from a wrong child, or divided: those who may read it now have
/// never seen it, so it is asked about from then on, and nothing that was said or decided before answers it. One that was closed before
/// stays closed.
///
/// An “I have it” counts only while whoever said it may read the concern. Once they may not it is unanswered again, and climbs anew from
/// that moment; what was reported meanwhile and nobody took goes on from its own.
pub fn open(facts: &[Fact], opened_at: Timestamp) -> Option<Open> {
    let rank = |what: What| match what {
        What::Entry(EntryKind::Severity, ..) => 0,
        What::Entry(..) => 1,
        // An answer of the same moment is one to the report.
        What::Taken { .. } | What::Answered | What::Closed => 2,
        What::Reopened => 3,
    };
    let mut facts = facts.to_vec();
    facts.sort_by_key(|fact| (fact.moment, rank(fact.what)));
    let stands = |fact: &&Fact| !matches!(fact.what, What::Taken { lapsed_at: Some(_) });
    let (open, first_at) = replay(facts.iter().filter(stands), opened_at)?;
    if let Some((while_taken, _)) = replay(facts.iter(), opened_at) {
        return Some(Open { since: while_taken.since, ..open });
    }
    let lapses = facts.iter().filter(|fact| fact.moment >= first_at).filter_map(|fact| match fact.what {
        What::Taken { lapsed_at } => lapsed_at,
        _ => None,
    });
    Some(Open { since: lapses.fold(open.since, Timestamp::max), ..open })
}

/// What is unanswered after facts in their order, and when the first of it was reported.
fn replay<'a>(facts: impl Iterator<Item = &'a Fact>, opened_at: Timestamp) -> Option<(Open, Timestamp)> {
    let (mut open, mut severity): (Option<(Open, Timestamp)>, Option<Severity>) = (None, None);
    // What a closing from before a move put away: an opening again from before it brings it back.
    let mut shelved = None;
    for Fact { moment, what } in facts.copied() {
        let is_before = moment < opened_at;
        match what {
            What::Taken { .. } | What::Answered if is_before => {}
            What::Closed if is_before => shelved = open.take().or(shelved),
            What::Reopened if is_before => open = open.or(shelved.take()),
            What::Taken { .. } | What::Answered | What::Closed => open = None,
            What::Entry(EntryKind::Severity, given, _) => {
                severity = given.or(severity);
                if let (Some((open, _)), Some(severity)) = (&mut open, severity) {
                    open.become_of(severity, moment.max(opened_at));
                }
            }
            What::Entry(kind, given, author) if kind.is_report() => {
                severity = severity.max(given);
                let (moment, severity) = (moment.max(opened_at), severity.unwrap_or(Severity::UNSAID));
                let begun = || Open { since: moment, reported_at: moment, severity, reporters: Vec::new() };
                let (open, _) = open.get_or_insert_with(|| (begun(), moment));
                open.reported_at = moment;
                open.become_of(severity, moment);
                if let Some(author) = author.filter(|author| !open.reporters.contains(author)) {
                    open.reporters.push(author);
                }
            }
            What::Entry(..) | What::Reopened => {}
        }
    }
    open
}

impl Open {
    /// It is of this severity from now on. What becomes more urgent begins anew: everybody is asked again, faster.
    fn become_of(&mut self, severity: Severity, moment: Timestamp) {
        if pace(severity) > pace(self.severity) {
            self.since = moment;
        }
        self.severity = severity;
    }

    /// Whether it is of severity 4 or 5, which is answered in minutes.
    pub fn is_immediate(&self) -> bool {
        pace(self.severity) == Pace::Minutes
    }
}

/// The school's times.
#[derive(Debug, Clone, Copy)]
pub struct Times<'a> {
    /// Its calendar. Where it has none, or it says nothing about a day, everybody counts as watching: a clock that cannot be
    /// reckoned makes no concern wait.
    pub calendar: Option<&'a Calendar>,
    /// What “immediately” means.
    pub immediate: SignedDuration,
    /// Within how many school days a concern that does not press has a decision.
    pub triage_days: u32,
}

impl Times<'_> {
    /// Whether it is known that nobody watches.
    pub fn is_unwatched(&self, moment: Timestamp) -> bool {
        self.calendar.is_some_and(|calendar| calendar.is_watched(moment) == Answer::No)
    }

    /// This moment, or the first one after it at which somebody watches.
    pub fn opening(&self, moment: Timestamp) -> Timestamp {
        let next = self.calendar.map(|calendar| calendar.add_watched_time(moment, SignedDuration::ZERO));
        next.and_then(Result::ok).unwrap_or(moment)
    }

    /// Until when somebody who was told then must have answered.
    fn answer_by(&self, told: Timestamp, pace: Pace, is_first: bool) -> Timestamp {
        let later = |by| told.saturating_add(by).unwrap_or(told);
        let days = |count: u32, instead| {
            let then = self.calendar.map(|calendar| calendar.add_school_days(told, count));
            then.and_then(Result::ok).unwrap_or_else(|| later(instead))
        };
        match pace {
            Pace::Days if self.triage_days > 0 => {
                days(self.triage_days, SignedDuration::from_hours(24 * i64::from(self.triage_days)))
            }
            // The day is over when the first of them has not answered; nobody after that has another one.
            Pace::Today | Pace::Days if is_first => days(0, REST_OF_A_DAY),
            Pace::Minutes | Pace::Today | Pace::Days => later(self.immediate),
        }
    }
}

/// One step of a climb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which rung.
    pub rung: Rung,
    /// Whom it asks. Nobody, where it is not known who reported.
    pub people: Vec<id::Person>,
    /// From when they are to be told.
    pub due: Timestamp,
    /// Until when one of them must have answered; nothing for whoever reported.
    pub answer_by: Option<Timestamp>,
}

/// Who can be asked, as things stand now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Askable {
    /// In turn, those who are here, without subjects and others who are barred.
    pub ladder: Vec<(Rung, Vec<id::Person>)>,
    /// Who agreed in writing to be told outside watched hours, is here and may know it.
    pub rota: Vec<id::Person>,
    /// Whom of those who reported it may be told that nobody answers.
    pub reporters: Vec<id::Person>,
}

/// The whole climb, in the order in which people are told. Nobody stands in it twice; its last rung, whoever reported, is always
/// there.
pub fn plan(open: &Open, askable: &Askable, times: &Times<'_>) -> Vec<Step> {
    let rota = if open.severity == Severity::DANGER { askable.rota.clone() } else { Vec::new() };
    let mut climb =
        Climb { open, times, pace: pace(open.severity), rota, asked: Vec::new(), steps: Vec::new(), next: open.since };
    for (rung, people) in &askable.ladder {
        climb.wake();
        climb.ask(*rung, people);
    }
    climb.wake();
    climb.end(&askable.reporters)
}

/// A climb that is being planned.
struct Climb<'a> {
    open: &'a Open,
    times: &'a Times<'a>,
    pace: Pace,
    /// Who is still to be told outside watched hours.
    rota: Vec<id::Person>,
    asked: Vec<id::Person>,
    steps: Vec<Step>,
    /// When the next is due.
    next: Timestamp,
}

impl Climb<'_> {
    /// Where nobody watches, those of the rota are told at once, and everybody else at opening.
    fn wake(&mut self) {
        if !self.rota.is_empty() && self.times.is_unwatched(self.next) {
            let rota = std::mem::take(&mut self.rota);
            self.step(Rung::Rota, &rota, self.next);
        }
    }

    fn ask(&mut self, rung: Rung, people: &[id::Person]) {
        self.step(rung, people, self.times.opening(self.next));
    }

    /// One step, for those who were not asked yet and did not write all of it themselves. Where nobody is left it takes no time.
    fn step(&mut self, rung: Rung, people: &[id::Person], due: Timestamp) {
        let mut left: Vec<id::Person> = Vec::new();
        for person in people {
            if !self.asked.contains(person) && !left.contains(person) && self.open.reporters != [*person] {
                left.push(*person);
            }
        }
        if left.is_empty() {
            return;
        }
        self.asked.extend(&left);
        let by = self.times.answer_by(due, self.pace, self.steps.is_empty());
        self.steps.push(Step { rung, people: left, due, answer_by: Some(by) });
        self.next = by;
    }

    fn end(self, reporters: &[id::Person]) -> Vec<Step> {
        let Self { open, times, pace, asked, mut steps, next, .. } = self;
        let due = match pace {
            // Whoever waits for help learns in minutes that none comes, also while nobody watches: they can still ring.
            Pace::Minutes => {
                let count = i32::try_from(steps.len().max(1)).unwrap_or(i32::MAX);
                open.since.saturating_add(times.immediate.saturating_mul(count)).unwrap_or(next)
            }
            Pace::Today | Pace::Days => times.opening(next),
        };
        let people = reporters.iter().copied().filter(|reporter| !asked.contains(reporter)).collect();
        steps.push(Step { rung: Rung::Reporter, people, due, answer_by: None });
        steps.sort_by_key(|step| step.due);
        steps
    }
}

/// That somebody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// At which rung.
    pub rung: Rung,
    /// Who; nobody, where a rung came to nobody.
    pub person: Option<id::Person>,
    /// When.
    pub told_at: Timestamp,
}

/// Whom to tell now: what of the plan has come and was not told since the climb began.
pub fn due(open: &Open, plan: &[Step], told: &[Told], now: Timestamp) -> Vec<(Rung, Option<id::Person>)> {
    let told: Vec<&Told> = told.iter().filter(|told| told.told_at >= open.since).collect();
    let mut due = Vec::new();
    for step in plan.iter().filter(|step| step.due <= now) {
        if step.people.is_empty() {
            if !told.iter().any(|told| told.rung == step.rung) {
                due.push((step.rung, None));
            }
            continue;
        }
        let is_told = |person: &id::Person| told.iter().any(|told| told.person == Some(*person));
        due.extend(step.people.iter().filter(|person| !is_told(person)).map(|person| (step.rung, Some(*person))));
    }
    due
}

/// The next step, if one is still to come.
pub fn next(plan: &[Step], now: Timestamp) -> Option<&Step> {
    plan.iter().find(|step| step.due > now)
}

/// Until when somebody must answer before it goes on: of the steps that have come, the last one's time.
pub fn answer_by(plan: &[Step], now: Timestamp) -> Option<Timestamp> {
    plan.iter().filter(|step| step.due <= now).filter_map(|step| step.answer_by).max()
}
