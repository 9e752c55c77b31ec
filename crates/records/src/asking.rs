//! What would be answered, without doing it, and what somebody is to themselves: for pages that show only what can be done, and
//! for the golden table.

use crate::{
    Fault, Records, Session,
    access::{self, Act, Actor, Capability, Decision, Duty, Resource},
    accounts::{needs_second_step, statements::OWN_NAME},
    id,
    people::Kind,
    seal,
    settings::in_force,
};

/// Somebody as they are to themselves at this moment: for the head of a page, and for what its navigation shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Myself {
    /// Who.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// What they are.
    pub kind: Kind,
    /// The duties they act in now.
    pub duties: Vec<Duty>,
    /// What they may do at all. Each verb decides afresh.
    pub capabilities: Vec<Capability>,
    /// Whether the key they signed in with may be taken for theirs. Until somebody vouches for it they act in no duty.
    pub is_confirmed: bool,
    /// Whether they must show a second step in the web application.
    pub needs_second_step: bool,
    /// The key pair of theirs that is in force: another one, or none, ends every sign-in from before.
    pub key: Option<id::Row>,
}

impl Myself {
    /// Whether they may do it at all.
    pub fn may(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }
}

impl Records {
    /// What the asker would be told now if they asked to do this. Does nothing and leaves no entry; it tells no more than the
    /// refusal itself would, and gives no leave: whoever acts is decided on afresh.
    pub async fn would(&self, session: &Session, act: Act, resource: &Resource) -> Result<Decision, Fault> {
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, now).await?;
        match access::facts(&mut looking, session.school, resource, now).await {
            Ok(facts) => Ok(access::decide(&standing, act, &facts)),
            Err(Fault::NotFound) => Ok(Decision::Hidden),
            Err(fault) => Err(fault),
        }
    }

    /// What the asker is to themselves. Leaves no entry: it tells them their own name and duties.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] once their key is no longer in force (the password was reset, the account closed), and
    /// [`Fault::NotFound`] for who is no person here or has left: the session is over.
    pub async fn myself(&self, session: &Session) -> Result<Myself, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        if let Some(unlocked) = &session.unlocked {
            seal::refuse_unless_in_force(&mut looking, unlocked).await?;
        }
        let now = self.clock().now();
        let standing = access::standing(&mut looking, session.school, session.actor, now).await?;
        let kind = standing.kind.ok_or(Fault::NotFound)?;
        let row = looking.row(&OWN_NAME, &[session.school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
        let (full, preferred): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        let capabilities =
            Capability::ALL.iter().copied().filter(|capability| access::has(&standing, kind, *capability)).collect();
        let settings = in_force(&mut looking, session.school).await?;
        let key = seal::key_in_force(&mut looking, session.school, person).await?;
        Ok(Myself {
            needs_second_step: needs_second_step(&settings, &standing.duties),
            key,
            person,
            name: preferred.unwrap_or(full),
            kind,
            duties: standing.duties,
            capabilities,
            is_confirmed: standing.is_confirmed,
        })
    }
}
