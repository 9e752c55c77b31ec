//! The sockets of a demonstration on this computer, and the config that says so: the first free ports from the wanted
//! ones on, and nothing that leaves this computer.

use crate::{
    config::{
        Config, Dns, DnsListener, Inspection, Limits, Listed, Log, Ports, Proxy, SignIn, Store, Tls, Upstream, Web,
    },
    sockets::{ProxySocket, Sockets},
};
use holdfast_gateway::{SignInMode, dns};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
};

/// How many ports after the wanted one are tried where it is taken.
const OTHER_PORTS: u16 = 50;
/// What the name of an engine's strict mode leads to; written down, because nothing is asked outside. The answer says
/// so, and nothing connects there.
const STRICT_GOOGLE: (&str, &str) = ("forcesafesearch.google.com", "216.239.38.120");
/// Where the names of the practice range lead: its own, and those real ones that it stands in for, with the name of the
/// video site's strict mode.
const RANGE_NAMES: [&str; 5] = [".example", ".test", ".youtube.com", "login.microsoftonline.com", "login.live.com"];

/// What a demonstration is made of.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// The folder of the store's secrets: outside the data folder, as a school's must be, so that commands find them too.
    pub secrets: &'a Path,
    /// Our own pages, bound already, and their port.
    pub web: (Vec<TcpListener>, u16),
    /// The practice range, to which all names of its own lead.
    pub range: SocketAddr,
    /// PEM files with the authorities that the practice range is signed by.
    pub extra_roots: Vec<PathBuf>,
    /// The wanted port of the proxy; those after it are the people's.
    pub proxy_port: u16,
    /// The wanted port of the name service; those after it are the people's.
    pub dns_port: u16,
    /// The wanted port of the name service over HTTPS.
    pub secure_dns_port: u16,
    /// The listeners' names that stand for sample people.
    pub people: &'a [&'a str],
}

impl Plan<'_> {
    /// Binds everything.
    ///
    /// # Errors
    ///
    /// When no port is free, or the system gives none; the text says what to do.
    pub fn bind(self) -> Result<(Sockets, Config), String> {
        let (web, web_port) = self.web;
        let listen = web.iter().filter_map(|socket| socket.local_addr().ok()).collect();
        let (mut proxies, mut names) = (Vec::new(), Vec::new());
        let (mut port, mut name_port, mut secure_port) = (self.proxy_port, self.dns_port, self.secure_dns_port);
        for name in ["proxy"].iter().chain(self.people) {
            let socket = free_port(&mut port, "The proxy", TcpListener::bind)?;
            let sign_in = if *name == "proxy" { SignInMode::Offered } else { SignInMode::Off };
            proxies.push(ProxySocket { name: (*name).to_owned(), sign_in, over_tls: false, socket });
        }
        for name in ["dns"].iter().chain(self.people) {
            let both = |address| Ok((UdpSocket::bind(address)?, TcpListener::bind(address)?));
            let (udp, tcp) = free_port(&mut name_port, "The name service", both)?;
            let mut listener =
                dns::Listener { name: (*name).into(), udp: vec![udp], tcp: vec![tcp], ..Default::default() };
            if *name == "dns" {
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
            data: self.data.to_owned(),
            web: Web {
                listen,
                tls: Vec::new(),
                address: format!("http://localhost:{web_port}"),
                names: Vec::new(),
                metrics_from: Vec::new(),
                reverse_proxies: Vec::new(),
            },
            proxies: proxies.iter().map(proxy_in_config).collect(),
            transparent: Vec::new(),
            dns: Some(Dns { listeners: names.iter().map(names_in_config).collect(), ..Dns::default() }),
            tls: Tls::default(),
            inspection: Inspection {
                enabled: true,
                // Beside what it locks, because nothing that a demonstration opens is worth locking.
                secret: self.data.join("interception.secret"),
                extra_roots: self.extra_roots,
                ..Inspection::default()
            },
            store: Store { secrets: self.secrets.to_owned(), ..Store::default() },
            page_door: None,
            upstream: Upstream::default(),
            listed: vec![
                listed(&RANGE_NAMES, self.range.to_string()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over_and_the_config_says_which_was_bound() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        // Far enough from the highest port for those that come after the first.
        let port = taken.local_addr().unwrap().port().min(65_000);
        let plan = Plan {
            data: Path::new("data"),
            secrets: Path::new("data-secrets"),
            web: (Vec::new(), 8080),
            range: "127.0.0.2:4711".parse().unwrap(),
            extra_roots: Vec::new(),
            proxy_port: port,
            dns_port: port,
            secure_dns_port: port,
            people: &["chloe"],
        };
        let (sockets, config) = plan.bind().unwrap();
        let bound: Vec<u16> = config.proxies.iter().flat_map(|proxy| &proxy.listen).map(SocketAddr::port).collect();
        assert_eq!(bound.len(), 2);
        assert!(bound.iter().all(|bound| *bound > port) || port == 65_000);
        assert_eq!(sockets.names.len(), 2);
        let secure: Vec<usize> = config.dns.unwrap().listeners.iter().map(|listener| listener.https.len()).collect();
        assert_eq!(secure, [1, 0], "only the first is spoken to over HTTPS");
    }
}
