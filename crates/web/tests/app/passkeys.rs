//! Passkeys in a real browser with a virtual authenticator (`WebAuthn` Level 3, §11): set up, beside the password, alone, unlocking, and
//! what is refused.

use crate::{
    browser::Browser as Client,
    driver::Browser,
    looks::look,
    school::{PASSWORD, School},
};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

/// An authenticator in the browser that knows its owner; what it is called.
fn authenticator(browser: &Browser, derives: bool) -> String {
    browser.command("WebAuthn.enable", &json!({}));
    let options = json!({"options": {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": true,
        "hasUserVerification": true, "isUserVerified": true, "hasPrf": derives, "automaticPresenceSimulation": true,
    }});
    let added = browser.command("WebAuthn.addVirtualAuthenticator", &options);
    added["authenticatorId"].as_str().expect("it was added").to_owned()
}

/// Sends the form of the page that is open and has this action, with these fields filled in.
fn send(browser: &Browser, action: &str, fields: &[(&str, &str)]) {
    let fields: serde_json::Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    browser.run(&format!(
        "const form = document.querySelector('form[action=\"{action}\"]:not([data-passkey])')
            || document.querySelector('form[action=\"{action}\"]');
         for (const [name, value] of Object.entries({})) form.elements[name].value = value;
         setTimeout(() => form.requestSubmit(), 0);",
        Value::Object(fields)
    ));
}

/// Waits until the browser is at this path; else says what it shows.
fn arrives(browser: &Browser, path: &str) {
    let begun = Instant::now();
    while browser.run("return document.readyState === 'complete' && location.pathname") != json!(path) {
        let text = || browser.run("return location.href + ' ' + document.body.innerText");
        assert!(begun.elapsed() < Duration::from_secs(15), "never at {path}: {}", text());
        thread::sleep(Duration::from_millis(50));
    }
}

/// Signs somebody in with their password.
fn password(browser: &Browser, origin: &str, word: &str) {
    browser.open(&format!("{origin}/sign-in"));
    send(browser, "/sign-in", &[("name", word), ("password", PASSWORD)]);
}

fn sign_out(browser: &Browser, origin: &str) {
    browser.open(&format!("{origin}/account"));
    send(browser, "/sign-out", &[]);
    arrives(browser, "/sign-in");
}

/// Whether what is sealed is unlocked: then the page for it leads on.
fn is_unlocked(browser: &Browser, origin: &str) -> bool {
    browser.open(&format!("{origin}/account/unlock?then=/account"));
    browser.run("return location.pathname") == json!("/account")
}

fn set_up(browser: &Browser, origin: &str, title: &str) {
    browser.open(&format!("{origin}/account/second-step/passkeys/add"));
    send(browser, "/account/second-step/passkeys/add", &[("title", title)]);
}

fn alone(browser: &Browser, origin: &str) {
    browser.open(&format!("{origin}/sign-in/passkey"));
    send(browser, "/sign-in/passkey", &[]);
}

#[tokio::test]
async fn a_passkey_signs_in_beside_the_password_and_alone_and_unlocks_and_a_copy_is_refused() {
    let school = School::new().await;
    school.choose("lead").await;
    let origin = format!("http://localhost:{}", school.address.port());
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("{origin}{path}");
        let device = authenticator(&browser, true);
        password(&browser, &origin, "lead");
        browser.until("return location.pathname === '/today' || location.pathname === '/account/second-step'");
        look(
            &browser,
            &[
                (of("/account/second-step"), "second-step-must"),
                (of("/account/second-step/passkeys/add"), "passkey-add"),
                (of("/account/confirm"), "confirm-arriving"),
            ],
        );
        set_up(&browser, &origin, "");
        browser.until("return document.querySelector('[role=status]').innerText.includes('name first')");
        browser.until("return document.activeElement.id === 'title'");
        set_up(&browser, &origin, "school laptop");
        arrives(&browser, "/account/second-step/codes");
        browser.picture("codes-shown");
        send(&browser, "/account/second-step/codes/kept", &[]);
        arrives(&browser, "/account/second-step");
        assert_eq!(browser.run("return document.querySelectorAll('tbody tr').length"), json!(1));
        look(
            &browser,
            &[(of("/account/second-step"), "second-step-passkey"), (of("/account/confirm"), "confirm-passkey")],
        );
        // It is asked for beside the password, and from then on unlocks without it.
        sign_out(&browser, &origin);
        password(&browser, &origin, "lead");
        arrives(&browser, "/sign-in/second-step");
        look(&browser, &[(of("/sign-in/second-step"), "second-step-door"), (of("/sign-in/passkey"), "passkey-door")]);
        alone(&browser, &origin);
        arrives(&browser, "/today");
        sign_out(&browser, &origin);
        look(&browser, &[(of("/sign-in/passkey"), "passkey-alone")]);
        alone(&browser, &origin);
        arrives(&browser, "/today");
        assert!(is_unlocked(&browser, &origin), "the passkey did not unlock");
        // It confirms as well.
        browser.open(&of("/account/confirm?then=/account/password"));
        send(&browser, "/account/confirm/passkey", &[]);
        arrives(&browser, "/account/password");
        sign_out(&browser, &origin);
        // A copy of it, whose counter fell behind.
        let of_device = json!({"authenticatorId": device});
        let kept = browser.command("WebAuthn.getCredentials", &of_device);
        let mut copy = kept["credentials"][0].clone();
        assert!(copy["signCount"].as_u64().expect("it counts") > 2, "{copy}");
        copy["signCount"] = json!(1);
        browser.command("WebAuthn.clearCredentials", &of_device);
        browser.command("WebAuthn.addCredential", &json!({"authenticatorId": device, "credential": copy}));
        alone(&browser, &origin);
        browser.until("return document.title.startsWith('Error: ')");
        assert!(browser.run("return document.body.innerText").to_string().contains("or is a copy"));
        browser.open(&of("/today"));
        arrives(&browser, "/sign-in");
    });
    done.await.unwrap();
}

