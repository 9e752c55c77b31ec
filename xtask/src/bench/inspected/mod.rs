//! The gate looking inside TLS, beside squid doing the same: the same page, the same clients, in one run.

mod client;
mod load;
mod servers;

use super::{
    holdfast,
    report::{Goal, Section, at_least, at_most},
    server::Server,
};
use crate::{
    debian::{self, Needed},
    repository::Repository,
};
use client::{Keys, Way};
use load::{CLIENTS, Crowd, MANY, Reading, STEADY};
use servers::{HOST, Signing};
use std::{fmt::Write as _, fs, os::unix::fs::PermissionsExt as _, path::Path, thread, time::Duration};
use tokio::runtime::Runtime;

const NEEDED: [Needed; 2] = [
    Needed::server("squid", "squid-openssl", &["squid.service"]),
    Needed::server("nginx", "nginx-light", &["nginx.service"]),
];

/// Each load is run this often, the servers taking turns, and the middle reading counts.
const ROUNDS: usize = 3;
/// The longest that one load runs, in seconds, so that the four servers together take no more than six minutes.
const LONGEST_LOAD: u32 = 5;
/// How long a server may rest after a load, so that the next is not slowed down by what the last one left.
const REST: Duration = Duration::from_secs(1);

/// One server, the ways to it, and what came of them.
struct Entry {
    server: Server,
    way: Way,
    /// The same with the keys that browsers offer today.
    browsers_way: Way,
    /// What was agreed on, by the way and by the browsers' way.
    agreed: [String; 2],
    kept: Vec<Reading>,
    renewed: Vec<Reading>,
    renewed_as_browsers: Vec<Reading>,
    crowds: Vec<Crowd>,
}

impl Entry {
    /// `target`: what a proxy is asked for. `authority`: whose certificates its clients trust.
    fn new(server: Server, target: Option<&str>, authority: &str) -> Result<Self, String> {
        let way = |keys| Way::new(server.port, target, HOST, authority, keys);
        Ok(Self {
            way: way(Keys::Classic)?,
            browsers_way: way(Keys::PostQuantum)?,
            server,
            agreed: Default::default(),
            kept: Vec::new(),
            renewed: Vec::new(),
            renewed_as_browsers: Vec::new(),
            crowds: Vec::new(),
        })
    }

    /// One round of all loads.
    async fn measure(&mut self, time: Duration) -> Result<(), String> {
        let name = self.server.name;
        // First, so that the memory that other loads took does not hide what the crowd takes.
        let crowd = load::crowd(&self.way, &self.server, time).await?;
        println!("  {name:<16} {MANY} clients p99 {:.2} ms, {:.1} KiB each", crowd.reading.p99, crowd.each / 1024.0);
        self.crowds.push(crowd);
        tokio::time::sleep(REST).await;
        let kept = load::kept(&self.way, time).await?;
        println!("  {name:<16} kept    {:>8.0}/s", kept.rate);
        self.kept.push(kept);
        tokio::time::sleep(REST).await;
        let renewed = load::renewed(&self.way, time).await?;
        println!("  {name:<16} renewed {:>8.0}/s", renewed.rate);
        self.renewed.push(renewed);
        tokio::time::sleep(REST).await;
        let renewed = load::renewed(&self.browsers_way, time).await?;
        println!("  {name:<16} renewed {:>8.0}/s, keys as browsers", renewed.rate);
        self.renewed_as_browsers.push(renewed);
        tokio::time::sleep(REST).await;
        Ok(())
    }

    fn faults(&self) -> u64 {
        let readings = self.kept.iter().chain(&self.renewed).chain(&self.renewed_as_browsers);
        readings.chain(self.crowds.iter().map(|crowd| &crowd.reading)).map(|reading| reading.faults).sum()
    }

    fn first_fault(&self) -> Option<&str> {
        let readings = self.kept.iter().chain(&self.renewed).chain(&self.renewed_as_browsers);
        let mut readings = readings.chain(self.crowds.iter().map(|crowd| &crowd.reading));
        readings.find_map(|reading| reading.first_fault.as_deref())
    }

