//! Whoever was taken out of a file, or made its subject, was shut out unseen. Those who hold it are told that it was done: neither who
//! it was nor why.

use crate::{
    filing::{Filing, words},
    ground::{Ground, both},
};

both!(who_holds_a_file_is_told_that_somebody_was_taken_out, who_lost_a_file_is_told_nothing_of_it);

/// The kinds of what somebody is to be told about something, beside that it waits for an answer.
async fn told(school: &Filing, name: &str, about: &str) -> Vec<String> {
    let notices = school.records.notices(school.session(name)).await.expect("their notices");
    let about = notices.into_iter().filter(|notice| notice.about == about).map(|notice| notice.kind);
    about.filter(|kind| !kind.starts_with("file-waits")).collect()
}

async fn who_holds_a_file_is_told_that_somebody_was_taken_out(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, head) = (&school.records, school.session("head"));
    let file = school.raise("teacher", "ann", "canary").await.file;
    records.remove_from_file(head, file, school.person("deputy"), &words("too near to it")).await.expect("out");
    let about = file.to_string();
    assert_eq!(told(&school, "lead", &about).await, ["file-holder-removed"]);
    for name in ["head", "deputy", "chair", "teacher"] {
        assert_eq!(told(&school, name, &about).await, [""; 0], "{name}");
    }
    records.add_file_subject(head, file, school.person("teacher")).await.expect("named");
    assert_eq!(told(&school, "lead", &about).await, ["file-subject-added"]);
    for name in ["head", "deputy", "chair", "teacher"] {
        assert_eq!(told(&school, name, &about).await, [""; 0], "{name}");
    }
}

async fn who_lost_a_file_is_told_nothing_of_it(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, head) = (&school.records, school.session("head"));
    let file = school.raise("teacher", "ann", "canary").await.file;
    records.add_file_subject(head, file, school.person("teacher")).await.expect("named");
    // Both leads hold it, and one of them turns out to be in it before they look.
    records.add_file_subject(head, file, school.person("deputy")).await.expect("named");
    let about = file.to_string();
    assert_eq!(told(&school, "deputy", &about).await, [""; 0]);
    assert_eq!(told(&school, "lead", &about).await, ["file-subject-added", "file-subject-added"]);
}
