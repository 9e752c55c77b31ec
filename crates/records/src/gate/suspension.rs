//! Suspensions of one person's access (requirement F-38). Each ends by itself.

use super::{
    document,
    policy::{Accepted, Change, Ground},
    statements::GATE_CODE,
};
use crate::{Fault, Records, Session, access::Act, id};
use holdfast_core::policy::source::SuspensionSource;
use jiff::{Timestamp, ToSpan as _};
use toml_edit::DocumentMut;

/// The longest a suspension may last, in days: half a term.
const LONGEST_DAYS: i64 = 45;
/// The most teaching sites that stay open.
const MOST_SITES: usize = 200;

/// A suspension to place. It carries no reason: that belongs in the child's file, not in a document that the gate reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSuspension {
    /// Whose access.
    pub person: id::Person,
    /// When it ends.
    pub until: Timestamp,
    /// Teaching sites that stay open, each with everything below it.
    pub keep_hosts: Vec<String>,
}

impl Records {
    /// Suspends somebody's access from now on. Help and lifelines stay open to them, whatever is suspended.
    pub async fn suspend(&self, session: &Session, new: &NewSuspension) -> Result<Accepted, Fault> {
        let now = self.clock().now();
        if new.until <= now || new.until > now + (LONGEST_DAYS * 24).hours() {
            return Err(Fault::wrong(format!("A suspension ends within {LONGEST_DAYS} days from now.")));
        }
        if new.keep_hosts.len() > MOST_SITES {
            return Err(Fault::wrong(format!("At most {MOST_SITES} sites stay open.")));
        }
        let row = self.looking().await?.row(&GATE_CODE, &[session.school.into(), new.person.into()]).await?;
        let person: String = row.ok_or(Fault::NotFound)?.get(0)?;
        let change = Change { act: Act::SuspensionChanged, kind: "suspension", why: "A suspension.".to_owned() };
        let place = |document: &mut DocumentMut, ground: &Ground| {
            let code = format!("suspension-{}", ground.number);
            let entry = SuspensionSource {
                code: code.clone(),
                person: person.as_str().into(),
                author: ground.author.as_str().into(),
                starts: ground.wall.time(ground.wall.now),
                ends: ground.wall.time(new.until),
                keep_hosts: new.keep_hosts.clone(),
            };
            document::add(document, "suspension", &entry)?;
            Ok(Some(code))
        };
        self.revise(session, &change, &place).await
    }

    /// Ends a suspension now.
    pub async fn end_suspension(&self, session: &Session, code: &str) -> Result<Accepted, Fault> {
        let change = Change { act: Act::SuspensionChanged, kind: "suspension-ended", why: format!("Ended: {code}") };
        let end = |document: &mut DocumentMut, ground: &Ground| {
            document::end(document, "suspension", code, &ground.wall)?;
            Ok(Some(code.to_owned()))
        };
        self.revise(session, &change, &end).await
    }
}
