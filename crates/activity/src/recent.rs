//! A small memory of what just happened: for the status page, the terminal, and `/stopped`.
//!
//! Everything here is bounded and lives in memory only. Clients' addresses are kept nowhere else unless their person
//! may be named. Refusals fade after [`Limits::refusals_for`].

use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    subject::{GroupCode, PersonId},
};
use jiff::Timestamp;
use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::broadcast;

/// How much is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Last verdicts, for the status page.
    pub verdicts: usize,
    /// Refusals of one person at one address.
    pub refusals_each: usize,
    /// How many persons and addresses have their refusals remembered; beyond it the longest quiet are forgotten.
    pub clients: usize,
    /// How long a refusal is remembered.
    pub refusals_for: Duration,
    /// What an address sees that several people have used.
    pub shared_address: SharedAddress,
    /// How long an address stays its last signed-in person's when only unsigned requests follow: computers ask for
    /// updates and the like without signing in, and those must not hide from a child what was stopped for it.
    pub person_stays: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            verdicts: 200,
            refusals_each: 50,
            clients: 4_096,
            refusals_for: Duration::from_hours(24),
            shared_address: SharedAddress::LastPersonOnly,
            person_stays: Duration::from_mins(15),
        }
    }
}

/// What `/stopped` shows an address that several signed-in people have used one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedAddress {
    /// Only what was stopped for the last person seen there, and what was stopped unsigned: the next child at a shared
    /// computer must not read what the one before was looking for.
    LastPersonOnly,
    /// Everything stopped there. For the demo, whose sample people all sit at one computer.
    Everybody,
}

/// A verdict as anybody may see it: no person, no address of a client, no path, no reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// When it was judged: microseconds since 1970-01-01 UTC.
    pub at_micros: i64,
    /// The group's neutral code; `None` is the policy `unknown`.
    pub group: Option<GroupCode>,
    /// The listener's name.
    pub listener: Arc<str>,
    /// HTTP method; empty where none was seen.
    pub method: Arc<str>,
    /// `http`, `https`, `tunnel` or `dns`.
    pub scheme: Arc<str>,
    /// Host asked for; absent for a sealed hit.
    pub host: Option<Arc<str>>,
    /// How it turned out.
    pub outcome: Outcome,
    /// The deciding layer's code.
    pub layer: Arc<str>,
    /// The category's or service's code.
    pub category: Option<Arc<str>>,
    /// The reason in the words shown to the person.
    pub words: Arc<str>,
    /// From head read to answer done, microseconds.
    pub duration_micros: u64,
    /// Whether this was a probe or drill.
    pub synthetic: bool,
}

impl From<&RequestEvent> for Verdict {
    fn from(event: &RequestEvent) -> Self {
        Self {
            at_micros: event.at_micros,
            group: event.subject.group.clone(),
            listener: event.listener.clone(),
            method: event.method.clone(),
            scheme: event.scheme.clone(),
            host: if event.outcome == Outcome::Sealed { None } else { event.host.clone() },
            outcome: event.outcome,
            layer: event.layer.clone(),
            category: event.category.clone(),
            words: event.words.clone(),
            duration_micros: event.duration_micros,
            synthetic: event.synthetic,
        }
    }
}

/// How many requests turned out how since the program started. Visits for help are not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Served.
    pub allowed: u64,
    /// Stopped by policy, sealed lists included.
    pub blocked: u64,
    /// Sent on to another address by policy.
    pub redirected: u64,
    /// Refused for their form or for where they aimed at.
    pub refused: u64,
    /// Allowed, but the other side failed.
    pub failed: u64,
}

impl Counts {
    fn count(&mut self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Allowed => &mut self.allowed,
            Outcome::Blocked | Outcome::Sealed => &mut self.blocked,
            Outcome::Redirected => &mut self.redirected,
            Outcome::Refused => &mut self.refused,
            Outcome::Failed => &mut self.failed,
        };
        *counter += 1;
    }
}

/// The memory. Shared between the drain, which writes, and the pages, which read.
#[derive(Debug)]
pub struct Recent {
    limits: Limits,
    memory: Mutex<Memory>,
    listeners: broadcast::Sender<Arc<Verdict>>,
}

