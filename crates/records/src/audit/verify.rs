//! Verifying: reading the whole chain, a page at a time, and holding it against its checkpoints and a witness.

use super::{
    Detail, Entry, Outcome,
    chain::enter,
    checkpoint::{Checkpoint, typed_fingerprint},
    key::KeyFolder,
    line::Line,
    machine::MachineKey,
    memory,
    noted::adopt,
    report::{Chain, Verified},
    revoked::{Memory, missing},
    statements::{CHECKPOINT_AT, CHECKPOINTS, ENTRIES, HASH_AT, HEAD, NEWEST_CHECKPOINT, SCHOOLS},
    walk::{Against, Walk},
    witness,
};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Resource},
    id,
    store::{Place, Row, Transaction},
};
use std::{collections::VecDeque, path::Path};

/// Entries that are verified at the least when only the newest are asked for.
const RECENT: i64 = 1_000;

/// How much is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What came after the last checkpoint, and a little before: at the start of the service.
    Recent,
}

/// Checkpoints that were kept outside the machine.
#[derive(Debug, Clone, Copy)]
pub(super) enum Witness<'a> {
    /// In a file, or in a folder of them.
    File(&'a Path),
    /// As somebody pasted them.
    Text(&'a str),
}

/// What the logs are held against.
pub(super) struct Held<'a> {
    pub place: &'a Place,
    pub witness: Option<Witness<'a>>,
    pub fingerprints: &'a [String],
    /// Whether entries must carry this machine's mark, where its key is at hand.
    pub is_marked: bool,
}

impl Records {
    /// Verifies the logs of all schools against their checkpoints, the machine's key where it is at hand, and a witness or
    /// fingerprints from paper where they are given. Reads the store and changes nothing; needs nobody's leave, because it
    /// shows nothing of what the entries say.
    pub async fn verify_audit(
        &self,
        place: &Place,
        extent: Extent,
        witness_file: Option<&Path>,
        fingerprints: &[String],
    ) -> Result<Verified, Fault> {
        let held = Held { place, witness: witness_file.map(Witness::File), fingerprints, is_marked: true };
        self.verify_held(extent, &held).await
    }

    /// Puts a new key of this machine in the place of a lost one, and its mark on every entry, once the log was verified without it.
    /// From the console; the log tells of it.
    ///
    /// # Errors
    /// [`Fault::Damaged`] with what is wrong, if anything is: then nothing is marked.
    pub async fn adopt_log(&self, place: &Place, witness_file: Option<&Path>) -> Result<Verified, Fault> {
        if MachineKey::read(place).is_ok() {
            return Err(Fault::wrong(
                "This machine’s key is there, so nothing is to be adopted. Where verifying says that entries lack its mark, something \
                 else wrote them: restore a backup. If the key is of another machine, take it out of the folder of secrets first.",
            ));
        }
        let held = Held { place, witness: witness_file.map(Witness::File), fingerprints: &[], is_marked: false };
        let verified = self.verify_held(Extent::Whole, &held).await?;
        if !verified.is_whole() {
            return Err(Fault::Damaged(format!("Nothing was marked.\n{}", verified.words())));
        }
        let mut transaction = self.counting().await?;
        transaction.make_key(place)?;
        for chain in &verified.chains {
            adopt(&mut transaction, &chain.school).await?;
            let detail = Detail::none().with("key", "adopted").with("faults", "0");
            let entry = Entry {
                school: id::School::parse(&chain.school)?,
                actor: Actor::Console,
                act: Act::AuditVerified,
                outcome: Outcome::Done,
                resource: Resource::School,
                facts: None,
                detail: &detail,
            };
            enter(&mut transaction, &entry, self.clock().now()).await?;
        }
        transaction.commit().await?;
        MachineKey::settle(place)?;
        Ok(verified)
    }

