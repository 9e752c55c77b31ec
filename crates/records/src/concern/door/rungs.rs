//! Who is told that a report waits, and when: the same climb as a concern's in a file (`concern::climb`), settled when it comes. The first
//! is told at once, or when somebody watches again (practice 27); those behind them later, each once (practice 12). A notice whose
//! moment has not come is neither shown nor mailed, and none is once somebody took the report, or placed or answered it. So it climbs also
//! over a time in which the program was down.

use super::statements::UNSEEN_NOTICE;
use crate::{
    Entered, Fault,
    access::{self, Facts, UNANSWERED_AT_DOOR},
    concern::climb::{self, Open, Rung},
    file::Severity,
    id,
};
use jiff::Timestamp;

/// The climb of one report.
pub(super) struct Climb {
    is_danger: bool,
    /// Who is told, when, and whether they may read it.
    steps: Vec<(id::Person, Timestamp, Kind)>,
    /// When its writer should ring, if nobody has taken it: nobody can tell them.
    pub(super) ends_at: Timestamp,
}

/// What somebody is told.
#[derive(Clone, Copy)]
enum Kind {
    /// Something waits for them.
    Waits,
    /// Something waits for them, and who was told before has not taken it.
    Climbed,
    /// Something waits for others.
    ForOthers,
}

/// Plans the climb of a report that comes now: of severity 3, which needs a decision today, or 5.
pub(super) async fn plan(entered: &mut Entered, facts: &Facts, is_danger: bool) -> Result<Climb, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let severity = if is_danger { Severity::DANGER } else { Severity::UNSAID };
    let open = Open { since: now, reported_at: now, severity, reporters: Vec::new() };
    let mut of_school = climb::School::read(entered.transaction(), school, now).await?;
    let (askable, readers) = of_school.askable(entered.transaction(), facts, &open).await?;
    let plan = climb::plan(&open, &askable, &of_school.times());
    let mut steps = Vec::new();
    let mut ends_at = now;
    for (place, step) in plan.iter().enumerate() {
        if step.rung == Rung::Reporter {
            ends_at = step.due;
        }
        for person in &step.people {
            let kind = match (readers.contains(person), place) {
                (false, _) => Kind::ForOthers,
                (true, 0) => Kind::Waits,
                (true, _) => Kind::Climbed,
            };
            steps.push((*person, step.due, kind));
        }
    }
    Ok(Climb { is_danger, steps, ends_at })
}

/// Leaves its notices; expects the entry written. Of what stands behind the rest nobody gets a second one while they have not looked at
/// the first.
pub(super) async fn tell(entered: &mut Entered, report: id::Report, climb: &Climb, is_many: bool) -> Result<(), Fault> {
    let school = entered.session().school;
    let about = report.to_string();
    for (person, moment, kind) in &climb.steps {
        let kind = match (kind, climb.is_danger) {
            (Kind::ForOthers, _) => UNANSWERED_AT_DOOR,
            (_, true) => "report-danger",
            (Kind::Waits, false) => "report-waits",
            (Kind::Climbed, false) => "report-climbed",
        };
        let values = [school.into(), (*person).into(), kind.into(), (*moment).into()];
        if is_many && entered.row(&UNSEEN_NOTICE, &values).await?.is_some() {
            continue;
        }
        access::tell_at(entered, *person, (kind, &about), *moment).await?;
    }
    Ok(())
}
