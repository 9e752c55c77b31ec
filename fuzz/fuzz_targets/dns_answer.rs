//! An upstream's answers: what is passed on can be read, leads nowhere unjudged, and hides nothing from the filter.
#![no_main]

use holdfast_gateway::dns::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(fault) = fuzzing::answer(bytes) {
        panic!("{fault}");
    }
});
