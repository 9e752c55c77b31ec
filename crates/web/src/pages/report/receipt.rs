//! Whether a report was read, for whoever has its phrase. Neutral words; nobody is told that they looked.

use super::{school, talk};
use crate::{
    fields::Fields,
    kit::{Field, Kind, Width},
    pages::{Frame, Here, Talk, render},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::concern::door::Receipt;

#[derive(Template)]
#[template(path = "report/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    reference: Field,
    phrase: Field,
    told: Option<&'static str>,
    talk: Vec<Talk>,
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    Ok(shown(&visit, "", None))
}

pub(crate) async fn show(visit: DoorVisit, fields: Fields) -> Answered {
    let school = school(&visit).await?;
    let reference = fields.get("reference");
    let told = visit.records.report_receipt(school, reference, fields.get("phrase")).await?;
    Ok(shown(&visit, reference, Some(words(told))))
}

fn words(receipt: Receipt) -> &'static str {
    match receipt {
        Receipt::Arrived { is_late: false } => "It has arrived. It has not been read yet.",
        Receipt::Arrived { is_late: true } => {
            "It has arrived, and nobody has read it although somebody should have. Do not wait: ring one of the numbers here, or \
             children’s social care of your council. In danger, ring 999."
        }
        Receipt::Read => "It has been read.",
        Receipt::BeingWorkedOn => "It has been read, and is being worked on.",
        Receipt::Unknown => "There is no receipt with this reference and this code. Look at both again.",
        Receipt::Waits => "That was tried often with a wrong code. Wait a minute, and try once more.",
    }
}

fn shown(visit: &DoorVisit, reference: &str, told: Option<&'static str>) -> axum::response::Response {
    let page = ReceiptPage {
        frame: Frame::new(&visit.sources, Here::Report),
        reference: Field::new("reference", "Reference")
            .kind(Kind::Code)
            .width(Width::Twenty)
            .autocomplete("off")
            .value(reference),
        phrase: Field::new("phrase", "The secret code that was shown with it")
            .kind(Kind::Secret)
            .width(Width::Thirty)
            .autocomplete("off")
            .hint("Five groups of four signs."),
        told,
        talk: talk(&["childline", "nspcc"], &visit.sources, visit.caller.now),
    };
    render(StatusCode::OK, &page)
}
