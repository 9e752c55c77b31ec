//! An opened connection on which HTTP/2 is spoken, on both sides (RFC 9113).
//!
//! `h2` reads and writes the frames, and gives each stream its room. Here each request is judged by its whole address,
//! is one event, and goes on to the site over one connection that is this client's alone ([`site`]); bodies move from
//! stream to stream as far as both sides have room ([`pump`]), which is why server-sent events and gRPC need no care of
//! their own, and a WebSocket (RFC 8441) none but its longer patience.
//!
//! What either side can make us hold or do is bounded in [`limits`] and by `h2` itself.

mod answer;
mod exchange;
mod fields;
mod limits;
mod pump;
mod request;
mod site;
mod stream;

use super::Opened;
use crate::{gate::Visitor, link::Deadline, record::Record, upstream::Upstream};
use h2::{
    Reason, RecvStream,
    server::{Connection, SendResponse},
};
use hyper::body::Bytes;
use limits::Patience;
use site::Site;
use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};
use stream::{Around, Ended};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::{JoinSet, coop},
    time::timeout,
};

/// How long to wait before a setting is offered again that could not be told yet.
const OFFER_AGAIN: Duration = Duration::from_millis(5);
/// How often that is tried: a client that acknowledges nothing is not waited for without end.
const MOST_OFFERS: u32 = 400;

/// Serves an opened connection until either side ends it. `upstream` is the connection to the site on which HTTP/2 was
/// agreed; nothing where the site was not, or could not be, connected to: then each request is answered by ourselves, or
/// connects first.
pub(crate) async fn serve<S>(visitor: Arc<Visitor>, client: S, opened: Arc<Opened>, upstream: Option<Upstream>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let settings = &visitor.shared().settings;
    let handshake = limits::towards_client(settings).handshake(client);
    let connection = match timeout(settings.times.head, handshake).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) if error.is_io() => return,
        Ok(Err(_)) | Err(_) => return tell_framing(&visitor, &opened),
    };
    let site = Site::new(Arc::clone(&visitor), Arc::clone(&opened), upstream).await;
    let around = Arc::new(Around { visitor: Arc::clone(&visitor), opened, site });
    let idle = Deadline::new(settings.times.client_idle);
    let patience = Patience::new(Instant::now());
    Serving { around, connection, streams: JoinSet::new(), idle, patience, is_leaving: false }.run().await;
}

/// Tells that what came is not HTTP/2, as one event of the connection.
fn tell_framing(visitor: &Visitor, opened: &Opened) {
    if opened.spoil("http2-framing", 400) {
        return;
    }
    let (record, _stop) = Record::refused(visitor, "http2-framing", Some((&opened.name, opened.port)));
    record.send(400, 0, 0);
}

/// One client's connection.
struct Serving<S> {
    around: Arc<Around>,
    connection: Connection<S, Bytes>,
    streams: JoinSet<Ended>,
    /// When waiting for another request ends.
    idle: Deadline,
    patience: Patience,
    /// Whether the client was told that nothing new is taken.
    is_leaving: bool,
}

/// What happened next on a connection.
enum Next {
    /// A request.
    Came(Box<(http::Request<RecvStream>, SendResponse<Bytes>)>),
    /// The connection ended, or what came on it is not HTTP/2.
    Over(Option<h2::Error>),
    /// A stream ended.
    Ended(Option<Ended>),
    /// Nothing was under way for too long.
    Idle,
    /// It may be time to offer what the site offers.
    Offer,
}

impl<S> Serving<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    async fn run(mut self) {
        let visitor = Arc::clone(&self.around.visitor);
        let times = &visitor.shared().settings.times;
        let mut websockets = self.around.site.websockets();
        // It may have said so already.
        websockets.mark_changed();
        // Whether WebSocket over a stream has to be offered to the client, and could not be yet.
        let (mut is_offered, mut is_waiting, mut tries) = (false, false, 0_u32);
        loop {
            if visitor.shared().draining.load(Relaxed) {
                self.leave();
            }
            let is_quiet = self.streams.is_empty();
            let next = tokio::select! {
                came = self.connection.accept() => match came {
                    Some(Ok(came)) => Next::Came(Box::new(came)),
                    Some(Err(error)) => Next::Over(Some(error)),
                    None => Next::Over(None),
                },
                Some(ended) = self.streams.join_next() => Next::Ended(ended.ok()),
                () = poll_fn(|cx| self.idle.poll(cx)), if is_quiet => Next::Idle,
                Ok(()) = websockets.changed(), if !is_offered && !is_waiting && tries < MOST_OFFERS => Next::Offer,
                () = tokio::time::sleep(OFFER_AGAIN), if is_waiting => Next::Offer,
            };
            match next {
                Next::Came(came) => self.take(*came).await,
                Next::Over(error) => {
                    if error.is_some_and(|error| error.is_library()) {
                        tell_framing(&visitor, &self.around.opened);
                    }
                    break;
                }
                Next::Ended(ended) => {
                    match ended {
                        Some(Ended::Withdrawn) if !self.patience.bear(Instant::now()) => self.send_off(),
                        Some(Ended::Leave) => self.leave(),
                        _ => {}
                    }
                    if self.streams.is_empty() {
                        self.idle.set(if self.is_leaving { times.linger } else { times.client_idle });
                    }
                }
                Next::Idle if self.is_leaving => break,
                Next::Idle => self.leave(),
                Next::Offer if !*websockets.borrow() => {}
                Next::Offer => {
                    // It cannot be told before the client has acknowledged our first settings.
                    is_offered = self.connection.enable_connect_protocol().is_ok();
                    tries += 1;
                    is_waiting = !is_offered && tries < MOST_OFFERS;
                    if is_offered {
                        self.around.site.has_told();
                    }
                }
            }
        }
        // Streams learn of the end by themselves, and tell it in their events.
        let ending = async { while self.streams.join_next().await.is_some() {} };
        if timeout(times.linger, ending).await.is_err() {
            tracing::trace!("streams of a connection that has ended are broken off");
        }
    }

    /// Takes a request in.
    async fn take(&mut self, (request, mut respond): (http::Request<RecvStream>, SendResponse<Bytes>)) {
        if self.streams.len() >= limits::MOST_UNDER_WAY {
            respond.send_reset(Reason::REFUSED_STREAM);
            return;
        }
        self.streams.spawn(stream::serve(Arc::clone(&self.around), request, respond));
        // However many wait to be taken, those taken come to their turn too.
        coop::consume_budget().await;
    }

    /// Tells the client that nothing new is taken; what is under way goes on.
    fn leave(&mut self) {
        if !self.is_leaving {
            self.is_leaving = true;
            self.connection.graceful_shutdown();
            self.idle.set(self.around.visitor.shared().settings.times.linger);
        }
    }

    /// Closes a connection whose client only wastes our time (RFC 9113 §10.5).
    fn send_off(&mut self) {
        if !self.is_leaving {
            let Around { visitor, opened, .. } = &*self.around;
            let (record, _stop) = Record::refused(visitor, "http2-resets", Some((&opened.name, opened.port)));
            record.send(400, 0, 0);
        }
        self.is_leaving = true;
        self.connection.abrupt_shutdown(Reason::ENHANCE_YOUR_CALM);
    }
}
