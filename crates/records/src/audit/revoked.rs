//! What was taken away, remembered outside the store: an entry that ended a duty, took somebody out or replaced a key, cut out of
//! the log for a while, would let the one before it count again, and leave no trace once it was put back.
//!
//! A file in the folder of the machine's secrets has a line for each such entry. `begun` is on the disk before the entry lasts,
//! `lasts` is written after. Only what lasts must be there: should the machine stop between the two, `begun` alone means that it
//! is not known, and the entry counts from when it is next seen. So whatever moment the machine stops at, nobody is shut out of
//! what was never taken away, and nothing that was is forgotten.

use super::{
    key::{cannot, sync_folder},
    line::{FORMAT, Line},
    statements::{ENTRIES, HASH_AT},
};
use crate::{
    Fault,
    access::Act,
    id,
    store::{Place, Transaction, hex},
};
use aws_lc_rs::digest::{SHA256, digest};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How the names of the files begin.
const NAME: &str = "revocations-";
/// How much of an entry's hash is kept: enough to tell two apart that have one number.
const SIGNS: usize = 16;

/// An entry that took something away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revoked {
    school: String,
    number: i64,
    hash: String,
    act: String,
    kind: String,
    resource: String,
}

/// What is remembered of one store.
#[derive(Debug)]
pub(crate) struct Memory {
    file: PathBuf,
    known: Mutex<Known>,
}

/// What a transaction sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// How far the memory was known when it began.
    pub lines: usize,
    /// Whether all that it sees lasts: it took nothing away itself.
    pub is_lasting: bool,
}

/// What was read of the file.
#[derive(Debug, Default)]
struct Known {
    bytes: u64,
    lines: usize,
    /// By school, kind and id of what they are about.
    about: BTreeMap<[String; 3], Vec<Remembered>>,
    /// What each number and hash of a school is about, until it lasts.
    begun: BTreeMap<(String, i64, String), [String; 3]>,
    /// Schools of which everything from before is remembered too.
    whole: BTreeSet<String>,
}

#[derive(Debug)]
struct Remembered {
    number: i64,
    hash: String,
    act: String,
    /// Since which line it is known to last.
    lasts: Option<usize>,
}

impl Revoked {
    /// What an entry took away, if that was something.
    pub(super) fn of(line: &Line) -> Option<Self> {
        const REVOKING: [Act; 12] = [
            Act::DutyEnded,
            Act::PersonLeft,
            Act::AccountChanged,
            Act::PasswordChanged,
            Act::SecondStepChanged,
            Act::SecondStepReset,
            Act::CustodianChanged,
            Act::HolderRemoved,
            Act::SubjectAdded,
            Act::KeyMade,
            Act::SignOnChanged,
            Act::SignOnUnbound,
        ];
        let is_first_key = line.act == Act::KeyMade.word() && line.detail.contains("\"generation\":\"1\"");
        let is_revoking = REVOKING.iter().any(|act| act.word() == line.act) && line.outcome == "done" && !is_first_key;
        let resource = line.resource.clone().filter(|_| is_revoking)?;
        Some(Self {
            school: line.school.clone(),
            number: line.number,
            hash: signs(&line.hash),
            act: line.act.clone(),
            kind: line.resource_kind.clone(),
            resource,
        })
    }

    fn begun(&self) -> String {
        let Self { school, number, hash, act, kind, resource } = self;
        format!("begun {school} {number} {hash} {act} {kind} {resource}\n")
    }

    fn lasts(&self) -> String {
        format!("lasts {} {} {}\n", self.school, self.number, self.hash)
    }
}

fn signs(hash: &[u8]) -> String {
    hex(hash).chars().take(SIGNS).collect()
}

impl Known {
    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["begun", school, number, hash, act, kind, resource] => {
                let Ok(number) = number.parse() else { return };
                let about = [school, kind, resource].map(|word| (*word).to_owned());
                let all = self.about.entry(about.clone()).or_default();
                if !all.iter().any(|one| one.number == number && one.hash == **hash) {
                    all.push(Remembered { number, hash: (*hash).to_owned(), act: (*act).to_owned(), lasts: None });
                    self.begun.insert(((*school).to_owned(), number, (*hash).to_owned()), about);
                }
            }
            ["lasts", school, number, hash] => {
                let Ok(number) = number.parse() else { return };
                let about = self.begun.remove(&((*school).to_owned(), number, (*hash).to_owned()));
                let lines = self.lines;
                for one in about.and_then(|about| self.about.get_mut(&about)).into_iter().flatten() {
                    if one.number == number && one.hash == **hash {
                        one.lasts = Some(lines);
                    }
                }
            }
            ["whole", school] => drop(self.whole.insert((*school).to_owned())),
            ["forget", school] => {
                self.about.retain(|[of, ..], _| of != school);
                self.begun.retain(|(of, ..), _| of != school);
                self.whole.remove(*school);
            }
            // A line that was cut short, when the machine stopped: nothing lasted of it.
            _ => {}
        }
    }
}

