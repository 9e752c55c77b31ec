//! Climbing through the verbs, on both engines: only the clock moves. Who is told when, who is never told, and what a subject, a
//! reporter, the chair and the log can see of it.

use crate::{
    filing::{Filing, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Records, Session,
    access::{Act, Actor, Duty, FileKind, Notice},
    audit::Question,
    concern::{
        Stage,
        answer::{Course, Extent, NewDecision, Waiting, Wanted},
        climb::{OwnStanding, Rung, WhenRead},
    },
    file::{EntryKind, NewEntry, NewFile, Raised, Severity, Wrong},
    id,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, StaffKind},
    settings::NewValue,
};
use jiff::{SignedDuration, civil::date};
use std::collections::BTreeMap;

both!(
    it_climbs_by_the_clock_and_says_so_to_each_in_their_turn,
    an_answer_ends_it_for_everybody_and_a_newer_report_begins_it_again,
    a_lead_who_is_the_subject_is_told_nothing_and_the_others_all,
    a_concern_about_the_head_goes_to_the_chair_and_nothing_of_it_to_the_head,
    three_people_with_two_duties_each_are_asked_once_each,
    after_two_hours_down_nobody_is_passed_over_and_nobody_told_twice,
    who_is_away_is_passed_over_and_told_when_they_are_back,
    at_night_only_those_who_agreed_are_told_and_only_of_danger,
    what_was_reported_before_concerns_climbed_does_not,
    moved_from_the_wrong_child_it_is_asked_about_anew,
    an_answer_counts_while_whoever_gave_it_may_read_it,
    what_was_decided_stays_when_whoever_decided_leaves,
    what_nobody_has_climbs_however_old,
    a_chair_whose_key_is_not_confirmed_takes_no_time,
    what_is_severe_again_is_told_to_the_head_again,
    whoever_becomes_a_subject_is_told_nothing_more,
    what_was_moved_or_divided_after_a_decision_climbs_at_once,
    the_head_learns_of_what_is_severe_and_oversight_shows_what_they_have_not_seen,
);

const YEAR: &str = r#"nation = "england-and-wales"
from = 2026-09-01
until = 2027-08-31
watched = "mon-fri 08:00-16:30"

[[term]]
name = "Autumn"
first = 2026-09-02
last = 2026-12-18

[[term]]
name = "Summer"
first = 2027-04-12
last = 2027-07-20
"#;

const ALONE: [(&str, &[Duty]); 6] = [
    ("head", &[Duty::Head]),
    ("lead", &[Duty::DesignatedLead]),
    ("deputy", &[Duty::DeputyDesignatedLead]),
    ("chair", &[Duty::Chair]),
    ("trust", &[Duty::TrustLead]),
    ("officer", &[Duty::DataProtection]),
];

/// A school with a calendar, a teacher, two pupils; on a Monday at nine.
struct School<'a> {
    ground: &'a Ground,
    records: Records,
    id: id::School,
    people: BTreeMap<&'static str, id::Person>,
}

