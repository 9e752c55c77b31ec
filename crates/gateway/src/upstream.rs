//! Connections to the other side: opened to checked addresses only, kept for the next request, one pool for each worker.

use crate::{
    destination::{Caller, DestinationFault, Resolver},
    link::Link,
    secure::TlsFault,
    settings::{ParentProxy, Settings},
    way::Way,
};
use holdfast_core::{
    host::Host,
    wording::{Why, Words},
};
use std::{
    collections::HashMap,
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, lookup_host},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_rustls::client::TlsStream;

/// A connection to an origin or a parent proxy.
pub(crate) type Upstream = Link<Wire>;

/// What carries an upstream connection.
#[derive(Debug)]
pub(crate) enum Wire {
    /// Bytes as they are.
    Plain(TcpStream),
    /// TLS with the site itself. On the heap: most connections are plain.
    Secure(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Secure(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

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
    /// The parent proxy did not open the way.
    Parent(ParentFault),
    /// Nothing secure came about with the site.
    Tls(TlsFault),
}

/// How the parent proxy refused to open a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParentFault {
    /// It does not accept our sign-in.
    SignIn,
    /// It refused, or its answer cannot be read.
    Refused,
    /// It did not answer in time.
    Slow,
}

impl ConnectFault {
    /// The status that tells the client (RFC 9110 §15.5.4, §15.6.3, §15.6.5).
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Destination(fault) if fault.is_refusal() => 403,
            Self::Destination(DestinationFault::Slow) | Self::Slow | Self::Parent(ParentFault::Slow) => 504,
            Self::Destination(_) | Self::Unreachable(_) | Self::Parent(_) | Self::Tls(_) => 502,
        }
    }

    /// Why a refusal is one, for the words that a person reads.
    pub(crate) fn why(&self) -> Why {
        match self {
            Self::Destination(fault) => fault.why(),
            Self::Unreachable(_) | Self::Slow | Self::Parent(_) | Self::Tls(_) => Why::Fault,
        }
    }

    /// The code word for events.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Destination(fault) => fault.code(),
            Self::Unreachable(_) => "unreachable",
            Self::Slow => "connect-slow",
            Self::Parent(ParentFault::SignIn) => "parent-sign-in",
            Self::Parent(ParentFault::Refused | ParentFault::Slow) => "parent-refused",
            Self::Tls(fault) => fault.code(),
        }
    }

    /// What a person is told.
    pub(crate) fn words(&self) -> Words {
        let next = match self {
            Self::Tls(fault) => return fault.words(),
            Self::Parent(_) => "Tell the school's technician.",
            Self::Destination(_) | Self::Unreachable(_) | Self::Slow => {
                "If other sites work, the trouble is with this one."
            }
        };
        Words {
            heading: "This site could not be reached".to_owned(),
            explanation: self.to_string(),
            next: next.to_owned(),
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
            Self::Parent(_) => f.write_str("The proxy that this filter uses did not open the way to it."),
            Self::Tls(fault) => f.write_str(&fault.words().explanation),
        }
    }
}

/// How long the name service is given to say that a name leads inside, before the parent proxy is asked for it. Behind
/// a parent there may be no name service that answers at all.
const PARENT_CHECK: Duration = Duration::from_secs(2);

