//! `holdfast install`: this program as a service of this machine.

use clap::Args;
use holdfast_machine::install::{self, Options};
use std::{net::IpAddr, path::PathBuf};

/// What to install.
#[derive(Debug, Args)]
pub struct Install {
    /// Stage everything below this folder; make no account and start nothing.
    #[arg(long, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// Listen on this address; again for each. Otherwise on all of this machine's own.
    #[arg(long = "address", value_name = "ADDRESS")]
    addresses: Vec<IpAddr>,
    /// The name of our own pages, such as filter.school.example.
    #[arg(long)]
    name: Option<String>,
    /// Print the unit file of systemd, and do nothing.
    #[arg(long)]
    print_unit: bool,
}

impl Install {
    /// Carries it out; the text is for a person.
    pub fn run(self) -> Result<String, String> {
        if self.print_unit {
            return Ok(install::UNIT.to_owned());
        }
        let binary = std::env::current_exe().map_err(|fault| format!("This program cannot find itself: {fault}."))?;
        install::install(&Options { root: self.root, binary, addresses: self.addresses, name: self.name })
    }
}
