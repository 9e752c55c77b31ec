//! The doors for whoever signs in nowhere: who reads what comes, who never learns of it, that a flood loses nothing, and where it ends.

use crate::{
    filing::{Filing, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, Decision, Duty, Hearers, Resource},
    audit::Question,
    concern::{
        Picture,
        door::{
            Arrived, Concerned, Course, Door, NewReport, Outcome, Placing, Receipt, Stage, StageOf, Told, Waits,
            WhichReports, Writer,
        },
    },
    file::{EntryKind, Severity, Which},
    id,
    people::GiveDuty,
    seal::WaitsFor,
};
use jiff::{SignedDuration, civil::date};
use zeroize::Zeroizing;

both!(
    what_comes_is_read_by_who_is_entitled_and_by_nobody_else,
    about_the_head_it_goes_to_the_chair_and_the_head_learns_nothing,
    whistleblowing_goes_round_head_and_leads_also_those_who_come_later,
    whoever_is_named_with_their_name_does_not_read_it_nor_the_family_of_a_child_so_named,
    where_nobody_is_left_nothing_is_kept_and_the_writer_is_told_whom_to_ring,
    a_flood_from_one_place_is_kept_whole_and_stands_behind_the_rest,
    a_form_that_is_sent_twice_is_one_report,
    a_report_placed_with_a_child_is_in_their_file_and_nowhere_else,
    placed_with_both_the_childs_part_has_no_spelling_of_the_adult,
    danger_is_told_also_in_a_crowd_and_stands_before_it,
    a_report_placed_with_an_adult_is_lost_to_who_read_it_here,
    a_complaint_has_its_stage_and_its_day_before_it_is_answered,
    a_receipt_opens_with_its_phrase_and_tells_no_more_than_that_it_was_read,
    notices_climb_until_somebody_takes_it,
    who_is_told_is_settled_when_their_time_comes,
    whoever_has_it_and_may_not_read_it_any_more_has_it_not,
    somebody_who_comes_to_be_kept_out_hears_nothing_of_what_waits,
    whoever_keeps_a_key_for_another_learns_of_no_report_by_who_waits,
    what_was_answered_goes_after_its_years_and_what_waits_stays,
    the_store_holds_no_word_of_it_in_the_clear,
);

const CANARY: &str = "zephyrcanary";

/// A report as somebody writes it.
pub fn report(door: Door, concerned: Concerned, about: &str) -> NewReport {
    let told = Told {
        writer: Writer::Parent,
        concerned,
        picture: Picture::No,
        about: Zeroizing::new(about.to_owned()),
        words: words(&format!("{CANARY} happened at the gate")),
        is_confidential: true,
        name: Zeroizing::new("Quilla Canary".to_owned()),
        reach: Zeroizing::new("07700 900123".to_owned()),
    };
    let form = id::Row::new(jiff::Timestamp::UNIX_EPOCH).expect("a number");
    NewReport { door, form, told, is_danger: false, wants_receipt: false }
}

async fn arrive(school: &Filing, new: &NewReport) -> Arrived {
    let came = school.records.report_at_door(school.school, new, "203.0.113.9").await;
    came.expect("it is taken in")
}

async fn waiting(school: &Filing, name: &str) -> Vec<Waits> {
    let listed = school.records.waiting_reports(school.session(name), WhichReports::Waiting).await;
    listed.expect("their list")
}

async fn kinds(school: &Filing, name: &str) -> Vec<String> {
    let told = school.records.waiting_notices(school.session(name)).await.expect("their notices");
    told.into_iter().map(|notice| notice.kind).filter(|kind| kind.starts_with("report-")).collect()
}

/// What of the log tells somebody of a report, if anything does.
async fn in_log(school: &Filing, name: &str) -> usize {
    let question = Question { most: 200, ..Question::default() };
    let page = school.records.read_audit(school.session(name), &question).await.expect("the log");
    let tells = page.entries.iter().filter(|entry| entry.resource.starts_with("report") || entry.actor == "door");
    tells.count()
}

