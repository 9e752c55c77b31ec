//! A school's first trust lead, who hears about the chair, was named by the head alone. Now two people name them, and only what the
//! log tells of counts.

use crate::ground::{Ground, both};
use holdfast_records::{
    Fault, Records, Session,
    access::{Act, Actor, Duty},
    audit::Question,
    id,
    people::{FirstDuty, FirstPerson, GiveDuty, NewPerson, SetUp, StaffKind},
};
use jiff::SignedDuration;

both!(
    the_head_named_the_first_trust_lead_alone,
    a_chair_of_a_moment_ago_agreed_to_the_first_trust_lead,
    without_a_chair_a_safeguarding_lead_agrees_and_not_the_heads_deputy,
    a_proposal_ends_after_two_weeks_and_when_its_person_leaves,
);

const PEOPLE: [(&str, &str, &[Duty]); 7] = [
    ("head", "Hilda Marsh", &[Duty::Head]),
    ("lead", "Lena Frost", &[Duty::DesignatedLead]),
    ("chair", "Cora Ford", &[Duty::Chair]),
    ("deputy", "Dora Hale", &[Duty::DeputyDesignatedLead]),
    ("heads-deputy", "Hugo Lane", &[]),
    ("teacher", "Martin Pike", &[Duty::Teacher]),
    ("friend", "Ola Social", &[]),
];

/// A school without a trust lead.
struct School {
    records: Records,
    id: id::School,
    people: Vec<id::Person>,
}

impl School {
    async fn new(ground: &Ground) -> Self {
        let records = ground.records().await;
        let first = |(word, name, duties): &(&str, &str, &[Duty])| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, *name),
            duties: duties
                .iter()
                .map(|duty| FirstDuty { duty: *duty, is_deputy: false })
                .chain((*word == "heads-deputy").then_some(FirstDuty { duty: Duty::Head, is_deputy: true }))
                .collect(),
            sign_in_name: ["head", "lead", "chair"].contains(word).then(|| (*word).to_owned()),
            is_custodian: ["head", "lead", "chair"].contains(word),
        };
        let set_up = SetUp {
            code: "trustless".to_owned(),
            name: "A school without a trust lead".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: PEOPLE.iter().map(first).collect(),
        };
        let done = records.set_up(set_up).await.expect("the school is set up");
        Self { records, id: done.school, people: done.people.iter().map(|made| made.person).collect() }
    }

    fn person(&self, word: &str) -> id::Person {
        self.people[PEOPLE.iter().position(|(one, ..)| *one == word).expect("there")]
    }

    fn session(&self, word: &str) -> Session {
        Session { school: self.id, actor: Actor::Person(self.person(word)), unlocked: None }
    }

    async fn propose(&self, by: &str, whom: &str) -> Result<(), Fault> {
        self.records.propose_trust_lead(&self.session(by), self.person(whom)).await.map(drop)
    }

    async fn agree(&self, by: &str, whom: &str) -> Result<id::Holding, Fault> {
        self.records.agree_trust_lead(&self.session(by), self.person(whom)).await
    }

    async fn trust_leads(&self) -> Vec<id::Person> {
        let held = self.records.duties(&self.session("head")).await.expect("the duties");
        held.into_iter().filter(|held| held.duty == Duty::TrustLead).map(|held| held.person).collect()
    }

    async fn denied(&self, act: Act) -> usize {
        let question = Question { most: 200, ..Question::default() };
        let log = self.records.read_audit(&self.session("head"), &question).await.expect("the head reads the log");
        log.entries.iter().filter(|entry| entry.outcome == "denied" && entry.act == act.word()).count()
    }
}

fn refused<T: std::fmt::Debug>(done: &Result<T, Fault>) {
    assert!(matches!(done, Err(Fault::NotAllowed(_))), "{done:?}");
}

