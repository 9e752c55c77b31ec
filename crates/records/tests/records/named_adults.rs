//! Adults whom a child's file names: what is added does not say who they are, their records are held with the child's, and
//! whoever was taken out by name stays out when the file moves to the right child.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    file::{Closing, EntryKind, NewEntry, NewPair, Words, Wrong},
    id,
};
use jiff::SignedDuration;

both!(
    what_is_added_to_the_childs_part_is_masked_too,
    a_note_of_those_who_work_on_it_said_who_the_adult_is,
    an_open_file_holds_the_adults_it_names_and_tells_nobody,
    who_was_taken_out_by_name_stays_out_of_the_right_childs_file,
);

async fn what_is_added_to_the_childs_part_is_masked_too(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let pair = NewPair { child: school.person("ann"), adult: school.person("teacher"), entry: seen("He shouted") };
    let (child, adult) = school.records.open_pair(school.session("deputy"), &pair).await.expect("raised");
    ground.advance(SignedDuration::from_mins(1));
    let deputy = school.session("deputy");
    let more = seen("It was Mr Pike; MARTIN’s door");
    school.records.add_to_report(deputy, child.entry, &more).await.expect("more");
    let (text, why) = (words("Martin Pike shouted"), words("Pike’s own words"));
    school.records.amend_entry(deputy, child.entry, &text, &why).await.expect("amended");
    let view = school.records.read_file(school.session("lead"), child.file).await.expect("the lead reads");
    let mut said: Vec<&str> = view.entries.iter().map(|entry| entry.text.as_str()).collect();
    said.extend(view.entries.iter().filter_map(|entry| entry.reason.as_ref()).map(Words::as_str));
    assert!(said.contains(&"It was Mr [an adult]; [an adult]’s door"), "{said:?}");
    assert!(said.contains(&"[an adult] shouted") && said.contains(&"[an adult]’s own words"), "{said:?}");
    // The adult's part is about the adult, and says who it was.
    school.records.add_to_report(deputy, adult.entry, &seen("Mr Pike again")).await.expect("more");
    let view = school.records.read_file(school.session("head"), adult.file).await.expect("the head reads");
    assert!(view.entries.iter().any(|entry| entry.text.as_str() == "Mr Pike again"));
}

async fn a_note_of_those_who_work_on_it_said_who_the_adult_is(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let pair = NewPair { child: school.person("ann"), adult: school.person("teacher"), entry: seen("He shouted") };
    let (child, adult) = records.open_pair(lead, &pair).await.expect("raised");
    let note = |text: &str| NewEntry { kind: EntryKind::Note, severity: None, ..seen(text) };
    records.add_entry(lead, child.file, &note("Rang about Mr Pike")).await.expect("added");
    ground.advance(SignedDuration::from_mins(1));
    let closing = Closing { outcome: words("Martin Pike was spoken to"), reason: words("Pike left") };
    records.close_files(lead, &[child.file], &closing).await.expect("closed");
    records.reopen_file(lead, child.file, &words("Pike is back")).await.expect("open again");
    let view = records.read_file(lead, child.file).await.expect("read");
    let mut said: Vec<&str> = view.entries.iter().map(|entry| entry.text.as_str()).collect();
    for turn in &view.turns {
        said.extend(turn.outcome.iter().map(Words::as_str));
        said.push(turn.reason.as_str());
    }
    for masked in ["Rang about Mr [an adult]", "[an adult] was spoken to", "[an adult] left", "[an adult] is back"] {
        assert!(said.contains(&masked), "{masked}: {said:?}");
    }
    // In the adult's own part everything stands as it was written.
    let head = school.session("head");
    records.add_entry(head, adult.file, &note("Rang Mr Pike")).await.expect("added");
    let view = records.read_file(head, adult.file).await.expect("the head reads");
    assert!(view.entries.iter().any(|entry| entry.text.as_str() == "Rang Mr Pike"));
}

async fn held(school: &Filing) -> Vec<id::Person> {
    let held = school.records.held(school.school).await.expect("held");
    held.into_iter().map(|held| held.person).collect()
}

async fn an_open_file_holds_the_adults_it_names_and_tells_nobody(ground: Ground) {
    let school = Filing::with(&ground, &["officer"]).await;
    let (ann, teacher) = (school.person("ann"), school.person("teacher"));
    let mut new = school.child_file("ann", "canary");
    new.named = vec![teacher];
    let raised = school.records.open_file(school.session("lead"), &new).await.expect("raised");
    let both = |held: &[id::Person]| held.contains(&ann) && held.contains(&teacher) && held.len() == 2;
    assert!(both(&held(&school).await));
    // Not to the data-protection officer, and not to the adult.
    let officer = school.session("officer");
    assert_eq!(school.records.list_holds(officer, teacher).await.expect("listed"), []);
    assert_eq!(school.records.list_holds(school.session("teacher"), teacher).await.err(), Some(Fault::NotFound));
    let closing = Closing { outcome: words("x"), reason: words("x") };
    ground.advance(SignedDuration::from_mins(1));
    school.records.close_files(school.session("lead"), &[raised.file], &closing).await.expect("closed");
    assert_eq!(held(&school).await, []);
    ground.advance(SignedDuration::from_mins(1));
    school.records.reopen_file(school.session("lead"), raised.file, &words("x")).await.expect("open again");
    assert!(both(&held(&school).await));
    // Named later, held from then on.
    let chair = school.person("chair");
    school.records.add_file_subject(school.session("lead"), raised.file, chair).await.expect("made so");
    assert!(held(&school).await.contains(&chair));
}

async fn who_was_taken_out_by_name_stays_out_of_the_right_childs_file(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let raised = school.raise("teacher", "ben", "canary").await;
    let (lead, deputy) = (school.session("lead"), school.session("deputy"));
    school.records.read_file(deputy, raised.file).await.expect("the deputy reads");
    ground.advance(SignedDuration::from_mins(1));
    let person = school.person("deputy");
    school.records.remove_from_file(lead, raised.file, person, &words("too near to it")).await.expect("out");
    assert_eq!(school.records.read_file(deputy, raised.file).await.err(), Some(Fault::NotFound));
    ground.advance(SignedDuration::from_mins(1));
    let (wrong, right) = (Wrong::File(raised.file), school.person("cai"));
    let mended =
        school.records.mend_wrong_child(lead, wrong, right, &words("slip"), &ground.place()).await.expect("moved");
    assert_eq!(school.records.read_file(deputy, mended.file).await.err(), Some(Fault::NotFound));
    let holders = school.records.file_holders(lead, mended.file).await.expect("holders");
    assert!(!holders.contains(&person) && holders.contains(&school.person("lead")), "{holders:?}");
    // Let in again by name, they read it: the removal came with the file, and so can be undone there.
    ground.advance(SignedDuration::from_mins(1));
    school.records.admit_to_file(lead, mended.file, person, &words("cleared up")).await.expect("let in");
    school.records.read_file(deputy, mended.file).await.expect("reads again");
}
