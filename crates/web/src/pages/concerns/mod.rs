//! Concerns: raising one, one's own, paper forms, and answering one (pages.md, Concerns).

pub(crate) mod advice;
pub(crate) mod case;
pub(crate) mod child;
pub(crate) mod class;
pub(crate) mod closing;
pub(crate) mod debrief;
pub(crate) mod decide;
pub(crate) mod harm;
pub(crate) mod lists;
pub(crate) mod mend;
pub(crate) mod own;
pub(crate) mod paper;
pub(crate) mod part_of;
pub(crate) mod raise;
pub(crate) mod search;
mod shared;
mod threshold;
pub(crate) mod trends;
pub(crate) mod work;

use super::{
    Here, Telephone, help,
    lost::{self, Words},
};
use crate::{house::Lost, visit::SignedVisit};
use axum::response::Response;
use holdfast_records::{
    Fault,
    access::{Duty, FileKind},
    concern::Reader,
    contacts::{ContactBook, ContactRole, LocalContact, openness},
    id,
    people::Kind,
};
use jiff::{Timestamp, tz::TimeZone};

/// What is typed when a concern is answered.
const ANSWERS: Words = Words {
    shown: &[
        ("text", "What you wrote"),
        ("words", "What you wrote"),
        ("spoke_to", "Whom you spoke to"),
        ("outcome", "What came of it"),
        ("reason", "Why"),
        ("why", "Why"),
        ("reasoning", "Why this level"),
        ("local", "What your partnership calls it"),
        ("referred_to", "To whom it is referred"),
        ("policy", "By which of your policies"),
        ("sanction_note", "About the sanction"),
        ("support_note", "About support"),
        ("family_note", "About support for a parent or carer"),
        ("finding_note", "What follows from what was found"),
        ("question", "What you are not sure of"),
        ("whom", "Whom you ask"),
        ("adviser", "Who advised"),
        ("who", "Who was there"),
        ("lessons", "What was learned"),
        ("reference", "Reference"),
    ],
    chosen: &[
        ("agency", "Whom you rang"),
        ("day", "Day"),
        ("time", "Time"),
        ("kind", "What it is"),
        ("extent", "What it is"),
        ("course", "What is done"),
        ("level", "Level"),
        ("grounds", "Why the school acts"),
        ("harm", "Whether it may be harm in the family"),
        ("review", "Looked at again on"),
        ("due", "Until which day"),
        ("held_on", "When you sat together"),
        ("sanction", "Sanction"),
        ("support", "Support"),
        ("family", "Support for a parent or carer"),
        ("finding", "What was found"),
    ],
    to_others: "The page was opened by somebody who was signed in here before. What they typed is shown to nobody else. Open the concern \
                again for what you have to write.",
    goes_on: ("/today", "Go to Today"),
    here: Here::Concerns,
    has_number: false,
};

/// A form of answering that could not be taken comes back whole.
pub(crate) fn again(lost: &Lost<'_>) -> Response {
    lost::page(&ANSWERS, lost)
}

/// Somebody to ring, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ring {
    name: String,
    telephone: Option<Telephone>,
    words: String,
    /// Whether it answers at this hour, as far as is known.
    is_open: bool,
}

/// Whether somebody raises concerns on the pages for adults: who works here, governs, or holds a duty.
pub(crate) fn raises(kind: Kind, duties: &[Duty]) -> bool {
    matches!(kind, Kind::Staff | Kind::Governor) || !duties.is_empty()
}

/// These pages are for adults of the school; pupils have their own.
fn adults_only(visit: &SignedVisit) -> Result<(), Fault> {
    if raises(visit.me.kind, &visit.me.duties) { Ok(()) } else { Err(Fault::NotFound) }
}

