//! Duties: who holds which, who deputises, who is away (practice 10, 12). Facts: each ends in a row of its own.

use super::statements::{
    ABSENCES, ABSENCES_OF, ADD_ABSENCE, ADD_HOLDING, DUTIES, END_ABSENCE, END_HOLDING, HOLDERS_OF, HOLDING, IS_PRESENT,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Duty, Resource, Roll, tell_all, tell_ladder},
    audit::Detail,
    id, seal,
    store::Row,
};
use jiff::Timestamp;

/// A duty to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiveDuty {
    /// Which.
    pub duty: Duty,
    /// To whom.
    pub person: id::Person,
    /// Whether only to act while the holder is away.
    pub is_deputy: bool,
    /// From when; now, when not given.
    pub from: Option<Timestamp>,
}

impl Records {
    /// Gives somebody a duty.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for oneself; [`Fault::Wrong`] for somebody who has left, a pupil, or who holds it already.
    pub async fn give_duty(&self, session: &Session, given: &GiveDuty) -> Result<id::Holding, Fault> {
        let detail = Detail::none()
            .with("duty", given.duty.word())
            .with("part", if given.is_deputy { "deputy" } else { "holder" });
        let mut entered = self.act(session, Act::DutyGiven, Resource::Person(given.person), detail).await?;
        let given = give(&mut entered, given).await;
        entered.finish(given).await
    }

    /// Ends a duty at once; the keys that came with it go.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for the last head or safeguarding lead, and for the last of chair and trust lead: somebody else is given
    /// the duty first.
    pub async fn end_duty(&self, session: &Session, holding: id::Holding) -> Result<(), Fault> {
        let mut looking = self.looking().await?;
        let found = looking.row(&HOLDING, &[holding.into(), session.school.into()]).await?;
        drop(looking);
        let detail = Detail::none().with("holding", holding.to_string());
        let Some(row) = found else {
            // That it was tried is kept, also where there is no such thing.
            let entered = self.act(session, Act::DutyEnded, Resource::School, detail).await?;
            return entered.finish(Err(Fault::NotFound)).await;
        };
        let (duty, person) = (row.get::<String>(0)?, row.get::<id::Person>(1)?);
        let mut entered =
            self.act(session, Act::DutyEnded, Resource::Person(person), detail.with("duty", duty)).await?;
        let ended = async {
            write_end(&mut entered, holding).await?;
            tell_ladder(&mut entered, person, "duty-ended").await?;
            seal::holder_left(&mut entered, person).await
        }
        .await;
        entered.finish(ended).await
    }

    /// Every duty that is held, with its holders and deputies.
    pub async fn duties(&self, session: &Session) -> Result<Vec<Held>, Fault> {
        let detail = Detail::none().with("list", "duties");
        let mut entered = self.act(session, Act::DutiesRead, Resource::School, detail).await?;
        let duties = listed(&mut entered).await;
        entered.finish(duties).await
    }

    /// Who of those with a duty is away or will be, the soonest first.
    pub async fn absences(&self, session: &Session) -> Result<Vec<Absence>, Fault> {
        let detail = Detail::none().with("list", "absences");
        let mut entered = self.act(session, Act::DutiesRead, Resource::School, detail).await?;
        let absences = absent(&mut entered).await;
        entered.finish(absences).await
    }

