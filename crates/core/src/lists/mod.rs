//! Block lists in the formats schools hold, read into one shape.
//!
//! Parsing is pure and never fails: bytes in, [`Entries`] and problems out. Fetching is `duty`'s.
//! What each format means to us, and what of it is left out, is told in `docs/lists.md`.

mod adguard;
mod detect;
mod dnsmasq;
mod folders;
mod hosts;
mod plain;
mod reading;
mod services;
mod squidguard;
mod starter;
mod taxonomy;

pub use detect::detect;
pub use folders::{CategoryFolder, Item, read_folders, usage_is_white};
pub use services::ServiceSet;
pub use starter::{STARTER_NOTICES, StarterList, starter};
pub use taxonomy::{Mapping, map_category, mapping_table, mapping_table_as_markdown};

use crate::{host::Host, problem::Problem};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

/// The version of what the readers make of a list. Raised whenever the same bytes may give other entries, so that what
/// was compiled or counted before is known to be of an older reading.
pub const READING: u32 = 2;

/// How far a name entry reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// That host only (hosts files, v2fly `full:`).
    Exact,
    /// That name and everything below it (squidGuard `domains`, dnsmasq, AdGuard `||name^`).
    Within,
}

/// One name of a list, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameEntry {
    /// Canonical host text ([`crate::host::Host::as_str`]).
    pub name: Box<str>,
    /// How far it reaches.
    pub scope: Scope,
}

/// What an [`Expression`] is matched against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// The host name.
    Host,
    /// Host and canonical path: `host/path?query`, without scheme.
    Address,
}

/// A regular expression or keyword of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expression {
    /// What it is matched against.
    pub target: Target,
    /// The pattern, in the syntax of the `regex` crate; case-insensitive; already checked to compile.
    pub pattern: String,
}

/// The shape one list file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One name a line; each with everything below it.
    Domains,
    /// `0.0.0.0 name name …`; each name alone.
    Hosts,
    /// `address=/name/…`, `server=/name/`, `local=/name/`.
    Dnsmasq,
    /// Domain rules of AdGuard and Pi-hole: `||name^`, `@@||name^`, `|name^`, `/expression/`.
    Adguard,
    /// The `domains` file of a squidGuard, UT1 or DansGuardian folder.
    SquidguardDomains,
    /// The `urls` file of such a folder: host and path prefix.
    Urls,
    /// The `expressions` file of such a folder: regular expressions over the address.
    Expressions,
    /// One file of v2fly's domain-list-community: `domain:`, `full:`, `keyword:`, `regexp:`.
    /// An `include:` needs the set it belongs to ([`ServiceSet`]) and is a problem here.
    Services,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Domains,
        Self::Hosts,
        Self::Dnsmasq,
        Self::Adguard,
        Self::SquidguardDomains,
        Self::Urls,
        Self::Expressions,
        Self::Services,
    ];

    /// The word written in `lists/sources.toml`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Domains => "domains",
            Self::Hosts => "hosts",
            Self::Dnsmasq => "dnsmasq",
            Self::Adguard => "adguard",
            Self::SquidguardDomains => "squidguard-domains",
            Self::Urls => "urls",
            Self::Expressions => "expressions",
            Self::Services => "services",
        }
    }

    /// The format with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// Some format for every byte, for fuzzing.
    pub fn from_byte(byte: u8) -> Self {
        let index = usize::from(byte) % Self::ALL.len();
        Self::ALL.get(index).copied().unwrap_or(Self::Domains)
    }
}

/// Reads one list file. Never fails: what cannot be used is in [`Entries::problems`].
pub fn parse(format: Format, bytes: &[u8]) -> Entries {
    match format {
        Format::Domains | Format::SquidguardDomains => plain::parse(bytes),
        Format::Hosts => hosts::parse(bytes),
        Format::Dnsmasq => dnsmasq::parse(bytes),
        Format::Adguard => adguard::parse(bytes),
        Format::Urls => squidguard::urls(bytes),
        Format::Expressions => squidguard::expressions(bytes),
        Format::Services => services::parse_alone(bytes),
    }
}

/// What one list brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// Names, normalised; not sorted; may repeat.
    pub names: Vec<NameEntry>,
    /// Names that this list expressly leaves out (AdGuard `@@||name^`).
    pub exceptions: Vec<NameEntry>,
    /// URL entries: host, a `/`, then the canonical path prefix; no scheme, no `www.` trick.
    pub urls: Vec<Box<str>>,
    /// Regular expressions and keywords.
    pub expressions: Vec<Expression>,
    /// Bad lines, each with its number; at most [`Entries::PROBLEMS_KEPT`] are kept.
    pub problems: Vec<Problem>,
    /// How many bad lines there were in all.
    pub problem_count: usize,
    /// Lines read, blank ones and comments included.
    pub lines: usize,
}

impl Entries {
    /// How many problems are kept word for word; the rest are counted.
    pub const PROBLEMS_KEPT: usize = 1_000;

    /// How many entries of every kind.
    pub fn len(&self) -> usize {
        self.names.len() + self.urls.len() + self.expressions.len()
    }

