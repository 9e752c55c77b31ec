//! What every verb of files needs: the row, its facts, its subjects, and words sealed to its compartment.

use super::{
    EntryKind, Fact, Severity, Status, What, Words,
    statements::{ANY_FILE, FACTS, FILE_OF_ENTRY, PERSON, SUBJECTS},
    status,
};
use crate::{
    Entered, Fault,
    access::{self, Actor, FileKind, Resource},
    audit, id,
    seal::{self, Unlocked},
    store::{Row, Transaction},
};
use jiff::Timestamp;
use std::sync::Arc;

/// A file's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileRow {
    pub id: id::File,
    pub kind: FileKind,
    pub person: id::Person,
    pub compartment: id::Compartment,
    pub reference: String,
    pub came_from: Option<id::File>,
    pub opened_at: Timestamp,
    /// A restored backup brought it back under the wrong child; only moving it again and erasing it work.
    pub is_withheld: bool,
}

impl FileRow {
    pub(crate) fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            person: row.get(2)?,
            compartment: row.get(3)?,
            reference: row.get(4)?,
            came_from: row.get(5)?,
            opened_at: row.get(6)?,
            is_withheld: row.get(7)?,
        })
    }
}

/// A stored word that this program never wrote.
pub(crate) fn damaged(what: &str) -> Fault {
    Fault::Damaged(format!("A row of the store cannot be read: {what} is unknown. Restore a backup, and report this."))
}

