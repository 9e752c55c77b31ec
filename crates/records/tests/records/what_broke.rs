//! What broke elsewhere, by name: the faults that the field notes (`field/records.md` §1.1) found in other case-work programs,
//! each tried here as soon as its kind of verb exists.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, Duty, FileKind},
    audit::Question,
    file::{Closing, HoldReason, NewFile, Which},
    id,
    people::{Change, GiveDuty, Kind, NewPerson, PersonChange},
    settings::NewValue,
};
use jiff::SignedDuration;
use std::{
    fs,
    path::{Path, PathBuf},
};

both!(
    a_childs_id_under_another_parents_id,
    permission_for_the_kind_without_permission_for_this_one,
    one_foreign_id_in_many_does_nothing,
    a_parameter_widens_no_scope,
    nobody_gives_themselves_a_duty_or_a_group,
    a_value_outside_the_list_is_refused,
    lists_and_counts_leave_out_what_may_not_be_known,
    an_empty_search_finds_nothing,
    what_is_not_there_and_what_is_hidden_are_one,
    a_session_of_one_school_opens_nothing_at_another,
    a_forged_session_of_a_stranger_has_nothing,
);

const HIDDEN: Option<Fault> = Some(Fault::NotFound);

/// The school with everybody signed in.
async fn everybody(ground: &Ground) -> Filing {
    Filing::with(ground, &["deputy", "chair", "trust", "officer", "ann"]).await
}

fn closing() -> Closing {
    Closing { outcome: words("done"), reason: words("no more is needed") }
}

/// Another school in the same store, with a file and people of its own.
async fn another(ground: &Ground) -> (crate::decided::School, id::Person, id::File) {
    let other = crate::decided::school(ground, "other", None).await;
    let pupil = other.records.add_person(&other.head, NewPerson::new(Kind::Pupil, "Zed Other")).await.expect("added");
    let new = NewFile { kind: FileKind::Child, person: pupil, named: Vec::new(), entry: seen("elsewhere") };
    let raised = other.records.open_file(&other.teacher, &new).await.expect("raised");
    (other, pupil, raised.file)
}

/// Primero `462adabc13`: a referral was loaded by its own id while only the parent in the address was authorised. Here a part
/// is always found from its own file, and that file is what is decided on.
async fn a_childs_id_under_another_parents_id(ground: Ground) {
    let school = everybody(&ground).await;
    let (chair, lead) = (school.session("chair"), school.session("lead"));
    let child = school.raise("teacher", "ann", "canary child").await;
    let head = school.records.open_file(school.session("teacher"), &school.staff_file("head", "canary head")).await;
    let head = head.expect("raised");
    assert!(school.records.read_file(chair, head.file).await.is_ok(), "the chair answers for a file about the head");
    // The chair knows the file about the head, and reaches no entry of the child's by its own id; nor the lead the head's.
    for (session, entry) in [(chair, child.entry), (lead, head.entry)] {
        assert_eq!(school.records.amend_entry(session, entry, &words("x"), &words("x")).await.err(), HIDDEN);
        assert_eq!(school.records.add_to_report(session, entry, &seen("x")).await.err(), HIDDEN);
    }
    // A hold of a file goes with the file, not with whom it is on.
    let holds = school.records.list_holds(lead, school.person("ann")).await.expect("the lead sees those of the child");
    let case = holds.iter().find(|hold| hold.reason == HoldReason::Case).expect("an open file holds");
    for name in ["chair", "trust", "teacher"] {
        assert_eq!(school.records.lift_hold(school.session(name), case.id, &words("x")).await.err(), HIDDEN, "{name}");
    }
}

