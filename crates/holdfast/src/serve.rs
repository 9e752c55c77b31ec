//! Starting everything as the config says, and stopping it in order.

use crate::{
    explain::lines,
    health::{Watched, channel_losses},
};
use holdfast_activity::{
    drain,
    health::Health as LogHealth,
    journal::{self, Journal},
    recent::{Limits, Recent, SharedAddress},
};
use holdfast_core::{event::Event, host::Host};
use holdfast_duty::{compile_in_child, data_folder::DataFolder, keeper::Keeper, lists::Store};
use holdfast_gateway::{
    self as gateway, Gate, Inputs, Listener,
    destination::Destinations,
    dns::{
        self, Dns,
        forwarder::{Forwarder, learn_always_open},
    },
    events::{EventReceiver, EventSender},
    judge::Judge,
};
use holdfast_machine::{
    config::Config,
    name_servers,
    sockets::Sockets,
    tls_identity::{self, TlsIdentity},
};
use holdfast_web::{School, Sources};
use jiff::Timestamp;
use rustls::ServerConfig;
use sd_notify::NotifyState;
use std::{
    net::TcpListener,
    path::Path,
    sync::{Arc, PoisonError},
    thread,
    time::Duration,
};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};

/// How often the documents and lists are looked at: a change is in force within a second.
const LOOK: Duration = Duration::from_millis(300);
/// How long requests under way may take once the program is told to stop.
const PATIENCE: Duration = Duration::from_secs(4);

/// `holdfast serve`.
pub fn serve(config: &Path) -> Result<String, String> {
    let config = Config::read(config).map_err(|problems| lines(&problems))?;
    let sockets = Sockets::bind(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|fault| format!("The program cannot start: {fault}."))?;
    runtime.block_on(async {
        let running = Running::start(&config, sockets, Manner::default())?;
        for (name, address) in running.gate.addresses() {
            tracing::info!("proxy “{name}” listens on {address}");
        }
        for (name, kind, address) in running.names.iter().flat_map(Dns::addresses) {
            tracing::info!("name service “{name}” ({kind}) listens on {address}");
        }
        tracing::info!("our own pages are at {}", config.web.address);
        notify(NotifyState::Ready);
        told_to_stop().await;
        tracing::info!("stopping");
        notify(NotifyState::Stopping);
        running.stop().await;
        Ok("Stopped.".to_owned())
    })
}

/// Tells the system's service manager, where there is one.
fn notify(state: NotifyState<'_>) {
    if let Err(fault) = sd_notify::notify(&[state]) {
        tracing::warn!("the service manager cannot be told how we are doing: {fault}");
    }
}

/// Waits for Ctrl-C or a polite request to end.
pub async fn told_to_stop() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// How the demo differs from a school's own running.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// The status page shows the last verdicts and renews itself.
    pub demo_view: bool,
    /// Everybody sits at one computer, so `/stopped` shows everything stopped there.
    pub shared_computer: bool,
    /// No name service outside is asked unless the config names it.
    pub stays_here: bool,
}

/// Everything running.
pub struct Running {
    /// The gate.
    pub gate: Gate,
    /// The name service.
    pub names: Option<Dns>,
    /// The last verdicts, for the terminal.
    pub recent: Arc<Recent>,
    forwarder: Option<Arc<Forwarder>>,
    stop_web: oneshot::Sender<()>,
    web: JoinHandle<()>,
    stop_keeper: oneshot::Sender<()>,
    keeper: JoinHandle<()>,
    journal: thread::JoinHandle<LogHealth>,
}

