//! Reading TOML documents so that every mistake is reported with its line and, where we can tell, what was meant.

use crate::problem::Problem;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

/// Reads a document, or says what is wrong and where.
pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<Problem>> {
    toml::from_str(text).map_err(|fault| vec![describe(&fault, file, text)])
}

fn describe(fault: &toml::de::Error, file: &str, text: &str) -> Problem {
    let message = fault.message().lines().next().unwrap_or("cannot be read");
    let suggestion = closest(message);
    let mut problem = Problem::error(sentence(&without_values(message, suggestion.is_some()))).in_file(file);
    if let Some(span) = fault.span() {
        problem = problem.at_line(line_of(text, span.start));
    }
    match suggestion {
        Some(suggestion) => problem.suggest(format!("Did you mean `{suggestion}`?")),
        None => problem,
    }
}

/// The message without what somebody wrote: a value may be a protected partner's host or a secret, and problems reach
/// logs and status pages (practice 11). Its line is told. A misspelt name stays only where it is known what was meant.
fn without_values(message: &str, is_misspelling: bool) -> String {
    let kind = |text: &str| text.split(['"', '`']).next().unwrap_or_default().trim_end().to_owned();
    if message.starts_with("invalid type: ") || message.starts_with("invalid value: ") {
        // The last “expected” is serde's own; an earlier one may stand in the value.
        let (found, expected) = message.rsplit_once(", expected ").unwrap_or((message, "another"));
        return format!("{}, expected {expected}", kind(found));
    }
    if message.starts_with("unknown ") && !is_misspelling {
        let what = kind(message);
        return message
            .rsplit_once(", expected ")
            .map_or_else(|| what.clone(), |(_, names)| format!("{what}, expected {names}"));
    }
    message.to_owned()
}

fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// Of the names serde expected, the one most like the name it found. Its messages read
/// "unknown field `a`, expected one of `b`, `c`".
fn closest(message: &str) -> Option<String> {
    let (found, expected) = message.strip_prefix("unknown ")?.rsplit_once(", expected ")?;
    let found = found.split_once('`')?.1.trim_end_matches('`');
    most_alike(found, expected.split('`').skip(1).step_by(2)).map(str::to_owned)
}

/// Of these names the one that was probably meant, if any is like enough.
pub fn most_alike<'a>(found: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let measured = names.map(|name| (strsim::damerau_levenshtein(found, name), name));
    let (distance, best) = measured.min_by_key(|(distance, _)| *distance)?;
    (distance <= (found.len() / 3).clamp(1, 3)).then_some(best)
}

/// The line, counted from 1, of a byte offset.
fn line_of(text: &str, offset: usize) -> u32 {
    let newlines = text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count();
    u32::try_from(newlines).unwrap_or(u32::MAX).saturating_add(1)
}

/// One step on the way to a value inside a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// The key of a table.
    Key(&'a str),
    /// The index in an array.
    Index(usize),
}

/// Finds the line of a value in a document that was read before; the line of the nearest value on the way if the value
/// itself is not there.
pub fn line_at(text: &str, path: &[Step<'_>]) -> Option<u32> {
    let table = DeTable::parse(text).ok()?;
    let mut offset = table.span().start;
    let mut tables = Some(table.get_ref());
    let mut value: Option<&DeValue<'_>> = None;
    for step in path {
        let next = match (step, tables, value) {
            (Step::Key(key), Some(table), _) => table.get(*key),
            (Step::Index(index), _, Some(DeValue::Array(items))) => items.get(*index),
            _ => None,
        };
        let Some(next) = next else { break };
        offset = next.span().start;
        value = Some(next.get_ref());
        tables = match next.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        };
    }
    Some(line_of(text, offset))
}
