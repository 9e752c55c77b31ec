//! Reading files: which there are, what is in one, and where some words are. Each leaves its entry before anything is handed
//! out, and whoever is a subject is kept out before a list is compiled.

use super::{
    EntryKind, Mark, Severity, Status, Words,
    ground::{self, FileRow, Spot, open_words, unlocked},
    marks,
    statements::{CLOSINGS, ENTRIES, FILES, MOVED_TO, PAIR, REOPENINGS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, FileKind, Resource, Standing},
    audit::Detail,
    id,
    seal::Unlocked,
    store::{Transaction, Value},
};
use jiff::Timestamp;

/// Files on one page of a list.
const PAGE: usize = 50;
/// Files that one search opens, newest first.
const MOST_SEARCHED: usize = 500;
/// Files that one search shows.
const MOST_FOUND: usize = 50;

/// Which files to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Which {
    /// Only those about this person.
    pub person: Option<id::Person>,
    /// Only those that are open.
    pub only_open: bool,
    /// Only those opened before this file was: the next page.
    pub after: Option<(Timestamp, id::File)>,
}

/// A file on a list. Nothing of it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The file.
    pub file: id::File,
    /// A child's, or one about an adult who works here.
    pub kind: FileKind,
    /// Whom it is about.
    pub person: id::Person,
    /// Its random reference.
    pub reference: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How it stands.
    pub status: Status,
}

/// A page of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The files, newest first.
    pub files: Vec<Listed>,
    /// Where the next page begins, if there may be more: after the last file of this one. Never a file that was not shown.
    pub next: Option<(Timestamp, id::File)>,
    /// Where a person was asked for: what was erased or moved away, without a word of it.
    pub marks: Vec<Mark>,
}

/// An entry, opened.
#[derive(Debug, Clone)]
pub struct EntryView {
    /// Its id.
    pub id: id::Entry,
    /// Who wrote it, where it was somebody known.
    pub author: Option<id::Person>,
    /// What it is.
    pub kind: EntryKind,
    /// The entry it amends.
    pub amends: Option<id::Entry>,
    /// The severity it gives.
    pub severity: Option<Severity>,
    /// When it happened, if that is known.
    pub moment: Option<Timestamp>,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// What it says.
    pub text: Words,
    /// Its reason.
    pub reason: Option<Words>,
}

/// A closing or an opening again.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Its id.
    pub id: id::Row,
    /// By whom.
    pub by: Option<id::Person>,
    /// The outcome, where it is a closing.
    pub outcome: Option<Words>,
    /// Why.
    pub reason: Words,
    /// When.
    pub recorded_at: Timestamp,
}

/// A file, opened. Adults whom a child's file names are not told here: the child's part has them masked.
#[derive(Debug, Clone)]
pub struct FileView {
    /// As on the list.
    pub file: Listed,
    /// What is in it, oldest first.
    pub entries: Vec<EntryView>,
    /// When it was closed and opened again, closings first.
    pub turns: Vec<Turn>,
    /// From an adult's part: the child's part of the same concern.
    pub child_part: Option<id::File>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Files in which every word stands, newest first, and the entries that hold one.
    pub files: Vec<(Listed, Vec<id::Entry>)>,
    /// Whether everything that the asker may open was looked through.
    pub is_complete: bool,
}

impl Records {
    /// The files that the asker may know of. Whoever is a subject of a file is taken out before the list is compiled.
    pub async fn list_files(&self, session: &Session, which: &Which) -> Result<Listing, Fault> {
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let (shown, _) = page(&mut looking, &standing, which).await?;
        drop(looking);
        let ids: Vec<String> = shown.iter().map(|row| row.id.to_string()).collect();
        let detail = Detail::none().with("files", ids.join(" "));
        let mut entered = self.act(session, Act::FilesListed, Resource::School, detail).await?;
        let listing = listing(&mut entered, which, &ids).await;
        entered.finish(listing).await
    }

    /// A file with everything in it, opened with what the asker unlocked. The entry is on disk before a word is handed out.
    pub async fn read_file(&self, session: &Session, file: id::File) -> Result<FileView, Fault> {
        let mut entered = self.act(session, Act::FileRead, Resource::File(file), Detail::none()).await?;
        let view = view(&mut entered, file).await;
        entered.finish(view).await
    }

