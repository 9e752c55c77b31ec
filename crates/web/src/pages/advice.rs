//! Advice on passwords, signing out and shared computers: shown at the first sign-in, and kept in one's account (I-12, I-17).

use super::{Frame, Here, found, render, sign_in::way_on};
use crate::{
    fields::Fields,
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;

#[derive(Template)]
#[template(path = "account/advice.html")]
struct AdvicePage {
    frame: Frame,
    then: String,
    /// Whether they said already that they have read it.
    is_read: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let then = way_on(visit.query.get("then"));
    let is_read = visit.records.has_read_advice(&visit.session).await?;
    Ok(render(StatusCode::OK, &AdvicePage { frame: Frame::signed(&visit, Here::Account), then, is_read }))
}

pub(crate) async fn read(visit: SignedVisit, fields: Fields) -> Answered {
    visit.records.read_advice(&visit.session).await?;
    Ok(found(&way_on(fields.get("then"))))
}
