//! What a hold keeps of the gate's log: written by the clock, read by who may, once, and gone with the hold.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::{FileKind, Purpose},
    audit::{Question, Shown},
    file::{
        Closing, EraseRule, HeldLog, HoldReason, NewFile, Stretch, Wrong,
        erase::{Periods, Target},
    },
    id,
    store::proof::Older,
};
use jiff::{SignedDuration, civil::Date};
use std::collections::BTreeMap;

both!(
    lines_are_kept_once_for_who_may_read_them_and_go_with_the_hold,
    a_file_opened_again_within_four_weeks_keeps_what_it_kept,
    a_stretch_that_was_altered_takes_no_other_with_it,
    erasing_and_moving_take_what_was_kept_with_them,
    what_was_kept_stays_with_the_part_that_may_know_it_when_a_file_is_divided,
    who_reads_the_childs_file_does_not_read_what_the_adult_in_it_did,
    a_hold_that_somebody_planted_is_sent_nothing,
    every_stretch_leaves_the_same_entry_and_every_look_its_own,
);

const LINE: &str = r#"{"kind":"request","host":"canary-of-the-log.example"}"#;

/// A stretch of the log of a day with two lines of each of these.
fn stretch(school: &Filing, number: u32, names: &[&str]) -> Stretch {
    let lines = format!("{LINE}\n{{\"number\":{number}}}\n").into_bytes();
    let lines: BTreeMap<_, _> = names.iter().map(|name| (school.person(name), lines.clone())).collect();
    Stretch { day_file: "2026-03-01.0001".to_owned(), origin: "o".to_owned(), number, lines }
}

async fn keep(school: &Filing, stretch: &Stretch) {
    school.records.keep_held_lines(school.school, stretch).await.expect("kept");
}

fn day() -> Date {
    "2026-03-01".parse().expect("a day")
}

async fn read(school: &Filing, who: &Session, hold: id::Hold) -> Result<HeldLog, Fault> {
    school.records.read_held_log(who, hold, Purpose::Concern, Some(day())).await
}

/// The only hold on somebody.
async fn hold_on(school: &Filing, name: &str) -> id::Hold {
    let holds = school.records.list_holds(school.session("head"), school.person(name)).await.expect("listed");
    assert_eq!(holds.len(), 1);
    holds[0].id
}

async fn expire(school: &Filing, ground: &Ground) {
    school.records.expire(school.school, &Periods::default(), &ground.place()).await.expect("the night's retention");
}

/// How many stretches the store keeps. Closes it.
async fn rows(school: &Filing, ground: &Ground) -> usize {
    school.records.close().await;
    let store = Older::open(&ground.place(), &ground.clock(), usize::MAX).await.expect("opens");
    let sealed = store.rows("held_log", &["lines".to_owned()]).await.expect("it is read");
    store.close().await;
    // What was only packed would begin as gzip does.
    assert!(sealed.iter().all(|row| !row.contains("31, 139, 8")), "lines lie packed and not sealed");
    sealed.len()
}

async fn close(school: &Filing, ground: &Ground, file: id::File) {
    let lead = school.session("lead");
    ground.advance(SignedDuration::from_mins(1));
    school.records.read_file(lead, file).await.expect("read");
    let closing = Closing { outcome: words("helped"), reason: words("over") };
    school.records.close_files(lead, &[file], &closing).await.expect("closed");
    ground.advance(SignedDuration::from_mins(1));
}

