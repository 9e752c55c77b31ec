//! Files past their days: they stay until they are released, whatever their age, and are read a line at a time.

use flate2::{Compression, write::GzEncoder};
use holdfast_activity::journal::{DayFile, Journal, Settings, person_of};
use jiff::{SignedDuration, Timestamp};
use std::{fs, io::Write as _, path::Path, time::Duration};
use tempfile::TempDir;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// Nothing is packed while a test looks.
fn settings() -> Settings {
    Settings { pack_after: Duration::MAX, ..Settings::default() }
}

/// A folder with a plain and a packed file of long ago, and one of a week ago.
fn old() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("2026-07-01.0001.jsonl"), "{\"one\":1}\n{\"two\":2}\n").unwrap();
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(b"{\"three\":3}\n{\"four\":4}\n").unwrap();
    fs::write(folder.path().join("2026-07-01.0002.jsonl.gz"), packer.finish().unwrap()).unwrap();
    fs::write(folder.path().join("2026-11-15.0001.jsonl"), "{\"five\":5}\n").unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains(".jsonl")).collect();
    names.sort();
    names
}

/// The retention is looked after once a minute.
fn minutes(count: i64) -> Timestamp {
    now() + SignedDuration::from_mins(count)
}

#[test]
fn no_file_goes_for_its_age_before_it_was_released_and_then_it_goes_without_an_alarm() {
    let folder = old();
    let mut journal = Journal::open(folder.path(), settings()).unwrap();
    let past = journal.past_days();
    for day in 0..400 {
        journal.flush(now() + SignedDuration::from_hours(24 * day));
    }
    assert_eq!(names(folder.path()).len(), 3, "nobody released any");
    assert_eq!(journal.health().borrow().past_days, 3);
    drop(journal);

    let mut journal = Journal::open(folder.path(), settings()).unwrap();
    let past_of_before = past;
    let past = journal.past_days();
    journal.flush(now());
    let waiting = past.waiting();
    assert_eq!(waiting.iter().map(DayFile::name).collect::<Vec<_>>(), ["2026-07-01.0001", "2026-07-01.0002"]);
    past_of_before.release(&waiting[0]);
    journal.flush(minutes(2));
    assert_eq!(names(folder.path()).len(), 3, "what was released before a start counts no more");
    past.release(&waiting[1]);
    assert_eq!(past.waiting(), waiting[..1]);
    journal.flush(minutes(4));
    assert_eq!(names(folder.path()), ["2026-07-01.0001.jsonl", "2026-11-15.0001.jsonl"]);
    assert_eq!(journal.health().borrow().past_days, 1);
    past.release(&waiting[0]);
    journal.flush(minutes(6));
    assert_eq!(names(folder.path()), ["2026-11-15.0001.jsonl"]);
    // Another file under a name that was released once is another file.
    fs::write(folder.path().join("2026-07-01.0001.jsonl"), "{}\n").unwrap();
    journal.flush(minutes(8));
    journal.flush(minutes(10));
    assert_eq!(past.waiting().len(), 1);
    let health = journal.close(minutes(12));
    assert_eq!((health.shortened, health.alarm, health.past_days), (None, None, 1));
}

#[test]
fn the_room_that_the_log_may_take_is_kept_to_all_the_same_and_that_is_told() {
    let folder = old();
    let settings = Settings { total_bytes: 30, ..settings() };
    let mut journal = Journal::open(folder.path(), settings).unwrap();
    journal.flush(now());
    assert_eq!(names(folder.path())[0], "2026-11-15.0001.jsonl");
    let told = journal.close(now()).shortened.expect("an alarm").words;
    assert!(told.contains("2 files") && told.contains("looked through for what must be kept longer"), "{told}");
}

#[test]
fn a_file_is_read_line_by_line_in_either_form_and_one_that_went_meanwhile_has_none() {
    let folder = old();
    let mut journal = Journal::open(folder.path(), settings()).unwrap();
    journal.flush(now());
    let mut found = Vec::new();
    let waiting = journal.past_days().waiting();
    for file in &waiting {
        let mut lines = file.lines().unwrap().unwrap();
        while let Some(line) = lines.next_line().unwrap() {
            found.push(String::from_utf8(line.to_vec()).unwrap());
        }
    }
    assert_eq!(found, [r#"{"one":1}"#, r#"{"two":2}"#, r#"{"three":3}"#, r#"{"four":4}"#]);
    fs::remove_file(folder.path().join("2026-07-01.0001.jsonl")).unwrap();
    assert!(waiting[0].lines().unwrap().is_none());
    let packed = folder.path().join("2026-07-01.0002.jsonl.gz");
    let half = fs::read(&packed).unwrap()[..30].to_vec();
    fs::write(&packed, half).unwrap();
    let mut lines = waiting[1].lines().unwrap().unwrap();
    let fault = loop {
        match lines.next_line() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("half a packed file passes for a whole one"),
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_line_without_end_takes_no_memory_and_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let line = br#"{"kind":"request","subject":{"person":"p1"}}"#;
    let mut text = vec![b'x'; 40 * 1024 * 1024];
    text.push(b'\n');
    text.extend_from_slice(line);
    text.push(b'\n');
    fs::write(folder.path().join("2026-07-01.0001.jsonl"), &text).unwrap();
    let mut journal = Journal::open(folder.path(), settings()).unwrap();
    journal.flush(now());
    let mut lines = journal.past_days().waiting()[0].lines().unwrap().unwrap();
    let longest = lines.next_line().unwrap().unwrap().len();
    assert_eq!(longest, 0, "it is passed over");
    assert_eq!(lines.next_line().unwrap().and_then(person_of).as_deref(), Some("p1"));
    assert_eq!(lines.next_line().unwrap(), None);
}
