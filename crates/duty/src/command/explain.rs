//! `holdfast explain`: why was this blocked? The same function as the wire, with everything that was considered.

use super::existing_folder;
use crate::data_folder::DataFolder;
use clap::Args;
use holdfast_core::{
    address::Address,
    decide::{Verdict, explain},
    event::Outcome,
    host::Host,
    identity::IdentityTable,
    moment::Moment,
    people::{self, Document},
    problem::lines,
    request::Request,
    ruleset::{
        Description, Ruleset,
        content::{ContentFault, TextFile},
    },
    subject::{Confidence, PersonId, Source, Subject},
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::{fmt::Write as _, fs::File, path::PathBuf};

/// What to explain.
#[derive(Debug, Args)]
pub struct Explain {
    /// The address, or a host name alone (then only the name is judged, as for a secure site that stays unopened).
    pub address: String,
    /// Whose request: a person's id or sign-in name. Nobody, if left out: the policy for unknown people.
    #[arg(long = "as", value_name = "PERSON")]
    pub person: Option<String>,
    /// When, on the school's wall clock: `2026-11-23T10:00`. Now, if left out.
    #[arg(long, value_name = "TIME")]
    pub at: Option<DateTime>,
    /// Judge the name only, as for a secure site that stays unopened.
    #[arg(long)]
    pub name_only: bool,
    /// In this room.
    #[arg(long)]
    pub room: Option<String>,
    /// On this device.
    #[arg(long)]
    pub device: Option<String>,
    /// By a ruleset that was in force before (its id stands in the log), instead of the one in force now.
    #[arg(long, value_name = "ID")]
    pub ruleset: Option<String>,
    /// The data folder.
    #[arg(long, value_name = "FOLDER", default_value = "holdfast-data")]
    pub data: PathBuf,
}

impl Explain {
    /// The explanation, as text for a person.
    pub fn run(&self) -> Result<String, String> {
        let folder = existing_folder(&self.data)?;
        let ruleset = match &self.ruleset {
            Some(id) => folder.ruleset(id),
            None => folder.last_ruleset(),
        };
        let ruleset = ruleset.map_err(|problem| problem.to_string())?;
        let subject = self.subject(&folder, &ruleset)?;
        let zone = TimeZone::get(&ruleset.source().time_zone).map_err(|fault| fault.to_string())?;
        let moment = match self.at {
            Some(time) => Moment::at(zone.to_timestamp(time).map_err(|fault| fault.to_string())?, &zone),
            None => Moment::at(Timestamp::now(), &zone),
        };
        match self.asked()? {
            Asked::Name(host) => Ok(tell(&folder, &ruleset, &subject, &Request::name_only(&host), &moment)),
            Asked::Whole(address) => Ok(tell(&folder, &ruleset, &subject, &Request::whole(&address), &moment)),
        }
    }

    /// A host alone is a name; with a path and no scheme it is an `http` address.
    fn asked(&self) -> Result<Asked, String> {
        if let Ok(host) = Host::parse(self.address.trim_start_matches('[').trim_end_matches(']')) {
            return Ok(Asked::Name(host));
        }
        let with_scheme =
            if self.address.contains("://") { self.address.clone() } else { format!("http://{}", self.address) };
        let address = Address::parse(&with_scheme).map_err(|fault| fault.to_string())?;
        Ok(if self.name_only { Asked::Name(address.host().clone()) } else { Asked::Whole(address) })
    }

    fn subject(&self, folder: &DataFolder, ruleset: &Ruleset) -> Result<Subject, String> {
        let mut subject = match &self.person {
            Some(person) => known(&identities(folder, ruleset)?, person)?,
            None => Subject::unknown(),
        };
        subject.room = self.room.as_deref().map(Into::into);
        subject.device = self.device.as_deref().map(Into::into);
        Ok(subject)
    }
}

/// What is to be judged.
enum Asked {
    Name(Host),
    Whole(Address),
}

fn identities(folder: &DataFolder, ruleset: &Ruleset) -> Result<IdentityTable, String> {
    let (document, _) = folder.people_beside(ruleset.source()).map_err(|problems| lines(&problems))?;
    let file = folder.people_file().display().to_string();
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let place = Document { file: &file, text: &document.text };
    people::compile(&document.source, ruleset.source(), today, 1, place).map_err(|problems| lines(&problems))
}

fn known(table: &IdentityTable, person: &str) -> Result<Subject, String> {
    let id =
        table.sign_ins.get(&person.to_lowercase()).map_or_else(|| PersonId::from(person), |known| known.person.clone());
    let known = table.people.get(&id).ok_or_else(|| {
        format!(
            "There is no person “{person}” in the people document or the register. Leave out --as for somebody unknown."
        )
    })?;
    Ok(Subject {
        person: Some(known.id.clone()),
        group: Some(known.group.clone()),
        classes: known.classes.clone(),
        device: None,
        room: None,
        source: Source::SignIn,
        confidence: Confidence::Proven,
    })
}

fn tell(folder: &DataFolder, ruleset: &Ruleset, subject: &Subject, request: &Request<'_>, moment: &Moment) -> String {
    let (verdict, considered) = explain(ruleset, subject, request, moment);
    let told = ruleset.describe(&verdict, subject, request);
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a String cannot fail.
        let _infallible = writeln!(text, "{label:<12}{value}");
    };
    line("asked for", &asked_for(request, &verdict));
    line("seen", if request.address.is_some() { "the whole address" } else { "the name only" });
    let group = ruleset.group(subject);
    line("judged as", group.code.as_ref().map_or("unknown", |code| code.as_str()));
    line("ruleset", &format!("{} (policy version {})", ruleset.id(), ruleset.source().version));
    line("verdict", &verdict_words(&told));
    line("layer", told.layer);
    for (label, value) in
        [("rule", &told.rule), ("category", &told.category), ("list", &told.list), ("entry", &told.entry)]
    {
        if let Some(value) = value {
            line(label, value);
        }
    }
    if let (Some(entry), Some(list)) = (&told.entry, &told.list) {
        line("verified", &verified(folder, ruleset, entry, list));
    }
    for (label, value) in ruleset.tell_inside(&verdict, subject, request) {
        line(label, &value);
    }
    if let Some(words) = &told.words {
        line("they read", &format!("{} {} {}", words.heading, words.explanation, words.next));
    }
    if !matches!(verdict, Verdict::Sealed(_)) {
        line("considered", if considered.is_empty() { "nothing in the policy names it" } else { "" });
        for considered in &considered {
            line("", &ruleset.tell(considered));
        }
    }
    text
}