async fn the_head_named_the_first_trust_lead_alone(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, friend) = (&school.records, school.person("friend"));
    let given = |is_deputy| GiveDuty { duty: Duty::TrustLead, person: friend, is_deputy, from: None };
    for by in ["head", "chair"] {
        refused(&records.give_duty(&school.session(by), &given(false)).await);
        refused(&records.give_duty(&school.session(by), &given(true)).await);
    }
    // Nobody agrees to what nobody proposed, nor to what they proposed themselves.
    refused(&school.agree("chair", "friend").await);
    school.propose("head", "friend").await.expect("proposed");
    refused(&school.agree("head", "friend").await);
    // Beside a chair it is the chair who agrees; and only to whom was proposed.
    refused(&school.agree("lead", "friend").await);
    refused(&school.agree("chair", "teacher").await);
    assert_eq!(school.agree("teacher", "friend").await, Err(Fault::NotFound));
    assert_eq!(school.propose("lead", "friend").await, Err(Fault::NotFound));
    assert_eq!(school.denied(Act::DutyAgreed).await, 5);
    assert_eq!(school.trust_leads().await, []);
    let told = records.notices(&school.session("chair")).await.expect("read");
    assert!(told.iter().any(|notice| notice.kind == "duty-proposed" && notice.about == friend.to_string()), "{told:?}");
    for (by, is_by_another) in [("head", false), ("chair", true), ("lead", true)] {
        let waiting = records.trust_lead_proposals(&school.session(by)).await.expect("read");
        let waiting: Vec<_> = waiting.iter().map(|one| (one.person, one.is_by_another)).collect();
        assert_eq!(waiting, [(friend, is_by_another)], "{by}");
    }
    let holding = school.agree("chair", "friend").await.expect("agreed");
    assert_eq!(records.trust_lead_proposals(&school.session("chair")).await, Ok(Vec::new()));
    assert_eq!(school.trust_leads().await, [friend]);
    let told = records.notices(&school.session("lead")).await.expect("read");
    assert!(told.iter().any(|notice| notice.kind == "duty-given" && notice.about == friend.to_string()), "{told:?}");
    // From then on it is theirs to give, and the log tells of it: they act in it.
    refused(&school.propose("head", "teacher").await);
    refused(&school.agree("chair", "teacher").await);
    let deputy = GiveDuty { duty: Duty::TrustLead, person: school.person("teacher"), is_deputy: true, from: None };
    records.give_duty(&school.session("friend"), &deputy).await.expect("a deputy");
    // What was agreed to once is not agreed to again.
    records.end_duty(&school.session("teacher"), holding).await.expect_err("not by a new deputy");
}

async fn a_chair_of_a_moment_ago_agreed_to_the_first_trust_lead(ground: Ground) {
    let school = School::new(&ground).await;
    ground.advance(SignedDuration::from_mins(1));
    let chair = GiveDuty { duty: Duty::Chair, person: school.person("teacher"), is_deputy: false, from: None };
    school.records.give_duty(&school.session("chair"), &chair).await.expect("a second chair");
    school.propose("head", "friend").await.expect("proposed");
    refused(&school.agree("teacher", "friend").await);
    // The other way round too.
    school.propose("teacher", "friend").await.expect("proposed");
    school.agree("head", "friend").await.expect_err("proposed by whoever is new");
    ground.advance(SignedDuration::from_hours(24 * 13));
    school.propose("chair", "deputy").await.expect("proposed by the one who was there");
    school.agree("head", "deputy").await.expect("the head agrees to what the chair proposed");
}

async fn without_a_chair_a_safeguarding_lead_agrees_and_not_the_heads_deputy(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head) = (&school.records, school.session("head"));
    // The only chair is whom it is about.
    school.propose("head", "chair").await.expect("proposed");
    refused(&school.agree("chair", "chair").await);
    refused(&school.agree("heads-deputy", "chair").await.or(Err(Fault::NotAllowed(String::new()))));
    // Who is a safeguarding lead by the head's word since a moment ago waits.
    ground.advance(SignedDuration::from_mins(1));
    let second =
        GiveDuty { duty: Duty::DesignatedLead, person: school.person("teacher"), is_deputy: false, from: None };
    records.give_duty(&head, &second).await.expect("a second lead");
    refused(&school.agree("teacher", "chair").await);
    let both =
        GiveDuty { duty: Duty::DesignatedLead, person: school.person("heads-deputy"), is_deputy: false, from: None };
    records.give_duty(&head, &both).await.expect("a third lead, who deputises for the head");
    ground.advance(SignedDuration::from_hours(24 * 14 + 1));
    school.propose("head", "chair").await.expect("proposed again");
    refused(&school.agree("heads-deputy", "chair").await);
    school.agree("lead", "chair").await.expect("agreed");
}

async fn a_proposal_ends_after_two_weeks_and_when_its_person_leaves(ground: Ground) {
    let school = School::new(&ground).await;
    let (records, head, friend) = (&school.records, school.session("head"), school.person("friend"));
    school.propose("head", "friend").await.expect("proposed");
    ground.advance(SignedDuration::from_hours(24 * 14 + 1));
    refused(&school.agree("chair", "friend").await);
    school.propose("head", "friend").await.expect("proposed again");
    let revision = records.person(&head, friend).await.expect("read").revision;
    records.leave(&head, friend, revision).await.expect("gone");
    records.come_back(&head, friend, revision + 1).await.expect("back");
    refused(&school.agree("chair", "friend").await);
    // An entry that is not as the machine wrote it proposes nobody.
    school.propose("head", "friend").await.expect("proposed anew");
    ground.order("UPDATE audit_entry SET actor = actor || '0' WHERE act = 'duty-proposed'").await;
    assert!(matches!(school.agree("chair", "friend").await, Err(Fault::Damaged(_))));
    assert_eq!(school.trust_leads().await, []);
}
