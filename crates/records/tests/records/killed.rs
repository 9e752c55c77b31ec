//! Killed in the middle of writing: what was acknowledged is there, and the audit log has no hole.
//!
//! The writer is this test program itself, started again with the address of the store in its environment: it adds people
//! through the verb, and prints each id once the verb came back.

use crate::{
    ground::{Ground, both},
    people_school,
    postgres::Postgres,
};
use holdfast_records::{
    Fault, Records, Session,
    access::Actor,
    audit::Extent,
    id,
    people::{Kind, NewPerson},
    store::{Clock, Place, proof::Older},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeSet, hash_map::RandomState},
    env,
    hash::BuildHasher as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};

both!(a_killed_writer_loses_nothing_acknowledged);

/// Writes that are acknowledged over all rounds.
const WRITES: usize = 1_000;
const ADDRESS: &str = "HOLDFAST_TEST_WRITER";

async fn a_killed_writer_loses_nothing_acknowledged(ground: Ground) {
    let place = ground.place();
    let (school, head) = prepared(&place, &ground.clock()).await;
    let mut acknowledged = BTreeSet::new();
    let mut rounds = 0;
    while acknowledged.len() < WRITES {
        let mut writer = Writer::start(&place, school, head);
        let fate = random(1, 180);
        acknowledged.extend(writer.acknowledgements(fate));
        writer.kill();
        rounds += 1;
        check(&place, &ground.clock(), &acknowledged).await;
    }
    println!("{} writes acknowledged, {rounds} writers killed", acknowledged.len());
}

/// The same with the server killed under the writer. Its own server, since this one must keep its promises to the disk.
#[test]
fn a_killed_server_loses_nothing_acknowledged() {
    let server = match Postgres::start("fsync=on") {
        Ok(server) => server,
        Err(why) => return crate::skipped::because(format!("not run on PostgreSQL: {why}")),
    };
    let runtime = tokio::runtime::Runtime::new().expect("the runtime starts");
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::new(Timestamp::now);
    runtime.block_on(server.new_database("school"));
    let place = Place {
        data: folder.path().join("data"),
        database: Some(server.url("school")),
        secrets: folder.path().join("secrets"),
    };
    let (school, head) = runtime.block_on(prepared(&place, &clock));
    let mut acknowledged = BTreeSet::new();
    for _ in 0..4 {
        let mut writer = Writer::start(&place, school, head);
        acknowledged.extend(writer.acknowledgements(random(20, 250)));
        server.kill();
        // What it was told before the server died counts as well.
        acknowledged.extend(writer.rest());
        server.up();
        runtime.block_on(check(&place, &clock, &acknowledged));
    }
    assert!(acknowledged.len() >= 80, "only {} writes", acknowledged.len());
}

/// The server goes away and comes back under a program that goes on: a fault in plain words, then all is well.
#[test]
fn a_server_that_was_away_is_found_again() {
    let server = match Postgres::start("fsync=off") {
        Ok(server) => server,
        Err(why) => return crate::skipped::because(format!("not run on PostgreSQL: {why}")),
    };
    let runtime = tokio::runtime::Runtime::new().expect("the runtime starts");
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::new(Timestamp::now);
    runtime.block_on(server.new_database("school"));
    let place = Place {
        data: folder.path().join("data"),
        database: Some(server.url("school")),
        secrets: folder.path().join("secrets"),
    };
    let (school, head) = runtime.block_on(prepared(&place, &clock));
    let session = Session { school, actor: Actor::Person(head), unlocked: None };
    let records = runtime.block_on(Records::open(&place, clock.clone())).expect("it opens");
    for round in 0..2 {
        server.down();
        let fault = runtime.block_on(records.add_person(&session, pupil(round))).expect_err("it is away");
        assert!(matches!(fault, Fault::Unavailable(_)), "{fault}");
        assert!(!fault.to_string().contains("postgres://"), "{fault}");
        server.up();
        runtime.block_on(records.add_person(&session, pupil(round))).expect("it is back");
    }
    runtime.block_on(records.close());
}

/// A disk that fills up: the writer is told so, and all that was acknowledged before is there. Needs a mount of its own.
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::new(Timestamp::now);
    let made = Place { data: folder.path().join("made"), database: None, secrets: folder.path().join("secrets") };
    let runtime = tokio::runtime::Runtime::new().expect("the runtime starts");
    let (school, head) = runtime.block_on(prepared(&made, &clock));
    let data = folder.path().join("small");
    std::fs::create_dir(&data).expect("a folder");
    let place = Place { data, ..made.clone() };
    let script = "mount -t tmpfs -o size=3m none \"$SMALL\" && cp -r \"$MADE/.\" \"$SMALL\" && \"$@\"; \
        cp -r \"$SMALL/.\" \"$KEPT\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(env::current_exe().expect("this program"));
    command.args(WRITER).env(ADDRESS, address(&place, school, head));
    let kept = folder.path().join("kept");
    std::fs::create_dir(&kept).expect("a folder");
    command.env("SMALL", &place.data).env("MADE", &made.data).env("KEPT", &kept);
    let Ok(output) = command.output() else { return crate::skipped::because("there is no unshare") };
    let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if said.contains("unshare failed") || said.contains("Operation not permitted") || said.contains("permission denied")
    {
        return crate::skipped::because(format!("a mount needs root: {said}"));
    }
    let acknowledged: BTreeSet<String> = text.lines().filter_map(acknowledged).collect();
    let fault = text.lines().find_map(|line| line.split_once("FAULT ")).map(|(_, fault)| fault);
    assert!(fault.is_some_and(|fault| fault.contains("disk is full")), "{text}\n{said}");
    assert!(acknowledged.len() > 10, "{text}\n{said}");
    runtime.block_on(check(&Place { data: kept, ..made }, &clock, &acknowledged));
}

