//! Load with dnsperf: the same questions, from the same two clients, to each server.

use crate::{bench::peers, command};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

/// The clients' addresses; each is a dnsperf of its own with one thread. A server with a policy per client sees two.
pub(super) const CLIENTS: [&str; 2] = ["127.0.0.1", "127.0.0.2"];
/// Sockets of each client, so that threads that share a port by the sender's address all get work.
pub(super) const SOCKETS: u32 = 10;
/// Questions that each client has under way at once.
const UNDER_WAY: u32 = 50;
/// Questions a second of all clients together while waiting times are taken: a load that every server bears.
pub(super) const STEADY: u32 = 20_000;

/// What one load came to, all clients together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    /// Answers in a second.
    pub(super) rate: f64,
    /// Answers that came.
    pub(super) answered: u64,
    /// Questions whose answer did not come within 5 s.
    pub(super) lost: u64,
    /// Answers with no fault.
    pub(super) good: u64,
    /// Answers that there is no such name.
    pub(super) no_such_name: u64,
}

impl Reading {
    /// Refuses a reading in which the answers are not what half allowed and half blocked names should get.
    pub(super) fn check(&self, server: &str) -> Result<(), String> {
        // The load ends within a round, so the halves may differ by what is under way. And a filter may have its own
        // reasons for one name in some hundreds: a help site that some list holds stays open.
        let slack = u64::from(UNDER_WAY) * 4 + self.answered / 400;
        let half = self.answered / 2;
        if self.answered == 0 || self.good.abs_diff(half) > slack || self.no_such_name.abs_diff(half) > slack {
            return Err(format!(
                "{server} should have allowed one half and blocked the other, but of {} answers {} were good and {} said that there is no such name",
                self.answered, self.good, self.no_such_name
            ));
        }
        Ok(())
    }
}

/// The file of questions that dnsperf reads over and over: blocked and allowed in turn.
pub(super) struct Questions {
    file: PathBuf,
    /// How many it holds.
    pub(super) count: usize,
}

impl Questions {
    /// Writes the file.
    pub(super) fn write(folder: &Path, blocked: &[String], allowed: &[String]) -> Result<Self, String> {
        let file = folder.join("questions");
        let pairs = blocked.iter().zip(allowed);
        let lines: Vec<String> =
            pairs.clone().map(|(blocked, allowed)| format!("{blocked} A\n{allowed} A\n")).collect();
        peers::write(&file, lines.concat())?;
        Ok(Self { file, count: pairs.count() * 2 })
    }

    /// Asks each question a few times, so that every server knows what it can know.
    pub(super) fn warm(&self, folder: &Path, port: u16) -> Result<Reading, String> {
        sum(&run(folder, port, self, &["-n", "3"])?)
    }

    /// As fast as the answers come, for some seconds.
    pub(super) fn flood(&self, folder: &Path, port: u16, seconds: u32) -> Result<Reading, String> {
        sum(&run(folder, port, self, &["-l", &seconds.to_string()])?)
    }

    /// At a steady rate, for the waiting times in milliseconds: the middle one, and the one that 99 of 100 stay under.
    pub(super) fn waits(&self, folder: &Path, port: u16, seconds: u32) -> Result<(Reading, (f64, f64)), String> {
        let rate = STEADY / u32::try_from(CLIENTS.len()).unwrap_or(1);
        let outputs = run(folder, port, self, &["-l", &seconds.to_string(), "-Q", &rate.to_string(), "-v"])?;
        let mut waits: Vec<f64> = outputs.iter().flat_map(|printed| printed.lines().filter_map(wait)).collect();
        waits.sort_by(f64::total_cmp);
        let at = |part: usize| waits.get(waits.len().saturating_sub(1) * part / 100).copied();
        let waits = at(50).zip(at(99)).ok_or_else(|| "dnsperf told no waiting times".to_owned())?;
        Ok((sum(&outputs)?, waits))
    }
}

