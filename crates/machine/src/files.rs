//! Files that are put in place whole: written beside, flushed, renamed, and the folder flushed. Owner and permissions
//! are set through descriptors: a path may have become another's link by the time that root changes what it leads to.

use rustix::fs::OFlags;
use std::{
    fs::{self, DirBuilder, File},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown},
    path::Path,
};

/// What to do where there is a file of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It is replaced.
    Replace,
    /// It stays, and the write is a fault.
    Keep,
}

/// Who may do what with a file or folder. They do not depend on the umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    /// Its permissions.
    pub(crate) mode: u32,
    /// User and group; those of this process where there are none.
    pub(crate) owner: Option<(u32, u32)>,
}

impl Rights {
    /// For the account of this process alone.
    pub(crate) const PRIVATE: Self = Self { mode: 0o600, owner: None };

    /// Whether a file has them.
    pub(crate) fn are_those_of(self, found: &fs::Metadata) -> bool {
        found.permissions().mode() & 0o7777 == self.mode
            && self.owner.is_none_or(|owner| owner == (found.uid(), found.gid()))
    }

    fn give(self, file: &File) -> io::Result<()> {
        if let Some((user, group)) = self.owner {
            fchown(file, Some(user), Some(group))?;
        }
        file.set_permissions(fs::Permissions::from_mode(self.mode))
    }
}

/// A file as its folder tells it: what changes when it is written, replaced, or given to somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    bytes: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// Of the file of this name; one that is not there has a stamp as well.
    pub(crate) fn of(path: &Path) -> Self {
        fs::metadata(path).map_or_else(
            |_absent| Self::default(),
            |found| Self {
                inode: found.ino(),
                bytes: found.len(),
                written: (found.mtime(), found.mtime_nsec()),
                changed: (found.ctime(), found.ctime_nsec()),
            },
        )
    }
}

/// Puts a file in place in one step; whoever opens it sees the old one or the new one, also after a power cut. It has
/// its rights before it has its name.
pub(crate) fn put(path: &Path, bytes: &[u8], rights: Rights, existing: Existing) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the file has no folder"))?;
    // `tempfile` creates with mode 0600.
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    rights.give(temporary.as_file())?;
    temporary.as_file().sync_all()?;
    match existing {
        Existing::Replace => drop(temporary.persist(path).map_err(|fault| fault.error)?),
        Existing::Keep => drop(temporary.persist_noclobber(path).map_err(|fault| fault.error)?),
    }
    File::open(folder)?.sync_all()
}

/// Creates a folder and those above it where they are not there, all with this mode whatever the umask.
pub(crate) fn create_folder(folder: &Path, mode: u32) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), |above| create_folder(above, mode))?;
    match DirBuilder::new().mode(mode).create(folder) {
        Ok(()) => open_itself(folder)?.set_permissions(fs::Permissions::from_mode(mode)),
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// What was to be done for the rights of something that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mended {
    /// Nothing.
    Fine,
    /// They were others.
    Changed,
    /// It is a link, which somebody made on purpose; it was left alone.
    Link,
}

/// Gives a file or folder that is there these rights, if it has others.
pub(crate) fn mend(path: &Path, rights: Rights) -> io::Result<Mended> {
    if fs::symlink_metadata(path)?.is_symlink() {
        return Ok(Mended::Link);
    }
    let file = open_itself(path)?;
    if rights.are_those_of(&file.metadata()?) {
        return Ok(Mended::Fine);
    }
    rights.give(&file).map(|()| Mended::Changed)
}

/// Opens it for reading and never what a link in its place leads to; a pipe does not keep us waiting.
fn open_itself(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    File::options().read(true).custom_flags(flags.cast_signed()).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_a_link_leads_to_is_never_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        put(&file, b"1", Rights { mode: 0o604, owner: None }, Existing::Keep).unwrap();
        symlink(&file, &link).unwrap();
        assert!(open_itself(&link).is_err());
        assert_eq!(mend(&link, Rights::PRIVATE).unwrap(), Mended::Link);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o604);
        assert_eq!(put(&link, b"2", Rights::PRIVATE, Existing::Keep).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(mend(&file, Rights::PRIVATE).unwrap(), Mended::Changed);
        assert_eq!(mend(&file, Rights::PRIVATE).unwrap(), Mended::Fine);
        assert_eq!(fs::read(&file).unwrap(), b"1");
    }
}
