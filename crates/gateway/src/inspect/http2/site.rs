//! The HTTP/2 connection to the site behind one client's connection. It is the client's alone. When the site says goodbye
//! or closes it, the next request opens another, while what the first still carries goes on.

use super::limits;
use crate::{
    gate::Visitor,
    inspect::{self, Opened},
    secure::Protocol,
    upstream::{ConnectFault, Upstream, Wire},
};
use h2::{Ping, client::SendRequest};
use holdfast_core::search_engines::{StrictForm, StrictSearch};
use hyper::body::Bytes;
use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};

/// A wait for what the client is told.
pub(super) type Telling = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Opens streams to the site.
#[derive(Clone)]
pub(super) struct Requests {
    pub(super) sender: SendRequest<Bytes>,
    /// Whether the site has told its settings.
    settled: watch::Receiver<bool>,
}

impl Requests {
    /// Whether a WebSocket may be asked for, once the site has said so; it has this long to say it.
    pub(super) async fn has_websockets(&mut self, within: Duration) -> bool {
        let settled = timeout(within, self.settled.wait_for(|settled| *settled)).await;
        matches!(settled, Ok(Ok(_))) && self.sender.is_extended_connect_protocol_enabled()
    }
}

/// The connection of this moment.
enum Current {
    /// None yet, or the last one is over.
    None,
    Open {
        requests: Requests,
        /// The strict form that it leads to.
        strict: Option<StrictSearch>,
        /// Which of the connections this is, so that one is not given up twice.
        number: u64,
    },
    /// There was no way at this moment; whoever waited for it then need not try again one by one.
    Failed(Arc<ConnectFault>, Instant),
}

/// A connection that a request may use.
pub(super) struct Session {
    pub(super) requests: Requests,
    /// Whether others used it before.
    pub(super) is_reused: bool,
    number: u64,
}

/// The site of one client's connection.
pub(super) struct Site {
    visitor: Arc<Visitor>,
    opened: Arc<Opened>,
    current: tokio::sync::Mutex<(Current, u64)>,
    /// Drive the connections; all end with this.
    drivers: Mutex<JoinSet<()>>,
    /// Whether the site speaks WebSocket over a stream (RFC 8441), once it said so.
    websockets: watch::Sender<bool>,
    /// Whether the client knows what there is to know of that.
    told: watch::Sender<bool>,
}

/// How long an answer waits for the client to be told first whether it may speak WebSocket over a stream. The site says
/// so before it answers, so that this is only needed where it does not.
const TELLING: Duration = Duration::from_millis(250);

impl Site {
    /// The site, with the connection to it if there is one.
    pub(super) async fn new(visitor: Arc<Visitor>, opened: Arc<Opened>, upstream: Option<Upstream>) -> Self {
        let strict = opened.strict;
        let site = Self {
            visitor,
            opened,
            current: tokio::sync::Mutex::new((Current::None, 0)),
            drivers: Mutex::default(),
            websockets: watch::Sender::new(false),
            told: watch::Sender::new(false),
        };
        if let Some(upstream) = upstream {
            match site.begin(upstream.stream).await {
                Ok(requests) => site.current.lock().await.0 = Current::Open { requests, strict, number: 0 },
                Err(error) => tracing::trace!(kind = %error.kind(), "a site left before it was asked anything"),
            }
        }
        site
    }

    /// Tells when the site is known to speak WebSocket over a stream.
    pub(super) fn websockets(&self) -> watch::Receiver<bool> {
        self.websockets.subscribe()
    }

    /// The client has been told whether it may speak WebSocket over a stream.
    pub(super) fn has_told(&self) {
        self.told.send_replace(true);
    }

    /// Waits until then, and never long: a page opens its WebSocket as soon as it is read, and a browser that has not
    /// been told takes another connection for it. Nothing where it was told already.
    pub(super) fn telling(&self) -> Option<Telling> {
        let mut told = self.told.subscribe();
        if *told.borrow() {
            return None;
        }
        Some(Box::pin(async move {
            // However this ends, the answer waits no longer.
            drop(timeout(TELLING, told.wait_for(|told| *told)).await);
        }))
    }

    /// A connection for one who is held to this strict form.
    pub(super) async fn session(&self, strict: Option<StrictSearch>) -> Result<Session, Arc<ConnectFault>> {
        let since = Instant::now();
        let mut current = self.current.lock().await;
        let (state, opened_so_far) = &mut *current;
        match state {
            Current::Open { requests, strict: opened_for, number } if form(strict) == form(*opened_for) => {
                return Ok(Session { requests: requests.clone(), is_reused: true, number: *number });
            }
            Current::Failed(fault, at) if *at >= since => return Err(Arc::clone(fault)),
            Current::None | Current::Open { .. } | Current::Failed(..) => {}
        }
        match self.connect(strict).await {
            Ok(requests) => {
                *opened_so_far += 1;
                let number = *opened_so_far;
                *state = Current::Open { requests: requests.clone(), strict, number };
                Ok(Session { requests, is_reused: false, number })
            }
            Err(fault) => {
                let fault = Arc::new(fault);
                *state = Current::Failed(Arc::clone(&fault), Instant::now());
                Err(fault)
            }
        }
    }

    async fn connect(&self, strict: Option<StrictSearch>) -> Result<Requests, ConnectFault> {
        let upstream = inspect::connect(&self.visitor, &self.opened, strict, &[Protocol::Http2]).await?;
        self.begin(upstream.stream).await.map_err(ConnectFault::Unreachable)
    }

    /// Uses this connection for nothing new any more.
    pub(super) async fn give_up(&self, session: &Session) {
        let mut current = self.current.lock().await;
        if matches!(&current.0, Current::Open { number, .. } if *number == session.number) {
            current.0 = Current::None;
        }
    }

    /// Begins to speak HTTP/2 on a connection.
    async fn begin(&self, stream: Wire) -> io::Result<Requests> {
        let shaken = limits::towards_site(&self.visitor.shared().settings).handshake(stream).await;
        let (sender, mut connection) =
            shaken.map_err(|error| error.into_io().unwrap_or_else(|| io::ErrorKind::ConnectionAborted.into()))?;
        let ping = connection.ping_pong();
        let (asking, websockets, told) = (sender.clone(), self.websockets.clone(), self.told.clone());
        let (telling, settled) = watch::channel(false);
        // Its settings come before its answer to anything (RFC 9113 §3.4).
        let learn = async move {
            let Some(mut ping) = ping else { return };
            if ping.ping(Ping::opaque()).await.is_ok() {
                telling.send_replace(true);
                if asking.is_extended_connect_protocol_enabled() {
                    websockets.send_replace(true);
                } else {
                    told.send_replace(true);
                }
            }
        };
        let mut drivers = self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
        while drivers.try_join_next().is_some() {}
        drivers.spawn(async move {
            let (ended, ()) = tokio::join!(connection, learn);
            if let Err(error) = ended {
                tracing::trace!(reason = ?error.reason(), "a site's connection ended with a fault");
            }
        });
        Ok(Requests { sender, settled })
    }
}

/// Where a connection for whoever is held to this leads, besides to the site itself.
fn form(strict: Option<StrictSearch>) -> Option<StrictForm> {
    strict.map(|strict| strict.form)
}
