//! What one person could do alone, or by pretending to be another, and must not: two custodians' codes, everybody's keys, somebody
//! else's duty, who is away, who is family, the last of a duty. Each is named after what broke.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
    school::School,
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, Decision, Duty, Purpose, Resource},
    audit::Question,
    file::{NewEntry, Which},
    id,
    people::{GiveDuty, Kind, LivesWith, NewCourtOrder, NewPerson, NewRelation, RelationKind, Responsibility},
};
use jiff::SignedDuration;

both!(
    one_person_had_two_custodians_codes_made,
    one_person_reset_everybody_who_could_read,
    who_reset_a_password_acted_as_its_owner,
    nobody_could_bring_the_only_lead_back,
    a_teacher_whose_password_was_reset_waited_for_ever,
    somebody_said_that_the_head_was_away,
    the_office_chose_who_reads_about_a_child,
    the_last_of_a_duty_went,
    who_was_let_in_by_name_left_and_came_back,
    a_file_about_the_head_could_be_held_by_nobody,
    family_was_told_why_a_child_was_looked_up,
    who_may_not_be_seen_filled_the_page,
    a_history_was_read_for_no_purpose,
);

const PASSWORD: &str = "otters below the old weir";

fn refused<T: std::fmt::Debug>(done: Result<T, Fault>) -> String {
    match done {
        Err(Fault::NotAllowed(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

fn wrong<T: std::fmt::Debug>(done: &Result<T, Fault>) {
    assert!(matches!(done, Err(Fault::Wrong(_))), "{done:?}");
}

/// How often an act was denied, as the head reads the log.
async fn denied(school: &Filing, act: Act) -> usize {
    let log = school.records.read_audit(school.session("head"), &Question { most: 200, ..Question::default() }).await;
    let entries = log.expect("the head reads the log").entries.into_iter();
    entries.filter(|entry| entry.act == act.word() && entry.outcome == "denied").count()
}

/// The kinds of what somebody is to be told about somebody.
async fn told(school: &Filing, name: &str, about: &str) -> Vec<String> {
    let about = school.person(about).to_string();
    let notices = school.records.notices(school.session(name)).await.expect("their notices");
    notices.into_iter().filter(|notice| notice.about == about).map(|notice| notice.kind).collect()
}

async fn one_person_had_two_custodians_codes_made(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "trust"]).await;
    let (records, person) = (&school.records, |name| school.person(name));
    let renew = |name: &'static str, whose: &'static str| {
        records.replace_custodian(school.session(name), person(whose), person(whose))
    };
    // The head has a code of her own.
    refused(renew("head", "chair").await);
    refused(records.name_custodian(school.session("head"), person("teacher")).await);
    assert_eq!(denied(&school, Act::CustodianChanged).await, 2);
    // The trust lead has none, and sees one; not a second, for whom ever it is.
    renew("trust", "chair").await.expect("the first");
    refused(renew("trust", "deputy").await);
    refused(records.name_custodian(school.session("trust"), person("teacher")).await);
    renew("trust", "chair").await.expect("the same again is still one");
    // What he saw opens nothing once its custodian has another made, and he may have the next one made.
    renew("chair", "chair").await.expect("one's own");
    renew("trust", "deputy").await.expect("the first again");
    // Whose code he saw may be nobody's who knows it: he is no custodian beside it.
    assert!(records.name_custodian(school.session("chair"), person("trust")).await.is_err());
    // A custodian without that right renews their own, and nobody else's.
    renew("lead", "lead").await.expect("one's own");
    assert_eq!(renew("lead", "chair").await.err(), Some(Fault::NotFound));
    assert_eq!(renew("teacher", "teacher").await.err(), Some(Fault::NotFound));
}

async fn one_person_reset_everybody_who_could_read(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, head) = (&school.records, school.session("head"));
    records.reset_password(head, school.person("lead")).await.expect("one");
    refused(records.reset_password(head, school.person("deputy")).await);
    refused(records.close_account(head, school.person("deputy")).await);
    let deputy = records.person(head, school.person("deputy")).await.expect("read");
    refused(records.leave(head, school.person("deputy"), deputy.revision).await);
    assert!(records.list_files(school.session("deputy"), &Which::default()).await.is_ok(), "the deputy is untouched");
    records.reset_password(head, school.person("lead")).await.expect("the same person again");
    records.reset_password(head, school.person("teacher")).await.expect("nobody to whom concerns come");
    // Whoever hears concerns is told, and whose it was; not who did it.
    assert_eq!(told(&school, "deputy", "lead").await, ["account-reset", "account-reset"]);
    assert_eq!(told(&school, "chair", "lead").await, ["account-reset", "account-reset"]);
    assert_eq!(told(&school, "head", "lead").await, [""; 0]);
    assert_eq!(told(&school, "chair", "teacher").await, [""; 0]);
    // Somebody else does the next, or the same one tomorrow.
    records.reset_password(school.session("chair"), school.person("deputy")).await.expect("another person");
    ground.advance(SignedDuration::from_hours(25));
    records.close_account(head, school.person("deputy")).await.expect("the day after");
    assert_eq!(told(&school, "chair", "deputy").await, ["account-closed"]);
}

/// Resets somebody's password as the head, and signs in with what it printed.
async fn as_if(school: &Filing, name: &str) -> Session {
    let one_time = school.records.reset_password(school.session("head"), school.person(name)).await.expect("reset");
    school.records.choose_password("filing", name, &one_time, PASSWORD).await.expect("signed in")
}

async fn who_reset_a_password_acted_as_its_owner(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let records = &school.records;
    let file = school.raise("teacher", "ann", "canary").await.file;
    let own = school.raise("lead", "ben", "canary").await.file;
    let astray = as_if(&school, "lead").await;
    for hidden in [
        records.read_file(&astray, file).await.err(),
        records.add_entry(&astray, file, &entry()).await.err(),
        records.admit_to_file(&astray, file, school.person("officer"), &words("x")).await.err(),
        records.take_emergency_access(&astray, school.person("ann"), "now").await.err(),
        records.confidential(&astray, school.person("ann")).await.err(),
        records.record_absence(&astray, school.person("lead"), ground.now(), None).await.err(),
        records.list_holds(&astray, school.person("ann")).await.err(),
    ] {
        assert_eq!(hidden, Some(Fault::NotFound));
    }
    refused(records.list_files(&astray, &Which::default()).await);
    refused(records.read_audit(&astray, &Question::default()).await);
    // A call for help is never stopped, and adding to one's own words neither.
    records.open_file(&astray, &school.child_file("cai", "canary")).await.expect("anybody raises");
    records.add_entry(&astray, own, &entry()).await.expect("to what the lead wrote");
    // Who reset it cannot say whose key it is; another who reads the same can.
    refused(records.admit_waiting(school.session("head"), school.person("lead"), None).await);
    assert!(records.admit_waiting(school.session("deputy"), school.person("lead"), None).await.expect("admitted") > 0);
    assert!(records.read_file(&astray, file).await.is_ok());
    assert!(records.list_files(&astray, &Which::default()).await.is_ok());
}

fn entry() -> NewEntry {
    seen("more")
}

async fn nobody_could_bring_the_only_lead_back(ground: Ground) {
    let school = Filing::with(&ground, &["chair"]).await;
    let records = &school.records;
    let file = school.raise("teacher", "ann", "canary").await.file;
    let lead = as_if(&school, "lead").await;
    // The head had the key made, the chair opens nothing of it, and the deputy has no account.
    refused(records.admit_waiting(school.session("head"), school.person("lead"), None).await);
    wrong(&records.admit_waiting(school.session("chair"), school.person("lead"), None).await);
    let mut codes = Vec::new();
    for name in ["chair", "head"] {
        let (session, own) = (school.session(name), school.person(name));
        codes.push(records.replace_custodian(session, own, own).await.expect("one's own code").text);
    }
    let codes = [codes[0].as_str(), codes[1].as_str()];
    records.recover(school.session("chair"), codes, school.person("lead")).await.expect("two custodians");
    assert_eq!(records.read_file(&lead, file).await.expect("read").entries[0].text.as_str(), "canary");
}

async fn a_teacher_whose_password_was_reset_waited_for_ever(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "officer"]).await;
    let (records, teacher) = (&school.records, school.person("teacher"));
    school.raise("lead", "ann", "canary").await;
    let astray = as_if(&school, "teacher").await;
    let may = async |act| school.records.would(&astray, act, &Resource::School).await.expect("answered");
    assert!(matches!(may(Act::LessonChanged).await, Decision::Refused(_)));
    // Nothing is sealed to a teacher; somebody to whom concerns come vouches all the same, and sees who waits.
    let waits = records.waiting_admissions(school.session("lead")).await.expect("who waits");
    assert!(waits.iter().any(|one| one.person == teacher && one.needs_voucher && one.what.is_empty()));
    assert_eq!(records.waiting_admissions(school.session("officer")).await.expect("nobody"), []);
    refused(records.admit_waiting(school.session("officer"), teacher, None).await);
    refused(records.admit_waiting(school.session("head"), teacher, None).await);
    assert_eq!(records.admit_waiting(school.session("lead"), teacher, None).await, Ok(0));
    assert_eq!(may(Act::LessonChanged).await, Decision::Allowed);
}

