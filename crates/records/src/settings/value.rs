//! Values of settings: read from text, written as text, compared by strictness.

use super::definition::{Choice, Definition, Kind, Order};
use crate::{access::Duty, calendar::Week};
use std::{collections::BTreeSet, fmt};

/// The longest name that a school may write into a list, in characters.
const NAME: usize = 60;
/// How many names a list may hold.
const NAMES: usize = 40;

/// A value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One of a list.
    Word(&'static str),
    /// Several of a list, duties among them.
    Words(BTreeSet<&'static str>),
    /// A whole number.
    Whole(u32),
    /// Yes or no.
    Switch(bool),
    /// Names, in the order in which they were written.
    Names(Vec<String>),
    /// Hours of the week.
    Hours(Week),
    /// How often.
    Rhythm(Rhythm),
}

/// How often, as a school counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rhythm {
    /// Every hour.
    Hourly,
    /// Every school day.
    Daily,
    /// Every week of term.
    Weekly,
    /// Every half-term.
    HalfTermly,
    /// Every term.
    Termly,
    /// Every year.
    Yearly,
}

impl Rhythm {
    /// Every rhythm, the most frequent first.
    pub const ALL: &[(Self, Choice)] = &[
        (Self::Hourly, Choice { word: "hourly", title: "every hour" }),
        (Self::Daily, Choice { word: "daily", title: "every school day" }),
        (Self::Weekly, Choice { word: "weekly", title: "every week of term" }),
        (Self::HalfTermly, Choice { word: "half-termly", title: "every half-term" }),
        (Self::Termly, Choice { word: "termly", title: "every term" }),
        (Self::Yearly, Choice { word: "yearly", title: "every year" }),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(rhythm, _)| *rhythm == self).map_or("", |(_, choice)| choice.word)
    }
}

impl Kind {
    /// Reads a value; what is not allowed is told in one sentence.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match self {
            Self::Choice(choices) => one(choices, text).map(Value::Word),
            Self::Several { from, at_least } => several(from, *at_least, text).map(Value::Words),
            Self::Duties => several(&duties(), 1, text).map(Value::Words),
            Self::Whole { unit, from, to } => match text.parse::<u32>() {
                Ok(number) if (*from..=*to).contains(&number) => Ok(Value::Whole(number)),
                _ => Err(format!("“{text}” is not a whole number from {from} to {to} ({unit}).")),
            },
            Self::Switch => match text {
                "yes" => Ok(Value::Switch(true)),
                "no" => Ok(Value::Switch(false)),
                _ => Err(format!("“{text}” is neither yes nor no.")),
            },
            Self::Names { what, at_least } => names(what, *at_least, text).map(Value::Names),
            Self::Hours => Week::parse(text).map(Value::Hours),
            Self::Rhythm => {
                let found = Rhythm::ALL.iter().find(|(_, choice)| choice.word == text).map(|(rhythm, _)| *rhythm);
                let choices: Vec<Choice> = Rhythm::ALL.iter().map(|(_, choice)| *choice).collect();
                found.map(Value::Rhythm).ok_or_else(|| not_allowed(&choices, text))
            }
        }
    }

    /// What is allowed, in words for a person.
    pub fn allowed(&self) -> String {
        let listed = |choices: &[Choice]| {
            let words = choices.iter().map(|choice| format!("`{}` ({})", choice.word, choice.title));
            words.collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Choice(choices) => format!("one of {}", listed(choices)),
            Self::Several { from, at_least } => format!("at least {at_least} of {}", listed(from)),
            Self::Duties => "one or more duties, such as `head, dsl`".to_owned(),
            Self::Whole { unit, from, to } => format!("a whole number from {from} to {to}: {unit}"),
            Self::Switch => "`yes` or `no`".to_owned(),
            Self::Names { what, at_least } => format!("{what}, separated by commas; at least {at_least}"),
            Self::Hours => "hours of the week such as `mon-fri 10:30-10:50`; may be empty".to_owned(),
            Self::Rhythm => {
                let choices: Vec<Choice> = Rhythm::ALL.iter().map(|(_, choice)| *choice).collect();
                format!("one of {}", listed(&choices))
            }
        }
    }
}

impl Definition {
    /// Whether a value is as strict as another or stricter. Without an order only the same value is.
    pub fn is_as_strict(&self, value: &Value, other: &Value) -> bool {
        if value == other {
            return true;
        }
        match (self.order, value, other) {
            (Order::Listed, Value::Word(value), Value::Word(other)) => self.rank(value) <= self.rank(other),
            (Order::Listed, Value::Rhythm(value), Value::Rhythm(other)) => value <= other,
            (Order::Less, Value::Whole(value), Value::Whole(other)) => value <= other,
            (Order::More, Value::Whole(value), Value::Whole(other)) => value >= other,
            (Order::Less, Value::Words(value), Value::Words(other)) => value.is_subset(other),
            (Order::More, Value::Words(value), Value::Words(other)) => value.is_superset(other),
            (Order::Less, Value::Names(value), Value::Names(other)) => are_among(value, other),
            (Order::More, Value::Names(value), Value::Names(other)) => are_among(other, value),
            (Order::Less, Value::Hours(value), Value::Hours(other)) => value.is_within(other),
            (Order::Yes, Value::Switch(value), Value::Switch(_)) => *value,
            (Order::No, Value::Switch(value), Value::Switch(_)) => !*value,
            _ => false,
        }
    }

