//! The compiled lists against a walk over plain maps, and what is saved and read back.

use holdfast_core::{
    address::Address,
    category::{Category, Labels},
    host::Host,
    lists::{Entries, Expression, NameEntry, Scope, Target},
    request::Request,
    ruleset::{
        content::{Compiled, Content, ContentBuilder, ContentFault, ContentText, EntryRef, ListFacts, TextFile},
        sealed::SealedTier,
    },
};
use proptest::prelude::*;
use std::io::Cursor;

fn facts(id: &str, category: Category) -> ListFacts {
    ListFacts {
        id: id.into(),
        title: format!("The list {id}"),
        category,
        source: "made up".to_owned(),
        licence: "none".to_owned(),
        fetched: Some("2026-05-01".to_owned()),
        entries: 0,
    }
}

fn name(name: &str, scope: Scope) -> NameEntry {
    NameEntry { name: name.into(), scope }
}

fn within(names: &[&str]) -> Vec<NameEntry> {
    names.iter().map(|text| name(text, Scope::Within)).collect()
}

fn expression(target: Target, pattern: &str) -> Expression {
    Expression { target, pattern: pattern.to_owned() }
}

/// A little of everything.
fn sample_lists() -> Vec<(ListFacts, Entries)> {
    let gambling = Entries {
        names: within(&["casino.example", "tables.casino.example", "198.51.100.7", "2001:db8::7"]),
        exceptions: vec![name("help.casino.example", Scope::Within), name("exact.casino.example", Scope::Exact)],
        urls: vec!["club.example/bets".into(), "club.example/play?game=dice".into(), "all.example/".into()],
        expressions: vec![expression(Target::Host, r"^slots\d*\."), expression(Target::Address, "jackpot")],
        ..Entries::default()
    };
    let video = Entries {
        names: vec![name("casino.example", Scope::Exact), name("films.example", Scope::Exact)],
        exceptions: vec![name("clips.example", Scope::Within)],
        urls: vec!["clips.example/watch".into()],
        expressions: vec![expression(Target::Host, "clips")],
        ..Entries::default()
    };
    let other = Entries { names: within(&["help.casino.example"]), ..Entries::default() };
    vec![
        (facts("gambling-a", Category::Gambling), gambling),
        (facts("video", Category::Video), video),
        (facts("health", Category::Health), other),
        (facts("empty", Category::Hatred), Entries::default()),
    ]
}

fn compile(seed: u64, lists: Vec<(ListFacts, Entries)>) -> Compiled {
    let mut builder = ContentBuilder::new(seed);
    for (facts, entries) in lists {
        builder.add(facts, entries);
    }
    let lines = ["sealed-host.test", "sealed-page.test/one/two"];
    builder.add_sealed(SealedTier::build("terrorism", "feed-9", [3; 32], lines.into_iter()).0);
    builder.finish()
}

fn sample() -> Compiled {
    compile(11, sample_lists())
}

fn codes(labels: Labels) -> Vec<&'static str> {
    labels.categories().map(Category::code).collect()
}

/// The categories of a host, or of a whole address where there is a scheme.
fn labels(content: &Content, text: &str) -> Vec<&'static str> {
    if text.contains("://") {
        let address = Address::parse(text).expect("a good address");
        codes(content.labels(&Request::whole(&address)))
    } else {
        let host = Host::parse(text).expect("a good host");
        codes(content.labels(&Request::name_only(&host)))
    }
}

#[test]
fn names_addresses_and_expressions_label_what_they_should() {
    let content = sample().content;
    for (text, expected) in [
        ("casino.example", &["gambling", "video"][..]),
        ("www.casino.example", &["gambling"]),
        ("xcasino.example", &[]),
        ("example", &[]),
        ("help.casino.example", &["health"]),
        ("chat.help.casino.example", &["health"]),
        ("exact.casino.example", &[]),
        ("below.exact.casino.example", &["gambling"]),
        ("films.example", &["video"]),
        ("www.films.example", &[]),
        ("198.51.100.7", &["gambling"]),
        ("0306.0063.0144.7", &["gambling"]),
        ("[::ffff:198.51.100.7]", &["gambling"]),
        ("[2001:DB8:0::7]", &["gambling"]),
        ("100.7", &[]),
        ("all.example", &["gambling"]),
        ("slots7.test", &["gambling"]),
        ("myslots7.test", &[]),
        ("club.example", &[]),
        ("http://club.example/", &[]),
        ("http://club.example/bets", &["gambling"]),
        ("http://club.example/bets/", &["gambling"]),
        ("https://www.club.example/x/..//b%65ts/today?a", &["gambling"]),
        ("http://club.example/bets?today", &["gambling"]),
        ("http://club.example/bets2", &[]),
        ("http://club.example/Bets", &[]),
        ("http://club.example/play?game=dice", &["gambling"]),
        ("http://club.example/play?game=dice&stake=2", &["gambling"]),
        ("http://club.example/play?game=dice2", &[]),
        ("http://club.example/play?x=1&game=dice", &[]),
        ("http://river.test/the/JackPot", &["gambling"]),
        ("http://jackpot.test/", &["gambling"]),
        ("jackpot.test", &[]),
        ("clips.test", &["video"]),
        ("clips.example", &[]),
        ("http://a.clips.example/watch", &[]),
    ] {
        assert_eq!(labels(&content, text), expected, "{text}");
    }
}

