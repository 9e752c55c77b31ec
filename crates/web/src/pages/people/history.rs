//! One person's history in the log: whoever looks says first what for (catalogue Part 2).

use super::{Identity, announce, at, frame, read};
use crate::{
    fields::Fields,
    kit::Choices,
    pages::{
        Frame,
        audit::actor_words,
        form::{FormPage, Part, Wrong},
        found, render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Act, Decision, Purpose, Resource},
    audit::Shown,
    id,
    people::Person,
};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "people/history.html")]
struct HistoryPage {
    frame: Frame,
    identity: Identity,
    rows: Vec<Row>,
    is_cut: bool,
}

struct Row {
    when: String,
    who: String,
    what: String,
    more: String,
    was_denied: bool,
    reference: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let person = read(&visit).await?;
    let about = Resource::Person(person.id);
    match visit.records.would(&visit.session, Act::HistoryRead, &about).await? {
        Decision::Allowed => {}
        Decision::Refused(_) => return form(&visit, &person, Wrong::default()).into(),
        Decision::Hidden => return Err(Fault::NotFound),
    }
    let history = visit.records.history(&visit.session, person.id, None, None).await?;
    let actors: Vec<id::Person> =
        history.entries.iter().filter_map(|entry| id::Person::parse(&entry.actor).ok()).collect();
    let names = visit.records.names_of(&visit.session, &actors).await?;
    let page = HistoryPage {
        frame: frame(&visit),
        identity: Identity::of(&visit, &person),
        rows: history.entries.iter().map(|entry| row(&visit, entry, &names)).collect(),
        is_cut: history.is_cut,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn give_purpose(visit: SignedVisit, fields: Fields) -> Answered {
    let person = read(&visit).await?;
    let Some(purpose) = Purpose::from_word(fields.get("purpose")) else {
        let may = visit.records.would(&visit.session, Act::PurposeGiven, &Resource::Person(person.id)).await?;
        if may != Decision::Allowed {
            return Err(Fault::NotFound);
        }
        return form(&visit, &person, Wrong::at("purpose", "Choose what you look for.")).into();
    };
    visit.records.give_purpose(&visit.session, person.id, purpose).await?;
    announce(&visit, "Your purpose is in the log", "It holds for half an hour, for this person.");
    Ok(found(&format!("{}/history", at(person.id))))
}

fn form(visit: &SignedVisit, person: &Person, wrong: Wrong) -> FormPage {
    let mut purposes = Choices::new("purpose", "What do you look for?").error(wrong.field("purpose"));
    for purpose in Purpose::ALL {
        purposes = purposes.option(purpose.word(), super::one::sentence(purpose.title()));
    }
    FormPage {
        identity: Some(Identity::of(visit, person)),
        words: vec!["Their history is all that the log holds by and about them. What you look for stands in the log, and holds for \
             half an hour."
            .to_owned()],
        wrong,
        parts: vec![Part::Radios(purposes)],
        button: "Show their history",
        ..FormPage::new(frame(visit), "Their history", format!("{}/history", at(person.id)), at(person.id))
    }
}

fn row(visit: &SignedVisit, entry: &Shown, names: &BTreeMap<id::Person, String>) -> Row {
    let who = actor_words(&entry.actor, |person| {
        if person == visit.me.person {
            return "You".to_owned();
        }
        names.get(&person).cloned().unwrap_or_else(|| "Somebody you cannot see".to_owned())
    });
    // What an id names is looked up elsewhere; here it would be a row of digits.
    let telling = entry.detail.iter().filter(|(_, value)| id::Row::parse(value).is_err() && value.len() < 80);
    Row {
        when: words::moment(entry.moment, &visit.sources.school.zone),
        who,
        what: super::one::sentence(&entry.act.replace('-', " ")),
        more: telling.map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join("; "),
        was_denied: entry.outcome == "denied",
        reference: entry.reference.clone(),
    }
}
