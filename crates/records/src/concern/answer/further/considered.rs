//! That sanction and support were considered, each, when an incident or a case was closed (C-19, C-20, C-22, C-32, C-47).

use super::{
    DebriefView, Finding, ForFamily, Sanction, Support,
    debrief::debrief,
    statements::{CONSIDERED, NEW_CONSIDERED},
    threshold::outside_and_harmed,
};
use crate::{
    Entered, Fault,
    access::FileKind,
    concern::answer::{
        case::Sealed,
        write::{by, sealed_if},
    },
    file::{
        Words,
        ground::{FileRow, damaged},
    },
    id,
    seal::Unlocked,
    settings::{define::incidents, in_force},
    store::Transaction,
};
use holdfast_core::problem::Problem;
use jiff::Timestamp;

/// An answer, and what was written with it.
#[derive(Debug, Clone)]
pub struct Considered<T> {
    /// The answer.
    pub answer: T,
    /// In words.
    pub note: Option<Words>,
}

/// What was considered, as it is answered. A child’s file asks the first three, an adult’s support and what was found.
#[derive(Debug, Clone, Default)]
pub struct NewConsidered {
    /// Whether a sanction was given to the child.
    pub sanction: Option<Considered<Sanction>>,
    /// Whether support was offered to whom it is about.
    pub support: Option<Considered<Support>>,
    /// Whether support was offered to a parent or carer.
    pub family: Option<Considered<ForFamily>>,
    /// What was found about the adult.
    pub finding: Option<Considered<Finding>>,
}

/// The same, opened.
#[derive(Debug, Clone)]
pub struct ConsideredView {
    /// What was answered.
    pub answers: NewConsidered,
    /// By whom.
    pub by: id::Person,
    /// When: with the closing.
    pub at: Timestamp,
    /// What was learned from it since.
    pub debrief: Option<DebriefView>,
}

/// Whether closing asks about support before it asks about a sanction.
pub(in crate::concern::answer) async fn asks_support_first(
    t: &mut Transaction,
    school: id::School,
) -> Result<bool, Fault> {
    Ok(in_force(t, school).await?.of(&incidents::SANCTION_LEANING) == "support")
}

/// What is wrong with the answers of a file that is to be closed; `asks`, whether it is more than a note.
pub(in crate::concern::answer) async fn problems(
    entered: &mut Entered,
    file: &FileRow,
    asks: bool,
    answers: Option<&NewConsidered>,
) -> Result<Vec<Problem>, Fault> {
    if !asks {
        let words = "A note asks nothing about sanction and support. Leave it out, or decide first that it is more.";
        return Ok(answers.map(|_| Problem::error(words)).into_iter().collect());
    }
    let (_, is_harmed) = outside_and_harmed(entered, file).await?;
    let nothing = NewConsidered::default();
    let missing = missing(answers.unwrap_or(&nothing), file.kind, is_harmed);
    Ok(missing.into_iter().map(Problem::error).collect())
}

/// What is missing, each at its field.
fn missing(answers: &NewConsidered, kind: FileKind, is_harmed: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    match (kind, &answers.sanction) {
        (FileKind::StaffConcern, None) => {}
        (FileKind::StaffConcern, Some(_)) => missing.push("sanction: of an adult say what was found instead."),
        (FileKind::Child, None) => missing.push("sanction: choose whether a sanction was given."),
        (FileKind::Child, Some(said)) => {
            if is_harmed && said.answer == Sanction::Given && said.note.is_none() {
                missing.push(
                    "sanction_note: this child was harmed. Write why a sanction, and how it adds no further harm.",
                );
            }
        }
    }
    match &answers.support {
        None => missing.push("support: choose whether support was offered."),
        Some(said) if said.answer == Support::NotOffered && said.note.is_none() => {
            missing.push("support_note: write why no support was offered.");
        }
        Some(_) => {}
    }
    match (kind, &answers.family) {
        (FileKind::StaffConcern, Some(_)) => missing.push("family: parents are decided on in the child’s part."),
        (FileKind::Child, None) => missing.push("family: choose whether support was offered to a parent or carer."),
        (FileKind::Child, Some(said)) if said.answer == ForFamily::NotOffered && said.note.is_none() => {
            missing.push("family_note: write why no support was offered to them.");
        }
        (FileKind::StaffConcern, None) | (FileKind::Child, Some(_)) => {}
    }
    match (kind, &answers.finding) {
        (FileKind::Child, None) | (FileKind::StaffConcern, Some(_)) => {}
        (FileKind::Child, Some(_)) => missing.push("finding: only of an adult is said what was found."),
        (FileKind::StaffConcern, None) => missing.push("finding: choose what was found."),
    }
    missing
}

fn note<T>(said: Option<&Considered<T>>) -> Option<&Words> {
    said?.note.as_ref()
}

