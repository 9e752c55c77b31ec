//! Concerns: raising one, one's own, paper forms, and answering one (pages.md, Concerns).

pub(crate) mod case;
pub(crate) mod child;
pub(crate) mod decide;
pub(crate) mod harm;
pub(crate) mod lists;
pub(crate) mod mend;
pub(crate) mod own;
pub(crate) mod paper;
pub(crate) mod raise;
mod shared;
pub(crate) mod work;

use super::{Telephone, help};
use crate::visit::SignedVisit;
use holdfast_records::{
    Fault,
    access::{Duty, FileKind},
    concern::Reader,
    contacts::{ContactRole, openness},
    id,
    people::Kind,
};

/// Somebody to ring, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ring {
    name: String,
    telephone: Option<Telephone>,
    words: String,
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
    }];
    for role in [ContactRole::DesignatedOfficer, ContactRole::SocialCare, ContactRole::SocialCareNight] {
        let mut of_role: Vec<_> = book.local.iter().filter(|contact| contact.role == role).collect();
        of_role.sort_by_key(|contact| !openness(&contact.hours, now, zone).is_open());
        for contact in of_role {
            let words = match role {
                ContactRole::DesignatedOfficer => {
                    "About an adult who works with children: you may always ring yourself."
                }
                _ => "A child is being harmed, or is likely to be.",
            };
            let hours = help::hours_now(&contact.hours, now, zone);
            rings.push(Ring {
                name: contact.name.clone(),
                telephone: (!contact.telephone.is_empty()).then(|| Telephone::new(&contact.telephone)),
                words: if hours.is_empty() { words.to_owned() } else { format!("{words} {hours}") },
            });
        }
    }
    let unknown = [
        (
            ContactRole::DesignatedOfficer,
            "The local authority’s designated officer (LADO)",
            "About an adult who works with children: you may always ring yourself.",
        ),
        (
            ContactRole::SocialCare,
            "Children’s social care of the council",
            "A child is being harmed, or is likely to be: by day and at night.",
        ),
    ];
    for (role, name, words) in unknown {
        if !book.local.iter().any(|contact| contact.role == role) {
            rings.push(Ring {
                name: name.to_owned(),
                telephone: None,
                words: format!(
                    "{words} The school has not written the number down; the council’s switchboard puts you through."
                ),
            });
        }
    }
    Ok(rings)
}

/// Who could read a concern about these, in a line each: “Lena Frost, designated safeguarding lead”.
async fn readers(visit: &SignedVisit, kind: FileKind, subjects: &[id::Person]) -> Result<Vec<String>, Fault> {
    let readers = visit.records.who_would_read(&visit.session, kind, subjects).await?;
    Ok(readers.iter().map(reader_words).collect())
}

fn reader_words(reader: &Reader) -> String {
    format!("{}, {}", reader.name, reader.duty.title())
}
