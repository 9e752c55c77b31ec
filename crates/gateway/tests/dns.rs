//! The name service from outside: every door through real sockets, with an upstream that does as told.

#[path = "common/mod.rs"]
mod common;
#[path = "names/mod.rs"]
mod names;

use common::{POLICY, ruleset, ruleset_of, soon};
use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, ResponseCode},
    rr::{
        RData, Record, RecordType,
        rdata::{SVCB, svcb::SvcParamKey},
    },
};
use holdfast_core::{
    decide::decide,
    event::{Event, Outcome, RequestEvent},
    host::Host,
    identity::{Binding, IdentityTable, KnownPerson},
    moment::Moment,
    request::Visibility,
    ruleset::{Ruleset, saved},
    subject::{GroupCode, Source},
};
use holdfast_gateway::{
    destination::{Destinations, ListedHost},
    dns::settings::BlockAnswer,
    judge::Judge,
};
use names::{
    House, PATIENCE, ParseHost, Plan, RESOLVER, addresses, alias, ask_tcp, ask_udp, extended, plain_zone, question,
    read_message, tcp, udp, write_message,
};
use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr},
    sync::{Arc, atomic::Ordering::Relaxed, mpsc},
    time::Duration,
};

const SITE: &str = "93.184.216.34";

fn house() -> House {
    Plan::new(ruleset(&["casino.example"])).build()
}

fn told(event: &RequestEvent) -> (Outcome, &str, Option<&str>, Option<&str>) {
    (event.outcome, &event.layer, event.host.as_deref(), event.entry.as_deref())
}