/// Whether the parent proxy may be asked for this host. It resolves names itself, and would lead our clients wherever
/// it can go, so what can be told of a name here is told here: names that only a computer or a school network knows
/// are refused, and so are names that resolve to nothing but places that may not be reached. A name that does not
/// resolve here is left to the parent.
pub(crate) async fn check_for_parent(
    resolver: &Resolver,
    settings: &Settings,
    caller: Caller,
    host: &Host,
    port: u16,
) -> Result<(), ConnectFault> {
    let destinations = &settings.destinations;
    if settings.pac.own_hosts.contains(host) {
        return Err(ConnectFault::Destination(DestinationFault::OwnService));
    }
    if host.is_within("localhost") {
        return Err(ConnectFault::Destination(DestinationFault::OwnAddress));
    }
    if host.address().is_none() && !host.as_str().contains('.') && destinations.listed_for(host).is_none() {
        return Err(ConnectFault::Destination(DestinationFault::ShortName));
    }
    match timeout(PARENT_CHECK, resolver.resolve(caller, host, port, destinations)).await {
        Ok(Err(fault)) if fault.is_refusal() => Err(ConnectFault::Destination(fault)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Opens a connection to the parent proxy, which [`check_for_parent`] said may be asked.
pub(crate) async fn connect_parent(settings: &Settings, parent: &ParentProxy) -> Result<Upstream, ConnectFault> {
    let attempt = async { connect_first(&parent_addresses(parent).await?).await };
    timeout(settings.times.connect, attempt).await.unwrap_or(Err(ConnectFault::Slow))
}

/// Opens a connection to a site, or to where its strict form is.
pub(crate) async fn connect(
    resolver: &Resolver,
    settings: &Settings,
    caller: Caller,
    way: &Way<'_>,
    port: u16,
) -> Result<Upstream, ConnectFault> {
    let attempt = async {
        let found = match way.addresses {
            [] => resolver.resolve(caller, &way.to, port, &settings.destinations).await,
            addresses => settings.destinations.check(addresses, port),
        };
        connect_first(&found.map_err(ConnectFault::Destination)?).await
    };
    timeout(settings.times.connect, attempt).await.unwrap_or(Err(ConnectFault::Slow))
}

async fn connect_first(addresses: &[SocketAddr]) -> Result<Upstream, ConnectFault> {
    let stream = connect_any(addresses).await.map_err(ConnectFault::Unreachable)?;
    // Heads and bodies are written together, so waiting to fill packets would only cost time.
    stream.set_nodelay(true).map_err(ConnectFault::Unreachable)?;
    Ok(Link::new(Wire::Plain(stream)))
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
pub(crate) fn is_quiet(upstream: &mut Upstream) -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    matches!(upstream.poll_fill(&mut cx), Poll::Pending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        destination::{Destinations, ListedHost, Special},
        pac::PacSettings,
    };
    use std::sync::Arc;

    #[tokio::test(start_paused = true)]
    async fn a_name_that_leads_inside_is_not_passed_to_the_parent() {
        let resolver = Resolver::with_look_up(Arc::new(|name: Box<str>| {
            Box::pin(async move {
                let found = match &*name {
                    "inside.example" | "intranet.school.example" | "printer" => vec!["10.0.0.7"],
                    "mixed.example" => vec!["10.0.0.7", "8.8.8.8"],
                    "rivers.example" => vec!["8.8.8.8"],
                    "slow.example" => std::future::pending().await,
                    _ => return Err(io::Error::other("Name or service not known")),
                };
                Ok(found.into_iter().filter_map(|text| text.parse().ok()).collect())
            })
        }));
        let own = ["filter.school.example", "proxy"].map(|name| Host::parse(name).unwrap());
        let names = vec!["intranet.school.example".to_owned(), "printer".to_owned()];
        let school = ListedHost { names, addresses: Vec::new(), allow_private: true };
        let settings = Settings {
            pac: PacSettings { own_hosts: own.into(), ..PacSettings::default() },
            destinations: Destinations { listed: vec![school], ..Destinations::default() },
            ..Settings::default()
        };
        let caller = Caller { source: "192.0.2.9".parse().unwrap(), always_open: false };
        let inside = DestinationFault::Inside(Special::Private);
        for (name, expected) in [
            ("rivers.example", None),
            ("mixed.example", None),
            ("unknown.example", None),
            ("slow.example", None),
            ("intranet.school.example", None),
            ("printer", None),
            ("inside.example", Some(inside)),
            ("10.0.0.7", Some(inside)),
            ("127.0.0.1", Some(DestinationFault::OwnAddress)),
            ("localhost", Some(DestinationFault::OwnAddress)),
            ("a.localhost", Some(DestinationFault::OwnAddress)),
            ("intranet", Some(DestinationFault::ShortName)),
            ("filter.school.example", Some(DestinationFault::OwnService)),
        ] {
            let host = Host::parse(name).unwrap();
            let fault = match check_for_parent(&resolver, &settings, caller, &host, 80).await {
                Err(ConnectFault::Destination(fault)) => Some(fault),
                Err(other) => panic!("{name}: {other}"),
                Ok(()) => None,
            };
            assert_eq!(fault, expected, "{name}");
        }
    }
}
