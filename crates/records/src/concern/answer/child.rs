//! What the asker may know about one child, in the order in which it happened: all files about them, other children masked.

use super::{
    Course, Extent, Telling,
    facts::known,
    statements::{FILES_ABOUT, PUPIL_NAMES},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, FileKind, Resource},
    audit::Detail,
    concern::answer::facts::names,
    file::{
        EntryKind, Mark, Severity, Words,
        ground::{FileRow, unlocked},
        marks, read,
    },
    id,
    seal::Unlocked,
    store::Transaction,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What stands for another child's name.
const MASK: &str = "[another child]";

/// What a line of a chronology tells.
#[derive(Debug, Clone)]
pub enum LineKind {
    /// An entry.
    Entry {
        /// What it is.
        kind: EntryKind,
        /// How severe.
        severity: Option<Severity>,
        /// Its words.
        text: Words,
        /// Its reason.
        reason: Option<Words>,
    },
    /// A decision.
    Decision(Extent, Course),
    /// What was decided for a parent or carer.
    Parent(Telling),
    /// An agency was rung.
    Call(super::Agency),
    /// Its level by the local thresholds was decided, and whether it was referred.
    Threshold(super::ThresholdLevel, bool),
    /// It was said what kind of thing it is, and whether a crime is suspected.
    Classed(Vec<super::IncidentType>, super::Crime),
    /// Somebody was not sure how to go on and asked; whether advice has come.
    Unsure(bool),
    /// Sanction, where it is asked, and support were considered.
    Considered(Option<super::Sanction>, super::Support),
    /// What was learned was written down.
    Debrief(super::Lesson),
    /// Closed, with its outcome.
    Closed(Words),
    /// Opened again, with why.
    Reopened(Words),
    /// Something was here and was erased or moved away.
    Mark(Mark),
}

/// A line of a chronology.
#[derive(Debug, Clone)]
pub struct Line {
    /// When it happened where that is known, else when it was written.
    pub at: Timestamp,
    /// Whether that is when it happened.
    pub is_when_it_happened: bool,
    /// The reference of its file; none for a mark.
    pub reference: Option<String>,
    /// Who wrote it, where that may be told.
    pub by: Option<String>,
    /// What it tells.
    pub kind: LineKind,
}

/// The chronology of a child.
#[derive(Debug, Clone)]
pub struct Chronology {
    /// Who.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// The files in it, newest first: reference, and whether it is open.
    pub files: Vec<(String, bool)>,
    /// Files that the asker may know of and cannot open: they hold no key yet.
    pub locked: usize,
    /// Whether something in them is not as it was written, and was left out.
    pub is_altered: bool,
    /// Its lines, oldest first.
    pub lines: Vec<Line>,
}

impl Records {
    /// All that the asker may know about a child, in the order of time. Each file leaves its entry, as read or, where it is
    /// printed, as printed. Nothing about a child of whom they may know nothing is found.
    pub async fn chronology(&self, session: &Session, child: id::Person, is_print: bool) -> Result<Chronology, Fault> {
        let mut looking = self.looking().await?;
        let asker = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let files = files_about(&mut looking, &asker, child).await?;
        drop(looking);
        let act = if is_print { Act::Printed } else { Act::FileRead };
        let Some((first, rest)) = files.split_first() else {
            // That it was tried is kept, also where there is nothing.
            let nothing = Resource::File(id::File::parse(&child.to_string())?);
            let entered = self.act(session, act, nothing, Detail::none()).await?;
            return entered.finish(Err(Fault::NotFound)).await;
        };
        let detail = || Detail::none().with("part", "chronology");
        let mut entered = self.act(session, act, Resource::File(first.id), detail()).await?;
        let made = async {
            for file in rest {
                entered.also(act, Resource::File(file.id), detail()).await?;
            }
            chronology(&mut entered, child, &files).await
        }
        .await;
        entered.finish(made).await
    }
}

async fn files_about(t: &mut Transaction, asker: &access::Standing, child: id::Person) -> Result<Vec<FileRow>, Fault> {
    let access::Actor::Person(person) = asker.actor else { return Ok(Vec::new()) };
    let rows = t.rows(&FILES_ABOUT, &[asker.school.into(), person.into(), child.into()]).await?;
    let files = rows.iter().map(FileRow::of).collect::<Result<Vec<_>, Fault>>()?;
    let files = files.into_iter().filter(|file| file.kind == FileKind::Child).collect();
    known(t, asker, files).await
}

async fn chronology(entered: &mut Entered, child: id::Person, files: &[FileRow]) -> Result<Chronology, Fault> {
    let school = entered.session().school;
    let unlocked = unlocked(entered)?;
    let others = others(entered, child).await?;
    let name = names(entered.transaction(), school, [child].into()).await?.remove(&child).ok_or(Fault::NotFound)?;
    let mut made =
        Chronology { person: child, name, files: Vec::new(), locked: 0, is_altered: false, lines: Vec::new() };
    for file in files {
        match lines_of(entered, &unlocked, (file, &others), &mut made).await {
            // A duty lets them know of it, and they hold no key of it yet.
            Err(Fault::NotFound | Fault::Locked(_)) => made.locked += 1,
            done => done?,
        }
    }
    for mark in marks::seen(entered, child).await? {
        let (at, kind) = (mark.erased_at, LineKind::Mark(mark));
        made.lines.push(Line { at, is_when_it_happened: false, reference: None, by: None, kind });
    }
    made.lines.sort_by_key(|line| line.at);
    Ok(made)
}

