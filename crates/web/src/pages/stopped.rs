//! What was stopped for this client, and why, in words fit for whoever reads. A browser does not show the reason when
//! a secure page is refused, so this is where it is found.

use super::{Frame, Here, Talk, render};
use crate::{routes::Visit, words};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_core::{
    event::RequestEvent,
    wording::{Band, help_numbers},
};
use jiff::Timestamp;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "stopped/stopped.html")]
struct StoppedPage {
    frame: Frame,
    says: Says,
    stops: Vec<Stop>,
    people: Vec<Talk>,
}

/// The page's own words, by who reads.
#[derive(Debug, Clone, Copy)]
struct Says {
    title: &'static str,
    intro: &'static str,
    empty: &'static str,
    talk: &'static str,
}

#[derive(Debug)]
struct Stop {
    /// `None` where no address may be shown.
    host: Option<String>,
    words: String,
    when: String,
    reference: String,
    /// How many more of the same there are; their references are not shown.
    more: usize,
}

pub(crate) fn list(visit: &Visit<'_>) -> Response {
    let sources = visit.sources;
    let found = sources.recent.stopped(None, visit.client, visit.now);
    let ruleset = sources.ruleset.borrow().clone();
    let band = found.first().map_or(Band::Unknown, |event| ruleset.band(&event.subject));
    let at_school = sources.school.contacts.iter().map(Talk::from);
    let page = StoppedPage {
        frame: Frame::new(sources, Here::Stopped),
        says: says(band),
        stops: stops(&found, visit),
        people: at_school.chain(help_numbers(band).iter().map(Talk::from)).collect(),
    };
    render(StatusCode::OK, &page)
}

/// One for each site and reason, the newest first: a page that tries the same address over and over would push
/// everything else out of sight.
fn stops(found: &[Arc<RequestEvent>], visit: &Visit<'_>) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for event in found {
        let same =
            stops.iter_mut().find(|stop| stop.host.as_deref() == event.host.as_deref() && *stop.words == *event.words);
        match same {
            Some(stop) => stop.more += 1,
            None => stops.push(stop(event, visit)),
        }
    }
    stops
}

fn stop(event: &RequestEvent, visit: &Visit<'_>) -> Stop {
    let zone = &visit.sources.school.zone;
    let when = Timestamp::from_microsecond(event.at_micros).map_or_else(
        |_fault| String::new(),
        |at| format!("{}, {}", capital(&words::when(at, visit.now, zone)), words::ago(at, visit.now)),
    );
    Stop {
        host: event.host.as_deref().map(str::to_owned),
        words: event.words.to_string(),
        when,
        reference: event.reference.to_string(),
        more: 0,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn says(band: Band) -> Says {
    match band {
        Band::Youngest => Says {
            title: "Pages we stopped",
            intro: "This happens to everyone. You are not in trouble.",
            empty: "We have not stopped a page here today. If we do, you can read why on this page.",
            talk: "You can talk to someone",
        },
        Band::Younger | Band::Unknown => Says {
            title: "Pages that were stopped",
            intro: "These pages were stopped on this computer. This happens to everyone. You are not in trouble.",
            empty: "No page was stopped on this computer in the last day. If one is, you can read the reason here.",
            talk: "You can talk to someone",
        },
        Band::Older => Says {
            title: "What was stopped, and why",
            intro: "These pages were stopped on this computer in the last 24 hours. Something stopped that you need? Show a member of staff its reference.",
            empty: "Nothing was stopped on this computer in the last 24 hours. When something is, it stands here with the reason.",
            talk: "If something worries you",
        },
        Band::Staff | Band::Visitor => Says {
            title: "What was stopped, and why",
            intro: "These requests were stopped on this computer in the last 24 hours. To have one looked at, give its reference to the network manager.",
            empty: "Nothing was stopped on this computer in the last 24 hours. When something is, it stands here with the reason and a reference.",
            talk: "If you are worried about somebody",
        },
    }
}
