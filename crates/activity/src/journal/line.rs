//! The lines of the journal: one JSON object each, told apart by `kind`.

use crate::health::Losses;
use holdfast_core::event::RequestEvent;
use serde::{Deserialize, Serialize};

/// One line of a journal file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Line {
    /// One request as it was judged and answered.
    Request(Box<RequestEvent>),
    /// Events that are missing from the log.
    Lost(Gap),
}

/// How many events are missing, and between when and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where they were lost.
    pub lost_in: LostIn,
    /// When the first was lost: microseconds since 1970-01-01 UTC.
    pub from_micros: i64,
    /// When the loss ended: microseconds since 1970-01-01 UTC.
    pub until_micros: i64,
    /// How many, by class. Visits for help are left out: they are never tied to a time.
    #[serde(flatten)]
    pub losses: Losses,
}

/// Where events were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostIn {
    /// The disk could not be written and the memory kept for waiting lines was full.
    Disk,
    /// The bounded channel between gate and log was full.
    Channel,
}

/// A [`Line`] on its way to the disk, without a copy of the event.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Written<'a> {
    Request(&'a RequestEvent),
    Lost(&'a Gap),
}

/// Adds the line for a request to `to`. The client's address stays out of it unless it stands beside a person who may be
/// named: on its own it could be traced to somebody who has not been told (practice 23).
pub(super) fn write_request(to: &mut Vec<u8>, event: &RequestEvent) -> serde_json::Result<()> {
    if event.client.is_some() && event.subject.person.is_none() {
        let event = RequestEvent { client: None, ..event.clone() };
        return serde_json::to_writer(to, &Written::Request(&event));
    }
    serde_json::to_writer(to, &Written::Request(event))
}

/// Adds the line for missing events to `to`.
pub(super) fn write_gap(to: &mut Vec<u8>, gap: &Gap) -> serde_json::Result<()> {
    serde_json::to_writer(to, &Written::Lost(gap))
}
