//! Suspensions of one person's access (requirement F-38). Each ends by itself.

use super::{
    document::{self, Wall},
    policy::{Accepted, Change, Ground, newest},
    statements::{NAME_OF, NEWEST_POLICY, WHOSE_CODE},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Decision, Resource},
    audit::Detail,
    id,
};
use holdfast_core::policy::{self, source::SuspensionSource};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
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

/// A suspension that runs or will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspended {
    /// Its code.
    pub code: String,
    /// Whose access.
    pub person: id::Person,
    /// Their name.
    pub full_name: String,
    /// When it ends.
    pub until: Timestamp,
    /// Teaching sites that stay open.
    pub keep_hosts: Vec<String>,
}

impl Records {
    /// Suspends somebody's access from now on. Help and lifelines stay open to them, whatever is suspended. By whoever may
    /// suspend and know the person, and never by themselves.
    pub async fn suspend(&self, session: &Session, new: &NewSuspension) -> Result<Accepted, Fault> {
        let now = self.clock().now();
        if new.until <= now || new.until > now + (LONGEST_DAYS * 24).hours() {
            return Err(Fault::wrong(format!("A suspension ends within {LONGEST_DAYS} days from now.")));
        }
        if new.keep_hosts.len() > MOST_SITES {
            return Err(Fault::wrong(format!("At most {MOST_SITES} sites stay open.")));
        }
        let change = Change {
            act: Act::SuspensionChanged,
            resource: Resource::Person(new.person),
            kind: "suspension",
            why: "A suspension.".to_owned(),
        };
        let place = |document: &mut DocumentMut, ground: &Ground| {
            let person = ground.person.as_deref().ok_or(Fault::NotFound)?;
            let code = format!("suspension-{}", ground.number);
            let entry = SuspensionSource {
                code: code.clone(),
                person: person.into(),
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

    /// Ends a suspension now. One that is not there, and one of somebody whom the asker may not know, take the same path.
    pub async fn end_suspension(&self, session: &Session, code: &str) -> Result<Accepted, Fault> {
        let about = self.suspended(session, code).await?;
        let change = Change {
            act: Act::SuspensionChanged,
            resource: about,
            kind: "suspension-ended",
            why: format!("Ended: {code}"),
        };
        let end = |document: &mut DocumentMut, ground: &Ground| {
            document::end(document, "suspension", code, &ground.wall)?;
            Ok(Some(code.to_owned()))
        };
        self.revise(session, &change, &end).await
    }

    /// The suspensions that run or will, of those whom the asker could suspend themselves.
    pub async fn suspensions(&self, session: &Session) -> Result<Vec<Suspended>, Fault> {
        let detail = Detail::none().with("list", "suspensions");
        let mut entered = self.act(session, Act::DirectoryRead, Resource::School, detail).await?;
        let listed = list(&mut entered).await;
        entered.finish(listed).await
    }

    /// Whom a suspension is of. A person whom only the former document knows is the whole school's matter.
    async fn suspended(&self, session: &Session, code: &str) -> Result<Resource, Fault> {
        let mut looking = self.looking().await?;
        let policy = newest(&mut looking, &NEWEST_POLICY, session.school).await?;
        let source = policy.and_then(|version| policy::read("", &version.text).ok());
        let all = source.map(|source| source.suspensions).unwrap_or_default();
        let found = all.into_iter().find(|suspension| suspension.code == code);
        let person = found.as_ref().map_or("", |suspension| suspension.person.as_str());
        let row = looking.row(&WHOSE_CODE, &[session.school.into(), person.into()]).await?;
        Ok(match (row, found) {
            (Some(row), _) => Resource::Person(row.get(0)?),
            (None, Some(_)) => Resource::School,
            // Nobody's id, so that what is read is the same.
            (None, None) => Resource::Person(id::Person::new(self.clock().now())?),
        })
    }
}

async fn list(entered: &mut Entered) -> Result<Vec<Suspended>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let Some(version) = newest(entered.transaction(), &NEWEST_POLICY, school).await? else { return Ok(Vec::new()) };
    let source = policy::read("", &version.text).map_err(Fault::Wrong)?;
    let wall = Wall { now, zone: TimeZone::get(&source.time_zone).unwrap_or(TimeZone::UTC) };
    let mut listed = Vec::new();
    for suspension in source.suspensions {
        let Some(until) = wall.end_of(&suspension.ends).filter(|until| *until > now) else { continue };
        let row = entered.row(&WHOSE_CODE, &[school.into(), suspension.person.as_str().into()]).await?;
        let Some(person) = row.map(|row| row.get::<id::Person>(0)).transpose()? else { continue };
        let facts = access::facts(entered.transaction(), school, &Resource::Person(person), now).await?;
        let standing = entered.standing();
        let may = |act| access::decide(standing, act, &facts) == Decision::Allowed;
        if standing.actor == Actor::Person(person) || !may(Act::SuspensionChanged) || !may(Act::PersonRead) {
            continue;
        }
        let name = entered.row(&NAME_OF, &[school.into(), person.into()]).await?;
        listed.push(Suspended {
            code: suspension.code,
            person,
            full_name: name.ok_or(Fault::NotFound)?.get(0)?,
            until,
            keep_hosts: suspension.keep_hosts,
        });
    }
    Ok(listed)
}
