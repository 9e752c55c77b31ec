//! Hosts whose connections should perhaps be left unopened: suggestions with their evidence, for a person to decide.
//!
//! Some programs trust only their own maker's certificate, so an opened connection of theirs cannot work. What they say
//! of it (a TLS alert about our certificate, RFC 8446 §6.2) is gathered by host, and so are sites that ask the program for
//! a certificate of its own, which we cannot hold. Nothing is ever left unopened by itself: a person adds the host to the
//! policy ([`Suggestion::policy_text`]) or dismisses the suggestion.
//!
//! The other side of it is told too: where opened requests to the same host worked for others, the device in question
//! most likely lacks the school's certificate, and leaving the host unopened would hide it from everybody.
//!
//! Clients are told apart by a hash with a key that lives in memory only; the file holds their number. Help, lifelines
//! and protected partners never arrive here, and a host that becomes one vanishes from memory and file (practice 11).

mod file;

pub use file::{dismiss, read};

use crate::{health::Alarm, text::cut};
use file::{Found, Stamp};
use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    host::Host,
    inspection::Extent,
    ruleset::Ruleset,
    subject::{GroupCode, Subject},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many hosts are kept at most; beyond it those go first that only one client complained about, the longest quiet
/// before the others, and those that a person dismissed last.
pub const MOST_HOSTS: usize = 1_000;
/// How many clients of one host are told apart, on either side.
const MOST_CLIENTS: usize = 256;
/// How many kinds of alert, and how many groups, are kept for one host.
const MOST_KINDS: usize = 16;
const MOST_GROUPS: usize = 64;
/// The longest name of an alert or code of a group, in bytes.
const CODE_BYTES: usize = 64;
/// How often the file is written at most, beside the last time at the end and when a host must vanish.
const SAVE_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// The entry of a tunnel whose client said that it does not trust us; the alert's name stands behind it.
const DISTRUSTS: &str = "client-distrusts ";
/// The entry where a site asks for a certificate of the client's own.
const CLIENT_CERTIFICATE: &str = "client-certificate";
/// How the group of people whom we cannot tell is called in evidence.
pub const UNKNOWN_GROUP: &str = "unknown";

/// A host whose connections should perhaps be left unopened, and the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The host.
    pub host: Host,
    /// What was said, and how often: names of TLS alerts, and `client-certificate` where the site asked for one.
    pub alerts: BTreeMap<String, u64>,
    /// How many different clients it happened to, at least: they are told apart since the program started only.
    pub clients: u64,
    /// Codes of the groups it happened to; [`UNKNOWN_GROUP`] for people whom we cannot tell.
    pub groups: BTreeSet<String>,
    /// When it happened first, microseconds since 1970-01-01 UTC.
    pub first_micros: i64,
    /// When it happened last, microseconds since 1970-01-01 UTC.
    pub last_micros: i64,
    /// Opened requests to the host that worked since then: evidence against.
    #[serde(default)]
    pub worked: u64,
    /// How many different clients they worked for, at least.
    #[serde(default)]
    pub worked_clients: u64,
    /// When a person decided against it, microseconds since 1970-01-01 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed_micros: Option<i64>,
}

impl fmt::Display for Suggestion {
    /// The evidence for a person, and what to write into the policy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, worked_clients, .. } = self;
        let said: Vec<String> = self.alerts.iter().map(|(alert, count)| format!("{alert} × {count}")).collect();
        let last = Timestamp::from_microsecond(self.last_micros).unwrap_or_default();
        let said = said.join(", ");
        writeln!(f, "{host}: {} said {said}; last {last:.0}. It worked for {worked_clients} or more.", self.devices())?;
        writeln!(f, "{}", self.for_whom())?;
        f.write_str(&self.policy_text())
    }
}

