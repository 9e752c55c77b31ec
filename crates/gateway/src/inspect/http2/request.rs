//! A request's head as HTTP/2 tells it: read as strictly as HTTP/1.1's (`crate::wire`), and written anew for the site.

use super::fields;
use crate::{
    inspect::Opened,
    reach::put_authority,
    settings::Settings,
    wire::{
        fault::WireFault,
        fields::{length, list_holds},
        request::{MOST_FIELDS, is_known_method},
        target::{self, Place, Target},
    },
};
use h2::ext::Protocol;
use holdfast_core::{address::Address, rewrites::Rewrites};
use http::{
    HeaderMap, Method, Request, Uri, Version,
    header::{ACCEPT, CONTENT_LENGTH, EXPECT, HOST, MAX_FORWARDS},
    request::Parts,
    uri::PathAndQuery,
};
use std::sync::Arc;

/// The one protocol that is spoken over a stream instead of HTTP (RFC 8441).
const WEBSOCKET: &str = "websocket";

/// A request that was read.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) method: Arc<str>,
    pub(super) address: Address,
    /// Whether the site is asked about itself as a whole (`OPTIONS *`).
    asterisk: bool,
    /// Whether a WebSocket is asked for.
    pub(super) websocket: bool,
    /// Whether the answer is a page that a person will see.
    pub(super) navigation: bool,
    /// How many proxies may still be asked (RFC 9110 §7.6.2), for `OPTIONS` only.
    pub(super) max_forwards: Option<u64>,
    sent: HeaderMap,
    http_method: Method,
}

/// Why a request is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The code in events.
    pub(super) code: &'static str,
}

impl From<WireFault> for Refusal {
    fn from(fault: WireFault) -> Self {
        Self { status: fault.status(), code: fault.code() }
    }
}

/// An authority other than the one this connection is opened for: the client may ask again elsewhere (RFC 9110
/// §15.5.20).
const MISDIRECTED: Refusal = Refusal { status: 421, code: "other-host" };
/// A tunnel inside a tunnel, or what would have the site tell what the browser sent.
const NOT_HERE: Refusal = Refusal { status: 405, code: "method" };
/// Another protocol than WebSocket over a stream.
const NO_SUCH_PROTOCOL: Refusal = Refusal { status: 501, code: "protocol" };

/// Reads a head.
pub(super) fn read(parts: Parts, opened: &Opened) -> Result<Asking, Refusal> {
    let Parts { method, uri, headers, extensions, .. } = parts;
    if !is_known_method(method.as_str()) {
        return Err(WireFault::Method.into());
    }
    let websocket = match extensions.get::<Protocol>() {
        Some(protocol) if protocol.as_str() == WEBSOCKET => true,
        Some(_) => return Err(NO_SUCH_PROTOCOL),
        None if matches!(method.as_str(), "CONNECT" | "TRACE") => return Err(NOT_HERE),
        None => false,
    };
    let (address, asterisk) = read_address(&method, websocket, &uri, opened)?;
    if headers.len() > MOST_FIELDS {
        return Err(WireFault::TooManyFields.into());
    }
    check_host(&headers, &address, asterisk)?;
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    if let Some(told) = lengths.next() {
        length(told.as_bytes())?;
        if lengths.next().is_some() {
            return Err(WireFault::Length.into());
        }
    }
    if headers.get_all(EXPECT).iter().any(|expected| !expected.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(WireFault::Expectation.into());
    }
    let max_forwards = match headers.get(MAX_FORWARDS) {
        Some(left) if method == Method::OPTIONS => Some(length(left.as_bytes()).map_err(|_fault| WireFault::Field)?),
        _ => None,
    };
    let navigation = headers.get_all(ACCEPT).iter().any(|accepted| list_holds(accepted.as_bytes(), "text/html"));
    let sent = headers;
    let name = Arc::from(method.as_str());
    Ok(Asking { method: name, address, asterisk, websocket, navigation, max_forwards, sent, http_method: method })
}

/// Reads `:scheme`, `:authority` and `:path` (RFC 9113 §8.3.1).
fn read_address(method: &Method, websocket: bool, uri: &Uri, opened: &Opened) -> Result<(Address, bool), Refusal> {
    // Whoever speaks HTTP/2 must say it here; `Host` alone is how a request looks that somebody has rewritten.
    let Some(authority) = uri.authority() else { return Err(WireFault::Host.into()) };
    if uri.scheme_str() != Some("https") {
        return Err(WireFault::Scheme.into());
    }
    let path = uri.path_and_query().map(PathAndQuery::as_str).unwrap_or_default();
    if !path.starts_with('/') && path != "*" {
        return Err(WireFault::Target.into());
    }
    // To the reader of targets a WebSocket is what it is in HTTP/1.1.
    let method = if websocket { "GET" } else { method.as_str() };
    let target = target::read(method, path, Place::Opened(&opened.name, opened.port))?;
    target::agrees(&target, authority.as_str()).map_err(|_fault| MISDIRECTED)?;
    match target {
        Target::Web { address, asterisk } => Ok((address, asterisk)),
        Target::Tunnel { .. } | Target::Own(_) => Err(WireFault::Target.into()),
    }
}

/// `Host` may be left out, but may not say otherwise.
fn check_host(headers: &HeaderMap, address: &Address, asterisk: bool) -> Result<(), WireFault> {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else { return Ok(()) };
    let text = std::str::from_utf8(host.as_bytes()).map_err(|_error| WireFault::Host)?;
    let target = Target::Web { address: address.clone(), asterisk };
    target::agrees(&target, text)?;
    if hosts.next().is_some() { Err(WireFault::Host) } else { Ok(()) }
}

impl Asking {
    /// Whether it may be sent again when its connection broke before any answer (RFC 9110 §9.2.2), if it has no body.
    pub(super) fn is_safe(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "OPTIONS")
    }

    /// The head that the site gets. Nothing where the address cannot be told in HTTP/2, which no address is that was
    /// judged.
    pub(super) fn head(&self, rewrites: &Rewrites, opened: &Opened, settings: &Settings) -> Option<Request<()>> {
        let path = match &rewrites.path_and_query {
            Some(changed) => changed,
            None if self.asterisk => "*",
            None => self.address.path_and_query(),
        };
        let mut authority = Vec::with_capacity(opened.name.as_str().len() + 8);
        put_authority(&mut authority, &opened.name, opened.port, 443);
        let uri = Uri::builder().scheme("https").authority(authority.as_slice()).path_and_query(path).build().ok()?;
        let mut request = Request::new(());
        *request.method_mut() = self.http_method.clone();
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_2;
        let left = self.max_forwards.map(|left| left.saturating_sub(1));
        *request.headers_mut() = fields::of_request(&self.sent, rewrites, left, settings);
        if self.websocket {
            request.extensions_mut().insert(Protocol::from(WEBSOCKET));
        }
        Some(request)
    }
}
