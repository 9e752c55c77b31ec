//! Rivermead's fictional pupils, their classes and their families: taken in as a school takes in its own list.

use holdfast_records::{
    Fault, Records, Session, id,
    people::{GatePlace, Kind, LivesWith, NewPerson, NewRelation, Part, RelationKind, Responsibility},
};
use jiff::civil::date;

/// The pupils but one, as the office would bring them from another program.
const PUPILS: &str = include_str!("school/pupils.csv");

/// The pupil of whom there is a record to try things out with. The sample pupils of the gate are neutral codes only.
pub(crate) const PUPIL: &str = "Rosa Meadow";

/// The classes: code and name.
const CLASSES: [(&str, &str); 4] = [("1r", "1R"), ("3h", "3H"), ("5b-geography", "5B geography"), ("9o", "9O")];

/// A parent or carer: of whom, and how they stand to each other.
struct Adult {
    name: &'static str,
    children: &'static [&'static str],
    kind: RelationKind,
    responsibility: Responsibility,
    lives_with: LivesWith,
    contact_order: i64,
}

const ADULTS: [Adult; 7] = [
    adult("Marta Larkin", &["Ewa Larkin", "Zofia Larkin"], RelationKind::Mother, 1),
    adult("Piotr Larkin", &["Ewa Larkin", "Zofia Larkin"], RelationKind::Father, 2),
    adult("Joan Kestrel", &["Ben Kestrel", "Viktor Kestrel"], RelationKind::Grandparent, 1),
    Adult {
        lives_with: LivesWith::No,
        ..adult("Alan Kestrel", &["Ben Kestrel", "Viktor Kestrel"], RelationKind::Father, 2)
    },
    adult("Sefa Oakes", &["Noor Oakes"], RelationKind::Parent, 1),
    adult("Bess Thorne", &["Isla Thorne", "Daisy Thorne"], RelationKind::FosterCarer, 1),
    Adult {
        responsibility: Responsibility::No,
        ..adult("Carl Gorse", &["Jakub Gorse", "Emre Gorse"], RelationKind::StepParent, 2)
    },
];

/// Somebody with whom the child lives, and who decides for it.
const fn adult(name: &'static str, children: &'static [&'static str], kind: RelationKind, contact_order: i64) -> Adult {
    Adult { name, children, kind, responsibility: Responsibility::Yes, lives_with: LivesWith::Yes, contact_order }
}

/// Takes them all in.
pub(crate) async fn move_in(records: &Records, session: &Session) -> Result<(), Fault> {
    for (code, name) in CLASSES {
        records.add_class(session, code, name).await?;
    }
    let preview = records.preview_import(session, PUPILS.as_bytes()).await?;
    records.import(session, PUPILS.as_bytes(), &preview.digest).await?;
    rosa(records, session).await?;
    for adult in &ADULTS {
        let person = records.add_person(session, NewPerson::new(Kind::Parent, adult.name)).await?;
        for child in adult.children {
            let Some(child) = pupil(records, session, child).await? else { continue };
            let relation = NewRelation {
                child,
                adult: person,
                kind: adult.kind,
                responsibility: adult.responsibility,
                lives_with: adult.lives_with,
                contact_order: adult.contact_order,
            };
            records.record_relation(session, &relation).await?;
        }
    }
    Ok(())
}

/// The pupil to try things out with, and her mother.
async fn rosa(records: &Records, session: &Session) -> Result<(), Fault> {
    let pupil = NewPerson {
        number: Some("RM1040".to_owned()),
        date_of_birth: Some(date(2017, 3, 9)),
        gate: GatePlace { group: Some("hazel".to_owned()), ..GatePlace::default() },
        ..NewPerson::new(Kind::Pupil, PUPIL)
    };
    let child = records.add_person(session, pupil).await?;
    records.join_class(session, "5b-geography", child, Part::Learns).await?;
    let adult = records.add_person(session, NewPerson::new(Kind::Parent, "Lena Meadow")).await?;
    let mother = NewRelation {
        child,
        adult,
        kind: RelationKind::Mother,
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::Yes,
        contact_order: 1,
    };
    records.record_relation(session, &mother).await.map(drop)
}

/// The only pupil with a name.
async fn pupil(records: &Records, session: &Session, name: &str) -> Result<Option<id::Person>, Fault> {
    let found = records.find_people(session, name, Some(Kind::Pupil)).await?;
    Ok(found.people.first().map(|found| found.id))
}
