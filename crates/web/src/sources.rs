//! What the pages show, handed in by the binary at run time.

use holdfast_activity::{health, recent::Recent};
use holdfast_core::{host::Host, ruleset::Ruleset};
use jiff::{Timestamp, tz::TimeZone};
use std::{fmt, sync::Arc};
use tokio::sync::watch;

/// Everything the pages are made from. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    /// The ruleset in force.
    pub ruleset: watch::Receiver<Arc<Ruleset>>,
    /// The last verdicts and refusals.
    pub recent: Arc<Recent>,
    /// How the parts of the program are doing. May read the disk: it is asked at most once a second, on a thread that
    /// may wait.
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
    /// The school.
    pub school: Arc<School>,
    /// The proxy auto-configuration file, as browsers fetch it.
    pub proxy_file: Arc<str>,
    /// Our own names and addresses, without port. Requests for any other host are refused. `localhost` and the
    /// loopback addresses are always ours, as is the address a connection came to.
    pub own_hosts: Arc<[Host]>,
    /// How the pages behave.
    pub settings: Settings,
    /// The clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("school", &self.school)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The school, as its pages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Its name.
    pub name: String,
    /// Its time zone.
    pub zone: TimeZone,
    /// Its own people to talk to, shown above the national numbers.
    pub contacts: Vec<Contact>,
}

/// Somebody at the school whom one can talk to, by role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The role or the person ("The safeguarding team").
    pub name: String,
    /// Where and how: "Room 4, or tell any adult".
    pub words: String,
    /// The number to ring.
    pub telephone: Option<String>,
}

/// How the pages behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Shows everybody the whole status page with the last verdicts, and offers to reload it by itself. For the demo; a
    /// school leaves it off, because anybody on its network can open the page.
    pub demo_view: bool,
    /// Where "Leave this page" leads: a dull page outside.
    pub leave_to: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { demo_view: false, leave_to: "https://www.metoffice.gov.uk/".to_owned() }
    }
}

/// How the program is doing.
#[derive(Debug, Clone)]
pub struct Health {
    /// Since when the present ruleset is in force.
    pub ruleset_since: Timestamp,
    /// Connections open at the gate.
    pub open_connections: u64,
    /// The activity log.
    pub journal: health::Health,
    /// Events lost in the full channel since the program started, read from the gate itself: the log's own tally
    /// stands still while the log is held up.
    pub channel_losses: health::Losses,
    /// The parts of the program.
    pub components: Vec<Component>,
    /// Lists of which a new edition waits for a person while the old one serves.
    pub held: Vec<HeldList>,
    /// What needs a person, beside the activity log's own alarm.
    pub alarms: Vec<health::Alarm>,
}

/// A part of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What people call it.
    pub name: String,
    /// How it is doing.
    pub state: State,
    /// In a sentence.
    pub words: String,
}

/// How a part of the program is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should.
    Working,
    /// It works, but somebody must look at it.
    NeedsAttention,
    /// It does not work.
    Stopped,
}

impl State {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Working => "Working",
            Self::NeedsAttention => "Needs attention",
            Self::Stopped => "Stopped",
        }
    }

    pub(crate) const fn style(self) -> &'static str {
        match self {
            Self::Working => "good",
            Self::NeedsAttention => "warn",
            Self::Stopped => "bad",
        }
    }
}

/// A list of which a new edition is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldList {
    /// Its name.
    pub title: String,
    /// Why it is held.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}
