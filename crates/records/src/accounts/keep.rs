//! Making, resetting and closing accounts.

use super::{
    drop_second_steps, normalised_name,
    statements::{
        ACCOUNTS, ADD_ACCOUNT, BY_NAME, BY_PERSON, CLOSE_ACCOUNT, CLOSED_AT, FORGET_BROWSERS_BUT, FORGET_PASSWORDS,
        FORGET_RECENT, OTHER_HEARERS, PRESENT, WITHOUT_ACCOUNT,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource, tell_ladder},
    audit::{self, Detail},
    id,
    people::{self, Kind},
    seal::{MadeKey, drop_wraps_of, end_key, make_key},
};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// How long one person waits before they take the key of a second person to whom concerns come.
const ONE_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// The longest sign-in name, in signs.
const LONGEST_NAME: usize = 100;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub person: id::Person,
    /// Their name.
    pub full_name: String,
    /// What they are to the school.
    pub kind: Kind,
    /// Whether they have left; an account that is not closed then is a fault (catalogue I-19).
    pub has_left: bool,
    /// The sign-in name.
    pub sign_in_name: String,
    /// Since when.
    pub made_at: Timestamp,
    /// How it stands.
    pub state: AccountState,
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Its person has not signed in since it was made or reset.
    NotYetUsed,
    /// Its person has a password of their own.
    InUse,
    /// It was closed.
    Closed(Timestamp),
}

/// Opens an account inside another act, with an entry of its own; the passphrase for the first sign-in, which is shown once
/// and kept nowhere.
pub(crate) async fn open_account(
    entered: &mut Entered,
    person: id::Person,
    sign_in_name: &str,
) -> Result<Zeroizing<String>, Fault> {
    let made = MadeKey::new(entered.session().school, person, entered.now())?;
    entered.also(Act::AccountChanged, Resource::Person(person), detail(&made, "made")).await?;
    write_account(entered, person, sign_in_name, made).await
}

/// Closes the account of somebody, if they have one: they cannot sign in, and their key is gone.
pub(crate) async fn close_account_in(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let Some(row) = entered.row(&BY_PERSON, &[school.into(), person.into()]).await? else { return Ok(()) };
    let account: id::Row = row.get(0)?;
    refuse_a_second_hearer(entered, person).await?;
    tell_ladder(entered, person, "account-closed").await?;
    drop_second_steps(entered, person).await?;
    entered.change_one(&CLOSE_ACCOUNT, &[account.into(), school.into(), now.into()]).await?;
    for forgotten in [&FORGET_PASSWORDS, &FORGET_RECENT] {
        entered.change(forgotten, &[school.into(), person.into()]).await.map(drop)?;
    }
    entered.change(&FORGET_BROWSERS_BUT, &[school.into(), person.into(), [].as_slice().into()]).await.map(drop)?;
    end_key(entered, person).await?;
    drop_wraps_of(entered, person).await
}

impl Records {
    /// Makes an account for somebody; the passphrase for their first sign-in, to be handed to them alone.
    pub async fn create_account(
        &self,
        session: &Session,
        person: id::Person,
        sign_in_name: &str,
    ) -> Result<Zeroizing<String>, Fault> {
        let made = MadeKey::new(session.school, person, self.clock().now())?;
        let about = Resource::Person(person);
        let mut entered = self.act(session, Act::AccountChanged, about, detail(&made, "made")).await?;
        let passphrase = match refuse_a_hearers_first(&entered, person) {
            Ok(()) => write_account(&mut entered, person, sign_in_name, made).await,
            Err(fault) => Err(fault),
        };
        entered.finish(passphrase).await
    }

    /// Resets the password of somebody who lost it: they get a new key pair, and somebody who can open what they could must
    /// admit them again; until then they act in no duty. Whoever resets it sees nothing, even with the passphrase.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for one's own, and for a second person within a day to whom concerns come.
    pub async fn reset_password(&self, session: &Session, person: id::Person) -> Result<Zeroizing<String>, Fault> {
        let made = MadeKey::new(session.school, person, self.clock().now())?;
        let about = Resource::Person(person);
        let mut entered = self.act(session, Act::AccountChanged, about, detail(&made, "reset")).await?;
        let passphrase = reset(&mut entered, person, made).await;
        entered.finish(passphrase).await
    }

    /// Closes somebody's account.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for one's own, and for a second person within a day to whom concerns come; [`Fault::Wrong`] for the
    /// last head, safeguarding lead, or chair and trust lead.
    pub async fn close_account(&self, session: &Session, person: id::Person) -> Result<(), Fault> {
        let about = Resource::Person(person);
        let detail = Detail::none().with("how", "closed");
        let mut entered = self.act(session, Act::AccountChanged, about, detail).await?;
        let closed = close(&mut entered, person).await;
        entered.finish(closed).await
    }

    /// The accounts of the asker's school.
    pub async fn accounts(&self, session: &Session) -> Result<Vec<Account>, Fault> {
        let mut entered = self.act(session, Act::AccountsListed, Resource::School, Detail::none()).await?;
        let rows = entered.rows(&ACCOUNTS, &[session.school.into()]).await?;
        entered.commit().await?;
        rows.iter()
            .map(|row| {
                let state = match (row.get::<Option<Timestamp>>(3)?, row.get::<Option<String>>(4)?.as_deref()) {
                    (Some(closed), _) => AccountState::Closed(closed),
                    (None, Some("password")) => AccountState::InUse,
                    (None, _) => AccountState::NotYetUsed,
                };
                Ok(Account {
                    person: row.get(0)?,
                    full_name: row.get(5)?,
                    kind: row.get(6)?,
                    has_left: row.get::<Option<Timestamp>>(7)?.is_some(),
                    sign_in_name: row.get(1)?,
                    made_at: row.get(2)?,
                    state,
                })
            })
            .collect()
    }

