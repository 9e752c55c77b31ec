//! Telling the school without signing in: a worry, a complaint, whistleblowing. Helplines come first, it is text only, nothing is kept on
//! the device, and no JavaScript is needed (practice 1, 3, 9, 10, 17, 19, 27).

pub(crate) mod answer;
mod form;
pub(crate) mod place;
pub(crate) mod receipt;
mod sent;
pub(crate) mod waiting;

use super::{
    Frame, Here, Talk,
    form::Part,
    help,
    lost::{self, Words},
    render,
};
use crate::{
    fields::Fields,
    house::Lost,
    kit::Problem,
    pages::status,
    sources::Sources,
    visit::{Answered, DoorVisit, HelpVisit},
};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use form::{Sheet, Typed};
use holdfast_records::{
    Fault, Records,
    concern::climb::WhenRead,
    contacts::{ContactRole, openness},
    id,
};
use jiff::Timestamp;
use tokio::time::timeout;

#[derive(Template)]
#[template(path = "report/report.html")]
struct ReportPage {
    frame: Frame,
    talk: Vec<Talk>,
    when: Option<String>,
}

#[derive(Template)]
#[template(path = "report/form.html")]
struct FormPage {
    frame: Frame,
    sheet: Sheet,
    talk: Vec<Talk>,
    when: Option<String>,
    parts: Vec<Part>,
    problems: Vec<Problem>,
    /// The number of this form: sent twice, it is one report.
    form: String,
    receipt: bool,
}

/// What is typed when a report is placed or answered.
const ANSWERS: Words = Words {
    shown: &[("reason", "What was done, or why nothing was")],
    chosen: &[
        ("outcome", "How it is answered"),
        ("course", "By which procedure it goes"),
        ("stage", "Stage"),
        ("by", "By which day it is answered"),
    ],
    to_others: "The page was opened by somebody who was signed in here before. What they typed is shown to nobody else. Open the report \
                again for what you have to write.",
    goes_on: ("/today", "Go to Today"),
    here: Here::Reports,
    has_number: false,
};

/// A form of those who read a report that could not be taken comes back whole.
pub(crate) fn again_inside(lost: &Lost<'_>) -> Response {
    lost::page(&ANSWERS, lost)
}

