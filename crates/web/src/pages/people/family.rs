//! A pupil's parents and carers, and who of them may be told something (practice 4).

use super::{Identity, adults, announce, at, frame, may, one::sentence, read_to};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind as Typing, Tag, Tone, Width},
    pages::{
        Frame, confirm_beside,
        form::{FormPage, Part, Pick, Search, Wrong, comes_back},
        found, render,
    },
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Act,
    id,
    people::{
        Found, Kind, LivesWith, NewRelation, Person, Relation, RelationKind, Responsibility, Telling, Told, Unsure,
    },
};

#[derive(Template)]
#[template(path = "people/family.html")]
struct FamilyPage {
    frame: Frame,
    identity: Identity,
    rows: Vec<Row>,
    may_change: bool,
}

struct Row {
    name: String,
    what: String,
    responsibility: String,
    lives_with: String,
    telling: Tag,
    is_address_hidden: bool,
    href: Option<String>,
    end: Option<String>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let child = child(&visit, Act::RelationsRead).await?;
    let told = visit.records.who_may_be_told(&visit.session, child.id).await?;
    let relations = visit.records.relations(&visit.session, child.id).await?;
    let may_change = may(&visit, Act::RelationChanged, child.id).await?;
    let mut rows = Vec::new();
    for one in &told.adults {
        let relation = relations.iter().find(|relation| relation.adult == one.adult);
        let is_readable = may(&visit, Act::PersonRead, one.adult).await?;
        rows.push(row(&child, one, relation, (may_change, is_readable)));
    }
    let mut identity = Identity::of(&visit, &child);
    identity.is_address_hidden = told.address_not_given_out;
    Ok(render(StatusCode::OK, &FamilyPage { frame: frame(&visit), identity, rows, may_change }))
}

fn row(child: &Person, one: &Told, relation: Option<&Relation>, (may_change, is_readable): (bool, bool)) -> Row {
    let said = |words: Option<&'static str>| words.map_or_else(|| "Not recorded".to_owned(), sentence);
    Row {
        name: relation
            .map_or_else(|| one.full_name.clone(), |relation| format!("{}. {}", relation.contact_order, one.full_name)),
        what: one.kind.map_or_else(
            || "Recorded only as somebody who must not, or may perhaps not, be told".to_owned(),
            |kind| sentence(kind.title()),
        ),
        responsibility: said(relation.map(|relation| relation.responsibility.title())),
        lives_with: said(relation.map(|relation| relation.lives_with.title())),
        telling: answer(one.telling),
        is_address_hidden: one.address_not_given_out,
        href: is_readable.then(|| at(one.adult)),
        end: relation.filter(|_| may_change).map(|relation| format!("{}/family/{}/end", at(child.id), relation.id)),
    }
}

fn answer(telling: Telling) -> Tag {
    match telling {
        Telling::May => Tag::new("May be told", Tone::Good),
        Telling::Never => Tag::new("Never: do not tell, do not contact", Tone::Bad),
        Telling::Ask(Unsure::NoResponsibility) => Tag::new("Ask first: no parental responsibility", Tone::Warn),
        Telling::Ask(Unsure::ResponsibilityNotKnown) => {
            Tag::new("Ask first: parental responsibility not known", Tone::Warn)
        }
        Telling::Ask(Unsure::CourtOrder) => Tag::new("Ask first: a court order binds them", Tone::Warn),
        Telling::Ask(Unsure::Left) => Tag::new("Ask first: no longer on the school’s list", Tone::Warn),
    }
}

/// The pupil whom the path names, to whoever may do this.
async fn child(visit: &SignedVisit, act: Act) -> Result<Person, Fault> {
    Some(read_to(visit, act).await?).filter(|person| person.said.kind == Kind::Pupil).ok_or(Fault::NotFound)
}

pub(crate) async fn add_page(visit: SignedVisit) -> Answered {
    let child = child(&visit, Act::RelationChanged).await?;
    form(&visit, &child, &Fields::default(), None, Wrong::default()).into()
}

pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    let child = child(&visit, Act::RelationChanged).await?;
    let adults = adults(&visit, fields.get("search")).await?;
    if fields.get("step") != "add" {
        return form(&visit, &child, &fields, Some(&adults), Wrong::default()).into();
    }
    let new = match read(&child, &fields) {
        Ok(new) => new,
        Err(wrong) => return form(&visit, &child, &fields, Some(&adults), wrong).into(),
    };
    if let Some(words) = confirm_beside(&visit) {
        return form(&visit, &child, &fields, Some(&adults), Wrong::at("", words)).into();
    }
    match visit.records.record_relation(&visit.session, &new).await {
        Ok(_) => {
            announce(&visit, "It is recorded", "Whether they may be told something stands beside their name.");
            Ok(found(&format!("{}/family", at(child.id))))
        }
        Err(fault) if comes_back(&fault) => {
            let wrong = Wrong::of(&fault, &[("contact_order", "When they are rung")], "person");
            form(&visit, &child, &fields, Some(&adults), wrong).into()
        }
        Err(fault) => Err(fault),
    }
}

