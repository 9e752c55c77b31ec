//! What is refused after leave was given, and what is asked for by an id that is nothing, stands in the log as denied; one
//! thing that cannot be shown hides no other.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    access::Act,
    audit::Question,
    concern::answer::{Course, Extent, NewDecision},
    file::{Closing, EraseRule, Wrong, erase::Target},
    id,
};
use jiff::SignedDuration;

both!(
    what_is_asked_for_by_an_unknown_id_is_in_the_log,
    nobody_closes_what_they_have_not_read,
    a_proposal_whose_file_moved_hides_no_other,
    what_nobody_else_could_agree_to_is_not_proposed,
);

/// How many denied entries of an act there are.
async fn denied(school: &Filing, act: Act) -> usize {
    let question = Question { most: 200, ..Question::default() };
    let log = school.records.read_audit(school.session("head"), &question).await.expect("the head reads the log");
    log.entries.iter().filter(|entry| entry.outcome == "denied" && entry.act == act.word()).count()
}

async fn what_is_asked_for_by_an_unknown_id_is_in_the_log(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("teacher", "ann", "canary").await;
    let (records, lead, place) = (&school.records, school.session("lead"), ground.place());
    let now = ground.now();
    let (entry, row) = (id::Entry::new(now).unwrap(), id::Row::new(now).unwrap());
    let hold = id::Hold::new(now).unwrap();
    let hidden = Some(Fault::NotFound);
    let x = words("x");
    // An entry that is not there, and one that somebody else wrote.
    for own in [entry, raised.entry] {
        assert_eq!(records.add_to_report(lead, own, &seen("more")).await.err(), hidden);
    }
    assert_eq!(records.amend_entry(lead, entry, &x, &x).await.err(), hidden);
    assert_eq!(denied(&school, Act::EntryAdded).await, 3);
    assert_eq!(records.lift_hold(lead, hold, &x).await.err(), hidden);
    assert_eq!(denied(&school, Act::HoldLifted).await, 1);
    let right = school.person("ben");
    assert_eq!(records.mend_wrong_child(lead, Wrong::Entry(entry), right, &x, &place).await.err(), hidden);
    assert_eq!(denied(&school, Act::WrongChildMended).await, 1);
    assert_eq!(records.propose_erasure(lead, Target::Entry(entry), EraseRule::Error).await.err(), hidden);
    assert_eq!(denied(&school, Act::ErasureProposed).await, 1);
    assert_eq!(records.agree_erasure(lead, row, &place).await.err(), hidden);
    assert_eq!(denied(&school, Act::Erased).await, 1);
    assert_eq!(records.withdraw_erasure(lead, row).await.err(), hidden);
    assert_eq!(denied(&school, Act::ErasureWithdrawn).await, 1);
    assert_eq!(records.finish_file_task(lead, row).await.err(), hidden);
    assert_eq!(denied(&school, Act::FileTaskDone).await, 1);
    // After leave was given: nothing is kept of it, and the attempt is.
    let ben = school.person("ben");
    assert!(matches!(records.admit_to_file(lead, raised.file, ben, &x).await, Err(Fault::NotAllowed(_))));
    assert_eq!(denied(&school, Act::HolderAdmitted).await, 1);
    let target = Target::File(raised.file);
    assert!(matches!(records.propose_erasure(lead, target, EraseRule::Court).await, Err(Fault::NotAllowed(_))));
    assert_eq!(denied(&school, Act::ErasureProposed).await, 2);
    assert_eq!(records.list_erasures(lead).await.expect("listed").waiting, []);
}

