//! Who is told that a report waits, and when: the same climb as a concern's in a file (`concern::climb`), planned anew each time from how
//! things stand. The first is told in the act that brings it, or when somebody watches again (practice 27); those behind them by the clock,
//! each once (practice 12). So whoever is away, has come to a duty or has lost one since is reckoned with, and after a time in which the
//! program was down everybody whose time has come is told at once.
//!
//! Who was told is a notice: each names the report. None is shown to anybody while somebody who may read the report has it.

use super::{
    statements::{
        ANY_WAITS, CLIMBING, CLIMBING_ONE, KEPT_FROM_ALL, KEPT_FROM_ONE, LOOKED_AT, RAISED_BY, TAKEN_OR_ENDED, TOLD_OF,
        TOLD_OF_ONE,
    },
    wait::lapse,
};
use crate::{
    Entered, Fault,
    access::{self, Actor, Facts, Hearers, Resource, Standing, UNANSWERED_AT_DOOR},
    concern::climb::{self, Fact, Open, Rung, School, Step, What},
    file::{EntryKind, Severity},
    id,
    store::{Transaction, grouped},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// To who may read it: somebody is in danger now.
const DANGER: &str = "report-danger";
/// To who may read it, first.
const WAITS: &str = "report-waits";
/// To who may read it, and who was told before has not taken it.
const CLIMBED: &str = "report-climbed";
/// To who signed in and wrote it, at the end: nobody has it, ring yourself.
const UNANSWERED: &str = "report-unanswered";
/// Notices of danger that somebody has not looked at before another one is only added to the list. Each may be another child.
const MOST_DANGERS: i64 = 10;

/// A report that nobody has, with its climb.
struct OnClimb {
    report: id::Report,
    is_danger: bool,
    is_many: bool,
    open: Open,
    plan: Vec<Step>,
    /// Of those who are asked, who may read it.
    readers: Vec<id::Person>,
    told: Vec<Told>,
}

/// That somebody was told of a report.
#[derive(Clone, Copy)]
struct Told {
    person: id::Person,
    to: To,
    at: Timestamp,
}

/// As what somebody is told of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    /// They may read it.
    Readers,
    /// It is others' to read.
    Others,
    /// They wrote it.
    Writer,
}

impl To {
    fn of(kind: &str) -> Self {
        match kind {
            UNANSWERED_AT_DOOR => Self::Others,
            UNANSWERED => Self::Writer,
            _ => Self::Readers,
        }
    }
}

/// Until when each person has looked at what they were told of reports of each kind that still wait: for good, as long as one is unseen.
type LookedAt = BTreeMap<(id::Person, String), Timestamp>;

impl OnClimb {
    fn kind(&self, (place, rung): (usize, Rung), person: id::Person) -> &'static str {
        match (rung, self.readers.contains(&person), self.is_danger, place) {
            (Rung::Reporter, ..) => UNANSWERED,
            (_, false, ..) => UNANSWERED_AT_DOOR,
            (_, true, true, _) => DANGER,
            (_, true, false, 0) => WAITS,
            (_, true, false, _) => CLIMBED,
        }
    }

    /// Whom to tell now, and what. Whoever was told that it is others' to read, and may read it now, is told anew. Of what stands behind the
    /// rest nobody gets a second notice who has not looked at the first.
    fn due(&self, looked_at: &LookedAt, now: Timestamp) -> Vec<(id::Person, &'static str)> {
        let mut due = Vec::new();
        for (place, step) in self.plan.iter().enumerate().filter(|(_, step)| step.due <= now) {
            for person in &step.people {
                let kind = self.kind((place, step.rung), *person);
                let is_told = self
                    .told
                    .iter()
                    .any(|told| told.person == *person && told.to == To::of(kind) && told.at >= self.open.since);
                let has_more_to_look_at =
                    looked_at.get(&(*person, kind.to_owned())).is_some_and(|at| *at >= self.open.since);
                let stands_behind = self.is_many && has_more_to_look_at;
                if !is_told && !stands_behind {
                    due.push((*person, kind));
                }
            }
        }
        due
    }
}