fn of(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Two people with names of their own, in a policy where one group may see everything.
fn people() -> IdentityTable {
    let person = |id: &str, group: &str| KnownPerson { id: id.into(), group: group.into(), classes: Vec::new() };
    let mut table = IdentityTable { generation: 1, told: true, ..IdentityTable::default() };
    for (id, group, name) in [("p1", "oak", "anna-7"), ("p2", "ash", "ben-8")] {
        table.people.insert(id.into(), person(id, group));
        table.resolver_names.insert(name.into(), id.into());
    }
    table
}

fn two_groups() -> Arc<Ruleset> {
    let policy = format!(
        "{POLICY}
[[group]]
code = \"oak\"
purpose = \"Older pupils\"
band = \"older\"
judging = {{ default = \"allow\", block_categories = [\"gambling\"] }}

[[group]]
code = \"ash\"
purpose = \"Younger pupils\"
band = \"younger\"
judging = {{ default = \"block\", block_categories = [\"gambling\"] }}
"
    )
    .replace(
        "default = \"allow\"\nblock_categories = [\"gambling\"]",
        "default = \"block\"\nblock_categories = [\"gambling\"]",
    );
    ruleset_of(&policy, &["casino.example"], &["sealed.example"])
}

#[test]
fn every_plain_door_answers_and_leaves_an_event() {
    let mut house = house();
    let places = house.places("dns");
    // Twice each: once from upstream, once from memory.
    for place in places.iter().chain(&places) {
        for ask in [ask_udp, ask_tcp] {
            let answer = ask(*place, &question("www.Site.example", RecordType::A));
            assert_eq!(answer.metadata.id, 0x4a4b);
            assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
            assert!(answer.metadata.recursion_available && answer.metadata.recursion_desired);
            assert_eq!(answer.queries[0].name.to_ascii(), "www.Site.example.");
            assert_eq!(addresses(&answer), [of(SITE)]);
            assert!(answer.answers.iter().all(|record| (1..=60).contains(&record.ttl)), "{:?}", answer.answers);
            let event = house.event();
            assert_eq!(told(&event), (Outcome::Allowed, "default", Some("www.site.example"), None));
            assert_eq!((&*event.scheme, &*event.method, &*event.listener), ("dns", "A", "main"));
            assert_eq!((event.visibility, event.port, event.client), (Visibility::NameOnly, 0, Some(place.ip())));
        }
    }
    let questions: Vec<u64> = house.counters.questions.iter().map(|count| count.load(Relaxed)).collect();
    assert_eq!(questions, [4, 4, 0, 0]);
    let asked = house.upstream.asked.lock().unwrap();
    assert_eq!(asked.iter().filter(|(name, _)| name == "www.site.example").count(), 1, "the rest came from memory");
}

#[test]
fn blocked_names_say_so_in_both_ways() {
    for (how, code) in
        [(BlockAnswer::NoSuchName, ResponseCode::NXDomain), (BlockAnswer::OwnAddress, ResponseCode::NoError)]
    {
        let mut plan = Plan::new(ruleset_of(POLICY, &["casino.example"], &["sealed.example"]));
        plan.settings.block = how;
        let mut house = plan.build();
        let answers = ["casino.example", "sealed.example"].map(|name| house.ask(name, RecordType::A));
        for answer in &answers {
            assert_eq!(answer.metadata.response_code, code);
            let text = "Blocked by the school's filter. Why: http://localhost:8080/stopped";
            assert_eq!(extended(answer), Some((15, text.to_owned())));
            let own: &[IpAddr] = if how == BlockAnswer::OwnAddress { &[of("127.0.0.1")] } else { &[] };
            assert_eq!(addresses(answer), own);
            assert!(answer.answers.iter().all(|record| record.ttl <= 10));
        }
        let event = house.event();
        assert_eq!(told(&event), (Outcome::Blocked, "category", Some("casino.example"), Some("casino.example")));
        assert!(event.category.as_deref() == Some("gambling") && !event.words.is_empty());
        let event = house.event();
        assert_eq!(told(&event), (Outcome::Sealed, "sealed", None, None));
        assert_eq!(house.counters.blocked.load(Relaxed), 2);
        assert!(!house.upstream.was_asked("casino.example"), "nobody was asked about a blocked name");
        assert!(!house.upstream.was_asked("sealed.example"), "nobody was asked about a sealed name");
    }
}

#[test]
fn every_name_of_a_chain_is_judged() {
    let mut plan = Plan::new(ruleset(&["casino.example"]));
    plan.zone = Arc::new(|asked, kind| {
        let (target, mut records) = match asked {
            "front.example" | "help.example" => {
                ("cards.casino.example", vec![alias(asked, 60, "cards.casino.example")])
            }
            _ => (asked, Vec::new()),
        };
        let (code, rest) = plain_zone(target, kind);
        records.extend(rest);
        (code, records)
    });
    let mut house = plan.build();
    for _ in 0..2 {
        let answer = house.ask("front.example", RecordType::A);
        assert_eq!((answer.metadata.response_code, addresses(&answer)), (ResponseCode::NXDomain, Vec::new()));
        let event = house.event();
        assert_eq!(told(&event), (Outcome::Blocked, "category", Some("front.example"), Some("casino.example")));
        // A help site's own servers must be reached, wherever they are.
        assert_eq!(addresses(&house.ask("help.example", RecordType::A)), [of(SITE)]);
        assert_eq!(house.any_event(), Event::Help);
    }
}

#[test]
fn personal_names_tell_who_asks() {
    let mut plan = Plan::new(two_groups());
    plan.identity = people();
    let mut house = plan.build();
    let asked = question("site.example", RecordType::A);
    for (server_name, group, code) in [
        (format!("anna-7.{RESOLVER}"), Some("oak"), ResponseCode::NoError),
        (format!("BEN-8.{RESOLVER}"), Some("ash"), ResponseCode::NXDomain),
        (format!("nobody-1.{RESOLVER}"), None, ResponseCode::NXDomain),
        (RESOLVER.to_owned(), None, ResponseCode::NXDomain),
        ("localhost".to_owned(), None, ResponseCode::NXDomain),
    ] {
        assert_eq!(house.ask_tls(&server_name, &asked).metadata.response_code, code, "{server_name}");
        let event = house.event();
        assert_eq!(event.subject.group.as_ref().map(GroupCode::as_str), group, "{server_name}");
        assert_eq!(event.subject.source == Source::ResolverName, group.is_some());
    }
    // Before people are told, no event leads to one of them.
    let untold = IdentityTable { told: false, generation: 2, ..people() };
    house.identities.send_replace(Arc::new(untold));
    house.ask_tls(&format!("anna-7.{RESOLVER}"), &asked);
    let subject = house.event().subject;
    assert_eq!((subject.person, subject.group), (None, Some("oak".into())));
}

#[test]
fn strangers_are_refused_unless_they_come_under_a_personal_name() {
    let mut plan = Plan::new(two_groups());
    plan.identity = people();
    plan.settings.clients = vec!["192.0.2.0/24".parse().unwrap()];
    let mut house = plan.build();
    let asked = question("site.example", RecordType::A);
    for answer in [
        ask_udp(house.plain(), &asked),
        ask_tcp(house.plain(), &asked),
        house.ask_tls(&format!("nobody-1.{RESOLVER}"), &asked),
    ] {
        assert_eq!(answer.metadata.response_code, ResponseCode::Refused);
        assert_eq!(extended(&answer).map(|(code, _)| code), Some(18));
    }
    assert_eq!(house.counters.turned_away.load(Relaxed), 3);
    assert_eq!(addresses(&house.ask_tls(&format!("anna-7.{RESOLVER}"), &asked)), [of(SITE)]);
    assert_eq!(house.event().subject.person, Some("p1".into()), "the others left no event");
}

#[test]
fn signals_and_own_names_are_answered_here() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.settings.own_names = vec!["wpad".parse_host()];
    plan.settings.encrypted_ports = (Some(853), Some(443));
    let site = ListedHost {
        names: vec![".intranet.example".to_owned()],
        addresses: vec![of("10.1.2.3").into()],
        allow_private: true,
    };
    plan.settings.destinations = Destinations { listed: vec![site], ..Destinations::default() };
    let mut house = plan.build();
    for missing in [
        "use-application-dns.net",
        "mask.icloud.com",
        "mask-h2.icloud.com",
        "x.resolver.arpa",
        "a.onion",
        "b.home.arpa",
    ] {
        let answer = house.ask(missing, RecordType::A);
        assert_eq!((answer.metadata.response_code, answer.answers.len()), (ResponseCode::NXDomain, 0), "{missing}");
    }
    let personal = format!("anna-7.{RESOLVER}");
    for (name, address) in [
        ("wpad", "127.0.0.1"),
        (RESOLVER, "127.0.0.1"),
        (&personal, "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("www.intranet.example", "10.1.2.3"),
    ] {
        assert_eq!(addresses(&house.ask(name, RecordType::A)), [of(address)], "{name}");
    }
    let designated = house.ask("_dns.resolver.arpa", RecordType::SVCB);
    let found: Vec<String> = designated
        .answers
        .iter()
        .filter_map(|record| match &record.data {
            RData::SVCB(SVCB { target_name, svc_params, .. }) => {
                let port = svc_params.iter().find(|(key, _)| *key == SvcParamKey::Port);
                Some(format!("{target_name} {}", port.map_or_else(|| "443".to_owned(), |(_, port)| port.to_string())))
            }
            _ => None,
        })
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|found| found.starts_with(RESOLVER)), "{found:?}");
    for name in ["mask.icloud.com", "a.onion", "wpad", RESOLVER, &personal, "localhost", "www.intranet.example"] {
        assert!(!house.upstream.was_asked(name), "upstream was asked for {name}");
    }
    let event = house.event();
    assert_eq!(told(&event), (Outcome::Refused, "own", Some("use-application-dns.net"), Some("firefox-canary")));
    let told: Vec<_> = (0..11).map(|_| house.event().host.unwrap().to_string()).collect();
    assert!(told.iter().all(|host| !host.contains("anna-7")), "a personal name tells who it is: {told:?}");
}

#[test]
fn an_answer_never_outlives_the_next_edge() {
    let start = 1_795_000_000_000_000;
    let mut plan = Plan::new(two_groups());
    plan.clock = Arc::new(move || Moment { unix_micros: start, weekday: 0, minute: 600 });
    let bound = Binding { group: Some("oak".into()), until_micros: Some(start + 7_500_000), ..Binding::default() };
    plan.identity.addresses.insert(of("127.0.0.1"), bound);
    let house = plan.build();
    for _ in 0..2 {
        let answer = house.ask("site.example", RecordType::A);
        assert_eq!(answer.answers[0].ttl, 7);
    }
}

#[test]
fn strict_search_holds_for_every_kind_of_record() {
    let policy = POLICY.replace("default = \"allow\"", "default = \"allow\"\nstrict_search = \"strict\"");
    let mut plan = Plan::new(ruleset_of(&policy, &[], &[]));
    plan.zone = Arc::new(|asked, kind| match asked {
        "restrict.youtube.com" => (ResponseCode::NXDomain, Vec::new()),
        _ => plain_zone(asked, kind),
    });
    let mut house = plan.build();
    for kind in [RecordType::A, RecordType::AAAA, RecordType::HTTPS] {
        let answer = house.ask("www.google.com", kind);
        assert_eq!(answer.metadata.response_code, ResponseCode::NoError, "{kind}");
        let RData::CNAME(target) = &answer.answers[0].data else { panic!("{kind}: {:?}", answer.answers) };
        assert_eq!(target.to_ascii(), "forcesafesearch.google.com.");
        let event = house.event();
        assert_eq!((event.strict.as_deref(), event.outcome), (Some("google strict"), Outcome::Allowed));
    }
    assert!(house.ask("www.google.com", RecordType::TXT).answers.is_empty());
    assert_eq!(house.event().strict.as_deref(), Some("google strict"));
    // Yandex is held by address; another family has none.
    assert_eq!(addresses(&house.ask("yandex.ru", RecordType::A)), [of("213.180.193.56")]);
    assert!(house.ask("yandex.ru", RecordType::AAAA).answers.is_empty());
    drop((house.event(), house.event()));
    let answer = house.ask("www.youtube.com", RecordType::A);
    assert_eq!((answer.metadata.response_code, answer.answers.len()), (ResponseCode::ServFail, 0));
    let event = house.event();
    assert_eq!((event.outcome, event.strict.as_deref()), (Outcome::Failed, Some("youtube strict")));
    for name in ["www.google.com", "yandex.ru", "www.youtube.com"] {
        assert!(!house.upstream.was_asked(name), "upstream was asked for {name}");
    }
}

#[test]
fn a_closed_ruleset_opens_help_and_nothing_else() {
    let kept = saved::open_always_open(&saved::save_always_open(&ruleset(&[]))).unwrap();
    let house = Plan::new(Arc::new(Ruleset::closed(kept))).build();
    assert_eq!(addresses(&house.ask("www.help.example", RecordType::A)), [of(SITE)]);
    assert_eq!(addresses(&house.ask("alarm.example", RecordType::A)), [of(SITE)]);
    let closed = house.ask("site.example", RecordType::A);
    assert_eq!((closed.metadata.response_code, extended(&closed).unwrap().0), (ResponseCode::NXDomain, 15));
}

#[test]
fn a_judge_that_breaks_refuses_all_but_help() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.judge = Judge::new(|ruleset, subject, request, moment| {
        assert!(!request.host.as_str().contains("broken"), "a test breaks the judge");
        decide(ruleset, subject, request, moment)
    });
    plan.zone = Arc::new(|asked, kind| match asked {
        "front.example" => (ResponseCode::NoError, vec![alias(asked, 60, "broken.example")]),
        _ => plain_zone(asked, kind),
    });
    let mut house = plan.build();
    for name in ["broken.example", "front.example"] {
        assert_eq!(house.ask(name, RecordType::A).metadata.response_code, ResponseCode::ServFail);
        let event = house.event();
        assert_eq!(told(&event), (Outcome::Refused, "fault", Some(name), None));
    }
    assert_eq!(addresses(&house.ask("broken.help.example", RecordType::A)), [of(SITE)]);
    assert_eq!(house.any_event(), Event::Help);
    assert_eq!(addresses(&house.ask("site.example", RecordType::A)), [of(SITE)]);
    assert_eq!(house.counters.faults.load(Relaxed), 3);
}

#[test]
fn a_full_event_channel_changes_no_verdict() {
    let mut plan = Plan::new(ruleset(&["casino.example"]));
    plan.lanes = 1;
    let mut house = plan.build();
    for _ in 0..5 {
        assert_eq!(house.ask("casino.example", RecordType::A).metadata.response_code, ResponseCode::NXDomain);
        assert_eq!(addresses(&house.ask("site.example", RecordType::A)), [of(SITE)]);
    }
    assert_eq!(house.event().outcome, Outcome::Blocked);
    assert_eq!(house.event().outcome, Outcome::Allowed);
}

#[test]
fn a_long_answer_is_cut_over_udp_and_whole_over_tcp() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.zone = Arc::new(|asked, _| {
        let records = (1..=60).map(|last| names::address(asked, 60, &format!("2606:2800:220:1::{last}")));
        (ResponseCode::NoError, records.collect::<Vec<Record>>())
    });
    let house = plan.build();
    for _ in 0..2 {
        let cut = house.ask("big.example", RecordType::AAAA);
        assert!(cut.metadata.truncation && cut.answers.is_empty(), "{cut:?}");
        let whole = ask_tcp(house.plain(), &question("big.example", RecordType::AAAA));
        assert!(!whole.metadata.truncation);
        assert_eq!(whole.answers.len(), 60);
    }
    // Without EDNS no more than 512 bytes are sent.
    let mut plain = question("big.example", RecordType::AAAA);
    plain.edns = None;
    assert!(ask_udp(house.plain(), &plain).metadata.truncation);
}

#[test]
fn what_upstream_filtered_is_told_as_its_doing() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.zone = Arc::new(|asked, _| (ResponseCode::NoError, vec![names::address(asked, 60, "0.0.0.0")]));
    let mut house = plan.build();
    let answer = house.ask("site.example", RecordType::A);
    assert_eq!((answer.metadata.response_code, extended(&answer).unwrap().0), (ResponseCode::NXDomain, 15));
    let event = house.event();
    assert_eq!(told(&event), (Outcome::Blocked, "upstream", Some("site.example"), Some("upstream-filtered")));
}

