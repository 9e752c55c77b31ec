//! Who is on the way to a provider, and what for: on our side only, each good once and for a few minutes, and only in the browser
//! that was sent.

use super::Asked;
use crate::seats::{Key, Word, key, word};
use holdfast_records::{Fault, id};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// How long somebody may take at the provider.
const WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How many may be on the way at once, and how many of them from one address: a whole school may be one.
const MOST: usize = 4_000;
const MOST_EACH: usize = 1_000;

/// What somebody was sent to a provider for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To sign in, and where to go on to.
    SignIn { then: String, is_shared: bool },
    /// To say that an account is theirs, from this seat.
    Bind { seat: u64 },
    /// To show at this seat that it is really them, and where to go on to.
    Confirm { seat: u64, then: String },
}

/// Somebody on the way.
pub(crate) struct Way {
    pub(crate) school: id::School,
    pub(crate) provider: id::Provider,
    pub(crate) purpose: Purpose,
    pub(crate) begun: Timestamp,
    /// Where they come back to: the same must be said when the code is exchanged.
    pub(crate) back: String,
    pub(crate) nonce: Zeroizing<String>,
    pub(crate) verifier: Zeroizing<String>,
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Way")
    }
}

/// An account that somebody showed us, until they say that it is theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) provider: id::Provider,
    pub(crate) title: String,
    pub(crate) subject: String,
    pub(crate) name: Option<String>,
    pub(crate) at: Timestamp,
}

/// Everybody on the way.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// By the digest of their state.
    away: HashMap<Key, Away>,
    /// By the number of a seat.
    found: HashMap<u64, Found>,
}

#[derive(Debug)]
struct Away {
    way: Way,
    /// The digest of the word that their browser holds.
    browser: Key,
    place: String,
}

/// The words of somebody about to be sent: one travels with them, one stays in their browser.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) state: Word,
    pub(crate) cookie: Word,
}

/// New random words for a nonce and a verifier.
pub(crate) fn words() -> Result<[Zeroizing<String>; 2], Fault> {
    Ok([word()?, word()?])
}

impl Ticket {
    pub(crate) fn new() -> Result<Self, Fault> {
        Ok(Self { state: word()?, cookie: word()? })
    }
}

impl Ways {
    /// Remembers somebody who is sent to a provider.
    pub(crate) fn send(&self, ticket: &Ticket, way: Way, place: &str) {
        let mut held = self.held();
        let now = way.begun;
        held.away.retain(|_, away| is_fresh(away.way.begun, now));
        while held.away.values().filter(|away| away.place == place).count() >= MOST_EACH {
            held.drop_oldest(|away| away.place == place);
        }
        while held.away.len() >= MOST {
            held.drop_oldest(|_| true);
        }
        let away = Away { way, browser: key(&ticket.cookie), place: place.to_owned() };
        held.away.insert(key(&ticket.state), away);
    }

    /// Who came back with this state: once, soon enough, in the same browser, to where they were sent from. A state that
    /// another browser brings is spent all the same.
    pub(crate) fn take(
        &self,
        state: &str,
        cookie: Option<&str>,
        provider: id::Provider,
        now: Timestamp,
    ) -> Option<Way> {
        let away = self.held().away.remove(&key(state))?;
        let is_theirs = cookie.is_some_and(|cookie| {
            aws_lc_rs::constant_time::verify_slices_are_equal(&key(cookie), &away.browser).is_ok()
        });
        (is_theirs && away.way.provider == provider && is_fresh(away.way.begun, now)).then_some(away.way)
    }

    /// Keeps an account that somebody showed, until they say that it is theirs.
    pub(crate) fn keep(&self, seat: u64, found: Found) {
        let mut held = self.held();
        held.found.retain(|_, other| is_fresh(other.at, found.at));
        held.found.insert(seat, found);
    }

    /// What somebody showed from this seat.
    pub(crate) fn shown(&self, seat: u64, now: Timestamp) -> Option<Found> {
        self.held().found.get(&seat).filter(|found| is_fresh(found.at, now)).cloned()
    }

    /// The same, for once.
    pub(crate) fn shown_once(&self, seat: u64, now: Timestamp) -> Option<Found> {
        self.held().found.remove(&seat).filter(|found| is_fresh(found.at, now))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn drop_oldest(&mut self, which: impl Fn(&Away) -> bool) {
        let oldest = self.away.iter().filter(|(_, away)| which(away)).min_by_key(|(_, away)| away.way.begun);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.away.remove(&key);
        }
    }
}

impl Way {
    pub(crate) fn new(
        (school, provider): (id::School, id::Provider),
        purpose: Purpose,
        asked: Asked,
        back: String,
        begun: Timestamp,
    ) -> Self {
        Self { school, provider, purpose, begun, back, nonce: asked.nonce, verifier: asked.verifier }
    }
}

fn is_fresh(begun: Timestamp, now: Timestamp) -> bool {
    let since = now.duration_since(begun);
    since >= SignedDuration::ZERO && since < WITHIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn way(provider: id::Provider) -> Way {
        Way {
            school: id::School::new(at(0)).unwrap(),
            provider,
            purpose: Purpose::SignIn { then: "/today".to_owned(), is_shared: false },
            begun: at(0),
            back: String::new(),
            nonce: Zeroizing::default(),
            verifier: Zeroizing::default(),
        }
    }

    #[test]
    fn a_state_is_good_once_soon_in_its_own_browser_and_for_its_own_provider() {
        let (ways, provider) = (Ways::default(), id::Provider::new(at(0)).unwrap());
        let sent = || {
            let ticket = Ticket::new().unwrap();
            ways.send(&ticket, way(provider), "10.0.0.9");
            ticket
        };
        let ticket = sent();
        assert!(ways.take(&ticket.state, Some(&ticket.cookie), provider, at(9)).is_some());
        assert!(ways.take(&ticket.state, Some(&ticket.cookie), provider, at(9)).is_none());
        let (ticket, other) = (sent(), sent());
        assert!(ways.take(&ticket.state, Some(&other.cookie), provider, at(1)).is_none());
        assert!(ways.take(&ticket.state, Some(&ticket.cookie), provider, at(1)).is_none(), "it was spent");
        assert!(ways.take(&other.state, None, provider, at(1)).is_none());
        let ticket = sent();
        assert!(ways.take(&ticket.state, Some(&ticket.cookie), id::Provider::new(at(0)).unwrap(), at(1)).is_none());
        let ticket = sent();
        assert!(ways.take(&ticket.state, Some(&ticket.cookie), provider, at(10)).is_none());
    }

    #[test]
    fn whoever_sends_thousands_pushes_out_their_own_first() {
        let (ways, provider) = (Ways::default(), id::Provider::new(at(0)).unwrap());
        let ours = Ticket::new().unwrap();
        ways.send(&ours, way(provider), "10.0.0.9");
        for _ in 0..MOST_EACH + 5 {
            ways.send(&Ticket::new().unwrap(), way(provider), "10.0.0.66");
        }
        assert_eq!(ways.held().away.len(), MOST_EACH + 1);
        assert!(ways.take(&ours.state, Some(&ours.cookie), provider, at(1)).is_some());
    }
}
