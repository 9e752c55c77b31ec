//! Where to get help. Always reachable, and nobody is told who looked (practice 9): no verb that leaves an entry is asked here, and
//! a store that does not answer at once is gone without.

use super::{Frame, Talk, Telephone, render};
use crate::words::capital;
use crate::{
    sources::Sources,
    visit::{Answered, HelpVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_core::wording::{Audience, Band, National, always_open_help, help_numbers, national_contacts};
use holdfast_records::{
    Fault, Records,
    access::Duty,
    contacts::{ContactBook, ContactFor, LocalContact, TeamMember, hours_words, openness},
    id,
    people::Kind,
};
use jiff::{Timestamp, tz::TimeZone};
use std::time::Duration;
use tokio::time::timeout;

/// How long the page waits for the records. Somebody in need does not wait longer.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "help/help.html")]
struct HelpPage {
    frame: Frame,
    team: Vec<TeamRow>,
    /// Whether the team is known and its names are not for whoever reads.
    hides_names: bool,
    at_school: Vec<Talk>,
    for_everybody: Vec<Talk>,
    for_older: Vec<Talk>,
    for_adults: Vec<Talk>,
    for_staff: Vec<Talk>,
    report: Option<Talk>,
    sites: Vec<Site>,
}

#[derive(Template)]
#[template(path = "help/children.html")]
struct ChildrenPage {
    frame: Frame,
    team: Vec<TeamRow>,
    childline: Option<Talk>,
    report: Option<Talk>,
    report_remove: Option<Talk>,
}

#[derive(Debug)]
struct Site {
    host: String,
    name: String,
}

/// One of the safeguarding team, as the page shows them.
#[derive(Debug, PartialEq, Eq)]
struct TeamRow {
    name: String,
    role: &'static str,
    presence: &'static str,
}

/// What the records add to the page.
#[derive(Default)]
struct Added {
    team: Vec<TeamMember>,
    book: ContactBook,
    names_are_public: bool,
}

pub(crate) async fn page(visit: HelpVisit) -> Answered {
    let added = added(&visit).await;
    let (zone, now) = (&visit.sources.school.zone, visit.now);
    let may_see_names = visit.me.is_some() || added.names_are_public;
    let works_here = visit.me.as_ref().is_some_and(|(me, _)| matches!(me.kind, Kind::Staff | Kind::Governor));
    let local = |audiences: &[ContactFor]| local(&added.book, audiences, now, zone);
    let is_shown = |national: &&National| national.retired.is_none() && national.contact.telephone != Some("999");
    let national = |audiences: &[Audience], is_wanted: &dyn Fn(&National) -> bool| -> Vec<Talk> {
        let wanted = national_contacts().iter().filter(is_shown);
        let wanted = wanted.filter(|national| audiences.contains(&national.contact.for_whom) && is_wanted(national));
        wanted.filter(|national| national.key != "ceop").map(|national| talk(national, now, zone)).collect()
    };
    // The few that stand on a stop come first; the many are for adults, who know what they look for.
    let is_first = |national: &National| help_numbers(Band::Unknown).contains(&national.contact);
    let is_older = |national: &National| !is_first(national) && help_numbers(Band::Older).contains(&national.contact);
    let is_adults = |national: &National| !is_first(national) && !help_numbers(Band::Older).contains(&national.contact);
    let page = HelpPage {
        team: if may_see_names { rows(&added.team) } else { Vec::new() },
        hides_names: !may_see_names && !added.team.is_empty(),
        at_school: at_school(&visit.sources).chain(local(&[ContactFor::Anybody, ContactFor::Children])).collect(),
        for_everybody: national(&[Audience::Anyone, Audience::Children], &is_first),
        for_older: national(&[Audience::Anyone, Audience::Children], &is_older),
        for_adults: local(&[ContactFor::Parents])
            .into_iter()
            .chain(national(&[Audience::AdultsWorried, Audience::Anyone], &is_adults))
            .collect(),
        for_staff: if works_here { local(&[ContactFor::Staff]) } else { Vec::new() }
            .into_iter()
            .chain(national(&[Audience::SchoolStaff], &is_adults))
            .collect(),
        report: by_key("ceop", now, zone),
        sites: sites(&visit.sources),
        frame: Frame::help(&visit),
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn for_children(visit: HelpVisit) -> Answered {
    let added = added(&visit).await;
    let (zone, now) = (&visit.sources.school.zone, visit.now);
    let may_see_names = visit.me.is_some() || added.names_are_public;
    let here: Vec<TeamMember> = added.team.into_iter().filter(|member| !member.is_away).collect();
    let page = ChildrenPage {
        team: if may_see_names { rows(&here) } else { Vec::new() },
        childline: by_key("childline", now, zone),
        report: by_key("ceop", now, zone),
        report_remove: by_key("report-remove", now, zone),
        frame: Frame::help(&visit),
    };
    Ok(render(StatusCode::OK, &page))
}

/// What the records know, where they answer at once.
async fn added(visit: &HelpVisit) -> Added {
    let Some(records) = &visit.records else { return Added::default() };
    let ask = async {
        let school = match &visit.me {
            Some((_, school)) => Some(*school),
            None => school_of(records, &visit.sources).await?,
        };
        let Some(school) = school else { return Ok(Added::default()) };
        Ok::<_, Fault>(Added {
            team: records.safeguarding_team(school).await?,
            book: records.contact_book(school).await?,
            names_are_public: records.names_are_public(school).await?,
        })
    };
    match timeout(AT_ONCE, ask).await {
        Ok(Ok(added)) => added,
        Ok(Err(_)) | Err(_) => Added::default(),
    }
}

/// The school that this page is of, for whoever is not signed in: the only one, or the one whose name the pages bear. Of several of
/// which none is meant, none.
async fn school_of(records: &Records, sources: &Sources) -> Result<Option<id::School>, Fault> {
    records.school_shown_as(&sources.school.name).await
}

fn at_school(sources: &Sources) -> impl Iterator<Item = Talk> {
    sources.school.contacts.iter().map(Talk::from)
}

fn sites(sources: &Sources) -> Vec<Site> {
    let ruleset = sources.ruleset.borrow().clone();
    let own = ruleset.source().help.iter().map(|site| Site { host: site.host.clone(), name: site.name.clone() });
    let national =
        always_open_help().iter().map(|site| Site { host: site.host.to_owned(), name: site.name.to_owned() });
    own.chain(national).collect()
}

fn rows(team: &[TeamMember]) -> Vec<TeamRow> {
    let row = |member: &TeamMember| TeamRow {
        name: member.name.clone(),
        role: match (member.duty, member.is_deputy) {
            (Duty::DesignatedLead, false) => "Safeguarding lead",
            _ => "Deputy safeguarding lead",
        },
        presence: if member.is_away { "Away now" } else { "Not recorded as away" },
    };
    team.iter().map(row).collect()
}

/// The national contact with this key.
pub(in crate::pages) fn by_key(key: &str, now: Timestamp, zone: &TimeZone) -> Option<Talk> {
    national_contacts().iter().find(|national| national.key == key).map(|national| talk(national, now, zone))
}

fn talk(national: &National, now: Timestamp, zone: &TimeZone) -> Talk {
    let hours = match national.open {
        "" | "always" => national.contact.hours.to_owned(),
        open => hours_now(open, now, zone),
    };
    Talk { hours, ..Talk::from(&national.contact) }
}

/// The school's own contacts for these readers: those that answer now first, so that after hours the line for the night is on top (W-11).
fn local(book: &ContactBook, audiences: &[ContactFor], now: Timestamp, zone: &TimeZone) -> Vec<Talk> {
    let mut found: Vec<&LocalContact> =
        book.local.iter().filter(|contact| audiences.contains(&contact.audience)).collect();
    found.sort_by_key(|contact| !openness(&contact.hours, now, zone).is_open());
    found.into_iter().map(|contact| local_talk(contact, now, zone)).collect()
}

/// A contact of the school's area as somebody to talk to.
pub(super) fn local_talk(contact: &LocalContact, now: Timestamp, zone: &TimeZone) -> Talk {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Talk {
        name: contact.name.clone(),
        words: given(&contact.what_for).unwrap_or_else(|| capital(contact.role.title())),
        telephone: given(&contact.telephone).map(|number| Telephone::new(&number)),
        text: None,
        web: given(&contact.web),
        hours: hours_now(&contact.hours, now, zone),
    }
}

/// “Open now, until 16:00. Monday to Friday, 10:00 to 16:00”; nothing where nobody knows.
pub(super) fn hours_now(hours: &str, now: Timestamp, zone: &TimeZone) -> String {
    match hours {
        "" => String::new(),
        "always" => "Any time".to_owned(),
        hours => format!("{}. {}", openness(hours, now, zone).words(now), hours_words(hours)),
    }
}
