//! By what concerns are counted, and in which row each one stands: exactly one of each table, so that rows and total can be held
//! against each other when small numbers are withheld. Pure.

use super::super::{
    Mode, Place, Risk,
    answer::{Decided, Extent},
};
use crate::{pupil::school_year, store::words};
use jiff::civil::Date;

words! {
    /// By what concerns are counted.
    Topic {
        /// Which of the four kinds of risk it is (C-44).
        Risk = "risk", "kind of risk";
        /// What it was decided to be.
        Extent = "extent", "what it was decided to be";
        /// The school year of the child, by their age.
        Year = "year", "school year of the child";
        /// Where it happened.
        Place = "place", "where it happened";
        /// Whether it happened online (C-45).
        Mode = "mode", "online or face to face";
        /// Who raised it (C-39).
        Reporter = "reporter", "who raised it";
        /// How long it took until somebody had it.
        Answer = "answer", "time to the first answer";
    }
}

words! {
    /// Who raised a concern.
    Reporter {
        /// Somebody who works or governs here.
        Staff = "staff", "staff and governors";
        /// A pupil.
        Pupil = "pupil", "pupils";
        /// A parent or carer.
        Parent = "parent", "parents and carers";
        /// A visitor.
        Visitor = "visitor", "visitors";
        /// Anybody else.
        Public = "public", "others";
    }
}

words! {
    /// How long it took until somebody said that they have it, or decided.
    Answer {
        /// An hour of watched time at most.
        Hour = "hour", "within an hour";
        /// By the end of the school day.
        Day = "day", "on the same school day";
        /// Two school days later at most.
        TwoDays = "two-days", "within two school days";
        /// Later.
        Later = "later", "later";
        /// Nobody has yet.
        NotYet = "not-yet", "nobody has answered yet";
    }
}

/// Of what nobody said, or what was looked into and is none of them.
const NO_RISK: &str = "none of them, or not said";
/// The year below Reception, and all that are younger.
const YOUNGEST: i16 = -1;
/// The year above the last one of a school.
const OLDEST: i16 = 14;

/// What is counted of one concern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    pub risks: Vec<Risk>,
    pub decision: Option<Decided>,
    pub year: Option<i16>,
    pub place: Option<Place>,
    pub mode: Option<Mode>,
    pub reporter: Option<Reporter>,
    pub answer: Answer,
}

/// The school year of a child on a day, no further apart than schools have them.
pub(super) fn year_of(born: Date, day: Date) -> i16 {
    school_year(born, day).clamp(YOUNGEST, OLDEST)
}

impl Topic {
    /// What its rows are called, in their order. `years` are those of the pupils of the school, whoever of them is counted.
    pub(super) fn rows(self, years: Option<(i16, i16)>) -> Vec<String> {
        match self {
            Self::Risk => risk_rows(),
            Self::Extent => titles(Extent::ALL.iter().map(|extent| extent.title()), "not decided yet"),
            Self::Year => {
                let years = years.map(|(first, last)| (first..=last).map(year_title).collect::<Vec<_>>());
                titles(years.unwrap_or_default().iter().map(String::as_str), "not known")
            }
            Self::Place => {
                let known = Place::ALL.iter().filter(|place| **place != Place::NotKnown);
                titles(known.map(|place| place.title()), "not known")
            }
            Self::Mode => {
                let known = Mode::ALL.iter().filter(|mode| **mode != Mode::NotKnown);
                titles(known.map(|mode| mode.title()), "not known")
            }
            Self::Reporter => titles(Reporter::ALL.iter().map(|reporter| reporter.title()), "not known"),
            Self::Answer => Answer::ALL.iter().map(|answer| capital(answer.title())).collect(),
        }
    }

    /// In which row a concern stands; the last one where nobody said.
    pub(super) fn row_of(self, one: &Counted, years: Option<(i16, i16)>) -> usize {
        let or_last = |place: Option<usize>| place.unwrap_or_else(|| self.rows(years).len().saturating_sub(1));
        match self {
            Self::Risk => match one.risks.as_slice() {
                [] => or_last(None),
                [one] => or_last(Risk::ALL.iter().position(|risk| risk == one)),
                _ => Risk::ALL.len(),
            },
            Self::Extent => or_last(one.decision.and_then(|made| place_of(Extent::ALL, made.extent))),
            Self::Year => or_last(one.year.zip(years).and_then(|(year, (first, last))| {
                usize::try_from(year - first).ok().filter(|_is_from_first| year <= last)
            })),
            // “Not known” stands last, as what nobody said.
            Self::Place => or_last(one.place.and_then(|place| place_of(Place::ALL, place))),
            Self::Mode => or_last(one.mode.and_then(|mode| place_of(Mode::ALL, mode))),
            Self::Reporter => or_last(one.reporter.and_then(|reporter| place_of(Reporter::ALL, reporter))),
            Self::Answer => or_last(place_of(Answer::ALL, one.answer)),
        }
    }

