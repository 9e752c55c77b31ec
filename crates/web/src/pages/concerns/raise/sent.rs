//! After it was sent: its reference, who can read it, what happens next, whom to ring (pages.md, Manners).

use super::{
    super::{Ring, numbers},
    check::is_grave,
    reading,
};
use crate::{
    pages::{Frame, Here, render},
    visit::{Answered, SignedVisit},
    words::when,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{Fault, id};

#[derive(Template)]
#[template(path = "concerns/sent.html")]
struct SentPage {
    frame: Frame,
    references: Vec<String>,
    when: String,
    reading: String,
    is_grave: bool,
    /// Whether it waits to be placed, because it is about somebody who is not listed.
    is_unlisted: bool,
    /// Whether the child's part was sent at once beside it.
    has_childs_part: bool,
    form: String,
    numbers: Vec<Ring>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let form = id::Row::parse(visit.places.get("form")).map_err(|_odd| Fault::NotFound)?;
    let sent = visit.records.sent_concern(&visit.session, form).await?;
    let page = SentPage {
        frame: Frame::signed(&visit, Here::Concerns),
        has_childs_part: sent.is_unlisted && sent.references.len() > 1,
        references: sent.references,
        when: when(sent.sent_at, visit.caller.now, &visit.sources.school.zone),
        reading: reading(&visit).await?,
        is_grave: is_grave(sent.urgency),
        is_unlisted: sent.is_unlisted,
        form: sent.form.to_string(),
        numbers: numbers(&visit).await?,
    };
    Ok(render(StatusCode::OK, &page))
}
