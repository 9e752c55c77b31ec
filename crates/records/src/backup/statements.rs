//! The statements of backup.

use crate::store::statements;

statements! {}
