//! The journal on real disks: what is written, what survives, and what happens when nothing can be written.

#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;

use holdfast_activity::{
    drain::{self, Source},
    health::{Health, Losses},
    journal::{Gap, Journal, Line, LostIn, Settings},
    recent::{Limits, Recent},
};
use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    request::Visibility,
    subject::{PersonId, Subject},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::{
    fs::{self, File},
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

fn request(number: u64, outcome: Outcome, person: Option<&str>) -> Event {
    Event::Request(Box::new(RequestEvent {
        reference: format!("R{number}").into(),
        at_micros: noon().as_microsecond(),
        ruleset: "r1".into(),
        subject: Subject { person: person.map(PersonId::from), ..Subject::unknown() },
        client: Some("10.1.2.3".parse().unwrap()),
        listener: "main".into(),
        method: "GET".into(),
        scheme: "http".into(),
        host: Some("rivers.lesson.example".into()),
        port: 80,
        path: Some("/delta".into()),
        visibility: Visibility::Whole,
        outcome,
        status: 200,
        layer: "default".into(),
        rule: None,
        list: None,
        entry: None,
        category: None,
        strict: None,
        rewrites: Vec::new(),
        unopened: None,
        clauses: Vec::new(),
        words: "Open to you.".into(),
        bytes_up: 0,
        bytes_down: 512,
        duration_micros: 900,
        synthetic: false,
    }))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    files
}

fn lines(folder: &Path) -> Vec<Line> {
    files(folder)
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault} in {line}")))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn requests(lines: &[Line]) -> Vec<RequestEvent> {
    lines
        .iter()
        .filter_map(|line| match line {
            Line::Request(event) => Some((**event).clone()),
            Line::Lost(_) | Line::Removed(_) => None,
        })
        .collect()
}

fn gaps(lines: &[Line]) -> Vec<Gap> {
    lines.iter().filter_map(|line| if let Line::Lost(gap) = line { Some(*gap) } else { None }).collect()
}

#[test]
fn events_come_back_as_they_went_in_and_only_we_may_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("activity");
    let mut journal = Journal::open(&folder, Settings::default()).unwrap();
    let event = request(1, Outcome::Allowed, Some("p1"));
    journal.append(&event, noon());
    journal.flush(noon());
    let Event::Request(sent) = event else { unreachable!() };
    assert_eq!(requests(&lines(&folder)), [*sent]);
    let file = folder.join("2026-11-22.0001.jsonl");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(Journal::open(&folder, Settings::default()).unwrap_err().to_string().contains("Another Holdfast"));
}

#[test]
fn a_client_address_is_written_only_beside_a_person_who_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    journal.append(&request(1, Outcome::Allowed, None), noon());
    journal.append(&request(2, Outcome::Allowed, Some("p1")), noon());
    journal.close(noon());
    let clients: Vec<_> = requests(&lines(folder.path())).iter().map(|event| event.client.is_some()).collect();
    assert_eq!(clients, [false, true]);
}

#[test]
fn help_is_a_number_a_day_and_never_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    journal.append(&Event::Help, noon());
    let Event::Request(mut leaked) = request(1, Outcome::Allowed, Some("p1")) else { unreachable!() };
    leaked.layer = "help".into();
    journal.append(&Event::Request(leaked), noon());
    journal.close(noon());
    assert!(lines(folder.path()).is_empty());
    let counts = folder.path().join("help-counts.json");
    let text = fs::read_to_string(&counts).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), serde_json::json!({"2026-11-22": 2}));
    let changed = Timestamp::try_from(fs::metadata(&counts).unwrap().modified().unwrap()).unwrap();
    assert_eq!(changed.to_string(), "2026-11-22T00:00:00Z", "the file's time must not tell the time of a visit");

    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    journal.append(&Event::Help, noon());
    journal.close(noon());
    assert!(fs::read_to_string(&counts).unwrap().contains(": 3"));
}

#[test]
fn files_rotate_by_size_and_at_the_schools_midnight() {
    let folder = tempfile::tempdir().unwrap();
    let zone = TimeZone::get("Europe/London").unwrap();
    let settings = Settings { zone, file_bytes: 1_000, ..Settings::default() };
    let mut journal = Journal::open(folder.path(), settings).unwrap();
    for number in 0..6 {
        journal.append(&request(number, Outcome::Allowed, None), noon());
        journal.flush(noon());
    }
    // Half past eleven at night UTC in July is the next day in London.
    let summer: Timestamp = "2027-07-01T23:30:00Z".parse().unwrap();
    journal.append(&request(6, Outcome::Allowed, None), summer);
    journal.close(summer);
    let names: Vec<_> =
        files(folder.path()).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("2026-11-22.")).count(), 2);
    assert_eq!(names.last().unwrap(), "2027-07-02.0001.jsonl");
}

