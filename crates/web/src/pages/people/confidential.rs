//! What is confidential about somebody: read by whoever holds a key, written by more, who cannot read it back.

use super::{Identity, adults, announce, at, frame, may, read};
use crate::{
    fields::Fields,
    kit::{Choices, DateField, Field},
    pages::{
        Frame,
        form::{FormPage, Part, Pick, Search, Wrong, comes_back, day_of, day_typed, one_of, written_day},
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
    people::{Confidential, DetailKind, Found, Kind, NewCourtOrder, Person},
};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "people/confidential.html")]
struct ConfidentialPage {
    frame: Frame,
    identity: Identity,
    /// Why nothing is shown, where nothing is.
    sealed: Option<String>,
    address: Option<(String, bool)>,
    needs: Option<String>,
    bars: Vec<Bar>,
    is_pupil: bool,
    may_write: bool,
}

/// A court order or a no-contact.
struct Bar {
    title: String,
    when: String,
    words: String,
    end: Option<String>,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Address,
    Needs,
    Order,
    NoContact,
}

impl Which {
    const ALL: &[Self] = &[Self::Address, Self::Needs, Self::Order, Self::NoContact];

    fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Needs => "access-needs",
            Self::Order => "court-order",
            Self::NoContact => "no-contact",
        }
    }

    fn is_of_child(self) -> bool {
        matches!(self, Self::Order | Self::NoContact)
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let person = read(&visit).await?;
    let may_write = may(&visit, Act::ConfidentialChanged, person.id).await?;
    let may_read = may(&visit, Act::ConfidentialRead, person.id).await?;
    if !may_read && !may_write {
        return Err(Fault::NotFound);
    }
    let mut page = ConfidentialPage {
        frame: frame(&visit),
        identity: Identity::of(&visit, &person),
        sealed: None,
        address: None,
        needs: None,
        bars: Vec::new(),
        is_pupil: person.said.kind == Kind::Pupil,
        may_write,
    };
    if may_read {
        match visit.records.confidential(&visit.session, person.id).await {
            Ok(held) => fill(&visit, &person, &mut page, &held).await?,
            Err(Fault::Locked(words)) => page.sealed = Some(words),
            Err(Fault::NotFound) => {
                page.sealed =
                    Some("It is sealed, and you hold no key to it. Somebody who does can admit you.".to_owned());
            }
            Err(fault) => return Err(fault),
        }
    } else {
        page.sealed = Some("You can write here. Nobody reads it back but those who hold a key to it.".to_owned());
    }
    Ok(render(StatusCode::OK, &page))
}

async fn fill(
    visit: &SignedVisit,
    person: &Person,
    page: &mut ConfidentialPage,
    held: &Confidential,
) -> Result<(), Fault> {
    let of = |adult: &id::Person, names: &BTreeMap<id::Person, String>| {
        names.get(adult).cloned().unwrap_or_else(|| "somebody you cannot see".to_owned())
    };
    let adults: Vec<id::Person> =
        held.court_orders.iter().map(|order| order.adult).chain(held.no_contacts.iter().map(|bar| bar.adult)).collect();
    let names =
        if adults.is_empty() { BTreeMap::new() } else { visit.records.names_of(&visit.session, &adults).await? };
    let end =
        |kind: &str, row: id::Row| page.may_write.then(|| format!("{}/confidential/{kind}/{row}/end", at(person.id)));
    let mut bars = Vec::new();
    for bar in &held.no_contacts {
        bars.push(Bar {
            title: format!("No contact with {}", of(&bar.adult, &names)),
            when: "They must not be contacted or told anything.".to_owned(),
            words: bar.reason.as_str().to_owned(),
            end: end("no-contacts", bar.id),
        });
    }
    for order in &held.court_orders {
        let until = order
            .until
            .map_or_else(|| "without a last day".to_owned(), |until| format!("until {}", written_day(until)));
        let bars_telling =
            if order.bars_telling { " While it is in force they must not be told anything." } else { "" };
        bars.push(Bar {
            title: format!("Court order on {}", of(&order.adult, &names)),
            when: format!("From {}, {until}.{bars_telling}", written_day(order.from)),
            words: order.words.as_str().to_owned(),
            end: end("orders", order.id),
        });
    }
    page.bars = bars;
    page.address = held.address.as_ref().map(|address| (address.words.as_str().to_owned(), address.not_given_out));
    page.identity.is_address_hidden = held.address.as_ref().is_some_and(|address| address.not_given_out);
    page.needs = held.access_needs.as_ref().map(|needs| needs.as_str().to_owned());
    Ok(())
}

