//! What only tests ask of the store: older schemas, its statements one by one, what its schema is. No part of the
//! program's own work, and hidden from its documentation.

pub use super::schema::{Column, Kind, Table};

use super::{Clock, Place, Store, Value, all_statements, migrations, schema};
use crate::Fault;
use std::collections::BTreeMap;

/// A step of the schema.
#[derive(Debug)]
pub struct Step {
    /// Its name, which begins with its number.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What the text comes to.
    pub digest: String,
}

/// Every step.
pub fn steps() -> Vec<Step> {
    let step =
        |step: &migrations::Step| Step { name: step.name, text: step.text, digest: migrations::digest(step.text) };
    migrations::STEPS.iter().map(step).collect()
}

/// A store as a program that knew only the first `steps` steps would have it.
#[derive(Debug)]
pub struct Older(Store);

impl Older {
    /// Opens it.
    pub async fn open(place: &Place, clock: &Clock, steps: usize) -> Result<Self, Fault> {
        Store::open_at(place, clock, steps.min(migrations::STEPS.len())).await.map(Self)
    }

    /// Its schema.
    pub async fn schema(&self) -> Result<BTreeMap<String, Table>, Fault> {
        schema(&mut self.0.reading().await?).await
    }

    /// Adds a row: a value for each column, from its kind.
    pub async fn put(&self, name: &str, row: &[Cell]) -> Result<(), Fault> {
        let mut transaction = self.0.writing().await?;
        let tables = schema(&mut transaction).await?;
        let table = tables.get(name).ok_or(Fault::NotFound)?;
        let row: Vec<Value> = row.iter().zip(&table.columns).map(|(cell, column)| value(cell, column)).collect();
        transaction.put(name, table, &row).await?;
        transaction.commit().await
    }

    /// The rows of a table, as text to compare.
    pub async fn rows(&self, name: &str, columns: &[String]) -> Result<Vec<String>, Fault> {
        let mut transaction = self.0.reading().await?;
        let columns: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        let rows =
            transaction.rows_of(format!("SELECT {} FROM \"{name}\" ORDER BY 1", columns.join(", ")), &[]).await?;
        let cell = |row: &super::Row, place: usize| {
            let text = row.get::<Option<String>>(place).map(|text| format!("{text:?}"));
            let number = || row.get::<Option<i64>>(place).map(|number| format!("{number:?}"));
            text.or_else(|_| number()).or_else(|_| row.get::<Option<Vec<u8>>>(place).map(|bytes| format!("{bytes:?}")))
        };
        rows.iter().map(|row| (0..columns.len()).map(|place| cell(row, place)).collect()).collect()
    }

    /// Closes it.
    pub async fn close(self) {
        self.0.close().await;
    }
}

/// A value for [`Older::put`].
#[derive(Debug, Clone)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

fn value(cell: &Cell, column: &Column) -> Value {
    match (cell, column.kind) {
        (Cell::Text(text), _) => text.as_str().into(),
        (Cell::Number(number), _) => (*number).into(),
        (Cell::Bytes(bytes), _) => bytes.as_slice().into(),
        (Cell::Empty, Kind::Text) => Value::Text(None),
        (Cell::Empty, Kind::Number) => Value::Number(None),
        (Cell::Empty, Kind::Bytes) => Value::Bytes(None),
    }
}

/// How many statements the engine understands, and which it does not, each with what it says.
pub async fn prepare_all(place: &Place, clock: &Clock) -> Result<(usize, Vec<String>), Fault> {
    let store = Store::open(place, clock).await?;
    let (mut understood, mut problems) = (0, Vec::new());
    for statement in all_statements() {
        let mut transaction = store.reading().await?;
        match transaction.prepare(statement).await {
            Ok(()) => understood += 1,
            Err(fault) => problems.push(format!("{}: {fault}\n{}", statement.name, statement.sql)),
        }
    }
    store.close().await;
    Ok((understood, problems))
}

/// Where the embedded engine reads a whole table, or a whole index, because no index leads to what a statement asks for: the statement's
/// name and what the engine says. It is asked as of a school about which it knows nothing yet.
pub async fn scans(place: &Place, clock: &Clock) -> Result<Vec<String>, Fault> {
    let store = Store::open(place, clock).await?;
    let mut found = Vec::new();
    for statement in all_statements() {
        let mut transaction = store.reading().await?;
        for row in transaction.rows_of(format!("EXPLAIN QUERY PLAN {}", statement.sql), &[]).await? {
            let says: String = row.get(3)?;
            // Of a list in the statement itself, or of what another part of it found, nothing grows.
            if says.starts_with("SCAN ") && !says.contains('(') && !says.contains("CONSTANT ROW") {
                found.push(format!("{}: {says}", statement.name));
            }
        }
    }
    store.close().await;
    found.sort();
    Ok(found)
}
