//! Backups: made, checked, restored on another folder with two custodians alone, on either engine, without loss.

use crate::ground::{Ground, both};
use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty, FileKind},
    audit::KeyChange,
    backup::{self, Choices, Made, Unproven},
    file::{
        Closing, EntryKind, EraseRule, FileView, Mark, NewEntry, NewFile, Raised, Severity, Stretch, Words,
        erase::Target, marks,
    },
    id,
    people::{FirstDuty, FirstPerson, GiveDuty, Kind, NewPerson, SetUp, StaffKind},
    store::{Place, proof::Older},
};
use jiff::SignedDuration;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

both!(
    restored_with_two_custodians_alone,
    codes_that_do_not_open_it,
    a_damaged_or_altered_backup_is_refused,
    never_over_a_school,
    old_ones_go_and_the_newest_stay,
    one_that_fails_leaves_the_others,
    what_was_erased_later_stays_erased,
    a_mark_that_fails_leaves_nothing_restored,
    a_mark_by_somebody_hired_later_counts,
    a_log_that_is_not_whole_is_told_and_a_witness_is_asked,
    a_mark_that_somebody_else_wrote_erases_nothing,
    a_new_machine_knows_the_marks_of_the_old_one,
    every_page_of_every_table_is_in_it,
);

pub const CODE: &str = "backup";
const WORDS: &str = "canary: the bruise was on the left arm";

pub fn password(name: &str) -> String {
    // A password does not hold the name of whose it is.
    format!("heron under {} bridges", name.len())
}

fn seen(text: &str) -> NewEntry {
    let text = Words::new(text).expect("words");
    NewEntry { kind: EntryKind::Seen, severity: Severity::new(3), moment: None, text, reason: None }
}

/// A school with one file, its custodians' codes, and its backup.
pub struct School {
    pub records: Records,
    pub own: id::School,
    pub lead: Session,
    pub head: Session,
    pub raised: Raised,
    pub codes: Vec<String>,
}

impl School {
    pub async fn new(ground: &Ground) -> Self {
        let records = ground.records().await;
        let first = |name: &str, duty| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, name),
            duties: vec![FirstDuty { duty, is_deputy: false }],
            sign_in_name: Some(name.to_lowercase()),
            is_custodian: true,
        };
        let set_up = SetUp {
            code: CODE.to_owned(),
            name: "Backup School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: vec![
                first("Head", Duty::Head),
                first("Lead", Duty::DesignatedLead),
                first("Chair", Duty::Chair),
                first("Trust", Duty::TrustLead),
            ],
        };
        let done = records.set_up(set_up).await.expect("it is set up");
        let codes = done.people.iter().map(|made| made.recovery_code.as_ref().expect("a code").to_string()).collect();
        let sign_in = async |place: usize, name: &str| {
            let one_time = done.people[place].passphrase.as_ref().expect("an account");
            records.choose_password(CODE, name, one_time, &password(name)).await.expect("signed in")
        };
        let (head, lead) = (sign_in(0, "head").await, sign_in(1, "lead").await);
        let pupil = records.add_person(&head, NewPerson::new(Kind::Pupil, "Zoë O’Hara")).await.expect("a pupil");
        let new = NewFile { kind: FileKind::Child, person: pupil, named: Vec::new(), entry: seen(WORDS) };
        let raised = records.open_file(&lead, &new).await.expect("raised");
        let lines = [(pupil, b"{\"host\":\"canary.example\"}\n".to_vec())].into();
        let stretch = Stretch { day_file: "2026-01-01.0001".to_owned(), origin: "o".to_owned(), number: 0, lines };
        records.keep_held_lines(done.school, &stretch).await.expect("the hold of the file keeps it");
        Self { records, own: done.school, lead, head, raised, codes }
    }

    pub fn clock(&self) -> Session {
        Session { school: self.own, actor: Actor::Clock, unlocked: None }
    }

    pub async fn back_up(&self, folder: &Path) -> Made {
        self.records.back_up(&self.clock(), folder, 14).await.expect("it is made")
    }

    pub fn codes(&self, one: usize, other: usize) -> [&str; 2] {
        [&self.codes[one], &self.codes[other]]
    }
}

pub fn is_readable(file: &FileView) -> bool {
    file.entries.iter().any(|entry| entry.text.as_str() == WORDS)
}

