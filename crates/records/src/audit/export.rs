//! The log as a file that leaves the machine: what its reader may know of and nothing more, each line with who took it out and when
//! (invariant 7, catalogue L).

use super::{
    Detail, Question,
    read::{Page, Shown},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Resource},
    accounts::statements::OWN_NAME,
    id,
};
use jiff::{Timestamp, tz::TimeZone};

/// The most entries of one file: their references stand in the entry of the export.
const MOST: usize = 4_000;
/// What the file says where older entries fit too.
const CUT: &str = "Older entries fit what was asked and are not in this file. Export again with an earlier last day.";
/// Its columns.
const COLUMNS: [&str; 13] = [
    "when (school time)",
    "when (UTC)",
    "who",
    "their id",
    "what",
    "outcome",
    "on",
    "its id",
    "more",
    "reference",
    "exported by",
    "exported at (UTC)",
    "export",
];

/// A file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its id, which each line carries and the entry of the export names.
    pub id: id::Row,
    /// The file: comma-separated values (RFC 4180), UTF-8.
    pub csv: String,
    /// How many entries are in it.
    pub entries: usize,
    /// Whether older ones that fit are not.
    pub is_cut: bool,
}

impl Records {
    /// Takes entries of the log out as a file, newest first, times also by the school's clock. What is asked about one other person is
    /// their history, and needs a purpose.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever may not read the log or not export, and those of [`Records::read_audit`].
    pub async fn export_audit(&self, session: &Session, question: &Question, zone: &TimeZone) -> Result<Export, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        self.refuse_history_without_purpose(session, question).await?;
        let question = Question { after: None, only: None, most: MOST, ..question.clone() };
        let (page, about) = self.compile_entries(session, &question, MOST).await?;
        let now = self.clock().now();
        let id = id::Row::new(now)?;
        let mut detail = Detail::none()
            .with("export", id.to_string())
            .with("what", "audit")
            .with("count", page.entries.len().to_string())
            .shown(page.entries.iter().map(|entry| &entry.reference));
        if let Some(about) = about {
            detail = detail.with("about", about);
        }
        let mut entered = self.act(session, Act::Exported, Resource::School, detail).await?;
        let taken = async {
            // Whoever may take files out may not therefore read the log.
            if !crate::access::may_of_school(entered.standing(), Act::AuditRead) {
                return Err(Fault::NotFound);
            }
            let row = entered.row(&OWN_NAME, &[session.school.into(), asker.into()]).await?.ok_or(Fault::NotFound)?;
            let mark = Mark { by: row.get(0)?, at: now, id };
            written(&page, &mark, zone)
        }
        .await;
        let csv = entered.finish(taken).await?;
        Ok(Export { id, csv, entries: page.entries.len(), is_cut: page.is_cut })
    }
}

/// Who took it out, and when: on every line, so that no part of it goes without.
struct Mark {
    by: String,
    at: Timestamp,
    id: id::Row,
}

fn written(page: &Page, mark: &Mark, zone: &TimeZone) -> Result<String, Fault> {
    let (at, id) = (mark.at.to_string(), mark.id.to_string());
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(unwritten)?;
    for entry in &page.entries {
        let cells = cells(page, entry, zone);
        let cells = cells.iter().map(String::as_str).chain([mark.by.as_str(), &at, &id]).map(harmless);
        writer.write_record(cells).map_err(unwritten)?;
    }
    if page.is_cut {
        let cells = [CUT, "", "", "", "", "", "", "", "", "", mark.by.as_str(), &at, &id].map(harmless);
        writer.write_record(cells).map_err(unwritten)?;
    }
    let bytes = writer.into_inner().map_err(unwritten)?;
    String::from_utf8(bytes).map_err(unwritten)
}

fn cells(page: &Page, entry: &Shown, zone: &TimeZone) -> [String; 10] {
    let called = |id: &str| page.names.get(id).cloned();
    let (kind, on) = entry.resource.split_once(' ').unwrap_or((&entry.resource, ""));
    let more: Vec<String> = entry.detail.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    [
        entry.moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        entry.moment.to_string(),
        called(&entry.actor).unwrap_or_else(|| entry.actor.clone()),
        entry.actor.clone(),
        entry.act.clone(),
        entry.outcome.clone(),
        called(on).map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}")),
        on.to_owned(),
        more.join("; "),
        entry.reference.clone(),
    ]
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection): somebody's name may begin like one.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

fn unwritten(fault: impl std::fmt::Display) -> Fault {
    Fault::Unavailable(format!("The file could not be written: {fault}. Nothing left the machine."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn each_line_is_marked_and_no_cell_is_a_formula() {
        let at: Timestamp = "2026-06-09T08:00:00Z".parse().unwrap();
        let actor = id::Person::new(at).unwrap().to_string();
        let entry = Shown {
            reference: "0a1b2c3d4e5f".to_owned(),
            moment: at,
            actor: actor.clone(),
            act: "people-imported".to_owned(),
            outcome: "done".to_owned(),
            resource: "school".to_owned(),
            detail: vec![("how".to_owned(), "a, \"b\"".to_owned()), ("count".to_owned(), "2".to_owned())],
        };
        let names = BTreeMap::from([(actor.clone(), "=cmd|'/c calc'!A1".to_owned())]);
        let page = Page { entries: vec![entry], is_cut: true, names };
        let mark = Mark { by: "@Hilda Marsh".to_owned(), at, id: id::Row::new(at).unwrap() };
        let csv = written(&page, &mark, &TimeZone::get("Europe/London").unwrap()).unwrap();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), COLUMNS);
        let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(&lines[0][0], "2026-06-09 09:00:00");
        assert_eq!([&lines[0][2], &lines[0][3]], ["'=cmd|'/c calc'!A1", &actor]);
        assert_eq!(&lines[0][8], "how: a, \"b\"; count: 2");
        assert_eq!(&lines[1][0], CUT);
        for line in &lines {
            assert_eq!([&line[10], &line[11]], ["'@Hilda Marsh", "2026-06-09T08:00:00Z"]);
            assert_eq!(line[12], mark.id.to_string());
        }
    }
}
