//! Who agreed in writing to be told of immediate danger outside watched hours (practice 27). Nobody is told then who did not; and
//! agreeing lets nobody read what they may not.

use super::statements::{ADD_OUT_OF_HOURS, END_OUT_OF_HOURS, OUT_OF_HOURS, OUT_OF_HOURS_OF};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::Detail,
    id,
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

/// Somebody who agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfHours {
    /// Who.
    pub person: id::Person,
    /// Their name.
    pub full_name: String,
    /// The day that stands under the agreement.
    pub agreed_on: Date,
    /// When it was recorded here.
    pub recorded_at: Timestamp,
}

impl Records {
    /// Who is told of immediate danger outside watched hours, for whoever sees who holds which duty.
    pub async fn out_of_hours(&self, session: &Session) -> Result<Vec<OutOfHours>, Fault> {
        let detail = Detail::none().with("list", "out-of-hours");
        let mut entered = self.act(session, Act::DutiesRead, Resource::School, detail).await?;
        let listed = listed(&mut entered).await;
        entered.finish(listed).await
    }

    /// Whether anybody is told of immediate danger outside watched hours. It is nobody's secret, so that this leaves no trace.
    pub async fn has_out_of_hours_rota(&self, school: id::School) -> Result<bool, Fault> {
        let (mut looking, now) = (self.looking().await?, self.clock().now());
        let roll = access::roll(&mut looking, school, now).await?;
        for row in looking.rows(&OUT_OF_HOURS, &[school.into(), now.into()]).await? {
            // Of whoever agreed and hears no concerns any more nothing can be promised.
            if roll.is_on_ladder(row.get(1)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Records that somebody agreed in writing to be told of immediate danger outside watched hours, on which day.
    ///
    /// # Errors
    /// [`Fault::Wrong`] of somebody to whom no concerns come, who is there already, or with a day that is still to come.
    pub async fn agree_out_of_hours(
        &self,
        session: &Session,
        person: id::Person,
        agreed_on: Date,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("agreed-on", agreed_on.to_string());
        let mut entered = self.act(session, Act::OutOfHoursAgreed, Resource::Person(person), detail).await?;
        let agreed = agree(&mut entered, person, agreed_on).await;
        entered.finish(agreed).await
    }

    /// Ends that somebody is told outside watched hours.
    ///
    /// # Errors
    /// [`Fault::Changed`] where they are not.
    pub async fn end_out_of_hours(&self, session: &Session, person: id::Person) -> Result<(), Fault> {
        let mut entered = self.act(session, Act::OutOfHoursEnded, Resource::Person(person), Detail::none()).await?;
        let ended = end(&mut entered, person).await;
        entered.finish(ended).await
    }
}

async fn listed(entered: &mut Entered) -> Result<Vec<OutOfHours>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let rows = entered.rows(&OUT_OF_HOURS, &[school.into(), now.into()]).await?;
    let one = |row: &crate::store::Row| {
        Ok(OutOfHours { person: row.get(1)?, full_name: row.get(2)?, agreed_on: row.get(3)?, recorded_at: row.get(4)? })
    };
    rows.iter().map(one).collect()
}

async fn agree(entered: &mut Entered, person: id::Person, agreed_on: Date) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if !entered.standing().roll.is_on_ladder(person) {
        return Err(Fault::wrong(
            "Concerns come to the safeguarding lead, their deputy, the head, the chair and the trust. Only they can be told of one.",
        ));
    }
    // Wherever the school is, its day has begun a day later at the latest.
    if agreed_on > now.to_zoned(TimeZone::UTC).date().saturating_add(1.day()) {
        return Err(Fault::wrong("The day of the agreement is still to come. Record it when they have agreed."));
    }
    if entered.row(&OUT_OF_HOURS_OF, &[school.into(), person.into()]).await?.is_some() {
        return Err(Fault::wrong("It is recorded already that they agreed."));
    }
    let by = recorder(entered);
    let row = id::Row::new(now)?;
    let values = [row.into(), school.into(), person.into(), agreed_on.into(), by.into(), now.into()];
    entered.change_one(&ADD_OUT_OF_HOURS, &values).await
}

async fn end(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let (school, now, by) = (entered.session().school, entered.now(), recorder(entered));
    let agreed = entered.row(&OUT_OF_HOURS_OF, &[school.into(), person.into()]).await?;
    let Some(agreed) = agreed else {
        return Err(Fault::Changed("They are not told outside watched hours any more.".to_owned()));
    };
    let agreed: id::Row = agreed.get(0)?;
    entered.change_one(&END_OUT_OF_HOURS, &[agreed.into(), school.into(), by.into(), now.into()]).await
}

fn recorder(entered: &Entered) -> Option<id::Person> {
    match entered.session().actor {
        Actor::Person(person) => Some(person),
        Actor::Console | Actor::Clock | Actor::Door | Actor::SealedSignIn(_) => None,
    }
}
