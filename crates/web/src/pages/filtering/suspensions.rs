//! Suspensions of one person's access. Each ends by itself; why one was placed stands in the person's file, and not here.

use super::{lines, tabs};
use crate::{
    fields::Fields,
    kit::{Area, Field, Kind, Problem, Width},
    pages::{Frame, Here, announce, found, plain, render, status},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault,
    access::Capability,
    gate::{NewSuspension, Suspended},
    id,
};
use jiff::{Timestamp, civil::DateTime};

#[derive(Template)]
#[template(path = "filtering/suspensions.html")]
struct ListPage {
    frame: Frame,
    tabs: Vec<Area>,
    rows: Vec<SuspendedRow>,
}

struct SuspendedRow {
    code: String,
    name: String,
    until: String,
    kept: String,
}

#[derive(Template)]
#[template(path = "filtering/suspend_find.html")]
struct FindPage {
    frame: Frame,
    name: Field,
    problems: Vec<Problem>,
    found: Option<Vec<FoundRow>>,
    there_are_more: bool,
}

struct FoundRow {
    id: String,
    name: String,
    apart: String,
    another_has_this_name: bool,
}

#[derive(Template)]
#[template(path = "filtering/suspend.html")]
struct PlacePage {
    frame: Frame,
    id: String,
    name: String,
    until: Field,
    keep: Field,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "filtering/suspend_end.html")]
struct EndPage {
    frame: Frame,
    code: String,
    name: String,
    until: String,
}

