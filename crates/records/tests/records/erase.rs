//! Erasing and holds: two people, named in advance, down to the bytes of the store; what a hold stops.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Records,
    audit::Extent,
    file::{
        Closing, EraseRule, HoldReason, Mark, TaskKind, Which, Wrong,
        erase::{Expired, Periods, Target},
        marks,
    },
    id,
    people::{Kind, NewPerson},
};
use jiff::SignedDuration;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, sqlite::SqliteConnectOptions};
use std::{fs, path::PathBuf};

both!(
    erasing_a_file_takes_two_people_and_leaves_a_mark,
    what_was_added_since_the_proposal_stops_it,
    an_erased_entry_goes_with_its_amendments,
    a_hold_stops_erasing_and_expiry,
    an_erased_person_is_a_blank_row,
    nobody_erases_who_is_still_needed,
    a_restored_backup_is_cleaned_by_the_marks,
    a_review_comes_once_and_again_a_year_after_its_answer,
);

/// A closed file about Ann.
async fn closed(school: &Filing, ground: &Ground) -> holdfast_records::file::Raised {
    let raised = school.raise("teacher", "ann", "canary to be erased").await;
    ground.advance(SignedDuration::from_mins(1));
    let closing = Closing { outcome: words("canary outcome"), reason: words("canary reason") };
    school.records.read_file(school.session("lead"), raised.file).await.expect("read");
    school.records.close_files(school.session("lead"), &[raised.file], &closing).await.expect("closed");
    raised
}

async fn erasing_a_file_takes_two_people_and_leaves_a_mark(ground: Ground) {
    let school = Filing::with(&ground, &["ann"]).await;
    let raised = closed(&school, &ground).await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    let target = Target::File(raised.file);
    for name in ["teacher", "ann"] {
        let proposed = school.records.propose_erasure(school.session(name), target, EraseRule::Court).await;
        assert_eq!(proposed.err(), Some(Fault::NotFound), "{name}");
    }
    let traces = traces(&school, &ground, raised.file).await;
    let proposal = school.records.propose_erasure(lead, target, EraseRule::Court).await.expect("proposed");
    assert_eq!(proposal.extent, "file_closed 1, file_entry 1, file_rung 1, file_subject 1");
    assert!(matches!(
        school.records.agree_erasure(lead, proposal.id, &ground.place()).await,
        Err(Fault::NotAllowed(_))
    ));
    assert_eq!(
        school.records.agree_erasure(school.session("teacher"), proposal.id, &ground.place()).await.err(),
        Some(Fault::NotFound)
    );
    assert_eq!(school.records.list_erasures(head).await.expect("listed").waiting, std::slice::from_ref(&proposal));
    assert!(
        school.records.read_file(lead, raised.file).await.is_ok(),
        "nothing is erased before a second person agrees"
    );
    let mark = school.records.agree_erasure(head, proposal.id, &ground.place()).await.expect("erased");
    assert_eq!(mark.agreed_by, Some(school.person("head").to_string()));
    assert_eq!(mark.rule, "court");

    assert_eq!(school.records.read_file(lead, raised.file).await.err(), Some(Fault::NotFound));
    let of_ann = Which { person: Some(school.person("ann")), ..Which::default() };
    let listing = school.records.list_files(lead, &of_ann).await.expect("listed");
    assert_eq!((listing.files, listing.marks), (vec![], vec![mark.clone()]));
    assert_eq!(school.records.list_erasures(head).await.expect("listed").waiting, []);
    assert_eq!(
        school.records.agree_erasure(head, proposal.id, &ground.place()).await.err(),
        Some(Fault::NotFound),
        "once only"
    );
    assert_eq!(
        school.records.add_to_report(school.session("teacher"), raised.entry, &seen("x")).await.err(),
        Some(Fault::NotFound)
    );
    let verified = school.records.verify_audit(&ground.place(), Extent::Whole, None, &[]).await.expect("it is read");
    assert_eq!(verified.faults, Vec::<String>::new(), "the chain is whole");
    for trace in traces {
        gone_from_the_disk(&school.records, &ground, &trace).await;
    }
}

