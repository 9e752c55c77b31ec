//! What was taken away stays taken away while somebody who can write the database, and not the machine's secrets, has its entry
//! cut out of the log; it is told while it is out; and no moment at which the machine stops shuts anybody out of what is theirs.

use crate::{
    filing::{Filing, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Records, Session,
    access::{Act, Actor, Decision, Resource},
    audit::Extent,
    id,
};
use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::PathBuf,
};

both!(
    an_ended_duty_cut_out_of_the_log_gives_nothing,
    a_store_of_before_there_was_a_memory_is_remembered_from_its_first_act,
    a_machine_that_stopped_before_or_after_shuts_nobody_out,
    who_left_is_not_let_in_again_by_a_cut_entry,
    a_reset_cut_out_of_the_log_does_not_make_the_next_the_first,
);

/// Puts entries of an act aside, as whoever administers the database can, and back again.
async fn cut(ground: &Ground, act: &str) {
    ground.order(&format!("CREATE TABLE cut AS SELECT * FROM audit_entry WHERE act = '{act}'")).await;
    ground.order(&format!("DELETE FROM audit_entry WHERE act = '{act}'")).await;
}

async fn put_back(ground: &Ground) {
    ground.order("INSERT INTO audit_entry SELECT * FROM cut").await;
    ground.order("DROP TABLE cut").await;
}

fn memory(ground: &Ground) -> PathBuf {
    let files = fs::read_dir(ground.place().secrets).expect("the folder").map(|file| file.expect("a file").path());
    let mut ours =
        files.filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("revocations-")));
    ours.next().expect("it is there")
}

/// A school whose deputy lead read a file, and whose duty then ended.
struct Ended {
    school: Filing,
    file: id::File,
    deputy: Session,
}

impl Ended {
    async fn new(ground: &Ground) -> Self {
        let school = Filing::with(ground, &["deputy"]).await;
        let file = school.raise("head", "ann", "came without a coat").await.file;
        let deputy = school.session("deputy").clone();
        assert!(school.records.read_file(&deputy, file).await.is_ok());
        let held = school.records.duties(school.session("head")).await.expect("read");
        let held = held.iter().find(|held| held.person == school.person("deputy")).expect("the deputy holds a duty");
        school.records.end_duty(school.session("head"), held.holding).await.expect("it ends");
        Self { school, file, deputy }
    }

    async fn sees(&self, records: &Records) -> bool {
        let would = records.would(&self.deputy, Act::FileRead, &Resource::File(self.file)).await.expect("decided");
        would == Decision::Allowed
    }
}

async fn words_of_verifying(ground: &Ground, records: &Records) -> String {
    records.verify_audit(&ground.place(), Extent::Whole, None, &[]).await.expect("verified").words()
}

async fn an_ended_duty_cut_out_of_the_log_gives_nothing(ground: Ground) {
    let ended = Ended::new(&ground).await;
    let records = &ended.school.records;
    ground.order("DELETE FROM duty_holding_end").await;
    assert!(!ended.sees(records).await, "the log tells of the end");
    cut(&ground, "duty-ended").await;
    assert!(!ended.sees(records).await, "the machine remembers it");
    assert!(words_of_verifying(&ground, records).await.contains("took something away"));
    // So does another program with the same store, and this one after a start.
    records.close().await;
    let again = ground.records().await;
    assert!(!ended.sees(&again).await);
    put_back(&ground).await;
    assert!(!ended.sees(&again).await);
    let told = words_of_verifying(&ground, &again).await;
    assert!(told.contains("Nothing is wrong"), "{told}");
    again.close().await;
}

async fn a_store_of_before_there_was_a_memory_is_remembered_from_its_first_act(ground: Ground) {
    let ended = Ended::new(&ground).await;
    ended.school.records.close().await;
    fs::remove_file(memory(&ground)).expect("it was there");
    let records = ground.records().await;
    records.list_files(ended.school.session("head"), &holdfast_records::file::Which::default()).await.expect("an act");
    ground.order("DELETE FROM duty_holding_end").await;
    cut(&ground, "duty-ended").await;
    assert!(!ended.sees(&records).await);
    records.close().await;
}

async fn a_machine_that_stopped_before_or_after_shuts_nobody_out(ground: Ground) {
    let ended = Ended::new(&ground).await;
    let lead = ended.school.session("lead").clone();
    ended.school.records.close().await;
    let memory = memory(&ground);
    // It stopped after what it was about to do was remembered, and before that lasted; the last line is cut short.
    let (school, person) = (ended.school.school, ended.school.person("lead"));
    let mut file = OpenOptions::new().append(true).open(&memory).expect("it opens");
    write!(file, "begun {school} 99999 0123456789abcdef duty-ended person {person}\nbegun {school} 100000 01")
        .expect("written");
    let records = ground.records().await;
    assert!(records.read_file(&lead, ended.file).await.is_ok(), "the lead never lost the duty");
    assert!(words_of_verifying(&ground, &records).await.contains("Nothing is wrong"));
    records.close().await;

    // It stopped after that lasted, and before it was remembered that it does.
    let text = fs::read_to_string(&memory).expect("it is read");
    let begun: Vec<&str> = text.split_inclusive('\n').filter(|line| !line.starts_with("lasts")).collect();
    fs::write(&memory, begun.concat()).expect("it is written");
    let records = ground.records().await;
    assert!(records.read_file(&lead, ended.file).await.is_ok());
    ground.order("DELETE FROM duty_holding_end").await;
    assert!(!ended.sees(&records).await, "it is seen, and known from then on");
    cut(&ground, "duty-ended").await;
    assert!(!ended.sees(&records).await);
    records.close().await;
}

async fn who_left_is_not_let_in_again_by_a_cut_entry(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head, teacher) = (&school.records, school.session("head"), school.person("teacher"));
    let file = school.raise("head", "ann", "came without a coat").await.file;
    records.admit_to_file(school.session("lead"), file, teacher, &words("class teacher")).await.expect("let in");
    let sees = async || {
        let session = Session { school: school.school, actor: Actor::Person(teacher), unlocked: None };
        records.would(&session, Act::FileRead, &Resource::File(file)).await.expect("decided") == Decision::Allowed
    };
    assert!(sees().await);
    let revision = records.person(head, teacher).await.expect("read").revision;
    records.leave(head, teacher, revision).await.expect("left");
    let revision = records.person(head, teacher).await.expect("read").revision;
    records.come_back(head, teacher, revision).await.expect("back");
    assert!(!sees().await);
    // An entry that tells of it and lost its mark, or is not there, lets nobody in.
    ground.order("UPDATE audit_entry SET proof = hash WHERE act = 'person-left'").await;
    assert!(!sees().await);
    cut(&ground, "person-left").await;
    assert!(!sees().await);
}

async fn a_reset_cut_out_of_the_log_does_not_make_the_next_the_first(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, head) = (&school.records, school.session("head"));
    records.reset_password(head, school.person("lead")).await.expect("one");
    let last = "(SELECT MAX(number) FROM audit_entry WHERE act = 'account-changed')";
    ground.order(&format!("DELETE FROM audit_entry WHERE number = {last}")).await;
    let next = records.reset_password(head, school.person("deputy")).await;
    assert!(matches!(next, Err(Fault::Damaged(_) | Fault::NotAllowed(_))), "{next:?}");
}