    /// The middle crowd by its p99; the memory is the first one's, when the server had not yet met a crowd.
    fn crowd(&self) -> (Reading, f64) {
        let mut readings: Vec<&Reading> = self.crowds.iter().map(|crowd| &crowd.reading).collect();
        readings.sort_by(|one, other| one.p99.total_cmp(&other.p99));
        let middle = readings.get(readings.len() / 2).map(|reading| (*reading).clone()).unwrap_or_default();
        (middle, self.crowds.first().map_or(0.0, |crowd| crowd.each / 1024.0))
    }
}

/// Starts everything, measures, and stops everything.
pub(super) fn measure(repository: &Repository, seconds: u32) -> Result<Section, String> {
    debian::install(&NEEDED)?;
    let folder = tempfile::Builder::new()
        .prefix("holdfast-bench-inspected")
        .tempdir()
        .map_err(|fault| format!("no temporary folder: {fault}"))?;
    // squid and nginx's workers give up root's rights at once and must still reach their files.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))
        .map_err(|fault| format!("the temporary folder cannot be opened: {fault}"))?;
    let seconds = seconds.min(LONGEST_LOAD);
    let mut entries = start(repository, folder.path())?;
    // Whatever is still being made ready after the first answer is done by then.
    thread::sleep(Duration::from_secs(2));
    run(&load::runtime()?, &mut entries, seconds)?;
    let logged = holdfast::logged(folder.path());
    let [direct, squids @ .., ours] = &entries;
    let text = table(&entries)? + &method(&entries, seconds, logged);
    Ok(Section::new("Inside TLS, side by side", text, goals(direct, squids, ours)))
}

fn start(repository: &Repository, folder: &Path) -> Result<[Entry; 4], String> {
    let origin = servers::origin(folder)?;
    let (squid, authority) = servers::squid(folder, &origin, Signing::Rsa)?;
    let (squid_p256, authority_p256) = servers::squid(folder, &origin, Signing::P256)?;
    let (ours, own_authority) = servers::holdfast(repository, folder, &origin)?;
    let port = origin.server.port;
    let trusted = origin.authority.clone();
    Ok([
        Entry::new(origin.server, None, &trusted)?,
        Entry::new(squid, Some(&format!("{HOST}:{port}")), &authority)?,
        Entry::new(squid_p256, Some(&format!("{HOST}:{port}")), &authority_p256)?,
        // Its config says at which port the name is.
        Entry::new(ours, Some(&format!("{HOST}:443")), &own_authority)?,
    ])
}

fn run(runtime: &Runtime, entries: &mut [Entry], seconds: u32) -> Result<(), String> {
    let time = Duration::from_secs(seconds.into());
    for entry in entries.iter_mut() {
        let name = entry.server.name;
        entry.agreed =
            [runtime.block_on(load::look(&entry.way, name))?, runtime.block_on(load::look(&entry.browsers_way, name))?];
    }
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}");
        for entry in entries.iter_mut() {
            runtime.block_on(entry.measure(time))?;
        }
    }
    Ok(())
}

/// The reading in the middle by its rate.
fn middle(readings: &[Reading]) -> Reading {
    let mut sorted = readings.to_vec();
    sorted.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    sorted.get(sorted.len() / 2).cloned().unwrap_or_default()
}

fn table(entries: &[Entry]) -> Result<String, String> {
    let mut text = String::from(
        "| | kept req/s | p50, p99 ms | new connections/s | p50, p99 ms | the same, keys as browsers | 1,000 clients p50, p99 ms | memory each KiB | broken off |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for entry in entries {
        let (kept, renewed) = (middle(&entry.kept), middle(&entry.renewed));
        let browsers = middle(&entry.renewed_as_browsers);
        let (crowd, each) = entry.crowd();
        writeln!(
            text,
            "| {} | {:.0} | {:.2}, {:.2} | {:.0} | {:.2}, {:.2} | {:.0} | {:.2}, {:.2} | {each:.1} | {} |",
            entry.server.name,
            kept.rate,
            kept.p50,
            kept.p99,
            renewed.rate,
            renewed.p50,
            renewed.p99,
            browsers.rate,
            crowd.p50,
            crowd.p99,
            entry.faults()
        )
        .map_err(|fault| fault.to_string())?;
    }
    Ok(text)
}