#[test]
fn the_oldest_files_go_first_and_only_as_the_settings_say() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { file_bytes: 1_000, total_bytes: 5_000, ..Settings::default() };
    let mut journal = Journal::open(folder.path(), settings).unwrap();
    for number in 0..40 {
        journal.append(&request(number, Outcome::Allowed, None), noon());
        journal.flush(noon());
    }
    journal.close(noon());
    let total: u64 = files(folder.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(total <= 6_000, "{total}");
    let kept: Vec<_> = requests(&lines(folder.path())).iter().map(|event| event.reference.to_string()).collect();
    let expected: Vec<_> = (40 - kept.len()..40).map(|number| format!("R{number}")).collect();
    assert_eq!(kept, expected);
}

#[test]
fn files_pushed_out_before_their_time_raise_the_alarm_and_leave_a_line_that_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { file_bytes: 1_000, total_bytes: 5_000, ..Settings::default() };
    let mut journal = Journal::open(folder.path(), settings).unwrap();
    let health = journal.health();
    let mut alarms = Vec::new();
    for number in 0..40 {
        journal.append(&request(number, Outcome::Allowed, None), after(1));
        journal.flush(after(1));
        alarms.extend(health.borrow().shortened.clone());
    }
    let state = journal.close(after(2));
    let removals: Vec<_> = lines(folder.path())
        .into_iter()
        .filter_map(|line| if let Line::Removed(removal) = line { Some(removal) } else { None })
        .collect();
    let last = removals.last().expect("a line that says which files were removed");
    assert_eq!(last.files[0].name, format!("2026-11-22.{:04}.jsonl", last.files_since_start));
    assert!(last.files.iter().all(|file| file.lines.is_some_and(|lines| lines >= 1) && file.bytes >= 1_000));
    assert!(last.files_since_start > removals.len() as u64, "the later lines count what took the earlier ones");
    assert_eq!(alarms[0].since, after(1));
    let alarm = state.shortened.expect("an alarm");
    assert_eq!((alarm.since, state.alarm), (after(1), None));
    for said in ["full before its time", "90 days", "Look at who asks for so much", "`megabytes`", &last.files[0].name]
    {
        assert!(alarm.words.contains(said), "lacks “{said}”: {}", alarm.words);
    }
}

#[test]
fn a_text_longer_than_a_line_should_have_is_cut_and_the_line_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    let Event::Request(mut long) = request(1, Outcome::Blocked, Some("p1")) else { unreachable!() };
    long.path = Some("é".repeat(64 * 1024).into());
    long.clauses = vec!["c".into(); 5_000];
    journal.append(&Event::Request(long), noon());
    journal.close(noon());
    let written = requests(&lines(folder.path()));
    let path = written[0].path.as_deref().unwrap();
    assert_eq!((path.len(), path.ends_with("é…"), written[0].clauses.len()), (8 * 1024 + 3, true, 64));
    assert!(written[0].client.is_some(), "a cut line keeps the rest");
}

#[test]
fn a_log_held_up_by_its_disk_can_be_told_from_one_with_nothing_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    assert_eq!(journal.health().borrow().stands_still(after(3_600)), None, "not begun is not held up");
    journal.flush(after(5));
    let health = journal.health().borrow().clone();
    assert_eq!(health.last_flush, Some(after(5)));
    assert_eq!(health.stands_still(after(35)), None);
    assert_eq!(health.stands_still(after(65)), Some(SignedDuration::from_mins(1)));
}

#[test]
fn half_a_line_left_by_a_crash_is_cut_off_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    journal.append(&request(1, Outcome::Allowed, None), noon());
    journal.close(noon());
    let file = folder.path().join("2026-11-22.0001.jsonl");
    let whole = fs::read(&file).unwrap();
    let mut torn = File::options().append(true).open(&file).unwrap();
    torn.write_all(br#"{"kind":"request","reference":"#).unwrap();
    torn.write_all(&vec![b'x'; 200_000]).unwrap();
    let nothing_whole = folder.path().join("2026-11-22.0002.jsonl");
    fs::write(&nothing_whole, b"{\"kind\":").unwrap();

    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    assert_eq!(fs::read(&file).unwrap(), whole);
    assert_eq!(fs::read(&nothing_whole).unwrap(), b"");
    journal.append(&request(2, Outcome::Allowed, None), noon());
    journal.close(noon());
    assert_eq!(requests(&lines(folder.path())).len(), 2);
}

