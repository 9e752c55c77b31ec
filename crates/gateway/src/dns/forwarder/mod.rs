//! Knowing or asking upstream: a cache, several upstreams that are watched, and no question asked twice at once.
//!
//! A question's way: [`cache`] knows, or a message goes to the [`desk`], a thread of its own, which joins questions that
//! are the same and asks the upstreams of the name's [`groups`] in turn. An [`upstream`] is reached over UDP ([`plain`])
//! or over a connection that is kept ([`line`]): TCP and TLS ([`stream`], [`secure`]) or HTTPS ([`https`]). What fits
//! neither number nor question is never looked at; what fits is read once by [`super::known`].

mod cache;
mod desk;
mod groups;
mod help;
mod https;
mod line;
mod numbers;
mod plain;
mod secure;
mod stream;
mod upstream;

#[cfg(test)]
mod tests;

pub use help::learn_always_open;

use super::{
    counters::Counters,
    known::Known,
    question::Ask,
    settings::{Forwarding, UpstreamAddress},
};
use crate::{
    destination::{Destinations, LookUp},
    limits::client_of,
};
use desk::{Desk, Inbox, Job, MOST_URGENT, MOST_WAITING, On, Outcome, Shared};
use hickory_proto::{op::ResponseCode, rr::RecordType};
use holdfast_core::host::Host;
use std::{
    fmt, io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{
    runtime,
    sync::{mpsc, oneshot, watch},
    time::{Instant, timeout},
};

/// How long a new answer is waited for where an old one may stand in (RFC 8767 §5, client response timer).
const PATIENCE_WITH_OLD: Duration = Duration::from_millis(1_800);
/// The same where no upstream is known to work.
const PATIENCE_WITHOUT_HOPE: Duration = Duration::from_millis(200);

/// The shortest patience that makes sense: less would ask everybody everything.
const LEAST_PATIENCE: Duration = Duration::from_millis(10);

/// On whose behalf is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The client's address.
    pub(crate) source: IpAddr,
    /// Whether the name is a help site's or a lifeline's: they wait behind nobody, and an old answer never gets too old.
    pub(crate) always_open: bool,
}

/// An answer with its age.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The answer.
    pub(crate) known: Arc<Known>,
    /// Whole seconds since it came.
    pub(crate) age: u32,
    /// Whether it is past its life, and stands in because no upstream answered (RFC 8767).
    pub(crate) is_stale: bool,
}

/// Why nothing can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskFault {
    /// No upstream is set, or none could be reached in time.
    NoUpstream,
    /// Upstream answered that it failed, or with nonsense.
    Failed,
    /// Upstream will not serve us.
    Refused,
    /// Too many questions are under way, of this client or of all.
    Crowded,
}

/// How one upstream is doing.
#[derive(Debug, Clone)]
pub struct UpstreamStanding {
    /// Which.
    pub upstream: UpstreamAddress,
    /// The school's own names that it is asked about; `None` where it is asked about everything else.
    pub zone: Option<String>,
    /// Whether it answers, as far as is known.
    pub works: bool,
    /// The typical time it takes.
    pub takes: Option<Duration>,
    /// What was wrong last.
    pub last_fault: Option<String>,
}

/// Passes questions on. Works on a thread of its own; asked from any, within a runtime that has time.
pub struct Forwarder {
    shared: Arc<Shared>,
    urgent: mpsc::Sender<Job>,
    usual: mpsc::Sender<Job>,
    stop: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarder").finish_non_exhaustive()
    }
}

impl Forwarder {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// When the system gives no thread, or a certificate authority or an upstream's name cannot be used.
    pub fn start(settings: Forwarding, destinations: Destinations, counters: Arc<Counters>) -> io::Result<Arc<Self>> {
        let patience = settings.patience.max(LEAST_PATIENCE);
        let settings = Forwarding { patience, ..settings };
        let shared = Arc::new(Shared::new(settings, destinations, counters)?);
        let (urgent, urgent_jobs) = mpsc::channel(MOST_URGENT);
        let (usual, usual_jobs) = mpsc::channel(MOST_WAITING);
        let (stop, stopped) = watch::channel(false);
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let desk = Desk::new(Arc::clone(&shared));
        let inbox = Inbox { urgent: urgent_jobs, usual: usual_jobs, stop: stopped };
        let thread =
            thread::Builder::new().name("dns-forward".to_owned()).spawn(move || runtime.block_on(desk.run(inbox)))?;
        Ok(Arc::new(Self { shared, urgent, usual, stop, thread: Mutex::new(Some(thread)) }))
    }