async fn somebody_said_that_the_head_was_away(ground: Ground) {
    let school = Filing::with(&ground, &["chair", "trust"]).await;
    let (records, head) = (&school.records, school.person("head"));
    records.record_absence(school.session("lead"), head, ground.now(), None).await.expect("practice 12");
    for name in ["head", "chair", "trust"] {
        assert_eq!(told(&school, name, "head").await, ["absence-recorded"], "{name}");
    }
    assert_eq!(told(&school, "lead", "head").await, [""; 0]);
    records.end_absence(school.session("head"), head).await.expect("she says herself that she is here");
    // What somebody says of themselves is news to nobody, and of a teacher neither.
    records.record_absence(school.session("head"), head, ground.now(), None).await.expect("herself");
    records.record_absence(school.session("lead"), school.person("teacher"), ground.now(), None).await.expect("he");
    assert_eq!(told(&school, "chair", "head").await, [""; 0]);
    assert_eq!(told(&school, "chair", "teacher").await, [""; 0]);
    // Chair and trust lead are often not employed here, and say it themselves too.
    let roles = School::new(&ground).await;
    for (word, decision) in [
        ("chair", Decision::Allowed),
        ("trust", Decision::Allowed),
        ("teacher", Decision::Allowed),
        ("parent", Decision::Hidden),
        ("ann", Decision::Hidden),
    ] {
        let about = Resource::Person(roles.person(word));
        let may = roles.records.would(&roles.session(word), Act::AbsenceRecorded, &about).await;
        assert_eq!(may, Ok(decision), "{word}");
    }
}

