//! One body on its way from one HTTP/2 stream to another, with its trailers. What the taker has no room for stays with
//! the sender: room is given back there only for what was passed on, so neither side can make us hold more than the
//! windows (`limits`).

use super::fields;
use h2::{Reason, RecvStream, SendStream};
use http::HeaderMap;
use hyper::body::Bytes;
use std::task::{Context, Poll, ready};

/// Why a body stopped moving.
#[derive(Debug)]
pub(super) enum PumpFault {
    /// Its source broke off.
    Source(h2::Error),
    /// Nobody takes it any more; with the reason where one was given.
    Sink(Option<Reason>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Content,
    Trailers,
    Done,
}

/// One direction.
#[derive(Debug)]
pub(super) struct Pump {
    stage: Stage,
    /// What was taken from the source and not yet passed on: one frame's content at most.
    held: Bytes,
    /// Bytes of content moved.
    pub(super) content: u64,
    /// Whether anything moved since this was last looked at.
    pub(super) moved: bool,
}

impl Pump {
    /// A body. `ended` where there is none: its end was sent with the head.
    pub(super) fn new(ended: bool) -> Self {
        let stage = if ended { Stage::Done } else { Stage::Content };
        Self { stage, held: Bytes::new(), content: 0, moved: false }
    }

    /// Whether nothing was taken from the source, so that all of it can still go another way.
    pub(super) fn is_untouched(&self) -> bool {
        self.stage != Stage::Trailers && self.content == 0 && self.held.is_empty()
    }

    /// Moves what can be moved. Ready when all of it was handed to the sink, with its end.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut RecvStream,
        sink: &mut SendStream<Bytes>,
    ) -> Poll<Result<(), PumpFault>> {
        loop {
            if !self.held.is_empty() {
                ready!(self.poll_pass(cx, source, sink))?;
                continue;
            }
            match self.stage {
                Stage::Done => return Poll::Ready(Ok(())),
                Stage::Content => match source.poll_data(cx) {
                    Poll::Ready(Some(Ok(bytes))) if bytes.is_empty() && source.is_end_stream() => {
                        self.end(sink, None)?;
                    }
                    Poll::Ready(Some(Ok(bytes))) => self.held = bytes,
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(PumpFault::Source(error))),
                    Poll::Ready(None) => self.stage = Stage::Trailers,
                    Poll::Pending => {
                        // Somebody who wants no more of it is noticed even while there is nothing to pass on.
                        let reason = ready!(sink.poll_reset(cx));
                        return Poll::Ready(Err(PumpFault::Sink(reason.ok())));
                    }
                },
                Stage::Trailers => match ready!(source.poll_trailers(cx)) {
                    Ok(trailers) => self.end(sink, trailers)?,
                    Err(error) => return Poll::Ready(Err(PumpFault::Source(error))),
                },
            }
        }
    }

    /// Passes on as much of what is held as the sink has room for.
    fn poll_pass(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut RecvStream,
        sink: &mut SendStream<Bytes>,
    ) -> Poll<Result<(), PumpFault>> {
        sink.reserve_capacity(self.held.len());
        let mut room = sink.capacity();
        if room == 0 {
            room = match ready!(sink.poll_capacity(cx)) {
                Some(Ok(room)) => room,
                Some(Err(error)) => return Poll::Ready(Err(PumpFault::Sink(error.reason()))),
                None => return Poll::Ready(Err(PumpFault::Sink(reset_reason(cx, sink)))),
            };
        }
        let part = self.held.split_to(room.min(self.held.len()));
        let count = part.len();
        let is_last = self.held.is_empty() && source.is_end_stream();
        sink.send_data(part, is_last).map_err(|error| PumpFault::Sink(error.reason()))?;
        if is_last {
            self.stage = Stage::Done;
        }
        self.content += count as u64;
        self.moved = true;
        Poll::Ready(source.flow_control().release_capacity(count).map_err(PumpFault::Source))
    }

    fn end(&mut self, sink: &mut SendStream<Bytes>, trailers: Option<HeaderMap>) -> Result<(), PumpFault> {
        self.stage = Stage::Done;
        self.moved = true;
        let ended = match trailers.map(|trailers| fields::trailers(&trailers)) {
            Some(trailers) if !trailers.is_empty() => sink.send_trailers(trailers),
            _ => sink.send_data(Bytes::new(), true),
        };
        ended.map_err(|error| PumpFault::Sink(error.reason()))
    }
}

/// With which reason a stream that takes no more was reset, if it was.
fn reset_reason(cx: &mut Context<'_>, sink: &mut SendStream<Bytes>) -> Option<Reason> {
    match sink.poll_reset(cx) {
        Poll::Ready(Ok(reason)) => Some(reason),
        Poll::Ready(Err(_)) | Poll::Pending => None,
    }
}
