//! A concern that climbs, as those see it who are to answer it, who passed it by, and who raised it; and who is told at night.

use crate::school::School;
use holdfast_records::{
    Session,
    access::FileKind,
    file::{EntryKind, NewEntry, NewFile, Severity, Words},
    id,
    people::{Kind, NewPerson},
};
use jiff::SignedDuration;

/// A teacher raises a concern of level 5 about a child.
async fn raised(school: &School) -> (Session, id::File) {
    let head = school.ready("head").await;
    let teacher = school.ready("teacher").await;
    let pupil = school.records.add_person(&head, NewPerson::new(Kind::Pupil, "Mia Reed")).await.unwrap();
    let entry = NewEntry {
        kind: EntryKind::Seen,
        severity: Severity::new(5),
        moment: None,
        text: Words::new("canary").unwrap(),
        reason: None,
    };
    let new = NewFile { kind: FileKind::Child, person: pupil, named: Vec::new(), entry };
    let raised = school.records.open_file(&teacher, &new).await.unwrap();
    (teacher, raised.file)
}

#[tokio::test]
async fn what_waits_stands_on_today_of_each_in_their_turn_and_names_nobody() {
    let school = School::new().await;
    let (teacher, _) = raised(&school).await;
    let mut lead = school.signed_in("lead").await;
    let page = lead.get("/today").await;
    assert!(page.text.contains("A concern waits for you. Somebody must answer by 08:15."), "{}", page.text);
    assert!(!page.text.contains("Mia Reed") && !page.text.contains("canary"));
    let mut deputy = school.signed_in("deputy").await;
    assert!(!deputy.get("/today").await.text.contains("A concern waits for you"));
    school.advance(SignedDuration::from_mins(50));
    school.records.climb(teacher.school).await.unwrap();
    let mut chair = school.signed_in("chair").await;
    let mut lead = school.signed_in("lead").await;
    let mut deputy = school.signed_in("deputy").await;
    let page = lead.get("/today").await;
    assert!(page.text.contains("A concern waits for you. Somebody had to answer today at 08:15."), "{}", page.text);
    assert!(deputy.get("/today").await.text.contains("A concern waits for you."));
    let page = chair.get("/today").await;
    assert!(page.text.contains("A concern that was raised has not been answered in time."), "{}", page.text);
    assert!(page.text.contains("ring Hilda Marsh now") && !page.text.contains("Mia Reed"), "{}", page.text);
    assert!(
        !page.text.contains("Lena Frost") && !page.text.contains("Dora Hale"),
        "one name and no list: {}",
        page.text
    );
    let mut reporter = school.signed_in("teacher").await;
    assert!(!reporter.get("/today").await.text.contains("Nobody has answered"));
    school.advance(SignedDuration::from_mins(30));
    school.records.climb(teacher.school).await.unwrap();
    let mut reporter = school.signed_in("teacher").await;
    let page = reporter.get("/today").await;
    assert!(page.text.contains("Nobody has answered a concern that you raised."), "{}", page.text);
    let (asks, knows) = (page.text.find("What needs you").unwrap(), page.text.find("For you to know").unwrap());
    let pressing = page.text.find("Nobody has answered a concern that you raised.").unwrap();
    assert!(asks < pressing && pressing < knows, "it stands first: {}", page.text);
    assert!(!page.text.contains("Nothing needs you now"), "{}", page.text);
    assert!(page.text.contains("999") && !page.text.contains("Mia Reed"));
    let mut office = school.signed_in("office").await;
    let page = office.get("/today").await;
    assert!(!page.text.contains("oncern waits") && !page.text.contains("not been answered"), "{}", page.text);
}

#[tokio::test]
async fn who_agreed_to_be_told_at_night_is_recorded_by_somebody_else_and_ends_it_themselves() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let (list, form) = ("/duties/out-of-hours", "/duties/out-of-hours/agree");
    assert!(head.get("/duties").await.text.contains(list));
    assert!(head.get(list).await.text.contains("Nobody agreed to be told outside watched hours."));
    let page = head.get(form).await;
    assert!(page.text.contains("Lena Frost") && !page.text.contains("Kai Ross"), "{}", page.text);
    let held = school.records.duties(&school.ready("head").await).await.unwrap();
    let lead = held.iter().find(|held| held.full_name == "Lena Frost").unwrap().person.to_string();
    let refused = head.act(form, form, &[("person", &lead)]).await;
    assert!(refused.status == 422 && refused.text.contains("Write the day of the agreement."), "{}", refused.text);
    let day = [("person", &*lead), ("agreed-day", "3"), ("agreed-month", "11"), ("agreed-year", "2026")];
    let to_come = [("person", &*lead), ("agreed-day", "3"), ("agreed-month", "11"), ("agreed-year", "2027")];
    let refused = head.act(form, form, &to_come).await;
    assert!(refused.status == 422 && refused.text.contains("still to come"), "{}", refused.text);
    assert_eq!(head.act(form, form, &day).await.location(), list);
    let page = head.get(list).await;
    assert!(page.text.contains("Lena Frost") && page.text.contains("3 November 2026"), "{}", page.text);
    let mut teacher = school.signed_in("teacher").await;
    let page = teacher.get(list).await;
    assert!(
        page.text.contains("Lena Frost") && !page.text.contains("action=\"/duties/out-of-hours/end\""),
        "{}",
        page.text
    );
    assert_eq!(teacher.get(form).await.status, 404);
    let end = "/duties/out-of-hours/end";
    assert_eq!(teacher.act(list, end, &[("person", &lead)]).await.status, 404);
    let mut lead_browser = school.signed_in("lead").await;
    assert_eq!(lead_browser.act(list, end, &[("person", &lead)]).await.location(), list);
    assert!(lead_browser.get(list).await.text.contains("Nobody agreed to be told outside watched hours."));
}
