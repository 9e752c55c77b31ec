//! The policy `unknown` must be at least as strict as every other (house invariant 4), or signing out would be a way
//! round the filter. Checked on the rules themselves, so that it holds for every request, not for some that were tried.

use super::{
    Ruleset,
    rules::{Action, Group, Rule},
};
use crate::{
    category::{Category, Labels},
    decide::Layer,
    policy::source::RuleSource,
    problem::Problem,
};

const CURE: &str = "People we cannot tell must be held at least as strictly as every group.";

/// Reports every way in which somebody unknown could reach what some group may not.
pub(super) fn check(ruleset: &Ruleset, report: &mut impl FnMut(Problem)) {
    for group in ruleset.groups() {
        for message in below_the_rules(ruleset, group) {
            report(Problem::error(message).suggest(CURE));
        }
    }
    for rule in ruleset.rules().iter().filter(|rule| rule.layer() == Layer::Group) {
        if let Some(message) = rule_is_missing_for_unknown(ruleset, rule) {
            report(Problem::error(message).suggest(CURE));
        }
    }
}

fn below_the_rules(ruleset: &Ruleset, group: &Group) -> Vec<String> {
    let unknown = ruleset.unknown();
    let name = group.code.as_ref().map_or("", |code| code.as_str());
    let mut faults = Vec::new();
    for label in labels(group.blocked.without(unknown.blocked), ruleset) {
        faults.push(format!("The policy for unknown people does not block “{label}”, which “{name}” blocks."));
    }
    if group.default == Action::Block {
        if unknown.default == Action::Allow {
            faults.push(format!("The policy for unknown people allows by default, and “{name}” does not."));
        }
        for label in labels(unknown.allowed.without(group.allowed), ruleset) {
            faults.push(format!("The policy for unknown people allows “{label}”, which “{name}” does not."));
        }
    }
    if let Some(until) = unknown.gaming_until
        && group.gaming_until.is_none_or(|end| end < until)
    {
        faults.push(format!("The policy for unknown people lets games through, and “{name}” does not."));
    }
    let is_kept_to_tools = !group.search_tools.is_empty();
    let may_reach_engines = unknown.default == Action::Allow || !unknown.allowed.is_empty();
    if is_kept_to_tools && unknown.search_tools.is_empty() && may_reach_engines {
        faults.push(format!("“{name}” is kept to its search tools, and unknown people are not."));
    }
    let has_other_tool = unknown.search_tools.iter().any(|tool| !group.search_tools.contains(tool));
    if has_other_tool && (is_kept_to_tools || group.default == Action::Block) {
        faults.push(format!("Unknown people may use a search tool that “{name}” may not."));
    }
    faults
}

fn labels(set: Labels, ruleset: &Ruleset) -> Vec<String> {
    let categories = Category::ALL.into_iter().filter(|category| !set.and(Labels::of(*category)).is_empty());
    let services = (0_u8..).zip(ruleset.services()).filter(|(index, _)| !set.and(Labels::service(*index)).is_empty());
    categories
        .map(|category| category.title().to_owned())
        .chain(services.map(|(_, service)| service.title.to_string()))
        .collect()
}

/// A block for some groups must be a block for everyone, so that it holds for the unknown too; an allow for everyone
/// reaches the unknown and every group alike, which is no loosening. Rooms, devices and times are facts about where and
/// when a request is made, known or not whoever makes it, so rules for everyone may carry them.
fn rule_is_missing_for_unknown(ruleset: &Ruleset, rule: &Rule) -> Option<String> {
    let code = &rule.code;
    if rule.action == Action::Allow || rule.audience.everyone || is_covered_by_category(ruleset, rule) {
        return None;
    }
    let same = ruleset.rules().iter().any(|other| other.audience.everyone && covers(other, rule, ruleset));
    if same || unknown_cannot_reach(ruleset, rule) {
        return None;
    }
    Some(format!("The rule “{code}” blocks something for some groups, and unknown people may still reach it."))
}