#[test]
fn the_counts_and_the_loaded_categories_are_right() {
    let content = sample().content;
    let counted: Vec<_> = content.lists().iter().map(|list| (list.id.to_string(), list.entries)).collect();
    let expected = [("empty", 0), ("gambling-a", 9), ("health", 1), ("video", 4)];
    assert_eq!(counted, expected.map(|(id, count)| (id.to_owned(), count)));
    assert!(content.loaded(Category::Gambling) && content.loaded(Category::Video));
    assert!(!content.loaded(Category::Hatred), "a list without an entry is no list");
    assert!(!content.loaded(Category::Pornography));
    assert_eq!(content.names(), 7);
    assert!(content.bytes() > 0);
    assert!(!Content::default().loaded(Category::Gambling));
    assert_eq!(labels(&Content::default(), "casino.example"), Vec::<&str>::new());
}

#[test]
fn evidence_names_the_most_specific_entry_and_its_list() {
    let Compiled { content, text, .. } = sample();
    let mut written = Vec::new();
    text.write(&mut written).expect("writing to memory");
    let mut file = TextFile::open(Cursor::new(written)).expect("a good file");
    for (text, category, list, entry) in [
        ("http://a.tables.casino.example/x", Category::Gambling, "gambling-a", "tables.casino.example"),
        ("http://casino.example/", Category::Video, "video", "casino.example"),
        ("http://www.club.example/bets/7", Category::Gambling, "gambling-a", "club.example/bets"),
        ("http://club.example/play?game=dice;x", Category::Gambling, "gambling-a", "club.example/play?game=dice"),
        ("http://198.51.100.7:8080/", Category::Gambling, "gambling-a", "198.51.100.7"),
    ] {
        let address = Address::parse(text).expect("a good address");
        let request = Request::whole(&address);
        let evidence = content.evidence(&request, category).expect("evidence");
        assert_eq!(&*content.lists()[usize::from(evidence.list)].id, list, "{text}");
        assert_eq!(content.entry_text(&request, evidence.entry), entry, "{text}");
        assert!(file.lists_holding(entry).expect("readable").contains(&list.to_owned()), "{entry}");
    }
    let host = Host::parse("slots1.test").expect("a good host");
    let request = Request::name_only(&host);
    let evidence = content.evidence(&request, Category::Gambling).expect("evidence");
    assert!(matches!(evidence.entry, EntryRef::Expression(_)));
    assert_eq!(content.entry_text(&request, evidence.entry), r"^slots\d*\.");
    assert_eq!(content.evidence(&request, Category::Video), None);
}

#[test]
fn the_text_file_tells_what_is_truly_listed() {
    let Compiled { content, text, .. } = sample();
    let mut written = Vec::new();
    text.write(&mut written).expect("writing to memory");
    let mut file = TextFile::open(Cursor::new(&written)).expect("a good file");
    assert_eq!(file.content_hash(), content.hash().to_hex().as_str());
    for (entry, lists) in [
        ("casino.example", &["gambling-a", "video"][..]),
        ("club.example/bets", &["gambling-a"]),
        ("help.casino.example", &["health"]),
        ("club.example", &[]),
        ("clips.example", &[]),
        ("casino", &[]),
        ("a", &[]),
        ("zzz", &[]),
        ("", &[]),
    ] {
        assert_eq!(file.lists_holding(entry).expect("readable"), lists, "{entry}");
    }
    let other = TextFile::open(Cursor::new(b"something else\n")).expect_err("no such file");
    assert!(matches!(other, ContentFault::Version(_)), "{other}");
}

