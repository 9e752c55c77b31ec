//! What waits about files: counts only, for whoever may know of what is counted (practice 11).

use super::{Task, Urgency, counted};
use crate::visit::SignedVisit;
use holdfast_records::{Fault, access::Capability};

/// Emergency access that somebody else took and nobody reviewed yet.
pub(super) async fn emergency_accesses(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::ReviewEmergencyAccess) {
        return Ok(Vec::new());
    }
    let taken = visit.records.emergencies(&visit.session).await?;
    let open: Vec<_> = taken.iter().filter(|one| one.reviewed.is_none() && one.taker != visit.me.person).collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let urgency = if open.iter().any(|one| one.is_overdue) { Urgency::Now } else { Urgency::Today };
    let words = counted(
        open.len(),
        "Emergency access that somebody took waits for a review (holdfast emergency list).",
        "emergency accesses wait for a review (holdfast emergency list).",
    );
    Ok(vec![Task::new(urgency, words)])
}

/// What erasing, moving and ended holds leave to be done.
pub(super) async fn tasks(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::PlaceHold) {
        return Ok(Vec::new());
    }
    let count = visit.records.file_tasks(&visit.session).await?.len();
    let words = counted(
        count,
        "One thing is to be done about files (holdfast file tasks).",
        "things are to be done about files (holdfast file tasks).",
    );
    Ok(if count > 0 { vec![Task::new(Urgency::Today, words)] } else { Vec::new() })
}

/// Proposals to erase that wait for a second person.
pub(super) async fn erasures(visit: &SignedVisit) -> Result<Vec<Task>, Fault> {
    if !visit.me.may(Capability::Erase) {
        return Ok(Vec::new());
    }
    let proposals = visit.records.list_erasures(&visit.session).await?;
    let count = proposals.waiting.iter().filter(|proposal| proposal.proposed_by != visit.me.person).count();
    let words = counted(
        count,
        "A proposal to erase records waits for a second person (holdfast erase list).",
        "proposals to erase records wait for a second person (holdfast erase list).",
    );
    Ok(if count > 0 { vec![Task::new(Urgency::Soon, words)] } else { Vec::new() })
}
