//! Settings and the calendar: what is in force, who decided it, and who may change it.

use crate::{
    browser::Browser,
    school::{PASSWORD, School},
};
use jiff::SignedDuration;

const USE: &str = "/settings/sm.pupil_use";
const CHANGE: &str = "/settings/sm.pupil_use/change";

#[tokio::test]
async fn a_setting_says_where_it_comes_from_who_decided_it_and_why() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    let before = lead.get(USE).await;
    assert!(before.text.contains("It is ours, no policy’s."), "{}", before.text);
    assert!(before.text.contains("Nothing was ever decided about this here"), "{}", before.text);
    let fields = [("value", "never"), ("why", "Too much of it at break"), ("clause", "S3 clause 12")];
    assert_eq!(lead.act(CHANGE, CHANGE, &fields).await.location(), USE);
    let after = lead.get(USE).await;
    for part in [
        "The setting is changed",
        "Not at all",
        "Lena Frost",
        "Too much of it at break",
        "S3 clause 12",
        "The school decided it",
    ] {
        assert!(after.text.contains(part), "{part} is not in {}", after.text);
    }
    let area = lead.get("/settings/areas/social-media").await;
    assert!(
        area.text.contains("Lena Frost, 23 November 2026: Too much of it at break (clause: S3 clause 12)"),
        "{}",
        area.text
    );
    // A governor reads it too, with who decided.
    let mut chair = school.signed_in("chair").await;
    assert!(chair.get(USE).await.text.contains("Lena Frost"));
    // Taken back, it is as it was, and both stay in the history.
    let withdraw = "/settings/sm.pupil_use/withdraw";
    assert_eq!(lead.act(withdraw, withdraw, &[("why", "Tried it")]).await.location(), USE);
    let back = lead.get(USE).await;
    assert!(back.text.contains("Taken back") && back.text.contains("Too much of it at break"), "{}", back.text);
}

#[tokio::test]
async fn what_a_limit_refuses_and_what_lacks_a_reason_is_said_and_no_words_are_lost() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let path = "/settings/sm.official_dm.staff_pupil/change";
    let answer = head.act(path, path, &[("value", "official-app"), ("why", "A wish of the parents")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("is looser than it may ever be"), "{}", answer.text);
    assert!(answer.text.contains("A wish of the parents"), "{}", answer.text);
    let answer = head.act(CHANGE, CHANGE, &[("value", "never"), ("why", " ")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("href=\"#why\"") && answer.text.contains("id=\"why-error\""), "{}", answer.text);
}

#[tokio::test]
async fn whose_setting_it_is_decides_who_changes_it() {
    let school = School::new().await;
    // A lead may change settings, and not the head's own.
    let mut lead = school.signed_in("lead").await;
    let path = "/settings/sm.official_approver/change";
    let refused = lead.get(path).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("headteacher"), "{}", refused.text);
    let token = lead.token(USE).await;
    let fields = [("value", "dsl"), ("why", "x"), ("token", token.as_str())];
    assert_eq!(lead.post(path, &fields).await.status, 403);
    assert!(!lead.get("/settings/sm.official_approver").await.text.contains("/settings/sm.official_approver/change"));
    // Staff read them, and for the others it is as if the pages were not there.
    let mut teacher = school.signed_in("teacher").await;
    assert_eq!(teacher.get(USE).await.status, 200);
    let token = teacher.token(USE).await;
    for path in [CHANGE, "/settings/calendar/change", "/settings/sm.pupil_use/trust"] {
        assert_eq!(teacher.get(path).await.status, 404, "{path}");
        assert_eq!(
            teacher.post(path, &[("token", &token), ("why", "x"), ("value", "never")]).await.status,
            404,
            "{path}"
        );
    }
    assert!(!teacher.get(USE).await.text.contains("Change it"));
}

#[tokio::test]
async fn what_makes_it_looser_needs_a_fresh_confirmation_and_keeps_the_words() {
    let school = School::new().await;
    let mut lead = school.signed_in("lead").await;
    assert_eq!(lead.act(CHANGE, CHANGE, &[("value", "never"), ("why", "First")]).await.location(), USE);
    later(&school, &mut lead).await;
    let looser = [("value", "taught"), ("why", "A unit on news is taught in it")];
    let answer = lead.act(CHANGE, CHANGE, &looser).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("Confirm that it is you"), "{}", answer.text);
    assert!(answer.text.contains("A unit on news is taught in it"), "{}", answer.text);
    let confirm = "/account/confirm";
    lead.act(confirm, confirm, &[("password", PASSWORD)]).await.location();
    assert_eq!(lead.act(CHANGE, CHANGE, &looser).await.location(), USE);
    // Stricter goes without.
    later(&school, &mut lead).await;
    assert_eq!(lead.act(CHANGE, CHANGE, &[("value", "never"), ("why", "Again")]).await.location(), USE);
}

