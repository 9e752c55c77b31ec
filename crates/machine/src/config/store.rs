//! Where the machine's own keys for the store are.

use super::real;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

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
    /// The code of the school that this machine's filter serves, where the store holds several. Left out: the first one.
    pub school: Option<String>,
}

impl Default for Store {
    fn default() -> Self {
        Self { secrets: SECRETS.into(), checkpoints: None, backups: None, school: None }
    }
}

impl Store {
    /// What the shapes alone cannot tell. `data` is the data folder.
    pub(super) fn check(&self, data: &Path) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.secrets.as_os_str().is_empty() || real(&self.secrets).starts_with(real(data)) {
            mistakes.push(format!(
                "`secrets` must be a folder outside {}: who copies or changes that must not be able to sign.",
                data.display()
            ));
        }
        if self.school.as_ref().is_some_and(|school| school.trim().is_empty()) {
            mistakes.push("`school` is empty: write the school's code, or leave it out.".to_owned());
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_lie_outside_the_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::os::unix::fs::symlink(&data, folder.path().join("link")).unwrap();
        let with = |secrets: PathBuf| Store { secrets, ..Store::default() }.check(&data).len();
        assert_eq!(with(folder.path().join("secrets")), 0);
        assert_eq!(Store::default().check(&data), Vec::<String>::new());
        for wrong in [data.join("secrets"), folder.path().join("link/deeper/secrets"), PathBuf::new()] {
            assert_eq!(with(wrong.clone()), 1, "{}", wrong.display());
        }
    }
}
