//! Advice on passwords, signing out and shared computers (I-12, I-17): shown at the first sign-in, and who read it.

use super::statements::{ADVICE_COUNTS, ADVICE_READ, READ_ADVICE};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
};

/// The edition of what the page says. Whoever read an older one is shown the new one.
const EDITION: i64 = 1;

/// Who read the advice, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdviceCounts {
    /// How many have an account.
    pub accounts: u64,
    /// How many of them read the advice of today.
    pub read: u64,
}

impl Records {
    /// Whether the asker has read the advice of today. Leaves no entry: it tells them about themselves.
    pub async fn has_read_advice(&self, session: &Session) -> Result<bool, Fault> {
        let Actor::Person(person) = session.actor else { return Ok(true) };
        let values = [session.school.into(), person.into(), EDITION.into()];
        Ok(self.looking().await?.row(&ADVICE_READ, &values).await?.is_some())
    }

    /// Notes that the asker read it.
    pub async fn read_advice(&self, session: &Session) -> Result<(), Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let detail = Detail::none().with("edition", EDITION.to_string());
        let mut entered = self.act(session, Act::AdviceRead, Resource::Person(person), detail).await?;
        let (school, now) = (session.school, entered.now());
        let noted = entered.change(&READ_ADVICE, &[school.into(), person.into(), EDITION.into(), now.into()]).await;
        entered.finish(noted.map(drop)).await
    }

    /// How many people have an account, and how many of them read it. No names, so that this leaves no trace.
    pub async fn advice_counts(&self, school: id::School) -> Result<AdviceCounts, Fault> {
        let row = self.looking().await?.row(&ADVICE_COUNTS, &[school.into(), EDITION.into()]).await?;
        let row = row.ok_or(Fault::NotFound)?;
        let count = |index| row.get::<i64>(index).map(|count| u64::try_from(count).unwrap_or(0));
        Ok(AdviceCounts { accounts: count(0)?, read: count(1)? })
    }
}
