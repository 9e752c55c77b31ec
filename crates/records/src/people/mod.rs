//! People: who is who, what the school must know of them before it writes or rings home, and who holds which duty.
//!
//! A person's row is changed in place, with its `revision` checked; all else about people is facts that are inserted and
//! whose ends are rows of their own. What is confidential lies sealed in one compartment for each person.

mod answering;
mod change;
mod class;
mod confidential;
mod duties;
mod first_trust_lead;
mod gate_code;
mod hearers_family;
mod history;
mod import;
mod names;
mod person;
mod photo;
mod picker;
mod register;
mod relation;
mod set_up;
pub(crate) mod statements;
mod telling;
mod words;

pub use answering::{Answering, By};
pub use change::{Change, ContactWay, OwnChange, Person, PersonChange};
pub use class::Class;
pub use confidential::{Address, Confidential, CourtOrder, DetailKind, NoContact, Words};
pub use duties::{Absence, GiveDuty, Held};
pub(crate) use duties::{listed as duties_listed, refuse_to_take_the_last};
pub use first_trust_lead::Proposal;
pub use hearers_family::HearersRelation;
pub use import::Preview;
pub(crate) use names::{first_name, words as folded_words};
pub use person::{GatePlace, NewPerson};
pub use photo::{Photo, PhotoFormat};
pub use picker::{Found, Picked, Seeking};
pub use register::{Listed, Listing};
pub use relation::{NewCourtOrder, NewRelation, Relation};
pub use set_up::{
    Draft, DraftPerson, FirstDuty, FirstPerson, MOST_PEOPLE, NEEDED_DUTIES, SetUp, SetUpDone, SetUpPerson,
    SetUpStanding, SetUpStep, SetUpToken,
};
pub(crate) use set_up::{FirstRun, set_up_of};
pub(crate) use telling::who_may_be_told;
pub use telling::{Telling, Told, Unsure, WhoMayBeTold};
pub use words::{Kind, LivesWith, Part, RelationKind, Responsibility, StaffKind, WayKind, WhyNotFamily};
