//! The gate beside its peers: the same page, the same kept connections, the same names, in one run.

use super::{
    holdfast::{self, Compiling},
    load::{self, CONNECTIONS, Reading, Target},
    names::Names,
    peers,
    report::{Goal, Section, at_least, at_most},
    server::Server,
    swap::{self, Swapping},
};
use crate::{
    debian::{self, Needed},
    repository::Repository,
};
use std::{fmt::Write as _, fs, os::unix::fs::PermissionsExt};

const NEEDED: [Needed; 5] = [
    Needed::server("squid", "squid-openssl", &["squid.service"]),
    Needed::server("e2guardian", "e2guardian", &["e2guardian.service"]),
    Needed::server("haproxy", "haproxy", &["haproxy.service"]),
    Needed::server("nginx", "nginx-light", &["nginx.service"]),
    Needed::tool("wrk", "wrk"),
];

/// Each load is run this often, the servers taking turns, and the middle reading counts.
const ROUNDS: usize = 3;
/// How many of the blocked names are asked for in turn.
const BLOCKED_NAMES: usize = 64;

/// One server with what it is asked for, and what came of it.
struct Entry {
    server: Server,
    page: Target,
    through_proxy: bool,
    blocks: bool,
    idle: u64,
    forwarded: Vec<Reading>,
    blocked: Vec<Reading>,
}

impl Entry {
    fn new(server: Server, page_host: String, through_proxy: bool, blocks: bool) -> Self {
        let page = Target { hosts: vec![page_host], forwarded: true };
        Self { server, page, through_proxy, blocks, idle: 0, forwarded: Vec::new(), blocked: Vec::new() }
    }
}

/// Starts everything, measures, and stops everything.
pub(super) fn measure(repository: &Repository, seconds: u32) -> Result<Section, String> {
    debian::install(&NEEDED)?;
    let folder = tempfile::Builder::new()
        // e2guardian reads the paths in its word lists in lower case.
        .prefix(&format!("holdfast-bench-{}", std::process::id()))
        .rand_bytes(0)
        .tempdir()
        .map_err(|fault| format!("no temporary folder: {fault}"))?;
    // (No dot in the name either: e2guardian stumbles over one in a path.)
    // squid and e2guardian give up root's rights at once and must still reach their files.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))
        .map_err(|fault| format!("the temporary folder cannot be opened: {fault}"))?;
    let names = Names::gather(repository, folder.path())?;
    println!("{} names, {}", names.apart.len(), names.origin);

    let origin = peers::origin(folder.path())?;
    let (port, host) = (origin.port, format!("localhost:{}", origin.port));
    let stopped = Target { hosts: names.sample(BLOCKED_NAMES), forwarded: false };
    let haproxy = peers::haproxy(folder.path(), port)?;
    let squid = peers::squid(folder.path(), &names.apart)?;
    let e2guardian = peers::e2guardian(folder.path(), &names.apart)?;
    let (ours, compiling) = holdfast::start(repository, folder.path(), &names.apart, port)?;
    let mut entries = [
        Entry::new(origin, host.clone(), false, false),
        Entry::new(haproxy, host.clone(), false, false),
        Entry::new(squid, host.clone(), true, true),
        Entry::new(e2guardian, host, true, true),
        Entry::new(ours, holdfast::PAGE_HOST.to_owned(), true, true),
    ];
    // Whatever is still being made ready after the first answer is done by then.
    std::thread::sleep(std::time::Duration::from_secs(2));
    for entry in &mut entries {
        entry.idle = entry.server.memory();
        load::look(&entry.server, &entry.page, entry.through_proxy)?;
        if entry.blocks {
            load::look(&entry.server, &stopped, true)?;
        }
    }
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}");
        for entry in &mut entries {
            let reading = load::run(folder.path(), &entry.server, &entry.page, entry.through_proxy, seconds)?;
            println!("  {:<12} forwarded {:>8.0}/s", entry.server.name, reading.rate);
            if reading.refused > 0 {
                return Err(format!(
                    "{} refused {} requests that it should have handed on",
                    entry.server.name, reading.refused
                ));
            }
            entry.forwarded.push(reading);
            if entry.blocks {
                let reading = load::run(folder.path(), &entry.server, &stopped, true, seconds)?;
                println!("  {:<12} blocked   {:>8.0}/s", entry.server.name, reading.rate);
                entry.blocked.push(reading);
            }
        }
    }
    let logged = holdfast::logged(folder.path());
    let [_, haproxy, squid, _, ours] = &entries;
    let contents = holdfast::two_contents(repository, folder.path())?;
    let data = folder.path().join("holdfast/data");
    let swapping = swap::measure(folder.path(), &ours.server, &ours.page, &contents, &data)?;
    let text = table(&entries)? + &method(&names, seconds, &compiling, logged) + &swapping.words();
    let mut goals = goals(haproxy, squid, ours, &compiling);
    goals.extend(Swapping::goals(&swapping));
    Ok(Section::new("Proxies side by side", text, goals))
}

