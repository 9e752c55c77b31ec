//! What the lists brought, compiled: the immutable content half of a ruleset.
//!
//! Built once by [`ContentBuilder`], saved, loaded in milliseconds and asked on every request. Names and URL entries
//! are held as fingerprints ([`super::names`] states the odds); their text lies in a second file ([`ContentText`]).
//!
//! A list's own exception (`@@||name^`) takes that name, and what is below it, out of that list altogether, its
//! expressions included; other lists of the same category are not touched by it.

mod build;
mod file;
mod text;

pub use build::{Compiled, ContentBuilder};
pub use text::{ContentText, TextFile};

use crate::{
    category::{Category, Labels},
    request::Request,
    ruleset::{
        addresses,
        expressions::Expressions,
        names::{Fingerprints, NamesTable},
        sealed::{SealedHit, SealedTier},
    },
};
use std::{fmt, sync::Arc};

/// What is known of one list beside its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFacts {
    /// Stable id, as policies, events and people name the list.
    pub id: Arc<str>,
    /// The name people see.
    pub title: String,
    /// The category its entries belong to.
    pub category: Category,
    /// Where it comes from.
    pub source: String,
    /// Its licence.
    pub licence: String,
    /// When it was fetched, as text for people; no part of the content hash.
    pub fetched: Option<String>,
    /// How many distinct entries it has. The builder counts; what the caller writes here is replaced.
    pub entries: u64,
}

/// Which entry of which list matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Index into [`Content::lists`].
    pub list: u16,
    /// The entry.
    pub entry: EntryRef,
}

/// One entry, told without its text: [`Content::entry_text`] reads the text off the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryRef {
    /// A name: the part of the host from this byte on.
    Name {
        /// Where the matching suffix of the host begins.
        host_start: u8,
    },
    /// A URL entry: the host from one byte on, then the canonical path up to another.
    Url {
        /// Where the matching suffix of the host begins.
        host_start: u8,
        /// Where the matching prefix of the canonical path ends.
        path_end: u32,
    },
    /// An expression, by its index in the content.
    Expression(u32),
}

/// Why a saved content file is not used.
#[derive(Debug)]
pub enum ContentFault {
    /// The file could not be read.
    Unreadable(std::io::Error),
    /// It is no content file at all, or one of another version.
    Version(String),
    /// It ends early, is damaged, or was altered.
    Damaged(String),
}

impl fmt::Display for ContentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(fault) => {
                write!(f, "The compiled lists could not be read: {fault}. Compile the lists again.")
            }
            Self::Version(text) | Self::Damaged(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ContentFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(fault) => Some(fault),
            Self::Version(_) | Self::Damaged(_) => None,
        }
    }
}

/// How one list holds one name: the list's index in the lower 16 bits, the [`Kind`] above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Member(u32);

/// How a list holds a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// That name and all below it.
    Within,
    /// That host only.
    Exact,
    /// Expressly not that name, nor what is below it.
    ExceptWithin,
    /// Expressly not that host.
    ExceptExact,
    /// No list holds it by itself, but there are URL entries on it.
    HasUrls,
}

impl Member {
    /// Says that there are URL entries on the host.
    const MARK: Self = Self(4 << 16);

    fn new(list: u16, kind: Kind) -> Self {
        Self(u32::from(list) | ((kind as u32) << 16))
    }

    fn list(self) -> u16 {
        (self.0 & 0xffff) as u16
    }

    fn kind(self) -> Kind {
        match self.0 >> 16 {
            0 => Kind::Within,
            1 => Kind::Exact,
            2 => Kind::ExceptWithin,
            3 => Kind::ExceptExact,
            _ => Kind::HasUrls,
        }
    }

    /// Whether the member puts a host into its list, where the name found is the host itself or only a parent.
    fn includes(self, is_whole_host: bool) -> bool {
        match self.kind() {
            Kind::Within => true,
            Kind::Exact => is_whole_host,
            Kind::ExceptWithin | Kind::ExceptExact | Kind::HasUrls => false,
        }
    }

    /// Whether the member takes a host out of its list.
    fn excepts(self, is_whole_host: bool) -> bool {
        match self.kind() {
            Kind::ExceptWithin => true,
            Kind::ExceptExact => is_whole_host,
            Kind::Within | Kind::Exact | Kind::HasUrls => false,
        }
    }
}

/// A membership set: which lists hold a name. Names held by the same lists share one.
#[derive(Debug, Clone, Default)]
struct MembershipSet {
    /// What the name and all below it are labelled with.
    within: Labels,
    /// What only the host itself is labelled with besides.
    exact: Labels,
    has_exceptions: bool,
    has_urls: bool,
    /// Where its members begin in [`Sets::members`], and how many there are.
    start: u32,
    count: u32,
}

/// All membership sets.
#[derive(Debug, Default)]
struct Sets {
    sets: Vec<MembershipSet>,
    members: Vec<Member>,
}

