//! Names that are answered here and asked of nobody: signals, our own, the school's listed servers, and those that the
//! internet's rules set aside.

use super::{super::answer::Designated, Case, Sought};
use crate::{
    destination::{Destinations, ListedHost, special},
    dns::settings::Settings,
};
use hickory_proto::rr::RecordType;
use holdfast_core::{
    event::Outcome,
    host::Host,
    signals::{Signal, signal},
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
};

const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
/// The label before a name service's name, under which its encrypted forms are found (RFC 9461 §2).
const DESIGNATION: &str = "_dns";

impl Case<'_> {
    /// Answers a name that has its answer here in every state and for everybody. Whether it did.
    pub(super) fn answer_own(&self, out: &mut Vec<u8>) -> bool {
        let settings = &self.worker.service.settings;
        let Some(own) = Own::of(self.host, settings) else { return false };
        let (outcome, code) = match own {
            Own::Signal(code) => {
                self.writer(None).no_such_name(out);
                (Outcome::Refused, code)
            }
            Own::Designation => {
                self.designate(settings, out);
                (Outcome::Allowed, "designated-resolvers")
            }
            Own::Nothing => {
                self.writer(None).no_such_record(out);
                (Outcome::Allowed, "own-name")
            }
            Own::Localhost => {
                self.writer(None).addresses(&LOOPBACK, out);
                (Outcome::Allowed, "localhost")
            }
            Own::Ours => {
                self.writer(None).addresses(self.own_addresses(), out);
                (Outcome::Allowed, "own-name")
            }
        };
        self.report_own(outcome, "own", Some(code), None);
        true
    }

    /// Tells where our encrypted name service is (RFC 9462 §4), where it has a name that clients can check. Whoever asks
    /// below a personal name (RFC 9461 §2) is led to that name, so that it stays known who asks.
    fn designate(&self, settings: &Settings, out: &mut Vec<u8>) {
        let writer = self.writer(None);
        let (tls_port, https_port) = settings.encrypted_ports;
        let asked = self.host.as_str().strip_prefix(DESIGNATION).and_then(|rest| rest.strip_prefix('.'));
        let resolver = settings.resolver_name.as_ref();
        let asked = asked.and_then(|asked| Host::parse(asked).ok());
        let own = asked.filter(|asked| resolver.is_some_and(|resolver| asked.is_within(resolver.as_str())));
        match own.as_ref().or(resolver) {
            Some(name) if self.question.kind == RecordType::SVCB && (tls_port.is_some() || https_port.is_some()) => {
                writer.designated(Designated { name, tls_port, https_port, addresses: self.own_addresses() }, out);
            }
            _ => writer.no_such_record(out),
        }
    }

    /// Answers an allowed name that is listed or set aside; otherwise says what is to be looked for.
    pub(super) fn answer_local(&self, out: &mut Vec<u8>) -> Option<Sought> {
        let settings = &self.worker.service.settings;
        match self.listed(self.host) {
            Some(addresses) => self.writer(None).addresses(&addresses, out),
            None if is_known_to_nobody(self.host) && !is_local(self.host, settings) => {
                self.writer(None).no_such_name(out);
            }
            None => return Some(Sought::asked(self.question)),
        }
        None
    }

    /// Whether this is asked about a zone right below the root, so that it can neither be judged nor lead anywhere.
    pub(super) fn is_about_a_top_zone(&self) -> bool {
        is_of_a_zone(self.question.kind)
            && is_single(self.host)
            && self.listed(self.host).is_none()
            && !is_set_aside(self.host)
            && !is_local(self.host, &self.worker.service.settings)
    }

    /// The addresses that the school wrote down for a host.
    pub(super) fn listed(&self, host: &Host) -> Option<Vec<IpAddr>> {
        let destinations = &self.worker.service.settings.destinations;
        let listed = destinations.listed_for(host).filter(|listed| !listed.addresses.is_empty())?;
        Some(given(listed, destinations))
    }
}

