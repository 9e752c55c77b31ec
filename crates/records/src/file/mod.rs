//! file

pub(crate) mod statements;
