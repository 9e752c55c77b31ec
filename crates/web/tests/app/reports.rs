//! The doors for whoever signs in nowhere, over HTTP and in a browser: what is asked, who reads it, that nothing is lost, and that no word
//! of it is anywhere it should not be.

use crate::{
    browser::{Answer, Browser},
    driver,
    keyboard::{ENTER, reach, write},
    looks::look,
    pupils::Pupils,
    raising::{fields, fill},
    school::School,
};
use jiff::SignedDuration;

const CANARY: &str = "zephyrcanary";

fn worry<'a>(form: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let all = [
        ("form", form),
        ("writer", "parent"),
        ("concerned", "nobody"),
        ("danger", "no"),
        ("picture", "no"),
        ("about", "the boy with the red bag"),
        ("words", "zephyrcanary was left at the gate"),
        ("naming", "confidential"),
        ("name", "Quilla Canary"),
        ("reach", "07700 900123"),
    ];
    let replaced = |name: &str| more.iter().any(|(given, _)| *given == name);
    all.into_iter().filter(|(name, _)| !replaced(name)).chain(more.iter().copied()).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).expect("it ends").0
}

/// What a receipt tells.
async fn receipt(browser: &mut Browser, (reference, phrase): (&str, &str)) -> String {
    let number = form(browser, "/report/receipt").await;
    browser.post("/report/receipt", &[("reference", reference), ("phrase", phrase), ("form", &number)]).await.text
}

/// The number of a blank form.
async fn form(browser: &mut Browser, path: &str) -> String {
    between(&browser.get(path).await.text, "name=\"form\" value=\"", "\"").to_owned()
}

async fn send(browser: &mut Browser, path: &str, more: &[(&str, &str)]) -> Answer {
    let form = form(browser, path).await;
    browser.post(path, &worry(&form, more)).await
}

/// The path of the newest report that waits for somebody.
async fn waiting(browser: &mut Browser) -> String {
    let list = browser.get("/concerns/waiting").await;
    format!("/concerns/waiting/{}", between(&list.text, "href=\"/concerns/waiting/", "\""))
}

#[tokio::test]
async fn a_worry_comes_from_somebody_who_signs_in_nowhere_and_becomes_a_childs_file() {
    let pupils = Pupils::new().await;
    let school = &pupils.school;
    let mut stranger = school.browser();
    let front = stranger.get("/report").await;
    assert!(front.status == 200 && front.text.contains("tel:999") && front.text.contains("Leave this page"));
    let sent = send(&mut stranger, "/report/worry", &[("receipt", "yes")]).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert_eq!(sent.header("cache-control"), Some("no-store"));
    assert!(sent.header("set-cookie").is_none() && !sent.text.contains(CANARY));
    let reference = between(&sent.text, "class=\"reference\">", "<").to_owned();
    let phrase = between(&sent.text, "<code>", "</code>").to_owned();
    assert!(receipt(&mut stranger, (&reference, &phrase)).await.contains("It has not been read yet"));
    assert!(receipt(&mut stranger, (&reference, "0000-0000")).await.contains("There is no receipt"));
    // A browser that goes back sends the same form again: it is asked for anew.
    let number = form(&mut stranger, "/report/receipt").await;
    let fields = [("reference", &*reference), ("phrase", &*phrase), ("form", &*number)];
    assert!(stranger.post("/report/receipt", &fields).await.text.contains("It has not been read yet"));
    let again = stranger.post("/report/receipt", &fields).await.text;
    assert!(
        again.contains("shown once") && !again.contains("has not been read") && !again.contains(&*phrase),
        "{again}"
    );

    let mut lead = school.signed_in("lead").await;
    let today = lead.get("/today").await.text;
    assert!(today.contains("A report from outside waits") && !today.contains(CANARY), "{today}");
    let path = waiting(&mut lead).await;
    let page = lead.get(&path).await;
    assert!(page.text.contains(CANARY) && page.text.contains("07700 900123") && page.text.contains("in confidence"));
    let title = between(&page.text, "<title>", "</title>");
    assert!(!title.contains(CANARY) && !title.contains("Quilla"));
    assert!(receipt(&mut stranger, (&reference, &phrase)).await.contains("It has been read."));
    for word in ["chair", "trust", "office", "teacher", "technician", "colleague"] {
        let mut other = school.signed_in(word).await;
        assert_eq!(other.get(&path).await.status, 404, "{word}");
        let list = other.get("/concerns/waiting").await;
        assert!(!list.text.contains(&reference), "{word}");
        assert!(!other.get("/today").await.text.contains("report from outside"), "{word}");
    }

    assert_eq!(lead.act(&path, &format!("{path}/take"), &[]).await.location(), path);
    assert!(lead.get(&path).await.text.contains("You have it, since"));
    let to_child = format!("{path}/child");
    let found = lead.act(&to_child, &to_child, &[("search", "Ann Birch")]).await;
    assert!(found.text.contains("Another has this name"), "{}", found.text);
    let ann = pupils.ann.to_string();
    let fields = [("search", "Ann Birch"), ("step", "place"), ("person", &*ann), ("adult", "no")];
    assert_eq!(lead.act(&to_child, &to_child, &fields).await.location(), "/concerns/waiting");
    let list = lead.get("/concerns/waiting").await.text;
    assert!(list.contains("It begins the file") && list.contains("Nothing waits for you"), "{list}");
    assert!(!lead.get(&path).await.text.contains(CANARY), "it is in the file alone");
    assert!(receipt(&mut stranger, (&reference, &phrase)).await.contains("being worked on"));
}

