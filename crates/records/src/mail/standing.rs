//! How mail stands: what waits, what failed, who cannot be reached. Nobody's notices are told of.

use super::{
    account,
    post::MailOutcome,
    statements::{FAILED, LAST_SENT, LAST_TRY, UNSENT, WITHOUT_ADDRESS},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    id,
    store::Transaction,
};
use jiff::{SignedDuration, Timestamp};

/// How long a failure is told.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How mail stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailStanding {
    /// Whether any is sent at all.
    pub is_on: bool,
    /// How many mails wait to be sent.
    pub waiting: usize,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// When one was last sent.
    pub last_sent: Option<Timestamp>,
    /// What the last try came to, if it failed: when, and what the server answered.
    pub trouble: Option<(Timestamp, String)>,
    /// Mails of the last week that were refused or given up, newest first.
    pub failed: Vec<FailedMail>,
    /// Who holds a duty and has no address for mail, by name; read only by whoever may set mail up.
    pub without_address: Vec<String>,
}

/// A mail that did not arrive. To whom it was is not told: that somebody was to be told something may itself tell too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMail {
    /// When it ended.
    pub at: Timestamp,
    /// Refused or given up.
    pub outcome: MailOutcome,
    /// What the server answered.
    pub answer: String,
    /// Whether it was for the witness of the audit log.
    pub is_for_witness: bool,
}

impl Records {
    /// How mail stands, for whoever may set it up.
    pub async fn mail_standing(&self, session: &Session) -> Result<MailStanding, Fault> {
        let mut entered = self.act(session, Act::MailRead, Resource::School, Detail::none()).await?;
        let now = entered.now();
        let standing = async {
            let standing = standing(entered.transaction(), session.school, now).await?;
            let rows = entered.rows(&WITHOUT_ADDRESS, &[session.school.into(), now.into()]).await?;
            let without_address = rows.iter().map(|row| row.get(1)).collect::<Result<_, Fault>>()?;
            Ok(MailStanding { without_address, ..standing })
        }
        .await;
        entered.finish(standing).await
    }

    /// The same in numbers and states, for monitors and alarms.
    pub async fn mail_health(&self, school: id::School) -> Result<MailStanding, Fault> {
        let now = self.clock().now();
        standing(&mut self.looking().await?, school, now).await
    }
}

async fn standing(t: &mut Transaction, school: id::School, now: Timestamp) -> Result<MailStanding, Fault> {
    let is_on = account::newest(t, school).await?.is_some_and(|(account, _)| account.security != super::Security::Off);
    let unsent = t.rows(&UNSENT, &[school.into()]).await?;
    let waiting_since = unsent.first().map(|row| row.get(3)).transpose()?;
    let last_sent = t.row(&LAST_SENT, &[school.into()]).await?;
    let last_sent: Option<Timestamp> = last_sent.map_or(Ok(None), |row| row.get(0))?;
    let trouble = match t.row(&LAST_TRY, &[school.into()]).await? {
        Some(row) if row.get::<MailOutcome>(0)? != MailOutcome::Sent => Some((row.get(2)?, row.get(1)?)),
        _ => None,
    };
    let since = now.saturating_sub(TOLD_FOR).unwrap_or(now);
    let mut failed = Vec::new();
    for row in t.rows(&FAILED, &[school.into(), since.into()]).await? {
        let is_for_witness = row.get::<String>(3)? == "checkpoint";
        failed.push(FailedMail { at: row.get(2)?, outcome: row.get(0)?, answer: row.get(1)?, is_for_witness });
    }
    Ok(MailStanding {
        is_on,
        waiting: unsent.len(),
        waiting_since,
        last_sent,
        trouble,
        failed,
        without_address: Vec::new(),
    })
}
