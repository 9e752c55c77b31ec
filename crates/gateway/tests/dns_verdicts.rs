//! What the name service lets through, and what it never asks anybody else about.

#[path = "common/mod.rs"]
mod common;
mod names;

use common::{POLICY, ruleset, ruleset_of, soon};
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{
        RData, Record, RecordType,
        rdata::{NS, SVCB},
    },
};
use holdfast_core::{
    event::{Event, Outcome},
    identity::{IdentityTable, KnownPerson},
    moment::Moment,
};
use names::{House, PATIENCE, Plan, RESOLVER, Zone, addresses, alias, ask_udp, extended, name, plain_zone, question};
use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::Relaxed, Ordering::SeqCst},
        mpsc,
    },
};

const SITE: [IpAddr; 1] = [IpAddr::V4(std::net::Ipv4Addr::new(93, 184, 216, 34))];
const RULE: &str = "
[[rule]]
code = \"chosen\"
action = \"allow\"
everyone = true
hosts = [\"rivers.example\"]
author = \"head\"
reason = \"Chosen pages\"
ends = \"2029-07-31\"
";

/// `rivers.example` and `help.example` lead over this name, and all else is itself.
fn led_over(target: &'static str) -> Arc<Zone> {
    Arc::new(move |asked, kind| {
        if !["rivers.example", "help.example", "news.example"].contains(&asked) {
            return plain_zone(asked, kind);
        }
        let (code, records) = plain_zone(target, kind);
        (code, [vec![alias(asked, 300, target)], records].concat())
    })
}

fn chosen_only(blocked: &[&str], sealed: &[&str]) -> Plan {
    let policy = POLICY.replace("default = \"allow\"", "default = \"block\"") + RULE;
    Plan::new(ruleset_of(&policy, blocked, sealed))
}

fn code(answer: &Message) -> ResponseCode {
    answer.metadata.response_code
}

#[test]
fn an_allowed_site_is_reached_wherever_it_is_served_from() {
    let mut plan = chosen_only(&["bigcloud.example"], &[]);
    plan.zone = led_over("edge.bigcloud.example");
    let mut house = plan.build();
    // From upstream, and from memory.
    for _ in 0..2 {
        assert_eq!(addresses(&house.ask("rivers.example", RecordType::A)), SITE);
        let event = house.event();
        assert_eq!((event.outcome, &*event.layer), (Outcome::Allowed, "group"));
    }
    assert_eq!(code(&house.ask("edge.bigcloud.example", RecordType::A)), ResponseCode::NXDomain);
}

#[test]
fn a_sealed_name_stops_even_help_that_leads_over_it_and_nobody_is_told() {
    let mut plan = chosen_only(&[], &["sealed.example"]);
    plan.zone = led_over("www.sealed.example");
    let mut house = plan.build();
    assert_eq!(code(&house.ask("rivers.example", RecordType::A)), ResponseCode::NXDomain);
    let event = house.event();
    assert_eq!((event.outcome, event.host, event.entry), (Outcome::Sealed, None, None));
    assert_eq!(code(&house.ask("help.example", RecordType::A)), ResponseCode::NXDomain);
    assert_eq!(house.any_event(), Event::Help);
}

#[test]
fn a_name_that_leads_to_an_engine_is_no_way_round_its_strict_mode() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.zone = led_over("www.google.com");
    let mut house = plan.build();
    let answer = house.ask("news.example", RecordType::A);
    assert_eq!((code(&answer), answer.answers.len()), (ResponseCode::ServFail, 0));
    assert_eq!(extended(&answer).map(|(code, _)| code), Some(15));
    let event = house.event();
    assert_eq!((event.outcome, &*event.layer, event.host.as_deref()), {
        (Outcome::Refused, "strict-search", Some("news.example"))
    });
    assert_eq!(event.entry.as_deref(), Some("leads-to-engine"));
    assert_eq!(addresses(&house.ask("help.example", RecordType::A)), SITE);
}

/// The other door: `strict_search.rs`.
#[test]
fn help_on_an_engines_own_name_is_led_nowhere_else() {
    let policy = POLICY.replace("host = \"help.example\"", "host = \"www.google.com\"");
    let mut house = Plan::new(ruleset_of(&policy, &[], &[])).build();
    let answer = house.ask("www.google.com", RecordType::A);
    assert!(answer.answers.iter().all(|record| !record.data.to_string().contains("forcesafesearch")), "{answer}");
    assert_eq!(house.any_event(), Event::Help);
    assert!(house.ask("google.com", RecordType::A).answers[0].data.to_string().contains("forcesafesearch"));
}

#[test]
fn nothing_below_the_services_own_name_is_told_to_anybody() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.settings.encrypted_ports = (Some(853), Some(443));
    let mut house = plan.build();
    let personal = format!("anna-7k2m4q.{RESOLVER}");
    for (asked, target) in [
        (format!("_dns.{RESOLVER}"), RESOLVER),
        (format!("_dns.{personal}"), &*personal),
        ("_dns.resolver.arpa".to_owned(), RESOLVER),
    ] {
        let answer = house.ask(&asked, RecordType::SVCB);
        assert_eq!(answer.answers.len(), 2, "{asked}");
        let leads_to = |record: &Record| match &record.data {
            RData::SVCB(SVCB { target_name, .. }) => *target_name == name(target),
            _ => false,
        };
        assert!(answer.answers.iter().all(leads_to), "{answer}");
    }
    for deeper in [format!("x.{personal}"), format!("_dns.x.{personal}"), format!("_443._tcp.{personal}")] {
        let answer = house.ask(&deeper, RecordType::A);
        assert_eq!((code(&answer), answer.answers.len()), (ResponseCode::NoError, 0), "{deeper}");
    }
    // It is tried out with the root's name servers, and told nothing else.
    assert!(house.upstream.asked.lock().unwrap().iter().all(|(_, kind)| *kind == RecordType::NS));
    for _ in 0..6 {
        let host = house.event().host.unwrap();
        assert!(&*host == RESOLVER || &*host == "_dns.resolver.arpa", "{host}");
    }
}

