//! Every address that the config listens on: ours and answering, free, or taken by another program.

use super::{
    Finding,
    holders::{Holder, Holders, Program},
};
use crate::{
    addresses,
    config::{Config, ListenOn, Protocol},
    install::{TAKING, UNIT_FILE},
};
use std::{
    fs,
    io::{self, ErrorKind, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};

/// Our program's name among processes.
const OURS: &str = "holdfast";
/// How long our own pages may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most of an answer that is read.
const LONGEST_ANSWER: u64 = 8 * 1024;
/// What to do where the service is not there.
const START: &str = "Start it: systemctl start holdfast. Why it stopped: journalctl -u holdfast -n 50";

/// What was found, and the process of the running service.
pub(super) fn examine(config: &Config) -> (Vec<Finding>, Option<u32>) {
    let holders = Holders::read();
    let sockets = config.sockets();
    let seen: Vec<(&ListenOn, Option<Holder>)> =
        sockets.iter().map(|socket| (socket, holders.of(socket.protocol, socket.address))).collect();
    let ours = |program: &Program| (program.name == OURS).then_some(program.process);
    let service = seen.iter().find_map(|(_, holder)| holder.as_ref()?.program.as_ref().and_then(ours));
    let health = health(config);
    // An account that may not see whose sockets they are still sees that our pages answer.
    let is_running = service.is_some() || health.is_ok();
    let mut findings = Vec::new();
    let mut free = 0;
    for (socket, holder) in &seen {
        match holder {
            Some(Holder { program: Some(program), .. }) if ours(program).is_some() => {}
            Some(Holder { program: None, .. }) if is_running => {}
            Some(holder) => findings.push(taken(socket, holder)),
            None if is_running => findings.push(Finding::fault(
                "ports",
                format!(
                    "Holdfast runs, and nobody listens on {} ({}) for {}.",
                    socket.address,
                    word(socket.protocol),
                    socket.purpose
                ),
                "The config has changed since it started, or that part broke off: systemctl restart holdfast",
            )),
            None => match try_to_listen(socket) {
                Ok(()) => free += 1,
                Err(fault) => findings.push(cannot_listen(socket, &fault)),
            },
        }
    }
    if findings.is_empty() {
        let count = sockets.len();
        let words = if is_running {
            format!("Holdfast listens on all {count} addresses of the config.")
        } else {
            format!("All {free} addresses of the config are free to listen on.")
        };
        findings.push(Finding::fine("ports", words));
    }
    if !is_running && config.takes_as_they_are() {
        findings.extend(fs::read_to_string(UNIT_FILE).ok().and_then(|unit| cannot_take(&unit)));
    }
    findings.extend(open_to_the_internet(config, &addresses::own().unwrap_or_default()));
    findings.push(match (is_running, health) {
        (false, _) => Finding::attention("service", "Holdfast does not run.", START),
        (true, Ok(())) => Finding::fine("service", "It runs, and says of itself that all is well (/healthz, /readyz)."),
        (true, Err(fault)) => Finding::fault(
            "service",
            fault,
            "Look at the status page on this computer, and at: journalctl -u holdfast -n 50",
        ),
    });
    (findings, service)
}

/// A unit without the capability that the config needs: written before the config had such a door.
fn cannot_take(unit: &str) -> Option<Finding> {
    let gives = unit.lines().any(|line| line.starts_with("AmbientCapabilities=") && line.contains(TAKING));
    (!gives).then(|| {
        Finding::attention(
            "transparent",
            format!("The config has a transparent door with `mode = \"tproxy\"`, and the unit {UNIT_FILE} does not give the service {TAKING} for it."),
            "Write the unit anew: holdfast install. Where a file of your own gives the capability (systemctl edit holdfast), all is well.",
        )
    })
}

/// Proxy and pages on an address that the internet reaches; the name service answers known networks only. `computer` are
/// all addresses of this computer.
fn open_to_the_internet(config: &Config, computer: &[IpAddr]) -> Option<Finding> {
    let proxies = config.proxies.iter().flat_map(|proxy| proxy.listen.iter().chain(&proxy.tls));
    let listened = proxies.chain(&config.web.listen).chain(config.page_door.iter().flat_map(|door| &door.listen));
    let reached = |listen: &&SocketAddr| {
        let of_its_kind = |address: &&IpAddr| address.is_ipv4() == listen.is_ipv4();
        addresses::is_public(listen.ip())
            || listen.ip().is_unspecified()
                && computer.iter().filter(of_its_kind).any(|&address| addresses::is_public(address))
    };
    let mut open: Vec<String> = listened.filter(reached).map(ToString::to_string).collect();
    open.dedup();
    (!open.is_empty()).then(|| {
        Finding::attention(
            "internet",
            format!(
                "The proxy or our own pages listen on {}, which the internet may reach: unless a firewall keeps them out, anybody could use them.",
                open.join(", ")
            ),
            "Write only addresses inside the school in the config; or see that the firewall lets nothing in (docs/install.md, step 5).",
        )
    })
}

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Udp => "UDP",
        Protocol::Tcp => "TCP",
    }
}

