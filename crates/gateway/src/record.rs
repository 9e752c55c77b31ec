//! The event of one request, begun when it is judged or refused and sent when its answer is done.

use crate::{
    gate::{Visitor, Worker},
    judge::JudgeFault,
    telling::{self, Beginning},
};
use holdfast_core::{
    address::without_secrets,
    event::{Event, Outcome, RequestEvent},
    host::Host,
    identity::IdentityTable,
    inspection::{Extent, Opening, OpeningReason},
    moment::Moment,
    request::{Request, Visibility},
    rewrites::Rewrites,
    ruleset::{Description, Ruleset},
    search_engines::StrictSearch,
    subject::{PersonId, Subject},
    wording::{Band, Why, Words, words},
};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

/// The longest path kept in an event, bytes. Longer ones are cut and end in `…`.
const LONGEST_PATH: usize = 2 * 1024;

/// What was asked, as far as an event tells it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Arc<str>,
    /// `http`, `https` inside an opened connection, or `tunnel`.
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

/// An event under way. It is sent even when whoever held it was cut off: every request leaves an event.
pub(crate) struct Record {
    worker: Arc<Worker>,
    /// Nothing once it is sent.
    event: Option<Box<RequestEvent>>,
    /// A visit to help: only the fact that there was one is kept, however it ends (practice 9).
    counted_only: bool,
    started: Instant,
    /// Whom the words are for.
    band: Band,
    /// What the person is told, where the request did not simply pass.
    words: Option<Words>,
    /// The strict search to which whoever asks is held on this host, where the request passes.
    strict: Option<StrictSearch>,
    /// How far the connection to this host is to be opened.
    opening: Opening,
    /// What is to be changed in the request, where it passes and was seen whole.
    rewrites: Rewrites,
}

/// Nothing is opened that nobody asked about.
const UNASKED: Opening = Opening { extent: Extent::Nothing, reason: OpeningReason::Group };

/// Judges a request for a visitor as of now.
pub(crate) fn judge(visitor: &Visitor, asked: Asked<'_>, request: &Request<'_>) -> (Ruling, Record) {
    let shared = visitor.shared();
    let (moment, ruleset, table) = (shared.now(), shared.ruleset(), shared.identity());
    let subject = visitor.identify(&table, asked.signed_in, &moment);
    let judged = shared.judge.ask(&ruleset, &subject, request, &moment);
    let band = ruleset.band(&subject);
    let mut record = Record::begin(visitor, &ruleset, &moment, band);
    record.edit(|event| {
        event.method = Arc::clone(asked.method);
        event.scheme = asked.scheme.into();
        event.port = asked.port;
        event.visibility = request.visibility();
    });
    let ruling = match judged {
        Ok(description) => record.tell(description),
        Err(fault) => {
            telling::note_fault(&shared.counters.faults);
            record.tell_fault(&fault)
        }
    };
    if ruling == Ruling::Pass {
        record.hold_strictly(ruleset.strict_search(&subject, request.host));
        if let Some(address) = request.address {
            record.change(ruleset.rewrites(&subject, address, asked.method));
        }
    }
    if asked.scheme != "http" {
        record.opening = ruleset.opening(&subject, request.host);
    }
    record.edit(|event| {
        let is_told = telling::put_host(event, request.host, shared.settings.resolver_name.as_ref());
        // The way to our encrypted name service may end in somebody's own name too.
        if event.outcome != Outcome::Sealed && is_told {
            event.path = request.address.map(|address| kept_path(&without_secrets(address.path_and_query())));
        }
    });
    record.put_subject(visitor, subject, &table);
    (ruling, record)
}

/// A path as an event keeps it. One request must not fill the log.
fn kept_path(path: &str) -> Arc<str> {
    if path.len() <= LONGEST_PATH {
        return path.into();
    }
    let mark = "…";
    let end = path.floor_char_boundary(LONGEST_PATH - mark.len());
    [path.get(..end).unwrap_or_default(), mark].concat().into()
}

impl Record {
    fn begin(visitor: &Visitor, ruleset: &Ruleset, moment: &Moment, band: Band) -> Self {
        let event = telling::begin(Beginning {
            reference: visitor.worker.references.draw(),
            moment,
            ruleset,
            listener: &visitor.listener,
            method: Arc::default(),
            scheme: Arc::default(),
        });
        Self {
            worker: Arc::clone(&visitor.worker),
            event: Some(event),
            counted_only: false,
            started: Instant::now(),
            band,
            words: None,
            strict: None,
            opening: UNASKED,
            rewrites: Rewrites::default(),
        }
    }

    fn change(&mut self, rewrites: Rewrites) {
        self.edit(|event| event.rewrites.clone_from(&rewrites.applied));
        self.rewrites = rewrites;
    }

