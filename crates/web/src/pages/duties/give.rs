//! Giving and ending duties. Whoever does it showed a moment ago that it is really them.

use crate::{
    fields::Fields,
    kit::Choices,
    pages::{
        form::{FormPage, Part, Pick, Search, Wrong, comes_back},
        found,
        people::{announce, frame, may},
    },
    visit::{Answered, SignedVisit},
};
use holdfast_records::{
    Fault,
    access::{Act, Duty},
    id,
    people::{Found, GiveDuty, Held, Seeking},
};

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let duty = which(&visit)?;
    form(&visit, duty, &Fields::default(), None, Wrong::default()).into()
}

pub(crate) async fn give(visit: SignedVisit, fields: Fields) -> Answered {
    let duty = which(&visit)?;
    let people = visit.records.find_for(&visit.session, fields.get("search"), Seeking::Duty).await?;
    if fields.get("step") != "give" {
        return form(&visit, duty, &fields, Some(&people), Wrong::default()).into();
    }
    let is_deputy = match fields.get("part") {
        "holder" => false,
        "deputy" => true,
        _ => return form(&visit, duty, &fields, Some(&people), Wrong::at("part", "Choose how they hold it.")).into(),
    };
    let Ok(person) = id::Person::parse(fields.get("person")) else {
        return form(&visit, duty, &fields, Some(&people), Wrong::at("person", "Choose who it is.")).into();
    };
    let given = GiveDuty { duty, person, is_deputy, from: None };
    match visit.records.give_duty(&visit.session, &given).await {
        Ok(_) => {
            let words = if super::HEAR.contains(&duty) {
                "It holds at once. Everybody to whom concerns come is told."
            } else {
                "It holds at once."
            };
            announce(&visit, "The duty is given", words);
            Ok(found("/duties"))
        }
        Err(fault) if comes_back(&fault) => {
            form(&visit, duty, &fields, Some(&people), Wrong::of(&fault, &[], "person")).into()
        }
        Err(fault) => Err(fault),
    }
}

fn which(visit: &SignedVisit) -> Result<Duty, Fault> {
    Duty::from_word(visit.places.get("duty")).ok_or(Fault::NotFound)
}

fn form(visit: &SignedVisit, duty: Duty, fields: &Fields, people: Option<&Found>, wrong: Wrong) -> FormPage {
    let mut parts = Vec::new();
    if let Some(people) = people.filter(|people| !people.people.is_empty()) {
        let part = Choices::new("part", "How do they hold it?")
            .option("holder", "They hold it")
            .option_with("deputy", "They deputise", "They act only while every holder is away.")
            .chosen(fields.get("part"))
            .error(wrong.field("part"));
        parts.extend([
            Part::Pick(Pick::new("Who is it?", people, fields.get("person"), wrong.field("person"))),
            Part::Radios(part),
            Part::Kept("search", fields.get("search").to_owned()),
            Part::Kept("step", "give".to_owned()),
        ]);
    }
    let mut words = vec![format!("The duty is: {}.", duty.title())];
    if super::HEAR.contains(&duty) {
        words.push("Concerns come to whoever holds it, and they can read confidential files from then on.".to_owned());
    }
    words.push("Nobody gives a duty to themselves.".to_owned());
    FormPage {
        words,
        search: Some(Search::new("Find the adult by name", fields.get("search"), people)),
        parts,
        wrong,
        button: "Give the duty",
        ..FormPage::new(frame(visit), "Give a duty", format!("/duties/give/{}", duty.word()), "/duties")
    }
}

pub(crate) async fn end_page(visit: SignedVisit) -> Answered {
    let held = holding(&visit).await?;
    end_form(&visit, &held, Wrong::default()).into()
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    let held = holding(&visit).await?;
    match visit.records.end_duty(&visit.session, held.holding).await {
        Ok(()) => {
            let told = if super::HEAR.contains(&held.duty) {
                " They and everybody to whom concerns come are told."
            } else {
                ""
            };
            announce(&visit, "The duty is ended", format!("The keys that came with it are gone.{told}"));
            Ok(found("/duties"))
        }
        Err(fault) if comes_back(&fault) => end_form(&visit, &held, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

/// The holding that the path names, to whoever may end it.
async fn holding(visit: &SignedVisit) -> Result<Held, Fault> {
    let wanted = id::Holding::parse(visit.places.get("holding"))?;
    let held = visit.records.duties(&visit.session).await?;
    let held = held.into_iter().find(|held| held.holding == wanted).ok_or(Fault::NotFound)?;
    if may(visit, Act::DutyEnded, held.person).await? { Ok(held) } else { Err(Fault::NotFound) }
}

fn end_form(visit: &SignedVisit, held: &Held, wrong: Wrong) -> FormPage {
    let how = if held.is_deputy { "deputises as" } else { "is" };
    FormPage {
        words: vec![
            format!("{} {how} {}.", held.full_name, held.duty.title()),
            "It ends at once, and with it the keys that came with it.".to_owned(),
        ],
        wrong,
        parts: vec![Part::Kept("step", "end".to_owned())],
        button: "End the duty",
        is_grave: true,
        ..FormPage::new(frame(visit), "End a duty", format!("/duties/holdings/{}/end", held.holding), "/duties")
    }
}
