//! Compiling lists into [`Content`].

use super::{Content, ContentText, Kind, ListFacts, Member, Sets, text::TextEntry};
use crate::{
    category::Category,
    lists::{Entries, NameEntry, Scope},
    problem::Problem,
    ruleset::{
        addresses,
        expressions::{Expressions, ListExpression},
        names::{Fingerprints, NamesTable},
        sealed::SealedTier,
    },
};
use std::collections::{BTreeSet, HashMap};

/// Everything that compiling gives.
#[derive(Debug)]
pub struct Compiled {
    /// What is asked on every request.
    pub content: Content,
    /// The text of names and URL entries, to be written beside the content and dropped.
    pub text: ContentText,
    /// What went wrong, with the list's id as the file; blocking is never lost by it, save of entries named here.
    pub problems: Vec<Problem>,
}

/// Takes lists in and compiles them. Holds each name's text once, and sixteen bytes for each time a list brings it.
#[derive(Debug)]
pub struct ContentBuilder {
    seed: u64,
    lists: Vec<ListFacts>,
    /// The text of all names and URL entries, one after the other.
    texts: String,
    items: Vec<Item>,
    expressions: Vec<ListExpression>,
    sealed: Vec<SealedTier>,
    most_pieces: usize,
    problems: Vec<Problem>,
}

/// One time that a list brings a name or a URL entry.
#[derive(Debug, Clone, Copy)]
struct Item {
    /// The first eight bytes of the text, big-endian: what most comparisons are decided by.
    prefix: u64,
    /// Where the text begins.
    offset: u32,
    /// The list, by its order of arrival.
    list: u16,
    length: u16,
    kind: Kind,
}

/// The longest entry that is kept, in bytes: no browser sends a longer address to a server that would answer it.
const LONGEST_ENTRY: usize = 8_192;

/// The most lists that fit.
const MOST_LISTS: usize = 0xffff;

