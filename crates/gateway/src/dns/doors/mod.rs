//! The doors: UDP, TCP, TLS, HTTPS.

mod datagrams;
mod https;
mod secure;
mod stream;
mod udp;
mod unbroken;
mod unwritten;

use super::{
    counters::Counters,
    forwarder::Forwarder,
    respond::{self, Door, Progress, Visit},
    service::{Guesses, Locks, Service, Worker},
    settings::Settings,
};
use crate::{accept::Phase, events::EventSender, files, gate::Clock, judge::Judge, limits::Limits};
use holdfast_core::{identity::IdentityTable, ruleset::Ruleset};
use rustls::ServerConfig;
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};
use udp::UdpDoor;

/// How long to wait when the system has no more room for connections.
const NO_ROOM: Duration = Duration::from_millis(100);
/// How long a stop waits for what is still cut off.
const LAST_WORK: Duration = Duration::from_secs(1);
/// The longest question where its length stands before it, or as the body of a web request. A name has at most 255
/// bytes, and a question little besides.
const LONGEST_QUESTION: usize = 4_096;

/// Sockets on which the name service is reached, under one name of the bootstrap config.
#[derive(Debug, Default)]
pub struct Listener {
    /// Its name: identities may hang on it.
    pub name: Arc<str>,
    /// Bound sockets for plain questions. Several on one address (`SO_REUSEPORT`) are shared out among the workers.
    pub udp: Vec<UdpSocket>,
    /// Bound and listening sockets for plain questions.
    pub tcp: Vec<TcpListener>,
    /// For DNS over TLS.
    pub tls: Vec<TcpListener>,
    /// For DNS over HTTPS.
    pub https: Vec<TcpListener>,
}

/// What the name service runs on.
pub struct Inputs {
    /// The compiled ruleset; replaced whole, at any time.
    pub ruleset: watch::Receiver<Arc<Ruleset>>,
    /// Who is who; replaced whole, at any time.
    pub identity: watch::Receiver<Arc<IdentityTable>>,
    /// The one TLS identity; needed where a listener has TLS or HTTPS sockets.
    pub tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    /// Where events go.
    pub events: EventSender,
    /// What time it is.
    pub clock: Clock,
    /// Who judges; [`Judge::default`] but in tests.
    pub judge: Judge,
    /// Who knows, or asks upstream. Shared with the proxy.
    pub forwarder: Arc<Forwarder>,
    /// What it has done; shared with the forwarder.
    pub counters: Arc<Counters>,
    /// The machine's settings.
    pub settings: Settings,
}

