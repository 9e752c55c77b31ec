//! What proves the log: verifying it while its asker reads on, and the checkpoints. By moments and not by numbers of entries, so that
//! nobody who reads the log can count what is left out of it for them (practice 11).

use super::super::{error_at, status};
use super::{Frame, Here, announce, found, render, tabs};
use crate::{
    fields::Fields,
    kit::{Area, Field, Kind, PageLinks, Problem},
    log_work::{ToVerify, Work},
    sources::RecordsHealth,
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    audit::{Found, KeyChange, Proof, Standing, Witnessed},
};
use jiff::{Timestamp, tz::TimeZone};
use std::sync::Arc;

/// How often the page looks whether a verification has ended, in seconds.
const RELOAD: u32 = 3;
/// The most fingerprints that are typed at once.
const FINGERPRINTS: usize = 10;

#[derive(Template)]
#[template(path = "audit/verify.html")]
struct VerifyPage {
    frame: Frame,
    tabs: Vec<Area>,
    facts: Vec<(&'static str, String)>,
    work: Option<Shown>,
    can_verify: bool,
    lines: Field,
    fingerprints: Field,
    problems: Vec<Problem>,
}

/// A verification as it is shown.
enum Shown {
    UnderWay { since: String, by: String },
    Failed { when: String, words: String },
    Done(Ended),
}

/// What one found.
struct Ended {
    when: String,
    by: String,
    is_whole: bool,
    faults: String,
    witness_faults: Vec<String>,
    is_witnessed: bool,
    proven: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "audit/checkpoints.html")]
struct CheckpointsPage {
    frame: Frame,
    tabs: Vec<Area>,
    rows: Vec<CheckpointRow>,
    links: PageLinks,
    can_sign: bool,
}

struct CheckpointRow {
    position: i64,
    when: String,
    fingerprint: String,
    key: String,
    next_key: Option<String>,
}

#[derive(Template)]
#[template(path = "audit/paper.html")]
struct PaperPage {
    frame: Frame,
    row: CheckpointRow,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    show(&visit, &Fields::default(), Vec::new()).await
}

pub(crate) async fn verify(visit: SignedVisit, fields: Fields) -> Answered {
    let Some(places) = visit.sources.log.clone() else { return Err(Fault::NotFound) };
    let typed: Vec<String> =
        fields.get("fingerprints").lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    if typed.len() > FINGERPRINTS {
        let words = format!("Type at most {FINGERPRINTS} fingerprints. The newest proves what came before it.");
        return show(&visit, &fields, vec![Problem::at("fingerprints", words)]).await;
    }
    let what = ToVerify {
        records: visit.records.clone(),
        session: visit.session.clone(),
        place: places.place,
        against: Witnessed { lines: fields.get("lines").to_owned(), fingerprints: typed },
        by: visit.me.name.clone(),
        clock: Arc::clone(&visit.sources.clock),
    };
    if !visit.log_work.begin(what) {
        let words = "A verification is under way. Begin another when it has ended.";
        return show(&visit, &fields, vec![Problem::of_all(words)]).await;
    }
    Ok(found("/audit/verify"))
}

async fn show(visit: &SignedVisit, fields: &Fields, problems: Vec<Problem>) -> Answered {
    let zone = &visit.sources.school.zone;
    let health = visit.glance.seen().await.and_then(|seen| seen.health.records.clone());
    let work = visit.log_work.of(visit.session.school).map(|work| shown(&work, visit.caller.now, zone));
    let mut frame = Frame::signed(visit, Here::Audit);
    frame.reload = matches!(work, Some(Shown::UnderWay { .. })).then_some(RELOAD);
    let is_wrong = !problems.is_empty();
    let error = |field: &str| error_at(&problems, field);
    let page = VerifyPage {
        tabs: tabs(visit, "/audit/verify"),
        facts: health.map(|health| facts(&health, visit.caller.now, zone)).unwrap_or_default(),
        work,
        can_verify: visit.sources.log.is_some(),
        lines: Field::new("lines", "Lines of a witness’s copy")
            .hint("Open the file that was kept outside this machine and paste its last lines. The newest proves what came before it.")
            .kind(Kind::Code)
            .value(fields.get("lines")),
        fingerprints: Field::new("fingerprints", "Fingerprints from paper")
            .hint("Eight groups of four letters, one fingerprint a line, such as BCDF-GHJK-…")
            .kind(Kind::Code)
            .value(fields.get("fingerprints"))
            .error(error("fingerprints")),
        frame: frame.erring(is_wrong),
        problems,
    };
    Ok(render(status(is_wrong), &page))
}

