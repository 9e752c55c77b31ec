//! What one running name service holds in common, and what each worker holds.

mod guesses;

use super::{counters::Counters, forwarder::Forwarder, respond::Visit, settings::Settings};
use crate::{
    door::Lock,
    events::EventSender,
    gate::{Clock, References},
    judge::Judge,
    limits::Limits,
};
use foldhash::fast::RandomState;
pub(crate) use guesses::Guesses;
use holdfast_core::{
    identity::{Clues, IdentityTable},
    moment::Moment,
    ruleset::Ruleset,
    subject::Subject,
};
use ipnet::IpNet;
use rustls::ServerConfig;
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::sync::watch;

/// How many clients a worker remembers within one second.
const REMEMBERED_CLIENTS: usize = 4_096;
/// How many texts that events repeat a worker keeps.
const KEPT_TEXTS: usize = 1_024;

/// One for the whole name service.
pub(crate) struct Service {
    pub(crate) settings: Settings,
    /// The listeners' names; a [`Visit`] names one by its place here.
    pub(crate) listeners: Vec<Arc<str>>,
    pub(crate) judge: Judge,
    pub(crate) ruleset: watch::Receiver<Arc<Ruleset>>,
    pub(crate) identity: watch::Receiver<Arc<IdentityTable>>,
    /// The TLS side of DNS over TLS and of DNS over HTTPS.
    pub(crate) locks: Option<Locks>,
    pub(crate) events: EventSender,
    pub(crate) clock: Clock,
    pub(crate) forwarder: Arc<Forwarder>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) limits: Arc<Limits>,
    /// Ports on which our own UDP sockets stand.
    pub(crate) own_ports: Vec<u16>,
    /// What a blocked answer says beside its code.
    pub(crate) block_text: String,
    /// Questions that wait for an answer from upstream.
    pub(crate) under_way: AtomicUsize,
    /// Personal names that were nobody's.
    pub(crate) guesses: Guesses,
    /// Bytes of answers that clients have not taken in yet, over TCP, TLS and HTTPS.
    pub(crate) unwritten: Arc<AtomicUsize>,
}

/// How connections over TLS are taken in. What is spoken inside, as TLS names it (RFC 7858 §3.1 as registered, RFC 8484
/// §5.2). Clients that name nothing are served all the same.
pub(crate) struct Locks {
    pub(crate) tls: Lock,
    pub(crate) https: Lock,
}

impl Locks {
    pub(crate) fn new(identities: &watch::Receiver<Arc<ServerConfig>>) -> Self {
        Self {
            tls: Lock::speaking(identities.clone(), &[b"dot"]),
            https: Lock::speaking(identities.clone(), &[b"h2", b"http/1.1"]),
        }
    }
}

/// One question that waits, for which a stop has patience. Dropping it, however it ends, takes it out.
pub(crate) struct UnderWay(Arc<Service>);

impl UnderWay {
    pub(crate) fn begin(service: &Arc<Service>) -> Self {
        service.under_way.fetch_add(1, Relaxed);
        Self(Arc::clone(service))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

impl Service {
    /// The time, read once for all questions that came together.
    pub(crate) fn now(&self) -> Now {
        Now { moment: (self.clock)(), instant: Instant::now() }
    }

    fn serves(&self, source: IpAddr) -> bool {
        if self.settings.clients.is_empty() { is_inside(source) } else { contains(&self.settings.clients, source) }
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// This computer, the cable right here, and private networks: who is served where nothing is set.
fn is_inside(source: IpAddr) -> bool {
    match source {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// The time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) moment: Moment,
    pub(crate) instant: Instant,
}

/// One ruleset and one identity table that are in force together.
pub(crate) struct Snapshot {
    pub(crate) ruleset: Arc<Ruleset>,
    pub(crate) table: Arc<IdentityTable>,
}

/// Who asks.
pub(crate) struct Who {
    pub(crate) subject: Subject,
    /// Whether this client is answered at all.
    pub(crate) is_served: bool,
    /// When the client's address stops standing for this subject: microseconds since 1970-01-01 UTC.
    until_micros: Option<i64>,
}

/// What holds for one question from its beginning to its end.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) who: Arc<Who>,
    /// The next moment at which a verdict for this subject may change by itself.
    pub(crate) edge_micros: Option<i64>,
}

/// One for each worker thread.
pub(crate) struct Worker {
    pub(crate) service: Arc<Service>,
    pub(crate) references: References,
    memory: Mutex<Memory>,
    /// Ordinary questions over UDP that wait for upstream.
    waiting: AtomicUsize,
    /// Those for names that are always open; they are counted apart, so that they wait behind nobody.
    waiting_for_open: AtomicUsize,
}

/// Who came to which listener, under which personal name.
type Key = (IpAddr, usize, Option<Arc<str>>);

/// What a worker keeps at hand. Its lock is its own thread's, so nobody waits for it.
struct Memory {
    ruleset: watch::Receiver<Arc<Ruleset>>,
    identity: watch::Receiver<Arc<IdentityTable>>,
    snapshot: Arc<Snapshot>,
    /// The second for which the edge and the clients hold.
    second: i64,
    edge_micros: Option<i64>,
    clients: HashMap<Key, Arc<Who>, RandomState>,
    texts: HashSet<Arc<str>, RandomState>,
}

impl Worker {
    pub(crate) fn new(service: Arc<Service>) -> Self {
        let (mut ruleset, mut identity) = (service.ruleset.clone(), service.identity.clone());
        let snapshot = snapshot(&mut ruleset, &mut identity);
        let memory = Memory {
            ruleset,
            identity,
            snapshot,
            second: i64::MIN,
            edge_micros: None,
            clients: HashMap::default(),
            texts: HashSet::default(),
        };
        Self {
            service,
            references: References::new(),
            memory: Mutex::new(memory),
            waiting: AtomicUsize::new(0),
            waiting_for_open: AtomicUsize::new(0),
        }
    }

    /// How many questions over UDP wait for upstream now.
    pub(crate) fn waiting_of(&self, always_open: bool) -> &AtomicUsize {
        if always_open { &self.waiting_for_open } else { &self.waiting }
    }

    /// What is in force, and who asks, as of now.
    pub(crate) fn standing(&self, visit: &Visit, moment: &Moment) -> Standing {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.refresh(moment);
        let who = memory.who(&self.service, visit, moment);
        let edges = [memory.edge_micros, who.until_micros];
        Standing { snapshot: Arc::clone(&memory.snapshot), who, edge_micros: edges.into_iter().flatten().min() }
    }

    /// A text that events repeat, kept once: events are taken apart on another thread, and giving back a shared text
    /// costs less than giving back memory.
    pub(crate) fn text(&self, text: &str) -> Arc<str> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = memory.texts.get(text) {
            return Arc::clone(kept);
        }
        if memory.texts.len() >= KEPT_TEXTS {
            memory.texts.clear();
        }
        let new: Arc<str> = text.into();
        memory.texts.insert(Arc::clone(&new));
        new
    }
}

fn snapshot(
    ruleset: &mut watch::Receiver<Arc<Ruleset>>,
    identity: &mut watch::Receiver<Arc<IdentityTable>>,
) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        ruleset: Arc::clone(&ruleset.borrow_and_update()),
        table: Arc::clone(&identity.borrow_and_update()),
    })
}

