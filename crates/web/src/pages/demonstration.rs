//! The demonstration's own door: one press, and one is somebody of the fictional school, with that person's real key.

use super::{Frame, Here, render, sign_in};
use crate::{
    fields::Fields,
    seats::SecondStep,
    sources::DemonstrationPerson,
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    accounts::{SignIn, Whence},
};

#[derive(Template)]
#[template(path = "demonstration/people.html")]
struct PeoplePage<'a> {
    frame: Frame,
    people: &'a [DemonstrationPerson],
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    let demonstration = visit.sources.settings.demonstration.as_ref().ok_or(Fault::NotFound)?;
    let page = PeoplePage { frame: Frame::new(&visit.sources, Here::Demonstration), people: &demonstration.people };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn be(visit: DoorVisit, fields: Fields) -> Answered {
    let demonstration = visit.sources.settings.demonstration.as_ref().ok_or(Fault::NotFound)?;
    let wanted = fields.get("person");
    let person = demonstration.people.iter().find(|person| person.sign_in_name == wanted).ok_or(Fault::NotFound)?;
    let (school, name, password) = (&demonstration.school, &person.sign_in_name, &demonstration.password);
    match visit.records.begin_session(school, name, password, Whence::Own("demonstration")).await? {
        SignIn::In(session) => {
            let arrival =
                sign_in::Arrival { session, shown: SecondStep::OfDemonstration, is_shared: false, signed_on: None };
            sign_in::arrive(&visit, arrival, sign_in::HOME).await
        }
        // A visitor gave them a second step, or a new passphrase: then only the other door is left.
        SignIn::ChooseFirst | SignIn::SecondStep(_) => Ok(sign_in::first(None)),
    }
}
