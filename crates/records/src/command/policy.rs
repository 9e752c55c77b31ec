//! `holdfast policy` and `holdfast network`: what the gate goes by, as versions.

use super::surroundings::{AsWhom, Opened, Surroundings, Where, text_of};
use crate::{
    Fault,
    gate::{Accepted, Version},
};
use clap::{Args, Subcommand};
use holdfast_core::problem::lines;
use std::path::{Path, PathBuf};

/// The longest document that is read, in bytes.
const LONGEST: u64 = 8 * 1024 * 1024;

/// `holdfast policy`.
#[derive(Debug, Args)]
pub struct Policy {
    #[command(subcommand)]
    action: PolicyAction,
}

#[derive(Debug, Subcommand)]
enum PolicyAction {
    /// Prints the policy in force, or an earlier version.
    Show {
        #[command(flatten)]
        way: Way,
        /// This version instead of the one in force.
        #[arg(long, value_name = "NUMBER")]
        number: Option<i64>,
    },
    /// Puts a policy in force: the document as `show` prints it, changed.
    Change(Change),
    /// Lists the versions, newest first: who made each, when and why.
    History {
        #[command(flatten)]
        way: Way,
        /// How many.
        #[arg(long, default_value_t = 50)]
        most: i64,
    },
}

/// `holdfast network`.
#[derive(Debug, Args)]
pub struct Network {
    #[command(subcommand)]
    action: NetworkAction,
}

#[derive(Debug, Subcommand)]
enum NetworkAction {
    /// Prints what the gate knows of networks, listeners and addresses, and what was told to whom.
    Show {
        #[command(flatten)]
        way: Way,
    },
    /// Puts another version in force: the document as `show` prints it, changed.
    Change(Change),
}

/// Where the store is, and who gives the command.
#[derive(Debug, Args)]
struct Way {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
}

#[derive(Debug, Args)]
struct Change {
    /// The document's file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Why; it stays with the version.
    #[arg(long, value_name = "WORDS")]
    why: String,
    #[command(flatten)]
    way: Way,
}

impl Policy {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self.action {
            PolicyAction::Show { way, number } => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                let found = opened.runtime.block_on(opened.records.policy_version(&session, number));
                found.map(|version| version.text).map_err(|fault| fault.to_string())
            }
            PolicyAction::Change(change) => {
                let text = text_of(&change.file, LONGEST)?;
                let opened = Opened::open(&change.way.place, surroundings)?;
                let session = opened.sign_in(&change.way.whom)?;
                let done = opened.runtime.block_on(opened.records.change_policy(&session, &text, &change.why));
                done.map(|accepted| told("policy", &accepted)).map_err(|fault| refused(&change.file, fault))
            }
            PolicyAction::History { way, most } => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                let versions = opened.runtime.block_on(opened.records.policy_history(&session, most));
                let versions = versions.map_err(|fault| fault.to_string())?;
                Ok(versions.iter().map(line).collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

impl Network {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self.action {
            NetworkAction::Show { way } => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                let found = opened.runtime.block_on(opened.records.network(&session));
                let found = found.map_err(|fault| fault.to_string())?;
                Ok(found.map_or_else(
                    || "# There is none yet. `school` is filled in.\nversion = 1\nschool = \"\"".to_owned(),
                    |version| version.text,
                ))
            }
            NetworkAction::Change(change) => {
                let text = text_of(&change.file, LONGEST)?;
                let opened = Opened::open(&change.way.place, surroundings)?;
                let session = opened.sign_in(&change.way.whom)?;
                let done = opened.runtime.block_on(opened.records.change_network(&session, &text, &change.why));
                done.map(|accepted| told("network document", &accepted)).map_err(|fault| refused(&change.file, fault))
            }
        }
    }
}

/// What came of a change, for whoever made it.
pub(super) fn told(what: &str, accepted: &Accepted) -> String {
    let warnings = if accepted.warnings.is_empty() { String::new() } else { lines(&accepted.warnings) + "\n" };
    format!("{warnings}The {what} is version {} now. The filter goes by it within a second.", accepted.number)
}

/// Problems with the file that they stand in.
fn refused(file: &Path, fault: Fault) -> String {
    let Fault::Wrong(problems) = fault else { return fault.to_string() };
    let name = file.display().to_string();
    let placed: Vec<_> = problems.into_iter().map(|problem| problem.in_file(name.as_str())).collect();
    format!("{}\nNothing was changed.", lines(&placed))
}

fn line(version: &Version) -> String {
    let who = version.made_by.map_or_else(|| "–".to_owned(), |person| person.to_string());
    format!("{:>5}  {:.0}  {:<18} {who}  {}", version.number, version.made_at, version.kind, version.why)
}
