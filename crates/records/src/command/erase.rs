//! `holdfast erase`: erasing, which takes two people.

use super::{
    AsWhom, Opened, Surroundings, Where,
    written::{entry, file, one_of, person, row},
};
use crate::{
    file::{
        EraseRule,
        erase::{Proposal, Target},
    },
    id,
};
use clap::{Args, Subcommand};

/// `holdfast erase`.
#[derive(Debug, Args)]
pub struct Erase {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Proposes to erase a file, an entry, or what is kept about somebody who left.
    Propose {
        #[command(flatten)]
        target: TargetArgs,
        /// Under which rule: retention, subject-request, court, written-in-error, transferred.
        #[arg(long, value_parser = rule)]
        rule: EraseRule,
    },
    /// Agrees to what another person proposed, and erases it.
    Agree {
        /// The proposal.
        #[arg(value_parser = row)]
        proposal: id::Row,
    },
    /// Takes a proposal back.
    Withdraw {
        /// The proposal.
        #[arg(value_parser = row)]
        proposal: id::Row,
    },
    /// Lists the proposals that wait for a second person.
    List,
}

#[derive(Debug, Clone, Copy, Args)]
#[group(required = true, multiple = false)]
struct TargetArgs {
    /// A whole file.
    #[arg(long, value_name = "FILE", value_parser = file)]
    file: Option<id::File>,
    /// One entry, with everything that amends it.
    #[arg(long, value_name = "ENTRY", value_parser = entry)]
    entry: Option<id::Entry>,
    /// What is kept about somebody who left.
    #[arg(long, value_name = "PERSON", value_parser = person)]
    person: Option<id::Person>,
}

impl TargetArgs {
    fn target(self) -> Result<Target, String> {
        let file = self.file.map(Target::File);
        let target = file.or(self.entry.map(Target::Entry)).or(self.person.map(Target::Person));
        target.ok_or_else(|| "Say what is to be erased: --file, --entry or --person.".to_owned())
    }
}

fn rule(text: &str) -> Result<EraseRule, String> {
    let proposed = || EraseRule::ALL.iter().filter(|rule| **rule != EraseRule::WrongChild);
    one_of(text, proposed().find(|rule| rule.word() == text).copied(), proposed().map(|rule| rule.word()))
}

fn line(proposal: &Proposal) -> String {
    let target = match proposal.target {
        Target::File(file) => format!("file {file}"),
        Target::Entry(entry) => format!("entry {entry}"),
        Target::Person(person) => format!("person {person}"),
    };
    format!(
        "{}  {target}, because {}, by {}: {}",
        proposal.id,
        proposal.rule.title(),
        proposal.proposed_by,
        proposal.extent
    )
}

impl Erase {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let (runtime, records) = (&opened.runtime, &opened.records);
        let done = match self.what {
            What::Propose { target, rule } => {
                let proposed = runtime.block_on(records.propose_erasure(&session, target.target()?, rule));
                proposed.map(|proposal| format!("Proposed; another person has to agree.\n{}", line(&proposal)))
            }
            What::Agree { proposal } => {
                runtime.block_on(records.agree_erasure(&session, proposal, &opened.place)).map(|mark| {
                    format!(
                        "Erased. A mark without content stays ({}), and a restored backup will be cleaned by it. Copies that \
                         were made are under “holdfast file tasks”.",
                        mark.id
                    )
                })
            }
            What::Withdraw { proposal } => {
                runtime.block_on(records.withdraw_erasure(&session, proposal)).map(|()| "Taken back.".to_owned())
            }
            What::List => runtime.block_on(records.list_erasures(&session)).map(|proposals| {
                let mut lines: Vec<String> = proposals.waiting.iter().map(line).collect();
                if lines.is_empty() {
                    lines.push("Nothing waits for a second person.".to_owned());
                }
                if proposals.not_shown > 0 {
                    lines.push(format!(
                        "{} could not be shown: what they would erase is not there any more.",
                        proposals.not_shown
                    ));
                }
                lines.join("\n")
            }),
        };
        done.map_err(|fault| fault.to_string())
    }
}
