//! What is not yet done of a school's set-up, once the school is there: seen by whoever may finish it, and marked as seen to.

use crate::people::statements::{ADD_STEP, DUTIES, STEPS};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Decision, Duty, Resource},
    accounts::statements::{ACCOUNTS, OWN_NAME},
    audit::Detail,
    calendar,
    contacts::ContactRole,
    id,
    mail::statements::WITHOUT_ADDRESS,
    seal,
    store::{Transaction, words},
};
use std::collections::BTreeSet;

/// The duties that somebody must stand in for: children and staff come to these.
const NEEDS_COVER: [Duty; 3] = [Duty::Head, Duty::DesignatedLead, Duty::Chair];
/// The duties that a school cannot well be without, the first whom children and staff come to. The one list: of the set-up, and of
/// what each morning's first page says that nobody holds.
pub const NEEDED_DUTIES: [Duty; 8] = [
    Duty::Head,
    Duty::DesignatedLead,
    Duty::Chair,
    Duty::DeputyDesignatedLead,
    Duty::Technician,
    Duty::DataProtection,
    Duty::OnlineSafetyLead,
    Duty::Office,
];
/// How many weeks before its end a calendar is said to end soon.
const WEEKS: u32 = 8;

words! {
    /// A step of the set-up that somebody sees to, and says so.
    SetUpStep {
        /// A custodian's printed recovery code was typed back.
        CodeChecked = "code-checked", "a recovery code was typed back";
        /// What the filter does and does not do was read, and that the statutory lists are not proven.
        FilterRead = "filter-read", "how the filter stands was read";
        /// Setting up was ended.
        Finished = "finished", "setting up was ended";
    }
}

/// How a school's set-up stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says of another thing whether it is done")]
pub struct SetUpStanding {
    /// Whether somebody ended it.
    pub is_finished: bool,
    /// Whether somebody read how the filter stands.
    pub is_filter_read: bool,
    /// How the calendar stands.
    pub calendar: calendar::Standing,
    /// Whether its watched hours are declared.
    pub has_watched_hours: bool,
    /// The custodians whose printed code nobody has typed back, by name.
    pub codes_unchecked: Vec<String>,
    /// How many custodians there are.
    pub custodians: usize,
    /// The people with an account who have not signed in yet, by name.
    pub not_signed_in: Vec<String>,
    /// The duties for which nobody stands in while their holder is away.
    pub without_cover: Vec<Duty>,
    /// The duties that nobody holds.
    pub without_holder: Vec<Duty>,
    /// How many sealed emergency sign-ins lie in the safe.
    pub sealed_sign_ins: usize,
    /// Whether any mail is sent.
    pub is_mail_on: bool,
    /// How many people hold a duty and have no address for mail.
    pub without_address: usize,
    /// The contacts of its own area that a school is asked for and has not written down.
    pub contacts_missing: Vec<ContactRole>,
}

impl Records {
    /// What is not yet done, for whoever may finish it: names of staff and states, of no child. Leaves no entry.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for everybody else.
    pub async fn set_up_standing(&self, session: &Session) -> Result<SetUpStanding, Fault> {
        if self.would(session, Act::SetUpStepDone, &Resource::School).await? != Decision::Allowed {
            return Err(Fault::NotFound);
        }
        let school = session.school;
        let steps = self.set_up_steps(school).await?;
        let version = self.calendar(school).await?;
        let has_watched_hours = version.as_ref().is_some_and(|version| version.calendar.watched().is_some());
        let is_mail_on = self.mail_health(school).await?.is_on;
        let contacts_missing = self.contact_book(school).await?.missing;
        let mut t = self.looking().await?;
        let mut holdings = Vec::new();
        for row in t.rows(&DUTIES, &[school.into(), self.clock().now().into()]).await? {
            holdings.push((Duty::from_word(&row.get::<String>(1)?), row.get::<bool>(2)?));
        }
        let held = |duty: &Duty, as_deputy: bool| holdings.contains(&(Some(*duty), as_deputy));
        // Somebody else holds it too, or stands in by name or by rule.
        let is_covered = |duty: &Duty| {
            holdings.iter().filter(|(held, _)| *held == Some(*duty)).count() > 1
                || *duty == Duty::DesignatedLead && held(&Duty::DeputyDesignatedLead, false)
                || *duty == Duty::Chair && held(&Duty::TrustLead, false)
        };
        let without_cover = NEEDS_COVER.iter().filter(|duty| !is_covered(duty)).copied().collect();
        let without_holder = NEEDED_DUTIES.iter().filter(|duty| !held(duty, false)).copied().collect();
        let mut not_signed_in = Vec::new();
        for row in t.rows(&ACCOUNTS, &[school.into()]).await? {
            let (closed, wrapped) = (row.get::<Option<jiff::Timestamp>>(3)?, row.get::<Option<String>>(4)?);
            if closed.is_none() && wrapped.as_deref() == Some("one-time") {
                not_signed_in.push(name_of(&mut t, school, row.get(0)?).await?);
            }
        }
        let checked = done(&steps, SetUpStep::CodeChecked);
        let mut codes_unchecked = Vec::new();
        let custodians = seal::custodian_rows(&mut t, school).await?;
        for (row, person) in &custodians {
            if !checked.contains(row.to_string().as_str()) {
                codes_unchecked.push(name_of(&mut t, school, *person).await?);
            }
        }
        // By name, and in no order that tells of when they were named.
        codes_unchecked.sort();
        not_signed_in.sort();
        Ok(SetUpStanding {
            is_finished: !done(&steps, SetUpStep::Finished).is_empty(),
            is_filter_read: !done(&steps, SetUpStep::FilterRead).is_empty(),
            calendar: self.calendar_standing(school, WEEKS).await?,
            has_watched_hours,
            codes_unchecked,
            custodians: custodians.len(),
            not_signed_in,
            without_cover,
            without_holder,
            sealed_sign_ins: crate::accounts::sealed_sign_ins_left(&mut t, school).await?,
            is_mail_on,
            without_address: t.rows(&WITHOUT_ADDRESS, &[school.into(), self.clock().now().into()]).await?.len(),
            contacts_missing,
        })
    }

