//! What left no entry: lists of one's own reports and of who waits, an account that is one's own, a password without an account; and
//! what of the log is one person's history, whichever verb asks.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, Decision, Resource},
    audit::{Question, Shown},
    id,
};

both!(
    what_left_no_entry,
    ones_own_account_was_refused_unseen,
    nobody_suspends_themselves,
    the_log_about_somebody_was_read_for_no_purpose,
);

async fn entries(school: &Filing, act: Act) -> Vec<Shown> {
    let question = Question { most: 200, ..Question::default() };
    let log = school.records.read_audit(school.session("head"), &question).await.expect("the head reads the log");
    log.entries.into_iter().filter(|entry| entry.act == act.word()).collect()
}

/// How often an act was done and denied.
async fn counted(school: &Filing, act: Act) -> (usize, usize) {
    let entries = entries(school, act).await;
    let denied = entries.iter().filter(|entry| entry.outcome == "denied").count();
    (entries.len() - denied, denied)
}

async fn what_left_no_entry(ground: Ground) {
    let school = Filing::with(&ground, &["ann"]).await;
    let (records, teacher) = (&school.records, school.session("teacher"));
    let raised = school.raise("teacher", "ann", "canary").await;
    let own = records.own_reports(teacher).await.expect("one's own");
    assert_eq!(own.iter().map(|report| report.entry).collect::<Vec<_>>(), [raised.entry]);
    let told = entries(&school, Act::OwnReportsRead).await;
    assert_eq!(told.len(), 1);
    // That they reported, and what, is in the log as a digest only.
    let detail = |key: &str| told[0].detail.iter().find(|(one, _)| one == key).map(|(_, value)| value.as_str());
    assert_eq!(detail("entries"), Some("(kept as a digest)"));
    assert!(!format!("{told:?}").contains(&raised.entry.to_string()));
    let nobody = Session { actor: Actor::Console, unlocked: None, ..teacher.clone() };
    assert_eq!(records.own_reports(&nobody).await.err(), Some(Fault::NotFound));

    records.waiting_admissions(school.session("lead")).await.expect("who waits");
    assert_eq!(counted(&school, Act::WaitingRead).await, (1, 0));
    let locked = Session { unlocked: None, ..school.session("lead").clone() };
    assert!(matches!(records.waiting_admissions(&locked).await, Err(Fault::Locked(_))));
    assert_eq!(records.waiting_admissions(school.session("ann")).await, Err(Fault::NotFound));
    assert_eq!(counted(&school, Act::WaitingRead).await, (1, 2));
    // Whoever has no account has no password to change, and the try is in the log.
    let chair = Session { actor: Actor::Person(school.person("chair")), unlocked: None, ..teacher.clone() };
    let changed = records.change_password(&chair, "never had one", "otters below the old weir").await;
    assert_eq!(changed.err(), Some(Fault::NotFound));
    assert_eq!(counted(&school, Act::PasswordChanged).await.1, 1);
}

async fn ones_own_account_was_refused_unseen(ground: Ground) {
    let school = Filing::new(&ground).await;
    for name in ["head", "teacher"] {
        let (session, own) = (school.session(name), school.person(name));
        assert!(matches!(school.records.reset_password(session, own).await, Err(Fault::NotAllowed(_))), "{name}");
        assert!(matches!(school.records.close_account(session, own).await, Err(Fault::NotAllowed(_))), "{name}");
    }
    assert_eq!(counted(&school, Act::AccountChanged).await.1, 4);
}

async fn nobody_suspends_themselves(ground: Ground) {
    let school = Filing::new(&ground).await;
    let may = async |about: &str| {
        let about = Resource::Person(school.person(about));
        school.records.would(school.session("head"), Act::SuspensionChanged, &about).await.expect("answered")
    };
    assert!(matches!(may("head").await, Decision::Refused(_)));
    assert_eq!(may("ann").await, Decision::Allowed);
}

async fn the_log_about_somebody_was_read_for_no_purpose(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let about = |person: id::Person| Question { about: Some(person.to_string()), most: 50, ..Question::default() };
    assert!(matches!(records.read_audit(lead, &about(school.person("ann"))).await, Err(Fault::NotAllowed(_))));
    assert_eq!(records.read_audit(lead, &about(school.person("teacher"))).await.err(), Some(Fault::NotFound));
    assert_eq!(counted(&school, Act::HistoryRead).await, (0, 2));
    assert_eq!(counted(&school, Act::AuditRead).await.1, 0);
    // What is nobody's, and one's own, needs no purpose.
    let never = id::Person::new(ground.now()).expect("an id");
    for person in [never, school.person("lead")] {
        records.read_audit(lead, &about(person)).await.expect("read");
    }
}
