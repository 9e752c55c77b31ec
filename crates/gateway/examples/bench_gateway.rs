//! A gate to be measured: policy, a large list, events written as JSON lines, reasons on.
//!
//! `bench_gateway LISTEN ORIGIN NAMES EVENTS WORKERS` serves on `LISTEN`, sends every `.test` name to `ORIGIN`, blocks
//! `casino.example` among `NAMES` other names, and writes its events to the file `EVENTS`.

use holdfast_core::{
    category::Category,
    identity::IdentityTable,
    lists::{Entries, NameEntry, Scope},
    moment::Moment,
    policy,
    ruleset::{
        self,
        content::{ContentBuilder, ListFacts},
    },
};
use holdfast_gateway::{
    Inputs, Listener, SignInMode,
    destination::{Destinations, ListedHost},
    events,
    judge::Judge,
    settings::Settings,
    start,
};
use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    net::{SocketAddr, TcpListener},
    sync::Arc,
};
use tokio::sync::watch;

const POLICY: &str = r#"
version = 1
title = "Bench"
author = "bench"
reason = "To measure."
review_by = "2030-07-31"
time_zone = "Europe/London"

[[group]]
code = "oak"
purpose = "Older pupils"
band = "older"
judging = { default = "allow", block_categories = ["gambling"] }

[unknown]
default = "allow"
block_categories = ["gambling", "social-media"]
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, origin, names, log, workers] = arguments.as_slice() else {
        return Err("usage: bench_gateway LISTEN ORIGIN NAMES EVENTS WORKERS".into());
    };
    let origin: SocketAddr = origin.parse()?;
    let mut builder = ContentBuilder::new(7);
    let listed = (0..names.parse::<u32>()?).map(|number| format!("site{number}.casino{}.example", number % 977));
    let names = listed.chain(["casino.example".to_owned()]);
    let names = names.map(|name| NameEntry { name: name.into(), scope: Scope::Within }).collect();
    let facts = ListFacts {
        id: "bench".into(),
        title: "Bench".to_owned(),
        category: Category::Gambling,
        source: "made here".to_owned(),
        licence: "none".to_owned(),
        fetched: None,
        entries: 0,
    };
    builder.add(facts, Entries { names, ..Entries::default() });
    let source = policy::read("bench", POLICY).map_err(|problems| format!("{problems:?}"))?;
    let content = Arc::new(builder.finish().content);
    let (ruleset, _) =
        ruleset::compile(source, content, "bench", POLICY).map_err(|problems| format!("{problems:?}"))?;

    let (events, mut received) = events::channel(65_536, 65_536);
    let (_ruleset, ruleset) = watch::channel(Arc::new(ruleset));
    let (_identity, identity) = watch::channel(Arc::new(IdentityTable::default()));
    let site = ListedHost { names: vec![".test".to_owned()], addresses: vec![origin.into()], allow_private: true };
    let settings = Settings {
        workers: workers.parse()?,
        destinations: Destinations { listed: vec![site], ..Destinations::default() },
        ..Settings::default()
    };
    let zone = jiff::tz::TimeZone::get("Europe/London")?;
    let clock = Arc::new(move || Moment::at(jiff::Timestamp::now(), &zone));
    let inputs =
        Inputs { ruleset, identity, events, clock, settings, judge: Judge::default(), look_up: None, inspection: None };
    let listener = Listener::proxy("bench", TcpListener::bind(listen)?, SignInMode::Off);
    let gate = start(inputs, vec![listener])?;
    println!("listening on {:?}", gate.addresses());

    let mut log = BufWriter::new(File::create(log)?);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut batch = Vec::new();
        while received.next_batch(&mut batch).await {
            for event in batch.drain(..) {
                serde_json::to_writer(&mut log, &event)?;
                log.write_all(b"\n")?;
            }
            log.flush()?;
        }
        Ok::<(), Box<dyn Error>>(())
    })
}
