//! The policy `unknown` must be at least as strict as every group's (house invariant 4), or signing out would be a way
//! round the filter. Checked on the rules themselves, so that it holds for every request, not for some that were tried.
//!
//! The check is conservative: where it cannot tell, it refuses. It speaks of groups. What is set for one person (a
//! personal rule, a suspension) or for one lesson ends when that person is no longer known; a school that wants these
//! to hold asks for a sign-in on its listeners (`sign_in = "required"`).

use super::{
    Ruleset,
    compile::{bare, host_and_path},
    rules::{Action, Group, Rule},
};
use crate::{
    category::{Category, Labels},
    decide::Layer,
    host::Host,
    policy::source::RuleSource,
    toml_text::Step,
};

/// What to do about it.
pub(super) const CURE: &str = "People we cannot tell must be held at least as strictly as every group.";

/// A fault with its place in the document.
type Fault = (Vec<Step<'static>>, String);

/// Every way in which somebody unknown could reach what some group may not.
pub(super) fn check(ruleset: &Ruleset) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for group in ruleset.groups() {
        faults.extend(below_the_rules(ruleset, group).into_iter().map(|message| (vec![Step::Key("unknown")], message)));
    }
    for (index, rule) in ruleset.rules().iter().enumerate() {
        if rule.layer() == Layer::Group && unknown_may_pass(ruleset, rule) {
            let place = vec![Step::Key("rule"), Step::Index(index), Step::Key("code")];
            let code = &rule.code;
            faults.push((
                place,
                format!("The rule “{code}” blocks something for some groups, and unknown people may still reach it."),
            ));
        }
    }
    for (index, lesson) in ruleset.lessons.iter().enumerate() {
        if lesson.only && !is_blocked_by_default(ruleset) {
            let place = vec![Step::Key("lesson"), Step::Index(index), Step::Key("code")];
            let code = &lesson.code;
            faults.push((
                place,
                format!("The lesson “{code}” holds its class to its sites, and unknown people are allowed by default."),
            ));
        }
    }
    faults.extend(looser_accounts(ruleset));
    // Groups come in no order; what is told should.
    faults.sort_by(|one, other| one.1.cmp(&other.1));
    faults
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
    if unknown.strict_search < group.strict_search {
        faults.push(format!(
            "The policy for unknown people holds search engines less strictly (`{}`) than “{name}” does (`{}`).",
            unknown.strict_search.code(),
            group.strict_search.code()
        ));
    }
    let is_closed_to_engines = group.engines_without_strict_mode == Action::Block;
    if is_closed_to_engines && unknown.engines_without_strict_mode == Action::Allow {
        faults.push(format!(
            "The policy for unknown people allows search engines without a strict mode, and “{name}” does not."
        ));
    }
    let is_kept_to_tools = !group.search_tools.is_empty();
    if is_kept_to_tools && unknown.search_tools.is_empty() && !is_blocked_by_default(ruleset) {
        faults.push(format!("“{name}” is kept to its search tools, and unknown people are not."));
    }
    let has_other_tool = unknown.search_tools.iter().any(|tool| !group.search_tools.contains(tool));
    if has_other_tool && (is_kept_to_tools || group.default == Action::Block) {
        faults.push(format!("Unknown people may use a search tool that “{name}” may not."));
    } else if has_other_tool && is_closed_to_engines {
        // The tool may be an engine without a strict mode. Lists tell, and lists change; so this does not look.
        faults.push(format!(
            "Unknown people may use a search tool, and “{name}”, which has none, may use no engine without a strict \
             mode: give “{name}” search tools too."
        ));
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

/// Whoever signs out of the gate must not thereby sign in elsewhere with accounts that some group may not use: where a
/// group's accounts are restricted, those of the unknown are, to organisations that each of these groups may use too.
fn looser_accounts(ruleset: &Ruleset) -> impl Iterator<Item = Fault> {
    let entries = &ruleset.source.tenants;
    let for_groups = entries.iter().enumerate().filter(|(_, entry)| !entry.groups.is_empty());
    for_groups.filter_map(move |(index, entry)| {
        let for_unknown = entries.iter().find(|other| other.service == entry.service && other.groups.is_empty());
        let is_held = match for_unknown {
            None => is_blocked_by_default(ruleset),
            Some(unknown) => {
                unknown.values.iter().all(|value| entry.values.contains(value))
                    && (entry.personal_accounts || !unknown.personal_accounts)
            }
        };
        let place = vec![Step::Key("tenants"), Step::Index(index), Step::Key("code")];
        (!is_held).then(|| {
            let message = format!(
                "The entry “{}” restricts accounts of `{}` for some groups, and unknown people may use more.",
                entry.code,
                entry.service.code()
            );
            (place, message)
        })
    })
}

/// Whether unknown people reach nothing but what a rule allows to everyone or what is their own search tool.
pub(super) fn is_blocked_by_default(ruleset: &Ruleset) -> bool {
    let unknown = ruleset.unknown();
    unknown.default == Action::Block && unknown.allowed.is_empty()
}

/// Whether unknown people may reach this host. Where it cannot tell, it says so: of categories lists tell, and change.
pub(super) fn unknown_may_reach(ruleset: &Ruleset, host: &Host) -> bool {
    let is_of = |open: &[String]| open.iter().any(|open| overlap(host.as_str(), open));
    let mut openings = ruleset.rules().iter().filter(|rule| rule.action == Action::Allow && rule.audience.everyone);
    !is_blocked_by_default(ruleset)
        || is_of(&hosts_of_search_tools(ruleset))
        || openings.any(|rule| {
            source_of(ruleset, rule)
                .is_none_or(|source| !source.categories.is_empty() || is_of(&hosts_of(ruleset, source)))
        })
}

/// Whether somebody unknown may reach what this rule blocks for some groups. An allow for everyone reaches the unknown
/// and every group alike, which is no loosening; a block for some groups must hold for the unknown too. Rooms, devices
/// and times are facts about where and when a request is made, whoever makes it, so rules for everyone may carry them.
fn unknown_may_pass(ruleset: &Ruleset, rule: &Rule) -> bool {
    if rule.action == Action::Allow || rule.audience.everyone {
        return false;
    }
    let is_also_for_everyone =
        ruleset.rules().iter().any(|other| other.audience.everyone && covers(ruleset, other, rule));
    let is_out_of_reach = is_blocked_by_default(ruleset) && !meets_an_opening(ruleset, rule);
    !(is_also_for_everyone || is_out_of_reach || is_covered_by_category(ruleset, rule))
}

/// A rule that blocks only labels which the unknown policy always blocks takes nothing from anyone unknown, unless an
/// allow for everyone outranks it. Games that are let through for a time are not always blocked.
fn is_covered_by_category(ruleset: &Ruleset, rule: &Rule) -> bool {
    let unknown = ruleset.unknown();
    let always_blocked = match unknown.gaming_until {
        Some(_) => unknown.blocked.without(Labels::of(Category::Gaming)),
        None => unknown.blocked,
    };
    let names_labels_only = source_of(ruleset, rule)
        .is_some_and(|source| !source.everything && source.hosts.is_empty() && source.addresses.is_empty());
    let is_outranked = ruleset.rules().iter().any(|rule| rule.action == Action::Allow && rule.audience.everyone);
    names_labels_only && rule.labels.without(always_blocked).is_empty() && !is_outranked
}

fn source_of<'a>(ruleset: &'a Ruleset, rule: &Rule) -> Option<&'a RuleSource> {
    ruleset.source.rules.iter().find(|source| source.code == *rule.code)
}