#[derive(Debug, Default)]
struct Memory {
    counts: Counts,
    verdicts: VecDeque<Arc<Verdict>>,
    refusals: HashMap<Client, VecDeque<Arc<RequestEvent>>>,
    /// The last person signed in at each address, and when they were last seen.
    last_person: HashMap<IpAddr, (PersonId, i64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Client {
    person: Option<PersonId>,
    address: Option<IpAddr>,
}

impl Recent {
    /// An empty memory.
    pub fn new(limits: Limits) -> Self {
        let (listeners, _) = broadcast::channel(256);
        Self { limits, memory: Mutex::default(), listeners }
    }

    /// Remembers one event. Visits for help are not remembered at all.
    pub fn record(&self, event: &Event) {
        let Event::Request(event) = event else { return };
        if crate::is_help(event) {
            return;
        }
        let verdict = Arc::new(Verdict::from(&**event));
        // Nobody listening is no fault.
        drop(self.listeners.send(Arc::clone(&verdict)));

        let mut memory = self.lock();
        memory.counts.count(event.outcome);
        memory.verdicts.push_back(verdict);
        while memory.verdicts.len() > self.limits.verdicts {
            memory.verdicts.pop_front();
        }
        let client = Client { person: event.subject.person.clone(), address: event.client.map(same_computer) };
        if let (Some(address), Some(person)) = (client.address, &client.person) {
            memory.remember_person(address, person, event.at_micros, self.limits.clients);
        }
        // Being asked to sign in is no refusal.
        let is_stopped = matches!(event.outcome, Outcome::Blocked | Outcome::Sealed | Outcome::Refused);
        if is_stopped && &*event.layer != "sign-in" {
            memory.remember_refusal(client, event, &self.limits);
        }
    }

    /// The last verdicts, newest first.
    pub fn verdicts(&self, count: usize) -> Vec<Arc<Verdict>> {
        self.lock().verdicts.iter().rev().take(count).cloned().collect()
    }

    /// How many requests turned out how.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// What was stopped for the signed-in person; where nobody is signed in, for this address. Newest first.
    pub fn stopped(&self, person: Option<&PersonId>, address: IpAddr, now: Timestamp) -> Vec<Arc<RequestEvent>> {
        let address = same_computer(address);
        let memory = self.lock();
        let gone = now.as_microsecond().saturating_sub(micros(self.limits.person_stays));
        let last_person = memory.last_person.get(&address).filter(|(_, seen)| *seen > gone).map(|(person, _)| person);
        let is_shown = |client: &Client| match person {
            Some(person) => client.person.as_ref() == Some(person),
            None => {
                client.address == Some(address)
                    && (self.limits.shared_address == SharedAddress::Everybody
                        || client.person.is_none()
                        || client.person.as_ref() == last_person)
            }
        };
        let oldest = now.as_microsecond().saturating_sub(micros(self.limits.refusals_for));
        let mut found: Vec<_> = memory
            .refusals
            .iter()
            .filter(|(client, _)| is_shown(client))
            .flat_map(|(_, events)| events.iter().filter(|event| event.at_micros > oldest).cloned())
            .collect();
        drop(memory);
        found.sort_by_key(|event| std::cmp::Reverse(event.at_micros));
        found.truncate(self.limits.refusals_each);
        found
    }

    /// Forgets what is too old. Called by the drain once a minute.
    pub fn fade(&self, now: Timestamp) {
        let oldest = now.as_microsecond().saturating_sub(micros(self.limits.refusals_for));
        let mut memory = self.lock();
        memory.refusals.retain(|_, events| {
            while events.front().is_some_and(|event| event.at_micros <= oldest) {
                events.pop_front();
            }
            !events.is_empty()
        });
        memory.last_person.retain(|_, (_, seen)| *seen > oldest);
    }

    /// Every verdict from now on, as it happens. Whoever reads too slowly misses some and is told how many.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Verdict>> {
        self.listeners.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Nothing here is left half done by a panic, so the memory stays good.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn remember_person(&mut self, address: IpAddr, person: &PersonId, at_micros: i64, most: usize) {
        if let Some(known) = self.last_person.get_mut(&address) {
            known.1 = known.1.max(at_micros);
            if known.0 != *person {
                known.0.clone_from(person);
            }
            return;
        }
        if self.last_person.len() >= most.max(1) {
            forget_quietest(&mut self.last_person, |(_, seen)| *seen);
        }
        self.last_person.insert(address, (person.clone(), at_micros));
    }

    fn remember_refusal(&mut self, client: Client, event: &RequestEvent, limits: &Limits) {
        if !self.refusals.contains_key(&client) && self.refusals.len() >= limits.clients.max(1) {
            forget_quietest(&mut self.refusals, |events| events.back().map_or(i64::MIN, |event| event.at_micros));
        }
        let events = self.refusals.entry(client).or_default();
        events.push_back(Arc::new(without_sealed_address(event)));
        while events.len() > limits.refusals_each {
            events.pop_front();
        }
    }
}

/// The address a computer is known by here: IPv4 written as IPv4, and one for all loopback addresses, because a browser
/// on this machine may reach the proxy at `127.0.0.1` and the page at `::1`.
fn same_computer(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    if address.is_loopback() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address }
}

/// Nothing anywhere stores or shows the address of a sealed hit (house invariant 3).
fn without_sealed_address(event: &RequestEvent) -> RequestEvent {
    let mut event = event.clone();
    if event.outcome == Outcome::Sealed {
        event.host = None;
        event.path = None;
    }
    event
}

/// Makes room in one go for an eighth, so that a flood of new addresses costs little each.
fn forget_quietest<K: Clone + Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>, last_seen: impl Fn(&V) -> i64) {
    let mut moments: Vec<i64> = map.values().map(&last_seen).collect();
    let middle = moments.len() / 8;
    let (_, &mut limit, _) = moments.select_nth_unstable(middle);
    map.retain(|_, value| last_seen(value) > limit);
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::{request::Visibility, subject::Subject};

    const NOW: i64 = 1_795_000_000_000_000;
    const MINUTE: i64 = 60_000_000;

    fn event(person: Option<&str>, client: &str, host: &str, outcome: Outcome, at_micros: i64) -> Event {
        let subject = Subject { person: person.map(PersonId::from), ..Subject::unknown() };
        Event::Request(Box::new(RequestEvent {
            reference: "7Q4K".into(),
            at_micros,
            ruleset: "r1".into(),
            subject,
            client: Some(client.parse().unwrap()),
            listener: "main".into(),
            method: "GET".into(),
            scheme: "http".into(),
            host: Some(host.into()),
            port: 80,
            path: Some("/".into()),
            visibility: Visibility::Whole,
            outcome,
            status: 403,
            layer: "categories".into(),
            rule: None,
            list: None,
            entry: None,
            category: Some("gambling".into()),
            clauses: Vec::new(),
            words: "Gambling is not for school.".into(),
            bytes_up: 0,
            bytes_down: 0,
            duration_micros: 10,
            synthetic: false,
        }))
    }

    fn hosts(recent: &Recent, person: Option<&str>, address: &str, now: i64) -> Vec<String> {
        let person = person.map(PersonId::from);
        let now = Timestamp::from_microsecond(now).unwrap();
        recent
            .stopped(person.as_ref(), address.parse().unwrap(), now)
            .iter()
            .map(|event| event.host.as_deref().unwrap_or("-").to_owned())
            .collect()
    }

    #[test]
    fn only_refusals_are_shown_newest_first_and_only_to_their_client() {
        let recent = Recent::new(Limits::default());
        recent.record(&event(None, "10.0.0.1", "one.example", Outcome::Blocked, NOW));
        recent.record(&event(None, "10.0.0.1", "fine.example", Outcome::Allowed, NOW + 1));
        recent.record(&event(None, "::ffff:10.0.0.1", "two.example", Outcome::Refused, NOW + 2));
        recent.record(&event(None, "10.0.0.2", "other.example", Outcome::Blocked, NOW + 3));
        assert_eq!(hosts(&recent, None, "::ffff:10.0.0.1", NOW + 4), ["two.example", "one.example"]);
        assert_eq!(hosts(&recent, None, "10.0.0.3", NOW + 4), Vec::<String>::new());
        assert_eq!(recent.counts(), Counts { allowed: 1, blocked: 2, refused: 1, ..Counts::default() });
    }

    #[test]
    fn the_next_child_at_a_computer_does_not_see_what_was_stopped_for_the_one_before() {
        let recent = Recent::new(Limits::default());
        recent.record(&event(Some("p1"), "10.0.0.1", "first.example", Outcome::Blocked, NOW));
        recent.record(&event(None, "10.0.0.1", "updates.example", Outcome::Blocked, NOW + 1));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 2), ["updates.example", "first.example"]);
        recent.record(&event(Some("p2"), "10.0.0.1", "fine.example", Outcome::Allowed, NOW + 3));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 4), ["updates.example"]);
        assert_eq!(hosts(&recent, Some("p1"), "10.0.0.9", NOW + 4), ["first.example"]);
    }

    #[test]
    fn a_person_who_left_a_computer_is_no_longer_shown_there() {
        let recent = Recent::new(Limits::default());
        recent.record(&event(Some("p1"), "10.0.0.1", "first.example", Outcome::Blocked, NOW));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 14 * MINUTE), ["first.example"]);
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 16 * MINUTE), Vec::<String>::new());
    }

    #[test]
    fn the_demo_shows_everybody_at_its_one_computer() {
        let recent = Recent::new(Limits { shared_address: SharedAddress::Everybody, ..Limits::default() });
        recent.record(&event(Some("p1"), "127.0.0.1", "first.example", Outcome::Blocked, NOW));
        recent.record(&event(Some("p2"), "127.0.0.1", "second.example", Outcome::Blocked, NOW + 1));
        assert_eq!(hosts(&recent, None, "127.0.0.1", NOW + 2), ["second.example", "first.example"]);
        assert_eq!(hosts(&recent, None, "::1", NOW + 2), ["second.example", "first.example"]);
    }

    #[test]
    fn refusals_fade_after_a_day() {
        let recent = Recent::new(Limits::default());
        recent.record(&event(None, "10.0.0.1", "old.example", Outcome::Blocked, NOW));
        let tomorrow = NOW + 24 * 60 * MINUTE;
        assert_eq!(hosts(&recent, None, "10.0.0.1", tomorrow), Vec::<String>::new());
        recent.fade(Timestamp::from_microsecond(tomorrow).unwrap());
        assert!(recent.lock().refusals.is_empty());
    }

    #[test]
    fn the_memory_stays_bounded_under_a_flood() {
        let limits = Limits { clients: 100, refusals_each: 5, verdicts: 10, ..Limits::default() };
        let recent = Recent::new(limits);
        for number in 0..5_000_u32 {
            let person = format!("p{number}");
            let address = std::net::Ipv4Addr::from(0x0a00_0000 + number).to_string();
            for step in 0..7 {
                let at = NOW + i64::from(number) * 10 + step;
                recent.record(&event(Some(&person), &address, "flood.example", Outcome::Blocked, at));
            }
        }
        let memory = recent.lock();
        assert!(memory.refusals.len() <= 100 && memory.last_person.len() <= 100);
        assert!(memory.refusals.values().all(|events| events.len() <= 5));
        assert_eq!(memory.verdicts.len(), 10);
        let newest = Client { person: Some("p4999".into()), address: Some("10.0.19.135".parse().unwrap()) };
        assert!(memory.refusals.contains_key(&newest));
    }

    #[test]
    fn verdicts_name_nobody_and_help_leaves_no_trace() {
        let recent = Recent::new(Limits::default());
        let mut stream = recent.subscribe();
        recent.record(&event(Some("p1"), "10.0.0.1", "one.example", Outcome::Blocked, NOW));
        recent.record(&Event::Help);
        let Event::Request(mut help) = event(Some("p1"), "10.0.0.1", "helpline.example", Outcome::Allowed, NOW) else {
            unreachable!()
        };
        help.layer = "help".into();
        recent.record(&Event::Request(help));
        let verdicts = recent.verdicts(10);
        assert_eq!(verdicts.len(), 1);
        let shown = format!("{verdicts:?}");
        assert!(!shown.contains("p1") && !shown.contains("10.0.0.1") && !shown.contains("7Q4K"));
        assert_eq!(stream.try_recv().unwrap(), verdicts[0]);
        assert!(stream.try_recv().is_err());
        assert_eq!(recent.counts().allowed, 0);
    }

    #[test]
    fn a_sealed_hit_has_no_address_anywhere() {
        let recent = Recent::new(Limits::default());
        recent.record(&event(None, "10.0.0.1", "sealed.example", Outcome::Sealed, NOW));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 1), ["-"]);
        assert_eq!(recent.verdicts(1)[0].host, None);
    }
}
