//! Hosts against the vectors that browsers are held to, with every known difference pinned in a reviewed table.

mod skipped;

use holdfast_core::host::Host;
use proptest::prelude::*;
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write as _, net::IpAddr};

const TO_ASCII: &str = include_str!("data/hosts/toascii.json");
const PUBLIC_SUFFIX: &str = include_str!("data/hosts/public-suffix-vectors.txt");
const KNOWN: &str = include_str!("data/hosts/known-host-differences.tsv");

/// The reviewed table: suite and input, then what the vectors want, what we say, and why that is right.
fn known() -> BTreeMap<(String, String), (String, String)> {
    KNOWN
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [suite, input, wanted, ours, reason] = fields[..] else { panic!("five fields: {line}") };
            assert!(!reason.is_empty(), "no reason: {line}");
            ((suite.to_owned(), input.to_owned()), (wanted.to_owned(), ours.to_owned()))
        })
        .collect()
}

fn ours(input: &str) -> String {
    Host::parse(input).map_or_else(|_| "refused".to_owned(), |host| host.as_str().to_owned())
}

/// Runs one file of vectors: each that differs must be in the table, and no other.
fn run(suite: &str, vectors: &str) {
    let vectors: Vec<Value> = serde_json::from_str(vectors).expect("vectors in JSON");
    let mut known = known().into_iter().filter(|((of, _), _)| of == suite).collect::<BTreeMap<_, _>>();
    let mut count = 0;
    let mut surprises = String::new();
    for vector in vectors.iter().filter(|vector| vector.is_object()) {
        let input = vector["input"].as_str().expect("an input");
        let wanted = vector["output"].as_str().filter(|output| !output.is_empty()).unwrap_or("refused");
        let ours = ours(input);
        count += 1;
        let key = (suite.to_owned(), input.escape_default().to_string());
        let pinned = known.remove(&key);
        if ours != wanted && pinned != Some((wanted.to_owned(), ours.clone())) {
            writeln!(surprises, "{suite}\t{}\t{wanted}\t{ours}", key.1).expect("writing to memory");
        } else if ours == wanted && pinned.is_some() {
            writeln!(surprises, "no longer a difference: {}", key.1).expect("writing to memory");
        }
    }
    assert!(surprises.is_empty(), "\n{surprises}");
    assert!(known.is_empty(), "in the table, but not in the vectors: {known:?}");
    assert!(count > 50, "only {count} vectors");
}

#[test]
fn web_platform_vectors_for_domains() {
    run("toascii", TO_ASCII);
}

/// What the vectors refuse and the url library reads, over which it and they disagree about a code point that is not
/// assigned. No registry sells such a name.
const READ_THOUGH_REFUSED: [&str; 2] =
    ["\u{3e8ac}\u{3002}\u{729}\u{3002}\u{cbd9}5", "\u{3e8ac}\u{3002}\u{729}\u{3002}\u{110d}\u{1173}\u{11ac}5"];

/// The large IDNA file is not shipped; it is run where the builder has it beside the project. Its differences are too
/// many for a table, so each must be of one of two kinds: what DNS cannot ask for, and a label that only looks like
/// punycode, which newer browsers pass on as it is and the url library refuses.
#[test]
fn unicode_vectors_for_domains() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/wpt-url/IdnaTestV2.json");
    let vectors = match std::fs::read_to_string(path) {
        Ok(vectors) => vectors,
        Err(fault) => return crate::skipped::because(format!("no IDNA vectors beside the project ({fault})")),
    };
    // Half of a surrogate pair cannot stand in a Rust text; a replacement character is as little allowed in a name.
    let halves =
        regex::Regex::new(r"(\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w)|\\u[dD][89a-fA-F]\w\w").expect("a good pattern");
    let vectors = halves.replace_all(&vectors, |found: &regex::Captures<'_>| {
        found.get(1).map_or("\\ufffd", |pair| pair.as_str()).to_owned()
    });
    let vectors: Vec<Value> = serde_json::from_str(&vectors).expect("vectors in JSON");
    let mut surprises = String::new();
    let mut counts = [0; 3];
    for vector in vectors.iter().filter(|vector| vector.is_object()) {
        let input = vector["input"].as_str().expect("an input");
        let wanted = vector["output"].as_str().unwrap_or("refused");
        let ours = ours(input);
        let labels = || wanted.strip_suffix('.').unwrap_or(wanted).split('.');
        if ours == wanted.strip_suffix('.').unwrap_or(wanted) {
            counts[0] += 1;
        } else if ours == "refused"
            && (wanted.len() > 253 || labels().any(|label| label.is_empty() || label.len() > 63))
        {
            counts[1] += 1;
        } else if ours == "refused" && labels().any(|label| label.starts_with("xn--")) {
            counts[2] += 1;
        } else if !READ_THOUGH_REFUSED.contains(&input) {
            writeln!(surprises, "{}\t{wanted}\t{ours}", input.escape_default()).expect("writing to memory");
        }
    }
    println!("{} agree, {} cannot be asked of DNS, {} only look like punycode", counts[0], counts[1], counts[2]);
    assert!(surprises.is_empty(), "\n{surprises}");
}

