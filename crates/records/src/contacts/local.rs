//! The contacts of the school's own area, and when each contact was last found true.

use super::{
    hours::check_hours,
    statements::{ADD_CONTACT, CONFIRM, CONFIRMED, CONTACT, CONTACTS, END_CONTACT, HOW_MANY},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
    settings::define::signposts,
    store::{Row, words},
};
use holdfast_core::{host::Host, problem::Problem, wording::national_contacts};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The longest of a name, a telephone number, an address.
const LONGEST: usize = 300;
/// The longest sentence.
const LONGEST_WORDS: usize = 500;
/// How many a school may have.
const MOST: i64 = 300;

words! {
    /// What a contact is in the school's area.
    ContactRole {
        /// Who hears allegations about people who work with children.
        DesignatedOfficer = "designated-officer", "designated officer of the local authority (LADO)";
        /// Where referrals go by day.
        SocialCare = "social-care", "children’s social care, by day";
        /// Where urgent referrals go at night and on weekends.
        SocialCareNight = "social-care-night", "children’s social care, out of hours";
        /// Who advises schools.
        EducationSafeguarding = "education-safeguarding", "education safeguarding service";
        /// The person there who answers for this area.
        AreaAdviser = "area-adviser", "area safeguarding adviser";
        /// Thresholds and procedures of the area.
        Partnership = "partnership", "safeguarding children partnership";
        /// The police near by.
        Police = "police", "local police, not an emergency";
        /// For worries about exploitation.
        Exploitation = "exploitation", "child exploitation team";
        /// For worries about extremism.
        Prevent = "prevent", "local Prevent team";
        /// Help before it is social care's.
        EarlyHelp = "early-help", "early help for families";
        /// Health in school.
        Health = "health", "school nursing and mental health";
        /// Help with machines and networks.
        ServiceDesk = "service-desk", "technical service desk";
        /// Anything else.
        Other = "other", "somebody else";
    }
}

impl ContactRole {
    /// What every school is asked for (W-11): who hears allegations, where referrals go by day and by night, and who advises.
    pub const ASKED_FOR: &[Self] = &[
        Self::DesignatedOfficer,
        Self::SocialCare,
        Self::SocialCareNight,
        Self::EducationSafeguarding,
        Self::AreaAdviser,
        Self::Partnership,
        Self::Police,
    ];
}

words! {
    /// Whom a contact is for.
    ContactFor {
        /// Anybody.
        Anybody = "anybody", "anybody";
        /// Children and young people.
        Children = "children", "children";
        /// Parents and other adults who worry about a child.
        Parents = "parents", "parents and carers";
        /// People who work here.
        Staff = "staff", "staff";
    }
}

words! {
    /// Why a contact no longer holds.
    WhyEnded {
        /// Another line stands in its place.
        Changed = "changed", "it has changed";
        /// The service has ended.
        Retired = "retired", "the service has ended";
    }
}

/// A contact to be written down.
#[derive(Debug, Clone, Copy)]
pub struct NewContact<'a> {
    /// What it is.
    pub role: ContactRole,
    /// What it is called here.
    pub name: &'a str,
    /// The number; may be empty where there is an address.
    pub telephone: &'a str,
    /// Its page; may be empty where there is a number.
    pub web: &'a str,
    /// When somebody answers, as it was typed: see [`super::check_hours`].
    pub hours: &'a str,
    /// What it is good for; may be empty.
    pub what_for: &'a str,
    /// Whom it is for.
    pub audience: ContactFor,
    /// From where it is known.
    pub source: &'a str,
}

/// A contact of the school's area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalContact {
    /// Its id.
    pub id: id::Row,
    /// What it is.
    pub role: ContactRole,
    /// What it is called.
    pub name: String,
    /// The number; may be empty.
    pub telephone: String,
    /// Its page; may be empty.
    pub web: String,
    /// When somebody answers, in their one form.
    pub hours: String,
    /// What it is good for; may be empty.
    pub what_for: String,
    /// Whom it is for.
    pub audience: ContactFor,
    /// From where it is known.
    pub source: String,
    /// When it was written down.
    pub recorded_at: Timestamp,
    /// When it was last found true.
    pub confirmed: Confirmed,
}

/// When a contact was last found true, and whether it is time to look again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// When; nothing where nobody has.
    pub at: Option<Timestamp>,
    /// Whether somebody should look again.
    pub is_due: bool,
}

/// Everything a school knows of contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactBook {
    /// Those of its area.
    pub local: Vec<LocalContact>,
    /// What it is asked for and has not written down.
    pub missing: Vec<ContactRole>,
    /// When the national ones were found true, by their key.
    pub national: BTreeMap<&'static str, Confirmed>,
}

