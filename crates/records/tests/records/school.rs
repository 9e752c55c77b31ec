//! A school with somebody in every role, made through the verbs, for the tests of access: two dozen people, a class, and files
//! of both kinds about all sorts of people. Nobody signs in with a password but the lead, so it is made in a second; sessions
//! without a key show what is decided, not what can be opened.

use crate::{decided, doors::report, filing::seen, ground::Ground};
use holdfast_records::{
    Records, Session,
    access::{Actor, Duty, FileKind},
    concern::door::{Concerned, Door, WhichReports},
    file::{NewFile, Words},
    id,
    people::{
        FirstDuty, FirstPerson, GiveDuty, Kind, LivesWith, NewPerson, NewRelation, Part, RelationKind, Responsibility,
        SetUp, StaffKind,
    },
    store::Place,
};
use std::collections::BTreeMap;

const CODE: &str = "access";
const PASSWORD: &str = "seven green herons on the weir";

/// Who is there: a word for each, what they are, their name, and the duty they hold.
const ADULTS: [(&str, Kind, &str, Option<Duty>); 20] = [
    ("head", Kind::Staff, "Hilda Marsh", Some(Duty::Head)),
    ("senior", Kind::Staff, "Sita Vale", Some(Duty::SeniorLeader)),
    ("lead", Kind::Staff, "Lena Frost", Some(Duty::DesignatedLead)),
    ("deputy", Kind::Staff, "Dora Hale", Some(Duty::DeputyDesignatedLead)),
    ("online", Kind::Staff, "Olaf Reed", Some(Duty::OnlineSafetyLead)),
    ("governor", Kind::Governor, "Gita Moss", Some(Duty::Governor)),
    ("lead-governor", Kind::Governor, "Lars Moor", Some(Duty::LeadGovernor)),
    ("chair", Kind::Governor, "Cora Ford", Some(Duty::Chair)),
    ("trust", Kind::Outside, "Tess Lowe", Some(Duty::TrustLead)),
    ("technician", Kind::Staff, "Theo Byte", Some(Duty::Technician)),
    ("officer", Kind::Staff, "Otto Penn", Some(Duty::DataProtection)),
    ("behaviour", Kind::Staff, "Bela Stone", Some(Duty::BehaviourLead)),
    ("needs", Kind::Staff, "Nora Wood", Some(Duty::NeedsCoordinator)),
    ("liaison", Kind::Staff, "Finn Lake", Some(Duty::FamilyLiaison)),
    ("office", Kind::Staff, "Orla Dean", Some(Duty::Office)),
    ("teacher", Kind::Staff, "Martin Pike", Some(Duty::Teacher)),
    ("other-teacher", Kind::Staff, "Mia Carr", Some(Duty::Teacher)),
    ("colleague", Kind::Staff, "Kai Ross", None),
    ("heads-deputy", Kind::Staff, "Hugo Lane", None),
    ("leaver", Kind::Staff, "Liv Gone", None),
];
const OTHERS: [(&str, Kind, &str); 6] = [
    ("ann", Kind::Pupil, "Ann Birch"),
    ("ben", Kind::Pupil, "Ben Ash"),
    ("parent", Kind::Parent, "Pia Birch"),
    ("other-parent", Kind::Parent, "Paul Birch"),
    ("visitor", Kind::Visitor, "Vic Guest"),
    ("outside", Kind::Outside, "Ola Social"),
];

/// The school.
pub struct School {
    pub records: Records,
    /// Where its store is.
    pub place: Place,
    pub id: id::School,
    people: BTreeMap<&'static str, id::Person>,
    lead: Session,
    pub files: BTreeMap<&'static str, id::File>,
    /// Reports that came through doors: a worry about a child, one about the head, and whistleblowing.
    pub reports: BTreeMap<&'static str, id::Report>,
    /// A pupil of another school, and a file about them.
    pub foreign: (id::Person, id::File),
}

impl School {
    /// Makes it.
    pub async fn new(ground: &Ground) -> Self {
        let records = ground.records().await;
        let done = records.set_up(set_up()).await.expect("the school is set up");
        let mut people: BTreeMap<&'static str, id::Person> =
            ADULTS.iter().zip(&done.people).map(|((word, ..), made)| (*word, made.person)).collect();
        let one_time = done.people[2].passphrase.as_ref().expect("the lead has an account");
        let lead = records.choose_password(CODE, "lead", one_time, PASSWORD).await.expect("signed in");
        let head = Session { school: done.school, actor: Actor::Person(people["head"]), unlocked: None };
        for (word, kind, name) in OTHERS {
            people.insert(word, records.add_person(&head, NewPerson::new(kind, name)).await.expect("added"));
        }
        records.add_class(&head, "7b", "7b").await.expect("a class");
        records.join_class(&head, "7b", people["ann"], Part::Learns).await.expect("she learns");
        records.join_class(&head, "7b", people["teacher"], Part::Teaches).await.expect("he teaches");
        for (adult, responsibility) in [("parent", Responsibility::Yes), ("other-parent", Responsibility::No)] {
            let relation = NewRelation {
                child: people["ann"],
                adult: people[adult],
                kind: RelationKind::ALL[0],
                responsibility,
                lives_with: LivesWith::ALL[0],
                contact_order: 1,
            };
            records.record_relation(&head, &relation).await.expect("a relation");
        }
        let deputy = GiveDuty { duty: Duty::Head, person: people["heads-deputy"], is_deputy: true, from: None };
        records.give_duty(&head, &deputy).await.expect("a deputy");
        let leaver = records.person(&head, people["leaver"]).await.expect("read");
        records.leave(&head, people["leaver"], leaver.revision).await.expect("gone");
        let foreign = foreign(ground).await;
        let mut school = Self {
            records,
            place: ground.place(),
            id: done.school,
            people,
            lead,
            files: BTreeMap::new(),
            reports: BTreeMap::new(),
            foreign,
        };
        school.fill().await;
        school
    }

