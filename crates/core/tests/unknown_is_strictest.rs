//! Signing out is no way round the filter: whenever a policy compiles, nobody unknown reaches what some group may not
//! (house invariant 4). Tried on policies that are not shaped to compile.

mod random_policy;

use holdfast_core::{
    address::Address, category::Category, decide::decide, host::Host, policy::source::Action, request::Request,
    ruleset, subject::Subject,
};
use random_policy::{Dice, GROUPS, PATHS, World, group, host, moment, rule, subject};
use std::sync::Arc;

#[test]
fn whoever_signs_out_reaches_nothing_more() {
    let mut compiled = 0;
    let mut blocked = 0;
    for seed in 0..60_000_u64 {
        let mut dice = Dice::new(seed);
        let world = unshaped(&mut dice);
        let content = Arc::new(world.content());
        let Ok((ruleset, _)) = ruleset::compile(world.policy.clone(), content, "random", "") else { continue };
        compiled += 1;
        for _ in 0..24 {
            let (somebody, moment) = (subject(&mut dice), moment(&mut dice));
            let place = Subject { room: somebody.room, device: somebody.device, ..Subject::unknown() };
            let member = Subject { group: Some((*dice.pick(&GROUPS)).into()), ..place.clone() };
            let host_text = host(&mut dice);
            let host = Host::parse(&host_text).unwrap();
            let address = Address::parse(&format!("http://{host_text}{}", dice.pick(&PATHS))).unwrap();
            let level = |subject| ruleset.strict_search(subject, &host).map(|strict| strict.level);
            assert!(
                level(&place) >= level(&member),
                "seed {seed}: {host_text} is held less strictly for anyone unknown than for {:?} under {:#?}",
                member.group,
                world.policy
            );
            let request = if dice.one_in(3) { Request::name_only(&host) } else { Request::whole(&address) };
            if decide(&ruleset, &member, &request, &moment).is_allow() {
                continue;
            }
            blocked += 1;
            let unknown = decide(&ruleset, &place, &request, &moment);
            assert!(
                !unknown.is_allow(),
                "seed {seed}: {host_text} is blocked for {:?} and open to anyone unknown ({unknown:?}) at {moment:?} under {:#?}",
                member.group,
                world.policy
            );
        }
    }
    assert!(compiled > 2_000 && blocked > 10_000, "too little was tried: {compiled} policies, {blocked} blocks");
}

/// A world whose policy is not shaped to compile: `unknown` is any judging at all, and rules are for anybody.
fn unshaped(dice: &mut Dice) -> World {
    let mut world = World::new(dice);
    let tools = if dice.one_in(2) { vec!["find".to_owned()] } else { Vec::new() };
    let mut unknown = group(dice, "any", &tools).judging;
    if dice.one_in(2) {
        unknown.default = Action::Block;
    }
    // Often close to strict enough, or nothing would compile.
    unknown
        .block_categories
        .extend([Category::Gambling, Category::Video, Category::SearchEngines].into_iter().filter(|_| !dice.one_in(4)));
    if !dice.one_in(4) {
        unknown.block_services = vec!["film".to_owned()];
        unknown.allow_categories.clear();
    }
    world.policy.unknown = unknown;
    world.policy.rules = (0..dice.below(5))
        .map(|index| {
            let for_groups = dice.one_in(2);
            rule(dice, index, for_groups)
        })
        .collect();
    world.policy.lessons.clear();
    world
}
