//! Who is meant, and who would read it: what a form shows before anything is sent.

use super::statements::NAMES;
use crate::{
    Fault, Records, Session,
    access::{self, Act, Actor, Duty, FileKind},
    file::{MOST_WORDS, Words, names_masked},
    id,
    people::{Found, Kind},
    store::Transaction,
};
use zeroize::Zeroizing;

/// Somebody who could read a concern if it were sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// The duty they would read it by.
    pub duty: Duty,
}

impl Records {
    /// Finds people to raise a concern about. Whoever reads the directory finds them there, and the log tells no more than of any
    /// look into it. A governor, a chair, a trust lead, who read none, find names and classes; of them the log says that they looked,
    /// and keeps whom as a digest.
    pub async fn find_to_raise(&self, session: &Session, search: &str, kind: Option<Kind>) -> Result<Found, Fault> {
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, now).await?;
        let of_school = access::Facts::of_school(session.school);
        drop(looking);
        if access::decide(&standing, Act::DirectoryRead, &of_school) == access::Decision::Allowed {
            return self.find_people(session, search, kind).await;
        }
        self.find_for_concern(session, search, kind).await
    }

    /// Who could read a concern about these if it were sent now, first asked first. Only whom it is about is left out: whose family
    /// works here, or must keep away, it does not tell.
    pub async fn who_would_read(
        &self,
        session: &Session,
        kind: FileKind,
        subjects: &[id::Person],
    ) -> Result<Vec<Reader>, Fault> {
        let Actor::Person(_) = session.actor else { return Err(Fault::NotFound) };
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let roll = access::roll(&mut looking, session.school, now).await?;
        let mut readers = Vec::new();
        for (person, duty) in roll.readers_by_duty(kind, subjects) {
            let name = name_of(&mut looking, session.school, person).await?;
            readers.push(Reader { person, name, duty });
        }
        Ok(readers)
    }

    /// Words as the child's part of a concern will have them: without this adult's names. Whoever writes sees them so before they are
    /// sent, because nicknames and descriptions are not known.
    pub async fn as_masked(
        &self,
        session: &Session,
        adult: id::Person,
        words: &str,
    ) -> Result<Zeroizing<String>, Fault> {
        let Actor::Person(_) = session.actor else { return Err(Fault::NotFound) };
        if words.trim().is_empty() || words.len() > MOST_WORDS {
            return Ok(Zeroizing::new(String::new()));
        }
        let names = names_masked(&mut self.looking().await?, session.school, &[adult]).await?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Ok(Zeroizing::new(Words::new(words)?.masked(&names).as_str().to_owned()))
    }
}

async fn name_of(t: &mut Transaction, school: id::School, person: id::Person) -> Result<String, Fault> {
    let row = t.row(&NAMES, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let (full, preferred): (String, Option<String>) = (row.get(0)?, row.get(1)?);
    Ok(preferred.unwrap_or(full))
}