/// Primero `896d3fbd32`, `b196b5c8fa`: close and disable checked the permission for the class of thing, not for this one.
async fn permission_for_the_kind_without_permission_for_this_one(ground: Ground) {
    let school = everybody(&ground).await;
    let child = school.raise("teacher", "ann", "canary child").await.file;
    let staff =
        school.records.open_file(school.session("teacher"), &school.staff_file("teacher", "canary staff")).await;
    let staff = staff.expect("raised").file;
    let head = school.records.open_file(school.session("teacher"), &school.staff_file("head", "canary head")).await;
    let head = head.expect("raised").file;
    // Each of these has the capability for some file, and none for this one.
    for (name, file) in [
        ("chair", child),
        ("trust", child),
        ("chair", staff),
        ("lead", staff),
        ("deputy", staff),
        ("head", head),
        ("lead", head),
        ("trust", head),
        ("officer", staff),
        ("officer", head),
    ] {
        let session = school.session(name);
        assert_eq!(school.records.read_file(session, file).await.err(), HIDDEN, "{name} reads");
        assert_eq!(school.records.file_holders(session, file).await.err(), HIDDEN, "{name} sees who can");
        assert_eq!(school.records.close_files(session, &[file], &closing()).await.err(), HIDDEN, "{name} closes");
        let other = school.person("officer");
        assert_eq!(
            school.records.admit_to_file(session, file, other, &words("x")).await.err(),
            HIDDEN,
            "{name} lets somebody in"
        );
        assert_eq!(school.records.add_file_subject(session, file, other).await.err(), HIDDEN, "{name} names a subject");
        assert_eq!(
            school.records.remove_from_file(session, file, other, &words("x")).await.err(),
            HIDDEN,
            "{name} takes somebody out"
        );
    }
}

/// Primero R2-3930: assigning many from a list reached cases out of scope.
async fn one_foreign_id_in_many_does_nothing(ground: Ground) {
    let school = everybody(&ground).await;
    let (_, _, foreign) = another(&ground).await;
    let lead = school.session("lead");
    let own = [school.raise("teacher", "ann", "one").await.file, school.raise("teacher", "ben", "two").await.file];
    let head = school.records.open_file(school.session("teacher"), &school.staff_file("head", "three")).await;
    let never = id::File::new(ground.now()).expect("an id");
    ground.advance(SignedDuration::from_mins(1));
    for file in own {
        // Nobody closes what they have not read.
        school.records.read_file(lead, file).await.expect("reads");
    }
    for wrong in [foreign, head.expect("raised").file, never] {
        for many in [[own[0], own[1], wrong], [wrong, own[0], own[1]], [own[0], wrong, own[1]]] {
            assert_eq!(school.records.close_files(lead, &many, &closing()).await.err(), HIDDEN);
            for file in own {
                let view = school.records.read_file(lead, file).await.expect("reads");
                assert!(view.file.status.is_open && view.turns.is_empty(), "one of many was closed");
            }
        }
    }
    school.records.close_files(lead, &own, &closing()).await.expect("both are closed");
}

/// Primero `ce3610db6d`: a parameter of the request widened the scope of a list.
async fn a_parameter_widens_no_scope(ground: Ground) {
    let school = everybody(&ground).await;
    let (other, stranger, _) = another(&ground).await;
    school.records.open_file(school.session("teacher"), &school.staff_file("head", "canary")).await.expect("raised");
    let about = |person| Which { person: Some(person), ..Which::default() };
    for name in ["head", "lead", "deputy", "trust", "officer"] {
        let listing = school.records.list_files(school.session(name), &about(school.person("head"))).await;
        let files = listing.map(|listing| listing.files).unwrap_or_default();
        assert_eq!(files, [], "{name}");
    }
    // Somebody of another school is nobody here, whatever is asked for.
    let lead = school.session("lead");
    let astray = school.records.list_files(lead, &about(stranger)).await.map(|listing| listing.files);
    assert!(matches!(&astray, Ok(files) if files.is_empty()) || astray.as_ref().err() == HIDDEN.as_ref(), "{astray:?}");
    for kind in [None, Some(Kind::Pupil)] {
        let found = school.records.find_people(lead, "zed other", kind).await.expect("answered");
        assert_eq!((found.people, found.there_are_more), (vec![], false));
    }
    let question = Question { about: Some(stranger.to_string()), most: 50, ..Question::default() };
    assert_eq!(school.records.read_audit(lead, &question).await.map(|page| page.entries), Ok(vec![]));
    drop(other);
}

