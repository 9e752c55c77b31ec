//! What waits about files: counts only, for whoever may know of what is counted (practice 11).

use super::{Task, Urgency, counted};
use crate::visit::SignedVisit;
use holdfast_records::{Fault, Today, access::Capability, concern::door::Waits};
use jiff::{Timestamp, tz::TimeZone};

/// Reports from outside that wait for whoever asks.
pub(super) fn reports(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let waiting = &today.reports;
    let mut tasks = Vec::new();
    let mut tell = |urgency, wanted: &dyn Fn(&&Waits) -> bool, one, more| {
        let count = waiting.iter().filter(wanted).count();
        if count > 0 {
            let task = Task::new(urgency, counted(count, one, more));
            tasks.push(task.at(visit, "/concerns/waiting", "Look at the reports"));
        }
    };
    let mine = |waits: &&Waits| waits.is_taken_by(visit.me.person);
    tell(
        Urgency::Now,
        &|waits| waits.is_danger && waits.taken.is_none(),
        "A report from outside says that somebody is in danger now. Nobody has it yet.",
        "reports from outside say that somebody is in danger now. Nobody has them yet.",
    );
    tell(
        Urgency::Today,
        &|waits| !waits.is_danger && waits.taken.is_none(),
        "A report from outside waits for somebody to take it.",
        "reports from outside wait for somebody to take them.",
    );
    tell(
        Urgency::Today,
        &|waits| mine(waits),
        "A report from outside that you have waits to be placed or answered.",
        "reports from outside that you have wait to be placed or answered.",
    );
    tell(
        Urgency::Now,
        &|waits| is_overdue(waits, visit.caller.now, &visit.sources.school.zone),
        "A complaint should have been answered by now.",
        "complaints should have been answered by now.",
    );
    tasks
}

/// Whether the day by which a complaint is answered is past.
fn is_overdue(waits: &Waits, now: Timestamp, zone: &TimeZone) -> bool {
    waits.stage.is_some_and(|stage| stage.respond_by < now.to_zoned(zone.clone()).date())
}

/// Emergency access that somebody else took and nobody reviewed yet.
pub(super) fn emergency_accesses(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let is_open = |one: &&holdfast_records::access::Emergency| one.reviewed.is_none() && one.taker != visit.me.person;
    let open: Vec<_> = today.emergencies.iter().filter(is_open).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let urgency = if open.iter().any(|one| one.is_overdue) { Urgency::Now } else { Urgency::Today };
    let words = counted(
        open.len(),
        "Emergency access that somebody took waits for a review.",
        "emergency accesses wait for a review.",
    );
    vec![Task::new(urgency, words).at(visit, "/emergency-accesses", "Review it")]
}

/// What erasing, moving and ended holds leave to be done.
pub(super) fn tasks(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let count = today.file_tasks.len();
    let words = counted(count, "One thing is to be done about files.", "things are to be done about files.");
    let task = Task::new(Urgency::Today, words).at(visit, "/file-tasks", "See what it is");
    if count > 0 { vec![task] } else { Vec::new() }
}

/// Proposals to erase that wait for a second person; one’s own too, because until then they can be taken back.
pub(super) fn erasures(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let waiting = &today.erasures.waiting;
    let own = waiting.iter().filter(|proposal| proposal.proposed_by == visit.me.person).count();
    let told = [
        (
            waiting.len() - own,
            "A proposal to erase records waits for a second person.",
            "proposals to erase records wait for a second person.",
            "Look at the proposals",
        ),
        (
            own,
            "Your proposal to erase records waits for another person. Until they agree you can take it back.",
            "proposals of yours to erase records wait for another person. Until they agree you can take them back.",
            "See what you proposed",
        ),
    ];
    let told = told.into_iter().filter(|(count, ..)| *count > 0);
    told.map(|(count, one, more, words)| {
        Task::new(Urgency::Soon, counted(count, one, more)).at(visit, "/erasures", words)
    })
    .collect()
}

/// Concerns that wait, of those that whoever asks may know: how many, and nothing of them.
pub(super) async fn concerns(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::ListFiles) || !visit.me.is_confirmed {
        return Ok(Vec::new());
    }
    let counts = visit.records.concern_counts(&visit.session).await?;
    let told = [
        (
            counts.danger,
            Urgency::Now,
            "A concern of level 4 or 5 needs an answer, a call or a decision.",
            "concerns of level 4 or 5 need an answer, a call or a decision.",
        ),
        (
            counts.call,
            Urgency::Now,
            "In a concern a call to an agency is due.",
            "concerns wait for a call to an agency that is due.",
        ),
        (counts.late, Urgency::Now, "A concern is past its time.", "concerns are past their time."),
        (
            counts.answer + counts.decision,
            Urgency::Today,
            "A concern waits for an answer or a decision.",
            "concerns wait for an answer or a decision.",
        ),
        (counts.action, Urgency::Today, "Something is due in a concern.", "concerns have something due."),
        (
            counts.parents,
            Urgency::Soon,
            "In a concern a parent or carer waits.",
            "concerns have a parent or carer who waits.",
        ),
    ];
    let told = told.into_iter().filter(|(count, ..)| *count > 0);
    let task = |(count, urgency, one, more)| {
        Task::new(urgency, counted(count, one, more)).at(visit, "/concerns", "See what waits")
    };
    Ok(told.map(task).collect())
}
