//! The two places of one report, once what it began was divided (`super::reroute`): the child's part has it without the adult's names, the
//! adult's part as it was written. Whoever reported sees one report, and what they add goes into both, each as its part may have it
//! (practice 10, 30; decision 0028).

use super::{
    NewEntry,
    ground::{self, FileRow},
    raise::{add, masked_in, write_entry},
    read::EntryView,
    statements::{NEW_TWIN, TWINS_IN, TWINS_OF},
};
use crate::{
    Entered, Fault,
    access::{Act, Resource},
    audit::Detail,
    id,
    store::Transaction,
};
use std::collections::BTreeMap;

/// The same words in another part: the entry, and its file.
pub(crate) async fn twins(
    t: &mut Transaction,
    school: id::School,
    entry: id::Entry,
) -> Result<Vec<(id::Entry, id::File)>, Fault> {
    let rows = t.rows(&TWINS_OF, &[entry.into(), school.into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Keeps which entry of the adult's part is which of the child's.
pub(super) async fn keep(
    entered: &mut Entered,
    entries: &[EntryView],
    copies: &BTreeMap<id::Entry, id::Entry>,
) -> Result<(), Fault> {
    for entry in entries.iter().filter(|entry| entry.author.is_some()) {
        if let Some(twin) = copies.get(&entry.id) {
            write(entered, *twin, entry.id).await?;
        }
    }
    Ok(())
}

/// The pairs of which one half is in a file that is about to be moved, to be kept again behind it.
pub(super) async fn of_file(entered: &mut Entered, file: &FileRow) -> Result<Vec<(id::Entry, id::Entry)>, Fault> {
    let rows = entered.rows(&TWINS_IN, &[file.id.into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Keeps them again.
pub(super) async fn keep_again(entered: &mut Entered, pairs: &[(id::Entry, id::Entry)]) -> Result<(), Fault> {
    for (twin, entry) in pairs {
        write(entered, *twin, *entry).await?;
    }
    Ok(())
}

async fn write(entered: &mut Entered, twin: id::Entry, entry: id::Entry) -> Result<(), Fault> {
    let school = entered.session().school;
    entered.change(&NEW_TWIN, &[twin.into(), school.into(), entry.into()]).await.map(drop)
}

/// Adds what was just added to a report as `added` to its other part as well, with leave of its own.
pub(crate) async fn add_to_twins(
    entered: &mut Entered,
    own: id::Entry,
    added: id::Entry,
    entry: &NewEntry,
) -> Result<(), Fault> {
    let school = entered.session().school;
    for (_, file) in twins(entered.transaction(), school, own).await? {
        let id = id::Entry::new(entered.now())?;
        let detail = Detail::none().with("entry", id.to_string()).with("kind", entry.kind.word());
        entered.also(Act::EntryAdded, Resource::File(file), detail).await?;
        add(entered, file, id, entry).await?;
        write(entered, id, added).await?;
    }
    Ok(())
}

/// Puts the same right in the other part, where whoever wrote it does so themselves.
pub(super) async fn amend_twins(
    entered: &mut Entered,
    amended: id::Entry,
    amendment: id::Entry,
    entry: &NewEntry,
) -> Result<(), Fault> {
    let school = entered.session().school;
    for (twin, file) in twins(entered.transaction(), school, amended).await? {
        let id = id::Entry::new(entered.now())?;
        let detail = Detail::none().with("entry", id.to_string()).with("kind", entry.kind.word());
        entered.also(Act::EntryAdded, Resource::File(file), detail).await?;
        let row = ground::any_file(entered.transaction(), school, file).await?;
        let masked = masked_in(entered, &row, entry).await?;
        write_entry(entered, &row, id, Some(twin), &masked).await?;
        write(entered, id, amendment).await?;
    }
    Ok(())
}
