//! Tunnels, WebSocket, sign-in and the parent proxy, over real sockets.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Client, Plan, client_hello, connect, echo, origin, parrot, ruleset, soon};
use holdfast_core::{
    event::{Event, Outcome},
    identity::{KnownPerson, SignIn},
};
use holdfast_gateway::{
    SignInMode,
    settings::ParentProxy,
    sign_in::{CHALLENGE, hash_password},
};
use std::{
    net::{Shutdown, SocketAddr},
    sync::atomic::Ordering::SeqCst,
    thread,
    time::Duration,
};

#[test]
fn a_tunnel_carries_tls_both_ways_and_half_a_close() {
    let mut house = Plan::to(parrot()).build();
    let mut client = connect(&house, "rivers.example:443");
    let hello = client_hello("rivers.example");
    for byte in &hello {
        client.send([*byte]);
    }
    client.send("more");
    client.stream.shutdown(Shutdown::Write).unwrap();
    let mut expected = hello.clone();
    expected.extend(b"more");
    assert_eq!(client.take(expected.len()), expected);
    assert_eq!(client.rest(), "");
    let event = house.event();
    assert_eq!((event.outcome, event.bytes_up), (Outcome::Allowed, expected.len() as u64));
    assert_eq!(event.bytes_up, event.bytes_down);
}

#[test]
fn the_name_inside_is_judged_too() {
    let mut house = Plan::to(parrot()).build();
    let mut client = connect(&house, "rivers.example:443");
    client.send(client_hello("casino.example"));
    assert_eq!(client.rest(), "");
    let event = house.event();
    assert_eq!((event.outcome, event.host.as_deref()), (Outcome::Blocked, Some("casino.example")));
}

#[test]
fn what_is_neither_tls_nor_http_is_closed_unless_listed() {
    let mut house = Plan::to(parrot()).build();
    for target in ["rivers.example:443", "rivers.example:80"] {
        let mut client = connect(&house, target);
        client.send("SSH-2.0-nonsense\r\n");
        assert_eq!(client.rest(), "");
        let event = house.event();
        assert_eq!((event.outcome, event.layer.as_ref()), (Outcome::Refused, "not-web"));
    }
    let mut client = connect(&house, "alarm.example:5222");
    client.send("anything at all");
    assert_eq!(client.take(15), b"anything at all");
}

#[test]
fn http_inside_a_tunnel_is_read_and_judged() {
    let mut house = Plan::to(echo()).build();
    let mut client = connect(&house, "rivers.example:80");
    client.send("GET /a HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    assert!(client.answer().1.starts_with("GET /a HTTP/1.1\r\nHost: rivers.example\r\n"));
    assert_eq!(house.event().scheme.as_ref(), "tunnel");
    assert_eq!(house.event().path.as_deref(), Some("/a"));
    client.send("GET /b HTTP/1.1\r\nHost: casino.example\r\n\r\n");
    assert!(client.rest().starts_with("HTTP/1.1 400"), "another site inside the tunnel is refused");
}

#[test]
fn an_open_tunnel_is_closed_when_the_policy_changes() {
    let mut house = Plan::to(parrot()).build();
    let mut client = connect(&house, "rivers.example:443");
    let hello = client_hello("rivers.example");
    client.send(&hello);
    client.take(hello.len());
    house.rulesets.send_replace(ruleset(&["other.example"]));
    client.send("still");
    client.take(5);
    house.rulesets.send_replace(ruleset(&["rivers.example"]));
    assert_eq!(client.rest(), "");
    let event = house.event();
    assert_eq!((event.outcome, event.layer.as_ref()), (Outcome::Blocked, "category"));
    assert_eq!(event.host.as_deref(), Some("rivers.example"));
    assert!(event.bytes_up > 5 && event.bytes_up == event.bytes_down, "what it had carried is told");
}

fn websocket_origin() -> SocketAddr {
    origin(|mut client| {
        let head = client.until("\r\n\r\n");
        assert!(head.contains("Upgrade: websocket\r\n") && head.contains("Sec-WebSocket-Key: k"), "{head}");
        client.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a\r\n\r\nfirst");
        let said = client.take(5);
        client.send(said);
    })
}

fn speak_websocket(client: &mut Client, target: &str) {
    client.send(format!(
        "GET {target} HTTP/1.1\r\nHost: rivers.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n"
    ));
    let head = client.until("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 101") && head.contains("Sec-WebSocket-Accept: a"), "{head}");
    assert_eq!(client.take(5), b"first");
    client.send("hello");
    assert_eq!(client.take(5), b"hello");
    assert_eq!(client.rest(), "");
}

#[test]
fn websockets_pass_in_the_open_and_inside_a_tunnel() {
    let house = Plan::to(websocket_origin()).build();
    speak_websocket(&mut house.client(), "http://rivers.example/chat");
    let house = Plan::to(websocket_origin()).build();
    speak_websocket(&mut connect(&house, "rivers.example:80"), "/chat");
}

