//! The audit log under attack by somebody who can write to the store: each attack is shown by a witness, on both engines.

use crate::ground::{Ground, both};
use holdfast_records::{
    Fault, Records, Session,
    access::Actor,
    audit::{Extent, KeyChange, Proof, Signed, Verified},
    id,
    store::Place,
};
use jiff::SignedDuration;
use std::{fs, path::PathBuf};

both!(
    a_whole_log_is_proven_up_to_its_last_checkpoint,
    every_column_of_an_entry_is_held,
    rows_that_are_deleted_are_missed,
    rows_that_are_moved_are_seen,
    a_log_that_is_cut_is_seen_with_a_witness,
    an_older_copy_is_seen_with_a_witness,
    two_histories_from_one_copy_are_seen_with_a_witness,
    another_key_is_seen_with_a_witness,
    the_note_of_the_end_is_held,
    every_column_of_a_checkpoint_is_held,
    a_fingerprint_on_paper_is_a_witness,
    a_key_is_changed_and_a_lost_one_replaced,
    a_denied_attempt_is_entered,
);

const TABLES: [&str; 4] = ["audit_head", "audit_entry", "audit_checkpoint", "audit_tally"];

struct Scene {
    ground: Ground,
    records: Records,
    school: id::School,
    place: Place,
}

impl Scene {
    /// A school with six entries of failed sign-ins, two checkpoints that the witness has, and two entries after them.
    async fn new(ground: Ground) -> Self {
        let records = ground.records().await;
        let school = id::School::new(ground.now()).expect("an id");
        let columns = "(id, code, name, time_zone, created_at)";
        ground
            .order(&format!("INSERT INTO school {columns} VALUES ('{school}', 'hill', 'Hill', 'Europe/London', 0)"))
            .await;
        let place = ground.place();
        let scene = Self { ground, records, school, place };
        scene.happen(3).await;
        scene.checkpoint().await;
        scene.happen(3).await;
        scene.checkpoint().await;
        scene.happen(2).await;
        scene
    }

    async fn happen(&self, times: usize) {
        for _ in 0..times {
            self.records.sign_in_failed(self.school, None).await.expect("it is counted");
            self.ground.advance(SignedDuration::from_mins(6));
            self.records.fold_counts(self.school).await.expect("it is folded");
        }
    }

    fn outside(&self) -> PathBuf {
        self.ground.path("outside")
    }

    fn witness(&self) -> PathBuf {
        self.outside().join(format!("audit-checkpoints-{}.txt", self.school))
    }

    async fn sign(&self, change: KeyChange) -> Result<Signed, Fault> {
        let session = Session { school: self.school, actor: Actor::Clock, unlocked: None };
        self.records.sign_checkpoint(&session, &self.place, Some(&self.outside()), change).await
    }

    async fn checkpoint(&self) -> Signed {
        self.sign(KeyChange::None).await.expect("it is signed")
    }

    async fn verify(&self, is_witnessed: bool) -> Verified {
        let witness = self.witness();
        let witness = is_witnessed.then_some(witness.as_path());
        self.records.verify_audit(&self.place, Extent::Whole, witness, &[]).await.expect("it is read")
    }

    async fn sees(&self, words: &str) {
        let found = self.verify(true).await;
        assert!(!found.is_whole() && found.words().contains(words), "not “{words}” but:\n{}", found.words());
    }

    async fn is_whole(&self, is_witnessed: bool) {
        let found = self.verify(is_witnessed).await;
        assert!(found.is_whole(), "{}", found.words());
    }

    /// Without a witness, what the machine remembers in the folder of its secrets shows it; to an attacker who has that folder
    /// too, nothing is wrong.
    async fn is_remembered_by_the_machine_only(&self) {
        let found = self.verify(false).await;
        assert!(found.words().contains("This machine remembers checkpoint"), "{}", found.words());
        let name = self.witness().file_name().expect("a name").to_owned();
        fs::remove_file(self.place.secrets.join(name)).expect("it was there");
        self.is_whole(false).await;
    }

