//! Connections that a router turned aside, in network namespaces: a pupil's computer, the filter as its router, and
//! servers behind it.

mod common;
#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;
#[path = "parts/wires.rs"]
mod wires;

use common::{Client, House, Plan, client_hello, ruleset_of};
use holdfast_core::{
    event::{Outcome, RequestEvent},
    request::Visibility,
};
use holdfast_gateway::{
    Listener, Taken,
    destination::{Destinations, LookUp},
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    thread,
    time::Duration,
};
use wires::{Computer, Wires};

/// Where rivers.example and casino.example are, and where other.example is.
const RIVERS: [&str; 2] = ["203.0.113.80", "2001:db8:113::80"];
const OTHER: [&str; 2] = ["203.0.113.81", "2001:db8:113::81"];
/// The pupil, and the filter as the pupil sees it.
const PUPIL: [&str; 2] = ["192.0.2.2", "2001:db8:1::2"];
const FILTER: [&str; 2] = ["192.0.2.1", "2001:db8:1::1"];
/// The door's port.
const DOOR: u16 = 3_129;
/// A port of a service that speaks first.
const ALARM: u16 = 5_222;

const POLICY: &str = r#"
version = 1
title = "Test"
author = "head"
reason = "To test."
review_by = "2030-07-31"
time_zone = "Europe/London"

[unknown]
default = "allow"
block_categories = ["gambling"]

[[lifeline]]
code = "alarm"
title = "Medical alarm"
hosts = ["203.0.113.80", "2001:db8:113::80"]
ports = [5222]
author = "head"
reason = "The medical alarm has no name."
"#;

/// The rules that turn connections aside, as the handbook has them, for more ports than it needs.
fn rules(how: Taken) -> String {
    let handbook = include_str!("../../../docs/transparent.md");
    let blocks: Vec<&str> = handbook.split("```nft\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [redirect, tproxy] = blocks[..] else { panic!("two rule sets are told: {}", blocks.len()) };
    let rules = if how == Taken::Redirect { redirect } else { tproxy };
    assert!(rules.contains("{ 80, 443 }") && rules.contains(&format!(":{DOOR}")));
    rules.replace("{ 80, 443 }", &format!("{{ 80, 443, {ALARM}, 8443 }}"))
}

/// A pupil's computer behind a filter that turns connections aside, and servers that say who they are.
struct School {
    wires: Wires,
    house: House,
}

impl School {
    /// `None`, with the reason said, where this account may not have such a network.
    fn build(how: Taken) -> Option<Self> {
        let wires = Wires::new()?;
        if let Err(fault) = wires.turn_aside(&rules(how), how == Taken::Tproxy) {
            crate::skipped::because(format!("connections cannot be turned aside here: {fault}"));
            return None;
        }
        for address in [RIVERS, OTHER].iter().flatten() {
            for port in [80, 443, ALARM, 8_443] {
                let place = SocketAddr::new(address.parse().unwrap(), port);
                wires.at(Computer::Servers, move || serve(place));
            }
        }
        let doors = wires.at(Computer::Filter, move || {
            ["0.0.0.0", "::"].map(|any| wires::door(SocketAddr::new(any.parse().unwrap(), DOOR), how))
        });
        let house = wires.at(Computer::Filter, move || {
            let mut plan = Plan::to("203.0.113.9:9".parse().unwrap());
            plan.settings.destinations = Destinations {
                listed_networks: ["203.0.113.0/24", "2001:db8:113::/64"].map(|text| text.parse().unwrap()).into(),
                own_addresses: ["192.0.2.1", "203.0.113.1"].map(|text| text.parse().unwrap()).into(),
                ..Destinations::default()
            };
            plan.look_up = Some(look_up());
            plan.more = doors.into_iter().map(|door| Listener::transparent("aside", door, how)).collect();
            plan.build()
        });
        house.rulesets.send_replace(ruleset_of(POLICY, &["casino.example"], &[]));
        Some(Self { wires, house })
    }

    /// A connection of the pupil.
    fn connect(&self, address: &str, port: u16) -> Client {
        let place = SocketAddr::new(address.parse().unwrap(), port);
        self.wires.at(Computer::Pupil, move || Client::connect(place))
    }

    /// The next event, which must tell of the pupil.
    fn event(&mut self, family: usize) -> RequestEvent {
        let event = self.house.event();
        assert_eq!(event.client, Some(PUPIL[family].parse().unwrap()), "{event:?}");
        assert_eq!(&*event.listener, "aside", "{event:?}");
        event
    }
}

fn look_up() -> LookUp {
    Arc::new(|name: Box<str>| {
        Box::pin(async move {
            let found = match &*name {
                "rivers.example" | "casino.example" => RIVERS,
                "other.example" => OTHER,
                _ => return Err(io::Error::other("Name or service not known")),
            };
            Ok(found.iter().map(|text| text.parse::<IpAddr>().unwrap()).collect())
        })
    })
}

/// A server that says who it is: on port 80 to each request, on the alarm's port at once, elsewhere before it sends back
/// what it gets.
fn serve(place: SocketAddr) {
    let listener = wires::listen(place);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let mut client = Client { stream, waiting: Vec::new() };
            thread::spawn(move || {
                let name = place.ip();
                if place.port() == 80 {
                    while let Some(head) = client.maybe_head() {
                        let body = format!("{name} {head}");
                        client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
                    }
                } else if place.port() == ALARM {
                    client.send(format!("{name} greets\n"));
                    client.rest();
                } else {
                    let first = client.take(1);
                    client.send(format!("{name} "));
                    client.send(first);
                    client.rest();
                }
            });
        }
    });
}

