//! One concern with everything in it, opened: what its page shows.

use super::{
    AdviceView, Agency, ClassView, ConsideredView, Course, Extent, HarmView, Next, Standing, Targets, Telling,
    ThresholdView,
    facts::{names, standing_of},
    further,
    harm::may_lift,
    statements::{
        ACKNOWLEDGED, ACTIONS, ASSIGNED, CALLS, DECISIONS, FAMILY_HARM, LINKS, PARENTS, RAISED_WITH, REFERENCE_OF,
        REPORTS, TOLD_IN_PERSON,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, FileKind, Resource},
    audit::{self, Detail},
    concern::{Mode, Picture, Place, Risk},
    file::{
        EntryView, FileView, Words,
        ground::{self, FileRow, Spot, damaged, open_words, unlocked},
        read,
        statements::MOVED_TO,
    },
    id,
    people::{WhoMayBeTold, who_may_be_told},
    pupil,
    seal::{self, Unlocked},
    store::{Row, grouped},
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// A decision, opened.
#[derive(Debug, Clone)]
pub struct DecisionView {
    /// By whom.
    pub by: id::Person,
    /// What it is.
    pub extent: Extent,
    /// What is done.
    pub course: Course,
    /// Why.
    pub reason: Option<Words>,
    /// When it is looked at again.
    pub review: Option<Date>,
    /// Whether its call had been made before.
    pub is_rung: bool,
    /// Its level by the local thresholds, where that was decided with it.
    pub threshold: Option<ThresholdView>,
    /// When.
    pub at: Timestamp,
}

/// That something was done.
#[derive(Debug, Clone)]
pub struct DoneView {
    /// By whom.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
    /// How, in words.
    pub words: Option<Words>,
}

/// Something that was or is to be done.
#[derive(Debug, Clone)]
pub struct ActionView {
    /// Its id.
    pub id: id::Row,
    /// By whom.
    pub owner: id::Person,
    /// What.
    pub words: Words,
    /// Until which day.
    pub due: Date,
    /// Who wrote it down.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
    /// That it was done.
    pub done: Option<DoneView>,
    /// Whom its owner asks, who is not sure how to go on: then it is a question, and that it was done is the advice.
    pub advice: Option<AdviceView>,
}

/// What was decided for a parent or carer.
#[derive(Debug, Clone)]
pub struct ParentView {
    /// Its id.
    pub id: id::Row,
    /// Who.
    pub adult: id::Person,
    /// What.
    pub course: Telling,
    /// Why.
    pub reason: Option<Words>,
    /// When it is looked at again.
    pub review: Option<Date>,
    /// Who decided.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
    /// That they were told.
    pub told: Option<DoneView>,
}

/// A call to an agency.
#[derive(Debug, Clone)]
pub struct CallView {
    /// Which.
    pub agency: Agency,
    /// Whom we spoke to.
    pub spoke_to: Option<Words>,
    /// Their reference.
    pub reference: Option<Words>,
    /// What was said.
    pub words: Option<Words>,
    /// When it was rung.
    pub rung_at: Timestamp,
    /// Who rang.
    pub by: id::Person,
    /// When that was written down.
    pub at: Timestamp,
}

/// Another concern that belongs to this one, and that the asker may know.
#[derive(Debug, Clone)]
pub struct LinkView {
    /// The other file.
    pub file: id::File,
    /// Its reference.
    pub reference: String,
    /// Why it belongs here.
    pub why: Option<Words>,
    /// Who said so.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
}

/// What was answered when it was raised, beside the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportView {
    /// The way it came in by, as the store has it.
    pub channel: String,
    /// Online, face to face, or both.
    pub mode: Option<Mode>,
    /// Which of the four Cs.
    pub risks: Vec<Risk>,
    /// Where it happened.
    pub place: Option<Place>,
    /// Whether there is a picture or video.
    pub picture: Option<Picture>,
    /// Whether the child was harmed, is alleged to have harmed, or is whom it is about.
    pub part: String,
    /// Whether the reporter told the child that they are taken seriously (C-36).
    pub is_reassured: bool,
    /// Whom the reporter told in person, where they said whom, and when (C-03).
    pub told: Vec<(Option<id::Person>, Timestamp)>,
    /// When it was raised.
    pub at: Timestamp,
}

/// Somebody who can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// When they read it last.
    pub read_at: Option<Timestamp>,
    /// Whether they may read it at this moment: a deputy holds a key before they act.
    pub is_reading: bool,
}

