//! Listening and serving.

use crate::{
    house::{self, Ends},
    passed_on::is_one_of,
    sources::Sources,
};
use axum::Router;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use rustls::ServerConfig;
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// How long a client may take to send the head of a request, and stay silent between two. Without it a few slow
/// clients would keep everybody else from the page.
const HEAD_WITHIN: Duration = Duration::from_secs(5);
/// How long a connection may last in all, so that one that asks and never reads gives its place back too.
const CONNECTION_FOR: Duration = Duration::from_mins(1);
/// How many connections are served at a time; more wait.
const CONNECTIONS: usize = 512;
/// How many of them one address may have; further ones are closed at once. One device must not keep everybody else
/// from asking for help.
const CONNECTIONS_EACH: usize = 16;
/// How many this computer itself may have: programs and the technician's browser here, and tests.
const CONNECTIONS_HERE: usize = 128;
/// How long answers under way may take once serving is to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// How often what is over is let go of.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// How many other ports are tried when the wanted one is taken.
const OTHER_PORTS: u16 = 20;

/// Both loopback addresses at one port.
#[derive(Debug)]
pub struct Loopback {
    /// One for IPv4 and, where this machine has it, one for IPv6.
    pub listeners: Vec<TcpListener>,
    /// The port of both; another than asked for where that one was taken.
    pub port: u16,
}

/// Listens on `127.0.0.1` and `::1` at the same port: `port`, or one of the next ones if another program has it.
pub async fn loopback(port: u16) -> io::Result<Loopback> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in (0..=OTHER_PORTS).map(|step| port.saturating_add(if port == 0 { 0 } else { step })) {
        match both_at(port).await {
            Ok(found) => return Ok(found),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(error) => {
                last = error;
                break;
            }
        }
    }
    Err(io::Error::new(
        last.kind(),
        format!(
            "Holdfast's own pages cannot be served at port {port} or the next {OTHER_PORTS}: {last}. Choose another port."
        ),
    ))
}

async fn both_at(port: u16) -> io::Result<Loopback> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(second) => listeners.push(second),
        // This machine has no IPv6.
        Err(error) if matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported) => {}
        Err(error) => return Err(error),
    }
    Ok(Loopback { listeners, port })
}

/// Where the pages are served.
#[derive(Debug)]
pub struct Listeners {
    /// In the clear.
    pub clear: Vec<TcpListener>,
    /// Over HTTPS, with what is shown there: looked at anew for each connection, so that a renewed certificate is shown at once.
    pub secure: Option<(Vec<TcpListener>, watch::Receiver<Arc<ServerConfig>>)>,
}

impl From<Vec<TcpListener>> for Listeners {
    fn from(clear: Vec<TcpListener>) -> Self {
        Self { clear, secure: None }
    }
}

/// Serves the pages on every listener until `stop` is done, then lets answers under way finish for two seconds.
pub async fn serve(listeners: impl Into<Listeners>, sources: Sources, stop: impl Future<Output = ()>) {
    let clock = Arc::clone(&sources.clock);
    let proxies: Arc<[IpNet]> = sources.settings.reverse_proxies.clone().into();
    let (router, seats) = house::router(sources);
    let (stopping, stopped) = watch::channel(false);
    let mut accepting = JoinSet::new();
    let Listeners { clear, secure } = listeners.into();
    // Whoever fills the one keeps nobody from the other, nor from help.
    let (places, secure_places) = (Places::new(Arc::clone(&proxies)), Places::new(proxies));
    for listener in clear {
        accepting.spawn(accept(listener, None, router.clone(), places.clone(), stopped.clone()));
    }
    if let Some((listeners, certificate)) = secure {
        for listener in listeners {
            let certificate = Some(certificate.clone());
            accepting.spawn(accept(listener, certificate, router.clone(), secure_places.clone(), stopped.clone()));
        }
    }
    accepting.spawn(async move {
        loop {
            tokio::time::sleep(SWEEP_EVERY).await;
            seats.sweep(clock());
        }
    });
    drop(stopped);
    stop.await;
    accepting.shutdown().await;
    // An error means that no connection is left to be told.
    if stopping.send(true).is_ok() {
        drop(tokio::time::timeout(LAST_ANSWERS, stopping.closed()).await);
    }
}

