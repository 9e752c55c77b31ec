//! Search engines are reached where they answer strictly, by whoever is held to it, and nowhere else (F-10).

mod common;

use common::{Client, House, Plan, client_hello, connect, origin, parrot, ruleset_of};
use holdfast_core::{
    event::Outcome,
    identity::{Binding, IdentityTable},
    subject::GroupCode,
};
use holdfast_gateway::{
    destination::{ListedHost, LookUp},
    settings::ParentProxy,
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

const POLICY: &str = r#"
version = 1
title = "Test"
author = "head"
reason = "To test."
review_by = "2030-07-31"
time_zone = "Europe/London"

[[group]]
code = "elm"
purpose = "Staff"
band = "staff"
judging = { default = "allow", strict_search = "off" }

[[group]]
code = "ash"
purpose = "Staff who are held to the milder mode"
band = "staff"
judging = { default = "allow", strict_search = "moderate" }

[unknown]
default = "allow"
"#;

/// An origin that answers every request with its own name and the head it received, and keeps the connection.
fn named(name: &'static str) -> SocketAddr {
    origin(move |mut client| {
        while let Some(head) = client.maybe_head() {
            let body = format!("{name}\r\n{head}");
            client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        }
    })
}

fn listed(name: &str, address: SocketAddr) -> ListedHost {
    ListedHost { names: vec![name.to_owned()], addresses: vec![address.into()], allow_private: true }
}

fn build(plan: Plan) -> House {
    let house = plan.build();
    house.rulesets.send_replace(ruleset_of(POLICY, &[], &[]));
    house
}

/// Whoever sits at this computer is of this group from now on.
fn sit_down(house: &House, group: Option<&str>) {
    let mut table = IdentityTable { told: true, ..IdentityTable::default() };
    let group: Option<GroupCode> = group.map(Into::into);
    let binding = Binding { person: None, group, device: None, room: None, until_micros: None };
    table.addresses.insert(Ipv4Addr::LOCALHOST.into(), binding);
    house.identities.send_replace(Arc::new(table));
}

/// The engine itself, its strict form, and the two modes of the films' site.
fn engines() -> Plan {
    let mut plan = Plan::to(named("elsewhere"));
    plan.settings.workers = 1;
    plan.settings.destinations.listed.extend([
        listed("www.google.com", named("engine")),
        listed("forcesafesearch.google.com", named("strict")),
        listed("www.youtube.com", named("films")),
        listed("restrict.youtube.com", named("strict films")),
        listed("restrictmoderate.youtube.com", named("milder films")),
    ]);
    plan
}

/// Which origin answered, and what it was asked.
fn ask(client: &mut Client, host: &str) -> (String, String) {
    client.send(format!("GET http://{host}/search?q=a HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    let (_, body) = client.answer();
    let (name, head) = body.split_once("\r\n").unwrap_or((&body, ""));
    (name.to_owned(), head.to_owned())
}

#[test]
fn an_engine_is_reached_where_it_answers_strictly_and_asked_under_its_own_name() {
    let mut house = build(engines());
    let mut client = house.client();
    let (name, head) = ask(&mut client, "www.google.com");
    assert_eq!(name, "strict");
    assert!(head.starts_with("GET /search?q=a&safe=active HTTP/1.1\r\nHost: www.google.com\r\n"), "{head}");
    let event = house.event();
    assert_eq!((event.host.as_deref(), event.strict.as_deref()), (Some("www.google.com"), Some("google strict")));
    assert_eq!(ask(&mut client, "www.youtube.com").0, "strict films");
    assert_eq!(house.event().strict.as_deref(), Some("youtube strict"));
    assert_eq!(ask(&mut client, "rivers.example").0, "elsewhere");
    assert_eq!(house.event().strict, None);
    // Inside an unencrypted tunnel as well.
    let mut client = connect(&house, "www.google.com:80");
    client.send("GET / HTTP/1.1\r\nHost: www.google.com\r\n\r\n");
    assert!(client.answer().1.starts_with("strict\r\n"));
}

#[test]
fn a_kept_connection_never_serves_somebody_else() {
    let mut house = build(engines());
    let mut client = house.client();
    for (group, search, films, told) in [
        (Some("elm"), "engine", "films", None),
        (None, "strict", "strict films", Some("youtube strict")),
        (Some("ash"), "strict", "milder films", Some("youtube moderate")),
        (Some("elm"), "engine", "films", None),
        (None, "strict", "strict films", Some("youtube strict")),
    ] {
        sit_down(&house, group);
        for _ in 0..2 {
            assert_eq!(ask(&mut client, "www.google.com").0, search, "{group:?}");
            house.event();
            assert_eq!(ask(&mut client, "www.youtube.com").0, films, "{group:?}");
            assert_eq!(house.event().strict.as_deref(), told, "{group:?}");
        }
    }
}

fn look_up(asked: &Arc<Mutex<Vec<String>>>, found: Option<IpAddr>) -> LookUp {
    let asked = Arc::clone(asked);
    Arc::new(move |name: Box<str>| {
        asked.lock().unwrap().push(name.to_string());
        let found = found.map(|address| vec![address]);
        Box::pin(async move { found.ok_or_else(|| io::Error::other("Name or service not known")) })
    })
}

#[test]
fn a_strict_form_that_is_not_found_is_no_way_to_the_engine() {
    let asked = Arc::default();
    let mut plan = Plan::to(named("elsewhere"));
    // The engine's own address is known, and must not be used.
    plan.settings.destinations.listed.push(listed("www.google.com", named("engine")));
    plan.look_up = Some(look_up(&asked, None));
    let mut house = build(plan);
    let mut client = house.client();
    client.send("GET http://www.google.com/ HTTP/1.1\r\nHost: www.google.com\r\n\r\n");
    assert_eq!(client.status(), 502);
    let event = house.event();
    assert_eq!((event.outcome, event.entry.as_deref()), (Outcome::Failed, Some("name-not-found")));
    assert_eq!(event.strict.as_deref(), Some("google strict"));
    client.send("CONNECT www.google.com:443 HTTP/1.1\r\nHost: www.google.com:443\r\n\r\n");
    assert_eq!(client.status(), 502);
    assert_eq!(*asked.lock().unwrap(), ["forcesafesearch.google.com"]);
}

#[test]
fn what_a_strict_form_leads_to_is_checked_like_anything_else() {
    let asked = Arc::default();
    let mut plan = Plan::to(named("elsewhere"));
    plan.look_up = Some(look_up(&asked, Some(IpAddr::from([10, 0, 0, 7]))));
    // One engine's strict form is an address. It is this computer's own here, which shows that it was the one wanted.
    plan.settings.destinations.own_addresses = vec![IpAddr::from([213, 180, 193, 56])];
    let mut house = build(plan);
    let mut client = house.client();
    for (host, code) in [("www.google.com", "destination-inside"), ("yandex.com", "destination-own-address")] {
        client.send(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n"));
        assert_eq!(client.status(), 403, "{host}");
        assert_eq!(&*house.event().layer, code);
    }
    assert_eq!(*asked.lock().unwrap(), ["forcesafesearch.google.com"]);
}

#[test]
fn a_tunnel_leads_to_the_strict_form_and_to_no_engine_hidden_inside() {
    let mut plan = Plan::to(parrot());
    plan.settings.destinations.listed.push(listed("forcesafesearch.google.com", parrot()));
    let mut house = build(plan);
    let hello = client_hello("www.google.com");
    let mut client = connect(&house, "www.google.com:443");
    client.send(&hello);
    assert_eq!(client.take(hello.len()), hello, "not a byte is changed");
    drop(client);
    assert_eq!(house.event().strict.as_deref(), Some("google strict"));
    // The same strict form, under another of the engine's names.
    let mut client = connect(&house, "google.com:443");
    client.send(&hello);
    assert_eq!(client.take(hello.len()), hello);
    drop(client);
    let _both = [house.event(), house.event()];
    // A tunnel to somewhere else, with the engine's name inside.
    let mut client = connect(&house, "rivers.example:443");
    client.send(&hello);
    assert_eq!(client.rest(), "");
    let events = [house.event(), house.event()];
    assert!(events.iter().all(|event| event.outcome == Outcome::Refused), "{events:?}");
    assert!(events.iter().any(|event| &*event.layer == "strict-search"));
}

#[test]
fn an_open_tunnel_ends_when_somebody_else_sits_down() {
    let mut plan = Plan::to(parrot());
    plan.settings.destinations.listed.push(listed("www.google.com", parrot()));
    let mut house = build(plan);
    sit_down(&house, Some("elm"));
    let hello = client_hello("www.google.com");
    let mut client = connect(&house, "www.google.com:443");
    client.send(&hello);
    client.take(hello.len());
    sit_down(&house, None);
    assert_eq!(client.rest(), "");
    let event = house.event();
    assert_eq!((event.outcome, &*event.layer), (Outcome::Refused, "strict-search"));
}

#[test]
fn a_parent_proxy_is_asked_for_the_strict_form() {
    let parent = origin(|mut client| {
        while let Some(head) = client.maybe_head() {
            let line = head.lines().next().unwrap().to_owned();
            if line.starts_with("CONNECT ") {
                client.send("HTTP/1.1 200 Yes\r\n\r\n");
                let inside = if line.contains("google") { "www.google.com" } else { "yandex.com" };
                client.take(client_hello(inside).len());
                client.send(line);
                return;
            }
            client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}", line.len()));
        }
    });
    let mut plan = Plan::to(parent);
    plan.settings.parent = Some(ParentProxy { host: "127.0.0.1".to_owned(), port: parent.port(), credentials: None });
    plan.settings.destinations.listed.clear();
    // Behind a parent proxy there may be no name service.
    plan.look_up = Some(look_up(&Arc::default(), None));
    let mut house = build(plan);
    for (host, asked) in [("www.google.com", "forcesafesearch.google.com"), ("yandex.com", "213.180.193.56")] {
        let mut client = connect(&house, &format!("{host}:443"));
        client.send(client_hello(host));
        assert_eq!(client.rest(), format!("CONNECT {asked}:443 HTTP/1.1"));
        drop(client);
        assert!(house.event().strict.is_some());
    }
    let mut client = house.client();
    let get = "GET http://www.google.com/ HTTP/1.1\r\nHost: www.google.com\r\n\r\n";
    client.send(get);
    assert_eq!(client.status(), 403, "the parent would look up the engine's own name");
    assert_eq!(&*house.event().layer, "strict-search-parent");
    sit_down(&house, Some("elm"));
    client.send(get);
    assert_eq!(client.answer().1, "GET http://www.google.com/ HTTP/1.1");
}

/// The other door: `dns_verdicts.rs`.
#[test]
fn help_on_an_engines_own_name_is_reached_itself() {
    let house = engines().build();
    let policy = format!("{POLICY}\n[[help]]\nhost = \"www.google.com\"\nname = \"Help\"\n");
    house.rulesets.send_replace(ruleset_of(&policy, &[], &[]));
    let mut client = house.client();
    assert_eq!(ask(&mut client, "www.google.com").0, "engine");
    assert_eq!(ask(&mut client, "www.youtube.com").0, "strict films");
}