impl Sets {
    /// Adds a set. Its number is its place.
    fn push(&mut self, members: &[Member], lists: &[ListFacts]) {
        let mut set = MembershipSet {
            start: u32::try_from(self.members.len()).unwrap_or(u32::MAX),
            count: u32::try_from(members.len()).unwrap_or(u32::MAX),
            ..MembershipSet::default()
        };
        for member in members {
            let label = lists.get(usize::from(member.list())).map_or(Labels::NONE, |list| Labels::of(list.category));
            match member.kind() {
                Kind::Within => set.within = set.within.union(label),
                Kind::Exact => set.exact = set.exact.union(label),
                Kind::ExceptWithin | Kind::ExceptExact => set.has_exceptions = true,
                Kind::HasUrls => set.has_urls = true,
            }
        }
        self.members.extend_from_slice(members);
        self.sets.push(set);
    }

    fn get(&self, number: u16) -> Option<&MembershipSet> {
        self.sets.get(usize::from(number))
    }

    fn members(&self, set: &MembershipSet) -> &[Member] {
        let start = usize::try_from(set.start).unwrap_or(usize::MAX);
        let count = usize::try_from(set.count).unwrap_or(usize::MAX);
        self.members.get(start..start.saturating_add(count)).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        size_of_val(self.sets.as_slice()) + size_of_val(self.members.as_slice())
    }
}

/// Lists that take the request out of themselves. Beyond 4,096 lists exceptions go unheeded: nothing goes unblocked.
struct Excepted([u64; 64]);

impl Excepted {
    fn insert(&mut self, list: u16) {
        if let Some(word) = self.0.get_mut(usize::from(list >> 6)) {
            *word |= 1 << (list & 63);
        }
    }

    fn holds(&self, list: u16) -> bool {
        self.0.get(usize::from(list >> 6)).is_some_and(|word| word & (1 << (list & 63)) != 0)
    }
}

/// The compiled form of all category lists. Immutable; shared by `Arc`.
pub struct Content {
    lists: Vec<ListFacts>,
    seed: u64,
    fingerprints: Fingerprints,
    table: NamesTable,
    sets: Sets,
    expressions: Expressions,
    sealed: Vec<SealedTier>,
    /// The pieces of the longest URL entry: no prefix of a path beyond them needs looking up.
    most_pieces: u32,
    names: u64,
    hash: blake3::Hash,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("hash", &self.hash)
            .field("lists", &self.lists.len())
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Default for Content {
    /// Content without any list.
    fn default() -> Self {
        ContentBuilder::new(0).finish().content
    }
}

impl Content {
    /// The categories of everything that matches the request. The hot path: no allocation.
    pub fn labels(&self, request: &Request<'_>) -> Labels {
        let mut labels = Labels::NONE;
        let mut has_exceptions = false;
        self.for_each_match(request, |host_start, _, set| {
            labels = labels.union(set.within);
            if host_start == 0 {
                labels = labels.union(set.exact);
            }
            has_exceptions |= set.has_exceptions;
        });
        if has_exceptions {
            return self.labels_with_exceptions(request);
        }
        self.for_each_expression_list(request, |list| labels = labels.union(self.labels_of(list)));
        labels
    }

    /// The same, list by list, where a list has an exception for the request.
    fn labels_with_exceptions(&self, request: &Request<'_>) -> Labels {
        let excepted = self.excepted(request);
        let mut labels = Labels::NONE;
        let mut add = |list| {
            if !excepted.holds(list) {
                labels = labels.union(self.labels_of(list));
            }
        };
        self.for_each_match(request, |host_start, _, set| {
            let members = self.sets.members(set).iter();
            members.filter(|member| member.includes(host_start == 0)).for_each(|member| add(member.list()));
        });
        self.for_each_expression_list(request, add);
        labels
    }

    /// Which entry brought this category upon the request: a URL entry before a name, a longer name before a shorter
    /// one, an expression last; of several lists the one that comes first.
    pub fn evidence(&self, request: &Request<'_>, category: Category) -> Option<Evidence> {
        let excepted = self.excepted(request);
        let brings = |list: u16| {
            !excepted.holds(list) && self.lists.get(usize::from(list)).is_some_and(|facts| facts.category == category)
        };
        let mut best: Option<Evidence> = None;
        self.for_each_match(request, |host_start, path_end, set| {
            let mut members = self.sets.members(set).iter();
            let Some(member) = members.find(|member| member.includes(host_start == 0) && brings(member.list())) else {
                return;
            };
            let host_start = u8::try_from(host_start).unwrap_or(u8::MAX);
            let entry = match path_end {
                Some(end) => EntryRef::Url { host_start, path_end: u32::try_from(end).unwrap_or(u32::MAX) },
                None if matches!(best, Some(Evidence { entry: EntryRef::Url { .. }, .. })) => return,
                None => EntryRef::Name { host_start },
            };
            // Matches come from the shortest suffix and prefix to the longest, so a later one is the more specific.
            best = Some(Evidence { list: member.list(), entry });
        });
        best.or_else(|| self.expression_evidence(request, brings))
    }

