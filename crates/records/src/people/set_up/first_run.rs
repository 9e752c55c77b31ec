//! The first run: a token that only whoever has the machine's console can read, and the half-written draft of a school. Both lie
//! in the folder of the machine's secrets, for its owner's eyes only, and go once the school is set up.

use super::Draft;
use crate::{
    Fault, Records,
    audit::{cannot, secrets_folder, sync_folder, write_secret},
    seal::{normalised_passphrase, one_time_passphrase},
    store::Place,
};
use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    fs,
    io::{ErrorKind, Read as _},
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// The file with the token.
const TOKEN: &str = "set-up-token";
/// The file with the draft.
const DRAFT: &str = "set-up-draft.toml";
/// How long a token is good for: an afternoon.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(4);
/// The most that is read of either file, in bytes.
const LONGEST: u64 = 256 * 1024;
/// Wrong tokens that cost no wait: people mistype.
const FREE: u32 = 5;
/// The longest wait after a wrong one.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// From how many places wrong tokens are remembered; then the one heard of longest ago is forgotten.
const MOST_PLACES: usize = 256;

/// Where the first run keeps what it needs. Cloning shares it.
#[derive(Debug, Clone)]
pub(crate) struct FirstRun {
    place: Place,
    /// Wrong tokens by the place they came from, and when the last one did.
    tries: Arc<Mutex<HashMap<String, (u32, Timestamp)>>>,
}

/// A token that was made.
pub struct SetUpToken {
    /// The token, to be typed.
    pub token: Zeroizing<String>,
    /// Until when it is good.
    pub until: Timestamp,
    /// The file that it lies in, readable by the owner of the folder and by root.
    pub file: PathBuf,
}

impl std::fmt::Debug for SetUpToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUpToken").field("until", &self.until).finish_non_exhaustive()
    }
}

