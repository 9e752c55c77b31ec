//! The life of a confidential file by command, against a real store: raised, read, searched, shared, moved to the right child,
//! closed, held, erased by two people, and not back after a restoring.

use crate::common::{run, said};
use holdfast_records::{
    Records,
    access::Duty,
    id,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, StaffKind},
    store::{Clock, Place},
};
use jiff::Timestamp;
use std::{fs, path::PathBuf};
use tempfile::TempDir;

const PASSWORD: &str = "a heron on the weir";
const CODE: &str = "files";

struct School {
    folder: TempDir,
    codes: Vec<String>,
    teacher: id::Person,
    ann: id::Person,
    ben: id::Person,
}

impl School {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
        let config = format!(
            "data = \"{}\"\n[store]\nsecrets = \"{}\"\n[[proxy]]\nname = \"one\"\nlisten = [\"127.0.0.1:3128\"]\n\
             [web]\nlisten = [\"127.0.0.1:8080\"]\naddress = \"http://localhost:8080\"\n",
            place.data.display(),
            place.secrets.display()
        );
        fs::create_dir_all(&place.data).unwrap();
        fs::write(folder.path().join("holdfast.toml"), config).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let records = Records::open(&place, Clock::new(Timestamp::now)).await.unwrap();
            let people = [
                ("Head", Duty::Head),
                ("Lead", Duty::DesignatedLead),
                ("Teacher", Duty::Teacher),
                ("Chair", Duty::Chair),
                ("Trust", Duty::TrustLead),
            ];
            let people = people.map(|(name, duty)| FirstPerson {
                person: NewPerson::staff(StaffKind::Employed, name),
                duties: vec![FirstDuty { duty, is_deputy: false }],
                sign_in_name: Some(name.to_lowercase()),
                is_custodian: true,
            });
            let set_up = SetUp {
                code: CODE.to_owned(),
                name: "The school of files".to_owned(),
                time_zone: "Europe/London".to_owned(),
                trust: None,
                people: people.into(),
            };
            let done = records.set_up(set_up).await.unwrap();
            let codes = done.people.iter().map(|made| made.recovery_code.as_ref().unwrap().to_string()).collect();
            let mut head = None;
            for (name, made) in ["head", "lead", "teacher"].iter().zip(&done.people) {
                let session = records.choose_password(CODE, name, made.passphrase.as_ref().unwrap(), PASSWORD).await;
                head.get_or_insert(session.unwrap());
            }
            let head = head.unwrap();
            let ann = records.add_person(&head, NewPerson::new(Kind::Pupil, "Ann Birch")).await.unwrap();
            let ben = records.add_person(&head, NewPerson::new(Kind::Pupil, "Ben Birch")).await.unwrap();
            records.close().await;
            Self { folder, codes, teacher: done.people[2].person, ann, ben }
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives a command as somebody, with words on the standard input; whether it was done, and what it said.
    fn give(&self, name: &str, words: &[&str], input: &str) -> (bool, String) {
        let config = self.path("holdfast.toml");
        let way = ["--as", name, "--config", config.to_str().unwrap()];
        let mut all = words.to_vec();
        // The way in stands before the subcommand, but where the subcommand has one of its own.
        let at = if words[0] == "backup" { words.len() } else { 1 };
        all.splice(at..at, way);
        let output = run(&all, &format!("{PASSWORD}\n{input}\n"));
        (output.status.success(), said(&output))
    }

    fn done(&self, name: &str, words: &[&str], input: &str) -> String {
        let (is_done, said) = self.give(name, words, input);
        assert!(is_done, "{words:?} by {name}: {said}");
        said
    }

    fn refused(&self, name: &str, words: &[&str], input: &str) -> String {
        let (is_done, said) = self.give(name, words, input);
        assert!(!is_done, "{words:?} by {name}: {said}");
        said
    }

