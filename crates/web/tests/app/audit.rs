//! The audit log: read by those whose duty it is, a page at a time, verified and signed.

use crate::{browser::Browser, school::School};
use holdfast_records::{
    access::FileKind,
    file::{EntryKind, NewEntry, NewFile, Words},
};
use std::{collections::BTreeSet, time::Duration};

/// Where the entries on a page lead.
fn entries(page: &str) -> Vec<String> {
    let parts = page.split("href=\"/audit/entries/").skip(1);
    parts.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// Where the next page is.
fn next(page: &str) -> Option<String> {
    let (before, _) = page.split_once("\" rel=\"next\"")?;
    let (_, href) = before.rsplit_once("href=\"")?;
    Some(href.replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn the_log_is_searched_by_codes_and_read_page_by_page_without_a_gap() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    for _ in 0..60 {
        assert_eq!(head.get("/settings/sm.pupil_use").await.status, 200);
    }
    let mut path = Some("/audit?act=settings-read&outcome=done&kind=school".to_owned());
    let mut pages = Vec::new();
    while let Some(asked) = path {
        let page = head.get(&asked).await;
        assert_eq!(page.status, 200, "{asked}");
        pages.push(entries(&page.text));
        path = next(&page.text);
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 10]);
    let distinct: BTreeSet<_> = pages.iter().flatten().collect();
    assert_eq!(distinct.len(), 60, "an entry came twice");
    // One entry, with who and the word of its act; that it was read is an entry too.
    let entry = head.get(&format!("/audit/entries/{}", pages[0][0])).await;
    assert!(entry.text.contains("Hilda Marsh") && entry.text.contains("settings-read"), "{}", entry.text);
    let read = head.get("/audit?act=audit-read").await;
    assert!(entries(&read.text).len() >= 3, "{}", read.text);
    // All were written in one moment: the page of each is there, also of the oldest.
    let oldest = head.get(&format!("/audit/entries/{}", pages[1][9])).await;
    assert!(oldest.status == 200 && oldest.text.contains(pages[1][9].split('-').nth(1).unwrap()), "{}", oldest.text);
    // Nothing else, and nothing that is not understood.
    assert_eq!(entries(&head.get("/audit?act=policy-changed").await.text).len(), 0);
    assert!(head.get("/audit?from=sometime").await.text.contains("This is no day"));
    assert_eq!(entries(&head.get("/audit?until=22/11/2026").await.text).len(), 0, "all of it is of the day after");
    assert!(head.get("/audit?after=1-000000000000").await.text.contains("There is nothing like that here"));
    assert_eq!(head.get("/audit/entries/1795420800000000-000000000000").await.status, 404);
}

#[tokio::test]
async fn only_those_whose_duty_it_is_read_it_and_others_find_no_page() {
    let school = School::new().await;
    for word in ["technician", "office", "teacher", "chair", "trust", "colleague"] {
        let mut browser = school.signed_in(word).await;
        assert_eq!(browser.get("/audit").await.status, 404, "{word}");
        assert_eq!(browser.get("/audit/entries/1-000000000000").await.status, 404, "{word}");
        let verifies = ["technician", "chair", "trust"].contains(&word);
        for path in ["/audit/verify", "/audit/checkpoints"] {
            assert_eq!(browser.get(path).await.status, if verifies { 200 } else { 404 }, "{word} {path}");
        }
    }
}

#[tokio::test]
async fn one_persons_history_needs_a_purpose_first() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let mut teacher = school.signed_in("teacher").await;
    assert_eq!(teacher.get("/today").await.status, 200);
    let session = school.ready("lead").await;
    let found = school.records.find_people(&session, "Martin", None).await.unwrap();
    let martin = found.people[0].id.to_string();
    let path = format!("/audit?about={martin}");
    let asked = head.get(&path).await;
    assert!(asked.text.contains("Why do you look at one person’s history?"), "{}", asked.text);
    assert_eq!(entries(&asked.text).len(), 0);
    let fields = [("person", martin.as_str()), ("purpose", "review"), ("back", path.as_str())];
    let answer = head.act(&path, "/audit/purpose", &fields).await;
    assert_eq!(answer.location(), path);
    let shown = head.get(&path).await;
    assert!(entries(&shown.text).len() > 1 && shown.text.contains("Martin Pike"), "{}", shown.text);
    // Only what they did themselves.
    let by = head.get(&format!("{path}&by=them&act=purpose-given")).await;
    assert_eq!(entries(&by.text).len(), 0, "the head gave it, not they");
    // Nowhere else.
    let away = [("person", martin.as_str()), ("purpose", "review"), ("back", "https://evil.example/")];
    assert_eq!(head.act(&path, "/audit/purpose", &away).await.location(), "/audit");
}

