//! What the asker is and holds at this moment, read afresh in each verb's transaction.

use super::{Duty, statements::HOLDINGS};
use crate::{Fault, id, store::Transaction};
use jiff::Timestamp;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person who signed in.
    Person(id::Person),
    /// Whoever has the machine's console: sets the school up, and after that only what belongs to the machine.
    Console,
    /// Our own clock and post.
    Clock,
}

/// What the asker is and holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who asks.
    pub actor: Actor,
    /// At which school.
    pub school: id::School,
    /// The duties held now, as holder or standing in.
    pub duties: Vec<Duty>,
    /// Whether the school has been set up.
    pub is_set_up: bool,
}

/// Reads the asker's standing.
pub(crate) async fn standing(
    transaction: &mut Transaction,
    school: id::School,
    actor: Actor,
    now: Timestamp,
) -> Result<Standing, Fault> {
    let mut duties = Vec::new();
    let mut is_set_up = false;
    for row in transaction.rows(&HOLDINGS, &[school.into(), now.into()]).await? {
        let duty = Duty::from_word(&row.get::<String>(0)?);
        is_set_up |= duty == Some(Duty::Head);
        if actor == Actor::Person(row.get(1)?) {
            duties.extend(duty);
        }
    }
    Ok(Standing { actor, school, duties, is_set_up })
}