impl NewContact<'_> {
    /// What is wrong with it, each with the name of the field it is about; for a form.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let is_line = |text: &str, longest: usize| {
            text.chars().count() <= longest && !text.contains(|letter: char| letter.is_control())
        };
        let is_number = |text: &str| {
            text.len() <= 40
                && text.chars().filter(char::is_ascii_digit).count() >= 3
                && text.chars().all(|letter| letter.is_ascii_digit() || " +()-".contains(letter))
        };
        let checks = [
            (
                !self.name.is_empty() && is_line(self.name, LONGEST),
                "name",
                "Give the name it goes by here, in one line.",
            ),
            (
                self.telephone.is_empty() || is_number(self.telephone),
                "telephone",
                "Give one number: digits and spaces, such as 01632 960 001.",
            ),
            (
                !(self.telephone.is_empty() && self.web.is_empty()),
                "telephone",
                "Give a telephone number or a web address, better both.",
            ),
            (
                self.web.is_empty() || is_line(self.web, LONGEST) && address_host(self.web).is_some(),
                "web",
                "Give a whole public web address that begins with https://, such as https://www.council.example/children.",
            ),
            (is_line(self.what_for, LONGEST_WORDS), "what_for", "Say it in one short line."),
            (
                !self.source.is_empty() && is_line(self.source, LONGEST_WORDS),
                "source",
                "Say from where you know it: a web address, a letter, whom you rang. Others must be able to check it.",
            ),
        ];
        let wrong = checks.into_iter().filter(|(is_right, ..)| !is_right);
        let mut problems: Vec<_> = wrong.map(|(_, field, words)| (field, words.to_owned())).collect();
        if let Err(words) = check_hours(self.hours) {
            problems.push(("hours", words));
        }
        problems
    }
}

/// The host of an address that a page may lead to and our clock may ask: `https`, a public name, no port, nobody's name or
/// password in it.
pub(super) fn address_host(address: &str) -> Option<Host> {
    let rest = address.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    if host.contains(['@', ':', '[', '%', '\\']) || address.contains([' ', '"', '<', '>', '\\', '`']) {
        return None;
    }
    let host = Host::parse(host).ok()?;
    (host.address().is_none() && host.as_str().contains('.')).then_some(host)
}

impl Records {
    /// Everything the school knows of contacts. It is nobody's secret, so that this leaves no trace.
    pub async fn contact_book(&self, school: id::School) -> Result<ContactBook, Fault> {
        let now = self.clock().now();
        let days = self.settings(school).await?.of(&signposts::CONTACTS_CHECKED);
        let mut looking = self.looking().await?;
        let mut confirmed = BTreeMap::new();
        for row in looking.rows(&CONFIRMED, &[school.into()]).await? {
            confirmed.insert(row.get::<String>(0)?, row.get::<Timestamp>(1)?);
        }
        let every = SignedDuration::from_hours(24 * i64::from(days));
        let of_key = |key: &str, written: Option<Timestamp>| {
            let at = confirmed.get(key).copied().max(written);
            Confirmed { at, is_due: at.is_none_or(|at| now.duration_since(at) >= every) }
        };
        let rows = looking.rows(&CONTACTS, &[school.into()]).await?;
        let mut local = rows.iter().map(of).collect::<Result<Vec<_>, Fault>>()?;
        for contact in &mut local {
            // Whoever wrote it down had just looked.
            contact.confirmed = of_key(&contact.id.to_string(), Some(contact.recorded_at));
        }
        local.sort_by_key(|contact| ContactRole::ALL.iter().position(|role| *role == contact.role));
        let has = |role: &&ContactRole| local.iter().any(|contact| contact.role == **role);
        let missing = ContactRole::ASKED_FOR.iter().filter(|role| !has(role)).copied().collect();
        let national = national_contacts().iter().map(|national| (national.key, of_key(national.key, None))).collect();
        Ok(ContactBook { local, missing, national })
    }

    /// Writes a contact down; in place of another, where one is named.
    ///
    /// # Errors
    /// [`Fault::Wrong`] with everything that is wrong with it.
    pub async fn write_contact(
        &self,
        session: &Session,
        new: NewContact<'_>,
        in_place_of: Option<id::Row>,
    ) -> Result<id::Row, Fault> {
        let Actor::Person(by) = session.actor else { return Err(by_a_person()) };
        let detail = Detail::none().with("role", new.role.word()).with("done", "written");
        let mut entered = self.act(session, Act::ContactChanged, Resource::School, detail).await?;
        let written = async {
            if let Some(old) = in_place_of {
                end(&mut entered, by, old, WhyEnded::Changed).await?;
            }
            write(&mut entered, by, new).await
        }
        .await;
        entered.finish(written).await
    }

