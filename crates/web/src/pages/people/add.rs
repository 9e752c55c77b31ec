//! Adding somebody: what they are, what is known of them, and a look at it before it is done, with whether another has the name.

use super::{announce, at, frame};
use crate::{
    fields::Fields,
    kit::{Choices, DateField, Field, Kind as Typing, Row, Width},
    pages::{
        Frame,
        form::{FormPage, Part, Wrong, comes_back, day_of, day_typed, written_day},
        found, render,
    },
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::people::{Kind, NewPerson, StaffKind};

/// What the fields are called where something is wrong with them.
pub(super) const LABELS: &[(&str, &str)] = &[
    ("staff_kind", "How they work here"),
    ("number", "School’s own number"),
    ("full_name", "Name in full"),
    ("preferred_name", "Likes to be called"),
    ("sort_as", "Sorted as"),
    ("date_of_birth", "Date of birth"),
    ("language", "Language"),
    ("gate_group", "Group"),
    ("gate_sign_in", "Sign-in name at the filter"),
    ("gate_password_hash", "Password hash"),
    ("gate_resolver_name", "Name-service name"),
];
/// What is carried from the form to the look at it, and back.
const CARRIED: [&str; 11] = [
    "kind",
    "staff_kind",
    "full_name",
    "preferred_name",
    "number",
    "date_of_birth-day",
    "date_of_birth-month",
    "date_of_birth-year",
    "language",
    "interpreter_needed",
    "gate_group",
];

#[derive(Template)]
#[template(path = "people/check.html")]
struct CheckPage {
    frame: Frame,
    is_namesake: bool,
    rows: Vec<Row>,
    kept: Vec<(&'static str, String)>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    form(&visit, &Fields::default(), Wrong::default()).into()
}

/// One form, three steps: it is checked, shown as it was understood, and done when that is agreed to; or it is opened again.
pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    let new = match read(&fields) {
        Ok(new) => new,
        Err(wrong) => return form(&visit, &fields, wrong).into(),
    };
    match fields.get("step") {
        "change" => form(&visit, &fields, Wrong::default()).into(),
        "add" => {
            let kind = new.kind;
            match visit.records.add_person(&visit.session, new).await {
                Ok(id) => {
                    let next = match kind {
                        Kind::Pupil => "Record their parents and carers, and put them into their class.",
                        _ => "Give them a duty or an account, if they need one.",
                    };
                    announce(&visit, "They are added", next);
                    Ok(found(&at(id)))
                }
                Err(fault) if comes_back(&fault) => {
                    form(&visit, &fields, Wrong::of(&fault, LABELS, "full_name")).into()
                }
                Err(fault) => Err(fault),
            }
        }
        _ => check(&visit, &fields, &new).await,
    }
}

async fn check(visit: &SignedVisit, fields: &Fields, new: &NewPerson) -> Answered {
    let others = visit.records.find_people(&visit.session, &new.full_name, Some(new.kind)).await?;
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "Not recorded".to_owned());
    let mut rows = vec![Row::new("What they are", super::one::sentence(new.kind.title()))];
    rows.extend(new.staff_kind.map(|kind| Row::new("How they work here", super::one::sentence(kind.title()))));
    rows.extend([
        Row::new("Name in full", new.full_name.clone()),
        Row::new("Likes to be called", text(&new.preferred_name)),
        Row::new("Date of birth", new.date_of_birth.map_or_else(|| "Not recorded".to_owned(), written_day)),
        Row::new("School’s own number", text(&new.number)),
        Row::new("Language", text(&new.language)),
        Row::new("Interpreter", if new.interpreter_needed { "Needed" } else { "Not needed" }),
        Row::new(
            "Group at the filter",
            new.gate.group.clone().unwrap_or_else(|| "None: the strictest policy holds".into()),
        ),
    ]);
    let page = CheckPage {
        frame: frame(visit),
        is_namesake: !others.people.is_empty(),
        rows,
        kept: CARRIED.iter().map(|name| (*name, fields.get(name).to_owned())).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn read(fields: &Fields) -> Result<NewPerson, Wrong> {
    let mut wrong = Wrong::default();
    let kind = Kind::from_word(fields.get("kind"));
    if kind.is_none() {
        wrong.0.push(("kind".to_owned(), "Choose what they are to the school.".to_owned()));
    }
    let staff_kind = StaffKind::from_word(fields.get("staff_kind")).filter(|_| kind == Some(Kind::Staff));
    if kind == Some(Kind::Staff) && staff_kind.is_none() {
        wrong.0.push(("staff_kind".to_owned(), "Choose how they work here.".to_owned()));
    }
    if fields.get("full_name").is_empty() {
        wrong.0.push(("full_name".to_owned(), "Write their name in full.".to_owned()));
    }
    let date_of_birth = day_of(fields, "date_of_birth").unwrap_or_else(|words| {
        wrong.0.push(("date_of_birth".to_owned(), words));
        None
    });
    let Some(kind) = kind.filter(|_| wrong.0.is_empty()) else { return Err(wrong) };
    let mut new = NewPerson {
        staff_kind,
        date_of_birth,
        number: given(fields, "number"),
        preferred_name: given(fields, "preferred_name"),
        language: given(fields, "language"),
        interpreter_needed: fields.get("interpreter_needed") == "yes",
        ..NewPerson::new(kind, fields.get("full_name"))
    };
    new.gate.group = given(fields, "gate_group");
    Ok(new)
}

/// What was typed, if anything was.
pub(super) fn given(fields: &Fields, name: &str) -> Option<String> {
    Some(fields.get(name).to_owned()).filter(|typed| !typed.is_empty())
}

fn form(visit: &SignedVisit, fields: &Fields, wrong: Wrong) -> FormPage {
    let mut kinds = Choices::new("kind", "What are they to the school?").error(wrong.field("kind"));
    for kind in Kind::ALL {
        kinds = kinds.option(kind.word(), super::one::sentence(kind.title()));
    }
    let text = |name: &str, label: &str| Field::new(name, label).value(fields.get(name)).error(wrong.field(name));
    let parts = vec![
        Part::Radios(kinds.chosen(fields.get("kind"))),
        Part::Radios(staff_kinds(fields.get("staff_kind"), &wrong).hint("For staff only.")),
        Part::Input(text("full_name", "Name in full").autocomplete("off")),
        Part::Input(text("preferred_name", "Likes to be called (if it is another name)").autocomplete("off")),
        Part::Date(
            DateField::new("date_of_birth", "Date of birth (for a pupil)")
                .hint("For example, 27 3 2014")
                .values(day_typed(fields, "date_of_birth"))
                .error(wrong.field("date_of_birth")),
        ),
        Part::Input(
            text("number", "School’s own number for them (if there is one)")
                .hint("Such as the admission or payroll number. No two people share one.")
                .kind(Typing::Code)
                .width(Width::Ten),
        ),
        Part::Input(text("language", "Language that they or their home speak").width(Width::Twenty)),
        Part::Ticks(interpreter(fields.get("interpreter_needed") == "yes")),
        Part::Input(group(fields.get("gate_group"), &wrong)),
        Part::Kept("step", "check".to_owned()),
    ];
    FormPage {
        wrong,
        parts,
        button: "Continue",
        ..FormPage::new(frame(visit), "Add somebody", "/people/add", "/people")
    }
}

pub(super) fn staff_kinds(chosen: &str, wrong: &Wrong) -> Choices {
    let mut choices = Choices::new("staff_kind", "How do they work here?").error(wrong.field("staff_kind"));
    for kind in StaffKind::ALL {
        choices = choices.option(kind.word(), super::one::sentence(kind.title()));
    }
    choices.chosen(chosen)
}

pub(super) fn interpreter(needed: bool) -> Choices {
    let choices = Choices::new("interpreter_needed", "Interpreter")
        .option("yes", "An interpreter must be there when they are spoken to");
    choices.chosen(if needed { "yes" } else { "" })
}

pub(super) fn group(typed: &str, wrong: &Wrong) -> Field {
    Field::new("gate_group", "Group at the filter")
        .hint("The group’s neutral code, as the filter policy has it. Without one the strictest policy holds.")
        .value(typed)
        .kind(Typing::Code)
        .width(Width::Twenty)
        .error(wrong.field("gate_group"))
}
