//! The journal's files on the disk: their names, which one comes next, mending after a crash, and keeping to the limits.

use super::{line::RemovedFile, pack, past::PastDays};
use jiff::civil::Date;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// One part of the journal: `2026-11-22.0001`. Ordered oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    /// The school's day it was begun on.
    pub(super) day: Date,
    /// Counted from 1 within the day.
    pub(super) sequence: u32,
}

impl Segment {
    /// Reads a file name; `None` where it is no journal file.
    pub(super) fn parse(name: &str) -> Option<(Self, Form)> {
        let (stem, form) = match name.strip_suffix(".gz") {
            Some(stem) => (stem, Form::Packed),
            None => (name, Form::Plain),
        };
        let (day, sequence) = stem.strip_suffix(".jsonl")?.split_once('.')?;
        let segment = Self { day: day.parse().ok()?, sequence: sequence.parse().ok()? };
        (segment.name(form) == name).then_some((segment, form))
    }

    /// What stands before the ending.
    pub(super) fn stem(self) -> String {
        format!("{}.{:04}", self.day, self.sequence)
    }

    /// The file's name.
    pub(super) fn name(self, form: Form) -> String {
        let ending = match form {
            Form::Plain => "",
            Form::Packed => ".gz",
        };
        format!("{}.jsonl{ending}", self.stem())
    }

    /// The file's path in `folder`.
    pub(super) fn path(self, folder: &Path, form: Form) -> PathBuf {
        folder.join(self.name(form))
    }
}

/// How a journal file stands on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Packed with gzip, `….jsonl.gz`.
    Packed,
    /// As it was written, `….jsonl`.
    Plain,
}

/// A journal file and its size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sized {
    pub(super) segment: Segment,
    pub(super) form: Form,
    pub(super) bytes: u64,
    /// When it was last written to.
    pub(super) written: Option<SystemTime>,
}

/// Every journal file in `folder`, oldest first. Whatever else lies there is left alone.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Sized>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some((segment, form)) = entry.file_name().to_str().and_then(Segment::parse) else { continue };
        match entry.metadata() {
            Ok(about) if about.is_file() => {
                let (bytes, written) = (about.len(), about.modified().ok());
                found.push(Sized { segment, form, bytes, written });
            }
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
        match File::options().append(true).create_new(true).mode(0o600).open(segment.path(folder, Form::Plain)) {
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

/// How many bytes are read to count the lines of files about to be removed, each time: the log must not stand still.
const COUNTED_BYTES: u64 = 256 * 1024 * 1024;

/// What [`retain`] left and took.
#[derive(Debug, Default)]
pub(super) struct Retained {
    /// How many files are left.
    pub(super) files: usize,
    /// Their bytes.
    pub(super) bytes: u64,
    /// The oldest file left that is to be packed, and when it was last written to.
    pub(super) plain: Option<(Segment, SystemTime)>,
    /// Files removed for want of room although they were young enough to be kept, or nobody had released them yet; oldest
    /// first.
    pub(super) before_their_time: Vec<RemovedFile>,
    /// The files left that are past their days.
    pub(super) past: BTreeSet<Segment>,
    /// Set where a file could not be removed, and the rest was left.
    pub(super) failed: Option<io::Error>,
}

/// What [`retain`] keeps to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The first day whose files are still kept.
    pub(super) first_day: Date,
    /// How many bytes all files together may take.
    pub(super) total_bytes: u64,
}

/// Deletes files oldest first until they keep to both limits: for their age only those that were released, for their bytes
/// whichever comes. The file being written, `current`, is never deleted. Of the plain ones, those that `is_left` tells are
/// not to be packed now.
pub(super) fn retain(
    folder: &Path,
    current: Option<Segment>,
    limits: Limits,
    past: &PastDays,
    is_left: impl Fn(Segment) -> bool,
) -> io::Result<Retained> {
    let files = list(folder)?;
    let mut retained =
        Retained { files: files.len(), bytes: files.iter().map(|file| file.bytes).sum::<u64>(), ..Retained::default() };
    let mut countable = COUNTED_BYTES;
    for Sized { segment, form, bytes, written } in files {
        if Some(segment) == current {
            continue;
        }
        let is_past = segment.day < limits.first_day;
        let is_at_its_end = is_past && past.is_released(segment);
        if !is_at_its_end && retained.bytes <= limits.total_bytes {
            if is_past {
                retained.past.insert(segment);
            }
            if form == Form::Plain && retained.plain.is_none() && !is_left(segment) {
                retained.plain = written.map(|written| (segment, written));
            }
            continue;
        }
        let path = segment.path(folder, form);
        let is_counted = !is_at_its_end && (form == Form::Packed || bytes <= countable);
        // A file that cannot be read is removed all the same; its lines are then not known.
        let opened = if is_counted { File::open(&path).ok() } else { None };
        if let Err(error) = fs::remove_file(&path) {
            retained.failed = Some(error);
            break;
        }
        retained.bytes -= bytes;
        retained.files -= 1;
        if is_counted && form == Form::Plain {
            countable -= bytes;
        }
        if !is_at_its_end {
            let lines = opened.and_then(|mut file| match form {
                Form::Plain => count_lines(&mut file).ok(),
                Form::Packed => pack::lines(&file),
            });
            retained.before_their_time.push(RemovedFile { name: segment.name(form), bytes, lines });
        }
    }
    Ok(retained)
}

/// How many lines stand in the file from where it is read.
pub(super) fn count_lines(file: &mut File) -> io::Result<u64> {
    let mut chunk = vec![0; 64 * 1024];
    let mut lines = 0;
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(lines),
            read => lines += memchr::memchr_iter(b'\n', &chunk[..read]).count() as u64,
        }
    }
}