    /// Asks these upstreams from now on, for everything that is no local zone's: where the computer is told others.
    ///
    /// # Errors
    ///
    /// When a name of theirs cannot be used; then those before go on being asked.
    pub fn use_upstreams(&self, upstreams: Vec<UpstreamAddress>) -> io::Result<()> {
        self.shared.use_upstreams(upstreams)
    }

    /// A fresh answer from memory. Never waits.
    pub(crate) fn remembered(&self, ask: &Ask) -> Option<Found> {
        let found = self.shared.memory.fresh(ask, Instant::now())?;
        self.shared.counters.remembered.fetch_add(1, Relaxed);
        Some(found)
    }

    /// An answer from memory or from upstream; an old one where upstream does not answer.
    pub(crate) async fn ask(&self, ask: Ask, caller: Caller) -> Result<Found, AskFault> {
        let client = client_of(caller.source);
        self.find(ask, if caller.always_open { On::Help(client) } else { On::Usual(client) }).await
    }

    async fn find(&self, ask: Ask, on: On) -> Outcome {
        if let Some(found) = self.remembered(&ask) {
            return Ok(found);
        }
        let Shared { memory, counters, settings, .. } = &*self.shared;
        let old = memory.stand_in(&ask, Instant::now());
        if let Some(found) = old.as_ref().filter(|old| !old.is_stale) {
            counters.remembered.fetch_add(1, Relaxed);
            return Ok(found.clone());
        }
        let patience = match &old {
            Some(_) if self.shared.groups().of(&ask).is_down() => PATIENCE_WITHOUT_HOPE,
            Some(_) => PATIENCE_WITH_OLD,
            // The desk keeps to the limit; this one is for a desk that is overwhelmed.
            None => settings.limit + PATIENCE_WITH_OLD,
        };
        let (reply, coming) = oneshot::channel();
        let desk = if on.is_urgent() { &self.urgent } else { &self.usual };
        let outcome = match desk.try_send(Job { ask, on, reply }) {
            Ok(()) => match timeout(patience, coming).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) | Err(_) => Err(AskFault::NoUpstream),
            },
            Err(mpsc::error::TrySendError::Full(_)) => Err(AskFault::Crowded),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(AskFault::NoUpstream),
        };
        match (outcome, old) {
            (Ok(found), _) => Ok(found),
            (Err(_), Some(old)) => {
                counters.stale.fetch_add(1, Relaxed);
                Ok(old)
            }
            (Err(fault), None) => {
                counters.failed.fetch_add(1, Relaxed);
                Err(fault)
            }
        }
    }

    /// How the proxy finds addresses: through the same upstreams and memory. IPv4 first.
    pub fn look_up(self: &Arc<Self>) -> LookUp {
        let forwarder = Arc::clone(self);
        Arc::new(move |name| {
            let forwarder = Arc::clone(&forwarder);
            Box::pin(async move { forwarder.addresses(&name).await })
        })
    }

    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "There is no such name.");
        let host = Host::parse(name).map_err(|_fault| missing())?;
        if let Some(address) = host.address() {
            return Ok(vec![address]);
        }
        let (Some(four), Some(six)) = (Ask::for_host(&host, RecordType::A), Ask::for_host(&host, RecordType::AAAA))
        else {
            return Err(missing());
        };
        // The proxy keeps its own limits by client, with places of their own for help, so these count as its.
        let (four, six) = tokio::join!(self.find(four, On::Proxy), self.find(six, On::Proxy));
        let is_missing = [&four, &six]
            .iter()
            .any(|found| found.as_ref().is_ok_and(|found| found.known.code == ResponseCode::NXDomain));
        let is_known = four.is_ok() && six.is_ok();
        let addresses: Vec<IpAddr> =
            [four, six].into_iter().flatten().flat_map(|found| found.known.addresses()).collect();
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        if is_missing || is_known {
            return Err(missing());
        }
        // `destination` tells a service that is broken from a name that is missing by these words.
        Err(io::Error::other("Temporary failure: no upstream name service gave an answer."))
    }

    /// How the upstreams are doing, those of the school's own zones included.
    pub fn standings(&self) -> Vec<UpstreamStanding> {
        self.shared.groups().standings()
    }

    /// Stops its thread. What is under way is not answered any more. Blocks for a moment.
    pub fn stop(&self) {
        self.stop.send_replace(true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that asks for names had broken off; please report this");
        }
    }
}
