//! Which pupils would like to talk: with whoever asks, or, for those who look after children, with anybody. It shows who, and never why:
//! nothing of any report stands here.

use super::{Frame, Here, announce, found, plain, render};
use crate::{
    fields::Fields,
    kit::{Tag, Tone},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault, id,
    pupil::{TalkAnswer, TalkView},
};

#[derive(Template)]
#[template(path = "talks/talks.html")]
struct TalksPage {
    frame: Frame,
    mine: Vec<Row>,
    waiting: Vec<Row>,
    others: Vec<Row>,
    problem: Option<String>,
}

struct Row {
    id: String,
    child: String,
    class: String,
    asked: String,
    state: Tag,
    detail: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    show(&visit, None).await
}

pub(crate) async fn answer(visit: SignedVisit, fields: Fields) -> Answered {
    let talk = id::Row::parse(visit.places.get("talk"))?;
    let Some(answer) = TalkAnswer::from_word(fields.get("answer")) else {
        return show(&visit, Some("Press one of the buttons beside the pupil.".to_owned())).await;
    };
    match visit.records.answer_talk(&visit.session, talk, answer).await {
        Ok(()) => {}
        Err(fault @ Fault::Wrong(_)) => return show(&visit, Some(plain(&fault))).await,
        Err(fault) => return Err(fault),
    }
    match answer {
        TalkAnswer::Talked => announce(
            &visit,
            "It is written down that you have talked with them",
            "Are you worried about what they said? Raise a concern now.",
        ),
        TalkAnswer::HandedOn => announce(
            &visit,
            "It is handed on",
            "Those who look after children here were told. Whoever of them is first will talk with the pupil.",
        ),
    }
    Ok(found("/talks"))
}

async fn show(visit: &SignedVisit, problem: Option<String>) -> Answered {
    let talks = visit.records.talks(&visit.session).await?;
    let (mut mine, mut waiting, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for talk in &talks {
        let place = if talk.is_mine {
            &mut mine
        } else if talk.talked.is_none() && talk.passed_at.is_some() {
            &mut waiting
        } else {
            &mut others
        };
        place.push(row(talk, visit));
    }
    let is_wrong = problem.is_some();
    let frame = Frame::signed(visit, Here::Today).hiding().erring(is_wrong);
    Ok(respond(&TalksPage { frame, mine, waiting, others, problem }, is_wrong))
}

fn respond(page: &TalksPage, is_wrong: bool) -> Response {
    render(if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, page)
}

fn row(talk: &TalkView, visit: &SignedVisit) -> Row {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let asked_for = || talk.adult.as_deref().map_or_else(String::new, |adult| format!("Asked for {adult}. "));
    let (state, detail) = match (&talk.talked, talk.passed_at) {
        (Some(talked), _) => (
            Tag::new("Talked", Tone::Good),
            format!("{} talked with them, {}.", talked.name, words::when(talked.at, now, zone)),
        ),
        (None, Some(_)) if talk.is_handed_on => {
            (Tag::new("Handed on", Tone::Warn), format!("{}It was handed on to the safeguarding team.", asked_for()))
        }
        (None, Some(_)) => {
            let detail = format!("{}Nobody has written down that they talked with them.", asked_for());
            (Tag::new("Waits for the team", Tone::Warn), detail)
        }
        (None, None) if talk.due_at <= now => (Tag::new("Late", Tone::Bad), asked_for()),
        (None, None) => (
            Tag::new("Asked", Tone::Plain),
            format!("{}They have until {}.", asked_for(), words::when_next(talk.due_at, now, zone)),
        ),
    };
    Row {
        id: talk.id.to_string(),
        child: talk.child.clone(),
        class: talk.classes.join(", "),
        asked: words::when(talk.asked_at, now, zone),
        state,
        detail,
    }
}
