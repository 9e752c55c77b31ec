//! `holdfast holder`: who waits to be let in to what is sealed, and letting them in.

use super::{AsWhom, Opened, Surroundings, Where, written::person};
use crate::{Fault, Session, id, seal::Waiting};
use clap::{Args, Subcommand};
use std::fmt::Write as _;

/// `holdfast holder`.
#[derive(Debug, Args)]
pub struct Holder {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Lists who is entitled to what you can open, and cannot open it yet.
    Waiting,
    /// Lets somebody in to all of it. Compare the key that “waiting” shows with the person first, above all after a reset.
    Admit {
        /// Who.
        #[arg(value_parser = person)]
        person: id::Person,
    },
}

impl Holder {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        opened.runtime.block_on(self.what.done(&opened, &session)).map_err(|fault| fault.to_string())
    }
}

impl What {
    async fn done(self, opened: &Opened, session: &Session) -> Result<String, Fault> {
        Ok(match self {
            Self::Waiting => listed(&opened.records.waiting_admissions(session).await?),
            Self::Admit { person } => {
                let count = opened.records.admit_waiting(session, person, None).await?;
                format!("Admitted to {count}.")
            }
        })
    }
}

fn listed(waiting: &[Waiting]) -> String {
    if waiting.is_empty() {
        return "Nobody waits.".to_owned();
    }
    let mut lines = String::new();
    for Waiting { person, what, fingerprint, needs_voucher, made_by, .. } in waiting {
        let key = match fingerprint {
            None => "has no account yet".to_owned(),
            Some(key) if *needs_voucher => {
                let by = made_by.map_or_else(|| "at the console".to_owned(), |maker| format!("by {maker}"));
                format!("key {key}, replaced {by}: admit only after the person told you that they asked for it")
            }
            Some(key) => format!("key {key}"),
        };
        writeln!(lines, "{person}  waits for {}  {key}", what.len()).unwrap_or_default();
    }
    lines.trim_end().to_owned()
}
