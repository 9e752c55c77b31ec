//! Forms with files: whatever is read as one, written anew, is read as the same; and what a browser would write is read as it
//! was sent.
#![no_main]

use holdfast_core::multipart::{Part, boundary, parts};
use libfuzzer_sys::fuzz_target;

/// The most parts.
const MOST: usize = 50;

fuzz_target!(|bytes: &[u8]| {
    let (head, body) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let named = std::str::from_utf8(head).ok().and_then(boundary);
    if let Some(read) = named.and_then(|boundary| parts(body, boundary, MOST)) {
        let boundary = named.unwrap_or_default();
        assert!(read.len() <= MOST);
        let delimiter = format!("\r\n--{boundary}");
        for part in &read {
            let holds = part.body.windows(delimiter.len()).any(|window| window == delimiter.as_bytes());
            assert!(!holds, "a part goes on over the next boundary");
        }
        let again = written(&read, boundary);
        assert_eq!(parts(&again, boundary, MOST).as_ref(), Some(&read));
    }
    // The same bytes as a browser would send them: a file for each line, under a boundary that no line holds.
    let lines = bytes.split(|byte| *byte == b'\n').take(MOST);
    let sent: Vec<Part<'_>> = lines.map(|body| Part { name: "file", is_file: body.len() % 2 == 0, body }).collect();
    let boundary = "----HoldfastFuzzing0123456789";
    if !bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes()) {
        let body = written(&sent, boundary);
        assert_eq!(parts(&body, boundary, MOST).as_ref(), Some(&sent));
    }
});

fn written(parts: &[Part<'_>], boundary: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        let file = if part.is_file { "; filename=\"a.csv\"\r\nContent-Type: text/csv" } else { "" };
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{file}\r\n\r\n", part.name);
        out.extend(head.bytes());
        out.extend(part.body);
        out.extend(b"\r\n");
    }
    out.extend(format!("--{boundary}--\r\n").bytes());
    out
}
