//! The name services that this computer itself was told to use (resolv.conf(5)).

use holdfast_gateway::dns::settings::{Transport, UpstreamAddress};
use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::Path,
};

/// Those to ask where the config names none. `own` are addresses on which we answer ourselves: to ask those would go
/// round in a circle. Where only systemd-resolved's own address is told, what it asks is used.
pub fn of_this_computer(own: &[IpAddr]) -> Vec<UpstreamAddress> {
    let read = |file: &str| upstreams(&fs::read_to_string(Path::new(file)).unwrap_or_default(), own);
    let told = read("/etc/resolv.conf");
    if told.iter().all(|upstream| upstream.socket.ip().is_loopback()) {
        let behind = read("/run/systemd/resolve/resolv.conf");
        if !behind.is_empty() {
            return behind;
        }
    }
    told
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
        let socket = SocketAddr::new(address, 53);
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
}
