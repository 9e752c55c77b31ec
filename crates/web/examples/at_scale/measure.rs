//! Asks for the pages as their users do, one after the other, and says how long each took.

use crate::{
    browser::Browser,
    make::{Made, PASSWORD, place},
    school::{CODE, sources},
};
use holdfast_records::{Records, store::Clock};
use holdfast_web::{loopback, serve};
use jiff::{SignedDuration, Timestamp};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// How often each page is asked for, at most.
const TIMES: usize = 200;
/// A page is not asked for again when it has been asked for this long.
const LONG_ENOUGH: Duration = Duration::from_secs(20);

/// A page: a word for it, who asks, and its address; `{reference}` and `{child}` stand for another one each time.
const PAGES: [(&str, &str, &str); 21] = [
    ("today_lead", "lead", "/today"),
    ("waiting", "lead", "/concerns"),
    ("waiting_page_2", "lead", "/concerns?page=2"),
    ("waiting_late", "lead", "/concerns?late=yes"),
    ("all_concerns", "lead", "/concerns/all"),
    ("meeting", "lead", "/concerns/meeting"),
    ("oversight_lead", "lead", "/concerns/oversight"),
    ("case", "lead", "/concerns/{reference}"),
    ("chronology", "lead", "/concerns/children/{child}"),
    ("search_form", "lead", "/concerns/search"),
    ("today_head", "head", "/today"),
    ("oversight_head", "head", "/concerns/oversight"),
    ("today_teacher", "teacher", "/today"),
    ("raise", "teacher", "/concerns/new"),
    ("own_concerns", "teacher", "/concerns/mine"),
    ("people", "office", "/people"),
    ("people_found", "office", "/people?search=ashbourne"),
    ("person", "office", "/people/{child}"),
    ("classes", "office", "/classes"),
    ("audit", "head", "/audit"),
    ("settings", "head", "/settings"),
];

/// Forms that only look: the same, with what is sent.
type Sent = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);
const SENT: [Sent; 1] = [("search_words", "lead", "/concerns/search", &[("words", "homework tablet")])];

/// Asks for the pages of these words; for all of them, where there are none.
pub async fn measure(folder: &Path, mut made: Made, only: &[String]) {
    let is_wanted = |word: &str| only.is_empty() || only.iter().any(|one| one == word);
    let begun = Instant::now();
    let then = Timestamp::from_microsecond(made.ended_at).expect("a moment");
    let now = move || then + SignedDuration::try_from(begun.elapsed()).expect("not that long");
    let place = place(folder);
    let opened = Instant::now();
    let records = Records::open(&place, Clock::new(now)).await.expect("the store opens");
    println!("people={} concerns={} entries={} made_s={:.0}", made.people, made.concerns, made.entries, made.seconds);
    println!(
        "store_mib={} open_ms={}",
        records.about_store().await.expect("it answers").bytes >> 20,
        opened.elapsed().as_millis()
    );
    let found = loopback(0).await.expect("a port");
    let address = found.listeners[0].local_addr().expect("an address");
    let (shares, shared) = watch::channel(Some(records.clone()));
    tokio::spawn(serve(found.listeners, sources(shared, now), std::future::pending()));
    let mut browsers = std::collections::BTreeMap::new();
    for who in ["lead", "head", "teacher", "office"] {
        let browser = signed_in(Browser::new(address), who, &mut made).await;
        browsers.insert(who, browser);
    }
    // A code is good once.
    made.ended_at = now().as_microsecond();
    fs::write(folder.join("made.json"), serde_json::to_string(&made).expect("it can be written")).expect("it is kept");
    let mut slowest = Duration::ZERO;
    for (word, who, path) in PAGES.into_iter().filter(|(word, ..)| is_wanted(word)) {
        let browser = browsers.get_mut(who).expect("they signed in");
        let mut took = Vec::with_capacity(TIMES);
        for time in 0..TIMES {
            if took.iter().sum::<Duration>() > LONG_ENOUGH {
                break;
            }
            let path = path
                .replace("{reference}", &made.references[time % made.references.len()])
                .replace("{child}", &made.children[time % made.children.len()]);
            let asked = Instant::now();
            let answer = browser.get(&path).await;
            took.push(asked.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        }
        slowest = slowest.max(tell(word, took));
    }
    for (word, who, path, fields) in SENT.into_iter().filter(|(word, ..)| is_wanted(word)) {
        let browser = browsers.get_mut(who).expect("they signed in");
        let page = browser.get(path).await.text;
        let own = ["token", "by", "form"].map(|name| (name, hidden(&page, name)));
        let own = own.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain(own).collect();
        let mut took = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            if took.iter().sum::<Duration>() > LONG_ENOUGH {
                break;
            }
            let asked = Instant::now();
            let answer = browser.post(path, &fields).await;
            took.push(asked.elapsed());
            assert!(answer.status < 400, "{path}: {}", answer.text);
        }
        slowest = slowest.max(tell(word, took));
    }
    println!("slowest_p95_ms={:.1}", slowest.as_secs_f64() * 1e3);
    drop(shares);
    records.close().await;
}

/// What a form of the page sends along unseen.
fn hidden(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split('"').next().map(str::to_owned)
}

/// Prints how long a page took, and gives the time that 95 of 100 stayed below.
fn tell(word: &str, mut took: Vec<Duration>) -> Duration {
    took.sort();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{word}_times={} {word}_p50_ms={:.1} {word}_p95_ms={:.1} {word}_max_ms={:.1}",
        took.len(),
        ms(at(50)),
        ms(at(95)),
        ms(at(100))
    );
    at(95)
}

async fn signed_in(mut browser: Browser, who: &str, made: &mut Made) -> Browser {
    let answer = browser.post("/sign-in", &[("name", who), ("password", PASSWORD)]).await;
    let mut way = answer.location().to_owned();
    if way.starts_with("/sign-in/second-step") {
        let spare = made.codes.get_mut(who).and_then(Vec::pop).expect("a code is left; else delete the folder");
        let answer = browser.act("/sign-in/second-step", "/sign-in/second-step", &[("code", &spare)]).await;
        answer.location().clone_into(&mut way);
    }
    assert!(way.starts_with("/today"), "{who} came to {way} at {CODE}");
    browser
}