/// A running name service.
pub struct Dns {
    addresses: Vec<(Arc<str>, &'static str, SocketAddr)>,
    service: Arc<Service>,
    phase: watch::Sender<Phase>,
    threads: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dns").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Starts the name service on these sockets.
///
/// # Errors
///
/// When the system gives no thread, no address or no second handle of a socket, or when a listener has sockets for TLS
/// or HTTPS and no TLS identity was given.
pub fn start(inputs: Inputs, listeners: Vec<Listener>) -> io::Result<Dns> {
    let Inputs { ruleset, identity, tls, events, clock, judge, forwarder, counters, settings } = inputs;
    if tls.is_none() && listeners.iter().any(|listener| !listener.tls.is_empty() || !listener.https.is_empty()) {
        return Err(io::Error::other(
            "A name service over TLS or HTTPS is set up, but this computer has no certificate for it. Set one up, or leave those listeners out.",
        ));
    }
    let addresses = addresses(&listeners)?;
    let of_udp = listeners.iter().flat_map(|listener| &listener.udp);
    let own_ports = of_udp.map(|socket| Ok(socket.local_addr()?.port())).collect::<io::Result<_>>()?;
    let limits = Limits::new(
        files::room_for_names(settings.connections),
        settings.connections_per_client,
        Arc::clone(&counters),
    );
    let block_text = match settings.why_address.as_str() {
        "" => "Blocked by the school's filter.".to_owned(),
        why => format!("Blocked by the school's filter. Why: {why}"),
    };
    let service = Arc::new(Service {
        listeners: listeners.iter().map(|listener| Arc::clone(&listener.name)).collect(),
        settings,
        judge,
        ruleset,
        identity,
        locks: tls.as_ref().map(Locks::new),
        events,
        clock,
        forwarder,
        counters,
        limits,
        own_ports,
        block_text,
        under_way: AtomicUsize::new(0),
        guesses: Guesses::default(),
        unwritten: Arc::default(),
    });
    let (phase, watched) = watch::channel(Phase::Open);
    let threads = start_workers(&service, &listeners, &watched)?;
    // The workers have handles of their own, and give the ports back when they end.
    drop(listeners);
    Ok(Dns { addresses, service, phase, threads })
}

fn addresses(listeners: &[Listener]) -> io::Result<Vec<(Arc<str>, &'static str, SocketAddr)>> {
    let mut addresses = Vec::new();
    for Listener { name, udp, tcp, tls, https } in listeners {
        let of_udp = udp.iter().map(|socket| ("dns", socket.local_addr()));
        let of_streams = [("dns", tcp), ("tls", tls), ("https", https)];
        let of_streams = of_streams
            .into_iter()
            .flat_map(|(spoken, sockets)| sockets.iter().map(move |socket| (spoken, socket.local_addr())));
        for (spoken, address) in of_udp.chain(of_streams) {
            let place = (Arc::clone(name), spoken, address?);
            // UDP and TCP stand on one address, and several workers' sockets may.
            if !addresses.contains(&place) {
                addresses.push(place);
            }
        }
    }
    Ok(addresses)
}

fn start_workers(
    service: &Arc<Service>,
    listeners: &[Listener],
    phase: &watch::Receiver<Phase>,
) -> io::Result<Vec<JoinHandle<()>>> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let count = if service.settings.workers == 0 { cores } else { service.settings.workers };
    let mut threads = Vec::with_capacity(count);
    for number in 0..count {
        let runtime: Runtime = Builder::new_current_thread().enable_all().build()?;
        let sockets = Sockets::of(listeners, number, count)?;
        let worker = Arc::new(Worker::new(Arc::clone(service)));
        let phase = phase.clone();
        let work = move || {
            runtime.block_on(serve(&worker, sockets, phase));
            runtime.shutdown_timeout(LAST_WORK);
        };
        threads.push(thread::Builder::new().name(format!("names-{number}")).spawn(work)?);
    }
    Ok(threads)
}

/// One worker's handles of the sockets.
struct Sockets {
    udp: Vec<(usize, UdpSocket)>,
    streams: Vec<(usize, Door, TcpListener)>,
}

impl Sockets {
    fn of(listeners: &[Listener], number: usize, count: usize) -> io::Result<Self> {
        let mut sockets = Self { udp: Vec::new(), streams: Vec::new() };
        for (place, listener) in listeners.iter().enumerate() {
            for socket in shared_out(&listener.udp, number, count)? {
                sockets.udp.push((place, socket.try_clone()?));
            }
            for (door, of_door) in
                [(Door::Tcp, &listener.tcp), (Door::Tls, &listener.tls), (Door::Https, &listener.https)]
            {
                for socket in of_door {
                    sockets.streams.push((place, door, socket.try_clone()?));
                }
            }
        }
        Ok(sockets)
    }
}

/// The sockets that one of so many workers looks after: all of those that stand alone on their address, and its share
/// of those that stand on one address together.
fn shared_out(sockets: &[UdpSocket], number: usize, count: usize) -> io::Result<Vec<&UdpSocket>> {
    let addresses = sockets.iter().map(UdpSocket::local_addr).collect::<io::Result<Vec<_>>>()?;
    let mut chosen = Vec::new();
    for (index, (socket, address)) in sockets.iter().zip(&addresses).enumerate() {
        let together = addresses.iter().filter(|other| *other == address).count();
        let place = addresses.iter().take(index).filter(|other| *other == address).count();
        // Where there are fewer sockets than workers, several workers look after one.
        if place % count == number || (together < count && number % together == place) {
            chosen.push(socket);
        }
    }
    Ok(chosen)
}

async fn serve(worker: &Arc<Worker>, sockets: Sockets, mut phase: watch::Receiver<Phase>) {
    for (place, socket) in sockets.udp {
        match UdpDoor::open(socket, place) {
            Ok(door) => drop(tokio::spawn(udp::serve(Arc::clone(worker), Arc::new(door), phase.clone()))),
            Err(error) => tracing::error!(%error, "a socket of the name service cannot be watched for questions"),
        }
    }
    for (place, door, socket) in sockets.streams {
        let opened = socket.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(socket));
        match opened {
            Ok(socket) => drop(tokio::spawn(accept(Arc::clone(worker), (place, door), socket, phase.clone()))),
            Err(error) => tracing::error!(%error, "a socket of the name service cannot be watched for connections"),
        }
    }
    if phase.wait_for(|phase| *phase == Phase::Closed).await.is_err() {
        tracing::debug!("the name service was dropped without being stopped");
    }
}

/// Takes in connections until nobody new is to come in.
async fn accept(
    worker: Arc<Worker>,
    (listener, door): (usize, Door),
    socket: tokio::net::TcpListener,
    phase: watch::Receiver<Phase>,
) {
    let mut watched = phase.clone();
    let accepting = async {
        loop {
            if unbroken::later(accept_all(&worker, (listener, door), &socket, &phase)).await.is_none() {
                unbroken::note_door(&worker.service.counters);
            }
            tokio::time::sleep(NO_ROOM).await;
        }
    };
    tokio::select! {
        () = accepting => {}
        _ended = watched.wait_for(|phase| *phase >= Phase::Draining) => {}
    }
}

