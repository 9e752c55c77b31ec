//! Who waits to be let in, as the asker may know of it.
//!
//! It is looked up whenever somebody opens their first page, in schools with tens of thousands of files. So the store leaves out at
//! once what cannot be; and of whom nothing was missing, it is remembered for a while in memory, until anything is changed.

use super::{
    compartment::{holders, subjects},
    entitled,
    holder::{Unlocked, key_of},
    statements::{DETAILS_OF, FILE_OF, HOLDABLE, LACKING, NAME_OF, NAMED_TO_HOLD, REPORT_OF, UNVOUCHED},
    suite::fingerprint,
};
use crate::{
    Fault,
    access::{self, FileKind, Resource, Roll, Standing},
    id,
    store::Transaction,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

/// What somebody waits for, as the asker may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaitsFor {
    /// A file.
    File {
        /// Which.
        file: id::File,
        /// Its random reference.
        reference: String,
        /// What it is about.
        kind: FileKind,
    },
    /// A report from outside that waits, or was answered.
    Report,
    /// Somebody's confidential details.
    Details,
    /// The reason of a hold or of an emergency access.
    Reason,
}

/// Somebody who is entitled to what the asker can open, and cannot open it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// What they wait for that the asker can open, and may know of; a hundred at most.
    pub what: Vec<WaitsFor>,
    /// The fingerprint of their key pair, to be compared with what they read out themselves. `None` while they have no
    /// account.
    pub fingerprint: Option<String>,
    /// Whether somebody must vouch for their key, because it replaced one.
    pub needs_voucher: bool,
    /// Who had the key made. They cannot vouch for it.
    pub made_by: Option<id::Person>,
    /// What whoever had it made is called.
    pub maker: Option<String>,
}

/// As much of what somebody waits for is shown. They are let in to all of it at once.
const MOST_SHOWN: usize = 100;
const KINDS: [FileKind; 2] = [FileKind::Child, FileKind::StaffConcern];
/// How long it is remembered that nothing was missing: what only time changes, or another program on the same store, is seen by then.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// Of whom nothing was missing of what somebody else can open: for the key of the one, and the person and key of the other.
#[derive(Debug, Default)]
pub(crate) struct Settled(Mutex<BTreeMap<Pair, Timestamp>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    ours: id::Row,
    person: id::Person,
    key: String,
    by_duty: [bool; 3],
}

impl Settled {
    /// Something was changed.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn knows(&self, pair: &Pair, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(pair).is_some_and(|since| *since <= now && now.duration_since(*since) < REMEMBERED)
    }

    fn note(&self, pair: Pair, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(pair, now);
    }
}

/// Where somebody is looked for: in children's files and in staff files, as far as `ours` opens those by a duty too; and, for whoever
/// takes the time, wherever somebody is kept out, so that a later rung answers of which `ours` holds the key still.
pub(super) fn by_duty(roll: &Roll, ours: &Unlocked, person: id::Person, is_whole: bool) -> [bool; 3] {
    let [of_children, of_staff] = KINDS.map(|kind| roll.could_share(kind, ours.person, person));
    [of_children, of_staff, is_whole && KINDS.iter().any(|kind| roll.could_hold(*kind, person))]
}

/// What `ours` opens, somebody’s key does not, and may be theirs. Whether it is, is decided of each.
pub(super) async fn lacking(
    t: &mut Transaction,
    ours: &Unlocked,
    (person, key): (id::Person, &str),
    by_duty: [bool; 3],
) -> Result<Vec<id::Compartment>, Fault> {
    let [of_children, of_staff, of_kept_out] = by_duty.map(|is_asked| i64::from(is_asked).into());
    let (school, key) = (ours.school.into(), key.into());
    let values = [school, ours.person.into(), ours.key.into(), person.into(), key, of_children, of_staff, of_kept_out];
    t.rows(&LACKING, &values).await?.iter().map(|row| row.get(0)).collect()
}

/// What somebody is to hold and cannot open, of what the asker can open and may know of; the first of it.
async fn waits_for(
    t: &mut Transaction,
    standing: &Standing,
    ours: &Unlocked,
    person: id::Person,
    settled: Option<&Settled>,
) -> Result<Vec<WaitsFor>, Fault> {
    let (school, now) = (standing.school, standing.now);
    let key = key_of(t, school, person).await?.map_or_else(String::new, |key| key.id.to_string());
    let by_duty = by_duty(&standing.roll, ours, person, settled.is_none());
    let pair = Pair { ours: ours.key, person, key, by_duty };
    if settled.is_some_and(|settled| settled.knows(&pair, now)) {
        return Ok(Vec::new());
    }
    let lacking = lacking(t, ours, (person, &pair.key), by_duty).await?;
    if let Some(settled) = settled.filter(|_| lacking.is_empty()) {
        settled.note(pair, now);
    }
    let mut waits_for = Vec::new();
    for compartment in lacking {
        if waits_for.len() == MOST_SHOWN {
            break;
        }
        if is_to_hold(t, school, compartment, person, now).await? {
            waits_for.extend(what_it_is(t, standing, compartment).await?);
        }
    }
    Ok(waits_for)
}

