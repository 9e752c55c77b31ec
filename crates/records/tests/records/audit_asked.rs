//! The log as pages ask for it: by act and outcome, a page after the other, verified for one school; and what pages need to know of
//! who decided, on both engines.

use crate::{
    ground::{Ground, both},
    school::School,
};
use holdfast_records::{
    Fault, Session,
    access::Act,
    audit::{Extent, KeyChange, Outcome, Proof, Question, Witnessed},
    settings::NewValue,
};

both!(
    the_log_goes_on_where_a_page_ended,
    a_log_is_verified_by_who_may_and_against_what_they_bring,
    who_decided_is_named_to_who_reads_settings,
    who_is_judged_is_told_to_who_may_see_them,
);

async fn the_log_goes_on_where_a_page_ended(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    for _ in 0..7 {
        records.setting_history(&head, "sm.pupil_use").await.expect("may read");
    }
    let colleague = school.session("colleague");
    let refused = records
        .set_setting(&colleague, NewValue { setting: "sm.pupil_use", value: Some("never"), why: "x", clause: None });
    assert_eq!(refused.await, Err(Fault::NotFound));
    let of = |act, outcome| Question { act: Some(act), outcome, most: 3, ..Question::default() };
    let mut question = of(Act::SettingsRead, Some(Outcome::Done));
    let mut seen = Vec::new();
    loop {
        let page = records.read_audit(&head, &question).await.expect("the head reads the log");
        assert!(page.entries.iter().all(|entry| entry.act == "settings-read"));
        assert!(page.names.values().any(|name| name == "Hilda Marsh"), "{:?}", page.names);
        seen.extend(page.entries.iter().map(|entry| entry.reference.clone()));
        question.after = page.entries.last().map(holdfast_records::audit::Shown::bookmark);
        if !page.is_cut {
            break;
        }
    }
    let mut distinct = seen.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (7, 7));
    let denied = records.read_audit(&head, &of(Act::SettingChanged, Some(Outcome::Denied))).await.expect("read");
    assert_eq!(denied.entries.len(), 1);
    let done = records.read_audit(&head, &of(Act::SettingChanged, Some(Outcome::Done))).await.expect("read");
    assert_eq!(done.entries.len(), 0);
    let people = Question { kind: Some("person".to_owned()), most: 200, ..Question::default() };
    let people = records.read_audit(&head, &people).await.expect("read");
    assert!(!people.entries.is_empty() && people.entries.iter().all(|entry| entry.resource.starts_with("person ")));
    // Of what names the head, only what they did.
    let about = Some(school.person("head").to_string());
    let by = Question { about: about.clone(), by_them: true, most: 200, ..Question::default() };
    let by = records.read_audit(&head, &by).await.expect("read");
    assert!(!by.entries.is_empty() && by.entries.iter().all(|entry| Some(&entry.actor) == about.as_ref()));
}

