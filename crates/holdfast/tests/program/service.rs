//! Installed as a school installs it: its unit, its own account with one capability, ports below 1024 in a network of
//! its own; asked by a pupil's computer, stopped, killed and upgraded.

use crate::common::{PATIENCE, binary, run, said, until};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::{fs::PermissionsExt as _, net::UnixDatagram, process::ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The filter's addresses in the network of the test.
const FILTER: &str = "10.77.0.1";
const FILTER_V6: &str = "fd77::1";
/// An account that nobody has made.
const ACCOUNT: &str = "64123";
/// The names that every probe asks for: one that is open, and where it leads; one that is closed.
const OPEN: (&str, &str) = ("rivers.lesson.example", "198.51.100.5");
const CLOSED: &str = "casino.example";

/// What `holdfast install --root` staged, made to run from where it is.
struct Installed {
    folder: TempDir,
}

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installed = Self { folder };
        let said = installed.install(binary());
        assert!(said.contains("put in place") && said.contains("Next:"), "{said}");
        installed
    }

    /// Installs this copy of the program; what it said.
    fn install(&self, copy: &Path) -> String {
        let mut command = Command::new(copy);
        command.args([
            "install",
            "--name",
            "filter.school.example",
            "--address",
            FILTER,
            "--address",
            FILTER_V6,
            "--root",
        ]);
        let output = command.arg(self.root()).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn config(&self) -> PathBuf {
        self.place("etc/holdfast/holdfast.toml")
    }

    fn change(&self, path: &str, change: impl FnOnce(String) -> String) {
        let path = self.place(path);
        let text = change(fs::read_to_string(&path).unwrap());
        fs::write(path, text).unwrap();
    }

    /// What a school would write: who is where, a site that is closed; and everything given to the service's account.
    fn furnish(&self) {
        let data = self.place("var/lib/holdfast");
        self.change("etc/holdfast/holdfast.toml", |text| {
            let text = text.replacen("\"/var/lib/holdfast\"", &format!("\"{}\"", data.display()), 1);
            let text = text.replacen("# resolver_name =", "resolver_name =", 1);
            // There is no name service: what is asked for is listed.
            let text = text.replacen("upstream = []", "upstream = [\"10.77.0.2\"]", 1);
            format!("{text}\n[[listed]]\nnames = [\".example\"]\naddresses = [\"{}\"]\n", OPEN.1)
        });
        self.change("var/lib/holdfast/people.toml", |text| {
            format!("{text}\n[[network]]\nnetwork = \"10.77.0.0/24\"\ngroup = \"oak\"\n[[network]]\nnetwork = \"fd77::/64\"\ngroup = \"oak\"\n\
                 [[person]]\nid = \"pupil-01\"\ngroup = \"oak\"\nresolver_name = \"someone-7k2\"\n")
        });
        self.change("var/lib/holdfast/policy.toml", |text| {
            format!("{text}\n[[rule]]\ncode = \"no-casino\"\naction = \"block\"\neveryone = true\nhosts = [\"{CLOSED}\"]\nauthor = \"staff-01\"\nreason = \"A test.\"\n")
        });
        // Others may pass through the folders above, as through / on a real machine.
        fs::set_permissions(self.root(), fs::Permissions::from_mode(0o755)).unwrap();
        let owner = format!("{ACCOUNT}:{ACCOUNT}");
        succeed(Command::new("chown").args(["-R", &owner]).arg(&data));
        succeed(Command::new("chgrp").arg(ACCOUNT).arg(self.config()));
    }
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    output
}

