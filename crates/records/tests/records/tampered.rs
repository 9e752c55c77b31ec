//! Somebody who administers the database, and has not the folder of the machine's secrets: what they put there gives nobody
//! anything, and is told. (Of the log itself: `audit.rs`; of keys: `seal/tampering.rs`.)

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, Decision, Resource},
    audit::Extent,
};

both!(
    a_duty_put_in_behind_our_back_gives_nothing,
    an_ended_duty_whose_end_was_deleted_gives_nothing,
    an_admission_put_in_behind_our_back_brings_no_key,
    words_moved_from_another_entry_do_not_open,
    what_an_older_schema_sealed_opens_after_the_upgrade,
    an_older_schema_put_back_is_not_taken_over_twice,
    a_file_led_to_another_compartment_takes_no_words,
);

async fn a_duty_put_in_behind_our_back_gives_nothing(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("head", "ann", "came without a coat").await;
    let teacher = school.person("teacher");
    let sql = format!(
        "INSERT INTO duty_holding (id, school, duty, person, is_deputy, from_at, recorded_at) \
         VALUES ('0197a000-0000-7000-8000-000000000001', '{}', 'dsl', '{teacher}', 0, 0, 0)",
        school.school
    );
    ground.order(&sql).await;
    let file = Resource::File(raised.file);
    let session = school.session("teacher");
    assert_eq!(school.records.would(session, Act::FileRead, &file).await, Ok(Decision::Hidden));
    assert_eq!(school.records.read_file(session, raised.file).await.err(), Some(Fault::NotFound));
    // Nor is what comes next sealed to them.
    let next = school.raise("head", "ben", "fell asleep in class").await;
    let holders = school.records.file_holders(school.session("lead"), next.file).await.expect("read");
    assert!(!holders.contains(&teacher), "{holders:?}");
}

async fn an_ended_duty_whose_end_was_deleted_gives_nothing(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let raised = school.raise("head", "ann", "came without a coat").await;
    let head = school.session("head");
    let held = school.records.duties(head).await.expect("read");
    let held = held.iter().find(|held| held.person == school.person("deputy")).expect("the deputy holds a duty");
    assert!(school.records.read_file(school.session("deputy"), raised.file).await.is_ok());
    school.records.end_duty(head, held.holding).await.expect("it ends");
    ground.order("DELETE FROM duty_holding_end").await;
    assert_eq!(school.records.read_file(school.session("deputy"), raised.file).await.err(), Some(Fault::NotFound));
}

async fn an_admission_put_in_behind_our_back_brings_no_key(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("head", "ann", "came without a coat").await;
    let teacher = school.person("teacher");
    let sql = format!(
        "INSERT INTO file_admission (id, school, file, person, given_by, reason, recorded_at) \
         SELECT '0197a000-0000-7000-8000-000000000002', school, id, '{teacher}', NULL, compartment_reason, 1 FROM \
         (SELECT f.school, f.id, (SELECT e.text FROM file_entry e WHERE e.file = f.id LIMIT 1) AS compartment_reason FROM file f \
         WHERE f.id = '{}') AS made",
        raised.file
    );
    ground.order(&sql).await;
    let waiting = school.records.waiting_admissions(school.session("lead")).await.expect("read");
    assert!(!waiting.iter().any(|one| one.person == teacher), "{waiting:?}");
    assert!(school.records.read_file(school.session("teacher"), raised.file).await.is_err());
}

async fn words_moved_from_another_entry_do_not_open(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("head", "ann", "came without a coat").await;
    assert!(school.records.read_file(school.session("lead"), raised.file).await.is_ok());
    school.raise("head", "ben", "fell asleep in class").await;
    let sql = format!(
        "UPDATE file_entry SET text = (SELECT text FROM file_entry WHERE file <> '{0}' LIMIT 1) WHERE file = '{0}'",
        raised.file
    );
    ground.order(&sql).await;
    let read = school.records.read_file(school.session("lead"), raised.file).await;
    assert!(matches!(read, Err(Fault::Damaged(_))), "{read:?}");
}