impl Suggestion {
    fn new(host: Host, at_micros: i64) -> Self {
        Self {
            host,
            alerts: BTreeMap::new(),
            clients: 0,
            groups: BTreeSet::new(),
            first_micros: at_micros,
            last_micros: at_micros,
            worked: 0,
            worked_clients: 0,
            dismissed_micros: None,
        }
    }

    /// How often it happened.
    pub fn times(&self) -> u64 {
        self.alerts.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Whether a person still has to decide: it was not dismissed, the host is none that is never opened, and at least
    /// one of its groups would have the connection opened.
    pub fn is_waiting(&self, ruleset: &Ruleset) -> bool {
        self.dismissed_micros.is_none()
            && !ruleset.always_open(&self.host)
            && self.groups.iter().any(|code| {
                let group = (code != UNKNOWN_GROUP).then(|| GroupCode::from(code.as_str()));
                let subject = Subject { group, ..Subject::unknown() };
                ruleset.opening(&subject, &self.host).extent > Extent::Nothing
            })
    }

    /// How many devices it happened to, in words. One alone is said to be one: it may lack the school's certificate, or
    /// somebody may have made it complain.
    pub fn devices(&self) -> String {
        match self.clients {
            0 | 1 => "one device so far".to_owned(),
            clients => format!("{clients} devices or more"),
        }
    }

    /// Whether no more than one device said it.
    pub fn is_of_one_device(&self) -> bool {
        self.clients < 2
    }

    /// The groups it happened to that a policy can name, in order.
    fn named_groups(&self) -> impl Iterator<Item = &String> {
        self.groups.iter().filter(|code| *code != UNKNOWN_GROUP)
    }

    /// For whom the lines of [`Self::policy_text`] would leave the host unopened, in words to stand beside them.
    pub fn for_whom(&self) -> String {
        let named: Vec<&str> = self.named_groups().map(String::as_str).collect();
        let is_unknown = self.groups.contains(UNKNOWN_GROUP);
        let words = match named.as_slice() {
            [] => {
                "These lines would leave the host unopened for everybody, in every group: only devices of people whom we \
                 cannot tell said it, and the policy cannot name those alone."
            }
            [group] => &format!("These lines would be for the group {group}, and for nobody else."),
            groups => &format!("These lines would be for the groups {}, and for nobody else.", groups.join(", ")),
        };
        let also = " Devices of people whom we cannot tell said it too. They are left as they are: only `groups = []` would \
                    take them in, and that is everybody.";
        format!("{words}{}", if is_unknown && !named.is_empty() { also } else { "" })
    }

    /// What a person would add to the policy document to leave the host unopened for the groups it happened to. Where it
    /// happened to people whom we cannot tell and to no group, it is for everybody ([`Self::for_whom`] says so). The two
    /// lines that only a person can fill are comments, and a policy without them does not compile.
    pub fn policy_text(&self) -> String {
        let host = quoted(self.host.as_str());
        let groups: Vec<_> = self.named_groups().map(|code| quoted(code)).collect();
        let code: String =
            self.host.as_str().chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect();
        let lines = [
            "[[left_unopened]]".to_owned(),
            format!("code = {}", quoted(code.trim_matches('-'))),
            format!("title = {}", quoted(&format!("Programs that use {}", self.host))),
            format!("hosts = [{host}]"),
            format!("groups = [{}]", groups.join(", ")),
            "# author = \"who decides it\"".to_owned(),
            "# reason = \"why\"".to_owned(),
        ];
        lines.join("\n") + "\n"
    }
}

/// A text as TOML has it: every escape of JSON is one of TOML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A suggestion with what is known of it in this process only.
#[derive(Debug)]
struct Kept {
    suggestion: Suggestion,
    /// Hashes of the clients it happened to, and of those for whom opened requests worked.
    clients: HashSet<u64>,
    worked_clients: HashSet<u64>,
}

impl Kept {
    fn from_file(suggestion: Suggestion) -> Self {
        Self { suggestion, clients: HashSet::new(), worked_clients: HashSet::new() }
    }

