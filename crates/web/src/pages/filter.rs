//! Is the filter working? Counts and states only: no person, no client, no visit for help. Anybody on the network gets
//! the answer in brief; what is amiss is shown at this computer itself and in the demo view.

use super::{
    Frame, Here,
    inspection::{self, Inspection},
    render,
    unseen::{self, Unseen},
    verdicts::{self, VerdictRow},
};
use crate::{
    glance::Seen,
    kit::Area,
    sources::{Component, Health, NameServiceHealth, Sources, State, UpstreamHealth},
    visit::{SignedVisit, Visit},
    words::{self, Number},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_activity::{
    health::{Alarm, Losses},
    recent::Counts,
};
use holdfast_core::{
    category::{Category, Labels},
    ruleset::Ruleset,
};
use holdfast_records::access::Capability;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// How often the live demo view reloads itself, in seconds.
const RELOAD: u32 = 5;

#[derive(Template)]
#[template(path = "filter/status.html")]
struct StatusPage {
    frame: Frame,
    answer: Answer,
    notices: Vec<Notice>,
    ruleset: InForce,
    figures: Vec<(&'static str, Number)>,
    losses: Vec<(&'static str, Number)>,
    log: Log,
    components: Vec<Component>,
    unseen: Unseen,
    inspection: Option<Inspection>,
    names: Option<Names>,
    blocked: Vec<CategoryRow>,
    others: Vec<CategoryRow>,
    held: Vec<Notice>,
    /// Whether the last verdicts are shown.
    shows_verdicts: bool,
    /// Whether the page can reload itself.
    demo_view: bool,
    verdicts: Vec<VerdictRow>,
    made: String,
    /// The other places of this area, for whoever is signed in.
    tabs: Vec<Area>,
}

/// What anybody on the network sees.
#[derive(Template)]
#[template(path = "filter/brief.html")]
struct BriefPage {
    frame: Frame,
    answer: Answer,
    needs_somebody: bool,
    has_certificate: bool,
    /// Whether somebody is signed in who finds more at `/filter`.
    may_read_policy: bool,
}

/// The answer to the page's question.
#[derive(Debug)]
struct Answer {
    state: State,
    title: &'static str,
    text: String,
}

/// The answer for anybody: the words of [`Answer`] say what is amiss, these do not.
fn brief(answer: &Answer, is_closed: bool) -> Answer {
    let (title, text) = if is_closed {
        ("No internet until it is safe", "Only help pages and lifelines are open.")
    } else {
        ("Yes, requests are being judged", "What you ask for is allowed or stopped as the school decided.")
    };
    let state = if is_closed { State::Stopped } else { answer.state.min(State::NeedsAttention) };
    Answer { state, title, text: text.to_owned() }
}

/// Something with a time that a person must look at.
#[derive(Debug)]
struct Notice {
    title: String,
    text: String,
    since: String,
}

#[derive(Debug)]
struct InForce {
    id: String,
    policy: String,
    version: u64,
    since: String,
}

#[derive(Debug)]
struct Log {
    written: Number,
    files: usize,
    megabytes: Number,
    waiting: bool,
}

/// A category, what stands behind it, and for whom it is blocked.
#[derive(Debug)]
struct CategoryRow {
    title: &'static str,
    meaning: &'static str,
    is_baseline: bool,
    is_loaded: bool,
    lists: Vec<ListRow>,
    blocked_for: String,
}

#[derive(Debug)]
struct ListRow {
    title: String,
    entries: Number,
    fetched: Option<String>,
}

/// The name service, as the page shows it.
#[derive(Debug)]
struct Names {
    figures: Vec<(&'static str, Number)>,
    upstreams: Vec<UpstreamRow>,
}

#[derive(Debug)]
struct UpstreamRow {
    address: String,
    /// The name that its certificate must have.
    name: Option<String>,
    /// What it is asked about.
    about: String,
    state: State,
    takes: String,
    words: String,
}

pub(crate) fn status(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    let sources = visit.sources;
    let Some(seen) = seen else { return super::errors::page(sources, StatusCode::SERVICE_UNAVAILABLE) };
    let mut frame = Frame::open(visit, Here::Filter);
    if visit.sees_all {
        // Only for whoever asked for it: a page that reloads by itself takes the place away from somebody who reads slowly.
        frame.reload = (sources.settings.demo_view && visit.query == "live").then_some(RELOAD);
        let shows_verdicts = sources.settings.demo_view;
        return render(
            StatusCode::OK,
            &whole(sources, seen, visit.now, Around { frame, tabs: Vec::new(), shows_verdicts }),
        );
    }
    let ruleset = sources.ruleset.borrow().clone();
    let (blocked, _) = category_rows(&ruleset);
    let answer = answer(&ruleset, &seen.health, !alarms(seen, visit.now).is_empty(), &blocked);
    let page = BriefPage {
        frame,
        needs_somebody: answer.state != State::Working,
        answer: brief(&answer, ruleset.is_closed()),
        has_certificate: seen.health.inspection.as_ref().is_some_and(|inspection| inspection.current.is_some()),
        may_read_policy: visit.who.is_some_and(|who| who.me.may(Capability::ReadPolicy)),
    };
    render(StatusCode::OK, &page)
}

/// The same for somebody signed in who may read the policy.
pub(super) fn signed(visit: &SignedVisit, seen: &Seen, tabs: Vec<Area>, shows_verdicts: bool) -> Response {
    let around = Around { frame: Frame::signed(visit, Here::Filter), tabs, shows_verdicts };
    render(StatusCode::OK, &whole(&visit.sources, seen, visit.caller.now, around))
}

/// What is around the whole page, and whether the last verdicts are in it.
struct Around {
    frame: Frame,
    tabs: Vec<Area>,
    shows_verdicts: bool,
}

fn whole(sources: &Sources, seen: &Seen, now: Timestamp, around: Around) -> StatusPage {
    let health = &*seen.health;
    let ruleset = sources.ruleset.borrow().clone();
    let zone = &sources.school.zone;
    let (blocked, others): (Vec<_>, Vec<_>) = category_rows(&ruleset);
    let alarms = alarms(seen, now);
    StatusPage {
        answer: answer(&ruleset, health, !alarms.is_empty(), &blocked),
        notices: alarms.iter().map(|alarm| notice("Alarm", &alarm.words, alarm.since, now, zone)).collect(),
        ruleset: in_force(&ruleset, health, now, zone),
        figures: figures(sources.recent.counts(), health.open_connections),
        losses: loss_rows(lost(health)),
        log: Log {
            written: Number(health.journal.written),
            files: health.journal.files,
            megabytes: Number(health.journal.disk_bytes / 1_000_000),
            waiting: health.journal.waiting_bytes > 0 && health.journal.alarm.is_some(),
        },
        components: health.components.clone(),
        unseen: unseen::table(&sources.recent.seen_last_day(now)),
        inspection: health.inspection.as_ref().map(|it| inspection::shown(it, &ruleset, now, zone)),
        names: health.name_service.as_ref().map(names),
        blocked,
        others,
        held: health.held.iter().map(|list| notice(&list.title, &list.reason, list.since, now, zone)).collect(),
        demo_view: sources.settings.demo_view && around.tabs.is_empty(),
        verdicts: if around.shows_verdicts { verdicts::rows(&sources.recent, zone) } else { Vec::new() },
        shows_verdicts: around.shows_verdicts,
        made: words::moment(now, zone),
        tabs: around.tabs,
        frame: around.frame,
    }
}

/// What is lost in the log, by the later of the log's and the gate's own tallies.
pub(super) fn lost(health: &Health) -> Losses {
    health.journal.lost_on_disk + health.journal.lost_in_channel.highest(health.channel_losses)
}

/// What a person must look at. A log that is held up cannot say so itself, and a disk that hangs may keep us from
/// looking, so both are told from the outside.
pub(super) fn alarms(seen: &Seen, now: Timestamp) -> Vec<Alarm> {
    let journal = &seen.health.journal;
    let mut alarms = seen.health.alarms.clone();
    alarms.extend(journal.alarm.iter().chain(&journal.shortened).chain(&journal.unpacked).cloned());
    if let (Some(still), Some(since)) = (journal.stands_still(now), journal.last_flush) {
        let words = format!(
            "The activity log has not moved for {}. The filter goes on working, but what it allows and stops is lost \
             once what waits has no more room. Most likely the disk of the data folder does not answer: look at it, and \
             at the messages of the system about it. Nothing needs to be restarted once it answers again.",
            words::length(still)
        );
        alarms.push(Alarm { since, words });
    }
    if let Some(age) = seen.age() {
        let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
        let words = format!(
            "How the parts of Holdfast are doing could not be read for {}, so what stands here is that old. Most likely \
             the disk of the data folder does not answer: look at it, and at the messages of the system about it.",
            words::length(age)
        );
        alarms.push(Alarm { since: now.checked_sub(age).unwrap_or(now), words });
    }
    alarms
}

fn answer(ruleset: &Ruleset, health: &Health, has_alarms: bool, blocked: &[CategoryRow]) -> Answer {
    let empty = blocked.iter().filter(|row| !row.is_loaded).count();
    let worst = health.components.iter().map(|component| component.state).max().unwrap_or(State::Working);
    let gaps = match empty {
        0 => String::new(),
        1 => " One category that is blocked has no list yet, so nothing is stopped by it.".to_owned(),
        more => format!(" {more} categories that are blocked have no list yet, so nothing is stopped by them."),
    };
    if ruleset.is_closed() {
        let text =
            "No filter rules could be loaded, so only help pages and lifelines are open. Look at the alarms below.";
        return Answer { state: State::Stopped, title: "No internet until it is safe", text: text.to_owned() };
    }
    if health.name_service.as_ref().is_some_and(|names| names.lacks_upstream() || !names.silent_zones().is_empty()) {
        let text = format!("Names cannot be found at present. See “Name service” below, and what to do.{gaps}");
        return Answer { state: State::Stopped, title: "Something has stopped", text };
    }
    if worst == State::Stopped {
        let text = format!("A part of Holdfast has stopped. See below which, and what to do.{gaps}");
        return Answer { state: State::Stopped, title: "Something has stopped", text };
    }
    if worst == State::NeedsAttention || has_alarms || !health.held.is_empty() {
        let text = format!("Requests are being judged. What needs a person stands below.{gaps}");
        return Answer { state: State::NeedsAttention, title: "Yes, but something needs a person", text };
    }
    let state = if empty == 0 { State::Working } else { State::NeedsAttention };
    Answer { state, title: "Yes, requests are being judged", text: format!("Every part is working.{gaps}") }
}

fn notice(title: &str, text: &str, since: Timestamp, now: Timestamp, zone: &TimeZone) -> Notice {
    let since = format!("{}, {}", words::when(since, now, zone), words::ago(since, now));
    Notice { title: title.to_owned(), text: text.to_owned(), since }
}

fn in_force(ruleset: &Ruleset, health: &Health, now: Timestamp, zone: &TimeZone) -> InForce {
    let since = health.ruleset_since;
    InForce {
        id: ruleset.id().to_string(),
        policy: ruleset.source().title.clone(),
        version: ruleset.source().version,
        since: format!("{}, {}", words::when(since, now, zone), words::ago(since, now)),
    }
}

fn names(health: &NameServiceHealth) -> Names {
    let all = [
        ("Questions", health.questions.total()),
        ("Blocked", health.blocked),
        ("Strict search forced", health.strict),
        ("Answered from memory", health.remembered),
        ("Passed on", health.forwarded),
        ("Old answer stood in", health.stale),
        ("No upstream answered", health.failed),
        ("Malformed", health.malformed),
        ("Clients not served", health.turned_away),
        ("Broke off inside Holdfast", health.faults),
    ];
    // What should not happen at all is shown once it does.
    let is_shown = |place: usize, count: u64| place < 5 || count > 0;
    let figures = all.into_iter().enumerate().filter(|(place, (_, count))| is_shown(*place, *count));
    let upstreams = health.upstreams.iter().map(upstream_row);
    Names { figures: figures.map(|(_, (name, count))| (name, Number(count))).collect(), upstreams: upstreams.collect() }
}

fn upstream_row(upstream: &UpstreamHealth) -> UpstreamRow {
    let (address, name) = match upstream.address.split_once('#') {
        Some((address, name)) => (address, Some(name.to_owned())),
        None => (&*upstream.address, None),
    };
    UpstreamRow {
        address: address.to_owned(),
        name,
        about: upstream.zone.as_ref().map_or_else(|| "All other names".to_owned(), |zone| format!("Names in {zone}")),
        state: if upstream.works { State::Working } else { State::Stopped },
        takes: upstream
            .takes
            .map_or_else(|| "Not known yet".to_owned(), |takes| format!("{} ms", takes.as_millis().max(1))),
        words: match (upstream.works, upstream.last_fault.as_deref()) {
            (true, None) => "It answers.".to_owned(),
            (true, Some(fault)) => format!("It answers. Before: {fault}"),
            (false, fault) => format!(
                "{} Look at the way to it, then at the name service itself; Holdfast tries it again by itself.",
                fault.unwrap_or("It does not answer.")
            ),
        },
    }
}

fn figures(counts: Counts, open_connections: u64) -> Vec<(&'static str, Number)> {
    vec![
        ("Allowed", Number(counts.allowed)),
        ("Blocked", Number(counts.blocked)),
        ("Sent on", Number(counts.redirected)),
        ("Refused", Number(counts.refused)),
        ("Site failed", Number(counts.failed)),
        ("Open connections now", Number(open_connections)),
    ]
}

/// Lost visits for help are left out: how many people looked for help is nobody's business here.
fn loss_rows(lost: Losses) -> Vec<(&'static str, Number)> {
    let rows =
        [("allowed", lost.allowed), ("blocked", lost.blocked), ("refused", lost.refused), ("site failed", lost.failed)];
    rows.into_iter().filter(|(_, count)| *count > 0).map(|(class, count)| (class, Number(count))).collect()
}

/// The categories that somebody's policy blocks, those without a list first; then the others.
fn category_rows(ruleset: &Ruleset) -> (Vec<CategoryRow>, Vec<CategoryRow>) {
    let mut groups: Vec<_> = ruleset
        .groups()
        .map(|group| (group.code.as_ref().map_or("unknown", |code| code.as_str()), group.blocked))
        .collect();
    groups.sort_unstable_by_key(|(code, _)| *code);
    groups.push(("unknown", ruleset.unknown().blocked));
    let (mut blocked, mut others) = (Vec::new(), Vec::new());
    for category in Category::ALL {
        let holds = |labels: Labels| !labels.and(Labels::of(category)).is_empty();
        let codes: Vec<_> = groups.iter().filter(|(_, labels)| holds(*labels)).map(|(code, _)| *code).collect();
        let is_blocked = !codes.is_empty();
        let row = CategoryRow {
            title: category.title(),
            meaning: category.meaning(),
            is_baseline: Category::BASELINE.contains(&category),
            is_loaded: ruleset.content().loaded(category),
            lists: lists_of(ruleset, category),
            blocked_for: if codes.len() == groups.len() { "Everyone".to_owned() } else { codes.join(", ") },
        };
        if is_blocked { blocked.push(row) } else { others.push(row) }
    }
    blocked.sort_by_key(|row| (row.is_loaded, !row.is_baseline));
    (blocked, others)
}

fn lists_of(ruleset: &Ruleset, category: Category) -> Vec<ListRow> {
    let lists = ruleset.content().lists().iter().filter(|list| list.category == category && list.entries > 0);
    lists
        .map(|list| ListRow { title: list.title.clone(), entries: Number(list.entries), fetched: list.fetched.clone() })
        .collect()
}
