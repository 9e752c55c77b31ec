//! The thread that asks: it joins questions that are the same, keeps within the limits, remembers what came, renews
//! what help needs, and tries upstreams that were set aside.

use super::{
    AskFault, Found,
    cache::Memory,
    groups::{Answered, Asking, Groups},
};
use crate::{
    destination::Destinations,
    dns::{
        counters::Counters,
        question::Ask,
        settings::{Forwarding, UpstreamAddress},
    },
};
use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{self, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval},
};

/// How many may wait for answers at once, in all and of one client.
pub(super) const MOST_WAITING: usize = 4_096;
pub(super) const MOST_OF_A_CLIENT: usize = 128;
/// The same for help, lifelines and our own proxy, which have places of their own.
pub(super) const MOST_URGENT: usize = 1_024;
/// How long it is remembered that a question failed (RFC 2308 §7.1 allows five minutes).
const REMEMBER_FAILURE: Duration = Duration::from_secs(5);
/// How many failures are remembered.
const MOST_FAILURES: usize = 4_096;
/// How often upkeep is done, and how many answers are renewed each time.
const UPKEEP: Duration = Duration::from_millis(500);
const RENEWALS: usize = 8;

/// What comes of a question.
pub(super) type Outcome = Result<Found, AskFault>;

/// A question to ask.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) ask: Ask,
    /// Whose limit it counts against; nothing for ourselves.
    pub(super) client: Option<IpAddr>,
    pub(super) is_urgent: bool,
    /// Whether the answer is kept for help and lifelines.
    pub(super) keeps: bool,
    pub(super) reply: oneshot::Sender<Outcome>,
}

/// What the desk shares with those who ask.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) memory: Memory,
    groups: RwLock<Arc<Groups>>,
    pub(super) counters: Arc<Counters>,
    pub(super) destinations: Arc<Destinations>,
    /// How it is set, but for the general upstreams, which may change.
    pub(super) settings: Forwarding,
}

impl Shared {
    pub(super) fn new(settings: Forwarding, destinations: Destinations, counters: Arc<Counters>) -> io::Result<Self> {
        let memory = Memory::new(settings.cache_bytes, Instant::now());
        let groups = RwLock::new(Arc::new(Groups::new(settings.clone())?));
        Ok(Self { memory, groups, counters, destinations: Arc::new(destinations), settings })
    }

