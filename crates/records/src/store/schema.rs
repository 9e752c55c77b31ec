//! The schema as the engine itself tells it: for backups, and for the tests that hold it against the manifest.

use super::{Row, Transaction};
use crate::Fault;
use std::collections::BTreeMap;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// Bytes.
    Bytes,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be empty (`NULL`).
    pub may_be_empty: bool,
    /// The tables and columns that it refers to, in the order of their names.
    pub refers_to: Vec<(String, String)>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The places of the columns of its primary key, in the key's order.
    pub key: Vec<usize>,
}

const EMBEDDED_COLUMNS: &str = "SELECT m.name, p.name, p.type, p.\"notnull\", p.pk \
    FROM sqlite_master m JOIN pragma_table_info(m.name) p \
    WHERE m.type = 'table' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.name, p.cid";
const EMBEDDED_REFERENCES: &str = "SELECT m.name, f.\"from\", f.\"table\", COALESCE(f.\"to\", 'id') \
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq";

const SERVER_COLUMNS: &str = "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT), \
    CAST(format_type(a.atttypid, a.atttypmod) AS TEXT), CAST(a.attnotnull AS INTEGER)::BIGINT, \
    CAST(COALESCE(array_position(k.conkey::INTEGER[], a.attnum::INTEGER), 0) AS BIGINT) \
    FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema() \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p' \
    WHERE t.relkind = 'r' ORDER BY t.relname, a.attnum";
const SERVER_REFERENCES: &str = "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT), CAST(r.relname AS TEXT), \
    CAST(b.attname AS TEXT) FROM pg_catalog.pg_constraint c \
    JOIN pg_catalog.pg_class t ON t.oid = c.conrelid JOIN pg_catalog.pg_class r ON r.oid = c.confrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema() \
    CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (own, other) \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.own \
    JOIN pg_catalog.pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pair.other \
    WHERE c.contype = 'f' ORDER BY 1, 2";

/// Every table but the list of steps.
pub(crate) async fn schema(transaction: &mut Transaction) -> Result<BTreeMap<String, Table>, Fault> {
    let (columns, references) = if transaction.is_embedded() {
        (EMBEDDED_COLUMNS, EMBEDDED_REFERENCES)
    } else {
        (SERVER_COLUMNS, SERVER_REFERENCES)
    };
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let mut keys: BTreeMap<String, Vec<(i64, usize)>> = BTreeMap::new();
    for row in transaction.rows_of(columns.to_owned(), &[]).await? {
        let table: String = row.get(0)?;
        let columns = &mut tables.entry(table.clone()).or_default().columns;
        let place_in_key: i64 = row.get(4)?;
        if place_in_key > 0 {
            keys.entry(table).or_default().push((place_in_key, columns.len()));
        }
        columns.push(Column {
            name: row.get(1)?,
            kind: kind(&row)?,
            // A key is never empty; SQLite would let it be, by an old mistake that it keeps.
            may_be_empty: row.get::<i64>(3)? == 0 && place_in_key == 0,
            refers_to: Vec::new(),
        });
    }
    for (table, mut places) in keys {
        places.sort_unstable();
        if let Some(table) = tables.get_mut(&table) {
            table.key = places.into_iter().map(|(_, place)| place).collect();
        }
    }
    for row in transaction.rows_of(references.to_owned(), &[]).await? {
        let (table, column): (String, String) = (row.get(0)?, row.get(1)?);
        let columns = tables.get_mut(&table).map(|table| &mut table.columns);
        if let Some(column) = columns.and_then(|columns| columns.iter_mut().find(|known| known.name == column)) {
            column.refers_to.push((row.get(2)?, row.get(3)?));
            column.refers_to.sort();
        }
    }
    tables.remove("schema_version");
    Ok(tables)
}

fn kind(row: &Row) -> Result<Kind, Fault> {
    match row.get::<String>(2)?.to_ascii_uppercase().as_str() {
        "TEXT" => Ok(Kind::Text),
        "BIGINT" => Ok(Kind::Number),
        "BLOB" | "BYTEA" => Ok(Kind::Bytes),
        other => Err(Fault::Damaged(format!(
            "The store has a column of a kind ({other}) that no step of this program makes. Restore a backup."
        ))),
    }
}
