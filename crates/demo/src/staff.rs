//! Rivermead's fictional staff and governors, and its being set up: through the same verbs as any school.

use crate::{contacts, families};
use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty},
    id,
    people::{FirstDuty, FirstPerson, GatePlace, Kind, NewPerson, Part, SetUp, StaffKind},
};

/// The school's code.
pub const SCHOOL_CODE: &str = "rivermead";

/// Where it is, for its clocks.
pub const TIME_ZONE: &str = "Europe/London";

/// The name that the demonstration's headteacher signs in to the records with.
pub const HEAD: &str = "head";

/// The password of everybody of the demonstration who can sign in to the records.
pub const RECORDS_PASSWORD: &str = "otters by the weir";

/// One of the first people: name, neutral code, how they sign in to the records, duties, and what they are there for.
struct Person {
    kind: Kind,
    name: &'static str,
    code: &'static str,
    sign_in: &'static str,
    duties: &'static [(Duty, bool)],
    is_custodian: bool,
    words: &'static str,
}

const PEOPLE: [Person; 12] = [
    Person {
        kind: Kind::Staff,
        name: "Honor Ashby",
        code: "staff-01",
        sign_in: HEAD,
        duties: &[(Duty::Head, false)],
        is_custodian: true,
        words: "Hears concerns about adults that nobody else sees, and agrees to what is changed in the filter.",
    },
    Person {
        kind: Kind::Staff,
        name: "Priya Lock",
        code: "staff-03",
        sign_in: "lead",
        duties: &[(Duty::DesignatedLead, false), (Duty::OnlineSafetyLead, false)],
        is_custodian: true,
        words: "Reads and answers what is reported about children.",
    },
    Person {
        kind: Kind::Staff,
        name: "Gwen Marsh",
        code: "staff-04",
        sign_in: "deputy",
        duties: &[(Duty::DeputyDesignatedLead, false), (Duty::Head, true)],
        is_custodian: false,
        words: "Stands in for the safeguarding lead, and for the head when she is away.",
    },
    Person {
        kind: Kind::Staff,
        name: "Tomasz Wren",
        code: "staff-02",
        sign_in: "teacher",
        duties: &[(Duty::Teacher, false)],
        is_custodian: false,
        words: "Teaches 5B geography: sees his own class, and reports what worries him.",
    },
    Person {
        kind: Kind::Staff,
        name: "Bryn Tarn",
        code: "staff-06",
        sign_in: "class-teacher",
        duties: &[(Duty::Teacher, false)],
        is_custodian: false,
        words: "Teaches the youngest, who sign in with their class.",
    },
    Person {
        kind: Kind::Staff,
        name: "Ada Holm",
        code: "staff-07",
        sign_in: "assistant",
        duties: &[],
        is_custodian: false,
        words: "Works with children without a duty of her own: reports what worries her.",
    },
    Person {
        kind: Kind::Staff,
        name: "Nell Harbour",
        code: "staff-05",
        sign_in: "office",
        duties: &[(Duty::Office, false)],
        is_custodian: false,
        words: "Keeps people and families; writes what she cannot read.",
    },
    Person {
        kind: Kind::Staff,
        name: "Theo Fell",
        code: "staff-08",
        sign_in: "technician",
        duties: &[(Duty::Technician, false)],
        is_custodian: false,
        words: "Keeps the filter running, and never sees a child’s record.",
    },
    Person {
        kind: Kind::Staff,
        name: "Sol Brook",
        code: "staff-09",
        sign_in: "needs",
        duties: &[(Duty::NeedsCoordinator, false)],
        is_custodian: false,
        words: "Looks after what children with special needs need.",
    },
    Person {
        kind: Kind::Governor,
        name: "Idris Bank",
        code: "governor-01",
        sign_in: "chair",
        duties: &[(Duty::Chair, false)],
        is_custodian: true,
        words: "Hears concerns about the head.",
    },
    Person {
        kind: Kind::Governor,
        name: "Mina Carse",
        code: "governor-02",
        sign_in: "governor",
        duties: &[(Duty::LeadGovernor, false)],
        is_custodian: false,
        words: "Asks whether the policy is true, without one child’s name.",
    },
    Person {
        kind: Kind::Outside,
        name: "Una Strand",
        code: "trust-01",
        sign_in: "trust",
        duties: &[(Duty::TrustLead, false)],
        is_custodian: false,
        words: "Hears concerns about the chair, for the trust.",
    },
];

