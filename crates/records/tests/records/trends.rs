//! Looking back: what is counted and where it stands, what is in nobody's count, what the others see, and what was found.

use crate::{
    doors::report,
    filing::{Filing, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    audit::Question,
    concern::{
        Answers, Mode, NewConcern, Part as Of, Place, Risk, Said,
        answer::{Course, Extent, NewDecision},
        door::{Concerned, Door, Placing, WhichReports},
        trends::{Asked, FindingCourse, NewFinding, Part, Period, Topic, Trends, View},
    },
    file::Which,
    id,
    people::{Change, LivesWith, NewRelation, PersonChange, RelationKind, Responsibility},
};
use jiff::{SignedDuration, civil::date};

both!(
    each_concern_stands_in_one_row_of_each_table,
    what_somebody_is_kept_out_of_is_in_nobodys_count,
    what_others_see_is_the_same_for_good_and_tells_of_nobody,
    what_was_found_is_for_those_who_decide,
    one_look_is_one_entry_and_names_no_file,
);

/// The term in which the clock of the tests begins.
const SUMMER: Period = Period::new(2025, Part::Summer);

async fn raise(school: &Filing, ground: &Ground, child: &str, answers: Answers) -> id::File {
    let new = NewConcern {
        form: ground.number(),
        children: vec![(school.person(child), Of::About)],
        adult: None,
        said: Said { seen: Some(words("came without a coat")), ..Said::default() },
        answers,
        told: None,
        paper: None,
    };
    let sent = school.records.raise_concern(school.session("teacher"), &new).await.expect("raised");
    let lead = school.session("lead");
    school.records.concern_called(lead, &sent.references[0]).await.expect("it is there")
}

async fn look(school: &Filing, by: &str, period: Option<Period>) -> Trends {
    let asked = Asked { period, as_shared: false };
    school.records.concern_trends(school.session(by), asked).await.expect("they look")
}

/// The rows of a table that are not zero: “Year 7 2”.
fn rows(trends: &Trends, topic: Topic) -> Vec<String> {
    let table = trends.tables.iter().find(|table| table.topic == topic).expect("the table");
    let counted = table.rows.iter().filter(|row| row.count != Some(0));
    counted
        .map(|row| format!("{} {}", row.title, row.count.map_or("?".to_owned(), |count| count.to_string())))
        .collect()
}

fn total(trends: &Trends) -> Option<usize> {
    trends.totals[0].total
}

async fn born(school: &Filing, child: &str, year: i16) {
    let head = school.session("head");
    let revision = school.records.person(head, school.person(child)).await.expect("a pupil").revision;
    let change = PersonChange { date_of_birth: Change::To(Some(date(year, 3, 1))), ..PersonChange::default() };
    school.records.change_person(head, school.person(child), revision, change).await.expect("changed");
}

/// A teacher is the child's mother.
async fn is_family(school: &Filing, child: &str) {
    let relation = NewRelation {
        child: school.person(child),
        adult: school.person("teacher"),
        kind: RelationKind::Mother,
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::Yes,
        contact_order: 1,
    };
    school.records.record_relation(school.session("head"), &relation).await.expect("recorded");
}

async fn each_concern_stands_in_one_row_of_each_table(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    born(&school, "ann", 2014).await;
    born(&school, "ben", 2018).await;
    let online = Answers {
        mode: Some(Mode::Online),
        risks: vec![Risk::Contact],
        place: Some(Place::Home),
        ..Answers::default()
    };
    let first = raise(&school, &ground, "ann", online).await;
    let both = Answers { mode: Some(Mode::Both), risks: vec![Risk::Contact, Risk::Conduct], ..Answers::default() };
    let second = raise(&school, &ground, "ann", both).await;
    let third = raise(&school, &ground, "ben", Answers::default()).await;
    raise(&school, &ground, "cai", Answers { place: Some(Place::NotKnown), ..Answers::default() }).await;
    records
        .report_at_door(school.school, &report(Door::Worry, Concerned::Nobody, "Ann"), "203.0.113.9")
        .await
        .expect("came");
    ground.advance(SignedDuration::from_mins(20));
    records.acknowledge_concern(lead, first).await.expect("they have it");
    ground.advance(SignedDuration::from_hours(2));
    let waits = records.waiting_reports(lead, WhichReports::Waiting).await.expect("waits")[0].report;
    records.place_report(lead, waits, Placing::Child(school.person("ann"))).await.expect("placed");
    ground.advance(SignedDuration::from_hours(40));
    let decision =
        NewDecision { extent: Extent::Case, course: Course::Refer, reason: None, review: None, is_rung: false };
    records.decide_concern(lead, second, &decision).await.expect("decided");
    ground.advance(SignedDuration::from_hours(24 * 9));
    records.acknowledge_concern(lead, third).await.expect("they have it");
    // Nothing about an adult who works here is counted, whoever looks.
    records.open_file(school.session("teacher"), &school.staff_file("deputy", "shouted")).await.expect("raised");

    let seen = look(&school, "lead", None).await;
    assert_eq!((seen.period, seen.view, seen.is_running), (Some(SUMMER), View::Whole, true));
    assert_eq!(total(&seen), Some(5));
    assert_eq!(rows(&seen, Topic::Risk), ["Contact 1", "More than one of them 1", "None of them, or not said 3"]);
    assert_eq!(rows(&seen, Topic::Extent), ["Case 1", "Not decided yet 4"]);
    assert_eq!(rows(&seen, Topic::Year), ["Year 3 1", "Year 7 3", "Not known 1"]);
    assert_eq!(rows(&seen, Topic::Place), ["At home 1", "Not known 4"]);
    assert_eq!(rows(&seen, Topic::Mode), ["Online 1", "Both online and face to face 1", "Not known 3"]);
    assert_eq!(rows(&seen, Topic::Reporter), ["Staff and governors 4", "Parents and carers 1"]);
    let answered = [
        "Within an hour 1",
        "On the same school day 1",
        "Within two school days 1",
        "Later 1",
        "Nobody has answered yet 1",
    ];
    assert_eq!(rows(&seen, Topic::Answer), answered);
    assert_eq!(total(&look(&school, "head", Some(Period::new(2025, Part::Year))).await), Some(5));
    assert_eq!(seen.tables[0].rows[0].before, None, "the school was not here in spring");
}

async fn what_somebody_is_kept_out_of_is_in_nobodys_count(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    for child in ["ann", "ann", "ben", "cai"] {
        raise(&school, &ground, child, Answers::default()).await;
    }
    let aside = raise(&school, &ground, "ann", Answers::default()).await;
    let divided = raise(&school, &ground, "ann", Answers::default()).await;
    let everybodys = async || {
        let mut totals = Vec::new();
        for name in ["lead", "deputy", "head"] {
            let seen = look(&school, name, None).await;
            let answer: usize = seen.tables[6].rows.iter().filter_map(|row| row.count).sum();
            assert_eq!(Some(answer), total(&seen), "each table comes to the total");
            totals.push(total(&seen).expect("every number"));
        }
        totals
    };
    assert_eq!(everybodys().await, [6; 3]);
    // A teacher who works here is Ben's mother: nobody counts what is about Ben.
    is_family(&school, "ben").await;
    assert_eq!(everybodys().await, [5; 3]);
    records.step_aside(school.session("deputy"), aside, &words("a neighbour")).await.expect("out of it");
    assert_eq!(everybodys().await, [4; 3], "the deputy does not find by the count that it is there still");
    records.reroute_to_adult(lead, divided, school.person("deputy"), &words("it was her")).await.expect("divided");
    assert_eq!(everybodys().await, [3; 3], "neither the child’s part nor the adult’s");
    assert_eq!(records.list_files(lead, &Which::default()).await.expect("the list").files.len(), 6);
}

async fn what_others_see_is_the_same_for_good_and_tells_of_nobody(ground: Ground) {
    let school = Filing::with(&ground, &["chair", "deputy"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let mut files = Vec::new();
    for (child, place) in [("ann", Place::School), ("ann", Place::School), ("ben", Place::Home)] {
        for _ in 0..4 {
            files.push(raise(&school, &ground, child, Answers { place: Some(place), ..Answers::default() }).await);
        }
    }
    let chair = school.session("chair");
    let before = look(&school, "chair", None).await;
    assert_eq!((before.period, before.view), (None, View::Shared));
    assert_eq!(before.next_at, Some("2026-09-14T23:00:00Z".parse().expect("a moment")));
    let running = Asked { period: Some(SUMMER), as_shared: false };
    assert_eq!(records.concern_trends(chair, running).await.err(), Some(Fault::NotFound), "it goes on still");
    let teacher = records.concern_trends(school.session("teacher"), Asked::default()).await;
    assert_eq!(teacher.err(), Some(Fault::NotFound));

    ground.set_clock("2026-09-15T09:00:00Z");
    let seen = look(&school, "chair", None).await;
    assert_eq!((seen.period, total(&seen)), (Some(SUMMER), Some(12)));
    assert_eq!(rows(&seen, Topic::Place), ["At school ?", "At home ?"], "8 and 4: the 4 would follow from the 8");
    assert_eq!(rows(&seen, Topic::Answer), ["Nobody has answered yet 12"]);
    let year = Asked { period: Some(Period::new(2025, Part::Year)), as_shared: false };
    assert_eq!(records.concern_trends(chair, year).await.err(), Some(Fault::NotFound), "a term follows from its year");
    // Whoever decides sees every number, and what the others see.
    assert_eq!(rows(&look(&school, "lead", Some(SUMMER)).await, Topic::Place), ["At school 8", "At home 4"]);
    let asked = Asked { period: Some(SUMMER), as_shared: true };
    let as_shared = records.concern_trends(lead, asked).await.expect("as others see it");
    assert_eq!((&as_shared.tables, &as_shared.totals), (&seen.tables, &seen.totals));

    // Whatever happens afterwards, nobody finds by a difference what it was.
    records.acknowledge_concern(lead, files[0]).await.expect("they have it");
    let decision =
        NewDecision { extent: Extent::Case, course: Course::Refer, reason: None, review: None, is_rung: false };
    records.decide_concern(lead, files[1], &decision).await.expect("decided");
    records.step_aside(school.session("deputy"), files[2], &words("a neighbour")).await.expect("out of it");
    records.reroute_to_adult(lead, files[3], school.person("deputy"), &words("it was her")).await.expect("divided");
    is_family(&school, "ben").await;
    raise(&school, &ground, "ann", Answers::default()).await;
    let after = look(&school, "chair", Some(SUMMER)).await;
    assert_eq!((after.tables, after.totals), (seen.tables, seen.totals));
    let whole = look(&school, "lead", Some(SUMMER)).await;
    assert_eq!(total(&whole), Some(12), "what is in nobody's count since stands between no two views");
    assert_ne!(rows(&whole, Topic::Answer), ["Nobody has answered yet 12"], "what became of it is as it stands now");
}

fn finding(course: FindingCourse, owner: Option<id::Person>) -> NewFinding {
    let due = owner.map(|_| date(2026, 9, 30));
    let words = words("CANARY three at the gate: a second adult stands there");
    NewFinding { period: SUMMER, topic: Topic::Place, course, words, owner, due }
}

async fn what_was_found_is_for_those_who_decide(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    assert!(look(&school, "lead", None).await.undecided.is_empty(), "it goes on still");
    raise(&school, &ground, "ann", Answers::default()).await;
    ground.set_clock("2026-09-15T09:00:00Z");
    assert_eq!(look(&school, "lead", None).await.undecided, [SUMMER]);
    let head = Some(school.person("head"));
    for wrong in [finding(FindingCourse::Change, None), finding(FindingCourse::Change, Some(school.person("ann")))] {
        assert!(matches!(records.decide_trend(lead, &wrong).await, Err(Fault::Wrong(_))), "{wrong:?}");
    }
    let chairs = records.decide_trend(school.session("chair"), &finding(FindingCourse::NoChange, None)).await;
    assert_eq!(chairs, Err(Fault::NotFound));
    let later = NewFinding { period: Period::new(2030, Part::Autumn), ..finding(FindingCourse::NoChange, None) };
    assert_eq!(records.decide_trend(lead, &later).await, Err(Fault::NotFound));
    assert!(look(&school, "lead", None).await.undecided == [SUMMER], "nothing of these lasts");

    records.decide_trend(lead, &finding(FindingCourse::NoChange, None)).await.expect("written");
    ground.advance(SignedDuration::from_mins(1));
    records.decide_trend(lead, &finding(FindingCourse::Change, head)).await.expect("written");
    let seen = look(&school, "deputy", Some(SUMMER)).await;
    assert_eq!(seen.undecided, []);
    let table = seen.tables.iter().find(|table| table.topic == Topic::Place).expect("the table");
    let [newer, older] = table.findings.as_slice() else { panic!("{:?}", table.findings) };
    assert_eq!((newer.course, newer.due), (FindingCourse::Change, Some(date(2026, 9, 30))));
    assert_eq!((newer.owner.as_deref(), newer.by.as_deref()), (Some("Hilda Marsh"), Some("Lena Frost")));
    assert!(newer.words.as_ref().is_some_and(|words| words.as_str().contains("second adult")));
    assert_eq!((older.course, older.due), (FindingCourse::NoChange, None));
    // The others see what follows and by when.
    let chairs = look(&school, "chair", Some(SUMMER)).await;
    let table = chairs.tables.iter().find(|table| table.topic == Topic::Place).expect("the table");
    assert_eq!((table.findings[0].course, table.findings[0].due), (FindingCourse::Change, Some(date(2026, 9, 30))));
    assert!(table.findings.iter().all(|one| one.words.is_none() && one.owner.is_none() && one.by.is_none()));
    let asked = Asked { period: Some(SUMMER), as_shared: true };
    let as_shared = records.concern_trends(lead, asked).await.expect("what is handed on");
    assert_eq!(as_shared.tables, chairs.tables, "no words either");
    assert!(chairs.owners.is_empty() && chairs.undecided.is_empty());
}

async fn one_look_is_one_entry_and_names_no_file(ground: Ground) {
    let school = Filing::new(&ground).await;
    let file = raise(&school, &ground, "ann", Answers::default()).await;
    let count = async || {
        let question = Question { most: 200, ..Question::default() };
        school.records.read_audit(school.session("lead"), &question).await.expect("the log").entries
    };
    let before = count().await.len();
    look(&school, "lead", None).await;
    let entries = count().await;
    // The look, and that the log was read before.
    assert_eq!(entries.len(), before + 2, "{entries:?}");
    let look = entries.iter().find(|entry| entry.act == "counts-read").expect("the look");
    let told = format!("{look:?}");
    assert!(told.contains("2026-summer") && told.contains("whole") && !told.contains(&file.to_string()), "{told}");
}