impl Memory {
    /// What is remembered of the store at a place. Another store with the same secrets, as where restoring is rehearsed, has a
    /// memory of its own.
    pub(crate) fn of(place: &Place) -> Self {
        let store = match &place.database {
            // Without what stands before the host: it is a password, and changes.
            Some(url) => url.rsplit('@').next().unwrap_or_default().to_owned(),
            None => fs::canonicalize(&place.data).unwrap_or_else(|_not_there| place.data.clone()).display().to_string(),
        };
        let which = hex(digest(&SHA256, store.as_bytes()).as_ref());
        let which: String = which.chars().take(SIGNS).collect();
        Self { file: place.secrets.join(format!("{NAME}{which}.txt")), known: Mutex::default() }
    }

    /// The folder that it lies in: that of the machine's secrets.
    pub(crate) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("."))
    }

    /// Reads what any program wrote since the last time; how far that is. Asked before a transaction begins, so that what lasts by
    /// then is there to be seen in it.
    pub(crate) fn look(&self) -> usize {
        let mut known = self.known();
        if let Err(fault) = self.read(&mut known) {
            tracing::error!(%fault, "what was taken away and is remembered cannot be read");
        }
        known.lines
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What is known is read from the file, so it is whole whoever broke off.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, known: &mut Known) -> std::io::Result<()> {
        let mut file = match File::options().read(true).open(&self.file) {
            Ok(file) => file,
            Err(fault) if fault.kind() == ErrorKind::NotFound => {
                *known = Known::default();
                return Ok(());
            }
            Err(fault) => return Err(fault),
        };
        let length = file.metadata()?.len();
        if length < known.bytes {
            *known = Known::default();
        }
        if length == known.bytes {
            return Ok(());
        }
        file.seek(SeekFrom::Start(known.bytes))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        // What has no end yet is somebody's at this moment, or was cut short.
        let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in String::from_utf8_lossy(text.get(..end).unwrap_or_default()).lines() {
            known.take(line);
            known.lines += 1;
        }
        known.bytes += end as u64;
        Ok(())
    }

    /// Adds lines, and returns once they are on the disk if that is asked for.
    fn add(&self, lines: &str, is_to_last: bool) -> Result<(), Fault> {
        let is_new = !self.file.exists();
        let written = (|| {
            let mut file = File::options().read(true).append(true).create(true).mode(0o600).open(&self.file)?;
            let mut text = String::new();
            if file.metadata()?.len() > 0 {
                file.seek(SeekFrom::End(-1))?;
                let mut last = [0];
                file.read_exact(&mut last)?;
                if last != *b"\n" {
                    text.push('\n');
                }
            }
            text.push_str(lines);
            file.write_all(text.as_bytes())?;
            if is_to_last { file.sync_all() } else { Ok(()) }
        })();
        written.map_err(|fault: std::io::Error| cannot(&self.file, &fault))?;
        if is_new && is_to_last { sync_folder(self.folder()) } else { Ok(()) }
    }

    /// Remembers what is about to be made lasting.
    pub(crate) fn begin(&self, revoked: &[Revoked]) -> Result<(), Fault> {
        self.add(&revoked.iter().map(Revoked::begun).collect::<String>(), true)
    }

    /// Remembers that it lasts. Where that cannot be written it is known from when it is next seen.
    pub(crate) fn settle(&self, revoked: &[Revoked]) {
        if let Err(fault) = self.add(&revoked.iter().map(Revoked::lasts).collect::<String>(), false) {
            tracing::warn!(%fault, "that something was taken away is not remembered for certain yet");
        }
    }

    /// Whether something about this that lasts by these acts is missing among the entries, as far as was known when the
    /// transaction began. What is there and was not known to last is known from now on.
    pub(crate) fn misses(&self, seen: Seen, about: [&str; 3], acts: &[Act], there: &[Line]) -> bool {
        let (mut is_missing, mut found) = (false, Vec::new());
        {
            let known = self.known();
            let all = known.about.get(&about.map(str::to_owned));
            for one in all.into_iter().flatten().filter(|one| acts.iter().any(|act| act.word() == one.act)) {
                let is_there = there.iter().any(|line| line.number == one.number && signs(&line.hash) == one.hash);
                match one.lasts {
                    Some(line) if line < seen.lines => is_missing |= !is_there,
                    None if is_there && seen.is_lasting => {
                        found.push(format!("lasts {} {} {}\n", about[0], one.number, one.hash));
                    }
                    Some(_) | None => {}
                }
            }
        }
        if !found.is_empty() {
            // Only a help: what was not written now is found again.
            let _not_yet = self.add(&found.concat(), false);
        }
        is_missing
    }

    /// Everything of a school that was known to last when this much of the memory was known: numbers, and the beginnings of hashes.
    pub(super) fn lasting(&self, school: &str, lines: usize) -> Vec<(i64, String)> {
        let known = self.known();
        let of_school = known.about.iter().filter(|([of, ..], _)| of == school).flat_map(|(_, all)| all);
        of_school
            .filter(|one| one.lasts.is_some_and(|line| line < lines))
            .map(|one| (one.number, one.hash.clone()))
            .collect()
    }

    /// Forgets a school, because somebody restored a backup of it knowingly.
    pub(crate) fn forget(&self, school: id::School) -> Result<(), Fault> {
        if self.file.exists() { self.add(&format!("forget {school}\n"), true) } else { Ok(()) }
    }
}

