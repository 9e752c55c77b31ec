//! For programs that watch: is it alive, and may clients be sent to it?

use super::filter;
use crate::{
    glance::Seen,
    sources::{Health, NameServiceHealth, State},
    visit::Visit,
    words,
};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

/// What a stranger reads of anything amiss (practice 14: no live holes in public).
const LOOK: &str = "look at the status page on the computer that runs Holdfast\n";

/// 200 while requests are judged by a ruleset, every part works and the log moves, else 503. What is amiss stands
/// beside it only for whoever sits at this computer.
pub(crate) fn check(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    let is_closed = visit.sources.ruleset.borrow().is_closed();
    let fault = match seen {
        _ if is_closed => Some("closed: only help and lifelines are open\n".to_owned()),
        Some(seen) => fault(seen, visit.now),
        None => Some("unknown: the state of the parts cannot be read\n".to_owned()),
    };
    match fault {
        None => plain(StatusCode::OK, "working\n".to_owned()),
        Some(text) if visit.sees_all || is_closed => plain(StatusCode::SERVICE_UNAVAILABLE, text),
        Some(_) => plain(StatusCode::SERVICE_UNAVAILABLE, format!("needs attention: {LOOK}")),
    }
}

/// 200 while clients may be sent here: there is a ruleset, the log is written, and all names can be found. Else 503,
/// with every reason on a line of its own for whoever sits at this computer; who is also told what is amiss with the records.
pub(crate) fn ready(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    let is_closed = visit.sources.ruleset.borrow().is_closed();
    let mut faults = Vec::new();
    if is_closed {
        faults.push("closed: only help and lifelines are open".to_owned());
    }
    match seen {
        Some(seen) => faults.extend(unready(seen, visit.now)),
        None => faults.push("unknown: the state of the parts cannot be read".to_owned()),
    }
    if faults.is_empty() {
        // The filter does without the records, so clients may be sent here all the same.
        let notes = seen.filter(|_| visit.sees_all).map(|seen| of_records(&seen.health)).unwrap_or_default();
        return plain(StatusCode::OK, notes.into_iter().fold("ready\n".to_owned(), |text, note| text + note + "\n"));
    }
    let text = if visit.sees_all { faults.join("\n") + "\n" } else { format!("not ready: {LOOK}") };
    plain(StatusCode::SERVICE_UNAVAILABLE, text)
}

fn unready(seen: &Seen, now: Timestamp) -> Vec<String> {
    let health = &seen.health;
    let mut faults: Vec<String> = unknown(seen).into_iter().chain(held_up(seen, now)).collect();
    if health.journal.alarm.is_some() {
        faults.push("log: the activity log cannot be written; the status page says why".to_owned());
    }
    if health.name_service.as_ref().is_some_and(NameServiceHealth::lacks_upstream) {
        faults.push("names: there is no upstream name service to ask".to_owned());
    }
    let silent = health.name_service.as_ref().map(NameServiceHealth::silent_zones).unwrap_or_default();
    faults.extend(silent.into_iter().map(|zone| match zone {
        None => "names: no upstream name service answers".to_owned(),
        Some(zone) => format!("names: no name service answers for names in {zone}"),
    }));
    faults
}

/// What is amiss with the records, which keeps no client away.
fn of_records(health: &Health) -> Vec<&'static str> {
    let Some(records) = &health.records else { return Vec::new() };
    let notes = [
        (!records.answers, "records: the store does not answer; the filter goes on with what is in force"),
        (records.last_backup.is_none(), "records: no backup was made yet"),
        (
            records.checkpoint_copied == Some(false),
            "records: the last checkpoint of the audit log is not copied outside",
        ),
        (records.log_whole == Some(false), "records: the audit log is not as it was written"),
        (records.calendar_is_short == Some(true), "records: the calendar is missing or ends soon"),
        (records.open_questions.is_some_and(|open| open > 0), "records: the settings contradict themselves"),
    ];
    notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect()
}

fn fault(seen: &Seen, now: Timestamp) -> Option<String> {
    let stopped = seen.health.components.iter().find(|component| component.state == State::Stopped);
    let stopped = stopped.map(|component| format!("stopped: {}", component.name));
    stopped.or_else(|| unknown(seen)).or_else(|| held_up(seen, now)).map(|text| text + "\n")
}

fn unknown(seen: &Seen) -> Option<String> {
    let age = seen.age()?;
    Some(format!("unknown: the state of the parts could not be read for {} seconds", age.as_secs()))
}

fn held_up(seen: &Seen, now: Timestamp) -> Option<String> {
    let still = seen.health.journal.stands_still(now)?;
    Some(format!("held up: the log has not moved for {}", words::length(still)))
}

fn plain(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Numbers for Prometheus.
pub(crate) fn metrics(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    let Some(seen) = seen else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "The state of the parts cannot be read.\n".to_owned());
    };
    let ruleset = visit.sources.ruleset.borrow().clone();
    let alarms = filter::alarms(seen, visit.now).len();
    match super::metrics::text(&ruleset, &seen.health, &visit.sources.recent, alarms) {
        // OpenMetrics 1.0.0, "Protocol Negotiation"; Prometheus has read it since 2.5.
        Ok(text) => {
            let kind = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
            (kind, text).into_response()
        }
        Err(fault) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("The numbers could not be written ({fault}). This is a fault in Holdfast; please report it.\n"),
        ),
    }
}
