//! A request's head, read strictly and kept only as far as it goes on.

use super::{
    body::BodyLength,
    fault::WireFault,
    fields::{self, Known, Options},
    target::{self, Place, Target},
};
use holdfast_core::host::Host;
use httparse::{Header, Status};
use std::{fmt, mem::MaybeUninit, sync::Arc};

/// The most header fields of one message.
pub const MOST_FIELDS: usize = 128;

/// What was understood of a request's head.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is said by a field of its own")]
pub struct RequestHead {
    /// The method, as sent; methods are told apart by case.
    pub method: Arc<str>,
    /// The minor version: 0 or 1.
    pub minor: u8,
    /// What is asked for.
    pub target: Target,
    /// The body that follows.
    pub length: BodyLength,
    /// Whether the client would like the connection to stay.
    pub keep_alive: bool,
    /// Whether the client waits for `100 Continue` (RFC 9110 §10.1.1).
    pub expects_continue: bool,
    /// Whether the client says that it reads trailers.
    pub wants_trailers: bool,
    /// Whether this is a WebSocket's opening (RFC 6455 §4.1).
    pub websocket: bool,
    /// The value of `Proxy-Authorization`. It never goes on.
    pub credentials: Option<Box<str>>,
    /// Whether the answer is a page that a person will see: `Accept` names HTML.
    pub navigation: bool,
    /// The host and port of the `Host` field of a request for a page of our own.
    pub own_host: Option<(Host, u16)>,
    /// Whether it signs in to the site for as long as the connection lasts: that connection is no other client's.
    pub binds_connection: bool,
    /// `Max-Forwards` (RFC 9110 §7.6.2), for `OPTIONS` and `TRACE` only.
    pub max_forwards: Option<u64>,
}

impl fmt::Debug for RequestHead {
    /// Without the sign-in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("minor", &self.minor)
            .field("target", &self.target)
            .field("length", &self.length)
            .field("signs_in", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}

impl RequestHead {
    /// Whether the request may be sent again when its connection broke before any answer:
    /// it changes nothing and carries no body (RFC 9110 §9.2.2).
    pub fn is_repeatable(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "OPTIONS") && self.length.is_empty() && !self.websocket
    }
}

/// The methods of the IANA registry, and those that caches and media servers have long answered beside them. An
/// unknown one could mean anything, a body of another shape included.
pub(crate) fn is_known_method(method: &str) -> bool {
    const OTHERS: [&str; 40] = [
        "ACL",
        "BASELINE-CONTROL",
        "BIND",
        "CHECKIN",
        "CHECKOUT",
        "COPY",
        "LABEL",
        "LINK",
        "LOCK",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MKREDIRECTREF",
        "MKWORKSPACE",
        "MOVE",
        "ORDERPATCH",
        "PATCH",
        "PROPFIND",
        "PROPPATCH",
        "QUERY",
        "REBIND",
        "REPORT",
        "SEARCH",
        "TRACE",
        "UNBIND",
        "UNCHECKOUT",
        "UNLINK",
        "UNLOCK",
        "UPDATE",
        "UPDATEREDIRECTREF",
        "VERSION-CONTROL",
        "PURGE",
        "NOTIFY",
        "SUBSCRIBE",
        "UNSUBSCRIBE",
        "M-SEARCH",
        "SOURCE",
        "BREW",
        "WHEN",
    ];
    matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "CONNECT") || OTHERS.contains(&method)
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is said by a field of its own")]
struct Gathered<'a> {
    options: Options<'a>,
    host: Option<&'a [u8]>,
    length: Option<u64>,
    chunked: bool,
    expects_continue: bool,
    trailers: bool,
    websocket: bool,
    credentials: Option<Box<str>>,
    navigation: bool,
    binds_connection: bool,
    max_forwards: Option<u64>,
}

