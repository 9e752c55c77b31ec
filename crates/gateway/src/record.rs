//! The event of one request, begun when it is judged or refused and sent when its answer is done.

use crate::{gate::Visitor, judge::JudgeFault};
use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    host::Host,
    identity::IdentityTable,
    moment::Moment,
    request::{Request, Visibility},
    ruleset::{Description, Ruleset},
    subject::{PersonId, Subject},
    wording::{Band, Why, Words, words},
};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

/// What was asked, as far as an event tells it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Arc<str>,
    /// `http` or `tunnel`.
    pub(crate) scheme: &'static str,
    pub(crate) port: u16,
    pub(crate) signed_in: Option<&'a PersonId>,
}

/// What is to be done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// It goes on.
    Pass,
    /// It is stopped, with these words. Boxed, because most requests pass.
    Stop(Box<Stop>),
    /// The person is led to another address.
    Lead(Box<str>),
}

/// How a request is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) words: Words,
    pub(crate) band: Band,
}

/// An event under way.
#[derive(Debug)]
pub(crate) struct Record {
    event: Box<RequestEvent>,
    counted_only: bool,
    started: Instant,
    /// Whom the words are for.
    band: Band,
    /// What the person is told, where the request did not simply pass.
    words: Option<Words>,
}

/// Judges a request for a visitor as of now.
pub(crate) fn judge(visitor: &Visitor, asked: Asked<'_>, request: &Request<'_>) -> (Ruling, Record) {
    let shared = visitor.shared();
    let (moment, ruleset, table) = (shared.now(), shared.ruleset(), shared.identity());
    let subject = visitor.identify(&table, asked.signed_in, &moment);
    let judged = shared.judge.ask(&ruleset, &subject, request, &moment);
    let band = ruleset.band(&subject);
    let mut record = Record::begin(visitor, &ruleset, &moment, band);
    let event = &mut *record.event;
    event.method = Arc::clone(asked.method);
    event.scheme = asked.scheme.into();
    event.port = asked.port;
    event.visibility = request.visibility();
    let ruling = match judged {
        Ok(description) => record.tell(description),
        Err(fault) => {
            shared.counters.faults.fetch_add(1, Relaxed);
            tracing::error!(host = %request.host, "the verdict broke off inside the filter; please report this");
            record.tell_fault(&fault)
        }
    };
    if record.event.outcome != Outcome::Sealed {
        record.event.host = Some(request.host.as_str().into());
        record.event.path = request.address.map(|address| address.path_and_query().into());
    }
    record.put_subject(visitor, subject, &table);
    (ruling, record)
}

impl Record {
    fn begin(visitor: &Visitor, ruleset: &Ruleset, moment: &Moment, band: Band) -> Self {
        let event = RequestEvent {
            reference: visitor.worker.references.draw(),
            at_micros: moment.unix_micros,
            ruleset: Arc::clone(ruleset.id()),
            subject: Subject::unknown(),
            client: None,
            listener: Arc::clone(&visitor.listener),
            method: Arc::default(),
            scheme: Arc::default(),
            host: None,
            port: 0,
            path: None,
            visibility: Visibility::Nothing,
            outcome: Outcome::Allowed,
            status: 0,
            layer: Arc::default(),
            rule: None,
            list: None,
            entry: None,
            category: None,
            clauses: Vec::new(),
            words: Arc::default(),
            bytes_up: 0,
            bytes_down: 0,
            duration_micros: 0,
            synthetic: false,
        };
        Self { event: Box::new(event), counted_only: false, started: Instant::now(), band, words: None }
    }

    /// The event of a request that is refused before it can be judged.
    pub(crate) fn refused(visitor: &Visitor, code: &str, host: Option<(&Host, u16)>) -> (Self, Stop) {
        let shared = visitor.shared();
        let (moment, ruleset, table) = (shared.now(), shared.ruleset(), shared.identity());
        let subject = visitor.identify(&table, None, &moment);
        let band = ruleset.band(&subject);
        let mut record = Self::begin(visitor, &ruleset, &moment, band);
        record.event.host = host.map(|(host, _)| host.as_str().into());
        record.event.port = host.map_or(0, |(_, port)| port);
        let stop = record.refuse(code, &Why::Unclear);
        record.put_subject(visitor, subject, &table);
        (record, stop)
    }

