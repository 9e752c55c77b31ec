//! A store with a row in each table, whatever tables there are: what an older program might have left.

use holdfast_records::store::proof::{self, Cell, Column, Kind, Older, Table};
use std::collections::BTreeMap;

/// The rows of each table, in the columns it had then.
pub type Snapshot = BTreeMap<String, Vec<String>>;

/// Puts one row into each table, those first that others refer to.
pub async fn fill(store: &Older) {
    let schema = store.schema().await.expect("it is read");
    let mut filled: BTreeMap<String, BTreeMap<String, Cell>> = BTreeMap::new();
    while filled.len() < schema.len() {
        let before = filled.len();
        for (name, table) in &schema {
            let is_ready = table
                .columns
                .iter()
                .flat_map(|column| &column.refers_to)
                .all(|(other, _)| other == name || filled.contains_key(other));
            if is_ready && !filled.contains_key(name) {
                let row: Vec<Cell> = table.columns.iter().map(|column| cell(name, column, &filled)).collect();
                store.put(name, &row).await.unwrap_or_else(|fault| panic!("a row for {name} {row:?}: {fault}"));
                let columns = table.columns.iter().map(|column| column.name.clone());
                filled.insert(name.clone(), columns.zip(row).collect());
            }
        }
        assert!(filled.len() > before, "tables refer to each other in a ring");
    }
}

/// What the tables hold.
pub async fn snapshot(store: &Older, tables: &BTreeMap<String, Table>) -> Snapshot {
    let mut snapshot = Snapshot::new();
    for (name, table) in tables {
        let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let rows = store.rows(name, &columns).await.expect("the table is read");
        assert!(!rows.is_empty(), "{name} holds nothing");
        snapshot.insert(name.clone(), rows);
    }
    snapshot
}

fn cell(table: &str, column: &Column, filled: &BTreeMap<String, BTreeMap<String, Cell>>) -> Cell {
    if let Some((other, its)) = column.refers_to.first() {
        return match filled.get(other) {
            Some(row) => row[its].clone(),
            None if column.may_be_empty => Cell::Empty,
            None => Cell::Text(format!("{table}-{its}")),
        };
    }
    let allowed = first_allowed(table, &column.name);
    match column.kind {
        Kind::Text => Cell::Text(allowed.unwrap_or_else(|| format!("{table}-{}", column.name))),
        Kind::Number => Cell::Number(allowed.and_then(|allowed| allowed.parse().ok()).unwrap_or(1)),
        Kind::Bytes => Cell::Bytes(vec![0, 1, 254, 255]),
    }
}

/// The first value that the step which made the column allows: `CHECK (kind IN ('child', …))`.
fn first_allowed(table: &str, column: &str) -> Option<String> {
    let steps = proof::steps();
    let (_, made) = steps.iter().find_map(|step| step.text.split_once(&format!("CREATE TABLE {table} (")))?;
    let (made, _) = made.split_once("\n);")?;
    let (_, from) = made.split_once(&format!("\n    {column} "))?;
    let definition = from.split_once("\n    ").map_or(from, |(definition, _)| definition);
    let (_, allowed) = definition.split_once(" IN (")?;
    Some(allowed.split([',', ')']).next()?.trim().trim_matches('\'').to_owned())
}
