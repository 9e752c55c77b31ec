//! What events must never tell: visits to help, sealed hosts, and persons before the school has told them.

mod common;

use common::{Client, House, POLICY, Plan, client_hello, connect, echo, origin, parrot, ruleset_of, soon};
use holdfast_core::{
    event::{Event, Outcome},
    host::Host,
    identity::{Binding, IdentityTable, KnownPerson},
};
use std::{collections::HashMap, sync::atomic::Ordering::SeqCst, time::Duration};

fn only_help_is_counted(mut house: House, what: &str) {
    assert_eq!(house.any_event(), Event::Help, "{what}");
    let gate = house.gate.take().unwrap();
    gate.stop(Duration::ZERO);
    // Nothing else may have been sent in the end.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut rest = Vec::new();
    while runtime.block_on(house.events.next_batch(&mut rest)) {}
    assert!(rest.iter().all(|event| *event == Event::Help), "{what}: {rest:?}");
}

fn ask(house: &House, text: &str) -> u16 {
    let mut client = house.client();
    client.send(text);
    client.status()
}

#[test]
fn help_on_a_refused_port_is_counted_only() {
    let house = Plan::to(echo()).build();
    let status = ask(&house, "GET http://help.example:8081/ HTTP/1.1\r\nHost: help.example:8081\r\n\r\n");
    assert_eq!(status, 403);
    only_help_is_counted(house, "http");
    let house = Plan::to(echo()).build();
    let status = ask(&house, "CONNECT help.example:8443 HTTP/1.1\r\nHost: help.example:8443\r\n\r\n");
    assert_eq!(status, 403);
    only_help_is_counted(house, "CONNECT");
}

#[test]
fn help_that_resolves_inside_is_counted_only() {
    for text in [
        "GET http://help.example/ HTTP/1.1\r\nHost: help.example\r\n\r\n",
        "CONNECT help.example:443 HTTP/1.1\r\nHost: help.example:443\r\n\r\n",
    ] {
        let mut plan = Plan::to(echo());
        plan.settings.destinations.listed[0].allow_private = false;
        let house = plan.build();
        assert_eq!(ask(&house, text), 403);
        only_help_is_counted(house, text);
    }
}

#[test]
fn help_asked_for_with_trace_is_counted_only() {
    let house = Plan::to(echo()).build();
    let mut client = house.client();
    client.send("TRACE http://help.example/ HTTP/1.1\r\nHost: help.example\r\n\r\n");
    let (head, _) = client.answer();
    assert!(head.starts_with("HTTP/1.1 405") && head.contains("\r\nAllow: GET, HEAD"), "{head}");
    only_help_is_counted(house, "TRACE");
}

#[test]
fn half_a_hello_to_help_is_counted_only() {
    for first in [&client_hello("help.example")[..20], b"SSH-2.0-x\r\n", b"\x16\x03\x01\x00\x00"] {
        let house = Plan::to(parrot()).build();
        let mut client = connect(&house, "help.example:443");
        client.send(first);
        client.stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(client.rest(), "");
        only_help_is_counted(house, "half a hello");
    }
}

#[test]
fn help_inside_a_tunnel_is_counted_only() {
    let mut house = Plan::to(parrot()).build();
    let mut client = connect(&house, "rivers.example:443");
    let hello = client_hello("help.example");
    client.send(&hello);
    client.take(hello.len());
    drop(client);
    assert_eq!(house.any_event(), Event::Help);
    assert_eq!(house.event().host.as_deref(), Some("rivers.example"));
}

#[test]
fn help_that_is_closed_while_it_is_read_is_counted_only() {
    let closed = POLICY.replace("host = \"help.example\"", "host = \"other-help.example\"");
    for outer in ["help.example", "rivers.example"] {
        let mut house = Plan::to(parrot()).build();
        let mut client = connect(&house, &format!("{outer}:443"));
        let hello = client_hello("help.example");
        client.send(&hello);
        client.take(hello.len());
        house.rulesets.send_replace(ruleset_of(&closed, &["help.example"], &[]));
        assert_eq!(client.rest(), "");
        house.gate.take().unwrap().stop(Duration::ZERO);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut all = Vec::new();
        while runtime.block_on(house.events.next_batch(&mut all)) {}
        let told =
            |event: &Event| matches!(event, Event::Request(event) if event.host.as_deref() == Some("help.example"));
        assert!(!all.iter().any(told) && all.contains(&Event::Help), "{all:?}");
    }
}

