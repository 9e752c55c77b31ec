//! The journal: what was asked and answered, as JSON lines in files that rotate by day and by size.
//!
//! * A line is kept in memory for at most the flush interval ([`crate::drain`] flushes every 200 ms), then handed to
//!   the system, where a crash of the program can no longer lose it. Every five seconds it is forced onto the disk.
//! * A crash may leave half a line behind; it is cut off at the next start.
//! * A full or broken disk never stops the gate. Lines wait in memory up to [`Settings::waiting_bytes`], the reserved
//!   lane having twice the room of the ordinary one; what finds no room is counted by class, an [`Alarm`] says so in
//!   plain words, and once lines can be written again a line in the journal says how many are missing.
//! * A file that is full is packed a minute later ([`Settings::pack_after`]): `zcat` reads it.
//! * Files are deleted by the retention settings alone, oldest first. For its age a file goes once it was released
//!   ([`PastDays`]): whoever knows which people are held has taken out of it what must stay. Where files must go before that,
//!   or younger than [`Settings::keep_days`], because of [`Settings::total_bytes`], a line says which, and an [`Alarm`] says
//!   so.

mod help;
mod line;
mod pack;
mod past;
mod segment;
mod words;

pub use line::{Gap, Line, LostIn, Removal, RemovedFile, person_of};
pub use past::{DayFile, Lines, PastDays};

use crate::health::{Alarm, Health, Losses};
use help::HelpCounts;
use holdfast_core::event::{Event, Lane, RequestEvent};
use jiff::{SignedDuration, Span, Timestamp, civil::Date, tz::TimeZone};
use pack::Packing;
use segment::{Form, Segment};
use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tokio::sync::watch;
use words::explain;

/// How much is gathered before it is written even between flushes.
const WRITE_AT_BYTES: usize = 256 * 1024;
/// How often the system is told to put what it holds onto the disk.
const SYNC_EVERY: Duration = Duration::from_secs(5);
/// How much may wait for that at most: to have little each time holds the log up less than to have much seldom.
const SYNC_AT_BYTES: u64 = 16 * 1024 * 1024;
/// How often retention is looked after between rotations.
const RETAIN_EVERY: Duration = Duration::from_mins(1);
/// How long a file that could not be packed is left alone; others are packed meanwhile.
const PACK_AGAIN_AFTER: Duration = Duration::from_hours(1);

/// What a school may set about its journal.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The school's time zone: files rotate at its midnight.
    pub zone: TimeZone,
    /// A file that has reached this many bytes is followed by a new one.
    pub file_bytes: u64,
    /// All files together are kept below this many bytes by deleting the oldest.
    pub total_bytes: u64,
    /// Files begun more than this many days ago are deleted, once they were released.
    pub keep_days: u32,
    /// How many bytes of lines may wait in memory while the disk cannot be written.
    pub waiting_bytes: usize,
    /// How long a file that is no longer written to stays as it is before it is packed.
    pub pack_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            file_bytes: 64 * 1024 * 1024,
            total_bytes: 8 * 1024 * 1024 * 1024,
            keep_days: 90,
            waiting_bytes: 4 * 1024 * 1024,
            pack_after: Duration::from_mins(1),
        }
    }
}

/// The writer of the journal. There is one for a folder; a second is refused.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    settings: Settings,
    /// Held as long as we write, so that no second program writes into the same folder.
    _lock: File,
    current: Option<Current>,
    /// Whole lines not yet wholly written.
    waiting: Vec<u8>,
    /// How many bytes of the first waiting line are in the file already.
    begun: usize,
    help: HelpCounts,
    outage: Option<Outage>,
    channel_losses: Losses,
    retained: Option<Timestamp>,
    /// The full file that is being packed.
    packing: Option<Packing>,
    /// Full files that could not be packed, and when that was last tried.
    unpackable: BTreeMap<Segment, Timestamp>,
    /// How many files were removed before their time since the program started.
    removed: u64,
    past: PastDays,
    health: watch::Sender<Health>,
}

/// The file being written.
#[derive(Debug)]
struct Current {
    segment: Segment,
    file: File,
    bytes: u64,
    synced: Timestamp,
    /// Bytes written since then.
    dirty: u64,
}

/// A time in which the disk could not be written.
#[derive(Debug)]
struct Outage {
    since: Timestamp,
    /// What the technician reads.
    words: String,
    /// When the first line was lost, and how many were.
    lost: Option<(Timestamp, Losses)>,
}

