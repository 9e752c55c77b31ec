//! The demonstration's own door: one press, and one is somebody of the fictional school, with that person's real key.

use super::{Frame, Here, pupil, render, sign_in};
use crate::{
    fields::Fields,
    seats::SecondStep,
    sources::{Demonstration, DemonstrationPerson, DemonstrationPupil},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault,
    accounts::{SignIn, Whence},
    pupil::{Secret, Shown, WayKind, WayReason},
};

#[derive(Template)]
#[template(path = "demonstration/people.html")]
struct PeoplePage<'a> {
    frame: Frame,
    people: &'a [DemonstrationPerson],
    pupils: &'a [DemonstrationPupil],
    /// Whom one press does not bring in any more.
    kept_out: Option<&'a str>,
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    let demonstration = visit.sources.settings.demonstration.as_ref().ok_or(Fault::NotFound)?;
    Ok(people(&visit, demonstration, None))
}

fn people(visit: &DoorVisit, demonstration: &Demonstration, kept_out: Option<&str>) -> Response {
    let status = if kept_out.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = PeoplePage {
        frame: Frame::new(&visit.sources, Here::Demonstration),
        people: &demonstration.people,
        pupils: &demonstration.pupils,
        kept_out,
    };
    render(status, &page)
}

pub(crate) async fn be(visit: DoorVisit, fields: Fields) -> Answered {
    let demonstration = visit.sources.settings.demonstration.as_ref().ok_or(Fault::NotFound)?;
    let wanted = fields.get("pupil");
    if !wanted.is_empty() {
        let pupil = demonstration.pupils.iter().find(|pupil| pupil.name == wanted).ok_or(Fault::NotFound)?;
        return be_pupil(&visit, demonstration, pupil).await;
    }
    let wanted = fields.get("person");
    let person = demonstration.people.iter().find(|person| person.sign_in_name == wanted).ok_or(Fault::NotFound)?;
    let (school, name, password) = (&demonstration.school, &person.sign_in_name, &demonstration.password);
    match visit.records.begin_session(school, name, password, Whence::Own("demonstration")).await? {
        SignIn::In(session) => {
            let arrival =
                sign_in::Arrival { session, shown: SecondStep::OfDemonstration, is_shared: false, signed_on: None };
            sign_in::arrive(&visit, arrival, sign_in::HOME).await
        }
        // A visitor gave them a second step, or a new passphrase: then only the other door is left, and the page says so.
        SignIn::ChooseFirst | SignIn::SecondStep(_) => Ok(people(&visit, demonstration, Some(&person.name))),
    }
}

/// The real way in, with the teacher's part done at the same moment: they open the class and make the pupil a new card, and the pupil
/// types the code and shows what is on it.
async fn be_pupil(visit: &DoorVisit, demonstration: &Demonstration, wanted: &DemonstrationPupil) -> Answered {
    let (school, password) = (&demonstration.school, &demonstration.password);
    let begun = visit.records.begin_session(school, &wanted.teacher, password, Whence::Own("demonstration")).await?;
    let SignIn::In(teacher) = begun else { return Ok(people(visit, demonstration, Some(&wanted.name))) };
    let classes = visit.records.classes(&teacher).await?;
    let class = classes.into_iter().find(|class| class.code == wanted.class).ok_or(Fault::NotFound)?.id;
    let door = visit.records.class_door(&teacher, class).await?;
    let person = door.pupils.iter().find(|here| here.full_name == wanted.name).ok_or(Fault::NotFound)?.person;
    let place = visit.caller.place();
    // Whoever is another pupil of the class at this moment stays in.
    let code = match door.open {
        Some(open) => open.code,
        None => visit.records.open_class(&teacher, class, &place).await?.code,
    };
    let may_have = visit.records.pupil_way(&teacher, person).await?;
    let kind = WayKind::ALL.iter().find(|kind| may_have.refused(**kind).is_none()).ok_or(Fault::NotFound)?;
    let card = visit.records.set_pupil_way(&teacher, person, *kind, WayReason::Renewed).await?;
    let shown = match &card.secret {
        Secret::Pictures(pictures) => Shown::Pictures(*pictures),
        Secret::Words(words) => Shown::Words(words),
    };
    let at = visit.records.class_of_code(&code, &place, true).await?;
    let (session, seat) = visit.records.enter_class(at, person, &shown).await?;
    pupil::door::sit_down(visit, session, seat).await
}