#[test]
fn a_sealed_host_is_not_told_however_it_is_asked_for() {
    let mut house = Plan::to(echo()).build();
    house.rulesets.send_replace(ruleset_of(POLICY, &[], &["sealed.example"]));
    assert_eq!(ask(&house, "TRACE http://sealed.example/ HTTP/1.1\r\nHost: sealed.example\r\n\r\n"), 405);
    assert_eq!(house.event().host, None);
}

fn assert_sealed(house: &mut House) {
    let event = house.event();
    assert_eq!(event.outcome, Outcome::Sealed);
    assert_eq!((event.host, event.path), (None, None));
    assert!(event.bytes_up > 0 && event.bytes_down > 0, "what was carried before is told");
}

#[test]
fn a_newly_sealed_host_is_not_told_when_its_open_tunnel_is_cut() {
    let mut house = Plan::to(parrot()).build();
    let mut client = connect(&house, "rivers.example:443");
    let hello = client_hello("rivers.example");
    client.send(&hello);
    client.take(hello.len());
    house.rulesets.send_replace(ruleset_of(POLICY, &[], &["rivers.example"]));
    assert_eq!(client.rest(), "");
    assert_sealed(&mut house);
}

#[test]
fn a_newly_sealed_page_is_not_told_when_its_websocket_is_cut() {
    let mut house = Plan::to(origin(|mut client: Client| {
        client.until("\r\n\r\n");
        client.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst");
        let said = client.take(5);
        client.send(said);
        client.rest();
    }))
    .build();
    let mut client = house.client();
    client.send(
        "GET http://rivers.example/chat HTTP/1.1\r\nHost: rivers.example\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n",
    );
    client.until("first");
    client.send("hello");
    client.take(5);
    house.rulesets.send_replace(ruleset_of(POLICY, &[], &["rivers.example/chat"]));
    assert_eq!(client.rest(), "");
    assert_sealed(&mut house);
}

