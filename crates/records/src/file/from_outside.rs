//! A file that begins with what somebody from outside wrote, placed by whoever read it: its entries have no author here.

use super::{
    NewEntry, Raised, Words,
    ground::{self, FileRow},
    hold,
    raise::{Start, keep_out, masked, start_file, write_entry_of, write_pair},
};
use crate::{
    Entered, Fault,
    access::{Act, FileKind, Resource},
    audit::Detail,
    concern::climb,
    id,
};

/// Opens the child's file, the adult's, or both as the two parts of one concern (practice 10), each with these entries, in the act that
/// is under way. The child's part has the adult's names masked. Nothing, where neither is named. Whom the report was kept from is kept out
/// of each by name, for good.
pub(crate) async fn open_from_outside(
    entered: &mut Entered,
    (child, adult): (Option<id::Person>, Option<id::Person>),
    (entries, kept_from): (&[NewEntry], &[id::Person]),
) -> Result<Vec<Raised>, Fault> {
    let mut raised = Vec::new();
    if let Some(child) = child {
        let named: Vec<id::Person> = adult.into_iter().collect();
        let mut shown = Vec::new();
        for entry in entries {
            shown.push(masked(entered, &named, entry).await?);
        }
        raised.push(begin(entered, (FileKind::Child, child), (&named, kept_from), &shown).await?);
    }
    if let Some(adult) = adult {
        let begun = begin(entered, (FileKind::StaffConcern, adult), (&[], kept_from), entries).await?;
        if let Some(childs) = raised.first() {
            let school = entered.session().school;
            let row = ground::file(entered.transaction(), school, begun.file).await?;
            write_pair(entered, &row, childs.file).await?;
        }
        raised.push(begun);
    }
    Ok(raised)
}

async fn begin(
    entered: &mut Entered,
    (kind, person): (FileKind, id::Person),
    (named, kept_from): (&[id::Person], &[id::Person]),
    entries: &[NewEntry],
) -> Result<Raised, Fault> {
    let now = entered.now();
    let (file, first) = (id::File::new(now)?, id::Entry::new(now)?);
    let detail = Detail::none().with("file", file.to_string()).with("entry", first.to_string());
    entered.also(Act::FileOpened, Resource::NewFile(kind, person), detail).await?;
    let start = Start { file, kind, person, named, without: kept_from, came_from: None, reference: None };
    let row: FileRow = start_file(entered, &start).await?;
    for one in kept_from {
        keep_out(entered, &row, *one, "The report that it began with was kept from them.").await?;
    }
    for (place, entry) in entries.iter().enumerate() {
        let id = if place == 0 { first } else { id::Entry::new(now)? };
        write_entry_of(entered, &row, (id, None), None, entry).await?;
    }
    hold::for_case(entered, &row).await?;
    climb::tell_due(entered, row.id).await?;
    Ok(Raised { file: row.id, entry: first, reference: row.reference })
}

impl NewEntry {
    /// A report from outside, or a note beside it.
    pub(crate) fn from_outside(kind: super::EntryKind, severity: Option<super::Severity>, text: Words) -> Self {
        Self { kind, severity, moment: None, text, reason: None }
    }
}
