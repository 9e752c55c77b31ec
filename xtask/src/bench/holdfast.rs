//! Holdfast itself, set up as a school would: a policy, people, a list source, the release build, everything on.

use super::{
    peers,
    server::{Server, free_port, resident_peak},
};
use crate::{
    command::{self, cargo},
    repository::Repository,
};
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The name that the page has for Holdfast; its config says where that is.
pub(super) const PAGE_HOST: &str = "page.bench.example";

/// The policy of a proxy that is measured: one group, and the unknown.
pub(super) const POLICY: &str = r#"version = 1
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

[unknown]
default = "block"
block_categories = ["gambling", "malware", "phishing"]
"#;

/// How the people document of every measurement begins: everybody has been told, so that persons are named in the log.
pub(super) const EVERYBODY_TOLD: &str = r#"version = 1
school = "Benchmark School (made up)"

[told]
impact_assessment = "2026-09-01"
staff = "2026-09-02"
bands = [
  { band = "youngest", date = "2026-09-08" },
  { band = "younger", date = "2026-09-08" },
  { band = "older", date = "2026-09-08" },
  { band = "staff", date = "2026-09-08" },
  { band = "visitor", date = "2026-09-08" },
]
"#;

/// One pupil, for whom the listener `bench` stands.
pub(super) const PEOPLE: &str = r#"
[[person]]
id = "pupil-01"
group = "oak"

[[listener]]
name = "bench"
person = "pupil-01"
"#;

/// What compiling the lists took.
pub(super) struct Compiling {
    /// The time of the child process, from start to end.
    pub(super) time: Duration,
    /// Its most resident memory in bytes.
    pub(super) peak: u64,
}

/// Holdfast in a folder, its lists compiled, ready to be started.
pub(super) struct Prepared {
    /// The release build.
    pub(super) program: String,
    /// Where the config goes.
    pub(super) folder: PathBuf,
    /// The data folder.
    pub(super) data: String,
    /// What compiling took.
    pub(super) compiling: Compiling,
}

/// Builds Holdfast, sets it up in the folder and compiles the names.
pub(super) fn prepare(
    repository: &Repository,
    folder: &Path,
    names: &[String],
    policy: &str,
    people: &str,
) -> Result<Prepared, String> {
    let program = build(repository)?;
    let here = peers::make_folder(&folder.join("holdfast"))?;
    let data = peers::make_folder(&here.join("data"))?;
    peers::write(&data.join("policy.toml"), policy)?;
    peers::write(&data.join("people.toml"), people)?;
    let list = here.join("names.txt");
    peers::write(&list, names.join("\n") + "\n")?;
    let (list, data) = (list.to_string_lossy().into_owned(), data.to_string_lossy().into_owned());
    let add = [
        "lists",
        "add",
        "names",
        list.as_str(),
        "--category",
        "gambling",
        "--format",
        "domains",
        "--data",
        data.as_str(),
    ];
    command::output(&here, &program, &add)?;
    // The real lists hold help sites too (UT1 has allow-lists), so Holdfast holds the list until a person has looked.
    if command::output(&here, &program, &["lists", "update", "--data", &data])?.contains("HELD") {
        command::output(&here, &program, &["lists", "accept", "names", "--data", &data])?;
    }
    let compiling = compile(&here, &program, &data)?;
    Ok(Prepared { program, folder: here, data, compiling })
}

/// Sets Holdfast up as a proxy and starts it.
pub(super) fn start(
    repository: &Repository,
    folder: &Path,
    names: &[String],
    origin: u16,
) -> Result<(Server, Compiling), String> {
    let people = [EVERYBODY_TOLD, PEOPLE].concat();
    let Prepared { program, folder: here, data, compiling } = prepare(repository, folder, names, POLICY, &people)?;
    let (proxy, web) = (free_port()?, free_port()?);
    let config = here.join("holdfast.toml");
    let text = format!(
        "data = \"{data}\"\n[web]\nlisten = [\"127.0.0.1:{web}\"]\naddress = \"http://localhost:{web}\"\n\
         [[proxy]]\nname = \"bench\"\nlisten = [\"127.0.0.1:{proxy}\"]\n\
         [[listed]]\nnames = [\"{PAGE_HOST}\"]\naddresses = [\"127.0.0.1:{origin}\"]\n"
    );
    peers::write(&config, text)?;
    let server = Server::start(
        "holdfast",
        proxy,
        &here,
        &[&program, "serve", "--config", &config.to_string_lossy()],
        Duration::from_secs(30),
    )?;
    Ok((server, compiling))
}

