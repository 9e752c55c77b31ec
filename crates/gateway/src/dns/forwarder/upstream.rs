//! One upstream name service, and how it is doing.

use super::{
    UpstreamStanding,
    line::{Lines, Way},
    numbers::Numbers,
    plain::{Plain, Turns},
};
use crate::dns::{
    question::{Ask, is_truncated},
    settings::{Transport, UpstreamAddress},
};
use rustls::ClientConfig;
use std::{
    fmt, io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// What a silence, a broken connection or nonsense weighs, and what an answer that something failed.
const HARD_STRIKE: u32 = 4;
const SOFT_STRIKE: u32 = 1;
/// With this weight of faults and no good answer between, an upstream is suspected: three hard ones. Whoever owns a name
/// can bring about silences and failures for it, so these never set an upstream aside: it is asked after the others, and
/// is tried out at once with a question of our own, which decides.
const STRIKES: u32 = 3 * HARD_STRIKE;
/// How long after it was set aside an upstream is tried again at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The least time between two trials of one that is suspected.
const BETWEEN_TRIALS: Duration = Duration::from_secs(1);
/// How long a trial may take.
const TRIAL_LIMIT: Duration = Duration::from_secs(3);

/// Why an upstream brought no answer that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It said nothing in time.
    Silent,
    /// It cannot be reached.
    Unreachable(io::ErrorKind),
    /// It closed the connection.
    Closed,
    /// Its TLS cannot be trusted or does not work: why.
    Untrusted(&'static str),
    /// It answered over HTTP with this status.
    Status(u16),
    /// It answered what is no answer: why.
    Nonsense(&'static str),
    /// It answered well, and the name leads to nothing that could be given.
    OfTheName,
    /// It says that it failed.
    Failed,
    /// It says that it will not.
    Refused,
    /// Too much waits for it already.
    Busy,
    /// Our own system gave no socket or no randomness.
    Own,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("It does not answer. Check its address, and that the firewall lets us out."),
            Self::Unreachable(kind) => {
                write!(f, "It cannot be reached ({kind}). Check its address, and that it is running.")
            }
            Self::Closed => f.write_str("It closes the connection without an answer."),
            Self::Status(status) => {
                write!(f, "It answers with the HTTP status {status}. Check the path of its address.")
            }
            Self::Untrusted(why) | Self::Nonsense(why) => f.write_str(why),
            Self::Failed => f.write_str("It answers that it failed (SERVFAIL). Its own connection may be broken."),
            Self::Refused => f.write_str("It refuses to answer us. Ask whoever runs it to let this computer in."),
            Self::OfTheName => f.write_str("It answers; the name asked for leads nowhere."),
            Self::Busy => f.write_str("Too many questions wait for it."),
            Self::Own => f.write_str("This computer gave no socket for asking it. See the log."),
        }
    }
}

impl Fault {
    /// Whether no name's owner can bring it about, so that it needs no trial.
    fn is_certain(self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Untrusted(_))
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Unreachable(error.kind())
    }
}

/// An upstream's message, whose number and question fit.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) bytes: Vec<u8>,
    /// How long it had lain in an HTTP cache (RFC 8484 §5.1).
    pub(super) age: Duration,
}

#[derive(Debug)]
enum Transfer {
    Plain(Plain),
    Lines(Lines),
}

#[derive(Debug)]
struct Health {
    strikes: u32,
    /// The same of faults that no name's owner can bring about.
    certain_strikes: u32,
    is_aside: bool,
    pause: Duration,
    /// When it is tried next, without a client's question.
    next_trial: Option<Instant>,
    last_trial: Option<Instant>,
    takes: Option<Duration>,
    last_fault: Option<Fault>,
}

/// What all upstreams share.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) numbers: Arc<Numbers>,
    pub(super) turns: Arc<Turns>,
    /// For DNS over TLS, and for DNS over HTTPS.
    pub(super) tls: Arc<ClientConfig>,
    pub(super) https: Arc<ClientConfig>,
    /// How long one upstream may take before another is asked, and how long all may.
    pub(super) patience: Duration,
    pub(super) limit: Duration,
}

/// One upstream name service.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) address: UpstreamAddress,
    transfer: Transfer,
    /// What it is asked to see whether it works.
    trial: Arc<Ask>,
    health: Mutex<Health>,
}

impl Upstream {
    pub(super) fn new(address: &UpstreamAddress, trial: &Arc<Ask>, common: &Common) -> io::Result<Self> {
        let config = match address.transport {
            Transport::Plain | Transport::Tcp => None,
            Transport::Tls => Some(&common.tls),
            Transport::Https => Some(&common.https),
        };
        let way = Way::new(address, config, common)?;
        let transfer = match address.transport {
            Transport::Plain => Transfer::Plain(Plain::new(way, Arc::clone(&common.turns))),
            Transport::Tcp | Transport::Tls | Transport::Https => Transfer::Lines(Lines::new(way)),
        };
        let health = Health {
            strikes: 0,
            certain_strikes: 0,
            is_aside: false,
            pause: FIRST_PAUSE,
            // The first trial is at once, so that it is known from the start whether names can be resolved.
            next_trial: Some(Instant::now()),
            last_trial: None,
            takes: None,
            last_fault: None,
        };
        Ok(Self { address: address.clone(), transfer, trial: Arc::clone(trial), health: Mutex::new(health) })
    }

