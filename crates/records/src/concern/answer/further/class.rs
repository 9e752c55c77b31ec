//! What kind of thing a concern is (C-44), and whether a crime is suspected (PR-0, C-25, C-31). Said once somebody has looked into it,
//! and again when more is known; the newest holds. No call for help waits for it.

use super::{
    Crime, IncidentType,
    statements::{CLASSES, NEW_CLASS},
};
use crate::{
    Entered, Fault, Records, Session,
    concern::{
        Risk,
        answer::{
            Agency, Standing, Unanswered,
            case::{Sealed, calls},
            write::{answer, by, open_row, sealed_if},
        },
    },
    file::{Words, ground::FileRow},
    id,
    seal::Unlocked,
};
use jiff::Timestamp;

/// Who answers whether something is a crime, and what may be done meanwhile (C-25).
const ANSWER_CRIMES: [Agency; 3] = [Agency::Emergency, Agency::Police, Agency::EducationSafeguarding];

/// What kind of thing it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClass {
    /// Which kinds of online risk; none: it is none of them.
    pub risks: Vec<Risk>,
    /// What it is; one at least.
    pub types: Vec<IncidentType>,
    /// Whether a crime is suspected.
    pub crime: Crime,
    /// Why none is; asked for where none is.
    pub reason: Option<Words>,
}

/// The same, opened.
#[derive(Debug, Clone)]
pub struct ClassView {
    /// What was said.
    pub class: NewClass,
    /// By whom.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
}

impl Records {
    /// Says what kind of thing a concern is, and whether a crime is suspected. Of whoever works on it.
    pub async fn class_concern(&self, session: &Session, file: id::File, new: &NewClass) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "classed").await?;
        let done = write(&mut entered, file, new).await;
        entered.finish(done).await
    }
}

async fn write(entered: &mut Entered, file: id::File, new: &NewClass) -> Result<(), Fault> {
    if new.types.is_empty() {
        return Err(Fault::wrong("types: choose what it is, or “something else”."));
    }
    if new.crime == Crime::NotSuspected && new.reason.is_none() {
        return Err(Fault::wrong("crime_reason: write why no crime is suspected."));
    }
    let (row, id) = open_row(entered, file).await?;
    let reason = new.reason.as_ref().filter(|_| new.crime == Crime::NotSuspected);
    let reason = sealed_if(entered, (&row, "file_class", "reason"), id, reason).await?;
    let risks: Vec<&str> = Risk::ALL.iter().filter(|risk| new.risks.contains(risk)).map(|risk| risk.word()).collect();
    let types = IncidentType::ALL.iter().filter(|one| new.types.contains(one));
    let types: Vec<&str> = types.map(|one| one.word()).collect();
    let [school, person, now] = by(entered)?;
    let values = [
        id.into(),
        school,
        file.into(),
        risks.join(" ").into(),
        types.join(" ").into(),
        new.crime.into(),
        reason.into(),
        person,
        now,
    ];
    entered.change_one(&NEW_CLASS, &values).await
}

/// What was said so in a file, oldest first, opened.
pub(in crate::concern::answer) async fn views(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Vec<ClassView>, Fault> {
    let sealed = Sealed { unlocked, file, table: "file_class" };
    let mut views = Vec::new();
    for row in entered.rows(&CLASSES, &[file.id.into()]).await? {
        let (risks, types): (String, String) = (row.get(1)?, row.get(2)?);
        let class = NewClass {
            risks: risks.split_whitespace().filter_map(Risk::from_word).collect(),
            types: types.split_whitespace().filter_map(IncidentType::from_word).collect(),
            crime: row.get(3)?,
            reason: sealed.if_any(entered, ("reason", row.get(0)?), row.get(4)?).await?,
        };
        views.push(ClassView { class, by: row.get(5)?, at: row.get(6)? });
    }
    Ok(views)
}

/// What of it is missing in a file that is more than a note.
pub(in crate::concern::answer) async fn unanswered(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
    standing: &Standing,
) -> Result<Option<Unanswered>, Fault> {
    Ok(match standing.crime {
        None => Some(Unanswered::Class),
        Some(Crime::NotSuspected) => None,
        Some(Crime::Unclear) => Some(Unanswered::CrimeUnclear),
        Some(Crime::Suspected) => {
            let calls = calls(entered, unlocked, file).await?;
            let is_since = |at| standing.reported_at.is_none_or(|reported| at >= reported);
            let is_asked = calls.iter().any(|call| ANSWER_CRIMES.contains(&call.agency) && is_since(call.at));
            (!is_asked).then_some(Unanswered::Crime)
        }
    })
}
