//! Starting everything as the config says, and stopping it in order.

use crate::{explain::lines, lists};
use holdfast_activity::{
    drain,
    health::{self, Alarm, Losses},
    journal::{self, Journal},
    recent::{Limits, Recent},
};
use holdfast_core::{event::Event, host::Host, problem::Problem};
use holdfast_duty::{
    data_folder::DataFolder,
    keeper::{Keeper, Standing},
    lists::Store,
};
use holdfast_gateway::{
    self as gateway, Gate, Inputs, Listener, SignInMode,
    destination::{Destinations, ListedHost},
    events::{Counters, EventLoss, EventReceiver},
    pac::PacSettings,
    settings::{ParentProxy, Settings},
};
use holdfast_machine::config::{Config, SignIn};
use holdfast_web::{Component, Health, HeldList, School, Sources, State};
use jiff::Timestamp;
use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    path::Path,
    sync::{Arc, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::sync::{oneshot, watch};

/// How often the documents and lists are looked at: a change is in force within a second.
const LOOK: Duration = Duration::from_millis(300);
/// How long requests under way may take once the program is told to stop.
const PATIENCE: Duration = Duration::from_secs(5);

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
        tracing::info!("our own pages are at {}", config.web.address);
        told_to_stop().await;
        tracing::info!("stopping");
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

/// Every socket, bound before anything starts, so that a taken port is told at once.
#[derive(Debug)]
pub struct Sockets {
    /// Our own pages.
    pub web: Vec<TcpListener>,
    /// The proxy listeners.
    pub proxies: Vec<Listener>,
}

impl Sockets {
    /// Binds what the config names.
    pub fn bind(config: &Config) -> Result<Self, String> {
        let web = config.web.listen.iter().map(|address| bind(*address, "our own pages")).collect::<Result<_, _>>()?;
        let mut proxies = Vec::new();
        for proxy in &config.proxies {
            for address in &proxy.listen {
                let sign_in = match proxy.sign_in {
                    SignIn::Off => SignInMode::Off,
                    SignIn::Offered => SignInMode::Offered,
                    SignIn::Required => SignInMode::Required,
                };
                let socket = bind(*address, &format!("the proxy “{}”", proxy.name))?;
                proxies.push(Listener { name: proxy.name.as_str().into(), socket, sign_in });
            }
        }
        Ok(Self { web, proxies })
    }
}

/// Binds one socket, or says what to do.
pub fn bind(address: SocketAddr, what: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|fault| {
        format!("{what} cannot listen on {address}: {fault}. Stop the program that has this port, or write another one in the config.")
    })
}

/// How the demo differs from a school's own running.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// The status page shows the last verdicts and renews itself.
    pub demo_view: bool,
    /// Everybody sits at one computer, so `/stopped` shows everything stopped there.
    pub shared_computer: bool,
}

/// Everything running.
pub struct Running {
    /// The gate.
    pub gate: Gate,
    /// The last verdicts, for the terminal.
    pub recent: Arc<Recent>,
    stop_web: oneshot::Sender<()>,
    web: tokio::task::JoinHandle<()>,
    stop_keeper: oneshot::Sender<()>,
    keeper: tokio::task::JoinHandle<()>,
    journal: std::thread::JoinHandle<health::Health>,
}

impl Running {
    /// Starts everything.
    pub fn start(config: &Config, sockets: Sockets, manner: Manner) -> Result<Self, String> {
        let folder = DataFolder::open(&config.data).map_err(|fault| format!("{}: {fault}.", config.data.display()))?;
        if !lists::are_current(&folder) {
            tracing::info!("compiling the lists");
            let compiled = lists::compile_in_child(&folder);
            compiled.map_or_else(|fault| tracing::error!("{fault}"), |told| tracing::info!("{told}"));
        }
        let keeper = Keeper::start(folder.clone());
        let journal = Journal::open(&folder.path().join("activity"), journal_settings(config, &keeper))
            .map_err(|fault| format!("The log cannot be opened: {fault}"))?;
        let journal_health = journal.health();
        let recent = Arc::new(Recent::new(limits(manner)));

        let school = keeper.standing().lock().unwrap_or_else(PoisonError::into_inner).school.clone();
        let (events, received) = gateway::events::channel(config.limits.waiting_events, config.limits.waiting_events);
        let loss = Arc::clone(events.loss());
        let inputs = Inputs {
            ruleset: keeper.ruleset(),
            identity: keeper.identity(),
            events,
            clock: keeper.clock(),
            settings: settings(config, &school)?,
            judge: gateway::judge::Judge::default(),
        };
        let proxy_file = proxy_file(config, &sockets);
        let web_sockets = sockets.web;
        let gate =
            gateway::start(inputs, sockets.proxies).map_err(|fault| format!("The gate cannot start: {fault}."))?;
        let losses = channel_losses(&loss);
        let journal = drain::start(FromGate(received), journal, Arc::clone(&recent), Arc::clone(&losses))
            .map_err(|fault| format!("The log cannot start: {fault}."))?;

        let health = health_of(
            &keeper,
            &gate,
            journal_health,
            losses,
            Store::new(folder.path(), holdfast_duty::lists::Limits::default()),
        );
        let sources = Sources {
            ruleset: keeper.ruleset(),
            recent: Arc::clone(&recent),
            health,
            school: Arc::new(School { name: school, zone: keeper.zone(), contacts: Vec::new() }),
            proxy_file: proxy_file.into(),
            own_hosts: own_hosts(config).into(),
            settings: holdfast_web::Settings { demo_view: manner.demo_view, ..holdfast_web::Settings::default() },
            clock: Arc::new(Timestamp::now),
        };
        let (stop_web, web) = start_web(web_sockets, sources)?;
        let (stop_keeper, keeper) = start_keeper(keeper);
        Ok(Self { gate, recent, stop_web, web, stop_keeper, keeper, journal })
    }

