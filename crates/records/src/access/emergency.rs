//! Emergency access: a reason, half an hour, two people told, reviewed by somebody else by the end of the next school day
//! (practice 7, 12; catalogue Part 2). And purposes: why one person's history is looked at.
//!
//! It widens what is decided, not what keys open: sealed words still need a key that the taker holds. It is what a deputy
//! needs whose head did not say that they would be away.

use super::{
    Act, Actor, Duty, Facts, FileKind, Resource, Roll,
    notice::tell,
    resource::{facts, ids},
    statements::{ADD_EMERGENCY, ADD_PURPOSE, ADD_REVIEW, ALL_EMERGENCIES, EMERGENCY, KIN},
};
use crate::{
    Entered, Fault, Records, Session,
    audit::Detail,
    file::{self, Called},
    id,
    people::Kind,
    seal,
    store::words,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// How long it lasts.
const LASTS: SignedDuration = SignedDuration::from_mins(30);
/// How long a purpose holds.
const PURPOSE_HOLDS: SignedDuration = SignedDuration::from_mins(30);
/// Until when it is reviewed where the calendar does not know the next school day.
const REVIEW_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// The longest reason, in characters.
const LONGEST_REASON: usize = 2_000;

/// Emergency access that was taken, as those see it who review it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// Its id.
    pub id: id::Emergency,
    /// Who took it.
    pub taker: id::Person,
    /// To what is kept about whom.
    pub person: id::Person,
    /// When.
    pub taken_at: Timestamp,
    /// Until when it lasted.
    pub until: Timestamp,
    /// Who reviewed it, and whether they found it right.
    pub reviewed: Option<(id::Person, bool)>,
    /// Whether the review is late.
    pub is_overdue: bool,
}

words! {
    /// Why one person's history is looked at.
    Purpose {
        /// A concern about their safety.
        Concern = "concern", "a concern about their safety";
        /// The police or social care asked.
        Agency = "agency", "the police or social care asked";
        /// They, or a parent for them, asked what is held.
        SubjectRequest = "subject-request", "they asked what is held about them";
        /// Something recorded seems wrong.
        Correction = "correction", "something recorded seems wrong";
        /// Emergency access, or another reader's conduct, is reviewed.
        Review = "review", "a review of who looked";
    }
}

impl Records {
    /// Takes emergency access to what is kept about a person, at once and for half an hour. Two others are told.
    ///
    /// # Errors
    /// [`Fault::Wrong`] without a reason, or where there are no two others to tell.
    pub async fn take_emergency_access(
        &self,
        session: &Session,
        person: id::Person,
        reason: &str,
    ) -> Result<id::Emergency, Fault> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(Fault::wrong("Say in a line why you need it now (at most 2,000 characters)."));
        }
        let id = id::Emergency::new(self.clock().now())?;
        let review_by = self.review_by(session.school).await?;
        let detail = Detail::none().with("emergency", id.to_string());
        let mut entered = self.act(session, Act::EmergencyTaken, Resource::Person(person), detail).await?;
        let taken = take(&mut entered, id, (person, reason), review_by).await;
        entered.finish(taken.map(|()| id)).await
    }

    /// The end of the next school day; where the calendar does not know it, a day from now.
    async fn review_by(&self, school: id::School) -> Result<Timestamp, Fault> {
        let now = self.clock().now();
        let calendar = self.calendar(school).await?;
        let known = calendar.and_then(|version| version.calendar.add_school_days(now, 1).ok());
        let plain = now.saturating_add(REVIEW_WITHIN).unwrap_or(now);
        Ok(known.unwrap_or(plain))
    }

    /// Emergency access that was taken, newest first; never shown to whom it was about.
    pub async fn emergencies(&self, session: &Session) -> Result<Vec<Emergency>, Fault> {
        let detail = Detail::none();
        let mut entered = self.act(session, Act::EmergenciesRead, Resource::School, detail).await?;
        let taken = taken(&mut entered).await;
        entered.finish(taken).await
    }

    /// The same, with what those are called who took it and who reviewed it. Whom it was about stands there by id.
    pub async fn emergencies_called(&self, session: &Session) -> Result<(Vec<Emergency>, Called), Fault> {
        let mut entered = self.act(session, Act::EmergenciesRead, Resource::School, Detail::none()).await?;
        let taken = taken_called(&mut entered).await;
        entered.finish(taken).await
    }

    /// The reason that was given, for one of those who were told.
    pub async fn emergency_reason(&self, session: &Session, id: id::Emergency) -> Result<Zeroizing<String>, Fault> {
        let detail = Detail::none().with("emergency", id.to_string());
        let mut entered = self.act(session, Act::EmergenciesRead, Resource::School, detail).await?;
        let reason = reason_of(&mut entered, id).await;
        entered.finish(reason).await
    }

    /// Records that somebody else than the taker looked at it, and whether they found it right.
    pub async fn review_emergency(&self, session: &Session, id: id::Emergency, was_right: bool) -> Result<(), Fault> {
        let detail = Detail::none()
            .with("emergency", id.to_string())
            .with("found", if was_right { "right" } else { "not right" });
        let mut entered = self.act(session, Act::EmergencyReviewed, Resource::School, detail).await?;
        let reviewed = review(&mut entered, id, was_right).await;
        entered.finish(reviewed).await
    }

    /// Says why one person's history will be looked at; it holds for half an hour.
    pub async fn give_purpose(&self, session: &Session, person: id::Person, purpose: Purpose) -> Result<(), Fault> {
        let detail = Detail::none().with("purpose", purpose.word());
        let mut entered = self.act(session, Act::PurposeGiven, Resource::Person(person), detail).await?;
        let given = note_purpose(&mut entered, person, purpose).await;
        entered.finish(given).await
    }
}

