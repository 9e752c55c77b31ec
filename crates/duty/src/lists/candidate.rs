//! A list that has arrived: what it brings, and why a person should look at it first.

use super::{
    Bundle, OpenHost, Source, bundle,
    fetch::Download,
    state::{InUse, PartCount, reading_of},
};
use holdfast_core::{
    address::Address,
    category::Category,
    host::Host,
    request::Request,
    ruleset::{
        content::ContentBuilder,
        sealed::{self, SealedTier},
    },
};
use jiff::Timestamp;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    io,
};

/// A new list, or a part of one, with fewer entries than this share of the one in use is held.
pub(super) const SMALLEST_SHARE: (u64, u64) = (80, 100);
/// Parts with fewer entries than this may lose any share of them: one entry of four is a quarter.
const TINY_PART: u64 = 20;
/// Exceptions may always grow by this many.
const FEW_EXCEPTIONS: u64 = 20;
/// At most this many things are named in one sentence.
const MOST_NAMED: usize = 10;

/// Categories whose very purpose is to name helpful sites, and that no policy blocks of itself: being in one is no
/// sign of a bad list.
const WELCOME: [Category; 8] = [
    Category::Health,
    Category::SexEducation,
    Category::IdentityAndRights,
    Category::Education,
    Category::ChildFriendly,
    Category::Religion,
    Category::Politics,
    Category::Updates,
];

/// A list that has arrived and may be put to use.
pub(super) struct Candidate<'h> {
    pub(super) list: InUse,
    /// What is written to disk.
    pub(super) stored: Vec<u8>,
    early_end: Option<String>,
    pub(super) brought: Brought<'h>,
}

