//! What the config says of the name service.

use super::{Config, check::twice};
use holdfast_core::host::Host;
use holdfast_gateway::{
    destination::Destinations,
    dns::settings::{BlockAnswer, Forwarding, LocalZone, Settings, UpstreamAddress},
};
use ipnet::IpNet;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// The name service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// Name services that are asked, best first: `192.0.2.53`, `tls://192.0.2.53#dns.provider.example`,
    /// `https://192.0.2.53/dns-query#dns.provider.example`. Empty: those of this computer, less its own addresses.
    #[serde(default)]
    pub upstream: Vec<UpstreamAddress>,
    /// What a blocked name is answered with: `own-address` or `no-such-name`.
    #[serde(default)]
    pub block: BlockAnswer,
    /// The addresses under which clients reach this filter. Empty: the address the question came to.
    #[serde(default)]
    pub own_addresses: Vec<IpAddr>,
    /// The name of the encrypted name service, such as `dns.school.example`. Personal names are one label below it.
    #[serde(default)]
    pub resolver_name: Option<String>,
    /// Networks whose clients are answered. Empty: private networks and this computer.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub clients: Vec<IpNet>,
    /// Seconds that a client may keep an answer at most: an emergency block must not wait for it.
    #[serde(default = "longest_answer_seconds")]
    pub longest_answer_seconds: u32,
    /// Megabytes of answers that are remembered at most.
    #[serde(default = "cache_megabytes")]
    pub cache_megabytes: usize,
    /// A PEM file with certificate authorities that upstream services may be signed by, beside the public ones.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
    /// Where questions are taken. At least one.
    #[serde(default, rename = "listener")]
    pub listeners: Vec<DnsListener>,
    /// Names of the school's own that another name service knows.
    #[serde(default)]
    pub local: Vec<LocalNames>,
}

impl Default for Dns {
    fn default() -> Self {
        Self {
            upstream: Vec::new(),
            block: BlockAnswer::default(),
            own_addresses: Vec::new(),
            resolver_name: None,
            clients: Vec::new(),
            longest_answer_seconds: longest_answer_seconds(),
            cache_megabytes: cache_megabytes(),
            authorities: None,
            listeners: Vec::new(),
            local: Vec::new(),
        }
    }
}

const fn longest_answer_seconds() -> u32 {
    60
}

const fn cache_megabytes() -> usize {
    16
}

/// One listener of the name service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsListener {
    /// Its name; the people document may say whom it stands for.
    pub name: String,
    /// Addresses for plain questions over UDP and TCP, such as `192.0.2.10:53`.
    #[serde(default)]
    pub plain: Vec<SocketAddr>,
    /// Addresses for DNS over TLS, such as `192.0.2.10:853`.
    #[serde(default)]
    pub tls: Vec<SocketAddr>,
    /// Addresses for DNS over HTTPS, such as `192.0.2.10:443`.
    #[serde(default)]
    pub https: Vec<SocketAddr>,
}

impl DnsListener {
    /// Whether it has any address.
    pub fn listens(&self) -> bool {
        !(self.plain.is_empty() && self.tls.is_empty() && self.https.is_empty())
    }
}

/// Names that another name service knows, such as the school's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalNames {
    /// The names, each with everything below it.
    pub names: Vec<String>,
    /// Who is asked for them.
    pub upstream: Vec<UpstreamAddress>,
}

impl Dns {
    /// What the shapes alone cannot tell.
    pub(super) fn check(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.listeners.is_empty() {
            mistakes.push("The name service has no `[[dns.listener]]`, so nobody could ask it.".to_owned());
        }
        for listener in self.listeners.iter().filter(|listener| !listener.listens()) {
            mistakes.push(format!(
                "The name service's listener “{}” has no address in `plain`, `tls` or `https`.",
                listener.name
            ));
        }
        for name in twice(self.listeners.iter().map(|listener| listener.name.as_str())) {
            mistakes.push(format!("Two listeners of the name service have the name “{name}”."));
        }
        if let Some(name) = &self.resolver_name
            && !Host::parse(name).is_ok_and(|host| host.address().is_none())
        {
            mistakes.push(format!("`resolver_name` “{name}” is not a name. Write it like `dns.school.example`."));
        }
        for local in &self.local {
            if local.upstream.is_empty() || local.names.is_empty() {
                mistakes.push("A `[[dns.local]]` needs `names` and an `upstream` that knows them.".to_owned());
            }
            for name in local.names.iter().filter(|name| Host::parse(name).is_err()) {
                mistakes.push(format!("“{name}” under `[[dns.local]]` is not a name. Write it like `school.example`."));
            }
        }
        if self.longest_answer_seconds == 0 {
            mistakes.push("`longest_answer_seconds` must be at least 1.".to_owned());
        }
        mistakes
    }

