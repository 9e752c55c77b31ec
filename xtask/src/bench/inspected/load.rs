//! The loads on an inspecting proxy, each bounded in time.

use super::client::{Client, Way};
use crate::bench::server::Server;
use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
    task::JoinSet,
    time::{MissedTickBehavior, interval_at, sleep_until},
};

/// Clients at once in the first two loads.
pub(super) const CLIENTS: usize = 64;
/// Opened clients at once in the third.
pub(super) const MANY: usize = 1_000;
/// Requests a second of all of them together: one of each.
pub(super) const STEADY: usize = 1_000;
/// How many of them open their connections at the same time.
const OPENING: usize = 32;

/// What one load came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// Answers in a second.
    pub(super) rate: f64,
    /// The middle waiting time in milliseconds.
    pub(super) p50: f64,
    /// The waiting time in milliseconds that 99 of 100 stay under.
    pub(super) p99: f64,
    /// Connections and requests that failed.
    pub(super) faults: u64,
    /// The first fault, in words.
    pub(super) first_fault: Option<String>,
}

/// What many opened clients came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Crowd {
    pub(super) reading: Reading,
    /// Resident memory of the server for each opened connection, in bytes.
    pub(super) each: f64,
}

/// What one client saw.
#[derive(Default)]
struct Seen {
    waits: Vec<Duration>,
    faults: u64,
    first_fault: Option<String>,
}

impl Seen {
    fn fault(&mut self, fault: &io::Error) {
        self.faults += 1;
        self.first_fault.get_or_insert_with(|| fault.to_string());
    }

    fn add(&mut self, other: Self) {
        self.waits.extend(other.waits);
        self.faults += other.faults;
        self.first_fault = self.first_fault.take().or(other.first_fault);
    }

    fn reading(mut self, took: Duration) -> Reading {
        self.waits.sort_unstable();
        let at = |hundredths: usize| {
            let place = (self.waits.len() * hundredths / 100).min(self.waits.len().saturating_sub(1));
            self.waits.get(place).map_or(0.0, |wait| wait.as_secs_f64() * 1e3)
        };
        let answers = f64::from(u32::try_from(self.waits.len()).unwrap_or(u32::MAX));
        Reading {
            rate: answers / took.as_secs_f64(),
            p50: at(50),
            p99: at(99),
            faults: self.faults,
            first_fault: self.first_fault,
        }
    }
}

/// One thread for all clients, as wrk has in the other measurements.
pub(super) fn runtime() -> Result<Runtime, String> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|fault| format!("the load cannot be started: {fault}"))
}

/// Asks once on a connection of its own, so that nothing else is measured by mistake. What was agreed on.
pub(super) async fn look(way: &Way, server: &str) -> Result<String, String> {
    let told = |fault: io::Error| format!("{server} does not hand on the page: {fault}");
    let mut client = way.open(0).await.map_err(told)?;
    client.ask().await.map_err(told)?;
    if !client.has_page() {
        return Err(format!("{server} should have handed on the page, but answered “{}”", client.first_line()));
    }
    let agreed = client.agreed();
    client.close().await;
    Ok(agreed)
}

/// Clients that each open one connection and ask again and again; opening is not counted.
pub(super) async fn kept(way: &Way, load: Duration) -> Result<Reading, String> {
    let clients = open_all(way, CLIENTS).await?;
    let begun = Instant::now();
    let until = begun + load;
    let mut tasks = JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            let mut seen = Seen::default();
            while Instant::now() < until {
                let asked = Instant::now();
                if let Err(fault) = client.ask().await {
                    seen.fault(&fault);
                    break;
                }
                seen.waits.push(asked.elapsed());
            }
            seen
        });
    }
    let seen = gather(tasks).await?;
    Ok(seen.reading(begun.elapsed()))
}

