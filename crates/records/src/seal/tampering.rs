//! Somebody who can write the database, and has not the machine's key: what they put there brings them nothing.

use super::{
    Place,
    suite::pair,
    tests::{School, WORDS},
};
use crate::{
    Fault, id,
    store::{Statement, Value},
};

impl School {
    /// Writes as whoever administers the database would: without leave, without an entry.
    async fn behind_our_back(&self, sql: &'static str, values: &[Value]) {
        let mut transaction = self.records.counting().await.unwrap();
        let statement = Statement { name: "TAMPER", sql };
        assert!(transaction.run(&statement, values).await.unwrap() > 0, "{sql} changed nothing");
        transaction.commit().await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_sealed_to_a_compartments_key_that_was_put_in_behind_our_back() {
    let school = School::new().await;
    let head = school.session(0).await;
    let compartment = school.compartment(&head, &[0], &[]).await;
    let stranger = pair().unwrap().public;
    let sql = "UPDATE compartment_key SET public_key = $1 WHERE compartment = $2";
    school.behind_our_back(sql, &[stranger.into(), compartment.into()]).await;
    assert!(matches!(school.try_seal(compartment).await, Err(Fault::Damaged(_))));
}

#[tokio::test]
async fn nothing_is_sealed_to_a_generation_that_was_added_behind_our_back() {
    let school = School::new().await;
    let head = school.session(0).await;
    let compartment = school.compartment(&head, &[0], &[]).await;
    let stranger = pair().unwrap().public;
    let sql =
        "INSERT INTO compartment_key (compartment, generation, school, public_key, made_at) VALUES ($1, 2, $2, $3, 0)";
    school.behind_our_back(sql, &[compartment.into(), school.id.into(), stranger.into()]).await;
    school.behind_our_back("UPDATE compartment SET generation = 2 WHERE id = $1", &[compartment.into()]).await;
    assert!(matches!(school.try_seal(compartment).await, Err(Fault::Damaged(_))));
}

#[tokio::test]
async fn words_that_somebody_else_sealed_in_their_place_do_not_open() {
    let school = School::new().await;
    let head = school.session(0).await;
    let compartment = school.compartment(&head, &[0], &[]).await;
    let sealed = school.seal(compartment).await;
    assert!(school.opens(&head, compartment, &sealed).await.unwrap());
    // The public half is in the database, so anybody who reads it can seal other words to the same place.
    let mut t = school.records.looking().await.unwrap();
    let public = super::compartment::generations(&mut t, school.id, compartment).await.unwrap().remove(0).public;
    drop(t);
    let forged = super::value::sealed_by_anybody(&school.place(compartment), &public, b"nothing happened");
    let with_entry = [&sealed[..13], &forged].concat();
    assert!(matches!(school.opens(&head, compartment, &with_entry).await, Err(Fault::Damaged(_))));
    // Nor do they under the form of before.
    let of_before = [&[1], &sealed[1..5], &forged].concat();
    assert!(matches!(school.opens(&head, compartment, &of_before).await, Err(Fault::Damaged(_))));
}

#[tokio::test]
async fn an_entry_that_was_added_without_the_machines_mark_counts_for_nothing() {
    let school = School::new().await;
    let head = school.session(0).await;
    let compartment = school.compartment(&head, &[0], &[]).await;
    let stranger = pair().unwrap().public;
    let sql = "UPDATE compartment_key SET public_key = $1 WHERE compartment = $2";
    school.behind_our_back(sql, &[stranger.clone().into(), compartment.into()]).await;
    // The log's own entry of the key is altered to fit, with its hash and those after it: all but the mark.
    let mut t = school.records.counting().await.unwrap();
    crate::audit::forge(&mut t, school.id, (&compartment.to_string(), "compartment-key-made"), |detail| {
        let mut said: serde_json::Value = serde_json::from_str(detail).unwrap();
        said["key"] = super::fingerprint(&stranger).into();
        said.to_string()
    })
    .await;
    t.commit().await.unwrap();
    assert!(matches!(school.try_seal(compartment).await, Err(Fault::Damaged(_))));
}

#[tokio::test]
async fn somebody_put_among_the_holders_behind_our_back_gets_no_new_generation() {
    let school = School::new().await;
    let sessions = school.sessions(6).await;
    let (head, technician) = (&sessions[0], &sessions[5]);
    let compartment = school.compartment(head, &[0, 1], &[]).await;
    let sql = "INSERT INTO compartment_holder (compartment, person, school, added_at) VALUES ($1, $2, $3, 0)";
    let person: id::Person = school.people[5];
    school.behind_our_back(sql, &[compartment.into(), person.into(), school.id.into()]).await;
    let mut entered = school.act(head).await;
    super::compartment::remove(&mut entered, compartment, school.people[1]).await.unwrap();
    entered.commit().await.unwrap();
    let sealed = school.seal(compartment).await;
    assert!(school.opens(head, compartment, &sealed).await.unwrap());
    assert!(school.opens(technician, compartment, &sealed).await.is_err());
    assert_eq!(school.wraps_of(compartment, 5).await, 0);
}

#[tokio::test]
async fn a_voucher_put_in_behind_our_back_lets_nobody_in() {
    let school = School::new().await;
    let sessions = school.sessions(2).await;
    let head = &sessions[0];
    let lead = school.people[1];
    let passphrase = school.records.reset_password(head, lead).await.unwrap();
    let sql = "INSERT INTO holder_key_vouched (holder_key, school, vouched_by, vouched_at) \
        SELECT k.id, k.school, NULL, 0 FROM holder_key k LEFT JOIN holder_key_ended e ON e.holder_key = k.id \
        WHERE k.person = $1 AND e.holder_key IS NULL";
    school.behind_our_back(sql, &[lead.into()]).await;
    school.behind_our_back("UPDATE holder_key SET needs_voucher = 0 WHERE person = $1", &[lead.into()]).await;
    // Nor does a password of their own make it theirs.
    let again =
        school.records.choose_password("hillside", "lead", &passphrase, "kettles under the old pier").await.unwrap();
    let compartment = school.compartment(head, &[0, 1], &[]).await;
    let sealed = school.seal(compartment).await;
    assert!(school.opens(head, compartment, &sealed).await.unwrap());
    assert!(matches!(school.opens(&again, compartment, &sealed).await, Err(Fault::Locked(_))));
    assert_eq!(school.wraps_of(compartment, 1).await, 0);
}

#[tokio::test]
async fn a_subject_whose_row_was_taken_away_is_still_one() {
    let school = School::new().await;
    let sessions = school.sessions(4).await;
    let head = &sessions[0];
    let compartment = school.compartment(head, &[0, 2], &[3]).await;
    let mut entered = school.act(head).await;
    super::add_subject(&mut entered, compartment, school.people[1]).await.unwrap();
    entered.commit().await.unwrap();
    school.behind_our_back("DELETE FROM compartment_subject WHERE compartment = $1", &[compartment.into()]).await;
    for about in [1, 3] {
        let mut entered = school.act(head).await;
        let unlocked = head.unlocked.as_deref().unwrap();
        let admitted = super::admit(&mut entered, unlocked, compartment, school.people[about]).await;
        assert!(matches!(admitted, Err(Fault::NotAllowed(_))), "{admitted:?}");
    }
    // Nor do two custodians with them among them open what comes next.
    let mut entered = school.act(head).await;
    super::compartment::remove(&mut entered, compartment, school.people[2]).await.unwrap();
    entered.commit().await.unwrap();
    assert_eq!(school.two_open(0, 1, compartment).await, [0; 0]);
}

#[tokio::test]
async fn a_removed_holder_put_back_behind_our_back_stays_out() {
    let school = School::new().await;
    let sessions = school.sessions(2).await;
    let head = &sessions[0];
    // The deputy has not signed in yet, and so had no wrap to lose.
    let compartment = school.compartment(head, &[0, 1, 4], &[]).await;
    for which in [1, 4] {
        let mut entered = school.act(head).await;
        super::compartment::remove(&mut entered, compartment, school.people[which]).await.unwrap();
        entered.commit().await.unwrap();
        let sql = "INSERT INTO compartment_holder (compartment, person, school, added_at) VALUES ($1, $2, $3, 0)";
        let person = school.people[which];
        school.behind_our_back(sql, &[compartment.into(), person.into(), school.id.into()]).await;
    }
    let mut t = school.records.looking().await.unwrap();
    assert_eq!(super::holders(&mut t, school.id, compartment).await.unwrap(), [school.people[0]]);
}

#[tokio::test]
async fn a_key_put_in_behind_our_back_signs_nobody_in() {
    let school = School::new().await;
    let sessions = school.sessions(2).await;
    // The lead's own key and password, under the head's name.
    let sql = "UPDATE holder_key SET person = $1 WHERE person = $2";
    school
        .behind_our_back(
            "DELETE FROM holder_wrap WHERE holder_key IN (SELECT id FROM holder_key WHERE person = $1)",
            &[school.people[0].into()],
        )
        .await;
    school.behind_our_back(sql, &[school.people[5].into(), school.people[0].into()]).await;
    school.behind_our_back(sql, &[school.people[0].into(), school.people[1].into()]).await;
    assert!(school.records.sign_in("hillside", "head", super::tests::PASSWORD).await.is_err());
    // Nor does a session of before go on.
    let listed = school.records.accounts(&sessions[0]).await;
    assert!(listed.is_err(), "{listed:?}");
}

#[tokio::test]
async fn nothing_is_sealed_to_an_older_generation() {
    let school = School::new().await;
    let sessions = school.sessions(2).await;
    let compartment = school.compartment(&sessions[0], &[0, 1], &[]).await;
    let mut entered = school.act(&sessions[0]).await;
    super::compartment::remove(&mut entered, compartment, school.people[1]).await.unwrap();
    entered.commit().await.unwrap();
    school.behind_our_back("UPDATE compartment SET generation = 1 WHERE id = $1", &[compartment.into()]).await;
    assert!(matches!(school.try_seal(compartment).await, Err(Fault::Damaged(_))));
}

#[tokio::test]
async fn one_code_in_two_rows_is_no_pair() {
    let school = School::new().await;
    let sessions = school.sessions(6).await;
    let sql = "INSERT INTO custodian (id, school, person, public_key, named_at) \
        SELECT '0197a000-0000-7000-8000-000000000009', school, person, public_key, named_at FROM custodian WHERE person = $1";
    school.behind_our_back(sql, &[school.people[2].into()]).await;
    let compartment = school.compartment(&sessions[0], &[5], &[0, 1]).await;
    let mut t = school.records.looking().await.unwrap();
    assert!(super::custodian::pairs_of(&mut t, school.id, compartment).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_replaced_custodian_whose_end_was_taken_away_stays_out() {
    let school = School::new().await;
    let (head, trust) = (school.session(0).await, school.session(4).await);
    school.records.replace_custodian(&trust, school.people[2], school.people[3]).await.unwrap();
    school.behind_our_back("DELETE FROM custodian_ended WHERE school = $1", &[school.id.into()]).await;
    let compartment = school.compartment(&head, &[0], &[]).await;
    assert_eq!(school.two_open(0, 1, compartment).await, [1]);
    let mut t = school.records.looking().await.unwrap();
    let people: Vec<id::Person> =
        super::custodian::custodians(&mut t, school.id).await.unwrap().iter().map(|one| one.person).collect();
    assert!(!people.contains(&school.people[2]), "{people:?}");
}

#[tokio::test]
async fn an_altered_entry_takes_nothing_away() {
    let school = School::new().await;
    let sessions = school.sessions(2).await;
    let compartment = school.compartment(&sessions[0], &[0, 1], &[]).await;
    let mut entered = school.act(&sessions[0]).await;
    super::compartment::remove(&mut entered, compartment, school.people[1]).await.unwrap();
    entered.commit().await.unwrap();
    // The entry that took the lead out loses its mark; the row comes back.
    let sql = "UPDATE audit_entry SET proof = NULL WHERE act = 'holder-removed' AND resource = $1";
    school.behind_our_back(sql, &[compartment.to_string().into()]).await;
    let sql = "INSERT INTO compartment_holder (compartment, person, school, added_at) VALUES ($1, $2, $3, 0)";
    let person = school.people[1];
    school.behind_our_back(sql, &[compartment.into(), person.into(), school.id.into()]).await;
    let mut t = school.records.looking().await.unwrap();
    let holders = super::holders(&mut t, school.id, compartment).await;
    // Behind the newest key nothing older is asked; before it, nothing altered is passed over.
    assert!(holders.is_err() || !holders.as_ref().unwrap().contains(&person), "{holders:?}");
}

#[test]
fn the_forger_binds_as_we_do() {
    // Else a forgery above would fail for the wrong reason.
    let place = Place {
        school: id::School::new(jiff::Timestamp::UNIX_EPOCH).unwrap(),
        compartment: id::Compartment::new(jiff::Timestamp::UNIX_EPOCH).unwrap(),
        table: "file_entry",
        column: "text",
        row: "one",
    };
    let ours = pair().unwrap();
    let message = super::value::sealed_by_anybody(&place, &ours.public, WORDS);
    assert!(super::value::opens_with(&ours.private, &place, &message));
}
