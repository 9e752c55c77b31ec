//! Files: who writes, who reads, who never sees; closing; the wrong child.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    file::{Closing, EntryKind, EraseRule, NewEntry, NewPair, Severity, TaskKind, Which, Wrong},
    id,
};
use jiff::SignedDuration;

both!(
    who_raises_writes_and_reads_nothing_back,
    a_pupil_reports_about_themselves_and_adds_more_and_reads_nothing,
    a_subject_never_sees,
    a_reader_who_turns_out_to_be_the_subject_loses_it_at_once,
    the_childs_part_does_not_say_who_the_adult_is,
    letting_in_and_taking_out,
    closing_needs_every_file_and_a_report_opens_it_again,
    nobody_lowers_a_five_unseen,
    an_amendment_leaves_both_texts,
    a_search_finds_sealed_words_only_for_who_may_read_them,
    a_file_about_the_wrong_child_is_gone_from_them,
    an_entry_about_the_wrong_child_moves_alone,
);

/// What somebody sees of files: ids on the list and by searching for a word that is in each.
async fn visible(school: &Filing, name: &str) -> Vec<id::File> {
    let session = school.session(name);
    let mut seen = match school.records.list_files(session, &Which::default()).await {
        Ok(listing) => listing.files.into_iter().map(|file| file.file).collect(),
        Err(Fault::NotFound) => Vec::new(),
        Err(fault) => panic!("{name}: {fault}"),
    };
    match school.records.search_files(session, "canary").await {
        Ok(found) => seen.extend(found.files.into_iter().map(|(file, _)| file.file)),
        Err(Fault::NotFound) => {}
        Err(fault) => panic!("{name}: {fault}"),
    }
    seen.sort();
    seen.dedup();
    seen
}

async fn who_raises_writes_and_reads_nothing_back(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("teacher", "ann", "canary one").await;
    let teacher = school.session("teacher");
    assert_eq!(school.records.read_file(teacher, raised.file).await.err(), Some(Fault::NotFound));
    assert_eq!(visible(&school, "teacher").await, []);
    let own = school.records.own_reports(teacher).await.expect("one's own");
    assert_eq!(own.iter().map(|report| report.entry).collect::<Vec<_>>(), [raised.entry]);

    let view = school.records.read_file(school.session("lead"), raised.file).await.expect("the lead reads");
    assert_eq!(view.entries[0].text.as_str(), "canary one");
    assert_eq!(view.entries[0].author, Some(school.person("teacher")));
    assert_eq!(view.file.person, school.person("ann"));
    assert!(view.file.status.is_open);

    // Another's file cannot be added to, whether it is there or not, by who never reported to it.
    let other = school.raise("lead", "ben", "canary two").await;
    let nothing = id::File::new(ground.now()).unwrap();
    for file in [other.file, nothing] {
        assert_eq!(school.records.add_entry(teacher, file, &seen("more")).await.err(), Some(Fault::NotFound));
    }
    assert_eq!(school.records.add_to_report(teacher, other.entry, &seen("more")).await.err(), Some(Fault::NotFound));
    // A file begins with a report, about a person of this school, of the right kind.
    let mut new = school.child_file("teacher", "about an adult");
    assert!(matches!(school.records.open_file(teacher, &new).await, Err(Fault::Wrong(_))));
    new.person = id::Person::new(ground.now()).unwrap();
    assert_eq!(school.records.open_file(teacher, &new).await.err(), Some(Fault::NotFound));
    let mut new = school.child_file("ann", "x");
    new.named = vec![id::Person::new(ground.now()).unwrap()];
    assert_eq!(school.records.open_file(teacher, &new).await.err(), Some(Fault::NotFound));
    assert_eq!(visible(&school, "lead").await.len(), 2, "what was refused left no file");
}

async fn a_pupil_reports_about_themselves_and_adds_more_and_reads_nothing(ground: Ground) {
    let school = Filing::with(&ground, &["ann"]).await;
    let ann = school.session("ann");
    let raised = school.raise("ann", "ann", "canary: it hurts").await;
    assert_eq!(school.records.read_file(ann, raised.file).await.err(), Some(Fault::NotFound));
    assert_eq!(visible(&school, "ann").await, []);
    ground.advance(SignedDuration::from_mins(5));
    let more = school.records.add_to_report(ann, raised.entry, &seen("and again")).await.expect("more");
    let decision = NewEntry { kind: EntryKind::Decision, reason: Some(words("y")), ..seen("x") };
    assert!(matches!(school.records.add_to_report(ann, raised.entry, &decision).await, Err(Fault::NotAllowed(_))));
    let view = school.records.read_file(school.session("lead"), raised.file).await.expect("the lead reads");
    assert_eq!(view.entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [raised.entry, more]);
}

