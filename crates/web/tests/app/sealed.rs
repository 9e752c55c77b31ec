//! Sealed emergency sign-ins: used once, at once told of, narrow, and reviewed.

use crate::{
    browser::Answer,
    driver,
    keyboard::{ENTER, reach, write},
    looks::look,
    school::{PASSWORD, School},
};
use holdfast_records::{Session, access::Actor};
use jiff::SignedDuration;

/// A code for the safe, made by the head at their page.
async fn code(school: &School) -> (crate::browser::Browser, String) {
    let mut head = school.signed_in("head").await;
    let made = head.act("/emergency-sign-ins/new", "/emergency-sign-ins/new", &[]).await;
    assert_eq!(made.status, 200, "{}", made.text);
    (head, shown(&made))
}

/// The code or passphrase that a page shows.
fn shown(page: &Answer) -> String {
    page.text.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).expect("it is shown").to_owned()
}

fn person_of(page: &Answer, name: &str) -> String {
    let (before, _) = page.text.split_once(&format!("of {name}</span>")).expect("they are listed");
    let (_, rest) = before.rsplit_once("name=\"person\" value=\"").expect("a form");
    rest.split('"').next().expect("it ends").to_owned()
}

#[tokio::test]
async fn a_code_from_the_safe_lets_the_network_manager_in_again_and_nothing_more() {
    let school = School::new().await;
    let (mut head, code) = code(&school).await;
    let mut chair = school.signed_in("chair").await;
    let mut browser = school.browser();
    for path in ["/sign-in/emergency/accounts"] {
        assert_eq!(browser.get(path).await.location(), "/sign-in/emergency");
    }
    for path in ["reset", "second-step", "technician", "end"].map(|act| format!("/sign-in/emergency/{act}")) {
        assert_eq!(browser.post(&path, &[("token", "x")]).await.location(), "/sign-in/emergency", "{path}");
        assert_eq!(chair.post(&path, &[("token", "x")]).await.location(), "/sign-in/emergency", "{path}");
    }
    assert_eq!(browser.post("/sign-in/emergency", &[("code", &code)]).await.status, 422, "it needs a reason");
    let wrong = [("code", "0000-0000-0000-0000-0000"), ("reason", "nobody-in")];
    assert_eq!(browser.post("/sign-in/emergency", &wrong).await.status, 422);
    let right = [("code", &*code), ("reason", "nobody-in")];
    assert_eq!(browser.post("/sign-in/emergency", &right).await.location(), "/sign-in/emergency/accounts");
    let mut again = school.browser();
    assert_eq!(again.post("/sign-in/emergency", &right).await.status, 422, "it is spent");
    // Of what is behind the door nothing opens.
    for path in ["/today", "/account", "/emergency-sign-ins", "/set-up/left"] {
        assert!(browser.get(path).await.location().starts_with("/sign-in"), "{path}");
    }
    // The door leads back, so that nothing takes its place.
    for path in ["/sign-in", "/sign-in/passkey", "/sign-in/emergency"] {
        assert_eq!(browser.get(path).await.location(), "/sign-in/emergency/accounts", "{path}");
    }
    assert_eq!(browser.post("/sign-in", &[("name", "x")]).await.location(), "/sign-in/emergency/accounts");
    let page = browser.get("/sign-in/emergency/accounts").await;
    let technician = person_of(&page, "technician");
    assert_eq!(browser.post("/sign-in/emergency/reset", &[("person", &*technician)]).await.status, 403, "no token");
    let reset =
        browser.act("/sign-in/emergency/accounts", "/sign-in/emergency/reset", &[("person", &*technician)]).await;
    assert_eq!(reset.status, 200, "{}", reset.text);
    let session = school.records.choose_password(crate::school::CODE, "technician", &shown(&reset), PASSWORD).await;
    assert!(session.is_ok());
    let lead = person_of(&page, "lead");
    for (person, status) in [(&lead, 200), (&person_of(&page, "deputy"), 303)] {
        let answer =
            browser.act("/sign-in/emergency/accounts", "/sign-in/emergency/reset", &[("person", person)]).await;
        assert_eq!(answer.status, status, "of those to whom concerns come one, and no second: {}", answer.text);
    }
    let refused =
        browser.act("/sign-in/emergency/accounts", "/sign-in/emergency/second-step", &[("person", &*technician)]).await;
    assert_eq!(refused.location(), "/sign-in/emergency/accounts");
    assert!(browser.get("/sign-in/emergency/accounts").await.text.contains("nothing to take away"));
    let colleague = person_of(&page, "colleague");
    let named = [("person", &*colleague)];
    browser.act("/sign-in/emergency/accounts", "/sign-in/emergency/technician", &named).await;
    assert!(browser.get("/sign-in/emergency/accounts").await.text.contains("They look after accounts from now on"));

    // They are told at once, and somebody reviews it.
    assert!(chair.get("/today").await.text.contains("A sealed emergency sign-in was used"));
    let listed = head.get("/emergency-sign-ins").await;
    assert!(listed.text.contains("Used, to be reviewed"), "{}", listed.text);
    let (_, rest) = listed.text.split_once("action=\"/emergency-sign-ins/").expect("a form");
    let path = format!("/emergency-sign-ins/{}", rest.split('"').next().expect("it ends"));
    let mut office = school.signed_in("office").await;
    assert_eq!(office.act("/account", &path, &[("found", "right")]).await.status, 404);
    assert_eq!(chair.act("/emergency-sign-ins", &path, &[("found", "right")]).await.location(), "/emergency-sign-ins");
    assert!(head.get("/emergency-sign-ins").await.text.contains("Found right"));
    school.advance(SignedDuration::from_mins(9));
    assert_eq!(browser.get("/sign-in/emergency/accounts").await.status, 200);
    for _ in 0..3 {
        school.advance(SignedDuration::from_mins(8));
        browser.get("/sign-in/emergency/accounts").await;
    }
    assert_eq!(browser.get("/sign-in/emergency/accounts").await.location(), "/sign-in/emergency", "it is over");
}