    /// The upstreams of this moment.
    pub(super) fn groups(&self) -> Arc<Groups> {
        Arc::clone(&self.groups.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks others from now on. What is under way goes on with those that were asked.
    pub(super) fn use_upstreams(&self, upstreams: Vec<UpstreamAddress>) -> io::Result<()> {
        let groups = Groups::new(Forwarding { upstreams, ..self.settings.clone() })?;
        *self.groups.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(groups);
        Ok(())
    }
}

/// Where jobs come in.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) urgent: mpsc::Receiver<Job>,
    pub(super) usual: mpsc::Receiver<Job>,
    pub(super) stop: watch::Receiver<bool>,
}

#[derive(Debug)]
struct Waiter {
    client: Option<IpAddr>,
    is_urgent: bool,
    reply: oneshot::Sender<Outcome>,
}

/// A question on its way.
#[derive(Debug)]
struct UnderWay {
    task: task::Id,
    waiters: Vec<Waiter>,
    keeps: bool,
}

type Asked = (Arc<Ask>, Result<Answered, AskFault>);

/// The thread's own state.
pub(super) struct Desk {
    shared: Arc<Shared>,
    under_way: HashMap<Arc<Ask>, UnderWay>,
    questions: JoinSet<Asked>,
    trials: JoinSet<()>,
    /// How many wait: usual and urgent.
    waiting: [usize; 2],
    /// The same by client.
    clients: HashMap<(IpAddr, bool), usize>,
    failures: HashMap<Arc<Ask>, (AskFault, Instant)>,
}

impl Desk {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            under_way: HashMap::new(),
            questions: JoinSet::new(),
            trials: JoinSet::new(),
            waiting: [0; 2],
            clients: HashMap::new(),
            failures: HashMap::new(),
        }
    }

    /// Works until told to stop, or until nobody can ask any more.
    pub(super) async fn run(mut self, mut inbox: Inbox) {
        let mut upkeep = interval(UPKEEP);
        upkeep.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                _ = inbox.stop.changed() => return,
                Some(ended) = self.questions.join_next_with_id() => self.finish(ended),
                _ = upkeep.tick() => self.keep_up(),
                job = inbox.urgent.recv() => match job {
                    Some(job) => self.take(job),
                    None => return,
                },
                Some(job) = inbox.usual.recv() => self.take(job),
            }
        }
    }

    /// Takes a question in, joins it to the same one under way, or turns it away.
    fn take(&mut self, job: Job) {
        let Job { ask, client, is_urgent, keeps, reply } = job;
        let failed = self.failures.get(&ask).filter(|(_, until)| !is_urgent && *until > Instant::now());
        if let Some((fault, _)) = failed {
            return tell(reply, Err(*fault));
        }
        if !self.admit(client, is_urgent) {
            return tell(reply, Err(AskFault::Crowded));
        }
        let waiter = Waiter { client, is_urgent, reply };
        if let Some(question) = self.under_way.get_mut(&ask) {
            question.keeps |= keeps;
            question.waiters.push(waiter);
            return;
        }
        self.begin(ask, is_urgent, keeps, vec![waiter]);
    }

    fn begin(&mut self, ask: Ask, is_urgent: bool, keeps: bool, waiters: Vec<Waiter>) {
        let shared = &self.shared;
        shared.counters.forwarded.fetch_add(1, Relaxed);
        let ask = Arc::new(ask);
        let asking = Asking {
            group: Arc::clone(shared.groups().of(&ask)),
            ask: Arc::clone(&ask),
            is_urgent,
            patience: shared.settings.patience,
            limit: shared.settings.limit,
            destinations: Arc::clone(&shared.destinations),
            counters: Arc::clone(&shared.counters),
        };
        let name = Arc::clone(&ask);
        let task = self.questions.spawn(async move { (name, asking.run().await) }).id();
        self.under_way.insert(ask, UnderWay { task, waiters, keeps });
    }

    /// Gives everybody who waits what came of a question.
    fn finish(&mut self, ended: Result<(task::Id, Asked), JoinError>) {
        let (ask, outcome) = match ended {
            Ok((_, asked)) => asked,
            Err(broken) => {
                tracing::error!(%broken, "asking upstream broke off; please report this");
                self.shared.counters.faults.fetch_add(1, Relaxed);
                let id = broken.id();
                let ask = self.under_way.iter().find(|(_, question)| question.task == id).map(|(ask, _)| ask);
                let Some(ask) = ask else { return };
                (Arc::clone(ask), Err(AskFault::Failed))
            }
        };
        let Some(UnderWay { waiters, keeps, .. }) = self.under_way.remove(&ask) else { return };
        let now = Instant::now();
        let outcome = match outcome {
            Ok(Answered { known, came }) => {
                self.failures.remove(&ask);
                let known = Arc::new(known);
                self.shared.memory.put(&ask, &known, came, keeps);
                let age = now.saturating_duration_since(came).as_secs();
                // Whoever waited for it gets it even where it may not be remembered at all.
                Ok(Found { known, age: u32::try_from(age).unwrap_or(u32::MAX), is_stale: false })
            }
            Err(fault) => {
                self.remember_failure(ask, fault, now);
                Err(fault)
            }
        };
        for waiter in waiters {
            self.leave(waiter.client, waiter.is_urgent);
            tell(waiter.reply, outcome.clone());
        }
    }

    fn remember_failure(&mut self, ask: Arc<Ask>, fault: AskFault, now: Instant) {
        if self.failures.len() >= MOST_FAILURES {
            self.failures.retain(|_, (_, until)| *until > now);
        }
        if self.failures.len() < MOST_FAILURES {
            self.failures.insert(ask, (fault, now + REMEMBER_FAILURE));
        }
    }

    fn admit(&mut self, client: Option<IpAddr>, is_urgent: bool) -> bool {
        let [usual, urgent] = &mut self.waiting;
        let (waiting, most) = if is_urgent { (urgent, MOST_URGENT) } else { (usual, MOST_WAITING) };
        if *waiting >= most {
            return false;
        }
        if let Some(client) = client {
            let of_client = self.clients.entry((client, is_urgent)).or_default();
            if *of_client >= MOST_OF_A_CLIENT {
                return false;
            }
            *of_client += 1;
        }
        *waiting += 1;
        true
    }

    fn leave(&mut self, client: Option<IpAddr>, is_urgent: bool) {
        let [usual, urgent] = &mut self.waiting;
        let waiting = if is_urgent { urgent } else { usual };
        *waiting = waiting.saturating_sub(1);
        let Some(key) = client.map(|client| (client, is_urgent)) else { return };
        if let Some(of_client) = self.clients.get_mut(&key) {
            *of_client = of_client.saturating_sub(1);
            if *of_client == 0 {
                self.clients.remove(&key);
            }
        }
    }

    fn keep_up(&mut self) {
        let now = Instant::now();
        while self.trials.try_join_next().is_some() {}
        for upstream in self.shared.groups().all() {
            if upstream.is_due(now) {
                let upstream = Arc::clone(upstream);
                self.trials.spawn(async move { upstream.try_out().await });
            }
        }
        for ask in self.shared.memory.due(now, RENEWALS) {
            if !self.under_way.contains_key(&ask) {
                self.begin(ask, true, true, Vec::new());
            }
        }
        self.failures.retain(|_, (_, until)| *until > now);
        self.shared.memory.measure(&self.shared.counters);
    }
}

/// Gives an answer to whoever asked, if he still waits. If not, it is remembered all the same.
fn tell(reply: oneshot::Sender<Outcome>, outcome: Outcome) {
    if reply.send(outcome).is_err() {
        tracing::trace!("whoever asked waits no more");
    }
}
