//! How many connections there may be, in all and from one address.

use crate::{dns::counters, events};
use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Where one door counts its connections.
pub(crate) trait Tally: Send + Sync {
    /// Those open now.
    fn places_taken(&self) -> &AtomicU64;
    /// Those turned away because a limit was reached.
    fn turned_back(&self) -> &AtomicU64;
}

impl Tally for events::Counters {
    fn places_taken(&self) -> &AtomicU64 {
        &self.open_connections
    }

    fn turned_back(&self) -> &AtomicU64 {
        &self.turned_away
    }
}

impl Tally for counters::Counters {
    fn places_taken(&self) -> &AtomicU64 {
        &self.open_connections
    }

    fn turned_back(&self) -> &AtomicU64 {
        &self.crowded_out
    }
}

/// The client behind an address, as it is counted. An IPv6 network gives each computer a whole /64 to choose addresses
/// from (RFC 4291 §2.5.4, RFC 8981), so those of one /64 are counted as one.
pub(crate) fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Counts connections and turns away those above the limits.
pub(crate) struct Limits {
    most: usize,
    most_per_client: usize,
    open: Mutex<Open>,
    tally: Arc<dyn Tally>,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("open", &self.open).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    clients: HashMap<IpAddr, usize>,
}

/// One connection's place. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Permit {
    limits: Arc<Limits>,
    client: IpAddr,
}

impl Limits {
    pub(crate) fn new(most: usize, most_per_client: usize, tally: Arc<impl Tally + 'static>) -> Arc<Self> {
        Arc::new(Self { most, most_per_client, open: Mutex::default(), tally })
    }

    /// A place for one more connection from this address, if there is one.
    pub(crate) fn admit(self: &Arc<Self>, source: IpAddr) -> Option<Permit> {
        let client = client_of(source);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let total = open.total;
        let of_client = open.clients.entry(client).or_default();
        if total >= self.most || *of_client >= self.most_per_client {
            if *of_client == 0 {
                open.clients.remove(&client);
            }
            self.tally.turned_back().fetch_add(1, Relaxed);
            return None;
        }
        *of_client += 1;
        open.total += 1;
        self.tally.places_taken().fetch_add(1, Relaxed);
        Some(Permit { limits: Arc::clone(self), client })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.limits.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total = open.total.saturating_sub(1);
        if let Some(count) = open.clients.get_mut(&self.client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.clients.remove(&self.client);
            }
        }
        self.limits.tally.places_taken().fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_count_as_one_client() {
        let limits = Limits::new(8, 1, Arc::<events::Counters>::default());
        let first = limits.admit("2001:db8::1".parse().unwrap());
        assert!(first.is_some() && limits.admit("2001:db8::2:3:4:5".parse().unwrap()).is_none());
        let others: Vec<_> =
            ["2001:db8:0:1::1", "192.0.2.1", "::ffff:192.0.2.2"].map(|text| limits.admit(text.parse().unwrap())).into();
        assert!(others.iter().all(Option::is_some));
        assert!(limits.admit("192.0.2.2".parse().unwrap()).is_none(), "the same client, written in two ways");
    }

    #[test]
    fn places_are_given_and_freed() {
        let limits = Limits::new(3, 2, Arc::<events::Counters>::default());
        let (one, two) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = limits.admit(one);
        let second = limits.admit(one);
        assert!(first.is_some() && second.is_some() && limits.admit(one).is_none());
        let third = limits.admit(two);
        assert!(third.is_some() && limits.admit(two).is_none());
        drop(first);
        assert!(limits.admit(one).is_some());
        drop((second, third));
        assert_eq!(limits.tally.places_taken().load(Relaxed), 0);
        assert_eq!(limits.tally.turned_back().load(Relaxed), 2);
        assert!(limits.open.lock().unwrap().clients.is_empty());
    }
}
