//! A pupil tells a grown-up. One question a page, each a few big things to press; whether it is about an adult who works here comes before
//! any words (practice 10). Nothing is kept on the device or between the pages: each form carries what was chosen before.

use super::Drawing;
use crate::{
    fields::Fields,
    kit::{Choices, Field, Problem},
    pages::{Frame, Talk, found, help::by_key, plain, render, status},
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    concern::climb::WhenRead,
    id,
    pupil::{AboutAdult, NearAdult, TellWant, TellWhat, TellWhere, Told, Wishes},
};

#[derive(Template)]
#[template(path = "pupil/tell_about.html")]
struct AboutPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "pupil/tell_who.html")]
struct WhoPage {
    frame: Frame,
    adults: Vec<NearAdult>,
}

#[derive(Template)]
#[template(path = "pupil/tell.html")]
struct TellPage {
    frame: Frame,
    about: String,
    who: String,
    questions: Vec<Question>,
    words: Field,
    problems: Vec<Problem>,
}

struct Question {
    name: &'static str,
    legend: &'static str,
    error: Option<String>,
    options: Vec<Answer>,
}

struct Answer {
    id: String,
    drawing: Drawing,
    words: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "pupil/told.html")]
struct ToldPage {
    frame: Frame,
    childline: Option<Talk>,
    when: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    Ok(render(StatusCode::OK, &AboutPage { frame: Frame::pupil(&visit) }))
}

pub(crate) async fn tell(visit: SignedVisit, fields: Fields) -> Answered {
    let adult = match (fields.get("about"), fields.get("who")) {
        ("no", _) => AboutAdult::No,
        ("unsure", _) => AboutAdult::NotSaid,
        ("yes", "nobody") => AboutAdult::Unnamed,
        ("yes", "") => {
            let adults = visit.records.adults_near(&visit.session).await?;
            return Ok(render(StatusCode::OK, &WhoPage { frame: Frame::pupil(&visit), adults }));
        }
        ("yes", who) => AboutAdult::Somebody(id::Person::parse(who)?),
        _ => return page(visit).await,
    };
    if fields.get("step") != "send" {
        return Ok(asking(&visit, &fields, None));
    }
    let typed = fields.get("words");
    let what = match TellWhat::from_word(fields.get("what")) {
        Some(what) => what,
        // Words alone are a whole report too.
        None if !typed.is_empty() => TellWhat::Other,
        None => return Ok(asking(&visit, &fields, Some("Press one picture, or write some words.".to_owned()))),
    };
    let told = Told {
        adult,
        what,
        want: TellWant::from_word(fields.get("want")),
        place: TellWhere::from_word(fields.get("place")),
        words: typed.to_owned(),
        wishes: Wishes::default(),
    };
    match visit.records.tell(&visit.session, &told).await {
        Ok(()) => Ok(found("/tell/told")),
        Err(fault @ Fault::Wrong(_)) => Ok(asking(&visit, &fields, Some(plain(&fault)))),
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn told(visit: SignedVisit) -> Answered {
    let zone = &visit.sources.school.zone;
    let when = match visit.records.when_will_it_be_read(visit.session.school).await? {
        WhenRead::Now => "They get it now.".to_owned(),
        WhenRead::At(at) => {
            format!("They are not at school now. They get it {}.", at.to_zoned(zone.clone()).strftime("on %A at %H:%M"))
        }
        WhenRead::NotKnown => "They get it as soon as they look.".to_owned(),
    };
    Ok(render(
        StatusCode::OK,
        &ToldPage { frame: Frame::pupil(&visit), childline: by_key("childline", visit.caller.now, zone), when },
    ))
}

fn asking(visit: &SignedVisit, fields: &Fields, wrong: Option<String>) -> axum::response::Response {
    let problems: Vec<Problem> = wrong.iter().map(|wrong| Problem::at("what", wrong.clone())).collect();
    let is_wrong = wrong.is_some();
    let of = |name: &'static str, legend, error, all: Vec<(&'static str, &'static str)>| {
        question((name, legend), error, &all, fields.get(name))
    };
    let what = TellWhat::ALL.iter().map(|one| (one.word(), one.title())).collect();
    let want = TellWant::ALL.iter().map(|one| (one.word(), one.title())).collect();
    let place = TellWhere::ALL.iter().map(|one| (one.word(), one.title())).collect();
    let page = TellPage {
        frame: Frame::pupil(visit).erring(is_wrong),
        about: fields.get("about").to_owned(),
        who: fields.get("who").to_owned(),
        questions: vec![
            of("what", "What is it?", wrong, what),
            of("want", "What do you want?", None, want),
            of("place", "Where are you?", None, place),
        ],
        words: Field::new("words", "You can write words too")
            .hint("You do not have to.")
            .autocomplete("off")
            .value(fields.get("words")),
        problems,
    };
    render(status(is_wrong), &page)
}

/// A question that is answered by pressing one picture; its first option has its name for an id, as all radios here do.
fn question(
    (name, legend): (&'static str, &'static str),
    error: Option<String>,
    all: &[(&'static str, &'static str)],
    chosen: &str,
) -> Question {
    let choices = all.iter().fold(Choices::new(name, legend), |choices, (word, title)| choices.option(*word, *title));
    let options = choices.identified().zip(all).map(|((id, _), (word, title))| Answer {
        id,
        drawing: Drawing::named(word),
        words: title,
        is_chosen: *word == chosen,
    });
    Question { name, legend, error, options: options.collect() }
}