/// Until when somebody should have it: then its writer should ring, whom nobody can tell.
pub(super) async fn ends_at(
    entered: &mut Entered,
    of_school: &mut School,
    facts: &Facts,
    (is_danger, raised_by): (bool, Option<id::Person>),
) -> Result<Timestamp, Fault> {
    let now = entered.now();
    let reporters = raised_by.into_iter().collect();
    let open = Open { since: now, reported_at: now, severity: severity(is_danger), reporters };
    let (askable, _) = of_school.askable(entered.transaction(), facts, &open).await?;
    let plan = climb::plan(&open, &askable, &of_school.times());
    Ok(plan.iter().find(|step| step.rung == Rung::Reporter).map_or(now, |step| step.due))
}

/// Of severity 3, which needs a decision today, or 5.
fn severity(is_danger: bool) -> Severity {
    if is_danger { Severity::DANGER } else { Severity::UNSAID }
}

/// The reports of which somebody is to be told now.
pub(crate) async fn due(t: &mut Transaction, school: id::School, now: Timestamp) -> Result<Vec<id::Report>, Fault> {
    if t.row(&ANY_WAITS, &[school.into()]).await?.is_none() {
        return Ok(Vec::new());
    }
    let mut of_school = School::read(t, school, now).await?;
    let climbing = climbing(t, &mut of_school, None).await?;
    let looked_at = looked_at(t, &of_school).await?;
    let is_due = |one: &&OnClimb| !one.due(&looked_at, now).is_empty();
    Ok(climbing.iter().filter(is_due).map(|one| one.report).collect())
}

/// Tells whoever is due of a report now, each once. Expects the entry of the act written.
pub(crate) async fn tell_due(entered: &mut Entered, of_school: &mut School, report: id::Report) -> Result<(), Fault> {
    let now = entered.now();
    let looked_at = looked_at(entered.transaction(), of_school).await?;
    for one in climbing(entered.transaction(), of_school, Some(report)).await? {
        for (person, kind) in one.due(&looked_at, now) {
            access::tell(entered, person, kind, &report.to_string()).await?;
        }
    }
    Ok(())
}

/// Every report that nobody has who may read it, or one, each with its climb. In as many statements for a thousand as for one, but for
/// those whose word counts no more.
async fn climbing(t: &mut Transaction, of_school: &mut School, one: Option<id::Report>) -> Result<Vec<OnClimb>, Fault> {
    let (school, now) = (of_school.id(), of_school.now());
    let (rows, kept, notices) = match one {
        None => (
            t.rows(&CLIMBING, &[school.into()]).await?,
            t.rows(&KEPT_FROM_ALL, &[school.into()]).await?,
            t.rows(&TOLD_OF, &[school.into(), now.into()]).await?,
        ),
        Some(report) => (
            t.rows(&CLIMBING_ONE, &[school.into(), report.into()]).await?,
            t.rows(&KEPT_FROM_ONE, &[school.into(), report.into()]).await?,
            t.rows(&TOLD_OF_ONE, &[school.into(), now.into(), report.into()]).await?,
        ),
    };
    let mut kept_from: BTreeMap<id::Report, Vec<id::Person>> = grouped(&kept, |row| row.get(1))?;
    let mut told: BTreeMap<id::Report, Vec<Told>> =
        grouped(&notices, |row| Ok(Told { person: row.get(1)?, to: To::of(&row.get::<String>(2)?), at: row.get(3)? }))?;
    let mut climbing = Vec::new();
    for row in rows {
        let (report, hearers): (id::Report, Hearers) = (row.get(0)?, row.get(1)?);
        let (is_danger, is_many, arrived_at): (bool, bool, Timestamp) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let kept_from = kept_from.remove(&report).unwrap_or_default();
        let facts = access::facts_of_report(school, hearers, kept_from, of_school.roll());
        let what = What::Entry(EntryKind::Seen, Some(severity(is_danger)), row.get(7)?);
        let mut said = vec![Fact { moment: arrived_at, what }];
        if let Some((by, at)) = row.get::<Option<id::Person>>(5)?.zip(row.get::<Option<Timestamp>>(6)?) {
            let lapsed_at =
                climb::lapsed_at(t, (by, at), (of_school.roll(), &(report.to_string(), &facts)), now).await?;
            said.push(Fact { moment: at, what: What::Taken { lapsed_at } });
        }
        let Some(open) = climb::open(&said, arrived_at) else { continue };
        let (askable, readers) = of_school.askable(t, &facts, &open).await?;
        let plan = climb::plan(&open, &askable, &of_school.times());
        let told = told.remove(&report).unwrap_or_default();
        climbing.push(OnClimb { report, is_danger, is_many, open, plan, readers, told });
    }
    Ok(climbing)
}

