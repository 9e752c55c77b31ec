//! Raising a concern, and adding to one. Write-only: whoever raises seals what they write to others' keys, and reads nothing
//! back unless they are entitled anyway.

use super::{
    EntryKind, Severity, Words,
    ground::{self, Beside, FileRow, Spot, seal_entry, seal_words},
    hold, open, reference,
    statements::{NAMED_IN, NEW_ENTRY, NEW_FILE, NEW_PAIR, NEW_REMOVAL, NEW_SUBJECT, OWN_REPORTS},
    twin,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, FileKind, Resource},
    audit::Detail,
    concern::climb,
    id, seal,
    store::Transaction,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// An entry to be written.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// What it is.
    pub kind: EntryKind,
    /// How severe, where the writer says so.
    pub severity: Option<Severity>,
    /// When it happened, if that is known.
    pub moment: Option<Timestamp>,
    /// What it says.
    pub text: Words,
    /// Why, where the kind asks for a reason.
    pub reason: Option<Words>,
}

/// A file to be opened, with its first entry.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// A child's file, or one about an adult who works here.
    pub kind: FileKind,
    /// Whom it is about.
    pub person: id::Person,
    /// Adults it names, who must not see it.
    pub named: Vec<id::Person>,
    /// What was seen, said or thought.
    pub entry: NewEntry,
}

/// A concern about an adult that is also about a child: two files, and nobody can go from the child's to the adult.
#[derive(Debug, Clone)]
pub struct NewPair {
    /// The child.
    pub child: id::Person,
    /// The adult.
    pub adult: id::Person,
    /// What was seen, said or thought. The child's part has it with the adult's names masked.
    pub entry: NewEntry,
}

/// What whoever raised it keeps: enough to add to it later, and to quote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The file.
    pub file: id::File,
    /// Their own entry, by which they may add to it for ever.
    pub entry: id::Entry,
    /// Its random reference.
    pub reference: String,
}

/// One's own report, as far as whoever made it may know: that it is there, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnReport {
    /// The entry, by which they may add to it.
    pub entry: id::Entry,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A new file's own things.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a> {
    pub file: id::File,
    pub kind: FileKind,
    pub person: id::Person,
    pub named: &'a [id::Person],
    /// Who is entitled and was taken out by name: they get no key of it.
    pub without: &'a [id::Person],
    /// Whom of these it may concern themselves.
    pub concerned: &'a [id::Person],
    pub came_from: Option<id::File>,
    /// The reference that stands on the paper form it was written on first; otherwise a new one is made.
    pub reference: Option<&'a str>,
}

/// The entries that a file begins with, each under its id.
pub(crate) type FirstEntries = [(id::Entry, NewEntry)];

impl Records {
    /// Opens a file with its first entry, in one act. The asker cannot read it back unless a duty entitles them.
    pub async fn open_file(&self, session: &Session, new: &NewFile) -> Result<Raised, Fault> {
        check_first(&new.entry)?;
        let (file, entry) = (id::File::new(self.clock().now())?, id::Entry::new(self.clock().now())?);
        let detail = Detail::none().with("file", file.to_string()).with("entry", entry.to_string());
        let mut entered = self.act(session, Act::FileOpened, Resource::NewFile(new.kind, new.person), detail).await?;
        let start = Start {
            file,
            kind: new.kind,
            person: new.person,
            named: &new.named,
            without: &[],
            concerned: &[],
            came_from: None,
            reference: None,
        };
        let raised = begin(&mut entered, &start, &[(entry, new.entry.clone())]).await;
        entered.finish(raised).await
    }

