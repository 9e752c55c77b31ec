//! Emergency blocks: for everyone at once, by a safeguarding role (requirement F-39, practice 8). Help and lifelines stay open.
//! Which sites are blocked is shown to the safeguarding leads only (practice 5).

use super::{of_policy, sites, tabs};
use crate::{
    fields::Fields,
    kit::{Area, Field, Kind, Problem, Width},
    pages::{Frame, Here, announce, error_at, found, plain, render, status},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::response::Response;
use holdfast_core::policy::source::EmergencySource;
use holdfast_records::{Fault, access::Duty, gate::NewEmergencyBlock};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

#[derive(Template)]
#[template(path = "filtering/emergency.html")]
struct EmergencyPage {
    frame: Frame,
    tabs: Vec<Area>,
    rows: Vec<BlockRow>,
    sites: Field,
    why: Field,
    review: Field,
    problems: Vec<Problem>,
}

/// A block in force.
pub(in crate::pages) struct BlockRow {
    pub(in crate::pages) code: String,
    pub(in crate::pages) since: String,
    pub(in crate::pages) review: String,
    pub(in crate::pages) is_due: bool,
    /// “3 sites”, and which for those who may see them.
    pub(in crate::pages) what: String,
    pub(in crate::pages) sites: Vec<String>,
}

#[derive(Template)]
#[template(path = "filtering/emergency_lift.html")]
struct LiftPage {
    frame: Frame,
    row: BlockRow,
    why: Field,
    problems: Vec<Problem>,
}

/// The blocks that are in force at this moment, as somebody may see them.
pub(in crate::pages) fn in_force(visit: &SignedVisit) -> Vec<BlockRow> {
    let ruleset = visit.sources.ruleset.borrow().clone();
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let sees_sites =
        visit.me.duties.iter().any(|duty| matches!(duty, Duty::DesignatedLead | Duty::DeputyDesignatedLead));
    let holds = |block: &&EmergencySource| {
        let ends = block.ends.as_deref().and_then(|ends| of_policy(ends, true, zone));
        ends.is_none_or(|ends| ends > now)
    };
    ruleset.source().emergencies.iter().filter(holds).map(|block| row(block, sees_sites, now, zone)).collect()
}

fn row(block: &EmergencySource, sees_sites: bool, now: Timestamp, zone: &TimeZone) -> BlockRow {
    let count = block.hosts.len() + block.addresses.len();
    let review = block.review.parse::<Date>().ok();
    let is_due = review.is_some_and(|review| review <= now.to_zoned(zone.clone()).date());
    let since = of_policy(&block.starts, false, zone);
    BlockRow {
        code: block.code.clone(),
        since: since.map_or_else(|| block.starts.clone(), |since| words::moment(since, zone)),
        review: review.map_or_else(|| block.review.clone(), |review| review.strftime("%A %-d %B %Y").to_string()),
        is_due,
        what: if count == 1 { "One site".to_owned() } else { format!("{count} sites") },
        sites: if sees_sites { block.hosts.iter().chain(&block.addresses).cloned().collect() } else { Vec::new() },
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    Ok(show(&visit, &Fields::default(), Vec::new()))
}

pub(crate) async fn place(visit: SignedVisit, fields: Fields) -> Answered {
    let (hosts, addresses) = sites(fields.get("sites"));
    let mut problems = Vec::new();
    if hosts.is_empty() && addresses.is_empty() {
        problems.push(Problem::at("sites", "Write what is to be blocked, one site a line."));
    }
    if fields.get("why").is_empty() {
        problems.push(Problem::at("why", "Say why. One line is enough; it stays with the version."));
    }
    let review = match fields.get("review") {
        "" => next_school_day(&visit).await?,
        typed => {
            let day = ["%d/%m/%Y", "%d %B %Y", "%Y-%m-%d"].iter().find_map(|format| Date::strptime(format, typed).ok());
            if day.is_none() {
                problems.push(Problem::at("review", "This is no day. Write it as 24/11/2026."));
            }
            day
        }
    };
    if !problems.is_empty() {
        return Ok(show(&visit, &fields, problems));
    }
    let new = NewEmergencyBlock { hosts, addresses, why: fields.get("why").to_owned(), review };
    match visit.records.emergency_block(&visit.session, &new).await {
        Ok(_) => {
            let words = "It holds for everyone within a second. Help and lifelines stay open. It is looked at again on the day you set, and holds until somebody lifts it.";
            announce(&visit, "It is blocked", words);
            Ok(found("/filter/emergency"))
        }
        Err(fault @ Fault::Wrong(_)) => Ok(show(&visit, &fields, vec![Problem::at("sites", plain(&fault))])),
        Err(fault) => Err(fault),
    }
}

/// The next school day, where the calendar knows it; otherwise the records choose the next weekday.
async fn next_school_day(visit: &SignedVisit) -> Result<Option<Date>, Fault> {
    let version = visit.records.calendar(visit.session.school).await?;
    Ok(version.and_then(|version| {
        let today = version.calendar.day_of(visit.caller.now);
        version.calendar.next_school_day(today).ok()
    }))
}

fn show(visit: &SignedVisit, fields: &Fields, problems: Vec<Problem>) -> Response {
    let error = |field: &str| error_at(&problems, field);
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, Here::Filter);
    let page = EmergencyPage {
        frame: frame.erring(is_wrong),
        tabs: tabs(visit, "/filter/emergency"),
        rows: in_force(visit),
        sites: Field::new("sites", "What is to be blocked?")
            .hint("One site or address a line. A site is blocked with everything below it.")
            .kind(Kind::Code)
            .value(fields.get("sites"))
            .error(error("sites")),
        why: Field::new("why", "Why").hint("Write nobody’s name.").value(fields.get("why")).error(error("why")),
        review: Field::new("review", "When is it looked at again?")
            .hint("The next school day, if you leave it empty. Otherwise such as 24/11/2026.")
            .width(Width::Ten)
            .value(fields.get("review"))
            .error(error("review")),
        problems,
    };
    render(status(is_wrong), &page)
}

pub(crate) async fn lift_form(visit: SignedVisit) -> Answered {
    lift_page(&visit, "", Vec::new())
}

pub(crate) async fn lift(visit: SignedVisit, fields: Fields) -> Answered {
    let why = fields.get("why");
    if why.is_empty() {
        return lift_page(
            &visit,
            why,
            vec![Problem::at("why", "Say why. One line is enough; it stays with the version.")],
        );
    }
    match visit.records.lift_emergency_block(&visit.session, visit.places.get("code"), why).await {
        Ok(_) => {
            announce(
                &visit,
                "The block is lifted",
                "What it blocked is judged by the other rules again, within a second.",
            );
            Ok(found("/filter/emergency"))
        }
        Err(fault @ Fault::Wrong(_)) => lift_page(&visit, why, vec![Problem::at("why", plain(&fault))]),
        Err(fault) => Err(fault),
    }
}

fn lift_page(visit: &SignedVisit, why: &str, problems: Vec<Problem>) -> Answered {
    let code = visit.places.get("code");
    let row = in_force(visit).into_iter().find(|row| row.code == code).ok_or(Fault::NotFound)?;
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, Here::Filter);
    let page = LiftPage {
        frame: frame.erring(is_wrong),
        row,
        why: Field::new("why", "Why").value(why).error(problems.first().map(|problem| problem.words.clone())),
        problems,
    };
    Ok(render(status(is_wrong), &page))
}
