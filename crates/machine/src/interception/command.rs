//! `holdfast inspection`, as far as it needs this machine alone.

use super::{Source, backup, certificate, examine, restore, roll_over, secret::read_text};
use crate::{
    config::Config,
    files::{Existing, Rights, put},
};
use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use std::{
    io::{self, BufRead as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What to do with the interception authority.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Shows whose authority it is, its fingerprint, until when it holds, and whether the next one waits.
    Show,
    /// Prints the certificate that devices are to trust; its fingerprint goes to standard error.
    Export {
        /// The next authority instead, before it takes over.
        #[arg(long)]
        next: bool,
        /// How it is written. Android and Windows take both.
        #[arg(long, value_enum, default_value_t = Format::Pem)]
        format: Format,
        /// The file to write; without it, it is printed, which only PEM can be.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Lets the next authority take over now; where none waits, makes one. Not while devices are still being led on
    /// from the one before.
    RollOver,
    /// Writes key and certificates to a file, locked by a passphrase of at least 16 characters.
    Backup {
        /// The file to write.
        file: PathBuf,
        /// A file with the passphrase; without it, it is the first line of standard input.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Puts a backup in place; what is there is kept beside it.
    Restore {
        /// The file that `backup` wrote.
        file: PathBuf,
        /// A file with the passphrase; without it, it is the first line of standard input.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

/// How a certificate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text, for most systems.
    Pem,
    /// Bytes.
    Der,
}

impl Action {
    /// Carries it out; the text is for a person.
    ///
    /// # Errors
    ///
    /// What is wrong and what to do, in words.
    pub fn run(&self, config: &Config) -> Result<String, String> {
        let source = config.inspection_source("").ok_or(
            "Nothing is opened on this machine. Write `[inspection]` with `enabled = true` into the config first (docs/inspection.md).",
        )?;
        self.carry_out(&source, Timestamp::now())
    }

    pub(super) fn carry_out(&self, source: &Source, now: Timestamp) -> Result<String, String> {
        match self {
            Self::Show => Ok(examine(source, now).map_or_else(|| super::own::NONE_YET.to_owned(), |it| it.to_string())),
            Self::Export { next, format, output } => export(source, *next, *format, output.as_deref()),
            Self::RollOver => roll_over(source, now),
            Self::Backup { file, passphrase_file } => {
                let text = Zeroizing::new(backup(source, &passphrase(passphrase_file.as_deref())?)?);
                write(file, text.as_bytes(), Rights::PRIVATE)?;
                Ok(format!(
                    "{} is written. Keep it away from this machine, and the passphrase away from it. Try it on another machine: `holdfast inspection restore`.",
                    file.display()
                ))
            }
            Self::Restore { file, passphrase_file } => {
                let text = read_text(file)?;
                restore(source, &text, &passphrase(passphrase_file.as_deref())?)
            }
        }
    }
}

fn export(source: &Source, next: bool, format: Format, output: Option<&Path>) -> Result<String, String> {
    let certificate = certificate(source, next)?;
    let bytes = match format {
        Format::Pem => certificate.pem.as_bytes(),
        Format::Der => &certificate.der,
    };
    if output.is_none() && format == Format::Der {
        return Err("DER is no text. Name a file for it: --output FILE".to_owned());
    }
    eprintln!("SHA-256 fingerprint: {}", certificate.fingerprint);
    let Some(output) = output else { return Ok(certificate.pem.to_string()) };
    write(output, bytes, Rights { mode: 0o644, owner: None })?;
    Ok(format!("{} is written.", output.display()))
}

/// Never over a file that is there.
fn write(file: &Path, bytes: &[u8], rights: Rights) -> Result<(), String> {
    let file = std::path::absolute(file).map_err(|fault| format!("{}: {fault}.", file.display()))?;
    put(&file, bytes, rights, Existing::Keep).map_err(|fault| format!("{}: {fault}.", file.display()))
}

fn passphrase(file: Option<&Path>) -> Result<Zeroizing<String>, String> {
    if let Some(file) = file {
        return read_text(file);
    }
    let mut text = Zeroizing::new(String::new());
    eprintln!("Passphrase (it is shown while you type):");
    let read = io::stdin().lock().read_line(&mut text);
    read.map_err(|fault| format!("The passphrase cannot be read: {fault}."))?;
    Ok(text)
}
