//! What the gate knows of networks, listeners and addresses, and what was told to whom: versions of one document.

use super::{
    document, fit,
    grouping::refused,
    people,
    policy::{Accepted, NewVersion, Version, judged, may_change_policy, newest, put, reason},
    statements::{ADD_NETWORK, NEWEST_NETWORK, NEWEST_POLICY},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Capability, Resource},
    audit::Detail,
};
use holdfast_core::{
    people::{self as compiler, PeopleSource},
    subject::{GroupCode, PersonId},
};
use jiff::tz::TimeZone;
use std::{collections::BTreeMap, net::IpAddr};
use toml_edit::DocumentMut;

impl Records {
    /// Puts another version of the network document in force. It has the shape of the former `people.toml`: `told`,
    /// networks, listeners, bindings; people in it are those whom the register does not have. Its version is that of the one
    /// it was made from, or one higher.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where it changes who is in which group or what was told to whom, and whoever asks may not change
    /// the policy.
    pub async fn change_network(&self, session: &Session, text: &str, why: &str) -> Result<Accepted, Fault> {
        let why = reason(why)?;
        let given = document::parse(text)?;
        let made_from = document::version_of(&given);
        let before = newest(&mut self.looking().await?, &NEWEST_NETWORK, session.school).await?;
        let number = before.as_ref().map_or(1, |before| before.number + 1);
        let detail = Detail::none().with("version", number.to_string());
        let mut entered = self.act(session, Act::NetworkChanged, Resource::School, detail).await?;
        let new = New { number, made_from, before: before.map(|before| before.number), given, why };
        let accepted = put_in_force(&mut entered, new).await;
        entered.finish(accepted).await
    }

    /// The network document in force; `None` where there is none yet. What the people of the former document prove themselves
    /// to the gate with stands in it only for whoever may change it.
    pub async fn network(&self, session: &Session) -> Result<Option<Version>, Fault> {
        let mut entered = self.act(session, Act::PolicyRead, Resource::School, Detail::none()).await?;
        let found = read(&mut entered).await;
        entered.finish(found).await
    }
}

async fn read(entered: &mut Entered) -> Result<Option<Version>, Fault> {
    let school = entered.session().school;
    let mut found = newest(entered.transaction(), &NEWEST_NETWORK, school).await?;
    let may_change = entered.standing().duties.iter().any(|duty| Capability::ChangeNetwork.is_of(*duty));
    if let Some(version) = found.as_mut().filter(|_| !may_change) {
        let mut document = document::parse(&version.text)?;
        for key in ["password_hash", "resolver_name"] {
            document::leave_out(&mut document, "person", key);
        }
        version.text = document.to_string();
    }
    Ok(found)
}

/// A document about to be put in force.
struct New {
    number: i64,
    made_from: Option<i64>,
    /// The version that was in force when it was looked at.
    before: Option<i64>,
    given: DocumentMut,
    why: String,
}

async fn put_in_force(entered: &mut Entered, new: New) -> Result<Accepted, Fault> {
    let New { number, made_from, before, mut given, why } = new;
    let school = entered.session().school;
    let still = newest(entered.transaction(), &NEWEST_NETWORK, school).await?;
    let is_moved = still.as_ref().map(|version| version.number) != before;
    if is_moved || (number > 1 && made_from.is_none_or(|from| from != number - 1 && from != number)) {
        return Err(Fault::Changed(format!(
            "This was not made from version {}, which is in force. Read that with `holdfast network show`, make your \
             change in it, and try once more.",
            number - 1
        )));
    }
    document::set(&mut given, "version", number);
    let text = given.to_string();
    let source = compiler::read("", &text).map_err(Fault::Wrong)?;
    if !may_change_policy(entered.standing()) {
        let before = still.map(|version| compiler::read("", &version.text)).transpose().map_err(Fault::Wrong)?;
        refuse_assignments(before.as_ref(), &source)?;
    }
    let now = entered.now();
    let whole = people::assemble(entered.transaction(), school, Some(source), now).await?;
    let mut warnings = Vec::new();
    // Without a policy there are no groups that it could be held to.
    if let Some(policy) = newest(entered.transaction(), &NEWEST_POLICY, school).await? {
        let (policy, _) = judged(&policy.text)?;
        let (fitted, told) = fit(whole, &policy);
        let zone = TimeZone::get(&policy.time_zone).unwrap_or(TimeZone::UTC);
        let place = compiler::Document { file: "", text: "" };
        compiler::compile(&fitted, &policy, now.to_zoned(zone).date(), 1, place).map_err(Fault::Wrong)?;
        warnings = told;
    }
    put(entered, &ADD_NETWORK, &NewVersion { number, kind: "whole", text, why: &why }).await?;
    Ok(Accepted { number, code: None, warnings })
}

/// Who is in which group, by whatever means, decides what is filtered, and what was told to whom decides who is named: both
/// stay as they are for whoever may not change the policy.
fn refuse_assignments(before: Option<&PeopleSource>, after: &PeopleSource) -> Result<(), Fault> {
    let nothing = people::empty();
    let before = before.unwrap_or(&nothing);
    let parts = [
        ("told", before.told == after.told),
        ("person", before.people == after.people),
        ("network", of_networks(before) == of_networks(after)),
        ("listener", of_listeners(before) == of_listeners(after)),
        ("binding", of_bindings(before) == of_bindings(after)),
    ];
    let changed: Vec<&str> = parts.iter().filter(|(_, is_same)| !is_same).map(|(part, _)| *part).collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(refused(&format!(
        "This changes who is in which group, or what was told to whom, under: {}. That is a change of the policy.",
        changed.join(", ")
    )))
}

/// What is in force of each network that has a group: the last one of the same network counts.
fn of_networks(source: &PeopleSource) -> BTreeMap<String, &GroupCode> {
    let mut all = BTreeMap::new();
    for network in &source.networks {
        let _earlier = all.insert(network.network.trunc().to_string(), network.group.as_ref());
    }
    all.into_iter().filter_map(|(network, group)| Some((network, group?))).collect()
}

type Who<'a> = (Option<&'a PersonId>, Option<&'a GroupCode>);

fn of_listeners(source: &PeopleSource) -> BTreeMap<&str, Who<'_>> {
    let all = source.listeners.iter();
    all.map(|listener| (listener.name.as_str(), (listener.person.as_ref(), listener.group.as_ref())))
        .filter(|(_, who)| *who != (None, None))
        .collect()
}

/// What is in force of each address that is somebody's: the last one of the same address counts.
fn of_bindings(source: &PeopleSource) -> BTreeMap<IpAddr, (Who<'_>, Option<&str>)> {
    let mut all = BTreeMap::new();
    for binding in &source.bindings {
        let who = (binding.person.as_ref(), binding.group.as_ref());
        let _earlier = all.insert(binding.address.to_canonical(), (who, binding.until.as_deref()));
    }
    all.into_iter().filter(|(_, (who, _))| *who != (None, None)).collect()
}
