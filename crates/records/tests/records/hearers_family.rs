//! Somebody recorded a safeguarding lead as family, which keeps them out of the child's file, and nobody above could end it.

use crate::{
    ground::{Ground, both},
    school::School,
};
use holdfast_records::{
    Fault,
    access::{Act, Decision, Resource},
    audit::Question,
    people::{LivesWith, NewRelation, RelationKind, Responsibility, WhyNotFamily},
};

both!(a_lead_was_kept_out_by_a_false_relation_for_ever, the_chair_ends_no_other_relation_and_none_of_their_own,);

fn family(school: &School, adult: &str, child: &str) -> NewRelation {
    NewRelation {
        child: school.person(child),
        adult: school.person(adult),
        kind: RelationKind::ALL[0],
        responsibility: Responsibility::NotKnown,
        lives_with: LivesWith::NotKnown,
        contact_order: 2,
    }
}

async fn denied(school: &School) -> usize {
    let question = Question { most: 200, ..Question::default() };
    let log = school.records.read_audit(&school.session("head"), &question).await.expect("the head reads the log");
    let is_denied =
        |act: Act| log.entries.iter().filter(|one| one.outcome == "denied" && one.act == act.word()).count();
    is_denied(Act::HearersFamilyEnded)
}

async fn told(school: &School, name: &str, kind: &str, about: &str) -> usize {
    let about = school.person(about).to_string();
    let notices = school.records.notices(&school.session(name)).await.expect("their notices");
    notices.iter().filter(|notice| notice.kind == kind && notice.about == about).count()
}

async fn a_lead_was_kept_out_by_a_false_relation_for_ever(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, chair) = (&school.records, school.session("chair"));
    let file = Resource::File(school.files["ann's"]);
    let may = async || records.would(&school.session("lead"), Act::FileRead, &file).await.expect("answered");
    records.record_relation(&school.session("head"), &family(&school, "lead", "ann")).await.expect("by the head");
    assert_eq!(may().await, Decision::Hidden);
    let listed = records.family_of_hearers(&chair).await.expect("listed");
    assert_eq!(listed.iter().map(|one| one.adult).collect::<Vec<_>>(), [school.person("lead")]);
    // Not by who has no say in it, and not by whom it keeps out.
    for word in ["lead", "head", "office", "technician", "governor", "parent"] {
        let (session, relation) = (school.session(word), listed[0].relation);
        assert_eq!(records.family_of_hearers(&session).await.err(), Some(Fault::NotFound), "{word}");
        let ended = records.end_hearers_relation(&session, relation, WhyNotFamily::NeverWere).await;
        assert_eq!(ended, Err(Fault::NotFound), "{word}");
    }
    assert_eq!(denied(&school).await, 6);
    records.end_hearers_relation(&chair, listed[0].relation, WhyNotFamily::NeverWere).await.expect("ended");
    assert_eq!(may().await, Decision::Allowed);
    for word in ["head", "lead", "deputy", "trust"] {
        assert_eq!(told(&school, word, "family-ended", "lead").await, 1, "{word}");
    }
    assert_eq!(told(&school, "chair", "family-ended", "lead").await, 0);
    assert_eq!(records.family_of_hearers(&chair).await, Ok(vec![]));
    // What the head ends is told likewise.
    let again = records.record_relation(&school.session("head"), &family(&school, "lead", "ann")).await;
    records.end_relation(&school.session("head"), again.expect("by the head")).await.expect("ended");
    assert_eq!(told(&school, "chair", "family-ended", "lead").await, 1);
}

async fn the_chair_ends_no_other_relation_and_none_of_their_own(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    let (chair, why) = (school.session("chair"), WhyNotFamily::Mistaken);
    // Of parents to whom no concerns come, nothing.
    let parents = records.relations(&head, school.person("ann")).await.expect("read");
    for relation in &parents {
        assert_eq!(records.end_hearers_relation(&chair, relation.id, why).await, Err(Fault::NotFound));
    }
    let never = ground.number();
    assert_eq!(records.end_hearers_relation(&chair, never, why).await, Err(Fault::NotFound));
    // Of a child of theirs, nothing: neither their own relation nor the safeguarding lead's.
    let lead = records.record_relation(&head, &family(&school, "lead", "ben")).await.expect("by the head");
    let own = records.record_relation(&school.session("lead"), &family(&school, "chair", "ben")).await;
    let own = own.err();
    assert!(matches!(own, Some(Fault::NotAllowed(_))), "family records nobody else: {own:?}");
    let own = records.record_relation(&head, &family(&school, "chair", "ben")).await.expect("by the head");
    for relation in [lead, own] {
        assert_eq!(records.end_hearers_relation(&chair, relation, why).await, Err(Fault::NotFound));
    }
    assert_eq!(denied(&school).await, parents.len() + 3);
    let trust = school.session("trust");
    for relation in [lead, own] {
        records.end_hearers_relation(&trust, relation, why).await.expect("by the trust lead");
    }
    assert!(matches!(records.end_hearers_relation(&trust, own, why).await, Err(Fault::Changed(_))));
}
