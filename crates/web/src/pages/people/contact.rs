//! How somebody is reached, in the order to try.

use super::{Identity, announce, at, frame, read_to};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Problem},
    pages::{
        Frame, confirm_beside,
        form::{Wrong, comes_back},
        found, render,
    },
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Act,
    people::{ContactWay, Person, WayKind},
};

#[derive(Template)]
#[template(path = "people/contact.html")]
struct ContactPage {
    frame: Frame,
    identity: Identity,
    ways: Vec<(usize, String, String)>,
    revision: i64,
    kinds: Choices,
    way: Field,
    problems: Vec<Problem>,
    must_confirm: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let person = read_to(&visit, Act::PersonChanged).await?;
    Ok(show(&visit, &person, &Fields::default(), &Wrong::default()))
}

/// Adds a way, after the others.
pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    let person = read_to(&visit, Act::PersonChanged).await?;
    let Some(kind) = WayKind::from_word(fields.get("kind")) else {
        return Ok(show(&visit, &person, &fields, &Wrong::at("kind", "Choose what it is.")));
    };
    if fields.get("way").is_empty() {
        return Ok(show(&visit, &person, &fields, &Wrong::at("way", "Write the number, the mail address, or words.")));
    }
    if let Some(words) = confirm_beside(&visit) {
        return Ok(show(&visit, &person, &fields, &Wrong::at("", words)));
    }
    let mut ways = person.ways.clone();
    ways.push(ContactWay { kind, way: fields.get("way").to_owned() });
    set(&visit, &person, &fields, &ways, "The way is added").await
}

/// Takes a way away.
pub(crate) async fn remove(visit: SignedVisit, fields: Fields) -> Answered {
    let person = read_to(&visit, Act::PersonChanged).await?;
    let mut ways = person.ways.clone();
    ways.remove(place(&visit, &ways)?);
    set(&visit, &person, &fields, &ways, "The way is taken away").await
}

/// Puts a way before the others.
pub(crate) async fn first(visit: SignedVisit, fields: Fields) -> Answered {
    let person = read_to(&visit, Act::PersonChanged).await?;
    let mut ways = person.ways.clone();
    let way = ways.remove(place(&visit, &ways)?);
    ways.insert(0, way);
    set(&visit, &person, &fields, &ways, "The order is changed").await
}

fn place(visit: &SignedVisit, ways: &[ContactWay]) -> Result<usize, Fault> {
    let number = visit.places.get("number").parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    number.filter(|place| *place < ways.len()).ok_or(Fault::NotFound)
}

/// Sets them, if nobody changed the record since the page was read: the numbers would be those of other ways.
async fn set(visit: &SignedVisit, person: &Person, fields: &Fields, ways: &[ContactWay], title: &str) -> Answered {
    let revision = fields.get("revision").parse().unwrap_or_default();
    match visit.records.set_contact_ways(&visit.session, person.id, revision, ways).await {
        Ok(()) => {
            announce(visit, title, "Whoever rings home tries the ways in this order.");
            Ok(found(&format!("{}/contact", at(person.id))))
        }
        Err(fault) if comes_back(&fault) => Ok(show(visit, person, fields, &Wrong::of(&fault, &[], "way"))),
        Err(fault) => Err(fault),
    }
}

fn show(visit: &SignedVisit, person: &Person, fields: &Fields, wrong: &Wrong) -> axum::response::Response {
    let mut kinds = Choices::new("kind", "What is it?");
    for kind in WayKind::ALL {
        kinds = kinds.option(kind.word(), super::one::sentence(kind.title()));
    }
    let kinds = kinds.chosen(fields.get("kind")).error(wrong.field("kind"));
    let way = Field::new("way", "The number, the mail address, or words");
    let way = way.value(fields.get("way")).error(wrong.field("way")).autocomplete("off");
    let whole = wrong.field("").map(Problem::of_all);
    let problems: Vec<Problem> = [whole, kinds.problem(), way.problem()].into_iter().flatten().collect();
    let must_confirm = confirm_beside(visit).is_some();
    let (frame, status) = if problems.is_empty() {
        (frame(visit), StatusCode::OK)
    } else {
        (frame(visit).with_errors(), StatusCode::UNPROCESSABLE_ENTITY)
    };
    let ways =
        (1..).zip(&person.ways).map(|(number, way)| (number, super::one::sentence(way.kind.title()), way.way.clone()));
    let identity = Identity::of(visit, person);
    render(
        status,
        &ContactPage {
            frame,
            identity,
            ways: ways.collect(),
            revision: person.revision,
            kinds,
            way,
            problems,
            must_confirm,
        },
    )
}