    /// Whether nothing at all was brought.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Notes a bad line.
    pub fn problem(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < Self::PROBLEMS_KEPT {
            self.problems.push(problem);
        }
    }

    /// Adds everything of another part of the same list. Its problems keep their file and line.
    pub fn merge(&mut self, other: Self) {
        self.names.extend(other.names);
        self.exceptions.extend(other.exceptions);
        self.urls.extend(other.urls);
        self.expressions.extend(other.expressions);
        let room = Self::PROBLEMS_KEPT.saturating_sub(self.problems.len());
        self.problems.extend(other.problems.into_iter().take(room));
        self.problem_count += other.problem_count;
        self.lines += other.lines;
    }

    /// The same entries, every problem placed in a file.
    pub fn in_file(mut self, file: &str) -> Self {
        for problem in &mut self.problems {
            file.clone_into(&mut problem.file);
        }
        self
    }

    /// Which of some hosts this list reaches.
    pub fn reached<'h>(&self, hosts: &'h [Host]) -> Vec<&'h Host> {
        let reached: HashSet<&Host> = self.reaching(hosts).into_iter().map(|reach| reach.host).collect();
        hosts.iter().filter(|host| reached.contains(host)).collect()
    }

    /// Every way in which this list reaches one of some hosts: by an entry that is it, stands above it and reaches
    /// down, or lies below it; by an address on any of these; or by an expression. What an exception of the list frees
    /// is not counted. Sorted, each once.
    /// Used to hold an update that would block an always-open help site or a lifeline (practice.md 15, 16), for which
    /// everything below the host is to stay open too.
    pub fn reaching<'h>(&self, hosts: &'h [Host]) -> Vec<Reach<'h>> {
        let known: HashMap<&str, &Host> = hosts.iter().map(|host| (host.as_str(), host)).collect();
        let mut below: HashMap<&str, Vec<&Host>> = HashMap::new();
        for host in hosts {
            host.suffixes().for_each(|suffix| below.entry(suffix).or_default().push(host));
        }
        let exceptions = self.excepted();
        let mut reaches = Vec::new();
        let mut add = |name: &str, reaches_down: bool, by: &str| {
            let above = parents(name).filter_map(|parent| known.get(parent).copied());
            // The entry is the host or lies below it: it counts unless it is itself excepted.
            if !exceptions.cover(name, reaches_down) {
                reaches.extend(above.map(|host| Reach { host, by: by.into() }));
            }
            let down = below.get(name).into_iter().flatten().filter(|host| reaches_down && host.as_str() != name);
            // The entry lies above the host: it counts unless the host and all below it are excepted.
            reaches.extend(
                down.filter(|host| !exceptions.cover(host.as_str(), true)).map(|host| Reach { host, by: by.into() }),
            );
        };
        for entry in &self.names {
            add(&entry.name, entry.scope == Scope::Within, &entry.name);
        }
        for url in &self.urls {
            if let Some((host, _)) = url.split_once('/') {
                add(host, true, url);
            }
        }
        let expressions = reading::compiled(&self.expressions);
        for host in hosts.iter().filter(|host| !exceptions.cover(host.as_str(), true)) {
            reaches.extend(reading::matching(&expressions, host).map(|by| Reach { host, by: by.into() }));
        }
        reaches.sort_unstable();
        reaches.dedup();
        reaches
    }

    /// How many entries still block something once this list's own exceptions are heeded.
    pub fn effective(&self) -> usize {
        if self.exceptions.is_empty() {
            return self.len();
        }
        let exceptions = self.excepted();
        let names = self.names.iter().filter(|entry| !exceptions.cover(&entry.name, entry.scope == Scope::Within));
        let hosts = self.urls.iter().filter_map(|url| Some(url.split_once('/')?.0));
        names.count() + hosts.filter(|host| !exceptions.cover(host, true)).count() + self.expressions.len()
    }

    fn excepted(&self) -> Exceptions<'_> {
        let names = |scope| {
            self.exceptions.iter().filter(move |entry| entry.scope == scope).map(|entry| &*entry.name).collect()
        };
        Exceptions { within: names(Scope::Within), exact: names(Scope::Exact) }
    }
}

/// One way in which a list reaches a host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach<'h> {
    /// The host.
    pub host: &'h Host,
    /// The entry: a name, an address without scheme, or an expression.
    pub by: Box<str>,
}

/// The exceptions of one list, by how far they reach.
struct Exceptions<'a> {
    within: HashSet<&'a str>,
    exact: HashSet<&'a str>,
}

impl Exceptions<'_> {
    /// Whether a name, and where it is asked for also all below it, is excepted.
    fn cover(&self, name: &str, with_all_below: bool) -> bool {
        parents(name).any(|parent| self.within.contains(parent)) || (!with_all_below && self.exact.contains(name))
    }
}

/// A name and each parent of it; an address has none.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    let is_name = name.parse::<IpAddr>().is_err();
    std::iter::successors(
        Some(name),
        move |name| {
            if is_name { name.split_once('.').map(|(_, parent)| parent) } else { None }
        },
    )
}
