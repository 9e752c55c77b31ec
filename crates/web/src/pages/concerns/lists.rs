//! What waits, the most urgent first; all concerns; the list for the weekly meeting; and oversight in counts.

use super::{
    debrief::DebriefRow,
    shared::{at, due_words, frame, level_tag, levels, places, waiting_words},
};
use crate::{
    kit::{Area, Choices, PageLinks, Tag},
    pages::{Frame, render},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    access::FileKind,
    concern::answer::{Course, Extent, Queued, Targets, Waiting, Wanted},
    file::Severity,
    id,
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

/// The most pages of what waits that one list reads: more is for the search.
const MOST_PAGES: usize = 400;

/// A concern on a list.
#[derive(Debug)]
pub(super) struct ConcernRow {
    pub(super) href: String,
    pub(super) reference: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) level: Tag,
    pub(super) waits: &'static str,
    pub(super) due: String,
    pub(super) is_late: bool,
    pub(super) owner: String,
    pub(super) decided: String,
    pub(super) opened: String,
    pub(super) is_open: bool,
}

impl ConcernRow {
    pub(super) fn of(one: &Queued, now: Timestamp, zone: &TimeZone) -> Self {
        let decided = one.standing.decision.map(|decided| decided_words(decided.extent, decided.course));
        Self {
            href: at(&one.reference),
            reference: one.reference.clone(),
            name: one.name.clone(),
            kind: if one.kind == FileKind::StaffConcern { "About an adult who works here" } else { "" },
            level: level_tag(one.standing.severity),
            waits: waiting_words(one.next.waiting),
            due: due_words(&one.next, now, zone),
            is_late: one.next.has_late(),
            owner: one.owner.clone().unwrap_or_else(|| "Nobody yet".to_owned()),
            decided: decided.unwrap_or_else(|| "Not decided".to_owned()),
            opened: words::day(one.opened_at, zone),
            is_open: one.standing.is_open,
        }
    }
}

/// “Incident: the school acts”.
pub(super) fn decided_words(extent: Extent, course: Course) -> String {
    format!("{}: {}", words::capital(extent.title()), course.title())
}

