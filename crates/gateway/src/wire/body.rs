//! How long a body is, and the one reader for all kinds of body.

use super::{
    chunked::{ChunkedReader, Decoded, Writing},
    fault::WireFault,
};

/// How a body's end is found (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// There is none.
    None,
    /// This many bytes.
    Exact(u64),
    /// Chunks, the last of which is empty.
    Chunked,
    /// Everything until the connection closes; answers only.
    UntilClose,
}

impl BodyLength {
    /// Whether nothing follows the head.
    pub fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Exact(0))
    }
}

/// Reads one body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyReader {
    /// So many bytes are to come.
    Exact(u64),
    /// Chunks are to come.
    Chunked(ChunkedReader),
    /// Whatever comes belongs to it.
    UntilClose,
    /// It is over.
    Done,
}

impl BodyReader {
    /// A reader at the start of a body.
    pub fn new(length: BodyLength) -> Self {
        match length {
            BodyLength::None | BodyLength::Exact(0) => Self::Done,
            BodyLength::Exact(length) => Self::Exact(length),
            BodyLength::Chunked => Self::Chunked(ChunkedReader::default()),
            BodyLength::UntilClose => Self::UntilClose,
        }
    }

    /// Whether the body is over.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// Takes what it can of `input` and writes it on. What is left over is to be given again with more behind it,
    /// or belongs to the next message once the body is done.
    pub fn decode(&mut self, input: &[u8], writing: Writing, out: &mut Vec<u8>) -> Result<Decoded, WireFault> {
        let take = match self {
            Self::Done => return Ok(Decoded { done: true, ..Decoded::default() }),
            Self::Chunked(reader) => {
                let decoded = reader.decode(input, writing, out)?;
                if decoded.done {
                    *self = Self::Done;
                }
                return Ok(decoded);
            }
            Self::Exact(left) => usize::try_from(*left).unwrap_or(usize::MAX).min(input.len()),
            Self::UntilClose => input.len(),
        };
        out.extend_from_slice(input.get(..take).unwrap_or_default());
        if let Self::Exact(left) = self {
            *left -= take as u64;
            if *left == 0 {
                *self = Self::Done;
            }
        }
        Ok(Decoded { consumed: take, content: take as u64, done: self.is_done() })
    }

    /// The connection ended. Only a body that lasts until then is whole.
    pub fn end(&mut self) -> Result<(), WireFault> {
        match self {
            Self::Done => Ok(()),
            Self::UntilClose => {
                *self = Self::Done;
                Ok(())
            }
            Self::Exact(_) | Self::Chunked(_) => Err(WireFault::Truncated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_body_leaves_the_next_message_alone() {
        let mut reader = BodyReader::new(BodyLength::Exact(5));
        let mut out = Vec::new();
        let decoded = reader.decode(b"hel", Writing::Plain, &mut out).unwrap();
        assert_eq!((decoded.consumed, decoded.done), (3, false));
        assert_eq!(reader.clone().end(), Err(WireFault::Truncated));
        let decoded = reader.decode(b"loGET", Writing::Plain, &mut out).unwrap();
        assert_eq!((decoded.consumed, decoded.done, out.as_slice()), (2, true, &b"hello"[..]));
        assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn a_body_without_length_lasts_until_the_close() {
        let mut reader = BodyReader::new(BodyLength::UntilClose);
        let mut out = Vec::new();
        assert!(!reader.decode(b"all", Writing::Plain, &mut out).unwrap().done);
        assert_eq!(reader.end(), Ok(()));
        assert!(reader.is_done());
    }
}
