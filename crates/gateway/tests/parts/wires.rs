//! Three computers with wires between them: a pupil's, the filter's, which is its router, and one of servers.

use holdfast_gateway::Taken;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    fs::File,
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
    os::fd::AsFd as _,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

/// One of the computers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Computer {
    Pupil,
    Filter,
    Servers,
}

/// The three computers. Gone when dropped.
pub(crate) struct Wires {
    names: [String; 3],
}

impl Wires {
    /// `None`, with the reason said, where this account may not make networks.
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let wires = Self { names: ["p", "f", "s"].map(|what| format!("hfw-{what}-{}-{number}", std::process::id())) };
        match wires.lay() {
            Ok(()) => Some(wires),
            Err(fault) => {
                crate::skipped::because(format!("this account may not make network namespaces: {fault}"));
                None
            }
        }
    }

    fn lay(&self) -> Result<(), String> {
        let [pupil, filter, servers] = &self.names;
        for name in &self.names {
            ip(&format!("netns add {name}"))?;
            ip(&format!("-n {name} link set lo up"))?;
        }
        ip(&format!("link add wire netns {pupil} type veth peer name pupils netns {filter}"))?;
        ip(&format!("link add wire netns {servers} type veth peer name outside netns {filter}"))?;
        for (name, link, addresses) in [
            (pupil, "wire", ["192.0.2.2/24", "2001:db8:1::2/64"].as_slice()),
            (filter, "pupils", &["192.0.2.1/24", "2001:db8:1::1/64"]),
            (filter, "outside", &["203.0.113.1/24", "2001:db8:113::1/64"]),
            (servers, "wire", &["203.0.113.80/24", "203.0.113.81/24", "2001:db8:113::80/64", "2001:db8:113::81/64"]),
        ] {
            for address in addresses {
                let once = if address.contains(':') { " nodad" } else { "" };
                ip(&format!("-n {name} address add {address} dev {link}{once}"))?;
            }
            ip(&format!("-n {name} link set {link} up"))?;
        }
        for (name, router) in [(pupil, ["192.0.2.1", "2001:db8:1::1"]), (servers, ["203.0.113.1", "2001:db8:113::1"])] {
            ip(&format!("-n {name} route add default via {}", router[0]))?;
            ip(&format!("-n {name} -6 route add default via {}", router[1]))?;
        }
        Ok(())
    }

    fn name(&self, computer: Computer) -> &str {
        let [pupil, filter, servers] = &self.names;
        match computer {
            Computer::Pupil => pupil,
            Computer::Filter => filter,
            Computer::Servers => servers,
        }
    }

    /// Makes the filter turn connections aside by these rules; what is marked with 1 is taken in where `marked`.
    pub(crate) fn turn_aside(&self, rules: &str, marked: bool) -> Result<(), String> {
        let filter = self.name(Computer::Filter);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", filter, "nft", "-f", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|fault| fault.to_string())?;
        child.stdin.take().unwrap().write_all(rules.as_bytes()).map_err(|fault| fault.to_string())?;
        told(&child.wait_with_output().unwrap())?;
        if marked {
            for family in ["-4", "-6"] {
                ip(&format!("-n {filter} {family} rule add fwmark 1 lookup 100"))?;
                ip(&format!("-n {filter} {family} route add local default dev lo table 100"))?;
            }
        }
        Ok(())
    }

    /// Does something on one of the computers. Sockets made there, and threads begun there, stay there.
    pub(crate) fn at<T: Send + 'static>(&self, computer: Computer, work: impl FnOnce() -> T + Send + 'static) -> T {
        let place = File::open(format!("/run/netns/{}", self.name(computer))).unwrap();
        let there = thread::spawn(move || {
            move_into_link_name_space(place.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        });
        there.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault))
    }
}

impl Drop for Wires {
    fn drop(&mut self) {
        for name in &self.names {
            // It may never have been made.
            drop(ip(&format!("netns del {name}")));
        }
    }
}

fn ip(words: &str) -> Result<(), String> {
    let output = Command::new("ip").args(words.split(' ')).output().map_err(|fault| fault.to_string())?;
    told(&output).map_err(|fault| format!("ip {words}: {fault}"))
}

fn told(output: &Output) -> Result<(), String> {
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// A door for connections that are turned aside.
pub(crate) fn door(address: SocketAddr, how: Taken) -> TcpListener {
    bound(address, how == Taken::Tproxy).unwrap()
}

/// A server's socket.
pub(crate) fn listen(address: SocketAddr) -> TcpListener {
    bound(address, false).unwrap()
}

fn bound(address: SocketAddr, transparent: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    match (address.is_ipv6(), transparent) {
        (true, true) => socket.set_ip_transparent_v6(true)?,
        (false, true) => socket.set_ip_transparent_v4(true)?,
        (_, false) => {}
    }
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(64)?;
    Ok(socket.into())
}