async fn a_subject_never_sees(ground: Ground) {
    let school = Filing::with(&ground, &["chair", "officer"]).await;
    // About the lead: the head has it, the lead does not. About the head: the chair has it, the head does not.
    let lead = school.records.open_file(school.session("teacher"), &school.staff_file("lead", "canary lead")).await;
    let lead = lead.expect("raised").file;
    let head = school.records.open_file(school.session("lead"), &school.staff_file("head", "canary head")).await;
    let head = head.expect("raised").file;
    // A child's file that names the lead goes to somebody else.
    let mut named = school.child_file("ben", "canary named");
    named.named = vec![school.person("lead")];
    let named = school.records.open_file(school.session("teacher"), &named).await.expect("raised").file;

    assert!(!visible(&school, "lead").await.contains(&lead));
    assert!(!visible(&school, "lead").await.contains(&named));
    assert!(!visible(&school, "head").await.contains(&head));
    for (name, file) in [("lead", lead), ("lead", named), ("head", head)] {
        let session = school.session(name);
        assert_eq!(school.records.read_file(session, file).await.err(), Some(Fault::NotFound), "{name}");
        assert_eq!(school.records.file_holders(session, file).await.err(), Some(Fault::NotFound), "{name}");
        let closing = Closing { outcome: words("x"), reason: words("x") };
        assert_eq!(school.records.close_files(session, &[file], &closing).await.err(), Some(Fault::NotFound), "{name}");
        let admitted = school.records.admit_to_file(session, file, school.person(name), &words("x")).await;
        assert_eq!(admitted.err(), Some(Fault::NotFound), "{name}");
        assert_eq!(school.records.list_holds(session, school.person(name)).await.err(), Some(Fault::NotFound));
    }
    assert!(school.records.read_file(school.session("head"), lead).await.is_ok());
    assert!(school.records.read_file(school.session("chair"), head).await.is_ok());
    assert!(visible(&school, "teacher").await.is_empty());
    assert!(visible(&school, "officer").await.is_empty());
    // Nobody who may let others in can let a subject in.
    let holders = school.records.file_holders(school.session("head"), lead).await.expect("the head holds it");
    assert!(!holders.contains(&school.person("lead")));
    let admitted = school.records.admit_to_file(school.session("head"), lead, school.person("lead"), &words("x")).await;
    assert!(matches!(admitted, Err(Fault::NotAllowed(_))), "{admitted:?}");
}

async fn a_reader_who_turns_out_to_be_the_subject_loses_it_at_once(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("teacher", "ann", "canary").await;
    let lead = school.session("lead");
    assert!(school.records.read_file(lead, raised.file).await.is_ok());
    school.records.add_file_subject(school.session("head"), raised.file, school.person("lead")).await.expect("made so");
    assert_eq!(school.records.read_file(lead, raised.file).await.err(), Some(Fault::NotFound));
    assert_eq!(visible(&school, "lead").await, []);
    let holders = school.records.file_holders(school.session("head"), raised.file).await.expect("the head holds it");
    assert!(!holders.contains(&school.person("lead")));
    assert_eq!(visible(&school, "head").await, [raised.file]);
}