impl ContentBuilder {
    /// `seed` goes into the fingerprints, not into the content hash.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            lists: Vec::new(),
            texts: String::new(),
            items: Vec::new(),
            expressions: Vec::new(),
            sealed: Vec::new(),
            most_pieces: 0,
            problems: Vec::new(),
        }
    }

    /// Takes one list in. Lists may come in any order; two with the same id and category become one.
    pub fn add(&mut self, facts: ListFacts, entries: Entries) {
        let same = |list: &ListFacts| list.id == facts.id && list.category == facts.category;
        let position = self.lists.iter().position(same).unwrap_or(self.lists.len());
        let Some(list) = u16::try_from(position).ok().filter(|_| position < MOST_LISTS) else {
            let problem = Problem::error("There are more than 65,535 lists; this one is left out.");
            self.problems.push(problem.in_file(&*facts.id).suggest("Remove lists that nobody needs."));
            return;
        };
        if position == self.lists.len() {
            self.lists.push(facts);
        }
        self.items.reserve(entries.names.len() + entries.exceptions.len() + 2 * entries.urls.len());
        let mut add = |NameEntry { name, scope }: NameEntry, within: Kind, exact: Kind| {
            self.push(list, &name, if scope == Scope::Within { within } else { exact });
        };
        entries.names.into_iter().for_each(|entry| add(entry, Kind::Within, Kind::Exact));
        entries.exceptions.into_iter().for_each(|entry| add(entry, Kind::ExceptWithin, Kind::ExceptExact));
        for entry in entries.urls {
            let (host, path) = addresses::split_entry(&entry);
            if path.is_empty() {
                self.push(list, host, Kind::Within);
            } else {
                self.most_pieces = self.most_pieces.max(addresses::pieces(&path).count());
                self.push(list, &[host, &path].concat(), Kind::Within);
                self.push(list, host, Kind::HasUrls);
            }
        }
        self.expressions.extend(entries.expressions.into_iter().map(|expression| ListExpression { list, expression }));
    }

    /// Takes a sealed tier in.
    pub fn add_sealed(&mut self, tier: SealedTier) {
        self.sealed.push(tier);
    }

    fn push(&mut self, list: u16, text: &str, kind: Kind) {
        let offset = u32::try_from(self.texts.len());
        let (Ok(offset), Ok(length), true) = (offset, u16::try_from(text.len()), text.len() <= LONGEST_ENTRY) else {
            let file = self.lists.get(usize::from(list)).map_or("", |facts| &facts.id);
            let start: String = text.chars().take(60).collect();
            let message = format!("The entry that begins “{start}” does not fit and is left out.");
            self.problems.push(Problem::warning(message).in_file(file));
            return;
        };
        self.texts.push_str(text);
        self.items.push(Item { prefix: prefix(text), offset, list, length, kind });
    }

    /// Compiles.
    pub fn finish(mut self) -> Compiled {
        let places = self.order_lists();
        self.items.shrink_to_fit();
        let texts = std::mem::take(&mut self.texts);
        let mut items = std::mem::take(&mut self.items);
        items.sort_unstable_by(|one, other| {
            one.prefix.cmp(&other.prefix).then_with(|| one.text(&texts).cmp(other.text(&texts)))
        });
        for list in &mut self.lists {
            list.entries = 0;
        }
        let mut interner = Interner::default();
        let mut entries: Vec<TextEntry> = Vec::with_capacity(items.len());
        let mut names = 0_u64;
        let mut members: Vec<Member> = Vec::new();
        for group in items.chunk_by(|one, other| one.prefix == other.prefix && one.text(&texts) == other.text(&texts)) {
            let Some(first) = group.first() else { continue };
            gather(group, &places, &mut members);
            self.count(&members);
            let is_url = first.text(&texts).contains('/');
            if !is_url && members.iter().any(|member| member.includes(true)) {
                names += 1;
            }
            let set = interner.intern(&members, &self.lists);
            entries.push(TextEntry { offset: first.offset, length: first.length, set });
        }
        drop(items);
        entries.shrink_to_fit();

        let fingerprints = Fingerprints::new(self.seed);
        let prints = entries.iter().map(|entry| (fingerprint(fingerprints, entry.text(&texts)), entry.set));
        let table = NamesTable::build(&prints, |one, other| interner.merge(one, other, &self.lists));
        if interner.overflowed {
            self.problems.push(Problem::warning(
                "Names lie in too many different mixtures of lists; for some, only one list of each category is named, and that list's exceptions are not heeded.",
            ).suggest("Remove lists that overlap. Nothing goes unblocked by this."));
        }
        let sets = interner.into_sets(&self.lists);
        let expressions = self.compile_expressions(&places);
        self.sealed.sort_by(|one, other| (&one.tier, &one.feed_version).cmp(&(&other.tier, &other.feed_version)));

        let ids = self.lists.iter().map(|list| list.id.clone()).collect();
        let mut text = ContentText::new(texts, entries, &sets, ids);
        let hash = content_hash(&self.lists, &text, &expressions, &self.sealed);
        text.set_content_hash(hash);
        let content = Content {
            lists: self.lists,
            seed: self.seed,
            fingerprints,
            table,
            sets,
            expressions,
            sealed: self.sealed,
            most_pieces: u32::try_from(self.most_pieces).unwrap_or(u32::MAX),
            names,
            hash,
        };
        Compiled { content, text, problems: self.problems }
    }

    /// Sorts the lists by id and category. Gives, for each list by its order of arrival, its place now.
    fn order_lists(&mut self) -> Vec<u16> {
        let mut order: Vec<usize> = (0..self.lists.len()).collect();
        let key = |index: &usize| self.lists.get(*index).map(|list| (list.id.clone(), list.category));
        order.sort_by_cached_key(key);
        let mut places = vec![0_u16; order.len()];
        for (place, before) in order.iter().enumerate() {
            if let Some(slot) = places.get_mut(*before) {
                *slot = u16::try_from(place).unwrap_or(u16::MAX);
            }
        }
        self.lists.sort_by(|one, other| (&one.id, one.category).cmp(&(&other.id, other.category)));
        places
    }

    /// Counts a name's or URL entry's members to their lists.
    fn count(&mut self, members: &[Member]) {
        let mut before = None;
        for member in members.iter().filter(|member| member.includes(true)) {
            if before != Some(member.list())
                && let Some(list) = self.lists.get_mut(usize::from(member.list()))
            {
                list.entries += 1;
            }
            before = Some(member.list());
        }
    }

    fn compile_expressions(&mut self, places: &[u16]) -> Expressions {
        let mut entries = std::mem::take(&mut self.expressions);
        for entry in &mut entries {
            entry.list = place_of(places, entry.list);
        }
        let (expressions, faulty) = Expressions::new(entries);
        for entry in expressions.entries() {
            if let Some(list) = self.lists.get_mut(usize::from(entry.list)) {
                list.entries += 1;
            }
        }
        for entry in faulty {
            let file = self.lists.get(usize::from(entry.list)).map_or("", |facts| &facts.id);
            let pattern = &entry.expression.pattern;
            let message = format!("The expression “{pattern}” cannot be used and is left out.");
            self.problems.push(Problem::warning(message).in_file(file));
        }
        expressions
    }
}

