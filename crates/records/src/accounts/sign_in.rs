//! Signing in.

use super::{
    HalfIn, normalised_name,
    password::{self, Rule, note_password, rule_for},
    statements::{BY_NAME, BY_PERSON, CODES, SCHOOL},
    tries::{Lanes, Whence},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id, seal,
    seal::{
        CHOSEN, ChosenKey, MADE, StoredWrap, Unlocked, WrapKind, normalised_passphrase, replace_wraps, stretch,
        wrap_again, wrap_of,
    },
};
use std::sync::Arc;

/// The place of a try, where nobody says: the machine's own console.
pub(super) const CONSOLE: &str = "console";
/// The longest name and password that are looked at, in bytes.
const LONGEST: usize = 1_024;

/// How a sign-in with a right password ended.
#[derive(Debug)]
pub enum SignIn {
    /// They are in.
    In(Session),
    /// What they typed is the passphrase made for their first sign-in: they choose a password of their own with it
    /// ([`Records::choose_password_from`]), and are in after that.
    ChooseFirst,
    /// They show what they have beside the password ([`Records::finish_with_code`], [`Records::finish_with_passkey`]), and are in
    /// after that.
    SecondStep(HalfIn),
}

/// Somebody whose password was right.
struct Known {
    session: Session,
    person: id::Person,
    unlocked: Arc<Unlocked>,
    kind: WrapKind,
    lanes: Lanes,
}

impl Records {
    /// The code of the only school there is.
    pub async fn only_school(&self) -> Result<String, Fault> {
        let mut t = self.looking().await?;
        match t.rows(&CODES, &[]).await?.as_slice() {
            [only] => only.get(0),
            [] => Err(Fault::wrong("No school has been set up here yet. Begin with holdfast school set-up.")),
            _ => Err(Fault::wrong("There are several schools here. Say which with --school CODE.")),
        }
    }

    /// The school with a code.
    pub async fn school_of(&self, code: &str) -> Result<id::School, Fault> {
        let row = self.looking().await?.row(&SCHOOL, &[code.into()]).await?;
        row.ok_or_else(|| Fault::wrong("There is no school with this code here.")).and_then(|row| row.get(0))
    }

    /// Signs somebody in at the machine's console who has nothing to show beside their password, and unlocks their key.
    pub async fn sign_in(&self, school: &str, name: &str, password: &str) -> Result<Session, Fault> {
        self.sign_in_from(school, name, password, Whence::Own(CONSOLE)).await
    }

    /// Signs somebody in from somewhere, and unlocks their key. Wrong tries slow down the next one ([`Whence`] says for whom). A name
    /// that does not exist is told, timed, counted and slowed as a wrong password is.
    pub async fn sign_in_from(
        &self,
        school: &str,
        name: &str,
        password: &str,
        whence: Whence<'_>,
    ) -> Result<Session, Fault> {
        match self.begin_session(school, name, password, whence).await? {
            SignIn::In(session) => Ok(session),
            SignIn::SecondStep(_) => Err(Fault::NotAllowed(
                "A code is needed beside this password: of the authenticator app, or one of the spare codes.".to_owned(),
            )),
            SignIn::ChooseFirst => Err(Fault::NotAllowed(
                "This passphrase was made for your first sign-in. Choose a password of your own with it (holdfast account \
                 password)."
                    .to_owned(),
            )),
        }
    }

    /// The same, for who asks the next question itself where a password is to be chosen first.
    pub async fn begin_session(
        &self,
        school: &str,
        name: &str,
        password: &str,
        whence: Whence<'_>,
    ) -> Result<SignIn, Fault> {
        let school = self.school_of(school).await?;
        let known = self.check_in(school, &normalised_name(name), password, whence).await?;
        if known.kind == WrapKind::OneTime {
            self.forget_tries(school, &known.lanes).await?;
            return Ok(SignIn::ChooseFirst);
        }
        if let Some(half) = self.half_in(&known.session).await? {
            // The password was right: what is tried from now on are codes, which are counted by themselves.
            self.forget_tries(school, &known.lanes).await?;
            return Ok(SignIn::SecondStep(half));
        }
        self.note_signed_in(&known).await?;
        Ok(SignIn::In(known.session))
    }

    /// Signs in at the machine's console, where somebody there can say a code when one is needed.
    pub async fn begin_at_console(&self, school: &str, name: &str, password: &str) -> Result<SignIn, Fault> {
        self.begin_session(school, name, password, Whence::Own(CONSOLE)).await
    }

    /// Unlocks what is sealed for somebody who signed in without their password.
    pub async fn unlock(&self, session: &Session, password: &str, place: &str) -> Result<Session, Fault> {
        let name = self.own_sign_in_name(session, Act::SignedIn).await?;
        let known = self.check_in(session.school, &name, password, Whence::Own(place)).await?;
        if known.kind == WrapKind::OneTime {
            return Err(Fault::wrong("Sign in with this passphrase first, and choose a password of your own."));
        }
        self.note_signed_in(&known).await?;
        Ok(known.session)
    }

