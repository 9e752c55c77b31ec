//! What is shown beside the password: codes of an app and spare codes, at the door and on one's account.

use crate::{
    authenticator::code,
    browser::Browser,
    school::{PASSWORD, School},
};
use jiff::SignedDuration;

const DOOR: &str = "/sign-in/second-step";
const APP: &str = "/account/second-step/app";

async fn password(browser: &mut Browser, word: &str) -> String {
    let fields = [("name", word), ("password", PASSWORD), ("then", "/account")];
    browser.post("/sign-in", &fields).await.location().to_owned()
}

/// What stands between two words of a page.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).expect("it stands in the page").0
}

#[tokio::test]
async fn whoever_must_have_a_second_step_sets_it_up_first_and_sees_nothing_else_before() {
    let school = School::new().await;
    school.choose("lead").await;
    let mut lead = school.browser();
    assert_eq!(password(&mut lead, "lead").await, "/account");
    for route in holdfast_web::routes::all() {
        use holdfast_web::routes::Access;
        if matches!(route.access, Access::SignedIn | Access::May(_)) && !route.path.contains('{') {
            if route.reads() {
                let way = lead.get(route.path).await.location().to_owned();
                assert!(way.starts_with("/account/second-step?then="), "{}: {way}", route.path);
            }
            if route.acts() {
                let answer = lead.act("/account/second-step", route.path, &[]).await;
                assert_eq!(answer.location(), "/account/second-step", "{}", route.path);
            }
        }
    }
    let page = lead.get(APP).await;
    assert!(page.text.contains("<svg role=\"img\"") && !page.text.contains("style="), "{}", page.text);
    let secret = between(&page.text, "<dt>Secret</dt><dd><code>", "</code>").to_owned();
    // Loaded again, it is the same: the telephone has it already.
    assert!(lead.get(APP).await.text.contains(&secret));
    let wrong = lead.act(APP, APP, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("not the code of this secret"), "{}", wrong.text);
    let before = lead.cookie.clone();
    let right = code(&secret, school.now());
    let answer = lead.act(APP, APP, &[("code", &right)]).await;
    assert_eq!(answer.location(), "/account/second-step/codes");
    assert_ne!(lead.cookie, before, "the cookie from before the second step still stands");
    let mut old = school.browser();
    old.cookie = before;
    assert!(old.get("/today").await.location().starts_with("/sign-in"));
    let codes = lead.get("/account/second-step/codes").await;
    assert_eq!(codes.text.matches("<li><code>").count(), 10);
    lead.act("/account", "/account/second-step/codes/kept", &[]).await;
    assert!(!lead.get("/account/second-step/codes").await.text.contains("<li><code>"), "they are shown again");
    assert_eq!(lead.get("/today").await.status, 200);
    // The code that set it up signs nobody in, and neither does the password alone.
    let mut again = school.browser();
    assert_eq!(password(&mut again, "lead").await, "/sign-in/second-step?then=%2Faccount");
    assert!(again.get("/today").await.location().starts_with("/sign-in"));
    assert_eq!(again.act(DOOR, DOOR, &[("code", &right)]).await.status, 422);
    school.advance(SignedDuration::from_secs(30));
    let next = code(&secret, school.now());
    let before = again.cookie.clone();
    let answer = again.act(DOOR, DOOR, &[("code", &next), ("then", "/account")]).await;
    assert_eq!(answer.location(), "/account");
    assert_ne!(again.cookie, before);
    assert_eq!(again.get("/account").await.status, 200);
    // The same code once more, in another browser, within its half minute.
    let mut replay = school.browser();
    password(&mut replay, "lead").await;
    let answer = replay.act(DOOR, DOOR, &[("code", &next)]).await;
    assert_eq!(answer.status, 422);
    assert!(!answer.text.contains(&next), "a code comes back in the page");
}

#[tokio::test]
async fn guessing_codes_slows_down_from_wherever_and_the_form_needs_its_own_page() {
    let school = School::new().await;
    school.ready("head").await;
    let mut head = school.browser();
    password(&mut head, "head").await;
    let spare = school.spare_code("head");
    assert_eq!(head.post(DOOR, &[("code", &spare)]).await.status, 403, "without its own page's token");
    for _ in 0..6 {
        let mut other = school.browser();
        password(&mut other, "head").await;
        assert_eq!(other.act(DOOR, DOOR, &[("code", "123456")]).await.status, 422);
    }
    assert_eq!(head.act(DOOR, DOOR, &[("code", &spare)]).await.status, 422, "the wait is not over");
    school.advance(SignedDuration::from_secs(31));
    assert_eq!(head.act(DOOR, DOOR, &[("code", &spare)]).await.location(), "/today");
    // What was tried in browsers that are not known goes on slowing them down; the code that its app shows next is good as well.
    school.advance(SignedDuration::from_secs(2));
    let mut by_app = school.browser();
    password(&mut by_app, "head").await;
    assert_eq!(by_app.act(DOOR, DOOR, &[("code", &school.app_code("head"))]).await.location(), "/today");
    let mut again = school.browser();
    password(&mut again, "head").await;
    assert_eq!(again.act(DOOR, DOOR, &[("code", &spare)]).await.status, 422, "a spare code is good once");
}

