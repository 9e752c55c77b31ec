//! One stream's request and answer, both ways at once, between the client's connection and the site's.

use super::{
    answer,
    pump::{Pump, PumpFault},
    site::Telling,
};
use crate::{
    exchange::{ExchangeFault, MOST_INTERIM},
    link::Deadline,
    record::Record,
    relay::{Standing, Watch},
    settings::Settings,
    wire::{fault::WireFault, fields, request::MOST_FIELDS},
};
use h2::{Reason, RecvStream, SendStream, client::ResponseFuture, server::SendResponse};
use http::{Response, StatusCode, header::CONTENT_TYPE};
use hyper::body::Bytes;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

/// Why an exchange ended early.
pub(super) enum Fault {
    /// The client withdrew the request, or went away.
    Withdrawn(Reason),
    /// The site reset the stream.
    Reset(Reason),
    /// The site says that it did not look at the request: it may be sent again, whatever it asks for (RFC 9113 §8.7).
    Unseen,
    /// As in HTTP/1.1.
    Other(ExchangeFault),
}

/// How far an exchange came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// The status sent to the client; 0 while none was.
    pub(super) status: u16,
    /// Content that came from the client.
    pub(super) up: u64,
    /// Content that went to the client.
    pub(super) down: u64,
    /// Whether all of the client's body is still there to be sent another way.
    pub(super) is_untouched: bool,
}

/// The client's side of a stream.
pub(super) struct Client {
    pub(super) respond: SendResponse<Bytes>,
    pub(super) body: RecvStream,
}

/// The site's side of a stream.
pub(super) struct Site {
    pub(super) answer: ResponseFuture,
    /// What the client is told before an answer.
    pub(super) telling: Option<Telling>,
    pub(super) sink: SendStream<Bytes>,
}

/// One exchange under way.
pub(super) struct Exchange<'a> {
    client: &'a mut Client,
    site: Site,
    settings: &'a Settings,
    upload: Pump,
    uploading: bool,
    /// What follows the answer's head: the site's body, the client's end of it, and what moves between them.
    download: Option<(RecvStream, SendStream<Bytes>, Pump)>,
    interim: u8,
    /// Whether the answer's content may be silent for long.
    is_stream: bool,
    progress: Progress,
}

impl<'a> Exchange<'a> {
    /// An exchange for a request whose head was sent. `ended` where it has no body.
    pub(super) fn new(client: &'a mut Client, site: Site, ended: bool, settings: &'a Settings) -> Self {
        Self {
            client,
            site,
            settings,
            upload: Pump::new(ended),
            uploading: true,
            download: None,
            interim: 0,
            is_stream: false,
            progress: Progress::default(),
        }
    }

    /// Runs to its end, or until nothing moved for this long. The progress is told in either case, and to the record as
    /// it goes. It is judged again whenever the watch says so. Where it ends early, the site's side is reset; the
    /// client's is left to the caller while nothing was answered.
    pub(super) async fn run(
        mut self,
        record: &mut Record,
        (standing, watch): (&Standing<'_>, &mut Watch),
        mut stall: Duration,
    ) -> (Progress, Result<(), Fault>) {
        let mut deadline = Deadline::new(stall);
        let mut is_due = watch.take_due();
        let ended = loop {
            if is_due && let Some(revoked) = standing.judge_again() {
                break Err(Fault::Other(ExchangeFault::Revoked(Box::new(revoked))));
            }
            let moving = poll_fn(|cx| {
                let polled = self.poll(cx, record);
                self.progress.up = self.upload.content;
                self.progress.down = self.download.as_ref().map_or(0, |(.., pump)| pump.content);
                record.has_come(self.progress.status, self.progress.up, self.progress.down);
                if polled.is_ready() {
                    return polled;
                }
                if self.is_stream {
                    stall = self.settings.times.tunnel_idle;
                }
                let pumped = self.download.as_mut().is_some_and(|(.., pump)| std::mem::take(&mut pump.moved));
                if std::mem::take(&mut self.upload.moved) | pumped {
                    deadline.set(stall);
                }
                deadline.poll(cx).map(|()| Err(Fault::Other(ExchangeFault::Stalled)))
            });
            // The watch is asked first: bytes that never stop must not keep it from speaking.
            is_due = tokio::select! {
                biased;
                () = watch.due() => true,
                ended = moving => break ended,
            };
        };
        self.progress.is_untouched = self.upload.is_untouched();
        if let Err(fault) = &ended {
            self.break_off(fault);
        }
        (self.progress, ended)
    }

    /// Carries a fault to the side that does not know of it.
    fn break_off(&mut self, fault: &Fault) {
        let (to_site, to_client) = match fault {
            Fault::Withdrawn(reason) | Fault::Reset(reason) => (*reason, *reason),
            Fault::Other(ExchangeFault::Stalled | ExchangeFault::Revoked(_)) => (Reason::CANCEL, Reason::CANCEL),
            Fault::Unseen | Fault::Other(_) => (Reason::CANCEL, Reason::INTERNAL_ERROR),
        };
        self.site.sink.send_reset(to_site);
        if let Some((_, sink, _)) = &mut self.download {
            sink.send_reset(to_client);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, record: &mut Record) -> Poll<Result<(), Fault>> {
        if self.uploading {
            match self.upload.poll(cx, &mut self.client.body, &mut self.site.sink) {
                Poll::Pending => {}
                // The site takes no more. It may have said why: its answer is still read.
                Poll::Ready(Ok(()) | Err(PumpFault::Sink(_))) => self.uploading = false,
                Poll::Ready(Err(PumpFault::Source(error))) => {
                    return Poll::Ready(Err(Fault::Withdrawn(error.reason().unwrap_or(Reason::CANCEL))));
                }
            }
        }
        while self.download.is_none() {
            if let Poll::Ready(reset) = self.client.respond.poll_reset(cx) {
                return Poll::Ready(Err(Fault::Withdrawn(reset.unwrap_or(Reason::CANCEL))));
            }
            match self.poll_head(cx, record) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(fault)) => return Poll::Ready(Err(fault)),
                Poll::Pending => return Poll::Pending,
            }
        }
        let Some((source, sink, pump)) = &mut self.download else { return Poll::Pending };
        pump.poll(cx, source, sink).map_err(|fault| match fault {
            PumpFault::Source(error) => after_head(&error),
            PumpFault::Sink(reason) => Fault::Withdrawn(reason.unwrap_or(Reason::CANCEL)),
        })
    }