    pub(super) async fn verify_held(&self, extent: Extent, held: &Held<'_>) -> Result<Verified, Fault> {
        let Held { place, witness, fingerprints, is_marked } = *held;
        let mut verified =
            Verified { is_witnessed: witness.is_some() || !fingerprints.is_empty(), ..Verified::default() };
        let mut witnessed = Vec::new();
        if let Some(witness) = witness {
            let name;
            (name, (witnessed, verified.faults)) = match witness {
                Witness::File(file) => (file.display().to_string(), witness::read(file)?),
                Witness::Text(text) => ("What was pasted".to_owned(), witness::read_text(text)?),
            };
            if witnessed.is_empty() {
                verified.faults.push(format!("{name} holds no checkpoint, so it witnesses nothing."));
            }
        }
        let fingerprints = fingerprints.iter().map(|typed| fingerprint_of(typed)).collect::<Result<Vec<_>, _>>()?;
        // Before the transaction begins: what lasts by then is there to be seen in it.
        let memory = Memory::of(place);
        let lines = memory.look();
        let mut transaction = self.looking().await?;
        for row in transaction.rows(&SCHOOLS, &[]).await? {
            let (school, code): (id::School, String) = (row.get(0)?, row.get(1)?);
            let name = school.to_string();
            let (ours, others) = witnessed.into_iter().partition(|seen: &Checkpoint| seen.school == name);
            witnessed = others;
            let against = Against {
                witness: ours,
                fingerprints: fingerprints.clone(),
                machine: KeyFolder::public(place, &name),
                key: if is_marked { key_at_hand(place)? } else { None },
            };
            let remembered = memory::newest(place, &name)?;
            let mut chain =
                school_chain(&mut transaction, (school, code), &against, remembered.as_ref(), extent).await?;
            if extent == Extent::Whole {
                tell_missing(&mut transaction, (&memory, lines), &mut chain).await?;
            }
            verified.chains.push(chain);
        }
        if let Some(other) = witnessed.first() {
            verified.faults.push(format!("The witness knows of a school that is not in the store: {}.", other.school));
        }
        if extent == Extent::Whole {
            for paper in fingerprints {
                if !verified.chains.iter().any(|chain| chain.fingerprints_seen.contains(&paper)) {
                    verified.faults.push(format!(
                        "No sound checkpoint of the store has the fingerprint {paper}: the log was rewritten or rolled back \
                         since it was put on paper, or it was mistyped."
                    ));
                }
            }
        }
        Ok(verified)
    }

    /// Notes in each school's log that it was verified, and how many faults were found.
    pub async fn note_verified(&self, verified: &Verified) -> Result<(), Fault> {
        for chain in &verified.chains {
            let school = id::School::parse(&chain.school)?;
            let session = Session { school, actor: Actor::Clock, unlocked: None };
            let faults = chain.faults.len() as u64 + chain.more_faults + verified.faults.len() as u64;
            let detail = Detail::none().with("faults", faults.to_string());
            self.act(&session, Act::AuditVerified, Resource::School, detail).await?.commit().await?;
        }
        Ok(())
    }
}

