//! Who of a child's parents and carers may be told something (practice 4). Every notice asks here; nothing is inferred.

use super::{
    RelationKind, Responsibility,
    statements::{COURT_ORDERS, HIDDEN_ADDRESSES, NO_CONTACTS, PERSON, RELATIONS, ZONE},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    id,
};
use jiff::{civil::Date, tz::TimeZone};
use std::collections::{BTreeMap, BTreeSet};

/// The answer for one adult.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// They may be told.
    May,
    /// Somebody decides first; why.
    Ask(Unsure),
    /// They must not be told or contacted. The reason is confidential, so it is not said here.
    Never,
}

/// Why somebody must decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsure {
    /// They have no parental responsibility.
    NoResponsibility,
    /// Nobody has said whether they have.
    ResponsibilityNotKnown,
    /// A court order binds them; it does not bar telling as such.
    CourtOrder,
    /// They are no longer on the school's list.
    Left,
}

/// An adult, and whether they may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub adult: id::Person,
    /// Their name.
    pub full_name: String,
    /// What they are to the child; `None` for somebody of whom only a bar is known.
    pub kind: Option<RelationKind>,
    /// The answer.
    pub telling: Telling,
    /// Whether their address must be left out of everything.
    pub address_not_given_out: bool,
}

/// Who may be told about a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhoMayBeTold {
    /// Parents and carers in the order to ring them, then others who are barred.
    pub adults: Vec<Told>,
    /// Whether the child's address must be left out of everything.
    pub address_not_given_out: bool,
}

impl Records {
    /// Who may be told about a child, on this day of the school's.
    pub async fn who_may_be_told(&self, session: &Session, child: id::Person) -> Result<WhoMayBeTold, Fault> {
        let mut entered = self.act(session, Act::TellingAsked, Resource::Person(child), Detail::none()).await?;
        let told = who_may_be_told(&mut entered, child).await;
        entered.finish(told).await
    }
}

pub(crate) async fn who_may_be_told(entered: &mut Entered, child: id::Person) -> Result<WhoMayBeTold, Fault> {
    let school = entered.session().school;
    let key = [child.into(), school.into()];
    entered.row(&PERSON, &key).await?.ok_or(Fault::NotFound)?;
    let zone = entered.row(&ZONE, &[school.into()]).await?.ok_or(Fault::NotFound)?.get::<String>(0)?;
    let zone = TimeZone::get(&zone)
        .map_err(|_unknown| Fault::Damaged("The school's time zone is none we know. Set it again.".to_owned()))?;
    let today = entered.now().to_zoned(zone).date();
    let mut barred = BTreeSet::new();
    let mut bound = BTreeSet::new();
    for row in entered.rows(&NO_CONTACTS, &key).await? {
        barred.insert(row.get::<id::Person>(1)?);
    }
    for row in entered.rows(&COURT_ORDERS, &key).await? {
        let (adult, bars_telling) = (row.get::<id::Person>(1)?, row.get::<bool>(2)?);
        if is_in_force(row.get(3)?, row.get(4)?, today) {
            if bars_telling { &mut barred } else { &mut bound }.insert(adult);
        }
    }
    let mut adults = Vec::new();
    let mut others: BTreeMap<id::Person, Telling> =
        bound.iter().map(|adult| (*adult, Telling::Ask(Unsure::CourtOrder))).collect();
    others.extend(barred.iter().map(|adult| (*adult, Telling::Never)));
    for row in entered.rows(&RELATIONS, &key).await? {
        let adult = row.get(1)?;
        let has_left = row.get::<Option<i64>>(7)?.is_some();
        let telling = others.remove(&adult).unwrap_or(match row.get(3)? {
            _ if has_left => Telling::Ask(Unsure::Left),
            Responsibility::Yes => Telling::May,
            Responsibility::No => Telling::Ask(Unsure::NoResponsibility),
            Responsibility::NotKnown => Telling::Ask(Unsure::ResponsibilityNotKnown),
        });
        let address_not_given_out = is_hidden(entered, adult).await?;
        let kind = Some(row.get(2)?);
        adults.push(Told { adult, full_name: row.get(6)?, kind, telling, address_not_given_out });
    }
    for (adult, telling) in others {
        let row = entered.row(&PERSON, &[adult.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
        let address_not_given_out = is_hidden(entered, adult).await?;
        adults.push(Told { adult, full_name: row.get(4)?, kind: None, telling, address_not_given_out });
    }
    Ok(WhoMayBeTold { adults, address_not_given_out: is_hidden(entered, child).await? })
}

async fn is_hidden(entered: &mut Entered, person: id::Person) -> Result<bool, Fault> {
    let key = [person.into(), entered.session().school.into()];
    Ok(entered.row(&HIDDEN_ADDRESSES, &key).await?.is_some())
}

fn is_in_force(from: Date, until: Option<Date>, today: Date) -> bool {
    from <= today && until.is_none_or(|until| today <= until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_order_is_in_force_from_its_first_day_to_its_last() {
        let (from, until) = (date(2026, 9, 1), Some(date(2026, 11, 22)));
        assert!(!is_in_force(from, until, date(2026, 8, 31)));
        assert!(is_in_force(from, until, date(2026, 9, 1)));
        assert!(is_in_force(from, until, date(2026, 11, 22)));
        assert!(!is_in_force(from, until, date(2026, 11, 23)));
        assert!(is_in_force(from, None, date(2036, 1, 1)));
    }
}
