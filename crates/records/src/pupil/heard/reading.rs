//! How a pupil's own pages speak: by age, in codes that say nothing of the child to whoever sees the page (practice 13).

use super::super::{statements::PUPIL, year::school_year};
use crate::{Fault, Records, Session, access::Actor, store::words};
use jiff::{civil::Date, tz::TimeZone};

/// The last year of which symbols come before words: Year 2, the end of key stage 1.
const LAST_OF_SYMBOLS: i16 = 2;
/// The first year of which words come before symbols: Year 7, where secondary school begins.
const FIRST_OF_WORDS: i16 = 7;

words! {
    /// How a page speaks. The words of it are what a page's form carries.
    Reading {
        /// In symbols, with few words.
        Symbols = "a", "symbols and few words";
        /// In symbols and words.
        Both = "b", "symbols and words";
        /// In words; what is chosen is plain.
        Words = "c", "words first";
    }
}

impl Reading {
    /// By the school year; where that is not known, both.
    fn of_year(year: Option<i16>) -> Self {
        match year {
            Some(..=LAST_OF_SYMBOLS) => Self::Symbols,
            Some(FIRST_OF_WORDS..) => Self::Words,
            _ => Self::Both,
        }
    }
}

impl Records {
    /// How pages speak to a pupil, by the year that their age gives. It tells them about themselves and leaves no entry.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever is no pupil.
    pub async fn pupil_reads(&self, session: &Session) -> Result<Reading, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let row = self.looking().await?.row(&PUPIL, &[person.into(), session.school.into()]).await?;
        let born: Option<Date> = row.ok_or(Fault::NotFound)?.get(2)?;
        let today = self.clock().now().to_zoned(TimeZone::UTC).date();
        Ok(Reading::of_year(born.map(|born| school_year(born, today))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_press_symbols_the_oldest_write_and_whose_age_nobody_knows_has_both() {
        assert_eq!([-1, 0, 1, 2].map(|year| Reading::of_year(Some(year))), [Reading::Symbols; 4]);
        assert_eq!([3, 4, 5, 6].map(|year| Reading::of_year(Some(year))), [Reading::Both; 4]);
        assert_eq!([7, 11, 13].map(|year| Reading::of_year(Some(year))), [Reading::Words; 3]);
        assert_eq!(Reading::of_year(None), Reading::Both);
    }
}
