//! Letting somebody in: after their key was compared with them, and with no other key.

use crate::school::{CODE, PASSWORD, School};
use holdfast_records::{Session, access::Duty, id};
use jiff::SignedDuration;

/// Resets somebody's password by the head; their new session and who they are.
pub async fn reset(school: &School, word: &str, duty: Duty) -> (Session, id::Person) {
    let head = school.ready("head").await;
    let held = school.records.duties(&head).await.unwrap();
    let person = held.iter().find(|held| held.duty == duty).unwrap().person;
    let passphrase = school.records.reset_password(&head, person).await.unwrap();
    (school.records.choose_password(CODE, word, &passphrase, PASSWORD).await.unwrap(), person)
}

#[tokio::test]
async fn nobody_is_let_in_before_their_key_was_compared() {
    let school = School::new().await;
    school.ready("deputy").await;
    let (deputy, person) = reset(&school, "deputy", Duty::DeputyDesignatedLead).await;
    let key = school.records.own_key_fingerprint(&deputy).await.unwrap().unwrap();
    let mut theirs = school.browser();
    // What they set up beside their password went with the reset, so they set it up anew before they come to their account.
    school.set_up_app("deputy", &deputy).await;
    assert_eq!(school.enter(&mut theirs, "deputy", &[]).await, "/today");
    assert!(theirs.get("/today").await.text.contains("href=\"/account#key\""));
    assert!(theirs.get("/account").await.text.contains(&key));

    let mut lead = school.signed_in("lead").await;
    let list = lead.get("/admissions").await;
    assert!(list.text.contains("Dora Hale") && list.text.contains("New key: confirm whose it is"), "{}", list.text);
    let page = format!("/admissions/{person}");
    assert!(list.text.contains(&format!("href=\"{page}\"")));
    let form = lead.get(&page).await;
    assert!(form.text.contains(&key) && form.text.contains("Hilda Marsh had it made"), "{}", form.text);
    let unsaid = lead.act(&page, &page, &[("key", &key)]).await;
    assert!(unsaid.status == 422 && unsaid.text.contains("Compare the key with them first"), "{}", unsaid.text);
    let other = lead.act(&page, &page, &[("key", "0000-1111"), ("compared", "yes")]).await;
    assert!(other.status == 422 && other.text.contains("was replaced meanwhile"), "{}", other.text);
    assert!(!school.records.myself(&deputy).await.unwrap().is_confirmed);
    // Who had it made confirms nothing, and whoever waits confirms not themselves.
    let mut head = school.signed_in("head").await;
    let listed = head.get("/admissions").await;
    assert!(listed.text.contains("You had this key made yourself"), "{}", listed.text);
    assert_eq!(head.get(&page).await.status, 404);
    // It takes showing once more that one is oneself.
    school.advance(SignedDuration::from_mins(11));
    assert!(lead.get(&page).await.location().starts_with("/account/confirm?then="));
    let mut lead = school.browser();
    school.enter(&mut lead, "lead", &[]).await;
    let done = lead.act(&page, &page, &[("key", &key), ("compared", "yes")]).await;
    assert_eq!(done.location(), "/admissions");
    let list = lead.get("/admissions").await;
    assert!(list.text.contains("They are let in") && !list.text.contains("Dora Hale"), "{}", list.text);
    assert!(school.records.myself(&deputy).await.unwrap().is_confirmed);
    assert_eq!(lead.get(&page).await.status, 404);
    let mut teacher = school.signed_in("teacher").await;
    assert_eq!(teacher.get("/admissions").await.status, 404);
}
