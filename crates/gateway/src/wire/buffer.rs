//! Bytes read from a stream and not yet used.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, ReadBuf};

/// A window over bytes that were read. Used bytes fall away at the front; room is made at the back.
#[derive(Debug)]
pub struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// The room a buffer begins with, and the most that one read brings.
    pub const ROOM: usize = 16 * 1024;

    /// An empty buffer; it takes memory only when something is read.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), start: 0, end: 0 }
    }

    /// What was read and not used.
    pub fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// How much was read and not used.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether nothing waits to be used.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether no more can be read before something is used or [`Self::grow`] is called.
    pub fn is_full(&self) -> bool {
        !self.bytes.is_empty() && self.len() == self.bytes.len()
    }

    /// Marks the first `count` bytes as used.
    pub fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Doubles the room, up to `most` bytes. Answers whether there is more room now.
    pub fn grow(&mut self, most: usize) -> bool {
        let wanted = (self.bytes.len() * 2).clamp(Self::ROOM, most.max(Self::ROOM));
        let grows = wanted > self.bytes.len();
        if grows {
            self.bytes.resize(wanted, 0);
        }
        grows
    }

    /// Gives back memory beyond [`Self::ROOM`] once nothing is held in it.
    pub fn shrink(&mut self) {
        if self.is_empty() && self.bytes.len() > Self::ROOM {
            self.bytes.truncate(Self::ROOM);
            self.bytes.shrink_to_fit();
        }
    }

    /// Puts bytes in, growing as needed. For tests and for bytes that were read elsewhere.
    pub fn put(&mut self, bytes: &[u8]) {
        self.compact();
        if self.end + bytes.len() > self.bytes.len() {
            self.bytes.resize((self.end + bytes.len()).max(Self::ROOM), 0);
        }
        if let Some(place) = self.bytes.get_mut(self.end..self.end + bytes.len()) {
            place.copy_from_slice(bytes);
            self.end += bytes.len();
        }
    }

    fn compact(&mut self) {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }

    /// Reads once. `Ready(Ok(0))` is the stream's end. The buffer must not be full.
    pub fn poll_fill<S: AsyncRead + Unpin>(&mut self, cx: &mut Context<'_>, stream: &mut S) -> Poll<io::Result<usize>> {
        if self.bytes.is_empty() {
            self.bytes.resize(Self::ROOM, 0);
        }
        // Moving a few bytes is cheaper than a read cut short.
        if self.end == self.bytes.len() || (self.start > 0 && self.len() < 1024) {
            self.compact();
        }
        let room = self.bytes.get_mut(self.end..).unwrap_or_default();
        if room.is_empty() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::OutOfMemory, "the buffer is full")));
        }
        let mut space = ReadBuf::new(room);
        ready!(Pin::new(stream).poll_read(cx, &mut space))?;
        let count = space.filled().len();
        self.end += count;
        Poll::Ready(Ok(count))
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_comes_out_in_order() {
        let mut buffer = Buffer::new();
        let mut expected = std::collections::VecDeque::new();
        for round in 0..200_u8 {
            buffer.put(&[round; 300]);
            expected.extend([round; 300]);
            buffer.consume(299);
            expected.drain(..299);
            assert!(expected.iter().eq(buffer.filled()));
        }
        assert_eq!(buffer.len(), 200);
        buffer.consume(1_000);
        assert!(buffer.is_empty());
        buffer.shrink();
        assert!(!buffer.is_full());
    }

    #[test]
    fn it_grows_to_the_limit_and_no_further() {
        let mut buffer = Buffer::new();
        assert!(buffer.grow(64 * 1024));
        assert!(buffer.grow(64 * 1024));
        assert!(buffer.grow(64 * 1024));
        assert!(!buffer.grow(64 * 1024));
        buffer.shrink();
        assert!(buffer.grow(64 * 1024));
    }
}
