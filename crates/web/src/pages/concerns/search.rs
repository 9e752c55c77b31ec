//! Finding concerns: by filters, which stand in the address as neutral codes, and by words, which never do. Both go further back on request.

use super::{
    lists::{ConcernRow, after, codes, year, years},
    shared::{frame, levels, places},
};
use crate::{
    fields::Fields,
    kit::{Area, Choices, Field, Problem},
    pages::{Frame, form::Wrong, render, status},
    visit::{Answered, SignedVisit},
    words::{self, capital},
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::concern::{
    Mode, Place, Risk,
    answer::{FoundConcerns, Sought},
};

/// Where it is.
const HERE: &str = "/concerns/search";

#[derive(Template)]
#[template(path = "concerns/search.html")]
struct SearchPage {
    frame: Frame,
    places: Vec<Area>,
    problems: Vec<Problem>,
    filters: Vec<Choices>,
    is_filtered: bool,
    /// Where the words are sent: with the filters.
    action: String,
    field: Field,
    told: Option<String>,
    rows: Vec<ConcernRow>,
    further: Option<Further>,
}

/// Further back: an address of neutral codes, or a form that has the words again.
enum Further {
    Link(String),
    Form { words: String, after: String },
}

/// What the address asks for, and the filters as they stand.
fn sought(visit: &SignedVisit) -> (Sought, Vec<Choices>) {
    let asked = |name: &str| visit.query.get(name);
    let channel = Sought::CHANNELS.iter().find(|(code, _)| *code == asked("way"));
    let is_open = match asked("state") {
        "open" => Some(true),
        "closed" => Some(false),
        _ => None,
    };
    let sought = Sought {
        risk: Risk::from_word(asked("risk")),
        place: Place::from_word(asked("place")),
        mode: Mode::from_word(asked("mode")),
        channel: channel.map(|(code, _)| *code),
        level: asked("level").parse().ok().filter(|level| (0..=5).contains(level)),
        is_open,
        year: year(visit),
        after: None,
    };
    let levels = levels(Choices::new("level", "Level").option("", "Every level"), 0);
    let mut risks = Choices::new("risk", "Kind of risk").option("", "Any kind");
    for risk in Risk::ALL {
        risks = risks.option(risk.word(), capital(risk.title()));
    }
    let mut all_places = Choices::new("place", "Where").option("", "Anywhere");
    for place in Place::ALL {
        all_places = all_places.option(place.word(), capital(place.title()));
    }
    let mut modes = Choices::new("mode", "Online or not").option("", "Either");
    for mode in Mode::ALL {
        modes = modes.option(mode.word(), capital(mode.title()));
    }
    let mut ways = Choices::new("way", "Raised by").option("", "Anybody");
    for (code, title) in Sought::CHANNELS {
        ways = ways.option(code, capital(title));
    }
    let states =
        Choices::new("state", "State").option("", "Open or closed").option("open", "Open").option("closed", "Closed");
    let filters = [levels, risks, all_places, modes, ways, states, years(visit)];
    let chosen = |filter: Choices| {
        let value = asked(&filter.name.clone()).to_owned();
        filter.chosen(&value)
    };
    (sought, filters.into_iter().map(chosen).collect())
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let (sought, filters) = sought(&visit);
    let codes = codes(&filters);
    let page = form(&visit, filters, "", &Wrong::default());
    if codes.is_empty() {
        return Ok(render(StatusCode::OK, &page));
    }
    let sought = Sought { after: after(visit.query.get("after")), ..sought };
    let found = visit.records.sought_concerns(&visit.session, &sought).await?;
    let further = |after: String| Further::Link(format!("{HERE}?after={after}{codes}"));
    Ok(shown(&visit, page, &found, further))
}

/// Looks for words. They are sent in the form, never in an address.
pub(crate) async fn search(visit: SignedVisit, fields: Fields) -> Answered {
    let (sought, filters) = sought(&visit);
    let typed = fields.get("words");
    if typed.is_empty() {
        let page = form(&visit, filters, typed, &Wrong::at("words", "Write a word to look for."));
        return Ok(render(status(true), &page));
    }
    let sought = Sought { after: after(fields.get("after")), ..sought };
    let found = visit.records.sought_words(&visit.session, &sought, typed).await?;
    let further = |after: String| Further::Form { words: typed.to_owned(), after };
    Ok(shown(&visit, form(&visit, filters, typed, &Wrong::default()), &found, further))
}

fn form(visit: &SignedVisit, filters: Vec<Choices>, typed: &str, wrong: &Wrong) -> SearchPage {
    let hint = "Every word must stand in it. What you may open is looked through in memory while you are signed in, and no index of it \
        is kept. Each concern that is found leaves an entry in the log.";
    let field = Field::new("words", "Words").hint(hint).value(typed).error(wrong.field("words")).autocomplete("off");
    let problems: Vec<Problem> = field.problem().into_iter().collect();
    let codes = codes(&filters);
    SearchPage {
        frame: frame(visit).erring(!problems.is_empty()),
        places: places(visit, HERE),
        problems,
        filters,
        is_filtered: !codes.is_empty(),
        action: if codes.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", codes.trim_start_matches('&')) },
        field,
        told: None,
        rows: Vec::new(),
        further: None,
    }
}

fn shown(
    visit: &SignedVisit,
    page: SearchPage,
    found: &FoundConcerns,
    further: impl FnOnce(String) -> Further,
) -> Response {
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let count = match found.concerns.len() {
        0 => "Nothing was found.".to_owned(),
        1 => "One concern was found.".to_owned(),
        count => format!("{count} concerns were found."),
    };
    let told = match (found.next, found.back_to) {
        (Some(_), Some(back_to)) => {
            format!("{count} That is not all: it was looked back to {} only.", words::day(back_to, zone))
        }
        _ => format!("{count} All that you may know was looked through, and what you may open."),
    };
    let further = found.next.map(|(moment, file)| further(format!("{}.{file}", moment.as_microsecond())));
    let rows = found.concerns.iter().map(|one| ConcernRow::of(one, now, zone)).collect();
    render(StatusCode::OK, &SearchPage { told: Some(told), rows, further, ..page })
}
