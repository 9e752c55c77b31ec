//! Today: what needs each role, and who is signed in on pages that need nobody.

use crate::{
    driver::Browser,
    filtering::with_policy,
    looks::look,
    school::{PASSWORD, School},
};
use holdfast_records::{access::Duty, audit::Question};
use serde_json::json;

#[tokio::test]
async fn each_role_is_told_what_they_look_after_and_nothing_else() {
    let school = School::new().await;
    let mut trust = school.signed_in("trust").await;
    let closed = trust.get("/today").await;
    assert!(closed.text.contains("A part of the filter has stopped."), "{}", closed.text);
    with_policy(&school).await;
    let mut head = school.signed_in("head").await;
    let page = head.get("/today").await;
    for part in [
        "The school’s calendar needs somebody.",
        "href=\"/settings/calendar\"",
        "need a decision, because a policy says two things",
        "Nobody holds the duty of data-protection officer.",
    ] {
        assert!(page.text.contains(part), "{part} is not in {}", page.text);
    }
    for word in ["chair", "trust"] {
        let mut browser = school.signed_in(word).await;
        let page = browser.get("/today").await;
        assert!(page.text.contains("Nobody holds the duty of data-protection officer."), "{word}: {}", page.text);
    }
    for word in ["teacher", "colleague"] {
        let mut browser = school.signed_in(word).await;
        let page = browser.get("/today").await;
        assert!(page.text.contains("Nothing needs you now."), "{word}: {}", page.text);
    }
    let mut office = school.signed_in("office").await;
    let page = office.get("/today").await;
    assert!(!page.text.contains("Nobody holds the duty"), "who gives duties is told: {}", page.text);
}

#[tokio::test]
async fn who_is_away_and_whose_key_waits_is_told_to_those_who_can_act() {
    let school = School::new().await;
    let lead = school.ready("lead").await;
    let holdfast_records::access::Actor::Person(lead_id) = lead.actor else { panic!("a person") };
    school.records.record_absence(&lead, lead_id, school.records.clock().now(), None).await.unwrap();
    let mut head = school.signed_in("head").await;
    let page = head.get("/today").await;
    assert!(page.text.contains("Designated safeguarding lead: away, and no deputy is named"), "{}", page.text);
    // The deputy's password is reset: others confirm that the new key is theirs, and not who reset it.
    school.ready("deputy").await;
    let head_session = school.ready("head").await;
    let holders = school.records.duties(&head_session).await.unwrap();
    let deputy = holders.iter().find(|held| held.duty == Duty::DeputyDesignatedLead).unwrap().person;
    let passphrase = school.records.reset_password(&head_session, deputy).await.unwrap();
    school.records.choose_password(crate::school::CODE, "deputy", &passphrase, PASSWORD).await.unwrap();
    assert!(!head.get("/today").await.text.contains("Somebody has a new key"), "the head had it made");
    let mut lead = school.signed_in("lead").await;
    let page = lead.get("/today").await;
    assert!(page.text.contains("Somebody has a new key") && page.text.contains("href=\"/admissions\""));
    assert!(!page.text.contains("Look at the accounts"), "nobody is let in there");
    let mut teacher = school.signed_in("teacher").await;
    assert!(!teacher.get("/today").await.text.contains("new key"));
}

#[tokio::test]
async fn a_look_at_today_is_one_entry_in_the_log() {
    let school = School::new().await;
    let reader = school.ready("head").await;
    let entries = async || {
        let question = Question { most: 200, ..Question::default() };
        school.records.read_audit(&reader, &question).await.unwrap().entries
    };
    for word in ["head", "lead", "technician", "teacher"] {
        let mut browser = school.signed_in(word).await;
        let before = entries().await.len();
        assert_eq!(browser.get("/today").await.status, 200);
        let after = entries().await;
        let acts: Vec<&str> = after.iter().take(after.len() - before).map(|entry| entry.act.as_str()).collect();
        assert_eq!(acts.len(), 2, "{word}: one of the page, one of having looked before: {acts:?}");
        let entry = after.iter().find(|entry| entry.act == "today-read").unwrap();
        let lists = entry.detail.iter().find(|(key, _)| key == "lists").map(|(_, lists)| lists.as_str()).unwrap();
        assert_eq!(lists.contains("duties-read"), ["head", "lead"].contains(&word), "{word}: {lists}");
        assert_eq!(lists.contains("reports-listed"), ["head", "lead"].contains(&word), "{word}: {lists}");
        assert_eq!(lists.contains("waiting-read"), ["head", "lead"].contains(&word), "{word}: {lists}");
    }
}

