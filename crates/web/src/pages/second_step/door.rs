//! The second step at the door: the password was right, and nothing is shown before this is too.

use super::super::{
    Frame, Here, errors, plain, render,
    sign_in::{Arrival, arrive, first, way_on},
};
use crate::{
    fields::Fields,
    house::is_same,
    kit::{Field, Kind, Problem, Width},
    seats::{SecondStep, Stage},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{Fault, accounts::HalfIn};

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
        visit.records.finish_with_code(&half, fields.get("code")).await
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