async fn take(
    entered: &mut Entered,
    id: id::Emergency,
    (person, reason): (id::Person, &str),
    review_by: Timestamp,
) -> Result<(), Fault> {
    let Actor::Person(taker) = entered.session().actor else { return Err(Fault::NotFound) };
    let (school, now) = (entered.session().school, entered.now());
    let told = who_is_told(entered, taker, person).await?;
    let compartment = seal::new_compartment(entered, &format!("emergency {id}"), &told, &[person]).await?;
    let row = id.to_string();
    let place = place(school, compartment, &row);
    let sealed = seal::seal(entered, &place, reason.as_bytes()).await?;
    let until = now.saturating_add(LASTS).map_err(|_never| Fault::wrong("The clock is wrong."))?;
    let values = [
        id.into(),
        school.into(),
        taker.into(),
        person.into(),
        compartment.into(),
        sealed.into(),
        now.into(),
        until.into(),
        review_by.into(),
    ];
    entered.change_one(&ADD_EMERGENCY, &values).await?;
    for one in told {
        tell(entered, one, "emergency-access", &row).await?;
    }
    Ok(())
}

/// Emergency access that was taken, as far as the asker may know of it.
pub(crate) async fn taken(entered: &mut Entered) -> Result<Vec<Emergency>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut emergencies = Vec::new();
    for row in entered.rows(&ALL_EMERGENCIES, &[school.into()]).await? {
        let reviewer: Option<id::Person> = row.get(6)?;
        let was_right: Option<i64> = row.get(7)?;
        let person = row.get(2)?;
        if !may_know_of(entered, person).await? {
            continue;
        }
        emergencies.push(Emergency {
            id: row.get(0)?,
            taker: row.get(1)?,
            person,
            taken_at: row.get(3)?,
            until: row.get(4)?,
            reviewed: reviewer.map(|reviewer| (reviewer, was_right == Some(1))),
            is_overdue: reviewer.is_none() && row.get::<Timestamp>(5)? < now,
        });
    }
    Ok(emergencies)
}

async fn taken_called(entered: &mut Entered) -> Result<(Vec<Emergency>, Called), Fault> {
    let taken = taken(entered).await?;
    let people = taken.iter().flat_map(|one| [Some(one.taker), one.reviewed.map(|(reviewer, _)| reviewer)]).flatten();
    let people: BTreeSet<id::Person> = people.collect();
    let called = file::called(entered, people, BTreeSet::new()).await?;
    Ok((taken, called))
}

