//! What goes through an opened connection arrives unchanged, however it is cut into pieces on the way.

mod common;
mod opened;

use opened::{Authorities, OPEN, read_head, secure_origin};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use std::{
    cell::RefCell,
    io::{Read, Write},
};

/// One body, how it is cut when it goes up, and how when it comes down.
#[derive(Debug, Clone)]
struct Journey {
    body: Vec<u8>,
    cuts: Vec<usize>,
    chunked: bool,
}

fn journeys() -> impl Strategy<Value = Journey> {
    let body = prop_oneof![vec(any::<u8>(), 0..200), vec(any::<u8>(), 10_000..90_000)];
    (body, vec(1..20_000_usize, 1..12), any::<bool>()).prop_map(|(body, cuts, chunked)| Journey { body, cuts, chunked })
}

/// Writes bytes in pieces of these sizes, again and again, each flushed.
fn write_in_pieces(to: &mut impl Write, mut bytes: &[u8], cuts: &[usize]) {
    for size in cuts.iter().cycle() {
        if bytes.is_empty() {
            return;
        }
        let (piece, rest) = bytes.split_at(bytes.len().min(*size));
        to.write_all(piece).unwrap();
        to.flush().unwrap();
        bytes = rest;
    }
}

/// The body as one message carries it.
fn framed(journey: &Journey) -> Vec<u8> {
    if !journey.chunked {
        return journey.body.clone();
    }
    let mut framed = Vec::new();
    for chunk in journey.body.chunks(journey.cuts[0].max(1)) {
        framed.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        framed.extend(chunk);
        framed.extend(b"\r\n");
    }
    framed.extend(b"0\r\n\r\n");
    framed
}

fn framing(journey: &Journey) -> String {
    if journey.chunked {
        "Transfer-Encoding: chunked".to_owned()
    } else {
        format!("Content-Length: {}", journey.body.len())
    }
}

/// Reads a body by its head.
fn read_body(from: &mut impl Read, head: &str) -> Vec<u8> {
    let mut body = Vec::new();
    if let Some(length) = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")) {
        body.resize(length.parse().unwrap(), 0);
        from.read_exact(&mut body).unwrap();
        return body;
    }
    loop {
        let line = read_line(from);
        let size = usize::from_str_radix(&line, 16).unwrap();
        let start = body.len();
        body.resize(start + size, 0);
        from.read_exact(&mut body[start..]).unwrap();
        assert_eq!(read_line(from), "");
        if size == 0 {
            return body;
        }
    }
}

fn read_line(from: &mut impl Read) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        from.read_exact(&mut byte).unwrap();
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap().trim_end().to_owned()
}

#[test]
fn bytes_arrive_unchanged_however_they_are_cut() {
    let authorities = Authorities::new();
    // Sends the body back as it came, framed as it came, in pieces of the sizes it was told.
    let site = secure_origin(authorities.sites.server(&["rivers.example"], &[]), |stream| {
        while let Some(head) = read_head(stream) {
            let cuts: Vec<usize> = head
                .lines()
                .find_map(|line| line.strip_prefix("X-Cuts: "))
                .unwrap()
                .split(' ')
                .map(|cut| cut.parse().unwrap())
                .collect();
            let body = read_body(stream, &head);
            let chunked = head.contains("chunked");
            let journey = Journey { body, cuts, chunked };
            let answer = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", framing(&journey));
            let bytes = [answer.into_bytes(), framed(&journey)].concat();
            write_in_pieces(stream, &bytes, &journey.cuts);
        }
    });
    let house = authorities.house(site, OPEN);
    let client = authorities.opened(&house, "rivers.example");
    client.sock.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let client = RefCell::new(client);
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) });
    runner
        .run(&journeys(), |journey| {
            let client = &mut *client.borrow_mut();
            let cuts: Vec<String> = journey.cuts.iter().map(ToString::to_string).collect();
            let head = format!(
                "POST /body HTTP/1.1\r\nHost: rivers.example\r\nX-Cuts: {}\r\n{}\r\n\r\n",
                cuts.join(" "),
                framing(&journey)
            );
            // The site reads the whole body before it answers, so writing first and reading after cannot block.
            write_in_pieces(client, &[head.into_bytes(), framed(&journey)].concat(), &journey.cuts);
            let head = read_head(client).unwrap();
            prop_assert!(head.starts_with("HTTP/1.1 200"), "{}", head);
            prop_assert_eq!(read_body(client, &head), journey.body);
            Ok(())
        })
        .unwrap();
}
