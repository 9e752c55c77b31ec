//! Showing once more that it is really oneself, before something that matters (ASVS 5.0 §7.5.3), and unlocking what is sealed after
//! signing in without the password.

use super::super::{
    Frame, found, plain, render,
    sign_in::{found_with, own_place, way_on},
    sign_on::{self, Named},
};
use super::door::code_field;
use crate::{
    fields::Fields,
    kit::{Field, Problem, Width},
    seats::{Pending, Seats, Under},
    visit::{Answered, Caller, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault, Session,
    accounts::{PasskeyAnswer, Shown, Site},
};
use url::form_urlencoded;

/// What it is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Confirming,
    Unlocking,
}

#[derive(Template)]
#[template(path = "second_step/prove.html")]
struct ProvePage {
    frame: Frame,
    then: String,
    is_unlocking: bool,
    password: Field,
    /// A code does as well, of whoever has an app; nothing is unlocked by it.
    code: Option<Field>,
    /// What the browser is asked, of whoever has a passkey that works here.
    question: Option<String>,
    /// With which providers they can show it as well; nothing is unlocked by them.
    providers: Vec<Named>,
    then_query: String,
    problems: Vec<Problem>,
}

pub(crate) async fn confirm_page(visit: SignedVisit) -> Answered {
    let then = way_on(visit.query.get("then"));
    page(&visit, For::Confirming, then, None).await
}

pub(crate) async fn unlock_page(visit: SignedVisit) -> Answered {
    let then = way_on(visit.query.get("then"));
    if visit.session.unlocked.is_some() {
        return Ok(found(&then));
    }
    page(&visit, For::Unlocking, then, None).await
}

pub(crate) async fn confirm(visit: SignedVisit, fields: Fields) -> Answered {
    let then = way_on(fields.get("then"));
    let shown = if fields.exact("password").is_empty() && !fields.get("code").is_empty() {
        let place = own_place(&visit.seat);
        let shown = visit.records.confirm_with_code(&visit.session, fields.get("code"), &place).await;
        shown.map(|Shown { session, .. }| session).map_err(|fault| ("code", fault))
    } else {
        with_password(&visit, &fields).await.map_err(|fault| ("password", fault))
    };
    after(&visit, For::Confirming, then, shown).await
}

pub(crate) async fn unlock(visit: SignedVisit, fields: Fields) -> Answered {
    let then = way_on(fields.get("then"));
    let unlocked = with_password(&visit, &fields).await.map_err(|fault| ("password", fault));
    after(&visit, For::Unlocking, then, unlocked).await
}

pub(crate) async fn by_passkey(visit: SignedVisit, fields: Fields) -> Answered {
    let then = way_on(fields.get("then"));
    let asked =
        visit.seats.take_pending(visit.seat.number, Under::Asked, visit.caller.now).and_then(Pending::into_asked);
    let shown = match asked.filter(|_| !fields.get("credential").is_empty()) {
        Some(asked) => {
            let answer = PasskeyAnswer { credential: fields.get("credential"), derived: fields.get("derived") };
            let shown = visit.records.confirm_with_passkey(&visit.session, asked, answer).await;
            shown.map(|Shown { session, .. }| session)
        }
        None => Err(Fault::wrong("It took too long, or your browser sent no passkey. Try once more.")),
    };
    let purpose = if fields.get("for") == "unlocking" { For::Unlocking } else { For::Confirming };
    let shown = match shown {
        Ok(session) if purpose == For::Unlocking && session.unlocked.is_none() => {
            Err(Fault::wrong("This passkey cannot unlock. Type your password."))
        }
        shown => shown,
    };
    after(&visit, purpose, then, shown.map_err(|fault| ("password", fault))).await
}

/// A password confirms, and unlocks where nothing is unlocked yet.
async fn with_password(visit: &SignedVisit, fields: &Fields) -> Result<Session, Fault> {
    let (password, place) = (fields.exact("password"), own_place(&visit.seat));
    if visit.session.unlocked.is_none() {
        return visit.records.unlock(&visit.session, password, &place).await;
    }
    visit.records.confirm(&visit.session, password, &place).await.map(|()| visit.session.clone())
}

/// Leads on with the seat's new word: they showed that it is really them.
pub(in crate::pages) fn confirmed(seats: &Seats, caller: &Caller, way: &str) -> Answered {
    Ok(match seats.confirm(caller.cookie.as_deref().unwrap_or_default(), caller.now)? {
        Some(word) => found_with(way, &word),
        None => found("/sign-in"),
    })
}

async fn after(
    visit: &SignedVisit,
    purpose: For,
    then: String,
    shown: Result<Session, (&'static str, Fault)>,
) -> Answered {
    match shown {
        Ok(session) => {
            if visit.session.unlocked.is_none() && session.unlocked.is_some() {
                visit.seats.renew(visit.seat.number, &session);
            }
            confirmed(&visit.seats, &visit.caller, &then)
        }
        Err((field, fault @ (Fault::NotAllowed(_) | Fault::Wrong(_)))) => {
            page(visit, purpose, then, Some((field, plain(&fault)))).await
        }
        Err((_, fault)) => Err(fault),
    }
}

/// What is asked for by name: whoever signed in elsewhere has two passwords to mix up (docs/decisions/0034).
fn password_field(purpose: For) -> Field {
    let label = if purpose == For::Unlocking { "Your safeguarding passphrase" } else { "Password" };
    let field = Field::password("password", label, "current-password").width(Width::Twenty);
    if purpose == For::Unlocking {
        field.hint("The password of your Holdfast account, which you chose at your first sign-in. Not that of your school account.")
    } else {
        field
    }
}

async fn page(visit: &SignedVisit, purpose: For, then: String, wrong: Option<(&'static str, String)>) -> Answered {
    let has = visit.records.second_steps(&visit.session).await?;
    let site = Site::of(&visit.caller.origin);
    let site = site.filter(|site| has.passkeys.iter().any(|passkey| passkey.site == site.domain()));
    let question = match site {
        Some(site) => {
            let asked = visit.records.ask_passkey(site)?;
            let question = asked.question.clone();
            visit.seats.begin(visit.seat.number, Pending::of_asked(asked), visit.caller.now);
            Some(question)
        }
        None => None,
    };
    let error = |name: &str| wrong.as_ref().filter(|(field, _)| *field == name).map(|(_, words)| words.clone());
    let is_locked = visit.session.unlocked.is_none();
    let takes_code = purpose == For::Confirming && !is_locked && has.app_since.is_some();
    let password = password_field(purpose).error(error("password"));
    let code = takes_code.then(|| code_field(true, error("code")));
    let providers = match purpose {
        For::Confirming => sign_on::confirming(&visit.records, &visit.session).await?,
        For::Unlocking => Vec::new(),
    };
    let then_query = form_urlencoded::Serializer::new(String::new()).append_pair("then", &then).finish();
    let frame = Frame::arriving_or_signed(visit);
    let page = ProvePage {
        frame: if wrong.is_some() { frame.with_errors() } else { frame },
        then,
        is_unlocking: purpose == For::Unlocking,
        problems: password.problem().into_iter().chain(code.as_ref().and_then(Field::problem)).collect(),
        password,
        code,
        question,
        providers,
        then_query,
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(render(status, &page))
}
