//! Who of those to whom concerns come is recorded as family of a child. Such a relation keeps them out of the child's file, so
//! whoever records a false one chooses who reads it. Head and safeguarding leads record it; the chair and the trust lead, who read
//! nothing of an ordinary child, can end it, and only that.

use super::{
    WhyNotFamily,
    statements::{END_RELATION, RELATION, RELATIONS_WITH_DUTY},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource, tell_ladder},
    audit::Detail,
    id,
};
use jiff::Timestamp;

/// Somebody to whom concerns come and who is recorded as family. Of which child is not told: whoever decides asks them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HearersRelation {
    /// The relation's id.
    pub relation: id::Row,
    /// Who.
    pub adult: id::Person,
    /// Their name.
    pub full_name: String,
    /// Since when it is recorded.
    pub recorded_at: Timestamp,
}

impl Records {
    /// Who of those to whom concerns come, beside the asker, is recorded as family of a child.
    pub async fn family_of_hearers(&self, session: &Session) -> Result<Vec<HearersRelation>, Fault> {
        let mut entered = self.act(session, Act::HearersFamilyRead, Resource::School, Detail::none()).await?;
        let relations = read(&mut entered).await;
        entered.finish(relations).await
    }

    /// Ends a relation between a child and somebody to whom concerns come; all of these are told.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for a relation of anybody else, and for family of the child; [`Fault::NotAllowed`] for one's own.
    pub async fn end_hearers_relation(
        &self,
        session: &Session,
        relation: id::Row,
        why: WhyNotFamily,
    ) -> Result<(), Fault> {
        let mut looking = self.looking().await?;
        let found = looking.row(&RELATION, &[relation.into(), session.school.into()]).await?;
        drop(looking);
        let detail = Detail::none().with("ended", relation.to_string()).with("why", why.word());
        let Some(row) = found else {
            // That it was tried is kept, also where there is no such thing.
            let entered = self.act(session, Act::HearersFamilyEnded, Resource::School, detail).await?;
            return entered.finish(Err(Fault::NotFound)).await;
        };
        let child = Resource::Person(row.get(0)?);
        let mut entered = self.act(session, Act::HearersFamilyEnded, child, detail).await?;
        let ended = end(&mut entered, relation, row.get(1)?).await;
        entered.finish(ended).await
    }
}

async fn read(entered: &mut Entered) -> Result<Vec<HearersRelation>, Fault> {
    let school = entered.session().school;
    let mut relations = Vec::new();
    for row in entered.rows(&RELATIONS_WITH_DUTY, &[school.into()]).await? {
        let adult = row.get(1)?;
        if is_anothers(entered, adult) {
            let (relation, full_name, recorded_at) = (row.get(0)?, row.get(2)?, row.get(3)?);
            relations.push(HearersRelation { relation, adult, full_name, recorded_at });
        }
    }
    Ok(relations)
}

async fn end(entered: &mut Entered, relation: id::Row, adult: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if entered.session().actor == Actor::Person(adult) {
        return Err(Fault::NotAllowed("This is about yourself. Somebody else ends it.".to_owned()));
    }
    if !is_anothers(entered, adult) {
        return Err(Fault::NotFound);
    }
    if entered.change(&END_RELATION, &[relation.into(), school.into(), now.into()]).await? != 1 {
        return Err(Fault::Changed("That has ended already.".to_owned()));
    }
    tell_ladder(entered, adult, "family-ended").await
}

fn is_anothers(entered: &Entered, adult: id::Person) -> bool {
    entered.session().actor != Actor::Person(adult) && entered.standing().roll.is_on_ladder(adult)
}
