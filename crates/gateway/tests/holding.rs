//! What must hold while the policy changes, while others misbehave, and through a parent proxy.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Client, Plan, client_hello, connect, echo, origin, parrot, ruleset};
use holdfast_core::{
    event::{Event, Outcome},
    identity::{Binding, IdentityTable, KnownPerson, SignIn},
    subject::GroupCode,
};
use holdfast_gateway::{SignInMode, settings::ParentProxy, sign_in::hash_password};
use std::{
    io::{Read, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

fn parent(address: SocketAddr) -> ParentProxy {
    let credentials = Some(("school".to_owned(), "secret".to_owned()));
    ParentProxy { host: "127.0.0.1".to_owned(), port: address.port(), credentials }
}

#[test]
fn a_tunnel_through_the_parent_is_never_given_to_another() {
    let leaked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&leaked);
    let proxy = origin(move |mut client| {
        while let Some(head) = client.maybe_head() {
            if head.starts_with("CONNECT ") {
                client.send("HTTP/1.1 200 Yes\r\n\r\n");
                counted.fetch_add(client.rest().len(), SeqCst);
                return;
            }
            client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len()));
        }
    });
    let mut plan = Plan::to(proxy);
    plan.settings.parent = Some(parent(proxy));
    plan.settings.destinations.listed.clear();
    plan.settings.workers = 1;
    plan.settings.http_ports = vec![443];
    let house = plan.build();
    let mut first = connect(&house, "8.8.8.8:443");
    first.send("GET / HTTP/1.1\r\nHost: 8.8.8.8:443\r\n\r\n");
    assert!(first.answer().1.starts_with("GET http://8.8.8.8:443/ HTTP/1.1\r\n"));
    let mut second = house.client();
    for _ in 0..3 {
        second.send("GET http://8.8.4.4/mine HTTP/1.1\r\nHost: 8.8.4.4\r\n\r\n");
        assert!(second.answer().1.starts_with("GET http://8.8.4.4/mine HTTP/1.1\r\n"));
    }
    drop((first, second));
    drop(house);
    assert_eq!(leaked.load(SeqCst), 0, "nothing was ever sent into the first client's tunnel");
}

