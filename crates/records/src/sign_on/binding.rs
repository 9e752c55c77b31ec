//! Whose a subject is: said by its owner, once, with their password; and signing in by it.

use super::{
    provider::{digest_of, in_force},
    statements::{ADD_BINDING, BINDINGS_OF_PERSON, BINDINGS_OF_SUBJECT, END_BINDING},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource, tell_own},
    audit::{self, Detail},
    id, seal,
    store::{Row, Transaction},
};
use jiff::Timestamp;

/// The longest subject, in bytes (OpenID Connect Core 1.0 §2 allows 255).
const LONGEST_SUBJECT: usize = 255;
/// The most that one person may have bound at once.
const MOST: usize = 6;

/// That a subject at a provider is somebody here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Its id.
    pub id: id::Binding,
    /// At which provider.
    pub provider: id::Provider,
    /// Whose.
    pub person: id::Person,
    /// Since when.
    pub bound_at: Timestamp,
    holder_key: id::Row,
    subject: String,
}

/// Somebody who signed in with a provider. Nothing is unlocked.
#[derive(Debug, Clone)]
pub struct SignedOn {
    /// Who.
    pub session: Session,
    /// By which binding: their sign-in ends with it.
    pub binding: id::Binding,
}

/// What came of signing in with a provider.
#[derive(Debug, Clone)]
pub enum SignOnOutcome {
    /// They are in.
    In(SignedOn),
    /// Theirs, but the provider showed no second step, and they must show one.
    Short,
    /// The subject is nobody's here.
    Nobody,
}

impl Binding {
    fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            provider: row.get(1)?,
            person: row.get(2)?,
            holder_key: row.get(3)?,
            subject: row.get(4)?,
            bound_at: row.get(5)?,
        })
    }

    /// What the log tells of it: who is who, in one digest, so that no subject stands in the log.
    fn digest(&self) -> String {
        let parts =
            [self.id.to_string(), self.provider.to_string(), self.person.to_string(), self.holder_key.to_string()];
        digest_of(&[&parts[0], &parts[1], &parts[2], &parts[3], &self.subject])
    }
}

impl Records {
    /// Says that a subject at a provider is oneself.
    ///
    /// # Errors
    /// [`Fault::Locked`] for whoever is not in with their password, and [`Fault::NotAllowed`] for a subject that is somebody
    /// else's already.
    pub async fn bind_sign_on(
        &self,
        session: &Session,
        provider: id::Provider,
        subject: &str,
    ) -> Result<id::Binding, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        if session.unlocked.is_none() {
            return Err(Fault::Locked("Unlock with your password first: only that shows that you are you.".to_owned()));
        }
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
            return Err(Fault::wrong("The provider gave no name for this account that can be kept."));
        }
        let now = self.clock().now();
        let key = seal::key_of(&mut self.looking().await?, session.school, person).await?.ok_or(Fault::NotFound)?;
        let subject = subject.to_owned();
        let new = Binding { id: id::Binding::new(now)?, provider, person, bound_at: now, holder_key: key.id, subject };
        let detail = Detail::none()
            .with("binding", new.id.to_string())
            .with("provider", provider.to_string())
            .with("digest", new.digest());
        let mut entered = self.act(session, Act::SignOnBound, Resource::Person(person), detail).await?;
        let bound = bind(&mut entered, &new).await;
        entered.finish(bound).await?;
        Ok(new.id)
    }

    /// Takes back that a subject is oneself. Whoever is signed in by it is not at their next request.
    pub async fn unbind_sign_on(&self, session: &Session, binding: id::Binding) -> Result<(), Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let detail = Detail::none().with("binding", binding.to_string());
        let mut entered = self.act(session, Act::SignOnUnbound, Resource::Person(person), detail).await?;
        let now = entered.now();
        let values = [session.school.into(), person.into(), binding.into(), now.into()];
        let ended = match entered.change(&END_BINDING, &values).await {
            Ok(1) => tell_own(&mut entered, person, "own-sign-on-removed").await,
            Ok(_) => Err(Fault::NotFound),
            Err(fault) => Err(fault),
        };
        entered.finish(ended).await
    }

    /// What one has bound oneself, as far as it counts. Leaves no entry: it tells them their own.
    pub async fn own_sign_on_bindings(&self, session: &Session) -> Result<Vec<Binding>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut t = self.looking().await?;
        let mut bindings = Vec::new();
        for row in t.rows(&BINDINGS_OF_PERSON, &[session.school.into(), person.into()]).await? {
            let binding = Binding::of(&row)?;
            if counts(&mut t, session.school, &binding).await? {
                bindings.push(binding);
            }
        }
        Ok(bindings)
    }

    /// Signs in whoever a provider says has this subject: nobody where it is nobody's, or where a second step is missing. Both count
    /// as a failed sign-in, and only who is in is noted as signed in.
    pub async fn begin_sign_on(
        &self,
        school: id::School,
        provider: id::Provider,
        subject: &str,
        has_second_step: bool,
    ) -> Result<SignOnOutcome, Fault> {
        let Some(binding) = of_subject(&mut self.looking().await?, school, provider, subject).await? else {
            self.sign_in_failed(school, None).await?;
            return Ok(SignOnOutcome::Nobody);
        };
        let session = Session { school, actor: Actor::Person(binding.person), unlocked: None };
        // A code of an app can be checked only once the password has unlocked its secret, so none can be asked for here.
        let is_short = !has_second_step
            && (self.myself(&session).await?.needs_second_step || self.half_in(&session).await?.is_some());
        if is_short {
            self.sign_in_failed(school, Some(binding.person)).await?;
            return Ok(SignOnOutcome::Short);
        }
        let detail = Detail::none().with("by", provider.to_string());
        let entered = self.act(&session, Act::SignedIn, Resource::Person(binding.person), detail).await?;
        entered.commit().await?;
        Ok(SignOnOutcome::In(SignedOn { session, binding: binding.id }))
    }

    /// Whether a subject that a provider has just asked anew is the one who is signed in: showing that it is really them. Leaves
    /// an entry when it is, as a sign-in does.
    pub async fn confirm_sign_on(
        &self,
        session: &Session,
        provider: id::Provider,
        subject: &str,
    ) -> Result<bool, Fault> {
        let Actor::Person(person) = session.actor else { return Ok(false) };
        let found = of_subject(&mut self.looking().await?, session.school, provider, subject).await?;
        if found.is_none_or(|binding| binding.person != person) {
            self.sign_in_failed(session.school, Some(person)).await?;
            return Ok(false);
        }
        let detail = Detail::none().with("by", provider.to_string());
        let entered = self.act(session, Act::SignedIn, Resource::Person(person), detail).await?;
        entered.commit().await?;
        Ok(true)
    }

    /// Whether somebody who signed in by a binding still is: it stands, its provider does, and so does the key of that time.
    pub async fn is_signed_on(&self, session: &Session, binding: id::Binding) -> Result<bool, Fault> {
        let Actor::Person(person) = session.actor else { return Ok(false) };
        let mut t = self.looking().await?;
        for row in t.rows(&BINDINGS_OF_PERSON, &[session.school.into(), person.into()]).await? {
            let found = Binding::of(&row)?;
            if found.id == binding {
                return counts(&mut t, session.school, &found).await;
            }
        }
        Ok(false)
    }
}

