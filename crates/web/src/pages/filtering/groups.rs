//! The groups in words that a head can read: by neutral code, with what each is stopped from and what is open (practice 13).

use super::{of_policy, tabs};
use crate::{
    kit::{Area, Row},
    pages::{Frame, Here, render},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_core::{
    category::{Category, Labels},
    inspection::Extent,
    policy::source::{Action, GroupSource, Judging, RuleSource},
    ruleset::{Ruleset, rules::Group},
    search_engines::StrictLevel,
    subject::GroupCode,
    wording::Band,
};
use holdfast_records::{Fault, access::Capability};
use jiff::{Timestamp, tz::TimeZone};

/// The policy for people whom we cannot tell, in addresses.
const UNKNOWN: &str = "unknown";

#[derive(Template)]
#[template(path = "filtering/groups.html")]
struct ListPage {
    frame: Frame,
    tabs: Vec<Area>,
    is_closed: bool,
    title: String,
    rows: Vec<GroupRow>,
}

struct GroupRow {
    code: String,
    band: &'static str,
    purpose: Option<String>,
    default: &'static str,
    blocked: usize,
    opened: &'static str,
}

#[derive(Template)]
#[template(path = "filtering/group.html")]
struct OnePage {
    frame: Frame,
    code: String,
    purpose: Option<String>,
    rows: Vec<Row>,
    blocked: Vec<(&'static str, &'static str)>,
    services: Vec<String>,
    rules: Vec<RuleRow>,
}

struct RuleRow {
    code: String,
    what: String,
    about: String,
    when: String,
    why: String,
}

/// A filter level in words.
pub(super) fn band_words(band: Band) -> &'static str {
    match band {
        Band::Youngest => "youngest pupils",
        Band::Younger => "younger pupils",
        Band::Older => "older pupils",
        Band::Staff => "staff",
        Band::Visitor => "visitors",
        Band::Unknown => "whom the filter cannot tell",
    }
}

/// What a group is for may say what its people need: only for those who may read that of them (practice 13).
fn purpose(visit: &SignedVisit, source: Option<&GroupSource>) -> Option<String> {
    source.filter(|_| visit.me.may(Capability::ReadConfidential)).map(|group| group.purpose.clone())
}

fn source_of<'a>(ruleset: &'a Ruleset, code: &str) -> Option<&'a GroupSource> {
    ruleset.source().groups.iter().find(|group| group.code.as_str() == code)
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let ruleset = visit.sources.ruleset.borrow().clone();
    let row = |group: &Group| {
        let code = group.code.as_ref().map_or(UNKNOWN, |code| code.as_str());
        GroupRow {
            band: band_words(group.band),
            purpose: purpose(&visit, source_of(&ruleset, code)),
            default: default_words(group.default),
            blocked: Category::ALL.iter().filter(|category| holds(group.blocked, **category)).count(),
            opened: if group.inspection.opens_anything() { "Some are opened" } else { "None is opened" },
            code: code.to_owned(),
        }
    };
    let mut rows: Vec<_> = ruleset.groups().map(row).collect();
    rows.sort_by(|one, other| one.code.cmp(&other.code));
    rows.push(row(ruleset.unknown()));
    let page = ListPage {
        frame: Frame::signed(&visit, Here::Filter),
        tabs: tabs(&visit, "/filter/groups"),
        is_closed: ruleset.is_closed(),
        title: ruleset.source().title.clone(),
        rows,
    };
    Ok(render(StatusCode::OK, &page))
}

fn holds(labels: Labels, category: Category) -> bool {
    !labels.and(Labels::of(category)).is_empty()
}

fn default_words(default: Action) -> &'static str {
    match default {
        Action::Allow => "Open, unless something stops it",
        Action::Block => "Stopped, unless something opens it",
    }
}

