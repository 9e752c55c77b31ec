//! What the config says of the one TLS identity.

use super::Config;
use crate::{addresses, tls_identity::Source};
use holdfast_core::host::Host;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
};

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
    /// name service, personal names below that, and the addresses that are listened on. Where a listener takes any
    /// address, also those of this computer, as far as they may be carried.
    pub fn tls_source(&self) -> Source {
        let resolver = self.resolver_host().filter(|host| host.address().is_none());
        let listed = self.tls.names.iter().filter_map(|name| Host::parse(name).ok());
        let told = self.dns.iter().flat_map(|dns| &dns.own_addresses).copied();
        let sockets: Vec<IpAddr> = self.sockets().iter().map(|socket| socket.address.ip()).collect();
        let named = told.chain(sockets.iter().copied()).filter(|address| !address.is_unspecified());
        let mut hosts: Vec<Host> = self.own_hosts();
        hosts.extend(listed);
        hosts.extend(resolver.clone());
        hosts.extend(Host::parse("localhost"));
        hosts.extend(named.map(Host::from));
        hosts.sort_unstable();
        hosts.dedup();
        // Without them a client that comes by address is told that the certificate is another's; names still work.
        let computer = if sockets.iter().any(IpAddr::is_unspecified) {
            addresses::for_listening().unwrap_or_default()
        } else {
            Vec::new()
        };
        Source {
            folder: self.data.join("tls"),
            files: self.tls.certificate.clone().zip(self.tls.key.clone()),
            also: unnamed(&sockets, &computer, &hosts),
            hosts,
            personal_below: resolver,
        }
    }
}

/// What listeners on any address stand for and no one has named: loopback, and of this computer's addresses those of
/// the listeners' own kinds, because a socket for IPv6 takes that alone.
fn unnamed(sockets: &[IpAddr], computer: &[IpAddr], named: &[Host]) -> Vec<Host> {
    let any = sockets.iter().filter(|address| address.is_unspecified());
    let mut all: Vec<Host> = any
        .flat_map(|any| {
            let loopback = if any.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
            let same_kind = computer.iter().copied().filter(move |address| address.is_ipv4() == any.is_ipv4());
            same_kind.chain([loopback]).map(Host::from)
        })
        .filter(|host| !named.contains(host))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_any_address_stands_for_those_of_its_kind() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        let computer = addresses(&["192.168.7.10", "198.51.100.4", "2001:db8::10"]);
        let named = [Host::from(computer[0])];
        let told = |sockets: &[&str]| {
            let hosts = unnamed(&addresses(sockets), &computer, &named);
            hosts.iter().filter_map(Host::address).collect::<Vec<_>>()
        };
        assert_eq!(told(&["192.168.7.10"]), addresses(&[]));
        assert_eq!(told(&["0.0.0.0", "192.168.7.10", "0.0.0.0"]), addresses(&["127.0.0.1", "198.51.100.4"]));
        assert_eq!(told(&["::"]), addresses(&["2001:db8::10", "::1"]));
    }
}
