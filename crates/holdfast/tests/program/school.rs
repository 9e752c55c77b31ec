//! Rivermead School on a data folder of the test's own, served by `holdfast serve` with an origin that plays every site.

use crate::{
    asking::{Answer, Origin, get, get_with, page},
    common::{Program, run, said, until},
};
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::OnceLock,
};
use tempfile::TempDir;

/// The listeners of the demonstration's people document, and the one for everybody else.
const LISTENERS: [&str; 3] = ["proxy", "chloe", "teacher"];

/// A data folder as the real demonstration leaves it: relative paths and bytes.
fn prepared() -> &'static [(PathBuf, Vec<u8>)] {
    static PREPARED: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let program = Program::start(&["demo", "--data", data.to_str().unwrap()]);
        until("the demonstration to be ready", || program.output().contains("The last verdicts").then_some(()));
        assert!(program.stop().success());
        let mut files = Vec::new();
        gather(&data, &data, &mut files);
        // A school that is not set up yet: its documents hold.
        let left_out = ["activity", "records", "published", "holdfast.toml"];
        files.retain(|(path, _)| !left_out.iter().any(|name| path.starts_with(name)));
        assert!(files.iter().any(|(path, _)| path == Path::new("contents/current")));
        files
    })
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            files.push((path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap()));
        }
    }
}

/// A school that can be started, harmed and started again.
pub(crate) struct School {
    folder: TempDir,
    pub(crate) origin: Origin,
    ports: Vec<u16>,
    /// More of the bootstrap config.
    pub(crate) more_config: String,
}

impl School {
    /// As the demonstration leaves it: a ruleset was in force before.
    pub(crate) fn new() -> Self {
        let school = Self::empty();
        for (path, bytes) in prepared() {
            let path = school.data().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        school
    }

    /// Nothing in the data folder.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        Self { folder, origin: Origin::start(), ports: free_ports(LISTENERS.len() + 1), more_config: String::new() }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path beside the data folder, which goes with the school.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.data().join(file)).unwrap()
    }

    /// Writes a document as an editor does: beside it, then in its place.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let beside = self.beside("beside");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.data().join(file)).unwrap();
    }

    /// Every compiled list file, made unreadable by one changed byte in its middle.
    pub(crate) fn damage(&self, folder: &str, ending: &str) {
        let mut damaged = 0;
        for entry in fs::read_dir(self.data().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|found| found == ending) {
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x55;
                fs::write(&path, bytes).unwrap();
                damaged += 1;
            }
        }
        assert!(damaged > 0, "there is no .{ending} in {folder}");
    }

    /// Runs the program to its end with this school's data folder; what it said, and whether it went well.
    pub(crate) fn command(&self, arguments: &[&str]) -> (bool, String) {
        let data = self.data();
        let all: Vec<&str> = arguments.iter().copied().chain(["--data", data.to_str().unwrap()]).collect();
        let output = run(&all, "");
        (output.status.success(), said(&output))
    }

    /// Starts `holdfast serve` and waits until it serves.
    pub(crate) fn serve(&mut self) -> Served {
        for _attempt in 0..5 {
            let config = self.folder.path().join("holdfast.toml");
            fs::write(&config, self.config()).unwrap();
            let mut program = Program::start(&["serve", "--config", config.to_str().unwrap()]);
            let started = until("the program to serve or to give up", || {
                let is_serving = program.errors().contains("our own pages are at");
                (is_serving || program.has_ended()).then_some(is_serving)
            });
            if started {
                let place = |index: usize| SocketAddr::from(([127, 0, 0, 1], self.ports[index]));
                return Served { program, proxy: place(0), chloe: place(1), teacher: place(2), web: place(3) };
            }
            // Another program was faster at one of the ports, which no test can rule out.
            let told = program.errors();
            assert!(told.contains("cannot listen on"), "{told}");
            self.ports = free_ports(LISTENERS.len() + 1);
        }
        panic!("no free ports in five attempts");
    }

    fn config(&self) -> String {
        let web = self.ports[LISTENERS.len()];
        let proxies: Vec<String> = LISTENERS
            .iter()
            .zip(&self.ports)
            .map(|(name, port)| format!("[[proxy]]\nname = \"{name}\"\nlisten = [\"127.0.0.1:{port}\"]\n\n"))
            .collect();
        format!(
            "data = \"{}\"\n\n[web]\nlisten = [\"127.0.0.1:{web}\", \"[::1]:{web}\"]\naddress = \"http://localhost:{web}\"\n\n\
             [store]\nsecrets = \"{}\"\n\n{}[[listed]]\nnames = [\".example\", \".test\"]\naddresses = [\"{}\"]\n\n{}",
            self.data().display(),
            self.beside("secrets").display(),
            proxies.concat(),
            self.origin.address,
            self.more_config
        )
    }
}

/// Ports that are free now on both loopbacks. All are held until the last is found, so that none comes twice.
fn free_ports(count: usize) -> Vec<u16> {
    let mut held = Vec::new();
    while held.len() < count {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if let Ok(other) = TcpListener::bind(("::1", port)) {
            held.push((listener, other, port));
        }
    }
    held.iter().map(|(_, _, port)| *port).collect()
}

