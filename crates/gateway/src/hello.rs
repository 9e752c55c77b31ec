//! The first bytes of a tunnel: is it TLS, which name does it ask for, or is it plain HTTP?
//!
//! Pure over the bytes gathered so far, so that any split of the stream gives the same answer: an answer other than
//! [`Hello::Incomplete`] never changes when more bytes arrive. Nothing is decrypted and nothing is answered.
//! The reading is stricter than most servers': a hello that two readers could understand differently is
//! [`Hello::Malformed`] and the tunnel is refused (RFC 8446 sections 4 and 5.1, RFC 6066 section 3).

use holdfast_core::host::Host;
use std::{collections::BTreeSet, fmt};

/// How many bytes of a tunnel are looked at, record headers included. A hello with post-quantum key shares is about
/// 2 KB; this leaves room for thirty times that.
pub const HELLO_LIMIT: usize = 64 * 1024;

/// The largest plaintext of one TLS record (RFC 8446 section 5.1).
const RECORD_LIMIT: usize = 1 << 14;
const RECORD_HANDSHAKE: u8 = 22;
const MESSAGE_CLIENT_HELLO: u8 = 1;
const EXTENSION_SERVER_NAME: u16 = 0;
const EXTENSION_ALPN: u16 = 16;
const EXTENSION_SUPPORTED_VERSIONS: u16 = 43;
/// Encrypted Client Hello (RFC 9849), and the draft before it that encrypted the name alone.
const EXTENSIONS_HIDING_THE_NAME: [u16; 2] = [0xfe0d, 0xffce];

/// What the first bytes of a tunnel are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hello {
    /// Too few bytes to tell. Read more and ask again.
    Incomplete,
    /// A whole and well-formed ClientHello.
    Tls(ClientHello),
    /// Not TLS at all.
    NotTls,
    /// It starts as TLS does, and breaks its rules.
    Malformed(HelloFault),
}

/// What a ClientHello says about where it wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHello {
    /// The name asked for; `None` where the client gave none.
    pub sni: Option<Host>,
    /// The protocols offered inside, in order, without GREASE (RFC 7301, RFC 8701).
    pub alpn: Vec<Box<[u8]>>,
    /// Whether the name may be an outer one that hides another. Browsers send a dummy of this extension to every
    /// server, which by design cannot be told from a real one, so this alone says nothing of intent.
    pub ech: bool,
    /// The TLS versions offered, in order, without GREASE: `0x0304` is TLS 1.3.
    pub versions: Vec<u16>,
}

/// Which rule a malformed hello breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HelloFault {
    /// A record is empty, too long, of another type or of an unknown version.
    Record,
    /// The first handshake message is no ClientHello.
    NotAClientHello,
    /// It does not end within [`HELLO_LIMIT`] bytes.
    TooLong,
    /// A length inside does not fit what it is in.
    Length,
    /// An extension is there twice.
    RepeatedExtension,
    /// More than one server name, or a kind of name nobody has defined.
    Names,
    /// The server name is no host name: an IP address, an empty text, or forbidden characters.
    Name,
}

impl HelloFault {
    /// A short code for logs; never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Record => "hello-record",
            Self::NotAClientHello => "hello-not-client",
            Self::TooLong => "hello-too-long",
            Self::Length => "hello-length",
            Self::RepeatedExtension => "hello-repeated-extension",
            Self::Names => "hello-names",
            Self::Name => "hello-name",
        }
    }
}

impl fmt::Display for HelloFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Record => "its first records are not as TLS has them",
            Self::NotAClientHello => "it does not begin with a ClientHello",
            Self::TooLong => "its ClientHello is longer than 64 KiB",
            Self::Length => "the lengths inside its ClientHello do not add up",
            Self::RepeatedExtension => "its ClientHello has the same extension twice",
            Self::Names => "its ClientHello asks for more than one server name",
            Self::Name => "the server name in its ClientHello is not a host name",
        };
        write!(f, "The program on the device began a secure connection wrongly: {what}. Update that program.")
    }
}

impl std::error::Error for HelloFault {}

/// Reads the first bytes of a tunnel. `bytes` is everything received so far, from the very first byte.
pub fn peek(bytes: &[u8]) -> Hello {
    let seen = bytes.get(..HELLO_LIMIT).unwrap_or(bytes);
    match gather(seen) {
        Ok(Gathered::Message(message)) => match read_client_hello(&message) {
            Ok(hello) => Hello::Tls(hello),
            Err(fault) => Hello::Malformed(fault),
        },
        Ok(Gathered::NotTls) => Hello::NotTls,
        Ok(Gathered::Partly) if seen.len() >= HELLO_LIMIT => Hello::Malformed(HelloFault::TooLong),
        Ok(Gathered::Partly) => Hello::Incomplete,
        Err(fault) => Hello::Malformed(fault),
    }
}

