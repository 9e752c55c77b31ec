//! The policy as people write it: a versioned TOML document.
//!
//! [`read`] turns text into a [`PolicySource`] or into problems with their lines. Compiling it is
//! [`crate::ruleset`]'s.

pub mod source;

pub use source::PolicySource;

use crate::{problem::Problem, toml_text};

/// Reads a policy document. Any problem refuses it, so that the last good one keeps serving.
pub fn read(file: &str, text: &str) -> Result<PolicySource, Vec<Problem>> {
    toml_text::read(file, text)
}
