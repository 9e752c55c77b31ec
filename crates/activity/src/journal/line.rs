//! The lines of the journal: one JSON object each, told apart by `kind`.

use crate::{
    health::Losses,
    text::{cut, cut_some},
};
use holdfast_core::event::RequestEvent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One line of a journal file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Line {
    /// One request as it was judged and answered.
    Request(Box<RequestEvent>),
    /// Events that are missing from the log.
    Lost(Gap),
    /// Files taken out of the log, for want of room, before their time.
    Removed(Removal),
}

/// Files that had to go for want of room although the school wanted them kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// When they were removed: microseconds since 1970-01-01 UTC.
    pub at_micros: i64,
    /// Which, oldest first.
    pub files: Vec<RemovedFile>,
    /// How many files have gone in this way since the program started, these included. A later removal may take this
    /// very line, so that each tells of all.
    pub files_since_start: u64,
}

/// One removed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedFile {
    /// Its name, which begins with the day it was begun on.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many lines it had; absent where counting them would have taken too long.
    pub lines: Option<u64>,
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
    Removed(&'a Removal),
}

/// The longest text of a line, in bytes. The gate sends no longer one than a path of 2 KiB; this holds whatever it does.
const TEXT_BYTES: usize = 8 * 1024;
/// The most policy clauses and teaching classes on a line.
const MOST_CODES: usize = 64;

/// Adds the line for a request to `to`. The client's address stays out of it unless it stands beside a person who may be
/// named: on its own it could be traced to somebody who has not been told (practice 23). Texts beyond 8 KiB are cut.
pub(super) fn write_request(to: &mut Vec<u8>, event: &RequestEvent) -> serde_json::Result<()> {
    let hides_client = event.client.is_some() && event.subject.person.is_none();
    if !hides_client && is_short(event) {
        return serde_json::to_writer(to, &Written::Request(event));
    }
    let mut event = bounded(event);
    if hides_client {
        event.client = None;
    }
    serde_json::to_writer(to, &Written::Request(&event))
}

fn is_short(event: &RequestEvent) -> bool {
    let texts = [&event.reference, &event.ruleset, &event.listener, &event.method, &event.scheme, &event.layer];
    let optional = [&event.host, &event.path, &event.rule, &event.list, &event.entry, &event.category];
    let optional = optional.into_iter().flatten();
    texts.into_iter().chain([&event.words]).chain(optional).chain(&event.clauses).all(|text| text.len() <= TEXT_BYTES)
        && event.clauses.len() <= MOST_CODES
        && event.subject.classes.len() <= MOST_CODES
}

fn bounded(event: &RequestEvent) -> RequestEvent {
    let text = |text| cut(text, TEXT_BYTES);
    let optional = |text: &Option<Arc<str>>| cut_some(text.as_ref(), TEXT_BYTES);
    let mut subject = event.subject.clone();
    subject.classes.truncate(MOST_CODES);
    RequestEvent {
        reference: text(&event.reference),
        ruleset: text(&event.ruleset),
        subject,
        listener: text(&event.listener),
        method: text(&event.method),
        scheme: text(&event.scheme),
        host: optional(&event.host),
        path: optional(&event.path),
        layer: text(&event.layer),
        rule: optional(&event.rule),
        list: optional(&event.list),
        entry: optional(&event.entry),
        category: optional(&event.category),
        strict: optional(&event.strict),
        clauses: event.clauses.iter().take(MOST_CODES).map(text).collect(),
        words: text(&event.words),
        ..*event
    }
}

/// Adds the line for missing events to `to`.
pub(super) fn write_gap(to: &mut Vec<u8>, gap: &Gap) -> serde_json::Result<()> {
    serde_json::to_writer(to, &Written::Lost(gap))
}

/// Adds the line for removed files to `to`.
pub(super) fn write_removal(to: &mut Vec<u8>, removal: &Removal) -> serde_json::Result<()> {
    serde_json::to_writer(to, &Written::Removed(removal))
}
