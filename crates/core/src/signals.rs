//! Names that devices ask for to learn whether a network filters, and what a filter answers (field notes §4.3).

use crate::host::Host;

/// A name with a meaning of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Firefox's canary: a missing name keeps its own encrypted name service off by default.
    FirefoxCanary,
    /// iCloud Private Relay: a missing name tells devices that this network does not let it through.
    PrivateRelay,
    /// Discovery of designated resolvers (RFC 9462), answered with our own.
    DesignatedResolvers,
}

/// The signal this name is, if it is one.
pub fn signal(host: &Host) -> Option<Signal> {
    match host.as_str() {
        "use-application-dns.net" => Some(Signal::FirefoxCanary),
        "mask.icloud.com" | "mask-h2.icloud.com" => Some(Signal::PrivateRelay),
        "_dns.resolver.arpa" => Some(Signal::DesignatedResolvers),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_known_however_they_are_written_and_nothing_near_them_is() {
        for (name, expected) in [
            ("use-application-dns.net", Some(Signal::FirefoxCanary)),
            ("Use-Application-DNS.net.", Some(Signal::FirefoxCanary)),
            ("www.use-application-dns.net", None),
            ("mask.icloud.com", Some(Signal::PrivateRelay)),
            ("MASK-H2.icloud.com", Some(Signal::PrivateRelay)),
            ("icloud.com", None),
            ("a.mask.icloud.com", None),
            ("_dns.resolver.arpa", Some(Signal::DesignatedResolvers)),
            ("resolver.arpa", None),
        ] {
            assert_eq!(signal(&Host::parse(name).expect("a good name")), expected, "{name}");
        }
    }
}
