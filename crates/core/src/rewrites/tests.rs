use super::*;
use crate::{
    policy,
    ruleset::{self, content::Content},
    subject::GroupCode,
};
use proptest::prelude::*;

const POLICY: &str = r#"version = 1
title = "Test"
author = "head"
reason = "Test"
review_by = "2027-07-31"
time_zone = "Europe/London"

[[group]]
code = "oak"
purpose = "Older pupils"
band = "older"
judging = { default = "allow" }

[unknown]
default = "block"

[[help]]
host = "m.youtube.com"
name = "Help"

[[partner]]
host = "images.google.com"
name = "Partner"

[[lifeline]]
code = "bing"
title = "Bing"
hosts = ["edgeservices.bing.com"]
author = "head"
reason = "Test"

[[tenants]]
code = "google"
service = "google"
values = ["school.example"]
author = "head"
reason = "Test"

[[tenants]]
code = "microsoft"
service = "microsoft"
values = ["school.example"]
context = "directory"
author = "head"
reason = "Test"

[[tenants]]
code = "dropbox"
service = "dropbox"
values = ["team"]
author = "head"
reason = "Test"

[[tenants]]
code = "slack"
service = "slack"
values = ["workspace"]
context = "organisation"
author = "head"
reason = "Test"
"#;

fn ruleset() -> Ruleset {
    let source = policy::read("policy.toml", POLICY).unwrap();
    ruleset::compile(source, Arc::new(Content::default()), "policy.toml", POLICY).unwrap().0
}

fn pupil() -> Subject {
    Subject { group: Some(GroupCode::from("oak")), ..Subject::unknown() }
}

fn rewritten(ruleset: &Ruleset, method: &str, text: &str) -> Rewrites {
    ruleset.rewrites(&pupil(), &Address::parse(text).unwrap(), method)
}

#[test]
fn a_search_with_its_words_in_the_body_is_asked_strictly_too() {
    let ruleset = ruleset();
    let path = |method, text| rewritten(&ruleset, method, text).path_and_query.map(String::from);
    assert_eq!(path("POST", "https://duckduckgo.com/").as_deref(), Some("/?kp=1"));
    assert_eq!(path("GET", "https://duckduckgo.com/"), None);
    assert_eq!(path("POST", "https://duckduckgo.com/post.js"), None);
    assert_eq!(
        path("GET", "https://www.google.com/search?tbs=sbi:abc").as_deref(),
        Some("/search?tbs=sbi:abc&safe=active")
    );
    assert_eq!(path("GET", "https://www.google.com/setprefs?safe=off").as_deref(), Some("/setprefs?safe=active"));
}

#[test]
fn every_field_that_is_sent_is_ours_to_take_out() {
    let ruleset = ruleset();
    let mut sent: Vec<&str> =
        ruleset.tenants().iter().flat_map(|entry| &entry.fields).map(|field| field.name).collect();
    sent.extend(rewritten(&ruleset, "GET", "https://www.youtube.com/").fields.iter().map(|(name, _)| *name));
    sent.sort_unstable();
    let mut ours = OUR_FIELDS;
    ours.sort_unstable();
    assert_eq!(sent, ours);
    assert!(ours.iter().all(|name| *name == name.to_ascii_lowercase()));
}

#[test]
fn a_path_that_only_looks_like_no_search_is_asked_strictly() {
    let ruleset = ruleset();
    let host = Host::parse("www.google.com").unwrap();
    let changed = |path: &str| {
        let address = Address::from_parts(crate::address::Scheme::Https, host.clone(), 443, path);
        ruleset.rewrites(&pupil(), &address, "GET").path_and_query.is_some()
    };
    for path in ["/url?q=a", "/maps?q=a", "/maps/place/x?q=a&safe=off", "/gen_204?q=a"] {
        assert!(!changed(path), "{path}");
    }
    for path in ["/search?q=a", "/mapsearch?q=a", "/maps/../search?q=a", "/maps/%2e%2e/search?q=a", "/Maps?q=a"] {
        assert!(changed(path), "{path}");
    }
}

#[test]
fn help_lifelines_and_partners_are_never_changed() {
    let ruleset = ruleset();
    for text in [
        "https://m.youtube.com/",
        "https://images.google.com/search?q=a",
        "https://edgeservices.bing.com/search?q=a&adlt=off",
    ] {
        assert_eq!(rewritten(&ruleset, "GET", text), Rewrites::default(), "{text}");
    }
}

#[test]
fn an_answer_of_the_same_engine_at_another_door_is_left_alone() {
    let ruleset = ruleset();
    for text in ["https://html.duckduckgo.com/html?q=a&kp=-2", "https://encrypted-tbn0.gstatic.com/images?q=a"] {
        assert_eq!(rewritten(&ruleset, "GET", text), Rewrites::default(), "{text}");
    }
}

proptest! {
    #[test]
    fn the_parameter_stands_once_and_the_rest_byte_for_byte(
        pieces in proptest::collection::vec(
            prop_oneof![
                "[a-z%+;=?/.0-9]{0,8}",
                Just("safe=off".to_owned()), Just("SAFE=off".to_owned()), Just("s%61fe".to_owned()),
                Just("safe=active".to_owned()), Just("unsafe=1".to_owned()), Just("q=safe=off".to_owned()),
            ],
            0..7
        )
    ) {
        let ruleset = ruleset();
        let query = pieces.join("&");
        let address = Address::from_parts(
            crate::address::Scheme::Https,
            Host::parse("www.google.com").unwrap(),
            443,
            &format!("/search?{query}"),
        );
        let changed = ruleset.rewrites(&pupil(), &address, "GET");
        prop_assert_eq!(changed.applied.first().map(|told| &**told), Some("strict-search google"));
        let sent = changed.path_and_query.as_deref().unwrap_or(address.path_and_query());
        let after = sent.strip_prefix("/search?").unwrap();
        let is_ours = |piece: &&str| {
            let (key, _) = url::form_urlencoded::parse(piece.as_bytes()).next().unwrap_or_default();
            key.eq_ignore_ascii_case("safe")
        };
        let ours: Vec<&str> = after.split('&').filter(is_ours).collect();
        prop_assert_eq!(ours, ["safe=active"]);
        let others = |text: &str| {
            let kept: Vec<String> = text.split('&').filter(|piece| !is_ours(piece)).map(str::to_owned).collect();
            kept.join("&")
        };
        prop_assert_eq!(others(after), others(&query));
        let again = Address::from_parts(address.scheme(), address.host().clone(), 443, sent);
        prop_assert_eq!(ruleset.rewrites(&pupil(), &again, "GET").path_and_query, None);
    }
}