    /// Turns the event into a refusal by the gate itself.
    pub(crate) fn refuse(&mut self, code: &str, why: &Why) -> Stop {
        self.event.outcome = Outcome::Refused;
        self.event.layer = code.into();
        self.counted_only = false;
        self.stop(words(self.band, why))
    }

    fn stop(&mut self, words: Words) -> Stop {
        self.event.words = words.explanation.as_str().into();
        self.words = Some(words.clone());
        Stop { words, band: self.band }
    }

    /// Turns the event into a failure of the other side.
    pub(crate) fn fail(&mut self, code: &str, words: Words) {
        self.event.outcome = Outcome::Failed;
        self.event.entry = Some(code.into());
        self.event.words = words.explanation.as_str().into();
        self.words = Some(words);
    }

    /// What the person is told.
    pub(crate) fn words(&self) -> Words {
        self.words.clone().unwrap_or_else(|| words(self.band, &Why::Fault))
    }

    /// The host, unless a sealed list forbids to show it.
    pub(crate) fn host(&self) -> Option<&str> {
        self.event.host.as_deref()
    }

    /// Which list or rule it was, for those who may read it.
    pub(crate) fn reason(&self) -> Option<String> {
        let event = &self.event;
        match (&event.category, &event.list, &event.rule) {
            (Some(category), Some(list), _) => Some(format!("{category}, list “{list}”")),
            (Some(category), None, _) => Some(category.to_string()),
            (None, _, Some(rule)) => Some(format!("rule “{rule}”")),
            _ => None,
        }
    }

    /// The reference shown to the person.
    pub(crate) fn reference(&self) -> Arc<str> {
        Arc::clone(&self.event.reference)
    }

    fn tell(&mut self, description: Description) -> Ruling {
        let event = &mut *self.event;
        event.outcome = description.outcome;
        event.layer = description.layer.into();
        event.rule = description.rule;
        event.list = description.list;
        event.entry = description.entry;
        event.category = description.category;
        event.clauses = description.clauses;
        self.counted_only = description.counted_only;
        if description.outcome == Outcome::Allowed {
            return Ruling::Pass;
        }
        // Whatever does not plainly pass is stopped.
        let words = description.words.unwrap_or_else(|| words(self.band, &Why::SchoolRule));
        match description.redirect_to {
            Some(address) if description.outcome == Outcome::Redirected => {
                event.words = words.explanation.as_str().into();
                Ruling::Lead(address.into())
            }
            _ => Ruling::Stop(Box::new(self.stop(words))),
        }
    }

    fn tell_fault(&mut self, fault: &JudgeFault) -> Ruling {
        if fault.always_open {
            self.event.layer = "fault".into();
            self.counted_only = true;
            return Ruling::Pass;
        }
        Ruling::Stop(Box::new(self.refuse("fault", &Why::Fault)))
    }

    /// Persons and their devices are named only once the school has told people (practice 23). The client's address goes
    /// along for `/stopped`, which is memory; the log on the disk has it only beside a named person.
    fn put_subject(&mut self, visitor: &Visitor, mut subject: Subject, table: &IdentityTable) {
        self.event.client = Some(visitor.source);
        if !table.told {
            subject.person = None;
            subject.device = None;
        }
        self.event.subject = subject;
    }

    /// The answer is done: counts it and sends the event.
    pub(crate) fn send(mut self, visitor: &Visitor, status: u16, bytes_up: u64, bytes_down: u64) {
        let shared = visitor.shared();
        let counters = &shared.counters;
        counters.requests.fetch_add(1, Relaxed);
        match self.event.outcome {
            Outcome::Allowed => {}
            Outcome::Blocked | Outcome::Redirected | Outcome::Sealed => {
                counters.blocked.fetch_add(1, Relaxed);
            }
            Outcome::Refused => {
                counters.refused.fetch_add(1, Relaxed);
            }
            Outcome::Failed => {
                counters.failed.fetch_add(1, Relaxed);
            }
        }
        if self.counted_only {
            shared.events.send(Event::Help);
            return;
        }
        self.event.status = status;
        self.event.bytes_up = bytes_up;
        self.event.bytes_down = bytes_down;
        self.event.duration_micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        shared.events.send(Event::Request(self.event));
    }
}