    /// Whether somebody at work is who they are: their password once more, from the same place. A wrong one counts as at any
    /// sign-in. Leaves an entry when it is right, as a sign-in does.
    pub async fn confirm(&self, session: &Session, password: &str, place: &str) -> Result<(), Fault> {
        let name = self.own_sign_in_name(session, Act::SignedIn).await?;
        let known = self.check_in(session.school, &name, password, Whence::Own(place)).await?;
        self.note_signed_in(&known).await
    }

    /// Signs somebody in with the passphrase made for them, and puts a password of their own in its place, and a new key pair in
    /// the place of the one that the passphrase unlocks: whoever kept the passphrase opens nothing with it any more.
    pub async fn choose_password(&self, school: &str, name: &str, one_time: &str, new: &str) -> Result<Session, Fault> {
        self.choose_password_from(school, name, one_time, new, CONSOLE).await
    }

    /// The same, from a place.
    pub async fn choose_password_from(
        &self,
        school: &str,
        name: &str,
        one_time: &str,
        new: &str,
        place: &str,
    ) -> Result<Session, Fault> {
        let (school, name) = (self.school_of(school).await?, normalised_name(name));
        // Before the passphrase is tried: one that is too short is no wrong try. Of whoever the name belongs to nothing is used yet.
        self.check_new_password(school, None, &name, new).await?;
        let known = self.check_in(school, &name, one_time, Whence::Own(place)).await?;
        if known.kind != WrapKind::OneTime {
            return Err(Fault::wrong(
                "You have a password of your own already. Change that (holdfast account password).",
            ));
        }
        let rule = match self.check_new_password(school, Some(known.person), &name, new).await {
            Ok(rule) => rule,
            Err(fault) => {
                // The passphrase was right.
                self.forget_tries(school, &known.lanes).await?;
                return Err(fault);
            }
        };
        self.put_first_password(known, new, rule).await
    }

    /// Changes one's own password. The key pair stays.
    pub async fn change_password(&self, session: &Session, old: &str, new: &str) -> Result<Session, Fault> {
        self.change_password_from(session, old, new, CONSOLE).await
    }

    /// The same, from a place.
    pub async fn change_password_from(
        &self,
        session: &Session,
        old: &str,
        new: &str,
        place: &str,
    ) -> Result<Session, Fault> {
        let name = self.own_sign_in_name(session, Act::PasswordChanged).await?;
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let rule = self.check_new_password(session.school, Some(person), &name, new).await?;
        let known = self.check_in(session.school, &name, old, Whence::Own(place)).await?;
        if known.kind == WrapKind::OneTime {
            return self.put_first_password(known, new, rule).await;
        }
        if *password::normalised(old) == *password::normalised(new) {
            self.forget_tries(known.session.school, &known.lanes).await?;
            return Err(Fault::wrong("This is the password that you have. Choose another one."));
        }
        self.put_password(known, new, rule).await
    }

    /// Refuses a new password that is guessed too soon; the rule that it meets.
    async fn check_new_password(
        &self,
        school: id::School,
        person: Option<id::Person>,
        name: &str,
        new: &str,
    ) -> Result<Rule, Fault> {
        let mut looking = self.looking().await?;
        let (rule, near) = rule_for(&mut looking, school, person, name).await?;
        drop(looking);
        rule.check(&password::normalised(new), &near)?;
        Ok(rule)
    }

    /// Whoever knew their password is in: an entry says so, and their wrong tries are forgotten.
    async fn note_signed_in(&self, known: &Known) -> Result<(), Fault> {
        let about = Resource::Person(known.person);
        self.act(&known.session, Act::SignedIn, about, Detail::none()).await?.commit().await?;
        self.forget_tries(known.session.school, &known.lanes).await
    }

