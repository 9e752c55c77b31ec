//! The key that signs checkpoints: one for each school, in the folder of the machine's secrets, made when it is first needed.
//!
//! It lies outside the data folder, so that who can copy or change the store cannot also sign for it. It is not in any
//! backup: a machine that is replaced begins with a new key, and says so.

use crate::{Fault, id, store::Place};
use aws_lc_rs::{
    encoding::AsBigEndian as _,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The length of what a file of a secret holds: an Ed25519 seed (RFC 8032 §5.1.5), or the machine's key for marks.
pub(super) const SECRET: usize = 32;

/// The folder with the keys, checked.
#[derive(Debug)]
pub(super) struct KeyFolder {
    current: PathBuf,
    next: PathBuf,
    folder: PathBuf,
}

/// A key that signs.
pub(super) struct SigningKey {
    pub pair: Ed25519KeyPair,
    pub public: [u8; 32],
}

impl KeyFolder {
    /// The keys in the folder of the machine's secrets.
    pub(super) fn open(place: &Place, school: id::School) -> Result<Self, Fault> {
        let real = secrets_folder(place)?;
        Ok(Self {
            current: real.join(format!("checkpoints-{school}.key")),
            next: real.join(format!("checkpoints-{school}.next.key")),
            folder: real,
        })
    }

    /// The public keys of this machine, if it has any and they can be read; for verifying, so nothing is made. The next one
    /// counts as well: a change of key may have been cut short.
    pub(super) fn public(place: &Place, school: &str) -> Vec<[u8; 32]> {
        let files = [format!("checkpoints-{school}.key"), format!("checkpoints-{school}.next.key")];
        files.iter().filter_map(|file| read(&place.secrets.join(file)).ok().flatten()).map(|key| key.public).collect()
    }

    /// The key with this public half: the current one, or the next one if a change of key was cut short after it was
    /// recorded.
    pub(super) fn with_public(&self, public: &[u8; 32]) -> Result<SigningKey, Fault> {
        if let Some(key) = read(&self.current)?.filter(|key| key.public == *public) {
            return Ok(key);
        }
        if let Some(key) = read(&self.next)?.filter(|key| key.public == *public) {
            self.promote()?;
            return Ok(key);
        }
        Err(Fault::Unavailable(format!(
            "The key that signed the last checkpoint is not in {}. Put it back; or, if it is lost, begin with a new one: \
             holdfast audit checkpoint --lost-key. Until then nothing is signed.",
            self.folder.display()
        )))
    }

    /// The first key: the one that lies there, or a new one.
    pub(super) fn first(&self) -> Result<SigningKey, Fault> {
        match read(&self.current)? {
            Some(key) => Ok(key),
            None => make(&self.current, &self.folder),
        }
    }

    /// A new key beside the current one, which it replaces with [`KeyFolder::promote`].
    pub(super) fn make_next(&self) -> Result<SigningKey, Fault> {
        match fs::remove_file(&self.next) {
            Ok(()) => {}
            Err(fault) if fault.kind() == ErrorKind::NotFound => {}
            Err(fault) => return Err(cannot(&self.next, &fault)),
        }
        make(&self.next, &self.folder)
    }

    /// Puts the next key in the current one's place.
    pub(super) fn promote(&self) -> Result<(), Fault> {
        fs::rename(&self.next, &self.current).map_err(|fault| cannot(&self.next, &fault))?;
        sync_folder(&self.folder)
    }
}

/// The folder of the machine's secrets, made if it is not there. Refused inside the data folder, and where others may read it.
pub(crate) fn secrets_folder(place: &Place) -> Result<PathBuf, Fault> {
    let folder = &place.secrets;
    if is_inside(folder, &place.data) {
        return Err(inside(folder, &place.data));
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|fault| cannot(folder, &fault))?;
    // Again, now that links can be followed to where they lead.
    let real = fs::canonicalize(folder).map_err(|fault| cannot(folder, &fault))?;
    if fs::canonicalize(&place.data).is_ok_and(|data| is_inside(&real, &data)) {
        return Err(inside(folder, &place.data));
    }
    check_mode(&real)?;
    Ok(real)
}

/// Makes a folder's entries last.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), Fault> {
    fs::OpenOptions::new()
        .read(true)
        .open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|fault| cannot(folder, &fault))
}

pub(crate) fn cannot(path: &Path, fault: &std::io::Error) -> Fault {
    Fault::Unavailable(format!("{}: {fault}.", path.display()))
}

fn inside(folder: &Path, data: &Path) -> Fault {
    Fault::wrong(format!(
        "The folder of the machine's keys, {}, lies inside the data folder, {}: whoever copies or changes the one would have \
         the other. Set another one in the config under [store] secrets.",
        folder.display(),
        data.display()
    ))
}

fn is_inside(folder: &Path, data: &Path) -> bool {
    match (std::path::absolute(folder), std::path::absolute(data)) {
        (Ok(folder), Ok(data)) => folder.starts_with(data),
        // A place that cannot be told is taken for a bad one.
        _ => true,
    }
}

pub(super) fn check_mode(path: &Path) -> Result<(), Fault> {
    let mode = fs::metadata(path).map_err(|fault| cannot(path, &fault))?.permissions().mode();
    let for_others = mode & 0o077;
    if for_others == 0 {
        return Ok(());
    }
    Err(Fault::wrong(format!(
        "{} can be reached by others than its owner (mode {:o}). Take that away: chmod go= {}",
        path.display(),
        mode & 0o777,
        path.display()
    )))
}