    /// Opens the child's part and the adult's part of one concern, in one act: the child's goes to whoever looks after
    /// children with the adult masked, the adult's to the head or who stands in (practice 10). Gives the child's part
    /// first. If either cannot be opened, neither is.
    pub async fn open_pair(&self, session: &Session, new: &NewPair) -> Result<(Raised, Raised), Fault> {
        check_first(&new.entry)?;
        let now = self.clock().now();
        let (child, adult) = (id::File::new(now)?, id::File::new(now)?);
        let (child_entry, adult_entry) = (id::Entry::new(now)?, id::Entry::new(now)?);
        let detail = |file: id::File, entry: id::Entry| {
            Detail::none().with("file", file.to_string()).with("entry", entry.to_string())
        };
        let child_resource = Resource::NewFile(FileKind::Child, new.child);
        let mut entered = self.act(session, Act::FileOpened, child_resource, detail(child, child_entry)).await?;
        let raised = async {
            let masked = masked(&mut entered, &[new.adult], &new.entry).await?;
            let named = [new.adult];
            let start = Start {
                file: child,
                kind: FileKind::Child,
                person: new.child,
                named: &named,
                without: &[],
                concerned: &[],
                came_from: None,
                reference: None,
            };
            let childs = begin(&mut entered, &start, &[(child_entry, masked)]).await?;
            let adult_resource = Resource::NewFile(FileKind::StaffConcern, new.adult);
            entered.also(Act::FileOpened, adult_resource, detail(adult, adult_entry)).await?;
            let start = Start { file: adult, kind: FileKind::StaffConcern, person: new.adult, named: &[], ..start };
            let adults = begin(&mut entered, &start, &[(adult_entry, new.entry.clone())]).await?;
            pair(&mut entered, adult, child).await?;
            Ok((childs, adults))
        }
        .await;
        entered.finish(raised).await
    }

    /// Adds an entry to a file: anything, by who may read it; a report, by whoever reported to it before.
    pub async fn add_entry(&self, session: &Session, file: id::File, entry: &NewEntry) -> Result<id::Entry, Fault> {
        if entry.kind == EntryKind::Amendment {
            return Err(is_amendment());
        }
        check(entry)?;
        let id = id::Entry::new(self.clock().now())?;
        let mut entered = self.enter_entry(session, file, id, entry.kind).await?;
        let added = add(&mut entered, file, id, entry).await;
        entered.finish(added).await
    }

    /// “I have heard more”: adds a report to wherever one's own report is now. Always possible, whatever became of the
    /// file, whoever reads it now (practice 30).
    pub async fn add_to_report(&self, session: &Session, own: id::Entry, entry: &NewEntry) -> Result<id::Entry, Fault> {
        if entry.kind == EntryKind::Amendment {
            return Err(is_amendment());
        }
        check(entry)?;
        let (file, _) = ground::file_of(&mut self.looking().await?, session.school, own).await?;
        let id = id::Entry::new(self.clock().now())?;
        let mut entered = self.enter_entry(session, file, id, entry.kind).await?;
        let added = async {
            // Somebody else's report is not there, also for who may read it: they add to the file.
            if !is_author(&mut entered, own).await? {
                return Err(Fault::NotFound);
            }
            add(&mut entered, file, id, entry).await?;
            if entry.kind.is_report() {
                twin::add_to_twins(&mut entered, own, id, entry).await?;
            }
            Ok(id)
        }
        .await;
        entered.finish(added).await
    }

    /// Amends an entry by adding one that names it; both texts stay. By who wrote the first or may read the file.
    pub async fn amend_entry(
        &self,
        session: &Session,
        amended: id::Entry,
        text: &Words,
        reason: &Words,
    ) -> Result<id::Entry, Fault> {
        let (file, _) = ground::file_of(&mut self.looking().await?, session.school, amended).await?;
        let id = id::Entry::new(self.clock().now())?;
        let mut entered = self.enter_entry(session, file, id, EntryKind::Amendment).await?;
        let added = async {
            if !is_author(&mut entered, amended).await? && !access::may_know(entered.standing(), entered.facts()) {
                return Err(Fault::NotFound);
            }
            let row = ground::any_file(entered.transaction(), session.school, file).await?;
            let (text, reason) = (text.clone(), Some(reason.clone()));
            let entry = NewEntry { kind: EntryKind::Amendment, severity: None, moment: None, text, reason };
            let masked = masked_in(&mut entered, &row, &entry).await?;
            write_entry(&mut entered, &row, id, Some(amended), &masked).await?;
            if is_author(&mut entered, amended).await? {
                twin::amend_twins(&mut entered, amended, id, &entry).await?;
            }
            Ok(id)
        }
        .await;
        entered.finish(added).await
    }

    /// The asker's own reports, newest first, at most 100: that they are there, nothing of what became of them.
    pub async fn own_reports(&self, session: &Session) -> Result<Vec<OwnReport>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let shown = reports(&mut self.looking().await?, session.school, person).await?;
        let ids: Vec<String> = shown.iter().map(|report| report.entry.to_string()).collect();
        // Which and how many is a digest: readers of the log would learn that somebody reported.
        let detail = Detail::none().digest("entries", ids.join(" "));
        let mut entered = self.act(session, Act::OwnReportsRead, Resource::Person(person), detail).await?;
        let reports = reports(entered.transaction(), session.school, person).await;
        // Nothing is shown that the entry does not name.
        entered
            .finish(reports.map(|reports| reports.into_iter().filter(|report| shown.contains(report)).collect()))
            .await
    }

    async fn enter_entry(
        &self,
        session: &Session,
        file: id::File,
        entry: id::Entry,
        kind: EntryKind,
    ) -> Result<Entered, Fault> {
        let detail = Detail::none().with("entry", entry.to_string()).with("kind", kind.word());
        self.act(session, Act::EntryAdded, Resource::File(file), detail).await
    }
}

