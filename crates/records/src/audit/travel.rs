//! A log that travels in a backup: each entry that carried the machine's mark carries one of the backup's own instead, under a
//! key that lies inside the backup's seal. So another machine can check every mark of a log that it did not write; and the key
//! is worth nothing beyond that: it comes from the machine's key and does not lead back to it, no machine heeds marks made with
//! it, and each backup has another.

use super::{
    chain::BEFORE_THE_FIRST,
    checkpoint::Checkpoint,
    copies,
    encode::Encoder,
    line::{FORMAT, Line, MARKED},
    machine::MachineKey,
    revoked::{Memory, missing},
    statements::{CHECKPOINT_AT, ENTRIES, MARK_ENTRY},
};
use crate::{
    Fault,
    store::{Table, Transaction, Value},
};
use aws_lc_rs::hmac;
use jiff::Timestamp;
use zeroize::Zeroizing;

/// What the marks of a backup are on.
const TRAVELLING: &str = "holdfast backed-up entry 1";

/// The key with which one backup's log is marked.
pub(crate) struct LogKey(Zeroizing<[u8; 32]>);

impl PartialEq for LogKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

impl LogKey {
    /// That of the backup of a school that this machine made at a moment.
    pub(crate) fn of(machine: &MachineKey, school: &str, made_at: Timestamp) -> Self {
        let which = Encoder::new("backup").text(school).number(made_at.as_microsecond()).done();
        Self(Zeroizing::new(machine.mark("the key of a backup's log", &which)))
    }

    /// One that a backup carries.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Its bytes, to be sealed.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    fn mark(&self, hash: &[u8]) -> Vec<u8> {
        hmac::sign(&self.key(), &marked(hash)).as_ref().to_vec()
    }

    fn is_mark(&self, hash: &[u8], mark: &[u8]) -> bool {
        hmac::verify(&self.key(), &marked(hash), mark).is_ok()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.bytes())
    }
}

fn marked(hash: &[u8]) -> Vec<u8> {
    Encoder::new(TRAVELLING).bytes(hash).done()
}

/// Puts the backup's mark in the place of the machine's, in a row of the log on its way out. An entry without the machine's mark
/// gets none.
pub(crate) fn mark_for_travel(row: &mut [Value], table: &Table, machine: &MachineKey, key: &LogKey) {
    let place = |wanted: &str| table.columns.iter().position(|column| column.name == wanted);
    let (Some(hash), Some(proof)) = (place("hash"), place("proof")) else { return };
    let bytes = |place: usize| match row.get(place) {
        Some(Value::Bytes(Some(bytes))) => Some(bytes.as_slice()),
        _ => None,
    };
    let is_ours = |hash: &&[u8]| bytes(proof).is_some_and(|proof| machine.is_mark(MARKED, hash, proof));
    let mark = bytes(hash).filter(is_ours).map(|hash| key.mark(hash));
    if let Some(proof) = row.get_mut(proof) {
        *proof = Value::Bytes(mark);
    }
}

/// With what the entries of a restored log are checked.
#[derive(Clone, Copy)]
pub(crate) enum Checked<'a> {
    /// The key that the backup carries.
    ByBackup(&'a LogKey),
    /// This machine's own key: a backup that it made before backups carried one.
    ByMachine(&'a MachineKey),
}

impl Checked<'_> {
    fn holds(self, line: &Line) -> bool {
        match self {
            Self::ByMachine(key) => line.is_ours(key),
            Self::ByBackup(key) => {
                let is_as_hashed = line.format == FORMAT && line.hash == line.expected_hash();
                is_as_hashed && line.proof.as_ref().is_some_and(|proof| key.is_mark(&line.hash, proof))
            }
        }
    }
}

/// The entries of a restored log that were not written by the machine it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// The first one's number.
    pub first: i64,
    /// How many there are.
    pub count: u64,
}

/// Puts this machine's mark on every entry of a restored log that holds, and takes the mark of every other; which those are.
pub(crate) async fn adopt_checked(
    transaction: &mut Transaction,
    school: &str,
    checked: Checked<'_>,
) -> Result<Option<Foreign>, Fault> {
    let mut foreign: Option<Foreign> = None;
    let mut after = i64::MIN;
    loop {
        let rows = transaction.rows(&ENTRIES, &[school.into(), after.into()]).await?;
        if rows.is_empty() {
            return Ok(foreign);
        }
        for row in &rows {
            after = row.get(1)?;
            // One that cannot be read was altered.
            let holds = Line::of(row).ok().filter(|line| checked.holds(line));
            let mark = holds.map(|line| Ok::<_, Fault>(line.mark(transaction.key()?))).transpose()?;
            if mark.is_none() {
                let counted = foreign.get_or_insert(Foreign { first: after, count: 0 });
                counted.count += 1;
            }
            transaction.run(&MARK_ENTRY, &[school.into(), after.into(), Value::Bytes(mark)]).await?;
        }
    }
}

/// The newest checkpoint that this machine remembers of a school.
pub(crate) struct Newest(Option<Checkpoint>);

/// What is remembered now. Read before the snapshot that it is held against begins: what is signed meanwhile is not there to be
/// seen in it.
pub(crate) fn newest_remembered(transaction: &Transaction, school: &str) -> Result<Newest, Fault> {
    let memory = transaction.memory();
    let newest = memory.map(|memory| copies::last_in(&copies::file_in(memory.folder(), school))).transpose()?;
    Ok(Newest(newest.flatten()))
}

/// Whether a log holds together from its first entry to its end, each entry marked by this machine, and has all that this machine
/// remembers of it. What a witness says is for verifying; this needs none, and is asked before anything older is thrown away.
pub(crate) async fn holds_together(
    transaction: &mut Transaction,
    school: &str,
    head: (i64, &[u8]),
    newest: Newest,
) -> Result<bool, Fault> {
    if let Some(memory) = transaction.memory()
        && !is_as_remembered(transaction, &memory, school, newest).await?
    {
        return Ok(false);
    }
    let (mut number, mut hash) = (0, BEFORE_THE_FIRST.to_vec());
    loop {
        let rows = transaction.rows(&ENTRIES, &[school.into(), number.into()]).await?;
        if rows.is_empty() {
            return Ok(head == (number + 1, hash.as_slice()));
        }
        for row in &rows {
            let Ok(line) = Line::of(row) else { return Ok(false) };
            let follows = line.number == number + 1 && line.previous_hash == hash;
            if !follows || !line.is_ours(transaction.key()?) {
                return Ok(false);
            }
            (number, hash) = (line.number, line.hash);
        }
    }
}

async fn is_as_remembered(
    transaction: &mut Transaction,
    memory: &Memory,
    school: &str,
    Newest(newest): Newest,
) -> Result<bool, Fault> {
    let lines = transaction.remembered();
    if !missing(transaction, (memory, lines), school).await?.is_empty() {
        return Ok(false);
    }
    let Some(newest) = newest else { return Ok(true) };
    let ours = transaction.row(&CHECKPOINT_AT, &[school.into(), newest.position.into()]).await?;
    Ok(ours.as_ref().and_then(|row| Checkpoint::of(row).ok()) == Some(newest))
}
