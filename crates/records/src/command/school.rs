//! `holdfast school`.

use super::{Opened, Surroundings, Where, surroundings::file_of};
use crate::people::{SetUpDone, set_up_of};
use clap::{Args, Subcommand};
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

impl SetUpFrom {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let file = self.file.display().to_string();
        let bytes = file_of(&self.file, LARGEST)?;
        let text = String::from_utf8(bytes).map_err(|_other| format!("{file} is not UTF-8."))?;
        let set_up = set_up_of(&file, &text)?;
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
