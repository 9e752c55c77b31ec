//! What the config says of opening secure connections.

use super::{Config, real};
use crate::interception::{Files, SECRET, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Opening secure pages to check them. Which are opened, and for whom, is the policy's; without `enabled` none is, and
/// what the policy wants opened is refused. With neither file, an own authority is made in the data folder on the first
/// start; devices must be told to trust it (`holdfast inspection export`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inspection {
    /// Whether connections can be opened at all.
    pub enabled: bool,
    /// The file with the secret that locks the own authority's key. Outside the data folder, so that a copy of that, or
    /// of its backup, can sign nothing.
    pub secret: PathBuf,
    /// A PEM file with the school's own authority, and after it those that lead to one which devices trust.
    pub certificate: Option<PathBuf>,
    /// A PEM file with that authority's private key.
    pub key: Option<PathBuf>,
    /// A file whose first line is the key's passphrase, where it has one.
    pub passphrase_file: Option<PathBuf>,
    /// PEM files with authorities that sites may be signed by, beside those that browsers trust: the school's own, for
    /// servers inside.
    pub extra_roots: Vec<PathBuf>,
}

impl Default for Inspection {
    fn default() -> Self {
        Self {
            enabled: false,
            secret: SECRET.into(),
            certificate: None,
            key: None,
            passphrase_file: None,
            extra_roots: Vec::new(),
        }
    }
}

impl Inspection {
    /// What the shapes alone cannot tell. `data` is the data folder.
    pub(super) fn check(&self, data: &Path) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.certificate.is_some() != self.key.is_some() {
            mistakes.push(
                "`certificate` and `key` belong together: write both, or neither for an own authority.".to_owned(),
            );
        }
        if self.passphrase_file.is_some() && self.key.is_none() {
            mistakes.push("`passphrase_file` is for `key`, and there is none.".to_owned());
        }
        if self.secret.as_os_str().is_empty() || real(&self.secret).starts_with(real(data)) {
            mistakes.push(format!(
                "`secret` must be a file outside {}: a copy of that folder must not be able to sign.",
                data.display()
            ));
        }
        mistakes
    }

    /// Every file that must be readable.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let own = self.enabled.then_some(&self.secret);
        own.into_iter().chain(&self.certificate).chain(&self.key).chain(&self.passphrase_file).chain(&self.extra_roots)
    }
}

impl Config {
    /// Where the interception authority comes from; `None` where nothing can be opened. `school` is the school's name,
    /// for the certificate.
    pub fn inspection_source(&self, school: &str) -> Option<Source> {
        let inspection = &self.inspection;
        let files = inspection.certificate.clone().zip(inspection.key.clone());
        inspection.enabled.then(|| Source {
            folder: self.data.join("interception"),
            secret: inspection.secret.clone(),
            files: files.map(|(certificate, key)| Files {
                certificate,
                key,
                passphrase: inspection.passphrase_file.clone(),
            }),
            extra_roots: inspection.extra_roots.clone(),
            school: school.to_owned(),
        })
    }

    /// Where suggestions of hosts that should be left unopened are kept, with their evidence.
    pub fn suggestions_file(&self) -> PathBuf {
        self.data.join("inspection-suggestions.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn read(section: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("holdfast.toml");
        let text = format!(
            "data = \"data\"\n[web]\nlisten = [\"127.0.0.1:8080\"]\naddress = \"http://filter.school.example:8080/\"\n\
             [[proxy]]\nname = \"proxy\"\nlisten = [\"127.0.0.1:3128\"]\n{section}"
        );
        std::fs::write(&file, text).unwrap();
        Config::read(&file).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn nothing_can_be_opened_unless_the_config_says_so() {
        assert_eq!(read("").unwrap().inspection_source("Oak"), None);
        assert_eq!(read("[inspection]\nextra_roots = [\"a.pem\"]\n").unwrap().inspection_source("Oak"), None);
        let source = read("[inspection]\nenabled = true\n").unwrap().inspection_source("Oak").unwrap();
        assert_eq!(
            (source.folder.as_path(), source.secret.as_path()),
            (Path::new("data/interception"), Path::new(SECRET))
        );
        assert_eq!((source.files, source.school.as_str()), (None, "Oak"));
        let own =
            "[inspection]\nenabled = true\ncertificate = \"a.pem\"\nkey = \"a.key\"\npassphrase_file = \"words\"\n";
        let config = read(own).unwrap();
        let files = config.inspection_source("Oak").unwrap().files.unwrap();
        assert_eq!(files.passphrase.as_deref(), Some(Path::new("words")));
        let again: Config = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
        assert_eq!(again, config);
    }

    #[test]
    fn a_secret_inside_the_data_folder_is_refused_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (data, link) = (folder.path().join("data"), folder.path().join("link"));
        std::fs::create_dir(&data).unwrap();
        symlink(&data, &link).unwrap();
        let check = |secret: PathBuf| Inspection { secret, ..Inspection::default() }.check(&data);
        for inside in ["data/interception.secret", "data/a/b/secret", "link/secret", "data/../link/secret"] {
            let told = check(folder.path().join(inside));
            assert!(told.iter().any(|told| told.contains("must be a file outside")), "{inside}: {told:?}");
        }
        for outside in ["interception.secret", "data/../secret", "database/secret"] {
            assert_eq!(check(folder.path().join(outside)), Vec::<String>::new(), "{outside}");
        }
    }

    #[test]
    fn mistakes_are_told_with_line_and_cure() {
        for (section, words) in [
            ("key = \"a\"", "belong together"),
            ("passphrase_file = \"a\"", "is for `key`"),
            ("secret = \"data/interception/secret\"", "must be a file outside"),
            ("secret = \"data/secret\"", "must be a file outside"),
            ("enable = true", "Did you mean `enabled`?"),
        ] {
            let fault = read(&format!("[inspection]\n{section}\n")).unwrap_err();
            assert!(fault.contains(words) && fault.contains("holdfast.toml:"), "{section}: {fault}");
        }
    }
}
