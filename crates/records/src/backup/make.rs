//! Making a backup.

use super::{
    chunks::Sealing,
    export::send_rows,
    header::{Chain, Header},
    shelf::{self, cannot_write},
    statements::CODE,
};
use crate::{
    Fault, Records, Session,
    access::{Act, Resource},
    audit::{self, Detail, LogKey, statements::HEAD},
    file::marks,
    id, seal,
    store::{Transaction, hex, migration_digests},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use std::{
    fs::{self, OpenOptions},
    io::{BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use tokio::{sync::mpsc, task::spawn_blocking};
use zeroize::Zeroizing;

/// Batches of lines on their way to the disk.
const UNDER_WAY: usize = 4;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its file.
    pub file: PathBuf,
    /// Of which moment.
    pub made_at: Timestamp,
    /// How many rows it holds.
    pub rows: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether the log held together, so that old backups were taken away. Where somebody altered the store, the backups of before
    /// are what is left of the truth, and all of them stay.
    pub is_log_whole: bool,
}

impl Records {
    /// Backs the session's school up into a folder, and takes away what is older than the newest `keep`; nothing is taken away
    /// while the log does not hold together. The marks of what was erased are written beside it, so that no older backup brings
    /// it back.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where two custodians are not named yet, [`Fault::Unavailable`] for a disk that is full or gone.
    /// Backups made before stay in each case.
    pub async fn back_up(&self, session: &Session, folder: &Path, keep: usize) -> Result<Made, Fault> {
        // The entry comes first, so that the backup holds it too.
        let mut entered = self.act(session, Act::BackedUp, Resource::School, Detail::none()).await?;
        let made_at = entered.now();
        let school = session.school.to_string();
        let newest = audit::newest_remembered(entered.transaction(), &school)?;
        entered.commit().await?;
        let mut snapshot = self.looking().await?;
        let key = Zeroizing::new(new_key()?);
        let custodians = seal::custodian_keys(&mut snapshot, session.school).await?;
        let chain = chain(&mut snapshot, session.school).await?;
        let header = Header {
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            code: snapshot.row(&CODE, &[session.school.into()]).await?.ok_or(Fault::NotFound)?.get(0)?,
            steps: migration_digests(),
            chain,
            key: BASE64_STANDARD.encode(seal::seal_to_pairs(&custodians, &Header::info(&school, made_at), &key)?),
            school: school.clone(),
        };
        let log_key = LogKey::of(snapshot.key()?, &school, made_at);
        let is_log_whole = is_log_whole(&mut snapshot, &school, newest).await?;
        let (lines, taken) = mpsc::channel(UNDER_WAY);
        let file = folder.join(shelf::name(&header));
        let writing = {
            let file = file.clone();
            spawn_blocking(move || write(&file, &header, &key, taken))
        };
        let sent = send_rows(&mut snapshot, &school, Some(&log_key), &lines).await;
        if sent.is_err() {
            // The writer is told that this is not the end by getting no last line.
            let _gone = lines.send(Vec::new()).await;
        }
        drop(lines);
        let written = writing.await.map_err(|_panicked| Fault::Unavailable("The backup was broken off.".to_owned()))?;
        let rows = sent?;
        let bytes = written?;
        marks::write(folder, &self.marks().await?)?;
        if is_log_whole {
            shelf::prune(folder, &school, made_at, keep)?;
        } else {
            tracing::error!(%school, "the audit log does not hold together, so no old backup was taken away");
        }
        Ok(Made { file, made_at, rows, bytes, is_log_whole })
    }
}

/// Where the audit log stands in this snapshot.
async fn chain(snapshot: &mut Transaction, school: id::School) -> Result<Chain, Fault> {
    let row = snapshot.row(&HEAD, &[school.into()]).await?.ok_or(Fault::NotFound)?;
    Ok(Chain { next_number: row.get(0)?, last_hash: hex(&row.get::<Vec<u8>>(1)?) })
}

/// Whether the log in this snapshot is whole as far as this machine can tell without a witness.
async fn is_log_whole(snapshot: &mut Transaction, school: &str, newest: audit::Newest) -> Result<bool, Fault> {
    let Some(row) = snapshot.row(&HEAD, &[school.into()]).await? else { return Ok(false) };
    let (number, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    audit::holds_together(snapshot, school, (number, &hash), newest).await
}

/// Writes the file aside, and gives it its name once it stands on the disk; its length.
fn write(file: &Path, header: &Header, key: &[u8; 32], lines: mpsc::Receiver<Vec<u8>>) -> Result<u64, Fault> {
    let folder = file.parent().unwrap_or(Path::new("."));
    shelf::make_folder(folder)?;
    let aside = file.with_extension("part");
    let written = write_aside(&aside, header, key, lines).and_then(|bytes| {
        fs::rename(&aside, file).map_err(|fault| cannot_write(&fault))?;
        let synced = shelf::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|fault| cannot_write(&fault))?;
        Ok(bytes)
    });
    if written.is_err() {
        // What could not be finished only takes room. That it cannot be removed either changes nothing.
        let _may_stay = fs::remove_file(&aside);
    }
    written
}

fn write_aside(
    aside: &Path,
    header: &Header,
    key: &[u8; 32],
    mut lines: mpsc::Receiver<Vec<u8>>,
) -> Result<u64, Fault> {
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(aside);
    let mut file = BufWriter::new(opened.map_err(|fault| cannot_write(&fault))?);
    let head = header.write(&mut file)?;
    let mut compressed = GzEncoder::new(Sealing::new(file, key, &head)?, Compression::default());
    while let Some(batch) = lines.blocking_recv() {
        if batch.is_empty() {
            return Err(Fault::Unavailable("The backup was broken off.".to_owned()));
        }
        compressed.write_all(&batch).map_err(|fault| cannot_write(&fault))?;
    }
    let file = compressed.finish().map_err(|fault| cannot_write(&fault))?.finish()?;
    let file = file.into_inner().map_err(|fault| cannot_write(fault.error()))?;
    file.sync_all().map_err(|fault| cannot_write(&fault))?;
    file.metadata().map(|about| about.len()).map_err(|fault| cannot_write(&fault))
}

fn new_key() -> Result<[u8; 32], Fault> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)
        .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}.")))?;
    Ok(key)
}