#[test]
fn an_upstream_that_fails_is_told() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.zone = Arc::new(|_, _| (ResponseCode::ServFail, Vec::new()));
    plan.settings.forwarding.limit = Duration::from_millis(500);
    let mut house = plan.build();
    let answer = house.ask("site.example", RecordType::A);
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    assert!(matches!(extended(&answer), Some((22 | 23, _))));
    let event = house.event();
    assert_eq!((event.outcome, event.host.as_deref()), (Outcome::Failed, Some("site.example")));
}

#[test]
fn messages_that_are_no_questions_leave_no_event() {
    let mut house = house();
    let socket = udp(house.plain());
    let mut response = question("site.example", RecordType::A);
    response.metadata.message_type = MessageType::Response;
    let good = question("site.example", RecordType::A).to_vec().unwrap();
    for silent in [Vec::new(), vec![1, 2, 3], response.to_vec().unwrap(), [&good[..], &[0; 5_000]].concat()] {
        socket.send(&silent).unwrap();
    }
    // What follows is answered, so nothing was answered before it.
    let mut update = question("site.example", RecordType::A);
    update.metadata.op_code = OpCode::Update;
    let mut versioned = question("site.example", RecordType::A);
    versioned.set_edns(Edns::new().set_version(1).clone());
    for (message, code) in [
        (update.to_vec().unwrap(), ResponseCode::NotImp),
        (versioned.to_vec().unwrap(), ResponseCode::BADVERS),
        ([&good[..], &[7]].concat(), ResponseCode::FormErr),
        (good[..good.len() - 3].to_vec(), ResponseCode::FormErr),
    ] {
        socket.send(&message).unwrap();
        let mut buffer = [0; 4_096];
        let length = socket.recv(&mut buffer).unwrap();
        let answer = Message::from_vec(&buffer[..length]).unwrap();
        // Four of the code's bits are in the header, the rest in EDNS.
        assert_eq!(answer.metadata.response_code.low(), code.low(), "{code}");
    }
    assert_eq!(house.counters.malformed.load(Relaxed), 8);
    assert_eq!(addresses(&house.ask("site.example", RecordType::A)), [of(SITE)]);
    assert_eq!(house.event().host.as_deref(), Some("site.example"), "the others left no event");
}

