//! What the pages show, handed in by the binary at run time.

use holdfast_activity::{health, recent::Recent, suggestions::Suggestion};
use holdfast_core::{host::Host, ruleset::Ruleset};
use holdfast_records::{Records, store::Place};
use ipnet::IpNet;
use jiff::{Timestamp, tz::TimeZone};
use std::{fmt, path::PathBuf, sync::Arc, time::Duration};
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
    /// The school's records, while there are any and their store answers.
    pub records: watch::Receiver<Option<Records>>,
    /// Where the store and its log lie, for verifying and signing; `None` where that is not offered.
    pub log: Option<LogPlaces>,
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

/// Where the audit log's store lies, and its witness.
#[derive(Clone, PartialEq, Eq)]
pub struct LogPlaces {
    /// The store, and the machine's secrets for it.
    pub place: Place,
    /// The folder outside this machine that checkpoints are copied to.
    pub outside: Option<PathBuf>,
}

/// The place may hold the database's password.
impl fmt::Debug for LogPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogPlaces").finish_non_exhaustive()
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
    /// Our own origin as other devices reach it (`http://filter.school.example:8080`); empty where none is known. The
    /// certificate's page shows its address there.
    pub own_origin: String,
    /// The same over HTTPS, where people sign in (`https://filter.school.example:8443`); nothing where nobody listens there.
    pub secure_origin: Option<String>,
    /// From where `/metrics` may be read beside this computer itself.
    pub metrics_from: Vec<IpNet>,
    /// Reverse proxies that are believed when they say for whom they ask.
    pub reverse_proxies: Vec<IpNet>,
    /// The fictional people whom a visitor to the demonstration may be with one press; `None` at a school.
    pub demonstration: Option<Demonstration>,
}

/// The people of a demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demonstration {
    /// The code of the fictional school.
    pub school: String,
    /// The password of each of them. It opens their real keys: what one sees is what one of that role would see.
    pub password: String,
    /// Whom one can be.
    pub people: Vec<DemonstrationPerson>,
    /// Which pupils one can be, in a class that their teacher opens for them at that moment.
    pub pupils: Vec<DemonstrationPupil>,
}

/// A pupil of a demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemonstrationPupil {
    /// Their name in full.
    pub name: String,
    /// The code of their class.
    pub class: String,
    /// The name that their teacher signs in with.
    pub teacher: String,
    /// What one sees as them, one sentence.
    pub words: String,
}

/// Somebody of a demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemonstrationPerson {
    /// The name they sign in with.
    pub sign_in_name: String,
    /// Their name.
    pub name: String,
    /// Their role, in words.
    pub role: String,
    /// What they are there for, one sentence.
    pub words: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            demo_view: false,
            leave_to: "https://www.metoffice.gov.uk/".to_owned(),
            own_origin: String::new(),
            secure_origin: None,
            metrics_from: Vec::new(),
            reverse_proxies: Vec::new(),
            demonstration: None,
        }
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
    /// The name service; `None` where the school runs none.
    pub name_service: Option<NameServiceHealth>,
    /// Opening secure pages to check them; `None` where the config has no authority for it.
    pub inspection: Option<InspectionHealth>,
    /// The school's records; `None` until a school has been set up.
    pub records: Option<RecordsHealth>,
    /// What only monitors are shown.
    pub metrics: Metrics,
}

/// How the school's records are doing: numbers and states, nobody's name. What needs a person is told as a [`Component`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordsHealth {
    /// Whether the store answers. While it does not, what was seen last stands.
    pub answers: bool,
    /// The store's schema.
    pub schema: i64,
    /// When the newest backup was made; `None` where there is none.
    pub last_backup: Option<Timestamp>,
    /// When the audit log was last signed.
    pub last_checkpoint: Option<Timestamp>,
    /// Whether that was copied outside this machine; `None` where no place is named for it.
    pub checkpoint_copied: Option<bool>,
    /// When the audit log was last verified.
    pub log_verified: Option<Timestamp>,
    /// Whether it was whole then.
    pub log_whole: Option<bool>,
    /// The last day that the calendar speaks of; `None` where there is none.
    pub calendar_ends: Option<Timestamp>,
    /// Whether the calendar must be looked after.
    pub calendar_is_short: Option<bool>,
    /// Contradictions in the settings that nobody has settled.
    pub open_questions: Option<u64>,
}