/// A file of this school, withheld or not.
pub(crate) async fn any_file(t: &mut Transaction, school: id::School, file: id::File) -> Result<FileRow, Fault> {
    let row = t.row(&ANY_FILE, &[file.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let row = FileRow::of(&row)?;
    seal::check_of(t, school, row.compartment, &format!("file {file}")).await?;
    Ok(row)
}

/// A file of this school that can be seen.
pub(crate) async fn file(t: &mut Transaction, school: id::School, file: id::File) -> Result<FileRow, Fault> {
    let file = any_file(t, school, file).await?;
    if file.is_withheld { Err(Fault::NotFound) } else { Ok(file) }
}

/// How a file stands now.
pub(crate) async fn standing_of(t: &mut Transaction, file: id::File) -> Result<Status, Fault> {
    let mut facts = Vec::new();
    for row in t.rows(&FACTS, &[file.into()]).await? {
        let word = row.get::<String>(0)?;
        let what = match word.as_str() {
            "closed" => What::Closed,
            "reopened" => What::Reopened,
            word => {
                let kind = EntryKind::from_word(word).ok_or_else(|| damaged("an entry's kind"))?;
                What::Entry(kind, row.get::<Option<i64>>(1)?.and_then(super::Severity::new))
            }
        };
        facts.push(Fact { moment: row.get(2)?, what });
    }
    Ok(status(&facts))
}

/// Everybody a file is about or names: they never see it.
pub(crate) async fn subjects(t: &mut Transaction, file: id::File) -> Result<Vec<id::Person>, Fault> {
    t.rows(&SUBJECTS, &[file.into()]).await?.iter().map(|row| row.get(0)).collect()
}

/// The file to ask leave for where somebody names an entry, and who wrote the entry. Of an entry that is not there, or is
/// another school's, it is a file that is not there: leave is asked all the same, so that the attempt stands in the log and
/// takes the path of what is only hidden.
pub(crate) async fn file_of(
    t: &mut Transaction,
    school: id::School,
    entry: id::Entry,
) -> Result<(id::File, Option<id::Person>), Fault> {
    match t.row(&FILE_OF_ENTRY, &[entry.into(), school.into()]).await? {
        Some(row) => Ok((row.get(0)?, row.get(1)?)),
        None => Ok((id::File::parse(&entry.to_string())?, None)),
    }
}

/// Whether somebody is among those who are entitled to a file of this kind about this person. Where nobody is left who
/// could be, nobody is: what hangs on it is not shown, and what lies beside it is.
pub(crate) async fn is_entitled(
    entered: &mut Entered,
    kind: FileKind,
    about: id::Person,
    person: id::Person,
) -> Result<bool, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    match access::entitled(entered.transaction(), school, kind, &[about], now).await {
        Ok(entitled) => Ok(entitled.contains(&person)),
        Err(Fault::NotAllowed(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Whether whoever acts may know of a file. One that is not there is nobody's to know.
pub(crate) async fn may_know(entered: &mut Entered, file: id::File) -> Result<bool, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    match access::facts(entered.transaction(), school, &Resource::File(file), now).await {
        Ok(facts) => Ok(access::may_know(entered.standing(), &facts)),
        Err(Fault::NotFound) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Whether whoever acts has read a file at this moment or after it.
pub(crate) async fn has_read_since(entered: &mut Entered, file: id::File, moment: Timestamp) -> Result<bool, Fault> {
    let (school, asker) = (entered.session().school, asking_person(entered)?);
    let readers = audit::readers(entered.transaction(), school, file).await?;
    Ok(readers.into_iter().any(|(person, read_at)| person == asker && read_at >= moment))
}

/// What somebody is at this school (`pupil`, `staff`, …) and which names they go by.
pub(crate) struct Named {
    pub kind: String,
    pub names: Vec<String>,
}

/// Somebody of this school. Whoever is another school's is not found.
pub(crate) async fn person(t: &mut Transaction, school: id::School, person: id::Person) -> Result<Named, Fault> {
    let row = t.row(&PERSON, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let names = [row.get::<Option<String>>(1)?, row.get(2)?].into_iter().flatten().collect();
    Ok(Named { kind: row.get(0)?, names })
}

/// The kind of file that a concern about somebody goes into.
pub(crate) fn kind_for(person_kind: &str) -> FileKind {
    if person_kind == "pupil" { FileKind::Child } else { FileKind::StaffConcern }
}

/// Who acts, where it is a person.
pub(crate) fn asker(entered: &Entered) -> Option<id::Person> {
    match entered.session().actor {
        Actor::Person(person) => Some(person),
        Actor::Console | Actor::Clock | Actor::Door | Actor::SealedSignIn(_) => None,
    }
}

/// Who acts, where only a person can.
pub(crate) fn asking_person(entered: &Entered) -> Result<id::Person, Fault> {
    asker(entered).ok_or_else(|| Fault::NotAllowed("Only somebody who signed in can do this.".to_owned()))
}

/// What the asker unlocked.
pub(crate) fn unlocked(entered: &Entered) -> Result<Arc<Unlocked>, Fault> {
    entered.session().unlocked.clone().ok_or_else(|| {
        Fault::Locked(
            "Sealed records are not unlocked in this session. Sign in with your password, and try again.".to_owned(),
        )
    })
}

/// Where a sealed value lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub compartment: id::Compartment,
    pub table: &'static str,
    pub column: &'static str,
    pub row: &'a str,
}

/// Seals words to their place. Needs no secret.
pub(crate) async fn seal_words(entered: &mut Entered, spot: Spot<'_>, words: &Words) -> Result<Vec<u8>, Fault> {
    let Spot { compartment, table, column, row } = spot;
    let place = seal::Place { school: entered.session().school, compartment, table, column, row };
    seal::seal(entered, &place, words.as_str().as_bytes()).await
}

/// Opens words with what the asker unlocked.
pub(crate) async fn open_words(
    entered: &mut Entered,
    unlocked: &Unlocked,
    spot: Spot<'_>,
    sealed: &[u8],
) -> Result<Words, Fault> {
    let Spot { compartment, table, column, row } = spot;
    let place = seal::Place { school: entered.session().school, compartment, table, column, row };
    Words::from_bytes(&seal::open(entered.transaction(), unlocked, &place, sealed).await?)
}

/// What stands open of an entry, beside its words: who wrote it and when, what it is, what it amends, how severe it is and when it
/// happened. The log is told a digest of it with the words, so that nobody makes somebody else the author unseen.
pub(crate) struct Beside {
    pub author: Option<id::Person>,
    pub kind: EntryKind,
    pub amends: Option<id::Entry>,
    pub severity: Option<Severity>,
    pub moment: Option<Timestamp>,
    pub recorded_at: Timestamp,
}

impl Beside {
    fn words(&self) -> String {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        [
            or_none(self.author.map(|author| author.to_string())),
            self.kind.word().to_owned(),
            or_none(self.amends.map(|amended| amended.to_string())),
            or_none(self.severity.map(|severity| severity.number().to_string())),
            or_none(self.moment.map(|moment| moment.as_microsecond().to_string())),
            self.recorded_at.as_microsecond().to_string(),
        ]
        .join(" ")
    }
}

/// Seals an entry's words to their place, beside what stands open of it.
pub(crate) async fn seal_entry(
    entered: &mut Entered,
    spot: Spot<'_>,
    beside: &Beside,
    words: &Words,
) -> Result<Vec<u8>, Fault> {
    let Spot { compartment, table, column, row } = spot;
    let place = seal::Place { school: entered.session().school, compartment, table, column, row };
    seal::seal_beside(entered, &place, &beside.words(), words.as_str().as_bytes()).await
}

/// Opens an entry's words. Refused where what stands beside them is not what it was.
pub(crate) async fn open_entry(
    entered: &mut Entered,
    unlocked: &Unlocked,
    spot: Spot<'_>,
    beside: &Beside,
    sealed: &[u8],
) -> Result<Words, Fault> {
    let Spot { compartment, table, column, row } = spot;
    let place = seal::Place { school: entered.session().school, compartment, table, column, row };
    Words::from_bytes(&seal::open_beside(entered.transaction(), unlocked, &place, &beside.words(), sealed).await?)
}
