//! What was learned from an incident or a case after it was closed: written down within the school's own time (C-29).

use super::{
    Lesson,
    statements::{NEW_DEBRIEF, NEWEST_CONSIDERED, WITHOUT_DEBRIEF},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, FileKind, Resource},
    audit::Detail,
    concern::answer::{
        Targets,
        case::Sealed,
        facts::{known, standings},
        write::{answer, by, sealed},
    },
    file::{
        Words,
        ground::{self, FileRow},
    },
    id,
    seal::Unlocked,
    settings::{define::incidents, in_force},
    store::{Row, Transaction},
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// What was learned.
#[derive(Debug, Clone)]
pub struct NewDebrief {
    /// On which day people sat together.
    pub held_on: Date,
    /// Who they were.
    pub who: Words,
    /// What they learned.
    pub lessons: Words,
    /// Whether something changes.
    pub course: Lesson,
    /// What changes, or why nothing does.
    pub words: Words,
}

/// The same, opened.
#[derive(Debug, Clone)]
pub struct DebriefView {
    /// What was learned.
    pub debrief: NewDebrief,
    /// Who wrote it down.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
}

/// A closed concern of which no debrief is written down yet. Nothing of it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebriefDue {
    /// The file.
    pub file: id::File,
    /// Its random reference.
    pub reference: String,
    /// A child’s, or one about an adult who works here.
    pub kind: FileKind,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// Until when.
    pub due: Timestamp,
    /// Whether that is past.
    pub is_late: bool,
}

impl Records {
    /// Writes down what was learned from a concern that is closed.
    ///
    /// # Errors
    /// [`Fault::Changed`] where that is written down already.
    pub async fn write_debrief(&self, session: &Session, file: id::File, new: &NewDebrief) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "debrief").await?;
        let done = write(&mut entered, file, new).await;
        entered.finish(done).await
    }

    /// The closed concerns that the asker may know and of which no debrief is written down, the first due first.
    pub async fn debriefs_due(&self, session: &Session) -> Result<Vec<DebriefDue>, Fault> {
        let mut looking = self.looking().await?;
        let asker = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let found = due(&mut looking, &asker).await?;
        drop(looking);
        let files: Vec<String> = found.iter().map(|one| one.file.to_string()).collect();
        let detail = Detail::none().with("files", files.join(" "));
        let mut entered = self.act(session, Act::FilesListed, Resource::School, detail).await?;
        let asker = entered.standing().clone();
        let now = due(entered.transaction(), &asker).await;
        // Nothing is shown that the entry does not name.
        let is_named = |one: &DebriefDue| found.iter().any(|known| known.file == one.file);
        entered.finish(now.map(|all| all.into_iter().filter(is_named).collect())).await
    }
}

async fn due(t: &mut Transaction, asker: &access::Standing) -> Result<Vec<DebriefDue>, Fault> {
    let Actor::Person(person) = asker.actor else { return Ok(Vec::new()) };
    let rows = t.rows(&WITHOUT_DEBRIEF, &[asker.school.into(), person.into()]).await?;
    let mut closed: BTreeMap<id::File, Timestamp> = BTreeMap::new();
    let mut files = Vec::new();
    for row in &rows {
        let file = FileRow::of(row)?;
        closed.insert(file.id, row.get(8)?);
        files.push(file);
    }
    let files = known(t, asker, files).await?;
    let standings = standings(t, asker.school, &files, asker.now).await?;
    let days = in_force(t, asker.school).await?.of(&incidents::DEBRIEF_SCHOOL_DAYS);
    let targets = Targets::of(t, asker.school, asker.now).await?;
    let is_closed = |file: &FileRow| standings.get(&file.id).is_some_and(|standing| !standing.is_open);
    let one = |file: FileRow| {
        let closed_at = closed.get(&file.id).copied()?;
        let due = targets.school_days_after(closed_at, days);
        let is_late = due < asker.now;
        Some(DebriefDue { file: file.id, reference: file.reference, kind: file.kind, closed_at, due, is_late })
    };
    let mut all: Vec<DebriefDue> = files.into_iter().filter(is_closed).filter_map(one).collect();
    all.sort_by_key(|one| (one.due, one.file));
    Ok(all)
}

/// The newest closing that asks for a debrief: its row, when it was, and whether the debrief is written down.
async fn newest(t: &mut Transaction, file: id::File) -> Result<Option<(id::Row, Timestamp, bool)>, Fault> {
    let row = t.row(&NEWEST_CONSIDERED, &[file.into()]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?, row.get::<i64>(2)? > 0))).transpose()
}

/// Until when the debrief of a closed file is to be written down, where it is not yet.
pub(in crate::concern::answer) async fn debrief_by(
    t: &mut Transaction,
    school: id::School,
    file: id::File,
    targets: &Targets,
) -> Result<Option<Timestamp>, Fault> {
    let Some((_, closed_at, false)) = newest(t, file).await? else { return Ok(None) };
    let days = in_force(t, school).await?.of(&incidents::DEBRIEF_SCHOOL_DAYS);
    Ok(Some(targets.school_days_after(closed_at, days)))
}

async fn write(entered: &mut Entered, file: id::File, new: &NewDebrief) -> Result<(), Fault> {
    let (school, moment) = (entered.session().school, entered.now());
    let row = ground::file(entered.transaction(), school, file).await?;
    if ground::standing_of(entered.transaction(), file).await?.is_open {
        return Err(Fault::wrong("The concern is open. What was learned is written down when it is closed."));
    }
    let considered = match newest(entered.transaction(), file).await? {
        None => return Err(Fault::wrong("A debrief follows an incident or a case. This was closed as neither.")),
        Some((_, _, true)) => return Err(Fault::Changed("Its debrief is written down already.".to_owned())),
        Some((considered, ..)) => considered,
    };
    let today = Targets::of(entered.transaction(), school, moment).await?.day_of(moment);
    if new.held_on > today {
        return Err(Fault::wrong("held_on: the day lies in the future. Write when it was."));
    }
    let place = |column| (&row, "file_debrief", column);
    let who = sealed(entered, place("who"), considered, &new.who).await?;
    let lessons = sealed(entered, place("lessons"), considered, &new.lessons).await?;
    let words = sealed(entered, place("words"), considered, &new.words).await?;
    let [school, person, now] = by(entered)?;
    let values = [
        considered.into(),
        school,
        new.held_on.into(),
        who.into(),
        lessons.into(),
        new.course.into(),
        words.into(),
        person,
        now,
    ];
    entered.change_one(&NEW_DEBRIEF, &values).await
}

/// The debrief that a row of what was considered brings along, opened.
pub(super) async fn debrief(
    entered: &mut Entered,
    (unlocked, file): (&Unlocked, &FileRow),
    considered: id::Row,
    row: &Row,
) -> Result<Option<DebriefView>, Fault> {
    let sealed = Sealed { unlocked, file, table: "file_debrief" };
    let Some(held_on) = row.get::<Option<Date>>(11)? else { return Ok(None) };
    let debrief = NewDebrief {
        held_on,
        who: sealed.words(entered, ("who", considered), &row.get::<Vec<u8>>(12)?).await?,
        lessons: sealed.words(entered, ("lessons", considered), &row.get::<Vec<u8>>(13)?).await?,
        course: row.get(14)?,
        words: sealed.words(entered, ("words", considered), &row.get::<Vec<u8>>(15)?).await?,
    };
    Ok(Some(DebriefView { debrief, by: row.get(16)?, at: row.get(17)? }))
}
