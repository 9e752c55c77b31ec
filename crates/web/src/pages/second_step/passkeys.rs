//! Making passkeys, and removing them.

use super::{
    super::{Frame, Here, plain, render},
    announce,
    app::{stepped_on, unlock_first},
};
use crate::{
    fields::Fields,
    kit::{Field, Problem, Width},
    seats::{Pending, SecondStep, Under},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    accounts::{PasskeyAnswer, PasskeyRow, Site},
    id,
};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "second_step/add_passkey.html")]
struct AddPage {
    frame: Frame,
    /// What the browser is asked; nothing where passkeys do not work at this address.
    question: Option<String>,
    /// The name that it will work at.
    site: String,
    field: Field,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "second_step/remove_passkey.html")]
struct RemovePage {
    frame: Frame,
    title: String,
    id: String,
    problems: Vec<Problem>,
}

pub(crate) async fn add_page(visit: SignedVisit) -> Answered {
    if visit.session.unlocked.is_none() {
        return Ok(unlock_first("/account/second-step/passkeys/add"));
    }
    add_again(&visit, "", None).await
}

/// The page with a new question: each is good once.
async fn add_again(visit: &SignedVisit, title: &str, error: Option<String>) -> Answered {
    let site = Site::of(&visit.caller.origin);
    let question = match &site {
        Some(site) => {
            let new = visit.records.begin_passkey(&visit.session, site.clone()).await?;
            let question = new.question.clone();
            visit.seats.begin(visit.seat.number, Pending::of_new(new), visit.caller.now);
            Some(question)
        }
        None => None,
    };
    let frame = Frame::arriving_or_signed(visit);
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let field = Field::new("title", "What do you call it?")
        .hint("So that you know it again, such as “school laptop” or “blue key”.")
        .value(title)
        .width(Width::Twenty)
        .error(error);
    let page = AddPage {
        frame: if field.error.is_some() { frame.with_errors() } else { frame },
        question,
        site: site.map_or_else(String::new, |site| site.domain().to_owned()),
        problems: field.problem().into_iter().collect(),
        field,
    };
    Ok(render(status, &page))
}

pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    let (number, now) = (visit.seat.number, visit.caller.now);
    let title = fields.get("title");
    let new = visit.seats.take_pending(number, Under::Making, now).and_then(Pending::into_new);
    let Some(new) = new.filter(|_| !fields.get("credential").is_empty()) else {
        let words = "It took too long, or your browser sent no passkey. Try once more.";
        return add_again(&visit, title, Some(words.to_owned())).await;
    };
    let answer = PasskeyAnswer { credential: fields.get("credential"), derived: fields.get("derived") };
    match visit.records.add_passkey(&visit.session, new, answer, title).await {
        Ok((step, codes)) => {
            // Whoever sat elsewhere with the password alone shows this from now on.
            visit.seats.end_others(&visit.session, number);
            announce(&visit, "Your passkey is set up", "Use it the next time you sign in.");
            let way = if let Some(codes) = codes {
                visit.seats.begin(number, Pending::Codes(Arc::new(codes)), now);
                "/account/second-step/codes"
            } else {
                super::HERE
            };
            let shown = match visit.seat.shown.clone() {
                SecondStep::NotShown => SecondStep::Shown(step),
                shown => shown,
            };
            stepped_on(&visit, shown, way)
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => add_again(&visit, title, Some(plain(&fault))).await,
        Err(fault) => Err(fault),
    }
}

/// One's own passkey that the path names.
async fn named(visit: &SignedVisit) -> Result<PasskeyRow, Fault> {
    let row = id::Row::parse(visit.places.get("passkey"))?;
    let has = visit.records.second_steps(&visit.session).await?;
    has.passkeys.into_iter().find(|passkey| passkey.id == row).ok_or(Fault::NotFound)
}

pub(crate) async fn remove_page(visit: SignedVisit) -> Answered {
    let passkey = named(&visit).await?;
    if visit.session.unlocked.is_none() {
        return Ok(unlock_first(&visit.caller.path));
    }
    let frame = Frame::signed(&visit, Here::Account);
    let page = RemovePage { frame, title: passkey.title, id: passkey.id.to_string(), problems: Vec::new() };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn remove(visit: SignedVisit, _: Fields) -> Answered {
    let passkey = named(&visit).await?;
    match visit.records.remove_passkey(&visit.session, passkey.id).await {
        Ok(()) => {
            visit.seats.end_others(&visit.session, visit.seat.number);
            announce(&visit, "Your passkey is removed", "It lets nobody in any more. Delete it on the device as well.");
            super::own::after_removal(&visit).await
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            let frame = Frame::signed(&visit, Here::Account).with_errors();
            let problems = vec![Problem::of_all(plain(&fault))];
            let page = RemovePage { frame, title: passkey.title, id: passkey.id.to_string(), problems };
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(fault),
    }
}
