//! How many events a second the log takes in, and what one costs.
//!
//! `cargo run --release -p holdfast-activity --example throughput`
//!
//! Events are as the name service sends them: no person, a client, a group, a name, half of them blocked by a list.
//! They are made before the clock starts and handed over as the gate hands them over, a thousand at a time.

use holdfast_activity::{
    drain::{self, Source},
    health::Losses,
    journal::{Journal, Settings},
    recent::{Limits, Recent},
};
use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    request::Visibility,
    subject::{Confidence, GroupCode, Source as Known, Subject},
};
use std::{collections::VecDeque, error::Error, fs, net::Ipv4Addr, sync::Arc, time::Instant};

const EVENTS: u32 = 400_000;
const BATCH: u32 = 1_000;

struct Ready(VecDeque<Vec<Event>>);

impl Source for Ready {
    async fn next_batch(&mut self, batch: &mut Vec<Event>) -> bool {
        let Some(mut events) = self.0.pop_front() else { return false };
        batch.append(&mut events);
        true
    }
}

/// What most events have in common, and the gate shares among them too.
struct Shared {
    ruleset: Arc<str>,
    listener: Arc<str>,
    method: Arc<str>,
    scheme: Arc<str>,
    category: [Arc<str>; 3],
    words: [Arc<str>; 2],
    group: GroupCode,
}

fn event(shared: &Shared, number: u32) -> Event {
    let is_blocked = number.is_multiple_of(2);
    let host: Arc<str> = format!("cdn-{}.assets-{}.example", number % 50_000, number % 7).into();
    let [layer, list, category] = &shared.category;
    let subject = Subject {
        group: Some(shared.group.clone()),
        source: Known::Network,
        confidence: Confidence::Shared,
        ..Subject::unknown()
    };
    Event::Request(Box::new(RequestEvent {
        reference: format!("{number:08X}").into(),
        at_micros: 1_795_000_000_000_000 + i64::from(number) * 10,
        ruleset: Arc::clone(&shared.ruleset),
        subject,
        client: Some(Ipv4Addr::from(0x0a00_0000 + number * 7 % 1_500).into()),
        listener: Arc::clone(&shared.listener),
        method: Arc::clone(&shared.method),
        scheme: Arc::clone(&shared.scheme),
        host: Some(Arc::clone(&host)),
        port: 53,
        path: None,
        visibility: Visibility::NameOnly,
        outcome: if is_blocked { Outcome::Blocked } else { Outcome::Allowed },
        status: 0,
        layer: if is_blocked { Arc::clone(layer) } else { "default".into() },
        rule: None,
        list: is_blocked.then(|| Arc::clone(list)),
        entry: is_blocked.then_some(host),
        category: is_blocked.then(|| Arc::clone(category)),
        strict: None,
        rewrites: Vec::new(),
        unopened: None,
        clauses: Vec::new(),
        words: Arc::clone(&shared.words[usize::from(is_blocked)]),
        bytes_up: 0,
        bytes_down: 0,
        duration_micros: 12,
        synthetic: false,
    }))
}

fn batches() -> VecDeque<Vec<Event>> {
    let shared = Shared {
        ruleset: "5f0c9a7e21b34d68".into(),
        listener: "names".into(),
        method: "A".into(),
        scheme: "dns".into(),
        category: ["category".into(), "borough-gambling".into(), "gambling".into()],
        words: ["Open to you.".into(), "This page is closed in school. It is about gambling.".into()],
        group: GroupCode::from("Rowan"),
    };
    let numbers: Vec<u32> = (0..EVENTS).collect();
    let batch = usize::try_from(BATCH).unwrap_or(1);
    numbers.chunks(batch).map(|part| part.iter().map(|&number| event(&shared, number)).collect()).collect()
}

/// Nanoseconds of processor time that this thread has used.
fn processor_nanos() -> Result<u64, Box<dyn Error>> {
    let told = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(told.split_whitespace().next().ok_or("the system does not tell processor time")?.parse()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    for round in 1..=3 {
        let folder = tempfile::tempdir()?;
        let journal = Journal::open(folder.path(), Settings::default())?;
        let recent = Arc::new(Recent::new(Limits::default()));
        let source = Ready(batches());
        let (begun, used) = (Instant::now(), processor_nanos()?);
        let health = runtime.block_on(drain::run(source, journal, recent, Arc::new(Losses::default)));
        let (passed, used) = (begun.elapsed(), processor_nanos()? - used);
        let each = used / u64::from(EVENTS);
        let rate = f64::from(EVENTS) / passed.as_secs_f64();
        let bytes: u64 = fs::read_dir(folder.path())?.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
        println!(
            "round {round}: {rate:.0} events/s, {each} ns of processor an event, {} bytes a line, {} written",
            bytes / u64::from(EVENTS),
            health.written
        );
    }
    Ok(())
}