impl<'a> School<'a> {
    async fn new(ground: &'a Ground, holders: &[(&'static str, &[Duty])]) -> Self {
        ground.set_clock("2026-11-23T09:00:00Z");
        let records = ground.records().await;
        let with_teacher = holders.iter().copied().chain([("teacher", &[Duty::Teacher] as &[Duty])]);
        let holders: Vec<(&'static str, &[Duty])> = with_teacher.collect();
        let first = |(name, duties): &(&'static str, &[Duty])| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, format!("Somebody {name}")),
            duties: duties.iter().map(|duty| FirstDuty { duty: *duty, is_deputy: false }).collect(),
            sign_in_name: (*name != "teacher").then(|| (*name).to_owned()),
            is_custodian: *name != "teacher",
        };
        let set_up = SetUp {
            code: "brook".to_owned(),
            name: "Brook School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: holders.iter().map(first).collect(),
        };
        let done = records.set_up(set_up).await.expect("it is set up");
        let mut people: BTreeMap<&'static str, id::Person> =
            holders.iter().zip(&done.people).map(|((name, _), made)| (*name, made.person)).collect();
        let mut school = Self { ground, records, id: done.school, people: people.clone() };
        let head = Self::holder_of(&holders, Duty::Head);
        for (name, full) in [("ann", "Ann Birch"), ("ben", "Ben Ash")] {
            let pupil = school.records.add_person(&school.session(head), NewPerson::new(Kind::Pupil, full)).await;
            people.insert(name, pupil.expect("added"));
        }
        school.people = people;
        school.records.set_calendar(&school.session(head), "year.toml", YEAR, "Agreed.").await.expect("a calendar");
        school
    }

    fn holder_of(holders: &[(&'static str, &[Duty])], duty: Duty) -> &'static str {
        holders.iter().find(|(_, duties)| duties.contains(&duty)).expect("somebody holds it").0
    }

    fn person(&self, name: &str) -> id::Person {
        self.people[name]
    }

    fn session(&self, name: &str) -> Session {
        Session { school: self.id, actor: Actor::Person(self.people[name]), unlocked: None }
    }

    async fn raise(&self, by: &str, (kind, about): (FileKind, &str), named: &[&str], severity: i64) -> Raised {
        let named = named.iter().map(|name| self.person(name)).collect();
        let new = NewFile { kind, person: self.person(about), named, entry: seen(severity) };
        self.records.open_file(&self.session(by), &new).await.expect("raised")
    }

    async fn climb(&self) {
        self.records.climb(self.id).await.expect("it climbs");
    }

    /// Moves the clock on, a minute each time, as the program does.
    async fn minutes(&self, count: i64) {
        for _ in 0..count {
            self.ground.advance(SignedDuration::from_mins(1));
            self.climb().await;
        }
    }

    /// The kinds of what somebody is to be told of concerns, without putting it away.
    async fn told(&self, name: &str) -> Vec<String> {
        let notices = self.records.waiting_notices(&self.session(name)).await.expect("their notices");
        let kinds = notices.into_iter().map(|notice| notice.kind);
        kinds.filter(|kind| kind.starts_with("file-waits") || kind.starts_with("concern-")).collect()
    }

    /// Who was told so far, in turn, as somebody who may read it sees it.
    async fn rungs(&self, reader: &str, file: id::File) -> Vec<&'static str> {
        let climbing = self.records.how_it_climbs(&self.session(reader), file).await.expect("they may know it");
        climbing.told.iter().map(|told| told.rung.word()).collect()
    }

    async fn acknowledge(&self, file: id::File, by: &str) {
        let (id, person, now) = (self.ground.number(), self.person(by), self.ground.now());
        let sql = format!(
            "INSERT INTO file_acknowledged (id, school, file, person, acknowledged_at) \
             VALUES ('{id}', '{}', '{file}', '{person}', {})",
            self.id,
            now.as_microsecond()
        );
        self.ground.order(&sql).await;
    }

    /// Whether the log shows this reader anything of climbing.
    async fn reads_of_it(&self, name: &str) -> bool {
        let mut found = false;
        for act in [Act::ConcernClimbed, Act::ClimbRead] {
            let question = Question { act: Some(act), most: 50, ..Question::default() };
            let page = self.records.read_audit(&self.session(name), &question).await.expect("they read the log");
            found |= !page.entries.is_empty();
        }
        found
    }
}

fn seen(severity: i64) -> NewEntry {
    let severity = Severity::new(severity);
    NewEntry { kind: EntryKind::Seen, severity, moment: None, text: words("canary"), reason: None }
}

const CHILD: (FileKind, &str) = (FileKind::Child, "ann");

async fn it_climbs_by_the_clock_and_says_so_to_each_in_their_turn(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", CHILD, &[], 5).await;
    // Told in the act itself: no alert waits for a clock.
    assert_eq!(school.told("lead").await, ["file-waits-now"]);
    let waiting = school.records.waiting_concerns(&school.session("lead")).await.expect("listed");
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].reference, raised.reference);
    assert_eq!(waiting[0].answer_by, ground.now() + SignedDuration::from_mins(15));
    let own = school.records.own_report_stands(&school.session("teacher"), raised.entry).await;
    assert_eq!(own, Ok(OwnStanding { is_answered: false, is_told: true, first_told: None, must_ring: false }));
    school.minutes(14).await;
    assert_eq!(school.told("deputy").await, [""; 0]);
    school.minutes(1).await;
    assert_eq!(school.told("deputy").await, ["file-waits-now"]);
    school.minutes(15).await;
    assert_eq!(school.told("head").await, ["file-waits-now"]);
    assert_eq!(school.told("chair").await, [""; 0]);
    school.minutes(30).await;
    // The chair and the trust may not read a child's file: they are told whom to ring, and of which file not.
    for name in ["chair", "trust"] {
        assert_eq!(school.told(name).await, ["concern-waits"], "{name}");
        let passed = school.records.passed_by(&school.session(name)).await.expect("told");
        assert_eq!(passed.iter().map(|one| one.ring.as_deref()).collect::<Vec<_>>(), [Some("Somebody head")]);
        assert_eq!(school.records.waiting_concerns(&school.session(name)).await, Ok(Vec::new()));
        assert_eq!(school.records.how_it_climbs(&school.session(name), raised.file).await, Err(Fault::NotFound));
    }
    assert_eq!(school.told("teacher").await, [""; 0]);
    school.minutes(15).await;
    assert_eq!(school.told("teacher").await, ["concern-unanswered"]);
    let own = school.records.own_report_stands(&school.session("teacher"), raised.entry).await.expect("theirs");
    assert!(own.must_ring && !own.is_answered);
    // The list says it too: a notice can be put away.
    let listed = school.records.own_concerns(&school.session("teacher")).await.expect("their own");
    assert!(listed[0].must_ring && listed[0].stage == Stage::Received);
    let somebody_else = school.records.own_report_stands(&school.session("lead"), raised.entry).await;
    assert_eq!(somebody_else, Err(Fault::NotFound));
    school.minutes(60).await;
    let rungs = ["lead", "deputy", "head", "chair", "trust", "reporter"];
    assert_eq!(school.rungs("lead", raised.file).await, rungs, "each once");
    assert_eq!(school.told("officer").await, [""; 0]);
    assert!(school.reads_of_it("lead").await && !school.reads_of_it("officer").await);
}

