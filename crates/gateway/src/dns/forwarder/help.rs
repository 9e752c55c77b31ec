//! Knowing the addresses of help sites and lifelines before anybody asks for them (practice 15, 16).

use super::{Forwarder, desk::On};
use crate::dns::question::Ask;
use hickory_proto::rr::RecordType;
use holdfast_core::{host::Host, ruleset::Ruleset};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet, time::sleep};

/// How often they are asked for, beside their renewal by the memory itself.
const AGAIN: Duration = Duration::from_hours(1);
/// The same while some could not be had.
const WHILE_MISSING: Duration = Duration::from_mins(1);
/// How many are asked for at once.
const AT_ONCE: usize = 16;

/// Asks for the addresses of help sites and lifelines at the start, at once whenever the policy changes, and again while
/// any is missing, so that they are known should every name service fail later. Ends when nobody holds the ruleset any
/// more.
pub async fn learn_always_open(forwarder: Arc<Forwarder>, mut ruleset: watch::Receiver<Arc<Ruleset>>) {
    loop {
        let current = Arc::clone(&ruleset.borrow_and_update());
        let hosts: Vec<Host> = current.always_open_hosts().filter_map(|host| Host::parse(host).ok()).collect();
        drop(current);
        let learning = async {
            loop {
                sleep(if learn(&forwarder, &hosts).await { AGAIN } else { WHILE_MISSING }).await;
            }
        };
        // What is known already is not asked for again, so that beginning anew loses nothing.
        tokio::select! {
            changed = ruleset.changed() => if changed.is_err() { return },
            () = learning => {}
        }
    }
}

/// Asks for these hosts' addresses, several at once, for the memory that is kept for help. Answers whether every one is
/// known.
async fn learn(forwarder: &Arc<Forwarder>, hosts: &[Host]) -> bool {
    let kinds = [RecordType::A, RecordType::AAAA];
    let mut asking = JoinSet::new();
    let mut all = true;
    for ask in hosts.iter().flat_map(|host| kinds.into_iter().filter_map(|kind| Ask::for_host(host, kind))) {
        if asking.len() >= AT_ONCE {
            all &= matches!(asking.join_next().await, Some(Ok(true)));
        }
        let forwarder = Arc::clone(forwarder);
        asking.spawn(async move { forwarder.find(ask, On::Learning).await.is_ok_and(|found| !found.is_stale) });
    }
    while let Some(asked) = asking.join_next().await {
        all &= matches!(asked, Ok(true));
    }
    all
}
