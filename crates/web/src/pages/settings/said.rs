//! A setting's value in words for people.

use holdfast_records::{
    access::Duty,
    settings::{Choice, Definition, Kind, Rhythm, Value},
};

/// The value as people read it.
pub(in crate::pages) fn said(definition: &Definition, value: &Value) -> String {
    let text = match value {
        Value::Word(word) => title(definition, word),
        Value::Words(words) => words.iter().map(|word| title(definition, word)).collect::<Vec<_>>().join("; "),
        Value::Whole(number) => match definition.kind {
            Kind::Whole { unit, .. } => format!("{number} {unit}"),
            _ => number.to_string(),
        },
        Value::Switch(true) => "yes".to_owned(),
        Value::Switch(false) => "no".to_owned(),
        Value::Rhythm(rhythm) => {
            let found = Rhythm::ALL.iter().find(|(known, _)| known == rhythm);
            found.map_or_else(String::new, |(_, choice)| choice.title.to_owned())
        }
        Value::Names(_) | Value::Hours(_) => value.to_string(),
    };
    if text.is_empty() { "None".to_owned() } else { super::capital(&text) }
}

fn title(definition: &Definition, word: &str) -> String {
    let of =
        |choices: &[Choice]| choices.iter().find(|choice| choice.word == word).map(|choice| choice.title.to_owned());
    let found = match definition.kind {
        Kind::Choice(choices) | Kind::Several { from: choices, .. } => of(choices),
        Kind::Duties => Duty::from_word(word).map(|duty| duty.title().to_owned()),
        _ => None,
    };
    found.unwrap_or_else(|| word.to_owned())
}

/// What can be chosen, in the order in which the definition lists it.
pub(super) fn choices(definition: &Definition) -> String {
    let titles = |choices: &[Choice]| choices.iter().map(|choice| choice.title).collect::<Vec<_>>().join("; ");
    let text = match definition.kind {
        Kind::Choice(choices) => titles(choices),
        Kind::Several { from, at_least } => format!("at least {at_least} of: {}", titles(from)),
        Kind::Duties => "one or more duties".to_owned(),
        Kind::Whole { unit, from, to } => format!("from {from} to {to} {unit}"),
        Kind::Switch => "yes or no".to_owned(),
        Kind::Names { what, at_least } => format!("{what}; at least {at_least}"),
        Kind::Hours => "hours of the week, or none".to_owned(),
        Kind::Rhythm => Rhythm::ALL.iter().map(|(_, choice)| choice.title).collect::<Vec<_>>().join("; "),
    };
    super::capital(&text)
}
