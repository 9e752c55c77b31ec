//! Taking in connections: one thread accepts, and gives each connection to the worker that has the fewest.

use crate::{
    Door, Listener, SignInMode, Taken, converse,
    door::Lock,
    gate::{Entrance, References, Shared, Visitor, Worker},
    limits::{Limits, Permit},
    transparent::{self, CameFor},
    upstream::Pool,
};
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, watch},
};

/// How often idle upstream connections are looked over.
const SWEEP: Duration = Duration::from_secs(5);
/// How long to wait when the system has no more room for connections.
const NO_ROOM: Duration = Duration::from_millis(100);

/// How long a stop waits for the system's blocking calls.
const LAST_WORK: Duration = Duration::from_secs(1);

/// A connection on its way to a worker.
struct Arrival {
    stream: TcpStream,
    source: IpAddr,
    listener: Arc<Opened>,
    permit: Permit,
}

/// A listener as its connections know it.
struct Opened {
    name: Arc<str>,
    sign_in: SignInMode,
    kind: Kind,
}

/// What kind of door it is.
enum Kind {
    Proxy,
    TlsProxy(Lock),
    Page,
    /// With the address it listens on.
    Transparent(Taken, SocketAddr),
}

/// A worker as the accepting thread sees it.
#[derive(Clone)]
struct Desk {
    arrivals: mpsc::UnboundedSender<Arrival>,
    open: Arc<AtomicUsize>,
}

/// How far the gate is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Open,
    /// Nobody new comes in.
    Draining,
    /// Everything ends.
    Closed,
}

/// Starts the threads.
pub(crate) fn start(
    shared: &Arc<Shared>,
    listeners: Vec<Listener>,
    phase: &watch::Receiver<Phase>,
) -> io::Result<Vec<JoinHandle<()>>> {
    let settings = &shared.settings;
    let count = settings.workers;
    let mut threads = Vec::with_capacity(count + 1);
    let mut desks = Vec::with_capacity(count);
    for number in 0..count {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let open = Arc::new(AtomicUsize::new(0));
        desks.push(Desk { arrivals: sender, open: Arc::clone(&open) });
        let worker = Arc::new(Worker {
            shared: Arc::clone(shared),
            pool: Pool::new(settings.pooled_connections, settings.times.upstream_idle),
            references: References::new(),
        });
        let runtime = runtime()?;
        let phase = phase.clone();
        let work = move || {
            runtime.block_on(serve(&worker, arrivals, open, phase));
            // A look-up or a password check that hangs in the system must not keep the gate from stopping.
            runtime.shutdown_timeout(LAST_WORK);
        };
        threads.push(thread::Builder::new().name(format!("gate-{number}")).spawn(work)?);
    }
    let limits = Limits::new(settings.connections, settings.connections_per_client, Arc::clone(&shared.counters));
    let runtime = runtime()?;
    let phase = phase.clone();
    for listener in &listeners {
        listener.socket.set_nonblocking(true)?;
    }
    let accepting = move || runtime.block_on(accept_all(listeners, desks, limits, phase));
    threads.push(thread::Builder::new().name("gate-door".to_owned()).spawn(accepting)?);
    Ok(threads)
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Serves what arrives until the gate closes. Connections still open then are dropped with the runtime.
async fn serve(
    worker: &Arc<Worker>,
    mut arrivals: mpsc::UnboundedReceiver<Arrival>,
    open: Arc<AtomicUsize>,
    mut phase: watch::Receiver<Phase>,
) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            arrival = arrivals.recv() => {
                let Some(arrival) = arrival else { break };
                let place = Place::take(&open);
                tokio::spawn(welcome(Arc::clone(worker), arrival, place));
            }
            _ = sweep.tick() => worker.pool.sweep(),
            _closed = phase.wait_for(|phase| *phase == Phase::Closed) => return,
        }
    }
    // The door is shut: nobody new comes, and whoever is here may finish.
    if phase.wait_for(|phase| *phase == Phase::Closed).await.is_err() {
        tracing::debug!("the gate was dropped without being stopped");
    }
}

