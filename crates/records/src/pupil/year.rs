//! The school year of somebody of an age, as England counts them: whoever is five on 31 August is in Year 1 from September on.

use jiff::civil::Date;

/// The first month of a school year.
const SEPTEMBER: i8 = 9;

/// The year somebody is in on a day: 0 is Reception, below that is nursery. Whoever is in a year above or below their age is not
/// known here.
pub(crate) fn school_year(born: Date, today: Date) -> i16 {
    let began = if today.month() >= SEPTEMBER { today.year() } else { today.year() - 1 };
    // Whoever was born in September or later turns a year older after the year has begun.
    let age = began - born.year() - i16::from(born.month() >= SEPTEMBER);
    age - 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_child_who_is_five_on_the_last_of_august_is_in_year_one() {
        let today = date(2026, 11, 23);
        assert_eq!(school_year(date(2021, 8, 31), today), 1);
        assert_eq!(school_year(date(2021, 9, 1), today), 0);
        assert_eq!(school_year(date(2021, 8, 31), date(2026, 8, 31)), 0);
        assert_eq!(school_year(date(2014, 11, 2), today), 7);
        assert_eq!(school_year(date(2023, 1, 5), today), -1);
    }
}
