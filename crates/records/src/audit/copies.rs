//! Files with checkpoints: one line each, only ever added to. In the data folder, and wherever the school keeps its witness.

use super::{
    checkpoint::{Checkpoint, LONGEST_LINE},
    key::{cannot, sync_folder},
};
use crate::Fault;
use std::{
    fs,
    io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Follows a line that the loss of power cut short; whoever reads the file passes over that line.
pub(super) const CUT: &str = "# The line above was cut short while it was written.";

const HEAD: &str = "\
# Checkpoints of the audit log of one school. Nothing in this file is secret, and nobody is named in it.
# Keep a copy where nobody who looks after the machine can change it. With it, anybody can show that the log was not
# rewritten, cut or rolled back: holdfast audit verify --witness THIS-FILE
# Lines are only ever added. The fingerprint at the end of a line may be kept on paper instead.
";

/// Where the checkpoints of a school lie in a folder.
pub(super) fn file_in(folder: &Path, school: &str) -> PathBuf {
    folder.join(format!("audit-checkpoints-{school}.txt"))
}

/// Whether this is such a file, by its name.
pub(super) fn is_one(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("audit-checkpoints-") && file.extension().is_some_and(|ending| ending == "txt")
}

/// The last checkpoint that a file holds; none if there is no file, or none in it.
pub(super) fn last_in(file: &Path) -> Result<Option<Checkpoint>, Fault> {
    let mut opened = match fs::OpenOptions::new().read(true).open(file) {
        Ok(opened) => opened,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(cannot(file, &fault)),
    };
    let read = (|| {
        let length = opened.metadata()?.len();
        opened.seek(SeekFrom::Start(length.saturating_sub(LONGEST_LINE as u64 * 8)))?;
        let mut tail = Vec::new();
        opened.take(LONGEST_LINE as u64 * 8).read_to_end(&mut tail)?;
        Ok(tail)
    })();
    let tail = read.map_err(|fault: std::io::Error| cannot(file, &fault))?;
    // Without its end of line, the last line is not whole.
    let whole = tail.iter().rposition(|byte| *byte == b'\n').and_then(|end| tail.get(..end)).unwrap_or_default();
    let text = String::from_utf8_lossy(whole);
    Ok(text.lines().rev().find_map(Checkpoint::of_line))
}

/// Adds checkpoints at the end of a file, and returns once they are on the disk.
pub(super) fn add(file: &Path, checkpoints: &[Checkpoint]) -> Result<(), Fault> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|fault| cannot(folder, &fault))?;
    let mut opened = fs::OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o644)
        .open(file)
        .map_err(|fault| cannot(file, &fault))?;
    let written = (|| {
        let mut text = String::new();
        match opened.seek(SeekFrom::End(-1)) {
            Ok(_) => {
                let mut last = [0];
                opened.read_exact(&mut last)?;
                if last != *b"\n" {
                    text = format!("\n{CUT}\n");
                }
            }
            // Nothing is in it yet.
            Err(_before_the_beginning) => HEAD.clone_into(&mut text),
        }
        for checkpoint in checkpoints {
            text.push_str(&checkpoint.to_line());
            text.push('\n');
        }
        opened.write_all(text.as_bytes())?;
        opened.sync_all()
    })();
    written.map_err(|fault| cannot(file, &fault))?;
    sync_folder(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::witness;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

    fn checkpoint(position: i64) -> Checkpoint {
        let key = Ed25519KeyPair::generate().unwrap();
        let unsigned = Checkpoint {
            school: "one".to_owned(),
            position,
            number: position * 10,
            hash: [3; 32],
            moment: 1_780_000_000_000_000,
            previous: [0; 32],
            key: key.public_key().as_ref().try_into().unwrap(),
            next_key: None,
            signature: [0; 64],
        };
        unsigned.sign(&key)
    }

    #[test]
    fn a_line_that_was_cut_short_is_passed_over_and_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_in(folder.path(), "one");
        assert_eq!(last_in(&file).unwrap(), None);
        let (first, second) = (checkpoint(1), checkpoint(2));
        add(&file, std::slice::from_ref(&first)).unwrap();
        let line = second.to_line();
        fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(&line.as_bytes()[..200]).unwrap();
        assert_eq!(last_in(&file).unwrap(), Some(first.clone()));
        add(&file, std::slice::from_ref(&second)).unwrap();
        assert_eq!(last_in(&file).unwrap(), Some(second.clone()));
        let (seen, faults) = witness::read(&file).unwrap();
        assert_eq!((seen, faults), (vec![first, second], Vec::new()));
    }
}
