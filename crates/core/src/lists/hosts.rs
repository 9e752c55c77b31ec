//! Hosts files: an address, then names that are to be found there. Each name stands for itself alone.

use super::{Entries, Scope, reading};
use crate::problem::Problem;
use std::net::IpAddr;

/// Names that every computer's own hosts file has, and that no list means to block.
const OWN_NAMES: [&str; 12] = [
    "localhost",
    "localhost.localdomain",
    "local",
    "broadcasthost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-allhosts",
    "0.0.0.0",
];

pub(super) fn parse(bytes: &[u8]) -> Entries {
    let mut entries = Entries::default();
    reading::each_line(bytes, &mut entries, add_line);
    entries
}

/// Reads one line of a hosts file; AdGuard lists may hold such lines too.
pub(super) fn add_line(entries: &mut Entries, number: u32, line: &str) {
    let mut words = reading::without_comment(line).split_whitespace();
    let Some(first) = words.next() else { return };
    let Ok(address) = first.split('%').next().unwrap_or(first).parse::<IpAddr>() else {
        entries.problem(
            Problem::warning(format!(
                "“{}” is not an address, and a line of a hosts file starts with one.",
                reading::shorten(first)
            ))
            .at_line(number)
            .suggest("For one name a line choose the format “domains”."),
        );
        return;
    };
    let names: Vec<&str> = words.filter(|name| !OWN_NAMES.contains(&name.to_ascii_lowercase().as_str())).collect();
    if names.is_empty() {
        return;
    }
    if !(address.is_unspecified() || address.is_loopback()) {
        entries.problem(
            Problem::warning(format!("This line sends names to {address} instead of blocking them; it was left out."))
                .at_line(number),
        );
        return;
    }
    for name in names {
        reading::add_name(entries, number, name, Scope::Exact);
    }
}
