//! Signing checkpoints, and copying them to where they can witness.

use super::{
    Detail,
    chain::BEFORE_THE_FIRST,
    checkpoint::{Checkpoint, fingerprint},
    copies,
    encode::sha256,
    key::{KeyFolder, SigningKey},
    line::Line,
    statements::{ADD_CHECKPOINT, CHECKPOINT_AT, CHECKPOINTS, ENTRIES, HEAD, NEWEST_CHECKPOINT, SCHOOLS},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Resource},
    id,
    store::{Place, Transaction},
};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// What happens to the key with a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChange {
    /// It stays.
    None,
    /// A new one signs from the next checkpoint on; the old one signs that.
    New,
    /// The old one is lost. A new one signs this, and whoever keeps the witness must say that it was we.
    Lost,
}

/// A checkpoint that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Its place among the school's checkpoints, from 1.
    pub position: i64,
    /// The number of the last entry that it covers.
    pub entries: i64,
    /// When it was signed.
    pub moment: Timestamp,
    /// Its fingerprint, for paper.
    pub fingerprint: String,
    /// The fingerprint of the key that signs from now on, for paper.
    pub key: String,
    /// Whether it was signed now; nothing new is signed where nothing new was written.
    pub is_new: bool,
    /// Where it could not be copied to, and why.
    pub not_copied: Vec<String>,
}