#[tokio::test]
async fn a_passkey_that_derives_nothing_signs_in_and_leaves_what_is_sealed_locked() {
    let school = School::new().await;
    school.choose("deputy").await;
    let origin = format!("http://localhost:{}", school.address.port());
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        authenticator(&browser, false);
        password(&browser, &origin, "deputy");
        browser.until("return location.pathname === '/today' || location.pathname === '/account/second-step'");
        set_up(&browser, &origin, "blue key");
        arrives(&browser, "/account/second-step/codes");
        sign_out(&browser, &origin);
        alone(&browser, &origin);
        arrives(&browser, "/today");
        assert!(!is_unlocked(&browser, &origin), "nothing unlocked it");
        look(
            &browser,
            &[
                (format!("{origin}/account/unlock"), "unlock"),
                (format!("{origin}/account/second-step"), "second-step-locked"),
            ],
        );
        browser.open(&format!("{origin}/account/unlock?then=/account"));
        send(&browser, "/account/unlock", &[("password", "not the right one")]);
        browser.until("return document.title.startsWith('Error: ')");
        send(&browser, "/account/unlock", &[("password", PASSWORD)]);
        arrives(&browser, "/account");
        assert!(is_unlocked(&browser, &origin));
        // Locked by the setting: it is the only one they have, and their duties need one.
        browser.open(&format!("{origin}/account/second-step"));
        let remove = browser.run("return document.querySelector('td a[href$=\"/remove\"]').href");
        let remove = remove.as_str().expect("a link").to_owned();
        look(&browser, &[(remove.clone(), "passkey-remove")]);
        browser.open(&remove);
        send(&browser, remove.trim_start_matches(&*origin), &[]);
        browser.until("return document.title.startsWith('Error: ')");
    });
    done.await.unwrap();
}

/// What the browser answers to a question of ours on a page of this origin: credential and what was derived.
fn answered(browser: &Browser, origin: &str, question: &str) -> (String, String) {
    browser.open(&format!("{origin}/sign-in/passkey"));
    browser.run(&format!(
        "const form = document.querySelector('form[data-passkey]');
         form.dataset.question = {};
         form.submit = () => {{ window.sent = [form.elements.credential.value, form.elements.derived.value]; }};
         form.requestSubmit();",
        json!(question)
    ));
    browser.until("return window.sent !== undefined");
    let sent = browser.run("return window.sent");
    let part = |place: usize| sent[place].as_str().expect("a text").to_owned();
    (part(0), part(1))
}

/// A page that asks for a passkey: its question and its form's token.
async fn asked(client: &mut Client) -> (String, String) {
    let page = client.get("/sign-in/passkey").await.text;
    let part = |before: &str| {
        let (_, rest) = page.split_once(before).expect("it stands in the page");
        rest.split('"').next().expect("it ends").replace("&quot;", "\"").replace("&#34;", "\"")
    };
    (part("data-question=\""), part("name=\"token\" value=\""))
}