    fn note(&mut self, event: &RequestEvent, kind: &str, client: Option<u64>) {
        let suggestion = &mut self.suggestion;
        if let Some(count) = suggestion.alerts.get_mut(kind) {
            *count = count.saturating_add(1);
        } else if suggestion.alerts.len() < MOST_KINDS {
            suggestion.alerts.insert(kind.to_owned(), 1);
        }
        let group = event.subject.group.as_ref().map_or_else(|| UNKNOWN_GROUP.into(), |code| cut(&code.0, CODE_BYTES));
        if suggestion.groups.len() < MOST_GROUPS {
            suggestion.groups.insert(group.to_string());
        }
        suggestion.last_micros = suggestion.last_micros.max(event.at_micros);
        see(&mut self.clients, client, &mut suggestion.clients);
    }

    fn note_worked(&mut self, client: Option<u64>) {
        self.suggestion.worked = self.suggestion.worked.saturating_add(1);
        see(&mut self.worked_clients, client, &mut self.suggestion.worked_clients);
    }
}

fn see(seen: &mut HashSet<u64>, client: Option<u64>, count: &mut u64) {
    if seen.len() < MOST_CLIENTS {
        seen.extend(client);
    }
    *count = (*count).max(seen.len() as u64);
}

/// The queue of suggestions. Shared between the drain, which writes, the pages, which read, and the upkeep, which saves.
#[derive(Debug)]
pub struct Suggestions {
    path: PathBuf,
    hasher: RandomState,
    queue: Mutex<Queue>,
    /// Held while the file is read or written, so that the queue is free while the disk is slow.
    disk: Mutex<Disk>,
}

#[derive(Debug, Default)]
struct Queue {
    kept: HashMap<String, Kept>,
    /// Whether it changed since the file was written.
    is_changed: bool,
    /// Whether something must vanish from the file at once.
    is_urgent: bool,
    /// Whether hosts came that were not yet held against the ruleset.
    has_new: bool,
}

#[derive(Debug, Default)]
struct Disk {
    /// The file as it was when last read or written.
    stamp: Option<Stamp>,
    saved: Option<Timestamp>,
    /// The ruleset that the hosts were last held against.
    held_against: Option<Arc<str>>,
    damaged: Option<Alarm>,
    unsaved: Option<Alarm>,
}

impl Suggestions {
    /// The queue as the file has it, and empty where there is no file. A damaged file is set aside with an alarm.
    pub fn load(path: &Path, now: Timestamp) -> Self {
        let (found, stamp, damaged) = match file::load(path) {
            Found::Nothing => (Vec::new(), None, None),
            Found::Suggestions(found, stamp) => (found, Some(stamp), None),
            Found::Damaged(words) => (Vec::new(), None, Some(Alarm { since: now, words })),
        };
        let kept = found.into_iter().map(|found| (found.host.as_str().to_owned(), Kept::from_file(found))).collect();
        Self {
            path: path.to_owned(),
            hasher: RandomState::new(),
            queue: Mutex::new(Queue { kept, ..Queue::default() }),
            disk: Mutex::new(Disk { stamp, damaged, ..Disk::default() }),
        }
    }

    /// Takes what events say of hosts that cannot be opened. Reads and writes no file.
    pub fn record_all(&self, events: &[Event]) {
        let requests = events.iter().filter_map(|event| match event {
            Event::Request(event) if !event.synthetic && !crate::is_help(event) => Some(event),
            Event::Request(_) | Event::Help => None,
        });
        let mut queue = None;
        for event in requests {
            let Some(host) = event.host.as_deref() else { continue };
            let kind = complaint(event);
            let worked = &*event.scheme == "https" && event.outcome == Outcome::Allowed;
            if kind.is_none() && !worked {
                continue;
            }
            let queue = queue.get_or_insert_with(|| self.queue());
            match kind {
                Some(kind) => queue.complain(event, host, &kind, self.hash(event.client)),
                None => {
                    if let Some(kept) = queue.kept.get_mut(host) {
                        kept.note_worked(self.hash(event.client));
                        queue.is_changed = true;
                    }
                }
            }
        }
    }

