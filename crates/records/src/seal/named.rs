//! Naming and replacing custodians.

use super::{
    Custodian,
    custodian::{MadeCustodian, checked_custodians, end_custodian, write_custodian},
    statements::{DROP_PAIRS_OF_CUSTODIAN, WITH_PAIR},
    waiting::{complete_in, incomplete},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
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
    pub async fn name_custodian(&self, session: &Session, person: id::Person) -> Result<RecoveryCode, Fault> {
        let made = MadeCustodian::new()?;
        let detail = made.detail().with("how", "named");
        let mut entered = self.act(session, Act::CustodianChanged, Resource::Person(person), detail).await?;
        let text = write_custodian(&mut entered, person, made).await?;
        let left = completed(&mut entered).await?;
        entered.commit().await?;
        Ok(RecoveryCode { text, left })
    }

    /// Replaces a custodian by somebody else, or their code by a new one where it is lost (`new` is the same person then).
    /// The old code opens nothing from now on, and nothing that is sealed from now on opens with what it opened before: every
    /// compartment that it covered gets a new generation.
    pub async fn replace_custodian(
        &self,
        session: &Session,
        old: id::Person,
        new: id::Person,
    ) -> Result<RecoveryCode, Fault> {
        let made = MadeCustodian::new()?;
        let detail = made.detail().with("how", "replaced").with("old", old.to_string());
        let mut entered = self.act(session, Act::CustodianChanged, Resource::Person(new), detail).await?;
        let school = session.school;
        let rows = entered.rows(&super::statements::CUSTODIANS, &[school.into()]).await?;
        let mut ended = None;
        for row in rows {
            if row.get::<id::Person>(1)? == old {
                ended = Some(row.get::<id::Row>(0)?);
            }
        }
        let ended = ended.ok_or_else(|| Fault::wrong("This person is not a custodian."))?;
        end_custodian(&mut entered, ended).await?;
        let text = write_custodian(&mut entered, new, made).await?;
        let covered = entered.rows(&WITH_PAIR, &[school.into(), ended.into()]).await?;
        entered.change(&DROP_PAIRS_OF_CUSTODIAN, &[school.into(), ended.into()]).await.map(drop)?;
        for row in covered {
            super::compartment::rotate(&mut entered, row.get(0)?).await?;
        }
        let left = completed(&mut entered).await?;
        super::compartment::refuse_to_strand(entered.transaction(), school, None, None).await?;
        entered.commit().await?;
        Ok(RecoveryCode { text, left })
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

/// Wraps for the custodians what whoever acts can open; what is left.
async fn completed(entered: &mut Entered) -> Result<usize, Fault> {
    let school = entered.session().school;
    if let Some(ours) = entered.session().unlocked.clone() {
        complete_in(entered, &ours).await?;
    }
    incomplete(entered.transaction(), school).await
}
