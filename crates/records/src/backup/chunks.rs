//! A stream sealed in chunks: what was changed, cut off, left out or put in another order does not open.
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, “Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance”, 2015): AES-256-GCM under a key used for this one stream, each chunk's nonce its number and whether it
//! is the last, each chunk bound to the head of the backup. At the end stands a SHA-256 of everything before it, so that a
//! damaged disk is seen by somebody who has no key.

use super::shelf::cannot_write;
use crate::Fault;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest::{Context, SHA256, SHA256_OUTPUT_LEN, digest},
};
use std::io::{self, Read, Write};

/// How much stands in one chunk, before sealing.
const CHUNK: usize = 64 * 1024;
/// How much longer a sealed one is.
const TAG: usize = 16;
/// How much stands after the last chunk.
pub(super) const DIGEST: usize = SHA256_OUTPUT_LEN;

struct Cipher {
    key: LessSafeKey,
    bound_to: Vec<u8>,
    number: u64,
}

impl Cipher {
    fn new(key: &[u8; 32], head: &[u8]) -> Result<Self, Fault> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_wrong_length| damaged())?;
        Ok(Self { key: LessSafeKey::new(key), bound_to: digest(&SHA256, head).as_ref().to_vec(), number: 0 })
    }

    fn next_nonce(&mut self, is_last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[..8].copy_from_slice(&self.number.to_be_bytes());
        nonce[NONCE_LEN - 1] = u8::from(is_last);
        self.number += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Seals what is written. Nothing is whole before [`Sealing::finish`].
pub(super) struct Sealing<W> {
    into: W,
    cipher: Cipher,
    all: Context,
    chunk: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    /// Seals into a file whose head, already written, is this.
    pub(super) fn new(into: W, key: &[u8; 32], head: &[u8]) -> Result<Self, Fault> {
        let mut all = Context::new(&SHA256);
        all.update(head);
        Ok(Self { into, cipher: Cipher::new(key, head)?, all, chunk: Vec::with_capacity(CHUNK + TAG) })
    }

    fn put_chunk(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = self.cipher.next_nonce(is_last);
        let bound_to = Aad::from(self.cipher.bound_to.as_slice());
        let sealed = self.cipher.key.seal_in_place_append_tag(nonce, bound_to, &mut self.chunk);
        sealed.map_err(|_unspecified| io::Error::other("a chunk could not be sealed"))?;
        self.all.update(&self.chunk);
        self.into.write_all(&self.chunk)?;
        self.chunk.clear();
        Ok(())
    }

    /// Seals the last chunk and writes the digest.
    pub(super) fn finish(mut self) -> Result<W, Fault> {
        self.put_chunk(true).map_err(|fault| cannot_write(&fault))?;
        let all = self.all.finish();
        self.into.write_all(all.as_ref()).map_err(|fault| cannot_write(&fault))?;
        Ok(self.into)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits until more comes, since only then is it known not to be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.put_chunk(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(bytes.get(..taken).unwrap_or(bytes));
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what [`Sealing`] wrote.
pub(super) struct Opening<R> {
    from: R,
    cipher: Cipher,
    left: u64,
    chunk: Vec<u8>,
    read: usize,
}

impl<R: Read> Opening<R> {
    /// Opens what follows the head: `left` bytes of chunks, with the digest after them.
    pub(super) fn new(from: R, key: &[u8; 32], head: &[u8], left: u64) -> Result<Self, Fault> {
        if left < TAG as u64 {
            return Err(damaged());
        }
        Ok(Self { from, cipher: Cipher::new(key, head)?, left, chunk: Vec::new(), read: 0 })
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let length = self.left.min((CHUNK + TAG) as u64);
        self.left -= length;
        self.chunk.resize(usize::try_from(length).unwrap_or(CHUNK + TAG), 0);
        self.from.read_exact(&mut self.chunk)?;
        let nonce = self.cipher.next_nonce(self.left == 0);
        let bound_to = Aad::from(self.cipher.bound_to.as_slice());
        let opened = self.cipher.key.open_in_place(nonce, bound_to, &mut self.chunk);
        let length = opened.map_err(|_unspecified| io::Error::other("a chunk does not open"))?.len();
        self.chunk.truncate(length);
        self.read = 0;
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() {
            if self.left == 0 {
                return Ok(0);
            }
            self.next_chunk()?;
        }
        let rest = self.chunk.get(self.read..).unwrap_or_default();
        let taken = rest.len().min(into.len());
        if let (Some(into), Some(rest)) = (into.get_mut(..taken), rest.get(..taken)) {
            into.copy_from_slice(rest);
        }
        self.read += taken;
        Ok(taken)
    }
}

/// The words for a stream that does not open.
pub(super) fn damaged() -> Fault {
    Fault::Damaged("The backup is damaged or was altered: it is not as it was sealed. Take another one.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const HEAD: &[u8] = b"head";

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::new(Vec::new(), &KEY, HEAD).unwrap();
        sealing.write_all(plain).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(sealed: &[u8], head: &[u8]) -> Option<Vec<u8>> {
        let body = &sealed[..sealed.len().checked_sub(DIGEST)?];
        let mut plain = Vec::new();
        let mut opening = Opening::new(body, &KEY, head, body.len() as u64).ok()?;
        opening.read_to_end(&mut plain).ok().map(|_| plain)
    }

    #[test]
    fn every_length_opens_again() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5] {
            let plain: Vec<u8> = (0..length).map(|place| u8::try_from(place % 251).unwrap()).collect();
            assert_eq!(opened(&sealed(&plain), HEAD), Some(plain), "{length}");
        }
    }

    #[test]
    fn what_was_changed_cut_or_moved_does_not_open() {
        let plain = vec![5; 3 * CHUNK + 10];
        let whole = sealed(&plain);
        let whole_chunk = CHUNK + TAG;
        assert_eq!(opened(&whole, b"other"), None, "bound to its head");
        for place in [0, whole_chunk - 1, whole_chunk, 2 * whole_chunk + 7, whole.len() - DIGEST - 1] {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            assert_eq!(opened(&flipped, HEAD), None, "flipped at {place}");
        }
        // Cut at the border of a chunk, so that every chunk left is whole.
        for chunks in 0..3 {
            let cut = [&whole[..chunks * whole_chunk], &[0; DIGEST]].concat();
            assert_eq!(opened(&cut, HEAD), None, "cut after {chunks}");
        }
        let mut swapped = whole.clone();
        swapped[..2 * whole_chunk].rotate_left(whole_chunk);
        assert_eq!(opened(&swapped, HEAD), None, "two chunks changed places");
        let without = [&whole[..whole_chunk], &whole[2 * whole_chunk..]].concat();
        assert_eq!(opened(&without, HEAD), None, "one left out");
    }
}
