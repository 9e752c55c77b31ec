//! What a third look over the whole of it found, in the order of harm: who went on reading the child's part, a concern that nobody could
//! receive, files that nobody could open, whoever waited and was not to be seen, a crowd that hid the rest, what was merged unseen.

use crate::{
    doors::report,
    filing::{Filing, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    access::Duty,
    concern::{
        Added, Answers, ListedChild, More, Part, Said, Stage, Unlisted,
        answer::{Course, Extent, NewDecision},
        door::{Concerned, Door, Placing, WhichReports},
    },
    file::{Listed, Which},
    id,
    people::{GiveDuty, Kind, NewPerson},
};
use jiff::SignedDuration;

both!(
    the_accused_went_on_reading_the_childs_part_where_two_were_placed,
    the_accused_went_on_reading_the_childs_part_that_they_wrote,
    everybody_of_the_first_rung_was_meant_and_nothing_was_kept,
    the_last_who_held_the_childs_part_could_not_be_named,
    the_chair_was_entitled_to_the_childs_part_and_had_no_key,
    whoever_waited_for_what_was_opened_by_name_was_not_to_be_seen,
    a_thousand_reports_of_danger_hid_the_calm_one,
    a_childs_surname_kept_the_head_out,
    what_somebody_has_was_shown_as_received,
    beyond_a_hundred_what_was_added_was_not_masked,
);

/// So many more wait that are as the one that waits, a moment after it: each of a crowd and told of as danger, or none.
async fn as_if_more_came(ground: &Ground, count: i64, is_crowd: bool) {
    let (last, flag) = (100_000_000_000 + count, i64::from(is_crowd));
    ground
        .order(&format!(
            "INSERT INTO report_waiting (id, school, door, hearers, reference, form, compartment, is_danger, is_many, receipt, \
                unanswered_at, arrived_at, raised_by) \
            WITH RECURSIVE many (place) AS (SELECT 100000000001 UNION ALL SELECT place + 1 FROM many WHERE place < {last}) \
            SELECT '018f0000-0000-7000-8000-' || CAST(place AS TEXT), w.school, w.door, w.hearers, CAST(place AS TEXT), \
                '018f0000-0000-7000-8000-' || CAST(place AS TEXT), w.compartment, {flag}, {flag}, w.receipt, w.unanswered_at, \
                w.arrived_at + 1, w.raised_by FROM report_waiting w CROSS JOIN many"
        ))
        .await;
}

/// A concern about a child of the list and an adult whom its writer knows by these words.
fn about(school: &Filing, ground: &Ground, child: &str, adult: &str) -> Unlisted {
    Unlisted {
        form: ground.number(),
        is_about_adult: true,
        about: adult.to_owned().into(),
        child: Some(ListedChild { person: school.person(child), part: Part::About, adult: adult.to_owned().into() }),
        said: Said { seen: Some(words("held by the arm")), ..Said::default() },
        answers: Answers::default(),
        told: None,
        paper: None,
    }
}

async fn raise(school: &Filing, by: &str, new: &Unlisted) {
    school.records.raise_unlisted(school.session(by), new).await.expect("raised");
}

async fn files(school: &Filing, by: &str) -> Vec<Listed> {
    school.records.list_files(school.session(by), &Which::default()).await.expect("the list").files
}

async fn waiting(school: &Filing, by: &str) -> Vec<id::Report> {
    let waits = school.records.waiting_reports(school.session(by), WhichReports::Waiting).await.expect("the list");
    waits.into_iter().map(|waits| waits.report).collect()
}

async fn end_duty(school: &Filing, by: &str, (of, duty): (&str, Duty)) {
    let held = school.records.duties(school.session(by)).await.expect("the register");
    let held = held.iter().find(|held| (held.person, held.duty) == (school.person(of), duty)).expect("it is held");
    school.records.end_duty(school.session(by), held.holding).await.expect("ended");
}

fn more(ground: &Ground, seen: &str) -> More {
    More {
        form: ground.number(),
        said: Said { seen: Some(words(seen)), ..Said::default() },
        moment: None,
        urgency: None,
    }
}

async fn the_accused_went_on_reading_the_childs_part_where_two_were_placed(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, head, deputy) = (&school.records, school.session("head"), school.session("deputy"));
    raise(&school, "teacher", &about(&school, &ground, "ann", "Mr Wexcombe, supply")).await;
    let [first] = files(&school, "lead").await.try_into().expect("the child's part");
    records.read_file(deputy, first.file).await.expect("until it is known who he is");
    let [report] = waiting(&school, "head").await.try_into().expect("one");
    ground.advance(SignedDuration::from_mins(1));
    // The head finds that it touches another child, and that he is one of those who look after children.
    let placing = Placing::Both { child: school.person("ben"), adult: school.person("deputy") };
    let placed = records.place_report(head, report, placing).await.expect("placed");
    assert!(!placed.must_let_in, "the lead and the head read it still");
    assert_eq!(records.read_file(deputy, first.file).await.err(), Some(Fault::NotFound));
    assert_eq!(files(&school, "deputy").await, []);
    let [own] = records.own_concerns(school.session("teacher")).await.expect("hers").try_into().expect("one");
    let added = records.hear_more(school.session("teacher"), &own.key, &more(&ground, "Dora Hale again")).await;
    assert_eq!(added, Ok(Added::Now));
    let read = records.read_file(school.session("lead"), first.file).await.expect("read");
    assert_eq!(read.entries.last().expect("it").text.as_str(), "[an adult] again");
    let adults = files(&school, "head").await.into_iter().find(|one| one.reference == placed.references[1]);
    let read = records.read_file(head, adults.expect("it").file).await.expect("read");
    assert_ne!(read.child_part, Some(first.file), "it leads to the part that was opened with it");
    assert!(read.child_part.is_some());
}

