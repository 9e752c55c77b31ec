//! The people whom the tests of settings and calendar need: a school with or without a trust, through the verbs.

use crate::ground::Ground;
use holdfast_records::{
    Records, Session,
    access::{Actor, Duty},
    id,
    people::{FirstDuty, FirstPerson, NewPerson, SetUp, StaffKind},
};

/// A school and those who decide there.
pub struct School {
    /// Its records.
    pub records: Records,
    /// Its id.
    pub id: id::School,
    /// The head, who is trust lead too.
    pub head: Session,
    /// The designated safeguarding lead.
    pub lead: Session,
    /// A teacher.
    pub teacher: Session,
}

/// Sets a school up.
pub async fn school(ground: &Ground, code: &str, trust: Option<&str>) -> School {
    let records = ground.records().await;
    let people = [
        ("Ada Head", vec![Duty::Head, Duty::TrustLead]),
        ("Bo Lead", vec![Duty::DesignatedLead]),
        ("Cy Chair", vec![Duty::Chair]),
        ("Di Deputy", vec![Duty::DeputyDesignatedLead]),
        ("Ed Teacher", vec![Duty::Teacher]),
    ];
    // Three hear about adults: head, chair, and the head's deputy.
    let deputises = |name: &str| name.starts_with("Di").then_some(FirstDuty { duty: Duty::Head, is_deputy: true });
    let people = people.map(|(name, duties)| FirstPerson {
        person: NewPerson::staff(StaffKind::Employed, name),
        duties: duties.into_iter().map(|duty| FirstDuty { duty, is_deputy: false }).chain(deputises(name)).collect(),
        sign_in_name: Some(format!("{}-{code}", name.split(' ').next().unwrap_or_default().to_lowercase())),
        is_custodian: !name.ends_with("Teacher"),
    });
    let set_up = SetUp {
        code: code.to_owned(),
        name: format!("The {code} school"),
        time_zone: "Europe/London".to_owned(),
        trust: trust.map(str::to_owned),
        people: people.into(),
    };
    let done = records.set_up(set_up).await.expect("the school is set up");
    let session =
        |place: usize| Session { school: done.school, actor: Actor::Person(done.people[place].person), unlocked: None };
    School { id: done.school, head: session(0), lead: session(1), teacher: session(4), records }
}
