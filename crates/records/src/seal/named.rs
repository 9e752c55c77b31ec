//! Naming and replacing custodians.

use super::{
    Custodian,
    custodian::{MadeCustodian, custodians, end_custodian, write_custodian},
    statements::DROP_PAIRS_OF_CUSTODIAN,
    waiting::{complete_in, incomplete},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
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
    /// The old code opens nothing from now on.
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
        entered.change(&DROP_PAIRS_OF_CUSTODIAN, &[school.into(), ended.into()]).await.map(drop)?;
        let left = completed(&mut entered).await?;
        super::compartment::refuse_to_strand(entered.transaction(), school, None, None).await?;
        entered.commit().await?;
        Ok(RecoveryCode { text, left })
    }

    /// The custodians of the asker's school.
    pub async fn custodians(&self, session: &Session) -> Result<Vec<Custodian>, Fault> {
        let mut looking = self.looking().await?;
        custodians(&mut looking, session.school).await
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
