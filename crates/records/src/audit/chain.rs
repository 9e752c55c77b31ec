//! The chain: how an entry is written and hashed.

use super::statements::{ADD_ENTRY, HEAD, MOVE_HEAD, NEW_HEAD};
use crate::{
    Fault,
    access::{Act, Actor, Facts, Resource},
    id,
    store::{Transaction, Value},
};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Shows that an entry was written in this transaction; only this module makes one.
#[derive(Debug)]
pub(crate) struct Ticket(());

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Denied,
}

/// What an entry says beside who, what and when: codes, ids and counts in a fixed order. Nothing sensitive in the clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail(BTreeMap<&'static str, String>);

impl Detail {
    /// Nothing more to say.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with one more thing said.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(key, value.into());
        self
    }
}

/// An entry about to be written.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub school: id::School,
    pub actor: Actor,
    pub act: Act,
    pub outcome: Outcome,
    pub resource: Resource,
    /// `None` for what was denied because it is not there.
    pub facts: Option<&'a Facts>,
    pub detail: &'a Detail,
}

/// Writes an entry at the end of the school's chain.
pub(crate) async fn enter(transaction: &mut Transaction, entry: &Entry<'_>, now: Timestamp) -> Result<Ticket, Fault> {
    let head = transaction.row(&HEAD, &[entry.school.into()]).await?;
    let (number, previous): (i64, Vec<u8>) = match &head {
        Some(row) => (row.get(0)?, row.get(1)?),
        None => (1, vec![0; 32]),
    };
    let detail = serde_json::to_string(&entry.detail.0).unwrap_or_default();
    let (kind, resource) = match entry.resource {
        Resource::School => ("school", None),
        Resource::Person(person) => ("person", Some(person.to_string())),
        Resource::File(file) => ("file", Some(file.to_string())),
        Resource::NewFile(_, person) => ("new-file", Some(person.to_string())),
    };
    let actor = match entry.actor {
        Actor::Person(person) => person.to_string(),
        Actor::Console => "console".to_owned(),
        Actor::Clock => "clock".to_owned(),
    };
    let outcome = if entry.outcome == Outcome::Done { "done" } else { "denied" };
    let compartment = entry.facts.and_then(|facts| facts.compartment);
    let text = format!("{number}|{now}|{actor}|{}|{outcome}|{kind}|{resource:?}|{detail}", entry.act.word());
    let hash = digest(&SHA256, &[previous.as_slice(), text.as_bytes()].concat()).as_ref().to_vec();
    let values: [Value; 13] = [
        entry.school.into(),
        number.into(),
        now.into(),
        actor.into(),
        entry.act.word().into(),
        outcome.into(),
        kind.into(),
        resource.into(),
        "".into(),
        compartment.into(),
        detail.into(),
        previous.into(),
        hash.clone().into(),
    ];
    transaction.run(&ADD_ENTRY, &values).await?;
    let head_values = [entry.school.into(), (number + 1).into(), hash.into()];
    let moved = transaction.run(if head.is_some() { &MOVE_HEAD } else { &NEW_HEAD }, &head_values).await?;
    if moved == 1 { Ok(Ticket(())) } else { Err(Fault::Unavailable("The audit log cannot be written.".to_owned())) }
}
