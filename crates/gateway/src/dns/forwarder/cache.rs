//! What is remembered of upstream answers: a bounded memory for all, and a small one of its own for help and lifelines.

use super::Found;
use crate::dns::{counters::Counters, known::Known, question::Ask};
use hickory_proto::op::ResponseCode;
use quick_cache::{Weighter, sync::Cache};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicU32,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    time::Duration,
};
use tokio::time::Instant;

/// How long an old answer may stand in for one that does not come (RFC 8767 §5 recommends one to three days).
const KEEP_OLD: Duration = Duration::from_hours(24);
/// How long one of a help site or lifeline may: a stale address is better than no help, and it is renewed while it can
/// be (practice 15, 16).
const KEEP_HELP: Duration = Duration::from_hours(30 * 24);
/// How often answers of help and lifelines are renewed at least, and at most, whether anybody asks or not.
const RENEW_WITHIN: Duration = Duration::from_hours(1);
const RENEW_NOT_BEFORE: Duration = Duration::from_mins(5);
/// How long after a renewal was begun it may be begun again.
const RENEW_AGAIN: Duration = Duration::from_mins(1);
/// How many answers of help and lifelines are kept: those that were learnt ahead because the policy names them, and as
/// many that clients asked for besides. A shipped list has some hundreds of names, of two kinds each.
const MOST_KEPT: usize = 4_096;
/// The largest of them, bytes. Addresses take some hundreds; all together stay within 32 MiB.
const LARGEST_KEPT: usize = 4_096;
/// What an entry costs beside its answer and name: the table's slot, the shared answer's head, the allocator's share.
const ENTRY_BYTES: usize = 160;
/// The size of a typical entry, from which the table's is reckoned.
const TYPICAL_BYTES: usize = 512;

/// How long an answer is kept, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keep {
    /// As any other.
    Usual,
    /// For help and lifelines: the name is one of theirs, or below it.
    Help,
    /// The policy names it. It is never put out by others.
    Learnt,
}

/// How often, and when last, clients asked for a help site's or lifeline's name.
#[derive(Debug, Default)]
struct Usage {
    times: AtomicU32,
    /// Seconds after the memory's beginning.
    last: AtomicU32,
}

#[derive(Debug, Clone)]
struct Entry {
    known: Arc<Known>,
    came: Instant,
    usage: Option<Arc<Usage>>,
}

impl Entry {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.came) < self.known.life
    }

    fn is_younger(&self, now: Instant, than: Duration) -> bool {
        now.saturating_duration_since(self.came) < than
    }

    fn found(self, now: Instant) -> Found {
        let age = u32::try_from(now.saturating_duration_since(self.came).as_secs()).unwrap_or(u32::MAX);
        Found { is_stale: !self.is_fresh(now), age, known: self.known }
    }
}

#[derive(Debug)]
struct Kept {
    known: Arc<Known>,
    came: Instant,
    usage: Arc<Usage>,
    renew_at: Instant,
    is_learnt: bool,
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Ask, Entry> for ByBytes {
    fn weight(&self, ask: &Ask, entry: &Entry) -> u64 {
        (entry.known.weight + ask.name.len() + ENTRY_BYTES) as u64
    }
}

/// Everything remembered. Read by any thread; the parts of the large memory lock for themselves, and only for a moment.
#[derive(Debug)]
pub(super) struct Memory {
    answers: Cache<Ask, Entry, ByBytes>,
    kept: Mutex<HashMap<Ask, Kept>>,
    began: Instant,
    /// How many answers are in `kept`, so that it need not be locked to know that there are none.
    kept_count: AtomicU32,
}

impl Memory {
    pub(super) fn new(bytes: usize, now: Instant) -> Self {
        let typical = (bytes / TYPICAL_BYTES).max(1);
        Self {
            answers: Cache::with_weighter(typical, bytes as u64, ByBytes),
            kept: Mutex::default(),
            began: now,
            kept_count: AtomicU32::new(0),
        }
    }

    /// An answer within its life.
    pub(super) fn fresh(&self, ask: &Ask, now: Instant) -> Option<Found> {
        let entry = self.answers.get(ask).filter(|entry| entry.is_fresh(now))?;
        if let Some(usage) = &entry.usage {
            self.note(usage, now);
        }
        Some(entry.found(now))
    }

