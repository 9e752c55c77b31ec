//! Classes: which there are, who learns and teaches in each, joining and leaving.

use super::{
    Frame,
    form::{FormPage, Part, Pick, Search, Wrong, called, comes_back, told_apart},
    found,
    people::{announce, at, frame, places},
    render,
};
use crate::{
    fields::Fields,
    kit::{Area, Choices, Field, Kind as Typing, PageLinks, Width},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Capability, Duty},
    id,
    people::{Class, Found, Kind, Listing, Part as Does},
};

#[derive(Template)]
#[template(path = "people/classes.html")]
struct ClassesPage {
    frame: Frame,
    places: Vec<Area>,
    classes: Vec<Class>,
    may_change: bool,
}

#[derive(Template)]
#[template(path = "people/class.html")]
struct ClassPage {
    frame: Frame,
    id: id::Class,
    code: String,
    name: String,
    rows: Vec<Row>,
    pages: PageLinks,
    may_change: bool,
    /// Whether they may open it for its pupils to sign in.
    may_sign_in: bool,
    /// Whether they may make cards for them.
    may_make_cards: bool,
}

struct Row {
    id: String,
    name: String,
    href: Option<String>,
    about: String,
    does: &'static str,
    title: &'static str,
    is_namesake: bool,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let classes = visit.records.classes(&visit.session).await?;
    let may_change = visit.me.may(Capability::ChangePeople);
    let page = ClassesPage { frame: frame(&visit), places: places(&visit, "/classes"), classes, may_change };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn add_page(visit: SignedVisit) -> Answered {
    add_form(&visit, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    match visit.records.add_class(&visit.session, fields.get("code"), fields.get("name")).await {
        Ok(class) => {
            announce(&visit, "The class is added", "Put in who learns and who teaches there.");
            Ok(found(&format!("/classes/{class}")))
        }
        Err(fault) if comes_back(&fault) => {
            add_form(&visit, &fields, Wrong::of(&fault, &[("code", "Code"), ("name", "Name")], "code")).into()
        }
        Err(fault) => Err(fault),
    }
}

fn add_form(visit: &SignedVisit, fields: &Fields, wrong: Wrong) -> FormPage {
    let text = |name: &str, label: &str| Field::new(name, label).value(fields.get(name)).error(wrong.field(name));
    let parts = vec![
        Part::Input(
            text("code", "Code").hint("As it stands on timetables, such as 7A").kind(Typing::Code).width(Width::Ten),
        ),
        Part::Input(text("name", "Name").width(Width::Thirty)),
    ];
    FormPage {
        wrong,
        parts,
        button: "Add the class",
        ..FormPage::new(frame(visit), "Add a class", "/classes/add", "/classes")
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let id = named(&visit)?;
    let (class, parts) = visit.records.class(&visit.session, id).await?;
    let page = visit.query.get("page").parse().unwrap_or(1);
    let listing = Listing { class: Some(id), page, ..Listing::default() };
    let listed = visit.records.list_people(&visit.session, listing).await?;
    // A teacher does this for the classes that they teach; who has a wider duty, for each.
    let teaches = parts.get(&visit.me.person).is_some_and(|parts| parts.contains(&Does::Teaches));
    let may_here = |capability: Capability| {
        let is_wider = visit.me.duties.iter().any(|duty| *duty != Duty::Teacher && capability.is_of(*duty));
        visit.me.may(capability) && (is_wider || teaches)
    };
    let (may_sign_in, may_make_cards) = (may_here(Capability::SetLesson), may_here(Capability::HelpPupils));
    let mut rows = Vec::new();
    for (picked, _) in &listed.people {
        for does in parts.get(&picked.id).into_iter().flatten() {
            rows.push(Row {
                id: picked.id.to_string(),
                name: called(&picked.full_name, picked.preferred_name.as_deref()),
                href: picked.is_readable.then(|| at(picked.id)),
                about: told_apart(picked),
                does: does.word(),
                title: if *does == Does::Teaches { "Teaches" } else { "Learns" },
                is_namesake: picked.another_has_this_name,
            });
        }
    }
    // Who teaches stands first; the rest stays in the order of names.
    rows.sort_by_key(|row| row.does != Does::Teaches.word());
    let page = ClassPage {
        frame: frame(&visit),
        id,
        code: class.code,
        name: class.name,
        rows,
        pages: PageLinks::numbered(listed.page, listed.pages, |number| format!("/classes/{id}?page={number}")),
        may_change: visit.me.may(Capability::ChangePeople),
        may_sign_in,
        may_make_cards,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn join_page(visit: SignedVisit) -> Answered {
    let (class, _) = visit.records.class(&visit.session, named(&visit)?).await?;
    join_form(&visit, &class, &Fields::default(), None, Wrong::default()).into()
}

pub(crate) async fn join(visit: SignedVisit, fields: Fields) -> Answered {
    let (class, _) = visit.records.class(&visit.session, named(&visit)?).await?;
    let mut people = visit.records.find_people(&visit.session, fields.get("search"), None).await?;
    people.people.retain(|picked| matches!(picked.kind, Kind::Pupil | Kind::Staff));
    if fields.get("step") != "join" {
        return join_form(&visit, &class, &fields, Some(&people), Wrong::default()).into();
    }
    let (Ok(person), Some(part)) = (id::Person::parse(fields.get("person")), Does::from_word(fields.get("part")))
    else {
        let mut wrong = Wrong::default();
        if id::Person::parse(fields.get("person")).is_err() {
            wrong.0.push(("person".to_owned(), "Choose who it is.".to_owned()));
        }
        if Does::from_word(fields.get("part")).is_none() {
            wrong.0.push(("part".to_owned(), "Choose what they do there.".to_owned()));
        }
        return join_form(&visit, &class, &fields, Some(&people), wrong).into();
    };
    match visit.records.join_class(&visit.session, &class.code, person, part).await {
        Ok(()) => {
            announce(&visit, "They are in the class", "Whoever teaches it reads the records of those who learn there.");
            Ok(found(&format!("/classes/{}", class.id)))
        }
        Err(fault) if comes_back(&fault) => {
            join_form(&visit, &class, &fields, Some(&people), Wrong::of(&fault, &[], "person")).into()
        }
        Err(fault) => Err(fault),
    }
}

fn join_form(visit: &SignedVisit, class: &Class, fields: &Fields, people: Option<&Found>, wrong: Wrong) -> FormPage {
    let mut parts = Vec::new();
    if let Some(people) = people.filter(|people| !people.people.is_empty()) {
        let part = Choices::new("part", "What do they do there?")
            .option(Does::Learns.word(), "Learn")
            .option(Does::Teaches.word(), "Teach")
            .chosen(fields.get("part"))
            .error(wrong.field("part"));
        parts.extend([
            Part::Pick(Pick::new("Who is it?", people, fields.get("person"), wrong.field("person"))),
            Part::Radios(part),
            Part::Kept("search", fields.get("search").to_owned()),
            Part::Kept("step", "join".to_owned()),
        ]);
    }
    let back = format!("/classes/{}", class.id);
    FormPage {
        words: vec![format!("The class is {} ({}).", class.code, class.name)],
        search: Some(Search::new("Find a pupil or a member of staff by name", fields.get("search"), people)),
        parts,
        wrong,
        button: "Put them into the class",
        ..FormPage::new(frame(visit), "Put somebody into a class", format!("{back}/join"), back.clone())
    }
}

pub(crate) async fn leave(visit: SignedVisit, fields: Fields) -> Answered {
    let (class, _) = visit.records.class(&visit.session, named(&visit)?).await?;
    let person = id::Person::parse(fields.get("person"))?;
    let part = Does::from_word(fields.get("part")).ok_or(Fault::NotFound)?;
    visit.records.leave_class(&visit.session, &class.code, person, part).await?;
    announce(&visit, "They are no longer in the class", "What is recorded of them stays.");
    Ok(found(&format!("/classes/{}", class.id)))
}

fn named(visit: &SignedVisit) -> Result<id::Class, Fault> {
    id::Class::parse(visit.places.get("class"))
}
