//! A concern climbs until somebody answers: the safeguarding lead, the deputy, the head, the chair, the trust; at last whoever reported it
//! is told that nobody has, and whom to ring (practice 7, 10, 12, 27; catalogue C-03, C-05).
//!
//! [`plan`](plan()) says who is due when, from facts alone; here those facts are read, and who is due is told: a row in `file_rung`, and a notice
//! that names nobody. Who may read the file is told of it by id; the chair and the trust, who may not read a child's file, are told that
//! something waits for others to answer. Neither says of which kind it is (practice 11).

mod gather;
mod out_of_hours;
mod plan;
pub(crate) mod statements;
mod tell;
#[cfg(test)]
mod tests;
mod verbs;

pub(crate) use gather::{School, lapsed_at, may_hear};
pub use out_of_hours::OutOfHours;
pub use plan::{Askable, Fact, Open, Step, Times, Told, What, answer_by, due, next, open, plan};
pub(crate) use tell::{is_news, tell_due};
pub use verbs::{Climbing, OwnStanding, PassedBy, ToldName, WaitingConcern, WhenRead};
pub(crate) use verbs::{passed, stands, still_known, told_to, unanswered, waiting};

use crate::{access::Duty, store::words};
use jiff::{SignedDuration, Timestamp};

/// How far back it is looked for what somebody was told of: longer than the slowest climb, over a summer.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 180);

/// From when on it is looked at what somebody was told of, and at what is severe.
pub(crate) fn look_back(now: Timestamp) -> Timestamp {
    now.saturating_sub(LOOK_BACK).unwrap_or(now)
}

words! {
    /// A rung: in which turn somebody is told.
    Rung {
        /// Those who agreed in writing to be told outside watched hours.
        Rota = "rota", "those who agreed to be told outside watched hours";
        /// The safeguarding lead, or who deputises for them.
        Lead = "lead", "designated safeguarding lead";
        /// The deputy safeguarding lead.
        Deputy = "deputy", "deputy safeguarding lead";
        /// The head.
        Head = "head", "head";
        /// The chair of governors.
        Chair = "chair", "chair of governors";
        /// The trust.
        Trust = "trust", "trust lead";
        /// Whoever reported it: nobody has answered; ring yourself.
        Reporter = "reporter", "whoever reported it";
    }
}

impl Rung {
    /// The rung of a duty.
    fn of(duty: Duty) -> Self {
        match duty {
            Duty::DesignatedLead => Self::Lead,
            Duty::DeputyDesignatedLead => Self::Deputy,
            Duty::Head => Self::Head,
            Duty::Chair => Self::Chair,
            _ => Self::Trust,
        }
    }
}
