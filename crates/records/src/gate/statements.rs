//! The statements of gate.

use crate::store::statements;

statements! {}
