//! “I would like to talk to …”: a child chooses one or two adults, and asks with one press. What comes back is the same words each time,
//! whoever is asked (catalogue C-38).

use super::{tell::when_read, wishes};
use crate::{
    fields::Fields,
    kit::{Choices, Problem},
    pages::{Frame, Talk, announce, found, help::by_key, plain, render, status},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault, id,
    pupil::{NearAdult, Reading},
};

#[derive(Template)]
#[template(path = "pupil/trusted.html")]
struct TrustedPage {
    frame: Frame,
    chosen: Vec<NearAdult>,
    choices: Choices,
    is_plain: bool,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "pupil/asked.html")]
struct AskedPage {
    frame: Frame,
    when: String,
    childline: Option<Talk>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    show(&visit, None, None).await
}

pub(crate) async fn choose(visit: SignedVisit, fields: Fields) -> Answered {
    let adults = fields.all("adult").map(id::Person::parse).collect::<Result<Vec<_>, _>>()?;
    match visit.records.choose_trusted(&visit.session, &adults).await {
        Ok(()) => {
            announce(&visit, "That is kept", "You can change it whenever you like.");
            Ok(found("/trusted"))
        }
        Err(fault @ Fault::Wrong(_)) => show(&visit, Some(plain(&fault)), Some(&adults)).await,
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn ask(visit: SignedVisit, fields: Fields) -> Answered {
    let adult = match fields.get("adult") {
        "any" => None,
        adult => Some(id::Person::parse(adult)?),
    };
    visit.records.ask_to_talk(&visit.session, adult).await?;
    Ok(found("/trusted/asked"))
}

pub(crate) async fn asked(visit: SignedVisit) -> Answered {
    let when = when_read(&visit).await?;
    let childline = by_key("childline", visit.caller.now, &visit.sources.school.zone);
    Ok(render(StatusCode::OK, &AskedPage { frame: Frame::pupil(&visit), when, childline }))
}

async fn show(visit: &SignedVisit, wrong: Option<String>, ticked: Option<&[id::Person]>) -> Answered {
    let trusted = visit.records.trusted_adults(&visit.session).await?;
    let is_plain = wishes::reading(visit, "").await? == Reading::Words;
    let is_wrong = wrong.is_some();
    let legend = if trusted.chosen.is_empty() { "Choose who you trust" } else { "Change who you trust" };
    let mut choices = Choices::new("adult", legend)
        .hint("Choose one or two. They are not told that you chose them.")
        .error(wrong.clone());
    // Whoever was chosen and teaches them no more is there too, until they choose another.
    let gone = trusted.chosen.iter().filter(|one| trusted.near.iter().all(|near| near.person != one.person));
    for adult in trusted.near.iter().chain(gone) {
        choices = choices.option(adult.person.to_string(), &adult.name);
    }
    let before: Vec<id::Person> = trusted.chosen.iter().map(|adult| adult.person).collect();
    for adult in ticked.unwrap_or(&before) {
        choices = choices.chosen(&adult.to_string());
    }
    let problems = wrong.into_iter().map(|wrong| Problem::at("adult", wrong)).collect();
    let page = TrustedPage {
        frame: Frame::pupil(visit).erring(is_wrong),
        chosen: trusted.chosen,
        choices,
        is_plain,
        problems,
    };
    Ok(render(status(is_wrong), &page))
}
