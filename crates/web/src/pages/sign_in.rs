//! The door: signing in, and choosing a password of one's own after the first time.

use super::{Frame, Here, errors, found, plain, pupil, render, sign_on::Others};
use crate::{
    cookie,
    fields::Fields,
    house::is_same,
    kit::Problem,
    seats::{Limits, NewSeat, Pending, Seat, SecondStep, Stage, Word, word},
    visit::{Answered, DoorVisit},
    whence,
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use holdfast_records::{
    Fault, Myself, Session,
    access::Duty,
    accounts::{Came, HalfIn, SignIn, Whence},
    id,
    people::Kind,
    settings::define::identity,
};
use jiff::SignedDuration;
use std::sync::Arc;
use url::form_urlencoded;

/// Where somebody goes once they are in, if they were on the way to nowhere.
pub(super) const HOME: &str = "/today";
/// How long a confirmation that it is really them is good for.
const CONFIRMED_FOR: SignedDuration = SignedDuration::from_mins(10);
/// A seat that was asked for so long ago is not in use at this moment.
const IN_USE: SignedDuration = SignedDuration::from_mins(15);
/// Duties whose holders read what is confidential: their sign-in ends sooner.
const SAFEGUARDING: [Duty; 5] =
    [Duty::Head, Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Chair, Duty::TrustLead];

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    frame: Frame,
    then: String,
    name: String,
    /// The school's code, where there are several; `None` where there is only one.
    school: Option<String>,
    is_shared: bool,
    others: Others,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "account/first_password.html")]
struct FirstPasswordPage {
    frame: Frame,
    then: String,
    name: String,
    problems: Vec<Problem>,
}

/// Where somebody is going, as it stands after a question mark.
pub(super) fn query_of(then: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("then", then).finish()
}

