//! Starting everything as the config says, and stopping it in order.

use crate::health::{Watched, channel_losses};
use holdfast_activity::{
    drain,
    health::Health as LogHealth,
    journal::{self, Journal},
    recent::{Limits, Recent, SharedAddress},
};
use holdfast_core::{event::Event, host::Host, problem::lines};
use holdfast_duty::{compile_in_child, data_folder::DataFolder, keeper::Keeper, lists::Store};
use holdfast_gateway::{
    self as gateway, Gate, Inputs, Listener,
    destination::Destinations,
    dns::{
        self, Dns,
        forwarder::{Forwarder, learn_always_open},
        settings::UpstreamAddress,
    },
    events::{EventReceiver, EventSender},
    judge::Judge,
};
use holdfast_machine::{
    config::{Config, ListenOn},
    heartbeat, name_servers,
    rounds::Rounds,
    sockets::Sockets,
    tls_identity::{self, TlsIdentity},
    upstreams::Followed,
};
use holdfast_web::{School, Sources};
use jiff::Timestamp;
use rustls::ServerConfig;
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
        let doors = heartbeat::Doors::of(&sockets);
        let running = Running::start(&config, sockets, Manner::default())?;
        for (name, address) in running.gate.addresses() {
            tracing::info!("proxy “{name}” listens on {address}");
        }
        for (name, kind, address) in running.names.iter().flat_map(|names| names.service.addresses()) {
            tracing::info!("name service “{name}” ({kind}) listens on {address}");
        }
        tracing::info!("our own pages are at {}", config.web.address);
        heartbeat::ready();
        let beat = tokio::spawn(heartbeat::beat(doors));
        told_to_stop().await;
        tracing::info!("stopping");
        beat.abort();
        heartbeat::stopping();
        running.stop().await;
        Ok("Stopped.".to_owned())
    })
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
    /// Nothing leaves this computer: no name service outside is asked, and nothing outside is connected to.
    pub stays_here: bool,
}

/// Everything running.
pub struct Running {
    /// The gate.
    pub gate: Gate,
    /// The last verdicts, for the terminal.
    pub recent: Arc<Recent>,
    names: Option<Names>,
    stop_web: oneshot::Sender<()>,
    web: JoinHandle<()>,
    upkeep: Rounds,
    journal: thread::JoinHandle<LogHealth>,
}

impl Running {
    /// Starts everything.
    pub fn start(config: &Config, sockets: Sockets, manner: Manner) -> Result<Self, String> {
        let started = Timestamp::now();
        let (folder, tls) = open(config)?;
        let keeper = Keeper::start(folder.clone());
        let journal = Journal::open(&folder.path().join("activity"), journal_settings(config, &keeper))
            .map_err(|fault| format!("The log cannot be opened: {fault}"))?;
        let journal_health = journal.health();
        let recent = Arc::new(Recent::new(limits(manner)));
        let (events, received) = gateway::events::channel(config.limits.waiting_events, config.limits.waiting_events);
        let losses = channel_losses(events.loss());
        let proxy_file = sockets.proxy_file(config).into();
        let destinations = Destinations { only_listed: manner.stays_here, ..config.destinations(sockets.ports())? };
        let doors = Doors { keeper: &keeper, events, destinations, certificate: tls.as_ref().map(TlsIdentity::watch) };
        let (web, gate, names) = doors.start(config, sockets, manner)?;
        drop(doors);
        let journal = drain::start(
            FromGate { gate: received, taken: Vec::new() },
            journal,
            Arc::clone(&recent),
            Arc::clone(&losses),
        )
        .map_err(|fault| format!("The log cannot start: {fault}."))?;

        let (standing, tls_standing) = watch::channel(tls.as_ref().map(TlsIdentity::standing));
        let (in_force, ruleset, zone) = (keeper.standing(), keeper.ruleset(), keeper.zone());
        let upkeep = start_upkeep(keeper, tls.map(|tls| (tls, standing)), names.as_ref().and_then(Names::to_follow));
        let name = in_force.lock().unwrap_or_else(PoisonError::into_inner).school.clone();
        let watched = Watched {
            standing: in_force,
            ruleset: ruleset.clone(),
            gate: gate.counters(),
            names: names.as_ref().map(|names| (Arc::clone(&names.counters), Arc::clone(&names.forwarder))),
            asks_outside: !manner.stays_here,
            tls: tls_standing,
            journal: journal_health,
            losses,
            lists: Store::new(folder.path(), holdfast_duty::lists::Limits::default()),
            upkeep_broke_off: upkeep.broke_off(),
        };
        let sources = Sources {
            ruleset,
            recent: Arc::clone(&recent),
            health: Arc::new(move || watched.look(started)),
            school: Arc::new(School { name, zone, contacts: Vec::new() }),
            proxy_file,
            own_hosts: own_hosts(config).into(),
            settings: holdfast_web::Settings {
                demo_view: manner.demo_view,
                metrics_from: config.web.metrics_from.clone(),
                ..holdfast_web::Settings::default()
            },
            clock: Arc::new(Timestamp::now),
        };
        let (stop_web, web) = start_web(web, sources)?;
        Ok(Self { gate, recent, names, stop_web, web, upkeep, journal })
    }

