//! Starting everything as the config says, and stopping it in order.

use crate::{
    health::{Watched, channel_losses},
    jobs::Jobs,
    store,
};
use holdfast_activity::{
    drain::{self, Memories},
    health::Health as LogHealth,
    journal::{self, Journal},
    recent::{Limits, Recent, SharedAddress},
    suggestions::Suggestions,
};
use holdfast_core::{event::Event, host::Host, problem::lines};
use holdfast_duty::{
    compile_in_child,
    data_folder::DataFolder,
    keeper::{Keeper, Standing},
    lists::Store,
    publisher::Publisher,
};
use holdfast_gateway::{self as gateway, Gate, destination::Destinations, events::EventReceiver};
use holdfast_machine::{
    config::Config,
    doors::{Doors, Names, OwnPages},
    heartbeat,
    interception::Interception,
    rounds::Rounds,
    sockets::Sockets,
    tls_identity::TlsIdentity,
};
use holdfast_records::{Records, command::token_at_start};
use holdfast_web::{Demonstration, Listeners, LogPlaces, School, Sources};
use jiff::Timestamp;
use rustls::ServerConfig;
use std::{
    io::{self, IsTerminal as _},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time,
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
        let running = Running::start(&config, sockets, &Manner::default())?;
        for (name, address) in running.gate.addresses() {
            tracing::info!("proxy “{name}” listens on {address}");
        }
        for (name, kind, address) in running.names.iter().flat_map(|names| names.service.addresses()) {
            tracing::info!("name service “{name}” ({kind}) listens on {address}");
        }
        tracing::info!("our own pages are at {}", config.web.address);
        let first_run = tokio::spawn(tell_token(running.records(), config.web.address.clone()));
        heartbeat::ready();
        let beat = tokio::spawn(heartbeat::beat(doors));
        heartbeat::told_to_stop().await;
        tracing::info!("stopping");
        beat.abort();
        first_run.abort();
        heartbeat::stopping();
        running.stop().await;
        Ok("Stopped.".to_owned())
    })
}

/// Where no school is set up yet, makes the token with which it is: shown where somebody sits at the console, otherwise in a file that
/// only root and the service can read.
async fn tell_token(mut records: watch::Receiver<Option<Records>>, address: String) {
    let Ok(records) = records.wait_for(Option::is_some).await.map(|open| open.clone()) else { return };
    let Some(records) = records else { return };
    match token_at_start(&records).await {
        Ok(None) => {}
        Ok(Some(made)) if io::stderr().is_terminal() => {
            let (token, until) = (made.token.as_str(), made.until);
            eprintln!(
                "\nNo school is set up here yet. At this computer or over HTTPS, open {address}/set-up and type this token, good \
                 once and until {until:.0}:\n\n    {token}\n"
            );
        }
        Ok(Some(made)) => tracing::info!(
            "no school is set up here yet: open {address}/set-up at this computer or over HTTPS, with the token in {}, good once \
             and until {:.0}; “holdfast set-up token” makes another",
            made.file.display(),
            made.until
        ),
        Err(fault) => tracing::error!("no token for setting up could be made: {fault}"),
    }
}

/// How the demo differs from a school's own running.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// The status page shows the last verdicts and renews itself, and one is one of these people with one press.
    pub demonstration: Option<Demonstration>,
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
    jobs: Jobs,
    publisher: Publisher,
    journal: thread::JoinHandle<LogHealth>,
    suggestions: Option<Arc<Suggestions>>,
    in_force: Arc<Mutex<Standing>>,
}