/// One concern.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing of the page or its reader, and they are independent"
)]
pub struct Case {
    /// The file itself.
    pub file: FileView,
    /// How it stands.
    pub standing: Standing,
    /// What comes next.
    pub next: Next,
    /// How it was raised.
    pub reports: Vec<ReportView>,
    /// Whether somebody answered then that it happened outside school: deciding asks why the school acts.
    pub is_outside: bool,
    /// Whether its child was harmed by another, as was answered then: closing asks more about a sanction.
    pub is_harmed: bool,
    /// References of concerns that were raised by the same form and that the asker may know.
    pub raised_with: Vec<String>,
    /// Who has said that they have it, and when.
    pub acknowledged: Vec<(id::Person, Timestamp)>,
    /// The decisions, oldest first.
    pub decisions: Vec<DecisionView>,
    /// To whom it was given, by whom, when.
    pub assigned: Vec<(id::Person, id::Person, Timestamp)>,
    /// What was and is to be done, the first due first.
    pub actions: Vec<ActionView>,
    /// What was decided for parents and carers, oldest first.
    pub parents: Vec<ParentView>,
    /// The calls, oldest first.
    pub calls: Vec<CallView>,
    /// That it may be harm in the family, each time that was said or lifted, oldest first.
    pub harms: Vec<HarmView>,
    /// Whether the asker may lift that.
    pub may_lift_harm: bool,
    /// What kind of thing it is, each time that was said, oldest first.
    pub classes: Vec<ClassView>,
    /// What was considered each time that it was closed as more than a note, oldest first, and what was learned from it.
    pub considered: Vec<ConsideredView>,
    /// Whether closing asks about support before it asks about a sanction: the school's own setting.
    pub asks_support_first: bool,
    /// Until when what was learned from it is to be written down, where it is closed and that is not yet.
    pub debrief_by: Option<Timestamp>,
    /// Of which concern this one was closed as a part; and which were closed as parts of this one.
    pub part_of: Option<String>,
    /// References of its parts.
    pub parts: Vec<String>,
    /// What belongs to it.
    pub links: Vec<LinkView>,
    /// Who can read it, and when each read it last.
    pub readers: Vec<Reader>,
    /// The child's parents and carers, and who of them may be told; for whoever works on the file.
    pub family: Option<WhoMayBeTold>,
    /// What everybody on the page is called. Adults whom a child's part names are not among them.
    pub names: BTreeMap<id::Person, String>,
    /// Whether the pupil who told it left open whether it is about an adult who works here, and it names none since.
    pub leaves_adult_open: bool,
    /// Whether the asker works on it, beside reading it.
    pub is_worker: bool,
    /// What the clocks run by.
    pub targets: Targets,
}

impl Records {
    /// A concern with everything in it, opened with what the asker unlocked. Its entry is on disk before a word is handed out.
    pub async fn read_concern(&self, session: &Session, file: id::File) -> Result<Case, Fault> {
        let mut entered = self.act(session, Act::FileRead, Resource::File(file), Detail::none()).await?;
        let case = case(&mut entered, file).await;
        entered.finish(case).await
    }

    /// Says that the asker prints a concern: the entry is what tells later that there is a copy.
    pub async fn print_concern(&self, session: &Session, file: id::File) -> Result<Case, Fault> {
        let mut entered = self.act(session, Act::Printed, Resource::File(file), Detail::none()).await?;
        let case = case(&mut entered, file).await;
        entered.finish(case).await
    }
}

