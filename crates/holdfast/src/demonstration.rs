//! `holdfast demo`: everything on this computer, with a fictional school and a practice range, and what to try.

use crate::{
    lists,
    serve::{Manner, Running, Sockets, told_to_stop},
};
use clap::Args;
use holdfast_activity::recent::Verdict;
use holdfast_core::event::Outcome;
use holdfast_demo::{
    invitation::Invitation,
    range::{Range, RunningRange},
    school::{self, DEMO_PASSWORD, SAMPLE_PEOPLE},
};
use holdfast_duty::data_folder::DataFolder;
use holdfast_gateway::{Listener, SignInMode, sign_in::hash_password};
use holdfast_machine::config::{Config, Limits, Listed, Log, Ports, Proxy, SignIn, Upstream, Web};
use jiff::{Timestamp, tz::TimeZone};
use std::{
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::broadcast;

/// The port that people are told to use for the proxy, and those after it for the sample people.
const PROXY_PORT: u16 = 3128;
/// The port of our own pages.
const WEB_PORT: u16 = 8080;
/// How many ports after the wanted one are tried where it is taken.
const OTHER_PORTS: u16 = 50;

/// Where the demonstration keeps its state.
#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the state in this folder; otherwise it is gone when the demonstration ends.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The proxy's port; another free one where it is taken.
    #[arg(long, default_value_t = PROXY_PORT)]
    proxy_port: u16,
    /// The port of our own pages; another free one where it is taken.
    #[arg(long, default_value_t = WEB_PORT)]
    web_port: u16,
}

impl Demo {
    /// Runs until it is told to stop.
    pub fn run(&self) -> Result<String, String> {
        let temporary = match &self.data {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(|fault| format!("No temporary folder could be made: {fault}."))?),
        };
        let data =
            self.data.clone().or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned())).unwrap_or_default();
        let folder = DataFolder::open(&data).map_err(|fault| format!("{}: {fault}.", data.display()))?;
        say("Holdfast is getting ready: writing the fictional school and compiling its lists …");
        prepare(&folder)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|fault| format!("The program cannot start: {fault}."))?;
        runtime.block_on(self.show(&data))
    }

    async fn show(&self, data: &Path) -> Result<String, String> {
        let range = Range::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
        let range = range.map_err(|fault| format!("The practice range cannot start: {fault}"))?;
        let (sockets, config) = self.sockets(data, &range).await?;
        let ports: Vec<(Arc<str>, u16)> = sockets
            .proxies
            .iter()
            .filter_map(|proxy| Some((Arc::clone(&proxy.name), proxy.socket.local_addr().ok()?.port())))
            .collect();
        let manner = Manner { demo_view: true, shared_computer: true };
        let running = Running::start(&config, sockets, manner)?;
        // Only now: another demonstration on the same folder is refused, and leaves the first one's config as it is.
        write_config(data, &config)?;
        let program = std::env::args().next().unwrap_or_else(|| "holdfast".to_owned());
        let invitation =
            Invitation { own_address: &config.web.address, ports: &ports, program: &program, data_folder: data };
        say(&invitation.to_string());
        let verdicts = tokio::spawn(show_verdicts(running.recent.subscribe()));
        told_to_stop().await;
        verdicts.abort();
        running.stop().await;
        range.stop().await;
        Ok("The demonstration has ended.".to_owned())
    }

    /// Binds the first free ports from the wanted ones on, and writes the config that says so.
    async fn sockets(&self, data: &Path, range: &RunningRange) -> Result<(Sockets, Config), String> {
        let own = holdfast_web::loopback(self.web_port).await.map_err(|fault| fault.to_string())?;
        let web = own.listeners.into_iter().map(tokio::net::TcpListener::into_std).collect::<Result<Vec<_>, _>>();
        let web = web.map_err(|fault| format!("Our own pages cannot start: {fault}."))?;
        let listen = web.iter().filter_map(|socket| socket.local_addr().ok()).collect();
        let mut proxies = Vec::new();
        let mut port = self.proxy_port;
        let names = ["proxy"].into_iter().chain(SAMPLE_PEOPLE.iter().map(|person| person.listener));
        for name in names {
            let socket = free_port(&mut port)?;
            let sign_in = if name == "proxy" { SignInMode::Offered } else { SignInMode::Off };
            proxies.push(Listener { name: name.into(), socket, sign_in });
        }
        let config = Config {
            data: data.to_owned(),
            web: Web { listen, address: format!("http://localhost:{}", own.port), names: Vec::new() },
            proxies: proxies
                .iter()
                .map(|proxy| Proxy {
                    name: proxy.name.to_string(),
                    listen: proxy.socket.local_addr().into_iter().collect(),
                    sign_in: if proxy.sign_in == SignInMode::Off { SignIn::Off } else { SignIn::Offered },
                })
                .collect(),
            upstream: Upstream::default(),
            listed: vec![Listed {
                names: vec![".example".to_owned(), ".test".to_owned()],
                addresses: vec![range.address.to_string()],
            }],
            ports: Ports::default(),
            limits: Limits::default(),
            log: Log::default(),
        };
        Ok((Sockets { web, proxies }, config))
    }
}

