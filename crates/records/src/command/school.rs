//! `holdfast school`.

use super::{Opened, Surroundings, Where, surroundings::file_of};
use crate::{
    access::Duty,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, SetUpDone, StaffKind},
};
use clap::{Args, Subcommand};
use holdfast_core::{
    problem::{Problem, lines},
    toml_text,
};
use serde::Deserialize;
use std::{fmt::Write as _, path::PathBuf};

/// The largest document, in bytes.
const LARGEST: u64 = 256 * 1024;

/// `holdfast school`.
#[derive(Debug, Subcommand)]
pub enum School {
    /// Sets a school up, once, with its first people; prints their passphrases and recovery codes, once.
    SetUp(SetUpFrom),
}

impl School {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::SetUp(set_up) => set_up.run(surroundings),
        }
    }
}

/// `holdfast school set-up`.
#[derive(Debug, Args)]
pub struct SetUpFrom {
    #[command(flatten)]
    place: Where,
    /// A TOML document with the school and its first people; docs/people.md has one to copy.
    file: PathBuf,
}

/// The document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    code: String,
    name: String,
    #[serde(default = "london")]
    time_zone: String,
    #[serde(default)]
    trust: Option<String>,
    #[serde(rename = "person")]
    people: Vec<PersonOfDocument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonOfDocument {
    full_name: String,
    #[serde(default)]
    preferred_name: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    staff_kind: Option<String>,
    #[serde(default)]
    duties: Vec<String>,
    #[serde(default)]
    deputy_for: Vec<String>,
    #[serde(default)]
    sign_in_name: Option<String>,
    #[serde(default)]
    custodian: bool,
}

fn london() -> String {
    "Europe/London".to_owned()
}

impl SetUpFrom {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let file = self.file.display().to_string();
        let bytes = file_of(&self.file, LARGEST)?;
        let text = String::from_utf8(bytes).map_err(|_other| format!("{file} is not UTF-8."))?;
        let document: Document = toml_text::read(&file, &text).map_err(|problems| lines(&problems))?;
        let set_up = set_up(document).map_err(|problems| lines(&problems))?;
        let names = set_up.people.iter().map(|first| first.person.full_name.clone()).collect::<Vec<_>>();
        let sign_ins = set_up.people.iter().map(|first| first.sign_in_name.clone()).collect::<Vec<_>>();
        let opened = Opened::open(&self.place, surroundings)?;
        let done = opened.runtime.block_on(opened.records.set_up(set_up)).map_err(|fault| fault.to_string())?;
        Ok(told(&done, &names, &sign_ins))
    }
}

fn told(done: &SetUpDone, names: &[String], sign_ins: &[Option<String>]) -> String {
    let mut told =
        "The school is set up. What follows is shown this once: hand each person theirs on paper, keep no copy, \
                    and clear the screen.\n"
            .to_owned();
    for ((person, name), sign_in) in done.people.iter().zip(names).zip(sign_ins) {
        let _always_fits = writeln!(told, "\n{name}  ({})", person.person);
        if let (Some(sign_in), Some(passphrase)) = (sign_in, &person.passphrase) {
            let _always_fits = writeln!(told, "  signs in as {sign_in}, the first time with: {}", passphrase.as_str());
        }
        if let Some(code) = &person.recovery_code {
            let _always_fits = writeln!(told, "  recovery code, for the safe: {}", code.as_str());
        }
    }
    told.trim_end().to_owned()
}

fn set_up(document: Document) -> Result<SetUp, Vec<Problem>> {
    let mut problems = Vec::new();
    let people = document.people.into_iter().map(|person| first(person, &mut problems)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let Document { code, name, time_zone, trust, .. } = document;
    Ok(SetUp { code, name, time_zone, trust, people })
}

fn first(person: PersonOfDocument, problems: &mut Vec<Problem>) -> FirstPerson {
    let mut wrong = |what: &str, word: &str, words: String| {
        problems.push(Problem::error(format!("{what}: “{word}” is none of: {words}.")));
    };
    let kind = person.kind.as_deref().unwrap_or("staff");
    let staff_kind = person.staff_kind.as_deref().or((kind == "staff").then_some("employed"));
    if Kind::from_word(kind).is_none() {
        wrong("kind", kind, Kind::words());
    }
    if let Some(word) = staff_kind.filter(|word| StaffKind::from_word(word).is_none()) {
        wrong("staff_kind", word, StaffKind::words());
    }
    let named = person.duties.iter().map(|word| (word, false));
    let mut duties = Vec::new();
    for (word, is_deputy) in named.chain(person.deputy_for.iter().map(|word| (word, true))) {
        if let Some(duty) = Duty::from_word(word) {
            duties.push(FirstDuty { duty, is_deputy });
        } else {
            wrong("duties", word, Duty::ALL.iter().map(|duty| duty.word()).collect::<Vec<_>>().join(", "));
        }
    }
    FirstPerson {
        person: NewPerson {
            staff_kind: staff_kind.and_then(StaffKind::from_word),
            preferred_name: person.preferred_name,
            ..NewPerson::new(Kind::from_word(kind).unwrap_or(Kind::Staff), person.full_name)
        },
        duties,
        sign_in_name: person.sign_in_name,
        is_custodian: person.custodian,
    }
}