/// Whether a program is here and this account may use it so.
fn works(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// Two computers with a wire between them: the filter's and a pupil's. Gone when dropped.
struct Network {
    filter: String,
    pupil: String,
}

impl Network {
    /// `None` where this account may not make networks.
    fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = |what: &str| format!("hf-{what}-{}-{number}", std::process::id());
        let network = Self { filter: name("f"), pupil: name("p") };
        if !works("ip", &["netns", "add", &network.filter]) {
            return None;
        }
        let (filter, pupil) = (network.filter.as_str(), network.pupil.as_str());
        let script = [
            format!("netns add {pupil}"),
            format!("link add wire netns {filter} type veth peer name wire netns {pupil}"),
            format!("-n {filter} address add {FILTER}/24 dev wire"),
            format!("-n {filter} address add {FILTER_V6}/64 dev wire nodad"),
            format!("-n {pupil} address add 10.77.0.2/24 dev wire"),
            format!("-n {pupil} address add fd77::2/64 dev wire nodad"),
            format!("-n {filter} link set lo up"),
            format!("-n {filter} link set wire up"),
            format!("-n {pupil} link set lo up"),
            format!("-n {pupil} link set wire up"),
        ];
        for line in script {
            if !works("ip", &line.split(' ').collect::<Vec<_>>()) {
                println!("`ip {line}` is not permitted here");
                return None;
            }
        }
        Some(network)
    }

    /// A command on the pupil's computer; its output.
    fn as_pupil(&self, words: &[&str]) -> String {
        let output = Command::new("ip").args(["netns", "exec", &self.pupil]).args(words).output().unwrap();
        said(&output)
    }

    /// The addresses that the name service tells a pupil.
    fn dig(&self, words: &[&str]) -> Vec<String> {
        let all: Vec<&str> = ["dig", "+short", "+time=2", "+tries=1"].iter().chain(words).copied().collect();
        self.as_pupil(&all).lines().map(str::to_owned).collect()
    }

    fn answers(&self) -> bool {
        self.dig(&["@10.77.0.1", OPEN.0, "A"]) == [OPEN.1]
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in [&self.filter, &self.pupil] {
            // It may never have been made.
            drop(Command::new("ip").args(["netns", "del", name]).output());
        }
    }
}

/// What the service tells the service manager (`sd_notify(3)`).
struct Manager {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Manager {
    fn new(folder: &Path) -> Self {
        let path = folder.join("notify");
        // The one of a service before.
        drop(fs::remove_file(&path));
        let socket = UnixDatagram::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, path }
    }

    fn await_word(&self, word: &str) {
        let mut message = [0_u8; 4_096];
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let length =
                self.socket.recv(&mut message).unwrap_or_else(|fault| panic!("{word} was never told: {fault}"));
            if String::from_utf8_lossy(&message[..length]).lines().any(|line| line == word) {
                return;
            }
        }
        panic!("{word} was never told");
    }
}

/// The service, as its unit starts it.
struct Service {
    child: Child,
    errors: Arc<Mutex<String>>,
    manager: Manager,
}

