//! settings

pub(crate) mod statements;
