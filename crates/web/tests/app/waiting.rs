//! What is left to do about what is kept, in the browser: emergency access reviewed, tasks done, erasing agreed to.

use crate::{browser::Browser, driver, looks::look, school::School};
use holdfast_records::{
    Session,
    access::FileKind,
    concern::answer::{Course, Extent, NewDecision},
    file::{
        Closing, EntryKind, EraseRule, NewEntry, NewFile, Severity, Words, Wrong,
        erase::{Periods, Target},
    },
    id,
    people::{Kind, NewPerson},
};
use jiff::{SignedDuration, civil::date};
use serde_json::json;

fn words(text: &str) -> Words {
    Words::new(text).expect("words")
}

async fn pupil(school: &School, name: &str) -> id::Person {
    school.ready("office").await;
    pupil_again(school, name).await
}

/// One more, once the office has a password.
async fn pupil_again(school: &School, name: &str) -> id::Person {
    let office = school.session("office").await;
    let new = NewPerson { date_of_birth: Some(date(2015, 2, 3)), ..NewPerson::new(Kind::Pupil, name) };
    school.records.add_person(&office, new).await.expect("a pupil")
}

async fn concern(school: &School, by: &Session, child: id::Person) -> id::File {
    let entry = NewEntry {
        kind: EntryKind::Seen,
        severity: Severity::new(3),
        moment: Some(school.now()),
        text: words("crying after lunch"),
        reason: None,
    };
    let new = NewFile { kind: FileKind::Child, person: child, named: Vec::new(), entry };
    school.records.open_file(by, &new).await.expect("raised").file
}

/// The first address of a form or a link on a page that begins so.
fn address(text: &str, before: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} is not in {text}"));
    let end = rest.find(['"', '/']).expect("it ends");
    format!("{}{}", before.split_once('"').expect("an address").1, &rest[..end])
}

async fn names_no_child(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}");
    assert!(!page.text.contains("Mia Reed") && !page.text.contains("Noor Ash"), "{path}: {}", page.text);
    page.text
}

#[tokio::test]
async fn emergency_access_is_reviewed_by_somebody_else_without_the_console() {
    let school = School::of_every_duty().await;
    let child = pupil(&school, "Mia Reed").await;
    let mut head = school.signed_in("head").await;
    school.ready("deputy").await;
    let mut taker = school.signed_in("senior-leader").await;
    let session = school.session("senior-leader").await;
    school.ready("lead").await;
    school.records.take_emergency_access(&session, child, "Her mother rings, who fetches her?").await.expect("taken");

    let today = head.get("/today").await.text;
    assert!(today.contains("Emergency access that somebody took waits for a review.") && !today.contains("holdfast "));
    assert!(today.contains("href=\"/emergency-accesses\""), "{today}");
    let list = names_no_child(&mut head, "/emergency-accesses").await;
    assert!(list.contains("Sian Wells") && list.contains("To be reviewed"), "{list}");
    let path = address(&list, "href=\"/emergency-accesses/");
    let page = head.get(&path).await.text;
    assert!(page.contains("who fetches her?"), "{page}");
    assert!(!page.contains("Mia Reed"), "{page}");

    // Who took it reviews nothing, and whoever has no part in it finds nothing.
    let own = taker.get(&path).await.text;
    assert!(own.contains("You took it yourself") && !own.contains("name=\"found\""), "{own}");
    let refused = taker.act("/emergency-accesses", &path, &[("found", "right")]).await;
    assert!(refused.status == 422 && refused.text.contains("Somebody else reviews it"), "{}", refused.text);
    let mut teacher = school.signed_in("teacher").await;
    assert_eq!(teacher.get(&path).await.status, 404);
    assert_eq!(head.act(&path, &path, &[]).await.status, 422, "it must be said which");

    assert_eq!(head.act(&path, &path, &[("found", "not-right")]).await.location(), "/emergency-accesses");
    let list = head.get("/emergency-accesses").await.text;
    assert!(list.contains("Found not right") && list.contains("By Hilda Marsh"), "{list}");
    assert!(!head.get("/today").await.text.contains("waits for a review"));
    let again = head.act("/emergency-accesses", &path, &[("found", "right")]).await;
    assert_eq!(again.status, 422, "it was reviewed: {}", again.text);
}