/// Everything that is expected of either way to turn connections aside, over IPv4 and IPv6.
fn is_kept(how: Taken) {
    let Some(mut school) = School::build(how) else { return };
    for family in [0, 1] {
        in_the_clear(&mut school, family);
        over_tls(&mut school, family);
        neither(&mut school, family);
    }
}

fn in_the_clear(school: &mut School, family: usize) {
    let (rivers, other) = (RIVERS[family], OTHER[family]);
    let mut client = school.connect(rivers, 80);
    client.send("GET /a HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    let body = client.answer().1;
    assert!(body.starts_with(&format!("{} GET /a HTTP/1.1\r\nHost: rivers.example\r\n", RIVERS[0])), "{body}");
    let event = school.event(family);
    assert_eq!(
        (&*event.scheme, event.host.as_deref(), event.path.as_deref()),
        ("http", Some("rivers.example"), Some("/a"))
    );
    assert_eq!((event.outcome, event.visibility, event.entry), (Outcome::Allowed, Visibility::Whole, None));

    // Each request of a connection goes where it says, whatever the connection was made for.
    client.send("GET /b HTTP/1.1\r\nHost: other.example\r\n\r\n");
    assert!(client.answer().1.starts_with(OTHER[0]));
    let event = school.event(family);
    assert_eq!((event.host.as_deref(), event.entry.as_deref()), (Some("other.example"), Some("address-differs")));
    client.send("GET /c HTTP/1.1\r\nHost: casino.example\r\nAccept: text/html\r\n\r\n");
    let (head, page) = client.answer();
    assert!(head.starts_with("HTTP/1.1 403") && page.contains("casino.example"), "{head}{page}");
    let event = school.event(family);
    assert_eq!((event.outcome, event.host.as_deref()), (Outcome::Blocked, Some("casino.example")));
    client.send("GET http://other.example/d HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 400"));
    assert_eq!(school.event(family).outcome, Outcome::Refused);

    // Old clients name nothing, so the address is judged and gone to.
    let mut client = school.connect(other, 80);
    client.send("GET /old HTTP/1.0\r\n\r\n");
    let body = client.rest();
    assert!(body.contains(&format!("\r\n\r\n{other} GET /old HTTP/1.1\r\n")), "{body}");
    let event = school.event(family);
    assert_eq!((event.host.as_deref(), event.entry), (Some(other), None));
}

