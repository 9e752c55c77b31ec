//! The chain as somebody attacks it who can write to the store, and knows how entries are hashed.

use super::{
    Detail, Entry, Extent, KeyChange, Outcome, Proof, Verified, chain::enter, checkpoint::Checkpoint, copies,
    line::Line, machine::MachineKey, statements::ENTRIES, tally,
};
use crate::{
    Records, Session,
    access::{Act, Actor, Facts, FileKind, Resource},
    id,
    store::{Clock, Place, Statement},
};
use jiff::Timestamp;
use proptest::prelude::*;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tempfile::TempDir;

const ADD_SCHOOL: Statement = Statement {
    name: "ADD_SCHOOL",
    sql: "INSERT INTO school (id, code, name, time_zone, created_at) VALUES ($1, 'hill', 'Hill', 'Europe/London', 0)",
};

struct Scene {
    folder: TempDir,
    records: Records,
    school: id::School,
    hands: Arc<AtomicI64>,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-06-09T08:00:00Z".parse().unwrap();
        let hands = Arc::new(AtomicI64::new(start.as_microsecond()));
        let read = Arc::clone(&hands);
        let clock = Clock::new(move || Timestamp::from_microsecond(read.load(Ordering::SeqCst)).unwrap());
        let records = Records::open(&place(folder.path()), clock).await.unwrap();
        let school = id::School::new(start).unwrap();
        let mut transaction = records.counting().await.unwrap();
        transaction.run(&ADD_SCHOOL, &[school.into()]).await.unwrap();
        transaction.commit().await.unwrap();
        Self { folder, records, school, hands }
    }

    fn place(&self) -> Place {
        place(self.folder.path())
    }

    fn key(&self) -> MachineKey {
        MachineKey::read(&self.place()).unwrap()
    }

    fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    fn witness(&self) -> PathBuf {
        copies::file_in(&self.outside(), &self.school.to_string())
    }

    fn advance(&self, minutes: i64) {
        self.hands.fetch_add(minutes * 60_000_000, Ordering::SeqCst);
    }

    async fn enter(&self, made: &Made) {
        let mut transaction = self.records.counting().await.unwrap();
        let mut facts = Facts::of_school(self.school);
        (facts.file, facts.compartment) = (made.file, made.compartment);
        facts.subjects.clone_from(&made.subjects);
        let entry = Entry {
            school: self.school,
            actor: made.actor,
            act: made.act,
            outcome: made.outcome,
            resource: made.resource,
            facts: made.has_facts.then_some(&facts),
            detail: &made.detail,
        };
        enter(&mut transaction, &entry, self.records.clock().now()).await.unwrap();
        transaction.commit().await.unwrap();
    }

    async fn checkpoint(&self) {
        let session = Session { school: self.school, actor: Actor::Clock, unlocked: None };
        let outside = self.outside();
        let signed = self.records.sign_checkpoint(&session, &self.place(), Some(&outside), KeyChange::None).await;
        assert_eq!(signed.unwrap().not_copied, Vec::<String>::new());
    }

    async fn verify(&self, witness: Option<&Path>) -> Verified {
        self.records.verify_audit(&self.place(), Extent::Whole, witness, &[]).await.unwrap()
    }

    /// The attacker's own way in: no foreign keys, no checks.
    async fn attacker(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new()
            .filename(self.place().embedded_file())
            .foreign_keys(false)
            .pragma("ignore_check_constraints", "ON");
        options.connect().await.unwrap()
    }

    async fn rows(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut self.attacker().await).await.unwrap().get(0)
    }

    async fn lines(&self) -> Vec<Line> {
        let mut transaction = self.records.looking().await.unwrap();
        let rows = transaction.rows(&ENTRIES, &[self.school.into(), 0.into()]).await.unwrap();
        rows.iter().map(|row| Line::of(row).unwrap()).collect()
    }

    /// Changes an entry and makes everything after it fit again; with the machine's key, the marks too.
    async fn rewrite_from(&self, number: i64, key: Option<&MachineKey>) {
        let mut attacker = self.attacker().await;
        let mut lines = self.lines().await;
        let mut previous = None;
        for line in lines.iter_mut().filter(|line| line.number >= number) {
            if line.number == number {
                line.actor = "console".to_owned();
            }
            line.previous_hash = previous.unwrap_or_else(|| line.previous_hash.clone());
            line.hash = line.expected_hash().to_vec();
            previous = Some(line.hash.clone());
            if let Some(key) = key {
                line.proof = Some(line.mark(key));
            }
            sqlx::query(
                "UPDATE audit_entry SET actor = $1, previous_hash = $2, hash = $3, proof = $5 WHERE number = $4",
            )
            .bind(&line.actor)
            .bind(&line.previous_hash)
            .bind(&line.hash)
            .bind(line.number)
            .bind(&line.proof)
            .execute(&mut attacker)
            .await
            .unwrap();
        }
        sqlx::query("UPDATE audit_head SET last_hash = $1").bind(previous).execute(&mut attacker).await.unwrap();
    }
}

