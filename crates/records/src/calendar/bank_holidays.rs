//! Bank holidays of the United Kingdom, as they were published. They are proclaimed, so that none is worked out here: after
//! the last day of the list nobody knows, and neither do we.
//!
//! Source: GOV.UK, “UK bank holidays” (Open Government Licence 3.0), in the copy of 25 February 2026 that the package
//! govuk-bank-holidays 0.19 carries, read on 22 November 2026. The list begins with the school year 2026/27. A holiday
//! proclaimed after that copy is entered as a closure in the school's calendar until a newer list is shipped.

use jiff::civil::{Date, date};

/// Where bank holidays are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nation {
    /// England and Wales.
    EnglandAndWales,
    /// Scotland.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

/// The first day that the lists know.
pub const KNOWN_FROM: Date = date(2026, 9, 1);
/// The last day that the lists know.
pub const KNOWN_UNTIL: Date = date(2028, 12, 31);

impl Nation {
    /// Every one.
    pub const ALL: &[Self] = &[Self::EnglandAndWales, Self::Scotland, Self::NorthernIreland];

    /// Its word in a calendar.
    pub fn word(self) -> &'static str {
        match self {
            Self::EnglandAndWales => "england-and-wales",
            Self::Scotland => "scotland",
            Self::NorthernIreland => "northern-ireland",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|nation| nation.word() == word)
    }

    /// Its bank holidays, earliest first.
    pub fn bank_holidays(self) -> &'static [(Date, &'static str)] {
        match self {
            Self::EnglandAndWales => ENGLAND_AND_WALES,
            Self::Scotland => SCOTLAND,
            Self::NorthernIreland => NORTHERN_IRELAND,
        }
    }
}

const ENGLAND_AND_WALES: &[(Date, &str)] = &[
    (date(2026, 12, 25), "Christmas Day"),
    (date(2026, 12, 28), "Boxing Day, substitute day"),
    (date(2027, 1, 1), "New Year’s Day"),
    (date(2027, 3, 26), "Good Friday"),
    (date(2027, 3, 29), "Easter Monday"),
    (date(2027, 5, 3), "Early May bank holiday"),
    (date(2027, 5, 31), "Spring bank holiday"),
    (date(2027, 8, 30), "Summer bank holiday"),
    (date(2027, 12, 27), "Christmas Day, substitute day"),
    (date(2027, 12, 28), "Boxing Day, substitute day"),
    (date(2028, 1, 3), "New Year’s Day, substitute day"),
    (date(2028, 4, 14), "Good Friday"),
    (date(2028, 4, 17), "Easter Monday"),
    (date(2028, 5, 1), "Early May bank holiday"),
    (date(2028, 5, 29), "Spring bank holiday"),
    (date(2028, 8, 28), "Summer bank holiday"),
    (date(2028, 12, 25), "Christmas Day"),
    (date(2028, 12, 26), "Boxing Day"),
];

const SCOTLAND: &[(Date, &str)] = &[
    (date(2026, 11, 30), "St Andrew’s Day"),
    (date(2026, 12, 25), "Christmas Day"),
    (date(2026, 12, 28), "Boxing Day, substitute day"),
    (date(2027, 1, 1), "New Year’s Day"),
    (date(2027, 1, 4), "2nd January, substitute day"),
    (date(2027, 3, 26), "Good Friday"),
    (date(2027, 5, 3), "Early May bank holiday"),
    (date(2027, 5, 31), "Spring bank holiday"),
    (date(2027, 8, 2), "Summer bank holiday"),
    (date(2027, 11, 30), "St Andrew’s Day"),
    (date(2027, 12, 27), "Christmas Day, substitute day"),
    (date(2027, 12, 28), "Boxing Day, substitute day"),
    (date(2028, 1, 3), "New Year’s Day, substitute day"),
    (date(2028, 1, 4), "2nd January, substitute day"),
    (date(2028, 4, 14), "Good Friday"),
    (date(2028, 5, 1), "Early May bank holiday"),
    (date(2028, 5, 29), "Spring bank holiday"),
    (date(2028, 8, 7), "Summer bank holiday"),
    (date(2028, 11, 30), "St Andrew’s Day"),
    (date(2028, 12, 25), "Christmas Day"),
    (date(2028, 12, 26), "Boxing Day"),
];

const NORTHERN_IRELAND: &[(Date, &str)] = &[
    (date(2026, 12, 25), "Christmas Day"),
    (date(2026, 12, 28), "Boxing Day, substitute day"),
    (date(2027, 1, 1), "New Year’s Day"),
    (date(2027, 3, 17), "St Patrick’s Day"),
    (date(2027, 3, 26), "Good Friday"),
    (date(2027, 3, 29), "Easter Monday"),
    (date(2027, 5, 3), "Early May bank holiday"),
    (date(2027, 5, 31), "Spring bank holiday"),
    (date(2027, 7, 12), "Battle of the Boyne (Orangemen’s Day)"),
    (date(2027, 8, 30), "Summer bank holiday"),
    (date(2027, 12, 27), "Christmas Day, substitute day"),
    (date(2027, 12, 28), "Boxing Day, substitute day"),
    (date(2028, 1, 3), "New Year’s Day, substitute day"),
    (date(2028, 3, 17), "St Patrick’s Day"),
    (date(2028, 4, 14), "Good Friday"),
    (date(2028, 4, 17), "Easter Monday"),
    (date(2028, 5, 1), "Early May bank holiday"),
    (date(2028, 5, 29), "Spring bank holiday"),
    (date(2028, 7, 12), "Battle of the Boyne (Orangemen’s Day)"),
    (date(2028, 8, 28), "Summer bank holiday"),
    (date(2028, 12, 25), "Christmas Day"),
    (date(2028, 12, 26), "Boxing Day"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Weekday;

    #[test]
    fn the_lists_are_in_order_and_inside_what_they_know() {
        for nation in Nation::ALL {
            let days = nation.bank_holidays();
            assert!(days.is_sorted_by(|earlier, later| earlier.0 < later.0), "{nation:?}");
            assert!(days.iter().all(|(day, _)| (KNOWN_FROM..=KNOWN_UNTIL).contains(day)), "{nation:?}");
            let is_weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            assert!(!days.iter().any(|(day, _)| is_weekend(day)), "{nation:?}: a substitute day is missing");
        }
    }

    #[test]
    fn each_whole_year_has_as_many_as_were_published() {
        let in_year =
            |nation: Nation, year: i16| nation.bank_holidays().iter().filter(|(day, _)| day.year() == year).count();
        for (nation, count) in [(Nation::EnglandAndWales, 8), (Nation::Scotland, 9), (Nation::NorthernIreland, 10)] {
            assert_eq!((in_year(nation, 2027), in_year(nation, 2028)), (count, count), "{nation:?}");
        }
    }
}
