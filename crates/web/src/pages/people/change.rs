//! Changing what is recorded of somebody, a few things to a page. A change carries the revision that was looked at.

use super::{
    Identity,
    add::{LABELS, given, group, interpreter, staff_kinds},
    announce, at, frame, read_to,
};
use crate::{
    fields::Fields,
    kit::{Choices, DateField, Field, Kind as Typing, Width},
    pages::{
        form::{FormPage, Part, Wrong, boxed, comes_back, day_of, day_typed},
        found,
    },
    visit::{Answered, SignedVisit},
};
use holdfast_records::{
    Fault,
    access::Act,
    people::{Change, Kind, Person, PersonChange, StaffKind},
};

/// Which page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Name,
    About,
    Filter,
    WayIn,
}

impl Which {
    const ALL: &[Self] = &[Self::Name, Self::About, Self::Filter, Self::WayIn];

    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::About => "about",
            Self::Filter => "filter",
            Self::WayIn => "way-in",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Name => "Change their names",
            Self::About => "Change what is recorded about them",
            Self::Filter => "Change their place at the filter",
            Self::WayIn => "Set what lets them into the filter",
        }
    }

    fn of(visit: &SignedVisit) -> Result<Self, Fault> {
        crate::pages::form::one_of(Self::ALL, Self::word, visit.places.get("what")).ok_or(Fault::NotFound)
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let which = Which::of(&visit)?;
    let person = read_to(&visit, Act::PersonChanged).await?;
    form(&visit, which, &person, None, Wrong::default()).into()
}

pub(crate) async fn change(visit: SignedVisit, fields: Fields) -> Answered {
    let which = Which::of(&visit)?;
    let person = read_to(&visit, Act::PersonChanged).await?;
    let change = match read(which, &person, &fields) {
        Ok(change) => change,
        Err(wrong) => return form(&visit, which, &person, Some(&fields), wrong).into(),
    };
    let revision = fields.get("revision").parse().unwrap_or_default();
    match visit.records.change_person(&visit.session, person.id, revision, change).await {
        Ok(()) => {
            announce(&visit, "It is changed", "The log names the fields that changed, not what they held.");
            Ok(found(&at(person.id)))
        }
        Err(fault) if comes_back(&fault) => {
            let wrong = Wrong::of(&fault, LABELS, "");
            form(&visit, which, &person, Some(&fields), wrong).into()
        }
        Err(fault) => Err(fault),
    }
}

fn read(which: Which, person: &Person, fields: &Fields) -> Result<PersonChange, Wrong> {
    let text = |name: &str| Change::To(given(fields, name));
    Ok(match which {
        Which::Name => PersonChange {
            full_name: Change::To(fields.get("full_name").to_owned()),
            preferred_name: text("preferred_name"),
            sort_as: given(fields, "sort_as").map_or(Change::Keep, |name| Change::To(Some(name))),
            ..PersonChange::default()
        },
        Which::About => PersonChange {
            staff_kind: if person.said.kind == Kind::Staff {
                Change::To(StaffKind::from_word(fields.get("staff_kind")))
            } else {
                Change::Keep
            },
            number: text("number"),
            date_of_birth: Change::To(
                day_of(fields, "date_of_birth").map_err(|words| Wrong::at("date_of_birth", words))?,
            ),
            language: text("language"),
            interpreter_needed: Change::To(fields.get("interpreter_needed") == "yes"),
            ..PersonChange::default()
        },
        Which::Filter => PersonChange {
            gate_group: text("gate_group"),
            gate_sign_in: text("gate_sign_in"),
            ..PersonChange::default()
        },
        Which::WayIn => match fields.get("which") {
            "password-hash" => PersonChange { gate_password_hash: text("secret"), ..PersonChange::default() },
            "resolver-name" => PersonChange { gate_resolver_name: text("secret"), ..PersonChange::default() },
            _ => return Err(Wrong::at("which", "Choose which of the two you set.")),
        },
    })
}

