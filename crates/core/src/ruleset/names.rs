//! The names table: from a fingerprint of a name to the set of lists that hold it, in about nine bytes a name.
//!
//! A host is hashed once, label by label from the right, and every state on the way is the fingerprint of one of its
//! suffixes. The upper bits of a fingerprint choose a bucket of four to eight records on average; a record is 48
//! further bits of the fingerprint and the 16-bit number of a membership set.
//!
//! **Odds of a false match.** A suffix that is in no list is taken for a listed one if 48 bits agree with one of the
//! records of its bucket: at most 8 × 2⁻⁴⁸ ≈ 3 × 10⁻¹⁴ a suffix, whatever the size of the table. A school with a
//! thousand million distinct suffixes a year would meet one in about 35,000 years. What is shown to a person or
//! appealed is verified against the text beside the content ([`super::content::ContentText`]). The hash is no defence
//! against somebody who knows the seed and shapes a name to collide; all that gains them is a block of their own name.

/// The fingerprint function: fast, seeded, not cryptographic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprints {
    first: u64,
    second: u64,
}

/// Parts a path from its host, so that `a.b` and `b` with path `a` never share a fingerprint.
const PATH_MARK: u64 = 0x7061_7468_2d6d_6172;
/// Spreads a length over all bits of a word (2⁶⁴ divided by the golden ratio, made odd).
const LENGTH_SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Fingerprints {
    /// The function with this seed.
    pub fn new(seed: u64) -> Self {
        let first = spread(seed.wrapping_add(LENGTH_SPREAD));
        Self { first, second: spread(first.wrapping_add(LENGTH_SPREAD)) }
    }

    /// The fingerprint of each suffix of a host, shortest first, with the byte where the suffix begins.
    pub fn suffixes(self, host: &str) -> impl Iterator<Item = (usize, u64)> {
        let mut start = host.len() + 1;
        let mut state = self.second;
        host.as_bytes().rsplit(|byte| *byte == b'.').map(move |label| {
            start = start.saturating_sub(label.len() + 1);
            state = self.absorb(state, label);
            (start, state)
        })
    }

    /// The fingerprint of a whole host.
    pub fn of_host(self, host: &str) -> u64 {
        self.suffixes(host).last().map_or(self.second, |(_, state)| state)
    }

    /// The state from which the path below a host is absorbed.
    pub fn path_below(self, host: u64) -> u64 {
        fold(host ^ PATH_MARK, self.first)
    }

    /// Takes one label, or one piece of a path, into the state.
    pub fn absorb(self, state: u64, piece: &[u8]) -> u64 {
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX).wrapping_mul(LENGTH_SPREAD);
        let mut state = state;
        let (head, tail) = if let (Some(head), Some(tail)) = (piece.first_chunk::<8>(), piece.last_chunk::<8>()) {
            // Beyond sixteen bytes the middle goes in word by word; head and tail may overlap it, which does no harm.
            if piece.len() > 16 {
                for chunk in piece.iter().as_slice().chunks_exact(8).skip(1) {
                    state = fold(state ^ word(chunk), self.first);
                }
            }
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (piece.first_chunk::<4>(), piece.last_chunk::<4>()) {
            (u64::from(u32::from_le_bytes(*head)), u64::from(u32::from_le_bytes(*tail)))
        } else {
            (word(piece), 0)
        };
        fold(state ^ head ^ self.first, tail.rotate_left(32) ^ self.second ^ length)
    }
}

/// Up to eight bytes as one little-endian number.
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    }
}

/// Multiplies to 128 bits and folds the halves together: one multiplication mixes all bits.
fn fold(left: u64, right: u64) -> u64 {
    let (low, high) = left.carrying_mul(right, 0);
    low ^ high
}

/// Spreads a seed over a whole word, never to zero.
fn spread(seed: u64) -> u64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) | 1
}

/// Bits of a record that number its membership set.
const SET_BITS: u32 = 16;

/// The table. Immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamesTable {
    /// How far a fingerprint is shifted to give its bucket.
    shift: u32,
    /// Where each bucket begins in `records`; one more than there are buckets.
    offsets: Vec<u32>,
    /// 48 bits of fingerprint and 16 bits of set, sorted within each bucket.
    records: Vec<u64>,
}

impl Default for NamesTable {
    fn default() -> Self {
        Self { shift: 63, offsets: vec![0; 3], records: Vec::new() }
    }
}

impl NamesTable {
    /// The most records that a table can hold.
    pub const MOST: usize = u32::MAX as usize;

    /// Builds the table from fingerprints and their sets; the iterator is run through twice, so that nothing the size
    /// of the table is held beside it. Two entries with one fingerprint become one, with the set that `merge` gives.
    /// Entries beyond [`Self::MOST`] are left out.
    pub fn build<I>(entries: &I, mut merge: impl FnMut(u16, u16) -> u16) -> Self
    where
        I: Iterator<Item = (u64, u16)> + Clone,
    {
        let count = entries.clone().take(Self::MOST).count();
        let bits = (count / 4).max(2).ilog2().clamp(1, 30);
        let shift = 64 - bits;
        let mut offsets = vec![0_u32; (1_usize << bits) + 1];
        for (fingerprint, _) in entries.clone().take(count) {
            if let Some(slot) = offsets.get_mut(bucket(fingerprint, shift)) {
                *slot += 1;
            }
        }
        let mut total = 0_u32;
        for slot in &mut offsets {
            total += std::mem::replace(slot, total);
        }
        // Each bucket's offset runs along as it fills, and so ends where the next bucket began.
        let mut records = vec![0_u64; count];
        for (fingerprint, set) in entries.clone().take(count) {
            if let Some(slot) = offsets.get_mut(bucket(fingerprint, shift)) {
                if let Some(record) = records.get_mut(index(*slot)) {
                    *record = (fingerprint << SET_BITS) | u64::from(set);
                }
                *slot += 1;
            }
        }
        offsets.pop();
        offsets.insert(0, 0);
        let mut table = Self { shift, offsets, records };
        table.settle(&mut merge);
        table
    }

