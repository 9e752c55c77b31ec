//! The statements of sealing.

use crate::store::statements;

statements! {}
