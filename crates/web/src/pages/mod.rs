//! The pages, one file for each area: what the template needs, the handler and its tests together.

pub(crate) mod certificate;
pub(crate) mod errors;
pub(crate) mod filter;
pub(crate) mod fixed;
pub(crate) mod help;
mod inspection;
mod metrics;
pub(crate) mod monitor;
pub(crate) mod stopped;
mod unseen;
mod verdicts;

use crate::sources::{Contact, Sources};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use holdfast_core::wording::HelpContact;

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Here {
    Filter,
    Stopped,
    Help,
    Nowhere,
}

/// What every page has around it.
#[derive(Debug)]
struct Frame {
    school: String,
    here: Here,
    /// Reloads the page after this many seconds.
    reload: Option<u32>,
    /// Where "Leave this page" leads; on pages that a child or a worried person may want to leave at once.
    leave_to: Option<String>,
}

impl Frame {
    fn new(sources: &Sources, here: Here) -> Self {
        let is_private = matches!(here, Here::Stopped | Here::Help);
        Self {
            school: sources.school.name.clone(),
            here,
            reload: None,
            leave_to: is_private.then(|| sources.settings.leave_to.clone()),
        }
    }
}

/// Somebody to talk to, as the page shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Talk {
    name: String,
    words: String,
    telephone: Option<Telephone>,
    text: Option<String>,
    web: Option<String>,
    hours: String,
}

/// A number to ring: as people read it and as a telephone takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Telephone {
    shown: String,
    dialled: String,
}

impl Telephone {
    fn new(shown: &str) -> Self {
        let dialled = shown.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect();
        Self { shown: shown.to_owned(), dialled }
    }
}

impl From<&Contact> for Talk {
    fn from(contact: &Contact) -> Self {
        Self {
            name: contact.name.clone(),
            words: contact.words.clone(),
            telephone: contact.telephone.as_deref().map(Telephone::new),
            text: None,
            web: None,
            hours: String::new(),
        }
    }
}

impl From<&HelpContact<'_>> for Talk {
    fn from(contact: &HelpContact<'_>) -> Self {
        let text = contact.text.map(|text| match text.word {
            "" => format!("Text {}", text.number),
            word => format!("Text {word} to {}", text.number),
        });
        Self {
            name: contact.name.to_owned(),
            words: contact.what_for.to_owned(),
            telephone: contact.telephone.map(Telephone::new),
            text,
            web: contact.web.map(str::to_owned),
            hours: contact.hours.to_owned(),
        }
    }
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(fault) => {
            let text = format!(
                "This page could not be made ({fault}). This is a fault in Holdfast; tell your network manager."
            );
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}