async fn an_answer_ends_it_for_everybody_and_a_newer_report_begins_it_again(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", CHILD, &[], 4).await;
    school.minutes(80).await;
    school.acknowledge(raised.file, "deputy").await;
    for name in ["lead", "deputy", "head", "chair", "trust", "teacher"] {
        assert_eq!(school.told(name).await, [""; 0], "{name}: it is no news any more");
        assert_eq!(school.records.passed_by(&school.session(name)).await, Ok(Vec::new()));
    }
    assert_eq!(school.records.waiting_concerns(&school.session("lead")).await, Ok(Vec::new()));
    let own = school.records.own_report_stands(&school.session("teacher"), raised.entry).await.expect("theirs");
    assert!(own.is_answered && !own.must_ring);
    assert!(!school.records.own_concerns(&school.session("teacher")).await.expect("their own")[0].must_ring);
    school.minutes(60).await;
    assert_eq!(school.rungs("lead", raised.file).await.len(), 6, "nobody more is told");
    school.records.add_to_report(&school.session("teacher"), raised.entry, &seen(1)).await.expect("heard more");
    assert!(school.told("lead").await.contains(&"file-waits-now".to_owned()), "a 4 stays one");
    school.minutes(15).await;
    assert_eq!(school.records.waiting_concerns(&school.session("deputy")).await.expect("listed").len(), 1);
    assert_eq!(school.rungs("lead", raised.file).await[6..], ["lead", "deputy"]);
}

async fn a_lead_who_is_the_subject_is_told_nothing_and_the_others_all(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", CHILD, &["lead"], 5).await;
    assert_eq!(school.told("deputy").await, ["file-waits-now"], "at once: the lead takes no time");
    school.minutes(24 * 60).await;
    assert_eq!(school.rungs("deputy", raised.file).await, ["deputy", "head", "chair", "trust", "reporter"]);
    assert_eq!(school.told("lead").await, [""; 0]);
    assert_eq!(school.records.waiting_concerns(&school.session("lead")).await, Ok(Vec::new()));
    assert_eq!(school.records.how_it_climbs(&school.session("lead"), raised.file).await, Err(Fault::NotFound));
    assert!(!school.reads_of_it("lead").await && school.reads_of_it("deputy").await);
}

async fn a_concern_about_the_head_goes_to_the_chair_and_nothing_of_it_to_the_head(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", (FileKind::StaffConcern, "head"), &[], 5).await;
    assert_eq!(school.told("chair").await, ["file-waits-now"]);
    school.minutes(120).await;
    assert_eq!(school.rungs("chair", raised.file).await, ["chair", "trust", "reporter"]);
    // The trust stands behind the chair: told that something waits, and to ring the chair, without reading it.
    assert_eq!(school.told("trust").await, ["concern-waits"]);
    for name in ["head", "lead", "deputy", "officer"] {
        assert_eq!(school.told(name).await, [""; 0], "{name}");
        assert_eq!(school.records.waiting_concerns(&school.session(name)).await, Ok(Vec::new()), "{name}");
        assert_eq!(school.records.passed_by(&school.session(name)).await, Ok(Vec::new()), "{name}");
        assert!(!school.reads_of_it(name).await, "{name}");
    }
    // Another adult's goes to the head first, and never to the safeguarding lead.
    let other = school.raise("teacher", (FileKind::StaffConcern, "officer"), &[], 4).await;
    school.minutes(120).await;
    assert_eq!(school.rungs("head", other.file).await, ["head", "chair", "trust", "reporter"]);
    assert_eq!((school.told("lead").await, school.told("officer").await), (vec![], vec![]));
}

