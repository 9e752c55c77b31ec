//! A pupil's own first page: what they may do, in a few big things to press.

use super::{Drawing, for_you::has_own_password};
use crate::{
    pages::{Frame, filtering::of_policy, render},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;

#[derive(Template)]
#[template(path = "pupil/start.html")]
struct StartPage {
    frame: Frame,
    name: String,
    tiles: Vec<StartTile>,
    lessons: Vec<Lesson>,
    /// Whether an adult let them in: they have no account here to look after.
    is_of_class: bool,
}

struct StartTile {
    drawing: Drawing,
    href: &'static str,
    words: &'static str,
}

struct Lesson {
    title: String,
    until: String,
    sites: Vec<String>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let tile = |drawing, href, words| StartTile { drawing: Drawing::named(drawing), href, words };
    let start = visit.records.pupil_start(&visit.session).await?;
    let mut tiles = vec![
        tile("tell", "/tell", "Tell a grown-up"),
        tile("come", "/trusted", "Talk to someone"),
        tile("help", "/help/children", "Get help"),
        tile("stop", "/stopped", "Why was this blocked?"),
    ];
    // It is there whether or not there is anything behind it.
    if has_own_password(&visit) {
        tiles.push(tile("star", "/for-you", "For you"));
    }
    let page = StartPage {
        tiles,
        lessons: lessons(&visit, &start.classes),
        name: start.first_name,
        is_of_class: visit.seat.is_of_class(),

        frame: Frame::pupil(&visit),
    };
    Ok(render(StatusCode::OK, &page))
}

/// What teachers opened for their classes just now.
fn lessons(visit: &SignedVisit, classes: &[String]) -> Vec<Lesson> {
    let ruleset = visit.sources.ruleset.borrow().clone();
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let mut found = Vec::new();
    for lesson in &ruleset.source().lessons {
        let is_mine = lesson.classes.iter().any(|class| classes.iter().any(|own| own == class.as_str()));
        let has_begun = of_policy(&lesson.starts, false, zone).is_some_and(|starts| starts <= now);
        let Some(ends) = of_policy(&lesson.ends, true, zone).filter(|ends| *ends > now) else { continue };
        if is_mine && has_begun {
            let sites = lesson.hosts.iter().chain(&lesson.addresses).cloned().collect();
            found.push(Lesson { title: lesson.title.clone(), until: words::hour(ends, zone), sites });
        }
    }
    found
}
