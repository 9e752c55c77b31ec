//! Passwords that grow old, browsers that are known, and sign-ins that were somebody else's.

use crate::school::{PASSWORD, School};
use jiff::SignedDuration;

const NEW: &str = "nine paper lanterns on a wall";
const WRONG: &str = "not this one at all";

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[tokio::test]
async fn while_strangers_guess_the_owner_gets_in_at_once_in_a_known_browser() {
    let school = School::new().await;
    let mut own = school.signed_in("teacher").await;
    own.act("/account", "/sign-out", &[]).await;
    let mut stranger = school.browser();
    for _ in 0..12 {
        stranger.post("/sign-in", &[("name", "teacher"), ("password", WRONG)]).await;
        school.advance(SignedDuration::from_secs(31));
    }
    let right = [("name", "teacher"), ("password", PASSWORD)];
    stranger.post("/sign-in", &[("name", "teacher"), ("password", WRONG)]).await;
    assert_eq!(stranger.post("/sign-in", &right).await.status, 422, "whoever guesses waits, even with the right one");
    assert_eq!(own.post("/sign-in", &right).await.location(), "/today", "the owner does not");
    // They are told of it.
    assert!(own.get("/today").await.text.contains("out of the ordinary"));
    let account = own.get("/account").await.text;
    assert!(account.contains("Many wrong passwords had been tried before."), "{account}");
}

#[tokio::test]
async fn a_sign_in_that_was_not_them_ends_with_all_others_and_is_told() {
    let school = School::new().await;
    let mut technician = school.signed_in("technician").await;
    let mut own = school.signed_in("teacher").await;
    assert!(!own.get("/today").await.text.contains("out of the ordinary"), "the first ever is nothing odd");
    let mut other = school.browser();
    let first = other.cookie.clone();
    assert_eq!(school.enter(&mut other, "teacher", &[]).await, "/today");
    assert_ne!(other.cookie, first);
    assert!(own.get("/today").await.text.contains("out of the ordinary"));
    let account = own.get("/account").await.text;
    assert!(account.contains("A browser in which you had not signed in before."), "{account}");
    let answer = own.act("/account", "/account/sign-ins/not-me", &[]).await;
    assert_eq!(answer.location(), "/account/password");
    assert!(other.get("/today").await.location().starts_with("/sign-in"), "the other is out");
    assert_eq!(own.get("/today").await.status, 200, "this one is not");
    assert!(technician.get("/today").await.text.contains("was not them"), "whoever looks after accounts is told");
    // The browser that it was done in is still known; the other one is new again.
    own.act("/account", "/sign-out", &[]).await;
    assert_eq!(school.enter(&mut own, "teacher", &[]).await, "/today");
    let before = own.get("/account").await.text.matches("not signed in before").count();
    school.enter(&mut other, "teacher", &[]).await;
    assert_eq!(own.get("/account").await.text.matches("not signed in before").count(), before + 1);
}

#[tokio::test]
async fn a_password_past_its_day_is_changed_before_anything_else() {
    let school = School::new().await;
    let mut teacher = school.signed_in("teacher").await;
    school.advance(days(160));
    school.enter(&mut teacher, "teacher", &[]).await;
    assert!(teacher.get("/today").await.text.contains("to be changed by"), "thirty days before");
    school.advance(days(30));
    school.enter(&mut teacher, "teacher", &[("then", "/help")]).await;
    assert_eq!(teacher.get("/today").await.location(), "/account/password?then=%2Ftoday");
    assert_eq!(teacher.get("/help").await.status, 200, "help is behind nothing");
    let page = teacher.get("/account/password").await.text;
    assert!(
        page.contains("past the day") && !page.contains("I am needed") && page.contains("National advice"),
        "{page}"
    );
    let later = teacher.act("/account/password", "/account/password/later", &[]).await;
    assert_eq!(later.status, 403, "it takes a minute");
    let same = [("old", PASSWORD), ("new", PASSWORD), ("again", PASSWORD)];
    let answer = teacher.act("/account/password", "/account/password", &same).await;
    assert!(answer.text.contains("the password that you have") && answer.text.contains("new-error"), "{}", answer.text);
    let fields = [("old", PASSWORD), ("new", NEW), ("again", NEW), ("then", "/today")];
    let answer = teacher.act("/account/password", "/account/password", &fields).await;
    assert_eq!(answer.location(), "/today");
    assert_eq!(teacher.get("/today").await.status, 200);
}

#[tokio::test]
async fn who_hears_concerns_puts_it_off_for_one_sign_in() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    school.advance(days(190));
    school.enter(&mut lead, "lead", &[]).await;
    assert!(lead.get("/today").await.location().starts_with("/account/password"));
    let answer = lead.act("/account/password", "/account/password/later", &[("then", "/today")]).await;
    assert_eq!(answer.location(), "/today");
    assert_eq!(lead.get("/today").await.status, 200);
    lead.act("/account", "/sign-out", &[]).await;
    school.enter(&mut lead, "lead", &[]).await;
    assert!(lead.get("/today").await.location().starts_with("/account/password"), "asked again");
}

#[tokio::test]
async fn who_looks_after_accounts_adds_words_and_sees_what_is_old() {
    let school = School::new().await;
    let mut teacher = school.signed_in("teacher").await;
    assert_eq!(teacher.get("/passwords").await.status, 404);
    let mut technician = school.signed_in("technician").await;
    let page = technician.get("/passwords").await.text;
    assert!(page.contains("Every 6 months, enforced here") && page.contains("National advice"), "{page}");
    let refused = technician.act("/passwords", "/passwords/words", &[("word", "x")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("word-error"), "{}", refused.text);
    let answer = technician.act("/passwords", "/passwords/words", &[("word", "Heron-Mouth")]).await;
    assert_eq!(answer.location(), "/passwords");
    assert!(technician.get("/passwords").await.text.contains("heronmouth"));
    let made = "Heronmouth 20262026";
    let fields = [("old", PASSWORD), ("new", made), ("again", made)];
    let answer = teacher.act("/account/password", "/account/password", &fields).await;
    assert!(answer.text.contains("tried first"), "{}", answer.text);
}
