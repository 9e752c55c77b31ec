//! HTTP/2 as an attack, from either side: floods, bombs and nonsense, frame by frame. None may make the gate fall, wait
//! for ever, or hold more than a connection's share; and what is not a whole answer never looks like one.

mod common;
mod opened;
mod two;

use h2::client::SendRequest;
use hyper::body::Bytes;
use std::{
    sync::atomic::Ordering::SeqCst,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use two::{
    LONG, POLICY, Scene, Site, ask,
    frames::{
        CONTINUATION, DATA, END_HEADERS, END_STREAM, GO_AWAY, HEADERS, PING, PREFACE, PRIORITY, PUSH, REMEMBERED,
        RESET, Raw, SETTINGS, WINDOW, field, frame, goodbye, head, remembered, resets,
    },
    get, scene, scene_of_bytes, scene_with,
};

/// Reasons (RFC 9113 §7).
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

/// What this process, in which the gate runs too, holds in memory, bytes.
fn held() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// A client of bytes that has said hello.
async fn raw(scene: &Scene) -> Raw<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut raw = Raw::new(scene.secure("site.example").await);
    let hello = [PREFACE.to_vec(), frame(SETTINGS, 0, 0, &[])].concat();
    assert!(raw.flood(&hello, 1).await);
    raw
}

/// Others are served all the while.
async fn is_well(scene: &Scene, other: &SendRequest<Bytes>) {
    assert_eq!(ask(other, get("site.example", "/head")).await.unwrap().status, 200);
    let another = scene.client("site.example").await;
    assert_eq!(ask(&another, get("site.example", "/head")).await.unwrap().status, 200);
}

fn request(stream: u32, flags: u8, path: &str) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, &head("GET", path))
}

