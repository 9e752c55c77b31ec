//! Erasing what is kept about a person who left: each table by the rule that names it.

use super::rules;
use crate::{
    Entered, Fault, audit,
    file::statements::{COMPARTMENTS_OF, FILES_OF, LEFT_AT, NEEDED_BY},
    gate, id, seal,
};
use jiff::Timestamp;

/// Whether a person's record must be kept: they are still here, there is a file about them (which is erased first, by its
/// own rule), or it protects a child who is still here.
pub(super) async fn is_kept(entered: &mut Entered, person: id::Person) -> Result<bool, Fault> {
    Ok(is_here(entered, person).await?
        || !files(entered, person).await?.is_empty()
        || is_needed(entered, person).await?)
}

/// Whether somebody has not left.
pub(super) async fn is_here(entered: &mut Entered, person: id::Person) -> Result<bool, Fault> {
    let school = entered.session().school;
    let left = entered.row(&LEFT_AT, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    Ok(left.get::<Option<Timestamp>>(0)?.is_none())
}

/// The files about somebody.
pub(super) async fn files(entered: &mut Entered, person: id::Person) -> Result<Vec<id::File>, Fault> {
    let rows = entered.rows(&FILES_OF, &[entered.session().school.into(), person.into()]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Whether the record protects a child who is still here.
pub(super) async fn is_needed(entered: &mut Entered, person: id::Person) -> Result<bool, Fault> {
    let school = entered.session().school;
    Ok(entered.row(&NEEDED_BY, &[school.into(), person.into()]).await?.is_some())
}

/// How many rows of each table it reaches.
pub(super) async fn extent(entered: &mut Entered, person: id::Person) -> Result<Vec<(String, i64)>, Fault> {
    let mut extent = Vec::new();
    for rule in rules::RULES {
        if let Some(row) = entered.row(&rule.count, &[person.into()]).await? {
            extent.push((rule.table.to_owned(), row.get(0)?));
        }
    }
    Ok(extent)
}

/// Takes away or blanks each row about a person, destroys the keys of what was sealed, and makes the audit's digests say
/// nothing. The row itself stays,
/// blank, because entries, duties and the audit refer to it.
pub(super) async fn erase_person(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let mut compartments = Vec::new();
    for row in entered.rows(&COMPARTMENTS_OF, &[person.into()]).await? {
        compartments.push(row.get::<id::Compartment>(0)?);
    }
    gate::spend_code(entered, person, None).await?;
    for rule in rules::RULES {
        let _how_many = entered.change(&rule.erase, &[person.into()]).await?;
    }
    for compartment in compartments {
        seal::shred(entered, compartment).await?;
    }
    audit::forget(entered, &[person.to_string()]).await.map(drop)
}
