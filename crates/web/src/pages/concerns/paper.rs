//! Paper forms for days without a network, each with a reference that is kept for it (C-04).

use super::{Ring, adults_only, numbers};
use crate::{
    fields::Fields,
    kit::{Field, Kind as Typing, Width},
    pages::{
        Frame, Here,
        form::{FormPage, Part, Wrong},
        found, render,
    },
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    concern::{MOST_PAPER_FORMS, Mode, Place, Risk, Urgency},
    id,
};

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    how_many(&visit, "4", Wrong::default()).into()
}

pub(crate) async fn reserve(visit: SignedVisit, fields: Fields) -> Answered {
    adults_only(&visit)?;
    let typed = fields.get("count");
    let reserved = match typed.parse() {
        Ok(count) => visit.records.reserve_paper_forms(&visit.session, count).await,
        Err(_no_number) => Err(Fault::wrong("Write a number.")),
    };
    match reserved {
        Ok(batch) => Ok(found(&format!("/concerns/paper/{batch}"))),
        Err(fault @ Fault::Wrong(_)) => how_many(&visit, typed, Wrong::of(&fault, &[], "count")).into(),
        Err(fault) => Err(fault),
    }
}

fn how_many(visit: &SignedVisit, typed: &str, wrong: Wrong) -> FormPage {
    FormPage {
        words: vec![
            "For a day without network: each form has a reference of its own at the top. Whoever types a form in later gives that \
             reference, and the concern keeps it."
                .to_owned(),
            "A form that is filled in goes into the hands of the safeguarding lead, or the head where it is about an adult; never into a \
             tray."
                .to_owned(),
        ],
        parts: vec![Part::Input(
            Field::new("count", "How many forms?")
                .hint(format!("At most {MOST_PAPER_FORMS}"))
                .value(typed)
                .kind(Typing::Digits)
                .width(Width::Five)
                .error(wrong.field("count")),
        )],
        wrong,
        button: "Make the forms",
        ..FormPage::new(Frame::signed(visit, Here::Concerns), "Paper forms", "/concerns/paper", "/concerns/mine")
    }
}

#[derive(Template)]
#[template(path = "concerns/paper.html")]
struct PaperPage {
    frame: Frame,
    references: Vec<String>,
    urgencies: Vec<&'static str>,
    modes: Vec<&'static str>,
    places: Vec<&'static str>,
    risks: Vec<&'static str>,
    numbers: Vec<Ring>,
}

pub(crate) async fn print(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    let batch = id::Row::parse(visit.places.get("batch"))?;
    let page = PaperPage {
        references: visit.records.paper_forms(&visit.session, batch).await?,
        urgencies: Urgency::ALL.iter().map(|urgency| urgency.title()).collect(),
        modes: Mode::ALL.iter().map(|mode| mode.title()).collect(),
        places: Place::ALL.iter().map(|place| place.title()).collect(),
        risks: Risk::ALL.iter().map(|risk| risk.title()).collect(),
        numbers: numbers(&visit).await?,
        frame: Frame::signed(&visit, Here::Concerns),
    };
    Ok(render(StatusCode::OK, &page))
}
