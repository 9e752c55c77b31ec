//! What is shipped as left unopened: sets of hosts that cannot be opened without breaking devices, or should not be
//! (field notes §4.3, requirement M-13). Facts as data, each set with its source, its date and why.

use crate::host::Host;
use foldhash::fast::FixedState;
use serde::Deserialize;
use std::{collections::HashMap, sync::LazyLock};

/// One shipped set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippedSet {
    /// The code in events.
    pub code: String,
    /// What people call it.
    pub title: String,
    /// Why its hosts are left unopened, in words that go on from “left unopened: ”.
    pub why: String,
    /// Where the facts come from.
    pub source: String,
    /// The day on which it was written or last looked through, `YYYY-MM-DD`.
    pub date: String,
    /// Hosts, each with everything below it.
    pub hosts: Vec<String>,
    /// The same, known to us without the source having been seen: to be confirmed before a school relies on them.
    #[serde(default)]
    pub to_confirm: Vec<String>,
}

const FILES: [&str; 6] = [
    include_str!("../../data/left-unopened/apple.toml"),
    include_str!("../../data/left-unopened/google-devices.toml"),
    include_str!("../../data/left-unopened/microsoft.toml"),
    include_str!("../../data/left-unopened/banking.toml"),
    include_str!("../../data/left-unopened/health.toml"),
    include_str!("../../data/left-unopened/safeguarding.toml"),
];

/// Tests hold that every file can be read. One that could not would open nothing that the policy does not open.
static SETS: LazyLock<Vec<ShippedSet>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| toml::from_str(text).ok()).collect());

static BY_HOST: LazyLock<HashMap<&'static str, &'static ShippedSet, FixedState>> = LazyLock::new(|| {
    let hosts = |set: &'static ShippedSet| set.hosts.iter().chain(&set.to_confirm);
    SETS.iter().flat_map(|set| hosts(set).map(move |host| (host.as_str(), set))).collect()
});

static HASH: LazyLock<blake3::Hash> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for text in FILES {
        hasher.update(text.as_bytes());
    }
    hasher.finalize()
});

/// The shipped sets, in the order in which they are told.
pub fn sets() -> &'static [ShippedSet] {
    &SETS
}

/// The set that leaves a host unopened, if any, and the longest of its names that does.
pub(crate) fn holding(host: &Host) -> Option<(&str, &'static ShippedSet)> {
    host.suffixes().find_map(|name| BY_HOST.get(name).map(|set| (name, *set)))
}

/// The hash of all sets: part of every ruleset id, as they are part of what a ruleset does. Reads the sets, so that no
/// connection waits for it.
pub(crate) fn hash() -> blake3::Hash {
    LazyLock::force(&BY_HOST);
    *HASH
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Public suffixes below which one public body has all names.
    const BODIES: [&str; 2] = ["nhs.uk", "police.uk"];

    #[test]
    fn every_file_is_a_set_and_every_host_is_a_site_written_as_it_is_looked_up() {
        assert_eq!(sets().len(), FILES.len());
        let mut seen = HashSet::new();
        for set in sets() {
            assert!(set.date.parse::<jiff::civil::Date>().is_ok(), "{}", set.code);
            assert!(!set.why.is_empty() && !set.source.is_empty() && !set.title.is_empty(), "{}", set.code);
            for text in set.hosts.iter().chain(&set.to_confirm) {
                let host = Host::parse(text).unwrap();
                assert_eq!(host.as_str(), text, "{}", set.code);
                let is_one_site = host.registrable().is_some() || BODIES.contains(&text.as_str());
                assert!(is_one_site, "{text} is a whole public suffix");
                assert!(seen.insert(text), "{text} stands twice");
                assert_eq!(holding(&host).map(|(name, found)| (name, &found.code)), Some((text.as_str(), &set.code)));
            }
        }
        let codes: Vec<&str> = sets().iter().map(|set| set.code.as_str()).collect();
        assert_eq!(codes, ["apple", "google-devices", "microsoft", "banking", "health", "safeguarding"]);
    }

    #[test]
    fn what_must_be_seen_to_filter_is_in_no_set() {
        for text in [
            "www.google.com",
            "www.youtube.com",
            "www.bing.com",
            "drive.google.com",
            "www.googleapis.com",
            "www.icloud.com",
            "storage.googleapis.com",
            "login.microsoftonline.com",
            "login.live.com",
            "github.com",
            "apple.com",
            "google.com",
            "microsoft.com",
        ] {
            assert_eq!(holding(&Host::parse(text).unwrap()), None, "{text}");
        }
    }
}
