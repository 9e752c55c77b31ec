//! Sealed statutory lists: kept as keyed fingerprints only, so that no address can be read off or shown.
//!
//! Whoever holds the saved file holds the key too, and can test an address that they already have; nobody can list
//! what is in it. A hit says its tier and the version of the feed, and nothing else (house invariant 3).
//!
//! A bare host, or an address with nothing after its host, stands for that host and all below it, however much of a
//! request was seen. An address with a path matches on whole requests only, as URL entries do
//! ([`super::addresses`]); a name-only request to its host passes, as the name alone is not unlawful.

use crate::{
    address::Address,
    host::Host,
    request::Request,
    ruleset::{addresses, names::Fingerprints},
};
use std::{fmt, sync::Arc};

/// A match in a sealed list: its tier and feed version, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedHit {
    /// The tier's code, such as `child-abuse` or `terrorism`.
    pub tier: Arc<str>,
    /// The version of the feed that holds it.
    pub feed_version: Arc<str>,
}

/// One sealed list, kept as keyed fingerprints only.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedTier {
    pub(super) tier: Arc<str>,
    pub(super) feed_version: Arc<str>,
    pub(super) key: [u8; 32],
    /// 128-bit fingerprints of all entries, sorted.
    pub(super) entries: Vec<u128>,
    /// A Bloom filter of all hosts named in an entry, about 16 bits a host: almost every request ends here.
    pub(super) filter: Vec<u64>,
    pub(super) most_pieces: u32,
}

impl fmt::Debug for SealedTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedTier")
            .field("tier", &self.tier)
            .field("feed_version", &self.feed_version)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

/// What a fingerprint stands for; part of what is hashed.
const WHOLE_HOST: u8 = b'H';
const WITH_PATH: u8 = b'U';

impl SealedTier {
    /// Seals the lines of a feed: one host or address a line; blank lines and those that begin with `#` are passed
    /// over. Also says how many lines could not be read; never which, nor what they held.
    pub fn build<'a>(
        tier: &str,
        feed_version: &str,
        key: [u8; 32],
        lines: impl Iterator<Item = &'a str>,
    ) -> (Self, usize) {
        let mut unreadable = 0;
        let mut entries = Vec::new();
        let mut hosts = Vec::new();
        let mut most_pieces = 0;
        let fast = fast_fingerprints(&key);
        for line in entry_lines(lines) {
            let Some((host, path)) = read_line(line) else {
                unreadable += 1;
                continue;
            };
            hosts.push(fast.of_host(host.as_str()));
            if path.is_empty() {
                entries.push(finish(&start(&key, WHOLE_HOST, host.as_str())));
            } else {
                most_pieces = most_pieces.max(addresses::pieces(&path).count());
                let mut hasher = start(&key, WITH_PATH, host.as_str());
                hasher.update(path.as_bytes());
                entries.push(finish(&hasher));
            }
        }
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        let mut filter = vec![0_u64; hosts.len().div_ceil(4).next_power_of_two()];
        for host in hosts {
            for (at, bit) in filter_bits(&filter, host) {
                if let Some(slot) = filter.get_mut(at) {
                    *slot |= bit;
                }
            }
        }
        let tier = Self {
            tier: tier.into(),
            feed_version: feed_version.into(),
            key,
            entries,
            filter,
            most_pieces: u32::try_from(most_pieces).unwrap_or(u32::MAX),
        };
        (tier, unreadable)
    }

    /// The tier's code.
    pub fn tier(&self) -> &str {
        &self.tier
    }

    /// The version of the feed.
    pub fn feed_version(&self) -> &str {
        &self.feed_version
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The hit, if the request is in the list.
    pub fn find(&self, request: &Request<'_>) -> Option<SealedHit> {
        if self.is_empty() || !self.holds(request) {
            return None;
        }
        Some(SealedHit { tier: Arc::clone(&self.tier), feed_version: Arc::clone(&self.feed_version) })
    }

    fn holds(&self, request: &Request<'_>) -> bool {
        let host = request.host.as_str();
        let is_name = request.host.address().is_none();
        fast_fingerprints(&self.key)
            .suffixes(host)
            .filter(|(start, fingerprint)| (is_name || *start == 0) && self.may_know(*fingerprint))
            .filter_map(|(start, _)| host.get(start..))
            .any(|suffix| {
                self.holds_host(suffix) || request.address.is_some_and(|whole| self.holds_path(suffix, whole))
            })
    }

    fn may_know(&self, host: u64) -> bool {
        filter_bits(&self.filter, host).iter().all(|(at, bit)| self.filter.get(*at).is_some_and(|slot| slot & bit != 0))
    }

    fn holds_host(&self, suffix: &str) -> bool {
        self.entries.binary_search(&finish(&start(&self.key, WHOLE_HOST, suffix))).is_ok()
    }

    fn holds_path(&self, suffix: &str, address: &Address) -> bool {
        let mut hasher = start(&self.key, WITH_PATH, suffix);
        let most = usize::try_from(self.most_pieces).unwrap_or(usize::MAX);
        addresses::pieces(address.canonical_path()).take(most).any(|(_, piece)| {
            hasher.update(piece);
            self.entries.binary_search(&finish(&hasher)).is_ok()
        })
    }

    /// Resident size in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.entries.as_slice()) + size_of_val(self.filter.as_slice())
    }
}

