//! What the asker is and holds at this moment, read afresh in each verb's transaction.

use super::{
    Duty,
    ladder::{Holding, Roll},
    resource::ids,
    statements::{CHILDREN, CLASSES, EMERGENCIES, HOLDINGS, IS_CUSTODIAN, PERSON, PURPOSES, UNVOUCHED_KEY, WAS_SET_UP},
};
use crate::{Fault, accounts, audit, id, people::Kind, seal, store::Transaction};
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
    /// Whoever signed in with a sealed code from the safe.
    SealedSignIn(id::Row),
    /// A door at which nobody signs in: writes a report, and reads nothing.
    Door,
}

/// How a sealed emergency sign-in stands at this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SealedState {
    /// There is none: ended, over, or never made.
    #[default]
    Nothing,
    /// It waits in the safe.
    Waits,
    /// It is in use, and its time is not over.
    Runs,
}

/// What the asker is and holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who asks.
    pub actor: Actor,
    /// At which school.
    pub school: id::School,
    /// The moment.
    pub now: Timestamp,
    /// What they are; nothing for who is no person of this school, or has left it.
    pub kind: Option<Kind>,
    /// The duties they act in now, as holder, or as deputy while every holder is away.
    pub duties: Vec<Duty>,
    /// Every duty held at the school, by anybody: who answers in whose place is decided from it.
    pub roll: Roll,
    /// The classes they teach.
    pub teaches: Vec<id::Class>,
    /// The children they have parental responsibility for.
    pub children: Vec<id::Person>,
    /// Emergency access they have taken and that runs: to whom.
    pub emergencies: Vec<(id::Emergency, id::Person)>,
    /// Whose history they have said why they read.
    pub purposes: Vec<id::Person>,
    /// Whether the key that they sign in with may be taken for theirs: it was their first, or somebody vouched for it. Until
    /// then they act in no duty, because whoever reset the password may be the one who signed in.
    pub is_confirmed: bool,
    /// Whether they are a custodian.
    pub is_custodian: bool,
    /// Whether the school was ever set up.
    pub is_set_up: bool,
    /// Of whoever signed in with a sealed code, how that stands.
    pub sealed: SealedState,
}

/// Reads the asker's standing.
pub(crate) async fn standing(
    transaction: &mut Transaction,
    school: id::School,
    actor: Actor,
    now: Timestamp,
) -> Result<Standing, Fault> {
    let roll = roll(transaction, school, now).await?;
    let is_set_up = transaction.row(&WAS_SET_UP, &[school.into()]).await?.is_some();
    let mut standing = Standing {
        actor,
        school,
        now,
        kind: None,
        duties: Vec::new(),
        roll,
        teaches: Vec::new(),
        children: Vec::new(),
        emergencies: Vec::new(),
        purposes: Vec::new(),
        is_confirmed: true,
        is_custodian: false,
        is_set_up,
        sealed: SealedState::Nothing,
    };
    match actor {
        Actor::Person(person) => standing.read_person(transaction, person, now).await?,
        Actor::SealedSignIn(row) => standing.sealed = accounts::sealed_state(transaction, school, row, now).await?,
        Actor::Console | Actor::Clock | Actor::Door => {}
    }
    Ok(standing)
}

impl Standing {
    /// The emergency access to what is kept about this person that runs now, if any.
    pub(crate) fn emergency_to(&self, person: Option<id::Person>) -> Option<id::Emergency> {
        self.emergencies.iter().find(|(_, about)| person == Some(*about)).map(|(emergency, _)| *emergency)
    }

    /// Takes from the roll what the asker holds there and the audit log does not tell of: somebody put it into the store behind our
    /// back.
    async fn leave_to_log(&mut self, t: &mut Transaction, person: id::Person) -> Result<(), Fault> {
        if !self.roll.has(person) {
            return Ok(());
        }
        let told = audit::duties_given(t, self.school, person).await?;
        if self.roll.keep_only(person, &told) {
            tracing::error!(school = %self.school, %person, "somebody stands with a duty that the audit log does not tell of; it gives them nothing");
        }
        Ok(())
    }

    /// Whether the key they sign in with may be taken for theirs. Of who holds a duty the log is asked as well: a voucher that
    /// somebody put into the store gives nobody their duties back.
    async fn read_confirmed(&self, t: &mut Transaction, person: id::Person) -> Result<bool, Fault> {
        if t.row(&UNVOUCHED_KEY, &[self.school.into(), person.into()]).await?.is_some() {
            return Ok(false);
        }
        if !self.roll.has(person) {
            return Ok(true);
        }
        match seal::key_of(t, self.school, person).await {
            Ok(key) => Ok(key.is_none_or(|key| key.is_trusted)),
            Err(Fault::Damaged(_)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    async fn read_person(&mut self, t: &mut Transaction, person: id::Person, now: Timestamp) -> Result<(), Fault> {
        let Some(row) = t.row(&PERSON, &[person.into(), self.school.into()]).await? else { return Ok(()) };
        if row.get::<Option<Timestamp>>(1)?.is_some_and(|left| left <= now) {
            return Ok(());
        }
        self.kind = Kind::from_word(&row.get::<String>(0)?);
        self.leave_to_log(t, person).await?;
        self.children = ids(t, &CHILDREN, &[person.into(), now.into()]).await?;
        self.is_confirmed = self.read_confirmed(t, person).await?;
        if !self.is_confirmed {
            return Ok(());
        }
        self.is_custodian = t.row(&IS_CUSTODIAN, &[self.school.into(), person.into()]).await?.is_some();
        self.duties = self.roll.acting(person);
        self.teaches = ids(t, &CLASSES, &[person.into(), "teaches".into()]).await?;
        let of_asker = [self.school.into(), person.into(), now.into()];
        for row in t.rows(&EMERGENCIES, &of_asker).await? {
            self.emergencies.push((row.get(0)?, row.get(1)?));
        }
        self.purposes = ids(t, &PURPOSES, &of_asker).await?;
        Ok(())
    }
}

/// Every duty held at a school at a moment.
pub(crate) async fn roll(t: &mut Transaction, school: id::School, now: Timestamp) -> Result<Roll, Fault> {
    let mut held = Vec::new();
    for row in t.rows(&HOLDINGS, &[school.into(), now.into()]).await? {
        // A word of a later program's duty gives nothing here.
        let Some(duty) = Duty::from_word(&row.get::<String>(0)?) else { continue };
        held.push(Holding {
            duty,
            person: row.get(1)?,
            is_deputy: row.get(2)?,
            is_away: row.get::<i64>(3)? > 0,
            recorded_at: row.get(4)?,
        });
    }
    Ok(Roll::new(held))
}
