//! From the store to what is in force, on both engines: within a second of a change, and while the store is away.

#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;

#[expect(dead_code, reason = "the tests of the records use all of it")]
#[path = "../../records/tests/records/postgres.rs"]
mod postgres;

use holdfast_core::{identity::IdentityTable, ruleset::Ruleset};
use holdfast_duty::{compile::compile_and_use, data_folder::DataFolder, keeper::Keeper, publisher::Publisher};
use holdfast_records::{
    Records, Session,
    access::Duty,
    gate::NewLesson,
    people::{FirstDuty, FirstPerson, GatePlace, Kind, NewPerson, Part, SetUp, StaffKind},
    store::{Clock, Place},
};
use jiff::{Timestamp, ToSpan as _};
use postgres::Postgres;
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::sync::watch;

const POLICY: &str = r#"
# Kept through every change.
version = 3
title = "T"
author = "a"
reason = "r"
review_by = "2099-01-01"
time_zone = "Europe/London"
[[group]]
code = "oak"
purpose = "Pupils."
band = "older"
[group.judging]
default = "block"
[unknown]
default = "block"
"#;
const PEOPLE: &str = r#"
version = 1
school = "Before"
[[person]]
id = "only-in-the-document"
group = "oak"
[[listener]]
name = "library"
group = "oak"
"#;
const PASSWORD: &str = "a heron on the weir";
/// Longer than anything may take on a busy computer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A gate's keeper at its rounds, as the program has it, and the publisher beside it.
struct Running {
    ruleset: watch::Receiver<Arc<Ruleset>>,
    identity: watch::Receiver<Arc<IdentityTable>>,
    publisher: Publisher,
    is_over: Arc<AtomicBool>,
    rounds: thread::JoinHandle<()>,
}

impl Running {
    fn start(place: &Place) -> Self {
        let folder = DataFolder::open(&place.data).expect("a folder");
        let publisher = Publisher::start(place.clone(), clock(), None, folder.clone());
        let mut keeper = Keeper::start(folder, publisher.publications());
        let (ruleset, identity) = (keeper.ruleset(), keeper.identity());
        let is_over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&is_over);
        let rounds = thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(300));
                keeper.look();
            }
        });
        Self { ruleset, identity, publisher, is_over, rounds }
    }

    async fn stop(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.rounds.join().expect("the rounds end");
        self.publisher.stop().await;
    }

    /// How long it takes until a version of the policy is in force.
    async fn until_version(&mut self, version: i64) -> Duration {
        let started = Instant::now();
        let version = u64::try_from(version).expect("a number");
        let in_force = self.ruleset.wait_for(|ruleset| ruleset.source().version == version);
        tokio::time::timeout(PATIENCE, in_force).await.expect("it comes into force").expect("the keeper runs");
        started.elapsed()
    }

    async fn until_known(&mut self, code: &str, is_known: bool) {
        let known = |table: &Arc<IdentityTable>| table.people.keys().any(|id| id.as_str() == code) == is_known;
        let known = self.identity.wait_for(known);
        tokio::time::timeout(PATIENCE, known).await.expect("it comes into force").expect("the keeper runs");
    }

    async fn until_alarm(&self, is_one: bool) {
        let mut alarm = self.publisher.alarm();
        let changed = alarm.wait_for(|alarm| alarm.is_some() == is_one);
        tokio::time::timeout(PATIENCE, changed).await.expect("it is told").expect("the publisher runs");
    }
}

fn clock() -> Clock {
    Clock::new(Timestamp::now)
}

fn first(name: &str, duty: Duty, code: &str, sign_in: Option<&str>) -> FirstPerson {
    let gate = GatePlace { code: Some(code.to_owned()), ..GatePlace::default() };
    FirstPerson {
        person: NewPerson { gate, ..NewPerson::staff(StaffKind::Employed, name) },
        duties: vec![FirstDuty { duty, is_deputy: false }],
        sign_in_name: sign_in.map(str::to_owned),
        is_custodian: true,
    }
}

/// A school with a head, who is the answer, and a teacher with a class.
async fn set_up(records: &Records) -> (Session, Session) {
    let people = vec![
        first("Hal Head", Duty::Head, "s-1", Some("head")),
        // The lead is the head's deputy too: three different people hear about adults.
        FirstPerson {
            duties: vec![
                FirstDuty { duty: Duty::DesignatedLead, is_deputy: false },
                FirstDuty { duty: Duty::Head, is_deputy: true },
            ],
            ..first("Lea Lead", Duty::DesignatedLead, "s-2", Some("lead"))
        },
        first("Chris Chair", Duty::Chair, "s-3", Some("chair")),
        FirstPerson { is_custodian: false, ..first("Theo Teacher", Duty::Teacher, "s-4", Some("theo")) },
    ];
    let (code, zone) = ("school".to_owned(), "Europe/London".to_owned());
    let set_up = SetUp { code, name: "Otter School".to_owned(), time_zone: zone, trust: None, people };
    let done = records.set_up(set_up).await.expect("it is set up");
    let (head, theo) = (done.people[0].passphrase.clone(), done.people[3].passphrase.clone());
    let head = records.choose_password("school", "head", &head.expect("an account"), PASSWORD).await.expect("chosen");
    let theos = records.choose_password("school", "theo", &theo.expect("an account"), PASSWORD).await.expect("chosen");
    records.add_class(&head, "5b", "5B").await.expect("added");
    records.join_class(&head, "5b", done.people[3].person, Part::Teaches).await.expect("joined");
    (head, theos)
}

