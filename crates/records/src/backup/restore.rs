//! Restoring: two custodians' printed codes, and nothing else, bring a school back, on either engine.

use super::{
    chunks::{DIGEST, Opening, damaged},
    header::Header,
    import::Import,
    shelf::{self, cannot_read, check},
    statements::SAME_SCHOOL,
};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::{self, Detail, Extent, Verified, statements::HEAD},
    file::marks::{self, Applied},
    id, seal,
    store::{Clock, Place, Store, hex, migration_digests},
};
use flate2::bufread::GzDecoder;
use jiff::Timestamp;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};
use tokio::{sync::mpsc, task::spawn_blocking};
use zeroize::Zeroizing;

/// The longest line that is read: a row with the largest thing that the store takes, as base64.
const LONGEST_LINE: u64 = 128 * 1024 * 1024;
/// The steps of a schema whose log carries the machine's mark.
const MARKED_FROM: usize = 9;
/// Lines on their way to the store.
const UNDER_WAY: usize = 64;

/// A school that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The school's code.
    pub code: String,
    /// Of which moment: what was written later is not here.
    pub made_at: Timestamp,
    /// How many rows.
    pub rows: u64,
    /// What verifying its audit log came to.
    pub verified: Verified,
    /// What was erased after the backup and was erased again, or withheld.
    pub applied: Applied,
}

