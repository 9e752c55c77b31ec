//! What is still to be kept: the rule that the time has ended before it had, family as the second person, and what a refusal told the
//! data-protection officer of an adult who works here.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    access::Duty,
    file::{
        Closing, EraseRule, HoldReason, NewFile,
        erase::{Periods, Target},
    },
    id,
    people::{GiveDuty, Kind, LivesWith, NewPerson, NewRelation, RelationKind, Responsibility, StaffKind},
    settings::NewValue,
};
use jiff::SignedDuration;

both!(
    a_file_was_erased_because_its_time_had_ended_before_it_had,
    how_long_is_kept_is_the_schools_setting,
    family_of_the_child_was_the_second_person,
    the_officer_learnt_from_a_refusal_that_there_is_a_concern,
    two_officers_erased_whom_they_know_nothing_of,
);

fn closing() -> Closing {
    Closing { outcome: words("x"), reason: words("x") }
}

fn refused<T: std::fmt::Debug>(done: Result<T, Fault>) -> String {
    match done {
        Err(Fault::NotAllowed(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

/// A closed child's file.
async fn closed(school: &Filing, ground: &Ground, about: &str) -> id::File {
    let file = school.raise("lead", about, "canary").await.file;
    ground.advance(SignedDuration::from_mins(1));
    school.records.close_files(school.session("lead"), &[file], &closing()).await.expect("closed");
    file
}

async fn a_file_was_erased_because_its_time_had_ended_before_it_had(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    let file = closed(&school, &ground, "ann").await;
    let entry = records.read_file(lead, file).await.expect("read").entries[0].id;
    // No day of birth is known: from when it was opened.
    for target in [Target::File(file), Target::Entry(entry)] {
        let why = refused(records.propose_erasure(lead, target, EraseRule::Retention).await);
        assert!(why.contains("2051-06-09"), "{why}");
    }
    // Of who is here, and who left where no period was set, no day is known.
    let ben = school.person("ben");
    for _ in 0..2 {
        let why = refused(records.propose_erasure(lead, Target::Person(ben), EraseRule::Retention).await);
        assert!(why.contains("no day that is known"), "{why}");
        if records.person(head, ben).await.expect("read").left_at.is_none() {
            records.leave(head, ben, 1).await.expect("left");
        }
    }
    // Another rule may apply before.
    let early = records.propose_erasure(lead, Target::File(file), EraseRule::Court).await.expect("proposed");
    records.withdraw_erasure(lead, early.id).await.expect("taken back");
    ground.set_clock("2051-06-09T00:00:00Z");
    let proposal = records.propose_erasure(lead, Target::File(file), EraseRule::Retention).await.expect("proposed");
    records.agree_erasure(head, proposal.id, &ground.place()).await.expect("erased");
}

async fn how_long_is_kept_is_the_schools_setting(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    assert_eq!(records.periods(school.school).await, Ok(Periods::default()));
    for (setting, value) in
        [("retention.child_file", "75"), ("retention.staff_file", "12"), ("retention.leavers", "30")]
    {
        let new = NewValue { setting, value: Some(value), why: "The inquiry asked for it.", clause: None };
        records.set_setting(head, new).await.expect("set");
    }
    let periods = records.periods(school.school).await.expect("read");
    assert_eq!(periods, Periods { child_file_years: 75, staff_file_years: 12, report_years: 6, leaver_days: Some(30) });
    // Nor does one person have somebody's record erased the day after they left.
    let new = NewValue { setting: "retention.leavers", value: Some("1"), why: "Sooner.", clause: None };
    records.set_setting(head, new).await.expect("set");
    assert_eq!(records.periods(school.school).await.expect("read").leaver_days, Some(30));
    // Nobody shortens what guidance asks for.
    let new = NewValue { setting: "retention.child_file", value: Some("1"), why: "Sooner.", clause: None };
    records.set_setting(head, new).await.expect_err("too short");
    let file = closed(&school, &ground, "ann").await;
    let why = refused(records.propose_erasure(lead, Target::File(file), EraseRule::Retention).await);
    assert!(why.contains("2101-06-09"), "{why}");
    let ben = school.person("ben");
    records.leave(head, ben, 1).await.expect("left");
    let why = refused(records.propose_erasure(lead, Target::Person(ben), EraseRule::Retention).await);
    assert!(why.contains("2026-07-09"), "{why}");
    ground.advance(SignedDuration::from_hours(24 * 31));
    records.propose_erasure(lead, Target::Person(ben), EraseRule::Retention).await.expect("proposed");
}

async fn family_of_the_child_was_the_second_person(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, head) = (&school.records, school.session("head"));
    let file = closed(&school, &ground, "ann").await;
    // Who may know of it are the head, the lead and the deputy lead, and the data-protection officer: all but the head are family.
    for adult in ["lead", "deputy", "officer"] {
        let relation = NewRelation {
            child: school.person("ann"),
            adult: school.person(adult),
            kind: RelationKind::ALL[0],
            responsibility: Responsibility::NotKnown,
            lives_with: LivesWith::NotKnown,
            contact_order: 1,
        };
        records.record_relation(head, &relation).await.expect("recorded");
    }
    let alone = refused(records.propose_erasure(head, Target::File(file), EraseRule::Court).await);
    assert!(alone.contains("two people"), "{alone}");
    assert_eq!(records.list_erasures(head).await.expect("listed").waiting, []);
}

/// Somebody who worked here and left.
async fn leaver(school: &Filing, name: &str) -> id::Person {
    let head = school.session("head");
    let new = NewPerson::staff(StaffKind::Employed, name);
    school.records.add_person(head, new).await.expect("added")
}

async fn the_officer_learnt_from_a_refusal_that_there_is_a_concern(ground: Ground) {
    let school = Filing::with(&ground, &["officer"]).await;
    let (records, head, officer) = (&school.records, school.session("head"), school.session("officer"));
    let mut people = Vec::new();
    for name in ["Nora Nothing", "Fay File", "Hedda Hold"] {
        people.push(leaver(&school, name).await);
    }
    let [nothing, file, hold] = people.as_slice() else { panic!("three") };
    let about = |kind, person| NewFile { kind, person, named: Vec::new(), entry: seen("canary") };
    let staff = holdfast_records::access::FileKind::StaffConcern;
    records.open_file(school.session("lead"), &about(staff, *file)).await.expect("raised");
    records.place_hold(head, *hold, HoldReason::Complaint, &words("x")).await.expect("held");
    for person in &people {
        records.leave(head, *person, 1).await.expect("left");
    }
    // Who would hear of it is told, in the words of before.
    for person in [file, hold] {
        let why = refused(records.propose_erasure(head, Target::Person(*person), EraseRule::SubjectRequest).await);
        assert!(why.contains("to be kept for now"), "{why}");
    }
    let mut proposals = Vec::new();
    for person in &people {
        let target = Target::Person(*person);
        proposals.push(records.propose_erasure(officer, target, EraseRule::SubjectRequest).await.expect("proposed"));
    }
    let extents: Vec<&str> = proposals.iter().map(|proposal| proposal.extent.as_str()).collect();
    assert_eq!(extents, ["person 1"; 3], "nor from what it reaches");
    let listed = records.list_erasures(officer).await.expect("listed").waiting;
    assert!(listed.iter().all(|proposal| proposal.extent == "person 1"), "{listed:?}");
    // It is decided when somebody agrees who knows.
    for (proposal, person) in proposals.iter().zip(&people) {
        let agreed = records.agree_erasure(head, proposal.id, &ground.place()).await;
        if person == nothing { drop(agreed.expect("erased")) } else { drop(refused(agreed)) }
    }
    // The other way round the officer is told no more than that something changed.
    let late = leaver(&school, "Lara Late").await;
    records.leave(head, late, 1).await.expect("left");
    let proposal = records.propose_erasure(head, Target::Person(late), EraseRule::Court).await.expect("proposed");
    records.place_hold(head, late, HoldReason::Police, &words("x")).await.expect("held");
    let agreed = records.agree_erasure(officer, proposal.id, &ground.place()).await;
    assert!(matches!(&agreed, Err(Fault::Changed(words)) if words.contains("Something was added")), "{agreed:?}");
}

async fn two_officers_erased_whom_they_know_nothing_of(ground: Ground) {
    let school = Filing::with(&ground, &["officer"]).await;
    let (records, head, officer) = (&school.records, school.session("head"), school.session("officer"));
    let second =
        GiveDuty { duty: Duty::DataProtection, person: school.person("teacher"), is_deputy: false, from: None };
    records.give_duty(head, &second).await.expect("a second officer");
    let left = leaver(&school, "Nora Nothing").await;
    let visitor = records.add_person(head, NewPerson::new(Kind::Visitor, "Vic Guest")).await.expect("added");
    for person in [left, visitor] {
        records.leave(head, person, 1).await.expect("left");
    }
    let propose = async |person| {
        records.propose_erasure(officer, Target::Person(person), EraseRule::Court).await.expect("proposed").id
    };
    let (of_staff, of_visitor) = (propose(left).await, propose(visitor).await);
    let teacher = school.session("teacher");
    let why = refused(records.agree_erasure(teacher, of_staff, &ground.place()).await);
    assert!(why.contains("headteacher"), "{why}");
    records.agree_erasure(teacher, of_visitor, &ground.place()).await.expect("a visitor");
    records.agree_erasure(head, of_staff, &ground.place()).await.expect("by who would know");
}
