//! Naming and replacing custodians.

use super::{
    Custodian,
    custodian::{MadeCustodian, checked_custodians, end_custodian, stored_custodians, write_custodian},
    statements::{DROP_PAIRS_OF_CUSTODIAN, WITH_PAIR},
    waiting::{complete_in, incomplete},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::{self, Detail, Noted},
    id,
};
use zeroize::Zeroizing;

/// A recovery code, to be printed once. Nothing of it is kept but the public half.
pub struct RecoveryCode {
    /// The code, in groups.
    pub text: Zeroizing<String>,
    /// How many compartments lack a wrap for some pair of custodians, because whoever named the custodian cannot open them.
    /// Anybody who can completes them ([`Records::complete_custodians`]).
    pub left: usize,
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode")
    }
}

impl Records {
    /// Names a custodian.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for whoever would know two custodians' codes by it.
    pub async fn name_custodian(&self, session: &Session, person: id::Person) -> Result<RecoveryCode, Fault> {
        let made = MadeCustodian::new()?;
        let detail = made.detail().with("how", "named");
        let mut entered = self.act(session, Act::CustodianChanged, Resource::Person(person), detail).await?;
        let named = name(&mut entered, person, made).await;
        entered.finish(named).await
    }

    /// Replaces a custodian by somebody else, or their code by a new one where it is lost (`new` is the same person then; a
    /// custodian does that for themselves). The old code opens nothing from now on, and nothing that is sealed from now on opens
    /// with what it opened before: every compartment that it covered gets a new generation.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for whoever would know two custodians' codes by it.
    pub async fn replace_custodian(
        &self,
        session: &Session,
        old: id::Person,
        new: id::Person,
    ) -> Result<RecoveryCode, Fault> {
        let made = MadeCustodian::new()?;
        let detail = made.detail().with("how", "replaced").with("old", old.to_string());
        let mut entered = self.act(session, Act::CustodianChanged, Resource::Person(new), detail).await?;
        let replaced = replace(&mut entered, old, new, made).await;
        entered.finish(replaced).await
    }

    /// The custodians of the asker's school, for whoever looks after accounts. Refused if the audit log does not know one of
    /// their keys.
    pub async fn custodians(&self, session: &Session) -> Result<Vec<Custodian>, Fault> {
        let detail = Detail::none().with("what", "custodians");
        let mut entered = self.act(session, Act::AccountsListed, Resource::School, detail).await?;
        let custodians = checked_custodians(entered.transaction(), session.school).await;
        entered.commit().await?;
        custodians
    }
}

async fn name(entered: &mut Entered, person: id::Person, made: MadeCustodian) -> Result<RecoveryCode, Fault> {
    refuse_a_second_code(entered, None, person).await?;
    let text = write_custodian(entered, person, made).await?;
    let left = completed(entered).await?;
    Ok(RecoveryCode { text, left })
}

async fn replace(
    entered: &mut Entered,
    old: id::Person,
    new: id::Person,
    made: MadeCustodian,
) -> Result<RecoveryCode, Fault> {
    let school = entered.session().school;
    refuse_a_second_code(entered, Some(old), new).await?;
    let mut ended = None;
    for custodian in stored_custodians(entered.transaction(), school).await? {
        if custodian.person == old {
            ended = Some(custodian);
        }
    }
    let ended = ended.ok_or_else(|| Fault::wrong("This person is not a custodian."))?;
    refuse_if_not_told(entered, &ended).await?;
    let ended = ended.id;
    // Their own new code, told of in the act's entry, ends the old one by itself.
    end_custodian(entered, ended, old, old == new).await?;
    let text = write_custodian(entered, new, made).await?;
    let covered = entered.rows(&WITH_PAIR, &[school.into(), ended.into()]).await?;
    entered.change(&DROP_PAIRS_OF_CUSTODIAN, &[school.into(), ended.into()]).await.map(drop)?;
    for row in covered {
        super::compartment::rotate(entered, row.get(0)?).await?;
    }
    let left = completed(entered).await?;
    super::compartment::refuse_to_strand(entered.transaction(), school, None, None).await?;
    Ok(RecoveryCode { text, left })
}

/// Two codes open everything, so nobody may come to know two: neither whoever acts, who sees the new one printed, nor the new
/// custodian, who is handed it. Somebody knows a code if it is their own, or if they had it made. Whose code somebody else saw
/// has a new one made for themselves; from then on nobody else knows it.
async fn refuse_a_second_code(entered: &mut Entered, ending: Option<id::Person>, new: id::Person) -> Result<(), Fault> {
    let Actor::Person(actor) = entered.session().actor else { return Ok(()) };
    let school = entered.session().school;
    for custodian in stored_custodians(entered.transaction(), school).await? {
        if ending == Some(custodian.person) {
            continue;
        }
        let maker = maker_of(entered, &custodian).await?;
        let knows = |person: id::Person| custodian.person == person || maker == Some(person);
        if knows(actor) {
            return Err(Fault::NotAllowed(
                "You know another custodian's code: it is your own, or you had it made. Whoever knows two opens everything \
                 alone. Somebody else who may name custodians names this one: the head, the chair or the trust lead. Or the \
                 custodian whose code you had made first makes a new one for themselves (holdfast custodian replace, twice \
                 with their own id)."
                    .to_owned(),
            ));
        }
        if maker == Some(new) {
            return Err(Fault::NotAllowed(
                "This person had another custodian's code made, and would know two. That custodian first makes a new one for \
                 themselves (holdfast custodian replace, twice with their own id)."
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

/// A custodian whom somebody put into the store behind our back gets no code that is real.
async fn refuse_if_not_told(entered: &mut Entered, custodian: &Custodian) -> Result<(), Fault> {
    if naming_of(entered, custodian).await?.is_some() {
        return Ok(());
    }
    Err(Fault::Damaged(
        "The audit log does not tell that this person became a custodian: somebody may have altered the store. Nothing was \
         changed. Verify the audit log, and restore a backup."
            .to_owned(),
    ))
}

/// Who had a custodian's code made, as the audit log tells; nobody, where it was at set-up.
async fn maker_of(entered: &mut Entered, custodian: &Custodian) -> Result<Option<id::Person>, Fault> {
    let naming = naming_of(entered, custodian).await?;
    Ok(naming.and_then(|naming| id::Person::parse(&naming.actor).ok()))
}

/// The entry that tells of a custodian's code.
async fn naming_of(entered: &mut Entered, custodian: &Custodian) -> Result<Option<Noted>, Fault> {
    let (school, person) = (entered.session().school, custodian.person.to_string());
    let told = audit::noted_on(entered.transaction(), school, ("person", &person), &[Act::CustodianChanged]).await?;
    let fingerprint = custodian.fingerprint();
    Ok(told.into_iter().find(|entry| entry.says("key") == Some(&fingerprint)))
}

/// Wraps for the custodians what whoever acts can open; what is left.
async fn completed(entered: &mut Entered) -> Result<usize, Fault> {
    let school = entered.session().school;
    if let Some(ours) = entered.session().unlocked.clone() {
        complete_in(entered, &ours).await?;
    }
    incomplete(entered.transaction(), school).await
}
