//! What the config says of the one TLS identity.

use super::Config;
use crate::{addresses, tls_identity::Source};
use holdfast_core::host::Host;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, path::PathBuf};

/// The certificate that encrypted listeners show. With neither file, an own authority is made in the data folder on the
/// first start; devices must be told to trust it (`holdfast tls export`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// A PEM file with the certificate, and after it those that lead to a known authority.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// A PEM file with the certificate's private key.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// More names and addresses that the own certificate shall carry.
    #[serde(default)]
    pub names: Vec<String>,
}

impl Tls {
    /// What the shapes alone cannot tell.
    pub(super) fn check(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.certificate.is_some() != self.key.is_some() {
            mistakes.push(
                "`certificate` and `key` belong together: write both, or neither for an own authority.".to_owned(),
            );
        }
        for name in self.names.iter().filter(|name| Host::parse(name).is_err()) {
            mistakes.push(format!("“{name}” under `names` is neither a name nor an address."));
        }
        mistakes
    }
}

impl Config {
    /// Where the TLS identity comes from, and what an own certificate must carry: the names of our pages and of the
    /// name service, personal names below that, and the addresses that are listened on.
    pub fn tls_source(&self) -> Source {
        let resolver = self.dns.as_ref().and_then(|dns| dns.resolver_name.as_deref());
        let resolver = resolver.and_then(|name| Host::parse(name).ok()).filter(|host| host.address().is_none());
        let listed = self.tls.names.iter().filter_map(|name| Host::parse(name).ok());
        let mut hosts: Vec<Host> = self.own_hosts();
        hosts.extend(listed);
        hosts.extend(resolver.clone());
        hosts.extend(Host::parse("localhost"));
        hosts.extend(self.listened_addresses().into_iter().map(Host::from));
        hosts.sort_unstable();
        hosts.dedup();
        Source {
            folder: self.data.join("tls"),
            files: self.tls.certificate.clone().zip(self.tls.key.clone()),
            hosts,
            personal_below: resolver,
        }
    }

    /// The addresses that are listened on; all of this computer's where a listener takes any.
    fn listened_addresses(&self) -> Vec<IpAddr> {
        let sockets = self.sockets();
        let told = self.dns.iter().flat_map(|dns| &dns.own_addresses).copied();
        let mut all: Vec<IpAddr> = told.chain(sockets.iter().map(|socket| socket.address.ip())).collect();
        if all.iter().any(IpAddr::is_unspecified) {
            all.retain(|address| !address.is_unspecified());
            // Without them a client that comes by address is told that the certificate is another's; names still work.
            all.extend(addresses::own().unwrap_or_default());
        }
        all
    }
}
