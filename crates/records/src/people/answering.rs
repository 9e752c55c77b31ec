//! Who answers for a duty at a moment: whoever holds it and is here, else their deputy, else who stands in by rule.

use super::statements::HOLDERS_AT;
use crate::{
    Fault, Records, Session,
    access::{self, Duty},
    id,
    store::{Row, Transaction},
};
use jiff::Timestamp;

/// Somebody who answers for a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answering {
    /// Who.
    pub person: id::Person,
    /// By which right.
    pub by: By,
}

/// By which right somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// They hold the duty.
    Holding,
    /// They deputise for a holder who is away.
    Deputising,
    /// Nobody of the duty is here; they answer as holders of this one.
    StandingIn(Duty),
}

impl Records {
    /// Who answers for a duty at a moment, without those whom it is about; first asked first. Nobody, when even those who
    /// stand in are away: then the reporter is told so, and rings somebody outside.
    ///
    /// Where a holder is one of `without`, their deputies do not answer either: nobody judges whom they work under.
    pub async fn who_answers(
        &self,
        session: &Session,
        duty: Duty,
        at: Timestamp,
        without: &[id::Person],
    ) -> Result<Vec<Answering>, Fault> {
        let mut looking = self.looking().await?;
        let mut answering = answering(&mut looking, session.school, duty, at, without).await?;
        for stand_in in access::stand_ins(duty) {
            if !answering.is_empty() {
                break;
            }
            answering = self::answering(&mut looking, session.school, *stand_in, at, without).await?;
            for one in &mut answering {
                one.by = By::StandingIn(*stand_in);
            }
        }
        Ok(answering)
    }
}

/// Holders who are here, else deputies who are here.
async fn answering(
    looking: &mut Transaction,
    school: id::School,
    duty: Duty,
    at: Timestamp,
    without: &[id::Person],
) -> Result<Vec<Answering>, Fault> {
    let rows = looking.rows(&HOLDERS_AT, &[school.into(), duty.word().into(), at.into()]).await?;
    let held = rows
        .iter()
        .map(|row: &Row| Ok((row.get::<id::Person>(0)?, row.get::<bool>(1)?, row.get::<i64>(2)? > 0)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let is_subject = |person: &id::Person| without.contains(person);
    let is_about_a_holder = held.iter().any(|(person, is_deputy, _)| !is_deputy && is_subject(person));
    let here = |deputies: bool| {
        let here = held
            .iter()
            .filter(|(person, is_deputy, is_away)| *is_deputy == deputies && !is_away && !is_subject(person));
        let by = if deputies { By::Deputising } else { By::Holding };
        here.map(|(person, _, _)| Answering { person: *person, by }).collect::<Vec<_>>()
    };
    let holders = here(false);
    Ok(if holders.is_empty() && !is_about_a_holder { here(true) } else { holders })
}
