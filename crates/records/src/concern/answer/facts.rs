//! Facts about many files read at once: who may know each of them, and how each stands.

use super::{
    Course, Done, Extent, Fact, Standing, Telling, standing,
    statements::{BY_NAME_OF, FACTS_OF, FILES_OF, KIN_OF, NAMES_OF, SUBJECTS_OF},
};
use crate::{
    Fault,
    access::{self, Facts, Resource},
    file::{
        EntryKind, Severity, What,
        ground::{FileRow, damaged},
    },
    id,
    store::{Row, Transaction, grouped, of_all},
};
use jiff::{Timestamp, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

/// These files, in the order that they are given in. One that is not there is left out.
pub(crate) async fn files_of(
    t: &mut Transaction,
    school: id::School,
    files: &[id::File],
) -> Result<Vec<FileRow>, Fault> {
    let rows = of_all(t, &FILES_OF, school, files, None).await?;
    let rows = rows.iter().map(|row| FileRow::of(row).map(|row| (row.id, row)));
    let mut rows = rows.collect::<Result<BTreeMap<_, _>, Fault>>()?;
    Ok(files.iter().filter_map(|file| rows.remove(file)).collect())
}

/// Those of these files that whoever asks may know, each decided on by `access::may_know` as one file is. Facts are read for all of
/// them at once.
pub(crate) async fn known(
    t: &mut Transaction,
    asker: &access::Standing,
    files: Vec<FileRow>,
) -> Result<Vec<FileRow>, Fault> {
    let facts = facts_of(t, asker.school, &files, asker.now).await?;
    let is_known = |file: &FileRow| facts.get(&file.id).is_some_and(|facts| access::may_know(asker, facts));
    Ok(files.into_iter().filter(is_known).collect())
}

/// What is decided from about each of these files; of who wrote into it nothing, where nobody was let in or taken out by name.
pub(crate) async fn facts_of(
    t: &mut Transaction,
    school: id::School,
    files: &[FileRow],
    now: Timestamp,
) -> Result<BTreeMap<id::File, Facts>, Fault> {
    let ids: Vec<id::File> = files.iter().map(|file| file.id).collect();
    let mut subjects: BTreeMap<id::File, Vec<id::Person>> =
        grouped(&of_all(t, &SUBJECTS_OF, school, &ids, None).await?, |row| row.get(1))?;
    let mut by_name: BTreeSet<id::File> = BTreeSet::new();
    for row in of_all(t, &BY_NAME_OF, school, &ids, None).await? {
        by_name.insert(row.get(0)?);
    }
    let people: BTreeSet<id::Person> = files.iter().map(|file| file.person).collect();
    let people = Vec::from_iter(people);
    let kin: BTreeMap<id::Person, Vec<id::Person>> =
        grouped(&of_all(t, &KIN_OF, school, &people, Some(now.into())).await?, |row| row.get(1))?;
    let mut found = BTreeMap::new();
    for file in files {
        // Who was let in or taken out by name is looked up in the log as well: there are few of these.
        let facts = if by_name.contains(&file.id) {
            access::facts(t, school, &Resource::File(file.id), now).await?
        } else {
            Facts {
                file: Some(file.kind),
                subjects: subjects.remove(&file.id).unwrap_or_default(),
                compartment: Some(file.compartment),
                person: Some(file.person),
                barred: kin.get(&file.person).cloned().unwrap_or_default(),
                ..Facts::of_school(school)
            }
        };
        found.insert(file.id, facts);
    }
    Ok(found)
}

/// What was done about each of these files, in no order.
pub(crate) async fn done_about(
    t: &mut Transaction,
    school: id::School,
    files: &[id::File],
) -> Result<BTreeMap<id::File, Vec<Fact>>, Fault> {
    grouped(&of_all(t, &FACTS_OF, school, files, None).await?, fact)
}

/// How each of these files stands. An “I have it” of somebody who may not read the file any more is none: the concern waits for an answer
/// again.
pub(super) async fn standings(
    t: &mut Transaction,
    school: id::School,
    files: &[FileRow],
    now: Timestamp,
) -> Result<BTreeMap<id::File, Standing>, Fault> {
    let ids: Vec<id::File> = files.iter().map(|file| file.id).collect();
    let mut facts = done_about(t, school, &ids).await?;
    let is_taken = |file: &&FileRow| {
        let facts = facts.get(&file.id).map(Vec::as_slice).unwrap_or_default();
        facts.iter().any(|fact| matches!(fact.done, Done::Acknowledged(_)))
    };
    let taken: Vec<FileRow> = files.iter().filter(is_taken).cloned().collect();
    if !taken.is_empty() {
        let roll = access::roll(t, school, now).await?;
        for (file, about) in facts_of(t, school, &taken, now).await? {
            let stands = |fact: &Fact| match fact.done {
                Done::Acknowledged(by) => access::still_answers(&roll, by, &about),
                _ => true,
            };
            facts.entry(file).or_default().retain(stands);
        }
    }
    let of = |file: &FileRow| {
        let facts = facts.get(&file.id).map(Vec::as_slice).unwrap_or_default();
        (file.id, standing(file.opened_at, facts))
    };
    Ok(files.iter().map(of).collect())
}

/// How one file stands.
pub(super) async fn standing_of(
    t: &mut Transaction,
    school: id::School,
    file: &FileRow,
    now: Timestamp,
) -> Result<Standing, Fault> {
    let found = standings(t, school, std::slice::from_ref(file), now).await?;
    found.into_values().next().ok_or(Fault::NotFound)
}

fn fact(row: &Row) -> Result<Fact, Fault> {
    let word: String = row.get(1)?;
    let done = match word.as_str() {
        "closed" => Done::File(What::Closed),
        "reopened" => Done::File(What::Reopened),
        "acknowledged" => Done::Acknowledged(row.get(3)?),
        "decided" => {
            let (extent, rest) = two(row)?;
            let (course, review) = rest.split_once(' ').ok_or_else(|| damaged("a decision"))?;
            let extent = Extent::from_word(&extent).ok_or_else(|| damaged("what a concern was decided to be"))?;
            let course = Course::from_word(course).ok_or_else(|| damaged("what was decided to be done"))?;
            Done::Decided(row.get(3)?, extent, course, day(review)?)
        }
        "assigned" => Done::Assigned(row.get(3)?),
        "action-made" => Done::Action(row.get(2)?, row.get(3)?, row.get(4)?),
        "action-done" => Done::ActionDone(row.get(2)?),
        "parent" => {
            let (course, review) = two(row)?;
            let course = Telling::from_word(&course).ok_or_else(|| damaged("what was decided about a parent"))?;
            Done::Parent(row.get(2)?, row.get(3)?, course, day(&review)?)
        }
        "parent-told" => Done::ParentTold(row.get(2)?),
        "called" => Done::Called,
        "rung-before" => Done::RungBefore,
        "classed" => Done::Classed(row.get(4)?),
        "family-harm" => Done::FamilyHarm(row.get(5)?),
        word => {
            let kind = EntryKind::from_word(word).ok_or_else(|| damaged("an entry's kind"))?;
            Done::File(What::Entry(kind, row.get::<Option<i64>>(5)?.and_then(Severity::new)))
        }
    };
    Ok(Fact { moment: row.get::<Timestamp>(6)?, done })
}

/// The day on which something is looked at again, where one was written.
fn day(text: &str) -> Result<Option<Date>, Fault> {
    let review = (!text.is_empty()).then(|| text.parse::<Date>()).transpose();
    review.map_err(|_not_a_day| damaged("the day of a review"))
}

fn two(row: &Row) -> Result<(String, String), Fault> {
    let words: String = row.get(4)?;
    let (first, second) = words.split_once(' ').ok_or_else(|| damaged("a decision"))?;
    Ok((first.to_owned(), second.to_owned()))
}

/// What these people are called.
pub(crate) async fn names(
    t: &mut Transaction,
    school: id::School,
    people: BTreeSet<id::Person>,
) -> Result<BTreeMap<id::Person, String>, Fault> {
    let mut names = BTreeMap::new();
    for row in of_all(t, &NAMES_OF, school, &Vec::from_iter(people), None).await? {
        let (full, preferred): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        let name = preferred.map_or_else(|| full.clone(), |preferred| format!("{full} ({preferred})"));
        names.insert(row.get(0)?, name);
    }
    Ok(names)
}