/// Which of some hosts the lines of a feed reach, and the address that does: the host itself, one above it, one below
/// it, or a page on any of these. For comparing with the feed in use ([`SealedTier::find`]) while the lines are in
/// memory; what is given must be neither kept nor shown.
pub fn reaching<'a, 'h>(lines: impl Iterator<Item = &'a str>, hosts: &'h [Host]) -> Vec<(&'h Host, Address)> {
    let mut found = Vec::new();
    for line in entry_lines(lines) {
        let Some(address) = read_address(line) else { continue };
        let entry = address.host();
        let reached = |host: &&Host| host.is_within(entry.as_str()) || entry.is_within(host.as_str());
        found.extend(hosts.iter().filter(reached).map(|host| (host, address.clone())));
    }
    found
}

fn entry_lines<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The address that a line means. `*.` before it and `/*` after it say what holds anyway and are dropped; a `*`
/// elsewhere would be kept as a letter and never match, so such a line cannot be read.
fn read_address(line: &str) -> Option<Address> {
    let (scheme, rest) = line.split_once("://").unwrap_or(("http", line));
    let rest = rest.strip_prefix("*.").unwrap_or(rest);
    let rest = rest.strip_suffix("/*").unwrap_or(rest);
    if rest.contains('*') {
        return None;
    }
    Address::parse(&[scheme, "://", rest].concat()).ok()
}

/// Host and canonical path of a line; the path is empty where the whole host is meant.
fn read_line(line: &str) -> Option<(Host, String)> {
    let address = read_address(line)?;
    let path = addresses::entry_path(address.path_and_query());
    Some((address.host().clone(), path))
}

/// The fast, unsealed fingerprints that the filter is built on; seeded by the key.
fn fast_fingerprints(key: &[u8; 32]) -> Fingerprints {
    Fingerprints::new(key.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
}

fn start(key: &[u8; 32], kind: u8, host: &str) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&[kind]);
    hasher.update(host.as_bytes());
    hasher
}

fn finish(hasher: &blake3::Hasher) -> u128 {
    hasher.finalize().as_bytes().first_chunk::<16>().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}

/// The two bits of a filter that stand for a host: the word, and the bit in it.
fn filter_bits(filter: &[u64], host: u64) -> [(usize, u64); 2] {
    let mask = filter.len().wrapping_sub(1);
    [host, host.rotate_left(32)].map(|hash| {
        let word = usize::try_from(hash >> 6).unwrap_or(usize::MAX) & mask;
        (word, 1_u64 << (hash & 63))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn tier() -> SealedTier {
        let lines =
            ["# comment", "", "Harm.example", "https://club.test/Rooms/%41/", "host.invalid/x?id=1", "bad host"];
        let (tier, unreadable) = SealedTier::build("terrorism", "2026-05", KEY, lines.into_iter());
        assert_eq!((tier.len(), unreadable), (3, 1));
        tier
    }

    fn is_held(text: &str) -> bool {
        let address = Address::parse(text).expect("a good address");
        tier().find(&Request::whole(&address)).is_some()
    }

    #[test]
    fn hosts_match_by_name_alone_and_below() {
        for (host, held) in [
            ("harm.example", true),
            ("a.b.harm.example", true),
            ("charm.example", false),
            ("example", false),
            ("club.test", false),
        ] {
            let host = Host::parse(host).expect("a good host");
            assert_eq!(tier().find(&Request::name_only(&host)).is_some(), held, "{host}");
        }
    }

    #[test]
    fn addresses_match_when_seen_whole() {
        assert!(is_held("https://harm.example/anything"));
        assert!(is_held("http://club.test/Rooms/A"));
        assert!(is_held("http://www.club.test//Rooms/./A/1?x"));
        assert!(is_held("http://host.invalid/x?id=1&page=2"));
        assert!(!is_held("http://host.invalid/x?id=12"));
        assert!(!is_held("http://club.test/Rooms/Ab"));
        assert!(!is_held("http://club.test/"));
    }

    #[test]
    fn stars_around_an_entry_are_dropped_and_others_are_bad_lines() {
        let lines = [
            "*.harm.example",
            "https://*.club.test/rooms/*",
            "host.invalid/*",
            "a*b.example",
            "x.example/a*b",
            "y.test/a%2Ab",
        ];
        let (tier, unreadable) = SealedTier::build("terrorism", "1", KEY, lines.into_iter());
        assert_eq!((tier.len(), unreadable), (4, 2));
        for (text, held) in [
            ("http://harm.example/", true),
            ("http://deep.harm.example/", true),
            ("http://host.invalid/any", true),
            ("http://club.test/rooms/1", true),
            ("http://club.test/", false),
            ("http://y.test/a*b", true),
        ] {
            let address = Address::parse(text).expect("a good address");
            assert_eq!(tier.find(&Request::whole(&address)).is_some(), held, "{text}");
        }
    }

    #[test]
    fn a_feed_reaches_a_host_by_what_is_it_above_it_or_below_it() {
        let host = |text| Host::parse(text).expect("a good host");
        let lines = ["org.example", "www.help.test", "care.invalid/page", "# care.test", "other.example"];
        let hosts = [host("a.org.example"), host("help.test"), host("care.invalid"), host("care.test")];
        let found: Vec<&str> = reaching(lines.into_iter(), &hosts).iter().map(|(host, _)| host.as_str()).collect();
        assert_eq!(found, ["a.org.example", "help.test", "care.invalid"]);
    }

    #[test]
    fn nothing_shows_an_entry() {
        let shown = format!("{:?}", tier());
        assert!(shown.contains("terrorism") && shown.contains("2026-05"));
        for secret in ["harm", "club", "host.invalid", "Rooms", "entries: ["] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