async fn reports(t: &mut Transaction, school: id::School, person: id::Person) -> Result<Vec<OwnReport>, Fault> {
    let rows = t.rows(&OWN_REPORTS, &[school.into(), person.into()]).await?;
    rows.iter().map(|row| Ok(OwnReport { entry: row.get(0)?, recorded_at: row.get(1)? })).collect()
}

fn is_amendment() -> Fault {
    Fault::wrong("An amendment names the entry it amends. Amend that entry.")
}

/// Whether whoever acts wrote an entry of this school.
async fn is_author(entered: &mut Entered, entry: id::Entry) -> Result<bool, Fault> {
    let school = entered.session().school;
    let (_, author) = ground::file_of(entered.transaction(), school, entry).await?;
    Ok(author.is_some() && author == ground::asker(entered))
}

/// What is wrong with an entry before anybody is asked.
fn check(entry: &NewEntry) -> Result<(), Fault> {
    if entry.kind.needs_reason() && entry.reason.is_none() {
        return Err(Fault::wrong(format!("“{}” needs its reason. Write why.", entry.kind.title())));
    }
    if entry.kind == EntryKind::Severity && entry.severity.is_none() {
        return Err(Fault::wrong("Say which severity it is to be, from 1 to 5."));
    }
    Ok(())
}

pub(crate) fn check_first(entry: &NewEntry) -> Result<(), Fault> {
    if entry.kind.is_report() {
        return check(entry);
    }
    Err(Fault::wrong("A file begins with what was seen or heard, the child’s words, or an opinion."))
}

/// A new file with its first entries, and the hold that it places. The first of the entries is the one by which whoever raised it
/// adds to it. Whom it begins without is kept out by name for good. Who is to answer it now is told in the same act: no alert waits
/// for a clock.
pub(crate) async fn begin(entered: &mut Entered, start: &Start<'_>, entries: &FirstEntries) -> Result<Raised, Fault> {
    let row = start_file(entered, start).await?;
    for person in start.without {
        // Of the adult it says no more than of anybody: whoever reads the child's part does not learn who is meant.
        let why = if start.concerned.contains(person) {
            "What was raised may concern them."
        } else {
            "Family of another child whom this concern is about."
        };
        keep_out(entered, &row, *person, why).await?;
    }
    for (id, entry) in entries {
        write_entry(entered, &row, *id, None, entry).await?;
    }
    hold::for_case(entered, &row).await?;
    climb::tell_due(entered, row.id).await?;
    let (first, _) = entries.first().ok_or_else(|| Fault::wrong("There are no words. Write at least one line."))?;
    Ok(Raised { file: row.id, entry: *first, reference: row.reference })
}

/// Keeps somebody out of a file that is opened just now, and why: they are family of another child whom it tells of, or what it
/// begins with was kept from them.
pub(super) async fn keep_out(entered: &mut Entered, row: &FileRow, person: id::Person, why: &str) -> Result<(), Fault> {
    let (school, now, asker) = (entered.session().school, entered.now(), ground::asker(entered));
    let id = id::Row::new(now)?;
    let removal = id.to_string();
    let spot = Spot { compartment: row.compartment, table: "file_removal", column: "reason", row: &removal };
    let reason = seal_words(entered, spot, &Words::new(why)?).await?;
    let values = [id.into(), school.into(), row.id.into(), person.into(), asker.into(), reason.into(), now.into()];
    entered.change_one(&NEW_REMOVAL, &values).await
}

/// Which of two files of one concern is the child's part, kept with the adult's part and sealed to it.
pub(crate) async fn pair(entered: &mut Entered, adult: id::File, child: id::File) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, adult).await?;
    write_pair(entered, &row, child).await
}

