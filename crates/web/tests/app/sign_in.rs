//! The door.

use crate::{
    every_route,
    school::{CODE, PASSWORD, School, roles},
};
use holdfast_web::routes;
use jiff::SignedDuration;

#[tokio::test]
async fn the_first_sign_in_ends_in_a_password_of_ones_own() {
    let school = School::new().await;
    let mut browser = school.browser();
    let passphrase = school.passphrases["office"].as_str();
    let answer = browser.post("/sign-in", &[("name", "office"), ("password", passphrase), ("then", "/account")]).await;
    assert_eq!(answer.location(), "/sign-in/first-password?then=%2Faccount");
    // Not in yet.
    assert!(browser.get("/today").await.location().starts_with("/sign-in"));
    let first = "/sign-in/first-password";
    let differs = [("new", "one kettle of fish"), ("again", "another kettle of fish")];
    assert_eq!(browser.post(first, &differs).await.status, 403, "without its own page's token");
    let answer = browser.act(first, first, &differs).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("not the same"), "{}", answer.text);
    let answer = browser.act(first, first, &[("new", "short"), ("again", "short")]).await;
    assert!(answer.text.contains("at least 12"), "{}", answer.text);
    let chosen = [("new", PASSWORD), ("again", PASSWORD), ("then", "/account")];
    let answer = browser.act(first, first, &chosen).await;
    assert_eq!(answer.location(), "/account/advice?then=%2Faccount", "what there is to know comes first");
    let answer = browser.act("/account/advice", "/account/advice", &[("then", "/account")]).await;
    assert_eq!(answer.location(), "/account");
    let account = browser.get("/account").await;
    assert!(account.text.contains("Orla Dean"), "{}", account.text);
    // The passphrase opens nothing any more.
    let answer = school.browser().post("/sign-in", &[("name", "office"), ("password", passphrase)]).await;
    assert_eq!(answer.status, 422);
    assert!(school.records.sign_in(CODE, "office", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn who_exists_is_told_to_nobody_and_guessing_slows_down() {
    let school = School::new().await;
    school.choose("teacher").await;
    let mut browser = school.browser();
    let wrong = browser.post("/sign-in", &[("name", "teacher"), ("password", "not this one at all")]).await;
    let nobody = browser.post("/sign-in", &[("name", "nobody"), ("password", "not this one at all")]).await;
    assert_eq!((wrong.status, nobody.status), (422, 422));
    assert_eq!(wrong.text.replace("value=\"teacher\"", "value=\"nobody\""), nobody.text);
    assert!(!wrong.text.contains("not this one"), "a password comes back in the page");
    for _ in 0..6 {
        browser.post("/sign-in", &[("name", "teacher"), ("password", "not this one at all")]).await;
    }
    let right = [("name", "teacher"), ("password", PASSWORD)];
    assert_eq!(browser.post("/sign-in", &right).await.status, 422, "the wait is not over");
    school.advance(SignedDuration::from_secs(31));
    assert_eq!(browser.post("/sign-in", &right).await.location(), "/today");
}

#[tokio::test]
async fn the_cookie_is_new_at_each_sign_in_and_for_us_alone() {
    let school = School::new().await;
    school.choose("teacher").await;
    let mut browser = school.browser();
    browser.cookie = Some("__Host-holdfast=planted-by-somebody-else".to_owned());
    let right = [("name", "teacher"), ("password", PASSWORD)];
    let answer = browser.post("/sign-in", &right).await;
    let given = answer.cookie("__Host-holdfast").unwrap();
    assert!(given.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"), "{given}");
    let first = browser.cookie.clone();
    assert_ne!(first.as_deref(), Some("__Host-holdfast=planted-by-somebody-else"));
    // What an attacker planted as their own sign-in is over once somebody signs in over it.
    browser.post("/sign-in", &right).await;
    let mut planted = school.browser();
    planted.cookie = first;
    assert!(planted.get("/today").await.location().starts_with("/sign-in"));
    assert_eq!(browser.get("/today").await.status, 200);
}

#[tokio::test]
async fn a_form_that_another_site_sends_does_nothing() {
    let school = School::new().await;
    school.choose("teacher").await;
    let right = [("name", "teacher"), ("password", PASSWORD)];
    let headers: [&[(&str, &str)]; 6] = [
        &[],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost")],
        &[("Origin", "null")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "http://localhost.evil.example")],
    ];
    for headers in headers {
        let mut browser = school.browser();
        assert_eq!(browser.post_with("/sign-in", &right, headers).await.status, 403, "{headers:?}");
        assert_eq!(browser.cookie, None);
    }
    let mut old = school.browser();
    let answer = old.post_with("/sign-in", &right, &[("Origin", "http://localhost")]).await;
    assert_eq!(answer.location(), "/today", "an older browser, which says its origin only");
    // Signed in, a form needs its own page's token as well.
    for fields in [&[][..], &[("token", "guessed")], &[("token", "")]] {
        assert_eq!(old.post("/sign-out", fields).await.status, 403);
    }
    assert_eq!(old.get("/today").await.status, 200);
    let mut other = school.signed_in("head").await;
    let foreign = other.token("/account").await;
    assert_eq!(old.post("/sign-out", &[("token", &foreign)]).await.status, 403, "another's token");
}

#[tokio::test]
async fn a_sign_in_ends_by_itself_and_when_it_is_ended() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    school.advance(SignedDuration::from_mins(14));
    assert_eq!(lead.get("/today").await.status, 200);
    school.advance(SignedDuration::from_mins(16));
    assert_eq!(lead.get("/account").await.location(), "/sign-in?then=%2Faccount");
    // Others have longer, and a computer that others use too is left sooner.
    let mut colleague = school.signed_in("colleague").await;
    school.advance(SignedDuration::from_mins(29));
    assert_eq!(colleague.get("/today").await.status, 200);
    let mut shared = school.browser();
    let fields = [("name", "colleague"), ("password", PASSWORD), ("shared", "yes")];
    shared.post("/sign-in", &fields).await;
    school.advance(SignedDuration::from_mins(6));
    assert!(shared.get("/today").await.location().starts_with("/sign-in"));
    // Signing out takes the cookie and what the browser kept.
    let before = colleague.cookie.clone();
    let answer = colleague.act("/account", "/sign-out", &[]).await;
    assert_eq!(answer.location(), "/sign-in");
    assert_eq!(answer.header("clear-site-data"), Some(r#""cache", "storage""#));
    assert_eq!(colleague.cookie, None);
    // Whoever kept a copy of it has nothing by it.
    let mut copied = school.browser();
    copied.cookie = before;
    assert!(copied.get("/today").await.location().starts_with("/sign-in"), "the cookie of before is still good");
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_it() {
    let school = School::new().await;
    let mut here = school.signed_in("head").await;
    let mut there = school.browser();
    school.enter(&mut there, "head", &[]).await;
    let mut lead = school.signed_in("lead").await;
    let page = here.get("/account").await;
    let numbers: Vec<&str> = page
        .text
        .split("/account/sign-ins/")
        .skip(1)
        .filter_map(|rest| rest.split_once("/end").map(|(number, _)| number))
        .filter(|number| number.parse::<u64>().is_ok())
        .collect();
    assert_eq!(numbers.len(), 2, "{}", page.text);
    // Nobody ends another's.
    let other = format!("/account/sign-ins/{}/end", numbers[0]);
    assert_eq!(lead.act("/account", &other, &[]).await.status, 404);
    assert_eq!(there.get("/today").await.status, 200);
    let answer = here.act("/account", &other, &[]).await;
    assert_eq!(answer.location(), "/account");
    assert!(here.get("/account").await.text.contains("That sign-in has ended"));
    assert!(!here.get("/account").await.text.contains("That sign-in has ended"), "it is told once");
    assert_eq!(here.get("/today").await.status, 200);
    assert!(there.get("/today").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_changed_password_signs_out_everywhere_else() {
    let school = School::new().await;
    let mut here = school.signed_in("office").await;
    let mut there = school.browser();
    school.enter(&mut there, "office", &[]).await;
    let new = "nine paper lanterns on a wall";
    let wrong = [("old", "not the old one"), ("new", new), ("again", new)];
    assert_eq!(here.act("/account/password", "/account/password", &wrong).await.status, 422);
    let right = [("old", PASSWORD), ("new", new), ("again", new)];
    let answer = here.act("/account/password", "/account/password", &right).await;
    assert_eq!(answer.location(), "/account");
    assert_eq!(here.get("/today").await.status, 200);
    assert!(there.get("/today").await.location().starts_with("/sign-in"));
    // Changed at the console, it ends this one too.
    let session = school.records.sign_in(CODE, "office", new).await.unwrap();
    school.records.change_password(&session, new, "saddles beside a hedgehog").await.unwrap();
    assert!(here.get("/today").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_reset_password_and_a_closed_account_end_it_at_the_next_request() {
    let school = School::new().await;
    let mut colleague = school.signed_in("colleague").await;
    let mut office = school.signed_in("office").await;
    let technician = school.choose("technician").await;
    let person = |accounts: &[holdfast_records::accounts::Account], name: &str| {
        accounts.iter().find(|account| account.sign_in_name == name).unwrap().person
    };
    let accounts = school.records.accounts(&technician).await.unwrap();
    school.records.reset_password(&technician, person(&accounts, "colleague")).await.unwrap();
    school.records.close_account(&technician, person(&accounts, "office")).await.unwrap();
    for browser in [&mut colleague, &mut office] {
        assert!(browser.get("/today").await.location().starts_with("/sign-in"));
    }
}

#[tokio::test]
async fn passwords_are_not_taken_in_the_clear_nor_without_records() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    // Passed on by another program here: for somebody elsewhere, as far as we can know.
    let answer = lead.send("GET", "/sign-in", &[("X-Forwarded-For", "10.0.0.7")], "").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("not secure"), "{}", answer.text);
    school.share(None);
    for path in ["/sign-in", "/today"] {
        let answer = lead.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.text.contains("no records here just now"), "{}", answer.text);
    }
    assert_eq!(lead.get("/help").await.status, 200);
    school.share(Some(school.records.clone()));
    assert_eq!(lead.get("/today").await.status, 200);
}

#[tokio::test]
async fn nobody_at_the_same_address_keeps_somebody_from_showing_who_they_are() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    let mut other = school.browser();
    for _ in 0..8 {
        other.post("/sign-in", &[("name", "lead"), ("password", "not this one at all")]).await;
    }
    let fields = [("password", PASSWORD), ("then", "/account")];
    assert_eq!(lead.act("/account/confirm", "/account/confirm", &fields).await.location(), "/account");
}

#[tokio::test]
async fn it_is_really_them_for_ten_minutes() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    school.advance(SignedDuration::from_mins(11));
    let answer = lead.act("/account/confirm", "/account/confirm", &[("password", "no"), ("then", "/account")]).await;
    assert_eq!(answer.status, 422);
    let fields = [("password", PASSWORD), ("then", "//evil.example")];
    let answer = lead.act("/account/confirm", "/account/confirm", &fields).await;
    assert_eq!(answer.location(), "/today", "and on to no other site");
    // By what they showed they have a new cookie, and the one before is nobody's.
    let before = lead.cookie.clone();
    let fields = [("password", PASSWORD), ("then", "/account")];
    assert_eq!(lead.act("/account/confirm", "/account/confirm", &fields).await.location(), "/account");
    assert_ne!(lead.cookie, before);
    let mut copied = school.browser();
    copied.cookie = before;
    assert!(copied.get("/today").await.location().starts_with("/sign-in"), "the cookie of before is still good");
    assert_eq!(lead.get("/today").await.status, 200);
}

/// ASVS 7.5.1, 7.5.3: no route of the table that asks for it lets anybody through without.
#[tokio::test]
async fn every_route_that_asks_for_it_refuses_who_has_not_shown_again_that_it_is_them() {
    let school = School::of_every_duty().await;
    let mut browsers = Vec::new();
    for (role, _) in roles() {
        browsers.push((role, school.signed_in(role).await));
    }
    school.advance(SignedDuration::from_mins(11));
    let mut tokens = Vec::new();
    for (_, browser) in &mut browsers {
        tokens.push(browser.token("/account").await);
    }
    let mut asked = 0;
    for route in routes::all().filter(|route| route.needs_confirmation()) {
        let path = every_route::filled(route.path);
        let mut of_route = 0;
        for ((role, browser), token) in browsers.iter_mut().zip(&tokens) {
            let mut answers = Vec::new();
            if route.reads() {
                answers.push(browser.get(&path).await);
            }
            if route.acts() {
                answers.push(browser.post(&path, &[("token", token)]).await);
            }
            for answer in answers.into_iter().filter(|answer| answer.status != 404) {
                let leads_there = answer.status == 303 && answer.location().starts_with("/account/confirm")
                    || answer.status != 200 && answer.text.contains("/account/confirm");
                assert!(leads_there, "{role} at {path}: {}\n{}", answer.head, answer.text);
                of_route += 1;
            }
        }
        assert!(of_route > 0, "nobody may do {path}, so that nothing is proven of it");
        asked += 1;
    }
    assert!(asked > 40, "only {asked} routes ask for it");
}
