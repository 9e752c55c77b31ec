//! Every page of the table, asked over a real socket with real data behind it.

use holdfast_activity::{
    health::{self, Alarm, Losses},
    recent::{Limits, Recent, SharedAddress},
};
use holdfast_core::{
    category::Category,
    event::{Event, Outcome, RequestEvent},
    lists::{Entries, NameEntry, Scope},
    policy,
    request::Visibility,
    ruleset::{
        self, Ruleset,
        content::{ContentBuilder, ListFacts},
    },
    subject::{GroupCode, PersonId, Subject},
};
use holdfast_web::{
    Component, Contact, Health, HeldList, School, Settings, Sources, State, loopback,
    routes::{Access, TABLE},
    serve,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{oneshot, watch},
    time::{Duration, Instant, timeout},
};

const POLICY: &str = r#"
version = 3
title = "Brook Lane School, autumn"
author = "p-head"
reason = "First term."
review_by = "2027-07-20"
time_zone = "Europe/London"

[unknown]
default = "block"
block_categories = ["gambling", "social-media", "anonymisers"]

[[group]]
code = "Rowan"
purpose = "Years 1 and 2"
band = "youngest"
[group.judging]
default = "block"
block_categories = ["gambling", "social-media", "anonymisers"]

[[group]]
code = "Alder"
purpose = "Staff"
band = "staff"
[group.judging]
default = "allow"
block_categories = ["gambling", "anonymisers"]
"#;

fn now() -> Timestamp {
    "2026-11-22T10:46:05Z".parse().unwrap()
}

fn ruleset() -> Ruleset {
    let source = policy::read("policy.toml", POLICY).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let mut builder = ContentBuilder::new(7);
    let facts = ListFacts {
        id: "range-gambling".into(),
        title: "Practice range".to_owned(),
        category: Category::Gambling,
        source: "built in".to_owned(),
        licence: "AGPL-3.0-or-later".to_owned(),
        fetched: None,
        entries: 0,
    };
    let names = vec![NameEntry { name: "casino.example".into(), scope: Scope::Within }];
    builder.add(facts, Entries { names, ..Entries::default() });
    let content = Arc::new(builder.finish().content);
    let (ruleset, _warnings) =
        ruleset::compile(source, content, "policy.toml", POLICY).unwrap_or_else(|problems| panic!("{problems:#?}"));
    ruleset
}

fn health() -> Health {
    let since = now() - SignedDuration::from_mins(12);
    let component =
        |name: &str, state, words: &str| Component { name: name.to_owned(), state, words: words.to_owned() };
    Health {
        ruleset_since: since,
        open_connections: 1_204,
        journal: health::Health {
            written: 48_211,
            files: 3,
            disk_bytes: 21_400_000,
            waiting_bytes: 4_096,
            lost_on_disk: Losses { allowed: 1_312, help: 4_242, ..Losses::default() },
            alarm: Some(Alarm {
                since,
                words: "The disk that holds the activity log is full. Free some space on the disk of the data folder."
                    .to_owned(),
            }),
            ..health::Health::default()
        },
        components: vec![
            component("Proxy", State::Working, "Listening on 127.0.0.1:3128 and [::1]:3128."),
            component("Category lists", State::NeedsAttention, "One list waits for a person."),
            component("Activity log", State::Stopped, "The disk is full; events are counted as lost."),
        ],
        held: vec![HeldList {
            title: "Borough list of games".to_owned(),
            reason: "The new edition is 64 % smaller than the one in use.".to_owned(),
            since,
        }],
        alarms: Vec::new(),
    }
}

fn event(person: &str, group: Option<&str>, client: &str, host: &str, outcome: Outcome, seconds: i64) -> Event {
    let words = match outcome {
        Outcome::Allowed => "Open to you.",
        _ => {
            "This page is closed in school. It is on a list of pages that are not for children. Pages like this can pop up for anyone."
        }
    };
    Event::Request(Box::new(RequestEvent {
        reference: format!("7Q4K-{host}")[..8].to_uppercase().into(),
        at_micros: (now() - SignedDuration::from_secs(seconds)).as_microsecond(),
        ruleset: "r1".into(),
        subject: Subject {
            person: Some(PersonId::from(person)),
            group: group.map(GroupCode::from),
            ..Subject::unknown()
        },
        client: Some(client.parse().unwrap()),
        listener: "main".into(),
        method: "GET".into(),
        scheme: "http".into(),
        host: Some(host.into()),
        port: 80,
        path: Some("/?q=secret+words".into()),
        visibility: Visibility::Whole,
        outcome,
        status: 403,
        layer: if outcome == Outcome::Allowed { "group" } else { "category" }.into(),
        rule: None,
        list: None,
        entry: None,
        category: (outcome != Outcome::Allowed).then(|| "gambling".into()),
        clauses: Vec::new(),
        words: words.into(),
        bytes_up: 0,
        bytes_down: 0,
        duration_micros: 10,
        synthetic: false,
    }))
}