/// Leads to the door, and from there on to where somebody was going.
pub(crate) fn first(then: Option<&str>) -> Response {
    let then = then.filter(|then| *then != HOME).map(|then| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("then", then).finish();
        format!("/sign-in?{query}")
    });
    found(then.as_deref().unwrap_or("/sign-in"))
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    let then = way_on(visit.query.get("then"));
    if let Some(onward) = onward(&visit, &then) {
        return Ok(onward);
    }
    if visit.records.is_first_run().await? {
        return Ok(found("/set-up"));
    }
    let school = asks_for_school(&visit).await?.then(String::new);
    let others = Others::of(&visit, &then).await?;
    let page = SignInPage {
        frame: Frame::new(&visit.sources, Here::SignIn),
        then,
        name: String::new(),
        school,
        is_shared: false,
        others,
        problems: Vec::new(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Where whoever is signed in already goes on to from the door: a pupil in a class to the page that is theirs.
pub(super) fn onward(visit: &DoorVisit, then: &str) -> Option<Response> {
    let seat = visit.seat.as_ref().filter(|seat| seat.session().is_some())?;
    Some(found(if seat.is_of_class() { pupil::START } else { then }))
}

pub(crate) async fn sign_in(visit: DoorVisit, fields: Fields) -> Answered {
    let then = way_on(fields.get("then"));
    let is_one_of_several = asks_for_school(&visit).await?;
    let school = if is_one_of_several { fields.get("school").to_owned() } else { visit.records.only_school().await? };
    let (name, password) = (fields.get("name"), fields.exact("password"));
    let is_shared = fields.get("shared") == "yes";
    let place = visit.caller.place();
    let whence = Whence::Door { place: &place, browser: visit.caller.device.as_deref() };
    let begun = if name.is_empty() || password.is_empty() {
        Err(Fault::wrong("Enter your sign-in name and your password."))
    } else {
        visit.records.begin_session(&school, name, password, whence).await
    };
    match begun {
        Ok(SignIn::In(session)) => {
            arrive(&visit, Arrival { session, shown: SecondStep::NotShown, is_shared, signed_on: None }, &then).await
        }
        Ok(SignIn::SecondStep(half)) => half_in(&visit, half, is_shared, &then),
        Ok(SignIn::ChooseFirst) => {
            let passphrase = Arc::new(zeroize::Zeroizing::new(password.to_owned()));
            let stage = Stage::Choosing { school, name: name.to_owned(), passphrase };
            seated(&visit, seat_before(&visit, stage, is_shared), &with_then("/sign-in/first-password", &then))
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            let others = Others::of(&visit, &then).await?;
            let page = SignInPage {
                frame: Frame::new(&visit.sources, Here::SignIn).with_errors(),
                then,
                name: name.to_owned(),
                school: is_one_of_several.then_some(school),
                is_shared,
                others,
                problems: vec![Problem::at("name", plain(&fault))],
            };
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn first_page(visit: DoorVisit) -> Answered {
    let Some(Stage::Choosing { name, .. }) = visit.seat.as_ref().map(|seat| seat.stage.clone()) else {
        return Ok(first(None));
    };
    Ok(render(StatusCode::OK, &first_password(&visit, visit.query.get("then"), name, Vec::new())))
}

pub(crate) async fn choose_first(visit: DoorVisit, fields: Fields) -> Answered {
    let Some(Stage::Choosing { school, name, passphrase }) = visit.seat.as_ref().map(|seat| seat.stage.clone()) else {
        return Ok(first(None));
    };
    if visit.seat.as_ref().is_none_or(|seat| !is_same(fields.exact("token"), &seat.token)) {
        return Ok(errors::page(&visit.sources, StatusCode::FORBIDDEN));
    }
    let (new, again) = (fields.exact("new"), fields.exact("again"));
    // Nobody at the same address, or guessing at the same name, keeps them from it: only who was handed the passphrase is here.
    let place = visit.seat.as_ref().map(own_place).unwrap_or_default();
    let chosen = if new == again {
        visit.records.choose_password_from(&school, &name, &passphrase, new, &place).await
    } else {
        Err(Fault::wrong("The two passwords are not the same. Type the new one twice."))
    };
    match chosen {
        Ok(session) => {
            let is_shared = visit.seat.as_ref().is_some_and(|seat| seat.is_shared);
            let arrival = Arrival { session, shown: SecondStep::NotShown, is_shared, signed_on: None };
            // What there is to know about passwords and signing out comes with the first sign-in (I-17).
            let then = with_then("/account/advice", &way_on(fields.get("then")));
            arrive(&visit, arrival, &then).await
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            let page = first_password(&visit, fields.get("then"), name, vec![Problem::at("new", plain(&fault))]);
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(fault),
    }
}

fn first_password(visit: &DoorVisit, then: &str, name: String, problems: Vec<Problem>) -> FirstPasswordPage {
    let frame = Frame::new(&visit.sources, Here::SignIn);
    let frame = if problems.is_empty() { frame } else { frame.with_errors() };
    let token = visit.seat.as_ref().map(|seat| seat.token.to_string()).unwrap_or_default();
    FirstPasswordPage { frame: Frame { token, ..frame }, then: way_on(then), name, problems }
}

/// Somebody who has come to the end of a way in.
pub(crate) struct Arrival {
    /// They, with what they unlocked; a way in that is not their password unlocks nothing.
    pub(crate) session: Session,
    /// What they showed beside their password on this way.
    pub(crate) shown: SecondStep,
    /// Whether others use this computer too.
    pub(crate) is_shared: bool,
    /// By which binding, where it was with a provider of single sign-on.
    pub(crate) signed_on: Option<id::Binding>,
}

/// Seats somebody at the end of any way in. Whoever has a second step and has not shown it shows it first; whoever must have one and
/// has none is led to set it up by [`crate::house`], which lets them see nothing else.
pub(crate) async fn arrive(visit: &DoorVisit, arrival: Arrival, then: &str) -> Answered {
    let Arrival { session, shown, is_shared, signed_on } = arrival;
    if shown == SecondStep::NotShown
        && let Some(half) = visit.records.half_in(&session).await?
    {
        return half_in(visit, half, is_shared, then);
    }
    let me = visit.records.myself(&session).await?;
    let limits = limits(visit, &session, &me, is_shared).await?;
    let (place, browser) = (visit.caller.place(), visit.caller.browser.clone());
    let device = noted(visit, &session, &place, is_shared).await?;
    let due = visit.records.own_password_due(&session).await?;
    let owes = due.as_ref().is_some_and(|due| due.is_over(visit.caller.now));
    let stage = Stage::In(session);
    let password_set = due.map(|due| due.set_at);
    let new = NewSeat { stage, place, browser, is_shared, limits, signed_on, shown, key: me.key, password_set, owes };
    // What a pupil finds first is a page of their own.
    let then = if me.kind == Kind::Pupil && then == HOME { pupil::START } else { then };
    let mut response = seated(visit, new, then)?;
    response.headers_mut().append(header::SET_COOKIE, cookie::give_device(&device));
    Ok(response)
}

/// Notes how somebody came in; the word by which their browser is known from now on.
async fn noted(visit: &DoorVisit, session: &Session, place: &str, is_shared: bool) -> Result<Word, Fault> {
    let new_word = word()?;
    let seats = visit.seats.of(session, visit.caller.now);
    let is_in_use = |seat: &Seat| visit.caller.now.duration_since(seat.last_asked) < IN_USE;
    // Signing in again in the same browser is no second place.
    let others = seats.iter().filter(|seat| visit.seat.as_ref().is_none_or(|own| own.number != seat.number));
    let mut others = others.filter(|seat| is_in_use(seat));
    let came = Came {
        old_word: visit.caller.device.as_deref(),
        new_word: &new_word,
        browser: &visit.caller.browser,
        place,
        is_elsewhere_too: others.any(|seat| !whence::is_same_place(&seat.place, place)),
        is_shared,
    };
    visit.records.note_arrival(session, came).await?;
    Ok(new_word)
}

/// Where the tries of somebody who has a seat are counted: apart from all others, so that nobody at the same address keeps them from
/// showing who they are. All seats that were come by in one way without a password share one place: whoever has somebody's account at
/// a provider, or a passkey of theirs, gets no new guesses at the password by signing in again and again.
pub(super) fn own_place(seat: &Seat) -> String {
    match (&seat.signed_on, &seat.shown) {
        (Some(binding), _) => format!("sign-on {binding}"),
        (None, SecondStep::Shown(step)) => format!("step {step}"),
        _ => format!("seat {} of {}", seat.number, seat.begun),
    }
}

/// Seats somebody whose password was right before the page that asks for their second step.
fn half_in(visit: &DoorVisit, half: HalfIn, is_shared: bool, then: &str) -> Answered {
    seated(visit, seat_before(visit, Stage::HalfIn(half), is_shared), &with_then("/sign-in/second-step", then))
}

/// A seat of somebody who is not in yet.
pub(super) fn seat_before(visit: &DoorVisit, stage: Stage, is_shared: bool) -> NewSeat {
    let (place, browser) = (visit.caller.place(), visit.caller.browser.clone());
    let (limits, shown) = (limits_of_anybody(), SecondStep::NotShown);
    let (signed_on, key, password_set, owes) = (None, None, None, false);
    NewSeat { stage, place, browser, is_shared, limits, shown, key, password_set, signed_on, owes }
}

/// Seats somebody of whom nothing is known yet, for what they are asked; the page for them, with its form's token.
pub(super) fn knock(visit: &DoorVisit, pending: Pending, page: impl FnOnce(String) -> Response) -> Answered {
    let now = visit.caller.now;
    let word = visit.seats.take(seat_before(visit, Stage::Knocking, false), visit.caller.cookie.as_deref(), now)?;
    let seat = visit.seats.find(&word, now).ok_or(Fault::NotFound)?;
    visit.seats.begin(seat.number, pending, now);
    let mut response = page(seat.token.to_string());
    response.headers_mut().insert(header::SET_COOKIE, cookie::give(&word));
    Ok(response)
}

/// Each step on the way in has a cookie of its own: whoever planted or saw the one before has nothing by it.
pub(super) fn seated(visit: &DoorVisit, new: NewSeat, then: &str) -> Answered {
    let word = visit.seats.take(new, visit.caller.cookie.as_deref(), visit.caller.now)?;
    Ok(found_with(then, &word))
}

/// Leads on, and gives the browser its new word.
pub(super) fn found_with(then: &str, word: &str) -> Response {
    let mut response = found(then);
    response.headers_mut().insert(header::SET_COOKIE, cookie::give(word));
    response
}

/// A path with where to go on to after it.
pub(super) fn with_then(path: &str, then: &str) -> String {
    format!("{path}?{}", query_of(then))
}

/// Whether somebody reads what is confidential.
pub(crate) fn is_safeguarding(me: &Myself) -> bool {
    me.duties.iter().any(|duty| SAFEGUARDING.contains(duty))
}

/// How long somebody's sign-in lasts: by their duties, whether others use the computer too, and the school's settings.
async fn limits(visit: &DoorVisit, session: &Session, me: &Myself, is_shared: bool) -> Result<Limits, Fault> {
    let settings = visit.records.settings(session.school).await?;
    let is_safeguarding = is_safeguarding(me);
    let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
    let idle_safeguarding = minutes(settings.of(&identity::SIGN_IN_IDLE_SAFEGUARDING));
    let own = if is_safeguarding { idle_safeguarding } else { minutes(settings.of(&identity::SIGN_IN_IDLE)) };
    let idle = if is_shared { own.min(minutes(settings.of(&identity::SIGN_IN_IDLE_SHARED))) } else { own };
    Ok(Limits {
        idle,
        idle_safeguarding,
        longest: SignedDuration::from_hours(i64::from(settings.of(&identity::SIGN_IN_LONGEST))),
        confirmed: CONFIRMED_FOR,
    })
}

/// Of somebody who is not in yet: as short as any.
fn limits_of_anybody() -> Limits {
    let short = SignedDuration::from_mins(10);
    Limits { idle: short, idle_safeguarding: short, longest: short, confirmed: SignedDuration::ZERO }
}

/// Whether there are several schools here, so that whoever signs in says which.
async fn asks_for_school(visit: &DoorVisit) -> Result<bool, Fault> {
    Ok(visit.records.schools().await?.len() > 1)
}

/// Where to go on to: a path of ours, or home. Anything that a browser could take for another site is home.
pub(super) fn way_on(then: &str) -> String {
    let is_path = then.starts_with('/') && !then.starts_with("//") && then.len() <= 300;
    let is_plain = then.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_door = then.starts_with("/sign-in") || then.starts_with("/sign-out");
    if is_path && is_plain && !is_door { then.to_owned() } else { HOME.to_owned() }
}

/// Takes the cookie back and has the browser forget what it kept of us. Whoever came from a provider is told that they are still
/// signed in there.
pub(super) fn signed_out(is_signed_on: bool) -> Response {
    signed_out_to(if is_signed_on { "/sign-in?there=yes" } else { "/sign-in" })
}

/// The same, to the door that they came in by.
pub(super) fn signed_out_to(door: &str) -> Response {
    let mut response = found(door);
    response.headers_mut().insert(header::SET_COOKIE, cookie::take());
    response.headers_mut().insert(
        header::HeaderName::from_static("clear-site-data"),
        // Not its cookies: that would sign them out of all that the school has under the same domain.
        HeaderValue::from_static(r#""cache", "storage""#),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_never_leads_elsewhere() {
        for ours in ["/people", "/people/0190?from=list", "/settings/password.rotation.staff"] {
            assert_eq!(way_on(ours), ours);
        }
        for other in [
            "",
            "people",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/a\nb",
            "/sign-out",
            "/é",
        ] {
            assert_eq!(way_on(other), HOME, "{other}");
        }
    }
}
