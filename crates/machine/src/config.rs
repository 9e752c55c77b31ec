//! The bootstrap config: what belongs to the machine and nothing of policy.

mod check;
mod dns;
mod gate;
mod inspection;
mod store;
mod tls;
mod transparent;

pub use dns::{Dns, DnsListener, LocalNames};
pub use inspection::Inspection;
pub use store::{SECRETS as STORE_SECRETS, Store};
pub use tls::Tls;
pub use transparent::{Transparent, Turning};

use holdfast_core::{host::Host, problem::Problem, toml_text};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    num::NonZero,
    path::{Path, PathBuf},
    thread,
};

/// The bootstrap config, `holdfast.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The data folder: policy, people, lists, rulesets and the log.
    pub data: PathBuf,
    /// Our own origin: status page, `/stopped`, help and the PAC file.
    pub web: Web,
    /// Proxy listeners. At least one, or one under `transparent`, or one for names under `dns`.
    #[serde(default, rename = "proxy")]
    pub proxies: Vec<Proxy>,
    /// Doors for connections that the router turns aside.
    #[serde(default)]
    pub transparent: Vec<Transparent>,
    /// The name service. Left out: names are not answered here.
    #[serde(default)]
    pub dns: Option<Dns>,
    /// The certificate of the name service over TLS and HTTPS, and of the proxy over TLS.
    #[serde(default)]
    pub tls: Tls,
    /// Opening secure pages to check them, where the policy says so.
    #[serde(default)]
    pub inspection: Inspection,
    /// The records' store.
    #[serde(default)]
    pub store: Store,
    /// Port 80, for those who came to a blocked name or look for the proxy file. Left out: nobody listens there.
    #[serde(default)]
    pub page_door: Option<PageDoor>,
    /// The way out.
    #[serde(default)]
    pub upstream: Upstream,
    /// The school's own servers, and names pinned to an address.
    #[serde(default, rename = "listed")]
    pub listed: Vec<Listed>,
    /// Ports that may be asked for besides 80 and 443.
    #[serde(default)]
    pub ports: Ports,
    /// Limits.
    #[serde(default)]
    pub limits: Limits,
    /// The log.
    #[serde(default)]
    pub log: Log,
}

/// Our own origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Addresses to listen on, such as `127.0.0.1:8080` and `[::1]:8080`.
    pub listen: Vec<SocketAddr>,
    /// Addresses to listen on for browsers over HTTPS, such as `0.0.0.0:8443`, with the certificate under `tls`. People sign
    /// in there; in the clear only at this computer itself.
    #[serde(default)]
    pub tls: Vec<SocketAddr>,
    /// The address people type, such as `http://filter.school.example:8080`.
    pub address: String,
    /// Host names that it answers to, beside its own addresses.
    #[serde(default)]
    pub names: Vec<String>,
    /// Networks from which `/metrics` may be read, beside this computer itself.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub metrics_from: Vec<IpNet>,
    /// Reverse proxies that stand before these pages, such as `127.0.0.1/32`: who asks and whether over HTTPS is then read from
    /// their `X-Forwarded-For` and `X-Forwarded-Proto`. At another computer they must come in at `tls`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub reverse_proxies: Vec<IpNet>,
}

/// One proxy listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Its name; the people document may say whom it stands for.
    pub name: String,
    /// Addresses to listen on.
    #[serde(default)]
    pub listen: Vec<SocketAddr>,
    /// Addresses to listen on for browsers that speak TLS to their proxy (`HTTPS` in a proxy file).
    #[serde(default)]
    pub tls: Vec<SocketAddr>,
    /// Whether people sign in to it.
    #[serde(default)]
    pub sign_in: SignIn,
}

/// The listener that serves the proxy file and the page that says why a name was blocked, and sends all else to our own
/// pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageDoor {
    /// Addresses to listen on, such as `0.0.0.0:80`. Browsers look for it on port 80 only.
    pub listen: Vec<SocketAddr>,
}

/// Whether people sign in to a listener.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignIn {
    /// Not at all; what they send is not looked at.
    Off,
    /// Whoever signs in is known; nobody is asked.
    #[default]
    Offered,
    /// Everybody is asked.
    Required,
}

/// The way out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Another proxy that everything is sent through: `proxy.provider.example:3128`.
    #[serde(default)]
    pub parent: Option<String>,
    /// A file with one line, `name:password`, for that proxy. Mode 0600.
    #[serde(default)]
    pub parent_credentials: Option<PathBuf>,
    /// Networks inside the school that may be reached by anyone whom the policy allows the host.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub listed_networks: Vec<IpNet>,
}

/// One of the school's own servers, or a name pinned to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Names: exact, or with a leading dot for the name and all below it.
    pub names: Vec<String>,
    /// Where they are, with a port where it differs. Empty: the name service is asked.
    #[serde(default)]
    pub addresses: Vec<String>,
}

/// Ports besides 80 and 443.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    /// For `http://` addresses.
    #[serde(default)]
    pub http: Vec<u16>,
    /// For tunnels (CONNECT).
    #[serde(default)]
    pub tunnel: Vec<u16>,
}

/// Limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Worker threads of the gate; 0 is one for each core.
    pub workers: usize,
    /// Most client connections at once.
    pub connections: usize,
    /// Most client connections at once from one address.
    pub connections_per_client: usize,
    /// Events that may wait for the log in each lane.
    pub waiting_events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { workers: 0, connections: 20_000, connections_per_client: 4_000, waiting_events: 65_536 }
    }
}

impl Limits {
    /// How many workers each door has.
    pub fn workers_or_cores(&self) -> usize {
        if self.workers > 0 { self.workers } else { thread::available_parallelism().map_or(1, NonZero::get) }
    }
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Days that log files are kept.
    pub keep_days: u32,
    /// Megabytes that log files may take together.
    pub megabytes: u64,
}

impl Default for Log {
    fn default() -> Self {
        Self { keep_days: 90, megabytes: 8_192 }
    }
}

impl Config {
    /// Reads and checks a config file.
    pub fn read(path: &Path) -> Result<Self, Vec<Problem>> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|fault| {
            vec![
                Problem::error(format!("The config cannot be read: {fault}."))
                    .in_file(&file)
                    .suggest("Give its path with --config, or try `holdfast demo` first."),
            ]
        })?;
        let config: Self = toml_text::read(&file, &text)?;
        let problems: Vec<Problem> =
            config.check().into_iter().map(|(key, message)| place(&text, &file, key, message)).collect();
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    /// Host names of our own origin: those listed, and the one that people type.
    pub fn own_hosts(&self) -> Vec<Host> {
        let listed = self.web.names.iter().filter_map(|name| Host::parse(name).ok());
        let typed = holdfast_core::address::Address::parse(&self.web.address).ok();
        let mut hosts: Vec<Host> = listed.chain(typed.map(|address| address.host().clone())).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts
    }

    /// Where people sign in: our own origin over HTTPS, under the name that people type; nothing where nobody listens there.
    pub fn secure_origin(&self) -> Option<String> {
        if self.web.address.starts_with("https://") {
            return Some(self.web.address.trim_end_matches('/').to_owned());
        }
        let listen = self.web.tls.iter().find(|listen| !listen.ip().is_loopback() && listen.port() != 0)?;
        let typed = holdfast_core::address::Address::parse(&self.web.address).ok()?;
        let host = typed
            .host()
            .address()
            .filter(IpAddr::is_ipv6)
            .map_or_else(|| typed.host().to_string(), |ip| format!("[{ip}]"));
        Some(match listen.port() {
            443 => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        })
    }

    /// Every address it listens on, with what for, in words.
    pub fn sockets(&self) -> Vec<ListenOn> {
        let mut all = Vec::new();
        let mut add = |addresses: &[SocketAddr], protocol: Protocol, purpose: &str| {
            let listen = |&address| ListenOn { address, protocol, purpose: purpose.to_owned() };
            all.extend(addresses.iter().map(listen));
        };
        add(&self.web.listen, Protocol::Tcp, "our own pages");
        add(&self.web.tls, Protocol::Tcp, "our own pages over HTTPS");
        for proxy in &self.proxies {
            add(&proxy.listen, Protocol::Tcp, &format!("the proxy “{}”", proxy.name));
            add(&proxy.tls, Protocol::Tcp, &format!("the proxy “{}” over TLS", proxy.name));
        }
        for door in &self.transparent {
            add(&door.listen, Protocol::Tcp, &format!("the transparent door “{}”", door.name));
        }
        if let Some(door) = &self.page_door {
            add(&door.listen, Protocol::Tcp, "the page door");
        }
        for listener in self.dns.iter().flat_map(|dns| &dns.listeners) {
            let name = &listener.name;
            add(&listener.plain, Protocol::Udp, &format!("the name service “{name}”"));
            add(&listener.plain, Protocol::Tcp, &format!("the name service “{name}” over TCP"));
            add(&listener.tls, Protocol::Tcp, &format!("the name service “{name}” over TLS"));
            add(&listener.https, Protocol::Tcp, &format!("the name service “{name}” over HTTPS"));
        }
        all
    }

    /// Whether anything it listens on needs the TLS identity.
    pub fn needs_tls(&self) -> bool {
        let dns = self.dns.iter().flat_map(|dns| &dns.listeners);
        !self.web.tls.is_empty()
            || self.proxies.iter().any(|proxy| !proxy.tls.is_empty())
            || dns.into_iter().any(|listener| !listener.tls.is_empty() || !listener.https.is_empty())
    }
}

/// What a socket carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// Connections.
    Tcp,
}

/// One address that is listened on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenOn {
    /// Where.
    pub address: SocketAddr,
    /// For what is sent there.
    pub protocol: Protocol,
    /// What for, in words: “our own pages”.
    pub purpose: String,
}

fn place(text: &str, file: &str, key: &str, message: String) -> Problem {
    let mut problem = Problem::error(message).in_file(file);
    problem.line = toml_text::line_at(text, &[toml_text::Step::Key(key)]);
    problem
}

/// Where a path leads, through links, as far as what it names is there.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_fault| path.to_owned());
    let found = absolute.ancestors().find_map(|above| {
        let rest = absolute.strip_prefix(above).ok()?;
        Some(std::fs::canonicalize(above).ok()?.join(rest))
    });
    found.unwrap_or(absolute)
}

#[cfg(test)]
mod tests;
