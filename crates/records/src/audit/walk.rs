//! Walking the chain: what holds together, what is signed, what a witness saw. Pure: entries and checkpoints are handed in,
//! each in order.

use super::{
    chain::BEFORE_THE_FIRST,
    checkpoint::{Checkpoint, fingerprint},
    encode::sha256,
    line::{FORMAT, Line},
    machine::MachineKey,
    report::{Chain, Proof, Range},
};
use crate::Fault;
use jiff::Timestamp;

/// What the chain is held against.
#[derive(Debug, Default)]
pub(super) struct Against {
    /// What the witness has of this school, in the order of places.
    pub witness: Vec<Checkpoint>,
    /// Fingerprints from paper.
    pub fingerprints: Vec<String>,
    /// The public keys that lie on this machine; none where it has none.
    pub machine: Vec<[u8; 32]>,
    /// The key with which this machine marks entries, where it is at hand.
    pub key: Option<MachineKey>,
}

/// A run of entries that hold together, so that the last one's hash commits to all of them.
struct Run {
    from: i64,
    to: i64,
    until: i64,
    /// Up to which entry, and moment, a witness holds it.
    witnessed: Option<(i64, i64)>,
    /// Up to which entry, and moment, it was signed on the machine.
    signed: Option<(i64, i64)>,
}

/// The walk so far.
pub(super) struct Walk<'a> {
    against: &'a Against,
    chain: Chain,
    /// The last entry seen: its number and its hash as stored, if it could be read.
    last: Option<(i64, Vec<u8>)>,
    run: Option<Run>,
    last_checkpoint: Option<Checkpoint>,
    /// How many of the witness's checkpoints were held against the store's, and against the entries.
    of_checkpoints: usize,
    of_entries: usize,
    by_number: Vec<&'a Checkpoint>,
}

impl<'a> Walk<'a> {
    /// Begins at the first entry, or after the one named with its hash, and after the checkpoint named.
    pub(super) fn new(
        chain: Chain,
        against: &'a Against,
        after: Option<(i64, Vec<u8>)>,
        checkpoint: Option<Checkpoint>,
    ) -> Self {
        let mut by_number: Vec<&Checkpoint> = against.witness.iter().collect();
        by_number.sort_by_key(|seen| seen.number);
        let mut walk = Self {
            against,
            chain,
            last: after,
            run: None,
            last_checkpoint: checkpoint,
            of_checkpoints: 0,
            of_entries: 0,
            by_number,
        };
        let forks = against.witness.windows(2).filter(|two| match two {
            [one, other] => one.position == other.position,
            _ => false,
        });
        for fork in forks.filter_map(<[Checkpoint]>::first) {
            walk.fault(format!(
                "The witness holds two checkpoints numbered {}: the log went on in two ways from one copy.",
                fork.position
            ));
        }
        walk
    }

    /// The next entry, as it was read.
    pub(super) fn entry(&mut self, number: i64, read: Result<Line, Fault>) {
        let expected = self.last.as_ref().map_or(1, |(last, _)| last.saturating_add(1));
        let is_next = number == expected;
        if !is_next {
            self.end_run();
            self.missing(expected, number);
        }
        let line = match read {
            Ok(line) => line,
            Err(_damaged) => {
                self.end_run();
                self.fault(format!("Entry {number} cannot be read: it was changed after it was written."));
                self.last = Some((number, Vec::new()));
                return;
            }
        };
        self.chain.entries += 1;
        let follows = self.last.as_ref().map_or(BEFORE_THE_FIRST.as_slice(), |(_, hash)| hash) == line.previous_hash;
        if is_next && !follows {
            self.end_run();
            self.fault(format!("Entry {number} does not follow the one before it: one of them was replaced or moved."));
        }
        let is_whole = line.format == FORMAT && line.hash == line.expected_hash();
        if is_whole {
            let moment = line.moment;
            let run =
                self.run.get_or_insert(Run { from: number, to: number, until: moment, witnessed: None, signed: None });
            (run.to, run.until) = (number, moment);
        } else {
            self.end_run();
            self.fault(format!("Entry {number} was changed after it was written."));
        }
        if is_whole && self.against.key.as_ref().is_some_and(|key| !line.is_marked(key)) {
            self.fault(format!(
                "Entry {number} does not carry this machine’s mark: it was not Holdfast that wrote it here, or the machine’s key was \
                 changed."
            ));
        }
        self.last = Some((number, line.hash));
        self.hold_against_witness();
    }

