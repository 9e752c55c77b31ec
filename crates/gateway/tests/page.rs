//! The pages' door: the PAC file, the way to our own pages, why a name led here; and never a way out.

mod common;

use common::{POLICY, Plan, origin, ruleset, ruleset_of};
use holdfast_core::{
    event::{Event, Outcome},
    host::Host,
    identity::{Binding, KnownPerson},
    request::Visibility,
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

const PAGE: &str = "Accept: text/html\r\n";

/// A house with a page door, and how many connections left it.
fn plan() -> (Plan, Arc<AtomicUsize>) {
    let left = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&left);
    let anywhere: SocketAddr = origin(move |_client| {
        counted.fetch_add(1, SeqCst);
    });
    let mut plan = Plan::to(anywhere);
    plan.page = true;
    plan.settings.own_origin = String::from("http://filter.school.example:8080");
    plan.settings.school_name = String::from("Wrenfield School");
    plan.settings.pac.own_hosts = vec![Host::parse("filter.school.example").unwrap()];
    plan.settings.destinations.own_addresses = vec![IpAddr::from([192, 0, 2, 80])];
    (plan, left)
}

fn get(host: &str, path: &str, further: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{further}\r\n")
}

#[test]
fn browsers_find_the_proxy_under_every_own_name() {
    let (plan, _) = plan();
    let mut house = plan.build();
    let mut client = house.page_client();
    let port = house.address.port();
    for host in ["wpad", "wpad.school.example", "filter.school.example", "127.0.0.1", "192.0.2.80"] {
        for path in ["/wpad.dat", "/proxy.pac", "/wpad.dat?x=1"] {
            client.send(get(host, path, ""));
            let (head, body) = client.answer();
            assert!(head.contains("application/x-ns-proxy-autoconfig") && head.contains("no-store"), "{head}");
            assert!(body.contains(&format!("\"PROXY 127.0.0.1:{port}\"")), "{host}{path}: {body}");
        }
    }
    client.send("GET /wpad.dat HTTP/1.0\r\n\r\n");
    assert!(client.answer().1.contains("FindProxyForURL"), "an old client names no host");
    assert!(house.is_silent(), "our own pages leave no event");
}

#[test]
fn own_names_are_led_to_our_pages() {
    let (plan, _) = plan();
    let mut house = plan.build();
    let mut client = house.page_client();
    let own = "http://filter.school.example:8080";
    for (path, to) in
        [("/", "/"), ("/stopped", "/stopped"), ("/help?a=b", "/help"), ("/x/y", "/"), ("//elsewhere.example", "/")]
    {
        client.send(get("filter.school.example", path, ""));
        let (head, _) = client.answer();
        assert!(head.starts_with("HTTP/1.1 302"), "{head}");
        assert!(head.contains(&format!("\r\nLocation: {own}{to}\r\n")), "{path}: {head}");
    }
    client.send("POST / HTTP/1.1\r\nHost: wpad\r\nContent-Length: 0\r\n\r\n");
    assert!(client.answer().0.starts_with("HTTP/1.1 405"));
    assert!(house.is_silent());
}

#[test]
fn nobody_is_led_in_a_circle() {
    for origin in ["http://filter.school.example", "http://filter.school.example:80/"] {
        let (mut plan, _) = plan();
        plan.settings.own_origin = origin.to_owned();
        let house = plan.build();
        let mut client = house.page_client();
        client.send(get("wpad", "/stopped", ""));
        let (head, _) = client.answer();
        assert!(head.contains("Location: http://filter.school.example"), "{head}");
        client.send(get("filter.school.example", "/stopped", ""));
        let (head, body) = client.answer();
        assert!(head.starts_with("HTTP/1.1 404") && body.contains("technician"), "{head}{body}");
    }
    for origin in ["", "nonsense"] {
        let (mut plan, _) = plan();
        plan.settings.own_origin = origin.to_owned();
        let house = plan.build();
        let mut client = house.page_client();
        client.send(get("filter.school.example", "/", ""));
        assert_eq!(client.status(), 404);
    }
}

#[test]
fn a_name_that_is_closed_gets_the_page_that_says_why() {
    let (plan, left) = plan();
    let mut house = plan.build();
    let mut client = house.page_client();
    client.send(get("casino.example", "/win?a=b", PAGE));
    let (head, body) = client.answer();
    assert!(head.starts_with("HTTP/1.1 403") && head.contains("Content-Security-Policy: default-src 'none'"), "{head}");
    assert!(body.contains("This page is closed in school") && body.contains("casino.example"), "{body}");
    assert!(body.contains("http://filter.school.example:8080/stopped"));
    let event = house.event();
    assert_eq!((event.outcome, event.status, &*event.scheme), (Outcome::Blocked, 403, "http"));
    assert_eq!((event.host.as_deref(), event.path.as_deref()), (Some("casino.example"), Some("/win?a=b")));
    assert_eq!((&*event.listener, event.visibility), ("page", Visibility::Whole));
    assert!(body.contains(&*event.reference));
    // A program gets a few words.
    client.send(get("casino.example", "/", ""));
    let (head, body) = client.answer();
    assert!(head.contains("text/plain") && body.starts_with("This page is closed"), "{head}{body}");
    assert_eq!(left.load(SeqCst), 0);
}