/// Whether a file is one of these, and ever had anything of a school.
pub(super) fn tells_of(file: &Path, school: &str) -> Result<bool, Fault> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !name.starts_with(NAME) {
        return Ok(false);
    }
    let mut text = Vec::new();
    let opened = fs::OpenOptions::new().read(true).open(file);
    let read = opened.and_then(|mut opened| opened.read_to_end(&mut text));
    read.map_err(|fault| cannot(file, &fault))?;
    Ok(String::from_utf8_lossy(&text).lines().any(|line| line.split(' ').nth(1) == Some(school)))
}

/// The numbers of the entries of a school that last, as was remembered before the transaction began, and that the store does not
/// have. What came to last since is not there for it to see.
pub(super) async fn missing(
    t: &mut Transaction,
    (memory, lines): (&Memory, usize),
    school: &str,
) -> Result<Vec<i64>, Fault> {
    let mut missing = Vec::new();
    for (number, beginning) in memory.lasting(school, lines) {
        let hash = t.row(&HASH_AT, &[school.into(), number.into()]).await?;
        let hash: Option<Vec<u8>> = hash.map(|row| row.get(0)).transpose()?;
        if hash.is_none_or(|hash| signs(&hash) != beginning) {
            missing.push(number);
        }
    }
    Ok(missing)
}

