//! The policy and people documents: whatever a person writes, the answer is a document or a list of problems.
#![no_main]

use holdfast_core::{people, policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for outcome in [policy::read("policy.toml", text).map(drop), people::read("people.toml", text).map(drop)] {
        if let Err(problems) = outcome {
            assert!(!problems.is_empty(), "refused without saying why");
            assert!(problems.iter().all(|problem| !problem.message.is_empty()), "a problem without words");
        }
    }
});