    /// An answer that may stand in where no upstream gives one. It may be within its life, where it was kept for help
    /// or a lifeline and had to leave the large memory.
    pub(super) fn stand_in(&self, ask: &Ask, now: Instant) -> Option<Found> {
        if self.kept_count.load(Acquire) > 0
            && let Some(kept) = self.kept().get(ask)
            && now.saturating_duration_since(kept.came) < KEEP_HELP
        {
            self.note(&kept.usage, now);
            return Some(Entry { known: Arc::clone(&kept.known), came: kept.came, usage: None }.found(now));
        }
        let entry = self.answers.get(ask).filter(|entry| entry.is_younger(now, KEEP_OLD))?;
        Some(entry.found(now))
    }

    /// Remembers an answer.
    pub(super) fn put(&self, ask: &Ask, known: &Arc<Known>, came: Instant, keep: Keep) {
        let usage = self.keep(ask, known, came, keep);
        self.answers.insert(ask.clone(), Entry { known: Arc::clone(known), came, usage });
    }

    /// Keeps what may still be needed when upstream is long gone. An answer that there is no such name, or that was
    /// filtered on the way, never takes the place of one that led somewhere.
    fn keep(&self, ask: &Ask, known: &Arc<Known>, came: Instant, keep: Keep) -> Option<Arc<Usage>> {
        if keep == Keep::Usual && self.kept_count.load(Acquire) == 0 {
            return None;
        }
        let leads_on = known.code == ResponseCode::NoError && !known.upstream_blocked && known.weight <= LARGEST_KEPT;
        let mut all = self.kept();
        let renew_at = came + (known.life / 4 * 3).clamp(RENEW_NOT_BEFORE, RENEW_WITHIN);
        let learnt = |all: &HashMap<Ask, Kept>| all.values().filter(|kept| kept.is_learnt).count();
        let is_learnt = keep == Keep::Learnt && learnt(&all) < MOST_KEPT;
        if let Some(kept) = all.get_mut(ask) {
            kept.renew_at = renew_at;
            kept.is_learnt |= is_learnt;
            if leads_on {
                (kept.known, kept.came) = (Arc::clone(known), came);
            }
            return Some(Arc::clone(&kept.usage));
        }
        if keep == Keep::Usual || !leads_on {
            return None;
        }
        if !is_learnt && all.len() >= MOST_KEPT && all.len() - learnt(&all) >= MOST_KEPT {
            // Whoever asks for a thousand invented names below a help site's puts out such names, not the ones that
            // people need: those are learnt, or asked for again and again.
            let others = all.iter().filter(|(_, kept)| !kept.is_learnt);
            let least = others.min_by_key(|(_, kept)| (kept.usage.times.load(Relaxed), kept.came));
            let least = least.map(|(ask, _)| ask.clone())?;
            all.remove(&least);
        }
        let usage = Arc::<Usage>::default();
        self.note(&usage, came);
        let kept = Kept { known: Arc::clone(known), came, usage: Arc::clone(&usage), renew_at, is_learnt };
        all.insert(ask.clone(), kept);
        self.count_kept(&all);
        Some(usage)
    }

    /// What is due to be renewed, at most so many. What nobody asked for in a month is forgotten instead.
    pub(super) fn due(&self, now: Instant, most: usize) -> Vec<Ask> {
        if self.kept_count.load(Acquire) == 0 {
            return Vec::new();
        }
        let mut all = self.kept();
        let since_began = now.saturating_duration_since(self.began).as_secs();
        all.retain(|_, kept| {
            since_began.saturating_sub(u64::from(kept.usage.last.load(Relaxed))) < KEEP_HELP.as_secs()
        });
        self.count_kept(&all);
        let due = all.iter_mut().filter(|(_, kept)| kept.renew_at <= now).take(most);
        due.map(|(ask, kept)| {
            kept.renew_at = now + RENEW_AGAIN;
            ask.clone()
        })
        .collect()
    }

    /// Writes down how much is remembered.
    pub(super) fn measure(&self, counters: &Counters) {
        counters.cache_entries.store(self.answers.len() as u64, Relaxed);
        counters.cache_bytes.store(self.answers.weight(), Relaxed);
    }

    fn note(&self, usage: &Usage, now: Instant) {
        let seconds = now.saturating_duration_since(self.began).as_secs();
        usage.last.store(u32::try_from(seconds).unwrap_or(u32::MAX), Relaxed);
        usage.times.fetch_add(1, Relaxed);
    }

    fn count_kept(&self, all: &HashMap<Ask, Kept>) {
        self.kept_count.store(u32::try_from(all.len()).unwrap_or(u32::MAX), Release);
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Ask, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
