//! The register: everybody of a kind or a class, a page at a time, and what people are called whose ids stand elsewhere.

use super::{
    Class, Kind, Part, Picked,
    class::from_row,
    picker::picked,
    statements::{CLASS, LISTED, LISTED_COUNT, PARTS, PERSON},
};
use crate::{
    Fault, Records, Session,
    access::{self, Act, Actor, Decision, Resource},
    audit::Detail,
    id,
    store::Value,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How many stand on a page, as `LISTED` has it.
const EACH: usize = 50;

/// Which part of the register is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Listing {
    /// Of which kind, or of any.
    pub kind: Option<Kind>,
    /// Of which class, or of any and of none.
    pub class: Option<id::Class>,
    /// Those who have left, and not those who are here.
    pub has_left: bool,
    /// Which page, counted from 1.
    pub page: usize,
}

/// A page of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// At most fifty, by name; with when they left, if they have.
    pub people: Vec<(Picked, Option<Timestamp>)>,
    /// Which page it is, counted from 1.
    pub page: usize,
    /// How many there are; one at least.
    pub pages: usize,
    /// How many people stand on all of them.
    pub count: usize,
}

impl Records {
    /// A page of the register. Whom the asker may not see is left out before anything is counted.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for those who have left, to whom does not keep the register.
    pub async fn list_people(&self, session: &Session, listing: Listing) -> Result<Listed, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        // Who was here once is for whoever looks after people.
        let needed = if listing.has_left { Act::PersonChanged } else { Act::DirectoryRead };
        let mut looking = self.looking().await?;
        let now = self.clock().now();
        let standing = access::standing(&mut looking, session.school, session.actor, now).await?;
        let of_school = access::facts(&mut looking, session.school, &Resource::School, now).await?;
        let mut listed = Listed { people: Vec::new(), page: 1, pages: 1, count: 0 };
        let is_allowed = access::decide(&standing, needed, &of_school) == Decision::Allowed;
        if is_allowed {
            let mut values: Vec<Value> = vec![
                session.school.into(),
                listing.kind.map(Kind::word).into(),
                i64::from(listing.has_left).into(),
                listing.class.map(|class| class.to_string()).into(),
                asker.into(),
                now.into(),
            ];
            let count = looking.row(&LISTED_COUNT, &values).await?.ok_or(Fault::NotFound)?.get::<i64>(0)?;
            listed.count = usize::try_from(count).unwrap_or_default();
            listed.pages = listed.count.div_ceil(EACH).max(1);
            listed.page = listing.page.clamp(1, listed.pages);
            values.push(i64::try_from((listed.page - 1) * EACH).unwrap_or(i64::MAX).into());
            for row in looking.rows(&LISTED, &values).await? {
                let facts = access::facts(&mut looking, session.school, &Resource::Person(row.get(0)?), now).await?;
                if access::decide(&standing, Act::DirectoryRead, &facts) != Decision::Allowed {
                    continue;
                }
                let is_readable = access::decide(&standing, Act::PersonRead, &facts) == Decision::Allowed;
                let picked = picked(&mut looking, session.school, &row).await?;
                listed.people.push((Picked { is_readable, ..picked }, row.get(7)?));
            }
        }
        drop(looking);
        self.enter_shown(session, Act::DirectoryRead, listed.people.iter().map(|(picked, _)| picked.id)).await?;
        if is_allowed { Ok(listed) } else { Err(Fault::NotFound) }
    }

    /// A class, and what each of these people does in it.
    pub async fn class(
        &self,
        session: &Session,
        class: id::Class,
    ) -> Result<(Class, BTreeMap<id::Person, Vec<Part>>), Fault> {
        let detail = Detail::none().with("list", "class");
        let mut entered = self.act(session, Act::DirectoryRead, Resource::School, detail).await?;
        let read = async {
            let key: [Value; 2] = [class.into(), entered.session().school.into()];
            let row = entered.row(&CLASS, &key).await?.ok_or(Fault::NotFound)?;
            let mut parts = BTreeMap::<_, Vec<Part>>::new();
            for row in entered.rows(&PARTS, &key).await? {
                parts.entry(row.get(0)?).or_default().push(row.get(1)?);
            }
            Ok((from_row(&row)?, parts))
        }
        .await;
        entered.finish(read).await
    }

    /// What people are called whose ids stand in a log or beside a sealed word: those of them whom the asker may see. Somebody who
    /// does not read the directory is told no names; that is no refusal of the page on which the ids stand, and nothing is entered.
    pub async fn names_of(
        &self,
        session: &Session,
        people: &[id::Person],
    ) -> Result<BTreeMap<id::Person, String>, Fault> {
        let mut looking = self.looking().await?;
        let now = self.clock().now();
        let standing = access::standing(&mut looking, session.school, session.actor, now).await?;
        let of_school = access::facts(&mut looking, session.school, &Resource::School, now).await?;
        if access::decide(&standing, Act::DirectoryRead, &of_school) != Decision::Allowed {
            return Ok(BTreeMap::new());
        }
        let mut names = BTreeMap::new();
        for person in people {
            if names.contains_key(person) {
                continue;
            }
            let facts = match access::facts(&mut looking, session.school, &Resource::Person(*person), now).await {
                Ok(facts) => facts,
                Err(Fault::NotFound) => continue,
                Err(fault) => return Err(fault),
            };
            if access::decide(&standing, Act::DirectoryRead, &facts) == Decision::Allowed {
                let row = looking.row(&PERSON, &[(*person).into(), session.school.into()]).await?;
                names.insert(*person, row.ok_or(Fault::NotFound)?.get(4)?);
            }
        }
        drop(looking);
        self.enter_shown(session, Act::DirectoryRead, names.keys().copied()).await?;
        Ok(names)
    }
}
