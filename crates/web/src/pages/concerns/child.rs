//! All that the asker may know about one child, in the order of time, with other children masked.

use super::shared::{at, frame, level_tag};
use crate::{
    fields::Fields,
    kit::Tag,
    pages::{Frame, render},
    visit::{Answered, SignedVisit},
    words::{self, capital},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    concern::answer::{Chronology, LineKind},
    file::EraseRule,
    id,
};
use jiff::{Timestamp, tz::TimeZone};

#[derive(Template)]
#[template(path = "concerns/child.html")]
struct ChildPage {
    frame: Frame,
    href: String,
    name: String,
    files: Vec<(String, String, &'static str)>,
    locked: usize,
    is_altered: bool,
    lines: Vec<LineShown>,
    is_print: bool,
    printed: String,
}

struct LineShown {
    when: String,
    is_when_it_happened: bool,
    what: String,
    level: Option<Tag>,
    words: Vec<String>,
    by: String,
    reference: Option<(String, String)>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let child = id::Person::parse(visit.places.get("person"))?;
    let made = visit.records.chronology(&visit.session, child, false).await?;
    Ok(shown(&visit, &made, false))
}

/// The page to be printed. Each concern in it has an entry that says so from now on.
pub(crate) async fn print(visit: SignedVisit, _: Fields) -> Answered {
    let child = id::Person::parse(visit.places.get("person"))?;
    let made = visit.records.chronology(&visit.session, child, true).await?;
    Ok(shown(&visit, &made, true))
}

fn shown(visit: &SignedVisit, made: &Chronology, is_print: bool) -> axum::response::Response {
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let state = |is_open: bool| if is_open { "Open" } else { "Closed" };
    let page = ChildPage {
        frame: frame(visit),
        href: format!("/concerns/children/{}", made.person),
        name: made.name.clone(),
        files: made.files.iter().map(|(reference, open)| (at(reference), reference.clone(), state(*open))).collect(),
        locked: made.locked,
        is_altered: made.is_altered,
        lines: made.lines.iter().map(|line| line_shown(line, zone)).collect(),
        is_print,
        printed: format!("{}, printed {} by {}", visit.sources.school.name, words::moment(now, zone), visit.me.name),
    };
    render(StatusCode::OK, &page)
}

fn when(at: Timestamp, zone: &TimeZone) -> String {
    words::moment(at, zone)
}

fn line_shown(line: &holdfast_records::concern::answer::Line, zone: &TimeZone) -> LineShown {
    let mut level = None;
    let (what, words) = match &line.kind {
        LineKind::Entry { kind, severity, text, reason } => {
            level = severity.map(|severity| level_tag(Some(severity)));
            let why = reason.as_ref().map(|reason| format!("Why: {}", reason.as_str()));
            (capital(kind.title()), [Some(text.as_str().to_owned()), why].into_iter().flatten().collect())
        }
        LineKind::Decision(extent, course) => {
            (format!("Decided: {}", super::lists::decided_words(*extent, *course)), Vec::new())
        }
        LineKind::Parent(course) => (format!("A parent or carer: {}", course.title()), Vec::new()),
        LineKind::Call(agency) => (format!("Rang: {}", agency.title()), Vec::new()),
        LineKind::Threshold(level, is_referred) => {
            let referred = if *is_referred { "referred" } else { "not referred" };
            (format!("Local threshold: {}, {referred}", level.title()), Vec::new())
        }
        LineKind::Classed(types, crime) => {
            let types: Vec<&str> = types.iter().map(|one| one.title()).collect();
            (format!("What kind of thing it is: {}", types.join("; ")), vec![format!("Crime: {}.", crime.title())])
        }
        LineKind::Unsure(is_advised) => {
            let come = if *is_advised { "advice has come" } else { "no advice yet" };
            (format!("Somebody was not sure how to go on, and asked: {come}"), Vec::new())
        }
        LineKind::Considered(sanction, support) => {
            let sanction = sanction.map(|one| format!("{}. ", capital(one.title()))).unwrap_or_default();
            ("Considered when it was closed".to_owned(), vec![format!("{sanction}Support: {}.", support.title())])
        }
        LineKind::Debrief(course) => (format!("What was learned was written down: {}", course.title()), Vec::new()),
        LineKind::Closed(outcome) => ("Closed".to_owned(), vec![format!("Outcome: {}", outcome.as_str())]),
        LineKind::Reopened(why) => ("Opened again".to_owned(), vec![format!("Why: {}", why.as_str())]),
        LineKind::Mark(mark) => {
            let rule = EraseRule::from_word(&mark.rule).map_or_else(String::new, |rule| format!(": {}", rule.title()));
            (format!("Something was here and is gone{rule}"), Vec::new())
        }
    };
    LineShown {
        when: when(line.at, zone),
        is_when_it_happened: line.is_when_it_happened,
        what,
        level,
        words,
        by: line.by.clone().unwrap_or_default(),
        reference: line.reference.as_ref().map(|reference| (at(reference), reference.clone())),
    }
}