/// Takes in connections until the system gives none, most likely because too many files are open. Those who wait stay
/// in the system's queue.
async fn accept_all(
    worker: &Arc<Worker>,
    (listener, door): (usize, Door),
    socket: &tokio::net::TcpListener,
    phase: &watch::Receiver<Phase>,
) {
    loop {
        let (stream, source) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection to the name service could not be taken");
                return;
            }
        };
        let source = source.ip().to_canonical();
        let Some(permit) = worker.service.limits.admit(source) else { continue };
        let came_to = stream.local_addr().ok().map(|address| address.ip().to_canonical());
        let visit = Visit { listener, door, source, came_to, personal: None };
        let (worker, phase) = (Arc::clone(worker), phase.clone());
        tokio::spawn(async move {
            if unbroken::later(converse(Arc::clone(&worker), visit, stream, phase)).await.is_none() {
                worker.service.counters.faults.fetch_add(1, Relaxed);
                tracing::error!("a connection to the name service broke off inside the filter; please report this");
            }
            drop(permit);
        });
    }
}

async fn converse(worker: Arc<Worker>, mut visit: Visit, stream: tokio::net::TcpStream, phase: watch::Receiver<Phase>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a client left before it could be served");
        return;
    }
    if visit.door == Door::Tcp {
        return stream::serve(&worker, &visit, stream, phase).await;
    }
    let Some(secured) = Box::pin(secure::open(&worker.service, visit.door, stream)).await else { return };
    visit.personal = secured.personal;
    if visit.door == Door::Tls {
        stream::serve(&worker, &visit, secured.stream, phase).await;
    } else {
        Box::pin(https::serve(worker, visit, secured.stream, phase)).await;
    }
}

/// Answers one message of a connection, and says that it failed where our own code breaks off. Upstream is asked in a task of its own, so that a client that leaves does not
/// take the event with it. Nothing where the message is never answered.
async fn answer(worker: &Arc<Worker>, visit: &Visit, message: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let broken = || unbroken::note(&worker.service.counters, message);
    let begun = unbroken::now(|| respond::begin(worker, visit, &worker.service.now(), message, &mut out));
    match begun {
        Some(Progress::Answered) => Some(out),
        Some(Progress::Silent) => None,
        Some(Progress::Waits(waiting)) => {
            let worker = Arc::clone(worker);
            let answering = tokio::spawn(async move { waiting.finish(&worker).await });
            answering.await.ok().or_else(broken)
        }
        None => broken(),
    }
}

/// Whether a datagram from there would come from ourselves, so that answering could loop.
fn is_our_own(service: &Service, source: SocketAddr, came_to: Option<IpAddr>) -> bool {
    let address = source.ip().to_canonical();
    service.own_ports.contains(&source.port())
        && (address.is_loopback()
            || came_to == Some(address)
            || service.settings.destinations.own_addresses.contains(&address))
}

impl Dns {
    /// Where it listens: each listener's name, what is spoken there (`dns`, `tls`, `https`), and the address.
    pub fn addresses(&self) -> Vec<(Arc<str>, &'static str, SocketAddr)> {
        self.addresses.clone()
    }

    /// Stops: takes in nothing new, lets questions under way be answered for at most `patience`.
    /// Blocks; call it outside an async task.
    pub fn stop(self, patience: Duration) {
        const LOOK: Duration = Duration::from_millis(10);
        self.phase.send_replace(Phase::Draining);
        let mut waited = Duration::ZERO;
        while self.service.under_way.load(Relaxed) > 0 && waited < patience {
            thread::sleep(LOOK);
            waited += LOOK;
        }
        self.phase.send_replace(Phase::Closed);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the name service had broken off; please report this");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_on_one_address_are_shared_out() {
        let socket = || {
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
            socket.set_reuse_port(true).unwrap();
            socket
        };
        let first = socket();
        first.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
        let second = socket();
        second.bind(&first.local_addr().unwrap()).unwrap();
        let alone = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sockets: Vec<UdpSocket> = vec![first.into(), second.into(), alone];
        let of = |number, count| {
            let chosen = shared_out(&sockets, number, count).unwrap();
            let places = chosen.into_iter().map(|one| sockets.iter().position(|other| std::ptr::eq(one, other)));
            places.map(Option::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(of(0, 1), [0, 1, 2]);
        assert_eq!((of(0, 2), of(1, 2)), (vec![0, 2], vec![1, 2]));
        assert_eq!((of(0, 3), of(1, 3), of(2, 3)), (vec![0, 2], vec![1, 2], vec![0, 2]));
    }
}
