//! The statements of file.

use crate::store::statements;

statements! {}
