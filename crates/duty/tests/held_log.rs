//! The gate's log and holds, from the journal through the clock to the records and back, on a clock that the test moves.

use holdfast_activity::journal::{DayFile, Journal, Settings as JournalSettings};
use holdfast_duty::{
    data_folder::DataFolder,
    held_log::{self, Done, Settings, Trouble},
    retention,
};
use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty, Purpose},
    audit::Question,
    file::{HoldReason, Words},
    id,
    people::{FirstDuty, FirstPerson, GatePlace, Kind, NewPerson, SetUp, StaffKind},
    store::{Clock, Place},
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{ConnectOptions as _, Connection as _};
use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::{Mutex, watch};

/// One test measures memory.
static ALONE: Mutex<()> = Mutex::const_new(());
const CANARY: &str = "canary-visited.example";
const PASSWORD: &str = "a heron on the weir";

fn words(text: &str) -> Words {
    Words::new(text).unwrap()
}

/// A school with a pupil whom the gate knows as `p-ann`, its log, and hands to move its clock.
struct School {
    folder: TempDir,
    place: Place,
    hands: Arc<AtomicI64>,
    records: Records,
    lead: Session,
    technician: Session,
    head: id::Person,
    pupil: id::Person,
    settings: Settings,
}

impl School {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
        let start: Timestamp = "2026-06-09T08:00:00Z".parse().unwrap();
        let hands = Arc::new(AtomicI64::new(start.as_microsecond()));
        let ours = Arc::clone(&hands);
        let clock = Clock::new(move || Timestamp::from_microsecond(ours.load(Ordering::SeqCst)).unwrap());
        let records = Records::open(&place, clock).await.unwrap();
        let people = [
            ("Hilda Marsh", Duty::Head),
            ("Lena Frost", Duty::DesignatedLead),
            ("Cora Reed", Duty::Chair),
            ("Tess Lowe", Duty::TrustLead),
            ("Theo Byte", Duty::Technician),
        ];
        let people = people.map(|(name, duty)| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, name),
            duties: vec![FirstDuty { duty, is_deputy: false }],
            sign_in_name: (duty == Duty::DesignatedLead).then(|| "lead".to_owned()),
            is_custodian: duty != Duty::Technician,
        });
        let set_up = SetUp {
            code: "held".to_owned(),
            name: "Held School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: people.into(),
        };
        let done = records.set_up(set_up).await.unwrap();
        let one_time = done.people[1].passphrase.as_ref().unwrap();
        let lead = records.choose_password("held", "lead", one_time, PASSWORD).await.unwrap();
        let technician = Session { school: done.school, actor: Actor::Person(done.people[4].person), unlocked: None };
        let gate = GatePlace { code: Some("p-ann".to_owned()), ..GatePlace::default() };
        let pupil = NewPerson { gate, ..NewPerson::new(Kind::Pupil, "Zoe Birch") };
        let pupil = records.add_person(&lead, pupil).await.unwrap();
        let data = DataFolder::open(&place.data).unwrap();
        let settings = Settings { school: None, folder: data, patience: Duration::ZERO };
        Self { folder, place, hands, records, lead, technician, head: done.people[0].person, pupil, settings }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.hands.load(Ordering::SeqCst)).unwrap()
    }

    fn days_pass(&self, days: i64) {
        self.hands.fetch_add(days * 24 * 60 * 60 * 1_000_000, Ordering::SeqCst);
    }

    fn log(&self) -> PathBuf {
        self.place.data.join("activity")
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.log(), JournalSettings::default()).unwrap()
    }

    /// A file of the log of today, with one line about Ann among others.
    fn write_day(&self) {
        let day = self.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut file = File::create(self.log().join(format!("{day}.0001.jsonl"))).unwrap();
        for (person, host) in [("p-ben", "rivers.example"), ("p-ann", CANARY), ("p-ben", "hills.example")] {
            writeln!(file, "{}", line(person, host)).unwrap();
        }
    }

    async fn kept(&self, hold: id::Hold) -> Result<Vec<String>, Fault> {
        let days = self.records.read_held_log(&self.lead, hold, Purpose::Concern, None).await?.days;
        let mut lines = Vec::new();
        for day in days {
            let log = self.records.read_held_log(&self.lead, hold, Purpose::Concern, Some(day)).await?;
            lines.extend(log.lines.iter().map(|line| line.to_string()));
        }
        Ok(lines)
    }

    /// The files in the data folder and beside it that hold the canary in the clear.
    fn with_canary(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        find(self.folder.path(), &mut found);
        found
    }
}

fn line(person: &str, host: &str) -> String {
    format!(r#"{{"kind":"request","reference":"7Q4K","subject":{{"person":"{person}"}},"host":"{host}"}}"#)
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            find(&entry.path(), found);
        } else if fs::read(entry.path()).unwrap().windows(CANARY.len()).any(|bytes| bytes == CANARY.as_bytes()) {
            found.push(entry.path());
        }
    }
}

