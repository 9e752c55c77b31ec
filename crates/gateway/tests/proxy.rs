//! The proxy over real sockets: what goes on, what is stopped, and what happens when either side misbehaves.

mod common;

use common::{Client, POLICY, Plan, echo, origin, ruleset, ruleset_of, soon};
use holdfast_core::{
    event::{Event, Outcome},
    identity::{Binding, IdentityTable, KnownPerson},
};
use holdfast_gateway::judge::Judge;
use std::{
    collections::HashMap,
    io::{Read, Write},
    net::Shutdown,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

fn get(host: &str) -> String {
    format!("GET http://{host}/page?x=1 HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n")
}

#[test]
fn a_request_goes_on_cleaned_and_its_event_tells_it() {
    let mut house = Plan::to(echo()).build();
    let mut client = house.client();
    client.send(
        "GET http://rivers.example/a?b HTTP/1.1\r\nHost: rivers.example\r\nProxy-Connection: keep-alive\r\n\
         Connection: X-Own\r\nX-Own: 1\r\nProxy-Authorization: Basic eDp5\r\nCookie: c\r\n\r\n",
    );
    let (head, body) = client.answer();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Via: 1.1 holdfast\r\n"), "{head}");
    assert_eq!(body, "GET /a?b HTTP/1.1\r\nHost: rivers.example\r\nCookie: c\r\nVia: 1.1 holdfast\r\n\r\n");
    let event = house.event();
    assert_eq!((event.outcome, event.status), (Outcome::Allowed, 200));
    assert_eq!(event.host.as_deref(), Some("rivers.example"));
    assert_eq!(event.path.as_deref(), Some("/a?b"));
    assert_eq!(event.bytes_down, body.len() as u64);
    assert_eq!(event.client, Some("127.0.0.1".parse().unwrap()));
    client.send(get("rivers.example"));
    assert_eq!(client.status(), 200);
}

#[test]
fn a_blocked_page_is_shown_with_its_reason_and_nothing_is_fetched() {
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let mut house = Plan::to(origin(move |_| {
        counted.fetch_add(1, SeqCst);
    }))
    .build();
    let mut client = house.client();
    for _ in 0..2 {
        client.send(get("www.casino.example"));
        let (head, body) = client.answer();
        assert!(head.starts_with("HTTP/1.1 403") && head.contains("Cache-Control: no-store"), "{head}");
        let event = house.event();
        assert!(body.contains(&*event.reference), "the page shows the event's reference");
        assert_eq!(event.outcome, Outcome::Blocked);
        assert_eq!(event.category.as_deref(), Some("gambling"));
    }
    client.send("CONNECT casino.example:443 HTTP/1.1\r\nHost: casino.example:443\r\n\r\n");
    assert_eq!(client.status(), 403);
    assert_eq!(house.event().scheme.as_ref(), "tunnel");
    assert_eq!(hits.load(SeqCst), 0);
}

/// Whoever is suspended finds help straight; who set the proxy by hand gets it in place of our page, and leaves no trace of having
/// looked.
#[test]
fn who_asks_a_proxy_for_our_own_pages_is_shown_help_and_nobody_is_told() {
    const SUSPENDED: &str = "\n[[suspension]]\ncode = \"s-1\"\nperson = \"p-1\"\nauthor = \"head\"\nstarts = \"2020-01-01\"\n\
                             ends = \"2090-01-01\"\n";
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let mut plan = Plan::to(origin(move |_| {
        counted.fetch_add(1, SeqCst);
    }));
    plan.settings.own_origin = "http://filter.school.example:8080".to_owned();
    let person = KnownPerson { id: "p-1".into(), group: "oak".into(), classes: Vec::new() };
    plan.identity.people = HashMap::from([(person.id.clone(), person)]);
    let binding = Binding { person: Some("p-1".into()), ..Binding::default() };
    plan.identity.listeners.insert("main".to_owned(), binding);
    let mut house = plan.build();
    house.rulesets.send_replace(ruleset_of(&format!("{POLICY}{SUSPENDED}"), &["casino.example"], &[]));
    let mut client = house.client();
    client.send(get("rivers.example"));
    assert_eq!(client.status(), 403, "suspended");
    assert!(matches!(house.event().outcome, Outcome::Blocked));
    let own = "filter.school.example:8080";
    for path in ["/help", "/help/children", "/stopped", "/"] {
        client.send(format!("GET http://{own}{path} HTTP/1.1\r\nHost: {own}\r\nAccept: text/html\r\n\r\n"));
        let (head, body) = client.answer();
        assert!(head.starts_with("HTTP/1.1 403"), "{head}");
        for words in ["https://www.ceop.police.uk/Safety-Centre/", "tel:999", "tel:08001111", "Nobody is told"] {
            assert!(body.contains(words), "{path}: no {words}: {body}");
        }
        assert!(matches!(house.any_event(), Event::Help), "{path}: it is told who looked");
    }
    client.send(format!("CONNECT {own} HTTP/1.1\r\nHost: {own}\r\n\r\n"));
    assert_eq!(client.status(), 403);
    assert!(matches!(house.any_event(), Event::Help), "it is told who looked");
    assert_eq!(hits.load(SeqCst), 0, "no way leads there");
}

#[test]
fn names_of_people_stay_out_until_the_school_has_told_them() {
    let mut plan = Plan::to(echo());
    let person = KnownPerson { id: "p-1".into(), group: "oak".into(), classes: Vec::new() };
    plan.identity =
        IdentityTable { told: false, people: HashMap::from([(person.id.clone(), person)]), ..plan.identity };
    let binding = Binding { person: Some("p-1".into()), ..Binding::default() };
    plan.identity.listeners.insert("main".to_owned(), binding);
    let mut house = plan.build();
    let mut client = house.client();
    client.send(get("rivers.example"));
    assert_eq!(client.status(), 200);
    let event = house.event();
    assert_eq!(event.subject.person, None);
}

#[test]
fn help_is_counted_and_never_told() {
    let mut house = Plan::to(echo()).build();
    let mut client = house.client();
    client.send(get("help.example"));
    assert_eq!(client.status(), 200);
    assert_eq!(house.any_event(), Event::Help);
}

#[test]
fn unclear_requests_are_refused_and_the_connection_closed() {
    let house = Plan::to(echo()).build();
    for text in [
        "GET / HTTP/1.1\r\nHost: rivers.example\r\nConnection: close\r\n\r\n",
        "ANNOUNCE http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n",
        "GET https://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n",
        "GET http://rivers.example/ HTTP/1.1\r\nHost: casino.example\r\n\r\n",
        "GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nHost: rivers.example\r\n\r\n",
        "GET http://rivers.example/ HTTP/1.1\nHost: rivers.example\n\n",
        "GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nA: b\r\n c\r\n\r\n",
        "POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET http://rivers.example/\r\n\r\n",
        "GET http://rivers.ex\u{e4}mple/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n",
        "GET http://rivers.example/a/../b HTTP/1.1\r\nHost: rivers.example\r\n\r\n",
        "GET http://rivers.example/a/%252e%252e%2fb HTTP/1.1\r\nHost: rivers.example\r\n\r\n",
        "TRACE http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nConnection: close\r\n\r\n",
        "\u{16}\u{3}\u{1}",
    ] {
        let mut client = house.client();
        client.send(text);
        let answer = client.rest();
        let status: u16 = answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_default();
        assert!((400..500).contains(&status) || status == 501, "{text:?} got {answer:?}");
        assert!(answer.contains("Connection: close"), "{answer}");
    }
}

#[test]
fn other_ports_and_our_own_are_refused() {
    let mut house = Plan::to(echo()).build();
    let own = house.address.port();
    let mut client = house.client();
    client.send("GET http://rivers.example:8081/ HTTP/1.1\r\nHost: rivers.example:8081\r\n\r\n");
    assert_eq!(client.status(), 403);
    assert_eq!(house.event().layer.as_ref(), "port");
    client.send("CONNECT rivers.example:22 HTTP/1.1\r\nHost: rivers.example:22\r\n\r\n");
    assert_eq!(client.status(), 403);
    let mut plan = Plan::to(echo());
    plan.settings.tunnel_ports = vec![own, 9_999];
    plan.settings.http_ports = vec![9_999];
    let mut house = plan.build();
    for target in ["127.0.0.1:443", "127.0.0.1:9999", "[::1]:443", "10.0.0.1:443", "169.254.169.254:80"] {
        let mut client = house.client();
        client.send(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"));
        let mut refused = client.answer().0;
        if target.ends_with(":80") {
            client.send(format!("GET / HTTP/1.1\r\nHost: {target}\r\n\r\n"));
            refused = client.answer().0;
        }
        assert!(refused.starts_with("HTTP/1.1 403"), "{target}: {refused}");
        let mut event = house.event();
        if event.outcome == Outcome::Allowed {
            event = house.event();
        }
        assert_eq!(event.outcome, Outcome::Refused);
        assert!(event.layer.starts_with("destination-"), "{}", event.layer);
    }
    let own = house.address;
    let mut plan = Plan::to(own);
    plan.settings.destinations.own_ports = vec![own.port()];
    let house = plan.build();
    let mut client = house.client();
    client.send("CONNECT rivers.example:443 HTTP/1.1\r\nHost: rivers.example:443\r\n\r\n");
    assert_eq!(client.status(), 403, "a listed name does not lead to our own ports either");
}

#[test]
fn the_pac_file_is_served_and_nothing_else() {
    let house = Plan::to(echo()).build();
    let mut client = house.client();
    let own = house.address;
    client.send(format!("GET /proxy.pac HTTP/1.1\r\nHost: {own}\r\n\r\n"));
    let (head, body) = client.answer();
    assert!(head.contains("application/x-ns-proxy-autoconfig"), "{head}");
    assert!(body.contains(&format!("PROXY {own}")), "{body}");
    client.send(format!("GET /wpad.dat HTTP/1.1\r\nHost: {own}\r\n\r\n"));
    assert_eq!(client.status(), 200);
    client.send(format!("GET /other HTTP/1.1\r\nHost: {own}\r\n\r\n"));
    assert_eq!(client.status(), 421);
}

#[test]
fn a_slow_head_is_cut_off() {
    let house = Plan::to(echo()).build();
    let mut client = house.client();
    let mut slow = client.stream.try_clone().unwrap();
    let dripping = thread::spawn(move || {
        for byte in get("rivers.example").bytes() {
            if slow.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(30));
        }
    });
    assert!(client.rest().starts_with("HTTP/1.1 408"));
    drop(client);
    dripping.join().unwrap();
}

#[test]
fn expect_and_interim_answers_pass_both_ways() {
    let house = Plan::to(origin(|mut client| {
        let head = client.until("\r\n\r\n");
        assert!(head.contains("Expect: 100-continue"));
        client.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
        let body = client.take(5);
        client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()));
        client.send(body);
    }))
    .build();
    let mut client = house.client();
    client.send(
        "POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 103"));
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 100"));
    client.send("hello");
    assert_eq!(client.answer().1, "hello");
}

