//! What is confidential about a person: how they use a computer and what helps, where they live, what a court ordered, who
//! must not be told. Sealed write-only into one compartment for each person.

use super::statements::{
    ADD_COMPARTMENT, ADD_DETAIL, COMPARTMENT_OF, COURT_ORDERS, DETAILS, END_DETAILS, NO_CONTACTS, PERSON,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Resource},
    audit::Detail,
    id,
    seal::{self, Place},
};
use jiff::civil::Date;
use std::fmt;
use zeroize::Zeroizing;

/// The longest sealed text, in characters.
const LONGEST_WORDS: usize = 8_000;

/// Confidential words. They are wiped when they go, and never shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Words(Zeroizing<String>);

impl Words {
    /// The words themselves.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

/// A confidential detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailKind {
    /// How somebody uses a computer, and what helps.
    AccessNeeds,
    /// Where somebody lives, and whether nobody is told it.
    Address {
        /// Whether the address is left out of letters, lists and exports.
        not_given_out: bool,
    },
}

/// What is confidential about a person, opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confidential {
    /// How they use a computer, and what helps.
    pub access_needs: Option<Words>,
    /// Where they live.
    pub address: Option<Address>,
    /// Court orders that have not been ended, those of the past and the future too.
    pub court_orders: Vec<CourtOrder>,
    /// Who must not be contacted or told.
    pub no_contacts: Vec<NoContact>,
}

/// Where somebody lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where.
    pub words: Words,
    /// Whether it is left out of letters, lists and exports.
    pub not_given_out: bool,
}

/// A court order, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourtOrder {
    /// Its id.
    pub id: id::Row,
    /// Whom it binds.
    pub adult: id::Person,
    /// Whether they must not be told anything while it is in force.
    pub bars_telling: bool,
    /// Its first day.
    pub from: Date,
    /// Its last day, if it has one.
    pub until: Option<Date>,
    /// What it forbids.
    pub words: Words,
}

/// Somebody who must not be contacted or told, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoContact {
    /// Its id.
    pub id: id::Row,
    /// Who.
    pub adult: id::Person,
    /// Why.
    pub reason: Words,
}

impl Records {
    /// Records a confidential detail; what was recorded before of its kind ends. Needs nobody's key.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for words that are missing or too long.
    pub async fn record_confidential(
        &self,
        session: &Session,
        person: id::Person,
        kind: DetailKind,
        words: &str,
    ) -> Result<(), Fault> {
        let words = checked(words)?;
        let (kind, not_given_out) = match kind {
            DetailKind::AccessNeeds => ("access-needs", false),
            DetailKind::Address { not_given_out } => ("address", not_given_out),
        };
        let detail = Detail::none().with("kind", kind);
        let mut entered = self.act(session, Act::ConfidentialChanged, Resource::Person(person), detail).await?;
        let written = write_detail(&mut entered, person, (kind, not_given_out), words).await;
        entered.finish(written).await
    }

    /// Opens what is confidential about a person.
    ///
    /// # Errors
    /// [`Fault::Locked`] when nothing is unlocked; [`Fault::NotFound`] for whoever holds no key.
    pub async fn confidential(&self, session: &Session, person: id::Person) -> Result<Confidential, Fault> {
        let mut entered = self.act(session, Act::ConfidentialRead, Resource::Person(person), Detail::none()).await?;
        let found = open_all(&mut entered, session, person).await;
        entered.finish(found).await
    }
}

async fn write_detail(
    entered: &mut Entered,
    person: id::Person,
    (kind, not_given_out): (&str, bool),
    words: &str,
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let row = id::Row::new(now)?;
    let sealed = sealed(entered, person, ("confidential_detail", "words"), row, words).await?;
    entered.change(&END_DETAILS, &[person.into(), school.into(), kind.into(), now.into()]).await.map(drop)?;
    let values =
        [row.into(), school.into(), person.into(), kind.into(), not_given_out.into(), sealed.into(), now.into()];
    entered.change_one(&ADD_DETAIL, &values).await
}

