//! `holdfast install`: this program as a service of the machine, with an account of its own, a config, a data folder
//! and a unit for systemd. Run again it is an upgrade: config and data stay, program and unit are replaced.

mod account;
mod fill;

use crate::{
    addresses,
    config::Config,
    files::{Existing, create_folder, put},
};
use account::Account;
use jiff::{Timestamp, tz::TimeZone};
use std::{
    fs,
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::{PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
};

/// The unit file.
pub const UNIT: &str = include_str!("../../templates/holdfast.service");
/// Where the program goes.
const BINARY: &str = "/usr/local/bin/holdfast";
/// Where the bootstrap config goes.
pub const CONFIG: &str = "/etc/holdfast/holdfast.toml";
/// Where the data folder is made.
pub const DATA: &str = "/var/lib/holdfast";
/// Where the unit file goes.
pub const UNIT_FILE: &str = "/etc/systemd/system/holdfast.service";
/// What is there where systemd runs this machine (`sd_booted(3)`).
const SYSTEMD: &str = "/run/systemd/system";

/// What to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Everything goes below this folder, no account is made and nothing started: for images of machines.
    pub root: Option<PathBuf>,
    /// The program's own file.
    pub binary: PathBuf,
    /// Addresses to listen on; this machine's own, if empty.
    pub addresses: Vec<IpAddr>,
    /// The name of our own pages, such as `filter.school.example`.
    pub name: Option<String>,
}

/// Installs, or upgrades; the text says what was done and what to do next.
///
/// # Errors
///
/// When a step cannot be done; the text says which, and what to do. Steps before it stay done, and running it again goes
/// on from there.
pub fn install(options: &Options) -> Result<String, String> {
    if options.root.is_none() && !rustix::process::geteuid().is_root() {
        return Err("Installing needs root: run it with sudo. Or stage everything in a folder with --root.".to_owned());
    }
    let mut work = Work { root: options.root.clone(), done: Vec::new() };
    // First, so that nothing is replaced by a program that cannot read the config that is there.
    let config = work.existing_config()?;
    let account = match options.root {
        Some(_) => None,
        None => Some(work.account()?),
    };
    work.program(&options.binary)?;
    let is_new = config.is_none();
    work.config(options, account.as_ref())?;
    work.data(config.as_ref(), account.as_ref())?;
    let has_new_unit = work.whole(UNIT_FILE, UNIT.as_bytes(), 0o644, "unit of systemd")?;
    let starting = if options.root.is_some() { String::new() } else { start(has_new_unit)? };
    let mut text = work.done.join("\n");
    text.push('\n');
    text.push_str(&starting);
    text.push_str(if is_new { NEXT } else { NEXT_AFTER_UPGRADE });
    Ok(text)
}

/// What to do next.
const NEXT: &str = "
Next:
 1. Look through /etc/holdfast/holdfast.toml: the addresses, and who is asked for names. Then: systemctl restart holdfast
 2. Write your policy: /var/lib/holdfast/policy.toml (your own id in place of “change-me”), and who is where: people.toml
 3. Add lists:  runuser -u holdfast -- holdfast lists --data /var/lib/holdfast add …  (docs/lists.md)
 4. See whether all is well:  holdfast doctor
 5. Tell your network to use it: docs/install.md
";
/// The same after an upgrade.
const NEXT_AFTER_UPGRADE: &str = "
Config and data are as they were. See whether all is well:  holdfast doctor
";

/// What was done so far, and where.
struct Work {
    root: Option<PathBuf>,
    done: Vec<String>,
}

impl Work {
    /// Where a path of the machine is to be written.
    fn place(&self, path: &str) -> PathBuf {
        self.root.as_ref().map_or_else(|| PathBuf::from(path), |root| root.join(path.trim_start_matches('/')))
    }

    fn say(&mut self, what: &str, how: &str) {
        self.done.push(format!("{what}: {how}"));
    }

