//! What `explain` says is what the wire does: 10,000 random policies, compared through a socket (house invariant 2).

#[path = "common/mod.rs"]
mod common;
#[path = "../../core/tests/random_policy/mod.rs"]
mod random_policy;

use common::Plan;
use holdfast_core::{
    address::Address,
    decide::explain,
    event::{Event, Outcome},
    host::Host,
    identity::{Binding, Clues, IdentityTable, KnownPerson},
    moment::Moment,
    policy::{PolicySource, source::InspectionSource},
    request::Request,
    ruleset::{self, Ruleset},
    subject::Subject,
};
use random_policy::{Dice, PATHS, World, host, moment, subject};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

const POLICIES: u64 = 10_000;

/// The wire is told who asks as it would be at a school: by the identity table, for the address that asks.
fn identity_of(subject: &Subject, generation: u64) -> IdentityTable {
    let mut table = IdentityTable { generation, told: true, ..IdentityTable::default() };
    let person = subject.person.clone();
    if let (Some(id), Some(group)) = (&person, &subject.group) {
        let known = KnownPerson { id: id.clone(), group: group.clone(), classes: subject.classes.clone() };
        table.people.insert(id.clone(), known);
    }
    let binding = Binding {
        group: if person.is_none() { subject.group.clone() } else { None },
        person,
        device: subject.device.clone(),
        room: subject.room.clone(),
        until_micros: None,
    };
    table.addresses.insert(IpAddr::V4(Ipv4Addr::LOCALHOST), binding);
    table
}

/// An origin that answers every request with an empty 200.
fn origin() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                    if line == "\r\n" && stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() {
                        return;
                    }
                    line.clear();
                }
            });
        }
    });
    address
}

#[test]
fn explain_equals_the_wire_on_ten_thousand_random_policies() {
    let now: Arc<Mutex<Moment>> = Arc::new(Mutex::new(Moment { unix_micros: 0, weekday: 0, minute: 0 }));
    let clock = Arc::clone(&now);
    let mut plan = Plan::to(origin());
    // The random world has search engines too, and those who are held to strict search are led to another name.
    plan.settings.destinations.listed[0].names.push(".com".to_owned());
    let mut house = plan.build_with_clock(Arc::new(move || *clock.lock().unwrap()));
    let mut client = house.client();
    let mut seen: BTreeMap<(u16, String), u32> = BTreeMap::new();
    for seed in 0..POLICIES {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&mut dice);
        // What is opened to show a block is answered inside: `inspection.rs` looks there.
        leave_unopened(&mut world.policy);
        let content = Arc::new(world.content());
        let ruleset = Arc::new(ruleset::compile(world.policy, content, "random", "").unwrap().0);
        house.rulesets.send_replace(Arc::clone(&ruleset));
        let table = identity_of(&subject(&mut dice), seed + 1);
        // Whom the wire will know: without a person there are no classes, for instance.
        let subject = table.identify(&Clues {
            listener: "main",
            source: IpAddr::V4(Ipv4Addr::LOCALHOST),
            signed_in: None,
            resolver_name: None,
            now_micros: 0,
        });
        house.identities.send_replace(Arc::new(table));
        let moment = moment(&mut dice);
        *now.lock().unwrap() = moment;
        let host_text = host(&mut dice);
        if dice.one_in(4) {
            // A tunnel: the name only. An allowed one would wait for its client's first words, so it is ended at once.
            let host = Host::parse(&host_text).unwrap();
            let expected = expected(&ruleset, &subject, &Request::name_only(&host), &moment);
            let mut tunnel = house.client();
            tunnel.send(format!("CONNECT {host_text}:80 HTTP/1.1\r\nHost: {host_text}:80\r\n\r\n"));
            let status = tunnel.status();
            assert_eq!(status, if expected.0 == 200 { 200 } else { 403 }, "seed {seed}: {host_text} by name");
            drop(tunnel);
            if status == 403 {
                check_event(&mut house, &expected, seed);
            } else {
                drop(house.any_event());
            }
            *seen.entry((expected.0, expected.1)).or_default() += 1;
            continue;
        }
        let text = format!("http://{host_text}{}", dice.pick(&PATHS));
        let address = Address::parse(&text).unwrap();
        let expected = expected(&ruleset, &subject, &Request::whole(&address), &moment);
        client.send(format!("GET {text} HTTP/1.1\r\nHost: {host_text}\r\n\r\n"));
        let status = client.status();
        assert_eq!(status, expected.0, "seed {seed}: {text} as {subject:?}");
        check_event(&mut house, &expected, seed);
        *seen.entry((expected.0, expected.1)).or_default() += 1;
    }
    for layer in [
        "help",
        "lifeline",
        "emergency",
        "suspension",
        "lesson",
        "person",
        "group",
        "search-tool",
        "category",
        "default",
    ] {
        let met: u32 = seen.iter().filter(|((_, of), _)| of == layer).map(|(_, count)| count).sum();
        assert!(met > 20, "the layer {layer} was met {met} times only: {seen:?}");
    }
}

fn leave_unopened(policy: &mut PolicySource) {
    let groups = policy.groups.iter_mut().map(|group| &mut group.judging);
    groups.chain([&mut policy.unknown]).for_each(|judging| judging.inspection = InspectionSource::default());
}

/// The status that must come, and layer, rule and category of the explanation.
type Expected = (u16, String, Option<String>, Option<String>);

fn expected(ruleset: &Ruleset, subject: &Subject, request: &Request<'_>, moment: &Moment) -> Expected {
    let (verdict, _) = explain(ruleset, subject, request, moment);
    let told = ruleset.describe(&verdict, subject, request);
    let status = match told.outcome {
        Outcome::Allowed => 200,
        Outcome::Redirected => 302,
        _ => 403,
    };
    (status, told.layer.to_owned(), told.rule.map(|rule| rule.to_string()), told.category.map(|code| code.to_string()))
}

fn check_event(house: &mut common::House, expected: &Expected, seed: u64) {
    match house.any_event() {
        Event::Help => assert_eq!(expected.1, "help", "seed {seed}"),
        Event::Request(event) => {
            let told = |text: &Option<Arc<str>>| text.as_ref().map(ToString::to_string);
            let found = (event.status, event.layer.to_string(), told(&event.rule), told(&event.category));
            assert_eq!(found, *expected, "seed {seed}: the event and the explanation differ");
        }
    }
}
