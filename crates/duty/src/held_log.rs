//! The gate's log and holds: before a day file that is past its days goes, it is looked through for the lines of those whose
//! records are held (practice 24), and these are sealed into the records. Then the journal is told that the file may go.
//!
//! Without this nothing of the log goes for its age: while the records are away or a file cannot be read, files stay, and an
//! alarm says so. What was kept once is not kept twice, so it may break off anywhere and begin anew. One hold that is not what it
//! should be keeps its own file from going, and nothing else.

use crate::data_folder::DataFolder;
use holdfast_activity::{
    health::Alarm,
    journal::{DayFile, PastDays, person_of},
};
use holdfast_records::{
    Fault, Records,
    file::{Held, STRETCH_BYTES, Stretch},
    id,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeSet, HashMap},
    io, mem,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, spawn_blocking},
    time,
};

/// How soon files that could not go are tried again.
const AGAIN: Duration = Duration::from_mins(15);
/// How soon a stretch in which a hold was not what it should be is tried again while the holds are the same. Each try leaves an
/// entry in the audit log, and what is altered does not mend itself within a quarter of an hour.
const DAMAGED_AGAIN: Duration = Duration::from_hours(24);

/// What was taken in since the program started, so that a file that must stay leaves no new entries each time it is looked
/// through. Nothing depends on it but their number: what is kept already is not kept twice.
#[derive(Debug, Default)]
pub struct Done {
    /// By the file, its origin and which stretch of it.
    stretches: HashMap<(String, String, u32), Taken>,
}

/// How a stretch was taken in.
#[derive(Debug)]
struct Taken {
    /// The holds that stood.
    holds: Arc<BTreeSet<id::Hold>>,
    /// The hold that got nothing, in words.
    fault: Option<Fault>,
    at: Instant,
}

impl Taken {
    fn is_good_for(&self, holds: &BTreeSet<id::Hold>) -> bool {
        match self.fault {
            None => holds.is_subset(&self.holds),
            Some(_) => *holds == *self.holds && self.at.elapsed() < DAMAGED_AGAIN,
        }
    }
}

/// Whose log it is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The code of the school that the gate serves, where the store holds several.
    pub school: Option<String>,
    /// The data folder: it knows whether a school was ever set up here.
    pub folder: DataFolder,
    /// How long the records may be away before that is told, while files wait for them.
    pub patience: Duration,
}

/// Why files stay.
#[derive(Debug)]
pub enum Trouble {
    /// The records could not take in what is held.
    Records(Fault),
    /// This file cannot be read to its end.
    File(String, io::Error),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Records(fault)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Records(fault) => write!(formatter, "The records say: {fault}"),
            Self::File(name, fault) => write!(
                formatter,
                "The file {name} cannot be read to its end ({fault}). Look at the disk; if the file cannot be mended, move it \
                 out of the folder of the log."
            ),
        }
    }
}

/// Starts the task. Must be called within a runtime. The store may be away; then it is waited for.
pub fn start(
    records: watch::Receiver<Option<Records>>,
    past: PastDays,
    settings: Settings,
) -> (JoinHandle<()>, watch::Receiver<Option<Alarm>>) {
    let (tell, alarm) = watch::channel(None);
    (tokio::spawn(watch_over(records, past, settings, tell)), alarm)
}

async fn watch_over(
    mut records: watch::Receiver<Option<Records>>,
    mut past: PastDays,
    settings: Settings,
    tell: watch::Sender<Option<Alarm>>,
) {
    let mut away_since = None;
    let mut done = Done::default();
    loop {
        let store = records.borrow_and_update().clone();
        let wait = if store.is_some() { AGAIN } else { settings.patience };
        let trouble = match store {
            _ if past.waiting().is_empty() => None,
            Some(store) => {
                away_since = None;
                run(&store, &past, &settings, &mut done).await.err().map(|trouble| trouble.to_string())
            }
            None => {
                let is_long = away_since.get_or_insert_with(Instant::now).elapsed() >= settings.patience;
                is_long.then(|| "The records’ store is away.".to_owned())
            }
        };
        let now = Timestamp::now();
        tell.send_if_modified(|known| tell_of(known, trouble, past.waiting().len(), now));
        tokio::select! {
            () = time::sleep(wait) => {}
            changed = records.changed() => if changed.is_err() { return },
            () = past.changed() => {}
        }
    }
}