async fn what_comes_is_read_by_who_is_entitled_and_by_nobody_else(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "officer"]).await;
    let came = arrive(&school, &report(Door::Worry, Concerned::Nobody, "Ann")).await;
    assert_eq!((came.hearers, came.phrase.is_none()), (Hearers::Child, true));
    for name in ["head", "lead", "deputy"] {
        let listed = waiting(&school, name).await;
        assert_eq!(listed.len(), 1, "{name}");
        let opened = school.records.read_report(school.session(name), listed[0].report).await.expect(name);
        let told = opened.told.expect("its words");
        assert_eq!(told.words.as_str(), format!("{CANARY} happened at the gate"));
        assert_eq!(told.reach.as_str(), "07700 900123");
    }
    let report = waiting(&school, "lead").await[0].report;
    assert_eq!(waiting(&school, "chair").await, []);
    for name in ["chair", "officer", "teacher"] {
        let read = school.records.read_report(school.session(name), report).await;
        assert_eq!(read.err(), Some(Fault::NotFound), "{name}");
        assert!(school.records.take_report(school.session(name), report).await.is_err(), "{name}");
        let placed = school.records.place_report(school.session(name), report, Placing::Child(school.person("ann")));
        assert_eq!(placed.await.err(), Some(Fault::NotFound), "{name}");
        assert_eq!(waiting(&school, name).await, [], "{name}");
    }
    // The door itself reads nothing, and nobody else writes as it does.
    let door = Session { school: school.school, actor: Actor::Door, unlocked: None };
    for act in Act::ALL {
        for resource in [Resource::School, Resource::Person(school.person("ann")), Resource::Report(report)] {
            let would = school.records.would(&door, *act, &resource).await.expect("answered");
            let is_arrival = *act == Act::ReportArrived && matches!(resource, Resource::Report(_));
            assert_eq!(would == Decision::Allowed, is_arrival, "{} {resource:?}", act.word());
        }
    }
    assert_eq!(kinds(&school, "lead").await, ["report-waits"]);
    assert_eq!(kinds(&school, "chair").await, [""; 0]);
    assert!(in_log(&school, "lead").await > 0);
    assert_eq!(in_log(&school, "officer").await, 0, "whoever reads the log and no report does not learn of it there");
}

async fn about_the_head_it_goes_to_the_chair_and_the_head_learns_nothing(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "trust"]).await;
    for door in [Door::Worry, Door::Complaint] {
        arrive(&school, &report(door, Concerned::Head, "")).await;
    }
    let listed = waiting(&school, "chair").await;
    assert_eq!(listed.len(), 2);
    assert!(school.records.read_report(school.session("chair"), listed[0].report).await.is_ok());
    for name in ["head", "lead", "deputy", "trust", "teacher"] {
        assert_eq!(waiting(&school, name).await, [], "{name}");
        assert_eq!(kinds(&school, name).await, [""; 0], "{name}");
        let read = school.records.read_report(school.session(name), listed[0].report).await;
        assert_eq!(read.err(), Some(Fault::NotFound), "{name}");
    }
    for name in ["head", "lead"] {
        // The tries above stand there, as of something that is not there; nothing of the door does.
        let question = Question { most: 200, ..Question::default() };
        let page = school.records.read_audit(school.session(name), &question).await.expect("the log");
        let door = page.entries.iter().filter(|entry| entry.actor == "door" || entry.act == "report-arrived");
        assert_eq!(door.count(), 0, "{name}");
        let by_chair = page.entries.iter().filter(|entry| entry.act == "report-read" && entry.outcome == "done");
        assert_eq!(by_chair.count(), 0, "{name}");
    }
    // An adult that is not the head goes to the head, and not to the safeguarding lead.
    arrive(&school, &report(Door::Worry, Concerned::Adult, "the new coach")).await;
    assert_eq!((waiting(&school, "head").await.len(), waiting(&school, "lead").await.len()), (1, 0));
    // About the safeguarding lead: to the head as well.
    arrive(&school, &report(Door::Worry, Concerned::Lead, "")).await;
    assert_eq!((waiting(&school, "head").await.len(), waiting(&school, "lead").await.len()), (2, 0));
}