impl Running {
    /// Starts everything.
    pub fn start(config: &Config, sockets: Sockets, manner: Manner) -> Result<Self, String> {
        let started = Timestamp::now();
        let folder = DataFolder::open(&config.data).map_err(|fault| format!("{}: {fault}.", config.data.display()))?;
        let tls = config.needs_tls().then(|| TlsIdentity::open(config.tls_source())).transpose()?;
        if !compile_in_child::are_current(&folder) {
            tracing::info!("compiling the lists");
            let compiled = compile_in_child::compile_in_child(&folder);
            compiled.map_or_else(|fault| tracing::error!("{fault}"), |told| tracing::info!("{told}"));
        }
        let keeper = Keeper::start(folder.clone());
        let journal = Journal::open(&folder.path().join("activity"), journal_settings(config, &keeper))
            .map_err(|fault| format!("The log cannot be opened: {fault}"))?;
        let journal_health = journal.health();
        let recent = Arc::new(Recent::new(limits(manner)));
        let school = keeper.standing().lock().unwrap_or_else(PoisonError::into_inner).school.clone();
        let (events, received) = gateway::events::channel(config.limits.waiting_events, config.limits.waiting_events);
        let losses = channel_losses(events.loss());

        let destinations = config.destinations(sockets.ports())?;
        let certificate = tls.as_ref().map(TlsIdentity::watch);
        let proxy_file = sockets.proxy_file(config);
        let doors = Doors { keeper: &keeper, events, destinations, certificate, stays_here: manner.stays_here };
        let Sockets { web, proxies, pages, names } = sockets;
        let (names, forwarder, counters) = doors.names(config, names)?;
        let proxies = proxies.into_iter().filter_map(|proxy| proxy.listener(doors.certificate.as_ref()));
        let listeners = proxies.chain(pages.into_iter().map(|socket| Listener::page("page door", socket))).collect();
        if let Some(forwarder) = &forwarder {
            tokio::spawn(learn_always_open(Arc::clone(forwarder), keeper.ruleset()));
        }
        let gate = doors.gate(config, &school, forwarder.as_ref(), listeners)?;
        drop(doors);
        let journal = drain::start(FromGate(received), journal, Arc::clone(&recent), Arc::clone(&losses))
            .map_err(|fault| format!("The log cannot start: {fault}."))?;

        let (standing, tls_standing) = watch::channel(tls.as_ref().map(TlsIdentity::standing));
        let watched = Watched {
            standing: keeper.standing(),
            ruleset: keeper.ruleset(),
            gate: gate.counters(),
            names: counters.zip(forwarder.clone()),
            tls: tls_standing,
            journal: journal_health,
            losses,
            lists: Store::new(folder.path(), holdfast_duty::lists::Limits::default()),
        };
        let sources = Sources {
            ruleset: keeper.ruleset(),
            recent: Arc::clone(&recent),
            health: Arc::new(move || watched.look(started)),
            school: Arc::new(School { name: school, zone: keeper.zone(), contacts: Vec::new() }),
            proxy_file: proxy_file.into(),
            own_hosts: own_hosts(config).into(),
            settings: holdfast_web::Settings {
                demo_view: manner.demo_view,
                metrics_from: config.web.metrics_from.clone(),
                ..holdfast_web::Settings::default()
            },
            clock: Arc::new(Timestamp::now),
        };
        let (stop_web, web) = start_web(web, sources)?;
        let (stop_keeper, keeper) = start_keeper(keeper, tls, standing);
        Ok(Self { gate, names, recent, forwarder, stop_web, web, stop_keeper, keeper, journal })
    }

    /// Stops everything in order: pages, doors, and last the log, which takes in what the doors still had to say.
    pub async fn stop(self) {
        let Self { gate, names, forwarder, stop_web, web, stop_keeper, keeper, journal, .. } = self;
        drop((stop_web, stop_keeper));
        let stopped = tokio::task::spawn_blocking(move || {
            let names = names.map(|names| thread::spawn(move || names.stop(PATIENCE)));
            gate.stop(PATIENCE);
            let names = names.map_or(Ok(()), thread::JoinHandle::join);
            if let Some(forwarder) = forwarder {
                forwarder.stop();
            }
            names.and_then(|()| journal.join())
        });
        let (_, _, stopped) = tokio::join!(web, keeper, stopped);
        match stopped {
            Ok(Ok(health)) if health.lost().is_none() => {}
            Ok(Ok(health)) => tracing::error!("{} events never reached the log", health.lost().total()),
            Ok(Err(_)) | Err(_) => tracing::error!("the log broke off; please report this"),
        }
    }
}

/// What both doors of the gate share.
struct Doors<'a> {
    keeper: &'a Keeper,
    events: EventSender,
    destinations: Destinations,
    certificate: Option<watch::Receiver<Arc<ServerConfig>>>,
    stays_here: bool,
}

/// The name service, who it asks, and what it has done.
type Names = (Option<Dns>, Option<Arc<Forwarder>>, Option<Arc<dns::counters::Counters>>);

