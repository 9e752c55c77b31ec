//! Who may do what: roles and relations become some three dozen capabilities, decided afresh for each verb in its own
//! transaction, so that what was taken away is gone at the next request.
//!
//! [`standing`] reads what the asker is and holds now; [`resource`] what the thing asked for is; [`decide()`] is pure and
//! answers. The table of roles and capabilities is `capability.rs`, who answers for a file in
//! whose place `ladder.rs`; the golden print of both on a real school is `crates/records/tests/golden/access.txt`.

mod act;
mod capability;
mod decide;
mod duty;
mod emergency;
mod entitled;
mod ladder;
mod notice;
mod resource;
mod standing;
pub(crate) mod statements;

pub use act::Act;
pub use capability::Capability;
pub use decide::{Decision, decide, may_know};
pub use duty::Duty;
pub use emergency::{Emergency, Purpose};
pub use ladder::{Holding, Roll, stand_ins};
pub use notice::Notice;
pub use resource::{Facts, FileKind, Hearers, Resource};
pub use standing::{Actor, SealedState, Standing};

pub(crate) use decide::{has, may_of_school, stands_behind, still_answers};
pub(crate) use emergency::taken as emergencies_taken;
pub(crate) use entitled::{entitled, entitled_to_compartment, entitled_to_details};
pub(crate) use ladder::LADDER;
pub(crate) use notice::{
    UNANSWERED_AT_DOOR, tell, tell_all, tell_at, tell_hearers, tell_ladder, tell_own, waiting as waiting_notices,
    waits_no_more, would_be_told,
};
pub(crate) use resource::{facts, facts_of_report};
pub(crate) use standing::{roll, standing};
