//! URL entries: a host and a canonical path prefix.
//!
//! **What matches.** The entry `host/a/b` matches an address on `host`, or on a host below it, whose canonical path
//! ([`crate::address::canonical_path`]) is `/a/b`, or goes on after it with `/` or `?`. An entry with a query,
//! `host/a?x=1`, matches where the query goes on after it with `&` or `;`. A slash at the end of an entry without a
//! query means nothing: `host/a/` is `host/a`. Letters of a path count as written, upper case apart from lower: half
//! of the web's paths (video ids, link shorteners) are different places by case alone, and the public lists hold
//! thousands of entries that only make sense so. An entry with nothing after its host is a name entry.
//!
//! Entries live in the names table, under a fingerprint that goes on from their host's; the host's own record bears a
//! mark, so that paths are looked at only where a listed host has some.

use crate::{address::canonical_path, ruleset::names::Fingerprints};

/// The pieces of a canonical path, each with the byte where it ends: a match may end at the end of a piece.
pub fn pieces(path: &str) -> impl Iterator<Item = (usize, &[u8])> {
    let bytes = path.as_bytes();
    let mut start = 0_usize;
    let mut in_query = false;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..)?;
        let (first, after) = rest.split_first()?;
        in_query |= *first == b'?';
        let query = in_query;
        let length = after
            .iter()
            .position(|byte| match byte {
                b'&' | b';' => query,
                b'/' | b'?' => !query,
                _ => false,
            })
            .map_or(rest.len(), |position| position + 1);
        start += length;
        Some((start, rest.get(..length)?))
    })
}

/// The fingerprint of each prefix of a path at which a match may end, shortest first, with its length in bytes.
pub fn prefixes(fingerprints: Fingerprints, host: u64, path: &str) -> impl Iterator<Item = (usize, u64)> {
    let mut state = fingerprints.path_below(host);
    pieces(path).map(move |(end, piece)| {
        state = fingerprints.absorb(state, piece);
        (end, state)
    })
}

/// A URL entry as a list brings it, in two: its host, and its path as it is compared.
/// The path is empty where the entry means the whole host.
pub fn split_entry(entry: &str) -> (&str, String) {
    let (host, path) = entry.split_at(entry.find(['/', '?']).unwrap_or(entry.len()));
    (host, entry_path(path))
}

/// The path of an entry as it is compared: canonical, and without a slash at its end.
pub fn entry_path(path_and_query: &str) -> String {
    let mut path = canonical_path(path_and_query);
    if !path.contains('?') {
        path.truncate(path.trim_end_matches('/').len());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(path: &str) -> Vec<&str> {
        pieces(path).map(|(end, _)| &path[..end]).collect()
    }

    #[test]
    fn paths_part_at_slashes_and_queries_at_ampersands() {
        assert_eq!(ends("/a/b?x=1/2?3&y;z"), ["/a", "/a/b", "/a/b?x=1/2?3", "/a/b?x=1/2?3&y", "/a/b?x=1/2?3&y;z"]);
        assert_eq!(ends("/"), ["/"]);
        assert_eq!(ends("/a;b/"), ["/a;b", "/a;b/"]);
        assert_eq!(ends(""), Vec::<&str>::new());
    }

    #[test]
    fn an_entry_is_split_and_its_last_slash_dropped() {
        assert_eq!(split_entry("club.example/a/"), ("club.example", "/a".to_owned()));
        assert_eq!(split_entry("club.example/%41/../b"), ("club.example", "/b".to_owned()));
        assert_eq!(split_entry("club.example/"), ("club.example", String::new()));
        assert_eq!(split_entry("club.example?a/"), ("club.example", "/?a/".to_owned()));
    }
}