    /// The name that somebody signs in with. That whoever has no account any more tried this stands in the log.
    async fn own_sign_in_name(&self, session: &Session, act: Act) -> Result<String, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut t = self.looking().await?;
        let row = t.row(&BY_PERSON, &[session.school.into(), person.into()]).await?;
        drop(t);
        let Some(row) = row else {
            let entered = self.act(session, act, Resource::Person(person), Detail::none()).await?;
            return entered.finish(Err(Fault::NotFound)).await;
        };
        row.get(1)
    }

    async fn put_first_password(&self, known: Known, new: &str, rule: Rule) -> Result<Session, Fault> {
        let new = password::normalised(new);
        let chosen = ChosenKey::new(self, &known.unlocked, &new).await?;
        let resource = Resource::Person(known.person);
        let detail = Detail::none().with("key", chosen.fingerprint()).with("how", "chosen");
        let mut entered = self.act(&known.session, Act::PasswordChanged, resource, detail).await?;
        let unlocked = async {
            entered.also(Act::SignedIn, resource, Detail::none()).await?;
            let unlocked = chosen.follow(&mut entered, &known.unlocked).await?;
            note_password(&mut entered, &unlocked, known.person, (&new, rule)).await?;
            Ok(unlocked)
        }
        .await;
        let unlocked = entered.finish(unlocked).await?;
        self.forget_tries(known.session.school, &known.lanes).await?;
        Ok(Session { unlocked: Some(Arc::new(unlocked)), ..known.session })
    }

    async fn put_password(&self, known: Known, new: &str, rule: Rule) -> Result<Session, Fault> {
        let new = password::normalised(new);
        let wrap = wrap_again(&known.unlocked, &new).await?;
        let resource = Resource::Person(known.person);
        let detail = Detail::none().with("how", "changed");
        let mut entered = self.act(&known.session, Act::PasswordChanged, resource, detail).await?;
        let put = async {
            entered.also(Act::SignedIn, resource, Detail::none()).await?;
            let unlocked = replace_wraps(&mut entered, &known.unlocked, wrap).await?;
            note_password(&mut entered, &unlocked, known.person, (&new, rule)).await?;
            Ok(unlocked)
        }
        .await;
        let unlocked = entered.finish(put).await?;
        self.forget_tries(known.session.school, &known.lanes).await?;
        Ok(Session { unlocked: Some(Arc::new(unlocked)), ..known.session })
    }

    /// Whether the password is right. Whatever is wrong, the same is done at the same cost and told in the same words.
    async fn check_in(
        &self,
        school: id::School,
        name: &str,
        password: &str,
        whence: Whence<'_>,
    ) -> Result<Known, Fault> {
        if name.len() > LONGEST || password.len() > LONGEST {
            return Err(refused());
        }
        let Some(lanes) = self.count_try(school, name, whence).await? else {
            // Told in the same words, and at no cost: names that exist and names that do not are counted alike.
            return Err(refused());
        };
        let mut t = self.looking().await?;
        let row = t.row(&BY_NAME, &[school.into(), name.into()]).await?;
        let account: Option<id::Person> = row.map(|row| row.get(1)).transpose()?;
        let person = account.map_or_else(|| id::Person::new(self.clock().now()), Ok)?;
        let stored = wrap_of(&mut t, school, person).await?;
        drop(t);
        let unlocked = unlock(school, person, password, stored.as_ref()).await?;
        let Some(known) = unlocked.zip(stored.map(|stored| stored.kind)) else {
            self.sign_in_failed(school, account).await?;
            return Err(refused());
        };
        let unlocked = Arc::new(known.0);
        // A key that somebody put in behind our back signs nobody in, however well its password fits.
        seal::refuse_unless_in_force(&mut self.looking().await?, &unlocked).await?;
        let session = Session { school, actor: Actor::Person(person), unlocked: Some(Arc::clone(&unlocked)) };
        Ok(Known { session, person, unlocked, kind: known.1, lanes })
    }
}

/// Unlocks a key if the password is right. Both stretchings are always done, so that the time says neither whether the name
/// exists nor whether its person has signed in yet.
async fn unlock(
    school: id::School,
    person: id::Person,
    password: &str,
    stored: Option<&StoredWrap>,
) -> Result<Option<Unlocked>, Fault> {
    const NO_SALT: [u8; 16] = [0; 16];
    let of_kind = |kind| stored.filter(|stored| stored.kind == kind);
    let salt = |kind| of_kind(kind).map_or(NO_SALT.as_slice(), |stored| stored.wrap.salt.as_slice());
    let cost = |kind, usual| of_kind(kind).map_or(usual, |stored| stored.wrap.cost);
    let passphrase = normalised_passphrase(password);
    let one_time = stretch(&passphrase, salt(WrapKind::OneTime), cost(WrapKind::OneTime, MADE)).await?;
    let chosen = password::normalised(password);
    let chosen = stretch(&chosen, salt(WrapKind::Password), cost(WrapKind::Password, CHOSEN)).await?;
    let Some(stored) = stored else { return Ok(None) };
    let stretched = if stored.kind == WrapKind::OneTime { one_time } else { chosen };
    if stretched.is_right_for(&stored.wrap) { stored.unlock(school, person, &stretched).map(Some) } else { Ok(None) }
}

fn refused() -> Fault {
    Fault::NotAllowed(
        "The name or the password is wrong, or the last try was a moment ago. After several wrong ones each must wait a little \
         longer, a minute at most. In a browser in which you signed in before, you do not wait for others."
            .to_owned(),
    )
}
