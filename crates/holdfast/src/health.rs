//! How the parts are doing, gathered for the pages and for monitors.

use crate::jobs::{Alarms, Stands};
use holdfast_activity::{
    drain,
    health::{self, Alarm, Losses},
    suggestions::Suggestions,
};
use holdfast_core::{
    problem::{Problem, lines},
    ruleset::Ruleset,
};
use holdfast_duty::{
    keeper::Standing,
    lists::{self, Store},
};
use holdfast_gateway::{
    dns::{self, forwarder::Forwarder, settings::UpstreamAddress},
    events::{Counters, EventLoss},
};
use holdfast_machine::{
    interception::{self, Certificate},
    tls_identity,
};
use holdfast_records::{calendar::Standing as Calendar, store};
use holdfast_web::{
    CertificateShown, Component, Doors, Health, HeldList, InspectionHealth, Metrics, NameServiceHealth, RecordsHealth,
    State, UpstreamHealth,
};
use jiff::{Timestamp, tz::TimeZone};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::sync::watch;

/// How long a list's publisher may go unasked before monitors are told.
const STALE: Duration = Duration::from_hours(14 * 24);

/// What is asked how it is doing.
pub struct Watched {
    /// What is in force.
    pub standing: Arc<Mutex<Standing>>,
    /// The ruleset in force.
    pub ruleset: watch::Receiver<Arc<Ruleset>>,
    /// The gate.
    pub gate: Arc<Counters>,
    /// The name service and who it asks, where there is one.
    pub names: Option<(Arc<dns::counters::Counters>, Arc<Forwarder>)>,
    /// Whether the name service asks others outside; the demonstration does not.
    pub asks_outside: bool,
    /// The TLS identity, where there is one.
    pub tls: watch::Receiver<Option<tls_identity::Standing>>,
    /// The interception authority, where there is one.
    pub interception: watch::Receiver<Option<interception::Standing>>,
    /// What should perhaps be left unopened.
    pub suggestions: Option<Arc<Suggestions>>,
    /// The log.
    pub journal: watch::Receiver<health::Health>,
    /// What the channel lost.
    pub losses: drain::ChannelLosses,
    /// The lists.
    pub lists: Store,
    /// Whether documents, lists and certificate are no longer looked after, by a fault of ours.
    pub upkeep_broke_off: Arc<AtomicBool>,
    /// What is wrong with the records' store.
    pub store: watch::Receiver<Option<Alarm>>,
    /// What is wrong with what is done for the records by the clock.
    pub jobs: Alarms,
    /// How the records and their log stand.
    pub stands: Stands,
    /// What a school's config leaves out that its records need: a component's name, and what to do.
    pub store_lacks: Vec<(&'static str, &'static str)>,
}

impl Watched {
    /// How everything is doing now. Reads the disk.
    pub fn look(&self, started: Timestamp) -> Health {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (lists, problems) = self.lists.standings();
        let tls = self.tls.borrow().clone();
        let count = |number: &AtomicU64| number.load(Relaxed);
        let is_old = |looked| Timestamp::now().duration_since(looked).unsigned_abs() > STALE;
        let is_stale = |found: &&lists::Standing| found.last_look().is_some_and(is_old);
        let metrics = Metrics {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            certificate_ends: tls.as_ref().map(|standing| standing.expires),
            stale_lists: lists.iter().filter(is_stale).count() as u64,
            turned_away: count(&self.gate.turned_away),
            origin_errors: count(&self.gate.upstream_errors),
            faults: count(&self.gate.faults),
        };
        let names =
            self.names.as_ref().map(|(counters, forwarder)| name_service(counters, forwarder, self.asks_outside));
        Health {
            ruleset_since: standing.since,
            open_connections: count(&self.gate.open_connections),
            journal: self.journal.borrow().clone(),
            channel_losses: (self.losses)(),
            components: self.components(&standing, &problems, tls.as_ref(), names.as_ref()),
            held: lists.into_iter().filter_map(held).collect(),
            alarms: [standing.policy, standing.people, standing.lists, standing.left_out, standing.unread]
                .into_iter()
                .chain([self.store.borrow().clone()])
                .chain(self.jobs.iter().map(|(_, alarm)| alarm.borrow().clone()))
                .flatten()
                .chain(self.suggestions.iter().flat_map(|suggestions| suggestions.alarms()))
                .collect(),
            name_service: names,
            inspection: self.inspection(),
            records: self.records(),
            metrics,
        }
    }