/// The same as they say it of themselves.
fn said(child: id::Person, adult: id::Person) -> NewRelation {
    NewRelation { responsibility: Responsibility::NotKnown, ..relation(child, adult) }
}

fn relation(child: id::Person, adult: id::Person) -> NewRelation {
    NewRelation {
        child,
        adult,
        kind: RelationKind::ALL[0],
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::ALL[0],
        contact_order: 1,
    }
}

async fn the_office_chose_who_reads_about_a_child(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, office, head) = (&school.records, school.session("office"), school.session("head"));
    let ann = school.person("ann");
    let day = "2026-06-09".parse().expect("a day");
    // By duty, and let in by name.
    for word in ["lead", "head", "deputy", "chair", "heads-deputy", "needs"] {
        let adult = school.person(word);
        refused(records.record_relation(&office, &relation(ann, adult)).await);
        refused(records.record_no_contact(&office, ann, adult, "x").await);
        let order = NewCourtOrder { child: ann, adult, bars_telling: true, from: day, until: None, words: "x" };
        refused(records.record_court_order(&office, &order).await);
    }
    records.record_relation(&office, &relation(ann, school.person("colleague"))).await.expect("who reads nothing");
    // The head may, and the office does not take it back; nor does whom it keeps out.
    let lead = school.session("lead");
    let of_lead = records.record_relation(&head, &relation(ann, school.person("lead"))).await.expect("by the head");
    refused(records.end_relation(&office, of_lead).await);
    refused(records.end_relation(&lead, of_lead).await);
    let bar = records.record_no_contact(&head, ann, school.person("lead"), "x").await.expect("by the head");
    refused(records.end_no_contact(&office, ann, bar).await);
    assert!(records.end_no_contact(&lead, ann, bar).await.is_err(), "whom it bars");
    let file = Resource::File(school.files["ann's"]);
    assert_eq!(records.would(&lead, Act::FileRead, &file).await, Ok(Decision::Hidden));
    // A parent says so of themselves.
    let ben = school.person("ben");
    let own = records.record_relation(&lead, &said(ben, school.person("lead"))).await.expect("their own");
    refused(records.end_relation(&lead, own).await);
    records.end_relation(&head, own).await.expect("somebody else");
    // What is not there leaves an entry too.
    let never = ground.number();
    assert_eq!(records.end_relation(&head, never).await, Err(Fault::NotFound));
    let log = records.read_audit(&head, &Question { most: 1, ..Question::default() }).await.expect("read").entries;
    assert_eq!((log[0].act.as_str(), log[0].outcome.as_str()), (Act::RelationChanged.word(), "denied"));
}