/// The numbers to ring outside the school, never behind anything (practice 2, 30): 999, the designated officer for what is about an
/// adult, social care as it answers at this hour.
async fn numbers(visit: &SignedVisit) -> Result<Vec<Ring>, Fault> {
    let book = visit.records.contact_book(visit.session.school).await?;
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let mut rings = vec![Ring {
        name: "Police or ambulance".to_owned(),
        telephone: Some(Telephone::new("999")),
        words: "Somebody is in danger now.".to_owned(),
        is_open: true,
    }];
    let roles = [ContactRole::SocialCare, ContactRole::SocialCareNight, ContactRole::DesignatedOfficer];
    rings.extend(roles.iter().flat_map(|role| of_role(&book, *role, now, zone)));
    // Who does not answer at this hour stands behind who does.
    rings.sort_by_key(|ring| !ring.is_open);
    for role in [ContactRole::DesignatedOfficer, ContactRole::SocialCare] {
        rings.extend(not_written(&book, role));
    }
    Ok(rings)
}

/// The designated officer alone, for whoever writes about an adult (practice 10).
async fn officer(visit: &SignedVisit) -> Result<Vec<Ring>, Fault> {
    let book = visit.records.contact_book(visit.session.school).await?;
    let mut rings = of_role(&book, ContactRole::DesignatedOfficer, visit.caller.now, &visit.sources.school.zone);
    rings.extend(not_written(&book, ContactRole::DesignatedOfficer));
    Ok(rings)
}

/// Children’s social care as it answers at this hour, in words: “the out-of-hours team, 01632 960 999”.
async fn care_now(visit: &SignedVisit) -> Result<String, Fault> {
    let book = visit.records.contact_book(visit.session.school).await?;
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let open = book.local.iter().find(|contact| {
        matches!(contact.role, ContactRole::SocialCare | ContactRole::SocialCareNight)
            && !contact.telephone.is_empty()
            && openness(&contact.hours, now, zone).is_open()
    });
    Ok(open.map_or_else(
        || "children’s social care".to_owned(),
        |contact| format!("{}, {}", contact.name, contact.telephone),
    ))
}

/// The school’s contacts of a role, those that answer now first.
fn of_role(book: &ContactBook, role: ContactRole, now: Timestamp, zone: &TimeZone) -> Vec<Ring> {
    let mut contacts: Vec<_> = book.local.iter().filter(|contact| contact.role == role).collect();
    contacts.sort_by_key(|contact| !openness(&contact.hours, now, zone).is_open());
    let ring = |contact: &LocalContact| {
        let words = match role {
            ContactRole::DesignatedOfficer => OFFICER,
            _ => "A child is being harmed, or is likely to be.",
        };
        let hours = help::hours_now(&contact.hours, now, zone);
        Ring {
            name: contact.name.clone(),
            telephone: (!contact.telephone.is_empty()).then(|| Telephone::new(&contact.telephone)),
            words: if hours.is_empty() { words.to_owned() } else { format!("{words} {hours}") },
            is_open: openness(&contact.hours, now, zone).is_open(),
        }
    };
    contacts.into_iter().map(ring).collect()
}

/// Who puts one through, where the school wrote no contact of this role down.
fn not_written(book: &ContactBook, role: ContactRole) -> Option<Ring> {
    let (name, words) = match role {
        ContactRole::DesignatedOfficer => ("The local authority’s designated officer (LADO)", OFFICER),
        _ => (
            "Children’s social care of the council",
            "A child is being harmed, or is likely to be: by day and at night.",
        ),
    };
    let is_written = book.local.iter().any(|contact| contact.role == role);
    (!is_written).then(|| Ring {
        name: name.to_owned(),
        telephone: None,
        words: format!(
            "{words} The school has not written the number down; the council’s switchboard puts you through."
        ),
        is_open: false,
    })
}

/// What the designated officer is rung for.
const OFFICER: &str = "About an adult who works with children: you may always ring yourself.";

/// Who could read a concern about these, in a line each: “Lena Frost, designated safeguarding lead”.
async fn readers(visit: &SignedVisit, kind: FileKind, subjects: &[id::Person]) -> Result<Vec<String>, Fault> {
    let readers = visit.records.who_would_read(&visit.session, kind, subjects).await?;
    Ok(readers.iter().map(reader_words).collect())
}

fn reader_words(reader: &Reader) -> String {
    format!("{}, {}", reader.name, reader.duty.title())
}
