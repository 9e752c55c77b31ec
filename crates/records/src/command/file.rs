//! `holdfast file`: confidential files.

use super::{
    AsWhom, Opened, Surroundings, Where,
    file_print::{listing, view},
    written::{entry, file, one_of, person, row, written, written_and},
};
use crate::{
    Session,
    access::FileKind,
    concern::answer::{Considered, Finding, ForFamily, NewConsidered, Sanction, Support},
    file::{Closing, EntryKind, NewEntry, NewFile, NewPair, Severity, Which, Words, Wrong},
    id,
};
use clap::{Args, Subcommand};
use std::fmt::Write as _;

/// `holdfast file`.
#[derive(Debug, Args)]
pub struct File {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Opens a file about somebody. What you saw or heard is read from the standard input.
    Open {
        /// Whom it is about.
        #[arg(long, value_name = "PERSON", value_parser = person)]
        about: id::Person,
        /// It is about an adult who works here.
        #[arg(long)]
        adult: bool,
        /// A child it is also about: the child's part is opened too, with the adult masked.
        #[arg(long, value_name = "PERSON", value_parser = person, requires = "adult")]
        child: Option<id::Person>,
        /// An adult it names, who must not see it. May be given several times.
        #[arg(long = "names", value_name = "PERSON", value_parser = person)]
        named: Vec<id::Person>,
        #[command(flatten)]
        entry: EntryArgs,
    },
    /// Adds to a file, or to what you reported. The words are read from the standard input.
    Add {
        /// The file, if you may read it.
        #[arg(value_name = "FILE", value_parser = file, required_unless_present = "report")]
        file: Option<id::File>,
        /// Your own report, wherever it is now.
        #[arg(long, value_name = "ENTRY", value_parser = entry, conflicts_with = "file")]
        report: Option<id::Entry>,
        #[command(flatten)]
        entry: EntryArgs,
    },
    /// Puts an entry right by adding to it; both texts stay.
    Amend {
        /// The entry.
        #[arg(value_parser = entry)]
        entry: id::Entry,
    },
    /// Lists the files that you may know of.
    List {
        /// Only those about this person.
        #[arg(long, value_name = "PERSON", value_parser = person)]
        about: Option<id::Person>,
        /// Only those that are open.
        #[arg(long)]
        open: bool,
    },
    /// Lists what you reported.
    Reports,
    /// Shows a file.
    Read {
        /// The file.
        #[arg(value_parser = file)]
        file: id::File,
    },
    /// Finds files by words in them, read from the standard input.
    Search,
    /// Lets somebody into a file, with a reason.
    Admit(Whose),
    /// Takes somebody out of a file, with a reason.
    Remove(Whose),
    /// Makes somebody a subject of a file: they lose sight of it at once.
    Subject(Whose),
    /// Closes files with an outcome and a reason. An incident and a case also ask what was considered.
    Close {
        /// The files: all are closed, or none.
        #[arg(required = true, value_parser = file)]
        files: Vec<id::File>,
        #[command(flatten)]
        considered: ConsideredArgs,
    },
    /// Opens a closed file again, with a reason.
    Reopen {
        /// The file.
        #[arg(value_parser = file)]
        file: id::File,
    },
    /// Moves a file, or one entry, from the wrong child to the right one, with why.
    MendWrongChild {
        /// The file.
        #[arg(long, value_name = "FILE", value_parser = file, required_unless_present = "entry")]
        file: Option<id::File>,
        /// One entry of a file.
        #[arg(long, value_name = "ENTRY", value_parser = entry, conflicts_with = "file")]
        entry: Option<id::Entry>,
        /// The right child.
        #[arg(long, value_name = "PERSON", value_parser = person)]
        to: id::Person,
    },
    /// Lists what is to be done after something was erased or moved.
    Tasks,
    /// Says that such a task is done.
    Done {
        /// The task.
        #[arg(value_parser = row)]
        task: id::Row,
    },
}

