//! What the name service does is what `decide` says, and `decide_over` of the names that answers lead over: 10,000
//! random policies, people and names, compared through sockets (house invariant 2; issue 3, proof).

#[path = "names/mod.rs"]
mod names;
#[expect(dead_code, reason = "names have no paths")]
#[path = "../../core/tests/random_policy/mod.rs"]
mod random_policy;

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::RecordType,
};
use holdfast_core::{
    decide::{decide, decide_over},
    event::{Event, Outcome},
    host::Host,
    identity::{Binding, Clues, IdentityTable, KnownPerson},
    moment::Moment,
    request::Request,
    ruleset::{self, Description, Ruleset},
    subject::Subject,
};
use names::{House, Plan, RESOLVER, addresses, alias, extended, plain_zone, question, read_message, write_message};
use random_policy::{Dice, HOSTS, PEOPLE, World, host, moment, subject};
use rustls::{ClientConnection, StreamOwned};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

const QUESTIONS: u64 = 10_000;
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// A personal name that is nobody's.
const NOBODY: &str = "nobody";

/// The service is told who asks as it would be at a school: by an address, a listener, a network, or a personal name.
fn identity_of(subject: &Subject, way: usize, generation: u64) -> IdentityTable {
    let mut table = IdentityTable { generation, told: true, ..IdentityTable::default() };
    if let (Some(id), Some(group)) = (&subject.person, &subject.group) {
        let known = KnownPerson { id: id.clone(), group: group.clone(), classes: subject.classes.clone() };
        table.people.insert(id.clone(), known);
        table.resolver_names.insert(id.as_str().into(), id.clone());
    }
    let binding = Binding {
        person: subject.person.clone(),
        group: if subject.person.is_none() { subject.group.clone() } else { None },
        device: subject.device.clone(),
        room: subject.room.clone(),
        until_micros: None,
    };
    match way {
        0 => drop(table.addresses.insert(CLIENT, binding)),
        1 => drop(table.listeners.insert("main".to_owned(), binding)),
        _ => table.networks.push(("127.0.0.0/8".parse().unwrap(), binding)),
    }
    table
}

/// Asks under the subject's own name where there is one and `personal` says so, and otherwise as an address.
struct Client {
    of_names: BTreeMap<&'static str, StreamOwned<ClientConnection, TcpStream>>,
}

impl Client {
    fn of(house: &House) -> Self {
        let names = PEOPLE.into_iter().chain([NOBODY]);
        Self { of_names: names.map(|name| (name, house.tls(&format!("{name}.{RESOLVER}"), &["dot"]))).collect() }
    }

    fn ask(&mut self, house: &House, personal: Option<&str>, host: &str) -> Message {
        let Some(name) = personal else { return house.ask(host, RecordType::A) };
        let stream = self.of_names.get_mut(name).unwrap();
        write_message(stream, &question(host, RecordType::A).to_vec().unwrap());
        Message::from_vec(&read_message(stream).expect("no answer came")).unwrap()
    }
}

