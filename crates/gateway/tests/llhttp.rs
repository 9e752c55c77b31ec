//! The llhttp test vectors (MIT, see `data/llhttp-LICENSE`) through the proxy, in the clear and inside opened
//! connections: what llhttp must refuse is refused here
//! too, and what passes arrives upstream as the same messages. Where this gate is stricter, the table says why.

mod common;
mod opened;

use common::{Client, House, Plan, origin};
use opened::{Authorities, OPEN};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// One message as llhttp's log tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Message {
    start: usize,
    method: String,
    target: String,
    status: String,
    fields: Vec<(String, String)>,
    body: String,
    complete: bool,
}

/// Vectors that llhttp takes and this gate refuses, with the reason, reviewed one by one.
/// They are named by file and title; every one must still be refused, so that the table cannot rot.
const STRICTER: &[(&str, &str)] = &[
    ("request/content-length.md # Content-Length reset when no body is received", "the announced body never comes"),
    ("request/method.md # ANNOUNCE request with RTSP", "not HTTP"),
    ("request/method.md # OPTIONS request with RTSP", "not HTTP"),
    ("request/method.md # SOURCE request with ICE", "not HTTP"),
    ("request/method.md # CONNECT request with CAPS", "a tunnel: no message for the recorder"),
    ("request/method.md # CONNECT request", "a tunnel: no message for the recorder"),
    ("request/method.md # CONNECT with body", "a tunnel has no body"),
    ("request/method.md # M-SEARCH request", "asks the proxy itself, not a site"),
    ("request/sample.md # No HTTP version", "HTTP/0.9"),
    (
        "request/transfer-encoding.md # POST with `chunked` as last transfer-encoding (multiple headers)",
        "a coding we do not know",
    ),
    ("request/transfer-encoding.md # POST with `chunked` as last transfer-encoding", "a coding we do not know"),
    ("request/uri.md # Fragment in URI", "a fragment never leaves a browser (RFC 9112 section 3.2)"),
    ("request/uri.md # Host terminated by a query string", "its host contradicts the Host field of this test"),
    ("request/uri.md # Underscore in hostname", "its host contradicts the Host field of this test"),
    ("request/uri.md # `host:port` and basic auth", "names a user (RFC 9110 section 4.2.4)"),
    ("request/uri.md # `host:port` terminated by a query string", "its host contradicts the Host field of this test"),
    ("request/uri.md # `host:port` terminated by a space", "its host contradicts the Host field of this test"),
    (
        "response/connection.md # HTTP 101 response with Upgrade and Content-Length header",
        "nobody asked for an upgrade",
    ),
    (
        "response/connection.md # HTTP 101 response with Upgrade and Transfer-Encoding header",
        "nobody asked for an upgrade",
    ),
    ("response/sample.md # HTTP version 0.9", "HTTP/0.9"),
    ("response/sample.md # ICE response", "not HTTP"),
    ("response/sample.md # RTSP response", "not HTTP"),
    ("response/transfer-encoding.md # `chunked` before other transfer-encoding", "a coding we do not know"),
    (
        "response/transfer-encoding.md # `chunkedchunked` transfer-encoding does not enable chunked enconding",
        "a coding we do not know",
    ),
    (
        "response/transfer-encoding.md # multiple transfer-encoding where chunked is not the last one",
        "a coding we do not know",
    ),
];

/// Vectors whose text was spoilt when they were gathered: the log of one stands inside the message of the next.
const DAMAGED: &[&str] = &[
    "`close` / CRLF between requests, explicit `close`",
    "`keep-alive` / CRLF between requests, implicit `keep-alive`",
];

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("data/llhttp-vectors.json")).unwrap()
}

/// Line ends and escapes as llhttp's own test runner reads them.
fn expand(text: &str) -> Vec<u8> {
    let text = text.strip_suffix('\n').unwrap_or(text).replace("\\\n", "").replace('\n', "\r\n");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, used) = match (first, after) {
            (b'\\', [b'r', ..]) => (b'\r', 2),
            (b'\\', [b'n', ..]) => (b'\n', 2),
            (b'\\', [b't', ..]) => (b'\t', 2),
            (b'\\', [b'f', ..]) => (0x0c, 2),
            (b'\\', [b'x', high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digits = [*high, *low];
                (u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap(), 4)
            }
            _ => (*first, 1),
        };
        bytes.push(byte);
        rest = &rest[used..];
    }
    bytes
}