#[derive(Debug, Clone, Copy, Args)]
struct Whose {
    /// The file.
    #[arg(value_parser = file)]
    file: id::File,
    /// The person.
    #[arg(value_parser = person)]
    person: id::Person,
}

/// What was considered; an incident and a case ask for it. With each, a line about it may be written to the standard input.
#[derive(Debug, Clone, Copy, Args)]
struct ConsideredArgs {
    /// Of a child: whether a sanction was given: not-given, given, not-ours.
    #[arg(long, value_parser = sanction)]
    sanction: Option<Sanction>,
    /// Whether support was offered to whom it is about: offered, accepted, declined, not-offered.
    #[arg(long, value_parser = support)]
    support: Option<Support>,
    /// Of a child: whether support was offered to a parent or carer: the same, or not-theirs.
    #[arg(long, value_parser = family)]
    family: Option<ForFamily>,
    /// Of an adult: what was found: substantiated, unsubstantiated, unfounded, false, malicious, low-level.
    #[arg(long, value_parser = finding)]
    finding: Option<Finding>,
}

fn sanction(text: &str) -> Result<Sanction, String> {
    one_of(text, Sanction::from_word(text), Sanction::ALL.iter().map(|one| one.word()))
}

fn support(text: &str) -> Result<Support, String> {
    one_of(text, Support::from_word(text), Support::ALL.iter().map(|one| one.word()))
}

fn family(text: &str) -> Result<ForFamily, String> {
    one_of(text, ForFamily::from_word(text), ForFamily::ALL.iter().map(|one| one.word()))
}

fn finding(text: &str) -> Result<Finding, String> {
    one_of(text, Finding::from_word(text), Finding::ALL.iter().map(|one| one.word()))
}

impl ConsideredArgs {
    /// Reads what came of it, why nothing more is needed, and a note on each answer that was given, which may be empty.
    fn read(self) -> Result<(Closing, Option<NewConsidered>), String> {
        let asked = [
            self.sanction.map(|_| "What about the sanction?"),
            self.support.map(|_| "What about support?"),
            self.family.map(|_| "What about support for the parents?"),
            self.finding.map(|_| "What about what was found?"),
        ];
        let questions: Vec<&str> = asked.iter().flatten().copied().collect();
        let ([outcome, reason], notes) = written_and(["What came of it?", "Why is nothing more needed?"], &questions)?;
        if questions.is_empty() {
            return Ok((Closing { outcome, reason }, None));
        }
        let mut notes = notes.into_iter();
        let considered = NewConsidered {
            sanction: with_note(self.sanction, &mut notes),
            support: with_note(self.support, &mut notes),
            family: with_note(self.family, &mut notes),
            finding: with_note(self.finding, &mut notes),
        };
        Ok((Closing { outcome, reason }, Some(considered)))
    }
}

/// An answer with the next of the notes, where there is an answer.
fn with_note<T>(answer: Option<T>, notes: &mut impl Iterator<Item = Option<Words>>) -> Option<Considered<T>> {
    answer.map(|answer| Considered { answer, note: notes.next().flatten() })
}

#[derive(Debug, Clone, Copy, Args)]
struct EntryArgs {
    /// What it is: seen, words, opinion, note, action, decision, told, not-told, severity.
    #[arg(long, default_value = "seen", value_parser = kind)]
    kind: EntryKind,
    /// How severe, from 1 (worth keeping) to 5 (immediate danger).
    #[arg(long, value_name = "1-5", value_parser = severity)]
    severity: Option<Severity>,
    /// When it happened, such as 2026-06-09T10:15:00+01:00.
    #[arg(long, value_name = "MOMENT")]
    moment: Option<jiff::Timestamp>,
}

fn kind(text: &str) -> Result<EntryKind, String> {
    one_of(text, EntryKind::from_word(text), EntryKind::ALL.iter().map(|kind| kind.word()))
}