async fn the_last_of_a_duty_went(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "trust"]).await;
    let (records, head, chair) = (&school.records, school.session("head"), school.session("chair"));
    let lead = school.person("lead");
    let held = records.duties(head).await.expect("the duties");
    let holding = |duty| held.iter().find(|held| held.duty == duty).expect("held").holding;
    wrong(&records.end_duty(head, holding(Duty::DesignatedLead)).await);
    let revision = records.person(head, lead).await.expect("read").revision;
    wrong(&records.leave(head, lead, revision).await);
    wrong(&records.close_account(head, lead).await);
    wrong(&records.close_account(chair, school.person("head")).await);
    // Somebody who is still to come is not there yet.
    let tomorrow = ground.now() + SignedDuration::from_hours(24);
    let next = GiveDuty { duty: Duty::Head, person: school.person("deputy"), is_deputy: false, from: Some(tomorrow) };
    records.give_duty(chair, &next).await.expect("the next head");
    wrong(&records.end_duty(chair, holding(Duty::Head)).await);
    ground.advance(SignedDuration::from_hours(25));
    records.end_duty(chair, holding(Duty::Head)).await.expect("the next head is here");
    // Of chair and trust lead one stays.
    let trust = school.session("trust");
    records.end_duty(trust, holding(Duty::Chair)).await.expect("the trust lead is left");
    let second = GiveDuty { duty: Duty::TrustLead, person: school.person("teacher"), is_deputy: true, from: None };
    records.give_duty(trust, &second).await.expect("a deputy");
    records.record_absence(trust, school.person("trust"), ground.now(), None).await.expect("away");
    // Two weeks, because nobody new takes a duty from who was there before.
    ground.advance(SignedDuration::from_hours(24 * 15));
    let teacher = school.session("teacher");
    wrong(&records.end_duty(teacher, holding(Duty::TrustLead)).await);
    wrong(&records.close_account(teacher, school.person("trust")).await);
}

async fn who_was_let_in_by_name_left_and_came_back(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head, needs) = (&school.records, school.session("head"), school.person("needs"));
    let file = Resource::File(school.files["ann's"]);
    let may = async || school.records.would(&school.session("needs"), Act::FileRead, &file).await.expect("answered");
    assert_eq!(may().await, Decision::Allowed);
    ground.advance(SignedDuration::from_mins(1));
    let revision = records.person(&head, needs).await.expect("read").revision;
    records.leave(&head, needs, revision).await.expect("gone");
    assert_eq!(may().await, Decision::Hidden);
    ground.advance(SignedDuration::from_hours(24 * 90));
    records.come_back(&head, needs, revision + 1).await.expect("back");
    assert_eq!(may().await, Decision::Hidden, "what was given before does not come back");
    let reason = words("again");
    records.admit_to_file(&school.session("lead"), school.files["ann's"], needs, &reason).await.expect("let in anew");
    assert_eq!(may().await, Decision::Allowed);
}

async fn a_file_about_the_head_could_be_held_by_nobody(ground: Ground) {
    let school = School::new(&ground).await;
    let may = async |word: &str, act, resource| school.records.would(&school.session(word), act, &resource).await;
    let (of_head, of_ann) = (Resource::File(school.files["about the head"]), Resource::File(school.files["ann's"]));
    let (head, ann) = (Resource::Person(school.person("head")), Resource::Person(school.person("ann")));
    for act in [Act::HoldPlaced, Act::HoldLifted, Act::HoldsRead, Act::ErasureProposed, Act::Erased] {
        for resource in [of_head, head] {
            assert_eq!(may("chair", act, resource).await, Ok(Decision::Allowed), "{}", act.word());
            assert_eq!(may("trust", act, resource).await, Ok(Decision::Hidden), "{}", act.word());
            assert_eq!(may("head", act, resource).await, Ok(Decision::Hidden), "{}", act.word());
        }
        for resource in [of_ann, ann] {
            assert_eq!(may("chair", act, resource).await, Ok(Decision::Hidden), "{}", act.word());
            assert_eq!(may("trust", act, resource).await, Ok(Decision::Hidden), "{}", act.word());
            assert_eq!(may("head", act, resource).await, Ok(Decision::Allowed), "{}", act.word());
        }
    }
    // A trust lead who is nobody's employee here is one of the adults all the same.
    let trust = Resource::Person(school.person("trust"));
    assert_eq!(may("lead", Act::HoldsRead, trust).await, Ok(Decision::Hidden));
    assert_eq!(may("head", Act::HoldsRead, trust).await, Ok(Decision::Allowed));
    assert_eq!(may("trust", Act::FilesListed, Resource::School).await, Ok(Decision::Allowed));
}

