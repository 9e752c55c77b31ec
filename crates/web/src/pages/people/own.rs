//! What somebody may change of their own record: how they like to be called, their language, and whether an interpreter must be there.

use super::{
    add::{LABELS, given, interpreter},
    announce, at, frame,
};
use crate::{
    fields::Fields,
    kit::{Field, Width},
    pages::{
        form::{FormPage, Part, Wrong, comes_back},
        found,
    },
    visit::{Answered, SignedVisit},
};
use holdfast_records::people::{Change, OwnChange, Person};

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let person = visit.records.person(&visit.session, visit.me.person).await?;
    form(&visit, &person, None, Wrong::default()).into()
}

pub(crate) async fn change(visit: SignedVisit, fields: Fields) -> Answered {
    let person = visit.records.person(&visit.session, visit.me.person).await?;
    let change = OwnChange {
        preferred_name: Change::To(given(&fields, "preferred_name")),
        language: Change::To(given(&fields, "language")),
        interpreter_needed: Change::To(fields.get("interpreter_needed") == "yes"),
    };
    let revision = fields.get("revision").parse().unwrap_or_default();
    match visit.records.change_own_details(&visit.session, revision, change).await {
        Ok(()) => {
            announce(
                &visit,
                "Your details are changed",
                "Everything else of your record is somebody else’s to change.",
            );
            Ok(found(&at(person.id)))
        }
        Err(fault) if comes_back(&fault) => form(&visit, &person, Some(&fields), Wrong::of(&fault, LABELS, "")).into(),
        Err(fault) => Err(fault),
    }
}

fn form(visit: &SignedVisit, person: &Person, typed: Option<&Fields>, wrong: Wrong) -> FormPage {
    let said = &person.said;
    let text = |name: &str, label: &str, held: Option<&String>| {
        let value = typed.map_or_else(|| held.cloned().unwrap_or_default(), |fields| fields.get(name).to_owned());
        Field::new(name, label).value(value).error(wrong.field(name))
    };
    let needed = typed.map_or(said.interpreter_needed, |fields| fields.get("interpreter_needed") == "yes");
    let revision = typed.map_or_else(|| person.revision.to_string(), |fields| fields.get("revision").to_owned());
    let parts = vec![
        Part::Input(
            text("preferred_name", "What you like to be called", said.preferred_name.as_ref()).width(Width::Thirty),
        ),
        Part::Input(text("language", "The language that you speak", said.language.as_ref()).width(Width::Twenty)),
        Part::Ticks(interpreter(needed)),
        Part::Kept("revision", revision),
    ];
    FormPage { wrong, parts, ..FormPage::new(frame(visit), "Your own details", "/account/details", "/account") }
}
