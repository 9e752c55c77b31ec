//! Checkpoints: a signature over where the log stands, in a form that can leave the machine.
//!
//! Ed25519 (RFC 8032). A checkpoint names the one before it by digest, so that they are a chain of their own; the key is
//! changed by a checkpoint that names the next key and is signed by the one before.

use super::encode::{Encoder, Hash, sha256, unhex};
use crate::{
    Fault,
    store::{Row, Value, hex},
};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use jiff::Timestamp;

/// The letters of fingerprints: no vowels, so that no word comes about; none that looks or sounds like another in print.
const LETTERS: &[u8; 16] = b"BCDFGHJKLMNPRSTV";

/// The longest line of a checkpoint file, in bytes.
pub(super) const LONGEST_LINE: usize = 1_024;

/// One checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checkpoint {
    /// The school's id.
    pub school: String,
    /// Its place among the school's checkpoints, from 1.
    pub position: i64,
    /// The number of the last entry that it covers.
    pub number: i64,
    /// That entry's hash.
    pub hash: Hash,
    /// When it was signed, in microseconds since 1970, UTC.
    pub moment: i64,
    /// The digest of the checkpoint before; zeros for the first.
    pub previous: Hash,
    /// The public key that signed it.
    pub key: [u8; 32],
    /// The public key that signs from now on, where it changes.
    pub next_key: Option<[u8; 32]>,
    /// The signature.
    pub signature: [u8; 64],
}

impl Checkpoint {
    /// Signs it.
    pub(super) fn sign(mut self, key: &Ed25519KeyPair) -> Self {
        let signature = key.sign(&self.signed());
        self.signature.copy_from_slice(signature.as_ref());
        self
    }

    /// Whether its own key signed it as it stands.
    pub(super) fn is_signed(&self) -> bool {
        UnparsedPublicKey::new(&ED25519, self.key).verify(&self.signed(), &self.signature).is_ok()
    }

    /// Its digest, which the next one names and fingerprints are made of.
    pub(super) fn digest(&self) -> Hash {
        sha256(&self.signed())
    }

    /// The key that must sign the checkpoint after this one.
    pub(super) fn key_after(&self) -> [u8; 32] {
        self.next_key.unwrap_or(self.key)
    }

    /// The first half of its digest in groups of letters, for paper.
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(&self.digest())
    }

    /// What is signed.
    fn signed(&self) -> Vec<u8> {
        Encoder::new("holdfast audit checkpoint")
            .number(1)
            .text(&self.school)
            .number(self.position)
            .number(self.number)
            .bytes(&self.hash)
            .number(self.moment)
            .bytes(&self.previous)
            .bytes(&self.key)
            .bytes_or_none(self.next_key.as_ref().map(<[u8; 32]>::as_slice))
            .done()
    }

    /// Reads a row of the statements that name all columns in order.
    pub(super) fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            school: row.get(0)?,
            position: row.get(1)?,
            number: row.get(2)?,
            hash: exactly(row, 3)?,
            moment: row.get(4)?,
            previous: exactly(row, 5)?,
            key: exactly(row, 6)?,
            next_key: match row.get::<Option<Vec<u8>>>(7)? {
                Some(_) => Some(exactly(row, 7)?),
                None => None,
            },
            signature: exactly(row, 8)?,
        })
    }

    /// Its columns, for storing it.
    pub(super) fn values(&self) -> [Value; 9] {
        [
            self.school.as_str().into(),
            self.position.into(),
            self.number.into(),
            self.hash.as_slice().into(),
            self.moment.into(),
            self.previous.as_slice().into(),
            self.key.as_slice().into(),
            self.next_key.map(Vec::from).into(),
            self.signature.as_slice().into(),
        ]
    }

    /// Its line in a file: words, so that people can read it, and everything to verify it with.
    pub(super) fn to_line(&self) -> String {
        format!(
            "checkpoint {} school {} entries {} at {} microseconds {} hash {} previous {} key {} next {} signature {} \
             fingerprint {}",
            self.position,
            self.school,
            self.number,
            Timestamp::from_microsecond(self.moment).unwrap_or_default(),
            self.moment,
            hex(&self.hash),
            hex(&self.previous),
            hex(&self.key),
            self.next_key.map_or_else(|| "none".to_owned(), |key| hex(&key)),
            hex(&self.signature),
            self.fingerprint(),
        )
    }

    /// Reads its line, strictly: what is read, written again, is the same line.
    pub(super) fn of_line(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let &[
            _,
            position,
            _,
            school,
            _,
            number,
            _,
            _,
            _,
            moment,
            _,
            hash,
            _,
            previous,
            _,
            key,
            _,
            next,
            _,
            signature,
            ..,
        ] = words.as_slice()
        else {
            return None;
        };
        let read = Self {
            school: school.to_owned(),
            position: position.parse().ok()?,
            number: number.parse().ok()?,
            hash: unhex(hash)?,
            moment: moment.parse().ok()?,
            previous: unhex(previous)?,
            key: unhex(key)?,
            next_key: if next == "none" { None } else { Some(unhex(next)?) },
            signature: unhex(signature)?,
        };
        (read.to_line() == line).then_some(read)
    }
}

