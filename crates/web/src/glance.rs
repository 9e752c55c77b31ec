//! How the program is doing, looked at seldom and without holding anything up.
//!
//! Looking may read the disk. So it happens on a thread that may wait, once a second at most and one look at a time,
//! however many ask; and where the disk hangs the last answer is given with its age rather than none.

use crate::sources::Health;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// How long an answer is given again without a new look.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// How long a visitor waits for a new look before the last one is shown.
const PATIENCE: Duration = Duration::from_secs(2);
/// From this age on an answer is shown as an old one.
const OLD_AFTER: Duration = Duration::from_secs(10);

/// One look at how the program is doing.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) health: Arc<Health>,
    at: Instant,
}

impl Seen {
    /// How old the look is, where that is so old that a person must know.
    pub(crate) fn age(&self) -> Option<Duration> {
        let age = self.at.elapsed();
        (age >= OLD_AFTER).then_some(age)
    }
}

/// Looks and remembers.
#[derive(Clone)]
pub(crate) struct Glance {
    look: Arc<dyn Fn() -> Health + Send + Sync>,
    last: Arc<Mutex<Option<Seen>>>,
    /// Held by the thread that looks, until it is done: a look that hangs is not followed by more of them.
    looking: Arc<tokio::sync::Mutex<()>>,
}

impl fmt::Debug for Glance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Glance").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Glance {
    pub(crate) fn new(look: Arc<dyn Fn() -> Health + Send + Sync>) -> Self {
        Self { look, last: Arc::default(), looking: Arc::default() }
    }

    /// The state, at most a second old; an older one where a new look does not end in time, `None` where none ever did.
    pub(crate) async fn seen(&self) -> Option<Seen> {
        if let Some(seen) = self.fresh() {
            return Some(seen);
        }
        // Out of time: the look goes on by itself, and whoever asks next has its answer.
        drop(timeout(PATIENCE, self.look_again()).await);
        self.last()
    }

    async fn look_again(&self) {
        let looking = Arc::clone(&self.looking).lock_owned().await;
        // Somebody else may have looked while we waited.
        if self.fresh().is_some() {
            return;
        }
        let (look, last) = (Arc::clone(&self.look), Arc::clone(&self.last));
        let look = tokio::task::spawn_blocking(move || {
            let at = Instant::now();
            let seen = Seen { health: Arc::new(look()), at };
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            drop(looking);
        });
        // A look that panics leaves the last one, which grows old and says so.
        drop(look.await);
    }

    fn last(&self) -> Option<Seen> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fresh(&self) -> Option<Seen> {
        self.last().filter(|seen| seen.at.elapsed() < FRESH_FOR)
    }
}
