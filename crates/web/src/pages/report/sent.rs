//! What somebody sees once their report is in: its reference, who reads it and when, and whom to ring meanwhile. Shown once, as the answer to
//! the form, so that nothing of it is kept.

use super::{Sheet, known};
use crate::{
    pages::{Frame, Here, Talk, render},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    access::Hearers,
    concern::door::{Arrived, Concerned, NewReport},
};
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "report/sent.html")]
struct SentPage {
    frame: Frame,
    sheet: Sheet,
    reference: String,
    came_before: bool,
    is_danger: bool,
    reader: &'static str,
    when: Option<String>,
    phrase: Option<Zeroizing<String>>,
    /// Whether they asked for a receipt that was shown with the first sending.
    had_phrase: bool,
    talk: Vec<Talk>,
}

pub(super) async fn page(visit: &DoorVisit, sheet: Sheet, new: &NewReport, arrived: &Arrived) -> Answered {
    let known = known(visit).await;
    let is_about_adult = !sheet.is_for_children()
        && !matches!(new.told.concerned, Concerned::Nobody | Concerned::School | Concerned::Bullying);
    let page = SentPage {
        frame: Frame::new(&visit.sources, Here::Report),
        sheet,
        reference: arrived.reference.clone(),
        came_before: arrived.came_before,
        is_danger: new.is_danger,
        reader: reader(arrived.hearers, new.told.concerned),
        when: known.when.clone(),
        phrase: arrived.phrase.clone(),
        had_phrase: arrived.came_before && new.wants_receipt,
        talk: known.beside(sheet, &visit.sources, visit.caller.now, is_about_adult),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Who reads it, as their office, never as their name.
fn reader(hearers: Hearers, concerned: Concerned) -> &'static str {
    match (hearers, concerned) {
        (Hearers::Child, _) => {
            "the people who keep children safe here: the safeguarding lead, their deputy and the head"
        }
        (Hearers::Adult, Concerned::Head) => "the chair of governors, or whoever stands in for them; the head does not",
        (Hearers::Adult, Concerned::Lead) => "the head, or whoever stands in for them; the safeguarding lead does not",
        (Hearers::Adult, Concerned::Chair) => {
            "the head, or whoever stands in for them; the chair of governors does not"
        }
        (Hearers::Adult, _) => "the head, or whoever stands in for them, and nobody whom it is about",
        (Hearers::Chair, Concerned::Chair) => {
            "the trust; the chair of governors, the head and the safeguarding leads do not"
        }
        (Hearers::Chair, _) => "the chair of governors, or the trust; the head and the safeguarding leads do not",
    }
}
