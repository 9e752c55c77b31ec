//! One's own account: where one is signed in, showing that it is really oneself, and one's password.

use super::{
    Frame, Here, Stays, UNCONFIRMED, announce, found, render,
    sign_in::{signed_out, signed_out_to},
};
use crate::{
    fields::Fields,
    routes::{self, Route},
    seats::Seat,
    visit::{Answered, SignedVisit},
    whence, words,
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use holdfast_records::{
    Fault,
    access::Capability,
    accounts::{RecentSignIn, SecondSteps},
};
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
    recent: Vec<RecentRow>,
    /// How it stands with their password.
    password: String,
    /// Their key's fingerprint, which they read to whoever lets them in.
    key: Option<String>,
    /// Whether they look after everybody's accounts.
    keeps_accounts: bool,
}

/// One of the last sign-ins, as its owner sees it.
struct RecentRow {
    when: String,
    browser: String,
    place: String,
    /// What was odd; empty where nothing was.
    odd: Vec<&'static str>,
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

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let zone = &visit.sources.school.zone;
    let seats = visit.seats.of(&visit.session, visit.caller.now);
    let recent = visit.records.recent_sign_ins(&visit.session).await?;
    let due = visit.records.own_password_due(&visit.session).await?;
    let page = AccountPage {
        frame: Frame::signed(&visit, Here::Account),
        name: visit.me.name.clone(),
        duties: visit.me.duties.iter().map(|duty| duty.title()).collect(),
        waits: !visit.me.is_confirmed,
        second_step: in_words(&visit.records.second_steps(&visit.session).await?),
        seats: seats.iter().map(|seat| row(seat, &visit, zone)).collect(),
        recent: recent.iter().map(|one| recent_row(one, &visit, zone)).collect(),
        password: super::password::in_words(due.as_ref(), &visit),
        key: visit.records.own_key_fingerprint(&visit.session).await?,
        keeps_accounts: visit.me.may(Capability::ManageAccounts),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Puts off that the sign-in ends by itself: until when it lasts now, in seconds and as a time. Asked by the script of every page, when
/// its button is pressed.
pub(crate) async fn stay(visit: SignedVisit, _: Fields) -> Answered {
    let stays = Stays::of(&visit);
    Ok(format!("{} {}", stays.seconds, stays.until).into_response())
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
        place: whence::place_words(&seat.place),
        begun: when(seat.begun),
        last_asked: words::ago(seat.last_asked, visit.caller.now),
    }
}

fn recent_row(one: &RecentSignIn, visit: &SignedVisit, zone: &TimeZone) -> RecentRow {
    RecentRow {
        when: words::when(one.at, visit.caller.now, zone),
        browser: one.browser.clone(),
        place: whence::place_words(&one.place),
        odd: one.odd.iter().map(|odd| odd.title()).collect(),
    }
}

/// Somebody says that a sign-in was not them: everything else of theirs ends, whoever looks after accounts is told, and they change
/// their password.
pub(crate) async fn not_me(visit: SignedVisit, _: Fields) -> Answered {
    visit.records.disown_sign_ins(&visit.session, visit.caller.device.as_deref()).await?;
    visit.seats.end_others(&visit.session, visit.seat.number);
    announce(
        &visit,
        "All your other sign-ins have ended",
        "Whoever looks after accounts has been told. Now change your password, so that nobody who may know it comes in again.",
    );
    Ok(found("/account/password"))
}

pub(crate) async fn sign_out(visit: SignedVisit, _: Fields) -> Answered {
    if let Some(cookie) = &visit.caller.cookie {
        visit.seats.leave(cookie);
    }
    if visit.seat.is_of_class() {
        return Ok(signed_out_to("/sign-in/pupil"));
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

/// Leads to where they show that it is really them, and back: to the page, or to the one on which the form stands.
pub(crate) fn confirm_first(visit: &SignedVisit, route: &Route) -> Response {
    let then =
        if visit.caller.is_reading { visit.caller.path.as_str() } else { form_of(route.path, &visit.caller.path) };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("then", then).finish();
    found(&format!("/account/confirm?{query}"))
}

/// The nearest page at or above a form's own address that can be read: where the form stands.
fn form_of<'a>(mut route: &str, mut path: &'a str) -> &'a str {
    loop {
        if routes::all().any(|known| known.path == route && known.reads()) {
            return path;
        }
        match (route.rsplit_once('/'), path.rsplit_once('/')) {
            (Some((above, _)), Some((there, _))) if !there.is_empty() => (route, path) = (above, there),
            _ => return "/today",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_confirms_comes_back_to_where_the_form_stands() {
        let of = |route, path| form_of(route, path);
        assert_eq!(of("/people/{person}/contact/{number}/first", "/people/7/contact/2/first"), "/people/7/contact");
        assert_eq!(of("/accounts/{person}/close", "/accounts/7/close"), "/accounts/7/close");
        assert_eq!(of("/account/sign-on/{binding}/remove", "/account/sign-on/7/remove"), "/account/sign-on");
        assert_eq!(of("/nowhere/at/all", "/nowhere/at/all"), "/today");
    }
}
