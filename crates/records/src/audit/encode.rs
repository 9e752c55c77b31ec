//! How fields become bytes to be hashed or signed: one way for one meaning.
//!
//! Each field is a kind (one byte), a length (eight, big-endian) and its bytes; the first names what is encoded and in which
//! format. So no field can pass for two, none for another, and an entry can never be taken for a checkpoint.

use aws_lc_rs::digest::{SHA256, digest};

/// A SHA-256 digest.
pub(super) type Hash = [u8; 32];

/// Fields on their way to a digest or a signature.
pub(super) struct Encoder(Vec<u8>);

impl Encoder {
    /// Begins with what is encoded.
    pub(super) fn new(domain: &str) -> Self {
        Self(Vec::with_capacity(512)).text(domain)
    }

    /// One text more.
    pub(super) fn text(self, text: &str) -> Self {
        self.field(b't', text.as_bytes())
    }

    /// One text more, or the word that there is none.
    pub(super) fn text_or_none(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.field(b'0', &[]),
        }
    }

    /// One number more.
    pub(super) fn number(self, number: i64) -> Self {
        self.field(b'n', &number.to_be_bytes())
    }

    /// Some bytes more.
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        self.field(b'b', bytes)
    }

    /// Some bytes more, or the word that there are none.
    pub(super) fn bytes_or_none(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.bytes(bytes),
            None => self.field(b'0', &[]),
        }
    }

    /// All of it.
    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }

    /// The SHA-256 digest of all of it.
    pub(super) fn hash(self) -> Hash {
        sha256(&self.0)
    }

    fn field(mut self, kind: u8, bytes: &[u8]) -> Self {
        self.0.push(kind);
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }
}

/// The SHA-256 digest of some bytes.
pub(super) fn sha256(bytes: &[u8]) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// Bytes from hexadecimal digits, if they are exactly as many as asked for.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        *byte = value(*pair.first()?)? << 4 | value(*pair.get(1)?)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::hex;

    #[test]
    fn no_two_meanings_have_one_encoding() {
        let all = [
            Encoder::new("x").text("ab").text("c"),
            Encoder::new("x").text("a").text("bc"),
            Encoder::new("x").text("abc"),
            Encoder::new("x").bytes(b"abc"),
            Encoder::new("x").text("abc").text_or_none(None),
            Encoder::new("x").text("abc").text(""),
            Encoder::new("xa").text("bc"),
            Encoder::new("x").number(0x6162_6364),
        ];
        let mut hashes: Vec<_> = all.into_iter().map(Encoder::hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 8);
    }

    #[test]
    fn hexadecimal_there_and_back() {
        assert_eq!(unhex::<3>(&hex(&[0, 0xab, 0xff])), Some([0, 0xab, 0xff]));
        for bad in ["", "00abf", "00abfg", "00abff0", "00ABFF", "00é0f"] {
            assert_eq!(unhex::<3>(bad), None, "{bad}");
        }
    }
}
