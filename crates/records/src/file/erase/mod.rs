//! Erasing: one person proposes, another agrees, both knowing beforehand what it reaches. It reaches the rows, past
//! amendments, the key, the audit's salts, the copies that were made (to be got back) and every backup that is restored
//! later. A mark without content stays: what kind of thing, when, under which rule, by whom.

mod agree;
mod expire;
mod person;
pub(crate) mod rules;

pub(crate) use agree::seen as proposals_seen;
pub use agree::{Extent, Proposal, Proposals, Target};
pub use expire::{End, Expired, Kept, KeptWhat, Periods, due};

use super::{
    Mark, ground,
    statements::{
        AMENDED_BY, DROP_ACKNOWLEDGED, DROP_ACTIONS, DROP_ACTIONS_DONE, DROP_ADMISSIONS, DROP_ADVICE, DROP_ASSIGNED,
        DROP_CALLS, DROP_CLASSES, DROP_CLOSINGS, DROP_CONSIDERED, DROP_DEBRIEFS, DROP_DECISIONS, DROP_ENTRIES,
        DROP_ENTRY, DROP_FAMILY_HARMS, DROP_FILE, DROP_HEAD_TOLD, DROP_HELD_LOG, DROP_HOLDS, DROP_LIFTS, DROP_LINKS,
        DROP_OPEN, DROP_PAIR, DROP_PARENTS, DROP_PARENTS_TOLD, DROP_PARTS_OF, DROP_REMOVALS, DROP_REOPENINGS,
        DROP_REPORTS, DROP_RUNGS, DROP_SUBJECTS, DROP_TASKS, DROP_TASKS_DONE, DROP_THRESHOLDS, DROP_TOLD_IN_PERSON,
        DROP_TWINS, DROP_TWINS_OF_ENTRY, DROP_UNSURE, DROP_WITHHELD, FILE_OF_ENTRY,
    },
};
use crate::{Entered, Fault, audit, id, seal};

/// Takes every row of a file away. The order is that of the references between them.
pub(super) async fn drop_file(entered: &mut Entered, file: id::File) -> Result<(), Fault> {
    let parts = [
        &DROP_HELD_LOG,
        &DROP_LIFTS,
        &DROP_HOLDS,
        &DROP_TASKS_DONE,
        &DROP_TASKS,
        &DROP_WITHHELD,
        &DROP_PAIR,
        &DROP_ACKNOWLEDGED,
        &DROP_THRESHOLDS,
        &DROP_DECISIONS,
        &DROP_ASSIGNED,
        &DROP_ADVICE,
        &DROP_UNSURE,
        &DROP_ACTIONS_DONE,
        &DROP_ACTIONS,
        &DROP_PARENTS_TOLD,
        &DROP_PARENTS,
        &DROP_CALLS,
        &DROP_LINKS,
        &DROP_FAMILY_HARMS,
        &DROP_CLASSES,
        &DROP_HEAD_TOLD,
        &DROP_RUNGS,
        &DROP_TOLD_IN_PERSON,
        &DROP_REPORTS,
        &DROP_ADMISSIONS,
        &DROP_REMOVALS,
        &DROP_PARTS_OF,
        &DROP_DEBRIEFS,
        &DROP_CONSIDERED,
        &DROP_CLOSINGS,
        &DROP_REOPENINGS,
        &DROP_TWINS,
        &DROP_ENTRIES,
        &DROP_SUBJECTS,
        &DROP_OPEN,
    ];
    for part in parts {
        // How many there were of each is nobody's concern; that the file itself was there is.
        let _how_many = entered.change(part, &[file.into()]).await?;
    }
    entered.change_one(&DROP_FILE, &[file.into()]).await
}

/// Takes a file away, and the key that everything in it was sealed to.
async fn erase_file(entered: &mut Entered, file: id::File) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = ground::any_file(entered.transaction(), school, file).await?;
    drop_file(entered, file).await?;
    seal::shred(entered, row.compartment).await?;
    audit::forget(entered, &[file.to_string()]).await.map(drop)
}

/// Takes an entry away, with everything that amends it. The file's key stays: other entries need it.
async fn erase_entry(entered: &mut Entered, entry: id::Entry) -> Result<(), Fault> {
    let entries = with_amendments(entered, entry).await?;
    for entry in entries.iter().rev() {
        let _was_withheld = entered.change(&DROP_WITHHELD, &[(*entry).into()]).await?;
        let _was_divided = entered.change(&DROP_TWINS_OF_ENTRY, &[(*entry).into()]).await?;
        entered.change_one(&DROP_ENTRY, &[(*entry).into()]).await?;
    }
    Ok(())
}

/// An entry and everything that amends it, each after the one it amends.
async fn with_amendments(entered: &mut Entered, entry: id::Entry) -> Result<Vec<id::Entry>, Fault> {
    let mut entries = vec![entry];
    let mut next = 0;
    while let Some(amended) = entries.get(next).copied() {
        for row in entered.rows(&AMENDED_BY, &[amended.into()]).await? {
            entries.push(row.get(0)?);
        }
        next += 1;
    }
    Ok(entries)
}

/// Erases again what a restored backup brought back; whether it had.
pub(super) async fn again(entered: &mut Entered, mark: &Mark) -> Result<bool, Fault> {
    let school = entered.session().school;
    match mark.what.as_str() {
        "file" => match erase_file(entered, id::File::parse(&mark.target)?).await {
            Err(Fault::NotFound) => Ok(false),
            done => done.map(|()| true),
        },
        "entry" => {
            let entry = id::Entry::parse(&mark.target)?;
            if entered.row(&FILE_OF_ENTRY, &[entry.into(), school.into()]).await?.is_none() {
                return Ok(false);
            }
            erase_entry(entered, entry).await.map(|()| true)
        }
        "person" => person::erase_person(entered, id::Person::parse(&mark.target)?).await.map(|()| true),
        _ => Err(ground::damaged("what a mark is of")),
    }
}