#[test]
fn ten_thousand_random_questions_are_answered_as_decided() {
    let now: Arc<Mutex<Moment>> = Arc::new(Mutex::new(Moment { unix_micros: 0, weekday: 0, minute: 0 }));
    let clock = Arc::clone(&now);
    let mut plan = Plan::new(compiled(&mut Dice::new(0)));
    plan.clock = Arc::new(move || *clock.lock().unwrap());
    plan.settings.idle = Duration::from_hours(1);
    // A client may be given the port of our other socket by the system, and would be taken for ourselves.
    plan.plain = vec!["127.0.0.1:0"];
    plan.zone = Arc::new(|asked, kind| {
        let Some(over) = leads_over(asked) else { return plain_zone(asked, kind) };
        let (code, records) = plain_zone(over, kind);
        (code, [vec![alias(asked, 300, over)], records].concat())
    });
    let mut house = plan.build();
    let mut client = Client::of(&house);
    let mut seen: BTreeMap<(&'static str, bool), u32> = BTreeMap::new();
    let mut stopped_over = 0;
    for seed in 0..QUESTIONS {
        let mut dice = Dice::new(seed);
        let ruleset = compiled(&mut dice);
        house.rulesets.send_replace(Arc::clone(&ruleset));
        let wanted = subject(&mut dice);
        let table = identity_of(&wanted, dice.below(3), seed + 1);
        let personal = dice.one_in(4).then(|| if dice.one_in(4) { NOBODY } else { *dice.pick(&PEOPLE) });
        let moment = moment(&mut dice);
        let clues = Clues {
            listener: "main",
            source: CLIENT,
            signed_in: None,
            resolver_name: personal,
            now_micros: moment.unix_micros,
        };
        let subject = table.identify(&clues);
        house.identities.send_replace(Arc::new(table));
        *now.lock().unwrap() = moment;

        let asked = host(&mut dice);
        let (told, is_over) = told(&ruleset, &subject, &asked, &moment);
        stopped_over += u32::from(is_over);
        let answer = client.ask(&house, personal, &asked);
        let about = format!("seed {seed}: {asked} as {subject:?}");
        if told.layer == "strict-search" {
            assert_eq!(answer.metadata.response_code, ResponseCode::ServFail, "{about}");
        } else if told.outcome == Outcome::Allowed {
            assert_eq!(answer.metadata.response_code, ResponseCode::NoError, "{about}");
            assert_eq!(addresses(&answer).len(), 1, "{about}");
        } else {
            assert_eq!(answer.metadata.response_code, ResponseCode::NXDomain, "{about}");
            assert_eq!(extended(&answer).map(|(code, _)| code), Some(15), "{about}");
        }
        *seen.entry((told.layer, told.outcome == Outcome::Allowed)).or_default() += 1;
        match house.any_event() {
            Event::Help => assert!(told.counted_only, "{about}"),
            Event::Request(event) => {
                assert_eq!(event.subject, subject, "{about}");
                assert_eq!((event.outcome, &*event.layer), (told.outcome, told.layer), "{about}");
                assert_eq!((event.rule, event.category), (told.rule, told.category), "{about}");
                assert_eq!((event.list, event.entry), (told.list, told.entry), "{about}");
            }
        }
    }
    let over = |count: u32| assert!(count > 100, "names that answers lead over decided {count} times only");
    over(stopped_over);
    let layers = ["help", "lifeline", "emergency", "suspension", "lesson", "person", "group", "category", "default"];
    for layer in layers.into_iter().chain(["search-tool"]) {
        let met: u32 = seen.iter().filter(|((of, _), _)| *of == layer).map(|(_, count)| count).sum();
        assert!(met > 20, "the layer {layer} was met {met} times only: {seen:?}");
    }
}

fn compiled(dice: &mut Dice) -> Arc<Ruleset> {
    let world = World::new(dice);
    let content = Arc::new(world.content());
    Arc::new(ruleset::compile(world.policy, content, "random", "").unwrap().0)
}

/// The name that the answer to this one leads over, where there is one. Always the same, because answers are kept.
fn leads_over(asked: &str) -> Option<&'static str> {
    let site = asked.strip_prefix("www.").unwrap_or(asked);
    let place = HOSTS.iter().position(|host| *host == site)?;
    let over = HOSTS[(place * 5 + asked.len()) % HOSTS.len()];
    (over != asked).then_some(over)
}

/// What is to happen, and whether it was a name that the answer leads over that decided.
fn told(ruleset: &Ruleset, subject: &Subject, asked: &str, moment: &Moment) -> (Description, bool) {
    let host = Host::parse(asked).unwrap();
    let request = Request::name_only(&host);
    let told = ruleset.describe(&decide(ruleset, subject, &request, moment), subject, &request);
    let is_forced = |host: &Host| ruleset.strict_search(subject, host).is_some();
    let over = leads_over(asked).filter(|_| told.outcome == Outcome::Allowed && !is_forced(&host));
    let Some(over) = over.map(|over| Host::parse(over).unwrap()) else { return (told, false) };
    let leading = Request::name_only(&over);
    if let Some(verdict) = decide_over(ruleset, subject, &request, &leading, moment) {
        return (ruleset.describe(&verdict, subject, &leading), true);
    }
    if is_forced(&over) && !ruleset.always_open(&host) {
        let entry = Some("leads-to-engine".into());
        let told = Description { outcome: Outcome::Refused, layer: "strict-search", entry, ..told };
        return (Description { rule: None, list: None, category: None, ..told }, true);
    }
    (told, false)
}
