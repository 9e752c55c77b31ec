//! What people are told: a kind and an id, no words. What it is about is looked up by whoever may.

use super::{
    Act, Actor, Resource, may_know,
    resource::facts,
    standing::{Standing, standing},
    statements::{ADD_NOTICE, CONCERN_WAITS_NO_MORE, NOTICES, SEE_NOTICE},
};
use crate::{Entered, Fault, Records, Session, audit::Detail, concern, id, pupil, store::Transaction};
use jiff::Timestamp;

/// How the kinds of notices about files begin.
const ABOUT_FILES: &str = "file-";
/// How those about reports begin that came through a door and wait.
const ABOUT_REPORTS: &str = "report-";
/// To the chair and the trust of such a report that is others' to read: something waits, and those others are to be rung.
pub(crate) const UNANSWERED_AT_DOOR: &str = "waiting-unanswered";

/// Something that somebody is to be told: a kind and an id, no words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: id::Row,
    /// What kind: `emergency-access`, `account-reset`, `account-closed`, `account-recovered`, `absence-recorded`,
    /// `duty-proposed`, `duty-given`, `duty-ended`, `family-recorded`, `family-ended`, `file-holder-removed`,
    /// `file-subject-added`, `file-serious`, `concern-serious`, `file-waits`, `file-waits-now`, `concern-waits`, `concern-unanswered`, `sign-in-odd`, `sign-in-disowned`,
    /// `mail-changed`, `contact-ways-changed`; of one's own account, and mailed also where somebody has put them away:
    /// `own-second-step-reset`, `own-app-added`, `own-app-removed`, `own-passkey-added`, `own-passkey-removed`,
    /// `own-spare-codes-made`, `own-sign-on-added`, `own-sign-on-removed`.
    pub kind: String,
    /// The id of what it is about: the emergency access, the file; otherwise the person.
    pub about: String,
    /// Since when.
    pub made_at: Timestamp,
}

impl Records {
    /// What the asker is to be told and has not seen yet; seen from now on. What is about a file only while they may know of it.
    pub async fn notices(&self, session: &Session) -> Result<Vec<Notice>, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let mut entered = self.act(session, Act::NoticesRead, Resource::Person(asker), Detail::none()).await?;
        let notices = unseen(&mut entered, asker).await;
        entered.finish(notices).await
    }
}

impl Records {
    /// What the asker is to be told and has not put away yet. It stays until [`Records::put_notice_away`].
    pub async fn waiting_notices(&self, session: &Session) -> Result<Vec<Notice>, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let mut entered = self.act(session, Act::NoticesRead, Resource::Person(asker), Detail::none()).await?;
        let notices = waiting_of(&mut entered, asker).await;
        entered.finish(notices).await
    }

    /// Puts one of one's own notices away; one that is not theirs, or put away already, is not there.
    pub async fn put_notice_away(&self, session: &Session, notice: id::Row) -> Result<(), Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let detail = Detail::none().with("seen", notice.to_string());
        let mut entered = self.act(session, Act::NoticesRead, Resource::Person(asker), detail).await?;
        let put = async {
            let mine = waiting_of(&mut entered, asker).await?;
            mine.iter().find(|mine| mine.id == notice).ok_or(Fault::NotFound)?;
            let now = entered.now();
            entered.change_one(&SEE_NOTICE, &[notice.into(), asker.into(), now.into()]).await
        }
        .await;
        entered.finish(put).await
    }
}

async fn waiting_of(entered: &mut Entered, asker: id::Person) -> Result<Vec<Notice>, Fault> {
    let standing = entered.standing().clone();
    waiting(entered.transaction(), &standing, asker).await
}

/// What somebody of this standing is to be told and has not put away.
pub(crate) async fn waiting(t: &mut Transaction, standing: &Standing, asker: id::Person) -> Result<Vec<Notice>, Fault> {
    let rows = t.rows(&NOTICES, &[standing.school.into(), asker.into()]).await?;
    let mut notices = Vec::new();
    for row in rows {
        let notice = Notice { id: row.get(0)?, kind: row.get(1)?, about: row.get(2)?, made_at: row.get(3)? };
        if notice.made_at <= standing.now && may_know_of(t, standing, (&notice.kind, &notice.about)).await? {
            notices.push(notice);
        }
    }
    Ok(notices)
}