async fn a_log_is_verified_by_who_may_and_against_what_they_bring(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, chair) = (&school.records, school.session("chair"));
    let signed = records.sign_checkpoint(&chair, &school.place, None, KeyChange::None).await.expect("signed");
    for word in ["teacher", "office", "governor", "ann"] {
        let session: Session = school.session(word);
        assert_eq!(records.checkpoints(&session, None).await, Err(Fault::NotFound), "{word}");
        assert_eq!(records.checkpoint(&session, signed.position).await.err(), Some(Fault::NotFound), "{word}");
        let verified = records.verify_school(&session, &school.place, &Witnessed::default()).await;
        assert_eq!(verified, Err(Fault::NotFound), "{word}");
    }
    let listed = records.checkpoints(&chair, None).await.expect("may");
    assert_eq!((listed.len(), &listed[0].fingerprint), (1, &signed.fingerprint));
    assert_eq!(records.checkpoints(&chair, Some(signed.position)).await, Ok(Vec::new()));
    let found = records.verify_school(&chair, &school.place, &Witnessed::default()).await.expect("verified");
    assert!(found.is_whole() && !found.is_witnessed, "{found:?}");
    assert!(found.ranges.iter().all(|range| range.proof != Proof::Witness), "{found:?}");
    let paper = Witnessed { fingerprints: vec![signed.fingerprint.clone()], ..Witnessed::default() };
    let found = records.verify_school(&chair, &school.place, &paper).await.expect("verified");
    assert!(found.is_whole() && found.ranges.iter().any(|range| range.proof == Proof::Witness), "{found:?}");
    // What a file would prove, its lines do.
    let folder = school.place.data.join("records").join("checkpoints");
    let file = std::fs::read_dir(&folder).expect("it was copied").next().expect("a file").expect("a file").path();
    let lines = std::fs::read_to_string(&file).expect("it can be read");
    let by_file = records.verify_audit(&school.place, Extent::Whole, Some(&file), &[]).await.expect("verified");
    assert!(by_file.is_whole());
    let pasted = Witnessed { lines: lines.clone(), ..Witnessed::default() };
    let found = records.verify_school(&chair, &school.place, &pasted).await.expect("verified");
    assert!(found.is_whole() && found.ranges.iter().any(|range| range.proof == Proof::Witness), "{found:?}");
    let altered = Witnessed { lines: lines.replace(" at ", " At "), ..Witnessed::default() };
    let found = records.verify_school(&chair, &school.place, &altered).await.expect("verified");
    assert!(!found.is_whole() && !found.witness_faults.is_empty(), "{found:?}");
    // Each is an entry of the log, with how much was wrong.
    let question = Question { act: Some(Act::AuditVerified), most: 20, ..Question::default() };
    let log = records.read_audit(&school.session("head"), &question).await.expect("read");
    let faults: Vec<_> = log.entries.iter().flat_map(|entry| &entry.detail).map(|(_, value)| value.as_str()).collect();
    assert_eq!(faults.iter().filter(|faults| **faults == "0").count(), 3, "{faults:?}");
    assert!(faults.iter().any(|faults| **faults != *"0"), "{faults:?}");
}

async fn who_decided_is_named_to_who_reads_settings(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let new = NewValue { setting: "sm.pupil_use", value: Some("never"), why: "At break", clause: None };
    records.set_setting(&school.session("lead"), new).await.expect("it is the lead's too");
    for word in ["teacher", "governor", "trust"] {
        let named = records.deciders(&school.session(word)).await.expect("may read settings");
        assert_eq!(named.into_iter().collect::<Vec<_>>(), [(school.person("lead"), "Lena Frost".to_owned())], "{word}");
    }
    for word in ["ann", "parent", "visitor", "outside"] {
        assert_eq!(records.deciders(&school.session(word)).await, Err(Fault::NotFound), "{word}");
    }
}

async fn who_is_judged_is_told_to_who_may_see_them(ground: Ground) {
    let school = School::new(&ground).await;
    let records = &school.records;
    let subject = records.subject_for_filter(&school.session("lead"), school.person("ann")).await.expect("may see her");
    assert_eq!(subject.classes.iter().map(holdfast_core::subject::ClassCode::as_str).collect::<Vec<_>>(), ["7b"]);
    assert!(subject.person.is_some() && subject.group.is_none(), "{subject:?}");
    for word in ["technician", "colleague", "other-teacher", "ben"] {
        let refused = records.subject_for_filter(&school.session(word), school.person("ann")).await;
        assert_eq!(refused, Err(Fault::NotFound), "{word}");
    }
    let classes = async |word: &str| records.lesson_classes(&school.session(word)).await.map(|classes| classes.len());
    assert_eq!(classes("teacher").await, Ok(1));
    assert_eq!(classes("other-teacher").await, Ok(0));
    assert_eq!(classes("head").await, Ok(1), "whoever may change the policy, for each");
}