    /// Whether a school's set-up was ended. Nobody's secret.
    pub async fn is_set_up_finished(&self, school: id::School) -> Result<bool, Fault> {
        let steps = self.set_up_steps(school).await?;
        Ok(!done(&steps, SetUpStep::Finished).is_empty())
    }

    /// Marks that somebody read how the filter stands.
    pub async fn filter_was_read(&self, session: &Session) -> Result<(), Fault> {
        self.note_step(session, SetUpStep::FilterRead).await
    }

    /// Ends setting up. What is not yet done stays to be done; it is told where it belongs from now on.
    pub async fn finish_set_up(&self, session: &Session) -> Result<(), Fault> {
        self.note_step(session, SetUpStep::Finished).await
    }

    /// Marks that a custodian's printed code was typed back whole, and is right; whose it is. So a smudged or mistyped sheet is
    /// found while another can be printed.
    ///
    /// # Errors
    /// [`Fault::Wrong`] where it is mistyped, says which group, or is no custodian's here.
    pub async fn check_recovery_code(&self, session: &Session, code: &str) -> Result<id::Person, Fault> {
        let detail = Detail::none().with("step", SetUpStep::CodeChecked.word());
        let mut entered = self.act(session, Act::SetUpStepDone, Resource::School, detail).await?;
        let checked = async {
            let (row, person) = seal::custodian_of_code(entered.transaction(), session.school, code).await?;
            add_step(&mut entered, SetUpStep::CodeChecked, &row.to_string()).await?;
            Ok(person)
        }
        .await;
        entered.finish(checked).await
    }

    async fn note_step(&self, session: &Session, step: SetUpStep) -> Result<(), Fault> {
        let detail = Detail::none().with("step", step.word());
        let mut entered = self.act(session, Act::SetUpStepDone, Resource::School, detail).await?;
        let noted = add_step(&mut entered, step, "").await;
        entered.finish(noted).await
    }

    async fn set_up_steps(&self, school: id::School) -> Result<Vec<(SetUpStep, String)>, Fault> {
        let mut steps = Vec::new();
        for row in self.looking().await?.rows(&STEPS, &[school.into()]).await? {
            if let Some(step) = SetUpStep::from_word(&row.get::<String>(0)?) {
                steps.push((step, row.get(1)?));
            }
        }
        Ok(steps)
    }
}

fn done(steps: &[(SetUpStep, String)], step: SetUpStep) -> BTreeSet<&str> {
    steps.iter().filter(|(done, _)| *done == step).map(|(_, about)| about.as_str()).collect()
}

async fn name_of(t: &mut Transaction, school: id::School, person: id::Person) -> Result<String, Fault> {
    let row = t.row(&OWN_NAME, &[school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    row.get(0)
}

async fn add_step(entered: &mut Entered, step: SetUpStep, about: &str) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if entered.rows(&STEPS, &[school.into()]).await?.iter().any(|row| {
        row.get::<String>(0).is_ok_and(|done| done == step.word()) && row.get::<String>(1).is_ok_and(|of| of == about)
    }) {
        return Ok(());
    }
    let values = [id::Row::new(now)?.into(), school.into(), step.word().into(), about.into(), now.into()];
    entered.change_one(&ADD_STEP, &values).await
}