/// Who waits for what the asker can open, and whose key waits to be vouched for. `settled` is given by whoever looks only in passing.
pub(crate) async fn who_waits(
    t: &mut Transaction,
    standing: &Standing,
    ours: &Unlocked,
    settled: Option<&Settled>,
) -> Result<Vec<Waiting>, Fault> {
    let (school, now) = (standing.school, standing.now);
    let mut people: BTreeSet<id::Person> = standing.roll.on_ladder().into_iter().collect();
    for row in t.rows(&NAMED_TO_HOLD, &[school.into()]).await? {
        people.insert(row.get(0)?);
    }
    people.remove(&ours.person);
    let mut counted: BTreeMap<id::Person, Vec<WaitsFor>> = BTreeMap::new();
    for person in people {
        let what = waits_for(t, standing, ours, person, settled).await?;
        if !what.is_empty() {
            counted.insert(person, what);
        }
    }
    // Who has a duty and nothing sealed to them waits too: until somebody vouches for them, they do not act in it.
    if standing.is_confirmed && standing.roll.is_on_ladder(ours.person) {
        for row in t.rows(&UNVOUCHED, &[school.into()]).await? {
            let person = row.get(0)?;
            let waits = person != ours.person && standing.roll.has(person);
            if waits && !holds_anything(t, &standing.roll, (school, person), now).await? {
                counted.entry(person).or_default();
            }
        }
    }
    let mut waiting = Vec::with_capacity(counted.len());
    for (person, what) in counted {
        waiting.push(as_shown(t, school, person, what).await?);
    }
    Ok(waiting)
}

async fn as_shown(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    what: Vec<WaitsFor>,
) -> Result<Waiting, Fault> {
    let key = key_of(t, school, person).await?;
    let made_by = key.as_ref().and_then(|key| key.made_by);
    let maker = match made_by {
        Some(maker) => Some(name_of(t, school, maker).await?),
        None => None,
    };
    Ok(Waiting {
        person,
        name: name_of(t, school, person).await?,
        what,
        fingerprint: key.as_ref().map(|key| fingerprint(&key.public)),
        needs_voucher: key.as_ref().is_some_and(|key| !key.is_trusted),
        made_by,
        maker,
    })
}

/// Whether anything that is sealed is somebody’s to hold: by name, or by a duty that answers for that kind of file first.
pub(super) async fn holds_anything(
    t: &mut Transaction,
    roll: &Roll,
    (school, person): (id::School, id::Person),
    now: Timestamp,
) -> Result<bool, Fault> {
    let [of_children, of_staff] = KINDS.map(|kind| i64::from(roll.key_holders(kind, &[]).contains(&person)));
    let values = [school.into(), person.into(), of_children.into(), of_staff.into()];
    for row in t.rows(&HOLDABLE, &values).await? {
        if is_to_hold(t, school, row.get(0)?, person, now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a compartment is for, if the asker may know of it. Whoever only keeps a key for the day on which they act for another learns
/// of no file by it and of no report from outside, and neither does its subject. Which report it is stands nowhere: others read the log.
async fn what_it_is(
    t: &mut Transaction,
    standing: &Standing,
    compartment: id::Compartment,
) -> Result<Option<WaitsFor>, Fault> {
    let (school, now) = (standing.school, standing.now);
    let Some(row) = t.row(&FILE_OF, &[compartment.into(), school.into()]).await? else {
        if let Some(row) = t.row(&REPORT_OF, &[compartment.into(), school.into()]).await? {
            let facts = access::facts(t, school, &Resource::Report(row.get(0)?), now).await?;
            return Ok(access::may_know(standing, &facts).then_some(WaitsFor::Report));
        }
        let details = t.row(&DETAILS_OF, &[compartment.into(), school.into()]).await?;
        return Ok(Some(if details.is_some() { WaitsFor::Details } else { WaitsFor::Reason }));
    };
    let (file, reference, kind) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let facts = access::facts(t, school, &Resource::File(file), now).await?;
    Ok(access::may_know(standing, &facts).then_some(WaitsFor::File { file, reference, kind }))
}

async fn name_of(t: &mut Transaction, school: id::School, person: id::Person) -> Result<String, Fault> {
    t.row(&NAME_OF, &[school.into(), person.into()]).await?.ok_or(Fault::NotFound)?.get(0)
}

/// Whether somebody holds or should hold a compartment's key: entitled now or let in, and not a subject.
pub(super) async fn is_to_hold(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
    person: id::Person,
    now: Timestamp,
) -> Result<bool, Fault> {
    if subjects(t, school, compartment).await?.contains(&person) {
        return Ok(false);
    }
    Ok(holders(t, school, compartment).await?.contains(&person)
        || entitled(t, school, compartment, now).await?.contains(&person))
}
