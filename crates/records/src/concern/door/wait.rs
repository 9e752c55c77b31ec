//! What waits: the list, a report opened, “I have it”, the stages of a complaint, and an answer. Each only for who is entitled to it;
//! whom it is about, and whom it goes round, have no list in which it stands, no count and no notice (practice 11).

use super::{
    Course, Door, Outcome, StageOf, Told,
    statements::{
        ALL_STAGES, DONE, DROP_TAKEN, KEPT_FROM_ALL, NEW_ENDED, NEW_READ, NEW_STAGE, NEW_TAKEN, ONE, REASON, STAGES,
        WAITING, WORDS,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Facts, Hearers, Resource, Roll, statements::KEPT_FROM},
    audit::Detail,
    file::{Spot, Words, asking_person, open_words, seal_words, unlocked},
    id, seal,
    store::{Row, grouped},
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// Which to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichReports {
    /// Those that wait, the most urgent first.
    Waiting,
    /// Those that were placed or answered, the newest first.
    Done,
}

/// A report on a list. Nothing of it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Its id.
    pub report: id::Report,
    /// Through which door it came.
    pub door: Door,
    /// Who reads it.
    pub hearers: Hearers,
    /// Its random reference.
    pub reference: String,
    /// Whether somebody is in danger now, as its writer said.
    pub is_danger: bool,
    /// Whether many came from one place, or at once.
    pub is_many: bool,
    /// When it came.
    pub arrived_at: Timestamp,
    /// When somebody first read it.
    pub read_at: Option<Timestamp>,
    /// Who has it, by name, and since when.
    pub taken: Option<Seen>,
    /// Of a complaint: where it stands.
    pub stage: Option<Stage>,
    /// What became of it.
    pub ended: Option<Ended>,
    compartment: id::Compartment,
    taken_by: Option<id::Person>,
}

impl Waits {
    /// Whether it is this person who has it.
    pub fn is_taken_by(&self, person: id::Person) -> bool {
        self.taken_by == Some(person)
    }
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Their name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Where a complaint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// By which procedure it goes.
    pub course: Course,
    /// At which stage it is.
    pub stage: StageOf,
    /// By which day it is answered.
    pub respond_by: Date,
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What.
    pub outcome: Outcome,
    /// By whom, and when.
    pub by: Seen,
}

/// A report, opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// As on the list.
    pub report: Waits,
    /// What it says; nothing once it stands in a file.
    pub told: Option<Told>,
    /// Every stage, the oldest first, with who set it.
    pub stages: Vec<(Stage, Seen)>,
    /// Why it was answered as it was.
    pub reason: Option<Words>,
}

impl Records {
    /// The reports that the asker may know of. Which and how many is in no entry of the log: others who read it would learn that
    /// something came which is not for them.
    pub async fn waiting_reports(&self, session: &Session, which: WhichReports) -> Result<Vec<Waits>, Fault> {
        let mut entered = self.act(session, Act::ReportsListed, Resource::School, Detail::none()).await?;
        let listed = list(&mut entered, which).await;
        entered.finish(listed).await
    }

    /// One of those that wait, as on the list and with the same entry in the log, for the pages on which something is done about it.
    ///
    /// # Errors
    /// [`Fault::NotFound`] where the asker may not know of it, or it waits no more.
    pub async fn waiting_report(&self, session: &Session, report: id::Report) -> Result<Waits, Fault> {
        let mut entered = self.act(session, Act::ReportsListed, Resource::School, Detail::none()).await?;
        let found = one_of_the_list(&mut entered, report).await;
        entered.finish(found).await
    }

    /// Opens a report. The entry is on disk before a word is handed out, and that it was read stands in its receipt.
    pub async fn read_report(&self, session: &Session, report: id::Report) -> Result<Opened, Fault> {
        let mut entered = self.act(session, Act::ReportRead, Resource::Report(report), Detail::none()).await?;
        let opened = open(&mut entered, report).await;
        entered.finish(opened).await
    }

    /// “I have it”: nobody else is told any more that it waits, and its receipt says that somebody sees to it; as long as whoever says so may
    /// read it. After that somebody else can.
    pub async fn take_report(&self, session: &Session, report: id::Report) -> Result<(), Fault> {
        let mut entered = self.act(session, Act::ReportTaken, Resource::Report(report), Detail::none()).await?;
        let taken = async {
            let waits = still_waits(&mut entered, report).await?;
            let (school, asker, now) = (entered.session().school, asking_person(&entered)?, entered.now());
            if waits.taken.is_none() {
                // The word of whoever may not read it any more, if there was one: the log keeps that they said it.
                entered.change(&DROP_TAKEN, &[report.into()]).await.map(drop)?;
            }
            match entered.change(&NEW_TAKEN, &[report.into(), school.into(), asker.into(), now.into()]).await? {
                1 => Ok(()),
                _ => Err(Fault::Changed("Somebody else has it already.".to_owned())),
            }
        }
        .await;
        entered.finish(taken).await
    }