/// Writes the file's row, its subjects and its compartment; whoever is entitled now holds the key, no subject does.
pub(super) async fn start_file(entered: &mut Entered, start: &Start<'_>) -> Result<FileRow, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let about = ground::person(entered.transaction(), school, start.person).await?;
    if ground::kind_for(&about.kind) != start.kind {
        return Err(Fault::wrong(match start.kind {
            FileKind::Child => "A child’s file is about a pupil. Is it about an adult who works here?",
            FileKind::StaffConcern => "A confidential staff-concerns file is about an adult. Is it about a child?",
        }));
    }
    let named: BTreeSet<id::Person> = start.named.iter().copied().filter(|named| *named != start.person).collect();
    let mut subjects = vec![start.person];
    for person in &named {
        ground::person(entered.transaction(), school, *person).await?;
        subjects.push(*person);
    }
    // Asked as reading will be: where everybody of the first rung is taken out by name, the next one hears it.
    let kept_out: Vec<id::Person> = subjects.iter().chain(start.without).copied().collect();
    let holders = access::entitled(entered.transaction(), school, start.kind, &kept_out, now).await?;
    let compartment = seal::new_compartment(entered, &format!("file {}", start.file), &holders, &subjects).await?;
    let row = FileRow {
        id: start.file,
        kind: start.kind,
        person: start.person,
        compartment,
        reference: start.reference.map_or_else(reference::new, |given| Ok(given.to_owned()))?,
        came_from: start.came_from,
        opened_at: now,
        is_withheld: false,
    };
    let values = [
        row.id.into(),
        school.into(),
        row.kind.into(),
        row.person.into(),
        compartment.into(),
        row.reference.as_str().into(),
        row.came_from.into(),
        now.into(),
    ];
    entered.change_one(&NEW_FILE, &values).await?;
    open::may_be_open(entered, row.id).await?;
    for subject in subjects {
        let part = if subject == start.person { "about" } else { "named" };
        add_subject_row(entered, row.id, subject, part).await?;
    }
    Ok(row)
}

/// Writes that somebody is a subject of a file.
pub(super) async fn add_subject_row(
    entered: &mut Entered,
    file: id::File,
    person: id::Person,
    part: &str,
) -> Result<(), Fault> {
    let (school, asker, now) = (entered.session().school, ground::asker(entered), entered.now());
    entered
        .change_one(&NEW_SUBJECT, &[school.into(), file.into(), person.into(), part.into(), asker.into(), now.into()])
        .await
}

/// Which file is the child's part, sealed to the adult's part.
pub(super) async fn write_pair(entered: &mut Entered, adult: &FileRow, child: id::File) -> Result<(), Fault> {
    let row = adult.id.to_string();
    let spot = Spot { compartment: adult.compartment, table: "file_pair", column: "child_part", row: &row };
    let child_part = seal_words(entered, spot, &Words::new(child.to_string())?).await?;
    let school = entered.session().school;
    entered.change_one(&NEW_PAIR, &[adult.id.into(), school.into(), child_part.into()]).await
}

/// Adds an entry to a file that stands, if the asker may add one of this kind.
pub(crate) async fn add(
    entered: &mut Entered,
    file: id::File,
    id: id::Entry,
    entry: &NewEntry,
) -> Result<id::Entry, Fault> {
    let school = entered.session().school;
    let row = &ground::any_file(entered.transaction(), school, file).await?;
    let is_reader = access::may_know(entered.standing(), entered.facts()) && !row.is_withheld;
    if !entry.kind.is_report() && !is_reader {
        return Err(Fault::NotAllowed(
            "Those who work on it write this. What you have seen or heard can always be added.".to_owned(),
        ));
    }
    if entry.kind == EntryKind::Severity {
        check_lowering(entered, row, entry.severity).await?;
    }
    let masked = masked_in(entered, row, entry).await?;
    write_entry(entered, row, id, None, &masked).await?;
    if entry.kind.is_report() {
        hold::for_case(entered, row).await?;
        climb::tell_due(entered, file).await?;
    }
    Ok(id)
}