async fn three_people_with_two_duties_each_are_asked_once_each(ground: Ground) {
    let three: [(&str, &[Duty]); 3] = [
        ("one", &[Duty::Head, Duty::DeputyDesignatedLead]),
        ("two", &[Duty::DesignatedLead, Duty::TrustLead]),
        ("three", &[Duty::Chair]),
    ];
    let school = School::new(&ground, &three).await;
    let raised = school.raise("teacher", CHILD, &[], 4).await;
    school.minutes(120).await;
    assert_eq!(school.rungs("two", raised.file).await, ["lead", "deputy", "chair", "reporter"]);
    let about_one = school.raise("teacher", (FileKind::Child, "ben"), &["one"], 4).await;
    school.minutes(120).await;
    assert_eq!(school.rungs("two", about_one.file).await, ["lead", "chair", "reporter"]);
}

async fn after_two_hours_down_nobody_is_passed_over_and_nobody_told_twice(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", CHILD, &[], 5).await;
    ground.advance(SignedDuration::from_hours(2));
    for _ in 0..3 {
        school.climb().await;
    }
    let rungs = ["lead", "deputy", "head", "chair", "trust", "reporter"];
    assert_eq!(school.rungs("lead", raised.file).await, rungs);
    for name in ["lead", "deputy", "head", "chair", "trust", "teacher"] {
        assert_eq!(school.told(name).await.len(), 1, "{name}");
    }
}

async fn who_is_away_is_passed_over_and_told_when_they_are_back(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let (head, lead) = (school.session("head"), school.person("lead"));
    school.records.record_absence(&head, lead, ground.now(), None).await.expect("away");
    let raised = school.raise("teacher", CHILD, &[], 4).await;
    assert_eq!((school.told("lead").await.len(), school.told("deputy").await.len()), (0, 1));
    school.minutes(5).await;
    school.records.end_absence(&school.session("lead"), lead).await.expect("back");
    school.climb().await;
    assert_eq!(school.rungs("lead", raised.file).await, ["deputy", "lead"]);
}

async fn at_night_only_those_who_agreed_are_told_and_only_of_danger(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let (head, chair, deputy) = (school.session("head"), school.session("chair"), school.person("deputy"));
    let agreed = date(2026, 11, 2);
    let records = &school.records;
    assert_eq!(records.has_out_of_hours_rota(school.id).await, Ok(false));
    let own = records.agree_out_of_hours(&head, school.person("head"), agreed).await;
    assert!(matches!(own, Err(Fault::NotAllowed(_))), "{own:?}");
    let teacher = records.agree_out_of_hours(&head, school.person("teacher"), agreed).await;
    assert!(matches!(teacher, Err(Fault::Wrong(_))), "no concerns come to them: {teacher:?}");
    let to_come = records.agree_out_of_hours(&head, deputy, date(2026, 11, 30)).await;
    assert!(matches!(to_come, Err(Fault::Wrong(_))), "{to_come:?}");
    assert_eq!(records.agree_out_of_hours(&school.session("teacher"), deputy, agreed).await, Err(Fault::NotFound));
    records.agree_out_of_hours(&head, deputy, agreed).await.expect("agreed");
    assert!(records.agree_out_of_hours(&chair, deputy, agreed).await.is_err(), "twice");
    assert_eq!(records.out_of_hours(&chair).await.expect("listed")[0].agreed_on, agreed);

    // A Saturday night.
    ground.set_clock("2026-11-28T22:00:00Z");
    let opening = "2026-11-30T08:00:00Z".parse().expect("a moment");
    assert_eq!(records.when_will_it_be_read(school.id).await, Ok(WhenRead::At(opening)));
    let danger = school.raise("teacher", CHILD, &[], 5).await;
    let serious = school.raise("teacher", (FileKind::Child, "ben"), &[], 3).await;
    assert_eq!(school.rungs("head", danger.file).await, ["rota"]);
    assert_eq!(school.rungs("head", serious.file).await, [""; 0]);
    let own = records.own_report_stands(&school.session("teacher"), serious.entry).await.expect("theirs");
    assert_eq!((own.is_told, own.first_told), (false, Some(opening)));
    ground.set_clock("2026-11-30T07:59:00Z");
    school.climb().await;
    assert_eq!(
        school.rungs("head", danger.file).await,
        ["rota", "reporter"],
        "whoever reported it learns in the night"
    );
    assert_eq!(school.rungs("head", serious.file).await, [""; 0]);
    school.minutes(1).await;
    assert_eq!(school.rungs("head", danger.file).await, ["rota", "reporter", "lead"]);
    assert_eq!(school.rungs("head", serious.file).await, ["lead"]);
    assert_eq!(records.when_will_it_be_read(school.id).await, Ok(WhenRead::Now));

    // Whoever agreed ends it themselves.
    records.end_out_of_hours(&school.session("deputy"), deputy).await.expect("ended");
    assert!(matches!(records.end_out_of_hours(&head, deputy).await, Err(Fault::Changed(_))));
    ground.set_clock("2026-12-05T22:00:00Z");
    let later = school.raise("teacher", (FileKind::Child, "ben"), &[], 5).await;
    assert_eq!(school.rungs("head", later.file).await, [""; 0]);
    school.minutes(90).await;
    assert_eq!(school.rungs("head", later.file).await, ["reporter"], "nobody is rung who did not agree");
}