async fn looked_at(t: &mut Transaction, of_school: &School) -> Result<LookedAt, Fault> {
    let rows = t.rows(&LOOKED_AT, &[of_school.id().into(), of_school.now().into()]).await?;
    let mut looked_at = LookedAt::new();
    for row in rows {
        let (person, kind): (id::Person, String) = (row.get(0)?, row.get(1)?);
        let bearable = if kind == DANGER { MOST_DANGERS } else { 1 };
        let until = if row.get::<i64>(2)? >= bearable { Some(Timestamp::MAX) } else { row.get(3)? };
        looked_at.extend(until.map(|until| ((person, kind), until)));
    }
    Ok(looked_at)
}

/// Whether somebody of this standing is to be told what a notice about a report says: while it waits, nobody has it, and they may read it
/// now, or stand behind who may.
pub(crate) async fn is_news(
    t: &mut Transaction,
    standing: &Standing,
    (kind, report): (&str, id::Report),
) -> Result<bool, Fault> {
    let Actor::Person(asker) = standing.actor else { return Ok(false) };
    let facts = match access::facts(t, standing.school, &Resource::Report(report), standing.now).await {
        Ok(facts) => facts,
        Err(Fault::NotFound) => return Ok(false),
        Err(fault) => return Err(fault),
    };
    let may_hear = match To::of(kind) {
        To::Others => access::stands_behind(standing, asker, &facts),
        To::Readers => access::may_know(standing, &facts),
        // Whoever has come to be concerned by it since is told nothing of it.
        To::Writer => {
            let row = t.row(&RAISED_BY, &[report.into(), standing.school.into()]).await?;
            let raised_by = row.map(|row| row.get::<Option<id::Person>>(0)).transpose()?.flatten();
            raised_by == Some(asker) && climb::may_hear(asker, &facts)
        }
    };
    Ok(may_hear && is_nobodys(t, standing.school, report, (&standing.roll, &facts)).await?)
}

/// Whether somebody who may read a report that waits has it.
pub(crate) async fn is_anybodys(
    t: &mut Transaction,
    roll: &access::Roll,
    (school, report): (id::School, id::Report),
    now: Timestamp,
) -> Result<bool, Fault> {
    let facts = access::facts(t, school, &Resource::Report(report), now).await?;
    Ok(!is_nobodys(t, school, report, (roll, &facts)).await?)
}

/// Whether a report waits, and nobody has it who may read it.
pub(super) async fn is_nobodys(
    t: &mut Transaction,
    school: id::School,
    report: id::Report,
    (roll, facts): (&access::Roll, &Facts),
) -> Result<bool, Fault> {
    let Some(row) = t.row(&TAKEN_OR_ENDED, &[report.into(), school.into()]).await? else { return Ok(false) };
    let is_ended = row.get::<Option<String>>(1)?.is_some();
    Ok(!is_ended && row.get::<Option<id::Person>>(0)?.is_none_or(|by| lapse(roll, by, facts)))
}
