//! Somebody leaves, and comes back.

use super::{Identity, announce, at, frame, read_to};
use crate::{
    fields::Fields,
    pages::{
        form::{FormPage, Part, Wrong, comes_back},
        found,
    },
    visit::{Answered, SignedVisit},
};
use holdfast_records::{Fault, access::Act, people::Person};

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let person = here(&visit).await?;
    form(&visit, &person, Wrong::default()).into()
}

pub(crate) async fn leave(visit: SignedVisit, fields: Fields) -> Answered {
    let person = here(&visit).await?;
    let revision = fields.get("revision").parse().unwrap_or_default();
    match visit.records.leave(&visit.session, person.id, revision).await {
        Ok(()) => {
            announce(
                &visit,
                "They have left",
                "Duties, classes, account, keys and ways into the filter ended. Their record stays.",
            );
            Ok(found(&at(person.id)))
        }
        Err(fault) if comes_back(&fault) => form(&visit, &person, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn return_page(visit: SignedVisit) -> Answered {
    let person = gone(&visit).await?;
    return_form(&visit, &person, Wrong::default()).into()
}

pub(crate) async fn come_back(visit: SignedVisit, fields: Fields) -> Answered {
    let person = gone(&visit).await?;
    let revision = fields.get("revision").parse().unwrap_or_default();
    match visit.records.come_back(&visit.session, person.id, revision).await {
        Ok(()) => {
            announce(&visit, "They are back", "Duties, classes, account and ways into the filter are given anew.");
            Ok(found(&at(person.id)))
        }
        Err(fault) if comes_back(&fault) => return_form(&visit, &person, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

async fn here(visit: &SignedVisit) -> Result<Person, Fault> {
    Some(read_to(visit, Act::PersonLeft).await?).filter(|person| person.left_at.is_none()).ok_or(Fault::NotFound)
}

async fn gone(visit: &SignedVisit) -> Result<Person, Fault> {
    Some(read_to(visit, Act::PersonChanged).await?).filter(|person| person.left_at.is_some()).ok_or(Fault::NotFound)
}

fn form(visit: &SignedVisit, person: &Person, wrong: Wrong) -> FormPage {
    FormPage {
        identity: Some(Identity::of(visit, person)),
        words: vec![
            "At once and together: their duties end, their account closes, their keys and ways into the filter go, and they are in \
             no class."
                .to_owned(),
            "Their record, and what is in files, stays as long as the school keeps it.".to_owned(),
        ],
        warning: Some("If they come back, all of that is given anew.".to_owned()),
        wrong,
        parts: vec![Part::Kept("revision", person.revision.to_string())],
        button: "They leave",
        is_grave: true,
        ..FormPage::new(frame(visit), "They leave the school", format!("{}/leave", at(person.id)), at(person.id))
    }
}

fn return_form(visit: &SignedVisit, person: &Person, wrong: Wrong) -> FormPage {
    FormPage {
        identity: Some(Identity::of(visit, person)),
        words: vec!["This undoes only that they are marked as having left. Duties, classes, account and ways into the filter are \
             given anew."
            .to_owned()],
        wrong,
        parts: vec![Part::Kept("revision", person.revision.to_string())],
        button: "They are back",
        ..FormPage::new(frame(visit), "They are back", format!("{}/return", at(person.id)), at(person.id))
    }
}