async fn unseen(entered: &mut Entered, asker: id::Person) -> Result<Vec<Notice>, Fault> {
    let now = entered.now();
    let notices = waiting_of(entered, asker).await?;
    for notice in &notices {
        entered.change(&SEE_NOTICE, &[notice.id.into(), asker.into(), now.into()]).await.map(drop)?;
    }
    Ok(notices)
}

/// Judged at this moment, whenever the notice was written: whoever lost a file before they looked is not told of it any more, nor who has
/// come to be concerned by it since; nor anybody of a concern that was answered meanwhile, or of a report that somebody has.
async fn may_know_of(t: &mut Transaction, standing: &Standing, (kind, about): (&str, &str)) -> Result<bool, Fault> {
    if let Some(waits) = pupil::heard::still_waits(t, standing, (kind, about)).await? {
        return Ok(waits);
    }
    if kind.starts_with(ABOUT_REPORTS) || kind == UNANSWERED_AT_DOOR {
        return concern::door::is_news(t, standing, (kind, id::Report::parse(about)?)).await;
    }
    if let Some(is_news) = concern::climb::is_news(t, standing, (kind, about)).await? {
        return Ok(is_news);
    }
    if !kind.starts_with(ABOUT_FILES) {
        return Ok(true);
    }
    match facts(t, standing.school, &Resource::File(id::File::parse(about)?), standing.now).await {
        Ok(facts) => Ok(may_know(standing, &facts)),
        Err(Fault::NotFound) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The same of somebody who is not asking: whether they would be shown it if they signed in now.
pub(crate) async fn would_be_told(
    t: &mut Transaction,
    (school, person): (id::School, id::Person),
    (kind, about): (&str, &str),
    now: Timestamp,
) -> Result<bool, Fault> {
    let standing = standing(t, school, Actor::Person(person), now).await?;
    may_know_of(t, &standing, (kind, about)).await
}

/// Leaves a notice to somebody; expects the entry written.
pub(crate) async fn tell(entered: &mut Entered, person: id::Person, kind: &str, about: &str) -> Result<(), Fault> {
    let now = entered.now();
    tell_at(entered, person, (kind, about), now).await
}

/// The same for a later moment: until then it is neither shown nor mailed.
pub(crate) async fn tell_at(
    entered: &mut Entered,
    person: id::Person,
    (kind, about): (&str, &str),
    moment: Timestamp,
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let values = [id::Row::new(now)?.into(), school.into(), person.into(), kind.into(), about.into(), moment.into()];
    entered.change_one(&ADD_NOTICE, &values).await
}

/// Nobody need look at a concern any more because it waits: it was decided or closed. Else whoever answers concerns would carry a
/// notice of each through the years, and every look at their first page would judge them all.
pub(crate) async fn waits_no_more(entered: &mut Entered, file: id::File) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    entered.change(&CONCERN_WAITS_NO_MORE, &[school.into(), file.to_string().into(), now.into()]).await.map(drop)
}

/// Tells somebody what was just changed of how they sign in: whoever changed it may be somebody else at their browser.
pub(crate) async fn tell_own(entered: &mut Entered, person: id::Person, kind: &str) -> Result<(), Fault> {
    tell(entered, person, kind, &person.to_string()).await
}

/// Tells the person themselves, and everybody else to whom a concern may come, what was done to one of them; not whoever did it.
/// Nobody need be told of people who hear no concerns.
pub(crate) async fn tell_ladder(entered: &mut Entered, about: id::Person, kind: &str) -> Result<(), Fault> {
    if entered.standing().roll.is_on_ladder(about) { tell_all(entered, about, kind).await } else { Ok(()) }
}

/// The same of somebody who is about to be one of them, or was.
pub(crate) async fn tell_all(entered: &mut Entered, about: id::Person, kind: &str) -> Result<(), Fault> {
    tell_hearers(entered, &about.to_string(), kind).await
}

/// Tells everybody to whom a concern may come what was done to the way in which they are known; not whoever did it.
pub(crate) async fn tell_hearers(entered: &mut Entered, about: &str, kind: &str) -> Result<(), Fault> {
    let roll = &entered.standing().roll;
    let actor = entered.session().actor;
    let told: Vec<_> = roll.on_ladder().into_iter().filter(|one| Actor::Person(*one) != actor).collect();
    for one in told {
        tell(entered, one, kind, about).await?;
    }
    Ok(())
}
