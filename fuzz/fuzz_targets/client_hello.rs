//! The first bytes of a tunnel: more bytes never turn a judged greeting into another one.
#![no_main]

use holdfast_gateway::hello::{self, Hello};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = hello::peek(bytes);
    let half = hello::peek(&bytes[..bytes.len() / 2]);
    if half != Hello::Incomplete {
        assert_eq!(half, whole, "bytes that came later changed the name");
    }
    let http = hello::looks_like_http(bytes);
    assert!(!(http == Some(true) && matches!(whole, Hello::Tls(_))), "both TLS and HTTP");
});