async fn whistleblowing_goes_round_head_and_leads_also_those_who_come_later(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "trust"]).await;
    arrive(&school, &report(Door::Whistleblowing, Concerned::School, "")).await;
    arrive(&school, &report(Door::Whistleblowing, Concerned::Chair, "")).await;
    let [to_chair, to_trust] = [waiting(&school, "chair").await, waiting(&school, "trust").await];
    assert_eq!((to_chair.len(), to_trust.len()), (1, 1));
    assert_ne!(to_chair[0].report, to_trust[0].report);
    for name in ["head", "lead", "deputy"] {
        assert_eq!(waiting(&school, name).await, [], "{name}");
        assert_eq!(kinds(&school, name).await, [""; 0], "{name}");
        assert_eq!(
            school.records.read_report(school.session(name), to_chair[0].report).await.err(),
            Some(Fault::NotFound)
        );
    }
    // The officer reads the log and becomes a lead later: neither the list nor the log tells them then.
    let lead = holdfast_records::people::GiveDuty {
        duty: holdfast_records::access::Duty::Head,
        person: school.person("teacher"),
        is_deputy: false,
        from: None,
    };
    school.records.give_duty(school.session("chair"), &lead).await.expect("a second head");
    assert_eq!(waiting(&school, "teacher").await, []);
    let read = school.records.read_report(school.session("teacher"), to_chair[0].report).await;
    assert_eq!(read.err(), Some(Fault::NotFound));
    let question = Question { most: 200, ..Question::default() };
    let page = school.records.read_audit(school.session("teacher"), &question).await.expect("the log");
    assert!(page.entries.iter().all(|entry| entry.actor != "door"), "{:?}", page.entries);
}

async fn whoever_is_named_with_their_name_does_not_read_it_nor_the_family_of_a_child_so_named(ground: Ground) {
    use holdfast_records::people::{LivesWith, NewRelation, RelationKind, Responsibility};
    let school = Filing::with(&ground, &["deputy"]).await;
    let relation = NewRelation {
        child: school.person("cai"),
        adult: school.person("deputy"),
        kind: RelationKind::ALL[0],
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::ALL[0],
        contact_order: 1,
    };
    school.records.record_relation(school.session("head"), &relation).await.expect("recorded");
    arrive(&school, &report(Door::Worry, Concerned::Nobody, "it is about Lena FROST and my child")).await;
    arrive(&school, &report(Door::Worry, Concerned::Nobody, "Stone, Cai in year 5")).await;
    let [head, lead, deputy] =
        [waiting(&school, "head").await, waiting(&school, "lead").await, waiting(&school, "deputy").await];
    assert_eq!((head.len(), lead.len(), deputy.len()), (2, 1, 1));
    assert_ne!(lead[0].report, deputy[0].report);
}

async fn where_nobody_is_left_nothing_is_kept_and_the_writer_is_told_whom_to_ring(ground: Ground) {
    let school = Filing::new(&ground).await;
    let about = "Hilda Marsh, Lena Frost, Dora Hale, Cora Reed and Tess Lowe";
    let new = report(Door::Worry, Concerned::Nobody, about);
    let came = school.records.report_at_door(school.school, &new, "203.0.113.9").await;
    let Err(Fault::NotAllowed(why)) = came else { panic!("{came:?}") };
    assert!(why.contains("999") && why.contains("social care"), "{why}");
    assert_eq!(in_log(&school, "head").await, 0);
}

