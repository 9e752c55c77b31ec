//! Rows of any table, page by page: what a backup copies. Names of tables and columns come from the engine's own schema.

use super::{Kind, Row, Table, Transaction, Value};
use crate::Fault;

/// Rows in one page. A page stands in memory, so it is small; a row may hold a photograph.
const PAGE: usize = 200;

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

    /// Every value of a column of bytes, each with its school.
    pub(crate) async fn bytes_of(&mut self, table: &str, column: &str) -> Result<Vec<(String, Vec<u8>)>, Fault> {
        let sql = format!("SELECT school, \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        self.rows_of(sql, &[]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Puts other bytes in the place of these, which stand nowhere else.
    pub(crate) async fn replace_bytes(&mut self, table: &str, column: &str, values: [Value; 2]) -> Result<(), Fault> {
        let sql = format!("UPDATE \"{table}\" SET \"{column}\" = $2 WHERE \"{column}\" = $1");
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
    let values = table.columns.iter().enumerate().map(|(place, column)| {
        Ok(match column.kind {
            Kind::Text => Value::Text(row.get(place)?),
            Kind::Number => Value::Number(row.get(place)?),
            Kind::Bytes => Value::Bytes(row.get(place)?),
        })
    });
    values.collect()
}
