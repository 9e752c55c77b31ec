//! One request's body up and one answer down, both at once, between two links.

use crate::{
    link::{Deadline, Flow, FlowFault, HIGH_WATER, Link},
    record::Record,
    relay::{Revoked, Standing, Watch},
    secure::TlsFault,
    wire::{
        body::BodyLength,
        chunked::Writing,
        fault::WireFault,
        fields::put_number,
        request::RequestHead,
        response::{self, Answering, ResponseHead},
        scan::HeadScan,
    },
};
use std::{
    future::poll_fn,
    io,
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite};

/// The most interim answers of one exchange. An origin sends one or two; thousands would only fill our memory.
pub(crate) const MOST_INTERIM: u8 = 16;

/// What an exchange needs to know besides its two links.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// Longest answer head.
    pub(crate) head_bytes: usize,
    /// How long it may stand still.
    pub(crate) stall: Duration,
    /// The same for content that comes only when there is news.
    pub(crate) stream_stall: Duration,
    /// Our name in `Via`.
    pub(crate) via: Option<&'a str>,
    /// Whether the client is told that the connection will close, whatever it asked for.
    pub(crate) closing: bool,
}

/// Why an exchange ended early.
pub(crate) enum ExchangeFault {
    /// The client went away.
    ClientGone,
    /// The client's body cannot be read.
    Request(WireFault),
    /// The origin closed before it answered anything.
    NoAnswer,
    /// The origin broke off the secure connection before it answered: in TLS 1.3 it may say only then that it wants a
    /// certificate of us.
    Tls(TlsFault),
    /// The origin's answer cannot be read.
    Answer(WireFault),
    /// The origin, or the parent proxy, wants a proxy sign-in from the client, which is ours to ask for.
    ForeignSignIn,
    /// The origin sends interim answers without end.
    Interim,
    /// Nothing moved for too long.
    Stalled,
    /// The policy changed, and this does not pass any more.
    Revoked(Box<Revoked>),
}

/// How far an exchange came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is told by the answer alone, and they are independent")]
pub(crate) struct Progress {
    /// The status sent to the client; 0 while none was.
    pub(crate) status: u16,
    /// Content that came from the client.
    pub(crate) up: u64,
    /// Content that went to the client.
    pub(crate) down: u64,
    /// Whether the client's connection can carry another request.
    pub(crate) client_stays: bool,
    /// Whether the upstream connection can carry another request.
    pub(crate) upstream_stays: bool,
    /// Whether both sides now speak WebSocket.
    pub(crate) upgraded: bool,
    /// Whether the answer is about a sign-in that lasts as long as the upstream connection.
    pub(crate) binds_connection: bool,
    /// Whether a way round the filter was taken out of the answer's `Alt-Svc`.
    pub(crate) alt_svc_changed: bool,
}

/// One exchange under way.
#[expect(clippy::struct_excessive_bools, reason = "each direction has its own state, and they are independent")]
pub(crate) struct Exchange<'a, C, U> {
    client: &'a mut Link<C>,
    upstream: &'a mut Link<U>,
    terms: Terms<'a>,
    minor: u8,
    keep_alive: bool,
    answering: Answering,
    upload: Flow,
    uploading: bool,
    upload_broken: bool,
    download: Option<Flow>,
    answer: Option<ResponseHead>,
    scan: HeadScan,
    heard: bool,
    interim: u8,
    progress: Progress,
}

