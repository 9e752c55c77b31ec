//! From the policy document to the compiled ruleset. Collects every problem before it gives up, each with its line.

mod openings;

use super::{
    Ruleset,
    addresses::entry_path,
    content::Content,
    edges::Edges,
    matching::{HostIndex, Owner, unfreeable_labels},
    rules::{
        Action, Audience, Emergency, Group, Help, Lesson, Lifeline, Rule, Schedule, SearchTool, Service, Span,
        Suspension,
    },
    saved::AlwaysOpen,
    strictness,
};
use crate::{
    category::{Category, Labels},
    host::Host,
    inspection::shipped,
    policy::{
        PolicySource,
        source::{InspectionSource, Judging, RuleSource},
    },
    problem::{Problem, Severity},
    search_engines::StrictLevel,
    subject::GroupCode,
    toml_text::{Step, line_at, most_alike},
    wording::{self, Band},
};
use jiff::{civil, tz::TimeZone};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Changes whenever the same policy and lists would compile to other verdicts; part of every ruleset id.
pub(super) const COMPILER: u32 = 4;

/// Compiles a policy over compiled lists.
///
/// `text` is the document the source was read from, for the lines of problems; it may be empty.
/// Any problem of severity error refuses the policy. Warnings come back beside the ruleset.
pub fn compile(
    source: PolicySource,
    content: Arc<Content>,
    file: &str,
    text: &str,
) -> Result<(Ruleset, Vec<Problem>), Vec<Problem>> {
    let mut compiler = Compiler::new(file, text, &source.time_zone);
    let ruleset = compiler.ruleset(source, content);
    for (place, message) in strictness::check(&ruleset) {
        compiler.error(&place, message, Some(strictness::CURE));
    }
    compiler.cautions(&ruleset);
    if compiler.problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(compiler.problems);
    }
    Ok((ruleset, compiler.problems))
}

impl Ruleset {
    /// The ruleset of a program that has no other: help and lifelines only (house invariant 5).
    pub fn closed(kept: AlwaysOpen) -> Self {
        let source = PolicySource {
            version: 0,
            title: "No internet until it is safe".to_owned(),
            author: "holdfast".into(),
            reason: "No policy could be loaded.".to_owned(),
            review_by: String::new(),
            time_zone: "UTC".to_owned(),
            groups: Vec::new(),
            unknown: Judging {
                default: Action::Block,
                block_categories: Vec::new(),
                allow_categories: Vec::new(),
                block_services: Vec::new(),
                allow_services: Vec::new(),
                search_tools: Vec::new(),
                strict_search: None,
                engines_without_strict_mode: None,
                relax_gaming: None,
                inspection: InspectionSource::default(),
            },
            services: Vec::new(),
            search_tools: Vec::new(),
            schedules: Vec::new(),
            rules: Vec::new(),
            lessons: Vec::new(),
            suspensions: Vec::new(),
            emergencies: Vec::new(),
            help: kept.help,
            lifelines: kept.lifelines,
            partners: kept.partners,
            left_unopened: Vec::new(),
            tenants: Vec::new(),
        };
        let mut ruleset = Compiler::new("", "", "UTC").ruleset(source, Arc::new(Content::default()));
        // What could not be read of it is told where it was kept; what could is open.
        ruleset.closed = true;
        ruleset.id = "closed".into();
        ruleset
    }
}

struct Compiler<'a> {
    file: &'a str,
    text: &'a str,
    zone: TimeZone,
    problems: Vec<Problem>,
    index: HostIndex,
    services: HashMap<String, u8>,
    search_tools: HashMap<String, u32>,
    schedules: HashMap<String, Schedule>,
}

