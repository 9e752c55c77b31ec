//! What the daily look at the addresses of contacts found.

use super::{
    local::address_host,
    statements::{ADD_LINK, CONTACTS, DROP_LINKS, LINKS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Duty, Resource},
    audit::Detail,
    id,
    store::{Row, words},
};
use holdfast_core::wording::national_contacts;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// How an address was found.
    LinkFound {
        /// It answers.
        Works = "works", "Works";
        /// It leads to another site.
        Moved = "moved", "Leads elsewhere now";
        /// The site says that there is no such page, or cannot show that it is itself.
        Broken = "broken", "Does not work";
        /// It answers, and not to programs.
        Unsure = "unsure", "Look for yourself";
        /// It could not be asked, perhaps for want of internet here.
        NotChecked = "not-checked", "Could not be checked";
    }
}

/// How one address was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkLook {
    /// The address.
    pub address: String,
    /// How it was found.
    pub found: LinkFound,
    /// In words.
    pub words: String,
    /// Since when it is found so.
    pub since: Timestamp,
    /// When it was last asked.
    pub looked: Timestamp,
}

impl Records {
    /// The addresses to ask: those of the national contacts that still exist, and of the school's own. Each is of a public host.
    pub async fn link_addresses(&self, school: id::School) -> Result<BTreeSet<String>, Fault> {
        let national = national_contacts().iter().filter(|national| national.retired.is_none());
        let mut addresses: BTreeSet<String> =
            national.filter_map(|national| national.contact.web).map(str::to_owned).collect();
        for row in self.looking().await?.rows(&CONTACTS, &[school.into()]).await? {
            addresses.insert(row.get(4)?);
        }
        addresses.retain(|address| address_host(address).is_some());
        Ok(addresses)
    }

    /// How each address was found the last time; one that nobody shows any more is left out at the next look.
    pub async fn links(&self, school: id::School) -> Result<Vec<LinkLook>, Fault> {
        self.looking().await?.rows(&LINKS, &[school.into()]).await?.iter().map(of).collect()
    }

    /// Keeps what a look found, in place of the one before. Since when it is so goes on from there.
    pub async fn record_links(&self, school: id::School, found: &[(String, LinkFound, String)]) -> Result<(), Fault> {
        let session = Session { school, actor: Actor::Clock, unlocked: None };
        let detail = Detail::none().with("addresses", found.len().to_string());
        let mut entered = self.act(&session, Act::LinksChecked, Resource::School, detail).await?;
        let written = write(&mut entered, found).await;
        entered.finish(written).await
    }
}

fn of(row: &Row) -> Result<LinkLook, Fault> {
    Ok(LinkLook {
        address: row.get(0)?,
        found: row.get(1)?,
        words: row.get(2)?,
        since: row.get(3)?,
        looked: row.get(4)?,
    })
}

async fn write(entered: &mut Entered, found: &[(String, LinkFound, String)]) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let rows = entered.rows(&LINKS, &[school.into()]).await?;
    let before = rows.iter().map(|row| of(row).map(|look| (look.address.clone(), look)));
    let before = before.collect::<Result<BTreeMap<_, _>, Fault>>()?;
    let _how_many = entered.change(&DROP_LINKS, &[school.into()]).await?;
    let mut is_news = false;
    for (address, found, words) in found {
        // Twice in a row: once may be the site's bad hour, and a third time is no news.
        is_news |= *found == LinkFound::Broken
            && before.get(address).is_some_and(|before| before.found == *found && before.since == before.looked);
        let since = before.get(address).filter(|before| before.found == *found).map_or(now, |before| before.since);
        let values =
            [school.into(), address.as_str().into(), (*found).into(), words.as_str().into(), since.into(), now.into()];
        entered.change_one(&ADD_LINK, &values).await?;
    }
    if is_news {
        let about = school.to_string();
        for lead in entered.standing().roll.answering(Duty::DesignatedLead, &[]) {
            access::tell(entered, lead, "contact-broken", &about).await?;
        }
    }
    Ok(())
}
