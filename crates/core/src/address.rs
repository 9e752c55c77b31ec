//! Whole addresses (URLs): read as a browser reads them, and put into the canonical form that URL entries of lists
//! are compared in (Safe-Browsing-like: repeated unescaping, dot segments, one escaping).

mod secrets;

pub use secrets::without_secrets;

use crate::host::{Host, HostFault};
use std::fmt;

/// An `http` or `https` address, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    scheme: Scheme,
    host: Host,
    port: u16,
    /// Host, then path and query as sent, which start with `/`: one text, so that nothing is put together when asked.
    text: Box<str>,
    /// Host, then canonical path and query; only where it differs from `text`.
    canonical: Option<Box<str>>,
}

/// The scheme of an [`Address`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// `http`, and `ws`.
    Http,
    /// `https`, and `wss`.
    Https,
}

impl Scheme {
    /// The port used when none is written.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// `http` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Why a text is no web address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressFault {
    /// The host part is at fault.
    Host(HostFault),
    /// Anything else.
    Form(String),
}

impl fmt::Display for AddressFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(fault) => fault.fmt(f),
            Self::Form(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for AddressFault {}

impl Address {
    /// Reads an absolute address as a browser would.
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let url = url::Url::parse(text)
            .map_err(|fault| AddressFault::Form(format!("This is not a web address: {fault}.")))?;
        let scheme = match url.scheme() {
            "http" | "ws" => Scheme::Http,
            "https" | "wss" => Scheme::Https,
            other => return Err(AddressFault::Form(format!("“{other}:” addresses are not web addresses."))),
        };
        let host = url.host_str().unwrap_or_default();
        let host = Host::parse(host).map_err(AddressFault::Host)?;
        let port = url.port().unwrap_or(scheme.default_port());
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        Ok(Self::from_parts(scheme, host, port, path))
    }

    /// Puts an address together from a request line and its host. A path that does not start with `/` is given one.
    pub fn from_parts(scheme: Scheme, host: Host, port: u16, path_and_query: &str) -> Self {
        let slash = if path_and_query.starts_with('/') { "" } else { "/" };
        let text = [host.as_str(), slash, path_and_query].concat().into_boxed_str();
        let canonical = canonical_if_different(path_and_query)
            .filter(|path| text.get(host.as_str().len()..) != Some(path))
            .map(|path| [host.as_str(), &path].concat().into_boxed_str());
        Self { scheme, host, port, text, canonical }
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, the scheme's own where none was written.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query as sent, for rewriting and forwarding; starts with `/`.
    pub fn path_and_query(&self) -> &str {
        self.text.get(self.host.as_str().len()..).unwrap_or("/")
    }

    /// Whether every server reads the path alike: no backslash, no `.`, `..` or empty segment, and no escape that stands
    /// for one of these, for a slash or for another escape. An allow of a path holds for such paths only.
    pub fn has_plain_path(&self) -> bool {
        let path = self.path_and_query().split(['?', '#']).next().unwrap_or_default();
        let inner = path.strip_prefix('/').unwrap_or(path);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let has_odd_segment = !inner.is_empty() && inner.split('/').any(|segment| matches!(segment, "" | "." | ".."));
        let has_odd_escape = path.as_bytes().windows(3).any(|window| {
            matches!(window, [b'%', high, low] if hex(*high, *low).is_some_and(|byte| matches!(byte, b'.' | b'/' | b'\\' | b'%')))
        });
        !path.contains(['\\', ';']) && !has_odd_segment && !has_odd_escape
    }

    /// Path and query in the canonical form that list entries are compared in; starts with `/`.
    pub fn canonical_path(&self) -> &str {
        self.canonical_text().get(self.host.as_str().len()..).unwrap_or("/")
    }

    /// Host and canonical path in one, as expressions of lists are matched against it: `host/path?query`.
    pub fn canonical_text(&self) -> &str {
        self.canonical.as_deref().unwrap_or(&self.text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.as_str();
        write!(f, "{}://", self.scheme.as_str())?;
        if host.contains(':') {
            write!(f, "[{host}]")?;
        } else {
            f.write_str(host)?;
        }
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(self.path_and_query())
    }
}

/// The canonical form of a path with its query: what list entries are stored and compared in.
///
/// After Safe Browsing's canonicalisation (developers.google.com/safe-browsing, "Canonicalization"): tabs and line
/// breaks are dropped, so is a fragment; escapes are undone until none is left; in the path, not the query, a backslash
/// is a slash as in browsers, `.` and `..` are resolved and runs of slashes made one; then all bytes up to 0x20 or from 0x7F, `#` and `%` are escaped
/// once. Path and query part at the first `?` as sent, as a server parts them. The result starts with `/`, and its own
/// canonical form is itself.
pub fn canonical_path(path_and_query: &str) -> String {
    canonical_if_different(path_and_query).unwrap_or_else(|| path_and_query.to_owned())
}

/// Nothing where the text already has its canonical form, which is the common case and costs no memory.
fn canonical_if_different(path_and_query: &str) -> Option<String> {
    if is_canonical(path_and_query.as_bytes()) {
        return None;
    }
    let kept: Vec<u8> = path_and_query
        .bytes()
        .take_while(|byte| *byte != b'#')
        .filter(|byte| !matches!(byte, b'\t' | b'\r' | b'\n'))
        .collect();
    let (path, query) = match kept.iter().position(|byte| *byte == b'?').and_then(|mark| kept.split_at_checked(mark)) {
        Some((path, query)) => (path, Some(query)),
        None => (kept.as_slice(), None),
    };
    let mut canonical = String::with_capacity(kept.len() + 1);
    escape_into(&mut canonical, &resolve_dots(&unescape(path)));
    if let Some(query) = query {
        escape_into(&mut canonical, &unescape(query));
    }
    (canonical != path_and_query).then_some(canonical)
}

/// Whether a text surely is in canonical form; cheap, and says no where it is not sure.
fn is_canonical(text: &[u8]) -> bool {
    if text.first() != Some(&b'/') {
        return false;
    }
    let mut in_query = false;
    let mut previous = 0_u8;
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            // An escape in upper case that stands for a byte we escape ourselves, and for no `%`.
            b'%' => match after.split_at_checked(2) {
                Some((&[high @ (b'0'..=b'9' | b'A'..=b'F'), low @ (b'0'..=b'9' | b'A'..=b'F')], after))
                    if hex(high, low).is_some_and(|byte| byte != b'%' && must_be_escaped(byte)) =>
                {
                    rest = after;
                }
                _ => return false,
            },
            _ if must_be_escaped(byte) => return false,
            b'?' => in_query = true,
            b'\\' if !in_query => return false,
            b'/' | b'.' if previous == b'/' && !in_query => return false,
            _ => {}
        }
        previous = byte;
    }
    true
}

