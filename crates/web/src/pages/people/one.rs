//! One person's page: who they are, how they are reached, and what can be done.

use super::{Identity, at, frame, may, read};
use crate::{
    kit::{Row, RowAction},
    pages::{Frame, form::written_day, render},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Act, Capability},
    people::{Kind, Person},
};

#[derive(Template)]
#[template(path = "people/one.html")]
struct OnePage {
    frame: Frame,
    identity: Identity,
    may_list: bool,
    rows: Vec<Row>,
    gate: Vec<Row>,
    ways: Vec<(String, String)>,
    may_change: bool,
    /// Where more about them is.
    more: Vec<RowAction>,
    /// What can be done about them.
    acts: Vec<RowAction>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let person = read(&visit).await?;
    let may_change = may(&visit, Act::PersonChanged, person.id).await?;
    let mut identity = Identity::of(&visit, &person);
    if person.said.kind == Kind::Pupil && may(&visit, Act::TellingAsked, person.id).await? {
        let told = visit.records.who_may_be_told(&visit.session, person.id).await?;
        identity.is_address_hidden = told.address_not_given_out;
    }
    let page = OnePage {
        frame: frame(&visit),
        identity,
        may_list: visit.me.may(Capability::ReadDirectory),
        rows: rows(&person, may_change),
        gate: gate(&person, may_change),
        ways: person.ways.iter().map(|way| (sentence(way.kind.title()), way.way.clone())).collect(),
        may_change,
        more: more(&visit, &person).await?,
        acts: acts(&visit, &person, may_change).await?,
    };
    Ok(render(StatusCode::OK, &page))
}

fn rows(person: &Person, may_change: bool) -> Vec<Row> {
    let said = &person.said;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "Not recorded".to_owned());
    let href = |what: &str| format!("{}/change/{what}", at(person.id));
    let with = |row: Row, what: &str, about: &str| {
        if may_change { row.action(href(what), "Change", about) } else { row }
    };
    let classes: Vec<String> = person.classes.iter().map(|(code, part)| format!("{code} ({})", part.title())).collect();
    let born = said.date_of_birth.map_or_else(|| "Not recorded".to_owned(), written_day);
    let interpreter = if said.interpreter_needed { "Needed" } else { "Not needed" };
    let mut rows = vec![
        with(Row::new("Name in full", said.full_name.clone()), "name", "their name"),
        with(Row::new("Likes to be called", text(&said.preferred_name)), "name", "what they like to be called"),
        with(Row::new("Born", born), "about", "their date of birth"),
        with(Row::new("School’s own number", text(&said.number)), "about", "their number"),
        with(Row::new("Language", text(&said.language)), "about", "their language"),
        with(Row::new("Interpreter", interpreter), "about", "whether an interpreter is needed"),
    ];
    if let Some(kind) = said.staff_kind {
        rows.push(with(Row::new("Works here as", sentence(kind.title())), "about", "how they work here"));
    }
    rows.push(Row::new("Classes", if classes.is_empty() { "None".to_owned() } else { classes.join(", ") }));
    rows
}

/// What the filter knows of them, for whoever keeps it: a neutral code and a group.
fn gate(person: &Person, may_change: bool) -> Vec<Row> {
    if !may_change {
        return Vec::new();
    }
    let gate = &person.said.gate;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "None".to_owned());
    let group = gate.group.clone().unwrap_or_else(|| "None: the strictest policy holds".to_owned());
    vec![
        Row::new("Code in the filter’s log", text(&gate.code)),
        Row::new("Group", group).action(format!("{}/change/filter", at(person.id)), "Change", "their group"),
        Row::new("Sign-in name at the filter", text(&gate.sign_in)),
    ]
}

async fn more(visit: &SignedVisit, person: &Person) -> Result<Vec<RowAction>, Fault> {
    let mut more = Vec::new();
    if person.said.kind == Kind::Pupil && may(visit, Act::RelationsRead, person.id).await? {
        more.push(link(person, "family", "Parents and carers, and who may be told"));
    }
    let reads = may(visit, Act::ConfidentialRead, person.id).await?;
    if reads || may(visit, Act::ConfidentialChanged, person.id).await? {
        let words = if reads { "Confidential details" } else { "Write confidential details" };
        more.push(link(person, "confidential", words));
    }
    if may(visit, Act::PupilWayRead, person.id).await? {
        more.push(link(person, "sign-in", "How they sign in"));
    }
    if may(visit, Act::PurposeGiven, person.id).await? {
        more.push(link(person, "history", "Their history in the log"));
    }
    Ok(more)
}

async fn acts(visit: &SignedVisit, person: &Person, may_change: bool) -> Result<Vec<RowAction>, Fault> {
    let mut acts = Vec::new();
    if visit.me.person == person.id {
        acts.push(RowAction {
            href: "/account/details".into(),
            words: "Change your own details".into(),
            about: String::new(),
        });
    }
    if may_change {
        acts.push(link(person, "picture", if person.has_photo { "Change the photograph" } else { "Add a photograph" }));
        acts.push(link(person, "change/way-in", "Set what lets them into the filter"));
    }
    if person.left_at.is_some() {
        acts.extend(may_change.then(|| link(person, "return", "They are back")));
    } else if may(visit, Act::PersonLeft, person.id).await? {
        acts.push(link(person, "leave", "They leave the school"));
    }
    Ok(acts)
}

fn link(person: &Person, what: &str, words: &str) -> RowAction {
    RowAction { href: format!("{}/{what}", at(person.id)), words: words.to_owned(), about: String::new() }
}

/// The same words, as they begin a sentence.
pub(in crate::pages) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
