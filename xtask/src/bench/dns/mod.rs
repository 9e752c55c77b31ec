//! The name service beside its peers: the same names, the same upstream, the same questions, in one run.

mod ask;
mod load;
mod servers;

use super::{
    holdfast,
    names::Names,
    report::{Goal, Section, at_least, at_most},
    server::Server,
};
use crate::{
    debian::{self, Needed},
    repository::Repository,
};
use ask::{Told, ask};
use load::{CLIENTS, Questions, Reading, SOCKETS, STEADY};
use servers::{Holdfast, allowed_name};
use std::{
    fmt::Write as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

const NEEDED: [Needed; 3] = [Needed::tool("dnsperf", "dnsperf"), debian::UNBOUND, debian::DNSMASQ];

/// Each load is run this often, the servers taking turns, and the middle reading counts.
const ROUNDS: usize = 3;
/// How many blocked names are asked for in turn, and as many allowed ones. All of these fit into every server's cache.
const NAMES_OF_EACH_KIND: usize = 5_000;
/// Where unbound, the measure of the goals, stands among the entries, and where Holdfast.
const UNBOUND: usize = 0;
const OURS: usize = 2;
/// How long a server may go on after its load: writing down what was answered, and packing it.
const SETTLE: Duration = Duration::from_secs(30);
/// Over this time nobody may use more than a fiftieth of a processor, to count as idle.
const IDLE_OVER: Duration = Duration::from_secs(1);

/// One server and what came of it.
struct Entry {
    server: Server,
    /// The loads.
    floods: Vec<Flood>,
    /// Answers to everything that dnsperf asked.
    answered: u64,
    /// The waiting times in milliseconds under a steady load: the middle one and the one that 99 of 100 stay under.
    waits: (f64, f64),
    /// Resident memory and memory with shared parts counted in parts, after everything.
    memory: (u64, u64),
}

/// One load and what it took the server.
struct Flood {
    reading: Reading,
    /// Processor time while it ran.
    load: Duration,
    /// Processor time afterwards, until Holdfast had packed what it wrote into its log.
    packing: Duration,
}

impl Flood {
    /// Microseconds of an answer.
    fn of_an_answer(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / f64::from(u32::try_from(self.reading.answered).unwrap_or(u32::MAX))
    }
}

impl Entry {
    const fn new(server: Server) -> Self {
        Self { server, floods: Vec::new(), answered: 0, waits: (0.0, 0.0), memory: (0, 0) }
    }

    /// The middle load by its rate: answers a second, and processor time of an answer in microseconds, all of it and
    /// what of it is packing.
    fn middle(&self) -> (f64, f64, f64) {
        let mut sorted: Vec<&Flood> = self.floods.iter().collect();
        sorted.sort_by(|one, other| one.reading.rate.total_cmp(&other.reading.rate));
        sorted.get(sorted.len() / 2).map_or((0.0, 0.0, 0.0), |flood| {
            let all = flood.of_an_answer(flood.load + flood.packing);
            (flood.reading.rate, all, flood.of_an_answer(flood.packing))
        })
    }

    fn lost(&self) -> u64 {
        self.floods.iter().map(|flood| flood.reading.lost).sum()
    }
}

/// Starts everything, measures, and stops everything.
pub(super) fn measure(repository: &Repository, seconds: u32) -> Result<Section, String> {
    debian::install(&NEEDED)?;
    let folder = tempfile::Builder::new()
        .prefix("holdfast-bench-dns")
        .tempdir()
        .map_err(|fault| format!("no temporary folder: {fault}"))?;
    let folder = folder.path();
    let names = Names::gather(repository, folder)?;
    println!("{} names, {}", names.all.len(), names.origin);
    let upstream = servers::upstream(folder)?;
    let holdfast = Holdfast::prepare(repository, folder, &names.all, upstream.port)?;
    let mut entries = [
        Entry::new(servers::unbound(folder, &names.all, upstream.port)?),
        Entry::new(servers::dnsmasq(folder, &names.all, upstream.port)?),
        Entry::new(holdfast.start()?),
    ];
    let blocked = names.sample(NAMES_OF_EACH_KIND);
    let allowed: Vec<String> = (0..blocked.len()).map(allowed_name).collect();
    let questions = Questions::write(folder, &blocked, &allowed)?;
    for entry in &mut entries {
        look(&entry.server, &blocked)?;
        entry.answered += questions.warm(folder, entry.server.port)?.answered;
    }
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}");
        // Whoever comes first in one round comes last in the next.
        let turns: Vec<usize> = if round % 2 == 0 { vec![2, 1, 0] } else { vec![0, 1, 2] };
        for turn in turns {
            wait_until_idle(&entries);
            let holdfast = (turn == OURS).then_some(&holdfast);
            flood(folder, &questions, &mut entries[turn], seconds, holdfast)?;
        }
    }
    wait_until_idle(&entries);
    for entry in &mut entries {
        let (reading, waits) = questions.waits(folder, entry.server.port, seconds)?;
        entry.answered += reading.answered;
        entry.waits = waits;
        entry.memory = (entry.server.memory(), entry.server.proportional_memory());
    }
    let held = holdfast.table_bytes()? + holdfast.cache_bytes()?;
    let asked = entries[OURS].answered;
    let logged = logged(folder, asked);
    let mut text = table(&entries)? + &method(&names, &questions, seconds, (logged, asked), entries[OURS].middle().2);
    let mut goals = goals(&entries, held);
    let [_, _, ours] = entries;
    ours.server.kill()?;
    let again = holdfast.start()?;
    let took = again.start.as_secs_f64();
    writeln!(
        text,
        "- Ended with `kill -9` after all that and started again, Holdfast gave its first answer after {took:.2} s."
    )
    .map_err(|fault| fault.to_string())?;
    goals.push(Goal {
        what: "restart after kill -9, names loaded, to the first answer",
        aim: "≤ 2 s",
        reading: format!("{took:.2} s"),
        merit: at_most(took, 2.0),
    });
    Ok(Section::new("Name services side by side", text, goals))
}

