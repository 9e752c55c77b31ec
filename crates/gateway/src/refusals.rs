//! The last refusals of each client address, in memory only, for `/stopped` on our own origin: a browser shows nothing
//! of why a CONNECT was refused, so the person looks there.

use holdfast_core::wording::Words;
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// One refusal, as the person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The event's reference.
    pub reference: Arc<str>,
    /// When: microseconds since 1970-01-01 UTC.
    pub at_micros: i64,
    /// The host asked for; absent for a sealed hit.
    pub host: Option<Arc<str>>,
    /// What the person is told.
    pub words: Words,
}

/// The last refusals of every client. Nothing here is written anywhere, and all of it is gone after an hour.
#[derive(Debug, Default)]
pub struct Refusals {
    clients: Mutex<HashMap<IpAddr, VecDeque<Refusal>>>,
}

/// How many are kept for one client.
const OF_ONE_CLIENT: usize = 20;
/// How many clients are kept.
const CLIENTS: usize = 4_096;
/// How long they are kept, in microseconds.
const KEPT_MICROS: i64 = 3_600_000_000;

impl Refusals {
    /// The last refusals of this address within the hour before `now_micros`, newest first.
    pub fn of(&self, client: IpAddr, now_micros: i64) -> Vec<Refusal> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(refusals) = clients.get(&client.to_canonical()) else { return Vec::new() };
        let recent = refusals.iter().rev().filter(|refusal| now_micros - refusal.at_micros < KEPT_MICROS);
        recent.cloned().collect()
    }

    pub(crate) fn add(&self, client: IpAddr, refusal: Refusal) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = client.to_canonical();
        if clients.len() >= CLIENTS && !clients.contains_key(&client) {
            let now = refusal.at_micros;
            clients.retain(|_, kept| kept.back().is_some_and(|last| now - last.at_micros < KEPT_MICROS));
            if clients.len() >= CLIENTS {
                return;
            }
        }
        let kept = clients.entry(client).or_default();
        // A page that is stopped asks again and again; the same host is told once, with its last time.
        if kept.back().is_some_and(|last| last.host.is_some() && last.host == refusal.host) {
            kept.pop_back();
        }
        if kept.len() >= OF_ONE_CLIENT {
            kept.pop_front();
        }
        kept.push_back(refusal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_sees_its_own_recent_refusals_only() {
        let refusals = Refusals::default();
        let (one, two) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let words = Words { heading: "h".into(), explanation: "e".into(), next: "n".into() };
        for number in 0..30_i64 {
            let host = Some(Arc::from(format!("site{number}.example")));
            refusals.add(one, Refusal { reference: "r".into(), at_micros: number, host, words: words.clone() });
        }
        let seen = refusals.of(one, 100);
        assert_eq!(seen.len(), OF_ONE_CLIENT);
        assert_eq!(seen[0].host.as_deref(), Some("site29.example"));
        assert!(refusals.of(two, 100).is_empty());
        assert!(refusals.of(one, KEPT_MICROS + 100).is_empty());
    }
}
