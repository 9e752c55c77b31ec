//! backup

pub(crate) mod statements;