async fn nobody_closes_what_they_have_not_read(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("teacher", "ann", "canary").await;
    let lead = school.session("lead");
    let closing = Closing { outcome: words("x"), reason: words("x") };
    let unread = school.records.close_files(lead, &[raised.file], &closing).await;
    assert!(matches!(&unread, Err(Fault::NotAllowed(words)) if words.contains("have not read")), "{unread:?}");
    assert_eq!(denied(&school, Act::FileClosed).await, 1);
    ground.advance(SignedDuration::from_mins(1));
    school.records.read_file(lead, raised.file).await.expect("read");
    ground.advance(SignedDuration::from_mins(1));
    school.records.add_to_report(school.session("teacher"), raised.entry, &seen("more")).await.expect("more");
    ground.advance(SignedDuration::from_mins(1));
    assert!(matches!(school.records.close_files(lead, &[raised.file], &closing).await, Err(Fault::NotAllowed(_))));
    let view = school.records.read_file(lead, raised.file).await.expect("read");
    assert!(view.file.status.is_open && view.turns.is_empty(), "nothing was closed");
    // What they wrote themselves they need not read.
    ground.advance(SignedDuration::from_mins(1));
    school.records.add_entry(lead, raised.file, &seen("the lead's own")).await.expect("added");
    school.records.close_files(lead, &[raised.file], &closing).await.expect("closed");
}

async fn a_proposal_whose_file_moved_hides_no_other(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead, place) = (&school.records, school.session("lead"), ground.place());
    let closing = Closing { outcome: words("x"), reason: words("x") };
    let mut proposals = Vec::new();
    for about in ["ann", "ben"] {
        let raised = school.raise("lead", about, "canary").await;
        ground.advance(SignedDuration::from_mins(1));
        records.close_files(lead, &[raised.file], &closing).await.expect("closed");
        let target = Target::File(raised.file);
        proposals.push((raised.file, records.propose_erasure(lead, target, EraseRule::Court).await.expect("proposed")));
    }
    // Past all of the program: as a mark that a restored backup no longer has.
    ground.advance(SignedDuration::from_mins(1));
    let wrong = Wrong::File(proposals[0].0);
    records.mend_wrong_child(lead, wrong, school.person("cai"), &words("slip"), &place).await.expect("moved");
    ground.order("DELETE FROM file_task").await;
    ground.order("DELETE FROM erasure_mark").await;
    let listed = records.list_erasures(school.session("head")).await.expect("listed");
    assert_eq!(listed.waiting, [proposals[1].1.clone()]);
    assert_eq!(listed.not_shown, 1);
    let moot = proposals[0].1.id;
    let agreed = records.agree_erasure(school.session("head"), moot, &place).await;
    assert_eq!(agreed.err(), Some(Fault::NotFound));
    records.withdraw_erasure(lead, moot).await.expect("it can be taken back");
    assert_eq!(records.list_erasures(lead).await.expect("listed").not_shown, 0);
}

async fn what_nobody_else_could_agree_to_is_not_proposed(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    let raised = records.open_file(school.session("lead"), &school.staff_file("teacher", "canary")).await;
    let file = raised.expect("raised").file;
    records.read_file(head, file).await.expect("the head reads");
    ground.advance(SignedDuration::from_mins(1));
    let reason = Some(words("a mere note"));
    let note = NewDecision { extent: Extent::Note, course: Course::Nothing, reason, review: None, is_rung: false };
    records.decide_concern(head, file, &note).await.expect("decided");
    let closing = Closing { outcome: words("x"), reason: words("x") };
    records.close_files(head, &[file], &closing).await.expect("closed");
    let target = Target::File(file);
    let alone = records.propose_erasure(head, target, EraseRule::Court).await;
    assert!(matches!(&alone, Err(Fault::NotAllowed(words)) if words.contains("two people")), "{alone:?}");
    // With the safeguarding lead let in by name, there are two.
    records.admit_to_file(head, file, school.person("lead"), &words("a second person")).await.expect("let in");
    let proposal = records.propose_erasure(head, target, EraseRule::Court).await.expect("proposed");
    records.agree_erasure(school.session("lead"), proposal.id, &ground.place()).await.expect("erased");
}
