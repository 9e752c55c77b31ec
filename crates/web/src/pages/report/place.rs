//! Placing a report with whom it is about: a child, an adult who works here, or both.

use super::waiting::{at, listed, named};
use crate::{
    fields::Fields,
    kit::Choices,
    pages::{
        Frame, Here, announce,
        form::{FormPage, Part, Pick, Search, Wrong, comes_back},
        found,
    },
    visit::{Answered, SignedVisit},
};
use holdfast_records::{
    Fault,
    access::Capability,
    concern::door::Placing,
    id,
    people::{Found, Kind, Seeking},
};

/// Whether they find children by name: a chair and a trust lead read no directory.
pub(super) fn finds_children(visit: &SignedVisit) -> bool {
    visit.me.may(Capability::ReadDirectory)
}

pub(crate) async fn child_page(visit: SignedVisit) -> Answered {
    listed(&visit).await?;
    if !finds_children(&visit) {
        return Err(Fault::NotFound);
    }
    child_form(&visit, &Fields::default(), None, Wrong::default()).into()
}

pub(crate) async fn child(visit: SignedVisit, fields: Fields) -> Answered {
    listed(&visit).await?;
    if !finds_children(&visit) {
        return Err(Fault::NotFound);
    }
    let children = visit.records.find_people(&visit.session, fields.get("search"), Some(Kind::Pupil)).await?;
    let form = |wrong| child_form(&visit, &fields, Some(&children), wrong);
    if fields.get("step") != "place" {
        return form(Wrong::default()).into();
    }
    let Ok(child) = id::Person::parse(fields.get("person")) else {
        return form(Wrong::at("person", "Choose who it is.")).into();
    };
    match fields.get("adult") {
        // Nothing is placed before the adult is chosen: the child's part would have their name in it.
        "yes" => adult_form(&visit, (&Fields::default(), Some(child)), None, Wrong::default()).into(),
        "no" => place(&visit, Placing::Child(child), form).await,
        _ => form(Wrong::at("adult", "Choose whether an adult who works here is concerned.")).into(),
    }
}

pub(crate) async fn adult_page(visit: SignedVisit) -> Answered {
    listed(&visit).await?;
    adult_form(&visit, (&Fields::default(), None), None, Wrong::default()).into()
}

pub(crate) async fn adult(visit: SignedVisit, fields: Fields) -> Answered {
    listed(&visit).await?;
    let child = id::Person::parse(fields.get("child")).ok();
    let adults = adults(&visit, fields.get("search")).await?;
    let form = |wrong| adult_form(&visit, (&fields, child), Some(&adults), wrong);
    if fields.get("step") != "place" {
        return form(Wrong::default()).into();
    }
    let Ok(adult) = id::Person::parse(fields.get("person")) else {
        return form(Wrong::at("person", "Choose who it is.")).into();
    };
    let placing = child.map_or(Placing::Adult(adult), |child| Placing::Both { child, adult });
    place(&visit, placing, form).await
}

/// What is added where the child's part of the same concern is with somebody now who cannot open it.
const MUST_LET_IN: &str = " The child’s part was sent before. It is with somebody else now, who cannot open it until they are let in: by two \
    custodians, or by whoever still has its key. Ring them today.";

async fn place(visit: &SignedVisit, placing: Placing, form: impl FnOnce(Wrong) -> FormPage) -> Answered {
    let report = named(visit)?;
    match visit.records.place_report(&visit.session, report, placing).await {
        Ok(placed) => {
            let mut words = match (&placing, placed.references.as_slice()) {
                (Placing::Child(_), [reference]) => format!(
                    "It begins the file {reference}. Those who may read it are told, and it waits there for a first decision. The words \
                     are in the file alone now."
                ),
                (Placing::Both { .. }, [childs, _]) => format!(
                    "The child’s part is the file {childs}, without the adult’s name. The adult’s part is with the head, or whoever stands \
                     in, who is told. What was written stands there alone now."
                ),
                _ => "It is in the confidential staff-concerns file, with the head or whoever stands in, who is told. What was written \
                      stands there alone now. The designated officer (LADO) of the council can be rung at any time."
                    .to_owned(),
            };
            if placed.must_let_in {
                words.push_str(MUST_LET_IN);
            }
            announce(visit, "Placed", words);
            Ok(found("/concerns/waiting"))
        }
        Err(fault) if comes_back(&fault) => form(Wrong::of(&fault, &[], "person")).into(),
        Err(fault) => Err(fault),
    }
}

