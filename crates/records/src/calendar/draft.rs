//! A calendar as a form holds it: text in fields, which becomes the document, so that what is wrong can be told beside its field.

use super::{
    Calendar, Days,
    week::{DAYS, Week},
};
use holdfast_core::problem::Problem;
use jiff::civil::{Date, Weekday};

/// What somebody typed. Dates are as they typed them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The nation's word.
    pub nation: String,
    /// The first day about which it says something.
    pub from: String,
    /// The last.
    pub until: String,
    /// The words of the days of the week on which there is school.
    pub school_days: Vec<String>,
    /// The watched hours of a week; empty while they are not declared.
    pub watched: String,
    /// The terms; one without a word in it is passed over.
    pub terms: Vec<DraftTerm>,
    /// Inset days, one a line.
    pub insets: String,
    /// Closures, one a line: first day, last day, why.
    pub closures: String,
    /// Days that are watched by themselves, one a line: day, hours.
    pub watched_days: String,
}

/// A term of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftTerm {
    /// What the school calls it.
    pub name: String,
    /// Its first day.
    pub first: String,
    /// Its last day.
    pub last: String,
    /// The first day of its half-term; empty where there is none.
    pub half_first: String,
    /// The last.
    pub half_last: String,
}

/// The document that a draft makes, with the field that each of its lines comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The document.
    pub text: String,
    fields: Vec<String>,
}

impl Written {
    /// The field that a problem of the document belongs to.
    pub fn field_of(&self, problem: &Problem) -> Option<&str> {
        let line = usize::try_from(problem.line?).ok()?.checked_sub(1)?;
        self.fields.get(line).map(String::as_str)
    }

    fn line(&mut self, field: &str, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.fields.push(field.to_owned());
    }
}

impl Draft {
    /// The draft that says what a calendar says.
    pub fn of(calendar: &Calendar) -> Self {
        let days = |days: Days| (shown(days.first), shown(days.last));
        let term = |term: &super::Term| {
            let (first, last) = days(term.days);
            let (half_first, half_last) = term.half_term.map(days).unwrap_or_default();
            DraftTerm { name: term.name.clone(), first, last, half_first, half_last }
        };
        let closures = calendar.closures.iter().map(|closure| {
            let (first, last) = days(closure.days);
            format!("{first} – {last} {}", closure.why)
        });
        let watched_days = calendar
            .watched_days
            .iter()
            .flat_map(|(day, spans)| spans.iter().map(move |span| format!("{} {span}", shown(*day))));
        let is_school_day = |weekday: Weekday| calendar.school_days.contains(&weekday);
        Self {
            nation: calendar.nation.word().to_owned(),
            from: shown(calendar.range.first),
            until: shown(calendar.range.last),
            school_days: DAYS
                .iter()
                .filter(|(day, _)| is_school_day(*day))
                .map(|(_, word)| (*word).to_owned())
                .collect(),
            watched: calendar.watched.as_ref().map(Week::to_string).unwrap_or_default(),
            terms: calendar.terms.iter().map(term).collect(),
            insets: lines(calendar.insets.iter().map(|day| shown(*day))),
            closures: lines(closures),
            watched_days: lines(watched_days),
        }
    }

    /// The document, or what in it is no date, each with its field.
    pub fn written(&self) -> Result<Written, Vec<(String, String)>> {
        let mut writing = Writing::default();
        writing.head(self);
        for (place, term) in (1..).zip(&self.terms) {
            writing.term(place, term);
        }
        for day in nonempty(&self.insets) {
            writing.written.line("insets", "[[inset]]");
            writing.date("insets", "date", day);
        }
        for line in nonempty(&self.closures) {
            writing.closure(line);
        }
        for line in nonempty(&self.watched_days) {
            let (day, hours) = line.rsplit_once(' ').unwrap_or((line, ""));
            writing.written.line("watched-days", "[[watched_day]]");
            writing.date("watched-days", "date", day);
            writing.text("watched-days", "hours", hours);
        }
        if writing.wrong.is_empty() { Ok(writing.written) } else { Err(writing.wrong) }
    }
}

#[derive(Default)]
struct Writing {
    written: Written,
    wrong: Vec<(String, String)>,
}

impl Writing {
    fn head(&mut self, draft: &Draft) {
        self.text("nation", "nation", &draft.nation);
        self.date("from", "from", &draft.from);
        self.date("until", "until", &draft.until);
        let days: Vec<String> = draft.school_days.iter().map(|day| quoted(day)).collect();
        self.written.line("school-days", &format!("school_days = [{}]", days.join(", ")));
        if !draft.watched.trim().is_empty() {
            self.text("watched", "watched", &draft.watched);
        }
        if draft.terms.iter().all(DraftTerm::is_empty) {
            self.written.line("term-1-name", "term = []");
        }
    }