async fn the_accused_went_on_reading_the_childs_part_that_they_wrote(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, head, deputy) = (&school.records, school.session("head"), school.session("deputy"));
    raise(&school, "deputy", &about(&school, &ground, "ann", "Mr Wexcombe, supply")).await;
    let [first] = files(&school, "lead").await.try_into().expect("the child's part");
    let [report] = waiting(&school, "head").await.try_into().expect("one");
    ground.advance(SignedDuration::from_mins(1));
    records.place_report(head, report, Placing::Adult(school.person("deputy"))).await.expect("placed");
    assert_eq!(records.read_file(deputy, first.file).await.err(), Some(Fault::NotFound));
    let adults = files(&school, "head").await.into_iter().find(|one| one.file != first.file).expect("the adult's");
    assert_eq!(records.read_file(head, adults.file).await.expect("read").child_part, Some(first.file));
}

async fn everybody_of_the_first_rung_was_meant_and_nothing_was_kept(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, chair) = (&school.records, school.session("chair"));
    // Small schools have one person who is head and lead; here three may be meant.
    let adult = "Mrs Marsh, Mrs Frost or Miss Hale from the agency";
    raise(&school, "teacher", &about(&school, &ground, "ann", adult)).await;
    for who in ["head", "lead", "deputy"] {
        assert_eq!(files(&school, who).await, [], "{who}");
        assert_eq!(waiting(&school, who).await, [], "{who}");
    }
    let [child] = files(&school, "chair").await.try_into().expect("the child's part");
    let read = records.read_file(chair, child.file).await.expect("the chair has its key");
    assert_eq!(read.entries[0].text.as_str(), "held by the arm");
    // Placed with another child it begins without them too, and does not fail.
    let [report] = waiting(&school, "chair").await.try_into().expect("one");
    let placing = Placing::Both { child: school.person("ben"), adult: school.person("teacher") };
    records.place_report(chair, report, placing).await.expect("placed");
    assert_eq!(files(&school, "chair").await.len(), 3);
    assert_eq!(files(&school, "lead").await, []);
}

/// The codes of these two custodians, made anew by themselves.
async fn codes(school: &Filing, names: [&str; 2]) -> [String; 2] {
    let mut codes = Vec::new();
    for name in names {
        let (session, own) = (school.session(name), school.person(name));
        let code = school.records.replace_custodian(session, own, own).await.expect("one's own code");
        codes.push(code.text.to_string());
    }
    codes.try_into().expect("two")
}

