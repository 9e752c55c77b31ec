//! The records' store as far as its files tell: nothing here opens it, since whoever runs the doctor may be another account
//! than the service's.

use super::{Finding, kept::files};
use crate::{config::Config, install::DATABASE, x509::day};
use jiff::Timestamp;
use std::{
    fs,
    io::{ErrorKind, Read as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::Duration,
};

/// A nightly backup that is older was missed.
const OLD_BACKUP: Duration = Duration::from_hours(36);
/// Checkpoints are signed each hour while the service runs.
const OLD_CHECKPOINT: Duration = Duration::from_hours(24);
/// How an embedded store begins (SQLite's file format, §1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

pub(super) fn examine(config: &Config, is_running: bool, now: Timestamp) -> Vec<Finding> {
    // What the store published last is there once a school has been set up.
    let is_set_up = config.data.join("published/policy.toml").exists();
    let mut findings = vec![secrets(&config.store.secrets, is_set_up)];
    findings.extend(database(Path::new(DATABASE)));
    if !Path::new(DATABASE).exists() {
        findings.push(embedded(&config.data.join("records/records.sqlite"), is_running));
    }
    findings.push(copies("backups", config.store.backups.as_deref(), OLD_BACKUP, now));
    findings.push(copies("checkpoints", config.store.checkpoints.as_deref(), OLD_CHECKPOINT, now));
    findings
}

fn secrets(folder: &Path, is_set_up: bool) -> Finding {
    let shown = folder.display();
    match fs::metadata(folder) {
        Ok(about) if !about.is_dir() => {
            Finding::fault("records", format!("{shown} is no folder."), "Name another under `[store] secrets`.")
        }
        Ok(about) if about.mode() & 0o077 != 0 => Finding::fault(
            "records",
            format!("Others than the service's account may look into {shown}, where the machine's keys are."),
            format!("chmod 0700 {shown}"),
        ),
        Ok(_) => Finding::fine("records", format!("The machine's keys are in {shown}, for one account only.")),
        Err(fault) if fault.kind() == ErrorKind::NotFound && !is_set_up => {
            Finding::attention("records", format!("There is no folder {shown} yet."), "holdfast install makes it.")
        }
        Err(fault) => Finding::fault(
            "records",
            format!("{shown} cannot be looked at: {fault}. Without it no checkpoint of the audit log is signed."),
            "holdfast install makes it.",
        ),
    }
}

fn database(file: &Path) -> Option<Finding> {
    let about = fs::metadata(file).ok()?;
    let shown = file.display();
    Some(if about.mode().trailing_zeros() >= 6 {
        // Nothing for the group or others.
        Finding::fine(
            "records",
            format!("They are in the database that {shown} names; the status page says whether it answers."),
        )
    } else {
        Finding::fault(
            "records",
            format!("Others may read {shown}, and it holds a password."),
            format!("chmod 0600 {shown}"),
        )
    })
}

fn embedded(file: &Path, is_running: bool) -> Finding {
    let shown = file.display();
    let mut begin = [0; 16];
    match fs::File::open(file).and_then(|mut open| open.read_exact(&mut begin)) {
        Ok(()) if begin == *MAGIC => Finding::fine("records", format!("The store is {shown}.")),
        Ok(()) => Finding::fault(
            "records",
            format!("{shown} is no store, or is damaged."),
            "Restore a backup: holdfast restore (docs/store.md). The filter goes on with what is in force.",
        ),
        Err(fault) if fault.kind() == ErrorKind::NotFound && !is_running => {
            Finding::fine("records", "The store is made at the first start.")
        }
        Err(fault) => Finding::fault(
            "records",
            format!("{shown} cannot be read: {fault}."),
            "See whose it is, or restore a backup: holdfast restore (docs/store.md).",
        ),
    }
}

fn copies(what: &'static str, folder: Option<&Path>, old: Duration, now: Timestamp) -> Finding {
    let Some(folder) = folder else {
        let words = format!("The config names no folder for {what}.");
        return Finding::attention(
            what,
            words,
            format!("Write `[store] {what}` in the config, on another machine or disk."),
        );
    };
    let shown = folder.display();
    if !folder.is_dir() {
        return Finding::fault(
            what,
            format!("There is no folder {shown}, or it cannot be reached."),
            "Mount or make it.",
        );
    }
    let changed = |path: &Path| {
        let about = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
        Timestamp::try_from(about.modified().ok()?).ok()
    };
    match files(folder, 2, 20_000).iter().filter_map(|path| changed(path)).max() {
        None => Finding::attention(
            what,
            format!("There is nothing in {shown} yet."),
            "It begins once the school is set up.",
        ),
        Some(at) if now.duration_since(at).unsigned_abs() > old && at < now => Finding::fault(
            what,
            format!("The newest in {shown} is of {}.", day(at)),
            "The status page says what was in the way.",
        ),
        Some(at) => Finding::fine(what, format!("The newest in {shown} is of {at:.0}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_the_files_tell_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.sqlite");
        assert_eq!(embedded(&file, false).grade, Grade::Fine);
        assert_eq!(embedded(&file, true).grade, Grade::Fault);
        fs::write(&file, "SQLite format 3\0 and more").unwrap();
        assert_eq!(embedded(&file, true).grade, Grade::Fine);
        fs::write(&file, "something else altogether").unwrap();
        assert_eq!(embedded(&file, true).grade, Grade::Fault);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(database(&file).unwrap().grade, Grade::Fault);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(database(&file).unwrap().grade, Grade::Fine);
        assert!(database(&folder.path().join("none")).is_none());

        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).unwrap();
        assert_eq!(secrets(folder.path(), true).grade, Grade::Fault);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(secrets(folder.path(), true).grade, Grade::Fine);

        let now = Timestamp::now();
        assert_eq!(copies("backups", None, OLD_BACKUP, now).grade, Grade::Attention);
        assert_eq!(copies("backups", Some(folder.path()), OLD_BACKUP, now).grade, Grade::Fine);
        let later = now + jiff::SignedDuration::from_hours(40);
        assert_eq!(copies("backups", Some(folder.path()), OLD_BACKUP, later).grade, Grade::Fault);
    }
}
