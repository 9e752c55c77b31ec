//! What the log tells other verbs about a file, and what it forgets when records are erased.

use super::statements::{DONE_ON, FORGET_SALTS, READ_OF};
use crate::{
    Entered, Fault,
    access::Act,
    id,
    store::{Transaction, of_all},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Everybody who read a file, each with the last moment: for telling them when it was about the wrong child.
pub(crate) async fn readers(
    transaction: &mut Transaction,
    school: id::School,
    file: id::File,
) -> Result<Vec<(id::Person, Timestamp)>, Fault> {
    Ok(readers_of(transaction, school, &[file]).await?.remove(&file).unwrap_or_default())
}

/// The same of many files at once.
pub(crate) async fn readers_of(
    transaction: &mut Transaction,
    school: id::School,
    files: &[id::File],
) -> Result<BTreeMap<id::File, Vec<(id::Person, Timestamp)>>, Fault> {
    let mut readers: BTreeMap<id::File, Vec<(id::Person, Timestamp)>> = BTreeMap::new();
    for row in of_all(transaction, &READ_OF, school, files, None).await? {
        // The clock and the console are no readers.
        if let Ok(person) = id::Person::parse(&row.get::<String>(1)?) {
            readers.entry(row.get(0)?).or_default().push((person, row.get(2)?));
        }
    }
    Ok(readers)
}

/// Every print and export of a file: the entry's number, who made it, and when.
pub(crate) async fn copies(
    transaction: &mut Transaction,
    school: id::School,
    file: &str,
) -> Result<Vec<(i64, id::Person, Timestamp)>, Fault> {
    done(transaction, school, file, &[Act::Printed, Act::Exported]).await
}

/// Removes the salts of all entries about these resources, so that the digests in them say nothing any more. The chain
/// stays whole. Answers how many.
pub(crate) async fn forget(entered: &mut Entered, resources: &[String]) -> Result<u64, Fault> {
    let school = entered.session().school;
    let mut forgotten = 0;
    for resource in resources {
        forgotten += entered.change(&FORGET_SALTS, &[school.into(), resource.as_str().into()]).await?;
    }
    Ok(forgotten)
}

/// Certain acts that people did on a file, in order.
async fn done(
    transaction: &mut Transaction,
    school: id::School,
    file: &str,
    acts: &[Act],
) -> Result<Vec<(i64, id::Person, Timestamp)>, Fault> {
    let mut found = Vec::new();
    for row in transaction.rows(&DONE_ON, &[school.into(), "file".into(), file.into()]).await? {
        let act: String = row.get(2)?;
        // The clock and the console are no readers.
        let actor = id::Person::parse(&row.get::<String>(1)?);
        if let (true, Ok(person)) = (acts.iter().any(|known| known.word() == act), actor) {
            found.push((row.get(0)?, person, row.get(3)?));
        }
    }
    Ok(found)
}