/// Whose an address is, as connections and tries are counted: one device has a whole /64 of IPv6 to itself (RFC 4291 §2.5.4).
pub(crate) fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

/// The places for connections.
#[derive(Debug, Clone)]
struct Places {
    all: Arc<Semaphore>,
    /// How many each address has.
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    /// Reverse proxies, which bring everybody: they may have all places.
    proxies: Arc<[IpNet]>,
}

/// One taken place of an address, free again when dropped.
#[derive(Debug)]
struct Place {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    fn new(proxies: Arc<[IpNet]>) -> Self {
        Self { all: Arc::new(Semaphore::new(CONNECTIONS)), taken: Arc::default(), proxies }
    }

    /// A place for a connection from `address`, unless it has as many as it may.
    fn take(&self, address: IpAddr) -> Option<Place> {
        let is_proxy = is_one_of(&self.proxies, address);
        let address = whose(address);
        let most = match address {
            _ if is_proxy => CONNECTIONS,
            here if here.is_loopback() => CONNECTIONS_HERE,
            _ => CONNECTIONS_EACH,
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { address, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

async fn accept(
    listener: TcpListener,
    certificate: Option<watch::Receiver<Arc<ServerConfig>>>,
    router: Router,
    places: Places,
    stopped: watch::Receiver<bool>,
) {
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places.all).acquire_owned().await else { return };
        let Ok((stream, peer)) = listener.accept().await else {
            // Too many open files, most likely: wait for some to close.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Some(own_place) = places.take(peer.ip()) else { continue };
        let router = router.clone();
        let stopped = stopped.clone();
        let shown = certificate.as_ref().map(|certificate| Arc::clone(&certificate.borrow()));
        tokio::spawn(async move {
            let came_to = stream.local_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
            let ends = Ends { client: peer.ip(), came_to, is_secure: shown.is_some() };
            match shown {
                None => converse(stream, ends, router, stopped).await,
                Some(shown) => {
                    let handshake = TlsAcceptor::from(shown).accept(stream);
                    if let Ok(Ok(stream)) = tokio::time::timeout(HEAD_WITHIN, handshake).await {
                        converse(stream, ends, router, stopped).await;
                    }
                }
            }
            drop((place, own_place));
        });
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ends: Ends,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ends);
        let mut router = router.clone();
        async move { tower_service::Service::call(&mut router, request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A client that breaks off is no news to anybody, so how the conversation ended is not looked at.
    let is_over = tokio::select! {
        _ended = connection.as_mut() => true,
        () = until(&mut stopped) => false,
        () = tokio::time::sleep(CONNECTION_FOR) => false,
    };
    if !is_over {
        connection.as_mut().graceful_shutdown();
        drop(tokio::time::timeout(HEAD_WITHIN, connection).await);
    }
}

async fn until(stopped: &mut watch::Receiver<bool>) {
    // An error means that whoever would tell us is gone, which comes to the same.
    drop(stopped.wait_for(|stopped| *stopped).await.map(|_seen| ()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_device_cannot_take_every_place_and_gives_its_own_back() {
        let places = Places::new(Arc::new(["10.0.0.5/32".parse().unwrap()]));
        let device: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        let mut taken: Vec<_> = std::iter::from_fn(|| places.take(device)).collect();
        assert_eq!(taken.len(), 16);
        assert!(places.take("10.0.0.1".parse().unwrap()).is_none(), "the same device, written otherwise");
        assert!(places.take("10.0.0.2".parse().unwrap()).is_some());
        taken.pop();
        assert!(places.take(device).is_some());
        drop(taken);
        assert!(places.taken.lock().unwrap().is_empty());
        let here: Vec<_> = std::iter::from_fn(|| places.take(Ipv6Addr::LOCALHOST.into())).collect();
        assert_eq!(here.len(), 128);
        let proxy: Vec<_> = (0..200).filter_map(|_| places.take("10.0.0.5".parse().unwrap())).collect();
        assert_eq!(proxy.len(), 200, "it brings everybody");
    }
}
