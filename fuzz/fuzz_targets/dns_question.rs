//! Questions for names: whatever is read as one is answered soundly, and goes upstream as it was asked.
#![no_main]

use holdfast_gateway::dns::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(fault) = fuzzing::question(bytes) {
        panic!("{fault}");
    }
});