#[tokio::test]
async fn a_hold_outlives_the_day_file_and_the_lines_go_with_the_hold() {
    let _alone = ALONE.lock().await;
    let school = School::new().await;
    let mut journal = school.journal();
    school.write_day();
    let (records, lead) = (&school.records, &school.lead);
    let hold = records.place_hold(lead, school.pupil, HoldReason::Police, &words("a letter")).await.unwrap();
    journal.flush(school.now());
    held_log::run(records, &journal.past_days(), &school.settings, &mut Done::default()).await.unwrap();
    assert_eq!(school.kept(hold).await.unwrap(), [""; 0], "its days are not over, so the log itself has it");
    assert_eq!(school.with_canary().len(), 1);

    school.days_pass(91);
    journal.flush(school.now());
    let past = journal.past_days();
    assert_eq!(past.waiting().len(), 1);
    // Broken off before the file was let go, and begun anew after a start.
    held_log::run(records, &past, &school.settings, &mut Done::default()).await.unwrap();
    drop((journal, past));
    let mut journal = school.journal();
    journal.flush(school.now());
    assert_eq!(journal.past_days().waiting().len(), 1);
    held_log::run(records, &journal.past_days(), &school.settings, &mut Done::default()).await.unwrap();
    journal.flush(school.now() + SignedDuration::from_mins(2));
    assert_eq!(journal.past_days().waiting(), []);
    assert!(fs::read_dir(school.log()).unwrap().flatten().all(|entry| entry.path().extension().is_none()), "it went");
    assert_eq!(school.kept(hold).await.unwrap(), [line("p-ann", CANARY)], "once, and nobody else's");
    let theirs = records.read_held_log(&school.technician, hold, Purpose::Concern, None).await;
    assert_eq!(theirs.err(), Some(Fault::NotFound));
    assert_eq!(school.with_canary(), [""; 0].map(PathBuf::from), "in the clear on the disk");

    records.lift_hold(lead, hold, &words("they are done")).await.unwrap();
    retention::run(records, &school.place).await.unwrap();
    assert_eq!(school.kept(hold).await.err(), Some(Fault::NotFound));
    records.close().await;
}

#[tokio::test]
async fn nothing_goes_while_the_records_are_away_or_a_file_cannot_be_read_and_that_is_told() {
    let _alone = ALONE.lock().await;
    let school = School::new().await;
    let mut journal = school.journal();
    school.write_day();
    fs::write(school.log().join("2026-06-01.0001.jsonl.gz"), b"\x1f\x8b\x08\0 half a packed file").unwrap();
    school.days_pass(100);
    journal.flush(school.now());
    let past = journal.past_days();
    let (share, records) = watch::channel(None);
    let (task, mut alarm) = held_log::start(records, past.clone(), school.settings.clone());
    let told = alarm.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    assert!(told.words.contains("2 files") && told.words.contains("records’ store is away"), "{}", told.words);
    assert_eq!(past.waiting().len(), 2);
    share.send_replace(Some(school.records.clone()));
    let told = alarm.wait_for(|alarm| alarm.as_ref().is_some_and(|alarm| alarm.words.contains("1 file"))).await;
    let told = told.unwrap().clone().unwrap();
    assert!(told.words.contains("2026-06-01.0001 cannot be read to its end"), "{}", told.words);
    fs::remove_file(school.log().join("2026-06-01.0001.jsonl.gz")).unwrap();
    fs::write(school.log().join("2026-06-02.0001.jsonl"), "{}\n").unwrap();
    journal.flush(school.now() + SignedDuration::from_mins(2));
    assert!(alarm.wait_for(Option::is_none).await.is_ok(), "the file that came wakes it, and the alarm ends");
    task.abort();

    // A store in whose place somebody put an empty one lets nothing go.
    fs::create_dir_all(school.place.data.join("published")).unwrap();
    fs::write(school.place.data.join("published/policy.toml"), "").unwrap();
    let settings = Settings { school: Some("another".to_owned()), ..school.settings.clone() };
    assert!(matches!(
        held_log::run(&school.records, &past, &settings, &mut Done::default()).await,
        Err(Trouble::Records(_))
    ));
    school.records.close().await;
}

/// Packs nothing by itself, so that the files stay as the test puts them.
fn unpacked() -> JournalSettings {
    JournalSettings { pack_after: Duration::from_hours(1_000_000), ..JournalSettings::default() }
}

/// How many entries the clock left for what it looked through.
async fn looked_through(school: &School) -> usize {
    let head = Session { actor: Actor::Person(school.head), ..school.lead.clone() };
    let question = Question { most: 200, ..Question::default() };
    let page = school.records.read_audit(&head, &question).await.unwrap();
    page.entries.iter().filter(|entry| entry.act == "log-expired").count()
}