/// Everything of a backup but the audit log's tables, which each backup and each restoring adds to; and the audit log.
async fn content(file: &Path, codes: [&str; 2]) -> (Vec<String>, BTreeSet<String>) {
    let (_, lines) = backup::read_lines(file, codes).await.expect("it opens");
    let (mut rest, mut audit) = (Vec::new(), BTreeSet::new());
    let mut is_audit = false;
    for line in lines {
        if let Some(name) = line.strip_prefix("{\"table\":\"") {
            is_audit = name.starts_with("audit");
        }
        match (is_audit, line.starts_with("{\"rows\"")) {
            (_, true) => {}
            (true, _) => drop(audit.insert(line)),
            (false, _) => rest.push(line),
        }
    }
    (rest, audit)
}

/// The entries without the machine's mark, which is their last cell: another machine puts its own there.
fn entries(audit: &BTreeSet<String>) -> BTreeSet<&str> {
    let entries = audit.iter().filter(|line| line.matches(',').count() > 10);
    entries.filter_map(|line| line.rsplit_once(',')).map(|(entry, _mark)| entry).collect()
}

async fn restored_with_two_custodians_alone(ground: Ground) {
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    let checked = backup::check(&made.file).expect("it is whole");
    assert_eq!((checked.header.code.as_str(), checked.bytes), (CODE, made.bytes));
    let rows = backup::count_rows(&made.file, school.codes(0, 1)).await.expect("it opens");
    assert_eq!(rows, made.rows);
    let plain = fs::read(&made.file).expect("it is there");
    for canary in ["canary", "Zoë", "O’Hara", "Backup School"] {
        assert!(!plain.windows(canary.len()).any(|window| window == canary.as_bytes()), "{canary} can be read");
    }
    school.records.close().await;
    let before = content(&made.file, school.codes(0, 1)).await;

    // There and back again over the other engine: SQLite to PostgreSQL to SQLite, or the other way round.
    let mut file = made.file.clone();
    let places: [Place; 2] = [
        if ground.is_server() { ground.embedded_place("second") } else { other_engine(&ground).await },
        ground.another_place("third").await,
    ];
    for (place, pair) in places.iter().zip([(1, 2), (3, 0)]) {
        ground.advance(SignedDuration::from_hours(1));
        let codes = school.codes(pair.0, pair.1);
        let restored =
            backup::restore(&file, place, &ground.clock(), codes, &Choices::default()).await.expect("it is restored");
        assert!(restored.verified.is_whole(), "{}", restored.verified.words());
        let records = Records::open(place, ground.clock()).await.expect("it opens");
        let lead = records.sign_in(CODE, "lead", &password("lead")).await.expect("the same password");
        let read = records.read_file(&lead, school.raised.file).await.expect("a holder opens it");
        assert!(is_readable(&read), "{read:?}");
        let school_session = Session { school: school.own, actor: Actor::Clock, unlocked: None };
        let folder = ground.path(&format!("shelf-{}", pair.0));
        file = records.back_up(&school_session, &folder, 14).await.expect("it is made").file;
        let after = content(&file, school.codes(0, 2)).await;
        // The machine's own key for marks is each machine's own.
        let is_the_schools = |line: &&String| !line.starts_with("{\"marks_key\"");
        let unlike: Vec<&String> =
            before.0.iter().filter(is_the_schools).filter(|line| !after.0.contains(line)).collect();
        assert_eq!(unlike, [""; 0], "rows that are not as they were");
        assert!(entries(&after.1).is_superset(&entries(&before.1)), "entries of the log are as they were");
        records.close().await;
    }
}

/// A fresh database on PostgreSQL for a test of the embedded engine; a fresh folder where there is no PostgreSQL.
async fn other_engine(ground: &Ground) -> Place {
    match crate::ground::shared() {
        Ok(server) => {
            Place { database: Some(crate::ground::new_database(server).await), ..ground.embedded_place("second") }
        }
        Err(_) => ground.embedded_place("second"),
    }
}

async fn codes_that_do_not_open_it(ground: Ground) {
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    let stranger = "AAAA-AAAA-AAAA-AAAA";
    for codes in [school.codes(0, 0), [&school.codes[0], stranger], [stranger, stranger], ["", ""]] {
        let place = ground.another_place("elsewhere").await;
        let fault = backup::restore(&made.file, &place, &ground.clock(), codes, &Choices::default())
            .await
            .expect_err("it stays shut");
        assert!(matches!(fault, Fault::Wrong(_)), "{fault}");
    }
    school.records.close().await;
}