fn over_tls(school: &mut School, family: usize) {
    let (rivers, other) = (RIVERS[family], OTHER[family]);
    let mut speak = |address: &str, name: &str| {
        let mut client = school.connect(address, 443);
        let hello = client_hello(name);
        client.send(&hello);
        let said = client.until(" ").trim_end().to_owned();
        assert_eq!(client.take(1), &hello[..1]);
        drop(client);
        (said, school.event(family))
    };
    let (said, event) = speak(rivers, "rivers.example");
    assert_eq!(said, RIVERS[0]);
    assert_eq!((&*event.scheme, event.host.as_deref(), event.port), ("tunnel", Some("rivers.example"), 443));
    assert_eq!((event.outcome, event.visibility, event.entry), (Outcome::Allowed, Visibility::NameOnly, None));

    let (said, event) = speak(rivers, "other.example");
    assert_eq!(said, OTHER[0], "the name leads to its own place");
    assert_eq!((event.host.as_deref(), event.entry.as_deref()), (Some("other.example"), Some("address-differs")));

    let (said, event) = speak(other, "");
    assert_eq!(said, other, "without a name it goes to the address");
    assert_eq!((event.host.as_deref(), event.entry.as_deref()), (Some(other), Some("no-sni")));
    assert_eq!(event.visibility, Visibility::Nothing);

    let mut client = school.connect(rivers, 443);
    client.send(client_hello("casino.example"));
    assert_eq!(client.rest(), "");
    let event = school.event(family);
    assert_eq!((event.outcome, event.host.as_deref(), event.status), (Outcome::Blocked, Some("casino.example"), 0));
}

fn neither(school: &mut School, family: usize) {
    let rivers = RIVERS[family];
    for (address, port, bytes, code) in [
        (rivers, 443, b"SSH-2.0-nonsense\r\n".as_slice(), "not-web"),
        (rivers, 80, b"PRI * HTTP/2.0\r\n\r\n", "not-web"),
        (rivers, 8_443, &client_hello("rivers.example"), "port"),
        // Whoever comes to the door itself would be sent to the door again.
        (FILTER[family], DOOR, b"GET / HTTP/1.1\r\nHost: rivers.example\r\n\r\n", "not-redirected"),
    ] {
        let mut client = school.connect(address, port);
        client.send(bytes);
        assert_eq!(client.rest(), "");
        let event = school.event(family);
        assert_eq!((event.outcome, &*event.layer, event.port), (Outcome::Refused, code, port), "{event:?}");
    }
    let mut client = school.connect(rivers, ALARM);
    assert_eq!(client.until("\n"), format!("{rivers} greets\n"));
    drop(client);
    let event = school.event(family);
    assert_eq!(
        (event.outcome, event.host.as_deref(), event.visibility),
        (Outcome::Allowed, Some(rivers), Visibility::Nothing)
    );
}

#[test]
fn what_is_redirected_is_judged_by_what_it_names() {
    is_kept(Taken::Redirect);
}

#[test]
fn what_is_taken_as_it_is_is_judged_by_what_it_names() {
    is_kept(Taken::Tproxy);
}

/// Rules that turn aside what the filter itself sends bring each of its connections back to its own door.
#[test]
fn the_filters_own_connections_never_go_round() {
    let Some(mut school) = School::build(Taken::Redirect) else { return };
    let own = format!(
        "table inet own {{\n chain out {{\n  type nat hook output priority -100;\n  oifname \"outside\" tcp dport 80 redirect to :{DOOR}\n }}\n}}\n"
    );
    school.wires.turn_aside(&own, false).unwrap();
    let mut client = school.connect(RIVERS[0], 80);
    client.send("GET /a HTTP/1.1\r\nHost: rivers.example\r\nConnection: close\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 502"));
    let mut told: Vec<(String, Outcome)> =
        (0..2).map(|_| school.house.event()).map(|event| (event.layer.to_string(), event.outcome)).collect();
    told.sort_by_key(|(_, outcome)| *outcome == Outcome::Failed);
    assert_eq!(told[0], ("not-redirected".to_owned(), Outcome::Refused));
    assert_eq!(told[1].1, Outcome::Failed);
}
