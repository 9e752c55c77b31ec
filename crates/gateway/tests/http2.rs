//! HTTP/2 inside an opened connection: requests, answers and everything that may follow them, between a client and a site
//! that both speak it.

mod common;
mod opened;
mod two;

use h2::{Reason, client};
use http::{HeaderMap, Method, Request};
use hyper::body::Bytes;
use std::{future::poll_fn, sync::atomic::Ordering::SeqCst, time::Duration};
use tokio::time::timeout;
use two::{LONG, Site, ask, get, push, read, scene, scene_with, websocket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_goes_on_as_it_was_asked() {
    let mut scene = scene().await;
    let client = scene.client("site.example").await;
    let mut request = get("site.example", "/head?q=1");
    for (name, value) in [
        ("x-first", "1"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("te", "trailers"),
        ("proxy-authorization", "Basic eDp5"),
        ("youtube-restrict", "None"),
        ("x-last", "2"),
    ] {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let got = ask(&client, request).await.unwrap();
    assert_eq!(got.status, 200);
    let expected = "GET https://site.example/head?q=1\n\
        x-first: 1\ncookie: a=1\ncookie: b=2\nte: trailers\nx-last: 2\nvia: 2.0 holdfast\n";
    assert_eq!(got.text(), expected);
    let cookies: Vec<&str> = got.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert!(!got.headers.contains_key("alt-svc"), "nothing leads round the filter");
    let event = scene.event().await;
    assert_eq!((&*event.method, &*event.scheme, event.status), ("GET", "https", 200));
    assert_eq!((event.host.as_deref(), event.path.as_deref()), (Some("site.example"), Some("/head?q=1")));
    assert_eq!(event.bytes_down, expected.len() as u64);
    assert!(event.rewrites.iter().any(|done| &**done == "alt-svc"), "{:?}", event.rewrites);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_arrive_unchanged_both_ways_with_their_trailers() {
    let mut scene = scene().await;
    let client = scene.client("site.example").await;
    // Three megabytes, far more than any window, in pieces of any size.
    let whole: Vec<u8> = (0..3_000_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let request = Request::post("https://site.example/echo").header("te", "trailers").body(()).unwrap();
    let (answer, mut upload) = client.clone().ready().await.unwrap().send_request(request, false).unwrap();
    let sent = whole.clone();
    let sending = tokio::spawn(async move {
        let (mut at, mut size) = (0, 1);
        while at < sent.len() {
            let end = sent.len().min(at + size);
            assert!(push(&mut upload, Bytes::copy_from_slice(&sent[at..end])).await);
            at = end;
            size = (size * 7 + 3) % 40_000 + 1;
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("x-checksum", "abc".parse().unwrap());
        upload.send_trailers(trailers).unwrap();
    });
    let got = timeout(LONG, read(answer)).await.unwrap().unwrap();
    sending.await.unwrap();
    assert!(got.body == whole, "{} bytes of {}", got.body.len(), whole.len());
    let trailers = got.trailers.unwrap();
    assert_eq!((&trailers["grpc-status"], &trailers["x-checksum"]), (&"0".parse().unwrap(), &"abc".parse().unwrap()));
    let event = scene.event().await;
    assert_eq!((event.status, event.bytes_up, event.bytes_down), (200, 3_000_000, 3_000_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_in_a_stream_is_heard_at_once() {
    let scene = scene().await;
    let client = scene.client("site.example").await;
    let request = Request::post("https://site.example/echo").body(()).unwrap();
    let (answer, mut upload) = client.clone().ready().await.unwrap().send_request(request, false).unwrap();
    let mut heard = timeout(LONG, answer).await.unwrap().unwrap().into_body();
    for number in 0..50_u8 {
        upload.send_data(Bytes::from(vec![number; 3]), false).unwrap();
        let bytes = timeout(LONG, heard.data()).await.unwrap().unwrap().unwrap();
        assert_eq!(&*bytes, [number; 3]);
        heard.flow_control().release_capacity(3).unwrap();
    }
    upload.send_data(Bytes::new(), true).unwrap();
    assert!(timeout(LONG, heard.data()).await.unwrap().is_none());
    assert!(timeout(LONG, heard.trailers()).await.unwrap().unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interim_answers_go_on() {
    let scene = scene().await;
    let client = scene.client("site.example").await;
    let (mut answer, _) =
        client.clone().ready().await.unwrap().send_request(get("site.example", "/hints"), true).unwrap();
    let hint = timeout(LONG, poll_fn(|cx| answer.poll_informational(cx))).await.unwrap().unwrap().unwrap();
    assert_eq!((hint.status().as_u16(), &hint.headers()["link"]), (103, &"</style.css>; rel=preload".parse().unwrap()));
    assert_eq!(timeout(LONG, answer).await.unwrap().unwrap().status(), 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stopped_is_told_in_place() {
    let mut scene = scene().await;
    let client = scene.client("casino.example").await;
    let mut request = get("casino.example", "/");
    request.headers_mut().insert("accept", "text/html".parse().unwrap());
    let got = ask(&client, request).await.unwrap();
    assert_eq!(got.status, 403);
    assert_eq!(got.headers["cache-control"], "no-store");
    let event = scene.event().await;
    assert!(got.text().contains(&*event.reference) && got.text().contains("<html"), "{}", got.text());
    assert_eq!((event.status, event.host.as_deref(), event.path.as_deref()), (403, Some("casino.example"), Some("/")));
    let got = ask(&client, get("casino.example", "/data")).await.unwrap();
    assert!(got.status == 403 && !got.text().contains("<html"), "{}", got.text());
    assert_eq!(scene.site.requests.load(SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_could_be_read_in_two_ways_are_refused() {
    let mut scene = scene().await;
    let client = scene.client("site.example").await;
    let with = |name: &'static str, values: &[&str]| {
        let mut request = get("site.example", "/head");
        for value in values {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        request
    };
    let of = |method: &str, uri: &str| Request::builder().method(method).uri(uri).body(()).unwrap();
    let many: Vec<&str> = std::iter::repeat_n("x", 129).collect();
    for (request, status, code) in [
        (get("other.example", "/"), 421, "other-host"),
        (get("site.example:444", "/"), 421, "other-host"),
        (of("GET", "http://site.example/"), 400, "scheme"),
        (get("site.example", "/a/../b"), 400, "path-form"),
        (get("site.example", "/%2e%2e/b"), 400, "path-form"),
        (of("TRACE", "https://site.example/"), 405, "method"),
        (of("HACK", "https://site.example/"), 501, "method"),
        (of("CONNECT", "site.example:443"), 405, "method"),
        (with("host", &["other.example"]), 400, "host-field"),
        (with("host", &["site.example", "site.example"]), 400, "host-field"),
        (with("expect", &["a-miracle"]), 417, "expectation"),
        (with("x-many", &many), 431, "too-many-fields"),
    ] {
        let asked = format!("{request:?}");
        let got = ask(&client, request).await.unwrap_or_else(|error| panic!("{error}: {asked}"));
        assert_eq!(got.status, status, "{asked}");
        let event = scene.event().await;
        assert_eq!((&*event.layer, event.status), (code, status), "{asked}");
    }
    assert_eq!(scene.site.requests.load(SeqCst), 0);
    assert_eq!(ask(&client, with("host", &["site.example"])).await.unwrap().status, 200, "and all others go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_are_carried_across() {
    let mut scene = scene().await;
    let client = scene.client("site.example").await;
    let error = ask(&client, get("site.example", "/reset")).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::ENHANCE_YOUR_CALM));
    assert_eq!(scene.event().await.entry.as_deref(), Some("site-reset"));
    let error = ask(&client, get("site.example", "/half")).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR), "a broken answer never looks whole");
    assert_eq!(scene.event().await.status, 200);

    let (answer, mut upload) =
        client.clone().ready().await.unwrap().send_request(get("site.example", "/hang"), false).unwrap();
    while scene.site.requests.load(SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    upload.send_reset(Reason::CANCEL);
    drop(answer);
    assert_eq!(scene.event().await.status, 0);
    timeout(LONG, async {
        while scene.site.resets.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the site learns that nobody waits any more");
    assert_eq!(ask(&client, get("site.example", "/head")).await.unwrap().status, 200, "and the connection lives");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_leaves_is_connected_to_again() {
    let mut scene = scene().await;
    let client = scene.client("site.example").await;
    assert_eq!(ask(&client, get("site.example", "/head")).await.unwrap().status, 200);
    scene.site.leave.notify_waiters();
    // However the goodbye and the requests cross, each is answered.
    for _ in 0..20 {
        assert_eq!(ask(&client, get("site.example", "/head")).await.unwrap().status, 200);
        scene.event().await;
    }
    scene.event().await;
    assert_eq!(scene.site.connections.load(SeqCst), 2);
    scene.site.refuse.store(1, SeqCst);
    assert_eq!(
        ask(&client, get("site.example", "/head")).await.unwrap().status,
        200,
        "what was refused is asked again"
    );
    scene.event().await;
    scene.site.refuse.store(2, SeqCst);
    assert_eq!(ask(&client, get("site.example", "/head")).await.unwrap().status, 502, "but only once");
    assert_eq!(scene.event().await.entry.as_deref(), Some("no-answer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_websocket_runs_over_a_stream_where_the_site_has_them() {
    let site = Site { websockets: true, ..Site::default() };
    let mut scene = scene_with(two::POLICY, site, |_| {}).await;
    let client = scene.client("site.example").await;
    timeout(LONG, async {
        while !client.is_extended_connect_protocol_enabled() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it is offered without anything asked first");
    // The site leaves, so that the WebSocket is the first thing asked on a connection that has told nothing yet.
    scene.site.leave.notify_waiters();
    let request = websocket("site.example", "/chat");
    let (answer, mut upload) = client.clone().ready().await.unwrap().send_request(request, false).unwrap();
    let mut heard = timeout(LONG, answer).await.unwrap().unwrap().into_body();
    for number in 0..20_u8 {
        upload.send_data(Bytes::from(vec![number; 100]), false).unwrap();
        let bytes = timeout(LONG, heard.data()).await.unwrap().unwrap().unwrap();
        assert_eq!(&*bytes, [number; 100]);
        heard.flow_control().release_capacity(100).unwrap();
    }
    // The policy changes while it is open: it ends without a word more.
    scene.house.rulesets.send_replace(common::ruleset_of(two::POLICY, &["site.example"], &[]));
    let end = timeout(LONG, heard.data()).await.unwrap();
    assert!(end.is_some_and(|end| end.is_err()), "it was reset");
    let event = scene.event().await;
    assert_eq!((&*event.method, event.path.as_deref()), ("CONNECT", Some("/chat")));
    assert_eq!((event.bytes_up, event.bytes_down), (2_000, 2_000));
    assert_eq!(event.list.as_deref(), Some("casinos"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_websocket_is_offered_where_the_site_has_none() {
    let scene = scene().await;
    let client = scene.client("site.example").await;
    for _ in 0..3 {
        assert_eq!(ask(&client, get("site.example", "/head")).await.unwrap().status, 200);
    }
    assert!(!client.is_extended_connect_protocol_enabled());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_holds_the_site_back() {
    let scene = scene().await;
    // Its windows are wide open, but it takes nothing out of them, and the last two megabytes are never given back.
    let mut builder = client::Builder::new();
    builder.initial_window_size(2 * 1024 * 1024).initial_connection_window_size(4 * 1024 * 1024);
    let client = scene.client_with("site.example", builder).await;
    let (answer, _) =
        client.clone().ready().await.unwrap().send_request(get("site.example", "/endless"), true).unwrap();
    let _held = timeout(LONG, answer).await.unwrap().unwrap();
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let sent = scene.site.resets.load(SeqCst);
        if sent == before {
            break;
        }
        before = sent;
    }
    // What the client's window takes, what we hold, and what the site's own end holds.
    assert!(before <= 2 * 1024 * 1024 + 256 * 1024 + 32 * 1024 + 512 * 1024, "{before} bytes were taken from the site");
    assert_eq!(ask(&client, get("site.example", "/head")).await.unwrap().status, 200, "others are not held back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_lets_a_stream_starve_is_not_waited_for() {
    let mut scene = scene_with(two::POLICY, Site::default(), |plan| {
        plan.settings.times.stall = Duration::from_millis(200);
    })
    .await;
    let mut builder = client::Builder::new();
    builder.initial_window_size(0);
    let client = scene.client_with("site.example", builder).await;
    let (answer, _) = client.clone().ready().await.unwrap().send_request(get("site.example", "/head"), true).unwrap();
    let mut body = timeout(LONG, answer).await.unwrap().unwrap().into_body();
    let error = timeout(LONG, body.data()).await.unwrap().unwrap().unwrap_err();
    assert_eq!(error.reason(), Some(Reason::CANCEL));
    let event = scene.event().await;
    assert_eq!((event.entry.as_deref(), event.bytes_down), (Some("stalled"), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_with_a_body_that_was_never_looked_at_goes_again_whole() {
    let scene = scene().await;
    let client = scene.client("site.example").await;
    scene.site.refuse.store(1, SeqCst);
    let request = Request::builder().method(Method::PUT).uri("https://site.example/echo").body(()).unwrap();
    let (answer, mut upload) = client.clone().ready().await.unwrap().send_request(request, false).unwrap();
    // It waits until the first attempt has been refused.
    timeout(LONG, async {
        while scene.site.refuse.load(SeqCst) > 0 || scene.site.requests.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    upload.send_data(Bytes::from_static(b"whole"), true).unwrap();
    assert_eq!(timeout(LONG, read(answer)).await.unwrap().unwrap().text(), "whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_opened_only_to_tell_sends_nothing_on() {
    let policy = two::POLICY.replace("everything", "block-pages");
    let mut scene = scene_with(&policy, Site::default(), |_| {}).await;
    let client = scene.client("casino.example").await;
    let got = ask(&client, get("casino.example", "/a")).await.unwrap();
    assert_eq!((got.status, &*scene.event().await.list.unwrap_or_default()), (403, "casinos"));
    // It is not blocked any more; but nobody has asked to look inside what is not.
    scene.house.rulesets.send_replace(common::ruleset_of(&policy, &[], &[]));
    let got = ask(&client, get("casino.example", "/b")).await.unwrap();
    assert_eq!((got.status, &got.headers["retry-after"]), (503, &"60".parse().unwrap()));
    assert_eq!(scene.event().await.status, 503);
    assert_eq!(scene.site.connections.load(SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_left_unopened_from_now_on_is_left_alone() {
    let mut scene = scene().await;
    let client = scene.client("site.example").await;
    assert_eq!(ask(&client, get("site.example", "/head")).await.unwrap().status, 200);
    scene.event().await;
    let policy = two::POLICY.replace("everything", "nothing");
    scene.house.rulesets.send_replace(common::ruleset_of(&policy, &[], &[]));
    let error = ask(&client, get("site.example", "/head")).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::REFUSED_STREAM), "it may ask again, on a connection that nobody opens");
    assert_eq!(&*scene.event().await.layer, "left-unopened-now");
    assert_eq!(scene.site.requests.load(SeqCst), 1);
}
