//! Between a moment and the edge that is told for it no verdict changes: what a client keeps until then stays true.

mod random_policy;

use holdfast_core::{
    address::Address,
    decide::decide,
    host::Host,
    moment::Moment,
    request::Request,
    ruleset::{self, Ruleset},
    subject::Subject,
};
use jiff::{Timestamp, tz::TimeZone};
use random_policy::{Dice, HOSTS, PATHS, World, host, moment, subject};
use std::sync::Arc;

fn at(micros: i64) -> Moment {
    let zone = TimeZone::get("Europe/London").unwrap();
    Moment::at(Timestamp::from_microsecond(micros).unwrap(), &zone)
}

/// Whether each of the names, and each of the whole addresses, may pass.
fn answers(ruleset: &Ruleset, subject: &Subject, asked: &(Vec<Host>, Vec<Address>), moment: &Moment) -> Vec<bool> {
    let names = asked.0.iter().map(Request::name_only);
    let requests = names.chain(asked.1.iter().map(Request::whole));
    requests.map(|request| decide(ruleset, subject, &request, moment).is_allow()).collect()
}

#[test]
fn no_verdict_changes_before_the_next_edge() {
    let mut changes = 0_u32;
    let mut quiet = 0_u32;
    for seed in 0..3_000_u64 {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let (ruleset, _) = ruleset::compile(world.policy.clone(), Arc::new(world.content()), "random", "").unwrap();
        for _ in 0..4 {
            let (subject, mut now) = (subject(&mut dice), moment(&mut dice));
            let names = HOSTS.iter().map(|host| Host::parse(host).unwrap()).collect();
            let addresses = (0..4).map(|_| format!("http://{}{}", host(&mut dice), dice.pick(&PATHS)));
            let asked = (names, addresses.map(|text| Address::parse(&text).unwrap()).collect());
            // Off the minute, as moments are.
            now = at(now.unix_micros + i64::try_from(dice.below(60_000_000)).unwrap());
            let before = answers(&ruleset, &subject, &asked, &now);
            let edge = ruleset.next_edge(&now);
            assert!(edge.is_none_or(|edge| edge > now.unix_micros), "seed {seed}: the edge {edge:?} is past");
            // Nothing of a random world comes after this.
            let end = edge.unwrap_or(now.unix_micros + 60 * 24 * 3_600_000_000);
            let length = usize::try_from(end - now.unix_micros).unwrap();
            let tried = (0..6).map(|_| now.unix_micros + i64::try_from(dice.below(length)).unwrap());
            for micros in tried.chain([end - 1]) {
                let later = at(micros);
                assert_eq!(
                    answers(&ruleset, &subject, &asked, &later),
                    before,
                    "seed {seed}: {subject:?} at {now:?} and {later:?}, edge {edge:?}, under {:#?}",
                    world.policy
                );
            }
            match edge {
                Some(edge) if answers(&ruleset, &subject, &asked, &at(edge)) != before => changes += 1,
                _ => quiet += 1,
            }
        }
    }
    assert!(changes > 500 && quiet > 500, "{changes} edges changed something, {quiet} did not");
}