struct Site {
    addresses: Vec<SocketAddr>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

fn sources(ruleset: Ruleset, recent: Arc<Recent>, demo_view: bool) -> Sources {
    let contact = |name: &str, words: &str, telephone: Option<&str>| Contact {
        name: name.to_owned(),
        words: words.to_owned(),
        telephone: telephone.map(str::to_owned),
    };
    Sources {
        ruleset: watch::channel(Arc::new(ruleset)).1,
        recent,
        health: Arc::new(health),
        school: Arc::new(School {
            name: "Brook Lane School".to_owned(),
            zone: TimeZone::get("Europe/London").unwrap(),
            contacts: vec![contact(
                "The safeguarding team",
                "Room 4, next to the library, or tell any adult.",
                Some("01632 960001"),
            )],
        }),
        proxy_file: "function FindProxyForURL(url, host) { return \"PROXY 127.0.0.1:3128\"; }".into(),
        own_hosts: Arc::new([]),
        settings: Settings { demo_view, leave_to: "https://weather.example/".to_owned() },
        clock: Arc::new(now),
    }
}

async fn start(sources: Sources) -> Site {
    let found = loopback(0).await.unwrap();
    let addresses = found.listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(found.listeners, sources, async move { drop(stopped.await) }));
    Site { addresses, stop, task }
}

async fn send(address: SocketAddr, request: &str) -> (u16, String) {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    };
    let text = timeout(Duration::from_secs(20), exchange).await.unwrap();
    (text.split(' ').nth(1).unwrap().parse().unwrap(), text)
}

async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    send(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await
}

fn some_recent(limits: Limits) -> Arc<Recent> {
    let recent = Recent::new(limits);
    recent.record(&event("p-mia", Some("Rowan"), "127.0.0.1", "rivers.lesson.example", Outcome::Allowed, 400));
    recent.record(&event("p-sam", Some("Rowan"), "10.9.8.7", "somebody-elses.example", Outcome::Blocked, 350));
    recent.record(&event("p-mia", Some("Rowan"), "127.0.0.1", "casino.example", Outcome::Blocked, 360));
    recent.record(&event("p-mia", Some("Rowan"), "127.0.0.1", "casino.example", Outcome::Blocked, 300));
    recent.record(&event("p-mia", Some("Rowan"), "127.0.0.1", "<script>.example", Outcome::Blocked, 200));
    recent.record(&event("p-mia", Some("Rowan"), "127.0.0.1", "sealed.example", Outcome::Sealed, 90));
    recent.record(&Event::Help);
    Arc::new(recent)
}

#[tokio::test]
async fn every_route_of_the_table_answers_with_the_walls_around_it() {
    let site = start(sources(ruleset(), some_recent(Limits::default()), true)).await;
    for route in TABLE {
        let (status, text) = get(site.addresses[0], route.path).await;
        let expected = if route.path == "/healthz" { 503 } else { 200 };
        assert_eq!(status, expected, "{}: {text}", route.path);
        let head = text.split("\r\n\r\n").next().unwrap().to_lowercase();
        for wall in [
            "content-security-policy: default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(head.contains(wall), "{} lacks {wall}:\n{head}", route.path);
        }
        let body = text.split_once("\r\n\r\n").unwrap().1;
        if head.contains("text/html") {
            assert!(body.starts_with("<!DOCTYPE html>") && body.trim_end().ends_with("</html>"), "{}", route.path);
            assert_eq!(body.matches("<h1>").count(), 1, "{}", route.path);
            assert!(body.contains("href=\"#main\""), "{} has no skip link", route.path);
            assert!(
                !body.contains("<script") && !body.contains("style=") && !body.contains("javascript:"),
                "{}",
                route.path
            );
        }
        assert!(!body.to_lowercase().contains("gds transport"), "{}", route.path);
    }
}

#[test]
fn the_access_words_are_as_reviewed() {
    let table: Vec<_> = TABLE.iter().map(|route| format!("{} {:?}", route.path, route.access)).collect();
    assert_eq!(
        table,
        [
            "/ Anybody",
            "/stopped OwnConnection",
            "/help Anybody",
            "/proxy.pac Anybody",
            "/wpad.dat Anybody",
            "/healthz Anybody",
            "/style.css Anybody",
            "/icon.svg Anybody",
        ]
    );
    assert_ne!(Access::Anybody, Access::OwnConnection);
}