async fn the_last_who_held_the_childs_part_could_not_be_named(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, lead, chair) = (&school.records, school.session("lead"), school.session("chair"));
    raise(&school, "teacher", &about(&school, &ground, "ann", "Mr Wexcombe, supply")).await;
    let [child] = files(&school, "lead").await.try_into().expect("the child's part");
    for other in ["head", "deputy"] {
        let why = words("too near to it");
        records.remove_from_file(lead, child.file, school.person(other), &why).await.expect("taken out");
    }
    let codes = codes(&school, ["head", "chair"]).await;
    records.complete_custodians(lead).await.expect("completed");
    let [report] = waiting(&school, "head").await.try_into().expect("one");
    ground.advance(SignedDuration::from_mins(1));
    let placing = Placing::Adult(school.person("lead"));
    let placed = records.place_report(school.session("head"), report, placing).await.expect("placed");
    assert!(placed.must_let_in, "who places it is told");
    assert_eq!(records.read_file(lead, child.file).await.err(), Some(Fault::NotFound));
    assert!(matches!(records.read_file(chair, child.file).await, Err(Fault::Locked(_))), "the chair waits");
    let codes = [codes[0].as_str(), codes[1].as_str()];
    records.recover(chair, codes, school.person("chair")).await.expect("two custodians");
    let read = records.read_file(chair, child.file).await.expect("read");
    assert_eq!(read.entries[0].text.as_str(), "held by the arm");
}

async fn the_chair_was_entitled_to_the_childs_part_and_had_no_key(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, head, deputy, chair) =
        (&school.records, school.session("head"), school.session("deputy"), school.session("chair"));
    // One person is head and lead, and has a deputy.
    let duty = GiveDuty { duty: Duty::Head, person: school.person("deputy"), is_deputy: true, from: None };
    records.give_duty(chair, &duty).await.expect("given");
    let duty = GiveDuty { duty: Duty::DesignatedLead, person: school.person("head"), is_deputy: false, from: None };
    records.give_duty(chair, &duty).await.expect("given");
    for held in [("deputy", Duty::DeputyDesignatedLead), ("lead", Duty::DesignatedLead)] {
        end_duty(&school, "chair", held).await;
    }
    raise(&school, "teacher", &about(&school, &ground, "ann", "Mr Wexcombe, supply")).await;
    let [child] = files(&school, "head").await.try_into().expect("the child's part");
    records.record_absence(head, school.person("head"), ground.now(), None).await.expect("away");
    let [report] = waiting(&school, "deputy").await.try_into().expect("one");
    ground.advance(SignedDuration::from_mins(1));
    let placed = records.place_report(deputy, report, Placing::Adult(school.person("head"))).await.expect("placed");
    assert!(placed.must_let_in);
    for who in [head, deputy] {
        assert_eq!(records.read_file(who, child.file).await.err(), Some(Fault::NotFound));
    }
    assert!(matches!(records.read_file(chair, child.file).await, Err(Fault::Locked(_))), "the chair waits");
    // Whoever has its key still lets the chair in, and sees nothing of it.
    assert!(records.admit_waiting(deputy, school.person("chair"), None).await.expect("let in") > 0);
    assert_eq!(records.read_file(deputy, child.file).await.err(), Some(Fault::NotFound));
    let read = records.read_file(chair, child.file).await.expect("read");
    assert_eq!(read.entries[0].text.as_str(), "held by the arm");
}

async fn whoever_waited_for_what_was_opened_by_name_was_not_to_be_seen(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "trust", "officer"]).await;
    let (records, deputy, chair) = (&school.records, school.session("deputy"), school.session("chair"));
    let duty = GiveDuty { duty: Duty::Head, person: school.person("deputy"), is_deputy: true, from: None };
    records.give_duty(chair, &duty).await.expect("given");
    let file =
        records.open_file(school.session("teacher"), &school.staff_file("head", "canary")).await.expect("raised");
    records.admit_to_file(chair, file.file, school.person("deputy"), &words("helps with it")).await.expect("let in");
    // The chair is replaced.
    let duty = GiveDuty { duty: Duty::Chair, person: school.person("officer"), is_deputy: false, from: None };
    records.give_duty(school.session("trust"), &duty).await.expect("given");
    end_duty(&school, "trust", ("chair", Duty::Chair)).await;
    let officer = school.person("officer");
    assert!(records.read_file(school.session("officer"), file.file).await.is_err(), "the new chair has no key of it");
    let today = records.today(deputy).await.expect("today");
    assert!(today.waiting.iter().any(|one| one.person == officer && !one.what.is_empty()), "{:?}", today.waiting);
    let waiting = records.waiting_admissions(deputy).await.expect("who waits");
    assert!(waiting.iter().any(|one| one.person == officer && !one.what.is_empty()), "{waiting:?}");
    assert!(records.admit_waiting(deputy, officer, None).await.expect("let in") > 0);
    records.read_file(school.session("officer"), file.file).await.expect("read");
}