/// Looks whether a server blocks and allows, so that nothing else is measured by mistake.
fn look(server: &Server, blocked: &[String]) -> Result<(), String> {
    let patience = Duration::from_secs(5);
    for name in blocked.iter().step_by((blocked.len() / 20).max(1)) {
        let told = ask(server.port, name, patience);
        if told != Some(Told::NoSuchName) {
            return Err(format!("{} should have blocked “{name}”, but told {told:?}", server.name));
        }
    }
    let told = ask(server.port, &allowed_name(1), patience);
    if told != Some(Told::Records) {
        return Err(format!("{} should have handed on “{}”, but told {told:?}", server.name, allowed_name(1)));
    }
    Ok(())
}

/// Waits until no server works any more, so that what one has left to do after its load, such as packing its log, is
/// not at the cost of the next.
fn wait_until_idle(entries: &[Entry]) {
    let used = || entries.iter().map(|entry| entry.server.processor_time()).sum::<Duration>();
    let begun = Instant::now();
    let mut before = used();
    while begun.elapsed() < SETTLE {
        thread::sleep(IDLE_OVER);
        let now = used();
        if now.saturating_sub(before) <= IDLE_OVER / 50 {
            return;
        }
        before = now;
    }
}

/// One load. Holdfast's own is over once it has packed its log, which is due only after a minute, so that its cost is
/// its own and nobody else's.
fn flood(
    folder: &Path,
    questions: &Questions,
    entry: &mut Entry,
    seconds: u32,
    holdfast: Option<&Holdfast>,
) -> Result<(), String> {
    let before = entry.server.processor_time();
    let reading = questions.flood(folder, entry.server.port, seconds)?;
    let after = entry.server.processor_time();
    if let Some(holdfast) = holdfast {
        holdfast.wait_until_packed()?;
    }
    let load = after.saturating_sub(before);
    let packing = entry.server.processor_time().saturating_sub(after);
    println!("  {:<10} {:>8.0}/s, {} lost", entry.server.name, reading.rate, reading.lost);
    reading.check(entry.server.name)?;
    entry.answered += reading.answered;
    // Others have nothing to pack; what they still do is not held against them.
    let packing = if holdfast.is_some() { packing } else { Duration::ZERO };
    entry.floods.push(Flood { reading, load, packing });
    Ok(())
}