    /// Takes over what another process dismissed, forgets hosts that are protected by now, and saves where that is due.
    /// To be called every few moments by a thread that may wait for the disk.
    pub fn look(&self, ruleset: &Ruleset, now: Timestamp) {
        let mut disk = self.disk();
        let has_new = std::mem::take(&mut self.queue().has_new);
        let is_new_ruleset = disk.held_against.as_ref() != Some(ruleset.id());
        if has_new || is_new_ruleset {
            // Help, lifelines and protected partners.
            self.forget(|host| ruleset.always_open(host));
            // A damaged file from before may hold some that nobody can take out of it. Saving takes it away.
            let is_just_set_aside = disk.held_against.is_none() && disk.damaged.is_some();
            if is_new_ruleset && !is_just_set_aside && file::is_one_set_aside(&self.path) {
                let mut queue = self.queue();
                (queue.is_changed, queue.is_urgent) = (true, true);
            }
            disk.held_against = Some(Arc::clone(ruleset.id()));
        }
        let is_due = disk.saved.is_none_or(|saved| now.duration_since(saved).abs() >= SAVE_EVERY);
        let queue = self.queue();
        let must_save = queue.is_urgent || (queue.is_changed && is_due);
        drop(queue);
        if must_save {
            self.write(&mut disk, now);
        } else if file::stamp(&self.path).is_some_and(|stamp| disk.stamp != Some(stamp)) {
            self.take_over(&mut disk, now);
        }
    }

    /// Takes over what another process dismissed in the file.
    fn take_over(&self, disk: &mut Disk, now: Timestamp) {
        match file::load(&self.path) {
            Found::Nothing => {}
            Found::Suggestions(found, stamp) => {
                self.queue().take_dismissals(&found);
                disk.stamp = Some(stamp);
            }
            Found::Damaged(words) => {
                disk.damaged = Some(Alarm { since: now, words });
                self.queue().is_changed = true;
            }
        }
    }

    /// Saves what changed; at the end of the program.
    pub fn save(&self, now: Timestamp) {
        let mut disk = self.disk();
        if self.queue().is_changed {
            self.write(&mut disk, now);
        }
    }

    /// Forgets every host of which `is_hidden` says so, here at once and in the file at the next [`Self::look`].
    pub fn forget(&self, is_hidden: impl Fn(&Host) -> bool) {
        let mut queue = self.queue();
        let before = queue.kept.len();
        queue.kept.retain(|_, kept| !is_hidden(&kept.suggestion.host));
        if queue.kept.len() != before {
            (queue.is_changed, queue.is_urgent) = (true, true);
        }
    }

    /// Decides against a suggestion; false where there is none for this host. Evidence goes on being counted, but it is
    /// not shown as waiting again. Another process dismisses with [`dismiss`].
    pub fn dismiss(&self, host: &Host, now: Timestamp) -> bool {
        let mut queue = self.queue();
        let Some(kept) = queue.kept.get_mut(host.as_str()) else { return false };
        kept.suggestion.dismissed_micros = Some(now.as_microsecond());
        (queue.is_changed, queue.is_urgent) = (true, true);
        true
    }

    /// The suggestions that wait for a person under this ruleset, those of the most clients first.
    pub fn waiting(&self, ruleset: &Ruleset) -> Vec<Suggestion> {
        let queue = self.queue();
        let all = queue.kept.values().map(|kept| &kept.suggestion);
        in_order(all.filter(|suggestion| suggestion.is_waiting(ruleset)).cloned().collect())
    }

