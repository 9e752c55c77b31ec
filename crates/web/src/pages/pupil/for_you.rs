//! Whether what a child told was read: only for whoever signed in with a password of their own, and only behind that password, typed a
//! moment before (practice 17). The page is there for every pupil, whether they told anything or not, and its title and address say
//! nothing. It shows how far something came, and never what it was.

use crate::{
    fields::Fields,
    kit::{Field, Problem},
    pages::{Frame, Talk, announce, found, help::by_key, render, sign_in::own_place, status},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    concern::Stage,
    id,
    pupil::{Helped, OwnReceipt},
};

/// What a child is told whose password was not right, or who tries again too soon.
const NOT_RIGHT: &str = "That is not right, or it was too soon. Wait a moment. Then try again.";

/// What they are told who pressed twice, came back, or waited long: whatever there is, and whether there is anything.
const ONCE_MORE: &str = "Type your password once more. Then press “Go on”, one time.";

#[derive(Template)]
#[template(path = "pupil/for_you.html")]
struct ForYouPage {
    frame: Frame,
    /// What proves that it is they; nothing where nobody can show a password of their own.
    password: Option<Field>,
    /// The number of this form: with each it is shown once.
    form: String,
    problems: Vec<Problem>,
    childline: Option<Talk>,
}

#[derive(Template)]
#[template(path = "pupil/for_you_shown.html")]
struct ShownPage {
    frame: Frame,
    rows: Vec<Row>,
    childline: Option<Talk>,
}

struct Row {
    day: String,
    words: &'static str,
    /// The receipt, where it is asked whether it helped.
    asks: Option<String>,
}

/// Whether whoever sits there came in with a password of their own: not with their class, pictures, words or another sign-in.
pub(super) fn has_own_password(visit: &SignedVisit) -> bool {
    !visit.seat.is_of_class() && visit.seat.signed_on.is_none() && visit.session.unlocked.is_some()
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    asking(&visit, None)
}

/// Shows it behind the password. Nothing is led on to: what is shown has no address at which it could be found again. A browser that goes
/// back sends the password again by itself: then it is asked for anew.
pub(crate) async fn show(visit: SignedVisit, fields: Fields) -> Answered {
    if !has_own_password(&visit) {
        return asking(&visit, None);
    }
    if !visit.seats.for_you_once.take(fields.get("form"), visit.caller.now) {
        return asking(&visit, Some(ONCE_MORE.to_owned()));
    }
    let (password, place) = (fields.exact("password"), own_place(&visit.seat));
    match visit.records.confirm(&visit.session, password, &place).await {
        Ok(()) => {}
        Err(Fault::NotAllowed(_) | Fault::Wrong(_)) => return asking(&visit, Some(NOT_RIGHT.to_owned())),
        Err(fault) => return Err(fault),
    }
    let receipts = visit.records.own_receipts(&visit.session).await?;
    let page = ShownPage {
        frame: Frame::pupil(&visit).hiding(),
        rows: receipts.iter().map(|receipt| row(receipt, &visit)).collect(),
        childline: childline(&visit),
    };
    Ok(render(StatusCode::OK, &page))
}

/// “Did it help?” (catalogue C-37). What did not help is told to whoever looks after them, as a new report.
pub(crate) async fn helped(visit: SignedVisit, fields: Fields) -> Answered {
    if !has_own_password(&visit) {
        return Err(Fault::NotFound);
    }
    let helped = Helped::from_word(fields.get("helped")).ok_or(Fault::NotFound)?;
    let receipt = id::Row::parse(visit.places.get("receipt"))?;
    visit.records.say_whether_it_helped(&visit.session, receipt, helped).await?;
    let next = match helped {
        Helped::Yes | Helped::Bit => "It helps us to know.",
        Helped::No | Helped::Again => "A grown-up will come to talk with you.",
    };
    announce(&visit, "Thank you", next);
    Ok(found("/for-you"))
}

fn asking(visit: &SignedVisit, wrong: Option<String>) -> Answered {
    let is_wrong = wrong.is_some();
    let problems = wrong.iter().map(|wrong| Problem::at("password", wrong.clone())).collect();
    let field = Field::password("password", "Your password, once more", "current-password").error(wrong);
    let page = ForYouPage {
        frame: Frame::pupil(visit).erring(is_wrong),
        password: has_own_password(visit).then_some(field),
        form: visit.seats.for_you_once.number(visit.caller.now)?,
        problems,
        childline: childline(visit),
    };
    Ok(render(status(is_wrong), &page))
}

fn childline(visit: &SignedVisit) -> Option<Talk> {
    by_key("childline", visit.caller.now, &visit.sources.school.zone)
}

fn row(receipt: &OwnReceipt, visit: &SignedVisit) -> Row {
    let may_ask = receipt.stage == Stage::ActedOn && !receipt.is_answered;
    Row {
        day: words::day(receipt.told_at, &visit.sources.school.zone),
        words: match receipt.stage {
            Stage::Received => "We have it. Someone will read it.",
            Stage::Read => "We have read it.",
            Stage::ActedOn => "It is being worked on.",
        },
        asks: may_ask.then(|| receipt.id.to_string()),
    }
}
