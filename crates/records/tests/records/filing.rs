//! A small school for tests of files: who is who, and who is signed in.

use crate::ground::Ground;
use holdfast_records::{
    Records, Session,
    access::{Duty, FileKind},
    concern::answer::{Crime, IncidentType, NewClass},
    file::{EntryKind, NewEntry, NewFile, Raised, Severity, Words},
    id,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, StaffKind},
};
use std::collections::BTreeMap;

const CODE: &str = "filing";
const PASSWORD: &str = "heron under the old bridge";

/// The school. Everybody is there; who is to act is signed in.
pub struct Filing {
    pub records: Records,
    pub school: id::School,
    people: BTreeMap<&'static str, id::Person>,
    sessions: BTreeMap<&'static str, Session>,
}

const ADULTS: [(&str, &str, Option<Duty>); 7] = [
    ("head", "Hilda Marsh", Some(Duty::Head)),
    ("lead", "Lena Frost", Some(Duty::DesignatedLead)),
    ("deputy", "Dora Hale", Some(Duty::DeputyDesignatedLead)),
    ("chair", "Cora Reed", Some(Duty::Chair)),
    ("trust", "Tess Lowe", Some(Duty::TrustLead)),
    ("officer", "Otto Penn", Some(Duty::DataProtection)),
    ("teacher", "Martin Pike", Some(Duty::Teacher)),
];
const PUPILS: [(&str, &str); 3] = [("ann", "Ann Birch"), ("ben", "Ben Birch"), ("cai", "Cai Stone")];

impl Filing {
    /// Somebody says what kind of thing it is, and that no crime is suspected: an incident and a case close with it.
    pub async fn class(&self, who: &str, file: id::File) {
        let reason = Some(Words::new("it was a quarrel").expect("words"));
        let types = vec![IncidentType::Bullying];
        let class = NewClass { risks: Vec::new(), types, crime: Crime::NotSuspected, reason };
        self.records.class_concern(self.session(who), file, &class).await.expect("classed");
    }

    /// The school with its head, its safeguarding lead and a teacher signed in.
    pub async fn new(ground: &Ground) -> Self {
        Self::with(ground, &[]).await
    }

    /// The same, with these signed in too. (Each sign-in costs an argon2id.)
    pub async fn with(ground: &Ground, more: &[&str]) -> Self {
        let records = ground.records().await;
        let signs_in = |name: &str| ["head", "lead", "teacher"].contains(&name) || more.contains(&name);
        let first = |(name, full, duty): &(&str, &str, Option<Duty>)| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, *full),
            duties: duty.iter().map(|duty| FirstDuty { duty: *duty, is_deputy: false }).collect(),
            sign_in_name: signs_in(name).then(|| (*name).to_owned()),
            is_custodian: matches!(*name, "head" | "lead" | "chair" | "deputy"),
        };
        let set_up = SetUp {
            code: CODE.to_owned(),
            name: "Filing School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: ADULTS.iter().map(first).collect(),
        };
        let done = records.set_up(set_up).await.expect("the school is set up");
        let (mut people, mut sessions) = (BTreeMap::new(), BTreeMap::new());
        for ((name, _, _), made) in ADULTS.iter().zip(&done.people) {
            people.insert(*name, made.person);
            if let Some(one_time) = &made.passphrase {
                let session = records.choose_password(CODE, name, one_time, PASSWORD).await.expect("signed in");
                sessions.insert(*name, session);
            }
        }
        let head = sessions["head"].clone();
        for (name, full) in PUPILS {
            let pupil = NewPerson::new(Kind::Pupil, full);
            people.insert(name, records.add_person(&head, pupil).await.expect("a pupil"));
        }
        if signs_in("ann") {
            let one_time = records.create_account(&head, people["ann"], "ann").await.expect("an account");
            let ann = records.choose_password(CODE, "ann", &one_time, PASSWORD).await.expect("signed in");
            sessions.insert("ann", ann);
        }
        Self { records, school: done.school, people, sessions }
    }

    pub fn person(&self, name: &str) -> id::Person {
        self.people[name]
    }

    pub fn session(&self, name: &str) -> &Session {
        &self.sessions[name]
    }

    /// A child's file, raised by somebody with these words.
    pub async fn raise(&self, by: &str, about: &str, text: &str) -> Raised {
        self.records.open_file(self.session(by), &self.child_file(about, text)).await.expect("raised")
    }

    pub fn child_file(&self, about: &str, text: &str) -> NewFile {
        NewFile { kind: FileKind::Child, person: self.person(about), named: Vec::new(), entry: seen(text) }
    }

    pub fn staff_file(&self, about: &str, text: &str) -> NewFile {
        NewFile { kind: FileKind::StaffConcern, person: self.person(about), named: Vec::new(), entry: seen(text) }
    }
}

pub fn words(text: &str) -> Words {
    Words::new(text).expect("words")
}

pub fn seen(text: &str) -> NewEntry {
    NewEntry { kind: EntryKind::Seen, severity: Severity::new(3), moment: None, text: words(text), reason: None }
}
