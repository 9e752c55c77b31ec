//! Being away, and back.

use crate::{
    fields::Fields,
    kit::{DateField, Field, Kind as Typing, Width},
    pages::{
        form::{FormPage, Part, Pick, Search, Wrong, comes_back, day_of, day_typed},
        found,
        people::{adults, announce, frame, may},
    },
    visit::{Answered, SignedVisit},
};
use holdfast_records::{Fault, access::Act, id, people::Found};
use jiff::{Timestamp, civil::Time};

pub(crate) async fn own_page(visit: SignedVisit) -> Answered {
    // Only whoever works here or holds a duty says so.
    if !may(&visit, Act::AbsenceRecorded, visit.me.person).await? {
        return Err(Fault::NotFound);
    }
    form(&visit, &Fields::default(), None, Wrong::default(), true).into()
}

pub(crate) async fn own(visit: SignedVisit, fields: Fields) -> Answered {
    record(visit, fields, true).await
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    form(&visit, &Fields::default(), None, Wrong::default(), false).into()
}

pub(crate) async fn others(visit: SignedVisit, fields: Fields) -> Answered {
    record(visit, fields, false).await
}

async fn record(visit: SignedVisit, fields: Fields, is_own: bool) -> Answered {
    let people = if is_own { None } else { Some(adults(&visit, fields.get("search")).await?) };
    let again = |wrong: Wrong| -> Answered { form(&visit, &fields, people.as_ref(), wrong, is_own).into() };
    if !is_own && fields.get("step") != "record" {
        return again(Wrong::default());
    }
    let person = if is_own { Ok(visit.me.person) } else { id::Person::parse(fields.get("person")) };
    let Ok(person) = person else { return again(Wrong::at("person", "Choose who is away.")) };
    let until = match until(&visit, &fields) {
        Ok(until) => until,
        Err(wrong) => return again(wrong),
    };
    match visit.records.record_absence(&visit.session, person, visit.caller.now, until).await {
        Ok(_) => {
            announce(&visit, "It is recorded", "Deputies and those who stand in answer from now on.");
            Ok(found("/duties"))
        }
        Err(fault) if comes_back(&fault) => again(Wrong::of(&fault, &[], if is_own { "until" } else { "person" })),
        Err(fault) => Err(fault),
    }
}

/// Until when, on the school's clock; nothing where nobody knows.
fn until(visit: &SignedVisit, fields: &Fields) -> Result<Option<Timestamp>, Wrong> {
    let Some(day) = day_of(fields, "until").map_err(|words| Wrong::at("until", words))? else { return Ok(None) };
    let typed = match fields.get("time") {
        "" => "08:00",
        typed => typed,
    };
    let time: Time = typed.parse().map_err(|_no_time| Wrong::at("time", "Write a time such as 08:00."))?;
    let moment = day.to_datetime(time).to_zoned(visit.sources.school.zone.clone());
    moment.map(|moment| Some(moment.timestamp())).map_err(|_never| Wrong::at("until", "Write a day that there is."))
}

fn form(visit: &SignedVisit, fields: &Fields, people: Option<&Found>, wrong: Wrong, is_own: bool) -> FormPage {
    let mut parts = Vec::new();
    if let Some(people) = people.filter(|people| !people.people.is_empty()) {
        parts.extend([
            Part::Pick(Pick::new("Who is away?", people, fields.get("person"), wrong.field("person"))),
            Part::Kept("search", fields.get("search").to_owned()),
            Part::Kept("step", "record".to_owned()),
        ]);
    }
    if is_own || !parts.is_empty() {
        parts.extend([
            Part::Date(
                DateField::new("until", "Until which day? (if that is known)")
                    .hint("For example, 30 11 2026. Left empty, it lasts until they are back.")
                    .values(day_typed(fields, "until"))
                    .error(wrong.field("until")),
            ),
            Part::Input(
                Field::new("time", "Until what time?")
                    .hint("Such as 08:00, which holds if nothing is written")
                    .value(fields.get("time"))
                    .kind(Typing::Code)
                    .width(Width::Five)
                    .error(wrong.field("time")),
            ),
        ]);
    }
    let (title, action, words) = if is_own {
        (
            "You are away",
            "/duties/away",
            "Your deputies, or who stands in for you, answer from now on. Nothing is taken from you.",
        )
    } else {
        (
            "Record that somebody is away",
            "/duties/absence",
            "Their deputies, or who stands in for them, answer from now on. Where concerns come to them, they and everybody else to \
             whom concerns come are told.",
        )
    };
    FormPage {
        words: vec![words.to_owned()],
        search: (!is_own).then(|| Search::new("Find the adult by name", fields.get("search"), people)),
        parts,
        wrong,
        button: "Record it",
        ..FormPage::new(frame(visit), title, action, "/duties")
    }
}

/// Somebody is back.
pub(crate) async fn back(visit: SignedVisit, fields: Fields) -> Answered {
    let person = id::Person::parse(fields.get("person"))?;
    visit.records.end_absence(&visit.session, person).await?;
    let words =
        if person == visit.me.person { "You answer again from now on." } else { "They answer again from now on." };
    announce(&visit, "It is recorded", words);
    Ok(found("/duties"))
}