/// Puts what is wrong in the place of what was; whether that is news.
fn tell_of(known: &mut Option<Alarm>, trouble: Option<String>, files: usize, now: Timestamp) -> bool {
    let is_news = Alarm::put(known, trouble.map(|trouble| words(&trouble, files)), now);
    if let Some(alarm) = known.as_ref().filter(|_| is_news) {
        tracing::error!("{}", alarm.words);
    }
    is_news
}

fn words(trouble: &str, files: usize) -> String {
    let (what, wait) = if files == 1 { ("file", "waits") } else { ("files", "wait") };
    format!(
        "{files} {what} of the filter’s log {wait} past the days it is kept: before one goes, it is looked through for what must \
         be kept longer, and that could not be done. {trouble} Nothing is lost, and it is tried again by itself; until then the \
         log grows, and once it takes all the room it may, its oldest files go all the same."
    )
}

/// Looks each waiting file through, and lets it go.
///
/// # Errors
/// Why a file stays; where it was only about that file or about one hold, the others went.
pub async fn run(records: &Records, past: &PastDays, settings: &Settings, done: &mut Done) -> Result<(), Trouble> {
    let Some(school) = records.school_of_gate(settings.school.as_deref()).await? else {
        if settings.folder.is_led() {
            return Err(Trouble::Records(Fault::Unavailable(
                "They hold no such school, though one was set up here. Restore a backup, or see that it is the right store."
                    .to_owned(),
            )));
        }
        // Nobody is known here yet, so nobody is held.
        past.waiting().iter().for_each(|file| past.release(file));
        return Ok(());
    };
    let mut failed = None;
    for file in past.waiting() {
        match look_through(records, school, &file, done).await {
            Ok(()) => {
                past.release(&file);
                let name = file.name();
                done.stretches.retain(|(day_file, ..), _| *day_file != name);
            }
            Err(trouble @ Trouble::Records(Fault::Damaged(_))) => failed = failed.or(Some(trouble)),
            Err(trouble @ Trouble::Records(_)) => return Err(trouble),
            Err(trouble) => failed = failed.or(Some(trouble)),
        }
    }
    failed.map_or(Ok(()), Err)
}

/// A hold that is placed meanwhile would keep nothing of the stretches that were read before it: the file is gone through again,
/// until no new one came.
async fn look_through(records: &Records, school: id::School, file: &DayFile, done: &mut Done) -> Result<(), Trouble> {
    let mut held = records.held(school).await?;
    loop {
        let holds: Arc<BTreeSet<id::Hold>> = Arc::new(held.iter().flat_map(|held| held.holds.clone()).collect());
        let damaged = go_through(records, school, file, held, (&holds, done)).await?;
        held = records.held(school).await?;
        if held.iter().flat_map(|held| &held.holds).all(|hold| holds.contains(hold)) {
            return damaged.map_or(Ok(()), |fault| Err(Trouble::Records(fault)));
        }
    }
}

/// Takes in every stretch of the file. Handed back is why one hold got nothing, where the others have kept theirs.
async fn go_through(
    records: &Records,
    school: id::School,
    file: &DayFile,
    held: Vec<Held>,
    (holds, done): (&Arc<BTreeSet<id::Hold>>, &mut Done),
) -> Result<Option<Fault>, Trouble> {
    let held: HashMap<String, id::Person> = held.into_iter().map(|held| (held.gate_code, held.person)).collect();
    // One stretch is taken in while the next is read, and no more than these two are in memory.
    let (hand_on, mut stretches) = mpsc::channel(1);
    let day_file = file.clone();
    let reading = spawn_blocking(move || {
        read_to_the_end(&day_file)?;
        read(&day_file, &held, |stretch| hand_on.blocking_send(stretch).is_ok())
    });
    let mut damaged = None;
    while let Some(stretch) = stretches.recv().await {
        damaged = damaged.or(take_in(records, school, &stretch, (holds, done)).await?);
    }
    let read = reading.await.unwrap_or_else(|_panic| Err(io::Error::other("reading it broke off")));
    read.map_err(|fault| Trouble::File(file.name(), fault))?;
    Ok(damaged)
}

