//! Pupils exempted from a password of their own: each until a day on which it is looked at again (I-05).

use crate::{
    fields::Fields,
    kit::{Choices, DateField, Tag, Tone},
    pages::{
        Frame, Here,
        form::{FormPage, Part, Wrong, boxed, comes_back, day_of, day_typed},
        found,
        people::{Identity, announce, at, frame, may, named, read},
        render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Act,
    pupil::{ExemptReason, Exemption},
};
use jiff::{SignedDuration, Timestamp, civil::Date};

/// From how long before it is due a review is shown as that.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 14);

#[derive(Template)]
#[template(path = "pupil/exemptions.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    why: String,
    approved: String,
    review: String,
    tag: Tag,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let exemptions = visit.records.exemptions(&visit.session).await?;
    let rows = exemptions.iter().map(|exemption| row(&visit, exemption)).collect();
    Ok(render(StatusCode::OK, &ListPage { frame: Frame::signed(&visit, Here::People).hiding(), rows }))
}

fn row(visit: &SignedVisit, exemption: &Exemption) -> Row {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let tag = if exemption.review_by <= now {
        Tag::new("Review is late", Tone::Bad)
    } else if is_due(exemption, now) {
        Tag::new("Review is due", Tone::Warn)
    } else {
        Tag::new("In force", Tone::Good)
    };
    Row {
        id: exemption.person.to_string(),
        name: exemption.full_name.clone(),
        why: words::capital(exemption.reason.title()),
        approved: format!("{}, by {}", words::day(exemption.approved_at, zone), exemption.approver),
        review: words::day(exemption.review_by, zone),
        tag,
    }
}

/// Whether it is to be looked at again soon, or late.
pub(in crate::pages) fn is_due(exemption: &Exemption, now: Timestamp) -> bool {
    now.checked_add(SOON).is_ok_and(|soon| exemption.review_by <= soon)
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    form(&visit, &Fields::default(), Wrong::default()).await
}

pub(crate) async fn exempt(visit: SignedVisit, fields: Fields) -> Answered {
    let person = named(&visit)?;
    let mut wrong = Wrong::default();
    let reason = ExemptReason::from_word(fields.get("reason"));
    if reason.is_none() {
        wrong.0.push(("reason".to_owned(), "Choose why.".to_owned()));
    }
    let review = match day_of(&fields, "review") {
        Ok(Some(day)) => end_of(&visit, day),
        Ok(None) => {
            wrong.0.push(("review".to_owned(), "Write the day on which it is looked at again.".to_owned()));
            None
        }
        Err(words) => {
            wrong.0.push(("review".to_owned(), words));
            None
        }
    };
    let (Some(reason), Some(review)) = (reason, review) else { return form(&visit, &fields, wrong).await };
    match visit.records.exempt_pupil(&visit.session, person, reason, review).await {
        Ok(()) => {
            announce(
                &visit,
                "Recorded",
                "They may be given pictures or words. You are reminded when it is to be looked at again.",
            );
            Ok(found(&format!("{}/sign-in", at(person))))
        }
        Err(fault) if comes_back(&fault) => form(&visit, &fields, Wrong::of(&fault, &[], "review")).await,
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    match visit.records.end_exemption(&visit.session, named(&visit)?).await {
        Ok(()) => announce(
            &visit,
            "Ended",
            "What they have goes on working until somebody changes it, so that nobody is shut out today.",
        ),
        Err(Fault::Changed(words)) => announce(&visit, "Nothing was done", words),
        Err(fault) => return Err(fault),
    }
    Ok(found("/exemptions"))
}

async fn form(visit: &SignedVisit, fields: &Fields, wrong: Wrong) -> Answered {
    let person = named(visit)?;
    if !may(visit, Act::PupilExempted, person).await? {
        return Err(Fault::NotFound);
    }
    let is_readable = may(visit, Act::PersonRead, person).await?;
    let identity = if is_readable { Some(Identity::of(visit, &read(visit).await?)) } else { None };
    let mut reason = Choices::new("reason", "Why have they no password of their own?").error(wrong.field("reason"));
    for one in ExemptReason::ALL {
        reason = reason.option(one.word(), words::capital(one.title()));
    }
    let typed = day_typed(fields, "review");
    let shown = if typed.iter().all(String::is_empty) { boxed(None) } else { typed };
    let review = DateField::new("review", "When is it looked at again?")
        .hint("Within a year. For example, 27 3 2027.")
        .values(shown)
        .error(wrong.field("review"));
    FormPage {
        identity,
        words: vec![
            "They show two pictures or two words instead, in a class that an adult opened. Other pupils see no difference.".to_owned(),
        ],
        parts: vec![Part::Radios(reason.chosen(fields.get("reason"))), Part::Date(review)],
        wrong,
        button: "Record it",
        ..FormPage::new(
            frame(visit),
            "Exempt a pupil from a password",
            format!("{}/exemption", at(person)),
            format!("{}/sign-in", at(person)),
        )
    }
    .into()
}

/// The end of a day at the school.
fn end_of(visit: &SignedVisit, day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.at(0, 0, 0, 0);
    visit.sources.school.zone.to_timestamp(next).ok()
}
