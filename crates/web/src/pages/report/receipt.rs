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
    /// The number of this form: with each it is shown once.
    form: String,
    told: Option<&'static str>,
    talk: Vec<Talk>,
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    shown(&visit, "", None)
}

/// A browser that goes back sends the code again by itself, whoever sits there by then: then it is asked for anew.
pub(crate) async fn show(visit: DoorVisit, fields: Fields) -> Answered {
    if !visit.seats.receipts_once.take(fields.get("form"), visit.caller.now) {
        return shown(&visit, "", Some("Type the reference and the code once more. What they show is shown once."));
    }
    let school = school(&visit).await?;
    let reference = fields.get("reference");
    let told = visit.records.report_receipt(school, reference, fields.get("phrase")).await?;
    shown(&visit, reference, Some(words(told)))
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

fn shown(visit: &DoorVisit, reference: &str, told: Option<&'static str>) -> Answered {
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
        form: visit.seats.receipts_once.number(visit.caller.now)?,
        told,
        talk: talk(&["childline", "nspcc"], &visit.sources, visit.caller.now),
    };
    Ok(render(StatusCode::OK, &page))
}
