//! What is asked for, and the facts about it that a decision needs, read in the verb's own transaction.

use super::{
    Act, Duty,
    ladder::Roll,
    standing::roll,
    statements::{
        ADMITTED, BARRED, CLASSES, FILE, KEPT_FROM, KIN, LEFT_OF_ADMITTED, PERSON, REMOVED, REPORT, REPORTERS, SUBJECTS,
    },
};
use crate::{
    Fault, audit, id,
    people::Kind,
    store::{Statement, Transaction, Value, damaged, words},
};
use jiff::Timestamp;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The school as a whole: its registers, settings, policy, log.
    School,
    /// A person's record.
    Person(id::Person),
    /// A confidential file.
    File(id::File),
    /// A new file of this kind about this person.
    NewFile(FileKind, id::Person),
    /// A report that came through a door and waits.
    Report(id::Report),
}

words! {
    /// The ladder that a report from outside goes up.
    Hearers {
        /// Those who hear about children.
        Child = "child", "the safeguarding lead, the deputy lead and the head";
        /// Those who hear about adults who work here.
        Adult = "adult", "the head, or whoever stands in";
        /// The chair, or the trust lead: round everybody else.
        Chair = "chair", "the chair of governors, or the trust lead";
    }
}

impl Hearers {
    /// The kind of file whose ladder it is.
    pub fn kind(self) -> FileKind {
        match self {
            Self::Child => FileKind::Child,
            Self::Adult | Self::Chair => FileKind::StaffConcern,
        }
    }

    /// Who is passed over, whoever it is about: whistleblowing goes round the named post-holders (C-14).
    pub(crate) fn passed_over(self, roll: &Roll) -> Vec<id::Person> {
        let duties: &[Duty] = match self {
            Self::Child | Self::Adult => &[],
            Self::Chair => &[Duty::Head, Duty::DesignatedLead, Duty::DeputyDesignatedLead],
        };
        let is_of = |one: &id::Person| duties.iter().any(|duty| roll.holds(*one, *duty));
        roll.on_ladder().into_iter().filter(is_of).collect()
    }
}

words! {
    /// The two kinds of confidential file.
    FileKind {
        /// A child's file.
        Child = "child", "child’s file";
        /// The confidential staff-concerns file of an adult who works here (practice 10, 11).
        StaffConcern = "staff-concern", "confidential staff-concerns file";
    }
}

/// The facts about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its school.
    pub school: id::School,
    /// What kind of file it is, if it is one.
    pub file: Option<FileKind>,
    /// Whom it is about: they never see it (practice 11).
    pub subjects: Vec<id::Person>,
    /// Its compartment, if it is sealed.
    pub compartment: Option<id::Compartment>,
    /// Whose record it is, or whom the file is about.
    pub person: Option<id::Person>,
    /// What that person is.
    pub kind: Option<Kind>,
    /// The classes they learn in.
    pub classes: Vec<id::Class>,
    /// Who is kept out without being a subject: parents and carers of the child a file is about who work here, and whoever
    /// must have no contact with the child.
    pub barred: Vec<id::Person>,
    /// The family of the person, whose record it is: they see it, and neither hold nor look into what is kept about it.
    pub kin: Vec<id::Person>,
    /// Who was let into the file by name.
    pub admitted: Vec<id::Person>,
    /// Who was taken out of it by name.
    pub removed: Vec<id::Person>,
    /// Who wrote into it: they may always add.
    pub reporters: Vec<id::Person>,
    /// Whether it is a report that waits, and no file yet.
    pub is_report: bool,
}

impl Facts {
    /// The facts about the school as a whole.
    pub fn of_school(school: id::School) -> Self {
        Self {
            school,
            file: None,
            subjects: Vec::new(),
            compartment: None,
            person: None,
            kind: None,
            classes: Vec::new(),
            barred: Vec::new(),
            kin: Vec::new(),
            admitted: Vec::new(),
            removed: Vec::new(),
            reporters: Vec::new(),
            is_report: false,
        }
    }

    /// Whom neither duty nor admission lets in. A name beats family: whoever holds the key let a parent who works here in
    /// knowingly. Nothing beats being a subject.
    pub(crate) fn kept_out(&self) -> Vec<id::Person> {
        let by_name = |person: &&id::Person| !self.admitted.contains(person);
        let kept_out = self.barred.iter().chain(&self.removed).filter(by_name);
        self.subjects.iter().chain(kept_out).copied().collect()
    }
}