    /// Passes on interim answers, and the head of the real one.
    fn poll_head(&mut self, cx: &mut Context<'_>, record: &mut Record) -> Poll<Result<(), Fault>> {
        if let Some(telling) = &mut self.site.telling {
            ready!(telling.as_mut().poll(cx));
            self.site.telling = None;
        }
        if let Poll::Ready(Some(interim)) = self.site.answer.poll_informational(cx) {
            return Poll::Ready(
                interim.map_err(|error| before_head(&error)).and_then(|it| self.pass_interim(&it, record)),
            );
        }
        match Pin::new(&mut self.site.answer).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(before_head(&error))),
            Poll::Ready(Ok(answer)) => Poll::Ready(self.pass_head(answer, record)),
        }
    }

    fn pass_interim(&mut self, interim: &Response<()>, record: &mut Record) -> Result<(), Fault> {
        self.interim += 1;
        if self.interim > MOST_INTERIM {
            return Err(Fault::Other(ExchangeFault::Interim));
        }
        // There are no other protocols to change to in HTTP/2 (RFC 9113 §8.6).
        if interim.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Fault::Other(ExchangeFault::Answer(WireFault::StatusLine)));
        }
        self.upload.moved = true;
        let head = answer::head(interim.status(), interim.headers(), record, self.settings);
        self.client.respond.send_informational(head).map_err(|error| withdrawn(&error))
    }

    fn pass_head(&mut self, answer: Response<RecvStream>, record: &mut Record) -> Result<(), Fault> {
        let (parts, body) = answer.into_parts();
        if parts.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(Fault::Other(ExchangeFault::ForeignSignIn));
        }
        if parts.headers.len() > MOST_FIELDS {
            return Err(Fault::Other(ExchangeFault::Answer(WireFault::TooManyFields)));
        }
        let head = answer::head(parts.status, &parts.headers, record, self.settings);
        self.is_stream = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| fields::is_stream(kind.as_bytes()));
        let ended = body.is_end_stream();
        let sink = self.client.respond.send_response(head, ended).map_err(|error| withdrawn(&error))?;
        self.progress.status = parts.status.as_u16();
        let mut pump = Pump::new(ended);
        pump.moved = true;
        self.download = Some((body, sink, pump));
        Ok(())
    }
}

fn withdrawn(error: &h2::Error) -> Fault {
    Fault::Withdrawn(error.reason().unwrap_or(Reason::CANCEL))
}

/// What it means that the site's stream failed before its answer began.
pub(super) fn before_head(error: &h2::Error) -> Fault {
    match error.reason() {
        // What it had begun on when it said goodbye, it would have finished.
        Some(_) if error.is_remote() && error.is_go_away() => Fault::Unseen,
        Some(Reason::REFUSED_STREAM) if error.is_remote() => Fault::Unseen,
        Some(reason) if error.is_remote() => Fault::Reset(reason),
        Some(_) if error.is_library() => Fault::Other(ExchangeFault::Answer(WireFault::Field)),
        _ => Fault::Other(ExchangeFault::NoAnswer),
    }
}

/// What it means that the site's stream failed in the middle of its answer.
fn after_head(error: &h2::Error) -> Fault {
    match error.reason() {
        Some(reason) if error.is_remote() => Fault::Reset(reason),
        _ => Fault::Other(ExchangeFault::Answer(WireFault::Truncated)),
    }
}