#[test]
fn before_the_school_has_told_people_only_the_group_is_told() {
    let policy = format!(
        "{POLICY}\n[[group]]\ncode = \"oak\"\npurpose = \"Older pupils\"\nband = \"older\"\n\
         judging = {{ default = \"allow\", block_categories = [\"gambling\"] }}\n\n\
         [[rule]]\ncode = \"one-pupil\"\naction = \"block\"\npeople = [\"p-1\"]\nhosts = [\"games.example\"]\n\
         author = \"head\"\nreason = \"x\"\n\n\
         [[rule]]\ncode = \"whole-group\"\naction = \"block\"\ngroups = [\"oak\"]\nhosts = [\"chat.example\"]\n\
         author = \"head\"\nreason = \"x\"\n\n\
         [[rule]]\ncode = \"everyone\"\naction = \"block\"\neveryone = true\nhosts = [\"chat.example\"]\n\
         author = \"head\"\nreason = \"x\"\n"
    );
    let mut plan = Plan::to(echo());
    let person = KnownPerson { id: "p-1".into(), group: "oak".into(), classes: vec!["5a".into()] };
    let people = HashMap::from([(person.id.clone(), person)]);
    let mut table = IdentityTable { told: false, people, ..IdentityTable::default() };
    let binding = Binding {
        person: Some("p-1".into()),
        device: Some("d-1".into()),
        room: Some("library".into()),
        ..Binding::default()
    };
    table.listeners.insert("main".to_owned(), binding);
    plan.identity = table.clone();
    let mut house = plan.build();
    house.rulesets.send_replace(ruleset_of(&policy, &[], &[]));
    let mut client = house.client();
    for (host, layer, rule) in [("games.example", "person", None), ("chat.example", "group", Some("whole-group"))] {
        client.send(format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(client.status(), 403);
        let event = house.event();
        let subject = &event.subject;
        assert_eq!(event.layer.as_ref(), layer);
        assert_eq!(event.rule.as_deref(), rule);
        assert_eq!((&subject.person, &subject.device, &subject.room), (&None, &None, &None));
        assert!(subject.classes.is_empty() && subject.group == Some("oak".into()));
        assert_eq!(event.listener.as_ref(), "", "a listener that is one person's tells the person");
    }
    house.identities.send_replace(std::sync::Arc::new(IdentityTable { told: true, generation: 1, ..table }));
    client.send("GET http://games.example/ HTTP/1.1\r\nHost: games.example\r\n\r\n");
    assert_eq!(client.status(), 403);
    let event = house.event();
    assert_eq!((event.rule.as_deref(), event.listener.as_ref()), (Some("one-pupil"), "main"));
    assert_eq!(event.subject.person, Some("p-1".into()));
}

#[test]
fn a_very_long_path_is_cut_in_its_event() {
    let mut house = Plan::to(echo()).build();
    let path = format!("/{}", "x".repeat(50_000));
    let status = ask(&house, &format!("GET http://rivers.example{path} HTTP/1.1\r\nHost: rivers.example\r\n\r\n"));
    assert_eq!(status, 200);
    let kept = house.event().path.unwrap();
    assert!(kept.len() <= 2_048 && kept.starts_with("/xxx") && kept.ends_with('…'), "{} bytes", kept.len());
}

#[test]
fn an_open_tunnel_at_a_stop_leaves_its_event() {
    let mut house = Plan::to(parrot()).build();
    let mut client = connect(&house, "rivers.example:443");
    let hello = client_hello("rivers.example");
    client.send(&hello);
    client.take(hello.len());
    let begun = std::time::Instant::now();
    house.gate.take().unwrap().stop(Duration::from_millis(150));
    assert!(begun.elapsed() >= Duration::from_millis(150), "a tunnel is under way too");
    let event = house.event();
    assert_eq!((event.outcome, event.status, event.layer.as_ref()), (Outcome::Allowed, 200, "default"));
    assert_eq!((event.host.as_deref(), event.entry.as_deref()), (Some("rivers.example"), Some("cut")));
    assert_eq!((event.bytes_up, event.bytes_down), (hello.len() as u64, hello.len() as u64));
    // A download that is cut off leaves one too.
    let mut house = Plan::to(origin(|mut client| {
        client.until("\r\n\r\n");
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nten bytes.");
        client.rest();
    }))
    .build();
    let mut client = house.client();
    client.send("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    client.until("ten bytes.");
    soon("the connection", || house.gate().counters().open_connections.load(SeqCst) == 1);
    house.gate.take().unwrap().stop(Duration::ZERO);
    let event = house.event();
    assert_eq!((event.status, event.bytes_down, event.entry.as_deref()), (200, 10, Some("cut")));
}

/// Whoever knows a personal name is taken for its owner, so no door tells one.
#[test]
fn a_personal_name_is_told_as_the_name_services_own() {
    let resolver = "dns.school.example";
    let personal = format!("anna-7k2m4q.{resolver}");
    let mut plan = Plan::to(parrot());
    plan.settings.resolver_name = Some(Host::parse(resolver).unwrap());
    plan.page = true;
    let mut house = plan.build();
    let mut client = house.page_client();
    client.send(format!("GET /dns-query/anna-7k2m4q HTTP/1.1\r\nHost: {personal}\r\n\r\n"));
    client.answer();
    let mut hosts = vec![house.event()];
    let hello = client_hello(&personal);
    for outer in [&*personal, "rivers.example"] {
        let mut client = connect(&house, &format!("{outer}:443"));
        client.send(&hello);
        client.take(hello.len());
        drop(client);
        hosts.push(house.event());
    }
    hosts.push(house.event());
    let port = format!("GET http://{personal}:8081/anna-7k2m4q HTTP/1.1\r\nHost: {personal}:8081\r\n\r\n");
    assert_eq!(ask(&house, &port), 403);
    hosts.push(house.event());
    assert_eq!(ask(&house, &format!("TRACE http://{personal}/ HTTP/1.1\r\nHost: {personal}\r\n\r\n")), 405);
    hosts.push(house.event());
    assert!(hosts.iter().all(|event| !format!("{event:?}").contains("anna")), "{hosts:?}");
    assert_eq!(hosts.iter().filter(|event| event.host.as_deref() == Some(resolver)).count(), 5, "{hosts:?}");
}
