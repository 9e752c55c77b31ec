//! `Alt-Svc`: what is left of a value has no way round the filter, and taking out is done once and for all.
#![no_main]

use holdfast_core::rewrites::alt_svc_without_http3;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    if let Some(left) = alt_svc_without_http3(value) {
        assert_eq!(alt_svc_without_http3(&left), None, "something was left: {left}");
    }
});
