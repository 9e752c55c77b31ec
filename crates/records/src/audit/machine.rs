//! The machine's own mark on what it wrote: a key in the folder of the machine's secrets, one for the store.
//!
//! Whoever can write the database, but not that folder, can add rows and whole entries that fit the chain; they cannot put the
//! mark on them. So an entry without it counts for nothing where it matters: whom to seal to, who holds a duty, whether sealed
//! words are those that were written. Whoever has both is found by a witness only (`docs/audit.md`).

use super::{
    chain::random,
    encode::{Encoder, Hash},
    key::{cannot, read_secret, secrets_folder, sync_folder, write_secret},
};
use crate::{Fault, store::Place};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use std::{fs, io::ErrorKind, path::Path};
use zeroize::{Zeroize as _, Zeroizing};

/// Its file in the folder of the machine's secrets.
const FILE: &str = "audit.key";
/// The same before what it marked lasts.
const BEGUN: &str = "audit.key.begun";

/// The key. Zeroed by its library when it goes, shown nowhere.
pub(crate) struct MachineKey(hmac::Key);

impl std::fmt::Debug for MachineKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MachineKey")
    }
}

impl MachineKey {
    /// The key that lies there.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] where there is none: what would need it says so.
    pub(crate) fn read(place: &Place) -> Result<Self, Fault> {
        read(&place.secrets.join(FILE))
    }

    /// The key that lies there, or a new one: for a store that nothing was marked in yet. A new one has its name only once
    /// [`MachineKey::settle`] says that what was marked with it lasts.
    pub(crate) fn read_or_begin(place: &Place) -> Result<Self, Fault> {
        let folder = secrets_folder(place)?;
        if !folder.join(FILE).exists() {
            make(&folder.join(BEGUN))?;
            sync_folder(&folder)?;
            return read(&folder.join(BEGUN));
        }
        Self::read(place)
    }

    /// A key that was begun and has no name yet.
    pub(crate) fn begun(place: &Place) -> Result<Self, Fault> {
        read(&place.secrets.join(BEGUN))
    }

    /// Gives a key that was begun its name. Where the machine stopped before that, this is done at the next start: a key that was
    /// begun for what never lasted marks what comes instead.
    pub(crate) fn settle(place: &Place) -> Result<(), Fault> {
        let (begun, file) = (place.secrets.join(BEGUN), place.secrets.join(FILE));
        if !begun.exists() || file.exists() {
            return Ok(());
        }
        // Linked and not renamed: of two programs that start at once, the first one's key stays.
        match fs::hard_link(&begun, &file).and_then(|()| fs::remove_file(&begun)) {
            Err(fault) if !matches!(fault.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
                Err(cannot(&file, &fault))
            }
            _ => sync_folder(&place.secrets),
        }
    }

    /// The mark on some bytes: HMAC-SHA-256 (RFC 2104). `what` says what they are, so that no mark passes for another.
    pub(crate) fn mark(&self, what: &str, bytes: &[u8]) -> Hash {
        let mut mark = [0; 32];
        mark.copy_from_slice(hmac::sign(&self.0, &marked(what, bytes)).as_ref());
        mark
    }

    /// A secret of the machine's, as it may lie in the store: nobody reads it there who has not this key as well. `what` says what
    /// it is and whose, so that none opens in another's place. AES-256-GCM under a key of its own for each `what`.
    pub(crate) fn keep(&self, what: &str, secret: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut kept = secret.to_vec();
        let nonce = self.keeping(what)?.seal_in_place_append_tag(Aad::from(what.as_bytes()), &mut kept);
        let nonce = nonce.map_err(|_unspecified| {
            kept.zeroize();
            refused()
        })?;
        Ok([nonce.as_ref().as_slice(), &kept].concat())
    }

    /// The secret that was kept; nothing where it was altered, or kept by another machine or for something else.
    pub(crate) fn keeps(&self, what: &str, kept: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, kept) = kept.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut kept = Zeroizing::new(kept.to_vec());
        let key = self.keeping(what).ok()?;
        let length = key.open_in_place(nonce, Aad::from(what.as_bytes()), &mut kept).ok()?.len();
        kept.truncate(length);
        Some(kept)
    }

    fn keeping(&self, what: &str) -> Result<RandomizedNonceKey, Fault> {
        let mut derived = Zeroizing::new([0; 32]);
        derived.copy_from_slice(hmac::sign(&self.0, &marked("keeping a secret", what.as_bytes())).as_ref());
        RandomizedNonceKey::new(&AES_256_GCM, derived.as_slice()).map_err(|_unspecified| refused())
    }

    /// Whether the mark is this machine's. Takes the same time for every wrong one.
    pub(crate) fn is_mark(&self, what: &str, bytes: &[u8], mark: &[u8]) -> bool {
        hmac::verify(&self.0, &marked(what, bytes), mark).is_ok()
    }
}

fn marked(what: &str, bytes: &[u8]) -> Vec<u8> {
    Encoder::new("holdfast machine mark").text(what).bytes(bytes).done()
}

fn read(file: &Path) -> Result<MachineKey, Fault> {
    let secret = read_secret(file)?.ok_or_else(|| missing(file))?;
    Ok(MachineKey(hmac::Key::new(hmac::HMAC_SHA256, secret.as_slice())))
}

fn make(file: &Path) -> Result<(), Fault> {
    write_secret(file, Zeroizing::new(random()?).as_slice()).map_err(|fault| cannot(file, &fault))
}

fn refused() -> Fault {
    Fault::Unavailable("The machine’s cryptography refused to work. Nothing was changed; report this.".to_owned())
}

fn missing(file: &Path) -> Fault {
    Fault::Unavailable(format!(
        "The machine’s own key, {}, is missing: nothing can be written, and no sealed words be opened, without it. Put it \
         back, with the data folder’s other secrets. If it is lost, verify the log with a witness and begin with a new one: \
         holdfast audit adopt --witness FILE.",
        file.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn place(root: &Path) -> Place {
        Place { data: root.join("data"), database: None, secrets: root.join("secrets") }
    }

    #[test]
    fn it_is_made_once_and_marks_what_it_is_told() {
        let root = tempfile::tempdir().unwrap();
        let place = place(root.path());
        assert!(matches!(MachineKey::read(&place), Err(Fault::Unavailable(_))));
        let mark = MachineKey::read_or_begin(&place).unwrap().mark("entry", b"words");
        assert!(matches!(MachineKey::read(&place), Err(Fault::Unavailable(_))), "it has no name yet");
        MachineKey::settle(&place).unwrap();
        let again = MachineKey::read_or_begin(&place).unwrap();
        assert!(again.is_mark("entry", b"words", &mark));
        assert!(!again.is_mark("erased", b"words", &mark));
        assert!(!again.is_mark("entry", b"word", &mark));
        assert!(!again.is_mark("entry", b"words", &mark[..31]));
        let file = place.secrets.join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(MachineKey::read(&place), Err(Fault::Wrong(_))));
    }
}
