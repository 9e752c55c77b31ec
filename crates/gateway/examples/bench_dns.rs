//! A name service to be measured: policy, a large list, events written as JSON lines, reasons on.
//!
//! `bench_dns LISTEN UPSTREAM NAMES EVENTS WORKERS` answers on `LISTEN`, asks `UPSTREAM`, blocks `casino.example` among
//! `NAMES` other names, and writes its events to the file `EVENTS`.

use holdfast_core::{
    category::Category,
    identity::IdentityTable,
    lists::{Entries, NameEntry, Scope},
    moment::Moment,
    policy,
    ruleset::{
        self, Ruleset,
        content::{ContentBuilder, ListFacts},
    },
};
use holdfast_gateway::{
    dns::{
        self, Inputs, Listener,
        counters::Counters,
        forwarder::Forwarder,
        settings::{Forwarding, Settings},
    },
    events,
    judge::Judge,
};
use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    net::{SocketAddr, UdpSocket},
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
    let [listen, upstream, names, log, workers] = arguments.as_slice() else {
        return Err("usage: bench_dns LISTEN UPSTREAM NAMES EVENTS WORKERS".into());
    };
    let workers = workers.parse()?;
    let (events, mut received) = events::channel(65_536, 65_536);
    let (_ruleset, ruleset) = watch::channel(Arc::new(ruleset(names.parse()?)?));
    let (_identity, identity) = watch::channel(Arc::new(IdentityTable::default()));
    let settings = Settings {
        workers,
        forwarding: Forwarding { upstreams: vec![upstream.parse()?], ..Forwarding::default() },
        why_address: "http://localhost:8080/stopped".to_owned(),
        ..Settings::default()
    };
    let counters = Arc::new(Counters::default());
    let forwarder =
        Forwarder::start(settings.forwarding.clone(), settings.destinations.clone(), Arc::clone(&counters))?;
    let zone = jiff::tz::TimeZone::get("Europe/London")?;
    let inputs = Inputs {
        ruleset,
        identity,
        tls: None,
        events,
        clock: Arc::new(move || Moment::at(jiff::Timestamp::now(), &zone)),
        judge: Judge::default(),
        forwarder,
        counters: Arc::clone(&counters),
        settings,
    };
    let listener = Listener { name: "bench".into(), udp: sockets(listen.parse()?, workers)?, ..Listener::default() };
    let dns = dns::start(inputs, vec![listener])?;
    println!("listening on {:?}", dns.addresses());

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

/// One socket for each worker, all on one address.
fn sockets(address: SocketAddr, workers: usize) -> Result<Vec<UdpSocket>, Box<dyn Error>> {
    let mut sockets = Vec::new();
    for _ in 0..workers.max(1) {
        let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::DGRAM, None)?;
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        sockets.push(socket.into());
    }
    Ok(sockets)
}

fn ruleset(names: u32) -> Result<Ruleset, Box<dyn Error>> {
    let mut builder = ContentBuilder::new(7);
    let listed = (0..names).map(|number| format!("site{number}.casino{}.example", number % 977));
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
    Ok(ruleset::compile(source, content, "bench", POLICY).map_err(|problems| format!("{problems:?}"))?.0)
}