fn messages(log: &str) -> Vec<Message> {
    let mut found: Vec<Message> = Vec::new();
    for line in log.lines() {
        let Some(rest) = line.strip_prefix("off=") else { continue };
        let (offset, what) = rest.split_once(' ').unwrap();
        if what == "message begin" {
            found.push(Message { start: offset.parse().unwrap(), ..Message::default() });
            continue;
        }
        let Some(message) = found.last_mut() else { continue };
        if what == "message complete" {
            message.complete = true;
        }
        let Some((_, span)) = what.split_once("span[") else { continue };
        let (name, value) = span.split_once("]=").unwrap();
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let value = value.replace("\\r", "\r").replace("\\n", "\n");
        match name {
            "method" => message.method += &value,
            "url" => message.target += &value,
            "status" => message.status += &value,
            "body" => message.body += &value,
            "header_field" => message.fields.push((value, String::new())),
            "header_value" => {
                if let Some(last) = message.fields.last_mut() {
                    last.1 += &value;
                }
            }
            _ => {}
        }
    }
    found
}

/// How the vectors go through the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In the clear, each message with its whole address.
    Clear,
    /// Inside an opened secure connection.
    Opened,
}

impl Way {
    /// What stands before a path.
    fn before_path(self) -> &'static str {
        match self {
            Self::Clear => "http://site.example",
            Self::Opened => "",
        }
    }

    /// A gate in front of a site in the clear, and where to send the vectors.
    fn to(self, site: SocketAddr) -> (House, SocketAddr) {
        match self {
            Self::Clear => {
                let house = Plan::to(site).build();
                let address = house.address;
                (house, address)
            }
            Self::Opened => {
                let authorities = Authorities::new();
                let site = opened::terminated(authorities.sites.server(&["site.example"], &[]), site);
                let house = authorities.house(site, OPEN);
                let client = Authorities::client(&authorities.school, &[]);
                let address = opened::inside(&house, "site.example", client);
                (house, address)
            }
        }
    }

    /// Inside a connection nobody writes `http://` addresses; what is made of those is for a proxy in the clear.
    fn takes(self, vector: &Value) -> bool {
        self == Self::Clear || !vector["http"].as_str().unwrap().contains("http://")
    }
}

/// Makes each message one that the gate is sent: with the address before its path, and the `Host` that belongs to it.
fn for_the_gate(bytes: &[u8], starts: &[usize], way: Way) -> Vec<u8> {
    let mut out = Vec::new();
    let mut starts: Vec<usize> = starts.iter().copied().filter(|start| *start < bytes.len()).collect();
    starts.push(bytes.len());
    out.extend_from_slice(&bytes[..starts[0]]);
    for pair in starts.windows(2) {
        let message = &bytes[pair[0]..pair[1]];
        let lead = message.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let line_end = message[lead..].windows(2).position(|two| two == b"\r\n").map(|at| lead + at + 2);
        let head_end = message.windows(4).position(|four| four == b"\r\n\r\n").map_or(message.len(), |at| at + 2);
        let Some(line_end) = line_end.filter(|end| *end <= head_end) else {
            out.extend_from_slice(message);
            continue;
        };
        let line = String::from_utf8_lossy(&message[..line_end]).into_owned();
        let is_plain = line.is_ascii();
        match line.split_once(" /") {
            Some((method, rest)) if is_plain => {
                out.extend_from_slice(format!("{method} {}/{rest}", way.before_path()).as_bytes());
            }
            _ => out.extend_from_slice(&message[..line_end]),
        }
        let mut has_host = false;
        for field in message[line_end..head_end].split_inclusive(|byte| *byte == b'\n') {
            if field.len() > 5 && field[..5].eq_ignore_ascii_case(b"host:") && field.ends_with(b"\r\n") {
                has_host = true;
                out.extend_from_slice(b"Host: site.example\r\n");
            } else {
                if !has_host && !line.contains("HTTP/0") {
                    has_host = message[line_end..head_end]
                        .split(|byte| *byte == b'\n')
                        .any(|field| field.len() > 5 && field[..5].eq_ignore_ascii_case(b"host:"));
                    if !has_host {
                        out.extend_from_slice(b"Host: site.example\r\n");
                        has_host = true;
                    }
                }
                out.extend_from_slice(field);
            }
        }
        if !has_host {
            out.extend_from_slice(b"Host: site.example\r\n");
        }
        out.extend_from_slice(&message[head_end..]);
    }
    out
}

