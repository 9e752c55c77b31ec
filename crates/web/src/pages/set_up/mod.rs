//! The first run: with the token that the machine's console shows, whoever installed Holdfast names the school and its first people,
//! sets it up, and hands over what was made for them. Everything else is done by these people, signed in, from a list of what is not
//! yet done.
//!
//! What is written so far lies in a draft beside the machine's secrets ([`Records::set_up_draft`](holdfast_records::Records)), so that it
//! outlasts the program; the codes that are made for people are in this browser's seat only, and nowhere once they are handed over.

pub(crate) mod left;
pub(crate) mod made;
pub(crate) mod people;
pub(crate) mod school;

pub(crate) use made::SettingUp;

use super::{Frame, Here, errors, found, plain, render};
use crate::{
    cookie,
    fields::Fields,
    house::is_same,
    kit::{Field, Kind, Problem, Tag, Tone, Width},
    seats::{Limits, NewSeat, SecondStep, Stage},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use holdfast_records::{Fault, people::Draft};
use jiff::SignedDuration;
use std::sync::Arc;

/// How long the seat of whoever sets the school up lasts: without a request, and in all.
const IDLE: SignedDuration = SignedDuration::from_hours(1);
const LONGEST: SignedDuration = SignedDuration::from_hours(10);

#[derive(Template)]
#[template(path = "set_up/token.html")]
struct TokenPage {
    frame: Frame,
    token: Field,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "set_up/tasks.html")]
struct TasksPage {
    frame: Frame,
    tasks: Vec<Task>,
}

/// One line of a list of tasks.
struct Task {
    /// A word for its place on the page.
    id: String,
    words: String,
    hint: String,
    href: Option<String>,
    tag: Tag,
}

impl Task {
    fn new(id: impl Into<String>, words: impl Into<String>, hint: impl Into<String>) -> Self {
        let tag = Tag::new("Not\u{a0}yet\u{a0}done", Tone::Under);
        Self { id: id.into(), words: words.into(), hint: hint.into(), href: None, tag }
    }

    fn at(self, href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), ..self }
    }

    fn done_if(self, is_done: bool) -> Self {
        let tag = if is_done { Tag::new("Done", Tone::Good) } else { self.tag };
        Self { tag, ..self }
    }
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    if let Some(setting_up) = seat_of(&visit) {
        if let Some(tasks) = setting_up.tasks() {
            return Ok(made::page(&visit, tasks));
        }
        if visit.records.is_first_run().await? {
            return tasks(&visit);
        }
        return Err(Fault::NotFound);
    }
    if visit.records.is_first_run().await? {
        return Ok(token_page(&visit, None));
    }
    // There is a school: what is not yet done is for whoever may finish it.
    if let Some(session) = visit.seat.as_ref().and_then(|seat| seat.session()) {
        let is_over = visit.records.is_set_up_finished(session.school).await?;
        return if is_over { Err(Fault::NotFound) } else { Ok(found("/set-up/left")) };
    }
    for (school, _) in visit.records.schools().await? {
        if !visit.records.is_set_up_finished(school).await? {
            return Ok(super::sign_in::first(Some("/set-up/left")));
        }
    }
    Err(Fault::NotFound)
}

pub(crate) async fn claim(visit: DoorVisit, fields: Fields) -> Answered {
    if !visit.records.is_first_run().await? {
        return Err(Fault::NotFound);
    }
    match visit.records.claim_set_up(fields.get("set-up-token"), &visit.caller.place()).await {
        Ok(()) => {
            visit.seats.end_setting_up();
            let limits =
                Limits { idle: IDLE, idle_safeguarding: IDLE, longest: LONGEST, confirmed: SignedDuration::ZERO };
            seated(&visit, Stage::SettingUp(Arc::default()), limits, "/set-up")
        }
        Err(fault @ Fault::NotAllowed(_)) => Ok(token_page(&visit, Some(plain(&fault)))),
        Err(fault) => Err(fault),
    }
}

/// Takes a seat at this stage, and leads on.
pub(super) fn seated(visit: &DoorVisit, stage: Stage, limits: Limits, then: &str) -> Answered {
    let (place, browser) = (visit.caller.place(), visit.caller.browser.clone());
    let shown = SecondStep::NotShown;
    let (signed_on, key, password_set) = (None, None, None);
    let new =
        NewSeat { stage, place, browser, is_shared: false, limits, signed_on, shown, key, password_set, owes: false };
    let word = visit.seats.take(new, visit.caller.cookie.as_deref(), visit.caller.now)?;
    let mut response = found(then);
    response.headers_mut().insert(header::SET_COOKIE, cookie::give(&word));
    Ok(response)
}

