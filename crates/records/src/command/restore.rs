//! `holdfast restore`: bringing a school back with two custodians' recovery codes.

use super::{
    Surroundings, Where,
    surroundings::{hidden, runtime},
};
use crate::backup::{self, Choices, Restored, Unproven};
use clap::Args;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// `holdfast restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup. The two recovery codes are asked for, or read from the first two lines of the standard input.
    file: PathBuf,
    /// The config file, which says where the data folder is. `DATABASE_URL` chooses PostgreSQL.
    #[arg(long, value_name = "FILE", default_value = "holdfast.toml")]
    config: PathBuf,
    /// The data folder to restore into, instead of what the config says.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
    /// A file, or a folder, of checkpoints that was kept outside: the restored log is held against those that were signed
    /// before the backup was made.
    #[arg(long, value_name = "FILE")]
    witness: Option<PathBuf>,
    /// Erase again also what unproven marks tell of, once both custodians read the list that is shown without this.
    #[arg(long, conflicts_with = "leave_marks")]
    apply_marks: bool,
    /// Leave what unproven marks tell of, once both custodians read the list.
    #[arg(long)]
    leave_marks: bool,
    /// Restore also a backup whose log holds entries that its machine did not write. They count for nothing, nor does what the log
    /// tells beside them of the same person or thing. And one that nothing shows to be this machine's, although the machine has
    /// kept the school's log itself.
    #[arg(long)]
    unproven_log: bool,
}

impl Restore {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let typed = Where { config: self.config, data: self.into };
        let Surroundings { place, clock } = surroundings;
        let place = place(&typed)?;
        let codes = two_codes()?;
        let runtime = runtime()?;
        let codes = [codes[0].as_str(), codes[1].as_str()];
        let unproven = match (self.apply_marks, self.leave_marks) {
            (true, _) => Unproven::Apply,
            (false, true) => Unproven::Leave,
            (false, false) => Unproven::Refuse,
        };
        let choices = Choices { witness: self.witness.as_deref(), unproven, unproven_log: self.unproven_log };
        let restored = backup::restore(&self.file, &place, &clock, codes, &choices);
        let restored = runtime.block_on(restored).map_err(|fault| fault.to_string())?;
        let told = told(&restored);
        if restored.verified.is_whole() {
            return Ok(told);
        }
        // An exit code other than 0, so that a script does not go on with it.
        Err(format!(
            "{told}\nIT WAS RESTORED, AND ITS LOG IS NOT WHOLE: see the faults above. Do not put it into service before \
             somebody knows why; try another backup in another folder."
        ))
    }
}

fn told(restored: &Restored) -> String {
    let mut text = format!(
        "Restored {}: {} rows as they were at {}. What was written later is not here.\n\
         Erased again: {}; withheld until it is mended again: {}.\n{}\n{}",
        restored.code,
        restored.rows,
        restored.made_at,
        restored.applied.erased,
        restored.applied.withheld,
        restored.log.words(),
        restored.verified.words().trim_end(),
    );
    if !restored.verified.is_witnessed {
        text.push_str(
            "\nWhoever has the custodians' public halves could have written a backup of their own. Hold it against a witness \
             from outside this machine: holdfast audit verify --witness FILE.",
        );
    }
    text
}

/// Two custodians' recovery codes, each typed without being shown.
pub(super) fn two_codes() -> Result<[Zeroizing<String>; 2], String> {
    Ok([hidden("Recovery code of one custodian: ")?, hidden("Recovery code of another custodian: ")?])
}
