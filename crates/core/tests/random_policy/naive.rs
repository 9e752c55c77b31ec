//! The policy read naively, straight from its document: every rule looked at for every request, texts compared as
//! texts, nothing compiled. Slow and plain, to hold the compiled ruleset to.

use crate::random_policy::World;
use holdfast_core::{
    category::Category,
    inspection::Extent,
    moment::Moment,
    policy::source::{Action, Judging, RuleSource},
    search_engines::StrictLevel,
    subject::Subject,
    wording::Band,
};
use jiff::{civil, tz::TimeZone};

/// What a request is, plainly.
pub struct Plain<'a> {
    pub host: &'a str,
    /// Path and query, where the whole address was seen.
    pub path: Option<&'a str>,
}

/// `allowed`, `blocked` or `redirected`, and the layer.
pub type Answer = (&'static str, &'static str);

/// The national help sites are not part of a random world: none of its hosts is one.
pub fn answer(world: &World, subject: &Subject, request: &Plain<'_>, moment: &Moment) -> Answer {
    let policy = &world.policy;
    let categories = categories(world, request.host);
    let unfreeable = categories.iter().any(|category| {
        matches!(category, Category::Pornography | Category::Hatred | Category::Extremism | Category::Illegal)
    });
    let is_partner = policy.partners.iter().any(|partner| within(request.host, &partner.host));
    if is_partner || policy.help.iter().any(|help| within(request.host, &help.host)) {
        return ("allowed", "help");
    }
    if policy.lifelines.iter().any(|lifeline| lifeline.hosts.iter().any(|host| within(request.host, host))) {
        return ("allowed", "lifeline");
    }
    let emergency = policy.emergencies.iter().any(|emergency| {
        let host = emergency.hosts.iter().any(|host| within(request.host, host));
        let address = emergency.addresses.iter().any(|address| reaches(address, request, true));
        (host || address) && in_span(Some(&emergency.starts), emergency.ends.as_deref(), moment)
    });
    if emergency {
        return ("blocked", "emergency");
    }
    let mut suspensions = policy.suspensions.iter().filter(|suspension| {
        subject.person.as_ref() == Some(&suspension.person)
            && in_span(Some(&suspension.starts), Some(&suspension.ends), moment)
    });
    if suspensions.clone().next().is_some() {
        let kept = suspensions.all(|suspension| suspension.keep_hosts.iter().any(|host| within(request.host, host)));
        return (if kept && !unfreeable { "allowed" } else { "blocked" }, "suspension");
    }
    lesson(world, subject, request, moment, unfreeable)
        .or_else(|| rules(world, subject, request, moment, (&categories, unfreeable), true))
        .or_else(|| rules(world, subject, request, moment, (&categories, unfreeable), false))
        .unwrap_or_else(|| below(world, subject, request, moment, &categories))
}

fn categories(world: &World, host: &str) -> Vec<Category> {
    let holds = |category: &Category| world.names.iter().any(|(of, name)| of == category && within(host, name));
    Category::ALL.into_iter().filter(holds).collect()
}

/// How far the subject's connections to a host are opened, and why.
pub fn opening(world: &World, subject: &Subject, host: &str) -> (Extent, &'static str) {
    let policy = &world.policy;
    let help = policy.help.iter().map(|help| &help.host).chain(policy.partners.iter().map(|partner| &partner.host));
    let mut protected = help.chain(policy.lifelines.iter().flat_map(|lifeline| &lifeline.hosts));
    if protected.any(|parent| within(host, parent)) {
        return (Extent::Nothing, "protected");
    }
    let inspection = &judging(world, subject).inspection;
    let chooses = !inspection.hosts.is_empty() || !inspection.categories.is_empty() || !inspection.services.is_empty();
    if inspection.extent == Extent::Nothing && !chooses {
        return (Extent::Nothing, "group");
    }
    let categories = categories(world, host);
    let is_left = policy.left_unopened.iter().any(|entry| {
        (entry.groups.is_empty() || subject.group.as_ref().is_some_and(|group| entry.groups.contains(group)))
            && (entry.hosts.iter().any(|parent| within(host, parent))
                || entry.categories.iter().any(|category| categories.contains(category)))
    });
    if is_left {
        return (Extent::Nothing, "school");
    }
    let is_shipped = within(host, "clients2.google.com");
    let mut chosen = inspection.hosts.iter().filter(|parent| within(host, parent));
    // What is shipped as left unopened gives way to its own name only, not to that of a site it is a part of.
    if chosen.any(|parent| !is_shipped || within(parent, "clients2.google.com")) {
        return (Extent::Everything, "chosen");
    }
    if is_shipped {
        return (Extent::Nothing, "google-devices");
    }
    if categories.contains(&Category::Finance) {
        return (Extent::Nothing, "private");
    }
    if inspection.categories.iter().any(|category| categories.contains(category))
        || inspection.services.iter().any(|service| is_in_service(world, service, host))
    {
        return (Extent::Everything, "chosen");
    }
    let why = match inspection.extent {
        Extent::Everything => "chosen",
        _ if chooses => "not-chosen",
        _ => "group",
    };
    (inspection.extent, why)
}