    fn existing_config(&self) -> Result<Option<Config>, String> {
        let path = self.place(CONFIG);
        if !path.exists() {
            return Ok(None);
        }
        Config::read(&path).map(Some).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            format!(
                "{}\nNothing was changed: this version could not serve with that config. Mend it, then install again.",
                problems.join("\n")
            )
        })
    }

    fn account(&mut self) -> Result<Account, String> {
        let (account, is_new) = Account::find_or_make()?;
        self.say(&format!("account {}", account::NAME), if is_new { "made" } else { "is there" });
        Ok(account)
    }

    fn program(&mut self, binary: &Path) -> Result<(), String> {
        let bytes =
            fs::read(binary).map_err(|fault| format!("The program's own file {}: {fault}.", binary.display()))?;
        self.whole(BINARY, &bytes, 0o755, "program").map(drop)
    }

    /// Puts a file in place that is ours alone; whether it changed anything. A running program goes on with the file it
    /// was started from.
    fn whole(&mut self, path: &str, bytes: &[u8], mode: u32, what: &str) -> Result<bool, String> {
        let place = self.place(path);
        let before = fs::read(&place).ok();
        let is_same = before.as_deref() == Some(bytes)
            && fs::metadata(&place).is_ok_and(|found| found.permissions().mode() & 0o7777 == mode);
        if !is_same {
            parent(&place, 0o755)
                .and_then(|()| put(&place, bytes, mode, Existing::Replace))
                .map_err(|fault| cannot(&place, &fault))?;
        }
        let how = match (before.is_some(), is_same) {
            (_, true) => "unchanged",
            (true, false) => "replaced",
            (false, false) => "put in place",
        };
        self.say(&format!("{what} {path}"), how);
        Ok(!is_same)
    }

    /// Puts a file in place that people change: never over one that is there.
    fn once(&mut self, path: &str, text: &str, mode: u32, owner: Option<(u32, u32)>) -> Result<(), String> {
        let place = self.place(path);
        let how = match put(&place, text.as_bytes(), mode, Existing::Keep) {
            Ok(()) => {
                if let Some((user, group)) = owner {
                    chown(&place, Some(user), Some(group)).map_err(|fault| cannot(&place, &fault))?;
                }
                "written, to be looked through"
            }
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => "kept as it is",
            Err(fault) => return Err(cannot(&place, &fault)),
        };
        self.say(path, how);
        Ok(())
    }

    fn config(&mut self, options: &Options, account: Option<&Account>) -> Result<(), String> {
        let addresses = if !options.addresses.is_empty() {
            options.addresses.clone()
        } else if options.root.is_some() {
            Vec::new()
        } else {
            addresses::for_listening().map_err(|fault| {
                format!("This machine's addresses cannot be told: {fault}. Give them with --address.")
            })?
        };
        let any = [IpAddr::V4(Ipv4Addr::UNSPECIFIED)];
        let addresses = if addresses.is_empty() { &any[..] } else { &addresses };
        let place = self.place(CONFIG);
        parent(&place, 0o755).map_err(|fault| cannot(&place, &fault))?;
        let text = fill::config(addresses, options.name.as_deref());
        // The service reads it and root alone changes it: the way out and its password's place stand in it.
        self.once(CONFIG, &text, 0o640, account.map(|account| (0, account.group)))
    }

    /// The data folder with documents to begin with.
    fn data(&mut self, config: Option<&Config>, account: Option<&Account>) -> Result<(), String> {
        if let Some(config) = config.filter(|config| config.data != Path::new(DATA)) {
            let words = format!(
                "left alone; the unit lets the service write to {DATA} only, so add `ReadWritePaths={}` with `systemctl edit holdfast`",
                config.data.display()
            );
            self.say(&format!("data folder {}", config.data.display()), &words);
            return Ok(());
        }
        let folder = self.place(DATA);
        let owner = account.map(|account| (account.user, account.group));
        let is_new = !folder.exists();
        create_folder(&folder, 0o755).map_err(|fault| cannot(&folder, &fault))?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).map_err(|fault| cannot(&folder, &fault))?;
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).map_err(|fault| cannot(&folder, &fault))?;
        }
        self.say(&format!("data folder {DATA}"), if is_new { "made" } else { "is there" });
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        self.once(&format!("{DATA}/policy.toml"), &fill::policy(today), 0o600, owner)?;
        self.once(&format!("{DATA}/people.toml"), fill::PEOPLE, 0o600, owner)
    }
}

fn parent(path: &Path, mode: u32) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| create_folder(folder, mode))
}

fn cannot(path: &Path, fault: &io::Error) -> String {
    format!("{}: {fault}. Mend that, then install again: it goes on where it stopped.", path.display())
}

/// Starts it, where systemd runs this machine; else says how to.
fn start(has_new_unit: bool) -> Result<String, String> {
    if !Path::new(SYSTEMD).is_dir() {
        return Ok(format!(
            "systemd does not run this machine, so nothing was started. Start it yourself with:\n  \
             setpriv --reuid holdfast --regid holdfast --clear-groups --no-new-privs \\\n    \
             --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service --bounding-set=-all,+net_bind_service \\\n    \
             {BINARY} serve --config {CONFIG}\n"
        ));
    }
    if has_new_unit {
        systemctl(&["daemon-reload"])?;
    }
    systemctl(&["enable", "holdfast.service"])?;
    systemctl(&["restart", "holdfast.service"])?;
    Ok("service: started, and with every start of this machine\n".to_owned())
}

fn systemctl(arguments: &[&str]) -> Result<(), String> {
    let told = |fault: &str| {
        format!(
            "`systemctl {}` did not work: {fault}\nRead `journalctl -u holdfast -n 50`, mend what it says, then run that again.",
            arguments.join(" ")
        )
    };
    let output =
        Command::new("systemctl").arg("--quiet").args(arguments).output().map_err(|fault| told(&fault.to_string()))?;
    if output.status.success() { Ok(()) } else { Err(told(String::from_utf8_lossy(&output.stderr).trim_end())) }
}

#[cfg(test)]
mod tests;