/// What a list brings, as far as it may be looked at.
pub(super) enum Brought<'h> {
    Open(Bundle),
    /// Of a sealed list: the always-open hosts that it reaches, and by which address. In memory only.
    Sealed(Vec<(&'h Host, Address)>),
}

impl<'h> Candidate<'h> {
    /// Reads a list that is not sealed. The download becomes what is stored, without a copy.
    pub(super) fn read(source: &Source, download: Download, now: Timestamp) -> Self {
        let bundle = bundle::read_bundle(&download.bytes, &download.file_name, source.format, &source.meaning);
        let mut list = list_of(source, &download, now, blake3::hash(&download.bytes).to_hex().to_string(), "list");
        (list.entries, list.bad_lines) = (bundle.len() as u64, bundle.bad_lines() as u64);
        list.parts = PartCount::of(&bundle, &source.meaning);
        list.early_end.clone_from(&bundle.early_end);
        let early_end = download.early_end.or_else(|| bundle.early_end.clone());
        Self { list, stored: download.bytes, early_end, brought: Brought::Open(bundle) }
    }

    /// Reads a sealed list into its tier. Its addresses are in memory only, and nothing says which line was bad.
    pub(super) fn seal(
        source: &Source,
        tier: &str,
        key: [u8; 32],
        download: &Download,
        (now, open_hosts): (Timestamp, &'h [Host]),
    ) -> io::Result<Self> {
        let version = version_of(download, now);
        let hash = blake3::keyed_hash(&key, &download.bytes).to_hex().to_string();
        let mut list = list_of(source, download, now, hash, "tier");
        let (files, early_end) = bundle::plain_files(&download.bytes);
        let text: Vec<Cow<'_, str>> = files.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        let lines = || text.iter().flat_map(|text| text.lines());
        let (built, bad_lines) = SealedTier::build(tier, &version, key, lines());
        let reached = sealed::reaching(lines(), open_hosts);
        (list.entries, list.bad_lines) = (built.len() as u64, bad_lines as u64);
        let mut builder = ContentBuilder::new(0);
        builder.add_sealed(built);
        let mut stored = Vec::new();
        builder.finish().content.write(&mut stored)?;
        list.stored_hash = Some(blake3::keyed_hash(&key, &stored).to_hex().to_string());
        let early_end = download.early_end.clone().or(early_end);
        Ok(Self { list, stored, early_end, brought: Brought::Sealed(reached) })
    }

    /// Why a person should look first, as far as its size tells.
    pub(super) fn reasons(&self, in_use: Option<&InUse>) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Some(early_end) = &self.early_end {
            reasons.push(format!("It is not whole: {early_end}."));
        }
        let effective: u64 = self.list.parts.values().map(|part| part.entries).sum();
        let is_sealed = matches!(self.brought, Brought::Sealed(_));
        if self.list.entries == 0 || (effective == 0 && !is_sealed) {
            reasons.push("Nothing in it could be used.".to_owned());
            return reasons;
        }
        let Some(old) = in_use else { return reasons };
        if is_much_less(self.list.entries, old.entries) {
            reasons.push(format!(
                "It has {} entries, and the one in use has {}: more than a fifth are gone.",
                self.list.entries, old.entries
            ));
            // Of a list that is all one, the same would be told twice.
            if old.parts.len() == 1 {
                return reasons;
            }
        }
        reasons.extend(reasons_of_parts(&self.list.parts, &old.parts));
        reasons
    }
}

fn is_much_less(new: u64, old: u64) -> bool {
    new.saturating_mul(SMALLEST_SHARE.1) < old.saturating_mul(SMALLEST_SHARE.0)
}

/// What the sum does not tell: a category that is gone, one that is much smaller, a list that excepts what it names.
fn reasons_of_parts(new: &BTreeMap<String, PartCount>, old: &BTreeMap<String, PartCount>) -> Vec<String> {
    let mut reasons = Vec::new();
    let (mut missing, mut smaller) = (Vec::new(), Vec::new());
    for (name, before) in old.iter().filter(|(_, before)| before.entries > 0) {
        match new.get(name).map_or(0, |part| part.entries) {
            0 if !name.is_empty() => missing.push(format!("“{name}” ({} entries)", before.entries)),
            entries if before.entries >= TINY_PART && is_much_less(entries, before.entries) => {
                let name = if name.is_empty() { "all of it".to_owned() } else { format!("“{name}”") };
                smaller.push(format!("{name} ({entries} instead of {})", before.entries));
            }
            _ => {}
        }
    }
    if !missing.is_empty() {
        reasons.push(format!("These parts of the one in use are missing: {}.", some_of(&missing)));
    }
    if !smaller.is_empty() {
        reasons.push(format!("Of these parts more than a fifth of what takes effect is gone: {}.", some_of(&smaller)));
    }
    let exceptions = |parts: &BTreeMap<String, PartCount>| parts.values().map(|part| part.exceptions).sum::<u64>();
    let (now, before) = (exceptions(new), exceptions(old));
    if !old.is_empty() && now > before + FEW_EXCEPTIONS && is_much_less(before, now) {
        reasons.push(format!("It makes {now} exceptions, and the one in use makes {before}."));
    }
    reasons
}

fn some_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    let more = names.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// Always-open hosts that a new list reaches in a way that the one in use does not, told as reasons. What is looked
/// at is what is compiled, parts that their publisher calls white included. `old` is asked only where it matters, and
/// gives none where it cannot be read. Protected partners are counted: neither they nor the entry are told (practice 11).
pub(super) fn newly_blocked(new: &Bundle, old: impl FnOnce() -> Option<Bundle>, open: &[OpenHost]) -> Vec<String> {
    let hosts: Vec<Host> = open.iter().map(|open| open.host.clone()).collect();
    let mut ways = ways(new, &hosts);
    if !ways.is_empty()
        && let Some(old) = old()
    {
        let before = self::ways(&old, &hosts);
        ways.retain(|way| !before.contains(way));
    }
    let is_partner = |host: &Host| open.iter().any(|open| open.is_partner && open.host == *host);
    let (mut partners, mut by_host) = (BTreeSet::new(), BTreeMap::<&Host, Vec<String>>::new());
    for (host, _, by) in &ways {
        if is_partner(host) {
            partners.insert(host);
        } else {
            by_host.entry(host).or_default().push(format!("“{by}”"));
        }
    }
    let mut reasons: Vec<String> = by_host
        .iter()
        .take(MOST_NAMED)
        .map(|(host, by)| format!("It would block {host}, which is to stay open always, by {}.", some_of(by)))
        .collect();
    if by_host.len() > MOST_NAMED {
        let more = by_host.len() - MOST_NAMED;
        reasons.push(format!("It would block {more} more of the sites that are to stay open always."));
    }
    match partners.len() {
        0 => {}
        1 => reasons.push("It would block a protected partner.".to_owned()),
        many => reasons.push(format!("It would block {many} protected partners.")),
    }
    reasons
}

/// Every way in which what a bundle blocks reaches a host: the same entry in another category is another way.
fn ways<'h>(bundle: &Bundle, hosts: &'h [Host]) -> BTreeSet<(&'h Host, Category, Box<str>)> {
    let blocking = bundle.parts.iter().filter(|part| !WELCOME.contains(&part.category));
    blocking
        .flat_map(|part| part.entries.reaching(hosts).into_iter().map(|reach| (reach.host, part.category, reach.by)))
        .collect()
}

/// The same of a sealed list, of which only the number of hosts is told.
pub(super) fn newly_blocked_by_sealed(new: &[(&Host, Address)], old: &[SealedTier]) -> Option<String> {
    let is_new = |address: &Address| !old.iter().any(|tier| tier.find(&Request::whole(address)).is_some());
    let hosts: BTreeSet<&Host> = new.iter().filter(|(_, address)| is_new(address)).map(|(host, _)| *host).collect();
    (!hosts.is_empty())
        .then(|| format!("It would block {} of the sites that are to stay open always. Ask its provider.", hosts.len()))
}

fn version_of(download: &Download, now: Timestamp) -> String {
    let marked = download.known.last_modified.clone().or_else(|| download.known.etag.clone());
    marked.unwrap_or_else(|| now.to_string())
}

fn list_of(source: &Source, download: &Download, now: Timestamp, hash: String, ending: &str) -> InUse {
    let front: String = hash.chars().take(16).collect();
    InUse {
        file: format!("{front}.{ending}"),
        name: download.file_name.clone(),
        hash,
        entries: 0,
        bad_lines: 0,
        fetched: now,
        version: version_of(download, now),
        etag: download.known.etag.clone(),
        last_modified: download.known.last_modified.clone(),
        stored_hash: None,
        early_end: None,
        read_as: Some(reading_of(source)),
        parts: BTreeMap::new(),
    }
}