async fn family_was_told_why_a_child_was_looked_up(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, ann) = (&school.records, school.person("ann"));
    let of_deputy = relation(ann, school.person("deputy"));
    records.record_relation(&school.session("head"), &of_deputy).await.expect("the deputy lead's child");
    let taken = records.take_emergency_access(&school.session("senior"), ann, "missing").await.expect("taken");
    let told = async |word: &str| {
        let notices = records.notices(&school.session(word)).await.expect("their notices");
        notices.iter().filter(|notice| notice.kind == "emergency-access").count()
    };
    assert_eq!([told("head").await, told("lead").await, told("deputy").await], [1, 1, 0]);
    let deputy = school.session("deputy");
    assert_eq!(records.emergencies(&deputy).await, Ok(Vec::new()));
    assert_eq!(records.emergency_reason(&deputy, taken).await.err(), Some(Fault::NotFound));
    assert_eq!(records.review_emergency(&deputy, taken, true).await, Err(Fault::NotFound));
    assert_eq!(records.emergencies(&school.session("head")).await.expect("listed").len(), 1);
    assert_eq!(records.emergency_reason(&school.session("lead"), taken).await.expect("opened").as_str(), "missing");
}

async fn who_may_not_be_seen_filled_the_page(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    let lines: Vec<String> = (0..520).map(|number| format!("pupil,Aaa Zonal N{number:04}\n")).collect();
    let list = format!("kind,full_name\n{}", lines.concat());
    let preview = records.preview_import(&head, list.as_bytes()).await.expect("previewed");
    records.import(&head, list.as_bytes(), &preview.digest).await.expect("taken in");
    let barred = school.person("colleague");
    let first = records.find_people(&head, "n0000", Some(Kind::Pupil)).await.expect("found").people[0].id;
    records.record_no_contact(&head, first, barred, "x").await.expect("barred");
    // The same bar for all of them.
    ground
        .order(&format!(
            "INSERT INTO no_contact (id, school, child, adult, reason, recorded_at) SELECT 'x' || p.id, p.school, p.id, n.adult, \
             n.reason, n.recorded_at FROM person p, no_contact n WHERE p.full_name LIKE 'Aaa Zonal%' AND p.id <> n.child \
             AND n.child = '{first}'"
        ))
        .await;
    let last = records.add_person(&head, NewPerson::new(Kind::Pupil, "Zoe Zonal Zz")).await.expect("added");
    let found = records.find_people(&school.session("colleague"), "zonal", None).await.expect("found");
    assert_eq!(found.people.iter().map(|one| one.id).collect::<Vec<_>>(), [last]);
    assert!(!found.there_are_more);
}

async fn a_history_was_read_for_no_purpose(ground: Ground) {
    let school = Filing::with(&ground, &["officer"]).await;
    let (records, lead, ann) = (&school.records, school.session("lead"), school.person("ann"));
    records.person(lead, ann).await.expect("read");
    let about = |person: id::Person| Question { about: Some(person.to_string()), most: 50, ..Question::default() };
    refused(records.history(lead, ann, None, None).await);
    refused(records.read_audit(lead, &about(ann)).await);
    assert_eq!(denied(&school, Act::HistoryRead).await, 2);
    records.give_purpose(lead, ann, Purpose::Concern).await.expect("given");
    let history = records.history(lead, ann, None, None).await.expect("for a purpose").entries;
    assert!(history.iter().any(|entry| entry.act == Act::PersonRead.word()));
    assert!(history.iter().any(|entry| entry.act == Act::HistoryRead.word() && entry.outcome == "done"));
    assert!(!records.read_audit(lead, &about(ann)).await.expect("for a purpose").entries.is_empty());
    // It is one person's, and the asker's own, and for half an hour.
    refused(records.history(lead, school.person("ben"), None, None).await);
    refused(records.history(school.session("officer"), ann, None, None).await);
    ground.advance(SignedDuration::from_mins(31));
    refused(records.history(lead, ann, None, None).await);
    // Of an adult only for who would answer for a file about them; never of oneself; a teacher of nobody.
    for (name, person) in [("lead", "teacher"), ("lead", "head"), ("teacher", "ann")] {
        let read = records.history(school.session(name), school.person(person), None, None).await;
        assert_eq!(read.err(), Some(Fault::NotFound), "{name}, {person}");
    }
    // What is no person's is read as before.
    assert!(matches!(lead.actor, Actor::Person(own) if own == school.person("lead")));
    assert!(!records.read_audit(lead, &about(school.person("lead"))).await.expect("one's own").entries.is_empty());
}
