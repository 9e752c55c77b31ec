//! Knowing the addresses of help sites and lifelines before anybody asks for them (practice 15, 16).

use super::Forwarder;
use holdfast_core::{host::Host, ruleset::Ruleset};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::timeout};

/// How often they are asked for, beside their renewal by the memory itself.
const AGAIN: Duration = Duration::from_hours(1);
/// The same while some could not be had.
const WHILE_MISSING: Duration = Duration::from_mins(1);

/// Asks for the addresses of help sites and lifelines at the start, whenever the policy changes, and again while any is
/// missing, so that they are known should every name service fail later. Ends when nobody holds the ruleset any more.
pub async fn learn_always_open(forwarder: Arc<Forwarder>, mut ruleset: watch::Receiver<Arc<Ruleset>>) {
    loop {
        let current = Arc::clone(&ruleset.borrow_and_update());
        let hosts: Vec<Host> = current.always_open_hosts().filter_map(|host| Host::parse(host).ok()).collect();
        drop(current);
        let pause = if forwarder.learn(&hosts).await { AGAIN } else { WHILE_MISSING };
        if let Ok(Err(_closed)) = timeout(pause, ruleset.changed()).await {
            return;
        }
    }
}