/// Primero R2-3558: people could change their own groups.
async fn nobody_gives_themselves_a_duty_or_a_group(ground: Ground) {
    let school = everybody(&ground).await;
    for name in ["teacher", "chair", "officer", "lead", "head", "ann"] {
        let (session, own) = (school.session(name), school.person(name));
        for duty in Duty::ALL {
            let given = GiveDuty { duty: *duty, person: own, is_deputy: false, from: None };
            assert!(
                school.records.give_duty(session, &given).await.is_err(),
                "{name} made themselves {}",
                duty.title()
            );
        }
        let grouped = PersonChange { gate_group: Change::To(Some("staff".to_owned())), ..PersonChange::default() };
        for revision in 0..3 {
            let changed = school.records.change_person(session, own, revision, grouped.clone()).await;
            assert!(changed.is_err(), "{name} changed their own group");
        }
    }
    let duties = school.records.duties(school.session("teacher")).await.expect("the duties are no secret to staff");
    let of_teacher: Vec<Duty> =
        duties.iter().filter(|held| held.person == school.person("teacher")).map(|held| held.duty).collect();
    assert_eq!(of_teacher, [Duty::Teacher]);
}

/// Primero R2-3600, R2-3601: values outside the list were taken.
async fn a_value_outside_the_list_is_refused(ground: Ground) {
    let school = everybody(&ground).await;
    let head = school.session("head");
    for (setting, value) in [("vc.enabled", "perhaps"), ("immediate_minutes", "soon"), ("no.such.setting", "yes")] {
        let new = NewValue { setting, value: Some(value), why: "Agreed.", clause: None };
        let set = school.records.set_setting(head, new).await;
        assert!(matches!(set, Err(Fault::Wrong(_) | Fault::NotFound)), "{setting} = {value}: {set:?}");
    }
    let version = school.records.settings(school.school).await.expect("read").version();
    assert_eq!(version.school, 0, "something outside the list was kept");
}

/// What an allegation would be told by: lists, searches, holds, the log, and how many there are of each.
async fn lists_and_counts_leave_out_what_may_not_be_known(ground: Ground) {
    let school = everybody(&ground).await;
    let names = ["head", "lead", "deputy", "chair", "trust", "officer", "teacher"];
    let before = everything_seen(&school, &names).await;
    ground.advance(SignedDuration::from_mins(1));
    let new = school.staff_file("head", "canary about the head");
    let file = school.records.open_file(school.session("teacher"), &new).await.expect("raised").file;
    let after = everything_seen(&school, &names).await;
    for (name, (before, after)) in names.iter().zip(before.iter().zip(&after)) {
        if *name == "chair" {
            assert_ne!(before, after, "the chair sees nothing of it");
        } else {
            assert_eq!(before, after, "{name} sees from a list that something was written");
        }
    }
    let question = Question { about: Some(file.to_string()), most: 200, ..Question::default() };
    let log = school.records.read_audit(school.session("head"), &question).await;
    assert_eq!(log.map(|page| page.entries), Ok(vec![]));
}

/// How many files, hits, holds and log entries that speak of files each of them sees.
async fn everything_seen(school: &Filing, names: &[&str]) -> Vec<[usize; 5]> {
    let mut seen = Vec::new();
    for name in names {
        let session = school.session(name);
        let listing = school.records.list_files(session, &Which::default()).await;
        let found = school.records.search_files(session, "canary").await;
        let holds = school.records.list_holds(session, school.person("head")).await;
        let tasks = school.records.file_tasks(session).await;
        let log = school.records.read_audit(session, &Question { most: 200, ..Question::default() }).await;
        let of_files = log.map(|page| {
            let of_files = page.entries.into_iter().filter(|entry| entry.act == Act::FileOpened.word());
            of_files.count()
        });
        seen.push([
            listing.map_or(0, |listing| listing.files.len()),
            found.map_or(0, |found| found.files.len()),
            holds.map_or(0, |holds| holds.len()),
            tasks.map_or(0, |tasks| tasks.len()),
            of_files.unwrap_or(0),
        ]);
    }
    seen
}