/// What of a file must be on the disk before it is erased, and may not be after: its reference, and a piece of the sealed text
/// of each entry.
async fn traces(school: &Filing, ground: &Ground, file: id::File) -> Vec<Vec<u8>> {
    let view = school.records.read_file(school.session("lead"), file).await.expect("reads");
    let mut traces = vec![view.file.reference.into_bytes()];
    if ground.is_server() {
        return traces;
    }
    let options = SqliteConnectOptions::new().filename(ground.place().embedded_file()).read_only(true);
    let mut store = options.connect().await.expect("it opens");
    let rows = sqlx::query("SELECT text FROM file_entry").fetch_all(&mut store).await.expect("it is read");
    // The beginning of a sealed text: more would run over the end of a page.
    traces.extend(rows.iter().map(|row| row.get::<Vec<u8>, _>(0)[..24].to_vec()));
    store.close().await.expect("it closes");
    assert_eq!(traces.len(), 2);
    for trace in &traces {
        assert!(
            on_the_disk(ground).iter().any(|(_, bytes)| contains(bytes, trace)),
            "what is looked for is there before"
        );
    }
    traces
}

/// Every file of the store, with what is in it.
fn on_the_disk(ground: &Ground) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = ground.place().embedded_file().parent().expect("a folder").to_owned();
    let files = fs::read_dir(folder).expect("the folder is read").map(|file| file.expect("a file").path());
    files.filter(|path| path.is_file()).map(|path| (path.clone(), fs::read(&path).expect("it is read"))).collect()
}

