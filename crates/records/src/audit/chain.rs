//! The chain: how an entry is written.

use super::{
    Detail,
    encode::Hash,
    line::{FORMAT, Line},
    revoked::Revoked,
    statements::{ADD_ENTRY, ADD_SALT, HEAD, MOVE_HEAD, NEW_HEAD},
    tally,
};
use crate::{
    Fault,
    access::{Act, Actor, Facts, FileKind, Resource},
    id,
    store::Transaction,
};
use jiff::Timestamp;

/// The hash that the first entry of a chain follows.
pub(super) const BEFORE_THE_FIRST: Hash = [0; 32];

/// What the log calls a report that waits.
pub(super) const REPORT: &str = "report";

/// Shows that what is done in this transaction was written down; only this module makes one.
#[derive(Debug)]
pub(crate) struct Ticket(());

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, or failed.
    Denied,
}

impl Outcome {
    /// Its word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
        }
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

/// Where an entry stands in the chain before it is written: what the words of [`Entry`] become.
pub(super) struct Draft<'a> {
    pub school: id::School,
    pub actor: String,
    pub act: Act,
    pub outcome: Outcome,
    pub resource_kind: &'static str,
    pub resource: Option<String>,
    pub file_kind: Option<&'a str>,
    pub subjects: &'a [id::Person],
    pub compartment: Option<id::Compartment>,
    pub detail: &'a Detail,
}

/// Writes an entry at the end of the school's chain, and before it whatever was counted in windows that have ended. Denied
/// attempts beyond the first few in a window are counted instead ([`tally`]).
pub(crate) async fn enter(transaction: &mut Transaction, entry: &Entry<'_>, now: Timestamp) -> Result<Ticket, Fault> {
    let is_sign_in = entry.act == Act::SignedIn && entry.outcome == Outcome::Done;
    tally::fold(transaction, entry.school, now, is_sign_in).await?;
    let file_kind = entry.facts.and_then(|facts| facts.file).map(FileKind::word);
    let (resource_kind, resource) = words(&entry.resource);
    let draft = Draft {
        school: entry.school,
        actor: actor_word(entry.actor),
        act: entry.act,
        outcome: entry.outcome,
        resource_kind,
        resource,
        file_kind,
        subjects: entry.facts.map_or(&[], |facts| &facts.subjects),
        compartment: entry.facts.and_then(|facts| facts.compartment),
        detail: entry.detail,
    };
    if entry.outcome == Outcome::Denied && !tally::is_to_be_written(transaction, &draft, now).await? {
        return Ok(Ticket(()));
    }
    append(transaction, &draft, now).await.map(|_number| Ticket(()))
}

/// Writes an entry at the end of the chain; its number.
pub(super) async fn append(transaction: &mut Transaction, draft: &Draft<'_>, now: Timestamp) -> Result<i64, Fault> {
    let school = draft.school;
    let head = transaction.row(&HEAD, &[school.into()]).await?;
    let (number, previous_hash): (i64, Vec<u8>) = match &head {
        Some(row) => (row.get(0)?, row.get(1)?),
        None => (1, BEFORE_THE_FIRST.to_vec()),
    };
    let salt = if draft.detail.is_salted() { Some(random()?) } else { None };
    let subjects: Vec<String> = draft.subjects.iter().map(ToString::to_string).collect();
    let mut line = Line {
        school: school.to_string(),
        number,
        format: FORMAT,
        moment: now.as_microsecond(),
        actor: draft.actor.clone(),
        act: draft.act.word().to_owned(),
        outcome: draft.outcome.word().to_owned(),
        resource_kind: draft.resource_kind.to_owned(),
        resource: draft.resource.clone(),
        file_kind: draft.file_kind.map(str::to_owned),
        subjects: subjects.join(" "),
        compartment: draft.compartment.map(|compartment| compartment.to_string()),
        detail: draft.detail.stored(salt.as_ref().map_or(&[], |salt| salt.as_slice()))?,
        previous_hash,
        hash: Vec::new(),
        proof: None,
    };
    line.hash = line.expected_hash().to_vec();
    line.proof = Some(line.mark(transaction.key()?));
    let moved_head = [school.into(), (number + 1).into(), line.hash.clone().into()];
    if let Some(revoked) = Revoked::of(&line) {
        transaction.revokes(revoked);
    }
    let written = transaction.run(&ADD_ENTRY, &line.values()).await?;
    let moved = transaction.run(if head.is_some() { &MOVE_HEAD } else { &NEW_HEAD }, &moved_head).await?;
    if written != 1 || moved != 1 {
        return Err(Fault::Unavailable("The audit log cannot be written. Nothing was changed.".to_owned()));
    }
    if let Some(salt) = salt {
        transaction.run(&ADD_SALT, &[school.into(), number.into(), salt.to_vec().into()]).await?;
    }
    Ok(number)
}

/// The words of a resource in the store: its kind, and its id if it has one.
fn words(resource: &Resource) -> (&'static str, Option<String>) {
    match resource {
        Resource::School => ("school", None),
        Resource::Person(person) => ("person", Some(person.to_string())),
        Resource::File(file) => ("file", Some(file.to_string())),
        Resource::NewFile(_, person) => ("new-file", Some(person.to_string())),
        Resource::Report(report) => (REPORT, Some(report.to_string())),
    }
}

/// Who acted, in the words of the store.
pub(crate) fn actor_word(actor: Actor) -> String {
    match actor {
        Actor::Person(person) => person.to_string(),
        Actor::Console => "console".to_owned(),
        Actor::Clock => "clock".to_owned(),
        Actor::Door => "door".to_owned(),
        Actor::SealedSignIn(row) => format!("sealed-sign-in {row}"),
    }
}

/// Random bytes of the system.
pub(super) fn random() -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|fault| {
        Fault::Unavailable(format!("The system gave no random bytes: {fault}. Nothing was changed."))
    })?;
    Ok(bytes)
}
