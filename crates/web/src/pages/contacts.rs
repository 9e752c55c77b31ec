//! Whom to turn to outside the school: the school's own area, written down by people, and the national lines.

use super::announce;
use super::{Frame, Here, found, help::hours_now, plain, render};
use crate::words::capital;
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind, Problem, Tag, Tone, Width},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_core::{
    host::Host,
    wording::{Audience, NATIONAL_EDITION, National, always_open_help, national_contacts},
};
use holdfast_records::{
    Fault,
    access::Capability,
    contacts::{
        Confirmed, ContactFor, ContactRole, LinkFound, LinkLook, LocalContact, NewContact, WhyEnded, hours_words,
    },
    id,
};
use std::collections::BTreeMap;
use url::Url;

#[derive(Template)]
#[template(path = "contacts/contacts.html")]
struct ContactsPage {
    frame: Frame,
    may_change: bool,
    local: Vec<ContactRow>,
    missing: Vec<String>,
    national: Vec<ContactRow>,
    retired: Vec<(&'static str, &'static str)>,
    edition: &'static str,
}

/// A contact, as the page shows it.
struct ContactRow {
    /// Its id or word, for what can be done about it.
    key: String,
    name: String,
    what: String,
    telephone: Option<(String, String)>,
    web: Option<String>,
    text: Option<String>,
    hours: String,
    audience: &'static str,
    source: String,
    confirmed: String,
    confirmed_tag: Tag,
    link: Option<(Tag, String)>,
    /// Whether the filter may stop the page for somebody.
    may_be_stopped: bool,
}

#[derive(Template)]
#[template(path = "contacts/form.html")]
struct FormPage {
    frame: Frame,
    title: &'static str,
    action: String,
    problems: Vec<Problem>,
    role: Choices,
    name: Field,
    telephone: Field,
    web: Field,
    hours: Field,
    what_for: Field,
    audience: Choices,
    source: Field,
}

#[derive(Template)]
#[template(path = "contacts/end.html")]
struct EndPage {
    frame: Frame,
    key: String,
    name: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let school = visit.session.school;
    let book = visit.records.contact_book(school).await?;
    let links = visit.records.links(school).await?;
    let links: BTreeMap<&str, &LinkLook> = links.iter().map(|look| (look.address.as_str(), look)).collect();
    let local = book.local.iter().map(|contact| local_row(contact, &links, &visit)).collect();
    let national = national_contacts().iter().filter(|national| national.retired.is_none()).map(|national| {
        let confirmed = book.national.get(national.key).copied().unwrap_or_default();
        national_row(national, confirmed, &links, &visit)
    });
    let page = ContactsPage {
        may_change: visit.me.may(Capability::ChangeContacts),
        local,
        missing: book.missing.iter().map(|role| capital(role.title())).collect(),
        national: national.collect(),
        retired: national_contacts()
            .iter()
            .filter_map(|national| Some((national.contact.name, national.retired?)))
            .collect(),
        edition: NATIONAL_EDITION,
        frame: Frame::signed(&visit, Here::Contacts),
    };
    Ok(render(StatusCode::OK, &page))
}

fn local_row(contact: &LocalContact, links: &BTreeMap<&str, &LinkLook>, visit: &SignedVisit) -> ContactRow {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let what = if contact.what_for.is_empty() {
        capital(contact.role.title())
    } else {
        format!("{}. {}", capital(contact.role.title()), contact.what_for)
    };
    let (confirmed, confirmed_tag) = said(contact.confirmed, visit);
    ContactRow {
        key: contact.id.to_string(),
        name: contact.name.clone(),
        what,
        telephone: (!contact.telephone.is_empty()).then(|| dialled(&contact.telephone)),
        web: (!contact.web.is_empty()).then(|| contact.web.clone()),
        text: None,
        hours: hours_now(&contact.hours, now, zone),
        audience: contact.audience.title(),
        source: format!("{}, {}", contact.source, words::day(contact.recorded_at, zone)),
        confirmed,
        confirmed_tag,
        link: link(links.get(contact.web.as_str()).copied(), visit),
        may_be_stopped: !contact.web.is_empty() && !is_always_open(&contact.web, visit),
    }
}