    /// Records that somebody is away, from a moment until another, or until they are back. Where others then act for them, they
    /// and everybody else to whom concerns come are told; being back is theirs to say.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for an absence that ends before it begins.
    pub async fn record_absence(
        &self,
        session: &Session,
        person: id::Person,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> Result<id::Row, Fault> {
        if until.is_some_and(|until| until <= from) {
            return Err(Fault::wrong("The absence ends before it begins."));
        }
        let absence = id::Row::new(self.clock().now())?;
        let detail = Detail::none().with("absence", absence.to_string());
        let mut entered = self.act(session, Act::AbsenceRecorded, Resource::Person(person), detail).await?;
        let written = write_absence(&mut entered, absence, person, (from, until)).await;
        entered.finish(written.map(|()| absence)).await
    }

    /// Records that somebody is back sooner than was thought, or at last: each of their absences ends now.
    ///
    /// # Errors
    /// [`Fault::Changed`] when nothing says that they are away.
    pub async fn end_absence(&self, session: &Session, person: id::Person) -> Result<(), Fault> {
        let detail = Detail::none().with("back", "yes");
        let mut entered = self.act(session, Act::AbsenceRecorded, Resource::Person(person), detail).await?;
        let ended = write_return(&mut entered, person).await;
        entered.finish(ended).await
    }
}

/// Who holds which duty now.
pub(crate) async fn listed(entered: &mut Entered) -> Result<Vec<Held>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut duties = Vec::new();
    for row in entered.rows(&DUTIES, &[school.into(), now.into()]).await? {
        // A word of a later program's duty is passed over: nothing here acts on it.
        let Some(duty) = Duty::from_word(&row.get::<String>(1)?) else { continue };
        duties.push(Held {
            holding: row.get(0)?,
            duty,
            is_deputy: row.get(2)?,
            person: row.get(3)?,
            full_name: row.get(4)?,
            is_away: row.get::<i64>(5)? > 0,
        });
    }
    Ok(duties)
}

async fn absent(entered: &mut Entered) -> Result<Vec<Absence>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let rows = entered.rows(&ABSENCES, &[school.into(), now.into()]).await?;
    let absence =
        |row: &Row| Ok(Absence { person: row.get(0)?, full_name: row.get(1)?, from: row.get(2)?, until: row.get(3)? });
    rows.iter().map(absence).collect()
}

async fn write_absence(
    entered: &mut Entered,
    absence: id::Row,
    person: id::Person,
    (from, until): (Timestamp, Option<Timestamp>),
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let values = [absence.into(), school.into(), person.into(), from.into(), until.into(), now.into()];
    entered.change_one(&ADD_ABSENCE, &values).await?;
    if entered.session().actor == Actor::Person(person) {
        return Ok(());
    }
    // Somebody who is said to be away and is not would have a deputy act in their place.
    tell_ladder(entered, person, "absence-recorded").await
}

async fn write_return(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let absences = entered.rows(&ABSENCES_OF, &[person.into(), school.into(), now.into()]).await?;
    if absences.is_empty() {
        return Err(Fault::Changed("Nothing says that they are away.".to_owned()));
    }
    for row in absences {
        let absence = row.get::<id::Row>(0)?;
        entered.change_one(&END_ABSENCE, &[absence.into(), school.into(), now.into(), now.into()]).await?;
    }
    Ok(())
}

/// A duty that somebody holds, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The holding's id.
    pub holding: id::Holding,
    /// Which duty.
    pub duty: Duty,
    /// Whether only to act while the holder is away.
    pub is_deputy: bool,
    /// Who.
    pub person: id::Person,
    /// Their name.
    pub full_name: String,
    /// Whether they are away.
    pub is_away: bool,
}

/// An absence of somebody who has a duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Who.
    pub person: id::Person,
    /// Their name.
    pub full_name: String,
    /// From when.
    pub from: Timestamp,
    /// Until when, if that is known.
    pub until: Option<Timestamp>,
}

async fn give(entered: &mut Entered, given: &GiveDuty) -> Result<id::Holding, Fault> {
    if matches!(entered.session().actor, Actor::SealedSignIn(_)) && given.duty != Duty::Technician {
        return Err(Fault::NotAllowed(
            "With a sealed emergency sign-in a network manager is named, and nobody who reads anything or to whom concerns come. \
             Let a head or the chair sign in, who can."
                .to_owned(),
        ));
    }
    refuse_own_judge(entered, given.duty)?;
    let holding = insert_holding(entered, given).await?;
    if access::LADDER.contains(&given.duty) {
        tell_all(entered, given.person, "duty-given").await?;
    }
    Ok(holding)
}