/// Adults whom a search finds, for whoever asks.
async fn adults(visit: &SignedVisit, search: &str) -> Result<Found, Fault> {
    let mut found = if finds_children(visit) {
        visit.records.find_people(&visit.session, search, None).await?
    } else {
        visit.records.find_for(&visit.session, search, Seeking::Duty).await?
    };
    found.people.retain(|picked| matches!(picked.kind, Kind::Staff | Kind::Governor | Kind::Outside));
    Ok(found)
}

fn child_form(visit: &SignedVisit, fields: &Fields, children: Option<&Found>, wrong: Wrong) -> FormPage {
    let mut parts = Vec::new();
    if let Some(children) = children.filter(|children| !children.people.is_empty()) {
        let adult = Choices::new("adult", "Is an adult who works here concerned too?")
            .hint("Then the adult’s part goes to the head or whoever stands in, and the child’s part does not say who it is.")
            .option("no", "No")
            .option("yes", "Yes")
            .chosen(fields.get("adult"))
            .error(wrong.field("adult"));
        parts.extend([
            Part::Pick(Pick::new("Which child is it?", children, fields.get("person"), wrong.field("person"))),
            Part::Radios(adult),
            Part::Kept("search", fields.get("search").to_owned()),
            Part::Kept("step", "place".to_owned()),
        ]);
    }
    let report = visit.places.get("report");
    FormPage {
        words: vec![
            "A file about the child is opened with it. Look at class, date of birth and photograph: another pupil may have this name."
                .to_owned(),
        ],
        search: Some(Search::new("Find the child by name", fields.get("search"), children)),
        parts,
        wrong,
        button: "Place it",
        ..FormPage::new(
            Frame::signed(visit, Here::Reports).hiding(),
            "Place it with a child",
            format!("/concerns/waiting/{report}/child"),
            format!("/concerns/waiting/{report}"),
        )
        .begun_by(visit)
    }
}

fn adult_form(
    visit: &SignedVisit,
    (fields, child): (&Fields, Option<id::Person>),
    adults: Option<&Found>,
    wrong: Wrong,
) -> FormPage {
    let mut parts = Vec::new();
    if let Some(adults) = adults.filter(|adults| !adults.people.is_empty()) {
        parts.extend([
            Part::Pick(Pick::new("Which adult is it?", adults, fields.get("person"), wrong.field("person"))),
            Part::Kept("search", fields.get("search").to_owned()),
            Part::Kept("step", "place".to_owned()),
        ]);
        parts.extend(child.map(|child| Part::Kept("child", child.to_string())));
    }
    let report = visit.places.get("report");
    let mut words = vec![
        "The confidential staff-concerns file goes to the head; about the head to the chair. If that is not you, you do not see it any \
         more once it is placed. Nobody speaks with the adult before the designated officer (LADO) or the police have advised."
            .to_owned(),
    ];
    if child.is_some() {
        words.insert(0, "The child is chosen. Now the adult: nothing is placed before.".to_owned());
    }
    let kept = child.map(|child| ("child", child.to_string()));
    let search = Search { kept, ..Search::new("Find the adult by name", fields.get("search"), adults) };
    FormPage {
        words,
        search: Some(search),
        parts,
        wrong,
        button: "Place it",
        ..FormPage::new(
            Frame::signed(visit, Here::Reports).hiding(),
            "Place it with an adult who works here",
            format!("/concerns/waiting/{report}/adult"),
            at_report(report),
        )
        .begun_by(visit)
    }
}

fn at_report(report: &str) -> String {
    id::Report::parse(report).map_or_else(|_none| "/concerns/waiting".to_owned(), at)
}