/// How many events stand in Holdfast's log, once it has written down what was answered.
fn logged(folder: &Path, asked: u64) -> u64 {
    let begun = Instant::now();
    let mut before = 0;
    loop {
        let now = holdfast::logged(folder);
        if now >= asked || now == before && now > 0 || begun.elapsed() > SETTLE {
            return now;
        }
        before = now;
        thread::sleep(Duration::from_secs(2));
    }
}

fn table(entries: &[Entry]) -> Result<String, String> {
    let mut text = String::from(
        "| | queries/s | lost | processor time a query | p50, p99 ms | memory, proportional MB | start s |\n|---|---|---|---|---|---|---|\n",
    );
    for entry in entries {
        let (rate, each, _) = entry.middle();
        let (p50, p99) = entry.waits;
        let (resident, proportional) = entry.memory;
        writeln!(
            text,
            "| {} | {rate:.0} | {} | {each:.2} µs | {p50:.2}, {p99:.2} | {}, {} | {:.1} |",
            entry.server.name,
            entry.lost(),
            resident / 1_000_000,
            proportional / 1_000_000,
            entry.server.start.as_secs_f64()
        )
        .map_err(|fault| fault.to_string())?;
    }
    Ok(text)
}

fn method(names: &Names, questions: &Questions, seconds: u32, (logged, asked): (u64, u64), packing: f64) -> String {
    format!(
        "\nEach load is {} dnsperf at once, from {}, with one thread and {SOCKETS} sockets each, for {seconds} s; the servers take \
         turns, {ROUNDS} rounds, and the middle reading by rate counts. dnsperf, upstream and the server measured share this machine.\n\n\
         - Every server is given the same {} names, {}. {} questions for A are asked over and over, half of them blocked names and half \
         names that upstream knows, all asked before the first load.\n\
         - Processor time is the server's own, user and system. Holdfast's is counted until the log that the load filled is \
         packed, which is {packing:.2} µs of an answer; the last file, of up to 64 MiB, is packed only once it is full. Waiting times are taken at {STEADY} queries a second. Memory is \
         resident, then with what is shared counted in parts, after the loads; for Holdfast it is that of the whole program, \
         and the goal is for its compiled names (by the bytes of their file) and the answers in memory (by its own \
         numbers).\n\
         - unbound has {} threads, one for each core as Holdfast has, its usual caches and a local zone for each name; dnsmasq has a cache of 10000 and `local=` \
         for each name. Neither logs, and neither has a policy per client.\n\
         - Holdfast is the release build of `holdfast serve`, with a policy per client ({} networks, groups and a person), reasons and the \
         log on: {logged} events stand in its log files for {asked} answers to dnsperf.\n",
        CLIENTS.len(),
        CLIENTS.join(" and "),
        names.all.len(),
        names.origin,
        questions.count,
        servers::unbound_threads(),
        201,
    )
}

/// `held` are the bytes of Holdfast's names and its answers in memory.
fn goals(entries: &[Entry; 3], held: u64) -> Vec<Goal> {
    let [.., ours] = entries;
    let theirs = &entries[UNBOUND];
    let ((rate, each, _), (their_rate, their_each, _)) = (ours.middle(), theirs.middle());
    let megabytes = |bytes: u64| f64::from(u32::try_from(bytes / 10_000).unwrap_or(u32::MAX)) / 100.0;
    let (held, memory, their_memory) = (megabytes(held), megabytes(ours.memory.1), megabytes(theirs.memory.1));
    let times = |one: f64, other: f64| if other > 0.0 { one / other } else { 0.0 };
    vec![
        Goal {
            what: "DNS queries, beside unbound",
            aim: "≥ 0.95 × unbound",
            reading: format!("{:.2} ×", times(rate, their_rate)),
            merit: at_least(times(rate, their_rate), 0.95),
        },
        Goal {
            what: "DNS, processor time a query",
            aim: "no more than unbound's",
            reading: format!("{each:.2} µs, unbound {their_each:.2} µs"),
            merit: at_most(each, their_each),
        },
        Goal {
            what: "DNS, memory of the names and the cache",
            aim: "≤ 1/10 of unbound's",
            reading: format!("{held:.0} MB of the whole program's {memory:.0} MB, unbound {their_memory:.0} MB"),
            merit: at_most(held, their_memory / 10.0),
        },
    ]
}
