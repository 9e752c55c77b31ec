//! What a child wishes for what they tell: whether it may be said who told, whom they would like to talk with, whether they want to look
//! later whether it was read. Wishes, and no promise: somebody who can help may have to know more.

use super::{
    super::{Told, statements::ADULT_NEAR},
    statements::ASKED_SINCE,
};
use crate::{Fault, Records, Session, access::Actor, id, pupil::heard::Beside};
use jiff::Timestamp;

/// A child's wishes. Nothing of it must be chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Whether their teacher may be told that it was they who told.
    pub may_name: Option<bool>,
    /// With whom they would like to talk.
    pub talk_to: Option<id::Person>,
    /// Whether they want to look later whether it was read. Only for whoever signed in with a password of their own.
    pub wants_receipt: bool,
}

impl Wishes {
    /// What stands in the file before any words.
    pub(in super::super) fn first_line(&self) -> &'static str {
        match self.may_name {
            Some(false) => {
                "They asked that it is not said who told. Say first whom you will tell, and why, before you tell anybody."
            }
            Some(true) => "They said that their teacher may know that it was they who told.",
            None => {
                "They did not say whether their teacher may know that it was they who told. Ask them before anybody is told."
            }
        }
    }

    /// What stands there of whom they would like to talk with.
    pub(in super::super) fn talk_line(name: &str) -> String {
        format!(
            "They would like to talk with {name}. Whoever is asked to talk with them is told that, and nothing of this."
        )
    }
}

impl Records {
    /// The name of whom a child would like to talk with.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for somebody who does not work here.
    pub(in super::super) async fn name_to_talk_to(
        &self,
        session: &Session,
        wishes: &Wishes,
    ) -> Result<Option<String>, Fault> {
        let Some(adult) = wishes.talk_to else { return Ok(None) };
        let row = self.looking().await?.row(&ADULT_NEAR, &[adult.into(), session.school.into()]).await?;
        // Whoever left while the child wrote is nobody to talk with, and keeps back no report.
        row.map(|row| row.get(0)).transpose()
    }

    /// Sees to what a child wished for beside what they told, which is kept by now. What cannot be done stands in the log of the program:
    /// the child is not told that telling failed, because it did not, and whoever reads it finds the wish in its words.
    ///
    /// `sent_before` is when it was sent first, where it is sent again: what was asked since then is this wish.
    pub(in super::super) async fn see_to_wishes(
        &self,
        session: &Session,
        told: &Told,
        (entry, sent_before): (Option<id::Entry>, Option<Timestamp>),
    ) {
        let Wishes { talk_to, wants_receipt, .. } = told.wishes;
        if let Some(adult) = talk_to {
            let asked = match self.was_asked_since(session, sent_before).await {
                Ok(false) => self.ask_beside(session, Beside { about: told.adult, adult }).await,
                was_asked => was_asked.map(drop),
            };
            if let Err(fault) = asked {
                tracing::error!("whom a child would like to talk with could not be asked: {fault}");
            }
        }
        if let (true, Some(entry)) = (wants_receipt, entry)
            && let Err(fault) = self.wish_receipt(session, entry).await
        {
            tracing::error!("a child’s wish for a receipt could not be kept: {fault}");
        }
    }

    /// Whether a child has asked somebody to talk with them since then.
    async fn was_asked_since(&self, session: &Session, since: Option<Timestamp>) -> Result<bool, Fault> {
        let (Some(since), Actor::Person(child)) = (since, session.actor) else { return Ok(false) };
        let values = [session.school.into(), child.into(), since.into()];
        Ok(self.looking().await?.row(&ASKED_SINCE, &values).await?.is_some())
    }
}