fn here(visit: &SignedVisit) -> Here {
    if visit.me.may(Capability::ReadPolicy) { Here::Filter } else { Here::Suspensions }
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let listed = visit.records.suspensions(&visit.session).await?;
    let page = ListPage {
        tabs: tabs(&visit, "/filter/suspensions"),
        rows: listed.iter().map(|suspended| row(suspended, &visit)).collect(),
        frame: Frame::signed(&visit, here(&visit)).hiding(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn row(suspended: &Suspended, visit: &SignedVisit) -> SuspendedRow {
    SuspendedRow {
        code: suspended.code.clone(),
        name: suspended.full_name.clone(),
        until: words::moment(suspended.until, &visit.sources.school.zone),
        kept: if suspended.keep_hosts.is_empty() {
            "Help and lifelines only".to_owned()
        } else {
            format!("Help, lifelines, {}", suspended.keep_hosts.join(", "))
        },
    }
}

pub(crate) async fn find_form(visit: SignedVisit) -> Answered {
    Ok(find_page(&visit, "", Vec::new(), None))
}

pub(crate) async fn find(visit: SignedVisit, fields: Fields) -> Answered {
    let name = fields.get("name");
    if !name.chars().any(char::is_alphanumeric) {
        let problem = Problem::at("name", "Type the beginning of the name.");
        return Ok(find_page(&visit, name, vec![problem], None));
    }
    let people = visit.records.find_people(&visit.session, name, None).await?;
    Ok(find_page(&visit, name, Vec::new(), Some(people)))
}

fn find_page(
    visit: &SignedVisit,
    name: &str,
    problems: Vec<Problem>,
    people: Option<holdfast_records::people::Found>,
) -> Response {
    let there_are_more = people.as_ref().is_some_and(|people| people.there_are_more);
    let found = people.map(|people| {
        let row = |picked: holdfast_records::people::Picked| FoundRow {
            id: picked.id.to_string(),
            apart: apart(&picked),
            another_has_this_name: picked.another_has_this_name,
            name: picked.full_name,
        };
        people.people.into_iter().map(row).collect()
    });
    let error = problems.first().map(|problem| problem.words.clone());
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, here(visit)).hiding();
    let page = FindPage {
        frame: frame.erring(is_wrong),
        name: Field::new("name", "Whose access?")
            .hint("The beginning of their name")
            .width(Width::Thirty)
            .value(name)
            .error(error),
        problems,
        found,
        there_are_more,
    };
    render(status(is_wrong), &page)
}

/// What tells people of one name apart (practice 21).
fn apart(picked: &holdfast_records::people::Picked) -> String {
    let mut parts = vec![crate::words::capital(picked.kind.title())];
    if !picked.classes.is_empty() {
        parts.push(format!("class {}", picked.classes.join(", ")));
    }
    parts.extend(picked.date_of_birth.map(|born| format!("born {}", born.strftime("%-d %B %Y"))));
    parts.join(", ")
}

pub(crate) async fn place_form(visit: SignedVisit) -> Answered {
    place_page(&visit, &Fields::default(), Vec::new()).await
}

pub(crate) async fn place(visit: SignedVisit, fields: Fields) -> Answered {
    let person = id::Person::parse(visit.places.get("person"))?;
    let until = match until(&visit, fields.get("until")) {
        Ok(until) => until,
        Err(words) => return place_page(&visit, &fields, vec![Problem::at("until", words)]).await,
    };
    let new = NewSuspension { person, until, keep_hosts: lines(fields.get("keep")) };
    match visit.records.suspend(&visit.session, &new).await {
        Ok(_) => {
            let until = words::moment(until, &visit.sources.school.zone);
            let words = format!(
                "It holds within a second, and ends by itself: {until}. Help and lifelines stay open. They may ask for a review; write why into their file."
            );
            announce(&visit, "The access is suspended", words);
            Ok(found("/filter/suspensions"))
        }
        Err(fault @ Fault::Wrong(_)) => place_page(&visit, &fields, vec![Problem::at("until", plain(&fault))]).await,
        Err(fault) => Err(fault),
    }
}

/// When it ends, as people write it.
fn until(visit: &SignedVisit, typed: &str) -> Result<Timestamp, &'static str> {
    let time = ["%d/%m/%Y %H:%M", "%d %B %Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| DateTime::strptime(format, typed).ok());
    let at = time.and_then(|time| visit.sources.school.zone.to_timestamp(time).ok());
    at.ok_or("Write the day and the time, such as 27/11/2026 16:00.")
}

async fn place_page(visit: &SignedVisit, fields: &Fields, problems: Vec<Problem>) -> Answered {
    let person = id::Person::parse(visit.places.get("person"))?;
    let about = visit.records.person(&visit.session, person).await?;
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, here(visit)).hiding();
    let page = PlacePage {
        frame: frame.erring(is_wrong),
        id: person.to_string(),
        name: about.said.full_name,
        until: Field::new("until", "Until when?")
            .hint("Such as 27/11/2026 16:00; at most 45 days from now. It ends by itself.")
            .width(Width::Twenty)
            .value(fields.get("until"))
            .error(problems.first().map(|problem| problem.words.clone())),
        keep: Field::new("keep", "Teaching sites that stay open (if there are any)")
            .hint("The name of one site a line. Help and lifelines stay open always.")
            .kind(Kind::Code)
            .value(fields.get("keep")),
        problems,
    };
    Ok(render(status(is_wrong), &page))
}

/// The suspension that the address names, of those that the asker may know.
async fn named(visit: &SignedVisit) -> Result<Suspended, Fault> {
    let code = visit.places.get("code");
    let listed = visit.records.suspensions(&visit.session).await?;
    listed.into_iter().find(|suspended| suspended.code == code).ok_or(Fault::NotFound)
}

pub(crate) async fn end_form(visit: SignedVisit) -> Answered {
    let suspended = named(&visit).await?;
    let row = row(&suspended, &visit);
    let frame = Frame::signed(&visit, here(&visit)).hiding();
    Ok(render(StatusCode::OK, &EndPage { frame, code: row.code, name: row.name, until: row.until }))
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    visit.records.end_suspension(&visit.session, visit.places.get("code")).await?;
    announce(&visit, "The suspension has ended", "Their access is as their group’s again, within a second.");
    Ok(found("/filter/suspensions"))
}