/// One test at a time: each looks at how much memory the whole process holds.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_speak_it_is_not_waited_for() {
    let _alone = ALONE.lock().await;
    let mut scene = scene().await;
    for (sent, at_once) in [(b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n".as_slice(), true), (&PREFACE[..10], false)]
    {
        let begun = Instant::now();
        let mut raw = Raw::new(scene.secure("site.example").await);
        assert!(raw.flood(sent, 1).await);
        raw.end().await;
        assert_eq!(begun.elapsed() < Duration::from_millis(500), at_once);
        let event = scene.event().await;
        assert_eq!((&*event.layer, event.host.as_deref()), ("http2-framing", Some("site.example")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_is_closed_with_a_goodbye() {
    let _alone = ALONE.lock().await;
    let scene = scene_with(POLICY, Site::default(), |plan| {
        plan.settings.times.client_idle = Duration::from_millis(300);
    })
    .await;
    // Speaking without asking anything is idle too.
    let mut raw = raw(&scene).await;
    let begun = Instant::now();
    while raw.flood(&frame(PING, 0, 0, &[0; 8]), 1).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(begun.elapsed() < LONG);
    }
    assert_eq!(goodbye(&raw.end().await), Some(0));
}

/// Each flood is written until the gate closes or stops reading, or all of it was taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_end_or_are_held_back() {
    let _alone = ALONE.lock().await;
    let scene = scene().await;
    let other = scene.client("site.example").await;
    is_well(&scene, &other).await;
    let open_post = frame(HEADERS, END_HEADERS, 1, &head("POST", "/hang"));
    let open_head = frame(HEADERS, END_STREAM, 1, &head("GET", "/"));
    let window = |stream: u32| frame(WINDOW, 0, stream, &1_u32.to_be_bytes());
    let small = |stream: u32| frame(DATA, 0, stream, b"x");
    let none = Vec::new();
    for (what, begin, flooded, reason) in [
        ("settings", &none, frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]), None),
        ("settings answered unasked", &none, frame(SETTINGS, 1, 0, &[]), Some(PROTOCOL_ERROR)),
        ("pings", &none, frame(PING, 0, 0, &[7; 8]), None),
        ("answers to pings", &none, frame(PING, 1, 0, &[7; 8]), None),
        ("priorities", &none, frame(PRIORITY, 0, 3, &[0, 0, 0, 1, 16]), None),
        ("frames of no kind", &none, frame(0x42, 0, 0, &[0; 64]), None),
        ("windows", &none, window(0), None),
        ("empty content", &open_post, frame(DATA, 0, 1, &[]), Some(ENHANCE_YOUR_CALM)),
        ("content of one byte", &open_post, small(1), Some(ENHANCE_YOUR_CALM)),
        ("padding", &open_post, frame(DATA, 8, 1, &[200; 201]), Some(ENHANCE_YOUR_CALM)),
        ("empty continuations", &open_head, frame(CONTINUATION, 0, 1, &[]), Some(ENHANCE_YOUR_CALM)),
        ("long continuations", &open_head, frame(CONTINUATION, 0, 1, &field("x", &"y".repeat(16_000))), None),
    ] {
        let before = held();
        // Those who listen learn the reason; those who do not must not fill our memory either.
        let mut listening = raw(&scene).await;
        listening.flood(begin, 1).await;
        let block = flooded.repeat(1_000);
        listening.flood(&block, 100).await;
        if let Some(reason) = reason {
            assert_eq!(goodbye(&listening.end().await), Some(reason), "{what}");
        } else {
            drop(listening);
        }
        let (mut deaf, _unread) = Raw::deaf(scene.secure("site.example").await);
        deaf.flood(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), begin].concat(), 1).await;
        deaf.flood(&block, 100).await;
        let grown = held().saturating_sub(before);
        assert!(grown < 24 * 1024 * 1024, "{what}: {grown} bytes");
        is_well(&scene, &other).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_asked_and_withdrawn_without_end_are_not_borne() {
    let _alone = ALONE.lock().await;
    let mut scene = scene_with(POLICY, Site::default(), |plan| plan.lanes = 100_000).await;
    let other = scene.client("site.example").await;
    is_well(&scene, &other).await;
    for at_a_time in [1, 10, 90] {
        let mut raw = raw(&scene).await;
        let mut taken = 0;
        'flood: for round in 0..20_000_u32 {
            let streams = (0..at_a_time).map(|number| 1 + 2 * (round * at_a_time + number));
            let asked: Vec<u8> = streams.clone().flat_map(|stream| request(stream, END_STREAM, "/hang")).collect();
            let withdrawn: Vec<u8> = streams.flat_map(|stream| frame(RESET, 0, stream, &8_u32.to_be_bytes())).collect();
            for bytes in [asked, withdrawn] {
                if !raw.flood(&bytes, 1).await {
                    break 'flood;
                }
            }
            taken += at_a_time;
        }
        assert!(taken < 20_000, "{at_a_time} at a time: {taken}");
        assert_eq!(goodbye(&raw.end().await), Some(ENHANCE_YOUR_CALM), "{at_a_time} at a time");
        is_well(&scene, &other).await;
    }
    // One that waits until the site has begun on each is borne for longer, but not for ever.
    let mut raw = raw(&scene).await;
    let before = scene.site.requests.load(SeqCst);
    let mut taken = 0;
    while taken < 20_000 && raw.flood(&request(1 + 2 * taken, END_STREAM, "/hang"), 1).await {
        taken += 1;
        let begun = async {
            while scene.site.requests.load(SeqCst) < before + taken as usize {
                tokio::task::yield_now().await;
            }
        };
        if timeout(Duration::from_secs(1), begun).await.is_err() {
            break;
        }
        raw.flood(&frame(RESET, 0, 2 * taken - 1, &8_u32.to_be_bytes()), 1).await;
    }
    assert!((400..5_000).contains(&taken), "{taken}");
    assert_eq!(goodbye(&raw.end().await), Some(ENHANCE_YOUR_CALM));
    while &*scene.event().await.layer != "http2-resets" {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_streams_than_were_agreed_are_refused() {
    let _alone = ALONE.lock().await;
    let scene = scene().await;
    let mut raw = raw(&scene).await;
    let asked: Vec<u8> = (0..300).flat_map(|number| request(1 + 2 * number, END_STREAM, "/hang")).collect();
    assert!(raw.flood(&asked, 1).await);
    timeout(LONG, async {
        while scene.site.requests.load(SeqCst) < 100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    // Its own end makes us end.
    raw.writing.shutdown().await.unwrap();
    let heard = raw.end().await;
    let refused = resets(&heard).iter().filter(|(_, reason)| *reason == REFUSED_STREAM).count();
    assert_eq!(refused, 200);
    assert_eq!(scene.site.requests.load(SeqCst), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_that_grow_when_unpacked_are_not_unpacked() {
    let _alone = ALONE.lock().await;
    let scene = scene().await;
    let other = scene.client("site.example").await;
    is_well(&scene, &other).await;
    let before = held();
    for (what, times) in [("a head of 300 kilobytes", 80), ("one of 64 megabytes", 16_000)] {
        let mut raw = raw(&scene).await;
        let mut block = head("GET", "/head");
        block.extend(remembered("x-bomb", &"b".repeat(3_800)));
        block.extend(vec![REMEMBERED; times]);
        let bomb: Vec<u8> = frame(HEADERS, END_STREAM | END_HEADERS, 1, &block);
        raw.flood(&bomb, 1).await;
        // Whoever sends it again sends it in a hundred bytes.
        for number in 1..200 {
            let again = [head("GET", "/head"), vec![REMEMBERED; times]].concat();
            if !raw.flood(&frame(HEADERS, END_STREAM | END_HEADERS, 1 + 2 * number, &again), 1).await {
                break;
            }
        }
        drop(raw);
        assert!(held().saturating_sub(before) < 24 * 1024 * 1024, "{what}");
        is_well(&scene, &other).await;
    }
    let requests = scene.site.requests.load(SeqCst);
    assert_eq!(requests, 6, "none of them went on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_frames_end_the_connection_or_the_stream_and_nothing_else() {
    let _alone = ALONE.lock().await;
    let scene = scene().await;
    let other = scene.client("site.example").await;
    let most = (i32::MAX as u32).to_be_bytes();
    let post = |fields: &[(&str, &str)]| {
        let fields = fields.iter().flat_map(|(name, value)| field(name, value));
        let block: Vec<u8> = head("POST", "/echo").into_iter().chain(fields).collect();
        frame(HEADERS, END_HEADERS, 1, &block)
    };
    // What ends the connection, and with which reason.
    for (what, sent, reason) in [
        ("content of no stream", frame(DATA, 0, 0, b"x"), PROTOCOL_ERROR),
        ("content before a head", frame(DATA, 0, 5, b"x"), PROTOCOL_ERROR),
        ("a stream of the server's", request(2, END_STREAM, "/"), PROTOCOL_ERROR),
        ("a window that overflows", frame(WINDOW, 0, 0, &most).repeat(2), FLOW_CONTROL_ERROR),
        ("a continuation of nothing", frame(CONTINUATION, END_HEADERS, 1, &[]), PROTOCOL_ERROR),
        ("a client that pushes", frame(PUSH, END_HEADERS, 1, &[0, 0, 0, 2]), PROTOCOL_ERROR),
        ("a head that cannot be unpacked", frame(HEADERS, END_HEADERS, 1, &[0xff; 40]), PROTOCOL_ERROR),
        ("half a ping", frame(PING, 0, 0, &[0; 4]), PROTOCOL_ERROR),
        ("a padding longer than what it pads", frame(DATA, 8, 1, &[255, 0]), PROTOCOL_ERROR),
    ] {
        let mut raw = raw(&scene).await;
        // The gate may close before it has read all of it, which is as good.
        drop(timeout(LONG, async { raw.writing.write_all(&sent).await.and(raw.writing.flush().await) }).await);
        assert_eq!(goodbye(&raw.end().await), Some(reason), "{what}");
    }
    // More than the window: the site takes nothing of this one, so neither do we. Which window is found too small first, the
    // stream's or the connection's, is a matter of the moment; either may be answered with its own end (RFC 9113 §6.9.1).
    let mut raw = raw(&scene).await;
    let held_post = frame(HEADERS, END_HEADERS, 1, &head("POST", "/hang"));
    let sent = [held_post, frame(DATA, 0, 1, &[0; 16_384]).repeat(40), frame(GO_AWAY, 0, 0, &[0; 8])].concat();
    drop(timeout(LONG, async { raw.writing.write_all(&sent).await.and(raw.writing.flush().await) }).await);
    let heard = raw.end().await;
    let is_told = goodbye(&heard) == Some(FLOW_CONTROL_ERROR) || resets(&heard).contains(&(1, FLOW_CONTROL_ERROR));
    assert!(is_told, "{heard:?}");
    // What ends its stream alone.
    for (what, sent) in [
        ("more content than told", [post(&[("content-length", "1")]), frame(DATA, END_STREAM, 1, b"xy")].concat()),
        ("less content than told", [post(&[("content-length", "3")]), frame(DATA, END_STREAM, 1, b"xy")].concat()),
        ("two lengths", post(&[("content-length", "3"), ("content-length", "4")])),
        ("a field of one connection", post(&[("connection", "close")])),
        ("a coding of transfer", post(&[("transfer-encoding", "chunked")])),
        ("a method twice", post(&[(":method", "GET")])),
        ("a window of nothing", [post(&[]), frame(WINDOW, 0, 1, &most), frame(WINDOW, 0, 1, &most)].concat()),
    ] {
        let mut raw = self::raw(&scene).await;
        raw.flood(&sent, 1).await;
        raw.flood(&request(3, END_STREAM, "/head"), 1).await;
        raw.flood(&frame(GO_AWAY, 0, 0, &[0; 8]), 1).await;
        let heard = raw.end().await;
        assert!(resets(&heard).iter().any(|(stream, _)| *stream == 1), "{what}: {heard:?}");
        assert!(heard.iter().any(|(kind, stream, _)| (*kind, *stream) == (HEADERS, 3)), "{what}: {heard:?}");
    }
    is_well(&scene, &other).await;
}

/// A site of bytes that says hello, waits for a request, and then says this over and over.
async fn bad_site(begin: Vec<u8>, flooded: Vec<u8>, times: usize) -> Scene {
    scene_of_bytes(move |mut stream| {
        let (begin, flooded) = (begin.clone(), flooded.clone());
        async move {
            let hello = [frame(SETTINGS, 0, 0, &[]), frame(SETTINGS, 1, 0, &[])].concat();
            stream.write_all(&hello).await.unwrap();
            let mut heard = Vec::new();
            let mut space = [0; 4_096];
            // The first head is the request's.
            let has_asked = |heard: &[u8]| {
                let frames = two::frames::frames(heard.get(PREFACE.len()..).unwrap_or_default());
                frames.iter().any(|(kind, ..)| *kind == HEADERS)
            };
            while !has_asked(&heard) {
                match stream.read(&mut space).await {
                    Ok(0) | Err(_) => return,
                    Ok(count) => heard.extend_from_slice(&space[..count]),
                }
            }
            let mut raw = Raw::new(stream);
            raw.flood(&begin, 1).await;
            raw.flood(&flooded, times).await;
            // It stays, so that nothing ends but by our own doing.
            raw.end().await;
        }
    })
    .await
}

fn answer(flags: u8, status: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let fields = fields.iter().flat_map(|(name, value)| field(name, value));
    frame(HEADERS, flags, 1, &field(":status", status).into_iter().chain(fields).collect::<Vec<u8>>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_attacks_is_told_of_in_words() {
    let _alone = ALONE.lock().await;
    let whole = END_HEADERS | END_STREAM;
    let bomb = {
        let block = [field(":status", "200"), remembered("x-bomb", &"b".repeat(3_800)), vec![REMEMBERED; 12_000]];
        frame(HEADERS, whole, 1, &block.concat())
    };
    let none = Vec::new();
    for (what, begin, flooded, times, code) in [
        ("interim answers without end", &none, answer(END_HEADERS, "103", &[]), 1_000, "interim-answers"),
        ("another protocol", &none, answer(END_HEADERS, "101", &[]), 1, "status-line"),
        ("a proxy's sign-in", &none, answer(whole, "407", &[]), 1, "foreign-sign-in"),
        ("a head that unpacks to 45 megabytes", &none, bomb, 1, "field"),
        ("continuations without end", &answer(0, "200", &[]), frame(CONTINUATION, 0, 1, &[]), 100_000, "field"),
        ("a push", &none, frame(PUSH, END_HEADERS, 1, &[0, 0, 0, 2, 0x82]), 1, "field"),
        ("no status", &none, frame(HEADERS, whole, 1, &field("x", "y")), 1, "field"),
        ("a field of one connection", &none, answer(whole, "200", &[("connection", "close")]), 1, "field"),
        ("nonsense", &none, vec![0xff; 64], 1, "field"),
        ("content before its head", &none, frame(DATA, 0, 1, b"x"), 1, "field"),
    ] {
        let mut scene = bad_site(begin.clone(), flooded, times).await;
        let client = scene.client("site.example").await;
        let before = held();
        let got = ask(&client, get("site.example", "/")).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(got.status, 502, "{what}");
        assert_eq!(scene.event().await.entry.as_deref(), Some(code), "{what}");
        assert!(held().saturating_sub(before) < 24 * 1024 * 1024, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_whole_never_looks_whole() {
    let _alone = ALONE.lock().await;
    let head = answer(END_HEADERS, "200", &[]);
    let told = answer(END_HEADERS, "200", &[("content-length", "10")]);
    for (what, begin, flooded, times) in [
        ("less than told", &told, frame(DATA, END_STREAM, 1, b"x"), 1),
        ("more than told", &told, frame(DATA, 0, 1, &[0; 20]), 1),
        ("nothing, and ended", &answer(END_HEADERS, "200", &[]), frame(RESET, 0, 1, &2_u32.to_be_bytes()), 1),
        ("empty content without end", &head, frame(DATA, 0, 1, &[]), 10_000),
        ("more than the windows", &head, frame(DATA, 0, 1, &[0; 16_384]), 200),
        ("a trailer that ends nothing", &head, frame(HEADERS, END_HEADERS, 1, &field("x", "y")), 1),
    ] {
        let mut scene = bad_site(begin.clone(), flooded, times).await;
        let client = scene.client("site.example").await;
        let ended = ask(&client, get("site.example", "/")).await;
        match ended {
            Err(_) => assert_eq!(scene.event().await.status, 200, "{what}"),
            Ok(got) => assert_eq!(got.status, 502, "{what}: {}", got.text()),
        }
    }
}