    /// What a person should know of the file: that it was damaged, or that it cannot be written.
    pub fn alarms(&self) -> Vec<Alarm> {
        let disk = self.disk();
        disk.damaged.iter().chain(&disk.unsaved).cloned().collect()
    }

    fn write(&self, disk: &mut Disk, now: Timestamp) {
        disk.saved = Some(now);
        let written = file::locked(&self.path, || {
            self.take_over(disk, now);
            let mut queue = self.queue();
            let all = queue.kept.values().map(|kept| kept.suggestion.clone()).collect();
            (queue.is_changed, queue.is_urgent) = (false, false);
            drop(queue);
            file::store(&self.path, &in_order(all))
        });
        match written {
            Ok(stamp) => (disk.stamp, disk.unsaved) = (Some(stamp), None),
            Err(fault) => {
                self.queue().is_changed = true;
                let since = disk.unsaved.as_ref().map_or(now, |alarm| alarm.since);
                let words = format!(
                    "The suggestions of what to leave unopened cannot be saved to {}: {fault}. They are kept in memory and \
                     tried again each minute. Look at the disk and at who may write the data folder.",
                    self.path.display()
                );
                disk.unsaved = Some(Alarm { since, words });
            }
        }
    }

    fn hash(&self, client: Option<IpAddr>) -> Option<u64> {
        client.map(|client| self.hasher.hash_one(crate::recent::same_computer(client)))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing here is left half done by a panic, so the queue stays good.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn complain(&mut self, event: &RequestEvent, host: &str, kind: &str, client: Option<u64>) {
        if !self.kept.contains_key(host) {
            let Ok(parsed) = Host::parse(host) else { return };
            if self.kept.len() >= MOST_HOSTS {
                self.make_room();
            }
            self.has_new = true;
            self.kept.insert(host.to_owned(), Kept::from_file(Suggestion::new(parsed, event.at_micros)));
        }
        if let Some(kept) = self.kept.get_mut(host) {
            kept.note(event, kind, client);
            self.is_changed = true;
        }
    }

    /// Makes room for an eighth in one go, so that a flood of new hosts costs little each.
    fn make_room(&mut self) {
        let worth = |kept: &Kept| {
            let Suggestion { dismissed_micros, clients, last_micros, .. } = &kept.suggestion;
            (dismissed_micros.is_some(), *clients > 1, *last_micros)
        };
        let mut worths: Vec<_> = self.kept.values().map(worth).collect();
        worths.sort_unstable();
        if let Some(limit) = worths.get(self.kept.len() / 8).copied() {
            self.kept.retain(|_, kept| worth(kept) > limit);
        }
    }

    fn take_dismissals(&mut self, found: &[Suggestion]) {
        for suggestion in found.iter().filter(|suggestion| suggestion.dismissed_micros.is_some()) {
            if let Some(kept) = self.kept.get_mut(suggestion.host.as_str()) {
                let here = &mut kept.suggestion.dismissed_micros;
                *here = (*here).max(suggestion.dismissed_micros);
            }
        }
    }
}

/// What an event says against opening its host; the alert's name.
fn complaint(event: &RequestEvent) -> Option<Arc<str>> {
    if event.outcome != Outcome::Failed || !matches!(&*event.scheme, "tunnel" | "https") {
        return None;
    }
    let entry = event.entry.as_ref()?;
    let kind = match entry.strip_prefix(DISTRUSTS) {
        Some(alert) => alert,
        None if &**entry == CLIENT_CERTIFICATE => entry,
        None => return None,
    };
    Some(cut(&kind.into(), CODE_BYTES))
}

/// Those of the most clients first, and then the last seen first.
fn in_order(mut suggestions: Vec<Suggestion>) -> Vec<Suggestion> {
    suggestions.sort_by(|one, other| {
        let key = |of: &Suggestion| (of.clients, of.last_micros);
        key(other).cmp(&key(one)).then_with(|| one.host.cmp(&other.host))
    });
    suggestions
}
