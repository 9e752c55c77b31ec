//! A form with words that could not be taken: who is signed in has it back with their name, the way out and a page that hides itself, and with
//! what they chose where it can only be copied.

use crate::{driver::Browser, people_looks::look_here, school::School};
use holdfast_records::access::Actor;
use serde_json::json;

const CALL: &str = "/concerns/7KQ2M-WH4XA/call";

const CALLED: [(&str, &str); 7] = [
    ("agency", "social-care"),
    ("day-day", "23"),
    ("day-month", "11"),
    ("day-year", "2026"),
    ("time", "07:45"),
    ("reference", "SC-4711"),
    ("words", "they ring back at noon"),
];

#[tokio::test]
async fn a_form_that_can_only_be_copied_has_all_of_it_and_hides_itself() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    let Actor::Person(me) = school.ready("lead").await.actor else { panic!("a person") };
    let by = [("by", me.to_string())];
    let by: Vec<(&str, &str)> = by.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sent = [&CALLED[..], &by].concat();
    let gone = lead.act("/today", CALL, &sent).await;
    assert_eq!(gone.status, 404);
    for kept in ["they ring back at noon", "SC-4711", "social care", "23 11 2026", "07:45"] {
        assert!(gone.text.contains(kept), "{kept}: {}", gone.text);
    }
    for there in ["Lena Frost", "action=\"/sign-out\"", "data-hides data-idle=\"900\"", "data-stays"] {
        assert!(gone.text.contains(there), "{there}: {}", gone.text);
    }
    assert!(!gone.text.contains(&me.to_string()), "an id is nothing to copy: {}", gone.text);

    // The store is away: nobody can say who sits there, and it hides all the same.
    let token = lead.token("/today").await;
    school.share(None);
    let away = lead.post(CALL, &[&sent[..], &[("token", token.as_str())]].concat()).await;
    school.share(Some(school.records.clone()));
    assert!(away.status == 503 && away.text.contains("they ring back at noon"), "{}", away.text);
    assert!(away.text.contains("data-hides data-idle=\"300\""), "{}", away.text);
    // They signed out: so is the page of whoever sits there then.
    lead.act("/account", "/sign-out", &[]).await;
    let out = lead.post(CALL, &sent).await;
    assert!(out.status == 403 && out.text.contains("data-hides data-idle=\"300\""), "{}", out.text);
}

#[tokio::test]
async fn whose_duty_ended_meanwhile_still_sees_who_is_signed_in() {
    let school = School::new().await;
    let mut teacher = school.signed_in("teacher").await;
    let Actor::Person(me) = school.ready("teacher").await.actor else { panic!("a person") };
    let by = me.to_string();
    // Looking back is for others: it is as if their duty had ended while they wrote.
    let sent = [("by", by.as_str()), ("words", "we talk about it in assembly")];
    let gone = teacher.act("/account", "/concerns/trends/finding", &sent).await;
    assert_eq!(gone.status, 404);
    for there in ["we talk about it in assembly", "Martin Pike", "action=\"/sign-out\"", "data-hides data-idle=\"300\""]
    {
        assert!(gone.text.contains(there), "{there}: {}", gone.text);
    }
}

#[tokio::test]
async fn the_page_has_no_fault_at_either_width() {
    let school = School::new().await;
    let lead = school.signed_in("lead").await;
    let (port, cookie) = (school.address.port(), lead.cookie.clone().expect("they are in"));
    let Actor::Person(me) = school.ready("lead").await.actor else { panic!("a person") };
    let looked = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        let (name, value) = cookie.split_once('=').expect("a cookie has a value");
        let cookie =
            json!({"name": name, "value": value, "url": of("/"), "secure": true, "path": "/", "httpOnly": true});
        browser.command("Network.setCookie", &cookie);
        browser.open(&of("/today"));
        let fields: Vec<(&str, String)> = CALLED.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let fields = json!([&fields[..], &[("by", me.to_string())]].concat());
        browser.run(&format!(
            "const form = document.createElement('form'); form.method = 'post'; form.action = '{CALL}';
             for (const [name, value] of [...{fields}, ['token', document.querySelector('[name=token]').value]]) {{
                const field = document.createElement('input'); field.type = 'hidden'; field.name = name; field.value = value;
                form.append(field);
             }}
             document.body.append(form); form.submit();"
        ));
        browser.until("return document.querySelector('h1')?.textContent.startsWith('It was not sent')");
        look_here(&browser, "lost-gone");
    });
    looked.await.expect("it has no fault");
}