fn national_row(
    national: &National,
    confirmed: Confirmed,
    links: &BTreeMap<&str, &LinkLook>,
    visit: &SignedVisit,
) -> ContactRow {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let contact = national.contact;
    let (confirmed, confirmed_tag) = said(confirmed, visit);
    let text = contact.text.map(|text| format!("Text {} to {}", text.word, text.number));
    ContactRow {
        key: national.key.to_owned(),
        name: contact.name.to_owned(),
        what: contact.what_for.to_owned(),
        telephone: contact.telephone.map(dialled),
        web: contact.web.map(str::to_owned),
        text,
        hours: hours_now(national.open, now, zone),
        audience: match contact.for_whom {
            Audience::Anyone => "anybody",
            Audience::Children => "children",
            Audience::AdultsWorried => "parents and carers",
            Audience::SchoolStaff => "staff",
        },
        // Where its own page is what it is known from, that stands beside it already.
        source: if contact.web == Some(contact.source) { String::new() } else { contact.source.to_owned() },
        confirmed,
        confirmed_tag,
        link: contact.web.and_then(|web| link(links.get(web).copied(), visit)),
        may_be_stopped: false,
    }
}

fn dialled(number: &str) -> (String, String) {
    let number = super::Telephone::new(number);
    (number.shown, number.dialled)
}

fn said(confirmed: Confirmed, visit: &SignedVisit) -> (String, Tag) {
    let when = confirmed.at.map(|at| words::day(at, &visit.sources.school.zone));
    match (when, confirmed.is_due) {
        (None, _) => ("Nobody here has looked whether it is right".to_owned(), Tag::new("To be confirmed", Tone::Warn)),
        (Some(when), true) => (format!("Last found right on {when}"), Tag::new("Look again", Tone::Warn)),
        (Some(when), false) => (format!("Found right on {when}"), Tag::new("Confirmed", Tone::Good)),
    }
}

fn link(look: Option<&LinkLook>, visit: &SignedVisit) -> Option<(Tag, String)> {
    let look = look?;
    let tone = match look.found {
        LinkFound::Works => Tone::Good,
        LinkFound::Moved | LinkFound::Unsure => Tone::Warn,
        LinkFound::Broken => Tone::Bad,
        LinkFound::NotChecked => Tone::Plain,
    };
    let when = words::when(look.looked, visit.caller.now, &visit.sources.school.zone);
    Some((Tag::new(look.found.title(), tone), format!("Asked {when}. {}", look.words)))
}

/// Whether the filter never stops this site, by the national list or the school's policy.
fn is_always_open(web: &str, visit: &SignedVisit) -> bool {
    let host = Url::parse(web).ok().and_then(|address| Host::parse(address.host_str()?).ok());
    let Some(host) = host else { return false };
    let ruleset = visit.sources.ruleset.borrow().clone();
    always_open_help().iter().any(|site| host.is_within(site.host))
        || ruleset.source().help.iter().any(|site| host.is_within(&site.host))
}

pub(crate) async fn new_page(visit: SignedVisit) -> Answered {
    let role = ContactRole::from_word(visit.query.get("role")).map_or("", ContactRole::word);
    let typed = Typed { role: role.to_owned(), ..Typed::default() };
    Ok(render(StatusCode::OK, &form(&visit, "Write a contact down", "/contacts/new", &typed, &[])))
}

pub(crate) async fn write_new(visit: SignedVisit, fields: Fields) -> Answered {
    write(visit, &fields, "Write a contact down", "/contacts/new".to_owned(), None).await
}

pub(crate) async fn change_page(visit: SignedVisit) -> Answered {
    let contact = one(&visit).await?;
    let typed = Typed {
        role: contact.role.word().to_owned(),
        name: contact.name,
        telephone: contact.telephone,
        web: contact.web,
        hours: contact.hours,
        what_for: contact.what_for,
        audience: contact.audience.word().to_owned(),
        source: contact.source,
    };
    let action = format!("/contacts/{}/change", contact.id);
    Ok(render(StatusCode::OK, &form(&visit, "Change a contact", &action, &typed, &[])))
}

pub(crate) async fn write_anew(visit: SignedVisit, fields: Fields) -> Answered {
    let old = one(&visit).await?.id;
    write(visit, &fields, "Change a contact", format!("/contacts/{old}/change"), Some(old)).await
}

pub(crate) async fn end_page(visit: SignedVisit) -> Answered {
    let contact = one(&visit).await?;
    let frame = Frame::signed(&visit, Here::Contacts);
    Ok(render(StatusCode::OK, &EndPage { frame, key: contact.id.to_string(), name: contact.name }))
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    let contact = one(&visit).await?;
    visit.records.end_contact(&visit.session, contact.id, WhyEnded::Retired).await?;
    announce(&visit, "The contact has ended", "It is shown to nobody any more. The log keeps who ended it.");
    Ok(found("/contacts"))
}

pub(crate) async fn confirm(visit: SignedVisit, _: Fields) -> Answered {
    visit.records.confirm_contact(&visit.session, visit.places.get("contact")).await?;
    announce(&visit, "Thank you", "It is kept that you found this contact right today.");
    Ok(found("/contacts"))
}

