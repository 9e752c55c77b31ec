//! Pupils who have no password of their own although their year has one: each with a reason, who decided it, and a day on which it is
//! looked at again (I-05). Peers never see it; at the door all look alike (practice 13).

use super::statements::{ADD_EXEMPT, END_EXEMPT, EXEMPT, IS_EXEMPT, PUPIL};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
    settings::{self, define::identity},
    store::{Transaction, words},
};
use jiff::{SignedDuration, Timestamp};

/// The longest time until it is looked at again: a year and its holidays.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 400);

words! {
    /// Why, in words that say nothing of what a child needs: that stands sealed in the confidential details.
    ExemptReason {
        /// A need that is recorded there.
        Need = "need", "a need that is recorded in the confidential details";
        /// They are new, or learn the language.
        New = "new", "new here, or learning the language";
        /// For a while, such as after an injury.
        While = "for-a-while", "for a while only";
        /// They are not ready for one yet.
        Early = "not-ready", "not ready for one yet";
    }
}

/// One exemption that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Whose.
    pub person: id::Person,
    /// Their name.
    pub full_name: String,
    /// Why.
    pub reason: ExemptReason,
    /// Since when.
    pub approved_at: Timestamp,
    /// When it is looked at again.
    pub review_by: Timestamp,
    /// Who decided it, by name.
    pub approver: String,
}

impl Records {
    /// Exempts a pupil from a password of their own until a day. One that runs ends with it: that is how it is reviewed.
    ///
    /// # Errors
    /// [`Fault::Wrong`] where the school exempts nobody for a need, or for a day that is past or far off.
    pub async fn exempt_pupil(
        &self,
        session: &Session,
        person: id::Person,
        reason: ExemptReason,
        review_by: Timestamp,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("how", "exempted").with("review", review_by.to_string());
        let mut entered = self.act(session, Act::PupilExempted, Resource::Person(person), detail).await?;
        let done = exempt(&mut entered, person, reason, review_by).await;
        entered.finish(done).await
    }

    /// Ends an exemption: what the pupil has goes on working until it is changed, so that nobody is shut out by a date.
    pub async fn end_exemption(&self, session: &Session, person: id::Person) -> Result<(), Fault> {
        let detail = Detail::none().with("how", "ended");
        let mut entered = self.act(session, Act::PupilExempted, Resource::Person(person), detail).await?;
        let ended = async {
            match end(&mut entered, person).await? {
                0 => Err(Fault::Changed("They are not exempted.".to_owned())),
                _ => Ok(()),
            }
        }
        .await;
        entered.finish(ended).await
    }

    /// Every exemption in force, the one whose review is due first before the others.
    pub async fn exemptions(&self, session: &Session) -> Result<Vec<Exemption>, Fault> {
        let mut entered = self.act(session, Act::ExemptionsRead, Resource::School, Detail::none()).await?;
        let listed = listed(&mut entered).await;
        entered.finish(listed).await
    }
}

/// Every exemption in force, the one whose review is due first before the others.
pub(crate) async fn listed(entered: &mut Entered) -> Result<Vec<Exemption>, Fault> {
    let Actor::Person(asker) = entered.session().actor else { return Err(Fault::NotFound) };
    let values = [entered.session().school.into(), asker.into(), entered.now().into()];
    let rows = entered.rows(&EXEMPT, &values).await?;
    rows.iter()
        .map(|row| {
            Ok(Exemption {
                person: row.get(0)?,
                full_name: row.get(1)?,
                reason: row.get(2)?,
                approved_at: row.get(3)?,
                review_by: row.get(4)?,
                approver: row.get(5)?,
            })
        })
        .collect()
}

/// Why a pupil is exempted now, and when that is looked at again. One whose review is late still counts: a date shuts no child out.
pub(super) async fn exemption(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<Option<(ExemptReason, Timestamp)>, Fault> {
    let row = t.row(&IS_EXEMPT, &[school.into(), person.into()]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(2)?))).transpose()
}

async fn exempt(
    entered: &mut Entered,
    person: id::Person,
    reason: ExemptReason,
    review_by: Timestamp,
) -> Result<(), Fault> {
    let Actor::Person(approver) = entered.session().actor else { return Err(Fault::NotFound) };
    let (school, now) = (entered.session().school, entered.now());
    entered.row(&PUPIL, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let settings = settings::in_force(entered.transaction(), school).await?;
    if !settings.of(&identity::PUPIL_LOGIN_EXEMPT).contains("need") {
        return Err(Fault::wrong(
            "The school’s settings exempt nobody for a need (For whom an own log-in may be waived). Change that first.",
        ));
    }
    if review_by <= now || review_by > now.checked_add(LONGEST).unwrap_or(now) {
        return Err(Fault::wrong("Choose a day for looking at it again that is to come, and within a year."));
    }
    end(entered, person).await.map(drop)?;
    let values = [
        id::Row::new(now)?.into(),
        school.into(),
        person.into(),
        reason.into(),
        approver.into(),
        now.into(),
        review_by.into(),
    ];
    entered.change_one(&ADD_EXEMPT, &values).await
}

async fn end(entered: &mut Entered, person: id::Person) -> Result<u64, Fault> {
    let Actor::Person(by) = entered.session().actor else { return Err(Fault::NotFound) };
    let values = [entered.session().school.into(), person.into(), by.into(), entered.now().into()];
    entered.change(&END_EXEMPT, &values).await
}
