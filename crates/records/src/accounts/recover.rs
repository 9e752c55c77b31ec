//! Letting a head or safeguarding lead sign in again at the machine's console, for a school in which nobody can. It opens nothing that
//! was sealed before; that takes two custodians (`seal/console.rs`). Nothing of it is silent.

use super::{
    drop_second_steps, normalised_name,
    statements::{BY_NAME, SIGNED_IN_SINCE},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Duty, Resource, tell_all},
    audit::{self, Detail, Note},
    calendar::{Answer, Calendar},
    id,
    seal::{MadeKey, drop_wraps_of, end_key, make_key, vouch_at_console},
};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// Whom the console lets in. From there everybody else is let in as usual.
const LEADS: [Duty; 2] = [Duty::Head, Duty::DesignatedLead];
/// For how long nobody else to whom concerns come may have signed in, for the console's word to be enough that it is them.
const QUIET: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How many of these days must have been school days: in the holidays nobody signs in, and everybody is there to be asked.
const QUIET_SCHOOL_DAYS: usize = 10;
/// The same where the calendar does not know: longer than a summer's holidays.
const QUIET_UNKNOWN: SignedDuration = SignedDuration::from_hours(56 * 24);

/// What the console made.
pub struct Restored {
    /// The passphrase for the next sign-in, to be handed to its person alone.
    pub passphrase: Zeroizing<String>,
    /// Whether they act in their duties at once. Otherwise somebody else to whom concerns come confirms that it is them.
    pub acts_at_once: bool,
}

impl std::fmt::Debug for Restored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restored").field("acts_at_once", &self.acts_at_once).finish_non_exhaustive()
    }
}

impl Records {
    /// Makes a passphrase for the next sign-in of a head or safeguarding lead, by their sign-in name. Their old key ends, and with it
    /// what it opened. Everybody to whom concerns come is told. Somebody else of these confirms that it is them, as after any reset;
    /// only where none of the others has signed in for two weeks of term there is nobody to ask, and they act at once.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for whoever is neither head nor safeguarding lead, which leaves a denied entry; [`Fault::Wrong`] where
    /// nobody else could open what they could.
    pub async fn restore_sign_in(&self, session: &Session, name: &str) -> Result<Restored, Fault> {
        let person = self.owner_of(session, name).await?;
        let made = MadeKey::new(session.school, person, self.clock().now())?;
        // A calendar that cannot be read makes it longer, and never shorter.
        let calendar = self.calendar(session.school).await.ok().flatten().map(|version| version.calendar);
        let since = quiet_since(calendar.as_ref(), self.clock().now());
        let about = Detail::none().with("how", "console");
        let mut entered = self.act(session, Act::SignInRestored, Resource::Person(person), about).await?;
        let restored = restore(&mut entered, person, made, since).await;
        entered.finish(restored).await
    }

    /// Takes away what a head or safeguarding lead lost that they showed beside their password, by their sign-in name: they set it up
    /// anew at their next sign-in. Everybody to whom concerns come is told.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] as for [`Records::restore_sign_in`].
    pub async fn restore_second_step(&self, session: &Session, name: &str) -> Result<(), Fault> {
        let person = self.owner_of(session, name).await?;
        let about = Detail::none().with("how", "second-step");
        let mut entered = self.act(session, Act::SignInRestored, Resource::Person(person), about).await?;
        let restored = async {
            refuse_unless_lead(&mut entered, person).await?;
            let note = Note {
                act: Act::SecondStepReset,
                kind: "person",
                resource: person.to_string(),
                detail: &Detail::none(),
            };
            audit::note(&mut entered, note).await?;
            tell_all(&mut entered, person, "second-step-reset").await?;
            drop_second_steps(&mut entered, person).await
        }
        .await;
        entered.finish(restored).await
    }

    /// Whose sign-in name it is. That it was tried is kept, also where there is no such account.
    async fn owner_of(&self, session: &Session, name: &str) -> Result<id::Person, Fault> {
        let name = normalised_name(name);
        let row = self.looking().await?.row(&BY_NAME, &[session.school.into(), name.into()]).await?;
        if let Some(row) = row {
            return row.get(1);
        }
        let entered = self.act(session, Act::SignInRestored, Resource::School, Detail::none()).await?;
        entered.finish(Err(no_lead())).await
    }
}

