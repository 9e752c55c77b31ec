//! The numbers for Prometheus: counts and states of the program, and by the neutral codes of groups how much was seen. No
//! person, client or name asked for is in them.

use super::{filter, unseen};
use crate::sources::{Health, InspectionHealth, Metrics, NameServiceHealth, RecordsHealth};
use holdfast_activity::{
    health::Losses,
    recent::{Counts, Recent},
    visibility::{FEWEST_TOLD, GroupSeen},
};
use holdfast_core::ruleset::Ruleset;
use jiff::Timestamp;
use prometheus_client::{
    encoding::text,
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
        info::Info,
    },
    registry::Registry,
};
use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64},
};

type Label = [(&'static str, String); 1];

/// Everything in the `OpenMetrics` text format.
pub(super) fn text(ruleset: &Ruleset, health: &Health, recent: &Recent, alarms: usize) -> Result<String, fmt::Error> {
    let mut numbers = Numbers(Registry::with_prefix("holdfast"));
    numbers.process(&health.metrics);
    numbers.requests(health, recent.counts());
    numbers.seen(&recent.seen_since_start());
    numbers.rules(ruleset, health);
    numbers.log(health);
    if let Some(names) = &health.name_service {
        numbers.names(names);
        numbers.upstreams(names);
    }
    if let Some(records) = &health.records {
        numbers.records(records);
    }
    if let Some(inspection) = &health.inspection {
        numbers.inspection(inspection, ruleset);
    }
    numbers.gauge("alarms", "What needs a person now; the status page says what", alarms as u64);
    let mut text = String::new();
    text::encode(&mut text, &numbers.0)?;
    Ok(text)
}

struct Numbers(Registry);

impl Numbers {
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.0.register(name, help, ConstCounter::new(value));
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.0.register(name, help, ConstGauge::new(value));
    }

    fn moment(&mut self, name: &str, help: &str, at: Timestamp) {
        self.0.register(name, help, ConstGauge::new(at.as_second()));
    }

    fn counters(&mut self, name: &str, help: &str, label: &'static str, values: &[(&str, u64)]) {
        let family = Family::<Label, Counter<u64, AtomicU64>>::default();
        for (of, value) in values {
            family.get_or_create(&[(label, (*of).to_owned())]).inc_by(*value);
        }
        self.0.register(name, help, family);
    }

    fn process(&mut self, metrics: &Metrics) {
        self.0.register("build", "The program", Info::new([("version", metrics.version.clone())]));
        self.moment("start_timestamp_seconds", "When the program started", metrics.started);
        self.counter("faults", "Web requests whose judging broke off inside Holdfast; please report", metrics.faults);
        if let Some(ends) = metrics.certificate_ends {
            self.moment("certificate_end_timestamp_seconds", "When the certificate in use ends", ends);
        }
    }

    fn requests(&mut self, health: &Health, counts: Counts) {
        let Counts { allowed, blocked, redirected, refused, failed } = counts;
        let outcomes = [
            ("allowed", allowed),
            ("blocked", blocked),
            ("redirected", redirected),
            ("refused", refused),
            ("failed", failed),
        ];
        let help =
            "Web requests and questions for names that reached the log, by how they turned out; help is not counted";
        self.counters("requests", help, "outcome", &outcomes);
        let metrics = &health.metrics;
        self.gauge("connections_open", "Connections open at the proxy", health.open_connections);
        self.counter("connections_turned_away", "Proxy connections turned away at a limit", metrics.turned_away);
        self.counter("origin_errors", "Origins that could not be reached or broke off", metrics.origin_errors);
    }

    /// How much was seen of what was let through, by the group's neutral code. A series begins where it has counted enough
    /// to tell of no single person, and zero is not told, since its end would tell of the first few (practice 14).
    fn seen(&mut self, groups: &[GroupSeen]) {
        let requests = Family::<[(&str, String); 2], Counter<u64, AtomicU64>>::default();
        let bytes = Family::<[(&str, String); 2], Counter<u64, AtomicU64>>::default();
        let unopened = Family::<[(&str, String); 2], Counter<u64, AtomicU64>>::default();
        for GroupSeen { group, seen } in groups {
            let group = unseen::name(group.as_ref());
            for (kind, amount) in [("whole", seen.whole), ("name-only", seen.name_only), ("nothing", seen.nothing)] {
                let label = [("group", group.clone()), ("visibility", kind.to_owned())];
                if amount.requests >= FEWEST_TOLD {
                    requests.get_or_create(&label).inc_by(amount.requests);
                    bytes.get_or_create(&label).inc_by(amount.bytes);
                }
            }
            for (code, count) in seen.unopened.iter().filter(|(_, count)| **count >= FEWEST_TOLD) {
                unopened.get_or_create(&[("group", group.clone()), ("reason", code.to_string())]).inc_by(*count);
            }
        }
        let help = "Web requests and unopened connections let through, by how much of them was seen, each from 20 on; no help, no tests";
        self.0.register("seen_requests", help, requests);
        self.0.register("seen_bytes", "Bytes of the same in both directions", bytes);
        self.0.register("left_unopened", "Connections left unopened, by the reason's code, each from 20 on", unopened);
    }

    fn records(&mut self, records: &RecordsHealth) {
        self.gauge("store_up", "1 while the records' store answers", u64::from(records.answers));
        self.gauge("store_schema", "The schema of the records' store", u64::try_from(records.schema).unwrap_or(0));
        let moments = [
            ("backup_timestamp_seconds", "When the newest backup was made", records.last_backup),
            ("checkpoint_timestamp_seconds", "When the audit log was last signed", records.last_checkpoint),
            ("audit_verified_timestamp_seconds", "When the audit log was last verified", records.log_verified),
            ("calendar_end_timestamp_seconds", "The last day that the school's calendar knows", records.calendar_ends),
        ];
        for (name, help, at) in moments {
            if let Some(at) = at {
                self.moment(name, help, at);
            }
        }
        let states = [
            ("checkpoint_copied", "1 if the last checkpoint was copied outside", records.checkpoint_copied),
            ("audit_whole", "1 if the audit log was whole when it was last verified", records.log_whole),
            ("calendar_short", "1 while the school's calendar is missing or ends soon", records.calendar_is_short),
        ];
        for (name, help, state) in states {
            if let Some(state) = state {
                self.gauge(name, help, u64::from(state));
            }
        }
        if let Some(open) = records.open_questions {
            self.gauge("settings_open_questions", "Contradictions in the settings that nobody has settled", open);
        }
    }

    fn inspection(&mut self, inspection: &InspectionHealth, ruleset: &Ruleset) {
        self.gauge("inspection_opens", "1 while secure pages can be opened", u64::from(inspection.opens));
        if let Some(current) = &inspection.current {
            let help = "When the certificate of the interception authority ends";
            self.moment("inspection_authority_end_timestamp_seconds", help, current.expires);
        }
        let waiting = inspection.suggestions.iter().filter(|suggestion| suggestion.is_waiting(ruleset)).count();
        let help = "Hosts that should perhaps be left unopened and wait for a person";
        self.gauge("inspection_suggestions", help, waiting as u64);
    }

    fn rules(&mut self, ruleset: &Ruleset, health: &Health) {
        self.gauge("closed", "1 while only help and lifelines are open", u64::from(ruleset.is_closed()));
        self.gauge("policy_version", "The version of the policy in force", ruleset.source().version);
        self.moment("ruleset_since_timestamp_seconds", "Since when the ruleset is in force", health.ruleset_since);
        self.gauge("names_loaded", "Names in the lists in force", ruleset.content().names());
        self.gauge("lists_stale", "Lists not fetched for too long", health.metrics.stale_lists);
        self.gauge("lists_held", "Lists of which a new edition waits for a person", health.held.len() as u64);
    }

    /// Lost visits for help are left out, as on the status page.
    fn log(&mut self, health: &Health) {
        let Losses { allowed, failed, blocked, refused, help: _ } = filter::lost(health);
        let classes = [("allowed", allowed), ("blocked", blocked), ("refused", refused), ("failed", failed)];
        self.counters("events_lost", "Events missing from the log, by how they turned out", "class", &classes);
        let journal = &health.journal;
        self.gauge("log_writing", "1 while the log can be written", u64::from(journal.alarm.is_none()));
        self.counter("log_lines", "Lines written to the log", journal.written);
        self.gauge("log_bytes", "Bytes that the log takes on the disk", journal.disk_bytes);
        self.gauge("log_waiting_bytes", "Bytes of lines that wait for the disk", journal.waiting_bytes as u64);
        let help = "Files of the log past their days, which wait until what must be kept longer was taken out of them";
        self.gauge("log_files_past_days", help, journal.past_days as u64);
        let shortened = u64::from(journal.shortened.is_some());
        self.gauge("log_shortened", "1 once files had to go before their time for want of room", shortened);
        if let Some(last) = journal.last_flush {
            self.moment("log_flush_timestamp_seconds", "When the log last came round to writing", last);
        }
    }

    fn names(&mut self, names: &NameServiceHealth) {
        let doors = names.questions;
        let doors = [("udp", doors.udp), ("tcp", doors.tcp), ("tls", doors.tls), ("https", doors.https)];
        self.counters("dns_questions", "Questions taken in, by door", "door", &doors);
        self.counter("dns_blocked", "Questions blocked by policy", names.blocked);
        self.counter("dns_strict", "Questions answered with a forced strict search", names.strict);
        self.counter("dns_malformed", "Messages that were malformed, or not a question", names.malformed);
        let guessed = "Questions under a personal name that is nobody's";
        self.counter("dns_unknown_personal_names", guessed, names.unknown_names);
        self.counter("dns_turned_away", "Questions of clients that are not served", names.turned_away);
        self.counter("dns_cache_hits", "Answers from memory", names.remembered);
        self.counter("dns_forwarded", "Questions passed on upstream", names.forwarded);
        self.counter("dns_stale", "Answers past their life that stood in", names.stale);
        self.counter("dns_failed", "Questions that no upstream answered", names.failed);
        self.counter("dns_faults", "Questions whose judging broke off inside Holdfast; please report", names.faults);
        self.gauge("dns_connections_open", "Connections open at the name service", names.open_connections);
        self.gauge("dns_cache_entries", "Answers in memory", names.cache_entries);
        self.gauge("dns_cache_bytes", "Bytes of answers in memory", names.cache_bytes);
    }

    fn upstreams(&mut self, names: &NameServiceHealth) {
        let works = Family::<[(&str, String); 2], Gauge<i64, AtomicI64>>::default();
        let takes = Family::<[(&str, String); 2], Gauge<f64, AtomicU64>>::default();
        for upstream in &names.upstreams {
            let label = [("upstream", upstream.address.clone()), ("zone", upstream.zone.clone().unwrap_or_default())];
            works.get_or_create(&label).set(i64::from(upstream.works));
            if let Some(time) = upstream.takes {
                takes.get_or_create(&label).set(time.as_secs_f64());
            }
        }
        let general = names.general_upstreams() as u64;
        self.gauge("dns_upstreams", "Upstream name services for all names without a zone of their own", general);
        self.0.register("dns_upstream_up", "1 while this upstream name service answers", works);
        self.0.register("dns_upstream_seconds", "The typical time that it takes", takes);
    }
}