#[tokio::test]
async fn what_is_about_the_head_or_tells_of_a_wrong_never_reaches_the_head() {
    let school = School::new().await;
    let mut stranger = school.browser();
    let complaint = send(&mut stranger, "/report/complaint", &[("concerned", "head")]).await;
    assert!(complaint.text.contains("the chair of governors, or whoever stands in"), "{}", complaint.text);
    let whistle = send(&mut stranger, "/report/whistleblowing", &[("writer", "staff"), ("concerned", "school")]).await;
    assert!(whistle.text.contains("the head and the safeguarding leads do not"));
    for word in ["head", "lead", "deputy", "trust"] {
        let mut other = school.signed_in(word).await;
        let list = other.get("/concerns/waiting").await.text;
        assert!(list.contains("Nothing waits for you"), "{word}");
        let answered = other.get("/concerns/waiting?show=answered").await.text;
        assert!(answered.contains("Nothing yet"), "{word}");
        let today = other.get("/today").await.text;
        assert!(!today.contains("from outside waits"), "{word}: {today}");
        if word != "trust" {
            for act in ["report-arrived", "report-read", "report-taken"] {
                let log = other.get(&format!("/audit?act={act}")).await.text;
                assert!(log.contains("Nothing that is for you to see fits"), "{word}, {act}: {log}");
            }
        }
    }
    let mut chair = school.signed_in("chair").await;
    let path = waiting(&mut chair).await;
    assert_eq!(chair.get(&path).await.status, 200);
    assert!(chair.get("/concerns/waiting").await.text.contains("no stage and no day for an answer yet"));
}

