//! Who waits to be let in, and to what: told to those who may know of it, and to nobody else who only keeps a key.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    access::{Act, Duty, FileKind},
    audit::Question,
    people::GiveDuty,
    seal::WaitsFor,
};
use jiff::SignedDuration;

both!(
    whoever_keeps_a_key_for_another_learns_of_no_file_by_who_waits,
    what_is_shown_stands_in_the_entry,
    that_nothing_was_missing_is_remembered_until_something_changes_and_not_for_long,
);

async fn deputises(school: &Filing, word: &str, duty: Duty) {
    let given = GiveDuty { duty, person: school.person(word), is_deputy: true, from: None };
    school.records.give_duty(school.session("chair"), &given).await.expect("given");
}

async fn whoever_keeps_a_key_for_another_learns_of_no_file_by_who_waits(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let records = &school.records;
    // The deputy of the head keeps the key of what is about an adult, and acts only while the head is away.
    deputises(&school, "deputy", Duty::Head).await;
    let file =
        records.open_file(school.session("teacher"), &school.staff_file("lead", "canary")).await.expect("raised");
    // Somebody else who deputises has no account, and so waits for it.
    deputises(&school, "officer", Duty::Head).await;
    let officer = school.person("officer");
    let of_officer = async |word: &str| {
        let waiting = records.waiting_admissions(school.session(word)).await.expect("who waits");
        let one = waiting.into_iter().find(|one| one.person == officer);
        one.map(|one| one.what).unwrap_or_default()
    };
    let about_adult = |what: &WaitsFor| matches!(what, WaitsFor::File { file: one, kind: FileKind::StaffConcern, .. } if *one == file.file);
    assert!(of_officer("head").await.iter().any(about_adult));
    for word in ["deputy", "lead"] {
        assert_eq!(of_officer(word).await, [], "{word}");
        let today = records.today(school.session(word)).await.expect("today");
        assert!(!today.waiting.iter().any(|one| one.person == officer), "{word}");
    }
    assert_eq!(records.waiting_admissions(school.session("teacher")).await.expect("an empty list"), []);
    // While the head is away the deputy acts, and sees it.
    records.record_absence(school.session("head"), school.person("head"), ground.now(), None).await.expect("away");
    assert!(of_officer("deputy").await.iter().any(about_adult));
}

async fn what_is_shown_stands_in_the_entry(ground: Ground) {
    let school = Filing::new(&ground).await;
    let records = &school.records;
    let file = school.raise("teacher", "ann", "canary").await.file.to_string();
    let waiting = records.waiting_admissions(school.session("lead")).await.expect("who waits");
    let deputy = waiting.iter().find(|one| one.person == school.person("deputy")).expect("she has no account");
    assert_eq!(deputy.name, "Dora Hale");
    let log = records.read_audit(school.session("head"), &Question { most: 50, ..Question::default() }).await;
    let log = log.expect("the head reads the log").entries;
    let entry = log.iter().find(|entry| entry.act == Act::WaitingRead.word()).expect("an entry");
    let shown = entry.detail.iter().find(|(key, _)| key == "shown").map(|(_, shown)| shown.as_str());
    let shown = shown.expect("it says what was shown");
    assert!(shown.contains(&file) && shown.contains(&deputy.person.to_string()), "{shown}");
}

async fn that_nothing_was_missing_is_remembered_until_something_changes_and_not_for_long(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, deputy) = (&school.records, school.session("lead"), school.person("deputy"));
    let waits = async || {
        let today = records.today(lead).await.expect("today");
        today.waiting.iter().any(|one| one.person == deputy && !one.what.is_empty())
    };
    let lose = format!("DELETE FROM compartment_wrap WHERE person = '{deputy}'");
    school.raise("teacher", "ann", "canary").await;
    assert!(!waits().await);
    ground.order(&lose).await;
    assert!(!waits().await, "nothing was missing a moment ago");
    assert!(records.waiting_admissions(lead).await.expect("who waits").iter().any(|one| one.person == deputy));
    school.raise("teacher", "ben", "canary").await;
    assert!(waits().await, "something was changed since");
    records.admit_waiting(lead, deputy, None).await.expect("she is let in");
    assert!(!waits().await);
    ground.order(&lose).await;
    ground.advance(SignedDuration::from_mins(11));
    assert!(waits().await, "what somebody else changed is seen in time");
}
