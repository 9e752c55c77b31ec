//! What the database says, in words for whoever looks after the machine.
//!
//! Its own words are not repeated where they may quote a value (PostgreSQL's “DETAIL: Key (name)=(…)”), which no log may
//! hold.

use crate::Fault;
use sqlx::error::DatabaseError;

/// What is said where somebody else held the store for longer than a statement waits.
const BUSY: &str = "The store was busy for longer than anybody waits. Nothing was changed; try again.";

/// Whether the store was only busy, so that trying again may help.
pub(super) fn is_busy(fault: &Fault) -> bool {
    matches!(fault, Fault::Unavailable(words) if words == BUSY)
}

impl From<sqlx::Error> for Fault {
    fn from(fault: sqlx::Error) -> Self {
        match fault {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
                Self::Damaged(format!("A row of the store cannot be read: {fault}. Restore a backup, and report this."))
            }
            sqlx::Error::Database(fault) => said(fault.as_ref()),
            sqlx::Error::PoolTimedOut => Self::Unavailable(BUSY.to_owned()),
            fault => Self::Unavailable(format!("The store does not answer: {fault}. Nothing was changed; try again.")),
        }
    }
}

/// The fault of a commit. Where no answer came, nobody can say whether it lasts.
pub(super) fn of_commit(fault: sqlx::Error) -> Fault {
    match fault {
        sqlx::Error::Database(fault) if !is_going_away(fault.as_ref()) => said(fault.as_ref()),
        fault => Fault::Unavailable(format!(
            "The store did not say whether it kept this: {}. Look whether it is there before you do it again.",
            match fault {
                sqlx::Error::Database(_) => "it was being stopped".to_owned(),
                fault => fault.to_string(),
            }
        )),
    }
}

fn is_going_away(fault: &dyn DatabaseError) -> bool {
    fault.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
}

/// SQLite's codes are numbers (the primary one in the low byte: <https://sqlite.org/rescode.html>), PostgreSQL's five
/// characters (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn said(fault: &dyn DatabaseError) -> Fault {
    let code = fault.code().unwrap_or_default();
    let embedded = code.parse::<i64>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
    let words = match (embedded, code.as_ref()) {
        (Some(11 | 26), _) | (None, "XX001" | "XX002") => {
            return Fault::Damaged(format!(
                "The store is damaged (code {code}). Nothing was changed. Keep a copy of it as it is, and restore a backup."
            ));
        }
        (Some(13), _) | (None, "53100") => "The disk is full. Nothing was changed; make room, and try again.",
        (Some(8), _) | (None, "25006") => "The store may only be read here. Nothing was changed.",
        (Some(5 | 6), _) | (None, "55P03") => BUSY,
        (Some(10 | 14), _) => "The store's file cannot be opened or written. Nothing was changed; look at the disk.",
        (None, "28000" | "28P01") => "The database refuses the name or the password in DATABASE_URL.",
        (None, "3D000") => "There is no database of the name in DATABASE_URL.",
        (None, "42501") => "The database does not let the name in DATABASE_URL do this: it must own the tables.",
        (None, "53300") => "The database has no connection left for us. Nothing was changed; try again.",
        (None, code) if code.starts_with("57P") => {
            "The database is being stopped or started. Nothing was changed; try again in a moment."
        }
        _ => return Fault::Unavailable(format!("The store refused to do it (code {code}). Nothing was changed.")),
    };
    Fault::Unavailable(words.to_owned())
}