/// A sealed hit shows no address, not even back to whoever typed it (house invariant 3).
fn asked_for(request: &Request<'_>, verdict: &Verdict) -> String {
    match (verdict, request.address) {
        (Verdict::Sealed(_), _) => "(not shown)".to_owned(),
        (_, Some(address)) => address.to_string(),
        (_, None) => request.host.to_string(),
    }
}

fn verdict_words(told: &Description) -> String {
    match (told.outcome, &told.redirect_to) {
        (Outcome::Redirected, Some(to)) => format!("sent on to {to}"),
        (Outcome::Allowed, _) => "allowed".to_owned(),
        _ => "blocked".to_owned(),
    }
}

/// Fingerprints can, very rarely, take one name for another; what is shown is looked up in the words themselves.
fn verified(folder: &DataFolder, ruleset: &Ruleset, entry: &str, list: &str) -> String {
    let path = folder.content_text_file(ruleset.content().hash().to_hex().as_str());
    let found = File::open(path)
        .map_err(ContentFault::Unreadable)
        .and_then(TextFile::open)
        .and_then(|mut words| words.lists_holding(entry));
    match found {
        Ok(lists) if lists.iter().any(|holder| holder == list) => "the list does hold this entry".to_owned(),
        Ok(_) => "NOT in the list's words: a false match of fingerprints; please report it".to_owned(),
        Err(fault) => format!("could not be looked up: {fault}"),
    }
}
