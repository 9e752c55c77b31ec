//! A pupil tells a grown-up. One question a page, each a few big things to press; whether it is about an adult who works here comes before
//! any words (practice 10). Nothing is kept on the device or between the pages: each form carries what was chosen before, and comes back with
//! every choice and word whatever stood in its way.

use super::{
    Drawing,
    wishes::{self, Asks},
};
use crate::{
    fields::Fields,
    house::{Lost, Obstacle},
    kit::{Choices, Field, Problem},
    pages::{Frame, Here, Talk, found, help::by_key, plain, render, status},
    sources::Sources,
    visit::{Answered, SignedVisit},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{
    Fault,
    concern::climb::WhenRead,
    id,
    pupil::{AboutAdult, NearAdult, Reading, TellWant, TellWhat, TellWhere, Told},
};
use jiff::Timestamp;

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
    adults: Vec<NearAdult>,
    /// Why it is asked once more, where it is.
    again: Option<&'static str>,
    /// What they chose and wrote already.
    kept: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "pupil/tell.html")]
struct TellPage {
    frame: Frame,
    token: String,
    /// Who tells it, and the number of the form: the same sent twice is one report.
    by: String,
    form: String,
    about: String,
    who: String,
    /// Why it was not sent, and what to do, where it comes back.
    back: Option<Back>,
    /// How the page speaks.
    reading: Reading,
    /// As things to press; each is one of `plain` too.
    questions: Vec<Question>,
    plain: Vec<Choices>,
    words: Field,
    /// What they may wish for. Where the form comes back without the records, what they chose of it is `kept`.
    asks: Option<Asks>,
    kept: Vec<(String, String)>,
    problems: Vec<Problem>,
}

/// A form that came back.
struct Back {
    title: &'static str,
    /// One after the other.
    steps: Vec<&'static str>,
    /// Where they sign in again, beside this page.
    signs_in: bool,
    childline: Option<Talk>,
}

#[derive(Template)]
#[template(path = "pupil/tell_others.html")]
struct OthersPage {
    frame: Frame,
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
        ("yes", who) => match id::Person::parse(who) {
            Ok(adult) => AboutAdult::Somebody(adult),
            Err(_nobody) => return who_page(&visit, &fields, None).await,
        },
        _ => return page(visit).await,
    };
    let form = id::Row::parse(fields.get("form")).or_else(|_none| id::Row::new(visit.caller.now))?;
    if fields.get("step") != "send" {
        return asking(&visit, &fields, form, None).await;
    }
    let typed = fields.get("words");
    let what = match TellWhat::from_word(fields.get("what")) {
        Some(what) => what,
        // Words alone are a whole report too.
        None if !typed.is_empty() => TellWhat::Other,
        None => {
            let wrong = "Press one picture, or write some words.".to_owned();
            return asking(&visit, &fields, form, Some(wrong)).await;
        }
    };
    let told = Told {
        form,
        adult,
        what,
        want: TellWant::from_word(fields.get("want")),
        place: TellWhere::from_word(fields.get("place")),
        words: typed.to_owned(),
        wishes: wishes::wished(&visit, &fields),
    };
    match visit.records.tell(&visit.session, &told).await {
        Ok(()) => Ok(found("/tell/told")),
        Err(fault @ Fault::Wrong(_)) => asking(&visit, &fields, form, Some(plain(&fault))).await,
        Err(fault @ (Fault::Unavailable(_) | Fault::Damaged(_))) => Err(fault),
        Err(Fault::NotFound) if matches!(adult, AboutAdult::Somebody(_)) => {
            who_page(
                &visit,
                &fields,
                Some("That grown-up is not on the list any more. Choose again. What you told is kept."),
            )
            .await
        }
        Err(_nobody_may_receive_it) => {
            // Whoever reads the machine's log learns neither who wrote something nor what of.
            tracing::error!("a form could not be taken");
            Ok(refused(&visit, &fields, form))
        }
    }
}

/// Asks whom it is about. Whatever was chosen and written already comes along.
async fn who_page(visit: &SignedVisit, fields: &Fields, again: Option<&'static str>) -> Answered {
    let adults = visit.records.adults_near(&visit.session).await?;
    let kept = fields.pairs().filter(|(name, _)| !["token", "about", "who"].contains(name));
    let kept = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let frame = Frame::pupil(visit).erring(again.is_some());
    Ok(render(status(again.is_some()), &WhoPage { frame, adults, again, kept }))
}

