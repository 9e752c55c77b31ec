//! What becomes known of a question: one event each, or for a visit to help only that there was one.

use super::{Case, Judged};
use crate::telling::{self, Beginning};
use hickory_proto::rr::RecordType;
use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    request::Visibility,
    ruleset::Description,
    wording::{Why, words},
};
use std::sync::Arc;

impl Case<'_> {
    /// An allowed question was answered.
    pub(super) fn report(&self, judged: Judged, note: Option<&'static str>) {
        self.report_judged(judged, |event| {
            if let Some(note) = note {
                event.entry.get_or_insert_with(|| self.worker.text(note));
            }
        });
    }

    /// An allowed question could not be answered.
    pub(super) fn report_failed(&self, judged: Judged, code: &'static str) {
        self.report_judged(judged, |event| {
            event.outcome = Outcome::Failed;
            event.entry = Some(self.worker.text(code));
        });
    }

    /// An allowed question was stopped by the filter of whoever answers us (F-27).
    pub(super) fn report_upstream(&self, judged: Judged) {
        self.report_judged(judged, |event| {
            event.outcome = Outcome::Blocked;
            event.layer = self.worker.text("upstream");
            event.rule = None;
            event.list = None;
            event.category = None;
            event.clauses.clear();
            event.entry = Some(self.worker.text("upstream-filtered"));
            event.words = self.words(&Why::SchoolRule);
        });
    }

    fn report_judged(&self, judged: Judged, change: impl FnOnce(&mut RequestEvent)) {
        let Judged { description, strict, .. } = judged;
        // Help, counted and never tied to anyone (practice 9), whatever became of it.
        let Some(description) = description.filter(|description| !description.counted_only) else {
            return self.worker.service.events.send(Event::Help);
        };
        let mut event = self.event();
        let layer = self.worker.text(description.layer);
        telling::put_verdict(&mut event, description, layer);
        event.strict = strict.map(|strict| self.worker.text(&telling::strict_text(&strict)));
        change(&mut event);
        self.send(event);
    }

    /// A question that the asked name's own verdict allowed was stopped by a name that its answer leads over.
    pub(super) fn report_stop_over(&self, judged: &Judged, description: Description) {
        if judged.description.as_ref().is_none_or(|description| description.counted_only) {
            return self.worker.service.events.send(Event::Help);
        }
        self.report_stop(description);
    }

    /// A question was stopped by policy.
    pub(super) fn report_stop(&self, mut description: Description) {
        let mut event = self.event();
        if let Some(words) = description.words.take() {
            event.words = self.worker.text(&words.explanation);
        }
        if description.outcome == Outcome::Redirected {
            // Names lead nowhere else: what would be redirected is stopped.
            description.outcome = Outcome::Blocked;
        }
        let layer = self.worker.text(description.layer);
        telling::put_verdict(&mut event, description, layer);
        self.send(event);
    }

    /// A question was answered by ourselves, with no verdict.
    pub(super) fn report_own(&self, outcome: Outcome, layer: &str, entry: Option<&str>, why: Option<&Why>) {
        let mut event = self.event();
        event.outcome = outcome;
        event.layer = self.worker.text(layer);
        event.entry = entry.map(|entry| self.worker.text(entry));
        if let Some(why) = why {
            event.words = self.words(why);
        }
        self.send(event);
    }

    fn words(&self, why: &Why) -> Arc<str> {
        let band = self.standing.snapshot.ruleset.band(&self.standing.who.subject);
        self.worker.text(&words(band, why).explanation)
    }

    fn event(&self) -> Box<RequestEvent> {
        let service = &self.worker.service;
        let unnamed = Arc::default();
        let mut event = telling::begin(Beginning {
            reference: self.worker.references.draw(),
            moment: &self.now.moment,
            ruleset: &self.standing.snapshot.ruleset,
            listener: service.listeners.get(self.visit.listener).unwrap_or(&unnamed),
            method: match self.question.kind {
                RecordType::Unknown(number) => format!("TYPE{number}").into(),
                kind => self.worker.text(kind.into()),
            },
            scheme: self.worker.text("dns"),
        });
        event.visibility = Visibility::NameOnly;
        event
    }

    fn send(&self, mut event: Box<RequestEvent>) {
        telling::put_host(&mut event, self.host, self.worker.service.settings.resolver_name.as_ref());
        let table = &self.standing.snapshot.table;
        telling::put_subject(&mut event, self.standing.who.subject.clone(), self.visit.source, table);
        event.duration_micros = u64::try_from(self.now.instant.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.worker.service.events.send(Event::Request(event));
    }
}
