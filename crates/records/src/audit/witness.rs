//! The witness: checkpoints that were kept outside the machine.

use super::{
    checkpoint::{Checkpoint, LONGEST_LINE},
    copies::{self, CUT},
    key::cannot,
};
use crate::Fault;
use std::{
    fs,
    io::{self, BufRead, BufReader, Read as _},
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
    Ok((in_order(checkpoints), faults))
}

/// The same of a witness that somebody pasted.
pub(super) fn read_text(text: &str) -> Result<(Vec<Checkpoint>, Vec<String>), Fault> {
    let (mut checkpoints, mut faults) = (Vec::new(), Vec::new());
    let name = "What was pasted";
    read_lines(text.as_bytes(), &mut checkpoints, &mut faults).map_err(|_never| Fault::wrong("No text."))?;
    refuse_too_many(&checkpoints, name)?;
    Ok((in_order(checkpoints), faults))
}

fn in_order(mut checkpoints: Vec<Checkpoint>) -> Vec<Checkpoint> {
    checkpoints.sort_by(|one, other| {
        (&one.school, one.position, one.signature).cmp(&(&other.school, other.position, other.signature))
    });
    checkpoints.dedup();
    checkpoints
}

fn read_file(file: &Path, checkpoints: &mut Vec<Checkpoint>, faults: &mut Vec<String>) -> Result<(), Fault> {
    let opened = fs::OpenOptions::new().read(true).open(file).map_err(|fault| cannot(file, &fault))?;
    let name = file.display().to_string();
    read_lines(BufReader::new(opened), checkpoints, faults).map_err(|fault| cannot(file, &fault))?;
    refuse_too_many(checkpoints, &name)
}

fn refuse_too_many(checkpoints: &[Checkpoint], name: &str) -> Result<(), Fault> {
    if checkpoints.len() > MOST {
        return Err(Fault::wrong(format!("{name} holds more than {MOST} checkpoints.")));
    }
    Ok(())
}

/// Reads lines, and stops after one checkpoint too many.
fn read_lines(mut reader: impl BufRead, checkpoints: &mut Vec<Checkpoint>, faults: &mut Vec<String>) -> io::Result<()> {
    let mut unread: Option<usize> = None;
    let mut number = 0;
    loop {
        let mut line = Vec::new();
        if reader.by_ref().take(LONGEST_LINE as u64 * 2).read_until(b'\n', &mut line)? == 0 {
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
            break;
        }
    }
    faults.extend(unread.map(told));
    Ok(())
}

fn told(line: usize) -> String {
    format!("Line {line} of the witness is no checkpoint as it was signed: the witness itself was changed.")
}
