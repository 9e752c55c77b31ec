//! What is published to the gate, and taking in the documents of before the school was set up.

use super::{
    people,
    policy::{NewVersion, judged, newest, put},
    statements::{ADD_NETWORK, ADD_POLICY, MOVED_SINCE, NEWEST_NETWORK, NEWEST_POLICY, SCHOOL},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::{self, Detail},
    id,
};
use holdfast_core::people::{self as compiler, PeopleSource};

/// How far the store was when it was last looked at: the school, and the number of its next audit entry. Whatever the gate
/// must know of leaves an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The school.
    pub school: id::School,
    /// The number of the next entry.
    pub next_entry: i64,
}

/// What was found.
#[derive(Debug)]
pub enum Look {
    /// No school has been set up: the documents of the data folder hold.
    NoSchool,
    /// Nothing that the gate must know has changed.
    Same(Seen),
    /// This is to be in force.
    New(Seen, Box<Publication>),
}

/// Everything that the gate is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The policy's number and text; `None` before the first one.
    pub policy: Option<(i64, String)>,
    /// The people document, not yet fitted to the policy.
    pub people: PeopleSource,
}

/// A version of the policy document from before the school was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPolicy {
    /// Its number.
    pub number: i64,
    /// Its text.
    pub text: String,
}

impl Records {
    /// Looks whether anything that the gate must know has changed. `code` chooses the school where there are several; the
    /// first one, if left out. Without `seen`, everything is read. Nothing secret is read, so no entry is made.
    pub async fn look_for_gate(&self, code: Option<&str>, seen: Option<Seen>) -> Result<Look, Fault> {
        let mut looking = self.looking().await?;
        let Some(row) = looking.row(&SCHOOL, &[code.into()]).await? else { return Ok(Look::NoSchool) };
        let now = Seen { school: row.get(0)?, next_entry: row.get(2)? };
        if let Some(seen) = seen.filter(|seen| seen.school == now.school && seen.next_entry <= now.next_entry) {
            let is_same = seen.next_entry == now.next_entry || {
                let values = [now.school.into(), seen.next_entry.into()];
                !audit::is_any_ours(&mut looking, &MOVED_SINCE, &values).await?
            };
            if is_same {
                return Ok(Look::Same(now));
            }
        }
        let policy = newest(&mut looking, &NEWEST_POLICY, now.school).await?;
        let network = newest(&mut looking, &NEWEST_NETWORK, now.school).await?;
        let network = network.map(|version| compiler::read("", &version.text)).transpose().map_err(Fault::Wrong)?;
        let people = people::assemble(&mut looking, now.school, network, self.clock().now()).await?;
        let policy = policy.map(|version| (version.number, version.text));
        Ok(Look::New(now, Box::new(Publication { policy, people })))
    }

    /// The school that a gate serves, where it is set up: the one of this code, or the first.
    pub async fn school_of_gate(&self, code: Option<&str>) -> Result<Option<id::School>, Fault> {
        let row = self.looking().await?.row(&SCHOOL, &[code.into()]).await?;
        row.map(|row| row.get(0)).transpose()
    }

    /// Takes in the documents that were in force before the school was set up: each accepted version of the policy under the
    /// number it had, and the people document, whose people count on until the register has somebody of the same neutral
    /// code. Done once, by the running program; refused once there is a policy.
    pub async fn take_in_documents(
        &self,
        school: id::School,
        policies: &[OldPolicy],
        people: Option<&str>,
    ) -> Result<(), Fault> {
        let session = Session { school, actor: Actor::Clock, unlocked: None };
        let detail = Detail::none()
            .with("policies", policies.len().to_string())
            .with("people", if people.is_some() { "1" } else { "0" });
        let mut entered = self.act(&session, Act::DocumentsTakenIn, Resource::School, detail).await?;
        let taken = take_in(&mut entered, policies, people).await;
        entered.finish(taken).await
    }
}

async fn take_in(entered: &mut Entered, policies: &[OldPolicy], people: Option<&str>) -> Result<(), Fault> {
    const WHY: &str = "As it was in the data folder before the school was set up.";
    let school = entered.session().school;
    let Some(last) = policies.last() else {
        return Err(Fault::wrong("There is no accepted policy in the data folder to take in."));
    };
    if newest(entered.transaction(), &NEWEST_POLICY, school).await?.is_some() {
        return Err(Fault::Changed("The school has a policy already.".to_owned()));
    }
    judged(&last.text)?;
    for old in policies {
        let new = NewVersion { number: old.number, kind: "documents", text: old.text.clone(), why: WHY };
        put(entered, &ADD_POLICY, &new).await?;
    }
    if let Some(text) = people
        && newest(entered.transaction(), &NEWEST_NETWORK, school).await?.is_none()
    {
        let source = compiler::read("", text).map_err(Fault::Wrong)?;
        let number = i64::try_from(source.version).unwrap_or(1).max(1);
        let new = NewVersion { number, kind: "documents", text: text.to_owned(), why: WHY };
        put(entered, &ADD_NETWORK, &new).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_acts_that_move_the_gate_go_by_their_words() {
        let words: Vec<&str> = MOVED_SINCE.sql.split('\'').skip(1).step_by(2).collect();
        for word in words.iter().filter(|word| **word != "done") {
            assert!(Act::ALL.iter().any(|act| act.word() == *word), "{word}");
        }
        let moving = [
            Act::SchoolSetUp,
            Act::PersonAdded,
            Act::PersonChanged,
            Act::PersonLeft,
            Act::PeopleImported,
            Act::ClassChanged,
            Act::Erased,
            Act::PolicyChanged,
            Act::NetworkChanged,
            Act::LessonChanged,
            Act::SuspensionChanged,
            Act::EmergencyBlockChanged,
            Act::DocumentsTakenIn,
            Act::Restored,
        ];
        for act in moving {
            assert!(words.contains(&act.word()), "{act:?}");
        }
    }
}
