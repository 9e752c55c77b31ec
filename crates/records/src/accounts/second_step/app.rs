//! Authenticator apps: time-based one-time codes (RFC 6238) of six digits and thirty seconds.

use super::{
    super::statements::{ADD_AUTHENTICATOR, BY_PERSON, DROP_AUTHENTICATORS, SCHOOL_NAME},
    Found, SpareCodes, own, refuse_the_last,
    spare::give_codes_once,
    told::{Steps, digest_of, steps_of},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource, tell_own},
    audit::Detail,
    id,
    seal::{open_own, seal_own},
};
use jiff::Timestamp;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// How long a secret is, in bytes: as long as the digest (RFC 4226 §4).
const SECRET: usize = 20;
/// How many digits a code has.
const DIGITS: usize = 6;
/// How long a code is good for, in seconds; the one before and the one after are taken too (RFC 6238 §5.2), because clocks differ.
const STEP: u64 = 30;
/// What the secret is sealed for.
const WHAT: &[u8] = b"holdfast authenticator 1";

/// An app's row.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub id: id::Row,
    pub key: id::Row,
    pub secret: Vec<u8>,
    pub last_step: i64,
    pub made_at: Timestamp,
}

impl App {
    pub(super) fn digest(&self) -> String {
        digest(self.key, &self.secret)
    }

    /// The step of a right code that was not used yet. The secret opens with the key that the password just unlocked.
    pub(super) fn step_of(&self, session: &Session, code: &str, now: Timestamp) -> Result<Option<Found>, Fault> {
        let (_, unlocked) = own(session)?;
        let secret = open_own(&unlocked, WHAT, self.id, &self.secret).ok_or_else(altered)?;
        Ok(step_of(&secret, code, now).filter(|step| *step > self.last_step).map(|step| Found::App(self.id, step)))
    }
}

fn digest(key: id::Row, sealed: &[u8]) -> String {
    digest_of(&[b"app", key.bytes(), sealed])
}

/// A secret for an authenticator app that is being set up, not yet kept.
pub struct NewAuthenticator {
    secret: Zeroizing<Vec<u8>>,
    /// What the app reads from the picture.
    pub address: Zeroizing<String>,
    /// The secret as it is typed into the app, in groups.
    pub typed: Zeroizing<String>,
}

impl std::fmt::Debug for NewAuthenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewAuthenticator")
    }
}

/// The code without the blanks and strokes that people put in it, in small letters.
pub(super) fn typed(code: &str) -> Zeroizing<String> {
    const LONGEST: usize = 64;
    let signs = code.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').take(LONGEST);
    Zeroizing::new(signs.flat_map(char::to_lowercase).collect())
}

/// Whether it is as long as a code of an app, and all digits; a spare code is longer.
pub(super) fn is_of_app(typed: &str) -> bool {
    typed.len() == DIGITS && typed.bytes().all(|byte| byte.is_ascii_digit())
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(Secret::new(secret.into())).with_step_duration(STEP).build().ok()
}

/// The step whose code this is: the one of now, the one before or the one after.
fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let second = u64::try_from(now.as_second()).ok()?;
    totp(secret)?.check(code, second).and_then(|step| i64::try_from(step).ok())
}

