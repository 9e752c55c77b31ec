//! When a sign-in ends by itself: every page says so, warns before, and lets it be put off (WCAG 2.2.1). And pupils leave any page at
//! once.

use crate::{
    browser::Browser as Client,
    driver::Browser,
    looks,
    pupils::Pupils,
    pupils_ways,
    school::{CODE, PASSWORD, School},
};
use holdfast_records::{
    access::FileKind,
    file::{EntryKind, NewEntry, NewFile, Severity, Words},
};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn every_page_says_when_the_sign_in_ends_and_lets_it_be_put_off() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    // The day begins at 08:00; the pages of those who look after children end soonest.
    let page = lead.get("/concerns/new").await.text;
    assert!(
        page.contains("If nothing is opened or sent until <span data-until>08:15</span>, you are signed out."),
        "{page}"
    );
    assert!(page.contains("data-stays=\"900\" data-stay=\"/account/stay\""), "{page}");
    let token = lead.token("/account").await;
    school.advance(SignedDuration::from_mins(10));
    assert_eq!(lead.post("/account/stay", &[("token", "a stranger's")]).await.status, 403);
    let stays = lead.post("/account/stay", &[("token", &token)]).await;
    assert_eq!((stays.status, stays.text.as_str()), (200, "900 08:25"));
    school.advance(SignedDuration::from_mins(14));
    assert_eq!(lead.post("/account/stay", &[("token", &token)]).await.text, "900 08:39");
    school.advance(SignedDuration::from_mins(15));
    assert_eq!(lead.post("/account/stay", &[("token", &token)]).await.location(), "/sign-in", "it is over");
}

#[tokio::test]
async fn a_pupil_leaves_any_page_at_once_and_is_told_until_when_it_lasts() {
    let pupils = Pupils::new().await;
    let school = &pupils.school;
    let head = school.ready("head").await;
    // One with a password of their own has a Today and an account too.
    let one_time = school.records.create_account(&head, pupils.ann, "ann").await.expect("an account");
    school.records.choose_password(CODE, "ann", &one_time, PASSWORD).await.expect("her own");
    let class = school.records.classes(&head).await.expect("the classes")[0].id;
    let [mut inside, _] = pupils_ways::browsers(school, pupils.ann, class).await;
    let mut own = school.browser();
    assert_eq!(school.enter(&mut own, "ann", &[]).await, "/start");
    let shared = ["/start", "/tell", "/trusted", "/help/children", "/stopped", "/"];
    for (path, browser) in shared.map(|path| (path, false)).into_iter().chain([("/today", true), ("/account", true)]) {
        let browser = if browser { &mut own } else { &mut inside };
        let page = browser.get(path).await;
        assert!(page.status == 200 && page.text.contains("Leave this page"), "{path}: {}", page.text);
    }
    let mut adult = school.signed_in("teacher").await;
    assert!(!adult.get("/today").await.text.contains("Leave this page"), "an adult works on it");
    let page = inside.get("/start").await.text;
    assert!(page.contains("Press something before <span data-until>08:05</span>"), "{page}");
    let token = inside.token("/start").await;
    assert_eq!(inside.post("/start/stay", &[("token", &token)]).await.text, "300 08:05");
    assert_eq!(
        inside.post("/account/stay", &[("token", &token)]).await.status,
        404,
        "a class reaches pupils’ pages only"
    );
}

/// A real browser in which a client's seat is, and whose clock is put forward by hand.
fn sits(client: &Client, port: u16) -> Option<Browser> {
    let browser = Browser::start()?;
    let (name, value) = client.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).expect("they are in");
    let url = format!("http://localhost:{port}/");
    let cookie = json!({"name": name, "value": value, "url": url, "secure": true, "path": "/", "httpOnly": true});
    browser.command("Network.setCookie", &cookie);
    let skew = "window.ahead = 0; const real = Date.now.bind(Date); Date.now = () => real() + window.ahead * 1000;";
    browser.command("Page.addScriptToEvaluateOnNewDocument", &json!({"source": skew}));
    Some(browser)
}

/// Waits until the warning has these words.
fn warns(browser: &Browser, words: &str) {
    browser.until(&format!("return document.querySelector('.stays [role=alert]')?.textContent.includes('{words}')"));
}

const PRESS: &str = "document.querySelector('.stays button').click()";
const GONE: &str = "return document.querySelector('.stays') === null";

#[tokio::test]
async fn the_warning_comes_before_the_end_and_its_button_puts_it_off_on_every_page() {
    let pupils = Pupils::new().await;
    let school = &pupils.school;
    let text = Words::new("came without a coat").expect("words");
    let entry = NewEntry { kind: EntryKind::Seen, severity: Severity::new(3), moment: None, text, reason: None };
    let new = NewFile { kind: FileKind::Child, person: pupils.ben, named: Vec::new(), entry };
    let raised = school.records.open_file(&school.ready("teacher").await, &new).await.expect("raised");
    let lead = school.signed_in("lead").await;
    let class = school.records.classes(&school.ready("head").await).await.expect("the classes")[0].id;
    let [inside, _] = pupils_ways::browsers(school, pupils.ann, class).await;
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let of = |path: &str| format!("http://localhost:{port}{path}");
        let Some(browser) = sits(&lead, port) else { return };
        for page in ["/concerns/new", "/today", "/concerns", &format!("/concerns/{}/call", raised.reference)] {
            browser.open(&of(page));
            browser.run("window.ahead = 700");
            browser.until(GONE);
            browser.run("window.ahead = 800");
            warns(&browser, "08:15");
            browser.run(PRESS);
            browser.until(GONE);
            browser.run("window.ahead = 1600");
            browser.until("return document.querySelector('.stays') !== null");
        }
        for (width, screen) in [(390, "phone"), (1280, "desk")] {
            browser.width(width);
            browser.picture(&format!("staying-{screen}"));
            let faults = looks::faults(&browser);
            assert!(faults.is_empty(), "at {width}: {faults:#?}");
        }
        drop(browser);
        let Some(browser) = sits(&inside, port) else { return };
        browser.open(&of("/tell"));
        browser.run("window.ahead = 200");
        warns(&browser, "08:05");
        browser.run(PRESS);
        browser.until(GONE);
    });
    done.await.expect("it warns");
}

#[tokio::test]
async fn a_page_says_that_it_is_over_only_when_it_is() {
    let school = Arc::new(School::new().await);
    let lead = school.signed_in("lead").await;
    let (port, inside) = (school.address.port(), Arc::clone(&school));
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = sits(&lead, port) else { return };
        browser.open(&format!("http://localhost:{port}/concerns/new"));
        // Another page put it off meanwhile: this one does not know, and finds out.
        browser.run("window.ahead = 1000");
        warns(&browser, "You may be signed out by now");
        browser.run(PRESS);
        browser.until(GONE);
        // The store is away: the sign-in is not over.
        browser.run("window.ahead = 1800");
        warns(&browser, "You are signed out at");
        inside.share(None);
        browser.run(PRESS);
        warns(&browser, "There is no connection just now");
        inside.share(Some(inside.records.clone()));
        browser.run(PRESS);
        browser.until(GONE);
        // It is over.
        browser.run("window.ahead = 3600");
        warns(&browser, "You may be signed out by now");
        inside.advance(SignedDuration::from_mins(16));
        browser.run(PRESS);
        warns(&browser, "You are signed out");
        browser.until("return document.querySelector('.stays button') === null");
        for (width, screen) in [(390, "phone"), (1280, "desk")] {
            browser.width(width);
            browser.picture(&format!("staying-over-{screen}"));
        }
    });
    done.await.expect("it says so");
}