    /// What is to be changed in the request.
    pub(crate) fn rewrites(&self) -> &Rewrites {
        &self.rewrites
    }

    /// Notes a change that was made in the answer.
    pub(crate) fn rewrote(&mut self, code: &str) {
        self.edit(|event| event.rewrites.push(code.into()));
    }

    /// How far the connection to this host is to be opened.
    pub(crate) fn opening(&self) -> Opening {
        self.opening
    }

    /// The connection is not opened either, whatever the policy says of the host.
    pub(crate) fn close(&mut self) {
        self.opening = UNASKED;
    }

    /// The tunnel goes on unread, for this reason.
    pub(crate) fn leave_unopened(&mut self, reason: OpeningReason) {
        self.edit(|event| event.unopened = Some(reason.code().into()));
    }

    /// What was seen of the address may not be kept: from now on this host is left unopened.
    pub(crate) fn forget_path(&mut self) {
        self.edit(|event| {
            event.path = None;
            event.visibility = Visibility::NameOnly;
        });
    }

    /// The note, where one was made.
    pub(crate) fn noted(&self) -> Option<Arc<str>> {
        self.event.as_ref()?.entry.clone()
    }

    /// Less was seen than a name: an address, or a name that may hide another.
    pub(crate) fn see_nothing(&mut self) {
        self.edit(|event| event.visibility = Visibility::Nothing);
    }

    fn hold_strictly(&mut self, strict: Option<StrictSearch>) {
        self.strict = strict;
        self.edit(|event| event.strict = strict.map(|strict| telling::strict_text(&strict).into()));
    }

    /// The strict search to which whoever asks is held on this host.
    pub(crate) fn strict(&self) -> Option<StrictSearch> {
        self.strict
    }

    /// The event of a request that is refused before it can be judged. The host is asked about all the same: a help
    /// site's visit is counted only, and a sealed host is not told, however the request looked.
    pub(crate) fn refused(visitor: &Visitor, code: &str, host: Option<(&Host, u16)>) -> (Self, Stop) {
        let shared = visitor.shared();
        let (moment, ruleset, table) = (shared.now(), shared.ruleset(), shared.identity());
        let subject = visitor.identify(&table, None, &moment);
        let band = ruleset.band(&subject);
        let mut record = Self::begin(visitor, &ruleset, &moment, band);
        if let Some((host, port)) = host {
            let is_sealed = match shared.judge.ask(&ruleset, &subject, &Request::name_only(host), &moment) {
                Ok(description) => {
                    record.counted_only = description.counted_only;
                    description.outcome == Outcome::Sealed
                }
                Err(fault) => {
                    record.counted_only = fault.always_open;
                    false
                }
            };
            record.edit(|event| {
                event.port = port;
                if !is_sealed {
                    telling::put_host(event, host, shared.settings.resolver_name.as_ref());
                }
            });
        }
        let stop = record.refuse(code, &Why::Unclear);
        record.put_subject(visitor, subject, &table);
        (record, stop)
    }

    fn edit(&mut self, change: impl FnOnce(&mut RequestEvent)) {
        if let Some(event) = self.event.as_deref_mut() {
            change(event);
        }
    }

    /// Turns the event into a refusal by the gate itself. A visit to help stays counted only.
    pub(crate) fn refuse(&mut self, code: &str, why: &Why) -> Stop {
        self.refuse_in(code, words(self.band, why))
    }

    /// The same in words of its own.
    pub(crate) fn refuse_in(&mut self, code: &str, words: Words) -> Stop {
        self.edit(|event| {
            event.outcome = Outcome::Refused;
            event.layer = code.into();
        });
        self.stop(words)
    }

    fn stop(&mut self, words: Words) -> Stop {
        self.edit(|event| event.words = words.explanation.as_str().into());
        self.words = Some(words.clone());
        Stop { words, band: self.band }
    }

    /// Turns the event into a failure of the other side.
    pub(crate) fn fail(&mut self, code: &str, words: Words) {
        self.edit(|event| {
            event.outcome = Outcome::Failed;
            event.entry = Some(code.into());
            event.words = words.explanation.as_str().into();
        });
        self.words = Some(words);
    }

    /// Adds a note where no list's entry stands already.
    pub(crate) fn note(&mut self, note: &str) {
        self.edit(|event| {
            event.entry.get_or_insert_with(|| note.into());
        });
    }

    /// What has been sent so far, should this be cut off.
    pub(crate) fn has_come(&mut self, status: u16, bytes_up: u64, bytes_down: u64) {
        self.edit(|event| {
            event.status = status;
            event.bytes_up = bytes_up;
            event.bytes_down = bytes_down;
        });
    }