    fn term(&mut self, place: usize, term: &DraftTerm) {
        if term.is_empty() {
            return;
        }
        let field = |part: &str| format!("term-{place}-{part}");
        self.written.line(&field("name"), "[[term]]");
        self.text(&field("name"), "name", &term.name);
        self.date(&field("first"), "first", &term.first);
        self.date(&field("last"), "last", &term.last);
        if !term.half_first.is_empty() || !term.half_last.is_empty() {
            let first = self.day(&field("half-first"), &term.half_first);
            let last = self.day(&field("half-last"), &term.half_last);
            if let (Some(first), Some(last)) = (first, last) {
                let text = format!("half_term = {{ first = {first}, last = {last} }}");
                self.written.line(&field("half-first"), &text);
            }
        }
    }

    /// “1 December 2026 – 2 December 2026 Snow”, or one day alone with why.
    fn closure(&mut self, line: &str) {
        let (first, rest) = day_at_start(line);
        let after_dash = rest.trim_start().strip_prefix(['–', '-', '—']).map(str::trim_start);
        let (last, why) = match after_dash.map(day_at_start) {
            Some((last, why)) if !last.is_empty() => (last, why),
            _ => (first, rest),
        };
        self.written.line("closures", "[[closure]]");
        self.date("closures", "first", first);
        self.date("closures", "last", last);
        self.text("closures", "why", why.trim());
    }

    fn text(&mut self, field: &str, key: &str, value: &str) {
        self.written.line(field, &format!("{key} = {}", quoted(value)));
    }

    fn date(&mut self, field: &str, key: &str, typed: &str) {
        if let Some(day) = self.day(field, typed) {
            self.written.line(field, &format!("{key} = {day}"));
        }
    }

    fn day(&mut self, field: &str, typed: &str) -> Option<Date> {
        let day = typed_day(typed);
        if day.is_none() {
            let typed: String = typed.chars().take(40).collect();
            let words = if typed.trim().is_empty() {
                "Enter a date, such as 2 September 2026.".to_owned()
            } else {
                format!("“{typed}” is no date. Write it as 2 September 2026, 2/9/2026 or 2026-09-02.")
            };
            self.wrong.push((field.to_owned(), words));
        }
        day
    }
}

impl DraftTerm {
    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.first, &self.last, &self.half_first, &self.half_last]
            .iter()
            .all(|part| part.trim().is_empty())
    }
}

/// A date as people in Britain write it, or as machines do.
fn typed_day(typed: &str) -> Option<Date> {
    let typed = typed.trim();
    ["%d %B %Y", "%d %b %Y", "%d/%m/%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m-%d"]
        .iter()
        .find_map(|format| Date::strptime(format, typed).ok())
        .filter(|day| (2000..3000).contains(&day.year()))
}

/// The date that a line begins with, and the rest.
fn day_at_start(line: &str) -> (&str, &str) {
    let ends = line.char_indices().filter(|(_, sign)| *sign == ' ').map(|(place, _)| place);
    let ends: Vec<usize> = ends.chain([line.len()]).take(3).collect();
    let found = ends.iter().rev().filter_map(|end| line.split_at_checked(*end));
    found.into_iter().find(|(day, _)| typed_day(day).is_some()).unwrap_or(("", line))
}

fn shown(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn nonempty(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .filter(|sign| !sign.is_control())
        .flat_map(|sign| matches!(sign, '"' | '\\').then_some('\\').into_iter().chain([sign]))
        .collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::EXAMPLE;
    use jiff::tz::TimeZone;

    #[test]
    fn a_calendar_in_a_form_and_back_says_the_same() {
        let calendar = Calendar::read("calendar", EXAMPLE, TimeZone::UTC).unwrap();
        let draft = Draft::of(&calendar);
        assert_eq!(draft.closures, "1 December 2026 – 2 December 2026 Snow");
        let written = draft.written().unwrap();
        assert_eq!(Calendar::read("calendar", &written.text, TimeZone::UTC).unwrap(), calendar, "{}", written.text);
    }

    #[test]
    fn what_is_wrong_is_told_beside_its_field() {
        let calendar = Calendar::read("calendar", EXAMPLE, TimeZone::UTC).unwrap();
        let mut draft = Draft::of(&calendar);
        draft.terms[1].first = "the 4th".to_owned();
        draft.closures.push_str("\n3/12/2026 A \"quoted\" \\ reason");
        let wrong = draft.written().unwrap_err();
        assert_eq!(wrong.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["term-2-first"]);
        draft.terms[1].first = "1/4/2027".to_owned();
        let written = draft.written().unwrap();
        let problems = Calendar::read("calendar", &written.text, TimeZone::UTC).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| written.field_of(problem)).collect();
        assert!(
            fields.iter().all(|field| field.is_some_and(|field| field.starts_with("term-2"))),
            "{fields:?} {problems:?}"
        );
        draft.terms[1].first = "4/1/2027".to_owned();
        let calendar = Calendar::read("calendar", &draft.written().unwrap().text, TimeZone::UTC).unwrap();
        assert_eq!(calendar.closures()[1].why, "A \"quoted\" \\ reason");
    }
}