/// Whether `wide`, a block for everyone, stops everything that `narrow` stops, whenever `narrow` does.
fn covers(ruleset: &Ruleset, wide: &Rule, narrow: &Rule) -> bool {
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

/// Whether something that is open to the unknown (an allow for everyone, their own search tool) and this block may
/// speak about the same request. Only rules that name hosts and nothing else, none of which lies within another,
/// surely never do.
fn meets_an_opening(ruleset: &Ruleset, block: &Rule) -> bool {
    let names_hosts = |source: &RuleSource| !source.everything && source.categories.is_empty();
    let Some(block_source) = source_of(ruleset, block) else { return true };
    let openings = ruleset.rules().iter().filter(|rule| rule.action == Action::Allow && rule.audience.everyone);
    let mut open_hosts = hosts_of_search_tools(ruleset);
    for opening in openings {
        match source_of(ruleset, opening) {
            Some(source) if names_hosts(source) => open_hosts.extend(hosts_of(ruleset, source)),
            _ => return true,
        }
    }
    if !names_hosts(block_source) {
        return !open_hosts.is_empty();
    }
    hosts_of(ruleset, block_source).iter().any(|blocked| open_hosts.iter().any(|open| overlap(blocked, open)))
}

fn hosts_of_search_tools(ruleset: &Ruleset) -> Vec<String> {
    let source = &ruleset.source;
    let tools = source.search_tools.iter().filter(|tool| source.unknown.search_tools.contains(&tool.code));
    tools.flat_map(|tool| &tool.hosts).map(|host| normal(host)).collect()
}

/// Every host a rule names, by itself, by an address or through a service.
fn hosts_of(ruleset: &Ruleset, source: &RuleSource) -> Vec<String> {
    let services = ruleset.source.services.iter().filter(|service| source.services.contains(&service.code));
    let of_services = services.flat_map(|service| &service.hosts).map(String::as_str);
    let of_addresses = source.addresses.iter().map(|address| host_and_path(address).0);
    source.hosts.iter().map(String::as_str).chain(of_addresses).chain(of_services).map(normal).collect()
}

fn normal(host: &str) -> String {
    let bare = bare(host);
    Host::parse(bare).map_or_else(|_| bare.to_owned(), |host| host.as_str().to_owned())
}

fn overlap(one: &str, other: &str) -> bool {
    let within = |a: &str, b: &str| a == b || a.strip_suffix(b).is_some_and(|front| front.ends_with('.'));
    within(one, other) || within(other, one)
}
