//! The machine, the log and the lists.

use super::{Task, Urgency, counted};
use crate::{
    pages::filter::alarms,
    sources::{Health, RecordsHealth, State},
    visit::SignedVisit,
};
use holdfast_records::{Fault, access::Capability};
use jiff::{SignedDuration, Timestamp};

/// How long the log may go unverified: it is done each night.
const UNVERIFIED: SignedDuration = SignedDuration::from_hours(48);

/// Parts that do not work as they should, and alarms: all of it for whoever looks after the machine, and for others who read the policy
/// that something has stopped.
pub(super) async fn parts(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    let looks_after = visit.me.may(Capability::BackUp) || visit.me.may(Capability::ChangeNetwork);
    if !looks_after && !visit.me.may(Capability::ReadPolicy) {
        return Ok(Vec::new());
    }
    let Some(seen) = visit.glance.seen().await else {
        let words =
            "How the parts of Holdfast are doing cannot be read. Most likely the machine’s disk does not answer.";
        return Ok(vec![Task::new(Urgency::Now, words)]);
    };
    let mut tasks = Vec::new();
    if looks_after {
        let told = alarms(&seen, visit.caller.now).into_iter().map(|alarm| (Urgency::Now, alarm.words));
        tasks.extend(told.chain(troubles(&seen.health)));
    } else if visit.sources.ruleset.borrow().is_closed()
        || troubles(&seen.health).iter().any(|(urgency, _)| *urgency == Urgency::Now)
    {
        tasks.push((
            Urgency::Now,
            "A part of the filter has stopped. Make sure that your network manager knows.".to_owned(),
        ));
    }
    let task = |(urgency, words)| Task::new(urgency, words).at(visit, "/filter", "Look at the filter");
    Ok(tasks.into_iter().map(task).collect())
}

fn troubles(health: &Health) -> Vec<(Urgency, String)> {
    let trouble = |component: &crate::sources::Component| {
        let urgency = match component.state {
            State::Working => return None,
            State::NeedsAttention => Urgency::Today,
            State::Stopped => Urgency::Now,
        };
        Some((urgency, format!("{}: {}", component.name, component.words)))
    };
    health.components.iter().filter_map(trouble).collect()
}

/// The audit log: not whole, or not verified lately.
pub(super) async fn log(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::VerifyAudit) {
        return Ok(Vec::new());
    }
    let Some(seen) = visit.glance.seen().await else { return Ok(Vec::new()) };
    let Some(records) = &seen.health.records else { return Ok(Vec::new()) };
    let trouble = log_trouble(records, seen.health.metrics.started, visit.caller.now);
    let task = |(urgency, words): (Urgency, &str)| {
        Task::new(urgency, words).at(visit, "/audit/verify", "Look at what is proven")
    };
    Ok(trouble.map(task).into_iter().collect())
}

fn log_trouble(records: &RecordsHealth, started: Timestamp, now: Timestamp) -> Option<(Urgency, &'static str)> {
    if records.log_whole == Some(false) {
        return Some((Urgency::Now, "When the audit log was verified last, something was wrong with it."));
    }
    // Since the start nothing may have been verified yet; then its age counts from there.
    let last = records.log_verified.unwrap_or(started);
    (now.duration_since(last) > UNVERIFIED)
        .then_some((Urgency::Today, "The audit log was not verified for two days. It is done each night."))
}

/// Lists that wait for a person, or could not be fetched for long.
pub(super) async fn lists(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::ReadPolicy)
        || !visit.me.may(Capability::ChangePolicy) && !visit.me.may(Capability::ChangeNetwork)
    {
        return Ok(Vec::new());
    }
    let Some(seen) = visit.glance.seen().await else { return Ok(Vec::new()) };
    let stale = usize::try_from(seen.health.metrics.stale_lists).unwrap_or(usize::MAX);
    let found = [
        (
            seen.health.held.len(),
            "One list waits for a person, because its new edition looks wrong.",
            "lists wait for a person, because their new editions look wrong.",
        ),
        (stale, "One list could not be fetched for too long.", "lists could not be fetched for too long."),
    ];
    let told = found.into_iter().filter(|(count, ..)| *count > 0);
    Ok(told
        .map(|(count, one, more)| {
            Task::new(Urgency::Today, counted(count, one, more)).at(visit, "/filter/lists", "Look at the lists")
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_not_verified_for_long_is_told() {
        let at = |hours: i64| Timestamp::from_second(1_795_000_000 + hours * 3_600).unwrap();
        let fresh = RecordsHealth { log_verified: Some(at(0)), log_whole: Some(true), ..RecordsHealth::default() };
        assert_eq!(log_trouble(&fresh, at(0), at(47)), None);
        assert!(log_trouble(&fresh, at(0), at(49)).is_some());
        assert_eq!(log_trouble(&RecordsHealth::default(), at(40), at(49)), None, "it was started a moment ago");
        let broken = RecordsHealth { log_whole: Some(false), ..fresh };
        assert_eq!(log_trouble(&broken, at(0), at(1)).map(|(urgency, _)| urgency), Some(Urgency::Now));
    }
}