/// Nobody may lower a 5 unseen (practice 7): who lowers it has read the file since it was last reported to.
async fn check_lowering(entered: &mut Entered, row: &FileRow, to: Option<Severity>) -> Result<(), Fault> {
    let status = ground::standing_of(entered.transaction(), row.id).await?;
    if status.severity != Some(Severity::DANGER) || to == Some(Severity::DANGER) {
        return Ok(());
    }
    match status.reported_at {
        Some(reported) if !ground::has_read_since(entered, row.id, reported).await? => Err(Fault::NotAllowed(
            "This is level 5, immediate danger, and something was reported that you have not read. Read the file first."
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Seals and writes an entry.
pub(super) async fn write_entry(
    entered: &mut Entered,
    file: &FileRow,
    id: id::Entry,
    amends: Option<id::Entry>,
    entry: &NewEntry,
) -> Result<(), Fault> {
    let author = ground::asker(entered);
    write_entry_of(entered, file, (id, author), amends, entry).await
}

/// The same of an entry whose author is not who acts: nobody known, where it came from outside.
pub(super) async fn write_entry_of(
    entered: &mut Entered,
    file: &FileRow,
    (id, author): (id::Entry, Option<id::Person>),
    amends: Option<id::Entry>,
    entry: &NewEntry,
) -> Result<(), Fault> {
    let row = id.to_string();
    let spot = |column| Spot { compartment: file.compartment, table: "file_entry", column, row: &row };
    let recorded_at = entered.now();
    let NewEntry { kind, severity, moment, .. } = *entry;
    let beside = Beside { author, kind, amends, severity, moment, recorded_at };
    let text = seal_entry(entered, spot("text"), &beside, &entry.text).await?;
    let reason = match &entry.reason {
        Some(reason) => Some(seal_entry(entered, spot("reason"), &beside, reason).await?),
        None => None,
    };
    let values = [
        id.into(),
        entered.session().school.into(),
        file.id.into(),
        author.into(),
        kind.word().into(),
        amends.into(),
        severity.map(Severity::number).into(),
        text.into(),
        reason.into(),
        moment.into(),
        recorded_at.into(),
    ];
    entered.change_one(&NEW_ENTRY, &values).await?;
    open::may_be_open(entered, file.id).await
}

/// An entry as it may stand in a file: in a child's file, without the names of the adults it names. What comes later is
/// masked as the first report was, whoever writes it, or “I have heard more” or a note would say who it is.
pub(super) async fn masked_in(entered: &mut Entered, file: &FileRow, entry: &NewEntry) -> Result<NewEntry, Fault> {
    let names = names_in(entered, file).await?;
    Ok(without(&names, entry))
}

/// Other words as they may stand in a file, likewise.
pub(crate) async fn masked_words(entered: &mut Entered, file: &FileRow, words: &Words) -> Result<Words, Fault> {
    let names = names_in(entered, file).await?;
    Ok(words.masked(&names.iter().map(String::as_str).collect::<Vec<_>>()))
}

async fn names_in(entered: &mut Entered, file: &FileRow) -> Result<Vec<String>, Fault> {
    let named = entered.rows(&NAMED_IN, &[file.id.into()]).await?;
    let named = named.iter().map(|row| row.get(0)).collect::<Result<Vec<id::Person>, Fault>>()?;
    let school = entered.session().school;
    names_masked(entered.transaction(), school, &named).await
}

/// An entry without the names of these adults.
pub(crate) async fn masked(entered: &mut Entered, adults: &[id::Person], entry: &NewEntry) -> Result<NewEntry, Fault> {
    let school = entered.session().school;
    let names = names_masked(entered.transaction(), school, adults).await?;
    Ok(without(&names, entry))
}

fn without(names: &[String], entry: &NewEntry) -> NewEntry {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let reason = entry.reason.as_ref().map(|reason| reason.masked(&names));
    NewEntry { text: entry.text.masked(&names), reason, ..entry.clone() }
}

/// The names of these adults, in the order in which they are masked: the longest first, a whole name goes before its parts.
pub(crate) async fn names_masked(
    t: &mut Transaction,
    school: id::School,
    adults: &[id::Person],
) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for adult in adults {
        names.extend(names_of(t, school, *adult).await?);
    }
    names.sort_by_key(|name| (std::cmp::Reverse(name.chars().count()), name.clone()));
    names.dedup();
    Ok(names)
}

/// The names that the child's part must not show: whole, preferred, and each part of two letters or more.
async fn names_of(t: &mut Transaction, school: id::School, person: id::Person) -> Result<Vec<String>, Fault> {
    let whole = ground::person(t, school, person).await?.names;
    let words = whole.iter().flat_map(|name| name.split_whitespace());
    let parts = whole.iter().flat_map(|name| name.split(|letter: char| !letter.is_alphanumeric()));
    let parts = words.chain(parts).filter(|part| part.chars().count() >= 2).map(str::to_owned);
    let names: Vec<String> = parts.chain(whole.iter().cloned()).collect();
    Ok(names)
}
