//! What a page shows of rows that hold ids only: what adults of the school are called, and the references of files.

use super::ground;
use crate::{Entered, Fault, concern::answer, id};
use std::collections::{BTreeMap, BTreeSet};

/// What people and files are called, of those that a list speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// People, by what they are called.
    pub people: BTreeMap<id::Person, String>,
    /// Files that can be seen, by their references.
    pub files: BTreeMap<id::File, String>,
}

/// Looks them up, behind an entry that tells of the list. Of children a list says an id: who opens that leaves an entry of its own.
pub(crate) async fn called(
    entered: &mut Entered,
    people: BTreeSet<id::Person>,
    files: BTreeSet<id::File>,
) -> Result<Called, Fault> {
    let school = entered.session().school;
    let people = answer::names(entered.transaction(), school, people).await?;
    let mut references = BTreeMap::new();
    for file in files {
        match ground::file(entered.transaction(), school, file).await {
            Ok(row) => drop(references.insert(file, row.reference)),
            // Withheld, or erased in between.
            Err(Fault::NotFound) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(Called { people, files: references })
}