fn place(root: &Path) -> Place {
    Place { data: root.join("data"), database: None, secrets: root.join("secrets") }
}

#[derive(Debug, Clone)]
struct Made {
    actor: Actor,
    act: Act,
    outcome: Outcome,
    resource: Resource,
    has_facts: bool,
    file: Option<FileKind>,
    subjects: Vec<id::Person>,
    compartment: Option<id::Compartment>,
    detail: Detail,
}

fn person(low: u8) -> id::Person {
    id::Person::parse(&format!("01900000-0000-7000-8000-0000000000{low:02x}")).unwrap()
}

fn plain(low: u8) -> Made {
    Made {
        actor: Actor::Person(person(low)),
        act: Act::FileRead,
        outcome: Outcome::Done,
        resource: Resource::Person(person(low)),
        has_facts: true,
        file: Some(FileKind::Child),
        subjects: vec![person(200)],
        compartment: None,
        detail: Detail::none().with("count", low.to_string()),
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

prop_compose! {
    fn made()(
        who in any::<u8>(), act in 0..Act::ALL.len(), is_denied in prop::bool::weighted(0.2), kind in 0..4,
        has_facts in any::<bool>(), file in prop::option::of(any::<bool>()), subjects in prop::collection::vec(any::<u8>(), 0..4),
        compartment in any::<bool>(), words in prop::option::of("\\PC{0,40}"), secret in prop::option::of("\\PC{0,20}"),
    ) -> Made {
        let file = file.map(|is_child| if is_child { FileKind::Child } else { FileKind::StaffConcern });
        let text = person(who).to_string();
        let resource = match kind {
            0 => Resource::School,
            1 => Resource::Person(person(who)),
            2 => Resource::File(id::File::parse(&text).unwrap()),
            _ => Resource::NewFile(file.unwrap_or(FileKind::Child), person(who)),
        };
        let mut detail = Detail::none();
        if let Some(words) = words { detail = detail.with("words", words); }
        if let Some(secret) = secret { detail = detail.digest("secret", secret); }
        Made {
            actor: match who % 4 { 0 => Actor::Clock, 1 => Actor::Console, _ => Actor::Person(person(who)) },
            act: Act::ALL[act],
            outcome: if is_denied { Outcome::Denied } else { Outcome::Done },
            resource,
            has_facts,
            file,
            subjects: subjects.into_iter().map(person).collect(),
            compartment: compartment.then(|| id::Compartment::parse(&text).unwrap()),
            detail,
        }
    }
}

/// Which stored value is changed, and how.
#[derive(Debug, Clone)]
struct Flip {
    table: usize,
    row: prop::sample::Index,
    column: prop::sample::Index,
    byte: prop::sample::Index,
    bit: u8,
}

prop_compose! {
    fn flip()(table in 0usize..3, row: prop::sample::Index, column: prop::sample::Index, byte: prop::sample::Index, bit in 0u8..8) -> Flip {
        Flip { table, row, column, byte, bit }
    }
}

const TABLES: [&str; 3] = ["audit_entry", "audit_checkpoint", "audit_head"];

/// Flips one bit of one stored value as it lies in the file; answers what was changed, and how it is put back. Nothing where
/// the number would then be another row's, which the store itself refuses.
async fn flip_one(attacker: &mut SqliteConnection, flip: &Flip) -> Option<(String, i64, Vec<u8>, String)> {
    let table = TABLES[flip.table];
    let columns: Vec<String> = sqlx::query(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")))
        .fetch_all(&mut *attacker)
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let rows: Vec<i64> = sqlx::query(AssertSqlSafe(format!("SELECT rowid FROM {table} ORDER BY rowid")))
        .fetch_all(&mut *attacker)
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let (row, column) = (rows[flip.row.index(rows.len())], &columns[flip.column.index(columns.len())]);
    let read = format!("SELECT typeof({column}), CAST({column} AS BLOB) FROM {table} WHERE rowid = {row}");
    let value = sqlx::query(AssertSqlSafe(read)).fetch_one(&mut *attacker).await.unwrap();
    let kind: String = value.get(0);
    let old: Vec<u8> = value.get::<Option<Vec<u8>>, _>(1).unwrap_or_default();
    let mut new = old.clone();
    if kind == "integer" {
        let number: i64 = String::from_utf8(old.clone()).unwrap().parse().unwrap();
        new = (number ^ (1 << flip.byte.index(62))).to_string().into_bytes();
    } else if new.is_empty() {
        new.push(b'x');
    } else {
        let at = flip.byte.index(new.len());
        new[at] ^= 1 << flip.bit;
    }
    let kind_of_new = if kind == "null" { "text" } else { &kind };
    let put = format!("UPDATE {table} SET {column} = CAST($1 AS {kind_of_new}) WHERE rowid = {row}");
    match sqlx::query(AssertSqlSafe(put)).bind(&new).execute(&mut *attacker).await {
        Ok(_) => {}
        Err(sqlx::Error::Database(fault)) if fault.is_unique_violation() => return None,
        Err(fault) => panic!("{fault}"),
    }
    let back = match kind.as_str() {
        "null" => format!("UPDATE {table} SET {column} = NULL WHERE rowid = {row}"),
        kind => format!("UPDATE {table} SET {column} = CAST($1 AS {kind}) WHERE rowid = {row}"),
    };
    Some((format!("{table}.{column}"), row, old, back))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_verifies_and_no_stored_byte_can_change(
        entries in prop::collection::vec(made(), 1..25), between in 1usize..8, flips in prop::collection::vec(flip(), 25),
    ) {
        block_on(async {
            let scene = Scene::new().await;
            for (at, made) in entries.iter().enumerate() {
                scene.enter(made).await;
                scene.advance(7);
                if at % between == 0 { scene.checkpoint().await; }
            }
            scene.checkpoint().await;
            let witness = scene.witness();
            let found = scene.verify(Some(&witness)).await;
            assert!(found.is_whole(), "{}", found.words());
            assert_eq!(found.chains[0].ranges.len(), 1);
            assert_eq!(found.chains[0].ranges[0].proof, Proof::Witness);
            let mut attacker = scene.attacker().await;
            for flip in &flips {
                let Some((what, row, old, back)) = flip_one(&mut attacker, flip).await else { continue };
                let found = scene.verify(Some(&witness)).await;
                assert!(!found.is_whole(), "a change of {what} in row {row} passes: {flip:?}\n{}", found.words());
                sqlx::query(AssertSqlSafe(back)).bind(old).execute(&mut attacker).await.unwrap();
            }
            let found = scene.verify(Some(&witness)).await;
            assert!(found.is_whole(), "put back, it verifies again: {}", found.words());
        });
    }
}

/// A chain of twelve entries with checkpoints, the last few after the last checkpoint.
async fn twelve() -> Scene {
    let scene = Scene::new().await;
    for low in 0..12 {
        scene.enter(&plain(low)).await;
        scene.advance(20);
        if low == 4 || low == 8 {
            scene.checkpoint().await;
        }
    }
    scene
}

#[test]
fn a_history_that_is_rewritten_to_fit_is_shown_by_a_checkpoint() {
    block_on(async {
        let scene = twelve().await;
        scene.rewrite_from(3, Some(&scene.key())).await;
        let found = scene.verify(None).await;
        assert!(found.words().contains("Checkpoint 1 was signed over another entry"), "{}", found.words());
        let found = scene.verify(Some(&scene.witness())).await;
        assert!(found.words().contains("is not the one that the witness saw"), "{}", found.words());
    });
}

#[test]
fn what_comes_after_the_last_checkpoint_can_be_rewritten_and_is_told_as_not_proven() {
    block_on(async {
        let scene = twelve().await;
        scene.rewrite_from(13, None).await;
        let found = scene.verify(Some(&scene.witness())).await;
        assert!(found.words().contains("Entry 13 does not carry this machine’s mark"), "{}", found.words());
        // Whoever has the machine's key as well puts its mark on them.
        scene.rewrite_from(13, Some(&scene.key())).await;
        let found = scene.verify(Some(&scene.witness())).await;
        assert!(found.is_whole());
        let proofs: Vec<_> = found.chains[0].ranges.iter().map(|range| (range.from, range.to, range.proof)).collect();
        assert_eq!(proofs, [(1, 11, Proof::Witness), (12, 14, Proof::Chain)]);
        assert!(found.words().contains("Not proven: entries 12 to 14"), "{}", found.words());
    });
}

#[test]
fn who_has_the_machines_key_too_is_shown_by_the_witness_only() {
    block_on(async {
        let scene = twelve().await;
        scene.rewrite_from(3, Some(&scene.key())).await;
        // The attacker signs every checkpoint anew with the machine's own key, and takes away what the machine remembers.
        std::fs::remove_file(copies::file_in(&scene.place().secrets, &scene.school.to_string())).unwrap();
        let keys = super::key::KeyFolder::open(&scene.place(), scene.school).unwrap();
        let key = keys.first().unwrap();
        let mut attacker = scene.attacker().await;
        let lines = scene.lines().await;
        let mut previous = [0; 32];
        for row in sqlx::query("SELECT position, number, moment FROM audit_checkpoint ORDER BY position")
            .fetch_all(&mut attacker)
            .await
            .unwrap()
        {
            let number: i64 = row.get(1);
            let forged = Checkpoint {
                school: scene.school.to_string(),
                position: row.get(0),
                number,
                hash: lines.iter().find(|line| line.number == number).unwrap().hash.clone().try_into().unwrap(),
                moment: row.get(2),
                previous,
                key: key.public,
                next_key: None,
                signature: [0; 64],
            };
            let forged = forged.sign(&key.pair);
            previous = forged.digest();
            sqlx::query("UPDATE audit_checkpoint SET hash = $1, previous = $2, signature = $3 WHERE position = $4")
                .bind(forged.hash.as_slice())
                .bind(forged.previous.as_slice())
                .bind(forged.signature.as_slice())
                .bind(forged.position)
                .execute(&mut attacker)
                .await
                .unwrap();
        }
        let found = scene.verify(None).await;
        assert!(found.is_whole(), "{}", found.words());
        assert!(found.words().contains("No witness was given"), "the words must say what this does not show");
        let found = scene.verify(Some(&scene.witness())).await;
        assert!(found.words().contains("rewritten and signed anew"), "{}", found.words());
    });
}

#[test]
fn a_short_walk_sees_what_is_new_and_not_what_is_old() {
    block_on(async {
        let scene = twelve().await;
        let recent = async || {
            let place = scene.place();
            scene.records.verify_audit(&place, Extent::Recent, None, &[]).await.unwrap()
        };
        assert!(recent().await.is_whole(), "{}", recent().await.words());
        let mut attacker = scene.attacker().await;
        sqlx::query("UPDATE audit_entry SET detail = '{}' WHERE number = 13").execute(&mut attacker).await.unwrap();
        assert!(!recent().await.is_whole());
    });
}

#[test]
fn nobody_floods_the_log_and_nothing_is_lost_without_a_trace() {
    block_on(async {
        let scene = Scene::new().await;
        // An hour of guessing: names that belong to nobody, and forty accounts; then one that is let in again and again.
        for second in 0..720_i64 {
            let account = (second % 3 == 0).then(|| person(u8::try_from(second % 40).unwrap()));
            scene.records.sign_in_failed(scene.school, account).await.unwrap();
            scene.hands.fetch_add(5_000_000, Ordering::SeqCst);
        }
        assert_eq!(scene.rows("audit_entry").await, 11, "eleven windows have ended");
        assert!(scene.rows("audit_tally").await <= 42);
        scene.records.fold_counts(scene.school).await.unwrap();
        let lines = scene.lines().await;
        assert_eq!((lines.len(), scene.rows("audit_tally").await), (12, 0));
        let count = |key: &str| -> i64 {
            let of = |line: &Line| {
                serde_json::from_str::<serde_json::Value>(&line.detail).unwrap()[key]
                    .as_str()
                    .unwrap()
                    .parse::<i64>()
                    .unwrap()
            };
            lines.iter().map(of).sum()
        };
        assert_eq!((count("known"), count("unknown")), (240, 480));

        let signed_in = Made { act: Act::SignedIn, ..plain(1) };
        let before = scene.rows("audit_entry").await;
        for _ in 0..30 {
            scene.records.sign_in_failed(scene.school, Some(person(1))).await.unwrap();
            scene.enter(&signed_in).await;
        }
        scene.advance(6);
        scene.records.fold_counts(scene.school).await.unwrap();
        assert_eq!(scene.rows("audit_entry").await - before, 30 + 2, "one early, one at the end of the window");
        assert!(scene.verify(None).await.is_whole());
    });
}

#[test]
fn denied_acts_are_written_in_full_at_first_and_then_counted() {
    block_on(async {
        let scene = Scene::new().await;
        let denied = Made { outcome: Outcome::Denied, ..plain(1) };
        for _ in 0..500 {
            scene.enter(&denied).await;
        }
        assert_eq!(scene.rows("audit_entry").await, 10);
        scene.enter(&Made { act: Act::FilesListed, ..denied.clone() }).await;
        scene.enter(&Made { actor: Actor::Person(person(2)), file: Some(FileKind::StaffConcern), ..denied }).await;
        assert_eq!(scene.rows("audit_entry").await, 12, "another act and another person are counted apart");
        scene.advance(61);
        scene.records.fold_counts(scene.school).await.unwrap();
        let lines = scene.lines().await;
        let last = lines.last().unwrap();
        assert_eq!(lines.len(), 13);
        assert_eq!((last.outcome.as_str(), last.actor.as_str()), ("denied", person(1).to_string().as_str()));
        assert_eq!((last.detail.as_str(), last.file_kind.as_deref()), ("{\"more\":\"490\"}", Some("child")));
        assert_eq!(scene.rows("audit_tally").await, 0);
    });
}

#[test]
fn a_digest_can_be_shown_until_its_salt_is_erased() {
    block_on(async {
        let scene = Scene::new().await;
        scene.enter(&Made { detail: Detail::none().digest("reason", "blue"), ..plain(1) }).await;
        let mut attacker = scene.attacker().await;
        let salt: Vec<u8> = sqlx::query("SELECT salt FROM audit_salt").fetch_one(&mut attacker).await.unwrap().get(0);
        let line = scene.lines().await.remove(0);
        assert!(line.detail.contains(&super::detail::salted(&salt, "reason", "blue")) && !line.detail.contains("blue"));
        let session = Session { school: scene.school, actor: Actor::Clock, unlocked: None };
        let mut entered =
            scene.records.act(&session, Act::AuditVerified, Resource::School, Detail::none()).await.unwrap();
        let forgotten = super::forget(&mut entered, &[person(1).to_string()]).await.unwrap();
        entered.commit().await.unwrap();
        assert_eq!((forgotten, scene.rows("audit_salt").await), (1, 0));
        assert!(scene.verify(None).await.is_whole());
    });
}

#[test]
fn a_store_that_cannot_write_its_log_does_nothing() {
    block_on(async {
        let scene = twelve().await;
        sqlx::query("DROP TABLE audit_entry").execute(&mut scene.attacker().await).await.unwrap();
        let session = Session { school: scene.school, actor: Actor::Clock, unlocked: None };
        let refused = scene.records.act(&session, Act::AuditVerified, Resource::School, Detail::none()).await;
        assert!(matches!(refused, Err(crate::Fault::Unavailable(_))));
        assert!(
            tally::fold(&mut scene.records.counting().await.unwrap(), scene.school, scene.records.clock().now(), true)
                .await
                .is_ok()
        );
    });
}

#[test]
fn a_store_that_was_rolled_back_is_shown_by_what_the_machine_remembers() {
    block_on(async {
        let scene = twelve().await;
        let mut attacker = scene.attacker().await;
        let lines = scene.lines().await;
        // Back to the first checkpoint, as a copy of the store of that day has it.
        let number: i64 = sqlx::query("SELECT number FROM audit_checkpoint WHERE position = 1")
            .fetch_one(&mut attacker)
            .await
            .unwrap()
            .get(0);
        let last = lines.iter().find(|line| line.number == number).unwrap();
        sqlx::query("DELETE FROM audit_entry WHERE number > $1").bind(number).execute(&mut attacker).await.unwrap();
        sqlx::query("DELETE FROM audit_checkpoint WHERE position > 1").execute(&mut attacker).await.unwrap();
        sqlx::query("UPDATE audit_head SET next_number = $1, last_hash = $2")
            .bind(number + 1)
            .bind(&last.hash)
            .execute(&mut attacker)
            .await
            .unwrap();
        let found = scene.verify(None).await;
        assert!(found.words().contains("This machine remembers checkpoint"), "{}", found.words());
        // A backup that somebody restores knowingly is no roll-back.
        super::set_memory_aside(&scene.place(), scene.school, scene.records.clock().now()).unwrap();
        assert!(scene.verify(None).await.is_whole());
    });
}

#[test]
fn a_lost_key_is_followed_by_a_new_one_only_where_nothing_else_is_wrong() {
    block_on(async {
        let scene = twelve().await;
        std::fs::remove_file(scene.place().secrets.join("audit.key")).unwrap();
        let records = Records::open(&scene.place(), scene.records.clock().clone()).await.unwrap();
        let session = Session { school: scene.school, actor: Actor::Clock, unlocked: None };
        let refused = records.act(&session, Act::AuditVerified, Resource::School, Detail::none()).await;
        assert!(refused.unwrap_err().to_string().contains("holdfast audit adopt"));
        // Reading a copy goes without.
        assert!(records.verify_audit(&scene.place(), Extent::Whole, None, &[]).await.unwrap().is_whole());

        let sql = "UPDATE audit_entry SET actor = 'console' WHERE number = 3";
        sqlx::query(sql).execute(&mut scene.attacker().await).await.unwrap();
        assert!(matches!(records.adopt_log(&scene.place(), None).await, Err(crate::Fault::Damaged(_))));
        let undone = scene.lines().await.into_iter().find(|line| line.number == 3).unwrap();
        assert!(!scene.place().secrets.join("audit.key").exists(), "{undone:?}");
    });
}

#[test]
fn a_new_key_marks_what_the_lost_one_did() {
    block_on(async {
        let scene = twelve().await;
        std::fs::remove_file(scene.place().secrets.join("audit.key")).unwrap();
        let records = Records::open(&scene.place(), scene.records.clock().clone()).await.unwrap();
        records.adopt_log(&scene.place(), Some(&scene.witness())).await.unwrap();
        let found = records.verify_audit(&scene.place(), Extent::Whole, Some(&scene.witness()), &[]).await.unwrap();
        assert!(found.is_whole(), "{}", found.words());
        let newest = scene.lines().await.pop().unwrap();
        assert_eq!((newest.act.as_str(), newest.detail.contains("adopted")), ("audit-verified", true));
    });
}
