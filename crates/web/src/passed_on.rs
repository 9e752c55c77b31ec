//! Whom a request really comes from: the other end of the connection, or, where that is a reverse proxy which the school
//! named, whoever that proxy says.
//!
//! Only `X-Forwarded-For` and `X-Forwarded-Proto` are read, as every reverse proxy writes them. Of the first the last address
//! counts that is no proxy of ours: what stands before it was sent by the client itself and proves nothing (RFC 7239 §8.1
//! says why). A named proxy that does not say for whom it asks gets nothing that is for this computer alone: left out by
//! mistake, the header would make every visitor the technician at the machine.

use axum::http::{HeaderMap, header};
use ipnet::IpNet;
use std::net::IpAddr;

const PASSED_ON_FOR: &str = "x-forwarded-for";
const PASSED_ON_FROM: &str = "x-forwarded-proto";
/// How many addresses of a chain are looked at.
const LONGEST_CHAIN: usize = 16;

/// Who asks, and over what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whence {
    /// The address of whoever asks, IPv4 written as IPv4.
    pub(crate) client: IpAddr,
    /// Whether nobody between the two can read or change what is said.
    pub(crate) is_secure: bool,
    /// Whether nobody passed it on.
    pub(crate) is_direct: bool,
    /// Whether the other end is a program at this computer, and nobody passed it on.
    pub(crate) is_here: bool,
}

/// Reads it from a connection's other end and a request's headers. `proxies` are the reverse proxies that the school named.
pub(crate) fn whence(headers: &HeaderMap, peer: IpAddr, is_secure: bool, proxies: &[IpNet]) -> Whence {
    let peer = peer.to_canonical();
    if !is_one_of(proxies, peer) {
        let is_direct = !is_passed_on(headers);
        return Whence { client: peer, is_secure, is_direct, is_here: is_direct && peer.is_loopback() };
    }
    // From another computer the last stretch is secure only over our own HTTPS.
    let came_secure = is_secure || peer.is_loopback();
    match asker(headers, proxies) {
        Some(client) => {
            let is_secure = came_secure && only(headers, PASSED_ON_FROM) == Some("https");
            Whence { client, is_secure, is_direct: false, is_here: false }
        }
        None => Whence { client: peer, is_secure: false, is_direct: false, is_here: false },
    }
}

/// Whether an address is one of the reverse proxies that the school named.
pub(crate) fn is_one_of(proxies: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|net| net.contains(&address))
}

/// The last address of the chain that is no proxy of ours.
fn asker(headers: &HeaderMap, proxies: &[IpNet]) -> Option<IpAddr> {
    let mut chain = Vec::new();
    for value in headers.get_all(PASSED_ON_FOR) {
        for part in value.to_str().ok()?.split(',') {
            chain.push(part.trim().parse::<IpAddr>().ok()?.to_canonical());
        }
    }
    if chain.len() > LONGEST_CHAIN {
        return None;
    }
    chain.into_iter().rev().find(|address| !is_one_of(proxies, *address))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(only), None) => only.to_str().ok(),
        _ => None,
    }
}

/// Whether a request says that it was passed on for somebody else. Such a request was not made where it comes from, even
/// where the program that passed it on runs at this computer.
fn is_passed_on(headers: &HeaderMap) -> bool {
    let passed_on = [
        header::FORWARDED,
        header::VIA,
        header::HeaderName::from_static(PASSED_ON_FOR),
        header::HeaderName::from_static("x-real-ip"),
    ];
    passed_on.iter().any(|name| headers.contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(peer: &str, is_secure: bool, headers: &[(&'static str, &'static str)]) -> Whence {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let proxies = ["127.0.0.1/32".parse().unwrap(), "10.0.0.5/32".parse().unwrap()];
        whence(&map, peer.parse().unwrap(), is_secure, &proxies)
    }

    fn is(whence: Whence, client: &str) -> bool {
        whence.client == client.parse::<IpAddr>().unwrap()
    }

    #[test]
    fn a_named_proxy_is_believed_and_nobody_else() {
        let passed = asked("127.0.0.1", false, &[(PASSED_ON_FOR, "10.1.2.3"), (PASSED_ON_FROM, "https")]);
        assert!(is(passed, "10.1.2.3") && passed.is_secure && !passed.is_here && !passed.is_direct);
        let stranger = asked("10.9.9.9", false, &[(PASSED_ON_FOR, "127.0.0.1"), (PASSED_ON_FROM, "https")]);
        assert!(is(stranger, "10.9.9.9") && !stranger.is_secure && !stranger.is_here && !stranger.is_direct);
        let here = asked("::1", false, &[]);
        assert!(here.is_here && here.is_direct);
    }

    #[test]
    fn what_the_client_wrote_before_the_proxy_proves_nothing() {
        for lie in ["127.0.0.1, 10.1.2.3", "::1,10.1.2.3, 10.0.0.5"] {
            let passed = asked("127.0.0.1", false, &[(PASSED_ON_FOR, lie), (PASSED_ON_FROM, "https")]);
            assert!(is(passed, "10.1.2.3") && !passed.is_here, "{lie}");
        }
        let twice = asked("127.0.0.1", false, &[(PASSED_ON_FOR, "127.0.0.1"), (PASSED_ON_FOR, "10.1.2.3")]);
        assert!(is(twice, "10.1.2.3"));
        let two_ways = [(PASSED_ON_FOR, "10.1.2.3"), (PASSED_ON_FROM, "https"), (PASSED_ON_FROM, "http")];
        assert!(!asked("127.0.0.1", false, &two_ways).is_secure);
    }

    #[test]
    fn a_named_proxy_that_says_nothing_gets_nothing() {
        for headers in [vec![], vec![(PASSED_ON_FOR, "unknown")], vec![(PASSED_ON_FOR, "127.0.0.1")]] {
            let silent = asked("127.0.0.1", false, &headers);
            assert!(!silent.is_here && !silent.is_secure && !silent.is_direct, "{headers:?}");
        }
    }

    #[test]
    fn the_last_stretch_from_another_computer_must_be_secure_too() {
        let headers = [(PASSED_ON_FOR, "10.1.2.3"), (PASSED_ON_FROM, "https")];
        assert!(!asked("10.0.0.5", false, &headers).is_secure);
        assert!(asked("10.0.0.5", true, &headers).is_secure);
        assert!(!asked("10.0.0.5", true, &headers[..1]).is_secure);
    }
}
