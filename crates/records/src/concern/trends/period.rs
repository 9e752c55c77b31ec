//! Fixed periods: the three terms of a school year, without gaps, and the year. Pure.
//!
//! Nobody can choose the days of a period: two that overlap by all but a day would tell what happened on it (practice 14).

use crate::calendar::Calendar;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, date},
    tz::TimeZone,
};

/// How long after its end a period is fit to be shown to whoever reads no file: by then what came in its last days is answered.
const SETTLES_AFTER_DAYS: i64 = 14;
/// When the summer term begins where no calendar says so.
const SUMMER: (i8, i8) = (4, 16);
/// A term of the calendar that begins between these days is the one after Easter.
const AFTER_EASTER: [(i8, i8); 2] = [(3, 15), (4, 30)];

/// Which part of a school year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// From September to the end of the year.
    Autumn,
    /// From January to Easter.
    Spring,
    /// From Easter to the end of August.
    Summer,
    /// All of it.
    Year,
}

/// A period of which concerns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The year in which its school year began.
    began: i16,
    part: Part,
}

/// Where the terms of the school years meet.
#[derive(Debug, Clone)]
pub(crate) struct Edges {
    zone: TimeZone,
    /// The first day of the summer term of each year that was looked up.
    summers: Vec<(i16, Date)>,
}

impl Period {
    /// A part of the school year that began in September of this year.
    pub const fn new(began: i16, part: Part) -> Self {
        Self { began, part }
    }

    /// Which part of its school year it is.
    pub fn part(self) -> Part {
        self.part
    }

    /// Whether it is a whole school year.
    pub fn is_year(self) -> bool {
        self.part == Part::Year
    }

    /// Its neutral code: `2026-autumn`, `2027-spring`, `2026-year`.
    pub fn code(self) -> String {
        match self.part {
            Part::Autumn => format!("{}-autumn", self.began),
            Part::Spring => format!("{}-spring", self.began + 1),
            Part::Summer => format!("{}-summer", self.began + 1),
            Part::Year => format!("{}-year", self.began),
        }
    }

    /// The one with this code.
    pub fn parse(code: &str) -> Option<Self> {
        let (year, part) = code.split_once('-')?;
        let year: i16 = year.parse().ok().filter(|year| (1990..2200).contains(year))?;
        let found = match part {
            "autumn" => Self::new(year, Part::Autumn),
            "spring" => Self::new(year - 1, Part::Spring),
            "summer" => Self::new(year - 1, Part::Summer),
            "year" => Self::new(year, Part::Year),
            _ => return None,
        };
        (found.code() == code).then_some(found)
    }

    /// What people call it.
    pub fn title(self) -> String {
        match self.part {
            Part::Autumn => format!("Autumn term {}", self.began),
            Part::Spring => format!("Spring term {}", self.began + 1),
            Part::Summer => format!("Summer term {}", self.began + 1),
            Part::Year => format!("School year {} to {}", self.began, self.began + 1),
        }
    }

    /// The one of the same length before it.
    #[must_use]
    pub fn before(self) -> Self {
        match self.part {
            Part::Autumn => Self::new(self.began - 1, Part::Summer),
            Part::Spring => Self::new(self.began, Part::Autumn),
            Part::Summer => Self::new(self.began, Part::Spring),
            Part::Year => Self::new(self.began - 1, Part::Year),
        }
    }
}

impl Edges {
    pub(crate) fn new(zone: TimeZone) -> Self {
        Self { zone, summers: Vec::new() }
    }

    /// From which moment on the summer term of this year begins on the same day for good, whatever is done to the calendar then.
    pub(crate) fn settled(&self, year: i16) -> Timestamp {
        self.midnight(date(year, 5, 1))
    }

    /// Takes the summer term of this year from the calendar that was in force when it was settled.
    pub(crate) fn learn(&mut self, year: i16, calendar: Option<&Calendar>) {
        let [from, until] = AFTER_EASTER.map(|(month, day)| date(year, month, day));
        let firsts = calendar.into_iter().flat_map(Calendar::terms).map(|term| term.days.first);
        if let Some(first) = firsts.filter(|first| (from..=until).contains(first)).min() {
            self.summers.push((year, first));
        }
    }

    fn summer(&self, year: i16) -> Date {
        let known = self.summers.iter().find(|(known, _)| *known == year);
        known.map_or_else(|| date(year, SUMMER.0, SUMMER.1), |(_, first)| *first)
    }

    /// Its first day and the first day after it.
    pub(crate) fn days(&self, period: Period) -> (Date, Date) {
        let (this, next) = (period.began, period.began + 1);
        match period.part {
            Part::Autumn => (date(this, 9, 1), date(next, 1, 1)),
            Part::Spring => (date(next, 1, 1), self.summer(next)),
            Part::Summer => (self.summer(next), date(next, 9, 1)),
            Part::Year => (date(this, 9, 1), date(next, 9, 1)),
        }
    }

