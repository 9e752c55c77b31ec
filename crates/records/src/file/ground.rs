//! What every verb of files needs: the row, its facts, its subjects, and words sealed to its compartment.

use super::{
    EntryKind, Fact, Status, What, Words,
    statements::{ANY_FILE, FACTS, PERSON, SUBJECTS},
    status,
};
use crate::{
    Entered, Fault,
    access::{Actor, FileKind},
    id,
    seal::{self, Unlocked},
    store::{Row, Transaction},
};
use jiff::Timestamp;
use std::sync::Arc;

/// A file's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileRow {
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
    pub(super) fn of(row: &Row) -> Result<Self, Fault> {
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
pub(super) fn damaged(what: &str) -> Fault {
    Fault::Damaged(format!("A row of the store cannot be read: {what} is unknown. Restore a backup, and report this."))
}

/// A file of this school, withheld or not.
pub(super) async fn any_file(t: &mut Transaction, school: id::School, file: id::File) -> Result<FileRow, Fault> {
    let row = t.row(&ANY_FILE, &[file.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    FileRow::of(&row)
}

/// A file of this school that can be seen.
pub(super) async fn file(t: &mut Transaction, school: id::School, file: id::File) -> Result<FileRow, Fault> {
    let file = any_file(t, school, file).await?;
    if file.is_withheld { Err(Fault::NotFound) } else { Ok(file) }
}

/// How a file stands now.
pub(super) async fn standing_of(t: &mut Transaction, file: id::File) -> Result<Status, Fault> {
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
pub(super) async fn subjects(t: &mut Transaction, file: id::File) -> Result<Vec<id::Person>, Fault> {
    t.rows(&SUBJECTS, &[file.into()]).await?.iter().map(|row| row.get(0)).collect()
}

/// What somebody is at this school (`pupil`, `staff`, …) and which names they go by.
pub(super) struct Named {
    pub kind: String,
    pub names: Vec<String>,
}

/// Somebody of this school. Whoever is another school's is not found.
pub(super) async fn person(t: &mut Transaction, school: id::School, person: id::Person) -> Result<Named, Fault> {
    let row = t.row(&PERSON, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let names = [row.get::<Option<String>>(1)?, row.get(2)?].into_iter().flatten().collect();
    Ok(Named { kind: row.get(0)?, names })
}

/// The kind of file that a concern about somebody goes into.
pub(super) fn kind_for(person_kind: &str) -> FileKind {
    if person_kind == "pupil" { FileKind::Child } else { FileKind::StaffConcern }
}

/// Who acts, where it is a person.
pub(super) fn asker(entered: &Entered) -> Option<id::Person> {
    match entered.session().actor {
        Actor::Person(person) => Some(person),
        Actor::Console | Actor::Clock => None,
    }
}

/// Who acts, where only a person can.
pub(super) fn asking_person(entered: &Entered) -> Result<id::Person, Fault> {
    asker(entered).ok_or_else(|| Fault::NotAllowed("Only somebody who signed in can do this.".to_owned()))
}

/// What the asker unlocked.
pub(super) fn unlocked(entered: &Entered) -> Result<Arc<Unlocked>, Fault> {
    entered.session().unlocked.clone().ok_or_else(|| {
        Fault::Locked(
            "Sealed records are not unlocked in this session. Sign in with your password, and try again.".to_owned(),
        )
    })
}

/// Where a sealed value lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub compartment: id::Compartment,
    pub table: &'static str,
    pub column: &'static str,
    pub row: &'a str,
}

/// Seals words to their place. Needs no secret.
pub(super) async fn seal_words(entered: &mut Entered, spot: Spot<'_>, words: &Words) -> Result<Vec<u8>, Fault> {
    let Spot { compartment, table, column, row } = spot;
    let place = seal::Place { school: entered.session().school, compartment, table, column, row };
    seal::seal(entered, &place, words.as_str().as_bytes()).await
}

/// Opens words with what the asker unlocked.
pub(super) async fn open_words(
    entered: &mut Entered,
    unlocked: &Unlocked,
    spot: Spot<'_>,
    sealed: &[u8],
) -> Result<Words, Fault> {
    let Spot { compartment, table, column, row } = spot;
    let place = seal::Place { school: entered.session().school, compartment, table, column, row };
    Words::from_bytes(&seal::open(entered.transaction(), unlocked, &place, sealed).await?)
}