async fn open_all(entered: &mut Entered, session: &Session, person: id::Person) -> Result<Confidential, Fault> {
    let mut found = Confidential::default();
    let Some(row) = entered.row(&COMPARTMENT_OF, &[person.into(), session.school.into()]).await? else {
        return Ok(found);
    };
    let compartment = row.get(0)?;
    let key = [person.into(), session.school.into()];
    for row in entered.rows(&DETAILS, &key).await? {
        let at = ("confidential_detail", "words");
        let words = opened(entered, session, compartment, at, (row.get(0)?, row.get(3)?)).await?;
        match row.get::<String>(1)?.as_str() {
            "address" => found.address = Some(Address { words, not_given_out: row.get(2)? }),
            _ => found.access_needs = Some(words),
        }
    }
    for row in entered.rows(&COURT_ORDERS, &key).await? {
        let id = row.get(0)?;
        let words = opened(entered, session, compartment, ("court_order", "words"), (id, row.get(5)?)).await?;
        found.court_orders.push(CourtOrder {
            id,
            adult: row.get(1)?,
            bars_telling: row.get(2)?,
            from: row.get(3)?,
            until: row.get(4)?,
            words,
        });
    }
    for row in entered.rows(&NO_CONTACTS, &key).await? {
        let id = row.get(0)?;
        let reason = opened(entered, session, compartment, ("no_contact", "reason"), (id, row.get(2)?)).await?;
        found.no_contacts.push(NoContact { id, adult: row.get(1)?, reason });
    }
    Ok(found)
}

async fn opened(
    entered: &mut Entered,
    session: &Session,
    compartment: id::Compartment,
    (table, column): (&'static str, &'static str),
    (row, sealed): (id::Row, Vec<u8>),
) -> Result<Words, Fault> {
    let unlocked = session.unlocked.as_ref().ok_or_else(|| {
        Fault::Locked("This part is sealed. Sign in with your password or passphrase to unlock it.".to_owned())
    })?;
    let row = row.to_string();
    let place = Place { school: session.school, compartment, table, column, row: &row };
    let plain = seal::open(entered.transaction(), unlocked, &place, &sealed).await?;
    let text = std::str::from_utf8(&plain).map_err(|_no_text| {
        Fault::Damaged("A sealed value is no text. Restore a backup, and report this.".to_owned())
    })?;
    Ok(Words(Zeroizing::new(text.to_owned())))
}

/// Seals words to a person's compartment; needs nobody's key.
pub(super) async fn sealed(
    entered: &mut Entered,
    about: id::Person,
    (table, column): (&'static str, &'static str),
    row: id::Row,
    words: &str,
) -> Result<Vec<u8>, Fault> {
    let school = entered.session().school;
    let compartment = compartment(entered, about).await?;
    let row = row.to_string();
    let place = Place { school, compartment, table, column, row: &row };
    seal::seal(entered, &place, words.as_bytes()).await
}

/// Whoever is barred from hearing about a child can hold no key to what is confidential about it, whatever their duties.
pub(super) async fn keep_out(entered: &mut Entered, about: id::Person, barred: id::Person) -> Result<(), Fault> {
    let compartment = compartment(entered, about).await?;
    seal::add_subject(entered, compartment, barred).await
}

/// Whoever turns out to be family holds no key to what is confidential about the child any more, whatever their duties.
pub(super) async fn take_key(entered: &mut Entered, about: id::Person, family: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    let Some(row) = entered.row(&COMPARTMENT_OF, &[about.into(), school.into()]).await? else { return Ok(()) };
    let compartment = row.get(0)?;
    if seal::holders(entered.transaction(), school, compartment).await?.contains(&family) {
        seal::remove(entered, compartment, family).await?;
    }
    Ok(())
}

/// The compartment of a person's details, made when there is none.
async fn compartment(entered: &mut Entered, person: id::Person) -> Result<id::Compartment, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let key = [person.into(), school.into()];
    if let Some(row) = entered.row(&COMPARTMENT_OF, &key).await? {
        let compartment = row.get(0)?;
        seal::check_of(entered.transaction(), school, compartment, &format!("details {person}")).await?;
        return Ok(compartment);
    }
    entered.row(&PERSON, &key).await?.ok_or(Fault::NotFound)?;
    let holders = access::entitled_to_details(entered.transaction(), school, person, now).await?;
    let compartment = seal::new_compartment(entered, &format!("details {person}"), &holders, &[person]).await?;
    entered.change_one(&ADD_COMPARTMENT, &[person.into(), school.into(), compartment.into(), now.into()]).await?;
    Ok(compartment)
}

/// Words that can be sealed.
pub(super) fn checked(words: &str) -> Result<&str, Fault> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > LONGEST_WORDS {
        return Err(Fault::wrong("Write between 1 and 8,000 characters."));
    }
    Ok(words)
}
