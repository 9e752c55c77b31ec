//! The statements of people.

use crate::store::statements;

statements! {}
