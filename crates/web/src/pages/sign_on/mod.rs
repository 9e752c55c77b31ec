//! Single sign-on: going to a provider and coming back, saying that an account is one's own, and the providers of the school.

pub(crate) mod account;
pub(crate) mod door;
pub(crate) mod settings;

use super::sign_in::query_of;
use crate::{
    cookie,
    seats::Seats,
    sign_on::{Purpose, Question, SignOn, Ticket, Way, words},
    visit::{Caller, DoorVisit},
};
use axum::{http::header, response::Response};
use holdfast_records::{
    Fault, Records, id,
    sign_on::{Provider, ProviderKind},
};
use std::sync::Arc;

/// A provider as pages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) title: String,
}

impl From<&Provider> for Named {
    fn from(provider: &Provider) -> Self {
        Self { id: provider.id.to_string(), title: provider.title.clone() }
    }
}

/// What the page where people sign in says of their other accounts.
#[derive(Debug)]
pub(crate) struct Others {
    /// The providers that people can sign in with here, of whichever school: a button each.
    pub(crate) providers: Vec<Named>,
    /// Where they were going, as it stands after a question mark.
    pub(crate) then_query: String,
    /// Whether they have just signed out here, and not there.
    pub(crate) stays_there: bool,
}

impl Others {
    pub(crate) async fn of(visit: &DoorVisit, then: &str) -> Result<Self, Fault> {
        let mut providers = Vec::new();
        for (school, _) in visit.records.schools().await? {
            providers.extend(visit.records.sign_on_providers(school).await?.iter().map(Named::from));
        }
        Ok(Self { providers, then_query: query_of(then), stays_there: visit.query.get("there") == "yes" })
    }
}

/// Those with which somebody can show at this seat that it is really them: providers that say when people signed in, and that
/// they have an account at.
pub(crate) async fn confirming(records: &Records, session: &holdfast_records::Session) -> Result<Vec<Named>, Fault> {
    let own = records.own_sign_on_bindings(session).await?;
    let providers = records.sign_on_providers(session.school).await?;
    let is_one = |provider: &&Provider| {
        // Google signs nobody in anew because we ask for it, and does not say when they did.
        provider.kind != ProviderKind::Google && own.iter().any(|binding| binding.provider == provider.id)
    };
    Ok(providers.iter().filter(is_one).map(Named::from).collect())
}

/// Somebody who is to be sent to a provider: what of, and by whom.
struct Sending<'a> {
    records: &'a Records,
    sign_on: &'a Arc<SignOn>,
    caller: &'a Caller,
    /// Whose provider it is.
    school: id::School,
    provider: id::Provider,
    purpose: Purpose,
}

/// What came of sending somebody to a provider.
enum Sent {
    /// They are on their way.
    Off(Response),
    /// It gives no answer that can be used.
    NoAnswer,
    /// Too many are asking at this moment.
    Busy,
}

/// Sends somebody to a provider. By a link and never by a form: what a form leads on to must be ours (`form-action`).
async fn send(sending: Sending<'_>) -> Result<Sent, Fault> {
    let Sending { records, sign_on, caller, school, provider, purpose } = sending;
    let entrusted = records.sign_on_provider(school, provider).await?;
    let back = way_back(&caller.origin, provider);
    let ticket = Ticket::new()?;
    let (words, now) = (words()?, caller.now);
    let (peers, asked_back, state) = (Arc::clone(sign_on), back.clone(), ticket.state.to_string());
    let is_anew = matches!(purpose, Purpose::Confirm { .. });
    let with_name = matches!(purpose, Purpose::Bind { .. });
    let asked = waiting(sign_on, move || {
        let question = Question { back: &asked_back, state: &state, is_anew, with_name };
        peers.peers.begin(&entrusted, question, words, now)
    })
    .await?;
    let asked = match asked {
        Some(Ok(asked)) => asked,
        None => return Ok(Sent::Busy),
        Some(Err(trouble)) => {
            tracing::warn!(%school, %provider, "nobody can be sent to a provider of single sign-on: {trouble}");
            return Ok(Sent::NoAnswer);
        }
    };
    let mut response = super::found(asked.address.as_str());
    response.headers_mut().insert(header::SET_COOKIE, cookie::give_way(&ticket.cookie));
    sign_on.ways.send(&ticket, Way::new((school, provider), purpose, asked, back, now), &caller.place());
    Ok(Sent::Off(response))
}

/// Where a provider sends people back to. One address for each provider: a code of one never reaches us as another's.
fn way_back(origin: &str, provider: id::Provider) -> String {
    format!("{origin}/sign-in/with/{provider}/back")
}

/// Runs something that waits for the network on a thread that may; not where too many do so already.
async fn waiting<T: Send + 'static>(
    sign_on: &SignOn,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Fault> {
    let Ok(place) = Arc::clone(&sign_on.asking).try_acquire_owned() else { return Ok(None) };
    let running = move || {
        let came = run();
        // Not before: whoever goes away leaves the thread running.
        drop(place);
        came
    };
    tokio::task::spawn_blocking(running)
        .await
        .map(Some)
        .map_err(|fault| Fault::Unavailable(format!("Asking a provider of single sign-on was cut short: {fault}.")))
}

/// The school that a provider is of.
async fn school_of(records: &Records, provider: id::Provider) -> Result<id::School, Fault> {
    for (school, _) in records.schools().await? {
        if records.sign_on_providers(school).await?.iter().any(|known| known.id == provider) {
            return Ok(school);
        }
    }
    Err(Fault::NotFound)
}

/// The number of the seat that this browser has, if somebody is in there.
fn seat_of(seats: &Seats, caller: &Caller) -> Option<crate::seats::Seat> {
    let cookie = caller.cookie.as_deref()?;
    seats.find(cookie, caller.now).filter(|seat| seat.session().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_more_than_eight_wait_for_providers_and_a_place_is_free_again_afterwards() {
        let sign_on = SignOn::default();
        let places: Vec<_> = (0..8).map(|_| Arc::clone(&sign_on.asking).try_acquire_owned().unwrap()).collect();
        assert_eq!(waiting(&sign_on, || 1).await.unwrap(), None);
        drop(places);
        for _ in 0..9 {
            assert_eq!(waiting(&sign_on, || 1).await.unwrap(), Some(1));
        }
    }
}
