//! Saying that a test looked at nothing, or at less, because this machine has not what it needs: the one way for the tests of all crates.
//! What a test that passes prints is kept from people by the test harness, so this goes past it: a run never looks whole by silence.

use std::{
    fmt::Display,
    io::{Write as _, stderr},
};

/// Says which test was skipped and why.
pub(crate) fn because(why: impl Display) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // In one piece, so that the lines of tests that run at once do not mix. Where nobody can be told, nobody reads.
    drop(stderr().write_all(format!("skipped: {test}: {why}\n").as_bytes()));
}