#[test]
fn chunks_and_trailers_pass_both_ways() {
    let mut house = Plan::to(origin(|mut client| {
        client.until("\r\n\r\n");
        assert_eq!(client.until("0\r\nX-Sum: up\r\n\r\n"), "5\r\nhello\r\n0\r\nX-Sum: up\r\n\r\n");
        client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;note=1\r\nabc\r\n0\r\nX-Sum: down\r\n\r\n");
    }))
    .build();
    let mut client = house.client();
    client.send("POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX-Sum: up\r\n\r\n");
    let head = client.until("\r\n\r\n");
    assert!(head.contains("Transfer-Encoding: chunked"), "{head}");
    assert_eq!(client.until("down\r\n\r\n"), "3\r\nabc\r\n0\r\nX-Sum: down\r\n\r\n");
    let event = house.event();
    assert_eq!((event.bytes_up, event.bytes_down), (5, 3));
    // An old client gets the content alone, up to the close.
    let house = Plan::to(origin(|mut client| {
        client.until("\r\n\r\n");
        client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    }))
    .build();
    let mut client = house.client();
    client.send("GET http://rivers.example/ HTTP/1.0\r\n\r\n");
    let answer = client.rest();
    assert!(answer.ends_with("\r\n\r\nabc") && !answer.contains("chunked"), "{answer}");
}