/// The machine's key, where there is one: a copy of the store is verified without. One that cannot be read is a fault, because marks
/// would go unchecked unseen.
fn key_at_hand(place: &Place) -> Result<Option<MachineKey>, Fault> {
    match MachineKey::read(place) {
        Ok(key) => Ok(Some(key)),
        Err(Fault::Unavailable(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn fingerprint_of(typed: &str) -> Result<String, Fault> {
    typed_fingerprint(typed).ok_or_else(|| {
        Fault::wrong(format!("“{typed}” is no fingerprint. One has eight groups of four letters, such as BCDF-GHJK-…"))
    })
}

/// Walks one school's chain.
async fn school_chain(
    transaction: &mut Transaction,
    (school, code): (id::School, String),
    against: &Against,
    remembered: Option<&Checkpoint>,
    extent: Extent,
) -> Result<Chain, Fault> {
    let chain = Chain { school: school.to_string(), code, ..Chain::default() };
    let begin = beginning(transaction, school, extent).await?;
    let mut checkpoints = Checkpoints { position: begin.position, ..Checkpoints::default() };
    let mut after = begin.after.as_ref().map_or(i64::MIN, |(number, _)| *number);
    let mut walk = Walk::new(chain, against, begin.after, begin.checkpoint);
    'pages: loop {
        let page = transaction.rows(&ENTRIES, &[school.into(), after.into()]).await?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            let Ok(number) = row.get::<i64>(1) else {
                walk.unnumbered();
                break 'pages;
            };
            after = number;
            walk.entry(number, Line::of(row));
            while let Some(checkpoint) = checkpoints.up_to(transaction, school, number).await? {
                walk.checkpoint(checkpoint);
            }
        }
    }
    while let Some(checkpoint) = checkpoints.up_to(transaction, school, i64::MAX).await? {
        walk.checkpoint(checkpoint);
    }
    if let Some(remembered) = remembered {
        let ours = transaction.row(&CHECKPOINT_AT, &[school.into(), remembered.position.into()]).await?;
        if ours.as_ref().and_then(|row| Checkpoint::of(row).ok()).as_ref() != Some(remembered) {
            walk.forgotten(remembered);
        }
    }
    let head = transaction.row(&HEAD, &[school.into()]).await?;
    Ok(walk.end(head.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()))
}

/// What this machine remembers to have been taken away, and the log does not tell of.
async fn tell_missing(transaction: &mut Transaction, memory: (&Memory, usize), chain: &mut Chain) -> Result<(), Fault> {
    for number in missing(transaction, memory, &chain.school).await? {
        chain.fault(format!(
            "This machine remembers that entry {number} took something away from somebody, and the store does not have it: it was cut \
             out, or the store was rolled back."
        ));
    }
    Ok(())
}

/// Where a walk begins.
#[derive(Default)]
struct Beginning {
    /// After this entry, with its hash as stored.
    after: Option<(i64, Vec<u8>)>,
    /// After this checkpoint.
    checkpoint: Option<Checkpoint>,
    position: i64,
}

async fn beginning(transaction: &mut Transaction, school: id::School, extent: Extent) -> Result<Beginning, Fault> {
    if extent == Extent::Whole {
        return Ok(Beginning::default());
    }
    let next: i64 = match transaction.row(&HEAD, &[school.into()]).await? {
        Some(row) => row.get(0)?,
        None => return Ok(Beginning::default()),
    };
    let newest = transaction.row(&NEWEST_CHECKPOINT, &[school.into()]).await?;
    let newest = newest.as_ref().map(Checkpoint::of).transpose()?;
    let covered = newest.as_ref().map_or(next, |newest| newest.number);
    let number = covered.min(next - RECENT) - 1;
    let hash = transaction.row(&HASH_AT, &[school.into(), number.into()]).await?;
    let Some(hash) = hash else { return Ok(Beginning::default()) };
    let position = newest.map_or(0, |newest| newest.position - 1);
    let before = transaction.row(&CHECKPOINT_AT, &[school.into(), position.into()]).await?;
    let checkpoint = before.as_ref().map(Checkpoint::of).transpose()?;
    Ok(Beginning { after: Some((number, hash.get(0)?)), checkpoint, position })
}

/// The school's checkpoints, a page at a time.
#[derive(Default)]
struct Checkpoints {
    position: i64,
    page: VecDeque<Row>,
}

impl Checkpoints {
    /// The next one, if it covers no entry beyond this one. One that cannot be read comes at once.
    async fn up_to(
        &mut self,
        transaction: &mut Transaction,
        school: id::School,
        number: i64,
    ) -> Result<Option<Result<Checkpoint, Fault>>, Fault> {
        if self.page.is_empty() && self.position != i64::MAX {
            self.page = transaction.rows(&CHECKPOINTS, &[school.into(), self.position.into()]).await?.into();
            // Where the last page was read, none is asked for again.
            self.position = match self.page.back() {
                Some(last) => last.get(1).unwrap_or(i64::MAX),
                None => i64::MAX,
            };
        }
        let Some(row) = self.page.front() else { return Ok(None) };
        let read = Checkpoint::of(row);
        if read.as_ref().is_ok_and(|checkpoint| checkpoint.number > number) {
            return Ok(None);
        }
        self.page.pop_front();
        Ok(Some(read))
    }
}
