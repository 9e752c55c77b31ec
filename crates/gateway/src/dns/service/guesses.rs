//! Personal names that are nobody's, and how many of them one client may try.
//!
//! A personal name is all that a device outside the school shows, so whoever tries names until one fits would be taken
//! for that person. A client that tried too many different ones is not listened to for a while: whatever name it comes
//! under, it is nobody, and judged as such.

use crate::limits::client_of;
use foldhash::fast::RandomState;
use std::{
    collections::{HashMap, HashSet},
    hash::BuildHasher,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// How many different ones a client may try within [`SPAN`]. A school behind one address with a batch of old profiles
/// stays below it.
const MOST: usize = 20;
/// How long tries are counted, and how long a client is not listened to afterwards, microseconds.
const SPAN: i64 = 60_000_000;
/// Most clients that are remembered.
const CLIENTS: usize = 4_096;

/// Every client's tries of late.
#[derive(Debug, Default)]
pub(crate) struct Guesses {
    /// How names are told apart; nobody outside can choose two that look the same.
    names: RandomState,
    clients: Mutex<HashMap<IpAddr, Tries, RandomState>>,
}

#[derive(Debug)]
struct Tries {
    /// When the first was counted, or, once there were too many, when the client fell silent; microseconds.
    since: i64,
    names: HashSet<u64, RandomState>,
}

impl Tries {
    fn holds(&self, now: i64) -> bool {
        // A clock that was set back ends it too.
        (0..SPAN).contains(&(now - self.since))
    }
}

impl Guesses {
    /// Whether this client's personal names are looked at. `now` is in microseconds since 1970-01-01 UTC.
    pub(super) fn may_try(&self, source: IpAddr, now: i64) -> bool {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.get(&client_of(source)).is_none_or(|tries| tries.names.len() < MOST || !tries.holds(now))
    }

    /// Counts a name that was nobody's. Whether it is a new one.
    pub(super) fn count(&self, source: IpAddr, name: &str, now: i64) -> bool {
        let name = self.names.hash_one(name);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= CLIENTS {
            clients.retain(|_, tries| tries.holds(now));
            // So many at once are one attacker with many addresses, who starts anew with each of them anyway.
            if clients.len() >= CLIENTS {
                clients.clear();
            }
        }
        let new = || Tries { since: now, names: HashSet::default() };
        let tries = clients.entry(client_of(source)).or_insert_with(new);
        if !tries.holds(now) {
            *tries = new();
        }
        let is_new = tries.names.insert(name);
        if is_new && tries.names.len() >= MOST {
            tries.since = now;
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn a_client_that_tries_many_names_is_not_listened_to_for_a_minute() {
        let guesses = Guesses::default();
        for number in 0..MOST {
            assert!(guesses.may_try(ONE, 0), "{number}");
            assert!(guesses.count(ONE, &format!("name-{number}"), 0));
        }
        assert!(!guesses.may_try(ONE, SPAN - 1) && guesses.may_try(OTHER, 0));
        assert!(guesses.may_try(ONE, SPAN), "a minute later");
        assert!(guesses.count(ONE, "name-1", SPAN), "counted from nothing");
        assert!(guesses.may_try(ONE, SPAN));
    }

    #[test]
    fn the_same_name_again_is_no_new_try() {
        let guesses = Guesses::default();
        for number in 0..100 {
            assert_eq!(guesses.count(ONE, "old-profile-1", number), number == 0);
        }
        assert!(guesses.may_try(ONE, 100));
    }

    #[test]
    fn memory_is_bounded() {
        let guesses = Guesses::default();
        for number in 0..10_000_u32 {
            guesses.count(IpAddr::V4(number.into()), "x", 0);
        }
        assert!(guesses.clients.lock().unwrap().len() <= CLIENTS);
    }
}
