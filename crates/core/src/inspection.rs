//! Whether a secure connection is opened to look inside, and why (opening secure pages to check them).
//!
//! Nothing is opened unless the policy says so for the group. What is never opened, whatever a policy says: help,
//! lifelines, and the protected partners (police, the designated officer, social care; practice 9, 11, 16).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use crate::{category::Category, host::Host, ruleset::Ruleset, subject::Subject};

/// How far a secure connection is opened.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Not at all: judged by name, and passed on unread.
    #[default]
    Nothing,
    /// Only where what was asked for is blocked, to show why.
    BlockPages,
    /// Whole: every request inside is judged by its whole address.
    Everything,
}

/// How far one subject's connections to one host are opened, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// How far.
    pub extent: Extent,
    /// Why so far and no further.
    pub reason: OpeningReason,
}

/// Why a host is opened, or left unopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpeningReason {
    /// A help site, a lifeline, or a protected partner: never opened.
    Protected,
    /// The group's connections are left unopened.
    Group,
    /// The school leaves it unopened: an index into the policy's list.
    School(u32),
    /// One of the shipped sets of what cannot or should not be opened; its code.
    Shipped(&'static str),
    /// Of a category that is left unopened for privacy.
    Private(Category),
    /// The group opens chosen sites, and this is not one.
    NotChosen,
    /// Chosen by the policy.
    Chosen,
}

impl OpeningReason {
    /// The code in events, such as `group`, `apple` or `not-chosen`. Never tells a host.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Group => "group",
            Self::School(_) => "school",
            Self::Shipped(code) => code,
            Self::Private(_) => "private",
            Self::NotChosen => "not-chosen",
            Self::Chosen => "chosen",
        }
    }
}

impl Ruleset {
    /// How far a subject's connections to a host are opened.
    pub fn opening(&self, _subject: &Subject, host: &Host) -> Opening {
        if self.always_open(host) {
            return Opening { extent: Extent::Nothing, reason: OpeningReason::Protected };
        }
        Opening { extent: Extent::Nothing, reason: OpeningReason::Group }
    }

    /// Whether a host is a protected partner's (police, the designated officer, social care): its traffic is never
    /// opened, and its name appears in no technical output (practice 11).
    pub fn is_partner(&self, _host: &Host) -> bool {
        false
    }
}
