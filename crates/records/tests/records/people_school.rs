//! A school of five for the tests of people: head, safeguarding lead, chair, teacher and two pupils of one name.

use holdfast_records::{
    Records, Session,
    access::{Actor, Duty},
    id,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, StaffKind},
};

/// The school, and who is who.
pub struct Small {
    pub head: Session,
    pub lead: Session,
    pub chair: Session,
    pub teacher: Session,
    pub pupil: id::Person,
    pub namesake: id::Person,
}

/// Whom a session is of.
pub fn who(session: &Session) -> id::Person {
    match session.actor {
        Actor::Person(person) => person,
        other => panic!("{other:?} is no person"),
    }
}

/// One of the first people.
pub fn first(name: &str, duties: &[Duty]) -> FirstPerson {
    FirstPerson {
        person: NewPerson::staff(StaffKind::Employed, name),
        duties: duties.iter().map(|duty| FirstDuty { duty: *duty, is_deputy: false }).collect(),
        sign_in_name: Some(name.to_lowercase().replace(' ', ".")),
        is_custodian: true,
    }
}

/// What sets the school up.
pub fn set_up() -> SetUp {
    SetUp {
        code: "elmsworth".to_owned(),
        name: "Elmsworth School".to_owned(),
        time_zone: "Europe/London".to_owned(),
        trust: None,
        people: vec![
            first("Hana Head", &[Duty::Head]),
            FirstPerson {
                duties: vec![
                    FirstDuty { duty: Duty::DesignatedLead, is_deputy: false },
                    FirstDuty { duty: Duty::Head, is_deputy: true },
                ],
                ..first("Dora Lead", &[])
            },
            FirstPerson { person: NewPerson::new(Kind::Governor, "Carl Chair"), ..first("Carl Chair", &[Duty::Chair]) },
        ],
    }
}

/// Sets the school up and adds the others.
pub async fn small(records: &Records) -> Small {
    let done = records.set_up(set_up()).await.expect("it is set up");
    let session = |person| Session { school: done.school, actor: Actor::Person(person), unlocked: None };
    let [head, lead, chair] = [0, 1, 2].map(|place: usize| session(done.people[place].person));
    let teacher = NewPerson::staff(StaffKind::Employed, "Theo Teacher");
    let teacher = session(records.add_person(&head, teacher).await.expect("added"));
    let given =
        holdfast_records::people::GiveDuty { duty: Duty::Teacher, person: who(&teacher), is_deputy: false, from: None };
    records.give_duty(&head, &given).await.expect("given");
    let pupil = |born: &str| NewPerson {
        date_of_birth: Some(born.parse().expect("a date")),
        ..NewPerson::new(Kind::Pupil, "Ada Ash")
    };
    let namesake = records.add_person(&head, pupil("2013-01-27")).await.expect("added");
    let pupil = records.add_person(&head, pupil("2014-06-08")).await.expect("added");
    Small { head, lead, chair, teacher, pupil, namesake }
}
