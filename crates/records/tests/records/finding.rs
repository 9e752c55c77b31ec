//! Finding concerns by what was answered and by words: what fits, as far back as is asked for, and nothing of what the asker may not know.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    access::FileKind,
    concern::{
        Answers, Mode, NewConcern, Part, Place, Risk, Said,
        answer::{FoundConcerns, Sought},
    },
    file::{NewEntry, NewFile, Severity},
};
use jiff::SignedDuration;
use std::collections::BTreeSet;

both!(filters_find_what_was_answered, it_goes_back_until_all_was_looked_through, nothing_of_it_reaches_the_subject);

fn references(found: &FoundConcerns) -> BTreeSet<String> {
    found.concerns.iter().map(|one| one.reference.clone()).collect()
}

async fn raise(school: &Filing, ground: &Ground, answers: Answers) -> String {
    let new = NewConcern {
        form: ground.number(),
        children: vec![(school.person("ann"), Part::About)],
        adult: None,
        said: Said { seen: Some(words("came without a coat")), ..Said::default() },
        answers,
        told: None,
        paper: None,
    };
    let sent = school.records.raise_concern(school.session("teacher"), &new).await.expect("raised");
    sent.references[0].clone()
}

async fn filters_find_what_was_answered(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let (risks, mode) = (vec![Risk::Contact, Risk::Conduct], Some(Mode::Online));
    let home = raise(&school, &ground, Answers { place: Some(Place::Home), risks, mode, ..Answers::default() }).await;
    let away = Answers { place: Some(Place::School), risks: vec![Risk::Content], ..Answers::default() };
    let school_one = raise(&school, &ground, away).await;
    ground.advance(SignedDuration::from_mins(1));
    let of = async |sought: Sought| {
        let found = records.sought_concerns(lead, &sought).await.expect("found");
        assert_eq!(found.next, None);
        references(&found)
    };
    let (only_home, only_school) = (BTreeSet::from([home.clone()]), BTreeSet::from([school_one.clone()]));
    assert_eq!(of(Sought { place: Some(Place::Home), ..Sought::default() }).await, only_home);
    assert_eq!(of(Sought { risk: Some(Risk::Conduct), ..Sought::default() }).await, only_home);
    assert_eq!(of(Sought { risk: Some(Risk::Content), ..Sought::default() }).await, only_school);
    assert_eq!(of(Sought { mode: Some(Mode::Online), ..Sought::default() }).await, only_home);
    assert_eq!(of(Sought { channel: Some("staff"), ..Sought::default() }).await.len(), 2);
    assert!(of(Sought { channel: Some("pupil"), ..Sought::default() }).await.is_empty());
    assert!(of(Sought { is_open: Some(false), ..Sought::default() }).await.is_empty());
    assert_eq!(of(Sought { year: Some(2025), is_open: Some(true), ..Sought::default() }).await.len(), 2);
    assert!(of(Sought { year: Some(2024), ..Sought::default() }).await.is_empty());
    assert!(of(Sought { year: Some(2026), ..Sought::default() }).await.is_empty());
    // Words, only in what fits.
    let sought = Sought { place: Some(Place::School), ..Sought::default() };
    let found = records.sought_words(lead, &sought, "COAT without").await.expect("found");
    assert_eq!(references(&found), only_school);
    assert!(records.sought_words(lead, &sought, "umbrella").await.expect("searched").concerns.is_empty());
    assert!(records.sought_words(lead, &sought, "  ").await.expect("searched").concerns.is_empty());
}

async fn it_goes_back_until_all_was_looked_through(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    for number in 0..60 {
        let entry = NewEntry { severity: Severity::new(number % 2 + 1), ..seen("canary") };
        let about = ["ann", "ben", "cai"][usize::try_from(number % 3).expect("small")];
        let new = NewFile { kind: FileKind::Child, person: school.person(about), named: Vec::new(), entry };
        records.open_file(school.session("teacher"), &new).await.expect("raised");
        ground.advance(SignedDuration::from_secs(1));
    }
    for is_by_words in [false, true] {
        let (mut all, mut pages, mut after) = (BTreeSet::new(), 0, None);
        loop {
            let sought = Sought { level: Some(2), after, ..Sought::default() };
            let found = if is_by_words {
                records.sought_words(lead, &sought, "canary").await.expect("searched")
            } else {
                records.sought_concerns(lead, &sought).await.expect("found")
            };
            let before = all.len();
            all.extend(references(&found));
            assert_eq!(all.len(), before + found.concerns.len(), "none twice");
            pages += 1;
            after = found.next;
            if after.is_none() {
                break;
            }
            assert_eq!(found.back_to, after.map(|(moment, _)| moment));
        }
        assert_eq!((all.len(), pages), (30, 2));
    }
}

async fn nothing_of_it_reaches_the_subject(ground: Ground) {
    let school = Filing::with(&ground, &["chair"]).await;
    let records = &school.records;
    let raised = records.open_file(school.session("teacher"), &school.staff_file("head", "canary")).await;
    let raised = raised.expect("raised");
    ground.advance(SignedDuration::from_mins(1));
    for who in ["head", "lead"] {
        let found = records.sought_concerns(school.session(who), &Sought::default()).await.expect("found");
        assert_eq!((found.concerns.len(), found.looked_at), (0, 0), "{who}");
        let found = records.sought_words(school.session(who), &Sought::default(), "canary").await.expect("searched");
        assert_eq!((found.concerns.len(), found.looked_at), (0, 0), "{who}");
    }
    let chair = records.sought_words(school.session("chair"), &Sought::default(), "canary").await.expect("found");
    assert_eq!(references(&chair), BTreeSet::from([raised.reference]));
}