async fn lines_of(
    entered: &mut Entered,
    unlocked: &Unlocked,
    (file, others): (&FileRow, &[String]),
    made: &mut Chronology,
) -> Result<(), Fault> {
    let school = entered.session().school;
    let view = read::view(entered, file.id).await?;
    let subjects = crate::file::ground::subjects(entered.transaction(), file.id).await?;
    let authors = view.entries.iter().filter_map(|entry| entry.author);
    let authors = authors.filter(|author| *author == file.person || !subjects.contains(author));
    let authors = authors.collect();
    let names = names(entered.transaction(), school, authors).await?;
    let names: &BTreeMap<id::Person, String> = &names;
    made.is_altered |= !view.altered.is_empty();
    made.files.push((file.reference.clone(), view.file.status.is_open));
    let line = |at, by: Option<id::Person>, kind| Line {
        at,
        is_when_it_happened: false,
        reference: Some(file.reference.clone()),
        by: by.and_then(|by| names.get(&by).cloned()),
        kind,
    };
    let masked = |words: &Words| without_others(words, others);
    for entry in &view.entries {
        let (text, reason) = (masked(&entry.text), entry.reason.as_ref().map(masked));
        let kind = LineKind::Entry { kind: entry.kind, severity: entry.severity, text, reason };
        let at = entry.moment.unwrap_or(entry.recorded_at);
        made.lines.push(Line { is_when_it_happened: entry.moment.is_some(), ..line(at, entry.author, kind) });
    }
    for turn in &view.turns {
        let kind = match &turn.outcome {
            Some(outcome) => LineKind::Closed(masked(outcome)),
            None => LineKind::Reopened(masked(&turn.reason)),
        };
        made.lines.push(line(turn.recorded_at, turn.by, kind));
    }
    for (at, kind) in steps(entered, unlocked, file).await? {
        made.lines.push(line(at, None, kind));
    }
    Ok(())
}

/// Decisions, what was decided for parents, and calls, with what they are and without their words: these stand on the concern's page.
async fn steps(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Vec<(Timestamp, LineKind)>, Fault> {
    let mut steps = Vec::new();
    for row in entered.rows(&super::statements::DECISIONS, &[file.id.into()]).await? {
        steps.push((row.get(5)?, LineKind::Decision(row.get(2)?, row.get(3)?)));
    }
    for view in super::case::decisions(entered, unlocked, file).await? {
        let threshold = view.threshold.map(|one| LineKind::Threshold(one.level, one.is_referred));
        steps.extend(threshold.map(|kind| (view.at, kind)));
    }
    for view in super::further::classes(entered, unlocked, file).await? {
        steps.push((view.at, LineKind::Classed(view.class.types, view.class.crime)));
    }
    for view in super::case::actions(entered, unlocked, file).await? {
        steps.extend(view.advice.map(|advice| (view.at, LineKind::Unsure(advice.advised.is_some()))));
    }
    for view in super::further::considered(entered, unlocked, file).await? {
        let sanction = view.answers.sanction.map(|said| said.answer);
        steps.extend(view.answers.support.map(|said| (view.at, LineKind::Considered(sanction, said.answer))));
        steps.extend(view.debrief.map(|one| (one.at, LineKind::Debrief(one.debrief.course))));
    }
    for row in entered.rows(&super::statements::PARENTS, &[file.id.into()]).await? {
        steps.push((row.get(6)?, LineKind::Parent(row.get(2)?)));
    }
    for call in super::case::calls(entered, unlocked, file).await? {
        steps.push((call.rung_at, LineKind::Call(call.agency)));
    }
    Ok(steps)
}

/// The whole names of all other pupils.
async fn others(entered: &mut Entered, child: id::Person) -> Result<Vec<String>, Fault> {
    let school = entered.session().school;
    let mut others = Vec::new();
    let mut own = Vec::new();
    for row in entered.rows(&PUPIL_NAMES, &[school.into()]).await? {
        let (full, preferred): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        let last = full.split_whitespace().next_back().unwrap_or_default().to_owned();
        let called = preferred.map(|preferred| format!("{preferred} {last}"));
        let names = if row.get::<id::Person>(0)? == child { &mut own } else { &mut others };
        names.push(full);
        names.extend(called);
    }
    // A namesake's name is the child's own.
    others.retain(|name| name.contains(' ') && !own.contains(name));
    Ok(others)
}

/// Words without the names of other pupils: of whoever is named in full also each part of the name.
fn without_others(words: &Words, others: &[String]) -> Words {
    let lower = zeroize::Zeroizing::new(words.as_str().to_lowercase());
    let mut named: Vec<&str> =
        others.iter().map(String::as_str).filter(|name| lower.contains(&name.to_lowercase())).collect();
    if named.is_empty() {
        return words.clone();
    }
    let parts: Vec<&str> =
        named.iter().flat_map(|name| name.split_whitespace()).filter(|part| part.len() > 1).collect();
    named.extend(parts);
    named.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    words.masked_as(&named, MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_child_who_is_named_in_full_is_named_nowhere_in_these_words() {
        let others = ["Ben Birch".to_owned(), "Cai Stone".to_owned()];
        let words = Words::new("Ann said that ben birch hit her; Ben ran. Cai laughed.").unwrap();
        let masked = without_others(&words, &others);
        assert_eq!(masked.as_str(), "Ann said that [another child] hit her; [another child] ran. Cai laughed.");
        let words = Words::new("Ann was quiet.").unwrap();
        assert_eq!(without_others(&words, &others).as_str(), "Ann was quiet.");
    }
}
