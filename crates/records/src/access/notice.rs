//! What people are told: a kind and an id, no words. What it is about is looked up by whoever may.

use super::{
    Act, Actor, Resource, may_know,
    resource::facts,
    standing::standing,
    statements::{ADD_NOTICE, NOTICES, SEE_NOTICE},
};
use crate::{Entered, Fault, Records, Session, audit::Detail, id, store::Transaction};
use jiff::Timestamp;

/// How the kinds of notices about files begin.
const ABOUT_FILES: &str = "file-";

/// Something that somebody is to be told: a kind and an id, no words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: id::Row,
    /// What kind: `emergency-access`, `account-reset`, `account-closed`, `account-recovered`, `absence-recorded`,
    /// `duty-proposed`, `duty-given`, `duty-ended`, `family-recorded`, `family-ended`, `file-holder-removed`,
    /// `file-subject-added`, `sign-in-odd`, `sign-in-disowned`, `mail-changed`, `contact-ways-changed`.
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
        let notices = waiting(&mut entered, asker).await;
        entered.finish(notices).await
    }

    /// Puts one of one's own notices away; one that is not theirs, or put away already, is not there.
    pub async fn put_notice_away(&self, session: &Session, notice: id::Row) -> Result<(), Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let detail = Detail::none().with("seen", notice.to_string());
        let mut entered = self.act(session, Act::NoticesRead, Resource::Person(asker), detail).await?;
        let put = async {
            let mine = waiting(&mut entered, asker).await?;
            mine.iter().find(|mine| mine.id == notice).ok_or(Fault::NotFound)?;
            let now = entered.now();
            entered.change_one(&SEE_NOTICE, &[notice.into(), asker.into(), now.into()]).await
        }
        .await;
        entered.finish(put).await
    }
}

async fn waiting(entered: &mut Entered, asker: id::Person) -> Result<Vec<Notice>, Fault> {
    let school = entered.session().school;
    let rows = entered.rows(&NOTICES, &[school.into(), asker.into()]).await?;
    let mut notices = Vec::new();
    for row in rows {
        let notice = Notice { id: row.get(0)?, kind: row.get(1)?, about: row.get(2)?, made_at: row.get(3)? };
        if may_be_told(entered, &notice).await? {
            notices.push(notice);
        }
    }
    Ok(notices)
}

async fn unseen(entered: &mut Entered, asker: id::Person) -> Result<Vec<Notice>, Fault> {
    let now = entered.now();
    let notices = waiting(entered, asker).await?;
    for notice in &notices {
        entered.change(&SEE_NOTICE, &[notice.id.into(), asker.into(), now.into()]).await.map(drop)?;
    }
    Ok(notices)
}

/// Whoever lost a file before they looked is not told of it any more.
async fn may_be_told(entered: &mut Entered, notice: &Notice) -> Result<bool, Fault> {
    if !notice.kind.starts_with(ABOUT_FILES) {
        return Ok(true);
    }
    let (school, now, file) = (entered.session().school, entered.now(), id::File::parse(&notice.about)?);
    match facts(entered.transaction(), school, &Resource::File(file), now).await {
        Ok(facts) => Ok(may_know(entered.standing(), &facts)),
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
    if !kind.starts_with(ABOUT_FILES) {
        return Ok(true);
    }
    let file = id::File::parse(about)?;
    let standing = standing(t, school, Actor::Person(person), now).await?;
    match facts(t, school, &Resource::File(file), now).await {
        Ok(facts) => Ok(may_know(&standing, &facts)),
        Err(Fault::NotFound) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Leaves a notice to somebody; expects the entry written.
pub(crate) async fn tell(entered: &mut Entered, person: id::Person, kind: &str, about: &str) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let values = [id::Row::new(now)?.into(), school.into(), person.into(), kind.into(), about.into(), now.into()];
    entered.change_one(&ADD_NOTICE, &values).await
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
