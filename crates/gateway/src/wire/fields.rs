//! Header fields: which ones the gate acts on, and which belong to one connection only (RFC 9110 §7.6.1).

use super::fault::WireFault;
use holdfast_core::rewrites::OUR_FIELDS;

/// A field the gate acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    ProxyConnection,
    Upgrade,
    Te,
    Expect,
    ProxyAuthorization,
    MaxForwards,
    Accept,
    /// A sign-in to the site: `Authorization` or `WWW-Authenticate`. Passed on untouched.
    SignIn,
    /// What the content is. Passed on untouched.
    ContentType,
    /// Other ways to the same site (RFC 7838).
    AltSvc,
    /// In a request ours to say and nobody else's ([`OUR_FIELDS`]).
    Ours,
    /// Belongs to one connection, or to the talk between a client and its proxy: never passed on.
    Hop,
    /// Passed on untouched.
    Other,
}

/// Which field this name stands for. Names compare without regard to case.
pub(super) fn known(name: &str) -> Known {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    // The length is compared first: most fields are told apart by it alone.
    match name.len() {
        2 if is("te") => Known::Te,
        4 if is("host") => Known::Host,
        6 if is("accept") => Known::Accept,
        6 if is("expect") => Known::Expect,
        7 if is("upgrade") => Known::Upgrade,
        7 if is("alt-svc") => Known::AltSvc,
        10 if is("connection") => Known::Connection,
        10 if is("keep-alive") => Known::Hop,
        12 if is("max-forwards") => Known::MaxForwards,
        12 if is("content-type") => Known::ContentType,
        13 if is("authorization") => Known::SignIn,
        14 if is("content-length") => Known::ContentLength,
        14 if is("http2-settings") => Known::Hop,
        16 if is("proxy-connection") => Known::ProxyConnection,
        16 if is("www-authenticate") => Known::SignIn,
        17 if is("transfer-encoding") => Known::TransferEncoding,
        18 if is("proxy-authenticate") => Known::Hop,
        19 if is("proxy-authorization") => Known::ProxyAuthorization,
        25 if is("proxy-authentication-info") => Known::Hop,
        _ if OUR_FIELDS.iter().any(|ours| is(ours)) => Known::Ours,
        _ => Known::Other,
    }
}

/// What the `Connection` fields of one head said.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that one field may hold")]
pub(super) struct Options<'a> {
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) upgrade: bool,
    pub(super) te: bool,
    /// Other fields it names: they belong to this connection only.
    pub(super) named: Vec<&'a str>,
}

impl<'a> Options<'a> {
    /// Reads one `Connection` field. Fields that carry the meaning of the message may not be named in it.
    pub(super) fn read(&mut self, value: &'a [u8]) -> Result<(), WireFault> {
        let Ok(value) = std::str::from_utf8(value) else { return Err(WireFault::Connection) };
        for option in value.split(',').map(|option| option.trim_matches([' ', '\t'])) {
            if option.is_empty() {
                continue;
            }
            if !option.bytes().all(is_token_byte) {
                return Err(WireFault::Connection);
            }
            if option.eq_ignore_ascii_case("close") {
                self.close = true;
            } else if option.eq_ignore_ascii_case("keep-alive") {
                self.keep_alive = true;
            } else if option.eq_ignore_ascii_case("upgrade") {
                self.upgrade = true;
            } else if option.eq_ignore_ascii_case("te") {
                self.te = true;
            } else if matches!(known(option), Known::Host | Known::ContentLength | Known::TransferEncoding) {
                return Err(WireFault::Connection);
            } else {
                self.named.push(option);
            }
        }
        Ok(())
    }

    /// Whether `name` was named and so must not be passed on.
    pub(super) fn names(&self, name: &str) -> bool {
        self.named.iter().any(|named| named.eq_ignore_ascii_case(name))
    }
}

/// A byte of a token (RFC 9110 §5.6.2).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Reads a `Content-Length`: digits alone, below 10^18 so that no reader overflows.
pub(crate) fn length(value: &[u8]) -> Result<u64, WireFault> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return Err(WireFault::Length);
    }
    Ok(value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

/// Whether a comma-separated list holds `wanted`, parameters aside.
pub(crate) fn list_holds(value: &[u8], wanted: &str) -> bool {
    value.split(|byte| *byte == b',').any(|item| {
        let item = item.split(|byte| *byte == b';').next().unwrap_or_default();
        item.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes())
    })
}

/// Whether a sign-in holds for the connection it was made on rather than for one request (RFC 4559, and NTLM): such a
/// connection belongs to whoever signed in on it.
pub(super) fn binds_connection(value: &[u8]) -> bool {
    [b"ntlm".as_slice(), b"negotiate"].into_iter().any(|scheme| {
        value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && value.get(scheme.len()).is_none_or(|next| !is_token_byte(*next))
    })
}

/// Whether content of this type comes bit by bit for as long as there is news, with long silences: server-sent events
/// and gRPC.
pub(crate) fn is_stream(content_type: &[u8]) -> bool {
    [b"text/event-stream".as_slice(), b"application/grpc"]
        .into_iter()
        .any(|kind| content_type.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind)))
}

/// Writes one field line.
pub(super) fn put(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes a whole number in decimal.
pub fn put_number(out: &mut Vec<u8>, number: u64) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    if write!(out, "{number}").is_err() {
        out.push(b'0');
    }
}