fn severity(text: &str) -> Result<Severity, String> {
    text.parse().ok().and_then(Severity::new).ok_or_else(|| "a severity is a number from 1 to 5".to_owned())
}

impl EntryArgs {
    /// The entry, with its words read from the standard input.
    fn read(self) -> Result<NewEntry, String> {
        let (text, reason) = if self.kind.needs_reason() {
            let [text, reason] = written(["What?", "Why?"])?;
            (text, Some(reason))
        } else {
            let [text] = written(["What?"])?;
            (text, None)
        };
        Ok(NewEntry { kind: self.kind, severity: self.severity, moment: self.moment, text, reason })
    }
}

impl File {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        match self.what {
            What::Open { .. } | What::Add { .. } | What::Amend { .. } | What::Reports => {
                raise(&opened, &session, self.what)
            }
            What::List { .. } | What::Read { .. } | What::Search | What::Tasks => read(&opened, &session, &self.what),
            _ => manage(&opened, &session, self.what),
        }
    }
}

fn raise(opened: &Opened, session: &Session, what: What) -> Result<String, String> {
    let records = &opened.records;
    match what {
        What::Open { about, adult: true, child: Some(child), entry, .. } => {
            let entry = entry.read()?;
            let pair = NewPair { child, adult: about, entry };
            let done = opened.runtime.block_on(records.open_pair(session, &pair)).map_err(|fault| fault.to_string())?;
            Ok(format!(
                "Opened: {} about the child, {} about the adult. Your reports: {} and {}; by them you can always add \
                 (holdfast file add --report).",
                done.0.reference, done.1.reference, done.0.entry, done.1.entry
            ))
        }
        What::Open { about, adult, named, entry, .. } => {
            let kind = if adult { FileKind::StaffConcern } else { FileKind::Child };
            let new = NewFile { kind, person: about, named, entry: entry.read()? };
            let done = opened.runtime.block_on(records.open_file(session, &new)).map_err(|fault| fault.to_string())?;
            Ok(format!(
                "Opened: {}. Your report: {}; by it you can always add (holdfast file add --report).",
                done.reference, done.entry
            ))
        }
        What::Add { file, report, entry } => {
            let entry = entry.read()?;
            let added = match (file, report) {
                (Some(file), _) => opened.runtime.block_on(records.add_entry(session, file, &entry)),
                (None, Some(report)) => opened.runtime.block_on(records.add_to_report(session, report, &entry)),
                (None, None) => return Err("Say which file, or which report of yours.".to_owned()),
            };
            added.map(|entry| format!("Added: {entry}.")).map_err(|fault| fault.to_string())
        }
        What::Amend { entry } => {
            let [text, reason] = written(["What is right?", "Why?"])?;
            let added = opened.runtime.block_on(records.amend_entry(session, entry, &text, &reason));
            added.map(|entry| format!("Added: {entry}. The first text stays.")).map_err(|fault| fault.to_string())
        }
        _ => {
            let reports = opened.runtime.block_on(records.own_reports(session)).map_err(|fault| fault.to_string())?;
            let lines: Vec<String> =
                reports.iter().map(|report| format!("{}  {}", report.entry, report.recorded_at)).collect();
            Ok(if lines.is_empty() { "You have reported nothing.".to_owned() } else { lines.join("\n") })
        }
    }
}

