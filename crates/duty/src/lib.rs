//! The clock and the post: fetching lists, and compiling what they bring.
//!
//! [`lists`] keeps the sources that a school has chosen, fetches them, and holds back what a person should look at
//! first. [`compile`] turns everything approved, and the starter set, into one content file.

pub mod compile;
mod files;
pub mod lists;
