//! A way back in at the machine's console, for a school in which nobody can sign in any more: two custodians with their codes.

use super::{
    MadeKey, drop_wraps_of, end_key,
    holder::key_of,
    make_key,
    waiting::{Recovered, recover_in, two_custodians},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Duty, Resource, tell_all},
    accounts::statements::BY_PERSON,
    audit::{self, Detail, Note},
    id,
};
use zeroize::Zeroizing;

/// The duties whose holders two custodians give a new way in. From there everybody else is let in as usual.
const LEADS: [Duty; 2] = [Duty::Head, Duty::DesignatedLead];

/// What two custodians made at the console.
pub struct WayIn {
    /// The name to sign in with.
    pub sign_in_name: String,
    /// The passphrase for the next sign-in, to be handed to its person alone.
    pub passphrase: Zeroizing<String>,
    /// What the person can open.
    pub recovered: Recovered,
}

impl std::fmt::Debug for WayIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WayIn")
    }
}

impl Records {
    /// Makes a new way in for a head or safeguarding lead, with the codes of two custodians and nobody signed in: a new key pair
    /// under a passphrase, which opens what the two can open and the person may. Everybody to whom concerns come is told.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for codes that are not those of two custodians, and for whoever is neither head nor safeguarding
    /// lead; each leaves a denied entry. [`Fault::Wrong`] for somebody without an account.
    pub async fn recover_at_console(
        &self,
        session: &Session,
        codes: [&str; 2],
        person: id::Person,
    ) -> Result<WayIn, Fault> {
        let made = MadeKey::new(session.school, person, self.clock().now())?;
        let detail = Detail::none().with("holder", person.to_string()).with("how", "console");
        let mut entered = self.act(session, Act::Recovered, Resource::School, detail).await?;
        let way_in = make_way_in(&mut entered, codes, person, made).await;
        entered.finish(way_in).await
    }
}

async fn make_way_in(
    entered: &mut Entered,
    codes: [&str; 2],
    person: id::Person,
    made: MadeKey,
) -> Result<WayIn, Fault> {
    let school = entered.session().school;
    let two = two_custodians(entered, codes).await?;
    // As the log has it too: nobody makes themselves a lead in the database, to be let in here.
    let given = audit::duties_given(entered.transaction(), school, person).await?;
    let roll = &entered.standing().roll;
    if !LEADS.iter().any(|duty| roll.holds(person, *duty) && given.contains(duty)) {
        return Err(Fault::NotAllowed(
            "At the console a way in is made for a head or a safeguarding lead, who lets everybody else in.".to_owned(),
        ));
    }
    let account = entered.row(&BY_PERSON, &[school.into(), person.into()]).await?;
    let account = account.ok_or_else(|| Fault::wrong("This person has no account. Take another head or lead."))?;
    let fingerprint = made.fingerprint();
    let [one, other] = two.people();
    tracing::warn!(%school, %person, %one, %other, "two custodians make a new way in at the console");
    let detail = Detail::none()
        .with("key", fingerprint.as_str())
        .with("how", "recovered")
        .with("custodians", format!("{one} {other}"));
    let note = Note { act: Act::AccountChanged, kind: "person", resource: person.to_string(), detail: &detail };
    audit::note(entered, note).await?;
    tell_all(entered, person, "account-recovered").await?;
    end_key(entered, person).await?;
    drop_wraps_of(entered, person).await?;
    let passphrase = make_key(entered, person, made).await?;
    let key = key_of(entered.transaction(), school, person).await?.ok_or(Fault::NotFound)?;
    let recovered = recover_in(entered, &two, person, &key).await?;
    Ok(WayIn { sign_in_name: account.get(1)?, passphrase, recovered })
}
