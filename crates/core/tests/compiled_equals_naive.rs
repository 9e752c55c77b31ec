//! The compiled ruleset and a naive reading of the policy give the same answers, on 10,000 random policies.

#[path = "random_policy/naive.rs"]
mod naive;
mod random_policy;

use holdfast_core::{
    address::Address,
    decide::{Verdict, decide, explain},
    host::Host,
    request::Request,
    ruleset,
    search_engines::StrictForm,
};
use random_policy::{Dice, PATHS, World, host, moment, subject};
use std::{collections::BTreeMap, sync::Arc};

#[test]
fn compiled_equals_naive_on_ten_thousand_random_policies() {
    let mut layers_seen = std::collections::BTreeMap::new();
    let mut forced_seen = 0;
    for seed in 0..10_000_u64 {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let content = Arc::new(world.content());
        let (ruleset, _) = ruleset::compile(world.policy.clone(), content, "random", "")
            .unwrap_or_else(|problems| panic!("seed {seed} does not compile: {problems:?}"));
        for _ in 0..8 {
            let (subject, moment) = (subject(&mut dice), moment(&mut dice));
            let host_text = host(&mut dice);
            let path = dice.one_in(3).then(|| *dice.pick(&PATHS)).or(Some("/")).filter(|_| !dice.one_in(4));
            let host = Host::parse(&host_text).unwrap();
            let address = path.map(|path| Address::parse(&format!("http://{host_text}{path}")).unwrap());
            let request = address.as_ref().map_or_else(|| Request::name_only(&host), Request::whole);
            let verdict = decide(&ruleset, &subject, &request, &moment);
            assert_eq!(verdict, explain(&ruleset, &subject, &request, &moment).0);
            let word = match &verdict {
                Verdict::Allow(_) => "allowed",
                Verdict::Redirect(..) => "redirected",
                Verdict::Block(_) | Verdict::Sealed(_) => "blocked",
            };
            let expected = naive::answer(&world, &subject, &naive::Plain { host: &host_text, path }, &moment);
            let found = (word, verdict.layer().code());
            assert_eq!(
                found, expected,
                "seed {seed}: {subject:?} asks {host_text} {path:?} at {moment:?} under {:#?}",
                world.policy
            );
            *layers_seen.entry(found).or_insert(0) += 1;
            let forced = ruleset.strict_search(&subject, &host);
            let name = forced.map(|strict| match strict.form {
                StrictForm::Name(name) => name,
                StrictForm::Addresses(_) => "addresses",
            });
            assert_eq!(name, naive::strict_name(&world, &subject, &host_text), "seed {seed}: {subject:?} {host_text}");
            forced_seen += u32::from(name.is_some());
        }
    }
    assert!(forced_seen > 1_000, "strict search was forced {forced_seen} times only");
    // A comparison that never meets a layer would prove nothing about it.
    for layer in [
        "help",
        "lifeline",
        "emergency",
        "suspension",
        "lesson",
        "person",
        "group",
        "search-tool",
        "category",
        "default",
    ] {
        let seen: u32 = layers_seen.iter().filter(|((_, of), _)| *of == layer).map(|(_, count)| count).sum();
        assert!(seen > 100, "the layer {layer} was met {seen} times only: {layers_seen:?}");
    }
}

#[test]
fn what_is_opened_equals_a_naive_reading_on_ten_thousand_random_policies() {
    let mut reasons_seen = BTreeMap::new();
    for seed in 0..10_000_u64 {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let (ruleset, _) = ruleset::compile(world.policy.clone(), Arc::new(world.content()), "random", "").unwrap();
        for _ in 0..8 {
            let subject = subject(&mut dice);
            let host_text = if dice.one_in(6) { "clients2.google.com".to_owned() } else { host(&mut dice) };
            let host = Host::parse(&host_text).unwrap();
            let opening = ruleset.opening(&subject, &host);
            let found = (opening.extent, opening.reason.code());
            assert_eq!(
                found,
                naive::opening(&world, &subject, &host_text),
                "seed {seed}: {subject:?} at {host_text} under {:#?}",
                world.policy
            );
            *reasons_seen.entry(found.1).or_insert(0_u32) += 1;
            assert_eq!(ruleset.is_partner(&host), world.policy.partners.iter().any(|of| host.is_within(&of.host)));
        }
    }
    for reason in ["protected", "group", "school", "chosen", "google-devices", "private", "not-chosen"] {
        assert!(reasons_seen.get(reason).is_some_and(|seen| *seen > 500), "{reason} was hardly met: {reasons_seen:?}");
    }
}