impl Journal {
    /// Opens the journal in `folder`, making the folder if it is not there, and mends what a crash left behind.
    ///
    /// Errors say which file is at fault. A second journal in the same folder is refused.
    pub fn open(folder: &Path, settings: Settings) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| explain(folder, &error))?;
        fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(|error| explain(folder, &error))?;
        let lock = lock(folder)?;
        pack::tidy(folder).map_err(|error| explain(folder, &error))?;
        let files = segment::list(folder).map_err(|error| explain(folder, &error))?;
        for file in files.iter().filter(|file| file.form == Form::Plain) {
            let path = file.segment.path(folder, Form::Plain);
            segment::mend(&path).map_err(|error| explain(&path, &error))?;
        }
        let help = HelpCounts::open(folder).map_err(|error| explain(folder, &error))?;
        Ok(Self {
            folder: folder.to_owned(),
            settings,
            _lock: lock,
            current: None,
            waiting: Vec::new(),
            begun: 0,
            help,
            outage: None,
            channel_losses: Losses::default(),
            retained: None,
            packing: None,
            unpackable: BTreeMap::new(),
            removed: 0,
            past: PastDays::of(folder),
            health: watch::Sender::new(Health::default()),
        })
    }

    /// The journal's state, kept up to date.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// The files that are past their days, for whoever releases them. Without anybody who does, none goes for its age.
    pub fn past_days(&self) -> PastDays {
        self.past.clone()
    }

    /// Takes one event at the moment `now`. Never fails and never waits for more than one write.
    pub fn append(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::Help => self.help.count(self.day(now)),
            Event::Request(request) if crate::is_help(request) => self.help.count(self.day(now)),
            Event::Request(request) => self.append_request(event, request, now),
        }
    }

    fn append_request(&mut self, event: &Event, request: &RequestEvent, now: Timestamp) {
        let before = self.waiting.len();
        let is_written = line::write_request(&mut self.waiting, request).is_ok();
        self.waiting.push(b'\n');
        let room = match event.lane() {
            Lane::Ordinary => self.settings.waiting_bytes / 2,
            Lane::Reserved => self.settings.waiting_bytes,
        };
        let has_room = self.outage.is_none() || self.waiting.len() <= room;
        if !(is_written && has_room) {
            self.waiting.truncate(before);
            self.lose(event, now);
            return;
        }
        if self.outage.is_none() && self.waiting.len() >= WRITE_AT_BYTES {
            self.flush(now);
        }
    }

    fn lose(&mut self, event: &Event, now: Timestamp) {
        let outage = self.outage.get_or_insert_with(|| Outage::since(now));
        let (_, losses) = outage.lost.get_or_insert((now, Losses::default()));
        losses.count(event);
        self.health.send_if_modified(|health| {
            health.lost_on_disk.count(event);
            false
        });
    }

    /// Notes how many events the gate has lost in the full channel since it started. A rise becomes a line.
    pub fn note_channel_losses(&mut self, total: Losses, last_looked: Timestamp, now: Timestamp) {
        let losses = total - self.channel_losses;
        if losses.is_none() {
            return;
        }
        self.channel_losses = total;
        self.health.send_modify(|health| health.lost_in_channel = total);
        if losses.total() > losses.help {
            self.append_gap(LostIn::Channel, last_looked, now, losses);
        }
    }

    fn append_gap(&mut self, lost_in: LostIn, from: Timestamp, until: Timestamp, losses: Losses) {
        let gap = Gap { lost_in, from_micros: from.as_microsecond(), until_micros: until.as_microsecond(), losses };
        let before = self.waiting.len();
        if line::write_gap(&mut self.waiting, &gap).is_ok() {
            self.waiting.push(b'\n');
        } else {
            self.waiting.truncate(before);
        }
    }

    /// Writes what waits. Where that fails the lines go on waiting, the alarm is raised, and the next flush tries again.
    pub fn flush(&mut self, now: Timestamp) {
        match self.try_flush(now) {
            Ok(()) => {
                if let Some(outage) = self.outage.take()
                    && let Some((from, losses)) = outage.lost
                {
                    self.append_gap(LostIn::Disk, from, now, losses);
                    if let Err(error) = self.try_flush(now) {
                        self.raise(&error, now);
                    }
                }
            }
            Err(error) => self.raise(&error, now),
        }
        self.take_packed(now);
        self.publish();
        self.beat(now);
    }

    /// Puts a packed file in place once it is done. Packing that fails loses nothing: the file stays as it is.
    fn take_packed(&mut self, now: Timestamp) {
        let Some(packing) = self.packing.take_if(|packing| packing.is_finished()) else { return };
        let segment = packing.segment();
        match packing.finish(&self.folder) {
            // The sizes are counted anew, and the next file is looked for.
            Ok(()) => {
                self.retained = None;
                self.unpackable.remove(&segment);
                self.end_unpacked();
            }
            Err(error) => self.leave_unpacked(segment, &error, now),
        }
    }

    fn pack(&mut self, segment: Segment, written: SystemTime, now: Timestamp) {
        let is_due = Timestamp::try_from(written).is_ok_and(|written| passed(written, now, self.settings.pack_after));
        if self.packing.is_some() || !is_due {
            return;
        }
        match Packing::start(&self.folder, segment) {
            Ok(packing) => self.packing = Some(packing),
            Err(error) => self.leave_unpacked(segment, &error, now),
        }
    }

    /// The file is left for a while, so that it does not keep those after it from being packed.
    fn leave_unpacked(&mut self, segment: Segment, error: &io::Error, now: Timestamp) {
        self.unpackable.insert(segment, now);
        let words = words::unpacked(&segment.name(Form::Plain), self.unpackable.len(), error);
        self.health.send_modify(|health| {
            let since = health.unpacked.as_ref().map_or(now, |alarm| alarm.since);
            health.unpacked = Some(Alarm { since, words });
        });
    }

    /// Ends the alarm once no file is left that could not be packed; some may have gone meanwhile.
    fn end_unpacked(&mut self) {
        let folder = &self.folder;
        self.unpackable.retain(|segment, _| fs::exists(segment.path(folder, Form::Plain)).unwrap_or(true));
        if self.unpackable.is_empty() {
            self.health.send_if_modified(|health| health.unpacked.take().is_some());
        }
    }

    /// Notes that the log is not held up at the moment `now`.
    pub(crate) fn beat(&self, now: Timestamp) {
        self.health.send_modify(|health| health.last_flush = Some(now));
    }

    fn try_flush(&mut self, now: Timestamp) -> io::Result<()> {
        let written = self.write_waiting(now);
        // Also after a failure: what the settings no longer keep may be what fills the disk.
        let retained = self.retain_when_due(now);
        written.and(retained)?;
        // What was removed is told at once.
        self.write_waiting(now)
    }

    fn write_waiting(&mut self, now: Timestamp) -> io::Result<()> {
        while !self.waiting.is_empty() {
            self.write_once(now)?;
        }
        // A burst must not keep its memory for ever.
        self.waiting.shrink_to(WRITE_AT_BYTES * 2);
        self.help.save(now, &self.settings.zone, false)?;
        let Some(current) = &mut self.current else { return Ok(()) };
        let is_due = now.duration_since(current.synced).unsigned_abs() >= SYNC_EVERY;
        if current.dirty >= SYNC_AT_BYTES || (current.dirty > 0 && is_due) {
            current.synced = now;
            current.file.sync_data()?;
            current.dirty = 0;
        }
        Ok(())
    }

    /// Hands the system as much as it takes in one go; the rest stays waiting.
    fn write_once(&mut self, now: Timestamp) -> io::Result<()> {
        self.make_ready(now)?;
        let Some(current) = &mut self.current else { return Err(io::ErrorKind::NotFound.into()) };
        let written = match current.file.write(&self.waiting[self.begun..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        };
        current.bytes += written as u64;
        current.dirty += written as u64;
        self.begun += written;
        let whole = memchr::memrchr(b'\n', &self.waiting[..self.begun]).map_or(0, |last| last + 1);
        let lines = memchr::memchr_iter(b'\n', &self.waiting[..whole]).count() as u64;
        self.waiting.drain(..whole);
        self.begun -= whole;
        self.health.send_modify(|health| health.written += lines);
        Ok(())
    }

    /// Sees to it that the file being written is the right one. A line that has only its beginning in the old file is
    /// taken back out of it and goes whole into the new one.
    fn make_ready(&mut self, now: Timestamp) -> io::Result<()> {
        let day = self.day(now);
        if let Some(current) = &mut self.current {
            // Somebody deleted the file under us: go on in one that can be found.
            let is_gone = current.file.metadata()?.nlink() == 0;
            if !is_gone && current.segment.day == day && current.bytes < self.settings.file_bytes {
                return Ok(());
            }
            current.bytes -= self.begun as u64;
            if self.begun > 0 {
                current.file.set_len(current.bytes)?;
                self.begun = 0;
            }
            current.file.sync_data()?;
            self.current = None;
            self.retained = None;
        }
        let (segment, file) = segment::create(&self.folder, day)?;
        self.current = Some(Current { segment, file, bytes: 0, synced: now, dirty: 0 });
        Ok(())
    }

    fn retain_when_due(&mut self, now: Timestamp) -> io::Result<()> {
        let is_young = self.retained.is_some_and(|last| now.duration_since(last).unsigned_abs() < RETAIN_EVERY);
        if is_young && !self.past.is_any_released() {
            return Ok(());
        }
        let today = self.day(now);
        let first_day =
            today.checked_sub(Span::new().days(i64::from(self.settings.keep_days.min(36_500)))).unwrap_or(Date::MIN);
        self.help.forget_before(first_day);
        let current = self.current.as_ref().map(|current| current.segment);
        let is_left = |segment: Segment| {
            self.unpackable.get(&segment).is_some_and(|tried| !passed(*tried, now, PACK_AGAIN_AFTER))
        };
        let limits = segment::Limits { first_day, total_bytes: self.settings.total_bytes };
        let retained = segment::retain(&self.folder, current, limits, &self.past, is_left)?;
        self.end_unpacked();
        // Where a file could not be removed, those behind it were not looked at.
        let waiting = retained.failed.is_none().then(|| self.past.are(retained.past));
        self.health.send_modify(|health| {
            health.files = retained.files;
            health.disk_bytes = retained.bytes;
            health.past_days = waiting.unwrap_or(health.past_days);
        });
        if let Some((segment, written)) = retained.plain {
            self.pack(segment, written, now);
        }
        self.note_removal(retained.before_their_time, now);
        if let Some(error) = retained.failed {
            return Err(error);
        }
        self.retained = Some(now);
        Ok(())
    }

    /// The log never becomes shorter than the school set it without saying so: somebody may have filled it on purpose.
    fn note_removal(&mut self, files: Vec<RemovedFile>, now: Timestamp) {
        if files.is_empty() {
            return;
        }
        self.removed += files.len() as u64;
        let words = words::shortened(&files, self.removed, &self.settings);
        self.health.send_modify(|health| {
            let since = health.shortened.as_ref().map_or(now, |alarm| alarm.since);
            health.shortened = Some(Alarm { since, words });
        });
        let removal = Removal { at_micros: now.as_microsecond(), files, files_since_start: self.removed };
        let before = self.waiting.len();
        if line::write_removal(&mut self.waiting, &removal).is_ok() {
            self.waiting.push(b'\n');
        } else {
            self.waiting.truncate(before);
        }
    }

    /// Writes everything that waits, forces it onto the disk and tells how it went.
    pub fn close(mut self, now: Timestamp) -> Health {
        self.flush(now);
        let last = self.help.save(now, &self.settings.zone, true);
        let synced = self.current.as_ref().map_or(Ok(()), |current| current.file.sync_data());
        if let Err(error) = last.and(synced) {
            self.raise(&error, now);
            self.publish();
        }
        self.health.borrow().clone()
    }

    fn day(&self, now: Timestamp) -> Date {
        self.settings.zone.to_datetime(now).date()
    }

    fn raise(&mut self, error: &io::Error, now: Timestamp) {
        let outage = self.outage.get_or_insert_with(|| Outage::since(now));
        outage.words = words::cannot_write(error);
    }

    fn publish(&self) {
        self.health.send_modify(|health| {
            health.waiting_bytes = self.waiting.len();
            health.alarm =
                self.outage.as_ref().map(|outage| Alarm { since: outage.since, words: outage.words.clone() });
        });
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(packing) = &self.packing {
            packing.stop();
        }
    }
}

impl Outage {
    fn since(since: Timestamp) -> Self {
        Self { since, words: "The activity log could not write an event down.".to_owned(), lost: None }
    }
}

/// Whether this long has passed.
fn passed(since: Timestamp, now: Timestamp, wait: Duration) -> bool {
    now.duration_since(since) >= SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX)
}

fn lock(folder: &Path) -> io::Result<File> {
    let path = folder.join("lock");
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|error| explain(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!(
                "Another Holdfast is writing its activity log into {}. Stop it first, or start this one with another data folder.",
                folder.display()
            ),
        )),
        Err(fs::TryLockError::Error(error)) => Err(explain(&path, &error)),
    }
}
