//! The account that the service runs under.

use super::ACCOUNT;
use nix::unistd::User;
use std::process::Command;

/// What makes it (useradd(8)).
const MAKE: [&str; 8] = [
    "--system",
    "--user-group",
    "--home-dir",
    super::DATA,
    "--no-create-home",
    "--shell",
    "/usr/sbin/nologin",
    ACCOUNT,
];

/// The account's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Account {
    /// The account, and whether it was made just now.
    pub(super) fn find_or_make() -> Result<(Self, bool), String> {
        if let Some(found) = Self::find()? {
            return Ok((found, false));
        }
        let told = |fault: &str| {
            format!(
                "The account “{ACCOUNT}” cannot be made: {fault}. Make it yourself, then install again: useradd {}",
                MAKE.join(" ")
            )
        };
        let output = Command::new("useradd").args(MAKE).output().map_err(|fault| told(&fault.to_string()))?;
        if !output.status.success() {
            return Err(told(String::from_utf8_lossy(&output.stderr).trim_end()));
        }
        Self::find()?.map(|account| (account, true)).ok_or_else(|| told("it was made and is not there"))
    }

    fn find() -> Result<Option<Self>, String> {
        let found = User::from_name(ACCOUNT)
            .map_err(|fault| format!("The accounts of this machine cannot be read: {fault}."))?;
        Ok(found.map(|user| Self { user: user.uid.as_raw(), group: user.gid.as_raw() }))
    }
}
