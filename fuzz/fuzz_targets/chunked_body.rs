//! Chunked bodies: any split of the bytes gives the same content, and what we write anew reads back the same.
#![no_main]

use holdfast_gateway::wire::chunked::{ChunkedReader, Writing};
use libfuzzer_sys::fuzz_target;

/// The content, and whether the body came to its end; nothing where it was refused.
fn read(bytes: &[u8], step: usize, writing: Writing) -> Option<(Vec<u8>, bool)> {
    let mut reader = ChunkedReader::default();
    let mut content = Vec::new();
    let (mut start, mut end) = (0, step.min(bytes.len()));
    loop {
        let decoded = reader.decode(&bytes[start..end], writing, &mut content).ok()?;
        start += decoded.consumed;
        if decoded.done {
            return Some((content, true));
        }
        if end == bytes.len() && decoded.consumed == 0 {
            return Some((content, false));
        }
        end = (end + step).min(bytes.len());
    }
}

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes, bytes.len().max(1), Writing::Plain);
    for step in [1, 2, 7] {
        assert_eq!(whole, read(bytes, step, Writing::Plain), "the split changed the body");
    }
    let Some((content, true)) = whole else { return };
    let (anew, _) = read(bytes, bytes.len(), Writing::Chunked).expect("read a moment ago");
    assert_eq!(read(&anew, anew.len(), Writing::Plain), Some((content, true)), "what we write reads otherwise");
});
