//! `holdfast backup`: making, listing and checking backups.

use super::{AsWhom, Opened, Surroundings, Where, restore::two_codes, surroundings::runtime};
use crate::backup::{self, check, list};
use clap::{Args, Subcommand};
use std::{fmt::Write as _, path::PathBuf};

/// `holdfast backup`.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes a backup of the school now.
    Make {
        #[command(flatten)]
        place: Where,
        #[command(flatten)]
        whom: AsWhom,
        /// The folder to put it in.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
        /// How many of the school's backups stay in the folder.
        #[arg(long, value_name = "NUMBER", default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..))]
        keep: u16,
    },
    /// Lists the backups in a folder.
    List {
        /// The folder.
        folder: PathBuf,
    },
    /// Checks that the disk kept a backup as it was written; with --open, and two custodians' recovery codes, also that nobody
    /// altered it.
    Check {
        /// The backup.
        file: PathBuf,
        /// Open it with two recovery codes, which are asked for.
        #[arg(long)]
        open: bool,
    },
}

impl Backup {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self.what {
            What::Make { place, whom, to, keep } => {
                let opened = Opened::open(&place, surroundings)?;
                let session = opened.sign_in(&whom)?;
                let made = opened.records.back_up(&session, &to, usize::from(keep));
                let made = opened.runtime.block_on(made).map_err(|fault| fault.to_string())?;
                let text =
                    format!("{} holds {} rows as they were at {}.", made.file.display(), made.rows, made.made_at);
                if made.is_log_whole {
                    return Ok(text);
                }
                // The backup is made; a script must not go on as though all were well.
                Err(format!(
                    "{text}\nTHE AUDIT LOG DOES NOT HOLD TOGETHER: somebody altered the store. No old backup was taken away. Run \
                     holdfast audit verify."
                ))
            }
            What::List { folder } => listed(&folder),
            What::Check { file, open } => {
                let backup = check(&file).map_err(|fault| fault.to_string())?;
                let (code, made_at) = (&backup.header.code, backup.header.made_at);
                if !open {
                    return Ok(format!("{} is as it was written: {code}, {made_at}.", file.display()));
                }
                let codes = two_codes()?;
                let count = backup::count_rows(&file, [codes[0].as_str(), codes[1].as_str()]);
                let rows = runtime()?.block_on(count).map_err(|fault| fault.to_string())?;
                Ok(format!("{} opens and is whole: {code}, {made_at}, {rows} rows.", file.display()))
            }
        }
    }
}

fn listed(folder: &std::path::Path) -> Result<String, String> {
    let (backups, unreadable) = list(folder).map_err(|fault| fault.to_string())?;
    let mut text = String::new();
    for backup in &backups {
        let (made_at, code, kilobytes) = (backup.header.made_at, &backup.header.code, backup.bytes.div_ceil(1000));
        // Writing into a text cannot fail.
        let _written = writeln!(text, "{made_at}  {code}  {kilobytes} kB  {}", backup.file.display());
    }
    for file in &unreadable {
        let _written = writeln!(text, "{} cannot be read as a backup.", file.display());
    }
    Ok(if text.is_empty() { "There is no backup in this folder.".to_owned() } else { text.trim_end().to_owned() })
}
