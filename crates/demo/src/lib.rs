//! The fictional school, its term so far and its practice range.

mod calendar;
mod contacts;
mod families;
pub mod invitation;
pub mod range;
pub mod school;
pub mod staff;
pub mod term;
pub mod verdict_line;
