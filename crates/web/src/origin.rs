//! Whether a request is meant for us at all.
//!
//! A page from outside can make a browser resolve the outsider's name to our address ("DNS rebinding") and then read
//! our pages as if they were its own. It cannot make the browser send our name. So only our own names are answered.

use axum::http::{StatusCode, header, request::Parts};
use holdfast_core::host::Host;
use std::net::IpAddr;

/// Checks the names of a request against our own. `came_to` is the address the connection came to.
///
/// RFC 9112 §3.2: exactly one `Host`, else 400; RFC 9110 §7.4: another origin's request is 421.
pub(crate) fn check(parts: &Parts, own: &[Host], came_to: IpAddr) -> Result<(), StatusCode> {
    let mut named = parts.headers.get_all(header::HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return Err(StatusCode::BAD_REQUEST) };
    let host = host.to_str().ok().and_then(without_port).ok_or(StatusCode::BAD_REQUEST)?;
    let in_target = match parts.uri.host() {
        Some(text) => Some(Host::parse(text).map_err(|_fault| StatusCode::BAD_REQUEST)?),
        None => None,
    };
    let all_ours = is_ours(&host, own, came_to) && in_target.is_none_or(|host| is_ours(&host, own, came_to));
    if all_ours { Ok(()) } else { Err(StatusCode::MISDIRECTED_REQUEST) }
}

/// The host of `host`, `host:port` or `[address]:port`. A user's name, a path or a port that is no number makes it none.
fn without_port(text: &str) -> Option<Host> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (text, ""),
    };
    let is_port = port.is_empty() || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    if is_port { Host::parse(host).ok() } else { None }
}

fn is_ours(host: &Host, own: &[Host], came_to: IpAddr) -> bool {
    match host.address() {
        Some(address) => {
            let address = address.to_canonical();
            address.is_loopback()
                || address == came_to.to_canonical()
                || own.iter().any(|own| own.address().is_some_and(|own| own.to_canonical() == address))
        }
        None => host.as_str() == "localhost" || own.contains(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn status(target: &str, hosts: &[&str]) -> u16 {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let own = [Host::parse("filter.school.example").unwrap(), Host::parse("10.0.0.2").unwrap()];
        check(&parts, &own, "::ffff:192.168.1.9".parse().unwrap()).map_or_else(|status| status.as_u16(), |()| 200)
    }

    #[test]
    fn only_our_own_names_are_answered() {
        for host in [
            "localhost:8080",
            "127.0.0.1",
            "[::1]:8080",
            "filter.school.example",
            "FILTER.school.example.:80",
            "10.0.0.2:8080",
            "192.168.1.9",
        ] {
            assert_eq!(status("/", &[host]), 200, "{host}");
        }
        for host in ["evil.example", "filter.school.example.evil.example", "10.0.0.3", "127.0.0.1.evil.example"] {
            assert_eq!(status("/", &[host]), 421, "{host}");
        }
        for host in ["", "user@localhost", "localhost/evil", "local host", "localhost:port"] {
            assert_eq!(status("/", &[host]), 400, "{host}");
        }
        assert_eq!(status("/", &[]), 400);
        assert_eq!(status("/", &["localhost", "localhost"]), 400);
        assert_eq!(status("http://evil.example/", &["localhost"]), 421);
        assert_eq!(status("http://localhost/", &["localhost"]), 200);
    }
}