/// The form comes back with every choice and word, says what happened, and what to do now.
pub(crate) fn again(lost: &Lost<'_>) -> Response {
    let near = "Tell a grown-up near you whom you trust. You can show them this page.";
    let (status, title, steps, signs_in) = match (lost.obstacle, lost.visit) {
        (Obstacle::SomebodyElses, Some(visit)) => {
            return render(StatusCode::FORBIDDEN, &OthersPage { frame: Frame::pupil(visit) });
        }
        (Obstacle::Away, _) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "It was not sent yet: something does not work here just now",
            vec![near, "Wait one minute. Then press “Send it” again."],
            false,
        ),
        (Obstacle::SignedInAnew, _) => (
            StatusCode::FORBIDDEN,
            "It was not sent yet: press “Send it” once more",
            vec!["You came in again. Look at what you wrote. Then press “Send it”."],
            false,
        ),
        (Obstacle::Gone, _) => (
            StatusCode::NOT_FOUND,
            "It was not sent: something that you chose is not there any more",
            vec![
                near,
                "Look at who you chose. Choose again. Then press “Send it”.",
                "Or copy your words, and begin again.",
            ],
            false,
        ),
        _ => (
            StatusCode::FORBIDDEN,
            "It was not sent yet: you are not signed in any more",
            vec![
                near,
                "Ask the teacher to open the class again.",
                "Sign in again. It opens in a new tab.",
                "Come back to this page. Press “Send it”.",
            ],
            true,
        ),
    };
    let frame = match (lost.visit, lost.who) {
        (Some(visit), _) => Frame::pupil(visit),
        (None, Some(who)) => Frame::with(lost.sources, who, Here::Pupil),
        (None, None) => Frame::new(lost.sources, Here::Pupil),
    };
    let back = Back { title, steps, signs_in, childline: childline(lost.sources, lost.now) };
    let (by, form) = (lost.fields.get("by").to_owned(), lost.fields.get("form").to_owned());
    let speaks = (frame.with_errors(), as_before(lost.fields));
    let page = TellPage { back: Some(back), ..filled(speaks, (lost.token, by, form), lost.fields, None) };
    render(status, &page)
}

/// It could not be taken, by nobody's fault here: nobody at school may receive it, for one.
fn refused(visit: &SignedVisit, fields: &Fields, form: id::Row) -> Response {
    let back = Back {
        title: "It was not sent: it cannot be sent from here just now",
        steps: vec![
            "Tell a grown-up you trust. You can show them this page.",
            "Or ring Childline. They listen, day and night.",
        ],
        signs_in: false,
        childline: childline(&visit.sources, visit.caller.now),
    };
    let (by, form) = (visit.me.person.to_string(), form.to_string());
    let speaks = (Frame::pupil(visit), as_before(fields));
    let page = filled(speaks, (visit.seat.token.as_str(), by, form), fields, None);
    render(StatusCode::FORBIDDEN, &TellPage { back: Some(back), frame: page.frame.with_errors(), ..page })
}

fn childline(sources: &Sources, now: Timestamp) -> Option<Talk> {
    by_key("childline", now, &sources.school.zone)
}

pub(crate) async fn told(visit: SignedVisit) -> Answered {
    let when = when_read(&visit).await?;
    let childline = childline(&visit.sources, visit.caller.now);
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

async fn asking(visit: &SignedVisit, fields: &Fields, form: id::Row, wrong: Option<String>) -> Answered {
    let reading = wishes::reading(visit, fields.get("look")).await?;
    let asks = wishes::asks(visit, fields, reading).await?;
    let frame = Frame::pupil(visit).erring(wrong.is_some());
    let status = status(wrong.is_some());
    let kept = (visit.seat.token.as_str(), visit.me.person.to_string(), form.to_string());
    let page = filled((frame, reading), kept, fields, wrong);
    Ok(render(status, &TellPage { asks: Some(asks), kept: Vec::new(), ..page }))
}

/// The form with what was chosen and written. `token`, who tells it and the form's number are what sends it.
fn filled(
    (frame, reading): (Frame, Reading),
    (token, by, form): (&str, String, String),
    fields: &Fields,
    wrong: Option<String>,
) -> TellPage {
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
    let wished = ["named", "talk", "receipt"].map(|name| (name.to_owned(), fields.get(name).to_owned()));
    TellPage {
        frame,
        token: token.to_owned(),
        by,
        form,
        about: fields.get("about").to_owned(),
        who: fields.get("who").to_owned(),
        back: None,
        reading,
        questions,
        plain,
        words: Field::new("words", label).hint(hint).autocomplete("off").value(fields.get("words")),
        asks: None,
        kept: wished.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        problems: wrong.map(|wrong| Problem::at("what", wrong)).into_iter().collect(),
    }
}

/// As the page spoke that this form was on.
fn as_before(fields: &Fields) -> Reading {
    Reading::from_word(fields.get("look")).unwrap_or(Reading::Both)
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