/// The level at which the subject is held to strict search, and what becomes of engines that know none.
fn strictness(world: &World, subject: &Subject) -> (StrictLevel, Action) {
    let group = world.policy.groups.iter().find(|group| subject.group.as_ref() == Some(&group.code));
    let is_staff = group.is_some_and(|group| group.band == Band::Staff);
    let (level, engines) =
        if is_staff { (StrictLevel::Moderate, Action::Allow) } else { (StrictLevel::Strict, Action::Block) };
    let judging = judging(world, subject);
    (judging.strict_search.unwrap_or(level), judging.engines_without_strict_mode.unwrap_or(engines))
}

/// What a name must lead to for the subject, for the engines of a random world.
pub fn strict_name(world: &World, subject: &Subject, host: &str) -> Option<&'static str> {
    let (level, _) = strictness(world, subject);
    match (host, level) {
        (_, StrictLevel::Off) => None,
        ("google.com" | "www.google.com", _) => Some("forcesafesearch.google.com"),
        ("youtube.com" | "www.youtube.com", StrictLevel::Moderate) => Some("restrictmoderate.youtube.com"),
        ("youtube.com" | "www.youtube.com", StrictLevel::Strict) => Some("restrict.youtube.com"),
        _ => None,
    }
}

fn judging<'a>(world: &'a World, subject: &Subject) -> &'a Judging {
    let group = world.policy.groups.iter().find(|group| subject.group.as_ref() == Some(&group.code));
    group.map_or(&world.policy.unknown, |group| &group.judging)
}

fn lesson(world: &World, subject: &Subject, request: &Plain<'_>, moment: &Moment, unfreeable: bool) -> Option<Answer> {
    let (mut allow, mut block) = (false, false);
    for lesson in &world.policy.lessons {
        let is_for = lesson.classes.iter().any(|class| subject.classes.contains(class))
            || subject.group.as_ref().is_some_and(|group| lesson.groups.contains(group))
            || subject.person.as_ref().is_some_and(|person| lesson.people.contains(person));
        if !is_for || !in_span(Some(&lesson.starts), Some(&lesson.ends), moment) {
            continue;
        }
        let opens = lesson.hosts.iter().any(|host| within(request.host, host))
            || lesson.addresses.iter().any(|address| reaches(address, request, false));
        allow |= opens && !unfreeable;
        block |= !opens && lesson.only;
    }
    verdict(allow, block, "lesson")
}

fn rules(
    world: &World,
    subject: &Subject,
    request: &Plain<'_>,
    moment: &Moment,
    (categories, unfreeable): (&[Category], bool),
    personal: bool,
) -> Option<Answer> {
    let (mut allow, mut block) = (false, false);
    for rule in world.policy.rules.iter().filter(|rule| rule.people.is_empty() != personal) {
        if is_for(rule, subject) && is_now(world, rule, moment) && is_about(world, rule, request, categories) {
            allow |= rule.action == Action::Allow && !unfreeable;
            block |= rule.action == Action::Block;
        }
    }
    verdict(allow, block, if personal { "person" } else { "group" })
}

fn verdict(allow: bool, block: bool, layer: &'static str) -> Option<Answer> {
    match (allow, block) {
        (_, true) => Some(("blocked", layer)),
        (true, false) => Some(("allowed", layer)),
        (false, false) => None,
    }
}

fn is_for(rule: &RuleSource, subject: &Subject) -> bool {
    let audience = rule.everyone
        || subject.group.as_ref().is_some_and(|group| rule.groups.contains(group))
        || subject.person.as_ref().is_some_and(|person| rule.people.contains(person));
    let room = rule.rooms.is_empty() || subject.room.as_ref().is_some_and(|room| rule.rooms.contains(room));
    let device = rule.devices.is_empty() || subject.device.as_ref().is_some_and(|device| rule.devices.contains(device));
    audience && room && device
}

