//! The demonstration's own door.

use crate::{
    pupils::Pupils,
    school::{CODE, PASSWORD, School},
};
use holdfast_records::people::Part;
use holdfast_web::{Demonstration, DemonstrationPerson, DemonstrationPupil, Settings};

pub fn shown() -> Settings {
    let person = |sign_in_name: &str, name: &str| DemonstrationPerson {
        sign_in_name: sign_in_name.to_owned(),
        name: name.to_owned(),
        role: "a role".to_owned(),
        words: "What they are there for.".to_owned(),
    };
    let people = vec![person("teacher", "Martin Pike"), person("office", "Orla Dean")];
    let ben = DemonstrationPupil {
        name: "Ben Ash".to_owned(),
        class: "7B".to_owned(),
        teacher: "teacher".to_owned(),
        words: "What one sees.".to_owned(),
    };
    let pupils = vec![ben];
    let demonstration = Demonstration { school: CODE.to_owned(), password: PASSWORD.to_owned(), people, pupils };
    Settings { demonstration: Some(demonstration), ..Settings::default() }
}

#[tokio::test]
async fn with_one_press_one_is_somebody_and_sees_what_they_see() {
    let school = School::shown_by(shown()).await;
    school.choose("teacher").await;
    let mut browser = school.browser();
    let page = browser.get("/demonstration").await;
    assert!(page.status == 200 && page.text.contains("Be Martin Pike"), "{}", page.text);
    assert_eq!(browser.post("/demonstration", &[("person", "teacher")]).await.location(), "/today");
    assert!(browser.get("/today").await.text.contains("Martin Pike"));
    // Nobody whom the demonstration does not offer, and nobody from another page.
    assert_eq!(browser.post("/demonstration", &[("person", "head")]).await.status, 404);
    let elsewhere = [("Sec-Fetch-Site", "cross-site")];
    assert_eq!(browser.post_with("/demonstration", &[("person", "teacher")], &elsewhere).await.status, 403);
}

#[tokio::test]
async fn who_was_given_a_second_step_is_not_met_with_a_bare_door() {
    let school = School::shown_by(shown()).await;
    let session = school.choose("teacher").await;
    school.set_up_app("teacher", &session).await;
    let mut browser = school.browser();
    let answer = browser.post("/demonstration", &[("person", "teacher")]).await;
    assert!(answer.status == 409 && answer.text.contains("not enough for Martin Pike"), "{}", answer.text);
    assert!(answer.text.contains("second step") && answer.text.contains("href=\"/sign-in\""), "{}", answer.text);
}

#[tokio::test]
async fn a_school_has_no_such_door_and_the_demonstration_has_it_at_this_computer_only() {
    let school = School::new().await;
    school.choose("teacher").await;
    let mut browser = school.browser();
    assert_eq!(browser.get("/demonstration").await.status, 404);
    assert_eq!(browser.post("/demonstration", &[("person", "teacher")]).await.status, 404);
    let shown = School::shown_by(shown()).await;
    let mut passed_on = shown.browser();
    let from_elsewhere = [("X-Forwarded-For", "10.0.0.7")];
    assert_eq!(passed_on.send("GET", "/demonstration", &from_elsewhere, "").await.status, 404);
}

#[tokio::test]
async fn with_one_press_one_is_a_pupil_by_the_real_way_in() {
    let pupils = Pupils::in_school(School::shown_by(shown()).await).await;
    pupils.school.ready("teacher").await;
    pupils.school.records.join_class(&pupils.office, "7B", pupils.ben, Part::Learns).await.expect("he learns");
    let mut browser = pupils.school.browser();
    assert!(browser.get("/demonstration").await.text.contains("Be Ben Ash"));
    assert_eq!(browser.post("/demonstration", &[("pupil", "Ben Ash")]).await.location(), "/start");
    assert!(browser.get("/start").await.text.contains("Hello, Ben"));
    assert_eq!(browser.get("/people").await.status, 404, "no more than a pupil sees");
    assert_eq!(browser.post("/demonstration", &[("pupil", "Ann Birch")]).await.status, 404);
}