async fn a_damaged_or_altered_backup_is_refused(ground: Ground) {
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    let whole = fs::read(&made.file).expect("it is there");
    let place = ground.another_place("elsewhere").await;
    let altered = ground.path("altered.backup");
    let mut tries: Vec<Vec<u8>> = vec![Vec::new(), whole[..10].to_vec(), whole[..whole.len() / 2].to_vec()];
    tries.push(whole[..whole.len() - 1].to_vec());
    for place in [3, 19, 60, whole.len() / 2, whole.len() - 40, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        tries.push(flipped);
    }
    // Somebody who alters it on purpose makes the digest anew; the seal is what stops them.
    for place in [60, whole.len() / 2, whole.len() - 40] {
        let mut forged = whole.clone();
        forged[place] ^= 1;
        let end = forged.len() - 32;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &forged[..end]);
        forged[end..].copy_from_slice(digest.as_ref());
        tries.push(forged);
    }
    for (number, bytes) in tries.into_iter().enumerate() {
        fs::write(&altered, bytes).expect("it is written");
        let restored =
            backup::restore(&altered, &place, &ground.clock(), school.codes(0, 1), &Choices::default()).await;
        assert!(restored.is_err(), "try {number} was restored");
    }
    let records = Records::open(&place, ground.clock()).await.expect("the store is as new");
    assert_eq!(records.schools().await.expect("they are read"), [], "nothing was restored");
    records.close().await;
    backup::restore(&made.file, &place, &ground.clock(), school.codes(0, 1), &Choices::default())
        .await
        .expect("the whole one is restored");
    school.records.close().await;
}

async fn never_over_a_school(ground: Ground) {
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    let fault =
        backup::restore(&made.file, &ground.place(), &ground.clock(), school.codes(0, 1), &Choices::default()).await;
    assert!(matches!(&fault, Err(Fault::Wrong(_))), "{fault:?}");
    let read = school.records.read_file(&school.lead, school.raised.file).await.expect("it is as it was");
    assert!(is_readable(&read));
    school.records.close().await;
}

async fn old_ones_go_and_the_newest_stay(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let mut made = Vec::new();
    for _ in 0..5 {
        ground.advance(SignedDuration::from_hours(24));
        made.push(school.records.back_up(&school.clock(), &folder, 3).await.expect("it is made").file);
    }
    fs::write(folder.join("other.backup"), "no backup").expect("it is written");
    fs::write(folder.join("note.txt"), "not ours").expect("it is written");
    let (left, unreadable) = backup::list(&folder).expect("it is listed");
    let left: Vec<PathBuf> = left.into_iter().map(|backup| backup.file).collect();
    assert_eq!(left, [made[4].clone(), made[3].clone(), made[2].clone()], "the newest first");
    assert_eq!(unreadable, [folder.join("other.backup")]);
    assert!(folder.join("note.txt").exists());
    school.records.close().await;
}

async fn one_that_fails_leaves_the_others(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let made = school.back_up(&folder).await;
    // A file where the folder should be: nobody, not even root, can write there.
    let wrong = made.file.join("below");
    let fault = school.records.back_up(&school.clock(), &wrong, 14).await.expect_err("it cannot be written");
    assert!(matches!(&fault, Fault::Unavailable(words) if words.contains("cannot be written")), "{fault}");
    ground.advance(SignedDuration::from_hours(1));
    // A full disk, as /dev/full is one: what is written aside there never gets its name.
    let next = folder.join(format!("{CODE}-20260609T090000Z.part"));
    std::os::unix::fs::symlink("/dev/full", &next).expect("a link is made");
    let fault = school.records.back_up(&school.clock(), &folder, 14).await.expect_err("the disk is full");
    assert!(matches!(&fault, Fault::Unavailable(words) if words.contains("disk is full")), "{fault}");
    let (left, _) = backup::list(&folder).expect("it is listed");
    assert_eq!(left.len(), 1, "the one made before is there, and nothing half written");
    backup::count_rows(&made.file, school.codes(0, 1)).await.expect("and it opens");
    school.records.close().await;
}

/// A file that is erased after the backup was made does not come back with it: its mark lies beside the backup.
async fn what_was_erased_later_stays_erased(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let older = school.back_up(&folder).await;
    ground.advance(SignedDuration::from_hours(1));
    let words = |text: &str| Words::new(text).expect("words");
    let closing = Closing { outcome: words("helped"), reason: words("it is over") };
    school.records.close_files(&school.lead, &[school.raised.file], &closing).await.expect("closed");
    let target = Target::File(school.raised.file);
    let proposal = school.records.propose_erasure(&school.lead, target, EraseRule::Court).await.expect("proposed");
    school.records.agree_erasure(&school.head, proposal.id, &ground.place()).await.expect("agreed");
    ground.advance(SignedDuration::from_hours(24));
    school.back_up(&folder).await;
    school.records.close().await;

    let place = ground.another_place("elsewhere").await;
    let restored = backup::restore(&older.file, &place, &ground.clock(), school.codes(0, 1), &Choices::default())
        .await
        .expect("restored");
    assert_eq!(restored.applied.erased, 1);
    let records = Records::open(&place, ground.clock()).await.expect("it opens");
    let lead = records.sign_in(CODE, "lead", &password("lead")).await.expect("signed in");
    let read = records.read_file(&lead, school.raised.file).await;
    assert!(read.is_err(), "{read:?}");
    records.close().await;
}

