//! What is remembered, how long, and what leaves first. The moment is passed in.

use super::{
    super::cache::{Keep, Memory},
    *,
};
use crate::dns::known::AnswerRules;
use std::sync::atomic::AtomicU64;

fn known(ask: &Ask, address: [u8; 4], seconds: u32) -> Arc<Known> {
    let source = SocketAddr::from(([127, 0, 0, 1], 53));
    let bytes = Asked::read(&ask.message(1), Over::Udp, source).answer_with(0, address, seconds);
    read(ask, &bytes)
}

fn missing(ask: &Ask) -> Arc<Known> {
    let source = SocketAddr::from(([127, 0, 0, 1], 53));
    let bytes = Asked::read(&ask.message(1), Over::Udp, source).answer_with(3, BAD, 0);
    read(ask, &bytes)
}

fn read(ask: &Ask, bytes: &[u8]) -> Arc<Known> {
    let destinations = Destinations::default();
    Arc::new(Known::read(bytes, ask, AnswerRules { destinations: &destinations, is_local: false }).unwrap())
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

#[test]
fn an_answer_is_fresh_for_its_life_and_stands_in_for_a_day() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let ask = question("rivers.example");
    memory.put(&ask, &known(&ask, GOOD, 60), now, Keep::Usual);
    let fresh = |seconds| memory.fresh(&ask, now + Duration::from_secs(seconds));
    assert_eq!(fresh(59).unwrap().age, 59);
    assert!(fresh(60).is_none());
    let old = memory.stand_in(&ask, now + Duration::from_mins(1)).unwrap();
    assert!(old.is_stale && old.age == 60);
    assert!(memory.stand_in(&ask, now + DAY - Duration::from_secs(1)).is_some());
    assert!(memory.stand_in(&ask, now + DAY).is_none());
    assert!(memory.due(now + DAY, 8).is_empty(), "nobody renews it");
}

#[test]
fn it_stays_within_its_bytes_and_help_is_never_put_out_by_others() {
    let now = Instant::now();
    let memory = Memory::new(256 << 10, now);
    let help = question("help.example");
    memory.put(&help, &known(&help, GOOD, 60), now, Keep::Help);
    for number in 0..20_000 {
        let ask = question(&format!("n{number}.example"));
        memory.put(&ask, &known(&ask, BAD, 3_600), now, Keep::Usual);
    }
    let counters = Counters::default();
    memory.measure(&counters);
    let read = |counter: &AtomicU64| counter.load(Relaxed);
    let (bytes, entries) = (read(&counters.cache_bytes), read(&counters.cache_entries));
    assert!(bytes <= 256 << 10 && bytes > 128 << 10 && entries > 256, "{entries} answers of {bytes} bytes");
    let found = memory.stand_in(&help, now).unwrap();
    assert!(!found.is_stale && found.known.addresses() == [IpAddr::from(GOOD)]);
    assert!(memory.stand_in(&help, now + DAY * 29).is_some_and(|found| found.is_stale));
    assert!(memory.stand_in(&help, now + DAY * 30).is_none());
}

#[test]
fn help_is_renewed_before_its_life_ends_and_every_hour() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let (short, long) = (question("short.example"), question("long.example"));
    memory.put(&short, &known(&short, GOOD, 800), now, Keep::Help);
    memory.put(&long, &known(&long, GOOD, 80_000), now, Keep::Help);
    assert!(memory.due(now + Duration::from_secs(599), 8).is_empty());
    let ten_minutes = now + Duration::from_mins(10);
    assert_eq!(memory.due(ten_minutes, 8), std::slice::from_ref(&short));
    assert!(memory.due(ten_minutes, 8).is_empty(), "a renewal has its time");
    assert_eq!(memory.due(ten_minutes + Duration::from_mins(1), 8), std::slice::from_ref(&short), "and is begun again");
    memory.put(&short, &known(&short, GOOD, 800), ten_minutes, Keep::Usual);
    assert_eq!(memory.due(now + HOUR, 1).len(), 1, "no more than wanted");
    assert_eq!(memory.due(now + HOUR, 8).len(), 1);
    // Asked for by nobody in a month.
    assert!(memory.due(now + DAY * 30, 8).is_empty() && memory.due(now + DAY * 31, 8).is_empty());
}

#[test]
fn an_answer_that_leads_nowhere_does_not_take_the_place_of_help() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let help = question("help.example");
    memory.put(&help, &known(&help, GOOD, 60), now, Keep::Help);
    memory.put(&help, &missing(&help), now + HOUR, Keep::Help);
    // A null address is how some upstreams filter.
    memory.put(&help, &known(&help, [0, 0, 0, 0], 60), now + HOUR, Keep::Help);
    let found = memory.stand_in(&help, now + HOUR * 2).unwrap();
    assert_eq!(found.known.addresses(), [IpAddr::from(GOOD)]);
}

#[test]
fn invented_names_below_help_do_not_put_out_what_is_asked_for() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let help = question("help.example");
    memory.put(&help, &known(&help, GOOD, 60), now, Keep::Help);
    memory.stand_in(&help, now);
    for number in 0..10_000 {
        let ask = question(&format!("n{number}.help.example"));
        memory.put(&ask, &known(&ask, BAD, 60), now + Duration::from_secs(1), Keep::Help);
    }
    assert!(memory.stand_in(&help, now + DAY * 2).is_some());
}

#[test]
fn what_the_policy_names_is_never_put_out() {
    let now = Instant::now();
    let memory = Memory::new(1 << 20, now);
    let learnt = question("help.example");
    memory.put(&learnt, &known(&learnt, GOOD, 60), now, Keep::Learnt);
    for number in 0..10_000 {
        let ask = question(&format!("n{number}.help.example"));
        memory.put(&ask, &known(&ask, BAD, 60), now + Duration::from_secs(1), Keep::Help);
        // Asked for more often than anybody asks for help.
        for _ in 0..3 {
            memory.stand_in(&ask, now + Duration::from_secs(1));
        }
    }
    assert!(memory.stand_in(&learnt, now + DAY * 2).is_some());
    let asked = question("n9999.help.example");
    assert!(memory.stand_in(&asked, now + DAY * 2).is_some(), "others have their places too");
}
