//! A conflict that somebody states themselves: “I am too close to this.” They lose the file, and whoever stands in for them gets in
//! (practice 10: conflicts by role substitution).

use crate::{
    Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    file::{Words, step_aside},
    id,
};

impl Records {
    /// Takes the asker out of a concern, with why, and lets in whoever is entitled in their place. Whoever else holds it is told
    /// that somebody was taken out.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where nobody would be left who can open it: then somebody else is let in by name first.
    pub async fn step_aside(&self, session: &Session, file: id::File, why: &Words) -> Result<(), Fault> {
        let detail = Detail::none();
        let detail = match session.actor {
            crate::access::Actor::Person(person) => detail.with("person", person.to_string()),
            _ => detail,
        };
        let mut entered = self.act(session, Act::HolderRemoved, Resource::File(file), detail).await?;
        let done = step_aside(&mut entered, file, why).await;
        entered.finish(done).await
    }
}
