//! Frames of HTTP/2 written by hand (RFC 9113 §6), so that they may be wrong, and header blocks (RFC 7541).

use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf},
    time::timeout,
};

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RESET: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GO_AWAY: u8 = 7;
pub(crate) const WINDOW: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// One frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A field that nobody is to remember.
pub(crate) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut block = vec![0];
    for text in [name, value] {
        block.extend(number(text.len()));
        block.extend(text.as_bytes());
    }
    block
}

/// A field that is remembered, and can then be named in one byte, [`REMEMBERED`].
pub(crate) fn remembered(name: &str, value: &str) -> Vec<u8> {
    let mut block = field(name, value);
    block[0] = 0x40;
    block
}

/// The field remembered last.
pub(crate) const REMEMBERED: u8 = 0xbe;

/// A length in seven bits and whatever more it takes.
fn number(value: usize) -> Vec<u8> {
    if value < 127 {
        return vec![u8::try_from(value).unwrap()];
    }
    let (mut bytes, mut left) = (vec![127], value - 127);
    while left >= 128 {
        bytes.push(u8::try_from(left % 128).unwrap() | 128);
        left /= 128;
    }
    bytes.push(u8::try_from(left).unwrap());
    bytes
}

/// The head of a `GET` for a path of the usual site, or of a `POST`.
pub(crate) fn head(method: &str, path: &str) -> Vec<u8> {
    let fields = [(":method", method), (":scheme", "https"), (":authority", "site.example"), (":path", path)];
    fields.iter().flat_map(|(name, value)| field(name, value)).collect()
}

/// Somebody who writes frames, and hears what comes back in the background.
pub(crate) struct Raw<S> {
    pub(crate) writing: WriteHalf<S>,
    heard: tokio::task::JoinHandle<Vec<u8>>,
}

impl<S: AsyncRead + AsyncWrite + Send + 'static> Raw<S> {
    pub(crate) fn new(stream: S) -> Self {
        let (reading, writing) = tokio::io::split(stream);
        Self { writing, heard: tokio::spawn(hear(reading)) }
    }

    /// Somebody who never reads.
    pub(crate) fn deaf(stream: S) -> (Self, ReadHalf<S>) {
        let (reading, writing) = tokio::io::split(stream);
        (Self { writing, heard: tokio::spawn(async { Vec::new() }) }, reading)
    }

    /// Writes these bytes over and over: whether all were taken. `false` where the other side closed, or took nothing for
    /// a second.
    pub(crate) async fn flood(&mut self, bytes: &[u8], times: usize) -> bool {
        for _ in 0..times {
            match timeout(Duration::from_secs(1), self.writing.write_all(bytes)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return false,
            }
        }
        matches!(timeout(Duration::from_secs(1), self.writing.flush()).await, Ok(Ok(())))
    }

    /// Everything that came until the other side closed, frame by frame: kind, stream, payload.
    pub(crate) async fn end(self) -> Vec<(u8, u32, Vec<u8>)> {
        let heard = timeout(super::LONG, self.heard).await.expect("the other side never closed").unwrap();
        frames(&heard)
    }
}

async fn hear<S: AsyncRead>(mut reading: ReadHalf<S>) -> Vec<u8> {
    let mut heard = Vec::new();
    // However it ends, it is the end.
    drop(reading.read_to_end(&mut heard).await);
    heard
}

/// Cuts what was heard into frames.
pub(crate) fn frames(mut bytes: &[u8]) -> Vec<(u8, u32, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        frames.push((head[3], stream, payload.to_vec()));
        bytes = rest;
    }
    frames
}

/// The reason in the last goodbye that was heard.
pub(crate) fn goodbye(frames: &[(u8, u32, Vec<u8>)]) -> Option<u32> {
    let (.., payload) = frames.iter().rfind(|(kind, ..)| *kind == GO_AWAY)?;
    Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()))
}

/// The reasons of the resets that were heard, by stream.
pub(crate) fn resets(frames: &[(u8, u32, Vec<u8>)]) -> Vec<(u32, u32)> {
    let resets = frames.iter().filter(|(kind, ..)| *kind == RESET);
    resets.map(|(_, stream, payload)| (*stream, u32::from_be_bytes(payload[..4].try_into().unwrap()))).collect()
}
