//! The name services that this computer is told to use, followed: at a cold start they may come after us, and they
//! change with the network.

use crate::{config::ListenOn, name_servers};
use holdfast_gateway::dns::{forwarder::Forwarder, settings::UpstreamAddress};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How often is looked while there is none: nobody finds a name.
const WHILE_NONE: Duration = Duration::from_secs(5);
/// How often is looked otherwise.
const USUALLY: Duration = Duration::from_mins(1);

/// What was told last.
#[derive(Debug)]
pub struct Followed {
    /// What we listen on ourselves, and so never ask.
    listened: Vec<ListenOn>,
    known: Vec<UpstreamAddress>,
    looked: Instant,
}

impl Followed {
    /// From what was told at the start; `listened` is what we listen on ourselves.
    pub fn new(listened: Vec<ListenOn>, known: Vec<UpstreamAddress>) -> Self {
        Self { listened, known, looked: Instant::now() }
    }

    /// Looks whether it is due, and has `forwarder` ask others from now on where others are told. Reads the disk.
    pub fn look(&mut self, forwarder: &Arc<Forwarder>) {
        let Some(new) = self.changed(Instant::now(), name_servers::of_this_computer) else { return };
        let names = new.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match forwarder.use_upstreams(new) {
            Ok(()) => tracing::info!("the name services asked are now {names}"),
            Err(fault) => tracing::error!("the name services {names} cannot be asked: {fault}"),
        }
    }

    /// Others than before. That there is none any more is not taken over: those before may still answer.
    fn changed(
        &mut self,
        now: Instant,
        told: impl Fn(&[ListenOn]) -> Vec<UpstreamAddress>,
    ) -> Option<Vec<UpstreamAddress>> {
        let wait = if self.known.is_empty() { WHILE_NONE } else { USUALLY };
        if now.duration_since(self.looked) < wait {
            return None;
        }
        self.looked = now;
        let new = told(&self.listened);
        if new.is_empty() || new == self.known {
            return None;
        }
        self.known.clone_from(&new);
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_start_is_taken_over() {
        let list = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<UpstreamAddress>>();
        let mut followed = Followed::new(Vec::new(), Vec::new());
        let mut now = Instant::now();
        assert_eq!(followed.changed(now, |_| list(&["192.0.2.53"])), None, "not due yet");
        now += Duration::from_secs(6);
        assert_eq!(followed.changed(now, |_| Vec::new()), None);
        now += Duration::from_secs(6);
        assert_eq!(followed.changed(now, |_| list(&["192.0.2.53"])), Some(list(&["192.0.2.53"])));
        now += Duration::from_secs(6);
        assert_eq!(followed.changed(now, |_| list(&["192.0.2.54"])), None, "seldom once there is one");
        now += Duration::from_mins(1);
        assert_eq!(followed.changed(now, |_| list(&["192.0.2.53"])), None, "the same");
        now += Duration::from_mins(1);
        assert_eq!(followed.changed(now, |_| Vec::new()), None, "those before stay");
        now += Duration::from_mins(1);
        assert_eq!(followed.changed(now, |_| list(&["192.0.2.54"])), Some(list(&["192.0.2.54"])));
    }
}