fn is_now(world: &World, rule: &RuleSource, moment: &Moment) -> bool {
    let schedule = rule.schedule.as_ref().is_none_or(|code| {
        let schedule = world.policy.schedules.iter().find(|schedule| schedule.code == *code).unwrap();
        let minutes = |text: &str| {
            let (hours, minutes) = text.split_once(':').unwrap();
            hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap()
        };
        schedule.days.iter().any(|day| *day as u8 == moment.weekday)
            && moment.minute >= minutes(&schedule.from)
            && moment.minute < minutes(&schedule.to)
    });
    schedule && in_span(rule.starts.as_deref(), rule.ends.as_deref(), moment)
}

fn is_about(world: &World, rule: &RuleSource, request: &Plain<'_>, categories: &[Category]) -> bool {
    rule.everything
        || rule.hosts.iter().any(|host| within(request.host, host))
        || rule.addresses.iter().any(|address| reaches(address, request, false))
        || rule.categories.iter().any(|category| categories.contains(category))
        || rule.services.iter().any(|service| is_in_service(world, service, request.host))
}

fn is_in_service(world: &World, code: &str, host: &str) -> bool {
    world
        .policy
        .services
        .iter()
        .any(|service| service.code == code && service.hosts.iter().any(|name| within(host, name)))
}

fn below(world: &World, subject: &Subject, request: &Plain<'_>, moment: &Moment, categories: &[Category]) -> Answer {
    let judging = judging(world, subject);
    let is_listed = categories.contains(&Category::SearchEngines);
    let is_of_the_table = ["google.com", "duckduckgo.com", "youtube.com"].iter().any(|of| within(request.host, of));
    let is_loose = matches!(request.host, "lite.duckduckgo.com" | "www.lite.duckduckgo.com");
    let tool = world.policy.search_tools.iter().find(|tool| tool.hosts.iter().any(|host| within(request.host, host)));
    let own = tool.is_some_and(|tool| judging.search_tools.contains(&tool.code));
    if !judging.search_tools.is_empty() {
        let is_engine = tool.is_some()
            || is_loose
            || matches!(request.host, "google.com" | "www.google.com")
            || (is_listed && !is_of_the_table);
        let lacks_strict = request.path.is_some_and(|path| path.contains("q=") && !path.contains("safe=on"));
        if (own && lacks_strict) || (is_engine && !own) {
            return (if request.path.is_some() { "redirected" } else { "blocked" }, "search-tool");
        }
    } else if strictness(world, subject).1 == Action::Block && (is_loose || (is_listed && !is_of_the_table)) {
        return ("blocked", "search-tool");
    }
    let relaxed = judging.relax_gaming.as_ref().is_some_and(|relaxed| in_span(None, Some(&relaxed.ends), moment));
    let blocks = |category: &Category| match category {
        Category::Gaming => !relaxed,
        other => Category::BASELINE.contains(other) || judging.block_categories.contains(other),
    };
    let service = |codes: &[String]| codes.iter().any(|code| is_in_service(world, code, request.host));
    if categories.iter().any(blocks) || service(&judging.block_services) {
        return ("blocked", "category");
    }
    if categories.iter().any(|category| judging.allow_categories.contains(category)) || service(&judging.allow_services)
    {
        return ("allowed", "category");
    }
    match judging.default {
        Action::Block if own => ("allowed", "search-tool"),
        Action::Block => ("blocked", "default"),
        Action::Allow => ("allowed", "default"),
    }
}

fn within(host: &str, parent: &str) -> bool {
    host == parent || host.ends_with(&format!(".{parent}"))
}

/// Whether the request lies within `host/path`. `unseen` is the answer where the path was not seen.
fn reaches(address: &str, request: &Plain<'_>, unseen: bool) -> bool {
    let (host, path) = address.split_at(address.find('/').unwrap());
    if !within(request.host, host) {
        return false;
    }
    request.path.map_or(unseen, |seen| {
        seen.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    })
}

fn in_span(starts: Option<&str>, ends: Option<&str>, moment: &Moment) -> bool {
    starts.is_none_or(|text| micros(text, false) <= moment.unix_micros)
        && ends.is_none_or(|text| moment.unix_micros < micros(text, true))
}

fn micros(text: &str, is_end: bool) -> i64 {
    let zone = TimeZone::get("Europe/London").unwrap();
    let time = if text.contains('T') {
        text.parse::<civil::DateTime>().unwrap()
    } else {
        let date = text.parse::<civil::Date>().unwrap();
        if is_end { date.tomorrow().unwrap() } else { date }.at(0, 0, 0, 0)
    };
    zone.to_timestamp(time).unwrap().as_microsecond()
}