#[tokio::test]
async fn what_a_moved_file_leaves_to_do_is_done_in_the_browser() {
    let school = School::of_every_duty().await;
    let (wrong, right) = (pupil(&school, "Noor Ash").await, pupil(&school, "Mia Reed").await);
    let (lead, deputy) = (school.ready("lead").await, school.ready("deputy").await);
    let file = concern(&school, &lead, wrong).await;
    school.records.read_file(&deputy, file).await.expect("read");
    let why = words("It was Mia who cried");
    school.records.mend_wrong_child_here(&lead, Wrong::File(file), right, &why).await.expect("moved");

    let mut browser = school.signed_in("lead").await;
    let today = browser.get("/today").await.text;
    assert!(today.contains("about files.") && today.contains("href=\"/file-tasks\""), "{today}");
    let page = names_no_child(&mut browser, "/file-tasks").await;
    assert!(page.contains("Tell Dora Hale that what they read"), "{page}");
    assert!(page.contains("Decide with the data-protection officer"), "{page}");
    let mut officer = school.signed_in("data-protection").await;
    let of_officer = names_no_child(&mut officer, "/file-tasks").await;
    assert!(of_officer.contains("Decide with the data-protection officer"), "{of_officer}");

    let form = address(&page, "action=\"/file-tasks/");
    let mut office = school.signed_in("office").await;
    assert_eq!(office.act("/account", &format!("{form}/done"), &[]).await.status, 404);
    let before = page.matches("action=\"/file-tasks/").count();
    assert_eq!(browser.act("/file-tasks", &format!("{form}/done"), &[]).await.location(), "/file-tasks");
    let page = browser.get("/file-tasks").await.text;
    assert_eq!(page.matches("action=\"/file-tasks/").count(), before - 1, "{page}");
    // A second press leads to what is left.
    assert_eq!(browser.act("/file-tasks", &format!("{form}/done"), &[]).await.location(), "/file-tasks");
    assert!(browser.get("/file-tasks").await.text.contains("It is not on the list"));
}

/// A concern that was closed, and about which nothing is held any more.
async fn closed(school: &School) -> id::File {
    let child = pupil(school, "Mia Reed").await;
    let lead = school.ready("lead").await;
    let file = concern(school, &lead, child).await;
    let reason = Some(words("A quarrel over a ball, and both have made up."));
    let decision = NewDecision { extent: Extent::Note, course: Course::Nothing, reason, review: None, is_rung: false };
    school.records.decide_concern(&lead, file, &decision).await.expect("decided");
    let closing = Closing { outcome: words("made up"), reason: words("nothing more") };
    school.records.close_files(&lead, &[file], &closing).await.expect("closed");
    file
}

#[tokio::test]
async fn erasing_is_agreed_to_by_another_person_who_showed_that_it_is_them() {
    let school = School::of_every_duty().await;
    let file = closed(&school).await;
    let lead = school.session("lead").await;
    school.records.propose_erasure(&lead, Target::File(file), EraseRule::Error).await.expect("proposed");

    let mut proposer = school.signed_in("lead").await;
    let own = names_no_child(&mut proposer, "/erasures").await;
    assert!(own.contains("Take it back") && !own.contains("Look at it and decide"), "{own}");
    // Whoever proposed it finds their way to taking it back.
    let today = proposer.get("/today").await.text;
    assert!(
        today.contains("Until they agree you can take it back.") && today.contains("href=\"/erasures\""),
        "{today}"
    );
    let mut head = school.signed_in("head").await;
    let today = head.get("/today").await.text;
    assert!(today.contains("waits for a second person.") && today.contains("href=\"/erasures\""), "{today}");
    let list = names_no_child(&mut head, "/erasures").await;
    assert!(list.contains("A whole concern") && list.contains("Lena Frost"), "{list}");
    let path = address(&list, "href=\"/erasures/");
    assert_eq!(proposer.get(&path).await.status, 404, "nobody agrees to their own");
    let mut teacher = school.signed_in("teacher").await;
    assert_eq!(teacher.get(&path).await.status, 404);
    let page = head.get(&path).await.text;
    assert!(page.contains("it was written in error") && page.contains("file entry 1"), "{page}");
    assert!(page.contains("I looked at what is erased"), "{page}");
    // The officer opens no concern, and is not asked to say that they looked at it.
    let mut officer = school.signed_in("data-protection").await;
    let page = officer.get(&path).await.text;
    assert!(page.contains("I looked at the rule and at what it reaches") && !page.contains(": ."), "{page}");

    school.advance(SignedDuration::from_mins(11));
    let token = head.token("/erasures").await;
    let late = head.post(&path, &[("token", &token), ("looked", "yes")]).await;
    assert!(late.location().starts_with("/account/confirm"), "{}", late.text);
    let mut head = school.signed_in("head").await;
    assert_eq!(head.act(&path, &path, &[]).await.status, 422, "looked at first");
    assert_eq!(head.act(&path, &path, &[("looked", "yes")]).await.location(), "/erasures");
    let page = head.get("/erasures").await.text;
    assert!(page.contains("It is erased.") && page.contains("Nothing waits for a second person."), "{page}");
    // A second press, also on a page that somebody else has open, leads to what still waits.
    let mut officer = school.signed_in("data-protection").await;
    for (browser, path) in [(&mut head, &path), (&mut officer, &path)] {
        assert_eq!(browser.act("/erasures", path, &[("looked", "yes")]).await.location(), "/erasures");
        assert!(browser.get("/erasures").await.text.contains("It does not wait for you"));
    }
    let taken_back = format!("{path}/withdraw");
    assert_eq!(head.act("/erasures", &taken_back, &[]).await.location(), "/erasures");
    assert_eq!(teacher.post(&path, &[("looked", "yes")]).await.status, 404, "others find nothing");
    assert!(school.records.read_file(&school.session("head").await, file).await.is_err());
}

