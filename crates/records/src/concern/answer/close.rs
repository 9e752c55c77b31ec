//! What must be answered before a concern is closed: a case asks more than a note (practice 28, catalogue PR-0 and C-18, C-24).

use super::{Agency, Extent, NewConsidered, Standing, Telling, case::calls, further, write::standing_now};
use crate::{
    Entered, Fault,
    access::FileKind,
    file::ground::{FileRow, unlocked},
    id,
    people::who_may_be_told,
};
use holdfast_core::problem::Problem;

/// What is not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// Nobody has said that they have what was reported last.
    Answer,
    /// Something was reported since the last decision.
    Decision,
    /// Something is still to be done.
    Action,
    /// It was to go to an agency, and no call is written down.
    Call,
    /// A parent or carer on whom nothing is decided.
    Parent(id::Person),
    /// A parent or carer who was to be told and was not.
    ParentNotTold(id::Person),
    /// The designated officer was not rung, or not since something was last reported.
    DesignatedOfficer,
    /// Its level by the local thresholds is not decided.
    Threshold,
    /// It happened outside school, and on which ground the school acts is not said.
    OffSite,
    /// What kind of thing it is, and whether a crime is suspected, is not said.
    Class,
    /// A crime is suspected, and nobody who answers for crimes was rung, or not since something was last reported.
    Crime,
    /// Nobody can tell yet whether it is a crime.
    CrimeUnclear,
}

impl Unanswered {
    fn words(self) -> &'static str {
        match self {
            Self::Answer => "Something was reported that nobody has said they have.",
            Self::Decision => "Something was reported since the last decision. Decide again what it is.",
            Self::Action => "Something is still to be done. Say that it was done, or how it was dropped.",
            Self::Call => "It was to go to an agency, and no call is written down.",
            Self::Parent(_) => "For a parent or carer it is not decided whether they are told.",
            Self::ParentNotTold(_) => "A parent or carer was to be told, and was not yet.",
            Self::DesignatedOfficer => {
                "An allegation about an adult is talked over with the designated officer (LADO) first; no such call is written \
                 down since something was last reported. Of a mere note it is decided first that it is one."
            }
            Self::Threshold => "Its level by the local thresholds is not decided. Decide it again, and say it there.",
            Self::OffSite => {
                "It happened outside school, and it is not said on which ground the school acts, or that it is the parents’ matter. \
                 Decide it again, and say it there."
            }
            Self::Class => "What kind of thing it is, and whether a crime is suspected, is not said.",
            Self::Crime => {
                "A crime is suspected, and no call to the police or the education safeguarding service is written down since something \
                 was last reported."
            }
            Self::CrimeUnclear => {
                "It is not clear whether a crime is suspected. Ask the police or the education safeguarding service, and say what they \
                 advised."
            }
        }
    }
}

/// What stands against closing, of what the facts alone tell. `family` are the parents and carers of the child.
pub(super) fn unanswered(standing: &Standing, extent: Extent, family: &[id::Person]) -> Vec<Unanswered> {
    let mut open = Vec::new();
    if standing.acknowledged.is_none() {
        open.push(Unanswered::Answer);
    }
    if standing.outdated().is_some() {
        open.push(Unanswered::Decision);
    }
    if !standing.actions.is_empty() {
        open.push(Unanswered::Action);
    }
    if standing.to_ring.is_some() {
        open.push(Unanswered::Call);
    }
    let decided = |adult: &id::Person| standing.parents.iter().find(|parent| parent.adult == *adult);
    if extent != Extent::Note {
        open.extend(family.iter().filter(|adult| decided(adult).is_none()).map(|adult| Unanswered::Parent(*adult)));
    }
    if extent == Extent::Case {
        let not_told = standing.parents.iter().filter(|parent| parent.course == Telling::Tell && !parent.is_told);
        open.extend(not_told.map(|parent| Unanswered::ParentNotTold(parent.adult)));
    }
    open
}

