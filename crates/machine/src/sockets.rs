//! Every socket, bound before anything starts, so that a taken port is told at once.

use crate::config::Config;
use holdfast_core::address::Address;
use holdfast_gateway::{
    Listener, SignInMode, Taken, dns,
    pac::{PacSettings, ProxyAddress, pac},
};
use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{SocketAddr, TcpListener, UdpSocket},
    sync::Arc,
};
use tokio::sync::watch;

/// Room for questions that arrive while an answer is written, bytes; the system may give less.
const DATAGRAM_ROOM: usize = 4 * 1024 * 1024;
/// Connections that may wait to be taken.
const BACKLOG: i32 = 1_024;

/// A proxy's socket.
#[derive(Debug)]
pub struct ProxySocket {
    /// The listener's name.
    pub name: String,
    /// Whether it asks for a sign-in.
    pub sign_in: SignInMode,
    /// Whether it is spoken to over TLS.
    pub over_tls: bool,
    /// The socket.
    pub socket: TcpListener,
}

/// A socket for connections that the router turns aside.
#[derive(Debug)]
pub struct TransparentSocket {
    /// The listener's name.
    pub name: String,
    /// How they come here.
    pub how: Taken,
    /// The socket.
    pub socket: TcpListener,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Sockets {
    /// Our own pages.
    pub web: Vec<TcpListener>,
    /// The same over HTTPS.
    pub secure_web: Vec<TcpListener>,
    /// The proxies.
    pub proxies: Vec<ProxySocket>,
    /// The doors for connections that the router turns aside.
    pub transparent: Vec<TransparentSocket>,
    /// The page door.
    pub pages: Vec<TcpListener>,
    /// The name service.
    pub names: Vec<dns::Listener>,
}

impl Sockets {
    /// Binds what the config names.
    pub fn bind(config: &Config) -> Result<Self, String> {
        let mut sockets = Self {
            web: listen_all(&config.web.listen, "our own pages")?,
            secure_web: listen_all(&config.web.tls, "our own pages over HTTPS")?,
            ..Self::default()
        };
        for proxy in &config.proxies {
            for (addresses, over_tls) in [(&proxy.listen, false), (&proxy.tls, true)] {
                for socket in listen_all(addresses, &format!("the proxy “{}”", proxy.name))? {
                    let (name, sign_in) = (proxy.name.clone(), proxy.sign_in.mode());
                    sockets.proxies.push(ProxySocket { name, sign_in, over_tls, socket });
                }
            }
        }
        for door in &config.transparent {
            let how = door.mode.taken();
            for address in &door.listen {
                let socket = listen_aside(*address, how, &format!("the transparent door “{}”", door.name))?;
                sockets.transparent.push(TransparentSocket { name: door.name.clone(), how, socket });
            }
        }
        if let Some(door) = &config.page_door {
            sockets.pages = listen_all(&door.listen, "the page door")?;
        }
        for listener in config.dns.iter().flat_map(|dns| &dns.listeners) {
            let what = format!("the name service “{}”", listener.name);
            let mut udp = Vec::new();
            for address in &listener.plain {
                // One for each worker: the system then wakes one of them for a question, and not all.
                for _ in 0..config.limits.workers_or_cores() {
                    udp.push(datagrams(*address, &what)?);
                }
            }
            sockets.names.push(dns::Listener {
                name: listener.name.as_str().into(),
                udp,
                tcp: listen_all(&listener.plain, &what)?,
                tls: listen_all(&listener.tls, &what)?,
                https: listen_all(&listener.https, &what)?,
            });
        }
        Ok(sockets)
    }

    /// The PAC file of our own pages: browsers are sent to the first proxy listener in the clear.
    pub fn proxy_file(&self, config: &Config) -> String {
        let first = self.proxies.iter().find(|proxy| !proxy.over_tls).or(self.proxies.first());
        let proxy = first.and_then(|proxy| {
            let address = proxy.socket.local_addr().ok()?;
            // A listener on every address is reached by the name that people type for our own pages.
            let typed = || Some(Address::parse(&config.web.address).ok()?.host().clone());
            let host = if address.ip().is_unspecified() { typed() } else { None };
            let host = host.unwrap_or_else(|| address.ip().into());
            Some(ProxyAddress { host, port: address.port(), tls: proxy.over_tls })
        });
        pac(&PacSettings { proxies: proxy.into_iter().collect(), ..config.proxy_file() })
    }

