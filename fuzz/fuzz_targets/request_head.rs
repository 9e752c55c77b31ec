//! The head of a request: any split of the bytes gives the same head, and what is kept goes on as clean lines.
#![no_main]

use holdfast_gateway::wire::{request, scan::HeadScan, target::Place};
use libfuzzer_sys::fuzz_target;

const MOST: usize = 64 * 1024;

fuzz_target!(|bytes: &[u8]| {
    let whole = HeadScan::default().find(bytes, MOST);
    let mut scan = HeadScan::default();
    let mut piecewise = Ok(None);
    for end in 0..=bytes.len() {
        piecewise = scan.find(&bytes[..end], MOST);
        if !matches!(piecewise, Ok(None)) {
            break;
        }
    }
    assert_eq!(whole, piecewise, "the split changed the head");
    if let Ok(Some(length)) = whole {
        let mut kept = Vec::new();
        if request::read(&bytes[..length], Place::Proxy, &mut kept).is_ok() {
            clean(&kept);
        }
    }
});

/// Kept field lines hold no bare line ends and no empty line: nobody behind us can read them otherwise than we did.
fn clean(kept: &[u8]) {
    assert!(kept.is_empty() || kept.ends_with(b"\r\n"), "the last kept line is open");
    for line in kept.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\r\n").expect("a bare line feed went on");
        assert!(!text.is_empty() && !text.contains(&b'\r') && !text.contains(&0), "an ambiguous line went on");
        assert!(!text.starts_with(b" ") && !text.starts_with(b"\t"), "a folded line went on");
    }
}
