//! When a form with words could not be taken: whatever stood in its way, the page that says so has the words in it, to be sent again or
//! copied. They are in that page alone: nothing is kept on the device, and nobody else who sits there is shown them.

use super::{Frame, Here, form::day_typed, render};
use crate::{
    house::{BEGUN_BY, Lost, Obstacle, may_ask},
    kit::{Field, Row},
    visit::SignedVisit,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};

/// A kind of form with words.
pub(super) struct Words {
    /// Its fields that a person typed and would copy, with what each is called.
    pub(super) shown: &'static [(&'static str, &'static str)],
    /// Its fields that were chosen, days and times among them, with what each is called: where it cannot be sent again they are told, so
    /// that they can be copied too.
    pub(super) chosen: &'static [(&'static str, &'static str)],
    /// What somebody else is told who sits there by then, and where they go on.
    pub(super) to_others: &'static str,
    pub(super) goes_on: (&'static str, &'static str),
    pub(super) here: Here,
    /// Whether the script sends it again by itself. Only what has a number may: it asks once for what it was told, and once to show it.
    pub(super) has_number: bool,
}

/// What stood in the way, as the page says it.
struct Said {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
    /// What is done first, in another tab.
    first: Option<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "concerns/lost.html")]
struct LostPage {
    frame: Frame,
    said: Said,
    action: String,
    areas: Vec<Field>,
    /// What was chosen, where it can only be copied.
    chosen: Vec<Row>,
    kept: Vec<(String, String)>,
    token: String,
    can_send: bool,
    has_number: bool,
    goes_on: (&'static str, &'static str),
}

/// The form comes back whole.
pub(super) fn page(words: &Words, lost: &Lost<'_>) -> Response {
    let said = match (lost.obstacle, lost.visit) {
        (Obstacle::SomebodyElses, Some(visit)) => return to_others(words, visit),
        (obstacle, _) => said(obstacle),
    };
    let is_shown = |name: &str| words.shown.iter().any(|(shown, _)| *shown == name);
    let areas = words
        .shown
        .iter()
        .filter(|(name, _)| !lost.fields.exact(name).trim().is_empty())
        .map(|(name, label)| Field::new(*name, *label).value(lost.fields.exact(name)).autocomplete("off"));
    let kept = lost.fields.pairs().filter(|(name, _)| *name != "token" && !is_shown(name));
    let status = said.status;
    let can_send = lost.obstacle != Obstacle::Gone;
    let page = LostPage {
        frame: Frame::lost(lost, words.here),
        said,
        chosen: if can_send { Vec::new() } else { chosen(words, lost) },
        action: lost.path.to_owned(),
        areas: areas.collect(),
        kept: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        token: lost.token.to_owned(),
        can_send,
        has_number: words.has_number,
        goes_on: words.goes_on,
    };
    let page = render(status, &page);
    if words.has_number && can_send { may_ask(page) } else { page }
}

/// What was chosen, as it was sent: a day from its three boxes, and the word of each answer.
fn chosen(words: &Words, lost: &Lost<'_>) -> Vec<Row> {
    let one = |(name, label): &(&str, &str)| {
        let day = day_typed(lost.fields, name);
        let day = day.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        // The field that says who began the form is no answer.
        let words = lost.fields.all(name).filter(|word| !word.is_empty() && *name != BEGUN_BY);
        let answers: Vec<String> = words.map(|word| word.replace('-', " ")).collect();
        let value = if day.is_empty() { answers.join(", ") } else { day };
        (!value.is_empty()).then(|| Row::new(*label, value))
    };
    words.chosen.iter().filter_map(one).collect()
}

fn said(obstacle: Obstacle) -> Said {
    let refused = |title, text, first| Said { status: StatusCode::FORBIDDEN, title, text, first };
    match obstacle {
        Obstacle::Away => Said {
            status: StatusCode::SERVICE_UNAVAILABLE,
            title: "It was not sent: the records cannot be reached just now",
            text: "Your words are still on this page. Send it again in a minute, and leave the page open until then. If it stays so, tell the \
                   safeguarding lead in person; in danger, ring 999.",
            first: None,
        },
        Obstacle::SignedOut => refused(
            "It was not sent: you are signed out",
            "Your words are still on this page. Sign in again in another tab, come back to this one, and send it again.",
            Some(("/sign-in", "Sign in again")),
        ),
        Obstacle::Unconfirmed => refused(
            "It was not sent yet: confirm that it is you",
            "Your words are still on this page. Confirm that it is you in another tab, come back to this one, and send it again.",
            Some(("/account/confirm", "Confirm that it is you")),
        ),
        Obstacle::Locked => refused(
            "It was not sent: what is sealed is not unlocked",
            "Your words are still on this page. Unlock it in another tab, come back to this one, and send it again.",
            Some(("/account/unlock", "Unlock it with your password")),
        ),
        Obstacle::Gone => Said {
            status: StatusCode::NOT_FOUND,
            title: "It was not sent: what you wrote it for is not there for you now",
            text: "It may have been moved, divided or placed meanwhile, or it is not yours to see. Your words are still on this page: copy what \
                   you need, and look for where it is now. What you have seen or heard yourself you can always raise as a concern.",
            first: None,
        },
        Obstacle::SignedInAnew | Obstacle::SomebodyElses => refused(
            "It was not sent yet: look at it once more",
            "You signed in anew since you began. Your words are still on this page. Look at them, and send it again.",
            None,
        ),
    }
}

/// Somebody else began it at this computer: neither are its words shown to whoever sits there now, nor is it sent in their name.
pub(super) fn to_others(words: &Words, visit: &SignedVisit) -> Response {
    let said = Said {
        status: StatusCode::FORBIDDEN,
        title: "It was not sent: somebody else began this form",
        text: words.to_others,
        first: None,
    };
    let page = LostPage {
        frame: Frame::signed(visit, words.here).with_errors(),
        said,
        action: String::new(),
        areas: Vec::new(),
        chosen: Vec::new(),
        kept: Vec::new(),
        token: String::new(),
        can_send: false,
        has_number: false,
        goes_on: words.goes_on,
    };
    render(StatusCode::FORBIDDEN, &page)
}
