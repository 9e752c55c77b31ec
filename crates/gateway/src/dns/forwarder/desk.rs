//! The thread that asks: it joins questions that are the same, keeps within the limits, remembers what came, renews
//! what help needs, and tries upstreams that were set aside.

use super::{
    AskFault, Found,
    cache::{Keep, Memory},
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
const MOST_OF_A_CLIENT: usize = 128;
/// The same for clients that ask for help and lifelines, for our own proxy, and for learning ahead, which have places of
/// their own each.
pub(super) const MOST_URGENT: usize = 1_024;
/// Of one client that asks for help and lifelines: many names below a help site's may be invented.
const MOST_HELP_OF_A_CLIENT: usize = 16;
/// How long it is remembered that a question failed (RFC 2308 §7.1 allows five minutes).
const REMEMBER_FAILURE: Duration = Duration::from_secs(5);
/// How many failures are remembered.
const MOST_FAILURES: usize = 4_096;
/// How often upkeep is done, and how many answers are renewed each time.
const UPKEEP: Duration = Duration::from_millis(500);
const RENEWALS: usize = 8;

/// What comes of a question.
pub(super) type Outcome = Result<Found, AskFault>;

/// On whose behalf is asked, and so against whose limit it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// A client's.
    Usual(IpAddr),
    /// A client's that asks for a help site or a lifeline.
    Help(IpAddr),
    /// Our own proxy's, which keeps its own limits by client.
    Proxy,
    /// Our own: help and lifelines are learnt ahead.
    Learning,
}

impl On {
    /// Whether it waits behind nobody.
    pub(super) fn is_urgent(self) -> bool {
        !matches!(self, Self::Usual(_))
    }

    /// Where its kind is counted.
    fn place(self) -> usize {
        match self {
            Self::Usual(_) => 0,
            Self::Help(_) => 1,
            Self::Proxy => 2,
            Self::Learning => 3,
        }
    }

    /// How many of its kind may wait.
    fn most(self) -> usize {
        if self.is_urgent() { MOST_URGENT } else { MOST_WAITING }
    }

    /// Whose it is, and how many of theirs may wait.
    fn client(self) -> Option<((IpAddr, bool), usize)> {
        match self {
            Self::Usual(client) => Some(((client, false), MOST_OF_A_CLIENT)),
            Self::Help(client) => Some(((client, true), MOST_HELP_OF_A_CLIENT)),
            Self::Proxy | Self::Learning => None,
        }
    }

    /// How long the answer is kept.
    fn keep(self) -> Keep {
        match self {
            Self::Usual(_) | Self::Proxy => Keep::Usual,
            Self::Help(_) => Keep::Help,
            Self::Learning => Keep::Learnt,
        }
    }
}

/// A question to ask.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) ask: Ask,
    pub(super) on: On,
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
    on: On,
    reply: oneshot::Sender<Outcome>,
}

/// A question on its way.
#[derive(Debug)]
struct UnderWay {
    task: task::Id,
    waiters: Vec<Waiter>,
    keep: Keep,
}

type Asked = (Arc<Ask>, Result<Answered, AskFault>);

/// The thread's own state.
pub(super) struct Desk {
    shared: Arc<Shared>,
    under_way: HashMap<Arc<Ask>, UnderWay>,
    questions: JoinSet<Asked>,
    trials: JoinSet<()>,
    /// How many wait, by kind.
    waiting: [usize; 4],
    /// The same by client, and whether for help.
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
            waiting: [0; 4],
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
        let Job { ask, on, reply } = job;
        let failed = self.failures.get(&ask).filter(|(_, until)| !on.is_urgent() && *until > Instant::now());
        if let Some((fault, _)) = failed {
            return tell(reply, Err(*fault));
        }
        if !self.admit(on) {
            return tell(reply, Err(AskFault::Crowded));
        }
        let waiter = Waiter { on, reply };
        if let Some(question) = self.under_way.get_mut(&ask) {
            question.keep = question.keep.max(on.keep());
            question.waiters.push(waiter);
            return;
        }
        self.begin(ask, on.is_urgent(), on.keep(), vec![waiter]);
    }

    fn begin(&mut self, ask: Ask, is_urgent: bool, keep: Keep, waiters: Vec<Waiter>) {
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
        self.under_way.insert(ask, UnderWay { task, waiters, keep });
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
        let Some(UnderWay { waiters, keep, .. }) = self.under_way.remove(&ask) else { return };
        let now = Instant::now();
        let outcome = match outcome {
            Ok(Answered { known, came }) => {
                self.failures.remove(&ask);
                let known = Arc::new(known);
                self.shared.memory.put(&ask, &known, came, keep);
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
            self.leave(waiter.on);
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

    fn admit(&mut self, on: On) -> bool {
        let Some(waiting) = self.waiting.get_mut(on.place()).filter(|waiting| **waiting < on.most()) else {
            return false;
        };
        if let Some((client, most)) = on.client() {
            let of_client = self.clients.entry(client).or_default();
            if *of_client >= most {
                return false;
            }
            *of_client += 1;
        }
        *waiting += 1;
        true
    }

    fn leave(&mut self, on: On) {
        if let Some(waiting) = self.waiting.get_mut(on.place()) {
            *waiting = waiting.saturating_sub(1);
        }
        let Some((client, _)) = on.client() else { return };
        if let Some(of_client) = self.clients.get_mut(&client) {
            *of_client = of_client.saturating_sub(1);
            if *of_client == 0 {
                self.clients.remove(&client);
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
                self.begin(ask, true, Keep::Usual, Vec::new());
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
