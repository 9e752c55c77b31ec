//! For the chair and the trust lead: who of those to whom concerns come is recorded as family of a child, and so reads nothing about
//! it. Of which child is not told.

use crate::{
    fields::Fields,
    kit::Choices,
    pages::{
        Frame,
        form::{FormPage, Part, Wrong, comes_back},
        found,
        people::{announce, frame, one::sentence},
        render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault, id,
    people::{HearersRelation, WhyNotFamily},
};

#[derive(Template)]
#[template(path = "duties/family.html")]
struct FamilyPage {
    frame: Frame,
    rows: Vec<(id::Row, String, String)>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let relations = visit.records.family_of_hearers(&visit.session).await?;
    let zone = &visit.sources.school.zone;
    let rows = relations.into_iter().map(|one| (one.relation, one.full_name, words::day(one.recorded_at, zone)));
    Ok(render(StatusCode::OK, &FamilyPage { frame: frame(&visit), rows: rows.collect() }))
}

pub(crate) async fn end_page(visit: SignedVisit) -> Answered {
    let relation = relation(&visit).await?;
    form(&visit, &relation, Wrong::default()).into()
}

pub(crate) async fn end(visit: SignedVisit, fields: Fields) -> Answered {
    let relation = relation(&visit).await?;
    let Some(why) = WhyNotFamily::from_word(fields.get("because")) else {
        return form(&visit, &relation, Wrong::at("because", "Choose why.")).into();
    };
    match visit.records.end_hearers_relation(&visit.session, relation.relation, why).await {
        Ok(()) => {
            let words =
                "All to whom concerns come are told. What is sealed opens for them once somebody has admitted them.";
            announce(&visit, "It is ended", words);
            Ok(found("/duties/family"))
        }
        Err(fault) if comes_back(&fault) => form(&visit, &relation, Wrong::of(&fault, &[], "because")).into(),
        Err(fault) => Err(fault),
    }
}

async fn relation(visit: &SignedVisit) -> Result<HearersRelation, Fault> {
    let wanted = id::Row::parse(visit.places.get("relation"))?;
    let relations = visit.records.family_of_hearers(&visit.session).await?;
    relations.into_iter().find(|one| one.relation == wanted).ok_or(Fault::NotFound)
}

fn form(visit: &SignedVisit, relation: &HearersRelation, wrong: Wrong) -> FormPage {
    let mut why = Choices::new("because", "Why?").error(wrong.field("because"));
    for one in WhyNotFamily::ALL {
        why = why.option(one.word(), sentence(one.title()));
    }
    FormPage {
        words: vec![format!(
            "{} is recorded as family of a child, and so reads nothing about it. Of which child is not shown: ask them.",
            relation.full_name
        )],
        wrong,
        parts: vec![Part::Radios(why)],
        button: "End it",
        is_grave: true,
        ..FormPage::new(
            frame(visit),
            "End what is recorded as family",
            format!("/duties/family/{}/end", relation.relation),
            "/duties/family",
        )
    }
}
