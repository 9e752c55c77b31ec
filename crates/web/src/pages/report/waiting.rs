//! What waits: the list, and one of them opened. For those who are entitled to it; whoever it is about has no list in which it stands.

use crate::{
    fields::Fields,
    kit::{Tag, Tone},
    pages::{Frame, Here, announce, found, render},
    visit::{Answered, SignedVisit},
    words::{self, capital},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    concern::{
        Picture,
        door::{Concerned, Door, Ended, Opened, Outcome, Stage, Told, Waits, WhichReports},
    },
    id,
};

#[derive(Template)]
#[template(path = "report/waiting.html")]
struct ListPage {
    frame: Frame,
    waiting: Vec<Row>,
    done: Vec<Row>,
    shows_done: bool,
}

struct Row {
    id: String,
    reference: String,
    what: String,
    when: String,
    tags: Vec<Tag>,
    stands: String,
}

#[derive(Template)]
#[template(path = "report/one.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of a part of the page whether it is there, and they are independent"
)]
struct OnePage {
    frame: Frame,
    id: String,
    reference: String,
    tags: Vec<Tag>,
    facts: Vec<(String, String)>,
    told: Option<Shown>,
    stages: Vec<(String, String)>,
    reason: Option<String>,
    stands: String,
    /// Whether it waits still, and something can be done.
    waits: bool,
    can_take: bool,
    is_complaint: bool,
    may_find_children: bool,
    is_danger: bool,
}