    /// Says by which procedure a complaint goes, at which stage it is, and by which day it is answered (C-15).
    pub async fn stage_complaint(&self, session: &Session, report: id::Report, stage: Stage) -> Result<(), Fault> {
        let detail = Detail::none()
            .with("course", stage.course.word())
            .with("stage", stage.stage.word())
            .with("by", stage.respond_by.to_string());
        let mut entered = self.act(session, Act::ComplaintStaged, Resource::Report(report), detail).await?;
        let staged = async {
            let row = still_waits(&mut entered, report).await?;
            if row.door != Door::Complaint {
                return Err(Fault::wrong("Only a complaint has stages."));
            }
            let (school, asker, now) = (entered.session().school, asking_person(&entered)?, entered.now());
            let values = [
                id::Row::new(now)?.into(),
                school.into(),
                report.into(),
                stage.course.into(),
                stage.stage.into(),
                stage.respond_by.into(),
                asker.into(),
                now.into(),
            ];
            entered.change_one(&NEW_STAGE, &values).await
        }
        .await;
        entered.finish(staged).await
    }

    /// Answers a report otherwise than by placing it, with a reason that is sealed beside it. It stays, with its words.
    pub async fn answer_report(
        &self,
        session: &Session,
        report: id::Report,
        outcome: Outcome,
        reason: &Words,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("outcome", outcome.word());
        let mut entered = self.act(session, Act::ReportAnswered, Resource::Report(report), detail).await?;
        let answered = async {
            if outcome == Outcome::Placed {
                return Err(Fault::wrong("A report is placed by saying whom it is about."));
            }
            let row = still_waits(&mut entered, report).await?;
            if row.door == Door::Complaint && outcome == Outcome::Answered && row.stage.is_none() {
                return Err(Fault::wrong(
                    "Say first by which procedure and at which stage it was answered, and by which day it was due.",
                ));
            }
            let id = report.to_string();
            let spot = Spot { compartment: row.compartment, table: "report_ended", column: "reason", row: &id };
            let sealed = seal_words(&mut entered, spot, reason).await?;
            end(&mut entered, report, outcome, Some(sealed)).await
        }
        .await;
        entered.finish(answered).await
    }
}

/// Writes what became of a report; once.
pub(super) async fn end(
    entered: &mut Entered,
    report: id::Report,
    outcome: Outcome,
    reason: Option<Vec<u8>>,
) -> Result<(), Fault> {
    let (school, asker, now) = (entered.session().school, asking_person(entered)?, entered.now());
    let values = [report.into(), school.into(), outcome.into(), reason.into(), asker.into(), now.into()];
    match entered.change(&NEW_ENDED, &values).await? {
        1 => Ok(()),
        _ => Err(was_seen_to()),
    }
}

fn was_seen_to() -> Fault {
    Fault::Changed("Somebody else has placed or answered it meanwhile. Look at it again.".to_owned())
}

/// A report that waits still.
pub(super) async fn still_waits(entered: &mut Entered, report: id::Report) -> Result<Waits, Fault> {
    let waits = one(entered, report).await?;
    if waits.ended.is_some() { Err(was_seen_to()) } else { Ok(waits) }
}

/// What a report says, opened with what the asker unlocked.
pub(super) async fn told(entered: &mut Entered, waits: &Waits) -> Result<Option<Told>, Fault> {
    let school = entered.session().school;
    let report = waits.report.to_string();
    seal::check_of(entered.transaction(), school, waits.compartment, &format!("report {report}")).await?;
    let Some(row) = entered.row(&WORDS, &[waits.report.into(), school.into()]).await? else { return Ok(None) };
    let spot = Spot { compartment: waits.compartment, table: "report_words", column: "words", row: &report };
    let unlocked = unlocked(entered)?;
    let words = open_words(entered, &unlocked, spot, &row.get::<Vec<u8>>(0)?).await?;
    Told::read(&words).map(Some)
}

impl Waits {
    /// The case key that it is sealed to.
    pub(super) fn compartment(&self) -> id::Compartment {
        self.compartment
    }

    /// Nobody has what waits any more of whom it was taken away, or who has left.
    fn judge(&mut self, roll: &Roll, facts: &Facts) {
        if self.ended.is_none() && self.taken_by.is_some_and(|by| lapse(roll, by, facts)) {
            (self.taken, self.taken_by) = (None, None);
        }
    }
}

/// Whether somebody's “I have it” counts no more, because they may not read the report now.
pub(super) fn lapse(roll: &Roll, by: id::Person, facts: &Facts) -> bool {
    !access::still_answers(roll, by, facts)
}

