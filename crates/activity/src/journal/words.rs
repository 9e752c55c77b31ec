//! What the journal says to people: its alarms and its errors.

use super::{RemovedFile, Settings};
use std::{io, path::Path};

/// What the technician reads while the log cannot be written. The folder's place is not said: whoever needs it knows it.
pub(super) fn cannot_write(error: &io::Error) -> String {
    let (fault, remedy) = match error.kind() {
        io::ErrorKind::StorageFull => (
            "The disk that holds the activity log is full".to_owned(),
            "Free some space on the disk of the data folder, or set the log to keep less",
        ),
        io::ErrorKind::QuotaExceeded => (
            "The activity log has used up the disk space that this computer allows it".to_owned(),
            "Raise the quota of the service's user, or set the log to keep less",
        ),
        io::ErrorKind::FileTooLarge => (
            "A file of the activity log has reached the size that this computer allows".to_owned(),
            "Raise the file size limit of the service, or set the log to use smaller files",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            "Holdfast may not write into the folder of its activity log".to_owned(),
            "Give the service's user leave to write into the data folder again",
        ),
        _ => (
            format!("The activity log cannot be written ({error})"),
            "Look at the disk of the data folder, and at the messages of the system about it",
        ),
    };
    format!(
        "{fault}. The filter goes on working, but what it allows and stops may not be written down. {remedy}. \
         Nothing needs to be restarted: writing begins again by itself."
    )
}

/// What the technician reads once files had to go before their time. `removed` counts them since the program started.
pub(super) fn shortened(files: &[RemovedFile], removed: u64, settings: &Settings) -> String {
    let megabytes = settings.total_bytes / (1024 * 1024);
    let days = settings.keep_days;
    let last = match files {
        [] => String::new(),
        [only] => format!("the last was {}", only.name),
        [first, .., last] => format!("the last were {} to {}", first.name, last.name),
    };
    let (what, were) = if removed == 1 { ("file", "was") } else { ("files", "were") };
    format!(
        "The activity log is full before its time: it may take {megabytes} MB, and {removed} {what} younger than the \
         {days} days it should be kept, or not yet looked through for what must be kept longer, {were} removed since Holdfast started ({last}). A line in the log says which. \
         Either the log is given too little room, or somebody fills it on purpose. Look at who asks for so much, then \
         raise `megabytes` or lower `keep_days` under `log` in the config and start Holdfast again."
    )
}

/// What the technician reads while `count` full files cannot be packed, `name` being the last that was tried.
pub(super) fn unpacked(name: &str, count: usize, error: &io::Error) -> String {
    let (what, they) = if count == 1 { ("file", "It stays") } else { ("files", "They stay") };
    format!(
        "{count} full {what} of the activity log could not be packed, the last that was tried being {name} ({error}). \
         {they} readable as before and nothing is missing, but the log is full many times sooner. Look at the disk of the \
         data folder, its free space, and whether the service's user owns the files. Each is tried again every hour."
    )
}

/// The error of a start that fails at `path`.
pub(super) fn explain(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!(
            "The activity log cannot be opened: {} ({error}). Check that it is there, that the service's user owns it, and that the disk is sound.",
            path.display()
        ),
    )
}
