//! The school itself: its name, code, time zone and trust.

use super::{drafting, drafting_form, framed};
use crate::{
    fields::Fields,
    kit::{Field, Kind, Problem, Width},
    pages::{Frame, found, render},
    visit::{Answered, DoorVisit},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::people::Draft;
use jiff::tz::TimeZone;

#[derive(Template)]
#[template(path = "set_up/school.html")]
struct SchoolPage {
    frame: Frame,
    fields: Vec<Field>,
    problems: Vec<Problem>,
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    if let Err(elsewhere) = drafting(&visit).await? {
        return Ok(elsewhere);
    }
    let draft = visit.records.set_up_draft()?;
    let page = SchoolPage { frame: framed(&visit), fields: fields_of(&draft, false), problems: Vec::new() };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn save(visit: DoorVisit, fields: Fields) -> Answered {
    if let Err(elsewhere) = drafting_form(&visit, &fields).await? {
        return Ok(elsewhere);
    }
    let trust = fields.get("trust");
    let draft = Draft {
        name: fields.get("name").to_owned(),
        code: fields.get("code").to_owned(),
        time_zone: fields.get("time-zone").to_owned(),
        trust: (!trust.is_empty()).then(|| trust.to_owned()),
        ..visit.records.set_up_draft()?
    };
    let checked = fields_of(&draft, true);
    let problems: Vec<Problem> = checked.iter().filter_map(Field::problem).collect();
    if problems.is_empty() {
        visit.records.keep_set_up_draft(&draft)?;
        return Ok(found("/set-up"));
    }
    let page = SchoolPage { frame: framed(&visit).with_errors(), fields: checked, problems };
    Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// The fields with what was typed, and with what is wrong about it.
fn fields_of(draft: &Draft, is_sent: bool) -> Vec<Field> {
    let wrong = |is_wrong: bool, words: &str| (is_sent && is_wrong).then(|| words.to_owned());
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_code = (1..=40).contains(&draft.code.len()) && draft.code.bytes().all(is_plain);
    let is_short = |text: &str| text.chars().count() <= 200;
    vec![
        Field::new("name", "Name of the school")
            .autocomplete("organization")
            .value(draft.name.clone())
            .error(wrong(draft.name.is_empty() || !is_short(&draft.name), "Enter the school’s name, at most 200 characters.")),
        Field::new("code", "Short code")
            .kind(Kind::Code)
            .width(Width::Twenty)
            .hint("Small letters, digits and hyphens, such as elmsworth. It stays; where several schools share this machine, \
                   people sign in with it.")
            .value(draft.code.clone())
            .error(wrong(!is_code, "Enter a short code of 1 to 40 small letters, digits and hyphens.")),
        Field::new("time-zone", "Time zone")
            .kind(Kind::Code)
            .width(Width::Twenty)
            .hint("Europe/London for all of the United Kingdom.")
            .value(draft.time_zone.clone())
            .error(wrong(
                TimeZone::get(&draft.time_zone).is_err(),
                "There is no such time zone. Write it like Europe/London.",
            )),
        Field::new("trust", "Trust (leave empty if there is none)")
            .value(draft.trust.clone().unwrap_or_default())
            .error(wrong(
                draft.trust.as_deref().is_some_and(|trust| !is_short(trust)),
                "Enter at most 200 characters.",
            )),
    ]
}
