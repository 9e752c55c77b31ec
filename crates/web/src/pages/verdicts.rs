//! The last verdicts as the demo view shows them: no person, no client, no path, no reference.

use crate::words;
use holdfast_activity::recent::{Recent, Verdict};
use holdfast_core::{category::Category, event::Outcome};
use jiff::{Timestamp, tz::TimeZone};
use std::sync::Arc;

/// How many rows are shown.
const ROWS: usize = 25;
/// From how many of the last verdicts they are made.
const VERDICTS: usize = 200;
/// Within which time questions for the same name are one look-up, microseconds: a browser asks for the addresses of a
/// name in three kinds at once.
const LOOK_UP_MICROS: i64 = 2_000_000;

/// One row: a request, or all questions of one look-up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct VerdictRow {
    pub(super) time: String,
    pub(super) group: String,
    pub(super) host: String,
    /// The kinds of record that a look-up asked for (`A, AAAA, HTTPS`); empty for anything else.
    pub(super) kinds: String,
    pub(super) outcome: &'static str,
    pub(super) style: &'static str,
    pub(super) reason: String,
    pub(super) synthetic: bool,
}

/// The rows, newest first.
pub(super) fn rows(recent: &Recent, zone: &TimeZone) -> Vec<VerdictRow> {
    let mut look_ups: Vec<(Arc<Verdict>, Vec<Arc<str>>)> = Vec::new();
    for verdict in recent.verdicts(VERDICTS) {
        if let Some((_, kinds)) = look_ups.iter_mut().find(|(newest, _)| is_one_look_up(newest, &verdict)) {
            if !kinds.contains(&verdict.method) {
                kinds.push(Arc::clone(&verdict.method));
            }
        } else if look_ups.len() < ROWS {
            let kinds = vec![Arc::clone(&verdict.method)];
            look_ups.push((verdict, kinds));
        }
    }
    look_ups.into_iter().map(|(newest, kinds)| row(&newest, kinds, zone)).collect()
}

fn is_one_look_up(newest: &Verdict, other: &Verdict) -> bool {
    let about = |verdict: &Verdict| {
        (verdict.host.clone(), verdict.outcome, verdict.group.clone(), verdict.layer.clone(), verdict.strict.clone())
    };
    &*newest.scheme == "dns"
        && &*other.scheme == "dns"
        && newest.at_micros.abs_diff(other.at_micros) < LOOK_UP_MICROS.unsigned_abs()
        && newest.synthetic == other.synthetic
        && about(newest) == about(other)
}

fn row(verdict: &Verdict, mut kinds: Vec<Arc<str>>, zone: &TimeZone) -> VerdictRow {
    let is_look_up = &*verdict.scheme == "dns";
    let (outcome, style) = match verdict.outcome {
        Outcome::Allowed => ("Allowed", "good"),
        Outcome::Blocked => ("Blocked", "bad"),
        Outcome::Sealed => ("Blocked (illegal-content list)", "bad"),
        Outcome::Redirected => ("Sent on", "warn"),
        Outcome::Refused => ("Refused", "bad"),
        Outcome::Failed if is_look_up => ("Not found", "warn"),
        Outcome::Failed => ("Site failed", "warn"),
    };
    kinds.sort_unstable();
    VerdictRow {
        time: Timestamp::from_microsecond(verdict.at_micros)
            .map_or_else(|_fault| String::new(), |at| words::clock(at, zone)),
        group: verdict.group.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string),
        host: verdict.host.as_deref().unwrap_or("address not kept").to_owned(),
        kinds: if is_look_up { kinds.join(", ") } else { String::new() },
        outcome,
        style,
        reason: reason(verdict),
        synthetic: verdict.synthetic,
    }
}

fn reason(verdict: &Verdict) -> String {
    let layer = match &*verdict.layer {
        "category" => "category",
        "default" => "nothing else matched",
        "group" => "group rule",
        "help" => "always-open help",
        "search-tool" => "search tool",
        other => other,
    };
    let category = verdict.category.as_deref().map(|code| match Category::from_code(code) {
        Some(category) => category.title(),
        None => code,
    });
    let because = category.map_or_else(|| layer.to_owned(), |category| format!("{layer}: {category}"));
    match verdict.strict.as_deref().map(|strict| strict.split_once(' ').unwrap_or((strict, "strict"))) {
        None => because,
        Some((engine, "strict")) => format!("{because}; strict search forced: {engine}"),
        Some((engine, level)) => format!("{because}; strict search forced: {engine} ({level})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_activity::recent::Limits;
    use holdfast_core::{
        event::{Event, RequestEvent},
        request::Visibility,
        subject::{GroupCode, Subject},
    };

    fn ask(recent: &Recent, scheme: &str, kind: &str, host: &str, strict: Option<&str>, millis: i64) {
        let subject = Subject { group: Some(GroupCode::from("Rowan")), ..Subject::unknown() };
        recent.record(&Event::Request(Box::new(RequestEvent {
            reference: "7Q4K".into(),
            at_micros: 1_795_000_000_000_000 + millis * 1_000,
            ruleset: "r1".into(),
            subject,
            client: None,
            listener: "names".into(),
            method: kind.into(),
            scheme: scheme.into(),
            host: Some(host.into()),
            port: 53,
            path: None,
            visibility: Visibility::NameOnly,
            outcome: Outcome::Allowed,
            status: 0,
            layer: "default".into(),
            rule: None,
            list: None,
            entry: None,
            category: None,
            strict: strict.map(Into::into),
            rewrites: Vec::new(),
            unopened: None,
            clauses: Vec::new(),
            words: "Open to you.".into(),
            bytes_up: 0,
            bytes_down: 0,
            duration_micros: 10,
            synthetic: false,
        })));
    }

    #[test]
    fn the_questions_of_one_look_up_are_one_row() {
        let recent = Recent::new(Limits::default());
        ask(&recent, "dns", "A", "one.example", None, 0);
        ask(&recent, "dns", "HTTPS", "one.example", None, 3_000);
        ask(&recent, "dns", "A", "two.example", None, 3_001);
        ask(&recent, "dns", "AAAA", "one.example", None, 3_002);
        ask(&recent, "dns", "A", "one.example", None, 4_000);
        ask(&recent, "http", "GET", "one.example", None, 4_001);
        let rows = rows(&recent, &TimeZone::UTC);
        let shown: Vec<_> = rows.iter().map(|row| (row.host.as_str(), row.kinds.as_str())).collect();
        assert_eq!(
            shown,
            [("one.example", ""), ("one.example", "A, AAAA, HTTPS"), ("two.example", "A"), ("one.example", "A")]
        );
    }

    #[test]
    fn a_forced_strict_search_is_said() {
        let recent = Recent::new(Limits::default());
        ask(&recent, "dns", "A", "www.search.example", Some("google strict"), 0);
        ask(&recent, "dns", "A", "video.example", Some("youtube moderate"), 1);
        let rows = rows(&recent, &TimeZone::UTC);
        assert_eq!(rows[1].reason, "nothing else matched; strict search forced: google");
        assert_eq!(rows[0].reason, "nothing else matched; strict search forced: youtube (moderate)");
    }
}
