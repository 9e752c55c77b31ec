//! Statements about many things, asked fifty at a time: with as many statements as of one.

use super::{FromColumn, Row, Statement, Transaction, Value};
use crate::{Fault, id};
use std::collections::BTreeMap;

/// As many as one statement takes.
const FIFTY: usize = 50;

/// Fifty ids after the school's; those that are not needed are empty.
macro_rules! fifty {
    () => {
        "($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, \
        $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, \
        $51)"
    };
}
pub(crate) use fifty;

/// The rows of a statement about any number of things. `last` goes behind the fifty, where there is more.
pub(crate) async fn of_all<T: Copy + Into<Value>>(
    t: &mut Transaction,
    statement: &Statement,
    school: id::School,
    ids: &[T],
    last: Option<Value>,
) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::new();
    for some in ids.chunks(FIFTY) {
        let mut values = vec![Value::from(school)];
        values.extend(some.iter().map(|id| (*id).into()));
        values.resize(FIFTY + 1, Value::from(""));
        values.extend(last.clone());
        rows.extend(t.rows(statement, &values).await?);
    }
    Ok(rows)
}

/// Rows by their first column, each list in the rows' order.
pub(crate) fn grouped<K: FromColumn + Ord, V>(
    rows: &[Row],
    read: impl Fn(&Row) -> Result<V, Fault>,
) -> Result<BTreeMap<K, Vec<V>>, Fault> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.get(0)?).or_default().push(read(row)?);
    }
    Ok(groups)
}
