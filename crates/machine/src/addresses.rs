//! The addresses of this computer.

use holdfast_gateway::destination::special;
use std::{
    fs, io,
    net::{IpAddr, Ipv6Addr},
};

/// The flag of an address that was set by hand and not learnt from the network (`IFA_F_PERMANENT`).
const PERMANENT: u8 = 0x80;

/// How interfaces begin that lead to containers or virtual machines on this computer, or through a tunnel to elsewhere.
const INNER: [&str; 13] =
    ["docker", "br-", "veth", "virbr", "lxc", "lxdbr", "cni", "podman", "tailscale", "wg", "tun", "tap", "zt"];

/// Whether it is an ordinary address of the internet, which anybody may reach unless a firewall stands before it.
pub fn is_public(address: IpAddr) -> bool {
    special(address).is_none()
}

/// All of them, loopback included.
pub fn own() -> io::Result<Vec<IpAddr>> {
    Ok(if_addrs::get_if_addrs()?.iter().map(if_addrs::Interface::ip).collect())
}

/// Those that a school's devices may be told: no loopback, no link-local, no network inside this computer and no
/// tunnel, and of IPv6 only what was set by hand, because addresses that were learnt from the network change.
pub fn for_listening() -> io::Result<Vec<IpAddr>> {
    let set_by_hand = set_by_hand(&fs::read_to_string("/proc/net/if_inet6").unwrap_or_default());
    let mut found: Vec<IpAddr> = if_addrs::get_if_addrs()?
        .iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local() && !is_inner(&interface.name))
        .map(if_addrs::Interface::ip)
        .filter(|address| match address {
            IpAddr::V4(_) => true,
            IpAddr::V6(address) => set_by_hand.contains(address),
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn is_inner(interface: &str) -> bool {
    INNER.iter().any(|front| interface.starts_with(front))
}

/// Reads `/proc/net/if_inet6`: address, interface, prefix length, scope, flags and name, in hexadecimal.
fn set_by_hand(text: &str) -> Vec<Ipv6Addr> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let address = u128::from_str_radix(words.next()?, 16).ok()?;
        let flags = u8::from_str_radix(words.nth(3)?, 16).ok()?;
        (flags & PERMANENT != 0).then(|| Ipv6Addr::from(address))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_learnt_from_the_network_is_not_told() {
        let text = "20010db8000000000000000000000010 02 40 00 80     eth0\n\
                    20010db800000000a1b2c3d4e5f60718 02 40 00 00     eth0\n\
                    nonsense\n";
        assert_eq!(set_by_hand(text), ["2001:db8::10".parse::<Ipv6Addr>().unwrap()]);
    }

    #[test]
    fn bridges_and_tunnels_are_not_told_and_cables_are() {
        for name in ["podman0", "lxdbr0", "tailscale0", "wg0", "tun0", "docker0", "br-0a1b2c"] {
            assert!(is_inner(name), "{name}");
        }
        for name in ["eth0", "enp3s0", "wlan0", "bond0", "br0", "ens18.20"] {
            assert!(!is_inner(name), "{name}");
        }
    }

    #[test]
    fn this_computer_has_a_loopback_and_none_to_tell() {
        assert!(own().unwrap().iter().any(IpAddr::is_loopback));
        assert!(!for_listening().unwrap().iter().any(IpAddr::is_loopback));
    }
}