impl Running {
    /// Starts everything.
    pub fn start(config: &Config, sockets: Sockets, manner: &Manner) -> Result<Self, String> {
        let started = Timestamp::now();
        let (folder, tls) = open(config)?;
        let place = store::place_of(config, manner.stays_here);
        let log = LogPlaces { place: place.clone(), outside: config.store.checkpoints.clone() };
        let school = config.store.school.clone();
        let publisher = Publisher::start(place.clone(), store::clock(), school, folder.clone());
        let mut keeper = Keeper::start(folder.clone(), publisher.publications());
        let in_force = keeper.standing();
        let name = in_force.lock().unwrap_or_else(PoisonError::into_inner).school.clone();
        let interception = config.inspection_source(&name).map(Interception::open).transpose()?;
        let suggestions =
            interception.as_ref().map(|_| Arc::new(Suggestions::load(&config.suggestions_file(), started)));
        let journal = Journal::open(&folder.path().join("activity"), journal_settings(config, &keeper))
            .map_err(|fault| format!("The log cannot be opened: {fault}"))?;
        let journal_health = journal.health();
        let (jobs, job_alarms, stands) =
            Jobs::start(config, place, &publisher, (folder.clone(), journal.past_days()), manner.stays_here);
        let recent = Arc::new(Recent::new(limits(manner)));
        let (events, received) = gateway::events::channel(config.limits.waiting_events, config.limits.waiting_events);
        let losses = channel_losses(events.loss());
        let proxy_file = sockets.proxy_file(config).into();
        let destinations = Destinations { only_listed: manner.stays_here, ..config.destinations(sockets.ports())? };
        let certificate = tls.as_ref().map(TlsIdentity::watch);
        let doors = Doors {
            ruleset: keeper.ruleset(),
            identity: keeper.identity(),
            clock: keeper.clock(),
            events,
            destinations,
            certificate: certificate.clone(),
            inspection: interception.as_ref().map(Interception::inspection),
            school: name.clone(),
            stays_here: manner.stays_here,
        };
        let (web, gate, names) = doors.start(config, sockets)?;
        let journal = drain::start(
            FromGate { gate: received, taken: Vec::new() },
            journal,
            Memories { recent: Arc::clone(&recent), suggestions: suggestions.clone() },
            Arc::clone(&losses),
        )
        .map_err(|fault| format!("The log cannot start: {fault}."))?;

        let (ruleset, zone) = (keeper.ruleset(), keeper.zone());
        let (tls, mut look_at_tls) = followed(tls, TlsIdentity::look, TlsIdentity::standing);
        let (interception, mut look_at_interception) =
            followed(interception, Interception::look, Interception::standing);
        let mut upstreams = names.as_ref().and_then(Names::to_follow);
        let (kept, in_use) = (suggestions.clone(), ruleset.clone());
        let upkeep = Rounds::start(LOOK, move || {
            keeper.look();
            look_at_tls();
            look_at_interception();
            if let Some((followed, forwarder)) = &mut upstreams {
                followed.look(forwarder);
            }
            if let Some(suggestions) = &kept {
                suggestions.look(&Arc::clone(&in_use.borrow()), Timestamp::now());
            }
        });
        let watched = Watched {
            standing: Arc::clone(&in_force),
            ruleset: ruleset.clone(),
            gate: gate.counters(),
            names: names.as_ref().map(|names| (Arc::clone(&names.counters), Arc::clone(&names.forwarder))),
            asks_outside: !manner.stays_here,
            tls,
            interception,
            suggestions: suggestions.clone(),
            journal: journal_health,
            losses,
            lists: Store::new(folder.path(), holdfast_duty::lists::Limits::default()),
            upkeep_broke_off: upkeep.broke_off(),
            store: publisher.alarm(),
            jobs: job_alarms,
            stands,
            store_lacks: store_lacks(config, manner),
        };
        let sources = Sources {
            ruleset,
            recent: Arc::clone(&recent),
            health: Arc::new(move || watched.look(started)),
            school: Arc::new(School { name, zone, contacts: Vec::new() }),
            proxy_file,
            own_hosts: own_hosts(config).into(),
            settings: holdfast_web::Settings {
                demo_view: manner.demonstration.is_some(),
                demonstration: manner.demonstration.clone(),
                metrics_from: config.web.metrics_from.clone(),
                reverse_proxies: config.web.reverse_proxies.clone(),
                own_origin: config.web.address.clone(),
                secure_origin: config.secure_origin(),
                ..holdfast_web::Settings::default()
            },
            records: publisher.records(),
            log: Some(log),
            clock: Arc::new(Timestamp::now),
        };
        let (stop_web, web) = start_web(web, certificate, sources)?;
        Ok(Self { gate, recent, names, stop_web, web, upkeep, jobs, publisher, journal, suggestions, in_force })
    }

