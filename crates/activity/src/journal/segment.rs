//! The journal's files on the disk: their names, which one comes next, mending after a crash, and keeping to the limits.

use jiff::civil::Date;
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// One journal file: `2026-11-22.0001.jsonl`. Ordered oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    /// The school's day it was begun on.
    pub(super) day: Date,
    /// Counted from 1 within the day.
    pub(super) sequence: u32,
}

impl Segment {
    /// Reads a file name; `None` where it is no journal file.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (day, sequence) = name.strip_suffix(".jsonl")?.split_once('.')?;
        let segment = Self { day: day.parse().ok()?, sequence: sequence.parse().ok()? };
        (segment.name() == name).then_some(segment)
    }

    /// The file's name.
    pub(super) fn name(self) -> String {
        format!("{}.{:04}.jsonl", self.day, self.sequence)
    }

    /// The file's path in `folder`.
    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(self.name())
    }
}

/// A journal file and its size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sized {
    pub(super) segment: Segment,
    pub(super) bytes: u64,
}

/// Every journal file in `folder`, oldest first. Whatever else lies there is left alone.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Sized>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(segment) = entry.file_name().to_str().and_then(Segment::parse) else { continue };
        match entry.metadata() {
            Ok(about) if about.is_file() => found.push(Sized { segment, bytes: about.len() }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Begins a new file for `day`, readable by our own user only. Never writes into one that is there already.
pub(super) fn create(folder: &Path, day: Date) -> io::Result<(Segment, File)> {
    let last = list(folder)?.iter().filter(|file| file.segment.day == day).map(|file| file.segment.sequence).max();
    let mut sequence = last.unwrap_or(0);
    loop {
        sequence =
            sequence.checked_add(1).ok_or_else(|| io::Error::other("there are too many log files for one day"))?;
        let segment = Segment { day, sequence };
        match File::options().append(true).create_new(true).mode(0o600).open(segment.path(folder)) {
            Ok(file) => return Ok((segment, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Cuts off a last line that a crash left without its end. Returns how many bytes were cut off.
pub(super) fn mend(path: &Path) -> io::Result<u64> {
    const STEP: u64 = 64 * 1024;
    let mut file = File::options().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut end = length;
    let mut chunk = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(STEP);
        file.seek(SeekFrom::Start(start))?;
        chunk.clear();
        Read::by_ref(&mut file).take(end - start).read_to_end(&mut chunk)?;
        if let Some(position) = chunk.iter().rposition(|&byte| byte == b'\n') {
            end = start + position as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length {
        file.set_len(end)?;
        file.sync_data()?;
    }
    Ok(length - end)
}

/// Deletes files oldest first until they keep to both limits. The file being written, `current`, is never deleted.
/// Returns what is left: how many files, and their bytes.
pub(super) fn retain(
    folder: &Path,
    current: Option<Segment>,
    first_day: Date,
    total_bytes: u64,
) -> io::Result<(usize, u64)> {
    let files = list(folder)?;
    let mut left = files.iter().map(|file| file.bytes).sum::<u64>();
    let mut count = files.len();
    for file in files {
        let is_too_old = file.segment.day < first_day;
        if Some(file.segment) == current || !(is_too_old || left > total_bytes) {
            continue;
        }
        fs::remove_file(file.segment.path(folder))?;
        left -= file.bytes;
        count -= 1;
    }
    Ok((count, left))
}