impl<'a, C, U> Exchange<'a, C, U>
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin,
{
    /// An exchange for a request whose head already waits in the upstream link's output.
    pub(crate) fn new(
        client: &'a mut Link<C>,
        upstream: &'a mut Link<U>,
        request: &RequestHead,
        terms: Terms<'a>,
    ) -> Self {
        let writing = if request.length == BodyLength::Chunked { Writing::Chunked } else { Writing::Plain };
        let answering = match &*request.method {
            "HEAD" => Answering::Head,
            _ if request.websocket => Answering::Websocket,
            _ => Answering::Other,
        };
        Self {
            client,
            upstream,
            terms,
            minor: request.minor,
            keep_alive: request.keep_alive,
            answering,
            upload: Flow::new(request.length, writing),
            uploading: true,
            upload_broken: false,
            download: None,
            answer: None,
            scan: HeadScan::default(),
            heard: false,
            interim: 0,
            progress: Progress::default(),
        }
    }

    /// Runs to its end. The progress is told in either case, and to the record as it goes. Before anything moves, the
    /// watch is asked whether the request has to be judged again: a download may last for hours.
    pub(crate) async fn run(
        mut self,
        deadline: &mut Deadline,
        record: &mut Record,
        (standing, watch): (&Standing<'_>, &mut Watch),
    ) -> (Progress, Result<(), ExchangeFault>) {
        deadline.set(self.terms.stall);
        let ended = poll_fn(|cx| {
            if watch.take_due()
                && let Some(revoked) = standing.judge_again()
            {
                return Poll::Ready(Err(ExchangeFault::Revoked(Box::new(revoked))));
            }
            let polled = self.poll(cx, deadline);
            self.progress.up = self.upload.content;
            self.progress.down = self.download.as_ref().map_or(0, |flow| flow.content);
            record.has_come(self.progress.status, self.progress.up, self.progress.down);
            polled
        })
        .await;
        (self.progress, ended)
    }

    fn poll(&mut self, cx: &mut Context<'_>, deadline: &mut Deadline) -> Poll<Result<(), ExchangeFault>> {
        let mut moved = false;
        if self.uploading {
            self.poll_upload(cx)?;
            moved |= std::mem::take(&mut self.upload.moved);
        }
        if !self.uploading {
            self.watch_client(cx)?;
        }
        while self.download.is_none() {
            // Interim answers wait in memory, so no more is read than the client takes.
            if self.client.waiting() >= HIGH_WATER {
                match self.client.poll_flush(cx) {
                    Poll::Ready(Ok(())) => moved = true,
                    Poll::Ready(Err(_)) => return Poll::Ready(Err(ExchangeFault::ClientGone)),
                    Poll::Pending => break,
                }
            }
            match self.poll_head(cx)? {
                Poll::Ready(()) => moved = true,
                Poll::Pending => break,
            }
        }
        if let Some(download) = &mut self.download {
            match download.poll(cx, self.upstream, self.client) {
                Poll::Ready(Ok(())) => {
                    self.finish();
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Err(FlowFault::Wire(fault))) => return Poll::Ready(Err(ExchangeFault::Answer(fault))),
                Poll::Ready(Err(FlowFault::Source)) => {
                    return Poll::Ready(Err(ExchangeFault::Answer(WireFault::Truncated)));
                }
                Poll::Ready(Err(FlowFault::Sink)) => return Poll::Ready(Err(ExchangeFault::ClientGone)),
                Poll::Pending => moved |= std::mem::take(&mut download.moved),
            }
        } else if self.client.waiting() > 0
            && let Poll::Ready(Err(_)) = self.client.poll_flush(cx)
        {
            // An interim answer could not be delivered.
            return Poll::Ready(Err(ExchangeFault::ClientGone));
        }
        if moved {
            deadline.set(self.terms.stall);
        }
        deadline.poll(cx).map(|()| Err(ExchangeFault::Stalled))
    }

    fn poll_upload(&mut self, cx: &mut Context<'_>) -> Result<(), ExchangeFault> {
        match self.upload.poll(cx, self.client, self.upstream) {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) => {
                self.uploading = false;
                Ok(())
            }
            Poll::Ready(Err(FlowFault::Wire(fault))) => Err(ExchangeFault::Request(fault)),
            Poll::Ready(Err(FlowFault::Source)) => Err(ExchangeFault::ClientGone),
            // The origin takes no more. It may have said why: its answer is still read.
            Poll::Ready(Err(FlowFault::Sink)) => {
                self.uploading = false;
                self.upload_broken = true;
                Ok(())
            }
        }
    }

    /// Notices a client that goes away while it waits. What it sends early is kept for the next request.
    fn watch_client(&mut self, cx: &mut Context<'_>) -> Result<(), ExchangeFault> {
        while !self.client.input.is_full() {
            match self.client.poll_fill(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Err(ExchangeFault::ClientGone),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    fn poll_head(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, ExchangeFault> {
        let most = self.terms.head_bytes;
        let found = self.scan.find(self.upstream.input.filled(), most).map_err(ExchangeFault::Answer)?;
        let Some(length) = found else {
            if self.upstream.input.is_full() && !self.upstream.input.grow(most + 1) {
                return Err(ExchangeFault::Answer(WireFault::HeadTooLong));
            }
            return match self.upstream.poll_fill(cx) {
                Poll::Pending => Ok(Poll::Pending),
                Poll::Ready(Ok(0) | Err(_)) if self.heard => Err(ExchangeFault::Answer(WireFault::Truncated)),
                Poll::Ready(Err(error)) if is_tls(&error) => Err(ExchangeFault::Tls(TlsFault::of(&error))),
                Poll::Ready(Ok(0) | Err(_)) => Err(ExchangeFault::NoAnswer),
                Poll::Ready(Ok(_)) => {
                    self.heard = true;
                    Ok(Poll::Ready(()))
                }
            };
        };
        self.heard = true;
        self.take_head(length)?;
        Ok(Poll::Ready(()))
    }

    fn take_head(&mut self, length: usize) -> Result<(), ExchangeFault> {
        let start = self.client.output.len();
        let bytes = self.upstream.input.filled().get(..length).unwrap_or_default();
        let answer = response::read(bytes, self.answering, &mut self.client.output).map_err(|fault| {
            self.client.output.truncate(start);
            ExchangeFault::Answer(fault)
        })?;
        self.upstream.input.consume(length);
        self.scan = HeadScan::default();
        if answer.status == 407 {
            self.client.output.truncate(start);
            return Err(ExchangeFault::ForeignSignIn);
        }
        if answer.is_interim() {
            self.progress.alt_svc_changed |= answer.alt_svc_changed;
            self.interim += 1;
            if self.interim > MOST_INTERIM {
                self.client.output.truncate(start);
                return Err(ExchangeFault::Interim);
            }
            if self.minor == 0 {
                // An old client does not know interim answers (RFC 9110 §15.2).
                self.client.output.truncate(start);
            } else {
                self.client.output.extend_from_slice(b"\r\n");
            }
            return Ok(());
        }
        self.finish_head(answer);
        Ok(())
    }

    /// Writes the rest of the head that the client gets: how the body ends, and what becomes of the connection.
    fn finish_head(&mut self, answer: ResponseHead) {
        let out = &mut self.client.output;
        let mut writing = Writing::Plain;
        let mut delimited = true;
        match answer.length {
            BodyLength::Exact(length) => put_length(out, length),
            BodyLength::Chunked if self.minor == 1 => {
                out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
                writing = Writing::Chunked;
            }
            BodyLength::Chunked | BodyLength::UntilClose => delimited = false,
            BodyLength::None => {
                if let Some(length) = answer.told_length {
                    put_length(out, length);
                }
            }
        }
        if let Some(via) = self.terms.via {
            out.extend_from_slice(if answer.minor == 1 { b"Via: 1.1 " } else { b"Via: 1.0 " });
            out.extend_from_slice(via.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        let upgraded = answer.status == 101;
        let uploaded = !self.uploading && !self.upload_broken;
        let stays = self.keep_alive && delimited && uploaded && !self.terms.closing && !upgraded;
        out.extend_from_slice(match (upgraded, stays, self.minor) {
            (true, ..) => b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n".as_slice(),
            (_, true, 1) => b"\r\n",
            (_, true, _) => b"Connection: keep-alive\r\n\r\n",
            (_, false, _) => b"Connection: close\r\n\r\n",
        });
        self.progress.status = answer.status;
        self.progress.upgraded = upgraded;
        self.progress.binds_connection = answer.binds_connection;
        if answer.is_stream {
            self.terms.stall = self.terms.stream_stall;
        }
        self.progress.alt_svc_changed |= answer.alt_svc_changed;
        self.progress.client_stays = stays;
        self.answer = Some(answer);
        self.download = Some(Flow::new(answer.length, writing));
    }

    fn finish(&mut self) {
        let uploaded = !self.uploading && !self.upload_broken && self.upload.is_read();
        let keeps = self.answer.is_some_and(|answer| answer.keep_alive);
        // Bytes beyond the answer belong to nothing we asked.
        self.progress.upstream_stays = keeps && uploaded && self.upstream.input.is_empty();
    }
}

/// Whether it was TLS that failed, and not what carries it.
fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}

fn put_length(out: &mut Vec<u8>, length: u64) {
    out.extend_from_slice(b"Content-Length: ");
    put_number(out, length);
    out.extend_from_slice(b"\r\n");
}
