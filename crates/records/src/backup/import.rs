//! Lines of JSON into the store.

use super::export::{Line, in_order, owner, word};
use crate::{
    Fault,
    audit::LogKey,
    file::marks::MarksKey,
    store::{Kind, Table, Transaction, Value, schema},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Takes lines, and puts rows into a store with the same schema.
pub(super) struct Import {
    school: String,
    tables: BTreeMap<String, Table>,
    current: Option<Current>,
    rows: u64,
    is_whole: bool,
    keys: Keys,
}

/// What a backup carries to prove things with.
#[derive(Default)]
pub(super) struct Keys {
    /// That marks of erasures are the school's own.
    pub marks: Option<MarksKey>,
    /// That the entries of its log are those of the machine that made it.
    pub log: Option<LogKey>,
}

struct Current {
    name: String,
    table: Table,
    /// The column that says which school a row is of.
    owner: usize,
    /// The column that refers to another row of the same table, with the column it refers to.
    own: Option<(usize, usize)>,
    there: BTreeSet<String>,
    waiting: Vec<Vec<Value>>,
}

impl Import {
    /// An import of this school's rows.
    pub(super) async fn new(t: &mut Transaction, school: &str) -> Result<Self, Fault> {
        let tables = in_order(schema(t).await?)?.into_iter().collect();
        Ok(Self { school: school.to_owned(), tables, current: None, rows: 0, is_whole: false, keys: Keys::default() })
    }

    /// Takes the next line.
    pub(super) async fn take(&mut self, t: &mut Transaction, line: &str) -> Result<(), Fault> {
        if self.is_whole {
            return Err(other("something follows its end"));
        }
        if line.starts_with('[') {
            return self.row(t, line).await;
        }
        match serde_json::from_str(line).map_err(|_unknown| other("a line is none of its form"))? {
            Line::Table { table, columns } => {
                self.end_table(t).await?;
                self.begin(table, &columns)
            }
            Line::Keys { marks_key, log_key } => {
                let marks = bytes_of(&marks_key).and_then(|bytes| MarksKey::from_bytes(&bytes));
                self.keys.marks = Some(marks.ok_or_else(no_key)?);
                if let Some(log_key) = log_key {
                    let log = bytes_of(&log_key).and_then(|bytes| LogKey::from_bytes(&bytes));
                    self.keys.log = Some(log.ok_or_else(no_key)?);
                }
                Ok(())
            }
            Line::End { rows } => {
                self.end_table(t).await?;
                self.is_whole = rows == self.rows;
                if self.is_whole { Ok(()) } else { Err(other("it does not hold as many rows as it says")) }
            }
        }
    }

    /// How many rows were put, once everything was taken.
    pub(super) fn rows(&self) -> Result<u64, Fault> {
        if self.is_whole { Ok(self.rows) } else { Err(other("its end is missing")) }
    }

    /// The keys that it carries.
    pub(super) fn keys(self) -> Keys {
        self.keys
    }

    fn begin(&mut self, name: String, columns: &[(String, String)]) -> Result<(), Fault> {
        // Taken out, so that no table comes twice.
        let table =
            self.tables.remove(&name).ok_or_else(|| other(&format!("it holds a table {name} again or unknown")))?;
        let ours: Vec<(&str, &str)> =
            table.columns.iter().map(|column| (column.name.as_str(), word(column.kind))).collect();
        let theirs: Vec<(&str, &str)> = columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
        if ours != theirs {
            return Err(other(&format!("the columns of {name} are not those of its schema")));
        }
        let place = |wanted: &str| table.columns.iter().position(|column| column.name == wanted);
        let owner = place(owner(&name)).ok_or_else(|| other(&format!("{name} belongs to no school")))?;
        let own = table.columns.iter().enumerate().find_map(|(place_of_reference, column)| {
            let (_, its) = column.refers_to.iter().find(|(other, _)| *other == name)?;
            Some((place_of_reference, place(its)?))
        });
        self.current = Some(Current { name, table, owner, own, there: BTreeSet::new(), waiting: Vec::new() });
        Ok(())
    }

    async fn row(&mut self, t: &mut Transaction, line: &str) -> Result<(), Fault> {
        let current = self.current.as_mut().ok_or_else(|| other("a row stands before any table"))?;
        let cells: Vec<Json> = serde_json::from_str(line).map_err(|_no_array| other("a row is none of its form"))?;
        if cells.len() != current.table.columns.len() {
            return Err(other(&format!("a row of {} has other columns", current.name)));
        }
        let row = cells.iter().zip(&current.table.columns).map(|(cell, column)| value(cell, column.kind));
        let row = row.collect::<Option<Vec<Value>>>();
        let row = row.ok_or_else(|| other(&format!("a row of {} holds what its columns cannot", current.name)))?;
        if row.get(current.owner) != Some(&Value::from(self.school.as_str())) {
            return Err(other(&format!("a row of {} is another school's", current.name)));
        }
        self.rows += 1;
        if current.is_ready(&row) {
            current.put(t, &row).await
        } else {
            current.waiting.push(row);
            Ok(())
        }
    }

    /// Puts the rows that waited for other rows of their own table.
    async fn end_table(&mut self, t: &mut Transaction) -> Result<(), Fault> {
        let Some(mut current) = self.current.take() else { return Ok(()) };
        while !current.waiting.is_empty() {
            let (ready, waiting): (Vec<_>, Vec<_>) =
                std::mem::take(&mut current.waiting).into_iter().partition(|row| current.is_ready(row));
            if ready.is_empty() {
                return Err(other(&format!("rows of {} refer to one that is missing", current.name)));
            }
            for row in &ready {
                current.put(t, row).await?;
            }
            current.waiting = waiting;
        }
        Ok(())
    }
}

impl Current {
    fn is_ready(&self, row: &[Value]) -> bool {
        match self.own.and_then(|(reference, its)| Some((row.get(reference)?, row.get(its)?))) {
            Some((Value::Text(Some(other)), own)) => self.there.contains(other) || *own == Value::from(other.as_str()),
            _ => true,
        }
    }

    async fn put(&mut self, t: &mut Transaction, row: &[Value]) -> Result<(), Fault> {
        t.put(&self.name, &self.table, row).await?;
        if let Some(Value::Text(Some(own))) = self.own.and_then(|(_, its)| row.get(its)) {
            self.there.insert(own.clone());
        }
        Ok(())
    }
}

fn value(cell: &Json, kind: Kind) -> Option<Value> {
    Some(match (kind, cell) {
        (Kind::Text, Json::Null) => Value::Text(None),
        (Kind::Number, Json::Null) => Value::Number(None),
        (Kind::Bytes, Json::Null) => Value::Bytes(None),
        (Kind::Text, Json::String(text)) => text.as_str().into(),
        (Kind::Number, Json::Number(number)) => number.as_i64()?.into(),
        (Kind::Bytes, Json::String(text)) => BASE64_STANDARD.decode(text).ok()?.into(),
        _ => return None,
    })
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

fn no_key() -> Fault {
    other("its key is none")
}

fn other(what: &str) -> Fault {
    Fault::Damaged(format!("The backup cannot be restored: {what}. Nothing was changed. Take another one."))
}
