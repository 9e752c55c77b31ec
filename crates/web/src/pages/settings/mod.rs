//! Settings with their provenance: every value, where it comes from, who decided it, when, why and by which clause. What is
//! ours is said to be ours.

pub(crate) mod change;
pub(crate) mod questions;
mod said;

use super::{Frame, Here, render};
use crate::words::capital;
use crate::{
    kit::{Area, Row},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Capability,
    calendar::Standing,
    id,
    settings::{Definition, Effective, Fact, Origin, Part, Told, define},
};
use std::collections::BTreeMap;

pub(super) use said::said;

/// How many weeks before its end a calendar is said to end soon.
pub(super) const CALENDAR_WEEKS: u32 = 8;

#[derive(Template)]
#[template(path = "settings/index.html")]
#[expect(clippy::struct_excessive_bools, reason = "each says of another thing whether it is theirs to open")]
struct IndexPage {
    frame: Frame,
    areas: Vec<AreaRow>,
    open: usize,
    calendar: String,
    calendar_is_short: bool,
    version: String,
    has_trust: bool,
    may_set_sign_on: bool,
    may_finish_set_up: bool,
}

struct AreaRow {
    word: &'static str,
    title: &'static str,
    /// “12 settings; 3 chosen by the school”.
    words: String,
}

#[derive(Template)]
#[template(path = "settings/area.html")]
struct AreaPage {
    frame: Frame,
    title: &'static str,
    tabs: Vec<Area>,
    rows: Vec<SettingRow>,
}

struct SettingRow {
    id: &'static str,
    title: &'static str,
    value: String,
    origin: &'static str,
    floor: Option<String>,
    decided: Option<String>,
}

