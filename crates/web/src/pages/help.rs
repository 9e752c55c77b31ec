//! Where to get help. Always reachable, and nobody is told who looked (practice 9).

use super::{Frame, Here, Talk, render};
use crate::visit::Visit;
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_core::wording::{Band, HelpContact, always_open_help, help_numbers};

#[derive(Template)]
#[template(path = "help/help.html")]
struct HelpPage {
    frame: Frame,
    at_school: Vec<Talk>,
    for_everybody: Vec<Talk>,
    for_older: Vec<Talk>,
    for_adults: Vec<Talk>,
    sites: Vec<Site>,
}

#[derive(Debug)]
struct Site {
    host: String,
    name: String,
}

pub(crate) fn contacts(visit: &Visit<'_>) -> Response {
    let ruleset = visit.sources.ruleset.borrow().clone();
    let own = ruleset.source().help.iter().map(|site| Site { host: site.host.clone(), name: site.name.clone() });
    let national =
        always_open_help().iter().map(|site| Site { host: site.host.to_owned(), name: site.name.to_owned() });
    let for_children = help_numbers(Band::Unknown);
    let for_older = help_numbers(Band::Older);
    let not_yet = |earlier: &[&[HelpContact<'_>]], contacts: &[HelpContact<'_>]| -> Vec<Talk> {
        let is_new = |contact: &&HelpContact<'_>| !earlier.iter().any(|seen| seen.contains(contact));
        // The emergency number stands at the top of the page.
        contacts.iter().filter(is_new).filter(|contact| contact.telephone != Some("999")).map(Talk::from).collect()
    };
    let page = HelpPage {
        frame: Frame::open(visit, Here::Help),
        at_school: visit.sources.school.contacts.iter().map(Talk::from).collect(),
        for_everybody: not_yet(&[], for_children),
        for_older: not_yet(&[for_children], for_older),
        for_adults: not_yet(&[for_children, for_older], help_numbers(Band::Staff)),
        sites: own.chain(national).collect(),
    };
    render(StatusCode::OK, &page)
}