/// Refuses to close what is not answered, and says all that is missing. What nobody decided on yet is closed as before by whoever may,
/// if it is a child's: the page asks for a decision first. `considered` is what was answered about sanction and support: an incident and a
/// case ask for it, and what it is about an adult unless it was decided that it is a note.
pub(crate) async fn refuse_unanswered(
    entered: &mut Entered,
    file: &FileRow,
    considered: Option<&NewConsidered>,
) -> Result<(), Fault> {
    let standing = standing_now(entered, file).await?;
    let is_adults = file.kind == FileKind::StaffConcern;
    // Nobody said that it is only a note: what it is about an adult is talked over first, whichever way it is closed.
    let asks_more = standing.decision.map_or(is_adults, |decided| decided.extent != Extent::Note);
    let mut open = match standing.decision {
        Some(decided) => {
            let family = match file.kind {
                FileKind::Child => who_may_be_told(entered, file.person).await?.adults,
                FileKind::StaffConcern => Vec::new(),
            };
            let family: Vec<id::Person> = family.iter().map(|told| told.adult).collect();
            unanswered(&standing, decided.extent, &family)
        }
        None => (!standing.actions.is_empty()).then_some(Unanswered::Action).into_iter().collect(),
    };
    if is_adults && asks_more && !has_rung_officer(entered, file, &standing).await? {
        open.push(Unanswered::DesignatedOfficer);
    }
    if asks_more {
        open.extend(further::unanswered(entered, file, &standing).await?);
        let unlocked = unlocked(entered)?;
        open.extend(further::unclassed(entered, &unlocked, file, &standing).await?);
    }
    let mut problems: Vec<Problem> = (!open.is_empty()).then(|| refusal(&open)).into_iter().collect();
    problems.extend(further::problems(entered, file, asks_more, considered).await?);
    if problems.is_empty() { Ok(()) } else { Err(Fault::Wrong(problems)) }
}

/// Whether they were rung since something was last reported: what they advised before was about something else.
async fn has_rung_officer(entered: &mut Entered, file: &FileRow, standing: &Standing) -> Result<bool, Fault> {
    let unlocked = unlocked(entered)?;
    let calls = calls(entered, &unlocked, file).await?;
    let is_since = |at| standing.reported_at.is_none_or(|reported| at >= reported);
    Ok(calls.iter().any(|call| call.agency == Agency::DesignatedOfficer && is_since(call.at)))
}

fn refusal(open: &[Unanswered]) -> Problem {
    let mut words: Vec<&str> = open.iter().map(|one| one.words()).collect();
    words.dedup();
    Problem::error(format!("This is not answered yet: {}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Course, Done, Fact, standing},
        *,
    };
    use jiff::Timestamp;

    #[test]
    fn a_case_asks_more_than_an_incident_and_an_incident_more_than_a_note() {
        let person = |number: u8| id::Person::parse(&format!("00000000-0000-7000-8000-0000000000{number:02}")).unwrap();
        let row = id::Row::parse("00000000-0000-7000-9000-000000000001").unwrap();
        let at = |second, done| Fact { moment: Timestamp::from_second(second).unwrap(), done };
        let mut facts = vec![at(1, Done::Decided(person(1), Extent::Case, Course::Refer, None))];
        let asks = |facts: &[Fact], extent| unanswered(&standing(Timestamp::UNIX_EPOCH, facts), extent, &[person(8)]);
        assert_eq!(asks(&facts, Extent::Note), [Unanswered::Call]);
        assert_eq!(asks(&facts, Extent::Incident), [Unanswered::Call, Unanswered::Parent(person(8))]);
        facts.push(at(2, Done::Called));
        facts.push(at(3, Done::Parent(row, person(8), Telling::Tell, None)));
        assert_eq!(asks(&facts, Extent::Incident), []);
        assert_eq!(asks(&facts, Extent::Case), [Unanswered::ParentNotTold(person(8))]);
        facts.push(at(4, Done::ParentTold(row)));
        assert_eq!(asks(&facts, Extent::Case), []);
        facts.push(at(5, Done::Action(row, person(1), jiff::civil::date(2026, 11, 23))));
        assert_eq!(asks(&facts, Extent::Note), [Unanswered::Action], "also a note");
    }
}
