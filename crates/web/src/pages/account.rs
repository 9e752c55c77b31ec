//! One's own account: where one is signed in, showing that it is really oneself, and one's password.

use super::{Frame, Here, UNCONFIRMED, announce, found, plain, render, sign_in::signed_out};
use crate::{
    fields::Fields,
    kit::Problem,
    seats::Seat,
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{Fault, accounts::SecondSteps};
use jiff::tz::TimeZone;
use url::form_urlencoded;

#[derive(Template)]
#[template(path = "account/account.html")]
struct AccountPage {
    frame: Frame,
    name: String,
    duties: Vec<&'static str>,
    /// Whether their key waits for somebody to vouch for it.
    waits: bool,
    /// What they show beside their password, in a few words.
    second_step: String,
    seats: Vec<SeatRow>,
}

/// One sign-in, as its owner sees it.
struct SeatRow {
    number: u64,
    is_this: bool,
    browser: String,
    place: String,
    begun: String,
    last_asked: String,
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    frame: Frame,
    problems: Vec<Problem>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let zone = &visit.sources.school.zone;
    let seats = visit.seats.of(&visit.session, visit.caller.now);
    let page = AccountPage {
        frame: Frame::signed(&visit, Here::Account),
        name: visit.me.name.clone(),
        duties: visit.me.duties.iter().map(|duty| duty.title()).collect(),
        waits: !visit.me.is_confirmed,
        second_step: in_words(&visit.records.second_steps(&visit.session).await?),
        seats: seats.iter().map(|seat| row(seat, &visit, zone)).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn in_words(has: &SecondSteps) -> String {
    let app = has.app_since.is_some().then(|| "an authenticator app".to_owned());
    let passkeys = match has.passkeys.len() {
        0 => None,
        1 => Some("a passkey".to_owned()),
        several => Some(format!("{several} passkeys")),
    };
    match (app, passkeys) {
        (None, None) => "None".to_owned(),
        (Some(one), None) | (None, Some(one)) => one,
        (Some(app), Some(passkeys)) => format!("{app} and {passkeys}"),
    }
}

fn row(seat: &Seat, visit: &SignedVisit, zone: &TimeZone) -> SeatRow {
    let when = |moment| words::when(moment, visit.caller.now, zone);
    SeatRow {
        number: seat.number,
        is_this: seat.number == visit.seat.number,
        browser: seat.browser.clone(),
        place: seat.place.clone(),
        begun: when(seat.begun),
        last_asked: words::ago(seat.last_asked, visit.caller.now),
    }
}

pub(crate) async fn sign_out(visit: SignedVisit, _: Fields) -> Answered {
    if let Some(cookie) = &visit.caller.cookie {
        visit.seats.leave(cookie);
    }
    Ok(signed_out(visit.seat.signed_on.is_some()))
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    let number = visit.places.get("number").parse().map_err(|_no_number| Fault::NotFound)?;
    if number == visit.seat.number {
        return sign_out(visit, Fields::default()).await;
    }
    if !visit.seats.end(&visit.session, number) {
        return Err(Fault::NotFound);
    }
    announce(&visit, "That sign-in has ended", "Whoever uses that browser must sign in again.");
    Ok(found("/account"))
}

/// Leads to where they show that it is really them, and back.
pub(crate) fn confirm_first(visit: &SignedVisit) -> Response {
    let then = if visit.caller.is_reading { visit.caller.path.as_str() } else { "/today" };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("then", then).finish();
    found(&format!("/account/confirm?{query}"))
}

pub(crate) async fn password_page(visit: SignedVisit) -> Answered {
    Ok(render(StatusCode::OK, &PasswordPage { frame: Frame::signed(&visit, Here::Account), problems: Vec::new() }))
}

pub(crate) async fn change_password(visit: SignedVisit, fields: Fields) -> Answered {
    let (old, new, again) = (fields.exact("old"), fields.exact("new"), fields.exact("again"));
    let place = own_place(&visit);
    let changed = if new == again {
        visit.records.change_password_from(&visit.session, old, new, &place).await
    } else {
        Err(Fault::wrong("The two new passwords are not the same. Type the new one twice."))
    };
    match changed {
        Ok(session) => {
            visit.seats.renew(visit.seat.number, &session);
            visit.seats.confirm(visit.seat.number, visit.caller.now);
            // Whoever knew the old one may sit in another browser (ASVS 5.0 §7.4.3).
            visit.seats.end_others(&session, visit.seat.number);
            announce(&visit, "Your password is changed", "You were signed out everywhere else.");
            Ok(found("/account"))
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            let frame = Frame::signed(&visit, Here::Account).with_errors();
            let page = PasswordPage { frame, problems: vec![Problem::at("old", plain(&fault))] };
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(fault),
    }
}

/// Where the tries of somebody who is signed in are counted: apart from all others, so that nobody at the same address keeps
/// them from showing who they are.
pub(super) fn own_place(visit: &SignedVisit) -> String {
    format!("seat {} of {}", visit.seat.number, visit.seat.begun)
}
