//! The file of suggestions, which the service writes and the command line reads and dismisses in.
//!
//! Whoever writes holds a lock on the file's folder, reads what stands there, and puts a whole new file in its place. So
//! a dismissal from the command line is never overwritten by the service, and the service takes it over when it next
//! looks. A new file belongs to whom the old one did: a command run as root must not take it away from the service.

use super::{MOST_HOSTS, Suggestion, in_order};
use holdfast_core::host::Host;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// How the file is written; another form is no file of ours.
const FORM: u32 = 1;
/// A larger file is none that we wrote: a thousand hosts with every bound reached come to less.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// How often and after which time somebody else's lock is tried again.
const TRIES: u32 = 40;
const TRY_AGAIN: Duration = Duration::from_millis(50);

#[derive(Serialize)]
struct Written<'a> {
    form: u32,
    hosts: &'a [Suggestion],
}

#[derive(Deserialize)]
struct ReadIn {
    form: u32,
    hosts: Vec<Suggestion>,
}

/// By what a changed file is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    bytes: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    fn of(found: &fs::Metadata) -> Self {
        let (seconds, nanoseconds) = (found.mtime(), found.mtime_nsec());
        Self { inode: found.ino(), bytes: found.len(), seconds, nanoseconds }
    }
}

/// What was found where the file should be.
pub(super) enum Found {
    Nothing,
    Suggestions(Vec<Suggestion>, Stamp),
    /// It cannot be read; in words for a person. It was set aside where that could be done.
    Damaged(String),
}

/// The file as it is now, without reading it.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|found| Stamp::of(&found))
}

/// Reads the file; a damaged one is set aside, so that it can be looked at and the next one written.
pub(super) fn load(path: &Path) -> Found {
    match parse(path) {
        Ok(Some((suggestions, stamp))) => Found::Suggestions(suggestions, stamp),
        Ok(None) => Found::Nothing,
        Err(fault) => {
            let aside = aside(path);
            let done = match fs::rename(path, &aside) {
                Ok(()) => format!("It was set aside as {}, until a new one is saved", aside.display()),
                Err(fault) => format!("It could not be set aside either ({fault})"),
            };
            Found::Damaged(format!(
                "The suggestions of what to leave unopened could not be read from {}: {fault}. {done}. Nothing is opened or \
                 left unopened because of this; what was gathered before, and what was dismissed, has to be decided again.",
                path.display()
            ))
        }
    }
}

fn parse(path: &Path) -> io::Result<Option<(Vec<Suggestion>, Stamp)>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let stamp = Stamp::of(&file.metadata()?);
    if stamp.bytes > MOST_BYTES {
        return Err(io::Error::other("it is larger than any that we write"));
    }
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    let read: ReadIn = serde_json::from_str(&text)?;
    if read.form != FORM {
        return Err(io::Error::other("another version of the program wrote it"));
    }
    let mut hosts = read.hosts;
    hosts.truncate(MOST_HOSTS);
    Ok(Some((hosts, stamp)))
}

/// Where a damaged file is set aside.
fn aside(path: &Path) -> PathBuf {
    beside(path, ".damaged")
}

/// Whether a damaged file was set aside and nothing was saved since.
pub(super) fn is_one_set_aside(path: &Path) -> bool {
    fs::symlink_metadata(aside(path)).is_ok()
}

/// Puts a whole new file in place; whoever opens it sees the old one or the new one. A damaged one that was set aside goes,
/// since hosts in it that must vanish could be taken out of it by nobody. Only under [`locked`].
pub(super) fn store(path: &Path, suggestions: &[Suggestion]) -> io::Result<Stamp> {
    let temporary = beside(path, ".new");
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    let (user, group) = owner(path)?;
    if (user, group) != owner_of(&file.metadata()?) {
        fchown(&file, Some(user), Some(group))?;
    }
    serde_json::to_writer_pretty(io::BufWriter::new(&file), &Written { form: FORM, hosts: suggestions })?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    match fs::remove_file(aside(path)) {
        Err(fault) if fault.kind() != ErrorKind::NotFound => return Err(fault),
        Ok(()) | Err(_) => {}
    }
    File::open(folder(path))?.sync_all()?;
    Ok(Stamp::of(&file.metadata()?))
}

/// Whom the file belongs to, or the folder where there is none yet.
fn owner(path: &Path) -> io::Result<(u32, u32)> {
    fs::metadata(path).or_else(|_fault| fs::metadata(folder(path))).map(|found| owner_of(&found))
}

fn owner_of(found: &fs::Metadata) -> (u32, u32) {
    (found.uid(), found.gid())
}

/// Does something while nobody else writes the file.
pub(super) fn locked<T>(path: &Path, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let folder = File::open(folder(path))?;
    for _ in 0..TRIES {
        match folder.try_lock() {
            // Given back when the folder is closed.
            Ok(()) => return act(),
            Err(TryLockError::WouldBlock) => thread::sleep(TRY_AGAIN),
            Err(TryLockError::Error(fault)) => return Err(fault),
        }
    }
    Err(io::Error::new(ErrorKind::TimedOut, "another command holds it"))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The suggestions in the file, dismissed ones included, those of the most clients first. For another process than the
/// service, which may know of newer ones that it saves within a minute. Changes nothing.
///
/// # Errors
///
/// When the file cannot be read; in words for a person.
pub fn read(path: &Path) -> Result<Vec<Suggestion>, String> {
    let found = parse(path).map_err(|fault| {
        format!(
            "The suggestions could not be read from {}: {fault}. The service sets a damaged file aside by itself.",
            path.display()
        )
    })?;
    Ok(in_order(found.map(|(suggestions, _)| suggestions).unwrap_or_default()))
}

/// Decides against the suggestion for a host, from another process than the service, which takes it over when it next
/// looks. False where the file has none for this host: it may be too new, and is saved within a minute.
///
/// # Errors
///
/// When the file cannot be read or written; in words for a person.
pub fn dismiss(path: &Path, host: &Host, now: Timestamp) -> Result<bool, String> {
    let dismissed = locked(path, || {
        let Some((mut suggestions, _)) = parse(path)? else { return Ok(false) };
        let Some(found) = suggestions.iter_mut().find(|found| found.host == *host) else { return Ok(false) };
        found.dismissed_micros = Some(now.as_microsecond());
        store(path, &suggestions)?;
        Ok(true)
    });
    dismissed.map_err(|fault| {
        format!(
            "The suggestion could not be dismissed in {}: {fault}. Run this as the service's user or as root.",
            path.display()
        )
    })
}