async fn welcome(worker: Arc<Worker>, arrival: Arrival, _place: Place) {
    let Arrival { stream, source, listener, permit } = arrival;
    let Opened { name, sign_in, kind } = &*listener;
    let prepared = stream.set_nodelay(true).and_then(|()| {
        let entrance = match kind {
            Kind::Page => Entrance::Page { came_to: stream.local_addr()?.ip().to_canonical() },
            Kind::Transparent(how, door) => Entrance::Transparent(CameFor::of(&stream, *how, *door)?),
            Kind::TlsProxy(_) => Entrance::TlsProxy,
            Kind::Proxy => Entrance::Proxy,
        };
        Ok((entrance, tokio::net::TcpStream::from_std(stream)?))
    });
    match prepared {
        Ok((entrance, stream)) => {
            let listener = Arc::clone(name);
            let visitor = Arc::new(Visitor { worker, listener, sign_in: *sign_in, source, entrance });
            // The rarer kinds on the heap, so that connections in the clear need not have the room for them.
            match (kind, entrance) {
                (Kind::TlsProxy(lock), _) => Box::pin(converse_over_tls(&visitor, lock, stream)).await,
                (_, Entrance::Transparent(came_for)) => {
                    Box::pin(transparent::serve(&visitor, stream, came_for)).await;
                }
                _ => converse::converse(&visitor, stream).await,
            }
        }
        Err(error) => tracing::debug!(%error, "a client left before it could be served"),
    }
    drop(permit);
}

async fn converse_over_tls(visitor: &Arc<Visitor>, lock: &Lock, stream: tokio::net::TcpStream) {
    let shared = visitor.shared();
    match lock.open(stream, shared.settings.times.head).await {
        Ok(stream) => converse::converse(visitor, stream).await,
        // Only counted: whoever does not trust the certificate comes again and again.
        Err(error) => {
            shared.counters.handshake_faults.fetch_add(1, Relaxed);
            tracing::trace!(%error, "no TLS with a client");
        }
    }
}

/// One open connection in a worker's count.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Self {
        Self(Arc::clone(open))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn accept_all(
    listeners: Vec<Listener>,
    desks: Vec<Desk>,
    limits: Arc<Limits>,
    mut phase: watch::Receiver<Phase>,
) {
    for listener in listeners {
        tokio::spawn(accept(listener, desks.clone(), Arc::clone(&limits)));
    }
    drop(desks);
    // Leaving this function drops the listeners, so that the ports are free again.
    if phase.wait_for(|phase| *phase >= Phase::Draining).await.is_err() {
        tracing::debug!("the gate was dropped without being stopped");
    }
}

async fn accept(listener: Listener, desks: Vec<Desk>, limits: Arc<Limits>) {
    let Listener { name, socket, door } = listener;
    let address = match socket.local_addr() {
        Ok(address) => address,
        Err(error) => {
            tracing::error!(%error, listener = %name, "this listener has no address");
            return;
        }
    };
    let opened = Arc::new(match door {
        Door::Proxy { sign_in, tls } => {
            let kind = tls.map_or(Kind::Proxy, |tls| Kind::TlsProxy(Lock::new(tls)));
            Opened { name: Arc::clone(&name), sign_in, kind }
        }
        Door::Page => Opened { name: Arc::clone(&name), sign_in: SignInMode::Off, kind: Kind::Page },
        Door::Transparent { how } => {
            let kind = Kind::Transparent(how, address);
            Opened { name: Arc::clone(&name), sign_in: SignInMode::Off, kind }
        }
    });
    let socket = match tokio::net::TcpListener::from_std(socket) {
        Ok(socket) => socket,
        Err(error) => {
            tracing::error!(%error, listener = %name, "this listener cannot be watched for connections");
            return;
        }
    };
    loop {
        let (stream, address) =
            match socket.accept().await.and_then(|(stream, address)| Ok((stream.into_std()?, address))) {
                Ok(taken) => taken,
                Err(error) => {
                    // Too many open files, most likely. Those who wait stay in the system's queue.
                    tracing::warn!(%error, listener = %name, "a connection could not be taken");
                    tokio::time::sleep(NO_ROOM).await;
                    continue;
                }
            };
        let source = address.ip().to_canonical();
        let Some(permit) = limits.admit(source) else { continue };
        let Some(desk) = desks.iter().min_by_key(|desk| desk.open.load(Relaxed)) else { return };
        desk.open.fetch_add(1, Relaxed);
        let arrival = Arrival { stream, source, listener: Arc::clone(&opened), permit };
        if desk.arrivals.send(arrival).is_err() {
            tracing::error!("a worker of the gate has ended");
            desk.open.fetch_add(usize::MAX / 2, Relaxed);
        }
    }
}
