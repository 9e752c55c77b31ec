//! `holdfast set-up`.

use super::{Opened, Surroundings, Where};
use crate::{Fault, Records, people::SetUpToken};
use clap::{Args, Subcommand};

/// `holdfast set-up`.
#[derive(Debug, Subcommand)]
pub enum SetUp {
    /// Makes a new one-time token for the first run in a browser, and prints it; the one before is worth nothing.
    Token(Token),
}

impl SetUp {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::Token(token) => token.run(surroundings),
        }
    }
}

/// `holdfast set-up token`.
#[derive(Debug, Args)]
pub struct Token {
    #[command(flatten)]
    place: Where,
}

impl Token {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let made = opened.runtime.block_on(opened.records.issue_set_up_token()).map_err(|fault| fault.to_string())?;
        Ok(format!(
            "The token for setting up, good once and until {:.0}:\n\n    {}\n\nOpen /set-up of Holdfast’s own pages, at this \
             computer or over HTTPS, and type it there.",
            made.until,
            made.token.as_str()
        ))
    }
}

/// Makes a token for a server that has just started and has no school yet; nothing, where there is one.
pub async fn token_at_start(records: &Records) -> Result<Option<SetUpToken>, Fault> {
    if records.is_first_run().await? { records.issue_set_up_token().await.map(Some) } else { Ok(None) }
}