    /// Asks. Takes as long as it takes; whoever calls drops it when it takes too long.
    pub(super) async fn exchange(&self, ask: &Arc<Ask>, is_urgent: bool) -> Result<Reply, Fault> {
        let reply = match &self.transfer {
            Transfer::Plain(plain) => plain.ask(ask, is_urgent).await?,
            Transfer::Lines(lines) => lines.ask(ask).await?,
        };
        if is_truncated(&reply.bytes) {
            return Err(Fault::Nonsense("It cuts its answers short where there is no need."));
        }
        Ok(reply)
    }

    /// Whether it sends a question again by itself where nothing comes.
    pub(super) fn repeats_itself(&self) -> bool {
        matches!(self.transfer, Transfer::Plain(_))
    }

    pub(super) fn is_aside(&self) -> bool {
        self.health().is_aside
    }

    /// How much is to be expected of it, the best first: it works, it is suspected, it is set aside.
    pub(super) fn rank(&self) -> u8 {
        let health = self.health();
        if health.is_aside { 2 } else { u8::from(health.strikes >= STRIKES) }
    }

    /// It answered, and well.
    pub(super) fn note_answer(&self, took: Duration) {
        let mut health = self.health();
        if health.is_aside {
            tracing::info!(upstream = %self.address, "the upstream name service answers again");
        }
        (health.strikes, health.certain_strikes) = (0, 0);
        health.is_aside = false;
        health.pause = FIRST_PAUSE;
        health.next_trial = None;
        health.last_fault = None;
        // An average in which the newest counts an eighth.
        health.takes = Some(health.takes.map_or(took, |usual| (usual * 7 + took) / 8));
    }

    /// It did not answer a question, or not well.
    pub(super) fn note_fault(&self, fault: Fault, now: Instant) {
        let weight = match fault {
            // Our own system's, or the name's.
            Fault::Own | Fault::Busy | Fault::OfTheName => return,
            Fault::Failed => SOFT_STRIKE,
            _ => HARD_STRIKE,
        };
        let mut health = self.health();
        if health.is_aside {
            return;
        }
        health.last_fault = Some(fault);
        health.strikes = health.strikes.saturating_add(weight);
        if fault.is_certain() {
            health.certain_strikes = health.certain_strikes.saturating_add(weight);
        }
        if health.certain_strikes >= STRIKES {
            self.set_aside(&mut health, fault, now);
        } else if health.strikes >= STRIKES && health.next_trial.is_none() {
            let earliest = health.last_trial.map_or(now, |last| last + BETWEEN_TRIALS);
            health.next_trial = Some(earliest.max(now));
        }
    }

    /// It failed our own trial.
    fn note_failed_trial(&self, fault: Fault, now: Instant) {
        if matches!(fault, Fault::Own | Fault::Busy) {
            return;
        }
        let mut health = self.health();
        health.last_fault = Some(fault);
        if !health.is_aside {
            self.set_aside(&mut health, fault, now);
        }
    }

    fn set_aside(&self, health: &mut Health, fault: Fault, now: Instant) {
        tracing::warn!(upstream = %self.address, %fault, "an upstream name service is set aside");
        health.is_aside = true;
        health.next_trial = Some(now + health.pause);
    }

    /// Whether it is time for a trial; if so, the next is put off, longer each time.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let mut health = self.health();
        let is_due = health.next_trial.is_some_and(|at| at <= now);
        if is_due {
            health.next_trial = Some(now + health.pause);
            health.last_trial = Some(now);
            health.pause = (health.pause * 2).min(LONGEST_PAUSE);
        }
        is_due
    }

    /// Tries whether it works.
    pub(super) async fn try_out(&self) {
        let began = Instant::now();
        let outcome = timeout(TRIAL_LIMIT, self.exchange(&self.trial, true)).await.unwrap_or(Err(Fault::Silent));
        match outcome.map(|reply| reply.bytes.get(3).map(|byte| byte & 0x0f)) {
            // No error or no such name: it works.
            Ok(Some(0 | 3)) => self.note_answer(began.elapsed()),
            Ok(Some(5)) => self.note_failed_trial(Fault::Refused, Instant::now()),
            Ok(_) => self.note_failed_trial(Fault::Failed, Instant::now()),
            Err(fault) => self.note_failed_trial(fault, Instant::now()),
        }
    }

    pub(super) fn standing(&self) -> UpstreamStanding {
        let health = self.health();
        UpstreamStanding {
            upstream: self.address.clone(),
            zone: None,
            works: !health.is_aside && (health.takes.is_some() || !health.last_fault.is_some_and(Fault::is_certain)),
            takes: health.takes,
            last_fault: health.last_fault.map(|fault| fault.to_string()),
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