/// The facts about a resource. What is not there, or is another school's, is not found.
///
/// Each kind of resource asks the same statements whatever it finds, so that what is not there, what is another school's and
/// what is not for the asker take the same path.
pub(crate) async fn facts(
    transaction: &mut Transaction,
    school: id::School,
    resource: &Resource,
    now: Timestamp,
) -> Result<Facts, Fault> {
    match resource {
        Resource::School => Ok(Facts::of_school(school)),
        Resource::Person(person) => about_person(transaction, school, *person, now).await,
        Resource::File(file) => about_file(transaction, school, *file, now).await,
        Resource::Report(report) => about_report(transaction, school, *report, now).await,
        Resource::NewFile(kind, person) => {
            let facts = about_person(transaction, school, *person, now).await?;
            Ok(Facts { file: Some(*kind), subjects: vec![*person], ..facts })
        }
    }
}

async fn about_person(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    now: Timestamp,
) -> Result<Facts, Fault> {
    let row = t.row(&PERSON, &[person.into(), school.into()]).await?;
    let classes = ids(t, &CLASSES, &[person.into(), "learns".into()]).await?;
    let barred = ids(t, &BARRED, &[person.into(), now.into()]).await?;
    let kin = ids(t, &KIN, &[person.into(), now.into()]).await?;
    let kind =
        Kind::from_word(&row.ok_or(Fault::NotFound)?.get::<String>(0)?).ok_or_else(|| damaged(0, "is no kind"))?;
    Ok(Facts { person: Some(person), kind: Some(kind), classes, barred, kin, ..Facts::of_school(school) })
}

async fn about_file(t: &mut Transaction, school: id::School, file: id::File, now: Timestamp) -> Result<Facts, Fault> {
    let row = t.row(&FILE, &[file.into(), school.into()]).await?;
    let subjects = ids(t, &SUBJECTS, &[file.into()]).await?;
    let admitted = admitted(t, school, file).await?;
    let removed = ids(t, &REMOVED, &[file.into()]).await?;
    let reporters = ids(t, &REPORTERS, &[file.into()]).await?;
    // Asked in every case: for a file that is not there, about nobody.
    let person = row.as_ref().map_or_else(|| Ok(String::new()), |row| row.get::<String>(1))?;
    let barred = ids(t, &KIN, &[person.as_str().into(), now.into()]).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let kind = row.get(0)?;
    Ok(Facts {
        file: Some(kind),
        subjects,
        compartment: Some(row.get(2)?),
        person: Some(row.get(1)?),
        barred,
        admitted,
        removed,
        reporters,
        ..Facts::of_school(school)
    })
}

async fn about_report(
    t: &mut Transaction,
    school: id::School,
    report: id::Report,
    now: Timestamp,
) -> Result<Facts, Fault> {
    let row = t.row(&REPORT, &[report.into(), school.into()]).await?;
    let kept_from = ids(t, &KEPT_FROM, &[report.into()]).await?;
    let roll = roll(t, school, now).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let hearers: Hearers = row.get(0)?;
    let facts = facts_of_report(school, hearers, kept_from, &roll);
    Ok(Facts { compartment: Some(row.get(1)?), ..facts })
}

/// The facts about a report that goes up this ladder and is kept from these people.
pub(crate) fn facts_of_report(school: id::School, hearers: Hearers, kept_from: Vec<id::Person>, roll: &Roll) -> Facts {
    let mut subjects = kept_from;
    // Whoever comes to such a duty later is passed over too.
    subjects.extend(hearers.passed_over(roll));
    subjects.sort_unstable();
    subjects.dedup();
    Facts { file: Some(hearers.kind()), subjects, is_report: true, ..Facts::of_school(school) }
}

/// Who was let in by name, not taken out since, and has not left the school since, also if they came back. That they left is the
/// log's to tell; of whom it cannot be relied on, nobody is let in.
async fn admitted(t: &mut Transaction, school: id::School, file: id::File) -> Result<Vec<id::Person>, Fault> {
    let rows = t.rows(&ADMITTED, &[file.into()]).await?;
    let let_in = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
    let let_in = let_in.collect::<Result<Vec<(id::Person, Timestamp)>, Fault>>()?;
    // One question for all, so that a file with many is not told by its time from one with none.
    let left = t.rows(&LEFT_OF_ADMITTED, &[school.into(), file.into()]).await?;
    let mut admitted = Vec::new();
    for (person, since) in let_in {
        let told = audit::noted_among(t, school, ("person", &person.to_string()), &[Act::PersonLeft], &left);
        let is_here = match told {
            Err(Fault::Damaged(_)) => false,
            told => told?.iter().all(|left| left.moment < since),
        };
        if is_here {
            admitted.push(person);
        }
    }
    Ok(admitted)
}

/// The ids in the first column.
pub(super) async fn ids<T: crate::store::FromColumn>(
    t: &mut Transaction,
    statement: &Statement,
    values: &[Value],
) -> Result<Vec<T>, Fault> {
    t.rows(statement, values).await?.iter().map(|row| row.get(0)).collect()
}
