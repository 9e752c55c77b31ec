//! The name services that this computer itself was told to use (resolv.conf(5)).

use crate::{
    addresses,
    config::{ListenOn, Protocol},
};
use holdfast_gateway::dns::settings::{Transport, UpstreamAddress};
use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::Path,
};

/// The port of name services.
const PORT: u16 = 53;

/// Those to ask where the config names none. What we listen on ourselves ([`crate::config::Config::sockets`]) is left
/// out: to ask that would go round in a circle. Another program on this computer may well be asked. Where only
/// systemd-resolved's own address is told, what it asks is used.
pub fn of_this_computer(listened: &[ListenOn]) -> Vec<UpstreamAddress> {
    let ours = ours(listened, &addresses::own().unwrap_or_default());
    let read = |file: &str| upstreams(&fs::read_to_string(Path::new(file)).unwrap_or_default(), &ours);
    let told = read("/etc/resolv.conf");
    if told.iter().all(|upstream| upstream.socket.ip().is_loopback()) {
        let behind = read("/run/systemd/resolve/resolv.conf");
        if !behind.is_empty() {
            return behind;
        }
    }
    told
}

/// The addresses under which we answer questions ourselves; `computer` are all that this computer has.
fn ours(listened: &[ListenOn], computer: &[IpAddr]) -> Vec<IpAddr> {
    let names = listened.iter().filter(|on| on.protocol == Protocol::Udp && on.address.port() == PORT);
    let each = names.map(|on| on.address.ip());
    // A socket for IPv6 takes that alone, so an unspecified address stands for its own kind.
    let all = each.clone().filter(IpAddr::is_unspecified);
    let any = all.flat_map(|any| computer.iter().copied().filter(move |address| address.is_ipv4() == any.is_ipv4()));
    each.chain(any).collect()
}

/// The name servers of a resolv.conf, without our own addresses.
fn upstreams(text: &str, own: &[IpAddr]) -> Vec<UpstreamAddress> {
    let addresses = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        // A zone (`fe80::1%eth0`) cannot be kept in an upstream's address, so such a server is left out.
        (words.next() == Some("nameserver")).then(|| words.next()?.parse::<IpAddr>().ok())?
    });
    let mut found = Vec::new();
    for address in addresses.filter(|address| !address.is_unspecified() && !own.contains(address)) {
        let socket = SocketAddr::new(address, PORT);
        let upstream = UpstreamAddress { transport: Transport::Plain, socket, name: None, path: String::new() };
        if !found.contains(&upstream) {
            found.push(upstream);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_addresses_are_never_asked() {
        let text = "# comment\nsearch school.example\nnameserver 192.0.2.10\nnameserver 192.0.2.53\n\
                    nameserver 192.0.2.53\n nameserver 2001:db8::53\nnameserver fe80::1%eth0\nnameserver\n";
        let found = upstreams(text, &["192.0.2.10".parse().unwrap()]);
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["192.0.2.53:53", "[2001:db8::53]:53"]);
        assert_eq!(upstreams("nameserver 192.0.2.10", &["192.0.2.10".parse().unwrap()]), []);
    }

    #[test]
    fn only_what_we_answer_on_port_53_is_ours() {
        let on = |text: &str, protocol| ListenOn { address: text.parse().unwrap(), protocol, purpose: String::new() };
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        let computer = addresses(&["127.0.0.1", "192.0.2.10", "::1", "2001:db8::10"]);
        // A name service of another program on this computer is asked.
        let beside =
            [on("192.0.2.10:853", Protocol::Tcp), on("127.0.0.1:5353", Protocol::Udp), on("0.0.0.0:80", Protocol::Tcp)];
        assert_eq!(ours(&beside, &computer), addresses(&[]));
        assert_eq!(ours(&[on("192.0.2.10:53", Protocol::Udp)], &computer), addresses(&["192.0.2.10"]));
        let any = ours(&[on("0.0.0.0:53", Protocol::Udp)], &computer);
        assert_eq!(any, addresses(&["0.0.0.0", "127.0.0.1", "192.0.2.10"]));
        let any = ours(&[on("[::]:53", Protocol::Udp)], &computer);
        assert_eq!(any, addresses(&["::", "::1", "2001:db8::10"]));
    }
}
