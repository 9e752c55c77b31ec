//! What is left to do about what is kept: emergency access to be reviewed, copies to get back, proposals to erase. No child stands on
//! these lists by name; who opens a record leaves an entry of their own (house invariant 6).

pub(crate) mod emergencies;
pub(crate) mod erasures;
pub(crate) mod tasks;

use super::{Frame, Here};
use crate::visit::SignedVisit;
use holdfast_records::{access::Capability, file::Called, id};

/// Something to follow: where it leads, and its words.
type Link = (String, String);

/// Of a page of this area: nobody looking over a shoulder is to read what is kept about somebody.
fn frame(visit: &SignedVisit) -> Frame {
    Frame::signed(visit, Here::Today).hiding()
}

/// What somebody is called; who was erased meanwhile is somebody.
fn name(called: &Called, person: id::Person) -> String {
    called.people.get(&person).cloned().unwrap_or_else(|| "somebody who is not here any more".to_owned())
}

/// The record of whom something is about, for whoever may open such records.
fn record(visit: &SignedVisit, person: impl std::fmt::Display, words: &str) -> Option<Link> {
    visit.me.may(Capability::ReadPerson).then(|| (format!("/people/{person}"), words.to_owned()))
}

/// The concern that a file is, by its reference; for whoever opens none, the reference alone.
fn concern(visit: &SignedVisit, called: &Called, file: id::File) -> (Option<Link>, String) {
    match called.files.get(&file) {
        Some(reference) if visit.me.may(Capability::ListFiles) => {
            (Some((format!("/concerns/{reference}"), format!("Concern {reference}"))), String::new())
        }
        Some(reference) => (None, format!("Concern {reference}")),
        None => (None, String::new()),
    }
}
