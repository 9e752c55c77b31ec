//! Why a verb did not do what was asked.

use holdfast_core::problem::{Problem, lines};
use std::fmt;

/// Why a verb did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It does not exist, or the asker may not know whether it does. Both are told in the same words.
    NotFound,
    /// The asker knows that it exists, and may not do this; why, in words for them.
    NotAllowed(String),
    /// What was asked for cannot be done as it was written; nothing was changed.
    Wrong(Vec<Problem>),
    /// Somebody changed it meanwhile; look again.
    Changed(String),
    /// The sealed part cannot be opened now, because nobody who may open it has unlocked it.
    Locked(String),
    /// The store cannot be reached or written. Nothing was changed; whoever looks after the machine must act.
    Unavailable(String),
    /// What is stored is not what was written. Nothing was changed.
    Damaged(String),
}

impl Fault {
    /// One thing that is wrong with what was asked.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong(vec![Problem::error(message)])
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("There is nothing like that here, or it is not for you to see."),
            Self::Wrong(problems) => f.write_str(&lines(problems)),
            Self::NotAllowed(words)
            | Self::Changed(words)
            | Self::Locked(words)
            | Self::Unavailable(words)
            | Self::Damaged(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Fault {}