/// Eleven minutes later, and still signed in.
async fn later(school: &School, browser: &mut Browser) {
    for _ in 0..2 {
        school.advance(SignedDuration::from_secs(330));
        assert_eq!(browser.get("/account").await.status, 200);
    }
}

#[tokio::test]
async fn a_trust_lead_reads_settings_and_is_told_that_there_is_no_trust() {
    let school = School::new().await;
    let mut trust = school.signed_in("trust").await;
    let path = "/settings/sm.pupil_use/trust";
    let fields = [("part", "floor"), ("value", "never"), ("why", "For all")];
    let answer = trust.act(path, path, &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("belongs to no trust"), "{}", answer.text);
}

#[tokio::test]
async fn a_question_is_decided_with_a_reason_and_sets_what_follows() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let open = head.get("/settings/questions").await;
    assert!(open.text.contains("Needs a decision."), "{}", open.text);
    let path = "/settings/questions/conferencing";
    assert_eq!(head.act(path, path, &[("answer", "approved-tools")]).await.status, 422);
    let fields = [("answer", "approved-tools"), ("why", "We teach one pupil at home")];
    assert_eq!(head.act(path, path, &fields).await.location(), "/settings/questions");
    let decided = head.get("/settings/questions").await;
    assert!(decided.text.contains("We teach one pupil at home"), "{}", decided.text);
    assert!(head.get("/settings/vc.enabled").await.text.contains("Hilda Marsh"));
}

const CALENDAR: [(&str, &str); 11] = [
    ("nation", "england-and-wales"),
    ("from", "1 September 2026"),
    ("until", "31/8/2027"),
    ("school-days", "mon"),
    ("school-days", "tue"),
    ("watched", "mon-tue 08:00-16:30"),
    ("term-1-name", "Autumn"),
    ("term-1-first", "2 September 2026"),
    ("term-1-last", "18 December 2026"),
    ("closures", "1 December 2026 – 2 December 2026 Snow"),
    ("why", "The new year"),
];

#[tokio::test]
async fn a_calendar_is_looked_at_before_it_is_in_force() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let form = "/settings/calendar/change";
    let wrong: Vec<(&str, &str)> = CALENDAR
        .iter()
        .map(|(name, value)| (*name, if *name == "term-1-last" { "Christmas" } else { *value }))
        .collect();
    let answer = head.act(form, form, &wrong).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.text.contains("href=\"#term-1-last\"") && answer.text.contains("“Christmas” is no date"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("value=\"Autumn\"") && answer.text.contains("Snow"), "{}", answer.text);
    // What the records find wrong stands beside its field too.
    let outside: Vec<(&str, &str)> = CALENDAR
        .iter()
        .map(|(name, value)| (*name, if *name == "term-1-last" { "18 December 2028" } else { *value }))
        .collect();
    let answer = head.act(form, form, &outside).await;
    assert!(
        answer.text.contains("href=\"#term-1-name\"") && answer.text.contains("A term lies between"),
        "{}",
        answer.text
    );
    let preview = head.act(form, form, &CALENDAR).await;
    assert_eq!(preview.status, 200);
    assert!(
        preview.text.contains("Nothing has changed yet") && preview.text.contains("Term: Autumn"),
        "{}",
        preview.text
    );
    assert!(head.get("/settings/calendar").await.text.contains("There is none yet"));
    let document = hidden(&preview.text, "document");
    // Back to the form: nothing typed is lost.
    let back = head.act(form, form, &[("document", &document), ("why", "The new year")]).await;
    assert!(back.text.contains("value=\"18 December 2026\"") && back.text.contains("The new year"), "{}", back.text);
    let set = head.act(form, "/settings/calendar/set", &[("document", &document), ("why", "The new year")]).await;
    assert_eq!(set.location(), "/settings/calendar");
    let page = head.get("/settings/calendar").await;
    for part in [
        "Autumn",
        "Monday to Tuesday 08:00–16:30",
        "Hilda Marsh",
        "The new year",
        "Snow",
        "It reaches until 31 August 2027.",
    ] {
        assert!(page.text.contains(part), "{part} is not in {}", page.text);
    }
    later(&school, &mut head).await;
    let answer = head.act(form, "/settings/calendar/set", &[("document", &document), ("why", "Again")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("Confirm that it is you"), "{}", answer.text);
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the page has it");
    let value = rest.split('"').next().expect("it ends");
    value.replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&").replace("&quot;", "\"")
}
