//! Half-written forms: sealed to their writer's own key, so that nobody else opens them, also not with the disk (practice 19).

use super::{
    own::sent,
    statements::{CHANGE_DRAFT, DRAFTS, DROP_DRAFT, NEW_DRAFT},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
    seal::{Unlocked, open_own, seal_own},
};
use jiff::Timestamp;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest draft, in bytes: a form with all its words.
pub const MOST_DRAFT: usize = 320 * 1024;
/// How many drafts one person keeps; the one untouched for longest gives way.
const MOST_DRAFTS: usize = 20;
const WHAT: &[u8] = b"holdfast draft of a concern 1";

/// A draft in one's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id, which is the number of its form.
    pub id: id::Row,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it was kept last.
    pub changed_at: Timestamp,
}

impl Records {
    /// Keeps a half-written form under the number of the form, in place of what was kept before.
    ///
    /// # Errors
    /// [`Fault::Locked`] where nothing is unlocked in this session, as after single sign-on: there is no key to seal it to.
    pub async fn keep_draft(&self, session: &Session, form: id::Row, words: &str) -> Result<(), Fault> {
        let (person, unlocked) = own(session)?;
        if words.len() > MOST_DRAFT || words.contains('\0') {
            return Err(Fault::wrong("This is more than can be kept before it is sent. Send it in two parts."));
        }
        let sealed = seal_own(&unlocked, WHAT, form, words.as_bytes())?;
        let mut entered = self.draft_act(session, person, "kept").await?;
        let kept = async {
            let (school, now) = (session.school, entered.now());
            if sent(entered.transaction(), school, person, form).await?.is_some() {
                return Err(Fault::Changed("This was sent meanwhile, so it is no draft any more.".to_owned()));
            }
            let values = [form.into(), school.into(), person.into(), sealed.clone().into(), now.into()];
            if entered.change(&CHANGE_DRAFT, &values).await? == 1 {
                return Ok(());
            }
            make_room(&mut entered, person).await?;
            entered.change_one(&NEW_DRAFT, &values).await
        }
        .await;
        entered.finish(kept).await
    }

    /// One's own drafts, newest first. What is in them is not opened.
    pub async fn drafts(&self, session: &Session) -> Result<Vec<Draft>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let rows = self.looking().await?.rows(&DRAFTS, &[session.school.into(), person.into()]).await?;
        rows.iter().map(|row| Ok(Draft { id: row.get(0)?, begun_at: row.get(2)?, changed_at: row.get(3)? })).collect()
    }

    /// Opens one of one's own drafts.
    ///
    /// # Errors
    /// [`Fault::Locked`] where nothing is unlocked, or the password was reset since and with it the key.
    pub async fn draft(&self, session: &Session, form: id::Row) -> Result<Zeroizing<String>, Fault> {
        let (person, unlocked) = own(session)?;
        let mut entered = self.draft_act(session, person, "read").await?;
        let read = async {
            for row in entered.rows(&DRAFTS, &[session.school.into(), person.into()]).await? {
                if row.get::<id::Row>(0)? == form {
                    return open(&unlocked, form, &row.get::<Vec<u8>>(1)?);
                }
            }
            Err(Fault::NotFound)
        }
        .await;
        entered.finish(read).await
    }

    /// Throws one of one's own drafts away; one that is not there is none.
    pub async fn throw_draft_away(&self, session: &Session, form: id::Row) -> Result<(), Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut entered = self.draft_act(session, person, "thrown-away").await?;
        let gone = drop_draft(&mut entered, person, form).await;
        entered.finish(gone).await
    }

    async fn draft_act(&self, session: &Session, person: id::Person, what: &str) -> Result<Entered, Fault> {
        // Which draft is nobody's to know: its number is that of the concern it becomes.
        self.act(session, Act::DraftKept, Resource::Person(person), Detail::none().with("what", what)).await
    }
}

/// Takes a draft away that was sent.
pub(super) async fn drop_draft(entered: &mut Entered, person: id::Person, form: id::Row) -> Result<(), Fault> {
    let school = entered.session().school;
    entered.change(&DROP_DRAFT, &[form.into(), school.into(), person.into()]).await.map(drop)
}

async fn make_room(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    for row in entered.rows(&DRAFTS, &[school.into(), person.into()]).await?.iter().skip(MOST_DRAFTS - 1) {
        drop_draft(entered, person, row.get(0)?).await?;
    }
    Ok(())
}

fn open(unlocked: &Unlocked, form: id::Row, sealed: &[u8]) -> Result<Zeroizing<String>, Fault> {
    let opened = open_own(unlocked, WHAT, form, sealed).ok_or_else(|| {
        Fault::Locked(
            "This draft was sealed to a key that you no longer have: your password was reset since. Throw it away, and write it again."
                .to_owned(),
        )
    })?;
    match std::str::from_utf8(&opened) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_no_text) => Err(Fault::Damaged("A draft cannot be read: it is no text. Throw it away.".to_owned())),
    }
}

fn own(session: &Session) -> Result<(id::Person, Arc<Unlocked>), Fault> {
    let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
    let unlocked = session.unlocked.clone().ok_or_else(|| {
        Fault::Locked(
            "You signed in without your own password, so there is no key to keep a half-written form under. What you write stays on \
             the page until it is sent."
                .to_owned(),
        )
    })?;
    Ok((person, unlocked))
}
