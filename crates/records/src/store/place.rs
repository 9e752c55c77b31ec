//! Where the store is.

use std::path::PathBuf;

/// Where the store is, and the machine's own secrets for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The data folder. The embedded store is `records/records.sqlite` in it.
    pub data: PathBuf,
    /// `postgres://…`, for PostgreSQL instead of the embedded store. Holds a password: never shown.
    pub database: Option<String>,
    /// The folder with the machine's own keys (the one that signs checkpoints). Outside the data folder.
    pub secrets: PathBuf,
}

impl Place {
    /// The embedded store's file.
    pub fn embedded_file(&self) -> PathBuf {
        self.records_folder().join("records.sqlite")
    }

    /// The folder of what belongs to the store, on either engine.
    pub fn records_folder(&self) -> PathBuf {
        self.data.join("records")
    }
}