#[tokio::test]
async fn a_complaint_is_answered_with_its_stage_and_a_reason() {
    let school = School::new().await;
    send(&mut school.browser(), "/report/complaint", &[("concerned", "bullying")]).await;
    let mut head = school.signed_in("head").await;
    let path = waiting(&mut head).await;
    let (stage, answer) = (format!("{path}/stage"), format!("{path}/answer"));
    let early = head.act(&answer, &answer, &[("outcome", "answered"), ("reason", "we spoke")]).await;
    assert!(early.status == 422 && early.text.contains("Say first by which procedure"), "{}", early.text);
    assert!(early.text.contains("we spoke"), "words are not lost");
    assert_eq!(head.act(&stage, &stage, &[("course", "anti-bullying")]).await.status, 422);
    let fields =
        [("course", "anti-bullying"), ("stage", "formal"), ("by-day", "24"), ("by-month", "11"), ("by-year", "2026")];
    assert_eq!(head.act(&stage, &stage, &fields).await.location(), path);
    assert!(head.get(&path).await.text.contains("formal stage, answer by 24 November 2026"));
    school.advance(SignedDuration::from_hours(48));
    let mut head = school.browser();
    school.enter(&mut head, "head", &[]).await;
    assert!(head.get("/today").await.text.contains("A complaint should have been answered by now"));
    assert_eq!(head.act(&answer, &answer, &[("outcome", "answered"), ("reason", "")]).await.status, 422);
    let done = head.act(&answer, &answer, &[("outcome", "answered"), ("reason", "we spoke")]).await;
    assert_eq!(done.location(), "/concerns/waiting");
    assert!(head.get(&path).await.text.contains("we spoke"));
}

#[tokio::test]
async fn what_is_typed_in_an_answer_comes_back_to_its_writer_alone() {
    let school = School::new().await;
    send(&mut school.browser(), "/report/complaint", &[("concerned", "bullying")]).await;
    let mut head = school.signed_in("head").await;
    let path = format!("{}/answer", waiting(&mut head).await);
    let page = head.get(&path).await;
    school.advance(SignedDuration::from_hours(3));
    let typed = [("outcome", "nobody-known"), ("reason", "long words of the answer")];
    let out = fill(&mut head, &page, &path, &typed).await;
    assert!(out.status == 403 && out.text.contains("you are signed out"), "{}", out.text);
    assert!(fields(&out.text).contains(&("reason".to_owned(), "long words of the answer".to_owned())));
    let mut deputy = school.signed_in("deputy").await;
    assert!(!fill(&mut deputy, &out, &path, &[]).await.text.contains("long words"));
    assert_eq!(school.enter(&mut head, "head", &[]).await, "/today");
    let looked = fill(&mut head, &out, &path, &[]).await;
    assert!(looked.status == 403 && looked.text.contains("long words of the answer"), "{}", looked.text);
    assert_eq!(fill(&mut head, &looked, &path, &[]).await.location(), "/concerns/waiting");
}

#[tokio::test]
async fn words_come_back_when_something_is_missing_or_the_records_are_away_and_twice_is_once() {
    let school = School::new().await;
    let mut stranger = school.browser();
    let missing = send(&mut stranger, "/report/worry", &[("danger", ""), ("concerned", "")]).await;
    assert_eq!(missing.status, 422);
    assert!(missing.text.contains("<title>Error: ") && missing.text.contains("href=\"#danger\""), "{}", missing.text);
    assert!(missing.text.contains(CANARY) && missing.text.contains("07700 900123"));

    let number = form(&mut stranger, "/report/worry").await;
    let records = school.records.clone();
    school.share(None);
    assert_eq!(stranger.get("/report").await.status, 200, "the numbers are there without any records");
    let away = stranger.post("/report/worry", &worry(&number, &[])).await;
    assert_eq!(away.status, 503);
    assert!(away.text.contains(CANARY) && away.text.contains("It has not been sent"), "{}", away.text);
    assert!(away.text.contains(&number), "the same form, so that it is one report");
    school.share(Some(records));
    let [first, second] = [
        stranger.post("/report/worry", &worry(&number, &[])).await,
        stranger.post("/report/worry", &worry(&number, &[])).await,
    ];
    let reference = |answer: &Answer| between(&answer.text, "class=\"reference\">", "<").to_owned();
    assert_eq!(reference(&first), reference(&second));
    assert!(second.text.contains("We have it already"));
    let mut lead = school.signed_in("lead").await;
    assert_eq!(lead.get("/concerns/waiting").await.text.matches("href=\"/concerns/waiting/").count(), 1);
}

