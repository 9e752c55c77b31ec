//! The records' store as far as its files tell: no file is opened as a store, since whoever runs the doctor may be another
//! account than the service's. A PostgreSQL that the environment names was looked at before.

use super::{DatabaseSeen, Finding, Input, kept::files};
use crate::{install::DATABASE, x509::day};
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

pub(super) fn examine(input: &Input, is_running: bool) -> Vec<Finding> {
    let (config, now) = (&input.config, input.now);
    // What the store published last is there once a school has been set up.
    let is_set_up = config.data.join("published/policy.toml").exists();
    let mut findings = vec![secrets(&config.store.secrets, is_set_up)];
    findings.extend(database(Path::new(DATABASE)));
    findings.extend(input.database.as_ref().map(|seen| server(seen, is_running)));
    if !Path::new(DATABASE).exists() && input.database.is_none() {
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

fn server(seen: &DatabaseSeen, is_running: bool) -> Finding {
    let DatabaseSeen { at, schema, known } = seen;
    match schema {
        Err(why) => Finding::fault(
            "records",
            format!("The database at {at} cannot be used: {why}"),
            "See that it runs and that DATABASE_URL is right (docs/store.md). The filter goes on with what is in force.",
        ),
        Ok(None) if is_running => Finding::attention(
            "records",
            format!("The database at {at} answers, and nothing of Holdfast's is in it."),
            "See that DATABASE_URL names the database that the service uses.",
        ),
        Ok(None) => Finding::fine("records", format!("The database at {at} answers. The first start fills it.")),
        Ok(Some(schema)) if schema > known => Finding::fault(
            "records",
            format!(
                "A newer Holdfast wrote the database at {at}: its schema is {schema}, and this program knows {known}."
            ),
            "Start the newer program, or restore a backup made before the upgrade (docs/store.md).",
        ),
        Ok(Some(schema)) if schema < known => Finding::attention(
            "records",
            format!("The database at {at} answers. Its schema is {schema}; the next start brings it to {known}."),
            "Make a backup before: holdfast backup make (docs/store.md).",
        ),
        Ok(Some(schema)) => Finding::fine("records", format!("The database at {at} answers; its schema is {schema}.")),
    }
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
    fn how_a_database_stands_is_told() {
        let grade = |schema, is_running| {
            let seen = DatabaseSeen { at: "db.school.example:5432, database records".to_owned(), schema, known: 9 };
            let finding = server(&seen, is_running);
            assert!(finding.words.contains("db.school.example"), "{}", finding.words);
            finding.grade
        };
        assert_eq!(grade(Ok(Some(9)), true), Grade::Fine);
        assert_eq!(grade(Ok(Some(8)), true), Grade::Attention);
        assert_eq!(grade(Ok(Some(10)), true), Grade::Fault);
        assert_eq!(grade(Ok(None), false), Grade::Fine);
        assert_eq!(grade(Ok(None), true), Grade::Attention);
        assert_eq!(grade(Err("It does not answer.".to_owned()), true), Grade::Fault);
    }

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