fn token_page(visit: &DoorVisit, wrong: Option<String>) -> Response {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::new(&visit.sources, Here::Nowhere);
    let token = Field::new("set-up-token", "One-time token")
        .kind(Kind::Code)
        .width(Width::Thirty)
        .autocomplete("off")
        .hint("Twenty signs in five groups. Capitals, spaces and hyphens do not matter.")
        .error(wrong);
    let problems: Vec<Problem> = token.problem().into_iter().collect();
    let frame = if problems.is_empty() { frame } else { frame.with_errors() };
    render(status, &TokenPage { frame, token, problems })
}

/// The list of tasks before there is a school.
fn tasks(visit: &DoorVisit) -> Answered {
    let draft = visit.records.set_up_draft()?;
    let is_named = !draft.name.is_empty() && !draft.code.is_empty();
    let missing = draft.missing();
    let count = match draft.people.len() {
        0 => "Nobody yet.".to_owned(),
        1 => "One person so far.".to_owned(),
        count => format!("{count} people so far."),
    };
    let people = "Who holds each duty and who stands in for them, who signs in, and at least three custodians.";
    let ready = Task::new("check", "Check everything and set the school up", "One step, all of it or nothing.");
    let ready = if missing.is_empty() {
        ready.at("/set-up/check")
    } else {
        Task { tag: Tag::new("Cannot\u{a0}start\u{a0}yet", Tone::Plain), ..ready }
    };
    let tasks = vec![
        Task::new("school", "The school", "Its name, short code, time zone and trust.")
            .at("/set-up/school")
            .done_if(is_named),
        Task::new("people", "The first people", format!("{people} {count}"))
            .at("/set-up/people")
            .done_if(!draft.people.is_empty() && people_missing(&draft).is_empty()),
        ready,
    ];
    Ok(render(StatusCode::OK, &TasksPage { frame: framed(visit), tasks }))
}

/// What keeps these people from being enough; what the school's own page asks for is left out.
fn people_missing(draft: &Draft) -> Vec<String> {
    let named = Draft {
        code: "code".to_owned(),
        name: "Name".to_owned(),
        time_zone: Draft::default().time_zone,
        ..draft.clone()
    };
    named.missing()
}

/// The page of somebody who sets the school up.
fn framed(visit: &DoorVisit) -> Frame {
    let token = visit.seat.as_ref().map(|seat| seat.token.to_string()).unwrap_or_default();
    let announces = visit.seat.as_ref().and_then(|seat| visit.seats.announced(seat.number));
    Frame { token, announces, areas: Vec::new(), ..Frame::new(&visit.sources, Here::Nowhere) }
}

fn seat_of(visit: &DoorVisit) -> Option<Arc<SettingUp>> {
    match &visit.seat.as_ref()?.stage {
        Stage::SettingUp(setting_up) => Some(Arc::clone(setting_up)),
        _ => None,
    }
}

/// Whoever is at a page of the draft: the seat with the token, while there is no school. Others are led to where the token is typed;
/// once there is a school, there is nothing here.
async fn drafting(visit: &DoorVisit) -> Result<Result<(), Response>, Fault> {
    if !visit.records.is_first_run().await? {
        return Err(Fault::NotFound);
    }
    Ok(if seat_of(visit).is_some() { Ok(()) } else { Err(found("/set-up")) })
}

/// The same for a form of it, which carries its seat's token.
async fn drafting_form(visit: &DoorVisit, fields: &Fields) -> Result<Result<(), Response>, Fault> {
    match drafting(visit).await? {
        Ok(()) if !is_own_form(visit, fields) => Ok(Err(errors::page(&visit.sources, StatusCode::FORBIDDEN))),
        entered => Ok(entered),
    }
}

/// Whether a form carries its seat's token.
pub(super) fn is_own_form(visit: &DoorVisit, fields: &Fields) -> bool {
    visit.seat.as_ref().is_some_and(|seat| is_same(fields.exact("token"), &seat.token))
}
