//! Measures the full verdict: all layers, a million names, address entries, and the reason. Prints `key=value` lines.

use holdfast_core::{
    address::Address,
    category::Category,
    decide::decide,
    host::Host,
    lists::{Entries, NameEntry, Scope},
    moment::Moment,
    policy,
    request::Request,
    ruleset::{
        self, Ruleset,
        content::{ContentBuilder, ListFacts},
    },
    subject::{Confidence, Source, Subject},
};
use std::{fmt::Write as _, hint::black_box, sync::Arc, time::Instant};

const NAMES: usize = 1_000_000;

fn main() {
    let ruleset = ruleset();
    let subjects: Vec<Subject> = (0..64).map(subject).collect();
    let addresses: Vec<Address> = (0..4_096)
        .map(|index: usize| {
            let host = if index.is_multiple_of(2) {
                listed_name(index * 211 % NAMES)
            } else {
                format!("www.site{index}.example")
            };
            Address::parse(&format!("http://{host}/articles/{index}/page.html?from=home")).expect("a good address")
        })
        .collect();
    let hosts: Vec<Host> = addresses.iter().map(|address| address.host().clone()).collect();
    let moment = Moment { unix_micros: 1_795_431_600_000_000, weekday: 0, minute: 600 };
    let whole = measure(|round| {
        let request = Request::whole(&addresses[round % addresses.len()]);
        decide(&ruleset, &subjects[round % subjects.len()], &request, &moment).is_allow()
    });
    let name_only = measure(|round| {
        let request = Request::name_only(&hosts[round % hosts.len()]);
        decide(&ruleset, &subjects[round % subjects.len()], &request, &moment).is_allow()
    });
    let described = measure(|round| {
        let subject = &subjects[round % subjects.len()];
        let request = Request::whole(&addresses[round % addresses.len()]);
        let verdict = decide(&ruleset, subject, &request, &moment);
        ruleset.describe(&verdict, subject, &request).words.is_none()
    });
    println!("verdict_whole_ns={whole:.0}");
    println!("verdict_name_only_ns={name_only:.0}");
    println!("verdict_with_words_ns={described:.0}");
}

fn measure(mut ask: impl FnMut(usize) -> bool) -> f64 {
    let rounds = 1_000_000;
    for round in 0..rounds / 10 {
        black_box(ask(round));
    }
    let started = Instant::now();
    for round in 0..rounds {
        black_box(ask(black_box(round)));
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(rounds).unwrap_or(u32::MAX))
}

fn listed_name(index: usize) -> String {
    format!("name{index}.category{}.test", index % 97)
}

fn subject(index: usize) -> Subject {
    Subject {
        person: Some(format!("person-{index}").as_str().into()),
        group: Some(format!("group-{}", index % 8).as_str().into()),
        classes: vec![format!("class-{}", index % 5).as_str().into()],
        device: None,
        room: None,
        source: Source::SignIn,
        confidence: Confidence::Proven,
    }
}

/// Eight groups, 200 rules, 20 lessons, suspensions and emergency blocks: a busy school's policy.
fn ruleset() -> Ruleset {
    let mut text = String::from(
        "version = 1\ntitle = \"Bench\"\nauthor = \"head\"\nreason = \"Bench\"\nreview_by = \"2027-07-31\"\ntime_zone = \"Europe/London\"\n",
    );
    let blocked = "[\"gambling\", \"drugs\", \"malware\", \"phishing\", \"social-media\"]";
    for group in 0..8 {
        write!(text, "[[group]]\ncode = \"group-{group}\"\npurpose = \"x\"\nband = \"older\"\njudging = {{ default = \"allow\", block_categories = {blocked} }}\n").expect("a String");
    }
    write!(text, "[unknown]\ndefault = \"block\"\nblock_categories = {blocked}\n").expect("a String");
    for rule in 0..200 {
        write!(text, "[[rule]]\ncode = \"r{rule}\"\naction = \"allow\"\ngroups = [\"group-{}\"]\nhosts = [\"ok{rule}.example\"]\naddresses = [\"site{rule}.example/lessons\"]\nends = \"2027-01-01\"\nauthor = \"head\"\nreason = \"x\"\n", rule % 8).expect("a String");
    }
    for lesson in 0..20 {
        write!(text, "[[lesson]]\ncode = \"l{lesson}\"\ntitle = \"x\"\nclasses = [\"class-{}\"]\nhosts = [\"lesson{lesson}.example\"]\nstarts = \"2026-11-01\"\nends = \"2026-12-01\"\nauthor = \"t\"\n", lesson % 5).expect("a String");
    }
    for suspension in 0..5 {
        write!(text, "[[suspension]]\ncode = \"s{suspension}\"\nperson = \"person-{suspension}\"\nauthor = \"head\"\nstarts = \"2026-11-01\"\nends = \"2026-12-01\"\n").expect("a String");
    }
    let source = policy::read("bench", &text).expect("a good policy");
    ruleset::compile(source, Arc::new(content()), "bench", &text).expect("a good policy").0
}

fn content() -> ruleset::content::Content {
    let mut builder = ContentBuilder::new(11);
    let categories = [Category::Gambling, Category::Malware, Category::Shopping, Category::News, Category::Sport];
    for (number, category) in categories.into_iter().enumerate() {
        let names = (0..NAMES).filter(|index| index % categories.len() == number);
        let names = names.map(|index| NameEntry { name: listed_name(index).into(), scope: Scope::Within }).collect();
        let urls = (0..2_000).map(|index| format!("site{index}.example/bad/{number}").into()).collect();
        let facts = ListFacts {
            id: format!("list-{number}").into(),
            title: "Bench".to_owned(),
            category,
            source: "made".to_owned(),
            licence: "none".to_owned(),
            fetched: None,
            entries: 0,
        };
        builder.add(facts, Entries { names, urls, ..Entries::default() });
    }
    builder.finish().content
}
