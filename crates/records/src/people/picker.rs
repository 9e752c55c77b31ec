//! The picker: who is meant, so that nobody writes about the wrong child (practice 21), and the directory.

use super::{
    Kind,
    names::patterns,
    statements::{CLASSES_OF, PICK},
};
use crate::{
    Fault, Records, Session,
    access::{self, Act, Decision, Resource},
    audit::Detail,
    id,
    store::{Row, Transaction},
};
use jiff::civil::Date;

/// How many are shown at once.
const MOST_SHOWN: usize = 50;
/// How many rows `PICK` answers with at most.
const PAGE: usize = 500;

/// Somebody whom a search found, with what tells them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// Who.
    pub id: id::Person,
    /// What they are to the school.
    pub kind: Kind,
    /// Their name in full.
    pub full_name: String,
    /// What they like to be called.
    pub preferred_name: Option<String>,
    /// Their date of birth.
    pub date_of_birth: Option<Date>,
    /// The codes of their classes.
    pub classes: Vec<String>,
    /// Whether there is a photograph to show ([`Records::photo`]).
    pub has_photo: bool,
    /// Whether another of the same kind has this name.
    pub another_has_this_name: bool,
    /// Whether the asker may read their record ([`Records::person`]).
    pub is_readable: bool,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// At most fifty, by name.
    pub people: Vec<Picked>,
    /// Whether there are more: the search must say more.
    pub there_are_more: bool,
}

/// What somebody is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeking {
    /// To be given a duty: adults only.
    Duty,
    /// To be given an account, or to have theirs looked after.
    Account,
}

impl Records {
    /// Finds people by the beginnings of the words of their names; up to four words count. A search without a letter finds
    /// nobody. Whom the asker may not see is left out before anything is counted.
    pub async fn find_people(&self, session: &Session, search: &str, kind: Option<Kind>) -> Result<Found, Fault> {
        self.find(session, search, kind, (Act::DirectoryRead, Act::DirectoryRead)).await
    }

    /// Finds people to whom whoever asks may give a duty or an account, in the same way. A chair and a trust lead, who read no
    /// directory, find them too.
    pub async fn find_for(&self, session: &Session, search: &str, seeking: Seeking) -> Result<Found, Fault> {
        let (judged_by, entered_as) = match seeking {
            Seeking::Duty => (Act::DutyGiven, Act::DutyCandidatesRead),
            Seeking::Account => (Act::AccountChanged, Act::AccountsListed),
        };
        let mut found = self.find(session, search, None, (judged_by, entered_as)).await?;
        if seeking == Seeking::Duty {
            found.people.retain(|picked| picked.kind != Kind::Pupil);
        }
        Ok(found)
    }

    /// Finds people for whoever raises a concern and reads no directory: names and classes, no day of birth. The log says that they
    /// looked; whom they were shown it keeps as a digest, because it would tell about whom somebody is worried.
    pub(crate) async fn find_for_concern(
        &self,
        session: &Session,
        search: &str,
        kind: Option<Kind>,
    ) -> Result<Found, Fault> {
        let mut found = self.find(session, search, kind, (Act::SoughtToRaise, Act::SoughtToRaise)).await?;
        for picked in &mut found.people {
            picked.date_of_birth = None;
        }
        Ok(found)
    }

    async fn find(
        &self,
        session: &Session,
        search: &str,
        kind: Option<Kind>,
        (judged_by, entered_as): (Act, Act),
    ) -> Result<Found, Fault> {
        let Some([first, second, third, fourth]) = patterns(search) else { return Ok(Found::default()) };
        let mut looking = self.looking().await?;
        let now = self.clock().now();
        let standing = access::standing(&mut looking, session.school, session.actor, now).await?;
        let mut found = Found::default();
        let mut passed = 0;
        // Whom the asker may not see is passed over, so a page of rows may show nobody while the next one does.
        'pages: loop {
            let values = [
                session.school.into(),
                kind.map(Kind::word).into(),
                first.as_str().into(),
                second.as_str().into(),
                third.as_str().into(),
                fourth.as_str().into(),
                passed.into(),
            ];
            let rows = looking.rows(&PICK, &values).await?;
            for row in &rows {
                passed += 1;
                let facts = access::facts(&mut looking, session.school, &Resource::Person(row.get(0)?), now).await?;
                if access::decide(&standing, judged_by, &facts) != Decision::Allowed {
                    continue;
                }
                if found.people.len() == MOST_SHOWN {
                    found.there_are_more = true;
                    break 'pages;
                }
                let is_readable = access::decide(&standing, Act::PersonRead, &facts) == Decision::Allowed;
                // A photograph is the directory's to show.
                let shows_photo = access::decide(&standing, Act::DirectoryRead, &facts) == Decision::Allowed;
                let picked = picked(&mut looking, session.school, row).await?;
                found.people.push(Picked { is_readable, has_photo: picked.has_photo && shows_photo, ..picked });
            }
            if rows.len() < PAGE {
                break;
            }
        }
        drop(looking);
        self.enter_shown(session, entered_as, found.people.iter().map(|picked| picked.id)).await?;
        Ok(found)
    }

    /// The entry of a list. It lists whom the asker is shown, so it is written when that is settled, and before it is handed out.
    pub(super) async fn enter_shown(
        &self,
        session: &Session,
        act: Act,
        shown: impl Iterator<Item = id::Person>,
    ) -> Result<(), Fault> {
        let shown = shown.map(|person| person.to_string()).collect::<Vec<_>>().join(",");
        let detail = match act {
            Act::SoughtToRaise => Detail::none().digest("shown", shown),
            _ => Detail::none().with("shown", shown),
        };
        self.act(session, act, Resource::School, detail).await?.commit().await
    }
}

/// Somebody from a row of `PICK` or `LISTED`; whether their record may be read is the caller's to say.
pub(super) async fn picked(looking: &mut Transaction, school: id::School, row: &Row) -> Result<Picked, Fault> {
    let id = row.get::<id::Person>(0)?;
    let mut classes = Vec::new();
    for row in looking.rows(&CLASSES_OF, &[id.into(), school.into()]).await? {
        classes.push(row.get(0)?);
    }
    Ok(Picked {
        id,
        kind: row.get(1)?,
        full_name: row.get(2)?,
        preferred_name: row.get(3)?,
        date_of_birth: row.get(4)?,
        classes,
        has_photo: row.get::<i64>(5)? > 0,
        another_has_this_name: row.get::<i64>(6)? > 0,
        is_readable: false,
    })
}