    /// Ends a contact: its service is no more.
    pub async fn end_contact(&self, session: &Session, contact: id::Row, why: WhyEnded) -> Result<(), Fault> {
        let Actor::Person(by) = session.actor else { return Err(by_a_person()) };
        let detail = Detail::none().with("contact", contact.to_string()).with("done", why.word());
        let mut entered = self.act(session, Act::ContactChanged, Resource::School, detail).await?;
        let ended = end(&mut entered, by, contact, why).await;
        entered.finish(ended).await
    }

    /// Says that somebody looked and found a contact true: one of the school's own by its id, a national one by its key.
    pub async fn confirm_contact(&self, session: &Session, contact: &str) -> Result<(), Fault> {
        let Actor::Person(by) = session.actor else { return Err(by_a_person()) };
        let national = national_contacts().iter().find(|national| national.key == contact);
        let own = if national.is_some() { None } else { Some(id::Row::parse(contact)?) };
        let key = national.map_or_else(|| own.map(|own| own.to_string()), |national| Some(national.key.to_owned()));
        let key = key.unwrap_or_default();
        let detail = Detail::none().with("contact", key.as_str()).with("done", "confirmed");
        let mut entered = self.act(session, Act::ContactChanged, Resource::School, detail).await?;
        let confirmed = async {
            let (school, now) = (entered.session().school, entered.now());
            if let Some(own) = own {
                entered.row(&CONTACT, &[own.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
            }
            let row = id::Row::new(now)?;
            let values = [row.into(), school.into(), key.as_str().into(), by.into(), now.into()];
            entered.change_one(&CONFIRM, &values).await
        }
        .await;
        entered.finish(confirmed).await
    }
}

fn by_a_person() -> Fault {
    Fault::NotAllowed("Contacts are kept by a person who signed in.".to_owned())
}

fn of(row: &Row) -> Result<LocalContact, Fault> {
    Ok(LocalContact {
        id: row.get(0)?,
        // A word of a later program's is somebody all the same.
        role: ContactRole::from_word(&row.get::<String>(1)?).unwrap_or(ContactRole::Other),
        name: row.get(2)?,
        telephone: row.get(3)?,
        web: row.get(4)?,
        hours: row.get(5)?,
        what_for: row.get(6)?,
        audience: row.get(7)?,
        source: row.get(8)?,
        recorded_at: row.get(9)?,
        confirmed: Confirmed::default(),
    })
}

async fn write(entered: &mut Entered, by: id::Person, new: NewContact<'_>) -> Result<id::Row, Fault> {
    let problems = new.problems();
    if !problems.is_empty() {
        return Err(Fault::Wrong(problems.into_iter().map(|(_, words)| Problem::error(words)).collect()));
    }
    let hours = check_hours(new.hours).map_err(Fault::wrong)?;
    let (school, now) = (entered.session().school, entered.now());
    let many: i64 = entered.row(&HOW_MANY, &[school.into()]).await?.map_or(Ok(0), |row| row.get(0))?;
    if many >= MOST {
        return Err(Fault::wrong(format!("{MOST} contacts are more than anybody reads. End one first.")));
    }
    let contact = id::Row::new(now)?;
    let values = [
        contact.into(),
        school.into(),
        new.role.into(),
        new.name.into(),
        new.telephone.into(),
        new.web.into(),
        hours.as_str().into(),
        new.what_for.into(),
        new.audience.into(),
        new.source.into(),
        by.into(),
        now.into(),
    ];
    entered.change_one(&ADD_CONTACT, &values).await?;
    Ok(contact)
}

async fn end(entered: &mut Entered, by: id::Person, contact: id::Row, why: WhyEnded) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    entered.row(&CONTACT, &[contact.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let values = [contact.into(), school.into(), why.into(), by.into(), now.into()];
    entered.change_one(&END_CONTACT, &values).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_a_public_site_over_https() {
        let right = "https://www.council.example/children?a=b#now";
        assert_eq!(address_host(right).unwrap().as_str(), "www.council.example");
        let wrong = [
            "http://www.council.example/",
            "https://user@council.example/",
            "https://council.example:8443/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://localhost/",
            "https://0x7f.1/",
            "javascript:alert(1)",
            "https://council.example/\" onclick=\"x",
            "https://",
            "",
        ];
        for wrong in wrong {
            assert!(address_host(wrong).is_none(), "{wrong}");
        }
    }
}
