//! A small memory of what just happened: for the status page, the terminal, and `/stopped`.
//!
//! Everything here is bounded and lives in memory only. Clients' addresses are kept nowhere else unless their person
//! may be named. Refusals fade after [`Limits::refusals_for`], unsigned ones after [`Limits::unsigned_for`]. What an
//! address without sign-in can be shown, and what cannot be told apart there, stands in [`refusals`].

pub mod refusals;

use crate::{
    text::{cut, cut_some},
    visibility::{GroupSeen, Shares},
};
use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    subject::{GroupCode, PersonId},
};
use jiff::Timestamp;
use refusals::{Client, Refusal, Refusals};
use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::broadcast;

/// The longest text of a verdict kept, in bytes: a host by RFC 1035 §2.3.4, and plenty for the rest.
const TEXT_BYTES: usize = 255;
/// The longest explanation of a verdict kept, in bytes.
const WORDS_BYTES: usize = 1_024;

/// How much is remembered.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Last verdicts, for the status page.
    pub verdicts: usize,
    /// Different refusals of one person at one address; the same again is counted.
    pub refusals_each: usize,
    /// How many persons and addresses have their refusals remembered; beyond it the longest quiet are forgotten.
    pub clients: usize,
    /// Refusals of everybody together; beyond it those of the longest quiet are forgotten. Each takes 2 KiB at most.
    pub refusals_in_all: usize,
    /// How long a signed-in person's refusal is remembered; with [`SharedAddress::Everybody`] an unsigned one too.
    pub refusals_for: Duration,
    /// How long an unsigned refusal is remembered and shown at its address: long enough to read why, short because the
    /// next at a shared computer cannot be told from the one before.
    pub unsigned_for: Duration,
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
            refusals_in_all: 20_000,
            refusals_for: Duration::from_hours(24),
            unsigned_for: Duration::from_mins(15),
            shared_address: SharedAddress::LastPersonOnly,
            person_stays: Duration::from_mins(15),
        }
    }
}

impl Limits {
    /// How long a refusal is kept and shown.
    fn kept_for(&self, is_signed: bool) -> Duration {
        if is_signed || self.shared_address == SharedAddress::Everybody { self.refusals_for } else { self.unsigned_for }
    }
}

/// What `/stopped` shows an address that several signed-in people have used one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedAddress {
    /// Only what was stopped for the last person seen there: the next child at a shared computer must not read what
    /// the one before was looking for. What was stopped unsigned since that person came is shown too, unless it was
    /// stopped within [`Limits::person_stays`] of somebody else's being signed in there; then it may be theirs.
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
    /// The strict search that was forced: the engine's code and the level.
    pub strict: Option<Arc<str>>,
    /// The reason in the words shown to the person.
    pub words: Arc<str>,
    /// From head read to answer done, microseconds.
    pub duration_micros: u64,
    /// Whether this was a probe or drill.
    pub synthetic: bool,
}