/// Reads one whole head, as [`super::scan::HeadScan`] found it. The field lines that go on are added to `kept`,
/// without those that belong to this connection, the body's framing, or `Host`.
pub fn read(head: &[u8], place: Place<'_>, kept: &mut Vec<u8>) -> Result<RequestHead, WireFault> {
    let mut space = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(head, &mut space) {
        Ok(Status::Complete(used)) if used == head.len() => {}
        Ok(_) => return Err(WireFault::RequestLine),
        Err(error) => return Err(WireFault::of_head(error, WireFault::RequestLine)),
    }
    let (Some(method), Some(path), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(WireFault::RequestLine);
    };
    if !is_known_method(method) {
        return Err(WireFault::Method);
    }
    let named;
    let place = match place {
        Place::Transparent(original) => {
            let is_host = |field: &&Header<'_>| fields::known(field.name) == Known::Host;
            let field = request.headers.iter().find(is_host).map(|field| field.value);
            named = target::named(field, original)?;
            Place::Tunnel(&named, original.port())
        }
        place => place,
    };
    let target = target::read(method, path, place)?;
    let gathered = gather(request.headers, minor)?;
    let own_host = check_host(&target, &gathered, minor)?;
    let length = body_length(&gathered, minor)?;
    if method == "CONNECT" && !length.is_empty() {
        return Err(WireFault::UnexpectedBody);
    }
    for field in request.headers.iter() {
        let known = fields::known(field.name);
        let goes_on =
            matches!(known, Known::Other | Known::Accept | Known::SignIn | Known::AltSvc | Known::ContentType);
        if goes_on && !gathered.options.names(field.name) {
            fields::put(kept, field.name, field.value);
        }
    }
    let options = &gathered.options;
    Ok(RequestHead {
        keep_alive: !options.close && (minor == 1 || options.keep_alive),
        websocket: gathered.websocket && options.upgrade && minor == 1 && method == "GET" && length.is_empty(),
        wants_trailers: gathered.trailers && options.te,
        expects_continue: gathered.expects_continue && minor == 1,
        max_forwards: gathered.max_forwards.filter(|_| matches!(method, "OPTIONS" | "TRACE")),
        credentials: gathered.credentials,
        navigation: gathered.navigation,
        binds_connection: gathered.binds_connection,
        method: Arc::from(method),
        minor,
        target,
        length,
        own_host,
    })
}

fn gather<'a>(headers: &[Header<'a>], minor: u8) -> Result<Gathered<'a>, WireFault> {
    let mut gathered = Gathered::default();
    for field in headers {
        let value = field.value;
        match fields::known(field.name) {
            Known::Other | Known::Hop | Known::AltSvc | Known::ContentType | Known::Ours => {}
            Known::SignIn => gathered.binds_connection |= fields::binds_connection(value),
            Known::Host if gathered.host.is_some() => return Err(WireFault::Host),
            Known::Host => gathered.host = Some(value),
            Known::ContentLength if gathered.length.is_some() => return Err(WireFault::Length),
            Known::ContentLength => gathered.length = Some(fields::length(value)?),
            Known::TransferEncoding => {
                // HTTP/1.0 has no transfer codings: whoever sends one is trying something (RFC 9112 §6.1).
                if gathered.chunked || minor == 0 || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(WireFault::TransferCoding);
                }
                gathered.chunked = true;
            }
            Known::Connection | Known::ProxyConnection => gathered.options.read(value)?,
            Known::Upgrade => gathered.websocket |= fields::list_holds(value, "websocket"),
            Known::Te => gathered.trailers |= fields::list_holds(value, "trailers"),
            Known::Expect if value.eq_ignore_ascii_case(b"100-continue") => gathered.expects_continue = true,
            Known::Expect => return Err(WireFault::Expectation),
            Known::ProxyAuthorization => {
                if gathered.credentials.is_some() {
                    return Err(WireFault::Field);
                }
                let Ok(text) = std::str::from_utf8(value) else { return Err(WireFault::Field) };
                gathered.credentials = Some(text.into());
            }
            Known::MaxForwards => {
                gathered.max_forwards = Some(fields::length(value).map_err(|_fault| WireFault::Field)?);
            }
            Known::Accept => gathered.navigation |= fields::list_holds(value, "text/html"),
        }
    }
    Ok(gathered)
}

fn check_host(target: &Target, gathered: &Gathered<'_>, minor: u8) -> Result<Option<(Host, u16)>, WireFault> {
    match gathered.host {
        Some(value) => {
            let Ok(text) = std::str::from_utf8(value) else { return Err(WireFault::Host) };
            target::agrees(target, text)
        }
        None if minor == 0 => Ok(None),
        None => Err(WireFault::Host),
    }
}