/// Waits until the verification that is under way has ended.
async fn verified(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let path = "/audit/verify";
    assert_eq!(browser.act(path, path, fields).await.location(), path);
    for _ in 0..200 {
        let page = browser.get(path).await;
        if !page.text.contains("A verification is under way") {
            return page.text;
        }
        assert!(page.text.contains("http-equiv=\"refresh\""));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not end");
}

#[tokio::test]
async fn verifying_says_what_is_proven_and_by_what_and_tells_no_numbers() {
    let school = School::new().await;
    let mut chair = school.signed_in("chair").await;
    let page = verified(&mut chair, &[]).await;
    for part in ["Nothing is wrong", "Not proven", "No witness was given", "Cora Ford"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let signed = chair.act("/audit/checkpoints", "/audit/checkpoints/sign", &[]).await;
    assert_eq!(signed.location(), "/audit/checkpoints/1");
    let paper = chair.get("/audit/checkpoints/1").await;
    let fingerprint = paper.text.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
    assert_eq!(fingerprint.len(), 39, "{fingerprint}");
    assert!(chair.get("/audit/checkpoints").await.text.contains(&fingerprint));
    let page = verified(&mut chair, &[("fingerprints", &fingerprint.to_lowercase())]).await;
    assert!(page.contains("Proven by the witness") && page.contains("Nothing is wrong"), "{page}");
    assert!(!page.contains("entries 1 to"), "{page}");
    // A fingerprint of another log, and one that is none.
    let first = if fingerprint.starts_with('B') { "C" } else { "B" };
    let other = format!("{first}{}", &fingerprint[1..]);
    let page = verified(&mut chair, &[("fingerprints", &other)]).await;
    assert!(page.contains("Something is wrong"), "{page}");
    let page = verified(&mut chair, &[("fingerprints", "AAAA")]).await;
    assert!(page.contains("It could not be verified") && page.contains("is no fingerprint"), "{page}");
    // What stands in the witness's file, pasted; and the same after somebody changed a sign of it.
    let lines = school.witness();
    let page = verified(&mut chair, &[("lines", &lines)]).await;
    assert!(page.contains("Proven by the witness") && page.contains("Nothing is wrong"), "{page}");
    let page = verified(&mut chair, &[("lines", &lines.replace(" at ", " At "))]).await;
    assert!(page.contains("Something is wrong") && page.contains("the witness itself was changed"), "{page}");
    // That it was verified is an entry, of whoever asked.
    let mut head = school.signed_in("head").await;
    let log = head.get("/audit?act=audit-verified").await;
    assert!(log.text.contains("Cora Ford"), "{}", log.text);
}

#[tokio::test]
async fn what_is_taken_out_is_marked_and_no_more_than_its_reader_may_know() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let mut lead = school.signed_in("lead").await;
    for _ in 0..60 {
        assert_eq!(head.get("/settings/sm.pupil_use").await.status, 200);
    }
    let page = "/audit?act=settings-read";
    let taken = head.act(page, "/audit/export", &[("act", "settings-read"), ("kind", "school")]).await;
    assert_eq!(taken.status, 200, "{}", taken.text);
    assert_eq!(taken.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(taken.header("content-disposition"), Some("attachment; filename=\"audit-log-2026-11-23.csv\""));
    let lines: Vec<&str> = taken.text.split("\r\n").filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 61, "all pages, and the names of the columns");
    assert!(
        lines[1..].iter().all(|line| line.contains("settings-read") && line.contains("Hilda Marsh,2026-11-23T08:"))
    );
    // It stands in the log, with the id that each line carries.
    let log = head.get("/audit?act=exported").await;
    let export = lines[1].rsplit(',').next().unwrap();
    assert_eq!(entries(&log.text).len(), 1);
    assert!(head.get(&format!("/audit/entries/{}", entries(&log.text)[0])).await.text.contains(export));
    // What is about an adult, its subject takes out no more than they read.
    let head_session = school.session("head").await;
    let deputy = school.ready("deputy").await;
    let subject = school.records.myself(&school.session("lead").await).await.unwrap().person;
    let words = Words::new("canary").unwrap();
    let entry = NewEntry { kind: EntryKind::Seen, severity: None, moment: None, text: words, reason: None };
    let file = NewFile { kind: FileKind::StaffConcern, person: subject, named: Vec::new(), entry };
    let raised = school.records.open_file(&deputy, &file).await.unwrap();
    school.records.read_file(&head_session, raised.file).await.unwrap();
    let all = head.act("/audit", "/audit/export", &[]).await;
    assert!(all.text.contains(&raised.file.to_string()));
    let theirs = lead.act("/audit", "/audit/export", &[]).await;
    assert!(theirs.status == 200 && !theirs.text.contains(&raised.file.to_string()));
    // One person’s history needs a purpose here too, and whoever reads no log takes none out.
    let about = subject.to_string();
    assert_eq!(head.act("/audit", "/audit/export", &[("about", &about)]).await.status, 403);
    assert_eq!(head.act("/audit", "/audit/export", &[("from", "sometime")]).await.status, 422);
    let mut technician = school.signed_in("technician").await;
    assert_eq!(technician.act("/today", "/audit/export", &[]).await.status, 404);
    // It takes showing once more that one is oneself.
    school.advance(jiff::SignedDuration::from_mins(11));
    assert_eq!(head.act("/audit", "/audit/export", &[]).await.location(), "/account/confirm?then=%2Faudit");
}
