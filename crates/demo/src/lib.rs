//! The fictional school and its practice range.

pub mod range;
pub mod school;