#[derive(Template)]
#[template(path = "concerns/waiting.html")]
struct WaitingPage {
    frame: Frame,
    places: Vec<Area>,
    now: String,
    figures: Vec<(&'static str, String)>,
    rows: Vec<ConcernRow>,
    caption: String,
    filters: Vec<Choices>,
    is_filtered: bool,
    pages: PageLinks,
    has_calendar: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let (wanted, filters) = wanted(&visit);
    let queue = visit.records.concerns(&visit.session, &wanted).await?;
    let (now, zone) = (visit.caller.now, &queue.targets.zone);
    let is_filtered = wanted != Wanted { page: wanted.page, ..Wanted::default() };
    let counts = queue.counts;
    let figures = [
        ("Level 4 or 5 to answer, ring or decide", counts.danger),
        ("Late", counts.late),
        ("Nobody has it yet", counts.answer),
        ("A call is due", counts.call),
        ("Need a decision", counts.decision),
        ("Yours", counts.mine),
        ("Open", counts.open),
    ];
    let page = WaitingPage {
        frame: frame(&visit),
        places: places(&visit, "/concerns"),
        now: words::moment(now, zone),
        figures: figures.into_iter().map(|(name, count)| (name, count.to_string())).collect(),
        rows: queue.concerns.iter().map(|one| ConcernRow::of(one, now, zone)).collect(),
        caption: if is_filtered {
            format!("{} of {} open concerns", queue.fitting, counts.open)
        } else {
            "Open concerns, the most urgent first".to_owned()
        },
        pages: links(&filters, &wanted, queue.pages),
        filters,
        is_filtered,
        has_calendar: queue.targets.calendar.is_some(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// What the address asks for, and the filters as they stand.
fn wanted(visit: &SignedVisit) -> (Wanted, Vec<Choices>) {
    let asked = |name: &str| visit.query.get(name);
    let wanted = Wanted {
        level: asked("level").parse().ok().filter(|level| (0..=5).contains(level)),
        mine: asked("whose") == "mine",
        waiting: Waiting::ALL.iter().copied().find(|waiting| waiting.word() == asked("waits")),
        late: asked("late") == "yes",
        year: year(visit),
        page: asked("page").parse::<usize>().unwrap_or(1).clamp(1, MOST_PAGES) - 1,
    };
    let levels = levels(Choices::new("level", "Level").option("", "Every level"), 0);
    let mut waits = Choices::new("waits", "Waits for").option("", "Anything");
    for waiting in Waiting::ALL {
        waits = waits.option(waiting.word(), waiting_words(*waiting));
    }
    let whose = Choices::new("whose", "Whose").option("", "Everybody’s").option("mine", "Mine");
    let late = Choices::new("late", "Late").option("", "Late or not").option("yes", "Late only");
    let years = years(visit);
    let filters = vec![
        levels.chosen(asked("level")),
        waits.chosen(asked("waits")),
        whose.chosen(asked("whose")),
        late.chosen(asked("late")),
        years.chosen(asked("year")),
    ];
    (wanted, filters)
}

/// The school years to choose from.
pub(super) fn years(visit: &SignedVisit) -> Choices {
    let this_year = visit.caller.now.to_zoned(visit.sources.school.zone.clone()).year();
    let mut years = Choices::new("year", "Opened in").option("", "Any school year");
    for year in (this_year - 5..=this_year).rev() {
        years = years.option(year.to_string(), format!("{year} to {}", year + 1));
    }
    years
}

/// The one that the address asks for, if it can be chosen: nothing is left out by what nobody sees.
pub(super) fn year(visit: &SignedVisit) -> Option<i16> {
    let asked = visit.query.get("year");
    let is_offered = years(visit).options.iter().any(|year| year.value == asked);
    if is_offered { asked.parse().ok() } else { None }
}

/// The filters as an address has them, each behind an `&`: neutral codes, no name.
pub(super) fn codes(filters: &[Choices]) -> String {
    let mut codes = String::new();
    for filter in filters {
        for option in filter.options.iter().filter(|option| option.is_chosen && !option.value.is_empty()) {
            codes.extend(["&", filter.name.as_ref(), "=", option.value.as_ref()]);
        }
    }
    codes
}

/// The moment and the file behind which a list goes on, as an address has it.
pub(super) fn after(text: &str) -> Option<(Timestamp, id::File)> {
    let (moment, file) = text.split_once('.')?;
    Some((Timestamp::from_microsecond(moment.parse().ok()?).ok()?, id::File::parse(file).ok()?))
}

/// The other pages with the same filters.
fn links(filters: &[Choices], wanted: &Wanted, pages: usize) -> PageLinks {
    let codes = codes(filters);
    PageLinks::numbered(wanted.page + 1, pages, |number| format!("/concerns?page={number}{codes}"))
}

#[derive(Template)]
#[template(path = "concerns/all.html")]
struct AllPage {
    frame: Frame,
    places: Vec<Area>,
    rows: Vec<ConcernRow>,
    pages: PageLinks,
}

pub(crate) async fn all(visit: SignedVisit) -> Answered {
    let after = after(visit.query.get("after"));
    let all = visit.records.all_concerns(&visit.session, after).await?;
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let next = all.next.map(|(moment, file)| format!("/concerns/all?after={}.{file}", moment.as_microsecond()));
    let page = AllPage {
        frame: frame(&visit),
        places: places(&visit, "/concerns/all"),
        rows: all.concerns.iter().map(|one| ConcernRow::of(one, now, zone)).collect(),
        pages: PageLinks::stepping(after.map(|_| "/concerns/all".to_owned()), next),
    };
    Ok(render(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "concerns/meeting.html")]
struct MeetingPage {
    frame: Frame,
    places: Vec<Area>,
    day: String,
    school: String,
    parts: Vec<(&'static str, &'static str, Vec<ConcernRow>)>,
}

/// The list for the weekly meeting: open cases, what is due this week, what is new.
pub(crate) async fn meeting(visit: SignedVisit) -> Answered {
    let queue = visit.records.open_concerns(&visit.session).await?;
    let all = &queue.concerns;
    let (now, targets) = (visit.caller.now, &queue.targets);
    let week_ago = now - SignedDuration::from_hours(7 * 24);
    let in_a_week = targets.day_of(now).saturating_add(7.days());
    let is_due = |one: &&Queued| {
        let actions = one.standing.actions.iter().map(|action| action.due);
        let reviews = one.standing.parents.iter().filter_map(|parent| parent.review);
        let again = one.standing.decision.and_then(|decided| decided.review);
        actions.chain(reviews).chain(again).any(|day| day <= in_a_week)
    };
    let is_case = |one: &&Queued| one.standing.decision.is_some_and(|decided| decided.extent == Extent::Case);
    let rows = |is_wanted: &dyn Fn(&&Queued) -> bool| -> Vec<ConcernRow> {
        all.iter().filter(is_wanted).map(|one| ConcernRow::of(one, now, &targets.zone)).collect()
    };
    let undecided = |one: &&Queued| matches!(one.next.waiting, Waiting::Answer | Waiting::Call | Waiting::Decision);
    let parts = vec![
        ("To be answered, rung or decided", "Nothing waits for an answer, a call or a decision.", rows(&undecided)),
        ("Open cases", "No case is open.", rows(&is_case)),
        ("Due this week", "Nothing is due in the next seven days.", rows(&is_due)),
        ("New this week", "Nothing was opened in the last seven days.", rows(&|one| one.opened_at >= week_ago)),
    ];
    let page = MeetingPage {
        frame: frame(&visit),
        places: places(&visit, "/concerns/meeting"),
        day: words::moment(now, &targets.zone),
        school: visit.sources.school.name.clone(),
        parts,
    };
    Ok(render(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "concerns/oversight.html")]
struct OversightPage {
    frame: Frame,
    places: Vec<Area>,
    figures: Vec<(&'static str, String)>,
    levels: Vec<(Tag, usize, usize, usize, usize)>,
    late: Vec<ConcernRow>,
    unseen: Vec<ConcernRow>,
    debriefs: Vec<DebriefRow>,
    targets: Vec<String>,
}

/// What the head sees to: how many there are, and which are past their time; of those that they may know.
pub(crate) async fn oversight(visit: SignedVisit) -> Answered {
    let queue = visit.records.open_concerns(&visit.session).await?;
    let all = &queue.concerns;
    let (now, zone) = (visit.caller.now, &queue.targets.zone);
    let levels = [Some(5), Some(4), Some(3), Some(2), Some(1), None].into_iter().map(|level| {
        let severity = level.and_then(Severity::new);
        let of_level: Vec<&Queued> = all.iter().filter(|one| one.standing.severity == severity).collect();
        let count = |is_so: &dyn Fn(&Queued) -> bool| of_level.iter().filter(|one| is_so(one)).count();
        let answer = count(&|one| one.next.waiting == Waiting::Answer);
        let decision = count(&|one| one.next.waiting == Waiting::Decision);
        (level_tag(severity), of_level.len(), answer, decision, count(&|one| one.next.has_late()))
    });
    let counts = queue.counts;
    let debriefs = visit.records.debriefs_due(&visit.session).await?;
    let unseen = visit.records.not_seen_by_head(&visit.session).await?;
    let unseen = all.iter().filter(|one| unseen.contains(&one.file));
    let page = OversightPage {
        unseen: unseen.map(|one| ConcernRow::of(one, now, zone)).collect(),
        frame: frame(&visit),
        places: places(&visit, "/concerns/oversight"),
        figures: [
            ("Open", counts.open),
            ("Late", counts.late),
            ("A call is due", counts.call),
            ("To be answered or decided", counts.answer + counts.decision),
            ("Debriefs late", debriefs.iter().filter(|one| one.is_late).count()),
        ]
        .into_iter()
        .map(|(name, count)| (name, count.to_string()))
        .collect(),
        levels: levels.collect(),
        late: all.iter().filter(|one| one.next.has_late()).map(|one| ConcernRow::of(one, now, zone)).collect(),
        debriefs: debriefs.iter().map(|one| DebriefRow::of(one, zone)).collect(),
        targets: target_words(&queue.targets),
    };
    Ok(render(StatusCode::OK, &page))
}

fn target_words(targets: &Targets) -> Vec<String> {
    let days = match targets.triage_days {
        0 => "on the same school day".to_owned(),
        1 => "by the next school day".to_owned(),
        days => format!("within {days} school days"),
    };
    vec![
        format!("Levels 5 and 4: somebody has it within {} minutes of watched hours.", targets.immediate_minutes),
        "Level 3: somebody has it, and it is decided, on the same school day.".to_owned(),
        format!("Levels 2 and 1: it is decided {days}."),
        format!(
            "What is to go to an agency: it is rung within {} minutes of the decision, at any hour; about an adult the designated \
             officer (LADO) within one working day of the report.",
            targets.immediate_minutes
        ),
    ]
}