/// Remembers what the log of a school took away before there was a memory of it: once, in the first act.
pub(crate) async fn remember_all(t: &mut Transaction, school: id::School) -> Result<(), Fault> {
    let Some(memory) = t.memory() else { return Ok(()) };
    if memory.known().whole.contains(&school.to_string()) {
        return Ok(());
    }
    let (mut lines, mut after) = (Vec::new(), 0);
    loop {
        let rows = t.rows(&ENTRIES, &[school.into(), after.into()]).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            after = row.get(1)?;
            let Ok(line) = Line::of(row) else { continue };
            // What was altered is for verifying to tell; it is not to shut anybody out for ever.
            let is_whole = line.format == FORMAT && line.is_ours(t.key()?);
            if let Some(revoked) = Revoked::of(&line).filter(|_| is_whole) {
                lines.push(revoked.begun());
                lines.push(revoked.lasts());
            }
        }
    }
    lines.push(format!("whole {school}\n"));
    if let Err(fault) = memory.add(&lines.concat(), true) {
        // Whatever takes something away will say so too; what does not goes on.
        tracing::error!(%fault, "what was taken away cannot be remembered outside the store");
    }
    memory.look();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: [&str; 3] = ["school", "person", "ann"];

    fn line(number: i64, hash: u8) -> Line {
        Line {
            school: "school".to_owned(),
            number,
            format: FORMAT,
            moment: 0,
            actor: "clock".to_owned(),
            act: Act::DutyEnded.word().to_owned(),
            outcome: "done".to_owned(),
            resource_kind: "person".to_owned(),
            resource: Some("ann".to_owned()),
            file_kind: None,
            subjects: String::new(),
            compartment: None,
            detail: "{}".to_owned(),
            previous_hash: Vec::new(),
            hash: vec![hash; 32],
            proof: None,
        }
    }

    fn memory(root: &Path) -> Memory {
        fs::create_dir_all(root.join("secrets")).unwrap();
        Memory::of(&Place { data: root.join("data"), database: None, secrets: root.join("secrets") })
    }

    fn misses(memory: &Memory, there: &[Line]) -> bool {
        let seen = Seen { lines: memory.look(), is_lasting: true };
        memory.misses(seen, ABOUT, &[Act::DutyEnded], there)
    }

    #[test]
    fn what_lasts_is_missed_and_what_was_only_begun_is_not() {
        let root = tempfile::tempdir().unwrap();
        let (one, other) = (line(3, 1), line(5, 2));
        let memory_then = memory(root.path());
        memory_then.begin(&[Revoked::of(&one).unwrap()]).unwrap();
        // The machine stops before the entry lasts: it never came to be, and another one has its number.
        let after = memory(root.path());
        assert!(!misses(&after, &[]));
        assert!(!misses(&after, &[line(3, 9)]));
        // It stops when the entry lasts and that is not written: known from when it is seen.
        after.begin(&[Revoked::of(&other).unwrap()]).unwrap();
        let again = memory(root.path());
        assert!(!misses(&again, std::slice::from_ref(&other)));
        assert!(misses(&again, &[]), "it was seen, so it lasts");
        assert!(misses(&again, &[line(5, 9)]), "another one with its number is not it");
        assert!(!misses(&again, &[other.clone(), one]));
        // The line is cut short.
        let mut file = File::options().append(true).open(&again.file).unwrap();
        file.write_all(b"begun school 7 0404040404").unwrap();
        again.begin(&[Revoked::of(&line(8, 3)).unwrap()]).unwrap();
        again.settle(&[Revoked::of(&line(8, 3)).unwrap()]);
        let last = memory(root.path());
        assert!(misses(&last, &[other.clone(), line(3, 1)]));
        assert!(!misses(&last, &[other, line(3, 1), line(8, 3)]));
    }

    #[test]
    fn a_transaction_that_began_before_misses_nothing() {
        let root = tempfile::tempdir().unwrap();
        let memory = memory(root.path());
        let one = Revoked::of(&line(3, 1)).unwrap();
        let seen = Seen { lines: memory.look(), is_lasting: true };
        memory.begin(std::slice::from_ref(&one)).unwrap();
        memory.settle(std::slice::from_ref(&one));
        let now = Seen { lines: memory.look(), is_lasting: true };
        assert!(!memory.misses(seen, ABOUT, &[Act::DutyEnded], &[]));
        assert!(memory.misses(now, ABOUT, &[Act::DutyEnded], &[]));
        assert!(!memory.misses(now, ABOUT, &[Act::DutyGiven], &[]), "other acts do not ask for it");
        assert_eq!(memory.lasting("school", seen.lines), [], "nor is it asked of the whole log");
        assert_eq!(memory.lasting("school", now.lines).len(), 1);
    }

    #[test]
    fn another_store_has_a_memory_of_its_own_and_a_restored_school_none() {
        let root = tempfile::tempdir().unwrap();
        let memory = memory(root.path());
        let one = Revoked::of(&line(3, 1)).unwrap();
        memory.begin(std::slice::from_ref(&one)).unwrap();
        memory.settle(std::slice::from_ref(&one));
        let place = |url: &str| Place {
            data: root.path().join("data"),
            database: Some(url.to_owned()),
            secrets: root.path().join("secrets"),
        };
        let other = Memory::of(&place("postgres://a:one@db.example/school"));
        assert_ne!(other.file, memory.file);
        assert_eq!(other.file, Memory::of(&place("postgres://a:two@db.example/school")).file, "a new password");
        let school: id::School = id::School::new("2026-06-09T08:00:00Z".parse().unwrap()).unwrap();
        memory.forget(school).unwrap();
        assert!(misses(&memory, &[]), "of another school");
        memory.add("forget school\n", true).unwrap();
        assert!(!misses(&memory, &[]));
    }
}
