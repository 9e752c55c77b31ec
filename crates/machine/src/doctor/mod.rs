//! `holdfast doctor`: finds the common faults of a machine and says what to do about each.
//!
//! It changes nothing on the disk. What only other crates know (documents, lists, what is in force) comes in as data.

mod asking;
mod computer;
mod doors;
mod holders;
mod inspection;
mod kept;
mod reading;
mod store;

use crate::config::Config;
use holdfast_core::{problem::Problem, ruleset::content::Content};
use jiff::Timestamp;
use std::{fmt, path::PathBuf, sync::Arc};

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Fine,
    /// It works, and somebody should look at it.
    Attention,
    /// It does not work, or soon will not.
    Fault,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fine => "fine",
            Self::Attention => "ATTENTION",
            Self::Fault => "FAULT",
        })
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub grade: Grade,
    /// What was looked at, in a word or two.
    pub topic: &'static str,
    /// What was found.
    pub words: String,
    /// What to do; empty where there is nothing.
    pub advice: String,
}

impl Finding {
    fn fine(topic: &'static str, words: impl Into<String>) -> Self {
        Self { grade: Grade::Fine, topic, words: words.into(), advice: String::new() }
    }

    fn attention(topic: &'static str, words: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { grade: Grade::Attention, topic, words: words.into(), advice: advice.into() }
    }

    fn fault(topic: &'static str, words: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { grade: Grade::Fault, topic, words: words.into(), advice: advice.into() }
    }
}

/// A document of the data folder: what it is called, and what is not quite right or why it cannot be used.
pub type DocumentSeen = (&'static str, Result<Vec<Problem>, Vec<Problem>>);

/// A list source as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListSeen {
    /// Its id.
    pub id: String,
    /// Whether it is approved for use.
    pub approved: bool,
    /// When the list in use was fetched; `None` where there is none.
    pub fetched: Option<Timestamp>,
    /// Whether a newer one waits for a person.
    pub held: bool,
}

/// The PostgreSQL that `DATABASE_URL` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSeen {
    /// Where it is, without the name and the password.
    pub at: String,
    /// Its schema, or `None` where there is nothing of ours in it yet; else what is in the way.
    pub schema: Result<Option<i64>, String>,
    /// The schema that this program makes.
    pub known: i64,
}

/// What the doctor is given.
#[derive(Debug)]
pub struct Input {
    /// The config's file.
    pub file: PathBuf,
    /// The config, as its file says.
    pub config: Config,
    /// Now, as this computer's clock says.
    pub now: Timestamp,
    /// The documents of the data folder.
    pub documents: Vec<DocumentSeen>,
    /// The list sources.
    pub lists: Vec<ListSeen>,
    /// What is wrong with the list sources.
    pub list_problems: Vec<Problem>,
    /// The compiled lists of the ruleset in force; `None` where none was in force yet.
    pub content: Option<Arc<Content>>,
    /// The PostgreSQL that the environment names; `None` where it names none.
    pub database: Option<DatabaseSeen>,
    /// Whether the policy in force wants secure connections opened for anybody.
    pub opens: bool,
}

impl Input {
    /// With nothing but the config.
    pub fn new(file: PathBuf, config: Config, now: Timestamp) -> Self {
        let (documents, lists, list_problems) = (Vec::new(), Vec::new(), Vec::new());
        Self { file, config, now, documents, lists, list_problems, content: None, database: None, opens: false }
    }
}

/// Looks at everything. Takes some seconds where a name service does not answer.
pub fn examine(input: &Input) -> Vec<Finding> {
    let mut findings = vec![Finding::fine("config", "It reads, and nothing in it contradicts itself.")];
    let (doors, service) = doors::examine(&input.config);
    findings.extend(doors);
    findings.extend(asking::examine(&input.config));
    findings.extend(computer::examine(&input.config, service, input.now));
    findings.extend(kept::examine(input, service));
    findings.extend(store::examine(input, service.is_some()));
    findings
}

/// The findings for a person, the worst last, where a terminal shows it.
pub fn report(findings: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| finding.grade);
    let lines = sorted.into_iter().flat_map(|finding| {
        let grade = finding.grade;
        let found = format!("{grade:<10} {}: {}\n", finding.topic, finding.words.trim_end());
        let advice = finding.advice.lines().map(|line| format!("           → {line}\n"));
        std::iter::once(found).chain(advice).collect::<Vec<_>>()
    });
    lines.collect()
}

/// Whether anything is a fault.
pub fn has_fault(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.grade == Grade::Fault)
}

#[cfg(test)]
mod tests;