    /// The first port on which any listener takes this kind of question.
    fn first_port(&self, of: impl Fn(&DnsListener) -> &Vec<SocketAddr>) -> Option<u16> {
        self.listeners.iter().flat_map(of).map(SocketAddr::port).find(|&port| port != 0)
    }
}

impl Config {
    /// What the name service runs with; `None` where the config has none. Where `upstream` is empty, so is
    /// [`Forwarding::upstreams`], for the caller to fill ([`crate::name_servers::of_this_computer`]).
    ///
    /// # Errors
    ///
    /// When the file of authorities cannot be read; the text says what to do.
    pub fn dns_settings(&self, destinations: Destinations) -> Result<Option<Settings>, String> {
        let Some(dns) = &self.dns else { return Ok(None) };
        let local = dns.local.iter().map(|local| LocalZone {
            names: local.names.iter().filter_map(|name| Host::parse(name).ok()).collect(),
            upstreams: local.upstream.clone(),
        });
        let forwarding = Forwarding {
            upstreams: dns.upstream.clone(),
            local: local.collect(),
            cache_bytes: dns.cache_megabytes.saturating_mul(1024 * 1024),
            authorities: dns.authorities.as_deref().map_or(Ok(Vec::new()), authorities)?,
            ..Forwarding::default()
        };
        Ok(Some(Settings {
            workers: self.limits.workers,
            block: dns.block,
            own_addresses: dns.own_addresses.clone(),
            own_names: self.own_names(),
            resolver_name: self.resolver_host(),
            encrypted_ports: (dns.first_port(|listener| &listener.tls), dns.first_port(|listener| &listener.https)),
            clients: dns.clients.clone(),
            longest_answer: Duration::from_secs(u64::from(dns.longest_answer_seconds)),
            destinations,
            forwarding,
            why_address: format!("{}/stopped", self.web.address.trim_end_matches('/')),
            ..Settings::default()
        }))
    }

    /// The name of the encrypted name service.
    pub(super) fn resolver_host(&self) -> Option<Host> {
        Host::parse(self.dns.as_ref()?.resolver_name.as_deref()?).ok()
    }

    /// Names that lead to this filter: its pages', its name service's, and `wpad`, alone and in the domain of each.
    pub(super) fn own_names(&self) -> Vec<Host> {
        let resolver = self.resolver_host();
        // `localhost` leads to the asking computer, whatever our pages are called.
        let named: Vec<Host> = self
            .own_hosts()
            .into_iter()
            .chain(resolver)
            .filter(|host| host.address().is_none() && !host.is_within("localhost"))
            .collect();
        let beside = named.iter().filter_map(|host| {
            let (_, domain) = host.as_str().split_once('.')?;
            // Where the name is a domain of its own, `wpad` directly under a public suffix is not ours.
            Host::parse(domain).ok()?.registrable().and_then(|_| Host::parse(&format!("wpad.{domain}")).ok())
        });
        let mut names: Vec<Host> = beside.chain(Host::parse("wpad").ok()).chain(named.iter().cloned()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let told = |fault: &dyn std::fmt::Display| {
        format!(
            "{}: the certificate authorities cannot be read: {fault}. Name a PEM file under `[dns] authorities`.",
            file.display()
        )
    };
    let found = CertificateDer::pem_file_iter(file).map_err(|fault| told(&fault))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|fault| told(&fault))?;
    if found.is_empty() { Err(told(&"there is no certificate in it")) } else { Ok(found) }
}
