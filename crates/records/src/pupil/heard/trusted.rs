//! The adults whom a child would like to talk with: one or two of those near them, chosen and changed whenever they like.

use super::{
    super::{NearAdult, statements::PUPIL, tell::near},
    statements::{ADD_TRUSTED, END_TRUSTED, END_TRUSTED_OF_LEAVER, TRUSTED},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
    store::Transaction,
};

/// How many a child chooses at most.
pub const MOST_TRUSTED: usize = 2;

/// Whom a child chose, and whom they may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// Chosen, the first chosen first.
    pub chosen: Vec<NearAdult>,
    /// All who are near them.
    pub near: Vec<NearAdult>,
}

impl Records {
    /// Whom a child chose to talk with, and whom they may choose. That they looked leaves no trace.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever is no pupil.
    pub async fn trusted_adults(&self, session: &Session) -> Result<Trusted, Fault> {
        let Actor::Person(child) = session.actor else { return Err(Fault::NotFound) };
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        looking.row(&PUPIL, &[child.into(), session.school.into()]).await?.ok_or(Fault::NotFound)?;
        let near = near(&mut looking, session.school, child, now).await?;
        Ok(Trusted { chosen: chosen(&mut looking, session.school, child).await?, near })
    }

    /// Puts these in the place of whom the child chose before. Nobody is told of it. The log says that something was chosen, and not
    /// whom.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for more than two; [`Fault::NotFound`] for somebody who is not near, and for whoever is no pupil.
    pub async fn choose_trusted(&self, session: &Session, adults: &[id::Person]) -> Result<(), Fault> {
        let Actor::Person(child) = session.actor else { return Err(Fault::NotFound) };
        let before = self.trusted_adults(session).await?;
        let mut adults = adults.to_vec();
        adults.sort_unstable();
        adults.dedup();
        if adults.len() > MOST_TRUSTED {
            return Err(Fault::wrong("Choose two at most."));
        }
        let is_known = |adult: &id::Person| before.near.iter().chain(&before.chosen).any(|near| near.person == *adult);
        if !adults.iter().all(is_known) {
            return Err(Fault::NotFound);
        }
        let ids: Vec<String> = adults.iter().map(ToString::to_string).collect();
        let detail = Detail::none().digest("adults", ids.join(" "));
        let mut entered = self.act(session, Act::TrustedChosen, Resource::Person(child), detail).await?;
        let written = write(&mut entered, child, &adults).await;
        entered.finish(written).await
    }
}

/// Whom a child chose and who is still here.
pub(super) async fn chosen(
    t: &mut Transaction,
    school: id::School,
    child: id::Person,
) -> Result<Vec<NearAdult>, Fault> {
    let rows = t.rows(&TRUSTED, &[school.into(), child.into()]).await?;
    rows.iter().map(|row| Ok(NearAdult { person: row.get(0)?, name: row.get(1)? })).collect()
}

async fn write(entered: &mut Entered, child: id::Person, adults: &[id::Person]) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    entered.change(&END_TRUSTED, &[school.into(), child.into(), now.into()]).await.map(drop)?;
    for adult in adults {
        let values = [id::Row::new(now)?.into(), school.into(), child.into(), (*adult).into(), now.into()];
        entered.change_one(&ADD_TRUSTED, &values).await?;
    }
    Ok(())
}

/// Ends the choices of and for somebody who leaves. Expects the entry of their leaving written.
pub(crate) async fn end_for_leaver(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let values = [entered.session().school.into(), person.into(), entered.now().into()];
    entered.change(&END_TRUSTED_OF_LEAVER, &values).await.map(drop)
}
