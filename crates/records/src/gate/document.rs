//! Structured edits of the policy document: what is not touched stays as people wrote it, comments and all.

use crate::Fault;
use holdfast_core::toml_text;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Value};

/// The longest document that is taken, in bytes: a hundred times that of a large school.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;
/// How long what has ended stays in the document in force, in days; the versions before keep it.
const KEPT: i64 = 7;

/// The times that a change makes are to the second, on the school's wall clock.
const TIME: &str = "%Y-%m-%dT%H:%M:%S";

/// Reads a document for editing.
pub(super) fn parse(text: &str) -> Result<DocumentMut, Fault> {
    if text.len() > LONGEST {
        return Err(Fault::wrong(format!("The document is longer than {} megabytes.", LONGEST / 1024 / 1024)));
    }
    // First by the reader whose words are made for people.
    toml_text::read::<toml::Table>("", text).map_err(Fault::Wrong)?;
    text.parse().map_err(|fault: toml_edit::TomlError| Fault::wrong(fault.message().to_owned()))
}

/// The document's version, as it stands in it.
pub(super) fn version_of(document: &DocumentMut) -> Option<i64> {
    document.get("version").and_then(Item::as_integer)
}

/// Sets a value of the document itself. Comments beside it stay.
pub(super) fn set(document: &mut DocumentMut, key: &str, value: impl Into<Value>) {
    let mut value = value.into();
    // In its place, since the key holds the comments above it.
    match document.get_mut(key) {
        Some(found) => {
            if let Some(before) = found.as_value() {
                *value.decor_mut() = before.decor().clone();
            }
            *found = Item::Value(value);
        }
        None => drop(document.insert(key, Item::Value(value))),
    }
}

/// Adds an entry, such as a `[[lesson]]`.
pub(super) fn add<T: Serialize>(document: &mut DocumentMut, key: &str, entry: &T) -> Result<(), Fault> {
    let cannot = || Fault::wrong(format!("The entry cannot be written under “{key}”."));
    let text = toml::to_string(entry).map_err(|_shape| cannot())?;
    let table = text.parse::<DocumentMut>().map_err(|_text| cannot())?.as_table().clone();
    let mut list = list(document, key)?;
    list.push(table);
    document.insert(key, Item::ArrayOfTables(list));
    Ok(())
}

/// Takes a field out of each entry under a key, however the entries are written.
pub(super) fn leave_out(document: &mut DocumentMut, key: &str, field: &str) {
    match document.get_mut(key) {
        Some(Item::ArrayOfTables(entries)) => entries.iter_mut().for_each(|entry| drop(entry.remove(field))),
        Some(Item::Value(Value::Array(entries))) => {
            let tables = entries.iter_mut().filter_map(Value::as_inline_table_mut);
            tables.for_each(|entry| drop(entry.remove(field)));
        }
        _ => {}
    }
}

/// Takes the entries under a key out of the document, to be put back.
fn list(document: &mut DocumentMut, key: &str) -> Result<ArrayOfTables, Fault> {
    match document.remove(key) {
        None => Ok(ArrayOfTables::new()),
        Some(found) => found
            .into_array_of_tables()
            .map_err(|_other| Fault::wrong(format!("What stands under “{key}” in the policy is no list of entries."))),
    }
}

/// An entry's own fields that matter to its end.
#[derive(Debug, Deserialize)]
pub(super) struct Lasting {
    /// Its code.
    pub code: String,
    /// Who made it.
    pub author: String,
    /// From.
    pub starts: String,
    /// Until.
    #[serde(default)]
    pub ends: Option<String>,
}

/// The entry under a key with this code.
pub(super) fn find(document: &DocumentMut, key: &str, code: &str) -> Result<Lasting, Fault> {
    let missing = || Fault::wrong(format!("There is no {key} “{code}” in the policy in force."));
    let all: toml::Table = toml::from_str(&document.to_string()).map_err(|_shape| missing())?;
    let entries = all.get(key).and_then(toml::Value::as_array).ok_or_else(missing)?;
    let lasting = entries.iter().filter_map(|entry| entry.clone().try_into::<Lasting>().ok());
    lasting.into_iter().find(|entry| entry.code == code).ok_or_else(missing)
}

/// Ends an entry now. One that has not begun goes altogether.
pub(super) fn end(document: &mut DocumentMut, key: &str, code: &str, moment: &Wall) -> Result<(), Fault> {
    let entry = find(document, key, code)?;
    let now = moment.time(moment.now);
    if entry.ends.as_deref().and_then(|ends| moment.end_of(ends)).is_some_and(|ends| ends <= moment.now) {
        return Err(Fault::wrong(format!("The {key} “{code}” has ended already.")));
    }
    let has_begun = moment.start_of(&entry.starts).is_some_and(|starts| Some(starts) < moment.start_of(&now));
    let mut entries = list(document, key)?;
    if has_begun {
        for table in entries.iter_mut().filter(|table| table.get("code").and_then(Item::as_str) == Some(code)) {
            table.insert("ends", toml_edit::value(now.clone()));
        }
    } else {
        entries.retain(|table| table.get("code").and_then(Item::as_str) != Some(code));
    }
    if !entries.is_empty() {
        document.insert(key, Item::ArrayOfTables(entries));
    }
    Ok(())
}

