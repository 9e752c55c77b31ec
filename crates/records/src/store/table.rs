//! Rows of any table, page by page: what a backup copies. Names of tables and columns come from the engine's own schema.

use super::{Kind, Row, Table, Transaction, Value};
use crate::Fault;

/// Rows in one page. A page stands in memory, so it is small; a row may hold a photograph.
const PAGE: usize = 200;

/// A value of bytes with its row's key and its school.
type BytesOfRow = (Vec<Value>, String, Vec<u8>);

impl Transaction {
    /// The rows of one school in a table that come after this key, in the order of the key; fewer than a page at the end.
    /// `owner` is the column that says which school a row belongs to.
    pub(crate) async fn page(
        &mut self,
        name: &str,
        table: &Table,
        (owner, school): (&str, &str),
        after: &[Value],
    ) -> Result<Vec<Vec<Value>>, Fault> {
        let columns = quoted(table, &(0..table.columns.len()).collect::<Vec<_>>()).join(", ");
        let key = quoted(table, &table.key).join(", ");
        let mut values = vec![Value::from(school)];
        let mut sql = format!("SELECT {columns} FROM \"{name}\" WHERE \"{owner}\" = $1");
        if !after.is_empty() {
            let places: Vec<String> = (2..2 + after.len()).map(|place| format!("${place}")).collect();
            sql = format!("{sql} AND ({key}) > ({})", places.join(", "));
            values.extend_from_slice(after);
        }
        sql = format!("{sql} ORDER BY {key} LIMIT {PAGE}");
        let rows = self.rows_of(sql, &values).await?;
        rows.iter().map(|row| row_of(row, table)).collect()
    }

    /// How many rows of one school a table holds.
    pub(crate) async fn count(&mut self, name: &str, (owner, school): (&str, &str)) -> Result<i64, Fault> {
        let sql = format!("SELECT COUNT(*) FROM \"{name}\" WHERE \"{owner}\" = $1");
        self.rows_of(sql, &[school.into()]).await?.first().map_or(Ok(0), |row| row.get(0))
    }

    /// A page of the values of a column of bytes that come after this key: the row's key, its school, the value. Empty at the end.
    pub(crate) async fn page_of_bytes(
        &mut self,
        name: &str,
        table: &Table,
        column: &str,
        after: &[Value],
    ) -> Result<Vec<BytesOfRow>, Fault> {
        let key = quoted(table, &table.key);
        let mut sql =
            format!("SELECT school, \"{column}\", {0} FROM \"{name}\" WHERE \"{column}\" IS NOT NULL", key.join(", "));
        if !after.is_empty() {
            let places: Vec<String> = (1..=after.len()).map(|place| format!("${place}")).collect();
            sql = format!("{sql} AND ({}) > ({})", key.join(", "), places.join(", "));
        }
        sql = format!("{sql} ORDER BY {} LIMIT {PAGE}", key.join(", "));
        let kinds: Vec<Kind> =
            table.key.iter().filter_map(|place| table.columns.get(*place)).map(|column| column.kind).collect();
        let rows = self.rows_of(sql, after).await?;
        let read = |row: &Row| {
            let key = kinds.iter().enumerate().map(|(place, kind)| value_of(row, place + 2, *kind));
            Ok((key.collect::<Result<_, Fault>>()?, row.get(0)?, row.get(1)?))
        };
        rows.iter().map(read).collect()
    }

    /// Puts other bytes into a column of the row with this key.
    pub(crate) async fn put_bytes(
        &mut self,
        (name, table): (&str, &Table),
        column: &str,
        key: &[Value],
        bytes: Vec<u8>,
    ) -> Result<(), Fault> {
        let places: Vec<String> = quoted(table, &table.key)
            .iter()
            .enumerate()
            .map(|(place, key)| format!("{key} = ${}", place + 2))
            .collect();
        let sql = format!("UPDATE \"{name}\" SET \"{column}\" = $1 WHERE {}", places.join(" AND "));
        let values: Vec<Value> = std::iter::once(Value::from(bytes)).chain(key.iter().cloned()).collect();
        self.run_made(sql, &values).await
    }

    /// Adds a row as it was.
    pub(crate) async fn put(&mut self, name: &str, table: &Table, row: &[Value]) -> Result<(), Fault> {
        let columns = quoted(table, &(0..table.columns.len()).collect::<Vec<_>>()).join(", ");
        let places: Vec<String> = (1..=row.len()).map(|place| format!("${place}")).collect();
        let sql = format!("INSERT INTO \"{name}\" ({columns}) VALUES ({})", places.join(", "));
        self.run_made(sql, row).await
    }
}

/// Whether a page was not the last.
pub(crate) fn is_full(page: &[Vec<Value>]) -> bool {
    page.len() == PAGE
}

fn quoted(table: &Table, places: &[usize]) -> Vec<String> {
    places.iter().filter_map(|place| table.columns.get(*place)).map(|column| format!("\"{}\"", column.name)).collect()
}

fn row_of(row: &Row, table: &Table) -> Result<Vec<Value>, Fault> {
    table.columns.iter().enumerate().map(|(place, column)| value_of(row, place, column.kind)).collect()
}

fn value_of(row: &Row, place: usize, kind: Kind) -> Result<Value, Fault> {
    Ok(match kind {
        Kind::Text => Value::Text(row.get(place)?),
        Kind::Number => Value::Number(row.get(place)?),
        Kind::Bytes => Value::Bytes(row.get(place)?),
    })
}