/// Whether something is no more in the store's own files. (PostgreSQL keeps a dead row until it is vacuumed; docs/files.md
/// says so.)
async fn gone_from_the_disk(records: &Records, ground: &Ground, needle: &[u8]) {
    if ground.is_server() {
        return;
    }
    // Closing the last connection checkpoints the log into the file and removes it.
    records.close().await;
    for (path, bytes) in on_the_disk(ground) {
        assert!(!contains(&bytes, needle), "{} still holds what was erased", path.display());
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

async fn what_was_added_since_the_proposal_stops_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = closed(&school, &ground).await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    let note = holdfast_records::file::NewEntry {
        kind: holdfast_records::file::EntryKind::Note,
        severity: None,
        ..seen("a note")
    };
    let proposal = school.records.propose_erasure(lead, Target::File(raised.file), EraseRule::Court).await.unwrap();
    school.records.add_entry(lead, raised.file, &note).await.expect("added");
    assert!(matches!(school.records.agree_erasure(head, proposal.id, &ground.place()).await, Err(Fault::Changed(_))));
    assert!(school.records.read_file(lead, raised.file).await.is_ok());
    school.records.withdraw_erasure(lead, proposal.id).await.expect("taken back");
    assert_eq!(school.records.agree_erasure(head, proposal.id, &ground.place()).await.err(), Some(Fault::NotFound));
    let wrong = school.records.propose_erasure(lead, Target::File(raised.file), EraseRule::WrongChild).await;
    assert!(matches!(wrong, Err(Fault::Wrong(_))));
}

async fn an_erased_entry_goes_with_its_amendments(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("teacher", "ann", "canary stays").await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    ground.advance(SignedDuration::from_mins(1));
    let wrong = school.records.add_entry(lead, raised.file, &seen("canary goes")).await.expect("added");
    school.records.amend_entry(lead, wrong, &words("canary goes too"), &words("x")).await.expect("amended");
    // The file is open, which holds what is in it.
    let target = Target::Entry(wrong);
    assert!(matches!(school.records.propose_erasure(lead, target, EraseRule::Error).await, Err(Fault::NotAllowed(_))));
    ground.advance(SignedDuration::from_mins(1));
    let closing = Closing { outcome: words("x"), reason: words("x") };
    school.records.read_file(lead, raised.file).await.expect("read");
    school.records.close_files(lead, &[raised.file], &closing).await.expect("closed");
    let proposal = school.records.propose_erasure(lead, target, EraseRule::Error).await.expect("proposed");
    assert_eq!(proposal.extent, "file_entry 2");
    let mark = school.records.agree_erasure(head, proposal.id, &ground.place()).await.expect("erased");
    assert_eq!((mark.what.as_str(), mark.target), ("entry", wrong.to_string()));
    let view = school.records.read_file(lead, raised.file).await.expect("reads");
    assert_eq!(view.entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [raised.entry]);
    let found = school.records.search_files(lead, "goes").await.expect("searched");
    assert_eq!(found.files, []);
}

async fn a_hold_stops_erasing_and_expiry(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    let raised = closed(&school, &ground).await;
    let target = Target::File(raised.file);
    let proposal = school.records.propose_erasure(lead, target, EraseRule::Court).await.expect("proposed");
    let words_of_police = words("PC 1234 asked for everything");
    let hold = school
        .records
        .place_hold(lead, school.person("ann"), HoldReason::Police, &words_of_police)
        .await
        .expect("held");
    let refused = school.records.agree_erasure(head, proposal.id, &ground.place()).await;
    assert!(
        matches!(&refused, Err(Fault::NotAllowed(words)) if words.contains("Ask the designated safeguarding lead"))
    );
    assert!(matches!(school.records.propose_erasure(lead, target, EraseRule::Court).await, Err(Fault::NotAllowed(_))));
    assert_eq!(
        school.records.held(school.school).await.expect("held").iter().map(|held| held.person).collect::<Vec<_>>(),
        [school.person("ann")]
    );
    assert!(school.records.read_file(lead, raised.file).await.is_ok());

    // Forty years on the file is up for review; held, it is not.
    ground.set_clock("2066-06-09T08:00:00Z");
    let held = Expired { held: 1, ..Expired::default() };
    assert_eq!(school.records.expire(school.school, &Periods::default(), &ground.place()).await.expect("ran"), held);
    school.records.lift_hold(lead, hold, &words("the police are done")).await.expect("lifted");
    assert_eq!(school.records.lift_hold(lead, hold, &words("again")).await.err(), Some(Fault::NotFound));
    let reviewed = Expired { reviews: 1, ..Expired::default() };
    assert_eq!(
        school.records.expire(school.school, &Periods::default(), &ground.place()).await.expect("ran"),
        reviewed
    );
    assert!(school.records.read_file(lead, raised.file).await.is_ok(), "no clock erases a file");
    school.records.agree_erasure(head, proposal.id, &ground.place()).await.expect("erased");

    // An open file holds by itself, and its hold is not lifted by hand.
    let open = school.raise("teacher", "ben", "canary").await;
    let holds = school.records.list_holds(lead, school.person("ben")).await.expect("listed");
    assert_eq!(
        holds.iter().map(|hold| (hold.reason, hold.file)).collect::<Vec<_>>(),
        [(HoldReason::Case, Some(open.file))]
    );
    assert!(matches!(school.records.lift_hold(lead, holds[0].id, &words("x")).await, Err(Fault::NotAllowed(_))));
    assert!(matches!(
        school.records.place_hold(lead, school.person("ben"), HoldReason::Case, &words("x")).await,
        Err(Fault::Wrong(_))
    ));
}

async fn an_erased_person_is_a_blank_row(ground: Ground) {
    let school = Filing::with(&ground, &["officer"]).await;
    let (head, officer) = (school.session("head"), school.session("officer"));
    let visitor = NewPerson {
        preferred_name: Some("Quillfeather".to_owned()),
        ..NewPerson::new(Kind::Visitor, "Zebulon Quillfeather")
    };
    let visitor = school.records.add_person(head, visitor).await.expect("a visitor");
    let target = Target::Person(visitor);
    assert!(matches!(
        school.records.propose_erasure(officer, target, EraseRule::SubjectRequest).await,
        Err(Fault::NotAllowed(_))
    ));
    school.records.leave(head, visitor, 1).await.expect("left");
    ground.advance(SignedDuration::from_mins(1));
    let periods = Periods { leaver_days: Some(30), ..Periods::default() };
    assert_eq!(school.records.expire(school.school, &periods, &ground.place()).await.expect("ran"), Expired::default());
    let proposal = school.records.propose_erasure(officer, target, EraseRule::SubjectRequest).await.expect("proposed");
    assert_eq!(proposal.extent, "person 1");
    school.records.agree_erasure(head, proposal.id, &ground.place()).await.expect("erased");
    let person = school.records.person(head, visitor).await.expect("a blank row");
    assert_eq!(person.said.full_name, "(erased)");
    gone_from_the_disk(&school.records, &ground, b"Quillfeather").await;
    gone_from_the_disk(&ground.records().await, &ground, b"quillfeather").await;
}

async fn nobody_erases_who_is_still_needed(ground: Ground) {
    let school = Filing::new(&ground).await;
    let head = school.session("head");
    school.raise("teacher", "ann", "canary").await;
    let revision = school.records.person(head, school.person("ann")).await.expect("read").revision;
    school.records.leave(head, school.person("ann"), revision).await.expect("left");
    let target = Target::Person(school.person("ann"));
    let refused = school.records.propose_erasure(head, target, EraseRule::Court).await;
    assert!(matches!(refused, Err(Fault::NotAllowed(_))));
    ground.set_clock("2036-06-09T08:00:00Z");
    let periods = Periods { leaver_days: Some(30), ..Periods::default() };
    assert_eq!(school.records.expire(school.school, &periods, &ground.place()).await.expect("ran").erased, 0);
    // A leaver without a file is erased by the clock once the period ended.
    let ben = school.person("ben");
    school.records.leave(head, ben, 1).await.expect("left");
    ground.advance(SignedDuration::from_hours(24 * 31));
    let hold = school.records.place_hold(head, ben, HoldReason::Inquiry, &words("x")).await.expect("held");
    assert_eq!(school.records.expire(school.school, &periods, &ground.place()).await.expect("ran").held, 1);
    school.records.lift_hold(head, hold, &words("x")).await.expect("lifted");
    assert_eq!(school.records.expire(school.school, &periods, &ground.place()).await.expect("ran").erased, 1);
    assert_eq!(school.records.person(head, ben).await.expect("read").said.full_name, "(erased)");
    assert_eq!(school.records.expire(school.school, &periods, &ground.place()).await.expect("ran").erased, 0);
}

async fn a_restored_backup_is_cleaned_by_the_marks(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    let erased = closed(&school, &ground).await;
    let moved = school.raise("teacher", "ben", "canary of the wrong child").await;
    if ground.is_server() {
        return;
    }
    // A copy of the store as it is now stands for the backup.
    school.records.close().await;
    let backup = ground.path("backup.sqlite");
    let file = ground.place().embedded_file();
    fs::copy(&file, &backup).expect("copied");
    let records = ground.records().await;
    let proposal = records.propose_erasure(lead, Target::File(erased.file), EraseRule::Court).await.expect("proposed");
    records.agree_erasure(head, proposal.id, &ground.place()).await.expect("erased");
    records
        .mend_wrong_child(lead, Wrong::File(moved.file), school.person("cai"), &words("slip"), &ground.place())
        .await
        .expect("moved");
    let kept = records.marks().await.expect("the marks");
    marks::write(ground.folder(), &kept[..1]).expect("kept");
    marks::write(ground.folder(), &kept).expect("kept");
    records.close().await;
    fs::copy(&backup, &file).expect("restored");

    let records = ground.records().await;
    assert!(records.read_file(lead, erased.file).await.is_ok(), "the backup had it");
    let kept = marks::read(ground.folder()).expect("the marks");
    let kept: Vec<Mark> = kept.into_iter().map(|kept| kept.mark).collect();
    assert_eq!(kept.len(), 2);
    let applied = records.apply_marks(&kept).await.expect("applied");
    assert_eq!((applied.erased, applied.withheld), (1, 1));
    for file in [erased.file, moved.file] {
        assert_eq!(records.read_file(lead, file).await.err(), Some(Fault::NotFound));
    }
    assert_eq!(records.list_files(lead, &Which::default()).await.expect("listed").files, []);
    assert_eq!(records.search_files(lead, "canary").await.expect("searched").files, []);
    let again = records.apply_marks(&kept).await.expect("applied");
    assert_eq!((again.erased, again.withheld), (0, 0));

    // What came back under the wrong child is not lost: whoever can open it moves it again.
    ground.advance(SignedDuration::from_mins(1));
    let tasks = records.file_tasks(lead).await.expect("tasks");
    assert_eq!(
        tasks.iter().map(|task| (task.kind, task.file)).collect::<Vec<_>>(),
        [(TaskKind::MendAgain, Some(moved.file))]
    );
    let mended = records
        .mend_wrong_child(lead, Wrong::File(moved.file), school.person("cai"), &words("again"), &ground.place())
        .await;
    let view = records.read_file(lead, mended.expect("moved").file).await.expect("reads");
    assert_eq!(view.entries[0].text.as_str(), "canary of the wrong child");
}

async fn a_review_comes_once_and_again_a_year_after_its_answer(ground: Ground) {
    let school = Filing::new(&ground).await;
    closed(&school, &ground).await;
    ground.set_clock("2066-06-09T08:00:00Z");
    let reviews =
        async || school.records.expire(school.school, &Periods::default(), &ground.place()).await.expect("ran").reviews;
    assert_eq!([reviews().await, reviews().await], [1, 0]);
    let lead = school.session("lead");
    let tasks = school.records.file_tasks(lead).await.expect("tasks");
    assert_eq!(tasks.iter().map(|task| task.kind).collect::<Vec<_>>(), [TaskKind::ReviewRetention]);
    school.records.finish_file_task(lead, tasks[0].id).await.expect("kept, with a reason");
    ground.advance(SignedDuration::from_hours(364 * 24));
    assert_eq!(reviews().await, 0);
    ground.advance(SignedDuration::from_hours(24));
    assert_eq!(reviews().await, 1);
}