type Place<'a> = &'a [Step<'a>];

/// The number of the policy `unknown` among the groups.
const UNKNOWN: u32 = u32::MAX;

impl<'a> Compiler<'a> {
    fn new(file: &'a str, text: &'a str, time_zone: &str) -> Self {
        let mut compiler = Self {
            file,
            text,
            zone: TimeZone::UTC,
            problems: Vec::new(),
            index: HostIndex::default(),
            services: HashMap::new(),
            search_tools: HashMap::new(),
            schedules: HashMap::new(),
        };
        match TimeZone::get(time_zone) {
            Ok(zone) => compiler.zone = zone,
            Err(_) => compiler.error(
                &[Step::Key("time_zone")],
                format!("“{time_zone}” is not a time zone."),
                Some("Write a name such as `Europe/London`."),
            ),
        }
        compiler
    }

    fn error(&mut self, place: Place<'_>, message: String, suggestion: Option<&str>) {
        self.problem(Problem::error(message), place, suggestion);
    }

    fn problem(&mut self, problem: Problem, place: Place<'_>, suggestion: Option<&str>) {
        let mut problem = problem.in_file(self.file);
        problem.line = line_at(self.text, place);
        problem.suggestion = suggestion.map(str::to_owned);
        self.problems.push(problem);
    }

    fn ruleset(&mut self, source: PolicySource, content: Arc<Content>) -> Ruleset {
        self.unique_codes(&source);
        self.moment(&source.review_by, Edge::End, &[Step::Key("review_by")], source.version > 0);
        let services = self.services(&source);
        let search_tools = self.search_tools(&source);
        self.schedules(&source);
        let unknown = self.group((UNKNOWN, None), Band::Unknown, &source.unknown, &[Step::Key("unknown")]);
        let groups: HashMap<GroupCode, Group> = (0..)
            .zip(&source.groups)
            .map(|(index, group)| {
                let place = [Step::Key("group"), Step::Index(index), Step::Key("judging")];
                let number = u32::try_from(index).unwrap_or(u32::MAX - 1);
                let known = Some(group.code.clone());
                (group.code.clone(), self.group((number, known), group.band, &group.judging, &place))
            })
            .collect();
        let rules: Vec<Rule> =
            (0_u32..).zip(&source.rules).map(|(index, rule)| self.rule(index, rule, &source)).collect();
        let label_rules = (0_u32..)
            .zip(&rules)
            .filter(|(_, rule)| rule.everything || !rule.labels.is_empty())
            .map(|(index, _)| index)
            .collect();
        let lessons = self.lessons(&source);
        let suspensions = self.suspensions(&source);
        let mut suspended: HashMap<_, Vec<u32>> = HashMap::new();
        for (index, suspension) in (0_u32..).zip(&suspensions) {
            suspended.entry(suspension.person.clone()).or_default().push(index);
        }
        let emergencies = self.emergencies(&source);
        let help = self.help(&source);
        let lifelines = self.lifelines(&source);
        let left_unopened = self.left_unopened(&source);
        let tenants = self.tenants(&source);
        let policy_hash = policy_hash(&source);
        let spans = rules.iter().map(|rule| rule.span).chain(lessons.iter().map(|lesson| lesson.span));
        let spans = spans.chain(suspensions.iter().map(|suspension| suspension.span));
        let spans = spans.chain(emergencies.iter().map(|emergency| emergency.span));
        let relaxed = groups.values().chain([&unknown]).filter_map(|group| group.gaming_until);
        let relaxed = relaxed.map(|ends| Span { starts: i64::MIN, ends });
        let edges = Edges::of(spans.chain(relaxed), rules.iter().filter_map(|rule| rule.schedule), &self.zone);
        Ruleset {
            id: ruleset_id(policy_hash, content.hash()),
            policy_hash,
            source: Arc::new(source),
            content,
            closed: false,
            unknown,
            groups,
            index: std::mem::take(&mut self.index),
            rules,
            label_rules,
            lessons,
            suspensions,
            suspended,
            emergencies,
            help,
            lifelines,
            services,
            search_tools,
            left_unopened,
            tenants,
            unfreeable: unfreeable_labels(),
            edges,
        }
    }

    /// Codes name things in logs and explanations, so each may stand once in its kind.
    fn unique_codes(&mut self, source: &PolicySource) {
        let kinds: [(&str, Vec<&str>); 11] = [
            ("group", source.groups.iter().map(|item| item.code.as_str()).collect()),
            ("service", source.services.iter().map(|item| item.code.as_str()).collect()),
            ("search_tool", source.search_tools.iter().map(|item| item.code.as_str()).collect()),
            ("schedule", source.schedules.iter().map(|item| item.code.as_str()).collect()),
            ("rule", source.rules.iter().map(|item| item.code.as_str()).collect()),
            ("lesson", source.lessons.iter().map(|item| item.code.as_str()).collect()),
            ("suspension", source.suspensions.iter().map(|item| item.code.as_str()).collect()),
            ("emergency", source.emergencies.iter().map(|item| item.code.as_str()).collect()),
            ("lifeline", source.lifelines.iter().map(|item| item.code.as_str()).collect()),
            ("left_unopened", source.left_unopened.iter().map(|item| item.code.as_str()).collect()),
            ("tenants", source.tenants.iter().map(|item| item.code.as_str()).collect()),
        ];
        for (kind, codes) in kinds {
            let mut seen = HashSet::new();
            for (index, code) in codes.into_iter().enumerate() {
                let place = [Step::Key(kind), Step::Index(index), Step::Key("code")];
                if code.is_empty() {
                    self.error(&place, format!("This {kind} has an empty code."), None);
                } else if !seen.insert(code) {
                    self.error(&place, format!("Another {kind} already has the code “{code}”."), None);
                }
            }
        }
    }

    fn services(&mut self, source: &PolicySource) -> Vec<Service> {
        if source.services.len() > usize::from(Labels::SERVICES) {
            let message = format!("There are more than {} services.", Labels::SERVICES);
            self.error(&[Step::Key("service")], message, Some("Join some of them."));
        }
        let mut compiled = Vec::new();
        for (index, service) in (0_u8..Labels::SERVICES).zip(&source.services) {
            self.services.insert(service.code.clone(), index);
            let place = [Step::Key("service"), Step::Index(index.into()), Step::Key("hosts")];
            self.hosts(&service.hosts, Owner::Service(index), &place);
            compiled.push(Service { code: service.code.as_str().into(), title: service.title.as_str().into() });
        }
        compiled
    }

    fn search_tools(&mut self, source: &PolicySource) -> Vec<SearchTool> {
        let mut compiled = Vec::new();
        for (index, tool) in (0_u32..).zip(&source.search_tools) {
            self.search_tools.insert(tool.code.clone(), index);
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            self.hosts(
                &tool.hosts,
                Owner::SearchTool(index),
                &[Step::Key("search_tool"), Step::Index(at), Step::Key("hosts")],
            );
            let home = crate::address::Address::parse(&tool.home);
            let leads_back = home.as_ref().is_ok_and(|home| {
                tool.hosts
                    .iter()
                    .filter_map(|host| Host::parse(host).ok())
                    .any(|host| home.host().is_within(host.as_str()))
            });
            if !leads_back {
                self.error(
                    &[Step::Key("search_tool"), Step::Index(at), Step::Key("home")],
                    format!("The home of “{}” is not an address on one of its hosts.", tool.code),
                    Some("Write a whole address such as `https://search.example/`."),
                );
            }
            compiled.push(SearchTool {
                code: tool.code.as_str().into(),
                title: tool.title.as_str().into(),
                home: tool.home.as_str().into(),
                query_parameter: tool.query_parameter.as_str().into(),
                strict: tool.strict.as_ref().map(|strict| (strict.name.as_str().into(), strict.value.as_str().into())),
            });
        }
        compiled
    }

    fn schedules(&mut self, source: &PolicySource) {
        for (index, schedule) in source.schedules.iter().enumerate() {
            let place = |key| [Step::Key("schedule"), Step::Index(index), Step::Key(key)];
            let from = self.minute(&schedule.from, &place("from"));
            let to = self.minute(&schedule.to, &place("to"));
            if from >= to {
                let message = format!("The schedule “{}” ends before it begins.", schedule.code);
                self.error(&place("to"), message, Some("Write one schedule for each side of midnight."));
            }
            let days = schedule.days.iter().fold(0_u8, |days, &day| days | 1 << (day as u8));
            self.schedules.insert(schedule.code.clone(), Schedule { days, from, to });
        }
    }

    fn group(
        &mut self,
        (number, code): (u32, Option<GroupCode>),
        band: Band,
        judging: &Judging,
        place: Place<'_>,
    ) -> Group {
        let mut blocked: Labels =
            Category::BASELINE.into_iter().chain(judging.block_categories.iter().copied()).collect();
        let mut allowed: Labels = judging.allow_categories.iter().copied().collect();
        blocked = blocked.union(self.service_labels(&judging.block_services, place));
        allowed = allowed.union(self.service_labels(&judging.allow_services, place));
        let freed = allowed.and(unfreeable_labels());
        for category in freed.categories() {
            let message = format!("“{}” is blocked for everyone and cannot be allowed.", category.title());
            self.error(place, message, Some("Take it out of allow_categories (requirement F-04)."));
        }
        let search_tools = judging
            .search_tools
            .iter()
            .filter_map(|tool| {
                let found = self.search_tools.get(tool).copied();
                if found.is_none() {
                    let meant = did_you_mean(tool, self.search_tools.keys());
                    self.error(place, format!("There is no search tool “{tool}”."), meant.as_deref());
                }
                found
            })
            .collect();
        let gaming_until =
            judging.relax_gaming.as_ref().map(|relaxed| self.moment(&relaxed.ends, Edge::End, place, true));
        Group {
            code,
            band,
            default: judging.default,
            blocked,
            allowed,
            search_tools,
            strict_search: self.strict_search(band, judging, place),
            engines_without_strict_mode: judging.engines_without_strict_mode.unwrap_or(match band {
                Band::Staff => Action::Allow,
                _ => Action::Block,
            }),
            gaming_until,
            inspection: self.inspection(number, &judging.inspection, place),
        }
    }

    /// Strict for everyone but staff, who start with the milder mode and may have none (F-10).
    fn strict_search(&mut self, band: Band, judging: &Judging, place: Place<'_>) -> StrictLevel {
        let (of_band, least) = match band {
            Band::Staff => (StrictLevel::Moderate, StrictLevel::Off),
            _ => (StrictLevel::Strict, StrictLevel::Moderate),
        };
        let level = judging.strict_search.unwrap_or(of_band);
        if level < least {
            let place: Vec<Step<'_>> = place.iter().copied().chain([Step::Key("strict_search")]).collect();
            self.error(
                &place,
                "Strict search cannot be off here: only a group of the band `staff` may leave it off.".to_owned(),
                Some("Write `strict` or `moderate`, or take the line out (requirement F-10)."),
            );
        }
        level
    }

    fn service_labels(&mut self, codes: &[String], place: Place<'_>) -> Labels {
        codes.iter().fold(Labels::NONE, |labels, code| {
            if let Some(&index) = self.services.get(code) {
                return labels.union(Labels::service(index));
            }
            let meant = did_you_mean(code, self.services.keys());
            self.error(place, format!("There is no service “{code}”."), meant.as_deref());
            labels
        })
    }

    fn rule(&mut self, index: u32, rule: &RuleSource, source: &PolicySource) -> Rule {
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        let place = |key| [Step::Key("rule"), Step::Index(at), Step::Key(key)];
        self.rule_shape(rule, &place("code"), source);
        self.hosts(&rule.hosts, Owner::Rule(index), &place("hosts"));
        self.addresses(&rule.addresses, Owner::Rule(index), &place("addresses"));
        let labels = rule.categories.iter().copied().collect::<Labels>();
        let labels = labels.union(self.service_labels(&rule.services, &place("services")));
        let schedule = rule.schedule.as_ref().and_then(|code| {
            let found = self.schedules.get(code).copied();
            if found.is_none() {
                let meant = did_you_mean(code, self.schedules.keys());
                self.error(&place("schedule"), format!("There is no schedule “{code}”."), meant.as_deref());
            }
            found
        });
        let span = self.span(rule.starts.as_deref(), rule.ends.as_deref(), &place("starts"), &place("ends"));
        Rule {
            code: rule.code.as_str().into(),
            action: rule.action,
            is_personal: !rule.people.is_empty(),
            audience: Audience {
                people: rule.people.clone(),
                groups: rule.groups.clone(),
                classes: Vec::new(),
                everyone: rule.everyone,
            },
            rooms: rule.rooms.clone(),
            devices: rule.devices.clone(),
            schedule,
            span,
            labels,
            everything: rule.everything,
            author: rule.author.clone(),
            clauses: rule.clauses.iter().map(|clause| clause.as_str().into()).collect(),
        }
    }

    /// What a rule must and must not say, whatever it is about.
    fn rule_shape(&mut self, rule: &RuleSource, place: Place<'_>, source: &PolicySource) {
        let code = &rule.code;
        let audiences = [!rule.people.is_empty(), !rule.groups.is_empty(), rule.everyone];
        if audiences.iter().filter(|given| **given).count() != 1 {
            let message =
                format!("The rule “{code}” must be for people, for groups or for everyone, and for one of these only.");
            self.error(place, message, Some("Write two rules where two are meant."));
        }
        for group in rule.groups.iter().filter(|group| !source.groups.iter().any(|known| known.code == **group)) {
            let meant = did_you_mean(group.as_str(), source.groups.iter().map(|known| known.code.as_str()));
            let message = format!("The rule “{code}” is for the group “{group}”, which does not exist.");
            self.error(place, message, meant.as_deref());
        }
        let is_about_nothing = rule.hosts.is_empty()
            && rule.addresses.is_empty()
            && rule.categories.is_empty()
            && rule.services.is_empty()
            && !rule.everything;
        if is_about_nothing {
            self.error(
                place,
                format!("The rule “{code}” is about nothing."),
                Some("Name hosts, addresses, categories or services."),
            );
        }
        if rule.action == Action::Allow && rule.ends.is_none() {
            let message = format!("The rule “{code}” allows something and has no end.");
            self.error(
                place,
                message,
                Some("Write `ends = \"YYYY-MM-DD\"`; an allow is looked at again when it ends."),
            );
        }
        if rule.action == Action::Allow && rule.everything {
            let message = format!("The rule “{code}” allows everything, which nobody may.");
            self.error(place, message, Some("Name the hosts or categories that are meant."));
        }
    }

    fn lessons(&mut self, source: &PolicySource) -> Vec<Lesson> {
        let mut compiled = Vec::new();
        for (index, lesson) in (0_u32..).zip(&source.lessons) {
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let place = |key| [Step::Key("lesson"), Step::Index(at), Step::Key(key)];
            self.hosts(&lesson.hosts, Owner::Lesson(index), &place("hosts"));
            self.addresses(&lesson.addresses, Owner::Lesson(index), &place("addresses"));
            if lesson.classes.is_empty() && lesson.people.is_empty() && lesson.groups.is_empty() {
                self.error(&place("code"), format!("The lesson “{}” is for nobody.", lesson.code), None);
            }
            compiled.push(Lesson {
                code: lesson.code.as_str().into(),
                title: lesson.title.as_str().into(),
                audience: Audience {
                    people: lesson.people.clone(),
                    groups: lesson.groups.clone(),
                    classes: lesson.classes.clone(),
                    everyone: false,
                },
                only: lesson.only,
                span: self.span(Some(&lesson.starts), Some(&lesson.ends), &place("starts"), &place("ends")),
            });
        }
        compiled
    }

    fn suspensions(&mut self, source: &PolicySource) -> Vec<Suspension> {
        let mut compiled = Vec::new();
        for (index, suspension) in (0_u32..).zip(&source.suspensions) {
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let place = |key| [Step::Key("suspension"), Step::Index(at), Step::Key(key)];
            self.hosts(&suspension.keep_hosts, Owner::KeptBy(index), &place("keep_hosts"));
            compiled.push(Suspension {
                code: suspension.code.as_str().into(),
                person: suspension.person.clone(),
                span: self.span(Some(&suspension.starts), Some(&suspension.ends), &place("starts"), &place("ends")),
            });
        }
        compiled
    }

    fn emergencies(&mut self, source: &PolicySource) -> Vec<Emergency> {
        let mut compiled = Vec::new();
        for (index, emergency) in (0_u32..).zip(&source.emergencies) {
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let place = |key| [Step::Key("emergency"), Step::Index(at), Step::Key(key)];
            self.hosts(&emergency.hosts, Owner::Emergency(index), &place("hosts"));
            self.addresses(&emergency.addresses, Owner::Emergency(index), &place("addresses"));
            self.moment(&emergency.review, Edge::End, &place("review"), true);
            if emergency.hosts.is_empty() && emergency.addresses.is_empty() {
                self.error(&place("code"), format!("The emergency block “{}” names nothing.", emergency.code), None);
            }
            compiled.push(Emergency {
                code: emergency.code.as_str().into(),
                span: self.span(Some(&emergency.starts), emergency.ends.as_deref(), &place("starts"), &place("ends")),
            });
        }
        compiled
    }

    /// National help sites, shipped with the program, the school's own, and its protected partners.
    fn help(&mut self, source: &PolicySource) -> Vec<Help> {
        let mut compiled = Vec::new();
        for site in wording::always_open_help() {
            self.help_site(site.host, site.name, &[], &mut compiled);
        }
        for (index, site) in source.help.iter().enumerate() {
            let place = [Step::Key("help"), Step::Index(index), Step::Key("host")];
            if let Some(host) = self.help_site(&site.host, &site.name, &place, &mut compiled) {
                self.not_a_whole_suffix(&host, &place);
            }
        }
        self.partners(source, &mut compiled);
        compiled
    }

    fn help_site(&mut self, host: &str, name: &str, place: Place<'_>, compiled: &mut Vec<Help>) -> Option<Host> {
        let host = self.host(host, place)?;
        let index = u32::try_from(compiled.len()).unwrap_or(u32::MAX);
        self.index.add(host.as_str(), None, Owner::Help(index));
        compiled.push(Help { host: host.as_str().into(), name: name.into(), is_partner: false });
        Some(host)
    }

    fn lifelines(&mut self, source: &PolicySource) -> Vec<Lifeline> {
        let mut compiled = Vec::new();
        for (index, lifeline) in (0_u32..).zip(&source.lifelines) {
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let place = [Step::Key("lifeline"), Step::Index(at), Step::Key("hosts")];
            for host in lifeline.hosts.iter().filter_map(|host| Host::parse(bare(host)).ok()) {
                self.not_a_whole_suffix(&host, &place);
            }
            compiled.push(Lifeline {
                code: lifeline.code.as_str().into(),
                title: lifeline.title.as_str().into(),
                hosts: self.hosts(&lifeline.hosts, Owner::Lifeline(index), &place),
                ports: lifeline.ports.clone(),
            });
        }
        compiled
    }

    fn host(&mut self, text: &str, place: Place<'_>) -> Option<Host> {
        match Host::parse(bare(text)) {
            Ok(host) => Some(host),
            Err(fault) => {
                self.error(place, fault.to_string(), Some("Write a host name only, such as `rivers.lesson.example`."));
                None
            }
        }
    }

    /// Help and lifelines stand above everything, so they name sites, never all of `.com` or `.sch.uk`.
    fn not_a_whole_suffix(&mut self, host: &Host, place: Place<'_>) {
        if host.address().is_none() && host.registrable().is_none() {
            let message = format!("“{host}” is not one site but everything below a public suffix.");
            self.error(place, message, Some("Name the site itself."));
        }
    }

    fn hosts(&mut self, texts: &[String], owner: Owner, place: Place<'_>) -> Vec<Box<str>> {
        let mut hosts = Vec::new();
        for text in texts {
            if let Some(host) = self.host(text, place) {
                self.index.add(host.as_str(), None, owner);
                hosts.push(host.as_str().into());
            }
        }
        hosts
    }

    fn addresses(&mut self, texts: &[String], owner: Owner, place: Place<'_>) {
        for text in texts {
            let (host, path) = host_and_path(text);
            if let Some(host) = self.host(host, place) {
                let path = Some(entry_path(path)).filter(|path| path != "/" && !path.is_empty());
                self.index.add(host.as_str(), path.as_deref(), owner);
            }
        }
    }

    fn span(&mut self, starts: Option<&str>, ends: Option<&str>, start_place: Place<'_>, end_place: Place<'_>) -> Span {
        let span = Span {
            starts: starts.map_or(i64::MIN, |text| self.moment(text, Edge::Start, start_place, true)),
            ends: ends.map_or(i64::MAX, |text| self.moment(text, Edge::End, end_place, true)),
        };
        if span.starts >= span.ends {
            self.error(end_place, "This ends before it starts.".to_owned(), None);
        }
        span
    }

    /// A local date or time in microseconds since 1970-01-01 UTC. A date alone is its first or last moment.
    fn moment(&mut self, text: &str, edge: Edge, place: Place<'_>, wanted: bool) -> i64 {
        let time = text.parse::<civil::Date>().map_or_else(
            |_| text.parse::<civil::DateTime>().ok(),
            |date| match edge {
                Edge::Start => Some(date.at(0, 0, 0, 0)),
                Edge::End => date.tomorrow().ok().map(|next| next.at(0, 0, 0, 0)),
            },
        );
        // A date with a time also reads as a date, so the longer form is tried where a time is written.
        let time = if text.contains(['T', ' ']) { text.parse::<civil::DateTime>().ok() } else { time };
        match time.and_then(|time| self.zone.to_timestamp(time).ok()) {
            Some(timestamp) => timestamp.as_microsecond(),
            None if !wanted => 0,
            None => {
                self.error(
                    place,
                    format!("“{text}” is not a date or time."),
                    Some("Write `2026-12-18` or `2026-12-18T16:00`."),
                );
                0
            }
        }
    }

    fn minute(&mut self, text: &str, place: Place<'_>) -> u16 {
        let minute = text.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
            (minute < 60 && (hour < 24 || (hour == 24 && minute == 0))).then_some(hour * 60 + minute)
        });
        minute.unwrap_or_else(|| {
            self.error(place, format!("“{text}” is not a time of day."), Some("Write `08:30`."));
            0
        })
    }
}