/// Primero R2-3929: an empty search returned results.
async fn an_empty_search_finds_nothing(ground: Ground) {
    let school = everybody(&ground).await;
    school.raise("teacher", "ann", "canary").await;
    for empty in ["", " ", "\t\n", "%", "_", "*", "'", "--", "\u{200b}"] {
        let lead = school.session("lead");
        assert_eq!(
            school.records.find_people(lead, empty, None).await.map(|found| found.people),
            Ok(vec![]),
            "{empty:?}"
        );
        let found = school.records.search_files(lead, empty).await.expect("answered");
        assert_eq!(found.files, [], "{empty:?}");
    }
}

/// What each verb that takes an id says of one that is not there, one of another school, and one that is not for the asker.
async fn what_is_not_there_and_what_is_hidden_are_one(ground: Ground) {
    let school = everybody(&ground).await;
    let (_, foreign_person, foreign) = another(&ground).await;
    let teacher = school.session("teacher");
    let hidden = school.raise("lead", "ann", "canary").await.file;
    let never = id::File::new(ground.now()).expect("an id");
    for file in [never, foreign, hidden] {
        assert_eq!(school.records.read_file(teacher, file).await.err(), HIDDEN);
        assert_eq!(school.records.add_entry(teacher, file, &seen("x")).await.err(), HIDDEN);
        assert_eq!(school.records.close_files(teacher, &[file], &closing()).await.err(), HIDDEN);
        assert_eq!(school.records.reopen_file(teacher, file, &words("x")).await.err(), HIDDEN);
        let other = school.person("officer");
        assert_eq!(school.records.admit_to_file(teacher, file, other, &words("x")).await.err(), HIDDEN);
        assert_eq!(school.records.add_file_subject(teacher, file, other).await.err(), HIDDEN);
        assert_eq!(school.records.file_holders(teacher, file).await.err(), HIDDEN);
    }
    let nobody = id::Person::new(ground.now()).expect("an id");
    for person in [nobody, foreign_person, school.person("lead")] {
        assert_eq!(school.records.confidential(teacher, person).await.err(), HIDDEN);
        assert_eq!(school.records.list_holds(teacher, person).await.err(), HIDDEN);
        assert_eq!(school.records.person(teacher, person).await.err(), HIDDEN);
    }
    // Each left one denied entry, whichever of the three it was.
    let log = school.records.read_audit(school.session("head"), &Question { most: 200, ..Question::default() }).await;
    let denied = log.expect("the head reads the log").entries.into_iter().filter(|entry| entry.outcome == "denied");
    let of_confidential = denied.filter(|entry| entry.act == Act::ConfidentialRead.word()).count();
    assert_eq!(of_confidential, 3);
}

/// The statements that PostgreSQL ran, word for word: for what is not there, what is another school's, and what is hidden, they
/// are the same, in the same order. (The code is one for both engines, so what holds here holds on SQLite.)
#[test]
fn what_is_not_there_and_what_is_hidden_take_the_same_path() {
    crate::ground::on_server(same_path);
}