/// Reads messages from a recorder's client with a parser that shares nothing with the gate's.
fn record(client: &mut Client, into: &Mutex<Vec<Message>>) {
    while let Some(head) = client.maybe_head() {
        let mut lines = head.trim_end().split("\r\n");
        let mut first = lines.next().unwrap().split(' ');
        let mut message = Message {
            method: first.next().unwrap().to_owned(),
            target: first.next().unwrap().to_owned(),
            ..Message::default()
        };
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            message.fields.push((name.to_owned(), value.to_owned()));
        }
        let field = |wanted: &str| {
            message.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone())
        };
        let mut trailers = Vec::new();
        let body = if field("transfer-encoding").is_some() {
            let mut body = Vec::new();
            loop {
                let line = client.until("\r\n");
                let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
                if size == 0 {
                    break;
                }
                body.extend(client.take(size));
                assert_eq!(client.until("\r\n"), "\r\n");
            }
            trailers.extend(std::iter::from_fn(|| {
                let line = client.until("\r\n");
                line.trim_end().split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()))
            }));
            body
        } else {
            client.take(field("content-length").map_or(0, |length| length.parse().unwrap()))
        };
        message.fields.extend(trailers);
        message.body = String::from_utf8_lossy(&body).into_owned();
        message.complete = true;
        into.lock().unwrap().push(message);
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
}

/// Sends bytes, waits for what comes, ends the sending, and gives all that came.
fn ask(gate: SocketAddr, bytes: &[u8], answers: usize) -> String {
    let mut client = Client::connect(gate);
    client.stream.set_read_timeout(Some(Duration::from_millis(1_500))).unwrap();
    client.send(bytes);
    let mut all = String::new();
    for _ in 0..answers {
        match client.maybe_head() {
            Some(head) => all += &head,
            None => break,
        }
    }
    if client.stream.shutdown(std::net::Shutdown::Write).is_ok() {
        client.stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        all += &client.rest();
    }
    all
}

const OF_ONE_CONNECTION: [&str; 13] = [
    "host",
    "connection",
    "proxy-connection",
    "keep-alive",
    "te",
    "upgrade",
    "via",
    "content-length",
    "transfer-encoding",
    "proxy-authorization",
    "expect",
    "http2-settings",
    "trailer",
];

fn end_to_end(message: &Message) -> Vec<(String, String)> {
    let named: Vec<String> = message
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
        .flat_map(|(_, value)| value.split(',').map(|option| option.trim().to_ascii_lowercase()).collect::<Vec<_>>())
        .collect();
    let mut fields: Vec<(String, String)> = message
        .fields
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .filter(|(name, _)| !OF_ONE_CONNECTION.contains(&name.as_str()) && !named.contains(name))
        .collect();
    fields.sort();
    fields
}

/// The log writes some bytes as the letters they make in UTF-8; the recorder writes one letter for each byte.
fn as_bytes(fields: &[(String, String)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| (name.clone(), value.bytes().map(char::from).collect())).collect()
}

fn judge_request(vector: &Value, way: Way) -> Result<bool, String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorder = Arc::clone(&seen);
    let (_house, address) = way.to(origin(move |mut client| {
        client.stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| record(&mut client, &recorder)));
        drop(caught);
    }));
    let expected = messages(vector["log"].as_str().unwrap());
    let starts: Vec<usize> = expected.iter().map(|message| message.start).collect();
    let bytes = expand(vector["http"].as_str().unwrap());
    let bytes = if starts.is_empty() { bytes } else { for_the_gate(&bytes, &starts, way) };
    let complete: Vec<&Message> = expected.iter().filter(|message| message.complete).collect();
    let answer = ask(address, &bytes, complete.len());
    let seen = seen.lock().unwrap().clone();
    let error = vector["error_code"].as_u64().filter(|code| !(21..=24).contains(code));
    let refused = answer.contains("HTTP/1.1 4") || answer.is_empty();
    if error.is_some() && seen.len() > complete.len() {
        return Err(format!("more went on ({seen:?}) than llhttp completed"));
    }
    for (theirs, ours) in complete.iter().zip(&seen) {
        let path = theirs.target.strip_prefix("http://site.example").unwrap_or(&theirs.target);
        if ours.method != theirs.method || (path.starts_with('/') && ours.target != path) || ours.body != theirs.body {
            return Err(format!("upstream read {ours:?} where llhttp read {theirs:?}"));
        }
        let (ours, theirs) = (end_to_end(ours), end_to_end(theirs));
        if ours != theirs && ours != as_bytes(&theirs) {
            return Err(format!("upstream read fields {ours:?} where llhttp read {theirs:?}"));
        }
    }
    // A message that must fail is refused, or the connection ends without it.
    if error.is_some() && !refused && seen.len() < complete.len() {
        return Err(format!("neither refused nor passed: {answer}"));
    }
    Ok(error.is_some() || seen.len() == complete.len())
}

