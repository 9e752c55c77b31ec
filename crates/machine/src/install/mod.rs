//! `holdfast install`: this program as a service of the machine, with an account of its own, a config, a data folder
//! and a unit for systemd. Run again it is an upgrade: config and data stay, program and unit are replaced.

mod account;
mod fill;

use crate::{
    addresses,
    config::{Config, STORE_SECRETS},
    files::{Existing, Mended, Rights, create_folder, mend, put},
    interception::{SECRET, new_secret},
};
use account::Account;
use jiff::{Timestamp, tz::TimeZone};
use std::{
    borrow::Cow,
    fs,
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    process::Command,
};

/// The unit file.
pub const UNIT: &str = include_str!("../../templates/holdfast.service");
/// Where the program goes.
const BINARY: &str = "/usr/local/bin/holdfast";
/// Where the bootstrap config goes.
pub const CONFIG: &str = "/etc/holdfast/holdfast.toml";
/// Where `DATABASE_URL` goes, where the records are in PostgreSQL.
pub(crate) const DATABASE: &str = "/etc/holdfast/database.env";
/// Where the data folder is made.
pub const DATA: &str = "/var/lib/holdfast";
/// Where the unit file goes.
pub const UNIT_FILE: &str = "/etc/systemd/system/holdfast.service";
/// The account that the service runs under, and its group.
pub const ACCOUNT: &str = "holdfast";
/// The capability that taking connections as they are needs, beside that for low ports. `CAP_NET_ADMIN` would do as
/// well, and could change the firewall too.
pub(crate) const TAKING: &str = "CAP_NET_RAW";
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
    let root = options.root.clone();
    // What is staged is for whoever stages it to give away.
    let owner = if root.is_none() { Some((0, 0)) } else { None };
    let mut work = Work { root, owner, done: Vec::new() };
    // First, so that nothing is replaced by a program that cannot read the config that is there.
    let config = work.existing_config()?;
    let account = match options.root {
        Some(_) => None,
        None => Some(work.account()?),
    };
    work.program(&options.binary)?;
    let is_new = config.is_none();
    work.config(options, account.as_ref())?;
    work.secret(account.as_ref())?;
    work.store_secrets(config.as_ref(), account.as_ref())?;
    work.data(config.as_ref(), account.as_ref())?;
    work.whole(UNIT_FILE, unit(config.as_ref()).as_bytes(), 0o644, "unit of systemd")?;
    let starting = if options.root.is_some() { Ok(String::new()) } else { start() };
    let next = if is_new { NEXT } else { NEXT_AFTER_UPGRADE };
    told(&work.done, starting, next)
}

/// The unit that this config needs: one more capability where connections are taken as they are (`IP_TRANSPARENT`).
fn unit(config: Option<&Config>) -> Cow<'static, str> {
    if config.is_some_and(Config::takes_as_they_are) {
        UNIT.replace("=CAP_NET_BIND_SERVICE\n", &format!("=CAP_NET_BIND_SERVICE {TAKING}\n")).into()
    } else {
        UNIT.into()
    }
}

/// Everything that was done and is to be done; where the service did not start, as a fault with the same words.
fn told(done: &[String], starting: Result<String, String>, next: &str) -> Result<String, String> {
    let done = done.join("\n");
    match starting {
        Ok(started) => Ok(format!("{done}\n{started}{next}")),
        Err(fault) => Err(format!(
            "{done}\n{next}\nAll of that is in place, but the service was not started. {fault}\nWhat is in its way:  holdfast doctor"
        )),
    }
}

/// What to do next.
const NEXT: &str = "
Next:
 1. Look through /etc/holdfast/holdfast.toml: the addresses, and who is asked for names. Then: systemctl restart holdfast
 2. Add lists:  runuser -u holdfast -- holdfast lists --data /var/lib/holdfast add …  (docs/lists.md). The program
    brings none of pornography, hatred or extremism: until you add them, such sites open.
 3. Write your policy: /var/lib/holdfast/policy.toml (your own id in place of “change-me”), and who is where: people.toml
 4. Set the school up, with at least three named people: holdfast school set-up (docs/people.md). From then on policy and
    people are changed by command; the two documents are taken in first, and read no more.
 5. See whether all is well:  holdfast doctor
 6. Tell your network to use it: docs/install.md
";
/// The same after an upgrade.
const NEXT_AFTER_UPGRADE: &str = "
Config and data are as they were. See whether all is well:  holdfast doctor
";

