//! How files look on a terminal: ids, never names, since a terminal keeps what it showed.

use crate::{
    access::FileKind,
    file::{EntryView, FileView, Listed, Listing},
};
use std::fmt::Write as _;

fn line(file: &Listed) -> String {
    let kind = match file.kind {
        FileKind::Child => "child",
        FileKind::StaffConcern => "confidential staff-concerns",
    };
    let severity = file.status.severity.map_or("not said".to_owned(), |severity| severity.number().to_string());
    let state = if file.status.is_open { "open" } else { "closed" };
    format!(
        "{}  {}  {kind}, {state}, severity {severity}, about {}, opened {}",
        file.file, file.reference, file.person, file.opened_at
    )
}

/// A list.
pub(super) fn listing(listing: &Listing) -> String {
    let mut text = String::new();
    for file in &listing.files {
        text.push_str(&line(file));
        text.push('\n');
    }
    for mark in &listing.marks {
        let _infallible = writeln!(text, "{}  something was here ({}): {}", mark.erased_at, mark.what, mark.rule);
    }
    if listing.next.is_some() {
        text.push_str("There are more: name a person, or ask for open ones only.\n");
    }
    if text.is_empty() { "There is nothing.".to_owned() } else { text.trim_end().to_owned() }
}

/// A file.
pub(super) fn view(view: &FileView) -> String {
    let mut text = line(&view.file);
    text.push('\n');
    for entry in &view.entries {
        text.push_str(&entry_lines(entry));
    }
    for altered in &view.altered {
        let _infallible = writeln!(
            text,
            "\n{}  {}  NOT SHOWN: it is not as it was written. Somebody altered the store. Tell the designated safeguarding lead, \
             have the audit log verified, and look for it in a backup.",
            altered.recorded_at, altered.id
        );
    }
    for turn in &view.turns {
        let what = turn.outcome.as_ref().map_or("opened again", |outcome| outcome.as_str());
        let _infallible = writeln!(text, "\n{}  {what}: {}", turn.recorded_at, turn.reason.as_str());
    }
    if let Some(child) = view.child_part {
        let _infallible = writeln!(text, "\nThe child’s part: {child}");
    }
    text.trim_end().to_owned()
}

fn entry_lines(entry: &EntryView) -> String {
    let mut text = format!("\n{}  {}  {}", entry.recorded_at, entry.id, entry.kind.title());
    if let Some(amended) = entry.amends {
        let _infallible = write!(text, " of {amended}");
    }
    if let Some(author) = entry.author {
        let _infallible = write!(text, ", by {author}");
    }
    if let Some(severity) = entry.severity {
        let _infallible = write!(text, ", severity {}", severity.number());
    }
    let _infallible = writeln!(text, "\n{}", entry.text.as_str());
    if let Some(reason) = &entry.reason {
        let _infallible = writeln!(text, "Why: {}", reason.as_str());
    }
    text
}
