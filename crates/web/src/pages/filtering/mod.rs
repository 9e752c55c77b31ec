//! The filter, for those who may read its policy: is it working, how each group is judged, the lists, and why something is blocked;
//! and what is done to it for a while: suspensions, emergency blocks, lessons.

pub(crate) mod emergency;
pub(crate) mod explain;
pub(crate) mod groups;
pub(crate) mod lessons;
pub(crate) mod lists;
pub(crate) mod suspensions;

use super::{Frame, Here, errors, filter, render};
use crate::{
    kit::Area,
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{access::Capability, gate::Version};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// How many versions of the policy are listed.
const VERSIONS: i64 = 100;

#[derive(Template)]
#[template(path = "filtering/versions.html")]
struct VersionsPage {
    frame: Frame,
    tabs: Vec<Area>,
    title: String,
    review_by: String,
    rows: Vec<VersionRow>,
}

struct VersionRow {
    number: i64,
    what: &'static str,
    when: String,
    by: String,
    why: String,
}

/// The places of this area that somebody can use.
fn tabs(visit: &SignedVisit, here: &str) -> Vec<Area> {
    let all = [
        ("/filter", "Is it working?", Capability::ReadPolicy),
        ("/filter/explain", "Why was this blocked?", Capability::ReadPolicy),
        ("/filter/groups", "Groups", Capability::ReadPolicy),
        ("/filter/lists", "Lists", Capability::ReadPolicy),
        ("/filter/versions", "Changes", Capability::ReadPolicy),
        ("/filter/suspensions", "Suspensions", Capability::Suspend),
        ("/filter/emergency", "Emergency blocks", Capability::EmergencyBlock),
    ];
    let mine = all.iter().filter(|(_, _, capability)| visit.me.may(*capability));
    mine.map(|(href, words, _)| Area::new(*href, *words, *href == here)).collect()
}

/// Whether somebody looks after the filter, and so is shown the last verdicts: governors and others who read the policy get counts
/// (catalogue Part 2).
fn looks_after(visit: &SignedVisit) -> bool {
    [Capability::ChangeNetwork, Capability::ChangePolicy, Capability::EmergencyBlock]
        .iter()
        .any(|one| visit.me.may(*one))
}

pub(crate) async fn working(visit: SignedVisit) -> Answered {
    let Some(seen) = visit.glance.seen().await else {
        return Ok(errors::page(&visit.sources, StatusCode::SERVICE_UNAVAILABLE));
    };
    let tabs = tabs(&visit, "/filter");
    Ok(filter::signed(&visit, &seen, tabs, looks_after(&visit)))
}

pub(crate) async fn versions(visit: SignedVisit) -> Answered {
    let history = visit.records.policy_history(&visit.session, VERSIONS).await?;
    let makers = visit.records.policy_makers(&visit.session).await?;
    let ruleset = visit.sources.ruleset.borrow().clone();
    let row = |version: &Version| VersionRow {
        number: version.number,
        what: what(&version.kind),
        when: words::moment(version.made_at, &visit.sources.school.zone),
        by: match version.made_by {
            Some(person) => {
                makers.get(&person).cloned().unwrap_or_else(|| "Somebody who is not here any more".to_owned())
            }
            None => "Taken in from the documents".to_owned(),
        },
        why: version.why.clone(),
    };
    let page = VersionsPage {
        tabs: tabs(&visit, "/filter/versions"),
        title: ruleset.source().title.clone(),
        review_by: ruleset.source().review_by.clone(),
        rows: history.iter().map(row).collect(),
        frame: Frame::signed(&visit, Here::Filter),
    };
    Ok(render(StatusCode::OK, &page))
}

/// What a version was made for.
fn what(kind: &str) -> &'static str {
    match kind {
        "whole" => "The policy was changed",
        "documents" => "The policy was taken in",
        "lesson" => "A lesson was opened",
        "lesson-ended" => "A lesson was ended",
        "suspension" => "A suspension was placed",
        "suspension-ended" => "A suspension was ended",
        "emergency" => "An emergency block was placed",
        "emergency-lifted" => "An emergency block was lifted",
        _ => "Another change",
    }
}

/// A moment of the policy document, on the school's wall clock; a date alone is its first moment, or the end of that day.
pub(super) fn of_policy(text: &str, is_end: bool, zone: &TimeZone) -> Option<Timestamp> {
    let time = if text.contains(['T', ' ']) {
        text.parse::<DateTime>().ok()?
    } else {
        let date = text.parse::<Date>().ok()?;
        if is_end { date.tomorrow().ok()?.at(0, 0, 0, 0) } else { date.at(0, 0, 0, 0) }
    };
    zone.to_timestamp(time).ok()
}

/// The lines of a field that are not empty.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Sites as people type them: a host alone, or an address with a path. Their own words for http go.
fn sites(text: &str) -> (Vec<String>, Vec<String>) {
    let bare = |line: String| {
        let line = line.split_once("://").map_or(line.as_str(), |(_, rest)| rest).to_owned();
        line.strip_suffix('/').map(str::to_owned).unwrap_or(line)
    };
    lines(text).into_iter().map(bare).partition(|site| !site.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_taken_as_people_type_them() {
        let (hosts, addresses) = sites("https://www.rivers.example/\n\nmaps.example/delta/\nhttp://one.example");
        assert_eq!(hosts, ["www.rivers.example", "one.example"]);
        assert_eq!(addresses, ["maps.example/delta"]);
    }

    #[test]
    fn a_date_alone_ends_with_its_day() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let at = |text: &str, is_end| of_policy(text, is_end, &zone).map(|at| at.to_string());
        assert_eq!(at("2026-06-22", true).as_deref(), Some("2026-06-22T23:00:00Z"));
        assert_eq!(at("2026-06-22T10:00", false).as_deref(), Some("2026-06-22T09:00:00Z"));
        assert_eq!(at("soon", false), None);
    }
}