async fn case(entered: &mut Entered, file: id::File) -> Result<Case, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let view = read::view(entered, file).await?;
    let row = ground::file(entered.transaction(), school, file).await?;
    let unlocked = unlocked(entered)?;
    let standing = standing_of(entered.transaction(), school, &row, now).await?;
    let targets = Targets::of(entered.transaction(), school, now).await?;
    let kept_out = entered.facts().kept_out();
    let asker = ground::asking_person(entered)?;
    let is_worker = entered.standing().roll.readers(row.kind, &kept_out).contains(&asker);
    let family = match row.kind {
        FileKind::Child if is_worker => Some(who_may_be_told(entered, row.person).await?),
        _ => None,
    };
    let (part_of, parts) = further::whole_and_parts(entered, &row, standing.is_open).await?;
    let (is_outside, is_harmed) = further::outside_and_harmed(entered, &row).await?;
    let mut case = Case {
        part_of,
        parts,
        next: targets.next(&standing, row.kind, now),
        reports: reports(entered, file).await?,
        is_outside,
        is_harmed,
        raised_with: raised_with(entered, file).await?,
        acknowledged: pairs(&entered.rows(&ACKNOWLEDGED, &[file.into()]).await?)?,
        decisions: decisions(entered, &unlocked, &row).await?,
        assigned: assigned(entered, file).await?,
        actions: actions(entered, &unlocked, &row).await?,
        parents: parents(entered, &unlocked, &row).await?,
        calls: calls(entered, &unlocked, &row).await?,
        harms: harms(entered, &unlocked, &row).await?,
        classes: further::classes(entered, &unlocked, &row).await?,
        may_lift_harm: is_worker && may_lift(entered),
        considered: further::considered(entered, &unlocked, &row).await?,
        asks_support_first: further::asks_support_first(entered.transaction(), school).await?,
        debrief_by: if standing.is_open {
            None
        } else {
            further::debrief_by(entered.transaction(), school, file, &targets).await?
        },
        links: links(entered, &unlocked, &row).await?,
        readers: Vec::new(),
        family,
        names: BTreeMap::new(),
        leaves_adult_open: row.kind == FileKind::Child && leaves_adult_open(entered, &view),
        is_worker,
        standing,
        targets,
        file: view,
    };
    case.names = names_on(entered, &case, &row).await?;
    case.readers = readers(entered, &row, &mut case.names).await?;
    Ok(case)
}

/// Whether the pupil said that they do not know whether it is about an adult who works here, and no adult is masked in it yet.
fn leaves_adult_open(entered: &Entered, view: &FileView) -> bool {
    let subject = view.file.person;
    let is_open = |entry: &EntryView| entry.author == Some(subject) && pupil::leaves_adult_open(entry.text.as_str());
    entered.facts().subjects.iter().all(|known| *known == subject) && view.entries.iter().any(is_open)
}

