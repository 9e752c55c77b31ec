//! What a second look at access found; each is named after what broke.

use crate::{
    ground::{Ground, both},
    school::School,
};
use holdfast_records::{
    Fault,
    access::{Act, Decision, Duty, Resource},
    file::{HoldReason, Words, Wrong},
    people::{GiveDuty, LivesWith, NewRelation, RelationKind, Responsibility},
};
use jiff::SignedDuration;

both!(
    a_file_was_moved_out_of_a_hold,
    a_friend_of_the_head_ended_the_chair,
    who_acts_for_the_head_was_shut_out_by_whom_it_was_about,
    a_parent_who_works_here_saw_and_lifted_the_hold_on_their_child,
    emergency_access_to_an_adult_was_told_round_the_confidential_file,
    a_parent_in_the_office_said_who_is_told_about_their_child,
);

fn words(text: &str) -> Words {
    Words::new(text).expect("words")
}

async fn a_file_was_moved_out_of_a_hold(ground: Ground) {
    let school = School::new(&ground).await;
    let lead = school.session("lead");
    let (records, ann, ben) = (&school.records, school.person("ann"), school.person("ben"));
    let hold = records.place_hold(&lead, ann, HoldReason::Police, &words("asked in writing")).await.expect("held");
    let wrong = Wrong::File(school.files["ann's"]);
    let moved = records.mend_wrong_child(&lead, wrong, ben, &words("mistaken"), &school.place).await;
    assert!(matches!(moved, Err(Fault::NotAllowed(_))), "{moved:?}");
    records.lift_hold(&lead, hold, &words("moved first")).await.expect("lifted");
    records.mend_wrong_child(&lead, wrong, ben, &words("mistaken"), &school.place).await.expect("moved");
}

async fn a_friend_of_the_head_ended_the_chair(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, friend, chair) = (&school.records, school.person("outside"), school.person("chair"));
    let given = GiveDuty { duty: Duty::TrustLead, person: friend, is_deputy: false, from: None };
    ground.advance(SignedDuration::from_mins(1));
    records.give_duty(&school.session("trust"), &given).await.expect("given");
    let told = records.notices(&school.session("chair")).await.expect("read");
    assert!(told.iter().any(|notice| notice.kind == "duty-given" && notice.about == friend.to_string()), "{told:?}");
    let chair = Resource::Person(chair);
    let would = async |who: &str| records.would(&school.session(who), Act::DutyEnded, &chair).await.expect("decided");
    assert!(matches!(would("outside").await, Decision::Refused(_)));
    assert_eq!(would("trust").await, Decision::Allowed);
    ground.advance(SignedDuration::from_hours(24 * 15));
    assert_eq!(would("outside").await, Decision::Allowed);
}

async fn who_acts_for_the_head_was_shut_out_by_whom_it_was_about(ground: Ground) {
    let school = School::new(&ground).await;
    let deputy = Resource::Person(school.person("heads-deputy"));
    for act in [Act::AccountChanged, Act::PersonLeft, Act::DutyEnded] {
        for who in ["technician", "office"] {
            let would = school.records.would(&school.session(who), act, &deputy).await.expect("decided");
            assert_ne!(would, Decision::Allowed, "{who}, {}", act.word());
        }
    }
    let would = school.records.would(&school.session("head"), Act::AccountChanged, &deputy).await.expect("decided");
    assert_eq!(would, Decision::Allowed);
}

async fn a_parent_who_works_here_saw_and_lifted_the_hold_on_their_child(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, ann) = (&school.records, school.person("ann"));
    let head = school.session("head");
    records.record_relation(&head, &family(&school, "deputy", Responsibility::Yes)).await.expect("recorded");
    let about = Resource::Person(ann);
    let acts = [
        Act::HoldsRead,
        Act::HoldPlaced,
        Act::HoldLifted,
        Act::ErasureProposed,
        Act::PurposeGiven,
        Act::HistoryRead,
        Act::EmergencyTaken,
    ];
    for act in acts {
        let would = records.would(&school.session("deputy"), act, &about).await.expect("decided");
        assert_eq!(would, Decision::Hidden, "{}", act.word());
    }
    assert_eq!(records.would(&school.session("lead"), Act::HoldsRead, &about).await, Ok(Decision::Allowed));
}

async fn emergency_access_to_an_adult_was_told_round_the_confidential_file(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, teacher) = (&school.records, school.person("teacher"));
    let taken = records.take_emergency_access(&school.session("heads-deputy"), teacher, "the LADO rang").await;
    let taken = taken.expect("taken");
    for (who, is_told) in [("lead", false), ("deputy", false), ("head", true), ("chair", true)] {
        let told = records.notices(&school.session(who)).await.expect("read");
        assert_eq!(told.iter().any(|notice| notice.about == taken.to_string()), is_told, "{who}");
    }
    for (who, sees) in [("lead", false), ("senior", false), ("head", true)] {
        let list = records.emergencies(&school.session(who)).await.expect("read");
        assert_eq!(list.iter().any(|one| one.id == taken), sees, "{who}");
    }
    assert_eq!(records.review_emergency(&school.session("senior"), taken, true).await, Err(Fault::NotFound));
}

async fn a_parent_in_the_office_said_who_is_told_about_their_child(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, office) = (&school.records, school.session("office"));
    let relations = records.relations(&school.session("head"), school.person("ann")).await.expect("read");
    let own = records.record_relation(&office, &family(&school, "office", Responsibility::Yes)).await;
    assert!(matches!(own, Err(Fault::NotAllowed(_))), "{own:?}");
    records.record_relation(&office, &family(&school, "office", Responsibility::NotKnown)).await.expect("said");
    let ended = records.end_relation(&office, relations[0].id).await;
    assert!(matches!(ended, Err(Fault::NotAllowed(_))), "{ended:?}");
}

fn family(school: &School, adult: &str, responsibility: Responsibility) -> NewRelation {
    NewRelation {
        child: school.person("ann"),
        adult: school.person(adult),
        kind: RelationKind::ALL[0],
        responsibility,
        lives_with: LivesWith::NotKnown,
        contact_order: 2,
    }
}
