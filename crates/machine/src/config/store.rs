//! Where the machine's own keys for the store are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The folder of the machine's own keys for the store, where nothing else is said.
pub const SECRETS: &str = "/etc/holdfast/store";

/// The store. Which database it is, `DATABASE_URL` says: it holds a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// The folder with the key that signs checkpoints of the audit log. Outside the data folder, so that who copies or
    /// changes that cannot sign. Mode 0700.
    pub secrets: PathBuf,
    /// The folder that signed checkpoints are copied to: on another machine, a share or a stick. Left out: they stay in the
    /// data folder, where they prove less.
    pub checkpoints: Option<PathBuf>,
    /// The folder that backups are written to. Left out: none are made, and the status page says so.
    pub backups: Option<PathBuf>,
}

impl Default for Store {
    fn default() -> Self {
        Self { secrets: SECRETS.into(), checkpoints: None, backups: None }
    }
}
