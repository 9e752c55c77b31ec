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

/// Something said again and again, at a steady pace.
#[derive(Debug)]
struct Paced {
    clock: Interval,
    said: u32,
    count: u32,
}

impl Paced {
    fn new(count: u32, pace: Duration) -> Self {
        let mut clock = interval(pace);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { clock, said: 0, count }
    }

    /// The number of the next saying, from 1; nothing after the last.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<u32>> {
        if self.said == self.count {
            return Poll::Ready(None);
        }
        ready!(self.clock.poll_tick(cx));
        self.said += 1;
        Poll::Ready(Some(self.said))
    }
}

/// One line a second.
#[derive(Debug)]
pub(super) struct Drops(Paced);

impl Drops {
    pub(super) fn new(count: u32) -> Self {
        Self(Paced::new(count, Duration::from_secs(1)))
    }
}

impl Body for Drops {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let count = self.0.count;
        let number = ready!(self.0.poll_next(cx));
        Poll::Ready(number.map(|number| Ok(Frame::data(Bytes::from(format!("Drop {number} of {count}.\n"))))))
    }
}

/// Server-sent events (WHATWG HTML §9.2): some readings, five a second, and a last event that says that there are no
/// more, because a browser would connect again after the end.
#[derive(Debug)]
pub(super) struct Readings(Paced);

impl Readings {
    pub(super) fn new(count: u32) -> Self {
        Self(Paced::new(count.saturating_add(1), Duration::from_millis(200)))
    }
}

impl Body for Readings {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let last = self.0.count;
        let number = ready!(self.0.poll_next(cx));
        let event = number.map(|number| match number {
            number if number == last => "event: end\ndata: No more readings.\n\n".to_owned(),
            number => format!("data: Reading {number}: {} cm above the mud.\n\n", 120 + number * 3),
        });
        Poll::Ready(event.map(|event| Ok(Frame::data(Bytes::from(event)))))
    }
}