#[test]
fn an_answer_leaves_from_the_address_that_was_asked() {
    let mut plan = Plan::new(ruleset(&["casino.example"]));
    plan.plain = vec!["0.0.0.0:0", "[::]:0"];
    plan.settings.block = BlockAnswer::OwnAddress;
    let house = plan.build();
    let places = house.places("dns");
    let v4 = places.iter().find(|place| place.is_ipv4()).unwrap().port();
    let v6 = places.iter().find(|place| place.is_ipv6()).unwrap().port();
    for (asked, port) in [("127.0.0.1", v4), ("127.0.0.9", v4), ("::1", v6), ("127.0.0.7", v6)] {
        let place = SocketAddr::new(of(asked), port);
        // Once from upstream, once from memory.
        for _ in 0..2 {
            assert_eq!(addresses(&ask_udp(place, &question("site.example", RecordType::A))), [of(SITE)], "{place}");
        }
        let kind = if of(asked).is_ipv4() { RecordType::A } else { RecordType::AAAA };
        assert_eq!(addresses(&ask_udp(place, &question("casino.example", kind))), [of(asked)], "{place}");
    }
}

#[test]
fn many_questions_at_once_are_all_answered() {
    let mut plan = Plan::new(ruleset(&["casino.example"]));
    plan.plain = vec!["0.0.0.0:0", "[::1]:0"];
    let house = plan.build();
    let place = SocketAddr::new(of("127.0.0.1"), house.plain().port());
    let socket = udp(place);
    for round in 0..20_u16 {
        for number in 0..50_u16 {
            let name =
                if number % 2 == 0 { format!("n{number}.casino.example") } else { format!("n{number}.site.example") };
            let mut question = question(&name, RecordType::A);
            question.metadata.id = round * 50 + number;
            socket.send(&question.to_vec().unwrap()).unwrap();
        }
        let mut open: Vec<u16> = (0..50).map(|number| round * 50 + number).collect();
        while !open.is_empty() {
            let mut buffer = [0; 4_096];
            let length = socket.recv(&mut buffer).expect("an answer is missing");
            let answer = Message::from_vec(&buffer[..length]).unwrap();
            let at = open.iter().position(|id| *id == answer.metadata.id).expect("an answer came twice");
            open.remove(at);
            let blocked = answer.metadata.id.is_multiple_of(2);
            assert_eq!(answer.metadata.response_code == ResponseCode::NXDomain, blocked);
        }
    }
}

