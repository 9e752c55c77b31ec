//! Every list of the shared data folder, imported, with what it brings counted.
//!
//! Skipped, with a printed reason, where that folder is not beside the project.

#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;

use holdfast_core::{category::Category, lists::Format};
use holdfast_duty::compile::compile;
use holdfast_duty::lists::{Bundle, Limits, Location, Meaning, Outcome, Source, Store, read_bundle};
use jiff::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if path.exists() {
        return Some(path);
    }
    crate::skipped::because(format!("{} is not beside the project", path.display()));
    None
}

fn import(path: &str, format: Option<Format>, meaning: &Meaning) -> Option<Bundle> {
    let path = shared(path)?;
    let bytes = fs::read(&path).expect("the list can be read");
    let start = Instant::now();
    let bundle = read_bundle(&bytes, &path.to_string_lossy(), format, meaning);
    println!("{}: {} entries in {:?}", path.display(), bundle.len(), start.elapsed());
    assert_eq!(bundle.early_end, None);
    Some(bundle)
}

/// Categories, names, addresses, expressions, exceptions, bad lines, other problems.
fn counts(bundle: &Bundle) -> [usize; 7] {
    let sum =
        |count: fn(&holdfast_core::lists::Entries) -> usize| bundle.parts.iter().map(|part| count(&part.entries)).sum();
    [
        bundle.parts.len(),
        sum(|entries| entries.names.len()),
        sum(|entries| entries.urls.len()),
        sum(|entries| entries.expressions.len()),
        sum(|entries| entries.exceptions.len()),
        sum(|entries| entries.problem_count),
        bundle.problems.len(),
    ]
}

fn show_problems(bundle: &Bundle) {
    for part in &bundle.parts {
        for problem in part.entries.problems.iter().take(3) {
            println!("  {}: {problem}", part.name);
        }
    }
    for problem in &bundle.problems {
        println!("  {problem}");
    }
}

fn map(name: &str) -> Meaning {
    Meaning::Map(name.to_owned())
}

#[test]
fn ut1_brings_its_categories() {
    let Some(bundle) = import("ut1/blacklists-20250713-noadult.tar.gz", None, &map("ut1")) else { return };
    show_problems(&bundle);
    // Of the 68 folders our map leaves 5 out; see docs/taxonomy.md.
    assert_eq!(counts(&bundle), [63, 1_010_486, 42_153, 4, 0, 0, 0]);
    let part = |name: &str| bundle.parts.iter().find(|part| part.name == name).expect("the category is there");
    assert_eq!((part("gambling").category, part("gambling").entries.names.len()), (Category::Gambling, 32_131));
    assert!(part("liste_bu").white && part("sexual_education").white && !part("games").white && !part("bank").white);
}

#[test]
fn the_block_list_project_brings_its_lists() {
    let Some(bundle) = import("blocklistproject/blocklistproject-nl-20260720.tar.gz", None, &map("blocklistproject"))
    else {
        return;
    };
    show_problems(&bundle);
    assert_eq!(counts(&bundle), [17, 537_258, 0, 0, 0, 0, 0]);
}

#[test]
fn v2fly_brings_the_services_that_our_map_names() {
    let Some(bundle) = import("v2fly-dlc/domain-list-community-20260819.tar.gz", None, &map("v2fly")) else { return };
    show_problems(&bundle);
    // Two names of the source are no valid international names; a browser refuses them as well.
    assert_eq!(counts(&bundle), [121, 19_872, 0, 162, 0, 2, 0]);
    let youtube = bundle.parts.iter().find(|part| part.name == "youtube").expect("the service is there");
    assert_eq!(youtube.category, Category::Video);
}

#[test]
fn single_lists_are_brought_in_whole() {
    let proxies = Meaning::Category(Category::Anonymisers);
    let lists = [
        ("nextdns-bypass/apple-private-relay", 2, 0),
        ("nextdns-bypass/browsers", 9, 0),
        ("nextdns-bypass/encrypted-dns", 302, 0),
        ("nextdns-bypass/linux", 9, 0),
        ("nextdns-bypass/proxies", 287, 0),
        ("nextdns-bypass/tor", 12, 0),
        ("nextdns-bypass/vpn", 161, 0),
        ("toplists/misp-university_domains.txt", 10_578, 0),
        ("toplists/misp-url-shortener.txt", 255, 0),
        ("toplists/opendns/opendns-random-domains.txt", 10_000, 0),
        ("toplists/opendns/opendns-top-domains.txt", 10_000, 0),
    ];
    let mut found = Vec::new();
    for (path, _, _) in lists {
        let Some(bundle) = import(path, None, &proxies) else { return };
        show_problems(&bundle);
        found.push((path, bundle.len(), bundle.bad_lines()));
    }
    assert_eq!(found, lists);
}

#[test]
fn a_folder_on_disk_is_a_source_too() {
    let Some(path) = shared("nextdns-bypass") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path(), Limits::default());
    let source = Source {
        id: "bypass".to_owned(),
        title: "Ways round a filter".to_owned(),
        location: Location::File(path),
        format: None,
        meaning: map("nextdns"),
        licence: "MIT".to_owned(),
        checksum: None,
        approved: true,
    };
    store.add(&source).expect("added");
    let outcome = store.update("bypass", &[], Timestamp::UNIX_EPOCH, &mut |_| {}).expect("read");
    assert_eq!(outcome, Outcome::Updated { entries: 773, before: None, bad_lines: 0 });
}

#[test]
fn a_school_with_all_of_ut1_compiles_it() {
    let Some(path) = shared("ut1/blacklists-20250713-noadult.tar.gz") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path(), Limits::default());
    let source = Source {
        id: "ut1".to_owned(),
        title: "Toulouse lists".to_owned(),
        location: Location::File(path),
        format: None,
        meaning: map("ut1"),
        licence: "CC BY-SA 4.0".to_owned(),
        checksum: None,
        approved: true,
    };
    store.add(&source).expect("added");
    let start = Instant::now();
    let outcome = store.update("ut1", &[], Timestamp::UNIX_EPOCH, &mut |_| {}).expect("read");
    println!("updated in {:?}", start.elapsed());
    assert_eq!(outcome, Outcome::Updated { entries: 1_052_643, before: None, bad_lines: 0 });
    let start = Instant::now();
    let compiled = compile(folder.path()).expect("compiled");
    println!("{} names compiled and written in {:?}", compiled.names, start.elapsed());
    // Many names stand in several categories; with the starter set there are this many different ones, at least.
    assert!(compiled.names > 530_000, "{}", compiled.names);
    let gambling = compiled.lists.iter().find(|list| &*list.id == "ut1/gambling").expect("the category is in");
    assert_eq!((gambling.category, gambling.title.as_str()), (Category::Gambling, "Toulouse lists: gambling"));
    assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
}