/// What somebody wrote.
struct Shown {
    /// Line by line.
    words: Vec<String>,
    about: String,
    picture: Option<&'static str>,
    writer: Vec<(String, String)>,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let shows_done = visit.query.get("show") == "answered";
    let waiting = visit.records.waiting_reports(&visit.session, WhichReports::Waiting).await?;
    let done =
        if shows_done { visit.records.waiting_reports(&visit.session, WhichReports::Done).await? } else { Vec::new() };
    let row = |waits: &Waits| row(&visit, waits);
    let page = ListPage {
        waiting: waiting.iter().map(row).collect(),
        done: done.iter().map(row).collect(),
        shows_done,
        frame: Frame::signed(&visit, Here::Reports).hiding(),
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn one(visit: SignedVisit) -> Answered {
    let report = named(&visit)?;
    let opened = visit.records.read_report(&visit.session, report).await?;
    let page = shown(&visit, &opened);
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn take(visit: SignedVisit, _: Fields) -> Answered {
    let report = named(&visit)?;
    match visit.records.take_report(&visit.session, report).await {
        Ok(()) => announce(
            &visit,
            "You have it",
            "Nobody else is told any more that it waits. Its writer sees “being worked on”, if they wanted a receipt. Next: place it, or \
             answer it.",
        ),
        Err(Fault::Changed(words)) => announce(&visit, "Nothing was changed", words),
        Err(fault) => return Err(fault),
    }
    Ok(found(&at(report)))
}

/// The report that the path names.
pub(super) fn named(visit: &SignedVisit) -> Result<id::Report, Fault> {
    id::Report::parse(visit.places.get("report"))
}

/// Where a report's page is.
pub(super) fn at(report: id::Report) -> String {
    format!("/concerns/waiting/{report}")
}

/// The report that the path names, to whoever may know of it, without opening it. To everybody else there is no such page.
pub(super) async fn listed(visit: &SignedVisit) -> Result<Waits, Fault> {
    visit.records.waiting_report(&visit.session, named(visit)?).await
}

fn tags(waits: &Waits) -> Vec<Tag> {
    let mut tags = Vec::new();
    if waits.is_danger {
        tags.push(Tag::new("Danger now, they say", Tone::Bad));
    }
    if waits.is_many {
        tags.push(Tag::new("Many came at once", Tone::Plain));
    }
    tags
}

fn row(visit: &SignedVisit, waits: &Waits) -> Row {
    Row {
        id: waits.report.to_string(),
        reference: waits.reference.clone(),
        what: capital(waits.door.title()),
        when: words::when(waits.arrived_at, visit.caller.now, &visit.sources.school.zone),
        tags: tags(waits),
        stands: stands(visit, waits),
    }
}

/// How it stands, in a sentence.
fn stands(visit: &SignedVisit, waits: &Waits) -> String {
    let when = |at| words::when(at, visit.caller.now, &visit.sources.school.zone);
    if let Some(Ended { outcome, by }) = &waits.ended {
        return format!("{} by {}, {}", capital(outcome.title()), by.name, when(by.at));
    }
    let mut parts = vec![match (&waits.taken, waits.read_at) {
        (Some(taken), _) if waits.is_taken_by(visit.me.person) => format!("You have it, since {}", when(taken.at)),
        (Some(taken), _) => format!("{} has it, since {}", taken.name, when(taken.at)),
        (None, Some(read)) => format!("Read {}, nobody has it", when(read)),
        (None, None) => "Not read yet".to_owned(),
    }];
    match waits.stage {
        Some(stage) => parts.push(stage_words(stage)),
        None if waits.door == Door::Complaint => parts.push("no stage and no day for an answer yet".to_owned()),
        None => {}
    }
    parts.join("; ")
}

pub(super) fn stage_words(stage: Stage) -> String {
    let day = stage.respond_by.strftime("%-d %B %Y");
    format!("{}, {} stage, answer by {day}", capital(stage.course.title()), stage.stage.title())
}

fn shown(visit: &SignedVisit, opened: &Opened) -> OnePage {
    let waits = &opened.report;
    let when = |at| words::when(at, visit.caller.now, &visit.sources.school.zone);
    let mut facts = vec![
        ("Came".to_owned(), format!("{}, as {}", when(waits.arrived_at), waits.door.title())),
        ("Who reads it".to_owned(), capital(waits.hearers.title())),
    ];
    if let Some(told) = &opened.told
        && told.concerned != Concerned::Nobody
    {
        facts.push(("They say it is about".to_owned(), capital(told.concerned.title())));
    }
    OnePage {
        id: waits.report.to_string(),
        reference: waits.reference.clone(),
        tags: tags(waits),
        facts,
        told: opened.told.as_ref().map(told),
        stages: opened
            .stages
            .iter()
            .map(|(stage, by)| (stage_words(*stage), format!("{}, {}", by.name, when(by.at))))
            .collect(),
        reason: opened.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        stands: stands(visit, waits),
        waits: waits.ended.is_none(),
        can_take: waits.taken.is_none() && waits.ended.is_none(),
        is_complaint: waits.door == Door::Complaint,
        may_find_children: super::place::finds_children(visit),
        is_danger: waits.is_danger && waits.ended.as_ref().is_none_or(|ended| ended.outcome != Outcome::Placed),
        frame: Frame::signed(visit, Here::Reports).hiding(),
    }
}

fn told(told: &Told) -> Shown {
    let given = |words: &str| if words.is_empty() { "Not said".to_owned() } else { words.to_owned() };
    let name = match (told.name.is_empty(), told.is_confidential) {
        (true, _) => "Not said".to_owned(),
        (false, true) => {
            format!("{} (in confidence: keep it from the family and from whom it is about)", told.name.as_str())
        }
        (false, false) => told.name.to_string(),
    };
    Shown {
        words: told.words.as_str().lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect(),
        about: given(&told.about),
        picture: match told.picture {
            Picture::Yes => Some("There is a picture or video. Do not look at it, copy it or send it on."),
            Picture::NotSure => Some(
                "They are not sure whether there is a picture or video. If one turns up: do not look, copy or send it on.",
            ),
            Picture::No => None,
        },
        writer: vec![
            ("Who they say they are".to_owned(), capital(told.writer.title())),
            ("Their name".to_owned(), name),
            ("How to reach them".to_owned(), given(&told.reach)),
        ],
    }
}
