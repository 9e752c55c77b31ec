//! A pupil tells a grown-up. One question a page, each a few big things to press; whether it is about an adult who works here comes before
//! any words (practice 10). Nothing is kept on the device or between the pages: each form carries what was chosen before, and comes back with
//! every choice and word whatever stood in its way.

use super::Drawing;
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
    pupil::{AboutAdult, NearAdult, TellWant, TellWhat, TellWhere, Told},
};
use jiff::Timestamp;

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
    questions: Vec<Question>,
    words: Field,
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
        ("yes", who) => match id::Person::parse(who) {
            Ok(adult) => AboutAdult::Somebody(adult),
            Err(_nobody) => return who_page(&visit, &fields, None).await,
        },
        _ => return page(visit).await,
    };
    let form = id::Row::parse(fields.get("form")).or_else(|_none| id::Row::new(visit.caller.now))?;
    if fields.get("step") != "send" {
        return Ok(asking(&visit, &fields, form, None));
    }
    let typed = fields.get("words");
    let what = match TellWhat::from_word(fields.get("what")) {
        Some(what) => what,
        // Words alone are a whole report too.
        None if !typed.is_empty() => TellWhat::Other,
        None => return Ok(asking(&visit, &fields, form, Some("Press one picture, or write some words.".to_owned()))),
    };
    let told = Told {
        form,
        adult,
        what,
        want: TellWant::from_word(fields.get("want")),
        place: TellWhere::from_word(fields.get("place")),
        words: typed.to_owned(),
    };
    match visit.records.tell(&visit.session, &told).await {
        Ok(()) => Ok(found("/tell/told")),
        Err(fault @ Fault::Wrong(_)) => Ok(asking(&visit, &fields, form, Some(plain(&fault)))),
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
    let frame = match lost.visit {
        Some(visit) => Frame::pupil(visit),
        None => Frame::new(lost.sources, Here::Pupil),
    };
    let back = Back { title, steps, signs_in, childline: childline(lost.sources, lost.now) };
    let (by, form) = (lost.fields.get("by").to_owned(), lost.fields.get("form").to_owned());
    let page = TellPage { back: Some(back), ..filled(frame.with_errors(), (lost.token, by, form), lost.fields, None) };
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
    let page = filled(Frame::pupil(visit), (visit.seat.token.as_str(), by, form), fields, None);
    render(StatusCode::FORBIDDEN, &TellPage { back: Some(back), frame: page.frame.with_errors(), ..page })
}

fn childline(sources: &Sources, now: Timestamp) -> Option<Talk> {
    by_key("childline", now, &sources.school.zone)
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
        &ToldPage { frame: Frame::pupil(&visit), childline: childline(&visit.sources, visit.caller.now), when },
    ))
}

fn asking(visit: &SignedVisit, fields: &Fields, form: id::Row, wrong: Option<String>) -> Response {
    let frame = Frame::pupil(visit).erring(wrong.is_some());
    let status = status(wrong.is_some());
    let kept = (visit.seat.token.as_str(), visit.me.person.to_string(), form.to_string());
    render(status, &filled(frame, kept, fields, wrong))
}

/// The form with what was chosen and written. `token`, who tells it and the form's number are what sends it.
fn filled(frame: Frame, (token, by, form): (&str, String, String), fields: &Fields, wrong: Option<String>) -> TellPage {
    let problems: Vec<Problem> = wrong.iter().map(|wrong| Problem::at("what", wrong.clone())).collect();
    let of = |name: &'static str, legend, error, all: Vec<(&'static str, &'static str)>| {
        question((name, legend), error, &all, fields.get(name))
    };
    let what = TellWhat::ALL.iter().map(|one| (one.word(), one.title())).collect();
    let want = TellWant::ALL.iter().map(|one| (one.word(), one.title())).collect();
    let place = TellWhere::ALL.iter().map(|one| (one.word(), one.title())).collect();
    TellPage {
        frame,
        token: token.to_owned(),
        by,
        form,
        about: fields.get("about").to_owned(),
        who: fields.get("who").to_owned(),
        back: None,
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
    }
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