#[test]
fn a_file_deleted_while_it_is_written_is_followed_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    journal.append(&request(1, Outcome::Allowed, None), noon());
    journal.flush(noon());
    fs::remove_file(folder.path().join("2026-11-22.0001.jsonl")).unwrap();
    journal.append(&request(2, Outcome::Allowed, None), noon());
    journal.flush(noon());
    assert_eq!(requests(&lines(folder.path())).len(), 1);
}

/// A file system of its own, unmounted when dropped.
struct TinyDisk(PathBuf);

impl TinyDisk {
    /// `None` where this user may not mount.
    fn mount(at: &Path, size: &str) -> Option<Self> {
        let options = format!("size={size},mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

#[test]
fn a_full_disk_raises_the_alarm_counts_the_loss_and_recovers() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = TinyDisk::mount(place.path(), "256k") else {
        crate::skipped::because("this user may not mount a small disk; the file size limit is tested instead");
        return;
    };
    let ballast = place.path().join("ballast");
    fs::write(&ballast, vec![0_u8; 128 * 1024]).unwrap();
    let folder = place.path().join("activity");
    let settings = Settings { waiting_bytes: 64 * 1024, ..Settings::default() };
    let mut journal = Journal::open(&folder, settings).unwrap();
    let health = journal.health();
    let mut sent = 0_u64;
    // Fills the disk, then the memory for waiting lines, then loses.
    while health.borrow().lost_on_disk.allowed < 100 {
        journal.append(&request(sent, Outcome::Allowed, None), after(1));
        sent += 1;
        if sent.is_multiple_of(20) {
            journal.flush(after(1));
        }
        assert!(sent < 10_000, "{:?}", health.borrow());
    }
    // The reserved lane still has room.
    let before = health.borrow().lost_on_disk;
    journal.append(&request(sent, Outcome::Blocked, None), after(2));
    sent += 1;
    journal.flush(after(2));
    let state = health.borrow().clone();
    assert_eq!(state.lost_on_disk, before);
    let alarm = state.alarm.expect("an alarm");
    assert!(alarm.words.starts_with("The disk that holds the activity log is full."), "{}", alarm.words);
    assert_eq!(alarm.since, after(1));
    assert!(state.waiting_bytes > 0);

    fs::remove_file(&ballast).unwrap();
    journal.flush(after(60));
    let state = journal.close(after(60));
    assert_eq!(state.alarm, None);
    assert_eq!(state.waiting_bytes, 0);
    let lines = lines(&folder);
    let written = requests(&lines);
    assert_eq!(written.len() as u64 + state.lost().total(), sent);
    assert_eq!(written.iter().filter(|event| event.outcome == Outcome::Blocked).count(), 1);
    let gap = Gap {
        lost_in: LostIn::Disk,
        from_micros: after(1).as_microsecond(),
        until_micros: after(60).as_microsecond(),
        losses: state.lost_on_disk,
    };
    assert_eq!(gaps(&lines), [gap]);
    drop(disk);
}

/// Every user can have a disk that refuses: a process whose files may not grow beyond a limit.
#[test]
fn a_file_that_may_not_grow_raises_the_alarm_and_the_next_day_recovers() {
    const CHILD: &str = "HOLDFAST_TEST_FILE_LIMIT_FOLDER";
    let Some(folder) = std::env::var_os(CHILD) else {
        let folder = tempfile::tempdir().unwrap();
        let program = std::env::current_exe().unwrap();
        let output = Command::new("bash")
            .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact --nocapture \"$1\""])
            .arg(program)
            .arg("a_file_that_may_not_grow_raises_the_alarm_and_the_next_day_recovers")
            .env(CHILD, folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    };
    let folder = Path::new(&folder);
    let settings = Settings { waiting_bytes: 32 * 1024, ..Settings::default() };
    let mut journal = Journal::open(folder, settings).unwrap();
    let mut sent = 0_u64;
    while journal.health().borrow().lost_on_disk.is_none() {
        journal.append(&request(sent, Outcome::Allowed, Some("p1")), noon());
        sent += 1;
        if sent.is_multiple_of(10) {
            journal.flush(noon());
        }
        assert!(sent < 10_000);
    }
    journal.flush(noon());
    let words = journal.health().borrow().alarm.clone().expect("an alarm").words;
    assert!(words.contains("has reached the size"), "{words}");
    let tomorrow = after(24 * 60 * 60);
    let state = journal.close(tomorrow);
    assert_eq!(state.alarm, None);
    // No line is torn although the limit fell into the middle of one.
    let lines = lines(folder);
    assert_eq!(requests(&lines).len() as u64 + state.lost().total(), sent);
    assert_eq!(gaps(&lines).len(), 1);
}

/// Names and lines of every file, oldest first, packed or not.
fn all_lines(folder: &Path) -> Vec<(String, Vec<Line>)> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".jsonl"))
        .collect();
    names.sort();
    let read = |name: &String| {
        let mut text = String::new();
        let mut file = File::open(folder.join(name)).unwrap();
        if name.strip_suffix(".gz").is_some() {
            flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        } else {
            file.read_to_string(&mut text).unwrap();
        }
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

fn references(files: &[(String, Vec<Line>)]) -> Vec<String> {
    files.iter().flat_map(|(_, lines)| requests(lines)).map(|event| event.reference.to_string()).collect()
}

/// A journal of forty events in files of two or three lines, all full ones packed.
fn packed_journal(folder: &Path, settings: Settings) -> Journal {
    let settings = Settings { file_bytes: 1_000, pack_after: Duration::ZERO, ..settings };
    let mut journal = Journal::open(folder, settings).unwrap();
    for number in 0..40 {
        journal.append(&request(number, Outcome::Allowed, None), Timestamp::now());
        journal.flush(Timestamp::now());
    }
    let patience = Instant::now();
    while files(folder).len() > 1 {
        assert!(patience.elapsed() < Duration::from_secs(20), "not packed: {:?}", files(folder));
        std::thread::sleep(Duration::from_millis(5));
        journal.flush(Timestamp::now());
    }
    journal
}

#[test]
fn full_files_are_packed_and_nothing_is_lost_or_out_of_order() {
    let folder = tempfile::tempdir().unwrap();
    let journal = packed_journal(folder.path(), Settings::default());
    let found = all_lines(folder.path());
    assert!(found.len() > 10 && found.iter().rev().skip(1).all(|(name, _)| name.ends_with(".jsonl.gz")), "{found:?}");
    assert_eq!(references(&found), (0..40).map(|number| format!("R{number}")).collect::<Vec<_>>());
    let bytes: u64 =
        found.iter().map(|(name, _)| fs::metadata(folder.path().join(name)).unwrap()).map(|about| about.len()).sum();
    let health = journal.close(Timestamp::now());
    assert_eq!((health.files, health.disk_bytes), (found.len(), bytes), "packed files are counted as they are");
    let mode = fs::metadata(folder.path().join(&found[0].0)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_cannot_be_packed_is_told_and_does_not_keep_others_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { file_bytes: 1_000, pack_after: Duration::ZERO, ..Settings::default() };
    let mut journal = Journal::open(folder.path(), settings).unwrap();
    let health = journal.health();
    journal.append(&request(0, Outcome::Allowed, None), Timestamp::now());
    journal.flush(Timestamp::now());
    let first = all_lines(folder.path()).remove(0).0;
    // What stands in the packer's way is not ours, so it is not removed.
    let in_the_way = folder.path().join(format!("{first}.gz.new"));
    fs::create_dir(&in_the_way).unwrap();
    let mut now = Timestamp::now();
    let patience = Instant::now();
    for number in 1.. {
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let packed = names.filter(|path| path.extension().is_some_and(|ending| ending == "gz")).count();
        if packed > 1 && health.borrow().unpacked.is_some() {
            break;
        }
        assert!(patience.elapsed() < Duration::from_secs(20), "not packed: {:?}", files(folder.path()));
        journal.append(&request(number, Outcome::Allowed, None), now);
        std::thread::sleep(Duration::from_millis(5));
        now += Duration::from_secs(61);
        journal.flush(now);
    }
    let words = health.borrow().unpacked.clone().unwrap().words;
    assert!(
        words.starts_with(&format!(
            "1 full file of the activity log could not be packed, the last that was tried being {first}"
        )),
        "{words}"
    );
    assert!(folder.path().join(&first).exists(), "it stays as it is");

    fs::remove_dir(&in_the_way).unwrap();
    while health.borrow().unpacked.is_some() {
        assert!(patience.elapsed() < Duration::from_secs(40), "not tried again: {:?}", files(folder.path()));
        std::thread::sleep(Duration::from_millis(5));
        now += Duration::from_secs(3_601);
        journal.flush(now);
    }
    assert!(!folder.path().join(&first).exists());
}

#[test]
fn packed_files_go_oldest_first_and_are_told_with_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    packed_journal(folder.path(), Settings::default()).close(Timestamp::now());
    let before = all_lines(folder.path());
    let total_bytes = 3_000;
    let mut journal = Journal::open(folder.path(), Settings { total_bytes, ..Settings::default() }).unwrap();
    journal.append(&request(40, Outcome::Allowed, None), Timestamp::now());
    journal.close(Timestamp::now());
    let after = all_lines(folder.path());
    let removal = after.iter().flat_map(|(_, lines)| lines).find_map(|line| match line {
        Line::Removed(removal) => Some(removal),
        _ => None,
    });
    let removed = &removal.expect("a line that says which files were removed").files;
    assert!(removed.len() > 1 && removed.len() < before.len());
    for (file, (name, lines)) in removed.iter().zip(&before) {
        assert_eq!((&file.name, file.lines), (name, Some(lines.len() as u64)), "oldest first, with their lines");
    }
    assert_eq!(
        references(&after),
        (0..41).map(|number| format!("R{number}")).collect::<Vec<_>>()[41 - references(&after).len()..]
    );
}

#[test]
fn what_a_crash_leaves_of_packing_is_tidied_and_no_line_is_twice_or_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    journal.append(&request(1, Outcome::Allowed, None), noon());
    journal.close(noon());
    // Killed before the packed file was in place, and after it but before the plain one was gone.
    let line = fs::read(path("2026-11-22.0001.jsonl")).unwrap();
    fs::write(path("2026-11-22.0001.jsonl.gz.new"), b"half").unwrap();
    let packed = File::create(path("2026-11-22.0002.jsonl.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    packed.write_all(&line).unwrap();
    packed.finish().unwrap();
    fs::write(path("2026-11-22.0002.jsonl"), &line).unwrap();

    let mut journal = Journal::open(folder.path(), Settings::default()).unwrap();
    journal.append(&request(3, Outcome::Allowed, None), noon());
    journal.close(noon());
    let names: Vec<_> = all_lines(folder.path()).into_iter().map(|(name, lines)| (name, lines.len())).collect();
    let expected = ["2026-11-22.0001.jsonl", "2026-11-22.0002.jsonl.gz", "2026-11-22.0003.jsonl"];
    assert_eq!(names, expected.map(|name| (name.to_owned(), 1)));
}

struct Channel(mpsc::Receiver<Event>);

impl Source for Channel {
    async fn next_batch(&mut self, batch: &mut Vec<Event>) -> bool {
        self.0.recv_many(batch, 100).await > 0
    }
}

#[tokio::test]
async fn the_drain_empties_the_channel_and_writes_within_the_flush_time() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), Settings::default()).unwrap();
    let recent = Arc::new(Recent::new(Limits::default()));
    let (to_log, from_gate) = mpsc::channel(64);
    let lost = Arc::new(|| Losses { allowed: 7, ..Losses::default() });
    let thread = drain::start(Channel(from_gate), journal, Arc::clone(&recent), lost).unwrap();
    for number in 0..500 {
        to_log.send(request(number, Outcome::Allowed, None)).await.unwrap();
    }
    to_log.send(request(500, Outcome::Blocked, None)).await.unwrap();
    let patience = Instant::now();
    while requests(&lines(folder.path())).len() < 501 {
        assert!(patience.elapsed() < Duration::from_secs(20), "nothing was written");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(to_log);
    let state: Health = tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
    assert_eq!(state.lost_in_channel, Losses { allowed: 7, ..Losses::default() });
    assert_eq!(state.stands_still(Timestamp::now()), None);
    assert!(state.last_flush.is_some(), "the drain tells that it is not held up");
    let gaps = gaps(&lines(folder.path()));
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].lost_in, gaps[0].losses.allowed), (LostIn::Channel, 7));
    assert_eq!(recent.counts().allowed, 500);
}