async fn reason_of(entered: &mut Entered, id: id::Emergency) -> Result<Zeroizing<String>, Fault> {
    let school = entered.session().school;
    let row = entered.row(&EMERGENCY, &[id.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    if !may_know_of(entered, row.get(1)?).await? {
        return Err(Fault::NotFound);
    }
    let unlocked = entered.session().unlocked.clone().ok_or_else(locked)?;
    let text = id.to_string();
    let place = place(school, row.get(2)?, &text);
    let opened = seal::open(entered.transaction(), &unlocked, &place, &row.get::<Vec<u8>>(3)?).await?;
    let words = String::from_utf8(opened.to_vec());
    words.map(Zeroizing::new).map_err(|_not_text| Fault::Damaged("The reason cannot be read.".to_owned()))
}

async fn review(entered: &mut Entered, id: id::Emergency, was_right: bool) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = entered.row(&EMERGENCY, &[id.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let Actor::Person(reviewer) = entered.session().actor else { return Err(Fault::NotFound) };
    if !may_know_of(entered, row.get(1)?).await? {
        return Err(Fault::NotFound);
    }
    if row.get::<id::Person>(0)? == reviewer {
        return Err(Fault::NotAllowed("You took it yourself. Somebody else reviews it.".to_owned()));
    }
    if row.get::<Option<id::Person>>(4)?.is_some() {
        return Err(Fault::Changed("It has been reviewed already.".to_owned()));
    }
    let values = [id.into(), school.into(), reviewer.into(), was_right.into(), entered.now().into()];
    entered.change_one(&ADD_REVIEW, &values).await
}

async fn note_purpose(entered: &mut Entered, person: id::Person, purpose: Purpose) -> Result<(), Fault> {
    let Actor::Person(asker) = entered.session().actor else { return Err(Fault::NotFound) };
    let (school, now) = (entered.session().school, entered.now());
    let until = now.saturating_add(PURPOSE_HOLDS).map_err(|_never| Fault::wrong("The clock is wrong."))?;
    let values = [
        id::Row::new(now)?.into(),
        school.into(),
        asker.into(),
        person.into(),
        purpose.word().into(),
        now.into(),
        until.into(),
    ];
    entered.change_one(&ADD_PURPOSE, &values).await
}

/// Whether emergency access about somebody is about the asker, or about a child of theirs: they are not told of it.
async fn concerns_asker(entered: &mut Entered, person: id::Person) -> Result<bool, Fault> {
    let Actor::Person(asker) = entered.session().actor else { return Ok(false) };
    Ok(asker == person || kin(entered, person).await?.contains(&asker))
}

/// The family of a child, and whoever must have no contact with it.
async fn kin(entered: &mut Entered, person: id::Person) -> Result<Vec<id::Person>, Fault> {
    let now = entered.now();
    ids(entered.transaction(), &KIN, &[person.into(), now.into()]).await
}

/// Two others at least: the head and the safeguarding leads; where they are the taker, the person or the person's family, chair
/// and trust lead.
async fn who_is_told(entered: &mut Entered, taker: id::Person, person: id::Person) -> Result<Vec<id::Person>, Fault> {
    let mut left_out = kin(entered, person).await?;
    left_out.extend([taker, person]);
    let roll = &entered.standing().roll;
    let mut told = roll.key_holders(kind_of(entered.facts(), roll), &left_out);
    for duty in [Duty::Chair, Duty::TrustLead] {
        if told.len() >= 2 {
            break;
        }
        let more = roll.answering(duty, &left_out);
        told.extend(more.into_iter().filter(|one| !told.contains(one)).collect::<Vec<_>>());
    }
    if told.len() < 2 {
        return Err(Fault::wrong(
            "There are no two others to be told of it: name a head, a safeguarding lead and a chair first. In danger, ring 999.",
        ));
    }
    Ok(told)
}

/// Which ladder answers for emergency access: of an adult who works here, that of the confidential staff-concerns file (practice 11).
fn kind_of(facts: &Facts, roll: &Roll) -> FileKind {
    let is_of_school = matches!(facts.kind, Some(Kind::Staff | Kind::Governor));
    if is_of_school || facts.person.is_some_and(|person| roll.has(person)) {
        FileKind::StaffConcern
    } else {
        FileKind::Child
    }
}

/// Whether the asker may know of emergency access about somebody: of an adult who works here only whoever would answer for a
/// file about them.
async fn may_know_of(entered: &mut Entered, person: id::Person) -> Result<bool, Fault> {
    if concerns_asker(entered, person).await? {
        return Ok(false);
    }
    let Actor::Person(asker) = entered.session().actor else { return Ok(false) };
    let (school, now) = (entered.session().school, entered.now());
    let facts = facts(entered.transaction(), school, &Resource::Person(person), now).await?;
    let roll = &entered.standing().roll;
    Ok(kind_of(&facts, roll) == FileKind::Child || roll.key_holders(FileKind::StaffConcern, &[person]).contains(&asker))
}

fn place(school: id::School, compartment: id::Compartment, row: &str) -> seal::Place<'_> {
    seal::Place { school, compartment, table: "emergency", column: "reason", row }
}

fn locked() -> Fault {
    Fault::Locked("Sign in with your password first: it unlocks what is sealed.".to_owned())
}