/// Somebody whom one can be with one press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Their name.
    pub name: &'static str,
    /// The name they sign in with.
    pub sign_in_name: &'static str,
    /// Their first duty, if they have one.
    pub duty: Option<Duty>,
    /// What they are there for, one sentence.
    pub words: &'static str,
}

/// Everybody who can sign in to the records.
pub fn roles() -> impl Iterator<Item = Role> {
    PEOPLE.iter().map(|person| Role {
        name: person.name,
        sign_in_name: person.sign_in,
        duty: person.duties.first().map(|(duty, _)| *duty),
        words: person.words,
    })
}

/// A pupil whom one can be with one press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PupilRole {
    /// Their name in full.
    pub name: &'static str,
    /// The code of their class.
    pub class: &'static str,
    /// The name that their teacher signs in with.
    pub teacher: &'static str,
    /// What one sees as them, one sentence.
    pub words: &'static str,
}

/// The pupils whom one can be.
pub fn pupils() -> [PupilRole; 2] {
    [
        PupilRole {
            name: "Cerys Reedman",
            class: "1r",
            teacher: "class-teacher",
            words: "One of the youngest: a page with a few big things to press.",
        },
        PupilRole {
            name: families::PUPIL,
            class: "5b-geography",
            teacher: "teacher",
            words: "A pupil of the middle years, in a geography lesson: sees its sites, and tells somebody with a picture.",
        },
    ]
}

/// Sets the school up, unless that was done before: its first people and their duties, its pupils and families, its classes
/// and who teaches them.
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
            time_zone: TIME_ZONE.to_owned(),
            trust: None,
            people: PEOPLE.iter().map(|person| person.first(password_hash)).collect(),
        })
        .await?;
    let mut head = None;
    for (person, made) in PEOPLE.iter().zip(&done.people) {
        if let Some(passphrase) = &made.passphrase {
            let session = records.choose_password(SCHOOL_CODE, person.sign_in, passphrase, RECORDS_PASSWORD).await?;
            head.get_or_insert(session);
        }
    }
    let session = head.unwrap_or(Session { school: done.school, actor: Actor::Console, unlocked: None });
    families::move_in(records, &session).await?;
    contacts::move_in(records, &session).await?;
    for (class, name) in [("5b-geography", "teacher"), ("3h", "teacher"), ("1r", "class-teacher")] {
        for (_, teacher) in PEOPLE.iter().zip(&done.people).filter(|(person, _)| person.sign_in == name) {
            records.join_class(&session, class, teacher.person, Part::Teaches).await?;
        }
    }
    // A visitor looks at a school that is at work, not at one that is being set up.
    records.finish_set_up(&session).await
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
    let found = records.find_people(&session, families::PUPIL, Some(Kind::Pupil)).await;
    found.map(|found| found.people.first().map(|found| found.id)).map_err(|fault| fault.to_string())
}

impl Person {
    fn first(&self, password_hash: &str) -> FirstPerson {
        let person = match self.kind {
            Kind::Staff => NewPerson::staff(StaffKind::Employed, self.name),
            kind => NewPerson::new(kind, self.name),
        };
        let mut gate = GatePlace { code: Some(self.code.to_owned()), ..GatePlace::default() };
        if self.sign_in == "teacher" {
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
            sign_in_name: Some(self.sign_in.to_owned()),
            is_custodian: self.is_custodian,
        }
    }
}
