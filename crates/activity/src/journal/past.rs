//! Day files that are past their days. A hold may stand on somebody whose lines are in one (practice 24), and this crate
//! knows of no hold. So a file does not go for its age before whoever knows has looked it through and released it; the room
//! that the log may take is kept to in any case.

use super::segment::{Form, Segment};
use flate2::bufread::MultiGzDecoder;
use std::{
    collections::BTreeSet,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Read as _},
    path::{Path, PathBuf},
};
use tokio::sync::watch;

/// The longest line that is read. The journal writes none that is a tenth of it; what is longer is passed over.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

/// The day files that are past their days, for whoever releases them. Cloning shares them.
///
/// What was released is known for as long as the program runs: after a start each file is looked through again.
#[derive(Debug, Clone)]
pub struct PastDays {
    folder: PathBuf,
    state: watch::Sender<State>,
    seen: watch::Receiver<State>,
}

#[derive(Debug, Default)]
struct State {
    past: BTreeSet<Segment>,
    released: BTreeSet<Segment>,
}

/// One file of the journal that nothing is written to any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFile {
    folder: PathBuf,
    segment: Segment,
}

/// The lines of a day file, one after the other: no more than one is in memory.
pub struct Lines {
    from: Box<dyn BufRead + Send>,
    line: Vec<u8>,
}

impl PastDays {
    pub(super) fn of(folder: &Path) -> Self {
        let (state, seen) = watch::channel(State::default());
        Self { folder: folder.to_owned(), state, seen }
    }

    /// Those that wait to be released, oldest first.
    pub fn waiting(&self) -> Vec<DayFile> {
        let state = self.state.borrow();
        let waiting = state.past.difference(&state.released);
        waiting.map(|segment| DayFile { folder: self.folder.clone(), segment: *segment }).collect()
    }

    /// Waits until there are others than when it was last waited.
    pub async fn changed(&mut self) {
        // It cannot fail: there is a sender as long as we are, because it is ours.
        drop(self.seen.changed().await);
    }

    /// Lets a file go: what a hold covers of it is kept elsewhere.
    pub fn release(&self, file: &DayFile) {
        self.state.send_if_modified(|state| {
            state.released.insert(file.segment);
            false
        });
    }

    pub(super) fn is_released(&self, segment: Segment) -> bool {
        self.state.borrow().released.contains(&segment)
    }

    /// Whether a file may go that is still there.
    pub(super) fn is_any_released(&self) -> bool {
        !self.state.borrow().released.is_empty()
    }

    /// Takes down which files are past their days now. How many of them wait.
    pub(super) fn are(&self, past: BTreeSet<Segment>) -> usize {
        let mut waiting = 0;
        self.state.send_if_modified(|state| {
            // A name comes back only with another file under it.
            state.released.retain(|segment| past.contains(segment));
            waiting = past.difference(&state.released).count();
            let is_news = past.difference(&state.past).next().is_some();
            state.past = past;
            is_news
        });
        waiting
    }
}

impl DayFile {
    /// Its name without an ending: the day it was begun on, and which of that day's files it is.
    pub fn name(&self) -> String {
        self.segment.stem()
    }

    /// Its lines, whether it is packed or not. `None` where it is gone: room was needed.
    pub fn lines(&self) -> io::Result<Option<Lines>> {
        // Packing puts the packed file there before the plain one goes, so one of them is found.
        for form in [Form::Plain, Form::Packed] {
            match File::open(self.segment.path(&self.folder, form)) {
                Ok(file) => return Ok(Some(Lines::of(file, form))),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

impl Lines {
    fn of(file: File, form: Form) -> Self {
        let file = BufReader::with_capacity(64 * 1024, file);
        let from: Box<dyn BufRead + Send> = match form {
            Form::Plain => Box::new(file),
            Form::Packed => Box::new(BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(file))),
        };
        Self { from, line: Vec::new() }
    }

    /// The next line, without its end; `None` behind the last.
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = (&mut self.from).take(LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        if self.line.pop_if(|last| *last == b'\n').is_none() && read as u64 == LONGEST_LINE {
            self.line.clear();
            self.from.skip_until(b'\n')?;
        }
        Ok((read > 0).then_some(&self.line))
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lines").finish_non_exhaustive()
    }
}
