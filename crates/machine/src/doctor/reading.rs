//! Whether the service's account may read what the config names. The system itself is asked, as that account, because
//! access lists and the folders above count as well.

use super::Finding;
use crate::{config::Config, install};
use nix::unistd::{Gid, Uid, User};
use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// An account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// The one that the service runs under, or would on this machine; `None` where it is not installed.
    pub(super) fn of_service(process: Option<u32>, config: &Config) -> Option<Self> {
        if let Some(found) = process.and_then(|process| fs::metadata(format!("/proc/{process}")).ok()) {
            return Some(Self { user: found.uid(), group: found.gid() });
        }
        if config.data != Path::new(install::DATA) {
            return None;
        }
        let user = User::from_name(install::ACCOUNT).ok().flatten()?;
        Some(Self { user: user.uid.as_raw(), group: user.gid.as_raw() })
    }

    /// Whether it may read this; `None` where we may not ask in its name.
    fn may_read(self, path: &Path) -> Option<bool> {
        let of_path = |mut command: Command| {
            command.arg("-r").arg(path).stdin(Stdio::null()).stderr(Stdio::null());
            // Other codes are those of a program that could not ask (test(1), setpriv(1)).
            match command.status().ok()?.code() {
                Some(0) => Some(true),
                Some(1) => Some(false),
                _ => None,
            }
        };
        if Uid::effective().as_raw() == self.user {
            return of_path(Command::new("test"));
        }
        let is_known = User::from_uid(Uid::from_raw(self.user)).is_ok_and(|user| user.is_some());
        let groups = if is_known { "--init-groups" } else { "--clear-groups" };
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &self.user.to_string(), "--regid", &Gid::from_raw(self.group).to_string(), groups]);
        command.args(["--inh-caps=-all", "--bounding-set=-all", "test"]);
        of_path(command)
    }
}

/// What it may not read; nothing where all is well or cannot be asked.
pub(super) fn examine(account: Account, file: &Path, config: &Config) -> Option<Finding> {
    let mut wanted: Vec<PathBuf> = vec![file.to_owned()];
    wanted.extend(
        [&config.tls.certificate, &config.tls.key, &config.upstream.parent_credentials].into_iter().flatten().cloned(),
    );
    wanted.extend(config.inspection.files().cloned());
    wanted.extend(config.dns.iter().filter_map(|dns| dns.authorities.clone()));
    // What is not there at all is told where it is used.
    let closed: Vec<String> = wanted
        .iter()
        .filter(|path| path.exists() && account.may_read(path) == Some(false))
        .map(|path| path.display().to_string())
        .collect();
    let first = closed.first()?;
    Some(Finding::fault(
        "files",
        format!("The service's account may not read {}.", closed.join(", ")),
        format!(
            "Install again for the config; for other files: setfacl -m u:{}:r {first}, and x on the folders above",
            account.user
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn files_that_the_account_may_not_read_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (file, inner) = (folder.path().join("holdfast.toml"), folder.path().join("inner"));
        let key = inner.join("key.pem");
        fs::create_dir(&inner).unwrap();
        let text = format!(
            "data = \"data\"\n[web]\nlisten = [\"127.0.0.1:1\"]\naddress = \"http://localhost:1\"\n[[proxy]]\nname = \"p\"\nlisten = [\"127.0.0.1:2\"]\n\
             [tls]\ncertificate = \"{0}\"\nkey = \"{0}\"\n",
            key.display()
        );
        fs::write(&file, text).unwrap();
        fs::write(&key, "").unwrap();
        let config = Config::read(&file).unwrap();
        let account = Account { user: 64_124, group: 64_124 };
        let rights = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for path in [folder.path(), &inner] {
            rights(path, 0o755);
        }
        for path in [&file, &key] {
            rights(path, 0o644);
        }
        if account.may_read(&file).is_none() {
            crate::skipped::because("this account may not ask in another's name");
            return;
        }
        assert_eq!(examine(account, &file, &config), None);
        rights(&inner, 0o700);
        let finding = examine(account, &file, &config).unwrap();
        assert!(finding.grade == Grade::Fault && finding.words.contains("key.pem"), "{finding:?}");
        assert!(!finding.words.contains("holdfast.toml"), "{finding:?}");
        rights(&file, 0o640);
        assert!(examine(account, &file, &config).unwrap().words.contains("holdfast.toml"));
    }
}
