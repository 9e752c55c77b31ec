//! One stream with what was read from it and what waits to be written to it, and the movement of bodies between two.

use crate::wire::{
    body::{BodyLength, BodyReader},
    buffer::Buffer,
    chunked::Writing,
    fault::WireFault,
};
use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, Sleep},
};

/// Output beyond this is written before more is read: back-pressure.
pub(crate) const HIGH_WATER: usize = 64 * 1024;

/// A stream of any kind.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Carrier for S {}

/// A stream whose kind is forgotten.
pub(crate) type AnyStream = Box<dyn Carrier>;

/// A stream, what was read from it, and what is to be written to it.
#[derive(Debug)]
pub(crate) struct Link<S> {
    pub(crate) stream: S,
    pub(crate) input: Buffer,
    pub(crate) output: Vec<u8>,
    written: usize,
    /// Whether the stream may still hold what it took: TLS does, until it is flushed.
    holds: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, input: Buffer::new(), output: Vec::new(), written: 0, holds: false }
    }

    /// The same with the kind of stream forgotten.
    pub(crate) fn boxed(self) -> Link<AnyStream>
    where
        S: Send + 'static,
    {
        let Self { stream, input, output, written, holds } = self;
        Link { stream: Box::new(stream), input, output, written, holds }
    }

    /// Reads once more into the input. `Ready(Ok(0))` is the end.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.input.poll_fill(cx, &mut self.stream)
    }

    /// Writes what waits, through the stream's own store as well.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.output.len() {
            let waiting = self.output.get(self.written..).unwrap_or_default();
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, waiting))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
            self.holds = true;
        }
        self.output.clear();
        self.written = 0;
        if self.holds {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.holds = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes some of these bytes past the output, which must be empty. What the stream holds back of them is written
    /// by the next flush.
    pub(crate) fn poll_pass(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        if count == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.holds = true;
        Poll::Ready(Ok(count))
    }

    /// Writes everything that waits, within a time.
    pub(crate) async fn flush(&mut self, within: Duration) -> io::Result<()> {
        tokio::time::timeout(within, poll_fn(|cx| self.poll_flush(cx))).await?
    }

    /// How much waits to be written; what the stream itself holds counts as one byte.
    pub(crate) fn waiting(&self) -> usize {
        self.output.len() - self.written + usize::from(self.holds)
    }

    /// Gives memory back that a large message took.
    pub(crate) fn rest(&mut self) {
        self.input.shrink();
        if self.output.is_empty() && self.output.capacity() > HIGH_WATER {
            self.output = Vec::new();
        }
    }

    /// Says that nothing more will come, and throws away what still comes for a while: closing at once would make
    /// the other side's system throw away our last words (RFC 9112 §9.6).
    pub(crate) async fn linger(&mut self, within: Duration) {
        const MOST: usize = 4 * 1024 * 1024;
        let closing = async {
            poll_fn(|cx| Pin::new(&mut self.stream).poll_shutdown(cx)).await?;
            let mut thrown = 0;
            while thrown < MOST {
                self.input.consume(usize::MAX / 2);
                let count = poll_fn(|cx| self.poll_fill(cx)).await?;
                if count == 0 {
                    break;
                }
                thrown += count;
            }
            io::Result::Ok(())
        };
        // However this ends, the connection is closed next.
        if let Ok(Err(error)) = tokio::time::timeout(within, closing).await {
            tracing::trace!(%error, "the client left before the end");
        }
    }
}

/// A moment after which waiting ends. Moving it further away costs nothing: the timer is only set again when it
/// has run out, or when it would ring too late.
#[derive(Debug)]
pub(crate) struct Deadline {
    at: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(crate) fn new(within: Duration) -> Self {
        let at = Instant::now() + within;
        Self { at, sleep: Box::pin(tokio::time::sleep_until(at)) }
    }

    /// Waiting ends so long from now.
    pub(crate) fn set(&mut self, within: Duration) {
        self.at = Instant::now() + within;
        if self.at < self.sleep.deadline() {
            self.sleep.as_mut().reset(self.at);
        }
    }

    /// Ready once the time is over.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            if self.at <= Instant::now() {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(self.at);
        }
    }
}

/// Why a body stopped moving.
#[derive(Debug)]
pub(crate) enum FlowFault {
    /// It cannot be read.
    Wire(WireFault),
    /// Its source broke off.
    Source,
    /// Nobody takes it any more.
    Sink,
}

/// One body on its way from one link to another, never held whole.
#[derive(Debug)]
pub(crate) struct Flow {
    reader: BodyReader,
    writing: Writing,
    /// Bytes of content moved.
    pub(crate) content: u64,
    /// Whether anything moved since this was last looked at.
    pub(crate) moved: bool,
}

impl Flow {
    pub(crate) fn new(length: BodyLength, writing: Writing) -> Self {
        Self { reader: BodyReader::new(length), writing, content: 0, moved: false }
    }

    /// Whether all of the body has been read.
    pub(crate) fn is_read(&self) -> bool {
        self.reader.is_done()
    }

    /// Moves what can be moved. Ready when the whole body is written.
    pub(crate) fn poll<A, B>(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Link<A>,
        sink: &mut Link<B>,
    ) -> Poll<Result<(), FlowFault>>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            if !source.input.is_empty() && sink.waiting() < HIGH_WATER {
                let decoded = self.reader.decode(source.input.filled(), self.writing, &mut sink.output);
                let decoded = decoded.map_err(FlowFault::Wire)?;
                source.input.consume(decoded.consumed);
                self.content += decoded.content;
            }
            if sink.waiting() > 0 {
                let before = sink.waiting();
                let flushed = sink.poll_flush(cx).map_err(|_error| FlowFault::Sink);
                self.moved |= sink.waiting() < before;
                ready!(flushed)?;
            }
            if self.reader.is_done() {
                return Poll::Ready(Ok(()));
            }
            match ready!(source.poll_fill(cx)) {
                Ok(0) => self.reader.end().map_err(|_truncated| FlowFault::Source)?,
                Ok(_) => self.moved = true,
                Err(_) => return Poll::Ready(Err(FlowFault::Source)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, BufWriter, duplex};

    /// A stream that holds what it took until it is flushed, as TLS may.
    #[tokio::test(start_paused = true)]
    async fn what_the_stream_itself_holds_goes_out_too() {
        let (near, mut far) = duplex(4);
        let mut link = Link::new(BufWriter::with_capacity(1_024, near));
        link.output.extend_from_slice(b"hello");
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(link.poll_flush(&mut cx).is_pending(), "the other side takes four bytes");
        assert!(link.waiting() > 0, "which is not forgotten");
        let mut got = [0; 5];
        let within = Duration::from_secs(1);
        let (flushed, read) = tokio::join!(link.flush(within), tokio::time::timeout(within, far.read_exact(&mut got)));
        assert!(flushed.is_ok() && matches!(read, Ok(Ok(5))));
        assert_eq!((&got, link.waiting()), (b"hello", 0));
    }
}
