//! One pupil: how they sign in, and a new card for who forgot (I-03, I-09).

use super::{
    CardRow,
    class::{CardsPage, address},
};
use crate::{
    fields::Fields,
    kit::{Choices, Problem, Row},
    pages::{
        Frame,
        form::{Wrong, comes_back},
        found,
        people::{Identity, announce, at, frame, may, named, read},
        render, status,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Act, Decision, Resource},
    pupil::{WayKind, WayReason, WayStanding},
};

#[derive(Template)]
#[template(path = "pupil/way.html")]
struct WayPage {
    frame: Frame,
    /// Who it is, for whoever may read their record; others who help know the name alone.
    identity: Option<Identity>,
    id: String,
    rows: Vec<Row>,
    /// What may be given; nothing where the school has a password for them.
    shows: Option<Choices>,
    reason: Choices,
    /// Why something may not be given.
    refused: Vec<&'static str>,
    has_way: bool,
    may_exempt: bool,
    problems: Vec<Problem>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let standing = visit.records.pupil_way(&visit.session, named(&visit)?).await?;
    show(&visit, &standing, &Fields::default(), &Wrong::default()).await
}

pub(crate) async fn give(visit: SignedVisit, fields: Fields) -> Answered {
    let person = named(&visit)?;
    let chosen = (WayKind::from_word(fields.get("kind")), WayReason::from_word(fields.get("reason")));
    let wrong = match chosen {
        (Some(kind), Some(reason)) => match visit.records.set_pupil_way(&visit.session, person, kind, reason).await {
            Ok(card) => {
                let page = CardsPage {
                    frame: frame(&visit),
                    back: format!("{}/sign-in", at(person)),
                    address: address(&visit),
                    cards: vec![CardRow::of(&card)],
                };
                return Ok(render(StatusCode::OK, &page));
            }
            Err(fault) if comes_back(&fault) => Wrong::of(&fault, &[], "kind"),
            Err(fault) => return Err(fault),
        },
        (kind, reason) => {
            let mut wrong = Wrong::default();
            if kind.is_none() {
                wrong.0.push(("kind".to_owned(), "Choose pictures or words.".to_owned()));
            }
            if reason.is_none() {
                wrong.0.push(("reason".to_owned(), "Say why they get a new card.".to_owned()));
            }
            wrong
        }
    };
    let standing = visit.records.pupil_way(&visit.session, person).await?;
    show(&visit, &standing, &fields, &wrong).await
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    let person = named(&visit)?;
    match visit.records.end_pupil_way(&visit.session, person).await {
        Ok(()) => announce(
            &visit,
            "The card is taken away",
            "Nobody signs in by it any more. That you did it stands in the log.",
        ),
        Err(Fault::Changed(words)) => announce(&visit, "Nothing was done", words),
        Err(fault) => return Err(fault),
    }
    Ok(found(&format!("{}/sign-in", at(person))))
}

async fn show(visit: &SignedVisit, standing: &WayStanding, fields: &Fields, wrong: &Wrong) -> Answered {
    let person = named(visit)?;
    let is_readable = may(visit, Act::PersonRead, person).await?;
    let identity = if is_readable { Some(Identity::of(visit, &read(visit).await?)) } else { None };
    let shows = kinds(standing, fields, wrong);
    let mut reason = Choices::new("reason", "Why do they get a new card?").error(wrong.field("reason"));
    // Whoever has nothing yet gets their first; whoever has something, for one of the other reasons.
    for one in WayReason::ALL.iter().filter(|one| (**one == WayReason::First) == standing.kind.is_none()) {
        reason = reason.option(one.word(), words::capital(one.title()));
    }
    let reason = only_one_is_chosen(reason.chosen(fields.get("reason")));
    let problems: Vec<Problem> = shows.iter().filter_map(Choices::problem).chain(reason.problem()).collect();
    let exempt = visit.records.would(&visit.session, Act::PupilExempted, &Resource::Person(person)).await?;
    let is_wrong = !problems.is_empty();
    let page = WayPage {
        frame: frame(visit).erring(is_wrong),
        identity,
        id: person.to_string(),
        rows: rows(visit, standing),
        refused: refused(standing),
        shows,
        reason,
        has_way: standing.kind.is_some(),
        may_exempt: exempt == Decision::Allowed,
        problems,
    };
    Ok(render(status(is_wrong), &page))
}

/// What may be given, in the order of how hard it is to guess.
fn kinds(standing: &WayStanding, fields: &Fields, wrong: &Wrong) -> Option<Choices> {
    let allowed = WayKind::ALL.iter().filter(|kind| standing.refused(**kind).is_none());
    let mut kinds = Choices::new("kind", "What do they show?").error(wrong.field("kind"));
    for kind in allowed {
        kinds = kinds.option(kind.word(), words::capital(kind.title()));
    }
    (!kinds.options.is_empty()).then(|| only_one_is_chosen(kinds.chosen(fields.get("kind"))))
}

/// Where there is only one thing to choose, it is chosen.
fn only_one_is_chosen(mut choices: Choices) -> Choices {
    if let [only] = choices.options.as_mut_slice() {
        only.is_chosen = true;
    }
    choices
}

fn refused(standing: &WayStanding) -> Vec<&'static str> {
    let mut refused: Vec<&str> = WayKind::ALL.iter().filter_map(|kind| standing.refused(*kind)).collect();
    // Where words may not be given either, that says all.
    if refused.len() > 1 {
        refused.remove(0);
    }
    refused
}

fn rows(visit: &SignedVisit, standing: &WayStanding) -> Vec<Row> {
    let zone = &visit.sources.school.zone;
    let shows = standing.kind.map_or_else(|| "Nothing yet".to_owned(), |kind| words::capital(kind.title()));
    let since = standing.set_at.map(|at| words::when(at, visit.caller.now, zone));
    let account = if standing.has_account { "An account with a password of their own" } else { "No" };
    let year = match standing.year {
        Some(0) => "Reception".to_owned(),
        Some(year) if year < 0 => "Nursery".to_owned(),
        Some(year) => format!("Year {year}, by their date of birth"),
        None => "Not known: no date of birth is recorded".to_owned(),
    };
    let mut rows = vec![Row::new("In a class they show", shows)];
    rows.extend(since.map(|since| Row::new("Since", since)));
    rows.extend([Row::new("Account", account), Row::new("School year", year)]);
    rows
}
