//! What an event tells, the same at both doors of the gate.

use holdfast_core::{
    decide::Layer,
    event::{Outcome, RequestEvent},
    host::Host,
    identity::IdentityTable,
    moment::Moment,
    request::Visibility,
    ruleset::{Description, Ruleset},
    search_engines::StrictSearch,
    subject::Subject,
};
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// What is known of a request when its event begins.
pub(crate) struct Beginning<'a> {
    pub(crate) reference: Arc<str>,
    pub(crate) moment: &'a Moment,
    pub(crate) ruleset: &'a Ruleset,
    pub(crate) listener: &'a Arc<str>,
    pub(crate) method: Arc<str>,
    pub(crate) scheme: Arc<str>,
}

/// An event that tells of nobody and nothing yet.
pub(crate) fn begin(opening: Beginning<'_>) -> Box<RequestEvent> {
    let Beginning { reference, moment, ruleset, listener, method, scheme } = opening;
    Box::new(RequestEvent {
        reference,
        at_micros: moment.unix_micros,
        ruleset: Arc::clone(ruleset.id()),
        subject: Subject::unknown(),
        client: None,
        listener: Arc::clone(listener),
        method,
        scheme,
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
        strict: None,
        rewrites: Vec::new(),
        unopened: None,
        clauses: Vec::new(),
        words: Arc::default(),
        bytes_up: 0,
        bytes_down: 0,
        duration_micros: 0,
        synthetic: false,
    })
}

/// Puts in what decided. The layer comes apart, because one door tells the same few a hundred thousand times a second.
pub(crate) fn put_verdict(event: &mut RequestEvent, description: Description, layer: Arc<str>) {
    event.outcome = description.outcome;
    event.layer = layer;
    event.rule = description.rule;
    event.list = description.list;
    event.entry = description.entry;
    event.category = description.category;
    event.clauses = description.clauses;
}

/// Puts in the host; nothing for a sealed hit (house invariant 3). Comes after [`put_verdict`].
///
/// A name below our name service's own is a person's, and is told as the service's: it would tell who it is, and whoever
/// knows it is taken for that person. Whether the name told is the one that was asked.
pub(crate) fn put_host(event: &mut RequestEvent, host: &Host, resolver_name: Option<&Host>) -> bool {
    let resolver = resolver_name.filter(|resolver| host.is_within(resolver.as_str()));
    if event.outcome != Outcome::Sealed {
        event.host = Some(resolver.unwrap_or(host).as_str().into());
    }
    resolver.is_none()
}

/// A strict search as an event tells it.
pub(crate) fn strict_text(strict: &StrictSearch) -> String {
    format!("{} {}", strict.engine, strict.level.code())
}

/// The judge broke off: counts it and says so, without the host, which may be a help site's.
pub(crate) fn note_fault(faults: &AtomicU64) {
    faults.fetch_add(1, Relaxed);
    tracing::error!("a verdict broke off inside the filter; please report this");
}

/// Puts in who asked. Comes after [`put_verdict`].
///
/// Persons, and whatever leads to one of them, are told only once the school has told people; before that an event
/// names the group alone (practice 23). The client's address goes along for `/stopped`, which is memory; the log on
/// the disk has it only beside a named person.
pub(crate) fn put_subject(event: &mut RequestEvent, mut subject: Subject, client: IpAddr, table: &IdentityTable) {
    if !table.told {
        let is_personal = |layer: &str| {
            [Layer::Person, Layer::Lesson, Layer::Suspension].into_iter().any(|personal| personal.code() == layer)
        };
        subject.person = None;
        subject.device = None;
        subject.room = None;
        subject.classes.clear();
        if table.listeners.get(&*event.listener).is_some_and(|bound| bound.person.is_some()) {
            event.listener = Arc::default();
        }
        if is_personal(&event.layer) {
            event.rule = None;
        }
    }
    event.client = Some(client);
    event.subject = subject;
}
