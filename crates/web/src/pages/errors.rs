//! What is said when there is no page to show. Always with a way on.

use super::{Frame, Here, found, plain, render};
use crate::{sources::Sources, visit::SignedIn};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::Fault;

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    frame: Frame,
    title: &'static str,
    text: String,
    /// Whether what is sealed is to be unlocked first.
    is_locked: bool,
}

/// What such a page says, kept beside it: whoever is signed in is shown it in their own frame, once it is known who that is
/// ([`for_signed_in`]).
#[derive(Debug, Clone)]
pub(crate) struct Told {
    title: &'static str,
    text: String,
    is_locked: bool,
}

/// The same page for somebody who is signed in: with their name and their areas. It says no more than before.
pub(crate) fn for_signed_in(sources: &Sources, who: &SignedIn, mut response: Response) -> Response {
    let Some(Told { title, text, is_locked }) = response.extensions_mut().remove::<Told>() else { return response };
    let page = ErrorPage { frame: Frame::with(sources, who, Here::Nowhere), title, text, is_locked };
    let body = render(response.status(), &page).into_body();
    let (parts, _) = response.into_parts();
    Response::from_parts(parts, body)
}

/// The page for what the records did not do.
pub(crate) fn of(sources: &Sources, fault: &Fault) -> Response {
    let (status, title) = match fault {
        Fault::NotFound => return page(sources, StatusCode::NOT_FOUND),
        Fault::NotAllowed(_) => (StatusCode::FORBIDDEN, "This is not for you to do"),
        Fault::Wrong(_) => (StatusCode::UNPROCESSABLE_ENTITY, "This cannot be done as it was sent"),
        Fault::Changed(_) => (StatusCode::CONFLICT, "Somebody changed this meanwhile"),
        Fault::Locked(_) => (StatusCode::CONFLICT, "This is sealed, and nobody here has unlocked it"),
        Fault::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "The records cannot be reached just now"),
        Fault::Damaged(_) => (StatusCode::INTERNAL_SERVER_ERROR, "The records are not as they were written"),
    };
    let words = match fault {
        // What a store says of itself is for whoever looks after the machine, and may name it.
        Fault::Unavailable(words) | Fault::Damaged(words) => {
            tracing::error!("a page could not be answered: {words}");
            "Nothing was done. Try again in a minute. If it stays so, tell whoever looks after Holdfast at your school: the \
             machine's log says more. In danger, ring 999."
                .to_owned()
        }
        fault => plain(fault),
    };
    let is_locked = matches!(fault, Fault::Locked(_));
    said(sources, status, Told { title, text: words, is_locked })
}

/// Where somebody would send a password in the clear: leads to where they would not, if there is such a place.
pub(crate) fn insecure(sources: &Sources, path: &str) -> Response {
    if let Some(origin) = &sources.settings.secure_origin {
        return found(&format!("{origin}{path}"));
    }
    if path.starts_with("/report/") {
        let words = "This connection is not secure: others on the network could read what you write. Write to us from another \
            place, tell any adult at school, or ring one of the numbers under “Get help”. In danger, ring 999.";
        return told(sources, StatusCode::FORBIDDEN, "You cannot write to us from here", words.to_owned());
    }
    let words = "This connection is not secure: others on the network could read what you send. Signing in works at the \
        computer that runs Holdfast. The other pages work from here.";
    told(sources, StatusCode::FORBIDDEN, "You cannot sign in from here", words.to_owned())
}

/// The page while there are no records: before a school is set up, or while the store does not answer.
pub(crate) fn no_records(sources: &Sources) -> Response {
    let words = "Either no school has been set up on this machine yet, or its store does not answer. Whoever looks after it \
        can find out with “holdfast doctor”. The filter goes on working meanwhile.";
    told(sources, StatusCode::SERVICE_UNAVAILABLE, "There are no records here just now", words.to_owned())
}

fn told(sources: &Sources, status: StatusCode, title: &'static str, text: String) -> Response {
    said(sources, status, Told { title, text, is_locked: false })
}

fn said(sources: &Sources, status: StatusCode, told: Told) -> Response {
    let Told { title, text, is_locked } = told.clone();
    let page = ErrorPage { frame: Frame::new(sources, Here::Nowhere), title, text, is_locked };
    let mut response = render(status, &page);
    response.extensions_mut().insert(told);
    response
}

/// The page for a request that cannot be answered.
pub(crate) fn page(sources: &Sources, status: StatusCode) -> Response {
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (
            "There is no such page here",
            "The address may be mistyped, or the page may have moved. Nothing is wrong with your computer.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("That cannot be done here", "This page can be read, but nothing can be sent to it.")
        }
        StatusCode::MISDIRECTED_REQUEST => (
            "This is not the site you asked for",
            "The name in the address is not one of Holdfast's own names, so nothing is shown under it. \
             If your school uses this name for Holdfast, the network manager can add it to the settings.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "How the filter is doing cannot be read just now",
            "Most likely the disk of the computer that runs Holdfast does not answer. Try again in a minute. If it stays \
             so, tell the network manager. The other pages work.",
        ),
        StatusCode::FORBIDDEN => (
            "This form was not sent from its own page",
            "Nothing was done. You may have been signed out meanwhile, or another site sent it in your name. Go back, load the \
             page again, and try once more.",
        ),
        StatusCode::REQUEST_TIMEOUT => ("It took too long to arrive", "Nothing was done. Try again."),
        StatusCode::PAYLOAD_TOO_LARGE => ("This is more than can be taken in", "Nothing was done. Send less at once."),
        _ => (
            "The request could not be understood",
            "Your browser sent something that can be read in two ways. Try again.",
        ),
    };
    told(sources, status, title, text.to_owned())
}