/// Runs every client at once and takes what each printed.
fn run(folder: &Path, port: u16, questions: &Questions, more: &[&str]) -> Result<Vec<String>, String> {
    let (port, file) = (port.to_string(), questions.file.to_string_lossy());
    let (sockets, under_way) = (SOCKETS.to_string(), UNDER_WAY.to_string());
    let one = |client: &str| {
        let mut arguments = vec![
            "-s",
            "127.0.0.1",
            "-p",
            &port,
            "-a",
            client,
            "-d",
            &file,
            "-c",
            &sockets,
            "-q",
            &under_way,
            "-T",
            "1",
        ];
        arguments.extend(more);
        // Whole waiting times are printed for each question, so this goes through a file rather than a pipe.
        let log = folder.join(format!("dnsperf-{client}.log"));
        let output = fs::File::create(&log).map_err(|fault| format!("{} cannot be made: {fault}", log.display()))?;
        let status = command::prepare(folder, "dnsperf", &arguments)
            .stdout(output)
            .status()
            .map_err(|fault| format!("dnsperf cannot be started: {fault}"))?;
        if !status.success() {
            return Err(format!("dnsperf failed ({status})"));
        }
        fs::read_to_string(&log).map_err(|fault| format!("{} cannot be read: {fault}", log.display()))
    };
    thread::scope(|scope| {
        let running = CLIENTS.map(|client| scope.spawn(move || one(client)));
        running.into_iter().map(|one| one.join().map_err(|_panic| "dnsperf got lost".to_owned())?).collect()
    })
}

/// All clients together.
fn sum(outputs: &[String]) -> Result<Reading, String> {
    let mut sum = Reading::default();
    for printed in outputs {
        let one = read(printed).ok_or_else(|| format!("what dnsperf printed cannot be read: {printed}"))?;
        sum = Reading {
            rate: sum.rate + one.rate,
            answered: sum.answered + one.answered,
            lost: sum.lost + one.lost,
            good: sum.good + one.good,
            no_such_name: sum.no_such_name + one.no_such_name,
        };
    }
    Ok(sum)
}

/// Reads dnsperf's closing lines.
fn read(printed: &str) -> Option<Reading> {
    let after = |key: &str| printed.lines().find_map(|line| line.trim_start().strip_prefix(key).map(str::trim));
    let first = |key: &str| after(key)?.split_whitespace().next();
    let codes = after("Response codes:")?;
    let code = |name: &str| {
        let found = codes.split(',').filter_map(|part| part.trim().strip_prefix(name)?.split_whitespace().next());
        found.filter_map(|number| number.parse::<u64>().ok()).sum()
    };
    Some(Reading {
        rate: first("Queries per second:")?.parse().ok()?,
        answered: first("Queries completed:")?.parse().ok()?,
        lost: first("Queries lost:")?.parse().ok()?,
        good: code("NOERROR "),
        no_such_name: code("NXDOMAIN "),
    })
}

/// The waiting time in milliseconds of a line such as `> NOERROR www.example A 0.000123`.
fn wait(line: &str) -> Option<f64> {
    let rest = line.strip_prefix("> ")?;
    if !rest.starts_with("NOERROR") && !rest.starts_with("NXDOMAIN") {
        return None;
    }
    Some(rest.split_whitespace().next_back()?.parse::<f64>().ok()? * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "[Status] Testing complete (time limit)\n\nStatistics:\n\n  Queries sent:         1000\n  \
        Queries completed:    990 (99.00%)\n  Queries lost:         10 (1.00%)\n\n  \
        Response codes:       NOERROR 500 (50.51%), SERVFAIL 10 (1.01%), NXDOMAIN 480 (48.48%)\n  \
        Average packet size:  request 38, response 46\n  Run time (s):         0.5\n  \
        Queries per second:   1980.500000\n";

    #[test]
    fn dnsperfs_reading_is_read() {
        let reading = read(PRINTED).unwrap();
        assert_eq!(reading, Reading { rate: 1980.5, answered: 990, lost: 10, good: 500, no_such_name: 480 });
        assert!(reading.check("a").is_ok());
        assert!(Reading { answered: 9_900, ..reading }.check("a").is_err());
        assert!(Reading::default().check("a").is_err());
    }

    #[test]
    fn waiting_times_are_told_in_milliseconds() {
        let milliseconds = wait("> NXDOMAIN a.example A 0.000250").unwrap();
        assert!((milliseconds - 0.25).abs() < 1e-9);
        assert_eq!(wait("> T a.example A 5.000000"), None);
        assert_eq!(wait("[Status] Testing complete"), None);
    }
}
