//! One's own second steps: what there is, and what can be done about it.

use super::super::{Frame, found, render};
use crate::{
    seats::SecondStep,
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;

#[derive(Template)]
#[template(path = "second_step/own.html")]
struct OwnPage {
    frame: Frame,
    /// Whether they must have one, and have none yet: there is nothing else for them before.
    must: bool,
    app_since: Option<String>,
    passkeys: Vec<PasskeyLine>,
    is_locked: bool,
    spare_codes: usize,
    has_any: bool,
}

/// A passkey as its owner sees it.
struct PasskeyLine {
    id: String,
    title: String,
    site: String,
    made: String,
    used: String,
    unlocks: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let has = visit.records.second_steps(&visit.session).await?;
    let zone = &visit.sources.school.zone;
    let when = |moment| words::when(moment, visit.caller.now, zone);
    let must = visit.me.needs_second_step && visit.seat.shown == SecondStep::NotShown;
    let page = OwnPage {
        frame: Frame::arriving_or_signed(&visit),
        must,
        app_since: has.app_since.map(when),
        passkeys: has
            .passkeys
            .iter()
            .map(|passkey| PasskeyLine {
                id: passkey.id.to_string(),
                title: passkey.title.clone(),
                site: passkey.site.clone(),
                made: when(passkey.made_at),
                used: passkey.used_at.map_or_else(|| "Not yet".to_owned(), |used| words::ago(used, visit.caller.now)),
                unlocks: passkey.unlocks,
            })
            .collect(),
        is_locked: visit.session.unlocked.is_none(),
        spare_codes: has.spare_codes,
        has_any: !has.is_empty(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Where somebody is led who removed a second step of theirs: their seat may have been taken with it, and stays theirs while they have
/// another.
pub(super) async fn after_removal(visit: &SignedVisit) -> Answered {
    let has = visit.records.second_steps(&visit.session).await?;
    let shown = match (has.passkeys.first(), visit.seat.shown.clone()) {
        // They showed nothing of theirs, and what they came in with stands.
        (_, shown @ (SecondStep::ByProvider(_) | SecondStep::OfDemonstration)) => shown,
        _ if has.is_empty() => SecondStep::NotShown,
        (_, SecondStep::Shown(step)) if visit.records.step_stands(&visit.session, step).await? => {
            SecondStep::Shown(step)
        }
        (Some(passkey), _) => SecondStep::Shown(passkey.id),
        // The app is left, and was not shown here: they show it at the door.
        (None, _) => return Ok(found("/sign-in")),
    };
    super::app::stepped_on(visit, shown, super::HERE)
}