#[test]
fn the_content_hash_is_the_same_in_any_order_and_with_any_seed() {
    let hash = sample().content.hash();
    let mut reversed = sample_lists();
    reversed.reverse();
    for (facts, entries) in &mut reversed {
        entries.names.reverse();
        entries.urls.reverse();
        entries.expressions.reverse();
        entries.names.extend(entries.names.clone());
        facts.title = "Another title".to_owned();
        facts.fetched = None;
    }
    assert_eq!(compile(12, reversed).content.hash(), hash);
    let mut changed = sample_lists();
    changed[0].1.names[0].scope = Scope::Exact;
    assert_ne!(compile(11, changed).content.hash(), hash);
    let mut other_category = sample_lists();
    other_category[0].0.category = Category::Sport;
    assert_ne!(compile(11, other_category).content.hash(), hash);
}

fn written(content: &Content) -> Vec<u8> {
    let mut bytes = Vec::new();
    content.write(&mut bytes).expect("writing to memory");
    bytes
}

#[test]
fn what_is_written_is_read_back() {
    let content = sample().content;
    let bytes = written(&content);
    let read = Content::read(&mut bytes.as_slice()).expect("a good file");
    assert_eq!(read.hash(), content.hash());
    assert_eq!(read.lists(), content.lists());
    assert_eq!(read.names(), content.names());
    assert_eq!(written(&read), bytes);
    for text in ["www.casino.example", "slots1.test", "http://club.example/bets", "exact.casino.example"] {
        assert_eq!(labels(&read, text), labels(&content, text), "{text}");
    }
    let address = Address::parse("http://sealed-page.test/one/two/three").expect("a good address");
    let hit = read.sealed(&Request::whole(&address)).expect("a sealed hit");
    assert_eq!((&*hit.tier, &*hit.feed_version), ("terrorism", "feed-9"));
    assert_eq!(read.sealed(&Request::name_only(address.host())), None);
}