async fn what_was_reported_before_concerns_climbed_does_not(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    ground.set_clock("2026-11-28T22:00:00Z");
    let raised = school.raise("teacher", CHILD, &[], 3).await;
    // What the step of the schema does to each file that stands then.
    let sql = format!(
        "INSERT INTO file_rung (id, school, file, rung, person, told_at) SELECT f.id, f.school, f.id, 'before', \
         CAST(NULL AS TEXT), MAX(e.recorded_at) FROM file f JOIN file_entry e ON e.file = f.id WHERE f.id = '{}' \
         GROUP BY f.id, f.school",
        raised.file
    );
    ground.order(&sql).await;
    ground.set_clock("2026-12-02T12:00:00Z");
    school.climb().await;
    assert_eq!(school.rungs("lead", raised.file).await, [""; 0]);
    school.records.add_to_report(&school.session("teacher"), raised.entry, &seen(3)).await.expect("heard more");
    assert_eq!(school.rungs("lead", raised.file).await, ["lead"]);
}

async fn moved_from_the_wrong_child_it_is_asked_about_anew(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", CHILD, &[], 5).await;
    school.minutes(20).await;
    // As the verb leaves it, without the keys that it takes: the same entries in a file that was opened now.
    let now = ground.now().as_microsecond();
    ground.order(&format!("DELETE FROM file_rung WHERE file = '{}'", raised.file)).await;
    ground.order(&format!("UPDATE file SET opened_at = {now} WHERE id = '{}'", raised.file)).await;
    school.climb().await;
    assert_eq!(school.rungs("lead", raised.file).await, ["lead"]);
    let climbing = school.records.how_it_climbs(&school.session("lead"), raised.file).await.expect("read");
    assert_eq!(climbing.answer_by, Some(ground.now() + SignedDuration::from_mins(15)));
    assert_eq!(climbing.next.expect("the next").0, Rung::Deputy);
}

/// Ends the first of the duties that somebody holds.
async fn end_duty(school: &School<'_>, by: &str, duty: Duty) {
    let held = school.records.duties(&school.session(by)).await.expect("the register");
    let held = held.iter().find(|held| held.duty == duty).expect("it is held");
    school.records.end_duty(&school.session(by), held.holding).await.expect("ended");
}

