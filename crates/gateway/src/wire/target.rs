//! What is asked for: the request line's target and the `Host` field (RFC 9112 §3.2, RFC 9110 §7.2).

use super::fault::WireFault;
use holdfast_core::{
    address::{Address, Scheme},
    host::Host,
};
use std::net::SocketAddr;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A whole address: `http`, or `https` inside an opened connection.
    Web {
        /// The address, normalised.
        address: Address,
        /// `OPTIONS` about the server as a whole: the origin is asked for `*` (RFC 9112 §3.2.4).
        asterisk: bool,
    },
    /// A tunnel to a host and port (`CONNECT`).
    Tunnel {
        /// The host, normalised.
        host: Host,
        /// The port.
        port: u16,
    },
    /// A page of the gate's own: a request written as to a web server. The path as sent.
    Own(String),
}

/// Where a request was read.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// On a proxy listener: absolute form and `CONNECT`.
    Proxy,
    /// On a listener that serves pages only: origin form.
    Page,
    /// Inside an unencrypted tunnel to this host and port: origin form for that host only.
    Tunnel(&'a Host, u16),
    /// Inside an opened secure connection to this host and port: origin form for that host only.
    Opened(&'a Host, u16),
    /// On a connection that was turned aside on its way to this address: origin form, for the site that the `Host`
    /// field names, or the address itself where there is none.
    Transparent(SocketAddr),
}

impl<'a> Place<'a> {
    /// The one site that may be asked for here.
    fn site(self) -> Option<(Scheme, &'a Host, u16)> {
        match self {
            Self::Proxy | Self::Page | Self::Transparent(_) => None,
            Self::Tunnel(host, port) => Some((Scheme::Http, host, port)),
            Self::Opened(host, port) => Some((Scheme::Https, host, port)),
        }
    }
}

/// Reads the target of a request line.
pub(crate) fn read(method: &str, target: &str, place: Place<'_>) -> Result<Target, WireFault> {
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) || target.contains('#') {
        return Err(WireFault::Target);
    }
    if matches!(place, Place::Page) && !target.starts_with('/') {
        return Err(WireFault::ProxyForm);
    }
    if method == "CONNECT" {
        if place.site().is_some() {
            return Err(WireFault::Target);
        }
        let (host, port) = authority(target, None)?;
        return Ok(Target::Tunnel { host, port });
    }
    // Which site is asked for is read first ([`named`]), and then the place is like the inside of a tunnel to it.
    if matches!(place, Place::Transparent(_)) {
        return Err(WireFault::Host);
    }
    let is_path = target.starts_with('/');
    let Some((scheme, host, port)) = place.site() else {
        return match (place, is_path) {
            (Place::Proxy, true) => Ok(Target::Own(target.to_owned())),
            (_, true) => {
                check_path(target)?;
                Ok(Target::Own(target.to_owned()))
            }
            (_, false) => absolute(method, target, Scheme::Http),
        };
    };
    if is_path {
        check_path(target)?;
        return Ok(Target::Web { address: Address::from_parts(scheme, host.clone(), port, target), asterisk: false });
    }
    if target == "*" && method == "OPTIONS" {
        return Ok(Target::Web { address: Address::from_parts(scheme, host.clone(), port, "/"), asterisk: true });
    }
    let whole = absolute(method, target, scheme)?;
    match &whole {
        Target::Web { address, .. } if address.host() == host && address.port() == port => Ok(whole),
        _ => Err(WireFault::Host),
    }
}

/// The site that a `Host` field names on a connection that was turned aside on its way to `original`.
pub(super) fn named(field: Option<&[u8]>, original: SocketAddr) -> Result<Host, WireFault> {
    let Some(field) = field else { return Ok(Host::from(original.ip())) };
    // A host name on the wire is ASCII (RFC 3986 §3.2.2); what a site makes of other letters is its own affair.
    let text = std::str::from_utf8(field).ok().filter(|text| text.is_ascii()).ok_or(WireFault::Host)?;
    let usual = Scheme::Http.default_port();
    match authority(text, Some(usual)) {
        // The site of another port than the one connected to is another site.
        Ok((host, port)) if port == original.port() => Ok(host),
        Ok(_) | Err(_) => Err(WireFault::Host),
    }
}