#[test]
fn a_listed_host_goes_direct_and_inside_names_never_reach_the_parent() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let proxy = origin(move |mut client| {
        if client.maybe_head().is_some() {
            counted.fetch_add(1, SeqCst);
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nparent");
        }
    });
    let mut plan = Plan::to(echo());
    plan.settings.parent = Some(parent(proxy));
    plan.settings.pac.own_hosts = vec![holdfast_core::host::Host::parse("filter.school.invalid").unwrap()];
    let house = plan.build();
    let mut client = house.client();
    client.send("GET http://rivers.example/a HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    let body = client.answer().1;
    assert!(body.starts_with("GET /a HTTP/1.1\r\n") && !body.contains("Proxy-Authorization"), "{body}");
    // Once a connection to the parent waits for the next request, hosts are checked all the same.
    client.send("GET http://8.8.8.8/ HTTP/1.1\r\nHost: 8.8.8.8\r\n\r\n");
    assert_eq!(client.answer().1, "parent");
    for host in ["localhost", "printer.localhost", "intranet", "filter.school.invalid", "10.0.0.1", "127.0.0.1"] {
        client.send(format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(client.status(), 403, "{host}");
        client.send(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n"));
        assert_eq!(client.status(), 403, "{host} by CONNECT");
    }
    assert_eq!(asked.load(SeqCst), 1);
}

#[test]
fn interim_answers_without_end_are_not_gathered_in_memory() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let flood = origin(move |mut client| {
        client.until("\r\n\r\n");
        let head = format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(4_000));
        while client.stream.write_all(head.as_bytes()).is_ok() {
            counted.fetch_add(head.len(), SeqCst);
        }
    });
    let mut house = Plan::to(flood).build();
    let mut client = house.client();
    client.send("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    let answer = client.rest();
    assert_eq!(answer.matches("HTTP/1.1 103").count(), 16);
    assert!(answer.contains("HTTP/1.1 502"), "{}", &answer[answer.len() - 300..]);
    let event = house.event();
    assert_eq!((event.outcome, event.entry.as_deref()), (Outcome::Failed, Some("interim-answers")));
}

#[test]
fn interim_answers_wait_for_a_client_that_does_not_read() {
    // Far more than the system itself may hold in the buffers of four sockets (32 MB each way on this kernel).
    const HEAD: usize = 12_000_000;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let mut plan = Plan::to(origin(move |mut client| {
        client.until("\r\n\r\n");
        let head = format!("HTTP/1.1 103 Early Hints\r\nLink: {}\r\n\r\n", "x".repeat(HEAD));
        for _ in 0..16 {
            if client.stream.write_all(head.as_bytes()).is_err() {
                return;
            }
            counted.fetch_add(head.len(), SeqCst);
        }
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }));
    plan.settings.head_bytes = HEAD + 100_000;
    let house = plan.build();
    let mut client = house.client();
    client.send("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    thread::sleep(Duration::from_millis(1_500));
    let ahead = sent.load(SeqCst);
    assert!(ahead < 140_000_000, "{ahead} of 192 million bytes were taken for a client that reads none");
    let (mut space, mut end) = (vec![0; 1 << 20], Vec::new());
    while !end.ends_with(b"\r\n\r\nok") {
        let count = client.stream.read(&mut space).unwrap();
        assert!(count > 0, "closed before the answer came");
        end.extend_from_slice(&space[count.saturating_sub(16)..count]);
    }
}

#[test]
fn the_name_inside_an_allowed_tunnel_has_its_own_event() {
    let mut house = Plan::to(parrot()).build();
    let speak = |house: &common::House, name: &str| {
        let mut client = connect(house, "rivers.example:443");
        let hello = client_hello(name);
        client.send(&hello);
        client.take(hello.len());
    };
    speak(&house, "hills.example");
    speak(&house, "");
    let events = [house.event(), house.event(), house.event()];
    let told = |host: &str| events.iter().filter(|event| event.host.as_deref() == Some(host)).count();
    assert_eq!((told("hills.example"), told("rivers.example")), (1, 2));
    assert!(events.iter().all(|event| event.outcome == Outcome::Allowed));
    assert_eq!(events.iter().filter(|event| event.entry.as_deref() == Some("no-sni")).count(), 1);
}

#[test]
fn a_policy_that_changes_while_a_tunnel_is_opened_holds_for_it() {
    let mut house = Plan::to(parrot()).build();
    let mut client = connect(&house, "rivers.example:443");
    house.rulesets.send_replace(ruleset(&["rivers.example"]));
    client.send(client_hello("rivers.example"));
    assert_eq!(client.rest(), "");
    assert_eq!(house.event().outcome, Outcome::Blocked);
}

/// An origin that sends without end.
fn endless(head: &'static str) -> SocketAddr {
    origin(move |mut client| {
        if !head.is_empty() {
            client.until("\r\n\r\n");
            client.send(head);
        }
        let block = vec![b'x'; 256 * 1024];
        while client.stream.write_all(&block).is_ok() {}
    })
}

/// Reads for as long as anything comes.
fn ends_within(client: &mut Client, most: Duration) {
    let begun = Instant::now();
    let mut space = vec![0; 256 * 1024];
    while client.stream.read(&mut space).is_ok_and(|count| count > 0) {
        assert!(begun.elapsed() < most, "it still goes on");
    }
}

#[test]
fn a_tunnel_that_never_pauses_is_closed_when_the_policy_changes() {
    let mut house = Plan::to(endless("")).build();
    let mut client = connect(&house, "rivers.example:443");
    client.send(client_hello("rivers.example"));
    client.take(10_000_000);
    house.rulesets.send_replace(ruleset(&["rivers.example"]));
    ends_within(&mut client, Duration::from_secs(5));
    assert_eq!(house.event().outcome, Outcome::Blocked);
}

#[test]
fn a_download_is_closed_when_the_policy_changes_and_at_every_while() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n";
    let mut house = Plan::to(endless(head)).build();
    let mut client = house.client();
    client.send("GET http://rivers.example/big HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    client.take(10_000_000);
    house.rulesets.send_replace(ruleset(&["other.example"]));
    client.take(50_000_000);
    house.rulesets.send_replace(ruleset(&["rivers.example"]));
    ends_within(&mut client, Duration::from_secs(5));
    let event = house.event();
    assert_eq!((event.outcome, event.status, event.category.as_deref()), (Outcome::Blocked, 200, Some("gambling")));
    assert!(event.bytes_down > 50_000_000);
    // Time alone changes verdicts too.
    let late = Arc::new(AtomicBool::new(false));
    let is_late = Arc::clone(&late);
    let mut plan = Plan::to(endless(head));
    plan.settings.times.rejudge = Duration::from_millis(50);
    plan.judge = holdfast_gateway::judge::Judge::new(move |ruleset, subject, request, moment| {
        use holdfast_core::decide::{Cause, Layer, Reason, Verdict, decide};
        if is_late.load(SeqCst) {
            return Verdict::Block(Reason { layer: Layer::Default, cause: Cause::Default });
        }
        decide(ruleset, subject, request, moment)
    });
    let mut house = plan.build();
    let mut client = house.client();
    client.send("GET http://rivers.example/big HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    client.take(10_000_000);
    late.store(true, SeqCst);
    ends_within(&mut client, Duration::from_secs(5));
    let event = house.event();
    assert_eq!((event.outcome, event.entry.as_deref()), (Outcome::Blocked, Some("revoked")));
}

#[test]
fn somebody_who_signed_in_and_left_the_table_is_nobody() {
    let mut plan = Plan::to(echo());
    plan.sign_in = SignInMode::Required;
    let hash = hash_password("correct horse").unwrap();
    plan.identity.people.insert("p-1".into(), KnownPerson { id: "p-1".into(), group: "oak".into(), classes: vec![] });
    plan.identity.sign_ins.insert("amber".to_owned(), SignIn { person: "p-1".into(), password_hash: hash.into() });
    let binding = Binding { group: Some("staff".into()), ..Binding::default() };
    plan.identity.listeners.insert("main".to_owned(), binding.clone());
    let mut house = plan.build();
    let mut client = house.client();
    let field = STANDARD.encode("amber:correct horse");
    client.send(format!(
        "CONNECT rivers.example:80 HTTP/1.1\r\nHost: rivers.example:80\r\nProxy-Authorization: Basic {field}\r\n\r\n"
    ));
    client.until("\r\n\r\n");
    let mut ask = |house: &mut common::House, group: Option<&str>| {
        client.send("GET / HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
        assert_eq!(client.status(), 200);
        let mut event = house.any_event();
        if matches!(&event, Event::Request(request) if request.method.as_ref() == "CONNECT") {
            event = house.any_event();
        }
        let Event::Request(event) = event else { panic!("no help was asked for") };
        assert_eq!(event.subject.group.as_ref().map(GroupCode::as_str), group);
    };
    ask(&mut house, Some("oak"));
    let mut without = IdentityTable { told: true, generation: 2, ..IdentityTable::default() };
    without.listeners.insert("main".to_owned(), binding);
    house.identities.send_replace(Arc::new(without));
    ask(&mut house, None);
}

#[test]
fn a_stop_frees_what_a_cut_request_held() {
    let mut house = Plan::to(endless("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")).build();
    let mut client = house.client();
    client.send("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    client.take(1_000);
    let counters = house.gate().counters();
    house.gate.take().unwrap().stop(Duration::from_millis(50));
    assert_eq!(counters.open_connections.load(SeqCst), 0);
    assert_eq!(house.event().entry.as_deref(), Some("cut"));
}

#[test]
fn a_request_that_was_revoked_before_any_answer_is_told_why() {
    let (answer, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let slow = origin(move |mut client| {
        client.maybe_head();
        waits.lock().unwrap().recv().unwrap_or_default();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nriver");
    });
    let mut house = Plan::to(slow).build();
    let mut client = house.client();
    client.send("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    thread::sleep(Duration::from_millis(300));
    house.rulesets.send_replace(ruleset(&["rivers.example"]));
    answer.send(()).unwrap();
    let (head, body) = client.answer();
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    let event = house.event();
    assert!(body.contains(&*event.reference), "the person can name the event: {body}");
    assert_eq!((event.outcome, event.status), (Outcome::Blocked, 403));
}
