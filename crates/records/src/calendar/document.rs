//! The calendar as somebody writes it: a small TOML document, checked so that each mistake is told with its line.

use super::{
    Calendar, Span, Week,
    bank_holidays::Nation,
    week::{DAYS, weekday},
};
use holdfast_core::{
    problem::Problem,
    toml_text::{self, Step},
};
use jiff::{
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::collections::BTreeMap;

/// The longest document, in bytes.
const LONGEST: usize = 64 * 1024;
/// The longest time that one calendar covers, in days: three school years.
const LONGEST_TIME: i32 = 3 * 366;

/// A whole calendar, as an example for whoever writes one.
pub const EXAMPLE: &str = r#"nation = "england-and-wales"
from = 2026-09-01
until = 2027-08-31
watched = "mon-thu 08:00-16:30, fri 08:00-15:00"

[[term]]
name = "Autumn"
first = 2026-09-02
last = 2026-12-18
half_term = { first = 2026-10-26, last = 2026-10-30 }

[[term]]
name = "Spring"
first = 2027-01-04
last = 2027-03-31
half_term = { first = 2027-02-15, last = 2027-02-19 }

[[term]]
name = "Summer"
first = 2027-04-19
last = 2027-07-21
half_term = { first = 2027-05-31, last = 2027-06-04 }

[[inset]]
date = 2026-09-02

[[closure]]
first = 2026-12-01
last = 2026-12-02
why = "Snow"

[[watched_day]]
date = 2026-10-28
hours = "09:00-12:00"
"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    nation: String,
    from: Day,
    until: Day,
    #[serde(default)]
    school_days: Option<Vec<String>>,
    #[serde(default)]
    watched: Option<String>,
    term: Vec<TermText>,
    #[serde(default)]
    inset: Vec<InsetText>,
    #[serde(default)]
    closure: Vec<ClosureText>,
    #[serde(default)]
    watched_day: Vec<WatchedText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermText {
    name: String,
    first: Day,
    last: Day,
    #[serde(default)]
    half_term: Option<DaysText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DaysText {
    first: Day,
    last: Day,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InsetText {
    date: Day,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosureText {
    first: Day,
    last: Day,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WatchedText {
    date: Day,
    hours: String,
}

/// A date as TOML has it: `2026-09-02`, without quotes.
#[derive(Clone, Copy)]
struct Day(Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = toml::value::Datetime::deserialize(deserializer)?;
        let date = match (written.date, written.time, written.offset) {
            (Some(date), None, None) => i16::try_from(date.year).ok().and_then(|year| {
                let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
                Date::new(year, month, day).ok()
            }),
            _ => None,
        };
        date.map(Self).ok_or_else(|| D::Error::custom("a date such as 2026-09-02 is expected, without a time"))
    }
}

/// A term: from its first day to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What the school calls it.
    pub name: String,
    /// Its first and last day.
    pub days: Days,
    /// The break in the middle of it.
    pub half_term: Option<Days>,
}

/// From a day to another, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

impl Days {
    /// Whether this day is one of them.
    pub fn hold(self, day: Date) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// A closure of the school's own: days on which it is shut though it is term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// From when to when.
    pub days: Days,
    /// Why.
    pub why: String,
}

impl Calendar {
    /// Reads a calendar, or tells everything that is wrong with it.
    pub fn read(file: &str, text: &str, zone: TimeZone) -> Result<Self, Vec<Problem>> {
        if text.len() > LONGEST {
            return Err(vec![Problem::error(format!("A calendar has at most {LONGEST} bytes.")).in_file(file)]);
        }
        let document: Document = toml_text::read(file, text)?;
        let mut reading = Reading { file, text, problems: Vec::new() };
        let calendar = reading.calendar(&document, zone);
        if reading.problems.is_empty() { Ok(calendar) } else { Err(reading.problems) }
    }
}

/// Gathers what is wrong.
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn calendar(&mut self, document: &Document, zone: TimeZone) -> Calendar {
        let nation = Nation::from_word(&document.nation).unwrap_or_else(|| {
            self.wrong(&[Step::Key("nation")], "The nation is england-and-wales, scotland or northern-ireland.");
            Nation::EnglandAndWales
        });
        let range = self.days(&[Step::Key("until")], document.from, document.until);
        if (range.last - range.first).get_days() > LONGEST_TIME {
            self.wrong(&[Step::Key("until")], "One calendar covers at most three years.");
        }
        let watched = document.watched.as_ref().and_then(|text| match Week::parse(text) {
            Ok(week) => Some(week),
            Err(why) => {
                self.wrong(&[Step::Key("watched")], &why);
                None
            }
        });
        Calendar {
            zone,
            nation,
            range,
            school_days: self.school_days(document.school_days.as_deref()),
            watched,
            terms: self.terms(&document.term, range),
            insets: self.insets(document, range),
            closures: self.closures(&document.closure, range),
            watched_days: self.watched_days(&document.watched_day, range),
        }
    }

    fn school_days(&mut self, written: Option<&[String]>) -> Vec<Weekday> {
        let Some(written) = written else { return DAYS.iter().take(5).map(|(weekday, _)| *weekday).collect() };
        let mut weekdays = Vec::new();
        for (index, word) in written.iter().enumerate() {
            if let Some(weekday) = weekday(word) {
                weekdays.push(weekday);
            } else {
                let at = [Step::Key("school_days"), Step::Index(index)];
                self.wrong(&at, "A school day is one of mon, tue, wed, thu, fri, sat, sun.");
            }
        }
        weekdays
    }

    fn terms(&mut self, written: &[TermText], range: Days) -> Vec<Term> {
        let mut terms: Vec<Term> = Vec::new();
        if written.is_empty() {
            self.wrong(&[Step::Key("term")], "A calendar has at least one [[term]].");
        }
        for (index, term) in written.iter().enumerate() {
            let at = [Step::Key("term"), Step::Index(index)];
            let days = self.days(&at, term.first, term.last);
            self.inside(&at, days, range, "A term lies between `from` and `until`.");
            if terms.last().is_some_and(|before| before.days.last >= days.first) {
                self.wrong(&at, "A term begins after the one before it has ended; write them in order.");
            }
            if term.name.trim().is_empty() || term.name.chars().count() > 60 {
                self.wrong(&at, "A term has a name of at most 60 characters.");
            }
            let half_term = term.half_term.as_ref().map(|half_term| {
                let at = [at[0], at[1], Step::Key("half_term")];
                let half_term = self.days(&at, half_term.first, half_term.last);
                self.inside(&at, half_term, days, "A half-term lies inside its term.");
                half_term
            });
            terms.push(Term { name: term.name.trim().to_owned(), days, half_term });
        }
        terms
    }

    fn insets(&mut self, document: &Document, range: Days) -> Vec<Date> {
        let mut insets = Vec::new();
        for (index, inset) in document.inset.iter().enumerate() {
            let day = Days { first: inset.date.0, last: inset.date.0 };
            let at = [Step::Key("inset"), Step::Index(index)];
            self.inside(&at, day, range, "An inset day lies between `from` and `until`.");
            insets.push(inset.date.0);
        }
        insets
    }

    fn closures(&mut self, written: &[ClosureText], range: Days) -> Vec<Closure> {
        let mut closures = Vec::new();
        for (index, closure) in written.iter().enumerate() {
            let at = [Step::Key("closure"), Step::Index(index)];
            let days = self.days(&at, closure.first, closure.last);
            self.inside(&at, days, range, "A closure lies between `from` and `until`.");
            if closure.why.trim().is_empty() || closure.why.chars().count() > 200 {
                self.wrong(&at, "A closure says why, in at most 200 characters.");
            }
            closures.push(Closure { days, why: closure.why.trim().to_owned() });
        }
        closures
    }

    fn watched_days(&mut self, written: &[WatchedText], range: Days) -> BTreeMap<Date, Vec<Span>> {
        let mut watched: BTreeMap<Date, Vec<Span>> = BTreeMap::new();
        for (index, day) in written.iter().enumerate() {
            let at = [Step::Key("watched_day"), Step::Index(index)];
            let date = day.date.0;
            self.inside(&at, Days { first: date, last: date }, range, "A watched day lies between `from` and `until`.");
            let spans = watched.entry(date).or_default();
            match Span::parse(&day.hours) {
                Some(span) if spans.iter().all(|known| span.until <= known.from || known.until <= span.from) => {
                    spans.push(span);
                    spans.sort_unstable();
                }
                Some(_) => self.wrong(&at, "These hours overlap others of the same day."),
                None => self.wrong(&at, "The hours of a watched day are written as 09:00-12:00."),
            }
        }
        watched
    }

    fn days(&mut self, at: &[Step<'_>], first: Day, last: Day) -> Days {
        if last.0 < first.0 {
            self.wrong(at, "The last day is before the first.");
        }
        Days { first: first.0, last: last.0 }
    }

    fn inside(&mut self, at: &[Step<'_>], days: Days, range: Days, message: &str) {
        if days.first < range.first || days.last > range.last {
            self.wrong(at, message);
        }
    }

    fn wrong(&mut self, at: &[Step<'_>], message: &str) {
        let problem = Problem::error(message).in_file(self.file);
        self.problems.push(match toml_text::line_at(self.text, at) {
            Some(line) => problem.at_line(line),
            None => problem,
        });
    }
}
