//! Taking in people from one CSV: preview, digest, all or nothing.

use crate::{
    ground::{Ground, both},
    people_school::{Small, small},
};
use holdfast_records::{
    Fault, Records, Session,
    people::{Change, Kind, Part, PersonChange, Preview},
};
use std::{fmt::Write as _, time::Instant};

both!(
    a_preview_changes_nothing,
    a_file_is_taken_in_once_and_again_without_a_change,
    a_preview_that_is_out_of_date_is_refused,
    whom_a_line_means_is_never_guessed,
    columns_that_are_not_there_stay_as_they_are,
    fifteen_hundred_people_come_in_within_seconds,
    a_teacher_takes_nobody_in,
);

const LIST: &str = "kind,number,full_name,date_of_birth,staff_kind,language,gate_group,gate_sign_in,classes\n\
    pupil,1001,Bo Birch,2014-02-03,,=HYPERLINK(1),Oak,bo,7A; MA3\n\
    pupil,1002,\"Zoë Cedar, the younger\",2013-01-27,,,Oak,zoe,7A\n\
    staff,S7,Di Dale,,supply,,Staff,,MA3\n\
    parent,,Pia Birch,,,Polish,,,\n";

async fn preview(records: &Records, session: &Session, file: &str) -> Preview {
    records.preview_import(session, file.as_bytes()).await.expect("nothing is wrong with it")
}

async fn take_in(records: &Records, session: &Session, file: &str) -> Preview {
    let digest = preview(records, session, file).await.digest;
    records.import(session, file.as_bytes(), &digest).await.expect("taken in")
}

fn problems(fault: Fault) -> String {
    match fault {
        Fault::Wrong(problems) => holdfast_core::problem::lines(&problems),
        other => panic!("not what is wrong, but {other:?}"),
    }
}

async fn wrong(records: &Records, session: &Session, file: &str) -> String {
    problems(records.preview_import(session, file.as_bytes()).await.expect_err("something is wrong with it"))
}

async fn a_preview_changes_nothing(ground: Ground) {
    let records = ground.records().await;
    let Small { head, pupil, namesake, .. } = small(&records).await;
    let seen = preview(&records, &head, LIST).await;
    assert_eq!((seen.added, seen.changed.len(), seen.unchanged), (4, 0, 0));
    assert_eq!(seen.new_classes, ["7A", "MA3"]);
    // The two pupils and the three staff who are here are not in the file; the chair is of no kind that it has.
    assert_eq!(seen.left_out.len(), 5);
    assert!(seen.left_out.contains(&pupil) && seen.left_out.contains(&namesake));
    assert!(records.find_people(&head, "birch", None).await.expect("found").people.is_empty());
    assert!(records.classes(&head).await.expect("listed").is_empty());
    assert_eq!(preview(&records, &head, LIST).await, seen);
}

async fn a_file_is_taken_in_once_and_again_without_a_change(ground: Ground) {
    let records = ground.records().await;
    let Small { head, .. } = small(&records).await;
    take_in(&records, &head, LIST).await;
    let found = records.find_people(&head, "bo birch", None).await.expect("found").people;
    assert_eq!(found.len(), 1);
    let bo = records.person(&head, found[0].id).await.expect("read");
    assert_eq!(bo.said.kind, Kind::Pupil);
    assert_eq!(bo.said.language.as_deref(), Some("=HYPERLINK(1)"), "a cell like a formula is data");
    assert_eq!(bo.classes, [("7A".to_owned(), Part::Learns), ("MA3".to_owned(), Part::Learns)]);
    let code = bo.said.gate.code.clone().expect("made");
    assert!(!code.contains("birch") && !code.contains("1001"), "{code}");
    let again = preview(&records, &head, LIST).await;
    assert_eq!((again.added, again.changed.len(), again.unchanged), (0, 0, 4), "{again:?}");
    let moved = LIST.replace("bo,7A; MA3", "bo,7B").replace("2013-01-27,,,Oak", "2013-01-27,,Welsh,Ash");
    let seen = take_in(&records, &head, &moved).await;
    let fields = seen.changed.iter().map(|(line, _, fields)| (*line, fields.as_str())).collect::<Vec<_>>();
    assert_eq!(fields, [(2, "classes"), (3, "language,gate_group")]);
    let bo = records.person(&head, bo.id).await.expect("read");
    assert_eq!(bo.classes, [("7B".to_owned(), Part::Learns)]);
    assert_eq!(bo.said.gate.code, Some(code), "a code is never taken away");
}

async fn a_preview_that_is_out_of_date_is_refused(ground: Ground) {
    let records = ground.records().await;
    let Small { head, lead, pupil, .. } = small(&records).await;
    let digest = preview(&records, &head, LIST).await.digest;
    let other = LIST.replace("Polish", "Turkish");
    assert!(matches!(records.import(&head, other.as_bytes(), &digest).await, Err(Fault::Changed(_))), "another file");
    let seen = records.person(&lead, pupil).await.expect("read");
    let change = PersonChange { language: Change::To(Some("Welsh".to_owned())), ..PersonChange::default() };
    records.change_person(&lead, pupil, seen.revision, change).await.expect("changed");
    assert!(matches!(records.import(&head, LIST.as_bytes(), &digest).await, Err(Fault::Changed(_))), "other people");
    let digest = preview(&records, &head, LIST).await.digest;
    records.join_class(&lead, "7A", pupil, Part::Learns).await.expect_err("no class yet");
    records.add_class(&lead, "7A", "Seven A").await.expect("added");
    assert!(matches!(records.import(&head, LIST.as_bytes(), &digest).await, Err(Fault::Changed(_))), "other classes");
    assert!(records.find_people(&head, "birch", None).await.expect("found").people.is_empty(), "half of it came in");
    take_in(&records, &head, LIST).await;
}

