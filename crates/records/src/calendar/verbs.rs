//! What can be done with the calendar.

use super::{
    Calendar, Standing,
    statements::{ADD_CALENDAR, CALENDAR, CALENDAR_NUMBER, SCHOOL_ZONE},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
    store::{Transaction, Value},
};
use holdfast_core::problem::Problem;
use jiff::{Timestamp, tz::TimeZone};

/// The longest reason, in characters.
const LONGEST_WHY: usize = 2_000;

/// A calendar as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct CalendarVersion {
    /// Its number, from 1.
    pub number: i64,
    /// The document as it was given.
    pub document: String,
    /// Who set it.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// What it says.
    pub calendar: Calendar,
}

impl Records {
    /// The school's calendar, if one was set. It is nobody's secret, so that this leaves no trace.
    pub async fn calendar(&self, school: id::School) -> Result<Option<CalendarVersion>, Fault> {
        self.calendar_as_of(school, self.clock().now()).await
    }

    /// The school's calendar as it stood.
    pub async fn calendar_as_of(
        &self,
        school: id::School,
        moment: Timestamp,
    ) -> Result<Option<CalendarVersion>, Fault> {
        calendar_at(&mut self.looking().await?, school, moment).await
    }

    /// Whether the school's calendar must be looked after: it ends in less than so many weeks, or is not there.
    pub async fn calendar_standing(&self, school: id::School, weeks: u32) -> Result<Standing, Fault> {
        let version = self.calendar(school).await?;
        Ok(version.map_or(Standing::Missing, |version| version.calendar.standing(self.clock().now(), weeks)))
    }

    /// Checks a calendar without keeping it; what is wrong is told with its lines.
    pub async fn check_calendar(&self, school: id::School, file: &str, document: &str) -> Result<Calendar, Fault> {
        let zone = zone(&mut self.looking().await?, school).await?;
        Calendar::read(file, document, zone).map_err(Fault::Wrong)
    }

    /// Puts a calendar in force. Returns its number.
    pub async fn set_calendar(&self, session: &Session, file: &str, document: &str, why: &str) -> Result<i64, Fault> {
        let Actor::Person(by) = session.actor else {
            return Err(Fault::NotAllowed("A calendar is set by a person who signed in.".to_owned()));
        };
        let why = why.trim();
        if why.is_empty() || why.chars().count() > LONGEST_WHY {
            let words = format!("A change needs a reason of at most {LONGEST_WHY} characters.");
            return Err(Fault::Wrong(vec![Problem::error(words).in_file("why")]));
        }
        let mut entered = self.act(session, Act::CalendarChanged, Resource::School, Detail::none()).await?;
        let number = set(&mut entered, (file, document), by, why).await;
        entered.finish(number).await
    }
}

async fn set(entered: &mut Entered, (file, document): (&str, &str), by: id::Person, why: &str) -> Result<i64, Fault> {
    let school = entered.session().school;
    let zone = zone(entered.transaction(), school).await?;
    Calendar::read(file, document, zone).map_err(Fault::Wrong)?;
    let row = entered.row(&CALENDAR_NUMBER, &[school.into()]).await?;
    let number = row.map_or(Ok(0), |row| row.get::<i64>(0))? + 1;
    let now = entered.now();
    let values: [Value; 6] = [school.into(), number.into(), document.into(), by.into(), now.into(), why.into()];
    entered.change_one(&ADD_CALENDAR, &values).await?;
    Ok(number)
}

/// The calendar of a moment, read in a transaction.
pub(crate) async fn calendar_at(
    transaction: &mut Transaction,
    school: id::School,
    moment: Timestamp,
) -> Result<Option<CalendarVersion>, Fault> {
    let zone = zone(transaction, school).await?;
    let Some(row) = transaction.row(&CALENDAR, &[school.into(), moment.into()]).await? else { return Ok(None) };
    let document: String = row.get(1)?;
    let calendar = Calendar::read("calendar", &document, zone).map_err(|_was_read_when_kept| {
        Fault::Damaged("The calendar in the store cannot be read. Set it again, and report this.".to_owned())
    })?;
    Ok(Some(CalendarVersion {
        number: row.get(0)?,
        document,
        by: row.get(2)?,
        at: row.get(3)?,
        why: row.get(4)?,
        calendar,
    }))
}

pub(crate) async fn zone(transaction: &mut Transaction, school: id::School) -> Result<TimeZone, Fault> {
    let row = transaction.row(&SCHOOL_ZONE, &[school.into()]).await?.ok_or(Fault::NotFound)?;
    let name: String = row.get(0)?;
    TimeZone::get(&name)
        .map_err(|_no_such_zone| Fault::Damaged(format!("The school's time zone “{name}” is none that is known.")))
}
