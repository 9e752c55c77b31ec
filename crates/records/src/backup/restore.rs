//! Restoring: two custodians' printed codes, and nothing else, bring a school back, on either engine.

use super::{
    chunks::{DIGEST, Opening, Sealing, damaged},
    export::send_rows,
    header::Header,
    import::{Import, Keys},
    proof::{LogProof, adopt_log, refuse_a_strangers, refuse_without_a_way_in},
    shelf::{self, cannot_read, cannot_write, check},
    statements::SAME_SCHOOL,
};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::{self, Detail, Extent, MachineKey, Verified, statements::HEAD},
    file::marks::{self, Applied, Kept, Mark, MarksKey},
    id, seal,
    store::{Clock, Place, Store, Transaction, hex, migration_digests},
};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{self, BufRead, BufReader, Read, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};
use tokio::{sync::mpsc, task::spawn_blocking};
use zeroize::Zeroizing;

/// The longest line that is read: a row with the largest thing that the store takes, as base64.
const LONGEST_LINE: u64 = 128 * 1024 * 1024;
/// Lines on their way to the store.
const UNDER_WAY: usize = 64;

/// A school that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The school's code.
    pub code: String,
    /// Of which moment: what was written later is not here.
    pub made_at: Timestamp,
    /// How many rows.
    pub rows: u64,
    /// What verifying its audit log came to.
    pub verified: Verified,
    /// What shows that its log is the one that was written.
    pub log: LogProof,
    /// What was erased after the backup and was erased again, or withheld.
    pub applied: Applied,
}

/// What whoever restores may choose.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choices<'a> {
    /// Checkpoints that were kept outside, a file or a folder: the restored log is held against those that were signed before
    /// the backup was made.
    pub witness: Option<&'a Path>,
    /// What is done with marks of erasures that nobody can prove.
    pub unproven: Unproven,
    /// Whether a backup is restored whose log holds entries that its machine did not write, which stay without a mark; or which
    /// this machine is not shown to have made, although it has kept the school's log itself.
    pub unproven_log: bool,
}

/// What is done with a mark that carries neither this machine's proof nor that of the machine which made the backup: it is from
/// a third one, or somebody wrote it into the folder to have something erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unproven {
    /// Nothing is restored, and they are listed for the two custodians.
    #[default]
    Refuse,
    /// They are applied: the custodians read the list.
    Apply,
    /// They are not applied: the custodians read the list.
    Leave,
}