fn judge_response(vector: &Value, way: Way) -> Result<bool, String> {
    let bytes = expand(vector["http"].as_str().unwrap());
    let (_house, address) = way.to(origin(move |mut client| {
        client.stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        if client.maybe_head().is_some() {
            client.send(&bytes);
        }
    }));
    let expected = messages(vector["log"].as_str().unwrap());
    let mut client = Client::connect(address);
    let before = way.before_path();
    client.send(format!("GET {before}/ HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n"));
    let answer = client.rest();
    let refused = answer.starts_with("HTTP/1.1 502");
    let error = vector["error_code"].as_u64().filter(|code| !(21..=24).contains(code));
    let first_is_whole = expected.first().is_some_and(|message| message.complete);
    if error.is_some() && !first_is_whole {
        // Broken off in the middle counts as refused; passed on as if it were whole does not.
        let whole = answer.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse::<usize>().ok());
            length.is_some_and(|length| body.len() == length)
                || (head.contains("chunked") && body.ends_with("0\r\n\r\n"))
        });
        return if refused || !whole { Ok(true) } else { Err(format!("passed on: {answer:?}")) };
    }
    Ok(!refused)
}

fn run(kind: &str, way: Way, judge: impl Fn(&Value, Way) -> Result<bool, String> + Sync) {
    let vectors: Vec<Value> = vectors()
        .into_iter()
        .filter(|vector| {
            // The lenient types switch checks of llhttp off. This gate has no such switches.
            let of = vector["meta"]["type"].as_str().unwrap();
            let damaged = DAMAGED.contains(&vector["title"].as_str().unwrap());
            !damaged && way.takes(vector) && (of == kind || of == format!("{kind}-finish"))
        })
        .collect();
    assert!(vectors.len() > 50, "the vectors are there");
    let next = Mutex::new(vectors.iter());
    let outcome = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                loop {
                    let Some(vector) = next.lock().unwrap().next() else { return };
                    let mut name =
                        format!("{} # {}", vector["file"].as_str().unwrap(), vector["title"].as_str().unwrap());
                    let judged = judge(vector, way);
                    let mut outcome = outcome.lock().unwrap();
                    while outcome.contains_key(&name) {
                        name += " (again)";
                    }
                    outcome.insert(name, judged);
                }
            });
        }
    });
    let mut wrong = String::new();
    for (name, outcome) in outcome.into_inner().unwrap() {
        let reason = STRICTER.iter().find(|(stricter, _)| *stricter == name);
        match (outcome, reason) {
            (Err(fault), _) => writeln!(wrong, "{name}: {fault}").unwrap(),
            (Ok(false), None) => writeln!(wrong, "{name}: llhttp takes it, the gate does not").unwrap(),
            (Ok(true), Some(_)) => writeln!(wrong, "{name}: is in the table, and passes").unwrap(),
            (Ok(true), None) | (Ok(false), Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn requests_are_read_as_llhttp_reads_them_or_refused() {
    run("request", Way::Clear, judge_request);
}

#[test]
fn answers_are_read_as_llhttp_reads_them_or_refused() {
    run("response", Way::Clear, judge_response);
}

#[test]
fn requests_inside_opened_connections_are_read_the_same() {
    run("request", Way::Opened, judge_request);
}

#[test]
fn answers_inside_opened_connections_are_read_the_same() {
    run("response", Way::Opened, judge_response);
}
