//! Who waits to be let in to what whoever asks can open, and letting them in (docs/sealing.md). Nobody is let in before their key was
//! compared with them: whoever reset a password could else have made themselves another person.

use super::{
    Frame, announce,
    form::{FormPage, Part, Wrong, comes_back},
    found,
    people::{frame, places},
    render,
    sign_in::with_then,
};
use crate::{
    fields::Fields,
    kit::{Area, Choices, Tag, Tone},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault,
    access::FileKind,
    id,
    seal::{Waiting, WaitsFor},
};

const HERE: &str = "/admissions";

#[derive(Template)]
#[template(path = "admissions/list.html")]
struct ListPage {
    frame: Frame,
    places: Vec<Area>,
    rows: Vec<Row>,
}

struct Row {
    person: id::Person,
    name: String,
    state: Tag,
    what: Vec<String>,
    /// Why nothing can be done by whoever asks; else they can let them in.
    not_yet: Option<&'static str>,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    if let Some(elsewhere) = unlock_first(&visit) {
        return Ok(elsewhere);
    }
    let waiting = visit.records.waiting_admissions(&visit.session).await?;
    let rows = waiting.iter().map(|one| row(&visit, one)).collect();
    Ok(render(StatusCode::OK, &ListPage { frame: frame(&visit), places: places(&visit, HERE), rows }))
}

/// What is sealed opens with a password only: whoever came in without one unlocks first.
fn unlock_first(visit: &SignedVisit) -> Option<Response> {
    visit.session.unlocked.is_none().then(|| found(&with_then("/account/unlock", HERE)))
}

fn row(visit: &SignedVisit, one: &Waiting) -> Row {
    let not_yet = if one.fingerprint.is_none() {
        Some("They have no account yet. Once they have one and have chosen a password, you can let them in.")
    } else if one.needs_voucher && one.made_by == Some(visit.me.person) {
        Some("You had this key made yourself, so somebody else confirms it: another to whom concerns come.")
    } else {
        None
    };
    let state = if one.needs_voucher {
        Tag::new("New key: confirm whose it is", Tone::Bad)
    } else {
        Tag::new("Waits", Tone::Warn)
    };
    Row { person: one.person, name: one.name.clone(), state, what: what(one), not_yet }
}

/// What somebody waits for: files by their references, the rest as counts.
fn what(one: &Waiting) -> Vec<String> {
    let mut said = Vec::new();
    for what in &one.what {
        if let WaitsFor::File { reference, kind, .. } = what {
            let about = match kind {
                FileKind::Child => "a child’s file",
                FileKind::StaffConcern => "a confidential file about an adult",
            };
            said.push(format!("{reference}, {about}"));
        }
    }
    let counts = [
        (WaitsFor::Report, "One report from outside", "reports from outside"),
        (WaitsFor::Details, "The confidential details of one person", "people’s confidential details"),
        (WaitsFor::Reason, "One reason of a hold or an emergency access", "reasons of holds and emergency accesses"),
    ];
    for (kind, single, several) in counts {
        match one.what.iter().filter(|what| **what == kind).count() {
            0 => {}
            1 => said.push(single.to_owned()),
            count => said.push(format!("{count} {several}")),
        }
    }
    if said.is_empty() {
        said.push("Nothing that is sealed: they wait to act in their duty".to_owned());
    }
    said
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    if let Some(elsewhere) = unlock_first(&visit) {
        return Ok(elsewhere);
    }
    let waiting = named(&visit).await?;
    form(&visit, &waiting, Wrong::default()).into()
}

pub(crate) async fn admit(visit: SignedVisit, fields: Fields) -> Answered {
    if let Some(elsewhere) = unlock_first(&visit) {
        return Ok(elsewhere);
    }
    let waiting = named(&visit).await?;
    if fields.get("compared") != "yes" {
        let wrong = Wrong::at("compared", "Compare the key with them first, and say that it is the same.");
        return form(&visit, &waiting, wrong).into();
    }
    let key = fields.get("key");
    match visit.records.admit_waiting(&visit.session, waiting.person, Some(key)).await {
        Ok(_) => {
            let words = if waiting.needs_voucher {
                "You confirmed whose key it is. They act in their duties again, and what they wait for opens for them now."
            } else {
                "What they wait for opens for them now, as far as you can open it yourself."
            };
            announce(&visit, "They are let in", format!("{words} It is in the audit log."));
            Ok(found(HERE))
        }
        Err(fault) if comes_back(&fault) => {
            // A key that was replaced is shown anew, to be compared anew.
            let waiting = named(&visit).await?;
            form(&visit, &waiting, Wrong::of(&fault, &[], "")).into()
        }
        Err(fault) => Err(fault),
    }
}

/// Whom the path names, if they wait and whoever asks can let them in.
async fn named(visit: &SignedVisit) -> Result<Waiting, Fault> {
    let person = id::Person::parse(visit.places.get("person"))?;
    let waiting = visit.records.waiting_admissions(&visit.session).await?;
    let one = waiting.into_iter().find(|one| one.person == person).ok_or(Fault::NotFound)?;
    if row(visit, &one).not_yet.is_some() { Err(Fault::NotFound) } else { Ok(one) }
}

fn form(visit: &SignedVisit, waiting: &Waiting, wrong: Wrong) -> FormPage {
    let key = waiting.fingerprint.clone().unwrap_or_default();
    let how = "Ring them on a number that you knew before, or go to them. They find their key under “Your account”, and read it \
        to you; it must be the same sign for sign.";
    let new = waiting.needs_voucher.then(|| {
        let by = match &waiting.maker {
            Some(maker) => format!("{maker} had it made"),
            None => "It was made at the machine’s console".to_owned(),
        };
        format!("This key is new: {by}. Go on only if they tell you themselves that they asked for it.")
    });
    let compared = Choices::new("compared", "Is it the same?")
        .option("yes", "I compared it with them, and it is the same")
        .error(wrong.field("compared"));
    FormPage {
        words: vec![
            format!("{} waits for: {}.", waiting.name, what(waiting).join("; ")),
            format!("Their key: {key}"),
            how.to_owned(),
        ],
        warning: new,
        wrong,
        parts: vec![Part::Ticks(compared), Part::Kept("key", key)],
        button: "Let them in",
        ..FormPage::new(frame(visit), "Let somebody in", format!("{HERE}/{}", waiting.person), HERE)
    }
}
