//! What the machine's owner sets about the name service.

use crate::destination::Destinations;
use holdfast_core::host::Host;
use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    time::Duration,
};

/// What a blocked name is answered with. Either way the answer says that it was blocked (RFC 8914).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlockAnswer {
    /// This filter's own address, where an `http://` page says why.
    OwnAddress,
    /// That there is no such name.
    #[default]
    NoSuchName,
}

/// How an upstream name service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP, and TCP where an answer is too long for it (RFC 1035, RFC 7766).
    Plain,
    /// TCP only.
    Tcp,
    /// DNS over TLS (RFC 7858).
    Tls,
    /// DNS over HTTPS, HTTP/2 (RFC 8484).
    Https,
}

/// An upstream name service, always by address so that no name is needed to find it:
/// `192.0.2.53`, `192.0.2.53:5353`, `tcp://192.0.2.53`, `tls://192.0.2.53#dns.provider.example`,
/// `https://192.0.2.53/dns-query#dns.provider.example`, IPv6 in brackets where a port follows. After `#` stands the
/// name its certificate must carry; without one, the certificate must carry the address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct UpstreamAddress {
    /// How it is spoken to.
    pub transport: Transport,
    /// Where it is.
    pub socket: SocketAddr,
    /// The name its certificate must carry.
    pub name: Option<String>,
    /// The path of its HTTPS endpoint; empty for other transports.
    pub path: String,
}

impl FromStr for UpstreamAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "“{text}” is not a name service. Write its address like `192.0.2.53`, `tls://192.0.2.53#dns.provider.example` or `https://192.0.2.53/dns-query#dns.provider.example`."
            )
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("udp", text));
        let (transport, usual_port) = match scheme {
            "udp" => (Transport::Plain, 53),
            "tcp" => (Transport::Tcp, 53),
            "tls" => (Transport::Tls, 853),
            "https" => (Transport::Https, 443),
            _ => return Err(wrong()),
        };
        let (rest, name) = match rest.split_once('#') {
            Some((rest, name)) => (rest, Some(Host::parse(name).map_err(|fault| fault.to_string())?.to_string())),
            None => (rest, None),
        };
        let (place, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, if transport == Transport::Https { "/dns-query" } else { "" }),
        };
        let is_secure = matches!(transport, Transport::Tls | Transport::Https);
        if (transport != Transport::Https && !path.is_empty()) || (!is_secure && name.is_some()) {
            return Err(wrong());
        }
        let bare = place.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(place);
        let socket = match (place.parse::<SocketAddr>(), bare.parse::<IpAddr>()) {
            (Ok(socket), _) if socket.port() != 0 => socket,
            (_, Ok(address)) => SocketAddr::new(address, usual_port),
            _ => return Err(wrong()),
        };
        Ok(Self { transport, socket, name, path: path.to_owned() })
    }
}

impl fmt::Display for UpstreamAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.transport {
            Transport::Plain => "",
            Transport::Tcp => "tcp://",
            Transport::Tls => "tls://",
            Transport::Https => "https://",
        };
        write!(f, "{scheme}{}{}", self.socket, self.path)?;
        self.name.as_ref().map_or(Ok(()), |name| write!(f, "#{name}"))
    }
}

impl TryFrom<String> for UpstreamAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<UpstreamAddress> for String {
    fn from(upstream: UpstreamAddress) -> Self {
        upstream.to_string()
    }
}

/// Names of the school's own that another name service knows, such as its directory's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalZone {
    /// The names: each with everything below it. They may lead to private addresses.
    pub names: Vec<Host>,
    /// Who knows them.
    pub upstreams: Vec<UpstreamAddress>,
}

/// How questions are passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// The upstream name services, best first.
    pub upstreams: Vec<UpstreamAddress>,
    /// The school's own names.
    pub local: Vec<LocalZone>,
    /// Most bytes of answers that are kept.
    pub cache_bytes: usize,
    /// Certificate authorities that upstream services may be signed by, beside the public ones.
    pub authorities: Vec<CertificateDer<'static>>,
    /// How long one upstream may take before the next is asked as well.
    pub patience: Duration,
    /// How long all of them together may take.
    pub limit: Duration,
}

impl Default for Forwarding {
    fn default() -> Self {
        Self {
            upstreams: Vec::new(),
            local: Vec::new(),
            cache_bytes: 16 * 1024 * 1024,
            authorities: Vec::new(),
            patience: Duration::from_millis(800),
            limit: Duration::from_secs(4),
        }
    }
}

/// Everything that is set about the name service. All of it belongs to the machine, none of it to policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Worker threads; 0 means one for each core.
    pub workers: usize,
    /// What a blocked name is answered with.
    pub block: BlockAnswer,
    /// The addresses under which clients reach this filter. Empty: the address the question came to.
    pub own_addresses: Vec<IpAddr>,
    /// Names that lead to this filter: its pages' name, and `wpad`.
    pub own_names: Vec<Host>,
    /// The name of the encrypted name service; personal names are one label below it, and the last part of the path
    /// `/dns-query/…`.
    pub resolver_name: Option<Host>,
    /// Ports on which clients reach the encrypted name service, told by RFC 9462: TLS, HTTPS.
    pub encrypted_ports: (Option<u16>, Option<u16>),
    /// Networks whose clients are answered. Empty: private networks and this computer. Whoever comes under a personal
    /// name is answered from anywhere.
    pub clients: Vec<IpNet>,
    /// How long a client may keep an answer: an emergency block must not wait for it.
    pub longest_answer: Duration,
    /// The school's own servers, and what no outside name may lead to. The same as the proxy's.
    pub destinations: Destinations,
    /// How questions are passed on.
    pub forwarding: Forwarding,
    /// Most TCP, TLS and HTTPS connections at once.
    pub connections: usize,
    /// Most of them from one client.
    pub connections_per_client: usize,
    /// How long a connection may stay open with nothing asked.
    pub idle: Duration,
    /// Where a person reads why: our own origin's `/stopped`.
    pub why_address: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 0,
            block: BlockAnswer::default(),
            own_addresses: Vec::new(),
            own_names: Vec::new(),
            resolver_name: None,
            encrypted_ports: (None, None),
            clients: Vec::new(),
            longest_answer: Duration::from_mins(1),
            destinations: Destinations::default(),
            forwarding: Forwarding::default(),
            connections: 4_096,
            connections_per_client: 128,
            idle: Duration::from_secs(20),
            why_address: String::new(),
        }
    }
}