async fn the_childs_part_does_not_say_who_the_adult_is(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let pair = NewPair {
        child: school.person("ann"),
        adult: school.person("teacher"),
        entry: seen("canary: Mr Pike shouted; MARTIN PIKE’s door was shut"),
    };
    let (child, adult) = school.records.open_pair(school.session("deputy"), &pair).await.expect("raised");
    let view = school.records.read_file(school.session("lead"), child.file).await.expect("the lead reads");
    assert_eq!(view.entries[0].text.as_str(), "canary: Mr [an adult] shouted; [an adult]’s door was shut");
    assert!(!format!("{view:?}").contains(&school.person("teacher").to_string()));
    assert_eq!(view.child_part, None);
    let view = school.records.read_file(school.session("head"), adult.file).await.expect("the head reads");
    assert!(view.entries[0].text.as_str().contains("Mr Pike"));
    assert_eq!(view.child_part, Some(child.file));
    // Moved to the right child, the adult's part still knows where it is.
    let moved = school
        .records
        .mend_wrong_child(
            school.session("lead"),
            Wrong::File(child.file),
            school.person("ben"),
            &words("twins"),
            &ground.place(),
        )
        .await
        .expect("moved");
    let view = school.records.read_file(school.session("head"), adult.file).await.expect("the head reads");
    assert_eq!(view.child_part, Some(moved.file));
    assert_eq!(visible(&school, "teacher").await, []);
    // If one of the two cannot be opened, neither is.
    let before = visible(&school, "lead").await;
    let wrong = NewPair { adult: school.person("cai"), ..pair };
    assert!(matches!(school.records.open_pair(school.session("deputy"), &wrong).await, Err(Fault::Wrong(_))));
    assert_eq!(visible(&school, "lead").await, before);
}

async fn letting_in_and_taking_out(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("lead", "ann", "canary").await;
    let (lead, teacher) = (school.session("lead"), school.session("teacher"));
    assert_eq!(school.records.read_file(teacher, raised.file).await.err(), Some(Fault::NotFound));
    let admitted =
        school.records.admit_to_file(lead, raised.file, school.person("teacher"), &words("class teacher")).await;
    admitted.expect("let in");
    let view = school.records.read_file(teacher, raised.file).await.expect("reads now");
    assert_eq!(view.entries[0].text.as_str(), "canary");
    school
        .records
        .remove_from_file(lead, raised.file, school.person("teacher"), &words("moved on"))
        .await
        .expect("out");
    assert_eq!(school.records.read_file(teacher, raised.file).await.err(), Some(Fault::NotFound));
    // Pupils are never let in, nor is anybody of no school.
    let admitted = school.records.admit_to_file(lead, raised.file, school.person("ben"), &words("x")).await;
    assert!(matches!(admitted, Err(Fault::NotAllowed(_))));
    let nobody = id::Person::new(ground.now()).unwrap();
    assert_eq!(school.records.admit_to_file(lead, raised.file, nobody, &words("x")).await.err(), Some(Fault::NotFound));
}

async fn closing_needs_every_file_and_a_report_opens_it_again(ground: Ground) {
    let school = Filing::new(&ground).await;
    let one = school.raise("teacher", "ann", "canary one").await;
    let two = school.raise("teacher", "ben", "canary two").await;
    let foreign = id::File::new(ground.now()).unwrap();
    let lead = school.session("lead");
    let closing = Closing { outcome: words("no further action"), reason: words("a misunderstanding") };
    ground.advance(SignedDuration::from_mins(1));
    for file in [one.file, two.file] {
        school.records.read_file(lead, file).await.expect("read");
    }
    let closed = school.records.close_files(lead, &[one.file, two.file, foreign], &closing).await;
    assert_eq!(closed.err(), Some(Fault::NotFound));
    let open = Which { only_open: true, ..Which::default() };
    assert_eq!(
        school.records.list_files(lead, &open).await.expect("listed").files.len(),
        2,
        "one act, nothing changed"
    );

    school.records.close_files(lead, &[one.file, two.file], &closing).await.expect("closed");
    assert_eq!(school.records.list_files(lead, &open).await.expect("listed").files, []);
    assert!(matches!(school.records.close_files(lead, &[one.file], &closing).await, Err(Fault::Wrong(_))));
    assert_eq!(school.records.list_holds(lead, school.person("ann")).await.expect("listed"), []);

    ground.advance(SignedDuration::from_mins(1));
    school.records.add_to_report(school.session("teacher"), one.entry, &seen("canary more")).await.expect("more");
    let listed = school.records.list_files(lead, &open).await.expect("listed").files;
    assert_eq!(listed.iter().map(|file| file.file).collect::<Vec<_>>(), [one.file]);
    assert_eq!(school.records.list_holds(lead, school.person("ann")).await.expect("listed").len(), 1);

    ground.advance(SignedDuration::from_mins(1));
    school.records.reopen_file(lead, two.file, &words("another look")).await.expect("open again");
    let view = school.records.read_file(lead, two.file).await.expect("reads");
    assert_eq!(view.turns[0].outcome.as_ref().map(holdfast_records::file::Words::as_str), Some("no further action"));
    assert_eq!(view.turns[1].reason.as_str(), "another look");
}

