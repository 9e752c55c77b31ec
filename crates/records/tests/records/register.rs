//! The register a page at a time, whom it leaves out, names beside ids, candidates for duties and accounts, who is away, and the
//! proposals that wait.

use crate::{
    ground::{Ground, both},
    school::School,
};
use holdfast_records::{
    Fault,
    access::{Act, Duty, Purpose},
    audit::Question,
    people::{GiveDuty, Kind, Listing, NewPerson, Part, Seeking},
};
use jiff::SignedDuration;
use std::collections::BTreeMap;

both!(
    the_register_is_listed_a_page_at_a_time,
    whom_somebody_must_not_contact_is_not_listed_to_them,
    an_officer_from_outside_reads_a_history_without_names,
    who_left_is_listed_to_those_who_keep_the_register,
    a_chair_finds_adults_for_a_duty_and_nobody_else_anybody,
    accounts_say_whose_they_are_and_who_has_none,
    who_is_away_and_who_is_proposed,
);

async fn the_register_is_listed_a_page_at_a_time(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    for number in 0..60 {
        let pupil = NewPerson::new(Kind::Pupil, format!("Pupil Number{number:02}"));
        records.add_person(&head, pupil).await.expect("added");
    }
    let pupils = Listing { kind: Some(Kind::Pupil), ..Listing::default() };
    let first = records.list_people(&head, pupils).await.expect("listed");
    // Sixty, and the two of the school.
    assert_eq!((first.people.len(), first.page, first.pages, first.count), (50, 1, 2, 62));
    let second = records.list_people(&head, Listing { page: 2, ..pupils }).await.expect("listed");
    assert_eq!((second.people.len(), second.page), (12, 2));
    let names = |listed: &holdfast_records::people::Listed| -> Vec<String> {
        listed.people.iter().map(|(picked, _)| picked.full_name.clone()).collect()
    };
    assert!(names(&first).iter().all(|name| !names(&second).contains(name)));
    let beyond = records.list_people(&head, Listing { page: 99, ..pupils }).await.expect("listed");
    assert_eq!(beyond.page, 2, "the last there is");
    // By class; and whose record may be read is said.
    let classes = records.classes(&head).await.expect("classes");
    let of_class = Listing { class: Some(classes[0].id), ..Listing::default() };
    let teacher = school.session("teacher");
    let class = records.list_people(&teacher, of_class).await.expect("listed");
    let readable: Vec<_> = class.people.iter().map(|(picked, _)| (picked.id, picked.is_readable)).collect();
    assert!(readable.contains(&(school.person("ann"), true)));
    let (shown, parts) = records.class(&teacher, classes[0].id).await.expect("a class");
    assert_eq!((shown.code.as_str(), shown.learners, shown.teachers), ("7b", 1, 1));
    assert_eq!(parts[&school.person("ann")], [Part::Learns]);
    for word in ["chair", "trust", "governor", "ann", "parent"] {
        assert_eq!(records.list_people(&school.session(word), pupils).await.err(), Some(Fault::NotFound), "{word}");
        assert!(records.class(&school.session(word), classes[0].id).await.is_err(), "{word}");
        let names = records.names_of(&school.session(word), &[school.person("ben")]).await;
        assert_eq!(names, Ok(BTreeMap::new()), "{word}");
    }
}

async fn whom_somebody_must_not_contact_is_not_listed_to_them(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let (ben, colleague) = (school.person("ben"), school.session("colleague"));
    let pupils = Listing { kind: Some(Kind::Pupil), ..Listing::default() };
    assert_eq!(records.list_people(&colleague, pupils).await.expect("listed").count, 2);
    let lead = school.session("lead");
    records.record_no_contact(&lead, ben, school.person("colleague"), "canary").await.expect("recorded");
    let listed = records.list_people(&colleague, pupils).await.expect("listed");
    assert_eq!((listed.count, listed.people.len()), (1, 1), "the count tells of nobody");
    assert_ne!(listed.people[0].0.id, ben);
    assert!(records.names_of(&colleague, &[ben]).await.expect("names").is_empty());
    assert_eq!(records.list_people(&school.session("teacher"), pupils).await.expect("listed").count, 2);
}

async fn an_officer_from_outside_reads_a_history_without_names(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, outside, ann) = (&school.records, school.session("outside"), school.person("ann"));
    let duty = GiveDuty { duty: Duty::DataProtection, person: school.person("outside"), is_deputy: false, from: None };
    records.give_duty(&school.session("head"), &duty).await.expect("given");
    records.give_purpose(&outside, ann, Purpose::Correction).await.expect("given");
    let history = records.history(&outside, ann, None, None).await.expect("their history");
    assert!(!history.entries.is_empty());
    assert_eq!(records.names_of(&outside, &[school.person("head"), ann]).await, Ok(BTreeMap::new()));
    let log = records.read_audit(&outside, &Question { most: 200, ..Question::default() }).await.expect("the log");
    assert!(log.entries.iter().all(|entry| entry.outcome == "done" || entry.act != Act::DirectoryRead.word()));
}