    /// Its first moment and the first one after it.
    pub(crate) fn moments(&self, period: Period) -> (Timestamp, Timestamp) {
        let (first, after) = self.days(period);
        (self.midnight(first), self.midnight(after))
    }

    /// From which moment on it is shown to whoever reads no file, as it stood at that moment.
    pub(crate) fn settles_at(&self, period: Period) -> Timestamp {
        let (_, after) = self.days(period);
        let spring = (period.part == Part::Spring).then(|| self.settled(period.began + 1));
        let settles = self.midnight(after.saturating_add(SETTLES_AFTER_DAYS.days()));
        spring.map_or(settles, |spring| settles.max(spring))
    }

    /// The periods that begin up to a moment, the newest first, from the one in which this moment lies.
    pub(crate) fn until(&self, first: Timestamp, now: Timestamp) -> Vec<Period> {
        let years = self.year_of(first)..=self.year_of(now);
        let of_year = |year| [Part::Year, Part::Summer, Part::Spring, Part::Autumn].map(|part| Period::new(year, part));
        let is_between = |period: &Period| {
            let (from, until) = self.moments(*period);
            from <= now && until > first
        };
        years.rev().flat_map(of_year).filter(is_between).collect()
    }

    /// The September in which the school year of a moment began.
    pub(crate) fn year_of(&self, moment: Timestamp) -> i16 {
        let day = self.day_of(moment);
        if day.month() >= 9 { day.year() } else { day.year() - 1 }
    }

    pub(crate) fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned(self.zone.clone()).date()
    }

    fn midnight(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edges(calendar: Option<&str>) -> Edges {
        let zone = TimeZone::get("Europe/London").unwrap();
        let calendar = calendar.map(|text| Calendar::read("calendar", text, zone.clone()).unwrap());
        let mut edges = Edges::new(zone);
        for year in 2024..2030 {
            edges.learn(year, calendar.as_ref());
        }
        edges
    }

    const PARTS: [Part; 4] = [Part::Autumn, Part::Spring, Part::Summer, Part::Year];

    #[test]
    fn a_code_is_read_back_and_nothing_else_is_one() {
        for part in PARTS {
            let period = Period::new(2026, part);
            assert_eq!(Period::parse(&period.code()), Some(period));
        }
        assert_eq!(Period::new(2026, Part::Spring).code(), "2027-spring");
        for wrong in ["", "2026", "2026-winter", "02026-autumn", "+2026-autumn", "1066-year", "2026-autumn-2"] {
            assert_eq!(Period::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn terms_follow_the_calendar_where_it_says_so_and_have_no_gap() {
        let days = |edges: &Edges, part| edges.days(Period::new(2026, part));
        let plain = edges(None);
        assert_eq!(days(&plain, Part::Spring), (date(2027, 1, 1), date(2027, 4, 16)));
        let told = edges(Some(crate::calendar::EXAMPLE));
        assert_eq!(days(&told, Part::Spring), (date(2027, 1, 1), date(2027, 4, 19)));
        assert_eq!(days(&told, Part::Summer), (date(2027, 4, 19), date(2027, 9, 1)));
        assert_eq!(days(&told, Part::Year), (date(2026, 9, 1), date(2027, 9, 1)));
    }

    #[test]
    fn spring_is_not_shown_before_its_last_day_is_settled() {
        let edges = edges(Some(crate::calendar::EXAMPLE));
        let settles = edges.settles_at(Period::new(2026, Part::Spring));
        assert!(settles >= edges.settled(2027), "a change of the calendar could still move its end");
        let (_, after) = edges.moments(Period::new(2026, Part::Autumn));
        assert_eq!(edges.day_of(edges.settles_at(Period::new(2026, Part::Autumn))), date(2027, 1, 15));
        assert!(after < edges.settles_at(Period::new(2026, Part::Autumn)));
    }

    proptest! {
        /// Each moment lies in one term and one year, and terms follow one another.
        #[test]
        fn each_moment_is_counted_in_one_term(second in 1_735_689_600_i64..1_893_456_000) {
            let moment = Timestamp::from_second(second).unwrap();
            let edges = edges(Some(crate::calendar::EXAMPLE));
            let holds = |period: &Period| {
                let (from, until) = edges.moments(*period);
                from <= moment && moment < until
            };
            let year = edges.year_of(moment);
            let terms: Vec<Period> =
                PARTS.into_iter().take(3).map(|part| Period::new(year, part)).filter(holds).collect();
            prop_assert_eq!(terms.len(), 1);
            prop_assert!(holds(&Period::new(year, Part::Year)));
            let (from, _) = edges.moments(terms[0]);
            prop_assert_eq!(edges.moments(terms[0].before()).1, from);
            prop_assert_eq!(edges.until(moment, moment).len(), 2);
        }
    }
}