    /// Stops everything in order: pages, doors, and last the log, which takes in what the doors still had to say.
    pub async fn stop(self) {
        let Self { gate, names, stop_web, web, upkeep, journal, .. } = self;
        drop(stop_web);
        let stopped = tokio::task::spawn_blocking(move || {
            let names = names.map(|names| thread::spawn(move || names.stop()));
            gate.stop(PATIENCE);
            let names = names.map_or(Ok(()), thread::JoinHandle::join);
            // Always, whatever became of the names: what waits for the disk is written here.
            let journal = journal.join();
            names.and(journal)
        });
        let (_, (), stopped) = tokio::join!(web, upkeep.stop(), stopped);
        match stopped {
            Ok(Ok(health)) if health.lost().is_none() => {}
            Ok(Ok(health)) => tracing::error!("{} events never reached the log", health.lost().total()),
            Ok(Err(_)) | Err(_) => tracing::error!("the name service or the log broke off; please report this"),
        }
    }
}

/// Opens what the data folder has, and compiles its lists where they are not as their sources are.
fn open(config: &Config) -> Result<(DataFolder, Option<TlsIdentity>), String> {
    let folder = DataFolder::open(&config.data).map_err(|fault| format!("{}: {fault}.", config.data.display()))?;
    let tls = config.needs_tls().then(|| TlsIdentity::open(config.tls_source())).transpose()?;
    if !compile_in_child::are_current(&folder) {
        tracing::info!("compiling the lists");
        let compiled = compile_in_child::compile_in_child(&folder);
        compiled.map_or_else(|fault| tracing::error!("{fault}"), |told| tracing::info!("{told}"));
    }
    Ok((folder, tls))
}

/// What both doors of the gate share.
struct Doors<'a> {
    keeper: &'a Keeper,
    events: EventSender,
    destinations: Destinations,
    certificate: Option<watch::Receiver<Arc<ServerConfig>>>,
}

/// The name service, who it asks, and what it has done.
struct Names {
    service: Dns,
    forwarder: Arc<Forwarder>,
    counters: Arc<dns::counters::Counters>,
    /// Where it asks those that this computer was told: what we listen on, and those at the start.
    told: Option<(Vec<ListenOn>, Vec<UpstreamAddress>)>,
}

impl Names {
    /// Those that this computer was told are followed as they change.
    fn to_follow(&self) -> Option<(Followed, Arc<Forwarder>)> {
        let (listened, known) = self.told.clone()?;
        Some((Followed::new(listened, known), Arc::clone(&self.forwarder)))
    }