#[test]
fn a_connection_carries_many_questions_and_a_slow_one_holds_nobody_up() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let mut plan = Plan::new(ruleset(&["casino.example"]));
    plan.zone = Arc::new(move |asked, kind| {
        if asked == "slow.example" {
            wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        plain_zone(asked, kind)
    });
    plan.settings.forwarding.patience = Duration::from_secs(8);
    plan.settings.forwarding.limit = Duration::from_secs(9);
    let house = plan.build();
    let mut stream = tcp(house.plain());
    let mut asked = Vec::new();
    for (id, name) in [(1, "slow.example"), (2, "casino.example"), (3, "b.casino.example")] {
        let mut question = question(name, RecordType::A);
        question.metadata.id = id;
        write_message(&mut asked, &question.to_vec().unwrap());
    }
    stream.write_all(&asked).unwrap();
    let mut next = || Message::from_vec(&read_message(&mut stream).unwrap()).unwrap().metadata.id;
    let mut fast = [next(), next()];
    fast.sort_unstable();
    assert_eq!(fast, [2, 3]);
    go.send(()).unwrap();
    assert_eq!(next(), 1);
    // Whoever has asked everything still gets every answer.
    stream.write_all(&asked[asked.len() / 3 * 2..]).unwrap();
}

#[test]
fn a_connection_that_asks_nothing_or_nonsense_is_closed() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.settings.idle = Duration::from_millis(300);
    plan.settings.connections_per_client = 3;
    let house = plan.build();
    let closed = |mut stream: std::net::TcpStream| stream.read(&mut [0; 16]).is_ok_and(|read| read == 0);
    assert!(closed(tcp(house.plain())), "an idle one");
    let mut slow = tcp(house.plain());
    slow.write_all(&[0, 30, 1]).unwrap();
    assert!(closed(slow), "one that sends byte by byte");
    let mut long = tcp(house.plain());
    long.write_all(&[0xff, 0xff, 1, 2, 3]).unwrap();
    assert!(!matches!(long.read(&mut [0; 16]), Ok(1..)), "one that says it asks too much");
    drop(long);
    soon("the places were given back", || house.counters.open_connections.load(Relaxed) == 0);
    let held: Vec<_> = (0..3).map(|_| tcp(house.plain())).collect();
    soon("three are open", || house.counters.open_connections.load(Relaxed) == 3);
    assert!(closed(tcp(house.plain())), "one more than a client may have");
    assert_eq!(house.counters.crowded_out.load(Relaxed), 1);
    drop(held);
}