    /// The files: each kind, about ordinary people and about those who would read it.
    async fn fill(&mut self) {
        use FileKind::{Child, StaffConcern};
        for (word, kind, about, named, by) in [
            ("ann's", Child, "ann", None, "teacher"),
            ("ben's, which names the head", Child, "ben", Some("head"), "other-teacher"),
            ("ben's, which names the lead", Child, "ben", Some("lead"), "other-teacher"),
            ("about a colleague", StaffConcern, "colleague", None, "ann"),
            ("about the lead", StaffConcern, "lead", None, "teacher"),
            ("about the head", StaffConcern, "head", None, "teacher"),
            ("about the chair", StaffConcern, "chair", None, "teacher"),
        ] {
            let named = named.into_iter().map(|word| self.person(word)).collect();
            let new = NewFile { kind, person: self.person(about), named, entry: seen("canary") };
            let raised = self.records.open_file(&self.session(by), &new).await.expect("raised");
            self.files.insert(word, raised.file);
        }
        let reason = Words::new("plans the support").expect("words");
        let admitted = self.records.admit_to_file(&self.lead, self.files["ann's"], self.person("needs"), &reason).await;
        admitted.expect("the lead lets somebody in");
        for (word, door, concerned) in [
            ("about a child", Door::Worry, Concerned::Nobody),
            ("about a child, which names the lead", Door::Worry, Concerned::Nobody),
            ("about an adult", Door::Worry, Concerned::Adult),
            ("about the head", Door::Complaint, Concerned::Head),
            ("of whistleblowing", Door::Whistleblowing, Concerned::School),
        ] {
            let about = if word.contains("names the lead") { "Lena Frost" } else { "somebody" };
            let arrived = self.records.report_at_door(self.id, &report(door, concerned, about), "here").await;
            let reference = arrived.expect("taken in").reference;
            for reader in ["head", "chair"] {
                let waiting = self.records.waiting_reports(&self.session(reader), WhichReports::Waiting).await;
                let found = waiting.expect("a list").into_iter().find(|waits| waits.reference == reference);
                self.reports.extend(found.map(|waits| (word, waits.report)));
            }
        }
    }

    /// Everybody's word.
    pub fn words() -> Vec<&'static str> {
        ADULTS.iter().map(|(word, ..)| *word).chain(OTHERS.iter().map(|(word, ..)| *word)).collect()
    }

    /// Somebody.
    pub fn person(&self, word: &str) -> id::Person {
        self.people[word]
    }

    /// Somebody's session; only the lead's can open anything.
    pub fn session(&self, word: &str) -> Session {
        let unlocked = if word == "lead" { self.lead.unlocked.clone() } else { None };
        Session { school: self.id, actor: Actor::Person(self.people[word]), unlocked }
    }
}

fn set_up() -> SetUp {
    let first = |(word, kind, name, duty): &(&str, Kind, &str, Option<Duty>)| FirstPerson {
        person: match kind {
            Kind::Staff => NewPerson::staff(StaffKind::Employed, *name),
            kind => NewPerson::new(*kind, *name),
        },
        duties: duty.iter().map(|duty| FirstDuty { duty: *duty, is_deputy: false }).collect(),
        sign_in_name: ["head", "lead", "chair", "trust", "senior"].contains(word).then(|| (*word).to_owned()),
        is_custodian: ["head", "lead", "chair", "trust", "senior"].contains(word),
    };
    SetUp {
        code: CODE.to_owned(),
        name: "The school of every role".to_owned(),
        time_zone: "Europe/London".to_owned(),
        trust: Some("trust".to_owned()),
        people: ADULTS.iter().map(first).collect(),
    }
}

/// Another school of the same store.
async fn foreign(ground: &Ground) -> (id::Person, id::File) {
    let other = decided::school(ground, "elsewhere", None).await;
    let pupil = other.records.add_person(&other.head, NewPerson::new(Kind::Pupil, "Zed Other")).await.expect("added");
    let new = NewFile { kind: FileKind::Child, person: pupil, named: Vec::new(), entry: seen("elsewhere") };
    let raised = other.records.open_file(&other.teacher, &new).await.expect("raised");
    (pupil, raised.file)
}
