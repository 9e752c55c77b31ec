//! `holdfast audit`: verify the log, sign where it stands, read it.

use super::{AsWhom, OfSchool, Opened, Surroundings, Where};
use crate::audit::{Extent, KeyChange, Page, Question, Signed};
use clap::{Args, Subcommand};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{fmt::Write as _, path::PathBuf};

/// `holdfast audit`.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    command: Which,
}

#[derive(Debug, Subcommand)]
enum Which {
    /// Verifies the whole log, and says what is proven by what; fails if anything was changed, removed or added.
    Verify(Verify),
    /// Signs where the log stands now, and shows the fingerprint.
    Checkpoint(Checkpoint),
    /// Puts a new key of this machine in the place of a lost one, once the log was verified; to be started anew after that.
    Adopt(Adopt),
    /// Shows what the log says, to somebody who may read it. That it was read is entered too.
    Show(Show),
}

#[derive(Debug, Args)]
struct Verify {
    #[command(flatten)]
    place: Where,
    /// A file of checkpoints that was kept outside this machine, or a folder of them.
    #[arg(long, value_name = "FILE")]
    witness: Option<PathBuf>,
    /// A fingerprint that was kept on paper. May be given more than once.
    #[arg(long, value_name = "LETTERS")]
    fingerprint: Vec<String>,
}

#[derive(Debug, Args)]
struct Checkpoint {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    school: OfSchool,
    /// Prints a page to keep on paper.
    #[arg(long)]
    print: bool,
    /// Copies all checkpoints to this folder as well: a stick, a share, another machine's disk.
    #[arg(long, value_name = "FOLDER")]
    copy: Option<PathBuf>,
    /// Changes the signing key: the old one signs the new one.
    #[arg(long, conflicts_with = "lost_key")]
    new_key: bool,
    /// Begins with a new signing key, because the old one is lost. Give the new fingerprint to whoever keeps the witness.
    #[arg(long)]
    lost_key: bool,
}

#[derive(Debug, Args)]
struct Adopt {
    #[command(flatten)]
    place: Where,
    /// A file of checkpoints that was kept outside this machine, or a folder of them.
    #[arg(long, value_name = "FILE", required_unless_present = "without_witness")]
    witness: Option<PathBuf>,
    /// There is no witness. Whoever had the store could have rewritten the log, and it would be taken for ours from now on.
    #[arg(long)]
    without_witness: bool,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// Only what is by or about this person, file or other record, by its id. About another person, say first why (holdfast
    /// emergency purpose).
    #[arg(long, value_name = "ID")]
    about: Option<String>,
    /// Only from this day on (UTC), such as 2026-06-09.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Only until before this day (UTC).
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// How many entries at most, up to 200.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    most: usize,
}

impl Audit {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self.command {
            Which::Verify(verify) => verify.run(surroundings),
            Which::Checkpoint(checkpoint) => checkpoint.run(surroundings),
            Which::Adopt(adopt) => adopt.run(surroundings),
            Which::Show(show) => show.run(surroundings),
        }
    }
}

impl Verify {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let work =
            opened.records.verify_audit(&opened.place, Extent::Whole, self.witness.as_deref(), &self.fingerprint);
        let verified = opened.runtime.block_on(work).map_err(|fault| fault.to_string())?;
        if verified.is_whole() { Ok(verified.words()) } else { Err(verified.words()) }
    }
}

impl Adopt {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let work = opened.records.adopt_log(&opened.place, self.witness.as_deref());
        let verified = opened.runtime.block_on(work).map_err(|fault| fault.to_string())?;
        Ok(format!("{}Every entry carries this machine’s mark now. Start Holdfast anew.\n", verified.words()))
    }
}

impl Checkpoint {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.console(&self.school)?;
        let code = opened.school_code(&self.school)?;
        let change = match (self.new_key, self.lost_key) {
            (true, _) => KeyChange::New,
            (_, true) => KeyChange::Lost,
            _ => KeyChange::None,
        };
        let work = opened.records.sign_checkpoint(&session, &opened.place, self.copy.as_deref(), change);
        let signed = opened.runtime.block_on(work).map_err(|fault| fault.to_string())?;
        let mut text = if self.print { paper(&signed, &code) } else { told(&signed) };
        for why in &signed.not_copied {
            // Writing to a text cannot fail.
            let _written = writeln!(text, "NOT COPIED: {why}");
        }
        if signed.not_copied.is_empty() { Ok(text) } else { Err(text) }
    }
}

fn told(signed: &Signed) -> String {
    let what = if signed.is_new { "signed now" } else { "stands; nothing was written since" };
    format!(
        "Checkpoint {} {what}: the log up to entry {}, {}.\nFingerprint: {}\nSigning key: {}\n",
        signed.position,
        signed.entries,
        day(signed.moment),
        signed.fingerprint,
        signed.key
    )
}

fn paper(signed: &Signed, code: &str) -> String {
    format!(
        "Holdfast: checkpoint of the audit log, for keeping on paper\n\n\
         School:       {code}\n\
         Signed:       {}\n\
         Checkpoint:   {}\n\
         Fingerprint:  {}\n\
         Signing key:  {}\n\n\
         Keep this where nobody who looks after the machine can reach it. To check later that nothing before this moment was \
         changed, ask for:\n\n    holdfast audit verify --fingerprint {}\n\n\
         Signature of whoever keeps it: ____________________  Date: ____________\n",
        day(signed.moment),
        signed.position,
        signed.fingerprint,
        signed.key,
        signed.fingerprint
    )
}

impl Show {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let question = Question {
            about: self.about,
            from: self.from.map(start).transpose()?,
            until: self.until.map(start).transpose()?,
            most: self.most,
            ..Question::default()
        };
        let page = opened
            .runtime
            .block_on(opened.records.read_audit(&session, &question))
            .map_err(|fault| fault.to_string())?;
        Ok(lines(&page))
    }
}

fn lines(page: &Page) -> String {
    let mut text = String::new();
    for entry in &page.entries {
        let _written = write!(
            text,
            "{}  {}  {}  {}  {}  {}",
            entry.moment.strftime("%Y-%m-%d %H:%M:%S UTC"),
            entry.reference,
            entry.actor,
            entry.act,
            entry.outcome,
            entry.resource
        );
        for (key, value) in &entry.detail {
            let _written = write!(text, "  {key}={value}");
        }
        text.push('\n');
    }
    if page.entries.is_empty() {
        text.push_str("Nothing that is for you to see.\n");
    }
    if page.is_cut {
        text.push_str("There is more; ask with --until.\n");
    }
    text
}

fn start(date: Date) -> Result<Timestamp, String> {
    let start = date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    start.map_err(|_out_of_range| format!("{date} is too far away."))
}

fn day(moment: Timestamp) -> String {
    moment.strftime("%-d %B %Y, %H:%M UTC").to_string()
}