/// Keeps what was considered, in the act that closes the file.
pub(crate) async fn keep(entered: &mut Entered, file: &FileRow, answers: &NewConsidered) -> Result<(), Fault> {
    let id = id::Row::new(entered.now())?;
    let place = |column| (file, "file_considered", column);
    let NewConsidered { sanction, support, family, finding } = answers;
    let found = finding.as_ref().map(|said| Words::new(said.answer.word())).transpose()?;
    let supported = support.as_ref().ok_or_else(|| Fault::wrong("support: choose whether support was offered."))?;
    let sanction_note = sealed_if(entered, place("sanction_note"), id, note(sanction.as_ref())).await?;
    let support_note = sealed_if(entered, place("support_note"), id, note(support.as_ref())).await?;
    let family_note = sealed_if(entered, place("family_note"), id, note(family.as_ref())).await?;
    let found = sealed_if(entered, place("finding"), id, found.as_ref()).await?;
    let finding_note = sealed_if(entered, place("finding_note"), id, note(finding.as_ref())).await?;
    let [school, person, now] = by(entered)?;
    let values = [
        id.into(),
        school,
        file.id.into(),
        sanction.as_ref().map(|said| said.answer.word()).into(),
        sanction_note.into(),
        supported.answer.into(),
        support_note.into(),
        family.as_ref().map(|said| said.answer.word()).into(),
        family_note.into(),
        found.into(),
        finding_note.into(),
        person,
        now,
    ];
    entered.change_one(&NEW_CONSIDERED, &values).await
}

/// What was considered in a file, oldest first, opened.
pub(in crate::concern::answer) async fn views(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Vec<ConsideredView>, Fault> {
    let sealed = Sealed { unlocked, file, table: "file_considered" };
    let unknown = || damaged("what was considered");
    let mut views = Vec::new();
    for row in entered.rows(&CONSIDERED, &[file.id.into()]).await? {
        let id = row.get(0)?;
        let mut answers = NewConsidered::default();
        if let Some(word) = row.get::<Option<String>>(1)? {
            let answer = Sanction::from_word(&word).ok_or_else(unknown)?;
            let note = sealed.if_any(entered, ("sanction_note", id), row.get(2)?).await?;
            answers.sanction = Some(Considered { answer, note });
        }
        let note = sealed.if_any(entered, ("support_note", id), row.get(4)?).await?;
        answers.support = Some(Considered { answer: row.get(3)?, note });
        if let Some(word) = row.get::<Option<String>>(5)? {
            let answer = ForFamily::from_word(&word).ok_or_else(unknown)?;
            let note = sealed.if_any(entered, ("family_note", id), row.get(6)?).await?;
            answers.family = Some(Considered { answer, note });
        }
        if let Some(word) = sealed.if_any(entered, ("finding", id), row.get(7)?).await? {
            let answer = Finding::from_word(word.as_str()).ok_or_else(unknown)?;
            let note = sealed.if_any(entered, ("finding_note", id), row.get(8)?).await?;
            answers.finding = Some(Considered { answer, note });
        }
        let debrief = debrief(entered, (unlocked, file), id, &row).await?;
        views.push(ConsideredView { answers, by: row.get(9)?, at: row.get(10)?, debrief });
    }
    Ok(views)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<T>(answer: T, note: bool) -> Considered<T> {
        Considered { answer, note: note.then(|| Words::new("why").unwrap()) }
    }

    #[test]
    fn a_sanction_of_a_harmed_child_and_no_support_need_their_words() {
        let of = |sanction, note, support, why| NewConsidered {
            sanction: Some(said(sanction, note)),
            support: Some(said(support, why)),
            family: Some(said(ForFamily::NotTheirs, false)),
            finding: None,
        };
        let asks = |answers: &NewConsidered, is_harmed| missing(answers, FileKind::Child, is_harmed).len();
        assert_eq!(asks(&of(Sanction::Given, false, Support::Declined, false), false), 0);
        assert_eq!(asks(&of(Sanction::Given, false, Support::Declined, false), true), 1);
        assert_eq!(asks(&of(Sanction::Given, true, Support::Declined, false), true), 0);
        assert_eq!(asks(&of(Sanction::NotGiven, false, Support::NotOffered, false), true), 1);
        assert_eq!(asks(&of(Sanction::NotOurs, false, Support::NotOffered, true), true), 0);
        assert_eq!(asks(&NewConsidered::default(), false), 3);
    }

    #[test]
    fn of_an_adult_it_is_asked_what_was_found() {
        let nothing = NewConsidered::default();
        assert_eq!(missing(&nothing, FileKind::StaffConcern, false).len(), 2);
        let found = NewConsidered {
            support: Some(said(Support::Offered, false)),
            finding: Some(said(Finding::Unfounded, false)),
            ..nothing.clone()
        };
        assert!(missing(&found, FileKind::StaffConcern, false).is_empty());
        let sanctioned = NewConsidered { sanction: Some(said(Sanction::Given, true)), ..found };
        assert_eq!(missing(&sanctioned, FileKind::StaffConcern, false).len(), 1);
    }
}