#[tokio::test]
async fn the_status_page_tells_the_truth_and_names_nobody() {
    let rules = ruleset();
    let has_gambling = rules.content().loaded(Category::Gambling);
    let site = start(sources(rules, some_recent(Limits::default()), true)).await;
    let (_, page) = get(site.addresses[0], "/").await;
    for said in [
        "Not enough as your only filter.",
        "Until a provider proves the illegal-content lists",
        "Something has stopped",
        "The disk that holds the activity log is full.",
        "Borough list of games",
        "64 % smaller",
        "No list loaded",
        "1,204",
        "1,312 allowed",
        "Brook Lane School, autumn, version 3",
        "today at 10:34, 12 minutes ago",
        "casino.example",
        "category: Gambling",
        "Blocked (illegal-content list)",
        "href=\"/?live\"",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
    assert_eq!(page.contains("Practice range: 1 entry"), has_gambling);
    for hidden in ["p-mia", "p-sam", "secret+words", "10.9.8.7", "sealed.example", "7Q4K", "4,242", "<script>"] {
        assert!(!page.contains(hidden), "tells “{hidden}”");
    }
    assert!(!page.contains("http-equiv=\"refresh\""), "reloads only for whoever asks");
    assert!(get(site.addresses[0], "/?live").await.1.contains("http-equiv=\"refresh\""));
    let plain = start(sources(ruleset(), some_recent(Limits::default()), false)).await;
    let (_, page) = get(plain.addresses[0], "/?live").await;
    assert!(!page.contains("casino.example") && !page.contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn stopped_shows_this_client_its_own_refusals_only() {
    let site = start(sources(ruleset(), some_recent(Limits::default()), false)).await;
    let forged = "GET /stopped HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 10.9.8.7\r\nForwarded: for=10.9.8.7\r\nConnection: close\r\n\r\n";
    let (_, page) = send(site.addresses[0], forged).await;
    for said in [
        "casino.example",
        "not for children",
        "Today at 10:41, 5 minutes ago",
        "7Q4K-CAS",
        "The same happened 1 more time before",
        "&#60;script&#62;.example",
        "An address that is not available",
        "You are not in trouble",
        "Pages we stopped",
        "The safeguarding team",
        "href=\"tel:01632960001\"",
        "href=\"tel:08001111\"",
        "Leave this page",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
    for hidden in ["somebody-elses", "rivers.lesson", "sealed.example", "secret", "p-mia", "Rowan"] {
        assert!(!page.contains(hidden), "tells “{hidden}”");
    }
    assert_eq!(page.matches("casino.example").count(), 1);
    // Newest first.
    assert!(page.find("not available").unwrap() < page.find("casino.example").unwrap());
}

#[tokio::test]
async fn an_empty_stopped_page_says_what_would_be_there() {
    let site = start(sources(ruleset(), Arc::new(Recent::new(Limits::default())), false)).await;
    let (status, page) = get(site.addresses[0], "/stopped").await;
    assert_eq!(status, 200);
    assert!(
        page.contains("No page was stopped on this computer in the last day. If one is, you can read the reason here.")
    );
    assert!(page.contains("Childline"));
}

#[tokio::test]
async fn both_loopbacks_answer_as_one_computer() {
    let limits = Limits { shared_address: SharedAddress::Everybody, ..Limits::default() };
    let site = start(sources(ruleset(), some_recent(limits), false)).await;
    let Some(second) = site.addresses.iter().find(|address| address.is_ipv6()) else {
        println!("skipped: this machine has no IPv6 loopback");
        return;
    };
    assert_eq!(second.port(), site.addresses[0].port());
    let (status, page) = get(*second, "/stopped").await;
    assert_eq!(status, 200);
    assert!(page.contains("casino.example"), "::1 and 127.0.0.1 are one computer");
    assert!(!page.contains("somebody-elses"));
    let taken = loopback(second.port()).await.unwrap();
    assert_ne!(taken.port, second.port(), "a busy port gives another one");
}

#[tokio::test]
async fn other_names_lost_pages_and_sent_forms_are_refused_with_a_way_on() {
    let site = start(sources(ruleset(), some_recent(Limits::default()), false)).await;
    let address = site.addresses[0];
    for (request, expected) in [
        ("GET / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n", 421),
        ("GET /stopped HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n", 421),
        ("GET http://rebound.example/stopped HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 421),
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        ("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
        ("POST /stopped HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 405),
    ] {
        let (status, text) = send(address, request).await;
        assert_eq!(status, expected, "{request}");
        assert!(text.contains("content-security-policy") && text.contains("href=\"/help\""), "{text}");
        assert!(!text.contains("casino.example"));
    }
    let (_, refused) =
        send(address, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    assert!(refused.contains("allow: GET, HEAD"), "{refused}");
    let (_, head) = send(address, "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(head.trim_end().ends_with("close") || !head.contains("<html"), "{head}");
}

#[tokio::test]
async fn with_no_rules_it_says_so_to_people_and_monitors() {
    let site = start(sources(Ruleset::closed(Vec::new()), Arc::new(Recent::new(Limits::default())), false)).await;
    let (_, page) = get(site.addresses[0], "/").await;
    assert!(page.contains("No internet until it is safe"));
    let (status, text) = get(site.addresses[0], "/healthz").await;
    assert_eq!(status, 503);
    assert!(text.contains("closed: only help and lifelines are open"));
    assert_eq!(get(site.addresses[0], "/help").await.0, 200);
}

#[tokio::test]
async fn it_stops_in_time_although_a_client_lingers() {
    let site = start(sources(ruleset(), Arc::new(Recent::new(Limits::default())), false)).await;
    let mut lingering = TcpStream::connect(site.addresses[0]).await.unwrap();
    lingering.write_all(b"GET / HTTP/1.1\r\nHost: local").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    site.stop.send(()).unwrap();
    timeout(Duration::from_secs(10), site.task).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert!(TcpStream::connect(site.addresses[0]).await.is_err());
}
