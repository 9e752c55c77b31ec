//! Host names: what is normalised once stays as it is.
#![no_main]

use holdfast_core::host::Host;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(host) = Host::parse(text) {
        let again = Host::parse(host.as_str()).expect("a normalised host was refused");
        assert_eq!(host, again, "normalising twice changed the host");
        assert!(host.suffixes().all(|suffix| host.is_within(suffix)), "a host is not within its own suffix");
    }
});
