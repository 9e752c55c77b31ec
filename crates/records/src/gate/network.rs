//! What the gate knows of networks, listeners and addresses, and what was told to whom: versions of one document.

use super::{
    document, fit, people,
    policy::{Accepted, NewVersion, judged, newest, put, reason},
    statements::{ADD_NETWORK, NEWEST_NETWORK, NEWEST_POLICY},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
};
use holdfast_core::people as compiler;
use jiff::tz::TimeZone;

impl Records {
    /// Puts another version of the network document in force. It has the shape of the former `people.toml`: `told`,
    /// networks, listeners, bindings; people in it are those whom the register does not have. Its version is that of the one
    /// it was made from, or one higher.
    pub async fn change_network(&self, session: &Session, text: &str, why: &str) -> Result<Accepted, Fault> {
        let why = reason(why)?;
        let mut given = document::parse(text)?;
        let made_from = document::version_of(&given);
        let before = newest(&mut self.looking().await?, &NEWEST_NETWORK, session.school).await?;
        let number = before.as_ref().map_or(1, |before| before.number + 1);
        let detail = Detail::none().with("version", number.to_string());
        let mut entered = self.act(session, Act::NetworkChanged, Resource::School, detail).await?;
        let school = session.school;
        let still = newest(entered.transaction(), &NEWEST_NETWORK, school).await?;
        let is_moved = still.as_ref().map(|version| version.number) != before.as_ref().map(|version| version.number);
        if is_moved || (number > 1 && made_from.is_none_or(|from| from != number - 1 && from != number)) {
            return Err(Fault::Changed(format!(
                "This was not made from version {}, which is in force. Read that with `holdfast network show`, make your \
                 change in it, and try once more.",
                number - 1
            )));
        }
        document::set(&mut given, "version", number);
        let text = given.to_string();
        let source = compiler::read("", &text).map_err(Fault::Wrong)?;
        let now = entered.now();
        let whole = people::assemble(entered.transaction(), school, Some(source), now).await?;
        let mut warnings = Vec::new();
        // Without a policy there are no groups that it could be held to.
        if let Some(policy) = newest(entered.transaction(), &NEWEST_POLICY, school).await? {
            let (policy, _) = judged(&policy.text)?;
            let (fitted, told) = fit(whole, &policy);
            let zone = TimeZone::get(&policy.time_zone).unwrap_or(TimeZone::UTC);
            let place = compiler::Document { file: "", text: "" };
            compiler::compile(&fitted, &policy, now.to_zoned(zone).date(), 1, place).map_err(Fault::Wrong)?;
            warnings = told;
        }
        put(&mut entered, &ADD_NETWORK, &NewVersion { number, kind: "whole", text, why: &why }).await?;
        entered.commit().await?;
        Ok(Accepted { number, code: None, warnings })
    }

    /// The network document in force; `None` where there is none yet.
    pub async fn network(&self, session: &Session) -> Result<Option<super::Version>, Fault> {
        let mut entered = self.act(session, Act::PolicyRead, Resource::School, Detail::none()).await?;
        let found = newest(entered.transaction(), &NEWEST_NETWORK, session.school).await?;
        entered.commit().await?;
        Ok(found)
    }
}