/// The front of all doors. It needs no records: the numbers on it are always there.
pub(crate) async fn page(visit: HelpVisit) -> Answered {
    let looked_up = async {
        let records = visit.records.as_ref()?;
        let school = records.school_shown_as(&visit.sources.school.name).await.ok()??;
        records.when_will_it_be_read(school).await.ok()
    };
    let when = timeout(help::AT_ONCE, looked_up).await.ok().flatten();
    let page = ReportPage {
        talk: talk(&["childline", "nspcc", "samaritans"], &visit.sources, visit.now),
        when: when.map(|when| read_words(when, &visit.sources, visit.now)),
        frame: Frame::reporting(&visit),
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn worry(visit: DoorVisit) -> Answered {
    blank(&visit, Sheet::Worry).await
}

pub(crate) async fn child(visit: DoorVisit) -> Answered {
    blank(&visit, Sheet::Child).await
}

pub(crate) async fn complaint(visit: DoorVisit) -> Answered {
    blank(&visit, Sheet::Complaint).await
}

pub(crate) async fn whistleblowing(visit: DoorVisit) -> Answered {
    blank(&visit, Sheet::Whistleblowing).await
}

pub(crate) async fn send_worry(visit: DoorVisit, fields: Fields) -> Answered {
    send(&visit, Sheet::Worry, &fields).await
}

pub(crate) async fn send_child(visit: DoorVisit, fields: Fields) -> Answered {
    send(&visit, Sheet::Child, &fields).await
}

pub(crate) async fn send_complaint(visit: DoorVisit, fields: Fields) -> Answered {
    send(&visit, Sheet::Complaint, &fields).await
}

pub(crate) async fn send_whistleblowing(visit: DoorVisit, fields: Fields) -> Answered {
    send(&visit, Sheet::Whistleblowing, &fields).await
}

/// The form as it comes back while the records are away, with every word still in it; nothing of another page.
pub(crate) fn came_back(sources: &Sources, path: &str, fields: &Fields, now: Timestamp) -> Option<Response> {
    let sheet = Sheet::ALL.into_iter().find(|sheet| sheet.path() == path)?;
    let typed = Typed::of(sheet, fields);
    let problems = vec![Problem::of_all(NOT_SENT)];
    let page = filled(sources, (sheet, Known::default()), &typed, problems, now);
    Some((StatusCode::SERVICE_UNAVAILABLE, page).into_response())
}

/// What is said where it could not be written down.
const NOT_SENT: &str = "It has not been sent: the school’s records cannot be reached just now. Your words are still here. Press the \
    button again in a minute. If somebody is in danger, ring 999 now.";

async fn blank(visit: &DoorVisit, sheet: Sheet) -> Answered {
    let typed = Typed::blank(sheet, visit.caller.now)?;
    let known = known(visit).await;
    Ok((StatusCode::OK, filled(&visit.sources, (sheet, known), &typed, Vec::new(), visit.caller.now)).into_response())
}

async fn send(visit: &DoorVisit, sheet: Sheet, fields: &Fields) -> Answered {
    let typed = Typed::of(sheet, fields);
    let new = match typed.read(visit.caller.now) {
        Ok(new) => new,
        Err(problems) => return again(visit, sheet, &typed, problems).await,
    };
    let arrived = match school(visit).await {
        Ok(school) => visit.records.report_at_door(school, &new, &visit.caller.place()).await,
        // Which school it is could not be told: that is no fault of what was written.
        Err(fault) => Err(Fault::Unavailable(fault.to_string())),
    };
    match arrived {
        Ok(arrived) => sent::page(visit, sheet, &new, &arrived).await,
        Err(Fault::Wrong(problems)) => {
            let one = |text: String| match text.split_once(": ") {
                Some((field, words)) if Typed::has(field) => Problem::at(field, words),
                _ => Problem::of_all(text),
            };
            let problems = problems.iter().map(|problem| one(problem.message.clone())).collect();
            again(visit, sheet, &typed, problems).await
        }
        Err(Fault::NotAllowed(words)) => again(visit, sheet, &typed, vec![Problem::of_all(words)]).await,
        Err(Fault::Unavailable(why)) => {
            tracing::error!("a report could not be written: {why}");
            let problems = vec![Problem::of_all(NOT_SENT)];
            let page = filled(&visit.sources, (sheet, Known::default()), &typed, problems, visit.caller.now);
            Ok((StatusCode::SERVICE_UNAVAILABLE, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn again(visit: &DoorVisit, sheet: Sheet, typed: &Typed, problems: Vec<Problem>) -> Answered {
    let known = known(visit).await;
    let page = filled(&visit.sources, (sheet, known), typed, problems, visit.caller.now);
    Ok((status(true), page).into_response())
}

fn filled(
    sources: &Sources,
    (sheet, known): (Sheet, Known),
    typed: &Typed,
    problems: Vec<Problem>,
    now: Timestamp,
) -> Response {
    let when = known.when.clone();
    let page = FormPage {
        frame: Frame::new(sources, Here::Report).erring(!problems.is_empty()),
        sheet,
        // A child is not sent to an office: whoever they write to rings it.
        talk: if sheet.is_for_children() {
            talk(sheet.numbers(), sources, now)
        } else {
            known.beside(sheet, sources, now, true)
        },
        when,
        parts: typed.parts(&problems),
        form: typed.number(),
        receipt: typed.receipt,
        problems,
    };
    render(StatusCode::OK, &page)
}

/// The school that this page is of. Where several share the machine and none is meant, nobody would know where to send it.
async fn school(visit: &DoorVisit) -> Result<id::School, Fault> {
    visit.records.school_shown_as(&visit.sources.school.name).await?.ok_or_else(|| {
        Fault::wrong("Several schools share this machine, and this page is of none of them. Ring the school. In danger, ring 999.")
    })
}

/// What the records add to a form.
struct Known {
    /// When it is read.
    when: Option<String>,
    /// Children’s social care as it answers at this hour.
    care: Vec<Talk>,
    /// The designated officer, whom anybody may ring about an adult who works with children (practice 10).
    officers: Vec<Talk>,
}

impl Default for Known {
    fn default() -> Self {
        Self { when: None, care: Vec::new(), officers: vec![officer(None)] }
    }
}

impl Known {
    /// Whom an adult can ring beside this form: who answers now about a child first.
    fn beside(self, sheet: Sheet, sources: &Sources, now: Timestamp, with_officers: bool) -> Vec<Talk> {
        let care = if sheet == Sheet::Worry { self.care } else { Vec::new() };
        let officers = if with_officers { self.officers } else { Vec::new() };
        care.into_iter().chain(talk(sheet.numbers(), sources, now)).chain(officers).collect()
    }
}

/// What the records say at once: nobody's words are lost for it.
async fn known(visit: &DoorVisit) -> Known {
    let looked_up = known_of(&visit.records, &visit.sources, visit.caller.now);
    timeout(help::AT_ONCE, looked_up).await.ok().and_then(Result::ok).flatten().unwrap_or_default()
}

async fn known_of(records: &Records, sources: &Sources, now: Timestamp) -> Result<Option<Known>, Fault> {
    let Some(school) = records.school_shown_as(&sources.school.name).await? else { return Ok(None) };
    let when = read_words(records.when_will_it_be_read(school).await?, sources, now);
    let book = records.contact_book(school).await?;
    let zone = &sources.school.zone;
    let care = book.local.iter().filter(|contact| {
        matches!(contact.role, ContactRole::SocialCare | ContactRole::SocialCareNight)
            && !contact.telephone.is_empty()
            && openness(&contact.hours, now, zone).is_open()
    });
    let care = care.map(|contact| help::local_talk(contact, now, zone)).collect();
    let written = book.local.iter().filter(|contact| contact.role == ContactRole::DesignatedOfficer);
    let officers: Vec<Talk> = written.map(|contact| officer(Some(help::local_talk(contact, now, zone)))).collect();
    let officers = if officers.is_empty() { vec![officer(None)] } else { officers };
    Ok(Some(Known { when: Some(when), care, officers }))
}

/// The designated officer as this page shows them: the office, and nobody’s name; without a number who puts one through.
fn officer(written: Option<Talk>) -> Talk {
    let words = "About an adult who works or helps with children you can ring yourself, beside this or instead of it, and need ask nobody \
                 here.";
    let number = written.as_ref().and_then(|talk| talk.telephone.clone());
    Talk {
        name: "The local authority’s designated officer (LADO)".to_owned(),
        words: if number.is_some() {
            words.to_owned()
        } else {
            format!("{words} The school has not written the number down: the council’s switchboard puts you through.")
        },
        telephone: number,
        text: None,
        web: None,
        hours: written.map(|talk| talk.hours).unwrap_or_default(),
    }
}

/// When it is read, in words (practice 27).
fn read_words(when: WhenRead, sources: &Sources, now: Timestamp) -> String {
    match when {
        WhenRead::Now => "Somebody is there to read it now.".to_owned(),
        WhenRead::At(opening) => {
            let opening = crate::words::when(opening, now, &sources.school.zone);
            format!(
                "Nobody reads it before school opens again {opening}. If it cannot wait until then, ring one of the numbers here."
            )
        }
        WhenRead::NotKnown => {
            "We cannot say when somebody reads it. If it cannot wait, ring one of the numbers here.".to_owned()
        }
    }
}

/// National numbers by their keys.
fn talk(keys: &[&str], sources: &Sources, now: Timestamp) -> Vec<Talk> {
    keys.iter().filter_map(|key| help::by_key(key, now, &sources.school.zone)).collect()
}