async fn open(entered: &mut Entered, report: id::Report) -> Result<Opened, Fault> {
    let (school, asker, now) = (entered.session().school, asking_person(entered)?, entered.now());
    let waits = one(entered, report).await?;
    // What stands in a file is read there, by who may read that.
    let is_placed = waits.ended.as_ref().is_some_and(|ended| ended.outcome == Outcome::Placed);
    let told = if is_placed { None } else { told(entered, &waits).await? };
    entered.change(&NEW_READ, &[report.into(), asker.into(), school.into(), now.into()]).await.map(drop)?;
    let mut stages = Vec::new();
    for row in entered.rows(&STAGES, &[report.into(), school.into()]).await? {
        stages.push((stage_of(&row, 0)?, Seen { name: row.get(3)?, at: row.get(4)? }));
    }
    let mut reason = None;
    if let Some(row) = entered.row(&REASON, &[report.into(), school.into()]).await?
        && let Some(sealed) = row.get::<Option<Vec<u8>>>(0)?
    {
        let id = report.to_string();
        let spot = Spot { compartment: waits.compartment, table: "report_ended", column: "reason", row: &id };
        let unlocked = unlocked(entered)?;
        reason = Some(open_words(entered, &unlocked, spot, &sealed).await?);
    }
    Ok(Opened { report: waits, told, stages, reason })
}

async fn one(entered: &mut Entered, report: id::Report) -> Result<Waits, Fault> {
    let school = entered.session().school;
    let row = entered.row(&ONE, &[school.into(), report.into()]).await?.ok_or(Fault::NotFound)?;
    let mut waits = of(&row)?;
    waits.judge(&entered.standing().roll, entered.facts());
    if let Some(row) = entered.rows(&STAGES, &[report.into(), school.into()]).await?.last() {
        waits.stage = Some(stage_of(row, 0)?);
    }
    Ok(waits)
}

/// What waits of those that the asker may know: for their first page, which has an entry of its own.
pub(crate) async fn waiting_seen(entered: &mut Entered) -> Result<Vec<Waits>, Fault> {
    list(entered, WhichReports::Waiting).await
}

/// One that waits, if the asker may know of it.
async fn one_of_the_list(entered: &mut Entered, report: id::Report) -> Result<Waits, Fault> {
    let school = entered.session().school;
    let waits = one(entered, report).await?;
    let mut kept_from = Vec::new();
    for row in entered.rows(&KEPT_FROM, &[report.into()]).await? {
        kept_from.push(row.get(0)?);
    }
    let standing = entered.standing();
    let facts = access::facts_of_report(school, waits.hearers, kept_from, &standing.roll);
    if waits.ended.is_none() && access::may_know(standing, &facts) { Ok(waits) } else { Err(Fault::NotFound) }
}

/// In three statements, however many there are; decided on each.
async fn list(entered: &mut Entered, which: WhichReports) -> Result<Vec<Waits>, Fault> {
    let school = entered.session().school;
    let standing = entered.standing().clone();
    let mut kept_from: BTreeMap<id::Report, Vec<id::Person>> =
        grouped(&entered.rows(&KEPT_FROM_ALL, &[school.into()]).await?, |row| row.get(1))?;
    let mut stages = BTreeMap::new();
    for row in entered.rows(&ALL_STAGES, &[school.into()]).await? {
        stages.insert(row.get::<id::Report>(0)?, stage_of(&row, 1)?);
    }
    let statement = match which {
        WhichReports::Waiting => &WAITING,
        WhichReports::Done => &DONE,
    };
    let mut listed = Vec::new();
    for row in entered.rows(statement, &[school.into()]).await? {
        let mut waits = of(&row)?;
        let kept_from = kept_from.remove(&waits.report).unwrap_or_default();
        let facts = access::facts_of_report(school, waits.hearers, kept_from, &standing.roll);
        if access::may_know(&standing, &facts) {
            waits.judge(&standing.roll, &facts);
            waits.stage = stages.remove(&waits.report);
            listed.push(waits);
        }
    }
    Ok(listed)
}

fn of(row: &Row) -> Result<Waits, Fault> {
    let seen = |at: Option<Timestamp>, name: Option<String>| at.zip(name).map(|(at, name)| Seen { name, at });
    let ended = seen(row.get(11)?, row.get(12)?);
    let outcome: Option<String> = row.get(10)?;
    let outcome = outcome.as_deref().and_then(Outcome::from_word);
    Ok(Waits {
        report: row.get(0)?,
        door: row.get(1)?,
        hearers: row.get(2)?,
        reference: row.get(3)?,
        is_danger: row.get(4)?,
        is_many: row.get(5)?,
        arrived_at: row.get(6)?,
        read_at: row.get(7)?,
        taken: seen(row.get(8)?, row.get(9)?),
        stage: None,
        ended: outcome.zip(ended).map(|(outcome, by)| Ended { outcome, by }),
        compartment: row.get(13)?,
        taken_by: row.get(14)?,
    })
}

fn stage_of(row: &Row, place: usize) -> Result<Stage, Fault> {
    Ok(Stage { course: row.get(place)?, stage: row.get(place + 1)?, respond_by: row.get(place + 2)? })
}