/// Restores a backup into a store that does not hold its school yet; a store that is not there is made. What was erased
/// after the backup was made is erased again, from the marks that lie beside the backup and in the data folder.
///
/// # Errors
/// [`Fault::Wrong`] for codes that do not open it and for a store that holds the school, [`Fault::Damaged`] for a backup that
/// is not as it was sealed, [`Fault::Unavailable`] for one that a newer program made. Nothing is restored then.
pub async fn restore(file: &Path, place: &Place, clock: &Clock, codes: [&str; 2]) -> Result<Restored, Fault> {
    let (header, lines) = open(file, codes)?;
    let is_prefix = migration_digests().starts_with(&header.steps);
    if !is_prefix {
        return Err(Fault::Unavailable(format!(
            "This backup was made by another or a newer Holdfast ({}). Restore it with that one.",
            header.made_by
        )));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut erased = marks::read(folder)?;
    let records_folder = place.records_folder();
    erased.extend(marks::read(&records_folder)?);
    erased.retain(|mark| mark.school == header.school);
    // Kept before anything is restored: were they lost, the next restoring would bring back what was erased.
    shelf::make_folder(&records_folder)?;
    marks::write(&records_folder, &erased)?;

    let rows = put(&header, lines, place, clock).await?;

    let records = Records::open(place, clock.clone()).await?;
    let finished = finish(&records, place, &header, &erased).await;
    records.close().await;
    let (verified, applied) = finished?;
    Ok(Restored { code: header.code, made_at: header.made_at, rows, verified, applied })
}

/// All rows in one transaction, in the schema that they were written in.
async fn put(
    header: &Header,
    mut lines: mpsc::Receiver<Result<String, Fault>>,
    place: &Place,
    clock: &Clock,
) -> Result<u64, Fault> {
    let store = Store::open_at(place, clock, header.steps.len()).await?;
    let put = async {
        let mut transaction = store.writing().await?;
        let same = [header.school.as_str().into(), header.code.as_str().into()];
        if transaction.row(&SAME_SCHOOL, &same).await?.is_some() {
            return Err(Fault::wrong(format!(
                "The store holds the school “{}” already. A backup is restored into a store without it, never over it: \
                 give an empty folder or database.",
                header.code
            )));
        }
        let mut import = Import::new(&mut transaction, &header.school).await?;
        while let Some(line) = lines.recv().await {
            import.take(&mut transaction, &line?).await?;
        }
        let rows = import.rows()?;
        check_chain(&mut transaction, header).await?;
        if header.steps.len() >= MARKED_FROM {
            // It carries another machine's mark, or this one's of before; an older schema's is marked with its step.
            audit::adopt(&mut transaction, &header.school).await?;
        }
        transaction.commit().await?;
        Ok(rows)
    }
    .await;
    store.close().await;
    put
}

/// The head in the rows is the head that the backup's own head tells.
async fn check_chain(t: &mut crate::store::Transaction, header: &Header) -> Result<(), Fault> {
    let row = t.row(&HEAD, &[header.school.as_str().into()]).await?.ok_or_else(damaged)?;
    let (number, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let is_same = number == header.chain.next_number && hex(&hash) == header.chain.last_hash;
    if is_same { Ok(()) } else { Err(damaged()) }
}

async fn finish(
    records: &Records,
    place: &Place,
    header: &Header,
    erased: &[marks::Mark],
) -> Result<(Verified, Applied), Fault> {
    audit::set_memory_aside(place, id::School::parse(&header.school)?, records.clock().now())?;
    let mut verified = records.verify_audit(place, Extent::Whole, None, &[]).await?;
    verified.chains.retain(|chain| chain.school == header.school);
    let applied = records.apply_marks(erased).await?;
    let session = Session { school: id::School::parse(&header.school)?, actor: Actor::Console, unlocked: None };
    let detail = Detail::none().with("made-at", header.made_at.to_string());
    records.act(&session, Act::Restored, Resource::School, detail).await?.commit().await?;
    Ok((verified, applied))
}

/// Opens a backup with two codes and reads it through, which shows that nothing of it was altered since it was sealed; how
/// many rows it holds.
pub async fn count_rows(file: &Path, codes: [&str; 2]) -> Result<u64, Fault> {
    let (_, mut lines) = open(file, codes)?;
    let (mut rows, mut last) = (0, String::new());
    while let Some(line) = lines.recv().await {
        last = line?;
        rows += u64::from(last.starts_with('['));
    }
    if last == format!("{{\"rows\":{rows}}}") { Ok(rows) } else { Err(damaged()) }
}

/// Opens a backup with two codes: its head, and its lines. For tests, which compare them.
#[doc(hidden)]
pub async fn read_lines(file: &Path, codes: [&str; 2]) -> Result<(Header, Vec<String>), Fault> {
    let (header, mut receiver) = open(file, codes)?;
    let mut lines = Vec::new();
    while let Some(line) = receiver.recv().await {
        lines.push(line?);
    }
    Ok((header, lines))
}

/// Opens it, and reads its lines on a thread of their own.
fn open(file: &Path, codes: [&str; 2]) -> Result<(Header, mpsc::Receiver<Result<String, Fault>>), Fault> {
    // The digest at the end first: a disk that lost something is told apart from somebody who altered something.
    check(file)?;
    let opened = shelf::open(file).map_err(|fault| cannot_read(file, &fault))?;
    let length = opened.metadata().map_err(|fault| cannot_read(file, &fault))?.len();
    let mut reader = BufReader::new(opened);
    let (header, head) = Header::read(&mut reader)?;
    let info = Header::info(&header.school, header.made_at);
    let key: Zeroizing<[u8; 32]> = seal::open_with_pair(&header.sealed_key()?, &info, codes)?;
    let left = length.checked_sub(head.len() as u64 + DIGEST as u64).ok_or_else(damaged)?;
    let opening = Opening::new(reader, &key, &head, left)?;
    let (lines, receiver) = mpsc::channel(UNDER_WAY);
    // It ends by itself: with the file, or when nobody takes lines any more.
    drop(spawn_blocking(move || send_lines(opening, &lines)));
    Ok((header, receiver))
}

fn send_lines(opening: Opening<BufReader<File>>, lines: &mpsc::Sender<Result<String, Fault>>) {
    let mut reader = BufReader::new(GzDecoder::new(BufReader::new(opening)));
    loop {
        let line = next_line(&mut reader);
        let is_last = !matches!(line, Ok(Some(_)));
        if let Some(line) = line.transpose()
            && lines.blocking_send(line).is_err()
        {
            return;
        }
        if is_last {
            return;
        }
    }
}

fn next_line(reader: &mut impl BufRead) -> Result<Option<String>, Fault> {
    let mut line = String::new();
    let read = reader.by_ref().take(LONGEST_LINE).read_line(&mut line).map_err(|_does_not_open| damaged())?;
    match line.pop() {
        None if read == 0 => Ok(None),
        Some('\n') => Ok(Some(line)),
        _ => Err(damaged()),
    }
}
