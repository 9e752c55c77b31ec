//! Visits to help and report pages: a number a day, and nothing else (practice 9).
//!
//! No time of day is kept, not even as the file's own time stamp: the file is rewritten at most every
//! [`WRITE_EVERY`] and its time of change is set to the start of the day, so that it cannot be laid beside the log to
//! see who was online just then.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// How often the counts are saved at most. A crash loses the counts of this long.
pub(super) const WRITE_EVERY: Duration = Duration::from_mins(15);

const FILE_NAME: &str = "help-counts.json";

/// Counts by day.
#[derive(Debug)]
pub(super) struct HelpCounts {
    path: PathBuf,
    days: BTreeMap<Date, u64>,
    changed: bool,
    saved: Option<Timestamp>,
}

impl HelpCounts {
    /// Reads the counts kept in `folder`. A file that cannot be understood is put aside under another name, not lost.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE_NAME);
        let days = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(BTreeMap::new()),
            Err(error) => return Err(error),
        };
        if days.is_none() {
            fs::rename(&path, folder.join("help-counts.unreadable.json"))?;
        }
        Ok(Self { path, days: days.unwrap_or_default(), changed: false, saved: None })
    }

    /// Counts one visit on `day`.
    pub(super) fn count(&mut self, day: Date) {
        *self.days.entry(day).or_default() += 1;
        self.changed = true;
    }

    /// Drops days before `first`.
    pub(super) fn forget_before(&mut self, first: Date) {
        let kept = self.days.split_off(&first);
        self.changed |= !self.days.is_empty();
        self.days = kept;
    }

    /// Saves if something changed and [`WRITE_EVERY`] has passed, or at once if `at_once`.
    pub(super) fn save(&mut self, now: Timestamp, zone: &TimeZone, at_once: bool) -> io::Result<()> {
        let last = *self.saved.get_or_insert(now);
        let is_due = at_once || now.duration_since(last).unsigned_abs() >= WRITE_EVERY;
        if !self.changed || !is_due {
            return Ok(());
        }
        self.saved = Some(now);
        let text = serde_json::to_vec_pretty(&self.days)?;
        let temporary = self.path.with_extension("json.new");
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(&text)?;
        let start_of_day = now.to_zoned(zone.clone()).start_of_day().map_or(now, |start| start.timestamp());
        file.set_modified(SystemTime::from(start_of_day))?;
        file.sync_data()?;
        fs::rename(&temporary, &self.path)?;
        self.changed = false;
        Ok(())
    }
}