/// The first 128 bits of a digest as eight groups of four letters.
pub(super) fn fingerprint(digest: &Hash) -> String {
    let letter = |half: u8| LETTERS.get(usize::from(half)).copied().map_or('?', char::from);
    let letters: Vec<char> = digest.iter().take(16).flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// A fingerprint as somebody typed it from paper, in the form that [`fingerprint`] gives; nothing if it is none.
pub(super) fn typed_fingerprint(typed: &str) -> Option<String> {
    let letters: Vec<char> = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|l| l.to_ascii_uppercase())
        .collect();
    let is_one =
        letters.len() == 32 && letters.iter().all(|letter| LETTERS.iter().any(|known| char::from(*known) == *letter));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    is_one.then(|| groups.join("-"))
}

fn exactly<const N: usize>(row: &Row, index: usize) -> Result<[u8; N], Fault> {
    row.get::<Vec<u8>>(index)?.try_into().map_err(|_wrong_length: Vec<u8>| {
        Fault::Damaged("A checkpoint of the audit log cannot be read. Run holdfast audit verify.".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let key = Ed25519KeyPair::generate().unwrap();
        let public: [u8; 32] = aws_lc_rs::signature::KeyPair::public_key(&key).as_ref().try_into().unwrap();
        let unsigned = Checkpoint {
            school: "0190".to_owned(),
            position: 2,
            number: 17,
            hash: [1; 32],
            moment: 1_780_000_000_000_001,
            previous: [2; 32],
            key: public,
            next_key: None,
            signature: [0; 64],
        };
        unsigned.sign(&key)
    }

    #[test]
    fn a_line_is_read_as_it_was_written_and_any_other_is_refused() {
        let checkpoint = checkpoint();
        assert!(checkpoint.is_signed());
        let line = checkpoint.to_line();
        assert!(line.len() < LONGEST_LINE);
        assert_eq!(Checkpoint::of_line(&line).as_ref(), Some(&checkpoint));
        for at in 0..line.len() {
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let read = Checkpoint::of_line(&changed);
            assert!(read.is_none_or(|read| !read.is_signed()), "a change at {at} passes: {changed}");
        }
    }

    #[test]
    fn fingerprints_are_read_however_they_are_typed() {
        let fingerprint = checkpoint().fingerprint();
        assert_eq!(fingerprint.len(), 39);
        assert_eq!(typed_fingerprint(&fingerprint.to_lowercase().replace('-', " ")), Some(fingerprint.clone()));
        assert_eq!(typed_fingerprint(&fingerprint[1..]), None);
        assert_eq!(typed_fingerprint(&fingerprint.replace(&fingerprint[..1], "A")), None);
    }
}
