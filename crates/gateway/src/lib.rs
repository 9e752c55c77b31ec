//! The gate: an HTTP/1.1 forward proxy that judges every request, and a name service that judges every name ([`dns`]).
//!
//! A connection's way: [`start`] accepts it and gives it to a worker; its requests are read strictly ([`wire`]), told
//! apart by who asks, judged by the one function of the core, and then sent on, tunnelled, refused or answered with a
//! page. Every request becomes one event ([`events`]). The ruleset and the identity table come in through `watch`
//! channels and may be replaced at any time without anybody waiting. The gate knows nothing else of the program.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod accept;
mod answer;
pub mod block_page;
mod converse;
pub mod destination;
pub mod dns;
mod door;
pub mod events;
mod exchange;
mod files;
mod forward;
mod gate;
pub mod hello;
pub mod inspect;
pub mod judge;
mod limits;
mod link;
mod own;
pub mod pac;
mod page;
mod reach;
mod record;
mod relay;
mod secure;
pub mod settings;
pub mod sign_in;
#[cfg(test)]
#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;
mod stopped;
mod telling;
mod transparent;
mod tunnel;
mod upstream;
mod way;
pub mod wire;

pub use door::{Door, Taken};
pub use gate::Clock;

use accept::Phase;
use converse::Inside;
use destination::{LookUp, Resolver};
use events::{Counters, EventLoss, EventSender};
use gate::{Shared, WayIn};
use holdfast_core::{identity::IdentityTable, ruleset::Ruleset};
use inspect::{Inspection, Inspector, ToOpen};
use judge::Judge;
use rustls::ServerConfig;
use settings::Settings;
use sign_in::SignIns;
use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::sync::watch;

/// Whether a listener asks people to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignInMode {
    /// Sign-ins are not looked at.
    #[default]
    Off,
    /// A sign-in is used when it is sent; a wrong one is asked for again.
    Offered,
    /// Nothing but help and lifelines passes without one.
    Required,
}

/// A socket on which the gate serves browsers.
#[derive(Debug)]
pub struct Listener {
    /// Its name in the bootstrap config: identities may hang on it.
    pub name: Arc<str>,
    /// The bound and listening socket.
    pub socket: TcpListener,
    /// What it serves.
    pub door: Door,
}

impl Listener {
    /// A proxy in the clear.
    pub fn proxy(name: &str, socket: TcpListener, sign_in: SignInMode) -> Self {
        Self { name: name.into(), socket, door: Door::Proxy { sign_in, tls: None } }
    }

    /// A proxy that is spoken to over TLS, with an identity that may be replaced at any time.
    pub fn proxy_over_tls(
        name: &str,
        socket: TcpListener,
        sign_in: SignInMode,
        tls: watch::Receiver<Arc<ServerConfig>>,
    ) -> Self {
        Self { name: name.into(), socket, door: Door::Proxy { sign_in, tls: Some(tls) } }
    }

    /// Pages only.
    pub fn page(name: &str, socket: TcpListener) -> Self {
        Self { name: name.into(), socket, door: Door::Page }
    }

    /// Connections that the school's router turned aside. One socket for each family of addresses: a socket of both
    /// does not tell where an IPv4 connection was going.
    pub fn transparent(name: &str, socket: TcpListener, how: Taken) -> Self {
        Self { name: name.into(), socket, door: Door::Transparent { how } }
    }
}

/// What the gate runs on.
pub struct Inputs {
    /// The compiled ruleset; replaced whole, at any time.
    pub ruleset: watch::Receiver<Arc<Ruleset>>,
    /// Who is who; replaced whole, at any time.
    pub identity: watch::Receiver<Arc<IdentityTable>>,
    /// Where events go.
    pub events: EventSender,
    /// What time it is.
    pub clock: Clock,
    /// The machine's settings.
    pub settings: Settings,
    /// Who judges; [`Judge::default`] but in tests.
    pub judge: Judge,
    /// How names are looked up, such as [`dns::forwarder::Forwarder::look_up`]; `None` asks the system.
    pub look_up: Option<LookUp>,
    /// What is needed to open secure connections; `None` where none can be opened.
    pub inspection: Option<Inspection>,
}

