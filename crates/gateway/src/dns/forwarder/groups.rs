//! Which upstreams a question may go to, and asking them in turn.

use super::{
    AskFault, UpstreamStanding,
    numbers::Numbers,
    secure,
    upstream::{Common, Fault, Upstream},
};
use crate::{
    destination::Destinations,
    dns::{
        counters::Counters,
        known::{AnswerFault, AnswerRules, Known},
        question::Ask,
        settings::{Forwarding, UpstreamAddress},
    },
};
use hickory_proto::rr::RecordType;
use holdfast_core::host::Host;
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// How often silent upstreams are asked again, over another connection, once all have been asked.
const MOST_REPEATS: usize = 2;
/// The longest that an answer from an HTTP cache is believed to have lain there.
const OLDEST_REPLY: Duration = Duration::from_hours(24);

/// Upstreams that know the same names.
#[derive(Debug)]
pub(super) struct Group {
    upstreams: Vec<Arc<Upstream>>,
    /// The names they know, for people; nothing where they are asked about everything else.
    zone: Option<String>,
}

impl Group {
    /// Whether nothing is to be hoped for soon.
    pub(super) fn is_down(&self) -> bool {
        self.upstreams.iter().all(|upstream| upstream.is_aside())
    }
}

/// All upstreams, by the names they are asked for.
#[derive(Debug)]
pub(super) struct Groups {
    general: Arc<Group>,
    /// Wire form of a zone's name, and who knows it.
    local: Vec<(Box<[u8]>, Arc<Group>)>,
    all: Vec<Arc<Upstream>>,
}

impl Groups {
    pub(super) fn new(settings: Forwarding) -> io::Result<Self> {
        let Forwarding { upstreams, local: zones, authorities, patience, limit, .. } = settings;
        let (tls, https) = secure::configs(authorities)?;
        let numbers = Arc::<Numbers>::default();
        let common = Common { numbers, turns: Arc::default(), tls, https, patience, limit };
        let mut all: Vec<Arc<Upstream>> = Vec::new();
        let mut group = |addresses: &[UpstreamAddress], trial: &Arc<Ask>, zone: Option<String>| {
            let mut upstreams = Vec::with_capacity(addresses.len());
            for address in addresses {
                // One that stands in two places is one: it has one health and one set of connections.
                let known = all.iter().find(|upstream| upstream.address == *address).map(Arc::clone);
                if let Some(upstream) = known {
                    upstreams.push(upstream);
                    continue;
                }
                let upstream = Arc::new(Upstream::new(address, trial, &common)?);
                all.push(Arc::clone(&upstream));
                upstreams.push(upstream);
            }
            Ok::<_, io::Error>(Arc::new(Group { upstreams, zone }))
        };
        // Every name service that resolves names knows the name servers of the root.
        let root = Ask { name: Box::new([0]), kind: RecordType::NS.into(), dnssec: false, checking_disabled: false };
        let general = group(&upstreams, &Arc::new(root), None)?;
        let mut local = Vec::new();
        for zone in zones {
            let trial = zone.names.iter().find_map(|name| Ask::for_host(name, RecordType::SOA));
            let Some(trial) = trial else {
                continue;
            };
            let names: Vec<&str> = zone.names.iter().map(Host::as_str).collect();
            let group = group(&zone.upstreams, &Arc::new(trial), Some(names.join(", ")))?;
            local.extend(zone.names.iter().filter_map(wire_form).map(|name| (name, Arc::clone(&group))));
        }
        Ok(Self { general, local, all })
    }

    /// Who may be asked: for a name of the school's own zones nobody but those who know the innermost of them.
    pub(super) fn of(&self, ask: &Ask) -> &Arc<Group> {
        let covering = self.local.iter().filter(|(zone, _)| is_within(&ask.name, zone));
        covering.max_by_key(|(zone, _)| zone.len()).map_or(&self.general, |(_, group)| group)
    }

    /// How each is doing, with the names it is asked about.
    pub(super) fn standings(&self) -> Vec<UpstreamStanding> {
        let mut groups = vec![&self.general];
        for (_, group) in &self.local {
            if !groups.iter().any(|known| Arc::ptr_eq(known, group)) {
                groups.push(group);
            }
        }
        let of = |group: &Arc<Group>| {
            let zone = group.zone.clone();
            let standings =
                group.upstreams.iter().map(move |one| UpstreamStanding { zone: zone.clone(), ..one.standing() });
            standings.collect::<Vec<_>>()
        };
        groups.into_iter().flat_map(of).collect()
    }

    /// All of them, each once.
    pub(super) fn all(&self) -> &[Arc<Upstream>] {
        &self.all
    }
}

fn wire_form(name: &Host) -> Option<Box<[u8]>> {
    Ask::for_host(name, RecordType::SOA).map(|ask| ask.name)
}

/// Whether a name is a zone's or below it, both in wire form and lower case. Compared label by label, so that names
/// that are no hosts (`_ldap._tcp.school.example`) stay inside as well.
fn is_within(name: &[u8], zone: &[u8]) -> bool {
    let mut rest = name;
    while rest.len() >= zone.len() {
        if rest == zone {
            return true;
        }
        let Some((length, labels)) = rest.split_first() else { return false };
        let Some(parent) = labels.get(usize::from(*length)..) else { return false };
        rest = parent;
    }
    false
}

/// An upstream's answer, read.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) known: Known,
    /// When it came from its source, as far as is known.
    pub(super) came: Instant,
}

/// What it takes to ask.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) group: Arc<Group>,
    pub(super) ask: Arc<Ask>,
    pub(super) is_urgent: bool,
    pub(super) patience: Duration,
    pub(super) limit: Duration,
    pub(super) destinations: Arc<Destinations>,
    pub(super) counters: Arc<Counters>,
}

