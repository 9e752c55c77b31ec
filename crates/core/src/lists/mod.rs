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
use std::collections::HashSet;

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

    /// Which of some hosts this list reaches: by a name, by a URL entry on them, or by an expression.
    /// Used to hold an update that would block an always-open help site or a lifeline (practice.md 15, 16).
    pub fn reached<'h>(&self, hosts: &'h [Host]) -> Vec<&'h Host> {
        let parents: HashSet<&str> = hosts.iter().flat_map(Host::suffixes).collect();
        let telling = |entries: &[NameEntry]| -> HashSet<NameEntry> {
            entries.iter().filter(|entry| parents.contains(&*entry.name)).cloned().collect()
        };
        let (names, exceptions) = (telling(&self.names), telling(&self.exceptions));
        let urls: HashSet<&str> = self.urls.iter().filter_map(|url| Some(url.split_once('/')?.0)).collect();
        let expressions = reading::compiled(&self.expressions);
        let covers = |entries: &HashSet<NameEntry>, host: &Host| {
            let entry = |name: &str, scope| NameEntry { name: name.into(), scope };
            entries.contains(&entry(host.as_str(), Scope::Exact))
                || host.suffixes().any(|name| entries.contains(&entry(name, Scope::Within)))
        };
        let reaches = |host: &&Host| {
            !covers(&exceptions, host)
                && (covers(&names, host) || urls.contains(host.as_str()) || reading::any_matches(&expressions, host))
        };
        hosts.iter().filter(reaches).collect()
    }
}