fn facts(health: &RecordsHealth, now: Timestamp, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let at = |moment: Option<Timestamp>| {
        moment.map_or_else(
            || "Not since Holdfast was started".to_owned(),
            |moment| super::capital(&words::when(moment, now, zone)),
        )
    };
    let whole = match health.log_whole {
        Some(true) => "; nothing was wrong",
        Some(false) => "; SOMETHING WAS WRONG. Whoever looks after the machine reads what with “holdfast audit verify”",
        None => "",
    };
    let copied = match health.checkpoint_copied {
        Some(true) => "Yes",
        Some(false) => "No: the folder outside could not be written",
        None => "No: the config names no folder outside this machine, so no witness has them",
    };
    vec![
        ("Verified by itself", format!("{}{whole}", at(health.log_verified))),
        ("Signed last", at(health.last_checkpoint)),
        ("Copied outside", copied.to_owned()),
    ]
}

fn shown(work: &Work, now: Timestamp, zone: &TimeZone) -> Shown {
    match &work.done {
        None => Shown::UnderWay { since: words::ago(work.begun, now), by: work.by.clone() },
        Some((at, Err(fault))) => {
            let words = match fault {
                // Where the machine's files lie is for whoever looks after it.
                Fault::Unavailable(_) | Fault::Damaged(_) => {
                    "The log could not be read through. Whoever looks after the machine finds out why with “holdfast audit verify”.".to_owned()
                }
                fault => super::super::plain(fault),
            };
            Shown::Failed { when: super::capital(&words::when(*at, now, zone)), words }
        }
        Some((at, Ok(found))) => Shown::Done(told(found, work, (*at, now), zone)),
    }
}

fn told(found: &Found, work: &Work, (at, now): (Timestamp, Timestamp), zone: &TimeZone) -> Ended {
    Ended {
        when: super::capital(&words::when(at, now, zone)),
        by: work.by.clone(),
        is_whole: found.is_whole(),
        faults: match found.faults {
            0 => String::new(),
            1 => "One fault was found in the log.".to_owned(),
            more => format!("{more} faults were found in the log."),
        },
        witness_faults: found.witness_faults.clone(),
        is_witnessed: found.is_witnessed,
        proven: proven(found, zone),
    }
}

/// What is proven by what, as the command tells it, by moments.
fn proven(found: &Found, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let until = |proof: Proof| found.ranges.iter().filter(|range| range.proof == proof).map(|range| range.until).max();
    let told = |moment: Timestamp| words::moment(moment, zone);
    let mut proven = Vec::new();
    let witnessed = until(Proof::Witness);
    if let Some(until) = witnessed {
        proven.push(("Proven by the witness", format!("What was written until {}.", told(until))));
    }
    let signed = until(Proof::Signed);
    if let Some(until) = signed {
        let from = witnessed.map_or_else(|| "the beginning".to_owned(), told);
        let words = format!(
            "What was written from {from} until {}. Whoever had the machine’s signing key and could write to the store could have rewritten it.",
            told(until)
        );
        proven.push(("Signed on this machine, but held by no witness", words));
    }
    if found.ranges.iter().any(|range| range.proof == Proof::Chain) {
        let from = signed
            .max(witnessed)
            .map_or_else(|| "everything".to_owned(), |from| format!("what came after {}", told(from)));
        let words = format!(
            "{}: no checkpoint covers it. It holds together, but whoever could write to the store could have rewritten it, or removed what came after.",
            super::capital(&from)
        );
        proven.push(("Not proven", words));
    }
    proven
}