/// Compiles a second content, with one name more, and leaves the first in use: two to swap between.
pub(super) fn two_contents(repository: &Repository, folder: &Path) -> Result<[String; 2], String> {
    let program = build(repository)?;
    let here = folder.join("holdfast");
    let data = here.join("data");
    let current = data.join("contents/current");
    let read = || fs::read_to_string(&current).map_err(|fault| format!("{}: {fault}", current.display()));
    let first = read()?;
    let (list, data) = (here.join("one-more.txt"), data.to_string_lossy().into_owned());
    peers::write(&list, "one-more.example\n")?;
    let list = list.to_string_lossy().into_owned();
    let arguments = ["lists", "add", "one-more", list.as_str(), "--category", "gambling", "--data", data.as_str()];
    command::output(&here, &program, &arguments)?;
    command::output(&here, &program, &["lists", "update", "one-more", "--data", &data])?;
    let second = read()?;
    if first == second {
        return Err("the second content is the same as the first".to_owned());
    }
    Ok([first, second])
}

/// The release build of the binary.
fn build(repository: &Repository) -> Result<String, String> {
    if !command::succeeds(repository.root(), &cargo(), &["build", "--release", "--package", "holdfast"]) {
        return Err("Holdfast could not be built".to_owned());
    }
    let metadata = repository.metadata()?;
    let target = metadata["target_directory"].as_str().ok_or("Cargo does not say where it builds")?;
    let program: PathBuf = [target, "release", "holdfast"].iter().collect();
    Ok(program.to_string_lossy().into_owned())
}

/// Compiles the lists once more, in a child process as the server would, and watches how much memory that takes.
fn compile(folder: &Path, program: &str, data: &str) -> Result<Compiling, String> {
    let begun = Instant::now();
    let told = |fault: std::io::Error| format!("the lists could not be compiled: {fault}");
    let mut child = Command::new(program)
        .args(["compile-lists", "--data", data])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(told)?;
    let mut peak = 0;
    let status = loop {
        peak = resident_peak(child.id()).max(peak);
        if let Some(status) = child.try_wait().map_err(told)? {
            break status;
        }
        thread::sleep(Duration::from_millis(5));
    };
    if !status.success() {
        return Err(format!("the lists could not be compiled ({status})"));
    }
    Ok(Compiling { time: begun.elapsed(), peak })
}

/// How many events the log of a running Holdfast has taken in, to show that logging was on.
pub(super) fn logged(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder.join("holdfast/data/activity")).into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| lines_in(&entry.path()).ok()).sum()
}

/// The lines of a log file as it is written, or as it is packed later on; none of any other file.
fn lines_in(file: &Path) -> io::Result<u64> {
    let name = file.to_string_lossy();
    if name.ends_with(".jsonl") {
        return count_lines(fs::File::open(file)?);
    }
    if !name.ends_with(".jsonl.gz") {
        return Ok(0);
    }
    let mut zcat = Command::new("zcat").arg(file).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let lines = zcat.stdout.take().map_or(Ok(0), count_lines);
    zcat.wait()?;
    lines
}

/// A file may be as long as memory, so it is read in pieces.
fn count_lines(mut from: impl Read) -> io::Result<u64> {
    let mut piece = vec![0; 1 << 20];
    let mut lines = 0;
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return Ok(lines);
        }
        lines += piece.iter().take(length).map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_in_packed_files_too() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("holdfast/data/activity");
        fs::create_dir_all(&log).unwrap();
        for name in ["a.jsonl", "b.jsonl", "c.other"] {
            fs::write(log.join(name), "{}\n{}\n").unwrap();
        }
        assert!(Command::new("gzip").arg(log.join("b.jsonl")).status().unwrap().success());
        assert_eq!(logged(folder.path()), 4);
    }
}
