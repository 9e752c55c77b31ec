//! A file that begins with what somebody from outside wrote, placed by whoever read it: its entries have no author here, but
//! where somebody who signed in wrote it of somebody in no list.

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

/// What a file begins with that comes from outside.
pub(crate) struct FromOutside<'a> {
    /// What stands in a child's part.
    pub childs: &'a [NewEntry],
    /// What stands in an adult's.
    pub adults: &'a [NewEntry],
    /// Who is kept out of each by name, for good, because what it begins with was kept from them.
    pub kept_from: &'a [id::Person],
    /// Who wrote it, where that is known here: they keep it among their own.
    pub author: Option<id::Person>,
}

/// Opens the child's file, the adult's, or both as the two parts of one concern (practice 10), each with its entries, in the act that
/// is under way. The child's part has the adult's names masked. Nothing, where neither is named.
pub(crate) async fn open_from_outside(
    entered: &mut Entered,
    (child, adult): (Option<id::Person>, Option<id::Person>),
    from: &FromOutside<'_>,
) -> Result<Vec<Raised>, Fault> {
    let mut raised = Vec::new();
    if let Some(child) = child {
        let named: Vec<id::Person> = adult.into_iter().collect();
        let mut shown = Vec::new();
        for entry in from.childs {
            shown.push(masked(entered, &named, entry).await?);
        }
        raised.push(begin(entered, (FileKind::Child, child), (&named, from), &shown).await?);
    }
    if let Some(adult) = adult {
        let begun = begin(entered, (FileKind::StaffConcern, adult), (&[], from), from.adults).await?;
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
    (named, from): (&[id::Person], &FromOutside<'_>),
    entries: &[NewEntry],
) -> Result<Raised, Fault> {
    let now = entered.now();
    // They are read in this order though they are of one moment.
    let mut ids = entries.iter().map(|_| id::Entry::new(now)).collect::<Result<Vec<_>, Fault>>()?;
    ids.sort_unstable();
    let (file, first) = (id::File::new(now)?, ids.first().copied().ok_or(Fault::NotFound)?);
    let detail = Detail::none().with("file", file.to_string()).with("entry", first.to_string());
    entered.also(Act::FileOpened, Resource::NewFile(kind, person), detail).await?;
    let start =
        Start { file, kind, person, named, without: from.kept_from, concerned: &[], came_from: None, reference: None };
    let row: FileRow = start_file(entered, &start).await?;
    for one in from.kept_from {
        keep_out(entered, &row, *one, "The report that it began with was kept from them.").await?;
    }
    for (id, entry) in ids.into_iter().zip(entries) {
        // What stands beside the words, of how it came, nobody wrote.
        let author = from.author.filter(|_| id == first);
        write_entry_of(entered, &row, (id, author), None, entry).await?;
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