/// Whether the first bytes are an HTTP/1 request line: a method, one space, and `/`, `*` or an absolute address.
/// `None` while there are too few to tell. An HTTP/2 preface and other protocols that begin with a word (SSH, mail)
/// are not HTTP/1.
pub fn looks_like_http(bytes: &[u8]) -> Option<bool> {
    const LONGEST_METHOD: usize = 24;
    let method =
        bytes.iter().take(LONGEST_METHOD + 1).take_while(|byte| byte.is_ascii_uppercase() || **byte == b'-').count();
    let Some(after) = bytes.get(method) else {
        return if method > LONGEST_METHOD { Some(false) } else { None };
    };
    if *after != b' ' || method == 0 || method > LONGEST_METHOD {
        return Some(false);
    }
    if bytes.starts_with(b"PRI ") {
        return Some(false);
    }
    let target = bytes.get(method + 1..).unwrap_or_default();
    match target.first() {
        None => None,
        Some(b'/') => Some(true),
        Some(b'*') => target.get(1).map(|byte| *byte == b' '),
        Some(_) => starts_absolute(target),
    }
}

/// Whether a request target starts as an absolute address; `None` while there are too few bytes.
fn starts_absolute(target: &[u8]) -> Option<bool> {
    let schemes: [&[u8]; 4] = [b"http://", b"https://", b"ws://", b"wss://"];
    let mut undecided = false;
    for scheme in schemes {
        let length = scheme.len().min(target.len());
        let alike = scheme.iter().zip(target).all(|(left, right)| left.eq_ignore_ascii_case(right));
        if alike && length == scheme.len() {
            return Some(true);
        }
        undecided |= alike;
    }
    if undecided { None } else { Some(false) }
}

/// How far the first handshake message has come.
enum Gathered {
    /// The body of the ClientHello, whole.
    Message(Vec<u8>),
    /// More bytes are needed.
    Partly,
    /// The first bytes are not a TLS record.
    NotTls,
}

/// Puts the first handshake message together from the records it is split over.
fn gather(bytes: &[u8]) -> Result<Gathered, HelloFault> {
    match (bytes.first(), bytes.get(1)) {
        (None, _) => return Ok(Gathered::Partly),
        (Some(&RECORD_HANDSHAKE), None | Some(3)) => {}
        _ => return Ok(Gathered::NotTls),
    }
    let mut reader = Reader(bytes);
    let mut message = Vec::new();
    loop {
        // Each header byte is judged as soon as it is there, so that a fault is found at the same place in any split.
        match reader.0.first() {
            None => return Ok(Gathered::Partly),
            Some(&RECORD_HANDSHAKE) => {}
            Some(_) => return Err(HelloFault::Record),
        }
        if reader.0.get(1).is_some_and(|major| *major != 3) || reader.0.get(2).is_some_and(|minor| *minor > 4) {
            return Err(HelloFault::Record);
        }
        let Some((_, rest)) = reader.0.split_at_checked(3) else { return Ok(Gathered::Partly) };
        reader.0 = rest;
        let Ok(length) = reader.u16() else { return Ok(Gathered::Partly) };
        let length = usize::from(length);
        if length == 0 || length > RECORD_LIMIT {
            return Err(HelloFault::Record);
        }
        let fragment = reader.0.get(..length).unwrap_or(reader.0);
        message.extend_from_slice(fragment);
        // The message ends where its record ends; anything behind it there would be a second message.
        let unread = length.saturating_sub(fragment.len());
        if let Some(needed) = needed(&message)? {
            if message.len() + unread > needed {
                return Err(HelloFault::Record);
            }
            if message.len() == needed {
                return Ok(Gathered::Message(message.split_off(4)));
            }
        }
        if unread > 0 {
            return Ok(Gathered::Partly);
        }
        reader.0 = reader.0.get(length..).unwrap_or_default();
    }
}

/// The whole length of the handshake message with its four header bytes, once they are there.
fn needed(message: &[u8]) -> Result<Option<usize>, HelloFault> {
    match message.first() {
        None => return Ok(None),
        Some(&MESSAGE_CLIENT_HELLO) => {}
        Some(_) => return Err(HelloFault::NotAClientHello),
    }
    let Some(&[high, middle, low]) = message.get(1..4).and_then(|bytes| bytes.first_chunk::<3>()) else {
        return Ok(None);
    };
    let length = (usize::from(high) << 16) | (usize::from(middle) << 8) | usize::from(low);
    if length > HELLO_LIMIT { Err(HelloFault::TooLong) } else { Ok(Some(length + 4)) }
}