/// Clients that open a new connection for each request: CONNECT, handshake, one request, goodbye. All of it is the
/// waiting time but the goodbye.
pub(super) async fn renewed(way: &Way, load: Duration) -> Result<Reading, String> {
    let begun = Instant::now();
    let until = begun + load;
    let mut tasks = JoinSet::new();
    for number in 0..CLIENTS {
        let way = way.clone();
        tasks.spawn(async move {
            let mut seen = Seen::default();
            while Instant::now() < until {
                let asked = Instant::now();
                match once(&way, number).await {
                    Ok(client) => {
                        seen.waits.push(asked.elapsed());
                        client.close().await;
                    }
                    Err(fault) => seen.fault(&fault),
                }
            }
            seen
        });
    }
    let seen = gather(tasks).await?;
    Ok(seen.reading(begun.elapsed()))
}

async fn once(way: &Way, number: usize) -> io::Result<Client> {
    let mut client = way.open(number).await?;
    client.ask().await?;
    Ok(client)
}

/// A thousand opened clients, each asking once a second, their turns spread over the second. The waiting time is from
/// writing the request to having the whole answer.
pub(super) async fn crowd(way: &Way, server: &Server, load: Duration) -> Result<Crowd, String> {
    let before = server.memory();
    let mut clients = open_all(way, MANY).await?;
    for client in &mut clients {
        client.ask().await.map_err(|fault| format!("{}: {fault}", server.name))?;
    }
    let grown = server.memory().saturating_sub(before);
    let begun = Instant::now();
    let pace = Duration::from_secs(1) * u32::try_from(MANY / STEADY).unwrap_or(1);
    let mut tasks = JoinSet::new();
    for (number, mut client) in clients.into_iter().enumerate() {
        let first = begun + pace * u32::try_from(number).unwrap_or(0) / u32::try_from(MANY).unwrap_or(1);
        tasks.spawn(async move {
            let mut seen = Seen::default();
            let mut turns = interval_at(first.into(), pace);
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while begun.elapsed() < load {
                turns.tick().await;
                let asked = Instant::now();
                if let Err(fault) = client.ask().await {
                    seen.fault(&fault);
                    break;
                }
                seen.waits.push(asked.elapsed());
            }
            // Nobody leaves before the others are done.
            sleep_until((begun + load).into()).await;
            client.close().await;
            seen
        });
    }
    let seen = gather(tasks).await?;
    let each = f64::from(u32::try_from(grown / 1024).unwrap_or(u32::MAX)) * 1024.0
        / f64::from(u32::try_from(MANY).unwrap_or(u32::MAX));
    Ok(Crowd { reading: seen.reading(begun.elapsed()), each })
}

/// Opens connections, some at the same time.
async fn open_all(way: &Way, count: usize) -> Result<Vec<Client>, String> {
    let doors = Arc::new(Semaphore::new(OPENING));
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let (way, doors) = (way.clone(), Arc::clone(&doors));
        tasks.spawn(async move {
            let _turn = doors.acquire().await;
            way.open(number).await
        });
    }
    let mut clients = Vec::with_capacity(count);
    while let Some(opened) = tasks.join_next().await {
        let opened = opened.map_err(|fault| fault.to_string())?;
        clients.push(opened.map_err(|fault| format!("a connection could not be opened: {fault}"))?);
    }
    Ok(clients)
}

async fn gather(mut tasks: JoinSet<Seen>) -> Result<Seen, String> {
    let mut all = Seen::default();
    while let Some(seen) = tasks.join_next().await {
        all.add(seen.map_err(|fault| format!("a client broke off: {fault}"))?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_by_their_place_in_order() {
        let waits = (1..=200).rev().map(Duration::from_millis).collect();
        let reading = Seen { waits, ..Seen::default() }.reading(Duration::from_secs(2));
        assert!((reading.rate - 100.0).abs() < 1e-9);
        assert!((reading.p50 - 101.0).abs() < 1e-9 && (reading.p99 - 199.0).abs() < 1e-9, "{reading:?}");
    }
}