/// Records that tell of a zone and not of a site: what a device, or another filter behind this one, needs to check
/// signatures from the root downwards (RFC 4035 §5).
pub(super) fn is_of_a_zone(kind: RecordType) -> bool {
    matches!(kind, RecordType::NS | RecordType::SOA | RecordType::DNSKEY | RecordType::DS)
}

/// Which of a listed host's addresses may be given: the same as the proxy goes to.
fn given(listed: &ListedHost, destinations: &Destinations) -> Vec<IpAddr> {
    let addresses = listed.addresses.iter().map(|listed| listed.address.to_canonical());
    let may_be_given = |address: &IpAddr| {
        listed.allow_private
            || special(*address).is_none()
            || destinations.listed_networks.iter().any(|network| network.contains(address))
    };
    addresses.filter(may_be_given).collect()
}

/// Whether a local zone knows the name.
fn is_local(host: &Host, settings: &Settings) -> bool {
    settings.forwarding.local.iter().flat_map(|zone| &zone.names).any(|name| host.is_within(name.as_str()))
}

/// A name with the same answer for everybody.
#[derive(Debug, PartialEq, Eq)]
enum Own {
    /// What devices ask to learn whether this network filters: there is no such name.
    Signal(&'static str),
    /// Where our encrypted name service is.
    Designation,
    /// The asking computer itself.
    Localhost,
    /// This filter.
    Ours,
    /// Of this filter, and without any record.
    Nothing,
}

impl Own {
    fn of(host: &Host, settings: &Settings) -> Option<Self> {
        match signal(host) {
            Some(Signal::FirefoxCanary) => return Some(Self::Signal("firefox-canary")),
            Some(Signal::PrivateRelay) => return Some(Self::Signal("private-relay")),
            Some(Signal::DesignatedResolvers) => return Some(Self::Designation),
            None => {}
        }
        if host.is_within("resolver.arpa") {
            // RFC 9462 §6.4: nothing below it is ever asked of anybody else.
            return Some(Self::Signal("resolver-arpa"));
        }
        if host.is_within("localhost") {
            return Some(Self::Localhost);
        }
        if settings.own_names.contains(host) {
            return Some(Self::Ours);
        }
        // Everything below the resolver's name is answered alike, so that nobody learns which labels are people's, and
        // none of it is told to anybody else.
        let (first, rest) = match before(host, settings.resolver_name.as_ref()?)? {
            "" => return Some(Self::Ours),
            labels => labels.split_once('.').unwrap_or((labels, "")),
        };
        Some(match (first, rest) {
            (DESIGNATION, label) if !label.contains('.') => Self::Designation,
            (_, "") => Self::Ours,
            _ => Self::Nothing,
        })
    }
}

/// What stands before a parent's name, without the dot; nothing at all where the host is the parent itself.
fn before<'a>(host: &'a Host, parent: &Host) -> Option<&'a str> {
    let rest = host.as_str().strip_suffix(parent.as_str())?;
    if rest.is_empty() { Some(rest) } else { rest.strip_suffix('.') }
}

/// Parents of names that no public name service knows: RFC 6761 (`invalid`), RFC 6762 (`local`), RFC 7686 (`onion`),
/// RFC 9476 (`alt`), RFC 8375 (`home.arpa`), and `internal`, which ICANN set aside in 2024. `test` is left to
/// upstream: schools try things out with it.
const SET_ASIDE: [&str; 5] = ["invalid", "local", "onion", "alt", "internal"];
/// The same below `arpa`: homes, and the reverse names of addresses that only a network itself knows (RFC 6303 §4,
/// RFC 6761 §6.1).
const SET_ASIDE_BELOW_ARPA: [&str; 17] = [
    "home.arpa",
    "10.in-addr.arpa",
    "168.192.in-addr.arpa",
    "127.in-addr.arpa",
    "254.169.in-addr.arpa",
    "0.in-addr.arpa",
    "255.255.255.255.in-addr.arpa",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "c.f.ip6.arpa",
    "d.f.ip6.arpa",
    "8.e.f.ip6.arpa",
    "9.e.f.ip6.arpa",
    "a.e.f.ip6.arpa",
    "b.e.f.ip6.arpa",
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
];

