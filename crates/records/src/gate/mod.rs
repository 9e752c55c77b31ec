//! The gate's policy and what it knows of people, networks and devices: kept here as versions, published to it by whoever
//! looks ([`Records::look_for_gate`]), within a second of a change (decision 0016).
//!
//! A policy is the TOML document that core reads. Each change, a lesson's too, is a new version of the whole document, so that
//! any verdict can be derived again from the version it was made by. The people of the register go to the gate by neutral
//! codes; nothing else of them does.

mod document;
mod emergency;
mod explaining;
mod grouping;
mod lesson;
mod network;
mod people;
mod policy;
mod publication;
pub(crate) mod statements;
mod suspension;

pub use emergency::NewEmergencyBlock;
pub use explaining::LessonClass;
pub(crate) use grouping::{Before, Grouping, refused};
pub use lesson::NewLesson;
pub use people::fit;
pub(crate) use people::spend_code;
pub use policy::{Accepted, Version};
pub use publication::{Look, OldPolicy, Publication, Seen};
pub use suspension::{NewSuspension, Suspended};

#[cfg(doc)]
use crate::Records;
