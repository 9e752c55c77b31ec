//! Two concerns of one child that are the same matter: one is closed as part of the other. Nothing is moved and both texts stay; opening it
//! again, with a reason, undoes it.

use super::statements::{NEW_PART_OF, PART_OF, PARTS};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, FileKind, Resource},
    audit::Detail,
    concern::answer::{
        Crime, Standing, Telling,
        statements::REFERENCE_OF,
        write::{answer, by, open_row, standing_now, write_link},
    },
    file::{
        Closing, Words, check_read,
        ground::{self, FileRow},
        write_closing,
    },
    id,
    store::Statement,
};

impl Records {
    /// Makes a child’s concern part of another of the same child, with why: it is closed so, and each shows the other. What would be lost
    /// by it stands against it, and is said.
    pub async fn make_part_of(&self, session: &Session, file: id::File, whole: &str, why: &Words) -> Result<(), Fault> {
        let whole = self.concern_called(session, whole).await?;
        let mut entered = answer(self, session, file, "part-of").await?;
        let done = merge(&mut entered, (file, whole), why).await;
        entered.finish(done).await
    }
}

async fn merge(entered: &mut Entered, (file, whole): (id::File, id::File), why: &Words) -> Result<(), Fault> {
    let (part, id) = open_row(entered, file).await?;
    if file == whole {
        return Err(Fault::wrong("reference: this is the concern itself. Choose another."));
    }
    if !ground::may_know(entered, whole).await? {
        return Err(Fault::wrong("reference: there is no concern with this reference that you may know."));
    }
    let school = entered.session().school;
    let whole = ground::file(entered.transaction(), school, whole).await?;
    if (part.kind, whole.kind) != (FileKind::Child, FileKind::Child) || part.person != whole.person {
        return Err(Fault::wrong("reference: only two concerns of one child are made one. Others can be linked."));
    }
    let (of_part, of_whole) = (standing_now(entered, &part).await?, standing_now(entered, &whole).await?);
    let against = against(&of_part, &of_whole);
    if !against.is_empty() {
        return Err(Fault::wrong(against.join(" ")));
    }
    for row in [&part, &whole] {
        check_read(entered, row.id, &row.reference).await?;
    }
    entered.also(Act::FileClosed, Resource::File(part.id), Detail::none().with("to", "closed")).await?;
    entered.also(Act::ConcernWorkedOn, Resource::File(whole.id), Detail::none().with("what", "link")).await?;
    for (row, to) in [(&part, &whole), (&whole, &part)] {
        write_link(entered, row, to.id, Some(why)).await?;
    }
    let [school, person, now] = by(entered)?;
    let values = [id.into(), school, part.id.into(), whole.id.into(), person, now];
    entered.change_one(&NEW_PART_OF, &values).await?;
    let outcome = Words::new(format!("It is part of the concern {}.", whole.reference))?;
    write_closing(entered, &part, &Closing { outcome, reason: why.clone() }).await
}

/// What would be lost if the one became part of the other: it is seen to, or said there, first.
fn against(part: &Standing, whole: &Standing) -> Vec<&'static str> {
    let kept_from = |standing: &Standing, adult: id::Person| {
        standing.parents.iter().any(|one| one.adult == adult && one.course != Telling::Tell)
    };
    let is_unsaid = |adult: id::Person| kept_from(part, adult) && !kept_from(whole, adult);
    // What was decided there says nothing of what was reported here since, and closes no more than it was found to be.
    let is_undecided = whole.decision.is_some_and(|decided| {
        part.reported_at.is_some_and(|reported| decided.at < reported)
            || part.decision.is_some_and(|of_part| decided.extent < of_part.extent)
    });
    let to_tell = part.parents.iter().any(|one| one.course == Telling::Tell && !one.is_told);
    let checks = [
        (!whole.is_open, "The other is closed. Open it again first."),
        (part.severity > whole.severity, "This one is more severe. Change the level of the other first."),
        (
            is_undecided,
            "What was decided in the other says nothing of this one, or finds it less than it is. Decide again in the other first.",
        ),
        (
            !part.actions.is_empty(),
            "Something is still to be done in this one. See to it, or write it down in the other.",
        ),
        (
            may_be_crime(part) && whole.crime != Some(Crime::Suspected) && whole.crime != part.crime,
            "A crime is suspected in this one, or may be. Say that in the other first.",
        ),
        (
            part.to_ring.is_some() || part.crime_unheard.is_some(),
            "This one goes to an agency, and no call is written down.",
        ),
        (to_tell, "A parent or carer is to be told in this one, and was not yet."),
        (
            part.parents.iter().any(|one| is_unsaid(one.adult)),
            "Here it is decided that a parent or carer is not told, or not yet. Decide that in the other first.",
        ),
        (
            part.may_be_family_harm && !whole.may_be_family_harm,
            "Here it may be harm in the family. Say that in the other first.",
        ),
    ];
    checks.into_iter().filter(|(stands, _)| *stands).map(|(_, words)| words).collect()
}

fn may_be_crime(standing: &Standing) -> bool {
    matches!(standing.crime, Some(Crime::Suspected | Crime::Unclear))
}

/// The references of what a file is part of, and of its parts, that the asker may know.
pub(in crate::concern::answer) async fn whole_and_parts(
    entered: &mut Entered,
    file: &FileRow,
    is_open: bool,
) -> Result<(Option<String>, Vec<String>), Fault> {
    let whole = if is_open { Vec::new() } else { references(entered, &PART_OF, file).await? };
    Ok((whole.into_iter().next(), references(entered, &PARTS, file).await?))
}

async fn references(entered: &mut Entered, statement: &Statement, file: &FileRow) -> Result<Vec<String>, Fault> {
    let school = entered.session().school;
    let mut references = Vec::new();
    for row in entered.rows(statement, &[file.id.into()]).await? {
        let other: id::File = row.get(0)?;
        if ground::may_know(entered, other).await?
            && let Some(row) = entered.row(&REFERENCE_OF, &[school.into(), other.into()]).await?
        {
            references.push(row.get(0)?);
        }
    }
    Ok(references)
}
