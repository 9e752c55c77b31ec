//! The fictional school and its practice range.

mod families;
pub mod invitation;
pub mod range;
pub mod school;
pub mod staff;
pub mod verdict_line;