fn pairs(rows: &[Row]) -> Result<Vec<(id::Person, Timestamp)>, Fault> {
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

async fn reports(entered: &mut Entered, file: id::File) -> Result<Vec<ReportView>, Fault> {
    let mut told: BTreeMap<id::Row, Vec<(Option<id::Person>, Timestamp)>> =
        grouped(&entered.rows(&TOLD_IN_PERSON, &[file.into()]).await?, |row| Ok((row.get(1)?, row.get(2)?)))?;
    let mut reports = Vec::new();
    for row in entered.rows(&REPORTS, &[file.into()]).await? {
        let word = |column| row.get::<Option<String>>(column);
        let risks: String = row.get(3)?;
        reports.push(ReportView {
            channel: row.get(1)?,
            mode: word(2)?.as_deref().and_then(Mode::from_word),
            risks: risks.split_whitespace().filter_map(Risk::from_word).collect(),
            place: word(4)?.as_deref().and_then(Place::from_word),
            picture: word(5)?.as_deref().and_then(Picture::from_word),
            part: row.get(6)?,
            told: told.remove(&row.get(0)?).unwrap_or_default(),
            at: row.get(7)?,
            is_reassured: row.get::<i64>(8)? == 1,
        });
    }
    Ok(reports)
}

/// The other concerns of one form that the asker may know.
async fn raised_with(entered: &mut Entered, file: id::File) -> Result<Vec<String>, Fault> {
    let school = entered.session().school;
    let mut references = Vec::new();
    for row in entered.rows(&RAISED_WITH, &[file.into()]).await? {
        let other: id::File = row.get(0)?;
        if ground::may_know(entered, other).await?
            && let Some(row) = entered.row(&REFERENCE_OF, &[school.into(), other.into()]).await?
        {
            references.push(row.get(0)?);
        }
    }
    Ok(references)
}

async fn assigned(entered: &mut Entered, file: id::File) -> Result<Vec<(id::Person, id::Person, Timestamp)>, Fault> {
    let rows = entered.rows(&ASSIGNED, &[file.into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// What is sealed in rows of one file.
pub(super) struct Sealed<'a> {
    pub(super) unlocked: &'a Unlocked,
    pub(super) file: &'a FileRow,
    pub(super) table: &'static str,
}

impl Sealed<'_> {
    pub(super) async fn words(
        &self,
        entered: &mut Entered,
        (column, row): (&'static str, id::Row),
        sealed: &[u8],
    ) -> Result<Words, Fault> {
        let key = row.to_string();
        let spot = Spot { compartment: self.file.compartment, table: self.table, column, row: &key };
        open_words(entered, self.unlocked, spot, sealed).await
    }

    pub(super) async fn if_any(
        &self,
        entered: &mut Entered,
        at: (&'static str, id::Row),
        sealed: Option<Vec<u8>>,
    ) -> Result<Option<Words>, Fault> {
        match sealed {
            Some(sealed) => self.words(entered, at, &sealed).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The decisions in a file, opened.
pub(super) async fn decisions(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Vec<DecisionView>, Fault> {
    let sealed = Sealed { unlocked, file, table: "file_decision" };
    let mut thresholds = further::thresholds(entered, unlocked, file).await?;
    let mut views = Vec::new();
    for row in entered.rows(&DECISIONS, &[file.id.into()]).await? {
        let threshold = thresholds.remove(&row.get(0)?);
        let reason = sealed.if_any(entered, ("reason", row.get(0)?), row.get(4)?).await?;
        let (by, extent, course, at, review) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(5)?, row.get(6)?);
        let is_rung = row.get::<Option<i64>>(7)? == Some(1);
        views.push(DecisionView { by, extent, course, reason, review, is_rung, threshold, at });
    }
    Ok(views)
}

/// What was and is to be done in a file, opened.
pub(super) async fn actions(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Vec<ActionView>, Fault> {
    let (sealed, done) =
        (Sealed { unlocked, file, table: "file_action" }, Sealed { unlocked, file, table: "file_action_done" });
    let mut advice = further::advice(entered, unlocked, file).await?;
    let mut views = Vec::new();
    for row in entered.rows(&ACTIONS, &[file.id.into()]).await? {
        let id = row.get(0)?;
        let words = sealed.words(entered, ("words", id), &row.get::<Vec<u8>>(2)?).await?;
        let done = match (row.get::<Option<id::Person>>(7)?, row.get::<Option<Timestamp>>(8)?) {
            (Some(by), Some(at)) => {
                Some(DoneView { by, at, words: done.if_any(entered, ("words", id), row.get(6)?).await? })
            }
            _ => None,
        };
        let (owner, due, by, at) = (row.get(1)?, row.get(3)?, row.get(4)?, row.get(5)?);
        views.push(ActionView { id, owner, words, due, by, at, done, advice: advice.remove(&id) });
    }
    Ok(views)
}

async fn parents(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow) -> Result<Vec<ParentView>, Fault> {
    let (sealed, told) =
        (Sealed { unlocked, file, table: "file_parent" }, Sealed { unlocked, file, table: "file_parent_told" });
    let mut views = Vec::new();
    for row in entered.rows(&PARENTS, &[file.id.into()]).await? {
        let id = row.get(0)?;
        let reason = sealed.if_any(entered, ("reason", id), row.get(3)?).await?;
        let told = match (row.get::<Option<id::Person>>(8)?, row.get::<Option<Timestamp>>(9)?) {
            (Some(by), Some(at)) => {
                Some(DoneView { by, at, words: told.if_any(entered, ("words", id), row.get(7)?).await? })
            }
            _ => None,
        };
        let (adult, course, review, by, at) = (row.get(1)?, row.get(2)?, row.get(4)?, row.get(5)?, row.get(6)?);
        views.push(ParentView { id, adult, course, reason, review, by, at, told });
    }
    Ok(views)
}

async fn harms(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow) -> Result<Vec<HarmView>, Fault> {
    let sealed = Sealed { unlocked, file, table: "file_family_harm" };
    let mut views = Vec::new();
    for row in entered.rows(&FAMILY_HARM, &[file.id.into()]).await? {
        let reason = sealed.if_any(entered, ("reason", row.get(0)?), row.get(2)?).await?;
        views.push(HarmView { stands: row.get(1)?, reason, by: row.get(3)?, at: row.get(4)? });
    }
    Ok(views)
}

/// The calls in a file, opened.
pub(super) async fn calls(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow) -> Result<Vec<CallView>, Fault> {
    let sealed = Sealed { unlocked, file, table: "file_call" };
    let mut views = Vec::new();
    for row in entered.rows(&CALLS, &[file.id.into()]).await? {
        let id = row.get(0)?;
        let agency = sealed.words(entered, ("agency", id), &row.get::<Vec<u8>>(1)?).await?;
        views.push(CallView {
            agency: Agency::from_word(agency.as_str()).ok_or_else(|| damaged("which agency was rung"))?,
            spoke_to: sealed.if_any(entered, ("spoke_to", id), row.get(2)?).await?,
            reference: sealed.if_any(entered, ("reference", id), row.get(3)?).await?,
            words: sealed.if_any(entered, ("words", id), row.get(4)?).await?,
            rung_at: row.get(5)?,
            by: row.get(6)?,
            at: row.get(7)?,
        });
    }
    Ok(views)
}

/// What belongs to a file and the asker may know, where each is now: it may have been moved to the right child since.
async fn links(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow) -> Result<Vec<LinkView>, Fault> {
    let school = entered.session().school;
    let sealed = Sealed { unlocked, file, table: "file_link" };
    let mut views = Vec::new();
    for row in entered.rows(&LINKS, &[file.id.into()]).await? {
        let id = row.get(0)?;
        let other = sealed.words(entered, ("other", id), &row.get::<Vec<u8>>(1)?).await?;
        let mut other = id::File::parse(other.as_str())?;
        while let Some(row) = entered.row(&MOVED_TO, &[other.into(), school.into()]).await? {
            other = row.get(0)?;
        }
        if !ground::may_know(entered, other).await? {
            continue;
        }
        let Some(reference) = entered.row(&REFERENCE_OF, &[school.into(), other.into()]).await? else { continue };
        let why = sealed.if_any(entered, ("why", id), row.get(2)?).await?;
        views.push(LinkView { file: other, reference: reference.get(0)?, why, by: row.get(3)?, at: row.get(4)? });
    }
    Ok(views)
}

/// Everybody on the page. An adult whom a child's part names stands nowhere in it by name (practice 10).
async fn names_on(entered: &mut Entered, case: &Case, file: &FileRow) -> Result<BTreeMap<id::Person, String>, Fault> {
    let done = |done: &Option<DoneView>| done.as_ref().map(|done| done.by);
    let mut people = vec![file.person];
    people.extend(case.file.entries.iter().filter_map(|entry| entry.author));
    people.extend(case.file.turns.iter().filter_map(|turn| turn.by));
    people.extend(case.standing.owner);
    people.extend(case.acknowledged.iter().map(|(person, _)| *person));
    people.extend(case.decisions.iter().map(|decision| decision.by));
    people.extend(case.assigned.iter().flat_map(|(owner, by, _)| [*owner, *by]));
    people.extend(case.actions.iter().flat_map(|one| [Some(one.owner), Some(one.by), done(&one.done)]).flatten());
    people.extend(case.parents.iter().flat_map(|one| [Some(one.adult), Some(one.by), done(&one.told)]).flatten());
    people.extend(case.calls.iter().map(|call| call.by));
    people.extend(case.harms.iter().map(|harm| harm.by));
    people.extend(case.considered.iter().map(|one| one.by));
    people.extend(case.considered.iter().filter_map(|one| one.debrief.as_ref().map(|debrief| debrief.by)));
    people.extend(case.links.iter().map(|link| link.by));
    people.extend(case.reports.iter().flat_map(|report| report.told.iter().filter_map(|(told, _)| *told)));
    if file.kind == FileKind::Child {
        let subjects = entered.facts().subjects.clone();
        people.retain(|person| *person == file.person || !subjects.contains(person));
    }
    let school = entered.session().school;
    names(entered.transaction(), school, people.into_iter().collect()).await
}

/// Who holds its key, whether they may read it now, and when they read it last.
async fn readers(
    entered: &mut Entered,
    file: &FileRow,
    known: &mut BTreeMap<id::Person, String>,
) -> Result<Vec<Reader>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let holders = seal::holders(entered.transaction(), school, file.compartment).await?;
    let named = names(entered.transaction(), school, holders.iter().copied().collect()).await?;
    let about = file.id.to_string();
    let read: BTreeMap<_, _> = audit::readers(entered.transaction(), school, file.id).await?.into_iter().collect();
    let mut readers = Vec::new();
    for person in holders {
        let kind = ("file-reader", about.as_str());
        let is_reading = access::would_be_told(entered.transaction(), (school, person), kind, now).await?;
        let name = named.get(&person).cloned().unwrap_or_default();
        readers.push(Reader { person, name, read_at: read.get(&person).copied(), is_reading });
    }
    known.extend(named);
    readers.sort_by(|one, other| other.is_reading.cmp(&one.is_reading).then_with(|| one.name.cmp(&other.name)));
    Ok(readers)
}
