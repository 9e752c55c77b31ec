//! Rivermead's fictional staff, governors and one family, and its being set up: through the same verbs as any school.

use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty},
    id,
    people::{
        FirstDuty, FirstPerson, GatePlace, Kind, LivesWith, NewPerson, NewRelation, Part, RelationKind, Responsibility,
        SetUp, StaffKind,
    },
};
use jiff::civil::date;

/// The school's code.
pub const SCHOOL_CODE: &str = "rivermead";

/// The name that the demonstration's headteacher signs in to the records with.
pub const HEAD: &str = "head";

/// The pupil of whom there is a record to try things out with. The sample pupils of the gate are neutral codes only.
const PUPIL: &str = "Rosa Meadow";

/// The password of everybody of the demonstration who can sign in to the records.
pub const RECORDS_PASSWORD: &str = "otters by the weir";

/// One of the first people: name, neutral code, how they sign in to the records, and duties.
struct Person {
    kind: Kind,
    name: &'static str,
    code: &'static str,
    sign_in: Option<&'static str>,
    duties: &'static [(Duty, bool)],
    is_custodian: bool,
}

const PEOPLE: [Person; 6] = [
    Person {
        kind: Kind::Staff,
        name: "Honor Ashby",
        code: "staff-01",
        sign_in: Some(HEAD),
        duties: &[(Duty::Head, false)],
        is_custodian: true,
    },
    Person {
        kind: Kind::Staff,
        name: "Tomasz Wren",
        code: "staff-02",
        sign_in: Some("teacher"),
        duties: &[(Duty::Teacher, false)],
        is_custodian: false,
    },
    Person {
        kind: Kind::Staff,
        name: "Priya Lock",
        code: "staff-03",
        sign_in: Some("lead"),
        duties: &[(Duty::DesignatedLead, false), (Duty::OnlineSafetyLead, false)],
        is_custodian: true,
    },
    Person {
        kind: Kind::Staff,
        name: "Gwen Marsh",
        code: "staff-04",
        sign_in: None,
        duties: &[(Duty::DeputyDesignatedLead, false), (Duty::Head, true)],
        is_custodian: false,
    },
    Person {
        kind: Kind::Staff,
        name: "Nell Harbour",
        code: "staff-05",
        sign_in: Some("office"),
        duties: &[(Duty::Office, false)],
        is_custodian: false,
    },
    Person {
        kind: Kind::Governor,
        name: "Idris Bank",
        code: "governor-01",
        sign_in: Some("chair"),
        duties: &[(Duty::Chair, false)],
        is_custodian: true,
    },
];

/// Sets the school up, unless that was done before: its first people and their duties, a class, who teaches it, and a pupil
/// of it with her mother.
/// `password_hash` is the argon2id hash of [`crate::school::DEMO_PASSWORD`], for the teacher's sign-in to the proxy.
///
/// # Errors
///
/// When the store refuses something of it; the text says what.
pub async fn set_up(records: &Records, password_hash: &str) -> Result<(), String> {
    if records.school_of(SCHOOL_CODE).await.is_ok() {
        return Ok(());
    }
    set_up_anew(records, password_hash).await.map_err(|fault| format!("The fictional school was refused: {fault}"))
}

async fn set_up_anew(records: &Records, password_hash: &str) -> Result<(), Fault> {
    let done = records
        .set_up(SetUp {
            code: SCHOOL_CODE.to_owned(),
            name: "Rivermead School (a demonstration)".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: PEOPLE.iter().map(|person| person.first(password_hash)).collect(),
        })
        .await?;
    let mut head = None;
    for (person, made) in PEOPLE.iter().zip(&done.people) {
        if let (Some(name), Some(passphrase)) = (person.sign_in, &made.passphrase) {
            let session = records.choose_password(SCHOOL_CODE, name, passphrase, RECORDS_PASSWORD).await?;
            head.get_or_insert(session);
        }
    }
    let session = head.unwrap_or(Session { school: done.school, actor: Actor::Console, unlocked: None });
    records.add_class(&session, "5b-geography", "5B geography").await?;
    for (_, teacher) in PEOPLE.iter().zip(&done.people).filter(|(person, _)| person.sign_in == Some("teacher")) {
        records.join_class(&session, "5b-geography", teacher.person, Part::Teaches).await?;
    }
    let pupil = NewPerson {
        date_of_birth: Some(date(2015, 3, 9)),
        gate: GatePlace { group: Some("hazel".to_owned()), ..GatePlace::default() },
        ..NewPerson::new(Kind::Pupil, PUPIL)
    };
    let child = records.add_person(&session, pupil).await?;
    records.join_class(&session, "5b-geography", child, Part::Learns).await?;
    let adult = records.add_person(&session, NewPerson::new(Kind::Parent, "Lena Meadow")).await?;
    let mother = NewRelation {
        child,
        adult,
        kind: RelationKind::Mother,
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::Yes,
        contact_order: 1,
    };
    records.record_relation(&session, &mother).await?;
    Ok(())
}

/// The id of the pupil whose record is there to try things out with. None, if somebody changed the head's password or the
/// pupil's name since: the demonstration's state may be kept.
///
/// # Errors
///
/// When the store cannot be read; the text says why.
pub async fn sample_pupil(records: &Records) -> Result<Option<id::Person>, String> {
    let session = match records.sign_in(SCHOOL_CODE, HEAD, RECORDS_PASSWORD).await {
        Ok(session) => session,
        Err(Fault::NotAllowed(_)) => return Ok(None),
        Err(fault) => return Err(fault.to_string()),
    };
    let found = records.find_people(&session, PUPIL, Some(Kind::Pupil)).await;
    found.map(|found| found.people.first().map(|found| found.id)).map_err(|fault| fault.to_string())
}

impl Person {
    fn first(&self, password_hash: &str) -> FirstPerson {
        let person = match self.kind {
            Kind::Staff => NewPerson::staff(StaffKind::Employed, self.name),
            kind => NewPerson::new(kind, self.name),
        };
        let mut gate = GatePlace { code: Some(self.code.to_owned()), ..GatePlace::default() };
        if self.sign_in == Some("teacher") {
            gate.group = Some("ash".to_owned());
            gate.sign_in = Some("teacher".to_owned());
            gate.password_hash = Some(password_hash.to_owned());
            gate.resolver_name = Some("teacher-demo-3h5v".to_owned());
        }
        FirstPerson {
            person: NewPerson { gate, ..person },
            duties: self
                .duties
                .iter()
                .map(|(duty, is_deputy)| FirstDuty { duty: *duty, is_deputy: *is_deputy })
                .collect(),
            sign_in_name: self.sign_in.map(str::to_owned),
            is_custodian: self.is_custodian,
        }
    }
}