async fn one(visit: &SignedVisit) -> Result<LocalContact, Fault> {
    let id = id::Row::parse(visit.places.get("contact"))?;
    let book = visit.records.contact_book(visit.session.school).await?;
    book.local.into_iter().find(|contact| contact.id == id).ok_or(Fault::NotFound)
}

/// What somebody typed.
#[derive(Default)]
struct Typed {
    role: String,
    name: String,
    telephone: String,
    web: String,
    hours: String,
    what_for: String,
    audience: String,
    source: String,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        let get = |name: &str| fields.get(name).to_owned();
        Self {
            role: get("role"),
            name: get("name"),
            telephone: get("telephone"),
            web: get("web"),
            hours: get("hours"),
            what_for: get("what_for"),
            audience: get("audience"),
            source: get("source"),
        }
    }
}

async fn write(
    visit: SignedVisit,
    fields: &Fields,
    title: &'static str,
    action: String,
    in_place_of: Option<id::Row>,
) -> Answered {
    let typed = Typed::read(fields);
    let mut problems: Vec<(&'static str, String)> = Vec::new();
    let role = ContactRole::from_word(&typed.role);
    let audience = ContactFor::from_word(&typed.audience);
    if role.is_none() {
        problems.push(("role", "Say what it is.".to_owned()));
    }
    if audience.is_none() {
        problems.push(("audience", "Say whom it is for.".to_owned()));
    }
    let new = NewContact {
        role: role.unwrap_or(ContactRole::Other),
        name: &typed.name,
        telephone: &typed.telephone,
        web: &typed.web,
        hours: &typed.hours,
        what_for: &typed.what_for,
        audience: audience.unwrap_or(ContactFor::Staff),
        source: &typed.source,
    };
    problems.extend(new.problems());
    if problems.is_empty() {
        match visit.records.write_contact(&visit.session, new, in_place_of).await {
            Ok(_) => {
                let said = "It stands on the pages of whom it is for from now on. Its web address is asked once a day.";
                announce(&visit, "The contact is written down", said);
                return Ok(found("/contacts"));
            }
            Err(fault @ Fault::Wrong(_)) => problems.push(("name", plain(&fault))),
            Err(fault) => return Err(fault),
        }
    }
    Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &form(&visit, title, &action, &typed, &problems)))
}

fn form(
    visit: &SignedVisit,
    title: &'static str,
    action: &str,
    typed: &Typed,
    problems: &[(&'static str, String)],
) -> FormPage {
    let error = |name: &str| problems.iter().find(|(field, _)| *field == name).map(|(_, words)| words.clone());
    let roles = ContactRole::ALL
        .iter()
        .fold(Choices::new("role", "What is it?"), |roles, role| roles.option(role.word(), capital(role.title())));
    let audiences = ContactFor::ALL.iter().fold(Choices::new("audience", "Whom is it for?"), |audiences, audience| {
        audiences.option(audience.word(), capital(audience.title()))
    });
    let frame = Frame::signed(visit, Here::Contacts);
    let hours = "mon-fri 09:00-17:00. For a night line, mon-sun 17:00-08:30, sat-sun 08:30-17:00. “always” for any time. Leave it \
                 empty if you do not know.";
    let hours_read = hours_words(&typed.hours);
    let hours = if hours_read.is_empty() { hours.to_owned() } else { format!("{hours} Now: {hours_read}.") };
    FormPage {
        frame: if problems.is_empty() { frame } else { frame.with_errors() },
        title,
        action: action.to_owned(),
        problems: problems.iter().map(|(field, words)| Problem::at(*field, words.as_str())).collect(),
        role: roles.chosen(&typed.role).error(error("role")),
        name: Field::new("name", "What is it called here?")
            .hint("For example, the name of the team at your council")
            .value(typed.name.as_str())
            .error(error("name")),
        telephone: Field::new("telephone", "Telephone number")
            .kind(Kind::Telephone)
            .width(Width::Twenty)
            .value(typed.telephone.as_str())
            .error(error("telephone")),
        web: Field::new("web", "Web address")
            .hint("It begins with https://")
            .kind(Kind::Code)
            .value(typed.web.as_str())
            .error(error("web")),
        hours: Field::new("hours", "When does somebody answer?")
            .hint(hours)
            .kind(Kind::Code)
            .value(typed.hours.as_str())
            .error(error("hours")),
        what_for: Field::new("what_for", "What is it good for?")
            .hint("One short sentence. May be left empty.")
            .value(typed.what_for.as_str())
            .error(error("what_for")),
        audience: audiences.chosen(&typed.audience).error(error("audience")),
        source: Field::new("source", "From where do you know it?")
            .hint("A web page, a letter, whom you rang. So that others can look whether it is still right.")
            .value(typed.source.as_str())
            .error(error("source")),
    }
}