/// A store of before keys and words were noted in the log, and entries carried the machine's mark.
async fn what_an_older_schema_sealed_opens_after_the_upgrade(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("head", "ann", "came without a coat").await;
    school.records.close().await;
    let older = if ground.is_server() {
        "UPDATE file_entry SET text = decode('01' || substr(encode(text, 'hex'), 3, 8) || substr(encode(text, 'hex'), 27), 'hex')"
    } else {
        "UPDATE file_entry SET text = unhex('01' || substr(hex(text), 3, 8) || substr(hex(text), 27))"
    };
    ground.order(older).await;
    put_back_to_before_the_mark(&ground).await;
    std::fs::remove_file(ground.place().secrets.join("audit.key")).expect("it was there");

    let records = ground.records().await;
    let read = records.read_file(school.session("lead"), raised.file).await.expect("read");
    assert_eq!(read.entries[0].text.as_str(), "came without a coat");
    let found = records.verify_audit(&ground.place(), Extent::Whole, None, &[]).await.expect("verified");
    assert!(found.is_whole(), "{}", found.words());
    // What comes next is sealed to the keys that were there.
    let head = Session { school: school.school, actor: Actor::Person(school.person("head")), unlocked: None };
    let next = records.open_file(&head, &school.child_file("ben", "fell asleep in class")).await.expect("raised");
    assert!(records.read_file(school.session("lead"), next.file).await.is_ok());
}

/// Tables that a store of then had not. The newest first: each refers to those behind it.
const NEWER: &[&str] = &[
    "file_class",
    "file_part_of",
    "file_advice",
    "file_unsure",
    "file_debrief",
    "file_considered",
    "file_threshold",
    "open_file",
    "file_head_told",
    "file_family_harm",
    "file_entry_twin",
    "pupil_feedback",
    "pupil_receipt",
    "talk_answered",
    "talk_passed_on",
    "talk",
    "trusted_adult_ended",
    "trusted_adult",
    "paper_form",
    "report_draft",
    "told_in_person",
    "report",
    "out_of_hours_ended",
    "out_of_hours",
    "file_rung",
    "trend_finding",
    "report_ended",
    "report_stage",
    "report_taken",
    "report_read",
    "report_kept_from",
    "report_words",
    "report_waiting",
    "file_link",
    "file_call",
    "file_parent_told",
    "file_parent",
    "file_action_done",
    "file_action",
    "file_assigned",
    "file_decision",
    "file_acknowledged",
    "pupil_way_exempt_ended",
    "pupil_way_exempt",
    "class_arrival",
    "class_opening_closed",
    "class_opening",
    "pupil_way_ended",
    "pupil_way",
    "sealed_sign_in_review",
    "sealed_sign_in_use",
    "sealed_sign_in_ended",
    "sealed_sign_in",
    "set_up_step",
    "sign_on_binding",
    "sign_on_provider",
    "link_look",
    "contact_confirmed",
    "contact_end",
    "contact",
    "mail_try",
    "mail_notice",
    "mail",
    "mail_account",
    "recent_sign_in",
    "known_browser",
    "advice_read",
    "password_word",
    "password_set",
    "passkey_wrap",
    "passkey",
    "spare_code",
    "authenticator",
    "held_log",
    "gate_code_spent",
];

async fn put_back_to_before_the_mark(ground: &Ground) {
    let indexes = [
        "audit_entry_by_act",
        "sign_in_try_by_failures",
        "file_entry_by_time",
        "file_by_opening",
        "file_by_compartment",
        "file_by_origin",
        "file_entry_by_amended",
        "file_admission_by_person",
        "hold_by_file",
        "hold_by_compartment",
        "emergency_by_compartment",
        "notice_by_time",
        "compartment_wrap_by_key",
    ];
    for index in indexes {
        ground.order(&format!("DROP INDEX {index}")).await;
    }
    for table in NEWER {
        ground.order(&format!("DROP TABLE {table}")).await;
    }
    ground.order("DELETE FROM schema_version WHERE number >= 9").await;
    ground.order("ALTER TABLE audit_entry DROP COLUMN proof").await;
}

async fn an_older_schema_put_back_is_not_taken_over_twice(ground: Ground) {
    let school = Filing::new(&ground).await;
    school.records.close().await;
    put_back_to_before_the_mark(&ground).await;
    let opened = holdfast_records::Records::open(&ground.place(), ground.clock()).await;
    assert!(matches!(opened, Err(Fault::Damaged(_))), "{opened:?}");
}

async fn a_file_led_to_another_compartment_takes_no_words(ground: Ground) {
    let school = Filing::new(&ground).await;
    let ann = school.raise("head", "ann", "came without a coat").await;
    let ben = school.raise("head", "ben", "fell asleep in class").await;
    let sql = format!(
        "UPDATE file SET compartment = (SELECT compartment FROM file WHERE id = '{}') WHERE id = '{}'",
        ann.file, ben.file
    );
    ground.order(&sql).await;
    let added = school.records.add_entry(school.session("lead"), ben.file, &crate::filing::seen("again")).await;
    assert!(matches!(added, Err(Fault::Damaged(_))), "{added:?}");
    assert!(school.records.read_file(school.session("lead"), ben.file).await.is_err());
}