fn absolute(method: &str, target: &str, spoken: Scheme) -> Result<Target, WireFault> {
    let Some((scheme, rest)) = target.split_once("://") else { return Err(WireFault::Target) };
    if !scheme.eq_ignore_ascii_case(spoken.as_str()) {
        return Err(WireFault::Scheme);
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority_text, path) = rest.split_at_checked(end).ok_or(WireFault::Target)?;
    let (host, port) = authority(authority_text, Some(spoken.default_port()))?;
    check_path(path)?;
    let asterisk = method == "OPTIONS" && path.is_empty();
    let address = if path.starts_with('/') {
        Address::from_parts(spoken, host, port, path)
    } else {
        Address::from_parts(spoken, host, port, &format!("/{path}"))
    };
    Ok(Target::Web { address, asterisk })
}

/// Refuses a path whose meaning is the server's to choose: the path judged must be the path served. A slash or another
/// escape inside an escape alone is left to the ruleset.
fn check_path(path_and_query: &str) -> Result<(), WireFault> {
    let path = path_and_query.split('?').next().unwrap_or_default().as_bytes();
    if !path.iter().any(|byte| matches!(byte, b'.' | b'%' | b'\\')) {
        return Ok(());
    }
    let escapes_backslash = |window: &[u8]| window.eq_ignore_ascii_case(b"%5c");
    if path.contains(&b'\\') || path.windows(3).any(escapes_backslash) {
        return Err(WireFault::PathForm);
    }
    let mut plain: Vec<u8> = Vec::with_capacity(path.len());
    for &byte in path {
        plain.push(byte);
        // The byte that an escape gives may be the last of another.
        while let Some(&[b'%', high, low]) = plain.last_chunk::<3>()
            && let (Some(high), Some(low)) = (char::from(high).to_digit(16), char::from(low).to_digit(16))
            && let Ok(byte) = u8::try_from(high * 16 + low)
        {
            plain.truncate(plain.len() - 3);
            plain.push(byte);
        }
    }
    let is_dots = |segment: &[u8]| matches!(segment, b"." | b"..");
    if plain.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dots) { Err(WireFault::PathForm) } else { Ok(()) }
}

/// Reads `host` or `host:port`. A port must be written where there is no `usual` one.
fn authority(text: &str, usual: Option<u16>) -> Result<(Host, u16), WireFault> {
    let (host, port) = match text.rfind(':') {
        Some(colon) if !text.ends_with(']') => {
            let (host, port) = text.split_at_checked(colon).ok_or(WireFault::Target)?;
            (host, port.strip_prefix(':'))
        }
        _ => (text, None),
    };
    let port = match (port, usual) {
        (Some(digits), _) => read_port(digits)?,
        (None, Some(usual)) => usual,
        (None, None) => return Err(WireFault::Target),
    };
    // A colon inside a host is an IPv6 address, which must stand in brackets. No user may be named.
    let bracketed = host.starts_with('[') && host.ends_with(']');
    if host.is_empty() || (!bracketed && host.contains([':', '[', ']'])) || host.contains(['@', '\\', '/']) {
        return Err(WireFault::Target);
    }
    // Every fault of a host is a fault of the target here; its own words are for lists and settings.
    Host::parse(host).map(|host| (host, port)).map_err(|_fault| WireFault::Target)
}

fn read_port(digits: &str) -> Result<u16, WireFault> {
    if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WireFault::Target);
    }
    match digits.parse::<u16>() {
        Ok(0) | Err(_) => Err(WireFault::Target),
        Ok(port) => Ok(port),
    }
}