/// A rule that blocks only labels which the unknown policy blocks anyway takes nothing from anyone unknown, unless an
/// allow for everyone outranks it.
fn is_covered_by_category(ruleset: &Ruleset, rule: &Rule) -> bool {
    let only_labels = !rule.everything && !has_targets(ruleset, rule);
    only_labels && rule.labels.without(ruleset.unknown().blocked).is_empty() && !any_allow_for_everyone(ruleset)
}

fn any_allow_for_everyone(ruleset: &Ruleset) -> bool {
    ruleset.rules().iter().any(|rule| rule.action == Action::Allow && rule.audience.everyone)
}

fn has_targets(ruleset: &Ruleset, rule: &Rule) -> bool {
    source_of(ruleset, rule).is_some_and(|source| !source.hosts.is_empty() || !source.addresses.is_empty())
}

fn source_of<'a>(ruleset: &'a Ruleset, rule: &Rule) -> Option<&'a RuleSource> {
    ruleset.source.rules.iter().find(|source| source.code == *rule.code)
}

/// Whether `wide`, a block for everyone, stops everything that `narrow` stops, whenever `narrow` does.
fn covers(wide: &Rule, narrow: &Rule, ruleset: &Ruleset) -> bool {
    let (Some(wide_source), Some(narrow_source)) = (source_of(ruleset, wide), source_of(ruleset, narrow)) else {
        return false;
    };
    let targets = wide.everything
        || (!narrow.everything
            && narrow_source.hosts.iter().all(|host| wide_source.hosts.contains(host))
            && narrow_source.addresses.iter().all(|address| wide_source.addresses.contains(address))
            && narrow.labels.without(wide.labels).is_empty());
    let anywhere = wide.rooms.is_empty() && wide.devices.is_empty();
    let always = wide.schedule.is_none_or(|schedule| narrow.schedule == Some(schedule))
        && wide.span.starts <= narrow.span.starts
        && wide.span.ends >= narrow.span.ends;
    wide.action == Action::Block && targets && anywhere && always
}

/// Where the unknown are blocked by default, only what is expressly allowed to everyone, or by category, is theirs.
/// With no such allow at all, no block is missing.
fn unknown_cannot_reach(ruleset: &Ruleset, rule: &Rule) -> bool {
    let unknown = ruleset.unknown();
    let nothing_by_category = unknown.default == Action::Block && unknown.allowed.is_empty();
    nothing_by_category && !everyone_allow_meets(ruleset, rule)
}

/// Whether an allow for everyone and this block may speak about the same request. Only two rules that both name hosts
/// and nothing else, and none of whose hosts lies within another, surely never do.
fn everyone_allow_meets(ruleset: &Ruleset, block: &Rule) -> bool {
    let Some(block_source) = source_of(ruleset, block) else { return true };
    ruleset.rules().iter().filter(|rule| rule.action == Action::Allow && rule.audience.everyone).any(|allow| {
        let Some(allow_source) = source_of(ruleset, allow) else { return true };
        let names_hosts = |source: &RuleSource| !source.everything && source.categories.is_empty();
        let comparable = names_hosts(block_source) && names_hosts(allow_source);
        let allowed = hosts_of(ruleset, allow_source);
        let disjoint = hosts_of(ruleset, block_source).iter().all(|a| allowed.iter().all(|b| !overlap(a, b)));
        !(comparable && disjoint)
    })
}

/// Every host a rule names, by itself or through a service.
fn hosts_of(ruleset: &Ruleset, source: &RuleSource) -> Vec<String> {
    let of_services = ruleset
        .source
        .services
        .iter()
        .filter(|service| source.services.contains(&service.code))
        .flat_map(|s| s.hosts.clone());
    let addresses = source.addresses.iter().map(|address| {
        let bare = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
        bare.split('/').next().unwrap_or_default().to_owned()
    });
    let named = source.hosts.iter().cloned().chain(addresses).chain(of_services).map(|host| {
        let bare = host.trim_start_matches("*.").trim_start_matches('.').to_owned();
        crate::host::Host::parse(&bare).map_or(bare, |host| host.as_str().to_owned())
    });
    named.collect()
}

fn overlap(a: &str, b: &str) -> bool {
    let within = |a: &str, b: &str| a == b || a.strip_suffix(b).is_some_and(|front| front.ends_with('.'));
    within(a, b) || within(b, a)
}