#[test]
fn a_new_certificate_is_used_at_once() {
    let mut house = house();
    let asked = question("site.example", RecordType::A);
    assert_eq!(addresses(&house.ask_tls(RESOLVER, &asked)), [of(SITE)]);
    let (certificate, config) = names::certificate();
    house.configs.send_replace(Arc::new(config));
    let mut distrusted = house.tls(RESOLVER, &[]);
    assert!(distrusted.write_all(&[0]).is_err());
    house.certificate = certificate;
    assert_eq!(addresses(&house.ask_tls(RESOLVER, &asked)), [of(SITE)]);
    soon("the fault was counted", || house.counters.handshake_faults.load(Relaxed) == 1);
}

#[test]
fn a_stop_waits_for_answers_and_gives_the_ports_back() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let mut plan = Plan::new(ruleset(&[]));
    plan.zone = Arc::new(move |asked, kind| {
        if asked == "site.example" {
            wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        plain_zone(asked, kind)
    });
    plan.settings.forwarding.patience = Duration::from_secs(8);
    plan.settings.forwarding.limit = Duration::from_secs(9);
    let mut house = plan.build();
    let place = house.plain();
    let socket = udp(place);
    socket.send(&question("site.example", RecordType::A).to_vec().unwrap()).unwrap();
    soon("upstream was asked", || house.upstream.was_asked("site.example"));
    let dns = house.dns.take().unwrap();
    let stopping = std::thread::spawn(move || dns.stop(PATIENCE));
    std::thread::sleep(Duration::from_millis(50));
    go.send(()).unwrap();
    let mut buffer = [0; 4_096];
    let length = socket.recv(&mut buffer).expect("the answer under way was lost");
    assert_eq!(addresses(&Message::from_vec(&buffer[..length]).unwrap()), [of(SITE)]);
    stopping.join().unwrap();
    std::net::UdpSocket::bind(place).expect("the port is free again");
    std::net::TcpListener::bind(place).expect("the port is free again");
}

#[test]
fn a_policy_in_force_anew_holds_for_the_next_question() {
    let house = house();
    let answer = house.ask("site.example", RecordType::A);
    assert_eq!(addresses(&answer), [of(SITE)]);
    house.rulesets.send_replace(ruleset(&["site.example"]));
    assert_eq!(house.ask("site.example", RecordType::A).metadata.response_code, ResponseCode::NXDomain);
    assert!(Host::parse("site.example").is_ok());
}