    /// The ports of everything, which the gate never leads to.
    pub fn ports(&self) -> Vec<u16> {
        let names = self.names.iter().flat_map(|names| names.tcp.iter().chain(&names.tls).chain(&names.https));
        let proxies = self.proxies.iter().map(|proxy| &proxy.socket);
        let proxies = proxies.chain(self.transparent.iter().map(|door| &door.socket));
        let all = self.web.iter().chain(&self.secure_web).chain(proxies).chain(&self.pages).chain(names);
        all.filter_map(|socket| Some(socket.local_addr().ok()?.port())).collect()
    }
}

impl ProxySocket {
    /// As the gate takes it.
    pub fn listener(self, tls: Option<&watch::Receiver<Arc<ServerConfig>>>) -> Option<Listener> {
        let Self { name, sign_in, over_tls, socket } = self;
        Some(match (over_tls, tls) {
            (false, _) => Listener::proxy(&name, socket, sign_in),
            (true, Some(tls)) => Listener::proxy_over_tls(&name, socket, sign_in, tls.clone()),
            (true, None) => return None,
        })
    }
}

impl TransparentSocket {
    /// As the gate takes it.
    pub fn listener(self) -> Listener {
        Listener::transparent(&self.name, self.socket, self.how)
    }
}

fn listen_all(addresses: &[SocketAddr], what: &str) -> Result<Vec<TcpListener>, String> {
    addresses.iter().map(|address| listen(*address).map_err(|fault| told(what, *address, &fault))).collect()
}

/// Listens for connections that the router turns aside. To take them as they are, the socket must be marked before it is
/// bound (`IP_TRANSPARENT`, ip(7)).
fn listen_aside(address: SocketAddr, how: Taken, what: &str) -> Result<TcpListener, String> {
    let fault_told = |fault| told(what, address, &fault);
    let socket = new_socket(address).map_err(fault_told)?;
    let marked = match (how, address) {
        (Taken::Redirect, _) => Ok(()),
        (Taken::Tproxy, SocketAddr::V4(_)) => socket.set_ip_transparent_v4(true),
        (Taken::Tproxy, SocketAddr::V6(_)) => socket.set_ip_transparent_v6(true),
    };
    marked.map_err(|fault| {
        format!(
            "{what} cannot take connections as they are ({address}): {fault}. That needs the capability CAP_NET_RAW, which `holdfast install` gives where the config has such a door: run it again. Or write `mode = \"redirect\"` there, which needs none."
        )
    })?;
    bound(socket, address).map_err(fault_told)
}

/// Listens for connections; an IPv6 address takes IPv6 only, so that both may stand in the config.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bound(new_socket(address)?, address)
}

fn new_socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // After a restart, connections of the program before may still be fading.
    socket.set_reuse_address(true)?;
    Ok(socket)
}

fn bound(socket: Socket, address: SocketAddr) -> io::Result<TcpListener> {
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn datagrams(address: SocketAddr, what: &str) -> Result<UdpSocket, String> {
    let bound = || -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // Shared among our own sockets only: the same port's TCP socket, which is not shared, keeps another copy out.
        socket.set_reuse_port(true)?;
        socket.set_recv_buffer_size(DATAGRAM_ROOM)?;
        socket.bind(&address.into())?;
        Ok(socket.into())
    };
    bound().map_err(|fault| told(what, address, &fault))
}

fn told(what: &str, address: SocketAddr, fault: &io::Error) -> String {
    let cure = match fault.kind() {
        io::ErrorKind::PermissionDenied => {
            "Ports below 1024 need the capability CAP_NET_BIND_SERVICE, which `holdfast install` gives."
        }
        _ => {
            "Stop the program that has this port, or write another one in the config; `holdfast doctor` tells which it is."
        }
    };
    format!("{what} cannot listen on {address}: {fault}. {cure}")
}
