//! Files that are put in place whole: written beside, flushed, renamed, and the folder flushed.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
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

/// Puts a file in place in one step; whoever opens it sees the old one or the new one, also after a power cut.
/// `mode` are its permissions, from before its first byte.
pub(crate) fn put(path: &Path, bytes: &[u8], mode: u32, existing: Existing) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the file has no folder"))?;
    // `tempfile` creates with mode 0600.
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    temporary.as_file().sync_all()?;
    match existing {
        Existing::Replace => drop(temporary.persist(path).map_err(|fault| fault.error)?),
        Existing::Keep => drop(temporary.persist_noclobber(path).map_err(|fault| fault.error)?),
    }
    File::open(folder)?.sync_all()
}

/// Creates a folder and those above it where they are not there.
pub(crate) fn create_folder(folder: &Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(mode).create(folder)
}
