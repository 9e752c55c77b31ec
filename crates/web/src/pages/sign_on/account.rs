//! One's own accounts at providers: which they are, adding one, taking one back; and showing with one that it is really oneself.

use super::super::announce;
use super::{
    Named, Sending, Sent,
    door::{busy, no_answer},
    send,
};
use crate::{
    fields::Fields,
    kit::Problem,
    pages::{Frame, Here, found, plain, render, sign_in::way_on},
    sign_on::Purpose,
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{Fault, id};

#[derive(Template)]
#[template(path = "sign_on/account.html")]
struct AccountPage {
    frame: Frame,
    own: Vec<OwnRow>,
    providers: Vec<Named>,
    /// Whether they are in with their password, so that they can add one.
    is_unlocked: bool,
}

struct OwnRow {
    id: String,
    title: String,
    since: String,
}

#[derive(Template)]
#[template(path = "sign_on/found.html")]
struct FoundPage {
    frame: Frame,
    title: String,
    name: Option<String>,
    problems: Vec<Problem>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let zone = &visit.sources.school.zone;
    let providers = visit.records.sign_on_providers(visit.session.school).await?;
    let bindings = visit.records.own_sign_on_bindings(&visit.session).await?;
    let title = |provider: id::Provider| providers.iter().find(|known| known.id == provider).map(|known| &known.title);
    let own = bindings.iter().map(|binding| OwnRow {
        id: binding.id.to_string(),
        title: title(binding.provider).cloned().unwrap_or_default(),
        since: words::when(binding.bound_at, visit.caller.now, zone),
    });
    let own = own.collect();
    let page = AccountPage {
        frame: Frame::signed(&visit, Here::Account),
        own,
        providers: providers.iter().map(Named::from).collect(),
        is_unlocked: visit.session.unlocked.is_some(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Sends somebody to a provider to show which account is theirs.
pub(crate) async fn add(visit: SignedVisit) -> Answered {
    if visit.session.unlocked.is_none() {
        return Err(Fault::Locked("Unlock with your password first: only that shows that you are you.".to_owned()));
    }
    let purpose = Purpose::Bind { seat: visit.seat.number };
    sent(&visit, purpose).await
}

/// Sends somebody to a provider to show that it is really them.
pub(crate) async fn confirm(visit: SignedVisit) -> Answered {
    let purpose = Purpose::Confirm { seat: visit.seat.number, then: way_on(visit.query.get("then")) };
    sent(&visit, purpose).await
}

async fn sent(visit: &SignedVisit, purpose: Purpose) -> Answered {
    let sending = Sending {
        records: &visit.records,
        sign_on: &visit.sign_on,
        caller: &visit.caller,
        school: visit.session.school,
        provider: id::Provider::parse(visit.places.get("provider"))?,
        purpose,
    };
    match send(sending).await? {
        Sent::Off(response) => Ok(response),
        Sent::NoAnswer => Ok(no_answer(&visit.sources)),
        Sent::Busy => Ok(busy(&visit.sources)),
    }
}

/// The account that they showed: is it theirs?
pub(crate) async fn found_page(visit: SignedVisit) -> Answered {
    let Some(shown) = visit.sign_on.ways.shown(visit.seat.number, visit.caller.now) else {
        return Ok(found("/account/sign-on"));
    };
    let frame = Frame::signed(&visit, Here::Account);
    Ok(render(StatusCode::OK, &FoundPage { frame, title: shown.title, name: shown.name, problems: Vec::new() }))
}

/// They say that it is.
pub(crate) async fn bind(visit: SignedVisit, _: Fields) -> Answered {
    let Some(shown) = visit.sign_on.ways.shown_once(visit.seat.number, visit.caller.now) else {
        return Ok(found("/account/sign-on"));
    };
    match visit.records.bind_sign_on(&visit.session, shown.provider, &shown.subject).await {
        Ok(_) => {
            announce(
                &visit,
                "Account added",
                "You can sign in with it from now on. What is sealed opens with your safeguarding passphrase as before: the password of your account here.",
            );
            Ok(found("/account/sign-on"))
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            let frame = Frame::signed(&visit, Here::Account).with_errors();
            let problems = vec![Problem::of_all(plain(&fault))];
            let page = FoundPage { frame, title: shown.title, name: shown.name, problems };
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(fault),
    }
}

/// They take one back.
pub(crate) async fn remove(visit: SignedVisit, _: Fields) -> Answered {
    let binding = id::Binding::parse(visit.places.get("binding"))?;
    visit.records.unbind_sign_on(&visit.session, binding).await?;
    announce(
        &visit,
        "Account removed",
        "Nobody signs in as you with it any more. Whoever was signed in with it is out at their next click.",
    );
    Ok(found("/account/sign-on"))
}