/// How opening secure pages is doing. What is wrong with the authority is told as a [`Component`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InspectionHealth {
    /// Whether connections can be opened now; where not, what the policy wants opened is refused.
    pub opens: bool,
    /// The certificate that devices must trust.
    pub current: Option<CertificateShown>,
    /// The one that takes over, which devices are to be given before.
    pub next: Option<CertificateShown>,
    /// When the next one takes over.
    pub switches: Option<Timestamp>,
    /// Until when devices that trust only the authority before are led on to this one.
    pub before_until: Option<Timestamp>,
    /// What should perhaps be left unopened, in the order in which it is shown. Those that wait for nobody under the
    /// present ruleset are left out by the page itself.
    pub suggestions: Vec<Suggestion>,
}

/// The certificate of an interception authority, as devices are given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateShown {
    /// Its name, as systems show it.
    pub name: String,
    /// Its SHA-256 sum: pairs of hexadecimal digits with colons.
    pub fingerprint: String,
    /// Until when it holds.
    pub expires: Timestamp,
    /// In PEM.
    pub pem: Arc<str>,
    /// In DER.
    pub der: Arc<[u8]>,
}

/// How the name service is doing. Counts are since the program started; no name that was asked for is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameServiceHealth {
    /// Whether it asks others for what it does not know; not in a demonstration that stays on its computer.
    pub asks_outside: bool,
    /// Those it asks in turn.
    pub upstreams: Vec<UpstreamHealth>,
    /// Questions taken in, by door.
    pub questions: Doors,
    /// Questions blocked by policy.
    pub blocked: u64,
    /// Questions answered with a forced strict search (F-10).
    pub strict: u64,
    /// Messages that were malformed, or not a question.
    pub malformed: u64,
    /// Questions under a personal name that is nobody's: many of them are somebody guessing.
    pub unknown_names: u64,
    /// Questions of clients that are not served.
    pub turned_away: u64,
    /// Answers from memory.
    pub remembered: u64,
    /// Questions passed on upstream.
    pub forwarded: u64,
    /// Answers past their life that stood in (RFC 8767).
    pub stale: u64,
    /// Questions that no upstream answered.
    pub failed: u64,
    /// Judgements that broke off inside our own code.
    pub faults: u64,
    /// Connections open now (TCP, TLS, HTTPS).
    pub open_connections: u64,
    /// Answers in memory now.
    pub cache_entries: u64,
    /// Bytes of answers in memory now.
    pub cache_bytes: u64,
}

impl NameServiceHealth {
    /// Whether there is nobody to ask about all names that no zone is set for, although somebody should be.
    pub fn lacks_upstream(&self) -> bool {
        self.asks_outside && self.general_upstreams() == 0
    }

    /// How many are asked about all names that no zone is set for.
    pub fn general_upstreams(&self) -> usize {
        self.upstreams.iter().filter(|upstream| upstream.zone.is_none()).count()
    }

    /// The zones of which no upstream answers; `None` among them are all names that no zone is set for.
    pub fn silent_zones(&self) -> Vec<Option<&str>> {
        let mut silent: Vec<_> = self.upstreams.iter().map(|upstream| upstream.zone.as_deref()).collect();
        silent.sort_unstable();
        silent.dedup();
        silent.retain(|zone| !self.upstreams.iter().any(|other| other.works && other.zone.as_deref() == *zone));
        silent
    }
}

/// A number for each door of the name service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Doors {
    /// Plain, in datagrams.
    pub udp: u64,
    /// Plain, over connections.
    pub tcp: u64,
    /// DNS over TLS (RFC 7858).
    pub tls: u64,
    /// DNS over HTTPS (RFC 8484).
    pub https: u64,
}

impl Doors {
    /// All doors together.
    pub fn total(self) -> u64 {
        [self.udp, self.tcp, self.tls, self.https].into_iter().fold(0, u64::saturating_add)
    }
}

/// How one upstream name service is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamHealth {
    /// Its address as the config has it, without the path of one that is asked over HTTPS.
    pub address: String,
    /// The school's own zone that it is asked about; `None` where it is asked about everything else.
    pub zone: Option<String>,
    /// Whether it answers, as far as is known.
    pub works: bool,
    /// The typical time it takes.
    pub takes: Option<Duration>,
    /// What was wrong last.
    pub last_fault: Option<String>,
}

/// What only monitors are shown, beside the rest of [`Health`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// The program's version.
    pub version: String,
    /// When the program started.
    pub started: Timestamp,
    /// When the certificate in use ends; `None` where there is none.
    pub certificate_ends: Option<Timestamp>,
    /// Lists that could not be fetched for longer than they should go without.
    pub stale_lists: u64,
    /// Proxy connections turned away because a limit was reached, since the program started.
    pub turned_away: u64,
    /// Origins that could not be reached or broke off, since the program started.
    pub origin_errors: u64,
    /// Web requests whose judging broke off inside our own code, since the program started.
    pub faults: u64,
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