impl Asking {
    /// Asks one upstream after the other, those that work first, the next when one fails or keeps us waiting, until
    /// one gives a good answer.
    pub(super) async fn run(self) -> Result<Answered, AskFault> {
        let hopeless = self.group.is_down();
        let mut upstreams = self.group.upstreams.clone();
        // Those of one rank stay in the order in which they were set.
        upstreams.sort_by_cached_key(|upstream| upstream.rank());
        let mut round = Round {
            waiting: upstreams.into(),
            silent: VecDeque::new(),
            attempts: JoinSet::new(),
            repeats: MOST_REPEATS,
            fault: AskFault::NoUpstream,
        };
        let began = Instant::now();
        round.begin_next(&self);
        // Where none works there is nobody to prefer: all are asked at once.
        while hopeless && !round.waiting.is_empty() {
            round.begin_next(&self);
        }
        let mut turn = began + self.patience;
        loop {
            tokio::select! {
                biased;
                ended = round.attempts.join_next() => match ended {
                    // Another upstream would say the same about this name.
                    Some(Ok((_, Err(Fault::OfTheName)))) => return Err(AskFault::Failed),
                    Some(Ok((upstream, outcome))) => match round.take(&upstream, outcome) {
                        Some(answered) => return Ok(answered),
                        None => round.begin_next(&self),
                    },
                    // An answer on which our own code breaks is no answer.
                    Some(Err(broken)) => {
                        tracing::error!(%broken, "reading an upstream's answer broke off; please report this");
                        self.counters.faults.fetch_add(1, Relaxed);
                        round.fault = AskFault::Failed;
                        round.begin_next(&self);
                    }
                    None => return Err(round.fault),
                },
                () = sleep_until(began + self.limit) => return Err(round.fault),
                () = sleep_until(turn) => {
                    round.begin_next_or_repeat(&self);
                    turn += self.patience;
                }
            }
        }
    }

    /// Asks one upstream.
    async fn attempt(self, upstream: &Upstream) -> Result<Answered, Fault> {
        let began = Instant::now();
        let mut exchange = std::pin::pin!(upstream.exchange(&self.ask, self.is_urgent));
        let exchanged = tokio::select! {
            biased;
            exchanged = &mut exchange => exchanged,
            () = sleep_until(began + self.patience) => {
                upstream.note_fault(Fault::Silent, Instant::now());
                exchange.await
            }
        };
        let read = exchanged.and_then(|reply| {
            let rules = AnswerRules { destinations: &self.destinations, is_local: self.group.zone.is_some() };
            let known = Known::read(&reply.bytes, &self.ask, rules).map_err(|fault| match fault {
                AnswerFault::Malformed => Fault::Nonsense("Its answers cannot be read."),
                AnswerFault::Unusable => Fault::OfTheName,
                AnswerFault::Failed => Fault::Failed,
                AnswerFault::Refused => Fault::Refused,
            })?;
            let now = Instant::now();
            Ok(Answered { known, came: now.checked_sub(reply.age.min(OLDEST_REPLY)).unwrap_or(now) })
        });
        match &read {
            Ok(_) | Err(Fault::OfTheName) => upstream.note_answer(began.elapsed()),
            Err(fault) => upstream.note_fault(*fault, Instant::now()),
        }
        read
    }
}

/// Who has been asked and who has not.
struct Round {
    waiting: VecDeque<Arc<Upstream>>,
    silent: VecDeque<Arc<Upstream>>,
    attempts: JoinSet<(Arc<Upstream>, Result<Answered, Fault>)>,
    repeats: usize,
    /// The most telling fault so far.
    fault: AskFault,
}

impl Round {
    fn begin(&mut self, asking: &Asking, upstream: Arc<Upstream>) {
        if !upstream.repeats_itself() {
            self.silent.push_back(Arc::clone(&upstream));
        }
        let asking = asking.clone();
        self.attempts.spawn(async move {
            let outcome = asking.attempt(&upstream).await;
            (upstream, outcome)
        });
    }

    fn begin_next(&mut self, asking: &Asking) {
        if let Some(next) = self.waiting.pop_front() {
            self.begin(asking, next);
        }
    }

    fn begin_next_or_repeat(&mut self, asking: &Asking) {
        if let Some(next) = self.waiting.pop_front().or_else(|| {
            self.repeats = self.repeats.checked_sub(1)?;
            self.silent.pop_front()
        }) {
            self.begin(asking, next);
        }
    }

    /// What one upstream brought, if it is any use.
    fn take(&mut self, upstream: &Arc<Upstream>, outcome: Result<Answered, Fault>) -> Option<Answered> {
        self.silent.retain(|silent| !Arc::ptr_eq(silent, upstream));
        match outcome {
            Ok(answered) => return Some(answered),
            Err(Fault::Failed | Fault::Nonsense(_)) => self.fault = AskFault::Failed,
            Err(Fault::Refused) if self.fault == AskFault::NoUpstream => self.fault = AskFault::Refused,
            Err(_) => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn zones_are_compared_by_whole_labels() {
        let zone = b"\x06school\x07example\0";
        for (name, expected) in [
            (b"\x06school\x07example\0".as_slice(), true),
            (b"\x05_ldap\x04_tcp\x06school\x07example\0", true),
            (b"\x09preschool\x07example\0", false),
            // A label whose bytes look like the zone's name.
            (b"\x13a\x06school\x07example\0bcd\0", false),
            (b"\x07example\0", false),
            (b"\0", false),
            (b"", false),
            // Lengths that lead out of the name.
            (b"\x3fschool", false),
        ] {
            assert_eq!(is_within(name, zone), expected, "{name:?}");
        }
        assert!(is_within(b"\x01a\0", b"\0"), "the root covers everything");
    }
}
