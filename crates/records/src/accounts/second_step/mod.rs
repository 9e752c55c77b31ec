//! What people show beside their password: a code of an authenticator app, a passkey, or one of the spare codes that they printed
//! (ASVS 5.0 §6.3.3).
//!
//! At a sign-in the password comes first and unlocks the person's key pair; only that opens the app's secret, so that whoever has the
//! database, or a backup, has no second step by it. The audit log tells what there is: a passkey or a code that somebody put into
//! the store behind our back lets nobody in, and one that they took out of it opens no way around it.

mod app;
mod passkey;
mod spare;
mod told;

pub use app::NewAuthenticator;
pub use passkey::{AskedPasskey, NewPasskey, PasskeyAnswer, Site};
pub use spare::SpareCodes;
pub use told::PasskeyRow;

use super::{
    keep::refuse_a_second_hearer,
    statements::{DROP_AUTHENTICATORS, DROP_PASSKEY_WRAPS, DROP_PASSKEYS, DROP_SPARE_CODES, STEP_STANDS},
    tries::Whence,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Duty, Resource, tell, tell_ladder},
    audit::Detail,
    id,
    settings::{Effective, define::identity, in_force},
};
use std::sync::Arc;
use told::{Steps, steps_of};

/// Where tries of codes are counted: by the person and not by the place, because only who knows the password comes so far.
const LANE: &str = "second step";

/// Somebody whose password was right, and who is not in before they have shown their second step.
#[derive(Clone)]
pub struct HalfIn {
    pub(super) session: Session,
    /// What they can show.
    pub has: SecondSteps,
}

impl HalfIn {
    /// Whether a code of their app can be looked at: it takes the key that the password unlocks.
    pub fn takes_app_code(&self) -> bool {
        self.has.app_since.is_some() && self.session.unlocked.is_some()
    }
}

impl std::fmt::Debug for HalfIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HalfIn")
    }
}

/// What somebody has to show beside their password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecondSteps {
    /// Since when they have an authenticator app.
    pub app_since: Option<jiff::Timestamp>,
    /// Their passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// How many spare codes are left.
    pub spare_codes: usize,
}

impl SecondSteps {
    /// Whether there is none. Spare codes alone are none: they stand in for something else.
    pub fn is_empty(&self) -> bool {
        self.app_since.is_none() && self.passkeys.is_empty()
    }
}

/// Somebody who has shown their second step.
#[derive(Debug, Clone)]
pub struct Shown {
    /// They are in.
    pub session: Session,
    /// What they showed; [`Records::step_stands`] says whether it is still theirs.
    pub step: id::Row,
    /// How many spare codes are left, where they used one.
    pub spare_codes_left: Option<usize>,
}

/// Whether whoever acts in these duties must show a second step in the web application, as their school has it.
pub fn needs_second_step(settings: &Effective, duties: &[Duty]) -> bool {
    let groups = settings.of(&identity::SECOND_STEP);
    duties.iter().any(|duty| group_of(*duty).is_some_and(|group| groups.contains(group)))
}

/// The group of the setting that a duty belongs to.
fn group_of(duty: Duty) -> Option<&'static str> {
    match duty {
        Duty::DesignatedLead | Duty::DeputyDesignatedLead => Some("safeguarding"),
        Duty::Head | Duty::SeniorLeader | Duty::Chair | Duty::TrustLead | Duty::DataProtection => Some("leadership"),
        Duty::Technician | Duty::OnlineSafetyLead => Some("technical"),
        Duty::Governor
        | Duty::LeadGovernor
        | Duty::BehaviourLead
        | Duty::NeedsCoordinator
        | Duty::FamilyLiaison
        | Duty::Office
        | Duty::Teacher => None,
    }
}

impl Records {
    /// What somebody whose password was just right must still show; nothing where they have no second step.
    pub async fn half_in(&self, session: &Session) -> Result<Option<HalfIn>, Fault> {
        let has = self.second_steps(session).await?;
        Ok((!has.is_empty()).then(|| HalfIn { session: session.clone(), has }))
    }