fn must_be_escaped(byte: u8) -> bool {
    byte <= 0x20 || byte >= 0x7f || byte == b'#' || byte == b'%'
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(high)? << 4) | digit(low)?)
}

/// Undoes escapes until none is left, in one pass: an escape is undone as soon as its last byte is there, and the byte
/// it gives may itself be the last of another.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    for &byte in text {
        plain.push(byte);
        while let Some(&[b'%', high, low]) = plain.last_chunk::<3>()
            && let Some(byte) = hex(high, low)
        {
            plain.truncate(plain.len() - 3);
            plain.push(byte);
        }
    }
    plain
}

/// Resolves `.` and `..` and makes runs of slashes one. The result starts with `/`.
fn resolve_dots(path: &[u8]) -> Vec<u8> {
    let mut resolved: Vec<&[u8]> = Vec::new();
    let mut ends_open = true;
    for segment in path.split(|byte| matches!(byte, b'/' | b'\\')) {
        ends_open = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => {
                resolved.pop();
            }
            _ => resolved.push(segment),
        }
    }
    let mut out = Vec::with_capacity(path.len() + 1);
    for segment in resolved {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    if ends_open {
        out.push(b'/');
    }
    out
}

fn escape_into(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if must_be_escaped(byte) {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(DIGITS.get(usize::from(half)).copied().map_or('0', char::from));
            }
        } else {
            out.push(char::from(byte));
        }
    }
}