fn say(text: &str) {
    // A closed terminal must not end the filter.
    drop(writeln!(io::stdout(), "{text}"));
}

fn free_port(port: &mut u16) -> Result<TcpListener, String> {
    let first = *port;
    for _ in 0..OTHER_PORTS {
        let wanted = *port;
        *port = port.saturating_add(1);
        match TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), wanted)) {
            Ok(socket) => return Ok(socket),
            Err(fault) if fault.kind() == io::ErrorKind::AddrInUse => {}
            Err(fault) => return Err(format!("The proxy cannot listen on port {wanted}: {fault}.")),
        }
    }
    Err(format!("No port from {first} on is free. Choose others with --proxy-port."))
}

/// The school's documents and its invented lists, put in as a school would put in its own, and compiled.
fn prepare(folder: &DataFolder) -> Result<(), String> {
    let hash = hash_password(DEMO_PASSWORD).map_err(|fault| fault.to_string())?;
    school::move_in(folder.path(), Timestamp::now(), &hash)?;
    lists::compile_in_child(folder).map(drop)
}

/// The config as a school would write it, for reading; the demonstration itself has it in memory.
fn write_config(data: &Path, config: &Config) -> Result<(), String> {
    let text = toml::to_string(config).map_err(|fault| fault.to_string())?;
    let file = data.join("holdfast.toml");
    std::fs::write(&file, text).map_err(|fault| format!("{}: {fault}.", file.display()))
}

async fn show_verdicts(mut verdicts: broadcast::Receiver<Arc<Verdict>>) {
    loop {
        match verdicts.recv().await {
            Ok(verdict) => say(&verdict_line(&verdict)),
            Err(broadcast::error::RecvError::Lagged(missed)) => say(&format!("  … {missed} more")),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

fn verdict_line(verdict: &Verdict) -> String {
    let time = Timestamp::from_microsecond(verdict.at_micros).unwrap_or_default().to_zoned(TimeZone::system());
    let outcome = match verdict.outcome {
        Outcome::Allowed => "allowed",
        Outcome::Blocked | Outcome::Sealed => "BLOCKED",
        Outcome::Redirected => "sent on",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    };
    let group = verdict.group.as_ref().map_or("unknown", |group| group.as_str());
    let why = verdict
        .category
        .as_ref()
        .map_or_else(|| verdict.layer.to_string(), |category| format!("{} {category}", verdict.layer));
    let host = verdict.host.as_deref().unwrap_or("(not shown)");
    format!("  {}  {outcome:<8} {group:<8} {host:<28} {why}", time.strftime("%H:%M:%S"))
}