    /// Finds files in which each of these words stands, by opening what the asker may open, in memory: no index of sealed
    /// words is ever written. No words find nothing. Each file found leaves its entry.
    pub async fn search_files(&self, session: &Session, words: &str) -> Result<Found, Fault> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        if words.is_empty() {
            return Ok(Found { files: Vec::new(), is_complete: true });
        }
        let detail = Detail::none().with("words", words.len().to_string());
        let mut entered = self.act(session, Act::FilesSearched, Resource::School, detail).await?;
        let found = search(&mut entered, &words).await;
        entered.finish(found).await
    }
}

async fn listing(entered: &mut Entered, which: &Which, ids: &[String]) -> Result<Listing, Fault> {
    // Compiled again behind the entry: what was taken away in between is gone, and nothing is shown that it does not name.
    let standing = entered.standing().clone();
    let (rows, next) = page(entered.transaction(), &standing, which).await?;
    let mut files = Vec::new();
    for row in rows.iter().filter(|row| ids.contains(&row.id.to_string())) {
        files.push(listed(entered.transaction(), row).await?);
    }
    let marks = match which.person {
        Some(person) => marks::seen(entered, person).await?,
        None => Vec::new(),
    };
    Ok(Listing { files, next, marks })
}

async fn view(entered: &mut Entered, file: id::File) -> Result<FileView, Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    let unlocked = unlocked(entered)?;
    let entries = entries(entered, &unlocked, &row).await?.into_iter();
    let entries = entries.filter_map(|(entry, is_withheld)| (!is_withheld).then_some(entry)).collect();
    let turns = turns(entered, &unlocked, &row).await?;
    let child_part = child_part(entered, &unlocked, &row).await?;
    let file = listed(entered.transaction(), &row).await?;
    Ok(FileView { file, entries, turns, child_part })
}

async fn search(entered: &mut Entered, words: &[String]) -> Result<Found, Fault> {
    let unlocked = unlocked(entered)?;
    let standing = entered.standing().clone();
    let mut which = Which::default();
    let mut found = Found { files: Vec::new(), is_complete: true };
    let mut searched = 0;
    loop {
        let (rows, next) = page(entered.transaction(), &standing, &which).await?;
        for row in &rows {
            if searched == MOST_SEARCHED || found.files.len() == MOST_FOUND {
                found.is_complete = false;
                break;
            }
            searched += 1;
            if let Some(hits) = hits(entered, &unlocked, row, words).await? {
                entered.also(Act::FileFound, Resource::File(row.id), Detail::none()).await?;
                found.files.push((listed(entered.transaction(), row).await?, hits));
            }
        }
        which.after = next;
        if next.is_none() || !found.is_complete {
            return Ok(found);
        }
    }
}

/// A page of the files this standing may know, and where the next begins: always at the last one shown, however many are
/// looked at that are not.
async fn page(
    t: &mut Transaction,
    standing: &Standing,
    which: &Which,
) -> Result<(Vec<FileRow>, Option<(Timestamp, id::File)>), Fault> {
    let Actor::Person(asker) = standing.actor else { return Ok((Vec::new(), None)) };
    let mut known = Vec::new();
    let mut after = which.after;
    loop {
        let (moment, file) = match after {
            Some((moment, file)) => (Value::from(moment), Value::from(file)),
            None => (Value::Number(Some(i64::MAX)), Value::from("")),
        };
        let limit = i64::try_from(PAGE * 4).unwrap_or(i64::MAX);
        let values = [standing.school.into(), asker.into(), which.person.into(), moment, file, limit.into()];
        let rows = t.rows(&FILES, &values).await?;
        let is_last = rows.len() < PAGE * 4;
        for row in &rows {
            let row = FileRow::of(row)?;
            after = Some((row.opened_at, row.id));
            let facts = access::facts(t, standing.school, &Resource::File(row.id), standing.now).await?;
            if !access::may_know(standing, &facts) {
                continue;
            }
            if which.only_open && !ground::standing_of(t, row.id).await?.is_open {
                continue;
            }
            known.push(row);
            if known.len() == PAGE {
                return Ok((known, after));
            }
        }
        if is_last {
            return Ok((known, None));
        }
    }
}

async fn listed(t: &mut Transaction, row: &FileRow) -> Result<Listed, Fault> {
    let status = ground::standing_of(t, row.id).await?;
    let reference = row.reference.clone();
    Ok(Listed { file: row.id, kind: row.kind, person: row.person, reference, opened_at: row.opened_at, status })
}