fn body_length(gathered: &Gathered<'_>, minor: u8) -> Result<BodyLength, WireFault> {
    match (gathered.chunked, gathered.length) {
        (true, Some(_)) => Err(WireFault::TwoLengths),
        (true, None) if minor == 1 => Ok(BodyLength::Chunked),
        (true, None) => Err(WireFault::TransferCoding),
        (false, Some(length)) => Ok(BodyLength::Exact(length)),
        (false, None) => Ok(BodyLength::None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &str) -> Result<(RequestHead, String), WireFault> {
        let mut kept = Vec::new();
        let text = format!("{lines}\r\n\r\n");
        read(text.as_bytes(), Place::Proxy, &mut kept).map(|head| (head, String::from_utf8(kept).unwrap()))
    }

    fn refused(lines: &str) -> WireFault {
        head(lines).expect_err(lines)
    }

    #[test]
    fn what_belongs_to_one_connection_stays_here() {
        let (head, kept) = head(
            "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nProxy-Connection: keep-alive\r\nConnection: X-Hop, close\r\n\
             X-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: Basic eA==\r\nTE: trailers\r\nAccept: text/html,*/*\r\nX-End: 2",
        )
        .unwrap();
        assert_eq!(kept, "Accept: text/html,*/*\r\nX-End: 2\r\n");
        assert!(!head.keep_alive && head.navigation && !head.wants_trailers);
        assert_eq!(head.credentials.as_deref(), Some("Basic eA=="));
    }

    #[test]
    fn ambiguous_heads_are_refused() {
        let with = |fields: &str| refused(&format!("POST http://a.example/ HTTP/1.1\r\n{fields}"));
        assert_eq!(with("A: b"), WireFault::Host);
        assert_eq!(with("Host: a.example\r\nHost: a.example"), WireFault::Host);
        assert_eq!(with("Host: b.example"), WireFault::Host);
        let with = |fields: &str| refused(&format!("POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\n{fields}"));
        assert_eq!(with("Content-Length: 1\r\nTransfer-Encoding: chunked"), WireFault::TwoLengths);
        assert_eq!(with("Content-Length: 1\r\nContent-Length: 1"), WireFault::Length);
        assert_eq!(with("Content-Length: +1"), WireFault::Length);
        assert_eq!(with("Content-Length: 1, 1"), WireFault::Length);
        assert_eq!(with("Content-Length:"), WireFault::Length);
        assert_eq!(with("Content-Length: 99999999999999999999"), WireFault::Length);
        assert_eq!(with("Transfer-Encoding: gzip, chunked"), WireFault::TransferCoding);
        assert_eq!(with("Transfer-Encoding: identity"), WireFault::TransferCoding);
        assert_eq!(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), WireFault::TransferCoding);
        assert_eq!(with("Transfer-Encoding : chunked"), WireFault::Field);
        assert_eq!(with("Connection: content-length"), WireFault::Connection);
        assert_eq!(with("Connection: a b"), WireFault::Connection);
        assert_eq!(with("Expect: tea"), WireFault::Expectation);
        assert_eq!(with("A\0: b"), WireFault::Field);
        assert_eq!(with("A: b\0"), WireFault::Field);
        assert_eq!(refused("GET http://a.example/ HTTP/1.0\r\nTransfer-Encoding: chunked"), WireFault::TransferCoding);
        assert_eq!(refused("PRI * HTTP/2.0"), WireFault::Version);
        assert_eq!(refused("GET http://a.example/"), WireFault::RequestLine);
        assert_eq!(refused("GET  http://a.example/ HTTP/1.1"), WireFault::RequestLine);
        assert_eq!(
            refused("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1"),
            WireFault::UnexpectedBody
        );
        let many = "X: y\r\n".repeat(MOST_FIELDS);
        assert_eq!(with(many.trim_end()), WireFault::TooManyFields);
    }

    #[test]
    fn old_clients_keep_the_connection_only_when_they_say_so() {
        assert!(!head("GET http://a.example/ HTTP/1.0").unwrap().0.keep_alive);
        assert!(head("GET http://a.example/ HTTP/1.0\r\nConnection: Keep-Alive").unwrap().0.keep_alive);
        assert!(head("GET http://a.example/ HTTP/1.1\r\nHost: a.example").unwrap().0.keep_alive);
    }

    #[test]
    fn a_connection_that_was_turned_aside_is_read_by_its_host_field() {
        let original = "192.0.2.7:80".parse().unwrap();
        let head = |text: &str| read(text.as_bytes(), Place::Transparent(original), &mut Vec::new());
        let target = |text: &str| match head(text).map(|head| head.target) {
            Ok(Target::Web { address, .. }) => Ok(address.to_string()),
            Ok(other) => panic!("{other:?}"),
            Err(fault) => Err(fault),
        };
        assert_eq!(target("GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"), Ok("http://a.example/x".to_owned()));
        assert_eq!(
            target("GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n"),
            Ok("http://a.example/x".to_owned())
        );
        assert_eq!(target("GET /x HTTP/1.0\r\n\r\n"), Ok("http://192.0.2.7/x".to_owned()));
        for text in [
            "GET /x HTTP/1.1\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost:\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n",
            "GET http://b.example/x HTTP/1.1\r\nHost: a.example\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: a.example:8080\r\n\r\n",
        ] {
            assert_eq!(target(text), Err(WireFault::Host), "{text}");
        }
        assert_eq!(target("CONNECT a.example:80 HTTP/1.1\r\nHost: a.example\r\n\r\n"), Err(WireFault::Target));
    }

    #[test]
    fn a_websocket_opening_is_recognised() {
        let text = "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket";
        let (head, kept) = head(text).unwrap();
        assert!(head.websocket && kept.is_empty());
    }
}