async fn a_thousand_reports_of_danger_hid_the_calm_one(ground: Ground) {
    let school = Filing::new(&ground).await;
    let come = async |about: &str, from: &str| {
        let new = report(Door::Worry, Concerned::Nobody, about);
        school.records.report_at_door(school.school, &new, from).await.expect("taken in");
    };
    come("spam", "203.0.113.9").await;
    // As if as many more had come from there, each told of as danger.
    as_if_more_came(&ground, 1005, true).await;
    ground.advance(SignedDuration::from_mins(5));
    come("Ann", "198.51.100.7").await;
    let listed = school.records.waiting_reports(school.session("lead"), WhichReports::Waiting).await.expect("listed");
    assert_eq!(listed.iter().filter(|one| !one.is_many).count(), 2, "the calm ones are there");
    assert_eq!(listed.iter().filter(|one| one.is_many).count(), 1000, "of the crowd as many as can be looked at");
}

async fn a_childs_surname_kept_the_head_out(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    let mia = records.add_person(head, NewPerson::new(Kind::Pupil, "Mia Marsh")).await.expect("a pupil");
    let mut new = about(&school, &ground, "ann", "Mr Wexcombe, supply");
    new.about = "Mr Wexcombe, supply; Mia Marsh".to_owned().into();
    new.child = Some(ListedChild { person: mia, ..new.child.expect("one") });
    raise(&school, "teacher", &new).await;
    assert_eq!(waiting(&school, "head").await.len(), 1, "Hilda Marsh is nobody's Mia");
    assert_eq!(files(&school, "head").await.len(), 1);
    // Of an adult the surname is enough, as before.
    ground.advance(SignedDuration::from_mins(1));
    raise(&school, "teacher", &about(&school, &ground, "ann", "Mrs Marsh, supply")).await;
    assert_eq!((waiting(&school, "head").await.len(), files(&school, "head").await.len()), (1, 1));
}

async fn what_somebody_has_was_shown_as_received(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    raise(&school, "teacher", &about(&school, &ground, "ann", "Mr Wexcombe, supply")).await;
    let stage = async || records.own_concerns(school.session("teacher")).await.expect("hers").remove(0).stage;
    assert_eq!(stage().await, Stage::Received);
    ground.advance(SignedDuration::from_mins(1));
    let [child] = files(&school, "lead").await.try_into().expect("the child's part");
    let (reason, review) = (Some(words("the family is seen")), None);
    let new = NewDecision { extent: Extent::Note, course: Course::Act, reason, review, is_rung: false };
    records.decide_concern(lead, child.file, &new).await.expect("decided");
    assert_eq!(stage().await, Stage::Received, "nobody has the other part");
    let [report] = waiting(&school, "head").await.try_into().expect("one");
    records.take_report(head, report).await.expect("taken");
    assert_eq!(stage().await, Stage::Read, "both are seen to, and one is decided");
}

async fn beyond_a_hundred_what_was_added_was_not_masked(ground: Ground) {
    let school = Filing::new(&ground).await;
    let records = &school.records;
    let new = about(&school, &ground, "ann", "Mr Wexcombe, supply");
    raise(&school, "teacher", &new).await;
    // As if the same person had raised a hundred more since.
    as_if_more_came(&ground, 101, false).await;
    let teacher = school.session("teacher");
    let key = new.form.to_string();
    let own = records.own_concern(teacher, &key).await.expect("hers");
    assert!(own.is_unlisted, "its other part waits still");
    let added = records.hear_more(teacher, &key, &more(&ground, "Wexcombe again")).await;
    assert_eq!(added, Err(Fault::NotFound), "nothing could be masked in the child's part yet");
    assert_eq!(records.own_concern(school.session("head"), &key).await.err(), Some(Fault::NotFound));
}