/// What was done so far, and where.
struct Work {
    root: Option<PathBuf>,
    /// Whose the program and the unit are; this process's, where there is none.
    owner: Option<(u32, u32)>,
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
        self.say(&format!("account {ACCOUNT}"), if is_new { "made" } else { "is there" });
        Ok(account)
    }

    fn program(&mut self, binary: &Path) -> Result<(), String> {
        let bytes =
            fs::read(binary).map_err(|fault| format!("The program's own file {}: {fault}.", binary.display()))?;
        self.whole(BINARY, &bytes, 0o755, "program")
    }

    /// Puts a file in place that is ours alone. A running program goes on with the file it
    /// was started from. One with the same bytes that another account could change is not the same.
    fn whole(&mut self, path: &str, bytes: &[u8], mode: u32, what: &str) -> Result<(), String> {
        let place = self.place(path);
        let rights = Rights { mode, owner: self.owner };
        let before = fs::read(&place).ok();
        let is_same = before.as_deref() == Some(bytes)
            && fs::symlink_metadata(&place).is_ok_and(|found| found.is_file() && rights.are_those_of(&found));
        if !is_same {
            parent(&place, 0o755)
                .and_then(|()| put(&place, bytes, rights, Existing::Replace))
                .map_err(|fault| cannot(&place, &fault))?;
        }
        let how = match (before.is_some(), is_same) {
            (_, true) => "unchanged",
            (true, false) => "replaced",
            (false, false) => "put in place",
        };
        self.say(&format!("{what} {path}"), how);
        Ok(())
    }

    /// Puts a file in place that people change: never over one that is there.
    fn once(&mut self, path: &str, text: &str, rights: Rights) -> Result<(), String> {
        let place = self.place(path);
        let how = match put(&place, text.as_bytes(), rights, Existing::Keep) {
            Ok(()) => "written, to be looked through",
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => "kept as it is",
            Err(fault) => return Err(cannot(&place, &fault)),
        };
        self.say(path, how);
        Ok(())
    }

    /// Makes a folder and those above it; whether it is new.
    fn folder(&self, path: &str) -> Result<bool, String> {
        let place = self.place(path);
        let is_new = !place.exists();
        create_folder(&place, 0o755).map_err(|fault| cannot(&place, &fault))?;
        Ok(is_new)
    }

    /// Sets right whose a thing is and who may read it. Told only where it was there before.
    fn mend(&mut self, path: &str, rights: Rights, is_new: bool) -> Result<(), String> {
        let place = self.place(path);
        match mend(&place, rights).map_err(|fault| cannot(&place, &fault))? {
            Mended::Changed if !is_new => self.say(path, "owner and permissions set right"),
            Mended::Fine | Mended::Changed => {}
            Mended::Link => self.say(path, "a link, so its owner and permissions are left to you"),
        }
        Ok(())
    }

    fn config(&mut self, options: &Options, account: Option<&Account>) -> Result<(), String> {
        // The service reads it and root alone changes it: the way out and its password's place stand in it.
        let owner = account.map(|account| (0, account.group));
        let folder = parent_of(CONFIG);
        let is_new = self.folder(folder)?;
        // Staged, the account's group is not known, so others must be able to pass.
        let mode = if account.is_some() { 0o750 } else { 0o755 };
        self.mend(folder, Rights { mode, owner }, is_new)?;
        let rights = Rights { mode: 0o640, owner };
        if self.place(CONFIG).symlink_metadata().is_ok() {
            self.say(CONFIG, "kept as it is");
            return self.mend(CONFIG, rights, false);
        }
        let addresses = self.addresses(options)?;
        self.once(CONFIG, &fill::config(&addresses, options.name.as_deref()), rights)
    }

    /// What locks the interception authority's key: made here, because the service may not write beside its config.
    fn secret(&mut self, account: Option<&Account>) -> Result<(), String> {
        // In an image of a machine it would be the same on each of them.
        let Some(account) = account else { return Ok(()) };
        let rights = Rights { mode: 0o640, owner: Some((0, account.group)) };
        if self.place(SECRET).symlink_metadata().is_ok() {
            return self.mend(SECRET, rights, false);
        }
        let text = new_secret()?;
        put(&self.place(SECRET), text.as_bytes(), rights, Existing::Keep)
            .map_err(|fault| cannot(&self.place(SECRET), &fault))?;
        self.say(SECRET, "made; it locks the key for opening secure pages");
        Ok(())
    }

    /// The folder of the machine's own keys for the store: made here, because the service may not write beside its config,
    /// and outside the data folder, so that a copy of that signs nothing.
    fn store_secrets(&mut self, config: Option<&Config>, account: Option<&Account>) -> Result<(), String> {
        // In an image of a machine nobody's keys belong, and the account's number is not known.
        let Some(account) = account else { return Ok(()) };
        if let Some(config) = config.filter(|config| config.store.secrets != Path::new(STORE_SECRETS)) {
            let words = format!(
                "left alone; the unit lets the service write to {STORE_SECRETS} only, so add `ReadWritePaths={}` with `systemctl edit holdfast`",
                config.store.secrets.display()
            );
            self.say("folder of the store's keys", &words);
            return Ok(());
        }
        let is_new = self.folder(STORE_SECRETS)?;
        self.mend(STORE_SECRETS, Rights { mode: 0o700, owner: Some((account.user, account.group)) }, is_new)?;
        self.say(
            STORE_SECRETS,
            if is_new { "made; the machine's own keys for the records go there" } else { "is there" },
        );
        if self.place(DATABASE).symlink_metadata().is_ok() {
            self.mend(DATABASE, Rights { mode: 0o600, owner: Some((0, 0)) }, false)?;
        }
        Ok(())
    }

    /// What a new config listens on.
    fn addresses(&mut self, options: &Options) -> Result<Vec<IpAddr>, String> {
        let found = if options.addresses.is_empty() && options.root.is_none() {
            addresses::for_listening().map_err(|fault| {
                format!("This machine's addresses cannot be told: {fault}. Give them with --address.")
            })?
        } else {
            Vec::new()
        };
        let (addresses, told) = choose(&options.addresses, &found)?;
        if let Some(told) = told {
            self.say("addresses to listen on", &told);
        }
        Ok(addresses)
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
        let owner = account.map(|account| (account.user, account.group));
        let is_new = self.folder(DATA)?;
        self.mend(DATA, Rights { mode: 0o700, owner }, is_new)?;
        self.say(&format!("data folder {DATA}"), if is_new { "made" } else { "is there" });
        // Once the school is set up, policy and people come from the records, and documents would be read by nobody.
        if self.place(&format!("{DATA}/published/policy.toml")).exists() {
            return Ok(());
        }
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let rights = Rights { owner, ..Rights::PRIVATE };
        self.once(&format!("{DATA}/policy.toml"), &fill::policy(today), rights)?;
        self.once(&format!("{DATA}/people.toml"), fill::PEOPLE, rights)
    }
}