async fn a_flood_from_one_place_is_kept_whole_and_stands_behind_the_rest(ground: Ground) {
    let school = Filing::new(&ground).await;
    for _ in 0..12 {
        arrive(&school, &report(Door::Worry, Concerned::Nobody, "spam")).await;
    }
    let mut child = report(Door::Worry, Concerned::Nobody, "Ann");
    school.records.report_at_door(school.school, &child, "198.51.100.7").await.expect("taken in");
    child = report(Door::Worry, Concerned::Nobody, "Ben");
    child.is_danger = true;
    school.records.report_at_door(school.school, &child, "198.51.100.8").await.expect("taken in");
    let listed = waiting(&school, "lead").await;
    assert_eq!(listed.len(), 14, "nothing is lost");
    let marks: Vec<(bool, bool)> = listed.iter().map(|one| (one.is_danger, one.is_many)).collect();
    assert_eq!(marks[0], (true, false), "danger first");
    assert!(
        marks[1..5].iter().all(|mark| *mark == (false, false)) && marks[5..].iter().all(|mark| mark.1),
        "{marks:?}"
    );
    // Of the crowd there is one notice that waits, not one each.
    let told = kinds(&school, "lead").await;
    assert_eq!(told.iter().filter(|kind| *kind == "report-waits").count(), 4, "{told:?}");
    assert_eq!(told.iter().filter(|kind| *kind == "report-danger").count(), 1, "{told:?}");
}

async fn a_form_that_is_sent_twice_is_one_report(ground: Ground) {
    let school = Filing::new(&ground).await;
    let new = report(Door::Worry, Concerned::Nobody, "Ann");
    let [first, second] = [arrive(&school, &new).await, arrive(&school, &new).await];
    assert_eq!(first.reference, second.reference);
    assert!(!first.came_before && second.came_before);
    assert_eq!(waiting(&school, "lead").await.len(), 1);
    let other =
        NewReport { door: Door::Whistleblowing, told: report(Door::Whistleblowing, Concerned::School, "").told, ..new };
    assert!(school.records.report_at_door(school.school, &other, "203.0.113.9").await.is_err());
}

async fn a_report_placed_with_a_child_is_in_their_file_and_nowhere_else(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let mut new = report(Door::Worry, Concerned::Nobody, "Ann");
    new.is_danger = true;
    arrive(&school, &new).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let report = waiting(&school, "lead").await[0].report;
    let placed = records.place_report(lead, report, Placing::Child(school.person("ann"))).await.expect("placed");
    let listed = records.list_files(lead, &Which::default()).await.expect("the list");
    assert_eq!(placed.references, [listed.files[0].reference.clone()]);
    assert_eq!(listed.files[0].status.severity, Some(Severity::DANGER));
    let file = records.read_file(lead, listed.files[0].file).await.expect("the file");
    let of = |kind| file.entries.iter().find(|entry| entry.kind == kind).expect("it is there").text.as_str();
    assert_eq!(of(EntryKind::Seen), format!("{CANARY} happened at the gate"));
    assert!(file.entries.len() == 2 && file.entries.iter().all(|entry| entry.author.is_none()));
    let note = of(EntryKind::Note);
    assert!(note.contains("a parent or carer") && note.contains("07700 900123"), "{note}");
    assert_eq!(waiting(&school, "deputy").await, []);
    let opened = records.read_report(lead, report).await.expect("that it was placed is told");
    assert!(opened.told.is_none());
    assert_eq!(opened.report.ended.expect("ended").outcome, Outcome::Placed);
    let again = records.place_report(lead, report, Placing::Child(school.person("ben"))).await;
    assert!(matches!(again, Err(Fault::Changed(_))), "{again:?}");
}