    fn records(&self) -> Option<RecordsHealth> {
        let standing = self.stands.records.borrow().clone().filter(|standing| standing.schools > 0)?;
        let log = self.stands.log.borrow().clone();
        let ends = match standing.calendar {
            Some(Calendar::Good(day) | Calendar::EndsSoon(day) | Calendar::Ended(day)) => Some(day),
            _ => None,
        };
        Some(RecordsHealth {
            answers: self.store.borrow().is_none(),
            schema: store::newest_schema(),
            last_backup: standing.last_backup,
            last_checkpoint: log.signed,
            checkpoint_copied: log.is_copied,
            log_verified: log.verified,
            log_whole: log.is_whole,
            calendar_ends: ends.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp()),
            calendar_is_short: standing.calendar.map(Calendar::is_alarming),
            open_questions: Some(standing.open_questions as u64),
        })
    }

    fn inspection(&self) -> Option<InspectionHealth> {
        let interception::Standing { opens, current, next, switches, before_until, .. } =
            self.interception.borrow().clone()?;
        let ruleset = Arc::clone(&self.ruleset.borrow());
        let suggestions =
            self.suggestions.as_ref().map(|suggestions| suggestions.waiting(&ruleset)).unwrap_or_default();
        let (current, next) = (current.map(shown), next.map(shown));
        Some(InspectionHealth { opens, current, next, switches, before_until, suggestions })
    }

    fn components(
        &self,
        standing: &Standing,
        sources: &[Problem],
        tls: Option<&tls_identity::Standing>,
        names: Option<&NameServiceHealth>,
    ) -> Vec<Component> {
        let words = |alarm: &Option<Alarm>| alarm.as_ref().map(|alarm| alarm.words.clone());
        let sources = (!sources.is_empty()).then(|| lines(sources));
        let (policy, people) = if standing.is_led {
            ("The policy of the records is in force.", "The people of the register are known to the filter.")
        } else {
            ("The policy document as it stands is in force.", "The people document as it stands is in force.")
        };
        let people_fault = words(&standing.people).or_else(|| words(&standing.left_out));
        let mut components = vec![
            self.filter(),
            component("Policy", words(&standing.policy).or_else(|| words(&standing.unread)), policy),
            component("People", people_fault, people),
            component("Records", words(&self.store.borrow()), &self.kept()),
            component("Lists", words(&standing.lists), "The compiled lists are in force."),
            component("List sources", sources, "Every list source is in order."),
        ];
        let seen = self.stands.records.borrow().clone().filter(|seen| standing.is_led && seen.schools > 0);
        if let Some(seen) = seen {
            let calendar = seen.calendar.map(|calendar| (calendar.is_alarming(), calendar.to_string()));
            components.extend(
                calendar.map(|(is_alarming, words)| component("Calendar", is_alarming.then(|| words.clone()), &words)),
            );
            let open = (seen.open_questions > 0).then(|| {
                format!(
                    "{} questions of the settings have no answer yet: holdfast setting questions",
                    seen.open_questions
                )
            });
            components.push(component("Settings", open, "Every question of the settings has its answer."));
        }
        if let Some(tls) = tls {
            components.push(component("Certificate", tls.alarm.clone(), "The certificate is in date."));
        }
        if let Some(standing) = &*self.interception.borrow() {
            let good = "Secure pages can be opened where the policy says so.";
            let told = component("Secure pages", standing.alarm.clone(), good);
            let state = if standing.opens { told.state } else { State::Stopped };
            components.push(Component { state, ..told });
        }
        components.extend(names.filter(|names| names.lacks_upstream()).map(|_| {
            let words = "There is no upstream name service to ask: the config names none, and this computer is told none \
                         but us. Write your provider's under `[dns] upstream` in the config and start Holdfast again.";
            component("Name service", Some(words.to_owned()), "")
        }));
        components
            .extend(self.jobs.iter().map(|(name, alarm)| component(name, words(&alarm.borrow()), "All is well.")));
        // Before the school is set up there is nothing to lose.
        let lacking = self.store_lacks.iter().filter(|_| standing.is_led);
        components.extend(lacking.map(|(name, words)| component(name, Some((*words).to_owned()), "")));
        components.extend(self.upkeep_broke_off.load(Relaxed).then(|| Component {
            name: "Upkeep".to_owned(),
            state: State::Stopped,
            words: "Changes of documents, lists and certificate are no longer taken in, by a fault in Holdfast. Start it \
                    again, and please report this."
                .to_owned(),
        }));
        components
    }

    /// What the status page says of records that are there.
    fn kept(&self) -> String {
        let Some(records) = self.records() else { return "The records' store is there.".to_owned() };
        let moment = |at: Option<Timestamp>| at.map_or_else(|| "not yet".to_owned(), |at| format!("{at:.0}"));
        let copied = match records.checkpoint_copied {
            Some(true) => ", copied outside this computer",
            Some(false) => ", not copied outside this computer",
            None => "",
        };
        let whole = match records.log_whole {
            Some(true) => ", and it was whole",
            Some(false) => ", and it was not whole",
            None => "",
        };
        format!(
            "The records' store is there (schema {}). Newest backup: {}. Audit log signed: {}{copied}; verified: {}{whole}.",
            records.schema,
            moment(records.last_backup),
            moment(records.last_checkpoint),
            moment(records.log_verified),
        )
    }

    fn filter(&self) -> Component {
        let names = self.names.as_ref().map_or(0, |(counters, _)| counters.faults.load(Relaxed));
        let faults = self.gate.faults.load(Relaxed).saturating_add(names);
        if self.ruleset.borrow().is_closed() {
            let words = "No internet until it is safe: only help and lifelines are open.".to_owned();
            return Component { name: "Filter".to_owned(), state: State::Stopped, words };
        }
        let told = format!("{faults} requests were refused because judging them broke off. Please report this.");
        component("Filter", (faults > 0).then_some(told), "Every request is judged.")
    }
}

