//! The bootstrap config: what belongs to the machine and nothing of policy.

use holdfast_core::{problem::Problem, toml_text};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The bootstrap config, `holdfast.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The data folder: policy, people, lists, rulesets and the log.
    pub data: PathBuf,
    /// Our own origin: status page, `/stopped`, help and the PAC file.
    pub web: Web,
    /// Proxy listeners. At least one.
    #[serde(rename = "proxy")]
    pub proxies: Vec<Proxy>,
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
    /// The address people type, such as `http://filter.school.example:8080`.
    pub address: String,
    /// Host names that it answers to, beside its own addresses.
    #[serde(default)]
    pub names: Vec<String>,
}

/// One proxy listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Its name; the people document may say whom it stands for.
    pub name: String,
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// Whether people sign in to it.
    #[serde(default)]
    pub sign_in: SignIn,
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

    /// What the shapes alone cannot tell.
    fn check(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.proxies.iter().all(|proxy| proxy.listen.is_empty()) {
            problems.push(("proxy", "There is no proxy listener, so nothing would be filtered.".to_owned()));
        }
        let mut names: Vec<&str> = self.proxies.iter().map(|proxy| proxy.name.as_str()).collect();
        names.sort_unstable();
        let twice = names.iter().zip(names.iter().skip(1)).filter(|(one, next)| one == next);
        problems.extend(twice.map(|(name, _)| ("proxy", format!("Two proxy listeners have the name “{name}”."))));
        if self.web.listen.is_empty() {
            problems.push(("web", "Our own pages have no address to listen on.".to_owned()));
        }
        if !self.web.address.starts_with("http://") && !self.web.address.starts_with("https://") {
            let message = format!(
                "“{}” is not a web address. Write it like `http://filter.school.example:8080`.",
                self.web.address
            );
            problems.push(("web", message));
        }
        for text in self.listed.iter().flat_map(|listed| &listed.addresses) {
            if let Err(fault) = text.parse::<holdfast_gateway::destination::ListedAddress>() {
                problems.push(("listed", fault));
            }
        }
        if let Some(parent) = &self.upstream.parent
            && parent.rsplit_once(':').is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err())
        {
            problems.push(("upstream", format!("“{parent}” is not a proxy. Write it like `proxy.example:3128`.")));
        }
        problems
    }
}

fn place(text: &str, file: &str, key: &str, message: String) -> Problem {
    let mut problem = Problem::error(message).in_file(file);
    problem.line = toml_text::line_at(text, &[toml_text::Step::Key(key)]);
    problem
}