async fn an_answer_counts_while_whoever_gave_it_may_read_it(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let records = &school.records;
    // Three concerns that the deputy says she has: she becomes a subject of one, is taken out of another, and then leaves her duty.
    let raised = [
        school.raise("teacher", CHILD, &[], 4).await,
        school.raise("teacher", (FileKind::Child, "ben"), &[], 4).await,
        school.raise("teacher", CHILD, &[], 5).await,
    ];
    let waits = async |file: id::File| {
        let queue = records.concerns(&school.session("head"), &Wanted::default()).await.expect("the queue");
        let one = queue.concerns.into_iter().find(|one| one.file == file).expect("it is there");
        one.next.waiting
    };
    school.minutes(1).await;
    for one in &raised {
        school.acknowledge(one.file, "deputy").await;
        assert_eq!(waits(one.file).await, Waiting::Decision);
    }
    school.minutes(120).await;
    for one in &raised {
        assert_eq!(school.rungs("head", one.file).await, ["lead"], "she has it");
    }
    let (now, deputy) = (ground.now().as_microsecond(), school.person("deputy"));
    // As the verbs leave it, without the keys that they take.
    ground
        .order(&format!(
            "INSERT INTO file_subject (school, file, person, part, added_at) VALUES ('{}', '{}', '{deputy}', 'named', {now})",
            school.id, raised[0].file
        ))
        .await;
    ground
        .order(&format!(
            "INSERT INTO file_removal (id, school, file, person, reason, recorded_at) VALUES ('{}', '{}', '{}', '{deputy}', \
             {}, {now})",
            ground.number(),
            school.id,
            raised[1].file,
            if ground.is_server() { "'\\x00'" } else { "X'00'" },
        ))
        .await;
    for one in &raised[..2] {
        assert_eq!(waits(one.file).await, Waiting::Answer);
        let own = records.own_report_stands(&school.session("teacher"), one.entry).await.expect("theirs");
        assert!(!own.is_answered && !own.must_ring, "it begins anew, and the reporter is not told to ring at once");
    }
    school.climb().await;
    assert_eq!(school.rungs("head", raised[0].file).await, ["lead", "lead"], "asked again from then on");
    school.minutes(15).await;
    for one in &raised[..2] {
        assert_eq!(school.rungs("head", one.file).await, ["lead", "lead", "head"], "the deputy is passed over");
    }
    assert_eq!(school.rungs("head", raised[2].file).await, ["lead"]);
    end_duty(&school, "head", Duty::DeputyDesignatedLead).await;
    assert_eq!(waits(raised[2].file).await, Waiting::Answer);
    school.climb().await;
    assert_eq!(school.rungs("head", raised[2].file).await, ["lead", "lead"]);
    // Somebody else has it now: that ends it.
    school.acknowledge(raised[2].file, "head").await;
    school.minutes(60).await;
    assert_eq!(school.rungs("head", raised[2].file).await, ["lead", "lead"]);
}

async fn what_was_decided_stays_when_whoever_decided_leaves(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", CHILD, &[], 4).await;
    school.minutes(1).await;
    let new =
        NewDecision { extent: Extent::Incident, course: Course::Refer, reason: None, review: None, is_rung: false };
    school.records.decide_concern(&school.session("deputy"), raised.file, &new).await.expect("decided");
    end_duty(&school, "head", Duty::DeputyDesignatedLead).await;
    school.minutes(60).await;
    assert_eq!(school.rungs("head", raised.file).await, ["lead"]);
}

async fn what_nobody_has_climbs_however_old(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let raised = school.raise("teacher", CHILD, &[], 3).await;
    school.minutes(1).await;
    school.acknowledge(raised.file, "deputy").await;
    ground.set_clock("2027-07-15T09:00:00Z");
    school.climb().await;
    assert_eq!(school.rungs("head", raised.file).await, ["lead"], "the deputy has it");
    end_duty(&school, "head", Duty::DeputyDesignatedLead).await;
    school.minutes(1).await;
    assert_eq!(school.rungs("head", raised.file).await, ["lead", "lead"]);
    let own = school.records.own_concerns(&school.session("teacher")).await.expect("their own");
    assert_eq!(own[0].stage, Stage::Received, "nobody has it");
}

async fn a_chair_whose_key_is_not_confirmed_takes_no_time(ground: Ground) {
    let school = Filing::with(&ground, &["chair"]).await;
    let (records, head) = (&school.records, school.session("head"));
    // As after a reset, until somebody vouches for it.
    let reset = format!("UPDATE holder_key SET needs_voucher = 1 WHERE person = '{}'", school.person("chair"));
    ground.order(&reset).await;
    let entry = NewEntry { severity: Some(Severity::DANGER), ..seen(5) };
    let new = NewFile { kind: FileKind::Child, person: school.person("ann"), named: Vec::new(), entry };
    let raised = records.open_file(school.session("teacher"), &new).await.expect("raised");
    ground.advance(SignedDuration::from_hours(3));
    records.climb(school.school).await.expect("it climbs");
    let climbing = records.how_it_climbs(head, raised.file).await.expect("they may know it");
    let rungs: Vec<&str> = climbing.told.iter().map(|told| told.rung.word()).collect();
    assert_eq!(rungs, ["lead", "deputy", "head", "trust", "reporter"]);
}

