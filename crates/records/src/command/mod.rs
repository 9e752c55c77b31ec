//! The commands of the records, each a file; the same verbs as the pages use, by somebody who signs in.

mod surroundings;

use surroundings::Opened;
pub use surroundings::{Surroundings, Where};

use clap::Subcommand;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows what the store holds: its schools, and how far its schema is.
    Store(Store),
}

impl Command {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::Store(store) => store.run(surroundings),
        }
    }
}

/// `holdfast store`.
#[derive(Debug, clap::Args)]
pub struct Store {
    #[command(flatten)]
    place: Where,
}

impl Store {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        opened.runtime.block_on(async { Ok(format!("The store is open: {:?}.", opened.records)) })
    }
}