    /// What was judged anew takes this one's place: it tells what may be told from now on. What was only counted is
    /// only counted still.
    pub(crate) fn replace(mut self, mut anew: Self) -> Self {
        anew.started = self.started;
        anew.counted_only |= self.counted_only;
        anew.note("revoked");
        self.event = None;
        anew
    }

    /// Whether this is a visit to help.
    pub(crate) fn is_counted_only(&self) -> bool {
        self.counted_only
    }

    /// Keeps nothing but the fact that there was a visit.
    pub(crate) fn count_only(&mut self) {
        self.counted_only = true;
    }

    /// Forgets what was judged only to know whether it still holds.
    pub(crate) fn discard(mut self) {
        self.event = None;
    }

    /// What the person is told.
    pub(crate) fn words(&self) -> Words {
        self.words.clone().unwrap_or_else(|| words(self.band, &Why::Fault))
    }

    /// The host, unless a sealed list forbids to show it.
    pub(crate) fn host(&self) -> Option<&str> {
        self.event.as_ref()?.host.as_deref()
    }

    /// Which list or rule it was, for those who may read it.
    pub(crate) fn reason(&self) -> Option<String> {
        let event = self.event.as_ref()?;
        match (&event.category, &event.list, &event.rule) {
            (Some(category), Some(list), _) => Some(format!("{category}, list “{list}”")),
            (Some(category), None, _) => Some(category.to_string()),
            (None, _, Some(rule)) => Some(format!("rule “{rule}”")),
            _ => None,
        }
    }

    /// Whether nothing has stopped it so far.
    pub(crate) fn passes(&self) -> bool {
        self.event.as_ref().is_some_and(|event| event.outcome == Outcome::Allowed)
    }

    /// Whom the words are for.
    pub(crate) fn band(&self) -> Band {
        self.band
    }

    /// The reference shown to the person.
    pub(crate) fn reference(&self) -> Arc<str> {
        self.event.as_ref().map(|event| Arc::clone(&event.reference)).unwrap_or_default()
    }

    fn tell(&mut self, mut description: Description) -> Ruling {
        let (told, redirect_to) = (description.words.take(), description.redirect_to.take());
        let outcome = description.outcome;
        self.counted_only = description.counted_only;
        self.edit(|event| {
            let layer = description.layer.into();
            telling::put_verdict(event, description, layer);
        });
        if outcome == Outcome::Allowed {
            return Ruling::Pass;
        }
        // Whatever does not plainly pass is stopped.
        let words = told.unwrap_or_else(|| words(self.band, &Why::SchoolRule));
        match redirect_to {
            Some(address) if outcome == Outcome::Redirected => {
                self.edit(|event| event.words = words.explanation.as_str().into());
                Ruling::Lead(address.into())
            }
            _ => Ruling::Stop(Box::new(self.stop(words))),
        }
    }

    fn tell_fault(&mut self, fault: &JudgeFault) -> Ruling {
        if fault.always_open {
            self.edit(|event| event.layer = "fault".into());
            self.counted_only = true;
            return Ruling::Pass;
        }
        Ruling::Stop(Box::new(self.refuse("fault", &Why::Fault)))
    }

    fn put_subject(&mut self, visitor: &Visitor, subject: Subject, table: &IdentityTable) {
        self.edit(|event| telling::put_subject(event, subject, visitor.source, table));
    }

    /// The answer is done: counts it and sends the event.
    pub(crate) fn send(mut self, status: u16, bytes_up: u64, bytes_down: u64) {
        self.has_come(status, bytes_up, bytes_down);
        self.send_off();
    }

    fn send_off(&mut self) {
        let Some(mut event) = self.event.take() else { return };
        let shared = &self.worker.shared;
        let counters = &shared.counters;
        counters.requests.fetch_add(1, Relaxed);
        match event.outcome {
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
        event.duration_micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        shared.events.send(Event::Request(event));
    }
}

impl Drop for Record {
    /// Whoever held it was cut off, by a stop of the gate or a fault: what is known is sent all the same.
    fn drop(&mut self) {
        self.edit(|event| {
            if event.list.is_none() {
                event.entry = Some("cut".into());
            }
        });
        self.send_off();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_path_is_bounded_and_whole_letters() {
        assert_eq!(&*kept_path("/a?b"), "/a?b");
        for path in ["/x".repeat(40_000), format!("/{}", "ü".repeat(40_000)), format!("/{}", "€".repeat(40_000))] {
            let kept = kept_path(&path);
            assert!(kept.len() <= LONGEST_PATH && kept.len() > LONGEST_PATH - 8 && kept.ends_with('…'));
        }
    }
}