#[test]
fn a_name_that_may_be_open_now_is_promised_nothing_and_never_sent_on() {
    let (plan, left) = plan();
    let mut house = plan.build();
    let mut client = house.page_client();
    client.send(get("rivers.example", "/a", PAGE));
    let (head, body) = client.answer();
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("\r\nRetry-After: 60\r\n"), "{head}");
    assert!(head.contains("no-store") && head.contains("Content-Security-Policy"), "{head}");
    assert!(body.contains("It may be open now") && body.contains("it is still closed"), "{body}");
    assert!(body.contains("rivers.example") && body.contains("http://filter.school.example:8080/stopped"), "{body}");
    let event = house.event();
    assert_eq!((event.outcome, event.status, event.entry.as_deref()), (Outcome::Failed, 503, Some("name-answer-old")));
    client.send("POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(client.status(), 421, "this is no proxy");
    let mut client = house.page_client();
    client.send("POST /form HTTP/1.1\r\nHost: rivers.example\r\nContent-Length: 99999999\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 503"));
    let mut client = house.page_client();
    client.send("CONNECT rivers.example:443 HTTP/1.1\r\nHost: rivers.example:443\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 421"));
    assert_eq!(left.load(SeqCst), 0, "nothing goes on from here");
}

#[test]
fn help_is_counted_only_and_a_sealed_name_is_not_shown() {
    let (plan, _) = plan();
    let mut house = plan.build();
    house.rulesets.send_replace(ruleset_of(POLICY, &[], &["sealed.example"]));
    let mut client = house.page_client();
    client.send(get("help.example", "/", PAGE));
    assert_eq!(client.status(), 503);
    assert_eq!(house.any_event(), Event::Help);
    client.send(get("sealed.example", "/secret", PAGE));
    let (head, body) = client.answer();
    assert!(head.starts_with("HTTP/1.1 403") && !body.contains("sealed.example") && !body.contains("secret"), "{body}");
    let event = house.event();
    assert_eq!((event.outcome, event.host, event.path), (Outcome::Sealed, None, None));
}

/// The name service knows only names: where one path of a closed name is open, its name still leads here.
#[test]
fn a_path_that_is_open_does_not_promise_what_its_name_does_not_keep() {
    let policy = r#"
version = 1
title = "Test"
author = "head"
reason = "To test."
review_by = "2030-07-31"
time_zone = "Europe/London"

[unknown]
default = "block"

[[rule]]
code = "one-page"
action = "allow"
everyone = true
addresses = ["library.example/catalogue"]
author = "head"
reason = "One page"
ends = "2029-07-31"
"#;
    let (plan, _) = plan();
    let mut house = plan.build();
    house.rulesets.send_replace(ruleset_of(policy, &[], &[]));
    let mut client = house.page_client();
    client.send(get("library.example", "/catalogue", PAGE));
    assert_eq!(client.status(), 403);
    let event = house.event();
    assert_eq!((event.outcome, event.visibility), (Outcome::Blocked, Visibility::NameOnly));
    assert!(house.is_silent(), "one request, one event");
}

#[test]
fn whoever_asks_is_judged_as_at_the_proxy() {
    let (mut plan, _) = plan();
    let person = KnownPerson { id: "p-1".into(), group: "oak".into(), classes: Vec::new() };
    plan.identity.people.insert("p-1".into(), person);
    let binding = Binding { person: Some("p-1".into()), group: None, device: None, room: None, until_micros: None };
    plan.identity.addresses.insert(Ipv4Addr::LOCALHOST.into(), binding);
    let mut house = plan.build();
    let mut client = house.page_client();
    client.send(get("casino.example", "/", ""));
    client.answer();
    assert_eq!(house.event().subject.person, Some("p-1".into()));
    house.rulesets.send_replace(ruleset(&["other.example"]));
    client.send(get("casino.example", "/", ""));
    assert_eq!(client.status(), 503, "as of now");
}

#[test]
fn odd_requests_are_refused() {
    let (plan, left) = plan();
    let mut house = plan.build();
    for (text, status, code) in [
        ("GET / HTTP/1.1\r\nHost: 203.0.113.5\r\n\r\n", 421, "not-our-address"),
        ("GET http://casino.example/ HTTP/1.1\r\nHost: casino.example\r\n\r\n", 421, "not-a-proxy"),
        ("OPTIONS * HTTP/1.1\r\nHost: casino.example\r\n\r\n", 421, "not-a-proxy"),
        ("GET /a/../b HTTP/1.1\r\nHost: casino.example\r\n\r\n", 400, "path-form"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "host"),
        ("GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", 400, "host"),
        ("\u{16}\u{3}\u{1}nonsense\r\n\r\n", 400, "request-line"),
    ] {
        let mut client = house.page_client();
        client.send(text);
        let answer = client.rest_until("\n");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{text}: {answer}");
        let event = house.event();
        assert_eq!(event.outcome, Outcome::Refused);
        assert!(event.layer.starts_with(code), "{text}: {}", event.layer);
    }
    assert_eq!(left.load(SeqCst), 0);
}
