//! Emergency access that somebody took: what it was for, and whether it was right (docs/access.md).

use super::{Link, frame, name, record};
use crate::{
    fields::Fields,
    kit::{Choices, Tag, Tone},
    pages::{
        Frame, announce,
        form::{FormPage, Part, Wrong, comes_back},
        found, render,
        sign_in::with_then,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{Fault, access::Emergency, file::Called, id};

const HERE: &str = "/emergency-accesses";

#[derive(Template)]
#[template(path = "kept/emergencies.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    taker: String,
    when: String,
    record: Option<Link>,
    state: Tag,
    by: String,
    can_review: bool,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let (taken, called) = visit.records.emergencies_called(&visit.session).await?;
    let rows = taken.iter().map(|one| row(&visit, &called, one)).collect();
    Ok(render(StatusCode::OK, &ListPage { frame: frame(&visit), rows }))
}

fn row(visit: &SignedVisit, called: &Called, one: &Emergency) -> Row {
    let (state, by) = match one.reviewed {
        Some((reviewer, true)) => (Tag::new("Found right", Tone::Good), format!("By {}", name(called, reviewer))),
        Some((reviewer, false)) => (Tag::new("Found not right", Tone::Bad), format!("By {}", name(called, reviewer))),
        None if one.is_overdue => (Tag::new("Review is late", Tone::Bad), String::new()),
        None => (Tag::new("To be reviewed", Tone::Warn), String::new()),
    };
    Row {
        id: one.id.to_string(),
        taker: name(called, one.taker),
        when: when(visit, one),
        record: record(visit, one.person, "Whose record it is"),
        state,
        by,
        can_review: is_open(visit, one),
    }
}

/// “today at 09:00, until 09:30”.
fn when(visit: &SignedVisit, one: &Emergency) -> String {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    format!("{}, until {}", words::when(one.taken_at, now, zone), words::hour(one.until, zone))
}

/// Whether whoever asks can review it: somebody else than who took it does.
fn is_open(visit: &SignedVisit, one: &Emergency) -> bool {
    one.reviewed.is_none() && one.taker != visit.me.person
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    if visit.session.unlocked.is_none() {
        // The reason is sealed for those who were told.
        return Ok(found(&with_then("/account/unlock", &visit.caller.path)));
    }
    form(&visit, Wrong::default()).await
}

pub(crate) async fn review(visit: SignedVisit, fields: Fields) -> Answered {
    let was_right = match fields.get("found") {
        "right" => true,
        "not-right" => false,
        _ => return form(&visit, Wrong::at("found", "Say whether it was right to take it.")).await,
    };
    match visit.records.review_emergency(&visit.session, named(&visit)?, was_right).await {
        Ok(()) => {
            let next = if was_right {
                "What you found is in the audit log."
            } else {
                "What you found is in the audit log. Talk with whoever took it; whether more follows is for the head, or for the chair."
            };
            announce(&visit, "Reviewed", next);
            Ok(found(HERE))
        }
        Err(fault) if comes_back(&fault) => form(&visit, Wrong::of(&fault, &[], "")).await,
        Err(fault) => Err(fault),
    }
}

fn named(visit: &SignedVisit) -> Result<id::Emergency, Fault> {
    id::Emergency::parse(visit.places.get("emergency"))
}

async fn form(visit: &SignedVisit, wrong: Wrong) -> Answered {
    let emergency = named(visit)?;
    let (taken, called) = visit.records.emergencies_called(&visit.session).await?;
    let one = taken.iter().find(|one| one.id == emergency).ok_or(Fault::NotFound)?;
    let reason = match visit.records.emergency_reason(&visit.session, emergency).await {
        Ok(reason) => format!("The reason they gave: “{}”", reason.as_str()),
        // To whoever was not told it is not there: the emergency access itself they were shown.
        Err(Fault::Locked(_) | Fault::NotFound) => {
            "The reason they gave is sealed for those who were told when it was taken, and you \
                                                    cannot open it. Ask one of them."
                .to_owned()
        }
        Err(fault) => return Err(fault),
    };
    let mut said = vec![
        format!("{} took emergency access to one person’s records {}.", name(&called, one.taker), when(visit, one)),
        reason,
        "Ask them what they looked for, and whether a deputy or somebody on duty could have been asked. What they opened stands in the \
         audit log."
            .to_owned(),
    ];
    let can_review = is_open(visit, one);
    if !can_review {
        let row = row(visit, &called, one);
        said.push(match one.reviewed {
            Some(_) => format!("{}. {}.", row.state.words, row.by),
            None => "You took it yourself, so somebody else reviews it.".to_owned(),
        });
    }
    let found = Choices::new("found", "Was it right to take it?")
        .option("right", "It was right")
        .option("not-right", "It was not right")
        .error(wrong.field("found"));
    FormPage {
        words: said,
        wrong,
        parts: if can_review { vec![Part::Radios(found)] } else { Vec::new() },
        button: "Record what you found",
        ..FormPage::new(frame(visit), "Emergency access", format!("{HERE}/{emergency}"), HERE)
    }
    .into()
}
