//! Files that are replaced whole: written beside, flushed, renamed, and the folder flushed.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Replaces a file in one step; whoever opens it sees the old one or the new one, also after a power cut.
/// The new file can be read by its owner only.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the file has no folder"))?;
    create_private_folder(folder)?;
    // `tempfile` creates with mode 0600.
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    write(temporary.as_file_mut())?;
    temporary.as_file_mut().flush()?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|fault| fault.error)?;
    flush_folder(folder)
}

/// The same for bytes that are at hand.
pub(crate) fn replace_with(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |file| file.write_all(bytes))
}

/// Creates a folder, and those above it, for the owner only.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Opens a file for writing, created for its owner only; what is in it stays.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Makes a rename or removal in a folder last.
pub(crate) fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
