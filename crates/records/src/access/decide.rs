//! The decision: pure.

use super::{Act, Actor, Facts, Standing};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// The asker may not know whether it exists: told as what does not.
    Hidden,
    /// The asker knows that it exists and may not; why.
    Refused(&'static str),
}

/// Whether this standing allows this act on what these facts are about.
pub fn decide(standing: &Standing, act: Act, facts: &Facts) -> Decision {
    if standing.school != facts.school {
        return Decision::Hidden;
    }
    let capability = act.capability();
    let is_allowed = match standing.actor {
        Actor::Console => !standing.is_set_up,
        Actor::Clock => true,
        Actor::Person(person) => {
            !facts.subjects.contains(&person) && standing.duties.iter().any(|duty| capability.is_of(*duty))
        }
    };
    if is_allowed { Decision::Allowed } else { Decision::Hidden }
}