    /// The loosest value that is as strict as both; the floor itself where there is none.
    pub fn tighten(&self, value: &Value, floor: &Value) -> Value {
        if self.is_as_strict(value, floor) {
            return value.clone();
        }
        let met = match (self.order, value, floor) {
            (Order::Less, Value::Words(value), Value::Words(floor)) => Value::Words(value & floor),
            (Order::More, Value::Words(value), Value::Words(floor)) => Value::Words(value | floor),
            (Order::Less, Value::Names(value), Value::Names(floor)) => {
                Value::Names(value.iter().filter(|name| is_among(name, floor)).cloned().collect())
            }
            (Order::More, Value::Names(value), Value::Names(floor)) => {
                let more = value.iter().filter(|name| !is_among(name, floor));
                Value::Names(floor.iter().chain(more).cloned().collect())
            }
            (Order::Less, Value::Hours(value), Value::Hours(floor)) => Value::Hours(value.shared(floor)),
            _ => floor.clone(),
        };
        // Fewer than the kind allows, or more than fit: then the floor as it stands.
        self.kind.read(&met.to_string()).unwrap_or_else(|_not_allowed| floor.clone())
    }

    fn rank(&self, word: &str) -> usize {
        match self.kind {
            Kind::Choice(choices) => choices.iter().position(|choice| choice.word == word).unwrap_or(usize::MAX),
            _ => usize::MAX,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Words(words) => f.write_str(&words.iter().copied().collect::<Vec<_>>().join(", ")),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Switch(is_on) => f.write_str(if *is_on { "yes" } else { "no" }),
            Self::Names(names) => f.write_str(&names.join(", ")),
            Self::Hours(hours) => hours.fmt(f),
            Self::Rhythm(rhythm) => f.write_str(rhythm.word()),
        }
    }
}

/// A type that a setting's value can have.
pub trait Shape: Sized {
    /// Which kind it goes with; see [`super::Setting`].
    const CODE: u8;

    /// The value as this type; `None` for a value of another kind.
    fn of(value: &Value) -> Option<Self>;
}

macro_rules! shapes {
    ($($code:literal $type:ty: $pattern:pat => $read:expr;)*) => { $(
        impl Shape for $type {
            const CODE: u8 = $code;

            fn of(value: &Value) -> Option<Self> {
                match value {
                    $pattern => Some($read),
                    _ => None,
                }
            }
        }
    )* };
}

shapes! {
    0 &'static str: Value::Word(word) => word;
    1 BTreeSet<&'static str>: Value::Words(words) => words.clone();
    2 Vec<Duty>: Value::Words(words) => words.iter().filter_map(|word| Duty::from_word(word)).collect();
    3 u32: Value::Whole(number) => *number;
    4 bool: Value::Switch(is_on) => *is_on;
    5 Vec<String>: Value::Names(names) => names.clone();
    6 Week: Value::Hours(hours) => hours.clone();
    7 Rhythm: Value::Rhythm(rhythm) => *rhythm;
}

fn duties() -> Vec<Choice> {
    Duty::ALL.iter().map(|duty| Choice { word: duty.word(), title: duty.title() }).collect()
}

fn one(choices: &[Choice], text: &str) -> Result<&'static str, String> {
    let found = choices.iter().find(|choice| choice.word == text).map(|choice| choice.word);
    found.ok_or_else(|| not_allowed(choices, text))
}

fn several(choices: &[Choice], at_least: usize, text: &str) -> Result<BTreeSet<&'static str>, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let chosen = words.map(|word| one(choices, word)).collect::<Result<BTreeSet<_>, _>>()?;
    if chosen.len() < at_least {
        return Err(format!("At least {at_least} must be chosen of: {}.", all(choices)));
    }
    Ok(chosen)
}

fn names(what: &str, at_least: usize, text: &str) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if name.chars().count() > NAME || name.chars().any(char::is_control) {
            return Err(format!("A name in a list of {what} has at most {NAME} characters, all of them printable."));
        }
        if !is_among(name, &names) {
            names.push(name.to_owned());
        }
    }
    match names.len() {
        count if count < at_least => Err(format!("At least {at_least} must be named: {what}.")),
        count if count > NAMES => Err(format!("At most {NAMES} can be named: {what}.")),
        _ => Ok(names),
    }
}

fn not_allowed(choices: &[Choice], text: &str) -> String {
    format!("“{text}” is not one of: {}.", all(choices))
}

fn all(choices: &[Choice]) -> String {
    choices.iter().map(|choice| choice.word).collect::<Vec<_>>().join(", ")
}

fn is_among(name: &str, names: &[String]) -> bool {
    names.iter().any(|known| known.to_lowercase() == name.to_lowercase())
}

fn are_among(names: &[String], others: &[String]) -> bool {
    names.iter().all(|name| is_among(name, others))
}
