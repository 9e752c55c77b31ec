//! The witness: checkpoints that were kept outside the machine.

use super::{
    checkpoint::{Checkpoint, LONGEST_LINE},
    copies::{self, CUT},
    key::cannot,
};
use crate::Fault;
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

/// The most checkpoints that a witness may hold: one an hour for over fifty years.
const MOST: usize = 500_000;

/// Reads a witness, or all of them in a folder that checkpoints are copied to: the checkpoints in the order of their schools and
/// places, each once, and what is wrong with it. Two checkpoints for one place stay both: the log was forked, and verifying
/// says so.
pub(super) fn read(witness: &Path) -> Result<(Vec<Checkpoint>, Vec<String>), Fault> {
    let mut checkpoints = Vec::new();
    let mut faults = Vec::new();
    if witness.is_dir() {
        for found in fs::read_dir(witness).map_err(|fault| cannot(witness, &fault))? {
            let file = found.map_err(|fault| cannot(witness, &fault))?.path();
            if copies::is_one(&file) {
                read_file(&file, &mut checkpoints, &mut faults)?;
            }
        }
    } else {
        read_file(witness, &mut checkpoints, &mut faults)?;
    }
    checkpoints.sort_by(|one, other| {
        (&one.school, one.position, one.signature).cmp(&(&other.school, other.position, other.signature))
    });
    checkpoints.dedup();
    Ok((checkpoints, faults))
}

fn read_file(file: &Path, checkpoints: &mut Vec<Checkpoint>, faults: &mut Vec<String>) -> Result<(), Fault> {
    let opened = fs::OpenOptions::new().read(true).open(file).map_err(|fault| cannot(file, &fault))?;
    let mut reader = BufReader::new(opened);
    let mut unread: Option<usize> = None;
    let mut number = 0;
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST_LINE as u64 * 2).read_until(b'\n', &mut line);
        if read.map_err(|fault| cannot(file, &fault))? == 0 {
            break;
        }
        number += 1;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        if line == CUT {
            unread = None;
        }
        if let Some(unread) = unread.take() {
            faults.push(told(unread));
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match Checkpoint::of_line(line) {
            Some(checkpoint) if checkpoint.is_signed() => checkpoints.push(checkpoint),
            _ => unread = Some(number),
        }
        if checkpoints.len() > MOST {
            return Err(Fault::wrong(format!("{} holds more than {MOST} checkpoints.", file.display())));
        }
    }
    faults.extend(unread.map(told));
    Ok(())
}

fn told(line: usize) -> String {
    format!("Line {line} of the witness is no checkpoint as it was signed: the witness itself was changed.")
}
