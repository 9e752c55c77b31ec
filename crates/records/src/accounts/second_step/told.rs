//! What somebody has, as the store and the audit log have it: only what both tell of counts.

use super::{
    super::statements::{AUTHENTICATOR, PASSKEYS, SPARE_CODES},
    Found, SecondSteps,
    app::App,
    spare::is_same,
};
use crate::{
    Fault,
    access::Act,
    audit, id,
    store::{Transaction, hex},
};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A passkey as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Its row.
    pub id: id::Row,
    /// What its person calls it.
    pub title: String,
    /// The name of the site that it works at.
    pub site: String,
    /// Since when.
    pub made_at: Timestamp,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
    /// Whether it also unlocks what is sealed.
    pub unlocks: bool,
}

impl PasskeyRow {
    /// One that is being made; its site is not known yet.
    pub(super) fn new(id: id::Row, title: &str, now: Timestamp) -> Self {
        Self { id, title: title.to_owned(), site: String::new(), made_at: now, used_at: None, unlocks: false }
    }
}

/// A passkey as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Passkey {
    pub row: PasskeyRow,
    pub handle: Vec<u8>,
    pub credential: Vec<u8>,
    pub fixed: Vec<u8>,
    pub counted: Vec<u8>,
}

/// A spare code as it is stored.
#[derive(Debug, Clone)]
pub(super) struct SpareCode {
    pub id: id::Row,
    pub digest: Vec<u8>,
    pub is_used: bool,
}

/// What somebody has.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    pub app: Option<App>,
    pub passkeys: Vec<Passkey>,
    pub spare: Vec<SpareCode>,
}

impl Steps {
    pub(super) fn shown(&self) -> SecondSteps {
        SecondSteps {
            app_since: self.app.as_ref().map(|app| app.made_at),
            passkeys: self.passkeys.iter().map(|passkey| passkey.row.clone()).collect(),
            spare_codes: self.spare_codes_left(),
        }
    }

    pub(super) fn spare_codes_left(&self) -> usize {
        self.spare.iter().filter(|code| !code.is_used).count()
    }

    /// The spare code that was typed, if it is one of theirs and not used yet.
    pub(super) fn spare_code(&self, typed: &str) -> Option<Found> {
        // All are compared, so that the time does not tell which it is.
        self.spare
            .iter()
            .filter(|code| is_same(typed, &code.digest) && !code.is_used)
            .fold(None, |_, code| Some(Found::Spare(code.id)))
    }
}

/// A digest of what makes up a second step, for the log: it says nothing, and nothing else has it.
pub(super) fn digest_of(parts: &[&[u8]]) -> String {
    let mut bytes = b"holdfast second step 1".to_vec();
    for part in parts {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    hex(digest(&SHA256, &bytes).as_ref())
}

/// The digest of a set of spare codes, in the order of their rows.
pub(super) fn digest_of_codes<'a>(digests: impl Iterator<Item = &'a [u8]>) -> String {
    digest_of(&digests.collect::<Vec<_>>())
}

/// What the log tells of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    app: Option<(String, String)>,
    passkeys: BTreeMap<String, String>,
    codes: Option<String>,
}

/// What somebody has. Refused where the store and the log do not tell of the same: somebody put a second step of their own in, or
/// took one away.
pub(super) async fn steps_of(t: &mut Transaction, school: id::School, person: id::Person) -> Result<Steps, Fault> {
    let told = told_of(t, school, person).await?;
    let mut stored = Told::default();
    let mut steps = Steps::default();
    let of_person = [school.into(), person.into()];
    if let Some(row) = t.row(&AUTHENTICATOR, &of_person).await? {
        let app = App {
            id: row.get(0)?,
            key: row.get(1)?,
            secret: row.get(2)?,
            last_step: row.get(3)?,
            made_at: row.get(4)?,
        };
        stored.app = Some((app.id.to_string(), app.digest()));
        steps.app = Some(app);
    }
    for row in t.rows(&PASSKEYS, &of_person).await? {
        let passkey = Passkey {
            row: PasskeyRow {
                id: row.get(0)?,
                site: row.get(1)?,
                title: row.get(4)?,
                made_at: row.get(7)?,
                used_at: row.get(8)?,
                unlocks: row.get::<Option<id::Row>>(9)?.is_some(),
            },
            handle: row.get(2)?,
            credential: row.get(3)?,
            fixed: row.get(5)?,
            counted: row.get(6)?,
        };
        stored.passkeys.insert(passkey.row.id.to_string(), passkey.digest());
        steps.passkeys.push(passkey);
    }
    // Spare codes of nothing are none.
    if stored.app.is_some() || !stored.passkeys.is_empty() {
        for row in t.rows(&SPARE_CODES, &of_person).await? {
            let is_used = row.get::<Option<Timestamp>>(2)?.is_some();
            steps.spare.push(SpareCode { id: row.get(0)?, digest: row.get(1)?, is_used });
        }
        let digests = steps.spare.iter().map(|code| code.digest.as_slice());
        stored.codes = (!steps.spare.is_empty()).then(|| digest_of_codes(digests));
    }
    if stored == told { Ok(steps) } else { Err(altered(school, person)) }
}

impl Passkey {
    pub(super) fn digest(&self) -> String {
        digest_of(&[b"passkey", self.row.site.as_bytes(), &self.handle, &self.credential, &self.fixed])
    }
}

async fn told_of(t: &mut Transaction, school: id::School, person: id::Person) -> Result<Told, Fault> {
    let acts = &[Act::SecondStepChanged, Act::SecondStepReset, Act::AccountChanged, Act::PersonLeft];
    let entries = audit::noted_on(t, school, ("person", &person.to_string()), acts).await?;
    let mut told = Told::default();
    for entry in entries.iter().rev() {
        if entry.tells_of(Act::AccountChanged) {
            // A new key pair: what was sealed to the one before does not open any more. A closed account takes all with it.
            told.app = None;
            if entry.says("how") == Some("closed") {
                told = Told::default();
            }
            continue;
        }
        if !entry.tells_of(Act::SecondStepChanged) {
            told = Told::default();
            continue;
        }
        let step = entry.says("step").unwrap_or_default().to_owned();
        let digest = entry.says("digest").unwrap_or_default().to_owned();
        match entry.says("how") {
            Some("app-added") => told.app = Some((step, digest)),
            Some("app-removed") => told.app = None,
            Some("passkey-added") => drop(told.passkeys.insert(step, digest)),
            Some("passkey-removed") => drop(told.passkeys.remove(&step)),
            Some("codes-made") => told.codes = Some(digest),
            _ => {}
        }
    }
    if told.app.is_none() && told.passkeys.is_empty() {
        told.codes = None;
    }
    Ok(told)
}

fn altered(school: id::School, person: id::Person) -> Fault {
    tracing::error!(%school, %person, "what somebody shows beside their password is not what the audit log tells of; nobody is let in by it");
    Fault::Damaged(
        "What is set up beside this password is not what the audit log tells of: somebody altered the store. Nobody is let in by it. \
         Whoever looks after accounts can reset it; have the audit log verified."
            .to_owned(),
    )
}
