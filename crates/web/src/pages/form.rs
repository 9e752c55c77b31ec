//! A page with one form on it: what stands above it, what is asked, and what is wrong with what was typed.

use super::{Frame, plain, render};
use crate::{
    fields::Fields,
    kit::{Choices, DateField, Field, Problem},
    pages::people::{Identity, one::sentence},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    people::{Found, Picked},
};
use jiff::civil::Date;

/// One thing that a form asks or says.
#[derive(Debug)]
pub(super) enum Part {
    /// Words in one line, or a secret.
    Input(Field),
    /// Words in many lines.
    Area(Field),
    /// One of a few.
    Radios(Choices),
    /// Some of a few.
    Ticks(Choices),
    /// A day.
    Date(DateField),
    /// A file: its field, and what it may be (`accept`).
    File(Field, &'static str),
    /// Somebody whom a search found.
    Pick(Pick),
    /// What the form carries along.
    Kept(&'static str, String),
    /// A sentence between two questions.
    Words(String),
}

/// Whom a search found, to choose one of them (practice 21): with photograph, class, date of birth, and whether another has the
/// name.
#[derive(Debug)]
pub(super) struct Pick {
    pub(super) legend: String,
    pub(super) error: Option<String>,
    pub(super) people: Vec<PickRow>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct PickRow {
    pub(super) field: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) has_photo: bool,
    pub(super) is_namesake: bool,
    pub(super) is_chosen: bool,
}

impl Pick {
    pub(super) fn new(legend: &str, found: &Found, chosen: &str, error: Option<String>) -> Self {
        let rows = (1..).zip(&found.people).map(|(place, picked)| {
            let id = picked.id.to_string();
            PickRow {
                field: if place == 1 { "person".to_owned() } else { format!("person-{place}") },
                name: called(&picked.full_name, picked.preferred_name.as_deref()),
                about: told_apart(picked),
                has_photo: picked.has_photo,
                is_namesake: picked.another_has_this_name,
                is_chosen: id == chosen,
                id,
            }
        });
        Self { legend: legend.to_owned(), error, people: rows.collect() }
    }
}

/// "Thomas Ash (Tommy)".
pub(super) fn called(full: &str, preferred: Option<&str>) -> String {
    preferred.map_or_else(|| full.to_owned(), |preferred| format!("{full} ({preferred})"))
}

/// What tells somebody apart from others: kind, classes, date of birth.
pub(super) fn told_apart(picked: &Picked) -> String {
    let mut parts = vec![sentence(picked.kind.title())];
    parts.extend((!picked.classes.is_empty()).then(|| picked.classes.join(", ")));
    parts.extend(picked.date_of_birth.map(|born| format!("born {}", written_day(born))));
    parts.join(", ")
}

/// "8 June 2014".
pub(super) fn written_day(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// What finds somebody: a form of its own above the other.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) field: Field,
    /// What was found, in a sentence; nothing before anything was looked for.
    pub(super) told: Option<String>,
    /// What it carries along.
    pub(super) kept: Option<(&'static str, String)>,
    /// Whether it stands in the other form, where there is one, so that what is typed there stays when somebody else is looked for.
    pub(super) is_within: bool,
}

impl Search {
    pub(super) fn new(label: &str, typed: &str, found: Option<&Found>) -> Self {
        let told = found.map(|found| match (found.people.len(), found.there_are_more) {
            (0, _) => "Nobody was found. Try the beginning of one of their names.".to_owned(),
            (_, true) => "There are more than are shown. Say more of the name.".to_owned(),
            (1, _) => "One person was found.".to_owned(),
            (count, _) => format!("{count} people were found."),
        });
        let hint = "The beginning of any part of the name is enough.";
        let field = Field::new("search", label).value(typed).hint(hint).autocomplete("off");
        Self { field, told, kept: None, is_within: false }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "people/form.html")]
pub(super) struct FormPage {
    pub(super) frame: Frame,
    /// Where "Back" leads.
    pub(super) back: String,
    pub(super) identity: Option<Identity>,
    /// Names nobody: it is the page's title too.
    pub(super) title: &'static str,
    /// What is said before anything is asked.
    pub(super) words: Vec<String>,
    pub(super) warning: Option<String>,
    pub(super) wrong: Wrong,
    pub(super) search: Option<Search>,
    pub(super) parts: Vec<Part>,
    pub(super) action: String,
    pub(super) button: &'static str,
    /// Whether what the button does cannot be taken back.
    pub(super) is_grave: bool,
    /// Whether a file is sent.
    pub(super) sends_file: bool,
    /// Who began it, where what is typed must not be lost: it comes back to them alone.
    pub(super) by: Option<String>,
    /// Why whoever sends it must show once more that it is them, where that is so.
    pub(super) must_confirm: Option<&'static str>,
}

impl FormPage {
    pub(super) fn new(frame: Frame, title: &'static str, action: impl Into<String>, back: impl Into<String>) -> Self {
        Self {
            frame,
            back: back.into(),
            identity: None,
            title,
            words: Vec::new(),
            warning: None,
            wrong: Wrong::default(),
            search: None,
            parts: Vec::new(),
            action: action.into(),
            button: "Save",
            is_grave: false,
            sends_file: false,
            by: None,
            must_confirm: None,
        }
    }

    /// Of a form with words that must not be lost, on a route that gives them back.
    pub(super) fn begun_by(self, visit: &SignedVisit) -> Self {
        Self { by: Some(visit.me.person.to_string()), ..self }
    }

    /// The search that stands in a form of its own.
    fn search_apart(&self) -> Option<&Search> {
        self.search.as_ref().filter(|search| !search.is_within || self.parts.is_empty())
    }

    /// The search that stands in the form.
    fn search_within(&self) -> Option<&Search> {
        self.search.as_ref().filter(|search| search.is_within && !self.parts.is_empty())
    }

    fn problems(&self) -> Vec<Problem> {
        let on_page = |field: &str| {
            self.parts.iter().any(|part| match part {
                Part::Input(one) | Part::Area(one) | Part::File(one, _) => one.name == field,
                Part::Radios(one) | Part::Ticks(one) => one.name == field,
                Part::Date(one) => one.name == field,
                Part::Pick(_) => field == "person",
                Part::Kept(..) | Part::Words(_) => false,
            })
        };
        let line = |(field, words): &(String, String)| match field.as_str() {
            field if !on_page(field) => Problem::of_all(words.clone()),
            field if self.parts.iter().any(|part| matches!(part, Part::Date(date) if date.name == field)) => {
                Problem::at(format!("{field}-day"), words.clone())
            }
            field => Problem::at(field, words.clone()),
        };
        self.wrong.0.iter().map(line).collect()
    }
}

/// The page is the answer: with what is wrong in a summary, if anything is.
impl From<FormPage> for Answered {
    fn from(mut page: FormPage) -> Self {
        if page.wrong.0.is_empty() {
            return Ok(render(StatusCode::OK, &page));
        }
        page.frame = page.frame.with_errors();
        Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
    }
}

/// What is wrong with what was typed: a field and words, or no field where it is the whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrong(pub(super) Vec<(String, String)>);

impl Wrong {
    /// What the records said, each problem at the field it names (`number: somebody else has it already.`). `labels` has the
    /// fields of the page; what names another, or none, is put to `rest`.
    pub(super) fn of(fault: &Fault, labels: &[(&str, &str)], rest: &str) -> Self {
        let Fault::Wrong(problems) = fault else { return Self::at(rest, plain(fault)) };
        let one = |message: &str| {
            let named = message.split_once(": ").and_then(|(field, words)| {
                let (_, label) = labels.iter().find(|(one, _)| *one == field)?;
                Some((field.to_owned(), format!("{label}: {words}")))
            });
            named.unwrap_or_else(|| (rest.to_owned(), message.to_owned()))
        };
        Self(problems.iter().map(|problem| one(&problem.to_string())).collect())
    }

    /// One thing that is wrong.
    pub(super) fn at(field: &str, words: impl Into<String>) -> Self {
        Self(vec![(field.to_owned(), words.into())])
    }

    /// What is wrong with a field.
    pub(super) fn field(&self, field: &str) -> Option<String> {
        let said: Vec<&str> = self.0.iter().filter(|(one, _)| one == field).map(|(_, words)| words.as_str()).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }
}

/// Whether a form comes back with what was typed: it was wrong, refused, or somebody was quicker.
pub(super) fn comes_back(fault: &Fault) -> bool {
    matches!(fault, Fault::Wrong(_) | Fault::NotAllowed(_) | Fault::Changed(_))
}

/// A day from its three boxes; nothing where all are empty.
pub(super) fn day_of(fields: &Fields, name: &str) -> Result<Option<Date>, String> {
    let [day, month, year] = day_typed(fields, name);
    if day.is_empty() && month.is_empty() && year.is_empty() {
        return Ok(None);
    }
    let read = || Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    read()
        .map(Some)
        .ok_or_else(|| "Write a day that there is: day, month and year in numbers, such as 27 3 2014.".to_owned())
}

/// What was typed into the three boxes.
pub(super) fn day_typed(fields: &Fields, name: &str) -> [String; 3] {
    ["day", "month", "year"].map(|part| fields.get(&format!("{name}-{part}")).to_owned())
}

/// A day as the three boxes have it.
pub(super) fn boxed(day: Option<Date>) -> [String; 3] {
    day.map(|day| [day.day().to_string(), day.month().to_string(), day.year().to_string()]).unwrap_or_default()
}

/// The one of several that goes by a word.
pub(super) fn one_of<T: Copy>(all: &[T], word: fn(T) -> &'static str, typed: &str) -> Option<T> {
    all.iter().copied().find(|one| word(*one) == typed)
}