/// The policy document under another version number, with more at its end.
pub(crate) fn policy(version: u64, more: &str) -> String {
    at_version(&prepared_text("policy.toml"), version, more)
}

/// The people document under another version number, with more at its end.
pub(crate) fn people(version: u64, more: &str) -> String {
    at_version(&prepared_text("people.toml"), version, more)
}

fn prepared_text(file: &str) -> String {
    let (_, bytes) = prepared().iter().find(|(path, _)| path == Path::new(file)).unwrap();
    String::from_utf8(bytes.clone()).unwrap()
}

fn at_version(text: &str, version: u64, more: &str) -> String {
    let changed = text.replacen("\nversion = 1\n", &format!("\nversion = {version}\n"), 1);
    assert!(version == 1 || changed != text);
    format!("{changed}\n{more}\n")
}

/// A rule that closes a host for everybody.
pub(crate) fn closing(host: &str) -> String {
    format!(
        "[[rule]]\ncode = \"close-{}\"\naction = \"block\"\neveryone = true\nhosts = [\"{host}\"]\nauthor = \"staff-01\"\nreason = \"A test.\"\n",
        host.replace('.', "-")
    )
}

/// The line of a text (from 1) on which these words stand.
pub(crate) fn line_of(text: &str, words: &str) -> usize {
    text.lines().position(|line| line.contains(words)).unwrap() + 1
}

/// A served school.
pub(crate) struct Served {
    pub(crate) program: Program,
    /// Nobody signed in.
    pub(crate) proxy: SocketAddr,
    /// An older pupil's.
    pub(crate) chloe: SocketAddr,
    /// A teacher's.
    pub(crate) teacher: SocketAddr,
    pub(crate) web: SocketAddr,
}

impl Served {
    /// Whether a site is open through a listener; anything but open or closed by policy is a fault.
    pub(crate) fn is_open(&self, proxy: SocketAddr, host: &str) -> bool {
        let address = format!("http://{host}/");
        // A request under way when the policy closes its site may be cut off; asked again it is judged by the new one.
        let answer = get_with(proxy, &address, "").unwrap_or_else(|_cut_off| get(proxy, &address));
        match answer.status {
            200 if answer.body == format!("here speaks {host}\n") => true,
            403 if answer.body.contains("Reference") => false,
            _ => panic!("{host} through {proxy}: {answer:?}\n{}", self.program.errors()),
        }
    }

    /// What anybody can rely on while the school's policy is in force.
    pub(crate) fn assert_filtering(&self) {
        assert!(self.is_open(self.proxy, "rivers.lesson.example"));
        assert!(!self.is_open(self.proxy, "casino.example"));
        assert!(!self.is_open(self.proxy, "news.example"));
        assert!(self.is_open(self.chloe, "news.example"));
        assert!(!self.is_open(self.chloe, "social.example"));
        assert!(self.is_open(self.teacher, "social.example"));
        assert!(!self.is_open(self.teacher, "casino.example"));
        assert!(self.is_open(self.proxy, "helpline.example"));
        assert!(self.is_open(self.proxy, "speech-board.test"));
    }

    /// What holds when nothing can be trusted: help and lifelines, and the words that say why.
    pub(crate) fn assert_closed(&self) {
        for listener in [self.proxy, self.chloe, self.teacher] {
            let answer = get(listener, "http://rivers.lesson.example/");
            assert_eq!(answer.status, 403, "{answer:?}");
            assert!(answer.body.contains("no internet until it is safe"), "{answer:?}");
            assert_eq!(crate::asking::connect(listener, "news.example:443").status, 403);
        }
        let health = page(self.web, "/healthz");
        assert_eq!((health.status, health.body.as_str()), (503, "closed: only help and lifelines are open\n"));
        assert!(self.status().contains("No internet until it is safe"));
    }

    /// The status page.
    pub(crate) fn status(&self) -> String {
        let Answer { status, body, .. } = page(self.web, "/");
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Waits until the status page and the system's journal both have an alarm with these words.
    pub(crate) fn until_alarm(&self, words: &str) {
        until(&format!("an alarm that says “{words}”"), || {
            let status = self.status();
            (status.contains("<h2>Alarm</h2>") && status.contains(words)).then_some(())
        });
        until("the alarm in the program's messages", || self.program.errors().contains(words).then_some(()));
    }

    pub(crate) fn until_no_alarm(&self) {
        until("the alarms to end", || (!self.status().contains("<h2>Alarm</h2>")).then_some(()));
    }

    /// The id of the ruleset in force, as the status page shows it.
    pub(crate) fn ruleset(&self) -> String {
        let status = self.status();
        let (_, rest) = status.split_once("<dt>Ruleset</dt><dd><code>").unwrap();
        rest.split('<').next().unwrap().to_owned()
    }

    /// The version of the policy in force, as the status page shows it.
    pub(crate) fn version(&self) -> u64 {
        let status = self.status();
        let (_, rest) = status.split_once("Policy in force</dt><dd>").unwrap();
        let (_, rest) = rest.split_once("version ").unwrap();
        rest.split('<').next().unwrap().parse().unwrap()
    }
}
