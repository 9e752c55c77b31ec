//! Who is entitled and not yet in, who lets them in, and who is no longer entitled.

use super::{
    compartment::{add_holder, generations, remove, subjects, wrap_what_opens, wrapped},
    custodian::{Two, custodians, pairs_of, pairs_without, wrap_for_pairs},
    entitled,
    holder::{HolderKey, Unlocked, key_of, vouch},
    statements::{COMPARTMENTS, HELD, OPENABLE},
    suite::fingerprint,
    who_waits::{Waiting, WaitsFor, by_duty, holds_anything, is_to_hold, lacking, who_waits},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::{self, Detail, Note},
    id,
    store::Transaction,
};
use std::sync::Arc;

/// What two custodians recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// Compartments that the new holder can open now.
    pub opened: usize,
    /// Compartments that the new holder is entitled to and that these two could not open: one of the two is a subject, or was
    /// named later than the last time somebody completed the custodians' wraps, or what was kept for the two was altered, which
    /// the machine's log tells.
    pub not_opened: usize,
}

/// The asker's own key, which must be unlocked.
pub(super) fn unlocked(session: &Session) -> Result<Arc<Unlocked>, Fault> {
    session.unlocked.clone().ok_or_else(|| {
        Fault::Locked("Your key is not unlocked. Sign in with your own password, and try again.".to_owned())
    })
}

impl Records {
    /// Who waits to be admitted to what the asker can open, and to which files: to those that the asker may know of now. The entry
    /// names the people and files that are shown.
    pub async fn waiting_admissions(&self, session: &Session) -> Result<Vec<Waiting>, Fault> {
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let shown = match &session.unlocked {
            Some(ours) if access::may_of_school(&standing, Act::WaitingRead) => {
                ids_of(&who_waits(&mut looking, &standing, ours, None).await?)
            }
            _ => Vec::new(),
        };
        drop(looking);
        let detail = Detail::none().shown(&shown);
        let mut entered = self.act(session, Act::WaitingRead, Resource::School, detail).await?;
        let waiting = match unlocked(session) {
            Ok(ours) => {
                let standing = entered.standing().clone();
                who_waits(entered.transaction(), &standing, &ours, None).await.map(|waiting| named(waiting, &shown))
            }
            Err(locked) => Err(locked),
        };
        entered.finish(waiting).await
    }

    /// Admits somebody to everything that they are entitled to and the asker can open, and vouches for their key. The asker
    /// has compared its fingerprint with the person; how many compartments it was. Whom nothing is sealed to is vouched for all
    /// the same, by somebody to whom concerns come: until then they act in no duty. `compared` is the fingerprint that the asker
    /// saw and compared, where it was shown to them before they said so: nobody is let in with another one.
    pub async fn admit_waiting(
        &self,
        session: &Session,
        person: id::Person,
        compared: Option<&str>,
    ) -> Result<usize, Fault> {
        let ours = unlocked(session)?;
        let mut looking = self.looking().await?;
        let key = key_of(&mut looking, session.school, person).await?;
        let key =
            key.ok_or_else(|| Fault::wrong("This person has no account yet, and so no key to be admitted with."))?;
        drop(looking);
        let print = fingerprint(&key.public);
        if compared.is_some_and(|compared| compared != print) {
            return Err(replaced());
        }
        let detail = Detail::none().with("holder", person.to_string()).with("key", print);
        let mut entered = self.act(session, Act::HolderAdmitted, Resource::School, detail).await?;
        let admitted = admit_in(&mut entered, &ours, person, &key).await;
        entered.finish(admitted).await
    }

    /// The fingerprint of the asker's own key in force, which they read to whoever lets them in. Leaves no entry: it is their own, and
    /// no secret.
    pub async fn own_key_fingerprint(&self, session: &Session) -> Result<Option<String>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let key = key_of(&mut self.looking().await?, session.school, person).await?;
        Ok(key.map(|key| fingerprint(&key.public)))
    }

    /// Two custodians open what neither of them is a subject of, for somebody who is entitled to it: after a lost password,
    /// or when nobody who could admit them is left. The custodians' wraps are completed on the way.
    pub async fn recover(
        &self,
        session: &Session,
        codes: [&str; 2],
        new_holder: id::Person,
    ) -> Result<Recovered, Fault> {
        // Leave comes first: codes that are tried and do not open leave a denied entry.
        let detail = Detail::none().with("holder", new_holder.to_string());
        let mut entered = self.act(session, Act::Recovered, Resource::School, detail).await?;
        let recovered = recover_with(&mut entered, codes, new_holder).await;
        entered.finish(recovered).await
    }

    /// Wraps for every pair of custodians what the asker can open and the pair cannot yet; how many compartments still lack
    /// a wrap for some pair.
    pub async fn complete_custodians(&self, session: &Session) -> Result<usize, Fault> {
        let ours = unlocked(session)?;
        let detail = Detail::none().with("how", "custodians");
        let mut entered = self.act(session, Act::HolderAdmitted, Resource::School, detail).await?;
        let left = match complete_in(&mut entered, &ours).await {
            Ok(()) => incomplete(entered.transaction(), session.school).await,
            Err(fault) => Err(fault),
        };
        entered.finish(left).await
    }
}

