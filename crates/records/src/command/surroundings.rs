//! What every command needs: where the store is, the clock, and who signs in.

use crate::{
    Records,
    store::{Clock, Place},
};
use clap::Args;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// Where the store is, as typed.
#[derive(Debug, Clone, Default, Args)]
pub struct Where {
    /// The config file, which says where the data folder is.
    #[arg(long, value_name = "FILE", default_value = "holdfast.toml")]
    pub config: PathBuf,
    /// The data folder, instead of what the config says.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// What the binary gives: how a place is found (config and environment are its business), and the machine's clock.
pub struct Surroundings {
    /// Finds the store as the config, `--data` and `DATABASE_URL` say.
    pub place: Box<dyn Fn(&Where) -> Result<Place, String>>,
    /// The machine's clock.
    pub clock: Clock,
}

/// The store, opened for one command.
pub(super) struct Opened {
    pub runtime: Runtime,
    pub records: Records,
    pub place: Place,
}

impl Opened {
    pub(super) fn open(place: &Where, surroundings: Surroundings) -> Result<Self, String> {
        let place = (surroundings.place)(place)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|fault| format!("The program cannot start: {fault}."))?;
        let records = runtime.block_on(Records::open(&place, surroundings.clock)).map_err(|fault| fault.to_string())?;
        Ok(Self { runtime, records, place })
    }
}