async fn same_path(ground: Ground) {
    let url = ground.place().database.expect("this is PostgreSQL");
    let name = url.split(['/', '?']).nth(3).expect("its database").to_owned();
    let log = PathBuf::from(url.split_once("?host=").expect("its folder").1).join("log");
    // Of this database alone, so that the other tests' statements are not among them.
    ground.order(&format!("ALTER DATABASE {name} SET log_statement = 'all'")).await;
    let school = everybody(&ground).await;
    let (_, pupil, foreign) = another(&ground).await;
    let hidden = school.raise("lead", "ann", "canary").await.file;
    let never = id::File::new(ground.now()).expect("an id");
    let teacher = school.session("teacher");
    let mut paths = Vec::new();
    // The first time prepares statements; what is compared is the second.
    for file in [never, foreign, hidden, never, foreign, hidden] {
        let from = fs::metadata(&log).expect("the log is there").len();
        assert_eq!(school.records.read_file(teacher, file).await.err(), HIDDEN);
        paths.push(statements_since(&log, from));
    }
    assert!(paths[3].len() > 8, "the log of statements was not read: {:?}", paths[3]);
    assert_eq!(paths[3], paths[4], "another school's is told from what is not there");
    assert_eq!(paths[3], paths[5], "what is hidden is told from what is not there");
    let nobody = id::Person::new(ground.now()).expect("an id");
    let mut paths = Vec::new();
    for person in [nobody, pupil, school.person("ann"), nobody, pupil, school.person("ann")] {
        let from = fs::metadata(&log).expect("the log is there").len();
        assert_eq!(school.records.confidential(teacher, person).await.err(), HIDDEN);
        paths.push(statements_since(&log, from));
    }
    assert!(paths[3].len() > 8, "the log of statements was not read: {:?}", paths[3]);
    assert_eq!(paths[3], paths[4], "another school's is told from nobody");
    assert_eq!(paths[3], paths[5], "whose details are hidden is told from nobody");
}

/// The statements that were logged since: their texts, without moments and values.
fn statements_since(log: &Path, from: u64) -> Vec<String> {
    let text = fs::read(log).expect("the log is read");
    let text = String::from_utf8_lossy(&text[usize::try_from(from).expect("short")..]).into_owned();
    let of_line = |line: &str| {
        let (_, said) = line.split_once("LOG:  ")?;
        let (what, statement) = said.split_once(": ")?;
        // What the server says of its own upkeep (a checkpoint) comes in between when it likes.
        let is_statement = what == "statement" || what.starts_with("execute ");
        is_statement.then(|| statement.trim().to_owned())
    };
    text.lines().filter_map(of_line).collect()
}

/// A session names its school; at another one it is nobody's.
async fn a_session_of_one_school_opens_nothing_at_another(ground: Ground) {
    let school = everybody(&ground).await;
    let (other, pupil, file) = another(&ground).await;
    let own = school.raise("teacher", "ann", "canary").await.file;
    for name in ["head", "lead", "trust", "chair"] {
        let astray = Session { school: other.id, ..school.session(name).clone() };
        assert_eq!(school.records.read_file(&astray, file).await.err(), HIDDEN, "{name}");
        assert_eq!(school.records.person(&astray, pupil).await.err(), HIDDEN, "{name}");
        assert_eq!(school.records.list_files(&astray, &Which::default()).await.err(), HIDDEN, "{name}");
        assert_eq!(school.records.read_file(&astray, own).await.err(), HIDDEN, "{name}");
        assert_eq!(school.records.read_file(school.session(name), file).await.err(), HIDDEN, "{name}");
    }
}

/// Somebody whom no school has ever heard of.
async fn a_forged_session_of_a_stranger_has_nothing(ground: Ground) {
    let school = everybody(&ground).await;
    let file = school.raise("teacher", "ann", "canary").await.file;
    for actor in [Actor::Person(id::Person::new(ground.now()).expect("an id")), Actor::Console, Actor::Clock] {
        let session = Session { school: school.school, actor, unlocked: school.session("lead").unlocked.clone() };
        assert_eq!(school.records.read_file(&session, file).await.err(), HIDDEN, "{actor:?}");
        assert_eq!(school.records.list_files(&session, &Which::default()).await.err(), HIDDEN, "{actor:?}");
        assert_eq!(school.records.person(&session, school.person("ann")).await.err(), HIDDEN, "{actor:?}");
        assert_eq!(school.records.confidential(&session, school.person("ann")).await.err(), HIDDEN, "{actor:?}");
        let found =
            school.records.find_people(&session, "ann", None).await.map(|found| found.people).unwrap_or_default();
        assert_eq!(found, [], "{actor:?}");
    }
}
