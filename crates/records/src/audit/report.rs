//! What verifying found, in plain words.

use jiff::Timestamp;
use std::fmt::Write as _;

/// Faults that are told one by one; of the rest it is told how many.
const TOLD: usize = 20;
/// Ranges that are told one by one.
const RANGES: usize = 40;

/// What holds a range of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A witness kept outside the machine, or a fingerprint from paper.
    Witness,
    /// A checkpoint that only this machine holds.
    Signed,
    /// Nothing but the chain itself: no checkpoint covers it.
    Chain,
}

/// A range of entries that hold together, and what proves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first entry.
    pub from: i64,
    /// The last entry.
    pub to: i64,
    /// The moment of the last entry.
    pub until: Timestamp,
    /// What proves them.
    pub proof: Proof,
}

/// What was found of one school's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// The school's id.
    pub school: String,
    /// The school's code.
    pub code: String,
    /// How many entries were read.
    pub entries: u64,
    /// What is proven by what, in order. What is in no range is not proven at all.
    pub ranges: Vec<Range>,
    /// What is wrong, the first few.
    pub faults: Vec<String>,
    /// How many faults more there are.
    pub more_faults: u64,
    /// When the newest checkpoint was signed.
    pub last_checkpoint: Option<Timestamp>,
    /// The fingerprint of the key that signs now.
    pub key: Option<String>,
    /// The fingerprints from paper that are this school's.
    pub fingerprints_seen: Vec<String>,
}

/// What was found of all schools' logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// School by school.
    pub chains: Vec<Chain>,
    /// What is wrong with what they were held against.
    pub faults: Vec<String>,
    /// Whether a witness, or a fingerprint from paper, was at hand.
    pub is_witnessed: bool,
}

impl Chain {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn fault(&mut self, words: String) {
        if self.faults.len() < TOLD {
            self.faults.push(words);
        } else {
            self.more_faults += 1;
        }
    }

    fn words(&self, is_witnessed: bool) -> String {
        let mut text = format!("School {} ({}): {} entries read.\n", self.code, self.school, self.entries);
        for range in self.ranges.iter().take(RANGES) {
            text.push_str(&range.words());
        }
        if let Some(more) = self.ranges.len().checked_sub(RANGES + 1) {
            // Writing to a text cannot fail.
            let _written = writeln!(text, "  … and {} ranges more.", more + 1);
        }
        if let Some(key) = &self.key {
            let _written = writeln!(text, "  Checkpoints are signed with the key {key}.");
        }
        if !is_witnessed {
            text.push_str(
                "  No witness was given. Without one nothing shows that the log, its checkpoints and the key were not replaced \
                 together, or rolled back together.\n",
            );
        }
        if self.is_whole() {
            text.push_str("  Nothing is wrong.\n");
        }
        for fault in &self.faults {
            let _written = writeln!(text, "  FAULT: {fault}");
        }
        if self.more_faults > 0 {
            let _written = writeln!(text, "  … and {} faults more.", self.more_faults);
        }
        text
    }
}

impl Range {
    fn words(&self) -> String {
        let which = if self.from == self.to {
            format!("entry {}", self.from)
        } else {
            format!("entries {} to {}", self.from, self.to)
        };
        let until = self.until.strftime("%-d %B %Y, %H:%M UTC");
        match self.proof {
            Proof::Witness => format!("  Proven by the witness: {which}, until {until}.\n"),
            Proof::Signed => format!(
                "  Signed on this machine, but held by no witness: {which}, until {until}. Whoever had the machine’s signing \
                 key could have rewritten them.\n"
            ),
            Proof::Chain => format!(
                "  Not proven: {which}, until {until}. No checkpoint covers them. They hold together, but whoever could write \
                 to the store could have rewritten them, or removed others that came after them.\n"
            ),
        }
    }
}

impl Verified {
    /// Whether nothing is wrong anywhere.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.chains.iter().all(Chain::is_whole)
    }

    /// What was found, for people to read.
    pub fn words(&self) -> String {
        let mut text: String = self.chains.iter().map(|chain| chain.words(self.is_witnessed)).collect();
        if self.chains.is_empty() {
            text.push_str("The store holds no school, so there is no log.\n");
        }
        for fault in &self.faults {
            let _written = writeln!(text, "FAULT: {fault}");
        }
        text
    }
}