impl Doors<'_> {
    /// Starts the name service, where the config has one.
    fn names(&self, config: &Config, listeners: Vec<dns::Listener>) -> Result<Names, String> {
        let Some(mut settings) = config.dns_settings(self.destinations.clone())? else {
            return Ok((None, None, None));
        };
        let upstreams = &mut settings.forwarding.upstreams;
        if upstreams.is_empty() && !self.stays_here {
            *upstreams = name_servers::of_this_computer(&config.sockets());
        }
        if settings.forwarding.upstreams.is_empty() && !self.stays_here {
            tracing::warn!("there is no upstream name service; name one under `[dns] upstream`");
        }
        let fault = |fault| format!("The name service cannot start: {fault}.");
        let counters: Arc<dns::counters::Counters> = Arc::default();
        let (forwarding, destinations) = (settings.forwarding.clone(), settings.destinations.clone());
        let forwarder = Forwarder::start(forwarding, destinations, Arc::clone(&counters)).map_err(fault)?;
        let inputs = dns::Inputs {
            ruleset: self.keeper.ruleset(),
            identity: self.keeper.identity(),
            tls: self.certificate.clone(),
            events: self.events.clone(),
            clock: self.keeper.clock(),
            judge: Judge::default(),
            forwarder: Arc::clone(&forwarder),
            counters: Arc::clone(&counters),
            settings,
        };
        let names = dns::start(inputs, listeners).map_err(fault)?;
        Ok((Some(names), Some(forwarder), Some(counters)))
    }

    /// Starts the gate. Where there is a name service, it finds its addresses as that does: one memory, one upstream.
    fn gate(
        &self,
        config: &Config,
        school: &str,
        forwarder: Option<&Arc<Forwarder>>,
        listeners: Vec<Listener>,
    ) -> Result<Gate, String> {
        let inputs = Inputs {
            ruleset: self.keeper.ruleset(),
            identity: self.keeper.identity(),
            events: self.events.clone(),
            clock: self.keeper.clock(),
            settings: config.gate_settings(school, self.destinations.clone())?,
            judge: Judge::default(),
            look_up: forwarder.map(Forwarder::look_up),
        };
        gateway::start(inputs, listeners).map_err(|fault| format!("The gate cannot start: {fault}."))
    }
}

fn start_web(sockets: Vec<TcpListener>, sources: Sources) -> Result<(oneshot::Sender<()>, JoinHandle<()>), String> {
    let listeners = sockets.into_iter().map(|socket| {
        socket.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(socket)
    });
    let listeners =
        listeners.collect::<Result<Vec<_>, _>>().map_err(|fault| format!("Our own pages cannot start: {fault}."))?;
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async { drop(stopped.await) };
    Ok((stop, tokio::spawn(holdfast_web::serve(listeners, sources, until))))
}

/// Looks after what is in force and the certificate, on a thread that may block on the disk. While it goes round, the
/// service manager is told that we live.
fn start_keeper(
    mut keeper: Keeper,
    mut tls: Option<TlsIdentity>,
    standing: watch::Sender<Option<tls_identity::Standing>>,
) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, mut stopped) = oneshot::channel::<()>();
    let task = tokio::task::spawn_blocking(move || {
        while matches!(stopped.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
            thread::sleep(LOOK);
            keeper.look();
            if let Some(tls) = &mut tls {
                tls.look();
                standing.send_replace(Some(tls.standing()));
            }
            notify(NotifyState::Watchdog);
        }
    });
    (stop, task)
}

fn journal_settings(config: &Config, keeper: &Keeper) -> journal::Settings {
    journal::Settings {
        zone: keeper.zone(),
        total_bytes: config.log.megabytes.saturating_mul(1024 * 1024),
        keep_days: config.log.keep_days,
        ..journal::Settings::default()
    }
}

fn limits(manner: Manner) -> Limits {
    let usual = Limits::default();
    let shared_address = if manner.shared_computer { SharedAddress::Everybody } else { usual.shared_address };
    Limits { shared_address, ..usual }
}

fn own_hosts(config: &Config) -> Vec<Host> {
    Host::parse("localhost").into_iter().chain(config.own_hosts()).collect()
}

/// The gate's events as the log takes them; neither crate knows the other.
struct FromGate(EventReceiver);

impl drain::Source for FromGate {
    async fn next_batch(&mut self, batch: &mut Vec<Event>) -> bool {
        self.0.next_batch(batch).await
    }
}