#[test]
fn head_and_empty_answers_leave_the_connection_in_step() {
    let house = Plan::to(origin(|mut client| {
        while let Some(head) = client.maybe_head() {
            client.send(match head.split(' ').next().unwrap() {
                "HEAD" => "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
                "PUT" => "HTTP/1.1 204 No Content\r\n\r\n",
                "OPTIONS" => "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
                _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            });
        }
    }))
    .build();
    let mut client = house.client();
    for method in ["HEAD", "PUT", "OPTIONS"] {
        client.send(format!("{method} http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n"));
        client.until("\r\n\r\n");
        client.send(get("rivers.example"));
        assert_eq!(client.answer().1, "ok", "after {method}");
    }
}

#[test]
fn bad_answers_never_reach_the_client() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        "HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Field: b\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 407 Sign in\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "",
    ] {
        let mut house = Plan::to(origin(move |mut client| {
            client.until("\r\n\r\n");
            client.send(answer);
        }))
        .build();
        let mut client = house.client();
        client.send(get("rivers.example"));
        assert_eq!(client.status(), 502, "{answer:?}");
        assert_eq!(house.event().outcome, Outcome::Failed);
    }
}

#[test]
fn an_early_answer_reaches_a_client_that_still_sends() {
    let house = Plan::to(origin(|mut client| {
        client.until("\r\n\r\n");
        client.send("HTTP/1.1 413 Too much\r\nContent-Length: 4\r\n\r\nstop");
        client.stream.shutdown(Shutdown::Write).unwrap();
        thread::sleep(Duration::from_millis(200));
    }))
    .build();
    let mut client = house.client();
    client.send("POST http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nContent-Length: 100000000\r\n\r\n");
    client.send(vec![b'x'; 100_000]);
    let (head, body) = client.answer();
    assert!(head.starts_with("HTTP/1.1 413") && head.contains("Connection: close"), "{head}");
    assert_eq!(body, "stop");
}

