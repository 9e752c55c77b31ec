//! What would be answered, without doing it: for pages that show only what can be done, and for the golden table.

use crate::{
    Fault, Records, Session,
    access::{self, Act, Decision, Resource},
};

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
}
