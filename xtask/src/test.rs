//! `cargo xtask test`: every check there is, in one run, with one closing line that counts them.

use crate::{
    command::{self, cargo},
    debian::{self, Needed},
    fuzz,
    repository::Repository,
    tidy,
};
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

/// Programs that tests start: a real browser, real clients, a maker of certificates, name services and what asks them,
/// and what shows that the program runs as a service should.
const NEEDED: [Needed; 18] = [
    Needed::tool("chromium", "chromium"),
    Needed::tool("chromedriver", "chromium-driver"),
    Needed::tool("curl", "curl"),
    Needed::tool("openssl", "openssl"),
    Needed::tool("dig", "bind9-dnsutils"),
    Needed::tool("kdig", "knot-dnsutils"),
    Needed::tool("dnsperf", "dnsperf"),
    debian::UNBOUND,
    debian::DNSMASQ,
    debian::POSTGRESQL,
    debian::AIOSMTPD,
    Needed::tool("certutil", "libnss3-tools"),
    Needed::tool("ip", "iproute2"),
    Needed::tool("nft", "nftables"),
    Needed::tool("systemd-analyze", "systemd"),
    Needed::tool("setpriv", "util-linux"),
    Needed::tool("node", "nodejs"),
    Needed::tool("npm", "npm"),
];

/// Where npm's provider of single sign-on is installed for the tests of `web`, at the versions of its lock file.
const OIDC_PEER: &str = "crates/web/tests/data/oidc";

/// Test programs that wait for the disk more than they reckon, because each of their writes is to last: twice as many of their
/// tests run at once as there are cores.
const PATIENT: [&str; 1] = ["records"];

/// What a run came to.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    failed_steps: Vec<&'static str>,
    took: Vec<(&'static str, Duration)>,
}

impl Count {
    /// Runs one step and counts it as one check.
    fn step(&mut self, name: &'static str, run: impl FnOnce() -> bool) {
        let passed = self.timed(name, run);
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
            self.failed_steps.push(name);
        }
    }

    /// Runs something and keeps how long it took.
    fn timed<T>(&mut self, name: &'static str, run: impl FnOnce() -> T) -> T {
        println!("\n== {name} ==");
        let start = Instant::now();
        let result = run();
        self.took.push((name, start.elapsed()));
        result
    }
}

/// Runs everything; `fast` leaves out the Debian packages, the lints and the tests of whole programs.
/// Whether all of it passed.
pub(crate) fn run(repository: &Repository, fast: bool) -> bool {
    let root = repository.root();
    let cargo = cargo();
    let mut count = Count::default();
    if !fast {
        // Not a check: where a package cannot be had, the tests that need it say so themselves.
        if let Err(fault) = count.timed("Debian packages", || debian::install(&NEEDED)) {
            println!("{fault}");
        }
        // Nor is this.
        let peer = root.join(OIDC_PEER);
        if !count.timed("npm packages", || command::succeeds(&peer, "npm", &["ci", "--ignore-scripts"])) {
            println!("npm's oidc-provider is not installed: the tests of single sign-on are skipped.");
        }
    }
    count.step("formatting", || command::succeeds(root, &cargo, &["fmt", "--all", "--check"]));
    count.step("tidy", || tidy::run_and_print(repository));
    if !fast {
        let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        count.step("clippy", || command::succeeds(root, &cargo, &clippy));
        count.step("fuzz targets compile", || fuzz::check(repository));
    }
    run_tests(repository, fast, &mut count);
    close(&count);
    count.failed == 0
}

fn run_tests(repository: &Repository, fast: bool, count: &mut Count) {
    let units = ["--lib", "--bins"];
    if fast {
        return run_some(repository, ("tests", &units, None), count);
    }
    let programs = match repository.metadata() {
        Ok(metadata) => Repository::test_programs(&metadata),
        Err(fault) => {
            return count.step("tests", || {
                println!("{fault}");
                false
            });
        }
    };
    let named = |wanted: bool| {
        let chosen = programs.iter().filter(move |name| PATIENT.contains(&name.as_str()) == wanted);
        chosen.flat_map(|name| ["--test", name.as_str()]).collect::<Vec<_>>()
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    run_some(repository, ("tests of the store", &named(true), Some(cores * 2)), count);
    let others = [&units[..], &named(false)].concat();
    run_some(repository, ("tests", &others, None), count);
}

/// Runs the tests of some programs, with so many at once where that is said.
fn run_some(repository: &Repository, what: (&'static str, &[&str], Option<usize>), count: &mut Count) {
    let (name, programs, at_once) = what;
    let arguments = [&["test", "--workspace", "--no-fail-fast"], programs].concat();
    let mut tests = command::prepare(repository.root(), &cargo(), &arguments);
    tests.stderr(Stdio::inherit());
    if let Some(at_once) = at_once {
        tests.env("RUST_TEST_THREADS", at_once.to_string());
    }
    let (mut passed, mut failed) = (0, 0);
    let outcome = count.timed(name, || {
        command::stream(tests, |line| {
            if let Some((good, bad)) = result_line(line) {
                passed += good;
                failed += bad;
            }
        })
    });
    count.passed += passed;
    count.failed += failed;
    let ended_well = outcome.unwrap_or_else(|fault| {
        println!("{fault}");
        false
    });
    // A crate that does not compile, or a test program that is killed, prints no line of its own.
    if !ended_well && failed == 0 || passed + failed == 0 {
        count.failed += 1;
        count.failed_steps.push(name);
    }
}

/// Reads `test result: ok. 3 passed; 1 failed; …`, anywhere in a line.
fn result_line(line: &str) -> Option<(usize, usize)> {
    let (_, rest) = line.split_once("test result: ")?;
    let number_before = |word: &str| rest.split_once(word)?.0.split_whitespace().next_back()?.parse().ok();
    Some((number_before(" passed")?, number_before(" failed")?))
}

fn close(count: &Count) {
    println!();
    for (name, took) in &count.took {
        println!("{:>7.1} s  {name}", took.as_secs_f64());
    }
    if !count.failed_steps.is_empty() {
        println!("Failed: {}", count.failed_steps.join(", "));
    }
    println!("{} passed, {} failed", count.passed, count.failed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_closing_lines_are_read() {
        let line = "test result: FAILED. 31 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(result_line(line), Some((31, 2)));
        assert_eq!(result_line("test result_line ... ok"), None);
    }
}
