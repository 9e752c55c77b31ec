//! Who may put whom into which group. A group decides what is filtered, so who belongs to it is a part of the policy: whoever
//! changes the policy decides it freely, and whoever looks after people only where it cannot open anything.

use super::{
    policy::{may_change_policy, newest},
    statements::NEWEST_POLICY,
};
use crate::{Entered, Fault, people::Kind};
use holdfast_core::{policy, wording::Band};
use std::collections::HashMap;

/// Whom to ask, at the end of each refusal.
const ASK: &str =
    "Ask somebody who may change the filter policy: the head, the safeguarding lead, the online safety lead.";

/// What the asker may do about groups.
#[derive(Debug)]
pub(crate) struct Grouping {
    /// The filter level of each group of the policy in force; `None` for whoever may change the policy.
    levels: Option<HashMap<String, Band>>,
}

/// Where somebody is before they are put into a group.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Before<'a> {
    /// They are being added.
    New(Kind),
    /// They are here already, in this group or in none.
    In(Option<&'a str>),
}

impl Grouping {
    /// For whoever acts, by the policy in force.
    pub(crate) async fn of(entered: &mut Entered) -> Result<Self, Fault> {
        if may_change_policy(entered.standing()) {
            return Ok(Self { levels: None });
        }
        let school = entered.session().school;
        let mut levels = HashMap::new();
        if let Some(version) = newest(entered.transaction(), &NEWEST_POLICY, school).await? {
            let source = policy::read("", &version.text).map_err(Fault::Wrong)?;
            levels.extend(source.groups.iter().map(|group| (group.code.to_string(), group.band)));
        }
        Ok(Self { levels: Some(levels) })
    }

    /// Refuses what the asker may not do.
    pub(crate) fn check(&self, before: Before<'_>, group: Option<&str>) -> Result<(), Fault> {
        self.fault(before, group).map_or(Ok(()), |why| Err(refused(why)))
    }

    /// Why the asker may not put somebody into a group; nothing where they may.
    pub(crate) fn fault(&self, before: Before<'_>, group: Option<&str>) -> Option<&'static str> {
        // Without a group somebody counts as unknown, for whom the strictest policy holds.
        let (levels, group) = (self.levels.as_ref()?, group?);
        if matches!(before, Before::In(Some(now)) if now == group) {
            return None;
        }
        let Some(level) = levels.get(group) else {
            return Some("The policy in force has no such group.");
        };
        let is_open = match before {
            Before::New(Kind::Staff) => true,
            Before::New(Kind::Pupil) => height(*level).is_some_and(|height| height < STAFF),
            Before::New(_) => *level != Band::Staff,
            Before::In(now) => {
                let now = now.and_then(|now| levels.get(now)).and_then(|level| height(*level));
                matches!((now, height(*level)), (Some(now), Some(new)) if new < now)
            }
        };
        (!is_open).then_some(match before {
            Before::New(_) => "The group's filter level is not one for people like them.",
            Before::In(_) => "The group's filter level is not stricter than that of the group they are in.",
        })
    }
}

/// A refusal, with whom to ask.
pub(crate) fn refused(why: &str) -> Fault {
    Fault::NotAllowed(format!("{why} {ASK}"))
}

const STAFF: u8 = 4;

/// Where a filter level stands between the strictest and the loosest. Visitors may be adults or children, so theirs compares
/// with none.
fn height(level: Band) -> Option<u8> {
    match level {
        Band::Unknown => Some(0),
        Band::Youngest => Some(1),
        Band::Younger => Some(2),
        Band::Older => Some(3),
        Band::Staff => Some(STAFF),
        Band::Visitor => None,
    }
}