    /// The attacker does this, with foreign keys out of the way.
    async fn attack(&self, sql: &str) {
        let free = if self.ground.is_server() {
            "SET session_replication_role = replica;"
        } else {
            "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;"
        };
        self.ground.order(&format!("{free} {sql};")).await;
    }

    /// Keeps a copy of the log as it is now.
    async fn copy(&self, name: &str) {
        for table in TABLES {
            self.attack(&format!("CREATE TABLE {name}_{table} AS SELECT * FROM {table}")).await;
        }
    }

    /// Puts the copy in the log's place.
    async fn roll_back(&self, name: &str) {
        for table in TABLES {
            self.attack(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {name}_{table}")).await;
        }
    }
}

async fn a_whole_log_is_proven_up_to_its_last_checkpoint(ground: Ground) {
    let scene = Scene::new(ground).await;
    let found = scene.verify(true).await;
    assert!(found.is_whole(), "{}", found.words());
    let ranges = |found: &Verified| -> Vec<_> {
        found.chains[0].ranges.iter().map(|range| (range.from, range.to, range.proof)).collect()
    };
    assert_eq!(ranges(&found), [(1, 8, Proof::Witness), (9, 10, Proof::Chain)]);
    let found = scene.verify(false).await;
    assert_eq!(ranges(&found), [(1, 8, Proof::Signed), (9, 10, Proof::Chain)]);
    assert!(found.words().contains("No witness was given"), "{}", found.words());
    // Nothing new, nothing signed; and the copy in the data folder is the same as the one outside.
    assert!(scene.checkpoint().await.is_new);
    assert!(!scene.checkpoint().await.is_new);
    let inside = scene.place.data.join("records/checkpoints").join(scene.witness().file_name().expect("a name"));
    let text = fs::read_to_string(scene.witness()).expect("it is there");
    assert_eq!(fs::read_to_string(inside).expect("it is there"), text);
    assert_eq!(text.lines().filter(|line| line.starts_with("checkpoint ")).count(), 3);
}

async fn every_column_of_an_entry_is_held(ground: Ground) {
    let scene = Scene::new(ground).await;
    scene.copy("kept").await;
    let changes = [
        "school = 'elsewhere'",
        "number = 900",
        "format = 2",
        "moment = moment + 1",
        "actor = 'console'",
        "act = 'signed-in'",
        "outcome = 'done'",
        "resource_kind = 'school'",
        "resource = 'x'",
        "file_kind = 'child'",
        "subjects = 'x'",
        "compartment = 'x'",
        "detail = '{}'",
        "previous_hash = hash",
        "hash = previous_hash",
    ];
    for change in changes {
        scene.attack(&format!("UPDATE audit_entry SET {change} WHERE number = 5")).await;
        assert!(!scene.verify(true).await.is_whole(), "{change} passes");
        assert!(!scene.verify(false).await.is_whole(), "{change} passes without a witness");
        scene.roll_back("kept").await;
    }
    scene.is_whole(true).await;
}

async fn rows_that_are_deleted_are_missed(ground: Ground) {
    let scene = Scene::new(ground).await;
    scene.copy("kept").await;
    for (number, words) in
        [(1, "Entry 1 is missing"), (5, "Entry 5 is missing"), (10, "Where the log ends is noted otherwise")]
    {
        scene.attack(&format!("DELETE FROM audit_entry WHERE number = {number}")).await;
        scene.sees(words).await;
        scene.roll_back("kept").await;
    }
    scene.attack("DELETE FROM audit_entry; DELETE FROM audit_head").await;
    scene.sees("The log is empty").await;
}

async fn rows_that_are_moved_are_seen(ground: Ground) {
    let scene = Scene::new(ground).await;
    for (from, to) in [(5, 500), (6, 5), (500, 6)] {
        scene.attack(&format!("UPDATE audit_entry SET number = {to} WHERE number = {from}")).await;
    }
    scene.sees("Entry 5 was changed").await;
}

/// The note of the end is made to fit, as who knows the tables would.
const CUT: &str = "DELETE FROM audit_entry WHERE number > {at}; UPDATE audit_head SET next_number = {at} + 1, \
    last_hash = (SELECT hash FROM audit_entry WHERE number = {at})";

async fn a_log_that_is_cut_is_seen_with_a_witness(ground: Ground) {
    let scene = Scene::new(ground).await;
    scene.copy("kept").await;
    // What no checkpoint covers can be cut, and the words say so.
    scene.attack(&CUT.replace("{at}", "9")).await;
    let found = scene.verify(true).await;
    assert!(found.is_whole() && found.words().contains("Not proven: entry 9"), "{}", found.words());
    scene.roll_back("kept").await;
    scene.attack(&CUT.replace("{at}", "6")).await;
    scene.sees("the log up to entry 8; it ends before that").await;
    assert!(!scene.verify(false).await.is_whole(), "its own checkpoint covers what is gone");
    scene.attack("DELETE FROM audit_checkpoint WHERE number > 6").await;
    scene.sees("it was cut or rolled back").await;
    scene.is_remembered_by_the_machine_only().await;
}

async fn an_older_copy_is_seen_with_a_witness(ground: Ground) {
    let scene = Scene::new(ground).await;
    scene.copy("older").await;
    scene.checkpoint().await;
    scene.happen(2).await;
    scene.roll_back("older").await;
    scene.sees("the store was rolled back").await;
    scene.is_remembered_by_the_machine_only().await;
    // Signing on is told at once where the copy outside knows more.
    scene.happen(1).await;
    let signed = scene.checkpoint().await;
    assert!(signed.not_copied.iter().all(|why| why.contains("never signed")) && signed.not_copied.len() == 2);
}

async fn two_histories_from_one_copy_are_seen_with_a_witness(ground: Ground) {
    let scene = Scene::new(ground).await;
    scene.copy("fork").await;
    scene.happen(1).await;
    scene.checkpoint().await;
    let first = fs::read(scene.witness()).expect("it is there");
    scene.roll_back("fork").await;
    scene.happen(4).await;
    fs::remove_file(scene.witness()).expect("it was there");
    fs::remove_dir_all(scene.place.data.join("records/checkpoints")).expect("it was there");
    scene.is_remembered_by_the_machine_only().await;
    scene.checkpoint().await;
    scene.is_whole(true).await;
    let second = fs::read(scene.witness()).expect("it is there");
    fs::write(scene.witness(), &first).expect("it is written");
    scene.sees("went on in two ways").await;
    fs::write(scene.witness(), [first, second].concat()).expect("it is written");
    scene.sees("The witness holds two checkpoints numbered 3").await;
}

async fn another_key_is_seen_with_a_witness(ground: Ground) {
    let mut scene = Scene::new(ground).await;
    let genuine = fs::read(scene.witness()).expect("it is there");
    // The attacker throws everything away and writes and signs a history of the same length with a key of their own.
    for table in TABLES {
        scene.attack(&format!("DELETE FROM {table}")).await;
    }
    fs::remove_file(scene.witness()).expect("it was there");
    fs::remove_dir_all(scene.place.data.join("records/checkpoints")).expect("it was there");
    scene.place.secrets = scene.ground.path("another-key");
    scene.happen(3).await;
    scene.checkpoint().await;
    scene.happen(3).await;
    scene.checkpoint().await;
    scene.is_whole(false).await;
    fs::write(scene.witness(), genuine).expect("it is written");
    scene.sees("rewritten and signed anew").await;
    // The machine's own key shows it too, where it is still there.
    scene.place.secrets = scene.ground.place().secrets;
    let found = scene.verify(false).await;
    assert!(found.words().contains("another key than this machine’s"), "{}", found.words());
}

async fn the_note_of_the_end_is_held(ground: Ground) {
    let scene = Scene::new(ground).await;
    scene.copy("kept").await;
    let other = "last_hash = (SELECT hash FROM audit_entry WHERE number = 3)";
    for change in ["next_number = 12", "next_number = 5", other, "school = 'elsewhere'"] {
        scene.attack(&format!("UPDATE audit_head SET {change}")).await;
        scene.sees("Where the log ends is noted otherwise").await;
        scene.roll_back("kept").await;
    }
}

async fn every_column_of_a_checkpoint_is_held(ground: Ground) {
    let scene = Scene::new(ground).await;
    scene.copy("kept").await;
    let changes = [
        "school = 'elsewhere'",
        "position = 7",
        "number = number + 1",
        "hash = previous",
        "moment = moment + 1",
        "previous = hash",
        "signing_key = hash",
        "next_key = signing_key",
        "signature = hash",
    ];
    for position in [1, 2] {
        for change in changes {
            scene.attack(&format!("UPDATE audit_checkpoint SET {change} WHERE position = {position}")).await;
            assert!(!scene.verify(true).await.is_whole(), "{change} of checkpoint {position} passes");
            scene.roll_back("kept").await;
        }
        scene.attack(&format!("DELETE FROM audit_checkpoint WHERE position = {position}")).await;
        assert!(!scene.verify(true).await.is_whole(), "checkpoint {position} can be removed");
        scene.roll_back("kept").await;
    }
}

async fn a_fingerprint_on_paper_is_a_witness(ground: Ground) {
    let scene = Scene::new(ground).await;
    let paper = scene.checkpoint().await.fingerprint;
    scene.happen(1).await;
    let verify =
        async |typed: &str| scene.records.verify_audit(&scene.place, Extent::Whole, None, &[typed.to_owned()]).await;
    let found = verify(&paper.to_lowercase()).await.expect("it is read");
    assert!(found.is_whole(), "{}", found.words());
    assert_eq!(found.chains[0].ranges[0].proof, Proof::Witness);
    assert!(matches!(verify("BCDF").await, Err(Fault::Wrong(_))));
    scene.copy("kept").await;
    scene.attack("UPDATE audit_checkpoint SET moment = moment + 1 WHERE position = 3").await;
    assert!(!verify(&paper).await.expect("it is read").is_whole());
    scene.roll_back("kept").await;
    scene.attack("DELETE FROM audit_checkpoint WHERE position = 3").await;
    let found = verify(&paper).await.expect("it is read");
    assert!(found.words().contains("has the fingerprint"), "{}", found.words());
}

async fn a_key_is_changed_and_a_lost_one_replaced(ground: Ground) {
    let scene = Scene::new(ground).await;
    let old = scene.checkpoint().await.key;
    let changed = scene.sign(KeyChange::New).await.expect("it is signed");
    assert_ne!(changed.key, old);
    scene.happen(1).await;
    scene.checkpoint().await;
    scene.is_whole(false).await;
    scene.is_whole(true).await;
    fs::remove_dir_all(&scene.place.secrets).expect("it was there");
    scene.happen(1).await;
    assert!(matches!(scene.sign(KeyChange::None).await, Err(Fault::Unavailable(_))), "no new key by itself");
    scene.sign(KeyChange::Lost).await.expect("it is signed");
    let found = scene.verify(false).await;
    assert!(found.words().contains("a new key that the old one did not name"), "{}", found.words());
    scene.is_whole(true).await;
}

async fn a_denied_attempt_is_entered(ground: Ground) {
    let scene = Scene::new(ground).await;
    let stranger = id::Person::new(scene.ground.now()).expect("an id");
    let session = Session { school: scene.school, actor: Actor::Person(stranger), unlocked: None };
    for _ in 0..40 {
        let refused = scene.records.sign_checkpoint(&session, &scene.place, None, KeyChange::None).await;
        assert!(refused.is_err());
    }
    let found = scene.verify(true).await;
    assert!(found.is_whole(), "{}", found.words());
    assert_eq!(found.chains[0].entries, 20, "ten in full, the rest is counted");
    scene.ground.advance(SignedDuration::from_mins(61));
    scene.records.fold_counts(scene.school).await.expect("it is folded");
    assert_eq!(scene.verify(true).await.chains[0].entries, 21);
}