fn method(entries: &[Entry], seconds: u32, logged: u64) -> String {
    let agreed: Vec<String> = entries
        .iter()
        .map(|entry| format!("{}: {}; as browsers: {}", entry.server.name, entry.agreed[0], entry.agreed[1]))
        .collect();
    let faults: Vec<String> =
        entries.iter().filter_map(|entry| Some(format!("{}: {}", entry.server.name, entry.first_fault()?))).collect();
    let faults =
        if faults.is_empty() { String::new() } else { format!("- The first faults: {}.\n", faults.join("; ")) };
    format!(
        "\nThe clients are our own, on one thread, and check the certificate they are shown against the proxy's authority. Each \
         load runs for {seconds} s; the servers take turns, {ROUNDS} rounds, and the middle reading counts. Clients, origin and the \
         server measured share this machine.\n\n\
         - The origin is nginx with a page of 1 KiB over TLS, its certificate's key RSA-2048, HTTP/1.1. A proxy may resume and keep \
         its own connections to it.\n\
         - Kept: {CLIENTS} clients, each with one opened connection (CONNECT and handshake before the clock starts), ask again and \
         again. New connections: {CLIENTS} clients, for each request a connection of its own: CONNECT, a handshake that resumes \
         nothing, one request, goodbye.\n\
         - {MANY} clients: each has an opened connection and asks once a second, {STEADY} requests a second together. The middle \
         round by its p99 is told. Memory is how much the server (all its processes) has grown with them opened, by their number, \
         and it is of the first crowd only: what a server keeps of one crowd would hide what the next one takes.\n\
         - squid has one worker, `ssl-bump` (peek, then bump), four helpers that make certificates, a memory of 16 MB for made ones, \
         nothing cached, its access log on. Its certificates share its authority's key, so that key's kind is what each handshake \
         signs with. It is measured with RSA-2048, as its own guides set it up, and with P-256, which is what Holdfast signs with; \
         each goal is judged on the faster of the two.\n\
         - Holdfast is the release build of `holdfast serve`, its authority and its certificates P-256, with a policy per person that opens everything, reasons and the \
         log on ({logged} events stand in its log files after the run).\n\
         - Agreed on: {}.\n{faults}",
        agreed.join("; ")
    )
}

/// How often the best of some others goes into a rate of ours; 0 where none of them has one.
fn times(ours: f64, others: impl Iterator<Item = f64>) -> f64 {
    let best = others.fold(0.0, f64::max);
    if best > 0.0 { ours / best } else { 0.0 }
}

/// Each rate is held against the faster squid.
fn goals(direct: &Entry, squids: &[Entry], ours: &Entry) -> Vec<Goal> {
    let kept = times(middle(&ours.kept).rate, squids.iter().map(|squid| middle(&squid.kept).rate));
    let renewed = times(middle(&ours.renewed).rate, squids.iter().map(|squid| middle(&squid.renewed).rate));
    let (crowd, each) = ours.crowd();
    let added = (crowd.p99 - direct.crowd().0.p99).max(0.0);
    vec![
        Goal {
            what: "TLS-inspected requests on kept connections, beside the faster squid",
            aim: "≥ 1.5 × squid",
            reading: format!("{kept:.2} ×"),
            merit: at_least(kept, 1.5),
        },
        Goal {
            what: "TLS-inspected requests, a new connection each, beside the faster squid",
            aim: "≥ 2.5 × squid",
            reading: format!("{renewed:.2} ×"),
            merit: at_least(renewed, 2.5),
        },
        Goal {
            what: "1,000 inspected clients at once, p99 added",
            aim: "≤ 25 ms",
            reading: format!("{added:.2} ms"),
            merit: at_most(added, 25.0),
        },
        Goal {
            what: "1,000 inspected clients at once, memory",
            aim: "≤ 100 KiB a connection",
            reading: format!("{each:.1} KiB"),
            merit: at_most(each, 100.0),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_held_against_the_best_of_the_others() {
        assert!((times(30.0, [5.0, 10.0].into_iter()) - 3.0).abs() < 1e-9);
        assert!(times(30.0, std::iter::empty()).abs() < 1e-9, "nothing to compare with is no success");
    }
}
