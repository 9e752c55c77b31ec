//! Duties: who holds each, who deputises, who is away, and who answers meanwhile (practice 10, 12).

pub(crate) mod absence;
pub(crate) mod family;
pub(crate) mod give;
pub(crate) mod out_of_hours;
pub(crate) mod trust_lead;

use super::{
    Frame,
    people::{frame, may, one::sentence, places},
    render,
};
use crate::{
    kit::{Area, Tag, Tone},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Act, Capability, Duty},
    id,
    people::{By, Held},
};
use std::collections::BTreeMap;

/// The duties of which somebody always answers: concerns come to them.
pub(crate) const HEAR: [Duty; 5] =
    [Duty::Head, Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Chair, Duty::TrustLead];
/// Who hears about an adult who works here.
const HEAR_OF_ADULTS: [Duty; 3] = [Duty::Head, Duty::Chair, Duty::TrustLead];
/// How many different people there must be: one may be the subject, one may be away, and one is left (practice 12).
const FEWEST: usize = 3;

#[derive(Template)]
#[template(path = "duties/list.html")]
struct DutiesPage {
    frame: Frame,
    places: Vec<Area>,
    too_few: Vec<String>,
    duties: Vec<DutyRow>,
    absences: Vec<AbsenceRow>,
    may_give: bool,
    /// Whether they say themselves that they are away.
    says_away: bool,
    /// What else they can do here.
    links: Vec<(&'static str, &'static str)>,
}

struct DutyRow {
    title: String,
    word: &'static str,
    people: Vec<HeldRow>,
    /// Who answers now, where it is not whoever holds it.
    answers: Option<String>,
    may_give: bool,
}

struct HeldRow {
    name: String,
    tags: Vec<Tag>,
    end: Option<String>,
}

struct AbsenceRow {
    name: String,
    when: String,
    is_own: bool,
    back: Option<id::Person>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let held = visit.records.duties(&visit.session).await?;
    let may_give = visit.me.may(Capability::AssignDuties);
    let has_trust_lead = held.iter().any(|one| one.duty == Duty::TrustLead);
    let mut duties = Vec::new();
    for duty in Duty::ALL {
        duties.push(DutyRow {
            title: sentence(duty.title()),
            word: duty.word(),
            people: people(&visit, &held, *duty).await?,
            answers: answers(&visit, &held, *duty).await?,
            may_give: may_give && is_theirs_to_give(&visit, *duty),
        });
    }
    let is_holder = held.iter().any(|one| one.person == visit.me.person);
    let page = DutiesPage {
        frame: frame(&visit),
        places: places(&visit, "/duties"),
        too_few: too_few(&held),
        duties,
        absences: absences(&visit).await?,
        may_give,
        says_away: is_holder || visit.me.kind == holdfast_records::people::Kind::Staff,
        links: links(&visit, has_trust_lead),
    };
    Ok(render(StatusCode::OK, &page))
}

fn links(visit: &SignedVisit, has_trust_lead: bool) -> Vec<(&'static str, &'static str)> {
    let may = |needed| visit.me.may(needed);
    let names_trust_lead = !has_trust_lead && (may(Capability::AgreeToDuty) || may(Capability::AssignDuties));
    let all = [
        ("/duties/absence", "Record that somebody is away", may(Capability::RecordAbsence)),
        ("/duties/out-of-hours", "Told outside watched hours", true),
        ("/duties/trust-lead", "Name the first trust lead", names_trust_lead),
        ("/duties/family", "Family of those who hear concerns", may(Capability::OverruleFamily)),
    ];
    all.into_iter().filter(|(.., is_theirs)| *is_theirs).map(|(href, words, _)| (href, words)).collect()
}

/// Nobody names those who would hear a concern about them: the head names no chair, the chair no trust lead, and a school's first
/// trust lead is named by two (practice 12). The verb decides; here it is only not offered.
fn is_theirs_to_give(visit: &SignedVisit, duty: Duty) -> bool {
    let named_by: &[Duty] = match duty {
        Duty::Chair => &[Duty::Chair, Duty::TrustLead],
        Duty::TrustLead => &[Duty::TrustLead],
        _ => return true,
    };
    visit.me.duties.iter().any(|held| named_by.contains(held))
}

/// Where fewer than three different people would hear a concern, which is what set-up refuses (practice 12).
pub(crate) fn too_few(held: &[Held]) -> Vec<String> {
    let distinct = |duties: &[Duty]| {
        let mut people: Vec<id::Person> =
            held.iter().filter(|one| duties.contains(&one.duty)).map(|one| one.person).collect();
        people.sort_unstable();
        people.dedup();
        people.len()
    };
    let told = |count: usize, about: &str| {
        (count < FEWEST).then(|| {
            format!(
                "Fewer than three different people would hear a concern about {about} ({count}). One may be whom it is about and one \
                 may be away, so there should be three: give one of these duties to somebody else, or name a deputy."
            )
        })
    };
    [told(distinct(&HEAR), "a child"), told(distinct(&HEAR_OF_ADULTS), "an adult who works here")]
        .into_iter()
        .flatten()
        .collect()
}

async fn people(visit: &SignedVisit, held: &[Held], duty: Duty) -> Result<Vec<HeldRow>, Fault> {
    let mut rows = Vec::new();
    for one in held.iter().filter(|one| one.duty == duty) {
        let mut tags = Vec::new();
        tags.extend(one.is_deputy.then(|| Tag::new("Deputy", Tone::Under)));
        tags.extend(one.is_away.then(|| Tag::new("Away", Tone::Warn)));
        let may_end = may(visit, Act::DutyEnded, one.person).await?;
        rows.push(HeldRow {
            name: one.full_name.clone(),
            tags,
            end: may_end.then(|| format!("/duties/holdings/{}/end", one.holding)),
        });
    }
    Ok(rows)
}

async fn answers(visit: &SignedVisit, held: &[Held], duty: Duty) -> Result<Option<String>, Fault> {
    let is_held = held.iter().any(|one| one.duty == duty);
    let is_one_here = held.iter().any(|one| one.duty == duty && !one.is_deputy && !one.is_away);
    if is_one_here || !is_held && !HEAR.contains(&duty) {
        return Ok(None);
    }
    let names: BTreeMap<id::Person, &str> = held.iter().map(|one| (one.person, one.full_name.as_str())).collect();
    let answering = visit.records.who_answers(&visit.session, duty, visit.caller.now, &[]).await?;
    let told: Vec<String> = answering
        .iter()
        .filter_map(|one| {
            let name = names.get(&one.person)?;
            Some(match one.by {
                By::Holding => (*name).to_owned(),
                By::Deputising => format!("{name}, as deputy"),
                By::StandingIn(duty) => format!("{name}, as {}", duty.title()),
            })
        })
        .collect();
    Ok(Some(if told.is_empty() { "Nobody".to_owned() } else { told.join("; ") }))
}

async fn absences(visit: &SignedVisit) -> Result<Vec<AbsenceRow>, Fault> {
    let zone = &visit.sources.school.zone;
    let mut rows = Vec::new();
    for one in visit.records.absences(&visit.session).await? {
        let until = one.until.map_or_else(
            || "until they say that they are back".to_owned(),
            |until| format!("until {}", words::moment(until, zone)),
        );
        let is_own = one.person == visit.me.person;
        let may_end = may(visit, Act::AbsenceRecorded, one.person).await?;
        rows.push(AbsenceRow {
            name: one.full_name,
            when: format!("From {}, {until}", words::moment(one.from, zone)),
            is_own,
            back: may_end.then_some(one.person),
        });
    }
    Ok(rows)
}
