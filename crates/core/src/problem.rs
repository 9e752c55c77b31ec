//! What is wrong with something a person wrote or a list brought, said so that they can mend it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How much a [`Problem`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// The line is left out or read otherwise than written; the rest is used.
    Warning,
    /// The whole document is refused; the last good one keeps serving.
    Error,
}

/// One thing that is wrong, where it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// The file or list, as its reader knows it; empty where the caller names it.
    pub file: String,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// What is wrong, in plain English, one sentence.
    pub message: String,
    /// What to do next, when we can tell.
    pub suggestion: Option<String>,
}

impl Problem {
    /// A problem that refuses the document.
    pub fn error(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, file: String::new(), line: None, message: message.into(), suggestion: None }
    }

    /// A problem that costs one line only.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// The same problem, placed in a file.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = file.into();
        self
    }

    /// The same problem, placed on a line counted from 1.
    pub fn at_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    /// The same problem with what to do next.
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}

/// Problems for a person, one a line.
pub fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}", self.file)?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            write!(f, ": ")?;
        } else if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, " {suggestion}")?;
        }
        Ok(())
    }
}