    /// How many concerns stand in each of its rows.
    pub(super) fn count(self, concerns: &[Counted], years: Option<(i16, i16)>) -> Vec<usize> {
        let mut counts = vec![0; self.rows(years).len()];
        for one in concerns {
            if let Some(count) = counts.get_mut(self.row_of(one, years)) {
                *count += 1;
            }
        }
        counts
    }
}

fn place_of<T: Copy + PartialEq>(all: &[T], one: T) -> Option<usize> {
    all.iter().position(|other| *other == one)
}

/// Each concern stands in one row, so that one of several kinds has a row of its own.
fn risk_rows() -> Vec<String> {
    let alone = Risk::ALL.iter().map(|risk| risk.title().split(':').next().unwrap_or_default());
    let mut rows: Vec<String> = alone.map(capital).collect();
    rows.extend(["More than one of them".to_owned(), capital(NO_RISK)]);
    rows
}

fn titles<'a>(titles: impl Iterator<Item = &'a str>, last: &'a str) -> Vec<String> {
    titles.chain([last]).map(capital).collect()
}

fn capital(words: &str) -> String {
    let mut signs = words.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

fn year_title(year: i16) -> String {
    match year {
        i16::MIN..0 => "Nursery".to_owned(),
        0 => "Reception".to_owned(),
        OLDEST.. => "Older than Year 13".to_owned(),
        year => format!("Year {year}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn plain() -> Counted {
        Counted {
            risks: Vec::new(),
            decision: None,
            year: None,
            place: None,
            mode: None,
            reporter: None,
            answer: Answer::NotYet,
        }
    }

    #[test]
    fn what_nobody_said_stands_last() {
        let years = Some((7, 9));
        for topic in Topic::ALL {
            assert_eq!(topic.row_of(&plain(), years) + 1, topic.rows(years).len(), "{}", topic.word());
        }
        let unknown = Counted { place: Some(Place::NotKnown), mode: Some(Mode::NotKnown), ..plain() };
        for topic in [Topic::Place, Topic::Mode] {
            assert_eq!(topic.row_of(&unknown, years), topic.row_of(&plain(), years), "{}", topic.word());
        }
    }

    #[test]
    fn years_are_those_of_the_school() {
        assert_eq!(Topic::Year.rows(Some((-1, 1))), ["Nursery", "Reception", "Year 1", "Not known"]);
        assert_eq!(Topic::Year.rows(None), ["Not known"]);
        let of = |year| Topic::Year.row_of(&Counted { year: Some(year), ..plain() }, Some((7, 9)));
        assert_eq!([of(7), of(9), of(10), of(6)], [0, 2, 3, 3]);
        assert_eq!(year_of(date(2026, 1, 1), date(2026, 11, 23)), YOUNGEST);
        assert_eq!(year_of(date(1990, 1, 1), date(2026, 11, 23)), OLDEST);
    }

    #[test]
    fn several_kinds_of_risk_are_a_row_of_their_own() {
        let of = |risks: &[Risk]| {
            let row = Topic::Risk.row_of(&Counted { risks: risks.to_vec(), ..plain() }, None);
            Topic::Risk.rows(None)[row].clone()
        };
        assert_eq!(of(&[Risk::Commerce]), "Commerce");
        assert_eq!(of(&[Risk::Contact, Risk::Conduct]), "More than one of them");
        assert_eq!(of(&[]), "None of them, or not said");
    }

    proptest! {
        /// Each concern is counted once in each table.
        #[test]
        fn every_table_comes_to_the_same_total(picks in prop::collection::vec((0_usize..5, 0_usize..6, -3_i16..20), 0..40)) {
            let one = |(risk, other, year): (usize, usize, i16)| Counted {
                risks: Risk::ALL.iter().copied().take(risk).collect(),
                year: (year > -2).then_some(year),
                place: Place::ALL.get(other).copied(),
                mode: Mode::ALL.get(other).copied(),
                reporter: Reporter::ALL.get(other).copied(),
                answer: Answer::ALL.get(other).copied().unwrap_or(Answer::NotYet),
                decision: None,
            };
            let concerns: Vec<Counted> = picks.into_iter().map(one).collect();
            for topic in Topic::ALL {
                prop_assert_eq!(topic.count(&concerns, Some((7, 11))).iter().sum::<usize>(), concerns.len());
            }
        }
    }
}
