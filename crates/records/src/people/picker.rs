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
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// At most fifty, by name.
    pub people: Vec<Picked>,
    /// Whether there are more: the search must say more.
    pub there_are_more: bool,
}

impl Records {
    /// Finds people by the beginnings of the words of their names; up to four words count. A search without a letter finds
    /// nobody. Whom the asker may not see is left out before anything is counted.
    pub async fn find_people(&self, session: &Session, search: &str, kind: Option<Kind>) -> Result<Found, Fault> {
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
                if access::decide(&standing, Act::DirectoryRead, &facts) != Decision::Allowed {
                    continue;
                }
                if found.people.len() == MOST_SHOWN {
                    found.there_are_more = true;
                    break 'pages;
                }
                found.people.push(picked(&mut looking, session.school, row).await?);
            }
            if rows.len() < PAGE {
                break;
            }
        }
        drop(looking);
        // The entry lists whom the asker is shown, so it is written when that is settled, and before it is handed out.
        let shown = found.people.iter().map(|picked| picked.id.to_string()).collect::<Vec<_>>().join(",");
        let detail = Detail::none().with("shown", shown);
        self.act(session, Act::DirectoryRead, Resource::School, detail).await?.commit().await?;
        Ok(found)
    }
}

async fn picked(looking: &mut Transaction, school: id::School, row: &Row) -> Result<Picked, Fault> {
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
    })
}