    /// The next checkpoint of the store, after all entries that it covers.
    pub(super) fn checkpoint(&mut self, read: Result<Checkpoint, Fault>) {
        let Ok(checkpoint) = read else {
            self.fault("A checkpoint in the store cannot be read: it was changed after it was signed.".to_owned());
            return;
        };
        let is_vouched = self.is_as_witnessed(&checkpoint);
        let is_sound = self.is_sound(&checkpoint, is_vouched);
        let position = checkpoint.position;
        let is_on_paper = self.against.fingerprints.contains(&checkpoint.fingerprint());
        if is_on_paper && is_sound {
            self.chain.fingerprints_seen.push(checkpoint.fingerprint());
        }
        match (&mut self.run, &self.last) {
            (Some(run), Some((last, hash))) if run.to == checkpoint.number && *last == checkpoint.number => {
                if hash.as_slice() != checkpoint.hash {
                    self.fault(format!(
                        "Checkpoint {position} was signed over another entry {}: the log was rewritten after that.",
                        checkpoint.number
                    ));
                } else if is_sound {
                    run.signed = Some((run.to, run.until));
                    if is_on_paper {
                        run.witnessed = run.signed;
                    }
                }
            }
            // The entry is there and its fault was told.
            (_, Some((last, _))) if *last == checkpoint.number => {}
            _ => self.fault(format!(
                "Checkpoint {position} covers entry {}, which is not in the log: it was cut or rolled back.",
                checkpoint.number
            )),
        }
        self.chain.last_checkpoint = Timestamp::from_microsecond(checkpoint.moment).ok();
        self.chain.key = Some(fingerprint(&sha256(&checkpoint.key_after())));
        self.last_checkpoint = Some(checkpoint);
    }

    /// The store does not have a checkpoint that this machine remembers.
    pub(super) fn forgotten(&mut self, remembered: &Checkpoint) {
        self.fault(format!(
            "This machine remembers checkpoint {}, signed over entry {}, and the store does not have it: the store was rolled back \
             or replaced.",
            remembered.position, remembered.number
        ));
    }

    /// The end: where the store says that the chain ends. Answers what was found.
    pub(super) fn end(mut self, head: Result<Option<(i64, Vec<u8>)>, Fault>) -> Chain {
        self.end_run();
        if self.last.is_none() {
            self.fault("The log is empty. A school that was set up has entries: they were removed.".to_owned());
        }
        match (head, &self.last) {
            (Ok(Some((next, hash))), Some((last, last_hash))) if next == last + 1 && hash == *last_hash => {}
            (Ok(None), None) => {}
            _ => self.fault(
                "Where the log ends is noted otherwise than where it does end: its last entries or the note were changed."
                    .to_owned(),
            ),
        }
        let unseen = self.against.witness.get(self.of_checkpoints..).unwrap_or_default();
        if let Some(newest) = unseen.last() {
            self.fault(format!(
                "The witness holds {} checkpoints that the store has not, the newest numbered {}: the store was rolled back, \
                 or its checkpoints were removed.",
                unseen.len(),
                newest.position
            ));
        }
        if let Some(furthest) = self.by_number.get(self.of_entries..).and_then(<[&Checkpoint]>::last) {
            self.fault(format!(
                "The witness saw the log up to entry {}; it ends before that: it was cut or rolled back.",
                furthest.number
            ));
        }
        let signed_by = self.last_checkpoint.as_ref().map(Checkpoint::key_after);
        if signed_by.is_some_and(|key| !self.against.machine.is_empty() && !self.against.machine.contains(&key)) {
            self.fault("The last checkpoint was signed with another key than this machine’s.".to_owned());
        }
        self.chain
    }

