//! Opened connections in HTTP/1.1: what is judged, what is shown, what is left alone, and what is told.

mod common;
mod opened;

use common::{Plan, connect, origin};
use holdfast_core::{
    event::{Event, Outcome},
    request::Visibility,
};
use holdfast_gateway::SignInMode;
use opened::{
    Authorities, MadeAuthority, OPEN, ask, greet, read_answer, read_head, ruleset, secure_echo, secure_origin, shown,
};
use std::{
    io::{Read, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

const SITES: &[&str] = &["rivers.example", "casino.example", "payroll.example", "partner.example", "127.0.0.1"];

fn site(authorities: &Authorities) -> SocketAddr {
    secure_echo(authorities.sites.server(SITES, &[]))
}

/// Nobody can have come to a site that nobody may reach.
fn untouched() -> (SocketAddr, Arc<AtomicUsize>) {
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    let count = move |_client| {
        counted.fetch_add(1, SeqCst);
    };
    (origin(count), visits)
}

#[test]
fn what_is_asked_inside_is_judged_whole_and_told() {
    let authorities = Authorities::new();
    let mut house = authorities.house(site(&authorities), OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let (head, body) = ask(&mut client, "rivers.example", "/maps?of=trent");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(body.starts_with("GET /maps?of=trent HTTP/1.1\r\nHost: rivers.example\r\n"), "{body}");
    let event = house.event();
    assert_eq!((&*event.scheme, event.visibility, event.outcome), ("https", Visibility::Whole, Outcome::Allowed));
    assert_eq!((event.host.as_deref(), event.path.as_deref()), (Some("rivers.example"), Some("/maps?of=trent")));
    assert_eq!((event.port, event.unopened), (443, None));

    let (head, body) = ask(&mut client, "rivers.example", "/fights/today");
    assert!(head.starts_with("HTTP/1.1 403") && body.contains("<!DOCTYPE html>"), "{head}");
    let event = house.event();
    assert_eq!((event.outcome, event.rule.as_deref()), (Outcome::Blocked, Some("no-fights")));
    assert_eq!(event.path.as_deref(), Some("/fights/today"));
    assert!(house.is_silent(), "the tunnel itself is told by what was asked inside");
}

#[test]
fn only_the_one_host_is_spoken_to_inside() {
    let authorities = Authorities::new();
    let house = authorities.house(site(&authorities), OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let (head, _) = ask(&mut client, "payroll.example", "/");
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
}

#[test]
fn a_block_page_is_shown_in_place_and_nobody_goes_to_the_site() {
    let authorities = Authorities::new();
    let (site, visits) = untouched();
    for extent in ["everything", "block-pages"] {
        let mut house = authorities.house(site, &OPEN.replace("everything", extent));
        let mut client = authorities.opened(&house, "casino.example");
        let (head, body) = ask(&mut client, "casino.example", "/roulette");
        assert!(head.starts_with("HTTP/1.1 403"), "{extent}: {head}");
        assert!(head.contains("Content-Security-Policy") && body.contains("casino.example"), "{body}");
        assert!(body.contains("http://localhost:8080"), "forms live on our own origin");
        let event = house.event();
        assert_eq!((&*event.scheme, event.outcome), ("https", Outcome::Blocked));
        assert!(house.is_silent());
    }
    assert_eq!(visits.load(SeqCst), 0);
}

#[test]
fn what_is_opened_only_for_block_pages_is_otherwise_left_unopened() {
    let authorities = Authorities::new();
    let mut house = authorities.house(site(&authorities), &OPEN.replace("everything", "block-pages"));
    let trusting_sites = Authorities::client(&authorities.sites, &[]);
    let mut client = greet(&house, "rivers.example:443", "rivers.example", trusting_sites);
    assert!(ask(&mut client, "rivers.example", "/fights").0.starts_with("HTTP/1.1 200"), "only the name was seen");
    drop(client);
    let event = house.event();
    assert_eq!((event.visibility, &*event.scheme), (Visibility::NameOnly, "tunnel"));
    assert!(event.unopened.is_some());
}

#[test]
fn left_unopened_partners_and_help_keep_the_sites_own_certificate() {
    let authorities = Authorities::new();
    let mut house = authorities.house(site(&authorities), OPEN);
    for host in ["payroll.example", "partner.example"] {
        let mut client = greet(&house, &format!("{host}:443"), host, Authorities::client(&authorities.sites, &[]));
        assert!(ask(&mut client, host, "/").0.starts_with("HTTP/1.1 200"));
        drop(client);
        match house.any_event() {
            Event::Request(event) if host == "payroll.example" => {
                assert_eq!((event.unopened.as_deref(), event.visibility), (Some("school"), Visibility::NameOnly));
                assert_eq!(event.path, None);
            }
            Event::Help if host == "partner.example" => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_policy_that_opens_nothing_opens_nothing() {
    let authorities = Authorities::new();
    let house = authorities.house(site(&authorities), &OPEN.replace("inspection = { extent = \"everything\" }", ""));
    let mut client =
        greet(&house, "rivers.example:443", "rivers.example", Authorities::client(&authorities.sites, &[]));
    assert!(ask(&mut client, "rivers.example", "/fights").0.starts_with("HTTP/1.1 200"));
}

#[test]
fn a_site_with_a_bad_certificate_is_told_and_never_reached() {
    let authorities = Authorities::new();
    let stranger = MadeAuthority::new("Nobody known");
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let site = secure_origin(stranger.server(&["rivers.example"], &[]), move |stream| {
        if read_head(stream).is_some() {
            counted.fetch_add(1, SeqCst);
        }
    });
    let mut house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let (head, body) = ask(&mut client, "rivers.example", "/");
    assert!(head.starts_with("HTTP/1.1 502") && body.contains("<!DOCTYPE html>"), "{head}");
    assert!(!body.to_lowercase().contains("proceed"), "nobody can override it");
    let event = house.event();
    assert_eq!(event.outcome, Outcome::Failed);
    assert!(event.entry.as_deref().is_some_and(|entry| entry.starts_with("certificate-")), "{:?}", event.entry);
    assert_eq!(asked.load(SeqCst), 0);
}

#[test]
fn a_site_that_wants_a_certificate_of_us_is_told() {
    let authorities = Authorities::new();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authorities.sites.certificate.clone()).unwrap();
    let verifier = rustls::server::WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let site = secure_origin(authorities.sites.server_that_asks(SITES, verifier), |stream| {
        read_head(stream);
    });
    let mut house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    assert!(ask(&mut client, "rivers.example", "/").0.starts_with("HTTP/1.1 502"));
    let event = house.event();
    assert_eq!((event.outcome, event.entry.as_deref()), (Outcome::Failed, Some("client-certificate")));
}

#[test]
fn a_client_that_distrusts_us_is_told_with_its_own_word() {
    let authorities = Authorities::new();
    let mut house = authorities.house(site(&authorities), OPEN);
    let stranger = MadeAuthority::new("Pinned");
    let mut client = greet(&house, "rivers.example:443", "rivers.example", Authorities::client(&stranger, &[]));
    assert!(client.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err());
    drop(client);
    let event = house.event();
    assert_eq!((event.outcome, &*event.scheme), (Outcome::Failed, "tunnel"));
    assert_eq!(event.entry.as_deref(), Some("client-distrusts unknown_ca"));
}

#[test]
fn without_an_authority_nothing_is_passed_on_unread() {
    let authorities = Authorities::new();
    let (site, visits) = untouched();
    let plans: [fn(&Authorities, SocketAddr) -> Plan; 2] = [Authorities::plan, |_, site| Plan::to(site)];
    for (number, plan) in plans.into_iter().enumerate() {
        authorities.in_use.send_replace(None);
        let mut house = plan(&authorities, site).build();
        house.rulesets.send_replace(ruleset(OPEN));
        let mut client = authorities.opened(&house, "rivers.example");
        assert!(client.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err());
        let event = house.event();
        assert_eq!((event.outcome, &*event.layer), (Outcome::Refused, "cannot-open"), "plan {number}");
    }
    assert!(visits.load(SeqCst) <= 1, "the site may have been greeted, and nothing was sent to it");
}

#[test]
fn a_block_stays_a_block_where_the_page_cannot_be_shown() {
    let authorities = Authorities::new();
    let (site, visits) = untouched();
    for (host, outcome) in [("casino.example", Outcome::Blocked), ("sealed.example", Outcome::Sealed)] {
        let mut house = authorities.house(site, OPEN);
        // Whoever is asked to speak TLS and speaks something else.
        let mut client = connect(&house, &format!("{host}:443"));
        client.send([1, 2, 3, 4]);
        assert_eq!(client.rest(), "");
        assert_eq!(house.event().outcome, outcome, "{host}");
        let imap = Authorities::client(&authorities.school, &["imap"]);
        assert!(greet(&house, &format!("{host}:443"), host, imap).write_all(b"a LOGIN").is_err());
        assert_eq!(house.event().outcome, outcome, "{host}");
        authorities.in_use.send_replace(None);
        assert!(authorities.opened(&house, host).write_all(b"GET /").is_err());
        let event = house.event();
        assert_eq!(event.outcome, outcome, "{host}");
        assert_eq!(event.host.is_none(), outcome == Outcome::Sealed);
        authorities.restore();
    }
    assert_eq!(visits.load(SeqCst), 0);
}

#[test]
fn what_is_spoken_inside_is_the_sites_choice() {
    let authorities = Authorities::new();
    for (site_speaks, offered, chosen) in [
        (&["http/1.1"][..], &["h2", "http/1.1"][..], Some("http/1.1")),
        (&["h2", "http/1.1"], &["h2", "http/1.1"], Some("h2")),
        (&["h2", "http/1.1"], &["http/1.1"], Some("http/1.1")),
        (&[], &["h2", "http/1.1"], Some("http/1.1")),
        (&["http/1.1"], &[], None),
    ] {
        let site = secure_echo(authorities.sites.server(SITES, site_speaks));
        let house = authorities.house(site, OPEN);
        let client = Authorities::client(&authorities.school, offered);
        let mut client = greet(&house, "rivers.example:443", "rivers.example", client);
        client.flush().unwrap();
        while client.conn.is_handshaking() {
            client.conn.complete_io(&mut client.sock).unwrap();
        }
        let agreed = client.conn.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        assert_eq!(agreed.as_deref(), chosen, "{site_speaks:?} {offered:?}");
    }
}

#[test]
fn what_is_not_the_web_inside_is_refused() {
    let authorities = Authorities::new();
    let mut house = authorities.house(site(&authorities), OPEN);
    let client = Authorities::client(&authorities.school, &["imap"]);
    let mut client = greet(&house, "rivers.example:443", "rivers.example", client);
    assert!(client.write_all(b"a LOGIN").is_err());
    assert_eq!(&*house.event().layer, "not-web-inside");
}

#[test]
fn a_name_inside_that_is_another_governs_and_is_gone_to() {
    let authorities = Authorities::new();
    let mut house = authorities.house(site(&authorities), OPEN);
    // The browser asked for an address and greets with a name.
    let client = Authorities::client(&authorities.school, &[]);
    let mut client = greet(&house, "payroll.example:443", "rivers.example", client);
    let (head, _) = ask(&mut client, "rivers.example", "/fights");
    assert!(head.starts_with("HTTP/1.1 403"), "a name left unopened does not hide another: {head}");
    // What was blocked comes first, in a lane of its own.
    let told = [house.event(), house.event()].map(|event| (event.host, event.path));
    assert_eq!(told[0], (Some("rivers.example".into()), Some("/fights".into())));
    assert_eq!(told[1], (Some("payroll.example".into()), None));
    // A name that is blocked is blocked inside an allowed one.
    let client = Authorities::client(&authorities.school, &[]);
    let mut client = greet(&house, "rivers.example:443", "casino.example", client);
    assert!(ask(&mut client, "casino.example", "/").0.starts_with("HTTP/1.1 403"));
}

#[test]
fn an_address_is_shown_a_certificate_for_the_address() {
    let authorities = Authorities::new();
    let site = site(&authorities);
    let mut plan = authorities.plan(site);
    plan.settings.destinations.listed[0].names.push("127.0.0.1".to_owned());
    let house = plan.build();
    house.rulesets.send_replace(ruleset(OPEN));
    let mut client = authorities.opened(&house, "127.0.0.1");
    assert!(ask(&mut client, "127.0.0.1", "/").0.starts_with("HTTP/1.1 200"));
}

#[test]
fn a_host_that_becomes_left_unopened_is_read_no_further() {
    let authorities = Authorities::new();
    let house = authorities.house(site(&authorities), OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    assert!(ask(&mut client, "rivers.example", "/").0.starts_with("HTTP/1.1 200"));
    house.rulesets.send_replace(ruleset(&OPEN.replace("\"partner.example\"", "\"rivers.example\"")));
    client.write_all(b"GET /letter HTTP/1.1\r\nHost: rivers.example\r\n\r\n").unwrap();
    assert_eq!(read_head(&mut client), None);
}

#[test]
fn ways_round_the_filter_are_taken_out_of_answers() {
    let authorities = Authorities::new();
    let site = secure_origin(authorities.sites.server(SITES, &[]), |stream| {
        while read_head(stream).is_some() {
            let answer = "HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"; ma=60, h2=\":443\"\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let mut house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let (head, _) = ask(&mut client, "rivers.example", "/");
    assert!(!head.contains("h3") && head.contains("h2=\":443\""), "{head}");
    assert_eq!(house.event().rewrites, vec!["alt-svc".into()]);
}

#[test]
fn a_websocket_is_carried_inside() {
    let authorities = Authorities::new();
    let site = secure_origin(authorities.sites.server(SITES, &[]), |stream| {
        let head = read_head(stream).unwrap();
        assert!(head.contains("Upgrade: websocket"), "{head}");
        stream.write_all(b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").unwrap();
        let mut word = [0; 4];
        stream.read_exact(&mut word).unwrap();
        stream.write_all(&word).unwrap();
    });
    let mut house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let text = "GET /chat HTTP/1.1\r\nHost: rivers.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    client.write_all(text.as_bytes()).unwrap();
    assert!(read_head(&mut client).unwrap().starts_with("HTTP/1.1 101"));
    client.write_all(b"ping").unwrap();
    let mut word = [0; 4];
    client.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"ping");
    drop(client);
    let event = house.event();
    assert_eq!((event.status, event.bytes_up, event.path.as_deref()), (101, 4, Some("/chat")));
}

#[test]
fn bodies_stream_both_ways_without_being_held() {
    let authorities = Authorities::new();
    // Answers each chunk before the next one comes, which nobody could who waits for the whole body.
    let site = secure_origin(authorities.sites.server(SITES, &[]), |stream| {
        read_head(stream).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for _ in 0..3 {
            let mut chunk = [0; 8];
            stream.read_exact(&mut chunk).unwrap();
            stream.write_all(&chunk).unwrap();
            stream.flush().unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let head = "POST /talk HTTP/1.1\r\nHost: rivers.example\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    assert!(read_head(&mut client).unwrap().starts_with("HTTP/1.1 200"));
    for word in ["one", "two", "six"] {
        client.write_all(format!("3\r\n{word}\r\n").as_bytes()).unwrap();
        let mut chunk = [0; 8];
        client.read_exact(&mut chunk).unwrap();
        assert_eq!(chunk.as_slice(), format!("3\r\n{word}\r\n").as_bytes());
    }
}

#[test]
fn a_connection_somebody_signed_in_on_is_never_anothers() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let site = origin(move |mut client| {
        let number = counted.fetch_add(1, SeqCst);
        while let Some(head) = client.maybe_head() {
            let body = if head.contains("NTLM") { format!("signed in on {number}") } else { format!("on {number}") };
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            client.send(answer);
        }
    });
    let mut plan = Plan::to(site);
    plan.settings.workers = 1;
    let house = plan.build();
    let (mut one, mut other) = (house.client(), house.client());
    let get = |fields: &str| format!("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n{fields}\r\n");
    one.send(get("Authorization: NTLM TlRMTVNTUAAB\r\n"));
    assert_eq!(one.answer().1, "signed in on 0");
    other.send(get(""));
    assert_eq!(other.answer().1, "on 1", "the other client has a connection of its own");
    one.send(get("Authorization: NTLM TlRMTVNTUAAD\r\n"));
    assert_eq!(one.answer().1, "signed in on 0", "the handshake goes on where it began");
    // Browsers say it once. What they ask next is asked on the connection that knows them, and nobody else asks there.
    one.send(get(""));
    assert_eq!(one.answer().1, "on 0");
    other.send(get(""));
    assert_eq!(other.answer().1, "on 1");
    drop(one);
    let mut third = house.client();
    third.send(get(""));
    assert_ne!(third.answer().1, "on 0");
}

#[test]
fn our_own_leaf_is_shown_and_it_is_short_lived() {
    let authorities = Authorities::new();
    let house = authorities.house(site(&authorities), OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    ask(&mut client, "rivers.example", "/");
    let der = shown(&client);
    let (_, leaf) = x509_parser::parse_x509_certificate(&der).unwrap();
    let days = (leaf.validity().not_after.timestamp() - leaf.validity().not_before.timestamp()) / 86_400;
    assert!(days <= 197, "{days}");
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names, [x509_parser::extensions::GeneralName::DNSName("rivers.example")]);
}

#[test]
fn through_a_parent_proxy_the_site_is_opened_too() {
    let authorities = Authorities::new();
    let site = site(&authorities);
    let parent = origin(move |mut client| {
        let head = client.maybe_head().unwrap();
        assert!(head.starts_with("CONNECT rivers.example:443 HTTP/1.1\r\n"), "{head}");
        client.send("HTTP/1.1 200 Fine\r\n\r\n");
        let (mut up, mut down) = (std::net::TcpStream::connect(site).unwrap(), client.stream);
        let (mut up_reader, mut down_writer) = (up.try_clone().unwrap(), down.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut up_reader, &mut down_writer));
        drop(std::io::copy(&mut down, &mut up));
    });
    let mut plan = authorities.plan(site);
    plan.settings.destinations.listed.clear();
    plan.settings.parent = Some(holdfast_gateway::settings::ParentProxy {
        host: "127.0.0.1".to_owned(),
        port: parent.port(),
        credentials: None,
    });
    let house = plan.build();
    house.rulesets.send_replace(ruleset(OPEN));
    let mut client = authorities.opened(&house, "rivers.example");
    assert!(ask(&mut client, "rivers.example", "/").0.starts_with("HTTP/1.1 200"));
}

#[test]
fn a_second_client_finds_the_first_ones_connection() {
    let authorities = Authorities::new();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let site = secure_origin(authorities.sites.server(SITES, &[]), move |stream| {
        counted.fetch_add(1, SeqCst);
        while read_head(stream).is_some() {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    let mut plan = authorities.plan(site);
    plan.settings.workers = 1;
    let house = plan.build();
    house.rulesets.send_replace(ruleset(OPEN));
    for _ in 0..3 {
        let mut client = authorities.opened(&house, "rivers.example");
        ask(&mut client, "rivers.example", "/");
    }
    assert_eq!(connections.load(SeqCst), 1);
}

#[test]
fn plain_http_in_a_tunnel_that_would_be_opened_is_still_judged() {
    let authorities = Authorities::new();
    let house = authorities.house(common::echo(), OPEN);
    let mut client = connect(&house, "rivers.example:443");
    client.send("GET /fights HTTP/1.1\r\nHost: rivers.example:443\r\n\r\n");
    assert_eq!(client.status(), 403);
}

#[test]
fn a_client_that_never_greets_is_let_go() {
    let authorities = Authorities::new();
    let mut plan = authorities.plan(site(&authorities));
    plan.settings.times.peek = Duration::from_millis(100);
    let house = plan.build();
    house.rulesets.send_replace(ruleset(OPEN));
    let mut client = connect(&house, "rivers.example:443");
    assert_eq!(client.rest(), "");
}

#[test]
fn an_upload_arrives_whole() {
    let authorities = Authorities::new();
    let site = secure_origin(authorities.sites.server(SITES, &[]), |stream| {
        let head = read_head(stream).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok()).unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
        let text = format!("{length} {sum}");
        stream
            .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len()).as_bytes())
            .unwrap();
    });
    let house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let body: Vec<u8> = (0..3_000_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
    let head = format!("POST /up HTTP/1.1\r\nHost: rivers.example\r\nContent-Length: {}\r\n\r\n", body.len());
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(&body).unwrap();
    assert_eq!(read_answer(&mut client).1, format!("{} {sum}", body.len()));
}

#[test]
fn what_changes_something_needs_no_new_connection_each_time() {
    let authorities = Authorities::new();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let site = secure_origin(authorities.sites.server(SITES, &[]), move |stream| {
        counted.fetch_add(1, SeqCst);
        while read_head(stream).is_some() {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    let house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    for _ in 0..5 {
        client.write_all(b"POST /form HTTP/1.1\r\nHost: rivers.example\r\nContent-Length: 0\r\n\r\n").unwrap();
        assert!(read_answer(&mut client).0.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(connections.load(SeqCst), 1);
}

#[test]
fn an_opened_connection_that_asks_nothing_is_told_too() {
    let authorities = Authorities::new();
    let mut house = authorities.house(site(&authorities), OPEN);
    for (host, outcome) in [("rivers.example", Outcome::Allowed), ("casino.example", Outcome::Blocked)] {
        let mut client = authorities.opened(&house, host);
        client.flush().unwrap();
        while client.conn.is_handshaking() {
            client.conn.complete_io(&mut client.sock).unwrap();
        }
        drop(client);
        let event = house.event();
        assert_eq!((event.host.as_deref(), event.outcome, &*event.scheme), (Some(host), outcome, "tunnel"));
    }
}

#[test]
fn a_tunnel_that_would_be_opened_now_is_not_carried_on_unread() {
    let authorities = Authorities::new();
    let nothing = OPEN.replace("everything", "nothing");
    let mut house = authorities.house(site(&authorities), &nothing);
    let trusting_sites = Authorities::client(&authorities.sites, &[]);
    let mut client = greet(&house, "rivers.example:443", "rivers.example", trusting_sites);
    assert!(ask(&mut client, "rivers.example", "/").0.starts_with("HTTP/1.1 200"));
    house.rulesets.send_replace(ruleset(OPEN));
    drop(client.write_all(b"GET /fights HTTP/1.1\r\nHost: rivers.example\r\n\r\n"));
    assert_eq!(read_head(&mut client), None);
    assert_eq!(&*house.event().layer, "opened-otherwise");
}

#[test]
fn a_websocket_of_a_host_that_is_protected_now_is_read_no_further() {
    let authorities = Authorities::new();
    let site = secure_origin(authorities.sites.server(SITES, &[]), |stream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").unwrap();
        drop(std::io::copy(stream, &mut std::io::sink()));
    });
    let mut house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let text = "GET /chat HTTP/1.1\r\nHost: rivers.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    client.write_all(text.as_bytes()).unwrap();
    assert!(read_head(&mut client).unwrap().starts_with("HTTP/1.1 101"));
    house.rulesets.send_replace(ruleset(&OPEN.replace("\"partner.example\"", "\"rivers.example\"")));
    assert_eq!(read_head(&mut client), None);
    assert_eq!(house.any_event(), Event::Help, "and nothing tells that it was visited");
}

#[test]
fn the_way_to_a_help_site_is_no_way_round_the_sign_in() {
    let authorities = Authorities::new();
    let mut plan = authorities.plan(site(&authorities));
    plan.sign_in = SignInMode::Required;
    let mut house = plan.build();
    house.rulesets.send_replace(ruleset(OPEN));
    let client = Authorities::client(&authorities.school, &[]);
    let mut client = greet(&house, "help.example:443", "rivers.example", client);
    assert!(client.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err() || read_head(&mut client).is_none());
    let told = house.event();
    assert_eq!((told.host.as_deref(), &*told.layer), (Some("rivers.example"), "sign-in"));
}

#[test]
fn a_front_that_hides_names_does_not_hide_a_host_that_is_to_be_opened() {
    let authorities = Authorities::new();
    let (site, visits) = untouched();
    let chosen = OPEN.replace("extent = \"everything\"", "extent = \"block-pages\", hosts = [\"rivers.example\"]");
    let house = authorities.house(site, &chosen);
    let client = Authorities::client(&authorities.school, &[]);
    let mut client = greet(&house, "rivers.example:443", "cloudflare-ech.com", client);
    // Met under the front's own name, so that a browser asks again without hiding anything.
    let (head, _) = ask(&mut client, "cloudflare-ech.com", "/");
    assert!(!head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(visits.load(SeqCst), 0);
}

#[test]
fn a_page_that_may_be_open_now_is_asked_for_on_a_new_connection() {
    let authorities = Authorities::new();
    let house = authorities.house(site(&authorities), &OPEN.replace("everything", "block-pages"));
    let mut client = authorities.opened(&house, "casino.example");
    assert!(ask(&mut client, "casino.example", "/").0.starts_with("HTTP/1.1 403"));
    house.rulesets.send_replace(ruleset(
        &OPEN.replace("everything", "block-pages").replace("block_categories = [\"gambling\"]", ""),
    ));
    let (head, _) = ask(&mut client, "casino.example", "/");
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("Connection: close"), "{head}");
}