/// Whether no public name service is asked for the name: it is set aside, or is a single label, which means something on a
/// network of its own only (RFC 7085 tells of the few that have addresses all the same, and what harm they do).
fn is_known_to_nobody(host: &Host) -> bool {
    is_single(host) || is_set_aside(host)
}

fn is_single(host: &Host) -> bool {
    !host.as_str().contains('.')
}

/// Whether the internet's rules set the name aside, so that it is never asked of a public name service.
fn is_set_aside(host: &Host) -> bool {
    let text = host.as_str();
    let last = text.rsplit_once('.').map_or(text, |(_, last)| last);
    SET_ASIDE.contains(&last)
        || (last == "arpa"
            && (SET_ASIDE_BELOW_ARPA.iter().any(|parent| host.is_within(parent)) || is_in_a_private_range(text)))
}

/// The reverse names of 172.16.0.0/12 (RFC 6303 §4.1) and 100.64.0.0/10 (RFC 7793), which have no one parent.
fn is_in_a_private_range(text: &str) -> bool {
    let within = |parent: &str, range: RangeInclusive<u8>| {
        let Some(rest) = text.strip_suffix(parent) else { return false };
        let last = rest.rsplit_once('.').map_or(rest, |(_, last)| last);
        last.parse().is_ok_and(|number| range.contains(&number))
    };
    within(".172.in-addr.arpa", 16..=31) || within(".100.in-addr.arpa", 64..=127)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        Host::parse(text).unwrap()
    }

    #[test]
    fn names_that_are_set_aside() {
        for name in [
            "x.invalid",
            "printer.local",
            "abc.onion",
            "nas.home.arpa",
            "4.3.2.10.in-addr.arpa",
            "1.16.172.in-addr.arpa",
            "31.172.in-addr.arpa",
            "64.100.in-addr.arpa",
            "1.2.127.100.in-addr.arpa",
            "1.0.0.127.in-addr.arpa",
            "1.0.0.0.d.f.ip6.arpa",
        ] {
            assert!(is_set_aside(&host(name)), "{name}");
        }
        for name in [
            "example",
            "local.example",
            "1.15.172.in-addr.arpa",
            "32.172.in-addr.arpa",
            "100.in-addr.arpa",
            "63.100.in-addr.arpa",
            "1.128.100.in-addr.arpa",
            "8.8.8.8.in-addr.arpa",
            "110.in-addr.arpa",
            "8.b.d.0.1.0.0.2.ip6.arpa",
            "as112.arpa",
        ] {
            assert!(!is_set_aside(&host(name)), "{name}");
        }
    }

    #[test]
    fn our_own_names() {
        let settings = Settings {
            own_names: vec![host("wpad"), host("filter.school.example")],
            resolver_name: Some(host("dns.school.example")),
            ..Settings::default()
        };
        let of = |name| Own::of(&host(name), &settings);
        assert_eq!(of("wpad"), Some(Own::Ours));
        assert_eq!(of("filter.school.example"), Some(Own::Ours));
        assert_eq!(of("dns.school.example"), Some(Own::Ours));
        assert_eq!(of("anna-7.dns.school.example"), Some(Own::Ours));
        assert_eq!(of("_dns.dns.school.example"), Some(Own::Designation));
        assert_eq!(of("_dns.anna-7.dns.school.example"), Some(Own::Designation));
        for deeper in ["a.b.dns.school.example", "x._dns.dns.school.example", "_dns.a.b.dns.school.example"] {
            assert_eq!(of(deeper), Some(Own::Nothing), "{deeper}");
        }
        assert_eq!(of("_dns.resolver.arpa"), Some(Own::Designation));
        assert_eq!(of("resolver.arpa"), Some(Own::Signal("resolver-arpa")));
        assert_eq!(of("use-application-dns.net"), Some(Own::Signal("firefox-canary")));
        assert_eq!(of("www.localhost"), Some(Own::Localhost));
        for other in ["mydns.school.example", "school.example", "www.filter.school.example"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