impl FirstRun {
    /// Where the store's folders are.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn of(place: &Place) -> Self {
        Self { place: Place { database: None, ..place.clone() }, tries: Arc::default() }
    }

    fn file(&self, name: &str) -> Result<PathBuf, Fault> {
        Ok(secrets_folder(&self.place)?.join(name))
    }

    fn issue(&self, now: Timestamp) -> Result<SetUpToken, Fault> {
        let file = self.file(TOKEN)?;
        let token = one_time_passphrase()?;
        let until = now.saturating_add(GOOD_FOR).map_err(|_never| Fault::wrong("The clock is wrong."))?;
        replace(&file, Zeroizing::new(format!("{}\n{until}\n", token.as_str())).as_bytes())?;
        Ok(SetUpToken { token, until, file })
    }

    /// Whether the typed token is the one in the file; then the file is gone, and with it the token.
    fn claim(&self, typed: &str, from: &str, now: Timestamp) -> Result<bool, Fault> {
        if !self.may_try(from, now) {
            return Ok(false);
        }
        let file = self.file(TOKEN)?;
        let Some(text) = read(&file)? else { return Ok(false) };
        let (token, until) = text.split_once('\n').unwrap_or_default();
        let is_good = until.trim().parse::<Timestamp>().is_ok_and(|until| now < until);
        let same = |one: &str, other: &str| {
            let of = |words: &str| digest(&SHA256, normalised_passphrase(words).as_bytes());
            verify_slices_are_equal(of(one).as_ref(), of(other).as_ref()).is_ok()
        };
        if token.is_empty() || typed.len() > 100 || !same(typed, token) || !is_good {
            return Ok(false);
        }
        // Whoever takes the file away has the token: of two at once one is refused.
        if !remove(&file)? {
            return Ok(false);
        }
        self.tries().remove(from);
        Ok(true)
    }

    /// Counts a try before it is looked at; whether it is to be looked at. After some wrong ones from a place each must wait a
    /// little longer, half a minute at most.
    fn may_try(&self, from: &str, now: Timestamp) -> bool {
        let mut tries = self.tries();
        if let Some((count, last)) = tries.get(from) {
            let wait = match count.checked_sub(FREE) {
                None => SignedDuration::ZERO,
                Some(above) => SignedDuration::from_secs(1_i64 << above.min(5)).min(LONGEST_WAIT),
            };
            // One in the future was counted while the clock was ahead.
            if *last <= now && now < last.saturating_add(wait).unwrap_or(now) {
                return false;
            }
        }
        if tries.len() >= MOST_PLACES && !tries.contains_key(from) {
            let oldest = tries.iter().min_by_key(|(_, (_, last))| *last).map(|(place, _)| place.clone());
            if let Some(oldest) = oldest {
                tries.remove(&oldest);
            }
        }
        let (count, last) = tries.entry(from.to_owned()).or_insert((0, now));
        *count = count.saturating_add(1);
        *last = now;
        true
    }

    fn tries(&self) -> std::sync::MutexGuard<'_, HashMap<String, (u32, Timestamp)>> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    /// Makes a new token for the first run; the one before is worth nothing. Whoever calls it shows it at the machine's console
    /// or says which file it lies in, and nowhere else.
    ///
    /// # Errors
    /// [`Fault::Wrong`] once there is a school.
    pub async fn issue_set_up_token(&self) -> Result<SetUpToken, Fault> {
        if !self.is_first_run().await? {
            return Err(Fault::wrong(
                "A school is set up here already, so there is no first run. What is not yet done is shown to whoever may \
                 finish it, signed in, at /set-up. Another school of a trust is set up with holdfast school set-up.",
            ));
        }
        self.first_run().issue(self.clock().now())
    }

    /// Whether no school is set up in this store yet.
    pub async fn is_first_run(&self) -> Result<bool, Fault> {
        Ok(self.schools().await?.is_empty())
    }

    /// Takes the first run up with its token, typed at a place (an address). The token is spent.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for a wrong, old or spent one, and for the next try too soon after several wrong ones.
    pub async fn claim_set_up(&self, typed: &str, from: &str) -> Result<(), Fault> {
        if self.is_first_run().await? && self.first_run().claim(typed, from, self.clock().now())? {
            return Ok(());
        }
        Err(Fault::NotAllowed(
            "This token is not good: it was mistyped, it is older than four hours, it was used before, or the last try was a \
             moment ago. “holdfast set-up token” at the machine’s console makes a new one."
                .to_owned(),
        ))
    }

    /// What was written of the school so far.
    pub fn set_up_draft(&self) -> Result<Draft, Fault> {
        let file = self.first_run().file(DRAFT)?;
        let Some(text) = read(&file)? else { return Ok(Draft::default()) };
        Draft::read(&file.display().to_string(), &text).map_err(Fault::Wrong)
    }

    /// Keeps it, so that it is there after whatever stops the program.
    pub fn keep_set_up_draft(&self, draft: &Draft) -> Result<(), Fault> {
        let text = draft.text()?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > LONGEST {
            return Err(Fault::wrong(
                "This is more than can be kept. Name fewer people; the others are added afterwards.",
            ));
        }
        replace(&self.first_run().file(DRAFT)?, text.as_bytes())
    }

    /// Lets go of the draft and of any token, once the school is set up.
    pub(super) fn end_first_run(&self) -> Result<(), Fault> {
        for name in [TOKEN, DRAFT] {
            remove(&self.first_run().file(name)?).map(drop)?;
        }
        Ok(())
    }
}

/// Writes a file whole or not at all, and returns once it is on the disk. It belongs to whom the folder belongs to: root may
/// write what the service reads.
fn replace(file: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let beside = file.with_extension("new");
    write_secret(&beside, bytes).map_err(|fault| cannot(&beside, &fault))?;
    let folder = file.parent().unwrap_or(file);
    let owner = fs::metadata(folder).map_err(|fault| cannot(folder, &fault))?;
    let own = fs::metadata(&beside).map_err(|fault| cannot(&beside, &fault))?;
    if own.uid() != owner.uid() {
        chown(&beside, Some(owner.uid()), Some(owner.gid())).map_err(|fault| cannot(&beside, &fault))?;
    }
    fs::rename(&beside, file).map_err(|fault| cannot(file, &fault))?;
    sync_folder(folder)
}

fn read(file: &Path) -> Result<Option<Zeroizing<String>>, Fault> {
    let opened = match fs::OpenOptions::new().read(true).open(file) {
        Ok(opened) => opened,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(cannot(file, &fault)),
    };
    let mut text = Zeroizing::new(String::new());
    opened.take(LONGEST).read_to_string(&mut text).map_err(|fault| cannot(file, &fault))?;
    Ok(Some(text))
}

/// Takes a file away; whether it was there.
fn remove(file: &Path) -> Result<bool, Fault> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(false),
        Err(fault) => Err(cannot(file, &fault)),
    }
}
