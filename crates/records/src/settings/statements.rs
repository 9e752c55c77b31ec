//! The statements of settings.

use crate::store::statements;

statements! {}