    fn expression_evidence(&self, request: &Request<'_>, brings: impl Fn(u16) -> bool) -> Option<Evidence> {
        let mut first = None;
        self.for_each_expression_list(request, |list| {
            if brings(list) {
                first = Some(first.map_or(list, |before: u16| before.min(list)));
            }
        });
        let list = first?;
        let index = self.expressions.first_of(list, request.host.as_str(), canonical_text(request))?;
        Some(Evidence { list, entry: EntryRef::Expression(u32::try_from(index).ok()?) })
    }

    /// The text of an entry that [`Self::evidence`] found for the same request, as [`TextFile::lists_holding`] looks
    /// it up; of an expression its pattern. Empty where the entry belongs to another request or other content.
    pub fn entry_text(&self, request: &Request<'_>, entry: EntryRef) -> String {
        let host_from = |start: u8| request.host.as_str().get(usize::from(start)..).unwrap_or_default();
        match entry {
            EntryRef::Name { host_start } => host_from(host_start).to_owned(),
            EntryRef::Url { host_start, path_end } => {
                let path = request.address.map_or("", |address| address.canonical_path());
                let end = usize::try_from(path_end).unwrap_or(usize::MAX);
                [host_from(host_start), path.get(..end).unwrap_or_default()].concat()
            }
            EntryRef::Expression(index) => {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                self.expressions.entries().get(index).map_or_else(String::new, |entry| entry.expression.pattern.clone())
            }
        }
    }

    /// The sealed tier that holds the request, if any.
    pub fn sealed(&self, request: &Request<'_>) -> Option<SealedHit> {
        self.sealed.iter().find_map(|tier| tier.find(request))
    }

    /// The sealed tiers: their codes, feed versions and sizes.
    pub fn sealed_tiers(&self) -> &[SealedTier] {
        &self.sealed
    }

    /// The lists, sorted by id, then category.
    pub fn lists(&self) -> &[ListFacts] {
        &self.lists
    }

    /// The content hash: the same for the same lists, in whatever order, on whatever machine. It covers what a list
    /// does to a verdict (id, category, entries, sealed tiers), not its title, source, licence or date.
    pub fn hash(&self) -> blake3::Hash {
        self.hash
    }

    /// Whether a list with at least one entry stands behind the category; where not, people see *no list loaded*.
    pub fn loaded(&self, category: Category) -> bool {
        self.lists.iter().any(|list| list.category == category && list.entries > 0)
    }

    /// How many distinct names it holds; URL entries and expressions are not names.
    pub fn names(&self) -> u64 {
        self.names
    }

    /// Resident size in bytes, without the automata of expressions, which grow with what they meet.
    pub fn bytes(&self) -> usize {
        let facts = |list: &ListFacts| {
            size_of::<ListFacts>() + list.id.len() + list.title.len() + list.source.len() + list.licence.len()
        };
        size_of::<Self>()
            + self.table.bytes()
            + self.sets.bytes()
            + self.expressions.bytes()
            + self.sealed.iter().map(SealedTier::bytes).sum::<usize>()
            + self.lists.iter().map(facts).sum::<usize>()
    }

    fn labels_of(&self, list: u16) -> Labels {
        self.lists.get(usize::from(list)).map_or(Labels::NONE, |facts| Labels::of(facts.category))
    }

    /// Calls `visit` for each name and URL entry on the request's way: where its suffix of the host begins, where its
    /// prefix of the path ends, and its set. Shortest suffix first, and shortest prefix first below each.
    #[inline]
    fn for_each_match(&self, request: &Request<'_>, mut visit: impl FnMut(usize, Option<usize>, &MembershipSet)) {
        let is_name = request.host.address().is_none();
        for (host_start, fingerprint) in self.fingerprints.suffixes(request.host.as_str()) {
            if !is_name && host_start != 0 {
                continue;
            }
            let Some(set) = self.table.find(fingerprint).and_then(|number| self.sets.get(number)) else { continue };
            visit(host_start, None, set);
            let Some(address) = request.address.filter(|_| set.has_urls) else { continue };
            let most = usize::try_from(self.most_pieces).unwrap_or(usize::MAX);
            let prefixes = addresses::prefixes(self.fingerprints, fingerprint, address.canonical_path());
            for (path_end, fingerprint) in prefixes.take(most) {
                if let Some(set) = self.table.find(fingerprint).and_then(|number| self.sets.get(number)) {
                    visit(host_start, Some(path_end), set);
                }
            }
        }
    }

    #[inline]
    fn for_each_expression_list(&self, request: &Request<'_>, visit: impl FnMut(u16)) {
        self.expressions.for_each_list(request.host.as_str(), canonical_text(request), visit);
    }

    fn excepted(&self, request: &Request<'_>) -> Excepted {
        let mut excepted = Excepted([0; 64]);
        self.for_each_match(request, |host_start, _, set| {
            if set.has_exceptions {
                let members = self.sets.members(set).iter();
                members
                    .filter(|member| member.excepts(host_start == 0))
                    .for_each(|member| excepted.insert(member.list()));
            }
        });
        excepted
    }
}

fn canonical_text<'a>(request: &Request<'a>) -> Option<&'a str> {
    request.address.map(crate::address::Address::canonical_text)
}