async fn placed_with_both_the_childs_part_has_no_spelling_of_the_adult(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let mut new = report(Door::Worry, Concerned::Adult, "Mr Pyke (Marten) and Ann Birch");
    new.told.words = words("Mr Pyke took Ann by the arm; Marten does that");
    arrive(&school, &new).await;
    let (records, head) = (&school.records, school.session("head"));
    let report = waiting(&school, "head").await[0].report;
    let both = Placing::Both { child: school.person("ann"), adult: school.person("teacher") };
    let placed = records.place_report(head, report, both).await.expect("placed");
    assert_eq!(placed.references.len(), 2);
    let files = records.list_files(head, &Which::default()).await.expect("the list").files;
    let texts = async |reference: &str| {
        let file = files.iter().find(|file| file.reference == reference).expect("it is there").file;
        let read = records.read_file(head, file).await.expect("read");
        read.entries.iter().map(|entry| entry.text.as_str().to_owned()).collect::<Vec<_>>()
    };
    let childs = texts(&placed.references[0]).await;
    assert_eq!(childs[0], "Mr [an adult] took Ann by the arm; [an adult] does that");
    assert!(childs.iter().all(|text| !text.contains("Pyke") && !text.contains("Marten")), "{childs:?}");
    let adults = texts(&placed.references[1]).await;
    assert!(adults[0].starts_with("Mr Pyke took Ann") && adults[1].contains("Mr Pyke (Marten)"), "{adults:?}");
    assert!(childs[1].contains("Nobody signed in") && adults[1].contains("Nobody signed in"));
}

async fn danger_is_told_also_in_a_crowd_and_stands_before_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    for _ in 0..5 {
        arrive(&school, &report(Door::Worry, Concerned::Nobody, "Ann")).await;
    }
    for _ in 0..3 {
        arrive(&school, &NewReport { is_danger: true, ..report(Door::Worry, Concerned::Nobody, "Ben") }).await;
    }
    let listed = waiting(&school, "lead").await;
    let marks: Vec<bool> = listed.iter().map(|one| one.is_danger).collect();
    assert_eq!(marks, [true, true, true, false, false, false, false, false]);
    let told = kinds(&school, "lead").await;
    assert_eq!(told.iter().filter(|kind| *kind == "report-danger").count(), 3, "each may be another child");
    // A flood of it is kept whole, and rings no bell for each.
    for _ in 0..20 {
        arrive(&school, &NewReport { is_danger: true, ..report(Door::Worry, Concerned::Nobody, "spam") }).await;
    }
    assert_eq!(waiting(&school, "lead").await.len(), 28);
    let told = kinds(&school, "lead").await;
    assert_eq!(told.iter().filter(|kind| *kind == "report-danger").count(), 10);
}

async fn a_report_placed_with_an_adult_is_lost_to_who_read_it_here(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    arrive(&school, &report(Door::Worry, Concerned::Nobody, "a boy; Mr Pike shouted")).await;
    let report = waiting(&school, "lead").await[0].report;
    let placing = Placing::Both { child: school.person("ann"), adult: school.person("teacher") };
    let placed = records.place_report(lead, report, placing).await.expect("placed");
    assert_eq!(placed.references.len(), 2);
    assert!(records.read_report(lead, report).await.expect("read").told.is_none());
    let of_lead = records.list_files(lead, &Which::default()).await.expect("the list");
    assert_eq!(of_lead.files.len(), 1, "the child’s part alone");
    let childs = records.read_file(lead, of_lead.files[0].file).await.expect("the child’s part");
    assert!(childs.entries.iter().all(|entry| !entry.text.as_str().contains("Pike")), "the name is masked");
    let of_head = records.list_files(school.session("head"), &Which::default()).await.expect("the list");
    assert_eq!(of_head.files.len(), 2);
    // About the head, placed by the lead: the chair has it, and neither of the two.
    arrive(&school, &self::report(Door::Worry, Concerned::Nobody, "somebody important")).await;
    let report = waiting(&school, "lead").await[0].report;
    records.place_report(lead, report, Placing::Adult(school.person("head"))).await.expect("placed");
    assert_eq!(records.list_files(school.session("chair"), &Which::default()).await.expect("the list").files.len(), 1);
    assert_eq!(records.list_files(school.session("head"), &Which::default()).await.expect("the list").files.len(), 2);
}