async fn what_is_severe_again_is_told_to_the_head_again(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let (records, head) = (&school.records, school.session("head"));
    let raised = school.raise("teacher", CHILD, &[], 5).await;
    let serious = async || {
        let told = records.waiting_notices(&head).await.expect("notices");
        told.into_iter().filter(|notice| notice.kind == "file-serious").collect::<Vec<_>>()
    };
    let unseen = async || records.not_seen_by_head(&school.session("lead")).await.expect("oversight").len();
    school.minutes(1).await;
    let told = serious().await;
    assert_eq!(told.len(), 1);
    records.put_notice_away(&head, told[0].id).await.expect("seen");
    assert_eq!(unseen().await, 0);
    // As severe, and not more: it is another thing that happened.
    school.minutes(1).await;
    records.add_to_report(&school.session("teacher"), raised.entry, &seen(4)).await.expect("more");
    assert_eq!(unseen().await, 1, "what was put away was about the first");
    school.minutes(2).await;
    assert_eq!(serious().await.len(), 1, "told again, once");
    // What is mild is no news to the head.
    records.put_notice_away(&head, serious().await[0].id).await.expect("seen");
    school.minutes(1).await;
    records.add_to_report(&school.session("teacher"), raised.entry, &seen(2)).await.expect("more");
    school.minutes(1).await;
    assert_eq!((serious().await.len(), unseen().await), (0, 0));
}

async fn whoever_becomes_a_subject_is_told_nothing_more(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    // Each by the people for whom it is others' to read: the chair of a child's file, the trust, and who reported it.
    let raised = school.raise("teacher", CHILD, &[], 5).await;
    school.minutes(90).await;
    for (name, kind) in [("chair", "concern-waits"), ("trust", "concern-waits"), ("teacher", "concern-unanswered")] {
        assert_eq!(school.told(name).await, [kind], "{name}");
        ground
            .order(&format!(
                "INSERT INTO file_subject (school, file, person, part, added_at) VALUES ('{}', '{}', '{}', 'named', {})",
                school.id,
                raised.file,
                school.person(name),
                ground.now().as_microsecond()
            ))
            .await;
        assert_eq!(school.told(name).await, [""; 0], "{name}");
    }
    // Whoever stands on no ladder any more has nothing to see to.
    let other = school.raise("teacher", (FileKind::Child, "ben"), &[], 5).await;
    school.minutes(90).await;
    assert_eq!(school.told("chair").await, ["concern-waits"]);
    end_duty(&school, "trust", Duty::Chair).await;
    assert_eq!(school.told("chair").await, [""; 0]);
    assert_eq!(school.told("trust").await, ["concern-waits"], "{}", other.reference);
}

async fn what_was_moved_or_divided_after_a_decision_climbs_at_once(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    let new = NewDecision { extent: Extent::Note, course: Course::Refer, reason: None, review: None, is_rung: false };
    let told = async |session: &Session, file: id::File| {
        let notices = records.waiting_notices(session).await.expect("notices");
        let waits = |notice: &&Notice| notice.kind.starts_with("file-waits") && notice.about == file.to_string();
        notices.iter().filter(waits).count()
    };
    // Half a year old, and decided.
    let wrong = school.raise("teacher", "ann", "came without a coat").await;
    let divided = school.raise("teacher", "ann", "Dora Hale pulled her arm").await;
    for file in [wrong.file, divided.file] {
        records.decide_concern(lead, file, &new).await.expect("decided");
    }
    ground.advance(SignedDuration::from_hours(24 * 200));
    let (ben, why) = (school.person("ben"), words("it was Ben"));
    let mended = records.mend_wrong_child(lead, Wrong::File(wrong.file), ben, &why, &ground.place()).await;
    let mended = mended.expect("moved").file;
    assert_eq!(told(lead, mended).await, 1, "in the act itself");
    let why = words("it says what the deputy did");
    let parts = records.reroute_to_adult(lead, divided.file, school.person("deputy"), &why).await.expect("divided");
    assert_eq!((told(lead, parts.child).await, told(head, parts.adult).await), (1, 1));
    assert_eq!(told(school.session("deputy"), parts.adult).await, 0);
    // Nobody answers: it goes on by the clock. There is no calendar, so that the day is over after six hours.
    ground.advance(SignedDuration::from_hours(7));
    records.climb(school.school).await.expect("it climbs");
    for (file, rungs) in [(mended, 3), (parts.child, 2)] {
        let climbing = records.how_it_climbs(lead, file).await.expect("read");
        assert!(!climbing.is_answered && climbing.told.len() >= rungs, "{:?}", climbing.told);
    }
    let queue = records.concerns(lead, &Wanted::default()).await.expect("the queue");
    assert!(queue.concerns.iter().all(|one| one.next.waiting == Waiting::Answer), "{:?}", queue.concerns);
}

