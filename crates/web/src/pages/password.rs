//! Changing one's own password: because one wants to, or because it is past the day that the school's policy sets.

use super::{
    Frame, Here, announce, found, plain, render,
    second_step::prove::confirmed,
    sign_in::{own_place, way_on, with_then},
};
use crate::{
    fields::Fields,
    kit::{Field, Problem},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault,
    accounts::{Due, Standing},
};

/// Where it is done.
const HERE: &str = "/account/password";
/// What the page says of a clause that departs from national advice, and what could stand in its place (OWASP ASVS 5.0 §6.2.10, NIST
/// SP 800-63B-4 §3.1.1.2, NCSC).
pub(super) const DEPARTS: &str = "Our school’s policy has people change their password by date. National advice (the NCSC, NIST, OWASP \
    ASVS 5.0 §6.2.10) is not to: people who must change often choose weaker ones.";
/// The amended clause.
pub(super) const AMENDED: &str = "“Staff choose a password of at least twelve characters that is not one of the well-known ones, show a \
    second step where their work is confidential, and change the password at once when somebody else may know it.”";

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    frame: Frame,
    then: String,
    old: Field,
    new: Field,
    again: Field,
    /// Whether it is past its day, and changed before anything else.
    is_owed: bool,
    /// Whether they may put it off for this sign-in.
    may_postpone: bool,
    /// Whether it is changed by date here.
    by_date: bool,
    problems: Vec<Problem>,
}

/// Whether a page can be asked for by somebody who changes their password first.
pub(crate) fn comes_first(path: &str) -> bool {
    path == HERE || path == "/account/password/later"
}

/// Leads to where it is changed, and on from there.
pub(crate) fn due_first(then: Option<&str>) -> Response {
    match then {
        Some(then) => found(&with_then(HERE, then)),
        None => found(HERE),
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let then = after(visit.query.get("then"));
    show(&visit, StatusCode::OK, then, None).await
}

pub(crate) async fn change(visit: SignedVisit, fields: Fields) -> Answered {
    let (old, new, again) = (fields.exact("old"), fields.exact("new"), fields.exact("again"));
    let then = after(fields.get("then"));
    let place = own_place(&visit.seat);
    let changed = if new == again {
        visit.records.change_password_from(&visit.session, old, new, &place).await
    } else {
        Err(Fault::wrong("The two new passwords are not the same. Type the new one twice."))
    };
    let problem = match changed {
        Ok(session) => {
            visit.seats.renew(visit.seat.number, &session);
            visit.seats.settle(visit.seat.number);
            // Whoever knew the old one may sit in another browser (ASVS 5.0 §7.4.3).
            visit.seats.end_others(&session, visit.seat.number);
            announce(&visit, "Your password is changed", "You were signed out everywhere else.");
            return confirmed(&visit.seats, &visit.caller, &then);
        }
        Err(fault @ Fault::NotAllowed(_)) => ("old", plain(&fault)),
        Err(fault @ Fault::Wrong(_)) => ("new", plain(&fault)),
        Err(fault) => return Err(fault),
    };
    show(&visit, StatusCode::UNPROCESSABLE_ENTITY, then, Some(problem)).await
}

/// Puts the change off for this sign-in.
pub(crate) async fn later(visit: SignedVisit, fields: Fields) -> Answered {
    visit.records.postpone_password_change(&visit.session).await?;
    visit.seats.settle(visit.seat.number);
    announce(
        &visit,
        "Your password stays for now",
        "It is noted in the log. At your next sign-in you are asked again.",
    );
    Ok(found(&way_on(fields.get("then"))))
}

async fn show(visit: &SignedVisit, status: StatusCode, then: String, problem: Option<(&str, String)>) -> Answered {
    let due = visit.records.own_password_due(&visit.session).await?;
    let frame = Frame::signed(visit, Here::Account);
    let error = |name: &str| problem.as_ref().filter(|(at, _)| *at == name).map(|(_, words)| words.clone());
    let field = |name: &str, label: &str, kind| Field::password(name, label, kind).error(error(name));
    let (old, new, again) = (
        field("old", "Your password now", "current-password"),
        field("new", "New password", "new-password").hint("12 characters or more. Three random words are good."),
        field("again", "The new one again", "new-password"),
    );
    let page = PasswordPage {
        frame: if problem.is_some() { frame.with_errors() } else { frame },
        then,
        problems: [&old, &new, &again].into_iter().filter_map(Field::problem).collect(),
        old,
        new,
        again,
        is_owed: visit.seat.owes,
        may_postpone: visit.seat.owes && due.as_ref().is_some_and(|due| due.may_postpone),
        by_date: due.is_some_and(|due| due.standing.is_enforced()),
    };
    Ok(render(status, &page))
}

/// Where to go on to after it: to one's account, if one was on the way to nowhere.
fn after(then: &str) -> String {
    if then.is_empty() { "/account".to_owned() } else { way_on(then) }
}

/// How it stands with somebody's password, for their account.
pub(super) fn in_words(due: Option<&Due>, visit: &SignedVisit) -> String {
    let zone = &visit.sources.school.zone;
    let Some(due) = due else { return "You have none here".to_owned() };
    let set = format!("Only you know it. Set on {}", words::day(due.set_at, zone));
    match (&due.standing, due.due_at) {
        (Standing::Enforced { .. }, Some(at)) => format!("{set}; to be changed by {}", words::day(at, zone)),
        _ => set,
    }
}

/// What somebody is told once the day is near.
pub(super) fn reminder(due: &Due, visit: &SignedVisit) -> Option<String> {
    let (days, at) = (due.days_left.filter(|_| due.standing.is_enforced())?, due.due_at?);
    let day = words::day(at, &visit.sources.school.zone);
    Some(match days {
        ..=0 => "Your password is past its day: at your next sign-in you change it before anything else.".to_owned(),
        1 => format!("Your password must be changed by tomorrow, {day}."),
        _ if due.is_urgent() => format!("Your password must be changed in {days} days, by {day}."),
        _ => format!("Your password is to be changed by {day}."),
    })
}
