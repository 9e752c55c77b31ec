//! Reading files: which there are, what is in one, and where some words are. Each leaves its entry before anything is handed
//! out, and whoever is a subject is kept out before a list is compiled.

use super::{
    EntryKind, Mark, Severity, Status, Words,
    ground::{self, Beside, FileRow, Spot, open_entry, open_words, unlocked},
    marks,
    statements::{CLOSINGS, ENTRIES, FILES, MOVED_TO, PAIR, REOPENINGS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, FileKind, Resource, Standing},
    audit::Detail,
    id,
    seal::Unlocked,
    store::{Row, Transaction, Value},
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
    /// What is in it too and is not as it was written, so that nothing of it is shown: somebody altered the store.
    pub altered: Vec<Altered>,
    /// When it was closed and opened again, closings first.
    pub turns: Vec<Turn>,
    /// From an adult's part: the child's part of the same concern.
    pub child_part: Option<id::File>,
}

/// Something in a file that cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Altered {
    /// Its id: of an entry, a closing or an opening again.
    pub id: String,
    /// When it was written, as it says.
    pub recorded_at: Timestamp,
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

pub(crate) async fn view(entered: &mut Entered, file: id::File) -> Result<FileView, Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    let unlocked = unlocked(entered)?;
    let (entries, mut altered) = trusted(opened(entered, &unlocked, &row).await?)?;
    let entries = entries.into_iter().filter_map(|(entry, is_withheld)| (!is_withheld).then_some(entry)).collect();
    let (turns, altered_turns) = trusted_turns(entered, &unlocked, &row).await?;
    altered.extend(altered_turns);
    let child_part = child_part(entered, &unlocked, &row).await?;
    let file = listed(entered.transaction(), &row).await?;
    Ok(FileView { file, entries, altered, turns, child_part })
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
pub(crate) async fn page(
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
        let files = rows.iter().map(FileRow::of).collect::<Result<Vec<_>, Fault>>()?;
        let last = files.last().map(|row| (row.opened_at, row.id));
        for row in crate::concern::answer::known(t, standing, files).await? {
            after = Some((row.opened_at, row.id));
            if which.only_open && !ground::standing_of(t, row.id).await?.is_open {
                continue;
            }
            known.push(row);
            if known.len() == PAGE {
                return Ok((known, after));
            }
        }
        after = last;
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

/// Entries, each with whether it is withheld.
type Entries = Vec<(EntryView, bool)>;

/// An entry with whether it is withheld; or, of one that is not as it was written, what is known of it and the fault.
type Opened = Result<(EntryView, bool), (Altered, Fault)>;

/// Every entry of a file, opened, each with whether it is withheld. Refused where one of them is not as it was written.
pub(super) async fn entries(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<Vec<(EntryView, bool)>, Fault> {
    opened(entered, unlocked, file).await?.into_iter().map(|entry| entry.map_err(|(_, fault)| fault)).collect()
}

/// Every entry of a file, opened one by one: one that was altered does not take the others with it.
async fn opened(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow) -> Result<Vec<Opened>, Fault> {
    let mut entries = Vec::new();
    for row in entered.rows(&ENTRIES, &[file.id.into()]).await? {
        let (id, recorded_at): (String, Timestamp) = (row.get(0)?, row.get(8)?);
        entries.push(match entry(entered, unlocked, file, &row).await {
            Err(fault @ Fault::Damaged(_)) => Err((altered(id, recorded_at), fault)),
            entry => Ok(entry?),
        });
    }
    Ok(entries)
}

fn altered(id: String, recorded_at: Timestamp) -> Altered {
    tracing::error!(id, "something in a file is not as it was written; it is left out where the file is read");
    Altered { id, recorded_at }
}

/// What can be trusted, and what cannot. Where nothing can, there is nothing to show.
fn trusted(opened: Vec<Opened>) -> Result<(Entries, Vec<Altered>), Fault> {
    let (mut entries, mut altered, mut first) = (Vec::new(), Vec::new(), None);
    for entry in opened {
        match entry {
            Ok(entry) => entries.push(entry),
            Err((known, fault)) => {
                altered.push(known);
                first.get_or_insert(fault);
            }
        }
    }
    match first {
        Some(fault) if entries.is_empty() => Err(fault),
        _ => Ok((entries, altered)),
    }
}

async fn entry(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
    row: &Row,
) -> Result<(EntryView, bool), Fault> {
    let id: id::Entry = row.get(0)?;
    let row_id = id.to_string();
    let spot = |column| Spot { compartment: file.compartment, table: "file_entry", column, row: &row_id };
    let kind = EntryKind::from_word(&row.get::<String>(2)?).ok_or_else(|| ground::damaged("an entry's kind"))?;
    let (author, amends) = (row.get(1)?, row.get(3)?);
    let severity = row.get::<Option<i64>>(4)?.and_then(Severity::new);
    let (moment, recorded_at) = (row.get(7)?, row.get(8)?);
    let beside = Beside { author, kind, amends, severity, moment, recorded_at };
    let text = open_entry(entered, unlocked, spot("text"), &beside, &row.get::<Vec<u8>>(5)?).await?;
    let reason = match row.get::<Option<Vec<u8>>>(6)? {
        Some(sealed) => Some(open_entry(entered, unlocked, spot("reason"), &beside, &sealed).await?),
        None => None,
    };
    Ok((EntryView { id, author, kind, amends, severity, moment, recorded_at, text, reason }, row.get(9)?))
}

/// When a file was closed and opened again, opened. Refused where one of them is not as it was written.
pub(super) async fn turns(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow) -> Result<Vec<Turn>, Fault> {
    let (turns, altered) = trusted_turns(entered, unlocked, file).await?;
    if altered.is_empty() {
        return Ok(turns);
    }
    Err(ground::damaged("a closing or an opening again"))
}

/// The same, with what is not as it was written beside it.
async fn trusted_turns(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<(Vec<Turn>, Vec<Altered>), Fault> {
    let mut all = Vec::new();
    for row in entered.rows(&CLOSINGS, &[file.id.into()]).await? {
        let (id, recorded_at): (String, Timestamp) = (row.get(0)?, row.get(4)?);
        all.push((id, recorded_at, closing(entered, unlocked, file, &row).await));
    }
    for row in entered.rows(&REOPENINGS, &[file.id.into()]).await? {
        let (id, recorded_at): (String, Timestamp) = (row.get(0)?, row.get(3)?);
        all.push((id, recorded_at, reopening(entered, unlocked, file, &row).await));
    }
    let (mut turns, mut others) = (Vec::new(), Vec::new());
    for (id, recorded_at, turn) in all {
        match turn {
            Err(Fault::Damaged(_)) => others.push(altered(id, recorded_at)),
            turn => turns.push(turn?),
        }
    }
    Ok((turns, others))
}

async fn closing(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow, row: &Row) -> Result<Turn, Fault> {
    let id: id::Row = row.get(0)?;
    let row_id = id.to_string();
    let spot = |column| Spot { compartment: file.compartment, table: "file_closed", column, row: &row_id };
    let outcome = Some(open_words(entered, unlocked, spot("outcome"), &row.get::<Vec<u8>>(2)?).await?);
    let reason = open_words(entered, unlocked, spot("reason"), &row.get::<Vec<u8>>(3)?).await?;
    Ok(Turn { id, by: row.get(1)?, outcome, reason, recorded_at: row.get(4)? })
}

async fn reopening(entered: &mut Entered, unlocked: &Unlocked, file: &FileRow, row: &Row) -> Result<Turn, Fault> {
    let id: id::Row = row.get(0)?;
    let row_id = id.to_string();
    let spot = Spot { compartment: file.compartment, table: "file_reopened", column: "reason", row: &row_id };
    let reason = open_words(entered, unlocked, spot, &row.get::<Vec<u8>>(2)?).await?;
    Ok(Turn { id, by: row.get(1)?, outcome: None, reason, recorded_at: row.get(3)? })
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
/// The entries of a file that hold one of these words, if each of the words stands in it.
pub(crate) async fn hits(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
    words: &[String],
) -> Result<Option<Vec<id::Entry>>, Fault> {
    let opened = match opened(entered, unlocked, file).await {
        // A duty lets them know of it, and they hold no key of it yet.
        Err(Fault::NotFound | Fault::Locked(_)) => return Ok(None),
        opened => opened?,
    };
    // What is not as it was written is told where the file is read, and is not found here.
    let opened: Entries = opened.into_iter().filter_map(Result::ok).collect();
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