#[tokio::test]
async fn a_proposal_is_taken_back_and_a_concern_past_its_time_is_proposed_from_its_task() {
    let school = School::of_every_duty().await;
    let file = closed(&school).await;
    let lead = school.session("lead").await;
    school.records.propose_erasure(&lead, Target::File(file), EraseRule::Court).await.expect("proposed");
    let mut browser = school.signed_in("lead").await;
    let path = address(&browser.get("/erasures").await.text, "action=\"/erasures/");
    assert_eq!(browser.act("/erasures", &format!("{path}/withdraw"), &[]).await.location(), "/erasures");
    assert!(browser.get("/erasures").await.text.contains("Nothing was erased."));
    assert!(school.records.list_erasures(&lead).await.expect("a list").waiting.is_empty());
    school.records.read_file(&lead, file).await.expect("it is there");

    // The clock puts it up for review; nothing is erased by a clock.
    let periods = Periods { child_file_years: 1, ..Periods::default() };
    school.records.expire(lead.school, &periods, &school.place()).await.expect("it runs");
    let page = browser.get("/file-tasks").await.text;
    assert!(page.contains("The time for which this is kept has ended"), "{page}");
    // Who writes no note in it is not asked to.
    let mut officer = school.signed_in("data-protection").await;
    assert!(!officer.get("/file-tasks").await.text.contains("The time for which this is kept has ended"));
    let path = address(&page, "href=\"/file-tasks/") + "/erase";
    assert_eq!(browser.act(&path, &path, &[("rule", "wrong-child")]).await.status, 422);
    // The school keeps files longer than this run did, so that the rule that its time has ended is refused, with the day.
    let early = browser.act(&path, &path, &[("rule", "retention")]).await;
    assert!(early.status == 422 && early.text.contains("Its time has not ended"), "{}", early.text);
    assert_eq!(browser.act(&path, &path, &[("rule", "court")]).await.location(), "/erasures");
    let waiting = school.records.list_erasures(&lead).await.expect("a list").waiting;
    assert_eq!(waiting.iter().map(|one| one.target).collect::<Vec<_>>(), [Target::File(file)]);
    let mut deputy = school.signed_in("deputy").await;
    assert_eq!(deputy.get(&path).await.status, 404, "a deputy lead erases nothing");
}

/// The pages with something on them; `every_page` looks at them as they begin.
#[tokio::test]
async fn the_pages_of_what_is_left_to_do_have_no_fault_at_either_width() {
    let school = School::of_every_duty().await;
    let file = closed(&school).await;
    let (lead, head) = (school.session("lead").await, school.ready("head").await);
    let deputy = school.ready("deputy").await;
    school.ready("senior-leader").await;
    let (wrong, right) = (pupil_again(&school, "Noor Ash").await, pupil_again(&school, "Ida Finch").await);
    let moved = concern(&school, &lead, wrong).await;
    school.records.read_file(&deputy, moved).await.expect("read");
    let why = words("It was Ida who cried");
    school.records.mend_wrong_child_here(&lead, Wrong::File(moved), right, &why).await.expect("moved");
    let periods = Periods { child_file_years: 1, ..Periods::default() };
    school.records.expire(lead.school, &periods, &school.place()).await.expect("it runs");
    school.records.propose_erasure(&head, Target::File(file), EraseRule::Court).await.expect("proposed");
    let taker = school.session("senior-leader").await;
    school.records.take_emergency_access(&taker, right, "Her mother rings, who fetches her?").await.expect("taken");

    let mut browser = school.signed_in("lead").await;
    let mut shown = vec!["/today".to_owned()];
    for (list, before) in [
        ("/emergency-accesses", "href=\"/emergency-accesses/"),
        ("/file-tasks", "href=\"/file-tasks/"),
        ("/erasures", "href=\"/erasures/"),
    ] {
        let one = address(&browser.get(list).await.text, before);
        let one = if list == "/file-tasks" { one + "/erase" } else { one };
        shown.extend([list.to_owned(), one]);
    }
    let (port, cookie) = (school.address.port(), browser.cookie.clone().expect("they are in"));
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = driver::Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        let (name, value) = cookie.split_once('=').expect("a cookie has a value");
        let cookie =
            json!({"name": name, "value": value, "url": of("/"), "secure": true, "path": "/", "httpOnly": true});
        browser.command("Network.setCookie", &cookie);
        let names = ["today", "emergencies", "emergency", "tasks", "propose", "erasures", "agree"]
            .map(|name| format!("waiting-{name}"));
        let pages: Vec<(String, &str)> =
            shown.iter().zip(&names).map(|(path, name)| (of(path), name.as_str())).collect();
        look(&browser, &pages);
    });
    done.await.expect("no page has a fault");
}