/// The reading in the middle by its rate.
fn middle(readings: &[Reading]) -> Reading {
    let mut sorted = readings.to_vec();
    sorted.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    sorted.get(sorted.len() / 2).cloned().unwrap_or_default()
}

fn table(entries: &[Entry]) -> Result<String, String> {
    let mut text = String::from(
        "| | forwarded req/s | p50, p99 ms | blocked req/s | p50, p99 ms | broken off | memory idle, loaded MB | start s |\n|---|---|---|---|---|---|---|---|\n",
    );
    for entry in entries {
        let forwarded = middle(&entry.forwarded);
        let blocked = middle(&entry.blocked);
        let faults: u64 = entry.forwarded.iter().chain(&entry.blocked).map(|reading| reading.faults).sum();
        let (rate, waits) = if entry.blocks {
            (format!("{:.0}", blocked.rate), format!("{:.2}, {:.2}", blocked.p50, blocked.p99))
        } else {
            ("–".to_owned(), "–".to_owned())
        };
        let (idle, loaded) = (entry.idle / 1_000_000, entry.server.memory() / 1_000_000);
        writeln!(
            text,
            "| {} | {:.0} | {:.2}, {:.2} | {rate} | {waits} | {faults} | {idle}, {loaded} | {:.1} |",
            entry.server.name,
            forwarded.rate,
            forwarded.p50,
            forwarded.p99,
            entry.server.start.as_secs_f64()
        )
        .map_err(|fault| fault.to_string())?;
    }
    Ok(text)
}

fn method(names: &Names, seconds: u32, compiling: &Compiling, logged: u64) -> String {
    format!(
        "\nEach load is wrk with one thread and {CONNECTIONS} kept connections for {seconds} s; the servers take turns, {ROUNDS} rounds, and \
         the middle reading by rate counts. wrk, origin and the server measured share this machine.\n\n\
         - Every filter is given the same {} names ({} names {}, less those that lie below another one), and {BLOCKED_NAMES} of them are asked for in turn.\n\
         - nginx is the origin itself, with a page of 1 KiB. haproxy has one thread and no filter. squid has one worker, no \
         cache, and its access log on. e2guardian is as Debian ships it, its phrase lists included.\n\
         - Holdfast is the release build of `holdfast serve`, with a policy per person, reasons and the log on \
         ({logged} events stand in its log files after the run). One thread for each core.\n\
         - “Broken off” counts connections that the server closed on wrk; e2guardian closes them after a refusal.\n\
         - Compiling the names in a child process took {:.2} s and at most {} MB.\n",
        names.apart.len(),
        names.all.len(),
        names.origin,
        compiling.time.as_secs_f64(),
        compiling.peak / 1_000_000
    )
}

fn goals(haproxy: &Entry, squid: &Entry, ours: &Entry, compiling: &Compiling) -> Vec<Goal> {
    let (reference, limit, mine) = (middle(&squid.forwarded), middle(&haproxy.forwarded), middle(&ours.forwarded));
    let (stopped, mine_stopped) = (middle(&squid.blocked), middle(&ours.blocked));
    let times = |one: f64, other: f64| if other > 0.0 { one / other } else { 0.0 };
    let seconds = compiling.time.as_secs_f64();
    let megabytes = f64::from(u32::try_from(ours.idle / 10_000).unwrap_or(u32::MAX)) / 100.0;
    vec![
        Goal {
            what: "forwarded requests, beside squid",
            aim: "≥ 2 × squid",
            reading: format!("{:.2} ×", times(mine.rate, reference.rate)),
            merit: at_least(times(mine.rate, reference.rate), 2.0),
        },
        Goal {
            what: "forwarded requests, beside haproxy",
            aim: "≥ 0.8 × haproxy",
            reading: format!("{:.2} ×", times(mine.rate, limit.rate)),
            merit: at_least(times(mine.rate, limit.rate), 0.8),
        },
        Goal {
            what: "forwarded requests, p99",
            aim: "no worse than squid's",
            reading: format!("{:.2} ms, squid {:.2} ms", mine.p99, reference.p99),
            merit: at_most(mine.p99, reference.p99),
        },
        Goal {
            what: "blocked requests",
            aim: "≥ 1.5 × squid",
            reading: format!("{:.2} ×", times(mine_stopped.rate, stopped.rate)),
            merit: at_least(times(mine_stopped.rate, stopped.rate), 1.5),
        },
        Goal {
            what: "compiling the names in a child process",
            aim: "≤ 3 s for 1 M names",
            reading: format!("{seconds:.2} s"),
            merit: at_most(seconds, 3.0),
        },
        Goal {
            what: "whole program, idle, names loaded",
            aim: "≤ 100 MB",
            reading: format!("{megabytes:.0} MB"),
            merit: at_most(megabytes, 100.0),
        },
    ]
}