impl Memory {
    fn refresh(&mut self, moment: &Moment) {
        // Whoever sends has gone: what was sent last holds on, and is looked at again.
        let is_new = |changed: Result<bool, _>| changed.unwrap_or(true);
        let is_new = is_new(self.ruleset.has_changed()) || is_new(self.identity.has_changed());
        let second = moment.unix_micros.div_euclid(1_000_000);
        let edge_passed = self.edge_micros.is_some_and(|edge| edge <= moment.unix_micros);
        if !is_new && second == self.second && !edge_passed {
            return;
        }
        if is_new {
            self.snapshot = snapshot(&mut self.ruleset, &mut self.identity);
        }
        self.second = second;
        self.edge_micros = self.snapshot.ruleset.next_edge(moment);
        self.clients.clear();
    }

    fn who(&mut self, service: &Service, visit: &Visit, moment: &Moment) -> Arc<Who> {
        let key = (visit.source, visit.listener, visit.personal.clone());
        if let Some(known) = self.clients.get(&key)
            && known.until_micros.is_none_or(|until| moment.unix_micros < until)
        {
            return Arc::clone(known);
        }
        let table = &self.snapshot.table;
        let is_of_somebody =
            |name: &str| table.resolver_names.get(name).is_some_and(|person| table.people.contains_key(person));
        // A name that is not looked at is nobody's, as the empty one always is.
        let personal = visit
            .personal
            .as_deref()
            .map(|name| if service.guesses.may_try(visit.source, moment.unix_micros) { name } else { "" });
        let is_known_person = personal.is_some_and(is_of_somebody);
        if let Some(name) = personal.filter(|name| !name.is_empty() && !is_known_person)
            && service.guesses.count(visit.source, name, moment.unix_micros)
        {
            service.counters.unknown_names.fetch_add(1, Relaxed);
        }
        let subject = table.identify(&Clues {
            listener: service.listeners.get(visit.listener).map_or("", |name| name),
            source: visit.source,
            signed_in: None,
            resolver_name: personal,
            now_micros: moment.unix_micros,
        });
        let bound = table.addresses.get(&visit.source).and_then(|binding| binding.until_micros);
        let who = Arc::new(Who {
            subject,
            is_served: is_known_person || service.serves(visit.source),
            until_micros: bound.filter(|until| moment.unix_micros < *until),
        });
        if self.clients.len() >= REMEMBERED_CLIENTS {
            self.clients.clear();
        }
        self.clients.insert(key, Arc::clone(&who));
        who
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_inside_and_others_are_not() {
        let inside = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.9", "169.254.1.1", "::1", "fd00::1", "fe80::1"];
        let outside = ["192.0.2.1", "8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "::"];
        for address in inside {
            assert!(is_inside(address.parse().unwrap()), "{address}");
        }
        for address in outside {
            assert!(!is_inside(address.parse().unwrap()), "{address}");
        }
    }
}
