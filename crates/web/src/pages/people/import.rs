//! Taking in a list of people: first a look at what it would do, then the same list with that look's digest (docs/people.md).

use super::{announce, frame};
use crate::{
    fields::Fields,
    kit::Field,
    pages::{
        Frame,
        form::{FormPage, Part, Wrong, comes_back},
        found, render,
    },
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{Fault, people::Preview};

/// The most that the form may send.
pub(crate) const MOST: usize = 4 * 1024 * 1024;
/// The longest list: some 15,000 lines. It comes back from the page that says what it would do, with longer line ends and other
/// fields beside it, and must not be too much then.
const LONGEST: usize = 3 * 1024 * 1024;
/// How many names of those who are not in the list are shown.
const MOST_NAMES: usize = 100;

#[derive(Template)]
#[template(path = "people/preview.html")]
struct PreviewPage {
    frame: Frame,
    figures: Vec<(&'static str, usize)>,
    changed: Vec<(u32, String, String)>,
    new_classes: String,
    left_out: Vec<String>,
    left_out_more: usize,
    warnings: Vec<String>,
    does_something: bool,
    digest: String,
    csv: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    form(&visit, "", Wrong::default()).into()
}

pub(crate) async fn import(visit: SignedVisit, fields: Fields) -> Answered {
    let pasted = fields.exact("csv");
    let bytes = match (fields.file("file"), pasted.trim().is_empty()) {
        (Some(_), false) => {
            let words = "Choose a file or paste the list, not both: which of the two you mean cannot be told.";
            return form(&visit, pasted, Wrong::at("file", words)).into();
        }
        (Some(file), true) => file.to_vec(),
        (None, false) => pasted.as_bytes().to_vec(),
        (None, true) => return form(&visit, "", Wrong::at("file", "Choose a file, or paste the list.")).into(),
    };
    let bytes = one_form(&bytes);
    if sent_back(&bytes) > LONGEST {
        let words = "This list is longer than 3 MB. Take it in in parts, each with the line that names the columns.";
        return form(&visit, "", Wrong::at("file", words)).into();
    }
    let digest = fields.get("digest");
    let done = if digest.is_empty() {
        visit.records.preview_import(&visit.session, &bytes).await
    } else {
        visit.records.import(&visit.session, &bytes, digest).await
    };
    match done {
        Ok(done) if !digest.is_empty() => {
            let words = format!(
                "{} added, {} changed, {} as they were. Whoever is not in the list stays as they are.",
                done.added,
                done.changed.len(),
                done.unchanged
            );
            announce(&visit, "The list is taken in", words);
            Ok(found("/people"))
        }
        Ok(preview) => show(&visit, preview, String::from_utf8_lossy(&bytes).into_owned()).await,
        Err(fault) if comes_back(&fault) => form(&visit, pasted, faults(&fault)).into(),
        Err(fault) => Err(fault),
    }
}

/// The list without a byte-order mark and with plain line ends, so that it is the same when a browser sends it back.
fn one_form(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut plain = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\r' {
            plain.push(byte);
        } else if bytes.peek() != Some(&b'\n') {
            plain.push(b'\n');
        }
    }
    plain
}

/// How long the list is when a browser sends it back, which writes each line end as CR LF.
fn sent_back(bytes: &[u8]) -> usize {
    bytes.len() + memchr::memchr_iter(b'\n', bytes).count()
}

/// Each fault of each line, with the line and the column.
fn faults(fault: &Fault) -> Wrong {
    match fault {
        Fault::Wrong(_) => Wrong::of(fault, &[], ""),
        other => Wrong(other.to_string().lines().map(|line| (String::new(), line.to_owned())).collect()),
    }
}

async fn show(visit: &SignedVisit, preview: Preview, csv: String) -> Answered {
    let ids: Vec<_> = preview
        .changed
        .iter()
        .map(|(_, person, _)| *person)
        .chain(preview.left_out.iter().take(MOST_NAMES).copied())
        .collect();
    let names = visit.records.names_of(&visit.session, &ids).await?;
    let name = |person| names.get(person).cloned().unwrap_or_else(|| "Somebody you cannot see".to_owned());
    let page = PreviewPage {
        frame: frame(visit),
        figures: vec![
            ("Would be added", preview.added),
            ("Would be changed", preview.changed.len()),
            ("Stay as they are", preview.unchanged),
            ("Here, and not in the list", preview.left_out.len()),
        ],
        changed: preview
            .changed
            .iter()
            .map(|(line, person, fields)| (*line, name(person), fields.replace(',', ", ").replace('_', " ")))
            .collect(),
        new_classes: preview.new_classes.join(", "),
        left_out: preview.left_out.iter().take(MOST_NAMES).map(name).collect(),
        left_out_more: preview.left_out.len().saturating_sub(MOST_NAMES),
        warnings: preview.warnings.iter().map(ToString::to_string).collect(),
        does_something: preview.added > 0 || !preview.changed.is_empty(),
        digest: preview.digest,
        csv,
    };
    Ok(render(StatusCode::OK, &page))
}

fn form(visit: &SignedVisit, pasted: &str, wrong: Wrong) -> FormPage {
    let file = Field::new("file", "A file")
        .hint("CSV in UTF-8 with commas, up to 3 MB. The first line names the columns: kind and full_name, and any of staff_kind, \
            number, preferred_name, sort_as, language, date_of_birth (2014-06-08), interpreter_needed, gate_group, classes (7A;MA3).")
        .error(wrong.field("file"));
    FormPage {
        words: vec!["First you see what the list would do. Nothing is changed before you agree to it.".to_owned()],
        parts: vec![
            Part::File(file, "text/csv,.csv"),
            Part::Area(Field::new("csv", "Or paste the list here").value(pasted).autocomplete("off")),
        ],
        wrong,
        button: "See what it would do",
        sends_file: true,
        ..FormPage::new(frame(visit), "Take in a list", "/people/import", "/people")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_the_same_when_it_comes_back() {
        assert_eq!(
            one_form(b"\xef\xbb\xbfkind,full_name\r\npupil,Ada\rpupil,Ben\n"),
            b"kind,full_name\npupil,Ada\npupil,Ben\n"
        );
        assert_eq!(one_form(b""), b"");
    }
}
