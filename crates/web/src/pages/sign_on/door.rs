//! Going to a provider from the door, and coming back from one.

use super::{Sending, Sent, seat_of, send, waiting};
use crate::{
    cookie,
    pages::{
        Frame, Here, errors, found, render,
        second_step::prove::confirmed,
        sign_in::{Arrival, arrive, way_on},
    },
    seats::SecondStep,
    sign_on::{Found, Known, Purpose, Trouble, Way},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use holdfast_records::{
    id,
    sign_on::{Provider, SignOnOutcome, SignedOn},
};

/// The longest code, state or issuer that is looked at, in bytes.
const LONGEST: usize = 4_096;

#[derive(Template)]
#[template(path = "sign_on/not_in.html")]
struct NotInPage {
    frame: Frame,
    title: &'static str,
    words: String,
    /// Where to go on.
    href: &'static str,
    href_words: &'static str,
}

/// Sends somebody from the door to a provider.
pub(crate) async fn start(visit: DoorVisit) -> Answered {
    let then = way_on(visit.query.get("then"));
    if seat_of(&visit.seats, &visit.caller).is_some() {
        return Ok(found(&then));
    }
    let provider = id::Provider::parse(visit.places.get("provider"))?;
    let school = super::school_of(&visit.records, provider).await?;
    let purpose = Purpose::SignIn { then, is_shared: visit.query.get("shared") == "yes" };
    let sending =
        Sending { records: &visit.records, sign_on: &visit.sign_on, caller: &visit.caller, school, provider, purpose };
    match send(sending).await? {
        Sent::Off(response) => Ok(response),
        Sent::NoAnswer => Ok(not_in(&visit, StatusCode::BAD_GATEWAY, NO_ANSWER)),
        Sent::Busy => Ok(not_in(&visit, StatusCode::SERVICE_UNAVAILABLE, BUSY)),
    }
}

/// Takes somebody in who comes back from a provider. Whatever is wrong, they are told plainly, and nothing else happens.
pub(crate) async fn back(visit: DoorVisit) -> Answered {
    let mut response = come_back(&visit).await.unwrap_or_else(|fault| errors::of(&visit.sources, &fault));
    response.headers_mut().append(header::SET_COOKIE, cookie::take_way());
    Ok(response)
}

async fn come_back(visit: &DoorVisit) -> Answered {
    let provider = id::Provider::parse(visit.places.get("provider"))?;
    let said = |name: &str| Some(visit.query.exact(name)).filter(|value| !value.is_empty() && value.len() <= LONGEST);
    let state = said("state").unwrap_or_default();
    let cookie = visit.caller.way.as_deref();
    let Some(way) = visit.sign_on.ways.take(state, cookie, provider, visit.caller.now) else {
        return Ok(not_in(visit, StatusCode::BAD_REQUEST, NOT_SENT));
    };
    let entrusted = visit.records.sign_on_provider(way.school, provider).await?;
    let issuer = said("iss").map(str::to_owned);
    let code = said("code").map(str::to_owned);
    if code.is_none() {
        // They said no there, or were not let in. The provider's own words are not shown: anybody could have put them there.
        return Ok(not_in(visit, StatusCode::FORBIDDEN, REFUSED));
    }
    let (code, sign_on, now) = (code.unwrap_or_default(), std::sync::Arc::clone(&visit.sign_on), visit.caller.now);
    let provider = entrusted.0.clone();
    let school = way.school;
    let came = waiting(&visit.sign_on, move || {
        let is_from = sign_on.peers.is_from(&entrusted.0, issuer.as_deref(), now);
        let known = match is_from {
            Ok(true) => sign_on.peers.finish(&entrusted, (&code, &way.back), (&way.nonce, &way.verifier), now),
            Ok(false) => Err(Trouble::NotBelieved("another provider sent them back".to_owned())),
            Err(trouble) => Err(trouble),
        };
        (known, way)
    })
    .await?;
    let Some((known, way)) = came else {
        tracing::warn!(%school, "too many wait for providers of single sign-on; somebody who came back was not looked at");
        return Ok(not_in(visit, StatusCode::SERVICE_UNAVAILABLE, BUSY));
    };
    match known {
        Ok(known) => come_for(visit, &provider, way, known).await,
        Err(trouble) => {
            // No name, no subject: which provider, and what was wrong.
            tracing::warn!(school = %way.school, provider = %provider.id, "a single sign-on failed: {trouble}");
            visit.records.sign_in_failed(way.school, None).await?;
            let words = match trouble {
                Trouble::NoAnswer(_) | Trouble::CodeRefused(_) => NO_ANSWER,
                Trouble::OtherOrganisation => OTHER_ORGANISATION,
                Trouble::OtherIssuer(_) | Trouble::Unsafe(_) | Trouble::NotBelieved(_) => NOT_BELIEVED,
            };
            Ok(not_in(visit, StatusCode::FORBIDDEN, words))
        }
    }
}

/// Does what they were sent for.
async fn come_for(visit: &DoorVisit, provider: &Provider, way: Way, known: Known) -> Answered {
    match way.purpose {
        Purpose::SignIn { then, is_shared } => {
            let has_second_step = known.second_step.is_some();
            let begun = visit.records.begin_sign_on(way.school, provider.id, &known.subject, has_second_step).await?;
            let SignedOn { session, binding } = match begun {
                SignOnOutcome::In(signed_on) => signed_on,
                SignOnOutcome::Short => return Ok(not_in(visit, StatusCode::FORBIDDEN, NO_SECOND_STEP)),
                SignOnOutcome::Nobody => return Ok(not_in(visit, StatusCode::FORBIDDEN, UNBOUND)),
            };
            let shown = known.second_step.map_or(SecondStep::NotShown, |word| SecondStep::ByProvider(word.into()));
            arrive(visit, Arrival { session, shown, is_shared, signed_on: Some(binding) }, &then).await
        }
        Purpose::Bind { seat } => {
            let own = seat_of(&visit.seats, &visit.caller).filter(|own| own.number == seat);
            if own.is_none() {
                return Ok(not_in(visit, StatusCode::FORBIDDEN, NOT_SENT));
            }
            let shown = Found {
                provider: provider.id,
                title: provider.title.clone(),
                subject: known.subject,
                name: known.name,
                at: visit.caller.now,
            };
            visit.sign_on.ways.keep(seat, shown);
            Ok(found("/account/sign-on/found"))
        }
        Purpose::Confirm { seat, then } => {
            let own = seat_of(&visit.seats, &visit.caller).filter(|own| own.number == seat);
            let Some(session) = own.as_ref().and_then(|own| own.session()) else {
                return Ok(not_in(visit, StatusCode::FORBIDDEN, NOT_SENT));
            };
            if !known.is_anew(way.begun) {
                return Ok(not_in(visit, StatusCode::FORBIDDEN, NOT_ANEW));
            }
            if !visit.records.confirm_sign_on(session, provider.id, &known.subject).await? {
                return Ok(not_in(visit, StatusCode::FORBIDDEN, SOMEBODY_ELSE));
            }
            confirmed(&visit.seats, &visit.caller, &then)
        }
    }
}

/// What somebody is told who was not let in.
type Words = (&'static str, &'static str, (&'static str, &'static str));

const TO_DOOR: (&str, &str) = ("/sign-in", "Sign in another way");
const TO_CONFIRM: (&str, &str) = ("/account/confirm", "Show with your password that it is you");
const NOT_SENT: Words = (
    "This did not begin here",
    "You came back from a sign-in that was not begun in this browser, was begun too long ago, or was used before. Nothing was \
     done. Begin again from our own page.",
    TO_DOOR,
);
const REFUSED: Words = (
    "You were not signed in there",
    "The page that you came from did not sign you in, or you said no. Nothing was done.",
    TO_DOOR,
);
const NO_ANSWER: Words = (
    "The other sign-in does not answer",
    "Your school’s other sign-in could not be asked who you are. That is not your fault. Your name and password work here all \
     the same. If it stays so, tell whoever looks after Holdfast: the machine’s log says more.",
    TO_DOOR,
);
const BUSY: Words = (
    "Try again in a moment",
    "Too many people are waiting for other sign-ins just now, so yours was not begun or not finished. Nothing was done. Wait a \
     moment and begin again, or use your name and password.",
    TO_DOOR,
);
const NOT_BELIEVED: Words = (
    "You could not be signed in",
    "What came back does not prove who you are, so nothing was done. Try once more. If it stays so, tell whoever looks after \
     Holdfast: the machine’s log says more.",
    TO_DOOR,
);
const OTHER_ORGANISATION: Words = (
    "This account is not your school’s",
    "You chose an account of another organisation, or one of your own. Choose the one that your school gave you.",
    TO_DOOR,
);
const UNBOUND: Words = (
    "This account is nobody’s here yet",
    "You are signed in there, but nobody here has said that this account is theirs. Sign in with your name and password once, \
     then open “Your account” and add it. We do not go by e-mail addresses, because they can be given to others.",
    ("/sign-in", "Sign in with your name and password"),
);
const NO_SECOND_STEP: Words = (
    "Your duties need a second step",
    "The other sign-in did not show that you gave a second step there. Sign in here with your name and password and your second \
     step, or with your passkey.",
    TO_DOOR,
);
const NOT_ANEW: Words = (
    "You were not asked again there",
    "To show that it is really you, you must sign in there anew; your earlier sign-in was used. Show it with your password \
     instead.",
    TO_CONFIRM,
);
const SOMEBODY_ELSE: Words = (
    "That account is not yours",
    "You signed in there with an account that you have not added here. Nothing was done.",
    TO_CONFIRM,
);

fn not_in(visit: &DoorVisit, status: StatusCode, (title, words, (href, href_words)): Words) -> Response {
    let frame = Frame::new(&visit.sources, Here::SignIn);
    render(status, &NotInPage { frame, title, words: words.to_owned(), href, href_words })
}

/// The page for somebody signed in whom a provider could not be asked about.
pub(super) fn no_answer(sources: &crate::sources::Sources) -> Response {
    on_account(sources, StatusCode::BAD_GATEWAY, NO_ANSWER)
}

/// The same where too many wait already.
pub(super) fn busy(sources: &crate::sources::Sources) -> Response {
    on_account(sources, StatusCode::SERVICE_UNAVAILABLE, BUSY)
}

fn on_account(sources: &crate::sources::Sources, status: StatusCode, (title, words, _): Words) -> Response {
    let frame = Frame::new(sources, Here::Account);
    let (href, href_words) = ("/account", "Back to your account");
    render(status, &NotInPage { frame, title, words: words.to_owned(), href, href_words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_begun_before_we_sent_them_is_none_anew() {
        let since = "2026-11-23T08:00:00Z".parse::<jiff::Timestamp>().unwrap();
        let known = |signed_in_at| Known { subject: "s".to_owned(), second_step: None, signed_in_at, name: None };
        assert!(known(Some(since.as_second())).is_anew(since));
        assert!(known(Some(since.as_second() - 60)).is_anew(since), "clocks differ");
        assert!(!known(Some(since.as_second() - 61)).is_anew(since));
        assert!(!known(None).is_anew(since));
    }
}
