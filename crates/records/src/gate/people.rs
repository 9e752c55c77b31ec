//! The gate's people: those of the register, by neutral code, and those of the former document whom it does not have yet.
//! Core's compiler stays the only one; what is made here is its document.

use super::statements::{CLASSES, PEOPLE, SCHOOL_NAME, SPEND_CODE, SPENT_CODES};
use crate::{Entered, Fault, id, store::Transaction};
use holdfast_core::{
    people::{PeopleSource, PersonSource, Told, is_resolver_name},
    policy::PolicySource,
    problem::Problem,
};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// The document for the gate: `network`, with the register's people put in.
pub(super) async fn assemble(
    transaction: &mut Transaction,
    school: id::School,
    network: Option<PeopleSource>,
    now: Timestamp,
) -> Result<PeopleSource, Fault> {
    let name = transaction.row(&SCHOOL_NAME, &[school.into()]).await?.ok_or(Fault::NotFound)?.get(0)?;
    let mut classes: HashMap<String, Vec<String>> = HashMap::new();
    for row in transaction.rows(&CLASSES, &[school.into()]).await? {
        classes.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let (mut people, mut codes) = (Vec::new(), HashSet::new());
    for row in transaction.rows(&PEOPLE, &[school.into()]).await? {
        let (id, code): (String, String) = (row.get(0)?, row.get(1)?);
        let group: Option<String> = row.get(2)?;
        let left_at: Option<Timestamp> = row.get(6)?;
        if let (Some(group), true) = (group, left_at.is_none_or(|left| left > now)) {
            let theirs = classes.remove(&id).unwrap_or_default();
            people.push(PersonSource {
                id: code.as_str().into(),
                group: group.as_str().into(),
                classes: theirs.iter().map(|class| class.as_str().into()).collect(),
                sign_in: row.get(3)?,
                password_hash: row.get(4)?,
                resolver_name: row.get(5)?,
            });
        }
        codes.insert(code);
    }
    // Whoever was erased, or goes by another code now, does not come back from the former document.
    for row in transaction.rows(&SPENT_CODES, &[school.into()]).await? {
        codes.insert(row.get(0)?);
    }
    let mut document = network.unwrap_or_else(empty);
    document.school = name;
    let unlisted = document.people.drain(..).filter(|person| !codes.contains(person.id.as_str()));
    people.extend(unlisted.collect::<Vec<_>>());
    document.people = people;
    Ok(document)
}

/// Keeps somebody's code as spent before they are given another one, or none where they are erased: it is never anybody's
/// again, neither from the former document nor by being given, because the gate's log still knows somebody by it.
pub(crate) async fn spend_code(entered: &mut Entered, person: id::Person, next: Option<&str>) -> Result<(), Fault> {
    let values = [person.into(), entered.session().school.into(), next.into()];
    let _how_many = entered.change(&SPEND_CODE, &values).await?;
    Ok(())
}

/// A document that says nothing.
pub(super) fn empty() -> PeopleSource {
    PeopleSource {
        version: 1,
        school: String::new(),
        told: Told::default(),
        people: Vec::new(),
        networks: Vec::new(),
        listeners: Vec::new(),
        bindings: Vec::new(),
    }
}

/// Leaves out what would make core refuse the whole document, and says what: one mistake in one row must not keep a change
/// to everybody else from being in force. Whoever is left out is nobody to the gate, and the policy for unknown people, the
/// strictest, holds for them.
pub fn fit(mut document: PeopleSource, policy: &PolicySource) -> (PeopleSource, Vec<Problem>) {
    let mut problems = Vec::new();
    let groups: HashSet<&str> = policy.groups.iter().map(|group| group.code.as_str()).collect();
    document.people.retain(|person| {
        let is_known = groups.contains(person.group.as_str());
        if !is_known {
            problems.push(Problem::warning(format!(
                "“{}” counts as unknown: the policy has no group “{}”.",
                person.id, person.group
            )));
        }
        is_known
    });
    let (mut sign_ins, mut names, mut ids) = (HashSet::new(), HashSet::new(), HashSet::new());
    document.people.retain(|person| ids.insert(person.id.clone()));
    for person in &mut document.people {
        check_sign_in(person, &mut sign_ins, &mut problems);
        let mut is_good = |name: &String| is_resolver_name(name) && names.insert(name.clone());
        if person.resolver_name.take_if(|name| !is_good(&*name)).is_some() {
            let words =
                format!("The resolver name of “{}” is not used: it can be no name, or is another's.", person.id);
            problems.push(Problem::warning(words));
        }
    }
    // The standing of a listener or an address is nobody's once the person has left.
    for listener in &mut document.listeners {
        if let Some(person) = listener.person.take_if(|person| !ids.contains(person)) {
            let words = format!("The listener “{}” stands for nobody: there is no “{person}”.", listener.name);
            problems.push(Problem::warning(words));
        }
        listener.group.take_if(|group| !groups.contains(group.as_str()));
    }
    for binding in &mut document.bindings {
        if let Some(person) = binding.person.take_if(|person| !ids.contains(person)) {
            let words = format!("The address {} is bound to nobody: there is no “{person}”.", binding.address);
            problems.push(Problem::warning(words));
        }
        binding.group.take_if(|group| !groups.contains(group.as_str()));
    }
    for network in &mut document.networks {
        if let Some(group) = network.group.take_if(|group| !groups.contains(group.as_str())) {
            let words = format!("The network {} has no group: the policy has no “{group}”.", network.network);
            problems.push(Problem::warning(words));
        }
    }
    (document, problems)
}

fn check_sign_in(person: &mut PersonSource, taken: &mut HashSet<String>, problems: &mut Vec<Problem>) {
    let is_whole = match (&person.sign_in, &person.password_hash) {
        (None, None) => return,
        (Some(name), Some(hash)) => {
            let is_free = taken.insert(name.trim().to_lowercase());
            hash.starts_with("$argon2id$") && is_free
        }
        // A name without a password is one of somebody who was not given theirs yet.
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !is_whole {
        if person.sign_in.is_some() && person.password_hash.is_some() {
            problems.push(Problem::warning(format!(
                "“{}” cannot sign in to the proxy: the name is another's, or the password's hash is none.",
                person.id
            )));
        }
        person.sign_in = None;
        person.password_hash = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::{
        people::{self, Document},
        policy,
    };

    const POLICY: &str = "version = 1\ntitle = \"T\"\nauthor = \"a\"\nreason = \"r\"\nreview_by = \"2027-01-01\"\n\
                          time_zone = \"UTC\"\n[[group]]\ncode = \"oak\"\npurpose = \"p\"\nband = \"older\"\n\
                          [group.judging]\ndefault = \"block\"\n[unknown]\ndefault = \"block\"\n";
    const PEOPLE: &str = "version = 1\nschool = \"S\"\n\
        [[person]]\nid = \"good\"\ngroup = \"oak\"\nsign_in = \"good\"\npassword_hash = \"$argon2id$x\"\n\
        [[person]]\nid = \"same-name\"\ngroup = \"oak\"\nsign_in = \"Good\"\npassword_hash = \"$argon2id$x\"\n\
        [[person]]\nid = \"no-hash\"\ngroup = \"oak\"\nsign_in = \"no-hash\"\nresolver_name = \"short\"\n\
        [[person]]\nid = \"no-group\"\ngroup = \"elm\"\n\
        [[listener]]\nname = \"a\"\nperson = \"gone\"\nroom = \"r1\"\n\
        [[network]]\nnetwork = \"10.0.0.0/8\"\ngroup = \"elm\"\n\
        [[binding]]\naddress = \"10.0.0.1\"\nperson = \"no-group\"\n";

    #[test]
    fn whatever_is_wrong_with_one_row_the_others_are_known() {
        let policy = policy::read("", POLICY).unwrap();
        let (fitted, problems) = fit(people::read("", PEOPLE).unwrap(), &policy);
        let today = "2026-11-22".parse().unwrap();
        let place = Document { file: "", text: "" };
        let table = people::compile(&fitted, &policy, today, 1, place).unwrap();
        assert_eq!((table.people.len(), table.sign_ins.len(), table.resolver_names.len()), (3, 1, 0));
        assert!(table.listeners["a"].person.is_none() && table.listeners["a"].room.is_some());
        assert_eq!(problems.len(), 6, "{problems:?}");
    }
}