async fn a_complaint_has_its_stage_and_its_day_before_it_is_answered(ground: Ground) {
    let school = Filing::new(&ground).await;
    arrive(&school, &report(Door::Complaint, Concerned::Bullying, "")).await;
    let (records, head) = (&school.records, school.session("head"));
    let report = waiting(&school, "head").await[0].report;
    let reason = words("we rang them");
    let answer = || records.answer_report(head, report, Outcome::Answered, &reason);
    assert!(matches!(answer().await, Err(Fault::Wrong(_))));
    let stage = Stage { course: Course::AntiBullying, stage: StageOf::Formal, respond_by: date(2026, 6, 23) };
    records.stage_complaint(head, report, stage).await.expect("staged");
    assert_eq!(waiting(&school, "head").await[0].stage, Some(stage));
    answer().await.expect("answered");
    assert_eq!(waiting(&school, "head").await, []);
    let opened = records.read_report(head, report).await.expect("it stays");
    assert_eq!(opened.reason.expect("a reason").as_str(), "we rang them");
    assert!(opened.told.is_some(), "and so do its words");
    assert_eq!(opened.stages[0].0, stage);
    let done = records.waiting_reports(head, WhichReports::Done).await.expect("the list");
    assert_eq!(done.len(), 1);
}

async fn a_receipt_opens_with_its_phrase_and_tells_no_more_than_that_it_was_read(ground: Ground) {
    let school = Filing::new(&ground).await;
    let new = NewReport { wants_receipt: true, ..report(Door::Worry, Concerned::Nobody, "Ann") };
    let came = arrive(&school, &new).await;
    let phrase = came.phrase.expect("a phrase");
    let (records, lead) = (&school.records, school.session("lead"));
    let receipt = |phrase: String| {
        let reference = came.reference.clone();
        async move { records.report_receipt(school.school, &reference, &phrase).await }
    };
    assert_eq!(receipt(phrase.to_string()).await, Ok(Receipt::Arrived { is_late: false }));
    assert_eq!(receipt("wrong".to_owned()).await, Ok(Receipt::Unknown));
    assert_eq!(records.report_receipt(school.school, "AAAAA-AAAAA", &phrase).await, Ok(Receipt::Unknown));
    let report = waiting(&school, "lead").await[0].report;
    records.read_report(lead, report).await.expect("read");
    assert_eq!(receipt(phrase.to_uppercase()).await, Ok(Receipt::Read));
    records.take_report(lead, report).await.expect("taken");
    assert_eq!(receipt(phrase.to_string()).await, Ok(Receipt::BeingWorkedOn));
    records.place_report(lead, report, Placing::Child(school.person("ann"))).await.expect("placed");
    assert_eq!(receipt(phrase.to_string()).await, Ok(Receipt::BeingWorkedOn), "never “sorted”");
    for _ in 0..10 {
        assert_ne!(receipt("wrong".to_owned()).await, Ok(Receipt::Read));
    }
    assert_eq!(receipt(phrase.to_string()).await, Ok(Receipt::Waits));
    ground.advance(SignedDuration::from_mins(1));
    assert_eq!(receipt(phrase.to_string()).await, Ok(Receipt::BeingWorkedOn));
    // Without a receipt there is none.
    let none = arrive(&school, &self::report(Door::Worry, Concerned::Nobody, "Ann")).await;
    assert_eq!(records.report_receipt(school.school, &none.reference, "").await, Ok(Receipt::Unknown));
}

async fn notices_climb_until_somebody_takes_it(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let mut new = report(Door::Worry, Concerned::Nobody, "Ann");
    new.is_danger = true;
    arrive(&school, &new).await;
    assert_eq!(kinds(&school, "lead").await, ["report-danger"]);
    assert_eq!((kinds(&school, "deputy").await.len(), kinds(&school, "head").await.len()), (0, 0));
    ground.advance(SignedDuration::from_mins(15));
    climb(&school).await;
    climb(&school).await;
    assert_eq!((kinds(&school, "deputy").await.len(), kinds(&school, "head").await.len()), (1, 0));
    let report = waiting(&school, "deputy").await[0].report;
    school.records.take_report(school.session("deputy"), report).await.expect("taken");
    ground.advance(SignedDuration::from_mins(60));
    climb(&school).await;
    for name in ["lead", "deputy", "head"] {
        assert_eq!(kinds(&school, name).await, [""; 0], "{name}");
    }
    assert_eq!(waiting(&school, "head").await.len(), 1, "it waits all the same: nothing closes by itself");
    let again = school.records.take_report(school.session("lead"), report).await;
    assert!(matches!(again, Err(Fault::Changed(_))));
}