fn taken(socket: &ListenOn, holder: &Holder) -> Finding {
    let name = holder.program.as_ref().map_or("", |program| program.name.as_str());
    let advice = match name {
        "" => "Run the doctor as root to learn which program it is.".to_owned(),
        // Names of processes end after 15 characters.
        "systemd-resolve" => "It is this machine's own helper for names. Write `DNSStubListener=no` under [Resolve] in /etc/systemd/resolved.conf, then:\nsystemctl restart systemd-resolved && ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf".to_owned(),
        "dnsmasq" => "Stop it: systemctl disable --now dnsmasq. Where NetworkManager or libvirt started it, switch it off there; where it also gives out addresses (DHCP), write `port=0` into its config instead.".to_owned(),
        other => format!("Stop that program (perhaps: systemctl disable --now {other}), or write another address or port in the config."),
    };
    let whose = holder.program.as_ref().map_or_else(
        || "another program".to_owned(),
        |program| format!("“{}” (process {})", program.name, program.process),
    );
    let words = format!(
        "{} ({}) for {} is taken by {whose}, which listens on {}.",
        socket.address,
        word(socket.protocol),
        socket.purpose,
        holder.address
    );
    Finding::fault("ports", words, advice)
}

fn try_to_listen(socket: &ListenOn) -> io::Result<()> {
    match socket.protocol {
        Protocol::Udp => UdpSocket::bind(socket.address).map(drop),
        Protocol::Tcp => TcpListener::bind(socket.address).map(drop),
    }
}

fn cannot_listen(socket: &ListenOn, fault: &io::Error) -> Finding {
    let place = format!("{} ({}) for {}", socket.address, word(socket.protocol), socket.purpose);
    match fault.kind() {
        ErrorKind::AddrNotAvailable => Finding::fault(
            "ports",
            format!("{place}: this computer has no address {}.", socket.address.ip()),
            "Give the computer that address, always the same one, or write the one it has in the config (`ip address` shows it).",
        ),
        ErrorKind::PermissionDenied => Finding::attention(
            "ports",
            format!("{place}: this account may not listen on a port below 1024."),
            "The service may, by the capability CAP_NET_BIND_SERVICE that its unit gives. Run the doctor as root to be sure that the port is free.",
        ),
        _ => Finding::fault("ports", format!("{place}: {fault}."), "Write another address or port in the config."),
    }
}

/// Whether our own pages say that it works and that clients may be sent to it.
fn health(config: &Config) -> Result<(), String> {
    // From this computer itself they say more than to others.
    let inner = config.web.listen.iter().find(|listen| listen.ip().is_loopback() || listen.ip().is_unspecified());
    let listen = *inner.or(config.web.listen.first()).ok_or("Our own pages have no address.")?;
    let address = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listen.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), listen.port()),
        _ => listen,
    };
    for page in ["/healthz", "/readyz"] {
        let answer =
            ask(address, page).map_err(|fault| format!("Our own pages at {address} do not answer: {fault}."))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        match head.split(' ').nth(1) {
            Some("200") => {}
            Some("503") => return Err(format!("It runs, and says of itself: {}", body.trim())),
            _ => return Err(format!("What answers at {address} is not Holdfast.")),
        }
    }
    Ok(())
}

fn ask(address: SocketAddr, page: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {page} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::UNIT;

    #[test]
    fn a_unit_that_cannot_take_connections_as_they_are_is_told() {
        assert!(cannot_take(UNIT).unwrap().words.contains(TAKING));
        let given = UNIT.replace("=CAP_NET_BIND_SERVICE\n", &format!("=CAP_NET_BIND_SERVICE {TAKING}\n"));
        assert_eq!(cannot_take(&given), None);
    }

    #[test]
    fn a_proxy_that_the_internet_reaches_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("holdfast.toml");
        let told = |proxy: &str, computer: &[&str]| {
            let text = format!(
                "data = \"data\"\n[web]\nlisten = [\"127.0.0.1:8080\"]\naddress = \"http://localhost:8080\"\n[[proxy]]\nname = \"p\"\nlisten = [\"{proxy}\"]\n"
            );
            std::fs::write(&file, text).unwrap();
            let computer: Vec<IpAddr> = computer.iter().map(|text| text.parse().unwrap()).collect();
            open_to_the_internet(&Config::read(&file).unwrap(), &computer).map(|finding| finding.words)
        };
        assert_eq!(told("10.1.0.1:3128", &["10.1.0.1", "9.9.9.9"]), None);
        assert!(told("9.9.9.9:3128", &[]).unwrap().contains("listen on 9.9.9.9:3128"));
        assert!(told("0.0.0.0:3128", &["10.1.0.1", "9.9.9.9"]).unwrap().contains("0.0.0.0:3128"));
        assert_eq!(told("0.0.0.0:3128", &["10.1.0.1", "2620:fe::fe"]), None);
        assert!(told("[::]:3128", &["10.1.0.1", "2620:fe::fe"]).is_some());
    }
}