async fn who_left_is_listed_to_those_who_keep_the_register(ground: Ground) {
    let school = School::new(&ground).await;
    let left = Listing { has_left: true, ..Listing::default() };
    let listed = school.records.list_people(&school.session("office"), left).await.expect("listed");
    assert_eq!(listed.people.len(), 1);
    assert_eq!(listed.people[0].0.id, school.person("leaver"));
    assert!(listed.people[0].1.is_some(), "and when");
    for word in ["teacher", "technician", "deputy"] {
        assert_eq!(
            school.records.list_people(&school.session(word), left).await.err(),
            Some(Fault::NotFound),
            "{word}"
        );
    }
}

async fn a_chair_finds_adults_for_a_duty_and_nobody_else_anybody(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let chair = school.session("chair");
    let found = records.find_for(&chair, "kai", Seeking::Duty).await.expect("found");
    assert_eq!(found.people.iter().map(|picked| picked.id).collect::<Vec<_>>(), [school.person("colleague")]);
    assert!(!found.people[0].is_readable, "a chair reads no record");
    assert!(records.find_for(&chair, "ann", Seeking::Duty).await.expect("found").people.is_empty(), "no pupils");
    for (word, seeking) in [("teacher", Seeking::Duty), ("office", Seeking::Account), ("technician", Seeking::Duty)] {
        assert_eq!(
            records.find_for(&school.session(word), "kai", seeking).await.err(),
            Some(Fault::NotFound),
            "{word}"
        );
    }
    let question = Question { most: 200, ..Question::default() };
    let log = records.read_audit(&school.session("head"), &question).await.expect("the log").entries;
    let sought = log.iter().filter(|entry| entry.act == Act::DutyCandidatesRead.word());
    // Two of the chair's and two that were refused.
    assert_eq!(sought.map(|entry| entry.outcome.as_str()).collect::<Vec<_>>(), ["denied", "denied", "done", "done"]);
}

async fn accounts_say_whose_they_are_and_who_has_none(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let technician = school.session("technician");
    let accounts = records.accounts(&technician).await.expect("accounts");
    let lead = accounts.iter().find(|account| account.person == school.person("lead")).expect("the lead's");
    assert_eq!((lead.full_name.as_str(), lead.kind, lead.has_left), ("Lena Frost", Kind::Staff, false));
    let without = records.staff_without_account(&technician).await.expect("listed");
    let has = |word: &str| without.iter().any(|(person, _)| *person == school.person(word));
    assert!(has("colleague") && !has("lead") && !has("ann") && !has("leaver"), "staff who are here");
    records.create_account(&technician, school.person("colleague"), "kai").await.expect("made");
    let without = records.staff_without_account(&technician).await.expect("listed");
    assert!(without.iter().all(|(person, _)| *person != school.person("colleague")));
    assert_eq!(records.staff_without_account(&school.session("teacher")).await, Err(Fault::NotFound));
}

async fn who_is_away_and_who_is_proposed(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    let now = records.clock().now();
    let until = now.saturating_add(SignedDuration::from_hours(24)).expect("tomorrow");
    records.record_absence(&head, school.person("needs"), now, Some(until)).await.expect("recorded");
    for word in ["teacher", "governor", "trust"] {
        let away = records.absences(&school.session(word)).await.expect("listed");
        assert_eq!(
            away.iter().map(|one| (one.person, one.until)).collect::<Vec<_>>(),
            [(school.person("needs"), Some(until))]
        );
        assert!(records.duties(&school.session(word)).await.is_ok(), "{word}");
    }
    for word in ["ann", "parent", "outside"] {
        assert_eq!(records.absences(&school.session(word)).await, Err(Fault::NotFound), "{word}");
        assert_eq!(records.duties(&school.session(word)).await, Err(Fault::NotFound), "{word}");
    }
    // The school has a trust lead, so nobody is proposed as its first.
    assert_eq!(records.trust_lead_proposals(&head).await, Ok(Vec::new()));
    let duties = records.duties(&head).await.expect("duties");
    let trust = duties.iter().find(|held| held.duty == Duty::TrustLead).expect("a trust lead");
    records.end_duty(&school.session("trust"), trust.holding).await.expect_err("nobody ends their own");
    let given = GiveDuty { duty: Duty::LeadGovernor, person: school.person("governor"), is_deputy: true, from: None };
    records.give_duty(&head, &given).await.expect("given");
    assert_eq!(records.trust_lead_proposals(&school.session("teacher")).await, Err(Fault::NotFound));
}
