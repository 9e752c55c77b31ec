//! A way back in at the machine's console, for a school in which nobody can sign in any more: two custodians with their codes.

use super::{
    MadeKey, end_key,
    holder::{drop_wraps_at_console, key_of, wrap_of},
    make_key,
    statements::STRANDED_COUNT,
    waiting::{Recovered, recover_in, two_custodians},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Duty, Resource, roll, tell_all},
    accounts::statements::BY_PERSON,
    audit::{self, Detail, Note},
    id,
    store::Transaction,
};
use jiff::Timestamp;
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
    /// How many compartments nobody can open any more: no holder, nor two custodians.
    pub stranded: u64,
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
    /// lead or has no account; each leaves a denied entry.
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
    let account = account
        .ok_or_else(|| Fault::NotAllowed("This person has no account. Take another head or lead.".to_owned()))?;
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
    drop_wraps_at_console(entered, person).await?;
    let passphrase = make_key(entered, person, made).await?;
    let key = key_of(entered.transaction(), school, person).await?.ok_or(Fault::NotFound)?;
    let recovered = recover_in(entered, &two, person, &key).await?;
    // Counted and not refused: without this way in nobody gets in at all, and what nobody can open then is told.
    let stranded = entered.row(&STRANDED_COUNT, &[school.into()]).await?.map_or(Ok(0), |row| row.get::<i64>(0))?;
    Ok(WayIn { sign_in_name: account.get(1)?, passphrase, recovered, stranded: stranded.unsigned_abs() })
}

/// The duties among these whose holders cannot sign in, as the log tells of their duties and keys; all of them where nobody is left
/// who can.
pub(crate) async fn without_a_way_in(
    t: &mut Transaction,
    school: id::School,
    now: Timestamp,
) -> Result<Vec<Duty>, Fault> {
    let roll = roll(t, school, now).await?;
    let (mut shut, mut ways) = (Vec::new(), 0);
    for duty in LEADS {
        let holders = roll.on_ladder().into_iter().filter(|person| roll.holds(*person, duty));
        let (mut is_held, mut is_open) = (false, false);
        for person in holders {
            is_held = true;
            is_open |= can_act(t, school, person, duty).await?;
        }
        ways += usize::from(is_open);
        if is_held && !is_open {
            shut.push(duty);
        }
    }
    Ok(if ways == 0 { LEADS.to_vec() } else { shut })
}

/// Whether somebody can sign in and act in a duty.
async fn can_act(t: &mut Transaction, school: id::School, person: id::Person, duty: Duty) -> Result<bool, Fault> {
    if !audit::duties_given(t, school, person).await?.contains(&duty) {
        return Ok(false);
    }
    let key = match key_of(t, school, person).await {
        Err(Fault::Damaged(_)) => None,
        key => key?,
    };
    let has_account = t.row(&BY_PERSON, &[school.into(), person.into()]).await?.is_some();
    Ok(key.is_some_and(|key| key.is_trusted) && has_account && wrap_of(t, school, person).await?.is_some())
}