/// Reads the body of a ClientHello (RFC 8446 section 4.1.2).
fn read_client_hello(body: &[u8]) -> Result<ClientHello, HelloFault> {
    let mut reader = Reader(body);
    let legacy_version = reader.u16()?;
    reader.take(32)?;
    let session = reader.short_block()?;
    let suites = reader.long_block()?;
    let compressions = reader.short_block()?;
    if session.0.len() > 32 || suites.0.is_empty() || !suites.0.len().is_multiple_of(2) || compressions.0.is_empty() {
        return Err(HelloFault::Length);
    }
    let mut hello = ClientHello { sni: None, alpn: Vec::new(), ech: false, versions: Vec::new() };
    if !reader.0.is_empty() {
        let extensions = reader.long_block()?;
        reader.end()?;
        read_extensions(extensions, &mut hello)?;
    }
    if hello.versions.is_empty() {
        hello.versions.push(legacy_version);
    }
    Ok(hello)
}

fn read_extensions(mut extensions: Reader<'_>, hello: &mut ClientHello) -> Result<(), HelloFault> {
    let mut seen = BTreeSet::new();
    while !extensions.0.is_empty() {
        let kind = extensions.u16()?;
        let data = extensions.long_block()?;
        if !seen.insert(kind) {
            return Err(HelloFault::RepeatedExtension);
        }
        match kind {
            EXTENSION_SERVER_NAME => hello.sni = Some(read_server_name(data)?),
            EXTENSION_ALPN => hello.alpn = read_alpn(data)?,
            EXTENSION_SUPPORTED_VERSIONS => hello.versions = read_versions(data)?,
            _ => hello.ech |= EXTENSIONS_HIDING_THE_NAME.contains(&kind),
        }
    }
    Ok(())
}

/// One name of type `host_name` (RFC 6066 section 3): ASCII, no trailing dot, no address.
fn read_server_name(mut data: Reader<'_>) -> Result<Host, HelloFault> {
    let mut list = data.long_block()?;
    data.end()?;
    let kind = list.u8()?;
    let name = list.long_block()?;
    if kind != 0 || !list.0.is_empty() {
        return Err(HelloFault::Names);
    }
    // Percent signs and the like would be undone by a browser's reading of hosts and not by a server's of this name.
    let plain = name.0.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if !plain || name.0.ends_with(b".") {
        return Err(HelloFault::Name);
    }
    let text = std::str::from_utf8(name.0).map_err(|_not_text| HelloFault::Name)?;
    let host = Host::parse(text).map_err(|_not_a_host| HelloFault::Name)?;
    if host.address().is_some() { Err(HelloFault::Name) } else { Ok(host) }
}

fn read_alpn(mut data: Reader<'_>) -> Result<Vec<Box<[u8]>>, HelloFault> {
    let mut list = data.long_block()?;
    data.end()?;
    let mut protocols = Vec::new();
    while !list.0.is_empty() {
        let protocol = list.short_block()?.0;
        match protocol {
            [] => return Err(HelloFault::Length),
            &[high, low] if is_grease(u16::from_be_bytes([high, low])) => {}
            name => protocols.push(name.into()),
        }
    }
    Ok(protocols)
}

fn read_versions(mut data: Reader<'_>) -> Result<Vec<u16>, HelloFault> {
    let mut list = data.short_block()?;
    data.end()?;
    let mut versions = Vec::new();
    while !list.0.is_empty() {
        let version = list.u16()?;
        if !is_grease(version) {
            versions.push(version);
        }
    }
    Ok(versions)
}

/// The values clients make up so that servers do not choke on new ones (RFC 8701): `0x0a0a`, `0x1a1a` … `0xfafa`.
fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// Reads from the front of a slice; every step checks that the bytes are there.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], HelloFault> {
        let (front, rest) = self.0.split_at_checked(length).ok_or(HelloFault::Length)?;
        self.0 = rest;
        Ok(front)
    }

    fn u8(&mut self) -> Result<u8, HelloFault> {
        let (first, rest) = self.0.split_first().ok_or(HelloFault::Length)?;
        self.0 = rest;
        Ok(*first)
    }

    fn u16(&mut self) -> Result<u16, HelloFault> {
        let (front, rest) = self.0.split_first_chunk::<2>().ok_or(HelloFault::Length)?;
        self.0 = rest;
        Ok(u16::from_be_bytes(*front))
    }

    /// A block with its length in one byte before it.
    fn short_block(&mut self) -> Result<Self, HelloFault> {
        let length = usize::from(self.u8()?);
        self.take(length).map(Self)
    }

    /// A block with its length in two bytes before it.
    fn long_block(&mut self) -> Result<Self, HelloFault> {
        let length = usize::from(self.u16()?);
        self.take(length).map(Self)
    }

    /// Nothing may be left.
    fn end(&self) -> Result<(), HelloFault> {
        if self.0.is_empty() { Ok(()) } else { Err(HelloFault::Length) }
    }
}

#[cfg(test)]
mod tests;
