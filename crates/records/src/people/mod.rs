//! people

pub(crate) mod statements;
