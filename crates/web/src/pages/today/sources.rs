//! What each area tells of what needs somebody. An area of its own writes a function like these, and adds its line to [`SOURCES`].

use super::{Task, Urgency, concerns, files, people, talks, technical};
use crate::{pages::filtering, visit::SignedVisit};
use holdfast_records::{Fault, Today, access::Capability, calendar::Standing};
use std::pin::Pin;

/// What needs somebody, being looked up.
pub(super) type Looking<'a> = Pin<Box<dyn Future<Output = Result<Vec<Task>, Fault>> + Send + 'a>>;

/// One area.
pub(super) type Source = for<'a> fn(&'a SignedVisit) -> Looking<'a>;

/// One area of which the records tell in the page's one look at them (house invariant 6: one entry a page). What reads records and
/// leaves an entry belongs here, as a list of [`Today`].
type Told = fn(&SignedVisit, &Today) -> Vec<Task>;

/// Every area that is told of by that look.
static TOLD: &[Told] = &[
    concerns::waiting,
    concerns::passed_by,
    concerns::yours,
    talks::waiting,
    people::duties,
    people::waiting,
    people::sealed_sign_ins,
    people::exemptions,
    files::reports,
    files::emergency_accesses,
    files::tasks,
    files::erasures,
];

/// Every other area.
static SOURCES: &[Source] = &[
    |visit| Box::pin(files::concerns(visit)),
    |visit| Box::pin(concerns::job(visit)),
    |visit| Box::pin(people::set_up(visit)),
    |visit| Box::pin(technical::parts(visit)),
    |visit| Box::pin(technical::log(visit)),
    |visit| Box::pin(technical::lists(visit)),
    |visit| Box::pin(settings(visit)),
    |visit| Box::pin(std::future::ready(Ok(emergency_blocks(visit)))),
];

/// What needs whoever asks, most urgent first. An area that cannot be read takes nothing from the others, and is told.
pub(super) async fn tasks(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let mut tasks: Vec<Task> = TOLD.iter().flat_map(|told| told(visit, today)).collect();
    let mut is_short = today.is_short;
    for source in SOURCES {
        match source(visit).await {
            Ok(found) => tasks.extend(found),
            Err(fault) => {
                tracing::warn!("a part of Today could not be read: {fault}");
                is_short = true;
            }
        }
    }
    if is_short {
        let words = "Not everything could be looked up just now, so something may be missing here. Load the page again in a minute.";
        tasks.push(Task::new(Urgency::Now, words));
    }
    tasks.sort_by_key(|task| task.urgency);
    tasks
}

/// The calendar, and questions that a person must answer.
async fn settings(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::ChangeSettings) {
        return Ok(Vec::new());
    }
    let mut tasks = Vec::new();
    let school = visit.session.school;
    let standing = visit.records.calendar_standing(school, super::super::settings::CALENDAR_WEEKS).await?;
    if standing.is_alarming() {
        let urgency = if matches!(standing, Standing::EndsSoon(_)) { Urgency::Soon } else { Urgency::Today };
        let words =
            format!("The school’s calendar needs somebody. {}", super::super::settings::calendar_words(standing));
        tasks.push(Task::new(urgency, words).at(visit, "/settings/calendar", "Look at the calendar"));
    }
    let open = visit.records.decisions(school).await?.iter().filter(|decision| decision.answer.is_none()).count();
    if open > 0 {
        let words = super::counted(
            open,
            "One question needs a decision, because a policy says two things.",
            "questions need a decision, because a policy says two things.",
        );
        tasks.push(Task::new(Urgency::Soon, words).at(visit, "/settings/questions", "Look at the questions"));
    }
    Ok(tasks)
}

/// Emergency blocks whose day to be looked at has come (practice 8).
fn emergency_blocks(visit: &SignedVisit) -> Vec<Task> {
    if !visit.me.may(Capability::EmergencyBlock) {
        return Vec::new();
    }
    let due = filtering::emergency::in_force(visit).iter().filter(|block| block.is_due).count();
    let words = super::counted(
        due,
        "An emergency block is to be looked at again.",
        "emergency blocks are to be looked at again.",
    );
    let task = Task::new(Urgency::Today, words).at(visit, "/filter/emergency", "Look at the emergency blocks");
    if due > 0 { vec![task] } else { Vec::new() }
}