/// Erases the school's file, agreed to by this session; its mark lies beside the backups from then on.
async fn erase(ground: &Ground, school: &School, agrees: &Session) {
    ground.advance(SignedDuration::from_hours(1));
    let words = |text: &str| Words::new(text).expect("words");
    let closing = Closing { outcome: words("helped"), reason: words("it is over") };
    school.records.close_files(&school.lead, &[school.raised.file], &closing).await.expect("closed");
    let target = Target::File(school.raised.file);
    let proposal = school.records.propose_erasure(&school.lead, target, EraseRule::Court).await.expect("proposed");
    school.records.agree_erasure(agrees, proposal.id, &ground.place()).await.expect("agreed");
}

/// Something breaks after the rows were read and before the restoring ends: nothing is there, so nothing erased is back.
async fn a_mark_that_fails_leaves_nothing_restored(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let older = school.back_up(&folder).await;
    erase(&ground, &school, &school.head).await;
    // The mark itself is broken, which is seen only when it is applied.
    ground.order("UPDATE erasure_mark SET target = 'no id'").await;
    school.back_up(&folder).await;
    school.records.close().await;

    let place = ground.another_place("elsewhere").await;
    let restored = backup::restore(&older.file, &place, &ground.clock(), school.codes(0, 1), &Choices::default()).await;
    assert!(restored.is_err(), "{restored:?}");
    assert!(!place.records_folder().join("restoring").exists(), "what was made ready aside is gone");
    let records = Records::open(&place, ground.clock()).await.expect("it opens");
    assert_eq!(records.schools().await.expect("they are read"), [], "nothing was restored");
    records.close().await;
}

/// Whoever agreed came to the school after the backup was made: what they agreed to is erased all the same.
async fn a_mark_by_somebody_hired_later_counts(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let older = school.back_up(&folder).await;
    ground.advance(SignedDuration::from_hours(1));
    let person = NewPerson::staff(StaffKind::Employed, "Nina New");
    let person = school.records.add_person(&school.head, person).await.expect("hired");
    let given = GiveDuty { duty: Duty::DesignatedLead, person, is_deputy: false, from: None };
    school.records.give_duty(&school.head, &given).await.expect("a second lead");
    let hired = Session { school: school.own, actor: Actor::Person(person), unlocked: None };
    erase(&ground, &school, &hired).await;
    school.back_up(&folder).await;
    school.records.close().await;

    let place = ground.another_place("elsewhere").await;
    let restored = backup::restore(&older.file, &place, &ground.clock(), school.codes(0, 1), &Choices::default())
        .await
        .expect("restored");
    assert_eq!(restored.applied.erased, 1);
    let records = Records::open(&place, ground.clock()).await.expect("it opens");
    let marks = records.marks().await.expect("they are read");
    assert_eq!(marks.len(), 1);
    let marks: Vec<Mark> = marks.into_iter().map(|kept| kept.mark).collect();
    assert_eq!((marks[0].agreed_by.as_deref(), marks[0].proposed_by.is_some()), (None, true));
    assert!(records.read_file(&school.lead, school.raised.file).await.is_err());
    records.close().await;
}

async fn a_log_that_is_not_whole_is_told_and_a_witness_is_asked(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let outside = ground.path("outside");
    ground.advance(SignedDuration::from_hours(1));
    let (clock, place) = (school.clock(), ground.place());
    school.records.sign_checkpoint(&clock, &place, Some(&outside), KeyChange::None).await.expect("signed");
    ground.advance(SignedDuration::from_hours(1));
    let made = school.back_up(&folder).await;
    ground.advance(SignedDuration::from_hours(1));
    school.records.sign_checkpoint(&clock, &place, Some(&outside), KeyChange::None).await.expect("signed");

    // Checkpoints that were signed after the backup are missing in it, which is no fault.
    let place = ground.another_place("whole").await;
    let choices = Choices { witness: Some(&outside), ..Choices::default() };
    let restored = backup::restore(&made.file, &place, &ground.clock(), school.codes(0, 1), &choices).await;
    let verified = restored.expect("restored").verified;
    assert!(verified.is_witnessed && verified.is_whole(), "{}", verified.words());

    ground.order("UPDATE audit_entry SET actor = 'clock' WHERE number = 2").await;
    let altered = school.back_up(&folder).await;
    school.records.close().await;
    let place = ground.another_place("altered").await;
    let choices = Choices { unproven_log: true, ..Choices::default() };
    let restored = backup::restore(&altered.file, &place, &ground.clock(), school.codes(0, 1), &choices).await;
    let verified = restored.expect("restored, and told").verified;
    assert!(!verified.is_whole(), "{}", verified.words());
}

