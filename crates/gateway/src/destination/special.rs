//! Which addresses are no ordinary place on the internet: IANA's special-purpose registries for IPv4 and IPv6
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>, RFC 6890 and its successors), multicast, and the
//! IPv6 forms that hide an IPv4 address inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address that is no ordinary internet address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Special {
    /// No address at all: `0.0.0.0/8`, `::`.
    Unspecified,
    /// This computer itself: `127.0.0.0/8`, `::1`.
    Loopback,
    /// The cable or wireless network right here, cloud metadata included: `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// Private networks: RFC 1918, `fc00::/7`, and the old `fec0::/10`.
    Private,
    /// Between a provider and its customers: `100.64.0.0/10`.
    CarrierShared,
    /// To many at once.
    Multicast,
    /// To everybody on the network.
    Broadcast,
    /// For examples in documents.
    Documentation,
    /// For measuring equipment.
    Benchmarking,
    /// An IPv6 form of an IPv4 address that no web site publishes: compatible, 6to4, Teredo, local NAT64.
    Translated,
    /// Set aside for protocols or for later.
    Reserved,
}

impl Special {
    /// Whether a school's own servers may stand there, so that a listed name may resolve to it.
    pub const fn may_be_a_school_server(self) -> bool {
        matches!(self, Self::Private | Self::CarrierShared)
    }

    /// What it is, as the middle of a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unspecified => "no address at all",
            Self::Loopback => "the filter's own computer",
            Self::LinkLocal => "the network cable or wireless right here",
            Self::Private => "a private network",
            Self::CarrierShared => "the provider's own network",
            Self::Multicast | Self::Broadcast => "many computers at once",
            Self::Documentation => "addresses made up for documents",
            Self::Benchmarking => "addresses for measuring equipment",
            Self::Translated => "an address hidden inside another",
            Self::Reserved => "addresses that are set aside",
        }
    }
}

/// What `address` is set aside for; `None` for an ordinary internet address.
pub fn special(address: IpAddr) -> Option<Special> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<Special> {
    match address.octets() {
        [0, ..] => Some(Special::Unspecified),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some(Special::Private),
        [100, 64..=127, ..] => Some(Special::CarrierShared),
        [127, ..] => Some(Special::Loopback),
        [169, 254, ..] => Some(Special::LinkLocal),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some(Special::Documentation),
        [198, 18..=19, ..] => Some(Special::Benchmarking),
        [224..=239, ..] => Some(Special::Multicast),
        [255, 255, 255, 255] => Some(Special::Broadcast),
        // 192.0.0.0/24 holds protocol assignments, 192.88.99.0/24 was the 6to4 relay (RFC 7526).
        [192, 0, 0, _] | [192, 88, 99, _] | [240..=255, ..] => Some(Special::Reserved),
        _ => None,
    }
}

fn special_v6(address: Ipv6Addr) -> Option<Special> {
    if let Some(inside) = address.to_ipv4_mapped() {
        return special_v4(inside);
    }
    // A network without IPv4 reaches ordinary sites through NAT64 (RFC 6052), so what is inside counts.
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() {
        return special_v4(joined(high, low));
    }
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Special::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Special::Loopback),
        // IPv4-compatible (RFC 4291), 6to4, Teredo, and NAT64 with a local prefix, whose layout the network chooses.
        [0, 0, 0, 0, 0, 0, ..] | [0x2002, ..] | [0x2001, 0, ..] | [0x64, 0xff9b, 1, ..] => Some(Special::Translated),
        [0xfe80..=0xfebf, ..] => Some(Special::LinkLocal),
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Some(Special::Private),
        [0xff00..=0xffff, ..] => Some(Special::Multicast),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] => Some(Special::Documentation),
        [0x2001, 2, 0, ..] => Some(Special::Benchmarking),
        // 2001::/23 holds protocol assignments (ORCHID, AMT, DRIP); nothing outside 2000::/3 is given to networks.
        [0x2001, 0..=0x01ff, ..] => Some(Special::Reserved),
        // ISATAP (RFC 5214) hides an IPv4 address in the interface part of any prefix.
        [0x2000..=0x3fff, _, _, _, 0 | 0x0200, 0x5efe, high, low] => special_v4(joined(high, low)),
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Special::Reserved),
    }
}

fn joined(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Special> {
        special(text.parse().unwrap())
    }

    #[test]
    fn every_row_of_the_registries_is_refused_at_both_ends() {
        use Special::{
            Benchmarking, Broadcast, CarrierShared, Documentation, LinkLocal, Loopback, Multicast, Private, Reserved,
            Translated, Unspecified,
        };
        let table = [
            ("0.0.0.0", "0.255.255.255", Unspecified),
            ("10.0.0.0", "10.255.255.255", Private),
            ("100.64.0.0", "100.127.255.255", CarrierShared),
            ("127.0.0.0", "127.255.255.255", Loopback),
            ("169.254.0.0", "169.254.169.254", LinkLocal),
            ("172.16.0.0", "172.31.255.255", Private),
            ("192.0.0.0", "192.0.0.255", Reserved),
            ("192.0.2.0", "192.0.2.255", Documentation),
            ("192.88.99.0", "192.88.99.255", Reserved),
            ("192.168.0.0", "192.168.255.255", Private),
            ("198.18.0.0", "198.19.255.255", Benchmarking),
            ("198.51.100.0", "198.51.100.255", Documentation),
            ("203.0.113.0", "203.0.113.255", Documentation),
            ("224.0.0.0", "239.255.255.255", Multicast),
            ("240.0.0.0", "255.255.255.254", Reserved),
            ("255.255.255.255", "255.255.255.255", Broadcast),
            ("::", "::", Unspecified),
            ("::1", "::1", Loopback),
            ("::2", "::ffff:ffff", Translated),
            ("::ffff:127.0.0.1", "::ffff:127.1.2.3", Loopback),
            ("::ffff:10.0.0.1", "::ffff:192.168.1.1", Private),
            ("64:ff9b::7f00:1", "64:ff9b::127.0.0.1", Loopback),
            ("64:ff9b::a00:1", "64:ff9b::192.168.0.1", Private),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", Translated),
            ("64:ff9b:0:1::", "64:ff9b:0:ffff::", Reserved),
            ("100::", "100::ffff:ffff:ffff:ffff", Reserved),
            ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", Reserved),
            ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", Translated),
            ("2001:1::1", "2001:1::3", Reserved),
            ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", Benchmarking),
            ("2001:3::", "2001:3:ffff::", Reserved),
            ("2001:10::", "2001:3f:ffff::", Reserved),
            ("2001:1ff:ffff::", "2001:1ff:ffff::ffff", Reserved),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Documentation),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Translated),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", Documentation),
            ("2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:192.168.0.1", Private),
            ("5f00::", "5f00:ffff::", Reserved),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Private),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", LinkLocal),
            ("fec0::", "feff:ffff::", Private),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Multicast),
            ("4000::", "5eff:ffff::", Reserved),
        ];
        for (first, last, expected) in table {
            assert_eq!(of(first), Some(expected), "{first}");
            assert_eq!(of(last), Some(expected), "{last}");
        }
    }

    #[test]
    fn the_neighbours_of_special_ranges_are_ordinary() {
        let ordinary = [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::1",
            "2606:4700::1111",
            "3fff:1000::",
            "3ffe::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2a00:1450::5efe:8.8.8.8",
        ];
        for address in ordinary {
            assert_eq!(of(address), None, "{address}");
        }
    }
}
