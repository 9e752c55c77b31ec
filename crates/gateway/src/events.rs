//! The way out for what happened: one bounded channel in two lanes. Sending never waits, and what is lost is counted.

use holdfast_core::event::{Event, Lane, Outcome};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// Events lost because their lane was full, by class (house invariant 5).
#[derive(Debug, Default)]
pub struct EventLoss {
    /// Requests that passed.
    pub allowed: AtomicU64,
    /// Requests that passed and failed on the other side.
    pub failed: AtomicU64,
    /// Requests stopped, redirected or sealed by policy.
    pub blocked: AtomicU64,
    /// Requests refused for their form or destination.
    pub refused: AtomicU64,
    /// Help pages to be counted.
    pub help: AtomicU64,
}

impl EventLoss {
    /// All losses together.
    pub fn total(&self) -> u64 {
        [&self.allowed, &self.failed, &self.blocked, &self.refused, &self.help].iter().map(|n| n.load(Relaxed)).sum()
    }

    fn count(&self, event: &Event) {
        let class = match event {
            Event::Help => &self.help,
            Event::Request(request) => match request.outcome {
                Outcome::Allowed => &self.allowed,
                Outcome::Failed => &self.failed,
                Outcome::Refused => &self.refused,
                Outcome::Blocked | Outcome::Redirected | Outcome::Sealed => &self.blocked,
            },
        };
        class.fetch_add(1, Relaxed);
    }
}

/// What the gate has done since it started. Others may read it at any time.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests judged or refused, tunnels included.
    pub requests: AtomicU64,
    /// Requests stopped or redirected by policy.
    pub blocked: AtomicU64,
    /// Requests refused for their form, destination or missing sign-in.
    pub refused: AtomicU64,
    /// Allowed requests whose other side failed.
    pub failed: AtomicU64,
    /// Judgements that broke off inside our own code. Anything above 0 is an alarm.
    pub faults: AtomicU64,
    /// Client connections open now.
    pub open_connections: AtomicU64,
    /// Client connections turned away because a limit was reached.
    pub turned_away: AtomicU64,
    /// Connections to a proxy over TLS that ended before both sides had agreed on keys.
    pub handshake_faults: AtomicU64,
    /// Upstream connections that could not be opened or broke off.
    pub upstream_errors: AtomicU64,
    /// Secure connections that the policy wants opened and that could not be: they were refused.
    pub not_opened: AtomicU64,
    /// When that was last said in the log: microseconds since 1970-01-01 UTC.
    pub(crate) not_opened_told: AtomicI64,
}

/// The sending half. Cloned freely.
#[derive(Debug, Clone)]
pub struct EventSender {
    ordinary: mpsc::Sender<Event>,
    reserved: mpsc::Sender<Event>,
    loss: Arc<EventLoss>,
}

impl EventSender {
    /// Sends in the event's own lane, or counts it as lost. Never waits.
    pub fn send(&self, event: Event) {
        let lane = match event.lane() {
            Lane::Ordinary => &self.ordinary,
            Lane::Reserved => &self.reserved,
        };
        if let Err(mpsc::error::TrySendError::Full(event) | mpsc::error::TrySendError::Closed(event)) =
            lane.try_send(event)
        {
            self.loss.count(&event);
        }
    }

    /// What was lost so far.
    pub fn loss(&self) -> &Arc<EventLoss> {
        &self.loss
    }
}

/// The receiving half.
#[derive(Debug)]
pub struct EventReceiver {
    ordinary: mpsc::Receiver<Event>,
    reserved: mpsc::Receiver<Event>,
}

/// How long a batch is gathered. A receiver that wakes for every single event costs the gate a system call each.
const GATHERING: Duration = Duration::from_millis(10);

impl EventReceiver {
    /// Waits for events and adds them to `batch`, those of the reserved lane first. Answers `false` when every
    /// sender is gone and nothing is left.
    pub async fn next_batch(&mut self, batch: &mut Vec<Event>) -> bool {
        let before = batch.len();
        self.take(batch);
        if batch.len() == before {
            let first = tokio::select! {
                biased;
                event = self.reserved.recv() => event,
                event = self.ordinary.recv() => event,
            };
            let Some(first) = first else {
                // One lane is closed, so both senders are gone; the other may still hold something.
                self.take(batch);
                return batch.len() > before;
            };
            batch.push(first);
            tokio::time::sleep(GATHERING).await;
            self.take(batch);
        }
        true
    }

    fn take(&mut self, batch: &mut Vec<Event>) {
        while let Ok(event) = self.reserved.try_recv() {
            batch.push(event);
        }
        while let Ok(event) = self.ordinary.try_recv() {
            batch.push(event);
        }
    }
}

/// A channel whose lanes hold so many events.
pub fn channel(ordinary: usize, reserved: usize) -> (EventSender, EventReceiver) {
    let (ordinary_in, ordinary_out) = mpsc::channel(ordinary.max(1));
    let (reserved_in, reserved_out) = mpsc::channel(reserved.max(1));
    let sender = EventSender { ordinary: ordinary_in, reserved: reserved_in, loss: Arc::default() };
    (sender, EventReceiver { ordinary: ordinary_out, reserved: reserved_out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_lane_loses_and_counts() {
        let (sender, mut receiver) = channel(2, 2);
        for _ in 0..5 {
            sender.send(Event::Help);
        }
        assert_eq!(sender.loss().help.load(Relaxed), 3);
        assert_eq!(sender.loss().total(), 3);
        let mut batch = Vec::new();
        assert!(receiver.next_batch(&mut batch).await);
        assert_eq!(batch.len(), 2);
        drop(sender);
        assert!(!receiver.next_batch(&mut batch).await);
    }
}
