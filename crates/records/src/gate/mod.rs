//! gate

pub(crate) mod statements;