    fn stop(self) {
        self.service.stop(PATIENCE);
        self.forwarder.stop();
    }
}

impl Doors<'_> {
    /// Starts the name service and the gate; the sockets of our own pages are left.
    fn start(
        &self,
        config: &Config,
        sockets: Sockets,
        manner: Manner,
    ) -> Result<(Vec<TcpListener>, Gate, Option<Names>), String> {
        let Sockets { web, proxies, pages, names } = sockets;
        let names = self.names(config, names, manner)?;
        let proxies = proxies.into_iter().filter_map(|proxy| proxy.listener(self.certificate.as_ref()));
        let listeners = proxies.chain(pages.into_iter().map(|socket| Listener::page("page door", socket))).collect();
        let forwarder = names.as_ref().map(|names| &names.forwarder);
        if let Some(forwarder) = forwarder {
            tokio::spawn(learn_always_open(Arc::clone(forwarder), self.keeper.ruleset()));
        }
        let gate = self.gate(config, forwarder, listeners)?;
        Ok((web, gate, names))
    }

    /// Starts the name service, where the config has one.
    fn names(&self, config: &Config, listeners: Vec<dns::Listener>, manner: Manner) -> Result<Option<Names>, String> {
        let Some(mut settings) = config.dns_settings(self.destinations.clone())? else { return Ok(None) };
        let upstreams = &mut settings.forwarding.upstreams;
        let is_told = upstreams.is_empty() && !manner.stays_here;
        if is_told {
            *upstreams = name_servers::of_this_computer(&config.sockets());
            if upstreams.is_empty() {
                tracing::warn!("there is no upstream name service; name one under `[dns] upstream`");
            }
        }
        let told = is_told.then(|| (config.sockets(), upstreams.clone()));
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
        let service = dns::start(inputs, listeners).map_err(fault)?;
        Ok(Some(Names { service, forwarder, counters, told }))
    }

    /// Starts the gate. Where there is a name service, it finds its addresses as that does: one memory, one upstream.
    fn gate(
        &self,
        config: &Config,
        forwarder: Option<&Arc<Forwarder>>,
        listeners: Vec<Listener>,
    ) -> Result<Gate, String> {
        let school = self.keeper.standing().lock().unwrap_or_else(PoisonError::into_inner).school.clone();
        let inputs = Inputs {
            ruleset: self.keeper.ruleset(),
            identity: self.keeper.identity(),
            events: self.events.clone(),
            clock: self.keeper.clock(),
            settings: config.gate_settings(&school, self.destinations.clone())?,
            judge: Judge::default(),
            look_up: forwarder.map(Forwarder::look_up),
            inspection: None,
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

/// Looks after what is in force, the certificate, and the name services that this computer is told to use.
fn start_upkeep(
    mut keeper: Keeper,
    mut tls: Option<(TlsIdentity, watch::Sender<Option<tls_identity::Standing>>)>,
    mut upstreams: Option<(Followed, Arc<Forwarder>)>,
) -> Rounds {
    Rounds::start(LOOK, move || {
        keeper.look();
        if let Some((tls, standing)) = &mut tls {
            tls.look();
            standing.send_replace(Some(tls.standing()));
        }
        if let Some((followed, forwarder)) = &mut upstreams {
            followed.look(forwarder);
        }
    })
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

/// The gate's events as the log takes them; neither crate knows the other. Our own question every few seconds is nobody's
/// and is left out.
struct FromGate {
    gate: EventReceiver,
    /// What was taken when waiting for more was broken off.
    taken: Vec<Event>,
}

impl drain::Source for FromGate {
    async fn next_batch(&mut self, batch: &mut Vec<Event>) -> bool {
        let is_open = !self.taken.is_empty() || self.gate.next_batch(&mut self.taken).await;
        batch.extend(self.taken.drain(..).filter(|event| !heartbeat::is_own(event)));
        is_open
    }
}
