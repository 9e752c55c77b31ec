//! The upstream and the name services of the comparison: Debian's unbound and dnsmasq with a configuration of our own in
//! a temporary folder, and Holdfast.

use super::ask::{Told, ask};
use crate::{
    bench::{
        holdfast::{self, Prepared},
        peers::{self, program},
        server::{Server, free_port},
    },
    command,
    repository::Repository,
};
use std::{
    fmt::Write as _,
    fs,
    net::UdpSocket,
    num::NonZero,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// Every allowed name is below this one, and upstream knows them all.
pub(super) const ALLOWED: &str = "example";
/// What they lead to. It must look like an address on the internet, since a filter may refuse any other.
const ADDRESS: &str = "198.51.101.10";
/// How long Holdfast may take until what filled a file of its log is packed: that is due a minute after, and looked for
/// once a minute.
const LONGEST_PACKING: Duration = Duration::from_mins(5);

/// The longest that a server may take to its first answer, the list of names included.
const LONGEST_START: Duration = Duration::from_mins(1);

/// A name that every server under test should know once it is ready.
pub(super) fn allowed_name(number: usize) -> String {
    format!("www.site-{number}.{ALLOWED}")
}

/// Starts a server and waits until it answers a name that is allowed.
fn start(name: &'static str, port: u16, folder: &Path, command: &[&str]) -> Result<Server, String> {
    // A server that has not opened its port refuses at once; one that still loads is asked again after this time.
    let patience = Duration::from_millis(50);
    let ready = |port| {
        // While it forwards its first question, upstream may be slow; the next try finds the answer remembered.
        matches!(ask(port, &allowed_name(0), patience), Some(Told::Records))
    };
    Server::start_until(name, port, folder, command, LONGEST_START, ready)
}

/// A port of 127.0.0.1 that nobody uses at this moment, neither for datagrams nor for connections.
fn free_name_port() -> Result<u16, String> {
    for _ in 0..20 {
        let port = free_port()?;
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err("no port is free for both datagrams and connections".to_owned())
}

/// Worker threads of unbound: one for each core, as its own manual recommends, and as Holdfast has.
pub(super) fn unbound_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What every unbound here has in its configuration.
fn unbound_basics(here: &Path, port: u16, threads: usize) -> String {
    let root = here.display();
    format!(
        "server:\n interface: 127.0.0.1\n port: {port}\n num-threads: {threads}\n username: \"\"\n chroot: \"\"\n\
         \x20directory: \"{root}\"\n pidfile: \"{root}/unbound.pid\"\n use-syslog: no\n do-daemonize: no\n"
    )
}

fn start_unbound(name: &'static str, here: &Path, port: u16, text: &str) -> Result<Server, String> {
    let file = here.join("unbound.conf");
    peers::write(&file, text)?;
    start(name, port, here, &[&program("unbound"), "-d", "-c", &file.to_string_lossy()])
}

/// The name service that all of them ask: it knows every name below [`ALLOWED`] for a day, and no other.
pub(super) fn upstream(folder: &Path) -> Result<Server, String> {
    let here = peers::make_folder(&folder.join("upstream"))?;
    let port = free_name_port()?;
    let text = unbound_basics(&here, port, 1)
        + &format!(
            " local-zone: \".\" always_nxdomain\n local-zone: \"{ALLOWED}.\" redirect\n\
             \x20local-data: \"{ALLOWED}. 86400 IN A {ADDRESS}\"\n"
        );
    start_unbound("upstream", &here, port, &text)
}

/// unbound with a thread for each core and its usual caches, the names as local zones that do not exist.
pub(super) fn unbound(folder: &Path, names: &[String], upstream: u16) -> Result<Server, String> {
    let here = peers::make_folder(&folder.join("unbound"))?;
    let port = free_name_port()?;
    let mut text = unbound_basics(&here, port, unbound_threads()) + " do-not-query-localhost: no\n";
    for name in names {
        writeln!(text, " local-zone: \"{name}.\" always_nxdomain").map_err(|fault| fault.to_string())?;
    }
    write!(text, "forward-zone:\n name: \".\"\n forward-addr: 127.0.0.1@{upstream}\n")
        .map_err(|fault| fault.to_string())?;
    start_unbound("unbound", &here, port, &text)
}

/// dnsmasq, the names as domains that only it would know, with room for every allowed name in its cache.
pub(super) fn dnsmasq(folder: &Path, names: &[String], upstream: u16) -> Result<Server, String> {
    let here = peers::make_folder(&folder.join("dnsmasq"))?;
    let port = free_name_port()?;
    let root = here.display();
    let mut text = format!(
        "port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nuser=\ngroup=\n\
         pid-file={root}/dnsmasq.pid\ncache-size=10000\nserver=127.0.0.1#{upstream}\n"
    );
    for name in names {
        writeln!(text, "local=/{name}/").map_err(|fault| fault.to_string())?;
    }
    let file = here.join("dnsmasq.conf");
    peers::write(&file, text)?;
    let file = format!("--conf-file={}", file.to_string_lossy());
    start("dnsmasq", port, &here, &[&program("dnsmasq"), "--keep-in-foreground", &file])
}

/// Two groups with rules of their own, so that it matters who asks.
const POLICY: &str = r#"version = 1
title = "Benchmark"
author = "staff-01"
reason = "Made by cargo xtask bench."
review_by = "2099-12-31"
time_zone = "Europe/London"

[[group]]
code = "oak"
purpose = "Older pupils."
band = "older"
[group.judging]
default = "allow"
block_categories = ["gambling", "malware", "phishing"]

[[group]]
code = "ash"
purpose = "Younger pupils."
band = "younger"
[group.judging]
default = "allow"
block_categories = ["gambling", "malware", "phishing", "drugs", "anonymisers"]

[unknown]
default = "block"
block_categories = ["gambling", "malware", "phishing", "drugs", "anonymisers"]
"#;

/// The first client is known by its network, the second by its address; two hundred other networks are known as well.
fn people() -> Result<String, String> {
    let mut text = [
        holdfast::EVERYBODY_TOLD,
        r#"
[[person]]
id = "pupil-01"
group = "ash"

[[binding]]
address = "127.0.0.2"
person = "pupil-01"

[[network]]
network = "127.0.0.0/28"
group = "oak"
"#,
    ]
    .concat();
    for number in 0..200 {
        let group = if number % 2 == 0 { "oak" } else { "ash" };
        write!(text, "\n[[network]]\nnetwork = \"10.1.{number}.0/24\"\ngroup = \"{group}\"\n")
            .map_err(|fault| fault.to_string())?;
    }
    Ok(text)
}

/// Holdfast as a name service, its lists compiled; started as often as is asked.
pub(super) struct Holdfast {
    prepared: Prepared,
    config: PathBuf,
    port: u16,
    web: u16,
}

impl Holdfast {
    /// Builds it and sets it up.
    pub(super) fn prepare(
        repository: &Repository,
        folder: &Path,
        names: &[String],
        upstream: u16,
    ) -> Result<Self, String> {
        let prepared = holdfast::prepare(repository, folder, names, POLICY, &people()?)?;
        let (port, web) = (free_name_port()?, free_port()?);
        let config = prepared.folder.join("holdfast.toml");
        let text = format!(
            "data = \"{}\"\n[web]\nlisten = [\"127.0.0.1:{web}\"]\naddress = \"http://localhost:{web}\"\n\
             [dns]\nupstream = [\"127.0.0.1:{upstream}\"]\n[[dns.listener]]\nname = \"bench\"\nplain = [\"127.0.0.1:{port}\"]\n",
            prepared.data
        );
        peers::write(&config, text)?;
        Ok(Self { prepared, config, port, web })
    }

    /// Starts it and waits for its first answer.
    pub(super) fn start(&self) -> Result<Server, String> {
        let Prepared { program, folder, .. } = &self.prepared;
        start("holdfast", self.port, folder, &[program, "serve", "--config", &self.config.to_string_lossy()])
    }

    /// Waits until every file of its log but the one being written is packed.
    pub(super) fn wait_until_packed(&self) -> Result<(), String> {
        let log = Path::new(&self.prepared.data).join("activity");
        let begun = Instant::now();
        while plain_files(&log) > 1 {
            if begun.elapsed() > LONGEST_PACKING {
                return Err("Holdfast's log was not packed in time".to_owned());
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Bytes of the compiled names in use, by their file.
    pub(super) fn table_bytes(&self) -> Result<u64, String> {
        let contents = Path::new(&self.prepared.data).join("contents");
        let told = |fault: std::io::Error| format!("{}: {fault}", contents.display());
        let hash = fs::read_to_string(contents.join("current")).map_err(told)?;
        let file = contents.join(format!("{}.content", hash.trim()));
        Ok(fs::metadata(file).map_err(told)?.len())
    }

    /// Bytes of the answers in memory, as its own numbers say.
    pub(super) fn cache_bytes(&self) -> Result<u64, String> {
        let address = format!("http://localhost:{}/metrics", self.web);
        let numbers =
            command::output(&self.prepared.folder, "curl", &["--silent", "--show-error", "--fail", &address])?;
        value(&numbers, "holdfast_dns_cache_bytes").ok_or_else(|| "Holdfast does not tell its cache".to_owned())
    }
}

fn plain_files(log: &Path) -> usize {
    let entries = fs::read_dir(log).into_iter().flatten().filter_map(Result::ok);
    entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "jsonl")).count()
}

/// A number without labels in the `OpenMetrics` text.
fn value(numbers: &str, name: &str) -> Option<u64> {
    numbers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_whole_name() {
        let numbers =
            "# TYPE holdfast_dns_cache_bytes gauge\nholdfast_dns_cache_bytes_more 1\nholdfast_dns_cache_bytes 42\n";
        assert_eq!(value(numbers, "holdfast_dns_cache_bytes"), Some(42));
        assert_eq!(value(numbers, "holdfast_dns_cache"), None);
    }

    #[test]
    fn only_plain_files_of_the_log_wait_to_be_packed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jsonl", "b.jsonl.gz", "c.jsonl.gz.new", "lock", "d.jsonl"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(plain_files(folder.path()), 2);
    }
}