#[test]
fn every_flipped_bit_and_every_missing_byte_is_found() {
    let bytes = written(&sample().content);
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 1 << (position % 8);
        assert!(Content::read(&mut changed.as_slice()).is_err(), "byte {position}");
        let fault = Content::read(&mut &bytes[..position]).expect_err("cut short");
        assert!(matches!(fault, ContentFault::Damaged(_) | ContentFault::Version(_)), "{fault}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Content::read(&mut longer.as_slice()).is_err());
}

#[test]
fn another_version_is_named() {
    let mut bytes = written(&sample().content);
    bytes[16] = 99;
    let fault = Content::read(&mut bytes.as_slice()).expect_err("another version");
    assert!(fault.to_string().contains("version 99"), "{fault}");
}

#[test]
fn neither_file_holds_the_text_of_a_sealed_entry() {
    let Compiled { content, text, .. } = sample();
    let mut bytes = written(&content);
    text.write(&mut bytes).expect("writing to memory");
    for secret in ["sealed-host", "sealed-page", "one/two", "tsoh-delaes"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    let shown = format!("{content:?} {:?} {text:?}", content.sealed_tiers());
    assert!(!shown.contains("sealed-"), "{shown}");
    let host = Host::parse("www.sealed-host.test").expect("a good host");
    assert!(content.sealed(&Request::name_only(&host)).is_some());
}

#[test]
fn what_cannot_be_used_is_a_problem_with_its_list() {
    let entries = Entries {
        urls: vec![format!("long.example/{}", "a".repeat(20_000)).into(), "good.example/a".into()],
        expressions: vec![expression(Target::Host, "(")],
        ..Entries::default()
    };
    let Compiled { content, problems, .. } = compile(1, vec![(facts("one", Category::Sport), entries)]);
    assert_eq!(problems.len(), 2);
    assert!(problems.iter().all(|problem| problem.file == "one"), "{problems:?}");
    assert_eq!(labels(&content, "http://good.example/a"), ["sport"]);
}

/// A few names that often meet: suffixes of one another, and look-alikes.
fn some_name() -> impl Strategy<Value = String> {
    let label = prop::sample::select(vec!["a", "b", "ab", "c-1", "www", "a-label-of-some-length"]);
    prop::collection::vec(label, 1..4).prop_map(|labels| labels.join("."))
}

#[derive(Debug, Clone)]
struct NaiveList {
    category: Category,
    names: Vec<(String, Scope)>,
    exceptions: Vec<(String, Scope)>,
    urls: Vec<(String, String)>,
}

fn some_list() -> impl Strategy<Value = NaiveList> {
    let scope = prop::sample::select(vec![Scope::Exact, Scope::Within]);
    let names = prop::collection::vec((some_name(), scope.clone()), 0..8);
    let exceptions = prop::collection::vec((some_name(), scope), 0..2);
    let path = prop::sample::select(vec!["/a", "/a/b", "/b", "/a?x=1", "/a/b?x=1&y=2"]);
    let urls = prop::collection::vec((some_name(), path.prop_map(str::to_owned)), 0..4);
    let category = prop::sample::select(Category::ALL.to_vec());
    (category, names, exceptions, urls).prop_map(|(category, names, exceptions, urls)| NaiveList {
        category,
        names,
        exceptions,
        urls,
    })
}

impl NaiveList {
    fn entries(&self) -> Entries {
        let entries = |names: &[(String, Scope)]| names.iter().map(|(text, scope)| name(text, *scope)).collect();
        Entries {
            names: entries(&self.names),
            exceptions: entries(&self.exceptions),
            urls: self.urls.iter().map(|(host, path)| format!("{host}{path}").into()).collect(),
            ..Entries::default()
        }
    }

    fn holds(&self, host: &str, path: Option<&str>) -> bool {
        let below = |name: &str| host == name || host.ends_with(&format!(".{name}"));
        let named = |names: &[(String, Scope)]| {
            names.iter().any(|(name, scope)| if *scope == Scope::Exact { host == name } else { below(name) })
        };
        let continues = |path: &str, prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| {
                let marks: &[char] = if prefix.contains('?') { &['&', ';'] } else { &['/', '?'] };
                rest.is_empty() || rest.starts_with(marks)
            })
        };
        let by_url =
            path.is_some_and(|path| self.urls.iter().any(|(host, prefix)| below(host) && continues(path, prefix)));
        (named(&self.names) || by_url) && !named(&self.exceptions)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compiled_equals_naive(
        lists in prop::collection::vec(some_list(), 0..6),
        hosts in prop::collection::vec(some_name(), 1..10),
        path in prop::sample::select(vec!["/", "/a", "/a/", "/ab", "/a/b/c", "/a?x=1", "/a?x=1&z", "/a?x=12", "/a/b?x=1&y=2;z=/a"]),
        seed in any::<u64>(),
    ) {
        let mut builder = ContentBuilder::new(seed);
        for (number, list) in lists.iter().enumerate() {
            builder.add(facts(&format!("list-{number}"), list.category), list.entries());
        }
        let Compiled { content, text, problems } = builder.finish();
        prop_assert!(problems.is_empty());
        let read = Content::read(&mut written(&content).as_slice()).expect("a good file");
        for host in &hosts {
            let address = Address::parse(&format!("http://{host}{path}")).expect("a good address");
            for request in [Request::name_only(address.host()), Request::whole(&address)] {
                let path = request.address.map(|_| path);
                let expected: Labels =
                    lists.iter().filter(|list| list.holds(host, path)).map(|list| list.category).collect();
                prop_assert_eq!(content.labels(&request), expected, "{} {:?}", host, path);
                prop_assert_eq!(read.labels(&request), expected);
                check_evidence(&content, &text, &lists, &request, expected)?;
            }
        }
    }
}

/// Evidence is there exactly where the category is, names a list that holds the request, and an entry truly in it.
fn check_evidence(
    content: &Content,
    text: &ContentText,
    lists: &[NaiveList],
    request: &Request<'_>,
    expected: Labels,
) -> Result<(), TestCaseError> {
    let mut bytes = Vec::new();
    text.write(&mut bytes).expect("writing to memory");
    let mut file = TextFile::open(Cursor::new(bytes)).expect("a good file");
    for category in Category::ALL {
        let evidence = content.evidence(request, category);
        prop_assert_eq!(evidence.is_some(), !expected.and(Labels::of(category)).is_empty());
        let Some(evidence) = evidence else { continue };
        let id = content.lists()[usize::from(evidence.list)].id.to_string();
        let number: usize = id.trim_start_matches("list-").parse().expect("our own ids");
        let path = request.address.map(Address::canonical_path);
        prop_assert!(lists[number].category == category && lists[number].holds(request.host.as_str(), path));
        let entry = content.entry_text(request, evidence.entry);
        prop_assert!(file.lists_holding(&entry).expect("readable").contains(&id), "{} in {}", entry, id);
    }
    Ok(())
}
