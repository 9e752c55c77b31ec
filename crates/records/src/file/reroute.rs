//! One press: “this is about an adult who works here” (practice 10).
//!
//! A child's file turns out to say what an adult did. It is divided as if it had been raised so ([`super::raise`]): the child's part
//! begins anew with the adult's names masked, sealed to those who are entitled to it now; the adult's part holds what was written, for
//! the head or who stands in. The first file goes with its key, so that whoever could read it before reads the words nowhere.

use super::{
    Words, carry, erase,
    ground::{self, unlocked},
    held_log, hold,
    mend::{self, choose, removals, write_again, write_removal},
    raise,
    read::{self, EntryView, Turn},
    statements::MOVE_REPORTS,
    twin,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, FileKind, Resource},
    audit::Detail,
    concern::climb,
    id, seal,
};
use std::collections::BTreeMap;

/// The two parts that a file was divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rerouted {
    /// The child's.
    pub child: id::File,
    /// The adult's.
    pub adult: id::File,
}

impl Records {
    /// Divides a child's file that is about an adult who works here too. What whoever reported adds later goes into both parts, into the
    /// child's without the adult's names; what its hold kept of the gate's log stays with the part that may know it. Whoever is entitled to
    /// the adult's part is told that there is something. The entry in the log does not say who the adult is.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where nobody of the school may receive one of the parts: then nothing is changed, and it says whom to ring.
    pub async fn reroute_to_adult(
        &self,
        session: &Session,
        file: id::File,
        adult: id::Person,
        why: &Words,
    ) -> Result<Rerouted, Fault> {
        let mut entered = self.act(session, Act::ConcernRerouted, Resource::File(file), Detail::none()).await?;
        let done = reroute(&mut entered, file, adult, why).await;
        entered.finish(done).await
    }
}

async fn reroute(entered: &mut Entered, from: id::File, adult: id::Person, why: &Words) -> Result<Rerouted, Fault> {
    let school = entered.session().school;
    let old = ground::file(entered.transaction(), school, from).await?;
    if old.kind != FileKind::Child {
        return Err(Fault::wrong("This is a confidential staff-concerns file already."));
    }
    let kind = ground::person(entered.transaction(), school, adult).await?.kind;
    if matches!(kind.as_str(), "pupil" | "parent") {
        return Err(Fault::wrong(
            "person: choose an adult who works here or governs. About a parent it stays as it is.",
        ));
    }
    let unlocked = unlocked(entered)?;
    let entries = read::entries(entered, &unlocked, &old).await?.into_iter().map(|(entry, _)| entry).collect();
    let (entries, _) = choose(entries, mend::Wrong::File(from));
    let turns = read::turns(entered, &unlocked, &old).await?;
    let removals = removals(entered, &unlocked, &old).await?;
    let carried = carry::read(entered, &unlocked, &old, true).await?;
    let mut named = ground::subjects(entered.transaction(), from).await?;
    named.retain(|person| *person != old.person && *person != adult);
    // Whom the file named already, or kept out, does not come to read it as the adult's part.
    let others = named.clone();
    named.push(adult);
    let without = mend::removed(entered, from).await?;
    let rerouted = Rerouted { child: id::File::new(entered.now())?, adult: id::File::new(entered.now())? };

    let opening = |file: id::File| Detail::none().with("file", file.to_string());
    entered.also(Act::FileOpened, Resource::NewFile(FileKind::Child, old.person), opening(rerouted.child)).await?;
    let start = raise::Start {
        file: rerouted.child,
        kind: FileKind::Child,
        person: old.person,
        named: &named,
        without: &without,
        concerned: &[],
        came_from: Some(from),
        reference: None,
    };
    let child = raise::start_file(entered, &start).await?;
    entered.also(Act::FileOpened, Resource::NewFile(FileKind::StaffConcern, adult), opening(rerouted.adult)).await?;
    let start = raise::Start {
        file: rerouted.adult,
        kind: FileKind::StaffConcern,
        person: adult,
        named: &others,
        without: &without,
        concerned: &[],
        came_from: None,
        reference: None,
    };
    let adults = raise::start_file(entered, &start).await?;

    // Whoever raised it goes on to see how far it came, by the child's part.
    let _how_many = entered.change(&MOVE_REPORTS, &[rerouted.child.into(), from.into()]).await?;
    if ground::standing_of(entered.transaction(), from).await?.is_open {
        hold::for_case(entered, &child).await?;
    }
    hold::for_case(entered, &adults).await?;
    held_log::divide(entered, &unlocked, &old, (&child, &adults)).await?;
    let twins = twin::of_file(entered, &old).await?;
    erase::drop_file(entered, from).await?;
    seal::shred(entered, old.compartment).await?;
    let names = raise::names_masked(entered.transaction(), school, &named).await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    write_again(entered, &child, &masked(&entries, &names), &masked_turns(&turns, &names)).await?;
    carry::write(entered, &child, carried, &names).await?;
    for removal in &removals {
        write_removal(entered, &child, removal).await?;
        write_removal(entered, &adults, removal).await?;
    }
    let (copied, ids) = copies(entered, &entries)?;
    write_again(entered, &adults, &copied, &[]).await?;
    twin::keep_again(entered, &twins).await?;
    twin::keep(entered, &entries, &ids).await?;
    mend::add_why(entered, &adults, why).await?;
    raise::write_pair(entered, &adults, rerouted.child).await?;
    for file in [&child, &adults] {
        tell(entered, file).await?;
        // To those who may read it now it is new, whatever was decided of the whole before.
        climb::tell_due(entered, file.id).await?;
    }
    Ok(rerouted)
}

/// Whoever can open it now is told that something is there, and nothing of it.
async fn tell(entered: &mut Entered, file: &ground::FileRow) -> Result<(), Fault> {
    let (school, asker) = (entered.session().school, ground::asking_person(entered)?);
    for holder in seal::holders(entered.transaction(), school, file.compartment).await? {
        if holder != asker {
            access::tell(entered, holder, "file-rerouted", &file.id.to_string()).await?;
        }
    }
    Ok(())
}

fn masked(entries: &[EntryView], names: &[&str]) -> Vec<EntryView> {
    let one = |entry: &EntryView| EntryView {
        text: entry.text.masked(names),
        reason: entry.reason.as_ref().map(|reason| reason.masked(names)),
        ..entry.clone()
    };
    entries.iter().map(one).collect()
}

fn masked_turns(turns: &[Turn], names: &[&str]) -> Vec<Turn> {
    let one = |turn: &Turn| Turn {
        outcome: turn.outcome.as_ref().map(|outcome| outcome.masked(names)),
        reason: turn.reason.masked(names),
        ..turn.clone()
    };
    turns.iter().map(one).collect()
}

/// The same entries under ids of their own, and which is which: the child's part keeps those by which whoever reported adds to it.
fn copies(entered: &Entered, entries: &[EntryView]) -> Result<(Vec<EntryView>, BTreeMap<id::Entry, id::Entry>), Fault> {
    let mut ids = BTreeMap::new();
    for entry in entries {
        ids.insert(entry.id, id::Entry::new(entered.now())?);
    }
    let copy = |entry: &EntryView| {
        let id = ids.get(&entry.id).copied().unwrap_or(entry.id);
        EntryView { id, amends: entry.amends.and_then(|amended| ids.get(&amended).copied()), ..entry.clone() }
    };
    Ok((entries.iter().map(copy).collect(), ids))
}