async fn nobody_lowers_a_five_unseen(ground: Ground) {
    let school = Filing::new(&ground).await;
    let mut new = school.child_file("ann", "canary");
    new.entry.severity = Severity::new(5);
    let file = school.records.open_file(school.session("teacher"), &new).await.expect("raised").file;
    let lead = school.session("lead");
    let lower = NewEntry {
        kind: EntryKind::Severity,
        severity: Severity::new(2),
        reason: Some(words("spoken to")),
        ..seen("lower")
    };
    assert!(matches!(school.records.add_entry(lead, file, &lower).await, Err(Fault::NotAllowed(_))));
    ground.advance(SignedDuration::from_mins(1));
    assert_eq!(school.records.read_file(lead, file).await.expect("reads").file.status.severity, Some(Severity::DANGER));
    ground.advance(SignedDuration::from_mins(1));
    school.records.add_entry(lead, file, &lower).await.expect("lowered");
    let status = school.records.read_file(lead, file).await.expect("reads").file.status;
    assert_eq!(status.severity, Severity::new(2));
    let unreasoned = NewEntry { reason: None, ..lower };
    assert!(matches!(school.records.add_entry(lead, file, &unreasoned).await, Err(Fault::Wrong(_))));
}

async fn an_amendment_leaves_both_texts(ground: Ground) {
    let school = Filing::with(&ground, &["officer"]).await;
    let raised = school.raise("teacher", "ann", "canary on Monday").await;
    ground.advance(SignedDuration::from_mins(1));
    let (text, why) = (words("canary on Tuesday"), words("looked it up"));
    school.records.amend_entry(school.session("teacher"), raised.entry, &text, &why).await.expect("by its author");
    school.records.amend_entry(school.session("lead"), raised.entry, &text, &why).await.expect("by a reader");
    let by_another = school.records.amend_entry(school.session("officer"), raised.entry, &text, &why).await;
    assert_eq!(by_another.err(), Some(Fault::NotFound));
    let view = school.records.read_file(school.session("lead"), raised.file).await.expect("reads");
    let texts: Vec<&str> = view.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["canary on Monday", "canary on Tuesday", "canary on Tuesday"]);
    assert!(view.entries[1..].iter().all(|entry| entry.amends == Some(raised.entry)));
}

async fn a_search_finds_sealed_words_only_for_who_may_read_them(ground: Ground) {
    let school = Filing::with(&ground, &["ann"]).await;
    let one = school.raise("teacher", "ann", "The KINGFISHER bench").await;
    school.raise("teacher", "ben", "Another bench").await;
    let search = async |name: &str, text: &str| {
        let found = school.records.search_files(school.session(name), text).await;
        found.map(|found| found.files.into_iter().map(|(file, entries)| (file.file, entries)).collect::<Vec<_>>())
    };
    assert_eq!(search("lead", "kingfisher BENCH").await, Ok(vec![(one.file, vec![one.entry])]));
    assert_eq!(search("lead", "bench").await.map(|found| found.len()), Ok(2));
    assert_eq!(search("lead", " \t ").await, Ok(vec![]), "no words find nothing");
    assert_eq!(search("lead", "heron").await, Ok(vec![]));
    assert_eq!(search("teacher", "kingfisher").await.unwrap_or_default(), vec![]);
    assert_eq!(search("ann", "kingfisher").await.unwrap_or_default(), vec![]);
    let mut locked = school.session("lead").clone();
    locked.unlocked = None;
    assert!(matches!(school.records.search_files(&locked, "bench").await, Err(Fault::Locked(_))));
    assert!(matches!(school.records.read_file(&locked, one.file).await, Err(Fault::Locked(_))));
}