pub(crate) async fn write_page(visit: SignedVisit) -> Answered {
    let (person, which) = written(&visit).await?;
    form(&visit, &person, which, &Fields::default(), None, Wrong::default()).into()
}

pub(crate) async fn write(visit: SignedVisit, fields: Fields) -> Answered {
    let (person, which) = written(&visit).await?;
    let adults = if which.is_of_child() { Some(adults(&visit, fields.get("search")).await?) } else { None };
    if which.is_of_child() && fields.get("step") != "write" {
        return form(&visit, &person, which, &fields, adults.as_ref(), Wrong::default()).into();
    }
    match put(&visit, &person, which, &fields).await {
        Ok(()) => {
            announce(&visit, "It is recorded, and sealed", "Only whoever holds a key to it reads it.");
            Ok(found(&format!("{}/confidential", at(person.id))))
        }
        Err(Refused::Form(wrong)) => form(&visit, &person, which, &fields, adults.as_ref(), wrong).into(),
        Err(Refused::Fault(fault)) if comes_back(&fault) => {
            let wrong = Wrong::of(&fault, &[], "words");
            form(&visit, &person, which, &fields, adults.as_ref(), wrong).into()
        }
        Err(Refused::Fault(fault)) => Err(fault),
    }
}

/// Why something was not written.
enum Refused {
    Form(Wrong),
    Fault(Fault),
}

async fn put(visit: &SignedVisit, person: &Person, which: Which, fields: &Fields) -> Result<(), Refused> {
    let (records, session, words) = (&visit.records, &visit.session, fields.exact("words"));
    let adult = || {
        id::Person::parse(fields.get("person"))
            .map_err(|_nobody| Refused::Form(Wrong::at("person", "Choose who it is.")))
    };
    let done = match which {
        Which::Address => {
            let kind = DetailKind::Address { not_given_out: fields.get("not_given_out") == "yes" };
            records.record_confidential(session, person.id, kind, words).await
        }
        Which::Needs => records.record_confidential(session, person.id, DetailKind::AccessNeeds, words).await,
        Which::NoContact => records.record_no_contact(session, person.id, adult()?, words).await.map(drop),
        Which::Order => {
            let day = |name: &str| day_of(fields, name).map_err(|words| Refused::Form(Wrong::at(name, words)));
            let (adult, until) = (adult()?, day("until")?);
            let missing = || Refused::Form(Wrong::at("from", "Write its first day."));
            let from = day("from")?.ok_or_else(missing)?;
            let bars_telling = fields.get("bars_telling") == "yes";
            let new = NewCourtOrder { child: person.id, adult, bars_telling, from, until, words };
            records.record_court_order(session, &new).await.map(drop)
        }
    };
    done.map_err(Refused::Fault)
}

async fn written(visit: &SignedVisit) -> Result<(Person, Which), Fault> {
    let which = one_of(Which::ALL, Which::word, visit.places.get("what")).ok_or(Fault::NotFound)?;
    let person = super::read_to(visit, Act::ConfidentialChanged).await?;
    if which.is_of_child() && person.said.kind != Kind::Pupil {
        return Err(Fault::NotFound);
    }
    Ok((person, which))
}