impl From<&RequestEvent> for Verdict {
    fn from(event: &RequestEvent) -> Self {
        let host = if event.outcome == Outcome::Sealed { None } else { event.host.as_ref() };
        Self {
            at_micros: event.at_micros,
            group: event.subject.group.clone(),
            listener: cut(&event.listener, TEXT_BYTES),
            method: cut(&event.method, TEXT_BYTES),
            scheme: cut(&event.scheme, TEXT_BYTES),
            host: cut_some(host, TEXT_BYTES),
            outcome: event.outcome,
            layer: cut(&event.layer, TEXT_BYTES),
            category: cut_some(event.category.as_ref(), TEXT_BYTES),
            strict: cut_some(event.strict.as_ref(), TEXT_BYTES),
            words: cut(&event.words, WORDS_BYTES),
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
    shares: Shares,
    verdicts: VecDeque<Arc<Verdict>>,
    refusals: Refusals,
}

impl Memory {
    /// Notes who was seen where and what was stopped for them.
    fn note(&mut self, event: &RequestEvent, limits: &Limits) {
        let address = event.client.map(same_computer);
        if let (Some(address), Some(person)) = (address, &event.subject.person) {
            self.refusals.see(address, person, event.at_micros, limits);
        }
        // Being asked to sign in is no refusal.
        let is_stopped = matches!(event.outcome, Outcome::Blocked | Outcome::Sealed | Outcome::Refused);
        if is_stopped && &*event.layer != "sign-in" {
            let client = Client { person: event.subject.person.clone(), address };
            self.refusals.remember(client, event, limits);
        }
    }
}

/// The request of an event, unless it is a visit for help.
fn shown(event: &Event) -> Option<&RequestEvent> {
    match event {
        Event::Request(event) if !crate::is_help(event) => Some(event),
        Event::Request(_) | Event::Help => None,
    }
}

impl Recent {
    /// An empty memory.
    pub fn new(limits: Limits) -> Self {
        let (listeners, _) = broadcast::channel(256);
        Self { limits, memory: Mutex::default(), listeners }
    }

    /// Remembers one event. Visits for help are not remembered at all.
    pub fn record(&self, event: &Event) {
        self.record_all(std::slice::from_ref(event));
    }

    /// Remembers events in their order, as [`Self::record`] does each.
    ///
    /// Where nobody listens, verdicts that would be pushed out at once by those behind them are not made at all.
    pub fn record_all(&self, events: &[Event]) {
        let requests = || events.iter().filter_map(shown);
        let count = requests().count();
        if count == 0 {
            return;
        }
        let is_heard = self.listeners.receiver_count() > 0;
        let pushed_out = if is_heard { 0 } else { count.saturating_sub(self.limits.verdicts) };
        let mut memory = self.lock();
        for (place, event) in requests().enumerate() {
            memory.counts.count(event.outcome);
            memory.shares.count(event);
            memory.note(event, &self.limits);
            if place < pushed_out {
                continue;
            }
            let verdict = Arc::new(Verdict::from(event));
            if is_heard {
                // Whoever listened a moment ago may be gone, which is no fault.
                drop(self.listeners.send(Arc::clone(&verdict)));
            }
            memory.verdicts.push_back(verdict);
        }
        let surplus = memory.verdicts.len().saturating_sub(self.limits.verdicts);
        memory.verdicts.drain(..surplus);
    }

    /// The last verdicts, newest first.
    pub fn verdicts(&self, count: usize) -> Vec<Arc<Verdict>> {
        self.lock().verdicts.iter().rev().take(count).cloned().collect()
    }

    /// How many requests turned out how.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// How much was seen of what was let through within the last 24 hours, by group ([`crate::visibility`]).
    pub fn seen_last_day(&self, now: Timestamp) -> Vec<GroupSeen> {
        self.lock().shares.last_day(now)
    }

    /// How much was seen of what was let through since the program started, by group ([`crate::visibility`]).
    pub fn seen_since_start(&self) -> Vec<GroupSeen> {
        self.lock().shares.since_start()
    }

    /// What was stopped for the signed-in person; where nobody is signed in, what may be shown at this address
    /// ([`refusals`]). Newest first.
    pub fn stopped(&self, person: Option<&PersonId>, address: IpAddr, now: Timestamp) -> Vec<Arc<Refusal>> {
        let mut found = self.lock().refusals.shown(person, same_computer(address), now.as_microsecond(), &self.limits);
        found.sort_by_key(|refusal| std::cmp::Reverse(refusal.at_micros));
        found.truncate(self.limits.refusals_each);
        found
    }

    /// Forgets what is too old. Called by the drain once a minute.
    pub fn fade(&self, now: Timestamp) {
        self.lock().refusals.fade(now.as_microsecond(), &self.limits);
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

/// The address a computer is known by here: IPv4 written as IPv4, and one for all loopback addresses, because a browser
/// on this machine may reach the proxy at `127.0.0.1` and the page at `::1`.
pub(crate) fn same_computer(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    if address.is_loopback() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address }
}

/// Makes room in one go for an eighth, so that a flood of new addresses costs little each.
pub(crate) fn forget_quietest<K: Clone + Eq + std::hash::Hash, V>(
    map: &mut HashMap<K, V>,
    last_seen: impl Fn(&V) -> i64,
) {
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
            strict: None,
            rewrites: Vec::new(),
            unopened: None,
            clauses: Vec::new(),
            words: "Gambling is not for school.".into(),
            bytes_up: 0,
            bytes_down: 0,
            duration_micros: 10,
            synthetic: false,
        }))
    }

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_microsecond(micros).unwrap()
    }

    fn hosts(recent: &Recent, person: Option<&str>, address: &str, now: i64) -> Vec<String> {
        let person = person.map(PersonId::from);
        recent
            .stopped(person.as_ref(), address.parse().unwrap(), at(now))
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
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 4), Vec::<String>::new());
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
    fn the_next_child_at_a_computer_without_sign_in_does_not_see_an_hour_of_what_was_stopped() {
        let recent = Recent::new(Limits::default());
        recent.record(&event(None, "10.0.0.1", "before.example", Outcome::Blocked, NOW));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 14 * MINUTE), ["before.example"]);
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 15 * MINUTE), Vec::<String>::new());
        recent.record(&event(None, "10.0.0.1", "before.example", Outcome::Blocked, NOW + 16 * MINUTE));
        let shown = recent.stopped(None, "10.0.0.1".parse().unwrap(), at(NOW + 17 * MINUTE));
        assert_eq!(shown[0].times, 1, "not even how often it was stopped before");
        recent.fade(at(NOW + 31 * MINUTE));
        assert_eq!(recent.lock().refusals.sizes(), (0, 0, 0), "and it is not kept either");
    }

    #[test]
    fn unsigned_refusals_from_before_a_person_came_or_among_several_persons_are_not_shown() {
        let recent = Recent::new(Limits::default());
        recent.record(&event(None, "10.0.0.1", "earlier.example", Outcome::Blocked, NOW));
        recent.record(&event(Some("p1"), "10.0.0.1", "fine.example", Outcome::Allowed, NOW + MINUTE));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 2 * MINUTE), Vec::<String>::new());
        recent.record(&event(None, "10.0.0.1", "updates.example", Outcome::Blocked, NOW + 2 * MINUTE));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 3 * MINUTE), ["updates.example"]);
        recent.record(&event(Some("p2"), "10.0.0.1", "second.example", Outcome::Blocked, NOW + 3 * MINUTE));
        recent.record(&event(None, "10.0.0.1", "whose.example", Outcome::Blocked, NOW + 4 * MINUTE));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 5 * MINUTE), ["second.example"]);
        recent.record(&event(Some("p2"), "10.0.0.1", "fine.example", Outcome::Allowed, NOW + 17 * MINUTE));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 17 * MINUTE), ["second.example"]);
        recent.record(&event(None, "10.0.0.1", "updates.example", Outcome::Blocked, NOW + 18 * MINUTE));
        assert_eq!(hosts(&recent, None, "10.0.0.1", NOW + 18 * MINUTE), ["updates.example", "second.example"]);
    }

    #[test]
    fn a_persons_refusals_fade_after_a_day_and_the_demos_too() {
        let demo = Recent::new(Limits { shared_address: SharedAddress::Everybody, ..Limits::default() });
        demo.record(&event(None, "10.0.0.1", "old.example", Outcome::Blocked, NOW));
        let recent = Recent::new(Limits::default());
        recent.record(&event(Some("p1"), "10.0.0.1", "old.example", Outcome::Blocked, NOW));
        let tomorrow = NOW + 24 * 60 * MINUTE;
        assert_eq!(hosts(&demo, None, "10.0.0.1", tomorrow - 1), ["old.example"]);
        assert_eq!(hosts(&recent, Some("p1"), "10.0.0.1", tomorrow - 1), ["old.example"]);
        assert_eq!(hosts(&recent, Some("p1"), "10.0.0.1", tomorrow), Vec::<String>::new());
        recent.fade(at(tomorrow));
        assert_eq!(recent.lock().refusals.sizes(), (0, 0, 0));
    }

    #[test]
    fn the_memory_stays_bounded_under_a_flood() {
        let limits = Limits { clients: 100, refusals_each: 5, verdicts: 10, ..Limits::default() };
        let recent = Recent::new(limits);
        for number in 0..5_000_u32 {
            let person = format!("p{number}");
            let address = std::net::Ipv4Addr::from(0x0a00_0000 + number).to_string();
            for step in 0..7 {
                let host = format!("flood-{step}.example");
                let at = NOW + i64::from(number) * 10 + step;
                recent.record(&event(Some(&person), &address, &host, Outcome::Blocked, at));
            }
        }
        let memory = recent.lock();
        let (kept, clients, sitters) = memory.refusals.sizes();
        assert!(kept <= 500 && clients <= 100 && sitters <= 100);
        assert_eq!(memory.verdicts.len(), 10);
        drop(memory);
        assert_eq!(hosts(&recent, Some("p4999"), "10.0.19.135", NOW + MINUTE).len(), 5);
    }

    #[test]
    fn refusals_of_everybody_together_stay_below_their_limit() {
        let recent = Recent::new(Limits { refusals_in_all: 1_000, ..Limits::default() });
        for number in 0..20_000_u32 {
            let address = std::net::Ipv4Addr::from(0x0a00_0000 + number % 400).to_string();
            let host = format!("flood-{number}.example");
            recent.record(&event(None, &address, &host, Outcome::Blocked, NOW + i64::from(number)));
            assert!(recent.lock().refusals.sizes().0 <= 1_000);
        }
        assert_eq!(hosts(&recent, None, "10.0.1.143", NOW + MINUTE)[0], "flood-19999.example");
    }

    #[test]
    fn a_page_asked_for_over_and_over_is_counted_and_its_long_texts_are_not_kept() {
        let recent = Recent::new(Limits::default());
        for step in 0..1_000 {
            let Event::Request(mut event) = event(None, "10.0.0.1", "again.example", Outcome::Blocked, NOW + step)
            else {
                unreachable!()
            };
            event.path = Some(format!("/{step}{}", "x".repeat(64 * 1024)).into());
            event.words = "é".repeat(64 * 1024).into();
            event.method = "M".repeat(64 * 1024).into();
            event.reference = format!("R{step}").into();
            recent.record(&Event::Request(event));
        }
        recent.record(&event(None, "10.0.0.1", &"h".repeat(9_000), Outcome::Blocked, NOW + 2_000));
        assert_eq!(recent.lock().refusals.sizes().0, 2);
        let shown = recent.stopped(None, "10.0.0.1".parse().unwrap(), at(NOW + MINUTE));
        assert_eq!((&*shown[1].reference, shown[1].times, shown[1].at_micros), ("R999", 1_000, NOW + 999));
        assert!(format!("{shown:?}").len() < 4_096 && format!("{:?}", recent.verdicts(1_000)).len() < 600_000);
        assert!(shown[1].words.ends_with('…') && shown[0].host.as_ref().is_some_and(|host| host.len() < 260));
    }

    #[test]
    fn the_questions_of_one_look_up_count_once() {
        let recent = Recent::new(Limits::default());
        for (step, method) in [(0, "A"), (5, "AAAA"), (9, "HTTPS"), (60_000_000, "A"), (60_000_004, "AAAA")] {
            let Event::Request(mut asked) = event(None, "10.0.0.1", "casino.example", Outcome::Blocked, NOW + step)
            else {
                unreachable!()
            };
            (asked.scheme, asked.method) = ("dns".into(), method.into());
            recent.record(&Event::Request(asked));
        }
        let shown = recent.stopped(None, "10.0.0.1".parse().unwrap(), at(NOW + MINUTE + 10));
        assert_eq!((shown.len(), shown[0].times), (1, 2));
    }

    #[test]
    fn many_at_once_are_remembered_as_one_after_the_other_are() {
        let events: Vec<_> = (0..60_i64)
            .map(|step| {
                let outcome = if step % 3 == 0 { Outcome::Blocked } else { Outcome::Allowed };
                let person = (step % 4 == 0).then_some("p1");
                event(person, "10.0.0.1", &format!("h{}.example", step % 11), outcome, NOW + step)
            })
            .chain([Event::Help])
            .collect();
        for is_heard in [false, true] {
            let limits = Limits { verdicts: 7, ..Limits::default() };
            let (one, all) = (Recent::new(limits), Recent::new(limits));
            let mut stream = is_heard.then(|| all.subscribe());
            for event in &events {
                one.record(event);
            }
            all.record_all(&events);
            assert_eq!(one.verdicts(100), all.verdicts(100));
            assert_eq!((all.verdicts(100).len(), one.counts()), (7, all.counts()));
            let stopped = |recent: &Recent| recent.stopped(None, "10.0.0.1".parse().unwrap(), at(NOW + 100));
            assert_eq!(stopped(&one), stopped(&all));
            let heard = stream.as_mut().map_or(0, |stream| std::iter::from_fn(|| stream.try_recv().ok()).count());
            assert_eq!(heard, if is_heard { 60 } else { 0 });
        }
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