async fn restore(
    entered: &mut Entered,
    person: id::Person,
    made: MadeKey,
    since: Timestamp,
) -> Result<Restored, Fault> {
    let school = entered.session().school;
    refuse_unless_lead(entered, person).await?;
    let acts_at_once = is_quiet(entered, person, since).await?;
    let fingerprint = made.fingerprint();
    let detail = Detail::none().with("key", fingerprint.as_str()).with("how", "reset");
    let note = Note { act: Act::AccountChanged, kind: "person", resource: person.to_string(), detail: &detail };
    audit::note(entered, note).await?;
    tell_all(entered, person, "sign-in-restored").await?;
    end_key(entered, person).await?;
    drop_wraps_of(entered, person).await?;
    let passphrase = make_key(entered, person, made).await?;
    if acts_at_once {
        vouch_at_console(entered, person).await?;
    }
    tracing::warn!(%school, %person, acts_at_once, "a way to sign in was made at the console");
    Ok(Restored { passphrase, acts_at_once })
}

/// As the log has it too: nobody makes themselves a lead in the database, to be let in here.
async fn refuse_unless_lead(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    let given = audit::duties_given(entered.transaction(), school, person).await?;
    let roll = &entered.standing().roll;
    if LEADS.iter().any(|duty| roll.holds(person, *duty) && given.contains(duty)) { Ok(()) } else { Err(no_lead()) }
}

/// Since when nobody else may have signed in: two weeks with as many school days as those have in term. Whoever gets at the machine's
/// console in the summer is so no head by it, because nobody signed in since July.
fn quiet_since(calendar: Option<&Calendar>, now: Timestamp) -> Timestamp {
    let unknown = now.saturating_sub(QUIET_UNKNOWN).unwrap_or(Timestamp::MIN);
    let Some(calendar) = calendar else { return unknown };
    let (mut day, mut left) = (calendar.day_of(now), QUIET_SCHOOL_DAYS);
    loop {
        match calendar.is_school_day(day) {
            Answer::Yes => left -= 1,
            Answer::No => {}
            Answer::Unknown => return unknown,
        }
        if left == 0 {
            break;
        }
        let Ok(before) = day.yesterday() else { return unknown };
        day = before;
    }
    let begins = day.to_zoned(calendar.zone().clone()).map_or(unknown, |day| day.timestamp());
    begins.min(now.saturating_sub(QUIET).unwrap_or(Timestamp::MIN))
}

/// Whether none of the others to whom concerns come has signed in since: then nobody is there to confirm that it is them.
async fn is_quiet(entered: &mut Entered, person: id::Person, since: Timestamp) -> Result<bool, Fault> {
    let school = entered.session().school;
    let signed_in = entered.rows(&SIGNED_IN_SINCE, &[school.into(), since.into()]).await?;
    let roll = &entered.standing().roll;
    for row in signed_in {
        // Whoever is no person did not sign in with a password.
        let Ok(other) = id::Person::parse(&row.get::<String>(0)?) else { continue };
        if other != person && roll.is_on_ladder(other) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn no_lead() -> Fault {
    Fault::NotAllowed(
        "At the console a head or a safeguarding lead is let in, by their sign-in name; they let everybody else in."
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    const YEAR: &str = "nation = \"england-and-wales\"\nfrom = 2026-09-01\nuntil = 2027-08-31\nwatched = \"mon-fri 08:00-16:30\"\n\
        [[term]]\nname = \"Autumn\"\nfirst = 2026-09-02\nlast = 2026-12-18\n\
        [[term]]\nname = \"Spring\"\nfirst = 2027-01-04\nlast = 2027-03-25\n";

    #[test]
    fn holidays_make_nobody_quiet() {
        let calendar = Calendar::read("year.toml", YEAR, TimeZone::get("Europe/London").unwrap()).unwrap();
        let since = |now: &str| quiet_since(Some(&calendar), now.parse().unwrap()).to_string();
        assert_eq!(since("2026-11-23T08:00:00Z"), "2026-11-09T08:00:00Z", "two weeks of term");
        assert_eq!(since("2027-01-08T08:00:00Z"), "2026-12-14T00:00:00Z", "over Christmas");
        assert_eq!(since("2027-05-01T08:00:00Z"), "2027-03-12T00:00:00Z", "in what is no term");
        let unknown = "2026-07-11T08:00:00Z";
        assert_eq!(since("2026-09-05T08:00:00Z"), unknown, "the calendar does not know the year before");
        assert_eq!(quiet_since(None, "2026-09-05T08:00:00Z".parse().unwrap()).to_string(), unknown);
    }
}
