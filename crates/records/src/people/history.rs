//! One person's history: everything that the audit log holds by and about them, as far as whoever asks may know it. It is looked at
//! for a purpose that was given before, within the half hour (catalogue Part 2).

use super::statements::PERSON;
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::{Detail, Page, Question},
    id,
};
use jiff::Timestamp;

impl Records {
    /// What the log says by and about one person, newest first, to somebody who gave a purpose ([`Records::give_purpose`]).
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] without a purpose; [`Fault::NotFound`] where even the purpose is not the asker's to give.
    pub async fn history(
        &self,
        session: &Session,
        person: id::Person,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Page, Fault> {
        self.history_of(session, person, Question { from, until, most: usize::MAX, ..Question::default() }).await
    }

    /// Shows entries of the log, newest first, to somebody who may read it. What is asked about one other person is their history,
    /// and needs a purpose.
    ///
    /// # Errors
    /// As [`Records::history`], where the question is about another person.
    pub async fn read_audit(&self, session: &Session, question: &Question) -> Result<Page, Fault> {
        self.refuse_history_without_purpose(session, question).await?;
        self.read_entries(session, question).await
    }

    /// Asks for leave where what is asked of the log is another person's history.
    pub(crate) async fn refuse_history_without_purpose(
        &self,
        session: &Session,
        question: &Question,
    ) -> Result<(), Fault> {
        let person = question.about.as_deref().and_then(|about| id::Person::parse(about).ok());
        if let Some(person) = person.filter(|person| session.actor != Actor::Person(*person))
            && self.looking().await?.row(&PERSON, &[person.into(), session.school.into()]).await?.is_some()
        {
            self.note_history(session, person).await?;
        }
        Ok(())
    }

    async fn note_history(&self, session: &Session, person: id::Person) -> Result<(), Fault> {
        let entered = self.act(session, Act::HistoryRead, Resource::Person(person), Detail::none()).await?;
        entered.commit().await
    }

    async fn history_of(&self, session: &Session, person: id::Person, question: Question) -> Result<Page, Fault> {
        self.note_history(session, person).await?;
        self.read_entries(session, &Question { about: Some(person.to_string()), ..question }).await
    }
}