/// Takes in a stretch, unless it was for these holds since the program started.
async fn take_in(
    records: &Records,
    school: id::School,
    stretch: &Stretch,
    (holds, done): (&Arc<BTreeSet<id::Hold>>, &mut Done),
) -> Result<Option<Fault>, Fault> {
    let which = (stretch.day_file.clone(), stretch.origin.clone(), stretch.number);
    if let Some(taken) = done.stretches.get(&which).filter(|taken| taken.is_good_for(holds)) {
        return Ok(taken.fault.clone());
    }
    let fault = match records.keep_held_lines(school, stretch).await {
        Ok(()) => None,
        Err(fault @ Fault::Damaged(_)) => Some(fault),
        Err(fault) => return Err(fault),
    };
    done.stretches.insert(which, Taken { holds: Arc::clone(holds), fault: fault.clone(), at: Instant::now() });
    Ok(fault)
}

/// A file that cannot be read to its end stays as it is: half of it would leave entries at each try.
fn read_to_the_end(file: &DayFile) -> io::Result<()> {
    let Some(mut lines) = file.lines()? else { return Ok(()) };
    while lines.next_line()?.is_some() {}
    Ok(())
}

/// Hands on the file's stretches, until nobody takes them any more.
fn read(
    file: &DayFile,
    held: &HashMap<String, id::Person>,
    mut hand_on: impl FnMut(Stretch) -> bool,
) -> io::Result<()> {
    // Gone for want of room meanwhile: the journal told of that.
    let Some(mut lines) = file.lines()? else { return Ok(()) };
    let mut stretch = Stretch { day_file: file.name(), ..Stretch::default() };
    let mut bytes = 0;
    while let Some(line) = lines.next_line()? {
        if stretch.origin.is_empty() {
            stretch.origin = origin(line);
        }
        bytes += line.len() as u64 + 1;
        if let Some(person) = person_of(line).and_then(|code| held.get(&code)) {
            let theirs = stretch.lines.entry(*person).or_default();
            theirs.extend_from_slice(line);
            theirs.push(b'\n');
        }
        if bytes >= STRETCH_BYTES {
            bytes = 0;
            let lines = mem::take(&mut stretch.lines);
            if !hand_on(Stretch { lines, ..stretch.clone() }) {
                return Ok(());
            }
            stretch.number += 1;
        }
    }
    hand_on(stretch);
    Ok(())
}

/// Tells a file from another of the same name, which another machine of the school may have begun on the same day: by its first
/// line, whose reference is random.
fn origin(first_line: &[u8]) -> String {
    blake3::hash(first_line).to_hex().as_str().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_told_in_words_since_its_first_time_and_names_nobody() {
        let now: Timestamp = "2026-06-09T04:00:00Z".parse().unwrap();
        let mut known = None;
        let trouble = || Some("The records’ store is away.".to_owned());
        assert!(tell_of(&mut known, trouble(), 1, now));
        let told = known.clone().unwrap();
        assert!(told.words.starts_with("1 file of the filter’s log waits past the days"), "{}", told.words);
        assert!(!told.words.contains("held") && !told.words.contains("hold"), "{}", told.words);
        let later: Timestamp = "2026-06-09T04:15:00Z".parse().unwrap();
        assert!(!tell_of(&mut known, trouble(), 1, later));
        assert!(tell_of(&mut known, trouble(), 2, later), "one more waits");
        assert_eq!(known.as_ref().map(|alarm| alarm.since), Some(now));
        assert!(tell_of(&mut known, None, 0, later));
        assert_eq!(known, None);
    }
}
