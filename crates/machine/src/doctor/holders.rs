//! Which program holds a port, as Linux tells it under `/proc` (proc(5)).

use crate::config::Protocol;
use std::{
    collections::HashMap,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// State of a listening TCP socket (`TCP_LISTEN`).
const TCP_LISTENS: &str = "0A";
/// State of a UDP socket that anybody may send to (`TCP_CLOSE`).
const UDP_UNCONNECTED: &str = "07";

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// Its process.
    pub(super) process: u32,
    /// Its name, of at most 15 characters.
    pub(super) name: String,
}

/// A socket that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Whose it is; `None` where this account may not know.
    pub(super) program: Option<Program>,
}

/// Everything that listens on this computer.
#[derive(Debug, Default)]
pub(super) struct Holders {
    sockets: Vec<(Protocol, SocketAddr, u64)>,
    programs: HashMap<u64, Program>,
}

impl Holders {
    /// As it is now.
    pub(super) fn read() -> Self {
        let mut sockets = Vec::new();
        for (file, protocol, state) in [
            ("tcp", Protocol::Tcp, TCP_LISTENS),
            ("tcp6", Protocol::Tcp, TCP_LISTENS),
            ("udp", Protocol::Udp, UDP_UNCONNECTED),
            ("udp6", Protocol::Udp, UDP_UNCONNECTED),
        ] {
            let text = fs::read_to_string(format!("/proc/net/{file}")).unwrap_or_default();
            sockets.extend(
                text.lines().filter_map(|line| socket(line, state)).map(|(address, inode)| (protocol, address, inode)),
            );
        }
        Self { sockets, programs: programs() }
    }

    /// Who holds this address, or one that stands in its way.
    pub(super) fn of(&self, protocol: Protocol, wanted: SocketAddr) -> Option<Holder> {
        let in_the_way = |held: &SocketAddr| {
            held.port() == wanted.port()
                && (held.ip() == wanted.ip()
                    || (held.ip().is_unspecified() || wanted.ip().is_unspecified())
                        && (held.is_ipv4() == wanted.is_ipv4() || (held.is_ipv6() && held.ip().is_unspecified())))
        };
        let found = self.sockets.iter().filter(|(of, held, _)| *of == protocol && in_the_way(held));
        // The very address first: with `[::]` of IPv6 alone beside it, the other is not in the way.
        let (_, address, inode) = found.min_by_key(|(_, held, _)| *held != wanted)?;
        Some(Holder { address: *address, program: self.programs.get(inode).cloned() })
    }
}

/// The address and inode of a line of `/proc/net/tcp` and its likes, where the socket is in this state.
fn socket(line: &str, state: &str) -> Option<(SocketAddr, u64)> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (address, port) = words.next()?.split_once(':')?;
    if words.nth(1)? != state {
        return None;
    }
    let inode = words.nth(5)?.parse().ok()?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // The address stands there as words of four bytes in this computer's own order.
    let words: Option<Vec<[u8; 4]>> = (0..address.len() / 8)
        .map(|index| u32::from_str_radix(address.get(index * 8..index * 8 + 8)?, 16).ok().map(u32::to_ne_bytes))
        .collect();
    let address = match *words? {
        [four] => IpAddr::V4(Ipv4Addr::from(four)),
        [a, b, c, d] => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from([a, b, c, d].concat()).ok()?)),
        _ => return None,
    };
    Some((SocketAddr::new(address, port), inode))
}

/// Programs by the inodes of their sockets, as far as this account may see them.
fn programs() -> HashMap<u64, Program> {
    let mut found = HashMap::new();
    let Ok(processes) = fs::read_dir("/proc") else { return found };
    for process in processes.filter_map(Result::ok) {
        let Some(number) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(files) = fs::read_dir(process.path().join("fd")) else { continue };
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default().trim_end().to_owned();
        for file in files.filter_map(Result::ok) {
            let link = fs::read_link(file.path()).unwrap_or_default();
            let inode = link.to_str().and_then(|link| link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode {
                found.insert(inode, Program { process: number, name: name.clone() });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_proc_are_read() {
        if cfg!(target_endian = "big") {
            return;
        }
        let line = "   0: 0A07A8C0:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0";
        assert_eq!(socket(line, TCP_LISTENS), Some(("192.168.7.10:53".parse().unwrap(), 4711)));
        assert_eq!(socket(line, UDP_UNCONNECTED), None);
        let line = "   1: B80D0120000000000000000010000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0";
        assert_eq!(socket(line, TCP_LISTENS), Some(("[2001:db8::10]:80".parse().unwrap(), 12)));
        for line in
            ["", "  sl  local_address rem_address   st", "0: zz:0035 0:0 0A 0 0 0 0 0 1", "0: 0A:35 0 0A 0 0 0 0 0 1"]
        {
            assert_eq!(socket(line, TCP_LISTENS), None, "{line}");
        }
    }
}
