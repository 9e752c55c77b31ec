//! Pupils who would like to talk: how many, and neither who nor why.

use super::{Task, Urgency, counted};
use crate::visit::SignedVisit;
use holdfast_records::Today;

/// Those who asked for whoever reads this, and those who wait for the team that they are one of.
pub(super) fn waiting(visit: &SignedVisit, today: &Today) -> Vec<Task> {
    let told = [
        (
            today.talks.of_team,
            Urgency::Now,
            "A pupil would like to talk with a grown-up, and nobody has yet.",
            "pupils would like to talk with a grown-up, and nobody has yet.",
        ),
        (
            today.talks.mine,
            Urgency::Today,
            "A pupil would like to talk with you.",
            "pupils would like to talk with you.",
        ),
    ];
    let told = told.into_iter().filter(|(count, ..)| *count > 0);
    let task = |(count, urgency, one, more)| {
        Task::new(urgency, counted(count, one, more)).at(visit, "/talks", "See who it is")
    };
    told.map(task).collect()
}