    /// Sorts each bucket and makes one record of those with one fingerprint.
    fn settle(&mut self, merge: &mut impl FnMut(u16, u16) -> u16) {
        let mut kept = 0_usize;
        let mut start = 0_usize;
        let bucket_ends: &mut [u32] = self.offsets.get_mut(1..).unwrap_or_default();
        for bucket_end in bucket_ends {
            let end = index(*bucket_end);
            if let Some(bucket) = self.records.get_mut(start..end) {
                bucket.sort_unstable();
            }
            let first_of_bucket = kept;
            for position in start..end {
                let Some(record) = self.records.get(position).copied() else { break };
                let before = kept.checked_sub(1).filter(|before| *before >= first_of_bucket);
                match before.and_then(|before| self.records.get_mut(before)) {
                    Some(before) if *before >> SET_BITS == record >> SET_BITS => {
                        let merged = merge(set_of(*before), set_of(record));
                        *before = (record >> SET_BITS << SET_BITS) | u64::from(merged);
                    }
                    _ => {
                        if let Some(slot) = self.records.get_mut(kept) {
                            *slot = record;
                        }
                        kept += 1;
                    }
                }
            }
            start = end;
            *bucket_end = u32::try_from(kept).unwrap_or(u32::MAX);
        }
        self.records.truncate(kept);
        self.records.shrink_to_fit();
    }

    /// Puts a table together from what was saved. Offsets that make no sense only make names unfindable, never a
    /// panic; a saved file is verified by its hash before its table is used.
    pub(super) fn from_parts(shift: u32, offsets: Vec<u32>, records: Vec<u64>) -> Self {
        Self { shift: shift.clamp(1, 63), offsets, records }
    }

    /// What is saved: the shift, the offsets and the records.
    pub(super) fn parts(&self) -> (u32, &[u32], &[u64]) {
        (self.shift, &self.offsets, &self.records)
    }

    /// The set of the entry with this fingerprint.
    #[inline]
    pub fn find(&self, fingerprint: u64) -> Option<u16> {
        let at = bucket(fingerprint, self.shift);
        let start = index(*self.offsets.get(at)?);
        let end = index(*self.offsets.get(at + 1)?);
        let wanted = fingerprint << SET_BITS;
        let bucket = self.records.get(start..end)?;
        bucket.iter().find(|record| (**record ^ wanted) >> SET_BITS == 0).map(|record| set_of(*record))
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Resident size in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.offsets.as_slice()) + size_of_val(self.records.as_slice())
    }
}

fn bucket(fingerprint: u64, shift: u32) -> usize {
    usize::try_from(fingerprint >> shift).unwrap_or(usize::MAX)
}

fn index(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn set_of(record: u64) -> u16 {
    (record & 0xffff) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn suffixes_are_fingerprinted_as_hosts_of_their_own() {
        let fingerprints = Fingerprints::new(7);
        let host = "play.casino-with-a-long-label-in-it.example";
        let suffixes: Vec<_> = fingerprints.suffixes(host).collect();
        assert_eq!(suffixes.len(), 3);
        for (start, fingerprint) in suffixes {
            assert_eq!(fingerprint, fingerprints.of_host(&host[start..]), "{}", &host[start..]);
        }
    }

    #[test]
    fn two_hundred_thousand_alike_names_have_as_many_fingerprints() {
        let fingerprints = Fingerprints::new(1);
        let mut seen = HashSet::new();
        let mut low = HashSet::new();
        for number in 0..200_000_u32 {
            let fingerprint = fingerprints.of_host(&format!("n{number}.test"));
            seen.insert(fingerprint);
            low.insert(fingerprint & 0xffff_ffff_ffff);
        }
        assert_eq!(seen.len(), 200_000);
        assert_eq!(low.len(), 200_000);
    }

    #[test]
    fn every_single_letter_moves_the_fingerprint() {
        let fingerprints = Fingerprints::new(1);
        let mut seen = HashSet::new();
        for length in 1..40 {
            let base = vec![b'a'; length];
            assert!(seen.insert(fingerprints.absorb(5, &base)), "length {length}");
            for position in 0..length {
                let mut changed = base.clone();
                changed[position] = b'b';
                assert!(seen.insert(fingerprints.absorb(5, &changed)), "length {length}, position {position}");
            }
        }
    }

    #[test]
    fn what_goes_in_is_found_and_nothing_else() {
        let fingerprints = Fingerprints::new(3);
        for count in [0_u16, 1, 2, 9, 1_000, 20_000] {
            let entries = (0..count).map(|number| (fingerprints.of_host(&format!("n{number}.test")), number));
            let table = NamesTable::build(&entries, |kept, _| kept);
            assert_eq!(table.len(), usize::from(count));
            for number in 0..count {
                assert_eq!(table.find(fingerprints.of_host(&format!("n{number}.test"))), Some(number));
                assert_eq!(table.find(fingerprints.of_host(&format!("m{number}.test"))), None);
            }
        }
    }

    #[test]
    fn equal_fingerprints_are_merged_wherever_they_lie() {
        let entries = [(5, 1), (u64::MAX, 2), (5, 3), (u64::MAX, 4), (9, 5), (5, 6)].into_iter();
        let table = NamesTable::build(&entries, |one, other| one + other);
        assert_eq!(table.len(), 3);
        assert_eq!((table.find(5), table.find(u64::MAX), table.find(9)), (Some(10), Some(6), Some(5)));
    }
}
