//! Spare codes: shown once, to be printed or written down.

use super::{
    super::{Frame, Here, found, render},
    HERE,
};
use crate::{
    fields::Fields,
    seats::{Pending, Under},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "second_step/codes.html")]
struct CodesPage {
    frame: Frame,
    /// The codes, while they are shown; in capitals, as they are read most easily.
    codes: Vec<String>,
    left: usize,
    has_any: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let codes = match visit.seats.pending(visit.seat.number, Under::Codes, visit.caller.now) {
        Some(Pending::Codes(codes)) => codes.0.iter().map(|code| code.to_uppercase()).collect(),
        _ => Vec::new(),
    };
    let has = visit.records.second_steps(&visit.session).await?;
    let page = CodesPage {
        frame: Frame::signed(&visit, Here::Account),
        codes,
        left: has.spare_codes,
        has_any: !has.is_empty(),
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn renew(visit: SignedVisit, _: Fields) -> Answered {
    let codes = visit.records.renew_spare_codes(&visit.session).await?;
    visit.seats.begin(visit.seat.number, Pending::Codes(Arc::new(codes)), visit.caller.now);
    Ok(found("/account/second-step/codes"))
}

pub(crate) async fn kept(visit: SignedVisit, _: Fields) -> Answered {
    visit.seats.finish(visit.seat.number, Under::Codes);
    Ok(found(HERE))
}