/// Restores a backup into a store that does not hold its school yet; a store that is not there is made. What was erased
/// after the backup was made is erased again, from the marks that lie beside the backup and in the data folder and are proven.
/// The log is verified, with a witness if one is given.
///
/// Everything is made ready aside, in an embedded store of its own, and put into the store in one transaction at the very end:
/// there is no moment at which what was erased is there again, whatever breaks.
///
/// # Errors
/// [`Fault::Wrong`] for codes that do not open it and for a store that holds the school, [`Fault::Damaged`] for a backup that
/// is not as it was sealed, [`Fault::Unavailable`] for one that a newer program made. Nothing is restored then.
pub async fn restore(
    file: &Path,
    place: &Place,
    clock: &Clock,
    codes: [&str; 2],
    choices: &Choices<'_>,
) -> Result<Restored, Fault> {
    let (header, lines) = open(file, codes)?;
    let is_prefix = migration_digests().starts_with(&header.steps);
    if !is_prefix {
        return Err(Fault::Unavailable(format!(
            "This backup was made by another or a newer Holdfast ({}). Restore it with that one.",
            header.made_by
        )));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let records_folder = place.records_folder();
    shelf::make_folder(&records_folder)?;
    let aside = Aside::new(place)?;
    let mut erased = marks::read(folder)?;
    erased.extend(marks::read(&records_folder)?);
    erased.retain(|kept| kept.mark.school == header.school);
    // Kept before anything is restored: were they lost, the next restoring would bring back what was erased.
    marks::write(&records_folder, &erased)?;

    let (rows, log, keys) = put(&header, lines, &aside.place, clock, choices).await?;
    let ready = Records::open_restored(&aside.place, clock.clone()).await?;
    let finished = async {
        let machine = MachineKey::read(place).ok().map(|key| MarksKey::of(&key, &header.school));
        let keys: Vec<MarksKey> = machine.into_iter().chain(keys.marks).collect();
        let erased = to_apply(&ready, erased, &keys, choices.unproven).await?;
        let (verified, applied) = make_ready(&ready, &aside.place, (&header, log), &erased, choices).await?;
        hand_over(&ready, &header, place, clock).await?;
        Ok(Restored { code: header.code, made_at: header.made_at, rows, verified, log, applied })
    }
    .await;
    ready.close().await;
    finished
}

/// The marks that are to be applied: those that are proven, and of the others what was chosen.
async fn to_apply(ready: &Records, kept: Vec<Kept>, keys: &[MarksKey], unproven: Unproven) -> Result<Vec<Mark>, Fault> {
    let known: Vec<String> = ready.marks().await?.into_iter().map(|kept| kept.mark.id).collect();
    let unknown = kept.into_iter().filter(|kept| !known.contains(&kept.mark.id));
    let (proven, others): (Vec<Kept>, Vec<Kept>) = unknown.partition(|kept| keys.iter().any(|key| key.has_made(kept)));
    let mut marks: BTreeMap<String, Mark> = proven.into_iter().map(|kept| (kept.mark.id.clone(), kept.mark)).collect();
    let others: BTreeMap<String, Mark> = others.into_iter().map(|kept| (kept.mark.id.clone(), kept.mark)).collect();
    let others: Vec<Mark> = others.into_values().filter(|mark| !marks.contains_key(&mark.id)).collect();
    match unproven {
        Unproven::Refuse if !others.is_empty() => Err(unproven_fault(&others)),
        Unproven::Apply => {
            marks.extend(others.into_iter().map(|mark| (mark.id.clone(), mark)));
            Ok(marks.into_values().collect())
        }
        Unproven::Refuse | Unproven::Leave => Ok(marks.into_values().collect()),
    }
}

fn unproven_fault(marks: &[Mark]) -> Fault {
    let line = |mark: &Mark| format!("  {}  {} {}, because: {}", mark.erased_at, mark.what, mark.target, mark.rule);
    let lines: Vec<String> = marks.iter().map(line).collect();
    Fault::wrong(format!(
        "Nothing was restored. {} says that these were erased after the backup, and neither this machine nor the one that made \
         the backup can be shown to have written it:\n{}\nSomebody who can write to the folder may have added them, to have \
         something erased. Both custodians look at the list together, and restore again: with --apply-marks if it was so, with \
         --leave-marks if not.",
        marks::FILE_NAME,
        lines.join("\n")
    ))
}

/// The place in which a restored school is made ready. Goes with everything in it, and what an earlier one left goes first. One
/// restoring at a time: the lock on the file beside it ends with the program, however that ends.
struct Aside {
    place: Place,
    _alone: File,
}

impl Aside {
    fn new(of: &Place) -> Result<Self, Fault> {
        let folder = of.records_folder().join("restoring");
        let lock = of.records_folder().join("restoring.lock");
        let opened = File::options().write(true).create(true).truncate(false).mode(0o600).open(&lock);
        let alone = opened.map_err(|fault| cannot_write(&fault))?;
        match alone.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Fault::wrong(
                    "Another restoring into this data folder is under way. Nothing was restored. Wait until it has ended, and look what \
                     it came to.",
                ));
            }
            Err(TryLockError::Error(fault)) => return Err(cannot_read(&lock, &fault)),
        }
        match fs::remove_dir_all(&folder) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(cannot_read(&folder, &fault)),
            _ => shelf::make_folder(&folder)?,
        }
        Ok(Self { place: Place { data: folder, database: None, secrets: of.secrets.clone() }, _alone: alone })
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What cannot be removed now is removed before the next restoring; nothing reads it.
        let _may_stay = fs::remove_dir_all(&self.place.data);
    }
}

/// All rows in one transaction, in the schema that they were written in.
async fn put(
    header: &Header,
    mut lines: mpsc::Receiver<Result<String, Fault>>,
    place: &Place,
    clock: &Clock,
    choices: &Choices<'_>,
) -> Result<(u64, LogProof, Keys), Fault> {
    let store = Store::open_at(place, clock, header.steps.len()).await?;
    let put = async {
        let mut transaction = store.writing().await?;
        let mut import = Import::new(&mut transaction, &header.school).await?;
        while let Some(line) = lines.recv().await {
            import.take(&mut transaction, &line?).await?;
        }
        let rows = import.rows()?;
        let keys = import.keys();
        check_chain(&mut transaction, header).await?;
        let log = adopt_log(&mut transaction, header, &keys, place, choices.unproven_log).await?;
        transaction.commit().await?;
        Ok((rows, log, keys))
    }
    .await;
    store.close().await;
    put
}