#[tokio::test]
async fn who_is_signed_in_stays_so_on_the_pages_that_need_nobody() {
    let school = School::new().await;
    let mut teacher = school.signed_in("teacher").await;
    let mut nobody = school.browser();
    for path in ["/", "/stopped", "/help"] {
        let page = teacher.get(path).await;
        assert!(page.text.contains("Martin Pike") && page.text.contains("href=\"/today\""), "{path}: {}", page.text);
        assert!(page.text.contains("action=\"/sign-out\""), "{path}");
        let page = nobody.get(path).await;
        assert!(!page.text.contains("Martin Pike") && page.text.contains("href=\"/sign-in\""), "{path}");
    }
    // What says that something went wrong tells nobody more, and keeps who is signed in where they were.
    for (path, status) in [("/nowhere", 404), ("/accounts", 404), ("/people/nobody", 404), ("/today?a=%00", 400)] {
        let page = teacher.get(path).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        assert!(page.text.contains("Martin Pike") && page.text.contains("href=\"/today\""), "{path}: {}", page.text);
        assert!(!nobody.get(path).await.text.contains("Martin Pike"), "{path}");
    }
    let nowhere = teacher.get("/nowhere").await.text;
    assert_eq!(teacher.get("/accounts").await.text, nowhere, "what is not theirs is not there");
    let stranger = teacher.post("/account/sign-ins/1/end", &[("token", "a stranger’s")]).await;
    assert!(stranger.status == 403 && stranger.text.contains("Martin Pike"), "{}", stranger.text);
    let token = teacher.token("/account").await;
    let refused = teacher.send("PUT", "/today", &[], "").await;
    assert!(refused.status == 405 && refused.header("allow") == Some("GET, HEAD"), "{}", refused.head);
    assert!(refused.text.contains("Martin Pike") && refused.text.contains(&token), "they sign out from there");
    // They sign out from there, and a look at such a page keeps no sign-in.
    let token = teacher.token("/help").await;
    for _ in 0..4 {
        school.advance(jiff::SignedDuration::from_mins(10));
        teacher.get("/help").await;
    }
    assert!(teacher.get("/today").await.location().starts_with("/sign-in"));
    let mut other = school.signed_in("colleague").await;
    assert_eq!(other.post("/sign-out", &[("token", &token)]).await.status, 403, "another’s token");
    let token = other.token("/").await;
    assert_eq!(other.post("/sign-out", &[("token", &token)]).await.location(), "/sign-in");
    // The store being away, the pages are there all the same.
    let mut head = school.signed_in("head").await;
    school.share(None);
    let page = head.get("/help").await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("Hilda Marsh"));
}

#[tokio::test]
async fn the_pages_of_settings_audit_and_filter_have_no_fault_at_either_width() {
    let school = School::new().await;
    with_policy(&school).await;
    let mut lead = school.signed_in("lead").await;
    let form = "/settings/sm.pupil_use/change";
    lead.act(form, form, &[("value", "never"), ("why", "Too much of it at break"), ("clause", "S3 clause 12")]).await;
    lead.act("/audit/checkpoints", "/audit/checkpoints/sign", &[]).await.location();
    lead.act("/audit/verify", "/audit/verify", &[]).await.location();
    lead.act("/filter/emergency", "/filter/emergency", &[("sites", "canary.example"), ("why", "A video")])
        .await
        .location();
    let (port, cookie) = (school.address.port(), lead.cookie.clone().unwrap());
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        let (name, value) = cookie.split_once('=').unwrap();
        let cookie =
            json!({"name": name, "value": value, "url": of("/"), "secure": true, "path": "/", "httpOnly": true});
        browser.command("Network.setCookie", &cookie);
        // Those on which there is something; `every_page` looks at all of them as they begin.
        let pages = [
            "/today",
            "/help",
            "/settings/areas/social-media",
            "/settings/sm.pupil_use",
            "/audit?act=setting-changed",
            "/audit/verify",
            "/audit/checkpoints/1",
            "/filter",
            "/filter/groups",
            "/filter/groups/Rowan",
            "/filter/lists",
            "/filter/versions",
            "/filter/emergency",
        ];
        let named: Vec<(String, String)> = pages
            .iter()
            .map(|path| (of(path), format!("governing{}", path.replace(['/', '.', '?', '='], "-"))))
            .collect();
        let shown: Vec<(String, &str)> = named.iter().map(|(address, name)| (address.clone(), name.as_str())).collect();
        look(&browser, &shown);
        // An answer and a wrong form, as somebody meets them.
        browser.open(&of("/filter/explain"));
        browser.run("document.getElementById('address').value = 'www.casino.example/x'; document.querySelector('main form').submit()");
        browser.until("return document.body.innerText.includes('What was considered')");
        look_here(&browser, "explained");
        browser.open(&of("/settings/calendar/change"));
        browser.run("document.querySelector('main form').submit()");
        browser.until("return document.title.startsWith('Error: ')");
        look_here(&browser, "calendar-wrong");
    });
    done.await.unwrap();
}

/// Looks at what is open, which came by POST, at both widths.
fn look_here(browser: &Browser, name: &str) {
    for (width, screen) in [(390, "phone"), (1280, "desk")] {
        browser.width(width);
        browser.picture(&format!("governing-{name}-{screen}"));
        let faults = crate::looks::faults(browser);
        assert!(faults.is_empty(), "{name} at {width}: {faults:#?}");
    }
}