impl Item {
    fn text(self, texts: &str) -> &str {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX);
        texts.get(start..start.saturating_add(usize::from(self.length))).unwrap_or_default()
    }
}

/// The first eight bytes of a text, so that numbers sort as texts do.
fn prefix(text: &str) -> u64 {
    let mut bytes = [0_u8; 8];
    for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
        *slot = byte;
    }
    u64::from_be_bytes(bytes)
}

fn place_of(places: &[u16], list: u16) -> u16 {
    places.get(usize::from(list)).copied().unwrap_or(u16::MAX)
}

/// The members of one text, sorted by list, each once. A list that holds a name and all below it needs no word that
/// it also holds the name alone.
fn gather(group: &[Item], places: &[u16], members: &mut Vec<Member>) {
    members.clear();
    members.extend(group.iter().map(|item| match item.kind {
        Kind::HasUrls => Member::MARK,
        kind => Member::new(place_of(places, item.list), kind),
    }));
    members.sort_unstable_by_key(|member| (member.kind() == Kind::HasUrls, member.list(), member.0));
    members.dedup();
    members.dedup_by(|later, earlier| {
        later.list() == earlier.list()
            && matches!(
                (earlier.kind(), later.kind()),
                (Kind::Within, Kind::Exact) | (Kind::ExceptWithin, Kind::ExceptExact)
            )
    });
}

/// The fingerprint of a name or URL entry.
fn fingerprint(fingerprints: Fingerprints, text: &str) -> u64 {
    match text.find('/').and_then(|slash| text.split_at_checked(slash)) {
        Some((host, path)) => {
            let host = fingerprints.of_host(host);
            addresses::prefixes(fingerprints, host, path).last().map_or(host, |(_, fingerprint)| fingerprint)
        }
        None => fingerprints.of_host(text),
    }
}

/// Covers what lists do to a verdict.
fn content_hash(
    lists: &[ListFacts],
    text: &ContentText,
    expressions: &Expressions,
    sealed: &[SealedTier],
) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut put = |bytes: &[u8]| {
        hasher.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(bytes);
    };
    put(b"holdfast content 1");
    for list in lists {
        put(list.id.as_bytes());
        put(list.category.code().as_bytes());
    }
    put(text.body_hash().as_bytes());
    for entry in expressions.entries() {
        put(&entry.list.to_le_bytes());
        put(&[entry.expression.target as u8]);
        put(entry.expression.pattern.as_bytes());
    }
    for tier in sealed {
        put(tier.tier.as_bytes());
        put(tier.feed_version.as_bytes());
        put(&tier.key);
        tier.entries.iter().for_each(|entry| put(&entry.to_le_bytes()));
    }
    hasher.finalize()
}

/// Numbers membership sets. Sixteen bits number 65,536 of them; should there be more, names keep their categories
/// first, then their blocking.
#[derive(Debug, Default)]
struct Interner {
    numbers: HashMap<Box<[Member]>, u16>,
    sets: Vec<Box<[Member]>>,
    /// The last set: the union of all that found no room.
    rest: BTreeSet<Member>,
    overflowed: bool,
}

impl Interner {
    /// Up to this number sets are kept as they are; above, with one list of each category only.
    const FULL: usize = 48 * 1_024;
    /// The number of the set that takes what finds no room.
    const REST: u16 = u16::MAX;

    fn intern(&mut self, members: &[Member], lists: &[ListFacts]) -> u16 {
        if let Some(number) = self.numbers.get(members) {
            return *number;
        }
        if self.sets.len() < Self::FULL {
            return self.add(members);
        }
        self.overflowed = true;
        let reduced = reduce(members, lists);
        if let Some(number) = self.numbers.get(reduced.as_slice()) {
            return *number;
        }
        if self.sets.len() < usize::from(Self::REST) {
            return self.add(&reduced);
        }
        self.rest.extend(reduced);
        Self::REST
    }

