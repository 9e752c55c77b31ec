//! That it may be harm in the family (practice 4): abuse in the family, female genital mutilation, forced marriage, honour-based abuse,
//! fabricated illness. It is a fact of the concern, whoever answered it and on whichever form; while it stands nobody of the family is
//! told. Only the safeguarding lead lifts it, or whoever answers in their place, with a reason.

use super::{
    statements::{FAMILY_HARM, NEW_FAMILY_HARM},
    write::{answer, open_row, sealed_if},
};
use crate::{
    Entered, Fault, Records, Session,
    access::FileKind,
    file::{
        Words,
        ground::{self, FileRow, asking_person},
    },
    id,
    store::Transaction,
};
use jiff::Timestamp;

/// That it was said, or lifted.
#[derive(Debug, Clone)]
pub struct HarmView {
    /// Whether it stands by this.
    pub stands: bool,
    /// Why, where somebody wrote why.
    pub reason: Option<Words>,
    /// Who said so.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
}

impl Records {
    /// Says that it may be harm in the family. Whoever works on the concern can; it needs no reason.
    pub async fn suspect_family_harm(
        &self,
        session: &Session,
        file: id::File,
        reason: Option<&Words>,
    ) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "family-harm").await?;
        let done = async {
            let (row, _) = open_row(&mut entered, file).await?;
            if row.kind != FileKind::Child {
                return Err(Fault::wrong("This is kept in the child’s part."));
            }
            if stands(entered.transaction(), file).await? {
                return Err(Fault::Changed("It is kept on this concern already.".to_owned()));
            }
            write(&mut entered, &row, true, reason).await
        }
        .await;
        entered.finish(done).await
    }

    /// Says that it is not, or that an agency has said that the family may be told. Only by the safeguarding lead, or who answers in
    /// their place, with the reason.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] of anybody else who works on it.
    pub async fn lift_family_harm(&self, session: &Session, file: id::File, reason: &Words) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "family-harm-lifted").await?;
        let done = async {
            let (row, _) = open_row(&mut entered, file).await?;
            if !may_lift(&entered) {
                return Err(Fault::NotAllowed(
                    "Only the safeguarding lead lifts this, or whoever answers while they are away.".to_owned(),
                ));
            }
            if !stands(entered.transaction(), file).await? {
                return Err(Fault::Changed("It does not stand on this concern any more.".to_owned()));
            }
            write(&mut entered, &row, false, Some(reason)).await
        }
        .await;
        entered.finish(done).await
    }
}

/// The safeguarding lead; while nobody of that duty is here, or may know the concern, whoever is asked next.
pub(super) fn may_lift(entered: &Entered) -> bool {
    let turns = entered.standing().roll.in_turn(FileKind::Child, &entered.facts().kept_out());
    match (turns.first(), asking_person(entered)) {
        (Some((_, first)), Ok(asker)) => first.contains(&asker),
        _ => false,
    }
}

/// Whether it stands on a file.
pub(super) async fn stands(t: &mut Transaction, file: id::File) -> Result<bool, Fault> {
    // Of one moment the one that leaves more to do comes last.
    let rows = t.rows(&FAMILY_HARM, &[file.into()]).await?;
    rows.last().map_or(Ok(false), |row| row.get(1))
}

/// Where one entry of a concern goes to another child, and it stands on that concern, it stands on the new one too: it may be what the entry
/// tells of, and nobody of either family is told before somebody has said so.
pub(crate) async fn go_along(entered: &mut Entered, from: id::File, to: &FileRow) -> Result<(), Fault> {
    if to.kind == FileKind::Child && stands(entered.transaction(), from).await? {
        write(entered, to, true, None).await?;
    }
    Ok(())
}

/// Keeps it on a concern, or that it was lifted.
pub(super) async fn write(
    entered: &mut Entered,
    row: &FileRow,
    stands: bool,
    reason: Option<&Words>,
) -> Result<(), Fault> {
    let (school, person, now) = (entered.session().school, ground::asking_person(entered)?, entered.now());
    let id = id::Row::new(now)?;
    let reason = sealed_if(entered, (row, "file_family_harm", "reason"), id, reason).await?;
    let values = [id.into(), school.into(), row.id.into(), stands.into(), reason.into(), person.into(), now.into()];
    entered.change_one(&NEW_FAMILY_HARM, &values).await
}