    /// Whether a checkpoint follows the one before it, and its key may sign it.
    fn is_sound(&mut self, checkpoint: &Checkpoint, is_vouched: bool) -> bool {
        let position = checkpoint.position;
        let before = self.last_checkpoint.take();
        let follows = match &before {
            Some(before) => {
                position == before.position + 1
                    && checkpoint.previous == before.digest()
                    && checkpoint.number > before.number
            }
            None => position == 1 && checkpoint.previous == BEFORE_THE_FIRST,
        };
        let is_own_key = before.as_ref().is_none_or(|before| before.key_after() == checkpoint.key);
        if !checkpoint.is_signed() {
            self.fault(format!("Checkpoint {position} was changed after it was signed."));
            return false;
        }
        if !follows {
            self.fault(format!("Checkpoint {position} does not follow the one before it."));
        }
        if !is_own_key && !is_vouched {
            self.fault(format!(
                "Checkpoint {position} was signed with a new key that the old one did not name. If the machine was replaced, \
                 verify with a witness that holds this checkpoint; if not, somebody else signed it."
            ));
        }
        follows && (is_own_key || is_vouched)
    }

    /// Whether the witness holds this very checkpoint; tells where it holds another.
    fn is_as_witnessed(&mut self, checkpoint: &Checkpoint) -> bool {
        let mut is_vouched = false;
        while let Some(seen) = self.against.witness.get(self.of_checkpoints) {
            if seen.position > checkpoint.position {
                break;
            }
            self.of_checkpoints += 1;
            if seen == checkpoint {
                is_vouched = true;
            } else if seen.position < checkpoint.position {
                // Before where this walk began.
                if self.last_checkpoint.as_ref().is_some_and(|last| last.position >= seen.position) {
                    continue;
                }
                self.fault(format!("Checkpoint {}, which the witness holds, is not in the store.", seen.position));
            } else {
                self.fault(format!(
                    "Checkpoint {} is not the one that the witness holds: the log was rewritten and signed anew.",
                    checkpoint.position
                ));
            }
        }
        is_vouched
    }

    /// Holds the entry that was just seen against what the witness saw of it.
    fn hold_against_witness(&mut self) {
        let Some((number, hash)) = self.last.clone() else { return };
        while let Some(seen) = self.by_number.get(self.of_entries).copied() {
            if seen.number > number {
                break;
            }
            self.of_entries += 1;
            if seen.number < number {
                // What is missing between two entries was told; what lies before the beginning of a short walk is not asked.
                continue;
            }
            match &mut self.run {
                _ if hash.as_slice() != seen.hash => self.fault(format!(
                    "Entry {number} is not the one that the witness saw: the log was rewritten, or went on in two ways from \
                     one copy."
                )),
                Some(run) if run.to == number => run.witnessed = Some((number, run.until)),
                _ => {}
            }
        }
    }

    /// An entry has no number, so what comes after it cannot be read either.
    pub(super) fn unnumbered(&mut self) {
        self.end_run();
        self.fault(
            "An entry has no number: it was changed after it was written. Nothing after it can be read.".to_owned(),
        );
    }

    fn missing(&mut self, expected: i64, number: i64) {
        if number < expected {
            self.fault(format!("Entry {number} is numbered like none of ours."));
        } else if number - 1 == expected {
            self.fault(format!("Entry {expected} is missing."));
        } else {
            self.fault(format!("Entries {expected} to {} are missing.", number - 1));
        }
    }

    fn end_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        let mut from = run.from;
        let ends =
            [(run.witnessed, Proof::Witness), (run.signed, Proof::Signed), (Some((run.to, run.until)), Proof::Chain)];
        for (end, proof) in ends {
            let Some((to, until)) = end.filter(|(to, _)| *to >= from) else { continue };
            let until = Timestamp::from_microsecond(until).unwrap_or_default();
            self.chain.ranges.push(Range { from, to, until, proof });
            from = to + 1;
        }
    }

    fn fault(&mut self, words: String) {
        self.chain.fault(words);
    }
}
