//! Setting up an authenticator app, and removing it.

use super::{
    super::{
        Frame, Here, found, plain, render,
        sign_in::{found_with, with_then},
    },
    HERE, announce,
};
use crate::{
    fields::Fields,
    kit::{Field, Kind, Problem, Width},
    seats::{Pending, SecondStep, Under},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{Fault, accounts::NewAuthenticator};
use qrcode::{EcLevel, QrCode, render::svg};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "second_step/app.html")]
struct AppPage {
    frame: Frame,
    /// The picture to point the telephone at: SVG of our own making.
    picture: String,
    typed: String,
    address: String,
    replaces: bool,
    field: Field,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "second_step/remove_app.html")]
struct RemovePage {
    frame: Frame,
    problems: Vec<Problem>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let new = secret(&visit).await?;
    app_page(&visit, &new, None).await
}

/// The secret that is being set up at this seat: the same until it is confirmed, however often the page is loaded.
async fn secret(visit: &SignedVisit) -> Result<Arc<NewAuthenticator>, Fault> {
    let (number, now) = (visit.seat.number, visit.caller.now);
    if let Some(Pending::App(new)) = visit.seats.pending(number, Under::Making, now) {
        return Ok(new);
    }
    let new = Arc::new(visit.records.new_authenticator(&visit.session).await?);
    visit.seats.begin(number, Pending::App(Arc::clone(&new)), now);
    Ok(new)
}

pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    let Some(Pending::App(new)) = visit.seats.pending(visit.seat.number, Under::Making, visit.caller.now) else {
        // It took too long: another secret, and the page again.
        return Ok(found("/account/second-step/app"));
    };
    match visit.records.add_authenticator(&visit.session, &new, fields.get("code")).await {
        Ok((step, codes)) => {
            let number = visit.seat.number;
            visit.seats.finish(number, Under::Making);
            // Whoever sat elsewhere with the password alone shows this from now on.
            visit.seats.end_others(&visit.session, number);
            let way = if let Some(codes) = codes {
                visit.seats.begin(number, Pending::Codes(Arc::new(codes)), visit.caller.now);
                "/account/second-step/codes"
            } else {
                announce(&visit, "Your authenticator app is set up", "The one before it is good no more.");
                HERE
            };
            stepped_on(&visit, SecondStep::Shown(step), way)
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => app_page(&visit, &new, Some(plain(&fault))).await,
        Err(fault) => Err(fault),
    }
}

/// Leads to where what is sealed is unlocked, and back: nobody changes their second step without their own key.
pub(super) fn unlock_first(then: &str) -> Response {
    found(&with_then("/account/unlock", then))
}

/// Leads on with a new cookie: what was shown just now makes the seat worth more than it was.
pub(super) fn stepped_on(visit: &SignedVisit, shown: SecondStep, way: &str) -> Answered {
    let before = visit.caller.cookie.as_deref().unwrap_or_default();
    match visit.seats.step_on(before, shown)? {
        Some(word) => Ok(found_with(way, &word)),
        None => Ok(found("/sign-in")),
    }
}

async fn app_page(visit: &SignedVisit, new: &NewAuthenticator, error: Option<String>) -> Answered {
    let frame = Frame::arriving_or_signed(visit);
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let field = Field::new("code", "Code that the app shows now")
        .hint("Six digits.")
        .kind(Kind::Digits)
        .autocomplete("one-time-code")
        .width(Width::Ten)
        .error(error);
    let page = AppPage {
        frame: if field.error.is_some() { frame.with_errors() } else { frame },
        picture: picture(&new.address)?,
        typed: new.typed.to_string(),
        address: new.address.to_string(),
        replaces: visit.records.second_steps(&visit.session).await?.app_since.is_some(),
        problems: field.problem().into_iter().collect(),
        field,
    };
    Ok(render(status, &page))
}

/// A picture that a telephone reads, as SVG without a style of its own.
fn picture(address: &str) -> Result<String, Fault> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M)
        .map_err(|fault| Fault::Unavailable(format!("The picture could not be made: {fault}.")))?;
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(220, 220).quiet_zone(true).build();
    let (_, svg) = drawn.split_once("<svg").ok_or_else(|| Fault::Unavailable("The picture is none.".to_owned()))?;
    Ok(format!("<svg role=\"img\" aria-label=\"Picture for your authenticator app\" class=\"qr\"{svg}"))
}

pub(crate) async fn remove_page(visit: SignedVisit) -> Answered {
    if visit.records.second_steps(&visit.session).await?.app_since.is_none() {
        return Err(Fault::NotFound);
    }
    if visit.session.unlocked.is_none() {
        return Ok(unlock_first("/account/second-step/app/remove"));
    }
    Ok(render(StatusCode::OK, &RemovePage { frame: Frame::signed(&visit, Here::Account), problems: Vec::new() }))
}

pub(crate) async fn remove(visit: SignedVisit, _: Fields) -> Answered {
    match visit.records.remove_authenticator(&visit.session).await {
        Ok(()) => {
            visit.seats.end_others(&visit.session, visit.seat.number);
            announce(
                &visit,
                "Your authenticator app is removed",
                "Its codes are good no more. Delete Holdfast in the app.",
            );
            super::own::after_removal(&visit).await
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            let frame = Frame::signed(&visit, Here::Account).with_errors();
            let page = RemovePage { frame, problems: vec![Problem::of_all(plain(&fault))] };
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(fault),
    }
}