#[test]
fn upstream_connections_are_used_again_and_a_stale_one_costs_nothing() {
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let mut plan = Plan::to(origin(move |mut client| {
        counted.fetch_add(1, SeqCst);
        for _ in 0..3 {
            let Some(_) = client.maybe_head() else { return };
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
        // The fourth request finds the connection closed without a word.
        client.maybe_head();
    }));
    plan.settings.workers = 1;
    let house = plan.build();
    let mut client = house.client();
    for _ in 0..6 {
        client.send(get("rivers.example"));
        assert_eq!(client.status(), 200);
    }
    assert_eq!(opened.load(SeqCst), 2);
}

#[test]
fn a_client_that_leaves_takes_its_request_along() {
    let gone = Arc::new(AtomicUsize::new(0));
    let noticed = Arc::clone(&gone);
    let house = Plan::to(origin(move |mut client| {
        client.until("\r\n\r\n");
        client.rest();
        noticed.fetch_add(1, SeqCst);
    }))
    .build();
    let mut client = house.client();
    client.send(get("rivers.example"));
    soon("the request", || house.gate().counters().open_connections.load(SeqCst) == 1);
    thread::sleep(Duration::from_millis(50));
    drop(client);
    soon("the upstream's close", || gone.load(SeqCst) == 1);
}

#[test]
fn a_large_body_streams_in_bounded_memory() {
    const SIZE: usize = 300 * 1024 * 1024;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let house = Plan::to(origin(move |mut client| {
        client.until("\r\n\r\n");
        client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"));
        let block = vec![b'x'; 1024 * 1024];
        for _ in 0..SIZE / block.len() {
            if client.stream.write_all(&block).is_err() {
                return;
            }
            counted.fetch_add(block.len(), SeqCst);
        }
    }))
    .build();
    let mut client = house.client();
    client.send(get("rivers.example"));
    client.until("\r\n\r\n");
    thread::sleep(Duration::from_millis(400));
    let ahead = sent.load(SeqCst);
    assert!(ahead < 128 * 1024 * 1024, "{ahead} bytes were taken from the origin for a client that reads none");
    let mut left = SIZE - client.waiting.len();
    let mut space = vec![0; 1024 * 1024];
    while left > 0 {
        let count = client.stream.read(&mut space).unwrap();
        assert!(count > 0, "closed with {left} to go");
        left -= count;
    }
}

#[test]
fn a_judge_that_breaks_refuses_the_request_and_spares_help() {
    let mut plan = Plan::to(echo());
    plan.judge = Judge::new(|_, _, _, _| panic!("on purpose"));
    let mut house = plan.build();
    let mut client = house.client();
    client.send(get("rivers.example"));
    assert_eq!(client.status(), 403);
    let event = house.event();
    assert_eq!((event.layer.as_ref(), event.outcome), ("fault", Outcome::Refused));
    client.send(get("help.example"));
    assert_eq!(client.status(), 200);
    assert_eq!(house.gate().counters().faults.load(SeqCst), 2);
}

#[test]
fn a_full_channel_changes_no_verdict_and_is_counted() {
    let mut plan = Plan::to(echo());
    plan.lanes = 1;
    let house = plan.build();
    let mut client = house.client();
    for _ in 0..5 {
        client.send(get("rivers.example"));
        assert_eq!(client.status(), 200);
        client.send(get("casino.example"));
        assert_eq!(client.status(), 403);
    }
    soon("the count", || {
        house.gate().loss().allowed.load(SeqCst) == 4 && house.gate().loss().blocked.load(SeqCst) == 4
    });
}

#[test]
fn connections_beyond_the_limit_are_turned_away() {
    let mut plan = Plan::to(echo());
    plan.settings.connections_per_client = 2;
    let house = plan.build();
    let mut first = house.client();
    first.send(get("rivers.example"));
    assert_eq!(first.status(), 200);
    let _second = house.client();
    soon("two", || house.gate().counters().open_connections.load(SeqCst) == 2);
    assert_eq!(house.client().rest(), "");
    assert_eq!(house.gate().counters().turned_away.load(SeqCst), 1);
}

#[test]
fn a_new_ruleset_holds_from_the_next_request() {
    let house = Plan::to(echo()).build();
    let mut client = house.client();
    client.send(get("rivers.example"));
    assert_eq!(client.status(), 200);
    house.rulesets.send_replace(ruleset(&["rivers.example"]));
    client.send(get("rivers.example"));
    assert_eq!(client.status(), 403);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let house = Plan::to(echo()).build();
    let mut client: Client = house.client();
    let both = format!("{}{}{}", get("a.example"), get("casino.example"), get("b.example"));
    client.send(both);
    assert!(client.answer().1.contains("Host: a.example"));
    assert!(client.answer().0.starts_with("HTTP/1.1 403"));
    assert!(client.answer().1.contains("Host: b.example"));
}