#[test]
fn sign_in_is_asked_for_and_checked() {
    let mut plan = Plan::to(echo());
    plan.sign_in = SignInMode::Required;
    let hash = hash_password("correct horse").unwrap();
    plan.identity
        .people
        .insert("p-1".into(), KnownPerson { id: "p-1".into(), group: "oak".into(), classes: Vec::new() });
    plan.identity.sign_ins.insert("amber".to_owned(), SignIn { person: "p-1".into(), password_hash: hash.into() });
    let mut house = plan.build();
    let ask = |credentials: &str, host: &str| {
        let mut client = house.client();
        let field = if credentials.is_empty() {
            String::new()
        } else {
            format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(credentials))
        };
        client.send(format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n{field}\r\n"));
        client.answer()
    };
    let (head, _) = ask("", "rivers.example");
    assert!(head.starts_with("HTTP/1.1 407") && head.contains(&format!("Proxy-Authenticate: {CHALLENGE}")), "{head}");
    assert!(ask("amber:wrong", "rivers.example").0.starts_with("HTTP/1.1 407"));
    let (head, body) = ask("amber:correct horse", "rivers.example");
    assert!(head.starts_with("HTTP/1.1 200") && !body.contains("Authorization"), "{head}{body}");
    assert!(ask("", "help.example").0.starts_with("HTTP/1.1 200"), "help is open to the unsigned");
    assert!(ask("amber:wrong", "help.example").0.starts_with("HTTP/1.1 200"), "and to those who mistyped");
    let events: Vec<Event> = (0..5).map(|_| house.any_event()).collect();
    let named = |event: &Event| matches!(event, Event::Request(event) if event.subject.person == Some("p-1".into()));
    assert_eq!(events.iter().filter(|event| named(event)).count(), 1);
    assert!(events.contains(&Event::Help));
}

#[test]
fn a_parent_proxy_is_spoken_to_as_one() {
    let parent = origin(|mut client| {
        while let Some(head) = client.maybe_head() {
            assert!(
                head.contains(&format!("Proxy-Authorization: Basic {}", STANDARD.encode("school:secret"))),
                "{head}"
            );
            if head.starts_with("CONNECT 9.9.9.9") {
                client.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            if head.starts_with("CONNECT ") {
                client.send("HTTP/1.1 200 Yes\r\n\r\n");
                let hello = client_hello("rivers.example");
                assert_eq!(client.take(hello.len()), hello);
                client.send("through");
                return;
            }
            client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()));
        }
    });
    let mut plan = Plan::to(parent);
    let credentials = Some(("school".to_owned(), "secret".to_owned()));
    plan.settings.parent = Some(ParentProxy { host: "127.0.0.1".to_owned(), port: parent.port(), credentials });
    // Listed hosts with addresses go directly, and nothing is looked up for an address that is written out.
    plan.settings.destinations.listed.clear();
    let house = plan.build();
    let mut client = house.client();
    client.send("GET http://8.8.8.8/a HTTP/1.1\r\nHost: 8.8.8.8\r\n\r\n");
    assert!(client.answer().1.starts_with("GET http://8.8.8.8/a HTTP/1.1\r\nHost: 8.8.8.8\r\n"));
    let mut client = connect(&house, "8.8.8.8:443");
    client.send(client_hello("rivers.example"));
    assert_eq!(client.rest(), "through");
    let mut client = house.client();
    client.send("CONNECT 9.9.9.9:443 HTTP/1.1\r\nHost: 9.9.9.9:443\r\n\r\n");
    assert_eq!(client.status(), 502);
}

#[test]
fn a_silent_tunnel_ends_in_time() {
    let mut plan = Plan::to(parrot());
    plan.settings.times.peek = Duration::from_millis(150);
    plan.settings.times.tunnel_idle = Duration::from_millis(150);
    let house = plan.build();
    assert_eq!(connect(&house, "rivers.example:443").rest(), "");
    let mut client = connect(&house, "rivers.example:443");
    let hello = client_hello("rivers.example");
    client.send(&hello);
    client.take(hello.len());
    assert_eq!(client.rest(), "");
}

#[test]
fn stopping_lets_a_request_finish_and_frees_the_port() {
    let mut house = Plan::to(origin(|mut client| {
        client.until("\r\n\r\n");
        thread::sleep(Duration::from_millis(300));
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }))
    .build();
    let mut client = house.client();
    client.send("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    let counters = house.gate().counters();
    soon("the connection", || counters.open_connections.load(SeqCst) == 1);
    thread::sleep(Duration::from_millis(100));
    let gate = house.gate.take().unwrap();
    let stopping = thread::spawn(move || gate.stop(Duration::from_secs(5)));
    assert_eq!(client.answer().1, "ok");
    stopping.join().unwrap();
    assert_eq!(counters.open_connections.load(SeqCst), 0);
    assert!(std::net::TcpListener::bind(house.address).is_ok());
}
