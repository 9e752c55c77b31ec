//! From the gate's two lanes into journal and memory, on a thread of its own.

use crate::{
    health::{Health, Losses},
    journal::Journal,
    recent::Recent,
    suggestions::Suggestions,
};
use holdfast_core::event::Event;
use jiff::Timestamp;
use std::{io, sync::Arc, thread, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// How long a line waits in memory at most before it is handed to the system.
pub const FLUSH_EVERY: Duration = Duration::from_millis(200);
/// How often old refusals are forgotten.
const FADE_EVERY: Duration = Duration::from_mins(1);

/// Where events come from: the receiving end of the gate's channel, put in by the binary, since this crate does not
/// know the gate.
pub trait Source: Send + 'static {
    /// Waits for events and adds them to `batch`, those of the reserved lane first. Answers `false` once every sender
    /// is gone and nothing is left.
    ///
    /// The waiting may be broken off at any point; events already in `batch` are not lost by that.
    fn next_batch(&mut self, batch: &mut Vec<Event>) -> impl Future<Output = bool> + Send;
}

/// How many events the gate has lost in full lanes since it started. Only ever rises.
pub type ChannelLosses = Arc<dyn Fn() -> Losses + Send + Sync>;

/// What remembers events in memory, beside the journal.
#[derive(Debug, Clone)]
pub struct Memories {
    /// The last verdicts and refusals, and how much was seen.
    pub recent: Arc<Recent>,
    /// What should perhaps be left unopened; `None` where no connection is ever opened.
    pub suggestions: Option<Arc<Suggestions>>,
}

impl Memories {
    fn record_all(&self, events: &[Event]) {
        self.recent.record_all(events);
        if let Some(suggestions) = &self.suggestions {
            suggestions.record_all(events);
        }
    }
}

impl From<Arc<Recent>> for Memories {
    /// Where no connection is ever opened.
    fn from(recent: Arc<Recent>) -> Self {
        Self { recent, suggestions: None }
    }
}

/// Starts [`run`] on a thread of its own, so that a slow disk never holds up the threads that serve requests.
/// The thread ends once the source does, and gives the journal's last state.
pub fn start(
    source: impl Source,
    journal: Journal,
    memories: impl Into<Memories>,
    channel_losses: ChannelLosses,
) -> io::Result<thread::JoinHandle<Health>> {
    let memories = memories.into();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    thread::Builder::new()
        .name("activity".to_owned())
        .spawn(move || runtime.block_on(run(source, journal, memories, channel_losses)))
}

/// Takes events until the source ends, then closes the journal.
pub async fn run(
    mut source: impl Source,
    mut journal: Journal,
    memories: impl Into<Memories>,
    channel_losses: ChannelLosses,
) -> Health {
    let memories = memories.into();
    let mut batch = Vec::new();
    let mut flush = interval(FLUSH_EVERY);
    flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looked = Timestamp::now();
    journal.beat(looked);
    let mut faded = looked;
    let mut is_open = true;
    while is_open {
        // In this order: flushing is due only five times a second and must not starve.
        tokio::select! {
            biased;
            _ = flush.tick() => {
                let now = Timestamp::now();
                journal.note_channel_losses(channel_losses(), looked, now);
                looked = now;
                journal.flush(now);
                if now.duration_since(faded).unsigned_abs() >= FADE_EVERY {
                    faded = now;
                    memories.recent.fade(now);
                }
            }
            more = source.next_batch(&mut batch) => is_open = more,
        }
        let now = Timestamp::now();
        memories.record_all(&batch);
        for event in batch.drain(..) {
            journal.append(&event, now);
        }
    }
    let now = Timestamp::now();
    journal.note_channel_losses(channel_losses(), looked, now);
    journal.close(now)
}