impl Service {
    /// Starts it and waits until it says that it is ready.
    fn start(installed: &Installed, network: &Network) -> Self {
        let manager = Manager::new(installed.root());
        let mut child = Command::new("ip")
            .args([
                "netns",
                "exec",
                &network.filter,
                "setpriv",
                "--reuid",
                ACCOUNT,
                "--regid",
                ACCOUNT,
                "--clear-groups",
            ])
            .args(["--no-new-privs", "--inh-caps=-all,+net_bind_service", "--ambient-caps=-all,+net_bind_service"])
            .arg("--bounding-set=-all,+net_bind_service")
            .arg(installed.place("usr/local/bin/holdfast"))
            .arg("serve")
            .arg("--config")
            .arg(installed.config())
            .env("NOTIFY_SOCKET", &manager.path)
            // As systemd says what stands in the unit as WatchdogSec=30.
            .env("WATCHDOG_USEC", "30000000")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = Arc::new(Mutex::new(String::new()));
        let (from, to) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&errors));
        thread::spawn(move || {
            for line in from.lines().map_while(Result::ok) {
                to.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        manager.socket.set_nonblocking(true).unwrap();
        let mut service = Self { child, errors, manager };
        until("the service to be ready or to give up", || {
            let mut message = [0_u8; 4_096];
            let told = service.manager.socket.recv(&mut message).ok();
            let is_ready = told.is_some_and(|length| message[..length].starts_with(b"READY=1"));
            if let Some(ended) = service.child.try_wait().unwrap() {
                panic!("{ended}: {}", service.errors.lock().unwrap());
            }
            is_ready.then_some(())
        });
        service.manager.socket.set_nonblocking(false).unwrap();
        service
    }

    fn tell(&self, signal: &str) {
        succeed(Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", self.child.id())));
    }

    /// Asks it to stop; how long it took.
    fn stop(mut self) -> Duration {
        let begun = Instant::now();
        self.tell("TERM");
        let ended = until("the service to stop", || self.child.try_wait().unwrap());
        assert!(ended.success(), "{ended}: {}", self.errors.lock().unwrap());
        begun.elapsed()
    }

    fn kill(mut self) {
        self.tell("KILL");
        assert_eq!(self.child.wait().unwrap().signal(), Some(9));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An installed service's machine; `None`, with the reason, where this account may not have one.
fn machine() -> Option<(Installed, Network)> {
    if !works("setpriv", &["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups", "true"]) {
        crate::skipped::because("this account may not become another one");
        return None;
    }
    let Some(network) = Network::new() else {
        crate::skipped::because("this account may not make network namespaces");
        return None;
    };
    let installed = Installed::new();
    installed.furnish();
    Some((installed, network))
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let installed = Installed::new();
    let unit = installed.place("holdfast.service");
    let text = fs::read_to_string(installed.place("etc/systemd/system/holdfast.service")).unwrap();
    assert_eq!(text, String::from_utf8(run(&["install", "--print-unit"], "").stdout).unwrap());
    // On this machine the program stands elsewhere.
    let program = installed.place("usr/local/bin/holdfast");
    fs::write(&unit, text.replace("=/usr/local/bin/holdfast ", &format!("={} ", program.display()))).unwrap();
    let verify = |unit: &Path| Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(unit).output();
    let Ok(output) = verify(&unit) else {
        crate::skipped::because("systemd-analyze is not installed");
        return;
    };
    let words = said(&output);
    assert!(output.status.success() && !words.contains("holdfast"), "{words}");
    // The check does find faults.
    let bad = text.replace("NoNewPrivileges", "NoNewPrivilege");
    fs::write(&unit, bad).unwrap();
    assert!(said(&verify(&unit).unwrap()).contains("NoNewPrivilege"));
    // Of ten for a service that may do everything (systemd-analyze(1)).
    fs::write(&unit, &text).unwrap();
    let measured = ["security", "--offline=yes", "--threshold=20", "--no-pager"];
    let output = Command::new("systemd-analyze").args(measured).arg(&unit).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_strict_umask_does_not_lock_the_service_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("image");
    let mut command = Command::new("sh");
    command.args(["-c", "umask 077; exec \"$0\" install --root \"$1\" --address 10.77.0.1"]);
    succeed(command.arg(binary()).arg(&root));
    for (path, mode) in [
        ("usr/local/bin", 0o755),
        ("usr/local/bin/holdfast", 0o755),
        ("etc", 0o755),
        ("etc/holdfast", 0o755),
        ("etc/holdfast/holdfast.toml", 0o640),
        ("etc/systemd/system", 0o755),
        ("etc/systemd/system/holdfast.service", 0o644),
        ("var/lib", 0o755),
        ("var/lib/holdfast", 0o700),
    ] {
        let found = fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(found, mode, "{path} {found:o}");
    }
}

#[test]
fn the_service_under_its_own_account_answers_on_every_door() {
    let Some((installed, network)) = machine() else { return };
    let service = Service::start(&installed, &network);
    let status = fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert!(line("Uid:").starts_with(ACCOUNT) && line("NoNewPrivs:") == "1", "{status}");
    // CAP_NET_BIND_SERVICE is number 10 (capabilities(7)).
    for name in ["CapEff:", "CapPrm:", "CapBnd:", "CapAmb:"] {
        assert_eq!(u64::from_str_radix(&line(name), 16).unwrap(), 1 << 10, "{name} {status}");
    }

    for server in [FILTER, FILTER_V6] {
        let server = format!("@{server}");
        for way in ["+notcp", "+tcp"] {
            assert_eq!(network.dig(&[&server, way, OPEN.0, "A"]), [OPEN.1], "{server} {way}");
            let told = network.dig(&[&server, way, CLOSED, "A"]);
            assert!(told == [FILTER] || told.is_empty() && server.contains(':'), "{server} {way}: {told:?}");
        }
    }
    let config = installed.config();
    let export = run(&["tls", "export", "--config", config.to_str().unwrap()], "");
    assert!(export.status.success() && said(&export).contains("SHA-256 fingerprint: "), "{}", said(&export));
    let authority = installed.place("authority.pem");
    fs::write(&authority, &export.stdout).unwrap();
    let trusted = format!("+tls-ca={}", authority.display());
    // By name and by address, as devices are told either.
    for way in ["+tls", "+https"] {
        for by in ["+tls-hostname=dns.school.example", "+tls-hostname=someone-7k2.dns.school.example"] {
            let words = ["kdig", "+short", "+time=5", &trusted, by, way, "@10.77.0.1", OPEN.0, "A"];
            assert_eq!(network.as_pupil(&words).trim(), OPEN.1, "{way} {by}");
        }
        let words =
            ["kdig", "+short", "+time=5", &trusted, "+tls-hostname=bank.example", way, "@10.77.0.1", OPEN.0, "A"];
        assert_ne!(network.as_pupil(&words).trim(), OPEN.1, "{way}");
    }
    let page = ["curl", "--silent", "--show-error", "--max-time", "10", "--connect-to", "::10.77.0.1:"];
    let fetch = |more: &[&str]| network.as_pupil(&page.iter().chain(more).copied().collect::<Vec<_>>());
    assert!(fetch(&["http://wpad/wpad.dat"]).contains("FindProxyForURL"));
    let told = fetch(&["--include", "http://casino.example/"]);
    assert!(told.contains("403 Forbidden") && told.contains("Reference: "), "{told}");
    let proxied =
        ["curl", "--silent", "--max-time", "10", "--proxy", "http://10.77.0.1:3128", "http://casino.example/"];
    assert!(network.as_pupil(&proxied).contains("Reference"));
    let health = ["curl", "--silent", "--max-time", "10", "http://10.77.0.1:8080/healthz"];
    assert!(network.as_pupil(&health).contains("working"));
    service.manager.await_word("WATCHDOG=1");

    // What the doctor says of this machine while it runs; it is asked where the service is.
    let doctor = Command::new("ip")
        .args(["netns", "exec", &network.filter])
        .arg(binary())
        .args(["doctor", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let words = said(&doctor);
    assert!(words.contains("fine       ports: Holdfast listens on all"), "{words}");
    assert!(words.contains("fine       certificate: "), "{words}");
    assert!(words.contains("FAULT      names: 10.77.0.2:53 does not answer"), "{words}");
    assert!(words.contains("FAULT      service: It runs, and says of itself: names: "), "{words}");
    // As installed there is no list of what the program cannot bring.
    assert!(words.contains("FAULT      categories: ") && words.contains("“Pornography” (pornography)"), "{words}");
    assert!(!doctor.status.success() && words.matches("FAULT").count() == 3, "{words}");
    let took = service.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn killed_it_is_back_within_two_seconds() {
    let Some((installed, network)) = machine() else { return };
    let mut service = Service::start(&installed, &network);
    let mut fastest = Duration::MAX;
    for _attempt in 0..3 {
        assert!(network.answers());
        let begun = Instant::now();
        service.kill();
        service = Service::start(&installed, &network);
        until("an answer", || network.answers().then_some(()));
        fastest = fastest.min(begun.elapsed());
    }
    // The best of three: what else this computer does at the moment is not the program's fault.
    println!("killed, it answered again after {fastest:?}");
    assert!(fastest < Duration::from_secs(2), "{fastest:?}");
}

#[test]
fn an_upgrade_over_the_running_service_keeps_what_people_wrote_and_what_devices_trust() {
    let Some((installed, network)) = machine() else { return };
    let service = Service::start(&installed, &network);
    assert!(network.answers());
    let kept = ["etc/holdfast/holdfast.toml", "var/lib/holdfast/policy.toml", "var/lib/holdfast/tls/authority.pem"];
    let before = kept.map(|path| fs::read(installed.place(path)).unwrap());

    // A later version: the same program, and a byte more, which no loader looks at.
    let later = installed.place("downloaded");
    let mut bytes = fs::read(binary()).unwrap();
    bytes.push(b'\n');
    fs::write(&later, &bytes).unwrap();
    fs::set_permissions(&later, fs::Permissions::from_mode(0o755)).unwrap();
    let said = installed.install(&later);
    assert!(said.contains("program /usr/local/bin/holdfast: replaced"), "{said}");
    assert!(said.contains("holdfast.toml: kept as it is") && said.contains("/var/lib/holdfast: left alone"), "{said}");
    assert!(network.answers(), "the old one serves until it is told to stop");

    assert!(service.stop() < Duration::from_secs(5));
    let service = Service::start(&installed, &network);
    until("an answer of the new one", || network.answers().then_some(()));
    assert_eq!(network.dig(&["@10.77.0.1", CLOSED, "A"]), [FILTER]);
    assert_eq!(kept.map(|path| fs::read(installed.place(path)).unwrap()), before);
    assert!(service.stop() < Duration::from_secs(5));
}
