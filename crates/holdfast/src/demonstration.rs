//! `holdfast demo`: everything on this computer, with a fictional school and a practice range, and what to try.

use crate::serve::{Manner, Running, told_to_stop};
use clap::Args;
use holdfast_activity::recent::Verdict;
use holdfast_demo::{
    invitation::Invitation,
    range::{Range, RunningRange},
    school::{self, DEMO_PASSWORD, SAMPLE_PEOPLE},
    verdict_line::verdict_line,
};
use holdfast_duty::{compile_in_child, data_folder::DataFolder};
use holdfast_gateway::{SignInMode, dns, sign_in::hash_password};
use holdfast_machine::{
    config::{Config, Dns, DnsListener, Limits, Listed, Log, Ports, Proxy, SignIn, Tls, Upstream, Web},
    sockets::{ProxySocket, Sockets},
};
use jiff::Timestamp;
use std::{
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::broadcast;

/// The port that people are told to use for the proxy, and those after it for the sample people.
const PROXY_PORT: u16 = 3128;
/// The port of our own pages.
const WEB_PORT: u16 = 8080;
/// The port of the name service, and those after it for the sample people.
const DNS_PORT: u16 = 5300;
/// The port of the name service over HTTPS.
const SECURE_DNS_PORT: u16 = 5443;
/// How many ports after the wanted one are tried where it is taken.
const OTHER_PORTS: u16 = 50;
/// Where the practice range is: another address than the filter's own, so that the two can be told apart.
const RANGE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// What the name of an engine's strict mode leads to; written down, because nothing is asked outside.
const STRICT_GOOGLE: (&str, &str) = ("forcesafesearch.google.com", "216.239.38.120");

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
    /// The name service's port; another free one where it is taken.
    #[arg(long, default_value_t = DNS_PORT)]
    dns_port: u16,
    /// The port of the name service over HTTPS; another free one where it is taken.
    #[arg(long, default_value_t = SECURE_DNS_PORT)]
    secure_dns_port: u16,
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
        let range = Range::start(SocketAddr::from((RANGE, 0))).await;
        let range = range.map_err(|fault| format!("The practice range cannot start: {fault}"))?;
        let (sockets, config) = self.sockets(data, &range).await?;
        let port = |name: &str, address: Option<SocketAddr>| Some((Arc::from(name), address?.port()));
        let ports: Vec<(Arc<str>, u16)> =
            config.proxies.iter().filter_map(|proxy| port(&proxy.name, proxy.listen.first().copied())).collect();
        let listeners = || config.dns.iter().flat_map(|dns| &dns.listeners);
        let name_ports: Vec<(Arc<str>, u16)> =
            listeners().filter_map(|names| port(&names.name, names.plain.first().copied())).collect();
        let secure_names_port = listeners().find_map(|names| names.https.first()).map_or(0, SocketAddr::port);
        let manner = Manner { demo_view: true, shared_computer: true, stays_here: true };
        let running = Running::start(&config, sockets, manner)?;
        // Only now: another demonstration on the same folder is refused, and leaves the first one's config as it is.
        write_config(data, &config)?;
        let program = std::env::args().next().unwrap_or_else(|| "holdfast".to_owned());
        let invitation = Invitation {
            own_address: &config.web.address,
            ports: &ports,
            name_ports: &name_ports,
            secure_names_port,
            range: range.address,
            program: &program,
            data_folder: data,
        };
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
        let (mut proxies, mut names) = (Vec::new(), Vec::new());
        let (mut port, mut name_port, mut secure_port) = (self.proxy_port, self.dns_port, self.secure_dns_port);
        let people = || SAMPLE_PEOPLE.iter().map(|person| person.listener);
        for name in ["proxy"].into_iter().chain(people()) {
            let socket = free_port(&mut port, "The proxy", |address| TcpListener::bind(address))?;
            let sign_in = if name == "proxy" { SignInMode::Offered } else { SignInMode::Off };
            proxies.push(ProxySocket { name: name.to_owned(), sign_in, over_tls: false, socket });
        }
        for name in ["dns"].into_iter().chain(people()) {
            let both = |address| Ok((UdpSocket::bind(address)?, TcpListener::bind(address)?));
            let (udp, tcp) = free_port(&mut name_port, "The name service", both)?;
            let mut listener =
                dns::Listener { name: name.into(), udp: vec![udp], tcp: vec![tcp], ..Default::default() };
            if name == "dns" {
                let secure = |address| TcpListener::bind(address);
                listener.https = vec![free_port(&mut secure_port, "The name service over HTTPS", secure)?];
            }
            names.push(listener);
        }
        let listed = |names: &[&str], address: String| Listed {
            names: names.iter().map(ToString::to_string).collect(),
            addresses: vec![address],
        };
        let config = Config {
            data: data.to_owned(),
            web: Web {
                listen,
                address: format!("http://localhost:{}", own.port),
                names: Vec::new(),
                metrics_from: Vec::new(),
            },
            proxies: proxies.iter().map(proxy_in_config).collect(),
            dns: Some(Dns { listeners: names.iter().map(names_in_config).collect(), ..Dns::default() }),
            tls: Tls::default(),
            page_door: None,
            upstream: Upstream::default(),
            listed: vec![
                listed(&[".example", ".test"], range.address.to_string()),
                listed(&[STRICT_GOOGLE.0], STRICT_GOOGLE.1.to_owned()),
            ],
            ports: Ports::default(),
            limits: Limits::default(),
            log: Log::default(),
        };
        Ok((Sockets { web, proxies, names, ..Sockets::default() }, config))
    }
}

fn proxy_in_config(proxy: &ProxySocket) -> Proxy {
    Proxy {
        name: proxy.name.clone(),
        listen: proxy.socket.local_addr().into_iter().collect(),
        tls: Vec::new(),
        sign_in: if proxy.sign_in == SignInMode::Off { SignIn::Off } else { SignIn::Offered },
    }
}

fn names_in_config(names: &dns::Listener) -> DnsListener {
    let addresses = |sockets: &[TcpListener]| sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect();
    DnsListener {
        name: names.name.to_string(),
        plain: addresses(&names.tcp),
        tls: addresses(&names.tls),
        https: addresses(&names.https),
    }
}

fn say(text: &str) {
    // A closed terminal must not end the filter.
    drop(writeln!(io::stdout(), "{text}"));
}

/// Binds the first free port from `port` on, which then is the one after it.
fn free_port<T>(port: &mut u16, what: &str, bind: impl Fn(SocketAddr) -> io::Result<T>) -> Result<T, String> {
    let first = *port;
    for _ in 0..OTHER_PORTS {
        let wanted = *port;
        *port = port.saturating_add(1);
        match bind((IpAddr::V4(Ipv4Addr::LOCALHOST), wanted).into()) {
            Ok(socket) => return Ok(socket),
            Err(fault) if fault.kind() == io::ErrorKind::AddrInUse => {}
            Err(fault) => return Err(format!("{what} cannot listen on port {wanted}: {fault}.")),
        }
    }
    Err(format!("No port from {first} on is free. Choose others with --proxy-port, --dns-port or --secure-dns-port."))
}
/// The school's documents and its invented lists, put in as a school would put in its own, and compiled.
fn prepare(folder: &DataFolder) -> Result<(), String> {
    let hash = hash_password(DEMO_PASSWORD).map_err(|fault| fault.to_string())?;
    school::move_in(folder.path(), Timestamp::now(), &hash)?;
    compile_in_child::compile_in_child(folder).map(drop)
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