/// "Did you mean …?", where one of the names is like enough.
fn did_you_mean<'a, T: AsRef<str> + ?Sized + 'a>(found: &str, names: impl Iterator<Item = &'a T>) -> Option<String> {
    most_alike(found, names.map(AsRef::as_ref)).map(|name| format!("Did you mean “{name}”?"))
}

/// An address as people write it, with or without its scheme: the host, and the path from its slash on.
pub(super) fn host_and_path(text: &str) -> (&str, &str) {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

/// A host as people write it: `*.site.example` and `.site.example` mean `site.example`.
pub(super) fn bare(text: &str) -> &str {
    text.trim_start_matches("*.").trim_start_matches('.')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

/// The hash of what people decided: of the document's values, not of its spaces and comments.
fn policy_hash(source: &PolicySource) -> blake3::Hash {
    let text = toml::to_string(source).unwrap_or_default();
    blake3::hash(text.as_bytes())
}

fn ruleset_id(policy: blake3::Hash, content: blake3::Hash) -> Arc<str> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&COMPILER.to_le_bytes()).update(policy.as_bytes()).update(content.as_bytes());
    hasher.update(shipped::hash().as_bytes());
    let hex = hasher.finalize().to_hex();
    hex.get(..16).unwrap_or_default().into()
}