    fn add(&mut self, members: &[Member]) -> u16 {
        let number = u16::try_from(self.sets.len()).unwrap_or(Self::REST);
        self.sets.push(members.into());
        self.numbers.insert(members.into(), number);
        number
    }

    /// The union of two sets, for two texts with one fingerprint. Exceptions of one must not free the other.
    fn merge(&mut self, one: u16, other: u16, lists: &[ListFacts]) -> u16 {
        let both = [one, other].map(|number| self.sets.get(usize::from(number)).cloned().unwrap_or_default());
        let union: BTreeSet<Member> = both.iter().flatten().copied().filter(|member| !member.excepts(true)).collect();
        if one == Self::REST || other == Self::REST {
            self.rest.extend(union);
            return Self::REST;
        }
        let members: Vec<Member> = union.into_iter().collect();
        self.intern(&members, lists)
    }

    fn into_sets(self, lists: &[ListFacts]) -> Sets {
        let mut sets = Sets::default();
        for members in &self.sets {
            sets.push(members, lists);
        }
        if !self.rest.is_empty() {
            let rest: Vec<Member> = self.rest.into_iter().collect();
            sets.push(&rest, lists);
        }
        sets.sets.shrink_to_fit();
        sets.members.shrink_to_fit();
        sets
    }
}

/// One list of each category and kind, and no exceptions.
fn reduce(members: &[Member], lists: &[ListFacts]) -> Vec<Member> {
    let mut seen: Vec<(Option<Category>, Kind)> = Vec::new();
    let mut reduced = Vec::new();
    for member in members.iter().filter(|member| !member.excepts(true)) {
        let of = (lists.get(usize::from(member.list())).map(|list| list.category), member.kind());
        if member.kind() == Kind::HasUrls || !seen.contains(&of) {
            seen.push(of);
            reduced.push(*member);
        }
    }
    reduced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{category::Labels, host::Host, request::Request};

    /// 40 lists of two categories; every name lies in another mixture of them, more than can be numbered.
    #[test]
    fn too_many_mixtures_lose_no_blocking() {
        let mut builder = ContentBuilder::new(1);
        let name = |number: u32| format!("n{number}.test");
        for bit in 0..20_u32 {
            for (category, turn) in [(Category::Gambling, 0), (Category::Video, 1)] {
                let scope = if bit < 10 { Scope::Within } else { Scope::Exact };
                let held = (0..140_000).filter(|number| (number >> bit) & 1 == turn);
                let names = held.map(|number| NameEntry { name: name(number).into(), scope }).collect();
                let facts = ListFacts {
                    id: format!("{turn}-{bit}").into(),
                    title: String::new(),
                    category,
                    source: String::new(),
                    licence: String::new(),
                    fetched: None,
                    entries: 0,
                };
                builder.add(facts, Entries { names, ..Entries::default() });
            }
        }
        let Compiled { content, problems, .. } = builder.finish();
        assert_eq!(problems.len(), 1);
        for number in (1..140_000).step_by(7) {
            let host = Host::parse(&name(number)).expect("a good name");
            let both: Labels = [Category::Gambling, Category::Video].into_iter().collect();
            assert_eq!(content.labels(&Request::name_only(&host)), both, "{host}");
        }
    }

    #[test]
    fn when_nothing_more_can_be_numbered_names_are_still_blocked() {
        let lists: Vec<ListFacts> = Vec::new();
        let mut interner = Interner::default();
        for list in 0..u16::MAX {
            let number = interner.add(&[Member::new(list, Kind::Exact)]);
            assert_eq!(number, list);
        }
        let members = [Member::new(3, Kind::Within)];
        assert_eq!(interner.intern(&members, &lists), Interner::REST);
        assert!(interner.overflowed);
        let sets = interner.into_sets(&lists);
        let rest = sets.get(Interner::REST).expect("the last set");
        assert_eq!(sets.members(rest), members);
    }

    #[test]
    fn merged_sets_keep_all_blocking_and_no_exception() {
        let mut interner = Interner::default();
        let one = interner.add(&[Member::new(0, Kind::Within), Member::new(1, Kind::ExceptWithin)]);
        let other = interner.add(&[Member::new(1, Kind::Exact), Member::MARK]);
        let merged = interner.merge(one, other, &[]);
        let sets = interner.into_sets(&[]);
        let members = sets.members(sets.get(merged).expect("the merged set"));
        assert_eq!(members, [Member::new(0, Kind::Within), Member::new(1, Kind::Exact), Member::MARK]);
    }
}