/// A store file that was damaged, or is no store at all, is told as that.
#[test]
fn a_damaged_file_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::new(Timestamp::now);
    let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
    let runtime = tokio::runtime::Runtime::new().expect("the runtime starts");
    runtime.block_on(prepared(&place, &clock));
    let file = place.embedded_file();
    let whole = std::fs::read(&file).expect("it is there");
    let mut torn = whole.clone();
    torn[4096..].fill(0x5a);
    let other = b"this is no database, whatever its name says, and long enough to look like something".repeat(100);
    for bytes in [torn, other] {
        std::fs::write(&file, &bytes).expect("it is written");
        let fault = runtime.block_on(Records::open(&place, clock.clone())).expect_err("it is damaged");
        assert!(matches!(&fault, Fault::Damaged(words) if words.contains("damaged")), "{fault}");
        assert_eq!(std::fs::read(&file).expect("it is there"), bytes, "it was left as it is");
    }
}

/// Makes the school; its id, and the head's.
async fn prepared(place: &Place, clock: &Clock) -> (id::School, id::Person) {
    let records = Records::open(place, clock.clone()).await.expect("it opens");
    let done = records.set_up(people_school::set_up()).await.expect("it is set up");
    records.close().await;
    (done.school, done.people[0].person)
}

/// Everything acknowledged is there, and the log is whole.
async fn check(place: &Place, clock: &Clock, acknowledged: &BTreeSet<String>) {
    let records = Records::open(place, clock.clone()).await.expect("it opens after the kill");
    let verified = records.verify_audit(place, Extent::Whole, None, &[]).await.expect("it is read");
    assert!(verified.is_whole(), "{}", verified.words());
    let entries = verified.chains[0].entries;
    records.close().await;
    let store = Older::open(place, clock, usize::MAX).await.expect("it opens");
    let rows = store.rows("person", &["id".to_owned()]).await.expect("they are read");
    store.close().await;
    let there: BTreeSet<String> = rows.into_iter().filter_map(|row| Some(row.split('"').nth(1)?.to_owned())).collect();
    let lost: Vec<&String> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged writes are lost", lost.len(), acknowledged.len());
    assert!(entries >= acknowledged.len() as u64, "each write has its entry: {entries}");
}

fn pupil(number: usize) -> NewPerson {
    NewPerson::new(Kind::Pupil, format!("Pupil {number}"))
}

fn random(from: usize, to: usize) -> usize {
    let bits = usize::try_from(RandomState::new().hash_one(0) & 0xffff).expect("sixteen bits");
    from + bits % (to - from)
}

const WRITER: [&str; 3] = ["--exact", "killed::writer", "--nocapture"];

fn address(place: &Place, school: id::School, head: id::Person) -> String {
    let database = place.database.clone().unwrap_or_default();
    format!("{}\n{}\n{database}\n{school}\n{head}", place.data.display(), place.secrets.display())
}

fn acknowledged(line: &str) -> Option<String> {
    line.split_once("WROTE ").map(|(_, id)| id.to_owned())
}

/// A writer at work.
struct Writer {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Writer {
    fn start(place: &Place, school: id::School, head: id::Person) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(WRITER).env(ADDRESS, address(place, school, head)).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, lines }
    }

    /// The next so many.
    fn acknowledgements(&mut self, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut line = String::new();
        while found.len() < count {
            line.clear();
            assert_ne!(self.lines.read_line(&mut line).expect("it is read"), 0, "the writer ended: {found:?}");
            assert!(!line.contains("FAULT"), "{line}");
            found.extend(acknowledged(line.trim_end()));
        }
        found
    }

    /// Kills it; what it had said before.
    fn rest(mut self) -> Vec<String> {
        self.child.kill().expect("it was running");
        let lines: Vec<String> = self.lines.by_ref().lines().map_while(Result::ok).collect();
        self.child.wait().expect("it ends");
        lines.iter().filter_map(|line| acknowledged(line)).collect()
    }

    fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it ends");
    }
}

/// The program that is killed: the tests here start this one again with an address. Without one it writes nothing.
#[test]
fn writer() {
    let Ok(address) = env::var(ADDRESS) else { return };
    let [data, secrets, database, school, head] = address.split('\n').collect::<Vec<_>>()[..] else {
        panic!("{address}")
    };
    let place = Place {
        data: PathBuf::from(data),
        database: Some(database.to_owned()).filter(|url| !url.is_empty()),
        secrets: PathBuf::from(secrets),
    };
    let (school, head) = (id::School::parse(school).expect("an id"), id::Person::parse(head).expect("an id"));
    let session = Session { school, actor: Actor::Person(head), unlocked: None };
    let runtime = tokio::runtime::Runtime::new().expect("the runtime starts");
    runtime.block_on(async {
        let records = Records::open(&place, Clock::new(Timestamp::now)).await.expect("it opens");
        for number in 0..1_000_000 {
            let line = match records.add_person(&session, pupil(number)).await {
                Ok(person) => format!("WROTE {person}\n"),
                Err(fault) => format!("FAULT {fault}\n"),
            };
            let mut out = std::io::stdout().lock();
            out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("somebody listens");
            if line.starts_with("FAULT") {
                return;
            }
        }
    });
}
