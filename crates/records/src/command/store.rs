//! `holdfast store`: what the store is and how much it holds.

use super::{Opened, Surroundings, Where};
use clap::{Args, Subcommand};

/// `holdfast store`.
#[derive(Debug, Args)]
pub struct Store {
    #[command(flatten)]
    place: Where,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Shows the engine, the schema, the size, and each school's code and number of rows.
    Show,
}

impl Store {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let What::Show = self.what;
        let opened = Opened::open(&self.place, surroundings)?;
        let about = opened.runtime.block_on(opened.records.about_store()).map_err(|fault| fault.to_string())?;
        // The address of a PostgreSQL holds a password, so only a file's path is shown.
        let file = match opened.place.database {
            Some(_) => "Where DATABASE_URL says.".to_owned(),
            None => format!("In {}.", opened.place.embedded_file().display()),
        };
        Ok(format!("{about}{file}"))
    }
}