impl Records {
    /// Every school of the store: its id and its code.
    pub async fn schools(&self) -> Result<Vec<(id::School, String)>, Fault> {
        let mut transaction = self.looking().await?;
        transaction.rows(&SCHOOLS, &[]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Signs where the school's log stands, if anything was written since the last time, and copies every checkpoint that
    /// the files do not have yet: to the data folder, and to `outside` if there is one.
    pub async fn sign_checkpoint(
        &self,
        session: &Session,
        place: &Place,
        outside: Option<&Path>,
        change: KeyChange,
    ) -> Result<Signed, Fault> {
        let school = session.school;
        let keys = KeyFolder::open(place, school)?;
        let standing = match change {
            KeyChange::None => self.nothing_new(school).await?,
            KeyChange::New | KeyChange::Lost => None,
        };
        let (checkpoint, is_new) = match standing {
            Some(checkpoint) => (checkpoint, false),
            None => (self.sign(session, &keys, change).await?, true),
        };
        // The machine's secrets first: what lies there shows that the store was rolled back.
        let folders = [
            Some(place.secrets.clone()),
            Some(place.data.join("records").join("checkpoints")),
            outside.map(Path::to_owned),
        ];
        let mut not_copied = Vec::new();
        for folder in folders.into_iter().flatten() {
            if let Err(fault) = self.copy_checkpoints(school, &folder).await {
                not_copied.push(fault.to_string());
            }
        }
        Ok(Signed {
            position: checkpoint.position,
            entries: checkpoint.number,
            moment: Timestamp::from_microsecond(checkpoint.moment).unwrap_or_default(),
            fingerprint: checkpoint.fingerprint(),
            key: fingerprint(&sha256(&checkpoint.key_after())),
            is_new,
            not_copied,
        })
    }

    /// The last checkpoint, if it covers everything that was written.
    async fn nothing_new(&self, school: id::School) -> Result<Option<Checkpoint>, Fault> {
        let mut transaction = self.looking().await?;
        let head = transaction.row(&HEAD, &[school.into()]).await?;
        let next: i64 = head.ok_or(Fault::NotFound)?.get(0)?;
        Ok(newest(&mut transaction, school).await?.filter(|checkpoint| checkpoint.number == next - 1))
    }

    async fn sign(&self, session: &Session, keys: &KeyFolder, change: KeyChange) -> Result<Checkpoint, Fault> {
        let school = session.school;
        let detail = match change {
            KeyChange::None => Detail::none(),
            KeyChange::New => Detail::none().with("key", "new"),
            KeyChange::Lost => Detail::none().with("key", "lost"),
        };
        let mut entered = self.act(session, Act::CheckpointSigned, Resource::School, detail).await?;
        let last = newest(entered.transaction(), school).await?;
        refuse_unmarked(entered.transaction(), school, last.as_ref()).await?;
        let key = signing_key(keys, last.as_ref(), change)?;
        let next = if change == KeyChange::New { Some(keys.make_next()?) } else { None };
        let head = entered.row(&HEAD, &[school.into()]).await?.ok_or(Fault::NotFound)?;
        let hash: Vec<u8> = head.get(1)?;
        let unsigned = Checkpoint {
            school: school.to_string(),
            position: last.as_ref().map_or(1, |last| last.position + 1),
            number: head.get::<i64>(0)? - 1,
            hash: hash.try_into().map_err(|_wrong_length| Fault::Damaged(HEAD_IS_DAMAGED.to_owned()))?,
            moment: entered.now().as_microsecond(),
            previous: last.as_ref().map_or(BEFORE_THE_FIRST, Checkpoint::digest),
            key: key.public,
            next_key: next.as_ref().map(|next| next.public),
            signature: [0; 64],
        };
        let checkpoint = unsigned.sign(&key.pair);
        entered.change_one(&ADD_CHECKPOINT, &checkpoint.values()).await?;
        entered.commit().await?;
        if next.is_some() || change == KeyChange::Lost {
            keys.promote()?;
        }
        Ok(checkpoint)
    }

    /// Adds to the file in a folder what it does not have yet. A file that knows another history is left as it is.
    async fn copy_checkpoints(&self, school: id::School, folder: &Path) -> Result<(), Fault> {
        let file = copies::file_in(folder, &school.to_string());
        let last = aside(file.clone(), |file| copies::last_in(&file)).await?;
        let mut position = 0;
        if let Some(last) = last {
            let mut transaction = self.looking().await?;
            let ours = transaction.row(&CHECKPOINT_AT, &[school.into(), last.position.into()]).await?;
            if ours.as_ref().map(Checkpoint::of).transpose()?.as_ref() != Some(&last) {
                return Err(Fault::Damaged(format!(
                    "{} holds a checkpoint that this store never signed: the store was rolled back, or the file is of another \
                     one. Nothing was added to it. Verify with it: holdfast audit verify --witness FILE",
                    file.display()
                )));
            }
            position = last.position;
        }
        loop {
            let mut transaction = self.looking().await?;
            let rows = transaction.rows(&CHECKPOINTS, &[school.into(), position.into()]).await?;
            let page = rows.iter().map(Checkpoint::of).collect::<Result<Vec<_>, _>>()?;
            drop(transaction);
            let Some(newest) = page.last() else { return Ok(()) };
            position = newest.position;
            aside(file.clone(), move |file| copies::add(&file, &page)).await?;
        }
    }
}

const HEAD_IS_DAMAGED: &str = "The audit log's end cannot be read. Run holdfast audit verify, and restore a backup.";

/// Signs nothing that this machine did not write: the witness would vouch for it from then on.
async fn refuse_unmarked(t: &mut Transaction, school: id::School, last: Option<&Checkpoint>) -> Result<(), Fault> {
    let (mut after, mut previous) =
        last.map_or((0, BEFORE_THE_FIRST.to_vec()), |last| (last.number, last.hash.to_vec()));
    loop {
        let rows = t.rows(&ENTRIES, &[school.into(), after.into()]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let line = Line::of(row).map_err(|_unreadable| unmarked())?;
            let follows = line.number == after + 1 && line.previous_hash == previous;
            if !follows || !line.is_ours(t.key()?) {
                return Err(unmarked());
            }
            (after, previous) = (line.number, line.hash);
        }
    }
}

fn unmarked() -> Fault {
    Fault::Damaged(
        "The log holds entries since the last checkpoint that this machine did not write, or lacks some. Nothing was signed. Run \
         holdfast audit verify, and restore a backup."
            .to_owned(),
    )
}

/// The key that signs the next checkpoint.
fn signing_key(keys: &KeyFolder, last: Option<&Checkpoint>, change: KeyChange) -> Result<SigningKey, Fault> {
    match (last, change) {
        (Some(_), KeyChange::Lost) => keys.make_next(),
        (Some(last), _) => keys.with_public(&last.key_after()),
        (None, KeyChange::Lost) => {
            Err(Fault::wrong("Nothing was signed yet, so no key is lost: holdfast audit checkpoint makes the first."))
        }
        (None, _) => keys.first(),
    }
}

/// The newest checkpoint as its line in a witness, to be sent to one outside.
pub(crate) async fn newest_line(transaction: &mut Transaction, school: id::School) -> Result<Option<String>, Fault> {
    Ok(newest(transaction, school).await?.map(|checkpoint| checkpoint.to_line()))
}

async fn newest(transaction: &mut Transaction, school: id::School) -> Result<Option<Checkpoint>, Fault> {
    transaction.row(&NEWEST_CHECKPOINT, &[school.into()]).await?.as_ref().map(Checkpoint::of).transpose()
}

/// Runs what waits for a disk or a share where it holds up nobody else.
async fn aside<T: Send + 'static>(
    file: PathBuf,
    work: impl FnOnce(PathBuf) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(move || work(file))
        .await
        .map_err(|fault| Fault::Unavailable(format!("The checkpoints could not be copied: {fault}.")))?
}