    /// Stops everything in order: pages, gate, and last the log, which takes in what the gate still had to say.
    pub async fn stop(self) {
        let Self { gate, stop_web, web, stop_keeper, keeper, journal, .. } = self;
        drop((stop_web, stop_keeper));
        let stopped = tokio::task::spawn_blocking(move || {
            gate.stop(PATIENCE);
            journal.join()
        });
        let (_, _, stopped) = tokio::join!(web, keeper, stopped);
        match stopped {
            Ok(Ok(health)) if health.lost().is_none() => {}
            Ok(Ok(health)) => tracing::error!("{} events never reached the log", health.lost().total()),
            Ok(Err(_)) | Err(_) => tracing::error!("the log broke off; please report this"),
        }
    }
}

fn start_web(
    sockets: Vec<TcpListener>,
    sources: Sources,
) -> Result<(oneshot::Sender<()>, tokio::task::JoinHandle<()>), String> {
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

/// Looks after what is in force, on a thread that may block on the disk.
fn start_keeper(mut keeper: Keeper) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (stop, mut stopped) = oneshot::channel::<()>();
    let task = tokio::task::spawn_blocking(move || {
        while matches!(stopped.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
            std::thread::sleep(LOOK);
            keeper.look();
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
    let shared_address = if manner.shared_computer {
        holdfast_activity::recent::SharedAddress::Everybody
    } else {
        Limits::default().shared_address
    };
    Limits { shared_address, ..Limits::default() }
}

fn settings(config: &Config, school: &str) -> Result<Settings, String> {
    let listed = config.listed.iter().map(|listed| {
        let addresses = listed.addresses.iter().map(|text| text.parse()).collect::<Result<Vec<_>, _>>()?;
        Ok(ListedHost { names: listed.names.clone(), addresses, allow_private: true })
    });
    let destinations = Destinations {
        listed: listed.collect::<Result<Vec<_>, String>>()?,
        listed_networks: config.upstream.listed_networks.clone(),
        own_addresses: own_addresses(),
        own_ports: config.web.listen.iter().map(SocketAddr::port).collect(),
    };
    Ok(Settings {
        workers: config.limits.workers,
        connections: config.limits.connections,
        connections_per_client: config.limits.connections_per_client,
        http_ports: config.ports.http.clone(),
        tunnel_ports: config.ports.tunnel.clone(),
        parent: parent(config)?,
        destinations,
        pac: PacSettings {
            own_hosts: own_hosts(config),
            direct_networks: config.upstream.listed_networks.clone(),
            ..PacSettings::default()
        },
        own_origin: config.web.address.trim_end_matches('/').to_owned(),
        school_name: school.to_owned(),
        ..Settings::default()
    })
}

/// The addresses of this computer, which the gate never leads to.
fn own_addresses() -> Vec<IpAddr> {
    match if_addrs::get_if_addrs() {
        Ok(found) => found.iter().map(if_addrs::Interface::ip).collect(),
        Err(fault) => {
            tracing::error!("this computer's own addresses cannot be told: {fault}");
            Vec::new()
        }
    }
}

fn parent(config: &Config) -> Result<Option<ParentProxy>, String> {
    let Some((host, port)) = config.upstream.parent.as_ref().and_then(|parent| parent.rsplit_once(':')) else {
        return Ok(None);
    };
    let credentials = match &config.upstream.parent_credentials {
        None => None,
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|fault| format!("{}: {fault}.", file.display()))?;
            let (name, password) = text
                .trim_end()
                .split_once(':')
                .ok_or_else(|| format!("{}: this is not `name:password` on one line.", file.display()))?;
            Some((name.to_owned(), password.to_owned()))
        }
    };
    let port = port.parse().map_err(|_fault| format!("“{port}” is not a port."))?;
    Ok(Some(ParentProxy { host: host.trim_matches(['[', ']']).to_owned(), port, credentials }))
}

fn own_hosts(config: &Config) -> Vec<Host> {
    let named = config.web.names.iter().map(String::as_str).chain(["localhost"]);
    let typed = holdfast_core::address::Address::parse(&config.web.address).ok().map(|address| address.host().clone());
    named.filter_map(|name| Host::parse(name).ok()).chain(typed).collect()
}

/// The PAC file of our own pages: browsers are sent to the first proxy listener.
fn proxy_file(config: &Config, sockets: &Sockets) -> String {
    let first = sockets.proxies.first().and_then(|listener| listener.socket.local_addr().ok());
    let own_hosts = own_hosts(config);
    let proxies = first.map(|address| {
        // A listener on every address is reached by the name that our own pages have.
        let host = if address.ip().is_unspecified() { own_hosts.last().cloned() } else { None };
        gateway::pac::ProxyAddress { host: host.unwrap_or_else(|| address.ip().into()), port: address.port() }
    });
    gateway::pac::pac(&PacSettings {
        own_hosts,
        proxies: proxies.into_iter().collect(),
        direct_networks: config.upstream.listed_networks.clone(),
        direct_names: Vec::new(),
    })
}

fn channel_losses(loss: &Arc<EventLoss>) -> drain::ChannelLosses {
    let loss = Arc::clone(loss);
    Arc::new(move || Losses {
        allowed: loss.allowed.load(Relaxed),
        failed: loss.failed.load(Relaxed),
        blocked: loss.blocked.load(Relaxed),
        refused: loss.refused.load(Relaxed),
        help: loss.help.load(Relaxed),
    })
}

/// The gate's events as the log takes them; neither crate knows the other.
struct FromGate(EventReceiver);

impl drain::Source for FromGate {
    async fn next_batch(&mut self, batch: &mut Vec<Event>) -> bool {
        self.0.next_batch(batch).await
    }
}

fn health_of(
    keeper: &Keeper,
    gate: &Gate,
    journal: watch::Receiver<health::Health>,
    channel_losses: drain::ChannelLosses,
    lists: Store,
) -> Arc<dyn Fn() -> Health + Send + Sync> {
    let (standing, counters, ruleset) = (keeper.standing(), gate.counters(), keeper.ruleset());
    Arc::new(move || {
        let standing = standing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_closed = ruleset.borrow().is_closed();
        let (standings, problems) = lists.standings();
        Health {
            ruleset_since: standing.since,
            open_connections: counters.open_connections.load(Relaxed),
            journal: journal.borrow().clone(),
            channel_losses: channel_losses(),
            components: components(&standing, &counters, is_closed, &problems),
            held: standings.into_iter().filter_map(held).collect(),
            alarms: [standing.policy, standing.people, standing.lists].into_iter().flatten().collect(),
        }
    })
}

fn components(standing: &Standing, counters: &Counters, is_closed: bool, sources: &[Problem]) -> Vec<Component> {
    let component = |name: &str, fault: Option<String>, good: &str| Component {
        name: name.to_owned(),
        state: if fault.is_some() { State::NeedsAttention } else { State::Working },
        words: fault.unwrap_or_else(|| good.to_owned()),
    };
    let words = |alarm: &Option<Alarm>| alarm.as_ref().map(|alarm| alarm.words.clone());
    let faults = counters.faults.load(Relaxed);
    let gate = if is_closed {
        let words = "No internet until it is safe: only help and lifelines are open.".to_owned();
        Component { name: "Filter".to_owned(), state: State::Stopped, words }
    } else if faults > 0 {
        let words = format!("{faults} requests were refused because judging them broke off. Please report this.");
        Component { name: "Filter".to_owned(), state: State::NeedsAttention, words }
    } else {
        component("Filter", None, "Every request is judged.")
    };
    let sources = (!sources.is_empty()).then(|| lines(sources));
    vec![
        gate,
        component("Policy", words(&standing.policy), "The policy document as it stands is in force."),
        component("People", words(&standing.people), "The people document as it stands is in force."),
        component("Lists", words(&standing.lists), "The compiled lists are in force."),
        component("List sources", sources, "Every list source is in order."),
    ]
}

fn held(standing: holdfast_duty::lists::Standing) -> Option<HeldList> {
    let held = standing.held?;
    Some(HeldList { title: standing.source.title, reason: held.reasons.join(" "), since: held.list.fetched })
}
