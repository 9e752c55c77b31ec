//! How much came through the doors of late, and from how few places. Nobody is turned away and nothing is thrown away: what comes
//! beyond these numbers is marked, so that it stands behind the rest, and waits for its turn to be written.
//!
//! It is kept in memory only, under a keyed hash whose key nobody ever sees: no address of a writer is written anywhere. A start of
//! the program forgets it, which costs no more than a few marks.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, VecDeque, hash_map::RandomState},
    hash::BuildHasher as _,
    sync::{Mutex, PoisonError},
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long what came is remembered.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Reports from one place in that time that are nothing out of the ordinary: somebody writes, remembers something, and writes again.
const FROM_ONE_PLACE: usize = 3;
/// The same of all places together, of one school.
const AT_ONCE: usize = 40;
/// Places and references that are remembered at most.
const MOST_LANES: usize = 20_000;
/// Phrases that may be wrong for one receipt in the window before each further one waits.
const WRONG_PHRASES: usize = 10;
/// How long.
const PHRASE_WAITS: SignedDuration = SignedDuration::from_mins(1);

/// The lanes.
#[derive(Debug)]
pub(crate) struct Lanes {
    key: RandomState,
    reports: Mutex<Counted>,
    /// Apart from the reports: however many phrases somebody tries, no report is marked for it.
    phrases: Mutex<Counted>,
    turns: Semaphore,
}

/// When what came in each lane, by its keyed hash.
type Counted = BTreeMap<u64, VecDeque<Timestamp>>;

impl Default for Lanes {
    fn default() -> Self {
        Self { key: RandomState::new(), reports: Mutex::default(), phrases: Mutex::default(), turns: Semaphore::new(1) }
    }
}

impl Lanes {
    /// Counts a report; whether more came than is ordinary, from this place or at once.
    pub(super) fn count_report(&self, school: &str, place: &str, now: Timestamp) -> bool {
        // A flood from one place marks itself, and nobody else.
        let is_flood = self.count(&self.reports, ("report", school, place), now) > FROM_ONE_PLACE;
        is_flood || self.count(&self.reports, ("reports", school, ""), now) > AT_ONCE
    }

    /// The turn of one that stands behind the rest: they are written one after the other, so that they keep nobody else waiting.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed; should it be, nobody waits.
        self.turns.acquire().await.ok()
    }

    /// Whether a phrase for this receipt comes too soon after many wrong ones.
    pub(super) fn is_too_soon(&self, school: &str, reference: &str, now: Timestamp) -> bool {
        let lanes = self.phrases.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(tried) = lanes.get(&self.key.hash_one(("phrase", school, reference))) else { return false };
        let recent = tried.iter().filter(|tried| now.duration_since(**tried) < WINDOW).count();
        let last = tried.back().copied();
        recent >= WRONG_PHRASES && last.is_some_and(|last| now.duration_since(last) < PHRASE_WAITS)
    }

    /// Counts a wrong phrase.
    pub(super) fn count_phrase(&self, school: &str, reference: &str, now: Timestamp) {
        self.count(&self.phrases, ("phrase", school, reference), now);
    }

    /// Counts one more in a lane; how many there were of late.
    fn count(&self, counted: &Mutex<Counted>, lane: (&str, &str, &str), now: Timestamp) -> usize {
        let who = self.key.hash_one(lane);
        let mut lanes = counted.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= MOST_LANES && !lanes.contains_key(&who) {
            lanes.retain(|_, came| came.back().is_some_and(|last| now.duration_since(*last) < WINDOW));
            if lanes.len() >= MOST_LANES {
                // Whoever has so many places counts as one that came too often.
                return usize::MAX;
            }
        }
        let came = lanes.entry(who).or_default();
        while came.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            came.pop_front();
        }
        came.push_back(now);
        if came.len() > AT_ONCE + 1 {
            came.pop_front();
        }
        came.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + minute * 60).unwrap()
    }

    #[test]
    fn the_fourth_from_one_place_within_the_hour_is_marked_and_others_are_not() {
        let lanes = Lanes::default();
        let marks: Vec<bool> = (0..5).map(|minute| lanes.count_report("a", "203.0.113.9", at(minute))).collect();
        assert_eq!(marks, [false, false, false, true, true]);
        assert!(!lanes.count_report("a", "203.0.113.10", at(5)));
        assert!(!lanes.count_report("b", "203.0.113.9", at(5)), "another school’s");
        assert!(!lanes.count_report("a", "203.0.113.9", at(120)), "an hour later it begins anew");
    }

    #[test]
    fn many_at_once_are_marked_wherever_they_come_from() {
        let lanes = Lanes::default();
        let marked = |from: usize, until: usize, minute| {
            (from..until).filter(|place| lanes.count_report("a", &place.to_string(), at(minute))).count()
        };
        assert_eq!(marked(0, AT_ONCE, 0), 0);
        assert_eq!(marked(AT_ONCE, AT_ONCE + 10, 1), 10);
        assert_eq!(marked(100, 110, 90), 0);
    }

    #[test]
    fn wrong_phrases_wait_by_receipt() {
        let lanes = Lanes::default();
        for _ in 0..WRONG_PHRASES {
            assert!(!lanes.is_too_soon("a", "7KQ2M-WH4XA", at(0)));
            lanes.count_phrase("a", "7KQ2M-WH4XA", at(0));
        }
        assert!(lanes.is_too_soon("a", "7KQ2M-WH4XA", at(0)));
        assert!(!lanes.is_too_soon("a", "7KQ2M-WH4XA", at(1)), "a minute later one more");
        assert!(!lanes.is_too_soon("a", "AAAAA-AAAAA", at(0)));
    }

    #[test]
    fn no_report_is_marked_for_the_phrases_that_somebody_tries() {
        let lanes = Lanes::default();
        for tried in 0..=MOST_LANES {
            lanes.count_phrase("a", &tried.to_string(), at(0));
        }
        assert!(!lanes.count_report("a", "203.0.113.9", at(0)));
    }
}
