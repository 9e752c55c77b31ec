//! Connections to the other side: opened to checked addresses only, kept for the next request, one pool for each worker.

use crate::{
    destination::{DestinationFault, Resolver},
    link::Link,
    settings::{ParentProxy, Settings},
};
use holdfast_core::host::Host;
use std::{
    collections::HashMap,
    fmt, io,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::{
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::{Instant, timeout},
};

/// A connection to an origin or a parent proxy.
pub(crate) type Upstream = Link<TcpStream>;

/// How long one address may keep the next one waiting (RFC 8305 §5 recommends 250 ms).
const NEXT_ATTEMPT: Duration = Duration::from_millis(250);

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectFault {
    /// The gate does not go there, or the name leads nowhere.
    Destination(DestinationFault),
    /// Nobody answered at any address.
    Unreachable(io::Error),
    /// Nobody answered in time.
    Slow,
}

impl ConnectFault {
    /// The status that tells the client (RFC 9110 §15.5.4, §15.6.3, §15.6.5).
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Destination(fault) if fault.is_refusal() => 403,
            Self::Destination(DestinationFault::Slow) | Self::Slow => 504,
            Self::Destination(_) | Self::Unreachable(_) => 502,
        }
    }

    /// The code word for events.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Destination(fault) => fault.code(),
            Self::Unreachable(_) => "unreachable",
            Self::Slow => "connect-slow",
        }
    }

    /// Whether the gate refused, as against the other side failing.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Destination(fault) if fault.is_refusal())
    }
}

impl fmt::Display for ConnectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Destination(fault) => fault.fmt(f),
            Self::Unreachable(error) => write!(
                f,
                "The site does not answer ({}). It may be out of order; the filter did not block it. Try again later.",
                error.kind()
            ),
            Self::Slow => f.write_str(
                "The site did not answer in time. It may be busy; the filter did not block it. Try again later.",
            ),
        }
    }
}

/// Opens a connection to a site, or to the parent proxy where there is one.
pub(crate) async fn connect(
    resolver: &Resolver,
    settings: &Settings,
    host: &Host,
    port: u16,
) -> Result<Upstream, ConnectFault> {
    let attempt = async {
        let addresses = if let Some(parent) = &settings.parent {
            // The parent resolves names. An address that is written out can be, and is, checked here.
            if host.address().is_some() {
                resolver.resolve(host, port, &settings.destinations).await.map_err(ConnectFault::Destination)?;
            }
            parent_addresses(parent).await?
        } else {
            resolver.resolve(host, port, &settings.destinations).await.map_err(ConnectFault::Destination)?
        };
        let stream = connect_any(&addresses).await.map_err(ConnectFault::Unreachable)?;
        // Heads and bodies are written together, so waiting to fill packets would only cost time.
        stream.set_nodelay(true).map_err(ConnectFault::Unreachable)?;
        Ok(Link::new(stream))
    };
    timeout(settings.times.connect, attempt).await.unwrap_or(Err(ConnectFault::Slow))
}

async fn parent_addresses(parent: &ParentProxy) -> Result<Vec<SocketAddr>, ConnectFault> {
    let host = parent.host.trim_start_matches('[').trim_end_matches(']');
    let found = lookup_host((host, parent.port)).await.map_err(ConnectFault::Unreachable)?;
    Ok(found.collect())
}

/// Tries each address in turn, beginning the next one when the last is slow; the first that answers counts.
async fn connect_any(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let (first, others) = match addresses {
        [] => return Err(io::ErrorKind::AddrNotAvailable.into()),
        [only] => return TcpStream::connect(*only).await,
        [first, others @ ..] => (*first, others),
    };
    let mut attempts = JoinSet::new();
    attempts.spawn(TcpStream::connect(first));
    let mut others = others.iter();
    let mut last_error = io::Error::from(io::ErrorKind::ConnectionRefused);
    loop {
        match timeout(NEXT_ATTEMPT, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => last_error = error,
            Ok(Some(Err(_)) | None) | Err(_) => {}
        }
        if let Some(next) = others.next() {
            attempts.spawn(TcpStream::connect(*next));
        } else if attempts.is_empty() {
            return Err(last_error);
        }
    }
}

/// Idle upstream connections of one worker, by where they lead.
#[derive(Debug)]
pub(crate) struct Pool {
    most: usize,
    idle_limit: Duration,
    idle: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    count: usize,
    by_place: HashMap<Box<str>, Vec<(Upstream, Instant)>>,
}

impl Pool {
    pub(crate) fn new(most: usize, idle_limit: Duration) -> Self {
        Self { most, idle_limit, idle: Mutex::default() }
    }

    /// The connection to this place that was used last, if one is still open.
    pub(crate) fn take(&self, place: &str) -> Option<Upstream> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let Idle { count, by_place } = &mut *idle;
        let waiting = by_place.get_mut(place)?;
        while let Some((mut upstream, since)) = waiting.pop() {
            *count -= 1;
            if since.elapsed() < self.idle_limit && is_quiet(&mut upstream) {
                return Some(upstream);
            }
        }
        None
    }

    /// Keeps a connection for the next request.
    pub(crate) fn put(&self, place: &str, mut upstream: Upstream) {
        upstream.rest();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.count >= self.most {
            return;
        }
        idle.count += 1;
        let entry = (upstream, Instant::now());
        match idle.by_place.get_mut(place) {
            Some(waiting) => waiting.push(entry),
            None => {
                idle.by_place.insert(place.into(), vec![entry]);
            }
        }
    }

    /// Closes what has been idle too long or was closed by the other side.
    pub(crate) fn sweep(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let Idle { count, by_place } = &mut *idle;
        by_place.retain(|_, waiting| {
            waiting.retain_mut(|(upstream, since)| since.elapsed() < self.idle_limit && is_quiet(upstream));
            !waiting.is_empty()
        });
        *count = by_place.values().map(Vec::len).sum();
    }
}

/// Whether an idle connection is open and silent. A byte that nobody asked for makes it unfit for use.
fn is_quiet(upstream: &mut Upstream) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    matches!(upstream.poll_fill(&mut cx), Poll::Pending)
}
