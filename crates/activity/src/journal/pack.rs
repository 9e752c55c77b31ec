//! Files that are full are packed (gzip, RFC 1952), so that the room a school gives its log holds many times the days.
//!
//! Packing happens on a thread of its own at the lowest priority, one file at a time, and writes beside the file under
//! a name that nothing else reads. Only once that is on the disk does the journal's own thread put it in the file's
//! place, so that at no moment a line stands in neither, and retention never meets a file half done.

use super::segment::{Form, Segment, count_lines};
use flate2::{Compression, GzBuilder, read::GzDecoder};
use std::{
    fs::{self, File},
    io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

/// How hard the packer tries: least. Lines repeat so much that trying harder gains little.
const LEVEL: u32 = 1;
/// What stands before the number of lines in the packed file's comment.
const LINES: &str = "lines: ";
/// What a file under way ends in.
const UNFINISHED: &str = ".new";

/// A file being packed.
#[derive(Debug)]
pub(super) struct Packing {
    segment: Segment,
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<io::Result<()>>,
}

impl Packing {
    /// Begins to pack a file that nothing is written to any more.
    pub(super) fn start(folder: &Path, segment: Segment) -> io::Result<Self> {
        let (plain, unfinished) = (segment.path(folder, Form::Plain), unfinished(folder, segment));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let work = move || {
            // Of the calling thread alone (setpriority(2)). Where the system refuses, it is only less polite.
            rustix::process::setpriority_process(None, 19).ok();
            let packed = pack(&plain, &unfinished, &stopped);
            if packed.is_err() {
                // What cannot be removed is removed at the next start.
                drop(fs::remove_file(&unfinished));
            }
            packed
        };
        let thread = thread::Builder::new().name("log-packer".to_owned()).spawn(work)?;
        Ok(Self { segment, stop, thread })
    }

    /// The file that is packed.
    pub(super) const fn segment(&self) -> Segment {
        self.segment
    }

    pub(super) fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Puts the packed file in place of the plain one, unless that has been removed meanwhile. Waits until it is packed.
    pub(super) fn finish(self, folder: &Path) -> io::Result<()> {
        let Self { segment, thread, .. } = self;
        let packed = thread.join().map_err(|_panic| io::Error::other("packing a file of the log broke off"))?;
        let (plain, unfinished) = (segment.path(folder, Form::Plain), unfinished(folder, segment));
        if !fs::exists(&plain)? {
            // Nothing is left of it where it was gone before packing began.
            return fs::remove_file(&unfinished).or_else(|error| match error.kind() {
                ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            });
        }
        packed?;
        fs::rename(&unfinished, segment.path(folder, Form::Packed))?;
        // The new name must be on the disk before the old one goes.
        File::open(folder)?.sync_all()?;
        fs::remove_file(&plain)
    }

    /// Tells the packer to break off.
    pub(super) fn stop(&self) {
        self.stop.store(true, Relaxed);
    }
}

fn unfinished(folder: &Path, segment: Segment) -> PathBuf {
    folder.join(segment.name(Form::Packed) + UNFINISHED)
}

fn pack(plain: &Path, unfinished: &Path, stopped: &AtomicBool) -> io::Result<()> {
    let mut source = File::open(plain)?;
    let lines = count_lines(&mut source)?;
    source.seek(SeekFrom::Start(0))?;
    let target = File::options().write(true).create(true).truncate(true).mode(0o600).open(unfinished)?;
    let mut packer = GzBuilder::new().comment(format!("{LINES}{lines}")).write(target, Compression::new(LEVEL));
    let mut chunk = vec![0; 256 * 1024];
    loop {
        if stopped.load(Relaxed) {
            return Err(ErrorKind::Interrupted.into());
        }
        match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => packer.write_all(&chunk[..read])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    packer.finish()?.sync_data()
}

/// How many lines a packed file has, as its packer wrote down. `None` where it is none of ours.
pub(super) fn lines(packed: &File) -> Option<u64> {
    let unpacker = GzDecoder::new(BufReader::with_capacity(512, packed));
    let comment = unpacker.header()?.comment()?;
    str::from_utf8(comment).ok()?.strip_prefix(LINES)?.parse().ok()
}

/// Removes what packing left undone when the program ended: files under way, and files whose packed form is in place.
pub(super) fn tidy(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        let finished = name.strip_suffix(UNFINISHED).and_then(Segment::parse);
        let is_packed_too = || match Segment::parse(name) {
            Some((segment, Form::Plain)) => fs::exists(segment.path(folder, Form::Packed)),
            _ => Ok(false),
        };
        if finished.is_some_and(|(_, form)| form == Form::Packed) || is_packed_too()? {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}