async fn what_was_answered_goes_after_its_years_and_what_waits_stays(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    for about in ["one", "two"] {
        arrive(&school, &report(Door::Worry, Concerned::Nobody, about)).await;
    }
    let report = waiting(&school, "lead").await[0].report;
    records.answer_report(lead, report, Outcome::Malicious, &words("the same hand as before")).await.expect("answered");
    let periods = records.periods(school.school).await.expect("periods");
    records.expire(school.school, &periods, &ground.place()).await.expect("it runs");
    assert!(records.read_report(lead, report).await.expect("kept").told.is_some(), "malicious or not");
    ground.advance(SignedDuration::from_hours(24 * (365 * 6 + 3)));
    records.expire(school.school, &periods, &ground.place()).await.expect("it runs");
    assert_eq!(records.read_report(lead, report).await.err(), Some(Fault::NotFound));
    assert_eq!(waiting(&school, "lead").await.len(), 1);
}

async fn the_store_holds_no_word_of_it_in_the_clear(ground: Ground) {
    let school = Filing::new(&ground).await;
    arrive(&school, &report(Door::Worry, Concerned::Nobody, "Quilla")).await;
    school.records.close().await;
    let Some(bytes) = ground.bytes() else { return };
    let text = String::from_utf8_lossy(&bytes);
    for word in [CANARY, "Quilla", "900123", "203.0.113.9"] {
        assert!(!text.contains(word), "{word}");
    }
}

/// As the program does it, a few times a minute.
async fn climb(school: &Filing) {
    school.records.climb(school.school).await.expect("it climbs");
}

async fn end_duty(school: &Filing, by: &str, duty: Duty) {
    let held = school.records.duties(school.session(by)).await.expect("the register");
    let held = held.iter().find(|held| held.duty == duty).expect("it is held");
    school.records.end_duty(school.session(by), held.holding).await.expect("ended");
}

async fn who_is_told_is_settled_when_their_time_comes(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "officer"]).await;
    let records = &school.records;
    let mut new = report(Door::Worry, Concerned::Nobody, "Ann");
    new.is_danger = true;
    arrive(&school, &new).await;
    // The deputy goes home ill before her turn: the head is asked in her place. A second lead is appointed: told at once.
    records.record_absence(school.session("head"), school.person("deputy"), ground.now(), None).await.expect("away");
    let duty = GiveDuty { duty: Duty::DesignatedLead, person: school.person("officer"), is_deputy: false, from: None };
    records.give_duty(school.session("head"), &duty).await.expect("given");
    climb(&school).await;
    assert_eq!(kinds(&school, "officer").await, ["report-danger"], "whoever comes to the duty is told");
    ground.advance(SignedDuration::from_mins(15));
    climb(&school).await;
    assert_eq!((kinds(&school, "deputy").await.len(), kinds(&school, "head").await.len()), (0, 1));
    records.end_absence(school.session("head"), school.person("deputy")).await.expect("back");
    climb(&school).await;
    climb(&school).await;
    assert_eq!(kinds(&school, "deputy").await, ["report-danger"], "told when she is back, once");
    assert_eq!((kinds(&school, "lead").await.len(), kinds(&school, "officer").await.len()), (1, 1), "nobody twice");
}

