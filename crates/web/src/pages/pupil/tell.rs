//! A pupil tells a grown-up. One question a page, each a few big things to press; whether it is about an adult who works here comes before
//! any words (practice 10). Nothing is kept on the device or between the pages: each form carries what was chosen before.

use super::{
    Drawing,
    wishes::{self, Asks},
};
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
    pupil::{AboutAdult, NearAdult, Reading, TellWant, TellWhat, TellWhere, Told},
};

#[derive(Template)]
#[template(path = "pupil/tell_about.html")]
struct AboutPage {
    frame: Frame,
    look: &'static str,
    other: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "pupil/tell_who.html")]
struct WhoPage {
    frame: Frame,
    look: String,
    adults: Vec<NearAdult>,
}

#[derive(Template)]
#[template(path = "pupil/tell.html")]
struct TellPage {
    frame: Frame,
    about: String,
    who: String,
    /// As things to press; each is one of `plain` too.
    questions: Vec<Question>,
    plain: Vec<Choices>,
    words: Field,
    asks: Asks,
    problems: Vec<Problem>,
}

/// What can be pressed: the word that is sent, and what it is called.
type Offered = Vec<(&'static str, &'static str)>;

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
    let reading = wishes::reading(&visit, visit.query.get("look")).await?;
    let page = AboutPage { frame: Frame::pupil(&visit), look: reading.word(), other: wishes::other(reading) };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn tell(visit: SignedVisit, fields: Fields) -> Answered {
    let adult = match (fields.get("about"), fields.get("who")) {
        ("no", _) => AboutAdult::No,
        ("unsure", _) => AboutAdult::NotSaid,
        ("yes", "nobody") => AboutAdult::Unnamed,
        ("yes", "") => {
            let adults = visit.records.adults_near(&visit.session).await?;
            let look = fields.get("look").to_owned();
            return Ok(render(StatusCode::OK, &WhoPage { frame: Frame::pupil(&visit), look, adults }));
        }
        ("yes", who) => AboutAdult::Somebody(id::Person::parse(who)?),
        _ => return page(visit).await,
    };
    if fields.get("step") != "send" {
        return asking(&visit, &fields, None).await;
    }
    let typed = fields.get("words");
    let what = match TellWhat::from_word(fields.get("what")) {
        Some(what) => what,
        // Words alone are a whole report too.
        None if !typed.is_empty() => TellWhat::Other,
        None => {
            return asking(&visit, &fields, Some("Press one picture, or write some words.".to_owned())).await;
        }
    };
    let told = Told {
        adult,
        what,
        want: TellWant::from_word(fields.get("want")),
        place: TellWhere::from_word(fields.get("place")),
        words: typed.to_owned(),
        wishes: wishes::wished(&visit, &fields)?,
    };
    match visit.records.tell(&visit.session, &told).await {
        Ok(()) => Ok(found("/tell/told")),
        Err(fault @ Fault::Wrong(_)) => asking(&visit, &fields, Some(plain(&fault))).await,
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn told(visit: SignedVisit) -> Answered {
    let when = when_read(&visit).await?;
    let childline = by_key("childline", visit.caller.now, &visit.sources.school.zone);
    Ok(render(StatusCode::OK, &ToldPage { frame: Frame::pupil(&visit), childline, when }))
}

/// When those whom it goes to get it.
pub(super) async fn when_read(visit: &SignedVisit) -> Result<String, Fault> {
    let zone = &visit.sources.school.zone;
    Ok(match visit.records.when_will_it_be_read(visit.session.school).await? {
        WhenRead::Now => "They get it now.".to_owned(),
        WhenRead::At(at) => {
            format!("They are not at school now. They get it {}.", at.to_zoned(zone.clone()).strftime("on %A at %H:%M"))
        }
        WhenRead::NotKnown => "They get it as soon as they look.".to_owned(),
    })
}

async fn asking(visit: &SignedVisit, fields: &Fields, wrong: Option<String>) -> Answered {
    let reading = wishes::reading(visit, fields.get("look")).await?;
    let is_wrong = wrong.is_some();
    let all: [(&'static str, &'static str, Offered); 3] = [
        ("what", "What is it?", TellWhat::ALL.iter().map(|one| (one.word(), one.title())).collect()),
        ("want", "What do you want?", TellWant::ALL.iter().map(|one| (one.word(), one.title())).collect()),
        ("place", "Where are you?", TellWhere::ALL.iter().map(|one| (one.word(), one.title())).collect()),
    ];
    let (mut questions, mut plain) = (Vec::new(), Vec::new());
    for (name, legend, options) in &all {
        let error = wrong.clone().filter(|_| *name == "what");
        let choices = options.iter().fold(Choices::new(*name, *legend), |all, (word, title)| all.option(*word, *title));
        plain.push(choices.error(error.clone()).chosen(fields.get(name)));
        questions.push(question((name, legend), error, options, fields.get(name)));
    }
    let (label, hint) = match reading {
        Reading::Words => {
            ("What happened?", "Write as much or as little as you want. You can leave it empty and choose below.")
        }
        Reading::Symbols | Reading::Both => ("You can write words too", "You do not have to."),
    };
    let page = TellPage {
        frame: Frame::pupil(visit).erring(is_wrong),
        about: fields.get("about").to_owned(),
        who: fields.get("who").to_owned(),
        questions,
        plain,
        words: Field::new("words", label).hint(hint).autocomplete("off").value(fields.get("words")),
        asks: wishes::asks(visit, fields, reading).await?,
        problems: wrong.map(|wrong| Problem::at("what", wrong)).into_iter().collect(),
    };
    Ok(render(status(is_wrong), &page))
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