/// Takes out what ended long ago, so that the document in force does not grow for ever.
pub(super) fn drop_long_ended(document: &mut DocumentMut, moment: &Wall) -> Result<(), Fault> {
    let bound = moment.now - (KEPT * 24).hours();
    let is_over = |table: &toml_edit::Table| {
        let ends = table.get("ends").and_then(Item::as_str).and_then(|text| moment.end_of(text));
        ends.is_some_and(|ends| ends < bound)
    };
    for key in ["lesson", "suspension", "emergency"] {
        let has_ended = document.get(key).and_then(Item::as_array_of_tables).is_some_and(|all| all.iter().any(is_over));
        if has_ended {
            let mut entries = list(document, key)?;
            entries.retain(|table| !is_over(table));
            if !entries.is_empty() {
                document.insert(key, Item::ArrayOfTables(entries));
            }
        }
    }
    Ok(())
}

/// A moment, and the school's zone to write it in.
#[derive(Debug, Clone)]
pub(super) struct Wall {
    pub now: Timestamp,
    pub zone: TimeZone,
}

impl Wall {
    /// A moment as the document writes it.
    pub(super) fn time(&self, moment: Timestamp) -> String {
        self.zone.to_datetime(moment).strftime(TIME).to_string()
    }

    fn start_of(&self, text: &str) -> Option<Timestamp> {
        self.moment(text, false)
    }

    /// When something ends that the document says ends then.
    pub(super) fn end_of(&self, text: &str) -> Option<Timestamp> {
        self.moment(text, true)
    }

    /// As core reads it: a date alone is its first or its last moment.
    fn moment(&self, text: &str, is_end: bool) -> Option<Timestamp> {
        let time = if text.contains(['T', ' ']) {
            text.parse::<DateTime>().ok()?
        } else {
            let date = text.parse::<Date>().ok()?;
            if is_end { date.tomorrow().ok()?.at(0, 0, 0, 0) } else { date.at(0, 0, 0, 0) }
        };
        self.zone.to_timestamp(time).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::policy::source::LessonSource;

    const TEXT: &str = "# Ours.\nversion = 3 # raised\ntitle = \"T\"\n\n[[lesson]]\ncode = \"old\"\nauthor = \"a\"\n\
                        starts = \"2026-01-05T09:00\"\nends = \"2026-01-05T10:00\"\n\n# Kept.\n[[rule]]\ncode = \"r\"\n";

    fn wall(now: &str) -> Wall {
        Wall { now: now.parse().unwrap(), zone: TimeZone::get("Europe/London").unwrap() }
    }

    fn lesson(code: &str, starts: &str, ends: &str) -> LessonSource {
        LessonSource {
            code: code.to_owned(),
            title: "Rivers".to_owned(),
            classes: vec!["5b".into()],
            people: Vec::new(),
            groups: Vec::new(),
            hosts: vec!["rivers.lesson.example".to_owned()],
            addresses: Vec::new(),
            only: false,
            author: "a".into(),
            starts: starts.to_owned(),
            ends: ends.to_owned(),
        }
    }

    #[test]
    fn an_edit_leaves_comments_and_drops_what_ended_long_ago() {
        let mut document = parse(TEXT).unwrap();
        let moment = wall("2026-06-22T09:00:00Z");
        set(&mut document, "version", 4);
        add(&mut document, "lesson", &lesson("new", "2026-06-22T10:00:00", "2026-06-22T11:00:00")).unwrap();
        drop_long_ended(&mut document, &moment).unwrap();
        let text = document.to_string();
        assert!(text.starts_with("# Ours.\nversion = 4 # raised\n"), "{text}");
        assert!(text.contains("# Kept.\n[[rule]]") && !text.contains("\"old\""), "{text}");
        assert_eq!(version_of(&parse(&text).unwrap()), Some(4));
        assert_eq!(find(&document, "lesson", "new").unwrap().author, "a");
    }

    #[test]
    fn what_has_begun_ends_now_and_what_has_not_goes() {
        let moment = wall("2026-06-22T09:30:00.5Z");
        let mut document = parse("version = 1\n").unwrap();
        add(&mut document, "lesson", &lesson("now", "2026-06-22T10:00", "2026-06-22T11:00")).unwrap();
        add(&mut document, "lesson", &lesson("later", "2026-06-22T12:00", "2026-06-22T13:00")).unwrap();
        end(&mut document, "lesson", "later", &moment).unwrap();
        assert!(find(&document, "lesson", "later").is_err());
        end(&mut document, "lesson", "now", &moment).unwrap();
        // British summer time, and so core reads it: ended before this moment.
        assert_eq!(find(&document, "lesson", "now").unwrap().ends.as_deref(), Some("2026-06-22T10:30:00"));
        assert!(end(&mut document, "lesson", "now", &moment).is_err(), "only once");
        assert!(end(&mut document, "lesson", "none", &moment).is_err());
    }

    #[test]
    fn lists_written_in_one_line_are_edited_too() {
        let line = "version = 1\nlesson = [{ code = \"x\", author = \"a\", starts = \"2026-06-22\", ends = \"2026-06-23\" }]\n";
        let mut document = parse(line).unwrap();
        add(&mut document, "lesson", &lesson("y", "2026-06-22T10:00", "2026-06-22T11:00")).unwrap();
        assert!(find(&document, "lesson", "x").is_ok() && find(&document, "lesson", "y").is_ok());
    }
}
