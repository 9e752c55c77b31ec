//! The second step at the door: the password was right, and nothing is shown before this is too.

use super::super::{
    Frame, Here, errors, plain, render,
    sign_in::{Arrival, arrive, first, knock, onward, way_on},
};
use crate::{
    fields::Fields,
    house::is_same,
    kit::{Field, Kind, Problem, Width},
    seats::{Pending, SecondStep, Stage, Under},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    accounts::{HalfIn, PasskeyAnswer, Site, Whence},
};

#[derive(Template)]
#[template(path = "second_step/door.html")]
struct CodePage {
    frame: Frame,
    then: String,
    field: Field,
    problems: Vec<Problem>,
    /// Whether a code of the app can be looked at on this way in.
    takes_app: bool,
    spare_codes: usize,
    /// Whether one of their passkeys works at this address.
    takes_passkey: bool,
}

#[derive(Template)]
#[template(path = "second_step/passkey.html")]
struct PasskeyPage {
    frame: Frame,
    then: String,
    /// What the browser is asked; nothing where passkeys do not work at this address.
    question: Option<String>,
    /// Whether the password was right already.
    is_second: bool,
    problems: Vec<Problem>,
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    let Some(half) = half_of(&visit) else { return Ok(first(None)) };
    let then = way_on(visit.query.get("then"));
    Ok(render(StatusCode::OK, &code_page(&visit, &half, then, None)))
}

pub(crate) async fn show_code(visit: DoorVisit, fields: Fields) -> Answered {
    let Some(half) = half_of(&visit) else { return Ok(first(None)) };
    if visit.seat.as_ref().is_none_or(|seat| !is_same(fields.exact("token"), &seat.token)) {
        return Ok(errors::page(&visit.sources, StatusCode::FORBIDDEN));
    }
    let then = way_on(fields.get("then"));
    let shown = if fields.get("code").is_empty() {
        Err(Fault::wrong("Type a code."))
    } else {
        let place = visit.caller.place();
        let whence = Whence::Door { place: &place, browser: visit.caller.device.as_deref() };
        visit.records.finish_with_code(&half, fields.get("code"), whence).await
    };
    match shown {
        Ok(shown) => {
            let is_shared = visit.seat.as_ref().is_some_and(|seat| seat.is_shared);
            // Whoever is down to their last codes is led to where they make new ones.
            let then = if shown.spare_codes_left.is_some_and(|left| left < 3) { super::HERE.to_owned() } else { then };
            let arrival =
                Arrival { session: shown.session, shown: SecondStep::Shown(shown.step), is_shared, signed_on: None };
            arrive(&visit, arrival, &then).await
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            let page = code_page(&visit, &half, then, Some(plain(&fault)));
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(fault),
    }
}

pub(super) fn half_of(visit: &DoorVisit) -> Option<HalfIn> {
    match visit.seat.as_ref().map(|seat| &seat.stage) {
        Some(Stage::HalfIn(half)) => Some(half.clone()),
        _ => None,
    }
}

fn code_page(visit: &DoorVisit, half: &HalfIn, then: String, error: Option<String>) -> CodePage {
    let frame = Frame::new(&visit.sources, Here::SignIn);
    let frame = if error.is_some() { frame.with_errors() } else { frame };
    let token = visit.seat.as_ref().map(|seat| seat.token.to_string()).unwrap_or_default();
    let field = code_field(half.takes_app_code(), error);
    CodePage {
        frame: Frame { token, ..frame },
        then,
        problems: field.problem().into_iter().collect(),
        field,
        takes_app: half.takes_app_code(),
        spare_codes: half.has.spare_codes,
        takes_passkey: works_here(visit, half),
    }
}

fn works_here(visit: &DoorVisit, half: &HalfIn) -> bool {
    let site = Site::of(&visit.caller.origin);
    site.is_some_and(|site| half.has.passkeys.iter().any(|passkey| passkey.site == site.domain()))
}

pub(crate) async fn passkey_page(visit: DoorVisit) -> Answered {
    let then = way_on(visit.query.get("then"));
    if let Some(onward) = onward(&visit, &then) {
        return Ok(onward);
    }
    ask(&visit, then, None)
}

/// Asks for a passkey: at the seat of whoever is half in, else at a new one of somebody of whom nothing is known.
fn ask(visit: &DoorVisit, then: String, wrong: Option<String>) -> Answered {
    let is_second = half_of(visit).is_some();
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = Frame::new(&visit.sources, Here::SignIn);
    let frame = if wrong.is_some() { frame.with_errors() } else { frame };
    let problems = wrong.map(Problem::of_all).into_iter().collect();
    let Some(site) = Site::of(&visit.caller.origin) else {
        return Ok(render(status, &PasskeyPage { frame, then, question: None, is_second, problems }));
    };
    let asked = visit.records.ask_passkey(site)?;
    let question = Some(asked.question.clone());
    let pending = Pending::of_asked(asked);
    if let Some(seat) = visit.seat.as_ref().filter(|seat| matches!(seat.stage, Stage::HalfIn(_) | Stage::Knocking)) {
        visit.seats.begin(seat.number, pending, visit.caller.now);
        let frame = Frame { token: seat.token.to_string(), ..frame };
        return Ok(render(status, &PasskeyPage { frame, then, question, is_second, problems }));
    }
    knock(visit, pending, |token| {
        let frame = Frame { token, ..frame };
        render(status, &PasskeyPage { frame, then, question, is_second, problems })
    })
}

pub(crate) async fn show_passkey(visit: DoorVisit, fields: Fields) -> Answered {
    let Some(seat) = visit.seat.clone().filter(|seat| seat.session().is_none()) else { return Ok(first(None)) };
    if !is_same(fields.exact("token"), &seat.token) {
        return Ok(errors::page(&visit.sources, StatusCode::FORBIDDEN));
    }
    let then = way_on(fields.get("then"));
    let asked = visit.seats.take_pending(seat.number, Under::Asked, visit.caller.now).and_then(Pending::into_asked);
    let Some(asked) = asked.filter(|_| !fields.get("credential").is_empty()) else {
        return ask(&visit, then, Some("It took too long, or your browser sent no passkey. Try once more.".to_owned()));
    };
    let answer = PasskeyAnswer { credential: fields.get("credential"), derived: fields.get("derived") };
    let shown = match &seat.stage {
        Stage::HalfIn(half) => visit.records.finish_with_passkey(half, asked, answer).await,
        _ => visit.records.sign_in_with_passkey(asked, answer).await,
    };
    match shown {
        Ok(shown) => {
            let is_shared = seat.is_shared || fields.get("shared") == "yes";
            let (session, shown) = (shown.session, SecondStep::Shown(shown.step));
            arrive(&visit, Arrival { session, shown, is_shared, signed_on: None }, &then).await
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => ask(&visit, then, Some(plain(&fault))),
        Err(fault) => Err(fault),
    }
}

/// A field for a code of the app, or a spare one.
pub(crate) fn code_field(takes_app: bool, error: Option<String>) -> Field {
    let (label, hint) = if takes_app {
        ("Code", "The six digits that your authenticator app shows for Holdfast, or one of your spare codes.")
    } else {
        ("Spare code", "One of the codes that you printed.")
    };
    Field::new("code", label)
        .hint(hint)
        .kind(Kind::Code)
        .autocomplete("one-time-code")
        .width(Width::Twenty)
        .error(error)
}
