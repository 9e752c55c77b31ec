//! What is said when there is no page to show. Always with a way on.

use super::{Frame, Here, render};
use crate::sources::Sources;
use askama::Template;
use axum::{http::StatusCode, response::Response};

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    frame: Frame,
    title: &'static str,
    text: &'static str,
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
        _ => (
            "The request could not be understood",
            "Your browser sent something that can be read in two ways. Try again.",
        ),
    };
    render(status, &ErrorPage { frame: Frame::new(sources, Here::Nowhere), title, text })
}