/// Whether a `Host` field says the same as the target. Two answers to "which site?" are no answer, so a
/// contradiction is refused instead of ignored.
/// Answers the field's host and port for a page of our own.
pub(crate) fn agrees(target: &Target, field: &str) -> Result<Option<(Host, u16)>, WireFault> {
    match target {
        Target::Own(_) => authority(field, Some(80)).map(Some).map_err(|_fault| WireFault::Host),
        Target::Web { address, .. } => {
            let usual = address.scheme().default_port();
            if address.port() == usual && address.host().as_str() == field && address.host().address().is_none() {
                return Ok(None);
            }
            let (host, port) = authority(field, Some(usual)).map_err(|_fault| WireFault::Host)?;
            if host == *address.host() && port == address.port() { Ok(None) } else { Err(WireFault::Host) }
        }
        Target::Tunnel { host, port } => {
            // Some clients leave the port out here.
            let (named, named_port) = authority(field, Some(*port)).map_err(|_fault| WireFault::Host)?;
            if named == *host && named_port == *port { Ok(None) } else { Err(WireFault::Host) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(target: &str) -> String {
        match read("GET", target, Place::Proxy) {
            Ok(Target::Web { address, .. }) => address.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn absolute_addresses_are_read_as_a_browser_reads_them() {
        assert_eq!(web("http://Rivers.Lesson.example/a?b=c"), "http://rivers.lesson.example/a?b=c");
        assert_eq!(web("HTTP://a.example"), "http://a.example/");
        assert_eq!(web("http://a.example?x=/y"), "http://a.example/?x=/y");
        assert_eq!(web("http://a.example:8080/"), "http://a.example:8080/");
        assert_eq!(web("http://[::1]:8080/"), "http://[::1]:8080/");
        assert_eq!(web("http://[2001:db8::1]/"), "http://[2001:db8::1]/");
        assert_eq!(web("http://0x7f.1/"), "http://127.0.0.1/");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for target in [
            "http://user@a.example/",
            "http://user:secret@a.example/",
            "http://a.example:0/",
            "http://a.example:/",
            "http://a.example:99999/",
            "http://a.example/#part",
            "http:///path",
            "http://::1/",
            "http://a b/",
            "http:/a.example/",
            "a.example",
            "*",
            "http://ä.example/",
            "http://a.example\\@b.example/",
            "http://a.example:80:80/",
            "http://a.example::80/",
        ] {
            assert_eq!(read("GET", target, Place::Proxy), Err(WireFault::Target), "{target}");
        }
        assert_eq!(read("GET", "https://a.example/", Place::Proxy), Err(WireFault::Scheme));
        assert_eq!(read("GET", "ftp://a.example/", Place::Proxy), Err(WireFault::Scheme));
        assert_eq!(read("CONNECT", "a.example", Place::Proxy), Err(WireFault::Target));
        assert_eq!(read("CONNECT", "http://a.example:80/", Place::Proxy), Err(WireFault::Target));
    }

    #[test]
    fn a_path_that_servers_read_in_two_ways_is_refused() {
        let host = Host::parse("a.example").unwrap();
        for path in [
            "/..",
            "/.",
            "/a/../b",
            "/a/./b",
            "/a/..?q",
            "/%2e%2E/x",
            "/.%2e/x",
            "/%252e%252e/x",
            "/a%2f..%2fb",
            "/a%252f%252e%252e",
            "/..%5cb",
            "/..%255cb",
            "/a\\b",
            "/a%5Cb",
            "/%2%65",
        ] {
            assert_eq!(
                read("GET", &format!("http://a.example{path}"), Place::Proxy),
                Err(WireFault::PathForm),
                "{path}"
            );
            assert_eq!(read("GET", path, Place::Tunnel(&host, 80)), Err(WireFault::PathForm), "{path}");
        }
        for path in [
            "/",
            "/a.b",
            "/..a",
            "/a..",
            "/...",
            "/a%2fb",
            "/a%25b",
            "/%2e%2ea",
            "/?../x",
            "/a?b=%5c..%2f../",
            "//",
            "/%",
            "/%zz",
        ] {
            assert!(read("GET", &format!("http://a.example{path}"), Place::Proxy).is_ok(), "{path}");
            assert!(read("GET", path, Place::Tunnel(&host, 80)).is_ok(), "{path}");
        }
    }

    #[test]
    fn the_pages_door_is_no_proxy() {
        assert_eq!(read("GET", "/a?b", Place::Page), Ok(Target::Own("/a?b".to_owned())));
        for (method, target) in
            [("GET", "http://a.example/"), ("CONNECT", "a.example:443"), ("OPTIONS", "*"), ("GET", "a.example")]
        {
            assert_eq!(read(method, target, Place::Page), Err(WireFault::ProxyForm), "{target}");
        }
        assert_eq!(read("GET", "/a/../b", Place::Page), Err(WireFault::PathForm));
        assert_eq!(read("GET", "/a#b", Place::Page), Err(WireFault::Target));
    }

    #[test]
    fn the_host_field_must_say_the_same() {
        let target = read("GET", "http://a.example/", Place::Proxy).unwrap();
        assert_eq!(agrees(&target, "a.example"), Ok(None));
        assert_eq!(agrees(&target, "A.EXAMPLE:80"), Ok(None));
        for field in ["b.example", "a.example:81", "", "a.example, b.example", "user@a.example", "a.example/"] {
            assert_eq!(agrees(&target, field), Err(WireFault::Host), "{field}");
        }
        let tunnel = read("CONNECT", "a.example:443", Place::Proxy).unwrap();
        assert_eq!(agrees(&tunnel, "a.example"), Ok(None));
        assert_eq!(agrees(&tunnel, "a.example:443"), Ok(None));
        assert_eq!(agrees(&tunnel, "b.example:443"), Err(WireFault::Host));
    }

    #[test]
    fn inside_an_opened_connection_everything_is_secure() {
        let host = Host::parse("a.example").unwrap();
        let inside = Place::Opened(&host, 443);
        let Ok(target @ Target::Web { .. }) = read("GET", "/x", inside) else { panic!("a path is read") };
        assert!(matches!(&target, Target::Web { address, .. } if address.to_string() == "https://a.example/x"));
        assert_eq!(agrees(&target, "a.example"), Ok(None));
        assert_eq!(agrees(&target, "a.example:443"), Ok(None));
        assert_eq!(agrees(&target, "a.example:80"), Err(WireFault::Host));
        assert_eq!(agrees(&target, "b.example"), Err(WireFault::Host));
        assert!(read("GET", "https://a.example/x", inside).is_ok());
        assert_eq!(read("GET", "http://a.example/x", inside), Err(WireFault::Scheme));
        assert_eq!(read("GET", "https://b.example/x", inside), Err(WireFault::Host));
        assert_eq!(read("CONNECT", "a.example:443", inside), Err(WireFault::Target));
    }

    #[test]
    fn a_connection_that_was_turned_aside_asks_for_what_its_host_field_names() {
        let web: SocketAddr = "192.0.2.7:80".parse().unwrap();
        let named = |field: &str, original| named(Some(field.as_bytes()), original).map(|host| host.to_string());
        assert_eq!(named("A.example", web), Ok("a.example".to_owned()));
        assert_eq!(named("a.example:80", web), Ok("a.example".to_owned()));
        assert_eq!(named("192.0.2.9", web), Ok("192.0.2.9".to_owned()));
        assert_eq!(named("a.example:8080", SocketAddr::new(web.ip(), 8080)), Ok("a.example".to_owned()));
        for field in ["", "a.example:81", "a.example/", "user@a.example", "a.example, b.example", "ä.example"] {
            assert_eq!(named(field, web), Err(WireFault::Host), "{field}");
        }
        assert_eq!(named("a.example", SocketAddr::new(web.ip(), 8080)), Err(WireFault::Host));
        assert_eq!(super::named(None, web).unwrap().as_str(), "192.0.2.7");
        assert_eq!(super::named(None, "[2001:db8::7]:80".parse().unwrap()).unwrap().as_str(), "2001:db8::7");
        assert_eq!(super::named(Some(b"\xFF"), web), Err(WireFault::Host));
        assert_eq!(read("GET", "/", Place::Transparent(web)), Err(WireFault::Host), "before its site is known");
    }

    #[test]
    fn inside_a_tunnel_only_its_own_host_is_spoken_to() {
        let host = Host::parse("a.example").unwrap();
        assert!(read("GET", "/x", Place::Tunnel(&host, 80)).is_ok());
        assert!(read("GET", "http://a.example/x", Place::Tunnel(&host, 80)).is_ok());
        assert_eq!(read("GET", "http://b.example/x", Place::Tunnel(&host, 80)), Err(WireFault::Host));
        assert_eq!(read("CONNECT", "b.example:443", Place::Tunnel(&host, 80)), Err(WireFault::Target));
    }
}
