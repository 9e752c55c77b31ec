//! What a backup proves of its own log, on the machine that made it and on another; of older backups; and two restorings at once.

use crate::{
    backup::{CODE, School, is_readable, password},
    ground::{Ground, both},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use holdfast_records::{
    Fault, Records,
    access::Actor,
    audit::{Extent, KeyChange},
    backup::{self, Choices, LogProof, Restored},
    store::{Place, proof::Older},
};
use jiff::SignedDuration;
use std::path::Path;

both!(
    the_log_is_proven_on_another_machine_and_on_its_own,
    an_entry_that_its_machine_did_not_write_is_not_adopted,
    an_entry_without_the_mark_stops_its_own_machine_too,
    a_backup_of_before_it_carried_a_proof_says_so,
    a_backup_of_an_older_schema_is_restored,
    sealed_words_that_are_not_those_of_the_log_are_told,
    of_two_restorings_at_once_one_is_refused,
    old_backups_stay_while_the_log_does_not_hold_together,
    where_the_log_was_kept_another_machines_backup_needs_a_witness,
    an_unproven_log_lets_in_whom_it_still_tells_of,
    an_unproven_log_that_lets_no_lead_in_is_not_restored,
);

async fn restore(
    school: &School,
    file: &Path,
    (ground, place): (&Ground, &Place),
    choices: &Choices<'_>,
) -> Result<Restored, Fault> {
    backup::restore(file, place, &ground.clock(), school.codes(0, 1), choices).await
}

/// A fresh place with this machine's secrets.
async fn same_machine(ground: &Ground, name: &str) -> Place {
    Place { secrets: ground.place().secrets, ..ground.another_place(name).await }
}

/// What the restored store's newest entry of this act says.
async fn told(ground: &Ground, place: &Place, act: &str) -> String {
    let store = Older::open(place, &ground.clock(), usize::MAX).await.expect("it opens");
    let rows = store.rows("audit_entry", &["act".to_owned(), "detail".to_owned()]).await.expect("they are read");
    store.close().await;
    rows.into_iter().find(|row| row.contains(act)).expect("it is told")
}

async fn the_log_is_proven_on_another_machine_and_on_its_own(ground: Ground) {
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    assert!(made.is_log_whole);
    school.records.close().await;
    let places = [
        (ground.another_place("other").await, LogProof::ItsMachine, "its-machine"),
        (same_machine(&ground, "own").await, LogProof::ThisMachine, "this-machine"),
    ];
    for (place, proof, word) in places {
        let restored = restore(&school, &made.file, (&ground, &place), &Choices::default()).await.expect("restored");
        assert_eq!(restored.log, proof);
        assert!(restored.verified.is_whole(), "{}", restored.verified.words());
        assert!(told(&ground, &place, "restored").await.contains(word));
        let records = Records::open(&place, ground.clock()).await.expect("it opens");
        let verified = records.verify_audit(&place, Extent::Whole, None, &[]).await.expect("verified");
        assert!(verified.is_whole(), "{}", verified.words());
        records.close().await;
    }
}

/// Somebody who could write the store, and not the secrets, had put an entry of theirs into the log before the backup was made.
async fn an_entry_that_its_machine_did_not_write_is_not_adopted(ground: Ground) {
    let school = School::new(&ground).await;
    // It fits the chain, as anybody can make one; what it lacks is the mark.
    ground.order("UPDATE audit_entry SET proof = hash WHERE number = 2").await;
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    let place = ground.another_place("other").await;
    let refused = restore(&school, &made.file, (&ground, &place), &Choices::default()).await;
    assert!(
        matches!(&refused, Err(Fault::Damaged(words)) if words.contains("entry 2,") && words.contains("--unproven-log")),
        "{refused:?}"
    );
    let records = Records::open(&place, ground.clock()).await.expect("the store is as new");
    assert_eq!(records.schools().await.expect("they are read"), [], "nothing was restored");
    records.close().await;

    let choices = Choices { unproven_log: true, ..Choices::default() };
    let restored = restore(&school, &made.file, (&ground, &place), &choices).await.expect("restored");
    assert!(matches!(restored.log, LogProof::Broken(foreign) if (foreign.first, foreign.count) == (2, 1)));
    assert!(!restored.verified.is_whole());
    // The new machine did not make it its own.
    let records = Records::open(&place, ground.clock()).await.expect("it opens");
    let words = records.verify_audit(&place, Extent::Whole, None, &[]).await.expect("verified").words();
    assert!(words.contains("Entry 2 does not carry this machine’s mark") && !words.contains("Entry 3"), "{words}");
    records.close().await;
}

async fn an_entry_without_the_mark_stops_its_own_machine_too(ground: Ground) {
    let school = School::new(&ground).await;
    ground.order("UPDATE audit_entry SET proof = hash WHERE number = 3").await;
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    let own = same_machine(&ground, "own").await;
    let refused = restore(&school, &made.file, (&ground, &own), &Choices::default()).await;
    assert!(matches!(&refused, Err(Fault::Damaged(words)) if words.contains("entry 3,")), "{refused:?}");
}

/// The backup as a program wrote it that knew of no proof: on its own machine the marks themselves are looked at. Elsewhere the
/// proof was taken out: whoever writes this schema puts it in.
async fn a_backup_of_before_it_carried_a_proof_says_so(ground: Ground) {
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    let marks = proofs(&ground, &ground.place()).await;
    school.records.close().await;
    let older = ground.path("older.backup");
    let (header, lines) = backup::read_lines(&made.file, school.codes(0, 1)).await.expect("it opens");
    let lines: Vec<String> = lines.iter().map(|line| with_machines_mark(line, &marks)).collect();
    backup::write_lines(&made.file, school.codes(0, 1), &header, &lines, &older).expect("written");

    let own = same_machine(&ground, "own").await;
    let restored = restore(&school, &older, (&ground, &own), &Choices::default()).await.expect("restored");
    assert_eq!(restored.log, LogProof::ThisMachine);
    assert!(restored.verified.is_whole(), "{}", restored.verified.words());
    let other = ground.another_place("other").await;
    let refused = restore(&school, &older, (&ground, &other), &Choices::default()).await;
    assert!(matches!(&refused, Err(Fault::Damaged(words)) if words.contains("was taken out")), "{refused:?}");

    // On its own machine, an entry that lost its mark is seen.
    let foreign = ground.path("foreign.backup");
    let lines: Vec<String> = lines.iter().map(|line| line.replace(&marks[2].1, &marks[4].1)).collect();
    backup::write_lines(&made.file, school.codes(0, 1), &header, &lines, &foreign).expect("written");
    let own = same_machine(&ground, "own-again").await;
    let refused = restore(&school, &foreign, (&ground, &own), &Choices::default()).await;
    assert!(matches!(&refused, Err(Fault::Damaged(words)) if words.contains("entry 3,")), "{refused:?}");
}

/// The hash and the machine's mark of each entry in order, in base64.
async fn proofs(ground: &Ground, place: &Place) -> Vec<(String, String)> {
    let store = Older::open(place, &ground.clock(), usize::MAX).await.expect("it opens");
    let columns = ["number", "hash", "proof"].map(str::to_owned);
    let rows = store.rows("audit_entry", &columns).await.expect("they are read");
    store.close().await;
    let bytes = |text: &str| {
        let text = text.split(']').next().expect("an end");
        let bytes: Vec<u8> = text.split(", ").map(|byte| byte.parse().expect("a byte")).collect();
        BASE64_STANDARD.encode(bytes)
    };
    let both = |row: String| {
        let mut parts = row.split("Some([").skip(1).map(bytes);
        (parts.next().expect("a hash"), parts.next().expect("a mark"))
    };
    rows.into_iter().map(both).collect()
}

/// A line of a backup with the machine's own mark where the backup's stands, and no key for it.
fn with_machines_mark(line: &str, marks: &[(String, String)]) -> String {
    if let Some((keys, _)) = line.split_once(",\"log_key\"") {
        return format!("{keys}}}");
    }
    let Some((rest, _)) = line.rsplit_once(",\"") else { return line.to_owned() };
    match marks.iter().find(|(hash, _)| rest.ends_with(&format!("\"{hash}\""))) {
        Some((_, mark)) if line.ends_with("\"]") => format!("{rest},\"{mark}\"]"),
        _ => line.to_owned(),
    }
}

/// A backup from before entries carried the machine's mark: it is put in the schema it was written in, brought up to date, its
/// log marked and its words noted, and a holder opens them.
async fn a_backup_of_an_older_schema_is_restored(ground: Ground) {
    const STEPS: usize = 8;
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    let (mut header, lines) = backup::read_lines(&made.file, school.codes(0, 1)).await.expect("it opens");
    header.steps.truncate(STEPS);
    let then = Older::open(&ground.embedded_place("then"), &ground.clock(), STEPS).await.expect("it opens");
    let schema = then.schema().await.expect("it is read");
    then.close().await;
    let sealed = ["file_entry", "confidential_detail", "hold", "file_closed"];
    let (mut older, mut table, mut rows) = (Vec::new(), String::new(), 0);
    for line in lines {
        let mut content: serde_json::Value = serde_json::from_str(&line).expect("a line");
        if let Some(name) = content.get("table").and_then(|name| name.as_str()) {
            name.clone_into(&mut table);
        }
        if !table.is_empty() && !schema.contains_key(&table) && content.get("rows").is_none() {
            continue;
        }
        if content.get("log_key").is_some() {
            content.as_object_mut().expect("an object").remove("log_key");
        } else if content.get("rows").is_some() {
            content = serde_json::json!({ "rows": rows });
        } else if let Some(row) = content.as_array_mut() {
            rows += 1;
            if table == "audit_entry" {
                row.pop();
            }
            for cell in row.iter_mut().filter(|_| sealed.contains(&table.as_str())) {
                of_before_it_was_noted(cell);
            }
        } else if table == "audit_entry" {
            content["columns"].as_array_mut().expect("columns").pop();
        }
        older.push(content.to_string());
    }
    let file = ground.path("older.backup");
    backup::write_lines(&made.file, school.codes(0, 1), &header, &older, &file).expect("written");

    assert!(LogProof::Nothing.words().contains("witness"));
    // This machine has kept the log itself, and nothing shows that it made this.
    let own = same_machine(&ground, "own").await;
    let refused = restore(&school, &file, (&ground, &own), &Choices::default()).await;
    assert!(matches!(&refused, Err(fault @ Fault::Wrong(_)) if fault.to_string().contains("--witness")), "{refused:?}");
    for (place, unproven_log) in [(ground.another_place("other").await, false), (own, true)] {
        let choices = Choices { unproven_log, ..Choices::default() };
        let restored = restore(&school, &file, (&ground, &place), &choices).await.expect("restored");
        assert_eq!(restored.log, LogProof::Nothing);
        assert!(restored.verified.is_whole(), "{}", restored.verified.words());
        let records = Records::open(&place, ground.clock()).await.expect("it opens");
        let lead = records.sign_in(CODE, "lead", &password("lead")).await.expect("the same password");
        let read = records.read_file(&lead, school.raised.file).await.expect("a holder opens it");
        assert!(is_readable(&read), "{read:?}");
        let verified = records.verify_audit(&place, Extent::Whole, None, &[]).await.expect("verified");
        assert!(verified.is_whole(), "{}", verified.words());
        records.close().await;
    }
}

/// Sealed words as they were kept before the log was told of them: the form 1, and no number of an entry.
fn of_before_it_was_noted(cell: &mut serde_json::Value) {
    let bytes = cell.as_str().and_then(|text| BASE64_STANDARD.decode(text).ok()).unwrap_or_default();
    if bytes.len() > 60 && matches!(bytes[0], 2 | 3) {
        let then = [&[1], &bytes[1..5], &bytes[13..]].concat();
        *cell = BASE64_STANDARD.encode(then).into();
    }
}

async fn sealed_words_that_are_not_those_of_the_log_are_told(ground: Ground) {
    let school = School::new(&ground).await;
    ground.order("UPDATE file_entry SET text = (SELECT hash FROM audit_entry WHERE number = 1)").await;
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    let place = ground.another_place("other").await;
    let restored = restore(&school, &made.file, (&ground, &place), &Choices::default()).await.expect("restored");
    assert_eq!(restored.log, LogProof::ItsMachine);
    let words = restored.verified.words();
    assert!(!restored.verified.is_whole() && words.contains("1 sealed values or keys"), "{words}");
}

async fn of_two_restorings_at_once_one_is_refused(ground: Ground) {
    let school = School::new(&ground).await;
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    let place = ground.another_place("other").await;
    let choices = Choices::default();
    let (one, other) = tokio::join!(
        restore(&school, &made.file, (&ground, &place), &choices),
        restore(&school, &made.file, (&ground, &place), &choices),
    );
    assert!(one.is_ok(), "{one:?}");
    assert!(matches!(&other, Err(fault @ Fault::Wrong(_)) if fault.to_string().contains("under way")), "{other:?}");
    // It was no more than that: the next one is told of the school that is there.
    let next = restore(&school, &made.file, (&ground, &place), &choices).await;
    assert!(
        matches!(&next, Err(fault @ Fault::Wrong(_)) if fault.to_string().contains("holds the school")),
        "{next:?}"
    );
    assert!(!place.records_folder().join("restoring").exists());
}

async fn old_backups_stay_while_the_log_does_not_hold_together(ground: Ground) {
    let school = School::new(&ground).await;
    let folder = ground.path("shelf");
    let count = || backup::list(&folder).expect("listed").0.len();
    let made = async |keep| {
        ground.advance(SignedDuration::from_hours(24));
        school.records.back_up(&school.clock(), &folder, keep).await.expect("it is made").is_log_whole
    };
    assert!(made(2).await && made(2).await && made(2).await);
    assert_eq!(count(), 2);
    ground.order("UPDATE audit_entry SET proof = NULL WHERE number = 3").await;
    assert!(!made(2).await && !made(2).await);
    assert_eq!(count(), 4, "the backups of before somebody altered the store stay");
    school.records.close().await;
}

/// A machine that has kept the school's log knows its own backups. Another's may be anybody's who knows the public halves.
async fn where_the_log_was_kept_another_machines_backup_needs_a_witness(ground: Ground) {
    let school = School::new(&ground).await;
    let outside = ground.path("outside");
    ground.advance(SignedDuration::from_hours(1));
    let (clock, place) = (school.clock(), ground.place());
    school.records.sign_checkpoint(&clock, &place, Some(&outside), KeyChange::None).await.expect("signed");
    ground.advance(SignedDuration::from_hours(1));
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    let first = ground.another_place("other").await;
    restore(&school, &made.file, (&ground, &first), &Choices::default()).await.expect("it knows nothing of the school");
    // From here on that machine keeps the log too.
    let records = Records::open(&first, ground.clock()).await.expect("it opens");
    records.sign_in(CODE, "lead", &password("lead")).await.expect("signed in");
    records.close().await;
    let again = async |name: &str| Place { secrets: first.secrets.clone(), ..ground.another_place(name).await };

    let empty = ground.path("empty.txt");
    std::fs::write(&empty, "").expect("written");
    for witness in [None, Some(empty.as_path())] {
        let choices = Choices { witness, ..Choices::default() };
        let refused = restore(&school, &made.file, (&ground, &again("refused").await), &choices).await;
        assert!(
            matches!(&refused, Err(fault @ Fault::Wrong(_)) if fault.to_string().contains("--witness")),
            "{refused:?}"
        );
    }
    for (name, witness, unproven_log) in [("witnessed", Some(outside.as_path()), false), ("said", None, true)] {
        let choices = Choices { witness, unproven_log, ..Choices::default() };
        let restored = restore(&school, &made.file, (&ground, &again(name).await), &choices).await.expect("restored");
        assert_eq!(restored.log, LogProof::ItsMachine, "{name}");
    }
}

async fn an_unproven_log_lets_in_whom_it_still_tells_of(ground: Ground) {
    let (school, made) = altered_about(&ground, "sign_in_name = 'trust'").await;
    let place = ground.another_place("other").await;
    let choices = Choices { unproven_log: true, ..Choices::default() };
    let restored = restore(&school, &made, (&ground, &place), &choices).await.expect("restored");
    assert!(matches!(restored.log, LogProof::Broken(_)), "{restored:?}");
    assert!(restored.log.words().contains("beside them"));
    let records = Records::open(&place, ground.clock()).await.expect("it opens");
    for name in ["head", "lead"] {
        let session = records.sign_in(CODE, name, &password(name)).await.expect("signed in");
        assert!(matches!(session.actor, Actor::Person(_)));
        let read = records.read_file(&session, school.raised.file).await.expect("acts in their duty");
        assert!(is_readable(&read), "{read:?}");
    }
    records.close().await;
}

async fn an_unproven_log_that_lets_no_lead_in_is_not_restored(ground: Ground) {
    let (school, made) = altered_about(&ground, "sign_in_name IN ('head', 'lead')").await;
    let place = ground.another_place("other").await;
    let choices = Choices { unproven_log: true, ..Choices::default() };
    let refused = restore(&school, &made, (&ground, &place), &choices).await;
    assert!(
        matches!(&refused, Err(Fault::Damaged(words)) if words.contains("headteacher, designated safeguarding lead")),
        "{refused:?}"
    );
    let records = Records::open(&place, ground.clock()).await.expect("the store is as new");
    assert_eq!(records.schools().await.expect("they are read"), [], "nothing was restored");
    records.close().await;
}

/// A school, and a backup of it that was made after somebody altered what the log tells of these accounts' people.
async fn altered_about(ground: &Ground, accounts: &str) -> (School, std::path::PathBuf) {
    let school = School::new(ground).await;
    let people = format!("SELECT person FROM account WHERE {accounts}");
    // Their codes stay: without two custodians nothing is sealed.
    let entries = format!("resource IN ({people}) AND act <> 'custodian-changed'");
    ground.order(&format!("UPDATE audit_entry SET proof = hash WHERE {entries}")).await;
    let made = school.back_up(&ground.path("shelf")).await;
    school.records.close().await;
    (school, made.file)
}