async fn bind(entered: &mut Entered, new: &Binding) -> Result<(), Fault> {
    let school = entered.session().school;
    in_force(entered.transaction(), school, new.provider).await?.ok_or(Fault::NotFound)?;
    if let Some(found) = of_subject(entered.transaction(), school, new.provider, &new.subject).await? {
        let whose = if found.person == new.person { "yours already" } else { "somebody else’s already" };
        return Err(Fault::NotAllowed(format!(
            "This account is {whose}. If that cannot be, ask whoever looks after accounts."
        )));
    }
    if entered.rows(&BINDINGS_OF_PERSON, &[school.into(), new.person.into()]).await?.len() >= MOST {
        return Err(Fault::wrong(format!("You sign in with {MOST} accounts already. Remove one first.")));
    }
    let values = [
        new.id.into(),
        school.into(),
        new.provider.into(),
        new.person.into(),
        new.holder_key.into(),
        new.subject.as_str().into(),
        new.bound_at.into(),
    ];
    entered.change_one(&ADD_BINDING, &values).await?;
    tell_own(entered, new.person, "own-sign-on-added").await
}

/// Whose a subject is. Several that count would be a fault of ours, and sign nobody in.
async fn of_subject(
    t: &mut Transaction,
    school: id::School,
    provider: id::Provider,
    subject: &str,
) -> Result<Option<Binding>, Fault> {
    if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
        return Ok(None);
    }
    let mut found = Vec::new();
    for row in t.rows(&BINDINGS_OF_SUBJECT, &[school.into(), provider.into(), subject.into()]).await? {
        let binding = Binding::of(&row)?;
        if counts(t, school, &binding).await? {
            found.push(binding);
        }
    }
    let first = found.pop();
    Ok(first.filter(|_| found.is_empty()))
}

/// Whether a binding counts: its provider does, the key of that time is in force, and the log tells of it and not of its end.
async fn counts(t: &mut Transaction, school: id::School, binding: &Binding) -> Result<bool, Fault> {
    if in_force(t, school, binding.provider).await?.is_none() {
        return Ok(false);
    }
    let key = match seal::key_of(t, school, binding.person).await {
        Err(Fault::Damaged(_)) => return Ok(false),
        key => key?,
    };
    if key.is_none_or(|key| key.id != binding.holder_key) {
        return Ok(false);
    }
    let acts = &[Act::SignOnBound, Act::SignOnUnbound];
    let told = match audit::noted_on(t, school, ("person", &binding.person.to_string()), acts).await {
        Err(Fault::Damaged(_)) => return Ok(false),
        told => told?,
    };
    let id = binding.id.to_string();
    let digest = binding.digest();
    let is_bound = told.iter().any(|entry| entry.tells_of(Act::SignOnBound) && entry.says("digest") == Some(&digest));
    let is_ended = told.iter().any(|entry| entry.tells_of(Act::SignOnUnbound) && entry.says("binding") == Some(&id));
    Ok(is_bound && !is_ended)
}