#[tokio::test]
async fn one_bad_hold_keeps_its_file_and_no_other_and_leaves_no_entry_at_each_try() {
    let _alone = ALONE.lock().await;
    let school = School::new().await;
    let mut journal = Journal::open(&school.log(), unpacked()).unwrap();
    let (records, lead) = (&school.records, &school.lead);
    let hold = records.place_hold(lead, school.pupil, HoldReason::Police, &words("a letter")).await.unwrap();
    let gate = GatePlace { code: Some("p-bad".to_owned()), ..GatePlace::default() };
    let other = records.add_person(lead, NewPerson { gate, ..NewPerson::new(Kind::Pupil, "Ivo Ash") }).await.unwrap();
    let planted = id::Hold::new(school.now()).unwrap();
    let store = sqlx::sqlite::SqliteConnectOptions::new().filename(school.place.embedded_file());
    let mut store = store.connect().await.unwrap();
    sqlx::query(
        "INSERT INTO hold (id, school, person, reason, compartment, placed_at) \
         SELECT $1, school, $2, reason, compartment, 1 FROM hold WHERE id = $3",
    )
    .bind(planted.to_string())
    .bind(other.to_string())
    .bind(hold.to_string())
    .execute(&mut store)
    .await
    .unwrap();
    store.close().await.unwrap();
    fs::write(
        school.log().join("2026-01-01.0001.jsonl"),
        line("p-bad", CANARY) + "\n" + &line("p-ann", "first") + "\n",
    )
    .unwrap();
    fs::write(school.log().join("2026-01-02.0001.jsonl"), line("p-ann", "second") + "\n").unwrap();
    journal.flush(school.now());
    let (past, mut done) = (journal.past_days(), Done::default());
    for _ in 0..3 {
        let trouble = held_log::run(records, &past, &school.settings, &mut done).await;
        assert!(matches!(trouble, Err(Trouble::Records(Fault::Damaged(_)))), "{trouble:?}");
    }
    let waiting: Vec<String> = past.waiting().iter().map(DayFile::name).collect();
    assert_eq!(waiting, ["2026-01-01.0001"]);
    assert_eq!(school.kept(hold).await.unwrap(), [line("p-ann", "first"), line("p-ann", "second")]);
    assert_eq!(looked_through(&school).await, 2, "one for each stretch, however often it is tried");
    records.close().await;
}

#[tokio::test]
async fn a_hold_that_is_placed_while_a_file_is_read_has_its_lines_too() {
    let _alone = ALONE.lock().await;
    let school = School::new().await;
    let mut journal = Journal::open(&school.log(), unpacked()).unwrap();
    let (file, aside) = (school.log().join("2026-01-01.0001.jsonl"), school.folder.path().join("aside"));
    fs::write(&file, line("p-ann", CANARY) + "\n").unwrap();
    journal.flush(school.now());
    let past = journal.past_days();
    // A pipe in the file's place: whoever opens it to read waits for us.
    fs::rename(&file, &aside).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    let place = async {
        let pipe = file.clone();
        let pipe = tokio::task::spawn_blocking(move || File::options().write(true).open(pipe).unwrap()).await.unwrap();
        let why = words("an order");
        let hold = school.records.place_hold(&school.lead, school.pupil, HoldReason::Court, &why).await.unwrap();
        fs::rename(&aside, &file).unwrap();
        drop(pipe);
        hold
    };
    let mut done = Done::default();
    let (run, hold) = tokio::join!(held_log::run(&school.records, &past, &school.settings, &mut done), place);
    run.unwrap();
    assert_eq!(past.waiting(), []);
    assert_eq!(school.kept(hold).await.unwrap(), [line("p-ann", CANARY)]);
    school.records.close().await;
}

#[tokio::test]
async fn a_large_day_file_is_read_in_pieces() {
    let _alone = ALONE.lock().await;
    let school = School::new().await;
    let mut journal = school.journal();
    let hold =
        school.records.place_hold(&school.lead, school.pupil, HoldReason::Court, &words("an order")).await.unwrap();
    let mut file = BufWriter::new(File::create(school.log().join("2026-01-01.0001.jsonl")).unwrap());
    let (padding, mut bytes, mut theirs) = ("x".repeat(400), 0, 0);
    for number in 0_u32.. {
        let person = if number.is_multiple_of(500) { "p-ann" } else { "p-ben" };
        theirs += usize::from(person == "p-ann");
        let line = line(person, &format!("n{number}.{padding}"));
        bytes += line.len() + 1;
        writeln!(file, "{line}").unwrap();
        if bytes >= 64 * 1024 * 1024 {
            break;
        }
    }
    file.flush().unwrap();
    journal.flush(school.now());
    let before = resident("VmRSS:");
    // What was the most so far is forgotten (proc(5)).
    fs::write("/proc/self/clear_refs", "5").unwrap();
    held_log::run(&school.records, &journal.past_days(), &school.settings, &mut Done::default()).await.unwrap();
    let most = resident("VmHWM:");
    assert!(most.saturating_sub(before) < 24 * 1024, "{before} kB before, {most} kB at most");
    let kept = school.kept(hold).await.unwrap();
    assert_eq!(kept.len(), theirs);
    assert!(kept.iter().all(|line| line.contains("p-ann")));
    school.records.close().await;
}

/// Kilobytes of our memory.
fn resident(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