fn form(visit: &SignedVisit, which: Which, person: &Person, typed: Option<&Fields>, wrong: Wrong) -> FormPage {
    let said = &person.said;
    let value = |name: &str, held: Option<&String>| {
        typed.map_or_else(|| held.cloned().unwrap_or_default(), |fields| fields.get(name).to_owned())
    };
    let text = |name: &str, label: &str, held: Option<&String>| {
        Field::new(name, label).value(value(name, held)).error(wrong.field(name)).autocomplete("off")
    };
    let mut parts = match which {
        Which::Name => vec![
            Part::Input(text("full_name", "Name in full", Some(&said.full_name))),
            Part::Input(text("preferred_name", "Likes to be called (if it is another name)", said.preferred_name.as_ref())),
            Part::Input(
                text("sort_as", "Sorted as", None)
                    .hint("Only where it is not the last word of the name, such as “van der Berg, Jan”. Left empty, it stays as it is."),
            ),
        ],
        Which::About => about(person, typed, &wrong),
        Which::Filter => vec![
            Part::Input(group(&value("gate_group", said.gate.group.as_ref()), &wrong)),
            Part::Input(
                text("gate_sign_in", "Sign-in name at the filter", said.gate.sign_in.as_ref())
                    .kind(Typing::Code)
                    .width(Width::Twenty)
                    .hint("It takes effect once it has a password."),
            ),
        ],
        Which::WayIn => way_in(typed, &wrong),
    };
    let revision = typed.map_or_else(|| person.revision.to_string(), |fields| fields.get("revision").to_owned());
    parts.push(Part::Kept("revision", revision));
    let action = format!("{}/change/{}", at(person.id), which.word());
    FormPage {
        identity: Some(Identity::of(visit, person)),
        wrong,
        parts,
        ..FormPage::new(frame(visit), which.title(), action, at(person.id))
    }
}

fn about(person: &Person, typed: Option<&Fields>, wrong: &Wrong) -> Vec<Part> {
    let said = &person.said;
    let value = |name: &str, held: Option<&String>| {
        typed.map_or_else(|| held.cloned().unwrap_or_default(), |fields| fields.get(name).to_owned())
    };
    let mut parts = Vec::new();
    if said.kind == Kind::Staff {
        let chosen =
            typed.map_or_else(|| said.staff_kind.map_or("", StaffKind::word), |fields| fields.get("staff_kind"));
        parts.push(Part::Radios(staff_kinds(chosen, wrong)));
    }
    let born = typed.map_or_else(|| boxed(said.date_of_birth), |fields| day_typed(fields, "date_of_birth"));
    let needed = typed.map_or(said.interpreter_needed, |fields| fields.get("interpreter_needed") == "yes");
    let text = |name: &str, label: &str, held| {
        Field::new(name, label).value(value(name, held)).error(wrong.field(name)).autocomplete("off")
    };
    parts.extend([
        Part::Date(
            DateField::new("date_of_birth", "Date of birth")
                .hint("For example, 27 3 2014")
                .values(born)
                .error(wrong.field("date_of_birth")),
        ),
        Part::Input(
            text("number", "School’s own number for them", said.number.as_ref()).kind(Typing::Code).width(Width::Ten),
        ),
        Part::Input(
            text("language", "Language that they or their home speak", said.language.as_ref()).width(Width::Twenty),
        ),
        Part::Ticks(interpreter(needed)),
    ]);
    parts
}

fn way_in(typed: Option<&Fields>, wrong: &Wrong) -> Vec<Part> {
    let which = Choices::new("which", "Which do you set?")
        .option_with("password-hash", "The hash of their password for the proxy", "As “holdfast password” prints it.")
        .option_with(
            "resolver-name",
            "Their own name of the encrypted name service",
            "Whoever knows it is taken for them.",
        )
        .chosen(typed.map_or("", |fields| fields.get("which")))
        .error(wrong.field("which"));
    let error = wrong.field("gate_password_hash").or_else(|| wrong.field("gate_resolver_name"));
    vec![
        Part::Words("It is set and never shown again, to nobody. Whoever forgot theirs is given another.".to_owned()),
        Part::Radios(which),
        Part::Input(
            Field::new("secret", "What it is now")
                .hint("Left empty, what was there is taken away.")
                .kind(Typing::Secret)
                .autocomplete("off")
                .error(error),
        ),
    ]
}
