//! Addresses: reading what we print gives the same address, and the canonical path is its own canonical path.
#![no_main]

use holdfast_core::address::{Address, canonical_path};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(address) = Address::parse(text) {
        let again = Address::parse(&address.to_string()).expect("an address we printed was refused");
        assert_eq!(address, again, "printing and reading changed the address");
    }
    if text.starts_with('/') {
        let once = canonical_path(text);
        assert_eq!(canonical_path(&once), once, "the canonical form is not canonical");
    }
});
