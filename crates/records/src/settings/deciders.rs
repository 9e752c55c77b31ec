//! Who decided: a setting's provenance names the person, not their id.

use super::statements::DECIDERS;
use crate::{
    Fault, Records, Session,
    access::{Act, Decision, Resource},
    id,
};
use std::collections::BTreeMap;

impl Records {
    /// What those are called who decided about the school's settings, its calendar, or its trust's floors. It belongs to the
    /// settings, which are nobody's secret, so that this leaves no trace; whoever may read their history is told.
    pub async fn deciders(&self, session: &Session) -> Result<BTreeMap<id::Person, String>, Fault> {
        match self.would(session, Act::SettingsRead, &Resource::School).await? {
            Decision::Allowed => {}
            Decision::Hidden | Decision::Refused(_) => return Err(Fault::NotFound),
        }
        let rows = self.looking().await?.rows(&DECIDERS, &[session.school.into()]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}