fn read(child: &Person, fields: &Fields) -> Result<NewRelation, Wrong> {
    let mut wrong = Wrong::default();
    let mut missing = |field: &str, words: &str| wrong.0.push((field.to_owned(), words.to_owned()));
    let adult = id::Person::parse(fields.get("person")).ok();
    let kind = RelationKind::from_word(fields.get("kind"));
    let responsibility = Responsibility::from_word(fields.get("responsibility"));
    let lives_with = LivesWith::from_word(fields.get("lives_with"));
    let order = fields.get("contact_order").parse().ok();
    if adult.is_none() {
        missing("person", "Choose who it is.");
    }
    if kind.is_none() {
        missing("kind", "Choose what they are to the child.");
    }
    if responsibility.is_none() {
        missing("responsibility", "Choose whether they have parental responsibility.");
    }
    if lives_with.is_none() {
        missing("lives_with", "Choose whether the child lives with them.");
    }
    if order.is_none() {
        missing("contact_order", "Write a number: 1 for whoever is rung first.");
    }
    match (adult, kind, responsibility, lives_with, order) {
        (Some(adult), Some(kind), Some(responsibility), Some(lives_with), Some(contact_order)) => {
            Ok(NewRelation { child: child.id, adult, kind, responsibility, lives_with, contact_order })
        }
        _ => Err(wrong),
    }
}

fn form(visit: &SignedVisit, child: &Person, fields: &Fields, adults: Option<&Found>, wrong: Wrong) -> FormPage {
    let typed = fields.get("search");
    let mut parts = Vec::new();
    if let Some(adults) = adults.filter(|adults| !adults.people.is_empty()) {
        let mut kinds = Choices::new("kind", "What are they to the child?").error(wrong.field("kind"));
        for kind in RelationKind::ALL {
            kinds = kinds.option(kind.word(), sentence(kind.title()));
        }
        let mut responsible = Choices::new("responsibility", "Parental responsibility")
            .hint("Never guessed: not from a name, not from living together.")
            .error(wrong.field("responsibility"));
        for one in Responsibility::ALL {
            responsible = responsible.option(one.word(), sentence(one.title()));
        }
        let mut lives = Choices::new("lives_with", "Where the child lives").error(wrong.field("lives_with"));
        for one in LivesWith::ALL {
            lives = lives.option(one.word(), sentence(one.title()));
        }
        let order = match fields.get("contact_order") {
            "" => "1",
            typed => typed,
        };
        parts.extend([
            Part::Pick(Pick::new("Who is it?", adults, fields.get("person"), wrong.field("person"))),
            Part::Radios(kinds.chosen(fields.get("kind"))),
            Part::Radios(responsible.chosen(fields.get("responsibility"))),
            Part::Radios(lives.chosen(fields.get("lives_with"))),
            Part::Input(
                Field::new("contact_order", "When they are rung: 1 first, then 2")
                    .value(order)
                    .kind(Typing::Digits)
                    .width(Width::Five)
                    .error(wrong.field("contact_order")),
            ),
            Part::Kept("search", typed.to_owned()),
            Part::Kept("step", "add".to_owned()),
        ]);
    }
    FormPage {
        identity: Some(Identity::of(visit, child)),
        words: vec!["An adult who is not in the register yet is added first, as a parent or carer.".to_owned()],
        search: Some(Search::new("Find the adult by name", typed, adults)),
        wrong,
        parts,
        button: "Record it",
        must_confirm: confirm_beside(visit)
            .map(|_| "Family decides who may be told about a child, and who reads nothing of it."),
        ..FormPage::new(
            frame(visit),
            "Add a parent or carer",
            format!("{}/family/add", at(child.id)),
            format!("{}/family", at(child.id)),
        )
    }
}

pub(crate) async fn end_page(visit: SignedVisit) -> Answered {
    let (child, relation) = standing(&visit).await?;
    end_form(&visit, &child, &relation, Wrong::default()).into()
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    let (child, relation) = standing(&visit).await?;
    match visit.records.end_relation(&visit.session, relation.id).await {
        Ok(()) => {
            announce(&visit, "It is ended", "What changed is recorded as a new relation.");
            Ok(found(&format!("{}/family", at(child.id))))
        }
        Err(fault) if comes_back(&fault) => end_form(&visit, &child, &relation, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

async fn standing(visit: &SignedVisit) -> Result<(Person, Relation), Fault> {
    let child = child(visit, Act::RelationChanged).await?;
    let wanted = id::Row::parse(visit.places.get("relation"))?;
    let relations = visit.records.relations(&visit.session, child.id).await?;
    let relation = relations.into_iter().find(|relation| relation.id == wanted).ok_or(Fault::NotFound)?;
    Ok((child, relation))
}

fn end_form(visit: &SignedVisit, child: &Person, relation: &Relation, wrong: Wrong) -> FormPage {
    let back = format!("{}/family", at(child.id));
    FormPage {
        identity: Some(Identity::of(visit, child)),
        words: vec![format!(
            "{} is recorded as {}: {}. If something about it changed, end it here and record it anew.",
            relation.full_name,
            relation.kind.title(),
            relation.responsibility.title()
        )],
        wrong,
        parts: vec![Part::Kept("step", "end".to_owned())],
        button: "End it",
        is_grave: true,
        ..FormPage::new(frame(visit), "End a relation", format!("{back}/{}/end", relation.id), back.clone())
    }
}