    /// The records' store, once and while it is there.
    pub fn records(&self) -> watch::Receiver<Option<Records>> {
        self.publisher.records()
    }

    /// Waits until the gate goes by what the store published.
    pub async fn led_by_store(&self) {
        while !self.in_force.lock().unwrap_or_else(PoisonError::into_inner).is_led {
            time::sleep(LOOK).await;
        }
    }

    /// Stops everything in order: pages, doors, and last the log, which takes in what the doors still had to say.
    pub async fn stop(self) {
        let Self { gate, names, stop_web, web, upkeep, jobs, publisher, journal, suggestions, .. } = self;
        drop(stop_web);
        let stopped = tokio::task::spawn_blocking(move || {
            let names = names.map(|names| thread::spawn(move || names.stop(PATIENCE)));
            gate.stop(PATIENCE);
            let names = names.map_or(Ok(()), thread::JoinHandle::join);
            // Always, whatever became of the names: what waits for the disk is written here.
            let journal = journal.join();
            if let Some(suggestions) = suggestions {
                suggestions.save(Timestamp::now());
            }
            names.and(journal)
        });
        // The last checkpoint is written while the store is still open.
        let records = async {
            jobs.stop().await;
            publisher.stop().await;
        };
        let (_, (), (), stopped) = tokio::join!(web, upkeep.stop(), records, stopped);
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

fn start_web(
    sockets: OwnPages,
    certificate: Option<watch::Receiver<Arc<ServerConfig>>>,
    sources: Sources,
) -> Result<(oneshot::Sender<()>, JoinHandle<()>), String> {
    let ready = |sockets: Vec<TcpListener>| {
        let listeners = sockets.into_iter().map(|socket| {
            socket.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(socket)
        });
        listeners.collect::<Result<Vec<_>, _>>().map_err(|fault| format!("Our own pages cannot start: {fault}."))
    };
    let secure = certificate.map(|certificate| Ok::<_, String>((ready(sockets.secure)?, certificate))).transpose()?;
    let listeners = Listeners { clear: ready(sockets.clear)?, secure };
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async { drop(stopped.await) };
    Ok((stop, tokio::spawn(holdfast_web::serve(listeners, sources, until))))
}

/// How something stands that is looked after, and what looks after it.
fn followed<T, S: Send + Sync>(
    mut thing: Option<T>,
    look: impl Fn(&mut T),
    standing: impl Fn(&T) -> S,
) -> (watch::Receiver<Option<S>>, impl FnMut()) {
    let (told, watched) = watch::channel(thing.as_ref().map(&standing));
    let looking = move || {
        if let Some(thing) = &mut thing {
            look(thing);
            told.send_replace(Some(standing(thing)));
        }
    };
    (watched, looking)
}

fn journal_settings(config: &Config, keeper: &Keeper) -> journal::Settings {
    journal::Settings {
        zone: keeper.zone(),
        total_bytes: config.log.megabytes.saturating_mul(1024 * 1024),
        keep_days: config.log.keep_days,
        ..journal::Settings::default()
    }
}

/// What a school's config leaves out that its records need; nothing of a demonstration is worth keeping.
fn store_lacks(config: &Config, manner: &Manner) -> Vec<(&'static str, &'static str)> {
    if manner.stays_here {
        return Vec::new();
    }
    let backups = "None is made: the config names no folder. Write one under `[store] backups`, on another disk or machine, \
                   and start Holdfast again.";
    let checkpoints = "They stay in the data folder, where they prove less: the config names no folder outside. Write one \
                       under `[store] checkpoints`, and start Holdfast again.";
    let backups = config.store.backups.is_none().then_some(("Backups", backups));
    backups.into_iter().chain(config.store.checkpoints.is_none().then_some(("Checkpoints", checkpoints))).collect()
}

fn limits(manner: &Manner) -> Limits {
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