#[tokio::test]
async fn a_new_code_is_made_only_by_somebody_who_showed_a_moment_ago_that_it_is_them() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    school.advance(SignedDuration::from_mins(11));
    assert!(head.get("/emergency-sign-ins/new").await.location().starts_with("/account/confirm"));
    for word in ["technician", "office", "teacher"] {
        let mut other = school.signed_in(word).await;
        assert_eq!(other.get("/emergency-sign-ins").await.status, 404, "{word}");
        assert_eq!(other.get("/emergency-sign-ins/new").await.status, 404, "{word}");
    }
}

#[tokio::test]
async fn a_sealed_code_is_used_with_the_keyboard_and_no_page_has_a_fault() {
    let school = School::new().await;
    let (_, code) = code(&school).await;
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = driver::Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        look(&browser, &[(of("/sign-in/emergency"), "sealed-sign-in")]);
        write(&browser, "code", &code);
        browser.press(&[ENTER]);
        browser.until("return document.title.startsWith('Error: ')");
        browser.picture("sealed-sign-in-wrong");
        write(&browser, "code", &code);
        reach(&browser, "reason");
        browser.press(&[' ', ENTER]);
        browser.until("return location.pathname === '/sign-in/emergency/accounts'");
        look(&browser, &[(of("/sign-in/emergency/accounts"), "sealed-accounts")]);
        browser.run("document.querySelector('main td form button').focus()");
        browser.press(&[ENTER]);
        browser.until("return document.querySelector('main .panel code') !== null");
        browser.picture("sealed-passphrase");
    });
    done.await.unwrap();
}

#[tokio::test]
async fn the_console_takes_a_lost_second_step_away_and_whoever_was_in_by_it_is_out() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let mut lead = school.signed_in("lead").await;
    let session = school.session("lead").await;
    let console = Session { actor: Actor::Console, unlocked: None, ..session };
    for nobody in ["technician", "chair", "nobody"] {
        assert!(school.records.restore_second_step(&console, nobody).await.is_err(), "{nobody}");
    }
    school.records.restore_second_step(&console, "head").await.unwrap();
    assert!(head.get("/today").await.location().starts_with("/sign-in"));
    let mut again = school.browser();
    let answer = again.post("/sign-in", &[("name", "head"), ("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/today", "the password, and no code of what is lost");
    assert!(again.get("/today").await.location().starts_with("/account/second-step"), "and then a new one first");
    assert!(
        lead.get("/today")
            .await
            .text
            .contains("What somebody to whom concerns come shows beside their password was reset")
    );
}
