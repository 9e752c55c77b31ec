//! What goes through an opened connection stays there: no cookie, sign-in, body or key in an event or a log line, at any
//! level. And what is compressed is passed on as it is, however large it would be.

mod common;
mod opened;

use flate2::{Compression, write::GzEncoder};
use opened::{Authorities, OPEN, greet, read_answer, secure_origin};
use std::{
    fmt::Write as _,
    io::{Read, Write},
    sync::{Arc, Mutex, OnceLock},
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Everything that any library logs, as text.
fn logged() -> Arc<Mutex<String>> {
    static LOGGED: OnceLock<Arc<Mutex<String>>> = OnceLock::new();
    let logged = LOGGED.get_or_init(|| {
        let text = Arc::new(Mutex::new(String::new()));
        tracing::subscriber::set_global_default(Gatherer(Arc::clone(&text))).unwrap();
        text
    });
    Arc::clone(logged)
}

struct Gatherer(Arc<Mutex<String>>);

struct Texts<'a>(&'a mut String);

impl Visit for Texts<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0, "{field} {value:?}").unwrap();
    }
}

impl Subscriber for Gatherer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries below us write their frames out at these levels; the program shows neither.
        *metadata.level() <= tracing::Level::INFO || metadata.target().starts_with("holdfast")
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut Texts(&mut self.0.lock().unwrap()));
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Texts(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Texts(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}

#[test]
fn no_secret_of_a_request_is_told_anywhere() {
    const SECRETS: [&str; 5] =
        ["biscuit-4711", "bearer-0815", "words-of-a-letter", "answer-biscuit", "words-of-an-answer"];
    let log = logged();
    let authorities = Authorities::new();
    let site = secure_origin(authorities.sites.server(&["rivers.example"], &[]), |stream| {
        let Some(head) = opened::read_head(stream) else { return };
        assert!(head.contains(SECRETS[0]) && head.contains(SECRETS[1]), "the site itself gets all of it");
        let mut body = [0; 17];
        stream.read_exact(&mut body).unwrap();
        let answer =
            format!("HTTP/1.1 200 OK\r\nSet-Cookie: id={}\r\nContent-Length: 18\r\n\r\n{}", SECRETS[3], SECRETS[4]);
        stream.write_all(answer.as_bytes()).unwrap();
        // And then something that cannot be read, so that faults are told too.
        stream.write_all(b"words-of-an-answer\0\0").unwrap();
    });
    let mut house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    let ask = format!(
        "POST /letter HTTP/1.1\r\nHost: rivers.example\r\nCookie: id={}\r\nAuthorization: Bearer {}\r\nContent-Length: 17\r\n\r\n{}",
        SECRETS[0], SECRETS[1], SECRETS[2]
    );
    client.write_all(ask.as_bytes()).unwrap();
    assert!(read_answer(&mut client).0.starts_with("HTTP/1.1 200"));
    // A request that cannot be read, with secrets in it.
    client
        .write_all(
            format!("POST /letter HTTP/1.1\r\nHost: rivers.example\r\nCookie : {}\r\n\r\n", SECRETS[0]).as_bytes(),
        )
        .unwrap();
    read_answer(&mut client);
    // A client that distrusts us, and one that breaks off.
    let stranger = opened::MadeAuthority::new("Pinned");
    let mut pinned = greet(&house, "rivers.example:443", "rivers.example", Authorities::client(&stranger, &[]));
    assert!(pinned.write_all(SECRETS[2].as_bytes()).is_err());
    let told = serde_json::to_string(&[house.event(), house.event(), house.event()]).unwrap();
    let log = log.lock().unwrap().clone();
    for secret in SECRETS {
        assert!(!told.contains(secret), "{secret} in {told}");
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    assert!(!log.contains("PRIVATE KEY") && !told.contains("PRIVATE KEY"));
}

/// A stream of zeros, packed twice over: a few kilobytes that would be 128 MiB. Nobody here may unpack it.
fn bomb() -> Vec<u8> {
    let mut packed = Vec::new();
    let mut outer = GzEncoder::new(&mut packed, Compression::best());
    let mut inner = GzEncoder::new(&mut outer, Compression::best());
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..128 {
        inner.write_all(&zeros).unwrap();
    }
    inner.finish().unwrap();
    outer.finish().unwrap();
    packed
}

#[test]
fn what_is_compressed_is_passed_on_as_it_is() {
    let bomb: Arc<[u8]> = bomb().into();
    assert!(bomb.len() < 64 * 1024, "{}", bomb.len());
    let sent = Arc::clone(&bomb);
    let authorities = Authorities::new();
    let site = secure_origin(authorities.sites.server(&["rivers.example"], &[]), move |stream| {
        opened::read_head(stream);
        let length = sent.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&sent).unwrap();
    });
    let mut house = authorities.house(site, OPEN);
    let mut client = authorities.opened(&house, "rivers.example");
    client.write_all(b"GET /bomb HTTP/1.1\r\nHost: rivers.example\r\n\r\n").unwrap();
    let head = opened::read_head(&mut client).unwrap();
    assert!(head.contains("Content-Encoding: gzip, gzip"), "{head}");
    let mut body = vec![0; bomb.len()];
    client.read_exact(&mut body).unwrap();
    assert_eq!(body.as_slice(), &*bomb);
    assert_eq!(house.event().bytes_down, bomb.len() as u64);
}