#[tokio::test]
async fn whoever_knows_a_password_and_guesses_codes_keeps_its_owner_from_none_and_is_told_of() {
    let school = School::new().await;
    let mut own = school.signed_in("head").await;
    own.act("/account", "/sign-out", &[]).await;
    let mut stranger = school.browser();
    password(&mut stranger, "head").await;
    for _ in 0..6 {
        school.advance(SignedDuration::from_secs(31));
        assert_eq!(stranger.act(DOOR, DOOR, &[("code", "123456")]).await.status, 422);
    }
    password(&mut own, "head").await;
    let spare = school.spare_code("head");
    assert_eq!(
        stranger.act(DOOR, DOOR, &[("code", &spare)]).await.status,
        422,
        "whoever guesses waits, even with a right one"
    );
    assert_eq!(own.act(DOOR, DOOR, &[("code", &spare)]).await.location(), "/today", "the owner does not");
    let account = own.get("/account").await.text;
    assert!(account.contains("wrong codes after it"), "{account}");
    // Their success makes nothing free for the stranger.
    assert_eq!(stranger.act(DOOR, DOOR, &[("code", &school.spare_code("head"))]).await.status, 422);
}

#[tokio::test]
async fn the_last_one_that_is_needed_stays_and_one_that_is_not_goes() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let remove = "/account/second-step/app/remove";
    let answer = head.act(remove, remove, &[]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("the only one you have"), "{}", answer.text);
    let session = school.choose("teacher").await;
    school.set_up_app("teacher", &session).await;
    let mut teacher = school.browser();
    assert_eq!(school.enter(&mut teacher, "teacher", &[]).await, "/today");
    assert_eq!(teacher.act(remove, remove, &[]).await.location(), "/account/second-step");
    assert_eq!(teacher.get("/today").await.status, 200);
    let mut again = school.browser();
    assert_eq!(password(&mut again, "teacher").await, "/account");
}

#[tokio::test]
async fn a_reset_second_step_ends_what_was_signed_in_by_it_and_is_set_up_anew() {
    let school = School::new().await;
    let mut deputy = school.signed_in("deputy").await;
    let head = school.ready("head").await;
    let technician = school.ready("technician").await;
    let session = school.session("deputy").await;
    let person = school.records.myself(&session).await.unwrap().person;
    assert!(
        school.records.reset_second_step(&technician, person).await.is_err(),
        "not by who looks after accounts alone"
    );
    school.records.reset_second_step(&head, person).await.unwrap();
    assert!(deputy.get("/today").await.location().starts_with("/sign-in"));
    let lead = school.ready("lead").await;
    let told = school.records.waiting_notices(&lead).await.unwrap();
    assert!(told.iter().any(|notice| notice.kind == "second-step-reset"), "{told:?}");
    let mut again = school.browser();
    assert_eq!(password(&mut again, "deputy").await, "/account");
    assert_eq!(again.get("/today").await.location(), "/account/second-step?then=%2Ftoday");
    let own = school.records.myself(&head).await.unwrap().person;
    assert!(school.records.reset_second_step(&head, own).await.is_err(), "nobody resets their own");
}

/// ASVS 7.4.3.
#[tokio::test]
async fn an_app_that_is_added_or_removed_ends_every_other_sign_in() {
    let school = School::new().await;
    school.choose("teacher").await;
    let (mut here, mut there) = (school.browser(), school.browser());
    for browser in [&mut here, &mut there] {
        assert_eq!(password(browser, "teacher").await, "/account");
        assert_eq!(browser.get("/today").await.status, 200);
    }
    let page = here.get(APP).await;
    let secret = between(&page.text, "<dt>Secret</dt><dd><code>", "</code>").to_owned();
    let right = code(&secret, school.now());
    assert_eq!(here.act(APP, APP, &[("code", &right)]).await.location(), "/account/second-step/codes");
    assert!(there.get("/today").await.location().starts_with("/sign-in"), "the other goes on after one was added");
    let codes = here.get("/account/second-step/codes").await.text;
    let spare = between(&codes, "<li><code>", "</code>").to_owned();
    password(&mut there, "teacher").await;
    assert_eq!(there.act(DOOR, DOOR, &[("code", &spare)]).await.location(), "/today");
    let remove = "/account/second-step/app/remove";
    assert_eq!(here.act(remove, remove, &[]).await.location(), "/account/second-step");
    assert!(there.get("/today").await.location().starts_with("/sign-in"), "the other goes on after it was removed");
    assert_eq!(here.get("/today").await.status, 200);
}
