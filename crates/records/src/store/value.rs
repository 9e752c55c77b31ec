//! What goes into a statement and what comes out of a row, the same on both engines: text, whole numbers and bytes.

use crate::Fault;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _, postgres::PgRow, sqlite::SqliteRow};

/// A value for a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// Text that came from outside may hold a NUL, which PostgreSQL cannot keep; refused here on both engines.
    pub(super) fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Text(Some(text)) if text.contains('\0') => {
                Err(Fault::wrong("The text holds a character that cannot be kept (NUL)."))
            }
            _ => Ok(()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(is_so: bool) -> Self {
        Self::Number(Some(i64::from(is_so)))
    }
}

impl From<jiff::Timestamp> for Value {
    fn from(moment: jiff::Timestamp) -> Self {
        Self::Number(Some(moment.as_microsecond()))
    }
}

impl From<Option<jiff::Timestamp>> for Value {
    fn from(moment: Option<jiff::Timestamp>) -> Self {
        Self::Number(moment.map(jiff::Timestamp::as_microsecond))
    }
}

impl From<jiff::civil::Date> for Value {
    fn from(date: jiff::civil::Date) -> Self {
        Self::Text(Some(date.to_string()))
    }
}

impl From<Option<jiff::civil::Date>> for Value {
    fn from(date: Option<jiff::civil::Date>) -> Self {
        Self::Text(date.map(|date| date.to_string()))
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}

macro_rules! from_ids {
    ($($name:ident),*) => { $(
        impl From<crate::id::$name> for Value {
            fn from(id: crate::id::$name) -> Self {
                Self::Text(Some(id.to_string()))
            }
        }

        impl From<Option<crate::id::$name>> for Value {
            fn from(id: Option<crate::id::$name>) -> Self {
                Self::Text(id.map(|id| id.to_string()))
            }
        }

        impl FromColumn for crate::id::$name {
            fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
                Self::parse(&row.get::<String>(index)?).map_err(|_not_an_id| damaged(index, "is no id"))
            }
        }

        impl FromColumn for Option<crate::id::$name> {
            fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
                let text = row.get::<Option<String>>(index)?;
                let id = text.map(|text| crate::id::$name::parse(&text)).transpose();
                id.map_err(|_not_an_id| damaged(index, "is no id"))
            }
        }
    )* };
}

from_ids!(School, Person, Class, Holding, Compartment, File, Entry, Report, Hold, Emergency, Provider, Binding, Row);

/// A row as either engine gives it.
#[derive(Debug)]
pub(crate) enum Row {
    Embedded(SqliteRow),
    Server(PgRow),
}

impl Row {
    /// The value of a column, by its place in the statement's list, from 0.
    pub(crate) fn get<T: FromColumn>(&self, index: usize) -> Result<T, Fault> {
        T::from_column(self, index)
    }
}

/// What a column can be read as.
pub(crate) trait FromColumn: Sized {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault>;
}

macro_rules! plain_columns {
    ($($plain:ty),*) => { $(
        impl FromColumn for $plain {
            fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
                Ok(match row {
                    Row::Embedded(row) => row.try_get(index)?,
                    Row::Server(row) => row.try_get(index)?,
                })
            }
        }
    )* };
}

plain_columns!(String, Option<String>, Vec<u8>, Option<Vec<u8>>);

impl FromColumn for Option<i64> {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
        Ok(match row {
            Row::Embedded(row) => row.try_get(index)?,
            // A number that stands in a statement itself (`CASE … THEN 1`) is a short one in PostgreSQL.
            Row::Server(row) if row.try_get_raw(index)?.type_info().name() == "INT4" => {
                row.try_get::<Option<i32>, _>(index)?.map(i64::from)
            }
            Row::Server(row) => row.try_get(index)?,
        })
    }
}

impl FromColumn for i64 {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
        row.get::<Option<Self>>(index)?.ok_or_else(|| damaged(index, "is empty"))
    }
}

impl FromColumn for bool {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
        row.get::<i64>(index).map(|number| number != 0)
    }
}

impl FromColumn for jiff::Timestamp {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
        let micros = row.get::<i64>(index)?;
        Self::from_microsecond(micros).map_err(|_out_of_range| damaged(index, "is no moment"))
    }
}

impl FromColumn for Option<jiff::Timestamp> {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
        let micros = row.get::<Option<i64>>(index)?;
        let moment = micros.map(jiff::Timestamp::from_microsecond).transpose();
        moment.map_err(|_out_of_range| damaged(index, "is no moment"))
    }
}

impl FromColumn for jiff::civil::Date {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
        row.get::<String>(index)?.parse().map_err(|_not_a_date| damaged(index, "is no date"))
    }
}

impl FromColumn for Option<jiff::civil::Date> {
    fn from_column(row: &Row, index: usize) -> Result<Self, Fault> {
        let date = row.get::<Option<String>>(index)?.map(|text| text.parse()).transpose();
        date.map_err(|_not_a_date| damaged(index, "is no date"))
    }
}

/// A stored value that is not what we write. Says which column of the statement, never what it holds.
pub(crate) fn damaged(index: usize, what: &str) -> Fault {
    Fault::Damaged(format!(
        "A row of the store cannot be read: column {} {what}. Restore a backup, and report this.",
        index + 1
    ))
}