/// A running gate.
pub struct Gate {
    addresses: Vec<(Arc<str>, SocketAddr)>,
    shared: Arc<Shared>,
    phase: watch::Sender<Phase>,
    threads: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// What becomes of a client's connection after a request.
enum After {
    /// It carries another request.
    Stay,
    /// What waits is written, and then it is closed with care.
    Close,
    /// It is over.
    Gone,
    /// From now on it is the inside of an unencrypted tunnel.
    Inside(Box<Inside>),
    /// From now on it is a secure connection that is opened.
    Open(Box<ToOpen>),
}

/// Starts the gate on these listeners.
///
/// # Errors
///
/// When the system gives no thread, no randomness or no address of a listener.
pub fn start(inputs: Inputs, listeners: Vec<Listener>) -> io::Result<Gate> {
    let Inputs { ruleset, identity, events, clock, mut settings, judge, look_up, inspection } = inputs;
    let mut addresses = Vec::with_capacity(listeners.len());
    let mut ways_in = Vec::new();
    for listener in &listeners {
        let address = listener.socket.local_addr()?;
        addresses.push((Arc::clone(&listener.name), address));
        settings.destinations.own_ports.push(address.port());
        if let Door::Proxy { tls, .. } = &listener.door {
            ways_in.push(WayIn { address, tls: tls.is_some() });
        }
    }
    if settings.workers == 0 {
        settings.workers = thread::available_parallelism().map_or(1, NonZero::get);
    }
    let idle = settings.pooled_connections.saturating_mul(settings.workers);
    let room = files::room(settings.connections, idle);
    (settings.connections, settings.pooled_connections) = (room.connections, room.idle / settings.workers);
    let sign_ins = SignIns::new(settings.sign_in.clone()).map_err(io::Error::other)?;
    let shared = Arc::new(Shared {
        settings,
        judge,
        ruleset,
        identity,
        events,
        counters: Arc::default(),
        clock,
        sign_ins,
        resolver: look_up.map_or_else(Resolver::new, Resolver::with_look_up),
        inspector: inspection.map(Inspector::new).transpose()?,
        // In the clear where there is one: not every browser speaks TLS to a proxy.
        way_in: ways_in.iter().find(|way| !way.tls).or(ways_in.first()).copied(),
        draining: AtomicBool::new(false),
        under_way: AtomicUsize::new(0),
    });
    let (phase, watched) = watch::channel(Phase::Open);
    let threads = accept::start(&shared, listeners, &watched)?;
    Ok(Gate { addresses, shared, phase, threads })
}

impl Gate {
    /// Where it listens: each listener's name and address.
    pub fn addresses(&self) -> &[(Arc<str>, SocketAddr)] {
        &self.addresses
    }

    /// What it has done so far.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    /// The events it has lost so far.
    pub fn loss(&self) -> Arc<EventLoss> {
        Arc::clone(self.shared.events.loss())
    }

    /// Stops: takes in nobody new, lets requests and tunnels under way finish for at most `patience`, then closes
    /// everything; what is cut off then still sends its event.
    /// Blocks; call it outside an async task.
    pub fn stop(self, patience: Duration) {
        const LOOK: Duration = Duration::from_millis(10);
        self.shared.draining.store(true, Relaxed);
        self.phase.send_replace(Phase::Draining);
        let mut waited = Duration::ZERO;
        while self.shared.under_way.load(Relaxed) > 0 && waited < patience {
            std::thread::sleep(LOOK);
            waited += LOOK;
        }
        self.phase.send_replace(Phase::Closed);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the gate had broken off; please report this");
            }
        }
    }
}
