//! How the log itself is doing: what is written, what was lost, and what a person should do about it.

use holdfast_core::event::{Event, Outcome};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};

/// Events lost, by class (house invariant 5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// Requests that passed.
    pub allowed: u64,
    /// Requests that passed and failed on the other side.
    pub failed: u64,
    /// Requests stopped, redirected or sealed by policy.
    pub blocked: u64,
    /// Requests refused for their form or destination.
    pub refused: u64,
    /// Visits for help that were not counted. Never written down with a time (practice 9).
    #[serde(skip)]
    pub help: u64,
}

impl Losses {
    /// Counts one more lost event.
    pub fn count(&mut self, event: &Event) {
        let class = match event {
            Event::Help => &mut self.help,
            Event::Request(request) => match request.outcome {
                Outcome::Allowed => &mut self.allowed,
                Outcome::Failed => &mut self.failed,
                Outcome::Refused => &mut self.refused,
                Outcome::Blocked | Outcome::Redirected | Outcome::Sealed => &mut self.blocked,
            },
        };
        *class += 1;
    }

    /// All classes together.
    pub fn total(self) -> u64 {
        self.classes().into_iter().fold(0, u64::saturating_add)
    }

    /// Whether nothing was lost.
    pub fn is_none(self) -> bool {
        self.total() == 0
    }

    /// Class by class the higher count: of two tallies of the same losses, the later one.
    #[must_use]
    pub fn highest(self, other: Self) -> Self {
        self.with(other, u64::max)
    }

    fn classes(self) -> [u64; 5] {
        [self.allowed, self.failed, self.blocked, self.refused, self.help]
    }

    fn with(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            allowed: join(self.allowed, other.allowed),
            failed: join(self.failed, other.failed),
            blocked: join(self.blocked, other.blocked),
            refused: join(self.refused, other.refused),
            help: join(self.help, other.help),
        }
    }
}

impl Add for Losses {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.with(other, u64::saturating_add)
    }
}

impl Sub for Losses {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.with(other, u64::saturating_sub)
    }
}

/// Something that a person must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Since when.
    pub since: Timestamp,
    /// What happened, whose fault it is and what to do next, in plain English.
    pub words: String,
}

impl Alarm {
    /// Puts what is wrong now in the place of what was known, since when it is so; whether that is news.
    pub fn put(known: &mut Option<Self>, words: Option<String>, now: Timestamp) -> bool {
        let since = known.as_ref().map_or(now, |alarm| alarm.since);
        let told = words.map(|words| Self { since, words });
        let is_news = *known != told;
        *known = told;
        is_news
    }
}

/// A log that has not moved for longer than this is held up.
pub const STANDS_STILL_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// The state of the journal, as the status page shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Lines written to the files since the program started.
    pub written: u64,
    /// Lines waiting in memory for the disk.
    pub waiting_bytes: usize,
    /// Bytes the files take on the disk.
    pub disk_bytes: u64,
    /// How many files there are.
    pub files: usize,
    /// How many of them are past their days and wait until what a hold covers has been taken out of them.
    pub past_days: usize,
    /// Events that never reached the disk because it could not be written, since the program started.
    pub lost_on_disk: Losses,
    /// Events that never left the gate because the channel was full, since the program started.
    pub lost_in_channel: Losses,
    /// Set while the log cannot be written.
    pub alarm: Option<Alarm>,
    /// Set once files had to be removed before their time for want of room; stays until the program starts again,
    /// because the settings that would mend it are read then.
    pub shortened: Option<Alarm>,
    /// Set while full files cannot be packed; they stay as they are.
    pub unpacked: Option<Alarm>,
    /// When the log last came round to writing what waits, whether or not there was anything and whether or not it
    /// could. It does so five times a second, so a moment long past says that the disk holds it up. `None` before the
    /// first time.
    pub last_flush: Option<Timestamp>,
}

impl Health {
    /// Every event lost, wherever it was lost.
    pub fn lost(&self) -> Losses {
        self.lost_on_disk + self.lost_in_channel
    }

    /// How long the log has not moved, where that is longer than [`STANDS_STILL_AFTER`].
    pub fn stands_still(&self, now: Timestamp) -> Option<SignedDuration> {
        let still = now.duration_since(self.last_flush?);
        (still > STANDS_STILL_AFTER).then_some(still)
    }
}