fn form(
    visit: &SignedVisit,
    person: &Person,
    which: Which,
    fields: &Fields,
    adults: Option<&Found>,
    wrong: Wrong,
) -> FormPage {
    let words = |label: &str| {
        Part::Area(
            Field::new("words", label).value(fields.exact("words")).error(wrong.field("words")).autocomplete("off"),
        )
    };
    let tick = |name: &str, legend: &str, words: &str| {
        Part::Ticks(Choices::new(name, legend).option("yes", words).chosen(fields.get(name)))
    };
    let replaces = "What was recorded before ends. What you write is sealed: you will not see it here again unless you hold a key.";
    let (title, said, asked) = match which {
        Which::Address => (
            "Where they live",
            replaces,
            vec![
                words("Address"),
                tick(
                    "not_given_out",
                    "Who is told it",
                    "It is given to nobody: it is left out of letters, lists and exports",
                ),
            ],
        ),
        Which::Needs => ("How they use a computer", replaces, vec![words("How they use a computer, and what helps")]),
        Which::Order => (
            "Record a court order",
            "Whom it bars from being told can open nothing confidential about the child from then on.",
            vec![
                Part::Date(day(fields, &wrong, "from", "Its first day")),
                Part::Date(day(fields, &wrong, "until", "Its last day, which counts (if it has one)")),
                tick("bars_telling", "While it is in force", "They must not be told anything"),
                words("What does it forbid?"),
            ],
        ),
        Which::NoContact => (
            "Record that somebody must have no contact",
            "They must not be contacted or told anything about the child, and can open nothing confidential about it from then on. \
             That it stands is shown to whoever asks who may be told; why is sealed.",
            vec![words("Why must they not be told?")],
        ),
    };
    let mut parts = Vec::new();
    let search = which.is_of_child().then(|| Search::new("Find the adult by name", fields.get("search"), adults));
    if let Some(adults) = adults.filter(|adults| !adults.people.is_empty()) {
        parts.push(Part::Pick(Pick::new("Who is it?", adults, fields.get("person"), wrong.field("person"))));
        parts.push(Part::Kept("search", fields.get("search").to_owned()));
    }
    if !which.is_of_child() || !parts.is_empty() {
        parts.extend(asked);
        parts.push(Part::Kept("step", "write".to_owned()));
    }
    let back = format!("{}/confidential", at(person.id));
    FormPage {
        identity: Some(Identity::of(visit, person)),
        words: vec![said.to_owned()],
        search,
        parts,
        button: "Record it",
        wrong,
        ..FormPage::new(frame(visit), title, format!("{back}/{}", which.word()), back.clone())
    }
}

fn day(fields: &Fields, wrong: &Wrong, name: &str, legend: &str) -> DateField {
    DateField::new(name, legend).hint("For example, 27 3 2027").values(day_typed(fields, name)).error(wrong.field(name))
}

pub(crate) async fn end_order_page(visit: SignedVisit) -> Answered {
    end_form(&visit, &ended(&visit).await?.0, "orders", Wrong::default()).into()
}

pub(crate) async fn end_order(visit: SignedVisit, _: Fields) -> Answered {
    let (person, row) = ended(&visit).await?;
    let done = visit.records.end_court_order(&visit.session, person.id, row).await;
    after(&visit, &person, "orders", done)
}

pub(crate) async fn end_no_contact_page(visit: SignedVisit) -> Answered {
    end_form(&visit, &ended(&visit).await?.0, "no-contacts", Wrong::default()).into()
}

pub(crate) async fn end_no_contact(visit: SignedVisit, _: Fields) -> Answered {
    let (person, row) = ended(&visit).await?;
    let done = visit.records.end_no_contact(&visit.session, person.id, row).await;
    after(&visit, &person, "no-contacts", done)
}

async fn ended(visit: &SignedVisit) -> Result<(Person, id::Row), Fault> {
    let row = id::Row::parse(visit.places.get("row"))?;
    Ok((super::read_to(visit, Act::ConfidentialChanged).await?, row))
}

fn after(visit: &SignedVisit, person: &Person, kind: &str, done: Result<(), Fault>) -> Answered {
    match done {
        Ok(()) => {
            announce(visit, "It is ended", "Whoever it kept out stays without a key to what was written meanwhile.");
            Ok(found(&format!("{}/confidential", at(person.id))))
        }
        Err(fault) if comes_back(&fault) => end_form(visit, person, kind, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

fn end_form(visit: &SignedVisit, person: &Person, kind: &str, wrong: Wrong) -> FormPage {
    let back = format!("{}/confidential", at(person.id));
    let title = if kind == "orders" { "End a court order" } else { "End a no-contact" };
    FormPage {
        identity: Some(Identity::of(visit, person)),
        words: vec![
            "From then on they are no longer barred by it. Make sure that whoever decides this has decided it."
                .to_owned(),
        ],
        wrong,
        parts: vec![Part::Kept("step", "end".to_owned())],
        button: "End it",
        is_grave: true,
        ..FormPage::new(frame(visit), title, visit.caller.path.clone(), back)
    }
}
