//! Who should hold which key.

use super::{
    Act, FileKind, Resource,
    ladder::answers_for,
    resource::{facts, ids},
    standing::roll,
    statements::{
        DETAILS_OF_COMPARTMENT, EMERGENCY_OF_COMPARTMENT, FILE_OF_COMPARTMENT, HOLD_OF_COMPARTMENT, KIN,
        REPORT_OF_COMPARTMENT, TOLD, TREND_OF_COMPARTMENT,
    },
};
use crate::{Fault, audit, id, store::Transaction};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What whoever reports is told where nobody of the school may read it (practice 12).
const NOBODY_HERE: &str = "Nobody at this school may receive this: everybody who would is concerned by it. Nothing was kept. \
    Ring yourself, now: 999 if somebody is in danger; about an adult who works with children the local authority's designated \
    officer (LADO); otherwise children's social care.";

/// Who should hold the key of a new file of this kind, without its subjects and, of a child, their family who work here.
///
/// # Errors
/// [`Fault::NotAllowed`] where everybody who might hold it is concerned: whoever asks is told whom to ring.
pub(crate) async fn entitled(
    t: &mut Transaction,
    school: id::School,
    kind: FileKind,
    subjects: &[id::Person],
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    let mut kept_out = subjects.to_vec();
    for subject in subjects {
        // A parent who works here does not read their own child's file.
        kept_out.extend(ids::<id::Person>(t, &KIN, &[(*subject).into(), now.into()]).await?);
    }
    let holders = roll(t, school, now).await?.key_holders(kind, &kept_out);
    let holders = given_by_log(t, school, kind, holders).await?;
    if holders.is_empty() {
        return Err(Fault::NotAllowed(NOBODY_HERE.to_owned()));
    }
    Ok(holders)
}

/// Who should hold the key of somebody's confidential details.
pub(crate) async fn entitled_to_details(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    let mut kept_out = vec![person];
    kept_out.extend(ids::<id::Person>(t, &KIN, &[person.into(), now.into()]).await?);
    let holders = roll(t, school, now).await?.key_holders(FileKind::Child, &kept_out);
    given_by_log(t, school, FileKind::Child, holders).await
}

/// Who should hold a compartment's key now: by duty, or let in by name; never a subject, nor who was taken out. Nobody, where
/// nothing refers to it any more.
pub(crate) async fn entitled_to_compartment(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    let key = [compartment.into(), school.into()];
    if let Some(row) = t.row(&FILE_OF_COMPARTMENT, &key).await? {
        return entitled_to_file(t, school, row.get(0)?, now).await;
    }
    if let Some(row) = t.row(&DETAILS_OF_COMPARTMENT, &key).await? {
        return entitled_to_details(t, school, row.get(0)?, now).await;
    }
    if let Some(row) = t.row(&HOLD_OF_COMPARTMENT, &key).await? {
        let kind = if row.get::<String>(1)? == "pupil" { FileKind::Child } else { FileKind::StaffConcern };
        return entitled(t, school, kind, &[row.get(0)?], now).await;
    }
    if let Some(row) = t.row(&REPORT_OF_COMPARTMENT, &key).await? {
        let facts = facts(t, school, &Resource::Report(row.get(0)?), now).await?;
        return entitled(t, school, facts.file.unwrap_or(FileKind::StaffConcern), &facts.subjects, now).await;
    }
    if t.row(&TREND_OF_COMPARTMENT, &key).await?.is_some() {
        return entitled(t, school, FileKind::Child, &[], now).await;
    }
    match t.row(&EMERGENCY_OF_COMPARTMENT, &key).await? {
        Some(row) => ids(t, &TOLD, &[school.into(), row.get::<String>(0)?.into()]).await,
        None => Ok(Vec::new()),
    }
}

async fn entitled_to_file(
    t: &mut Transaction,
    school: id::School,
    file: id::File,
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    let mut facts = facts(t, school, &Resource::File(file), now).await?;
    let named = named_by_log(t, school, file).await?;
    // A name beats family; one that was put in behind our back does not.
    facts.admitted.retain(|person| named.get(&person.to_string()) == Some(&true));
    let kept_out = facts.kept_out();
    let kind = facts.file.unwrap_or(FileKind::StaffConcern);
    let people = roll(t, school, now).await?.key_holders(kind, &kept_out);
    let mut people = given_by_log(t, school, kind, people).await?;
    // Whoever was taken out by name stays out, should the row of it have been taken away.
    people.retain(|person| named.get(&person.to_string()) != Some(&false));
    for person in facts.admitted {
        if !kept_out.contains(&person) && !people.contains(&person) {
            people.push(person);
        }
    }
    Ok(people)
}

/// Whom the audit log tells of by name with a file, and whether they were let in last, or taken out.
async fn named_by_log(
    t: &mut Transaction,
    school: id::School,
    file: id::File,
) -> Result<BTreeMap<String, bool>, Fault> {
    let acts = &[Act::HolderAdmitted, Act::HolderRemoved];
    let told = audit::noted_on(t, school, ("file", &file.to_string()), acts).await?;
    let oldest_first = told.iter().rev();
    Ok(oldest_first
        .filter_map(|entry| Some((entry.says("person")?.to_owned(), entry.tells_of(Act::HolderAdmitted))))
        .collect())
}

/// Those of whom the audit log tells that they were given a duty which answers for such a file. A duty that somebody put into
/// the store behind our back brings no key.
async fn given_by_log(
    t: &mut Transaction,
    school: id::School,
    kind: FileKind,
    people: Vec<id::Person>,
) -> Result<Vec<id::Person>, Fault> {
    let mut given = Vec::with_capacity(people.len());
    for person in people {
        let told = audit::duties_given(t, school, person).await?;
        if told.iter().any(|duty| answers_for(kind, *duty)) {
            given.push(person);
        } else {
            tracing::error!(%school, %person, "somebody stands with a duty that the audit log does not tell of; they get no key");
        }
    }
    Ok(given)
}
