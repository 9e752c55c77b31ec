//! Whole addresses against the vectors that browsers are held to, and the canonical form of paths.

use holdfast_core::{
    address::{Address, Scheme, canonical_path},
    host::Host,
};
use proptest::prelude::*;
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write as _};

const URLS: &str = include_str!("data/hosts/urltestdata.json");
const KNOWN: &str = include_str!("data/hosts/known-address-differences.tsv");

/// The reviewed table: input and base, then what the vectors want, what we say, and why that is right.
fn known() -> BTreeMap<(String, String), (String, String)> {
    KNOWN
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [input, base, wanted, ours, reason] = fields[..] else { panic!("five fields: {line}") };
            assert!(!reason.is_empty(), "no reason: {line}");
            ((input.to_owned(), base.to_owned()), (wanted.to_owned(), ours.to_owned()))
        })
        .collect()
}

/// Host, port where it is not the scheme's own, and path with query; IPv6 without brackets.
fn ours(input: &str, base: Option<&str>) -> String {
    let joined = match base {
        Some(base) => url::Url::parse(base).and_then(|base| base.join(input)).map(String::from),
        None => Ok(input.to_owned()),
    };
    match joined.ok().and_then(|text| Address::parse(&text).ok()) {
        Some(address) => {
            let port = Some(address.port()).filter(|port| *port != address.scheme().default_port());
            let port = port.map_or_else(String::new, |port| port.to_string());
            format!("{} {port} {}", address.host(), address.path_and_query())
        }
        None => "refused".to_owned(),
    }
}

fn wanted(vector: &Value) -> String {
    let field = |name: &str| vector[name].as_str().unwrap_or_default();
    if vector["failure"].as_bool() == Some(true) || !["http:", "https:", "ws:", "wss:"].contains(&field("protocol")) {
        return "refused".to_owned();
    }
    let host = field("hostname").trim_start_matches('[').trim_end_matches(']');
    format!("{host} {} {}{}", field("port"), field("pathname"), field("search"))
}

#[test]
fn web_platform_vectors_for_addresses() {
    let vectors: Vec<Value> = serde_json::from_str(URLS).expect("vectors in JSON");
    let mut known = known();
    let mut count = 0;
    let mut surprises = String::new();
    for vector in vectors.iter().filter(|vector| vector.is_object()) {
        let input = vector["input"].as_str().expect("an input");
        let base = vector["base"].as_str();
        let (wanted, ours) = (wanted(vector), ours(input, base));
        // An empty query mark is kept, as it was sent; the vectors' `search` cannot tell it from none.
        let is_same = ours == wanted || ours.strip_suffix('?') == Some(&wanted);
        let key = (input.escape_default().to_string(), base.unwrap_or("-").escape_default().to_string());
        let pinned = known.remove(&key);
        if !is_same && pinned.as_ref() != Some(&(wanted.clone(), ours.clone())) {
            writeln!(surprises, "{}\t{}\t{wanted}\t{ours}", key.0, key.1).expect("writing to memory");
        } else if is_same && pinned.is_some() {
            writeln!(surprises, "no longer a difference: {} {}", key.0, key.1).expect("writing to memory");
        }
        count += 1;
    }
    assert!(surprises.is_empty(), "\n{surprises}");
    assert!(known.is_empty(), "in the table, but not in the vectors: {known:?}");
    assert!(count > 800, "only {count} vectors");
}

#[test]
fn paths_become_canonical() {
    for (path, canonical) in [
        ("/", "/"),
        ("", "/"),
        ("?x", "/?x"),
        ("a", "/a"),
        ("/a/./b//c/../d", "/a/b/d"),
        ("/../../a/..", "/"),
        ("/a/b/.", "/a/b/"),
        ("/a/b/..", "/a/"),
        ("/.a/..b/c.", "/.a/..b/c."),
        ("/a?b//c/../d", "/a?b//c/../d"),
        ("/a#b?c", "/a"),
        ("/a?b#c", "/a?b"),
        ("/%61%2Fb/%2e%2E/c", "/a/c"),
        ("/%25%32%35", "/%25"),
        ("/%25%32%35%25%32%35", "/%25%25"),
        ("/%2541%", "/A%25"),
        ("/%%34%31", "/A"),
        ("/a\tb\r\n", "/ab"),
        ("/a b\u{7f}é", "/a%20b%7F%C3%A9"),
        ("/a%20b%c3%a9", "/a%20b%C3%A9"),
        ("/a%23b%00", "/a%23b%00"),
        ("/a?x=%26&y=%3d", "/a?x=&&y=="),
    ] {
        assert_eq!(canonical_path(path), canonical, "{path}");
        let host = Host::parse("river.example").expect("a good host");
        let address = Address::from_parts(Scheme::Http, host, 80, path);
        assert_eq!(address.canonical_path(), canonical, "{path}");
        assert_eq!(address.canonical_text(), format!("river.example{canonical}"));
        assert!(address.path_and_query().ends_with(path) && address.path_and_query().starts_with('/'));
    }
}

#[test]
fn an_address_is_shown_as_it_was_given() {
    for text in ["http://river.example/a%20b?x=1", "https://[2001:db8::1]:8443/", "http://192.0.2.1:81/?"] {
        assert_eq!(Address::parse(text).expect("a good address").to_string(), text);
    }
    let shouted = Address::parse("HTTPS://User:Secret@RIVER.example.:443/A#b").expect("a good address");
    assert_eq!(shouted.to_string(), "https://river.example/A");
}

#[test]
fn other_schemes_and_bad_hosts_are_refused_in_plain_words() {
    for text in [
        "ftp://a.example/",
        "mailto:a@b.example",
        "data:,x",
        "a.example",
        "http://",
        "http://a..b/",
        "http://1.2.3.256/",
    ] {
        let fault = Address::parse(text).expect_err(text).to_string();
        assert!(fault.ends_with('.'), "{fault}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_canonical_path_is_its_own_canonical_form(path in "[/a.%25?#2eEfF \\t&é;]{0,24}") {
        let canonical = canonical_path(&path);
        prop_assert_eq!(&canonical_path(&canonical), &canonical, "{}", path);
        prop_assert!(canonical.starts_with('/') && canonical.is_ascii());
    }

    /// Escaping any byte, once or twice, is no way round an entry.
    #[test]
    fn escaping_changes_nothing(path in "(/[a-z]{1,4}){1,4}", position in 1_usize..8, twice in any::<bool>()) {
        let position = position.min(path.len() - 1);
        let byte = path.as_bytes()[position];
        let escape = if twice { format!("%25{byte:02x}") } else { format!("%{byte:02X}") };
        let escaped = format!("{}{escape}{}", &path[..position], &path[position + 1..]);
        prop_assert_eq!(canonical_path(&escaped), path);
    }

    #[test]
    fn an_address_reads_back_as_itself(path in "/[ -~]{0,20}") {
        if let Ok(address) = Address::parse(&format!("http://river.example{path}")) {
            prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
        }
    }
}