fn component(name: &str, fault: Option<String>, good: &str) -> Component {
    Component {
        name: name.to_owned(),
        state: if fault.is_some() { State::NeedsAttention } else { State::Working },
        words: fault.unwrap_or_else(|| good.to_owned()),
    }
}

fn shown(certificate: Certificate) -> CertificateShown {
    let Certificate { name, fingerprint, expires, pem, der, .. } = certificate;
    CertificateShown { name, fingerprint, expires, pem, der }
}

fn name_service(counters: &dns::counters::Counters, forwarder: &Forwarder, asks_outside: bool) -> NameServiceHealth {
    let count = |number: &AtomicU64| number.load(Relaxed);
    let [udp, tcp, tls, https] = [0, 1, 2, 3].map(|door: usize| count(&counters.questions[door]));
    let upstreams = forwarder.standings().into_iter().map(|upstream| UpstreamHealth {
        // The path may be a secret that the provider knows the school by.
        address: UpstreamAddress { path: String::new(), ..upstream.upstream }.to_string(),
        zone: upstream.zone,
        works: upstream.works,
        takes: upstream.takes,
        last_fault: upstream.last_fault,
    });
    NameServiceHealth {
        asks_outside,
        upstreams: upstreams.collect(),
        questions: Doors { udp, tcp, tls, https },
        blocked: count(&counters.blocked),
        strict: count(&counters.strict),
        malformed: count(&counters.malformed),
        unknown_names: count(&counters.unknown_names),
        turned_away: count(&counters.turned_away),
        remembered: count(&counters.remembered),
        forwarded: count(&counters.forwarded),
        stale: count(&counters.stale),
        failed: count(&counters.failed),
        faults: count(&counters.faults),
        open_connections: count(&counters.open_connections),
        cache_entries: count(&counters.cache_entries),
        cache_bytes: count(&counters.cache_bytes),
    }
}

/// What the channel between the doors and the log lost.
pub fn channel_losses(loss: &Arc<EventLoss>) -> drain::ChannelLosses {
    let loss = Arc::clone(loss);
    Arc::new(move || Losses {
        allowed: loss.allowed.load(Relaxed),
        failed: loss.failed.load(Relaxed),
        blocked: loss.blocked.load(Relaxed),
        refused: loss.refused.load(Relaxed),
        help: loss.help.load(Relaxed),
    })
}

fn held(standing: lists::Standing) -> Option<HeldList> {
    let held = standing.held?;
    Some(HeldList { title: standing.source.title, reason: held.reasons.join(" "), since: held.list.fetched })
}
