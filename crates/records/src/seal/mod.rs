//! Sealing.

pub(crate) mod statements;

/// x
#[derive(Debug)]
pub struct Unlocked;
