//! Rows out of the store, as lines of JSON.
//!
//! First `{"marks_key":"…","log_key":"…"}`: with the one the marks of what was erased after this backup are known for the
//! school's own, with the other the entries of the log for the machine's own, both also on another machine. Then for each table `{"table":"person","columns":[["id","text"],…]}`, then a line for each row, an array with a value for each column (text, a
//! whole number, bytes as base64, or null), and at the very end `{"rows":1234}`.

use crate::{
    Fault,
    audit::{self, LogKey},
    file::marks::MarksKey,
    store::{Kind, Table, Transaction, Value, is_full, manifest, schema},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// A line that is no row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// Rows of this table follow, with these columns: name, and `text`, `number` or `bytes`.
    Table { table: String, columns: Vec<(String, String)> },
    /// The key that proves marks of erasures, and the one that proves the log, as base64. A backup that was made before there was
    /// one has none for the log.
    Keys {
        marks_key: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        log_key: Option<String>,
    },
    /// The end: so many rows were written.
    End { rows: u64 },
}

/// A kind's word in the form.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Bytes => "bytes",
    }
}

/// The tables in the manifest's order, each after those it refers to. A table that the manifest does not name would be left
/// out of every backup, so none is made then.
pub(super) fn in_order(tables: BTreeMap<String, Table>) -> Result<Vec<(String, Table)>, Fault> {
    let mut rest = tables;
    let mut ordered = Vec::new();
    for column in manifest::columns().0 {
        if let Some(table) = rest.remove(column.table) {
            ordered.push((column.table.to_owned(), table));
        }
    }
    match rest.keys().next() {
        None => Ok(ordered),
        Some(name) => Err(Fault::Damaged(format!("The table {name} is not one of Holdfast's. Nothing was written."))),
    }
}

/// The column that says which school a row is of.
pub(crate) fn owner(table: &str) -> &'static str {
    if table == "school" { "id" } else { "school" }
}

/// Sends every row of a school, batch by batch; how many there were. With a key for the log, its entries carry marks of that key
/// in the place of the machine's. Ends early when nobody takes them any more.
pub(super) async fn send_rows(
    t: &mut Transaction,
    school: &str,
    log_key: Option<&LogKey>,
    to: &mpsc::Sender<Vec<u8>>,
) -> Result<u64, Fault> {
    let marks_key = BASE64_STANDARD.encode(MarksKey::of(t.key()?, school).bytes());
    let keys = Line::Keys { marks_key, log_key: log_key.map(|key| BASE64_STANDARD.encode(key.bytes())) };
    if to.send(line(&keys)?).await.is_err() {
        return Ok(0);
    }
    let mut count = 0;
    for (name, table) in in_order(schema(t).await?)? {
        let columns = table.columns.iter().map(|column| (column.name.clone(), word(column.kind).to_owned()));
        let mut batch = line(&Line::Table { table: name.clone(), columns: columns.collect() })?;
        let mut after: Vec<Value> = Vec::new();
        loop {
            let mut page = t.page(&name, &table, (owner(&name), school), &after).await?;
            if let Some(log_key) = log_key.filter(|_| name == "audit_entry") {
                for row in &mut page {
                    audit::mark_for_travel(row, &table, t.key()?, log_key);
                }
            }
            for row in &page {
                let cells: Vec<Json> = row.iter().map(json).collect();
                batch.extend(line(&cells)?);
            }
            count += page.len() as u64;
            if to.send(std::mem::take(&mut batch)).await.is_err() {
                return Ok(count);
            }
            let Some(last) = page.last().filter(|_| is_full(&page)) else { break };
            after = table.key.iter().filter_map(|place| last.get(*place).cloned()).collect();
        }
    }
    let _taken = to.send(line(&Line::End { rows: count })?).await;
    Ok(count)
}

fn line(content: &impl Serialize) -> Result<Vec<u8>, Fault> {
    let mut line = serde_json::to_vec(content)
        .map_err(|fault| Fault::Damaged(format!("A row cannot be written into the backup: {fault}.")))?;
    line.push(b'\n');
    Ok(line)
}

fn json(value: &Value) -> Json {
    match value {
        Value::Text(Some(text)) => Json::from(text.as_str()),
        Value::Number(Some(number)) => Json::from(*number),
        Value::Bytes(Some(bytes)) => Json::from(BASE64_STANDARD.encode(bytes)),
        Value::Text(None) | Value::Number(None) | Value::Bytes(None) => Json::Null,
    }
}