async fn lines_are_kept_once_for_who_may_read_them_and_go_with_the_hold(ground: Ground) {
    let school = Filing::with(&ground, &["ann", "officer"]).await;
    let lead = school.session("lead");
    let why = words("a letter");
    let asked = school.records.place_hold(lead, school.person("ann"), HoldReason::Police, &why).await.expect("held");
    // Before and after a crash; Ben is held by nobody.
    for number in [0, 1, 0, 1] {
        keep(&school, &stretch(&school, number, &["ann", "ben"])).await;
    }
    // Another machine of the school has a file of the same name.
    keep(&school, &Stretch { origin: "other".to_owned(), ..stretch(&school, 0, &["ann"]) }).await;
    for who in ["lead", "head"] {
        let log = read(&school, school.session(who), asked).await.expect("reads");
        assert_eq!((log.person, log.days.as_slice()), (school.person("ann"), [day()].as_slice()));
        let lines: Vec<&str> = log.lines.iter().map(|line| line.as_str()).collect();
        assert_eq!(lines, [LINE, r#"{"number":0}"#, LINE, r#"{"number":1}"#, LINE, r#"{"number":0}"#], "{who}");
    }
    // Whom it is on, who has no part in it, and the officer, who may place a hold and holds no key.
    for who in ["ann", "teacher", "officer"] {
        assert_eq!(read(&school, school.session(who), asked).await.err(), Some(Fault::NotFound), "{who}");
    }
    let locked = Session { unlocked: None, ..lead.clone() };
    assert!(matches!(read(&school, &locked, asked).await, Err(Fault::Locked(_))));
    let list = school.records.read_held_log(lead, asked, Purpose::Concern, None).await.expect("reads");
    assert_eq!((list.days, list.lines.len()), (vec![day()], 0));

    school.records.lift_hold(lead, asked, &words("they wrote again")).await.expect("lifted");
    assert_eq!(read(&school, lead, asked).await.err(), Some(Fault::NotFound));
    ground.advance(SignedDuration::from_hours(24 * 28));
    expire(&school, &ground).await;
    assert_eq!(rows(&school, &ground).await, 0);
}

async fn a_file_opened_again_within_four_weeks_keeps_what_it_kept(ground: Ground) {
    let school = Filing::new(&ground).await;
    let file = school.raise("teacher", "ann", "what was seen").await.file;
    keep(&school, &stretch(&school, 0, &["ann"])).await;
    let former = hold_on(&school, "ann").await;
    close(&school, &ground, file).await;
    ground.advance(SignedDuration::from_hours(24 * 28 - 1));
    expire(&school, &ground).await;
    school.records.reopen_file(school.session("lead"), file, &words("more")).await.expect("open again");
    expire(&school, &ground).await;
    let hold = hold_on(&school, "ann").await;
    assert_ne!(hold, former);
    assert_eq!(read(&school, school.session("lead"), hold).await.expect("reads").lines.len(), 2);
    close(&school, &ground, file).await;
    expire(&school, &ground).await;
    let of_hold = || async {
        let question = Question { most: 200, ..Question::default() };
        let page = school.records.read_audit(school.session("head"), &question).await.expect("read");
        let says = |entry: &&Shown| entry.detail.iter().any(|(_, value)| *value == hold.to_string());
        page.entries.iter().filter(|entry| entry.act == "expired").filter(says).count()
    };
    assert_eq!(of_hold().await, 0);
    ground.advance(SignedDuration::from_hours(24 * 28));
    expire(&school, &ground).await;
    assert_eq!(of_hold().await, 1, "the clock's entry says whose lines went");
    expire(&school, &ground).await;
    assert_eq!(of_hold().await, 1);
    assert_eq!(rows(&school, &ground).await, 0);
}

async fn a_stretch_that_was_altered_takes_no_other_with_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (lead, ann) = (school.session("lead"), school.person("ann"));
    let hold = school.records.place_hold(lead, ann, HoldReason::Court, &words("a letter")).await.expect("held");
    keep(&school, &stretch(&school, 0, &["ann"])).await;
    let lines = BTreeMap::from([(ann, b"no \xff text\ntext\n".to_vec())]);
    keep(&school, &Stretch { lines, ..stretch(&school, 1, &[]) }).await;
    keep(&school, &stretch(&school, 2, &["ann"])).await;
    ground.order("UPDATE held_log SET lines = (SELECT lines FROM held_log WHERE stretch = 2) WHERE stretch = 0").await;
    ground.order("UPDATE held_log SET day_file = 'no day' WHERE stretch = 2").await;
    let log = read(&school, lead, hold).await.expect("reads the rest");
    let lines: Vec<&str> = log.lines.iter().map(|line| line.as_str()).collect();
    assert_eq!(lines, ["no \u{fffd} text", "text"]);
    let altered: Vec<_> = log.altered.iter().map(|altered| (altered.day_file.as_str(), altered.number)).collect();
    assert_eq!(altered, [("no day", 2), ("2026-03-01.0001", 0)]);
    assert_eq!(log.days, [day()]);
}

async fn erasing_and_moving_take_what_was_kept_with_them(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    let erased = school.raise("teacher", "ann", "what was seen").await.file;
    let moved = school.raise("teacher", "ben", "of somebody else").await.file;
    keep(&school, &stretch(&school, 0, &["ann", "ben"])).await;
    let wrong = (Wrong::File(moved), school.person("cai"));
    let mended = school.records.mend_wrong_child(lead, wrong.0, wrong.1, &words("twins"), &ground.place()).await;
    mended.expect("moved");
    let of_cai = hold_on(&school, "cai").await;
    assert_eq!(read(&school, lead, of_cai).await.expect("reads").days, [], "Ben's lines are none of Cai's");
    close(&school, &ground, erased).await;
    let proposed =
        school.records.propose_erasure(lead, Target::File(erased), EraseRule::Error).await.expect("proposed");
    school.records.agree_erasure(head, proposed.id, &ground.place()).await.expect("erased");
    assert_eq!(rows(&school, &ground).await, 0);
}

async fn who_reads_the_childs_file_does_not_read_what_the_adult_in_it_did(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    let named = vec![school.person("deputy")];
    let new = NewFile { kind: FileKind::Child, person: school.person("ann"), named, entry: seen("Ms Hale shouted") };
    let file = school.records.open_file(school.session("teacher"), &new).await.expect("raised").file;
    keep(&school, &stretch(&school, 0, &["ann", "deputy"])).await;
    let of_deputy = hold_on(&school, "deputy").await;
    assert!(school.records.read_file(lead, file).await.is_ok());
    assert_eq!(read(&school, lead, of_deputy).await.err(), Some(Fault::NotFound));
    assert_eq!(read(&school, lead, hold_on(&school, "ann").await).await.expect("reads").lines.len(), 2);
    assert_eq!(read(&school, head, of_deputy).await.expect("reads").lines.len(), 2);
}

async fn a_hold_that_somebody_planted_is_sent_nothing(ground: Ground) {
    let school = Filing::new(&ground).await;
    let file = school.raise("teacher", "ann", "what was seen").await.file;
    let (ben, planted) = (school.person("ben"), id::Hold::new(ground.now()).expect("an id"));
    ground
        .order(&format!(
            "INSERT INTO hold (id, school, person, reason, file, placed_at) \
             VALUES ('{planted}', '{}', '{ben}', 'case', '{file}', 1)",
            school.school
        ))
        .await;
    let kept = school.records.keep_held_lines(school.school, &stretch(&school, 0, &["ann", "ben"])).await;
    assert!(matches!(kept, Err(Fault::Damaged(_))), "{kept:?}");
    // The hold that is one has kept its own all the same.
    let of_ann = hold_on(&school, "ann").await;
    assert_eq!(read(&school, school.session("lead"), of_ann).await.expect("reads").lines.len(), 2);
    assert_eq!(rows(&school, &ground).await, 1);
}

async fn every_stretch_leaves_the_same_entry_and_every_look_its_own(ground: Ground) {
    let school = Filing::new(&ground).await;
    let lead = school.session("lead");
    let hold = school.records.place_hold(lead, school.person("ann"), HoldReason::Court, &words("a letter")).await;
    let hold = hold.expect("held");
    keep(&school, &stretch(&school, 0, &[])).await;
    keep(&school, &stretch(&school, 1, &["ann"])).await;
    read(&school, lead, hold).await.expect("reads");
    assert_eq!(read(&school, school.session("teacher"), hold).await.err(), Some(Fault::NotFound));
    let nothing = id::Hold::new(ground.now()).expect("an id");
    assert_eq!(read(&school, lead, nothing).await.err(), Some(Fault::NotFound));
    let page = school.records.read_audit(school.session("head"), &Question { most: 1000, ..Question::default() }).await;
    let page = page.expect("read");
    let said = |act: &str| {
        let of_act = page.entries.iter().filter(|entry| entry.act == act);
        let kind = |resource: &str| resource.split(' ').next().unwrap_or_default().to_owned();
        of_act.map(|entry| (entry.outcome.clone(), kind(&entry.resource))).collect::<Vec<_>>()
    };
    let of = |outcome: &str, kind: &str| (outcome.to_owned(), kind.to_owned());
    assert_eq!(said("log-expired"), [of("done", "school"), of("done", "school")]);
    let looks = said("held-log-read");
    assert_eq!(looks, [of("denied", "file"), of("denied", "person"), of("done", "person")]);
}

async fn what_was_kept_stays_with_the_part_that_may_know_it_when_a_file_is_divided(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    let named = vec![school.person("officer")];
    let new = NewFile { kind: FileKind::Child, person: school.person("ann"), named, entry: seen("what was seen") };
    let file = records.open_file(school.session("teacher"), &new).await.expect("raised").file;
    keep(&school, &stretch(&school, 0, &["ann", "officer"])).await;
    let why = words("it says what the deputy did");
    let parts = records.reroute_to_adult(lead, file, school.person("deputy"), &why).await.expect("divided");
    let holds = async |who: &str, name: &str| records.list_holds(school.session(who), school.person(name)).await;
    let of_child = holds("lead", "ann").await.expect("listed");
    let of_child = of_child.iter().find(|hold| hold.file == Some(parts.child)).expect("the child's part holds").id;
    for who in [lead, head] {
        let log = read(&school, who, of_child).await.expect("reads");
        let lines: Vec<&str> = log.lines.iter().map(|line| line.as_str()).collect();
        assert_eq!(lines, [LINE, r#"{"number":0}"#]);
    }
    // What an adult did, whom the file named, goes to whoever hears about adults.
    let of_adult = holds("head", "officer").await.expect("listed");
    let kept = of_adult.iter().find(|hold| hold.file == Some(parts.adult)).expect("the adult's part holds").id;
    assert_eq!(read(&school, head, kept).await.expect("reads").lines.len(), 2);
    assert_eq!(read(&school, lead, kept).await.err(), Some(Fault::NotFound));
    for hold in of_adult.iter().filter(|hold| hold.id != kept) {
        assert_eq!(read(&school, head, hold.id).await.expect("reads").lines.len(), 0, "not in both parts");
    }
    assert_eq!(rows(&school, &ground).await, 2);
}