pub(crate) async fn checkpoints(visit: SignedVisit) -> Answered {
    let before = match visit.query.get("before") {
        "" => None,
        typed => Some(typed.parse().map_err(|_no_number| Fault::NotFound)?),
    };
    let found = visit.records.checkpoints(&visit.session, before).await?;
    let next = found
        .last()
        .filter(|last| last.position > 1)
        .map(|last| format!("/audit/checkpoints?before={}", last.position));
    let first = before.map(|_| "/audit/checkpoints".to_owned());
    let page = CheckpointsPage {
        frame: Frame::signed(&visit, Here::Audit),
        tabs: tabs(&visit, "/audit/checkpoints"),
        rows: found.iter().map(|checkpoint| row(checkpoint, &visit.sources.school.zone)).collect(),
        links: PageLinks::stepping(first, next),
        can_sign: visit.sources.log.is_some(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn row(checkpoint: &Standing, zone: &TimeZone) -> CheckpointRow {
    CheckpointRow {
        position: checkpoint.position,
        when: words::moment(checkpoint.moment, zone),
        fingerprint: checkpoint.fingerprint.clone(),
        key: checkpoint.key.clone(),
        next_key: checkpoint.next_key.clone(),
    }
}

pub(crate) async fn sign(visit: SignedVisit, _: Fields) -> Answered {
    let Some(places) = visit.sources.log.clone() else { return Err(Fault::NotFound) };
    let outside = places.outside.as_deref();
    let signed = visit.records.sign_checkpoint(&visit.session, &places.place, outside, KeyChange::None).await?;
    let what = if signed.is_new {
        "It covers everything up to this moment."
    } else {
        "Nothing was written since the last one, so that one stands."
    };
    let copied = if signed.not_copied.is_empty() {
        ""
    } else {
        " It could not be copied everywhere: tell whoever looks after the machine."
    };
    announce(
        &visit,
        "The log is signed",
        format!("{what}{copied} Print its fingerprint, and give it to whoever keeps the witness."),
    );
    Ok(found(&format!("/audit/checkpoints/{}", signed.position)))
}

pub(crate) async fn paper(visit: SignedVisit) -> Answered {
    let position = visit.places.get("position").parse().map_err(|_no_number| Fault::NotFound)?;
    let checkpoint = visit.records.checkpoint(&visit.session, position).await?;
    let row = row(&checkpoint, &visit.sources.school.zone);
    Ok(render(StatusCode::OK, &PaperPage { frame: Frame::signed(&visit, Here::Audit), row }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_records::audit::Range;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_proven_is_told_by_moments_and_never_by_numbers() {
        let range = |from, to, until: &str, proof| Range { from, to, until: at(until), proof };
        let found = Found {
            ranges: vec![
                range(1, 4_021, "2026-11-20T09:00:10Z", Proof::Witness),
                range(4_022, 4_107, "2026-11-22T10:00:10Z", Proof::Signed),
                range(4_108, 4_111, "2026-11-22T10:31:00Z", Proof::Chain),
            ],
            faults: 0,
            witness_faults: Vec::new(),
            is_witnessed: true,
            last_checkpoint: None,
        };
        let told = proven(&found, &TimeZone::UTC);
        let titles: Vec<_> = told.iter().map(|(title, _)| *title).collect();
        assert_eq!(titles, ["Proven by the witness", "Signed on this machine, but held by no witness", "Not proven"]);
        let all: String = told.iter().map(|(_, words)| words.as_str()).collect();
        for number in ["4021", "4,021", "4022", "4107", "4108", "4111", "10:31"] {
            assert!(!all.contains(number), "{all}");
        }
        assert!(told[2].1.starts_with("What came after Sunday 22 November 2026, 10:00"), "{}", told[2].1);
    }
}