fn read(file: &Path) -> Result<Option<SigningKey>, Fault> {
    let Some(seed) = read_secret(file)? else { return Ok(None) };
    match Ed25519KeyPair::from_seed_unchecked(seed.as_slice()) {
        Ok(pair) => signing(pair).map(Some),
        Err(_rejected) => Err(no_key(file)),
    }
}

/// The secret in a file that only its owner may read; nothing where there is no file.
pub(super) fn read_secret(file: &Path) -> Result<Option<Zeroizing<[u8; SECRET]>>, Fault> {
    let mut opened = match fs::OpenOptions::new().read(true).open(file) {
        Ok(opened) => opened,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(cannot(file, &fault)),
    };
    check_mode(file)?;
    let mut secret = Zeroizing::new([0; SECRET]);
    match opened.read_exact(secret.as_mut_slice()) {
        Err(fault) if fault.kind() == ErrorKind::UnexpectedEof => return Err(no_key(file)),
        read => read.map_err(|fault| cannot(file, &fault))?,
    }
    // A longer file is no key either.
    match opened.read(&mut [0]).map_err(|fault| cannot(file, &fault))? {
        0 => Ok(Some(secret)),
        _ => Err(no_key(file)),
    }
}

/// Writes a secret, for its owner's eyes only, and returns once it is on the disk.
pub(crate) fn write_secret(file: &Path, secret: &[u8]) -> std::io::Result<()> {
    let mut opened = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    opened.write_all(secret)?;
    opened.sync_all()?;
    // Where it was there before, it kept the mode that it had.
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

fn no_key(file: &Path) -> Fault {
    Fault::Damaged(format!("{} holds no key. Put the right file back.", file.display()))
}

fn make(file: &Path, folder: &Path) -> Result<SigningKey, Fault> {
    let pair = Ed25519KeyPair::generate()
        .map_err(|_unspecified| Fault::Unavailable("No key could be made. Try again.".to_owned()))?;
    let seed = pair
        .seed()
        .and_then(|seed| seed.as_be_bytes())
        .map_err(|_unspecified| Fault::Unavailable("No key could be made. Try again.".to_owned()))?;
    let seed = Zeroizing::new(seed.as_ref().to_vec());
    // Written whole before it has its name: a key that is cut short is never taken for one.
    let unfinished = file.with_extension("unfinished");
    let written = write_secret(&unfinished, &seed).and_then(|()| fs::rename(&unfinished, file));
    written.map_err(|fault| cannot(file, &fault))?;
    sync_folder(folder)?;
    signing(pair)
}

fn signing(pair: Ed25519KeyPair) -> Result<SigningKey, Fault> {
    let public = pair.public_key().as_ref().try_into();
    match public {
        Ok(public) => Ok(SigningKey { pair, public }),
        Err(_wrong_length) => Err(Fault::Unavailable("The key has no public half of 32 bytes.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(root: &Path, secrets: &str) -> Place {
        Place { data: root.join("data"), database: None, secrets: root.join(secrets) }
    }

    fn school() -> id::School {
        id::School::new("2026-06-09T08:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let root = tempfile::tempdir().unwrap();
        let (place, school) = (place(root.path(), "secrets/store"), school());
        let folder = KeyFolder::open(&place, school).unwrap();
        let key = folder.first().unwrap();
        assert_eq!(folder.first().unwrap().public, key.public);
        assert_eq!(KeyFolder::public(&place, &school.to_string()), [key.public]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.folder), mode(&folder.current)), (0o700, 0o600));
        fs::set_permissions(&folder.current, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(folder.first().is_err());
        fs::set_permissions(&folder.current, fs::Permissions::from_mode(0o600)).unwrap();
        fs::OpenOptions::new().append(true).open(&folder.current).unwrap().write_all(b"x").unwrap();
        assert!(matches!(folder.first(), Err(Fault::Damaged(_))));
    }

    #[test]
    fn a_folder_inside_the_data_folder_is_refused_by_name_and_through_a_link() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(KeyFolder::open(&place(root.path(), "data/keys"), school()), Err(Fault::Wrong(_))));
        fs::create_dir_all(root.path().join("data/keys")).unwrap();
        std::os::unix::fs::symlink(root.path().join("data/keys"), root.path().join("keys")).unwrap();
        assert!(matches!(KeyFolder::open(&place(root.path(), "keys"), school()), Err(Fault::Wrong(_))));
        fs::create_dir(root.path().join("open")).unwrap();
        fs::set_permissions(root.path().join("open"), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(KeyFolder::open(&place(root.path(), "open"), school()), Err(Fault::Wrong(_))));
    }

    #[test]
    fn a_change_of_key_that_was_cut_short_is_ended() {
        let root = tempfile::tempdir().unwrap();
        let folder = KeyFolder::open(&place(root.path(), "secrets"), school()).unwrap();
        let old = folder.first().unwrap();
        let new = folder.make_next().unwrap();
        assert_eq!(folder.with_public(&old.public).unwrap().public, old.public);
        assert_eq!(folder.with_public(&new.public).unwrap().public, new.public);
        assert_eq!(folder.first().unwrap().public, new.public);
        assert!(folder.with_public(&old.public).is_err());
    }
}