#[test]
fn the_root_and_the_zones_below_it_can_be_checked_by_everybody() {
    let mut plan = chosen_only(&[], &[]);
    plan.zone = Arc::new(|asked, kind| match (asked, kind) {
        ("" | "example", RecordType::NS) => (
            ResponseCode::NoError,
            vec![Record::from_rdata(name(asked), 300, RData::NS(NS(name("a.servers.example"))))],
        ),
        _ => (ResponseCode::NoError, Vec::new()),
    });
    let mut house = plan.build();
    for asked in ["", "example"] {
        for _ in 0..2 {
            let answer = house.ask(asked, RecordType::NS);
            assert_eq!((code(&answer), answer.answers.len()), (ResponseCode::NoError, 1), "“{asked}”");
            assert!((1..=60).contains(&answer.answers[0].ttl));
        }
        for kind in [RecordType::SOA, RecordType::DNSKEY, RecordType::DS] {
            assert_eq!(code(&house.ask(asked, kind)), ResponseCode::NoError, "“{asked}” {kind}");
            assert!(house.upstream.asked.lock().unwrap().contains(&(asked.to_owned(), kind)), "“{asked}” {kind}");
        }
    }
    let asked = house.upstream.asked.lock().unwrap().len();
    assert_eq!(code(&house.ask("", RecordType::A)), ResponseCode::Refused);
    for (asked, kind) in [("onion", RecordType::DS), ("local", RecordType::SOA), ("localhost", RecordType::DS)] {
        house.ask(asked, kind);
    }
    assert_eq!(house.upstream.asked.lock().unwrap().len(), asked, "nobody is asked about what is not of the internet");
    let event = house.event();
    assert_eq!(event.host.as_deref(), Some("onion"), "zones leave no event");
}

#[test]
fn a_single_label_is_no_site() {
    let house = Plan::new(ruleset(&[])).build();
    for asked in ["intranet", "com", "4.3.64.100.in-addr.arpa"] {
        assert_eq!(code(&house.ask(asked, RecordType::A)), ResponseCode::NXDomain, "{asked}");
        // It may have been tried in the meantime, with a question of our own.
        assert!(!house.upstream.was_asked(asked), "{asked}");
    }
}

#[test]
fn whoever_tries_many_personal_names_is_nobody_for_a_minute() {
    let now = Arc::new(AtomicI64::new(1_795_000_000_000_000));
    let clock = Arc::clone(&now);
    let mut plan = chosen_only(&[], &[]);
    plan.clock = Arc::new(move || Moment { unix_micros: clock.load(SeqCst), weekday: 0, minute: 600 });
    let person = KnownPerson { id: "p1".into(), group: "oak".into(), classes: Vec::new() };
    plan.identity = IdentityTable { told: true, ..IdentityTable::default() };
    plan.identity.people.insert("p1".into(), person);
    plan.identity.resolver_names.insert("anna-7k2m4q".into(), "p1".into());
    let mut house = plan.build();
    let asked = question("rivers.example", RecordType::A);
    let ask = |house: &mut House, label: &str| {
        house.ask_tls(&format!("{label}.{RESOLVER}"), &asked);
        house.event().subject.person.map(|person| person.as_str().to_owned())
    };
    for number in 0..20 {
        assert_eq!(ask(&mut house, &format!("anna-7k2m{number}")), None);
    }
    assert_eq!(house.counters.unknown_names.load(Relaxed), 20);
    assert_eq!(ask(&mut house, "anna-7k2m4q"), None, "the right one is not looked at");
    now.fetch_add(60_000_000, SeqCst);
    assert_eq!(ask(&mut house, "anna-7k2m4q").as_deref(), Some("p1"));
}

#[test]
fn a_policy_that_comes_into_force_while_upstream_is_asked_holds_for_the_answer() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let mut plan = Plan::new(ruleset(&[]));
    plan.zone = Arc::new(move |asked, kind| {
        if asked == "news.example" {
            wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        plain_zone(asked, kind)
    });
    plan.settings.forwarding.patience = PATIENCE;
    plan.settings.forwarding.limit = PATIENCE;
    let mut house = plan.build();
    let place = house.plain();
    let asking = std::thread::spawn(move || ask_udp(place, &question("news.example", RecordType::A)));
    soon("upstream was asked", || house.upstream.was_asked("news.example"));
    house.rulesets.send_replace(ruleset(&["news.example"]));
    go.send(()).unwrap();
    assert_eq!(code(&asking.join().unwrap()), ResponseCode::NXDomain);
    let event = house.event();
    assert_eq!((event.outcome, event.category.as_deref()), (Outcome::Blocked, Some("gambling")));
}