/// Nobody names those who would hear a concern about them: the head names no chair, the chair no trust lead (practice 12). A
/// school's first trust lead is named by two people ([`Records::propose_trust_lead`]).
fn refuse_own_judge(entered: &Entered, duty: Duty) -> Result<(), Fault> {
    let standing = entered.standing();
    let named_by: &[Duty] = match duty {
        Duty::Chair => &[Duty::Chair, Duty::TrustLead],
        Duty::TrustLead if has_trust_lead(&standing.roll) => &[Duty::TrustLead],
        Duty::TrustLead => {
            return Err(Fault::NotAllowed(
                "A school’s first trust lead is named by two people: one proposes (holdfast duty propose), another agrees \
                 (holdfast duty agree). Nothing was changed."
                    .to_owned(),
            ));
        }
        _ => return Ok(()),
    };
    if standing.duties.iter().any(|held| named_by.contains(held)) {
        return Ok(());
    }
    let titles: Vec<&str> = named_by.iter().map(|duty| duty.title()).collect();
    Err(Fault::NotAllowed(format!(
        "A {} hears concerns about others, so this is given by: {}.",
        duty.title(),
        titles.join(", ")
    )))
}

/// Whether anybody is trust lead, or deputises for one.
pub(super) fn has_trust_lead(roll: &Roll) -> bool {
    !roll.answering(Duty::TrustLead, &[]).is_empty()
}

/// Writes a holding; expects the entry written.
pub(super) async fn insert_holding(entered: &mut Entered, given: &GiveDuty) -> Result<id::Holding, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if entered.row(&IS_PRESENT, &[given.person.into(), school.into()]).await?.is_none() {
        return Err(Fault::wrong("A duty is given to an adult who is still here."));
    }
    let holders = entered.rows(&HOLDERS_OF, &[school.into(), given.duty.word().into(), now.into()]).await?;
    for row in holders {
        if row.get::<id::Person>(1)? == given.person {
            return Err(Fault::wrong(format!(
                "They are {} already, or its deputy. End that first if it is to change.",
                given.duty.title()
            )));
        }
    }
    let id = id::Holding::new(now)?;
    let values = [
        id.into(),
        school.into(),
        given.duty.word().into(),
        given.person.into(),
        given.is_deputy.into(),
        given.from.unwrap_or(now).into(),
        now.into(),
    ];
    entered.change_one(&ADD_HOLDING, &values).await?;
    Ok(id)
}

/// Ends a holding; expects the entry written. Taking the keys away is the caller's, once all has ended.
pub(super) async fn write_end(entered: &mut Entered, holding: id::Holding) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let row = entered.row(&HOLDING, &[holding.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let (duty, person) = (Duty::from_word(&row.get::<String>(0)?), row.get::<id::Person>(1)?);
    let is_deputy: bool = row.get(2)?;
    if let Some(duty) = duty.filter(|_| !is_deputy) {
        let roll = access::roll(entered.transaction(), school, now).await?;
        refuse_last(&roll, person, duty)?;
    }
    if entered.change(&END_HOLDING, &[holding.into(), school.into(), now.into(), now.into()]).await? != 1 {
        return Err(Fault::Changed("That duty has already ended.".to_owned()));
    }
    Ok(())
}

/// Refuses to take their account from somebody whose duty nobody else holds: they would be there in name only.
pub(crate) async fn refuse_to_take_the_last(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let roll = entered.standing().roll.clone();
    let held = Duty::ALL.iter().filter(|duty| roll.holds(person, **duty));
    // Who is both chair and trust lead loses both.
    let others = roll.without(person);
    held.into_iter().try_for_each(|duty| refuse_last(&others, person, *duty))
}

/// A school always has a head and a safeguarding lead, and somebody who hears about the head: a chair or a trust lead. Who is
/// still to come does not count yet.
fn refuse_last(roll: &Roll, person: id::Person, duty: Duty) -> Result<(), Fault> {
    let (needed, title): (&[Duty], &str) = match duty {
        Duty::Head => (&[Duty::Head], duty.title()),
        Duty::DesignatedLead => (&[Duty::DesignatedLead], duty.title()),
        Duty::Chair | Duty::TrustLead => (&[Duty::Chair, Duty::TrustLead], "chair of governors or a trust lead"),
        _ => return Ok(()),
    };
    if roll.is_held_beside(needed, person, duty) {
        return Ok(());
    }
    Err(Fault::wrong(format!(
        "A school always has a {title}. Give the duty to somebody else first, then end this one."
    )))
}