fn data(folder: &Path) -> Place {
    let data = folder.join("data");
    fs::create_dir_all(&data).expect("a folder");
    fs::write(data.join("policy.toml"), POLICY).expect("a file");
    fs::write(data.join("people.toml"), PEOPLE).expect("a file");
    compile_and_use(&data).expect("the starter lists compile");
    Place { data, database: None, secrets: folder.join("secrets") }
}

fn rule(code: &str) -> String {
    format!(
        "\n[[rule]]\ncode = \"{code}\"\naction = \"block\"\neveryone = true\nhosts = [\"{code}.example\"]\nauthor = \"a\"\nreason = \"r\"\n"
    )
}

async fn change(records: &Records, head: &Session, code: &str) -> i64 {
    let text = records.policy_version(head, None).await.expect("it is there").text + &rule(code);
    records.change_policy(head, &text, "A test").await.expect("accepted").number
}

async fn from_documents_to_the_store(place: Place, away_and_back: impl AsyncFnOnce(&mut Running)) {
    let mut running = Running::start(&place);
    assert_eq!(running.ruleset.borrow().source().version, 3, "the documents hold");
    running.until_known("only-in-the-document", true).await;

    let records = Records::open(&place, clock()).await.expect("the store opens");
    let (head, theo) = set_up(&records).await;
    // Nothing is lost: the same version, its comments, and who was known.
    let taken = async {
        loop {
            if let Ok(version) = records.policy_version(&head, None).await {
                return version;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let taken = tokio::time::timeout(PATIENCE, taken).await.expect("the documents are taken in");
    assert_eq!((taken.number, taken.kind.as_str(), taken.text.as_str()), (3, "documents", POLICY));
    running.until_known("only-in-the-document", true).await;
    assert!(running.identity.borrow().listeners.contains_key("library"));

    let mut fastest = PATIENCE;
    for round in 0..4 {
        let number = change(&records, &head, &format!("round{round}")).await;
        fastest = fastest.min(running.until_version(number).await);
    }
    println!("a change was in force after {fastest:?}");
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");

    // People: who comes, and whose group the policy does not have.
    let gate = |code: &str, group: &str| GatePlace {
        code: Some(code.to_owned()),
        group: Some(group.to_owned()),
        ..GatePlace::default()
    };
    let pupil =
        |code: &str, group: &str| NewPerson { gate: gate(code, group), ..NewPerson::new(Kind::Pupil, "Ada Ash") };
    records.add_person(&head, pupil("p-1", "no-such-group")).await.expect("added");
    records.add_person(&head, pupil("p-2", "oak")).await.expect("added");
    running.until_known("p-2", true).await;
    running.until_known("p-1", false).await;

    // A lesson of the teacher's own class, and of no other.
    let lesson = NewLesson {
        class: "5b".to_owned(),
        title: "Rivers".to_owned(),
        hosts: vec!["rivers.lesson.example".to_owned()],
        addresses: Vec::new(),
        only: false,
        until: Timestamp::now() + 1.hour(),
    };
    let opened = records.set_lesson(&theo, &lesson).await.expect("opened");
    running.until_version(opened.number).await;
    assert_eq!(running.ruleset.borrow().source().lessons.len(), 1);
    let ended = records.end_lesson(&theo, &opened.code.expect("a code")).await.expect("ended");
    running.until_version(ended.number).await;
    records.add_class(&head, "6a", "6A").await.expect("added");
    assert!(records.set_lesson(&theo, &NewLesson { class: "6a".to_owned(), ..lesson }).await.is_err());

    // What core refuses is refused with its line, and nothing changes.
    let bad =
        records.policy_version(&head, None).await.expect("it is there").text + "\n[[rule]]\ncode = \"x\"\nactoin = 1\n";
    let fault = records.change_policy(&head, &bad, "A test").await.expect_err("it is refused");
    assert!(fault.to_string().contains("line "), "{fault}");
    assert_eq!(records.policy_version(&head, None).await.expect("it is there").number, ended.number);

    // Away, and back: what is in force goes on, and the next change comes.
    let before = running.ruleset.borrow().id().to_owned();
    away_and_back(&mut running).await;
    assert_eq!(*running.ruleset.borrow().id(), before);
    let number = change(&records, &head, "afterwards").await;
    running.until_version(number).await;
    running.stop().await;

    // A cold start without any store at all.
    let nowhere = Place { database: Some("postgres://nobody@127.0.0.1:1/none".to_owned()), ..place };
    let mut running = Running::start(&nowhere);
    assert_eq!(running.ruleset.borrow().source().version, u64::try_from(number).expect("a number"));
    running.until_known("p-2", true).await;
    running.until_alarm(true).await;
    records.close().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = data(folder.path());
    let (inside, outside) = (place.data.join("records"), folder.path().join("away"));
    let away_and_back = async |running: &mut Running| {
        fs::rename(&inside, &outside).expect("moved");
        running.until_alarm(true).await;
        fs::rename(&outside, &inside).expect("moved back");
        running.until_alarm(false).await;
    };
    from_documents_to_the_store(place.clone(), away_and_back).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server() {
    let server = match Postgres::start("fsync=off") {
        Ok(server) => server,
        Err(why) => return crate::skipped::because(format!("not run on PostgreSQL: {why}")),
    };
    server.new_database("school").await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place { database: Some(server.url("school")), ..data(folder.path()) };
    let away_and_back = async |running: &mut Running| {
        server.down();
        running.until_alarm(true).await;
        server.up();
        running.until_alarm(false).await;
    };
    from_documents_to_the_store(place, away_and_back).await;
}