#[derive(Template)]
#[template(path = "settings/one.html")]
struct OnePage {
    frame: Frame,
    id: &'static str,
    title: &'static str,
    note: &'static str,
    area: &'static define::Area,
    rows: Vec<Row>,
    sources: Vec<(&'static str, String)>,
    history: Vec<HistoryRow>,
    owner: String,
    may_change: bool,
    may_withdraw: bool,
    may_set_for_trust: bool,
}

struct HistoryRow {
    when: String,
    whose: &'static str,
    value: String,
    by: String,
    why: String,
    clause: String,
}

/// The names of those who decided.
pub(super) type Deciders = BTreeMap<id::Person, String>;

/// What somebody is called who decided; of another school of the trust, or gone, nobody is named.
pub(super) fn decider(deciders: &Deciders, person: id::Person) -> String {
    deciders.get(&person).cloned().unwrap_or_else(|| "somebody who is not here any more".to_owned())
}

pub(crate) async fn index(visit: SignedVisit) -> Answered {
    let settings = visit.records.settings(visit.session.school).await?;
    let decisions = visit.records.decisions(visit.session.school).await?;
    let standing = visit.records.calendar_standing(visit.session.school, CALENDAR_WEEKS).await?;
    let page = IndexPage {
        frame: Frame::signed(&visit, Here::Settings),
        areas: define::AREAS.iter().map(|area| area_row(area, &settings)).collect(),
        open: decisions.iter().filter(|decision| decision.answer.is_none()).count(),
        calendar: calendar_words(standing),
        calendar_is_short: standing.is_alarming(),
        version: settings.version().to_string(),
        has_trust: settings.has_trust(),
        may_set_sign_on: visit.me.may(Capability::ManageSignOn),
        may_finish_set_up: visit.me.may(Capability::FinishSetUp),
    };
    Ok(render(StatusCode::OK, &page))
}

/// How far the calendar reaches, in words for a page.
pub(super) fn calendar_words(standing: Standing) -> String {
    let day = |day: jiff::civil::Date| day.strftime("%-d %B %Y").to_string();
    match standing {
        Standing::Missing => "There is none yet, so clocks on school days cannot run.".to_owned(),
        Standing::BeginsLater(begin) => {
            format!("It begins only on {}, so clocks on school days cannot run.", day(begin))
        }
        Standing::Ended(end) => format!("It ended on {}, so clocks on school days cannot run.", day(end)),
        Standing::EndsSoon(end) => format!("It ends on {}. Write the next one before then.", day(end)),
        Standing::Good(end) => format!("It reaches until {}.", day(end)),
    }
}

fn area_row(area: &'static define::Area, settings: &Effective) -> AreaRow {
    let chosen =
        area.settings.iter().filter(|definition| settings.state(definition).effective().1 != Origin::Ours).count();
    let all = area.settings.len();
    let words = match chosen {
        0 => format!("{all} settings, all as Holdfast starts with"),
        1 => format!("{all} settings, one of them decided here"),
        chosen => format!("{all} settings, {chosen} of them decided here"),
    };
    AreaRow { word: area.word, title: area.title, words }
}

pub(crate) async fn area(visit: SignedVisit) -> Answered {
    let word = visit.places.get("area");
    let area = define::AREAS.iter().find(|area| area.word == word).ok_or(Fault::NotFound)?;
    let settings = visit.records.settings(visit.session.school).await?;
    let deciders = visit.records.deciders(&visit.session).await?;
    let tab =
        |other: &define::Area| Area::new(format!("/settings/areas/{}", other.word), other.title, other.word == word);
    let row = |definition: &&'static Definition| setting_row(definition, &settings, &deciders, &visit);
    let page = AreaPage {
        frame: Frame::signed(&visit, Here::Settings),
        title: area.title,
        tabs: define::AREAS.iter().map(tab).collect(),
        rows: area.settings.iter().map(row).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn setting_row(
    definition: &'static Definition,
    settings: &Effective,
    deciders: &Deciders,
    visit: &SignedVisit,
) -> SettingRow {
    let state = settings.state(definition);
    let (value, origin) = state.effective();
    let decided = match origin {
        Origin::Ours => None,
        Origin::Trust => state.newest(Part::Default),
        Origin::School | Origin::Tightened => state.newest(Part::School).or_else(|| state.newest(Part::Default)),
    };
    SettingRow {
        id: definition.id,
        title: definition.title,
        value: said(definition, &value),
        origin: origin_words(origin),
        floor: state.floor().map(|floor| said(definition, &floor)),
        decided: decided.map(|fact| decided_words(fact, deciders, visit)),
    }
}

fn decided_words(fact: &Fact, deciders: &Deciders, visit: &SignedVisit) -> String {
    let clause = fact.clause.as_ref().map(|clause| format!(" (clause: {clause})")).unwrap_or_default();
    let day = words::day(fact.at, &visit.sources.school.zone);
    format!("{}, {day}: {}{clause}", decider(deciders, fact.by), fact.why)
}

fn origin_words(origin: Origin) -> &'static str {
    match origin {
        Origin::Ours => "Holdfast’s starting value",
        Origin::Trust => "The trust’s default",
        Origin::School => "The school decided it",
        Origin::Tightened => "Tightened to the floor",
    }
}

/// The setting that the address names.
fn named(visit: &SignedVisit) -> Result<&'static Definition, Fault> {
    define::by_id(visit.places.get("setting")).ok_or(Fault::NotFound)
}

/// Whether this setting is theirs to change.
fn is_owner(visit: &SignedVisit, definition: &Definition) -> bool {
    let owners = definition.owner.duties();
    visit.me.may(Capability::ChangeSettings) && visit.me.duties.iter().any(|duty| owners.contains(duty))
}

pub(crate) async fn one(visit: SignedVisit) -> Answered {
    let definition = named(&visit)?;
    let area = define::area_of(definition.id).ok_or(Fault::NotFound)?;
    let settings = visit.records.settings(visit.session.school).await?;
    let deciders = visit.records.deciders(&visit.session).await?;
    let history = visit.records.setting_history(&visit.session, definition.id).await?;
    let state = settings.state(definition);
    let is_owner = is_owner(&visit, definition);
    let said_by = |said: &holdfast_records::settings::Said| {
        let lines = if said.lines.is_empty() { String::new() } else { format!(" ({})", said.lines) };
        (said.source, format!("{}{lines}", said.words))
    };
    let page = OnePage {
        frame: Frame::signed(&visit, Here::Settings),
        id: definition.id,
        title: definition.title,
        note: definition.note,
        area,
        rows: rows(definition, &settings),
        sources: definition.said.iter().map(said_by).collect(),
        history: history.iter().rev().map(|told| history_row(definition, told, &deciders, &visit)).collect(),
        owner: definition.owner.words(),
        may_change: is_owner,
        may_withdraw: is_owner && state.newest(Part::School).is_some_and(|fact| fact.value.is_some()),
        may_set_for_trust: settings.has_trust() && visit.me.may(Capability::ChangeTrustSettings),
    };
    Ok(render(StatusCode::OK, &page))
}

fn rows(definition: &'static Definition, settings: &Effective) -> Vec<Row> {
    let state = settings.state(definition);
    let (value, origin) = state.effective();
    let mut rows = vec![
        Row::new("In force", said(definition, &value)),
        Row::new("Comes from", origin_words(origin)),
        Row::new(
            "Holdfast’s starting value",
            format!("{}. It is ours, no policy’s.", said(definition, &definition.ours())),
        ),
    ];
    if let Some(floor) = state.floor() {
        rows.push(Row::new("No looser than", said(definition, &floor)));
    }
    if let Some(limit) = &definition.limit {
        rows.push(Row::new("Why no looser", limit.why));
    }
    rows.push(Row::new("What can be chosen", said::choices(definition)));
    rows.push(Row::new("Stricter or looser", strictness(definition)));
    rows.push(Row::new("Whose to change", capital(&definition.owner.words())));
    rows.push(Row::new("Controls that depend on it", definition.controls.join(", ")));
    rows
}

fn strictness(definition: &Definition) -> String {
    capital(definition.order.words())
}

fn history_row(definition: &Definition, told: &Told, deciders: &Deciders, visit: &SignedVisit) -> HistoryRow {
    let Told { part, fact } = told;
    HistoryRow {
        when: words::moment(fact.at, &visit.sources.school.zone),
        whose: match part {
            Part::School => "The school",
            Part::Floor => "The trust’s floor",
            Part::Default => "The trust’s default",
        },
        value: fact.value.as_ref().map_or_else(|| "Taken back".to_owned(), |value| said(definition, value)),
        by: decider(deciders, fact.by),
        why: fact.why.clone(),
        clause: fact.clause.clone().unwrap_or_default(),
    }
}