/// The addresses that a new config listens on, and what is to be said of them. Those that were `given` are taken as they
/// are; of those `found`, none that the internet reaches: the proxy and the pages would be there for anybody.
fn choose(given: &[IpAddr], found: &[IpAddr]) -> Result<(Vec<IpAddr>, Option<String>), String> {
    let words = |addresses: &[IpAddr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let public = |addresses: &[IpAddr]| {
        addresses.iter().copied().filter(|address| addresses::is_public(*address)).collect::<Vec<_>>()
    };
    let advice = "Where a firewall keeps the internet out, or devices know the filter by that address, write it into the config.";
    if !given.is_empty() {
        let public = public(given);
        let told = format!(
            "{} is a public address: unless a firewall keeps them out, anybody on the internet could use the proxy and the pages there",
            words(&public)
        );
        return Ok((given.to_vec(), (!public.is_empty()).then_some(told)));
    }
    let left_out = public(found);
    let inner: Vec<IpAddr> = found.iter().copied().filter(|address| !left_out.contains(address)).collect();
    match (inner.is_empty(), left_out.is_empty()) {
        (true, false) => Err(format!(
            "This machine has public addresses only ({}). Anybody on the internet could use the proxy and the pages there, so they are not filled in. Give the machine an address inside the school; or, where a firewall keeps the internet out, name the address yourself: --address {}",
            words(&left_out),
            words(left_out.get(..1).unwrap_or_default())
        )),
        (false, false) => Ok((
            inner,
            Some(format!(
                "without {}, which is public: anybody on the internet could use the proxy and the pages there. {advice}",
                words(&left_out)
            )),
        )),
        (true, true) => Ok((vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)], None)),
        (false, true) => Ok((inner, None)),
    }
}

/// The folder that a path of the machine is in.
fn parent_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(folder, _)| folder)
}

fn parent(path: &Path, mode: u32) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| create_folder(folder, mode))
}

fn cannot(path: &Path, fault: &io::Error) -> String {
    format!("{}: {fault}. Mend that, then install again: it goes on where it stopped.", path.display())
}

/// Starts it, where systemd runs this machine; else says how to.
fn start() -> Result<String, String> {
    if !Path::new(SYSTEMD).is_dir() {
        return Ok(format!(
            "systemd does not run this machine, so nothing was started. Start it yourself with:\n  \
             setpriv --reuid holdfast --regid holdfast --clear-groups --no-new-privs \\\n    \
             --inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service --bounding-set=-all,+net_bind_service \\\n    \
             {BINARY} serve --config {CONFIG}\n"
        ));
    }
    // Also where the unit is unchanged: an install that stopped half way may have put it there.
    systemctl(&["daemon-reload"])?;
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
