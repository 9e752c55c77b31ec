//! The head of an answer from an origin, which may be hostile.
#![no_main]

use holdfast_gateway::wire::{
    response::{self, Answering},
    scan::HeadScan,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Some(length)) = HeadScan::default().find(bytes, 64 * 1024) else { return };
    for answering in [Answering::Head, Answering::Websocket, Answering::Other] {
        let mut kept = Vec::new();
        if response::read(&bytes[..length], answering, &mut kept).is_ok() {
            let bare = kept.split_inclusive(|byte| *byte == b'\n').any(|line| !line.ends_with(b"\r\n"));
            assert!(!bare, "a bare line feed went on");
        }
    }
});