fn read(opened: &Opened, session: &Session, what: &What) -> Result<String, String> {
    let records = &opened.records;
    match what {
        What::List { about, open } => {
            let which = Which { person: *about, only_open: *open, after: None };
            let found = opened.runtime.block_on(records.list_files(session, &which));
            found.map(|found| listing(&found)).map_err(|fault| fault.to_string())
        }
        What::Read { file } => {
            let found = opened.runtime.block_on(records.read_file(session, *file));
            found.map(|found| view(&found)).map_err(|fault| fault.to_string())
        }
        What::Search => {
            let [words] = written(["Which words?"])?;
            let found = opened.runtime.block_on(records.search_files(session, words.as_str()));
            let found = found.map_err(|fault| fault.to_string())?;
            let mut text = String::new();
            for (file, entries) in &found.files {
                let _infallible = writeln!(text, "{}  {}  in {} entries", file.file, file.reference, entries.len());
            }
            text.push_str(if found.is_complete { "That is all." } else { "There may be more: use more words." });
            Ok(text)
        }
        _ => {
            let tasks = opened.runtime.block_on(records.file_tasks(session)).map_err(|fault| fault.to_string())?;
            let mut text = String::new();
            for task in &tasks {
                let _infallible = write!(text, "{}  {}", task.id, task.kind.title());
                if let Some((reader, moment)) = task.reader {
                    let _infallible = write!(text, "  person {reader}, {moment}");
                }
                if let Some(mark) = &task.mark {
                    let _infallible = write!(text, "  about {}", mark.person);
                }
                if let Some(file) = task.file {
                    let _infallible = write!(text, "  file {file}");
                }
                text.push('\n');
            }
            Ok(if tasks.is_empty() { "There is nothing to do.".to_owned() } else { text.trim_end().to_owned() })
        }
    }
}

fn manage(opened: &Opened, session: &Session, what: What) -> Result<String, String> {
    let records = &opened.records;
    let done = match what {
        What::Admit(Whose { file, person }) => {
            let [reason] = written(["Why?"])?;
            let done = opened.runtime.block_on(records.admit_to_file(session, file, person, &reason));
            done.map(|()| "They can open the file now.".to_owned())
        }
        What::Remove(Whose { file, person }) => {
            let [reason] = written(["Why?"])?;
            let done = opened.runtime.block_on(records.remove_from_file(session, file, person, &reason));
            done.map(|()| "They can open the file no more.".to_owned())
        }
        What::Subject(Whose { file, person }) => {
            let done = opened.runtime.block_on(records.add_file_subject(session, file, person));
            done.map(|()| "They see nothing of the file from now on.".to_owned())
        }
        What::Close { files, considered } => {
            let (closing, considered) = considered.read()?;
            let done = records.close_considered(session, &files, &closing, considered.as_ref());
            let done = opened.runtime.block_on(done);
            done.map(|()| format!("Closed: {}.", files.len()))
        }
        What::Reopen { file } => {
            let [reason] = written(["Why?"])?;
            opened
                .runtime
                .block_on(records.reopen_file(session, file, &reason))
                .map(|()| "It is open again.".to_owned())
        }
        What::MendWrongChild { file, entry, to } => {
            let wrong = match (file, entry) {
                (Some(file), _) => Wrong::File(file),
                (None, Some(entry)) => Wrong::Entry(entry),
                (None, None) => return Err("Say which file, or which entry.".to_owned()),
            };
            return mend(opened, session, wrong, to);
        }
        What::Done { task } => {
            opened.runtime.block_on(records.finish_file_task(session, task)).map(|()| "Done.".to_owned())
        }
        _ => return Err("This is another command.".to_owned()),
    };
    done.map_err(|fault| fault.to_string())
}

fn mend(opened: &Opened, session: &Session, wrong: Wrong, to: id::Person) -> Result<String, String> {
    let [why] = written(["How do you know that it is about the other child?"])?;
    let mended = opened.runtime.block_on(opened.records.mend_wrong_child(session, wrong, to, &why, &opened.place));
    let mended = mended.map_err(|fault| fault.to_string())?;
    Ok(format!(
        "Moved: it is file {} now. {} people had read it and {} copies were made; whom to tell is under “holdfast file \
         tasks”. The data-protection officer is asked whether the family and the authority must be told.",
        mended.file,
        mended.readers.len(),
        mended.copies
    ))
}
