//! Bodies that are made while they are sent.

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

const PIECE: usize = 16 * 1024;
static FILLING: [u8; PIECE] = filling();

/// Letters in lines of 64, so that a person who opens the file sees text.
const fn filling() -> [u8; PIECE] {
    let mut bytes = [b'\n'; PIECE];
    let mut place = 0;
    while place < PIECE {
        let column = place % 64;
        if column < 63 {
            #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 26")]
            let letter = b'a' + (place % 26) as u8;
            bytes[place] = letter;
        }
        place += 1;
    }
    bytes
}

/// A body of a given length, sent in pieces as the other side takes them.
#[derive(Debug)]
pub(super) struct Big {
    left: u64,
    is_length_told: bool,
}

impl Big {
    /// `is_length_told`: with `Content-Length`, otherwise chunked.
    pub(super) fn new(bytes: u64, is_length_told: bool) -> Self {
        Self { left: bytes, is_length_told }
    }
}

impl Body for Big {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let length = usize::try_from(self.left).map_or(PIECE, |left| left.min(PIECE));
        self.left -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&FILLING[..length])))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_length_told { SizeHint::with_exact(self.left) } else { SizeHint::default() }
    }
}

/// One line a second.
#[derive(Debug)]
pub(super) struct Drops {
    clock: Interval,
    sent: u32,
    count: u32,
}

impl Drops {
    pub(super) fn new(count: u32) -> Self {
        let mut clock = interval(Duration::from_secs(1));
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { clock, sent: 0, count }
    }
}

impl Body for Drops {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.sent == self.count {
            return Poll::Ready(None);
        }
        ready!(self.clock.poll_tick(cx));
        self.sent += 1;
        let line = format!("Drop {} of {}.\n", self.sent, self.count);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(line)))))
    }
}