/// The ids that a list of who waits shows.
fn ids_of(waiting: &[Waiting]) -> Vec<String> {
    let files = waiting.iter().flat_map(|one| &one.what).filter_map(|what| match what {
        WaitsFor::File { file, .. } => Some(file.to_string()),
        WaitsFor::Report | WaitsFor::Details | WaitsFor::Reason => None,
    });
    let mut ids: Vec<String> = waiting.iter().map(|one| one.person.to_string()).chain(files).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Nothing is shown that the entry does not name: what came in between stands in the next one.
fn named(mut waiting: Vec<Waiting>, shown: &[String]) -> Vec<Waiting> {
    waiting.retain(|one| shown.contains(&one.person.to_string()));
    for one in &mut waiting {
        one.what.retain(|what| match what {
            WaitsFor::File { file, .. } => shown.contains(&file.to_string()),
            WaitsFor::Report | WaitsFor::Details | WaitsFor::Reason => true,
        });
    }
    waiting
}

async fn admit_in(entered: &mut Entered, ours: &Unlocked, person: id::Person, key: &HolderKey) -> Result<usize, Fault> {
    let (school, now) = (ours.school, entered.now());
    if key_of(entered.transaction(), school, person).await?.as_ref() != Some(key) {
        return Err(replaced());
    }
    let mut count = 0;
    let roll = entered.standing().roll.clone();
    let by_duty = by_duty(&roll, ours, person, true);
    for compartment in lacking(entered.transaction(), ours, (person, &key.id.to_string()), by_duty).await? {
        if !is_to_hold(entered.transaction(), school, compartment, person, now).await? {
            continue;
        }
        refuse_as_voucher(entered, ours, person, key)?;
        add_holder(entered, compartment, person).await?;
        count += usize::from(wrap_what_opens(entered, ours, compartment, person, key).await? > 0);
    }
    if count == 0 && (key.is_trusted || holds_anything(entered.transaction(), &roll, (school, person), now).await?) {
        return Err(Fault::wrong("There is nothing that this person waits for and you can open."));
    }
    if !key.is_trusted {
        refuse_as_voucher(entered, ours, person, key)?;
        if count == 0 && !entered.standing().roll.is_on_ladder(ours.person) {
            return Err(not_a_voucher());
        }
        vouch(entered, person, (key.id, &key.public), Some(ours.person)).await?;
    }
    Ok(count)
}

/// Who vouches for a key that followed another gives its owner their duties back. So it is neither its owner nor who had it made;
/// and for one to whom concerns come it is another of these, not whoever can open one of the same things.
fn refuse_as_voucher(entered: &Entered, ours: &Unlocked, person: id::Person, key: &HolderKey) -> Result<(), Fault> {
    if key.is_trusted {
        return Ok(());
    }
    if key.made_by == Some(ours.person) || person == ours.person {
        return Err(Fault::NotAllowed(
            "You had this key made yourself. Somebody else who can open it admits the person, or two custodians do."
                .to_owned(),
        ));
    }
    let standing = entered.standing();
    if !standing.is_confirmed || standing.roll.is_on_ladder(person) && !standing.roll.is_on_ladder(ours.person) {
        return Err(not_a_voucher());
    }
    Ok(())
}

fn replaced() -> Fault {
    Fault::Changed("The person's key was replaced meanwhile. Look again, and compare the new one with them.".to_owned())
}

fn not_a_voucher() -> Fault {
    Fault::NotAllowed(
        "A head, safeguarding lead, chair or trust lead, or one of their deputies, confirms whose key this is; or two custodians \
         do (holdfast custodian recover)."
            .to_owned(),
    )
}

/// Takes a person out of everything that they are no longer entitled to, in the act that ends their duty or tells of their
/// leaving. Needs nobody's secret, and gives nobody sight.
pub(crate) async fn holder_left(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let held = entered.rows(&HELD, &[school.into(), person.into()]).await?;
    for row in held {
        let compartment: id::Compartment = row.get(0)?;
        if !entitled(entered.transaction(), school, compartment, now).await?.contains(&person) {
            remove(entered, compartment, person).await?;
        }
    }
    Ok(())
}

/// Wraps for pairs of custodians whatever `ours` opens and some pair lacks.
pub(super) async fn complete_in(entered: &mut Entered, ours: &Unlocked) -> Result<(), Fault> {
    let school = ours.school;
    let custodians = custodians(entered.transaction(), school).await?;
    for compartment in openable(entered.transaction(), ours).await? {
        if missing_pairs(entered.transaction(), school, compartment, &custodians).await? == 0 {
            continue;
        }
        for generation in generations(entered.transaction(), school, compartment).await? {
            let private =
                super::compartment::private_of(entered.transaction(), ours, compartment, generation.number).await;
            match private {
                Ok(private) => wrap_for_pairs(entered, &generation, &private, &custodians).await.map(drop)?,
                Err(Fault::Locked(_)) => {}
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(())
}

/// How many compartments lack a wrap for some pair of custodians.
pub(super) async fn incomplete(t: &mut Transaction, school: id::School) -> Result<usize, Fault> {
    let custodians = custodians(t, school).await?;
    let mut count = 0;
    for row in t.rows(&COMPARTMENTS, &[school.into()]).await? {
        count += usize::from(missing_pairs(t, school, row.get(0)?, &custodians).await? > 0);
    }
    Ok(count)
}

async fn missing_pairs(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
    custodians: &[super::Custodian],
) -> Result<usize, Fault> {
    let about = subjects(t, school, compartment).await?;
    let done = pairs_of(t, school, compartment).await?;
    let mut count = 0;
    for generation in generations(t, school, compartment).await? {
        let pairs = pairs_without(custodians, &about);
        count += pairs.iter().filter(|(outer, inner)| !done.contains(&(generation.number, outer.id, inner.id))).count();
    }
    Ok(count)
}

/// The two whose codes these are. Others are refused as what leaves a denied entry.
pub(super) async fn two_custodians(entered: &mut Entered, codes: [&str; 2]) -> Result<Two, Fault> {
    let school = entered.session().school;
    match Two::of(entered.transaction(), school, codes).await {
        Err(fault @ Fault::Wrong(_)) => Err(Fault::NotAllowed(fault.to_string())),
        two => two,
    }
}

async fn recover_with(entered: &mut Entered, codes: [&str; 2], new_holder: id::Person) -> Result<Recovered, Fault> {
    let school = entered.session().school;
    let two = two_custodians(entered, codes).await?;
    let key = key_of(entered.transaction(), school, new_holder).await?;
    let key = key.ok_or_else(|| {
        Fault::NotAllowed("The new holder has no account yet, and so no key. Make one first.".to_owned())
    })?;
    let [one, other] = two.people();
    let detail = Detail::none().with("key", fingerprint(&key.public)).with("custodians", format!("{one} {other}"));
    let resource = new_holder.to_string();
    audit::note(entered, Note { act: Act::Recovered, kind: "person", resource, detail: &detail }).await?;
    recover_in(entered, &two, new_holder, &key).await
}

pub(super) async fn recover_in(
    entered: &mut Entered,
    two: &Two,
    new_holder: id::Person,
    key: &HolderKey,
) -> Result<Recovered, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let custodians = custodians(entered.transaction(), school).await?;
    let mut recovered = Recovered { opened: 0, not_opened: 0 };
    for row in entered.rows(&COMPARTMENTS, &[school.into()]).await? {
        let compartment: id::Compartment = row.get(0)?;
        let is_to_hold = match is_to_hold(entered.transaction(), school, compartment, new_holder, now).await {
            Err(Fault::Damaged(why)) => {
                tracing::error!(%school, %compartment, why, "a compartment was altered; two custodians do not open it");
                recovered.not_opened += 1;
                continue;
            }
            is_to_hold => is_to_hold?,
        };
        let holder = is_to_hold.then_some((new_holder, key));
        let is_whole = recover_one(entered, two, compartment, &custodians, (key.id, holder)).await?;
        recovered.opened += usize::from(is_to_hold && is_whole);
        recovered.not_opened += usize::from(is_to_hold && !is_whole);
    }
    if !key.is_trusted {
        vouch(entered, new_holder, (key.id, &key.public), None).await?;
    }
    Ok(recovered)
}

/// Opens what the two can of one compartment, for its holder if one is named; whether the key opens all of it then. What was
/// altered counts as not opened: one such wrap must not keep everything else shut.
async fn recover_one(
    entered: &mut Entered,
    two: &Two,
    compartment: id::Compartment,
    custodians: &[super::Custodian],
    (key, holder): (id::Row, Option<(id::Person, &HolderKey)>),
) -> Result<bool, Fault> {
    let school = entered.session().school;
    let done = wrapped(entered.transaction(), school, compartment, key).await?;
    let mut is_whole = true;
    for generation in generations(entered.transaction(), school, compartment).await? {
        let opened = match two.open(entered.transaction(), school, &generation).await {
            Err(Fault::Damaged(why)) => {
                let number = generation.number;
                tracing::error!(%school, %compartment, number, why, "a compartment's key does not open with two custodians' codes");
                None
            }
            opened => opened?,
        };
        let Some(private) = opened else {
            is_whole &= done.contains(&generation.number);
            continue;
        };
        wrap_for_pairs(entered, &generation, &private, custodians).await.map(drop)?;
        if let Some((person, key)) = holder.filter(|_| !done.contains(&generation.number)) {
            add_holder(entered, compartment, person).await?;
            super::compartment::wrap_for(entered, &generation, &private, person, key).await?;
        }
    }
    Ok(is_whole)
}

pub(super) async fn openable(t: &mut Transaction, ours: &Unlocked) -> Result<Vec<id::Compartment>, Fault> {
    let rows = t.rows(&OPENABLE, &[ours.school.into(), ours.person.into(), ours.key.into()]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}