async fn a_file_about_the_wrong_child_is_gone_from_them(ground: Ground) {
    let school = Filing::with(&ground, &["officer"]).await;
    let raised = school.raise("teacher", "ben", "canary: it was Birch").await;
    let (lead, head) = (school.session("lead"), school.session("head"));
    ground.advance(SignedDuration::from_mins(1));
    let (text, why) = (words("canary: B. Birch"), words("x"));
    school.records.amend_entry(lead, raised.entry, &text, &why).await.expect("amended");
    school.records.admit_to_file(lead, raised.file, school.person("teacher"), &words("x")).await.expect("let in");
    school.records.read_file(school.session("teacher"), raised.file).await.expect("the teacher reads");
    let read_at = ground.now();
    ground.advance(SignedDuration::from_mins(1));

    let (file, right) = (Wrong::File(raised.file), school.person("ann"));
    let not_theirs =
        school.records.mend_wrong_child(school.session("officer"), file, right, &words("x"), &ground.place()).await;
    assert_eq!(not_theirs.err(), Some(Fault::NotFound));
    let mended = school
        .records
        .mend_wrong_child(lead, file, right, &words("two of that name"), &ground.place())
        .await
        .expect("moved");
    assert_eq!(mended.readers, [(school.person("teacher"), read_at)]);

    // Nothing of it is left with Ben but a mark without content.
    assert_eq!(school.records.read_file(lead, raised.file).await.err(), Some(Fault::NotFound));
    let of_ben = Which { person: Some(school.person("ben")), ..Which::default() };
    let listing = school.records.list_files(lead, &of_ben).await.expect("listed");
    assert_eq!(listing.files, []);
    assert_eq!(listing.marks, std::slice::from_ref(&mended.mark));
    assert_eq!(mended.mark.rule, EraseRule::WrongChild.word());
    assert_eq!(school.records.list_holds(lead, school.person("ben")).await.expect("listed"), []);

    // With Ann it goes on, under a key of its own: who was let into the first is not in the second.
    let view = school.records.read_file(head, mended.file).await.expect("the head reads");
    let texts: Vec<&str> = view.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["canary: it was Birch", "canary: B. Birch", "two of that name"]);
    assert_eq!((view.file.person, view.entries[0].id), (right, raised.entry));
    assert_eq!(view.entries[1].amends, Some(raised.entry));
    assert_eq!(school.records.read_file(school.session("teacher"), mended.file).await.err(), Some(Fault::NotFound));
    assert_eq!(visible(&school, "lead").await, [mended.file]);
    assert_eq!(school.records.list_holds(lead, right).await.expect("listed").len(), 1);

    // Whoever reported it can still add to it.
    ground.advance(SignedDuration::from_mins(1));
    school.records.add_to_report(school.session("teacher"), raised.entry, &seen("more")).await.expect("more");
    assert_eq!(school.records.read_file(lead, mended.file).await.expect("reads").entries.len(), 4);

    // Readers are to be told, and the data-protection officer is asked.
    let tasks = school.records.file_tasks(school.session("officer")).await.expect("the officer's");
    let mut tasks = tasks;
    tasks.sort_by_key(|task| task.kind);
    let kinds: Vec<TaskKind> = tasks.iter().map(|task| task.kind).collect();
    assert_eq!(kinds, [TaskKind::RecallReader, TaskKind::AskDataProtection]);
    assert_eq!(tasks[0].reader, Some((school.person("teacher"), read_at)));
    school.records.finish_file_task(school.session("officer"), tasks[1].id).await.expect("answered");
    assert_eq!(school.records.file_tasks(school.session("officer")).await.expect("the officer's").len(), 1);
}

async fn an_entry_about_the_wrong_child_moves_alone(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("teacher", "ben", "canary about Ben").await;
    let lead = school.session("lead");
    ground.advance(SignedDuration::from_mins(1));
    let wrong = school.records.add_entry(lead, raised.file, &seen("canary about Cai")).await.expect("added");
    let (text, why) = (words("canary about Cai, amended"), words("x"));
    ground.advance(SignedDuration::from_mins(1));
    let amended = school.records.amend_entry(lead, wrong, &text, &why).await.expect("amended");
    ground.advance(SignedDuration::from_mins(1));
    let mended = school
        .records
        .mend_wrong_child(lead, Wrong::Entry(wrong), school.person("cai"), &words("slip"), &ground.place())
        .await;
    let mended = mended.expect("moved");
    let ids = async |file| {
        let view = school.records.read_file(lead, file).await.expect("reads");
        view.entries.iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(raised.file).await, [raised.entry]);
    assert_eq!(ids(mended.file).await[..2], [wrong, amended]);
    assert_eq!((mended.mark.what.as_str(), mended.mark.target.as_str()), ("entry", wrong.to_string().as_str()));
}