/// Somebody who can write beside the backups adds a mark of a file that nobody erased.
async fn a_mark_that_somebody_else_wrote_erases_nothing(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let made = school.back_up(&folder).await;
    let person = school.records.read_file(&school.lead, school.raised.file).await.expect("read").file.person;
    school.records.close().await;
    let forged = marks::Kept {
        mark: Mark {
            id: ground.number().to_string(),
            school: school.own.to_string(),
            what: "file".to_owned(),
            target: school.raised.file.to_string(),
            kind: Some("child".to_owned()),
            person: person.to_string(),
            rule: EraseRule::Court.word().to_owned(),
            proposed_by: None,
            agreed_by: None,
            erased_at: ground.now(),
        },
        proof: None,
    };
    marks::write(&folder, std::slice::from_ref(&forged)).expect("it is written");
    let place = ground.another_place("refused").await;
    let refused = backup::restore(&made.file, &place, &ground.clock(), school.codes(0, 1), &Choices::default()).await;
    let told = refused.expect_err("it is refused").to_string();
    assert!(told.contains(&school.raised.file.to_string()) && told.contains("--leave-marks"), "{told}");
    assert!(!told.contains("Zoë"), "{told}");
    let records = Records::open(&place, ground.clock()).await.expect("it opens");
    assert_eq!(records.schools().await.expect("they are read"), [], "nothing was restored");
    records.close().await;

    for (name, unproven, erased) in [("left", Unproven::Leave, 0), ("applied", Unproven::Apply, 1)] {
        let place = ground.another_place(name).await;
        let choices = Choices { unproven, ..Choices::default() };
        let restored = backup::restore(&made.file, &place, &ground.clock(), school.codes(0, 1), &choices).await;
        assert_eq!(restored.expect("restored").applied.erased, erased, "{name}");
    }
}

/// The machine is lost with its secrets. The backup itself, opened with two codes, proves the marks that were written since.
async fn a_new_machine_knows_the_marks_of_the_old_one(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let older = school.back_up(&folder).await;
    erase(&ground, &school, &school.head).await;
    school.back_up(&folder).await;
    school.records.close().await;
    let new = Place { secrets: ground.path("new-secrets"), ..ground.another_place("elsewhere").await };
    let restored = backup::restore(&older.file, &new, &ground.clock(), school.codes(0, 1), &Choices::default()).await;
    let restored = restored.expect("restored");
    assert_eq!(restored.applied.erased, 1);
    assert!(restored.verified.is_whole(), "{}", restored.verified.words());
    // What the mark says is proven as well: one that was changed is nobody's.
    let text = fs::read_to_string(folder.join(marks::FILE_NAME)).expect("it is there");
    let changed =
        text.replace(&school.raised.file.to_string(), &id::File::new(ground.now()).expect("an id").to_string());
    assert_ne!(text, changed);
    fs::write(folder.join(marks::FILE_NAME), changed).expect("it is written");
    let another = Place { secrets: ground.path("other-secrets"), ..ground.another_place("another").await };
    let refused =
        backup::restore(&older.file, &another, &ground.clock(), school.codes(0, 1), &Choices::default()).await;
    assert!(matches!(refused, Err(Fault::Wrong(_))), "{refused:?}");
}

async fn every_page_of_every_table_is_in_it(ground: Ground) {
    let school = School::new(&ground).await;
    for number in 0..450 {
        let pupil = NewPerson::new(Kind::Pupil, format!("Pupil Number {number}"));
        school.records.add_person(&school.head, pupil).await.expect("a pupil");
    }
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    let store = Older::open(&ground.place(), &ground.clock(), usize::MAX).await.expect("it opens");
    let mut rows = 0;
    for (name, table) in store.schema().await.expect("it is read") {
        let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        rows += store.rows(&name, &columns).await.expect("they are read").len() as u64;
    }
    store.close().await;
    assert_eq!(made.rows, rows, "no row is left out and none twice");
    let (lines, _) = content(&made.file, school.codes(2, 3)).await;
    assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), lines.len(), "no row stands twice");
}