async fn whoever_has_it_and_may_not_read_it_any_more_has_it_not(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let records = &school.records;
    let new = NewReport { wants_receipt: true, is_danger: true, ..report(Door::Worry, Concerned::Nobody, "Ann") };
    let came = arrive(&school, &new).await;
    let phrase = came.phrase.expect("a phrase");
    let report = waiting(&school, "deputy").await[0].report;
    records.take_report(school.session("deputy"), report).await.expect("taken");
    let again = records.take_report(school.session("head"), report).await;
    assert!(matches!(again, Err(Fault::Changed(_))), "{again:?}");
    let receipt = async || records.report_receipt(school.school, &came.reference, &phrase).await;
    assert_eq!(receipt().await, Ok(Receipt::BeingWorkedOn));
    ground.advance(SignedDuration::from_mins(120));
    climb(&school).await;
    assert_eq!(kinds(&school, "lead").await, [""; 0], "she has it");
    end_duty(&school, "head", Duty::DeputyDesignatedLead).await;
    assert!(waiting(&school, "lead").await[0].taken.is_none(), "nobody has it");
    assert_eq!(receipt().await, Ok(Receipt::Arrived { is_late: true }));
    climb(&school).await;
    assert!(kinds(&school, "lead").await.contains(&"report-danger".to_owned()));
    assert_eq!(kinds(&school, "head").await, [""; 0], "it climbs anew from then on");
    ground.advance(SignedDuration::from_mins(15));
    climb(&school).await;
    assert_eq!(kinds(&school, "head").await, ["report-danger"]);
    records.take_report(school.session("head"), report).await.expect("somebody else can take it");
    assert!(waiting(&school, "lead").await[0].taken.is_some());
    assert_eq!(receipt().await, Ok(Receipt::BeingWorkedOn));
    assert_eq!(kinds(&school, "lead").await, [""; 0]);
}

async fn somebody_who_comes_to_be_kept_out_hears_nothing_of_what_waits(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "trust"]).await;
    let mut new = report(Door::Worry, Concerned::Nobody, "Ann");
    new.is_danger = true;
    arrive(&school, &new).await;
    ground.advance(SignedDuration::from_mins(120));
    climb(&school).await;
    let told = async |name: &str| {
        let told = school.records.waiting_notices(school.session(name)).await.expect("their notices");
        told.into_iter().filter(|notice| notice.kind == "waiting-unanswered").count()
    };
    assert_eq!((told("chair").await, told("trust").await), (1, 1));
    let report = waiting(&school, "lead").await[0].report;
    ground
        .order(&format!(
            "INSERT INTO report_kept_from (report, person, school) VALUES ('{report}', '{}', '{}')",
            school.person("chair"),
            school.school
        ))
        .await;
    assert_eq!((told("chair").await, told("trust").await), (0, 1));
}

async fn whoever_keeps_a_key_for_another_learns_of_no_report_by_who_waits(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let records = &school.records;
    let deputises = async |word: &str| {
        let given = GiveDuty { duty: Duty::Head, person: school.person(word), is_deputy: true, from: None };
        records.give_duty(school.session("chair"), &given).await.expect("given");
    };
    deputises("deputy").await;
    arrive(&school, &report(Door::Worry, Concerned::Adult, "the new coach")).await;
    // Somebody else who deputises for the head has no account, and so waits for it.
    deputises("officer").await;
    let of_officer = async |word: &str| {
        let waiting = records.waiting_admissions(school.session(word)).await.expect("who waits");
        let one = waiting.into_iter().find(|one| one.person == school.person("officer"));
        one.map(|one| one.what).unwrap_or_default()
    };
    assert_eq!(of_officer("head").await, [WaitsFor::Report]);
    for word in ["deputy", "lead"] {
        assert_eq!(of_officer(word).await, [], "{word}");
    }
    // Which one it is stands in no entry: others read the log.
    let report = waiting(&school, "head").await[0].report.to_string();
    let page = records.read_audit(school.session("head"), &Question { most: 200, ..Question::default() }).await;
    let waits = page.expect("the log").entries.into_iter().filter(|entry| entry.act == Act::WaitingRead.word());
    assert!(waits.into_iter().all(|entry| !format!("{entry:?}").contains(&report)));
}