pub(crate) async fn one(visit: SignedVisit) -> Answered {
    let ruleset = visit.sources.ruleset.borrow().clone();
    let code = visit.places.get("group");
    let group = if code == UNKNOWN {
        ruleset.unknown()
    } else {
        ruleset
            .groups()
            .find(|group| group.code.as_ref().is_some_and(|known| known.as_str() == code))
            .ok_or(Fault::NotFound)?
    };
    let source = source_of(&ruleset, code);
    let judging = source.map_or(&ruleset.source().unknown, |source| &source.judging);
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let blocked = Category::ALL.iter().copied().filter(|category| holds(group.blocked, *category));
    let rules = ruleset.source().rules.iter().filter(|rule| is_for(rule, code) && !is_over(rule, now, zone));
    let page = OnePage {
        frame: Frame::signed(&visit, Here::Filter),
        purpose: purpose(&visit, source),
        rows: facts(&ruleset, group, judging, zone),
        blocked: blocked.map(|category| (category.title(), category.meaning())).collect(),
        services: service_titles(&ruleset, &judging.block_services),
        rules: rules.map(|rule| rule_row(&ruleset, rule)).collect(),
        code: code.to_owned(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn facts(ruleset: &Ruleset, group: &Group, judging: &Judging, zone: &TimeZone) -> Vec<Row> {
    let mut rows = vec![
        Row::new("Filter level", crate::words::capital(band_words(group.band))),
        Row::new("Where nothing else speaks", default_words(group.default)),
        Row::new(
            "Strict search",
            match group.strict_search {
                StrictLevel::Strict => "Forced, at its strictest",
                StrictLevel::Moderate => "Forced, moderate",
                StrictLevel::Off => "Not forced",
            },
        ),
        Row::new(
            "Search engines without a strict mode",
            match group.engines_without_strict_mode {
                Action::Block => "Stopped",
                Action::Allow => "Open",
            },
        ),
    ];
    let tools = &ruleset.source().search_tools;
    let titles = judging.search_tools.iter().filter_map(|code| tools.iter().find(|tool| tool.code == *code));
    let titles: Vec<_> = titles.map(|tool| tool.title.clone()).collect();
    if !titles.is_empty() {
        rows.push(Row::new("Kept to these search tools", titles.join(", ")));
    }
    if let Some(until) = group.gaming_until.and_then(|micros| Timestamp::from_microsecond(micros).ok()) {
        let why = judging.relax_gaming.as_ref().map(|relaxed| format!(": {}", relaxed.reason)).unwrap_or_default();
        rows.push(Row::new("Games", format!("Let through until {}{why}", words::moment(until, zone))));
    }
    let opened = match (judging.inspection.extent, group.inspection.has_choice) {
        (Extent::Nothing, false) => "None is opened, so only the names of sites are seen".to_owned(),
        (Extent::Nothing, true) => "Only those of sites, categories or services that were chosen".to_owned(),
        (extent, _) => {
            format!("{}, except what is left unopened", crate::words::capital(extent_words(extent)))
        }
    };
    rows.push(Row::new("Secure pages", opened));
    let allowed: Vec<_> = judging.allow_categories.iter().map(|category| category.title()).collect();
    if group.default == Action::Block && !allowed.is_empty() {
        rows.push(Row::new("Opened categories", allowed.join(", ")));
    }
    rows
}

fn extent_words(extent: Extent) -> &'static str {
    match extent {
        Extent::Nothing => "none",
        Extent::BlockPages => "opened only to show why something is stopped",
        Extent::Everything => "opened to check them",
    }
}

fn service_titles(ruleset: &Ruleset, codes: &[String]) -> Vec<String> {
    let titles = codes.iter().map(|code| {
        let found = ruleset.source().services.iter().find(|service| service.code == *code);
        found.map_or_else(|| code.clone(), |service| service.title.clone())
    });
    titles.collect()
}

/// Whether a rule is for this group. Rules for one person stand in no table.
fn is_for(rule: &RuleSource, code: &str) -> bool {
    rule.everyone || rule.groups.iter().any(|group: &GroupCode| group.as_str() == code)
}

fn is_over(rule: &RuleSource, now: Timestamp, zone: &TimeZone) -> bool {
    rule.ends.as_deref().and_then(|ends| of_policy(ends, true, zone)).is_some_and(|ends| ends <= now)
}

fn rule_row(ruleset: &Ruleset, rule: &RuleSource) -> RuleRow {
    let mut about: Vec<String> = rule.categories.iter().map(|category| category.title().to_owned()).collect();
    about.extend(service_titles(ruleset, &rule.services));
    about.extend(rule.hosts.iter().chain(&rule.addresses).cloned());
    if rule.everything {
        about.push("everything".to_owned());
    }
    let mut when = Vec::new();
    if let Some(schedule) = &rule.schedule {
        when.push(format!("in the hours “{schedule}”"));
    }
    for (word, moment) in [("from", &rule.starts), ("until", &rule.ends)] {
        when.extend(moment.as_ref().map(|moment| format!("{word} {}", moment.replace('T', ", "))));
    }
    RuleRow {
        code: rule.code.clone(),
        what: match (rule.action, rule.everyone) {
            (Action::Block, true) => "Stops, for everyone".to_owned(),
            (Action::Block, false) => "Stops".to_owned(),
            (Action::Allow, true) => "Opens, for everyone".to_owned(),
            (Action::Allow, false) => "Opens".to_owned(),
        },
        about: about.join(", "),
        when: if when.is_empty() { "Always".to_owned() } else { crate::words::capital(&when.join(", ")) },
        why: rule.reason.clone(),
    }
}