/// Every entry of a file, opened, each with whether it is withheld.
pub(super) async fn entries(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Vec<(EntryView, bool)>, Fault> {
    let mut entries = Vec::new();
    for row in entered.rows(&ENTRIES, &[file.id.into()]).await? {
        let id: id::Entry = row.get(0)?;
        let row_id = id.to_string();
        let spot = |column| Spot { compartment: file.compartment, table: "file_entry", column, row: &row_id };
        let text = open_words(entered, unlocked, spot("text"), &row.get::<Vec<u8>>(5)?).await?;
        let reason = match row.get::<Option<Vec<u8>>>(6)? {
            Some(sealed) => Some(open_words(entered, unlocked, spot("reason"), &sealed).await?),
            None => None,
        };
        let kind = EntryKind::from_word(&row.get::<String>(2)?).ok_or_else(|| ground::damaged("an entry's kind"))?;
        let entry = EntryView {
            id,
            author: row.get(1)?,
            kind,
            amends: row.get(3)?,
            severity: row.get::<Option<i64>>(4)?.and_then(Severity::new),
            moment: row.get(7)?,
            recorded_at: row.get(8)?,
            text,
            reason,
        };
        entries.push((entry, row.get(9)?));
    }
    Ok(entries)
}

/// When a file was closed and opened again, opened.
pub(super) async fn turns(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow) -> Result<Vec<Turn>, Fault> {
    let mut turns = Vec::new();
    for row in entered.rows(&CLOSINGS, &[file.id.into()]).await? {
        let id: id::Row = row.get(0)?;
        let row_id = id.to_string();
        let spot = |column| Spot { compartment: file.compartment, table: "file_closed", column, row: &row_id };
        let outcome = Some(open_words(entered, unlocked, spot("outcome"), &row.get::<Vec<u8>>(2)?).await?);
        let reason = open_words(entered, unlocked, spot("reason"), &row.get::<Vec<u8>>(3)?).await?;
        turns.push(Turn { id, by: row.get(1)?, outcome, reason, recorded_at: row.get(4)? });
    }
    for row in entered.rows(&REOPENINGS, &[file.id.into()]).await? {
        let id: id::Row = row.get(0)?;
        let row_id = id.to_string();
        let spot = Spot { compartment: file.compartment, table: "file_reopened", column: "reason", row: &row_id };
        let reason = open_words(entered, unlocked, spot, &row.get::<Vec<u8>>(2)?).await?;
        turns.push(Turn { id, by: row.get(1)?, outcome: None, reason, recorded_at: row.get(3)? });
    }
    Ok(turns)
}

/// The child's part of an adult's part, where it is now: it may have been moved to the right child since.
pub(super) async fn child_part(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Option<id::File>, Fault> {
    let Some(row) = entered.row(&PAIR, &[file.id.into()]).await? else { return Ok(None) };
    let row_id = file.id.to_string();
    let spot = Spot { compartment: file.compartment, table: "file_pair", column: "child_part", row: &row_id };
    let words = open_words(entered, unlocked, spot, &row.get::<Vec<u8>>(0)?).await?;
    let mut part = id::File::parse(words.as_str())?;
    let school = entered.session().school;
    while let Some(row) = entered.row(&MOVED_TO, &[part.into(), school.into()]).await? {
        part = row.get(0)?;
    }
    Ok(Some(part))
}

/// The entries of a file that hold one of the words, if every word stands in one of them.
async fn hits(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
    words: &[String],
) -> Result<Option<Vec<id::Entry>>, Fault> {
    let opened = match entries(entered, unlocked, file).await {
        // A duty lets them know of it, and they hold no key of it yet.
        Err(Fault::NotFound | Fault::Locked(_)) => return Ok(None),
        opened => opened?,
    };
    let mut is_found = vec![false; words.len()];
    let mut hits = Vec::new();
    for (entry, _) in opened.iter().filter(|(_, is_withheld)| !is_withheld) {
        let text = zeroize::Zeroizing::new(entry.text.as_str().to_lowercase());
        let reason = zeroize::Zeroizing::new(entry.reason.as_ref().map(|reason| reason.as_str().to_lowercase()));
        let reason = reason.as_deref().unwrap_or_default();
        let mut is_hit = false;
        for (word, is_found) in words.iter().zip(&mut is_found) {
            if text.contains(word.as_str()) || reason.contains(word.as_str()) {
                (is_hit, *is_found) = (true, true);
            }
        }
        if is_hit {
            hits.push(entry.id);
        }
    }
    Ok(is_found.iter().all(|is_found| *is_found).then_some(hits))
}