/// The head in the rows is the head that the backup's own head tells.
async fn check_chain(t: &mut Transaction, header: &Header) -> Result<(), Fault> {
    let row = t.row(&HEAD, &[header.school.as_str().into()]).await?.ok_or_else(damaged)?;
    let (number, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let is_same = number == header.chain.next_number && hex(&hash) == header.chain.last_hash;
    if is_same { Ok(()) } else { Err(damaged()) }
}

/// Verifies what came out of the backup, takes out of it what was erased since, and notes that it was restored.
async fn make_ready(
    records: &Records,
    place: &Place,
    (header, log): (&Header, LogProof),
    erased: &[Mark],
    choices: &Choices<'_>,
) -> Result<(Verified, Applied), Fault> {
    let until = place.data.join("witness.txt");
    if let Some(witness) = choices.witness {
        write_witness(witness, header.made_at, &until)?;
    }
    let witness = choices.witness.map(|_given| until.as_path());
    let is_known = audit::is_known(place, &header.school)?;
    // As on a machine that knows nothing of it: what this machine remembers is of what is being replaced.
    let unknowing = Place { secrets: place.data.join("none"), ..place.clone() };
    let mut verified = records.verify_audit(&unknowing, Extent::Whole, witness, &[]).await?;
    verified.chains.retain(|chain| chain.school == header.school);
    refuse_a_strangers(is_known, log, &verified, choices)?;
    let school = id::School::parse(&header.school)?;
    if let LogProof::Broken(_) = log {
        refuse_without_a_way_in(&mut records.looking().await?, school, records.clock().now()).await?;
        verified.faults.push(log.words());
    }
    let altered = seal::count_altered(&mut records.looking().await?, school).await?;
    if altered > 0 {
        verified.faults.push(format!(
            "{altered} sealed values or keys are not those that the log tells of: they were altered before the backup was made, and \
             do not open."
        ));
    }
    let applied = records.apply_marks(erased).await?;
    let session = Session { school, actor: Actor::Console, unlocked: None };
    let faults: u64 = verified.chains.iter().map(|chain| chain.faults.len() as u64 + chain.more_faults).sum();
    let faults = faults + verified.faults.len() as u64;
    let detail = Detail::none().with("made-at", header.made_at.to_string()).with("faults", faults.to_string());
    let detail = detail.with("log-proven-by", log.word());
    records.act(&session, Act::Restored, Resource::School, detail).await?.commit().await?;
    Ok((verified, applied))
}

/// Writes the checkpoints of a witness, or of a folder of them, that were signed before a backup was made: what came later
/// cannot be in it.
fn write_witness(witness: &Path, made_at: Timestamp, into: &Path) -> Result<(), Fault> {
    let mut files = vec![witness.to_owned()];
    if witness.is_dir() {
        let found = fs::read_dir(witness).and_then(|found| found.map(|file| Ok(file?.path())).collect());
        files = found.map_err(|fault| cannot_read(witness, &fault))?;
        files.retain(|file| file.extension().is_some_and(|ending| ending == "txt"));
    }
    let mut kept = String::new();
    for file in files {
        let mut text = String::new();
        let read = shelf::open(&file).and_then(|mut opened| opened.read_to_string(&mut text));
        read.map_err(|fault| cannot_read(&file, &fault))?;
        // “checkpoint 3 school … entries 12 at … microseconds 1780000000000000 …”
        let signed_at = |line: &str| line.split(' ').nth(9).and_then(|word| word.parse::<i64>().ok());
        let is_before = |line: &&str| signed_at(line).is_none_or(|signed| signed < made_at.as_microsecond());
        for line in text.lines().filter(is_before) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let mut options = File::options();
    let opened = options.write(true).create(true).truncate(true).open(into);
    opened.and_then(|mut opened| opened.write_all(kept.as_bytes())).map_err(|fault| cannot_write(&fault))
}

/// Puts a school that was made ready into the store, in one transaction.
async fn hand_over(ready: &Records, header: &Header, place: &Place, clock: &Clock) -> Result<(), Fault> {
    let store = Store::open(place, clock).await?;
    let handed = async {
        let mut from = ready.looking().await?;
        let mut transaction = store.writing().await?;
        let same = [header.school.as_str().into(), header.code.as_str().into()];
        if transaction.row(&SAME_SCHOOL, &same).await?.is_some() {
            return Err(Fault::wrong(format!(
                "The store holds the school “{}” already. A backup is restored into a store without it, never over it: \
                 give an empty folder or database.",
                header.code
            )));
        }
        let (lines, taken) = mpsc::channel::<Vec<u8>>(UNDER_WAY);
        let sending = async {
            let sent = send_rows(&mut from, &header.school, None, &lines).await;
            // Whoever takes them ends with the last line, or sees that it is missing.
            drop(lines);
            sent
        };
        let taking = async {
            // Its own from here on: gone with whatever goes wrong, so that nobody waits for it to take more.
            let mut taken = taken;
            let mut import = Import::new(&mut transaction, &header.school).await?;
            while let Some(batch) = taken.recv().await {
                for line in batch.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    let line = std::str::from_utf8(line).map_err(|_not_text| damaged())?;
                    import.take(&mut transaction, line).await?;
                }
            }
            import.rows()
        };
        let (sent, put) = tokio::join!(sending, taking);
        sent?;
        put?;
        let school = id::School::parse(&header.school)?;
        audit::set_memory_aside(place, school, clock.now())?;
        audit::Memory::of(place).forget(school)?;
        transaction.commit().await
    }
    .await;
    store.close().await;
    handed
}

/// Opens a backup with two codes and reads it through, which shows that nothing of it was altered since it was sealed; how
/// many rows it holds.
pub async fn count_rows(file: &Path, codes: [&str; 2]) -> Result<u64, Fault> {
    let (_, mut lines) = open(file, codes)?;
    let (mut rows, mut last) = (0, String::new());
    while let Some(line) = lines.recv().await {
        last = line?;
        rows += u64::from(last.starts_with('['));
    }
    if last == format!("{{\"rows\":{rows}}}") { Ok(rows) } else { Err(damaged()) }
}

/// Opens a backup with two codes: its head, and its lines. For tests, which compare them.
#[doc(hidden)]
pub async fn read_lines(file: &Path, codes: [&str; 2]) -> Result<(Header, Vec<String>), Fault> {
    let (header, mut receiver) = open(file, codes)?;
    let mut lines = Vec::new();
    while let Some(line) = receiver.recv().await {
        lines.push(line?);
    }
    Ok((header, lines))
}

/// Writes a backup of other lines under the head and the key of one that was opened: what an older program made, or somebody
/// forged. For tests alone: nothing else may seal twice with one key.
#[doc(hidden)]
pub fn write_lines(like: &Path, codes: [&str; 2], head: &Header, lines: &[String], to: &Path) -> Result<(), Fault> {
    let opened = shelf::open(like).map_err(|fault| cannot_read(like, &fault))?;
    let (header, _) = Header::read(&mut BufReader::new(opened))?;
    let key = seal::open_with_pair(&header.sealed_key()?, &Header::info(&header.school, header.made_at), codes)?;
    let mut file = File::options().write(true).create_new(true).open(to).map_err(|fault| cannot_write(&fault))?;
    let head = head.write(&mut file)?;
    let mut sealing = GzEncoder::new(Sealing::new(file, &key, &head)?, Compression::default());
    for line in lines {
        writeln!(sealing, "{line}").map_err(|fault| cannot_write(&fault))?;
    }
    sealing.finish().map_err(|fault| cannot_write(&fault))?.finish().map(drop)
}

/// Opens it, and reads its lines on a thread of their own.
fn open(file: &Path, codes: [&str; 2]) -> Result<(Header, mpsc::Receiver<Result<String, Fault>>), Fault> {
    // The digest at the end first: a disk that lost something is told apart from somebody who altered something.
    check(file)?;
    let opened = shelf::open(file).map_err(|fault| cannot_read(file, &fault))?;
    let length = opened.metadata().map_err(|fault| cannot_read(file, &fault))?.len();
    let mut reader = BufReader::new(opened);
    let (header, head) = Header::read(&mut reader)?;
    let info = Header::info(&header.school, header.made_at);
    let key: Zeroizing<[u8; 32]> = seal::open_with_pair(&header.sealed_key()?, &info, codes)?;
    let left = length.checked_sub(head.len() as u64 + DIGEST as u64).ok_or_else(damaged)?;
    let opening = Opening::new(reader, &key, &head, left)?;
    let (lines, receiver) = mpsc::channel(UNDER_WAY);
    // It ends by itself: with the file, or when nobody takes lines any more.
    drop(spawn_blocking(move || send_lines(opening, &lines)));
    Ok((header, receiver))
}

fn send_lines(opening: Opening<BufReader<File>>, lines: &mpsc::Sender<Result<String, Fault>>) {
    let mut reader = BufReader::new(GzDecoder::new(BufReader::new(opening)));
    loop {
        let line = next_line(&mut reader);
        let is_last = !matches!(line, Ok(Some(_)));
        if let Some(line) = line.transpose()
            && lines.blocking_send(line).is_err()
        {
            return;
        }
        if is_last {
            return;
        }
    }
}

fn next_line(reader: &mut impl BufRead) -> Result<Option<String>, Fault> {
    let mut line = String::new();
    let read = reader.by_ref().take(LONGEST_LINE).read_line(&mut line).map_err(|_does_not_open| damaged())?;
    match line.pop() {
        None if read == 0 => Ok(None),
        Some('\n') => Ok(Some(line)),
        _ => Err(damaged()),
    }
}
