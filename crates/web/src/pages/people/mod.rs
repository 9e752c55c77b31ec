//! People: the register, one person, and what is recorded of them (pages.md, People).

pub(crate) mod add;
pub(crate) mod change;
pub(crate) mod confidential;
pub(crate) mod contact;
pub(crate) mod family;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod leaving;
pub(crate) mod list;
pub(crate) mod one;
pub(crate) mod own;
pub(crate) mod photo;

pub(super) use super::announce;
use super::{Frame, Here, form::written_day};
use crate::{kit::Area, visit::SignedVisit, words};
use holdfast_records::{
    Fault,
    access::{Act, Capability, Decision, Resource},
    id,
    people::{Found, Kind, Person},
};

/// Who somebody is, at the head of each page about them: the right child is seen before anything is read (practice 21).
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) id: id::Person,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) has_photo: bool,
    pub(super) is_namesake: bool,
    pub(super) left: Option<String>,
    pub(super) is_address_hidden: bool,
    /// What is said where an interpreter is needed.
    pub(super) interpreter: Option<&'static str>,
}

impl Identity {
    /// Of a record that was read.
    pub(super) fn of(visit: &SignedVisit, person: &Person) -> Self {
        let said = &person.said;
        let mut about = vec![one::sentence(said.kind.title())];
        about.extend(said.staff_kind.map(|kind| kind.title().to_owned()));
        let classes: Vec<&str> = person.classes.iter().map(|(code, _)| code.as_str()).collect();
        about.extend((!classes.is_empty()).then(|| classes.join(", ")));
        about.extend(said.date_of_birth.map(|born| format!("born {}", written_day(born))));
        about.extend(said.language.as_ref().map(|language| format!("speaks {language}")));
        let is_own = visit.me.person == person.id;
        let name = said
            .preferred_name
            .as_ref()
            .map_or_else(|| said.full_name.clone(), |preferred| format!("{preferred} ({})", said.full_name));
        Self {
            id: person.id,
            name,
            about: about.join(", "),
            has_photo: person.has_photo && visit.me.may(Capability::ReadDirectory),
            // Of oneself it would tell who else is here.
            is_namesake: person.another_has_this_name && !is_own && visit.me.may(Capability::ReadDirectory),
            left: person.left_at.map(|left| words::moment(left, &visit.sources.school.zone)),
            is_address_hidden: false,
            interpreter: said.interpreter_needed.then_some("An interpreter must be there"),
        }
    }
}

/// Whom the path names.
pub(super) fn named(visit: &SignedVisit) -> Result<id::Person, Fault> {
    id::Person::parse(visit.places.get("person"))
}

/// The record of whom the path names.
pub(super) async fn read(visit: &SignedVisit) -> Result<Person, Fault> {
    visit.records.person(&visit.session, named(visit)?).await
}

/// The same, to whoever may also do this to it. To everybody else it is as if there were no such page.
pub(super) async fn read_to(visit: &SignedVisit, act: Act) -> Result<Person, Fault> {
    let person = read(visit).await?;
    if may(visit, act, person.id).await? { Ok(person) } else { Err(Fault::NotFound) }
}

/// Whether whoever asks may do something to somebody's record: what cannot be done is not offered.
pub(super) async fn may(visit: &SignedVisit, act: Act, person: id::Person) -> Result<bool, Fault> {
    let would = visit.records.would(&visit.session, act, &Resource::Person(person)).await?;
    Ok(would == Decision::Allowed)
}

/// The frame of a page of this area. It hides, because all of them hold a child's record or could.
pub(super) fn frame(visit: &SignedVisit) -> Frame {
    Frame::signed(visit, Here::People).hiding()
}

/// The places of this area that somebody can use.
pub(super) fn places(visit: &SignedVisit, here: &str) -> Vec<Area> {
    let all = [
        ("/people", "People", Capability::ReadDirectory),
        ("/classes", "Classes", Capability::ReadDirectory),
        ("/duties", "Duties", Capability::ReadDuties),
        ("/accounts", "Accounts", Capability::ManageAccounts),
        ("/exemptions", "Exemptions", Capability::ExemptPupils),
        ("/admissions", "Letting in", Capability::ManageFile),
    ];
    let offered = all.into_iter().filter(|(_, _, needed)| visit.me.may(*needed));
    offered.map(|(href, words, _)| Area::new(href, words, href == here)).collect()
}

/// Where a person's page is.
pub(super) fn at(person: id::Person) -> String {
    format!("/people/{person}")
}

/// Adults whom a search finds.
pub(super) async fn adults(visit: &SignedVisit, search: &str) -> Result<Found, Fault> {
    let mut found = visit.records.find_people(&visit.session, search, None).await?;
    found.people.retain(|picked| picked.kind != Kind::Pupil);
    Ok(found)
}
