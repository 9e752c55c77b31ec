//! Whom to turn to outside the school, and who answers inside it (W-08, W-11; catalogue 1.4).
//!
//! The national numbers are `core`'s, shipped with their source ([`holdfast_core::wording::national_contacts`]). The school writes
//! down its own area's: facts, each with where it is from. That a contact was found true is a fact of its own, of a national one
//! too. All of it is public knowledge, so that reading leaves no trace, and no trace tells who looked for help (practice 9).

mod hours;
mod links;
mod local;
mod school;
pub(crate) mod statements;
mod team;

pub use hours::{Openness, check_hours, hours_words, openness};
pub use links::{LinkFound, LinkLook};
pub use local::{Confirmed, ContactBook, ContactFor, ContactRole, LocalContact, NewContact, WhyEnded};
pub use team::TeamMember;