#[test]
fn public_suffix_vectors() {
    let mut count = 0;
    for line in PUBLIC_SUFFIX.lines().filter(|line| !line.starts_with("//") && !line.is_empty()) {
        let (input, wanted) = line.split_once(' ').expect("two words");
        let wanted = Some(wanted).filter(|wanted| *wanted != "null").map(|wanted| Host::parse(wanted).expect("a host"));
        // A leading dot, and no host at all, are no hosts to us.
        let host = Host::parse(input).ok().filter(|_| input != "null");
        let registrable = host.as_ref().and_then(Host::registrable);
        assert_eq!(registrable, wanted.as_ref().map(Host::as_str), "{input}");
        count += 1;
    }
    assert!(count > 60, "only {count} vectors");
}

#[test]
fn spellings_of_one_host_become_one() {
    for (spellings, canonical) in [
        (&["EXAMPLE.test", "example.test.", "ex%61mple.test", "ｅｘａｍｐｌｅ。test"][..], "example.test"),
        (
            &["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "XN--BCHER-KVA.example"],
            "xn--bcher-kva.example",
        ),
        (
            &[
                "192.0.2.235",
                "0300.0.2.235",
                "0xC0.0x00.0x02.0xEB",
                "3221226219",
                "0xC00002EB",
                "192.0.747",
                "192.0.2.235.",
            ],
            "192.0.2.235",
        ),
        (&["::ffff:192.0.2.235", "[::ffff:c000:2eb]"], "192.0.2.235"),
        (&["[2001:db8:0:0:0:0:0:1]", "2001:DB8::1", "[2001:db8::1]"], "2001:db8::1"),
    ] {
        for spelling in spellings {
            assert_eq!(ours(spelling), canonical, "{spelling}");
        }
    }
}

#[test]
fn what_is_no_host_is_refused_in_plain_words() {
    let long_label = "a".repeat(64);
    let long_name = "abc.".repeat(64) + "test";
    for text in [
        "",
        ".",
        "..",
        "a..b",
        ".a",
        "a..",
        "a b",
        "a/b",
        "a:80",
        "a@b",
        "1.2.3.256",
        "0x.1.2.3.4.5",
        "[::1",
        "fe80::1%1",
        &long_label,
        &long_name,
    ] {
        let fault = Host::parse(text).expect_err(text).to_string();
        assert!(fault.starts_with('“') && fault.ends_with('.'), "{fault}");
    }
}

#[test]
fn an_address_has_no_parents() {
    let host = Host::parse("192.0.2.1").expect("a good host");
    assert_eq!(host.suffixes().collect::<Vec<_>>(), ["192.0.2.1"]);
    assert!(!host.is_within("2.1") && !host.is_within("1") && host.is_within("192.0.2.1"));
    assert_eq!(host.registrable(), None);
}

fn some_host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9-]{1,8}(\\.[a-z0-9-]{1,8}){0,4}\\.?",
        "[A-Za-z0-9._%-]{1,30}",
        "(xn--)?[a-zäßéπ日。．ａ１]{1,6}\\.(xn--[a-z0-9]{1,6}|test)",
        "(0x)?[0-9a-f]{1,9}(\\.(0x|0)?[0-9]{1,3}){0,3}",
        "\\[?[0-9a-f:.]{2,30}\\]?",
        any::<u32>().prop_map(|address| IpAddr::V4(address.into()).to_string()),
        any::<u128>().prop_map(|address| IpAddr::V6(address.into()).to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_parsed_host_parses_to_itself(text in some_host()) {
        if let Ok(host) = Host::parse(&text) {
            let again = Host::parse(host.as_str());
            prop_assert_eq!(again.as_ref(), Ok(&host), "{}", text);
            prop_assert!(host.as_str().is_ascii());
        }
    }

    #[test]
    fn the_short_way_reads_as_the_long_way(text in "[a-z0-9x-]{1,5}(\\.[a-z0-9x-]{1,5}){0,3}") {
        let long = url::Host::parse(&text).ok().map(|host| host.to_string());
        let short = Host::parse(&text).ok().map(|host| host.as_str().to_owned());
        prop_assert_eq!(short, long);
    }

    #[test]
    fn suffixes_and_is_within_agree(text in some_host(), other in some_host()) {
        if let (Ok(host), Ok(other)) = (Host::parse(&text), Host::parse(&other)) {
            for suffix in host.suffixes() {
                prop_assert!(host.is_within(suffix), "{} in {}", host, suffix);
            }
            prop_assert_eq!(host.is_within(other.as_str()), host.suffixes().any(|suffix| suffix == other.as_str()));
            if let Some(registrable) = host.registrable() {
                prop_assert!(host.is_within(registrable));
            }
        }
    }
}
