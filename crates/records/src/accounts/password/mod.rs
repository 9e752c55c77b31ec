//! Passwords: what they must be, how old they may become, and which are not taken again.

mod age;
mod former;
mod own_words;
mod rule;

pub use age::{Due, OldPassword, PasswordAges, Standing};
pub(super) use former::note_password;
pub use own_words::OwnWord;
pub(super) use rule::{Rule, normalised, rule_for};
