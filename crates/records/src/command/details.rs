//! `holdfast person details`, `photo`, `contact`, `way-in` and `own`: what is confidential, a photograph, how somebody is
//! reached, what lets them into the gate, and what people change of themselves.

use super::{
    AsWhom, Opened, Surroundings, Where,
    surroundings::{file_of, hidden},
    written::{one_of, person, written},
};
use crate::{
    Fault, Session,
    access::Actor,
    id,
    people::{
        Change, Confidential, ContactWay, DetailKind, OwnChange, PersonChange, Photo as Picture, PhotoFormat, WayKind,
    },
};
use clap::{Args, Subcommand, ValueEnum};
use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// The largest file that is read as a photograph, in bytes: more than is kept, so that too large a one is told as that.
const LARGEST: u64 = 4 * 1024 * 1024;

/// `holdfast person details`.
#[derive(Debug, Args)]
pub struct Details {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: OfDetails,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum OfDetails {
    /// Shows what is confidential about somebody, to whoever holds a key to it.
    Show {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
    },
    /// Writes a confidential detail in place of the one before. The words are read from the standard input, and sealed.
    Write {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
        /// What it is.
        #[arg(value_enum)]
        kind: Kind,
        /// The address is given to nobody: it is left out of letters, lists and exports.
        #[arg(long)]
        not_given_out: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Where somebody lives.
    Address,
    /// How somebody uses a computer, and what helps.
    AccessNeeds,
}

/// `holdfast person photo`.
#[derive(Debug, Args)]
pub struct Photo {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: OfPhoto,
}

#[derive(Debug, Subcommand)]
enum OfPhoto {
    /// Sets somebody's photograph: a JPEG or PNG. Only the picture is kept, not where and when it was taken.
    Set {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
        /// The picture's file.
        file: PathBuf,
    },
    /// Puts somebody's photograph into a new file, for you alone to read. Delete it afterwards.
    Show {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
        /// The file to make.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Takes somebody's photograph away.
    Remove {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
    },
}

/// `holdfast person contact`.
#[derive(Debug, Args)]
pub struct Contact {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: OfContact,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum OfContact {
    /// Adds a way to reach somebody. The number or address is read from the standard input.
    Add {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
        /// What it is: mobile, telephone, work, mail, letter.
        #[arg(value_parser = way_kind)]
        kind: WayKind,
        /// To be tried before the others, not after them.
        #[arg(long)]
        first: bool,
    },
    /// Takes a way away.
    Remove {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
        /// Its number, as `holdfast person contact list` shows it.
        number: usize,
    },
    /// Lists the ways to reach somebody, in the order to try them.
    List {
        /// The person.
        #[arg(value_parser = person)]
        person: id::Person,
    },
}

/// `holdfast person way-in`.
#[derive(Debug, Args)]
pub struct WayIn {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The person.
    #[arg(value_parser = person)]
    person: id::Person,
    /// Which.
    #[arg(value_enum)]
    which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The hash of their password for the proxy, as `holdfast password` prints it.
    PasswordHash,
    /// Their own name of the encrypted name service: whoever knows it is taken for them.
    ResolverName,
}

/// `holdfast person own`.
#[derive(Debug, Args)]
pub struct Own {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// What you like to be called.
    #[arg(long = "preferred", value_name = "NAME")]
    preferred_name: Option<String>,
    /// The language that you speak.
    #[arg(long)]
    language: Option<String>,
    /// Whether an interpreter must be there: true or false.
    #[arg(long)]
    interpreter: Option<bool>,
}

fn way_kind(text: &str) -> Result<WayKind, String> {
    one_of(text, WayKind::from_word(text), WayKind::ALL.iter().map(|kind| kind.word()))
}

impl Details {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let (runtime, records) = (&opened.runtime, &opened.records);
        let done = match self.what {
            OfDetails::Show { person } => {
                runtime.block_on(records.confidential(&session, person)).map(|found| shown(&found))
            }
            OfDetails::Write { kind: Kind::AccessNeeds, not_given_out: true, .. } => {
                return Err("--not-given-out is said of an address.".to_owned());
            }
            OfDetails::Write { person, kind, not_given_out } => {
                let (question, kind) = match kind {
                    Kind::Address => ("Where do they live?", DetailKind::Address { not_given_out }),
                    Kind::AccessNeeds => ("How do they use a computer, and what helps?", DetailKind::AccessNeeds),
                };
                let [words] = written([question])?;
                let written = records.record_confidential(&session, person, kind, words.as_str());
                runtime.block_on(written).map(|()| "Recorded, and sealed.".to_owned())
            }
        };
        done.map_err(|fault| fault.to_string())
    }
}

fn shown(found: &Confidential) -> String {
    let mut lines = String::new();
    if let Some(address) = &found.address {
        let given = if address.not_given_out { " (GIVEN TO NOBODY)" } else { "" };
        // Writing into a text cannot fail.
        let _written = writeln!(lines, "address{given}: {}", address.words.as_str());
    }
    if let Some(needs) = &found.access_needs {
        let _written = writeln!(lines, "access needs: {}", needs.as_str());
    }
    for order in &found.court_orders {
        let bars = if order.bars_telling { ", bars telling" } else { "" };
        let until = order.until.map(|until| format!(" until {until}")).unwrap_or_default();
        let (adult, from, id, words) = (order.adult, order.from, order.id, order.words.as_str());
        let _written = writeln!(lines, "court order on {adult}{bars}, from {from}{until}  {id}\n  {words}");
    }
    for bar in &found.no_contacts {
        let _written = writeln!(lines, "no contact with {}  {}\n  {}", bar.adult, bar.id, bar.reason.as_str());
    }
    if lines.is_empty() { "Nothing is recorded.".to_owned() } else { lines.trim_end().to_owned() }
}

impl Photo {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let picture = match &self.what {
            OfPhoto::Set { file, .. } => {
                let bytes = file_of(file, LARGEST)?;
                let read = Picture::read(&bytes).map_err(|fault| format!("{}: {fault}", file.display()))?;
                Some(read)
            }
            _ => None,
        };
        match self.what {
            OfPhoto::Set { person, .. } | OfPhoto::Remove { person } => {
                let done = opened.runtime.block_on(async {
                    let revision = opened.records.person(&session, person).await?.revision;
                    opened.records.set_photo(&session, person, revision, picture.as_ref()).await
                });
                let words = if picture.is_some() { "The photograph is set." } else { "There is no photograph now." };
                done.map(|()| words.to_owned()).map_err(|fault| fault.to_string())
            }
            OfPhoto::Show { person, to } => {
                let found = opened.runtime.block_on(opened.records.photo(&session, person));
                let found = found.map_err(|fault| fault.to_string())?;
                put(&to, &found.bytes).map_err(|fault| format!("{}: {fault}.", to.display()))?;
                let format = if found.format == PhotoFormat::Jpeg { "JPEG" } else { "PNG" };
                Ok(format!("{} holds the photograph, a {format}. Delete it when you have seen it.", to.display()))
            }
        }
    }
}

/// Puts bytes into a new file, for its owner only. What lies there already is not written over.
fn put(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?.write_all(bytes)
}

impl Contact {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let new = match self.what {
            OfContact::Add { .. } => {
                let [words] = written(["The number, the mail address, or words?"])?;
                Some(words)
            }
            _ => None,
        };
        let new = new.as_ref().map_or("", |words| words.as_str());
        opened.runtime.block_on(self.what.done(&opened, &session, new)).map_err(|fault| fault.to_string())
    }
}

impl OfContact {
    async fn done(self, opened: &Opened, session: &Session, new: &str) -> Result<String, Fault> {
        let records = &opened.records;
        let (Self::Add { person, .. } | Self::Remove { person, .. } | Self::List { person }) = self;
        let read = records.person(session, person).await?;
        let mut ways = read.ways;
        match self {
            Self::List { .. } => return Ok(numbered(&ways)),
            Self::Add { kind, first, .. } => {
                let place = if first { 0 } else { ways.len() };
                ways.insert(place, ContactWay { kind, way: new.trim().to_owned() });
            }
            Self::Remove { number, .. } => {
                let place = number.checked_sub(1).filter(|place| *place < ways.len());
                let place = place.ok_or_else(|| Fault::wrong(format!("There is no way with the number {number}.")))?;
                ways.remove(place);
            }
        }
        records.set_contact_ways(session, person, read.revision, &ways).await?;
        Ok(numbered(&ways))
    }
}

fn numbered(ways: &[ContactWay]) -> String {
    let line = |(number, way): (usize, &ContactWay)| format!("{number}. {}: {}", way.kind.title(), way.way);
    let lines: Vec<String> = (1..).zip(ways).map(line).collect();
    if lines.is_empty() { "No way to reach them is recorded.".to_owned() } else { lines.join("\n") }
}

impl Own {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let text = |text: Option<String>| text.map_or(Change::Keep, |text| Change::To(Some(text)));
        let change = OwnChange {
            preferred_name: text(self.preferred_name),
            language: text(self.language),
            interpreter_needed: self.interpreter.map_or(Change::Keep, Change::To),
        };
        let done = opened.runtime.block_on(async {
            let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
            let revision = opened.records.person(&session, person).await?.revision;
            opened.records.change_own_details(&session, revision, change).await
        });
        done.map(|()| "Changed.".to_owned()).map_err(|fault| fault.to_string())
    }
}

impl WayIn {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let typed = hidden("What it is now (nothing takes it away): ")?;
        let typed = Change::To(Some(typed.trim().to_owned()));
        let change = match self.which {
            Which::PasswordHash => PersonChange { gate_password_hash: typed, ..PersonChange::default() },
            Which::ResolverName => PersonChange { gate_resolver_name: typed, ..PersonChange::default() },
        };
        let done = opened.runtime.block_on(async {
            let revision = opened.records.person(&session, self.person).await?.revision;
            opened.records.change_person(&session, self.person, revision, change).await
        });
        done.map(|()| "Changed. The filter goes by it within a second.".to_owned()).map_err(|fault| fault.to_string())
    }
}