    /// Who works here and has no account (catalogue I-02: everybody on the staff signs in as themselves).
    pub async fn staff_without_account(&self, session: &Session) -> Result<Vec<(id::Person, String)>, Fault> {
        let detail = Detail::none().with("list", "without");
        let mut entered = self.act(session, Act::AccountsListed, Resource::School, detail).await?;
        let rows = entered.rows(&WITHOUT_ACCOUNT, &[session.school.into()]).await?;
        entered.commit().await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

async fn reset(entered: &mut Entered, person: id::Person, made: MadeKey) -> Result<Zeroizing<String>, Fault> {
    entered.row(&BY_PERSON, &[entered.session().school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    refuse_a_second_hearer(entered, person).await?;
    tell_ladder(entered, person, "account-reset").await?;
    end_key(entered, person).await?;
    drop_wraps_of(entered, person).await?;
    make_key(entered, person, made).await
}

/// A first key is taken for its person's without a voucher. So whoever opened the safe makes none for somebody to whom concerns come.
fn refuse_a_hearers_first(entered: &Entered, person: id::Person) -> Result<(), Fault> {
    if matches!(entered.session().actor, Actor::SealedSignIn(_)) && entered.standing().roll.is_on_ladder(person) {
        return Err(Fault::NotAllowed(
            "With a sealed emergency sign-in no account is made for somebody to whom concerns come.".to_owned(),
        ));
    }
    Ok(())
}

async fn close(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    if matches!(entered.session().actor, Actor::SealedSignIn(_)) {
        return Err(Fault::NotAllowed("With a sealed emergency sign-in no account is closed.".to_owned()));
    }
    entered.row(&BY_PERSON, &[entered.session().school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    people::refuse_to_take_the_last(entered, person).await?;
    close_account_in(entered, person).await
}

/// Whoever looks after accounts could take their keys from everybody to whom concerns come, one after the other, until nobody
/// reads anything. So each of them does it to one such person in a day; the next needs somebody else.
pub(super) async fn refuse_a_second_hearer(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let actor = entered.session().actor;
    if matches!(actor, Actor::Console | Actor::Clock) {
        return Ok(());
    }
    if !entered.standing().roll.is_on_ladder(person) {
        return Ok(());
    }
    let since = entered.now().saturating_sub(ONE_WITHIN).map_err(|_never| Fault::wrong("The clock is wrong."))?;
    let others = entered.rows(&OTHER_HEARERS, &[entered.session().school.into(), person.into(), since.into()]).await?;
    let mut is_second = false;
    for row in others {
        is_second |= took_from(entered, actor, row.get(0)?, since).await?;
    }
    if !is_second {
        return Ok(());
    }
    Err(Fault::NotAllowed(
        "You reset or closed the account of somebody else to whom concerns come within the last day. Whoever did it to all of \
         them would leave nobody who reads anything, so somebody else who looks after accounts does this one, or you tomorrow."
            .to_owned(),
    ))
}

/// Whether somebody reset or closed the account of another, or reset their second step, since a moment, as the log tells.
async fn took_from(entered: &mut Entered, by: Actor, from: id::Person, since: Timestamp) -> Result<bool, Fault> {
    let (school, by) = (entered.session().school, audit::actor_word(by));
    let acts = &[Act::AccountChanged, Act::PersonLeft, Act::SecondStepReset];
    let told = audit::noted_on(entered.transaction(), school, ("person", &from.to_string()), acts).await?;
    for entry in told.iter().filter(|entry| entry.moment > since && entry.actor == by) {
        let has_taken = entry.tells_of(Act::SecondStepReset)
            || if entry.tells_of(Act::PersonLeft) {
                entered.row(&CLOSED_AT, &[school.into(), from.into(), entry.moment.into()]).await?.is_some()
            } else {
                matches!(entry.says("how"), Some("reset" | "closed"))
            };
        if has_taken {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn write_account(
    entered: &mut Entered,
    person: id::Person,
    sign_in_name: &str,
    made: MadeKey,
) -> Result<Zeroizing<String>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let name = normalised_name(sign_in_name);
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Fault::wrong(format!("A sign-in name has 1 to {LONGEST_NAME} signs, and no control signs.")));
    }
    entered.row(&PRESENT, &[school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    if entered.row(&BY_NAME, &[school.into(), name.as_str().into()]).await?.is_some() {
        return Err(Fault::wrong("Another account has this sign-in name. Choose another."));
    }
    if entered.row(&BY_PERSON, &[school.into(), person.into()]).await?.is_some() {
        return Err(Fault::wrong("This person has an account already. Reset its password if that is lost."));
    }
    let values = [id::Row::new(now)?.into(), school.into(), person.into(), name.into(), now.into()];
    entered.change_one(&ADD_ACCOUNT, &values).await?;
    make_key(entered, person, made).await
}

fn detail(made: &MadeKey, how: &str) -> Detail {
    Detail::none().with("key", made.fingerprint()).with("how", how)
}