async fn the_head_learns_of_what_is_severe_and_oversight_shows_what_they_have_not_seen(ground: Ground) {
    let school = School::new(&ground, &ALONE).await;
    let records = &school.records;
    let serious = async |name: &str| {
        let told = records.waiting_notices(&school.session(name)).await.expect("notices");
        let kinds = told.into_iter().map(|notice| notice.kind).filter(|kind| kind.ends_with("-serious"));
        kinds.collect::<Vec<String>>()
    };
    let unseen = async |name: &str| records.not_seen_by_head(&school.session(name)).await.expect("oversight");
    let calm = school.raise("teacher", (FileKind::Child, "ben"), &[], 3).await;
    let raised = school.raise("teacher", CHILD, &[], 4).await;
    assert_eq!((unseen("lead").await, unseen("chair").await), (vec![raised.file], vec![]));
    school.climb().await;
    school.climb().await;
    assert_eq!(serious("head").await, ["file-serious"]);
    for name in ["lead", "deputy", "chair", "trust", "officer", "teacher"] {
        assert_eq!(serious(name).await, [""; 0], "{name}");
    }
    // It comes to be as severe: told then. More severe than before: told again.
    for (file, level) in [(calm.file, 4), (raised.file, 5)] {
        let (kind, severity, reason) = (EntryKind::Severity, Severity::new(level), Some(words("worse")));
        let entry = NewEntry { kind, severity, moment: None, text: words("worse"), reason };
        records.add_entry(&school.session("lead"), file, &entry).await.expect("raised");
    }
    school.minutes(1).await;
    assert_eq!(serious("head").await.len(), 3);
    let mut open = unseen("lead").await;
    open.sort_unstable();
    let mut both = vec![calm.file, raised.file];
    both.sort_unstable();
    assert_eq!(open, both);
    let notices = records.waiting_notices(&school.session("head")).await.expect("notices");
    for notice in notices.iter().filter(|notice| notice.kind == "file-serious") {
        records.put_notice_away(&school.session("head"), notice.id).await.expect("seen");
    }
    assert_eq!(unseen("lead").await, []);

    // Where the head is named, the chair is told in their place, without a word and with one name to ask.
    let about_head = school.raise("teacher", CHILD, &["head"], 4).await;
    school.minutes(1).await;
    assert_eq!((serious("head").await, serious("chair").await), (vec![], vec!["concern-serious".to_owned()]));
    let today = records.today(&school.session("chair")).await.expect("today");
    assert_eq!(today.to_ask.iter().map(|(_, name)| name.as_deref()).collect::<Vec<_>>(), [Some("Somebody lead")]);
    assert_eq!((unseen("head").await, unseen("lead").await), (vec![], vec![about_head.file]));
    let staff = school.raise("teacher", (FileKind::StaffConcern, "head"), &[], 4).await;
    school.minutes(1).await;
    assert!(serious("chair").await.contains(&"file-serious".to_owned()), "{}", staff.reference);
    assert_eq!(serious("head").await, [""; 0]);

    // At night nobody is told before opening.
    ground.set_clock("2026-11-23T22:00:00Z");
    school.raise("teacher", (FileKind::Child, "ben"), &[], 5).await;
    school.minutes(5).await;
    assert_eq!(serious("head").await, [""; 0]);
    ground.set_clock("2026-11-24T08:00:00Z");
    school.climb().await;
    assert_eq!(serious("head").await, ["file-serious"]);

    // The school may choose that the list is enough.
    let head = school.session("head");
    let (setting, why) = ("incidents.head_notice_severity", "We meet each morning.");
    let never = NewValue { setting, value: Some("0"), why, clause: None };
    records.set_setting(&head, never).await.expect("chosen");
    school.raise("teacher", CHILD, &[], 5).await;
    school.minutes(1).await;
    assert_eq!(serious("head").await.len(), 1);
    assert_eq!(unseen("lead").await, []);
}