#[tokio::test]
async fn a_flood_from_one_place_is_kept_whole_and_marked() {
    let school = School::new().await;
    let mut stranger = school.browser();
    for _ in 0..6 {
        assert_eq!(send(&mut stranger, "/report/worry", &[]).await.status, 200);
    }
    let mut lead = school.signed_in("lead").await;
    let list = lead.get("/concerns/waiting").await.text;
    assert_eq!(list.matches("href=\"/concerns/waiting/").count(), 6);
    assert_eq!(list.matches("Many came at once").count(), 3);
}

#[tokio::test]
async fn a_report_works_only_from_our_own_page_and_under_our_own_name() {
    let school = School::new().await;
    let mut stranger = school.browser();
    let number = form(&mut stranger, "/report/worry").await;
    stranger.host = Some("evil.example".to_owned());
    let elsewhere = stranger.post("/report/worry", &worry(&number, &[])).await;
    assert_eq!(elsewhere.status, 421);
    stranger.host = None;
    let crossed = stranger.post_with("/report/worry", &worry(&number, &[]), &[("Sec-Fetch-Site", "cross-site")]).await;
    assert_eq!(crossed.status, 403, "{}", crossed.text);
    let long = "x".repeat(20_001);
    let long = send(&mut stranger, "/report/worry", &[("words", &long)]).await;
    assert!(long.status == 422 && long.text.contains("more than 20000 letters"), "{}", long.head);
    let mut lead = school.signed_in("lead").await;
    assert!(lead.get("/concerns/waiting").await.text.contains("Nothing waits for you"));
}

#[tokio::test]
async fn a_child_writes_with_the_keyboard_and_no_page_has_a_fault() {
    let school = School::new().await;
    send(&mut school.browser(), "/report/complaint", &[("concerned", "school"), ("danger", "")]).await;
    let mut head = school.signed_in("head").await;
    let path = waiting(&mut head).await;
    let cookie = head.cookie.clone().expect("a seat");
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = driver::Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        look(
            &browser,
            &[
                (of("/report"), "report"),
                (of("/report/worry"), "report-worry"),
                (of("/report/child"), "report-child"),
                (of("/report/complaint"), "report-complaint"),
                (of("/report/whistleblowing"), "report-whistleblowing"),
                (of("/report/receipt"), "report-receipt"),
            ],
        );
        browser.open(&of("/report/child"));
        write(&browser, "words", "somebody took my bag");
        reach(&browser, "reach");
        browser.press(&[ENTER]);
        browser.until("return document.title.startsWith('Error: ')");
        browser.until("return document.activeElement.classList.contains('govuk-error-summary')");
        browser.picture("report-child-wrong");
        assert_eq!(browser.run("return document.getElementById('words').value"), "somebody took my bag");
        reach(&browser, "danger");
        browser.press(&[' ', '\u{E015}']);
        reach(&browser, "concerned");
        browser.press(&[' ']);
        reach(&browser, "receipt");
        browser.press(&[' ', ENTER]);
        browser.until("return document.title.startsWith('It has arrived')");
        browser.picture("report-sent");
        let (name, value) = cookie.split_once('=').expect("a cookie");
        let url = of("/");
        let cookie = serde_json::json!(
            {"name": name, "value": value, "url": url, "secure": true, "path": "/", "httpOnly": true}
        );
        browser.command("Network.setCookie", &cookie);
        look(
            &browser,
            &[
                (of("/concerns/waiting"), "waiting"),
                (of(&path), "waiting-one"),
                (of(&format!("{path}/child")), "waiting-child"),
                (of(&format!("{path}/adult")), "waiting-adult"),
                (of(&format!("{path}/stage")), "waiting-stage"),
                (of(&format!("{path}/answer")), "waiting-answer"),
            ],
        );
    });
    done.await.unwrap();
}