impl Records {
    /// A secret for an authenticator app. It counts once a code of it was typed ([`Records::add_authenticator`]).
    pub async fn new_authenticator(&self, session: &Session) -> Result<NewAuthenticator, Fault> {
        let (person, _) = own(session)?;
        let mut t = self.looking().await?;
        let account = t.row(&BY_PERSON, &[session.school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
        let school = t.row(&SCHOOL_NAME, &[session.school.into()]).await?.ok_or(Fault::NotFound)?;
        drop(t);
        let (name, school): (String, String) = (account.get(1)?, school.get(0)?);
        let mut secret = Zeroizing::new(vec![0; SECRET]);
        getrandom::fill(secret.as_mut_slice())
            .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}. Try again.")))?;
        // A colon parts the two in the address, so neither may hold one.
        let plain = |text: &str| text.replace(':', " ");
        let totp = Builder::new()
            .with_secret(Secret::new(secret.as_slice().into()))
            .with_account_name(plain(&name))
            .with_issuer(Some(format!("Holdfast {}", plain(&school))))
            .build()
            .map_err(|fault| Fault::Unavailable(format!("The secret could not be made: {fault}.")))?;
        let address = totp.to_url().map_err(|fault| Fault::Unavailable(format!("It could not be shown: {fault}.")))?;
        let signs = Zeroizing::new(totp.secret().to_base32());
        let mut typed = Zeroizing::new(String::with_capacity(signs.len() * 2));
        for (place, sign) in signs.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                typed.push(' ');
            }
            typed.push(sign);
        }
        Ok(NewAuthenticator { secret, address: Zeroizing::new(address), typed })
    }

    /// Keeps an authenticator app, in the place of the one before, once a code of it was typed. Spare codes come with the first
    /// second step.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for a code that is not of this secret; [`Fault::Locked`] while what is sealed is locked.
    pub async fn add_authenticator(
        &self,
        session: &Session,
        new: &NewAuthenticator,
        code: &str,
    ) -> Result<(id::Row, Option<SpareCodes>), Fault> {
        let (person, unlocked) = own(session)?;
        let now = self.clock().now();
        let step = step_of(&new.secret, &typed(code), now).ok_or_else(|| {
            Fault::wrong(
                "This is not the code of this secret now. Type the six digits that the app shows for Holdfast, before they change; \
                 if it stays wrong, set the clock of the telephone to automatic.",
            )
        })?;
        let row = id::Row::new(now)?;
        let sealed = seal_own(&unlocked, WHAT, row, &new.secret)?;
        let key = unlocked.key();
        let detail = said("app-added", row).with("digest", digest(key, &sealed));
        let mut entered = self.act(session, Act::SecondStepChanged, Resource::Person(person), detail).await?;
        let added = async {
            let school = entered.session().school;
            entered.change(&DROP_AUTHENTICATORS, &[school.into(), person.into()]).await.map(drop)?;
            let now = entered.now();
            let values = [row.into(), school.into(), person.into(), key.into(), sealed.into(), step.into(), now.into()];
            entered.change_one(&ADD_AUTHENTICATOR, &values).await?;
            tell_own(&mut entered, person, "own-app-added").await?;
            give_codes_once(&mut entered, person).await
        }
        .await;
        Ok((row, entered.finish(added).await?))
    }

    /// Removes one's own authenticator app.
    ///
    /// # Errors
    /// [`Fault::Wrong`] where it is the last second step of somebody who must have one; [`Fault::Locked`] while what is sealed is
    /// locked.
    pub async fn remove_authenticator(&self, session: &Session) -> Result<(), Fault> {
        let (person, _) = own(session)?;
        let steps = steps_of(&mut self.looking().await?, session.school, person).await?;
        let row = steps.app.as_ref().ok_or(Fault::NotFound)?.id;
        let detail = said("app-removed", row);
        let mut entered = self.act(session, Act::SecondStepChanged, Resource::Person(person), detail).await?;
        let removed = remove(&mut entered, person, &steps).await;
        entered.finish(removed).await
    }
}

async fn remove(entered: &mut Entered, person: id::Person, steps: &Steps) -> Result<(), Fault> {
    refuse_the_last(entered, person, &Steps { app: None, ..steps.clone() }).await?;
    let school = entered.session().school;
    match entered.change(&DROP_AUTHENTICATORS, &[school.into(), person.into()]).await? {
        0 => Err(Fault::NotFound),
        _ => tell_own(entered, person, "own-app-removed").await,
    }
}

/// What the log says of a change.
pub(super) fn said(how: &'static str, row: id::Row) -> Detail {
    Detail::none().with("how", how).with("step", row.to_string())
}

fn altered() -> Fault {
    Fault::Damaged(
        "The secret of the authenticator app does not open: the store was altered. Nobody is let in by it. Whoever looks after accounts \
         can reset it; have the audit log verified."
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B, SHA-1: the last six of its eight digits, which is what six digits of the same number are.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            const STEP: i64 = 30;
            assert_eq!(step_of(secret, code, at(second)), Some(second / STEP), "{second}");
            assert_eq!(step_of(secret, code, at(second + STEP)), Some(second / STEP), "a step later");
            assert_eq!(step_of(secret, code, at(second - STEP)), Some(second / STEP), "a step before");
            assert_eq!(step_of(secret, code, at(second + 3 * STEP)), None, "three steps later");
        }
    }

    #[test]
    fn what_people_type_is_read_as_they_mean_it() {
        assert!(is_of_app(&typed(" 287 082\n")));
        assert!(!is_of_app(&typed("+28708")) && !is_of_app(&typed("28708")) && !is_of_app(&typed("２８７０８２")));
        assert_eq!(*typed("AB12-cd34 EF56"), "ab12cd34ef56");
        assert!(typed(&"9".repeat(1_000)).len() < 100);
    }
}
