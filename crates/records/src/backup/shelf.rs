//! The folder that backups lie in: their names, which there are, whether they are whole, which old ones go.

use super::{
    chunks::{DIGEST, damaged},
    header::Header,
};
use crate::Fault;
use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use std::{
    fs::{self, File},
    io::{self, BufReader, Read as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

/// How a backup's file name ends.
const ENDING: &str = ".backup";

/// A backup on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its file.
    pub file: PathBuf,
    /// Its head.
    pub header: Header,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The backups in a folder, the newest first, and the files that look like one and are none. No folder means none.
pub fn list(folder: &Path) -> Result<(Vec<Backup>, Vec<PathBuf>), Fault> {
    let mut backups = Vec::new();
    let mut unreadable = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok((backups, unreadable)),
        entries => entries.map_err(|fault| cannot_read(folder, &fault))?,
    };
    for entry in entries {
        let file = entry.map_err(|fault| cannot_read(folder, &fault))?.path();
        if !file.to_string_lossy().ends_with(ENDING) {
            continue;
        }
        match head(&file) {
            Ok(backup) => backups.push(backup),
            Err(_) => unreadable.push(file),
        }
    }
    backups.sort_by(|one, other| (other.header.made_at, &one.file).cmp(&(one.header.made_at, &other.file)));
    Ok((backups, unreadable))
}

/// Reads a whole backup and holds it against the digest at its end: whether the disk kept it. Needs no key, and so does not
/// show that nobody altered it on purpose; restoring does.
pub fn check(file: &Path) -> Result<Backup, Fault> {
    let backup = head(file)?;
    let mut reader = BufReader::new(open(file).map_err(|fault| cannot_read(file, &fault))?);
    let mut all = Context::new(&SHA256);
    let mut left = backup.bytes.checked_sub(DIGEST as u64).ok_or_else(damaged)?;
    let mut part = vec![0; 64 * 1024];
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(part.len()).min(part.len());
        let part = part.get_mut(..length).unwrap_or_default();
        reader.read_exact(part).map_err(|fault| cannot_read(file, &fault))?;
        all.update(part);
        left -= length as u64;
    }
    let mut digest = [0; DIGEST];
    reader.read_exact(&mut digest).map_err(|fault| cannot_read(file, &fault))?;
    if all.finish().as_ref() == digest { Ok(backup) } else { Err(damaged()) }
}

/// Makes a folder that only its owner enters, if it is not there.
pub(super) fn make_folder(folder: &Path) -> Result<(), Fault> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|fault| cannot_write(&fault))
}

/// Opens a file for reading.
pub(super) fn open(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().read(true).open(path)
}

fn head(file: &Path) -> Result<Backup, Fault> {
    let mut opened = open(file).map_err(|fault| cannot_read(file, &fault))?;
    let bytes = opened.metadata().map_err(|fault| cannot_read(file, &fault))?.len();
    let (header, _) = Header::read(&mut opened)?;
    Ok(Backup { file: file.to_owned(), header, bytes })
}

/// The name of a backup: code and moment; no person's name.
pub(super) fn name(header: &Header) -> String {
    let code: String = header.code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(60).collect();
    format!("{code}-{}{ENDING}", header.made_at.strftime("%Y%m%dT%H%M%SZ"))
}

/// Takes away what is older than the newest `keep` of a school, the one just made among them. What is no backup of this
/// school stays; so does one that says it is from the future, which counts for nothing.
pub(super) fn prune(folder: &Path, school: &str, made_at: Timestamp, keep: usize) -> Result<(), Fault> {
    let (backups, _) = list(folder)?;
    let of_school = backups.iter().filter(|backup| backup.header.school == school);
    for old in of_school.filter(|backup| backup.header.made_at <= made_at).skip(keep.max(1)) {
        fs::remove_file(&old.file).map_err(|fault| cannot_read(&old.file, &fault))?;
    }
    Ok(())
}

/// The words for what cannot be written.
pub(super) fn cannot_write(fault: &io::Error) -> Fault {
    let what = match fault.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        _ => fault.to_string(),
    };
    Fault::Unavailable(format!("The backup cannot be written: {what}. Backups made before are still there."))
}

/// The words for what cannot be read.
pub(super) fn cannot_read(path: &Path, fault: &io::Error) -> Fault {
    Fault::Unavailable(format!("{} cannot be read: {fault}.", path.display()))
}
