//! What was stopped for this client, and why, in words fit for whoever reads. A browser does not show the reason when
//! a secure page is refused, so this is where it is found.

use super::{
    Frame, Here, Talk, render,
    unseen::{self, Sight, Whose},
};
use crate::words::capital;
use crate::{visit::Visit, words};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_activity::recent::refusals::Refusal;
use holdfast_core::{
    subject::Subject,
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
    sight: Sight,
    people: Vec<Talk>,
}

/// The page's own words, by who reads.
#[derive(Debug, Clone, Copy)]
struct Says {
    title: &'static str,
    intro: &'static str,
    empty: &'static str,
    /// Why the page may hold less, or somebody else's, where nobody is signed in.
    short_memory: &'static str,
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
    more: u64,
}

pub(crate) fn list(visit: &Visit<'_>) -> Response {
    let sources = visit.sources;
    let found = sources.recent.stopped(None, visit.client, visit.now);
    let ruleset = sources.ruleset.borrow().clone();
    let band = found
        .first()
        .map_or(Band::Unknown, |refusal| ruleset.band(&Subject { group: refusal.group.clone(), ..Subject::unknown() }));
    let whose = found.first().map_or(Whose::Everybody, |refusal| Whose::Group(refusal.group.as_ref()));
    let at_school = sources.school.contacts.iter().map(Talk::from);
    let page = StoppedPage {
        frame: Frame::open(visit, Here::Stopped),
        says: says(band),
        stops: stops(&found, visit),
        sight: unseen::sight(&sources.recent.seen_last_day(visit.now), whose, band),
        people: at_school.chain(help_numbers(band).iter().map(Talk::from)).collect(),
    };
    render(StatusCode::OK, &page)
}

/// One for each site and reason, the newest first: a page that tries the same address over and over would push
/// everything else out of sight.
fn stops(found: &[Arc<Refusal>], visit: &Visit<'_>) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for refusal in found {
        let same = stops
            .iter_mut()
            .find(|stop| stop.host.as_deref() == refusal.host.as_deref() && *stop.words == *refusal.words);
        match same {
            Some(stop) => stop.more = stop.more.saturating_add(refusal.times),
            None => stops.push(stop(refusal, visit)),
        }
    }
    stops
}

fn stop(refusal: &Refusal, visit: &Visit<'_>) -> Stop {
    let zone = &visit.sources.school.zone;
    let when = Timestamp::from_microsecond(refusal.at_micros).map_or_else(
        |_fault| String::new(),
        |at| format!("{}, {}", capital(&words::when(at, visit.now, zone)), words::ago(at, visit.now)),
    );
    Stop {
        host: refusal.host.as_deref().map(str::to_owned),
        words: refusal.words.to_string(),
        when,
        reference: refusal.reference.to_string(),
        more: refusal.times.saturating_sub(1),
    }
}

const SHORT_MEMORY: &str =
    "This page soon forgets. If many people use this computer, a page here may have been stopped for somebody else.";
const SHORT_MEMORY_GROWN: &str = "This page soon forgets what was stopped without sign-in. Where several people share a computer without signing in, it cannot tell them apart.";

fn says(band: Band) -> Says {
    match band {
        Band::Youngest => Says {
            title: "Pages we stopped",
            intro: "This happens to everyone. You are not in trouble.",
            empty: "We have not stopped a page here just now. If we do, you can read why on this page.",
            short_memory: SHORT_MEMORY,
            talk: "You can talk to someone",
        },
        Band::Younger | Band::Unknown => Says {
            title: "Pages that were stopped",
            intro: "These pages were stopped on this computer. This happens to everyone. You are not in trouble.",
            empty: "No page was stopped on this computer lately. If one is, you can read the reason here.",
            short_memory: SHORT_MEMORY,
            talk: "You can talk to someone",
        },
        Band::Older => Says {
            title: "What was stopped, and why",
            intro: "These pages were stopped on this computer lately. Something stopped that you need? Show a member of staff its reference.",
            empty: "Nothing was stopped on this computer lately. When something is, it stands here with the reason.",
            short_memory: SHORT_MEMORY,
            talk: "If something worries you",
        },
        Band::Staff | Band::Visitor => Says {
            title: "What was stopped, and why",
            intro: "These requests were stopped on this computer lately. To have one looked at, give its reference to the network manager.",
            empty: "Nothing was stopped on this computer lately. When something is, it stands here with the reason and a reference.",
            short_memory: SHORT_MEMORY_GROWN,
            talk: "If you are worried about somebody",
        },
    }
}