#[tokio::test]
async fn an_answer_counts_once_for_its_own_question_at_its_own_seat_and_from_our_own_pages() {
    let (school, other) = (School::new().await, School::new().await);
    school.choose("head").await;
    let at = |school: &School| format!("http://localhost:{}", school.address.port());
    let (origin, elsewhere) = (at(&school), at(&other));
    let (mut own, mut phished, mut third) = (school.browser(), school.browser(), school.browser());
    for client in [&mut own, &mut phished, &mut third] {
        client.host = Some(format!("localhost:{}", school.address.port()));
    }
    let first = asked(&mut own).await;
    let second = asked(&mut phished).await;
    let (one, two) = (first.0.clone(), second.0.clone());
    let answers = tokio::task::spawn_blocking(move || {
        let browser = Browser::start()?;
        authenticator(&browser, true);
        password(&browser, &origin, "head");
        browser.until("return location.pathname === '/today' || location.pathname === '/account/second-step'");
        set_up(&browser, &origin, "school laptop");
        arrives(&browser, "/account/second-step/codes");
        sign_out(&browser, &origin);
        Some((answered(&browser, &origin, &one), answered(&browser, &elsewhere, &two)))
    });
    let Some((right, from_elsewhere)) = answers.await.unwrap() else { return };
    let fields = |answer: &(String, String), token: &str| {
        [("credential", answer.0.clone()), ("derived", answer.1.clone()), ("token", token.to_owned())]
    };
    let send = async |client: &mut Client, fields: [(&str, String); 3]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        client.post("/sign-in/passkey", &fields).await
    };
    // The owner was led to another site, which passed our question on.
    assert_eq!(send(&mut phished, fields(&from_elsewhere, &second.1)).await.status, 422);
    // An answer to another seat's question.
    let of_third = asked(&mut third).await;
    assert_eq!(send(&mut third, fields(&right, &of_third.1)).await.status, 422);
    let mut answer = fields(&right, "guessed");
    assert_eq!(send(&mut own, answer.clone()).await.status, 403, "without its own page's token");
    answer = fields(&right, &first.1);
    let before = own.cookie.clone();
    assert_eq!(send(&mut own, answer).await.location(), "/today");
    assert_ne!(own.cookie, before, "the cookie from before still stands");
    assert_eq!(own.get("/today").await.status, 200);
    // The same answer once more.
    let again = asked(&mut third).await;
    assert_eq!(send(&mut third, fields(&right, &again.1)).await.status, 422);
}

/// ASVS 7.4.3.
#[tokio::test]
async fn a_passkey_that_is_added_or_removed_ends_every_other_sign_in() {
    let school = School::new().await;
    let session = school.choose("teacher").await;
    school.set_up_app("teacher", &session).await;
    let (mut here, mut there) = (school.browser(), school.browser());
    for client in [&mut here, &mut there] {
        assert_eq!(school.enter(client, "teacher", &[]).await, "/today");
    }
    let (origin, cookie) = (format!("http://localhost:{}", school.address.port()), here.cookie.clone());
    let done = tokio::task::spawn_blocking(move || {
        let browser = Browser::start()?;
        authenticator(&browser, true);
        browser.open(&format!("{origin}/help"));
        let cookie = cookie.expect("a seat");
        let (name, value) = cookie.split_once('=').expect("a cookie");
        let cookie =
            json!({"name": name, "value": value, "url": origin, "path": "/", "secure": true, "httpOnly": true});
        browser.command("Network.setCookie", &cookie);
        set_up(&browser, &origin, "school laptop");
        arrives(&browser, "/account/second-step");
        let kept = browser.command("Network.getCookies", &json!({"urls": [origin]}));
        let kept = kept["cookies"].as_array().expect("cookies").clone();
        let own = kept.into_iter().find(|cookie| cookie["name"] == "__Host-holdfast").expect("a seat");
        Some(format!("__Host-holdfast={}", own["value"].as_str().expect("a word")))
    });
    let Some(cookie) = done.await.expect("it is set up") else { return };
    here.cookie = Some(cookie);
    assert!(there.get("/today").await.location().starts_with("/sign-in"), "the other goes on after one was added");
    assert_eq!(school.enter(&mut there, "teacher", &[]).await, "/today");
    let page = here.get("/account/second-step").await.text;
    let (_, rest) = page.split_once("/account/second-step/passkeys/").expect("it stands there");
    let (passkey, _) = rest.split_once("/remove").expect("it can be removed");
    let remove = format!("/account/second-step/passkeys/{passkey}/remove");
    assert_eq!(here.act("/account/second-step", &remove, &[]).await.location(), "/account/second-step");
    assert!(there.get("/today").await.location().starts_with("/sign-in"), "the other goes on after it was removed");
}
