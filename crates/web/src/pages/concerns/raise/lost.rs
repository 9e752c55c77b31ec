//! When a form could not be taken: whatever stood in its way, the page that says so has the words in it, to be sent again.

use crate::{
    house::{Lost, Sends},
    kit::Field,
    pages::{Frame, Here, render},
    visit::SignedVisit,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};

/// The fields with words that a person typed and would copy.
const SHOWN: [(&str, &str); 3] =
    [("seen", "What you saw or heard"), ("words", "What the child said"), ("opinion", "What you think")];

#[derive(Template)]
#[template(path = "concerns/lost.html")]
struct LostPage {
    frame: Frame,
    title: &'static str,
    text: &'static str,
    /// Where to sign in again, beside this page.
    signs_in: bool,
    action: String,
    areas: Vec<Field>,
    kept: Vec<(String, String)>,
    token: String,
    can_send: bool,
}

/// The form comes back whole.
pub(crate) fn again(lost: &Lost<'_>) -> Response {
    let (status, title, text, signs_in) = match (lost.is_away, lost.visit) {
        (true, _) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "It was not sent: the records cannot be reached just now",
            "Your words are still on this page. Send it again in a minute, and leave the page open until then. If it stays so, tell the \
             safeguarding lead in person; in danger, ring 999.",
            false,
        ),
        (false, None) => (
            StatusCode::FORBIDDEN,
            "It was not sent: you are signed out",
            "Your words are still on this page. Sign in again in another tab, come back to this one, and send it again.",
            true,
        ),
        (false, Some(visit)) if lost.fields.get("by") != visit.me.person.to_string() => return not_yours(visit),
        (false, Some(_)) => (
            StatusCode::FORBIDDEN,
            "It was not sent yet: look at it once more",
            "You signed in anew since you began. Your words are still on this page. Look at them, and send it again.",
            false,
        ),
    };
    let areas = SHOWN
        .iter()
        .filter(|(name, _)| !lost.fields.exact(name).trim().is_empty())
        .map(|(name, label)| Field::new(*name, *label).value(lost.fields.exact(name)).autocomplete("off"));
    let is_hidden = |name: &str| name != "token" && SHOWN.iter().all(|(shown, _)| *shown != name);
    let frame = match lost.visit {
        Some(visit) => Frame::signed(visit, Here::Concerns),
        None => Frame::new(lost.sources, Here::Nowhere),
    };
    let page = LostPage {
        frame: frame.with_errors(),
        title,
        text,
        signs_in,
        action: lost.path.to_owned(),
        areas: areas.collect(),
        kept: lost
            .fields
            .pairs()
            .filter(|(name, _)| is_hidden(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        token: lost.token.to_owned(),
        can_send: true,
    };
    let mut response = render(status, &page);
    response.extensions_mut().insert(Sends);
    response
}

/// Somebody else began it at this computer: neither are its words shown to whoever sits there now, nor is it sent in their name.
pub(super) fn not_yours(visit: &SignedVisit) -> Response {
    let page = LostPage {
        frame: Frame::signed(visit, Here::Concerns).with_errors(),
        title: "It was not sent: somebody else began this form",
        text: "The page was opened by somebody who was signed in here before. They find what was kept of it under their own concerns. \
               Begin a new one for what you have to say.",
        signs_in: false,
        action: String::new(),
        areas: Vec::new(),
        kept: Vec::new(),
        token: String::new(),
        can_send: false,
    };
    render(StatusCode::FORBIDDEN, &page)
}