    /// What somebody has to show beside their password. Leaves no entry: it is their own, and no secret is in it.
    pub async fn second_steps(&self, session: &Session) -> Result<SecondSteps, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let steps = steps_of(&mut self.looking().await?, session.school, person).await?;
        Ok(steps.shown())
    }

    /// Whether what somebody showed is still theirs. Asked at each request: what was removed or reset ends the sign-ins with it.
    pub async fn step_stands(&self, session: &Session, step: id::Row) -> Result<bool, Fault> {
        let Actor::Person(person) = session.actor else { return Ok(false) };
        let values = [session.school.into(), person.into(), step.into()];
        Ok(self.looking().await?.row(&STEP_STANDS, &values).await?.is_some())
    }

    /// Lets somebody in who shows a code of their app, or a spare one.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for a wrong code, one that was used, or one too soon after wrong ones; each is told alike.
    pub async fn finish_with_code(&self, half: &HalfIn, code: &str) -> Result<Shown, Fault> {
        self.show_code(&half.session, code).await
    }

    /// The same of somebody at work, to show that it is really them.
    pub async fn confirm_with_code(&self, session: &Session, code: &str) -> Result<Shown, Fault> {
        self.show_code(session, code).await
    }

    async fn show_code(&self, session: &Session, code: &str) -> Result<Shown, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let counted = self.count_try(session.school, &person.to_string(), Whence::Own(LANE)).await?;
        let lanes = counted.ok_or_else(wrong_code)?;
        let steps = steps_of(&mut self.looking().await?, session.school, person).await?;
        let typed = app::typed(code);
        let found = if app::is_of_app(&typed) {
            steps.app.as_ref().map(|app| app.step_of(session, &typed, self.clock().now())).transpose()?.flatten()
        } else {
            steps.spare_code(&typed)
        };
        let Some(found) = found else {
            self.sign_in_failed(session.school, Some(person)).await?;
            return Err(wrong_code());
        };
        let detail = Detail::none().with("how", found.word());
        let mut entered = self.act(session, Act::SignedIn, Resource::Person(person), detail).await?;
        let used = async {
            if found.use_up(&mut entered).await? == 0 {
                return Err(wrong_code());
            }
            Ok(())
        }
        .await;
        entered.finish(used).await?;
        self.forget_tries(session.school, &lanes).await?;
        let spare_codes_left = matches!(found, Found::Spare(_)).then(|| steps.spare_codes_left().saturating_sub(1));
        Ok(Shown { session: session.clone(), step: found.id(), spare_codes_left })
    }

    /// Takes away what somebody lost that they showed beside their password: they set it up anew at their next sign-in. Everybody
    /// to whom concerns come is told, where it is one of them, and they themselves always.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for one's own, and for a second person within a day to whom concerns come.
    pub async fn reset_second_step(&self, session: &Session, person: id::Person) -> Result<(), Fault> {
        let about = Resource::Person(person);
        let mut entered = self.act(session, Act::SecondStepReset, about, Detail::none()).await?;
        let reset = reset(&mut entered, person).await;
        entered.finish(reset).await
    }
}

/// A code that is right.
enum Found {
    /// The app's row, and the step whose code it is.
    App(id::Row, i64),
    /// The spare code's row.
    Spare(id::Row),
}

impl Found {
    fn id(&self) -> id::Row {
        match self {
            Self::App(row, _) | Self::Spare(row) => *row,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::App(..) => "app",
            Self::Spare(_) => "spare-code",
        }
    }

    /// Uses it up; how many rows that changed: none, where somebody was quicker with the same code.
    async fn use_up(&self, entered: &mut Entered) -> Result<u64, Fault> {
        use super::statements::{USE_SPARE_CODE, USE_STEP};
        let (school, now) = (entered.session().school, entered.now());
        match self {
            Self::App(row, step) => entered.change(&USE_STEP, &[school.into(), (*row).into(), (*step).into()]).await,
            Self::Spare(row) => entered.change(&USE_SPARE_CODE, &[school.into(), (*row).into(), now.into()]).await,
        }
    }
}

fn wrong_code() -> Fault {
    Fault::NotAllowed(
        "The code is wrong or was used already, or the last try was a moment ago. Each code is good once; wait for the next one. \
         After several wrong ones each must wait a little longer."
            .to_owned(),
    )
}

async fn reset(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    if steps_of(entered.transaction(), school, person).await.is_ok_and(|steps| steps.shown().is_empty()) {
        return Err(Fault::wrong("They have nothing set up beside their password, so there is nothing to take away."));
    }
    refuse_a_second_hearer(entered, person).await?;
    tell_ladder(entered, person, "second-step-reset").await?;
    tell(entered, person, "own-second-step-reset", &person.to_string()).await?;
    drop_second_steps(entered, person).await
}

/// Everything that somebody showed beside their password goes. The caller's entry tells of it.
pub(crate) async fn drop_second_steps(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    for statement in [&DROP_AUTHENTICATORS, &DROP_SPARE_CODES, &DROP_PASSKEY_WRAPS, &DROP_PASSKEYS] {
        entered.change(statement, &[school.into(), person.into()]).await.map(drop)?;
    }
    Ok(())
}

/// Whose it is and their key, for changing their own second step: only while their key is unlocked.
pub(super) fn own(session: &Session) -> Result<(id::Person, Arc<crate::seal::Unlocked>), Fault> {
    let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
    match &session.unlocked {
        Some(unlocked) => Ok((person, Arc::clone(unlocked))),
        None => Err(Fault::Locked("Unlock what is sealed for you first, with your password.".to_owned())),
    }
}

/// Refuses to take away the last second step of somebody who must have one.
async fn refuse_the_last(entered: &mut Entered, person: id::Person, left: &Steps) -> Result<(), Fault> {
    if !left.shown().is_empty() {
        return Ok(());
    }
    let school = entered.session().school;
    let duties = entered.standing().duties.clone();
    let settings = in_force(entered.transaction(), school).await?;
    if entered.session().actor == Actor::Person(person) && needs_second_step(&settings, &duties) {
        return Err(Fault::wrong(
            "Your duties need a second step, and this is the only one you have. Set up another first, then remove this one.",
        ));
    }
    Ok(())
}
