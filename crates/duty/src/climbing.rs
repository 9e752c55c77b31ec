//! Climbing by the clock: who is due to be told of a concern that nobody has answered is told, a few times a minute; after the program was
//! down, at once, in their turn. It is the records that say who (`holdfast_records::concern::climb`); here it is only looked often enough.
//!
//! Whoever answers first is told in the act that reports, so what is lost while this does not run is that it goes on to the next. That
//! must not go unseen: a round that fails, that hangs or that breaks off is an alarm, and is begun again.

use holdfast_activity::health::Alarm;
use holdfast_records::{Fault, Records};
use jiff::Timestamp;
use std::time::Duration;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time,
};

/// How often it is looked who is due: a concern of the highest severity goes on after fifteen minutes.
const LOOK: Duration = Duration::from_secs(15);
/// How long one round may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// What it means for people; how it came about stands behind it.
const WORDS: &str = "Concerns that nobody answers are not passed on to whoever is next. Whoever hears concerns: look at the list of \
    concerns now, and again until this is mended.";

/// Starts the task. Must be called within a runtime. The store may be away; then it is waited for.
pub fn start(records: watch::Receiver<Option<Records>>) -> (JoinHandle<()>, watch::Receiver<Option<Alarm>>) {
    let (tell, alarm) = watch::channel(None);
    (tokio::spawn(watch_over(records, tell)), alarm)
}

/// Begins the rounds again whenever they break off by a fault of ours.
async fn watch_over(records: watch::Receiver<Option<Records>>, tell: watch::Sender<Option<Alarm>>) {
    loop {
        // Ended with this task, which the set of a handle alone would not be.
        let mut rounds = JoinSet::new();
        rounds.spawn(go_round(records.clone(), tell.clone()));
        match rounds.join_next().await {
            Some(Err(fault)) if fault.is_panic() => {
                tracing::error!("concerns were not passed on for a moment: {fault}; please report this");
                let wrong = "A part of the program broke off; it was begun again.".to_owned();
                tell.send_if_modified(|known| tell_of(known, Some(wrong), Timestamp::now()));
                time::sleep(LOOK).await;
            }
            _ => return,
        }
    }
}

async fn go_round(mut records: watch::Receiver<Option<Records>>, tell: watch::Sender<Option<Alarm>>) {
    loop {
        let store = records.borrow_and_update().clone();
        if let Some(store) = store {
            let wrong = round(&store).await.err().map(|fault| fault.to_string());
            let now = store.clock().now();
            tell.send_if_modified(|known| tell_of(known, wrong, now));
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            changed = records.changed() => if changed.is_err() { return },
        }
    }
}

/// Puts what is wrong in the place of what was; whether that is news.
fn tell_of(known: &mut Option<Alarm>, wrong: Option<String>, now: Timestamp) -> bool {
    Alarm::put(known, wrong.map(|wrong| format!("{WORDS} {wrong}")), now)
}

/// Tells whoever is due, at every school of the store.
///
/// # Errors
/// The first school's that failed; the others were seen to.
pub async fn round(records: &Records) -> Result<(), Fault> {
    let too_long = || Fault::Unavailable("The records did not answer for two minutes.".to_owned());
    let mut failed = None;
    let schools = time::timeout(PATIENCE, records.schools()).await.unwrap_or_else(|_elapsed| Err(too_long()))?;
    for (school, code) in schools {
        // One school that does not answer keeps no other one waiting for good.
        let climbed = time::timeout(PATIENCE, records.climb(school)).await.unwrap_or_else(|_elapsed| Err(too_long()));
        // Children who asked to talk and whom nobody answered: in the same round, whatever came of the other.
        let passed = time::timeout(PATIENCE, records.pass_talks_on(school)).await;
        let passed = passed.unwrap_or_else(|_elapsed| Err(too_long()));
        for fault in [climbed, passed].into_iter().filter_map(Result::err) {
            tracing::error!("what waits at {code} could not be passed on: {fault}");
            failed = failed.or(Some(fault));
        }
    }
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_told_since_it_began_and_until_it_is_mended() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut known = None;
        assert!(!tell_of(&mut known, None, at(0)));
        assert!(tell_of(&mut known, Some("The disk is full.".to_owned()), at(1)));
        assert!(!tell_of(&mut known, Some("The disk is full.".to_owned()), at(2)), "it is no news");
        let alarm = known.clone().unwrap();
        assert_eq!(alarm.since, at(1));
        assert!(alarm.words.contains("look at the list of concerns now") && alarm.words.ends_with("The disk is full."));
        assert!(tell_of(&mut known, None, at(3)) && known.is_none());
    }
}