async fn whom_a_line_means_is_never_guessed(ground: Ground) {
    let records = ground.records().await;
    let Small { head, pupil, namesake, .. } = small(&records).await;
    let told = wrong(&records, &head, "kind,full_name\npupil,Ada Ash\n").await;
    assert!(told.contains("line 2: several people here have this name"), "{told}");
    let by_birth = "kind,full_name,date_of_birth,number\npupil,ada ash,2014-06-08,77\npupil,Ada Ash,2015-01-01,\n";
    let seen = take_in(&records, &head, by_birth).await;
    assert_eq!((seen.changed[0].1, seen.added), (pupil, 1));
    assert_eq!(seen.warnings.len(), 1);
    assert!(seen.warnings[0].to_string().contains("line 3: Another pupil has this name"), "{:?}", seen.warnings);
    let by_number = "kind,full_name,number\npupil,Ada Birch,77\n";
    let seen = preview(&records, &head, by_number).await;
    assert_eq!((seen.changed[0].1, seen.changed[0].2.as_str()), (pupil, "full_name,sort_as"));
    let code = records.person(&head, namesake).await.expect("read").said.gate.code.expect("there is one");
    let both = format!("kind,full_name,number,gate_code\npupil,Ada Ash,77,{code}\n");
    assert!(wrong(&records, &head, &both).await.contains("two different people"));
    let twice = "kind,full_name,number\npupil,Ada Ash,77\npupil,Ada Ash,77\n";
    assert!(wrong(&records, &head, twice).await.contains("line 3: this is the person of line 2 again"));
    let shared = "kind,full_name,gate_sign_in\nvisitor,Vi Vale,vi\nvisitor,Wil Wold,VI\n";
    assert!(wrong(&records, &head, shared).await.contains("line 3: gate_sign_in: is on line 2 too"));
    let other_kind = "kind,full_name,number\nparent,Ada Ash,77\n";
    assert!(wrong(&records, &head, other_kind).await.contains("here as something else"));
    let seen = records.person(&head, pupil).await.expect("read");
    records.leave(&head, pupil, seen.revision).await.expect("left");
    assert!(wrong(&records, &head, by_number).await.contains("has left"));
}

async fn columns_that_are_not_there_stay_as_they_are(ground: Ground) {
    let records = ground.records().await;
    let Small { head, .. } = small(&records).await;
    take_in(&records, &head, LIST).await;
    let short = "kind,full_name,number\npupil,Bo Birch,1001\nstaff,Di Dale,S7\n";
    // Staff without their column would say that they are nobody's staff: the line is refused, not guessed.
    assert!(wrong(&records, &head, short).await.contains("line 3: staff_kind"));
    let short = "kind,full_name,number\npupil,Bo Birch,1001\n";
    assert_eq!(preview(&records, &head, short).await.unchanged, 1);
    let blank = "kind,full_name,number,language\npupil,Bo Birch,1001,\n";
    let seen = preview(&records, &head, blank).await;
    assert_eq!(seen.changed[0].2, "language", "a column that is there is the truth, blank cells too");
}

async fn fifteen_hundred_people_come_in_within_seconds(ground: Ground) {
    let records = ground.records().await;
    let Small { head, .. } = small(&records).await;
    let mut file = String::from("kind,number,full_name,date_of_birth,gate_group,classes\n");
    for place in 0..1_500 {
        let (given, family) = (place % 37, place / 37);
        let born = format!("{}-{:02}-{:02}", 2010 + place % 7, 1 + place % 12, 1 + place % 28);
        writeln!(file, "pupil,{place},Given{given} Family{family},{born},Oak,{}A;MA{}", 7 + place % 5, place % 60)
            .expect("it is written");
    }
    let begun = Instant::now();
    let digest = preview(&records, &head, &file).await.digest;
    let previewed = begun.elapsed();
    let done = records.import(&head, file.as_bytes(), &digest).await.expect("taken in");
    let engine = if ground.is_server() { "PostgreSQL" } else { "SQLite" };
    println!("{engine}: 1,500 people previewed in {previewed:?}, with taking them in {:?}", begun.elapsed());
    assert_eq!((done.added, done.new_classes.len()), (1_500, 65));
    assert_eq!(preview(&records, &head, &file).await.unchanged, 1_500);
    let found = records.find_people(&head, "family3", None).await.expect("found");
    assert!(found.there_are_more && found.people.len() == 50);
}

async fn a_teacher_takes_nobody_in(ground: Ground) {
    let records = ground.records().await;
    let Small { head, teacher, .. } = small(&records).await;
    assert!(records.preview_import(&teacher, LIST.as_bytes()).await.is_err());
    let digest = preview(&records, &head, LIST).await.digest;
    assert!(records.import(&teacher, LIST.as_bytes(), &digest).await.is_err());
    assert!(records.find_people(&head, "birch", None).await.expect("found").people.is_empty());
}