    /// Backs up, and gives the backup's file.
    fn back_up(&self) -> PathBuf {
        let shelf = self.path("shelf");
        let said = self.done("head", &["backup", "make", "--to", shelf.to_str().unwrap()], "");
        PathBuf::from(said.split(" holds ").next().unwrap().trim())
    }
}

/// The word after some words.
fn after(said: &str, words: &str) -> String {
    let rest = said.split_once(words).unwrap_or_else(|| panic!("“{words}” is not in: {said}")).1;
    rest.split_whitespace().next().unwrap().trim_end_matches(['.', ';', ',']).to_owned()
}

#[test]
fn a_file_lives_and_ends_by_command() {
    let school = School::new();
    let (ann, ben, teacher) = (school.ann.to_string(), school.ben.to_string(), school.teacher.to_string());
    let opened = school.done("teacher", &["file", "open", "--about", &ben, "--severity", "3"], "The canary sang.");
    let report = after(&opened, "Your report: ");
    let listed = school.done("lead", &["file", "list"], "");
    let file = listed.split_whitespace().next().unwrap().to_owned();
    school.refused("teacher", &["file", "read", &file], "");
    assert!(school.done("lead", &["file", "read", &file], "").contains("The canary sang."));
    assert!(school.done("lead", &["file", "search"], "canary").contains(&file));
    school.done("lead", &["file", "admit", &file, &teacher], "Ann’s class teacher");
    assert!(school.done("teacher", &["file", "read", &file], "").contains("The canary sang."));

    // It was about the other child. The mark is kept beside the store by the verb itself.
    let moved = school.done("lead", &["file", "mend-wrong-child", "--file", &file, "--to", &ann], "Two of that name");
    let file = after(&moved, "it is file ");
    assert!(fs::read_to_string(school.path("data/records/erased.jsonl")).unwrap().contains("\"proof\""));
    school.done("teacher", &["file", "add", "--report", &report], "It sang again.");
    assert!(school.done("lead", &["file", "tasks"], "").contains("tell this reader"));

    let closing = "Helped.\n.\nNothing more is needed.";
    assert!(school.refused("lead", &["file", "close", &file], closing).contains("have not read"));
    assert!(school.done("lead", &["file", "read", &file], "").contains("It sang again."));
    school.done("lead", &["file", "close", &file], closing);

    let held = school.done("lead", &["hold", "place", &ann, "--reason", "police"], "PC 1234 asked.");
    let propose = ["erase", "propose", "--file", &file, "--rule", "court"];
    assert!(school.refused("lead", &propose, "").contains("to be kept for now"));
    school.done("lead", &["hold", "lift", &after(&held, "erased until ")], "The police are done.");
    let backup = school.back_up();
    school.done("lead", &propose, "");
    let listed = school.done("head", &["erase", "list"], "");
    let proposal = listed.split_whitespace().next().unwrap().to_owned();
    assert!(school.refused("lead", &["erase", "agree", &proposal], "").contains("Another person"));
    school.done("head", &["erase", "agree", &proposal], "");
    school.refused("lead", &["file", "read", &file], "");

    // Restored from before, on the same machine: what was erased since is erased again.
    let (config, into) = (school.path("holdfast.toml"), school.path("restored"));
    let restore = |into: &PathBuf| {
        let words = [
            "restore",
            backup.to_str().unwrap(),
            "--config",
            config.to_str().unwrap(),
            "--into",
            into.to_str().unwrap(),
        ];
        run(&words, &format!("{}\n{}\n", school.codes[0], school.codes[1]))
    };
    let marks = school.path("data/records/erased.jsonl");
    fs::copy(marks, school.path("shelf/erased.jsonl")).unwrap();
    let restored = restore(&into);
    assert!(restored.status.success() && said(&restored).contains("Erased again: 1"), "{}", said(&restored));
    let there = ["file", "--data", into.to_str().unwrap()];
    school.refused("lead", &[there.as_slice(), &["read", &file]].concat(), "");
    assert!(school.done("lead", &[there.as_slice(), &["list"]].concat(), "").contains("nothing"));
    assert!(!restore(&into).status.success(), "never over a school");
}
